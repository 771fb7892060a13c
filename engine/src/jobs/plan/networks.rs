//! The forward passes of the three networks on tensors without values. Each function here has the name of the layer that it
//! follows and the same order of operations; who changes one changes the other (a test measures both).

use super::walk::{Conv, Meta, Walk};
use crate::nn::config::{INIT_ATTENTION_HEADS, TextConfig, UNetConfig, VaeConfig};
use crate::nn::in_turn;
use crate::nn::transformer::HIDDEN;
use crate::pipeline::handoff::CONTEXT_TOKENS;
use crate::pipeline::vae::{Tiles, margin};

/// Text encoder, one prompt.
pub fn text(walk: &Walk<'_>, config: &TextConfig) -> Meta {
    let width = config.width;
    let mut x = walk.tensor(&[1, CONTEXT_TOKENS, width]);
    for _ in 0..config.layers {
        let projected = walk.linear(walk.norm(x.clone()), 3 * width);
        let part = || projected.part(&[1, CONTEXT_TOKENS, width]);
        let attended = walk.attention(part(), part(), part(), config.heads, 1);
        drop(projected);
        x = walk.linear_add(attended, width, x);
        let hidden = walk.each_value(walk.linear(walk.norm(x.clone()), 4 * width));
        x = walk.linear_add(hidden, width, x);
    }
    walk.norm(x)
}

/// The beginning of a call of the U-Net for `batch` clips, before any text: latent `[batch, channels, frames, height, width]`.
pub fn unet_stem(walk: &Walk<'_>, config: &UNetConfig, [batch, frames, height, width]: [usize; 4]) -> Meta {
    let unet = UNet { walk, config, batch, frames, text: walk.tensor(&[0]) };
    unet.begin(walk.tensor(&[batch * frames, height, width, config.in_channels]))
}

/// The rest of the call, from a stem that is kept for another prediction: the output, and what entered the last `kept_depth`
/// output blocks.
pub fn unet_rest(
    walk: &Walk<'_>,
    config: &UNetConfig,
    [batch, frames, height, width]: [usize; 4],
    kept_depth: Option<usize>,
) -> (Meta, Option<Meta>) {
    let unet = UNet { walk, config, batch, frames, text: walk.tensor(&[batch, CONTEXT_TOKENS, config.context_dim]) };
    let stem = walk.tensor(&[batch * frames, height, width, config.model_channels]);
    unet.go_on(stem, kept_depth)
}

struct UNet<'a> {
    walk: &'a Walk<'a>,
    config: &'a UNetConfig,
    batch: usize,
    frames: usize,
    text: Meta,
}

