//! Devices, inputs and comparisons that the tests of this folder share.

use burn::tensor::{Device, Tensor, TensorData};

/// How far two f32 results may lie apart, and why.
pub struct Tol {
    pub rtol: f32,
    pub atol: f32,
    pub why: &'static str,
}

impl Tol {
    /// Panics at the first value too far off. A NaN agrees with a NaN, an infinity with the same infinity.
    pub fn check(&self, name: &str, actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len(), "{name}: number of values");
        for (index, (&a, &e)) in actual.iter().zip(expected).enumerate() {
            let agree = a == e || (a.is_nan() && e.is_nan()) || (a - e).abs() <= self.atol + self.rtol * e.abs();
            assert!(agree, "{name}: value {index} is {a}, expected {e}; tolerance: {}", self.why);
        }
    }
}

/// The devices that need no hardware: the CPU, and LibTorch where it is built in.
pub fn cpu_devices() -> Vec<(&'static str, Device)> {
    #[cfg(feature = "tch")]
    #[expect(deprecated, reason = "training uses burn-tch as long as burn ships it")]
    let torch = Some(("libtorch", Device::libtorch()));
    #[cfg(not(feature = "tch"))]
    let torch = None;
    [Some(("flex", Device::flex())), torch].into_iter().flatten().collect()
}

/// Every device of this build: [`cpu_devices`], and a GPU (or its software driver) where an adapter is found.
pub fn devices() -> Vec<(&'static str, Device)> {
    #[cfg(feature = "gpu")]
    let gpu = gpu().map(|device| ("wgpu", device));
    #[cfg(not(feature = "gpu"))]
    let gpu = None;
    cpu_devices().into_iter().chain(gpu).collect()
}

/// The GPU as jobs open it, with all that the kernels may use of it, or `None` with a message on a machine without any adapter,
/// unless `HUMMINGBIRD_REQUIRE_GPU=1` forbids that.
#[cfg(feature = "gpu")]
pub fn gpu() -> Option<Device> {
    static OPENED: std::sync::OnceLock<Option<hummingbird_device::OpenDevice>> = std::sync::OnceLock::new();
    let open = || match crate::calibration::open(hummingbird_device::DeviceChoice::Gpu(None), None) {
        Ok(opened) => Some(opened),
        Err(error) => {
            assert!(
                !is_required("GPU"),
                "HUMMINGBIRD_REQUIRE_GPU is 1: {error}; install a driver, software ones count"
            );
            skipped("no GPU adapter on this machine");
            None
        }
    };
    OPENED.get_or_init(open).as_ref().map(|opened| opened.device.clone())
}

/// [`gpu`] for those who work below burn's tensors.
#[cfg(feature = "gpu")]
pub fn cube_gpu() -> Option<burn_cubecl::CubeDevice> {
    match gpu()?.as_dispatch() {
        burn::backend::DispatchDevice::Cube(device) => Some(device.clone()),
        other => panic!("{other:?} is no GPU"),
    }
}

/// Whether kernels of cooperative matrices can be tested: not on every GPU, unless `HUMMINGBIRD_REQUIRE_MATRICES=1` forbids that.
#[cfg(feature = "gpu")]
pub fn has_matrices(client: &cubecl::client::Client) -> bool {
    has(crate::gpu::adapter::cooperative_matrices(client).is_some(), "cooperative matrices")
}

/// The same of kernels that read f16 in the GPU's own type: what has matrices has that.
#[cfg(feature = "gpu")]
pub fn has_halves(client: &cubecl::client::Client) -> bool {
    has(crate::gpu::adapter::has_halves(client), "16-bit type in shaders")
}

/// `.ci/run` runs what says this again, with a driver that has more.
#[cfg(feature = "gpu")]
fn has(found: bool, what: &str) -> bool {
    assert!(found || !is_required("MATRICES"), "HUMMINGBIRD_REQUIRE_MATRICES is 1 and the GPU has no {what}");
    if !found {
        skipped(&format!("the GPU has no {what}"));
    }
    found
}

/// As if all kernels had this speed on a device, in operations each second.
#[cfg(feature = "gpu")]
pub fn set_speed(client: &cubecl::client::Client, flops: f64) {
    hummingbird_device::change_capabilities_of(client, |it| {
        hummingbird_device::KernelSpeed::ALL.into_iter().for_each(|kernels| it.speeds.set(kernels, flops));
    });
}

#[cfg(feature = "gpu")]
fn is_required(what: &str) -> bool {
    std::env::var(format!("HUMMINGBIRD_REQUIRE_{what}")).is_ok_and(|value| value == "1")
}

/// Past the test harness, which shows nothing of tests that pass, and in one piece: `.ci/run` counts these lines.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let test = std::thread::current();
    let line = format!("SKIPPED {}: {why}\n", test.name().unwrap_or("a test"));
    std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written to");
}

/// Numbers in [-1, 1) that look random: a multiplicative hash of the place, moved by `salt`.
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
    tensor.into_data().try_to_vec::<f32>().expect("the tests compute in f32")
}

/// The derivative of `sum(forward(x) * weights)` in direction `direction` by central differences, in f64.
///
/// `forward` is a reference implementation, so that no rounding of the code under test enters.
pub fn finite_difference(x: &[f32], direction: &[f32], weights: &[f32], forward: impl Fn(&[f32]) -> Vec<f32>) -> f64 {
    // Large enough that the f32 results of the reference, rounded to 6e-8, leave three digits of the difference.
    const STEP: f32 = 1e-2;
    let at = |sign: f32| {
        let moved = x.iter().zip(direction).map(|(x, d)| x + sign * STEP * d).collect::<Vec<_>>();
        dot(&forward(&moved), weights)
    };
    (at(1.0) - at(-1.0)) / f64::from(2.0 * STEP)
}

/// The inner product in f64.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
