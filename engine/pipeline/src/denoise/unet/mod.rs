//! The 3-D U-Net (`openaimodel3d.UNetModel`): one code for VideoCrafter2, the 0.9B, the 0.7B and Nano.
//!
//! Activations are `[batch * frames, height, width, channels]` throughout; only the border converts from and to the
//! reference's `[batch, channels, frames, height, width]`. Blocks live in `blocks.rs`, embeddings of timestep, guidance and
//! frame rate in `embedding.rs`. Order of operations: the reference's forward, item by item.

pub mod blocks;
mod cost;
mod embedding;

use burn::module::Module;
use burn::tensor::{Tensor, activation};

pub use cost::{MetaBlocks, MetaPrediction, MetaStem};
pub use embedding::Conditions;

use self::blocks::{Clip, LevelBlock, LevelBlockConfig, ResBlock, SpatialTransformer, TemporalTransformer};
use self::embedding::Embedding;
use crate::handoff::TextEmbedding;
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::config::{INIT_ATTENTION_HEADS, UNetConfig};
use hummingbird_nn::conv::{Conv, ConvConfig};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::{EPS_DEFAULT, GroupNorm, with_silu};
use hummingbird_nn::params::ParamPath;
use hummingbird_nn::recompute;

/// Prefix of the U-Net's names in the state dict of the whole model.
pub const UNET_PREFIX: &str = "model.diffusion_model";

/// The network that predicts the noise in a latent.
#[derive(Module, Debug)]
pub struct UNet {
    embedding: Embedding,
    first: Conv,
    init_attn: TemporalTransformer,
    input_blocks: Vec<LevelBlock>,
    middle_block: Option<MiddleBlock>,
    output_blocks: Vec<LevelBlock>,
    out_norm: GroupNorm,
    out_conv: Conv,
}

#[derive(Module, Debug)]
struct MiddleBlock {
    first: ResBlock,
    spatial: SpatialTransformer,
    temporal: TemporalTransformer,
    last: ResBlock,
}

impl MiddleBlock {
    /// # Shapes
    /// `[b*f, h, w, channels]`, unchanged
    fn forward(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        let x = self.first.forward(x, clip);
        let x = self.spatial.forward(x, clip);
        let x = if clip.temporal { self.temporal.forward(x, clip.sizes()) } else { x };
        self.last.forward(x, clip)
    }
}

/// What a forward pass takes beside the latent.
#[derive(Clone, Debug)]
pub struct UNetInput {
    /// Noisy latent, `[batch, in_channels, frames, height, width]`.
    pub latent: Tensor<5>,
    /// Timestep, guidance and frame rate of each clip.
    pub conditions: Conditions,
    /// Text of each clip, `[batch, 77, context_dim]`.
    pub text: TextEmbedding,
}

/// Which blocks of a pass run.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists for the time of a pass; a box would only add an allocation")]
pub enum Blocks {
    /// All of them.
    All,
    /// All of them, and what enters the last `depth` output blocks is kept. A network that has no more blocks keeps nothing.
    AllAndKeep {
        /// Output blocks, at least one.
        depth: usize,
    },
    /// The last `depth` output blocks, and the input blocks whose outputs they take; `deep` stands for all others.
    Last {
        /// Output blocks, at least one and not all of them.
        depth: usize,
        /// What an earlier pass of the same depth and shape kept, `[b*f, h, w, channels]`.
        deep: Tensor<4>,
    },
}

/// The beginning of a pass, before any text: the embedding, the first convolution and the first transformer. Predictions for
/// several texts can go on from one.
#[derive(Clone, Debug)]
pub struct Stem {
    /// `[b*f, h, w, model_channels]`
    x: Tensor<4>,
    /// SiLU of the embedding, `[batch, 4 * model_channels]`.
    emb: Tensor<2>,
    batch: usize,
    frames: usize,
    pools_kv: bool,
    temporal: bool,
}

impl Stem {
    /// Each clip twice: all of them, and all of them again.
    pub fn twice(self) -> Self {
        Self { x: self.x.repeat_dim(0, 2), emb: self.emb.repeat_dim(0, 2), batch: 2 * self.batch, ..self }
    }

