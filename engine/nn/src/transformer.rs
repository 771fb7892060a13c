//! The transformer block that spatial and temporal transformers share (`BasicTransformerBlock`).

use burn::module::Module;
use burn::tensor::Tensor;

use crate::attention::Attention;
use crate::chunked;
use crate::cost::{MetaTensor, Tracer};
use crate::linear::{Linear, LinearConfig};
use crate::norm::LayerNorm;
use crate::params::ParamPath;
use hummingbird_formats::FileError;

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

/// What the attentions of a block look at.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists for the time of a block; a box would only add an allocation")]
pub enum Context {
    /// The block's own tokens (temporal transformers): the given number of pixels, each of which attends over its frames.
    Frames(usize),
    /// A text, after pixels looked at each other (spatial transformers).
    Text {
        /// `[batch, text tokens, context channels]`. Tokens of all frames of a clip share it, so that its keys and values are
        /// computed once a clip, not once a frame.
        text: Tensor<3>,
        /// Even height and width of the frames, where pixels look at the means of two by two of them instead of at each.
        merged: Option<[usize; 2]>,
    },
}

/// A [`Context`] without values.
#[derive(Clone, Debug)]
pub enum MetaContext {
    /// [`Context::Frames`].
    Frames(usize),
    /// [`Context::Text`].
    Text {
        /// `[batch, text tokens, context channels]`
        text: MetaTensor,
        /// Even height and width of the frames whose keys and values are pooled.
        merged: Option<[usize; 2]>,
    },
}

impl TransformerBlock {
    /// The block at `path`; `context` is the width of what the second attention looks at.
    pub fn init(path: &ParamPath<'_>, inner: usize, context: usize, heads: usize) -> Result<Self, FileError> {
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
            Context::Text { .. } => 1,
        };
        let normed = self.norm1.forward(x.clone());
        let seen = match context {
            Context::Text { merged: Some(size), .. } => pooled_2x2(normed.clone(), *size),
            _ => normed.clone(),
        };
        let x = self.attn1.forward(normed, seen, pixels, x);
        let normed = self.norm2.forward(x.clone());
        let x = match context {
            Context::Frames(_) => self.attn2.forward(normed.clone(), normed, pixels, x),
            Context::Text { text, .. } => {
                let [sequences, tokens, inner] = normed.dims();
                let [batch, _, _] = text.dims();
                // [b*f, h*w, c] -> [b, f*h*w, c]: all frames of a clip ask the same text.
                let shape = [batch, sequences / batch * tokens, inner];
                let attended = self.attn2.forward(normed.reshape(shape), text.clone(), pixels, x.reshape(shape));
                attended.reshape([sequences, tokens, inner])
            }
        };
        self.feed_forward(x, None)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor, context: &MetaContext) -> MetaTensor {
        let shape @ [sequences, tokens, inner] = x.dims();
        let pixels = match context {
            MetaContext::Frames(pixels) => *pixels,
            MetaContext::Text { .. } => 1,
        };
        let normed = self.norm1.cost(tracer, x.clone());
        let seen = match context {
            MetaContext::Text { merged: Some(size), .. } => cost_of_means(tracer, normed.clone(), *size),
            _ => normed.clone(),
        };
        let x = self.attn1.cost(tracer, normed, seen, pixels, x);
        let normed = self.norm2.cost(tracer, x.clone());
        let x = match context {
            MetaContext::Frames(_) => self.attn2.cost(tracer, normed.clone(), normed, pixels, x),
            MetaContext::Text { text, .. } => {
                let [batch, _, _] = text.dims();
                let rows = [batch, sequences / batch * tokens, inner];
                let (normed, x) = (normed.reshape(&rows), x.reshape(&rows));
                self.attn2.cost(tracer, normed, text.clone(), pixels, x).reshape(&shape)
            }
        };
        self.cost_of_feed_forward(tracer, x)
    }

    /// `x` plus the feed-forward of its norm; in so many parts, or in as many as its hidden values need.
    fn feed_forward(&self, x: Tensor<3>, parts: Option<usize>) -> Tensor<3> {
        let shape @ [sequences, tokens, inner] = x.dims();
        let rows = sequences * tokens;
        let parts = parts.unwrap_or_else(|| chunked::parts(rows * HIDDEN * inner));
        // [s, t, c] -> [s*t, 1, c]: each token alone.
        let x = x.reshape([rows, 1, inner]);
        let of_part = |[start, length]: [usize; 2]| {
            let x = if length == rows { x.clone() } else { x.clone().narrow(0, start, length) };
            self.ff.forward_add(self.norm3.forward(x.clone()), x)
        };
        chunked::joined(rows, parts, of_part).reshape(shape)
    }

    /// Cost of [`Self::feed_forward`].
    fn cost_of_feed_forward(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let shape @ [sequences, tokens, inner] = x.dims();
        let rows = sequences * tokens;
        let x = x.reshape(&[rows, 1, inner]);
        let cost_of_part = |[_, length]: [usize; 2]| {
            let x = if length == rows { x.clone() } else { x.part(&[length, 1, inner]) };
            let normed = self.norm3.cost(tracer, x.clone());
            self.ff.cost_add(tracer, normed, x)
        };
        chunked::cost_joined(tracer, rows, chunked::parts(rows * HIDDEN * inner), cost_of_part).reshape(&shape)
    }
}

