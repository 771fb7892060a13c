//! Floating-point operations of the networks, from their sizes: two for each multiply-add of products, convolutions and
//! attention; norms and other element-wise work are not counted, as in PyTorch's `FlopCounterMode`.

use crate::handoff::CONTEXT_TOKENS;
use crate::nn::config::{INIT_ATTENTION_HEADS, TextConfig, UNetConfig, VaeConfig};

/// A picture as the networks see it: images, height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images: frames of all clips.
    pub count: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Images {
    /// The images `levels` further down: half the height and width at each.
    pub fn halved(self, levels: usize) -> Self {
        Self { height: self.height.div_ceil(1 << levels), width: self.width.div_ceil(1 << levels), ..self }
    }

    /// Pixels of one image.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Pixels of all images.
    pub fn positions(self) -> usize {
        self.count * self.pixels()
    }
}

/// `[rows, inputs] x [inputs, outputs]`; also a convolution, with the inputs of one output as `inputs`.
pub fn product(rows: usize, inputs: usize, outputs: usize) -> f64 {
    2.0 * rows as f64 * inputs as f64 * outputs as f64
}

/// Scores and their sums over values of `width` channels in all heads.
pub fn attention(sequences: usize, queries: usize, keys: usize, width: usize) -> f64 {
    2.0 * product(sequences * queries, width, keys)
}

/// A 3x3 convolution that keeps the size.
pub fn convolution(images: Images, inputs: usize, outputs: usize) -> f64 {
    product(images.positions(), 9 * inputs, outputs)
}

/// Residual block of the U-Net with its temporal convolutions, one clip.
pub fn residual_block(config: &UNetConfig, images: Images, inputs: usize, outputs: usize) -> f64 {
    let rows = images.positions();
    let skip = if inputs == outputs { 0.0 } else { product(rows, inputs, outputs) };
    convolution(images, inputs, outputs)
        + product(1, 4 * config.model_channels, outputs)
        + convolution(images, outputs, outputs)
        + skip
        + 4.0 * product(rows, 3 * outputs, outputs)
}

/// GEGLU feed-forward.
fn feed_forward(rows: usize, width: usize) -> f64 {
    product(rows, width, 8 * width) + product(rows, 4 * width, width)
}

/// Spatial transformer, one clip: keys and values of the text are computed once for all frames.
pub fn spatial_transformer(config: &UNetConfig, images: Images, width: usize) -> f64 {
    let (rows, tokens) = (images.positions(), images.pixels());
    // Into the block and out of it, query, key, value and output of the first attention, query and output of the second.
    8.0 * product(rows, width, width)
        + attention(images.count, tokens, tokens, width)
        + 2.0 * product(CONTEXT_TOKENS, config.context_dim, width)
        + attention(1, rows, CONTEXT_TOKENS, width)
        + feed_forward(rows, width)
}

/// Temporal transformer of `width` channels in a network of `channels`, one clip.
pub fn temporal_transformer(images: Images, channels: usize, width: usize) -> f64 {
    let rows = images.positions();
    2.0 * product(rows, channels, width)
        + 8.0 * product(rows, width, width)
        + 2.0 * attention(images.pixels(), images.count, images.count, width)
        + feed_forward(rows, width)
}

/// One call of the U-Net for one clip of `images`, in latent pixels.
pub fn unet(config: &UNetConfig, images: Images) -> f64 {
    let parts = UNetParts::new(config, images);
    parts.around + parts.middle + parts.input_blocks.iter().chain(&parts.output_blocks).sum::<f64>()
}

/// A call that merges tokens: keys and values of the first level's pixels are a quarter of them.
pub fn unet_merged(config: &UNetConfig, images: Images) -> f64 {
    if !config.attention_resolutions.contains(&1) {
        return unet(config, images);
    }
    let width = config.channel_mult[0] * config.model_channels;
    let whole = attention(images.count, images.pixels(), images.pixels(), width)
        + 2.0 * product(images.positions(), width, width);
    // One on the way down for each residual block there, and one more on the way up.
    let transformers = 2 * config.num_res_blocks + 1;
    unet(config, images) - 0.75 * whole * transformers as f64
}

