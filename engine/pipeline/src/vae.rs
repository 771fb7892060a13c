//! The image autoencoder (`AutoencoderKL`): frames to latents and back, every frame alone.
//!
//! Images are `[images, height, width, channels]` inside; latents leave and arrive in the reference's order through
//! [`Vae::encode`] and [`Vae::decode`].

mod cost;
mod tiled;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;

pub use tiled::Tiles;

use crate::handoff::Frames;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, RgbMap, attention, latent_to_rgb8};
use hummingbird_nn::config::VaeConfig;
use hummingbird_nn::conv::{Conv, ConvConfig};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Form, Linear, LinearConfig};
use hummingbird_nn::norm::{EPS_TRANSFORMER_AND_VAE, GroupNorm, plain, with_silu};
use hummingbird_nn::parallel::{each, shares};
use hummingbird_nn::params::ParamPath;
use hummingbird_nn::recompute;

/// Prefix of the autoencoder's names in the state dict of the whole model.
pub const VAE_PREFIX: &str = "first_stage_model";

/// Channels of an image.
const RGB: usize = 3;

/// Encoder and decoder.
#[derive(Module, Debug)]
pub struct Vae {
    encoder: Encoder,
    quant_conv: Linear,
    decoder: VaeDecoder,
}

/// The decoder alone: all that inference needs.
#[derive(Module, Debug)]
pub struct VaeDecoder {
    post_quant_conv: Linear,
    decoder: Decoder,
    patch: usize,
}

/// How a clip is decoded: the more at once, the faster and the more memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Decoding {
    /// Frames at once.
    pub frames: usize,
    /// Tiles of a frame, one after the other; only where frames are decoded one by one.
    pub tiles: Tiles,
}

impl Decoding {
    /// The next way that needs less memory, for a latent of this height and width.
    pub fn smaller(self, latent: [usize; 2]) -> Option<Self> {
        if self.frames > 1 {
            return Some(Self { frames: 1, ..self });
        }
        Some(Self { tiles: self.tiles.finer(latent)?, ..self })
    }
}

/// What the encoder says of each latent pixel: a normal distribution.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// `[images, height / 8, width / 8, z_channels]`
    pub mean: Tensor<4>,
    /// Logarithm of the variance, clamped to -30..20, in the shape of `mean`.
    pub logvar: Tensor<4>,
}

impl Posterior {
    /// `mean + exp(logvar / 2) * noise`, with `noise` in the shape of `mean`.
    pub fn sample(&self, noise: Tensor<4>) -> Tensor<4> {
        self.mean.clone() + (self.logvar.clone() * 0.5).exp() * noise
    }
}

impl Vae {
    /// The autoencoder at `path`.
    pub fn init(config: &VaeConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let moments = 2 * config.z_channels;
        Ok(Self {
            encoder: Encoder::init(config, &path.at("encoder"))?,
            quant_conv: LinearConfig::new(moments, moments).form(Form::Conv2d).init(&path.at("quant_conv"))?,
            decoder: VaeDecoder::init(config, path)?,
        })
    }

    /// # Shapes
    /// `[images, height, width, 3]` in -1..1 `->` two times `[images, height / 8, width / 8, z_channels]`, not scaled
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn encode(&self, images: Tensor<4>, hook: &dyn ForwardHook) -> Result<Posterior, Cancelled> {
        let moments = self.quant_conv.forward(self.encoder.forward(images, hook)?);
        let [_, _, _, channels] = moments.dims();
        // Both are used twice, by the loss and by the sample that the decoder's first block takes, and come out of one graph.
        let moments = recompute::cut(hook, moments);
        Ok(Posterior {
            mean: recompute::cut(hook, moments.clone().narrow(3, 0, channels / 2)),
            logvar: recompute::cut(hook, moments.narrow(3, channels / 2, channels / 2).clamp(-30.0, 20.0)),
        })
    }

    /// One clip in latent space, the counterpart of [`VaeDecoder::decode_clip`]: the means, without noise.
    ///
    /// # Shapes
    /// `frames` of `8 * height` by `8 * width` `-> [1, z_channels, frames, height, width]`, multiplied by `scale_factor`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn encode_clip(
        &self,
        frames: &Frames,
        scale_factor: f32,
        device: &Device,
        hook: &dyn ForwardHook,
    ) -> Result<Tensor<5>, Cancelled> {
        let mean = self.encode(images([frames], device), hook)?.mean * scale_factor;
        // [f, h, w, c] -> [1, c, f, h, w]: the hand-off's order.
        Ok(mean.permute([3, 0, 1, 2]).unsqueeze::<5>())
    }

    /// See [`VaeDecoder::decode`].
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode(&self, latents: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        self.decoder.decode(latents, hook)
    }

    /// The half that generation needs.
    pub fn decoder(&self) -> &VaeDecoder {
        &self.decoder
    }
}

