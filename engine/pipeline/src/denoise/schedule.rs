//! Tables of the diffusion process: noise levels, timesteps of both samplers, and sinusoids.
//!
//! Everything is computed in f64 on the CPU and rounded to f32 exactly where the reference rounds, because its results
//! depend on it: sinusoid arguments reach 15000 radians, where f32 steps are 0.001 apart. Tested against tables that
//! the reference computed.

/// Length of the diffusion process that every supported model was trained with.
pub const TRAIN_TIMESTEPS: usize = 1000;

/// Step counts that the Turbo sampler can make timesteps for.
pub const TURBO_MAX_STEPS: usize = 50;

/// Entries over which the output scale falls, before it stays.
const SCALE_RAMP: usize = 400;

/// How much of the clean signal is left at each timestep.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    betas: Vec<f32>,
    alphas_cumprod: Vec<f32>,
}

impl Schedule {
    /// The tables of T2V-Turbo's scheduler, which computes in f32, between the first and the last variance.
    pub fn turbo(beta_ends: (f64, f64)) -> Self {
        // torch's linspace in f32: from both ends towards the middle, with a fused multiply-add.
        let start = beta_ends.0.sqrt() as f32;
        let end = beta_ends.1.sqrt() as f32;
        let step = (end - start) / (TRAIN_TIMESTEPS - 1) as f32;
        let root = |t: usize| {
            if t < TRAIN_TIMESTEPS / 2 {
                step.mul_add(t as f32, start)
            } else {
                (-step).mul_add((TRAIN_TIMESTEPS - 1 - t) as f32, end)
            }
        };
        let betas: Vec<f32> = (0..TRAIN_TIMESTEPS).map(|t| root(t) * root(t)).collect();
        // torch's cumulative product of f32 numbers accumulates in f64.
        let alphas_cumprod = cumulative_product(betas.iter().map(|beta| f64::from(1.0 - beta)));
        Self { betas, alphas_cumprod }
    }

    /// The tables of VideoCrafter's latent diffusion (DDIM sampling, training) between the first and the last variance,
    /// computed in f64 and rounded at the end.
    pub fn latent_diffusion(beta_ends: (f64, f64)) -> Self {
        let (start, end) = (beta_ends.0.sqrt(), beta_ends.1.sqrt());
        let step = (end - start) / (TRAIN_TIMESTEPS - 1) as f64;
        let betas = (0..TRAIN_TIMESTEPS).map(|t| (start + step * t as f64).powi(2));
        let alphas_cumprod = cumulative_product(betas.clone().map(|beta| 1.0 - beta));
        Self { betas: betas.map(|beta| beta as f32).collect(), alphas_cumprod }
    }

    /// Noise variances added at each timestep, `[1000]`.
    pub fn betas(&self) -> &[f32] {
        &self.betas
    }

    /// Share of the clean signal's variance at each timestep, `[1000]`, falling from 0.999 to 0.005 in
    /// the reference.
    pub fn alphas_cumprod(&self) -> &[f32] {
        &self.alphas_cumprod
    }
}

fn cumulative_product(factors: impl Iterator<Item = f64>) -> Vec<f32> {
    let running = |product: &mut f64, factor: f64| {
        *product *= factor;
        Some(*product as f32)
    };
    factors.scan(1.0, running).collect()
}

/// Factor on the clean signal at each timestep, `[1000]`: from 1 down to `scale` over the first 400, then constant.
///
/// VideoCrafter2 and everything distilled from it was trained with `scale` 0.7; its DDIM sampler divides by this.
/// The Turbo sampler does not use it.
pub fn output_scale(scale: f64) -> Vec<f32> {
    let step = (scale - 1.0) / (SCALE_RAMP - 1) as f64;
    (0..TRAIN_TIMESTEPS).map(|t| if t < SCALE_RAMP { 1.0 + step * t as f64 } else { scale } as f32).collect()
}

/// Timesteps of the Turbo sampler, from the noisiest on: `steps` of the 50 it was distilled with.
///
/// The list need not come near 0: 8 steps end at 159.
///
/// # Panics
/// When `steps` is not in `1..=50`; a validated request never is.
pub fn turbo_timesteps(steps: usize) -> Vec<usize> {
    assert!((1..=TURBO_MAX_STEPS).contains(&steps), "{steps} Turbo steps");
    let spacing = TRAIN_TIMESTEPS / TURBO_MAX_STEPS;
    let origin = (1..=TURBO_MAX_STEPS).rev().map(|index| index * spacing - 1);
    origin.step_by(TURBO_MAX_STEPS / steps).take(steps).collect()
}

