//! Video Swin (Liu et al. 2022) with two bias tables: DOVER's network of the technical view (that of FAST-VQA, Wu et al. 2022).

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_formats::FileError;
use hummingbird_kernels::{WindowBias, window_attention};
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

use super::config::{STAGES, SwinConfig};
use super::convnext::normed;
use super::stem::{Edge, Stem};
use super::views::ViewFrames;
use super::windows::Windows;

/// Start of the tables of biases.
const BIAS: Init = Init::Normal { std: 0.02 };
/// Scores of attention that are there at once where a device has no kernel for it, unless one window has more.
const SCORES: usize = 1 << 22;

/// The network.
#[derive(Module, Debug)]
pub struct Swin {
    stem: Stem,
    stem_norm: LayerNorm,
    layers: Vec<Vec<Block>>,
    mergings: Vec<Merging>,
    norm: LayerNorm,
}

impl Swin {
    /// The network at `path`.
    pub fn init(config: &SwinConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let layers = path.at("layers");
        let layer = |layer: usize| -> Result<Vec<Block>, FileError> {
            let path = layers.at(layer).at("blocks");
            (0..config.depths[layer]).map(|block| Block::init(config, layer, block, &path.at(block))).collect()
        };
        let merging = |layer: usize| Merging::init(config.width(layer), &layers.at(layer).at("downsample"));
        let patches = path.at("patch_embed");
        Ok(Self {
            stem: Stem::init(&patches.at("proj"), config.embed_dim, Edge::Padded)?,
            stem_norm: LayerNorm::init(&patches.at("norm"), config.embed_dim)?,
            layers: (0..STAGES).map(layer).collect::<Result<_, _>>()?,
            mergings: (0..STAGES - 1).map(merging).collect::<Result<_, _>>()?,
            norm: LayerNorm::init(&path.at("norm"), config.width(STAGES - 1))?,
        })
    }

    /// Features of frames of a view.
    ///
    /// # Shapes
    /// `[1, frames / 2, side / 32, side / 32, channels]`
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was asked for.
    pub fn forward(&self, frames: ViewFrames<'_>, cancel: &CancelToken) -> Result<Tensor<5>, Cancelled> {
        let mut x = normed(&self.stem_norm, self.stem.forward(frames));
        for (index, blocks) in self.layers.iter().enumerate() {
            for block in blocks {
                cancel.check()?;
                x = block.forward(x, cancel)?;
            }
            if let Some(merging) = self.mergings.get(index) {
                x = merging.forward(x);
            }
        }
        Ok(normed(&self.norm, x))
    }
}

/// Four neighbours become one position of twice as many channels.
#[derive(Module, Debug)]
struct Merging {
    norm: LayerNorm,
    reduction: Linear,
}

impl Merging {
    fn init(width: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self {
            norm: LayerNorm::init(&path.at("norm"), 4 * width)?,
            reduction: LinearConfig::new(4 * width, 2 * width).without_bias().init(&path.at("reduction"))?,
        })
    }

    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let x = even(even(x, 2), 3);
        let [clips, frames, height, width, channels] = x.dims();
        let (rows, columns) = (height / 2, width / 2);
        // [.., rows, 2, columns, 2, c] -> [.., rows, columns, (2 columns, 2 rows), c]: the row is the faster one, as in the
        // reference.
        let parts = x.reshape([clips * frames, rows, 2, columns, 2, channels]).permute([0, 1, 3, 4, 2, 5]);
        let x = parts.reshape([clips, frames, rows, columns, 4 * channels]);
        self.reduction.forward(normed(&self.norm, x))
    }
}

/// An odd side gets zeros at its end.
fn even(x: Tensor<5>, axis: usize) -> Tensor<5> {
    let mut shape = x.dims();
    if shape[axis].is_multiple_of(2) {
        return x;
    }
    shape[axis] = 1;
    let zeros = Tensor::zeros(shape, &x.device());
    Tensor::cat(vec![x, zeros], axis)
}

#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    attention: WindowAttention,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl Block {
    fn init(config: &SwinConfig, layer: usize, index: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let width = config.width(layer);
        let mlp = path.at("mlp");
        Ok(Self {
            norm1: LayerNorm::init(&path.at("norm1"), width)?,
            attention: WindowAttention::init(config, layer, index % 2 == 1, &path.at("attn"))?,
            norm2: LayerNorm::init(&path.at("norm2"), width)?,
            fc1: LinearConfig::new(width, 4 * width).init(&mlp.at("fc1"))?,
            fc2: LinearConfig::new(4 * width, width).init(&mlp.at("fc2"))?,
        })
    }

    fn forward(&self, x: Tensor<5>, cancel: &CancelToken) -> Result<Tensor<5>, Cancelled> {
        let x = self.attention.forward(normed(&self.norm1, x.clone()), x, cancel)?;
        let hidden = self.fc1.forward_gelu(normed(&self.norm2, x.clone()));
        Ok(self.fc2.forward_add(hidden, x))
    }
}

