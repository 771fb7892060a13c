//! Encoded training clips, made when first asked for.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};

use super::LATENT_CHANNELS;
use crate::nn::observe::Unobserved;
use crate::nn::params::values_of;
use crate::pipeline::vae::Vae;
use crate::training::world::{CLIP_FRAMES, Canvas, ClipSpec, Split, render_frames};

/// Latent pixels of a frame.
const LATENT_HEIGHT: usize = Canvas::NANO.height / 8;
const LATENT_WIDTH: usize = Canvas::NANO.width / 8;
const FRAME_VALUES: usize = LATENT_HEIGHT * LATENT_WIDTH * LATENT_CHANNELS;

/// Clips of the training set as latents. Clip `i` is a pure function of the seed, so a run that goes on needs none of them.
pub struct LatentClips<'a> {
    vae: &'a Vae,
    device: Device,
    seed: u64,
    clips: HashMap<u64, Box<[f32]>>,
}

impl<'a> LatentClips<'a> {
    /// Clips of the data set `seed`, encoded by `vae` on `device`.
    pub fn new(vae: &'a Vae, device: &Device, seed: u64) -> Self {
        Self { vae, device: device.clone(), seed, clips: HashMap::new() }
    }

    /// What happens in clip `index`.
    pub fn spec(&self, index: u64) -> ClipSpec {
        ClipSpec::sample(self.seed, index, Split::Train)
    }

    /// Means of the posteriors of the given frames of a clip, `[frames, height, width, channels]`, not scaled.
    pub fn frames(&mut self, index: u64, frames: &[usize]) -> Vec<f32> {
        if !self.clips.contains_key(&index) {
            let all: Vec<f32> = (0..CLIP_FRAMES).map(|frame| frame as f32).collect();
            let clip = encode(self.vae, &self.device, &self.spec(index), &all).into_boxed_slice();
            self.clips.insert(index, clip);
        }
        let clip = &self.clips[&index];
        frames.iter().flat_map(|frame| clip[frame * FRAME_VALUES..][..FRAME_VALUES].iter().copied()).collect()
    }

    /// One frame of each of many clips, encoded in one batch and not kept: `[specs, height, width, channels]`.
    pub fn single_frames(&self, specs: &[(ClipSpec, f32)]) -> Vec<f32> {
        let pixels = specs.iter().flat_map(|(spec, frame)| pixels_of(spec, &[*frame])).collect();
        encode_pixels(self.vae, &self.device, pixels, specs.len())
    }
}

/// Latent sizes of Nano's canvas: `[height, width]`.
pub const fn latent_size() -> [usize; 2] {
    [LATENT_HEIGHT, LATENT_WIDTH]
}

fn encode(vae: &Vae, device: &Device, spec: &ClipSpec, frames: &[f32]) -> Vec<f32> {
    encode_pixels(vae, device, pixels_of(spec, frames), frames.len())
}

fn pixels_of(spec: &ClipSpec, frames: &[f32]) -> Vec<f32> {
    let frames = render_frames(spec, Canvas::NANO, frames);
    frames.pixels().iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect()
}

fn encode_pixels(vae: &Vae, device: &Device, pixels: Vec<f32>, images: usize) -> Vec<f32> {
    let shape = [images, Canvas::NANO.height, Canvas::NANO.width, 3];
    let images = Tensor::<4>::from_data(TensorData::new(pixels, shape), device);
    let posterior = vae.encode(images, &Unobserved).expect("nothing cancels");
    values_of(posterior.mean.into_data())
}
