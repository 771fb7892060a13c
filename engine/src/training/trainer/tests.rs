//! Accumulated and recomputed gradients against plain ones, and the loop.

use std::collections::BTreeMap;
use std::io::Write as _;

use burn::module::{ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use hummingbird_judges::config::{ClipConfig, ClipTextConfig, ClipVisionConfig, ViClipConfig, ViClipVisionConfig};
use hummingbird_judges::preprocess::Normalisation;
use hummingbird_judges::{ImageScorer, VideoScorer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::optimizer::{AdamWSettings, StateBits};
use super::*;
use crate::kernels::{Factors, with_factors};
use crate::model::{DiffusionConfig, ModelSource, Parameterization};
use crate::nn::adapter::{Branches, Ranks, at_most};
use crate::nn::config::{TinyDecoderConfig, UNetConfig, VaeConfig};
use crate::nn::dropout;
use crate::nn::hook::NoHook;
use crate::nn::params::{NoZeros, values_of};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::schedule::Schedule;
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::pipeline::vae::{VAE_PREFIX, Vae, VaeDecoder};
use crate::training::objectives::consistency::{Consistency, ConsistencyClips, ConsistencySettings};
use crate::training::objectives::denoising::{Denoiser, Denoising, NoisyClips};
use crate::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use crate::training::objectives::feedback::{Feedback, FeedbackClips, Judges, Looks, LossWeights};
use crate::training::objectives::guided_distillation::{GuidedClips, GuidedDistillation, Teacher};
use crate::training::objectives::reconstruction::{LatentInput, Pictures, Reconstruction, ReconstructionWeights};
use crate::weights::ModelFile;

const AVERAGED: TrainerSettings = TrainerSettings { ema_decay: Some(0.99), ..TOGETHER };

/// Values between -1 and 1.
fn values(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// A pruned student's sizes, two levels.
fn student() -> UNetConfig {
    UNetConfig {
        model_channels: 32,
        num_head_channels: 16,
        context_dim: 24,
        channel_mult: vec![1, 2],
        attention_resolutions: vec![1],
        norm_groups: 16, // A group of one channel has no gradient in front of it.
        ..UNetConfig::hummingbird_07b()
    }
}

fn tensor<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values(shape.iter().product(), seed), shape), &Device::flex())
}

/// A teacher with two blocks a level.
fn teacher() -> Teacher {
    let config = UNetConfig { num_res_blocks: 2, middle_block: true, time_cond_proj_dim: None, ..student() };
    let loader = ParamLoader::new(&NoZeros, &Device::flex());
    let unet = UNet::init(&config, &loader.path(UNET_PREFIX)).expect("the source has every name");
    Teacher { unet, channels: config.model_channels }
}

const CLIPS: [usize; 5] = [4, 4, 2, 4, 4];

fn guided_clips() -> GuidedClips {
    GuidedClips {
        clean: tensor(CLIPS, 1),
        noise: tensor(CLIPS, 2),
        timesteps: vec![0, 999, 500, 123],
        text: tensor([4, 7, 24], 3),
        empty: tensor([1, 7, 24], 4),
        fps: vec![8.0, 4.0, 24.0, 8.0],
    }
}

fn guided() -> GuidedDistillation {
    GuidedDistillation::new(teacher(), 32, 12.0, &DiffusionConfig::default())
}

fn consistency_clips() -> ConsistencyClips {
    ConsistencyClips {
        clean: tensor(CLIPS, 1),
        noise: tensor(CLIPS, 2),
        index: vec![0, 49, 25, 3],
        guidance: vec![5.0, 14.0, 7.5, 9.0],
        text: tensor([4, 7, 24], 3),
        empty: tensor([1, 7, 24], 4),
        embedding: None,
    }
}

fn consistency() -> Consistency {
    let settings = ConsistencySettings::default();
    Consistency::new(teacher(), 32, 256, settings, DiffusionConfig::default().beta_ends())
}

