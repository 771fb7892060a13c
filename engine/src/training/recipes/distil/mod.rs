//! `hummingbird train distil`: stage 1 of the paper. A pruned student learns its teacher's guided prediction.
//!
//! `stage` draws batches and shows samples; here are the recipe and the run.

mod stage;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::{Action, CancelToken, WriteError};
use serde::{Deserialize, Serialize};

use self::stage::DistilStage;
use super::RecipeRun;
use super::encoders::Encoders;
use super::prune::{Cut, PruneRecipe, student_description, write_student};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use crate::model::{ModelConfig, ModelSource};
use crate::nn::config::UNetConfig;
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamSource};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::TrainError;
use crate::training::objectives::guided_distillation::{GuidedDistillation, REFERENCE_GUIDANCE, Teacher};
use crate::training::prune::Pruned;
use crate::training::recipe::RecipeError;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainPlaces, TrainSetup, TrainStart, Trainer, fit};
use crate::weights::{ModelFile, SeededStart};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// What is distilled from what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistilRecipe {
    /// The teacher's file.
    pub teacher: Option<PathBuf>,
    /// The student's file; without it the student is cut out of the teacher.
    pub student: Option<PathBuf>,
    /// Residual blocks a level of a student that is cut out.
    pub num_res_blocks: usize,
    /// Whether such a student has the middle block.
    pub middle_block: bool,
    /// The teacher's guidance.
    pub guidance: f32,
    /// Where the student is written.
    pub output: PathBuf,
    /// Clips.
    pub data: DataSettings,
    /// What is dropped of the student's values.
    pub dropout: DropoutRates,
    /// How weights are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

impl Default for DistilRecipe {
    fn default() -> Self {
        let PruneRecipe { num_res_blocks, middle_block, output, .. } = PruneRecipe::default();
        Self {
            teacher: None,
            student: None,
            num_res_blocks,
            middle_block,
            guidance: REFERENCE_GUIDANCE,
            output,
            data: DataSettings::default(),
            dropout: DropoutRates::distillation(),
            optimizer: OptimizerSettings::default(),
            run: RunSettings { folder: PathBuf::from("runs/distil"), ..RunSettings::default() },
        }
    }
}

/// A student's weights before its training.
enum Source {
    /// A whole model.
    File(Box<ModelFile>),
    /// Cut out of the teacher.
    Cut(Box<Cut>),
}

/// What a run needs, checked and opened.
pub struct DistilRun {
    recipe: DistilRecipe,
    teacher: ModelFile,
    source: Source,
}

impl DistilRecipe {
    /// Checks the recipe and opens its models; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self) -> Result<DistilRun, TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        ensure("guidance", self.guidance, self.guidance.is_finite())?;
        let path = self.teacher.clone().ok_or(RecipeError::Missing { key: "teacher" })?;
        let teacher = ModelFile::open(&ModelSource::File(path.clone()))?;
        let source = match &self.student {
            Some(student) => Source::File(Box::new(ModelFile::open(&ModelSource::File(student.clone()))?)),
            None => {
                let Self { num_res_blocks, middle_block, .. } = self;
                let recipe =
                    PruneRecipe { teacher: Some(path), num_res_blocks, middle_block, ..PruneRecipe::default() };
                Source::Cut(Box::new(recipe.cut()?))
            }
        };
        self.data.check(&teacher.description().config)?;
        Ok(DistilRun { recipe: self, teacher, source })
    }
}

impl DistilRun {
    /// The student's network.
    pub fn student(&self) -> &UNetConfig {
        match &self.source {
            Source::File(file) => &file.description().config.unet,
            Source::Cut(cut) => cut.config(),
        }
    }

    /// The student as its newest checkpoint has it, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<UNet>, TrainError> {
        let RunSettings { folder, seed, .. } = &self.recipe.run;
        let fresh = SeededStart { seed: *seed };
        let resume = |weights: &dyn ParamSource, origin: String| {
            let start = TrainStart { weights, seed: *seed, origin: Some(origin) };
            let setup = TrainSetup { start, settings: self.recipe.optimizer.trainer(), device, adapters: None };
            Trainer::resume(folder, DistilStage::NAME, setup, |loader| {
                UNet::init(self.student(), &loader.path(UNET_PREFIX))
            })
        };
        let mut trainer = match &self.source {
            Source::File(file) => resume(file.as_ref(), format!("the model with SHA-256 {}", file.sha256()))?,
            Source::Cut(cut) => {
                let pruned: Pruned<'_> = cut.pruned()?;
                let origin = format!("blocks of the model with SHA-256 {}", self.teacher.sha256());
                resume(&pruned.starting(&fresh), origin)?
            }
        };
        trainer.options = self.recipe.run.step_options();
        trainer.dropout = self.recipe.dropout;
        Ok(trainer)
    }
}

impl RecipeRun for DistilRun {
    fn folder(&self) -> &Path {
        &self.recipe.run.folder
    }

    fn output(&self) -> &Path {
        &self.recipe.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        self.train_on(&TrainPlaces::one(device), cancel, watch)
    }

    fn train_on(&self, places: &TrainPlaces, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        let RunSettings { folder, .. } = &self.recipe.run;
        self.recipe.run.check_places(places)?;
        let device = &places.first.device;
        let io = |source| WriteError::Io { action: Action::Create, path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let mut trainer = self.trainer(device)?;
        trainer.replicate(places);
        let config = &self.teacher.description().config;
        let objective = |device: &Device| -> Result<GuidedDistillation, TrainError> {
            let loader = ParamLoader::new(&self.teacher, device);
            let teacher = Teacher {
                unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
                channels: config.unet.model_channels,
            };
            let channels = self.student().model_channels;
            Ok(GuidedDistillation::new(teacher, channels, self.recipe.guidance, &config.diffusion))
        };
        let beside = places.others.iter().map(|place| objective(&place.device)).collect::<Result<_, _>>()?;
        let objective = objective(device)?;
        let encoders = Encoders::load(&self.teacher, device)?;
        let config = ModelConfig { unet: self.student().clone(), ..config.clone() };
        let clips = self.recipe.data.clips(self.recipe.run.seed, watch)?;
        let mut stage = DistilStage::new(&self.recipe, config, objective, encoders, clips).beside(beside);
        fit(&mut stage, &mut trainer, &self.recipe.run.fit_options(cancel), watch)
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let (base, name) = match &self.source {
            Source::File(file) => (file.as_ref(), file.description().name.clone()),
            Source::Cut(cut) => (&self.teacher, cut.name().to_owned()),
        };
        let position = &trainer.position;
        let mut description = student_description(base, self.student());
        description.name = name;
        description.provenance.command = "hummingbird train distil".to_owned();
        description.provenance.seed = position.seed;
        description.provenance.notes = format!(
            "{} updates, {} clips, {:.1} hours; began as {}",
            position.step,
            position.samples,
            position.elapsed_secs / 3600.0,
            position.origin.as_deref().unwrap_or("it was")
        );
        write_student(self.output(), base, &description, trainer.export_ema())?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
