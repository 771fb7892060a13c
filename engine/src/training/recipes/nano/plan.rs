//! How much of what is trained.

use super::fault::{PlanFault, PlanPart};
use serde::{Deserialize, Serialize};

use super::{CANVAS, nano_config};
use crate::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use crate::training::datasets::synthetic::{CLIP_FRAMES, Canvas, ClipSpec, Motion};
use crate::training::trainer::TrainerConfig;

/// The whole plan; its JSON form is what `hummingbird train nano --plan FILE` reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NanoPlan {
    /// Autoencoder.
    pub vae: VaePlan,
    /// Text transformer and U-Net.
    pub denoiser: DenoiserPlan,
    /// Tiny decoder.
    #[serde(rename = "light_decoder")]
    pub tiny_decoder: TinyDecoderPlan,
    /// Seconds between checkpoints.
    pub checkpoint_secs: f64,
    /// Seconds between sample grids.
    #[serde(rename = "sheet_secs")]
    pub grid_secs: f64,
}

impl Default for NanoPlan {
    fn default() -> Self {
        Self {
            vae: VaePlan::default(),
            denoiser: DenoiserPlan::default(),
            tiny_decoder: TinyDecoderPlan::default(),
            checkpoint_secs: 300.0,
            grid_secs: 900.0,
        }
    }
}

/// Samples of a step at most: more would not fit into any memory, and numbers of files are multiplied with each other.
const MOST_BATCH: usize = 4_096;
/// Frames of a distillation set at most; all are in memory.
const MOST_DISTILLED: u64 = 1 << 20;
/// Width of a tiny decoder, and residual blocks of one of its levels, at most.
const MOST_WIDTH: usize = 1_024;
const MOST_BLOCKS: usize = 64;

impl NanoPlan {
    /// Whether the plan can be run.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn check(&self) -> Result<(), PlanFault> {
        let Self { vae, denoiser, tiny_decoder, .. } = self;
        vae.check()?;
        denoiser.check()?;
        tiny_decoder.check()
    }
}

fn check_batch(part: PlanPart, batch: usize) -> Result<(), PlanFault> {
    ensure((1..=MOST_BATCH).contains(&batch), || PlanFault::Batch { part, batch, most: MOST_BATCH })
}

fn ensure(holds: bool, fault: impl FnOnce() -> PlanFault) -> Result<(), PlanFault> {
    if holds { Ok(()) } else { Err(fault()) }
}

/// Training of the autoencoder on random crops that show the subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaePlan {
    /// Crops in all.
    pub samples: u64,
    /// Crops a step.
    pub batch: usize,
    /// Width of a crop in pixels.
    pub crop_width: usize,
    /// Height of a crop in pixels.
    pub crop_height: usize,
    /// Largest learning rate; falls along a cosine to a fiftieth.
    pub learning_rate: f64,
    /// Additional weight of pixels that show the subject.
    pub subject_weight: f64,
    /// Weight of the squared distance beside the L1 distance: L1 alone lets small subjects vanish.
    pub square_weight: f64,
    /// Weight of the L1 distance of neighbouring pixels' differences, which keeps edges sharp.
    pub gradient_weight: f64,
    /// Weight of the mean Kullback-Leibler divergence of a latent value from the standard normal distribution.
    pub kl_weight: f64,
    /// Leave the encoder as it is, so that the latents stay where a denoiser learned them.
    pub decoder_only: bool,
    /// With `decoder_only`: noise on the latents of each image, of a standard deviation between 0 and this share of the
    /// latents' own, since a denoiser's latents are never exact (HaCohen et al. 2024 let the decoder take the last step of
    /// denoising). It changed little for Nano.
    pub latent_noise: f32,
    /// Optimiser and average.
    pub trainer: TrainerConfig,
}

impl Default for VaePlan {
    fn default() -> Self {
        Self {
            samples: 240_000,
            batch: 16,
            crop_width: 96,
            crop_height: 96,
            learning_rate: 1.5e-3,
            subject_weight: 5.0,
            square_weight: 2.0,
            gradient_weight: 0.5,
            kl_weight: 1e-4,
            decoder_only: false,
            latent_noise: 0.0,
            trainer: TrainerConfig { weight_decay: 0.0, ema_decay: 0.998, clip_norm: 1.0 },
        }
    }
}

