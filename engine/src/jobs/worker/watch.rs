//! One job as it goes: what its owner is told, what is kept of it, what it needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use burn::tensor::Device;

use super::eta::Eta;
use super::preview_pace::PreviewPace;
use super::stage_meter::StageMeter;
use super::{Shared, Worker};
use crate::device::{DeviceHealth, settle};
use crate::jobs::error::NotFinite;
use crate::jobs::events::{Event, JobId, JobProgress, Outcome, Preview, Stage, UsedDecoder, Warning};
use crate::jobs::journal::StepKeeper;
use crate::jobs::latents::{KeptLatent, LatentStore};
use crate::jobs::plan::Planner;
use crate::jobs::request::{GenerateRequest, Precision};
use crate::kernels::Factors;
use crate::memory::JobNeed;
use crate::pipeline::denoise::steps_taken;
use crate::pipeline::handoff::{Frames, Latent};
use crate::pipeline::progress::GenerateSink;
use crate::pipeline::vae::Decoding;
use crate::weights::OpenLength;
use hummingbird_base::ProgressSink;
use hummingbird_base::progress::Progress;

/// Turns what a generation reports into events, and remembers it for the outcome.
pub(super) struct Watch {
    pub job: JobId,
    shared: Shared,
    pub request: GenerateRequest,
    pub model_sha256: String,
    pub started: Instant,
    pub first_preview_secs: Option<f32>,
    pub warnings: Vec<Warning>,
    /// What the last finished step left.
    pub last_step: Option<(u32, KeptLatent)>,
    /// Where finished steps are kept beyond this process, for jobs of a journal.
    pub keeper: Option<StepKeeper>,
    /// The length of the model's file: once it is another, the rest of the job is worth nothing.
    pub model_length: Option<OpenLength>,
    /// What first held values that are no numbers.
    pub not_finite: Option<NotFinite>,
    /// The final latent, once all steps are done.
    pub sampled: Option<KeptLatent>,
    pub latent_path: Option<PathBuf>,
    pub eta: Eta,
    /// How the latent is decoded, once that was planned.
    pub decoding: Option<Decoding>,
    pub need: JobNeed,
    pub used: StageMeter,
    /// The health of the device that computes: what a failed one computed is not kept.
    pub health: DeviceHealth,
    /// Whether warnings stay untold, because the job that this prepares will tell them.
    pub is_silent: bool,
    preview_pace: PreviewPace,
    /// What factors really were rounded to.
    precision: Precision,
}

impl Watch {
    pub fn new(job: JobId, shared: Shared, request: GenerateRequest, model_sha256: &str, live_before: usize) -> Self {
        let eta = Eta::new(request.clip.frames, request.clip.decoder);
        let precision = request.clip.precision;
        Self {
            job,
            shared,
            request,
            model_sha256: model_sha256.to_owned(),
            started: Instant::now(),
            first_preview_secs: None,
            warnings: Vec::new(),
            last_step: None,
            keeper: None,
            model_length: None,
            not_finite: None,
            sampled: None,
            latent_path: None,
            eta,
            decoding: None,
            need: JobNeed::default(),
            used: StageMeter::new(live_before),
            health: DeviceHealth::default(),
            is_silent: false,
            preview_pace: PreviewPace::default(),
            precision,
        }
    }

    /// Whether previews are wanted at all.
    pub fn previews_wanted(&self) -> bool {
        self.shared.previews_wanted.load(Ordering::Relaxed)
    }

    pub fn kept_steps(&self) -> u32 {
        self.last_step.as_ref().map_or(0, |(done, _)| *done)
    }

    /// Whether the device did all that it was handed, up to this latent: only then it can be read.
    fn is_settled(&self, latent: &Latent) -> bool {
        settle(&latent.tensor.device()).is_ok() && self.health.report().is_none()
    }

    pub fn host_copy(&self, latent: &Latent) -> KeptLatent {
        KeptLatent::new(latent, self.request.clone(), self.model_sha256.clone())
    }

    /// The next way to decode after memory ran out; while sampling no way helps.
    pub fn smaller_decoding(&self, planner: &Planner) -> Option<Decoding> {
        self.sampled.as_ref()?;
        planner.smaller(&self.request.clip, self.decoding?)
    }

