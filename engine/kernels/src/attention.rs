//! Multi-head attention between two token sequences, without its projections.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// Which keys a query sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// All of them.
    #[default]
    None,
    /// Those at its own position and before (the text transformer).
    Causal,
}

/// How to attend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionOptions {
    /// Heads; divides the width.
    pub heads: usize,
    /// Which keys a query sees.
    pub mask: Mask,
    /// Sequences that are interleaved: token `t` of sequence `s` is row `t * pixels + s`. The pixels of a clip attend over
    /// its frames this way, without being moved; 1 where a batch entry is one sequence.
    pub pixels: usize,
    /// Whether a device may round queries, keys and values to 16 bits, as around weights that are no finer.
    pub rounded: bool,
}

impl AttentionOptions {
    /// One sequence in each batch entry, all of it seen, nothing rounded.
    pub fn new(heads: usize) -> Self {
        Self { heads, mask: Mask::None, pixels: 1, rounded: false }
    }
}

/// `softmax(q k^T / sqrt(d)) v` in each head, with `d` the width of one head (Vaswani et al. 2017, equation 1). Head
/// `h` is made of the channels `h * d .. (h + 1) * d`, as in the reference.
///
/// # Shapes
/// - `q`: `[batch, tokens_q * pixels, heads * d]`
/// - `k`, `v`: `[batch, tokens_k * pixels, heads * d]`
/// - output: `[batch, tokens_q * pixels, heads * d]`
///
/// # Panics
/// When the shapes do not fit together or the heads do not divide the width: a bug of the caller.
pub fn attention(q: Tensor<3>, k: Tensor<3>, v: Tensor<3>, options: AttentionOptions) -> Tensor<3> {
    attention_on(kernel_path(), q, k, v, options)
}

/// [`attention`] on a given path.
pub fn attention_on(
    path: KernelPath,
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    options: AttentionOptions,
) -> Tensor<3> {
    let [batch, q_rows, width] = q.dims();
    let [k_batch, k_rows, k_width] = k.dims();
    assert_eq!(k.dims(), v.dims(), "keys and values come in pairs");
    assert_eq!((batch, width), (k_batch, k_width), "queries and keys need one batch and one width");
    assert!(
        options.heads > 0 && width % options.heads == 0,
        "{} heads do not divide a width of {width}",
        options.heads
    );
    let pixels = options.pixels;
    assert!(
        pixels > 0 && q_rows % pixels == 0 && k_rows % pixels == 0,
        "{pixels} sequences do not share {q_rows} queries and {k_rows} keys"
    );
    let (q, k, v) = (q.into_dispatch(), k.into_dispatch(), v.into_dispatch());
    let (out, _) = match path {
        KernelPath::Fused => Dispatch::attention_heads(q, k, v, options),
        KernelPath::Unfused => composed::attention::<Dispatch>(q, k, v, options),
    };
    Tensor::from_dispatch(out)
}
