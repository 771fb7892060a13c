//! Attention among the positions of windows, with a bias that each pair of positions has: Swin's (Liu et al. 2021), and that of
//! FAST-VQA (Wu et al. 2022), which depends on how far apart the fragments of both positions are.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// Added to the score of two positions of different regions.
pub const APART: f32 = -100.0;

/// What is added to the scores of a window: `within + distance * more`, with the distance of the fragments of query and key in
/// rows and columns together, and -100 where both are of different regions. So that it is never in memory as a whole, it is
/// said by position.
#[derive(Clone, Debug)]
pub struct WindowBias {
    /// `[heads, positions, positions]`
    pub within: Tensor<3>,
    /// `[heads, positions, positions]`
    pub more: Tensor<3>,
    /// Row and column of the fragment of each position, and the number of its region: `[windows, 3, positions]`.
    pub places: Tensor<3>,
}

/// `softmax(q k^T / sqrt(d) + bias) v` in each head of each window. Heads are as those of [`attention`](super::attention()). It has
/// no backward kernel: no network that is trained has one; burn's autodiff goes through its composed form.
///
/// # Shapes
/// `q`, `k`, `v` and output: `[windows, positions, heads * d]`
///
/// # Panics
/// When the shapes do not fit together: a bug of the caller.
pub fn window_attention(q: Tensor<3>, k: Tensor<3>, v: Tensor<3>, bias: WindowBias) -> Tensor<3> {
    window_attention_on(kernel_path(), q, k, v, bias)
}

/// [`window_attention`] on a given path.
pub fn window_attention_on(path: KernelPath, q: Tensor<3>, k: Tensor<3>, v: Tensor<3>, bias: WindowBias) -> Tensor<3> {
    let WindowBias { within, more, places } = bias;
    let [windows, positions, width] = q.dims();
    let [heads, ..] = within.dims();
    assert!(q.dims() == k.dims() && q.dims() == v.dims(), "windows attend to themselves");
    assert!(heads > 0 && width % heads == 0, "{heads} heads do not divide a width of {width}");
    let pairs = [heads, positions, positions];
    assert_eq!((within.dims(), more.dims()), (pairs, pairs), "a bias for each head and pair of positions");
    assert_eq!(places.dims(), [windows, 3, positions], "row, column and region of each position");
    let [q, k, v, within, more, places] = [q, k, v, within, more, places].map(Tensor::into_dispatch);
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::window_attention(q, k, v, within, more, places),
        KernelPath::Unfused => composed::window_attention::<Dispatch>(q, k, v, within, more, &places),
    })
}