/// A call that takes everything from the feature cache but its last `depth` output blocks and what they are joined with.
pub fn unet_last(config: &UNetConfig, images: Images, depth: usize) -> f64 {
    let parts = UNetParts::new(config, images);
    if depth >= parts.output_blocks.len() {
        return unet(config, images);
    }
    let joined = parts.input_blocks.iter().take(depth - 1);
    parts.around + joined.chain(parts.output_blocks.iter().rev().take(depth)).sum::<f64>()
}

/// Operations of the parts of a U-Net.
struct UNetParts {
    /// Embeddings, the first convolution and transformer, and the last convolution.
    around: f64,
    /// The reference's `input_blocks`, from 1 on.
    input_blocks: Vec<f64>,
    middle: f64,
    output_blocks: Vec<f64>,
}

impl UNetParts {
    fn new(config: &UNetConfig, images: Images) -> Self {
        let base = config.model_channels;
        let inner = INIT_ATTENTION_HEADS * config.num_head_channels;
        let mlp = |inputs| product(1, inputs, 4 * base) + product(1, 4 * base, 4 * base);
        let conditions = mlp(base)
            + if config.fps_cond { mlp(base) } else { 0.0 }
            + config.time_cond_proj_dim.map_or(0.0, |width| product(1, width, base));
        let block = |level: usize, inputs: usize, outputs: usize| {
            let images = images.halved(level);
            let transformers = if config.attention_resolutions.contains(&(1 << level)) {
                spatial_transformer(config, images, outputs) + temporal_transformer(images, outputs, outputs)
            } else {
                0.0
            };
            residual_block(config, images, inputs, outputs) + transformers
        };
        let around = conditions
            + convolution(images, config.in_channels, base)
            + temporal_transformer(images, base, inner)
            + convolution(images, base, config.out_channels);
        let (mut input_blocks, mut output_blocks) = (Vec::new(), Vec::new());
        let mut skips = vec![base];
        let mut channels = base;
        for (level, mult) in config.channel_mult.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                input_blocks.push(block(level, channels, mult * base));
                channels = mult * base;
                skips.push(channels);
            }
            if level + 1 < config.channel_mult.len() {
                input_blocks.push(convolution(images.halved(level + 1), channels, channels));
                skips.push(channels);
            }
        }
        let lowest = images.halved(config.channel_mult.len() - 1);
        let middle = if config.middle_block {
            2.0 * residual_block(config, lowest, channels, channels)
                + spatial_transformer(config, lowest, channels)
                + temporal_transformer(lowest, channels, channels)
        } else {
            0.0
        };
        for (level, mult) in config.channel_mult.iter().enumerate().rev() {
            for index in 0..=config.num_res_blocks {
                let mut flop = block(level, channels + skips.pop().unwrap_or_default(), mult * base);
                channels = mult * base;
                if level > 0 && index == config.num_res_blocks {
                    flop += convolution(images.halved(level - 1), channels, channels);
                }
                output_blocks.push(flop);
            }
        }
        Self { around, input_blocks, middle, output_blocks }
    }
}

/// Decoding `images`, in latent pixels.
pub fn decode(config: &VaeConfig, images: Images) -> f64 {
    let mut channels = config.ch * config.ch_mult.last().copied().unwrap_or(1);
    let residual = |images: Images, inputs: usize, outputs: usize| {
        let shortcut = if inputs == outputs { 0.0 } else { product(images.positions(), inputs, outputs) };
        convolution(images, inputs, outputs) + convolution(images, outputs, outputs) + shortcut
    };
    let (rows, tokens) = (images.positions(), images.pixels());
    let mut total = product(rows, config.z_channels, config.z_channels)
        + convolution(images, config.z_channels, channels)
        + 2.0 * residual(images, channels, channels)
        + 4.0 * product(rows, channels, channels)
        + attention(images.count, tokens, tokens, channels);
    let mut images = images;
    for (level, mult) in config.ch_mult.iter().enumerate().rev() {
        for _ in 0..=config.num_res_blocks {
            total += residual(images, channels, mult * config.ch);
            channels = mult * config.ch;
        }
        if level > 0 {
            images = Images { height: 2 * images.height, width: 2 * images.width, ..images };
            total += convolution(images, channels, channels);
        }
    }
    total + convolution(images, channels, 3)
}

