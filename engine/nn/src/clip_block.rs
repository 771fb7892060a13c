//! The block of CLIP's transformers, of text and of pictures (`ResidualAttentionBlock` of open_clip).

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::cost::{Heads, MetaTensor, Tracer, Weight};
use crate::gelu::Gelu;
use crate::linear::{Linear, LinearConfig};
use crate::norm::LayerNorm;
use crate::params::{Init, ParamPath};
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, Epilogue, Mask, attention, matmul};

/// Sizes and kind of a [`ClipBlock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipBlockConfig {
    /// Channels of a token.
    pub width: usize,
    /// Attention heads; divides the width.
    pub heads: usize,
    /// Hidden values of the feed-forward.
    pub hidden: usize,
    /// Which tokens a token sees.
    pub mask: Mask,
    /// Between both layers of the feed-forward.
    pub gelu: Gelu,
}

impl ClipBlockConfig {
    /// A block of a text transformer: no token sees a later one, four hidden values for each channel, the exact GELU.
    pub fn text(width: usize, heads: usize) -> Self {
        Self { width, heads, hidden: 4 * width, mask: Mask::Causal, gelu: Gelu::Erf }
    }
}

/// `x += attention(ln_1 x)`; `x += mlp(ln_2 x)`.
#[derive(Module, Debug)]
pub struct ClipBlock {
    ln_1: LayerNorm,
    in_proj: InProjection,
    out_proj: Linear,
    ln_2: LayerNorm,
    c_fc: Linear,
    c_proj: Linear,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    mask: Mask,
    #[module(skip)]
    gelu: Gelu,
}

/// Fused query, key and value projection; the reference spells its names with an underscore.
#[derive(Module, Debug)]
struct InProjection {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl ClipBlock {
    /// The block at `path`.
    pub fn init(config: &ClipBlockConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let ClipBlockConfig { width, heads, hidden, mask, gelu } = *config;
        let init = Init::Uniform { fan_in: width };
        Ok(Self {
            ln_1: LayerNorm::init(&path.at("ln_1"), width)?,
            in_proj: InProjection {
                weight: path.weight("attn.in_proj_weight", &[3 * width, width], [3 * width, width], init)?,
                bias: path.param("attn.in_proj_bias", [3 * width], Init::Zeros)?,
            },
            out_proj: LinearConfig::new(width, width).init(&path.at("attn.out_proj"))?,
            ln_2: LayerNorm::init(&path.at("ln_2"), width)?,
            c_fc: LinearConfig::new(width, hidden).init(&path.at("mlp.c_fc"))?,
            c_proj: LinearConfig::new(hidden, width).init(&path.at("mlp.c_proj"))?,
            heads,
            mask,
            gelu,
        })
    }

    /// # Shapes
    /// `[batch, tokens, width]`, unchanged
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.out_proj.forward_add(self.attended(x.clone()), x);
        let hidden = self.gelu.after(&self.c_fc, self.ln_2.forward(x.clone()));
        self.c_proj.forward_add(hidden, x)
    }

    /// What attention makes of the first norm; the projection that it reads goes with it.
    fn attended(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, width] = x.dims();
        let bias = Epilogue::bias(self.in_proj.bias.val());
        let projected = matmul(self.ln_1.forward(x), self.in_proj.weight.val(), bias);
        let part = |index: usize| projected.clone().narrow(2, index * width, width);
        let rounded = self.out_proj.is_rounded();
        let options = AttentionOptions { mask: self.mask, rounded, ..AttentionOptions::new(self.heads) };
        attention(part(0), part(1), part(2), options)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        tracer.block([x], |tracer, [x]| self.cost_inside(tracer, x))
    }

    fn cost_inside(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let shape: [usize; 3] = x.dims();
        let weight = Weight::of(&self.in_proj.weight).with_bias(Some(&self.in_proj.bias));
        let projected = tracer.matmul(self.ln_1.cost(tracer, x.clone()), &weight, None);
        let part = || projected.part(&shape);
        let attended = tracer.attention(part(), part(), part(), Heads { count: self.heads, pixels: 1 });
        drop(projected);
        let x = self.out_proj.cost_add(tracer, attended, x);
        let hidden = self.gelu.cost_after(tracer, &self.c_fc, self.ln_2.cost(tracer, x.clone()));
        self.c_proj.cost_add(tracer, hidden, x)
    }
}
