//! What a job will hold in memory, stage by stage, before it starts; and how it decodes so that it fits.
//!
//! The numbers come from the networks' shapes: `networks.rs` follows the forward passes on tensors that only have a size
//! (`walk.rs`), and weights are counted where the model's file keeps them. Nothing here is measured; that the counter of
//! [`memory`](crate::memory) agrees is a test.

mod need;
mod networks;
mod walk;

use std::collections::HashSet;

use burn::tensor::Device;

use self::walk::Walk;

pub use self::need::{JobNeed, JobUse, StageNeed};
use super::models::{is_encoder, params};
use crate::device::{DeviceChoice, DeviceKind};
use crate::jobs::advice::Advice;
use crate::jobs::error::EngineError;
use crate::kernels::{Narrowest, gpus_read_q8};
use crate::model::ModelConfig;
use crate::nn::params::RegisteredParam;
use crate::nn::side_by_side::parts;
use crate::pipeline::clip_text::TEXT_PREFIX;
use crate::pipeline::denoise::Predictions;
use crate::pipeline::generate::frames_at_once;
use crate::pipeline::settings::ClipSettings;
use crate::pipeline::vae::{Decoding, Tiles, VAE_PREFIX};
use crate::weights::{Checkpoint, Dtype, ModelFile, Precisions, StoredTensor, WeightPrecision};

/// Where a job runs, as far as its memory depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Bytes of one value of an activation.
    pub element_bytes: usize,
    /// Parts of a job that run at the same time.
    pub threads: usize,
    /// Whether tensors are in the memory of the processor.
    pub on_host: bool,
}

impl Target {
    /// The CPU device.
    pub fn host() -> Self {
        Self { element_bytes: size_of::<f32>(), threads: parts(&Device::flex()), on_host: true }
    }

    /// A GPU that computes in f32.
    pub fn gpu() -> Self {
        Self { element_bytes: size_of::<f32>(), threads: 1, on_host: false }
    }

    /// The device as the engine uses it.
    pub fn of(device: &Device) -> Self {
        if *device == Device::flex() { Self::host() } else { Self::gpu() }
    }
}

/// Bytes of the weights of one network.
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    held: usize,
    mapped: usize,
}

/// What a job may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes in all.
    pub memory_bytes: usize,
    /// Bytes of one buffer.
    pub buffer_bytes: usize,
    /// Name of the device, for messages.
    pub device: String,
}

impl Limits {
    fn allow(&self, stage: &StageNeed) -> bool {
        stage.held_bytes() <= self.memory_bytes && stage.largest_buffer_bytes <= self.buffer_bytes
    }
}

/// Plans the jobs of one model.
#[derive(Clone, Debug)]
pub struct Planner {
    config: ModelConfig,
    target: Target,
    text: Weights,
    unet: Weights,
    vae: Weights,
    /// Bytes of all weights that the device would hold of a file in these number formats, LoRAs merged, the larger format first.
    converted: [(WeightPrecision, usize); 2],
}

/// The planners of one model for both kinds of device.
#[derive(Clone, Debug)]
pub struct Planners {
    host: Planner,
    gpu: Planner,
}

impl Planners {
    /// Those of `file`.
    ///
    /// # Errors
    /// As [`Planner::new`].
    pub fn new(file: &ModelFile) -> Result<Self, EngineError> {
        let planner = |target| Planner::new(file, &HashSet::new(), target);
        Ok(Self { host: planner(Target::host())?, gpu: planner(Target::gpu())? })
    }

    /// The one for a device; `best` is what `auto` picks.
    pub fn of(&self, choice: DeviceChoice, best: DeviceKind) -> &Planner {
        match choice {
            DeviceChoice::Gpu(_) => &self.gpu,
            DeviceChoice::Auto if best < DeviceKind::Software => &self.gpu,
            DeviceChoice::Auto | DeviceChoice::Cpu => &self.host,
        }
    }
}

