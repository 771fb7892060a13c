//! `hummingbird train lora`: a model learns the style of a user's clips and pictures. Low-rank branches are trained by the model's own
//! objective and written as a LoRA in names that other programs read.
//!
//! `targets` says which layers get a branch, `prior` makes clips that keep what the model knew, `stage` draws batches and shows
//! samples; here are the recipe, the run and what its file says.

mod prior;
mod stage;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::prior::PriorClips;
pub use self::prior::PriorSettings;
use self::stage::LoraStage;
pub use self::targets::{Axes, Targets};
use super::RecipeRun;
use super::common::{Student, create_folder, model_at, origin};
use super::estimate::{Estimate, MetaEncoders, Plan, StudentWeights};
use super::samples::CLIPS;
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure, tell_left_out};
use crate::model::{ModelSource, Parameterization};
use crate::nn::adapter::Branches;
use crate::nn::cost::{Cost, Target};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::ParamLoader;
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::TrainError;
use crate::training::adapters::WithBranches;
use crate::training::datasets::folder::FolderClips;
use crate::training::objectives::adaptation::Adaptation;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainPosition, Trainer, fit};
use crate::weights::{LoraNames, ModelFile, NewLora, SeededStart, write_lora};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Name of the loss curve and of the checkpoints of a run.
pub const STAGE: &str = LoraStage::NAME;
/// Largest rank of branches.
const MOST_RANK: usize = 1 << 14;
/// Key of our own description in the header of the file.
pub const LORA_METADATA_KEY: &str = "hummingbird_lora";
/// Its version.
const LORA_FORMAT_VERSION: u32 = 1;

/// What a model learns, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraRecipe {
    /// The model's file; without it, the embedded one.
    pub model: Option<PathBuf>,
    /// Largest rank of the branches.
    pub rank: usize,
    /// What branches add is multiplied by `alpha / rank`.
    pub alpha: f32,
    /// Kinds of layers that get a branch.
    pub targets: Targets,
    /// Of these, those inside of frames, between them, or both.
    pub axes: Axes,
    /// Share of the clips whose caption is left out.
    pub drop_captions: f32,
    /// Where the LoRA is written.
    pub output: PathBuf,
    /// In whose names.
    pub output_format: LoraNames,
    /// Prior preservation.
    pub prior: PriorSettings,
    /// Clips.
    pub data: DataSettings,
    /// What is dropped of the values.
    pub dropout: DropoutRates,
    /// How branches are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

impl Default for LoraRecipe {
    fn default() -> Self {
        Self {
            model: None,
            rank: 16,
            alpha: 16.0,
            targets: Targets::default(),
            axes: Axes::default(),
            drop_captions: 0.1,
            output: PathBuf::from("lora.safetensors"),
            output_format: LoraNames::default(),
            prior: PriorSettings::default(),
            data: DataSettings::adaptation(),
            dropout: DropoutRates::default(),
            optimizer: OptimizerSettings::adaptation(),
            run: RunSettings {
                folder: PathBuf::from("runs/lora"),
                updates: 1000,
                checkpoint_secs: 60.0,
                grid_secs: 300.0,
                ..RunSettings::default()
            },
        }
    }
}

/// What a run needs, checked and opened.
pub struct LoraRun {
    recipe: LoraRecipe,
    model: ModelFile,
    clips: FolderClips,
    /// Layers that get a branch.
    layers: HashSet<String>,
}