impl VaePlan {
    fn check(&self) -> Result<(), PlanFault> {
        let Self { batch, crop_width, crop_height, latent_noise, decoder_only, .. } = *self;
        check_batch(PlanPart::Autoencoder, batch)?;
        let Canvas { width, height } = CANVAS;
        let multiple = nano_config().vae.downsampling();
        let fits = |part: usize, whole: usize| part > 0 && part <= whole && part.is_multiple_of(multiple);
        ensure(fits(crop_width, width) && fits(crop_height, height), || PlanFault::Crop {
            crop_width,
            crop_height,
            width,
            height,
            multiple,
        })?;
        ensure(latent_noise.is_finite() && latent_noise >= 0.0, || PlanFault::LatentNoise { noise: latent_noise })?;
        ensure(decoder_only || latent_noise == 0.0, || PlanFault::NoiseWithoutDecoderOnly)
    }
}

/// One phase of the denoiser's training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DenoiserPhase {
    /// Frames of a clip: 1, or a divisor of 16 (8 means every second frame).
    pub frames: usize,
    /// Clips in the phase.
    pub samples: u64,
    /// Clips a step.
    pub batch: usize,
    /// Learning rate at the beginning of the phase.
    pub learning_rate: f64,
    /// Learning rate at its end; falls linearly.
    pub final_learning_rate: f64,
    /// Only clips with these motions; without any named, all. Where a subject is depends on word, frame and place together, and
    /// while none of the three shows in the network's features the slope towards using the others is zero. Motions of one
    /// direction each (left, but never right) make frame and place matter on their own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motions: Vec<Motion>,
    /// In this phase, instead of [`DenoiserPlan::timestep_exponent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestep_exponent: Option<f64>,
    /// Only timesteps from the first to below the second; without it, all 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timesteps: Option<[usize; 2]>,
}

impl DenoiserPhase {
    /// A name for people.
    pub fn name(&self) -> &'static str {
        if self.frames == 1 { "denoiser on single frames" } else { "denoiser on clips" }
    }

    fn check(&self, plan: &DenoiserPlan) -> Result<(), PlanFault> {
        let exponent = self.timestep_exponent.unwrap_or(plan.timestep_exponent);
        ensure(exponent.is_finite() && exponent >= 0.0, || PlanFault::TimestepExponent { exponent })?;
        let [from, to] = self.timesteps.unwrap_or([0, TRAIN_TIMESTEPS]);
        ensure(from < to && to <= TRAIN_TIMESTEPS, || PlanFault::Timesteps { from, to, most: TRAIN_TIMESTEPS })?;
        check_batch(PlanPart::Phase, self.batch)?;
        ensure(self.learning_rate >= 0.0 && self.final_learning_rate >= 0.0, || PlanFault::LearningRate)?;
        let frames = self.frames;
        ensure(frames > 0 && CLIP_FRAMES.is_multiple_of(frames), || PlanFault::Frames { frames, of: CLIP_FRAMES })
    }

    /// Whether a clip belongs to the phase.
    pub fn takes(&self, clip: &ClipSpec) -> bool {
        self.motions.is_empty() || self.motions.contains(&clip.combination.motion)
    }

    /// The learning rate after so many samples of the phase.
    pub fn learning_rate_at(&self, samples: u64) -> f64 {
        let progress = samples as f64 / self.samples.max(1) as f64;
        self.learning_rate + (self.final_learning_rate - self.learning_rate) * progress
    }
}

/// Training of text transformer and U-Net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DenoiserPlan {
    /// Phases in order: single frames first, since they are cheap and teach colours and scenes, then shapes, which are decided
    /// at middling timesteps and take most steps; then motions of one direction, their opposites, and all; noisy timesteps,
    /// which decide the motion, more often than the others at first.
    pub phases: Vec<DenoiserPhase>,
    /// Different clips of the training set; each is drawn and encoded once and used several times with other noise.
    pub clips: u64,
    /// Steps over which the learning rate rises at the very beginning.
    pub warmup_steps: u64,
    /// Share of samples whose caption is replaced by the empty prompt, for guidance.
    pub empty_prompt: f64,
    /// Timesteps are drawn as `1000 u^exponent` with `u` uniform in 0..1: below 1, noisy ones come more often. Many frames of
    /// one scene show its layout through far more noise than one frame does (Hoogeboom et al. 2023, shifted schedules).
    pub timestep_exponent: f64,
    /// Standard deviation of a part of the noise that is the same for all pixels and frames of a channel. The schedule ends
    /// with a trace of the clip in the noise, enough to read its mean off thousands of values; a network that relies on it
    /// paints every scene in middle grey when it starts from pure noise (Guttenberg 2023, offset noise; Lin et al. 2023).
    pub offset_noise: f32,
    /// Optimiser and average.
    pub trainer: TrainerConfig,
}

