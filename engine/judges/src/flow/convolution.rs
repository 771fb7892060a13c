//! Convolutions of every size, and what stands behind them in networks of motion.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use hummingbird_formats::FileError;
use hummingbird_kernels::{Activation, ConvOptions, Epilogue, GroupNormOptions, NormActivation, conv2d, group_norm};
use hummingbird_nn::params::{Init, ParamPath, values_of};

/// Of instance norms and of batch norms.
const EPS: f64 = 1e-5;
/// Slope of leaky rectifiers below zero.
pub(crate) const LEAK: f64 = 0.1;

/// A convolution with bias whose kernel reaches as far to both sides, so that stride 1 keeps the size.
#[derive(Module, Debug)]
pub(crate) struct Convolution {
    /// `[out, in, kernel height, kernel width]`
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    stride: usize,
}

/// Sizes of a [`Convolution`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub inputs: usize,
    pub outputs: usize,
    /// Height and width, both odd.
    pub kernel: [usize; 2],
    pub stride: usize,
}

impl Sizes {
    /// A square kernel, stride 1.
    pub fn square(inputs: usize, outputs: usize, side: usize) -> Self {
        Self { inputs, outputs, kernel: [side; 2], stride: 1 }
    }

    pub fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The layer at `path`.
    pub fn init(self, path: &ParamPath<'_>) -> Result<Convolution, FileError> {
        let Self { inputs, outputs, kernel: [height, width], stride } = self;
        let init = Init::Uniform { fan_in: inputs * height * width };
        Ok(Convolution {
            weight: path.param("weight", [outputs, inputs, height, width], init)?,
            bias: path.param("bias", [outputs], init)?,
            stride,
        })
    }

    /// The layer at `path` with the batch norm at `norm` behind it in one: in evaluation a batch norm is a factor and a shift.
    pub fn init_normed(self, path: &ParamPath<'_>, norm: &ParamPath<'_>) -> Result<Convolution, FileError> {
        let Convolution { weight, bias, stride } = self.init(path)?;
        let channels = [self.outputs];
        let gamma = norm.param("weight", channels, Init::Ones)?.val();
        let beta = norm.param("bias", channels, Init::Zeros)?.val();
        let mean = norm.param("running_mean", channels, Init::Zeros)?.val();
        let variance = norm.param("running_var", channels, Init::Ones)?.val();
        let factor = gamma / (variance + EPS).sqrt();
        let bias = (bias.val() - mean) * factor.clone() + beta;
        let weight = weight.val() * factor.reshape([self.outputs, 1, 1, 1]);
        Ok(Convolution { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), stride })
    }
}

impl Convolution {
    /// The same on these of the input channels alone, behind each other.
    pub fn of_inputs<const N: usize>(&self, channels: [Range<usize>; N]) -> Self {
        let parts = channels.map(|it| self.weight.val().narrow(1, it.start, it.len()));
        self.with(Tensor::cat(parts.to_vec(), 1), self.bias.val())
    }

    /// What this layer makes, and behind it what `other` makes of the same.
    pub fn beside(&self, other: &Self) -> Self {
        let weight = Tensor::cat(vec![self.weight.val(), other.weight.val()], 0);
        self.with(weight, Tensor::cat(vec![self.bias.val(), other.bias.val()], 0))
    }

    pub fn without_bias(&self) -> Self {
        self.with(self.weight.val(), self.bias.val().zeros_like())
    }

    fn with(&self, weight: Tensor<4>, bias: Tensor<1>) -> Self {
        Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), stride: self.stride }
    }

    /// # Shapes
    /// `[n, height, width, in] -> [n, height / stride, width / stride, out]`, rounded up
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolve(x, Epilogue::bias(self.bias.val()))
    }

    /// [`Self::forward`], and zero for what is less.
    pub fn forward_relu(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolve(x, Epilogue::bias(self.bias.val()).activation(Activation::Relu))
    }

    /// [`Self::forward`] behind a leaky rectifier.
    pub fn forward_leaky(&self, x: Tensor<4>) -> Tensor<4> {
        let slopes = Tensor::full(self.bias.shape(), LEAK, &x.device());
        self.convolve(x, Epilogue::bias(self.bias.val()).slopes(slopes))
    }

    /// [`Self::forward`] plus `residual`, with `slopes` below zero.
    pub fn forward_sloped(&self, x: Tensor<4>, residual: Option<Tensor<4>>, slopes: &Slopes) -> Tensor<4> {
        let epilogue = Epilogue::bias(self.bias.val()).slopes(slopes.weight.val());
        self.convolve(x, Epilogue { residual, ..epilogue })
    }

    /// [`Self::forward`] plus `residual` through an activation.
    pub fn forward_added(&self, x: Tensor<4>, residual: Tensor<4>, activation: Activation) -> Tensor<4> {
        self.convolve(x, Epilogue::bias(self.bias.val()).residual(residual).activation(activation))
    }

    fn convolve(&self, x: Tensor<4>, epilogue: Epilogue<Tensor<1>, Tensor<4>>) -> Tensor<4> {
        let weight = self.weight.val();
        let [_, _, height, width] = weight.dims();
        let padding = [height / 2, height / 2, width / 2, width / 2];
        conv2d(x, weight, ConvOptions { upsample: false, stride: self.stride, padding }, epilogue)
    }
}

