//! Attention in f32: forward with an online softmax, backward from its log-sum-exp.

mod backward;
mod forward;

use crate::{AttentionOptions, Mask};

pub use backward::{Saved, backward};
pub use forward::{Bias, forward, forward_with, task_values};

/// What is attended to what.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    batch: usize,
    tokens_q: usize,
    tokens_k: usize,
    heads: usize,
    /// Channels of one head.
    d: usize,
    mask: Mask,
    /// Interleaved sequences in each batch entry.
    pixels: usize,
}

impl Sizes {
    pub fn new([batch, q_rows, width]: [usize; 3], [_, k_rows, _]: [usize; 3], options: AttentionOptions) -> Self {
        let AttentionOptions { heads, mask, pixels, .. } = options;
        Self { batch, tokens_q: q_rows / pixels, tokens_k: k_rows / pixels, heads, d: width / heads, mask, pixels }
    }

    pub fn q_shape(&self) -> [usize; 3] {
        [self.batch, self.tokens_q * self.pixels, self.heads * self.d]
    }

    pub fn k_shape(&self) -> [usize; 3] {
        [self.batch, self.tokens_k * self.pixels, self.heads * self.d]
    }

    pub fn lse_shape(&self) -> [usize; 3] {
        [self.batch * self.pixels, self.heads, self.tokens_q]
    }

    /// Keys that a query sees, counted from the first.
    fn visible(&self, query: usize) -> usize {
        match self.mask {
            Mask::None => self.tokens_k,
            Mask::Causal => (query + 1).min(self.tokens_k),
        }
    }

    fn scale(&self) -> f32 {
        (self.d as f64).powf(-0.5) as f32
    }
}
