//! How fast a GPU's kernels are, measured once and kept: by it the submission throttle cuts work into submissions. And whether
//! its cooperative matrices can be trusted: they are the newest part of drivers and of the library that speaks to them.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use hummingbird_device::{
    DeviceChoice, DeviceError, DeviceKind, Gpu, KernelSpeed, OpenDevice, SpeedFile, dry_run, settle,
};
use hummingbird_shaders::attention::{Sizes, attention as reference_attention};

use crate::{AttentionOptions, Epilogue, Q8Weight, StoredWeight, attention, matmul, weight_on};

/// Rows, inputs and outputs of the matmul by which a device is measured: enough workgroups for most, and half a second on
/// the slowest.
const MATMUL: [usize; 3] = [512, 512, 1024];
/// How long a measurement should take.
const LEAST_SECS: f64 = 0.01;
/// Most matmuls in a measurement.
const MOST_MATMULS: u32 = 256;
/// Inputs of a matmul that share a scale where weights have 8 bits.
const Q8_BLOCK: usize = 32;

/// Opens what the user asked for; a GPU is measured when it is opened for the first time, and `kept` remembers its speeds. Without
/// such a file it is measured each time.
///
/// # Errors
/// As [`hummingbird_device::open`], and `DeviceFailed` for a GPU that cannot even be measured.
pub fn open(choice: DeviceChoice, kept: Option<&SpeedFile>) -> Result<OpenDevice, DeviceError> {
    let opened = hummingbird_device::open(choice)?;
    let Some(gpu) = opened.gpu.clone() else { return Ok(opened) };
    // Whoever opens a device computes on it, whatever other engines of this process prepare.
    dry_run::computes_here();
    calibrate(&opened, &gpu, kept);
    let Some(report) = opened.check() else { return Ok(opened) };
    let (device, detail) = (opened.name, report.into());
    let error = DeviceError::DeviceFailed { device, detail };
    if choice != DeviceChoice::Auto {
        return Err(error);
    }
    let mut cpu = hummingbird_device::open(DeviceChoice::Cpu)?;
    cpu.reason = error.into();
    Ok(cpu)
}

/// Sets the speeds of a device, which are measured unless the file has them, and tries its cooperative matrices.
fn calibrate(opened: &OpenDevice, gpu: &Gpu, kept: Option<&SpeedFile>) {
    let name = &opened.name;
    let speeds = kept.map(|kept| kept.speeds(&gpu.key)).unwrap_or_default();
    // Other kernels are measured without the matrices that would take their place.
    let matrices = opened.capabilities().and_then(|it| it.cooperative_matrices);
    opened.change_capabilities(|it| (it.speeds, it.cooperative_matrices) = (speeds, None));
    for kernels in [KernelSpeed::F32, KernelSpeed::F16, KernelSpeed::Q8] {
        if speeds.of(kernels).is_none() {
            measure_and_keep(opened, gpu, kernels, kept);
        }
    }
    let Some(matrices) = matrices else { return };
    log::info!("{name} has {matrices:?}");
    opened.change_capabilities(|it| it.cooperative_matrices = Some(matrices));
    // Software drivers have other kernels that are faster. What was measured once was right then.
    if gpu.kind == DeviceKind::Software || speeds.cooperative.is_some() {
        return;
    }
    let device = &opened.device;
    let is_right = matmuls_are_right(device).zip(attention_is_right(device)).is_some_and(|(a, b)| a && b);
    if !is_right || !measure_and_keep(opened, gpu, KernelSpeed::Cooperative, kept) {
        log::warn!("{name} multiplies cooperative matrices wrongly and does without");
        opened.change_capabilities(|it| it.cooperative_matrices = None);
    }
}

/// Measures kernels and keeps their speed for this device and in the file; whether that could be done. A device that fails
/// keeps the speed of an unknown one.
fn measure_and_keep(opened: &OpenDevice, gpu: &Gpu, kernels: KernelSpeed, kept: Option<&SpeedFile>) -> bool {
    let Some(flops) = measure(&opened.device, kernels) else { return false };
    if opened.check().is_some() {
        return false;
    }
    opened.change_capabilities(|it| it.speeds.set(kernels, flops));
    log::info!("{} computes {:.1} GFLOP/s in matmuls ({kernels:?})", opened.name, flops / 1e9);
    if let Some(kept) = kept
        && let Err(error) = kept.keep(&gpu.key, kernels, flops)
    {
        log::warn!("{} could not be written ({error}); the device will be measured again", kept.path().display());
    }
    true
}

/// Whole numbers, whose products and sums are exact in every number format here, in a product of few tiles and in one of many;
/// `None` when the device fails.
fn matmuls_are_right(device: &Device) -> Option<bool> {
    let inputs = 36;
    let value = |index: usize, salt: usize| ((index * 7 + index / 11 * salt) % 5) as f32 - 2.0;
    for side in [64, 1280] {
        let values = |salt| (0..side * inputs).map(move |index| value(index, salt)).collect::<Vec<_>>();
        let (x, weight) = (values(3), values(2));
        let halves = weight.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>();
        let weight_there =
            weight_on(StoredWeight::Floats(TensorData::new(halves, [side, inputs])), [side, inputs], device);
        let x_there = Tensor::<2>::from_data(TensorData::new(x.clone(), [side, inputs]), device);
        let product = matmul(x_there, weight_there, Epilogue::default());
        settle(device).ok()?;
        let actual = product.try_into_data().ok()?.try_to_vec::<f32>().ok()?;
        let row = |values: &[f32], row: usize| values[row * inputs..][..inputs].to_vec();
        let is_right = (0..side).all(|of_x| {
            let x = row(&x, of_x);
            let sum = |column: usize| x.iter().zip(&weight[column * inputs..]).map(|(a, b)| a * b).sum::<f32>();
            (0..side).all(|column| actual[of_x * side + column] == sum(column))
        });
        if !is_right {
            return Some(false);
        }
    }
    Some(true)
}