/// A transposed convolution of kernel 4, stride 2 and padding 1, which doubles the size.
///
/// It is computed as four plain ones: each of the four places of a doubled pixel sees two by two of the three by three pixels around it.
#[derive(Module, Debug)]
pub(crate) struct Doubling {
    /// `[out, in, 2, 2]`, a row of places after the other
    weights: Vec<Param<Tensor<4>>>,
    /// `[out]`
    bias: Param<Tensor<1>>,
}

/// For the first and the second place along a side: the taps of a kernel of 4 that meet the two pixels it sees. The first sees the pixel
/// before and the pixel itself, the second that and the one behind.
const TAPS: [[usize; 2]; 2] = [[3, 1], [2, 0]];
/// Side of the transposed kernel.
const KERNEL: usize = 4;

impl Doubling {
    /// The layer at `path`.
    pub fn init(inputs: usize, outputs: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let init = Init::Uniform { fan_in: outputs * KERNEL * KERNEL };
        let reference = path.param("weight", [inputs, outputs, KERNEL, KERNEL], init)?;
        let bias = path.param("bias", [outputs], init)?;
        let (reference, device) = (reference.val(), bias.val().device());
        let reference = values_of(reference.into_data());
        let weight = |[down, across]: [usize; 2]| {
            let mut weight = Vec::with_capacity(outputs * inputs * 4);
            for (output, input) in (0..outputs).flat_map(|output| (0..inputs).map(move |input| (output, input))) {
                let kernel = &reference[(input * outputs + output) * KERNEL * KERNEL..][..KERNEL * KERNEL];
                weight.extend(TAPS[down].iter().flat_map(|y| TAPS[across].iter().map(move |x| kernel[y * KERNEL + x])));
            }
            Param::from_tensor(Tensor::from_data(TensorData::new(weight, [outputs, inputs, 2, 2]), &device))
        };
        Ok(Self { weights: PLACES.map(weight).to_vec(), bias })
    }

    /// # Shapes
    /// `[n, height, width, in] -> [n, 2 * height, 2 * width, out]`
    pub fn forward(&self, x: &Tensor<4>) -> Tensor<4> {
        let [n, height, width, _] = x.dims();
        let places = PLACES.iter().zip(&self.weights).map(|([down, across], weight)| {
            let options = ConvOptions { upsample: false, stride: 1, padding: [1 - down, *down, 1 - across, *across] };
            conv2d(x.clone(), weight.val(), options, Epilogue::bias(self.bias.val()))
        });
        let places: Vec<Tensor<4>> = places.collect();
        let [.., channels] = places[0].dims();
        // The places of a pixel become pixels: first along a row, then down the columns.
        let row = |places: &[Tensor<4>]| {
            let row: Tensor<5> = Tensor::stack(places.to_vec(), 3);
            row.reshape([n, height, 2 * width * channels])
        };
        let rows: Tensor<4> = Tensor::stack(places.chunks_exact(2).map(row).collect(), 2);
        rows.reshape([n, 2 * height, 2 * width, channels])
    }
}

/// Down and across, in the order of [`Doubling`]'s weights.
const PLACES: [[usize; 2]; 4] = [[0, 0], [0, 1], [1, 0], [1, 1]];

/// A slope for each channel below zero.
#[derive(Module, Debug)]
pub(crate) struct Slopes {
    weight: Param<Tensor<1>>,
}

impl Slopes {
    /// The slopes at `path`.
    pub fn init(channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self { weight: path.param("weight", [channels], Init::Ones)? })
    }
}

/// Each channel of each picture with mean 0 and variance 1: torch's `InstanceNorm2d` without weights.
///
/// # Shapes
/// `[n, height, width, channels]`, unchanged
pub(crate) fn instance_norm(x: Tensor<4>) -> Tensor<4> {
    let [n, height, width, channels] = x.dims();
    let device = x.device();
    let (ones, zeros) = (Tensor::ones([channels], &device), Tensor::zeros([channels], &device));
    let options = GroupNormOptions { groups: channels, eps: EPS, activation: NormActivation::None };
    let normed = group_norm(x.reshape([n, height * width, channels]), ones, zeros, options);
    normed.reshape([n, height, width, channels])
}
