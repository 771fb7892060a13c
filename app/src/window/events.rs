//! What the engine and the background tasks report, written into the state.

use std::path::PathBuf;

use hummingbird_engine::error::{EngineError, ModelError};
use hummingbird_engine::job::{Event, JobId, Preview, Warning};
use hummingbird_engine::model::{ModelCard, ModelSource};
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::{DecoderKind, GenerateRequest, NoiseKind, RawRequest, Reuse, SamplerKind};

use super::apply::Effect;
use super::clips::{LiveClip, ResultClip, ResultId, RunningJob, View, WaitingJob, short};
use super::command::Action;
use super::controls::Place;
use super::engine_link::demo_sha256;
use super::loras::loras_of;
use super::state::{DialogKind, ExportEnd, Level, ModelStatus, OpenPurpose, Remedy, Saved, State};

const NO_DIALOG: &str = "no file dialog answered on this system: type the path here";

impl State {
    /// The engine took a job.
    pub fn on_submitted(&mut self, id: JobId, request: GenerateRequest) {
        // A new job is what its owner wants to watch, unless another one is being watched.
        if self.running.is_none() && self.waiting.is_empty() {
            self.live = None;
            self.view = View::Live;
        }
        self.waiting.push(WaitingJob { id, request });
    }

    /// The engine refused a job.
    pub fn on_refused(&mut self, error: &EngineError) {
        match error {
            EngineError::Request(error) => self.remark(error.field().into(), Level::Error, error.to_string()),
            _ => self.notify(Level::Error, error.to_string()),
        }
    }

    /// A job got on.
    pub fn on_event(&mut self, event: Event) {
        match event {
            Event::Started { job, device } => {
                let Some(index) = self.waiting.iter().position(|waiting| waiting.id == job) else { return };
                let request = self.waiting.remove(index).request;
                self.live = None;
                let heard_secs = self.now_secs;
                self.running = Some(RunningJob {
                    id: job,
                    request,
                    device,
                    progress: None,
                    heard_secs,
                    cancelling: false,
                    latent: None,
                });
            }
            Event::Progress { job, progress } => {
                let now_secs = self.now_secs;
                if let Some(preparing) = self.preparing.as_mut().filter(|preparing| preparing.id == job) {
                    preparing.progress = Some(progress);
                }
                if let Some(running) = self.running.as_mut().filter(|running| running.id == job) {
                    (running.progress, running.heard_secs) = (Some(progress), now_secs);
                }
            }
            Event::Prepared { job } => {
                self.preparing.take_if(|preparing| preparing.id == job);
            }
            // The slot is looked into after every drain; what a job needs stands by the settings.
            Event::PreviewReady { .. } | Event::Planned { .. } => {}
            Event::LatentKept { job, path } => {
                if let Some(running) = self.running.as_mut().filter(|running| running.id == job) {
                    running.latent = Some(path);
                }
            }
            Event::Warning { job, warning } => self.on_warning(job, &warning),
            Event::Done { job, outcome } => {
                let id = ResultId(self.fresh_id());
                let watching = self.ends(job);
                self.withdraw_unfit();
                let prompt = short(&outcome.request.clip.prompt, 40);
                self.results.insert(0, ResultClip { id, outcome: *outcome, exported: None });
                if watching {
                    // The clip goes on from the frame that the preview was at.
                    self.view = View::Result(id);
                } else {
                    self.notify(Level::Info, format!("\"{prompt}\" is done: it is in the history"));
                }
            }
            Event::Failed { job, error } => {
                let prompt = self.request_of(job).map(|request| short(&request.clip.prompt, 40)).unwrap_or_default();
                // What was sampled before the failure needs only to be decoded.
                let sampled = self.running.as_ref().filter(|running| running.id == job).and_then(|running| {
                    Some(Remedy::Decode { latent: running.latent.clone()?, request: running.request.clone() })
                });
                self.ends(job);
                match error {
                    EngineError::Cancelled(_) => self.notify(Level::Info, format!("\"{prompt}\" was cancelled")),
                    EngineError::Request(error) => {
                        self.remark(error.field().into(), Level::Error, error.to_string());
                    }
                    EngineError::Model(ModelError::LoraUnfit { path, detail }) => self.on_unfit_lora(path, detail),
                    error => {
                        self.notify_with(Level::Error, format!("\"{prompt}\" failed: {error}"), sampled);
                    }
                }
            }
            Event::Cancelled { job } => {
                let prompt = self.request_of(job).map(|request| short(&request.clip.prompt, 40)).unwrap_or_default();
                self.ends(job);
                self.notify(Level::Info, format!("\"{prompt}\" was cancelled"));
            }
        }
    }

