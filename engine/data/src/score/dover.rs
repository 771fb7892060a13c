//! DOVER and DOVER-Mobile as judges.

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::dover::config::BackboneConfig;
use hummingbird_judges::dover::{ClipShape, Dover, DoverConfig, ViewMaker, Views};

use super::{Judge, Network, VqaScores};
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
        Self { network, is_mobile: is_mobile(config) }
    }

    /// What networks of these sizes are called and cost, for a plan: they need not be loaded for that.
    pub fn known(config: &DoverConfig) -> Network<'static> {
        known(is_mobile(config))
    }
}

fn is_mobile(config: &DoverConfig) -> bool {
    matches!(config.technical, BackboneConfig::ConvNext(_))
}

fn known(is_mobile: bool) -> Network<'static> {
    match is_mobile {
        true => Network { name: "dover-mobile", gflop: MOBILE_GFLOP },
        false => Network { name: "dover", gflop: GFLOP },
    }
}

impl Judge for DoverJudge {
    type Views = Views;

    fn name(&self) -> &str {
        known(self.is_mobile).name
    }

    fn gflop(&self) -> f64 {
        known(self.is_mobile).gflop
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