impl Default for DenoiserPlan {
    fn default() -> Self {
        let phase = |frames, samples, batch, learning_rate, final_learning_rate| DenoiserPhase {
            frames,
            samples,
            batch,
            learning_rate,
            final_learning_rate,
            motions: Vec::new(),
            timestep_exponent: None,
            timesteps: None,
        };
        let noisy = |exponent, motions: &[Motion], phase| DenoiserPhase {
            timestep_exponent: Some(exponent),
            motions: motions.to_vec(),
            ..phase
        };
        let one_way = [Motion::MovingLeft, Motion::Rising];
        let both_ways = [
            Motion::MovingLeft,
            Motion::MovingRight,
            Motion::Rising,
            Motion::Falling,
            Motion::Growing,
            Motion::Shrinking,
        ];
        Self {
            phases: vec![
                phase(1, 64_000, 64, 1e-3, 6e-4),
                DenoiserPhase { timesteps: Some([150, 800]), ..phase(1, 128_000, 16, 5e-4, 5e-4) },
                noisy(0.3, &one_way, phase(8, 4_800, 8, 6e-4, 6e-4)),
                noisy(0.3, &both_ways, phase(8, 9_600, 8, 6e-4, 6e-4)),
                noisy(0.4, &[], phase(8, 16_000, 8, 6e-4, 5e-4)),
                noisy(0.7, &[], phase(16, 24_000, 4, 5e-4, 2e-5)),
            ],
            clips: 8_000,
            warmup_steps: 300,
            empty_prompt: 0.1,
            timestep_exponent: 1.0,
            offset_noise: 0.0,
            trainer: TrainerConfig { weight_decay: 0.01, ema_decay: 0.999, clip_norm: 1.0 },
        }
    }
}

impl DenoiserPlan {
    fn check(&self) -> Result<(), PlanFault> {
        ensure(self.clips > 0, || PlanFault::NoClips)?;
        let share = self.empty_prompt;
        ensure((0.0..=1.0).contains(&share), || PlanFault::EmptyPrompts { share })?;
        self.phases.iter().try_for_each(|phase| phase.check(self))
    }
}

/// Distillation of the tiny decoder on whole frames: those that the model's own decoder makes of the same latents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TinyDecoderPlan {
    /// Channels of every layer.
    pub width: usize,
    /// Residual blocks a level, the lowest resolution first; one level more than the autoencoder halves the resolution.
    pub blocks: Vec<usize>,
    /// Frames that are drawn and encoded, each of another clip.
    pub drawn_frames: u64,
    /// Clips that the model samples; each gives its 16 frames four times: final, and as it was estimated after three steps.
    pub sampled_clips: u64,
    /// Frames seen in training.
    pub samples: u64,
    /// Frames a step.
    pub batch: usize,
    /// Largest learning rate; falls along a cosine to a fiftieth.
    pub learning_rate: f64,
    /// Weight of the squared distance beside the L1 distance.
    pub square_weight: f64,
    /// Weight of the L1 distance of neighbouring pixels' differences, which keeps edges sharp.
    pub gradient_weight: f64,
    /// Weight of the L1 distance from what was drawn, beside that from what the model's own decoder made of it.
    pub drawn_weight: f64,
    /// Optimiser and average.
    pub trainer: TrainerConfig,
}

impl Default for TinyDecoderPlan {
    fn default() -> Self {
        Self {
            width: 16,
            blocks: vec![3, 3, 3, 1, 1],
            drawn_frames: 3_072,
            sampled_clips: 48,
            samples: 40_000,
            batch: 8,
            learning_rate: 3e-3,
            square_weight: 2.0,
            gradient_weight: 0.5,
            drawn_weight: 0.1,
            trainer: TrainerConfig { weight_decay: 0.0, ema_decay: 0.998, clip_norm: 1.0 },
        }
    }
}

