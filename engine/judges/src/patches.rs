//! Patches of pictures as tokens: a convolution whose stride is its kernel.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_kernels::{Epilogue, matmul};
use hummingbird_nn::cost::{MetaTensor, Tracer, Weight};
use hummingbird_nn::params::{Init, ParamPath};

const RGB: usize = 3;

/// Patch embedding.
#[derive(Module, Debug)]
pub struct Patches {
    /// `[width, 3 * patch * patch]`
    weight: Param<Tensor<2>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    patch: usize,
}

/// Sizes of a [`Patches`].
#[derive(Clone, Copy, Debug)]
pub struct PatchesConfig {
    /// Channels of a token.
    pub width: usize,
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Whether the reference has a `Conv3d` over one frame at a time.
    pub is_temporal: bool,
    /// Whether there is a bias.
    pub is_biased: bool,
}

impl Patches {
    /// The layer at `path`.
    pub fn init(config: PatchesConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let PatchesConfig { width, patch, is_temporal, is_biased } = config;
        let (picture, clip) = ([width, RGB, patch, patch], [width, RGB, 1, patch, patch]);
        let reference: &[usize] = if is_temporal { &clip } else { &picture };
        let inputs = RGB * patch * patch;
        let init = Init::Uniform { fan_in: inputs };
        Ok(Self {
            weight: path.weight("weight", reference, [width, inputs], init)?,
            bias: is_biased.then(|| path.param("bias", [width], init)).transpose()?,
            patch,
        })
    }

    /// What is left to the right and below of the last whole patch is not seen.
    ///
    /// # Shapes
    /// `[n, 3, height, width] -> [n, height / patch * width / patch, channels]`, row by row
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<3> {
        let patch = self.patch;
        let [n, colours, height, width] = pictures.dims();
        let (rows, columns) = (height / patch, width / patch);
        let pictures = pictures.narrow(2, 0, rows * patch).narrow(3, 0, columns * patch);
        // [n, 3, rows * p, columns * p] -> [n, rows, columns, 3, p, p]: a patch is a row of the matmul.
        let parts = pictures.reshape([n, colours, rows, patch, columns, patch]).permute([0, 2, 4, 1, 3, 5]);
        let tokens = parts.reshape([n, rows * columns, colours * patch * patch]);
        matmul(tokens, self.weight.val(), Epilogue::bias(self.bias.as_ref().map(Param::val)))
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, pictures: MetaTensor) -> MetaTensor {
        let [n, colours, height, width] = pictures.dims();
        let patches = (height / self.patch) * (width / self.patch);
        let dims = [n, patches, colours * self.patch * self.patch];
        let tokens = if tracer.keeps(&pictures) {
            tracer.gathered(pictures, &dims)
        } else {
            drop(pictures);
            tracer.tensor(&dims)
        };
        tracer.matmul(tokens, &Weight::of(&self.weight).with_bias(self.bias.as_ref()), None)
    }
}
