//! Whole runs of the samplers on tiny networks, from noise to the last latent.

use std::sync::Mutex;

use burn::tensor::{Device, Tensor};
use hummingbird_engine::handoff::{Latent, TextEmbedding};
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::model::{DiffusionConfig, ModelConfig};
use hummingbird_engine::nn::config::{UNetConfig, VaeConfig};
use hummingbird_engine::nn::hook::{ForwardHook, NoHook};
use hummingbird_engine::nn::params::{ParamLoader, values_of};
use hummingbird_engine::pipeline::denoise::noise::NoiseSource;
use hummingbird_engine::pipeline::denoise::schedule::{self, Schedule};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::pipeline::denoise::{Denoise, StepStart, denoise};
use hummingbird_engine::request::SamplerKind;
use hummingbird_tests::compare::{Comparison, Order, Tol};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

use super::unet::{nano, tiny_07b, tiny_09b, tiny_vc2};
use super::{TOL, text};

/// Guidance of the golden of DDIM.
const DDIM_GUIDANCE: f32 = 12.0;

/// A network and what it is given.
pub struct Bench {
    pub unet: UNet,
    config: ModelConfig,
    device: Device,
}

impl Bench {
    pub fn new(unet: UNetConfig, device: &Device) -> Self {
        let loader = ParamLoader::new(&RuleWeights, device);
        let config =
            ModelConfig { text: text::tiny(), unet, vae: VaeConfig::kl_f8(), diffusion: DiffusionConfig::default() };
        let unet = UNet::init(&config.unet, &loader.path(UNET_PREFIX)).expect("the rule has weights for every name");
        Self { unet, config, device: device.clone() }
    }

    /// A job that begins with `start` after `done` steps. Its own noise is never looked at.
    pub fn job(&self, text: &Tensor<3>, start: &Tensor<5>, done: usize) -> Denoise<'_> {
        Denoise {
            start: Some(StepStart { done, latent: Latent { tensor: start.clone() } }),
            ..Denoise::new(
                &self.unet,
                &self.config,
                TextEmbedding { tensor: text.clone() },
                NoiseSource::new(0),
                start.dims(),
            )
        }
    }
}

/// Fails where `found` is further than `limit` from the golden `name`.
fn check(what: &str, golden: &GoldenFile, name: &str, found: Tensor<5>, limit: f32) {
    let tol = Tol { atol: limit, block_rms: 0.0, why: "f32 sums in another order, divided by small roots" };
    let comparison = Comparison::new(what.to_owned(), golden, tol);
    comparison.add(name, found, Order::Reference);
    comparison.finish(&[]);
}

/// For the estimates of Turbo, which are off by 8e-7 of their largest value in the reference itself, in f32 against the same in
/// f64, and for the results of both samplers.
fn limit_of(golden: &GoldenFile, name: &str) -> f32 {
    1e-5 * golden.get(name).values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()))
}

/// What the limit of a single prediction allows after guidance, which adds up the errors of both predictions, and after the
/// step that divides by most, which is the first: 0.003 of values that reach 100. Later steps make errors smaller again.
fn ddim_limit(timestep: usize, diffusion: &DiffusionConfig) -> f32 {
    let alpha = Schedule::latent_diffusion(diffusion.beta_ends()).alphas_cumprod()[timestep];
    let scale = schedule::output_scale(diffusion.scale_b)[timestep];
    let of_both = TOL.atol * (DDIM_GUIDANCE + (DDIM_GUIDANCE - 1.0));
    of_both * (1.0 - alpha).sqrt() / alpha.sqrt() / scale
}

/// Runs Turbo with the noises of the golden: each step from what the step before left.
fn check_turbo(name: &str, unet: UNetConfig, steps: usize, device: &Device) {
    let golden = GoldenFile::read(name);
    let bench = Bench::new(unet, device);
    let text = golden.tensor("prompt_embeds", &bench.device);
    let table = Schedule::turbo(bench.config.diffusion.beta_ends());
    let timesteps = schedule::turbo_timesteps(steps);
    let mut latent: Tensor<5> = golden.tensor("latents", &bench.device);
    for index in 0..steps {
        let job = Denoise { steps, ..bench.job(&text, &latent, index) };
        let mut denoised = None;
        let ended = denoise(&job, &NoHook, &mut |step| {
            denoised = Some(step.denoised.clone());
            if step.done == step.total { Ok(()) } else { Err(Cancelled) }
        });
        let denoised = denoised.expect("a step was done");
        let what = format!("{name} on {device:?}");
        let name = format!("step{index}.denoised");
        check(&what, &golden, &name, denoised.clone(), limit_of(&golden, &name));
        if let Some(&next) = timesteps.get(index + 1) {
            assert!(ended.is_err(), "more than one step was done");
            let alpha = table.alphas_cumprod()[next];
            let noise: Tensor<5> = golden.tensor(&format!("step{index}.noise"), &bench.device);
            latent = denoised * alpha.sqrt() + noise * (1.0 - alpha).sqrt();
        } else {
            let limit = limit_of(&golden, "result");
            check(&what, &golden, "result", ended.expect("nothing cancels").tensor, limit);
        }
    }
}

