//! DOVER and DOVER-Mobile as judges.

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::dover::config::BackboneConfig;
use hummingbird_judges::dover::{ClipShape, Dover, DoverConfig, ViewMaker, Views};

use super::{Judge, VqaScores};
use crate::clip::ClipSource;

/// GFLOP of a clip, counted by PyTorch: three runs of 32 frames of fragments and 32 small frames.
const GFLOP: f64 = 672.0;
const MOBILE_GFLOP: f64 = 105.0;

/// The networks, and what they are called.
#[derive(Debug)]
pub struct DoverJudge {
    network: Dover,
    is_mobile: bool,
}

impl DoverJudge {
    /// Networks of these sizes.
    pub fn new(network: Dover, config: &DoverConfig) -> Self {
        Self { network, is_mobile: matches!(config.technical, BackboneConfig::ConvNext(_)) }
    }
}

impl Judge for DoverJudge {
    type Views = Views;

    fn name(&self) -> &str {
        if self.is_mobile { "dover-mobile" } else { "dover" }
    }

    fn gflop(&self) -> f64 {
        if self.is_mobile { MOBILE_GFLOP } else { GFLOP }
    }

    fn views(&self, clip: &ClipSource, cancel: &CancelToken) -> Result<Views, Option<String>> {
        fn why(error: impl std::fmt::Display) -> Option<String> {
            Some(error.to_string())
        }
        let shape = clip.shape();
        let frames = usize::try_from(shape.frames).map_err(why)?;
        let shape = ClipShape { height: shape.height, width: shape.width, frames };
        let mut maker = ViewMaker::new(self.network.views(), shape).map_err(why)?;
        let mut frames = clip.frames().map_err(why)?;
        while !maker.is_complete() {
            cancel.check().map_err(|_| None)?;
            let Some(frame) = frames.next() else { break };
            maker.push(&frame.map_err(why)?.rgb).map_err(why)?;
        }
        maker.finish().map_err(why)
    }

    fn scores(&self, views: Views, cancel: &CancelToken) -> Result<VqaScores, Cancelled> {
        let scores = self.network.verdicts(&views, cancel)?.scores();
        Ok(VqaScores { aesthetic: scores.aesthetic, technical: scores.technical, overall: scores.overall })
    }
}
