//! Asking long work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::message::{self, Message};

/// Asks a job to stop; whoever works looks at it many times a second (in a network: between its blocks).
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    cancelled: Arc<AtomicBool>,
    /// What is cancelled with this one, seen from the part: the whole.
    whole: Option<Box<CancelToken>>,
}

impl CancelToken {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) || self.whole.as_ref().is_some_and(|whole| whole.is_cancelled())
    }

    /// A token for a part of the work: cancelled with the whole, and alone without it.
    #[must_use]
    pub fn part(&self) -> Self {
        Self { cancelled: Arc::default(), whole: Some(Box::new(self.clone())) }
    }

    /// `Err(Cancelled)` once the stop was asked for; `?` on it is the way out of a long loop.
    ///
    /// # Errors
    /// [`Cancelled`] once the stop was asked for.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// The job was cancelled by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Message)]
#[message("job")]
#[error("cancelled")]
pub struct Cancelled;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cancelled_alone_and_with_the_whole() {
        let whole = CancelToken::default();
        let (one, other) = (whole.part(), whole.part());
        one.cancel();
        assert_eq!([&one, &other, &whole].map(CancelToken::is_cancelled), [true, false, false]);
        whole.cancel();
        assert!(other.is_cancelled() && other.check().is_err());
    }
}
