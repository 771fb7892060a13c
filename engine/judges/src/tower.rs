//! What CLIP's and ViCLIP's vision towers have in common: patches, positions, blocks, and what is made of the class token.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::clip_block::{ClipBlock, ClipBlockConfig};
use hummingbird_nn::cost::{MetaTensor, Tracer, Weight};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};
use hummingbird_nn::recompute;

use crate::patches::{Patches, PatchesConfig};

/// A tower's layers.
#[derive(Module, Debug)]
pub struct Tower {
    pub conv1: Patches,
    pub class_embedding: Param<Tensor<1>>,
    pub positional_embedding: Param<Tensor<2>>,
    ln_pre: LayerNorm,
    blocks: Vec<ClipBlock>,
    ln_post: LayerNorm,
    /// `[width, features]`
    proj: Param<Tensor<2>>,
}

/// Sizes of a [`Tower`].
#[derive(Clone, Debug)]
pub struct TowerConfig {
    /// Side of a picture, in pixels.
    pub side: usize,
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Whether the reference's patches are those of clips.
    pub is_temporal: bool,
    /// Blocks.
    pub layers: usize,
    /// One of them.
    pub block: ClipBlockConfig,
    /// Channels of the features.
    pub channels: usize,
}

impl Tower {
    /// The layers at `path`.
    pub fn init(config: &TowerConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let TowerConfig { side, patch, is_temporal, layers, ref block, channels } = *config;
        let width = block.width;
        let tokens = (side / patch).pow(2) + 1;
        let embedding = Init::Normal { std: (width as f32).powf(-0.5) };
        let blocks = (0..layers).map(|index| ClipBlock::init(block, &path.at("transformer.resblocks").at(index)));
        Ok(Self {
            conv1: Patches::init(PatchesConfig { width, patch, is_temporal, is_biased: false }, &path.at("conv1"))?,
            class_embedding: path.param("class_embedding", [width], embedding)?,
            positional_embedding: path.param("positional_embedding", [tokens, width], embedding)?,
            ln_pre: LayerNorm::init(&path.at("ln_pre"), width)?,
            blocks: blocks.collect::<Result<_, _>>()?,
            ln_post: LayerNorm::init(&path.at("ln_post"), width)?,
            proj: path.param("proj", [width, channels], Init::Uniform { fan_in: width })?,
        })
    }

    /// The way from tokens on, the class token first among them; blocks may be computed again in the backward pass.
    ///
    /// # Shapes
    /// `[n, tokens, width] -> [n, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn of_tokens(&self, tokens: Tensor<3>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let mut x = self.ln_pre.forward(tokens);
        for (index, block) in self.blocks.iter().enumerate() {
            x = recompute::block(hook, block, x, ClipBlock::forward);
            hook.on_output(&format!("transformer.resblocks.{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        let [n, _, width] = x.dims();
        Ok(self.ln_post.forward(x.narrow(1, 0, 1)).reshape([n, width]).matmul(self.proj.val()))
    }

    /// Cost of [`Self::of_tokens`].
    pub fn cost_of_tokens(&self, tracer: &Tracer, tokens: MetaTensor) -> MetaTensor {
        let [n, _, width] = tokens.dims();
        let x = self.blocks.iter().fold(self.ln_pre.cost(tracer, tokens), |x, block| block.cost(tracer, x));
        let class = if tracer.keeps(&x) {
            tracer.gathered(x, &[n, 1, width])
        } else {
            drop(x);
            tracer.tensor(&[n, 1, width])
        };
        let class = self.ln_post.cost(tracer, class);
        let [_, channels] = self.proj.lazy_shape().dims();
        tracer.matmul(class.reshape(&[n, width]), &Weight::sized(&[channels, width], size_of::<f32>()), None)
    }
}
