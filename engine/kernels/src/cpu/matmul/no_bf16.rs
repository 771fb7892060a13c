//! What processors have that do not multiply bf16: nothing.

use super::gradient::Outer;
use super::pack::Packing;
use super::{Block, Weight};

/// No pair of factors.
pub(super) enum Pairs {}

/// Whether this processor multiplies pairs of bf16.
pub fn has_bf16() -> bool {
    false
}

pub(super) fn pack(_: Weight<'_>, _: &Packing) -> Vec<Pairs> {
    unreachable!("nobody asks for what the processor does not have")
}

pub(super) fn run<R>(_: Block<'_, R>, packed: &[Pairs]) {
    if let Some(pairs) = packed.first() {
        match *pairs {}
    }
}

/// No gradients.
pub(super) enum Gradients {}

impl Gradients {
    pub fn new(_: &[f32], _: usize) -> Self {
        unreachable!("nobody asks for what the processor does not have")
    }
}

pub(super) fn outer<R>(_: Outer<'_, R>, gradients: &Gradients) {
    match *gradients {}
}
