//! `hummingbird train turbo`: stage 2 of the paper. A distilled student learns to make a clip in a few steps, with feedback from
//! scorers of pictures and of clips.
//!
//! `stage` draws batches and shows samples; here are the recipe and the run.

mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use hummingbird_judges::{ImageScorer, VideoScorer};
use serde::{Deserialize, Serialize};

use self::stage::{Scorers, TurboStage};
use super::RecipeRun;
use super::clips::{ClipSettings, EncodedClips};
use super::common::{Student, create_folder, describe, frozen, model_at, origin};
use super::estimate::{Estimate, MetaEncoders, Plan, Stored, StudentWeights, Weights};
use super::prune::{student_description, write_student_of};
use super::samples::CLIPS;
use super::scorers::{ImageSettings, VideoSettings, VideoTokens};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use crate::model::{ModelConfig, Reuse, SamplerKind};
use crate::nn::adapter::{Branches, at_most};
use crate::nn::config::UNetConfig;
use crate::nn::cost::{Cost, Target};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{Init, ParamLoader, ParamSource};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use crate::training::TrainError;
use crate::training::adapters::{MergedBranches, WithBranches};
use crate::training::objectives::consistency::{Consistency, ConsistencySettings};
use crate::training::objectives::feedback::{Feedback, Judges, LossWeights};
use crate::training::objectives::guided_distillation::Teacher;
use crate::training::prune::{BlockMap, Pruned, params_of};
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainPlaces, Trainer, fit};
use crate::weights::{FileError, ModelFile, SeededStart};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Width of the guidance embedding, as in the reference.
const EMBEDDING: usize = 256;
/// Largest guidance of a model's description.
const MOST_GUIDANCE: f32 = 30.0;
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
    /// How the guidance's projection starts in a student that has none.
    pub projection: ProjectionStart,
    /// Where the few-step student is written.
    pub output: PathBuf,
    /// Its default number of steps.
    pub steps: u32,
    /// Its default guidance, on the scale of `guidance`.
    pub default_guidance: f32,
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
    /// Which of them come again, and what is kept of them.
    pub clips: ClipSettings,
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
            projection: ProjectionStart::default(),
            output: PathBuf::from("turbo.safetensors"),
            steps: 4,
            default_guidance: 7.5,
            consistency: ConsistencySettings::default(),
            weights: LossWeights::default(),
            image: ImageSettings::default(),
            video: VideoSettings::default(),
            data: DataSettings::turbo(),
            clips: ClipSettings::default(),
            dropout: DropoutRates::consistency(),
            optimizer: OptimizerSettings::consistency(),
            run: RunSettings { folder: PathBuf::from("runs/turbo"), keep: 20, ..RunSettings::default() },
        }
    }
}

/// How the guidance's projection starts. Its own values are never trained, only its branch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectionStart {
    /// As a layer of torch, like the reference: each guidance shifts the timestep's embedding by a random vector, which the student has to
    /// learn to do without.
    #[default]
    Random,
    /// At zero: the student begins as it was distilled.
    Zero,
}

/// The parameters that a student's own file lacks, which is the guidance's projection alone.
struct Fresh {
    seeded: SeededStart,
    start: ProjectionStart,
}

impl ParamSource for Fresh {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        match self.start {
            ProjectionStart::Random => self.seeded.values(name, shape, init),
            ProjectionStart::Zero => self.seeded.values(name, shape, Init::Zeros),
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
        let teacher = model_at(self.teacher.as_deref(), "teacher")?;
        let student = model_at(self.student.as_deref(), "student")?;
        let kind = |file: &ModelFile| file.description().config.diffusion.parameterization;
        if kind(&student) != kind(&teacher) {
            let [student, teacher] = [&student, &teacher].map(|file| file.checkpoint().path().to_owned());
            return Err(TrainError::Parameterizations { student, teacher });
        }
        self.data.check(&student.description().config)?;
        let config = conditioned(&student.description().config.unet);
        Ok(TurboRun { recipe: self, teacher, student, config })
    }

