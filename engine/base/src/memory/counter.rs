//! Bytes in use, and the most that there were.

use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

/// Smaller blocks are summed on their thread first: there are very many of them, and counting each would have all cores wait
/// for one line of their caches.
const LEAST_LONE: usize = 4096;
/// A thread's sum is handed over when it is this far from what was handed over before.
const PORTION: isize = 32 << 10;

thread_local! {
    /// Bytes of small blocks that came, less those that went, and were not handed over.
    static SMALL: Cell<isize> = const { Cell::new(0) };
}

/// Counts blocks: those of at least [`LEAST_LONE`] bytes at once, smaller ones within [`PORTION`] for each thread.
#[derive(Debug)]
pub struct Counter {
    /// Below zero for a moment where small blocks went on one thread before they were handed over on another.
    live: AtomicIsize,
    /// Most live bytes since the last [`Counter::restart_peak`].
    peak: AtomicUsize,
    /// Most live bytes since the last [`Counter::forget`].
    most: AtomicUsize,
}

impl Counter {
    pub const fn new() -> Self {
        Self { live: AtomicIsize::new(0), peak: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// A block of this size came.
    pub fn add(&self, size: usize) {
        if size >= LEAST_LONE {
            self.change(size.cast_signed());
        } else {
            self.sum(size.cast_signed());
        }
    }

    /// A block of this size went.
    pub fn remove(&self, size: usize) {
        if size >= LEAST_LONE {
            self.change(-size.cast_signed());
        } else {
            self.sum(-size.cast_signed());
        }
    }

    fn sum(&self, change: isize) {
        let sum = SMALL.get() + change;
        if sum.abs() < PORTION {
            SMALL.set(sum);
            return;
        }
        SMALL.set(0);
        self.change(sum);
    }

    fn change(&self, bytes: isize) {
        let live = (self.live.fetch_add(bytes, Ordering::Relaxed) + bytes).max(0).unsigned_abs();
        for highest in [&self.peak, &self.most] {
            // Most of the time nothing is higher than before: then nothing is written.
            if live > highest.load(Ordering::Relaxed) {
                highest.fetch_max(live, Ordering::Relaxed);
            }
        }
    }

    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed).max(0).unsigned_abs()
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
        counter.add(LEAST_LONE);
        assert_eq!((counter.live(), counter.peak(), counter.most()), (LEAST_LONE, 10_000, 10_000));
        counter.remove(LEAST_LONE);
        let before = counter.restart_peak();
        counter.add(6_000);
        assert_eq!((counter.live(), counter.peak(), counter.most()), (6_000, 6_000, 10_000));
        counter.resume_peak(before);
        assert_eq!(counter.peak(), 10_000);
        counter.forget();
        assert_eq!(counter.most(), 6_000);
    }

    #[test]
    fn small_blocks_are_counted_in_portions() {
        let counter = Counter::new();
        (0..10_000).for_each(|_| counter.add(100));
        let portion = PORTION.unsigned_abs();
        assert!(counter.live().abs_diff(1_000_000) <= portion, "{} bytes", counter.live());
        (0..10_000).for_each(|_| counter.remove(100));
        assert!(counter.live() <= portion && counter.peak() + portion >= 1_000_000);
        // What went before it was known to have come is not lost.
        let before = counter.live();
        counter.remove(1_000_000);
        assert_eq!(counter.live(), 0);
        counter.add(1_000_000);
        assert_eq!(counter.live(), before);
    }
}
