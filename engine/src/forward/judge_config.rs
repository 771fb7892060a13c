//! Sizes of the networks by which VBench judges clips, as the golden cases say them in JSON.

use std::path::{Path, PathBuf};

use hummingbird_judges::config::{ClipTextConfig, ViClipConfig, ViClipVisionConfig};
use hummingbird_judges::{DinoConfig, MusiqConfig, OpenAiClipConfig, ScorerUnfit, UmtConfig};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::jobs::error::EngineError;
use crate::message::Detail;
use crate::model::{ConfigUnfit, ModelError};

/// Largest configuration file.
const MAX_BYTES: u64 = 1 << 20;

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
        let file = File { path: path.to_owned() };
        let key = match stage {
            JudgeStage::Dino => "dino",
            JudgeStage::ClipImage | JudgeStage::ClipText => "clip",
            JudgeStage::Musiq | JudgeStage::ViClip | JudgeStage::Umt => "config",
        };
        let mut json = file.json()?;
        let inner = [key, "config"].into_iter().find(|key| json[*key].is_object());
        if let Some(key) = inner {
            json = json[key].take();
        }
        let (network, sizes) = match stage {
            JudgeStage::Dino => checked(file.parsed(json)?, DinoConfig::check, JudgeNetwork::Dino),
            JudgeStage::ClipImage => checked(file.parsed(json)?, OpenAiClipConfig::check, JudgeNetwork::ClipImage),
            JudgeStage::ClipText => checked(file.parsed(json)?, OpenAiClipConfig::check, JudgeNetwork::ClipText),
            JudgeStage::Musiq => checked(file.parsed(json)?, MusiqConfig::check, JudgeNetwork::Musiq),
            JudgeStage::ViClip => {
                let written: WrittenViClip = file.parsed(json)?;
                checked(written.into(), ViClipConfig::check, JudgeNetwork::ViClip)
            }
            JudgeStage::Umt => checked(file.parsed(json)?, UmtConfig::check, JudgeNetwork::Umt),
        };
        sizes.map_err(|error| file.fail(error.into()))?;
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

/// A configuration file.
struct File {
    path: PathBuf,
}

impl File {
    fn fail(&self, detail: Detail) -> EngineError {
        ModelError::Config { path: self.path.clone(), detail }.into()
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> EngineError {
        self.fail(ConfigUnfit::Unreadable { detail: error.to_string() }.into())
    }

    fn json(&self) -> Result<serde_json::Value, EngineError> {
        let length_bytes = std::fs::metadata(&self.path).map_err(|error| self.unreadable(&error))?.len();
        if length_bytes > MAX_BYTES {
            return Err(self.fail(ConfigUnfit::TooLong { length_bytes, most_bytes: MAX_BYTES }.into()));
        }
        let text = std::fs::read_to_string(&self.path).map_err(|error| self.unreadable(&error))?;
        serde_json::from_str(&text).map_err(|error| self.unreadable(&error))
    }

    fn parsed<T: DeserializeOwned>(&self, json: serde_json::Value) -> Result<T, EngineError> {
        serde_json::from_value(json).map_err(|error| self.unreadable(&error))
    }
}