    /// What kernels round factors to: what was asked for, where `device` multiplies that.
    pub fn factors(&mut self, device: &Device, name: &str) -> Factors {
        self.precision.on(device).unwrap_or_else(|| {
            let precision = self.precision.to_string();
            self.precision = Precision::Exact;
            self.warn(Warning::PrecisionIgnored { precision, device: name.to_owned() });
            Factors::F32
        })
    }

    pub fn outcome(mut self, frames: Frames, worker: &Worker, device_name: String) -> Outcome {
        let light = worker.models.as_ref().and_then(|models| models.tiny_for(self.request.clip.decoder));
        // A clip says how it was made.
        self.request.clip.precision = self.precision;
        Outcome {
            frames: Arc::new(frames),
            decoder: light.map_or(UsedDecoder::Full, |light| light.used.clone()),
            request: self.request,
            model_name: worker.file.description().name.clone(),
            model_sha256: self.model_sha256,
            device_name,
            memory_need: self.need,
            memory_use: self.used.finish(),
            latent_path: self.latent_path,
            elapsed_secs: self.started.elapsed().as_secs_f32(),
            first_preview_secs: self.first_preview_secs,
            warnings: self.warnings,
        }
    }
}

impl ProgressSink for Watch {
    fn progress(&mut self, progress: Progress) {
        let Some(stage) = Stage::of(&progress) else { return };
        let count = |units: u64| u32::try_from(units).unwrap_or(u32::MAX);
        let (done, total) = (count(progress.done), count(progress.total.unwrap_or(0)));
        self.used.enter(stage);
        let elapsed_secs = self.started.elapsed().as_secs_f32();
        let eta_secs = self.eta.estimate(stage, done, total, elapsed_secs);
        let progress = JobProgress { stage, done, total, elapsed_secs, eta_secs };
        self.shared.tell(Event::Progress { job: self.job, progress });
    }
}

impl GenerateSink for Watch {
    fn wants_previews(&self) -> bool {
        self.previews_wanted() && self.preview_pace.is_due(self.started.elapsed().as_secs_f32())
    }

    fn preview(&mut self, frames: Frames, step: u32, decoded_frames: u32) {
        if self.health.report().is_some() {
            return;
        }
        let now = self.started.elapsed().as_secs_f32();
        self.preview_pace.came(now);
        self.first_preview_secs.get_or_insert(now);
        let step = step.min(self.eta.steps);
        self.shared.previews.put(Preview { job: self.job, frames: Arc::new(frames), step, decoded_frames });
        self.shared.tell(Event::PreviewReady { job: self.job });
    }

    fn warn(&mut self, warning: Warning) {
        if self.is_silent {
            return;
        }
        self.warnings.push(warning.clone());
        self.shared.tell(Event::Warning { job: self.job, warning });
    }

    fn keep_step(&mut self, done: u32, latent: &Latent) {
        if !self.is_settled(latent) {
            return;
        }
        let kept = self.host_copy(latent);
        if kept.is_finite() {
            if let Some(keeper) = &self.keeper {
                keeper.keep(done, &kept);
            }
            self.last_step = Some((done, kept));
        } else {
            self.not_finite.get_or_insert(NotFinite::Latent { step: done });
        }
    }

    fn keep_latent(&mut self, latent: &Latent) {
        if !self.is_settled(latent) {
            return;
        }
        let kept = self.host_copy(latent);
        if !kept.is_finite() {
            self.not_finite.get_or_insert(NotFinite::Latent { step: self.request.clip.steps });
            return;
        }
        if let Some(keeper) = &self.keeper {
            let clip = &self.request.clip;
            keeper.keep(steps_taken(clip.sampler, clip.steps as usize) as u32, &kept);
        }
        let written = self.shared.latents.as_ref().map(|latents| latents.keep(&kept));
        match written.unwrap_or_else(|| Err(LatentStore::without_folders())) {
            Ok(path) => {
                self.latent_path = Some(path.clone());
                self.shared.tell(Event::LatentKept { job: self.job, path });
            }
            Err(error) => {
                self.warn(Warning::LatentNotKept { reason: error.into() });
            }
        }
        self.sampled = Some(kept);
    }

    fn frames_not_finite(&mut self) {
        self.not_finite.get_or_insert(NotFinite::Frames);
    }

    fn gives_up(&self) -> bool {
        self.not_finite.is_some() || self.model_length.as_ref().is_some_and(OpenLength::has_changed)
    }
}
