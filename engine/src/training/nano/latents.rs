//! Encoded training clips, made when first asked for.

use std::collections::HashMap;

use burn::tensor::Device;

use super::LATENT_CHANNELS;
use crate::handoff::Frames;
use crate::nn::observe::Unobserved;
use crate::nn::params::values_of;
use crate::pipeline::vae::{Vae, images};
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
            let drawn = render_frames(&self.spec(index), Canvas::NANO, &all);
            self.clips.insert(index, encode(self.vae, &self.device, &[drawn]).into_boxed_slice());
        }
        let clip = &self.clips[&index];
        frames.iter().flat_map(|frame| clip[frame * FRAME_VALUES..][..FRAME_VALUES].iter().copied()).collect()
    }

    /// One frame of each of many clips, encoded in one batch and not kept: `[specs, height, width, channels]`.
    pub fn single_frames(&self, specs: &[(ClipSpec, f32)]) -> Vec<f32> {
        let drawn: Vec<Frames> =
            specs.iter().map(|(spec, frame)| render_frames(spec, Canvas::NANO, &[*frame])).collect();
        encode(self.vae, &self.device, &drawn)
    }
}

/// Latent sizes of Nano's canvas: `[height, width]`.
pub const fn latent_size() -> [usize; 2] {
    [LATENT_HEIGHT, LATENT_WIDTH]
}

/// `[images, height, width, channels]`, row-major.
fn encode(vae: &Vae, device: &Device, clips: &[Frames]) -> Vec<f32> {
    let posterior = vae.encode(images(clips, device), &Unobserved).expect("nothing cancels");
    values_of(posterior.mean.into_data())
}
