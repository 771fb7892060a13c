//! The transformer block that spatial and temporal transformers share (`BasicTransformerBlock`).

use burn::module::Module;
use burn::tensor::Tensor;

use crate::error::EngineError;
use crate::nn::attention::Attention;
use crate::nn::linear::{Linear, LinearConfig};
use crate::nn::norm::LayerNorm;
use crate::nn::params::ParamPath;

/// Self-attention, second attention, feed-forward; each after a layer norm and with a residual around it.
#[derive(Module, Debug)]
pub struct TransformerBlock {
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    norm3: LayerNorm,
    ff: FeedForward,
}

/// What the second attention of a block looks at.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists for the time of a block; a box would only add an allocation")]
pub enum Context {
    /// The block's own tokens (temporal transformers): the given number of pixels, each of which attends over its frames.
    Frames(usize),
    /// The text: `[batch, text tokens, context channels]`. Tokens of all frames of a clip share it, so that its keys and
    /// values are computed once a clip, not once a frame.
    Text(Tensor<3>),
}

impl TransformerBlock {
    /// The block at `path`; `context` is the width of what the second attention looks at.
    pub fn init(path: &ParamPath<'_>, inner: usize, context: usize, heads: usize) -> Result<Self, EngineError> {
        Ok(Self {
            norm1: LayerNorm::init(&path.at("norm1"), inner)?,
            attn1: Attention::init(&path.at("attn1"), inner, inner, heads)?,
            norm2: LayerNorm::init(&path.at("norm2"), inner)?,
            attn2: Attention::init(&path.at("attn2"), inner, context, heads)?,
            norm3: LayerNorm::init(&path.at("norm3"), inner)?,
            ff: FeedForward::init(&path.at("ff"), inner)?,
        })
    }

    /// # Shapes
    /// `[sequences, tokens, inner]` with text, `[batch, frames * pixels, inner]` over frames; unchanged
    pub fn forward(&self, x: Tensor<3>, context: &Context) -> Tensor<3> {
        let pixels = match context {
            Context::Frames(pixels) => *pixels,
            Context::Text(_) => 1,
        };
        let normed = self.norm1.forward(x.clone());
        let x = self.attn1.forward(normed.clone(), normed, pixels, x);
        let normed = self.norm2.forward(x.clone());
        let x = match context {
            Context::Frames(_) => self.attn2.forward(normed.clone(), normed, pixels, x),
            Context::Text(text) => {
                let [sequences, tokens, inner] = normed.dims();
                let [batch, _, _] = text.dims();
                // [b*f, h*w, c] -> [b, f*h*w, c]: all frames of a clip ask the same text.
                let shape = [batch, sequences / batch * tokens, inner];
                let attended = self.attn2.forward(normed.reshape(shape), text.clone(), pixels, x.reshape(shape));
                attended.reshape([sequences, tokens, inner])
            }
        };
        let normed = self.norm3.forward(x.clone());
        self.ff.forward_add(normed, x)
    }
}

/// GEGLU feed-forward: `[a | g] = W1 x`, then `W2 (a * gelu(g))` with the exact GELU.
#[derive(Module, Debug)]
pub struct FeedForward {
    proj: Linear,
    out: Linear,
}

impl FeedForward {
    fn init(path: &ParamPath<'_>, channels: usize) -> Result<Self, EngineError> {
        Ok(Self {
            proj: LinearConfig::new(channels, 8 * channels).init(&path.at("net.0.proj"))?,
            out: LinearConfig::new(4 * channels, channels).init(&path.at("net.2"))?,
        })
    }

    /// # Shapes
    /// `[sequences, tokens, channels]`, all three
    fn forward_add(&self, x: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.out.forward_add(self.proj.forward_geglu(x), residual)
    }
}