impl UNet<'_> {
    fn begin(&self, latent: Meta) -> Meta {
        let Self { walk, config, .. } = self;
        let x = walk.conv(walk.copy(latent), Conv::square(config.model_channels));
        self.temporal(x, INIT_ATTENTION_HEADS * config.num_head_channels)
    }

    fn go_on(&self, stem: Meta, kept_depth: Option<usize>) -> (Meta, Option<Meta>) {
        let Self { walk, config, .. } = self;
        let levels = config.channel_mult.len();
        let base = config.model_channels;
        let mut x = stem;
        let mut skips = vec![x.clone()];
        let mut factor = 1;
        for (level, mult) in config.channel_mult.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                x = self.level(x, mult * base, factor);
                skips.push(x.clone());
            }
            if level + 1 < levels {
                let [_, _, _, channels] = x.dims();
                x = walk.conv(x, Conv::halve(channels));
                skips.push(x.clone());
                factor *= 2;
            }
        }
        if config.middle_block {
            let [_, _, _, channels] = x.dims();
            x = self.residual(x, channels);
            x = self.spatial(x);
            x = self.temporal(x, channels);
            x = self.residual(x, channels);
        }
        let mut kept = None;
        for (level, mult) in config.channel_mult.iter().enumerate().rev() {
            for index in 0..=config.num_res_blocks {
                if kept_depth == Some(skips.len()) && skips.len() < levels * (config.num_res_blocks + 1) {
                    kept = Some(x.clone());
                }
                let skip = skips.pop().expect("the way up has as many blocks as the way down has skips");
                x = self.level_after(self.residual_with_skip(x, skip, mult * base), mult * base, 1 << level);
                if level > 0 && index == config.num_res_blocks {
                    let [_, _, _, channels] = x.dims();
                    x = walk.conv(x, Conv::double(channels));
                }
            }
        }
        (walk.conv(walk.norm(x), Conv::square(config.out_channels)), kept)
    }

    fn level(&self, x: Meta, channels: usize, factor: usize) -> Meta {
        self.level_after(self.residual(x, channels), channels, factor)
    }

    /// What follows the residual block of a level.
    fn level_after(&self, x: Meta, channels: usize, factor: usize) -> Meta {
        if !self.config.attention_resolutions.contains(&factor) {
            return x;
        }
        self.temporal(self.spatial(x), channels)
    }

    fn residual(&self, x: Meta, outputs: usize) -> Meta {
        self.temporal_convolutions(self.per_frame(x, outputs))
    }

    fn residual_with_skip(&self, x: Meta, skip: Meta, outputs: usize) -> Meta {
        let walk = self.walk;
        let [images, height, width, channels] = x.dims();
        let [_, _, _, skipped] = skip.dims();
        let parts = in_turn::parts(images * height * width * (channels + skipped));
        let per_frame = if parts == 1 {
            self.per_frame(walk.cat(x, skip), outputs)
        } else {
            let part = |images: usize, x: &Meta| x.part(&[images, height, width, x.width()]);
            let one = in_turn::ranges(self.frames, parts.div_ceil(self.batch));
            let done: Vec<_> = (0..self.batch)
                .flat_map(|_| &one)
                .map(|&[_, images]| self.per_frame(walk.cat(part(images, &x), part(images, &skip)), outputs))
                .collect();
            walk.joined(done)
        };
        self.temporal_convolutions(per_frame)
    }

    fn per_frame(&self, x: Meta, outputs: usize) -> Meta {
        let walk = self.walk;
        let [_, _, _, inputs] = x.dims();
        let h = walk.each_value(walk.conv(walk.norm(x.clone()), Conv::square(outputs)));
        let skip = if inputs == outputs { x } else { walk.linear(x, outputs) };
        walk.conv_add(walk.norm(h), Conv::square(outputs), skip)
    }

    fn temporal_convolutions(&self, x: Meta) -> Meta {
        let walk = self.walk;
        let shape @ [_, height, width, channels] = x.dims();
        let frames = [self.batch, self.frames, height * width, channels];
        let (conv, residual) = (Conv::temporal(channels), x.clone().reshape(&frames));
        let mut h = x;
        for _ in 0..3 {
            h = walk.conv(walk.norm(h).reshape(&frames), conv).reshape(&shape);
        }
        walk.conv_add(walk.norm(h).reshape(&frames), conv, residual).reshape(&shape)
    }

    fn spatial(&self, x: Meta) -> Meta {
        let walk = self.walk;
        let shape @ [images, height, width, channels] = x.dims();
        let rows = [images, height * width, channels];
        let tokens = walk.linear(walk.norm(x.clone()).reshape(&rows), channels);
        let tokens = self.transformer(tokens, 1, Some(&self.text));
        walk.linear_add(tokens, channels, x.reshape(&rows)).reshape(&shape)
    }

    fn temporal(&self, x: Meta, inner: usize) -> Meta {
        let walk = self.walk;
        let shape @ [_, height, width, channels] = x.dims();
        let rows = [self.batch, self.frames * height * width, channels];
        let tokens = walk.linear(walk.norm(x.clone()).reshape(&rows), inner);
        let tokens = self.transformer(tokens, height * width, None);
        walk.linear_add(tokens, channels, x.reshape(&rows)).reshape(&shape)
    }

    fn transformer(&self, x: Meta, pixels: usize, text: Option<&Meta>) -> Meta {
        let walk = self.walk;
        let shape @ [sequences, tokens, inner] = x.dims();
        let normed = walk.norm(x.clone());
        let x = self.attention(normed.clone(), normed, pixels, x);
        let normed = walk.norm(x.clone());
        let x = match text {
            None => self.attention(normed.clone(), normed, pixels, x),
            Some(text) => {
                let rows = [self.batch, sequences / self.batch * tokens, inner];
                self.attention(normed.reshape(&rows), text.clone(), pixels, x.reshape(&rows)).reshape(&shape)
            }
        };
        let rows = sequences * tokens;
        let x = x.reshape(&[rows, 1, inner]);
        let parts = in_turn::parts(rows * HIDDEN * inner);
        let feed_forward = |x: Meta| {
            let normed = walk.norm(x.clone());
            walk.linear_add(walk.geglu(normed, HIDDEN * inner), inner, x)
        };
        let y = if parts == 1 {
            feed_forward(x)
        } else {
            let ranges = in_turn::ranges(rows, parts);
            walk.joined(ranges.iter().map(|&[_, rows]| feed_forward(x.part(&[rows, 1, inner]))).collect())
        };
        y.reshape(&shape)
    }

    fn attention(&self, x: Meta, context: Meta, pixels: usize, residual: Meta) -> Meta {
        let walk = self.walk;
        let [_, _, inner] = x.dims();
        let query = walk.linear(x, inner);
        let key = walk.linear(context.clone(), inner);
        let value = walk.linear(context, inner);
        let heads = (inner / self.config.num_head_channels).max(1);
        walk.linear_add(walk.attention(query, key, value, heads, pixels), inner, residual)
    }
}

