//! What a teacher's run will hold and compute.

use super::super::super::estimate::{ClipSize, Estimate, Plan, Stored, StudentWeights, Weights};
use super::super::super::settings::{OptimizerSettings, RunSettings};
use super::super::GUIDANCE;
use super::stage::{GRID_CLIPS, GRID_STEPS};
use super::{TeacherPhase, TeacherRecipe, TeacherRunSettings};
use crate::model::{ModelConfig, SamplerKind};
use crate::nn::cost::{Target, Tracer};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::ParamLoader;
use crate::pipeline::denoise::Predictions;
use crate::pipeline::vae::{Decoding, Tiles, VAE_PREFIX, Vae};
use crate::training::datasets::synthetic::{CLIP_FRAMES, Canvas};
use crate::training::objectives::denoising::{Denoiser, Denoising};
use crate::weights::FileError;

/// Colours of a pixel.
const RGB: usize = 3;

impl TeacherRecipe {
    /// What a run on the latents of an autoencoder in `file` will hold and compute, where it holds most. Latents are kept of all clips
    /// that were drawn.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(in super::super) fn estimate(
        &self,
        config: &ModelConfig,
        file: Stored<'_>,
        canvas: Canvas,
        target: Target,
    ) -> Result<Option<Estimate>, FileError> {
        let (params, autoencoders) = (ParamLoader::names_only(), ParamLoader::names_only());
        let denoiser = Denoiser::init(config, &params)?;
        let vae = Vae::init(&config.vae, &autoencoders.path(VAE_PREFIX))?;
        let student = StudentWeights::whole(&params.into_registry());
        let frozen = Weights::frozen(&autoencoders.into_registry(), file, target);
        let unit = config.vae.downsampling();
        let Canvas { width, height } = canvas;
        let clips = |count: usize, frames: usize| ClipSize { frames, height, width }.shape(config).of(count);
        let frame_bytes = size_of::<f32>() * config.vae.z_channels * (height / unit) * (width / unit);
        let optimizer = OptimizerSettings { ema_decay: self.optimizer.ema_decay, ..OptimizerSettings::default() };
        let TeacherRunSettings { accumulate, checkpoint_activations, .. } = self.run;
        let encode = |count: usize| {
            Tracer::measure(target, |tracer| {
                let _bytes = tracer.tensor(&[(count * height * width * RGB).div_ceil(target.element_bytes)]);
                vae.cost_of_encode(tracer, tracer.tensor(&[count, height, width, RGB]))
            })
        };
        let grid = |frames: usize| {
            let shape = clips(GRID_CLIPS, frames);
            let elements = shape.latent.iter().product();
            let together = Predictions::of(SamplerKind::Ddim, GUIDANCE, elements) == Predictions::Together;
            let made = Tracer::measure(target, |tracer| {
                let (latent, text) = shape.of(if together { 2 * GRID_CLIPS } else { GRID_CLIPS }).tensors(tracer);
                tracer.both(latent.clone(), denoiser.unet.cost(tracer, latent, text))
            });
            let decoded = Tracer::measure(target, |tracer| {
                let decoding = Decoding { frames, tiles: Tiles::WHOLE };
                vae.decoder().cost_of_clip(tracer, [frames, height / unit, width / unit], decoding);
            });
            made.times(GRID_STEPS).then(decoded.times(GRID_CLIPS))
        };
        let [mut drawn, mut singles] = [0.0; 2];
        let estimate = |phase: &TeacherPhase, [drawn, singles]: [f64; 2]| {
            let TeacherPhase { batch, frames, .. } = *phase;
            let run = RunSettings { batch, accumulate, checkpoint_activations, ..RunSettings::default() };
            // Some are drawn several times.
            let different =
                |drawn: f64, pool: u64| (pool as f64 * (1.0 - (-drawn / pool as f64).exp())).round() as usize;
            let kept = different(drawn, self.clips) * CLIP_FRAMES + different(singles, self.single_frames);
            let plan = Plan {
                target,
                run: &run,
                is_mean: true,
                optimizer: &optimizer,
                dropout: DropoutRates::default(),
                student: student.clone(),
                frozen,
                batch: encode(if frames == 1 { batch } else { CLIP_FRAMES }),
                clip_bytes: 2 * frames * frame_bytes,
                kept: kept * frame_bytes,
                validation: grid(frames),
                grid: grid(frames),
            };
            plan.estimate(|tracer, count, mode| Denoising::cost(tracer, &denoiser, &clips(count, frames), mode))
        };
        let mut largest: Option<Estimate> = None;
        for phase in &self.phases {
            let single = phase.at(0);
            let (samples, every) = (phase.samples as f64, phase.single_frames_every as f64);
            let share = match phase.frames {
                1 => 1.0,
                // Samples of the updates on single frames, of all samples.
                _ if every > 0.0 => {
                    let (of_single, of_clips) = (single.batch as f64, (every - 1.0) * phase.batch as f64);
                    of_single / (of_single + of_clips)
                }
                _ => 0.0,
            };
            singles += samples * share;
            drawn += samples * (1.0 - share);
            let other = (single.frames != phase.frames).then(|| estimate(&single, [drawn, singles]));
            let of_phase = std::iter::once(estimate(phase, [drawn, singles])).chain(other);
            largest = of_phase.chain(largest).max_by_key(|estimate| estimate.peak_bytes);
        }
        Ok(largest)
    }
}