    fn check(&self) -> Result<(), TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        self.image.check()?;
        self.clips.check()?;
        let ConsistencySettings { huber_c, fps, empty_fps, ddim_steps, timestep_scaling, sigma_data } =
            self.consistency;
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        let [from, to] = self.guidance;
        ensure("rank", self.rank, (1..=MOST_RANK).contains(&self.rank))?;
        ensure("guidance", format!("{from} to {to}"), from.is_finite() && to.is_finite() && from < to)?;
        ensure("steps", self.steps, (1..=50).contains(&self.steps))?;
        let default = self.default_guidance;
        ensure("default_guidance", default, (0.0..=MOST_GUIDANCE).contains(&default))?;
        ensure("consistency.huber_c", huber_c, is_positive(huber_c))?;
        ensure("consistency.fps", fps, is_positive(f64::from(fps)))?;
        ensure("consistency.empty_fps", empty_fps, is_positive(f64::from(empty_fps)))?;
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

/// A network with a place for the guidance.
fn conditioned(own: &UNetConfig) -> UNetConfig {
    UNetConfig { time_cond_proj_dim: Some(own.time_cond_proj_dim.unwrap_or(EMBEDDING)), ..own.clone() }
}

/// What a run is made of, without values.
pub(super) struct Parts<'a> {
    /// The teacher's network.
    pub teacher: &'a UNetConfig,
    /// Where its weights are.
    pub teacher_file: Stored<'a>,
    /// The student's model as it begins.
    pub student: &'a ModelConfig,
    /// Where its weights are.
    pub student_file: Stored<'a>,
    /// Clips that come again.
    pub recurring: u64,
    /// Scorer of pictures.
    pub image: Option<(ImageScorer, Weights)>,
    /// Scorer of clips.
    pub video: Option<(VideoScorer, Weights)>,
}

impl TurboRecipe {
    /// What a run of these parts will hold and compute.
    ///
    /// # Errors
    /// When a clip is too short or too narrow for its scorer.
    pub(super) fn estimate(&self, parts: Parts<'_>, target: Target) -> Result<Estimate, TrainError> {
        let Self { run, data, optimizer, dropout, consistency, weights, rank, steps, .. } = self;
        let Parts { teacher, teacher_file, student: whole, student_file: file, recurring, image, video } = parts;
        let config = ModelConfig { unet: conditioned(&whole.unet), ..whole.clone() };
        let ranks = at_most(*rank);
        let [teachers, students] = [ParamLoader::names_only(), ParamLoader::names_only().with_adapters(&ranks)];
        let unet = UNet::init(teacher, &teachers.path(UNET_PREFIX))?;
        let student = UNet::init(&config.unet, &students.path(UNET_PREFIX))?;
        let teacher = Teacher { unet, channels: teacher.model_channels };
        let (image_scorer, image_weights) = image.unzip();
        let (video_scorer, video_weights) = video.unzip();
        let looks = Scorers::new(video_scorer.as_ref(), None, data, self.image.frames)?.looks();
        let embedding = config.unet.time_cond_proj_dim.unwrap_or(EMBEDDING);
        let beta_ends = whole.diffusion.beta_ends();
        let consistency = Consistency::new(teacher, config.unet.model_channels, embedding, *consistency, beta_ends);
        let decoders = ParamLoader::names_only();
        let judges = Judges {
            decoder: VaeDecoder::init(&whole.vae, &decoders.path(VAE_PREFIX))?,
            scale_factor: whole.diffusion.scale_factor,
            image: image_scorer,
            video: video_scorer,
        };
        let objective = Feedback::new(consistency, judges, *weights);
        let encoders = MetaEncoders::new(&config)?;
        let frozen = Weights::frozen(&teachers.into_registry(), teacher_file, target)
            .and(encoders.weights(file, target))
            // The decoder's pages are there already where they are used in their file.
            .and(Weights { mapped: 0, ..Weights::frozen(&decoders.into_registry(), file, target) })
            .and(image_weights.unwrap_or_default())
            .and(video_weights.unwrap_or_default());
        let clip = data.size().shape(&config);
        let plan = Plan {
            target,
            run,
            is_mean: true,
            optimizer,
            dropout: *dropout,
            student: StudentWeights::branches(&students.into_registry(), file, target),
            frozen,
            batch: encoders.cost(target, run.batch, &data.size()),
            clip_bytes: clip.bytes(target.element_bytes),
            kept: self.clips.kept_bytes(recurring, run, &data.size(), &config),
            validation: Cost::default(),
            grid: encoders.cost_of_grid(target, &student, clip.of(CLIPS), *steps as usize),
        };
        Ok(plan.estimate(|tracer, clips, mode| objective.cost(tracer, &student, &clip.of(clips), looks, mode)))
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
        let fresh = Fresh { seeded: SeededStart { seed: self.recipe.run.seed }, start: self.recipe.projection };
        with(&pruned.starting(&fresh))
    }

