//! The block of vision transformers as timm writes it, which DINO and UMT share.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, Epilogue, attention, matmul};
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

/// Hidden values of a feed-forward for each channel.
const RATIO: usize = 4;

/// What is added to queries, keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Biases {
    /// A bias of all three (`attn.qkv.bias`).
    All,
    /// `attn.q_bias` and `attn.v_bias`: keys have none.
    NotKeys,
}

/// Sizes of a [`VitBlock`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct VitBlockConfig {
    pub width: usize,
    pub heads: usize,
    /// Epsilon of the norms.
    pub eps: f64,
    pub biases: Biases,
}

/// `x += proj(attention(norm1 x))`; `x += mlp(norm2 x)`, with the exact GELU.
#[derive(Module, Debug)]
pub(crate) struct VitBlock {
    norm1: LayerNorm,
    qkv: Qkv,
    proj: Linear,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    #[module(skip)]
    heads: usize,
}

/// The joint projection of queries, keys and values.
#[derive(Module, Debug)]
struct Qkv {
    weight: Param<Tensor<2>>,
    bias: Option<Param<Tensor<1>>>,
    q_bias: Option<Param<Tensor<1>>>,
    v_bias: Option<Param<Tensor<1>>>,
}

impl Qkv {
    fn init(width: usize, biases: Biases, attn: &ParamPath<'_>) -> Result<Self, FileError> {
        let shape = [3 * width, width];
        let bias = |path: &ParamPath<'_>, name: &str, length: usize, wanted: Biases| {
            (biases == wanted).then(|| path.param(name, [length], Init::Zeros)).transpose()
        };
        let qkv = attn.at("qkv");
        Ok(Self {
            weight: qkv.weight("weight", &shape, shape, Init::Uniform { fan_in: width })?,
            bias: bias(&qkv, "bias", 3 * width, Biases::All)?,
            q_bias: bias(attn, "q_bias", width, Biases::NotKeys)?,
            v_bias: bias(attn, "v_bias", width, Biases::NotKeys)?,
        })
    }

    /// # Shapes
    /// `[n, tokens, width] -> [n, tokens, 3 * width]`
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let separate = self.q_bias.as_ref().zip(self.v_bias.as_ref()).map(|(query, value)| {
            let query = query.val();
            let key = query.zeros_like();
            Tensor::cat(vec![query, key, value.val()], 0)
        });
        let bias = self.bias.as_ref().map(Param::val).or(separate);
        matmul(x, self.weight.val(), Epilogue::bias(bias))
    }
}

impl VitBlock {
    /// The block at `path`.
    pub fn init(config: VitBlockConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let VitBlockConfig { width, heads, eps, biases } = config;
        let norm = |name: &str| LayerNorm::init_with(&path.at(name), width, eps);
        let linear = |name: &str, inputs, outputs| LinearConfig::new(inputs, outputs).init(&path.at(name));
        Ok(Self {
            norm1: norm("norm1")?,
            qkv: Qkv::init(width, biases, &path.at("attn"))?,
            proj: linear("attn.proj", width, width)?,
            norm2: norm("norm2")?,
            fc1: linear("mlp.fc1", width, RATIO * width)?,
            fc2: linear("mlp.fc2", RATIO * width, width)?,
            heads,
        })
    }

    /// # Shapes
    /// `[n, tokens, width]`, unchanged
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, width] = x.dims();
        let projected = self.qkv.forward(self.norm1.forward(x.clone()));
        let part = |index: usize| projected.clone().narrow(2, index * width, width);
        let options = AttentionOptions { rounded: self.proj.is_rounded(), ..AttentionOptions::new(self.heads) };
        let x = self.proj.forward_add(attention(part(0), part(1), part(2), options), x);
        let hidden = self.fc1.forward_gelu(self.norm2.forward(x.clone()));
        self.fc2.forward_add(hidden, x)
    }
}
