//! The exact GELU of each value, where no matmul has it in its epilogue.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;

/// `x (1 + erf(x / sqrt(2))) / 2` (Hendrycks and Gimpel 2016), with its own gradient on every device.
///
/// # Shapes
/// any, unchanged
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::erf_gelu(x.into_dispatch()))
}