/// Scorers of pictures and of clips behind a decoder, all of small sizes.
fn feedback(weights: LossWeights) -> Feedback {
    let loader = ParamLoader::new(&NoZeros, &Device::flex());
    let vae = VaeConfig { ch: 16, ch_mult: vec![1, 2], num_res_blocks: 1, z_channels: 4, norm_groups: 8, patch: 2 };
    let decoder = VaeDecoder::init(&vae, &loader.path(VAE_PREFIX)).expect("every name");
    let text = |context_length, width| ClipTextConfig { context_length, vocab_size: 50, width, heads: 2, layers: 1 };
    let image = ClipConfig {
        embed_dim: 6,
        vision_cfg: ClipVisionConfig {
            image_size: 16,
            layers: 2,
            width: 16,
            head_width: 8,
            patch_size: 8,
            mlp_ratio: 2.0,
        },
        text_cfg: text(9, 16),
    };
    let video = ViClipConfig {
        embed_dim: 6,
        vision: ViClipVisionConfig {
            input_resolution: 16,
            patch_size: 8,
            width: 16,
            layers: 2,
            heads: 2,
            num_frames: 2,
        },
        text: text(9, 16),
    };
    let judges = Judges {
        decoder,
        scale_factor: 0.5,
        image: Some(ImageScorer::init(&image, Normalisation::CLIP, &loader.path("image")).expect("every name")),
        video: Some(VideoScorer::viclip(&video, Normalisation::IMAGENET, &loader.path("video")).expect("every name")),
    };
    Feedback::new(consistency(), judges, weights)
}

fn feedback_clips() -> FeedbackClips {
    let looks = |frames: [[usize; 2]; 4], seed| Looks {
        frames: frames.map(|frames| frames.to_vec()).to_vec(),
        texts: tensor([4, 6], seed),
        crop: [0, 0],
    };
    FeedbackClips {
        clips: consistency_clips(),
        image: Some(looks([[0, 1], [1, 1], [0, 0], [1, 0]], 6)),
        video: Some(looks([[0, 1]; 4], 7)),
    }
}

const TOGETHER: TrainerSettings = TrainerSettings {
    optimizer: AdamWSettings {
        betas: [0.9, 0.999],
        eps: 1e-8,
        weight_decay: 0.01,
        clip_norm: Some(0.5),
        bits: StateBits::Eight,
    },
    ema_decay: None,
};

/// A trainer of a student of which `adapters` or everything is trained, from its checkpoint in `folder` if there is one.
fn student_trainer(folder: &Path, settings: TrainerSettings, adapters: Option<&Ranks<'_>>) -> Trainer<UNet> {
    let setup = TrainSetup {
        start: TrainStart { weights: &NoZeros, seed: 5, origin: None },
        settings,
        device: &Device::flex(),
        adapters: adapters.map(Branches::unscaled),
    };
    Trainer::resume(folder, "student", setup, |loader| UNet::init(&student(), &loader.path(UNET_PREFIX)))
        .expect("it fits")
}

fn trainer<M: Module>(
    weights: &dyn ParamSource,
    build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
) -> Trainer<M> {
    let folder = tempfile::tempdir().expect("a folder");
    let start = TrainStart { weights, seed: 1, origin: None };
    Trainer::start_or_resume(folder.path(), "test", start, AVERAGED, &Device::flex(), build).expect("it fits")
}

/// All gradients of the model by name.
fn by_name<M: Module>(trainer: &Trainer<M>, grads: GradientsParams) -> BTreeMap<String, Vec<f32>> {
    struct Collect<'a> {
        registry: &'a ParamRegistry,
        grads: GradientsParams,
        found: BTreeMap<String, Vec<f32>>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                let name = &self.registry.get(param.id).expect("it was registered").name;
                self.found.insert(name.clone(), values_of(grad.into_data()));
            }
        }
    }
    let mut collect = Collect { registry: &trainer.registry, grads, found: BTreeMap::new() };
    trainer.model.visit(&mut collect);
    collect.found
}

/// Loss and gradients of every way to compute a step against those of the plain way.
fn compare<M: Module, O: Objective<M>>(mut trainer: Trainer<M>, objective: &O, batch: &O::Batch) {
    let (loss, grads) = trainer.gradients(objective, batch);
    let plain = by_name(&trainer, grads);
    let largest = plain.values().flatten().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(loss.is_finite() && largest > 0.0, "loss {loss}, largest gradient {largest}");
    for (accumulate, checkpoint_activations) in [(1, true), (2, false), (3, false), (4, true), (100, false)] {
        trainer.options = StepOptions { accumulate, checkpoint_activations, ..StepOptions::default() };
        let (other_loss, grads) = trainer.gradients(objective, batch);
        let how = format!("{:?}", trainer.options);
        are_near((other_loss, &by_name(&trainer, grads)), (loss, &plain), &how);
    }
}