impl LoraRecipe {
    /// Checks the recipe and opens its model and its clips; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used, or no clip can.
    pub fn open(mut self) -> Result<LoraRun, TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        self.prior.check()?;
        ensure("rank", self.rank, (1..=MOST_RANK).contains(&self.rank))?;
        ensure("alpha", self.alpha, self.alpha.is_finite() && self.alpha > 0.0)?;
        ensure("drop_captions", self.drop_captions, (0.0..=1.0).contains(&self.drop_captions))?;
        let model = match &self.model {
            Some(path) => model_at(Some(path), "model")?,
            None => ModelFile::open(&ModelSource::Embedded)?,
        };
        let config = &model.description().config;
        self.data = self.data.or_own_of(&model.description().limits);
        self.data.check(config)?;
        let layers = targets::layers(&config.unet, self.targets, self.axes)?;
        let clips = self.data.clips_and_pictures(self.run.seed)?;
        Ok(LoraRun { recipe: self, model, clips, layers })
    }
}

impl LoraRun {
    /// The model as it is sampled with the branches of the newest checkpoint, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<UNet>, TrainError> {
        let LoraRecipe { run, optimizer, rank, alpha, dropout, .. } = &self.recipe;
        let ranks = |layer: &str, [inputs, outputs]: [usize; 2]| {
            self.layers.contains(layer).then(|| (*rank).min(inputs).min(outputs))
        };
        let seeded = SeededStart { seed: run.seed };
        let weights = WithBranches { model: &self.model, branches: &seeded };
        let student = Student {
            config: &self.model.description().config.unet,
            weights: &weights,
            origin: origin(&self.model),
            branches: Some(Branches { ranks: &ranks, scale: alpha / *rank as f32 }),
            run,
            optimizer,
            dropout: *dropout,
        };
        student.resume(LoraStage::NAME, device)
    }

    /// The recipe as it may be read by others: where files lie on this machine is nobody's business.
    fn without_places(&self) -> LoraRecipe {
        let mut recipe = self.recipe.clone();
        let name = |path: &Path| PathBuf::from(path.file_name().unwrap_or_default());
        recipe.model = recipe.model.as_deref().map(name);
        recipe.output = name(&recipe.output);
        recipe.data.folder = recipe.data.folder.as_deref().map(name);
        recipe.run.folder = name(&recipe.run.folder);
        recipe
    }

    /// What the header of the file says, in the keys that others know and in one of our own.
    fn metadata(&self, position: &TrainPosition) -> Vec<(&'static str, String)> {
        let LoraRecipe { data, optimizer, run, prior, drop_captions, output, .. } = &self.recipe;
        let description = self.model.description();
        let title = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = self.model.checkpoint().path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let trigger = data.trigger.clone().unwrap_or_default();
        let prediction = match description.config.diffusion.parameterization {
            Parameterization::Eps => "epsilon",
            Parameterization::V => "v",
        };
        let resolution = format!("{}x{}", data.width, data.height);
        let own = json!({
            "format_version": LORA_FORMAT_VERSION,
            "program": concat!("hummingbird ", env!("CARGO_PKG_VERSION")),
            "command": "hummingbird train lora",
            "trigger": data.trigger,
            "base_model": { "name": description.name, "sha256": self.model.sha256() },
            "seed": position.seed.to_string(),
            "updates": position.step,
            "clips_seen": position.samples,
            "clips": self.clips.clips(),
            "recipe": serde_json::to_value(self.without_places()).unwrap_or_default(),
        });
        vec![
            ("modelspec.sai_model_spec", "1.0.0".to_owned()),
            ("modelspec.architecture", format!("hummingbird/{}/lora", description.name)),
            ("modelspec.implementation", "hummingbird".to_owned()),
            ("modelspec.title", title.clone()),
            ("modelspec.trigger_phrase", trigger),
            ("modelspec.prediction_type", prediction.to_owned()),
            ("modelspec.resolution", resolution.clone()),
            ("ss_output_name", title),
            ("ss_base_model_version", format!("hummingbird/{}", description.name)),
            ("ss_sd_model_name", file),
            ("ss_new_sd_model_hash", self.model.sha256().to_owned()),
            ("ss_resolution", resolution),
            ("ss_learning_rate", optimizer.learning_rate.to_string()),
            ("ss_optimizer", "AdamW".to_owned()),
            ("ss_max_grad_norm", optimizer.clip_norm.to_string()),
            ("ss_seed", position.seed.to_string()),
            ("ss_steps", position.step.to_string()),
            ("ss_max_train_steps", run.updates.to_string()),
            ("ss_total_batch_size", run.batch.to_string()),
            ("ss_gradient_accumulation_steps", run.accumulate.to_string()),
            ("ss_gradient_checkpointing", if run.checkpoint_activations { "True" } else { "False" }.to_owned()),
            ("ss_num_train_images", self.clips.clips().to_string()),
            ("ss_num_reg_images", if prior.weight > 0.0 { prior.clips } else { 0 }.to_string()),
            ("ss_prior_loss_weight", prior.weight.to_string()),
            ("ss_caption_dropout_rate", drop_captions.to_string()),
            (LORA_METADATA_KEY, own.to_string()),
        ]
    }
}

