//! Bytes in use, and the most that there were.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Smaller blocks are not counted: there are very many of them, they weigh nothing beside tensors, and counting them on
/// every thread would have all cores wait for one line of their caches.
pub const LEAST_COUNTED: usize = 4096;

/// Counts blocks of at least [`LEAST_COUNTED`] bytes.
#[derive(Debug)]
pub struct Counter {
    live: AtomicUsize,
    /// Most live bytes since the last [`Counter::restart_peak`].
    peak: AtomicUsize,
    /// Most live bytes since the last [`Counter::forget`].
    most: AtomicUsize,
}

impl Counter {
    pub const fn new() -> Self {
        Self { live: AtomicUsize::new(0), peak: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// A block of this size came.
    pub fn add(&self, size: usize) {
        if size < LEAST_COUNTED {
            return;
        }
        let live = self.live.fetch_add(size, Ordering::Relaxed) + size;
        for highest in [&self.peak, &self.most] {
            // Most of the time nothing is higher than before: then nothing is written.
            if live > highest.load(Ordering::Relaxed) {
                highest.fetch_max(live, Ordering::Relaxed);
            }
        }
    }

    /// A block of this size went.
    pub fn remove(&self, size: usize) {
        if size >= LEAST_COUNTED {
            self.live.fetch_sub(size, Ordering::Relaxed);
        }
    }

    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    pub fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Lets the peak begin at what is live now, and gives the one before.
    pub fn restart_peak(&self) -> usize {
        self.peak.swap(self.live(), Ordering::Relaxed)
    }

    /// Takes back a [`Counter::restart_peak`]: the peak is again at least what it was before.
    pub fn resume_peak(&self, before: usize) {
        self.peak.fetch_max(before, Ordering::Relaxed);
    }

    /// Lets [`Counter::most`] begin at what is live now.
    pub fn forget(&self) {
        self.most.store(self.live(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_begin_anew_and_come_back() {
        let counter = Counter::new();
        counter.add(10_000);
        counter.remove(10_000);
        counter.add(LEAST_COUNTED - 1);
        assert_eq!((counter.live(), counter.peak(), counter.most()), (0, 10_000, 10_000));
        let before = counter.restart_peak();
        counter.add(6_000);
        assert_eq!((counter.live(), counter.peak(), counter.most()), (6_000, 6_000, 10_000));
        counter.resume_peak(before);
        assert_eq!(counter.peak(), 10_000);
        counter.forget();
        assert_eq!(counter.most(), 6_000);
    }
}