    /// A preview came.
    pub fn on_preview(&mut self, preview: Preview) {
        let Preview { job, frames, step, decoded_frames } = preview;
        if self.running.as_ref().is_none_or(|running| running.id != job) {
            return;
        }
        let revision = self.fresh_id();
        self.live = Some(LiveClip { job, frames, step, decoded_frames, revision });
        if self.view == View::Nothing {
            self.view = View::Live;
        }
        // The running clip moves even if the last one was paused.
        if self.view == View::Live && step <= 1 && decoded_frames == 0 {
            self.playback.playing = true;
        }
    }

    /// The model was opened, or not.
    pub fn on_model(&mut self, source: ModelSource, opened: Result<ModelCard, EngineError>) {
        match opened {
            Ok(card) => {
                if source != ModelSource::Embedded {
                    self.notify(Level::Info, format!("{} is open", card.name));
                }
                self.source = source;
                self.model = ModelStatus::Ready(Box::new(card));
            }
            Err(error) => {
                let text = error.to_string();
                if matches!(self.model, ModelStatus::Ready(_)) {
                    // The model that was in use stays.
                    self.notify(Level::Error, text);
                } else {
                    self.source = source;
                    self.model = ModelStatus::Failed;
                    let way_out = (self.source != ModelSource::Embedded).then_some(Remedy::Run(Action::UseDemoModel));
                    self.notify_with(Level::Error, text, way_out);
                }
            }
        }
        self.check_controls();
    }

    /// A light decoder for the model is here, or not.
    pub fn on_light_decoder(&mut self, is_here: bool) {
        if let ModelStatus::Ready(card) = &mut self.model
            && std::mem::replace(&mut card.limits.light_decoder, is_here) != is_here
        {
            self.check_controls();
        }
    }

    /// The jobs of the engine that was replaced are gone.
    pub fn on_engine_replaced(&mut self) {
        if self.busy() {
            self.notify(Level::Warning, "the jobs of the other model were cancelled");
        }
        self.waiting.clear();
        self.preparing = None;
        self.running = None;
        self.live = None;
        if self.view == View::Live {
            self.view = self.results.first().map_or(View::Nothing, |result| View::Result(result.id));
        }
    }

    /// A clip's settings were read back, or not.
    pub fn on_clip_read(&mut self, path: &std::path::Path, read: Result<Option<Provenance>, String>) {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        match read {
            Err(error) => self.notify(Level::Error, error),
            Ok(None) => self.notify(
                Level::Warning,
                format!("{name} carries no settings: only clips exported by Hummingbird with their settings do"),
            ),
            Ok(Some(provenance)) => {
                match sampler_of(&provenance) {
                    Some(sampler) => self.adopt(&provenance, sampler),
                    None => {
                        let known = self.limits().map_or(SamplerKind::Ddim, |limits| limits.sampler);
                        self.adopt(&provenance, known);
                        let text = format!(
                            "{name} was made with the sampler \"{}\", which is not known here",
                            provenance.sampler
                        );
                        self.notify(Level::Warning, text);
                    }
                }
                self.want_loras(&name, &provenance);
                if noise_of(&provenance).is_none() {
                    let text = format!(
                        "{name} was made with the noise \"{}\", which is not known here: its seed will give another clip",
                        provenance.noise
                    );
                    self.notify(Level::Warning, text);
                }
                if reuse_of(&provenance).is_none() {
                    let text = format!(
                        "{name} was made with the reuse \"{}\", which is not known here: none is set, which gives another clip",
                        provenance.reuse
                    );
                    self.notify(Level::Warning, text);
                }
                self.notify(Level::Info, format!("the settings of {name} are in the controls"));
                let other = self.card().is_some_and(|card| card.sha256 != provenance.model_sha256);
                if other && !provenance.model_sha256.is_empty() {
                    let text = format!(
                        "{name} was made by the model \"{}\" ({}…): the model in use will make another clip",
                        provenance.model_name,
                        provenance.model_sha256.chars().take(12).collect::<String>()
                    );
                    let is_demo = provenance.model_sha256 == demo_sha256();
                    let remedy = if is_demo { Action::UseDemoModel } else { Action::OpenModel };
                    self.notify_with(Level::Warning, text, Some(Remedy::Run(remedy)));
                }
            }
        }
    }

