//! How fast a GPU's kernels are, measured once and kept: by it the submission throttle cuts work into submissions ([`open`]), and
//! each kind of work takes the fastest kernel (`tuning`) of those that are right (`checks`).

mod checks;
mod tuning;

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use hummingbird_device::{
    DeviceChoice, DeviceError, DeviceKind, Gpu, KernelSpeed, OpenDevice, SpeedFile, dry_run, open_best, settle,
};

use self::tuning::Tried;
use crate::gpu::choice::{Candidate, MatmulKind, Workload, choose, chosen};
use crate::{AttentionOptions, ConvOptions, Epilogue, Q8Weight, StoredWeight, attention, conv2d, matmul, weight_on};

/// Rows, inputs and outputs of the matmul by which a device is measured: enough workgroups for most, and half a second on
/// the slowest.
const MATMUL: [usize; 3] = [512, 512, 1024];
/// How long a measurement should take.
const LEAST_SECS: f64 = 0.01;
/// Most runs in a measurement.
const MOST_RUNS: u32 = 256;
/// Heads and their channels of the attention by which kernels are compared.
const ATTENTION_HEADS: usize = 8;
const HEAD_CHANNELS: usize = 64;
/// Pixels in a row of the images by which convolutions are compared.
const CONV_WIDTH: usize = 32;
/// Inputs of a matmul that share a scale where weights have 8 bits.
const Q8_BLOCK: usize = 32;

/// Opens what the user asked for; a GPU is measured when it is opened for the first time, and `kept` remembers its speeds. Without
/// such a file it is measured each time. `auto` takes the next GPU where one cannot be measured, as where it does not open.
///
/// # Errors
/// As [`hummingbird_device::open`], and `DeviceFailed` for a GPU that cannot even be measured.
pub fn open(choice: DeviceChoice, kept: Option<&SpeedFile>) -> Result<OpenDevice, DeviceError> {
    if choice == DeviceChoice::Auto {
        return Ok(open_best(kept, |opened| ready(opened, kept)));
    }
    let opened = ready(hummingbird_device::open(choice)?, kept)?;
    // One that works again takes its old place in the order of `auto`.
    if let Some((kept, gpu)) = kept.zip(opened.gpu.as_ref())
        && let Err(error) = kept.keep_failed(&gpu.key, false)
    {
        log::warn!("{} could not be written ({error})", kept.path().display());
    }
    Ok(opened)
}

/// The same of a device about which `kept` forgets everything first.
///
/// # Errors
/// As [`open`].
pub fn measure_again(choice: DeviceChoice, kept: &SpeedFile) -> Result<OpenDevice, DeviceError> {
    let opened = hummingbird_device::open(choice)?;
    if let Some(gpu) = &opened.gpu
        && let Err(error) = kept.forget(&gpu.key)
    {
        log::warn!("{} could not be written ({error})", kept.path().display());
    }
    ready(opened, Some(kept))
}

/// Has a device that rounds factors to 16 bits, where that is faster, compute in f32 as long as it is open; whether it did round.
pub fn take_exact_kernels(opened: &OpenDevice) -> bool {
    let Some(can) = opened.capabilities().filter(|can| can.software_lanes.is_none()) else { return false };
    let rounds = Workload::ALL.into_iter().any(|workload| chosen(&can, workload) != Candidate::Plain);
    opened.change_capabilities(|it| {
        it.cooperative_matrices = None;
        Workload::ALL.into_iter().for_each(|workload| choose(it, workload, Candidate::Plain));
    });
    rounds
}

fn ready(opened: OpenDevice, kept: Option<&SpeedFile>) -> Result<OpenDevice, DeviceError> {
    let Some(gpu) = opened.gpu.clone() else { return Ok(opened) };
    // Whoever opens a device computes on it, whatever other engines of this process prepare.
    dry_run::computes_here();
    calibrate(&opened, &gpu, kept);
    let Some(report) = opened.check() else { return Ok(opened) };
    Err(DeviceError::DeviceFailed { device: opened.name, detail: report.into() })
}

/// Sets the speeds of a device, which are measured unless the file has them, and the kernels that it takes.
fn calibrate(opened: &OpenDevice, gpu: &Gpu, kept: Option<&SpeedFile>) {
    let speeds = kept.map(|kept| kept.speeds(&gpu.key)).unwrap_or_default();
    // Kernels in f32 are measured without those that would take their place.
    let matrices = opened.capabilities().and_then(|it| it.cooperative_matrices);
    opened.change_capabilities(|it| (it.speeds, it.cooperative_matrices) = (speeds, None));
    for kernels in [KernelSpeed::F32, KernelSpeed::F16, KernelSpeed::Q8] {
        if speeds.of(kernels).is_none() {
            measure_and_keep(opened, gpu, kernels, kept);
        }
    }
    // Software drivers have kernels of their own, which are faster.
    if gpu.kind == DeviceKind::Software {
        opened.change_capabilities(|it| it.cooperative_matrices = matrices);
    } else {
        tuning::tune(&Tried::new(opened, &gpu.key, kept), matrices);
    }
}

