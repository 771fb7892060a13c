//! Datasets: where training examples come from. They know no objectives, no networks and no trainer.
//!
//! A [`Dataset`] hands out examples by number. `synthetic` draws labelled clips, `folder` reads those of users, `crops` cuts
//! parts out of frames, `encoded` keeps what an encoder made of clips, `distillation` keeps latents with their targets.

pub mod captioned;
pub mod crops;
pub mod distillation;
pub mod encoded;
pub mod folder;
pub mod synthetic;

/// Examples by number.
///
/// The same index gives the same example in every process, so that a run that goes on from a checkpoint needs to store no more
/// than how far it came.
pub trait Dataset {
    /// One example.
    type Example;

    /// Number of examples; `None` without an end.
    fn count(&self) -> Option<u64>;

    /// The example with this number, which must be below [`Dataset::count`].
    fn example(&self, index: u64) -> Self::Example;

    /// What the example has in common with all that are the same; `None` where no other is.
    fn sameness(&self, _index: u64) -> Option<u64> {
        None
    }

    /// Examples that come again, each counted once.
    fn recurring(&self) -> u64 {
        0
    }
}
