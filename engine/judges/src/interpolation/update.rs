//! Corrections of flows and features by what the correlation of both frames says where the flows lead.

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use super::warp::{enlarged, shrunk};
use crate::flow::convolution::{Convolution, Sizes};

/// Channels of what was looked up, of the flows and of both together, and of the state.
const LOOKED_UP: usize = 64;
const FLOWS: usize = 20;
const BOTH: usize = 68;
const STATE: usize = 76;
/// Two flows.
const TWO_FLOWS: usize = 4;

/// An update block.
#[derive(Module, Debug)]
pub(super) struct Update {
    looked_up: Convolution,
    flows: [Convolution; 2],
    both: Convolution,
    state: [Convolution; 2],
    feature: [Convolution; 2],
    change: [Convolution; 2],
    /// How many times finer the feature is than what is correlated.
    #[module(skip)]
    factor: usize,
}

impl Update {
    /// The block at `path`, for so many looked up values of a pixel and channels of the feature.
    pub fn init(looked_up: usize, channels: usize, factor: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let square = |name: &str, inputs, outputs, side| Sizes::square(inputs, outputs, side).init(&path.at(name));
        Ok(Self {
            looked_up: square("convc1", looked_up, LOOKED_UP, 1)?,
            flows: [square("convf1", TWO_FLOWS, 2 * FLOWS, 7)?, square("convf2", 2 * FLOWS, FLOWS, 3)?],
            both: square("conv", LOOKED_UP + FLOWS, BOTH, 3)?,
            state: [square("gru.0", BOTH + TWO_FLOWS + channels, STATE, 3)?, square("gru.2", STATE, STATE, 3)?],
            feature: [square("feat_head.0", STATE, STATE, 3)?, square("feat_head.2", STATE, channels, 3)?],
            change: [square("flow_head.0", STATE, STATE, 3)?, square("flow_head.2", STATE, TWO_FLOWS, 3)?],
            factor,
        })
    }

    /// What is added to the feature and to both flows.
    ///
    /// # Shapes
    /// - `feature`: `[1, factor * height, factor * width, channels]`
    /// - `flows`, `looked_up`: `[1, height, width, ..]`
    /// - output: of the feature's size
    pub fn forward(&self, feature: Tensor<4>, flows: Tensor<4>, looked_up: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let small = if self.factor > 1 { shrunk(feature, self.factor) } else { feature };
        let [first, second] = &self.flows;
        let moved = second.forward_leaky(first.forward_leaky(flows.clone()));
        let seen = Tensor::cat(vec![self.looked_up.forward_leaky(looked_up), moved], 3);
        let input = Tensor::cat(vec![self.both.forward_leaky(seen), flows, small], 3);
        let pair = |x: Tensor<4>, [first, second]: &[Convolution; 2]| second.forward(first.forward_leaky(x));
        let state = pair(input, &self.state);
        let (feature, change) = (pair(state.clone(), &self.feature), pair(state, &self.change));
        if self.factor == 1 {
            return (feature, change);
        }
        (enlarged(feature, self.factor), enlarged(change, self.factor) * self.factor as f64)
    }
}
