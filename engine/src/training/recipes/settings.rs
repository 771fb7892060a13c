//! Keys that recipes have in common: tables of their TOML files.

use std::fmt::Display;
use std::path::PathBuf;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::encoder_cache::EncoderCache;
use super::encoders::Encoders;
use crate::kernels::Factors;
use crate::model::{ModelConfig, RequestLimits};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::{CaptionedClip, CaptionedFolder, CaptionedSynthetic};
use crate::training::datasets::folder::{FolderClips, FolderOptions, FrameRule, Stills};
use crate::training::datasets::synthetic::{CLIP_FRAMES, Canvas, Split, SyntheticClips};
use crate::training::recipe::RecipeError;
use crate::training::recipes::estimate::ClipSize;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::optimizer::{AdamWSettings, StateBits};
use crate::training::trainer::schedule::{cosine, step_rate, warmup};
use crate::training::trainer::{ALL_TIME, FitOptions, Phase, StepOptions, TrainPlaces, TrainPosition, TrainerSettings};
use crate::weights::ModelFile;
use hummingbird_base::CancelToken;

/// The table `run`: how long, in what steps, and what is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// Folder of checkpoints, curves and sample grids.
    pub folder: PathBuf,
    /// Seed of all that is random.
    pub seed: u64,
    /// Updates in all.
    pub updates: u64,
    /// Clips an update.
    pub batch: usize,
    /// Micro-batches into which the clips of an update are split.
    pub accumulate: usize,
    /// Whether blocks are computed again in the backward pass instead of keeping what is inside them.
    pub checkpoint_activations: bool,
    /// Number format of the factors of matmuls and convolutions on the CPU device; weights and sums are f32.
    pub mixed_precision: MixedPrecision,
    /// Seconds between checkpoints.
    pub checkpoint_secs: f64,
    /// Checkpoints that are kept.
    pub keep: usize,
    /// Seconds between sample grids.
    pub grid_secs: f64,
    /// Percent of the time in which the run computes; it rests between updates for the others.
    pub time_share: u8,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("runs/recipe"),
            seed: 1,
            updates: 10_000,
            batch: 1,
            accumulate: 1,
            checkpoint_activations: true,
            mixed_precision: MixedPrecision::No,
            checkpoint_secs: 600.0,
            keep: 2,
            grid_secs: 3600.0,
            time_share: ALL_TIME,
        }
    }
}

/// Factors of fewer bits while sums and weights stay f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixedPrecision {
    /// f32 everywhere.
    #[default]
    No,
    /// bf16, where the processor multiplies it.
    Bf16,
}

impl MixedPrecision {
    /// The factors of matmuls on `device`.
    ///
    /// # Errors
    /// `NoBf16` where they are not multiplied there.
    pub fn factors(self, device: &Device) -> Result<Factors, RecipeError> {
        match self {
            Self::No => Ok(Factors::F32),
            Self::Bf16 if *device == Device::flex() && Factors::Bf16.is_supported() => Ok(Factors::Bf16),
            Self::Bf16 => Err(RecipeError::NoBf16),
        }
    }
}

/// Side of a clip at most, in pixels.
const MOST_SIDE: usize = 4096;
/// Clips of an update at most.
const MOST_BATCH: usize = 4096;