impl RecipeRun for LoraRun {
    fn folder(&self) -> &Path {
        &self.recipe.run.folder
    }

    fn output(&self) -> &Path {
        &self.recipe.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        let LoraRecipe { prior, data, run, .. } = &self.recipe;
        create_folder(self.folder())?;
        tell_left_out(&self.clips, watch);
        let encoders = self.recipe.data.encoders(&self.model, device)?;
        let kept = if prior.weight > 0.0 {
            let clips = PriorClips { model: &self.model, settings: prior, data, folder: self.folder(), seed: run.seed };
            match clips.make(&encoders, device, cancel, watch) {
                Err(TrainError::Cancelled(_)) => return Ok(false),
                made => made?,
            }
        } else {
            Vec::new()
        };
        let mut trainer = self.trainer(device)?;
        let mut stage = LoraStage::new(&self.recipe, self.model.description(), encoders, &self.clips, kept);
        let finished = fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)?;
        // Clips that became unreadable in the meantime.
        tell_left_out(&self.clips, watch);
        Ok(finished)
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        let LoraRecipe { run, data, optimizer, dropout, prior, rank, .. } = &self.recipe;
        tell_left_out(&self.clips, watch);
        let target = Target::of(device);
        let (file, description) = (self.model.checkpoint(), self.model.description());
        let config = &description.config;
        let ranks = |layer: &str, [inputs, outputs]: [usize; 2]| {
            self.layers.contains(layer).then(|| (*rank).min(inputs).min(outputs))
        };
        let params = ParamLoader::names_only().with_adapters(&ranks);
        let unet = UNet::init(&config.unet, &params.path(UNET_PREFIX))?;
        let limits = &description.limits;
        let objective = Adaptation::new(config, limits.sampler, limits.default_guidance, prior.weight);
        let encoders = MetaEncoders::new(config)?;
        let clip = data.size().shape(config);
        // Each of the prior's clips goes through the network beside one of the folder's.
        let each = if prior.weight > 0.0 { 2 } else { 1 };
        let plan = Plan {
            target,
            run,
            is_mean: true,
            optimizer,
            dropout: *dropout,
            student: StudentWeights::branches(&params.into_registry(), file, target),
            frozen: encoders.weights(file, target),
            batch: encoders.cost(target, 1, &data.size()).times(run.batch),
            clip_bytes: each * clip.bytes(target.element_bytes),
            kept: 0,
            validation: Cost::default(),
            grid: encoders.cost_of_grid(target, &unet, clip.of(CLIPS), limits.default_steps as usize),
        };
        Ok(Some(plan.estimate(|tracer, clips, mode| objective.cost(tracer, &unet, &clip.of(each * clips), mode))))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let factors = trainer.export_ema();
        let metadata = self.metadata(&trainer.position);
        let LoraRecipe { rank, alpha, output_format, .. } = self.recipe;
        let base = self.model.description().name.as_str();
        let lora = NewLora { factors: &factors, rank, alpha, base, metadata: &metadata };
        write_lora(self.output(), output_format, &lora)?;
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
