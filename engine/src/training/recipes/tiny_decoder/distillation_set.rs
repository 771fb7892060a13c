//! The distillation set of a tiny decoder: a part of the latents are those of the dataset's frames, a part those that the model
//! samples, with its clean estimates after earlier steps, since these are what previews show. All are made once and kept in memory.

use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::estimate::{Stored, Weights};
use super::{RGB, TinyDecoderRecipe};
use crate::handoff::{Frames, TokenIds};
use crate::kernels::{RgbMap, latent_to_rgb8};
use crate::model::{ModelConfig, RequestLimits, SamplerKind};
use crate::nn::cost::{Cost, MetaTensor, Target, Tracer};
use crate::nn::hook::NoHook;
use crate::nn::params::{ParamLoader, values_of};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::denoise::{Denoise, Predictions, denoise};
use crate::pipeline::vae::{VAE_PREFIX, Vae, channels_last, images};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::CaptionedClip;
use crate::training::datasets::distillation::DistillationSet;
use crate::weights::{FileError, ModelFile};
use hummingbird_base::CancelToken;

/// Keeps the random numbers of this recipe apart from those of others.
pub(super) const STREAM: u64 = 0x006c_6967_6874;
/// Frames that are encoded at once.
const GROUP: usize = 16;
/// Steps of each sampled clip whose clean estimates are learned from, beside its final latent.
const ESTIMATES: usize = 3;

/// Steps of which estimates are taken.
fn estimates(limits: &RequestLimits) -> usize {
    ESTIMATES.min(limits.default_steps as usize - 1)
}

/// Frames that a sampled clip gives.
pub(super) fn each(limits: &RequestLimits) -> u64 {
    (estimates(limits) as u64 + 1) * u64::from(limits.default_frames)
}

/// Cost of making a set of frames of this height and width with a model of `config` in `file`, whose weights are held meanwhile.
///
/// # Errors
/// None that networks without values have.
pub(super) fn cost(
    config: &ModelConfig,
    limits: &RequestLimits,
    size: [usize; 2],
    file: Stored<'_>,
    target: Target,
) -> Result<Cost, FileError> {
    let params = ParamLoader::names_only();
    let vae = Vae::init(&config.vae, &params.path(VAE_PREFIX))?;
    let text = TextEncoder::init(&config.text, &params.path(TEXT_PREFIX))?;
    let unet = UNet::init(&config.unet, &params.path(UNET_PREFIX))?;
    let [height, width] = size;
    let [high, wide] = size.map(|side| side / config.vae.downsampling());
    let frames = limits.default_frames as usize;
    let decode = |tracer: &Tracer, count: usize| {
        let latents = tracer.tensor(&[count, high, wide, config.vae.z_channels]);
        let decoded = vae.decoder().cost(tracer, latents.clone());
        // As bytes.
        let _bytes = tracer.tensor(&[decoded.elements().div_ceil(target.element_bytes)]);
        drop::<[MetaTensor; 2]>([latents, decoded]);
    };
    let encode = Tracer::measure(target, |tracer| {
        let _bytes = tracer.tensor(&[2, (GROUP * height * width * RGB).div_ceil(target.element_bytes)]);
        let [mean, _] = vae.cost_of_encode(tracer, tracer.tensor(&[GROUP, height, width, RGB]));
        decode(tracer, GROUP);
        mean
    });
    let elements = config.unet.in_channels * frames * high * wide;
    let together = Predictions::of(limits.sampler, limits.default_guidance, elements) == Predictions::Together;
    let lanes = if together { 2 } else { 1 };
    let sample = Tracer::measure(target, |tracer| {
        let clip = || tracer.tensor(&[1, config.unet.in_channels, frames, high, wide]);
        let _seen: Vec<MetaTensor> = (0..=estimates(limits)).map(|_| clip()).collect();
        let latent = tracer.tensor(&[lanes, config.unet.in_channels, frames, high, wide]);
        drop(tracer.both(latent.clone(), unet.cost(tracer, latent, text.cost(tracer, lanes))));
        decode(tracer, frames);
    });
    let Weights { held, .. } = Weights::frozen(&params.into_registry(), file, target);
    let cost = encode.then(sample);
    Ok(Cost { peak_bytes: cost.peak_bytes + held, ..cost })
}

/// The networks of a whole model, which make latents and their targets.
pub(super) struct Teacher {
    config: ModelConfig,
    limits: RequestLimits,
    vae: Vae,
    text: TextEncoder,
    unet: UNet,
    /// Height and width of frames.
    size: [usize; 2],
    device: Device,
}

/// How many of what.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// Numbers of the dataset's examples from here on.
    pub first: u64,
    /// Frames that are encoded.
    pub frames: u64,
    /// Clips that are sampled.
    pub clips: u64,
}

