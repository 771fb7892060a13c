//! Nano's third stage: a tiny decoder (TAESD's layout), distilled from the decoder of a finished model.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::distillation_set::{STREAM, Teacher};
use super::plan::TinyDecoderPlan;
use super::run::NanoRun;
use crate::handoff::Frames;
use crate::model::{ModelConfig, ModelProvenance, ModelSource};
use crate::nn::config::TinyDecoderConfig;
use crate::nn::hook::NoHook;
use crate::nn::params::ParamLoader;
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::training::TrainError;
use crate::training::datasets::distillation::DistillationSet;
use crate::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch, samples};
use crate::training::trainer::schedule::cosine_rate;
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, TrainStart, Trainer, fit, latest_checkpoint};
use crate::weights::{ModelFile, SeededStart, TinyDecoderDescription, write_tiny_decoder};

/// Frames in a row of a sample grid.
const GRID_COLUMNS: usize = 6;
/// Frames that are decoded at once.
const GROUP: usize = 16;

/// What a tiny decoder for this model looks like.
pub fn tiny_decoder_config(plan: &TinyDecoderPlan, model: &ModelConfig) -> TinyDecoderConfig {
    TinyDecoderConfig { z_channels: model.vae.z_channels, width: plan.width, blocks: plan.blocks.clone() }
}

/// The tiny decoder's stage.
pub struct TinyDecoderStage {
    plan: TinyDecoderPlan,
    objective: DecoderDistillation,
    set: DistillationSet,
    validation: DistillationSet,
    device: Device,
    folder: PathBuf,
}

impl TinyDecoderStage {
    /// The stage of `plan` on `device`; sample grids go into `folder`.
    pub fn new(
        plan: TinyDecoderPlan,
        set: DistillationSet,
        validation: DistillationSet,
        device: &Device,
        folder: PathBuf,
    ) -> Self {
        let weights = DistillationWeights {
            square: plan.square_weight,
            gradient: plan.gradient_weight,
            drawn: plan.drawn_weight,
        };
        Self { plan, objective: DecoderDistillation { weights }, set, validation, device: device.clone(), folder }
    }

    /// What the model's own decoder makes of some latents, above what the tiny one does.
    fn sample_grid(&self, decoder: &TinyDecoder, path: &Path) -> Result<(), TrainError> {
        let [height, width] = self.validation.frame_size();
        let count = self.validation.count();
        let shown: Vec<usize> =
            (0..4 * GRID_COLUMNS).map(|index| index * (count - 1) / (4 * GRID_COLUMNS - 1)).collect();
        let made = decoder.decode_frames(&self.validation.latents(&shown, &self.device), &NoHook)?;
        let targets = Frames::new(width, height, self.validation.target_bytes().to_vec());
        let mut rows = Vec::new();
        for start in (0..shown.len()).step_by(GRID_COLUMNS) {
            let columns = start..start + GRID_COLUMNS;
            rows.push(columns.clone().map(|index| targets.frame(shown[index])).collect());
            rows.push(columns.map(|index| made.frame(index)).collect());
        }
        sample_grid::write(path, &rows, width, height)
    }
}

impl Stage for TinyDecoderStage {
    type Model = TinyDecoder;
    type Objective = DecoderDistillation;

