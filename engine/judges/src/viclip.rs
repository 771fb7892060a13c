//! ViCLIP: its vision tower is CLIP's, over the patches of all frames together; its text tower is CLIP's too.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::params::{Init, ParamPath};

use crate::clip_text::ClipText;
use crate::config::{ViClipConfig, ViClipVisionConfig};
use crate::tower::{Tower, TowerConfig};

/// Both towers. Their tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct ViClip {
    pub(crate) vision_encoder: ViClipVision,
    pub(crate) text_encoder: ClipText,
    #[module(skip)]
    picture: usize,
    #[module(skip)]
    frames: usize,
}

impl ViClip {
    /// The network at `path`, the root of its file. Sizes are those that [`ViClipConfig::check`] lets through.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn init(config: &ViClipConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let text = path.at("text_encoder");
        Ok(Self {
            vision_encoder: ViClipVision::init(&config.vision, config.embed_dim, &path.at("vision_encoder"))?,
            text_encoder: ClipText::init(&config.text, Gelu::Quick, config.embed_dim, &text)?,
            picture: config.vision.input_resolution,
            frames: config.vision.num_frames,
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
        self.vision_encoder.temporal_positional_embedding.val().device()
    }

    /// Clips of as many frames as the network is for, of [`pictures::for_viclip`](crate::pictures::for_viclip).
    ///
    /// # Shapes
    /// `[clips, frames, 3, side, side] -> [clips, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn video_features(&self, pictures: Tensor<5>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        self.vision_encoder.forward(pictures, hook)
    }

    /// # Shapes
    /// texts of `context_length` ids `-> [texts, channels]`, not normalised
    ///
    /// # Panics
    /// When a text has another length or an id is not in the table: a bug of the caller.
    pub fn text_features(&self, texts: &[Vec<u32>]) -> Tensor<2> {
        self.text_encoder.forward(texts)
    }
}

/// The tower of clips.
#[derive(Module, Debug)]
pub struct ViClipVision {
    tower: Tower,
    /// `[1, frames, width]`
    temporal_positional_embedding: Param<Tensor<3>>,
}

impl ViClipVision {
    /// The tower at `path`, with features of `channels`.
    pub fn init(config: &ViClipVisionConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let ViClipVisionConfig { input_resolution: side, patch_size: patch, width, layers, num_frames, .. } = *config;
        let block = config.block();
        let tower = TowerConfig { side, patch, is_temporal: true, layers, block, channels };
        let times = [1, num_frames, width];
        Ok(Self {
            tower: Tower::init(&tower, path)?,
            temporal_positional_embedding: path.param("temporal_positional_embedding", times, Init::Zeros)?,
        })
    }

    /// # Shapes
    /// `[clips, frames, 3, side, side] -> [clips, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pixels: Tensor<5>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.tower.conv1.forward(pixels.reshape([clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        let positions = self.tower.positional_embedding.val();
        // [1, frames, width] -> [1, frames, 1, width]: the same for all patches of a frame.
        let times = self.temporal_positional_embedding.val().unsqueeze_dim::<4>(2);
        let of_patches = positions.clone().narrow(0, 1, count).reshape([1, 1, count, width]);
        let patches = patches.reshape([clips, frames, count, width]) + of_patches + times;
        let class =
            self.tower.class_embedding.val().reshape([1, 1, width]) + positions.narrow(0, 0, 1).unsqueeze::<3>();
        let class = class.expand([clips, 1, width]);
        let x = Tensor::cat(vec![class, patches.reshape([clips, frames * count, width])], 1);
        self.tower.of_tokens(x, hook)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.tower.conv1.cost(tracer, pixels.reshape(&[clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        let patches = tracer.scaled(tracer.scaled(patches));
        let tokens = tracer.gathered(patches, &[clips, frames * count + 1, width]);
        self.tower.cost_of_tokens(tracer, tokens)
    }
}
