//! Product with a weight matrix.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// `x W^T + b` over the last dimension. On the CPU the weight may be f16: it is widened where it is used.
///
/// # Shapes
/// - `x`: `[.., in]`
/// - `weight`: `[out, in]`, as in PyTorch
/// - `bias`: `[out]`
/// - output: `[.., out]`
///
/// # Panics
/// When the widths do not agree: a bug of the caller.
pub fn linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<D> {
    linear_on(kernel_path(), x, weight, bias)
}

/// [`linear`] on a given path.
pub fn linear_on<const D: usize>(
    path: KernelPath,
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    let mut dims = x.dims();
    let [outputs, inputs] = weight.dims();
    assert_eq!(dims[D - 1], inputs, "the weight takes {inputs} values");
    let rows = dims[..D - 1].iter().product::<usize>();
    let x = x.reshape([rows, inputs]).into_dispatch();
    let (weight, bias) = (weight.into_dispatch(), bias.map(Tensor::into_dispatch));
    let y = Tensor::<2>::from_dispatch(match path {
        KernelPath::Unfused => composed::linear::<Dispatch>(x, weight, bias),
        KernelPath::Fused => match bias {
            Some(bias) => Dispatch::linear_rows(x, weight, bias),
            None => Dispatch::linear_rows_without_bias(x, weight),
        },
    });
    dims[D - 1] = outputs;
    y.reshape(dims)
}