impl VaeDecoder {
    /// The decoder of the autoencoder at `path`.
    pub fn init(config: &VaeConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let z = config.z_channels;
        Ok(Self {
            post_quant_conv: LinearConfig::new(z, z).form(Form::Conv2d).init(&path.at("post_quant_conv"))?,
            decoder: Decoder::init(config, &path.at("decoder"))?,
            patch: config.patch,
        })
    }

    /// # Shapes
    /// `[images, height, width, z_channels]`, divided by the scale factor `-> [images, 8 * height, 8 * width, 3]`, about
    /// -1..1, not clamped
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode(&self, latents: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let x = self.post_quant_conv.forward(latents);
        hook.on_output("post_quant_conv", &x)?;
        Ok(depth_to_space(self.decoder.forward(x, hook)?, self.patch))
    }

    /// One clip as a viewer sees it; its frames are decoded as images.
    ///
    /// # Shapes
    /// `[1, z_channels, frames, height, width]`, as the sampler leaves it (scaled) `-> frames` of `8 * height` by `8 * width`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode_clip(
        &self,
        latent: Tensor<5>,
        scale_factor: f32,
        hook: &dyn ForwardHook,
    ) -> Result<Frames, Cancelled> {
        self.decode_clip_in(Tiles::WHOLE, latent, scale_factor, hook)
    }

    /// [`VaeDecoder::decode_clip`], whole frames side by side or one frame after the other in tiles.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn decode_clip_in(
        &self,
        tiles: Tiles,
        latent: Tensor<5>,
        scale_factor: f32,
        hook: &dyn ForwardHook,
    ) -> Result<Frames, Cancelled> {
        let images = channels_last(latent) / scale_factor;
        let (device, [frames, height, width, _]) = (images.device(), images.dims());
        let whole = tiles == Tiles::WHOLE;
        let shares = if whole { shares(&device, frames) } else { (0..frames).map(|frame| (frame, 1)).collect() };
        let decode = |(start, count)| {
            let images = images.clone().narrow(0, start, count);
            let decoded = match whole {
                true => self.decode(images, hook)?,
                false => self.decode_in_tiles(images, tiles, hook)?,
            };
            Ok(latent_to_rgb8(decoded, &RgbMap::identity()))
        };
        let pixels = match whole {
            true => each(&device, shares, decode)?,
            false => shares.into_iter().map(decode).collect::<Result<Vec<_>, _>>()?,
        };
        let upsampling = self.upsampling();
        Ok(Frames::of_parts(width * upsampling, height * upsampling, &pixels))
    }

    /// Pixels of an image side for one latent.
    fn upsampling(&self) -> usize {
        self.patch << self.decoder.levels.iter().filter(|level| level.upsample.is_some()).count()
    }
}

/// All frames of some clips as the encoder takes them: `[images, height, width, 3]` in -1..1.
///
/// # Panics
/// When the clips differ in size or there are none: a bug of the caller.
pub fn images<'a>(clips: impl IntoIterator<Item = &'a Frames>, device: &Device) -> Tensor<4> {
    let mut clips = clips.into_iter().peekable();
    let first = clips.peek().expect("there are clips");
    let (width, height) = (first.width(), first.height());
    let values: Vec<f32> = clips.flat_map(Frames::pixels).map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
    let count = values.len() / (height * width * RGB);
    Tensor::from_data(TensorData::new(values, [count, height, width, RGB]), device)
}

/// One clip's latent as images: `[1, c, f, h, w] -> [f, h, w, c]`.
pub fn channels_last(latent: Tensor<5>) -> Tensor<4> {
    latent.squeeze_dim::<4>(0).permute([1, 2, 3, 0])
}

/// Channels of a square of pixels.
fn patch_channels(config: &VaeConfig) -> usize {
    RGB * config.patch * config.patch
}

/// Squares of `patch` by `patch` pixels as places with more channels, row by row within a square:
/// `[images, height, width, channels] -> [images, height / patch, width / patch, patch * patch * channels]`.
fn space_to_depth(x: Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return x;
    }
    let [images, height, width, channels] = x.dims();
    let (rows, columns) = (height / patch, width / patch);
    x.reshape([images, rows, patch, columns, patch, channels]).permute([0, 1, 3, 2, 4, 5]).reshape([
        images,
        rows,
        columns,
        patch * patch * channels,
    ])
}

