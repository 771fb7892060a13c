//! The tiny decoder: latents to frames by a few convolutions, for previews and for a fast decode.
//!
//! It is the decoder of TAESD (madebyollin/taesd, "Tiny AutoEncoder for Stable Diffusion") at any width: blocks of three
//! 3x3 convolutions with ReLU and a skip, and no norms. One frame costs about an eighteenth of what the full decoder takes.

use burn::module::Module;
use burn::tensor::Tensor;

use crate::handoff::Frames;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_kernels::{Activation, RgbMap, latent_to_rgb8};
use hummingbird_nn::config::TinyDecoderConfig;
use hummingbird_nn::conv::{Conv, ConvConfig};
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::parallel::{each, shares};
use hummingbird_nn::params::ParamPath;
use hummingbird_nn::recompute;

/// Prefix of the tiny decoder's names; behind it stand the places in TAESD's sequence of layers.
pub const TINY_DECODER_PREFIX: &str = "light_decoder";

/// Channels of an image.
const RGB: usize = 3;
/// Latents are bent into this range on both sides: three standard deviations of a scaled latent.
const LATENT_MAGNITUDE: f32 = 3.0;

/// The decoder.
#[derive(Module, Debug)]
pub struct TinyDecoder {
    conv_in: Conv,
    /// From the lowest resolution to the highest.
    levels: Vec<Level>,
    conv_out: Conv,
}

#[derive(Module, Debug)]
struct Level {
    blocks: Vec<Block>,
    upsample: Option<Conv>,
}

/// Counts TAESD's layers, those without weights too: names are their places.
struct Sequence<'a> {
    path: &'a ParamPath<'a>,
    place: usize,
}

impl<'a> Sequence<'a> {
    fn layer(&mut self) -> ParamPath<'a> {
        let path = self.path.at(self.place);
        self.place += 1;
        path
    }

    fn skip(&mut self) {
        self.place += 1;
    }
}

impl TinyDecoder {
    /// The decoder at `path`.
    ///
    /// # Errors
    /// When the source lacks one of its parameters or has it in another shape.
    pub fn init(config: &TinyDecoderConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let width = config.width;
        let mut layers = Sequence { path, place: 0 };
        layers.skip(); // The clamp.
        let conv_in = ConvConfig::same(config.z_channels, width).activation(Activation::Relu).init(&layers.layer())?;
        layers.skip(); // ReLU.
        let mut levels = Vec::with_capacity(config.blocks.len());
        for (index, &count) in config.blocks.iter().enumerate() {
            let blocks = (0..count).map(|_| Block::init(width, &layers.layer())).collect::<Result<_, _>>()?;
            let doubles = index + 1 < config.blocks.len();
            let upsample = doubles.then(|| {
                layers.skip(); // The upsampling itself.
                ConvConfig::double(width).without_bias().init(&layers.layer())
            });
            levels.push(Level { blocks, upsample: upsample.transpose()? });
        }
        Ok(Self { conv_in, levels, conv_out: ConvConfig::same(width, RGB).init(&layers.layer())? })
    }

    /// # Shapes
    /// `[images, height, width, z_channels]` as the sampler leaves them, scaled `-> [images, upsampling * height, upsampling *
    /// width, 3]`, about 0..1, not clamped
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode(&self, latents: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let clamped = (latents / LATENT_MAGNITUDE).tanh() * LATENT_MAGNITUDE;
        let mut x = self.conv_in.forward(clamped);
        hook.on_output("light_decoder.conv_in", &x)?;
        for (level, part) in self.levels.iter().enumerate() {
            for (index, block) in part.blocks.iter().enumerate() {
                x = recompute::block(hook, block, x, Block::forward);
                hook.on_output(&format!("light_decoder.level.{level}.block.{index}"), &x)?;
            }
            if let Some(upsample) = &part.upsample {
                x = upsample.forward(x);
                hook.on_output(&format!("light_decoder.level.{level}.upsample"), &x)?;
            }
        }
        let x = self.conv_out.forward(x);
        hook.on_output("light_decoder.conv_out", &x)?;
        Ok(x)
    }

    /// Cost of [`Self::decode`].
    pub fn cost(&self, tracer: &Tracer, latents: MetaTensor) -> MetaTensor {
        let mut x = self.conv_in.cost(tracer, tracer.each_value(latents));
        for part in &self.levels {
            for block in &part.blocks {
                x = tracer.block([x], |tracer, [x]| block.cost(tracer, x));
            }
            if let Some(upsample) = &part.upsample {
                x = upsample.cost(tracer, x);
            }
        }
        self.conv_out.cost(tracer, x)
    }

    /// Frames as a viewer sees them.
    ///
    /// # Shapes
    /// `[frames, height, width, z_channels]`, as the sampler leaves them (scaled) `-> frames` of `upsampling * height` by
    /// `upsampling * width`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode_frames(&self, latents: &Tensor<4>, hook: &dyn ForwardHook) -> Result<Frames, Cancelled> {
        let (device, [frames, height, width, _]) = (latents.device(), latents.dims());
        let pixels = each(&device, shares(&device, frames), |(start, count)| {
            let decoded = self.decode(latents.clone().narrow(0, start, count), hook)?;
            Ok(latent_to_rgb8(decoded, &from_unit_range()))
        })?;
        let upsampling = 1 << self.levels.iter().filter(|level| level.upsample.is_some()).count();
        Ok(Frames::of_parts(width * upsampling, height * upsampling, &pixels))
    }
}

/// From 0..1, in which TAESD makes pictures, to -1..1.
fn from_unit_range() -> RgbMap {
    let RgbMap { factors, .. } = RgbMap::identity();
    RgbMap { factors: factors.into_iter().map(|row| row.map(|factor| 2.0 * factor)).collect(), bias: [-1.0; 3] }
}

/// Three convolutions beside a skip.
#[derive(Module, Debug)]
struct Block {
    first: Conv,
    second: Conv,
    third: Conv,
}

impl Block {
    fn init(width: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        // The odd places are ReLUs.
        let conv =
            |place: usize| ConvConfig::same(width, width).activation(Activation::Relu).init(&path.at("conv").at(place));
        Ok(Self { first: conv(0)?, second: conv(2)?, third: conv(4)? })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.second.forward(self.first.forward(x.clone()));
        self.third.forward_add(h, x)
    }

    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let h = self.second.cost(tracer, self.first.cost(tracer, x.clone()));
        self.third.cost_add(tracer, h, x)
    }
}
