//! How well a clip shows its prompt: InternVideo2 or ViCLIP.

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::params::ParamPath;

use crate::bert::{Bert, MaskedTokens};
use crate::config::{InternVideo2Config, ViClipConfig};
use crate::features::normalised;
use crate::internvideo2::InternVideo2Vision;
use crate::preprocess::{Framing, Normalisation, Squaring, cost_of_squares, unit_range};
use crate::unfit::FramesUnfit;
use crate::viclip::ViClip;

/// Colour channels of a frame.
const RGB: usize = 3;

/// A scorer of clips. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct VideoScorer {
    towers: Towers,
    #[module(skip)]
    side: usize,
    #[module(skip)]
    frames: usize,
    #[module(skip)]
    normalisation: Normalisation,
    #[module(skip)]
    framing: Framing,
}

#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of them, beside gigabytes of weights")]
enum Towers {
    InternVideo2(InternVideo2),
    ViClip(ViClip),
}

#[derive(Module, Debug)]
struct InternVideo2 {
    vision_encoder: InternVideo2Vision,
    text_encoder: Bert,
    vision_proj: Linear,
    text_proj: Linear,
}

/// What clips have become.
#[derive(Clone, Debug)]
pub struct VideoFeatures {
    /// `[clips, channels]`, of length 1.
    pub features: Tensor<2>,
    /// InternVideo2: what its pooling gives, `[clips, clip_embed_dim]`.
    pub pooled: Option<Tensor<2>>,
}

/// What texts have become.
#[derive(Clone, Debug)]
pub struct TextFeatures {
    /// `[texts, channels]`, of length 1.
    pub features: Tensor<2>,
    /// InternVideo2: its hidden state, `[texts, tokens, hidden_size]`.
    pub hidden: Option<Tensor<3>>,
}

impl VideoScorer {
    /// InternVideo2 at `path`, the root of its file. Sizes are those that [`InternVideo2Config::check`] lets through.
    pub fn internvideo2(
        config: &InternVideo2Config,
        normalisation: Normalisation,
        path: &ParamPath<'_>,
    ) -> Result<Self, FileError> {
        let (vision, text) = (&config.vision, &config.text);
        let proj = |name: &str, inputs| LinearConfig::new(inputs, config.embed_dim).init(&path.at(name));
        let towers = InternVideo2 {
            vision_encoder: InternVideo2Vision::init(vision, &path.at("vision_encoder"))?,
            text_encoder: Bert::init(text, &path.at("text_encoder.bert"))?,
            vision_proj: proj("vision_proj", vision.clip_embed_dim)?,
            text_proj: proj("text_proj", text.hidden_size)?,
        };
        let (side, frames) = (vision.img_size, vision.num_frames);
        Ok(Self { towers: Towers::InternVideo2(towers), side, frames, normalisation, framing: Framing::Crop })
    }

    /// ViCLIP at `path`, the root of its file. Sizes are those that [`ViClipConfig::check`] lets through.
    pub fn viclip(
        config: &ViClipConfig,
        normalisation: Normalisation,
        path: &ParamPath<'_>,
    ) -> Result<Self, FileError> {
        let towers = ViClip::init(config, path)?;
        let (side, frames) = (config.vision.input_resolution, config.vision.num_frames);
        Ok(Self { towers: Towers::ViClip(towers), side, frames, normalisation, framing: Framing::Crop })
    }

    /// The same with frames that become squares in another way; the published ones are crops.
    pub fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    /// Frames of a clip.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// How frames of this height and width become squares: it says where their crop may begin.
    ///
    /// # Errors
    /// Frames that are too narrow.
    pub fn squaring(&self, frame: [usize; 2]) -> Result<Squaring, FramesUnfit> {
        Squaring::new(self.framing, frame, self.side)
    }

    /// What the vision tower sees of clips: the same crop of all frames, whose top and left are in the resized frames.
    ///
    /// # Shapes
    /// `[clips * frames, 3, height, width]` in about -1..1 `-> [clips, frames, 3, side, side]`
    ///
    /// # Errors
    /// Frames that are too narrow, or a crop beyond them.
    ///
    /// # Panics
    /// When the frames are no whole number of clips: a bug of the caller.
    pub fn pixels(&self, frames: Tensor<4>, crop: [usize; 2]) -> Result<Tensor<5>, FramesUnfit> {
        let [count, colours, height, width] = frames.dims();
        assert!(count.is_multiple_of(self.frames), "{count} frames are no clips of {}", self.frames);
        let squares = self.squaring([height, width])?.apply(unit_range(frames), crop)?;
        let shape = [count / self.frames, self.frames, colours, self.side, self.side];
        Ok(self.normalisation.apply(squares).reshape(shape))
    }