impl TinyDecoderPlan {
    fn check(&self) -> Result<(), PlanFault> {
        let Self { width, batch, drawn_frames, sampled_clips, .. } = *self;
        check_batch(PlanPart::TinyDecoder, batch)?;
        ensure((1..=MOST_WIDTH).contains(&width), || PlanFault::DecoderWidth { width, most: MOST_WIDTH })?;
        let most = MOST_DISTILLED;
        ensure((1..=most).contains(&drawn_frames) && sampled_clips <= most / 64, || PlanFault::DistillationSet {
            most_drawn: most,
            most_sampled: most / 64,
        })?;
        let (levels, known) = (self.blocks.len(), 1 + nano_config().vae.downsampling().ilog2() as usize);
        ensure(levels == known, || PlanFault::DecoderLevels { levels, known })?;
        ensure(self.blocks.iter().all(|&count| count <= MOST_BLOCKS), || PlanFault::DecoderBlocks { most: MOST_BLOCKS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::datasets::synthetic::Split;

    #[test]
    fn plans_that_cannot_run_are_refused() {
        let phase = r#"{"frames": 5, "samples": 1, "batch": 1, "learning_rate": 0.1, "final_learning_rate": 0.1}"#;
        let one = |from: &str, to: &str| {
            let phase = phase.replace(r#""frames": 5"#, r#""frames": 8"#).replace(from, to);
            format!(r#"{{"denoiser": {{"phases": [{phase}]}}}}"#)
        };
        let cases = [
            (r#"{"vae": {"batch": 0}}"#.to_owned(), "the autoencoder's batch is 0"),
            (r#"{"vae": {"batch": 18446744073709551615}}"#.to_owned(), "choose 1 to 4096"),
            (r#"{"vae": {"crop_width": 104}}"#.to_owned(), "crops of 104x96"),
            (r#"{"vae": {"crop_height": 0}}"#.to_owned(), "multiples of 16"),
            (r#"{"vae": {"crop_height": 12}}"#.to_owned(), "multiples of 16"),
            (r#"{"vae": {"latent_noise": -1}}"#.to_owned(), "no latent_noise"),
            (r#"{"vae": {"latent_noise": 0.3}}"#.to_owned(), "set decoder_only"),
            (r#"{"denoiser": {"clips": 0}}"#.to_owned(), "at least 1 clip"),
            (r#"{"denoiser": {"empty_prompt": 1.5}}"#.to_owned(), "no share of empty prompts"),
            (r#"{"denoiser": {"timestep_exponent": -1}}"#.to_owned(), "no timestep_exponent"),
            (one(r#""frames": 8"#, r#""frames": 5"#), "clips of 5 frames"),
            (one(r#""batch": 1"#, r#""batch": 0"#), "a phase's batch"),
            (one("0.1}", "-0.1}"), "cannot be negative"),
            (one("}", r#", "timesteps": [500, 500]}"#), "no timesteps from 500 to below 500"),
            (r#"{"light_decoder": {"width": 0}}"#.to_owned(), "the tiny decoder's width"),
            (r#"{"light_decoder": {"batch": 0}}"#.to_owned(), "the tiny decoder's batch"),
            (r#"{"light_decoder": {"drawn_frames": 0}}"#.to_owned(), "drawn_frames"),
            (r#"{"light_decoder": {"sampled_clips": 18446744073709551615}}"#.to_owned(), "sampled_clips"),
            (r#"{"light_decoder": {"blocks": [1, 1]}}"#.to_owned(), "blocks for 2 levels"),
            (r#"{"light_decoder": {"blocks": [1, 1, 1, 1, 65]}}"#.to_owned(), "at most 64 blocks"),
        ];
        for (text, words) in cases {
            let plan: NanoPlan = serde_json::from_str(&text).expect(words);
            let fault = plan.check().expect_err(words).to_string();
            assert!(fault.contains(words), "{fault}");
        }
        assert_eq!(NanoPlan::default().check(), Ok(()));
    }

    #[test]
    fn a_phase_takes_the_motions_that_it_names_or_all() {
        let mut phase = DenoiserPlan::default().phases.swap_remove(0);
        let clips: Vec<ClipSpec> = (0..200).map(|index| ClipSpec::sample(1, index, Split::Train)).collect();
        phase.motions = vec![Motion::Rising, Motion::MovingLeft];
        let taken: Vec<&ClipSpec> = clips.iter().filter(|clip| phase.takes(clip)).collect();
        assert!(!taken.is_empty() && taken.iter().all(|clip| phase.motions.contains(&clip.combination.motion)));
        phase.motions.clear();
        assert!(clips.iter().all(|clip| phase.takes(clip)));
    }
}
