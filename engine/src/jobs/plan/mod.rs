//! What a job will hold in memory, stage by stage, before it starts; and how it decodes so that it fits.
//!
//! Activations are what the layers themselves say that a pass costs ([`nn::cost`](crate::nn::cost)), and weights are counted
//! where the model's file keeps them. Nothing here is measured; that the counter of [`memory`](crate::memory) agrees is a test.

mod need;

use std::collections::HashSet;
use std::sync::Arc;

pub use self::need::{JobNeed, JobUse, StageNeed};
use super::models::{is_encoder, params};
use crate::device::{DeviceChoice, DeviceKind};
use crate::jobs::advice::Advice;
use crate::jobs::error::EngineError;
use crate::kernels::{Narrowest, gpus_read_q8};
use crate::nn::cost::Cost;
pub use crate::nn::cost::Target;
use crate::nn::params::RegisteredParam;
use crate::pipeline::clip_text::TEXT_PREFIX;
use crate::pipeline::cost::{ClipCost, MetaNetworks};
use crate::pipeline::generate::frames_at_once;
use crate::pipeline::settings::ClipSettings;
use crate::pipeline::vae::{Decoding, Tiles, VAE_PREFIX};
use crate::weights::{Checkpoint, Dtype, ModelFile, Precisions, StoredTensor, WeightPrecision};

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
    networks: Arc<MetaNetworks>,
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
    /// When the networks cannot be built.
    pub fn new(file: &ModelFile) -> Result<Self, EngineError> {
        let networks = Arc::new(MetaNetworks::new(&file.description().config)?);
        let planner = |target| Planner::new(networks.clone(), file, &HashSet::new(), target);
        Ok(Self { host: planner(Target::host())?, gpu: planner(Target::gpu())? })
    }

    /// A planner on `target` for the file that these are of, where weights whose names are in `changed` have other values.
    ///
    /// # Errors
    /// When the networks cannot be built.
    pub fn changed(&self, file: &ModelFile, changed: &HashSet<String>, target: Target) -> Result<Planner, EngineError> {
        Planner::new(self.host.networks.clone(), file, changed, target)
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
            // The processor uses weights where they lie in the file; layers that take no 8 bits have them unpacked to 32.
            let in_place = is_taken && (stored != WeightPrecision::Q8 || param.narrowest == Narrowest::Q8);
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
    fn new(
        networks: Arc<MetaNetworks>,
        file: &ModelFile,
        changed: &HashSet<String>,
        target: Target,
    ) -> Result<Self, EngineError> {
        let [mut text, mut unet, mut vae] = [Weights::default(); 3];
        let on_device = |param: &RegisteredParam| target.on_host || !param.on_host;
        let params: Vec<_> = params(networks.config())?
            .into_iter()
            .filter(|param| !is_encoder(&param.name) && on_device(param))
            .collect();
        for param in &params {
            let network = match &param.name {
                name if name.starts_with(TEXT_PREFIX) => &mut text,
                name if name.starts_with(VAE_PREFIX) => &mut vae,
                _ => &mut unet,
            };
            network.held += if target.on_host { HANDLE_BYTES } else { 0 };
            let stays = takes_stored(param) && !changed.contains(&param.name);
            let checkpoint = file.checkpoint();
            let is_q8 = checkpoint.tensor(&param.name).is_some_and(|tensor| tensor.dtype() == Dtype::I8);
            let is_taken = stays && (!is_q8 || param.narrowest == Narrowest::Q8);
            if is_taken && target.on_host && checkpoint.is_used_in_place(&param.name) {
                network.mapped += checkpoint.tensor(&param.name).map_or(0, |tensor| tensor.byte_len() as usize);
            } else {
                let gpu_keeps = stays && !target.on_host;
                let precision = if gpu_keeps { kept_on_gpu(checkpoint, param) } else { WeightPrecision::F32 };
                network.held += precision.bytes(&param.shape);
            }
        }
        let converted =
            [WeightPrecision::F16, WeightPrecision::Q8].map(|it| (it, held_of_converted(&params, it, target)));
        Ok(Self { networks, target, text, unet, vae, converted })
    }

    /// Whether the text encoder is dropped once it has read the prompt.
    pub fn drops_text_encoder(&self) -> bool {
        self.text.held >= SMALL_TEXT_ENCODER
    }

    fn latent(&self, clip: &ClipSettings) -> [usize; 2] {
        let unit = self.networks.config().vae.downsampling();
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

    /// The fastest way to decode that keeps the job within `limits`, and within `spare` bytes too if one does. Where none does the
    /// job is made all the same: `false`, with a way to decode that needs no more than the steps before it, where there is one.
    ///
    /// # Errors
    /// As [`Planner::within`] of `limits` alone.
    pub fn sparing(&self, clip: &ClipSettings, limits: &Limits, spare: usize) -> Result<(Decoding, bool), EngineError> {
        let both = Limits { memory_bytes: limits.memory_bytes.min(spare), ..limits.clone() };
        if let Ok(decoding) = self.within(clip, &both) {
            return Ok((decoding, true));
        }
        let mut decoding = self.within(clip, limits)?;
        loop {
            let need = self.need(clip, decoding);
            match self.smaller(clip, decoding) {
                Some(smaller) if need.decode.held_bytes() > need.denoise.held_bytes() => decoding = smaller,
                _ => return Ok((decoding, false)),
            }
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
        let cost = self.cost(clip, decoding);
        let decode = stage(&after_text, &cost.decode);
        // The clip itself, as bytes and as the latest preview.
        let pixels = 2 * 3 * clip.frames as usize * (clip.height * clip.width) as usize;
        JobNeed {
            text: stage(&[self.text, self.unet, self.vae], &cost.text),
            denoise: stage(&after_text, &cost.denoise),
            decode: StageNeed { activations_bytes: decode.activations_bytes + pixels, ..decode },
            frames_at_once: decoding.frames.min(clip.frames as usize),
            tiles: decoding.tiles.rows * decoding.tiles.columns,
        }
    }

    /// What a job costs that decodes this way: its layers say so.
    pub fn cost(&self, clip: &ClipSettings, decoding: Decoding) -> ClipCost {
        self.networks.cost(clip, decoding, self.target)
    }
}

/// What a stage needs with these networks.
fn stage(networks: &[Weights], cost: &Cost) -> StageNeed {
    StageNeed {
        weights_bytes: networks.iter().map(|network| network.held).sum(),
        mapped_bytes: networks.iter().map(|network| network.mapped).sum(),
        activations_bytes: cost.peak_bytes,
        workspace_bytes: cost.workspace_bytes,
        largest_buffer_bytes: cost.largest_buffer_bytes,
    }
}
