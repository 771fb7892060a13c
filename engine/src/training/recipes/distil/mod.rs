//! `hummingbird train distil`: stage 1 of the paper. A pruned student learns its teacher's guided prediction.
//!
//! `stage` draws batches and shows samples; here are the recipe and the run.

mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use serde::{Deserialize, Serialize};

use self::stage::{DistilStage, GRID_STEPS};
use super::RecipeRun;
use super::clips::{ClipSettings, EncodedClips};
use super::common::{Student, create_folder, describe, frozen, model_at, origin};
use super::estimate::{Estimate, MetaEncoders, Plan, Stored, StudentWeights, Weights};
use super::prune::{Cut, PruneRecipe, student_description, write_student};
use super::samples::CLIPS;
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use crate::model::ModelConfig;
use crate::nn::config::UNetConfig;
use crate::nn::cost::{Cost, Target};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamSource};
use crate::pipeline::denoise::guidance::NO_GUIDANCE;
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::TrainError;
use crate::training::objectives::guided_distillation::{GuidedDistillation, REFERENCE_GUIDANCE, Teacher};
use crate::training::prune::Pruned;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainPlaces, Trainer, fit};
use crate::weights::{FileError, ModelFile, SeededStart};

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
    /// Which of them come again, and what is kept of them.
    pub clips: ClipSettings,
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
            clips: ClipSettings::default(),
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
        self.clips.check()?;
        ensure("guidance", self.guidance, self.guidance.is_finite())?;
        let teacher = model_at(self.teacher.as_deref(), "teacher")?;
        let source = match &self.student {
            Some(student) => Source::File(Box::new(model_at(Some(student), "student")?)),
            None => {
                let Self { num_res_blocks, middle_block, .. } = self;
                let path = self.teacher.clone();
                let recipe = PruneRecipe { teacher: path, num_res_blocks, middle_block, ..PruneRecipe::default() };
                Source::Cut(Box::new(recipe.cut()?))
            }
        };
        self.data.check(&teacher.description().config)?;
        Ok(DistilRun { recipe: self, teacher, source })
    }
}

impl DistilRecipe {
    /// What a run with a teacher of these sizes in `file` will hold and compute.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn estimate(
        &self,
        config: &ModelConfig,
        student: &UNetConfig,
        file: Stored<'_>,
        recurring: u64,
        target: Target,
    ) -> Result<Estimate, FileError> {
        let Self { run, data, clips, optimizer, dropout, guidance, .. } = self;
        let [teachers, students] = [(); 2].map(|()| ParamLoader::names_only());
        let unet = UNet::init(&config.unet, &teachers.path(UNET_PREFIX))?;
        let teacher = Teacher { unet, channels: config.unet.model_channels };
        let objective = GuidedDistillation::new(teacher, student.model_channels, *guidance, &config.diffusion);
        let student = UNet::init(student, &students.path(UNET_PREFIX))?;
        let encoders = MetaEncoders::new(config)?;
        let clip = data.size().shape(config);
        let plan = Plan {
            target,
            run,
            is_mean: true,
            optimizer,
            dropout: *dropout,
            student: StudentWeights::whole(&students.into_registry()),
            frozen: Weights::frozen(&teachers.into_registry(), file, target).and(encoders.weights(file, target)),
            batch: encoders.cost(target, run.batch, &data.size()),
            clip_bytes: clip.bytes(target.element_bytes),
            kept: clips.kept_bytes(recurring, run, &data.size(), config),
            validation: Cost::default(),
            grid: encoders.cost_of_grid(target, &student, clip.of(CLIPS), GRID_STEPS),
        };
        Ok(plan.estimate(|tracer, clips, mode| objective.cost(tracer, &student, &clip.of(clips), mode)))
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
        let DistilRecipe { run, optimizer, dropout, .. } = &self.recipe;
        let resume = |weights: &dyn ParamSource, origin: String| {
            let (config, dropout) = (self.student(), *dropout);
            let student = Student { config, weights, origin, branches: None, run, optimizer, dropout };
            student.resume(DistilStage::NAME, device)
        };
        match &self.source {
            Source::File(file) => resume(file.as_ref(), origin(file)),
            Source::Cut(cut) => {
                let (pruned, fresh): (Pruned<'_>, _) = (cut.pruned()?, SeededStart { seed: run.seed });
                resume(&pruned.starting(&fresh), format!("blocks of {}", origin(&self.teacher)))
            }
        }
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
        self.recipe.run.check_places(places)?;
        let device = &places.first.device;
        create_folder(self.folder())?;
        let mut trainer = self.trainer(device)?;
        trainer.replicate(places);
        let config = &self.teacher.description().config;
        let channels = self.student().model_channels;
        let objective = |device: &Device| -> Result<GuidedDistillation, TrainError> {
            let teacher = frozen(&self.teacher, device)?;
            Ok(GuidedDistillation::new(teacher, channels, self.recipe.guidance, &config.diffusion))
        };
        let beside = places.others.iter().map(|place| objective(&place.device)).collect::<Result<_, _>>()?;
        let objective = objective(device)?;
        let encoders = self.recipe.data.encoders(&self.teacher, device)?;
        let config = ModelConfig { unet: self.student().clone(), ..config.clone() };
        let clips = self.recipe.clips.clips(&self.recipe.data, self.recipe.run.seed, watch)?;
        let clips = EncodedClips::new(self.recipe.clips, clips, encoders);
        let mut stage = DistilStage::new(&self.recipe, config, objective, clips).beside(beside);
        fit(&mut stage, &mut trainer, &self.recipe.run.fit_options(cancel), watch)
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        let recurring = self.recipe.clips.clips(&self.recipe.data, self.recipe.run.seed, watch)?.recurring();
        let config = &self.teacher.description().config;
        let file = self.teacher.checkpoint().into();
        Ok(Some(self.recipe.estimate(config, self.student(), file, recurring, Target::of(device))?))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let (base, name) = match &self.source {
            Source::File(file) => (file.as_ref(), file.description().name.clone()),
            Source::Cut(cut) => (&self.teacher, cut.name().to_owned()),
        };
        let mut description = student_description(base, self.student());
        description.name = name;
        // What it learned is the guided prediction: guidance on top of it would be twice as much.
        description.limits.default_guidance = NO_GUIDANCE;
        describe(&mut description, "hummingbird train distil", &trainer.position);
        write_student(self.output(), base, &description, trainer.export_ema())?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
