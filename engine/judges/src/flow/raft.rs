//! RAFT (Teed and Deng 2020, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow"), the larger network (raft-things).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, softmax, tanh};
use hummingbird_base::CancelToken;
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use super::correlation::{Correlation, SCALES, coordinates};
use super::encoder::{Encoder, EncoderConfig, Norm};
use super::padding::Padding;
use super::update::Update;
use crate::unfit::{FramesUnfit, MotionError};

/// What names begin with in the published file, which was saved with several devices.
pub const PREFIX: &str = "module";

/// Channels of the hidden state.
pub(super) const HIDDEN: usize = 128;
/// Channels of what the first frame says in each round.
pub(super) const CONTEXT: usize = 128;
/// Channels of features that are correlated.
const FEATURES: usize = 256;
/// Pixels of a scale that a look-up sees to all sides.
const RADIUS: usize = 4;
/// Pixels of a frame for one of the features.
const SHRINKING: usize = 8;
/// Padded sides from which on the coarsest scale has a pixel. Below 128 it has no second one, where the reference's coordinates are
/// no numbers; ours are.
const LEAST: usize = 64;
/// Neighbours that a fine vector is mixed of.
const NEIGHBOURS: usize = 9;

/// The network.
#[derive(Module, Debug)]
pub struct Raft {
    fnet: Encoder,
    cnet: Encoder,
    update: Update,
}

/// A flow from the first frame to the second, on frames whose sides were padded to multiples of 8: half of what was repeated, rounded
/// down, is above and to the left.
#[derive(Clone, Debug)]
pub struct RaftFlow {
    /// `[1, padded height / 8, padded width / 8, 2]`: displacements to the right and down, in pixels of this size
    pub coarse: Tensor<4>,
    /// `[1, padded height, padded width, 2]`, in pixels
    pub fine: Tensor<4>,
}

impl Raft {
    /// Rounds of the reference where it measures clips.
    pub const ROUNDS: usize = 20;

    /// The network at `path`: the file's root, or [`PREFIX`].
    ///
    /// # Errors
    /// When the source lacks a tensor or has it in another shape.
    pub fn init(path: &ParamPath<'_>) -> Result<Self, FileError> {
        let widths = [64, 96, 128];
        let encoder = |outputs, norm| EncoderConfig { widths, outputs, norm, is_narrow: false };
        Ok(Self {
            fnet: encoder(FEATURES, Norm::Instance).init(&path.at("fnet"))?,
            cnet: encoder(HIDDEN + CONTEXT, Norm::Batch).init(&path.at("cnet"))?,
            update: Update::init(SCALES * (2 * RADIUS + 1_usize).pow(2), &path.at("update_block"))?,
        })
    }

    /// The flow between two frames of RGB in 0..255, after so many rounds.
    ///
    /// # Shapes
    /// both frames `[1, height, width, 3]`
    ///
    /// # Errors
    /// [`MotionError::Frames`] when the frames have different sizes or are too small for the coarsest scale;
    /// [`MotionError::Cancelled`] when `cancel` was asked for.
    pub fn forward(
        &self,
        first: Tensor<4>,
        second: Tensor<4>,
        rounds: usize,
        cancel: &CancelToken,
    ) -> Result<RaftFlow, MotionError> {
        let size = FramesUnfit::same_size(first.dims(), second.dims())?;
        FramesUnfit::check_least(size, LEAST, SHRINKING)?;
        let padding = Padding::to(SHRINKING, size);
        let [first, second] = [first, second].map(|frame| padding.apply(frame) / 255.0 * 2.0 - 1.0);
        let [features, others] = [&first, &second].map(|frame| self.fnet.forward(frame.clone()));
        let correlation = Correlation::new(features, others, SCALES, RADIUS);
        let said = self.cnet.forward(first);
        let mut state = tanh(said.clone().narrow(3, 0, HIDDEN));
        let context = relu(said.narrow(3, HIDDEN, CONTEXT));
        let [_, height, width, _] = context.dims();
        let start = coordinates(height, width, &context.device());
        let said = self.update.said(&context);
        let mut flow = start.zeros_like();
        for _ in 0..rounds {
            cancel.check()?;
            let looked_up = correlation.look_up(start.clone() + flow.clone());
            let (next, change) = self.update.forward(state, &said, looked_up, flow.clone());
            state = next;
            flow = flow + change;
        }
        let fine = upsampled(flow.clone(), self.update.mask(state));
        Ok(RaftFlow { coarse: flow, fine })
    }
}

/// Convex upsampling: a fine vector is a mean of the nine coarse ones around it, weighted as the mask says.
///
/// # Shapes
/// - `flow`: `[1, height, width, 2]`
/// - `mask`: `[1, height, width, 9 * 64]`
/// - output: `[1, 8 * height, 8 * width, 2]`
fn upsampled(flow: Tensor<4>, mask: Tensor<4>) -> Tensor<4> {
    let [_, height, width, _] = flow.dims();
    let pixels = height * width;
    let weights = softmax(mask.reshape([pixels, NEIGHBOURS, SHRINKING * SHRINKING]), 1);
    // Outside there is no flow.
    let bordered = (flow * SHRINKING as f64).pad([(0, 0), (1, 1), (1, 1), (0, 0)], 0.0);
    let neighbour = |index: usize| {
        let moved = bordered.clone().narrow(1, index / 3, height).narrow(2, index % 3, width);
        moved.reshape([pixels, 1, 2])
    };
    let neighbours: Tensor<3> = Tensor::cat((0..NEIGHBOURS).map(neighbour).collect(), 1);
    let axes = (0..2).map(|axis| {
        let mixed = (weights.clone() * neighbours.clone().narrow(2, axis, 1)).sum_dim(1);
        // [h, w, 8, 8] -> [h, 8, w, 8]: the places of a pixel become pixels.
        let places = mixed.reshape([height, width, SHRINKING, SHRINKING]).permute([0, 2, 1, 3]);
        places.reshape([1, height * SHRINKING, width * SHRINKING, 1])
    });
    Tensor::cat(axes.collect(), 3)
}
