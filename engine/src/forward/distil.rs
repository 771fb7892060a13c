//! Stage 1 on given tensors: one step with its gradients, or a run of updates.

use std::collections::BTreeSet;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::config::StageConfig;
use super::inputs::{Inputs, InputsUnfit};
use super::outputs::Output;
use super::{StageFiles, named};
use crate::jobs::error::EngineError;
use crate::model::{DiffusionConfig, NumberRange};
use crate::nn::config::UNetConfig;
use crate::nn::hook::NoHook;
use crate::nn::params::{NamedTensor, ParamLoader};
use crate::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::TrainError;
use crate::training::objectives::Batch as _;
use crate::training::objectives::guided_distillation::{GuidedClips, GuidedDistillation, Teacher};
use crate::training::prune::PruneUnfit;
use crate::training::trainer::optimizer::{self, AdamWSettings, StateBits};
use crate::training::trainer::schedule::step_rate;
use crate::training::trainer::{StepOptions, TrainSetup, TrainStart, Trainer, TrainerSettings, gradients};

/// A teacher's network, frozen.
pub(super) fn teacher(files: &StageFiles<'_>, config: &UNetConfig, device: &Device) -> Result<Teacher, EngineError> {
    let loader = ParamLoader::new(files.teacher()?, device);
    Ok(Teacher { unet: UNet::init(config, &loader.path(UNET_PREFIX))?, channels: config.model_channels })
}

/// Network configurations of student and teacher, which take and give tensors of the same sizes.
pub(super) fn networks(files: &StageFiles<'_>, config: &StageConfig<'_>) -> Result<[UNetConfig; 2], EngineError> {
    let student = config.unet("unet_config", files.checkpoint)?;
    let teacher = config.unet("teacher_unet_config", files.teacher()?)?;
    let sizes = [
        ("in_channels", student.in_channels, teacher.in_channels),
        ("out_channels", student.out_channels, teacher.out_channels),
        ("out_channels", student.out_channels, student.in_channels),
        ("context_dim", student.context_dim, teacher.context_dim),
    ];
    match sizes.into_iter().find(|(_, student, teacher)| student != teacher) {
        Some((size, student, teacher)) => Err(config
            .unusable(PruneUnfit::Size { size, student: student.to_string(), teacher: teacher.to_string() }.into())),
        None => Ok([student, teacher]),
    }
}

/// Sides of a latent must be multiples of this for both networks.
pub(super) fn multiple_of(networks: [&UNetConfig; 2]) -> usize {
    networks.map(UNetConfig::latent_multiple).into_iter().max().unwrap_or(1)
}

fn objective(
    files: &StageFiles<'_>,
    config: &StageConfig<'_>,
    [student, teacher_config]: [&UNetConfig; 2],
    device: &Device,
) -> Result<GuidedDistillation, EngineError> {
    let guidance = config.number("guidance", NumberRange::Finite)? as f32;
    let scale_b = config.number("base_scale", NumberRange::PositiveShare)?;
    let diffusion = DiffusionConfig { use_scale: true, scale_b, ..DiffusionConfig::default() };
    Ok(GuidedDistillation::new(teacher(files, teacher_config, device)?, student.model_channels, guidance, &diffusion))
}

/// The clips of one tensor with all others beside it. `lead` sides stand before the batch, and are put into it.
fn clips(inputs: &Inputs<'_>, [student, teacher]: [&UNetConfig; 2], lead: &Lead) -> Result<GuidedClips, EngineError> {
    let (clean, rows) = lead.clips(inputs, "x_start", student.in_channels, multiple_of([student, teacher]))?;
    let noise = lead.like(inputs, "noise", &rows)?;
    let text = lead.text(inputs, "context", &rows, student.context_dim)?;
    let empty = inputs.sized("uncond_context", [Some(1), None, Some(teacher.context_dim)])?;
    let timesteps = lead.numbers(inputs, "timesteps", &rows)?;
    let fps =
        if student.fps_cond || teacher.fps_cond { lead.numbers(inputs, "fps", &rows)? } else { vec![0.0; rows.batch] };
    let timesteps = inputs.below("timesteps", timesteps, TRAIN_TIMESTEPS)?;
    let fps = fps.into_iter().map(|value| value as f32).collect();
    Ok(GuidedClips { clean, noise, timesteps, text, empty, fps })
}

