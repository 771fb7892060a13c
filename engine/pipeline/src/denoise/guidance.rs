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

/// The combination with a part of its contrast taken back: `phi` times the combination at the standard deviation of the
/// conditional prediction, and `1 - phi` times the combination as it is. The deviations are those of a clip's whole prediction
/// ("Common Diffusion Noise Schedules and Sample Steps are Flawed", Lin et al. 2024, equations 14 to 16).
///
/// # Shapes
/// Both `[batch, channels, frames, height, width]`, and so is the result.
pub fn rescale(combined: Tensor<5>, conditional: Tensor<5>, phi: f32) -> Tensor<5> {
    let [batch, channels, frames, height, width] = combined.dims();
    // [b, c, f, h, w] -> [b, c*f*h*w] -> [b, 1]: one deviation a clip
    let deviation = |prediction: Tensor<5>| {
        let values = prediction.reshape([batch, channels * frames * height * width]);
        let from_mean = values.clone() - values.mean_dim(1);
        (from_mean.clone() * from_mean).mean_dim(1).sqrt()
    };
    // A prediction without any contrast has none to take back, and is not divided by zero.
    let factor = deviation(conditional) / deviation(combined.clone()).clamp_min(f32::EPSILON) * phi + (1.0 - phi);
    combined * factor.reshape([batch, 1, 1, 1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use hummingbird_nn::params::values_of;

    /// Two clips of one channel, one frame and 2x2 pixels.
    fn clips(values: [f32; 8]) -> Tensor<5> {
        Tensor::from_data(TensorData::new(values.to_vec(), [2, 1, 1, 2, 2]), &Device::flex())
    }

    #[test]
    fn rescaling_gives_the_deviation_of_the_conditional_prediction() {
        // Deviations by hand: 1 and 3 conditional, 4 and 6 combined, around means of 0 and 10.
        let conditional = clips([-1.0, 1.0, -1.0, 1.0, 7.0, 13.0, 13.0, 7.0]);
        let combined = clips([-4.0, 4.0, 4.0, -4.0, 4.0, 16.0, 4.0, 16.0]);
        // Factors: 1/4 and 3/6 at phi 1; half of the way from 1 to them at phi 0.5.
        for (phi, factors) in [(0.0, [1.0, 1.0]), (0.5, [0.625, 0.75]), (1.0, [0.25, 0.5])] {
            let found = values_of(rescale(combined.clone(), conditional.clone(), phi).into_data());
            let combined = values_of(combined.clone().into_data());
            for (index, (found, combined)) in found.iter().zip(&combined).enumerate() {
                let expected = combined * factors[index / 4];
                assert!((found - expected).abs() < 1e-5, "phi {phi}: {found} is not {expected}");
            }
        }
        let flat = rescale(clips([2.0; 8]), conditional, 1.0);
        assert!(values_of(flat.into_data()).iter().all(|value| value.is_finite()));
    }
}
