//! What is wrong with sizes, frames and vocabularies.

use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// Why there is no scorer of such sizes.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("scorer")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ScorerUnfit {
    #[error("{name} is {value}: it must be between 1 and {most}")]
    Size { name: String, value: usize, most: usize },
    #[error("{name} is {value}: it must divide {of}, which is {width}")]
    Division { name: String, value: usize, of: String, width: usize },
    #[error("{name} is {value}: it must be larger than 0 and at most {most}")]
    Ratio { name: String, value: f64, most: f64 },
    #[error("patches of {patch} pixels do not fit into pictures of {side}")]
    Patch { patch: usize, side: usize },
    #[error("fusion_layer is {fusion_layer}: there are only {layers} layers")]
    FusionLayer { fusion_layer: usize, layers: usize },
    #[error("std has the value {value}: it must be larger than 0")]
    Deviation { value: f32 },
    #[error("mean_pooling is false: only networks that average their tokens can be run")]
    Pooling,
}

/// Why frames cannot be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("frames")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum FramesUnfit {
    #[error("frames of {width}x{height} pixels are too narrow: at {side} pixels nothing would be left of one side")]
    Narrow { width: usize, height: usize, side: usize },
    #[error("the crop begins at row {top} and column {left}: resized frames have room for {most_top} and {most_left}")]
    Crop { top: usize, left: usize, most_top: usize, most_left: usize },
    #[error(
        "frames of {width}x{height} pixels cannot be judged: crop them until no side is more than {most} times as long as the other"
    )]
    Elongated { width: usize, height: usize, most: usize },
}

/// Why a vocabulary of BERT cannot be used.
#[derive(Debug, Error, Message)]
#[message("vocabulary")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum VocabularyUnfit {
    #[error("cannot read the vocabulary {path:?}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the vocabulary {path:?} lacks the token {token:?}: it is not one of BERT")]
    Lacks { path: PathBuf, token: String },
}