/// The decoder of the autoencoder for some frames at once: latent `[images, height, width]`.
pub fn decoder(walk: &Walk<'_>, config: &VaeConfig, [images, height, width]: [usize; 3]) -> Meta {
    let latent = walk.tensor(&[images, height, width, config.z_channels]);
    decoder_top(walk, config, Norms::Own, decoder_below_top(walk, config, latent))
}

/// The same for one frame in tiles.
pub fn decoder_in_tiles(walk: &Walk<'_>, config: &VaeConfig, [height, width]: [usize; 2], tiles: Tiles) {
    let x = decoder_below_top(walk, config, walk.tensor(&[1, height, width, config.z_channels]));
    let [_, height, width, channels] = x.dims();
    let scale = if config.ch_mult.len() > 1 { 2 } else { 1 };
    let [tile_height, tile_width] = tiles.largest([height, width], margin(config.num_res_blocks + 1, scale));
    let _frame = walk.tensor(&[1, scale * height, scale * width, 3]);
    drop(decoder_top(walk, config, Norms::Gather, walk.tensor(&[1, tile_height, tile_width, channels])));
}

/// Where norms take their statistics from.
#[derive(Clone, Copy)]
enum Norms {
    Own,
    Gather,
}

impl Norms {
    fn apply(self, walk: &Walk<'_>, x: Meta) -> Meta {
        if let Self::Own = self {
            return walk.norm(x);
        }
        // A copy of what is inside, the same without its mean, and the square of that.
        let inside = walk.copy(x.clone());
        let centred = walk.copy(inside);
        drop(walk.both(centred.clone(), centred));
        let y = walk.each_value(x);
        let sigmoid = walk.each_value(y.clone());
        walk.both(y, sigmoid)
    }
}

fn decoder_below_top(walk: &Walk<'_>, config: &VaeConfig, latent: Meta) -> Meta {
    let top = config.ch * config.ch_mult.last().copied().unwrap_or(1);
    let x = walk.conv(walk.linear(latent, config.z_channels), Conv::square(top));
    let x = resnet_block(walk, x, top, Norms::Own);
    let x = attention_of_pixels(walk, x);
    let mut x = resnet_block(walk, x, top, Norms::Own);
    for level in (1..config.ch_mult.len()).rev() {
        x = decoder_blocks(walk, config, level, x, Norms::Own);
        if level > 1 {
            x = upsample(walk, x);
        }
    }
    x
}

fn decoder_top(walk: &Walk<'_>, config: &VaeConfig, norms: Norms, x: Meta) -> Meta {
    let x = if config.ch_mult.len() > 1 { upsample(walk, x) } else { x };
    let x = decoder_blocks(walk, config, 0, x, norms);
    walk.conv(norms.apply(walk, x), Conv::square(3))
}

fn decoder_blocks(walk: &Walk<'_>, config: &VaeConfig, level: usize, mut x: Meta, norms: Norms) -> Meta {
    for _ in 0..=config.num_res_blocks {
        x = resnet_block(walk, x, config.ch_mult[level] * config.ch, norms);
    }
    x
}

fn upsample(walk: &Walk<'_>, x: Meta) -> Meta {
    let [_, _, _, channels] = x.dims();
    walk.conv(x, Conv::double(channels))
}

fn resnet_block(walk: &Walk<'_>, x: Meta, outputs: usize, norms: Norms) -> Meta {
    let [_, _, _, inputs] = x.dims();
    let h = walk.conv(norms.apply(walk, x.clone()), Conv::square(outputs));
    let residual = if inputs == outputs { x } else { walk.linear(x, outputs) };
    walk.conv_add(norms.apply(walk, h), Conv::square(outputs), residual)
}

fn attention_of_pixels(walk: &Walk<'_>, x: Meta) -> Meta {
    let shape @ [images, height, width, channels] = x.dims();
    let tokens = walk.norm(x.clone()).reshape(&[images, height * width, channels]);
    let query = walk.linear(tokens.clone(), channels);
    let key = walk.linear(tokens.clone(), channels);
    let value = walk.linear(tokens, channels);
    let attended = walk.attention(query, key, value, 1, 1);
    walk.linear_add(attended, channels, x.reshape(&[images, height * width, channels])).reshape(&shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::plan::Target;

    /// What many GPUs bind at most.
    const BINDING: usize = 128 << 20;

    #[test]
    fn the_u_net_at_full_size_has_no_buffer_that_many_gpus_could_not_bind() {
        let (target, config) = (Target::gpu(), UNetConfig::hummingbird_07b());
        let largest = |frames| {
            let (stem, rest) = (Walk::new(&target), Walk::new(&target));
            unet_stem(&stem, &config, [1, frames, 40, 64]);
            unet_rest(&rest, &config, [1, frames, 40, 64], None);
            stem.largest().max(rest.largest())
        };
        assert!(largest(16) <= BINDING, "{} bytes", largest(16));
        assert!(largest(26) > BINDING, "what enters the finest level on the way up is not cut: {} bytes", largest(26));
    }
}
