//! Stage 2 on given tensors: one step of consistency distillation with the gradients of its low-rank branches.

use std::collections::{BTreeSet, HashMap};

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::config::StageConfig;
use super::distil::{listed, multiple_of, networks, teacher};
use super::inputs::{Inputs, InputsUnfit};
use super::outputs::Output;
use super::{StageFiles, named};
use crate::jobs::error::EngineError;
use crate::model::{ConfigUnfit, DiffusionConfig, LoraUnfit, ModelError, NumberRange};
use crate::nn::adapter::{self, is_factor};
use crate::nn::hook::NoHook;
use crate::nn::params::{ParamLoader, values_of};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::adapters::WithBranches;
use crate::training::objectives::consistency::{Consistency, ConsistencyClips, ConsistencySettings, Mix};
use crate::training::trainer::{gradients, optimizer};
use crate::weights::Checkpoint;

/// The rank of each layer in a file of branches, by the layer's name.
fn ranks_in(file: &Checkpoint) -> HashMap<&str, usize> {
    let down = file.contents().tensors.iter().filter(|tensor| tensor.name().contains(adapter::DOWN));
    down.filter_map(|tensor| Some((adapter::layer_of(tensor.name())?, *tensor.shape().first()?))).collect()
}

/// One step: `start_timesteps`, `timesteps`, `c_skip_start`, `c_out_start`, `c_skip`, `c_out`, `alpha_prev`, `w_embedding`, `x_t`,
/// `eps_student`, `x0_student`, `prediction`, `eps_cond`, `eps_uncond`, `x0_guided`, `eps_guided`, `x_prev`, `eps_target`, `target`,
/// `loss`, `loss_l2`, `grad_norm` of all branches, and `grad.NAME` for the names in `grads`.
pub(super) fn step(
    files: &StageFiles<'_>,
    config: &StageConfig<'_>,
    inputs: &Inputs<'_>,
    device: &Device,
) -> Result<Vec<Output>, EngineError> {
    let [student_config, teacher_config] = &networks(files, config)?;
    let Some(embedding_width) = student_config.time_cond_proj_dim else {
        return Err(config.unfit(ConfigUnfit::Missing { name: "unet_config.params.time_cond_proj_dim".to_owned() }));
    };
    let settings = ConsistencySettings {
        huber_c: config.number("huber_c", NumberRange::Positive)?,
        fps: config.number("fps", NumberRange::NotNegative)? as f32,
        ddim_steps: config.number("ddim_steps", NumberRange::Timesteps)? as usize,
        timestep_scaling: config.number("timestep_scaling", NumberRange::Positive)?,
        sigma_data: config.number("sigma_data", NumberRange::Positive)?,
        // The contract gives the reference's number.
        empty_fps: ConsistencySettings::default().empty_fps,
    };

    let clean: Tensor<5> = inputs.sized("latents", [None, Some(student_config.in_channels), None, None, None])?;
    let shape @ [batch, _, _, height, width] = clean.dims();
    let multiple = multiple_of([student_config, teacher_config]);
    if !height.is_multiple_of(multiple) || !width.is_multiple_of(multiple) {
        return Err(inputs.unfit(InputsUnfit::Sides { name: "latents".to_owned(), height, width, multiple }));
    }
    let index = inputs.each_clip("index", batch)?;
    let guidance = inputs.each_clip("w", batch)?;
    let clips = ConsistencyClips {
        clean,
        noise: inputs.sized("noise", shape.map(Some))?,
        index: inputs.below("index", index, settings.ddim_steps)?,
        guidance: guidance.into_iter().map(|value| value as f32).collect(),
        text: inputs.sized("context", [Some(batch), None, Some(student_config.context_dim)])?,
        empty: inputs.sized("uncond_context", [Some(1), None, Some(teacher_config.context_dim)])?,
        embedding: inputs.optional("w_embedding", [Some(batch), Some(embedding_width)])?,
    };

    let teacher = teacher(files, teacher_config, device)?;
    let beta_ends = DiffusionConfig::default().beta_ends();
    let objective = Consistency::new(teacher, student_config.model_channels, embedding_width, settings, beta_ends);
    let branches = files.lora()?;
    let known = ranks_in(branches);
    // A layer that the file has not is asked for all the same, so that it is named.
    let ranks = |layer: &str, _: [usize; 2]| Some(known.get(layer).copied().unwrap_or(1));
    let wanted = config.names("grads")?;
    let is_trained = |name: &str| is_factor(name) || wanted.contains(name);
    let source = WithBranches { model: files.checkpoint, branches };
    let loader = ParamLoader::new(&source, &device.clone().autodiff()).with_adapters(&ranks).training(&is_trained);
    let student = UNet::init(student_config, &loader.path(UNET_PREFIX))?;
    let registry = loader.into_registry();
    config.check_trained("grads", &wanted, &registry)?;
    let params: BTreeSet<&str> = registry.params().into_iter().map(|param| param.name.as_str()).collect();
    let is_unknown = |layer: &&&str| !params.contains(format!("{layer}.{}.weight", adapter::UP).as_str());
    let mut unknown: Vec<&str> = known.keys().filter(is_unknown).copied().collect();
    unknown.sort_unstable();
    if let Some(first) = unknown.first() {
        let detail = LoraUnfit::UnknownLayers { count: unknown.len(), first: (*first).to_owned() }.into();
        return Err(ModelError::LoraUnfit { path: branches.path().to_owned(), detail }.into());
    }

    let terms = objective.terms(&student, &clips, &NoHook);
    let grads = GradientsParams::from_grads(terms.loss.backward(), &student);
    let grads = gradients::named(&registry, &student, grads);
    let of_branches = grads.iter().filter(|grad| is_factor(&grad.name)).map(|grad| &grad.values);
    let norm = optimizer::norm(of_branches);
    let difference = terms.prediction.clone().inner() - terms.target.clone();
    let squares = values_of(difference.square().mean().into_data());
    let intervals = &terms.intervals;
    let at_start: Vec<Mix> = intervals.iter().map(|it| objective.mix(it.start)).collect();
    let at_end: Vec<Mix> = intervals.iter().map(|it| objective.mix(it.end)).collect();
    let mut outputs: Vec<Output> = vec![
        Output::wholes("start_timesteps", intervals.iter().map(|it| it.start)),
        Output::wholes("timesteps", intervals.iter().map(|it| it.end)),
        Output::row("c_skip_start", at_start.iter().map(|mix| mix.skip)),
        Output::row("c_out_start", at_start.iter().map(|mix| mix.out)),
        Output::row("c_skip", at_end.iter().map(|mix| mix.skip)),
        Output::row("c_out", at_end.iter().map(|mix| mix.out)),
        Output::row("alpha_prev", intervals.iter().map(|it| it.alpha_prev)),
        named("w_embedding", terms.embedding).into(),
        named("x_t", terms.noisy).into(),
        named("eps_student", terms.student).into(),
        named("x0_student", terms.estimate).into(),
        named("prediction", terms.prediction).into(),
        named("eps_cond", terms.conditional).into(),
        named("eps_uncond", terms.unconditional).into(),
        named("x0_guided", terms.guided_estimate).into(),
        named("eps_guided", terms.guided_noise).into(),
        named("x_prev", terms.previous).into(),
        named("eps_target", terms.student_there).into(),
        named("target", terms.target).into(),
        named("loss", terms.loss).into(),
        Output::row("loss_l2", squares.into_iter().map(f64::from)),
        Output::row("grad_norm", std::iter::once(norm)),
    ];
    outputs.extend(listed(grads, &wanted));
    Ok(outputs)
}