    /// # Shapes
    /// [`Self::pixels`] `-> [clips, channels]`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn video_features(&self, pixels: Tensor<5>, hook: &dyn ForwardHook) -> Result<VideoFeatures, Cancelled> {
        Ok(match &self.towers {
            Towers::InternVideo2(towers) => {
                let pooled = towers.vision_encoder.forward(pixels, hook)?;
                VideoFeatures { features: normalised(towers.vision_proj.forward(pooled.clone())), pooled: Some(pooled) }
            }
            Towers::ViClip(towers) => {
                VideoFeatures { features: normalised(towers.vision_encoder.forward(pixels, hook)?), pooled: None }
            }
        })
    }

    /// Cost of [`Self::video_features`] without gradients, for so many clips.
    pub fn cost(&self, tracer: &Tracer, clips: usize) -> MetaTensor {
        self.cost_of_pixels(tracer, tracer.tensor(&[clips, self.frames, RGB, self.side, self.side]))
    }

    /// Cost of [`Self::pixels`] of these frames.
    pub fn cost_of_frames(&self, tracer: &Tracer, frames: MetaTensor) -> MetaTensor {
        let [count, ..] = frames.dims::<4>();
        let clips = [count / self.frames.max(1), self.frames, RGB, self.side, self.side];
        cost_of_squares(tracer, frames, &clips)
    }

    /// Cost of [`Self::video_features`] of these pixels.
    pub fn cost_of_pixels(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        match &self.towers {
            Towers::InternVideo2(towers) => towers.vision_proj.cost(tracer, towers.vision_encoder.cost(tracer, pixels)),
            Towers::ViClip(towers) => towers.vision_encoder.cost(tracer, pixels),
        }
    }

    /// Cost of [`Self::text_features`] of so many texts; not known of InternVideo2, whose texts nothing is trained by.
    pub fn cost_of_texts(&self, tracer: &Tracer, texts: usize) -> Option<MetaTensor> {
        match &self.towers {
            Towers::InternVideo2(_) => None,
            Towers::ViClip(towers) => Some(towers.text_encoder.cost(tracer, texts)),
        }
    }

    /// # Shapes
    /// texts of one length (ViCLIP: of `context_length`, all of them seen) `-> [texts, channels]`
    ///
    /// # Panics
    /// When a text has another length or an id is not in the table: a bug of the caller.
    pub fn text_features(&self, texts: &[MaskedTokens]) -> TextFeatures {
        match &self.towers {
            Towers::InternVideo2(towers) => {
                let hidden = towers.text_encoder.forward(texts);
                let [count, _, width] = hidden.dims();
                let first = hidden.clone().narrow(1, 0, 1).reshape([count, width]);
                TextFeatures { features: normalised(towers.text_proj.forward(first)), hidden: Some(hidden) }
            }
            Towers::ViClip(towers) => {
                let ids: Vec<Vec<u32>> = texts.iter().map(|text| text.ids.clone()).collect();
                TextFeatures { features: normalised(towers.text_encoder.forward(&ids)), hidden: None }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_nn::params::{ParamLoader, ParamRegistry};

    use super::*;

    fn count(registry: &ParamRegistry, prefix: &str) -> usize {
        let params = registry.params().into_iter().filter(|param| param.name.starts_with(prefix));
        params.map(|param| param.shape.iter().product::<usize>()).sum()
    }

    /// Counted by hand from the sizes; the vision towers are the "1B" and the "L" (304 million) of their names.
    #[test]
    fn published_models_have_their_numbers_of_parameters() {
        let loader = ParamLoader::names_only();
        let config = InternVideo2Config::stage_2_1b();
        VideoScorer::internvideo2(&config, Normalisation::IMAGENET, &loader.path("")).expect("nothing is loaded");
        let registry = loader.into_registry();
        let width = 1408;
        // qkv, proj with bias, both norms of q and k; two norms, two gammas; the feed-forward.
        let block = 3 * width * width + width * width + width + 2 * width + 4 * width + 2 * width * 6144 + 6144 + width;
        let pooling = 6 * width + 3 * (width * width + width) + width * 768 + 768;
        let embeddings = width + (4 * 256 + 1) * width + width * 588 + width;
        assert_eq!(count(&registry, "vision_encoder."), 40 * block + pooling + embeddings);
        // Of BERT-large's 335 million, five of 24 layers do not run, nor does its pooler.
        let layer = 4 * (1024 * 1024 + 1024) + 2 * 1024 * 4096 + 4096 + 1024 + 4 * 1024;
        assert_eq!(count(&registry, "text_encoder."), (30_522 + 512 + 2 + 2) * 1024 + 19 * layer);
        assert_eq!(
            registry.params().iter().find(|param| param.name.contains("pos_embed")).map(|param| &param.shape[..]),
            Some(&[1, 1025, 1408][..])
        );

        let loader = ParamLoader::names_only();
        VideoScorer::viclip(&ViClipConfig::vit_l_14(), Normalisation::IMAGENET, &loader.path(""))
            .expect("nothing is loaded");
        let registry = loader.into_registry();
        // CLIP's own ViT-L/14 has 427,616,512 parameters without its logit scale; here are 8 temporal positions more, and 45
        // positions of text fewer.
        assert_eq!(count(&registry, ""), 427_616_512 + 8 * 1024 - 45 * 768);
    }
}
