//! Schedules, embeddings and sampler steps give what the reference computed.

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::model::DiffusionConfig;
use hummingbird_engine::pipeline::denoise::guidance;
use hummingbird_engine::pipeline::denoise::sampler::{Ddim, Sampler, StepInput, Turbo, VIDEO_CRAFTER_SCALE};
use hummingbird_engine::pipeline::denoise::schedule::{self, Schedule};
use hummingbird_engine::request::{RawRequest, RequestLimits, Reuse, SamplerKind};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How far a result may be from the golden, relative to the golden's largest value.
struct Tol {
    relative: f32,
    why: &'static str,
}

/// Sums of two products: a device may round each product or fuse it into the sum, half a unit in the last place each.
const STEP: Tol = Tol { relative: 2e-6, why: "products may be fused into sums" };
/// The angle is the same to the last bit; sine and cosine are rounded correctly here and almost so by torch.
const SINUSOID: Tol = Tol { relative: 6.1e-8, why: "one unit in the last place below 1" };

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sampler").join(name)
}

/// The tensors of one golden file, as shapes and f32 values (whole numbers too).
struct Golden(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Golden {
    fn read(name: &str) -> Self {
        let path = path(&format!("{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = SafeTensors::deserialize(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let values = |data: &[u8], dtype| match dtype {
            Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            Dtype::I64 => data.as_chunks::<8>().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f32).collect(),
            other => panic!("{}: {other:?} is not expected", path.display()),
        };
        let read = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            (name, (view.shape().to_vec(), values(view.data(), view.dtype())))
        };
        Self(file.tensors().into_iter().map(read).collect())
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.0.get(name).unwrap_or_else(|| panic!("no golden {name}")).1
    }

    fn latent(&self, name: &str) -> Tensor<5> {
        let (shape, values) = &self.0[name];
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), &Device::flex())
    }
}

fn check(name: &str, found: &[f32], expected: &[f32], tol: &Tol) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let difference = found.iter().zip(expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(found.iter().all(|value| value.is_finite()), "{name} is not finite");
    assert!(difference <= tol.relative * largest, "{name}: {difference} of {largest} ({})", tol.why);
}

fn check_latent(name: &str, found: &Tensor<5>, golden: &Golden, tol: &Tol) {
    let found = found.to_data().try_to_vec::<f32>().expect("latents are f32");
    check(name, &found, golden.values(name), tol);
}

/// Noise variances of every published checkpoint.
fn reference_beta_ends() -> (f64, f64) {
    DiffusionConfig::default().beta_ends()
}

#[test]
fn turbo_tables_are_the_references_to_the_last_bit() {
    let golden = Golden::read("turbo_schedule");
    let turbo = Schedule::turbo(reference_beta_ends());
    assert_eq!(turbo.betas(), golden.values("betas"));
    assert_eq!(turbo.alphas_cumprod(), golden.values("alphas_cumprod"));
    let scalings: Vec<_> = (0..schedule::TRAIN_TIMESTEPS).map(schedule::boundary_scalings).collect();
    assert_eq!(scalings.iter().map(|s| s.c_skip).collect::<Vec<_>>(), golden.values("c_skip"));
    assert_eq!(scalings.iter().map(|s| s.c_out).collect::<Vec<_>>(), golden.values("c_out"));
}

#[test]
fn diffusion_tables_are_the_references_to_the_last_bit() {
    let diffusion = Schedule::latent_diffusion(reference_beta_ends());
    assert_eq!(diffusion.alphas_cumprod(), Golden::read("turbo_schedule").values("lvdm_alphas_cumprod"));
    assert_ne!(diffusion, Schedule::turbo(reference_beta_ends()), "the two differ in the last digits");
    assert_eq!(schedule::output_scale(VIDEO_CRAFTER_SCALE), Golden::read("ddim_schedule").values("scale_arr"));
}

#[test]
fn turbo_timesteps_are_the_references() {
    let text = std::fs::read_to_string(path("turbo_timesteps.json")).expect("the golden is readable");
    let lists: BTreeMap<usize, Vec<usize>> = serde_json::from_str(&text).expect("the golden is JSON");
    assert_eq!(lists.len(), 13);
    for (steps, timesteps) in lists {
        assert_eq!(schedule::turbo_timesteps(steps), timesteps, "{steps} steps");
        assert_eq!(Turbo::new(steps, &Schedule::turbo(reference_beta_ends())).timesteps(), timesteps, "{steps} steps");
    }
    for steps in 1..=schedule::TURBO_MAX_STEPS {
        assert_eq!(schedule::turbo_timesteps(steps).len(), steps);
    }
}