/// The other way round.
fn depth_to_space(x: Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return x;
    }
    let [images, rows, columns, channels] = x.dims();
    let channels = channels / (patch * patch);
    x.reshape([images, rows, columns, patch, patch, channels]).permute([0, 1, 3, 2, 4, 5]).reshape([
        images,
        rows * patch,
        columns * patch,
        channels,
    ])
}

#[derive(Module, Debug)]
struct Encoder {
    patch: usize,
    conv_in: Conv,
    levels: Vec<EncoderLevel>,
    mid: Mid,
    norm_out: GroupNorm,
    conv_out: Conv,
}

#[derive(Module, Debug)]
struct EncoderLevel {
    blocks: Vec<ResnetBlock>,
    downsample: Option<Conv>,
}

impl Encoder {
    fn init(config: &VaeConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let mut channels = config.ch;
        let mut levels = Vec::new();
        for (level, mult) in config.ch_mult.iter().enumerate() {
            let path = path.at("down").at(level);
            let mut blocks = Vec::new();
            for index in 0..config.num_res_blocks {
                blocks.push(ResnetBlock::init(config, channels, mult * config.ch, &path.at("block").at(index))?);
                channels = mult * config.ch;
            }
            let downsample = (level + 1 < config.ch_mult.len())
                .then(|| ConvConfig::halve_right_bottom(channels).init(&path.at("downsample.conv")))
                .transpose()?;
            levels.push(EncoderLevel { blocks, downsample });
        }
        Ok(Self {
            patch: config.patch,
            conv_in: ConvConfig::same(patch_channels(config), config.ch).init(&path.at("conv_in"))?,
            levels,
            mid: Mid::init(config, channels, &path.at("mid"))?,
            norm_out: norm(config, channels, &path.at("norm_out"))?,
            conv_out: ConvConfig::same(channels, 2 * config.z_channels).init(&path.at("conv_out"))?,
        })
    }

    fn forward(&self, images: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let mut x = self.conv_in.forward(space_to_depth(images, self.patch));
        hook.on_output("encoder.conv_in", &x)?;
        for (level, part) in self.levels.iter().enumerate() {
            for (index, block) in part.blocks.iter().enumerate() {
                x = recompute::block(hook, block, x, ResnetBlock::forward);
                hook.on_output(&format!("encoder.down.{level}.block.{index}"), &x)?;
            }
            if let Some(downsample) = &part.downsample {
                x = downsample.forward(x);
                hook.on_output(&format!("encoder.down.{level}.downsample"), &x)?;
            }
        }
        x = self.mid.forward(x, "encoder", hook)?;
        let x = self.conv_out.forward(self.norm_out.per_image(x));
        hook.on_output("encoder.conv_out", &x)?;
        Ok(x)
    }
}

#[derive(Module, Debug)]
struct Decoder {
    conv_in: Conv,
    mid: Mid,
    /// From the lowest resolution to the highest: the reference's `up.3` to `up.0`.
    levels: Vec<DecoderLevel>,
    norm_out: GroupNorm,
    conv_out: Conv,
}

#[derive(Module, Debug)]
struct DecoderLevel {
    blocks: Vec<ResnetBlock>,
    upsample: Option<Conv>,
}

impl Decoder {
    fn init(config: &VaeConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let mut channels = config.ch * config.ch_mult.last().copied().unwrap_or(1);
        let conv_in = ConvConfig::same(config.z_channels, channels).init(&path.at("conv_in"))?;
        let mid = Mid::init(config, channels, &path.at("mid"))?;
        let mut levels = Vec::new();
        for (level, mult) in config.ch_mult.iter().enumerate().rev() {
            let path = path.at("up").at(level);
            let mut blocks = Vec::new();
            for index in 0..=config.num_res_blocks {
                blocks.push(ResnetBlock::init(config, channels, mult * config.ch, &path.at("block").at(index))?);
                channels = mult * config.ch;
            }
            let upsample =
                (level > 0).then(|| ConvConfig::double(channels).init(&path.at("upsample.conv"))).transpose()?;
            levels.push(DecoderLevel { blocks, upsample });
        }
        Ok(Self {
            conv_in,
            mid,
            levels,
            norm_out: norm(config, channels, &path.at("norm_out"))?,
            conv_out: ConvConfig::same(channels, patch_channels(config)).init(&path.at("conv_out"))?,
        })
    }