    /// The student as its newest checkpoint has it, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<UNet>, TrainError> {
        let TurboRecipe { run, optimizer, rank, dropout, .. } = &self.recipe;
        let seeded = SeededStart { seed: run.seed };
        let ranks = at_most(*rank);
        self.starting(|model| {
            let weights = WithBranches { model, branches: &seeded };
            let student = Student {
                config: &self.config,
                weights: &weights,
                origin: origin(&self.student),
                branches: Some(Branches::unscaled(&ranks)),
                run,
                optimizer,
                dropout: *dropout,
            };
            student.resume(TurboStage::NAME, device)
        })
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
        create_folder(self.folder())?;
        let mut trainer = self.trainer(device)?;
        trainer.replicate(places);
        let whole = &self.student.description().config;
        let consistency = |device: &Device| -> Result<Consistency, TrainError> {
            let teacher = frozen(&self.teacher, device)?;
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
        let scorers = Scorers::new(judges.video.as_ref(), tokens, data, self.recipe.image.frames)?;
        let objective = Feedback::new(consistency(device)?, judges, *weights);
        let encoders = self.recipe.data.encoders(&self.student, device)?;
        let config = ModelConfig { unet: self.config.clone(), ..whole.clone() };
        let clips = EncodedClips::new(self.recipe.clips, self.recipe.clips.clips(data, run.seed, watch)?, encoders);
        let mut stage = TurboStage::new(&self.recipe, config, objective, scorers, clips).beside(beside);
        fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        let TurboRecipe { run, data, clips, image, video, .. } = &self.recipe;
        let recurring = clips.clips(data, run.seed, watch)?.recurring();
        let target = Target::of(device);
        let parts = Parts {
            teacher: &self.teacher.description().config.unet,
            teacher_file: self.teacher.checkpoint().into(),
            student: &self.student.description().config,
            student_file: self.student.checkpoint().into(),
            recurring,
            image: image.meta(target)?,
            video: video.meta(target)?,
        };
        Ok(Some(self.recipe.estimate(parts, target)?))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let factors = trainer.export_ema();
        let mut description = student_description(&self.student, &self.config);
        description.limits.sampler = SamplerKind::Turbo;
        description.limits.default_steps = self.recipe.steps;
        description.limits.default_guidance = self.recipe.default_guidance;
        description.limits.default_reuse = Reuse::Off;
        describe(&mut description, "hummingbird train turbo", &trainer.position);
        let unet: Vec<(String, Vec<usize>)> =
            params_of(&self.config)?.into_iter().map(|param| (param.name, param.shape)).collect();
        self.starting(|model| {
            let merged = MergedBranches::new(model, &factors);
            write_student_of(self.output(), &self.student, &description, &unet, &mut |name, shape| {
                // What a layer's start would be is of no matter: all but the projection is in the file.
                let init = Init::Uniform { fan_in: shape.iter().skip(1).product::<usize>().max(1) };
                merged.values(name, shape, init)
            })
        })?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
