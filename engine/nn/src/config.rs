//! Sizes of the three networks. Field names follow the reference's configuration files.

use serde::{Deserialize, Serialize};

/// CLIP text transformer (`FrozenOpenCLIPEmbedder`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextConfig {
    /// Channels of a token.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Blocks that run. The reference's "penultimate" mode stops one block before the last: 23 of ViT-H-14's 24.
    pub layers: usize,
    /// Token ids that the token table has rows for, in the order of its rows; one more row stands for all other ids.
    /// `None`: a row for each id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_ids: Option<Vec<u32>>,
    /// Rows of the token table where [`Self::token_ids`] says nothing: a row for each of the first ids.
    #[serde(default = "clip_vocabulary", skip_serializing_if = "is_clip_vocabulary")]
    pub vocab_size: usize,
}

/// Ids of CLIP's vocabulary.
pub const CLIP_VOCABULARY: usize = 49_408;

fn clip_vocabulary() -> usize {
    CLIP_VOCABULARY
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_clip_vocabulary(size: &usize) -> bool {
    *size == CLIP_VOCABULARY
}

impl TextConfig {
    /// OpenCLIP ViT-H-14 in penultimate mode, as all full-size models use it.
    pub fn vit_h_14() -> Self {
        Self { width: 1024, heads: 16, layers: 23, token_ids: None, vocab_size: CLIP_VOCABULARY }
    }

    /// Rows of the token table.
    pub fn token_rows(&self) -> usize {
        self.token_ids.as_ref().map_or(self.vocab_size, |ids| ids.len() + 1)
    }
}

/// 3-D U-Net (`openaimodel3d.UNetModel` and its pruned forms).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UNetConfig {
    /// Latent channels in.
    pub in_channels: usize,
    /// Latent channels out.
    pub out_channels: usize,
    /// Channels of the first level.
    pub model_channels: usize,
    /// Factor on `model_channels` for each level.
    pub channel_mult: Vec<usize>,
    /// Residual blocks a level (the way up has one more).
    pub num_res_blocks: usize,
    /// Downsampling factors at which spatial and temporal transformers stand.
    pub attention_resolutions: Vec<usize>,
    /// Channels of one attention head.
    pub num_head_channels: usize,
    /// Channels of the text embedding.
    pub context_dim: usize,
    /// Whether there is a middle block; the 0.7B has none.
    pub middle_block: bool,
    /// Whether the frame rate is a condition.
    pub fps_cond: bool,
    /// Width of the guidance embedding, if the network takes one (few-step students).
    #[serde(default)]
    pub time_cond_proj_dim: Option<usize>,
    /// Width of the motion embedding, if the network takes one (T2V-Turbo-v2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion_cond_proj_dim: Option<usize>,
    /// Groups of every group norm: 32 in the reference.
    pub norm_groups: usize,
}

/// Heads of the temporal transformer that follows the first convolution.
pub const INIT_ATTENTION_HEADS: usize = 8;

impl UNetConfig {
    /// VideoCrafter2's teacher network.
    pub fn videocrafter2() -> Self {
        Self {
            in_channels: 4,
            out_channels: 4,
            model_channels: 320,
            channel_mult: vec![1, 2, 4, 4],
            num_res_blocks: 2,
            attention_resolutions: vec![4, 2, 1],
            num_head_channels: 64,
            context_dim: 1024,
            middle_block: true,
            fps_cond: true,
            time_cond_proj_dim: None,
            motion_cond_proj_dim: None,
            norm_groups: 32,
        }
    }

    /// Hummingbird 0.9B: one residual block a level.
    pub fn hummingbird_09b() -> Self {
        Self { num_res_blocks: 1, time_cond_proj_dim: Some(256), ..Self::videocrafter2() }
    }

    /// Hummingbird 0.7B: the 0.9B without its middle block.
    pub fn hummingbird_07b() -> Self {
        Self { middle_block: false, ..Self::hummingbird_09b() }
    }

    /// Latent sides must be multiples of this.
    pub fn latent_multiple(&self) -> usize {
        1 << (self.channel_mult.len() - 1)
    }
}

/// Tiny decoder: the decoder of TAESD (a tiny autoencoder for the latents of Stable Diffusion), at any width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TinyDecoderConfig {
    /// Latent channels.
    pub z_channels: usize,
    /// Channels of every layer between.
    pub width: usize,
    /// Residual blocks a level, the lowest resolution first; every level but the last doubles the resolution.
    pub blocks: Vec<usize>,
}

impl TinyDecoderConfig {
    /// TAESD as it is published.
    pub fn taesd() -> Self {
        Self { z_channels: 4, width: 64, blocks: vec![3, 3, 3, 1] }
    }

    /// Pixels of an image side for one latent.
    pub fn upsampling(&self) -> usize {
        1 << (self.blocks.len() - 1)
    }
}

/// Image autoencoder (`AutoencoderKL`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VaeConfig {
    /// Channels of the level with full resolution.
    pub ch: usize,
    /// Factor on `ch` for each level; every level but the last halves the resolution.
    pub ch_mult: Vec<usize>,
    /// Residual blocks a level of the encoder (the decoder has one more).
    pub num_res_blocks: usize,
    /// Latent channels.
    pub z_channels: usize,
    /// Groups of every group norm: 32 in the reference.
    pub norm_groups: usize,
    /// Side of the squares of pixels that are one place with `3 * patch * patch` channels at full resolution (space to depth, as
    /// in high-compression autoencoders): 1 in the reference.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub patch: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_one(value: &usize) -> bool {
    *value == 1
}

impl VaeConfig {
    /// The autoencoder of all full-size models.
    pub fn kl_f8() -> Self {
        Self { ch: 128, ch_mult: vec![1, 2, 4, 4], num_res_blocks: 2, z_channels: 4, norm_groups: 32, patch: 1 }
    }

    /// Pixels of an image side for one latent.
    pub fn downsampling(&self) -> usize {
        self.patch << (self.ch_mult.len() - 1)
    }
}
