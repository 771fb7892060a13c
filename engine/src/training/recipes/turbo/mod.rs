//! `hummingbird train turbo`: stage 2 of the paper. A distilled student learns to make a clip in a few steps, with feedback from
//! scorers of pictures and of clips.
//!
//! `stage` draws batches and shows samples, `scorers` opens what judges; here are the recipe and the run.

mod scorers;
mod stage;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::{Action, CancelToken, WriteError};
use serde::{Deserialize, Serialize};

use self::scorers::VideoTokens;
pub use self::scorers::{ImageSettings, VideoKind, VideoSettings};
use self::stage::{Scorers, TurboStage};
use super::RecipeRun;
use super::encoders::Encoders;
use super::prune::{student_description, write_student};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use crate::model::{ModelConfig, ModelSource, SamplerKind};
use crate::nn::adapter::at_most;
use crate::nn::config::UNetConfig;
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamSource};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use crate::training::TrainError;
use crate::training::adapters::{MergedBranches, WithBranches};
use crate::training::objectives::consistency::{Consistency, ConsistencySettings};
use crate::training::objectives::feedback::{Feedback, Judges, LossWeights};
use crate::training::objectives::guided_distillation::Teacher;
use crate::training::prune::{BlockMap, Pruned, params_of};
use crate::training::recipe::RecipeError;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainPlaces, TrainSetup, TrainStart, Trainer, fit};
use crate::weights::{ModelFile, SeededStart};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Width of the guidance embedding, as in the reference.
const EMBEDDING: usize = 256;
/// Largest rank of branches.
const MOST_RANK: usize = 1 << 14;

/// What learns to be quick, and from what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurboRecipe {
    /// The teacher's file.
    pub teacher: Option<PathBuf>,
    /// The student's file.
    pub student: Option<PathBuf>,
    /// Largest rank of the branches.
    pub rank: usize,
    /// Guidance is drawn from the first to below the second.
    pub guidance: [f32; 2],
    /// Where the few-step student is written.
    pub output: PathBuf,
    /// Its default number of steps.
    pub steps: u32,
    /// Numbers of the objective.
    pub consistency: ConsistencySettings,
    /// Weights of the parts of the loss.
    pub weights: LossWeights,
    /// Scorer of pictures.
    pub image: ImageSettings,
    /// Scorer of clips.
    pub video: VideoSettings,
    /// Clips.
    pub data: DataSettings,
    /// What is dropped of the student's values.
    pub dropout: DropoutRates,
    /// How branches are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

impl Default for TurboRecipe {
    fn default() -> Self {
        Self {
            teacher: None,
            student: None,
            rank: 64,
            guidance: [5.0, 15.0],
            output: PathBuf::from("turbo.safetensors"),
            steps: 4,
            consistency: ConsistencySettings::default(),
            weights: LossWeights::default(),
            image: ImageSettings::default(),
            video: VideoSettings::default(),
            data: DataSettings::turbo(),
            dropout: DropoutRates::consistency(),
            optimizer: OptimizerSettings::consistency(),
            run: RunSettings { folder: PathBuf::from("runs/turbo"), keep: 20, ..RunSettings::default() },
        }
    }
}

/// What a run needs, checked and opened.
pub struct TurboRun {
    recipe: TurboRecipe,
    teacher: ModelFile,
    student: ModelFile,
    /// The student's network, with the guidance as a condition.
    config: UNetConfig,
}

impl TurboRecipe {
    /// Checks the recipe and opens its models; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self) -> Result<TurboRun, TrainError> {
        self.check()?;
        let open = |path: &Option<PathBuf>, key| -> Result<ModelFile, TrainError> {
            let path = path.clone().ok_or(RecipeError::Missing { key })?;
            Ok(ModelFile::open(&ModelSource::File(path))?)
        };
        let teacher = open(&self.teacher, "teacher")?;
        let student = open(&self.student, "student")?;
        let kind = |file: &ModelFile| file.description().config.diffusion.parameterization;
        if kind(&student) != kind(&teacher) {
            let [student, teacher] = [&student, &teacher].map(|file| file.checkpoint().path().to_owned());
            return Err(TrainError::Parameterizations { student, teacher });
        }
        self.data.check(&student.description().config)?;
        let own = &student.description().config.unet;
        let config =
            UNetConfig { time_cond_proj_dim: Some(own.time_cond_proj_dim.unwrap_or(EMBEDDING)), ..own.clone() };
        Ok(TurboRun { recipe: self, teacher, student, config })
    }

    fn check(&self) -> Result<(), TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        self.image.check()?;
        let ConsistencySettings { huber_c, fps, ddim_steps, timestep_scaling, sigma_data } = self.consistency;
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        let [from, to] = self.guidance;
        ensure("rank", self.rank, (1..=MOST_RANK).contains(&self.rank))?;
        ensure("guidance", format!("{from} to {to}"), from.is_finite() && to.is_finite() && from < to)?;
        ensure("steps", self.steps, (1..=50).contains(&self.steps))?;
        ensure("consistency.huber_c", huber_c, is_positive(huber_c))?;
        ensure("consistency.fps", fps, is_positive(f64::from(fps)))?;
        ensure("consistency.ddim_steps", ddim_steps, ddim_steps > 0 && 1000_usize.is_multiple_of(ddim_steps))?;
        ensure("consistency.timestep_scaling", timestep_scaling, is_positive(timestep_scaling))?;
        ensure("consistency.sigma_data", sigma_data, is_positive(sigma_data))?;
        let LossWeights { distil, image, video } = self.weights;
        for (key, weight) in [("weights.distil", distil), ("weights.image", image), ("weights.video", video)] {
            ensure(key, weight, weight.is_finite() && weight >= 0.0)?;
        }
        Ok(())
    }
}