impl RunSettings {
    /// Whether the numbers can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        let Self { updates, batch, accumulate, checkpoint_secs, grid_secs, time_share, .. } = *self;
        let secs = |value: f64| value.is_finite() && value >= 0.0;
        ensure("run.updates", updates, (1..1 << 40).contains(&updates))?;
        ensure("run.batch", batch, (1..=MOST_BATCH).contains(&batch))?;
        ensure("run.accumulate", accumulate, (1..=batch).contains(&accumulate))?;
        ensure("run.checkpoint_secs", checkpoint_secs, secs(checkpoint_secs))?;
        ensure("run.grid_secs", grid_secs, secs(grid_secs))?;
        ensure("run.time_share", time_share, (1..=ALL_TIME).contains(&time_share))
    }

    /// The one phase of a recipe, of this name, until its last update.
    pub fn phase(&self, name: &'static str, position: &TrainPosition) -> Option<Phase> {
        let phase = Phase { name, samples: self.updates * self.batch as u64 };
        (position.samples < phase.samples).then_some(phase)
    }

    /// Whether there is a clip for each device.
    ///
    /// # Errors
    /// When there is not.
    pub fn check_places(&self, places: &TrainPlaces) -> Result<(), RecipeError> {
        ensure("run.batch", self.batch, self.batch >= places.count())
    }

    /// How optimiser steps are computed on `device`.
    ///
    /// # Errors
    /// When they cannot be computed so there.
    pub fn step_options(&self, device: &Device) -> Result<StepOptions, RecipeError> {
        Ok(StepOptions {
            accumulate: self.accumulate,
            checkpoint_activations: self.checkpoint_activations,
            threads: rayon::current_num_threads(),
            factors: self.mixed_precision.factors(device)?,
        })
    }

    /// How the run is gone through.
    pub fn fit_options<'a>(&'a self, cancel: &'a CancelToken) -> FitOptions<'a> {
        FitOptions {
            folder: &self.folder,
            checkpoint_secs: self.checkpoint_secs,
            grid_secs: self.grid_secs,
            keep: self.keep,
            time_share: self.time_share,
            cancel,
        }
    }
}

/// The table `data`: clips that a recipe trains on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSettings {
    /// Folder of clips or pictures with captions; without it the program draws the clips.
    pub folder: Option<PathBuf>,
    /// A word that stands before every caption of the folder.
    pub trigger: Option<String>,
    /// Frames of each clip.
    pub frames: usize,
    /// Largest distance from frame to frame in clips of the folder.
    pub max_stride: u64,
    /// Frames at the start of long clips of the folder that are left out.
    pub leave_out: u64,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// MiB of latents and embedded captions that are kept in the folder for other epochs and runs; 0: none.
    pub cache_mib: u64,
}

impl Default for DataSettings {
    fn default() -> Self {
        let FrameRule { frames, max_stride, leave_out } = FrameRule::distil();
        Self { folder: None, trigger: None, frames, max_stride, leave_out, width: 512, height: 320, cache_mib: 4096 }
    }
}

/// Most MiB of a cache.
pub(super) const MOST_CACHE_MIB: u64 = 1 << 24;
/// Frames of a clip, and their distance, at most.
const MOST_FRAMES: usize = 1024;

impl DataSettings {
    /// The frames that stage 2 draws in the reference.
    pub fn turbo() -> Self {
        let FrameRule { frames, max_stride, leave_out } = FrameRule::turbo();
        Self { frames, max_stride, leave_out, ..Self::default() }
    }

    /// Clips of a style: sizes that the model has by itself, and frames from anywhere.
    pub fn adaptation() -> Self {
        Self { frames: 0, max_stride: 4, leave_out: 0, width: 0, height: 0, ..Self::default() }
    }

