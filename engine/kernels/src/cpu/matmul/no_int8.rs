//! What processors have that do not multiply four neighbours of 8 bits at once: nothing.

use super::pack::Packing;
use super::{Block, Weight};

/// No columns.
pub(super) enum PackedCodes {}

/// Vectors of columns of a tile at most.
pub(super) const MOST_VECTORS: usize = 1;

/// Whether this processor multiplies four neighbours of 8 bits.
pub fn has_int8() -> bool {
    false
}

pub(super) fn pack(_: Weight<'_>, _: &Packing) -> PackedCodes {
    unreachable!("nobody asks for what the processor does not have")
}

pub(super) fn run<R>(_: Block<'_, R>, packed: &PackedCodes) {
    match *packed {}
}
