//! HPSv2.1: how well a picture shows its prompt, and how much people like it.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::params::{Init, ParamPath};

use crate::clip_text::ClipText;
use crate::clip_vision::ClipVision;
use crate::config::ClipConfig;
use crate::features::normalised;
use crate::preprocess::{Framing, Normalisation, Squaring, cost_of_squares, unit_range};
use crate::unfit::FramesUnfit;

/// CLIP's start of the logit scale: a temperature of 0.07.
const LOGIT_SCALE: Init = Init::Ones;

/// The scorer. Its tensors have the names of the published file.
#[derive(Module, Debug)]
pub struct ImageScorer {
    visual: ClipVision,
    text: ClipText,
    logit_scale: Param<Tensor<1>>,
    #[module(skip)]
    side: usize,
    #[module(skip)]
    normalisation: Normalisation,
}

impl ImageScorer {
    /// The scorer at `path`, the root of its file. Sizes are those that [`ClipConfig::check`] lets through.
    pub fn init(config: &ClipConfig, normalisation: Normalisation, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self {
            visual: ClipVision::init(&config.vision_cfg, Gelu::Erf, config.embed_dim, &path.at("visual"))?,
            text: ClipText::init(&config.text_cfg, Gelu::Erf, config.embed_dim, path)?,
            logit_scale: path.scalar("logit_scale", LOGIT_SCALE)?,
            side: config.vision_cfg.image_size,
            normalisation,
        })
    }

    /// Token ids of a text.
    pub fn context_length(&self) -> usize {
        self.text.context_length()
    }

    /// What the vision tower sees of frames between black stripes.
    ///
    /// # Shapes
    /// `[n, 3, height, width]` in about -1..1 `-> [n, 3, side, side]`
    ///
    /// # Errors
    /// Frames that are too narrow.
    pub fn pixels(&self, frames: Tensor<4>) -> Result<Tensor<4>, FramesUnfit> {
        let [_, _, height, width] = frames.dims();
        let squaring = Squaring::new(Framing::Letterbox, [height, width], self.side)?;
        Ok(self.normalisation.apply(squaring.apply(unit_range(frames), [0, 0])?))
    }

    /// # Shapes
    /// [`Self::pixels`] `-> [n, channels]`, of length 1
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn image_features(&self, pixels: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        Ok(normalised(self.visual.forward(pixels, hook)?))
    }

    /// Cost of [`Self::image_features`] without gradients, for so many pictures.
    pub fn cost(&self, tracer: &Tracer, pictures: usize) -> MetaTensor {
        self.cost_of_pixels(tracer, tracer.tensor(&[pictures, 3, self.side, self.side]))
    }

    /// Cost of [`Self::image_features`] of these pixels.
    pub fn cost_of_pixels(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        self.visual.cost(tracer, pixels)
    }

    /// Cost of [`Self::pixels`] of these frames.
    pub fn cost_of_frames(&self, tracer: &Tracer, frames: MetaTensor) -> MetaTensor {
        let [count, ..] = frames.dims::<4>();
        cost_of_squares(tracer, frames, &[count, 3, self.side, self.side])
    }

    /// Cost of [`Self::text_features`] of so many texts.
    pub fn cost_of_texts(&self, tracer: &Tracer, texts: usize) -> MetaTensor {
        self.text.cost(tracer, texts)
    }

    /// # Shapes
    /// texts of `context_length` ids `-> [texts, channels]`, of length 1
    ///
    /// # Panics
    /// When a text has another length or an id is not in the table: a bug of the caller.
    pub fn text_features(&self, texts: &[Vec<u32>]) -> Tensor<2> {
        normalised(self.text.forward(texts))
    }

    /// The scores as CLIP was trained with them: times `exp(logit_scale)`.
    ///
    /// # Shapes
    /// `[n]`, unchanged
    pub fn logits(&self, scores: Tensor<1>) -> Tensor<1> {
        scores * self.logit_scale.val().exp()
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_nn::cost::Target;
    use hummingbird_nn::params::ParamLoader;

    use super::*;

    /// open_clip's table of models: 986.11 million parameters, of which the towers have 632.08 and 354.03, and 334.59 GFLOP for a
    /// picture.
    #[test]
    fn the_published_model_has_its_number_of_parameters_and_operations() {
        let loader = ParamLoader::names_only();
        let scorer = ImageScorer::init(&ClipConfig::vit_h_14(), Normalisation::CLIP, &loader.path(""));
        let scorer = scorer.expect("nothing is loaded");
        let cost = Tracer::measure(Target::host(), |tracer| scorer.cost(tracer, 1));
        assert!((cost.flop.total() - 334.59e9).abs() < 0.1e9, "{}", cost.flop.total());
        let registry = loader.into_registry();
        let count = |of: fn(&str) -> bool| -> usize {
            let params = registry.params().into_iter().filter(|param| of(&param.name));
            params.map(|param| param.shape.iter().product::<usize>()).sum()
        };
        assert_eq!(count(|name| name.starts_with("visual.")), 632_076_800);
        assert_eq!(count(|_| true), 986_109_441);
    }
}