/// Scores that grow, in a head as wide as the models'; `None` when the device fails.
fn attention_is_right(device: &Device) -> Option<bool> {
    let sizes = Sizes { batch: 1, tokens_q: 70, tokens_k: 70, heads: 2, head_channels: 64 };
    let width = sizes.heads * sizes.head_channels;
    let values = |salt: usize, growth: f32| {
        let value = move |index: usize| ((index * 7919 * salt) % 1009) as f32 / 504.5 - 1.0;
        (0..sizes.tokens_q * width).map(move |index| value(index) * (1.0 + growth * (index / width) as f32))
    };
    let [q, k, v] = [values(1, 0.0), values(2, 0.1), values(3, 0.0)].map(Iterator::collect::<Vec<_>>);
    let there =
        |values: &[f32]| Tensor::<3>::from_data(TensorData::new(values.to_vec(), [1, sizes.tokens_q, width]), device);
    let options = AttentionOptions { rounded: true, ..AttentionOptions::new(sizes.heads) };
    let attended = attention(there(&q), there(&k), there(&v), options);
    settle(device).ok()?;
    let actual = attended.try_into_data().ok()?.try_to_vec::<f32>().ok()?;
    let expected = reference_attention(&q, &k, &v, sizes, |_, keys| keys);
    // Inputs and weights of 11 bits. What is wrong is wrong by more.
    Some(actual.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-2))
}

/// Operations each second of the matmul kernels of one speed, which the device must take; `None` when the device fails, and in
/// a dry run, in which nothing takes any time.
fn measure(device: &Device, kernels: KernelSpeed) -> Option<f64> {
    if dry_run::is_dry_here() {
        return None;
    }
    let [rows, inputs, outputs] = MATMUL;
    let x = Tensor::<2>::ones([rows, inputs], device);
    let size = inputs * outputs;
    let weight = match kernels {
        KernelSpeed::F32 => StoredWeight::Floats(TensorData::new(vec![1.0_f32; size], [outputs, inputs])),
        KernelSpeed::F16 | KernelSpeed::Cooperative => {
            StoredWeight::Floats(TensorData::new(vec![f16::ONE; size], [outputs, inputs]))
        }
        KernelSpeed::Q8 => {
            let scales = f16::ONE.to_le_bytes().repeat(size / Q8_BLOCK);
            StoredWeight::Q8(Q8Weight::new(&vec![1; size], &scales))
        }
    };
    let weight = weight_on(weight, [outputs, inputs], device);
    let flop = 2.0 * (rows * inputs * outputs) as f64;
    let matmuls = |count: u32| {
        let started = Instant::now();
        for _ in 0..count {
            drop(matmul(x.clone(), weight.clone(), Epilogue::default()));
        }
        settle(device).ok()?;
        Some(started.elapsed().as_secs_f64())
    };
    // The first one compiles the kernel.
    matmuls(1)?;
    let mut count = 1;
    loop {
        let secs = matmuls(count)?;
        if secs >= LEAST_SECS || count >= MOST_MATMULS {
            return Some(f64::from(count) * flop / secs.max(1e-9));
        }
        count *= 4;
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_device::dry_run::DryRun;

    use super::*;

    /// On any GPU, whatever kernels it multiplies with.
    #[test]
    fn a_gpu_that_multiplies_well_is_trusted() {
        if let Some(device) = crate::tests::support::gpu() {
            assert_eq!(matmuls_are_right(&device), Some(true));
            assert_eq!(attention_is_right(&device), Some(true));
        }
    }

    #[test]
    fn every_kind_of_weight_is_measured_once_and_kept() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        if crate::tests::support::gpu().is_none() {
            return;
        }
        let open = || open(DeviceChoice::Gpu(None), Some(&kept)).expect("there is one");
        let speeds = |opened: &OpenDevice| opened.capabilities().expect("it is a GPU").speeds;
        let first = speeds(&open());
        for kernels in [KernelSpeed::F32, KernelSpeed::F16, KernelSpeed::Q8] {
            assert!(first.of(kernels).is_some_and(|flops| flops > 1e6), "{kernels:?}: {first:?}");
        }
        let text = std::fs::read_to_string(kept.path()).expect("it was written");
        assert_eq!(speeds(&open()), kept.speeds(&open().gpu.expect("it is a GPU").key));
        assert_eq!(std::fs::read_to_string(kept.path()).expect("it was written"), text, "nothing is measured again");
    }

    /// As when a model is opened while kernels of another are compiled: on a thread of its own it is measured, inside of the
    /// dry run it is not.
    #[test]
    fn nothing_is_measured_in_a_dry_run() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        if crate::tests::support::gpu().is_none() {
            return;
        }
        let open = |kept: &SpeedFile| open(DeviceChoice::Gpu(None), Some(kept)).expect("there is one");
        let dry = DryRun::new();
        let unmeasured = open(&kept);
        assert!(unmeasured.capabilities().is_some_and(|it| it.speeds == hummingbird_device::Speeds::default()));
        assert!(!kept.path().exists(), "nothing is kept");
        let beside = std::thread::scope(|scope| {
            let measured = scope.spawn(|| open(&kept).capabilities().expect("it is a GPU").speeds);
            measured.join().expect("it only measures")
        });
        drop(dry);
        let (beside, alone) =
            (beside.f32.expect("measured"), measure(&unmeasured.device, KernelSpeed::F32).expect("there is one"));
        // Launches that do nothing would be a hundred times as fast.
        assert!(beside < 20.0 * alone, "{beside:e} FLOP/s beside a dry run, {alone:e} alone");
    }
}
