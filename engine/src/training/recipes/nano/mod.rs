//! Makes Nano, the embedded model: first its autoencoder, then text transformer and U-Net together, then its tiny decoder.
//!
//! `plan` says how much of what; `autoencoder`, `denoiser` and `tiny_decoder` are the three stages (`distillation_set` makes
//! what the last one is trained on); `run` goes through the plan and can be stopped and started again at any time. Start
//! reading at [`run::NanoRun`].

pub mod autoencoder;
pub mod denoiser;
pub mod distillation_set;
pub mod fault;
pub mod plan;
pub mod run;
#[cfg(test)]
mod tests;
pub mod tiny_decoder;

use crate::model::{
    DiffusionConfig, FORMAT_VERSION, ModelConfig, ModelDescription, ModelProvenance, Parameterization, Vocabulary,
};
use crate::model::{RequestLimits, Reuse, SamplerKind};
use crate::nn::config::{CLIP_VOCABULARY, TextConfig, UNetConfig, VaeConfig};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::training::datasets::synthetic::{self, CLIP_FPS, CLIP_FRAMES, Canvas};
use crate::training::trainer::TrainPosition;

/// Latent channels: more than the reference's 4, since at this size they cost nothing and keep small shapes sharp.
pub const LATENT_CHANNELS: usize = 16;

/// Size of Nano's clips.
pub const CANVAS: Canvas = Canvas { width: 192, height: 128 };

/// Nano's architecture: the reference's, at toy width.
pub fn nano_config() -> ModelConfig {
    ModelConfig {
        text: TextConfig {
            width: 64,
            heads: 4,
            layers: 2,
            token_ids: Some(nano_token_ids()),
            vocab_size: CLIP_VOCABULARY,
        },
        unet: UNetConfig {
            in_channels: LATENT_CHANNELS,
            out_channels: LATENT_CHANNELS,
            model_channels: 48,
            channel_mult: vec![1, 2, 2],
            num_res_blocks: 1,
            // Shapes need the text where the latent is finest.
            attention_resolutions: vec![1, 2, 4],
            num_head_channels: 16,
            context_dim: 64,
            middle_block: false,
            fps_cond: true,
            time_cond_proj_dim: None,
            motion_cond_proj_dim: None,
            norm_groups: 8,
        },
        vae: VaeConfig {
            ch: 32,
            ch_mult: vec![1, 2, 2, 3],
            num_res_blocks: 1,
            z_channels: LATENT_CHANNELS,
            norm_groups: 8,
            // Half of the work of an autoencoder would be at full resolution, where a latent's 16x16 pixels say little.
            patch: 2,
        },
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

/// The description of a Nano that was trained so far.
fn nano_description(config: ModelConfig, position: &TrainPosition) -> ModelDescription {
    let words = synthetic::vocabulary_lists();
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let size_multiple = (config.vae.downsampling() * config.unet.latent_multiple()) as u32;
    ModelDescription {
        format_version: FORMAT_VERSION,
        name: "Nano".to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        tokenizer: "clip-bpe".to_owned(),
        config,
        limits: RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: CLIP_FRAMES as u32,
            max_frames: 64,
            default_width: CANVAS.width as u32,
            default_height: CANVAS.height as u32,
            size_multiple,
            max_size: 256,
            default_fps: CLIP_FPS as u32,
            // It takes a quarter less time and loses no score: docs/nano.md.
            default_reuse: Reuse::Light,
            tiny_decoder: false,
        },
        vocabulary: Some(Vocabulary {
            colours: owned(&words.colours),
            subjects: owned(&words.subjects),
            motions: owned(&words.motions),
            scenes: owned(&words.scenes),
        }),
        provenance: ModelProvenance {
            command: match position.origin {
                Some(_) => "hummingbird train nano --from MODEL".to_owned(),
                None => "hummingbird train nano".to_owned(),
            },
            seed: position.seed,
            notes: format!(
                "{} optimiser steps, {} frames and clips, {:.1} hours{}",
                position.step,
                position.samples,
                position.elapsed_secs / 3600.0,
                position.origin.as_ref().map(|origin| format!("; started from {origin}")).unwrap_or_default()
            ),
        },
    }
}
