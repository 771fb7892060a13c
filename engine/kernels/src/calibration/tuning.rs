//! Which of the kernels that could do a kind of work is the fastest on a device: each is tried, first whether it is right, then
//! how fast it is. What was found is kept for the device, its driver and this version of the program.

use std::time::{Duration, Instant};

use hummingbird_device::{CooperativeMatrices, OpenDevice, SpeedFile, TrialOutcome, dry_run};
use hummingbird_shaders::parts;

use super::checks::are_right;
use super::{Shapes, measure_workload, still_works};
use crate::gpu::choice::{Candidate, Workload, choose};

/// How long a device is tried when it is opened; what is left is tried the next time.
const MOST_TIME: Duration = Duration::from_secs(3);
/// Name, among kinds of work, of whether cooperative matrices are right.
const RIGHTNESS: &str = "whether results are right";

/// A device, and what was found of it before.
pub(super) struct Tried<'a> {
    opened: &'a OpenDevice,
    key: &'a str,
    kept: Option<&'a SpeedFile>,
    shapes: Shapes,
    most_time: Duration,
}

impl<'a> Tried<'a> {
    pub fn new(opened: &'a OpenDevice, key: &'a str, kept: Option<&'a SpeedFile>) -> Self {
        Self { opened, key, kept, shapes: Shapes::OF_MODELS, most_time: MOST_TIME }
    }

    fn before(&self, work: &str, kernel: &str) -> Option<TrialOutcome> {
        self.kept?.tried(self.key, work, kernel)
    }

    fn keep(&self, work: &str, kernel: &str, outcome: TrialOutcome) {
        log::info!("{}, {work}: {kernel} {outcome:?}", self.opened.name);
        let Some(kept) = self.kept else { return };
        if let Err(error) = kept.keep_tried(self.key, work, kernel, outcome) {
            log::warn!("{} could not be written ({error}); the device will be tried again", kept.path().display());
        }
    }

    /// What comes of the kernels that the device takes now for a kind of work; `None` when the device fails.
    fn outcome(&self, workload: Workload) -> Option<TrialOutcome> {
        let device = &self.opened.device;
        let outcome = if are_right(device, workload)? {
            TrialOutcome::FlopPerSec(measure_workload(device, workload, &self.shapes)?)
        } else {
            TrialOutcome::Wrong
        };
        still_works(self.opened).then_some(outcome)
    }
}

/// Has a device take the fastest right kernels, its cooperative matrices, as the driver offers them, among them.
pub(super) fn tune(tried: &Tried<'_>, offered: Option<CooperativeMatrices>) {
    // What launches that do nothing leave behind would be taken for wrong, and kept.
    if dry_run::is_dry_here() {
        return;
    }
    let started = Instant::now();
    let opened = tried.opened;
    let matrices = offered.and_then(|offered| right_matrices(tried, offered));
    opened.change_capabilities(|it| it.cooperative_matrices = matrices);
    if offered.is_some() && matrices.is_none() {
        log::warn!("{} multiplies cooperative matrices wrongly and does without", opened.name);
    }
    for workload in Workload::ALL {
        let Some(can) = opened.capabilities() else { return };
        let candidates = Candidate::of(workload, &can);
        // Where all that was tried is wrong, also because there was no time for more, f32 it is.
        let mut best: Option<(f64, Candidate)> = None;
        for &candidate in candidates.iter().filter(|_| candidates.len() > 1) {
            let name = candidate.name(&can);
            let outcome = match tried.before(workload.name(), &name) {
                Some(outcome) => outcome,
                None if started.elapsed() > tried.most_time => continue,
                None => {
                    opened.change_capabilities(|it| choose(it, workload, candidate));
                    let Some(outcome) = tried.outcome(workload) else { return };
                    tried.keep(workload.name(), &name, outcome);
                    outcome
                }
            };
            let flops = outcome.flop_per_sec().unwrap_or_default();
            if best.is_none_or(|(best, _)| flops > best) {
                best = Some(if flops > 0.0 { (flops, candidate) } else { (0.0, Candidate::Plain) });
            }
        }
        if let Some((flops, candidate)) = best {
            opened.change_capabilities(|it| {
                choose(it, workload, candidate);
                if candidate.has_matrices() {
                    it.speeds.cooperative = Some(it.speeds.cooperative.map_or(flops, |speed| speed.max(flops)));
                }
            });
        }
    }
}

