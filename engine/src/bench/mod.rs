//! What the networks cost on one device: kernels, blocks and stages timed one after the other, beside the arithmetic peak that
//! a kernel of nothing but multiply-adds reaches in the same minutes.
//!
//! [`Subject`] says whose shapes are timed; `kernels` and `stages` list the cases, `clock` times one, `peak` measures the
//! device, operations are counted by the layers themselves ([`nn::cost`](crate::nn::cost)), `report` is the outcome,
//! `history` keeps what is found.
//! `tests/benches/peers` measures PyTorch on the same names.

mod clock;
mod history;
mod images;
mod kernels;
mod peak;
mod report;
mod stages;
mod subject;

pub use history::{BenchHistory, BenchRecord};
pub use report::{Kind, Measurement, Report};
pub use subject::Subject;

use burn::tensor::Device;

use self::clock::{Budget, Clock};
use self::images::Images;
use self::peak::{Peak, Speeds};
use crate::device::OpenDevice;
use crate::error::EngineError;
use crate::job::{CancelToken, Cancelled};
use crate::kernels::kernel_path;
use crate::memory::Meter;

/// How much is timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// As many frames as make a large model's bench last about two minutes, few runs each after one that does not count.
    #[default]
    Short,
    /// All frames of the model's default clip, and at least two runs of everything after one that does not count.
    Full,
}

impl Extent {
    /// Pixels of a short bench's clip: four frames of 512x320.
    const SHORT_PIXELS: u32 = 4 * 512 * 320;

    fn budget(self) -> Budget {
        match self {
            Self::Short => Budget { secs: 0.4, least_runs: 1 },
            Self::Full => Budget { secs: 3.0, least_runs: 2 },
        }
    }
}

/// What to time, and how thoroughly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchOptions {
    /// How much.
    pub extent: Extent,
    /// Cases whose kind, name or shape contains one of these words; all without any.
    pub only: Vec<String>,
}

/// How far a bench is.
#[derive(Clone, Copy, Debug)]
pub struct BenchProgress<'a> {
    /// Cases done.
    pub done: usize,
    /// Cases in all.
    pub total: usize,
    /// The case that runs now.
    pub name: &'a str,
}

/// One thing to be timed.
struct Case<'a> {
    kind: Kind,
    name: String,
    shape: String,
    /// Makes what the runs need, just before them, so that the memory of one case is held at a time.
    prepare: Box<dyn FnOnce() -> Result<Prepared<'a>, EngineError> + 'a>,
}

/// A case whose operands are there.
struct Prepared<'a> {
    /// Operations of one run.
    flop: f64,
    /// Bytes of operands, weights and result.
    bytes: u64,
    run: Run<'a>,
}

/// One run.
type Run<'a> = Box<dyn FnMut() -> Result<(), Cancelled> + 'a>;

/// The arithmetic peak of a device in f32, GFLOP/s, as it is at this moment.
///
/// # Errors
/// `DeviceFailed` when the device stops.
pub fn peak_gflops(device: &Device) -> Result<f64, EngineError> {
    let cancel = CancelToken::default();
    let clock = Clock { device, cancel: &cancel, budget: Extent::Short.budget() };
    Ok(Peak::new(&clock)?.sample(&clock)?.floats)
}

