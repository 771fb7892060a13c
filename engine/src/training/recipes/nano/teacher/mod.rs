//! Nano's teacher: text transformer and U-Net from nothing, on latents of drawn clips.
//!
//! `stage` draws batches and shows samples, `estimate` says what a run will hold; here are the recipe and the run.

mod estimate;
mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use serde::{Deserialize, Serialize};

use self::stage::TeacherStage;
use super::super::RecipeRun;
use super::super::common::{create_folder, notes};
use super::super::encoder_cache::EncoderCache;
use super::super::estimate::Estimate;
use super::super::settings::{MOST_CACHE_MIB, MixedPrecision, ensure};
use super::super::vae::VaeFile;
use super::{nano_config, nano_description};
use crate::model::{ModelConfig, ModelProvenance, ModelSource};
use crate::nn::config::VaeConfig;
use crate::nn::cost::Target;
use crate::nn::hook::NoHook;
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource, values_of};
use crate::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use crate::pipeline::vae::{VAE_PREFIX, Vae, images};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::synthetic::{CLIP_FRAMES, Canvas, ClipSpec, Motion, Split, SyntheticClips};
use crate::training::objectives::denoising::Denoiser;
use crate::training::recipe::RecipeError;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::optimizer::AdamWSettings;
use crate::training::trainer::{
    ALL_TIME, FitOptions, Stage, StepOptions, TrainSetup, TrainStart, Trainer, TrainerSettings, fit,
};
use crate::weights::{ModelFile, SeededStart, WeightPrecision, write_model};

/// Clips whose latents say how they are scaled.
const SCALE_CLIPS: u64 = 48;
/// Samples of an update at most.
const MOST_BATCH: usize = 4_096;

/// What is trained on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeacherRecipe {
    /// A teacher of the same sizes, on latents of the same autoencoder, from which a new run goes on; without it one begins from nothing.
    pub model: Option<PathBuf>,
    /// Residual blocks a level of the U-Net.
    pub num_res_blocks: usize,
    /// Whether it has a middle block.
    pub middle_block: bool,
    /// Phases in order: single frames first, since they are cheap and teach colours, scenes and shapes, with subjects in one place, then
    /// ever further from it; then motions of one direction, their opposites, and all; noisy timesteps,
    /// which decide the motion, more often than the others at first.
    pub phases: Vec<TeacherPhase>,
    /// Different clips of the training set; each is drawn and encoded once and used several times with other noise.
    pub clips: u64,
    /// The same of single frames.
    pub single_frames: u64,
    /// Most MiB of their latents that are kept in the run's folder, so that a run that goes on encodes nothing again; 0: none.
    pub cache_mib: u64,
    /// Updates over which the learning rate rises at the very beginning.
    pub lr_warmup: u64,
    /// Share of samples whose caption is replaced by the empty prompt, for guidance.
    pub empty_prompt: f64,
    /// Standard deviation of a part of the noise that is the same for all pixels and frames of a channel. A schedule that ends
    /// with a trace of the clip in the noise lets a network read the clip's mean there (Guttenberg 2023, offset noise).
    pub offset_noise: f32,
    /// Additional weight of latent pixels that the subject covers. Scenes and colours are learned from any pixel; of which shape a
    /// word means only the few pixels of the subject tell, and only where the noise is too strong for the shape to be seen.
    pub subject: f32,
    /// How weights are updated.
    pub optimizer: TeacherOptimizer,
    /// What is kept.
    pub run: TeacherRunSettings,
}

/// The table `optimizer`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeacherOptimizer {
    /// Share of a parameter, times the learning rate, that is taken away in each update.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub clip_norm: f64,
    /// Largest share of the old average of the weights that each update keeps.
    pub ema_decay: f64,
}

impl Default for TeacherOptimizer {
    fn default() -> Self {
        Self { weight_decay: 0.01, clip_norm: 1.0, ema_decay: 0.999 }
    }
}

/// The table `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeacherRunSettings {
    /// Micro-batches into which the samples of an update are split.
    pub accumulate: usize,
    /// Whether blocks are computed again in the backward pass.
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