    fn forward(&self, latents: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let x = self.below_top(latents, hook)?;
        Ok(self.top(x, &OwnStatistics, hook)?.expect("norms with statistics of their own end no pass"))
    }

    /// All but the level of the frame's own resolution.
    fn below_top(&self, latents: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let x = self.conv_in.forward(latents);
        hook.on_output("decoder.conv_in", &x)?;
        let mut x = self.mid.forward(x, "decoder", hook)?;
        for level in (1..self.levels.len()).rev() {
            x = self.blocks(level, x, &OwnStatistics, hook)?.expect("they have statistics of their own");
            // What leads to the top belongs to it.
            if level > 1 {
                x = self.upsample(level, x, hook)?;
            }
        }
        Ok(x)
    }

    /// The rest; `None` when a norm ends the pass.
    fn top(&self, x: Tensor<4>, norms: &dyn Norms, hook: &dyn ForwardHook) -> Result<Option<Tensor<4>>, Cancelled> {
        let x = if self.levels.len() > 1 { self.upsample(1, x, hook)? } else { x };
        let Some(x) = self.blocks(0, x, norms, hook)? else { return Ok(None) };
        let Some(x) = norms.apply(&self.norm_out, x) else { return Ok(None) };
        let x = self.conv_out.forward(x);
        hook.on_output("decoder.conv_out", &x)?;
        Ok(Some(x))
    }

    /// The level that the reference calls `up.{level}`.
    fn level(&self, level: usize) -> &DecoderLevel {
        &self.levels[self.levels.len() - 1 - level]
    }

    fn blocks(
        &self,
        level: usize,
        mut x: Tensor<4>,
        norms: &dyn Norms,
        hook: &dyn ForwardHook,
    ) -> Result<Option<Tensor<4>>, Cancelled> {
        for (index, block) in self.level(level).blocks.iter().enumerate() {
            let Some(y) = norms.block(block, x, hook) else { return Ok(None) };
            hook.on_output(&format!("decoder.up.{level}.block.{index}"), &y)?;
            x = y;
        }
        Ok(Some(x))
    }

    fn upsample(&self, level: usize, x: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let upsample = self.level(level).upsample.as_ref().expect("all levels but the top have one");
        let x = upsample.forward(x);
        hook.on_output(&format!("decoder.up.{level}.upsample"), &x)?;
        Ok(x)
    }
}

#[derive(Module, Debug)]
struct Mid {
    block_1: ResnetBlock,
    attn_1: AttnBlock,
    block_2: ResnetBlock,
}

impl Mid {
    fn init(config: &VaeConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self {
            block_1: ResnetBlock::init(config, channels, channels, &path.at("block_1"))?,
            attn_1: AttnBlock::init(config, channels, &path.at("attn_1"))?,
            block_2: ResnetBlock::init(config, channels, channels, &path.at("block_2"))?,
        })
    }

    fn forward(&self, x: Tensor<4>, part: &str, hook: &dyn ForwardHook) -> Result<Tensor<4>, Cancelled> {
        let x = recompute::block(hook, &self.block_1, x, ResnetBlock::forward);
        hook.on_output(&format!("{part}.mid.block_1"), &x)?;
        let x = recompute::block(hook, &self.attn_1, x, AttnBlock::forward);
        hook.on_output(&format!("{part}.mid.attn_1"), &x)?;
        let x = recompute::block(hook, &self.block_2, x, ResnetBlock::forward);
        hook.on_output(&format!("{part}.mid.block_2"), &x)?;
        Ok(x)
    }
}

/// The norm, with SiLU behind it, of every residual block and before the last convolution of encoder and decoder.
pub fn norm(config: &VaeConfig, channels: usize, path: &ParamPath<'_>) -> Result<GroupNorm, FileError> {
    GroupNorm::init(path, channels, with_silu(config.norm_groups, EPS_TRANSFORMER_AND_VAE))
}

/// Where the norms of a pass take mean and variance from; a norm that does not know them ends the pass.
trait Norms {
    fn apply(&self, norm: &GroupNorm, x: Tensor<4>) -> Option<Tensor<4>>;

    /// A residual block with these norms.
    fn block(&self, block: &ResnetBlock, x: Tensor<4>, hook: &dyn ForwardHook) -> Option<Tensor<4>>;
}

/// From the image that they normalise, as the reference does.
struct OwnStatistics;

impl Norms for OwnStatistics {
    fn apply(&self, norm: &GroupNorm, x: Tensor<4>) -> Option<Tensor<4>> {
        Some(norm.per_image(x))
    }

