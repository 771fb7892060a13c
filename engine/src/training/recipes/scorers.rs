//! Scorers in files: which file, which sizes, and how their texts are written.
//!
//! The published scorers have the sizes that they were published with; those of `hummingbird train scorer` say theirs.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use hummingbird_judges::config::{ClipConfig, InternVideo2Config, ViClipConfig};
use hummingbird_judges::preprocess::{Framing, Normalisation};
use hummingbird_judges::{ImageScorer, MaskedTokens, VideoScorer, WordPiece};
use serde::{Deserialize, Serialize};

use crate::model::{ModelProvenance, Unfit};
use crate::nn::cost::Target;
use crate::nn::params::{NamedTensor, ParamLoader, ParamPath};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::training::TrainError;
use crate::training::recipe::RecipeError;
use crate::training::recipes::estimate::{Stored, Weights};
use crate::training::recipes::settings::ensure;
use crate::weights::{Checkpoint, FileError, WeightPrecision, write_tensors};

/// Token ids of a text of InternVideo2, as in the reference.
const BERT_TOKENS: usize = 40;
/// Frames of a clip that the scorer of pictures sees, at most.
const MOST_FRAMES: usize = 1024;

/// Key of the description in the metadata of a scorer of our own.
const METADATA_KEY: &str = "hummingbird-scorer";

/// What a scorer of our own says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorerDescription {
    /// What it scores, and its sizes.
    pub network: ScorerNetwork,
    /// How it was made.
    pub provenance: ModelProvenance,
}

/// Sizes of a scorer of our own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScorerNetwork {
    /// Of pictures: HPSv2's network.
    Image(ClipConfig),
    /// Of clips: ViCLIP's network, which sees whole frames.
    Video(ViClipConfig),
}

impl ScorerNetwork {
    /// A scorer of pictures of these sizes.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub fn image(config: &ClipConfig, path: &ParamPath<'_>) -> Result<ImageScorer, FileError> {
        ImageScorer::init(config, Normalisation::CLIP, path)
    }

    /// A scorer of clips of these sizes. It sees whole frames, since a subject can leave a crop.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub fn video(config: &ViClipConfig, path: &ParamPath<'_>) -> Result<VideoScorer, FileError> {
        Ok(VideoScorer::viclip(config, Normalisation::IMAGENET, path)?.framed(Framing::Letterbox))
    }
}

impl ScorerNetwork {
    /// A scorer of pictures of these sizes without values, and its weights in `file`; `None` for one of clips.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn meta_image(
        &self,
        file: Stored<'_>,
        target: Target,
    ) -> Result<Option<(ImageScorer, Weights)>, FileError> {
        let Self::Image(config) = self else { return Ok(None) };
        let loader = ParamLoader::names_only();
        let scorer = Self::image(config, &loader.path(""))?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), file, target))))
    }

    /// The same of a scorer of clips.
    ///
    /// # Errors
    /// None that networks without values have.
    pub(super) fn meta_video(
        &self,
        file: Stored<'_>,
        target: Target,
    ) -> Result<Option<(VideoScorer, Weights)>, FileError> {
        let Self::Video(config) = self else { return Ok(None) };
        let loader = ParamLoader::names_only();
        let scorer = Self::video(config, &loader.path(""))?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), file, target))))
    }
}

impl ScorerDescription {
    /// That of a file of ours; `None` for a published one.
    ///
    /// # Errors
    /// When it cannot be read, or no network can be as it says.
    fn of(file: &Checkpoint) -> Result<Option<Self>, FileError> {
        let Some(json) = file.metadata(METADATA_KEY) else { return Ok(None) };
        let damaged = |detail: String| FileError::Damaged {
            path: file.path().to_owned(),
            detail: Unfit::Description { detail }.into(),
        };
        let description: Self = serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
        let checked = match &description.network {
            ScorerNetwork::Image(config) => config.check(),
            ScorerNetwork::Video(config) => config.check(),
        };
        checked.map_err(|unfit| damaged(unfit.to_string()))?;
        Ok(Some(description))
    }

    /// Writes a scorer, in f32.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(&self, path: &std::path::Path, tensors: &[NamedTensor]) -> Result<(), TrainError> {
        let json = serde_json::to_string(self).expect("a description has only string keys");
        Ok(write_tensors(path, &[(METADATA_KEY, json)], tensors, WeightPrecision::F32)?)
    }
}

