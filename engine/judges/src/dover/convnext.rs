//! ConvNeXt with kernels in time: DOVER's network of the aesthetic view, and both networks of DOVER-Mobile.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_formats::FileError;
use hummingbird_kernels::{ConvOptions, Epilogue, conv2d, depthwise_conv3d};
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

use super::config::{CONVNEXT_SIDE, ConvNextConfig, ConvNextVersion, STAGES};
use super::stem::{Edge, Stem};
use super::views::ViewFrames;

/// Of all norms.
const EPS: f64 = 1e-6;
/// Start of the factors of blocks.
const SCALE: Init = Init::Ones;

/// The network.
#[derive(Module, Debug)]
pub struct ConvNext {
    stem: Stem,
    stem_norm: LayerNorm,
    halvings: Vec<Halving>,
    stages: Vec<Vec<Block>>,
    norm: LayerNorm,
}

impl ConvNext {
    /// The network at `path`.
    pub fn init(config: &ConvNextConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let dims = config.dims;
        let between = path.at("downsample_layers");
        let halving = |stage: usize| Halving::init(&between.at(stage), [dims[stage - 1], dims[stage]]);
        let stage = |stage: usize| -> Result<Vec<Block>, FileError> {
            let path = path.at("stages").at(stage);
            (0..config.depths[stage]).map(|block| Block::init(config, dims[stage], block, &path.at(block))).collect()
        };
        Ok(Self {
            stem: Stem::init(&between.at("0.0"), dims[0], Edge::Cut)?,
            stem_norm: LayerNorm::init_with(&between.at("0.1"), dims[0], EPS)?,
            halvings: (1..STAGES).map(halving).collect::<Result<_, _>>()?,
            stages: (0..STAGES).map(stage).collect::<Result<_, _>>()?,
            norm: LayerNorm::init_with(&path.at("norm"), dims[STAGES - 1], EPS)?,
        })
    }

    /// Features of frames of a view.
    ///
    /// # Shapes
    /// `[1, frames / 2, side / 32, side / 32, channels]`
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was asked for.
    pub fn forward(&self, frames: ViewFrames<'_>, cancel: &CancelToken) -> Result<Tensor<5>, Cancelled> {
        let mut x = normed(&self.stem_norm, self.stem.forward(frames));
        for (index, blocks) in self.stages.iter().enumerate() {
            if let Some(halving) = index.checked_sub(1).and_then(|index| self.halvings.get(index)) {
                x = halving.forward(x);
            }
            for block in blocks {
                cancel.check()?;
                x = block.forward(x);
            }
        }
        Ok(normed(&self.norm, x))
    }
}

/// A norm over the channels of `[clips, frames, height, width, channels]`.
pub fn normed(norm: &LayerNorm, x: Tensor<5>) -> Tensor<5> {
    let dims @ [clips, frames, height, width, channels] = x.dims();
    norm.forward(x.reshape([clips, frames * height * width, channels])).reshape(dims)
}

/// A norm, and a convolution that halves height and width.
#[derive(Module, Debug)]
struct Halving {
    norm: LayerNorm,
    /// `[outputs, inputs, 2, 2]`
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

impl Halving {
    fn init(path: &ParamPath<'_>, [inputs, outputs]: [usize; 2]) -> Result<Self, FileError> {
        let convolution = path.at(1);
        let init = Init::Uniform { fan_in: 4 * inputs };
        Ok(Self {
            norm: LayerNorm::init_with(&path.at(0), inputs, EPS)?,
            weight: convolution.weight("weight", &[outputs, inputs, 1, 2, 2], [outputs, inputs, 2, 2], init)?,
            bias: convolution.param("bias", [outputs], init)?,
        })
    }

    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let x = normed(&self.norm, x);
        let [clips, frames, height, width, channels] = x.dims();
        let options = ConvOptions { upsample: false, stride: 2, padding: [0; 4] };
        let images = x.reshape([clips * frames, height, width, channels]);
        let y = conv2d(images, self.weight.val(), options, Epilogue::bias(self.bias.val()));
        let [_, height, width, channels] = y.dims();
        y.reshape([clips, frames, height, width, channels])
    }
}

