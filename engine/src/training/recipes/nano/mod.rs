//! `hummingbird train nano`: makes the embedded model by the paper's recipe, at toy width, on a synthetic dataset.
//!
//! `teacher` trains text transformer and U-Net from nothing; every other stage is a recipe of its own (`vae`, `distil`, `scorer`, `turbo`,
//! `tiny_decoder`), and here stands how they follow each other: `stages` says what each needs and makes, `budget` cuts them to a time,
//! `estimate` says what each will hold, `run` goes through them. Start reading at [`NanoRecipe`].

mod budget;
mod estimate;
mod run;
mod stages;
pub mod teacher;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::run::NanoRun;
pub use self::stages::NanoStage;
use self::teacher::TeacherRecipe;
use super::clips::ClipSettings;
use super::distil::DistilRecipe;
use super::scorer::{ScorerKind, ScorerRecipe};
use super::settings::{DataSettings, OptimizerSettings, RunSettings, ensure};
use super::tiny_decoder::TinyDecoderRecipe;
use super::turbo::{ProjectionStart, TurboRecipe};
use super::vae::VaeRecipe;
use crate::model::{
    DiffusionConfig, FORMAT_VERSION, ModelConfig, ModelDescription, ModelProvenance, Parameterization, Vocabulary,
};
use crate::model::{RequestLimits, Reuse, SamplerKind};
use crate::nn::config::{CLIP_VOCABULARY, TextConfig, UNetConfig, VaeConfig};
use crate::nn::dropout::DropoutRates;
use crate::pipeline::clip_tokens::Tokenizer;
use crate::training::TrainError;
use crate::training::datasets::synthetic::{self, CLIP_FPS, CLIP_FRAMES, Canvas};
use crate::training::objectives::consistency::ConsistencySettings;
use crate::training::objectives::feedback::LossWeights;

/// Size of Nano's clips.
pub const CANVAS: Canvas = Canvas { width: 192, height: 128 };

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("recipe.toml");

/// Guidance of the teacher in sampling and in the student's distillation.
const GUIDANCE: f32 = 4.0;

/// What is trained, in this order. Files and folders that a stage of its own would be told are chosen by the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NanoRecipe {
    /// Folder of everything that the run keeps: one folder and one file for each stage. Without it `runs/nano`.
    pub folder: Option<PathBuf>,
    /// Where the finished model is written; without it `nano.safetensors` in the folder.
    pub output: Option<PathBuf>,
    /// Seed of all that is random.
    pub seed: u64,
    /// Width of the clips in pixels.
    pub width: usize,
    /// Height of the clips in pixels.
    pub height: usize,
    /// The autoencoder, on crops.
    pub autoencoder: VaeRecipe,
    /// Its decoder alone, on whole frames: crops have other group statistics, which shows as halos.
    pub decoder: VaeRecipe,
    /// Text transformer and U-Net of the teacher.
    pub teacher: TeacherRecipe,
    /// The student: cut out of the teacher, and distilled from it with its guidance.
    pub student: DistilRecipe,
    /// Scorer of pictures.
    pub image_scorer: ScorerRecipe,
    /// Scorer of clips.
    pub video_scorer: ScorerRecipe,
    /// The student of few steps.
    pub turbo: TurboRecipe,
    /// The tiny decoder.
    pub tiny_decoder: TinyDecoderRecipe,
}