/// Times everything that `options` ask for, on the shapes of `subject`.
///
/// # Errors
/// `Cancelled` when `cancel` was asked for; when a weight cannot be read; `DeviceFailed` when the device stops.
pub fn run(
    subject: &Subject,
    options: &BenchOptions,
    opened: &OpenDevice,
    cancel: &CancelToken,
    on_progress: &mut dyn FnMut(BenchProgress<'_>),
) -> Result<Report, EngineError> {
    let device = &opened.device;
    let limits = &subject.limits;
    let (width, height) = (limits.default_width, limits.default_height);
    let frames = match options.extent {
        Extent::Full => limits.default_frames,
        Extent::Short => limits.default_frames.min((Extent::SHORT_PIXELS / (width * height)).max(1)),
    };
    let unit = subject.config.vae.downsampling();
    let latent = Images { count: frames as usize, height: height as usize / unit, width: width as usize / unit };
    let mut cases = kernels::cases(&subject.config, latent, device, subject.rounded);
    cases.extend(stages::cases(subject, latent, device, cancel));
    cases.retain(|case| {
        let label = format!("{} {} {}", case.kind.label(), case.name, case.shape).to_lowercase();
        options.only.is_empty() || options.only.iter().any(|words| label.contains(&words.to_lowercase()))
    });

    let clock = Clock { device, cancel, budget: options.extent.budget() };
    let peak = Peak::new(&clock)?;
    let mut timed = Vec::with_capacity(cases.len());
    let total = cases.len();
    for (done, case) in cases.into_iter().enumerate() {
        on_progress(BenchProgress { done, total, name: &case.name });
        // Around each case, since the clock of a processor and the load of a machine change within seconds.
        let before = peak.sample(&clock)?;
        device.memory_cleanup();
        let meter = Meter::start();
        let mut prepared = (case.prepare)()?;
        let timing = clock.time(&mut prepared.run)?;
        // GPUs know what their pools hold; on the CPU the program's allocator counts, where it is one that does.
        let counted = Some(meter.peak() as u64).filter(|&bytes| bytes > 0);
        let longest_submission_ms = match case.kind {
            Kind::Stage => longest_submission(opened, &mut prepared.run)?,
            Kind::Block | Kind::Kernel => None,
        };
        let held = device.memory_pool_usage().map(|usage| usage.bytes_reserved).or(counted);
        let after = peak.sample(&clock)?;
        let measurement = Measurement {
            kind: case.kind,
            name: case.name,
            shape: case.shape,
            milliseconds: 1e3 * timing.best_secs,
            runs: timing.runs,
            gflop: prepared.flop / 1e9,
            gflops: prepared.flop / timing.best_secs / 1e9,
            peak_gflops: 0.0,
            share_of_peak: 0.0,
            is_steady: true,
            least_share_of_best: 1.0,
            gigabytes_per_sec: prepared.bytes as f64 / timing.best_secs / 1e9,
            bytes: prepared.bytes,
            device_bytes: held,
            longest_submission_ms,
        };
        timed.push((measurement, [before, after]));
    }
    let samples = timed.iter().flat_map(|(_, samples)| samples);
    let best = samples.fold(peak.sample(&clock)?, |best, sample| best.max(*sample));
    let compare = |(measurement, samples): (Measurement, [Speeds; 2])| {
        let uses_matrices = subject.rounded && measurement.kind != Kind::Block;
        let speed = |speeds: Speeds| speeds.matrices.filter(|_| uses_matrices).unwrap_or(speeds.floats);
        beside(measurement, samples.map(speed), speed(best))
    };
    let measurements = timed.into_iter().map(compare).collect();
    Ok(Report {
        model: subject.name.clone(),
        device: opened.name.clone(),
        kernel_path: format!("{:?}", kernel_path()).to_lowercase(),
        frames,
        width,
        height,
        peak_gflops: best.floats,
        peak_matrix_gflops: best.matrices,
        measurements,
    })
}

/// Samples this much slower than the best of a bench are those of a device that is not itself.
const STEADY_SHARE: f64 = 0.9;
/// A share this far above all is no more than the noise of clocks.
const CLOCK_NOISE: f64 = 1.02;

/// Sets a measurement beside the speeds, in GFLOP/s, that the device reached just before and after, and at best.
fn beside(measurement: Measurement, [before, after]: [f64; 2], best: f64) -> Measurement {
    let peak_gflops = before.max(after);
    let share_of_peak = measurement.gflops / peak_gflops;
    let least_share_of_best = before.min(after) / best;
    let is_steady = least_share_of_best >= STEADY_SHARE && share_of_peak <= CLOCK_NOISE;
    Measurement { peak_gflops, share_of_peak, is_steady, least_share_of_best, ..measurement }
}

/// Milliseconds of the longest submission of a run.
fn longest_submission(opened: &OpenDevice, run: &mut Run<'_>) -> Result<Option<f64>, Cancelled> {
    opened.time_submissions();
    let outcome = run();
    let longest = opened.longest_submission();
    outcome.map(|()| longest.map(|longest| 1e3 * longest.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{self, DeviceChoice};
    use crate::model::ModelSource;
    use crate::weights::ModelFile;

    fn nano(only: &[&str]) -> Report {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let options =
            BenchOptions { only: only.iter().map(|it| (*it).to_owned()).collect(), ..BenchOptions::default() };
        let cpu = device::open(DeviceChoice::Cpu, None).expect("it needs no driver");
        run(&Subject::of_file(file), &options, &cpu, &CancelToken::default(), &mut |_| ()).expect("it runs")
    }

    #[test]
    fn every_case_of_nano_runs_and_is_set_beside_the_peak() {
        let report = nano(&[]);
        for kind in [Kind::Kernel, Kind::Block, Kind::Stage] {
            assert!(report.measurements.iter().any(|it| it.kind == kind), "there is no {kind:?}");
        }
        for it in &report.measurements {
            assert!(it.milliseconds > 0.0 && it.runs > 0 && it.bytes > 0, "{it:?}");
            assert_eq!(it.gflop > 0.0, it.share_of_peak > 0.0, "{it:?}");
            assert_eq!(it.share_of_peak, it.gflops / it.peak_gflops, "{it:?}");
            assert!(it.peak_gflops > 0.0 && it.peak_gflops <= report.peak_gflops, "{it:?} of {}", report.peak_gflops);
        }
        let names: std::collections::BTreeSet<_> = report.measurements.iter().map(|it| (&it.name, &it.shape)).collect();
        assert_eq!(names.len(), report.measurements.len(), "names and shapes together are unique");
    }

    #[test]
    fn a_share_is_doubted_where_the_device_was_slower_than_it_can_be() {
        let measured = |gflops| Measurement { gflops, ..nano(&["linear, text"]).measurements.remove(0) };
        let of = |gflops, samples| beside(measured(gflops), samples, 100.0);
        let steady = of(50.0, [99.0, 95.0]);
        assert_eq!((steady.peak_gflops, steady.share_of_peak, steady.is_steady), (99.0, 50.0 / 99.0, true));
        // A load that begins, one that ends, one that was there before and after, and a sample that must be wrong.
        for (gflops, samples) in
            [(50.0, [99.0, 60.0]), (50.0, [60.0, 99.0]), (50.0, [60.0, 60.0]), (107.0, [100.0, 98.0])]
        {
            assert!(!of(gflops, samples).is_steady, "{gflops} beside {samples:?}");
        }
        let mut report = nano(&["linear, text"]);
        report.measurements = vec![of(50.0, [99.0, 95.0])];
        assert_eq!(report.doubts(), None);
        report.measurements.push(of(50.0, [99.0, 60.0]));
        let doubts = report.doubts().expect("one is doubtful");
        assert!(doubts.contains("beside 1 of 2 measurements (down to 60% of its best)"), "{doubts}");
    }

    #[test]
    fn words_choose_cases_by_kind_name_and_shape() {
        let kernels = nano(&["kernel"]);
        let shape = kernels.measurements.first().expect("it has kernels").shape.clone();
        let report = nano(&["U-Net", &shape]);
        assert!(report.measurements.iter().any(|it| it.name == "U-Net call"));
        assert!(report.measurements.iter().any(|it| it.kind == Kind::Kernel && it.shape == shape));
        assert!(report.measurements.len() < kernels.measurements.len());
        assert!(nano(&["no such thing"]).measurements.is_empty());
    }

    #[test]
    fn a_cancel_ends_it() {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let cancel = CancelToken::default();
        let mut seen = 0;
        let outcome = run(
            &Subject::of_file(file),
            &BenchOptions::default(),
            &device::open(DeviceChoice::Cpu, None).expect("it needs no driver"),
            &cancel.clone(),
            &mut |progress| {
                seen = progress.done;
                if progress.done == 2 {
                    cancel.cancel();
                }
            },
        );
        assert!(matches!(outcome, Err(EngineError::Cancelled(_))), "{outcome:?}");
        assert_eq!(seen, 2, "nothing began after the cancel");
    }
}
