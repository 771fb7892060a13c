//! What a run will hold in memory and compute, before it begins: told by the layers themselves ([`crate::nn::cost`]), the sizes of
//! the files and the numbers of the recipe. Nothing is measured; that the counter of [`memory`](hummingbird_base::memory) agrees is
//! a test (`tests/tests/training_estimate.rs`).

use serde::Serialize;

use super::encoders::GROUP;
use super::settings::{OptimizerSettings, RunSettings};
use crate::kernels::Narrowest;
use crate::model::ModelConfig;
use crate::nn::adapter::is_factor;
use crate::nn::cost::{Cost, MetaTensor, Mode, Target, Tracer, Trained};
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamRegistry, RegisteredParam};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::unet::UNet;
use crate::pipeline::handoff::CONTEXT_TOKENS;
use crate::pipeline::vae::{Decoding, Tiles, VAE_PREFIX, Vae};
#[cfg(doc)]
use crate::training::objectives::Batch;
use crate::training::objectives::ClipShape;
use crate::training::trainer::optimizer::Moments;
use crate::training::trainer::threads_of_a_step;
use crate::weights::{Checkpoint, Dtype, FileError};

/// What the program holds for each parameter beside its values: burn's state of it, shapes, names.
const HANDLE_BYTES: usize = 1_750;
/// Bytes of an f32.
const F32: usize = size_of::<f32>();
/// Colours of a pixel.
const RGB: usize = 3;

/// Where the weights of frozen networks are.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'a> {
    /// In a file that is there.
    In(&'a Checkpoint),
    /// In a file that an earlier stage will write, in this number format.
    Later(Dtype),
}

impl<'a> From<&'a Checkpoint> for Stored<'a> {
    fn from(file: &'a Checkpoint) -> Self {
        Self::In(file)
    }
}

impl Stored<'_> {
    /// Bytes of a parameter that layers use where it lies in the file.
    fn in_place(self, param: &RegisteredParam) -> Option<usize> {
        match self {
            Self::In(file) if file.is_used_in_place(&param.name) => {
                Some(file.tensor(&param.name).map_or(0, |tensor| tensor.byte_len() as usize))
            }
            Self::In(_) => None,
            Self::Later(dtype) => Some(count(param) * if dtype == Dtype::F16 { F32 / 2 } else { F32 }),
        }
    }

    fn is_half(self, param: &RegisteredParam) -> bool {
        match self {
            Self::In(file) => file.tensor(&param.name).is_some_and(|tensor| tensor.dtype() == Dtype::F16),
            Self::Later(dtype) => dtype == Dtype::F16,
        }
    }
}

/// Bytes of the weights of some networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    /// In memory of the program or of the device.
    pub held: usize,
    /// Used where the system keeps their file; it can take that memory back at any time.
    pub mapped: usize,
}

impl Weights {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { held: self.held + other.held, mapped: self.mapped + other.mapped }
    }

    /// Those of frozen networks, as `file` has them.
    pub fn frozen<'a>(params: &ParamRegistry, file: impl Into<Stored<'a>>, target: Target) -> Self {
        let file = file.into();
        params.params().into_iter().map(|param| Self::of(param, file, target)).fold(Self::default(), Self::and)
    }

    fn of(param: &RegisteredParam, file: Stored<'_>, target: Target) -> Self {
        let handle = Self { held: HANDLE_BYTES, mapped: 0 };
        let takes_stored = param.narrowest < Narrowest::F32;
        if let Some(mapped) = file.in_place(param).filter(|_| takes_stored && target.on_host) {
            return handle.and(Self { held: 0, mapped });
        }
        let stays_half = takes_stored && !target.on_host && file.is_half(param) && !param.on_host;
        handle.and(Self { held: count(param) * if stays_half { F32 / 2 } else { F32 }, mapped: 0 })
    }
}

/// What is trained of a network, and all of its weights.
#[derive(Clone, Debug)]
pub struct StudentWeights {
    /// Weights that are trained.
    pub trained: Trained,
    /// Values of each parameter of it that is held twice where there is an average, and written into checkpoints.
    pub values: Vec<usize>,
    /// Of these, the ones that get gradients.
    pub updated: Vec<usize>,
    /// Weights that are not, with the handles of all.
    pub frozen: Weights,
}

impl StudentWeights {
    /// A network of which all weights are trained, in f32.
    pub fn whole(params: &ParamRegistry) -> Self {
        Self::part(params, |_| true)
    }

    /// The same where only parameters of some names get gradients.
    pub fn part(params: &ParamRegistry, is_updated: impl Fn(&str) -> bool) -> Self {
        let all = params.params();
        let updated = all.iter().filter(|param| is_updated(&param.name)).map(|param| count(param)).collect();
        let values: Vec<usize> = all.into_iter().map(count).collect();
        let frozen = Weights { held: HANDLES * HANDLE_BYTES * values.len(), mapped: 0 };
        Self { trained: Trained::All, values, updated, frozen }
    }

