//! Group norm, layer norm and root mean square norm.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use hummingbird_formats::FileError;
use hummingbird_kernels::{GroupNormOptions, NormActivation, group_norm, layer_norm};

use crate::cost::{MetaTensor, Tracer};
use crate::params::{Init, ParamPath, values_of};

/// Epsilon of most layer norms, and of the group norms in residual and temporal convolution blocks.
pub const EPS_DEFAULT: f64 = 1e-5;
/// Epsilon of the group norms in transformers and in the whole VAE.
pub const EPS_TRANSFORMER_AND_VAE: f64 = 1e-6;

/// Group norm, with SiLU after it or not.
#[derive(Module, Debug)]
pub struct GroupNorm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    options: GroupNormOptions,
}

impl GroupNorm {
    /// Norm of `channels` at `path`; `options` say groups, epsilon and activation.
    pub fn init(path: &ParamPath<'_>, channels: usize, options: GroupNormOptions) -> Result<Self, FileError> {
        let weight = path.param("weight", [channels], Init::Ones)?;
        let bias = path.param("bias", [channels], Init::Zeros)?;
        Ok(Self { weight, bias, options })
    }

    /// Statistics over each image alone.
    ///
    /// # Shapes
    /// `[images, height, width, channels]`, unchanged
    pub fn per_image(&self, x: Tensor<4>) -> Tensor<4> {
        let shape @ [images, height, width, channels] = x.dims();
        let x = x.reshape([images, height * width, channels]);
        group_norm(x, self.weight.val(), self.bias.val(), self.options).reshape(shape)
    }

    /// Cost of [`Self::per_image`] and [`Self::per_clip`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let channels = x.width();
        tracer.norm(x, channels)
    }

    /// Mean and variance of each group of a part of an image; those of all parts make [`GroupMoments::together`].
    ///
    /// # Shapes
    /// `[1, height, width, channels]`
    pub fn moments(&self, x: Tensor<4>) -> GroupMoments {
        let GroupNormOptions { groups, eps, .. } = self.options;
        let [_, height, width, channels] = x.dims();
        // [1, h, w, c] -> [h, w, groups, c / groups]; side by side, since long sums lose digits, and some GPU drivers the rest.
        let x = x.reshape([height, width, groups, channels / groups]);
        let mean = |x: Tensor<4>| x.mean_dim(3).mean_dim(1).mean_dim(0);
        let middle = mean(x.clone());
        let centred = x - middle.clone();
        let variance = mean(centred.clone() * centred);
        let [mean, variance] = [middle, variance].map(|values| values_of(values.into_data()));
        GroupMoments { positions: height * width, mean, variance, eps }
    }

    /// Cost of [`Self::moments`] of `x`, which is a part of a tensor: a copy in another order, the same without its mean, and the
    /// squares of that.
    pub fn cost_moments(&self, tracer: &Tracer, x: MetaTensor) {
        let centred = tracer.copy(tracer.copy(x));
        drop(tracer.both(centred.clone(), centred));
    }

    /// The norm with mean and deviation of another image.
    ///
    /// # Shapes
    /// `[1, height, width, channels]`, unchanged
    pub fn with_statistics(&self, x: Tensor<4>, statistics: &GroupStatistics) -> Tensor<4> {
        let GroupNormOptions { groups, activation, .. } = self.options;
        let [_, _, _, channels] = x.dims();
        let per_channel =
            |values: &Tensor<4>| values.clone().expand([1, 1, groups, channels / groups]).reshape([1, 1, 1, channels]);
        let parameter = |values: &Param<Tensor<1>>| values.val().reshape([1, 1, 1, channels]);
        let scale = parameter(&self.weight) * per_channel(&statistics.inverse_std);
        let shift = parameter(&self.bias) - per_channel(&statistics.mean) * scale.clone();
        let y = x * scale + shift;
        match activation {
            NormActivation::None => y,
            NormActivation::Silu => burn::tensor::activation::silu(y),
        }
    }

    /// Cost of [`Self::with_statistics`].
    pub fn cost_with_statistics(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let y = tracer.each_value(x);
        match self.options.activation {
            NormActivation::None => y,
            NormActivation::Silu => {
                let sigmoid = tracer.each_value(y.clone());
                tracer.both(y, sigmoid)
            }
        }
    }

    /// Statistics over all frames of a clip together.
    ///
    /// # Shapes
    /// `[batch * frames, height, width, channels]`, unchanged
    pub fn per_clip(&self, x: Tensor<4>, batch: usize) -> Tensor<4> {
        let shape @ [images, height, width, channels] = x.dims();
        let x = x.reshape([batch, images / batch * height * width, channels]);
        group_norm(x, self.weight.val(), self.bias.val(), self.options).reshape(shape)
    }
}

/// What is known of a part of an image, for a norm.
#[derive(Clone, Debug)]
pub struct GroupMoments {
    positions: usize,
    mean: Vec<f32>,
    variance: Vec<f32>,
    eps: f64,
}