/// A loss and gradients against those of the plain way.
fn are_near(
    (other_loss, others): (f64, &BTreeMap<String, Vec<f32>>),
    (loss, plain): (f64, &BTreeMap<String, Vec<f32>>),
    how: &str,
) {
    let largest = plain.values().flatten().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!((other_loss - loss).abs() <= 1e-5 * loss.abs(), "{how}: loss {other_loss} instead of {loss}");
    assert!(others.keys().eq(plain.keys()), "{how}: gradients of other parameters");
    for (name, other) in others {
        // Sums of f32 in another order; a tensor of tiny gradients is compared with the largest of all.
        let plain = &plain[name];
        let size = plain.iter().fold(1e-3 * largest, |size, value| size.max(value.abs()));
        let off = other.iter().zip(plain).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off <= 1e-4 * size, "{how}: {name} is {off} off, of {size}");
    }
}

#[test]
fn micro_batches_and_recomputed_blocks_give_the_gradients_of_a_plain_denoiser_step() {
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let config = &file.description().config;
    let shape @ [batch, frames, height, width, channels] = [4, 2, 4, 8, config.unet.in_channels];
    let count = batch * frames * height * width * channels;
    let prompts = ["a red ball rising", "", "a blue fish in the ocean", "A car."];
    let clips = NoisyClips {
        clean: values(count, 1),
        noise: values(count, 2),
        shape,
        tokens: prompts.map(|prompt| Tokenizer::shared().encode(prompt)).to_vec(),
        timesteps: vec![0, 999, 500, 123],
        fps: vec![8.0, 4.0, 2.0, 8.0],
        weights: (0..batch * frames * height * width).map(|index| 1.0 + (index % 3) as f32).collect(),
    };
    for parameterization in [crate::model::Parameterization::V, crate::model::Parameterization::Eps] {
        let mut config = config.clone();
        config.diffusion.parameterization = parameterization;
        let objective = Denoising::new(&config, &Device::flex().autodiff());
        compare(trainer(&file, |loader| Denoiser::init(&config, loader)), &objective, &clips);
    }
}

#[test]
fn micro_batches_and_recomputed_blocks_give_the_gradients_of_a_plain_autoencoder_step() {
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let config = &file.description().config.vae;
    let device = Device::flex().autodiff();
    let weights = ReconstructionWeights { subject: 5.0, square: 2.0, gradient: 0.5, kl: 1e-2 };
    let latent = [4, 2, 3, config.z_channels];
    let [height, width] = [2, 3].map(|side| side * config.downsampling());
    let noise = TensorData::new(values(latent.iter().product(), 3), latent);
    let noise = Tensor::<4>::from_data(noise, &device);
    for latents in [LatentInput::Sampled(noise.clone()), LatentInput::Fixed(noise)] {
        let pictures = Pictures {
            images: values(4 * height * width * 3, 4),
            subject: values(4 * height * width, 5).into_iter().map(f32::abs).map(f32::round).collect(),
            shape: [4, height, width],
            latents,
        };
        let objective = Reconstruction { weights, device: device.clone() };
        compare(trainer(&file, |loader| Vae::init(config, &loader.path(VAE_PREFIX))), &objective, &pictures);
    }
}

#[test]
fn micro_batches_and_recomputed_blocks_give_the_gradients_of_a_plain_distillation_step() {
    let device = Device::flex().autodiff();
    let config = TinyDecoderConfig { z_channels: 4, width: 8, blocks: vec![2, 1] };
    let tensor = |shape: [usize; 4], seed| {
        Tensor::<4>::from_data(TensorData::new(values(shape.iter().product(), seed), shape), &device)
    };
    let frames = DecodedFrames {
        latents: tensor([5, 4, 6, 4], 1),
        targets: tensor([5, 8, 12, 3], 2),
        drawn: tensor([5, 8, 12, 3], 3),
    };
    let objective = DecoderDistillation { weights: DistillationWeights { square: 2.0, gradient: 0.5, drawn: 0.1 } };
    let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX));
    compare(trainer(&NoZeros, build), &objective, &frames);
}

/// Trains a tiny decoder; from a step on with a learning rate that leaves no number in its weights.
struct Exploding {
    objective: DecoderDistillation,
    batch: DecodedFrames,
    last_good_step: u64,
}

