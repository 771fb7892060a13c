//! Blocks of the U-Net, and the stages of the data path that compute.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Distribution, Tensor};

use super::images::Images;
use super::subject::{RandomWeights, Subject};
use super::{Case, Kind, Prepared};
use crate::error::EngineError;
use crate::handoff::{CONTEXT_TOKENS, TextEmbedding, TokenIds};
use crate::job::CancelToken;
use crate::nn::config::{INIT_ATTENTION_HEADS, UNetConfig};
use crate::nn::cost::{MetaTensor, Target, Tracer};
use crate::nn::params::{ParamLoader, ParamPath};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::unet::blocks::{Clip, MetaClip, ResBlock, SpatialTransformer, TemporalTransformer};
use crate::pipeline::denoise::unet::{Blocks, Conditions, MetaBlocks, UNET_PREFIX, UNet, UNetInput};
use crate::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use crate::request::Reuse;

/// The cases for a clip of `latent` frames in latent pixels.
pub fn cases<'a>(subject: &'a Subject, latent: Images, device: &'a Device, cancel: &'a CancelToken) -> Vec<Case<'a>> {
    let config = &subject.config.unet;
    let mut cases = Vec::new();
    for (level, mult) in config.channel_mult.iter().enumerate() {
        let (images, channels) = (latent.halved(level), mult * config.model_channels);
        cases.push(block("residual block", config, device, images, channels, move |path, trace| {
            let block = ResBlock::init(config, channels, channels, path)?;
            trace(&|tracer, x, clip| block.cost(tracer, x, clip));
            Ok((bytes_of(&block), move |x, clip: &Clip| block.forward(x, clip)))
        }));
        if config.attention_resolutions.contains(&(1 << level)) {
            cases.push(block("spatial transformer", config, device, images, channels, move |path, trace| {
                let block = SpatialTransformer::init(config, channels, path)?;
                trace(&|tracer, x, clip| block.cost(tracer, x, clip));
                Ok((bytes_of(&block), move |x, clip: &Clip| block.forward(x, clip)))
            }));
            cases.push(block("temporal transformer", config, device, images, channels, move |path, trace| {
                let block = TemporalTransformer::init(config, channels, path)?;
                trace(&|tracer, x, clip| block.cost(tracer, x, [clip.batch, clip.frames]));
                Ok((bytes_of(&block), move |x, clip: &Clip| block.forward(x, clip.sizes())))
            }));
        }
    }
    let base = config.model_channels;
    cases.push(block("first transformer", config, device, latent, base, move |path, trace| {
        let block = TemporalTransformer::init_first(config, INIT_ATTENTION_HEADS, path)?;
        trace(&|tracer, x, clip| block.cost(tracer, x, [clip.batch, clip.frames]));
        Ok((bytes_of(&block), move |x, clip: &Clip| block.forward(x, clip.sizes())))
    }));
    cases.push(text(subject, device, cancel));
    let calls = [Call::Whole, Call::Merging, Call::Between(Reuse::Light), Call::Between(Reuse::Strong)];
    cases.extend(calls.map(|call| unet(subject, latent, call, device, cancel)));
    cases.push(decode(subject, latent, device, cancel));
    cases
}

/// Cost of a block.
type BlockCost<'a> = &'a dyn Fn(&Tracer, MetaTensor, &MetaClip) -> MetaTensor;

fn block<'a, F: Fn(Tensor<4>, &Clip) -> Tensor<4> + 'a>(
    name: &str,
    config: &'a UNetConfig,
    device: &'a Device,
    images: Images,
    channels: usize,
    init: impl FnOnce(&ParamPath<'_>, &mut dyn FnMut(BlockCost<'_>)) -> Result<(u64, F), EngineError> + 'a,
) -> Case<'a> {
    let Images { count, height, width } = images;
    let shape = [count, height, width, channels];
    let prepare = move || {
        let loader = ParamLoader::new(&RandomWeights, device);
        let mut flop = 0.0;
        let (weights, forward) = init(&loader.path("block"), &mut |block| {
            let cost = Tracer::measure(Target::of(device), |tracer| {
                let clip = MetaClip {
                    batch: 1,
                    frames: count,
                    emb: tracer.tensor(&[1, 4 * config.model_channels]),
                    text: tracer.tensor(&[1, CONTEXT_TOKENS, config.context_dim]),
                    merged: None,
                    temporal: true,
                };
                block(tracer, images.meta(tracer, channels), &clip)
            });
            flop = cost.flop.total();
        })?;
        let x: Tensor<4> = noise(shape, device);
        let clip = Clip {
            batch: 1,
            frames: count,
            emb: noise([1, 4 * config.model_channels], device),
            text: noise([1, CONTEXT_TOKENS, config.context_dim], device),
            merged: None,
            temporal: true,
        };
        let bytes = weights + 2 * floats(&shape);
        let run = move || {
            forward(x.clone(), &clip);
            Ok(())
        };
        Ok(Prepared { flop, bytes, run: Box::new(run) as _ })
    };
    Case { kind: Kind::Block, name: name.to_owned(), shape: format!("{shape:?}"), prepare: Box::new(prepare) }
}

fn text<'a>(subject: &'a Subject, device: &'a Device, cancel: &'a CancelToken) -> Case<'a> {
    let config = &subject.config.text;
    let prepare = move || {
        let loader = ParamLoader::new(&*subject.weights, device);
        let encoder = TextEncoder::init(config, &loader.path(TEXT_PREFIX))?;
        let tokens = [TokenIds { ids: std::array::from_fn(|place| place as u32), text_tokens: 75, kept_text: None }];
        let flop = Tracer::measure(Target::of(device), |tracer| encoder.cost(tracer, 1)).flop.total();
        let bytes = bytes_of(&encoder) + floats(&[CONTEXT_TOKENS, config.width]);
        let run = move || encoder.forward(&tokens, cancel).map(drop);
        Ok(Prepared { flop, bytes, run: Box::new(run) as _ })
    };
    stage("text", format!("[1, {CONTEXT_TOKENS}]"), prepare)
}

