//! Sampling the latent: noise schedule, noise source, sampler, guidance, and the U-Net that they drive.

pub mod guidance;
pub mod noise;
pub mod sampler;
pub mod schedule;
pub mod unet;
