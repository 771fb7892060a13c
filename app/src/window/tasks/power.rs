//! Watches whether the computer runs on its battery.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use starship_battery::{Manager, State};

use super::{Report, Tasks};
use crate::window::state::devices::DeviceReport;

/// Time between two looks.
const BETWEEN: Duration = Duration::from_secs(5);

impl Tasks {
    /// Tells from now on when the computer begins to run on its battery and when that ends, or stops telling.
    pub(super) fn watch_power(&mut self, on: bool) {
        if let Some(watch) = self.power_watch.take() {
            watch.store(false, Ordering::Relaxed);
        }
        if !on {
            return;
        }
        let goes_on = Arc::new(AtomicBool::new(true));
        self.power_watch = Some(Arc::clone(&goes_on));
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let watch = move || {
            let mut told = false;
            while goes_on.load(Ordering::Relaxed) {
                let on_battery = runs_on_battery();
                if on_battery != told {
                    // Without a receiver the window has gone.
                    if sender.send(Report::DeviceWork(DeviceReport::OnBattery(on_battery))).is_err() {
                        return;
                    }
                    told = on_battery;
                    wake();
                }
                std::thread::park_timeout(BETWEEN);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("hummingbird-power".to_owned()).spawn(watch) {
            log::warn!("whether the computer runs on its battery is not known: {error}");
        }
    }
}

/// Whether a battery is being emptied; a computer of which the system does not say so has a socket.
fn runs_on_battery() -> bool {
    let batteries = Manager::new().and_then(|manager| manager.batteries());
    match batteries {
        Ok(batteries) => batteries.flatten().any(|battery| battery.state() == State::Discharging),
        Err(error) => {
            log::debug!("the system says nothing of batteries: {error}");
            false
        }
    }
}
