//! DINO's vision transformer (Caron et al. 2021): what stays the same of a frame's subject.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath, values_of};
use serde::{Deserialize, Serialize};

use crate::config::{divides, patch, sizes};
use crate::patches::{Patches, PatchesConfig};
use crate::pictures::torch::{Axis, Filter, resize_by};
use crate::unfit::ScorerUnfit;
use crate::vit::{Biases, VitBlock, VitBlockConfig};

/// Epsilon of all norms.
const EPS: f64 = 1e-6;
/// What the reference adds to the patches along a side where it enlarges the table of positions, against rounding of the result's
/// length. It moves every position a little.
const EXTRA: f64 = 0.1;

/// Sizes of [`Dino`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DinoConfig {
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Channels of a token and of the features.
    pub embed: usize,
    /// Blocks.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Side of the squares that the table of positions is for, and shorter side of all pictures, in pixels.
    pub picture: usize,
}

impl DinoConfig {
    /// The ViT-B/16 whose weights were published.
    pub fn vit_b_16() -> Self {
        Self { patch: 16, embed: 768, depth: 12, heads: 12, picture: 224 }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let Self { patch: side, embed, depth, heads, picture } = *self;
        sizes(&[("patch", side), ("embed", embed), ("depth", depth), ("heads", heads), ("picture", picture)])?;
        divides(("heads", heads), ("embed", embed))?;
        patch(side, picture)
    }
}

/// The network. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct Dino {
    cls_token: Param<Tensor<3>>,
    /// In the memory of the processor, which enlarges it.
    pos_embed: Param<Tensor<3>>,
    patch_embed: Patches,
    blocks: Vec<VitBlock>,
    norm: LayerNorm,
    #[module(skip)]
    patch: usize,
    #[module(skip)]
    picture: usize,
}

impl Dino {
    /// The network at `path`, the root of its file. Sizes are those that [`DinoConfig::check`] lets through.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &DinoConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let DinoConfig { patch, embed: width, depth, heads, picture } = *config;
        let tokens = (picture / patch).pow(2) + 1;
        let embedding = Init::Normal { std: 0.02 };
        let patches = PatchesConfig { width, patch, is_temporal: false, is_biased: true };
        let block = VitBlockConfig { width, heads, eps: EPS, biases: Biases::All };
        let blocks = (0..depth).map(|index| VitBlock::init(block, &path.at("blocks").at(index)));
        Ok(Self {
            cls_token: path.param("cls_token", [1, 1, width], embedding)?,
            pos_embed: path.on_host().param("pos_embed", [1, tokens, width], embedding)?,
            patch_embed: Patches::init(patches, &path.at("patch_embed.proj"))?,
            blocks: blocks.collect::<Result<_, _>>()?,
            norm: LayerNorm::init_with(&path.at("norm"), width, EPS)?,
            patch,
            picture,
        })
    }

    /// Shorter side of the pictures, in pixels.
    pub fn picture(&self) -> usize {
        self.picture
    }

    /// The device that its weights are on.
    pub(crate) fn device(&self) -> Device {
        self.cls_token.val().device()
    }

    /// The class token of pictures of [`pictures::for_dino`](crate::pictures::for_dino).
    ///
    /// # Shapes
    /// `[n, 3, height, width] -> [n, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pictures: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let [n, _, height, width] = pictures.dims();
        let device = pictures.device();
        let patches = self.patch_embed.forward(pictures);
        let [_, _, channels] = patches.dims();
        let class = self.cls_token.val().expand([n, 1, channels]);
        let positions = self.positions([height, width], &device);
        let mut x = Tensor::cat(vec![class, patches], 1) + positions;
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            hook.on_output(&format!("blocks.{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        // The norm is of each token alone.
        Ok(self.norm.forward(x.narrow(1, 0, 1)).reshape([n, channels]))
    }

    /// The table of positions for pictures of this size: bicubic, in steps of `side / (patches + 0.1)`.
    ///
    /// # Shapes
    /// `[1, patches + 1, width]`
    fn positions(&self, size: [usize; 2], device: &Device) -> Tensor<3> {
        let table = self.pos_embed.val();
        let [_, tokens, width] = table.dims();
        let side = self.picture / self.patch;
        let values = values_of(table.into_data());
        let (class, of_patches) = values.split_at(width);
        let counts = size.map(|length| length / self.patch);
        let mut positions = class.to_vec();
        if counts == [side; 2] && size[0] == size[1] {
            positions.extend_from_slice(of_patches);
        } else {
            let axes = counts.map(|count| {
                let scale = (count as f64 + EXTRA) / side as f64;
                Axis::scaled(Filter::Cubic, side, count, (1.0 / scale) as f32)
            });
            // [side * side, width] -> [width, side, side] and back.
            let planes: Vec<f32> =
                (0..width).flat_map(|channel| of_patches[channel..].iter().step_by(width).copied()).collect();
            debug_assert_eq!(planes.len(), (tokens - 1) * width, "a position for each patch");
            let planes = resize_by(&planes, [side; 2], &axes);
            let places = counts[0] * counts[1];
            positions.extend((0..places).flat_map(|place| planes[place..].iter().step_by(places).copied()));
        }
        let count = positions.len() / width;
        Tensor::from_data(TensorData::new(positions, [1, count, width]), device)
    }
}
