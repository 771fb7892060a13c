//! Blur and noise as a small VAE or a half-trained model adds them: the measures must see through both.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::handoff::Frames;

/// Frames blurred by a Gaussian of `blur_pixels` (standard deviation; 0 is none), then with Gaussian noise of standard
/// deviation `noise_levels` (of 255; 0 is none) on every channel.
pub fn degrade(frames: &Frames, blur_pixels: f32, noise_levels: f32, rng: &mut impl Rng) -> Frames {
    let (width, height) = (frames.width(), frames.height());
    let kernel = gaussian(blur_pixels);
    let mut pixels = Vec::with_capacity(frames.pixels().len());
    for frame in frames.iter() {
        let values: Vec<f32> = frame.iter().map(|&it| f32::from(it)).collect();
        let across = blur_axis(&values, width, 3, &kernel);
        let blurred = blur_axis(&across, height, 3 * width, &kernel);
        pixels.extend(blurred.into_iter().map(|value| {
            let noise: f32 = if noise_levels > 0.0 { StandardNormal.sample(rng) } else { 0.0 };
            (value + noise * noise_levels).round().clamp(0.0, 255.0) as u8
        }));
    }
    Frames::new(width, height, pixels)
}

/// Normalised weights of a Gaussian, cut at three standard deviations; the middle one is the centre.
fn gaussian(deviation: f32) -> Vec<f32> {
    if deviation <= 0.0 {
        return vec![1.0];
    }
    let reach = (3.0 * deviation).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|it| it / sum).collect()
}

/// Convolves along one axis of `size` places that lie `stride` values apart; the border is repeated.
fn blur_axis(values: &[f32], size: usize, stride: usize, kernel: &[f32]) -> Vec<f32> {
    let reach = kernel.len() / 2;
    let at = |index: usize| {
        let place = index / stride % size;
        let line = index - place * stride;
        let taps = kernel.iter().enumerate().map(|(tap, weight)| {
            let source = (place + tap).saturating_sub(reach).min(size - 1);
            weight * values[line + source * stride]
        });
        taps.sum::<f32>()
    };
    (0..values.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn nothing_added_changes_nothing() {
        let frames = Frames::new(5, 3, (0..90).collect());
        assert_eq!(degrade(&frames, 0.0, 0.0, &mut ChaCha8Rng::seed_from_u64(1)), frames);
    }

    #[test]
    fn blur_spreads_a_point_and_keeps_its_sum() {
        let mut pixels = vec![0; 15 * 15 * 3];
        pixels[(7 * 15 + 7) * 3 + 1] = 250;
        let blurred = degrade(&Frames::new(15, 15, pixels), 1.0, 0.0, &mut ChaCha8Rng::seed_from_u64(1));
        let at = |x: usize, y: usize| i32::from(blurred.frame(0)[(y * 15 + x) * 3 + 1]);
        assert_eq!(at(7, 7), 40, "250 / (2 pi)");
        assert_eq!((at(6, 7), at(7, 8)), (24, 24));
        let sum: i32 = blurred.pixels().iter().map(|&it| i32::from(it)).sum();
        assert!((sum - 250).abs() <= 10, "{sum}");
    }

    #[test]
    fn noise_has_the_given_spread() {
        let frames = Frames::new(64, 64, vec![128; 64 * 64 * 3]);
        let noisy = degrade(&frames, 0.0, 6.0, &mut ChaCha8Rng::seed_from_u64(1));
        let variance =
            noisy.pixels().iter().map(|&it| (f32::from(it) - 128.0).powi(2)).sum::<f32>() / (64.0 * 64.0 * 3.0);
        assert!((variance.sqrt() - 6.0).abs() < 0.2, "{}", variance.sqrt());
    }
}