impl Default for NanoRecipe {
    fn default() -> Self {
        let Canvas { width, height } = CANVAS;
        let run = |updates, batch| RunSettings {
            updates,
            batch,
            checkpoint_activations: false,
            checkpoint_secs: 300.0,
            keep: 1,
            grid_secs: 1800.0,
            ..RunSettings::default()
        };
        // The size of the clips is set when a stage begins.
        let data = |frames| DataSettings { frames, ..DataSettings::default() };
        let vae = VaeRecipe { run: run(8_000, 16), data: data(1), ..VaeRecipe::default() };
        // Captions that differ in one word are near each other from the beginning: at 0.07 that word hardly changes the loss.
        let (temperature, texts_first) = (0.02, 0.05);
        let scorer = ScorerRecipe {
            temperature,
            texts_first,
            decoded: 0.0,
            run: run(3_500, 48),
            data: data(1),
            ..ScorerRecipe::default()
        };
        let optimizer =
            OptimizerSettings { weight_decay: 0.01, ema_decay: 0.999, ..OptimizerSettings::from_nothing(3e-4) };
        Self {
            folder: None,
            output: None,
            seed: 1,
            width,
            height,
            decoder: VaeRecipe {
                decoder_only: true,
                latent_noise: 0.2,
                crop_width: width,
                crop_height: height,
                optimizer: OptimizerSettings::from_nothing(6e-4),
                run: run(3_000, 8),
                ..vae.clone()
            },
            autoencoder: vae,
            teacher: TeacherRecipe::default(),
            student: DistilRecipe {
                guidance: GUIDANCE,
                data: data(CLIP_FRAMES),
                // Drawing and encoding takes a fifth of an update's time where no clip comes twice.
                clips: ClipSettings { drawn: 2_500, keep_mib: 512 },
                dropout: DropoutRates::default(),
                optimizer: OptimizerSettings { learning_rate: 5e-4, ..optimizer },
                run: run(5_000, 4),
                ..DistilRecipe::default()
            },
            video_scorer: ScorerRecipe {
                kind: ScorerKind::Video,
                data: data(CLIP_FRAMES / 4),
                run: run(4_000, 27),
                ..scorer.clone()
            },
            image_scorer: ScorerRecipe { gathered: 0.75, ..scorer },
            turbo: TurboRecipe {
                // `guidance` counts beyond the prompt's own prediction.
                guidance: [GUIDANCE - 2.0, GUIDANCE],
                projection: ProjectionStart::Zero,
                default_guidance: GUIDANCE - 1.0,
                consistency: ConsistencySettings {
                    fps: CLIP_FPS as f32,
                    empty_fps: CLIP_FPS as f32,
                    ddim_steps: 25,
                    ..ConsistencySettings::default()
                },
                data: data(CLIP_FRAMES),
                clips: ClipSettings { drawn: 2_500, keep_mib: 512 },
                dropout: DropoutRates::default(),
                weights: LossWeights { image: 1.5, video: 1.5, ..LossWeights::default() },
                // With three times this rate, or after twice as many updates, all prompts gave the same picture.
                optimizer: OptimizerSettings {
                    learning_rate: 6e-5,
                    lr_warmup: 50,
                    weight_decay: 0.0,
                    ema_decay: 0.995,
                    ..optimizer
                },
                run: run(320, 4),
                ..TurboRecipe::default()
            },
            tiny_decoder: TinyDecoderRecipe { data: data(1), run: run(5_000, 8), ..TinyDecoderRecipe::default() },
        }
    }
}

impl NanoRecipe {
    /// Folder of the run.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| PathBuf::from("runs/nano"))
    }

    /// Checks what can be checked before the first stage has made its file.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn open(self) -> Result<NanoRun, TrainError> {
        let vae = self.autoencoder.network.config();
        let unit = vae.downsampling() * nano_config(&vae).unet.latent_multiple();
        let is_side = |side: usize| (1..=MOST_SIDE).contains(&side) && side.is_multiple_of(unit);
        ensure("width", self.width, is_side(self.width))?;
        ensure("height", self.height, is_side(self.height))?;
        self.teacher.check()?;
        let runs = [
            (&self.autoencoder.run, &self.autoencoder.optimizer),
            (&self.decoder.run, &self.decoder.optimizer),
            (&self.student.run, &self.student.optimizer),
            (&self.image_scorer.run, &self.image_scorer.optimizer),
            (&self.video_scorer.run, &self.video_scorer.optimizer),
            (&self.turbo.run, &self.turbo.optimizer),
            (&self.tiny_decoder.run, &self.tiny_decoder.optimizer),
        ];
        for (run, optimizer) in runs {
            run.check()?;
            optimizer.check()?;
        }
        Ok(NanoRun::new(self))
    }
}

