//! Reuse across steps, as a user asks for it.

use std::fmt;
use std::str::FromStr;

use hummingbird_base::message::{self, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The feature cache (DeepCache): how much of the U-Net's work later steps reuse from earlier ones.
///
/// From one step to the next the features of the U-Net's deep blocks change little (DeepCache, Ma et al. 2024). Every
/// `interval`-th step runs the whole network and keeps what enters the last `depth` output blocks; the steps between run only
/// those blocks, and the input blocks that they are joined with. A text: `off`, `light`, `strong`, or `INTERVAL:DEPTH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Reuse {
    /// Every step runs the whole network.
    #[default]
    Off,
    /// Every second step runs the last two output blocks: the level of full resolution, in networks with one residual block a
    /// level.
    Light,
    /// Two of three steps run the last output block alone.
    Strong,
    /// Something else.
    Custom(ReusePlan),
}

/// The numbers of a [`Reuse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReusePlan {
    /// One of so many steps runs the whole network, `2..=20`.
    pub interval: u32,
    /// Output blocks that every step runs, counted from the last, `1..=20`. A network that has no more of them runs whole.
    pub depth: u32,
}

impl ReusePlan {
    /// Largest interval and depth.
    pub const MAX: u32 = 20;

    /// Whether the step with this index, from 0, runs the whole network.
    pub fn runs_whole(self, step: usize) -> bool {
        step.is_multiple_of(self.interval as usize)
    }
}

impl Reuse {
    /// The choices with a name.
    pub const NAMED: [Self; 3] = [Self::Off, Self::Light, Self::Strong];

    /// Its numbers; `None` when nothing is reused.
    pub fn plan(self) -> Option<ReusePlan> {
        match self {
            Self::Off => None,
            Self::Light => Some(ReusePlan { interval: 2, depth: 2 }),
            Self::Strong => Some(ReusePlan { interval: 3, depth: 1 }),
            Self::Custom(plan) => Some(plan),
        }
    }

    /// Whether a run can be cut off before the step with this index, from 0, and goes on as if it had not been: what earlier
    /// steps computed is not needed.
    pub fn can_go_on_at(self, step: usize) -> bool {
        self.plan().is_none_or(|plan| plan.runs_whole(step))
    }
}

impl fmt::Display for Reuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Light => f.write_str("light"),
            Self::Strong => f.write_str("strong"),
            Self::Custom(ReusePlan { interval, depth }) => write!(f, "{interval}:{depth}"),
        }
    }
}

/// A text that is no [`Reuse`].
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error(
    "{text:?} is no reuse: write off, light, strong, or INTERVAL:DEPTH with an interval of 2 to {max} and a depth of 1 to {max}, \
     for example 3:2"
)]
#[message("settings")]
pub struct NotAReuse {
    /// The text.
    pub text: String,
    /// Largest interval and depth.
    pub max: u32,
}

impl FromStr for Reuse {
    type Err = NotAReuse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(named) = Self::NAMED.into_iter().find(|it| it.to_string() == text) {
            return Ok(named);
        }
        let numbers =
            text.split_once(':').and_then(|(interval, depth)| Some((interval.parse().ok()?, depth.parse().ok()?)));
        match numbers {
            Some((interval @ 2..=ReusePlan::MAX, depth @ 1..=ReusePlan::MAX)) => {
                Ok(Self::Custom(ReusePlan { interval, depth }))
            }
            _ => Err(NotAReuse { text: text.to_owned(), max: ReusePlan::MAX }),
        }
    }
}

impl TryFrom<String> for Reuse {
    type Error = NotAReuse;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Reuse> for String {
    fn from(reuse: Reuse) -> Self {
        reuse.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        for text in ["off", "light", "strong", "2:1", "3:2", "20:20"] {
            let reuse: Reuse = text.parse().expect(text);
            assert_eq!(reuse.to_string(), text);
            assert_eq!(serde_json::to_string(&reuse).expect("a string"), format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Reuse>(&format!("{text:?}")).expect("it was just written"), reuse);
        }
        for text in ["", "on", "Light", "1:1", "2:0", "21:1", "2:21", "2", "2:", ":1", "2:1:1", "-2:1"] {
            let error = text.parse::<Reuse>().expect_err(text);
            assert!(error.to_string().contains("INTERVAL:DEPTH"), "{error}");
        }
    }

    #[test]
    fn whole_steps_are_those_that_a_cut_off_run_goes_on_at() {
        let whole = |reuse: Reuse| (0..7).filter(|&step| reuse.can_go_on_at(step)).collect::<Vec<_>>();
        assert_eq!(whole(Reuse::Off), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(whole(Reuse::Light), [0, 2, 4, 6]);
        assert_eq!(whole(Reuse::Strong), [0, 3, 6]);
    }
}
