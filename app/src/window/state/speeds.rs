//! How long clips took on this machine's devices, and what a new one will take by that.

use std::collections::BTreeMap;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::job::{Outcome, UsedDecoder};
use hummingbird_engine::request::ClipSettings;
use hummingbird_engine::request::DecoderKind;
use hummingbird_engine::settings::table;
use serde::{Deserialize, Serialize};

/// Records that are kept.
const MOST_RECORDS: usize = 200;
/// Part of a new time in the mean of a record: the last few clips count.
const NEW_PART: f64 = 0.4;

/// What decides how long a step takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Work {
    device: String,
    model_sha256: String,
    /// Sampler, feature cache, tokens and decoder, as files write them.
    kind: String,
    width: u32,
    height: u32,
    frames: u32,
}

/// What clips of one kind took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    work: Work,
    /// Seconds of a sampling step.
    step_secs: f64,
    /// Seconds of all else: text, decoding.
    rest_secs: f64,
}

/// The history of all devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speeds {
    /// Which device each choice meant last.
    devices: BTreeMap<String, String>,
    /// The newest last.
    records: Vec<Record>,
}

/// What a clip will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds in all.
    pub secs: f64,
    /// Whether clips of just this kind and size were made.
    pub is_exact: bool,
}

fn kind_of(clip: &ClipSettings, tiny: bool) -> String {
    let values = [&table::SAMPLER, &table::REUSE, &table::MERGE_TOKENS].map(|it| it.of_clip(clip).to_string());
    // Without guidance each step runs the network once.
    let guided = if (clip.guidance - 1.0).abs() > f32::EPSILON { "guided" } else { "plain" };
    format!("{} {guided} {}", values.join(" "), if tiny { "tiny" } else { "full" })
}

impl Work {
    fn of(device: &str, model_sha256: &str, clip: &ClipSettings, tiny: bool) -> Self {
        Self {
            device: device.to_owned(),
            model_sha256: model_sha256.to_owned(),
            kind: kind_of(clip, tiny),
            width: clip.width,
            height: clip.height,
            frames: clip.frames,
        }
    }

    fn pixels(&self) -> f64 {
        f64::from(self.width.max(1)) * f64::from(self.height.max(1)) * f64::from(self.frames.max(1))
    }
}

impl Speeds {
    /// Writes down what a finished clip took, `step_secs` seconds a step; a clip of which that is not known teaches nothing.
    pub fn learn(&mut self, outcome: &Outcome, step_secs: f64) {
        let clip = &outcome.request.clip;
        let rest_secs = f64::from(outcome.elapsed_secs) - step_secs * f64::from(clip.steps);
        if !(step_secs > 0.0 && step_secs.is_finite() && rest_secs.is_finite()) {
            return;
        }
        self.devices.insert(outcome.request.device.to_string(), outcome.device_name.clone());
        let tiny = outcome.decoder != UsedDecoder::Full;
        let work = Work::of(&outcome.device_name, &outcome.model_sha256, clip, tiny);
        let mut record = Record { work, step_secs, rest_secs: rest_secs.max(0.0) };
        if let Some(at) = self.records.iter().position(|known| known.work == record.work) {
            let known = self.records.remove(at);
            record.step_secs = known.step_secs + NEW_PART * (record.step_secs - known.step_secs);
            // The first clip also waited for weights and kernels; that does not come again.
            record.rest_secs = known.rest_secs.min(record.rest_secs);
        }
        self.records.push(record);
        let surplus = self.records.len().saturating_sub(MOST_RECORDS);
        self.records.drain(..surplus);
    }

    /// What a clip will take on the device that `choice` means; `None` where this device has made none with this model.
    pub fn estimate(&self, choice: DeviceChoice, model_sha256: &str, clip: &ClipSettings) -> Option<Estimate> {
        let device = self.devices.get(&choice.to_string())?;
        let work = Work::of(device, model_sha256, clip, clip.decoder == DecoderKind::Tiny);
        let known =
            self.records.iter().rev().filter(|it| it.work.device == *device && it.work.model_sha256 == model_sha256);
        // The one that is nearest: of the same kind first, then by its size.
        let distance = |record: &&Record| {
            let other_kind = if record.work.kind == work.kind { 0.0 } else { 100.0 };
            other_kind + (record.work.pixels() / work.pixels()).ln().abs()
        };
        let record = known.min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
        let ratio = work.pixels() / record.work.pixels();
        let secs = (record.step_secs * f64::from(clip.steps) + record.rest_secs) * ratio;
        Some(Estimate { secs, is_exact: record.work == work })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hummingbird_engine::handoff::Frames;
    use hummingbird_engine::request::GenerateRequest;
    use std::sync::Arc;

    fn outcome(frames: u32, elapsed_secs: f32) -> Outcome {
        let clip = ClipSettings { steps: 20, frames, width: 96, height: 64, ..ClipSettings::default() };
        Outcome {
            frames: Arc::new(Frames::new(1, 1, vec![0; 3])),
            request: GenerateRequest { clip, loras: Vec::new(), device: DeviceChoice::Auto },
            model_name: "Nano".to_owned(),
            model_sha256: "5a".to_owned(),
            decoder: UsedDecoder::Full,
            device_name: "CPU".to_owned(),
            memory_need: hummingbird_engine::memory::JobNeed::default(),
            memory_use: hummingbird_engine::memory::JobUse::default(),
            latent_path: None,
            elapsed_secs,
            first_preview_secs: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_clip_takes_what_the_last_ones_took() {
        let mut speeds = Speeds::default();
        let made = outcome(16, 12.0);
        let clip = &made.request.clip;
        assert_eq!(speeds.estimate(DeviceChoice::Auto, "5a", clip), None, "nothing is known yet");
        speeds.learn(&made, 0.5);
        assert_eq!(speeds.estimate(DeviceChoice::Auto, "5a", clip), Some(Estimate { secs: 12.0, is_exact: true }));
        let more_steps = ClipSettings { steps: 40, ..clip.clone() };
        assert_eq!(speeds.estimate(DeviceChoice::Auto, "5a", &more_steps).map(|it| it.secs), Some(22.0));
        let longer = ClipSettings { frames: 32, ..clip.clone() };
        let estimate = speeds.estimate(DeviceChoice::Auto, "5a", &longer).expect("by a clip of another size");
        assert!((estimate.secs - 24.0).abs() < 1e-9 && !estimate.is_exact);
        assert_eq!(speeds.estimate(DeviceChoice::Cpu, "5a", clip), None, "nobody knows what device that is");
        assert_eq!(speeds.estimate(DeviceChoice::Auto, "77", clip), None, "another model");
        // Later clips count more than the first, which loaded the weights too.
        speeds.learn(&outcome(16, 7.0), 0.25);
        let secs = speeds.estimate(DeviceChoice::Auto, "5a", clip).expect("known").secs;
        assert!((secs - 10.0).abs() < 1e-9, "20 steps of 0.4 s and 2 s: {secs}");
    }

    #[test]
    fn nonsense_teaches_nothing_and_the_history_stays_short() {
        let mut speeds = Speeds::default();
        for step_secs in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            speeds.learn(&outcome(16, 1.0), step_secs);
        }
        assert_eq!(speeds, Speeds::default());
        for frames in 1..=300 {
            speeds.learn(&outcome(frames, 12.0), 0.5);
        }
        assert_eq!(speeds.records.len(), MOST_RECORDS);
    }
}
