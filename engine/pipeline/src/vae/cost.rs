//! Cost of decoding: the decoder of `vae.rs`, whole and in tiles, without values and in the same order.

use std::cell::Cell;
use std::collections::BTreeMap;

use hummingbird_nn::cost::{Heads, MetaTensor, Tracer};
use hummingbird_nn::norm::GroupNorm;

use super::tiled::{margin, spans};
use super::{AttnBlock, Decoder, Decoding, Encoder, Mid, RGB, ResnetBlock, Tiles, Vae, VaeDecoder};

/// [`Norms`](super::Norms) without values.
enum MetaNorms {
    /// [`OwnStatistics`](super::OwnStatistics).
    Own,
    /// A pass over a tile in which the statistics of the first `known` norms are known: the next one gathers its own and ends it.
    Gather { known: usize, next: Cell<usize> },
}

impl MetaNorms {
    fn apply(&self, tracer: &Tracer, norm: &GroupNorm, x: MetaTensor) -> Option<MetaTensor> {
        let Self::Gather { known, next } = self else { return Some(norm.cost(tracer, x)) };
        if next.replace(next.get() + 1) < *known {
            return Some(norm.cost_with_statistics(tracer, x));
        }
        norm.cost_moments(tracer, x);
        None
    }
}

impl VaeDecoder {
    /// Cost of all that [`generate`](crate::generate::generate) decodes: a latent of `[frames, height, width]`, as many frames
    /// at once as `decoding` says.
    pub fn cost_of_clip(&self, tracer: &Tracer, [frames, height, width]: [usize; 3], decoding: Decoding) {
        let channels = self.post_quant_conv.inputs();
        if decoding.tiles != Tiles::WHOLE {
            tracer.repeat(frames, || {
                self.cost_in_tiles(tracer, tracer.tensor(&[1, height, width, channels]), decoding.tiles);
            });
            return;
        }
        let group = decoding.frames.clamp(1, frames.max(1));
        let cost_of_group = |frames: usize| {
            let share = frames.div_ceil(tracer.target().threads).max(1);
            let shares = (0..frames).step_by(share).map(|start| share.min(frames - start));
            drop(
                tracer.parallel(shares, |images| self.cost(tracer, tracer.tensor(&[images, height, width, channels]))),
            );
        };
        tracer.repeat(frames / group, || cost_of_group(group));
        if !frames.is_multiple_of(group) {
            cost_of_group(frames % group);
        }
    }

    /// Cost of [`VaeDecoder::decode`].
    pub fn cost(&self, tracer: &Tracer, latents: MetaTensor) -> MetaTensor {
        let x = self.decoder.cost_below_top(tracer, self.post_quant_conv.cost(tracer, latents));
        let x = self.decoder.cost_of_top(tracer, x, &MetaNorms::Own);
        self.cost_of_pixels(tracer, x.expect("norms with statistics of their own end no pass"))
    }

    /// Squares of pixels taken apart.
    fn cost_of_pixels(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        if self.patch == 1 {
            return x;
        }
        let [images, rows, columns, _] = x.dims();
        tracer.copy(x).reshape(&[images, rows * self.patch, columns * self.patch, RGB])
    }

    /// Cost of `decode_in_tiles`. Tiles of one size cost the same: one of each is followed.
    fn cost_in_tiles(&self, tracer: &Tracer, latent: MetaTensor, tiles: Tiles) {
        let x = self.decoder.cost_below_top(tracer, self.post_quant_conv.cost(tracer, latent));
        let [_, height, width, channels] = x.dims();
        let doubling = if self.decoder.levels.len() > 1 { 2 } else { 1 };
        let scale = doubling * self.patch;
        let blocks = self.decoder.level(0).blocks.len();
        let margin = margin(blocks, doubling);
        let mut sizes = BTreeMap::new();
        for rows in spans(height, tiles.rows, margin) {
            for columns in spans(width, tiles.columns, margin) {
                *sizes.entry([rows.decoded.len(), columns.decoded.len()]).or_insert(0) += 1;
            }
        }
        let norms = 2 * blocks + 1;
        for known in 0..=norms {
            // The frame is put together while the last passes run.
            let _frame = (known == norms).then(|| tracer.tensor(&[1, scale * height, scale * width, RGB]));
            for (&[tile_height, tile_width], &count) in &sizes {
                tracer.repeat(count, || {
                    let part = tracer.copy(x.part(&[1, tile_height, tile_width, channels]));
                    let norms = MetaNorms::Gather { known, next: Cell::new(0) };
                    let decoded = self.decoder.cost_of_top(tracer, part, &norms);
                    drop(decoded.map(|decoded| self.cost_of_pixels(tracer, decoded)));
                });
            }
        }
    }
}

