//! OpenAI's CLIP (Radford et al. 2021), each tower alone, and LAION's aesthetic predictor on its pictures.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::params::{Init, ParamPath, values_of};
use serde::{Deserialize, Serialize};

use crate::clip_text::ClipText;
use crate::clip_vision::ClipVision;
use crate::config::{ClipTextConfig, ClipVisionConfig, clip_vocabulary, divides, patch, sizes};
use crate::features::normalised;
use crate::unfit::ScorerUnfit;

/// Channels of a head of the vision towers.
const HEAD: usize = 64;
/// What VBench divides LAION's marks by, which go from 1 to 10.
const BEST_MARK: f32 = 10.0;

/// Sizes of both towers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenAiClipConfig {
    /// Channels of the features.
    pub embed: usize,
    /// Side of the square pictures, in pixels.
    pub picture: usize,
    /// Blocks of the vision tower.
    pub vision_layers: usize,
    /// Channels of its tokens; it has a head for every 64 of them.
    pub vision_width: usize,
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Channels of the text tower's tokens.
    pub text_width: usize,
    /// Its attention heads.
    pub text_heads: usize,
    /// Its blocks.
    pub text_layers: usize,
    /// Token ids of a text.
    #[serde(default = "context")]
    pub context: usize,
    /// Rows of the token table.
    #[serde(default = "clip_vocabulary")]
    pub vocabulary: usize,
}

fn context() -> usize {
    77
}

impl OpenAiClipConfig {
    /// ViT-B/32, for backgrounds and styles.
    pub fn vit_b_32() -> Self {
        Self {
            embed: 512,
            picture: 224,
            vision_layers: 12,
            vision_width: 768,
            patch: 32,
            text_width: 512,
            text_heads: 8,
            text_layers: 12,
            context: context(),
            vocabulary: clip_vocabulary(),
        }
    }

    /// ViT-L/14, for LAION's aesthetic predictor.
    pub fn vit_l_14() -> Self {
        Self {
            embed: 768,
            picture: 224,
            vision_layers: 24,
            vision_width: 1024,
            patch: 14,
            text_width: 768,
            text_heads: 12,
            text_layers: 12,
            context: context(),
            vocabulary: clip_vocabulary(),
        }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        sizes(&[
            ("embed", self.embed),
            ("picture", self.picture),
            ("vision_layers", self.vision_layers),
            ("vision_width", self.vision_width),
            ("patch", self.patch),
        ])?;
        divides(("the width of a head", HEAD), ("vision_width", self.vision_width))?;
        patch(self.patch, self.picture)?;
        self.text().check("text")
    }

    fn vision(&self) -> ClipVisionConfig {
        ClipVisionConfig {
            image_size: self.picture,
            layers: self.vision_layers,
            width: self.vision_width,
            head_width: HEAD,
            patch_size: self.patch,
            mlp_ratio: 4.0,
        }
    }

    fn text(&self) -> ClipTextConfig {
        ClipTextConfig {
            context_length: self.context,
            vocab_size: self.vocabulary,
            width: self.text_width,
            heads: self.text_heads,
            layers: self.text_layers,
        }
    }
}

/// The vision tower. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct ClipPictures {
    visual: ClipVision,
    #[module(skip)]
    picture: usize,
}

impl ClipPictures {
    /// The tower of the network at `path`, the root of its file. Sizes are those that [`OpenAiClipConfig::check`] lets through.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &OpenAiClipConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let visual = ClipVision::init(&config.vision(), Gelu::Quick, config.embed, &path.at("visual"))?;
        Ok(Self { visual, picture: config.picture })
    }

    /// Side of the pictures, in pixels.
    pub fn picture(&self) -> usize {
        self.picture
    }

    /// The device that its weights are on.
    pub(crate) fn device(&self) -> Device {
        self.visual.device()
    }

    /// Features of pictures of [`pictures::for_clip`](crate::pictures::for_clip), or of
    /// [`pictures::for_clip_style`](crate::pictures::for_clip_style).
    ///
    /// # Shapes
    /// `[n, 3, side, side] -> [n, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pictures: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        self.visual.forward(pictures, hook)
    }
}

/// The text tower. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct ClipTexts {
    text: ClipText,
    logit_scale: Param<Tensor<1>>,
}

impl ClipTexts {
    /// The tower of the network at `path`, the root of its file. Sizes are those that [`OpenAiClipConfig::check`] lets through.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &OpenAiClipConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self {
            text: ClipText::init(&config.text(), Gelu::Quick, config.embed, path)?,
            logit_scale: path.scalar("logit_scale", Init::Ones)?,
        })
    }

    /// # Shapes
    /// texts of `context` ids `-> [texts, channels]`, not normalised
    ///
    /// # Panics
    /// When a text has another length or an id is not in the table: a bug of the caller.
    pub fn forward(&self, texts: &[Vec<u32>]) -> Tensor<2> {
        self.text.forward(texts)
    }

    /// What cosines are multiplied with: `exp(logit_scale)`, 100 in the published networks.
    pub fn scale(&self) -> f32 {
        values_of(self.logit_scale.val().into_data()).first().map_or(1.0, |scale| scale.exp())
    }
}

/// LAION's linear aesthetic predictor on the features of ViT-L/14.
#[derive(Module, Debug)]
pub struct Aesthetics {
    linear: Linear,
}

impl Aesthetics {
    /// The layer at `path`, the root of its file, for features of `channels`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self { linear: LinearConfig::new(channels, 1).init(path)? })
    }

    /// Marks, where 1 is the best: a tenth of what the layer says of features of length 1.
    ///
    /// # Shapes
    /// `[n, channels] -> n`
    pub fn marks(&self, features: Tensor<2>) -> Vec<f32> {
        values_of((self.linear.forward(normalised(features)) / BEST_MARK).into_data())
    }
}