#[test]
fn ddim_tables_are_the_references_to_the_last_bit() {
    let golden = Golden::read("ddim_schedule");
    let table = Schedule::latent_diffusion(reference_beta_ends());
    for steps in [10, 25, 50] {
        let sampler = Ddim::new(steps, 1.0, Some(VIDEO_CRAFTER_SCALE), &table);
        // The reference's tables run from timestep 1 upwards.
        let mut timesteps: Vec<f32> = sampler.timesteps().iter().map(|&t| t as f32).collect();
        timesteps.reverse();
        assert_eq!(timesteps, golden.values(&format!("S{steps}.timesteps")));
        let mut sigmas = sampler.sigmas();
        sigmas.reverse();
        assert_eq!(sigmas, golden.values(&format!("S{steps}.eta1.sigmas")), "{steps} steps");
        assert_eq!(Ddim::new(steps, 0.0, None, &table).sigmas(), vec![0.0; steps]);
    }
}

#[test]
fn ddim_counts_that_do_not_divide_1000_give_other_counts_as_in_the_reference() {
    for (asked, given, first) in [(1, 1, 1), (2, 2, 501), (16, 17, 993), (30, 31, 991), (7, 8, 995), (100, 100, 991)] {
        let timesteps = schedule::ddim_timesteps(asked);
        assert_eq!((timesteps.len(), timesteps[0], timesteps[given - 1]), (given, first, 1), "{asked} steps");
    }
    for outside in [3, 9, 27, 36, 37, 101, 111] {
        let begins_outside = std::panic::catch_unwind(|| schedule::ddim_timesteps(outside));
        assert!(begins_outside.is_err(), "{outside} steps would begin at timestep 1000");
    }
}

/// Every count that a request may ask for has a sampler, and every other is refused before there is one.
#[test]
fn requests_take_exactly_the_counts_that_can_be_sampled() {
    let limits = RequestLimits {
        sampler: SamplerKind::Turbo,
        default_steps: 4,
        max_steps: 1000,
        default_guidance: 7.5,
        default_frames: 16,
        max_frames: 16,
        default_width: 512,
        default_height: 320,
        size_multiple: 64,
        max_size: 512,
        default_fps: 8,
        default_reuse: Reuse::Off,
        tiny_decoder: false,
    };
    let taken = |sampler, steps: usize| {
        let steps = Some(u32::try_from(steps).expect("small"));
        let raw = RawRequest { prompt: "a ball".into(), sampler: Some(sampler), steps, ..RawRequest::default() };
        raw.validate(&limits).is_ok()
    };
    let (turbo, diffusion) =
        (Schedule::turbo(reference_beta_ends()), Schedule::latent_diffusion(reference_beta_ends()));
    for steps in 0..=1001 {
        assert_eq!(taken(SamplerKind::Turbo, steps), (1..=schedule::TURBO_MAX_STEPS).contains(&steps), "{steps}");
        if taken(SamplerKind::Turbo, steps) {
            let sampler = Turbo::new(steps, &turbo);
            let timesteps = sampler.timesteps();
            assert_eq!((timesteps.len(), timesteps[0]), (steps, 999));
            assert!(timesteps.is_sorted_by(|a, b| a > b), "{timesteps:?}");
            // The last step's noise is never seen; a single step has no other.
            let noisy: Vec<bool> = (0..steps).map(|index| sampler.uses_noise(index)).collect();
            assert_eq!(noisy.iter().filter(|&&noisy| noisy).count(), steps - 1);
        }
        // What the reference's rule gives: begins at 1, a multiple of the stride apart, inside of the tables.
        let stride = 1000_usize.checked_div(steps).filter(|&stride| stride > 0);
        let last = stride.map(|stride| 999 / stride * stride + 1);
        assert_eq!(taken(SamplerKind::Ddim, steps), last.is_some_and(|last| last < 1000), "{steps}");
        if taken(SamplerKind::Ddim, steps) {
            for eta in [0.0, 0.3, 1.0] {
                let sampler = Ddim::new(steps, eta, Some(VIDEO_CRAFTER_SCALE), &diffusion);
                assert_eq!(sampler.timesteps().first().copied(), last, "{steps}");
                assert!(sampler.sigmas().iter().all(|sigma| (0.0..1.0).contains(sigma)), "{steps} at eta {eta}");
            }
        }
    }
}

