//! Batches of the teacher's training and its sample grids.

use std::path::PathBuf;
use std::slice;

use burn::tensor::Device;
use hummingbird_base::Cancelled;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::super::super::encoder_cache::EncoderCache;
use super::{TeacherPhase, TeacherRecipe};
use crate::handoff::{Frames, TokenIds};
use crate::model::ModelConfig;
use crate::model::SamplerKind;
use crate::nn::hook::NoHook;
use crate::nn::parallel;
use crate::nn::params::values_of;
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::vae::{Vae, images};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::encoded::Encoded;
use crate::training::datasets::synthetic::{
    CLIP_FPS, CLIP_FRAMES, Canvas, SyntheticClips, SyntheticFrames, caption, held_out_prompts, subject_shares,
};
use crate::training::objectives::denoising::{Denoiser, Denoising, NoisyClips};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::schedule::warmup;
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Seed of prompts and noise of every sample grid, so that grids can be compared.
const GRID_SEED: u64 = 20;
/// Guidance of every sample grid.
const GRID_GUIDANCE: f32 = 4.0;
/// Sampling steps of every sample grid.
pub(super) const GRID_STEPS: usize = 20;
/// Clips of every sample grid.
pub(super) const GRID_CLIPS: usize = 8;

/// Latent height and width of clips of the size `canvas`.
fn latent_size(config: &ModelConfig, canvas: Canvas) -> [usize; 2] {
    [canvas.height, canvas.width].map(|side| side / config.vae.downsampling())
}

/// Training clips or frames as latents: means of the posteriors, `[frames, height, width, channels]`, not scaled.
type Latents<'a, D> = Encoded<D, Box<dyn Fn(&[Frames]) -> Vec<f32> + 'a>>;

/// Clips or frames encoded by `vae` on `device`, taken from `cache` where it has them.
fn latents<'a, D: Dataset<Example = Frames>>(
    vae: &'a Vae,
    drawn: D,
    device: &'a Device,
    cache: Option<&'a EncoderCache>,
) -> Latents<'a, D> {
    Encoded::new(
        drawn,
        // One by one: what else is encoded with a frame changes its last digits, and a run that goes on may have nothing kept.
        Box::new(move |drawn| {
            let encode = |drawn: &Frames| {
                let made =
                    || [vae.encode(images(slice::from_ref(drawn), device), &NoHook).expect("nothing cancels").mean];
                let [mean] = match cache {
                    Some(cache) => cache.of_frames("mean", drawn, device, made),
                    None => made(),
                };
                Ok::<_, Cancelled>(values_of(mean.into_data()))
            };
            parallel::each(device, drawn.iter().collect(), encode).expect("nothing cancels").concat()
        }),
    )
}

/// The teacher's stage.
pub(super) struct TeacherStage<'a> {
    recipe: TeacherRecipe,
    config: &'a ModelConfig,
    objective: Denoising,
    clips: Latents<'a, SyntheticClips>,
    /// Single frames, of each spread that a phase asks for.
    frames: Vec<Latents<'a, SyntheticFrames>>,
    vae: &'a Vae,
    canvas: Canvas,
    folder: PathBuf,
}

impl<'a> TeacherStage<'a> {
    /// The stage of `recipe` for a model of `config`, whose latents are those of `vae` on `device`, kept in `cache`, with `clips` of its
    /// training set; sample grids go into `folder`.
    pub fn new(
        recipe: TeacherRecipe,
        config: &'a ModelConfig,
        vae: &'a Vae,
        clips: SyntheticClips,
        device: &'a Device,
        cache: Option<&'a EncoderCache>,
        folder: PathBuf,
    ) -> Self {
        let objective = Denoising::new(config, &device.clone().autodiff());
        let mut spreads = vec![1.0];
        spreads.extend(recipe.phases.iter().map(|phase| phase.spread));
        spreads.sort_unstable_by(f32::total_cmp);
        spreads.dedup();
        let of = |spread| latents(vae, SyntheticFrames { clips, spread }, device, cache);
        let frames = spreads.into_iter().map(of).collect();
        Self {
            recipe,
            config,
            objective,
            clips: latents(vae, clips, device, cache),
            frames,
            vae,
            canvas: clips.canvas,
            folder,
        }
    }