    /// Whether the rest of the pass merges tokens, which it does not unless told: where frames have their full size, keys and
    /// values of the pixels' attention to each other are made of the means of two by two pixels. Three quarters of the products
    /// there are spared (after token merging, Bolya and Hoffman 2023, with neighbours in the place of the most similar tokens and
    /// every query kept, as Smith et al. 2024 do). Frames of odd size are not merged.
    pub fn pooling_kv(self, pools_kv: bool) -> Self {
        Self { pools_kv, ..self }
    }
}

/// What a pass gives.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The network's output, in the shape of its latent but for the channels.
    pub output: Tensor<5>,
    /// What [`Blocks::AllAndKeep`] kept.
    pub deep: Option<Tensor<4>>,
}

impl UNet {
    /// The network at `path`.
    pub fn init(config: &UNetConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let levels = config.channel_mult.len();
        let base = config.model_channels;
        let block = |inputs: usize, outputs: usize, factor: usize| LevelBlockConfig {
            inputs,
            outputs,
            attention: config.attention_resolutions.contains(&factor),
            up: false,
        };
        let down_path = path.at("input_blocks");
        let mut input_blocks = Vec::new();
        let mut skips = vec![base];
        let mut channels = base;
        for (level, mult) in config.channel_mult.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                let block_path = down_path.at(input_blocks.len() + 1);
                input_blocks.push(LevelBlock::init(config, block(channels, mult * base, 1 << level), &block_path)?);
                channels = mult * base;
                skips.push(channels);
            }
            if level + 1 < levels {
                input_blocks.push(LevelBlock::downsample(channels, &down_path.at(input_blocks.len() + 1))?);
                skips.push(channels);
            }
        }
        let middle_block = config
            .middle_block
            .then(|| {
                let path = path.at("middle_block");
                Ok::<_, FileError>(MiddleBlock {
                    first: ResBlock::init(config, channels, channels, &path.at(0))?,
                    spatial: SpatialTransformer::init(config, channels, &path.at(1))?,
                    temporal: TemporalTransformer::init(config, channels, &path.at(2))?,
                    last: ResBlock::init(config, channels, channels, &path.at(3))?,
                })
            })
            .transpose()?;
        let up_path = path.at("output_blocks");
        let mut output_blocks = Vec::new();
        for (level, mult) in config.channel_mult.iter().enumerate().rev() {
            for index in 0..=config.num_res_blocks {
                let skip = skips.pop().expect("the way up has as many blocks as the way down has skips");
                let settings = LevelBlockConfig {
                    up: level > 0 && index == config.num_res_blocks,
                    ..block(channels + skip, mult * base, 1 << level)
                };
                output_blocks.push(LevelBlock::init(config, settings, &up_path.at(output_blocks.len()))?);
                channels = mult * base;
            }
        }
        Ok(Self {
            embedding: Embedding::init(config, path)?,
            first: ConvConfig::same(config.in_channels, base).init(&down_path.at("0.0"))?,
            init_attn: TemporalTransformer::init_first(config, INIT_ATTENTION_HEADS, &path.at("init_attn.0"))?,
            input_blocks,
            middle_block,
            output_blocks,
            out_norm: GroupNorm::init(&path.at("out.0"), base, with_silu(config.norm_groups, EPS_DEFAULT))?,
            out_conv: ConvConfig::same(base, config.out_channels).zero().init(&path.at("out.2"))?,
        })
    }

    /// Predicts the noise (epsilon prediction).
    ///
    /// # Shapes
    /// `[batch, in_channels, frames, height, width] -> [batch, out_channels, frames, height, width]`; height and width must
    /// be multiples of [`UNetConfig::latent_multiple`].
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, input: UNetInput, hook: &dyn ForwardHook) -> Result<Tensor<5>, Cancelled> {
        Ok(self.forward_blocks(input, Blocks::All, hook)?.output)
    }

    /// [`UNet::forward`] without the temporal layers: each frame is a picture of its own. Networks of clips learn pictures this way
    /// before and beside clips (Ho et al. 2022, joint training); while temporal layers end in zeros, as they begin, it is the same.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward_pictures(&self, input: UNetInput, hook: &dyn ForwardHook) -> Result<Tensor<5>, Cancelled> {
        let UNetInput { latent, conditions, text } = input;
        let stem = self.begin_with(latent, conditions, false, hook)?;
        Ok(self.go_on(stem, text, Blocks::All, hook)?.output)
    }

    /// [`UNet::forward`] with some of the blocks.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// As [`UNet::go_on`].
    pub fn forward_blocks(
        &self,
        input: UNetInput,
        blocks: Blocks,
        hook: &dyn ForwardHook,
    ) -> Result<Prediction, Cancelled> {
        let UNetInput { latent, conditions, text } = input;
        self.go_on(self.begin(latent, conditions, hook)?, text, blocks, hook)
    }

    /// The part of a pass that no text has a say in.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn begin(&self, latent: Tensor<5>, conditions: Conditions, hook: &dyn ForwardHook) -> Result<Stem, Cancelled> {
        self.begin_with(latent, conditions, true, hook)
    }

    fn begin_with(
        &self,
        latent: Tensor<5>,
        conditions: Conditions,
        temporal: bool,
        hook: &dyn ForwardHook,
    ) -> Result<Stem, Cancelled> {
        let [batch, latent_channels, frames, height, width] = latent.dims();
        let emb = recompute::part(hook, || self.embedding.forward(conditions));
        hook.on_output("emb", &emb.clone().unsqueeze_dim::<3>(1).unsqueeze_dim(1))?; // [b, c] -> [b, 1, 1, c]

        // [b, c, f, h, w] -> [b*f, h, w, c]: frames become images, channels go last.
        let x = latent.permute([0, 2, 3, 4, 1]).reshape([batch * frames, height, width, latent_channels]);
        let x = recompute::part(hook, || self.first.forward(x));
        hook.on_output("input_blocks.0", &x)?;
        let forward = move |init_attn: &TemporalTransformer, x| init_attn.forward(x, [batch, frames]);
        let x = if temporal { recompute::block(hook, &self.init_attn, x, forward) } else { x };
        hook.on_output("init_attn", &x)?;
        // All blocks take it.
        let emb = recompute::cut(hook, activation::silu(emb));
        Ok(Stem { x, emb, batch, frames, pools_kv: false, temporal })
    }

    /// The rest of a pass.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When the depth of [`Blocks::Last`] is not less than the number of output blocks: a bug of the caller, since a pass with
    /// that depth keeps nothing.
    pub fn go_on(
        &self,
        stem: Stem,
        text: TextEmbedding,
        blocks: Blocks,
        hook: &dyn ForwardHook,
    ) -> Result<Prediction, Cancelled> {
        let count = self.output_blocks.len();
        // The first output block that runs, what enters it, and the output block before which is kept.
        let (start, deep, keep_before) = match blocks {
            Blocks::All => (0, None, None),
            Blocks::AllAndKeep { depth } => (0, None, count.checked_sub(depth).filter(|&index| index > 0)),
            Blocks::Last { depth, deep } => {
                assert!((1..count).contains(&depth), "the last {depth} of {count} output blocks");
                (count - depth, Some(deep), None)
            }
        };
        let Stem { mut x, emb, batch, frames, pools_kv, temporal } = stem;
        let [_, height, width, _] = x.dims();
        let is_even = height.is_multiple_of(2) && width.is_multiple_of(2);
        let merged = (pools_kv && is_even).then_some([height, width]);
        let text = recompute::cut(hook, text.tensor);
        let clip = Clip { batch, frames, emb, text, merged, temporal };
        let mut skips = vec![x.clone()];
        // Output block `index` takes the output of input block `count - 1 - index`, the first of which was `init_attn`.
        for (index, block) in self.input_blocks.iter().enumerate().take(count - 1 - start) {
            x = clip.run(hook, block, x, LevelBlock::forward);
            hook.on_output(&format!("input_blocks.{}", index + 1), &x)?;
            skips.push(x.clone());
        }
        if let Some(deep) = deep {
            x = deep;
        } else if let Some(middle) = &self.middle_block {
            x = clip.run(hook, middle, x, MiddleBlock::forward);
            hook.on_output("middle_block", &x)?;
        }
        let mut kept = None;
        for (index, block) in self.output_blocks.iter().enumerate().skip(start) {
            if keep_before == Some(index) {
                kept = Some(x.clone());
            }
            let skip = skips.pop().expect("the way up has as many blocks as the way down has skips");
            x = clip.run(hook, block, (x, skip), LevelBlock::forward_with_skip);
            hook.on_output(&format!("output_blocks.{index}"), &x)?;
        }
        let x = recompute::part(hook, || self.head(x));
        let [_, _, _, out_channels] = x.dims();
        // [b*f, h, w, c] -> [b, c, f, h, w]: back to the reference's order.
        let output = x.reshape([batch, frames, height, width, out_channels]).permute([0, 4, 1, 2, 3]);
        Ok(Prediction { output, deep: kept })
    }

    /// Norm, SiLU and convolution from the last block's output to the prediction (`out` of the reference).
    ///
    /// # Shapes
    /// `[b*f, h, w, model_channels] -> [b*f, h, w, out_channels]`
    pub fn head(&self, x: Tensor<4>) -> Tensor<4> {
        self.out_conv.forward(self.out_norm.per_image(x))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};
    use hummingbird_model::{ModelFile, ModelSource};
    use hummingbird_nn::hook::NoHook;
    use hummingbird_nn::params::{Init, NoZeros, ParamLoader, ParamSource, values_of};

    use super::*;
    use crate::denoise::schedule::timestep_embedding;

    /// Temporal layers that add nothing, as a new network's; all else is random.
    struct TemporalEndsInZeros;

    impl ParamSource for TemporalEndsInZeros {
        fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
            let is_end = name.contains("temopral_conv.conv4")
                || name.contains("init_attn.0.proj_out")
                || name.contains(".2.proj_out");
            if is_end { Ok(vec![0.0; shape.iter().product()]) } else { NoZeros.values(name, shape, init) }
        }
    }

    #[test]
    fn pictures_are_frames_without_temporal_layers() {
        let device = Device::flex();
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let config = UNetConfig { middle_block: true, ..file.description().config.unet.clone() };
        let random = |shape: [usize; 5]| Tensor::<5>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let latent = random([2, config.in_channels, 3, 4, 8]);
        let text = random([1, 1, 2, 77, config.context_dim]).reshape([2, 77, config.context_dim]);
        let rows = |value: f32| {
            let row = timestep_embedding(value, config.model_channels);
            Tensor::<1>::from_floats(row.as_slice(), &device).unsqueeze::<2>().repeat_dim(0, 2)
        };
        let conditions = Conditions { timestep: rows(500.0), fps: Some(rows(8.0)), guidance: None, motion: None };
        let input = |latent: &Tensor<5>| UNetInput {
            latent: latent.clone(),
            conditions: conditions.clone(),
            text: TextEmbedding { tensor: text.clone() },
        };
        let unet = |source: &dyn ParamSource| {
            UNet::init(&config, &ParamLoader::new(source, &device).path(UNET_PREFIX)).expect("every name is there")
        };
        let values =
            |prediction: Result<Tensor<5>, Cancelled>| values_of(prediction.expect("not cancelled").into_data());

        let new = unet(&TemporalEndsInZeros);
        assert_eq!(values(new.forward_pictures(input(&latent), &NoHook)), values(new.forward(input(&latent), &NoHook)));

        // Whatever the temporal layers have learnt, a picture is one by itself.
        let learnt = unet(&NoZeros);
        let all = learnt.forward_pictures(input(&latent), &NoHook).expect("not cancelled");
        let furthest = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        for frame in 0..3 {
            let alone = values(learnt.forward_pictures(input(&latent.clone().narrow(2, frame, 1)), &NoHook));
            let off = furthest(&alone, &values_of(all.clone().narrow(2, frame, 1).into_data()));
            assert!(off < 1e-5, "frame {frame} is {off} off");
        }
        let off = furthest(&values(learnt.forward(input(&latent), &NoHook)), &values_of(all.into_data()));
        assert!(off > 0.1, "temporal layers change at most {off}");
    }
}
