//! The columns of a manifest that hold numbers.

use crate::manifest::Row;

/// A column with a number for each clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are the fields of a row")]
pub enum Column {
    Frames,
    Fps,
    /// How long the clip lasts: frames by frames a second.
    Seconds,
    Width,
    Height,
    VqaAesthetic,
    VqaTechnical,
    VqaOverall,
    MotionSmoothness,
    MotionPx,
    MotionRel,
    Zoom,
    DollyShare,
    Jerk,
}

impl Column {
    /// All of them, in the order of a manifest.
    pub const ALL: [Self; 14] = [
        Self::Frames,
        Self::Fps,
        Self::Seconds,
        Self::Width,
        Self::Height,
        Self::VqaAesthetic,
        Self::VqaTechnical,
        Self::VqaOverall,
        Self::MotionSmoothness,
        Self::MotionPx,
        Self::MotionRel,
        Self::Zoom,
        Self::DollyShare,
        Self::Jerk,
    ];

    /// Its name in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Fps => "fps",
            Self::Seconds => "seconds",
            Self::Width => "width",
            Self::Height => "height",
            Self::VqaAesthetic => "vqa_aesthetic",
            Self::VqaTechnical => "vqa_technical",
            Self::VqaOverall => "vqa_overall",
            Self::MotionSmoothness => "motion_smoothness",
            Self::MotionPx => "motion_px",
            Self::MotionRel => "motion_rel",
            Self::Zoom => "zoom",
            Self::DollyShare => "dolly_share",
            Self::Jerk => "jerk",
        }
    }

    /// The column of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Whether larger values are the better ones, for shares that are kept.
    pub const fn is_better_high(self) -> bool {
        !matches!(self, Self::Zoom | Self::DollyShare | Self::Jerk)
    }

    /// The number of a row; `None` where it is not known or is none.
    pub fn value(self, row: &Row) -> Option<f64> {
        // What could not be read has sizes of 0.
        let known = |value: f64| (row.error.is_none() || value > 0.0).then_some(value);
        let value = match self {
            Self::Frames => known(row.frames as f64),
            Self::Fps => known(row.fps),
            Self::Seconds => known(row.frames as f64 / row.fps),
            Self::Width => known(f64::from(row.width)),
            Self::Height => known(f64::from(row.height)),
            Self::VqaAesthetic => row.vqa_aesthetic,
            Self::VqaTechnical => row.vqa_technical,
            Self::VqaOverall => row.vqa_overall,
            Self::MotionSmoothness => row.motion_smoothness,
            Self::MotionPx => row.motion_px,
            Self::MotionRel => row.motion_rel,
            Self::Zoom => row.zoom,
            Self::DollyShare => row.dolly_share,
            Self::Jerk => row.jerk,
        };
        value.filter(|value| value.is_finite())
    }
}
