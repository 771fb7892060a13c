//! `hummingbird train scorer`: a scorer of pictures or of clips from nothing, by contrast: what `turbo` takes feedback from where
//! the published ones are too large or know other things.
//!
//! `stage` draws batches and validates; here are the recipe and the run.

mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use hummingbird_judges::config::{ClipConfig, ClipTextConfig, ClipVisionConfig, ViClipConfig, ViClipVisionConfig};
use hummingbird_judges::preprocess::{Framing, Squaring};
use hummingbird_judges::{ImageScorer, VideoScorer};
use serde::{Deserialize, Serialize};

use self::stage::{ScorerStage, WORDS};
use super::RecipeRun;
use super::common::{create_folder, notes};
use super::estimate::{Estimate, Plan, Stored, StudentWeights, Weights};
use super::scorers::{ScorerDescription, ScorerNetwork};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use super::vae::VaeFile;
use crate::model::ModelProvenance;
use crate::nn::config::{CLIP_VOCABULARY, VaeConfig};
use crate::nn::cost::{Cost, Target, Tracer};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamRegistry};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::TrainError;
use crate::training::datasets::synthetic::Contrast;
use crate::training::objectives::contrastive::{Contrastive, TwoTowers};
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainSetup, TrainStart, Trainer, fit};
use crate::weights::{FileError, SeededStart};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Colours of a pixel.
const RGB: usize = 3;

/// What is scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScorerKind {
    /// Single frames.
    #[default]
    Image,
    /// Clips.
    Video,
}

/// What is trained on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScorerRecipe {
    /// What is scored.
    pub kind: ScorerKind,
    /// Where the scorer is written.
    pub output: PathBuf,
    /// In what the drawn clips of a group differ; without it subjects for pictures, motions for clips.
    pub contrast: Option<Contrast>,
    /// What cosines are divided by.
    pub temperature: f64,
    /// A model or an autoencoder by which a part of the clips is encoded and decoded, as those that are scored later were.
    pub autoencoder: Option<PathBuf>,
    /// The share of that part.
    pub decoded: f64,
    /// Noise on its latents, up to this share of their own spread.
    pub latent_noise: f32,
    /// Of pictures, the share of the updates in which drawn subjects come from the middle of the picture to where clips have them.
    pub gathered: f64,
    /// The share of the updates, at the beginning, in which captions of drawn clips are contrasted with others of the same clips alone.
    pub texts_first: f64,
    /// Sizes.
    pub network: NetworkSettings,
    /// Clips.
    pub data: DataSettings,
    /// How weights are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

/// The table `network`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkSettings {
    /// Side of the squares that frames become, in pixels.
    pub side: usize,
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Channels of a patch's token.
    pub width: usize,
    /// Blocks over patches.
    pub layers: usize,
    /// Channels of a text's token.
    pub text_width: usize,
    /// Blocks over texts.
    pub text_layers: usize,
    /// Token ids of a text.
    pub text_tokens: usize,
    /// Channels of an attention head, in both towers.
    pub head_width: usize,
    /// Channels of the features.
    pub channels: usize,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            side: 96,
            // Smaller ones learned shapes more slowly, and cost four times as much.
            patch: 16,
            width: 96,
            layers: 4,
            text_width: 64,
            text_layers: 2,
            text_tokens: 32,
            head_width: 16,
            channels: 64,
        }
    }
}

impl NetworkSettings {
    fn text(&self) -> ClipTextConfig {
        ClipTextConfig {
            context_length: self.text_tokens,
            vocab_size: CLIP_VOCABULARY,
            width: self.text_width,
            heads: self.text_width / self.head_width.max(1),
            layers: self.text_layers,
        }
    }

    fn image(&self) -> ClipConfig {
        let Self { side, patch, width, layers, head_width, channels, .. } = *self;
        let vision_cfg =
            ClipVisionConfig { image_size: side, layers, width, head_width, patch_size: patch, mlp_ratio: 4.0 };
        ClipConfig { embed_dim: channels, vision_cfg, text_cfg: self.text() }
    }

    fn video(&self, frames: usize) -> ViClipConfig {
        let Self { side, patch, width, layers, head_width, channels, .. } = *self;
        let vision = ViClipVisionConfig {
            input_resolution: side,
            patch_size: patch,
            width,
            layers,
            heads: width / head_width.max(1),
            num_frames: frames,
        };
        ViClipConfig { embed_dim: channels, vision, text: self.text() }
    }
}

