//! `hummingbird train vae`: an autoencoder from nothing, or the decoder of a model alone.
//!
//! `stage` draws crops and shows reconstructions, `file` is an autoencoder without a model around it; here are the recipe and the
//! run.

mod file;
mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use serde::{Deserialize, Serialize};

pub use self::file::VaeFile;
use self::stage::{GRID_FRAMES, VaeStage};
use super::RecipeRun;
use super::common::{create_folder, notes};
use super::estimate::{Estimate, Plan, StudentWeights, Weights};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use super::writing::write_with_network;
use crate::model::ModelProvenance;
use crate::nn::config::VaeConfig;
use crate::nn::cost::{Cost, MetaTensor, Target, Tracer};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamSource};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::TrainError;
use crate::training::objectives::reconstruction::{PictureShape, Reconstruction, ReconstructionWeights};
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Stage, TrainSetup, TrainStart, Trainer, fit};
use crate::weights::{FileError, SeededStart};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Colours of a pixel.
const RGB: usize = 3;
/// Largest size of anything in the table `network`.
const MOST_CHANNELS: usize = 4096;

/// What is trained on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaeRecipe {
    /// A model, or an autoencoder that this recipe wrote, from which it goes on.
    pub model: Option<PathBuf>,
    /// Whether the encoder stays as it is, and with it the latents that a denoiser has learned.
    pub decoder_only: bool,
    /// With `decoder_only`: noise on the latents of each picture, of a standard deviation between 0 and this share of the latents'
    /// own, since a denoiser's latents are never exact (HaCohen et al. 2024 let the decoder take the last step of denoising).
    pub latent_noise: f32,
    /// Width of the crops, in pixels.
    pub crop_width: usize,
    /// Height of the crops, in pixels.
    pub crop_height: usize,
    /// Where the model or the autoencoder is written.
    pub output: PathBuf,
    /// A new autoencoder's sizes.
    pub network: NetworkSettings,
    /// Weights of the parts of the loss.
    pub weights: WeightSettings,
    /// Pictures.
    pub data: DataSettings,
    /// How weights are updated.
    pub optimizer: OptimizerSettings,
    /// How long, and what is kept.
    pub run: RunSettings,
}

/// The table `network`: sizes of an autoencoder that begins from nothing, by the names of [`VaeConfig`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "they are those of `VaeConfig`")]
pub struct NetworkSettings {
    pub ch: usize,
    pub ch_mult: Vec<usize>,
    pub num_res_blocks: usize,
    pub z_channels: usize,
    pub norm_groups: usize,
    pub patch: usize,
}

impl Default for NetworkSettings {
    /// Nano's.
    fn default() -> Self {
        // Half of the work of an autoencoder would be at full resolution, where a latent's 16x16 pixels say little: it works on
        // squares of 2x2 pixels. Latent channels cost a small network nothing and keep small shapes sharp.
        Self { ch: 32, ch_mult: vec![1, 2, 2, 3], num_res_blocks: 1, z_channels: 16, norm_groups: 8, patch: 2 }
    }
}

impl NetworkSettings {
    /// The same as a configuration.
    pub fn config(&self) -> VaeConfig {
        let Self { ch, ch_mult, num_res_blocks, z_channels, norm_groups, patch } = self.clone();
        VaeConfig { ch, ch_mult, num_res_blocks, z_channels, norm_groups, patch }
    }

    fn check(&self) -> Result<(), TrainError> {
        let Self { ch, ch_mult, num_res_blocks, z_channels, norm_groups, patch } = self;
        let is_size = |size: usize| (1..=MOST_CHANNELS).contains(&size);
        ensure("network.norm_groups", norm_groups, is_size(*norm_groups))?;
        ensure("network.ch", ch, is_size(*ch) && ch.is_multiple_of(*norm_groups))?;
        let levels = (1..=8).contains(&ch_mult.len()) && ch_mult.iter().all(|factor| (1..=64).contains(factor));
        ensure("network.ch_mult", format!("{ch_mult:?}"), levels)?;
        ensure("network.num_res_blocks", num_res_blocks, (1..=16).contains(num_res_blocks))?;
        ensure("network.z_channels", z_channels, is_size(*z_channels))?;
        ensure("network.patch", patch, (1..=16).contains(patch) && patch.is_power_of_two())?;
        Ok(())
    }
}

