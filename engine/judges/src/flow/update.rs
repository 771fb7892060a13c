//! One round of RAFT: what was looked up and the flow so far change a hidden state, and the state says how the flow changes.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, tanh};
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use super::convolution::{Convolution, Sizes};
use super::raft::{CONTEXT, HIDDEN};

/// Channels of the encoded motion, the flow itself included.
const MOTION: usize = 128;
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

/// A convolutional gated recurrent unit along one axis.
#[derive(Module, Debug)]
struct Gates {
    z: Convolution,
    r: Convolution,
    q: Convolution,
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
            Ok::<_, FileError>(Gates {
                z: gate(format!("convz{axis}"), kernel)?,
                r: gate(format!("convr{axis}"), kernel)?,
                q: gate(format!("convq{axis}"), kernel)?,
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

    /// The new state, and what is added to the flow.
    ///
    /// # Shapes
    /// all `[1, height, width, channels]`
    pub fn forward(
        &self,
        state: Tensor<4>,
        context: Tensor<4>,
        looked_up: Tensor<4>,
        flow: Tensor<4>,
    ) -> (Tensor<4>, Tensor<4>) {
        let rectified = |x: Tensor<4>, layers: &[Convolution; 2]| layers.iter().fold(x, |x, it| it.forward_relu(x));
        let seen = Tensor::cat(vec![rectified(looked_up, &self.correlation), rectified(flow.clone(), &self.flow)], 3);
        let input = Tensor::cat(vec![context, self.motion.forward_relu(seen), flow], 3);
        let state = self.gates.iter().fold(state, |state, gates| gates.forward(state, input.clone()));
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
    fn forward(&self, state: Tensor<4>, input: Tensor<4>) -> Tensor<4> {
        let both = Tensor::cat(vec![state.clone(), input.clone()], 3);
        let z = sigmoid(self.z.forward(both.clone()));
        let r = sigmoid(self.r.forward(both));
        let q = tanh(self.q.forward(Tensor::cat(vec![r * state.clone(), input], 3)));
        (-z.clone() + 1.0) * state + z * q
    }
}
