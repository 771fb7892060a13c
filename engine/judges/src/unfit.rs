//! What is wrong with sizes, frames and vocabularies.

use std::path::PathBuf;

use hummingbird_base::Cancelled;
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
    #[error(
        "two frames have different sizes: {width}x{height} and {other_width}x{other_height} pixels; both must have the same"
    )]
    Sizes { width: usize, height: usize, other_width: usize, other_height: usize },
    #[error(
        "frames of {width}x{height} pixels are too small for this network: enlarge them until both sides have at least {least}"
    )]
    Small { width: usize, height: usize, least: usize },
}

impl FramesUnfit {
    /// Height and width of two frames of these dimensions (`[1, height, width, 3]`), which must be the same.
    pub(crate) fn same_size([_, height, width, _]: [usize; 4], other: [usize; 4]) -> Result<[usize; 2], Self> {
        let [_, other_height, other_width, _] = other;
        if [height, width] == [other_height, other_width] {
            return Ok([height, width]);
        }
        Err(Self::Sizes { width, height, other_width, other_height })
    }

    /// Whether frames of this height and width have sides of at least `least` once they are padded. `multiple` is what they are
    /// padded to.
    pub(crate) fn check_least([height, width]: [usize; 2], least: usize, multiple: usize) -> Result<(), Self> {
        if height.min(width).next_multiple_of(multiple) >= least {
            return Ok(());
        }
        Err(Self::Small { width, height, least: least - multiple + 1 })
    }
}

/// Why a network that estimates motion gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("motion")]
#[non_exhaustive]
pub enum MotionError {
    /// The frames cannot be looked at.
    #[error(transparent)]
    Frames(#[from] FramesUnfit),
    /// The owner stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
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