impl Default for ScorerRecipe {
    fn default() -> Self {
        Self {
            kind: ScorerKind::Image,
            output: PathBuf::from("scorer.safetensors"),
            contrast: None,
            temperature: 0.07,
            autoencoder: None,
            decoded: 0.25,
            latent_noise: 0.2,
            gathered: 0.5,
            texts_first: 0.0,
            network: NetworkSettings::default(),
            data: DataSettings { frames: 1, width: 192, height: 128, ..DataSettings::default() },
            optimizer: OptimizerSettings { weight_decay: 0.01, ..OptimizerSettings::from_nothing(1e-3) },
            run: RunSettings {
                folder: PathBuf::from("runs/scorer"),
                updates: 4_000,
                batch: 48,
                checkpoint_activations: false,
                ..RunSettings::default()
            },
        }
    }
}

/// What a run needs, checked and opened.
pub struct ScorerRun {
    recipe: ScorerRecipe,
    network: ScorerNetwork,
    autoencoder: Option<VaeFile>,
}

impl ScorerRecipe {
    /// Checks the recipe and opens its files; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self) -> Result<ScorerRun, TrainError> {
        let Self {
            kind,
            temperature,
            decoded,
            latent_noise,
            gathered,
            texts_first,
            ref network,
            ref data,
            ref run,
            ..
        } = self;
        run.check()?;
        self.optimizer.check()?;
        // A micro-batch would be contrasted with itself alone.
        ensure("run.accumulate", run.accumulate, run.accumulate == 1)?;
        ensure("run.batch", run.batch, run.batch >= 2)?;
        ensure("temperature", temperature, temperature.is_finite() && temperature >= 1e-3)?;
        ensure("decoded", decoded, (0.0..=1.0).contains(&decoded))?;
        ensure("latent_noise", latent_noise, latent_noise.is_finite() && latent_noise >= 0.0)?;
        ensure("gathered", gathered, (0.0..=1.0).contains(&gathered))?;
        ensure("texts_first", texts_first, (0.0..1.0).contains(&texts_first))?;
        ensure("network.head_width", network.head_width, network.head_width > 0)?;
        ensure("data.frames", data.frames, (kind == ScorerKind::Image) == (data.frames == 1))?;
        let network = self.sizes();
        let checked = match &network {
            ScorerNetwork::Image(config) => config.check(),
            ScorerNetwork::Video(config) => config.check(),
        };
        checked.map_err(|unfit| TrainError::Scorer { detail: unfit.into() })?;
        let autoencoder = self.autoencoder.as_deref().map(VaeFile::open).transpose()?;
        data.check_sizes(autoencoder.as_ref().map_or(1, |file| file.config().downsampling()))?;
        let squaring = Squaring::new(Framing::Letterbox, [data.height, data.width], self.network.side);
        ensure("data.width", data.width, squaring.is_ok())?;
        Ok(ScorerRun { recipe: self, network, autoencoder })
    }

    /// Updates that look at captions alone.
    fn text_updates(&self) -> u64 {
        (self.texts_first * self.run.updates as f64).round() as u64
    }

    /// The scorer's sizes.
    pub(super) fn sizes(&self) -> ScorerNetwork {
        match self.kind {
            ScorerKind::Image => ScorerNetwork::Image(self.network.image()),
            ScorerKind::Video => ScorerNetwork::Video(self.network.video(self.data.frames)),
        }
    }
}

impl ScorerRecipe {
    /// What a run on a scorer of these sizes will hold and compute, with the autoencoder by which some of the clips go.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn estimate(
        &self,
        network: &ScorerNetwork,
        autoencoder: Option<(&VaeConfig, Stored<'_>)>,
        target: Target,
    ) -> Result<Estimate, FileError> {
        let params = ParamLoader::names_only();
        match network {
            ScorerNetwork::Image(config) => {
                let scorer = image(config)(&params)?;
                self.estimate_towers(&scorer, &params.into_registry(), autoencoder, target)
            }
            ScorerNetwork::Video(config) => {
                let scorer = video(config)(&params)?;
                self.estimate_towers(&scorer, &params.into_registry(), autoencoder, target)
            }
        }
    }

