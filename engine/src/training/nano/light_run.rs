//! Trains the light decoder along its plan. May be killed at any time and started again.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::curve::{Curve, falling_rate};
use super::light::{Lessons, Teacher, light_config, loss};
use super::log::TrainEvent;
use super::run::NanoRun;
use crate::error::{EngineError, WriteError};
use crate::handoff::Frames;
use crate::model::{ModelProvenance, ModelSource};
use crate::nn::observe::Unobserved;
use crate::nn::params::ParamLoader;
use crate::pipeline::light_decoder::{LIGHT_DECODER_PREFIX, LightDecoder};
use crate::training::sheet;
use crate::training::trainer::{TrainStart, Trainer, latest_checkpoint};
use crate::training::world::Canvas;
use crate::weights::{LightDescription, ModelFile, SeededStart, write_light_decoder};

/// Name of the stage's checkpoints.
const NAME: &str = "light";
/// Pictures in a row of a sheet.
const SHEET_COLUMNS: usize = 6;

impl NanoRun<'_> {
    /// Trains a light decoder for `model` to the end of its plan, or until cancelled; `true` when it is finished.
    ///
    /// # Errors
    /// When the model cannot be read, the folder cannot be written or a checkpoint there does not fit.
    pub fn train_light_decoder(&mut self, model: &ModelSource) -> Result<bool, EngineError> {
        let io = |source| WriteError::Io { action: "create", path: self.folder.clone(), source };
        fs::create_dir_all(&self.folder).map_err(io)?;
        let file = ModelFile::open(model)?;
        let plan = self.plan.light_decoder.clone();
        let mut trainer = self.light_trainer(&file)?;
        let total = plan.samples;
        if trainer.position.samples >= total && latest_checkpoint(&self.folder, NAME).is_some() {
            return Ok(true);
        }
        let Some((lessons, examination)) = self.lessons(&file, trainer.position.seed)? else { return Ok(false) };
        (self.watch)(TrainEvent::Stage { name: "light decoder", samples: trainer.position.samples, total });
        let mut curve = Curve::open(&self.folder.join("light.csv"), total)?;
        let train_device = self.device.clone().autodiff();
        let batch = plan.batch as u64;
        let mut saved = Instant::now();
        while trainer.position.samples < total && !self.cancel.is_cancelled() {
            let started = Instant::now();
            let position = &trainer.position;
            let learning_rate = falling_rate(plan.learning_rate, position.samples, total, position.step);
            let loss = loss(&trainer.model, &plan, &lessons, position.seed, position.step, &train_device);
            curve.step(&mut trainer, loss, learning_rate, batch, started, self.watch)?;
            if saved.elapsed().as_secs_f64() > self.plan.checkpoint_secs {
                self.checkpoint_light(&trainer, &examination)?;
                saved = Instant::now();
            }
        }
        self.checkpoint_light(&trainer, &examination)?;
        Ok(trainer.position.samples >= total)
    }

    /// Writes the light decoder of the newest checkpoint; `model` is what it was trained for.
    ///
    /// # Errors
    /// When there is no checkpoint or the file cannot be written.
    pub fn write_light_decoder(&mut self, model: &ModelSource, path: &Path) -> Result<(), EngineError> {
        let file = ModelFile::open(model)?;
        let trainer = self.light_trainer(&file)?;
        let position = &trainer.position;
        let description = LightDescription {
            name: format!("{}'s light decoder", file.description().name),
            licence: file.description().licence.clone(),
            model_sha256: file.sha256().to_owned(),
            provenance: ModelProvenance {
                command: "hummingbird train nano --stage light-decoder".to_owned(),
                seed: position.seed,
                notes: format!("{} optimiser steps, {} frames", position.step, position.samples),
            },
        };
        write_light_decoder(path, &description, &trainer.export_ema())?;
        (self.watch)(TrainEvent::Model { path: path.to_owned() });
        Ok(())
    }

    fn light_trainer(&self, model: &ModelFile) -> Result<Trainer<LightDecoder>, EngineError> {
        let plan = &self.plan.light_decoder;
        let config = light_config(plan, &model.description().config);
        let build = |loader: &ParamLoader<'_>| Ok(LightDecoder::init(&config, &loader.path(LIGHT_DECODER_PREFIX))?);
        let weights = SeededStart { seed: self.seed };
        let start = TrainStart { weights: &weights, seed: self.seed, origin: None };
        Trainer::start_or_resume(&self.folder, NAME, start, plan.trainer, &self.device, build)
    }

    /// What is learned from and what is examined on; `None` when cancelled.
    fn lessons(&mut self, model: &ModelFile, seed: u64) -> Result<Option<(Lessons, Lessons)>, EngineError> {
        const STAGE: &str = "clips for the light decoder";
        let teacher = Teacher::load(model, &self.device)?;
        let watch = &mut self.watch;
        let started = Instant::now();
        let mut begun = false;
        let mut report = |made: u64, total: u64| {
            if !std::mem::replace(&mut begun, true) {
                watch(TrainEvent::Stage { name: STAGE, samples: 0, total });
            }
            watch(TrainEvent::Made { samples: made, total, elapsed_secs: started.elapsed().as_secs_f64() });
        };
        let lessons = teacher.lessons(&self.plan.light_decoder, seed, &self.cancel, &mut report);
        let both = lessons.and_then(|lessons| Ok((lessons, teacher.examination(&self.cancel)?)));
        match both {
            Err(EngineError::Cancelled(_)) => Ok(None),
            both => both.map(Some),
        }
    }

    fn checkpoint_light(&mut self, trainer: &Trainer<LightDecoder>, examination: &Lessons) -> Result<(), EngineError> {
        trainer.save(&self.folder, NAME)?;
        (self.watch)(TrainEvent::Checkpoint { folder: self.folder.clone() });
        let levels = examination.distance(&trainer.ema, &self.device);
        (self.watch)(TrainEvent::Distance { levels });
        let path = self.folder.join(format!("light-{:06}.png", trainer.position.samples / 1000));
        self.light_sheet(&trainer.ema, examination, &path)?;
        (self.watch)(TrainEvent::Sheet { path });
        Ok(())
    }

    /// What the model's own decoder makes of some latents, above what the light one does.
    fn light_sheet(&self, decoder: &LightDecoder, lessons: &Lessons, path: &Path) -> Result<(), EngineError> {
        let Canvas { width, height } = Canvas::NANO;
        let count = lessons.count();
        let shown: Vec<usize> =
            (0..4 * SHEET_COLUMNS).map(|index| index * (count - 1) / (4 * SHEET_COLUMNS - 1)).collect();
        let made = decoder.decode_frames(&lessons.latents(&shown, &self.device), &Unobserved)?;
        let taught = Frames::new(width, height, lessons.taught().to_vec());
        let mut rows = Vec::new();
        for start in (0..shown.len()).step_by(SHEET_COLUMNS) {
            let columns = start..start + SHEET_COLUMNS;
            rows.push(columns.clone().map(|index| taught.frame(shown[index])).collect());
            rows.push(columns.map(|index| made.frame(index)).collect());
        }
        sheet::write(path, &rows, width, height)
    }
}
