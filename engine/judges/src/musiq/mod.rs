//! MUSIQ (Ke et al. 2021): the quality of a picture, out of patches of three scales of it.
//!
//! `patches` makes the patches and says where they lie, `stem` turns each into a token; the transformer over all of them is here.

mod patches;
mod stem;

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, TensorData};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, attention};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};
use serde::{Deserialize, Serialize};

pub use self::patches::{MusiqPatches, Place};
use self::stem::{SHRINK, Stem, TOKEN_CHANNELS};
use crate::config::{divides, sizes, within};
use crate::unfit::ScorerUnfit;

/// Epsilon of the transformer's norms.
const EPS: f64 = 1e-6;
/// Rows and columns of the table of positions at most.
const MOST_GRID: usize = 256;
/// Longest side of a patch, in pixels.
const MOST_PATCH: usize = 512;

/// Sizes of [`Musiq`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MusiqConfig {
    /// Channels of a token.
    pub hidden: usize,
    /// Hidden values of a feed-forward.
    pub mlp: usize,
    /// Attention heads.
    pub heads: usize,
    /// Blocks of the transformer.
    pub layers: usize,
    /// Longer sides of the two smaller scales, in pixels, the smallest first; the third scale is the picture itself.
    pub longer_sides: [usize; 2],
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Rows and columns of the table of positions.
    pub grid: usize,
}

impl MusiqConfig {
    /// The network whose weights for SPAQ were published.
    pub fn spaq() -> Self {
        Self { hidden: 384, mlp: 1152, heads: 6, layers: 14, longer_sides: [224, 384], patch: 32, grid: 10 }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let Self { hidden, mlp, heads, layers, longer_sides: [smallest, middle], patch, grid } = *self;
        sizes(&[("hidden", hidden), ("mlp", mlp), ("heads", heads), ("layers", layers)])?;
        within("patch", patch, MOST_PATCH)?;
        within("grid", grid, MOST_GRID)?;
        within("longer_sides", smallest, middle)?;
        within("longer_sides", middle, patches::MOST_SIDE)?;
        divides(("heads", heads), ("hidden", hidden))?;
        divides(("the stem's step", SHRINK), ("patch", patch))
    }
}

/// The network. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct Musiq {
    stem: Stem,
    embedding: Linear,
    cls: Param<Tensor<3>>,
    position_emb: Param<Tensor<3>>,
    scale_emb: Param<Tensor<2>>,
    blocks: Vec<Block>,
    encoder_norm: LayerNorm,
    head: Linear,
    #[module(skip)]
    longer_sides: [usize; 2],
    #[module(skip)]
    patch: usize,
    #[module(skip)]
    grid: usize,
}

impl Musiq {
    /// The network at `path`, the root of its file. Sizes are those that [`MusiqConfig::check`] lets through.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &MusiqConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let MusiqConfig { hidden, mlp, heads, layers, longer_sides, patch, grid } = *config;
        let encoder = path.at("transformer_encoder");
        let embedding = Init::Normal { std: 0.02 };
        let block = |index| Block::init(hidden, mlp, heads, &encoder.at(format!("transformer.encoderblock_{index}")));
        let values = (patch / SHRINK).pow(2) * TOKEN_CHANNELS;
        let scales = longer_sides.len() + 1;
        Ok(Self {
            stem: Stem::init(path)?,
            embedding: LinearConfig::new(values, hidden).init(&path.at("embedding"))?,
            cls: encoder.param("cls", [1, 1, hidden], embedding)?,
            position_emb: encoder.at("posembed_input").param("position_emb", [1, grid * grid, hidden], embedding)?,
            scale_emb: encoder.at("scaleembed_input").param("scale_emb", [scales, hidden], embedding)?,
            blocks: (0..layers).map(block).collect::<Result<_, _>>()?,
            encoder_norm: LayerNorm::init_with(&encoder.at("encoder_norm"), hidden, EPS)?,
            head: LinearConfig::new(hidden, 1).init(&path.at("head"))?,
            longer_sides,
            patch,
            grid,
        })
    }

    /// The patches of a picture of [`pictures::for_musiq`](crate::pictures::for_musiq).
    pub fn patches(&self, picture: &crate::pictures::Picture) -> MusiqPatches {
        MusiqPatches::of(picture, self.longer_sides, self.patch, self.grid)
    }

    /// The quality of a picture: 0..100 by the published network.
    ///
    /// # Shapes
    /// output: `[1, 1]`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, patches: &MusiqPatches, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let cls = self.cls.val();
        let ([_, _, width], device) = (cls.dims(), cls.device());
        let count = patches.places.len();
        let tokens = self.embedding.forward(self.stem.forward(patches.tensor(&device))).reshape([1, count, width]);
        let rows = |of: fn(&Place) -> usize, table: Tensor<2>| -> Tensor<3> {
            let indices: Vec<i32> = patches.places.iter().map(|place| of(place) as i32).collect();
            table.select(0, Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &device)).unsqueeze()
        };
        let [_, positions, _] = self.position_emb.val().dims();
        let tokens = tokens
            + rows(|place| place.position, self.position_emb.val().reshape([positions, width]))
            + rows(|place| place.scale, self.scale_emb.val());
        let mut x = Tensor::cat(vec![cls, tokens], 1);
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            hook.on_output(&format!("encoderblock_{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        // The norm is of each token alone.
        let class = self.encoder_norm.forward(x.narrow(1, 0, 1)).reshape([1, width]);
        Ok(self.head.forward(class))
    }
}

/// `x += attention(norm1 x)`; `x += mlp(norm2 x)`, with the exact GELU.
#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    #[module(skip)]
    heads: usize,
}

impl Block {
    fn init(width: usize, hidden: usize, heads: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let norm = |name: &str| LayerNorm::init_with(&path.at(name), width, EPS);
        let linear = |name: &str, inputs, outputs| LinearConfig::new(inputs, outputs).init(&path.at(name));
        let projection = |name: &str| linear(&format!("attention.{name}"), width, width);
        Ok(Self {
            norm1: norm("norm1")?,
            query: projection("query")?,
            key: projection("key")?,
            value: projection("value")?,
            out: projection("out")?,
            norm2: norm("norm2")?,
            fc1: linear("mlp.fc1", width, hidden)?,
            fc2: linear("mlp.fc2", hidden, width)?,
            heads,
        })
    }

    /// # Shapes
    /// `[1, tokens, width]`, unchanged
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let normed = self.norm1.forward(x.clone());
        let project = |linear: &Linear| linear.forward(normed.clone());
        let options = AttentionOptions { rounded: self.out.is_rounded(), ..AttentionOptions::new(self.heads) };
        let attended = attention(project(&self.query), project(&self.key), project(&self.value), options);
        let x = self.out.forward_add(attended, x);
        let hidden = self.fc1.forward_gelu(self.norm2.forward(x.clone()));
        self.fc2.forward_add(hidden, x)
    }
}
