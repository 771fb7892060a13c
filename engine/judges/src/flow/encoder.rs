//! Encoders of RAFT and AMT: pictures to features at an eighth of their sides, by residual blocks.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use super::convolution::{Convolution, Sizes, instance_norm};

/// Layers of an encoder, each of two blocks.
const LAYERS: usize = 3;

/// What convolutions are normed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Norm {
    /// Each picture by itself, without weights.
    Instance,
    /// By what training has seen; part of the convolution's weights here.
    Batch,
}

/// Sizes of an [`Encoder`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncoderConfig {
    /// Channels of the three layers; the first convolution has those of the first.
    pub widths: [usize; LAYERS],
    /// Channels of the features.
    pub outputs: usize,
    pub norm: Norm,
    /// Whether blocks are bottlenecks, with a quarter of the channels inside.
    pub is_narrow: bool,
}

/// An encoder.
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    stem: Convolution,
    blocks: Vec<Block>,
    head: Convolution,
    #[module(skip)]
    is_normed_by_itself: bool,
}

#[derive(Module, Debug)]
struct Block {
    inner: Vec<Convolution>,
    shortcut: Option<Convolution>,
}

/// A convolution with its norm, where that has weights.
fn normed(sizes: Sizes, norm: Norm, path: &ParamPath<'_>, at: &ParamPath<'_>) -> Result<Convolution, FileError> {
    match norm {
        Norm::Instance => sizes.init(path),
        Norm::Batch => sizes.init_normed(path, at),
    }
}

impl EncoderConfig {
    /// The encoder at `path`.
    pub fn init(self, path: &ParamPath<'_>) -> Result<Encoder, FileError> {
        let Self { widths, outputs, norm, .. } = self;
        let stem = Sizes::square(3, widths[0], 7).stride(2);
        let stem = normed(stem, norm, &path.at("conv1"), &path.at("norm1"))?;
        let mut blocks = Vec::with_capacity(2 * LAYERS);
        let mut inputs = widths[0];
        for (layer, width) in widths.into_iter().enumerate() {
            let stride = if layer == 0 { 1 } else { 2 };
            let path = path.at(format_args!("layer{}", layer + 1));
            blocks.push(self.block(inputs, width, stride, &path.at(0))?);
            blocks.push(self.block(width, width, 1, &path.at(1))?);
            inputs = width;
        }
        let head = Sizes::square(inputs, outputs, 1).init(&path.at("conv2"))?;
        Ok(Encoder { stem, blocks, head, is_normed_by_itself: norm == Norm::Instance })
    }

    fn block(self, inputs: usize, width: usize, stride: usize, path: &ParamPath<'_>) -> Result<Block, FileError> {
        let narrow = width / 4;
        let inner = if self.is_narrow {
            vec![
                Sizes::square(inputs, narrow, 1),
                Sizes::square(narrow, narrow, 3).stride(stride),
                Sizes::square(narrow, width, 1),
            ]
        } else {
            vec![Sizes::square(inputs, width, 3).stride(stride), Sizes::square(width, width, 3)]
        };
        let inner = inner.into_iter().enumerate().map(|(index, sizes)| {
            let [conv, norm] = ["conv", "norm"].map(|name| path.at(format_args!("{name}{}", index + 1)));
            normed(sizes, self.norm, &conv, &norm)
        });
        let inner = inner.collect::<Result<_, _>>()?;
        // The file has the shortcut's norm twice, under `norm3` too; torch takes the values that it reads last.
        let shortcut = (stride > 1).then(|| {
            let sizes = Sizes::square(inputs, width, 1).stride(stride);
            normed(sizes, self.norm, &path.at("downsample.0"), &path.at("downsample.1"))
        });
        Ok(Block { inner, shortcut: shortcut.transpose()? })
    }
}

impl Encoder {
    /// # Shapes
    /// `[n, height, width, 3] -> [n, height / 8, width / 8, outputs]`, sides rounded up
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<4> {
        let mut x = self.rectified(&self.stem, pictures);
        for block in &self.blocks {
            let y = block.inner.iter().fold(x.clone(), |y, convolution| self.rectified(convolution, y));
            let shortcut = match &block.shortcut {
                None => x,
                Some(shortcut) if self.is_normed_by_itself => instance_norm(shortcut.forward(x)),
                Some(shortcut) => shortcut.forward(x),
            };
            x = relu(shortcut + y);
        }
        self.head.forward(x)
    }

    fn rectified(&self, convolution: &Convolution, x: Tensor<4>) -> Tensor<4> {
        if self.is_normed_by_itself { relu(instance_norm(convolution.forward(x))) } else { convolution.forward_relu(x) }
    }
}
