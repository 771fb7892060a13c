//! Layers that are computed in parts, one after the other, because a tensor inside them would be large.
//!
//! Some GPUs bind 128 MiB at most, and what is never there as a whole needs no memory either. Parts are ranges of what a layer
//! treats alike, tokens or images, so that they are computed as the whole would be.

use burn::tensor::Tensor;

use crate::cost::{MetaTensor, Tracer};

/// Tensors inside a layer stay below this where it can be cut.
const LARGE: usize = 64 << 20;

/// Parts in which a layer is computed that would hold a tensor of so many f32 values.
pub fn parts(values: usize) -> usize {
    (values * size_of::<f32>()).div_ceil(LARGE).max(1)
}

/// Start and length of `parts` ranges of neighbours among `count`, or of fewer where there are not so many.
pub fn ranges(count: usize, parts: usize) -> Vec<[usize; 2]> {
    let length = count.div_ceil(parts).max(1);
    (0..count).step_by(length).map(|start| [start, length.min(count - start)]).collect()
}

/// What `part` gives for each range `[start, length]` of `count`, joined in the first dimension.
pub fn joined<const D: usize>(count: usize, parts: usize, mut part: impl FnMut([usize; 2]) -> Tensor<D>) -> Tensor<D> {
    if parts <= 1 {
        return part([0, count]);
    }
    Tensor::cat(ranges(count, parts).into_iter().map(part).collect(), 0)
}

/// Cost of [`joined`].
pub fn cost_joined(
    tracer: &Tracer,
    count: usize,
    parts: usize,
    mut part: impl FnMut([usize; 2]) -> MetaTensor,
) -> MetaTensor {
    if parts <= 1 {
        return part([0, count]);
    }
    tracer.joined(ranges(count, parts).into_iter().map(part).collect())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int};

    use super::*;

    #[test]
    fn parts_cover_everything_in_order() {
        assert_eq!((parts(0), parts(1 << 24), parts((1 << 24) + 1)), (1, 1, 2));
        assert_eq!(ranges(7, 3), [[0, 3], [3, 3], [6, 1]]);
        assert_eq!(ranges(2, 5), [[0, 1], [1, 1]]);
        let all = Tensor::<1, Int>::arange(0..7, &Device::flex()).float();
        for parts in [1, 3, 9] {
            let same = joined(7, parts, |[start, length]| all.clone().narrow(0, start, length));
            assert_eq!(same.into_data(), all.clone().into_data());
        }
    }
}
