//! Each operation on each device against its reference implementation, and each backward pass against finite differences and burn's
//! autodiff of the composed form.

mod attention;
mod bilinear;
mod conv;
mod depthwise;
mod fma_chain;
mod matmul;
mod norm;
mod rgb;
pub(crate) mod support;
#[cfg(feature = "gpu")]
mod variants;
mod weight;
mod window_attention;