/// The table `weights`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightSettings {
    /// Additional weight of pixels that show the subject of a drawn picture: small ones would vanish.
    pub subject: f64,
    /// Of the squared distance beside the L1 distance.
    pub square: f64,
    /// Of the L1 distance of neighbouring pixels' differences, which keeps edges sharp.
    pub gradient: f64,
    /// Of the mean Kullback-Leibler divergence of a latent value from the standard normal distribution.
    pub kl: f64,
}

impl Default for WeightSettings {
    fn default() -> Self {
        Self { subject: 5.0, square: 2.0, gradient: 0.5, kl: 1e-4 }
    }
}

impl Default for VaeRecipe {
    fn default() -> Self {
        Self {
            model: None,
            decoder_only: false,
            latent_noise: 0.0,
            crop_width: 96,
            crop_height: 96,
            output: PathBuf::from("vae.safetensors"),
            network: NetworkSettings::default(),
            weights: WeightSettings::default(),
            data: DataSettings { frames: 1, width: 192, height: 128, ..DataSettings::default() },
            optimizer: OptimizerSettings::from_nothing(1.5e-3),
            run: RunSettings {
                folder: PathBuf::from("runs/vae"),
                updates: 8_000,
                batch: 16,
                checkpoint_activations: false,
                ..RunSettings::default()
            },
        }
    }
}

/// What a run needs, checked and opened.
pub struct VaeRun {
    recipe: VaeRecipe,
    from: Option<VaeFile>,
    config: VaeConfig,
}

impl VaeRecipe {
    /// Checks the recipe and opens its model; nothing is computed.
    ///
    /// # Errors
    /// When a value or a file cannot be used.
    pub fn open(self) -> Result<VaeRun, TrainError> {
        self.run.check()?;
        self.optimizer.check()?;
        self.network.check()?;
        let WeightSettings { subject, square, gradient, kl } = self.weights;
        let weights = [
            ("weights.subject", subject),
            ("weights.square", square),
            ("weights.gradient", gradient),
            ("weights.kl", kl),
        ];
        for (key, weight) in weights {
            ensure(key, weight, weight.is_finite() && weight >= 0.0)?;
        }
        let from = self.model.as_deref().map(VaeFile::open).transpose()?;
        ensure("decoder_only", self.decoder_only, !self.decoder_only || from.is_some())?;
        let noise = self.latent_noise;
        ensure("latent_noise", noise, noise.is_finite() && noise >= 0.0 && (self.decoder_only || noise == 0.0))?;
        let config = from.as_ref().map_or_else(|| self.network.config(), |file| file.config().clone());
        let unit = config.downsampling();
        ensure("data.frames", self.data.frames, self.data.frames == 1)?;
        self.data.check_sizes(unit)?;
        let fits = |part: usize, whole: usize| part > 0 && part <= whole && part.is_multiple_of(unit);
        ensure("crop_width", self.crop_width, fits(self.crop_width, self.data.width))?;
        ensure("crop_height", self.crop_height, fits(self.crop_height, self.data.height))?;
        Ok(VaeRun { recipe: self, from, config })
    }
}

