//! `hummingbird train tiny-decoder`: a tiny decoder (TAESD's layout), distilled from the decoder of a finished model.
//!
//! `distillation_set` makes what it is trained on, `stage` draws batches and validates; here are the recipe and the run.

mod distillation_set;
mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use serde::{Deserialize, Serialize};

use self::distillation_set::{Share, Teacher};
use self::stage::{GRID_PICTURES, TinyDecoderStage};
use super::RecipeRun;
use super::common::create_folder;
use super::estimate::{Estimate, Plan, Stored, StudentWeights, Weights};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use crate::model::{ModelConfig, ModelProvenance, ModelSource, RequestLimits};
use crate::nn::config::{TinyDecoderConfig, VaeConfig};
use crate::nn::cost::{Cost, Target, Tracer};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::ParamLoader;
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::training::TrainError;
use crate::training::datasets::synthetic::Split;
use crate::training::objectives::distillation::DecoderDistillation;
use crate::training::recipe::RecipeError;
use crate::training::trainer::log::{TrainEvent, Watch, samples};
use crate::training::trainer::{Stage, TrainSetup, TrainStart, Trainer, fit};
use crate::weights::{
    FileError, ModelFile, SeededStart, TinyDecoderDescription, tiny_decoder_path, write_tiny_decoder,
};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Frames of a distillation set at most; all are in memory.
const MOST_FRAMES: u64 = 1 << 20;
/// Encoded frames and sampled clips of the validation set.
const VALIDATION_FRAMES: u64 = 64;
const VALIDATION_CLIPS: u64 = 4;
/// Width of a tiny decoder, and residual blocks of one of its levels, at most.
const MOST_WIDTH: usize = 1_024;
const MOST_BLOCKS: usize = 64;

/// Colours of a pixel.
const RGB: usize = 3;

/// Resolutions of a decoder for latents of an autoencoder.
fn levels(vae: &VaeConfig) -> usize {
    1 + vae.downsampling().ilog2() as usize
}

/// What is distilled from what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TinyDecoderRecipe {
    /// The model.
    pub model: Option<PathBuf>,
    /// Where the decoder is written; without it beside the model, where it is found.
    pub output: Option<PathBuf>,
    /// Channels of every layer.
    pub width: usize,
    /// Residual blocks a level, the lowest resolution first; without them three a level, and one at the two finest.
    pub blocks: Option<Vec<usize>>,
    /// Frames of the dataset that are encoded, each of another clip.
    pub encoded_frames: u64,
    /// Clips that the model samples: their final latents, and what was estimated of them on the way.
    pub sampled_clips: u64,
    /// Weights of the parts of the loss.
    pub weights: WeightSettings,
    /// Clips.
    pub data: DataSettings,
    /// How weights are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

/// The table `weights`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightSettings {
    /// Of the squared distance beside the L1 distance.
    pub square: f64,
    /// Of the L1 distance of neighbouring pixels' differences, which keeps edges sharp.
    pub gradient: f64,
    /// Of the L1 distance from the dataset's frames, beside that from what the model's own decoder made of them.
    pub encoded: f64,
}

impl Default for WeightSettings {
    fn default() -> Self {
        Self { square: 2.0, gradient: 0.5, encoded: 0.1 }
    }
}

impl Default for TinyDecoderRecipe {
    fn default() -> Self {
        Self {
            model: None,
            output: None,
            width: 16,
            blocks: None,
            encoded_frames: 3_072,
            sampled_clips: 48,
            weights: WeightSettings::default(),
            data: DataSettings { frames: 1, width: 192, height: 128, ..DataSettings::default() },
            optimizer: OptimizerSettings::from_nothing(3e-3),
            run: RunSettings {
                folder: PathBuf::from("runs/tiny-decoder"),
                updates: 5_000,
                batch: 8,
                checkpoint_activations: false,
                ..RunSettings::default()
            },
        }
    }
}

/// What a run needs, checked and opened.
pub struct TinyDecoderRun {
    recipe: TinyDecoderRecipe,
    model: ModelFile,
    config: TinyDecoderConfig,
    output: PathBuf,
}

