//! Cost of a pass of the U-Net: the passes of `mod.rs` without values, in the same order.

use hummingbird_nn::cost::{MetaTensor, Tracer};

use super::blocks::MetaClip;
use super::{MiddleBlock, UNet};

/// A [`Stem`](super::Stem) without values.
#[derive(Clone, Debug)]
pub struct MetaStem {
    x: MetaTensor,
    emb: MetaTensor,
    batch: usize,
    frames: usize,
    pools_kv: bool,
    temporal: bool,
}

impl MetaStem {
    /// Cost of [`Stem::twice`](super::Stem::twice).
    pub fn twice(self, tracer: &Tracer) -> Self {
        let x = tracer.joined(vec![self.x.clone(), self.x]);
        let emb = tracer.joined(vec![self.emb.clone(), self.emb]);
        Self { x, emb, batch: 2 * self.batch, ..self }
    }

    /// As [`Stem::pooling_kv`](super::Stem::pooling_kv).
    pub fn pooling_kv(self, pools_kv: bool) -> Self {
        Self { pools_kv, ..self }
    }
}

/// [`Blocks`](super::Blocks) without values.
#[derive(Clone, Debug)]
pub enum MetaBlocks {
    /// All of them.
    All,
    /// All of them, and what enters the last `depth` output blocks is kept.
    AllAndKeep {
        /// Output blocks.
        depth: usize,
    },
    /// The last `depth` output blocks. All of them run where there are no more than that.
    Last {
        /// Output blocks.
        depth: usize,
        /// What an earlier pass kept.
        deep: Option<MetaTensor>,
    },
}

/// A [`Prediction`](super::Prediction) without values.
#[derive(Clone, Debug)]
pub struct MetaPrediction {
    /// The network's output.
    pub output: MetaTensor,
    /// What [`MetaBlocks::AllAndKeep`] kept.
    pub deep: Option<MetaTensor>,
}

impl MiddleBlock {
    fn cost(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        let x = self.first.cost(tracer, x, clip);
        let x = self.spatial.cost(tracer, x, clip);
        let x = if clip.temporal { self.temporal.cost(tracer, x, [clip.batch, clip.frames]) } else { x };
        self.last.cost(tracer, x, clip)
    }
}

impl MetaClip {
    /// Cost of [`Clip::run`](super::Clip::run).
    fn run<const N: usize>(
        &self,
        tracer: &Tracer,
        inputs: [MetaTensor; N],
        run: impl Fn(&Tracer, [MetaTensor; N], &Self) -> MetaTensor,
    ) -> MetaTensor {
        if !tracer.computes_again() {
            return run(tracer, inputs, self);
        }
        // What all blocks share is small, and gets no gradients here.
        tracer.block(inputs, |tracer, inputs| {
            let emb = tracer.tensor(&self.emb.dims::<2>());
            run(tracer, inputs, &Self { emb, text: tracer.tensor(&self.text.dims::<3>()), ..self.clone() })
        })
    }
}

impl UNet {
    /// Cost of [`UNet::forward`] for a latent of `[batch, in_channels, frames, height, width]`.
    pub fn cost(&self, tracer: &Tracer, latent: MetaTensor, text: MetaTensor) -> MetaTensor {
        let stem = self.cost_of_begin(tracer, latent);
        self.cost_of_go_on(tracer, stem, text, MetaBlocks::All).output
    }

    /// Cost of [`UNet::forward_pictures`] for a latent of `[batch, in_channels, frames, height, width]`.
    pub fn cost_of_pictures(&self, tracer: &Tracer, latent: MetaTensor, text: MetaTensor) -> MetaTensor {
        let stem = self.cost_of_begin_with(tracer, latent, false);
        self.cost_of_go_on(tracer, stem, text, MetaBlocks::All).output
    }

    /// Cost of [`UNet::begin`] for a latent of `[batch, in_channels, frames, height, width]`.
    pub fn cost_of_begin(&self, tracer: &Tracer, latent: MetaTensor) -> MetaStem {
        self.cost_of_begin_with(tracer, latent, true)
    }