impl TurboRun {
    /// Calls `with` with the student's weights before its training; the guidance's projection begins anew where it has none.
    fn starting<T>(&self, with: impl FnOnce(&dyn ParamSource) -> Result<T, TrainError>) -> Result<T, TrainError> {
        let own = &self.student.description().config.unet;
        let unfit = |unfit: crate::training::prune::PruneUnfit| TrainError::Prune {
            path: self.student.checkpoint().path().to_owned(),
            detail: unfit.into(),
        };
        let map = BlockMap::new(&self.config, own).map_err(unfit)?;
        let pruned = Pruned::new(&self.config, map, self.student.checkpoint())?;
        let fresh = SeededStart { seed: self.recipe.run.seed };
        with(&pruned.starting(&fresh))
    }

    /// The student as its newest checkpoint has it, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<UNet>, TrainError> {
        let TurboRecipe { run, optimizer, rank, dropout, .. } = &self.recipe;
        let branches = SeededStart { seed: run.seed };
        let ranks = at_most(*rank);
        let mut trainer = self.starting(|model| {
            let weights = WithBranches { model, branches: &branches };
            let origin = Some(format!("the model with SHA-256 {}", self.student.sha256()));
            let start = TrainStart { weights: &weights, seed: run.seed, origin };
            let setup = TrainSetup { start, settings: optimizer.trainer(), device, adapters: Some(&ranks) };
            Trainer::resume(&run.folder, TurboStage::NAME, setup, |loader| {
                UNet::init(&self.config, &loader.path(UNET_PREFIX))
            })
        })?;
        trainer.options = run.step_options();
        trainer.dropout = *dropout;
        Ok(trainer)
    }
}

impl RecipeRun for TurboRun {
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
        let TurboRecipe { run, data, consistency, weights, .. } = &self.recipe;
        run.check_places(places)?;
        let device = &places.first.device;
        let io = |source| WriteError::Io { action: Action::Create, path: run.folder.clone(), source };
        fs::create_dir_all(&run.folder).map_err(io)?;
        let mut trainer = self.trainer(device)?;
        trainer.replicate(places);
        let whole = &self.student.description().config;
        let consistency = |device: &Device| -> Result<Consistency, TrainError> {
            let unet = &self.teacher.description().config.unet;
            let loader = ParamLoader::new(&self.teacher, device);
            let teacher = Teacher { unet: UNet::init(unet, &loader.path(UNET_PREFIX))?, channels: unet.model_channels };
            let embedding = self.config.time_cond_proj_dim.unwrap_or(EMBEDDING);
            let beta_ends = whole.diffusion.beta_ends();
            let channels = self.config.model_channels;
            Ok(Consistency::new(teacher, channels, embedding, *consistency, beta_ends)
                .predicting(whole.diffusion.parameterization))
        };
        let judges = |device: &Device| -> Result<(Judges, Option<VideoTokens>), TrainError> {
            let (video, tokens) = self.recipe.video.load(device)?.unzip();
            let loader = ParamLoader::new(&self.student, device);
            let decoder = VaeDecoder::init(&whole.vae, &loader.path(VAE_PREFIX))?;
            let image = self.recipe.image.load(device)?;
            Ok((Judges { decoder, scale_factor: whole.diffusion.scale_factor, image, video }, tokens))
        };
        let beside = (places.others.iter())
            .map(|place| Ok(Feedback::new(consistency(&place.device)?, judges(&place.device)?.0, *weights)))
            .collect::<Result<_, TrainError>>()?;
        let (judges, tokens) = judges(device)?;
        let scorers = Scorers::new(&judges, tokens, data, self.recipe.image.frames)?;
        let objective = Feedback::new(consistency(device)?, judges, *weights);
        let encoders = Encoders::load(&self.student, device)?;
        let config = ModelConfig { unet: self.config.clone(), ..whole.clone() };
        let clips = data.clips(run.seed, watch)?;
        let mut stage = TurboStage::new(&self.recipe, config, objective, scorers, encoders, clips).beside(beside);
        fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let factors = trainer.export_ema();
        let unet = self.starting(|model| {
            let merged = MergedBranches::new(model, &factors);
            let values = |param: crate::nn::params::RegisteredParam| -> Result<NamedTensor, TrainError> {
                // What a layer's start would be is of no matter: all but the projection is in the file.
                let init = Init::Uniform { fan_in: param.shape.iter().skip(1).product::<usize>().max(1) };
                let values = merged.values(&param.name, &param.shape, init)?;
                Ok(NamedTensor { name: param.name, shape: param.shape, values })
            };
            params_of(&self.config)?.into_iter().map(values).collect::<Result<Vec<_>, _>>()
        })?;
        let mut description = student_description(&self.student, &self.config);
        let position = &trainer.position;
        description.limits.sampler = SamplerKind::Turbo;
        description.limits.default_steps = self.recipe.steps;
        description.provenance.command = "hummingbird train turbo".to_owned();
        description.provenance.seed = position.seed;
        description.provenance.notes = format!(
            "{} updates, {} clips, {:.1} hours; began as {}",
            position.step,
            position.samples,
            position.elapsed_secs / 3600.0,
            position.origin.as_deref().unwrap_or("it was")
        );
        write_student(self.output(), &self.student, &description, unet)?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
