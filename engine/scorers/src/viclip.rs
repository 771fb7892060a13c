//! ViCLIP's vision tower: CLIP's, over the patches of all frames together.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::clip_block::ClipBlock;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

use crate::clip_vision::{blocks, cost_of_blocks};
use crate::config::ViClipVisionConfig;
use crate::patches::{Patches, PatchesConfig};

/// The tower.
#[derive(Module, Debug)]
pub struct ViClipVision {
    conv1: Patches,
    class_embedding: Param<Tensor<1>>,
    positional_embedding: Param<Tensor<2>>,
    /// `[1, frames, width]`
    temporal_positional_embedding: Param<Tensor<3>>,
    ln_pre: LayerNorm,
    blocks: Vec<ClipBlock>,
    ln_post: LayerNorm,
    /// `[width, features]`
    proj: Param<Tensor<2>>,
}

impl ViClipVision {
    /// The tower at `path`, with features of `channels`.
    pub fn init(config: &ViClipVisionConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let ViClipVisionConfig { input_resolution, patch_size, width, layers, num_frames, .. } = *config;
        let tokens = (input_resolution / patch_size).pow(2) + 1;
        let patches = PatchesConfig { width, patch: patch_size, is_temporal: true, is_biased: false };
        let embedding = Init::Normal { std: (width as f32).powf(-0.5) };
        let block = config.block();
        let blocks = (0..layers).map(|index| ClipBlock::init(&block, &path.at("transformer.resblocks").at(index)));
        Ok(Self {
            conv1: Patches::init(patches, &path.at("conv1"))?,
            class_embedding: path.param("class_embedding", [width], embedding)?,
            positional_embedding: path.param("positional_embedding", [tokens, width], embedding)?,
            temporal_positional_embedding: path.param(
                "temporal_positional_embedding",
                [1, num_frames, width],
                Init::Zeros,
            )?,
            ln_pre: LayerNorm::init(&path.at("ln_pre"), width)?,
            blocks: blocks.collect::<Result<_, _>>()?,
            ln_post: LayerNorm::init(&path.at("ln_post"), width)?,
            proj: path.param("proj", [width, channels], Init::Uniform { fan_in: width })?,
        })
    }

    /// # Shapes
    /// `[clips, frames, 3, side, side] -> [clips, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pixels: Tensor<5>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.conv1.forward(pixels.reshape([clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        let positions = self.positional_embedding.val();
        // [1, frames, width] -> [1, frames, 1, width]: the same for all patches of a frame.
        let times = self.temporal_positional_embedding.val().unsqueeze_dim::<4>(2);
        let of_patches = positions.clone().narrow(0, 1, count).reshape([1, 1, count, width]);
        let patches = patches.reshape([clips, frames, count, width]) + of_patches + times;
        let class = self.class_embedding.val().reshape([1, 1, width]) + positions.narrow(0, 0, 1).unsqueeze::<3>();
        let class = class.expand([clips, 1, width]);
        let x = Tensor::cat(vec![class, patches.reshape([clips, frames * count, width])], 1);
        let x = blocks(&self.blocks, self.ln_pre.forward(x), hook)?;
        Ok(self.ln_post.forward(x.narrow(1, 0, 1)).reshape([clips, width]).matmul(self.proj.val()))
    }

    /// Cost of [`Self::forward`] without gradients.
    pub fn cost(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.conv1.cost(tracer, pixels.reshape(&[clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        let patches = tracer.scaled(tracer.scaled(patches));
        let tokens = tracer.gathered(patches, &[clips, frames * count + 1, width]);
        cost_of_blocks(tracer, [&self.ln_pre, &self.ln_post], &self.blocks, &self.proj, tokens)
    }
}