impl Stage for Exploding {
    type Model = TinyDecoder;
    type Objective = DecoderDistillation;

    const NAME: &'static str = "exploding";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        (position.samples < 18).then_some(Phase { name: "exploding", samples: 18 })
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        if position.step < self.last_good_step { 1e-3 } else { f64::INFINITY }
    }

    fn objective(&self) -> &DecoderDistillation {
        &self.objective
    }

    fn batch(&mut self, _: &TinyDecoder, _: &TrainPosition) -> DecodedFrames {
        self.batch.clone()
    }

    fn show(&mut self, _: Moment, _: &Trainer<TinyDecoder>, _: &mut log::Watch<'_>) -> Result<(), TrainError> {
        Ok(())
    }
}

#[test]
fn a_run_whose_weights_are_no_numbers_stops_and_keeps_the_newest_good_checkpoints() {
    let device = Device::flex().autodiff();
    let config = TinyDecoderConfig { z_channels: 4, width: 8, blocks: vec![1, 1] };
    let tensor = |shape: [usize; 4], seed| {
        Tensor::<4>::from_data(TensorData::new(values(shape.iter().product(), seed), shape), &device)
    };
    let batch = DecodedFrames {
        latents: tensor([2, 4, 6, 4], 1),
        targets: tensor([2, 8, 12, 3], 2),
        drawn: tensor([2, 8, 12, 3], 3),
    };
    let objective = DecoderDistillation { weights: DistillationWeights { square: 2.0, gradient: 0.5, drawn: 0.1 } };
    let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX));
    let mut stage = Exploding { objective, batch, last_good_step: 4 };
    let folder = tempfile::tempdir().expect("a folder");
    let resume = || {
        let start = TrainStart { weights: &NoZeros, seed: 1, origin: None };
        Trainer::start_or_resume(folder.path(), Exploding::NAME, start, AVERAGED, &Device::flex(), build)
            .expect("it fits")
    };
    let cancel = hummingbird_base::CancelToken::default();
    // A checkpoint after every step.
    let options = FitOptions {
        folder: folder.path(),
        checkpoint_secs: -1.0,
        grid_secs: f64::MAX,
        keep: 2,
        time_share: ALL_TIME,
        cancel: &cancel,
    };
    let error = fit(&mut stage, &mut resume(), &options, &mut |_| ()).expect_err("its weights are infinite");
    let TrainError::NotFinite { step, .. } = error else { panic!("{error}") };
    assert_eq!(step, 5);
    let kept: Vec<u64> = super::checkpoint::checkpoints(folder.path(), Exploding::NAME)
        .iter()
        .map(|path| path.to_string_lossy()[path.to_string_lossy().len() - 8..].parse().expect("a step"))
        .collect();
    assert_eq!(kept, [3, 4]);
    // With a rate that works it goes on from there.
    stage.last_good_step = 100;
    let mut trainer = resume();
    assert_eq!(trainer.position.step, 4);
    assert!(fit(&mut stage, &mut trainer, &options, &mut |_| ()).expect("it works now"));
    assert_eq!(trainer.position.step, 9);
}

#[test]
fn micro_batches_and_recomputed_blocks_give_the_gradients_of_a_plain_step_of_both_stages() {
    let folder = tempfile::tempdir().expect("a folder");
    compare(student_trainer(folder.path(), TOGETHER, None), &guided(), &guided_clips());
    let ranks = at_most(4);
    compare(student_trainer(folder.path(), TOGETHER, Some(&ranks)), &consistency(), &consistency_clips());
    let weights = LossWeights { distil: 0.75, image: 3.0, video: 5.0 };
    compare(student_trainer(folder.path(), TOGETHER, Some(&ranks)), &feedback(weights), &feedback_clips());
}

