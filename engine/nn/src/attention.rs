//! Multi-head attention with separate projections (`CrossAttention` of the reference).

use burn::module::Module;
use burn::tensor::Tensor;

use crate::cost::{Heads, MetaTensor, Tracer};
use crate::linear::{Linear, LinearConfig};
use crate::params::ParamPath;
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, attention};

/// Attention of `inner` channels over a context of `context` channels. Query, key and value have no bias.
#[derive(Module, Debug)]
pub struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    #[module(skip)]
    heads: usize,
}

impl Attention {
    /// The layer at `path`. Heads split the channels into `heads` outer parts.
    pub fn init(path: &ParamPath<'_>, inner: usize, context: usize, heads: usize) -> Result<Self, FileError> {
        let key_value = LinearConfig::new(context, inner).without_bias();
        Ok(Self {
            to_q: LinearConfig::new(inner, inner).without_bias().init(&path.at("to_q"))?,
            to_k: key_value.init(&path.at("to_k"))?,
            to_v: key_value.init(&path.at("to_v"))?,
            to_out: LinearConfig::new(inner, inner).init(&path.at("to_out.0"))?,
            heads,
        })
    }

    /// `residual` plus what `x` finds in `context`, for `pixels` sequences side by side (see
    /// [`AttentionOptions::pixels`]).
    ///
    /// # Shapes
    /// - `x`: `[batch, queries * pixels, inner]`
    /// - `context`: `[batch, keys * pixels, context]`
    /// - `residual` and output: `[batch, queries * pixels, inner]`
    pub fn forward(&self, x: Tensor<3>, context: Tensor<3>, pixels: usize, residual: Tensor<3>) -> Tensor<3> {
        let query = self.to_q.forward(x);
        let key = self.to_k.forward(context.clone());
        let value = self.to_v.forward(context);
        let rounded = self.to_q.is_rounded();
        let options = AttentionOptions { pixels, rounded, ..AttentionOptions::new(self.heads) };
        self.to_out.forward_add(attention(query, key, value, options), residual)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(
        &self,
        tracer: &Tracer,
        x: MetaTensor,
        context: MetaTensor,
        pixels: usize,
        residual: MetaTensor,
    ) -> MetaTensor {
        let query = self.to_q.cost(tracer, x);
        let key = self.to_k.cost(tracer, context.clone());
        let value = self.to_v.cost(tracer, context);
        let attended = tracer.attention(query, key, value, Heads { count: self.heads, pixels });
        self.to_out.cost_add(tracer, attended, residual)
    }
}
