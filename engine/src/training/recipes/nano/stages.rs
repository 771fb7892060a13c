//! The stages of Nano's recipe: what each needs, makes, and where.

use std::path::{Path, PathBuf};

use super::NanoRecipe;
use super::teacher::TeacherPlaces;
use crate::training::TrainError;
use crate::training::datasets::synthetic::Canvas;
use crate::training::recipes::RecipeRun;
use crate::training::recipes::settings::{DataSettings, RunSettings};

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NanoStage {
    /// The autoencoder.
    Autoencoder,
    /// Its decoder on whole frames.
    Decoder,
    /// The teacher.
    Teacher,
    /// The distilled student.
    Student,
    /// The scorer of pictures.
    ImageScorer,
    /// The scorer of clips.
    VideoScorer,
    /// The student of few steps; then the finished model is written.
    Turbo,
    /// The tiny decoder of the finished model.
    TinyDecoder,
}

impl NanoStage {
    /// All stages in their order.
    pub const ALL: [Self; 8] = [
        Self::Autoencoder,
        Self::Decoder,
        Self::Teacher,
        Self::Student,
        Self::ImageScorer,
        Self::VideoScorer,
        Self::Turbo,
        Self::TinyDecoder,
    ];

    /// Name of its folder, of its file and of its table in the recipe's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "autoencoder",
            Self::Decoder => "decoder",
            Self::Teacher => "teacher",
            Self::Student => "student",
            Self::ImageScorer => "image_scorer",
            Self::VideoScorer => "video_scorer",
            Self::Turbo => "turbo",
            Self::TinyDecoder => "tiny_decoder",
        }
    }

    /// Its share of a time that all stages are cut to.
    pub(super) fn share(self) -> f64 {
        match self {
            Self::Autoencoder => 0.17,
            Self::Decoder => 0.05,
            Self::Teacher => 0.45,
            Self::Student => 0.15,
            Self::ImageScorer | Self::VideoScorer => 0.03,
            Self::Turbo => 0.08,
            Self::TinyDecoder => 0.04,
        }
    }
}

impl NanoRecipe {
    /// File that a stage writes.
    pub(super) fn file(&self, stage: NanoStage) -> PathBuf {
        match stage {
            NanoStage::TinyDecoder => crate::weights::tiny_decoder_path(&self.model_file()),
            stage => self.folder().join(format!("{}.safetensors", stage.name())),
        }
    }