/// Attention among the positions of each window.
#[derive(Module, Debug)]
struct WindowAttention {
    qkv: Linear,
    proj: Linear,
    /// `[differences of positions, heads]`
    relative_position_bias_table: Param<Tensor<2>>,
    /// The same between positions of different fragments.
    fragment_position_bias_table: Option<Param<Tensor<2>>>,
    #[module(skip)]
    window: [usize; 3],
    #[module(skip)]
    is_shifted: bool,
    #[module(skip)]
    heads: usize,
}

impl WindowAttention {
    fn init(config: &SwinConfig, layer: usize, is_shifted: bool, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let (width, heads) = (config.width(layer), config.heads[layer]);
        let table = |name: &str| path.param(name, [config.bias_rows(), heads], BIAS);
        let has_fragments = config.frag_biases[layer];
        let fragments = has_fragments.then(|| table("fragment_position_bias_table")).transpose()?;
        Ok(Self {
            qkv: LinearConfig::new(width, 3 * width).init(&path.at("qkv"))?,
            proj: LinearConfig::new(width, width).init(&path.at("proj"))?,
            relative_position_bias_table: table("relative_position_bias_table")?,
            fragment_position_bias_table: fragments,
            window: config.window,
            is_shifted,
            heads,
        })
    }

    /// What attention makes of `x`, plus `residual`; both are `[1, frames, height, width, channels]`.
    fn forward(&self, x: Tensor<5>, residual: Tensor<5>, cancel: &CancelToken) -> Result<Tensor<5>, Cancelled> {
        let dims @ [_, frames, height, width, channels] = x.dims();
        let device = x.device();
        let windows = Windows::new([frames, height, width], self.window, self.is_shifted);
        let (positions, count, heads) = (windows.positions(), windows.count(), self.heads);
        let tokens = x.reshape([frames * height * width, channels]);
        // Padding has no norm: it is zeros, of which queries, keys and values are the bias.
        let padding = self.qkv.forward(Tensor::<2>::zeros([1, channels], &device));
        let qkv = Tensor::cat(vec![self.qkv.forward(tokens), padding], 0);
        let qkv = qkv.select(0, indices(windows.gathering(), &device)).reshape([count, positions, 3 * channels]);
        let [within, more] = self.biases(&windows, &device);
        let belongings: Vec<f32> = (0..count).flat_map(|window| windows.belongings(window).concat()).collect();
        let places = Tensor::<3>::from_data(TensorData::new(belongings, [count, 3, positions]), &device);
        let at_once = (SCORES / (heads * positions * positions)).clamp(1, count);
        let mut parts = Vec::with_capacity(count.div_ceil(at_once));
        for first in (0..count).step_by(at_once) {
            cancel.check()?;
            let part = at_once.min(count - first);
            let rows = qkv.clone().narrow(0, first, part);
            let [q, k, v] = [0, 1, 2].map(|index| rows.clone().narrow(2, index * channels, channels));
            let places = places.clone().narrow(0, first, part);
            parts.push(window_attention(q, k, v, WindowBias { within: within.clone(), more: more.clone(), places }));
        }
        let y = Tensor::cat(parts, 0).reshape([count * positions, channels]);
        let y = y.select(0, indices(windows.scattering(), &device));
        Ok(self.proj.forward_add(y.reshape(dims), residual))
    }

    /// Biases of pairs of positions, picked from the tables: `[heads, positions, positions]` within a fragment, and what a row or column
    /// between two fragments adds, which is the reference's `d * relative + (1 - d) * fragment`. It does not clamp `d` to 1.
    fn biases(&self, windows: &Windows, device: &Device) -> [Tensor<3>; 2] {
        let positions = windows.positions();
        let rows = indices(windows.bias_rows(self.window), device);
        let picked = |table: &Param<Tensor<2>>| {
            let biases = table.val().select(0, rows.clone());
            biases.swap_dims(0, 1).reshape([self.heads, positions, positions])
        };
        let relative = picked(&self.relative_position_bias_table);
        match self.fragment_position_bias_table.as_ref().map(picked) {
            None => [relative.clone(), relative.zeros_like()],
            Some(within) => [within.clone(), relative - within],
        }
    }
}

fn indices(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