/// The text encoder on one prompt.
pub fn text(config: &TextConfig) -> f64 {
    let width = config.width;
    let block = 12.0 * product(CONTEXT_TOKENS, width, width) + attention(1, CONTEXT_TOKENS, CONTEXT_TOKENS, width);
    config.layers as f64 * block
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Images = Images { count: 16, height: 40, width: 64 };

    /// What the reference computes for every frame and this engine once for a clip: keys and values of the text in each spatial
    /// transformer, and the embedding's projection in each residual block.
    fn once_a_clip(transformers: &[usize], residual_blocks: &[usize]) -> f64 {
        let text = |width: &usize| 2.0 * product(CONTEXT_TOKENS, 1024, *width);
        let embedding = |width: &usize| product(1, 1280, *width);
        transformers.iter().map(text).sum::<f64>() + residual_blocks.iter().map(embedding).sum::<f64>()
    }

    /// Counted by PyTorch's `FlopCounterMode` while the reference ran at 512x320.
    #[test]
    fn counts_are_those_of_the_reference() {
        let student = [320, 640, 1280, 1280, 1280, 640, 640, 320, 320];
        let student_blocks = [320, 640, 1280, 1280, 1280, 1280, 1280, 1280, 640, 640, 320, 320];
        let with_middle = [&student[..], &[1280]].concat();
        let with_middle_blocks = [&student_blocks[..], &[1280, 1280]].concat();
        let teacher: Vec<usize> = [(320, 5), (640, 5), (1280, 6)].into_iter().flat_map(|(c, n)| vec![c; n]).collect();
        let teacher_blocks: Vec<usize> =
            [(320, 5), (640, 5), (1280, 12)].into_iter().flat_map(|(c, n)| vec![c; n]).collect();
        let cases = [
            (
                UNetConfig::hummingbird_07b(),
                &student[..],
                &student_blocks[..],
                7_961_767_280_640.0,
                12_949_538_570_240.0,
            ),
            (
                UNetConfig::hummingbird_09b(),
                &with_middle,
                &with_middle_blocks,
                8_182_729_113_600.0,
                13_308_708_044_800.0,
            ),
            (UNetConfig::videocrafter2(), &teacher, &teacher_blocks, 12_581_410_897_920.0, 20_462_529_822_720.0),
        ];
        for (config, transformers, blocks, of_16, of_26) in cases {
            let once = once_a_clip(transformers, blocks);
            for (count, expected) in [(16, of_16), (26, of_26)] {
                let counted = unet(&config, Images { count, ..FULL }) + (count - 1) as f64 * once;
                assert_eq!(counted, expected, "{count} frames of {config:?}");
            }
        }
        assert_eq!(decode(&VaeConfig::kl_f8(), Images { count: 1, ..FULL }), 1_563_521_269_760.0);
        assert_eq!(text(&TextConfig::vit_h_14()), 45_127_233_536.0);
    }

    #[test]
    fn shares_of_the_last_blocks_grow_to_the_whole() {
        let shares = |config: &UNetConfig, depths: &[usize]| -> Vec<f64> {
            let whole = unet(config, FULL);
            depths.iter().map(|&depth| (1e3 * unet_last(config, FULL, depth) / whole).round() / 1e3).collect()
        };
        assert_eq!(shares(&UNetConfig::hummingbird_07b(), &[1, 2, 3, 7, 8]), [0.164, 0.373, 0.499, 0.981, 1.0]);
        assert_eq!(shares(&UNetConfig::videocrafter2(), &[1, 2, 12, 20]), [0.104, 0.23, 1.0, 1.0]);
    }
}
