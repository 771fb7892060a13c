//! CLIP's vision tower, as open_clip has it.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::clip_block::ClipBlock;
use hummingbird_nn::cost::{MetaTensor, Tracer, Weight};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};
use hummingbird_nn::recompute;

use crate::config::ClipVisionConfig;
use crate::patches::{Patches, PatchesConfig};

/// The tower.
#[derive(Module, Debug)]
pub struct ClipVision {
    conv1: Patches,
    class_embedding: Param<Tensor<1>>,
    positional_embedding: Param<Tensor<2>>,
    ln_pre: LayerNorm,
    blocks: Vec<ClipBlock>,
    ln_post: LayerNorm,
    /// `[width, features]`
    proj: Param<Tensor<2>>,
}

impl ClipVision {
    /// The tower at `path`, with features of `channels`.
    pub fn init(config: &ClipVisionConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let ClipVisionConfig { image_size, layers, width, patch_size, .. } = *config;
        let tokens = (image_size / patch_size).pow(2) + 1;
        let patches = PatchesConfig { width, patch: patch_size, is_temporal: false, is_biased: false };
        let embedding = Init::Normal { std: (width as f32).powf(-0.5) };
        let block = config.block();
        let blocks = (0..layers).map(|index| ClipBlock::init(&block, &path.at("transformer.resblocks").at(index)));
        Ok(Self {
            conv1: Patches::init(patches, &path.at("conv1"))?,
            class_embedding: path.param("class_embedding", [width], embedding)?,
            positional_embedding: path.param("positional_embedding", [tokens, width], embedding)?,
            ln_pre: LayerNorm::init(&path.at("ln_pre"), width)?,
            blocks: blocks.collect::<Result<_, _>>()?,
            ln_post: LayerNorm::init(&path.at("ln_post"), width)?,
            proj: path.param("proj", [width, channels], Init::Uniform { fan_in: width })?,
        })
    }

    /// # Shapes
    /// `[n, 3, image size, image size] -> [n, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pixels: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let patches = self.conv1.forward(pixels);
        let [n, _, width] = patches.dims();
        let class = self.class_embedding.val().reshape([1, 1, width]).expand([n, 1, width]);
        let x = Tensor::cat(vec![class, patches], 1) + self.positional_embedding.val().unsqueeze::<3>();
        let x = blocks(&self.blocks, self.ln_pre.forward(x), hook)?;
        Ok(self.ln_post.forward(x.narrow(1, 0, 1)).reshape([n, width]).matmul(self.proj.val()))
    }

    /// Cost of [`Self::forward`] without gradients.
    pub fn cost(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        let patches = self.conv1.cost(tracer, pixels);
        let [n, count, width] = patches.dims();
        let tokens = tracer.gathered(patches, &[n, count + 1, width]);
        let norms = [&self.ln_pre, &self.ln_post];
        cost_of_blocks(tracer, norms, &self.blocks, &self.proj, tracer.scaled(tokens))
    }
}

/// Cost of a tower from its tokens on, the class token among them: a norm, the blocks, and what is made of the class token.
pub(crate) fn cost_of_blocks(
    tracer: &Tracer,
    [ln_pre, ln_post]: [&LayerNorm; 2],
    blocks: &[ClipBlock],
    proj: &Param<Tensor<2>>,
    tokens: MetaTensor,
) -> MetaTensor {
    let [n, _, width] = tokens.dims();
    let x = blocks.iter().fold(ln_pre.cost(tracer, tokens), |x, block| block.cost(tracer, x));
    let class = if tracer.keeps(&x) {
        tracer.gathered(x, &[n, 1, width])
    } else {
        drop(x);
        tracer.tensor(&[n, 1, width])
    };
    let class = ln_post.cost(tracer, class);
    let [_, channels] = proj.lazy_shape().dims();
    tracer.matmul(class.reshape(&[n, width]), &Weight::sized(&[channels, width], size_of::<f32>()), None)
}

/// All blocks of a tower, which may be computed again in the backward pass.
pub(crate) fn blocks(blocks: &[ClipBlock], mut x: Tensor<3>, hook: &dyn ForwardHook) -> Result<Tensor<3>, Cancelled> {
    for (index, block) in blocks.iter().enumerate() {
        x = recompute::block(hook, block, x, ClipBlock::forward);
        hook.on_output(&format!("transformer.resblocks.{index}"), &x.clone().unsqueeze_dim(1))?;
    }
    Ok(x)
}
