//! Decoders of AMT: features of both frames, fetched by the flows so far, become finer flows and a feature of the middle.

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use crate::flow::convolution::{Convolution, Doubling, Sizes, Slopes};

/// A convolution of 3x3 with slopes behind it.
#[derive(Module, Debug)]
pub(super) struct Sloped {
    convolution: Convolution,
    slopes: Slopes,
}

impl Sloped {
    /// The layers at `path`, under 0 and 1.
    pub fn init(inputs: usize, outputs: usize, stride: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let convolution = Sizes::square(inputs, outputs, 3).stride(stride).init(&path.at(0))?;
        Ok(Self { convolution, slopes: Slopes::init(outputs, &path.at(1))? })
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolution.forward_sloped(x, None, &self.slopes)
    }
}

/// A residual block whose last channels go through convolutions of their own.
#[derive(Module, Debug)]
struct Residual {
    /// Over all channels, the side channels, all and the side channels.
    inner: [Sloped; 4],
    last: Convolution,
    slopes: Slopes,
    #[module(skip)]
    side: usize,
}

impl Residual {
    fn init(channels: usize, side: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let inner = |index: usize, width| Sloped::init(width, width, 1, &path.at(format_args!("conv{index}")));
        Ok(Self {
            inner: [inner(1, channels)?, inner(2, side)?, inner(3, channels)?, inner(4, side)?],
            last: Sizes::square(channels, channels, 3).init(&path.at("conv5"))?,
            slopes: Slopes::init(channels, &path.at("prelu"))?,
            side,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [first, first_side, second, second_side] = &self.inner;
        let half = |x: Tensor<4>, all: &Sloped, side: &Sloped| {
            let y = all.forward(x);
            let [n, height, width, channels] = y.dims();
            let own = side.forward(y.clone().narrow(3, channels - self.side, self.side));
            y.slice_assign([0..n, 0..height, 0..width, channels - self.side..channels], own)
        };
        let y = half(half(x.clone(), first, first_side), second, second_side);
        self.last.forward_sloped(y, Some(x), &self.slopes)
    }
}

/// A decoder, at whose end the size doubles.
#[derive(Module, Debug)]
pub(super) struct Decoder {
    first: Sloped,
    residual: Residual,
    doubling: Doubling,
}

/// Channels of a [`Decoder`].
#[derive(Clone, Copy, Debug)]
pub(super) struct DecoderConfig {
    /// Of all that goes in.
    pub inputs: usize,
    /// Inside.
    pub width: usize,
    /// Of those, the ones with convolutions of their own.
    pub side: usize,
    pub outputs: usize,
}

impl DecoderConfig {
    /// The decoder at `path`.
    pub fn init(self, path: &ParamPath<'_>) -> Result<Decoder, FileError> {
        let path = path.at("convblock");
        Ok(Decoder {
            first: Sloped::init(self.inputs, self.width, 1, &path.at(0))?,
            residual: Residual::init(self.width, self.side, &path.at(1))?,
            doubling: Doubling::init(self.width, self.outputs, &path.at(2))?,
        })
    }
}

impl Decoder {
    /// # Shapes
    /// `[1, height, width, inputs] -> [1, 2 * height, 2 * width, outputs]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.doubling.forward(&self.residual.forward(self.first.forward(x)))
    }
}
