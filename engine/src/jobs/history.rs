//! What steps took on this machine: the history from which waiting jobs are given a time.
//!
//! A measured job says what a step and everything around its steps took, for one device, model, size and way of computing. A
//! job that is like one of them is estimated by it, any other by the measured one of the same device and model that is nearest
//! in size. Begin with [`StepTimes::estimate`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, Kept};
use hummingbird_model::SamplerKind;
use serde::{Deserialize, Serialize};

use super::events::Outcome;
use super::request::{ClipSettings, GenerateRequest};
use super::settings::table;

/// Measured jobs that are kept; those that were measured longest ago go first.
const MOST_ENTRIES: usize = 400;

/// Least of a job in which the computer slept: so long, and so many times as long as others of its kind.
const SLEEP_SECS: f32 = 120.0;
const SLEEP_STEPS: f32 = 20.0;

/// What jobs took, by what they are like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepTimes {
    entries: BTreeMap<String, Took>,
    /// The device that a choice led to last.
    devices: BTreeMap<String, String>,
    /// Counts measurements.
    clock: u64,
}

impl Kept for StepTimes {}

/// What one kind of job took on a device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobTime {
    /// SHA-256 of its model.
    pub model_sha256: String,
    /// Pixels of all frames, times the passes of a step.
    pub work_pixels: f32,
    /// Seconds of a step.
    pub step_secs: f32,
    /// Seconds of a job beside its steps.
    pub rest_secs: f32,
}

/// What one kind of job took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Took {
    device: String,
    model: String,
    /// Pixels of all frames, times the passes of a step.
    work: f32,
    /// Seconds of a step.
    step_secs: f32,
    /// Seconds of a job beside its steps.
    rest_secs: f32,
    /// When it was measured last, by the clock of the history.
    at: u64,
}

impl StepTimes {
    /// Takes down what a job took: `sampling_secs` for `steps` of its steps.
    pub fn note(&mut self, outcome: &Outcome, steps: u32, sampling_secs: f32) {
        let rest_secs = outcome.elapsed_secs - sampling_secs;
        let is_usable = steps > 0 && sampling_secs > 0.0 && rest_secs >= 0.0 && outcome.elapsed_secs.is_finite();
        if !is_usable {
            return;
        }
        let (clip, device, model) = (&outcome.request.clip, &outcome.device_name, &outcome.model_sha256);
        self.clock += 1;
        self.devices.insert(outcome.request.device.to_string(), device.clone());
        let took = self.entries.entry(name_of(device, model, clip)).or_default();
        let step_secs = sampling_secs / steps as f32;
        // On some systems the clock goes on while the computer sleeps.
        if took.at > 0 && sampling_secs > SLEEP_SECS && step_secs > SLEEP_STEPS * took.step_secs {
            return;
        }
        // What was measured just now counts as much as all before: machines are busy and idle by turns.
        let blend = |before: f32, now: f32| if took.at == 0 { now } else { 0.5 * (before + now) };
        *took = Took {
            step_secs: blend(took.step_secs, step_secs),
            rest_secs: blend(took.rest_secs, rest_secs),
            device: device.clone(),
            model: model.clone(),
            work: work_of(clip),
            at: self.clock,
        };
        if self.entries.len() > MOST_ENTRIES
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, took)| took.at).map(|(name, _)| name.clone())
        {
            self.entries.remove(&oldest);
        }
    }

    /// The history of a user. One that cannot be read costs nothing but estimates.
    pub fn read(folders: &Folders) -> Self {
        match kept::read(&Self::path(folders)) {
            Ok(read) => read.value,
            Err(error) => {
                log::warn!("{error}");
                Self::default()
            }
        }
    }

    /// Where the history of a user is.
    pub fn path(folders: &Folders) -> PathBuf {
        folders.cache.join("job-times.json")
    }

    /// What kinds of jobs took on the device of this name, those that were measured last first.
    pub fn of_device(&self, device: &str) -> Vec<JobTime> {
        let mut entries: Vec<&Took> = self.entries.values().filter(|took| took.device == device).collect();
        entries.sort_by_key(|took| std::cmp::Reverse(took.at));
        let times = entries.into_iter().map(|took| JobTime {
            model_sha256: took.model.clone(),
            work_pixels: took.work,
            step_secs: took.step_secs,
            rest_secs: took.rest_secs,
        });
        // The file may say anything.
        let is_sound = |time: &JobTime| {
            [time.work_pixels, time.step_secs, time.rest_secs].iter().all(|it| it.is_finite() && *it >= 0.0)
        };
        times.filter(is_sound).collect()
    }

    /// Seconds that a job of this model will take from its step `steps_done` on; `None` before anything like it was measured.
    pub fn estimate(&self, request: &GenerateRequest, model_sha256: &str, steps_done: u32) -> Option<f32> {
        let device = self.devices.get(&request.device.to_string())?;
        let clip = &request.clip;
        let steps = clip.steps.saturating_sub(steps_done) as f32;
        let secs = match self.entries.get(&name_of(device, model_sha256, clip)) {
            Some(took) => took.step_secs * steps + took.rest_secs,
            None => {
                let work = work_of(clip);
                let of_kind = self.entries.values().filter(|it| it.device == *device && it.model == model_sha256);
                let apart = |took: &Took| (took.work.max(1.0) / work).ln().abs();
                let nearest = of_kind.min_by(|one, other| apart(one).total_cmp(&apart(other)))?;
                (nearest.step_secs * steps + nearest.rest_secs) * (work / nearest.work.max(1.0))
            }
        };
        // The file may say anything.
        (secs.is_finite() && secs >= 0.0).then_some(secs)
    }
}