/// Measures kernels and keeps their speed for this device and in the file; whether that could be done. A device that fails
/// keeps the speed of an unknown one.
fn measure_and_keep(opened: &OpenDevice, gpu: &Gpu, kernels: KernelSpeed, kept: Option<&SpeedFile>) -> bool {
    let Some(flops) = measure(&opened.device, kernels) else { return false };
    if !still_works(opened) {
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

fn still_works(opened: &OpenDevice) -> bool {
    opened.check().is_none()
}

/// Operations each second of the matmul kernels of one speed, which the device must take; `None` when the device fails, and in
/// a dry run, in which nothing takes any time.
fn measure(device: &Device, kernels: KernelSpeed) -> Option<f64> {
    let size = [MATMUL[2], MATMUL[1]];
    let weight = match kernels {
        KernelSpeed::F32 => Tensor::ones(size, device),
        KernelSpeed::F16 | KernelSpeed::Cooperative => weight_of(&vec![1; size[0] * size[1]], size, false, device),
        KernelSpeed::Q8 => weight_of(&vec![1; size[0] * size[1]], size, true, device),
    };
    measure_matmul(device, MATMUL[0], &weight)
}

/// The work by which kernels are compared.
struct Shapes {
    /// Rows, inputs and outputs of a matmul with many tiles.
    large: [usize; 3],
    /// The same with few.
    small: [usize; 3],
    /// Tokens of an attention.
    tokens: usize,
}

impl Shapes {
    /// As in the finest and the coarsest level of the 0.7B.
    const OF_MODELS: Self = Self { large: [4096, 320, 640], small: [640, 1280, 1280], tokens: 1024 };
}

/// Operations each second of the kernels that the device takes for a kind of work.
fn measure_workload(device: &Device, workload: Workload, shapes: &Shapes) -> Option<f64> {
    match workload {
        Workload::Matmul { kind, large } => {
            let sizes @ [rows, inputs, outputs] = if large { shapes.large } else { shapes.small };
            if kind == MatmulKind::Q8Patches {
                return measure_conv(device, sizes);
            }
            let weight = weight_of(&vec![1; inputs * outputs], [outputs, inputs], kind == MatmulKind::Q8, device);
            measure_matmul(device, rows, &weight)
        }
        Workload::Attention => {
            let [tokens, width] = [shapes.tokens, ATTENTION_HEADS * HEAD_CHANNELS];
            let x = Tensor::<3>::ones([1, tokens, width], device);
            let options = AttentionOptions { rounded: true, ..AttentionOptions::new(ATTENTION_HEADS) };
            measure_runs(device, 4.0 * (tokens * tokens * width) as f64, || {
                drop(attention(x.clone(), x.clone(), x.clone(), options));
            })
        }
    }
}

fn measure_matmul(device: &Device, rows: usize, weight: &Tensor<2>) -> Option<f64> {
    let [outputs, inputs] = weight.dims();
    let x = Tensor::<2>::ones([rows, inputs], device);
    measure_runs(device, 2.0 * (rows * inputs * outputs) as f64, || {
        drop(matmul(x.clone(), weight.clone(), Epilogue::default()));
    })
}

/// As [`measure_matmul`] for patches of 3x3 pixels, about as many values in them, and a weight of 8 bits.
fn measure_conv(device: &Device, [rows, inputs, outputs]: [usize; 3]) -> Option<f64> {
    let channels = (inputs / 9).next_multiple_of(4);
    let (width, values) = (CONV_WIDTH, channels * 9);
    let shape = [outputs, channels, 3, 3];
    let codes = vec![1; outputs * values];
    let scales = f16::ONE.to_le_bytes().repeat(outputs * values.div_ceil(Q8_BLOCK));
    let weight: Tensor<4> = weight_on(StoredWeight::Q8(Q8Weight::new(&codes, &scales)), shape, device);
    let x = Tensor::<4>::ones([1, rows / width, width, channels], device);
    let options = ConvOptions { upsample: false, stride: 1, padding: [1; 4] };
    measure_runs(device, 2.0 * (rows * values * outputs) as f64, || {
        drop(conv2d(x.clone(), weight.clone(), options, Epilogue::default()));
    })
}

/// Operations each second of runs of so many of them.
fn measure_runs(device: &Device, flop: f64, run: impl Fn()) -> Option<f64> {
    if dry_run::is_dry_here() {
        return None;
    }
    let runs = |count: u32| {
        let started = Instant::now();
        (0..count).for_each(|_| run());
        settle(device).ok()?;
        Some(started.elapsed().as_secs_f64())
    };
    // The first one compiles the kernel.
    runs(1)?;
    let mut count = 1;
    loop {
        let secs = runs(count)?;
        if secs >= LEAST_SECS || count >= MOST_RUNS {
            return Some(f64::from(count) * flop / secs.max(1e-9));
        }
        count *= 4;
    }
}

/// A weight of whole numbers, `[outputs, inputs]`, in 8 bits or in 16.
fn weight_of(values: &[i8], [outputs, inputs]: [usize; 2], q8: bool, device: &Device) -> Tensor<2> {
    let stored = if q8 {
        let codes = values.iter().map(|value| value.cast_unsigned()).collect::<Vec<_>>();
        let scales = f16::ONE.to_le_bytes().repeat(outputs * inputs.div_ceil(Q8_BLOCK));
        StoredWeight::Q8(Q8Weight::new(&codes, &scales))
    } else {
        let halves = values.iter().map(|&value| f16::from_f32(f32::from(value))).collect::<Vec<_>>();
        StoredWeight::Floats(TensorData::new(halves, [outputs, inputs]))
    };
    weight_on(stored, [outputs, inputs], device)
}

#[cfg(test)]
mod tests {
    use hummingbird_device::dry_run::DryRun;

    use super::*;

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
