//! One round of RAFT: what was looked up and the flow so far change a hidden state, and the state says how the flow changes.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_kernels::Activation;
use hummingbird_nn::params::ParamPath;

use super::convolution::{Convolution, Sizes};
use super::raft::{CONTEXT, HIDDEN};

/// Channels of the encoded motion, the flow itself included.
const MOTION: usize = 128;
/// Input channels of gates: state, context and motion.
const INPUTS: [Range<usize>; 3] = [0..HIDDEN, HIDDEN..HIDDEN + CONTEXT, HIDDEN + CONTEXT..HIDDEN + CONTEXT + MOTION];
/// Places of a pixel that one of the flow becomes, and neighbours that it is mixed of.
const MASK: usize = 64 * 9;
/// What the reference multiplies the mask by.
const MASK_FACTOR: f64 = 0.25;

/// The update block of a published file.
#[derive(Module, Debug)]
pub(super) struct Update {
    correlation: [Convolution; 2],
    flow: [Convolution; 2],
    motion: Convolution,
    /// Along rows, then along columns.
    gates: [Gates; 2],
    change: [Convolution; 2],
    mask: [Convolution; 2],
}

/// A convolutional gated recurrent unit along one axis. A convolution is the sum of its parts over some of the input channels, and the
/// context is the same in every round, so its part is made once.
#[derive(Module, Debug)]
struct Gates {
    /// Of the context: what both gates and the candidate get of it, without their bias.
    context: [Convolution; 2],
    /// Of state and motion: update gate and reset gate.
    gates: Convolution,
    /// Of the state that the reset gate lets through, and motion.
    candidate: Convolution,
}

/// What the context says to a [`Gates`] in every round.
#[derive(Clone, Debug)]
pub(super) struct Said {
    gates: Tensor<4>,
    candidate: Tensor<4>,
}

impl Update {
    /// The block at `path`, for so many looked up values of a pixel.
    pub fn init(looked_up: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let square = |name: &str, inputs, outputs, side| Sizes::square(inputs, outputs, side).init(&path.at(name));
        let gate = |name: String, kernel| {
            Sizes { inputs: HIDDEN + CONTEXT + MOTION, outputs: HIDDEN, kernel, stride: 1 }
                .init(&path.at("gru").at(name))
        };
        let gates = |axis: usize, kernel| {
            let update = gate(format!("convz{axis}"), kernel)?;
            let reset = gate(format!("convr{axis}"), kernel)?;
            let candidate = gate(format!("convq{axis}"), kernel)?;
            let [state, context, motion] = INPUTS;
            let both = update.beside(&reset);
            Ok::<_, FileError>(Gates {
                context: [&both, &candidate].map(|it| it.of_inputs([context.clone()]).without_bias()),
                gates: both.of_inputs([state.clone(), motion.clone()]),
                candidate: candidate.of_inputs([state, motion]),
            })
        };
        Ok(Self {
            correlation: [square("encoder.convc1", looked_up, 256, 1)?, square("encoder.convc2", 256, 192, 3)?],
            flow: [square("encoder.convf1", 2, 128, 7)?, square("encoder.convf2", 128, 64, 3)?],
            motion: square("encoder.conv", 64 + 192, MOTION - 2, 3)?,
            gates: [gates(1, [1, 5])?, gates(2, [5, 1])?],
            change: [square("flow_head.conv1", HIDDEN, 256, 3)?, square("flow_head.conv2", 256, 2, 3)?],
            mask: [square("mask.0", HIDDEN, 256, 3)?, square("mask.2", 256, MASK, 1)?],
        })
    }

    /// What the context says in every round.
    ///
    /// # Shapes
    /// `[1, height, width, 128]`
    pub fn said(&self, context: &Tensor<4>) -> [Said; 2] {
        self.gates.each_ref().map(|axis| {
            let [gates, candidate] = axis.context.each_ref().map(|it| it.forward(context.clone()));
            Said { gates, candidate }
        })
    }

    /// The new state, and what is added to the flow; `said` is that of [`Self::said`].
    ///
    /// # Shapes
    /// all `[1, height, width, channels]`
    pub fn forward(
        &self,
        state: Tensor<4>,
        said: &[Said; 2],
        looked_up: Tensor<4>,
        flow: Tensor<4>,
    ) -> (Tensor<4>, Tensor<4>) {
        let rectified = |x: Tensor<4>, layers: &[Convolution; 2]| layers.iter().fold(x, |x, it| it.forward_relu(x));
        let seen = Tensor::cat(vec![rectified(looked_up, &self.correlation), rectified(flow.clone(), &self.flow)], 3);
        let motion = Tensor::cat(vec![self.motion.forward_relu(seen), flow], 3);
        let state = self.gates.iter().zip(said).fold(state, |state, (gates, said)| gates.forward(state, &motion, said));
        let [first, second] = &self.change;
        let change = second.forward(first.forward_relu(state.clone()));
        (state, change)
    }

    /// How a flow is upsampled.
    ///
    /// # Shapes
    /// `[1, height, width, 128] -> [1, height, width, 576]`
    pub fn mask(&self, state: Tensor<4>) -> Tensor<4> {
        let [first, second] = &self.mask;
        second.forward(first.forward_relu(state)) * MASK_FACTOR
    }
}

impl Gates {
    fn forward(&self, state: Tensor<4>, motion: &Tensor<4>, said: &Said) -> Tensor<4> {
        let both = Tensor::cat(vec![state.clone(), motion.clone()], 3);
        let gates = self.gates.forward_added(both, said.gates.clone(), Activation::Sigmoid);
        let [update, reset] = [0, HIDDEN].map(|first| gates.clone().narrow(3, first, HIDDEN));
        let kept = Tensor::cat(vec![reset * state.clone(), motion.clone()], 3);
        let candidate = self.candidate.forward_added(kept, said.candidate.clone(), Activation::Tanh);
        state.clone() + update * (candidate - state)
    }
}