/// Runs DDIM, which draws nothing at eta 0, in one go.
fn check_ddim(device: &Device) {
    let golden = GoldenFile::read("ddim_vc2_10step_eta0");
    let bench = Bench::new(tiny_vc2(), device);
    let text = golden.tensor("context", &bench.device);
    let job = Denoise {
        unconditional: Some(TextEmbedding { tensor: golden.tensor("uncond", &bench.device) }),
        sampler: SamplerKind::Ddim,
        steps: 10,
        guidance: DDIM_GUIDANCE,
        fps: 28.0,
        ..bench.job(&text, &golden.tensor("x_T", &bench.device), 0)
    };
    let what = format!("ddim on {device:?}");
    let limit = ddim_limit(schedule::ddim_timesteps(job.steps)[0], &bench.config.diffusion);
    let mut steps = 0;
    let result = denoise(&job, &NoHook, &mut |step| {
        check(&what, &golden, &format!("step{}.pred_x0", step.done - 1), step.denoised.clone(), limit);
        steps += 1;
        Ok(())
    });
    assert_eq!(steps, 10);
    check(&what, &golden, "result", result.expect("nothing cancels").tensor, limit_of(&golden, "result"));
}

#[test]
fn turbo_on_the_cpu() {
    check_turbo("turbo_07b_1step", tiny_07b(), 1, &cpu());
    check_turbo("turbo_07b_4step", tiny_07b(), 4, &cpu());
    check_turbo("turbo_09b_4step", tiny_09b(), 4, &cpu());
}

#[test]
fn ddim_on_the_cpu() {
    check_ddim(&cpu());
}

#[test]
fn turbo_on_the_gpu() {
    // DDIM has no operation of its own, and its network is compared on the GPU by itself.
    if let Some(gpu) = gpu("trajectories::turbo_on_the_gpu") {
        check_turbo("turbo_07b_4step", tiny_07b(), 4, &gpu);
    }
}

/// Frames of the clips that are counted.
const FRAMES: usize = 2;

/// Counts the clips that a network is called for.
#[derive(Default)]
struct Calls(Mutex<usize>);

impl ForwardHook for Calls {
    fn on_output(&self, name: &str, activation: &Tensor<4>) -> Result<(), Cancelled> {
        if name == "output_blocks.0" {
            let [images, ..] = activation.dims();
            *self.0.lock().expect("no hook panicked") += images / FRAMES;
        }
        Ok(())
    }
}

#[test]
fn guidance_of_1_needs_no_second_prediction() {
    let device = cpu();
    let bench = Bench::new(UNetConfig { time_cond_proj_dim: None, ..nano() }, &device);
    let [text, negative] = [0.5, -0.5].map(|value| Tensor::<3>::full([1, 77, 32], value, &device));
    let start = Tensor::<5>::full([1, 4, FRAMES, 4, 4], 0.25, &device);
    let run = |guidance, unconditional: Option<&Tensor<3>>| {
        let calls = Calls::default();
        let job = Denoise {
            unconditional: unconditional.map(|tensor| TextEmbedding { tensor: tensor.clone() }),
            sampler: SamplerKind::Ddim,
            steps: 2,
            guidance,
            ..bench.job(&text, &start, 0)
        };
        let latent = denoise(&job, &calls, &mut |_| Ok(())).expect("nothing cancels");
        (values_of(latent.tensor.into_data()), calls.0.into_inner().expect("no hook panicked"))
    };
    let (alone, calls) = run(1.0, None);
    assert_eq!(calls, 2);
    assert_eq!(run(1.0, Some(&negative)), (alone.clone(), 2));
    let (guided, calls) = run(4.0, Some(&negative));
    assert_eq!(calls, 4);
    assert_ne!(guided, alone);
}