#[test]
fn feedback_is_the_weighted_sum_of_its_parts_and_moves_the_student_towards_higher_scores() {
    let folder = tempfile::tempdir().expect("a folder");
    let ranks = at_most(4);
    let number = |tensor: Tensor<1>| f64::from(tensor.into_scalar::<f32>());
    let weights = LossWeights { distil: 0.0, image: 1.0, video: 2.0 };
    let (objective, clips) = (feedback(weights), feedback_clips());
    let mut trainer = student_trainer(folder.path(), TOGETHER, Some(&ranks));
    let scores = |trainer: &Trainer<UNet>| {
        let terms = objective.terms(&trainer.model, &clips, &NoHook);
        let [image, video] = [terms.image, terms.video].map(|score| number(score.expect("there is a scorer")));
        let loss = number(terms.loss);
        assert!((loss + image + 2.0 * video).abs() < 1e-5, "{loss} of {image} and {video}");
        assert!(number(terms.distil) > 0.0);
        image + 2.0 * video
    };
    let before = scores(&trainer);
    for _ in 0..5 {
        trainer.step(&objective, &clips, 3e-3);
    }
    let after = scores(&trainer);
    assert!(after > before + 1e-3, "{before} before, {after} after");
    // Without scorers it is consistency alone, weighted.
    let alone = FeedbackClips { image: None, video: None, ..feedback_clips() };
    let terms = feedback(LossWeights::default()).terms(&trainer.model, &alone, &NoHook);
    assert!(terms.image.is_none() && terms.video.is_none());
    assert!((number(terms.loss) - 0.75 * number(terms.distil)).abs() < 1e-6);
}

/// Losses of so many steps with dropout, and the trained weights after them.
fn run<O: Objective<UNet>>(
    trainer: &mut Trainer<UNet>,
    objective: &O,
    batch: &O::Batch,
    steps: usize,
) -> (Vec<f64>, Vec<NamedTensor>) {
    trainer.dropout = DropoutRates { res_block: 0.1, temporal_conv: 0.1, adapter: 0.1, temporal_adapter: 0.0 };
    let losses = (0..steps).map(|_| trainer.step(objective, batch, 1e-3)).collect();
    (losses, trainer.export())
}

fn goes_on<O: Objective<UNet>>(
    settings: TrainerSettings,
    adapters: Option<&Ranks<'_>>,
    objective: &O,
    batch: &O::Batch,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let (whole, weights) = run(&mut student_trainer(elsewhere.path(), settings, adapters), objective, batch, 4);
    let mut first = student_trainer(folder.path(), settings, adapters);
    let (mut losses, _) = run(&mut first, objective, batch, 2);
    first.save(folder.path(), "student").expect("the folder is there");
    let average = first.export_ema();
    let mut second = student_trainer(folder.path(), settings, adapters);
    assert_eq!(second.position.step, 2, "it goes on");
    assert_eq!(second.export_ema(), average);
    let (more, resumed) = run(&mut second, objective, batch, 2);
    losses.extend(more);
    assert_eq!(losses, whole, "the same losses to the last digit");
    assert!(resumed == weights, "the same weights to the last digit");
    assert!(whole[0] != whole[1] && whole[2] != whole[3], "nothing is learnt: {whole:?}");
    let has_average = settings.ema_decay.is_some();
    assert_eq!(second.export_ema() != second.export(), has_average);
    // What is not trained is in no checkpoint.
    let checkpoint = latest_checkpoint(folder.path(), "student").expect("it was saved");
    let file = Checkpoint::open(&checkpoint.join("weights.safetensors")).expect("it was saved");
    let copies = if has_average { 2 } else { 1 };
    assert_eq!(file.contents().tensors.len(), copies * weights.len());
    let is_branch = |tensor: &NamedTensor| is_factor(&tensor.name);
    assert!(weights.iter().all(is_branch) == adapters.is_some() && !weights.is_empty());
}

#[test]
fn runs_of_both_stages_go_on_to_the_last_digit() {
    let ranks = at_most(4);
    goes_on(TOGETHER, None, &guided(), &guided_clips());
    goes_on(TOGETHER, Some(&ranks), &consistency(), &consistency_clips());
    let averaged = TrainerSettings { ema_decay: Some(0.9), ..TOGETHER };
    goes_on(averaged, Some(&ranks), &consistency(), &consistency_clips());
}

#[test]
fn the_norm_of_all_gradients_together_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut trainer = student_trainer(folder.path(), TOGETHER, None);
    let (objective, clips) = (guided(), guided_clips());
    let (_, grads) = trainer.gradients(&objective, &clips);
    let squares = by_name(&trainer, grads).into_values().flatten().map(|value| f64::from(value).powi(2));
    let norm = squares.sum::<f64>().sqrt();
    trainer.step(&objective, &clips, 1e-4);
    let told = trainer.gradient_norm.expect("all gradients are clipped together");
    assert!((told - norm).abs() < 1e-6 * norm && norm > 0.5, "{told}, not {norm}");
}