/// Whether layers take a parameter in the number format of its source.
fn takes_stored(param: &RegisteredParam) -> bool {
    param.narrowest < Narrowest::F32
}

/// The number format in which a GPU keeps a weight that has its file's values.
fn kept_on_gpu(file: &Checkpoint, param: &RegisteredParam) -> WeightPrecision {
    match file.tensor(&param.name).map(StoredTensor::dtype) {
        Some(Dtype::F16) if param.narrowest <= Narrowest::F16 => WeightPrecision::F16,
        Some(Dtype::I8) if gpus_read_q8(&param.shape) => WeightPrecision::Q8,
        _ => WeightPrecision::F32,
    }
}

/// What the program holds for each parameter beside its values: burn's state of it, shapes, names.
const HANDLE_BYTES: usize = 1_750;

/// Bytes of weights that a device would hold of a model file of ours in a number format.
fn held_of_converted(params: &[RegisteredParam], precision: WeightPrecision, target: Target) -> usize {
    let shapes = params.iter().map(|param| (param.name.as_str(), param.shape.as_slice()));
    let precisions = Precisions::new(precision, shapes);
    let held = |param: &RegisteredParam| {
        let stored = precisions.of(&param.name, &param.shape);
        let is_taken = takes_stored(param);
        if target.on_host {
            // The processor uses 16 and 32 bits where they lie in the file; 8 bits are unpacked to 32.
            let in_place = is_taken && stored != WeightPrecision::Q8;
            return HANDLE_BYTES + if in_place { 0 } else { WeightPrecision::F32.bytes(&param.shape) };
        }
        let kept = match stored {
            WeightPrecision::Q8 if is_taken && gpus_read_q8(&param.shape) => WeightPrecision::Q8,
            WeightPrecision::F16 if is_taken && param.narrowest <= Narrowest::F16 => WeightPrecision::F16,
            _ => WeightPrecision::F32,
        };
        kept.bytes(&param.shape)
    };
    params.iter().map(held).sum()
}

/// A text encoder that holds less than this stays for the next job.
const SMALL_TEXT_ENCODER: usize = 32 << 20;

impl Planner {
    /// A planner for `file` on `target`; weights whose names are in `changed` have other values than the file's.
    ///
    /// # Errors
    /// When the networks cannot be built.
    pub fn new(file: &ModelFile, changed: &HashSet<String>, target: Target) -> Result<Self, EngineError> {
        let config = file.description().config.clone();
        let [mut text, mut unet, mut vae] = [Weights::default(); 3];
        let on_device = |param: &RegisteredParam| target.on_host || !param.on_host;
        let params: Vec<_> =
            params(&config)?.into_iter().filter(|param| !is_encoder(&param.name) && on_device(param)).collect();
        for param in &params {
            let network = match &param.name {
                name if name.starts_with(TEXT_PREFIX) => &mut text,
                name if name.starts_with(VAE_PREFIX) => &mut vae,
                _ => &mut unet,
            };
            network.held += if target.on_host { HANDLE_BYTES } else { 0 };
            let stays = takes_stored(param) && !changed.contains(&param.name);
            let checkpoint = file.checkpoint();
            if stays && target.on_host && checkpoint.is_used_in_place(&param.name) {
                network.mapped += checkpoint.tensor(&param.name).map_or(0, |tensor| tensor.byte_len() as usize);
            } else {
                let gpu_keeps = stays && !target.on_host;
                let precision = if gpu_keeps { kept_on_gpu(checkpoint, param) } else { WeightPrecision::F32 };
                network.held += precision.bytes(&param.shape);
            }
        }
        let converted =
            [WeightPrecision::F16, WeightPrecision::Q8].map(|it| (it, held_of_converted(&params, it, target)));
        Ok(Self { config, target, text, unet, vae, converted })
    }

