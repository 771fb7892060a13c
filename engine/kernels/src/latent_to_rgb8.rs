//! The last step of decoding: values in [-1, 1] become bytes.

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};
use hummingbird_shaders::latent_to_rgb8::{RgbMap, unpack_words};

use super::backend::KernelBackend;

/// Pixels, and whether the values that they were made from were numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb8 {
    /// Red, green and blue of each pixel.
    pub bytes: Vec<u8>,
    /// Whether no value was NaN or infinite: bytes cannot show it.
    pub is_finite: bool,
}

/// `trunc((clamp(M x + b, -1, 1) + 1) / 2 * 255)` of each pixel, in f32 and in this order, as the reference writes its
/// frames. [`RgbMap::identity`] takes decoded pictures; a fitted map of four channels gives previews of latents.
///
/// One device computes and packs the bytes, and one copy brings them here: a quarter of the f32 traffic.
///
/// # Shapes
/// - `x`: `[n, height, width, channels]`
/// - output: `n * height * width * 3` bytes, `[n, height, width, 3]`; NaN becomes 0
///
/// # Panics
/// When the map was made for another number of channels: a bug of the caller. With the report of a device that failed, as every
/// reading of a tensor does.
pub fn latent_to_rgb8(x: Tensor<4>, map: &RgbMap) -> Rgb8 {
    let [n, height, width, channels] = x.dims();
    assert_eq!(channels, map.channels(), "the map to RGB is for another number of channels");
    // A sum is finite only where all values are.
    let sum = x.clone().sum();
    let words = Tensor::<1, Int>::from_dispatch(Dispatch::latent_to_rgb8_words(x.into_dispatch(), map.clone()));
    if let Err(report) = hummingbird_device::settle(&words.device()) {
        panic!("pixels cannot be read, the device failed: {report}");
    }
    let words = words.into_data().iter::<i64>().map(|word| word as u32).collect::<Vec<_>>();
    let is_finite = sum.into_data().iter::<f32>().all(f32::is_finite);
    Rgb8 { bytes: unpack_words(&words, n * height * width * 3), is_finite }
}