impl Default for TeacherRunSettings {
    fn default() -> Self {
        Self {
            accumulate: 1,
            checkpoint_activations: false,
            mixed_precision: MixedPrecision::No,
            checkpoint_secs: 300.0,
            keep: 1,
            grid_secs: 1800.0,
            time_share: ALL_TIME,
        }
    }
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherPhase {
    /// Frames of a clip: 1, or a divisor of 16 (8 means every second frame).
    pub frames: usize,
    /// Samples in the phase, those of `single_frames` too.
    pub samples: u64,
    /// Clips an update.
    pub batch: usize,
    /// Learning rate at the beginning of the phase.
    pub learning_rate: f64,
    /// Learning rate at its end; falls linearly.
    pub final_learning_rate: f64,
    /// Only clips with these motions; without any named, all. Where a subject is depends on word, frame and place together, and
    /// while none of the three shows in the network's features the slope towards using the others is zero. Motions of one
    /// direction each (left, but never right) make frame and place matter on their own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motions: Vec<Motion>,
    /// Timesteps are drawn as `1000 u^exponent` with `u` uniform in 0..1: below 1, noisy ones come more often. Many frames of one
    /// scene show its layout through far more noise than one frame does (Hoogeboom et al. 2023, shifted schedules).
    #[serde(default = "even")]
    pub timestep_exponent: f64,
    /// Only timesteps from the first to below the second; without it, all 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timesteps: Option<[usize; 2]>,
    /// Every so many updates one is made on single frames, so that shapes are not forgotten; 0: none.
    #[serde(default)]
    pub single_frames_every: u64,
    /// Of single frames: how far subjects are from the middle, an average size and upright, 0 to 1. In one place the word for a shape
    /// decides the picture even where there is nothing but noise, so it is learned there first and soon.
    #[serde(default = "anywhere")]
    pub spread: f32,
}

fn even() -> f64 {
    1.0
}

fn anywhere() -> f32 {
    1.0
}

/// Single frames of an update in a phase of clips.
const SINGLE_FRAMES: usize = 48;
/// Timesteps of single frames, and how they are drawn. Below about 800 the noisy latent itself shows which shape it holds, so there
/// nothing is learned of what the word means: the noisy ones come more often.
const SHAPE_TIMESTEPS: [usize; 2] = [100, TRAIN_TIMESTEPS];
const SHAPE_EXPONENT: f64 = 0.5;

impl TeacherPhase {
    /// Name for people.
    pub fn name(&self) -> &'static str {
        if self.frames == 1 { "teacher on single frames" } else { "teacher on clips" }
    }

    fn check(&self) -> Result<(), RecipeError> {
        let Self { frames, samples, batch, learning_rate, final_learning_rate, timestep_exponent, .. } = *self;
        ensure("phases.frames", frames, frames > 0 && CLIP_FRAMES.is_multiple_of(frames))?;
        ensure("phases.samples", samples, samples < 1 << 40)?;
        ensure("phases.batch", batch, (1..=MOST_BATCH).contains(&batch))?;
        for rate in [learning_rate, final_learning_rate] {
            ensure("phases.learning_rate", rate, rate.is_finite() && rate >= 0.0)?;
        }
        let exponent = timestep_exponent;
        ensure(
            "phases.spread",
            self.spread,
            (0.0..=1.0).contains(&self.spread) && (frames == 1 || self.spread == 1.0),
        )?;
        ensure("phases.timestep_exponent", exponent, exponent.is_finite() && exponent >= 0.0)?;
        let [from, to] = self.timesteps.unwrap_or([0, TRAIN_TIMESTEPS]);
        ensure("phases.timesteps", format!("[{from}, {to}]"), from < to && to <= TRAIN_TIMESTEPS)
    }

    /// Whether a clip belongs to the phase.
    fn takes(&self, clip: &ClipSpec) -> bool {
        self.motions.is_empty() || self.motions.contains(&clip.combination.motion)
    }

    /// The learning rate after so many samples of the phase.
    fn learning_rate_at(&self, samples: u64) -> f64 {
        let progress = samples as f64 / self.samples.max(1) as f64;
        self.learning_rate + (self.final_learning_rate - self.learning_rate) * progress
    }

    /// What is trained on in update `step`: this phase, or single frames for a change.
    fn at(&self, step: u64) -> Self {
        if self.frames == 1 || self.single_frames_every == 0 || !step.is_multiple_of(self.single_frames_every) {
            return self.clone();
        }
        Self {
            frames: 1,
            batch: SINGLE_FRAMES,
            motions: Vec::new(),
            timestep_exponent: SHAPE_EXPONENT,
            timesteps: Some(SHAPE_TIMESTEPS),
            spread: anywhere(),
            ..self.clone()
        }
    }
}