impl GroupMoments {
    /// The statistics of an image from those of its parts (Chan, Golub and LeVeque 1979).
    ///
    /// # Panics
    /// Without parts: a bug of the caller.
    pub fn together(parts: &[Self], device: &Device) -> GroupStatistics {
        let (groups, eps) = (parts[0].mean.len(), parts[0].eps);
        let all: usize = parts.iter().map(|part| part.positions).sum();
        let share = |part: &Self| part.positions as f64 / all as f64;
        let of_group = |group: usize| {
            let mean: f64 = parts.iter().map(|part| share(part) * f64::from(part.mean[group])).sum();
            let spread = |part: &Self| f64::from(part.variance[group]) + (f64::from(part.mean[group]) - mean).powi(2);
            let variance: f64 = parts.iter().map(|part| share(part) * spread(part)).sum();
            (mean as f32, (1.0 / (variance + eps).sqrt()) as f32)
        };
        let (mean, inverse_std): (Vec<f32>, Vec<f32>) = (0..groups).map(of_group).unzip();
        let tensor = |values| Tensor::from_data(TensorData::new(values, [1, 1, groups, 1]), device);
        GroupStatistics { mean: tensor(mean), inverse_std: tensor(inverse_std) }
    }
}

/// Mean and `1 / sqrt(variance + eps)` of each group of channels of an image.
#[derive(Clone, Debug)]
pub struct GroupStatistics {
    /// `[1, 1, groups, 1]`
    mean: Tensor<4>,
    /// `[1, 1, groups, 1]`
    inverse_std: Tensor<4>,
}

/// Options of a norm followed by SiLU.
pub fn with_silu(groups: usize, eps: f64) -> GroupNormOptions {
    GroupNormOptions { groups, eps, activation: NormActivation::Silu }
}

/// Options of a norm alone.
pub fn plain(groups: usize, eps: f64) -> GroupNormOptions {
    GroupNormOptions { groups, eps, activation: NormActivation::None }
}

/// Layer norm over the last dimension.
#[derive(Module, Debug)]
pub struct LayerNorm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    eps: f64,
}

impl LayerNorm {
    /// Norm of `channels` at `path`.
    pub fn init(path: &ParamPath<'_>, channels: usize) -> Result<Self, FileError> {
        Self::init_with(path, channels, EPS_DEFAULT)
    }

    /// Norm of `channels` at `path` with another epsilon.
    pub fn init_with(path: &ParamPath<'_>, channels: usize, eps: f64) -> Result<Self, FileError> {
        let weight = path.param("weight", [channels], Init::Ones)?;
        let bias = path.param("bias", [channels], Init::Zeros)?;
        Ok(Self { weight, bias, eps })
    }

    /// # Shapes
    /// `[batch, tokens, channels]`, unchanged
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        layer_norm(x, self.weight.val(), self.bias.val(), self.eps)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let channels = x.width();
        tracer.norm(x, channels)
    }
}

/// `x / sqrt(mean of squares + eps) * weight` over the last dimension (Zhang and Sennrich 2019): no mean is taken away.
#[derive(Module, Debug)]
pub struct RmsNorm {
    weight: Param<Tensor<1>>,
    #[module(skip)]
    eps: f64,
}

impl RmsNorm {
    /// Norm of `channels` at `path`.
    pub fn init(path: &ParamPath<'_>, channels: usize, eps: f64) -> Result<Self, FileError> {
        Ok(Self { weight: path.param("weight", [channels], Init::Ones)?, eps })
    }

    /// # Shapes
    /// `[batch, tokens, channels]`, unchanged
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let scale = (x.clone().square().mean_dim(2) + self.eps).sqrt().recip();
        x * scale * self.weight.val().unsqueeze::<3>()
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let channels = x.width();
        let squares = tracer.each_value(x.clone());
        let [batch, tokens, _] = x.dims();
        drop(tracer.mean(squares, &[batch, tokens, 1]));
        tracer.norm(x, channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{NoZeros, ParamLoader, ParamSource};

    #[test]
    fn a_root_mean_square_norm_agrees_with_its_definition() {
        let device = Device::flex();
        let loader = ParamLoader::new(&NoZeros, &device);
        let norm = RmsNorm::init(&loader.path("norm"), 3, 0.5).expect("the source has every name");
        let weight = NoZeros.values("norm.weight", &[3], Init::Ones).expect("the source has every name");
        let x = [[1.0_f32, -2.0, 3.0], [0.0, 0.25, 0.0]];
        let found = norm.forward(Tensor::from_data([x], &device));
        for (row, found) in x.iter().zip(values_of(found.into_data()).chunks_exact(3)) {
            let square: f32 = row.iter().map(|x| x * x).sum();
            for ((x, weight), found) in row.iter().zip(&weight).zip(found) {
                assert!((x / (square / 3.0 + 0.5).sqrt() * weight - found).abs() < 1e-6);
            }
        }
    }
}
