//! The synthetic clips as datasets: whole clips, and crops around their subjects.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::clip::{CLIP_FRAMES, ClipSpec, Split};
use super::render::{Canvas, render_frames};
use super::scenes::background;
use crate::handoff::Frames;
use crate::training::datasets::Dataset;

/// All frames of every clip of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticClips {
    /// Seed of the dataset.
    pub seed: u64,
    /// Which combinations of words it shows.
    pub split: Split,
    /// Size of the clips.
    pub canvas: Canvas,
}

impl SyntheticClips {
    /// What happens in clip `index`.
    pub fn spec(&self, index: u64) -> ClipSpec {
        ClipSpec::sample(self.seed, index, self.split)
    }
}

impl Dataset for SyntheticClips {
    type Example = Frames;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> Frames {
        let all: Vec<f32> = (0..CLIP_FRAMES).map(|frame| frame as f32).collect();
        render_frames(&self.spec(index), self.canvas, &all)
    }
}

/// One frame of each clip of a seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyntheticFrames {
    /// The clips.
    pub clips: SyntheticClips,
    /// How far their subjects are from the middle, see [`ClipSpec::gathered`].
    pub spread: f32,
}

impl SyntheticFrames {
    /// What happens in the clip that frame `index` is of.
    pub fn spec(&self, index: u64) -> ClipSpec {
        self.clips.spec(index).gathered(self.spread)
    }

    /// The number of the frame that is taken of clip `index`.
    pub fn frame_number(self, index: u64) -> f32 {
        let mut rng = ChaCha8Rng::seed_from_u64(self.clips.seed ^ FRAME_STREAM ^ index.rotate_left(20));
        rng.random_range(0..CLIP_FRAMES) as f32
    }
}

impl Dataset for SyntheticFrames {
    type Example = Frames;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> Frames {
        render_frames(&self.spec(index), self.clips.canvas, &[self.frame_number(index)])
    }
}

/// Keeps the random numbers of frames apart from those of clips.
const FRAME_STREAM: u64 = 0x6672_616d;
/// Keeps the random numbers of crops apart from those of clips.
pub const CROP_STREAM: u64 = 0x0076_6165;

/// A crop of one frame of each clip of a seed, centred on the subject, give or take: random crops would often miss it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectCrops {
    /// The clips.
    pub clips: SyntheticClips,
    /// Width of a crop in pixels.
    pub width: usize,
    /// Height of a crop in pixels.
    pub height: usize,
}

/// A part of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectCrop {
    /// `[height, width, 3]` in -1..1
    pub pixels: Vec<f32>,
    /// 1 where the subject covers the scene, else 0: `[height, width]`
    pub subject: Vec<f32>,
}

impl Dataset for SubjectCrops {
    type Example = SubjectCrop;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> SubjectCrop {
        let Self { clips, width, height } = *self;
        let spec = clips.spec(index);
        let mut rng = ChaCha8Rng::seed_from_u64(clips.seed ^ CROP_STREAM ^ index.rotate_left(20));
        let frame = rng.random_range(0.0..15.0_f32);
        let frames = render_frames(&spec, clips.canvas, &[frame]);
        let [x, y] = spec.pose(frame / 15.0).centre;
        let mut start = |centre: f32, whole: usize, part: usize| {
            let jitter = rng.random_range(-0.3..0.3_f32) * part as f32;
            let start = centre * whole as f32 - part as f32 / 2.0 + jitter;
            start.clamp(0.0, (whole - part) as f32) as usize
        };
        let left = start(x, frames.width(), width);
        let top = start(y, frames.height(), height);
        let scene = background(spec.combination.scene, clips.canvas);
        let mut pixels = Vec::with_capacity(width * height * 3);
        let mut subject = Vec::with_capacity(width * height);
        for row in top..top + height {
            let begin = (row * frames.width() + left) * 3;
            let line = &frames.frame(0)[begin..begin + width * 3];
            pixels.extend(line.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0));
            let behind = &scene[begin..begin + width * 3];
            let pairs = line.as_chunks::<3>().0.iter().zip(behind.as_chunks::<3>().0);
            subject.extend(pairs.map(|(pixel, behind)| if pixel == behind { 0.0 } else { 1.0 }));
        }
        SubjectCrop { pixels, subject }
    }
}