impl Default for TeacherRecipe {
    fn default() -> Self {
        let phase = |frames, samples, batch, learning_rate, final_learning_rate| TeacherPhase {
            frames,
            samples,
            batch,
            learning_rate,
            final_learning_rate,
            motions: Vec::new(),
            timestep_exponent: even(),
            timesteps: None,
            single_frames_every: if frames == 1 { 0 } else { 8 },
            spread: anywhere(),
        };
        let noisy = |timestep_exponent, motions: &[Motion], phase| TeacherPhase {
            timestep_exponent,
            motions: motions.to_vec(),
            ..phase
        };
        let one_way = [Motion::MovingLeft, Motion::Rising, Motion::Growing];
        let both_ways = [
            Motion::MovingLeft,
            Motion::MovingRight,
            Motion::Rising,
            Motion::Falling,
            Motion::Growing,
            Motion::Shrinking,
        ];
        Self {
            model: None,
            num_res_blocks: 2,
            middle_block: true,
            phases: vec![
                noisy(0.7, &[], TeacherPhase { spread: 0.0, ..phase(1, 40_000, 16, 1e-3, 1e-3) }),
                noisy(0.7, &[], TeacherPhase { spread: 0.4, ..phase(1, 40_000, 16, 1e-3, 1e-3) }),
                noisy(0.6, &[], phase(1, 270_000, 16, 1e-3, 3e-4)),
                noisy(0.4, &one_way, phase(8, 24_000, 8, 6e-4, 6e-4)),
                noisy(0.4, &both_ways, phase(8, 24_000, 8, 6e-4, 6e-4)),
                noisy(0.5, &[], phase(8, 44_000, 8, 6e-4, 5e-4)),
                noisy(0.7, &[], phase(16, 18_000, 4, 5e-4, 2e-5)),
            ],
            clips: 2_500,
            single_frames: 30_000,
            cache_mib: 2048,
            lr_warmup: 300,
            empty_prompt: 0.1,
            offset_noise: 0.0,
            subject: 3.0,
            optimizer: TeacherOptimizer::default(),
            run: TeacherRunSettings::default(),
        }
    }
}

/// Where a teacher's run finds and puts things.
#[derive(Clone, Debug)]
pub struct TeacherPlaces {
    /// The autoencoder.
    pub autoencoder: PathBuf,
    /// Size of the clips.
    pub canvas: Canvas,
    /// Folder of checkpoints, curves and sample grids.
    pub folder: PathBuf,
    /// Where the model is written.
    pub output: PathBuf,
    /// Seed of all that is random.
    pub seed: u64,
}

/// What a run needs, checked and opened.
pub struct TeacherRun {
    recipe: TeacherRecipe,
    places: TeacherPlaces,
    from: Option<ModelFile>,
    autoencoder: VaeFile,
    config: ModelConfig,
}

impl TeacherRecipe {
    /// Whether the numbers can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        let Self { num_res_blocks, clips, single_frames, cache_mib, empty_prompt, offset_noise, subject, .. } = *self;
        let TeacherOptimizer { weight_decay, clip_norm, ema_decay } = self.optimizer;
        let TeacherRunSettings { accumulate, checkpoint_secs, grid_secs, time_share, .. } = self.run;
        let is_size = |value: f64| value.is_finite() && value >= 0.0;
        ensure("num_res_blocks", num_res_blocks, (1..=8).contains(&num_res_blocks))?;
        ensure("clips", clips, (1..1 << 32).contains(&clips))?;
        ensure("single_frames", single_frames, (1..1 << 32).contains(&single_frames))?;
        ensure("cache_mib", cache_mib, cache_mib <= MOST_CACHE_MIB)?;
        ensure("empty_prompt", empty_prompt, (0.0..=1.0).contains(&empty_prompt))?;
        ensure("offset_noise", offset_noise, is_size(f64::from(offset_noise)))?;
        ensure("subject", subject, is_size(f64::from(subject)))?;
        ensure("optimizer.weight_decay", weight_decay, is_size(weight_decay))?;
        ensure("optimizer.clip_norm", clip_norm, is_size(clip_norm) && clip_norm > 0.0)?;
        ensure("optimizer.ema_decay", ema_decay, (0.0..1.0).contains(&ema_decay))?;
        ensure("run.accumulate", accumulate, (1..=MOST_BATCH).contains(&accumulate))?;
        ensure("run.checkpoint_secs", checkpoint_secs, is_size(checkpoint_secs))?;
        ensure("run.grid_secs", grid_secs, is_size(grid_secs))?;
        ensure("run.time_share", time_share, (1..=ALL_TIME).contains(&time_share))?;
        self.phases.iter().try_for_each(TeacherPhase::check)
    }

    /// Checks the recipe and opens the autoencoder; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self, places: TeacherPlaces) -> Result<TeacherRun, TrainError> {
        self.check()?;
        let autoencoder = VaeFile::open(&places.autoencoder)?;
        let from = self.model.clone().map(|path| ModelFile::open(&ModelSource::File(path))).transpose()?;
        let config = self.config(autoencoder.config());
        Ok(TeacherRun { recipe: self, places, from, autoencoder, config })
    }
}

impl TeacherRecipe {
    /// Sizes of the teacher's model, for latents of an autoencoder.
    pub(super) fn config(&self, vae: &VaeConfig) -> ModelConfig {
        let mut config = nano_config(vae);
        config.unet.num_res_blocks = self.num_res_blocks;
        config.unet.middle_block = self.middle_block;
        config
    }
}