    fn cost_of_begin_with(&self, tracer: &Tracer, latent: MetaTensor, temporal: bool) -> MetaStem {
        let [batch, channels, frames, height, width] = latent.dims();
        let emb = self.embedding.cost(tracer, batch);
        let x = tracer.copy(latent).reshape(&[batch * frames, height, width, channels]);
        let x = self.first.cost(tracer, x);
        let x = match temporal {
            true => tracer.block([x], |tracer, [x]| self.init_attn.cost(tracer, x, [batch, frames])),
            false => x,
        };
        let emb = tracer.each_value(emb);
        MetaStem { x, emb, batch, frames, pools_kv: false, temporal }
    }

    /// Cost of [`UNet::go_on`] with a text of `[batch, 77, context_dim]`.
    pub fn cost_of_go_on(
        &self,
        tracer: &Tracer,
        stem: MetaStem,
        text: MetaTensor,
        blocks: MetaBlocks,
    ) -> MetaPrediction {
        let count = self.output_blocks.len();
        let (start, deep, keep_before) = match blocks {
            MetaBlocks::All => (0, None, None),
            MetaBlocks::AllAndKeep { depth } => (0, None, count.checked_sub(depth).filter(|&index| index > 0)),
            MetaBlocks::Last { depth, deep } => (count.saturating_sub(depth), deep, None),
        };
        let MetaStem { mut x, emb, batch, frames, pools_kv, temporal } = stem;
        let [_, height, width, _] = x.dims();
        let is_even = height.is_multiple_of(2) && width.is_multiple_of(2);
        let merged = (pools_kv && is_even).then_some([height, width]);
        let clip = MetaClip { batch, frames, emb, text, merged, temporal };
        let mut skips = vec![x.clone()];
        for block in self.input_blocks.iter().take(count.saturating_sub(1 + start)) {
            x = clip.run(tracer, [x], |tracer, [x], clip| block.cost(tracer, x, clip));
            skips.push(x.clone());
        }
        if let Some(deep) = deep {
            x = deep;
        } else if let Some(middle) = &self.middle_block {
            x = clip.run(tracer, [x], |tracer, [x], clip| middle.cost(tracer, x, clip));
        }
        let mut kept = None;
        for (index, block) in self.output_blocks.iter().enumerate().skip(start) {
            if keep_before == Some(index) {
                kept = Some(x.clone());
            }
            let skip = skips.pop().expect("the way up has as many blocks as the way down has skips");
            x = clip.run(tracer, [x, skip], |tracer, [x, skip], clip| block.cost_with_skip(tracer, x, skip, clip));
        }
        let x = self.out_conv.cost(tracer, self.out_norm.cost(tracer, x));
        let channels = x.width();
        MetaPrediction { output: x.reshape(&[batch, channels, frames, height, width]), deep: kept }
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_nn::config::UNetConfig;
    use hummingbird_nn::cost::{Cost, Target};
    use hummingbird_nn::params::ParamLoader;

    use super::*;
    use crate::denoise::unet::UNET_PREFIX;
    use crate::handoff::CONTEXT_TOKENS;

    fn network(config: &UNetConfig) -> UNet {
        UNet::init(config, &ParamLoader::names_only().path(UNET_PREFIX)).expect("nothing is loaded")
    }

    /// One call for a clip of 512x320.
    fn call(config: &UNetConfig, frames: usize, pools_kv: bool, blocks: impl FnOnce(&Tracer) -> MetaBlocks) -> Cost {
        let unet = network(config);
        Tracer::measure(Target::gpu(), |tracer| {
            let latent = tracer.tensor(&[1, config.in_channels, frames, 40, 64]);
            let stem = unet.cost_of_begin(tracer, latent).pooling_kv(pools_kv);
            let text = tracer.tensor(&[1, CONTEXT_TOKENS, config.context_dim]);
            unet.cost_of_go_on(tracer, stem, text, blocks(tracer))
        })
    }

    /// What the reference computes for every frame and this engine once for a clip: keys and values of the text in each spatial
    /// transformer, and the embedding's projection in each residual block.
    fn once_a_clip(transformers: &[usize], residual_blocks: &[usize]) -> f64 {
        let product = |rows: usize, inputs: usize, outputs: usize| 2.0 * (rows * inputs * outputs) as f64;
        let text = |width: &usize| 2.0 * product(CONTEXT_TOKENS, 1024, *width);
        let embedding = |width: &usize| product(1, 1280, *width);
        transformers.iter().map(text).sum::<f64>() + residual_blocks.iter().map(embedding).sum::<f64>()
    }

    /// Counted by PyTorch's `FlopCounterMode` while the reference ran at 512x320.
    #[test]
    fn flop_is_that_of_the_reference() {
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
            for (frames, expected) in [(16, of_16), (26, of_26)] {
                let counted = call(&config, frames, false, |_| MetaBlocks::All).flop.total();
                assert_eq!(counted + (frames - 1) as f64 * once, expected, "{frames} frames of {config:?}");
            }
        }
    }