/// Timesteps of the DDIM sampler, from the noisiest on.
///
/// As in the reference, a count that does not divide 1000 gives more steps than asked for: 16 gives 17, 30 gives 31.
///
/// # Panics
/// When `steps` is 0 or above 1000, or when the first timestep would be 1000, which is outside the tables (3, 9, 27
/// and others); a validated request never does that.
pub fn ddim_timesteps(steps: usize) -> Vec<usize> {
    assert!((1..=TRAIN_TIMESTEPS).contains(&steps), "{steps} DDIM steps");
    let timesteps: Vec<usize> = (0..TRAIN_TIMESTEPS).step_by(TRAIN_TIMESTEPS / steps).map(|t| t + 1).rev().collect();
    assert!(timesteps[0] < TRAIN_TIMESTEPS, "{steps} DDIM steps begin outside the tables");
    timesteps
}

/// How a consistency model mixes its input and its estimate: `denoised = c_out * estimate + c_skip * input`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundaryScalings {
    /// Weight of the noisy input; below 7e-6 at every timestep that is sampled.
    pub c_skip: f32,
    /// Weight of the estimate of the clean signal; almost 1.
    pub c_out: f32,
}

/// The weights at `timestep`, which make the identity at timestep 0 (consistency models, Song et al. 2023).
pub fn boundary_scalings(timestep: usize) -> BoundaryScalings {
    let variance_of_data = 0.25_f32; // sigma 0.5, squared
    let t = timestep as f32 / 0.1;
    let sum = t * t + variance_of_data;
    BoundaryScalings { c_skip: variance_of_data / sum, c_out: t / sum.sqrt() }
}

/// Sinusoids `[cos | sin]` of a timestep or a frame rate, `[channels]`.
///
/// Frequencies fall from 1 to almost 1/10000; an odd last channel is 0.
pub fn timestep_embedding(value: f32, channels: usize) -> Vec<f32> {
    let half = channels / 2;
    let exponent = |index: usize| -(MAX_PERIOD.ln() as f32) * index as f32 / half as f32;
    let angles: Vec<f64> = (0..half).map(|index| f64::from(value * exp_as_torch(exponent(index)))).collect();
    let mut embedding: Vec<f32> = angles.iter().map(|angle| angle.cos() as f32).collect();
    embedding.extend(angles.iter().map(|angle| angle.sin() as f32));
    embedding.resize(channels, 0.0);
    embedding
}

/// Sinusoids `[sin | cos]` of the guidance scale of a distilled model, `[width]`.
///
/// Unlike [`timestep_embedding`] the sine comes first, and the lowest frequency is exactly 1/10000.
pub fn guidance_embedding(guidance: f32, width: usize) -> Vec<f32> {
    let half = width / 2;
    let per_index = -(MAX_PERIOD.ln() / (half.max(2) - 1) as f64) as f32;
    let scaled = guidance * 1000.0;
    let angles: Vec<f64> = (0..half).map(|index| f64::from(scaled * exp_as_torch(per_index * index as f32))).collect();
    let mut embedding: Vec<f32> = angles.iter().map(|angle| angle.sin() as f32).collect();
    embedding.extend(angles.iter().map(|angle| angle.cos() as f32));
    embedding.resize(width, 0.0);
    embedding
}

/// Longest wavelength of the sinusoids, over 2 pi.
const MAX_PERIOD: f64 = 10_000.0;

/// The exponential in f32 as torch rounds it.
///
/// torch's is the correctly rounded one, except at arguments whose result lies almost halfway between two f32
/// numbers. Those of the networks' frequency tables are listed; elsewhere a difference of one unit in the last place
/// is possible.
fn exp_as_torch(x: f32) -> f32 {
    match x.to_bits() {
        // Entries 2 and 55 of the 160 frequencies of a network with 320 channels.
        0xBDEB_C8E3 => f32::from_bits(0x3F64_2906),
        0xC04A_A0A3 => f32::from_bits(0x3D2C_BA16),
        // Entries 45, 52 and 116 of the 128 frequencies of the guidance.
        0xC050_DD4A => f32::from_bits(0x3D1C_B042),
        0xC071_5ABC => f32::from_bits(0x3CBC_9F7D),
        0xC106_99FC => f32::from_bits(0x3968_D6F0),
        _ => f64::from(x).exp() as f32,
    }
}
