//! The CPU reference of multi-head attention. It has no WGSL file yet: GPUs run burn's matrix products.

/// Sizes of one attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Independent sequences.
    pub batch: usize,
    /// Queries of a sequence.
    pub tokens_q: usize,
    /// Keys and values of a sequence.
    pub tokens_k: usize,
    /// Heads.
    pub heads: usize,
    /// Channels of one head.
    pub head_channels: usize,
}

/// How many keys the query at a position sees, from the first on.
pub type VisibleKeys = fn(query: usize, tokens_k: usize) -> usize;

/// `softmax(q k^T / sqrt(d)) v` in f64: `q` of `[batch, tokens_q, heads * d]`, `k` and `v` of
/// `[batch, tokens_k, heads * d]`, result as `q`.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes, visible: VisibleKeys) -> Vec<f32> {
    let Sizes { batch, tokens_q, tokens_k, heads, head_channels: d } = sizes;
    let width = heads * d;
    let mut out = vec![0.0; q.len()];
    for b in 0..batch {
        for head in 0..heads {
            for query in 0..tokens_q {
                let q_start = (b * tokens_q + query) * width + head * d;
                let key_start = |key: usize| (b * tokens_k + key) * width + head * d;
                let scores = (0..visible(query, tokens_k))
                    .map(|key| {
                        let products = (0..d).map(|i| f64::from(q[q_start + i]) * f64::from(k[key_start(key) + i]));
                        products.sum::<f64>() / (d as f64).sqrt()
                    })
                    .collect::<Vec<_>>();
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights = scores.iter().map(|score| (score - largest).exp()).collect::<Vec<_>>();
                let sum = weights.iter().sum::<f64>();
                for i in 0..d {
                    let mixed = weights.iter().enumerate().map(|(key, w)| w * f64::from(v[key_start(key) + i]));
                    out[q_start + i] = (mixed.sum::<f64>() / sum) as f32;
                }
            }
        }
    }
    out
}