    fn estimate_towers<M: TwoTowers>(
        &self,
        scorer: &M,
        params: &ParamRegistry,
        autoencoder: Option<(&VaeConfig, Stored<'_>)>,
        target: Target,
    ) -> Result<Estimate, FileError> {
        let Self { run, optimizer, data: DataSettings { frames, height, width, .. }, .. } = self;
        let [frames, height, width] = [*frames, *height, *width];
        let autoencoders = ParamLoader::names_only();
        let vae = |(config, file)| Ok::<_, FileError>((Vae::init(config, &autoencoders.path(VAE_PREFIX))?, file));
        let vae = autoencoder.map(vae).transpose()?;
        let frozen = autoencoders.into_registry();
        let values = frames * height * width * RGB;
        let batch = Tracer::measure(target, |tracer| {
            // Clips as bytes, and as values.
            let _clips = tracer.tensor(&[(run.batch * values).div_ceil(size_of::<f32>())]);
            let _values = tracer.tensor(&[run.batch, values]);
            if let Some((vae, _)) = &vae {
                let [mean, _] = vae.cost_of_encode(tracer, tracer.tensor(&[frames, height, width, RGB]));
                drop(vae.decoder().cost(tracer, mean));
            }
        });
        let validation = Tracer::measure(target, |tracer| {
            let clip = scorer.cost_of_clips(tracer, tracer.tensor(&[frames, RGB, height, width]));
            (clip, scorer.cost_of_captions(tracer, WORDS))
        });
        let plan = Plan {
            target,
            run,
            is_mean: false,
            optimizer,
            dropout: DropoutRates::default(),
            student: StudentWeights::whole(params),
            frozen: vae.as_ref().map(|(_, file)| Weights::frozen(&frozen, *file, target)).unwrap_or_default(),
            batch,
            clip_bytes: size_of::<f32>() * values,
            kept: 0,
            validation,
            grid: Cost::default(),
        };
        Ok(plan.estimate(|tracer, clips, mode| Contrastive::cost(tracer, scorer, clips, [height, width], mode)))
    }
}

impl ScorerRun {
    /// The scorer as its newest checkpoint has it, or as it begins.
    fn trainer<M: TwoTowers>(
        &self,
        device: &Device,
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Trainer<M>, TrainError> {
        let RunSettings { folder, seed, .. } = &self.recipe.run;
        let fresh = SeededStart { seed: *seed };
        let start = TrainStart { weights: &fresh, seed: *seed, origin: None };
        let setup = TrainSetup { start, settings: self.recipe.optimizer.trainer(), device, adapters: None };
        let mut trainer = Trainer::resume(folder, ScorerStage::<M>::NAME, setup, build)?;
        trainer.options = self.recipe.run.step_options(device)?;
        Ok(trainer)
    }

    fn train_towers<M: TwoTowers>(
        &self,
        mut trainer: Trainer<M>,
        device: &Device,
        cancel: &CancelToken,
        watch: &mut Watch<'_>,
    ) -> Result<bool, TrainError> {
        let run = &self.recipe.run;
        let clips = self.recipe.data.clips(run.seed, watch)?;
        let mut stage = ScorerStage::<M>::new(&self.recipe, clips, self.autoencoder.as_ref(), device)?;
        fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)
    }

    fn write_towers<M: TwoTowers>(&self, trainer: &Trainer<M>) -> Result<(), TrainError> {
        let provenance = ModelProvenance {
            command: "hummingbird train scorer".to_owned(),
            seed: trainer.position.seed,
            notes: notes(&trainer.position, "clips"),
        };
        let description = ScorerDescription { network: self.network.clone(), provenance };
        description.write(&self.recipe.output, &trainer.export_ema())
    }
}

/// Builds scorers of pictures.
fn image(config: &ClipConfig) -> impl Fn(&ParamLoader<'_>) -> Result<ImageScorer, FileError> {
    move |loader| ScorerNetwork::image(config, &loader.path(""))
}

/// Builds scorers of clips.
fn video(config: &ViClipConfig) -> impl Fn(&ParamLoader<'_>) -> Result<VideoScorer, FileError> {
    move |loader| ScorerNetwork::video(config, &loader.path(""))
}

impl RecipeRun for ScorerRun {
    fn folder(&self) -> &Path {
        &self.recipe.run.folder
    }

    fn output(&self) -> &Path {
        &self.recipe.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        create_folder(&self.recipe.run.folder)?;
        match &self.network {
            ScorerNetwork::Image(config) => {
                self.train_towers(self.trainer(device, image(config))?, device, cancel, watch)
            }
            ScorerNetwork::Video(config) => {
                self.train_towers(self.trainer(device, video(config))?, device, cancel, watch)
            }
        }
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        drop(self.recipe.data.clips(self.recipe.run.seed, watch)?);
        let autoencoder = self.autoencoder.as_ref().map(|file| (file.config(), file.checkpoint().into()));
        Ok(Some(self.recipe.estimate(&self.network, autoencoder, Target::of(device))?))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        match &self.network {
            ScorerNetwork::Image(config) => self.write_towers(&self.trainer(device, image(config))?)?,
            ScorerNetwork::Video(config) => self.write_towers(&self.trainer(device, video(config))?)?,
        }
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