/// The table `image`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSettings {
    /// HPSv2.1's file, or a scorer of pictures of our own.
    pub file: Option<PathBuf>,
    /// Frames of each clip that it sees.
    pub frames: usize,
}

/// The table `video`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VideoSettings {
    /// The scorer's file: a published one, or a scorer of clips of our own.
    pub file: Option<PathBuf>,
    /// Which of the published scorers it is.
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
        Ok(Some(Self::network(&file, &loader)?))
    }

    /// The scorer of a file with the parameters of a loader.
    fn network(file: &Checkpoint, loader: &ParamLoader<'_>) -> Result<ImageScorer, TrainError> {
        let config = match ScorerDescription::of(file)?.map(|it| it.network) {
            None => ClipConfig::vit_h_14(),
            Some(ScorerNetwork::Image(config)) => config,
            Some(ScorerNetwork::Video(_)) => return Err(TrainError::OtherScorer { path: file.path().to_owned() }),
        };
        Ok(ScorerNetwork::image(&config, &loader.path(""))?)
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
        let file = Checkpoint::open(path)?;
        let scorer = Self::network(&file, &loader)?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), &file, target))))
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
        Ok(Some((self.network(&file, &loader)?, self.tokens(&file)?)))
    }

    /// The sizes of a scorer of our own; `None` for a published one.
    fn own(file: &Checkpoint) -> Result<Option<ViClipConfig>, TrainError> {
        match ScorerDescription::of(file)?.map(|it| it.network) {
            None => Ok(None),
            Some(ScorerNetwork::Video(config)) => Ok(Some(config)),
            Some(ScorerNetwork::Image(_)) => Err(TrainError::OtherScorer { path: file.path().to_owned() }),
        }
    }

    /// How captions become tokens of the scorer of a file.
    fn tokens(&self, file: &Checkpoint) -> Result<VideoTokens, TrainError> {
        if let Some(config) = Self::own(file)? {
            return Ok(VideoTokens::Clip(config.text.context_length));
        }
        Ok(match self.kind {
            VideoKind::InternVideo2 => {
                let vocabulary = self.vocabulary.as_ref().ok_or(RecipeError::Missing { key: "video.vocabulary" })?;
                let words = WordPiece::read(vocabulary)
                    .map_err(|unfit| TrainError::Vocabulary { path: vocabulary.clone(), detail: unfit.into() })?;
                VideoTokens::WordPiece(words)
            }
            VideoKind::ViClip => VideoTokens::Clip(ViClipConfig::vit_l_14().text.context_length),
        })
    }

    /// The scorer of a file with the parameters of a loader.
    fn network(&self, file: &Checkpoint, loader: &ParamLoader<'_>) -> Result<VideoScorer, TrainError> {
        let (root, normalisation) = (loader.path(""), Normalisation::IMAGENET);
        if let Some(config) = Self::own(file)? {
            return Ok(ScorerNetwork::video(&config, &root)?);
        }
        Ok(match self.kind {
            VideoKind::InternVideo2 => {
                VideoScorer::internvideo2(&InternVideo2Config::stage_2_1b(), normalisation, &root)?
            }
            VideoKind::ViClip => VideoScorer::viclip(&ViClipConfig::vit_l_14(), normalisation, &root)?,
        })
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
        let file = Checkpoint::open(path)?;
        let scorer = self.network(&file, &loader)?;
        Ok(Some((scorer, Weights::frozen(&loader.into_registry(), &file, target))))
    }
}

impl VideoTokens {
    fn encode(&self, caption: &str) -> MaskedTokens {
        match self {
            Self::WordPiece(words) => words.encode(caption, BERT_TOKENS),
            Self::Clip(count) => clip_tokens(caption, *count),
        }
    }
}

/// So many tokens of a text of CLIP.
pub(super) fn clip_tokens(caption: &str, count: usize) -> MaskedTokens {
    MaskedTokens::all(cut(Tokenizer::shared().encode(caption).ids.to_vec(), count))
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
    let count = scorer.context_length();
    let tokens: Vec<Vec<u32>> = captions.iter().map(|caption| clip_tokens(caption, count).ids).collect();
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