    /// Whether a model can be trained on such clips.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn check(&self, config: &ModelConfig) -> Result<(), RecipeError> {
        self.check_sizes(config.vae.downsampling() * config.unet.latent_multiple())
    }

    /// The same for networks that take sides of these multiples.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn check_sizes(&self, multiple: usize) -> Result<(), RecipeError> {
        let Self { frames, max_stride, width, height, .. } = *self;
        let is_side = |side: usize| (1..=MOST_SIDE).contains(&side) && side.is_multiple_of(multiple);
        ensure("data.width", width, is_side(width))?;
        ensure("data.height", height, is_side(height))?;
        ensure("data.cache_mib", self.cache_mib, self.cache_mib <= MOST_CACHE_MIB)?;
        ensure("data.max_stride", max_stride, (1..=MOST_FRAMES as u64).contains(&max_stride))?;
        // Drawn clips have a length.
        let fits = |frames: usize| self.folder.is_some() || CLIP_FRAMES.is_multiple_of(frames);
        ensure("data.frames", frames, (1..=MOST_FRAMES).contains(&frames) && fits(frames))
    }

    /// Drawn clips of a seed.
    pub(super) fn drawn(&self, seed: u64, split: Split) -> Box<dyn Dataset<Example = CaptionedClip>> {
        let Self { frames, width, height, .. } = *self;
        let clips = SyntheticClips { seed, split, canvas: Canvas { width, height } };
        Box::new(CaptionedSynthetic { clips, frames })
    }

    /// The encoders of a model, which keep what they made of the folder's clips.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn encoders(&self, model: &ModelFile, device: &Device) -> Result<Encoders, TrainError> {
        let encoders = Encoders::load(model, device)?;
        let Some(folder) = self.folder.as_ref().filter(|_| self.cache_mib > 0) else { return Ok(encoders) };
        Ok(encoders.cached(EncoderCache::open(folder, model.sha256(), device, self.cache_mib)))
    }

    /// Size of the clips.
    pub fn size(&self) -> ClipSize {
        ClipSize { frames: self.frames, height: self.height, width: self.width }
    }

    /// The clips; what of a folder is left out is told.
    ///
    /// # Errors
    /// When there is no clip in the folder that can be used.
    pub fn clips(
        &self,
        seed: u64,
        watch: &mut Watch<'_>,
    ) -> Result<Box<dyn Dataset<Example = CaptionedClip>>, TrainError> {
        let Self { folder, trigger, frames, max_stride, leave_out, width, height, .. } = self.clone();
        let Some(folder) = folder else { return Ok(self.drawn(seed, Split::Train)) };
        let rule = FrameRule { frames, max_stride, leave_out };
        let options = FolderOptions { trigger, seed, ..FolderOptions::new(folder, width, height, rule) };
        let options = FolderOptions { stills: if frames == 1 { Stills::OneFrame } else { Stills::LeftOut }, ..options };
        let clips = FolderClips::open(options)?;
        tell_left_out(&clips, watch);
        Ok(Box::new(CaptionedFolder(clips)))
    }

    /// The clips of a folder and its pictures, which are clips of one frame.
    ///
    /// # Errors
    /// When no folder is set, or none of its clips can be used.
    pub fn clips_and_pictures(&self, seed: u64) -> Result<FolderClips, TrainError> {
        let Self { folder, trigger, frames, max_stride, leave_out, width, height, .. } = self.clone();
        let folder = folder.ok_or(RecipeError::Missing { key: "data.folder" })?;
        let rule = FrameRule { frames, max_stride, leave_out };
        let options = FolderOptions { trigger, seed, ..FolderOptions::new(folder, width, height, rule) };
        Ok(FolderClips::open(FolderOptions { stills: Stills::OneFrame, ..options })?)
    }

    /// The same with the sizes of a model's own clips where none are set.
    pub fn or_own_of(self, limits: &RequestLimits) -> Self {
        let or = |size: usize, own: u32| if size == 0 { own as usize } else { size };
        Self {
            frames: or(self.frames, limits.default_frames),
            width: or(self.width, limits.default_width),
            height: or(self.height, limits.default_height),
            ..self
        }
    }
}

/// Tells what of a folder is left out.
pub(super) fn tell_left_out(clips: &FolderClips, watch: &mut Watch<'_>) {
    for note in clips.take_notes() {
        watch(TrainEvent::Dataset { note: note.into() });
    }
}

/// How a learning rate goes after its warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LrSchedule {
    /// It is multiplied by `lr_gamma` after every `lr_step_size` updates; with a step size of 0 it is constant.
    #[default]
    Step,
    /// It falls along a cosine to a fiftieth at the last update.
    Cosine,
}