impl Teacher {
    /// The networks of `model`, its encoder too, for frames of this height and width.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn load(model: &ModelFile, size: [usize; 2], device: &Device) -> Result<Self, TrainError> {
        let config = model.description().config.clone();
        let loader = ParamLoader::new(model, device);
        Ok(Self {
            vae: Vae::init(&config.vae, &loader.path(VAE_PREFIX))?,
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
            limits: model.description().limits.clone(),
            config,
            size,
            device: device.clone(),
        })
    }

    /// A set of frames of `clips`, of which each example has one, and of clips sampled for their captions; `report` is told how many
    /// of all frames are made.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn distillation_set(
        &self,
        recipe: &TinyDecoderRecipe,
        clips: &dyn Dataset<Example = CaptionedClip>,
        share: Share,
        cancel: &CancelToken,
        report: &mut dyn FnMut(u64, u64),
    ) -> Result<DistillationSet, TrainError> {
        let each = each(&self.limits);
        let total = share.frames + share.clips * each;
        let latent = self.size.map(|side| side / self.config.vae.downsampling());
        let channels = self.config.vae.z_channels;
        let mut set = DistillationSet::with_capacity(total as usize, [latent[0], latent[1], channels], self.size);
        for start in (0..share.frames).step_by(GROUP) {
            cancel.check()?;
            let numbers = start..share.frames.min(start + GROUP as u64);
            let frames: Vec<Frames> = numbers.map(|number| clips.example(share.first + number).frames).collect();
            self.encode(&mut set, &frames);
            report(start, total);
        }
        for clip in 0..share.clips {
            let caption = clips.example(share.first + share.frames + clip).caption;
            self.sample(&mut set, &caption, recipe.run.seed ^ STREAM ^ (share.first + clip).rotate_left(40), cancel)?;
            report(share.frames + clip * each, total);
        }
        Ok(set)
    }

    /// Adds single frames.
    fn encode(&self, set: &mut DistillationSet, frames: &[Frames]) {
        let posterior = self.vae.encode(images(frames, &self.device), &NoHook).expect("nothing cancels");
        let pixels: Vec<u8> = frames.iter().flat_map(|frame| frame.pixels()).copied().collect();
        self.add(set, posterior.mean * self.config.diffusion.scale_factor, Some(&pixels));
    }

    /// Adds all frames of a sampled clip, as it is at its end and after some of its steps.
    fn sample(
        &self,
        set: &mut DistillationSet,
        prompt: &str,
        seed: u64,
        cancel: &CancelToken,
    ) -> Result<(), TrainError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let RequestLimits { sampler, default_steps, default_guidance, default_frames, default_fps, .. } = self.limits;
        let steps = default_steps as usize;
        let count = estimates(&self.limits);
        // Each from its own part of the way.
        let estimates: Vec<usize> = (0..count)
            .map(|part| {
                let [from, to] = [part, part + 1].map(|it| it * (steps - 1) / count);
                1 + rng.random_range(from..to)
            })
            .collect();
        let embed = |text: &str| {
            let tokens: [TokenIds; 1] = [Tokenizer::shared().encode(text)];
            self.text.forward(&tokens, cancel)
        };
        let [height, width] = self.size.map(|side| side / self.config.vae.downsampling());
        let job = Denoise {
            unconditional: if sampler == SamplerKind::Ddim { Some(embed("")?) } else { None },
            sampler,
            steps,
            guidance: default_guidance,
            fps: default_fps as f32,
            ..Denoise::new(
                &self.unet,
                &self.config,
                embed(prompt)?,
                NoiseSource::new(rng.random()),
                [1, self.config.unet.in_channels, default_frames as usize, height, width],
            )
        };
        let mut seen = Vec::with_capacity(count + 1);
        let last = denoise(&job, cancel, &mut |step| {
            if estimates.contains(&step.done) {
                seen.push(step.denoised.clone());
            }
            Ok(())
        })?;
        seen.push(last.tensor);
        for latent in seen {
            self.add(set, channels_last(latent), None);
        }
        Ok(())
    }

    /// Adds scaled latents, `[frames, height, width, channels]`, and what the model's own decoder makes of them.
    fn add(&self, set: &mut DistillationSet, latents: Tensor<4>, drawn: Option<&[u8]>) {
        let decoder = self.vae.decoder();
        let decoded = decoder.decode(latents.clone() / self.config.diffusion.scale_factor, &NoHook);
        let targets = latent_to_rgb8(decoded.expect("nothing cancels"), &RgbMap::identity()).bytes;
        set.push(&values_of(latents.into_data()), &targets, drawn);
    }
}
