//! Matmuls, their epilogues and their weights from burn's primitives.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, read_sync};
use burn::tensor::{DType, FloatDType, Shape, Slice, TensorData};
use hummingbird_shaders::matmul::unpack_q8;

use crate::backend::KernelBackend;
use crate::cpu::matmul::{Q8, Widen};
use crate::epilogue::{Activation, Epilogue};
use crate::weight::{Q8Places, sizes_of};

/// Composed [`crate::matmul()`]: burn's own, which takes weights as `[in, out]`.
pub fn matmul<B: KernelBackend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    epilogue: Epilogue<FloatTensor<B>>,
) -> FloatTensor<B> {
    let (bias, rest) = epilogue.split_bias();
    let weight = as_wide_as::<B>(weight, &x);
    let y = B::linear(x, B::float_swap_dims(weight, 0, 1), bias);
    let y = if rest.activation.is_gated() { geglu::<B>(y) } else { y };
    add_and_activate::<B>(y, rest)
}

/// The end of an epilogue, behind bias and GEGLU.
pub fn add_and_activate<B: KernelBackend>(
    y: FloatTensor<B>,
    Epilogue { residual, slopes, activation, .. }: Epilogue<FloatTensor<B>>,
) -> FloatTensor<B> {
    let y = match residual {
        Some(residual) => B::float_add(residual, y),
        None => y,
    };
    let y = match slopes {
        Some(slopes) => prelu::<B>(y, slopes),
        None => y,
    };
    match activation {
        Activation::None | Activation::Geglu => y,
        Activation::Relu => B::relu(y),
        Activation::Gelu => B::exact_gelu(y),
        Activation::Sigmoid => B::sigmoid(y),
        Activation::Tanh => B::float_tanh(y),
    }
}

/// Values below zero times the slope of their column: `[.., columns]` and `[columns]`.
fn prelu<B: Backend>(y: FloatTensor<B>, slopes: FloatTensor<B>) -> FloatTensor<B> {
    let mut dims = vec![1; y.shape().num_dims()];
    dims[y.shape().num_dims() - 1] = slopes.shape().num_elements();
    let below = B::float_mul(B::float_clamp_max(y.clone(), 0.0.into()), B::float_reshape(slopes, Shape::from(dims)));
    B::float_add(B::float_clamp_min(y, 0.0.into()), below)
}

/// Gradients of [`matmul`] with a bias: `(dx, dweight, dbias)`.
pub fn matmul_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [_, outputs] = grad.shape().dims();
    let dbias = B::float_reshape(B::float_sum_dim(grad.clone(), 0), Shape::new([outputs]));
    let dweight = B::float_matmul(B::float_swap_dims(grad.clone(), 0, 1), x);
    (B::float_matmul(grad, weight), dweight, dbias)
}

/// The first of these gradients alone, for weights in any number format.
pub fn matmul_input_backward<B: KernelBackend>(weight: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
    let weight = as_wide_as::<B>(weight, &grad);
    B::float_matmul(grad, weight)
}

/// Gradient of the exact GELU: the normal distribution function plus `x` times its density.
pub fn gelu_backward<B: Backend>(x: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
    let scaled = |x, factor: f64| B::float_mul_scalar(x, factor.into());
    let erf = B::float_erf(scaled(x.clone(), std::f64::consts::FRAC_1_SQRT_2));
    let distribution = scaled(B::float_add_scalar(erf, 1.0.into()), 0.5);
    let exponential = B::float_exp(scaled(B::float_mul(x.clone(), x.clone()), -0.5));
    let density = scaled(exponential, (2.0 * std::f64::consts::PI).sqrt().recip());
    B::float_mul(grad, B::float_add(distribution, B::float_mul(x, density)))
}

/// Value and gate of each row: `[rows, 2 * out] -> 2 x [rows, out]`.
fn halves<B: Backend>(x: FloatTensor<B>) -> [FloatTensor<B>; 2] {
    let [rows, doubled] = x.shape().dims();
    let half = |x, columns| B::float_slice(x, &[0..rows, columns].map(Slice::from));
    [half(x.clone(), 0..doubled / 2), half(x, doubled / 2..doubled)]
}

/// Composed `value * gelu(gate)`.
pub fn geglu<B: KernelBackend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [value, gate] = halves::<B>(x);
    B::float_mul(value, B::exact_gelu(gate))
}

/// Gradient of [`geglu`].
pub fn geglu_backward<B: KernelBackend>(x: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
    let [value, gate] = halves::<B>(x);
    let dvalue = B::float_mul(grad.clone(), B::exact_gelu(gate.clone()));
    let dgate = B::exact_gelu_backward(gate, B::float_mul(grad, value));
    B::float_cat(vec![dvalue, dgate], 1)
}

/// Composed [`KernelBackend::packed_weight`]: f32.
pub fn packed_weight<B: Backend>(words: IntTensor<B>, shape: Shape) -> FloatTensor<B> {
    let device = words.device();
    let data = read_sync(B::int_into_data(words)).expect("reading a tensor back fails only when its device is lost");
    let words = data.convert::<u32>().try_to_vec::<u32>().expect("the data was converted to u32");
    B::float_from_data(TensorData::new(unpack_q8(&words, sizes_of(&shape)), shape), &device)
}

/// Composed [`KernelBackend::q8_weight`]: f32.
pub fn q8_weight<B: Backend>(bytes: IntTensor<B>, shape: Shape, places: Q8Places) -> FloatTensor<B> {
    let device = bytes.device();
    let data = read_sync(B::int_into_data(bytes)).expect("reading a tensor back fails only when its device is lost");
    let bytes = data.convert::<u8>().try_to_vec::<u8>().expect("the data was converted to bytes");
    let values = widened(&bytes[places.codes], &bytes[places.scales], row_of(&shape));
    B::float_from_data(TensorData::new(values, shape), &device)
}

/// Values of a row of a weight, rows being what its first side counts.
pub fn row_of(shape: &Shape) -> usize {
    (1..shape.num_dims()).map(|axis| shape[axis]).product()
}

/// The values of codes with scales for blocks in rows of `row` values.
pub fn widened(codes: &[u8], scales: &[u8], row: usize) -> Vec<f32> {
    let mut values = vec![0.0; codes.len()];
    Q8 { codes, scales, row }.widen(0, &mut values);
    values
}

/// Composed [`KernelBackend::wide_weight`]: a cast.
pub fn wide_weight<B: Backend>(weight: FloatTensor<B>) -> FloatTensor<B> {
    let device = weight.device();
    if B::supports_dtype(&device, weight.dtype()) {
        return B::float_cast(weight, FloatDType::F32);
    }
    // A GPU without halves keeps them all the same, for kernels that read them as words.
    let data = read_sync(B::float_into_data(weight)).expect("reading a tensor back fails only when its device is lost");
    B::float_from_data(data.convert::<f32>(), &device)
}

/// A weight in the number format of what it is multiplied with.
pub(super) fn as_wide_as<B: KernelBackend>(weight: FloatTensor<B>, x: &FloatTensor<B>) -> FloatTensor<B> {
    if weight.dtype() == x.dtype() {
        return weight;
    }
    let wide = B::wide_weight(weight);
    if x.dtype() == DType::F32 { wide } else { B::float_cast(wide, x.dtype().into()) }
}