    /// Whether the text encoder is dropped once it has read the prompt.
    pub fn drops_text_encoder(&self) -> bool {
        self.text.held >= SMALL_TEXT_ENCODER
    }

    fn latent(&self, clip: &ClipSettings) -> [usize; 2] {
        let unit = self.config.vae.downsampling();
        [clip.height as usize / unit, clip.width as usize / unit]
    }

    /// The fastest way to decode.
    pub fn fastest(&self, clip: &ClipSettings) -> Decoding {
        let at_once = frames_at_once(clip.height as usize, clip.width as usize);
        Decoding { frames: at_once.min(clip.frames as usize), tiles: Tiles::WHOLE }
    }

    /// The next way to decode with less memory.
    pub fn smaller(&self, clip: &ClipSettings, decoding: Decoding) -> Option<Decoding> {
        decoding.smaller(self.latent(clip))
    }

    /// The fastest way to decode that keeps the job within `limits`.
    ///
    /// # Errors
    /// `MemoryTooSmall` or `BufferTooSmall` when there is none.
    pub fn within(&self, clip: &ClipSettings, limits: &Limits) -> Result<Decoding, EngineError> {
        let mut decoding = self.fastest(clip);
        loop {
            let need = self.need(clip, decoding);
            if need.stages().iter().all(|stage| limits.allow(stage)) {
                return Ok(decoding);
            }
            decoding = match self.smaller(clip, decoding) {
                Some(smaller) if limits.allow(&need.text) && limits.allow(&need.denoise) => smaller,
                _ => return Err(self.too_small(clip, need, limits)),
            };
        }
    }

    fn too_small(&self, clip: &ClipSettings, need: JobNeed, limits: &Limits) -> EngineError {
        let fits = |clip: &ClipSettings| limits.allow(&self.need(clip, self.fastest(clip)).denoise);
        let fewer = (1..clip.frames).rev().find(|&frames| fits(&ClipSettings { frames, ..clip.clone() }));
        let weights = need.stages().iter().map(|stage| stage.weights_bytes).max().unwrap_or(0);
        let advice = match fewer {
            _ if weights > limits.memory_bytes => self.for_smaller_weights(weights, limits.memory_bytes),
            Some(frames) => Advice::FewerFrames { frames },
            None => Advice::SmallerSize,
        };
        let largest = need.stages().iter().map(|stage| stage.largest_buffer_bytes).max().unwrap_or(0);
        if need.held_bytes() <= limits.memory_bytes {
            let (device, limit_bytes) = (limits.device.clone(), limits.buffer_bytes);
            return EngineError::BufferTooSmall { device, need_bytes: largest, limit_bytes, advice };
        }
        EngineError::MemoryTooSmall { need_bytes: need.held_bytes(), limit_bytes: limits.memory_bytes, advice }
    }

    /// What helps where weights of `held` bytes are more than `limit`: a number format of which this device holds less.
    fn for_smaller_weights(&self, held: usize, limit: usize) -> Advice {
        let lighter = || self.converted.iter().filter(|(_, bytes)| *bytes < held);
        // The most exact one that fits, else the one that comes nearest.
        let best = lighter().find(|(_, bytes)| *bytes <= limit).or_else(|| lighter().min_by_key(|(_, bytes)| *bytes));
        match best {
            Some((WeightPrecision::Q8, _)) => Advice::ConvertModel { format: "q8" },
            Some(_) if self.target.on_host => Advice::ConvertToMapped { format: "f16" },
            Some(_) => Advice::ConvertModel { format: "f16" },
            None => Advice::SmallerModel,
        }
    }