    /// Frames of an export were written.
    pub fn on_export_progress(&mut self, id: u64, frames_done: usize) {
        if let Some(export) = self.exports.iter_mut().find(|export| export.id == id) {
            export.frames_done = frames_done;
        }
    }

    /// An export ended.
    pub fn on_export_done(&mut self, id: u64, ended: ExportEnd) {
        let Some(index) = self.exports.iter().position(|export| export.id == id) else { return };
        let export = self.exports.remove(index);
        match ended {
            Ok(Some(Saved { paths, notes })) => {
                let path = paths.first().unwrap_or(&export.path).clone();
                let more =
                    if paths.len() > 1 { format!(" and {} more frames", paths.len() - 1) } else { String::new() };
                for result in &mut self.results {
                    if result.id == export.result {
                        result.exported = Some(path.clone());
                    }
                }
                let shown = path.display().to_string();
                self.notify_with(Level::Info, format!("saved: {shown}{more}"), Some(Remedy::CopyPath(shown)));
                for note in notes {
                    self.notify(Level::Warning, note);
                }
            }
            Ok(None) => self.notify(Level::Info, "the export was cancelled; no file was left"),
            Err(error) => {
                // The sheet comes back with the reason, so that another path is one step away.
                if self.dialog.is_none() && self.result(export.result).is_some() {
                    let path = export.path.display().to_string();
                    self.dialog =
                        Some(DialogKind::Export { result: export.result, path, replace: false, problem: Some(error) });
                } else {
                    self.notify_with(
                        Level::Error,
                        format!("the clip was not saved: {error}"),
                        Some(Remedy::Run(Action::ExportAs)),
                    );
                }
            }
        }
    }

    /// The system's dialog for a place to save to has closed, with or without a path. `answered` is false when it closed
    /// faster than anybody can: then no dialog came up at all, and the sheet with the path field takes over.
    pub fn on_export_path(
        &mut self,
        result: ResultId,
        path: Option<PathBuf>,
        answered: bool,
        effects: &mut Vec<Effect>,
    ) {
        self.choosing_file = false;
        let Some(shown) = self.result(result) else { return };
        let suggested = self.suggested_path(shown).display().to_string();
        match (path, &mut self.dialog) {
            // The dialog has asked about an existing file itself.
            (Some(chosen), Some(DialogKind::Export { path, replace, problem, .. })) => {
                (*path, *replace, *problem) = (chosen.display().to_string(), true, None);
            }
            (Some(chosen), _) => self.export_path_chosen(result, &chosen, effects),
            (None, _) if answered => {}
            (None, Some(DialogKind::Export { problem, .. })) => *problem = Some(NO_DIALOG.to_owned()),
            (None, Some(_)) => self.notify(Level::Warning, NO_DIALOG),
            (None, None) => {
                let problem = Some(NO_DIALOG.to_owned());
                self.dialog = Some(DialogKind::Export { result, path: suggested, replace: false, problem });
            }
        }
    }

    /// The system's dialog for a file to open has closed; as [`State::on_export_path`].
    pub fn on_open_path(
        &mut self,
        purpose: OpenPurpose,
        path: Option<PathBuf>,
        answered: bool,
        effects: &mut Vec<Effect>,
    ) {
        self.choosing_file = false;
        match (path, &mut self.dialog) {
            (Some(chosen), _) => {
                if matches!(self.dialog, Some(DialogKind::Open { .. })) {
                    self.dialog = None;
                }
                match purpose {
                    OpenPurpose::Model => self.open_model(ModelSource::File(chosen), effects),
                    OpenPurpose::Lora => self.inspect(chosen, true, effects),
                    OpenPurpose::Clip => effects.push(Effect::ReadClip(chosen)),
                }
            }
            (None, _) if answered => {}
            (None, Some(DialogKind::Open { problem, .. })) => *problem = Some(NO_DIALOG.to_owned()),
            (None, Some(_)) => self.notify(Level::Warning, NO_DIALOG),
            (None, None) => {
                let problem = Some(NO_DIALOG.to_owned());
                self.dialog = Some(DialogKind::Open { purpose, path: String::new(), problem });
            }
        }
    }