/// A call of the U-Net.
#[derive(Clone, Copy)]
enum Call {
    Whole,
    /// Tokens are merged.
    Merging,
    /// It uses the feature cache of an earlier one.
    Between(Reuse),
}

fn unet<'a>(subject: &'a Subject, latent: Images, call: Call, device: &'a Device, cancel: &'a CancelToken) -> Case<'a> {
    let config = &subject.config.unet;
    let Images { count, height, width } = latent;
    let shape = [1, config.in_channels, count, height, width];
    let depth = match call {
        Call::Whole | Call::Merging => None,
        Call::Between(reuse) => reuse.plan().map(|plan| plan.depth as usize),
    };
    let prepare = move || {
        let loader = ParamLoader::new(&*subject.weights, device);
        let unet = UNet::init(config, &loader.path(UNET_PREFIX))?;
        let row = |width: usize| noise([1, width], device);
        let input = UNetInput {
            latent: noise(shape, device),
            conditions: Conditions {
                timestep: row(config.model_channels),
                fps: config.fps_cond.then(|| row(config.model_channels)),
                guidance: config.time_cond_proj_dim.map(row),
                motion: config.motion_cond_proj_dim.map(row),
            },
            text: TextEmbedding { tensor: noise([1, CONTEXT_TOKENS, config.context_dim], device) },
        };
        let bytes = bytes_of(&unet) + 2 * floats(&shape);
        let blocks = match depth {
            None => Blocks::All,
            Some(depth) => {
                let kept = unet.forward_blocks(input.clone(), Blocks::AllAndKeep { depth }, cancel)?;
                kept.deep.map_or(Blocks::All, |deep| Blocks::Last { depth, deep })
            }
        };
        let flop = flop_of_call(config, &unet, shape, &blocks, matches!(call, Call::Merging), device);
        let run = move || {
            let UNetInput { latent, conditions, text } = input.clone();
            let stem = unet.begin(latent, conditions, cancel)?.pooling_kv(matches!(call, Call::Merging));
            unet.go_on(stem, text, blocks.clone(), cancel).map(drop)
        };
        Ok(Prepared { flop, bytes, run: Box::new(run) as _ })
    };
    let name = match call {
        Call::Whole => "U-Net call".to_owned(),
        Call::Merging => "U-Net call, tokens merged".to_owned(),
        Call::Between(reuse) => format!("U-Net between whole calls, {reuse} reuse"),
    };
    stage(&name, format!("{shape:?}"), prepare)
}

/// Operations of a call for one clip.
fn flop_of_call(
    config: &UNetConfig,
    unet: &UNet,
    shape: [usize; 5],
    blocks: &Blocks,
    pools_kv: bool,
    device: &Device,
) -> f64 {
    let cost = Tracer::measure(Target::of(device), |tracer| {
        let blocks = match blocks {
            Blocks::All => MetaBlocks::All,
            Blocks::AllAndKeep { depth } => MetaBlocks::AllAndKeep { depth: *depth },
            Blocks::Last { depth, deep } => MetaBlocks::Last { depth: *depth, deep: Some(tracer.tensor(&deep.dims())) },
        };
        let stem = unet.cost_of_begin(tracer, tracer.tensor(&shape)).pooling_kv(pools_kv);
        let text = tracer.tensor(&[1, CONTEXT_TOKENS, config.context_dim]);
        unet.cost_of_go_on(tracer, stem, text, blocks)
    });
    cost.flop.total()
}

fn decode<'a>(subject: &'a Subject, latent: Images, device: &'a Device, cancel: &'a CancelToken) -> Case<'a> {
    let config = &subject.config.vae;
    let shape = [1, latent.height, latent.width, config.z_channels];
    let prepare = move || {
        let loader = ParamLoader::new(&*subject.weights, device);
        let decoder = VaeDecoder::init(config, &loader.path(VAE_PREFIX))?;
        let latents: Tensor<4> = noise(shape, device);
        let scale = config.downsampling();
        let picture = [scale * latent.height, scale * latent.width, 3];
        let flop =
            Tracer::measure(Target::of(device), |tracer| decoder.cost(tracer, tracer.tensor(&shape))).flop.total();
        let bytes = bytes_of(&decoder) + floats(&shape) + floats(&picture);
        let run = move || decoder.decode(latents.clone(), cancel).map(drop);
        Ok(Prepared { flop, bytes, run: Box::new(run) as _ })
    };
    stage("decode of a frame", format!("{shape:?}"), prepare)
}

fn stage<'a>(name: &str, shape: String, prepare: impl FnOnce() -> Result<Prepared<'a>, EngineError> + 'a) -> Case<'a> {
    Case { kind: Kind::Stage, name: name.to_owned(), shape, prepare: Box::new(prepare) }
}

fn noise<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn floats(shape: &[usize]) -> u64 {
    4 * shape.iter().product::<usize>() as u64
}

/// Bytes of a network's weights in the number formats in which they are kept.
fn bytes_of(module: &impl Module) -> u64 {
    struct Bytes(u64);
    impl ModuleVisitor for Bytes {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val();
            self.0 += (tensor.dims().iter().product::<usize>() * tensor.dtype().size()) as u64;
        }
    }
    let mut bytes = Bytes(0);
    module.visit(&mut bytes);
    bytes.0
}
