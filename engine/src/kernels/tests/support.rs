//! Devices, inputs and comparisons that the tests of this folder share.

use burn::tensor::{Device, Tensor, TensorData};

/// How far two f32 results may lie apart, and why.
pub struct Tol {
    pub rtol: f32,
    pub atol: f32,
    pub why: &'static str,
}

impl Tol {
    /// Panics with the place of the worst difference. A NaN agrees with a NaN, an infinity with the same infinity.
    pub fn check(&self, name: &str, actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len(), "{name}: number of values");
        for (index, (&a, &e)) in actual.iter().zip(expected).enumerate() {
            let agree = a == e || (a.is_nan() && e.is_nan()) || (a - e).abs() <= self.atol + self.rtol * e.abs();
            assert!(agree, "{name}: value {index} is {a}, expected {e}; tolerance: {}", self.why);
        }
    }
}

/// Every device of this build: the CPU, LibTorch where built in, a GPU where an adapter is found.
pub fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("flex", Device::flex())];
    #[cfg(feature = "tch")]
    devices.push(("libtorch", Device::libtorch()));
    #[cfg(feature = "gpu")]
    devices.extend(gpu().map(|device| ("wgpu", device)));
    devices
}

/// Numbers in [-1, 1) that look random: the high bits of a multiplicative hash, moved by `salt`.
pub fn noise(length: usize, salt: u32) -> Vec<f32> {
    (0..length as u32)
        .map(|i| {
            let mut h = i.wrapping_add(salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B);
            h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
            h ^= h >> 16;
            h as f32 / (1u64 << 31) as f32 - 1.0
        })
        .collect()
}

pub fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().to_vec::<f32>().expect("the tests compute in f32")
}
