//! Matmul with the weight of a linear layer.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::epilogue::{Activation, Epilogue, EpilogueOn, after_bias};
use super::{KernelPath, composed, kernel_path};

/// `x W^T` over the last dimension, and its epilogue. The weight has any number format that [`weight_on`](super::weight_on)
/// puts on the device.
///
/// With [`Activation::Geglu`](super::Activation::Geglu) `out` is half of the weight's rows: the first half of them are values,
/// the second their gates.
///
/// # Shapes
/// - `x`: `[.., in]`
/// - `weight`: `[out, in]`, as in PyTorch; `[2 * out, in]` with GEGLU
/// - bias: `[out]`; `[2 * out]` with GEGLU
/// - slopes: `[out]`
/// - residual and output: `[.., out]`
///
/// # Panics
/// When the widths do not agree: a bug of the caller.
pub fn matmul<const D: usize>(x: Tensor<D>, weight: Tensor<2>, epilogue: Epilogue<Tensor<1>, Tensor<D>>) -> Tensor<D> {
    matmul_on(kernel_path(), x, weight, epilogue)
}

/// [`matmul`] on a given path.
pub fn matmul_on<const D: usize>(
    path: KernelPath,
    x: Tensor<D>,
    weight: Tensor<2>,
    epilogue: Epilogue<Tensor<1>, Tensor<D>>,
) -> Tensor<D> {
    let Epilogue { bias, residual, slopes, activation } = epilogue;
    let (mut dims, [weight_rows, inputs]) = (x.dims(), weight.dims());
    assert!(!activation.is_gated() || weight_rows.is_multiple_of(2), "GEGLU needs a value and a gate for each output");
    let outputs = activation.columns(weight_rows);
    let epilogue = Epilogue {
        bias: bias.map(Tensor::into_dispatch),
        residual: residual.map(|residual| rows(residual, outputs).into_dispatch()),
        slopes: slopes.map(Tensor::into_dispatch),
        activation,
    };
    let (x, weight) = (rows(x, inputs).into_dispatch(), weight.into_dispatch());
    let y = Tensor::<2>::from_dispatch(match path {
        KernelPath::Fused => Dispatch::matmul(x, weight, EpilogueOn(epilogue)),
        KernelPath::Unfused => composed::matmul::<Dispatch>(x, weight, epilogue),
    });
    dims[D - 1] = outputs;
    y.reshape(dims)
}

/// The activation of an epilogue as an operation of its own, for sums to which something else was added first.
///
/// # Shapes
/// `[.., out] -> [.., out]`; `[.., 2 * out] -> [.., out]` with GEGLU
pub fn activate<const D: usize>(y: Tensor<D>, activation: Activation) -> Tensor<D> {
    if activation == Activation::None {
        return y;
    }
    let mut dims = y.dims();
    let width = dims[D - 1];
    let y = rows(y, width).into_dispatch();
    dims[D - 1] = activation.columns(width);
    Tensor::<2>::from_dispatch(after_bias::<Dispatch>(y, Epilogue::default().activation(activation))).reshape(dims)
}

/// `[.., width] -> [rows, width]`
fn rows<const D: usize>(x: Tensor<D>, width: usize) -> Tensor<2> {
    let dims = x.dims();
    assert_eq!(dims[D - 1], width, "the weight goes with {width} values");
    x.reshape([dims[..D - 1].iter().product(), width])
}
