//! What a reward is computed with, as the golden cases of the reward models say it in JSON.

use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Message};
use hummingbird_judges::config::{ClipConfig, InternVideo2Config, ViClipConfig};
use hummingbird_judges::preprocess::Normalisation;
use serde::Deserialize;
use thiserror::Error;

use super::config::{part_of_json, read_json, unusable};
use crate::jobs::error::EngineError;
use crate::model::{DiffusionConfig, ModelError};

/// Which scorer, and how a loss becomes of its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct RewardConfig {
    /// The file that says it.
    pub path: PathBuf,
    /// The scorer and its sizes.
    pub scorer: ScorerConfig,
    /// Of the pictures that its vision tower sees.
    pub normalisation: Normalisation,
    /// Factor of the mean score in the loss, which is minus both.
    pub reward_scale: f32,
    /// What latents were multiplied with when they were encoded.
    pub scale_factor: f32,
}

/// A scorer.
#[derive(Clone, Debug, PartialEq)]
pub enum ScorerConfig {
    /// HPSv2, of pictures.
    HpsV2(ClipConfig),
    /// InternVideo2, of clips.
    InternVideo2(InternVideo2Config),
    /// ViCLIP, of clips.
    ViClip(ViClipConfig),
}

/// What is wrong with the configuration of a reward.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("reward")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum RewardUnfit {
    #[error("it lacks {name}")]
    Lacks { name: String },
    #[error("{kind} scores no {what}: choose the stage for that scorer, or another scorer")]
    Kind { kind: String, what: String },
    #[error("{name} is {value}: it must be a number other than 0")]
    Number { name: String, value: f32 },
}

/// The file. Other keys of a case are left alone.
#[derive(Deserialize)]
struct Written {
    kind: Kind,
    clip_config: Option<ClipConfig>,
    model: Option<serde_json::Value>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    reward_scale: Option<f32>,
    scale_factor: Option<f32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    HpsV2,
    InternVideo2,
    ViClip,
}

impl RewardConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// `Config` when it cannot be read, lacks something, or no such scorer can be.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let written: Written = read_json(path)?;
        let lacks = |name: &str| unusable(path, RewardUnfit::Lacks { name: name.to_owned() });
        let model = || written.model.clone().ok_or_else(|| lacks("model"));
        let scorer = match written.kind {
            Kind::HpsV2 => ScorerConfig::HpsV2(written.clip_config.clone().ok_or_else(|| lacks("clip_config"))?),
            Kind::InternVideo2 => ScorerConfig::InternVideo2(part_of_json(path, model()?)?),
            Kind::ViClip => ScorerConfig::ViClip(part_of_json(path, model()?)?),
        };
        let default = match scorer {
            ScorerConfig::HpsV2(_) => Normalisation::CLIP,
            ScorerConfig::InternVideo2(_) | ScorerConfig::ViClip(_) => Normalisation::IMAGENET,
        };
        let config = Self {
            path: path.to_owned(),
            scorer,
            normalisation: Normalisation {
                mean: written.mean.unwrap_or(default.mean),
                std: written.std.unwrap_or(default.std),
            },
            reward_scale: written.reward_scale.unwrap_or(1.0),
            scale_factor: written.scale_factor.unwrap_or(DiffusionConfig::default().scale_factor),
        };
        let sizes = match &config.scorer {
            ScorerConfig::HpsV2(sizes) => sizes.check(),
            ScorerConfig::InternVideo2(sizes) => sizes.check(),
            ScorerConfig::ViClip(sizes) => sizes.check(),
        };
        sizes.and_then(|()| config.normalisation.check()).map_err(|error| unusable(path, error))?;
        for (name, value) in [("reward_scale", config.reward_scale), ("scale_factor", config.scale_factor)] {
            if !value.is_finite() || value == 0.0 {
                return Err(unusable(path, RewardUnfit::Number { name: name.to_owned(), value }));
            }
        }
        Ok(config)
    }
}

impl RewardConfig {
    /// Why it is not one for what is asked for.
    pub(super) fn unfit(&self, detail: RewardUnfit) -> EngineError {
        ModelError::Config { path: self.path.clone(), detail: detail.into() }.into()
    }
}

impl ScorerConfig {
    /// What configurations call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::HpsV2(_) => "hpsv2",
            Self::InternVideo2(_) => "internvideo2",
            Self::ViClip(_) => "viclip",
        }
    }
}