    /// A network of which only low-rank branches are trained; all else is as `file` has it.
    pub fn branches<'a>(params: &ParamRegistry, file: impl Into<Stored<'a>>, target: Target) -> Self {
        let (all, file) = (params.params(), file.into());
        let (branches, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|param| is_factor(&param.name));
        let handles = Weights { held: HANDLES * HANDLE_BYTES * branches.len() + rest.len() * HANDLE_BYTES, mapped: 0 };
        let frozen = rest.into_iter().map(|param| Weights::of(param, file, target)).fold(handles, Weights::and);
        let values: Vec<usize> = branches.into_iter().map(count).collect();
        Self { trained: Trained::Branches, updated: values.clone(), values, frozen }
    }
}

/// A trained network is there with and without gradients.
const HANDLES: usize = 2;

fn count(param: &RegisteredParam) -> usize {
    param.shape.iter().product()
}

/// Where a run holds most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// While clips become latents.
    Batch,
    /// In the passes of an update.
    Update,
    /// While a checkpoint is written, or in the validation after it.
    Checkpoint,
    /// While a sample grid is made.
    Grid,
}

/// What a run will hold, in bytes, and compute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Weights that are trained.
    pub trained_bytes: usize,
    /// Their running average, where there is one.
    pub average_bytes: usize,
    /// Weights of frozen networks that are held in memory.
    pub frozen_bytes: usize,
    /// Weights that are used where their files lie, beside all that is held: the system can take that memory back.
    pub mapped_bytes: usize,
    /// The optimiser's state, always in the processor's memory.
    pub optimizer_bytes: usize,
    /// Gradients of the trained weights: once for each thread that shares a step, and once more where micro-batches are summed up.
    pub gradient_bytes: usize,
    /// Data that stay in memory: latents, distillation sets, pictures of sample grids.
    pub kept_bytes: usize,
    /// What an update holds beside all of these: activations, clips, what kernels take.
    pub activation_bytes: usize,
    /// Held while clips become latents.
    pub batch_bytes: usize,
    /// Held in an update.
    pub update_bytes: usize,
    /// Held while a checkpoint is written, and in the validation after it.
    pub checkpoint_bytes: usize,
    /// Held while a sample grid is made.
    pub grid_bytes: usize,
    /// The most of the last four.
    pub peak_bytes: usize,
    /// Which of them it is.
    pub peak_at: Moment,
    /// Whether the optimiser's state is in other memory than all else.
    pub optimizer_apart: bool,
    /// Floating-point operations of an update, two for each multiply-add.
    pub update_flop: f64,
}

/// All that an estimate is made of.
pub struct Plan<'a> {
    /// Where it runs.
    pub target: Target,
    /// How long, in what steps.
    pub run: &'a RunSettings,
    /// Whether threads share a step ([`Batch::IS_MEAN`]).
    pub is_mean: bool,
    /// How weights are updated.
    pub optimizer: &'a OptimizerSettings,
    /// What is dropped.
    pub dropout: DropoutRates,
    /// What is trained.
    pub student: StudentWeights,
    /// All other networks.
    pub frozen: Weights,
    /// What makes a batch.
    pub batch: Cost,
    /// Tensors of a batch, for one clip, in bytes.
    pub clip_bytes: usize,
    /// Data that stay in memory, in bytes.
    pub kept: usize,
    /// What is computed after each checkpoint.
    pub validation: Cost,
    /// What makes a sample grid.
    pub grid: Cost,
}

impl Plan<'_> {
    /// The estimate; `update` traces the loss of so many clips and its gradients, with the student's pass in this mode.
    pub fn estimate(&self, update: impl Fn(&Tracer, usize, Mode)) -> Estimate {
        let Self { target, run, is_mean, optimizer, dropout, student, frozen, kept, .. } = self;
        let parts = run.accumulate.clamp(1, run.batch.max(1));
        let clips = run.batch.div_ceil(parts);
        let mode = Mode { trained: Some(student.trained), recompute: run.checkpoint_activations, dropout: *dropout };
        let pass = |clips: usize| Tracer::measure(*target, |tracer| update(tracer, clips, mode));
        let largest = pass(clips);
        let bytes = |values: &[usize]| F32 * values.iter().sum::<usize>();
        let (trained, updated) = (bytes(&student.values), bytes(&student.updated));
        let average = if optimizer.ema_decay > 0.0 { trained } else { 0 };
        let state: usize = student.updated.iter().map(|&values| Moments::bytes_of(values, optimizer.bits)).sum();
        let frozen = student.frozen.and(*frozen);
        let optimizer_apart = !target.on_host;
        let base = kept + trained + average + frozen.held + if optimizer_apart { 0 } else { state };
        let threads = if target.on_host && *is_mean { threads_of_a_step(trained).min(clips) } else { 1 };
        // Threads have gradients of their own, and micro-batches beside the sum.
        let sums = updated * (threads - 1 + usize::from(parts > 1));
        let update = base + run.batch * self.clip_bytes + sums + held(&largest);
        // Copies of all that is written, one tensor of them as bytes too; while an average is renewed, the old one is still there.
        let largest_tensor = F32 * student.values.iter().max().copied().unwrap_or(0);
        let written = base + trained + average + 2 * largest_tensor;
        let [batch, validation, grid] = [&self.batch, &self.validation, &self.grid].map(|cost| base + held(cost));
        let checkpoint = written.max(validation);
        let moments =
            [(batch, Moment::Batch), (update, Moment::Update), (checkpoint, Moment::Checkpoint), (grid, Moment::Grid)];
        let (peak_bytes, peak_at) = moments.into_iter().max_by_key(|(bytes, _)| *bytes).unwrap_or(moments[1]);
        let rest = run.batch % parts;
        let update_flop = match rest {
            0 => parts as f64 * largest.flop.total(),
            _ => rest as f64 * largest.flop.total() + (parts - rest) as f64 * pass(run.batch / parts).flop.total(),
        };
        Estimate {
            trained_bytes: trained,
            average_bytes: average,
            frozen_bytes: frozen.held,
            mapped_bytes: frozen.mapped,
            optimizer_bytes: state,
            gradient_bytes: updated + sums,
            kept_bytes: *kept,
            activation_bytes: update.saturating_sub(base + updated + sums),
            batch_bytes: batch,
            update_bytes: update,
            checkpoint_bytes: checkpoint,
            grid_bytes: grid,
            peak_bytes,
            peak_at,
            optimizer_apart,
            update_flop: update_flop + self.batch.flop.total(),
        }
    }
}

