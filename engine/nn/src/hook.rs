//! A look into a running network, between its blocks.

use burn::tensor::Tensor;

use hummingbird_base::{CancelToken, Cancelled};

use crate::dropout::Dropout;
use crate::recompute::Tape;

/// Is told every block's output. It may end the forward pass: this is how a cancel acts within a step and how a comparison
/// with another implementation finds the first block that diverges.
///
/// Parts of a job may run on several threads at once, so a hook must bear that.
pub trait ForwardHook: Sync {
    /// `name` is the block's path in the reference (`input_blocks.3`); `activation` is channels last,
    /// `[images, height, width, channels]` (text: `[batch, 1, tokens, channels]`).
    ///
    /// # Errors
    /// [`Cancelled`] ends the forward pass.
    fn on_output(&self, name: &str, activation: &Tensor<4>) -> Result<(), Cancelled>;

    /// Where blocks are noted that are to be computed again in the backward pass; without one, the backward pass has kept
    /// everything.
    fn tape(&self) -> Option<&Tape> {
        None
    }

    /// What the pass drops; nothing unless it is one of training.
    fn dropout(&self) -> Option<&Dropout> {
        None
    }
}

impl ForwardHook for Tape {
    fn on_output(&self, _name: &str, _activation: &Tensor<4>) -> Result<(), Cancelled> {
        Ok(())
    }

    fn tape(&self) -> Option<&Tape> {
        Some(self)
    }
}

impl ForwardHook for CancelToken {
    fn on_output(&self, _name: &str, _activation: &Tensor<4>) -> Result<(), Cancelled> {
        self.check()
    }
}

/// Looks at nothing and never ends anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHook;

impl ForwardHook for NoHook {
    fn on_output(&self, _name: &str, _activation: &Tensor<4>) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// How a training pass is computed.
#[derive(Default)]
pub struct TrainPass {
    /// Where blocks are noted that are to be computed again.
    pub tape: Option<Tape>,
    /// What is dropped.
    pub dropout: Option<Dropout>,
}

impl ForwardHook for TrainPass {
    fn on_output(&self, _name: &str, _activation: &Tensor<4>) -> Result<(), Cancelled> {
        Ok(())
    }

    fn tape(&self) -> Option<&Tape> {
        self.tape.as_ref()
    }

    fn dropout(&self) -> Option<&Dropout> {
        self.dropout.as_ref()
    }
}