impl TeacherRun {
    /// Networks as their newest checkpoint has them, or as they begin.
    fn trainer(&self, device: &Device) -> Result<Trainer<Denoiser>, TrainError> {
        let TeacherOptimizer { weight_decay, clip_norm, ema_decay } = self.recipe.optimizer;
        let adamw = AdamWSettings { weight_decay, clip_norm: Some(clip_norm), ..AdamWSettings::default() };
        let settings = TrainerSettings { optimizer: adamw, ema_decay: (ema_decay > 0.0).then_some(ema_decay) };
        let fresh = SeededStart { seed: self.places.seed };
        let weights: &dyn ParamSource = self.from.as_ref().map_or(&fresh, |file| file);
        let begun = match &self.from {
            Some(file) => format!("the file with SHA-256 {}", file.sha256()),
            None => "random weights".to_owned(),
        };
        let origin = Some(format!("{begun}, on latents of the file with SHA-256 {}", self.autoencoder.sha256()));
        let start = TrainStart { weights, seed: self.places.seed, origin };
        let setup = TrainSetup { start, settings, device, adapters: None };
        let build = |loader: &ParamLoader<'_>| Denoiser::init(&self.config, loader);
        let mut trainer = Trainer::resume(&self.places.folder, TeacherStage::NAME, setup, build)?;
        let TeacherRunSettings { accumulate, checkpoint_activations, mixed_precision, .. } = self.recipe.run;
        trainer.options = StepOptions {
            accumulate,
            checkpoint_activations,
            threads: rayon::current_num_threads(),
            factors: mixed_precision.factors(device)?,
        };
        Ok(trainer)
    }

    fn clips(&self) -> SyntheticClips {
        SyntheticClips { seed: self.places.seed, split: Split::Train, canvas: self.places.canvas }
    }

    /// The autoencoder on `device` with its tensors by name, and the configuration with the scale of its latents.
    fn encoder(&self, device: &Device) -> Result<(Vae, Vec<NamedTensor>, ModelConfig), TrainError> {
        let loader = ParamLoader::new(self.autoencoder.params(), device);
        let vae = Vae::init(self.autoencoder.config(), &loader.path(VAE_PREFIX))?;
        let tensors = loader.into_registry().export(&vae);
        let mut config = self.config.clone();
        config.diffusion.scale_factor = scale_factor(&vae, self.clips(), device);
        Ok((vae, tensors, config))
    }
}

impl RecipeRun for TeacherRun {
    fn folder(&self) -> &Path {
        &self.places.folder
    }

    fn output(&self) -> &Path {
        &self.places.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        create_folder(&self.places.folder)?;
        let mut trainer = self.trainer(device)?;
        let (vae, _, config) = self.encoder(device)?;
        let TeacherRunSettings { checkpoint_secs, keep, grid_secs, time_share, .. } = self.recipe.run;
        let options = FitOptions { folder: &self.places.folder, checkpoint_secs, grid_secs, keep, time_share, cancel };
        let folder = self.places.folder.clone();
        let cache = EncoderCache::open(&folder, self.autoencoder.sha256(), device, self.recipe.cache_mib);
        let mut stage =
            TeacherStage::new(self.recipe.clone(), &config, &vae, self.clips(), device, cache.as_ref(), folder);
        fit(&mut stage, &mut trainer, &options, watch)
    }

    fn dry_run(&self, device: &Device, _watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        let file = self.autoencoder.checkpoint().into();
        Ok(self.recipe.estimate(&self.config, file, self.places.canvas, Target::of(device))?)
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let (_, mut tensors, config) = self.encoder(device)?;
        tensors.extend(trainer.export_ema());
        let provenance = ModelProvenance {
            command: "hummingbird train nano --stage teacher".to_owned(),
            seed: trainer.position.seed,
            notes: notes(&trainer.position, "frames and clips"),
        };
        let description = nano_description("Nano's teacher", config, self.places.canvas, provenance);
        write_model(self.output(), &description, &tensors, WeightPrecision::F32)?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}

/// One over the standard deviation of the latents of some clips, so that scaled latents have unit variance.
fn scale_factor(vae: &Vae, clips: SyntheticClips, device: &Device) -> f32 {
    let mut values: Vec<f32> = Vec::new();
    for index in 0..SCALE_CLIPS {
        let posterior = vae.encode(images(&[clips.example(index)], device), &NoHook).expect("nothing cancels");
        values.extend(values_of(posterior.mean.into_data()));
    }
    let mean_square = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
    (1.0 / (mean_square - mean * mean).sqrt()) as f32
}