fn held(cost: &Cost) -> usize {
    cost.peak_bytes + cost.workspace_bytes
}

/// Size of the clips of a run.
#[derive(Clone, Copy, Debug)]
pub struct ClipSize {
    /// Frames.
    pub frames: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
}

impl ClipSize {
    /// One such clip as the networks of `config` see it.
    pub fn shape(&self, config: &ModelConfig) -> ClipShape {
        let unit = config.vae.downsampling();
        let [height, width] = [self.height, self.width].map(|side| side / unit);
        ClipShape {
            latent: [1, config.unet.in_channels, self.frames, height, width],
            text: [1, CONTEXT_TOKENS, config.unet.context_dim],
        }
    }
}

/// Autoencoder and text encoder of a run, without values.
#[derive(Debug)]
pub struct MetaEncoders {
    vae: Vae,
    text: TextEncoder,
    registry: ParamRegistry,
    /// Pixels on a side of a latent's one.
    downsampling: usize,
}

impl MetaEncoders {
    /// Those of these sizes.
    ///
    /// # Errors
    /// None that networks without values have.
    pub fn new(config: &ModelConfig) -> Result<Self, FileError> {
        let loader = ParamLoader::names_only();
        let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX))?;
        let text = TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?;
        let downsampling = config.vae.downsampling();
        Ok(Self { vae, text, registry: loader.into_registry(), downsampling })
    }

    /// Their weights in `file`.
    pub fn weights<'a>(&self, file: impl Into<Stored<'a>>, target: Target) -> Weights {
        Weights::frozen(&self.registry, file, target)
    }

    /// What makes a batch of so many clips.
    pub fn cost(&self, target: Target, clips: usize, size: &ClipSize) -> Cost {
        let ClipSize { frames, height, width } = *size;
        let images = clips * frames;
        let texts = Tracer::measure(target, |tracer| self.text.cost(tracer, clips));
        let encode = Tracer::measure(target, |tracer| {
            // The clips' bytes, and all of their values.
            let _bytes = tracer.tensor(&[(images * height * width * RGB).div_ceil(F32)]);
            let values = tracer.tensor(&[images, height, width, RGB]);
            let of_group = |count: usize| -> Vec<MetaTensor> {
                let group = tracer.copy(values.part(&[count, height, width, RGB]));
                self.vae.cost_of_encode(tracer, group).into()
            };
            drop(tracer.repeat(images / GROUP, || of_group(images.min(GROUP))));
            if !images.is_multiple_of(GROUP) {
                drop(of_group(images % GROUP));
            }
        });
        texts.then(encode)
    }

    /// What makes a sample grid of so many clips with so many passes of `student`.
    pub fn cost_of_grid(&self, target: Target, student: &UNet, clips: ClipShape, steps: usize) -> Cost {
        let pass = Tracer::measure(target, |tracer| {
            let (latent, text) = clips.tensors(tracer);
            tracer.both(latent.clone(), student.cost(tracer, latent, text))
        });
        let [count, _, frames, height, width] = clips.latent;
        let pixels = height * width * self.downsampling.pow(2);
        let decode = Tracer::measure(target, |tracer| {
            // The drawn clips whose captions are shown, and those that are decoded already, as bytes.
            let _shown = tracer.tensor(&[(2 * count * frames * pixels * RGB).div_ceil(F32)]);
            let decoding = Decoding { frames, tiles: Tiles::WHOLE };
            self.vae.decoder().cost_of_clip(tracer, [frames, height, width], decoding);
        });
        pass.times(steps).then(decode.times(count))
    }
}