/// Whether inputs have a side for the updates before that for the clips.
enum Lead {
    None,
    /// So many micro-batches.
    Steps(usize),
}

/// Sizes of what came in.
struct Rows {
    batch: usize,
    shape: [usize; 5],
}

impl Lead {
    fn clips(
        &self,
        inputs: &Inputs<'_>,
        name: &str,
        channels: usize,
        multiple: usize,
    ) -> Result<(Tensor<5>, Rows), EngineError> {
        let channels = Some(channels);
        let x = match self {
            Self::None => inputs.sized(name, [None, channels, None, None, None])?,
            &Self::Steps(steps) => {
                let x: Tensor<6> = inputs.sized(name, [Some(steps), None, channels, None, None, None])?;
                let [steps, batch, channels, frames, height, width] = x.dims();
                x.reshape([steps * batch, channels, frames, height, width])
            }
        };
        let shape @ [batch, _, _, height, width] = x.dims();
        if !height.is_multiple_of(multiple) || !width.is_multiple_of(multiple) {
            return Err(inputs.unfit(InputsUnfit::Sides { name: name.to_owned(), height, width, multiple }));
        }
        Ok((x, Rows { batch, shape }))
    }

    fn like(&self, inputs: &Inputs<'_>, name: &str, rows: &Rows) -> Result<Tensor<5>, EngineError> {
        let [batch, channels, frames, height, width] = rows.shape;
        match self {
            Self::None => inputs.sized(name, rows.shape.map(Some)),
            &Self::Steps(steps) => {
                let sides = [steps, batch / steps, channels, frames, height, width];
                Ok(inputs.sized::<6>(name, sides.map(Some))?.reshape(rows.shape))
            }
        }
    }

    fn text(&self, inputs: &Inputs<'_>, name: &str, rows: &Rows, width: usize) -> Result<Tensor<3>, EngineError> {
        match self {
            Self::None => inputs.sized(name, [Some(rows.batch), None, Some(width)]),
            &Self::Steps(steps) => {
                let text: Tensor<4> = inputs.sized(name, [Some(steps), Some(rows.batch / steps), None, Some(width)])?;
                let [_, _, tokens, width] = text.dims();
                Ok(text.reshape([rows.batch, tokens, width]))
            }
        }
    }

    /// One number for each clip.
    fn numbers(&self, inputs: &Inputs<'_>, name: &str, rows: &Rows) -> Result<Vec<f64>, EngineError> {
        match self {
            Self::None => inputs.each_clip(name, rows.batch),
            &Self::Steps(steps) => {
                let (numbers, shape) = inputs.numbers::<2>(name)?;
                let wanted = [steps, rows.batch / steps];
                if shape != wanted {
                    let [steps, batch] = wanted;
                    let (name, shape, wanted) = (name.to_owned(), shape.to_vec(), format!("{steps}, {batch}"));
                    return Err(inputs.unfit(InputsUnfit::Shape { name, shape, wanted }));
                }
                Ok(numbers)
            }
        }
    }
}

/// One step: `x_noisy`, `eps_cond`, `eps_uncond`, `target`, `prediction`, `loss`, `grad_norm` of all parameters before it is clipped,
/// and `grad.NAME` for the names in `grads`.
pub(super) fn step(
    files: &StageFiles<'_>,
    config: &StageConfig<'_>,
    inputs: &Inputs<'_>,
    device: &Device,
) -> Result<Vec<Output>, EngineError> {
    let [student_config, teacher_config] = &networks(files, config)?;
    let clips = clips(inputs, [student_config, teacher_config], &Lead::None)?;
    let objective = objective(files, config, [student_config, teacher_config], device)?;
    let loader = ParamLoader::new(files.checkpoint, &device.clone().autodiff());
    let student = UNet::init(student_config, &loader.path(UNET_PREFIX))?;
    let registry = loader.into_registry();
    let wanted = config.names("grads")?;
    config.check_trained("grads", &wanted, &registry)?;
    let terms = objective.terms(&student, &clips, &NoHook);
    let grads = GradientsParams::from_grads(terms.loss.backward(), &student);
    let grads = gradients::named(&registry, &student, grads);
    let mut outputs: Vec<Output> = vec![
        named("x_noisy", terms.noisy).into(),
        named("eps_cond", terms.conditional).into(),
        named("eps_uncond", terms.unconditional).into(),
        named("target", terms.target).into(),
        named("prediction", terms.prediction).into(),
        named("loss", terms.loss).into(),
        Output::row("grad_norm", std::iter::once(optimizer::norm(grads.iter().map(|grad| &grad.values)))),
    ];
    outputs.extend(listed(grads, &wanted));
    Ok(outputs)
}

