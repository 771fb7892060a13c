//! The first layer of either network: patches of a view's frames as tokens.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use hummingbird_formats::FileError;
use hummingbird_kernels::{Epilogue, matmul};
use hummingbird_nn::params::{Init, ParamPath};
use rayon::prelude::*;

use super::config::{PATCH_FRAMES, PATCH_SIDE};
use super::resize::RGB;
use super::views::ViewFrames;

/// Subtracted from red, green and blue of bytes.
const MEAN: [f32; RGB] = [123.675, 116.28, 103.53];
/// Then they are divided by this.
const STD: [f32; RGB] = [58.395, 57.12, 57.375];
/// Values of a patch.
const PATCH_VALUES: usize = RGB * PATCH_FRAMES * PATCH_SIDE * PATCH_SIDE;

/// A layer of the reference with kernels of size 1, or whose kernel is its stride: a matmul.
#[derive(Module, Debug)]
pub struct Projection {
    /// `[outputs, inputs]`
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Projection {
    /// The `Conv3d` at `path` with a kernel of these sides.
    pub fn init(path: &ParamPath<'_>, [outputs, inputs]: [usize; 2], kernel: [usize; 3]) -> Result<Self, FileError> {
        let fan_in = inputs * kernel.iter().product::<usize>();
        let [frames, height, width] = kernel;
        let init = Init::Uniform { fan_in };
        Ok(Self {
            weight: path.weight("weight", &[outputs, inputs, frames, height, width], [outputs, fan_in], init)?,
            bias: path.param("bias", [outputs], init)?,
        })
    }

    /// # Shapes
    /// `[.., inputs] -> [.., outputs]`
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        matmul(x, self.weight.val(), Epilogue::bias(self.bias.val()))
    }

    /// The exact GELU of [`Self::forward`].
    pub fn forward_gelu<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let epilogue = Epilogue::bias(self.bias.val()).activation(hummingbird_kernels::Activation::Gelu);
        matmul(x, self.weight.val(), epilogue)
    }
}

/// What becomes of frames, rows and columns that are no whole patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// They are filled with zeros (Swin).
    Padded,
    /// They are not seen (ConvNeXt).
    Cut,
}

/// The layer.
#[derive(Module, Debug)]
pub struct Stem {
    projection: Projection,
    #[module(skip)]
    edge: Edge,
}

impl Stem {
    /// The layer at `path`.
    pub fn init(path: &ParamPath<'_>, width: usize, edge: Edge) -> Result<Self, FileError> {
        let kernel = [PATCH_FRAMES, PATCH_SIDE, PATCH_SIDE];
        Ok(Self { projection: Projection::init(path, [width, RGB], kernel)?, edge })
    }

    /// # Shapes
    /// `[1, frames / 2, side / 4, side / 4, width]`
    pub fn forward(&self, frames: ViewFrames<'_>) -> Tensor<5> {
        let ViewFrames { side, pixels } = frames;
        let count = |length: usize, patch: usize| match self.edge {
            Edge::Padded => length.div_ceil(patch),
            Edge::Cut => length / patch,
        };
        let frames = pixels.len() / (side * side * RGB);
        let (times, places) = (count(frames, PATCH_FRAMES), count(side, PATCH_SIDE));
        let mut values = vec![0.0; times * places * places * PATCH_VALUES];
        values.par_chunks_mut(places * PATCH_VALUES).enumerate().for_each(|(line, patches)| {
            let (time, row) = (line / places, line % places);
            for (column, patch) in patches.chunks_exact_mut(PATCH_VALUES).enumerate() {
                fill(patch, pixels, side, [time, row, column]);
            }
        });
        let device = self.projection.bias.val().device();
        let patches = TensorData::new(values, [times * places * places, PATCH_VALUES]);
        let tokens = self.projection.forward(Tensor::<2>::from_data(patches, &device));
        let [_, width] = tokens.dims();
        tokens.reshape([1, times, places, places, width])
    }
}

/// The patch at these patches' time, row and column, in the order of the reference's kernel: colour, frame, row, column.
fn fill(patch: &mut [f32], pixels: &[u8], side: usize, [time, row, column]: [usize; 3]) {
    let frame_values = side * side * RGB;
    for (place, value) in patch.iter_mut().enumerate() {
        let (x, y) = (place % PATCH_SIDE, place / PATCH_SIDE % PATCH_SIDE);
        let (t, colour) = (place / (PATCH_SIDE * PATCH_SIDE) % PATCH_FRAMES, place / (PATCH_VALUES / RGB));
        let (x, y) = (column * PATCH_SIDE + x, row * PATCH_SIDE + y);
        if x < side && y < side {
            let pixel = (time * PATCH_FRAMES + t) * frame_values + (y * side + x) * RGB + colour;
            if let Some(&pixel) = pixels.get(pixel) {
                *value = (f32::from(pixel) - MEAN[colour]) / STD[colour];
            }
        }
    }
}
