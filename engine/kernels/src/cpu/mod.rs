//! The CPU device (Flex): kernels of our own in plain Rust, parallel over samples and vectorised by the compiler.
//! Here: group norm, layer norm, attention, matmuls, GEGLU and convolutions in f32, forward and backward, forward with
//! f16 weights too, and their glue to burn's tensors. Not here: other number formats, which take the composed form.
//! Every loop body is compiled for several vector widths (`simd`; matmuls need to know the width, so `matmul` is written
//! for it with pulp), and sums are kept in f64 beyond a block of rows, so results do not depend on the number of threads.
//! Start with `group_norm`.

pub(super) mod attention;
mod bilinear;
mod conv;
mod depthwise;
mod fma_chain;
mod geglu;
mod group_norm;
mod layer_norm;
pub(super) mod matmul;
mod parts;
mod simd;
mod sums;

use burn::backend::ops::ActivationOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::quantization::{QuantScheme, QuantValue, ScaleDtype};
use burn::tensor::{DType, Shape, TensorData};
use hummingbird_shaders::matmul::BLOCK;

use super::attention::AttentionOptions;
use super::backend::KernelBackend;
use super::bilinear::Windows;
use super::composed;
use super::conv::ConvOptions;
use super::epilogue::{Epilogue, EpilogueOn};
use super::factors::factors;
use super::fma_chain::FmaChain;
use super::norm::GroupNormOptions;
use super::weight::Q8Places;

use matmul::{Matrix, Q8, Weight};

type FlexTensor = FloatTensor<Flex>;

/// The values of a tensor in row-major order, copied only if they are not already.
struct Values(FlexTensor);

impl Values {
    fn new(tensor: &FlexTensor) -> Self {
        Self(if tensor.is_contiguous() { tensor.clone() } else { tensor.to_contiguous() })
    }

    fn get(&self) -> &[f32] {
        self.0.as_slice::<f32>().expect("callers checked for f32, and the tensor was made contiguous")
    }
}

/// Whether matmuls take this number format of weights.
fn is_weight(tensor: &FlexTensor) -> bool {
    matches!(tensor.dtype(), DType::F32 | DType::F16 | DType::QFloat(_))
}

impl Values {
    /// A weight that [`is_weight`].
    fn weight(&self) -> Weight<'_> {
        match self.0.dtype() {
            DType::F16 => Weight::F16(self.0.as_slice().expect("it was asked for f16 and is contiguous")),
            DType::QFloat(_) => Weight::Q8(q8_of(&self.0)),
            _ => Weight::F32(self.get()),
        }
    }
}

/// Codes and scales of a weight that [`KernelBackend::q8_weight`] made: the bytes end with the one and begin with the other.
fn q8_of(weight: &FlexTensor) -> Q8<'_> {
    let (bytes, first) = (weight.bytes(), weight.layout().start_offset());
    let row = composed::row_of(&weight.shape());
    let count = weight.layout().num_elements();
    let scales = 2 * (count / row.max(1)) * row.div_ceil(BLOCK);
    let scales = if first == 0 { &bytes[bytes.len() - scales..] } else { &bytes[..scales] };
    Q8 { codes: &bytes[first..][..count], scales, row }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// A weight in f32: backward passes pack it in another order, which they do from that alone.
fn widened(weight: FlexTensor) -> FlexTensor {
    if all_f32([&weight]) { weight } else { Flex::wide_weight(weight) }
}

fn all_f32<const N: usize>(tensors: [&FlexTensor; N]) -> bool {
    tensors.into_iter().all(|tensor| tensor.dtype() == DType::F32)
}

fn is_f32(epilogue: &Epilogue<FlexTensor>) -> bool {
    epilogue.operands().all(|tensor| all_f32([tensor]))
}