/// Those gradients whose names are wanted.
pub(super) fn listed(grads: Vec<NamedTensor>, wanted: &BTreeSet<String>) -> impl Iterator<Item = Output> {
    let wanted = grads.into_iter().filter(|grad| wanted.contains(&grad.name));
    wanted.map(|grad| NamedTensor { name: format!("grad.{}", grad.name), ..grad }.into())
}

/// Keys of the optimiser's section.
const OPTIMIZER_KEYS: [&str; 9] =
    ["steps", "accumulate", "lr", "betas", "eps", "weight_decay", "clip_norm", "lr_step_size", "lr_gamma"];

/// A run of updates by the trainer: `losses` before each, `grad_norms` before clipping, and `final.NAME` for the names in `finals`.
pub(super) fn trace(
    files: &StageFiles<'_>,
    config: &StageConfig<'_>,
    inputs: &Inputs<'_>,
    device: &Device,
) -> Result<Vec<Output>, EngineError> {
    let [student_config, teacher_config] = &networks(files, config)?;
    let section = config.section("optimizer", &OPTIMIZER_KEYS)?;
    let read = || {
        let settings = AdamWSettings {
            betas: section.pair("betas", NumberRange::Share)?,
            eps: section.number("eps", NumberRange::NotNegative)?,
            weight_decay: section.number("weight_decay", NumberRange::NotNegative)?,
            clip_norm: Some(section.number("clip_norm", NumberRange::Positive)?),
            bits: StateBits::Full,
        };
        let steps = section.number("steps", NumberRange::Count)? as usize;
        let accumulate = section.optional("accumulate", NumberRange::Count)?.map_or(1, |count| count as usize);
        let rate = section.number("lr", NumberRange::NotNegative)?;
        let decay = match section.optional("lr_step_size", NumberRange::Count)? {
            Some(every) => (every as usize, section.number("lr_gamma", NumberRange::NotNegative)?),
            None => (steps, 1.0),
        };
        Ok((settings, steps, accumulate, rate, decay))
    };
    let (settings, steps, accumulate, rate, (every, gamma)) = read().map_err(|unfit| config.unfit(unfit))?;
    let all = clips(inputs, [student_config, teacher_config], &Lead::Steps(steps * accumulate))?;
    let objective = objective(files, config, [student_config, teacher_config], device)?;
    let setup = TrainSetup {
        start: TrainStart { weights: files.checkpoint, seed: 0, origin: None },
        settings: TrainerSettings { optimizer: settings, ema_decay: None },
        device,
        adapters: None,
    };
    let build = |loader: &ParamLoader<'_>| UNet::init(student_config, &loader.path(UNET_PREFIX));
    let mut trainer = Trainer::begin(setup, build).map_err(engine_error)?;
    let finals = config.names("finals")?;
    config.check_trained("finals", &finals, trainer.registry())?;
    trainer.options = StepOptions { accumulate, ..StepOptions::default() };
    let clips = all.timesteps.len() / steps;
    let (mut losses, mut norms) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
    for step in 0..steps {
        let batch = all.part(step * clips..(step + 1) * clips);
        let rate = step_rate(rate, every as u64, gamma, step as u64);
        losses.push(trainer.step(&objective, &batch, rate));
        norms.push(trainer.gradient_norm.unwrap_or_default());
    }
    let mut outputs = vec![Output::row("losses", losses.into_iter()), Output::row("grad_norms", norms.into_iter())];
    let weights = trainer.export().into_iter().filter(|tensor| finals.contains(&tensor.name));
    outputs.extend(weights.map(|it| NamedTensor { name: format!("final.{}", it.name), ..it }.into()));
    Ok(outputs)
}

/// The errors that a trainer without a folder can have.
fn engine_error(error: TrainError) -> EngineError {
    match error {
        TrainError::Cancelled(cancelled) => cancelled.into(),
        TrainError::Model(error) => error.into(),
        TrainError::Write(error) => error.into(),
        TrainError::Device(error) => error.into(),
        other => EngineError::Bug { detail: other.to_string() },
    }
}