#[test]
fn consistency_takes_the_noise_out_of_predicted_velocities() {
    let loader = ParamLoader::new(&NoZeros, &Device::flex().autodiff());
    let student = UNet::init(&student(), &loader.path(UNET_PREFIX)).expect("every name");
    let clips = consistency_clips();
    let noise = consistency().terms(&student, &clips, &NoHook);
    let velocity = consistency().predicting(Parameterization::V).terms(&student, &clips, &NoHook);
    let alphas = Schedule::turbo(DiffusionConfig::default().beta_ends());
    let [predicted, noisy, found] =
        [noise.conditional, noise.noisy, velocity.conditional].map(|tensor| values_of(tensor.into_data()));
    let each = predicted.len() / clips.index.len();
    for (clip, interval) in noise.intervals.iter().enumerate() {
        let alpha = alphas.alphas_cumprod()[interval.start];
        for at in clip * each..(clip + 1) * each {
            let wanted = predicted[at] * alpha.sqrt() + noisy[at] * (1.0 - alpha).sqrt();
            assert!((found[at] - wanted).abs() < 1e-5 * wanted.abs().max(1.0), "{} for {wanted}", found[at]);
        }
    }
}

/// Losses, weights and averages of three steps by as many devices as there are objectives beside the first, and one more.
fn on_devices<O: Objective<UNet> + Sync>(
    mut trainer: Trainer<UNet>,
    objectives: &[O],
    batch: &O::Batch,
    accumulate: usize,
) -> (Vec<f64>, Vec<NamedTensor>, Vec<NamedTensor>) {
    let place = |index: usize| TrainPlace { device: Device::flex(), name: format!("cpu {index}") };
    let [objective, beside @ ..] = objectives else { panic!("no objective") };
    let others = (1..objectives.len()).map(place).collect();
    trainer.replicate(&TrainPlaces { first: place(0), others });
    trainer.options = StepOptions { accumulate, threads: 2, ..StepOptions::default() };
    trainer.dropout = DropoutRates { res_block: 0.1, temporal_conv: 0.1, adapter: 0.1, temporal_adapter: 0.0 };
    let mut step = || trainer.step_on_all(objective, beside, batch, 1e-3).expect("processors answer");
    let losses = (0..3).map(|_| step()).collect();
    (losses, trainer.export(), trainer.export_ema())
}

/// So many devices against one that accumulates as much.
fn are_as_one<O: Objective<UNet> + Sync>(
    devices: usize,
    settings: TrainerSettings,
    adapters: Option<&Ranks<'_>>,
    objective: impl Fn() -> O,
    batch: &O::Batch,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |devices: usize, accumulate| {
        let objectives: Vec<O> = (0..devices).map(|_| objective()).collect();
        on_devices(student_trainer(folder.path(), settings, adapters), &objectives, batch, accumulate)
    };
    let (losses, weights, average) = run(1, devices);
    let (losses_of_all, weights_of_all, average_of_all) = run(devices, 1);
    assert!(losses[0] != losses[2], "nothing is learnt: {losses:?}");
    assert_eq!(losses_of_all, losses, "the same losses to the last digit");
    assert!(weights_of_all == weights, "the same weights to the last digit");
    assert!(average_of_all == average, "the same average to the last digit");
}

#[test]
fn several_devices_give_the_losses_of_one_that_accumulates() {
    let ranks = at_most(4);
    let averaged = TrainerSettings { ema_decay: Some(0.9), ..TOGETHER };
    are_as_one(2, averaged, None, guided, &guided_clips());
    are_as_one(3, AVERAGED, None, guided, &guided_clips());
    are_as_one(2, averaged, Some(&ranks), consistency, &consistency_clips());
    let weights = LossWeights { distil: 0.75, image: 3.0, video: 5.0 };
    are_as_one(2, TOGETHER, Some(&ranks), || feedback(weights), &feedback_clips());
}

#[test]
fn micro_batches_are_dealt_out_evenly_and_devices_without_one_add_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |devices: usize, accumulate| {
        let objectives: Vec<_> = (0..devices).map(|_| guided()).collect();
        on_devices(student_trainer(folder.path(), TOGETHER, None), &objectives, &guided_clips(), accumulate)
    };
    let (losses, ..) = run(1, 4);
    // Two on each of two devices are summed there first: equal but for the order of sums.
    for accumulate in [3, 4] {
        let (of_two, ..) = run(2, accumulate);
        for (a, b) in losses.iter().zip(&of_two) {
            assert!((a - b).abs() <= 1e-5 * a.abs(), "{of_two:?}, not {losses:?}");
        }
    }
    // Four clips on five devices.
    assert_eq!(run(5, 1).0, losses);
}

