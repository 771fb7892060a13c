//! Dry runs: launches that compile and compute nothing, on the thread that asks for it and on no other.
//!
//! The runtime's own switch is one for the whole process, and a thread can be taken out of it. So every thread that computes on
//! a GPU is taken out, when it opens one or launches for the first time, and a dry run brings one thread back in. Two engines
//! of one process then prepare and compute at the same time.

use std::cell::RefCell;

use cubecl::dry_run::{DryRun as EveryThread, RealRun};

thread_local! {
    /// Keeps this thread out of the dry runs of others.
    static COMPUTES: RefCell<Option<RealRun>> = const { RefCell::new(None) };
    /// Dry runs of this thread.
    static DEPTH: RefCell<usize> = const { RefCell::new(0) };
}

/// Launches of this thread compute from now on, whatever other threads do. Called for each launch of our kernels; a thread that
/// only uses burn's own operations must have opened its device itself.
pub fn computes_here() {
    if DEPTH.with_borrow(|depth| *depth == 0) {
        COMPUTES.with_borrow_mut(|computes| _ = computes.get_or_insert_with(RealRun::new));
    }
}

/// While it lives, launches of the thread that made it compile and compute nothing: what they would have written is undefined.
#[derive(Debug)]
pub struct DryRun {
    _switch: EveryThread,
    /// It belongs to its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

impl DryRun {
    /// Begins one on this thread. They nest.
    #[expect(clippy::new_without_default, reason = "it is a guard and no value")]
    pub fn new() -> Self {
        DEPTH.with_borrow_mut(|depth| *depth += 1);
        COMPUTES.take();
        Self { _switch: EveryThread::new(), _thread: std::marker::PhantomData }
    }
}

impl Drop for DryRun {
    fn drop(&mut self) {
        DEPTH.with_borrow_mut(|depth| *depth -= 1);
        computes_here();
    }
}

/// Whether this thread is in a dry run: nothing that it launches computes, and nothing may be measured.
pub fn is_dry_here() -> bool {
    cubecl::dry_run::launch_mode().is_skipped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_belongs_to_its_thread() {
        computes_here();
        let on_another_thread = || {
            let looks = || {
                computes_here();
                is_dry_here()
            };
            std::thread::scope(|scope| scope.spawn(looks).join().expect("it only looks"))
        };
        assert!(!is_dry_here());
        {
            let _outer = DryRun::new();
            {
                let _inner = DryRun::new();
                computes_here();
                assert!(is_dry_here(), "launches inside of it are a part of it");
            }
            assert!(is_dry_here() && !on_another_thread());
        }
        assert!(!is_dry_here());
        let (begun, has_begun) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            let _dry = DryRun::new();
            begun.send(()).expect("the test waits for it");
            std::thread::park();
        });
        has_begun.recv().expect("it begins");
        assert!(cubecl::dry_run::dry_run() && !is_dry_here(), "another thread's dry run is its own");
        other.thread().unpark();
        other.join().expect("it only waits");
    }
}