    /// What a job needs that decodes this way.
    pub fn need(&self, clip: &ClipSettings, decoding: Decoding) -> JobNeed {
        let after_text =
            if self.drops_text_encoder() { vec![self.unet, self.vae] } else { vec![self.text, self.unet, self.vae] };
        let walk = Walk::new(&self.target);
        networks::text(&walk, &self.config.text);
        JobNeed {
            text: stage(&[self.text, self.unet, self.vae], 1, &walk),
            denoise: self.denoise(clip, &after_text),
            decode: self.decode(clip, decoding, &after_text),
            frames_at_once: decoding.frames.min(clip.frames as usize),
            tiles: decoding.tiles.rows * decoding.tiles.columns,
        }
    }

    fn denoise(&self, clip: &ClipSettings, weights: &[Weights]) -> StageNeed {
        let Self { config, target, .. } = self;
        let frames = clip.frames as usize;
        let [height, width] = self.latent(clip);
        let elements = config.unet.in_channels * frames * height * width;
        // On the processor two predictions run in parallel, elsewhere as one batch.
        let [batch, side_by_side, in_turn] = match Predictions::of(clip.sampler, clip.guidance, elements) {
            Predictions::One => [1, 1, 1],
            Predictions::Together if target.threads == 1 => [2, 1, 1],
            Predictions::Together => [1, 2, 1],
            Predictions::InTurn => [1, 1, 2],
        };
        let reuse = clip.reuse.plan();
        let rest = |kept: usize, feature: Option<[usize; 4]>| {
            let walk = Walk::new(target);
            let held: Vec<_> = feature.iter().flat_map(|dims| vec![dims; kept]).map(|dims| walk.tensor(dims)).collect();
            let depth = reuse.map(|plan| plan.depth as usize);
            let (_, feature) = networks::unet_rest(&walk, &config.unet, [batch, frames, height, width], depth);
            let feature = feature.map(|feature| feature.dims());
            drop(held);
            (stage(weights, side_by_side, &walk), feature)
        };
        let (_, feature) = rest(0, None);
        // What steps before left is there until a whole step leaves its own; so is what the first of two in turn left.
        let goes_on = reuse.is_some_and(|plan| clip.steps > plan.interval);
        let (whole, _) = rest(if goes_on { in_turn } else { in_turn - 1 }, feature);
        let walk = Walk::new(target);
        let kept = if clip.steps > 1 { side_by_side * in_turn } else { 0 };
        let _held: Vec<_> = feature.iter().flat_map(|dims| vec![dims; kept]).map(|dims| walk.tensor(dims)).collect();
        networks::unet_stem(&walk, &config.unet, [1, frames, height, width]);
        whole.or(stage(weights, 1, &walk))
    }

    fn decode(&self, clip: &ClipSettings, decoding: Decoding, weights: &[Weights]) -> StageNeed {
        let Self { config, target, .. } = self;
        let latent @ [height, width] = self.latent(clip);
        let walk = Walk::new(target);
        let frames = clip.frames as usize;
        let side_by_side = if decoding.tiles == Tiles::WHOLE {
            let at_once = decoding.frames.min(frames);
            let share = at_once.div_ceil(target.threads);
            networks::decoder(&walk, &config.vae, [share, height, width]);
            at_once.div_ceil(share)
        } else {
            networks::decoder_in_tiles(&walk, &config.vae, latent, decoding.tiles);
            1
        };
        let need = stage(weights, side_by_side, &walk);
        // The clip itself, as bytes and as the latest preview.
        let clip = 2 * 3 * frames * (clip.height * clip.width) as usize;
        StageNeed { activations_bytes: need.activations_bytes + clip, ..need }
    }
}

/// What a stage needs with these networks where so many walks happen at the same time.
fn stage(networks: &[Weights], side_by_side: usize, walk: &Walk<'_>) -> StageNeed {
    StageNeed {
        weights_bytes: networks.iter().map(|network| network.held).sum(),
        mapped_bytes: networks.iter().map(|network| network.mapped).sum(),
        activations_bytes: walk.peak() * side_by_side,
        workspace_bytes: walk.workspace() * side_by_side,
        largest_buffer_bytes: walk.largest(),
    }
}