    fn on_warning(&mut self, job: JobId, warning: &Warning) {
        let text = warning.to_string();
        let place = match warning {
            Warning::PromptTruncated { .. } | Warning::UnknownWords { .. } => Some(Place::Prompt),
            Warning::StepsChanged { .. } => Some(Place::Steps),
            _ => None,
        };
        // At the field only while the field still says what the job was given.
        let same = |request: &GenerateRequest| match place {
            Some(Place::Prompt) => request.clip.prompt == self.controls.prompt.trim(),
            _ => self.controls.steps.trim().is_empty() || self.controls.steps.trim() == request.clip.steps.to_string(),
        };
        let current = self.request_of(job).is_some_and(same);
        match place.filter(|_| current) {
            Some(place) => self.remark(place, Level::Warning, text),
            None => self.notify(Level::Warning, text),
        }
    }

    fn request_of(&self, job: JobId) -> Option<&GenerateRequest> {
        let running = self.running.iter().map(|running| (running.id, &running.request));
        let waiting = self.waiting.iter().map(|waiting| (waiting.id, &waiting.request));
        running.chain(waiting).find(|(id, _)| *id == job).map(|(_, request)| request)
    }

    /// Takes an ended job out; whether its preview was being watched.
    fn ends(&mut self, job: JobId) -> bool {
        let ran = self.running.as_ref().is_some_and(|running| running.id == job);
        let watching = ran && self.view == View::Live;
        self.waiting.retain(|waiting| waiting.id != job);
        if ran {
            self.running = None;
            self.live = None;
        }
        if self.view == View::Live && !self.busy() {
            self.view = self.results.first().map_or(View::Nothing, |result| View::Result(result.id));
        }
        watching
    }

    fn adopt(&mut self, provenance: &Provenance, sampler: SamplerKind) {
        let device = self.controls.device;
        // Not validated here: a size that this model does not take must show at its field, as if typed.
        self.controls.adopt(&GenerateRequest {
            clip: hummingbird_engine::request::ClipSettings {
                prompt: provenance.prompt.clone(),
                negative: provenance.negative.clone(),
                steps: provenance.steps,
                guidance: provenance.guidance,
                seed: provenance.seed,
                frames: provenance.frames,
                width: provenance.width,
                height: provenance.height,
                fps: provenance.fps,
                sampler,
                eta: provenance.eta,
                noise: noise_of(provenance).unwrap_or_default(),
                reuse: reuse_of(provenance).unwrap_or_default(),
                merge_tokens: provenance.merge_tokens,
                decoder: decoder_of(provenance),
            },
            loras: loras_of(provenance, &self.controls.loras),
            device,
        });
        self.remarks.clear();
        self.check_controls();
    }
}

fn sampler_of(provenance: &Provenance) -> Option<SamplerKind> {
    let name = provenance.sampler.to_lowercase();
    [SamplerKind::Turbo, SamplerKind::Ddim]
        .into_iter()
        .find(|sampler| crate::provenance::sampler_name(*sampler) == name)
}

/// Files from before there was a choice carry no name.
fn noise_of(provenance: &Provenance) -> Option<NoiseKind> {
    let name = provenance.noise.to_lowercase();
    let known =
        [NoiseKind::Own, NoiseKind::TorchCpu].into_iter().find(|noise| crate::provenance::noise_name(*noise) == name);
    known.or_else(|| name.is_empty().then(NoiseKind::default))
}

/// Files from before there was a choice carry no text.
fn reuse_of(provenance: &Provenance) -> Option<Reuse> {
    let text = provenance.reuse.to_lowercase();
    if text.is_empty() { Some(Reuse::Off) } else { text.parse().ok() }
}

/// Files from before there was a choice carry no name: they were decoded in full.
fn decoder_of(provenance: &Provenance) -> DecoderKind {
    let is_light = provenance.decoder.eq_ignore_ascii_case(crate::provenance::decoder_name(DecoderKind::Light));
    if is_light { DecoderKind::Light } else { DecoderKind::Full }
}

/// A request for nothing but its seed: the engine is where seeds are drawn.
pub fn drawn_seed(state: &State) -> Option<u64> {
    let raw = RawRequest { prompt: "seed".to_owned(), noise: state.controls.noise, ..RawRequest::default() };
    state.limits().and_then(|limits| raw.validate(limits).ok()).map(|request| request.clip.seed)
}