impl VaeRecipe {
    /// What a run on an autoencoder of `config` will hold and compute.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn estimate(&self, config: &VaeConfig, target: Target) -> Result<Estimate, FileError> {
        let Self { run, optimizer, data, decoder_only, .. } = self;
        let params = ParamLoader::names_only();
        let vae = Vae::init(config, &params.path(VAE_PREFIX))?;
        let size @ [height, width] = [self.crop_height, self.crop_width];
        let unit = config.downsampling();
        let latent = [height / unit, width / unit, config.z_channels];
        let encoder = format!("{VAE_PREFIX}.encoder.");
        let quant = format!("{VAE_PREFIX}.quant_conv.");
        let is_updated = |name: &str| !decoder_only || !(name.starts_with(&encoder) || name.starts_with(&quant));
        // Colours, and what is marked.
        let pixels = RGB + 1;
        let batch = Tracer::measure(target, |tracer| {
            let crops = tracer.tensor(&[run.batch, height, width, pixels]);
            drop(tracer.copy(crops.clone()));
            if *decoder_only {
                let images = tracer.tensor(&[run.batch, height, width, RGB]);
                drop::<[MetaTensor; 2]>(vae.cost_of_encode(tracer, images));
            }
            crops
        });
        let grid = Tracer::measure(target, |tracer| {
            let images = tracer.tensor(&[GRID_FRAMES as usize, data.height, data.width, RGB]);
            let [mean, _] = vae.cost_of_encode(tracer, images);
            vae.decoder().cost(tracer, mean)
        });
        let plan = Plan {
            target,
            run,
            is_mean: true,
            optimizer,
            dropout: DropoutRates::default(),
            student: StudentWeights::part(&params.into_registry(), is_updated),
            frozen: Weights::default(),
            batch,
            clip_bytes: target.element_bytes * (height * width * pixels + latent.iter().product::<usize>()),
            kept: GRID_FRAMES as usize * data.height * data.width * RGB,
            validation: Cost::default(),
            grid,
        };
        let shape = |count| PictureShape { count, size, fixed: decoder_only.then_some(latent) };
        Ok(plan.estimate(|tracer, count, mode| Reconstruction::cost(tracer, &vae, shape(count), mode)))
    }
}

impl VaeRun {
    /// The autoencoder as its newest checkpoint has it, or as it begins.
    fn trainer(&self, device: &Device) -> Result<Trainer<Vae>, TrainError> {
        let RunSettings { folder, seed, .. } = &self.recipe.run;
        let fresh = SeededStart { seed: *seed };
        let weights: &dyn ParamSource = self.from.as_ref().map_or(&fresh, VaeFile::params);
        let origin = self.from.as_ref().map(|file| format!("the file with SHA-256 {}", file.sha256()));
        let start = TrainStart { weights, seed: *seed, origin };
        let setup = TrainSetup { start, settings: self.recipe.optimizer.trainer(), device, adapters: None };
        let build = |loader: &ParamLoader<'_>| Vae::init(&self.config, &loader.path(VAE_PREFIX));
        let mut trainer = Trainer::resume(folder, VaeStage::NAME, setup, build)?;
        trainer.options = self.recipe.run.step_options(device)?;
        Ok(trainer)
    }
}

impl RecipeRun for VaeRun {
    fn folder(&self) -> &Path {
        &self.recipe.run.folder
    }

    fn output(&self) -> &Path {
        &self.recipe.output
    }

    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        let VaeRecipe { run, weights, data, .. } = &self.recipe;
        create_folder(&run.folder)?;
        let mut trainer = self.trainer(device)?;
        let WeightSettings { subject, square, gradient, kl } = *weights;
        let weights = ReconstructionWeights { subject, square, gradient, kl };
        let mut stage = VaeStage::new(&self.recipe, &self.config, weights, data.clips(run.seed, watch)?, device);
        fit(&mut stage, &mut trainer, &run.fit_options(cancel), watch)
    }

    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError> {
        drop(self.recipe.data.clips(self.recipe.run.seed, watch)?);
        Ok(Some(self.recipe.estimate(&self.config, Target::of(device))?))
    }

    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let trainer = self.trainer(device)?;
        let provenance = ModelProvenance {
            command: "hummingbird train vae".to_owned(),
            seed: trainer.position.seed,
            notes: notes(&trainer.position, "pictures"),
        };
        let tensors = trainer.export_ema();
        match self.from.as_ref().and_then(VaeFile::model) {
            Some(model) => {
                let mut description = model.description().clone();
                description.provenance = provenance;
                write_with_network(self.output(), model, &description, VAE_PREFIX, tensors)?;
            }
            None => VaeFile::write(self.output(), &self.config, &provenance, &tensors)?,
        }
        watch(TrainEvent::Model { path: self.output().to_owned() });
        Ok(())
    }
}
