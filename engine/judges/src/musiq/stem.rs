//! Patches become tokens: the beginning of a ResNet with group norms, whose weights are standardised (Qiao et al. 2019).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use hummingbird_formats::FileError;
use hummingbird_kernels::{ConvOptions, Epilogue, GroupNormOptions, conv2d, matmul};
use hummingbird_nn::norm::{GroupNorm, plain};
use hummingbird_nn::params::{Init, ParamPath};

use crate::pictures::RGB;

/// Channels after the first convolution.
const WIDTH: usize = 64;
/// Channels of what comes out.
pub(super) const TOKEN_CHANNELS: usize = 256;
/// Pixels of a patch's side for one of what comes out.
pub(super) const SHRINK: usize = 4;
/// Groups of all norms.
const GROUPS: usize = 32;
/// Added to the deviation of weights.
const EPS_WEIGHTS: f64 = 1e-5;

/// Epsilons of the first norm and of those in the block.
const EPS_ROOT: f64 = 1e-6;
const EPS_BLOCK: f64 = 1e-4;

/// Convolution, pooling and one bottleneck block.
#[derive(Module, Debug)]
pub(super) struct Stem {
    conv_root: Standardised,
    gn_root: GroupNorm,
    conv1: Standardised,
    gn1: GroupNorm,
    conv2: Standardised,
    gn2: GroupNorm,
    conv3: Standardised,
    gn3: GroupNorm,
    conv_proj: Standardised,
    gn_proj: GroupNorm,
}

impl Stem {
    /// The layers below `path`, the root of the file.
    pub fn init(path: &ParamPath<'_>) -> Result<Self, FileError> {
        let block = path.at("block1");
        let in_block =
            |name: &str, inputs, outputs, kernel| Standardised::init(inputs, outputs, kernel, 1, &block.at(name));
        let norm = |path: ParamPath<'_>, channels, eps| {
            let options: GroupNormOptions = plain(GROUPS, eps);
            GroupNorm::init(&path, channels, options)
        };
        Ok(Self {
            conv_root: Standardised::init(RGB, WIDTH, 7, 2, &path.at("conv_root"))?,
            gn_root: norm(path.at("gn_root"), WIDTH, EPS_ROOT)?,
            conv1: in_block("conv1", WIDTH, WIDTH, 1)?,
            gn1: norm(block.at("gn1"), WIDTH, EPS_BLOCK)?,
            conv2: in_block("conv2", WIDTH, WIDTH, 3)?,
            gn2: norm(block.at("gn2"), WIDTH, EPS_BLOCK)?,
            conv3: in_block("conv3", WIDTH, TOKEN_CHANNELS, 1)?,
            gn3: norm(block.at("gn3"), TOKEN_CHANNELS, EPS_BLOCK)?,
            conv_proj: in_block("conv_proj", WIDTH, TOKEN_CHANNELS, 1)?,
            gn_proj: norm(block.at("gn_proj"), TOKEN_CHANNELS, EPS_BLOCK)?,
        })
    }

    /// # Shapes
    /// `[patches, side, side, 3] -> [patches, side / 4 * side / 4 * 256]`, channels last
    pub fn forward(&self, patches: Tensor<4>) -> Tensor<2> {
        let x = relu(self.gn_root.per_image(self.conv_root.forward(patches)));
        let x = halved(&halved(&x, 1), 2);
        let shortcut = self.gn_proj.per_image(self.conv_proj.forward(x.clone()));
        let x = relu(self.gn1.per_image(self.conv1.forward(x)));
        let x = relu(self.gn2.per_image(self.conv2.forward(x)));
        let x = relu(self.gn3.per_image(self.conv3.forward(x)) + shortcut);
        let [count, height, width, channels] = x.dims();
        x.reshape([count, height * width * channels])
    }
}

/// The largest of three neighbours along an axis, in steps of two. Behind the end there is a zero, which no value is below.
fn halved(x: &Tensor<4>, axis: usize) -> Tensor<4> {
    let shape = x.dims();
    let half = shape[axis] / 2;
    let mut end = shape;
    end[axis] = 2;
    let padded = Tensor::cat(vec![x.clone(), Tensor::zeros(end, &x.device())], axis);
    // [.., length + 2, ..] -> [before, half + 1, 2, after]
    let before: usize = shape[..axis].iter().product();
    let after: usize = shape[axis + 1..].iter().product();
    let pairs = padded.reshape([before, half + 1, 2, after]);
    let first = pairs.clone().narrow(2, 0, 1);
    let second = pairs.narrow(2, 1, 1).narrow(1, 0, half);
    let largest = first.clone().narrow(1, 0, half).max_pair(second).max_pair(first.narrow(1, 1, half));
    let mut shape = shape;
    shape[axis] = half;
    largest.reshape(shape)
}

/// A convolution without a bias, whose weights have mean 0 and deviation 1 for each output.
#[derive(Module, Debug)]
struct Standardised {
    /// `[out, in, kernel, kernel]`, standardised already.
    weight: Param<Tensor<4>>,
    #[module(skip)]
    stride: usize,
}

impl Standardised {
    fn init(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        path: &ParamPath<'_>,
    ) -> Result<Self, FileError> {
        let values = inputs * kernel * kernel;
        let loaded = path.param("weight", [outputs, inputs, kernel, kernel], Init::Uniform { fan_in: values })?;
        let weight = loaded.map(|weight| {
            let rows = weight.reshape([outputs, values]);
            let centred = rows.clone() - rows.mean_dim(1);
            // Of a sample: one less than the values.
            let deviation = (centred.clone().square().sum_dim(1) / (values - 1) as f64).sqrt() + EPS_WEIGHTS;
            (centred / deviation).reshape([outputs, inputs, kernel, kernel])
        });
        Ok(Self { weight, stride })
    }

    /// TensorFlow's padding: as many zeros as the last step needs, half of them, rounded down, above and to the left.
    ///
    /// # Shapes
    /// `[n, height, width, in] -> [n, height / stride, width / stride, out]`
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let ([_, height, width, inputs], weight) = (x.dims(), self.weight.val());
        let [outputs, _, kernel, _] = weight.dims();
        if kernel == 1 {
            let weight = weight.reshape([outputs, inputs]);
            return matmul(x, weight, Epilogue::default());
        }
        let around = |length: usize| {
            let missing = ((length.div_ceil(self.stride) - 1) * self.stride + kernel).saturating_sub(length);
            [missing / 2, missing - missing / 2]
        };
        let ([top, bottom], [left, right]) = (around(height), around(width));
        let options = ConvOptions { upsample: false, stride: self.stride, padding: [top, bottom, left, right] };
        conv2d(x, weight, options, Epilogue::default())
    }
}