fn work_of(clip: &ClipSettings) -> f32 {
    let passes = if clip.sampler == SamplerKind::Ddim && clip.guidance != 1.0 { 2.0 } else { 1.0 };
    (clip.width.max(1) as f32) * (clip.height.max(1) as f32) * (clip.frames.max(1) as f32) * passes
}

fn name_of(device: &str, model: &str, clip: &ClipSettings) -> String {
    let model: String = model.chars().take(16).collect();
    let ways = [&table::REUSE, &table::MERGE_TOKENS, &table::DECODER, &table::PRECISION]
        .map(|it| it.of_clip(clip).to_string());
    format!("{device}, {model}, {}, {}x{}x{}", ways.join(" "), work_of(clip), clip.width, clip.frames)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::device::DeviceChoice;
    use crate::handoff::Frames;
    use crate::jobs::events::UsedDecoder;
    use crate::memory::{JobNeed, JobUse};
    use crate::pipeline::settings::Precision;

    fn outcome(size: u32, elapsed_secs: f32) -> Outcome {
        let clip = ClipSettings { steps: 20, width: size, height: size, frames: 16, ..ClipSettings::default() };
        Outcome {
            frames: Arc::new(Frames::new(1, 1, vec![0; 3])),
            request: GenerateRequest { clip, loras: Vec::new(), device: DeviceChoice::Auto },
            model_name: "Nano".into(),
            model_sha256: "5a".repeat(32),
            decoder: UsedDecoder::Full,
            device_name: "GPU".into(),
            memory_need: JobNeed::default(),
            memory_use: JobUse::default(),
            latent_path: None,
            elapsed_secs,
            first_preview_secs: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn jobs_are_estimated_by_those_that_are_like_them() {
        let mut times = StepTimes::default();
        let job = outcome(64, 12.0);
        let model = job.model_sha256.clone();
        assert_eq!(times.estimate(&job.request, &model, 0), None, "nothing was measured");
        times.note(&job, 20, 10.0);
        assert_eq!(times.estimate(&job.request, &model, 0), Some(12.0));
        assert_eq!(times.estimate(&job.request, &model, 10), Some(7.0), "half of its steps are done");
        let mut longer = job.request.clone();
        longer.clip.steps = 40;
        assert_eq!(times.estimate(&longer, &model, 0), Some(22.0));
        // Four times the pixels.
        assert_eq!(times.estimate(&outcome(128, 0.0).request, &model, 0), Some(48.0));
        times.note(&outcome(128, 100.0), 20, 90.0);
        assert_eq!(times.estimate(&outcome(128, 0.0).request, &model, 0), Some(100.0), "it was measured itself");
        times.note(&job, 20, 20.0);
        times.note(&outcome(64, 22.0), 20, 20.0);
        assert_eq!(times.estimate(&job.request, &model, 0), Some(17.0), "half old, half new");
        assert_eq!(times.estimate(&job.request, "other", 0), None);
        let of_device = times.of_device("GPU");
        let steps: Vec<f32> = of_device.iter().map(|time| time.step_secs).collect();
        assert_eq!(steps, [0.75, 4.5], "what was measured last comes first");
        assert!(times.of_device("another").is_empty());
        let mut faster = outcome(64, 4.0);
        faster.request.clip.precision = Precision::Int8;
        assert_eq!(times.estimate(&faster.request, &model, 0), Some(17.0), "nothing nearer was measured");
        times.note(&faster, 20, 3.0);
        let each = [&faster.request, &job.request].map(|request| times.estimate(request, &model, 0));
        assert_eq!(each, [Some(4.0), Some(17.0)], "another precision is another time");
        let cpu = GenerateRequest { device: DeviceChoice::Cpu, ..job.request };
        assert_eq!(times.estimate(&cpu, &model, 0), None, "another device");
    }

    #[test]
    fn nonsense_is_not_noted_and_not_believed() {
        let mut times = StepTimes::default();
        for (steps, secs, elapsed) in [(0, 5.0, 6.0), (4, 0.0, 6.0), (4, 7.0, 6.0), (4, 1.0, f32::NAN)] {
            times.note(&outcome(64, elapsed), steps, secs);
        }
        assert_eq!(times, StepTimes::default());
        let mut slept = StepTimes::default();
        slept.note(&outcome(64, 12.0), 20, 10.0);
        slept.note(&outcome(64, 30_002.0), 20, 30_000.0);
        assert_eq!(slept.estimate(&outcome(64, 0.0).request, &"5a".repeat(32), 0), Some(12.0));
        for size in 0..2 * MOST_ENTRIES as u32 {
            times.note(&outcome(size + 1, 2.0), 1, 1.0);
        }
        assert_eq!(times.entries.len(), MOST_ENTRIES);
        times.entries.values_mut().for_each(|took| took.step_secs = f32::INFINITY);
        assert_eq!(times.estimate(&outcome(500, 0.0).request, &"5a".repeat(32), 0), None);
    }
}