/// The table `optimizer`: AdamW and its learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSettings {
    /// Largest learning rate.
    pub learning_rate: f64,
    /// Updates over which the rate rises to it.
    pub lr_warmup: u64,
    /// How it goes on.
    pub lr_schedule: LrSchedule,
    /// The rate is multiplied by `lr_gamma` after every so many updates; 0 keeps it.
    pub lr_step_size: u64,
    /// See `lr_step_size`.
    pub lr_gamma: f64,
    /// How much of the old moments each update keeps.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Share of a parameter, times the learning rate, that is taken away in each update.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 does not clip.
    pub clip_norm: f64,
    /// Number format of the moments: "full" (32 bits) or "eight".
    pub bits: StateBits,
    /// Largest share of the old average of the weights that each update keeps; 0: there is no average.
    pub ema_decay: f64,
}

impl Default for OptimizerSettings {
    fn default() -> Self {
        let AdamWSettings { betas, eps, weight_decay, bits, .. } = AdamWSettings::default();
        Self {
            learning_rate: 1e-5,
            lr_warmup: 0,
            lr_schedule: LrSchedule::Step,
            lr_step_size: 0,
            lr_gamma: 0.5,
            betas,
            eps,
            weight_decay,
            clip_norm: 0.5,
            bits,
            ema_decay: 0.0,
        }
    }
}

impl OptimizerSettings {
    /// Those of networks that begin from nothing.
    pub fn from_nothing(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            lr_warmup: 100,
            lr_schedule: LrSchedule::Cosine,
            weight_decay: 0.0,
            clip_norm: 1.0,
            ema_decay: 0.998,
            ..Self::default()
        }
    }

    /// Those of stage 2 in the reference.
    pub fn consistency() -> Self {
        Self { learning_rate: 1e-4, weight_decay: 0.0, clip_norm: 1.0, bits: StateBits::Eight, ..Self::default() }
    }

    /// For branches that learn a style from few clips.
    pub fn adaptation() -> Self {
        Self { learning_rate: 1e-4, clip_norm: 1.0, ..Self::default() }
    }

    /// Whether the numbers can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        let Self { learning_rate, lr_gamma, betas, eps, weight_decay, clip_norm, ema_decay, .. } = *self;
        let is_share = |value: f64| (0.0..1.0).contains(&value);
        let is_size = |value: f64| value.is_finite() && value >= 0.0;
        ensure("optimizer.learning_rate", learning_rate, is_size(learning_rate))?;
        ensure("optimizer.lr_gamma", lr_gamma, is_size(lr_gamma) && lr_gamma <= 1.0)?;
        for beta in betas {
            ensure("optimizer.betas", beta, is_share(beta))?;
        }
        ensure("optimizer.eps", eps, is_size(eps) && eps > 0.0)?;
        ensure("optimizer.weight_decay", weight_decay, is_size(weight_decay))?;
        ensure("optimizer.clip_norm", clip_norm, is_size(clip_norm))?;
        ensure("optimizer.ema_decay", ema_decay, is_share(ema_decay))
    }

    /// The learning rate after `updates` of `total` updates.
    pub fn rate(&self, updates: u64, total: u64) -> f64 {
        let rising = if self.lr_warmup == 0 { 1.0 } else { warmup(updates, self.lr_warmup as f64) };
        let rate = match (self.lr_schedule, self.lr_step_size) {
            (LrSchedule::Cosine, _) => self.learning_rate * cosine(updates, total),
            (LrSchedule::Step, 0) => self.learning_rate,
            (LrSchedule::Step, every) => step_rate(self.learning_rate, every, self.lr_gamma, updates),
        };
        rising * rate
    }

    /// The same for a trainer.
    pub fn trainer(&self) -> TrainerSettings {
        let Self { betas, eps, weight_decay, clip_norm, bits, ema_decay, .. } = *self;
        let clip_norm = (clip_norm > 0.0).then_some(clip_norm);
        TrainerSettings {
            optimizer: AdamWSettings { betas, eps, weight_decay, clip_norm, bits },
            ema_decay: (ema_decay > 0.0).then_some(ema_decay),
        }
    }
}

/// An error that names the key unless `holds`.
pub(super) fn ensure(key: &'static str, value: impl Display, holds: bool) -> Result<(), RecipeError> {
    if holds { Ok(()) } else { Err(RecipeError::Value { key, value: value.to_string() }) }
}