    /// File of the finished model.
    pub fn model_file(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| self.folder().join("nano.safetensors"))
    }

    /// A stage as a recipe of its own that keeps its checkpoints in `folder`.
    ///
    /// # Errors
    /// When a value cannot be used, or the file of an earlier stage.
    pub(super) fn stage(&self, stage: NanoStage, folder: &Path) -> Result<Box<dyn RecipeRun>, TrainError> {
        let Self { seed, width, height, .. } = *self;
        let run = |run: &RunSettings| RunSettings { folder: folder.to_owned(), seed, ..run.clone() };
        let data = |data: &DataSettings| DataSettings { width, height, ..data.clone() };
        let of = |stage| Some(self.file(stage));
        let output = self.file(stage);
        Ok(match stage {
            NanoStage::Autoencoder | NanoStage::Decoder => {
                let is_decoder = stage == NanoStage::Decoder;
                let mut recipe = if is_decoder { self.decoder.clone() } else { self.autoencoder.clone() };
                recipe.model = of(NanoStage::Autoencoder).filter(|_| is_decoder);
                (recipe.run, recipe.data, recipe.output) = (run(&recipe.run), data(&recipe.data), output);
                Box::new(recipe.open()?)
            }
            NanoStage::Teacher => {
                let places = TeacherPlaces {
                    autoencoder: self.file(NanoStage::Decoder),
                    canvas: Canvas { width, height },
                    folder: folder.to_owned(),
                    output,
                    seed,
                };
                Box::new(self.teacher.clone().open(places)?)
            }
            NanoStage::Student => {
                let mut recipe = self.student.clone();
                recipe.teacher = of(NanoStage::Teacher);
                (recipe.run, recipe.data, recipe.output) = (run(&recipe.run), data(&recipe.data), output);
                Box::new(recipe.open()?)
            }
            NanoStage::ImageScorer | NanoStage::VideoScorer => {
                let is_image = stage == NanoStage::ImageScorer;
                let mut recipe = if is_image { self.image_scorer.clone() } else { self.video_scorer.clone() };
                recipe.autoencoder = of(NanoStage::Decoder);
                (recipe.run, recipe.data, recipe.output) = (run(&recipe.run), data(&recipe.data), output);
                Box::new(recipe.open()?)
            }
            NanoStage::Turbo => {
                let mut recipe = self.turbo.clone();
                (recipe.teacher, recipe.student) = (of(NanoStage::Teacher), of(NanoStage::Student));
                let scorer = |stage| of(stage).filter(|_| self.uses(stage));
                (recipe.image.file, recipe.video.file) =
                    (scorer(NanoStage::ImageScorer), scorer(NanoStage::VideoScorer));
                (recipe.run, recipe.data, recipe.output) = (run(&recipe.run), data(&recipe.data), output);
                Box::new(recipe.open()?)
            }
            NanoStage::TinyDecoder => {
                let mut recipe = self.tiny_decoder.clone();
                (recipe.model, recipe.output) = (Some(self.model_file()), Some(output));
                (recipe.run, recipe.data) = (run(&recipe.run), data(&recipe.data));
                Box::new(recipe.open()?)
            }
        })
    }

    /// Whether what a stage makes is used: a scorer is not where its score has no weight.
    pub(super) fn uses(&self, stage: NanoStage) -> bool {
        match stage {
            NanoStage::ImageScorer => self.turbo.weights.image > 0.0,
            NanoStage::VideoScorer => self.turbo.weights.video > 0.0,
            _ => true,
        }
    }

    /// How long a stage is: its updates, or the samples of the teacher's phases.
    fn lengths(&mut self, stage: NanoStage) -> Vec<&mut u64> {
        match stage {
            NanoStage::Autoencoder => vec![&mut self.autoencoder.run.updates],
            NanoStage::Decoder => vec![&mut self.decoder.run.updates],
            NanoStage::Teacher => self.teacher.phases.iter_mut().map(|phase| &mut phase.samples).collect(),
            NanoStage::Student => vec![&mut self.student.run.updates],
            NanoStage::ImageScorer => vec![&mut self.image_scorer.run.updates],
            NanoStage::VideoScorer => vec![&mut self.video_scorer.run.updates],
            NanoStage::Turbo => vec![&mut self.turbo.run.updates],
            NanoStage::TinyDecoder => {
                let recipe = &mut self.tiny_decoder;
                vec![&mut recipe.run.updates, &mut recipe.encoded_frames, &mut recipe.sampled_clips]
            }
        }
    }

    /// The same recipe with a stage that is `factor` times as long.
    pub(super) fn scaled(&self, stage: NanoStage, factor: f64) -> Self {
        let mut scaled = self.clone();
        for length in scaled.lengths(stage) {
            *length = ((*length as f64 * factor).round() as u64).max(1);
        }
        scaled
    }

    /// How long a stage is, as [`Self::with_lengths`] takes it.
    pub(super) fn lengths_of(&self, stage: NanoStage) -> Vec<u64> {
        self.clone().lengths(stage).into_iter().map(|length| *length).collect()
    }

    /// The same recipe with a stage of these lengths.
    pub(super) fn with_lengths(&self, stage: NanoStage, lengths: &[u64]) -> Self {
        let mut recipe = self.clone();
        for (length, &wanted) in recipe.lengths(stage).into_iter().zip(lengths) {
            *length = wanted;
        }
        recipe
    }

    /// Lets a stage's learning rate rise over so many updates at most.
    pub(super) fn limit_warmup(&mut self, stage: NanoStage, updates: u64) {
        let warmup = match stage {
            NanoStage::Autoencoder => &mut self.autoencoder.optimizer.lr_warmup,
            NanoStage::Decoder => &mut self.decoder.optimizer.lr_warmup,
            NanoStage::Teacher => &mut self.teacher.lr_warmup,
            NanoStage::Student => &mut self.student.optimizer.lr_warmup,
            NanoStage::ImageScorer => &mut self.image_scorer.optimizer.lr_warmup,
            NanoStage::VideoScorer => &mut self.video_scorer.optimizer.lr_warmup,
            NanoStage::Turbo => &mut self.turbo.optimizer.lr_warmup,
            NanoStage::TinyDecoder => &mut self.tiny_decoder.optimizer.lr_warmup,
        };
        *warmup = updates.min(*warmup);
    }

    /// Updates of a stage.
    pub(super) fn updates(&self, stage: NanoStage) -> u64 {
        let mut recipe = self.clone();
        recipe.lengths(stage).first().map_or(0, |length| **length)
    }

    /// The same recipe with so many updates in a stage that is no teacher.
    pub(super) fn with_updates(&self, stage: NanoStage, updates: u64) -> Self {
        let mut recipe = self.clone();
        if let Some(length) = recipe.lengths(stage).first_mut() {
            **length = updates;
        }
        recipe
    }
}
