//! How much of a GPU's time is used, so that whoever works beside keeps the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// No rest is longer: a job must notice that it was cancelled.
const MOST_REST: Duration = Duration::from_millis(500);

/// The share of a GPU's time that is used, from a quarter to all of it. Copies are one share: setting one changes all, at once also for
/// a job that runs.
#[derive(Clone, Debug)]
pub struct DeviceShare(Arc<AtomicU8>);

impl Default for DeviceShare {
    /// All of it.
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(Self::MOST)))
    }
}

impl DeviceShare {
    /// The smallest share, in percent.
    pub const LEAST: u8 = 25;
    /// All of the time, in percent.
    pub const MOST: u8 = 100;

    /// Sets it, in percent; what is less than the least, or more than all, is that.
    pub fn set(&self, percent: u8) {
        self.0.store(percent.clamp(Self::LEAST, Self::MOST), Ordering::Relaxed);
    }

    /// It, in percent.
    pub fn percent(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether it is less than all.
    pub fn is_part(&self) -> bool {
        self.percent() < Self::MOST
    }

    /// How long a device rests that has computed for so long.
    pub fn rest(&self, computed: Duration) -> Duration {
        let percent = f64::from(self.percent());
        computed.mul_f64((f64::from(Self::MOST) - percent) / percent).min(MOST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_rests_as_long_as_its_share_asks_for() {
        let share = DeviceShare::default();
        let computed = Duration::from_millis(60);
        assert_eq!((share.percent(), share.is_part(), share.rest(computed)), (100, false, Duration::ZERO));
        let copy = share.clone();
        for (asked, percent, rest) in [(75, 75, 20), (50, 50, 60), (25, 25, 180), (0, 25, 180), (255, 100, 0)] {
            copy.set(asked);
            assert_eq!((share.percent(), share.rest(computed)), (percent, Duration::from_millis(rest)), "{asked}");
        }
        copy.set(25);
        assert_eq!(share.rest(Duration::from_secs(3600)), MOST_REST);
    }
}
