//! The sixteen dimensions of VBench: names, ranges, and how clips are put together.

use std::fmt;
use std::str::FromStr;

use hummingbird_base::message::{self, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "VBench's own names")]
pub enum Dimension {
    SubjectConsistency,
    BackgroundConsistency,
    TemporalFlickering,
    MotionSmoothness,
    DynamicDegree,
    AestheticQuality,
    ImagingQuality,
    ObjectClass,
    MultipleObjects,
    HumanAction,
    Color,
    SpatialRelationship,
    Scene,
    AppearanceStyle,
    TemporalStyle,
    OverallConsistency,
}

/// What is no dimension.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("vbench")]
#[error("{name:?} is no dimension of VBench: choose from {known}")]
pub struct NotADimension {
    /// What was written.
    pub name: String,
    /// The names of all dimensions.
    pub known: String,
}

/// How the value of a dimension is made of those of its clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Every clip counts the same.
    Clips,
    /// Every pair of frames counts the same.
    Pairs,
    /// Every frame counts the same, right or wrong.
    Frames,
    /// Every frame counts the same, by its own score.
    FrameScores,
}

/// A row of the table.
struct Row {
    dimension: Dimension,
    key: &'static str,
    /// What becomes 0 and 1 in the totals.
    range: [f64; 2],
    weighting: Weighting,
}

const fn row(dimension: Dimension, key: &'static str, range: [f64; 2], weighting: Weighting) -> Row {
    Row { dimension, key, range, weighting }
}

/// In the order of the enum, quality before semantics; ranges are VBench's (`scripts/constant.py`).
const TABLE: [Row; 16] = {
    use Dimension as D;
    use Weighting as W;
    [
        row(D::SubjectConsistency, "subject_consistency", [0.1462, 1.0], W::Pairs),
        row(D::BackgroundConsistency, "background_consistency", [0.2615, 1.0], W::Pairs),
        row(D::TemporalFlickering, "temporal_flickering", [0.6293, 1.0], W::Clips),
        row(D::MotionSmoothness, "motion_smoothness", [0.706, 0.9975], W::Clips),
        row(D::DynamicDegree, "dynamic_degree", [0.0, 1.0], W::Clips),
        row(D::AestheticQuality, "aesthetic_quality", [0.0, 1.0], W::Clips),
        row(D::ImagingQuality, "imaging_quality", [0.0, 1.0], W::Clips),
        row(D::ObjectClass, "object_class", [0.0, 1.0], W::Frames),
        row(D::MultipleObjects, "multiple_objects", [0.0, 1.0], W::Frames),
        row(D::HumanAction, "human_action", [0.0, 1.0], W::Clips),
        row(D::Color, "color", [0.0, 1.0], W::Clips),
        row(D::SpatialRelationship, "spatial_relationship", [0.0, 1.0], W::FrameScores),
        row(D::Scene, "scene", [0.0, 0.8222], W::Frames),
        row(D::AppearanceStyle, "appearance_style", [0.0009, 0.2855], W::FrameScores),
        row(D::TemporalStyle, "temporal_style", [0.0, 0.364], W::Clips),
        row(D::OverallConsistency, "overall_consistency", [0.0, 0.364], W::Clips),
    ]
};

impl Dimension {
    /// All of them, the seven of quality first.
    pub const ALL: [Self; 16] = {
        let mut all = [Self::SubjectConsistency; 16];
        let mut index = 0;
        while index < 16 {
            all[index] = TABLE[index].dimension;
            index += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Its name in files.
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// A dimension by its name, with underscores or, as in submissions, with spaces.
    pub fn of_key(key: &str) -> Option<Self> {
        let is_it = |it: &&Row| it.key.chars().eq(key.chars().map(|letter| if letter == ' ' { '_' } else { letter }));
        TABLE.iter().find(is_it).map(|row| row.dimension)
    }

    /// The values that are 0 and 1 in the totals.
    pub fn range(self) -> [f64; 2] {
        self.row().range
    }

    /// How much it counts in the totals.
    pub fn weight(self) -> f64 {
        if self == Self::DynamicDegree { 0.5 } else { 1.0 }
    }

    /// Whether it is one of quality, or of semantics.
    pub fn is_quality(self) -> bool {
        self <= Self::ImagingQuality
    }

    /// How clips are put together.
    pub fn weighting(self) -> Weighting {
        self.row().weighting
    }

    /// Whether it needs a detector or captioner that this program does not have, and is scored from a file of detections.
    pub fn is_detected(self) -> bool {
        use Dimension as D;
        matches!(self, D::ObjectClass | D::MultipleObjects | D::Color | D::SpatialRelationship | D::Scene)
    }

    /// Whether it can be judged without what a suite says about its prompts, so that any clips have it.
    pub fn is_custom(self) -> bool {
        !self.is_detected() && self != Self::AppearanceStyle
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Dimension {
    type Err = NotADimension;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of_key(text.trim()).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|it| it.key()).collect();
            NotADimension { name: text.to_owned(), known: known.join(", ") }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enum() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.dimension as usize, index, "{}", row.key);
            assert_eq!(serde_json::to_value(row.dimension).expect("a name"), row.key);
            assert_eq!(row.key.parse(), Ok(row.dimension));
            assert_eq!(Dimension::of_key(&row.key.replace('_', " ")), Some(row.dimension));
        }
        assert!("beauty".parse::<Dimension>().is_err_and(|error| error.known.contains("imaging_quality")));
        assert_eq!(Dimension::ALL.iter().filter(|it| it.is_quality()).count(), 7);
        assert_eq!(Dimension::ALL.iter().filter(|it| it.is_custom()).count(), 10);
    }
}