/// The cooperative matrices for subgroups of the size that the driver takes: a kernel that meets another one gives no numbers.
fn right_matrices(tried: &Tried<'_>, offered: CooperativeMatrices) -> Option<CooperativeMatrices> {
    let opened = tried.opened;
    let sizes = opened.capabilities()?.subgroups?;
    let candidates = [64, 32, 16, 8].into_iter().filter(|lanes| (sizes.min..=sizes.max).contains(lanes));
    let candidates = candidates.map(|lanes| CooperativeMatrices { lanes, ..offered });
    for matrices in
        candidates.filter(|it| parts::CooperativeMatrices { side: it.side, lanes: it.lanes }.are_for_kernels())
    {
        opened.change_capabilities(|it| {
            it.cooperative_matrices = Some(matrices);
            for workload in Workload::ALL {
                let candidate =
                    if workload == Workload::Attention { Candidate::Matrices } else { Candidate::LargeMatrices };
                choose(it, workload, candidate);
            }
        });
        let name = Candidate::Matrices.name(&opened.capabilities()?);
        let is_right = match tried.before(RIGHTNESS, &name) {
            Some(found) => found == TrialOutcome::Right,
            None => {
                let is_right = Workload::ALL
                    .into_iter()
                    .map(|workload| are_right(&opened.device, workload))
                    .collect::<Option<Vec<_>>>()?;
                let is_right = is_right.into_iter().all(|it| it);
                tried.keep(RIGHTNESS, &name, if is_right { TrialOutcome::Right } else { TrialOutcome::Wrong });
                is_right
            }
        };
        opened.change_capabilities(|it| it.choices = Default::default());
        if is_right {
            return Some(matrices);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use hummingbird_device::{Capabilities, DeviceChoice, SubgroupSizes};

    use super::*;
    use crate::gpu::choice::{MatmulKind, chosen};

    /// A device as if it were no software driver, which takes the kernels that graphics cards take.
    fn device() -> Option<OpenDevice> {
        crate::tests::support::gpu()?;
        let opened = crate::calibration::open(DeviceChoice::Gpu(None), None).expect("there is one");
        opened.change_capabilities(|it| it.software_lanes = None);
        Some(opened)
    }

    fn can(opened: &OpenDevice) -> Capabilities {
        opened.capabilities().expect("it is a GPU")
    }

    #[test]
    fn the_fastest_right_kernel_is_taken_and_kept() {
        let Some(opened) = device() else { return };
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        // As small as the kinds of work allow: kernels of graphics cards are slow on processors.
        let shapes = Shapes { large: [1280, 32, 1280], small: [128, 32, 128], tokens: 64 };
        let most_time = Duration::from_secs(600);
        let tried = Tried { shapes, most_time, ..Tried::new(&opened, "a device", Some(&kept)) };
        let offered = can(&opened).cooperative_matrices;
        tune(&tried, offered);
        let can = can(&opened);
        assert_eq!(can.cooperative_matrices, offered, "the driver's matrices are right");
        let all = kept.all_tried("a device");
        assert!(all.iter().all(|it| it.outcome != TrialOutcome::Wrong), "{all:?}");
        assert!(all.iter().any(|it| it.kernel == Candidate::Dots.name(&can)), "{all:?}");
        for workload in Workload::ALL {
            let candidates = Candidate::of(workload, &can);
            let flops = |it: &Candidate| {
                let outcome = kept.tried("a device", workload.name(), &it.name(&can))?;
                outcome.flop_per_sec()
            };
            if candidates.len() < 2 {
                continue;
            }
            let best = candidates.iter().max_by(|a, b| flops(a).unwrap_or(0.0).total_cmp(&flops(b).unwrap_or(0.0)));
            assert_eq!(
                best.copied(),
                Some(chosen(&can, workload)),
                "{}: {:?}",
                workload.name(),
                kept.all_tried("a device")
            );
        }
        // What is kept is not measured again, and a kernel that is known to be wrong is not taken.
        let text = || std::fs::read_to_string(kept.path()).unwrap_or_default();
        let before = text();
        tune(&tried, offered);
        assert_eq!(text(), before);
        for workload in Workload::ALL {
            for candidate in Candidate::of(workload, &can).into_iter().filter(|&it| it != Candidate::Plain) {
                kept.keep_tried("a device", workload.name(), &candidate.name(&can), TrialOutcome::Wrong)
                    .expect("the file is replaced");
            }
        }
        opened.change_capabilities(|it| it.choices = Default::default());
        tune(&tried, offered);
        let can = opened.capabilities().expect("it is a GPU");
        for workload in Workload::ALL.into_iter().filter(|&workload| Candidate::of(workload, &can).len() > 1) {
            assert_eq!(chosen(&can, workload), Candidate::Plain, "{}", workload.name());
        }
    }

    #[test]
    fn a_wrong_kernel_is_not_taken_where_there_was_no_time_for_another() {
        let Some(opened) = device() else { return };
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        let tried = Tried { most_time: Duration::ZERO, ..Tried::new(&opened, "a device", Some(&kept)) };
        let packed = Workload::Matmul { kind: MatmulKind::F16, large: true };
        if !Candidate::of(packed, &can(&opened)).contains(&Candidate::Packed) {
            return;
        }
        let name = Candidate::Packed.name(&can(&opened));
        kept.keep_tried("a device", packed.name(), &name, TrialOutcome::Wrong).expect("the folder is there");
        tune(&tried, None);
        assert_eq!(chosen(&can(&opened), packed), Candidate::Plain);
    }

    #[test]
    fn nothing_is_tried_in_a_dry_run() {
        let Some(opened) = device() else { return };
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        let offered = can(&opened).cooperative_matrices;
        let dry = dry_run::DryRun::new();
        tune(&Tried::new(&opened, "a device", Some(&kept)), offered);
        drop(dry);
        assert!(!kept.path().exists(), "{:?}", kept.all_tried("a device"));
    }

    /// As of a Radeon GPU, whose driver says 32 to 64 and takes one of them: sizes that it does not take are found out.
    #[test]
    fn matrices_are_for_the_subgroups_that_the_driver_really_takes() {
        let Some(opened) = device() else { return };
        let offered = can(&opened).cooperative_matrices;
        let Some(real) = offered else {
            crate::tests::support::skipped("the GPU has no cooperative matrices");
            return;
        };
        opened.change_capabilities(|it| it.subgroups = Some(SubgroupSizes { min: 4, max: 64 }));
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        let tried = Tried::new(&opened, "a device", Some(&kept));
        let most = CooperativeMatrices { lanes: 64, ..real };
        assert_eq!(right_matrices(&tried, most), Some(real));
        let found = kept.all_tried("a device");
        assert!(found.iter().any(|it| it.outcome == TrialOutcome::Wrong), "another size was tried first: {found:?}");
        assert_eq!(found.iter().filter(|it| it.outcome == TrialOutcome::Right).count(), 1, "{found:?}");
        // A driver that never takes a size for which there is a kernel.
        opened.change_capabilities(|it| it.subgroups = Some(SubgroupSizes { min: 2 * real.lanes, max: 64 }));
        assert_eq!(right_matrices(&tried, most), None);
    }
}