/// The means of two by two neighbouring pixels.
///
/// # Shapes
/// `[sequences, height * width, channels] -> [sequences, height * width / 4, channels]`, height and width even
fn pooled_2x2(x: Tensor<3>, [height, width]: [usize; 2]) -> Tensor<3> {
    let [sequences, _, channels] = x.dims();
    let squares = x.reshape([sequences * height / 2, 2, width / 2, 2, channels]);
    squares.mean_dim(3).mean_dim(1).reshape([sequences, height * width / 4, channels])
}

/// Cost of [`pooled_2x2`].
fn cost_of_means(tracer: &Tracer, x: MetaTensor, [height, width]: [usize; 2]) -> MetaTensor {
    let [sequences, _, channels] = x.dims();
    let halved = tracer.mean(x, &[sequences, height * width / 2, channels]);
    tracer.mean(halved, &[sequences, height * width / 4, channels])
}

/// Hidden values of a feed-forward for each of its channels.
pub const HIDDEN: usize = 4;

/// GEGLU feed-forward: `[a | g] = W1 x`, then `W2 (a * gelu(g))` with the exact GELU.
#[derive(Module, Debug)]
pub struct FeedForward {
    proj: Linear,
    out: Linear,
}

impl FeedForward {
    fn init(path: &ParamPath<'_>, channels: usize) -> Result<Self, FileError> {
        Ok(Self {
            proj: LinearConfig::new(channels, 2 * HIDDEN * channels).init(&path.at("net.0.proj"))?,
            out: LinearConfig::new(HIDDEN * channels, channels).init(&path.at("net.2"))?,
        })
    }

    /// # Shapes
    /// `[sequences, tokens, channels]`, all three
    fn forward_add(&self, x: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.out.forward_add(self.proj.forward_geglu(x), residual)
    }

    /// Cost of [`Self::forward_add`].
    fn cost_add(&self, tracer: &Tracer, x: MetaTensor, residual: MetaTensor) -> MetaTensor {
        let hidden = self.proj.cost_geglu(tracer, x);
        self.out.cost_add(tracer, hidden, residual)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::params::{NoZeros, ParamLoader, values_of};

    /// A softmax over four equal keys gives their value four times a quarter.
    #[test]
    fn merging_equal_neighbours_changes_nothing_and_others_something() {
        let device = Device::flex();
        let loader = ParamLoader::new(&NoZeros, &device);
        let block = TransformerBlock::init(&loader.path("block"), 16, 8, 2).expect("the source has every name");
        let text = Tensor::<3>::random([1, 5, 8], Distribution::Normal(0.0, 1.0), &device);
        let [height, width] = [6, 4];
        let largest_change = |pixels: Tensor<4>| {
            let x = pixels.reshape([3, height * width, 16]);
            let [whole, merged] = [None, Some([height, width])].map(|merged| {
                let context = Context::Text { text: text.clone(), merged };
                values_of(block.forward(x.clone(), &context).into_data())
            });
            assert_eq!(whole.len(), merged.len());
            whole.iter().zip(&merged).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        // Each pixel twice along both axes.
        let small = random([3 * height / 2, 1, width / 2, 16]).reshape([3 * height / 2, 1, width / 2, 1, 16]);
        let equal = small.repeat_dim(1, 2).repeat_dim(3, 2).reshape([3, height, width, 16]);
        assert!(largest_change(equal) < 1e-5);
        assert!(largest_change(random([3, height, width, 16])) > 1e-3);
    }

    #[test]
    fn a_feed_forward_in_parts_is_the_same() {
        let device = Device::flex();
        let loader = ParamLoader::new(&NoZeros, &device);
        let block = TransformerBlock::init(&loader.path("block"), 16, 8, 2).expect("the source has every name");
        let x = Tensor::<3>::random([3, 150, 16], Distribution::Normal(0.0, 1.0), &device);
        let whole = values_of(block.feed_forward(x.clone(), Some(1)).into_data());
        for parts in [2, 3, 7] {
            let parted = values_of(block.feed_forward(x.clone(), Some(parts)).into_data());
            let largest = whole.iter().zip(&parted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(parted.len() == whole.len() && largest < 1e-5, "{parts} parts differ by {largest}");
        }
    }
}