#[test]
fn timestep_and_frame_rate_embeddings_are_the_references() {
    let golden = Golden::read("embeddings");
    for (value, name) in [
        (999.0, "timestep_embedding_320_t999"),
        (499.0, "timestep_embedding_320_t499"),
        (16.0, "fps_embedding_320_16"),
        (8.0, "fps_embedding_320_8"),
    ] {
        check(name, &schedule::timestep_embedding(value, 320), golden.values(name), &SINUSOID);
    }
    assert_eq!(schedule::timestep_embedding(0.0, 5), [1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn guidance_embeddings_are_the_references() {
    let golden = Golden::read("turbo_schedule");
    let scales = golden.values("w").to_vec();
    assert_eq!(scales.len(), 4);
    for (scale, expected) in scales.into_iter().zip(golden.values("w_embedding").chunks(256)) {
        check(&format!("guidance {scale}"), &schedule::guidance_embedding(scale, 256), expected, &SINUSOID);
    }
    let golden = Golden::read("turbo_07b_1step");
    check("w_embedding", &schedule::guidance_embedding(7.5, 256), golden.values("w_embedding"), &SINUSOID);
}

/// Recomputes a trajectory from the stored model outputs and noises.
fn check_turbo(name: &str, steps: usize) {
    let golden = Golden::read(name);
    let sampler = Turbo::new(steps, &Schedule::turbo(reference_beta_ends()));
    let mut latent = golden.latent("latents");
    for (index, &timestep) in sampler.timesteps().iter().enumerate() {
        let at = |part: &str| format!("step{index}.{part}");
        assert_eq!(golden.values(&at("timestep")), [timestep as f32], "{name}");
        assert_eq!(sampler.uses_noise(index), index + 1 < steps);
        let noise = (steps > 1).then(|| golden.latent(&at("noise")));
        let prediction = golden.latent(&at("model_output"));
        let output = sampler.step(index, StepInput { latent, prediction, noise });
        check_latent(&at("denoised"), &output.denoised, &golden, &STEP);
        check_latent(&at("latents"), &output.next, &golden, &STEP);
        latent = output.next;
    }
}

#[test]
fn turbo_trajectories_are_the_references() {
    check_turbo("turbo_07b_1step", 1);
    check_turbo("turbo_07b_4step", 4);
    check_turbo("turbo_09b_4step", 4);
}

#[test]
fn turbo_without_noise_ends_with_the_denoised_latent() {
    let golden = Golden::read("turbo_07b_4step");
    let (latent, prediction) = (golden.latent("latents"), golden.latent("step0.model_output"));
    let output =
        Turbo::new(4, &Schedule::turbo(reference_beta_ends())).step(3, StepInput { latent, prediction, noise: None });
    assert_eq!(output.next.to_data(), output.denoised.to_data());
}

fn check_ddim(name: &str, eta: f64) {
    let golden = Golden::read(name);
    let sampler = Ddim::new(10, eta, Some(VIDEO_CRAFTER_SCALE), &Schedule::latent_diffusion(reference_beta_ends()));
    let mut latent = golden.latent("x_T");
    for (index, &timestep) in sampler.timesteps().iter().enumerate() {
        let at = |part: &str| format!("step{index}.{part}");
        assert_eq!(golden.values(&at("timestep")), [timestep as f32], "{name}");
        assert_eq!(sampler.uses_noise(index), eta > 0.0);
        let prediction = guidance::combine(golden.latent(&at("e_cond")), golden.latent(&at("e_uncond")), 12.0);
        let noise = sampler.uses_noise(index).then(|| golden.latent(&at("noise")));
        let output = sampler.step(index, StepInput { latent, prediction, noise });
        check_latent(&at("pred_x0"), &output.denoised, &golden, &STEP);
        check_latent(&at("x_prev"), &output.next, &golden, &STEP);
        latent = output.next;
    }
}

#[test]
fn ddim_trajectories_are_the_references() {
    check_ddim("ddim_vc2_10step_eta0", 0.0);
    check_ddim("ddim_vc2_10step_eta1", 1.0);
}

#[test]
fn guidance_of_1_and_0_choose_one_prediction() {
    let golden = Golden::read("ddim_vc2_10step_eta0");
    let (cond, uncond) = (golden.latent("step0.e_cond"), golden.latent("step0.e_uncond"));
    let only_cond = guidance::combine(cond.clone(), uncond.clone(), guidance::NO_GUIDANCE);
    check_latent("step0.e_cond", &only_cond, &golden, &STEP);
    let only_uncond = guidance::combine(cond, uncond, 0.0);
    check_latent("step0.e_uncond", &only_uncond, &golden, &STEP);
}
