//! The form: what is typed and set on the left, and what is said about it.

use std::path::{Path, PathBuf};

use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::jobs::history::StepTimes;
use hummingbird_engine::request::{GenerateRequest, RawRequest, RequestLimits};

use super::beyond::beyond;
use super::controls::{Controls, Place};
use super::latest::Latest;
use super::loras::{LoraNotes, file_name};
use super::models::Models;
use super::prompt_reading::PromptReading;
use super::view::Level;
use crate::language::tr;
use crate::units::{bytes, duration};

/// What is typed and set.
pub struct Form {
    /// The controls.
    pub controls: Controls,
    /// The prompt as the model reads it.
    pub prompt: PromptReading,
    /// What is wrong with the controls as they stand.
    pub problems: Vec<(Place, String)>,
    /// What the last job or the last try to start one said about a field; goes when the field is edited.
    pub remarks: Vec<(Place, Level, String)>,
    /// Where the lists of the prompt's wildcards are.
    pub wildcards: PathBuf,
    /// What is known of LoRAs beside the list in the controls.
    pub loras: LoraNotes,
    /// Devices of this machine, once they were looked for: how to ask for each, and its name.
    pub devices: Vec<(DeviceChoice, String)>,
    /// What kind of device an automatic choice picks.
    pub best_device: DeviceKind,
    /// What the next job will hold in memory, in words.
    pub memory_need: Option<String>,
    /// What the next job will take, in words.
    pub time_need: Option<String>,
    /// What is said where settings go beyond what the model was made for.
    pub beyond: Vec<(Place, String)>,
    /// Which clip's settings were asked for last.
    pub reading: Latest,
}

impl Form {
    /// The form with which the window opens; nothing is checked before a model is open.
    pub fn new(controls: Controls) -> Self {
        Self {
            controls,
            prompt: PromptReading::default(),
            problems: Vec::new(),
            remarks: Vec::new(),
            wildcards: PathBuf::new(),
            loras: LoraNotes::default(),
            devices: Vec::new(),
            best_device: DeviceKind::Cpu,
            memory_need: None,
            time_need: None,
            beyond: Vec::new(),
            reading: Latest::default(),
        }
    }

    /// Messages for one place of the window, problems first.
    pub fn messages(&self, place: Place) -> impl Iterator<Item = (Level, &str)> {
        let problems = self.problems.iter().filter(move |(at, _)| *at == place);
        let remarks = self.remarks.iter().filter(move |(at, ..)| *at == place);
        let beyond = self.beyond.iter().filter(move |(at, _)| *at == place);
        problems
            .map(|(_, text)| (Level::Error, text.as_str()))
            .chain(remarks.map(|(_, level, text)| (*level, text.as_str())))
            .chain(beyond.map(|(_, text)| (Level::Warning, text.as_str())))
    }

    /// Puts a remark at a field.
    pub fn remark(&mut self, place: Place, level: Level, text: String) {
        self.remarks.retain(|(at, _, old)| *at != place || *old != text);
        self.remarks.push((place, level, text));
    }

    /// Checks the controls again, after one of them or the model has changed; `times` says what clips took.
    pub fn check(&mut self, models: &Models, times: &StepTimes) {
        self.problems = models.limits().map(|limits| self.controls.problems(limits)).unwrap_or_default();
        self.problems.extend(self.unfit_loras(models));
        self.prompt = PromptReading::of(&self.controls.asked.prompt, models.card());
        self.memory_need = self.memory_need_text(models);
        self.look_ahead(models, times);
    }

    /// A request with these settings: whatever the prompt says, it takes the same work and the same memory.
    pub fn usual_request(&self, limits: &RequestLimits) -> Option<GenerateRequest> {
        let mut raw = self.controls.to_raw().ok()?;
        raw.prompt = "a clip".to_owned();
        raw.validate(limits).ok()
    }

    /// A seed for the noise that is chosen. The engine is where seeds are drawn, so this is a request for nothing else.
    pub fn drawn_seed(&self, limits: &RequestLimits) -> Option<u64> {
        let raw = RawRequest { prompt: "seed".to_owned(), noise: self.controls.asked.noise, ..RawRequest::default() };
        raw.validate(limits).ok().map(|request| request.clip.seed)
    }

    /// Whether this LoRA is in the list and changes the next clip.
    pub fn uses_lora(&self, path: &Path) -> bool {
        self.controls.asked.loras.iter().any(|lora| lora.path == path && lora.strength != 0.0)
    }

    /// Whether this LoRA is in the list, on or off.
    pub fn lists_lora(&self, path: &Path) -> bool {
        self.controls.asked.loras.iter().any(|lora| lora.path == path)
    }

    /// What is wrong with the list of LoRAs: those that are on and do not fit.
    fn unfit_loras(&self, models: &Models) -> Vec<(Place, String)> {
        let on = self
            .controls
            .asked
            .loras
            .iter()
            .filter(|it| it.strength != 0.0 && self.loras.why_unfit(&it.path).is_some());
        on.map(|lora| {
            let text = tr!("state-lora-unfit", name = file_name(&lora.path), model = models.name_in_text());
            (Place::Loras, text)
        })
        .collect()
    }

    /// What a clip with these settings will take, and where it goes beyond what the model was made for.
    pub fn look_ahead(&mut self, models: &Models, times: &StepTimes) {
        let request = models.limits().and_then(|limits| Some((self.usual_request(limits)?, limits)));
        let Some((request, limits)) = request else {
            (self.time_need, self.beyond) = (None, Vec::new());
            return;
        };
        self.beyond = beyond(&request.clip, limits);
        let sha256 = models.card().map_or("", |card| card.sha256.as_str());
        self.time_need = Some(match times.estimate(&request, sha256, 0) {
            Some(secs) => tr!("state-time-need", time = duration(secs)),
            None => tr!("state-time-unknown"),
        });
    }

    /// What a clip with these settings will hold in memory.
    fn memory_need_text(&self, models: &Models) -> Option<String> {
        let (planners, request) = (models.planners.as_ref()?, self.usual_request(models.limits()?)?);
        let planner = planners.of(request.device, self.best_device);
        let need = planner.need(&request.clip, planner.fastest(&request.clip));
        let held = bytes(need.held_bytes() as u64);
        Some(match need.mapped_bytes() as u64 {
            0 => tr!("state-memory-need", held = held),
            mapped => tr!("state-memory-need-mapped", held = held, mapped = bytes(mapped)),
        })
    }
}