/// Gradients of a step that threads share, against those of one that is computed as a whole.
#[test]
fn threads_share_the_samples_of_a_step() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let (objective, clips) = (guided(), guided_clips());
    let mut trainer = student_trainer(folder.path(), TOGETHER, None);
    let (loss, grads) = trainer.gradients(&objective, &clips);
    let plain = by_name(&trainer, grads);
    for checkpoint_activations in [false, true] {
        for (accumulate, threads) in [(1, 2), (1, 3), (2, 2), (1, 100), (4, 3)] {
            trainer.options = StepOptions { accumulate, checkpoint_activations, threads, factors: Factors::F32 };
            let how = format!("{:?}", trainer.options);
            let shared = || {
                let computed = pool.install(|| trainer.computed_by_threads(&objective, &clips));
                let Computed { loss, grads, .. } = computed.expect("processors answer");
                (loss, by_name(&trainer, grads))
            };
            let (shared_loss, of_threads) = shared();
            are_near((shared_loss, &of_threads), (loss, &plain), &how);
            assert!(shared() == (shared_loss, of_threads), "{how}: the same every time, to the last digit");
        }
    }
}

/// Losses with factors of bf16 are near those of f32, and are theirs alone: a step within a call that rounds factors, on threads that
/// wait there, rounds what its own options say.
#[test]
fn factors_of_bf16_are_those_of_steps_that_ask_for_them() {
    if !Factors::Bf16.is_supported() {
        let line = "SKIPPED factors_of_bf16_are_those_of_steps_that_ask_for_them: the processor does not multiply bf16
";
        std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written to");
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let (objective, clips) = (guided(), guided_clips());
    let mut trainer = student_trainer(folder.path(), TOGETHER, None);
    let mut losses = |within, factors| {
        trainer.options = StepOptions { threads: 2, factors, ..StepOptions::default() };
        let by_two = || trainer.computed_by_threads(&objective, &clips).expect("processors answer").loss;
        pool.install(|| with_factors(within, || [trainer.gradients(&objective, &clips).0, by_two()]))
    };
    let exact = losses(Factors::F32, Factors::F32);
    let rounded = losses(Factors::F32, Factors::Bf16);
    assert_eq!((losses(Factors::Bf16, Factors::F32), losses(Factors::Bf16, Factors::Bf16)), (exact, rounded));
    for (exact, rounded) in exact.into_iter().zip(rounded) {
        // A factor is off by up to 1/512, and guidance multiplies what differs between two predictions by 12.
        assert!(
            exact != rounded && (exact - rounded).abs() < 12.0 / 512.0 * exact.abs(),
            "{rounded} instead of {exact}"
        );
    }
}

#[test]
fn a_step_taken_within_a_part_of_another_pass_drops_its_own_values() {
    // Its threads take tasks of the step while they are within the part.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let (objective, clips) = (guided(), guided_clips());
    let mut trainer = student_trainer(folder.path(), TOGETHER, None);
    trainer.dropout = DropoutRates { res_block: 0.1, temporal_conv: 0.1, adapter: 0.0, temporal_adapter: 0.0 };
    trainer.options = StepOptions { threads: 2, ..StepOptions::default() };
    let other = Dropout::new(DropoutRates { res_block: 0.5, ..trainer.dropout }, 3);
    let losses = |draws| {
        let by_one = || trainer.gradients(&objective, &clips).0;
        let by_two = || trainer.computed_by_threads(&objective, &clips).expect("processors answer").loss;
        pool.install(|| dropout::within(draws, || [by_one(), by_two()]))
    };
    assert_eq!(losses(Some(other.next_part())), losses(None));
}

#[test]
fn gradients_of_all_threads_have_a_bound() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().expect("threads");
    let threads = |mib: usize| pool.install(|| threads_of_a_step(mib << 20));
    assert_eq!([0, 10, 64, 100, 256, 512, 513, 3000].map(threads), [8, 8, 8, 5, 2, 1, 1, 1]);
}
