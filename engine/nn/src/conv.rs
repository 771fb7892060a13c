//! Convolutions on channels-last images.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::adapter::ConvAdapter;
use crate::cost::{MetaTensor, Tracer, Weight};
use crate::params::{Init, ParamPath};
use hummingbird_formats::FileError;
use hummingbird_kernels::{Activation, ConvOptions, Epilogue, activate, conv2d};

/// A convolution whose kernel is larger than 1; size 1 is a [`Linear`](super::linear::Linear).
#[derive(Module, Debug)]
pub struct Conv {
    /// `[out, in, kernel height, kernel width]`.
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    /// Only in training, and only where the loader was told to.
    adapter: Option<ConvAdapter>,
    #[module(skip)]
    options: ConvOptions,
    #[module(skip)]
    activation: Activation,
}

/// Sizes and start of a [`Conv`].
#[derive(Clone, Copy, Debug)]
pub struct ConvConfig {
    inputs: usize,
    outputs: usize,
    options: ConvOptions,
    activation: Activation,
    temporal: bool,
    zero: bool,
    biased: bool,
}

impl ConvConfig {
    /// 3x3, stride 1, padding 1: the size stays.
    pub fn same(inputs: usize, outputs: usize) -> Self {
        let options = ConvOptions { upsample: false, stride: 1, padding: [1; 4] };
        Self { inputs, outputs, options, activation: Activation::None, temporal: false, zero: false, biased: true }
    }

    /// 3x3, stride 2, padding 1 on all sides: the U-Net's downsampling.
    pub fn halve(channels: usize) -> Self {
        Self::same(channels, channels).with(|same| ConvOptions { stride: 2, ..same })
    }

    /// Nearest-neighbour upsampling by two, then 3x3, stride 1, padding 1.
    pub fn double(channels: usize) -> Self {
        Self::same(channels, channels).with(|same| ConvOptions { upsample: true, ..same })
    }

    /// 3x3, stride 2, padding 1 at the right and the bottom only: the VAE's downsampling.
    pub fn halve_right_bottom(channels: usize) -> Self {
        Self::same(channels, channels).with(|same| ConvOptions { stride: 2, padding: [0, 1, 0, 1], ..same })
    }

    /// The reference's `Conv3d` of size (3, 1, 1), padded by one frame at both ends. It runs on `[batch, frames, pixels,
    /// channels]`: frames take the place of rows.
    pub fn temporal(channels: usize) -> Self {
        Self { temporal: true, ..Self::same(channels, channels) }
            .with(|same| ConvOptions { padding: [1, 1, 0, 0], ..same })
    }

    fn with(self, change: impl FnOnce(ConvOptions) -> ConvOptions) -> Self {
        Self { options: change(self.options), ..self }
    }

    /// What the results go through, with a residual after that was added.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Starts at zero, so that a residual branch adds nothing at first.
    pub fn zero(self) -> Self {
        Self { zero: true, ..self }
    }

    /// Adds nothing to its products.
    pub fn without_bias(self) -> Self {
        Self { biased: false, ..self }
    }

    /// The layer at `path`.
    pub fn init(self, path: &ParamPath<'_>) -> Result<Conv, FileError> {
        let (width, reference): (usize, &[usize]) = if self.temporal {
            (1, &[self.outputs, self.inputs, 3, 1, 1])
        } else {
            (3, &[self.outputs, self.inputs, 3, 3])
        };
        let init = if self.zero { Init::Zeros } else { Init::Uniform { fan_in: self.inputs * 3 * width } };
        let weight = path.weight("weight", reference, [self.outputs, self.inputs, 3, width], init)?;
        let bias = self.biased.then(|| path.param("bias", [self.outputs], init)).transpose()?;
        let adapter = ConvAdapter::init(path, reference, [3, width])?;
        Ok(Conv { weight, bias, adapter, options: self.options, activation: self.activation })
    }
}

impl Conv {
    /// # Shapes
    /// `[images, height, width, in] -> [images, height / stride, width / stride, out]`, twice as high and wide where it
    /// upsamples
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolve(x, Epilogue::bias(self.bias.as_ref().map(Param::val)))
    }

    /// [`Self::forward`] plus one value for each channel of the output.
    pub fn forward_shifted(&self, x: Tensor<4>, shift: Tensor<1>) -> Tensor<4> {
        let bias = match &self.bias {
            Some(bias) => bias.val() + shift,
            None => shift,
        };
        self.convolve(x, Epilogue::bias(bias))
    }

    /// [`Self::forward`] plus `residual`, which has the shape of the output.
    pub fn forward_add(&self, x: Tensor<4>, residual: Tensor<4>) -> Tensor<4> {
        self.convolve(x, Epilogue::bias(self.bias.as_ref().map(Param::val)).residual(residual))
    }

    /// Cost of [`Self::forward`] and of [`Self::forward_shifted`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        self.cost_convolve(tracer, x, None)
    }

    /// Cost of [`Self::forward_add`].
    pub fn cost_add(&self, tracer: &Tracer, x: MetaTensor, residual: MetaTensor) -> MetaTensor {
        self.cost_convolve(tracer, x, Some(residual))
    }

    fn cost_convolve(&self, tracer: &Tracer, x: MetaTensor, residual: Option<MetaTensor>) -> MetaTensor {
        let Some(adapter) = &self.adapter else {
            let y = tracer.conv2d(x, &self.cost_weight(), self.options, residual);
            return if self.activation == Activation::None { y } else { tracer.activated(y) };
        };
        let y = tracer.conv2d(x.clone(), &self.cost_weight(), self.options, residual);
        adapter.cost_add_to(tracer, y, x, self.options)
    }

    fn cost_weight(&self) -> Weight {
        Weight::of(&self.weight).with_bias(self.bias.as_ref())
    }

    fn convolve(&self, x: Tensor<4>, epilogue: Epilogue<Tensor<1>, Tensor<4>>) -> Tensor<4> {
        let Some(adapter) = &self.adapter else {
            return conv2d(x, self.weight.val(), self.options, epilogue.activation(self.activation));
        };
        let y = conv2d(x.clone(), self.weight.val(), self.options, epilogue);
        activate(adapter.add_to(y, x, self.options), self.activation)
    }
}
