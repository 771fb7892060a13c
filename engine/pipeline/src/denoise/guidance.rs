//! Classifier-free guidance: away from what the network makes of an empty (or negative) prompt.

use burn::tensor::Tensor;

/// Guidance that leaves the conditional prediction as it is, so that the second U-Net call can be saved.
pub const NO_GUIDANCE: f32 = 1.0;

/// `unconditional + scale * (conditional - unconditional)`.
///
/// # Shapes
/// Both `[batch, channels, frames, height, width]`, and so is the result.
pub fn combine(conditional: Tensor<5>, unconditional: Tensor<5>, scale: f32) -> Tensor<5> {
    unconditional.clone() + (conditional - unconditional) * scale
}