    fn block(&self, block: &ResnetBlock, x: Tensor<4>, hook: &dyn ForwardHook) -> Option<Tensor<4>> {
        Some(recompute::block(hook, block, x, ResnetBlock::forward))
    }
}

/// Norm, SiLU, convolution, twice; plus the input.
#[derive(Module, Debug)]
pub struct ResnetBlock {
    norm1: GroupNorm,
    conv1: Conv,
    norm2: GroupNorm,
    conv2: Conv,
    nin_shortcut: Option<Linear>,
}

impl ResnetBlock {
    /// The block at `path`, from `inputs` to `outputs` channels.
    pub fn init(config: &VaeConfig, inputs: usize, outputs: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let nin_shortcut = (inputs != outputs)
            .then(|| LinearConfig::new(inputs, outputs).form(Form::Conv2d).init(&path.at("nin_shortcut")))
            .transpose()?;
        Ok(Self {
            norm1: norm(config, inputs, &path.at("norm1"))?,
            conv1: ConvConfig::same(inputs, outputs).init(&path.at("conv1"))?,
            norm2: norm(config, outputs, &path.at("norm2"))?,
            conv2: ConvConfig::same(outputs, outputs).init(&path.at("conv2"))?,
            nin_shortcut,
        })
    }

    /// # Shapes
    /// `[images, height, width, inputs] -> [images, height, width, outputs]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_with(x, &OwnStatistics).expect("norms with statistics of their own end no pass")
    }

    fn forward_with(&self, x: Tensor<4>, norms: &dyn Norms) -> Option<Tensor<4>> {
        let h = self.conv1.forward(norms.apply(&self.norm1, x.clone())?);
        let residual = match &self.nin_shortcut {
            Some(projection) => projection.forward(x),
            None => x,
        };
        Some(self.conv2.forward_add(norms.apply(&self.norm2, h)?, residual))
    }
}

/// Attention of all pixels of an image to each other, in one head over all channels.
#[derive(Module, Debug)]
pub struct AttnBlock {
    norm: GroupNorm,
    q: Linear,
    k: Linear,
    v: Linear,
    proj_out: Linear,
}

impl AttnBlock {
    /// The block at `path`.
    pub fn init(config: &VaeConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let projection = LinearConfig::new(channels, channels).form(Form::Conv2d);
        let options = plain(config.norm_groups, EPS_TRANSFORMER_AND_VAE);
        Ok(Self {
            norm: GroupNorm::init(&path.at("norm"), channels, options)?,
            q: projection.init(&path.at("q"))?,
            k: projection.init(&path.at("k"))?,
            v: projection.init(&path.at("v"))?,
            proj_out: projection.init(&path.at("proj_out"))?,
        })
    }

    /// # Shapes
    /// `[images, height, width, channels]`, unchanged
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shape @ [images, height, width, channels] = x.dims();
        let tokens = self.norm.per_image(x.clone()).reshape([images, height * width, channels]);
        let query = self.q.forward(tokens.clone());
        let key = self.k.forward(tokens.clone());
        let value = self.v.forward(tokens);
        let options = AttentionOptions { rounded: self.q.is_rounded(), ..AttentionOptions::new(1) };
        let attended = attention(query, key, value, options);
        self.proj_out.forward_add(attended, x.reshape([images, height * width, channels])).reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn squares_of_pixels_hold_their_rows_one_after_the_other() {
        let values: Vec<f32> = (0..2 * 4 * 6 * 3).map(|index| index as f32).collect();
        let image = Tensor::<4>::from_data(TensorData::new(values, [2, 4, 6, 3]), &Device::flex());
        let squares = space_to_depth(image.clone(), 2);
        assert_eq!(squares.dims(), [2, 2, 3, 12]);
        // The second square of the second row of the first image: pixels (2, 2), (2, 3), (3, 2), (3, 3).
        let square = squares.clone().slice([0..1, 1..2, 1..2, 0..12]).into_data().convert::<f32>();
        let pixel = |row: usize, column: usize| (0..3).map(move |channel| (18 * row + 3 * column + channel) as f32);
        let wanted: Vec<f32> = pixel(2, 2).chain(pixel(2, 3)).chain(pixel(3, 2)).chain(pixel(3, 3)).collect();
        assert_eq!(square.try_to_vec::<f32>().expect("it is f32"), wanted);
        assert_eq!(depth_to_space(squares, 2).into_data(), image.clone().into_data());
        assert_eq!(space_to_depth(image.clone(), 1).into_data(), image.into_data());
    }
}
