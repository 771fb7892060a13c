//! UMT (Li et al. 2023), fine-tuned to name what people do: Kinetics' classes.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};
use serde::{Deserialize, Serialize};

use crate::config::{divides, patch, sizes, within};
use crate::patches::{Patches, PatchesConfig};
use crate::pictures::torch::{Axis, Filter, resize_by};
use crate::unfit::ScorerUnfit;
use crate::vit::{Biases, VitBlock, VitBlockConfig};

/// Frames of the clips that its positions were made for.
const FIRST_FRAMES: usize = 8;
/// Slowest wave of the positions, against the fastest (Vaswani et al. 2017).
const SLOWEST: f64 = 10_000.0;

/// Sizes of [`Umt`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UmtConfig {
    /// Channels of a token.
    pub embed: usize,
    /// Blocks.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Actions that it tells apart.
    pub classes: usize,
    /// Frames of a clip.
    pub frames: usize,
    /// Frames of a token: 1.
    pub tubelet: usize,
    /// Epsilon of the norms.
    pub eps: f64,
    /// Whether the mean of all tokens is looked at: it is.
    pub mean_pooling: bool,
    /// Side of the square frames, in pixels.
    #[serde(default = "picture")]
    pub picture: usize,
    /// Side of a patch, in pixels.
    #[serde(default = "side_of_patch")]
    pub patch: usize,
}

fn picture() -> usize {
    224
}

fn side_of_patch() -> usize {
    16
}

impl UmtConfig {
    /// The ViT-L/16 for Kinetics 400 whose weights were published, for clips of 16 frames.
    pub fn vit_l_16() -> Self {
        Self {
            embed: 1024,
            depth: 24,
            heads: 16,
            classes: 400,
            frames: 16,
            tubelet: 1,
            eps: 1e-6,
            mean_pooling: true,
            picture: picture(),
            patch: side_of_patch(),
        }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let Self { embed, depth, heads, classes, frames, tubelet, eps, mean_pooling, picture, patch: side } = *self;
        sizes(&[
            ("embed", embed),
            ("depth", depth),
            ("heads", heads),
            ("classes", classes),
            ("frames", frames),
            ("picture", picture),
            ("patch", side),
        ])?;
        within("tubelet", tubelet, 1)?;
        divides(("heads", heads), ("embed", embed))?;
        patch(side, picture)?;
        if !(eps.is_finite() && eps > 0.0 && eps < 1.0) {
            return Err(ScorerUnfit::Ratio { name: "eps".to_owned(), value: eps, most: 1.0 });
        }
        if mean_pooling { Ok(()) } else { Err(ScorerUnfit::Pooling) }
    }
}

/// The network. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct Umt {
    patch_embed: Patches,
    pos_embed: Param<Tensor<3>>,
    blocks: Vec<VitBlock>,
    fc_norm: LayerNorm,
    head: Linear,
    #[module(skip)]
    picture: usize,
    #[module(skip)]
    frames: usize,
}

impl Umt {
    /// The network at `path`, the root of its file. Sizes are those that [`UmtConfig::check`] lets through. A file without
    /// positions has those of [`sinusoid`].
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &UmtConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let UmtConfig { embed: width, depth, heads, classes, frames, eps, picture, patch, .. } = *config;
        let patches = PatchesConfig { width, patch, is_temporal: true, is_biased: true };
        let side = picture / patch;
        let positions = [1, frames * side * side, width];
        let pos_embed = match path.param("pos_embed", positions, Init::Normal { std: 0.02 }) {
            Err(FileError::TensorMissing { .. }) => {
                let data = TensorData::new(sinusoid(frames, side, width), positions);
                Param::initialized(ParamId::new(), Tensor::from_data(data, path.device()))
            }
            loaded => loaded?,
        };
        let block = VitBlockConfig { width, heads, eps, biases: Biases::NotKeys };
        let blocks = (0..depth).map(|index| VitBlock::init(block, &path.at("blocks").at(index)));
        Ok(Self {
            patch_embed: Patches::init(patches, &path.at("patch_embed.proj"))?,
            pos_embed,
            blocks: blocks.collect::<Result<_, _>>()?,
            fc_norm: LayerNorm::init_with(&path.at("fc_norm"), width, eps)?,
            head: LinearConfig::new(width, classes).init(&path.at("head"))?,
            picture,
            frames,
        })
    }

    /// Side of the frames, in pixels.
    pub fn picture(&self) -> usize {
        self.picture
    }

    /// Frames of a clip.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The device that its weights are on.
    pub(crate) fn device(&self) -> Device {
        self.pos_embed.val().device()
    }

    /// Logits of the classes for clips of [`pictures::for_umt`](crate::pictures::for_umt).
    ///
    /// # Shapes
    /// `[clips, frames, 3, side, side] -> [clips, classes]`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, clips: Tensor<5>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let [count, frames, colours, height, width] = clips.dims();
        let patches = self.patch_embed.forward(clips.reshape([count * frames, colours, height, width]));
        let [_, of_frame, channels] = patches.dims();
        // [clips * frames, patches, c] -> [clips, frames * patches, c]: frame by frame.
        let mut x = patches.reshape([count, frames * of_frame, channels]) + self.pos_embed.val();
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            hook.on_output(&format!("blocks.{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        let mean = self.fc_norm.forward(x.mean_dim(1)).reshape([count, channels]);
        Ok(self.head.forward(mean))
    }
}

/// Positions of a file that has none: waves over the numbers of the tokens of eight frames, linear in time between those frames
/// and `frames` of them.
///
/// # Shapes
/// `[frames * side * side, width]`
pub fn sinusoid(frames: usize, side: usize, width: usize) -> Vec<f32> {
    let row = side * side * width;
    let wave = |index: usize| {
        let (position, channel) = (index / width, index % width);
        let angle = position as f64 / SLOWEST.powf(2.0 * (channel / 2) as f64 / width as f64);
        (if channel.is_multiple_of(2) { angle.sin() } else { angle.cos() }) as f32
    };
    let first: Vec<f32> = (0..FIRST_FRAMES * row).map(wave).collect();
    if frames == FIRST_FRAMES {
        return first;
    }
    // Frames are the rows of a picture that keeps its width.
    let axes = [Axis::new(Filter::Linear, FIRST_FRAMES, frames), Axis::new(Filter::Linear, row, row)];
    resize_by(&first, [FIRST_FRAMES, row], &axes)
}