impl TinyDecoderRecipe {
    /// Checks the recipe and opens its model; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self) -> Result<TinyDecoderRun, TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        let Self { width, encoded_frames, sampled_clips, weights, .. } = self;
        ensure("width", width, (1..=MOST_WIDTH).contains(&width))?;
        ensure("encoded_frames", encoded_frames, (1..=MOST_FRAMES).contains(&encoded_frames))?;
        ensure("sampled_clips", sampled_clips, sampled_clips <= MOST_FRAMES / 64)?;
        let WeightSettings { square, gradient, encoded } = weights;
        for (key, weight) in [("weights.square", square), ("weights.gradient", gradient), ("weights.encoded", encoded)]
        {
            ensure(key, weight, weight.is_finite() && weight >= 0.0)?;
        }
        let path = self.model.clone().ok_or(RecipeError::Missing { key: "model" })?;
        let model = ModelFile::open(&ModelSource::File(path.clone()))?;
        let config = &model.description().config;
        ensure("data.frames", self.data.frames, self.data.frames == 1)?;
        self.data.check(config)?;
        let decoder = self.config(&config.vae);
        let (levels, blocks) = (levels(&config.vae), &decoder.blocks);
        let fits = blocks.len() == levels && blocks.iter().all(|&count| count <= MOST_BLOCKS);
        ensure("blocks", format!("{blocks:?}"), fits)?;
        let output = self.output.clone().unwrap_or_else(|| tiny_decoder_path(&path));
        Ok(TinyDecoderRun { recipe: self, model, config: decoder, output })
    }

    /// Sizes of the decoder for latents of an autoencoder.
    pub(super) fn config(&self, vae: &VaeConfig) -> TinyDecoderConfig {
        let levels = levels(vae);
        let own = || (0..levels).map(|level| if level + 2 < levels { 3 } else { 1 }).collect();
        let blocks = self.blocks.clone().unwrap_or_else(own);
        TinyDecoderConfig { z_channels: vae.z_channels, width: self.width, blocks }
    }

    /// What a run on a decoder for a model of `config` in `file` will hold and compute.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn estimate(
        &self,
        config: &ModelConfig,
        limits: &RequestLimits,
        file: Stored<'_>,
        target: Target,
    ) -> Result<Estimate, FileError> {
        let Self { run, optimizer, data, .. } = self;
        let params = ParamLoader::names_only();
        let decoder = TinyDecoder::init(&self.config(&config.vae), &params.path(TINY_DECODER_PREFIX))?;
        let size @ [height, width] = [data.height, data.width];
        let [high, wide] = size.map(|side| side / config.vae.downsampling());
        let latent = [high, wide, config.vae.z_channels];
        let latent_bytes = size_of::<f32>() * latent.iter().product::<usize>();
        let picture = height * width * RGB;
        let of_clips = |clips: u64| clips * distillation_set::each(limits);
        let validated = VALIDATION_FRAMES + of_clips(VALIDATION_CLIPS);
        let frames = (self.encoded_frames + of_clips(self.sampled_clips) + validated) as usize;
        let validation = Tracer::measure(target, |tracer| {
            let decoded = decoder.cost(tracer, tracer.tensor(&[GRID_PICTURES, high, wide, config.vae.z_channels]));
            let _targets = tracer.tensor(&[(validated as usize * picture).div_ceil(target.element_bytes)]);
            decoded
        });
        let plan = Plan {
            target,
            run,
            is_mean: true,
            optimizer,
            dropout: DropoutRates::default(),
            student: StudentWeights::whole(&params.into_registry()),
            frozen: Weights::default(),
            batch: distillation_set::cost(config, limits, size, file, target)?,
            clip_bytes: latent_bytes + 2 * size_of::<f32>() * picture,
            kept: frames * (latent_bytes + 2 * picture),
            validation,
            grid: Cost::default(),
        };
        let shape = |count| [count, high, wide, config.vae.z_channels];
        Ok(plan.estimate(|tracer, count, mode| DecoderDistillation::cost(tracer, &decoder, shape(count), mode)))
    }
}

impl TinyDecoderRun {
    /// The decoder as its newest checkpoint has it, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<TinyDecoder>, TrainError> {
        let RunSettings { folder, seed, .. } = &self.recipe.run;
        let weights = SeededStart { seed: *seed };
        let start = TrainStart { weights: &weights, seed: *seed, origin: None };
        let setup = TrainSetup { start, settings: self.recipe.optimizer.trainer(), device, adapters: None };
        let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&self.config, &loader.path(TINY_DECODER_PREFIX));
        let mut trainer = Trainer::resume(folder, TinyDecoderStage::NAME, setup, build)?;
        trainer.options = self.recipe.run.step_options(device)?;
        Ok(trainer)
    }
}

impl RecipeRun for TinyDecoderRun {
    fn folder(&self) -> &Path {
        &self.recipe.run.folder
    }

    fn output(&self) -> &Path {
        &self.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        let run = &self.recipe.run;
        create_folder(&run.folder)?;
        let mut trainer = self.trainer(device)?;
        if run.phase("", &trainer.position).is_none() {
            return Ok(true);
        }
        let data = &self.recipe.data;
        let clips = data.clips(run.seed, watch)?;
        let teacher = Teacher::load(&self.model, [data.height, data.width], device)?;
        let TinyDecoderRecipe { encoded_frames: frames, sampled_clips: clips_in_all, .. } = self.recipe;
        let share = Share { first: 0, frames, clips: clips_in_all };
        let set = teacher.distillation_set(&self.recipe, clips.as_ref(), share, cancel, &mut |made, total| {
            watch(TrainEvent::Progress(samples("distillation set of the tiny decoder", made, total)));
        });
        // Of a folder other frames of its clips, of drawn clips those whose words training never sees together.
        let (others, first) = match data.folder {
            Some(_) => (clips, frames + clips_in_all),
            None => (data.drawn(u64::MAX, Split::HeldOut), 0),
        };
        let share = Share { first, frames: VALIDATION_FRAMES, clips: VALIDATION_CLIPS };
        let both = set.and_then(|set| {
            Ok((set, teacher.distillation_set(&self.recipe, others.as_ref(), share, cancel, &mut |_, _| ())?))
        });
        let (set, validation) = match both {
            Err(TrainError::Cancelled(_)) => return Ok(false),
            both => both?,
        };
        // Its networks are not needed any more.
        drop(teacher);
        let mut stage = TinyDecoderStage::new(&self.recipe, set, validation, device);
        fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        drop(self.recipe.data.clips(self.recipe.run.seed, watch)?);
        let description = self.model.description();
        let (config, limits) = (&description.config, &description.limits);
        let file = self.model.checkpoint().into();
        Ok(Some(self.recipe.estimate(config, limits, file, Target::of(device))?))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let position = &trainer.position;
        let description = TinyDecoderDescription {
            name: format!("{}'s light decoder", self.model.description().name),
            licence: self.model.description().licence.clone(),
            model_sha256: self.model.sha256().to_owned(),
            provenance: ModelProvenance {
                command: "hummingbird train tiny-decoder".to_owned(),
                seed: position.seed,
                notes: format!("{} optimiser steps, {} frames", position.step, position.samples),
            },
        };
        write_tiny_decoder(&self.output, &description, &trainer.export_ema())?;
        watch(TrainEvent::Model { path: self.output.clone() });
        Ok(())
    }
}
