//! Sizes of the networks by which VBench judges clips, as the golden cases say them in JSON.

use std::path::Path;

use hummingbird_judges::config::{ClipTextConfig, ViClipConfig, ViClipVisionConfig};
use hummingbird_judges::{DinoConfig, MusiqConfig, OpenAiClipConfig, ScorerUnfit, UmtConfig};
use serde::Deserialize;

use super::config::{part_of_json, read_json, unusable};
use crate::jobs::error::EngineError;

/// Which network judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JudgeStage {
    /// DINO: frames to features.
    Dino,
    /// CLIP: frames to features.
    ClipImage,
    /// CLIP: token ids to features.
    ClipText,
    /// MUSIQ: a picture to its quality.
    Musiq,
    /// ViCLIP: a clip and token ids to features.
    ViClip,
    /// UMT: a clip to logits of actions.
    Umt,
}

/// A network and its sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeConfig {
    /// The network.
    pub network: JudgeNetwork,
}

/// Sizes of a network.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "they are those of the stages")]
pub enum JudgeNetwork {
    Dino(DinoConfig),
    ClipImage(OpenAiClipConfig),
    ClipText(OpenAiClipConfig),
    Musiq(MusiqConfig),
    ViClip(ViClipConfig),
    Umt(UmtConfig),
}

/// ViCLIP as VBench's golden case has it.
#[derive(Deserialize)]
struct WrittenViClip {
    picture: usize,
    patch: usize,
    vision_width: usize,
    vision_heads: usize,
    vision_layers: usize,
    embed: usize,
    text_width: usize,
    text_heads: usize,
    text_layers: usize,
    context: usize,
    frames: usize,
    vocabulary: Option<usize>,
}

impl From<WrittenViClip> for ViClipConfig {
    fn from(written: WrittenViClip) -> Self {
        Self {
            embed_dim: written.embed,
            vision: ViClipVisionConfig {
                input_resolution: written.picture,
                patch_size: written.patch,
                width: written.vision_width,
                layers: written.vision_layers,
                heads: written.vision_heads,
                num_frames: written.frames,
            },
            text: ClipTextConfig {
                context_length: written.context,
                vocab_size: written.vocabulary.unwrap_or(crate::nn::config::CLIP_VOCABULARY),
                width: written.text_width,
                heads: written.text_heads,
                layers: written.text_layers,
            },
        }
    }
}

impl JudgeConfig {
    /// Reads the sizes of a stage's network: they are the whole file, or stand in it under `config`, `dino` or `clip`.
    ///
    /// # Errors
    /// `Config` when the file cannot be read, lacks something, or no such network can be.
    pub fn read(stage: JudgeStage, path: &Path) -> Result<Self, EngineError> {
        let key = match stage {
            JudgeStage::Dino => "dino",
            JudgeStage::ClipImage | JudgeStage::ClipText => "clip",
            JudgeStage::Musiq | JudgeStage::ViClip | JudgeStage::Umt => "config",
        };
        let mut json: serde_json::Value = read_json(path)?;
        let inner = [key, "config"].into_iter().find(|key| json[*key].is_object());
        if let Some(key) = inner {
            json = json[key].take();
        }
        let (network, sizes) = match stage {
            JudgeStage::Dino => checked(part_of_json(path, json)?, DinoConfig::check, JudgeNetwork::Dino),
            JudgeStage::ClipImage => {
                checked(part_of_json(path, json)?, OpenAiClipConfig::check, JudgeNetwork::ClipImage)
            }
            JudgeStage::ClipText => checked(part_of_json(path, json)?, OpenAiClipConfig::check, JudgeNetwork::ClipText),
            JudgeStage::Musiq => checked(part_of_json(path, json)?, MusiqConfig::check, JudgeNetwork::Musiq),
            JudgeStage::ViClip => {
                let written: WrittenViClip = part_of_json(path, json)?;
                checked(written.into(), ViClipConfig::check, JudgeNetwork::ViClip)
            }
            JudgeStage::Umt => checked(part_of_json(path, json)?, UmtConfig::check, JudgeNetwork::Umt),
        };
        sizes.map_err(|error| unusable(path, error))?;
        Ok(Self { network })
    }
}

fn checked<T>(
    sizes: T,
    check: impl Fn(&T) -> Result<(), ScorerUnfit>,
    network: impl Fn(T) -> JudgeNetwork,
) -> (JudgeNetwork, Result<(), ScorerUnfit>) {
    let checked = check(&sizes);
    (network(sizes), checked)
}