#[derive(Module, Debug)]
struct Block {
    /// `[channels, 1, frames, 7, 7]`
    dwconv: Param<Tensor<5>>,
    dwconv_bias: Param<Tensor<1>>,
    norm: LayerNorm,
    pwconv1: Linear,
    grn: Option<ResponseNorm>,
    pwconv2: Linear,
    gamma: Option<Param<Tensor<1>>>,
}

impl Block {
    fn init(config: &ConvNextConfig, width: usize, index: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let hidden = 4 * width;
        // Every second block of a stage looks at the frames before and after, as the reference's files have it.
        let kernel = [[1, 3][index % 2], CONVNEXT_SIDE, CONVNEXT_SIDE];
        let [frames, height, columns] = kernel;
        let init = Init::Uniform { fan_in: kernel.iter().product() };
        let dwconv = path.at("dwconv");
        let is_scaled = config.version == ConvNextVersion::Scaled;
        Ok(Self {
            dwconv: dwconv.param("weight", [width, 1, frames, height, columns], init)?,
            dwconv_bias: dwconv.param("bias", [width], init)?,
            norm: LayerNorm::init_with(&path.at("norm"), width, EPS)?,
            pwconv1: LinearConfig::new(width, hidden).init(&path.at("pwconv1"))?,
            grn: if is_scaled { None } else { Some(ResponseNorm::init(&path.at("grn"), hidden)?) },
            pwconv2: LinearConfig::new(hidden, width).init(&path.at("pwconv2"))?,
            gamma: if is_scaled { Some(path.param("gamma", [width], SCALE)?) } else { None },
        })
    }

    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let y = depthwise_conv3d(x.clone(), self.dwconv.val(), self.dwconv_bias.val());
        let y = self.pwconv1.forward_gelu(normed(&self.norm, y));
        let y = match &self.grn {
            Some(grn) => grn.forward(y),
            None => y,
        };
        match &self.gamma {
            Some(gamma) => x + self.pwconv2.forward(y) * gamma.val().unsqueeze::<5>(),
            None => self.pwconv2.forward_add(y, x),
        }
    }
}

/// Global response normalisation of ConvNeXt V2. The reference applies the code of pictures to clips, so that lengths are taken
/// over time and height, for each column by itself.
#[derive(Module, Debug)]
struct ResponseNorm {
    /// `[1, 1, 1, channels]`
    gamma: Param<Tensor<4>>,
    /// `[1, 1, 1, channels]`
    beta: Param<Tensor<4>>,
}

impl ResponseNorm {
    fn init(path: &ParamPath<'_>, channels: usize) -> Result<Self, FileError> {
        let shape = [1, 1, 1, channels];
        Ok(Self { gamma: path.param("gamma", shape, Init::Zeros)?, beta: path.param("beta", shape, Init::Zeros)? })
    }

    /// # Shapes
    /// `[clips, frames, height, width, channels]`, unchanged
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let [clips, frames, height, width, channels] = x.dims();
        // [clips, frames * height, width * channels]: a sum over the middle is one over rows.
        let rows = x.reshape([clips, frames * height, width * channels]);
        let lengths = rows.clone().square().sum_dim(1).sqrt().reshape([clips, 1, width, channels]);
        let share = lengths.clone() / (lengths.mean_dim(3) + EPS);
        let scale = share * self.gamma.val() + 1.0;
        let shift = self.beta.val().expand([1, 1, width, channels]);
        let y = rows * scale.reshape([clips, 1, width * channels]) + shift.reshape([1, 1, width * channels]);
        y.reshape([clips, frames, height, width, channels])
    }
}