    #[test]
    fn shares_of_the_last_blocks_grow_to_the_whole() {
        let shares = |config: &UNetConfig, depths: &[usize]| -> Vec<f64> {
            let whole = call(config, 16, false, |_| MetaBlocks::All).flop.total();
            let share = |&depth: &usize| {
                let last = |tracer: &Tracer| MetaBlocks::Last { depth, deep: features(config, tracer, depth) };
                (1e3 * call(config, 16, false, last).flop.total() / whole).round() / 1e3
            };
            depths.iter().map(share).collect()
        };
        assert_eq!(shares(&UNetConfig::hummingbird_07b(), &[1, 2, 3, 7, 8]), [0.164, 0.373, 0.499, 0.981, 1.0]);
        assert_eq!(shares(&UNetConfig::videocrafter2(), &[1, 2, 12, 20]), [0.104, 0.23, 1.0, 1.0]);
    }

    /// Features of a pass of this depth, in the memory of `tracer`.
    fn features(config: &UNetConfig, tracer: &Tracer, depth: usize) -> Option<MetaTensor> {
        let unet = network(config);
        let apart = Tracer::new(Target::gpu());
        let stem = unet.cost_of_begin(&apart, apart.tensor(&[1, config.in_channels, 16, 40, 64]));
        let text = apart.tensor(&[1, CONTEXT_TOKENS, config.context_dim]);
        let deep = unet.cost_of_go_on(&apart, stem, text, MetaBlocks::AllAndKeep { depth }).deep?;
        Some(tracer.tensor(&deep.dims::<4>()))
    }

    /// Keys and values of the finest level's three transformers are a quarter.
    #[test]
    fn pooled_keys_and_values_spare_three_quarters_of_attention_and_of_their_projections() {
        let config = UNetConfig::hummingbird_07b();
        let [whole, merged] = [false, true].map(|pools_kv| call(&config, 16, pools_kv, |_| MetaBlocks::All));
        let (rows, tokens, width) = (16.0 * 40.0 * 64.0, 40.0 * 64.0, 320.0);
        let of_one = [2.0 * 2.0 * rows * width * width, 4.0 * rows * tokens * width];
        let spared = [whole.flop.matmul - merged.flop.matmul, whole.flop.attention - merged.flop.attention];
        assert_eq!(spared, of_one.map(|flop| 3.0 * 0.75 * flop));
        assert!(merged.peak_bytes <= whole.peak_bytes);
    }

    #[test]
    fn the_u_net_at_full_size_has_no_buffer_that_many_gpus_could_not_bind() {
        const BINDING: usize = 128 << 20;
        let config = UNetConfig::hummingbird_07b();
        let largest = |frames| call(&config, frames, false, |_| MetaBlocks::All).largest_buffer_bytes;
        assert!(largest(16) <= BINDING, "{} bytes", largest(16));
        assert!(largest(26) > BINDING, "what enters the finest level on the way up is not cut: {} bytes", largest(26));
    }
}
