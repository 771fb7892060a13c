//! The scorers of a recipe: which file, which sizes, and how their texts are written.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use hummingbird_scorers::config::{ClipConfig, InternVideo2Config, ViClipConfig};
use hummingbird_scorers::preprocess::Normalisation;
use hummingbird_scorers::{ImageScorer, MaskedTokens, VideoScorer, WordPiece};
use serde::{Deserialize, Serialize};

use crate::nn::cost::Target;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_tokens::Tokenizer;
use crate::training::TrainError;
use crate::training::recipe::RecipeError;
use crate::training::recipes::estimate::Weights;
use crate::training::recipes::settings::ensure;
use crate::weights::{Checkpoint, FileError};

/// Token ids of a text of InternVideo2, as in the reference.
const BERT_TOKENS: usize = 40;
/// Frames of a clip that the scorer of pictures sees, at most.
const MOST_FRAMES: usize = 1024;

/// The table `image`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSettings {
    /// HPSv2.1's file.
    pub file: Option<PathBuf>,
    /// Frames of each clip that it sees.
    pub frames: usize,
}

/// The table `video`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VideoSettings {
    /// The scorer's file.
    pub file: Option<PathBuf>,
    /// Which scorer it is.
    pub kind: VideoKind,
    /// Vocabulary of InternVideo2's BERT.
    pub vocabulary: Option<PathBuf>,
}

/// A scorer of clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoKind {
    /// InternVideo2 of stage 2, 1B.
    #[default]
    InternVideo2,
    /// ViCLIP L/14.
    ViClip,
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self { file: None, frames: 5 }
    }
}

/// How captions become the tokens of a scorer of clips.
#[derive(Debug)]
pub enum VideoTokens {
    /// BERT's.
    WordPiece(WordPiece),
    /// CLIP's, so many.
    Clip(usize),
}

impl ImageSettings {
    /// Whether the numbers can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        ensure("image.frames", self.frames, (1..=MOST_FRAMES).contains(&self.frames))
    }

    /// The scorer on a device without autodiff.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub fn load(&self, device: &Device) -> Result<Option<ImageScorer>, TrainError> {
        let Some(path) = &self.file else { return Ok(None) };
        let file = Checkpoint::open(path)?;
        let loader = ParamLoader::new(&file, device);
        Ok(Some(self.network(&loader)?))
    }

    /// The scorer with the parameters of a loader.
    fn network(&self, loader: &ParamLoader<'_>) -> Result<ImageScorer, FileError> {
        ImageScorer::init(&ClipConfig::vit_h_14(), Normalisation::CLIP, &loader.path(""))
    }

    /// The scorer without values, and its weights on `target`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn meta(&self, target: Target) -> Result<Option<(ImageScorer, Weights)>, TrainError> {
        let Some(path) = &self.file else { return Ok(None) };
        // What is wrong with the file is found out by loading it.
        drop(self.load(&Device::flex())?);
        let loader = ParamLoader::names_only();
        let scorer = self.network(&loader)?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), &Checkpoint::open(path)?, target))))
    }
}

impl VideoSettings {
    /// The scorer on a device without autodiff, and its tokens.
    ///
    /// # Errors
    /// When a file cannot be used.
    pub fn load(&self, device: &Device) -> Result<Option<(VideoScorer, VideoTokens)>, TrainError> {
        let Some(path) = &self.file else { return Ok(None) };
        let file = Checkpoint::open(path)?;
        let loader = ParamLoader::new(&file, device);
        let tokens = match self.kind {
            VideoKind::InternVideo2 => {
                let vocabulary = self.vocabulary.as_ref().ok_or(RecipeError::Missing { key: "video.vocabulary" })?;
                let words = WordPiece::read(vocabulary)
                    .map_err(|unfit| TrainError::Vocabulary { path: vocabulary.clone(), detail: unfit.into() })?;
                VideoTokens::WordPiece(words)
            }
            VideoKind::ViClip => VideoTokens::Clip(ViClipConfig::vit_l_14().text.context_length),
        };
        Ok(Some((self.network(&loader)?, tokens)))
    }

    /// The scorer with the parameters of a loader.
    fn network(&self, loader: &ParamLoader<'_>) -> Result<VideoScorer, FileError> {
        let (root, normalisation) = (loader.path(""), Normalisation::IMAGENET);
        match self.kind {
            VideoKind::InternVideo2 => {
                VideoScorer::internvideo2(&InternVideo2Config::stage_2_1b(), normalisation, &root)
            }
            VideoKind::ViClip => VideoScorer::viclip(&ViClipConfig::vit_l_14(), normalisation, &root),
        }
    }

    /// The scorer without values, and its weights on `target`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn meta(&self, target: Target) -> Result<Option<(VideoScorer, Weights)>, TrainError> {
        let Some(path) = &self.file else { return Ok(None) };
        // What is wrong with the files is found out by loading them.
        drop(self.load(&Device::flex())?);
        let loader = ParamLoader::names_only();
        let scorer = self.network(&loader)?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), &Checkpoint::open(path)?, target))))
    }
}

impl VideoTokens {
    fn encode(&self, caption: &str) -> MaskedTokens {
        match self {
            Self::WordPiece(words) => words.encode(caption, BERT_TOKENS),
            Self::Clip(count) => MaskedTokens::all(cut(Tokenizer::shared().encode(caption).ids.to_vec(), *count)),
        }
    }
}

/// A text of CLIP in fewer tokens: a longer one ends with the end token too.
fn cut(mut ids: Vec<u32>, count: usize) -> Vec<u32> {
    let end = ids.iter().copied().max().unwrap_or_default();
    ids.truncate(count);
    if let Some(last) = ids.last_mut().filter(|last| **last != 0) {
        *last = end;
    }
    ids
}

/// Features of captions for a scorer of pictures, `[captions, channels]`.
pub fn image_texts(scorer: &ImageScorer, captions: &[&str]) -> Tensor<2> {
    let tokens: Vec<Vec<u32>> =
        captions.iter().map(|caption| Tokenizer::shared().encode(caption).ids.to_vec()).collect();
    scorer.text_features(&tokens)
}

/// The same for a scorer of clips.
pub fn video_texts(scorer: &VideoScorer, tokens: &VideoTokens, captions: &[&str]) -> Tensor<2> {
    let texts: Vec<MaskedTokens> = captions.iter().map(|caption| tokens.encode(caption)).collect();
    scorer.text_features(&texts).features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cut_keeps_its_end() {
        let end = 49_407;
        assert_eq!(cut(vec![49_406, 5, 6, end, 0, 0], 4), [49_406, 5, 6, end]);
        assert_eq!(cut(vec![49_406, 5, 6, 7, 8, end], 4), [49_406, 5, 6, end]);
        assert_eq!(cut(vec![49_406, 5, end, 0, 0, 0], 4), [49_406, 5, end, 0]);
        let long = VideoTokens::Clip(32).encode(&"balloon ".repeat(60));
        assert_eq!((long.ids.len(), long.ids[31]), (32, end));
        let short = VideoTokens::Clip(32).encode("a red balloon");
        assert_eq!(short.ids.iter().filter(|&&id| id == end).count(), 1);
    }
}