    const NAME: &'static str = "light";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let phase = Phase { name: "tiny decoder", samples: self.plan.samples };
        (position.samples < phase.samples).then_some(phase)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        cosine_rate(self.plan.learning_rate, position.samples, self.plan.samples, position.step)
    }

    fn objective(&self) -> &DecoderDistillation {
        &self.objective
    }

    fn batch(&mut self, _: &TinyDecoder, position: &TrainPosition) -> DecodedFrames {
        let &TrainPosition { seed, step, .. } = position;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ step.rotate_left(32));
        let frames: Vec<usize> = (0..self.plan.batch).map(|_| rng.random_range(0..self.set.count())).collect();
        let device = self.device.clone().autodiff();
        DecodedFrames {
            latents: self.set.latents(&frames, &device),
            targets: self.set.targets(&frames, &device),
            drawn: self.set.drawn(&frames, &device),
        }
    }

    fn show(
        &mut self,
        moment: Moment,
        trainer: &Trainer<TinyDecoder>,
        watch: &mut Watch<'_>,
    ) -> Result<(), TrainError> {
        if moment == Moment::Checkpoint {
            let levels = distance(&trainer.ema, &self.validation, &self.device);
            watch(TrainEvent::Validation { levels });
            let path = self.folder.join(format!("light-{:06}.png", trainer.position.samples / 1000));
            self.sample_grid(&trainer.ema, &path)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}

/// Mean distance of what `decoder` makes of the latents from the targets, in levels of 255.
fn distance(decoder: &TinyDecoder, set: &DistillationSet, device: &Device) -> f64 {
    let all: Vec<usize> = (0..set.count()).collect();
    let mut sum = 0;
    for frames in all.chunks(GROUP) {
        let made = decoder.decode_frames(&set.latents(frames, device), &NoHook).expect("nothing cancels");
        let targets = &set.target_bytes()[frames[0] * set.frame_bytes()..];
        sum += made.pixels().iter().zip(targets).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    sum as f64 / set.target_bytes().len() as f64
}

impl NanoRun<'_> {
    /// Trains a tiny decoder for `model` to the end of its plan, or until cancelled; `true` when it is finished.
    ///
    /// # Errors
    /// When the model cannot be read, the folder cannot be written or a checkpoint there does not fit.
    pub fn train_tiny_decoder(&mut self, model: &ModelSource) -> Result<bool, TrainError> {
        self.create_folder()?;
        let file = ModelFile::open(model)?;
        let plan = self.plan.tiny_decoder.clone();
        let mut trainer = self.tiny_decoder_trainer(&file)?;
        let is_saved = latest_checkpoint(&self.folder, TinyDecoderStage::NAME).is_some();
        if trainer.position.samples >= plan.samples && is_saved {
            return Ok(true);
        }
        let Some((set, validation)) = self.distillation_sets(&file, trainer.position.seed)? else { return Ok(false) };
        let mut stage = TinyDecoderStage::new(plan, set, validation, &self.device, self.folder.clone());
        let (options, watch) = self.fit_options();
        fit(&mut stage, &mut trainer, &options, watch)
    }

    /// Writes the tiny decoder of the newest checkpoint; `model` is what it was trained for.
    ///
    /// # Errors
    /// When there is no checkpoint or the file cannot be written.
    pub fn write_tiny_decoder(&mut self, model: &ModelSource, path: &Path) -> Result<(), TrainError> {
        let file = ModelFile::open(model)?;
        let trainer = self.tiny_decoder_trainer(&file)?;
        let position = &trainer.position;
        let description = TinyDecoderDescription {
            name: format!("{}'s light decoder", file.description().name),
            licence: file.description().licence.clone(),
            model_sha256: file.sha256().to_owned(),
            provenance: ModelProvenance {
                command: "hummingbird train nano --stage light-decoder".to_owned(),
                seed: position.seed,
                notes: format!("{} optimiser steps, {} frames", position.step, position.samples),
            },
        };
        write_tiny_decoder(path, &description, &trainer.export_ema())?;
        (self.watch)(TrainEvent::Model { path: path.to_owned() });
        Ok(())
    }

    fn tiny_decoder_trainer(&self, model: &ModelFile) -> Result<Trainer<TinyDecoder>, TrainError> {
        let plan = &self.plan.tiny_decoder;
        let config = tiny_decoder_config(plan, &model.description().config);
        let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX));
        let weights = SeededStart { seed: self.seed };
        let start = TrainStart { weights: &weights, seed: self.seed, origin: None };
        let name = TinyDecoderStage::NAME;
        let mut trainer = Trainer::start_or_resume(&self.folder, name, start, plan.trainer, &self.device, build)?;
        trainer.options = self.step_options;
        Ok(trainer)
    }

    /// What is learned from and what is validated on; `None` when cancelled.
    fn distillation_sets(
        &mut self,
        model: &ModelFile,
        seed: u64,
    ) -> Result<Option<(DistillationSet, DistillationSet)>, TrainError> {
        const STAGE: &str = "distillation set of the tiny decoder";
        let teacher = Teacher::load(model, &self.device)?;
        let watch = &mut self.watch;
        let mut report = |made: u64, total: u64| watch(TrainEvent::Progress(samples(STAGE, made, total)));
        let set = teacher.distillation_set(&self.plan.tiny_decoder, seed, &self.cancel, &mut report);
        let both = set.and_then(|set| Ok((set, teacher.validation_set(&self.cancel)?)));
        match both {
            Err(TrainError::Cancelled(_)) => Ok(None),
            both => both.map(Some),
        }
    }
}
