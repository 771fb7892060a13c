//! The first steps of each stage have the losses that they had before the trainer was put into its present order.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::Device;

use super::autoencoder::AutoencoderStage;
use super::denoiser::DenoiserStage;
use super::distillation_set::Teacher;
use super::plan::{DenoiserPhase, DenoiserPlan, TinyDecoderPlan, VaePlan};
use super::tiny_decoder::{TinyDecoderStage, tiny_decoder_config};
use super::{LATENT_CHANNELS, nano_config};
use crate::model::ModelSource;
use crate::nn::params::{ParamLoader, ParamSource};
use crate::pipeline::denoise::schedule::{Schedule, ddim_timesteps};
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::datasets::synthetic::{CLIP_FRAMES, Canvas, Split, SyntheticClips};
use crate::training::objectives::denoising::Denoiser;
use crate::training::trainer::{Stage, TrainStart, Trainer, TrainerConfig};
use crate::weights::FileError;
use crate::weights::{ModelFile, SeededStart};
use hummingbird_base::CancelToken;

const CONFIG: TrainerConfig = TrainerConfig { weight_decay: 0.01, ema_decay: 0.99, clip_norm: 1.0 };

/// Losses of the first three steps, at a learning rate of 0.001.
fn losses<S: Stage>(
    stage: &mut S,
    weights: &dyn ParamSource,
    build: impl Fn(&ParamLoader<'_>) -> Result<S::Model, FileError>,
) -> [f64; 3]
where
    S::Model: Module,
{
    let start = TrainStart { weights, seed: 9, origin: None };
    let folder = Path::new("no folder of this name");
    let mut trainer =
        Trainer::start_or_resume(folder, S::NAME, start, CONFIG, &Device::flex(), build).expect("it fits");
    [(); 3].map(|()| {
        let batch = stage.batch(&trainer.model, &trainer.position);
        trainer.step(stage.objective(), &batch, 1e-3)
    })
}

/// Sums of f32 in the order of another processor's vectors.
fn near(losses: [f64; 3], wanted: [f64; 3]) {
    for (loss, wanted) in losses.into_iter().zip(wanted) {
        assert!((loss - wanted).abs() < 1e-4 * wanted, "{losses:?}, wanted {wanted}");
    }
}

#[test]
fn the_autoencoder_begins_with_the_losses_that_it_always_had() {
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let config = &file.description().config.vae;
    for (decoder_only, wanted) in
        [(false, [0.895_546, 0.917_134_4, 1.145_376_3]), (true, [0.897_990_9, 0.933_553_2, 1.215_735_2])]
    {
        let plan = VaePlan { batch: 4, crop_width: 32, crop_height: 32, decoder_only, ..VaePlan::default() };
        let mut stage = AutoencoderStage::new(plan, config, Canvas::SMALL, &Device::flex(), PathBuf::new());
        let losses = losses(&mut stage, &file, |loader| Vae::init(config, &loader.path(VAE_PREFIX)));
        near(losses, wanted);
    }
}

#[test]
fn the_denoiser_begins_with_the_losses_that_it_always_had() {
    let device = Device::flex();
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let config = &file.description().config;
    let vae = Vae::init(&config.vae, &ParamLoader::new(&file, &device).path(VAE_PREFIX)).expect("it fits");
    let clips = SyntheticClips { seed: 9, split: Split::Train, canvas: Canvas::SMALL };
    for (frames, batch, wanted) in
        [(1, 4, [0.179_536_24, 0.078_931_74, 0.198_903_6]), (4, 2, [0.085_306_64, 0.115_356_83, 0.172_423_08])]
    {
        let plan = DenoiserPlan { offset_noise: 0.1, clips: 5, ..DenoiserPlan::default() };
        let phase = DenoiserPhase { frames, batch, timesteps: None, ..plan.phases[0].clone() };
        let plan = DenoiserPlan { phases: vec![phase], ..plan };
        let mut stage = DenoiserStage::new(plan, config, &vae, clips, &device, PathBuf::new());
        let losses = losses(&mut stage, &file, |loader| Denoiser::init(config, loader));
        near(losses, wanted);
    }
}

#[test]
fn the_tiny_decoder_begins_with_the_losses_that_it_always_had() {
    let device = Device::flex();
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let blocks = vec![3, 3, 3, 1];
    let plan =
        TinyDecoderPlan { width: 4, blocks, drawn_frames: 3, sampled_clips: 1, batch: 4, ..TinyDecoderPlan::default() };
    let teacher = Teacher::load(&file, &device).expect("it fits");
    let set = teacher.distillation_set(&plan, 9, &CancelToken::default(), &mut |_, _| ()).expect("nothing cancels");
    let config = tiny_decoder_config(&plan, &file.description().config);
    let mut stage = TinyDecoderStage::new(plan, set.clone(), set, &device, PathBuf::new());
    let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX));
    near(losses(&mut stage, &SeededStart { seed: 9 }, build), [2.600_370_2, 2.545_989_5, 2.546_316_6]);
}

#[test]
fn nothing_of_a_clip_can_be_read_where_sampling_begins() {
    let table = Schedule::latent_diffusion(nano_config().diffusion.beta_ends());
    let alpha = f64::from(table.alphas_cumprod()[ddim_timesteps(20)[0]]);
    // A subject covers about ten latent pixels in each frame: together its values are that much easier to see than one.
    let values = (CLIP_FRAMES * 10 * LATENT_CHANNELS) as f64;
    let signal_to_noise = values * alpha / (1.0 - alpha);
    assert!(signal_to_noise < 0.5, "{signal_to_noise}: the network can read the motion and needs no text for it");
}