impl KernelBackend for Flex {
    fn group_norm(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, options: GroupNormOptions) -> FlexTensor {
        if !all_f32([&x, &gamma, &beta]) {
            return composed::group_norm::<Self>(x, gamma, beta, options);
        }
        let shape = x.shape().dims::<3>();
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| Values::new(&tensor));
        tensor(group_norm::forward(x.get(), gamma.get(), beta.get(), shape, options), shape)
    }

    fn group_norm_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        grad: FlexTensor,
        options: GroupNormOptions,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32([&x, &gamma, &beta, &grad]) {
            return composed::group_norm_backward::<Self>(x, gamma, beta, grad, options);
        }
        let shape @ [_, _, channels] = x.shape().dims::<3>();
        let [x, gamma, beta, grad] = [x, gamma, beta, grad].map(|tensor| Values::new(&tensor));
        let (dx, dgamma, dbeta) = group_norm::backward(x.get(), gamma.get(), beta.get(), grad.get(), shape, options);
        (tensor(dx, shape), tensor(dgamma, [channels]), tensor(dbeta, [channels]))
    }

    fn layer_norm_3d(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, eps: f64) -> FlexTensor {
        if !all_f32([&x, &gamma, &beta]) {
            return composed::layer_norm::<Self>(x, gamma, beta, eps);
        }
        let shape = x.shape().dims::<3>();
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| Values::new(&tensor));
        tensor(layer_norm::forward(x.get(), gamma.get(), beta.get(), eps), shape)
    }

    fn layer_norm_3d_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        grad: FlexTensor,
        eps: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32([&x, &gamma, &beta, &grad]) {
            return composed::layer_norm_backward::<Self>(x, gamma, beta, grad, eps);
        }
        let shape @ [_, _, channels] = x.shape().dims::<3>();
        let [x, gamma, grad] = [x, gamma, grad].map(|tensor| Values::new(&tensor));
        let (dx, dgamma, dbeta) = layer_norm::backward(x.get(), gamma.get(), grad.get(), eps);
        (tensor(dx, shape), tensor(dgamma, [channels]), tensor(dbeta, [channels]))
    }

    fn attention_heads(
        q: FlexTensor,
        k: FlexTensor,
        v: FlexTensor,
        options: AttentionOptions,
    ) -> (FlexTensor, FlexTensor) {
        if !all_f32([&q, &k, &v]) {
            return composed::attention::<Self>(q, k, v, options);
        }
        let sizes = attention::Sizes::new(q.shape().dims(), k.shape().dims(), options);
        let [q, k, v] = [q, k, v].map(|tensor| Values::new(&tensor));
        let (out, lse) = attention::forward(q.get(), k.get(), v.get(), sizes);
        (tensor(out, sizes.q_shape()), tensor(lse, sizes.lse_shape()))
    }

    fn window_attention(
        q: FlexTensor,
        k: FlexTensor,
        v: FlexTensor,
        within: FlexTensor,
        more: FlexTensor,
        places: FlexTensor,
    ) -> FlexTensor {
        if !all_f32([&q, &k, &v, &within, &more, &places]) {
            return composed::window_attention::<Self>(q, k, v, within, more, &places);
        }
        let [heads, ..] = within.shape().dims::<3>();
        let sizes = attention::Sizes::new(q.shape().dims(), k.shape().dims(), AttentionOptions::new(heads));
        let [q, k, v, within, more, places] = [q, k, v, within, more, places].map(|tensor| Values::new(&tensor));
        let bias = attention::Bias { within: within.get(), more: more.get(), places: places.get() };
        let (out, _) = attention::forward_with(q.get(), k.get(), v.get(), sizes, bias);
        tensor(out, sizes.q_shape())
    }

    fn attention_heads_backward(
        q: FlexTensor,
        k: FlexTensor,
        v: FlexTensor,
        out: FlexTensor,
        lse: FlexTensor,
        grad: FlexTensor,
        options: AttentionOptions,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32([&q, &k, &v, &out, &lse, &grad]) {
            return composed::attention_backward::<Self>(q, k, v, out, lse, grad, options);
        }
        let sizes = attention::Sizes::new(q.shape().dims(), k.shape().dims(), options);
        let [q, k, v, out, lse, grad] = [q, k, v, out, lse, grad].map(|tensor| Values::new(&tensor));
        let saved = attention::Saved { q: q.get(), k: k.get(), v: v.get(), out: out.get(), lse: lse.get() };
        let (dq, dk, dv) = attention::backward(saved, grad.get(), sizes);
        (tensor(dq, sizes.q_shape()), tensor(dk, sizes.k_shape()), tensor(dv, sizes.k_shape()))
    }

    fn matmul(x: FlexTensor, weight: FlexTensor, EpilogueOn(epilogue): EpilogueOn<Self>) -> FlexTensor {
        if !all_f32([&x]) || !is_weight(&weight) || !is_f32(&epilogue) {
            return composed::matmul::<Self>(x, weight, epilogue);
        }
        // Tiles either have gates or add a residual.
        if epilogue.activation.is_gated()
            && let Some(residual) = epilogue.residual
        {
            let y = Self::matmul(x, weight, EpilogueOn(Epilogue { residual: None, ..epilogue }));
            return composed::add_and_activate::<Self>(y, Epilogue::default().residual(residual));
        }
        let ([count, length], [weight_rows, _]) = (x.shape().dims(), weight.shape().dims());
        let shape = [count, epilogue.activation.columns(weight_rows)];
        let (x, weight, epilogue) = (Values::new(&x), Values::new(&weight), epilogue.map(|it| Values::new(&it)));
        let rows = Matrix { values: x.get(), length };
        tensor(matmul::matmul(&rows, weight.weight(), epilogue.as_ref().map(Values::get), shape, factors()), shape)
    }

    fn matmul_backward(x: FlexTensor, weight: FlexTensor, grad: FlexTensor) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32([&x, &weight, &grad]) {
            return composed::matmul_backward::<Self>(x, weight, grad);
        }
        let ([count, length], [columns, _]) = (x.shape().dims::<2>(), weight.shape().dims::<2>());
        let [x, weight, grad] = [x, weight, grad].map(|tensor| Values::new(&tensor));
        let grads = Matrix { values: grad.get(), length: columns };
        let weight = Weight::Adjoint(weight.get());
        let dx = matmul::matmul(&grads, weight, Epilogue::default(), [count, length], factors());
        let dweight = matmul::weight_gradient(&Matrix { values: x.get(), length }, grad.get(), columns, factors());
        let dbias = sums::column_sums(grad.get(), columns);
        (tensor(dx, [count, length]), tensor(dweight, [columns, length]), tensor(dbias, [columns]))
    }

    fn matmul_input_backward(weight: FlexTensor, grad: FlexTensor) -> FlexTensor {
        if !all_f32([&grad]) {
            return composed::matmul_input_backward::<Self>(weight, grad);
        }
        let ([count, columns], [_, length]) = (grad.shape().dims::<2>(), weight.shape().dims::<2>());
        let [weight, grad] = [widened(weight), grad].map(|tensor| Values::new(&tensor));
        let grads = Matrix { values: grad.get(), length: columns };
        let shape = [count, length];
        tensor(matmul::matmul(&grads, Weight::Adjoint(weight.get()), Epilogue::default(), shape, factors()), shape)
    }

    fn exact_gelu_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        Self::gelu_backward(x, grad) // burn-flex's own is that of the exact GELU.
    }

    fn geglu(x: FlexTensor) -> FlexTensor {
        if !all_f32([&x]) {
            return composed::geglu::<Self>(x);
        }
        let [count, doubled] = x.shape().dims();
        tensor(geglu::forward(Values::new(&x).get(), doubled / 2), [count, doubled / 2])
    }

    fn geglu_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        if !all_f32([&x, &grad]) {
            return composed::geglu_backward::<Self>(x, grad);
        }
        let shape @ [_, doubled] = x.shape().dims::<2>();
        let [x, grad] = [x, grad].map(|tensor| Values::new(&tensor));
        tensor(geglu::backward(x.get(), grad.get(), doubled / 2), shape)
    }

    fn conv2d_channels_last(
        x: FlexTensor,
        weight: FlexTensor,
        options: ConvOptions,
        EpilogueOn(epilogue): EpilogueOn<Self>,
    ) -> FlexTensor {
        if !all_f32([&x]) || !is_weight(&weight) || !is_f32(&epilogue) {
            return composed::conv2d::<Self>(x, weight, options, epilogue);
        }
        let sizes = conv::Sizes::new(x.shape().dims(), weight.shape().dims(), options);
        let (x, weight, epilogue) = (Values::new(&x), Values::new(&weight), epilogue.map(|it| Values::new(&it)));
        tensor(conv::forward(x.get(), weight.weight(), epilogue.as_ref().map(Values::get), sizes), sizes.output())
    }

    fn conv2d_channels_last_backward(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        options: ConvOptions,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (shape, weight_shape) = (x.shape().dims::<4>(), weight.shape().dims::<4>());
        let sizes = conv::Sizes::new(shape, weight_shape, options);
        if !all_f32([&x, &weight, &grad]) || !sizes.has_adjoint() {
            return composed::conv2d_backward::<Self>(x, weight, grad, options);
        }
        let [x, weight, grad] = [x, weight, grad].map(|tensor| Values::new(&tensor));
        let (dx, dweight) = conv::backward(x.get(), weight.get(), grad.get(), sizes);
        let [outputs, ..] = weight_shape;
        let dbias = sums::column_sums(grad.get(), outputs);
        (tensor(dx, shape), tensor(dweight, weight_shape), tensor(dbias, [outputs]))
    }

    fn conv2d_channels_last_input_backward(
        shape: Shape,
        weight: FlexTensor,
        grad: FlexTensor,
        options: ConvOptions,
    ) -> FlexTensor {
        let shape = shape.dims::<4>();
        let sizes = conv::Sizes::new(shape, weight.shape().dims(), options);
        if !all_f32([&grad]) || !sizes.has_adjoint() {
            return composed::conv2d_input_backward::<Self>(shape, weight, grad, options);
        }
        let [weight, grad] = [widened(weight), grad].map(|tensor| Values::new(&tensor));
        tensor(conv::input_gradient(weight.get(), grad.get(), sizes), shape)
    }

    fn depthwise_conv3d(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        if !all_f32([&x, &weight, &bias]) {
            return composed::depthwise_conv3d::<Self>(x, weight, bias);
        }
        let [_, _, kernel @ ..] = weight.shape().dims::<5>();
        let sizes = depthwise::Sizes { x: x.shape().dims(), kernel };
        let [x, weight, bias] = [x, weight, bias].map(|tensor| Values::new(&tensor));
        tensor(depthwise::forward(x.get(), weight.get(), bias.get(), sizes), sizes.x)
    }

    fn q8_weight(bytes: FlexTensor, shape: Shape, places: Q8Places) -> FlexTensor {
        // Codes come first or last in the bytes, so that the place of the scales is known from that of the codes.
        let codes = bytes.narrow(0, places.codes.start, places.codes.len()).reshape(shape);
        let scheme = QuantScheme::default().with_value(QuantValue::Q8S).per_block([BLOCK as u8], ScaleDtype::F16);
        FlexTensor::from_arc(codes.data_arc(), codes.layout().clone(), DType::QFloat(scheme))
    }

    fn wide_weight(weight: FlexTensor) -> FlexTensor {
        if !matches!(weight.dtype(), DType::QFloat(_)) {
            return composed::wide_weight::<Self>(weight);
        }
        let Q8 { codes, scales, row } = q8_of(&weight);
        let values = composed::widened(codes, scales, row);
        FlexTensor::from_data(TensorData::new(values, weight.shape()))
    }

    fn bilinear(pictures: FlexTensor, places: FlexTensor, windows: Windows) -> FlexTensor {
        if !all_f32([&pictures, &places]) {
            return composed::bilinear::<Self>(pictures, places, windows);
        }
        let shape @ [n, _, _, channels] = pictures.shape().dims();
        let [_, count, _] = places.shape().dims();
        let [pictures, places] = [pictures, places].map(|tensor| Values::new(&tensor));
        let windowed = bilinear::forward(pictures.get(), shape, places.get(), windows);
        tensor(windowed, [n, count, windows.side().pow(2), channels])
    }

    fn fma_chain(x: FlexTensor, chain: FmaChain) -> FlexTensor {
        if !all_f32([&x]) {
            return composed::fma_chain::<Self>(x, chain);
        }
        let shape = x.shape().dims::<1>();
        let mut values = Values::new(&x).get().to_vec();
        fma_chain::forward(&mut values, chain);
        tensor(values, shape)
    }
}