    /// The batch of optimiser step `step` in `phase`.
    pub fn draw(&self, phase: &TeacherPhase, seed: u64, step: u64) -> NoisyClips {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.rotate_left(17) ^ step);
        let tokenizer = Tokenizer::shared();
        let stride = CLIP_FRAMES / phase.frames;
        let mut clean = Vec::new();
        let mut tokens = Vec::new();
        let mut timesteps = Vec::new();
        let mut fps = Vec::new();
        let mut weights = Vec::new();
        let mut singles = Vec::new();
        let size = latent_size(self.config, self.canvas);
        let [from, to] = phase.timesteps.unwrap_or([0, TRAIN_TIMESTEPS]);
        let frames = self.frames.iter().find(|frames| frames.clips().spread == phase.spread);
        let frames = frames.expect("there are frames of each phase's spread");
        for slot in 0..phase.batch {
            let pool = if phase.frames == 1 { self.recipe.single_frames } else { self.recipe.clips };
            let first = rng.random_range(0..pool);
            let (index, spec) = (first..)
                .map(|index| (index, self.clips.clips().spec(index)))
                .find(|(_, spec)| phase.takes(spec))
                .expect("there is no end of clips");
            if phase.frames == 1 {
                singles.push(index);
                let drawn = frames.clips();
                weights.extend(subject_shares(&drawn.spec(index), size, &[drawn.frame_number(index)]));
                fps.push(if rng.random_bool(0.5) { CLIP_FPS as f32 } else { CLIP_FPS as f32 / 2.0 });
            } else {
                let clip = self.clips.example(index);
                clean.extend(clip.chunks_exact(clip.len() / CLIP_FRAMES).step_by(stride).flatten());
                let numbers: Vec<f32> = (0..CLIP_FRAMES).step_by(stride).map(|number| number as f32).collect();
                weights.extend(subject_shares(&spec, size, &numbers));
                fps.push(CLIP_FPS as f32 / stride as f32);
            }
            let text = if rng.random_bool(self.recipe.empty_prompt) {
                String::new()
            } else {
                caption(spec.combination, &mut rng)
            };
            tokens.push(tokenizer.encode(&text));
            // Each sample from its own part of the range: batches then differ less from one another.
            let share = ((slot as f64 + rng.random::<f64>()) / phase.batch as f64).powf(phase.timestep_exponent);
            timesteps.push((from + (share * (to - from) as f64) as usize).min(to - 1));
        }
        if phase.frames == 1 {
            clean = frames.examples(&singles).iter().flat_map(|latent| latent.iter().copied()).collect();
        }
        for value in &mut clean {
            *value *= self.config.diffusion.scale_factor;
        }
        for weight in &mut weights {
            *weight = 1.0 + self.recipe.subject * *weight;
        }
        let [height, width] = size;
        let channels = clean.len() / (phase.batch * phase.frames * height * width);
        let mut noise: Vec<f32> = (0..clean.len()).map(|_| StandardNormal.sample(&mut rng)).collect();
        for clip in noise.chunks_exact_mut(phase.frames * height * width * channels) {
            let offsets: Vec<f32> = (0..channels)
                .map(|_| self.recipe.offset_noise * Distribution::<f32>::sample(&StandardNormal, &mut rng))
                .collect();
            for pixel in clip.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(&offsets).for_each(|(value, offset)| *value += offset);
            }
        }
        let shape = [phase.batch, phase.frames, height, width, channels];
        NoisyClips { clean, noise, shape, tokens, timesteps, fps, weights }
    }
}

impl Stage for TeacherStage<'_> {
    type Model = Denoiser;
    type Objective = Denoising;

    const NAME: &'static str = "teacher";
    const HAS_PHASES: bool = true;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        self.recipe.phases.get(position.phase).map(|phase| Phase { name: phase.name(), samples: phase.samples })
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.recipe.phases[position.phase].learning_rate_at(position.phase_samples)
            * warmup(position.step, self.recipe.lr_warmup.max(1) as f64)
    }

    fn objective(&self) -> &Denoising {
        &self.objective
    }

    fn batch(&mut self, _: &Denoiser, position: &TrainPosition) -> NoisyClips {
        self.draw(&self.recipe.phases[position.phase].at(position.step), position.seed, position.step)
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<Denoiser>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if moment == Moment::Checkpoint {
            return Ok(());
        }
        let frames = self.recipe.phases.get(trainer.position.phase).map_or(CLIP_FRAMES, |phase| phase.frames);
        let prompts: Vec<String> =
            held_out_prompts(GRID_CLIPS, GRID_SEED).into_iter().map(|(_, prompt)| prompt).collect();
        let clips = sample(&trainer.ema, self.vae, self.config, self.canvas, &prompts, frames);
        let path = self.folder.join(format!("teacher-{:06}.png", trainer.position.step));
        sample_grid::clips(&path, &clips)?;
        watch(TrainEvent::SampleGrid { path });
        Ok(())
    }
}

/// Samples a clip of `frames` frames for each prompt, all in one batch.
fn sample(
    denoiser: &Denoiser,
    vae: &Vae,
    config: &ModelConfig,
    canvas: Canvas,
    prompts: &[String],
    frames: usize,
) -> Vec<Frames> {
    let tokenizer = Tokenizer::shared();
    let tokens: Vec<TokenIds> = prompts.iter().map(|prompt| tokenizer.encode(prompt)).collect();
    let empty = vec![tokenizer.encode(""); prompts.len()];
    let [height, width] = latent_size(config, canvas);
    let job = Denoise {
        unconditional: Some(denoiser.text.forward(&empty, &NoHook).expect("nothing cancels")),
        sampler: SamplerKind::Ddim,
        steps: GRID_STEPS,
        guidance: GRID_GUIDANCE,
        fps: CLIP_FPS as f32 * frames as f32 / CLIP_FRAMES as f32,
        ..Denoise::new(
            &denoiser.unet,
            config,
            denoiser.text.forward(&tokens, &NoHook).expect("nothing cancels"),
            NoiseSource::new(GRID_SEED),
            [prompts.len(), config.unet.in_channels, frames, height, width],
        )
    };
    let latent = denoise(&job, &NoHook, &mut |_| Ok(())).expect("nothing cancels").tensor;
    (0..prompts.len())
        .map(|clip| {
            let latent = latent.clone().narrow(0, clip, 1);
            vae.decoder().decode_clip(latent, config.diffusion.scale_factor, &NoHook).expect("nothing cancels")
        })
        .collect()
}
