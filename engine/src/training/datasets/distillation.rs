//! A distillation set: latents with the frames that a teacher made of them, kept in memory.

use burn::tensor::{Device, Tensor, TensorData};

/// Bytes of a pixel.
const RGB: usize = 3;

/// Latents and their targets. It grows by [`DistillationSet::push`].
#[derive(Clone, Debug, PartialEq)]
pub struct DistillationSet {
    /// Latent height and width.
    latent_size: [usize; 2],
    /// Height and width of the targets.
    frame_size: [usize; 2],
    /// Scaled, `[frames, height, width, channels]`.
    latents: Vec<f32>,
    /// `[frames, 8 * height, 8 * width, 3]`
    targets: Vec<u8>,
    /// What was drawn, where the latents are those of drawn frames; else as `targets`.
    drawn: Vec<u8>,
}

impl DistillationSet {
    /// An empty set with room for so many frames: latents of this height and width and so many channels, and targets of this height and
    /// width.
    pub fn with_capacity(frames: usize, [height, width, channels]: [usize; 3], frame_size: [usize; 2]) -> Self {
        let pixels = || Vec::with_capacity(frames * frame_size.iter().product::<usize>() * RGB);
        let latents = Vec::with_capacity(frames * height * width * channels);
        Self { latent_size: [height, width], frame_size, latents, targets: pixels(), drawn: pixels() }
    }

    /// Adds frames: their latents, what the teacher makes of them, and what was drawn, if anything was.
    ///
    /// # Panics
    /// When the numbers of frames differ: a bug of the caller.
    pub fn push(&mut self, latents: &[f32], targets: &[u8], drawn: Option<&[u8]>) {
        let drawn = drawn.unwrap_or(targets);
        assert!(targets.len() == drawn.len() && targets.len().is_multiple_of(self.frame_bytes()), "frames differ");
        self.latents.extend_from_slice(latents);
        self.targets.extend_from_slice(targets);
        self.drawn.extend_from_slice(drawn);
    }

    /// Height and width of the targets.
    pub fn frame_size(&self) -> [usize; 2] {
        self.frame_size
    }

    /// Number of frames.
    pub fn count(&self) -> usize {
        self.targets.len() / self.frame_bytes()
    }

    /// Bytes of a frame.
    pub fn frame_bytes(&self) -> usize {
        let [height, width] = self.frame_size;
        height * width * RGB
    }

    /// The frames that the teacher made, `[frames, height, width, 3]`.
    pub fn target_bytes(&self) -> &[u8] {
        &self.targets
    }

    /// Latents of some frames, `[frames, height, width, channels]`.
    pub fn latents(&self, frames: &[usize], device: &Device) -> Tensor<4> {
        let [height, width] = self.latent_size;
        let size = self.latents.len() / self.count();
        let values = frames.iter().map(|frame| &self.latents[frame * size..][..size]).collect::<Vec<_>>().concat();
        let shape = [frames.len(), height, width, size / (height * width)];
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// What the teacher made of some frames, in 0..1, `[frames, height, width, 3]`.
    pub fn targets(&self, frames: &[usize], device: &Device) -> Tensor<4> {
        self.pictures(&self.targets, frames, device)
    }

    /// What was drawn of some frames, in 0..1, `[frames, height, width, 3]`.
    pub fn drawn(&self, frames: &[usize], device: &Device) -> Tensor<4> {
        self.pictures(&self.drawn, frames, device)
    }

    /// A byte stands for the middle of what is cut down to it.
    fn pictures(&self, pixels: &[u8], frames: &[usize], device: &Device) -> Tensor<4> {
        let [height, width] = self.frame_size;
        let size = self.frame_bytes();
        let mut values = Vec::with_capacity(frames.len() * size);
        for frame in frames {
            let bytes = &pixels[frame * size..][..size];
            values.extend(bytes.iter().map(|&byte| (f32::from(byte) + 0.5) / 255.0));
        }
        Tensor::from_data(TensorData::new(values, [frames.len(), height, width, RGB]), device)
    }
}