impl Vae {
    /// Cost of [`Vae::encode`] of `[images, height, width, 3]`: mean and logarithm of the variance.
    pub fn cost_of_encode(&self, tracer: &Tracer, images: MetaTensor) -> [MetaTensor; 2] {
        let moments = self.quant_conv.cost(tracer, self.encoder.cost(tracer, images));
        let [count, height, width, channels] = moments.dims();
        let half = moments.part(&[count, height, width, channels / 2]);
        drop(moments);
        [half.clone(), tracer.each_value(half)]
    }
}

impl Encoder {
    fn cost(&self, tracer: &Tracer, images: MetaTensor) -> MetaTensor {
        let [count, height, width, channels] = images.dims();
        let squares = [count, height / self.patch, width / self.patch, channels * self.patch * self.patch];
        let images = if self.patch == 1 { images } else { tracer.copy(images).reshape(&squares) };
        let mut x = self.conv_in.cost(tracer, images);
        for level in &self.levels {
            for block in &level.blocks {
                x = block.cost(tracer, x);
            }
            if let Some(downsample) = &level.downsample {
                x = downsample.cost(tracer, x);
            }
        }
        self.conv_out.cost(tracer, self.norm_out.cost(tracer, self.mid.cost(tracer, x)))
    }
}

impl Decoder {
    fn cost_below_top(&self, tracer: &Tracer, latents: MetaTensor) -> MetaTensor {
        let mut x = self.mid.cost(tracer, self.conv_in.cost(tracer, latents));
        for level in (1..self.levels.len()).rev() {
            for block in &self.level(level).blocks {
                x = block.cost(tracer, x);
            }
            if level > 1 {
                x = self.cost_of_upsample(tracer, level, x);
            }
        }
        x
    }

    fn cost_of_top(&self, tracer: &Tracer, x: MetaTensor, norms: &MetaNorms) -> Option<MetaTensor> {
        let mut x = if self.levels.len() > 1 { self.cost_of_upsample(tracer, 1, x) } else { x };
        for block in &self.level(0).blocks {
            x = match norms {
                MetaNorms::Own => block.cost(tracer, x),
                MetaNorms::Gather { .. } => block.cost_with(tracer, x, norms)?,
            };
        }
        Some(self.conv_out.cost(tracer, norms.apply(tracer, &self.norm_out, x)?))
    }

    fn cost_of_upsample(&self, tracer: &Tracer, level: usize, x: MetaTensor) -> MetaTensor {
        match &self.level(level).upsample {
            Some(upsample) => upsample.cost(tracer, x),
            None => x,
        }
    }
}

impl Mid {
    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let x = self.block_1.cost(tracer, x);
        let x = self.attn_1.cost(tracer, x);
        self.block_2.cost(tracer, x)
    }
}

impl ResnetBlock {
    /// Cost of [`ResnetBlock::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let own = |tracer: &Tracer, [x]: [MetaTensor; 1]| self.cost_with(tracer, x, &MetaNorms::Own);
        tracer.block([x], |tracer, x| own(tracer, x).expect("norms with statistics of their own end no pass"))
    }

    fn cost_with(&self, tracer: &Tracer, x: MetaTensor, norms: &MetaNorms) -> Option<MetaTensor> {
        let h = self.conv1.cost(tracer, norms.apply(tracer, &self.norm1, x.clone())?);
        let residual = match &self.nin_shortcut {
            Some(projection) => projection.cost(tracer, x),
            None => x,
        };
        Some(self.conv2.cost_add(tracer, norms.apply(tracer, &self.norm2, h)?, residual))
    }
}

impl AttnBlock {
    /// Cost of [`AttnBlock::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        tracer.block([x], |tracer, [x]| self.cost_inside(tracer, x))
    }

    fn cost_inside(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let shape @ [images, height, width, channels] = x.dims();
        let rows = [images, height * width, channels];
        let tokens = self.norm.cost(tracer, x.clone()).reshape(&rows);
        let query = self.q.cost(tracer, tokens.clone());
        let key = self.k.cost(tracer, tokens.clone());
        let value = self.v.cost(tracer, tokens);
        let attended = tracer.attention(query, key, value, Heads { count: 1, pixels: 1 });
        self.proj_out.cost_add(tracer, attended, x.reshape(&rows)).reshape(&shape)
    }
}
