//! Every operation from burn's primitives: the default on devices without a kernel, and the unfused path.
//!
//! Generic in the backend. On `Autodiff<B>` these bodies are differentiated by burn itself, which makes them the check
//! of the hand-written backward passes. The reference implementations that the forward passes are checked with are plain
//! loops, in the shaders crate.

mod attention;
mod bilinear;
mod conv;
mod depthwise;
mod matmul;
mod norm;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, read_sync};
use burn::tensor::{DType, FloatDType, TensorData};
use hummingbird_shaders::latent_to_rgb8::{self, RgbMap};

use super::fma_chain::FmaChain;

pub use self::attention::{attention, attention_backward, window_attention};
pub use self::bilinear::bilinear;
pub use self::conv::{conv2d, conv2d_backward, conv2d_input_backward};
pub use self::depthwise::depthwise_conv3d;
pub use self::matmul::{
    add_and_activate, geglu, geglu_backward, gelu_backward, matmul, matmul_backward, matmul_input_backward,
    packed_weight, q8_weight, row_of, wide_weight, widened,
};
pub use self::norm::{group_norm, group_norm_backward, layer_norm, layer_norm_backward};

/// Frames as packed bytes by the reference loop on the CPU; see [`super::latent_to_rgb8()`].
pub fn latent_to_rgb8_words<B: Backend>(x: FloatTensor<B>, map: &RgbMap) -> IntTensor<B> {
    let device = x.device();
    let x = if x.dtype() == DType::F32 { x } else { B::float_cast(x, FloatDType::F32) };
    let data = read_sync(B::float_into_data(x)).expect("reading a tensor back fails only when its device is lost");
    let values = data.as_slice::<f32>().expect("the tensor was cast to f32 above");
    let words = latent_to_rgb8::pack_words(&latent_to_rgb8::latent_to_rgb8(values, map));
    let words = words.into_iter().map(i64::from).collect::<Vec<_>>();
    let length = words.len();
    B::int_from_data(TensorData::new(words, [length]), &device)
}

/// Composed [`super::fma_chain()`].
pub fn fma_chain<B: Backend>(x: FloatTensor<B>, chain: FmaChain) -> FloatTensor<B> {
    let FmaChain { scale, shift, turns } = chain;
    (0..turns * FmaChain::TURN_LINKS)
        .fold(x, |x, _| B::float_add_scalar(B::float_mul_scalar(x, scale.into()), shift.into()))
}
