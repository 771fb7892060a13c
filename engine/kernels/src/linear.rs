//! Product with a weight matrix.

use burn::backend::Dispatch;
use burn::tensor::{Tensor, activation};

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
    let (dims, [outputs, inputs]) = (x.dims(), weight.dims());
    let x = rows(x, inputs).into_dispatch();
    let (weight, bias) = (weight.into_dispatch(), bias.map(Tensor::into_dispatch));
    let y = match path {
        KernelPath::Unfused => composed::linear::<Dispatch>(x, weight, bias),
        KernelPath::Fused => match bias {
            Some(bias) => Dispatch::linear_rows(x, weight, bias),
            None => Dispatch::linear_rows_without_bias(x, weight),
        },
    };
    unrows(Tensor::from_dispatch(y), dims, outputs)
}

/// [`linear`] plus `residual`, which has the shape of the output.
///
/// # Panics
/// When the widths do not agree: a bug of the caller.
pub fn linear_add<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>, residual: Tensor<D>) -> Tensor<D> {
    linear_add_on(kernel_path(), x, weight, bias, residual)
}

/// [`linear_add`] on a given path.
pub fn linear_add_on<const D: usize>(
    path: KernelPath,
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    residual: Tensor<D>,
) -> Tensor<D> {
    if path == KernelPath::Unfused {
        return residual + linear_on(path, x, weight, Some(bias));
    }
    let (dims, [outputs, inputs]) = (x.dims(), weight.dims());
    let y = Dispatch::linear_rows_add(
        rows(x, inputs).into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        rows(residual, outputs).into_dispatch(),
    );
    unrows(Tensor::from_dispatch(y), dims, outputs)
}

/// The exact GELU of [`linear`] with a bias.
///
/// # Panics
/// When the widths do not agree: a bug of the caller.
pub fn linear_gelu<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    linear_gelu_on(kernel_path(), x, weight, bias)
}

/// [`linear_gelu`] on a given path.
pub fn linear_gelu_on<const D: usize>(path: KernelPath, x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    if path == KernelPath::Unfused {
        return activation::gelu(linear_on(path, x, weight, Some(bias)));
    }
    let (dims, [outputs, inputs]) = (x.dims(), weight.dims());
    let y = Dispatch::linear_rows_gelu(rows(x, inputs).into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    unrows(Tensor::from_dispatch(y), dims, outputs)
}

/// GEGLU: `value * gelu(gate)` where `[value | gate] = x W^T + b`, with the exact GELU (Shazeer 2020; the reference's
/// `GEGLU`).
///
/// # Shapes
/// - `x`: `[.., in]`
/// - `weight`: `[2 * out, in]`
/// - `bias`: `[2 * out]`
/// - output: `[.., out]`
///
/// # Panics
/// When the widths do not agree: a bug of the caller.
pub fn linear_geglu<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    linear_geglu_on(kernel_path(), x, weight, bias)
}

/// [`linear_geglu`] on a given path.
pub fn linear_geglu_on<const D: usize>(
    path: KernelPath,
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
) -> Tensor<D> {
    let (dims, [doubled, inputs]) = (x.dims(), weight.dims());
    assert_eq!(doubled % 2, 0, "a value and a gate for each output");
    let x = rows(x, inputs).into_dispatch();
    let (weight, bias) = (weight.into_dispatch(), bias.into_dispatch());
    let y = match path {
        KernelPath::Unfused => composed::geglu::<Dispatch>(composed::linear::<Dispatch>(x, weight, Some(bias))),
        KernelPath::Fused => Dispatch::linear_rows_geglu(x, weight, bias),
    };
    unrows(Tensor::from_dispatch(y), dims, doubled / 2)
}

/// `[.., width] -> [rows, width]`
fn rows<const D: usize>(x: Tensor<D>, width: usize) -> Tensor<2> {
    let dims = x.dims();
    assert_eq!(dims[D - 1], width, "the weight goes with {width} values");
    x.reshape([dims[..D - 1].iter().product(), width])
}

/// `[rows, width] -> [.., width]`, with the other dimensions of `dims`.
fn unrows<const D: usize>(y: Tensor<2>, mut dims: [usize; D], width: usize) -> Tensor<D> {
    dims[D - 1] = width;
    y.reshape(dims)
}
