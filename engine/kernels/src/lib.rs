//! The operations in which the network spends its time, each with the fastest code that its device can run.
//! Here: one public function per operation, the extension trait that routes it, and its code per device (`cpu` in
//! plain Rust, `torch`, `gpu` with the WGSL of the shaders crate, `composed` from burn's primitives). Not here: layers
//! and parameters (`nn`), the WGSL text and the slow reference loops (the shaders crate).
//! Start with [`matmul()`], then read its route in `backend`.

mod attention;
mod autodiff;
#[cfg_attr(feature = "tch", expect(deprecated, reason = "training uses burn-tch as long as burn ships it"))]
mod backend;
mod bilinear;
#[cfg(feature = "gpu")]
pub mod calibration;
#[cfg(not(feature = "gpu"))]
#[path = "uncalibrated.rs"]
pub mod calibration;
mod composed;
mod conv;
mod cpu;
mod depthwise;
mod epilogue;
mod factors;
mod fma_chain;
#[cfg(feature = "gpu")]
mod gpu;
mod latent_to_rgb8;
mod matmul;
mod norm;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(feature = "tch")]
#[expect(deprecated, reason = "training uses burn-tch as long as burn ships it")]
mod torch;
mod weight;
mod window_attention;
pub mod workspace;

use std::sync::atomic::{AtomicBool, Ordering};

pub use attention::{AttentionOptions, Mask, attention};
pub use bilinear::{Outside, Windows, bilinear};
pub use conv::{ConvOptions, conv2d};
pub use depthwise::depthwise_conv3d;
pub use epilogue::{Activation, Epilogue};
pub use factors::{Factors, factors, with_factors};
pub use fma_chain::{FmaChain, fma_chain};
#[cfg(feature = "gpu")]
pub use gpu::matrix_chain::matrix_chain;
pub use hummingbird_shaders::latent_to_rgb8::RgbMap;
pub use latent_to_rgb8::{Rgb8, latent_to_rgb8};
pub use matmul::{activate, matmul};
pub use norm::{GroupNormOptions, NormActivation, group_norm, layer_norm};
pub use weight::{Narrowest, Q8Places, Q8Weight, StoredWeight, gpus_read_q8, narrowest, weight_on};
pub use window_attention::{WindowBias, window_attention};
/// Which code runs an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KernelPath {
    /// The device's own kernel with a hand-written backward pass.
    #[default]
    Fused,
    /// The same operation from burn's primitives, with burn's own autodiff: slower, and independent of every kernel
    /// here, so that a wrong picture can be traced to a kernel or away from it.
    Unfused,
}

static UNFUSED: AtomicBool = AtomicBool::new(false);

/// Chooses the code of every later operation of this process.
pub fn set_kernel_path(path: KernelPath) {
    UNFUSED.store(path == KernelPath::Unfused, Ordering::Relaxed);
}

/// The code that operations run now.
pub fn kernel_path() -> KernelPath {
    if UNFUSED.load(Ordering::Relaxed) { KernelPath::Unfused } else { KernelPath::Fused }
}