/// Largest side of a clip, in pixels.
const MOST_SIDE: usize = 1024;

/// Architecture of Nano's students: the reference's, at toy width, for latents of an autoencoder.
pub fn nano_config(vae: &VaeConfig) -> ModelConfig {
    ModelConfig {
        text: TextConfig {
            width: 64,
            heads: 4,
            layers: 2,
            token_ids: Some(nano_token_ids()),
            vocab_size: CLIP_VOCABULARY,
        },
        unet: UNetConfig {
            in_channels: vae.z_channels,
            out_channels: vae.z_channels,
            // A latent pixel stands for 16x16 of the clip and has 16 values: the finest level needs the width. With 48 channels there and
            // a third level, the same loss took a third more frames.
            model_channels: 96,
            channel_mult: vec![1, 1],
            num_res_blocks: 1,
            // Shapes need the text where the latent is finest.
            attention_resolutions: vec![1, 2],
            num_head_channels: 16,
            context_dim: 64,
            middle_block: false,
            fps_cond: true,
            time_cond_proj_dim: None,
            motion_cond_proj_dim: None,
            norm_groups: 8,
        },
        vae: vae.clone(),
        // At this size GroupNorm forgets too much of a frame's scale for the noise to be predicted exactly, and the last
        // steps of the schedule magnify its error; velocity has no such factor.
        diffusion: DiffusionConfig {
            parameterization: Parameterization::V,
            // The reference's 0.012 leaves a two-hundredth of the clip's variance in the last timestep. One value is lost in
            // that noise, the layout and the motion of all frames together are not: a network learns to read them there
            // instead of in the text, and makes them up when it starts from pure noise (Lin et al. 2023).
            linear_end: 0.025,
            use_scale: false,
            ..DiffusionConfig::default()
        },
    }
}

/// Ids of every token that Nano's captions can contain, sorted; all others share one row of the token table.
pub fn nano_token_ids() -> Vec<u32> {
    let tokenizer = Tokenizer::shared();
    let mut ids: Vec<u32> = vec![0, 49_406, 49_407];
    for word in synthetic::all_words() {
        let tokens = tokenizer.encode(&word);
        ids.extend(tokens.ids.iter().skip(1).take(tokens.text_tokens));
    }
    ids.extend(tokenizer.encode(". , !").ids.iter().skip(1).take(3));
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What clips of a model of the synthetic dataset are like.
fn nano_limits(config: &ModelConfig, canvas: Canvas) -> RequestLimits {
    RequestLimits {
        sampler: SamplerKind::Ddim,
        default_steps: 50,
        max_steps: 100,
        default_guidance: GUIDANCE,
        default_frames: CLIP_FRAMES as u32,
        max_frames: 64,
        default_width: canvas.width as u32,
        default_height: canvas.height as u32,
        size_multiple: (config.vae.downsampling() * config.unet.latent_multiple()) as u32,
        max_size: canvas.width.max(canvas.height).max(256) as u32,
        default_fps: CLIP_FPS as u32,
        default_reuse: Reuse::Off,
        tiny_decoder: false,
    }
}

/// The description of a model of the synthetic dataset, which samples as a teacher does.
fn nano_description(name: &str, config: ModelConfig, canvas: Canvas, provenance: ModelProvenance) -> ModelDescription {
    let words = synthetic::vocabulary_lists();
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let limits = nano_limits(&config, canvas);
    ModelDescription {
        format_version: FORMAT_VERSION,
        name: name.to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        tokenizer: "clip-bpe".to_owned(),
        config,
        limits,
        vocabulary: Some(Vocabulary {
            colours: owned(&words.colours),
            subjects: owned(&words.subjects),
            motions: owned(&words.motions),
            scenes: owned(&words.scenes),
        }),
        provenance,
    }
}
