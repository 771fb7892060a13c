//! Clips with captions: what recipes train on, whether they were drawn or come from files.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Dataset;
use super::folder::{FolderClips, FolderExample};
use super::synthetic::{CLIP_FPS, CLIP_FRAMES, SyntheticClips, caption, render_frames};
use crate::handoff::Frames;

/// A clip with its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptionedClip {
    /// Its frames.
    pub frames: Frames,
    /// What it shows.
    pub caption: String,
    /// Frames a second.
    pub fps: f32,
}

/// Synthetic clips with one of the captions that fit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptionedSynthetic {
    /// The clips.
    pub clips: SyntheticClips,
    /// Frames of each: 1, somewhere in the clip, or a divisor of [`CLIP_FRAMES`], spread over it.
    pub frames: usize,
}

/// Clips of a folder.
#[derive(Debug)]
pub struct CaptionedFolder(pub FolderClips);

impl Dataset for CaptionedFolder {
    type Example = CaptionedClip;

    fn count(&self) -> Option<u64> {
        self.0.count()
    }

    fn example(&self, index: u64) -> CaptionedClip {
        let FolderExample { frames, caption, fps } = self.0.example(index);
        CaptionedClip { frames, caption, fps: fps as f32 }
    }

    fn sameness(&self, index: u64) -> Option<u64> {
        self.0.sameness(index)
    }

    fn recurring(&self) -> u64 {
        self.0.recurring()
    }
}

/// The first clips of a dataset, again and again.
pub struct Again {
    /// The dataset.
    pub clips: Box<dyn Dataset<Example = CaptionedClip>>,
    /// How many of them; at least one.
    pub count: u64,
}

impl Dataset for Again {
    type Example = CaptionedClip;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> CaptionedClip {
        self.clips.example(index % self.count)
    }

    fn sameness(&self, index: u64) -> Option<u64> {
        Some(index % self.count)
    }

    fn recurring(&self) -> u64 {
        self.count
    }
}

/// Keeps the random numbers of captions apart from those of clips.
const CAPTION_STREAM: u64 = 0x0063_6170;

impl Dataset for CaptionedSynthetic {
    type Example = CaptionedClip;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> CaptionedClip {
        let Self { clips, frames } = *self;
        let spec = clips.spec(index);
        let mut rng = ChaCha8Rng::seed_from_u64(clips.seed ^ CAPTION_STREAM ^ index.rotate_left(20));
        let caption = caption(spec.combination, &mut rng);
        let stride = CLIP_FRAMES / frames.clamp(1, CLIP_FRAMES);
        let times: Vec<f32> = match frames {
            1 => vec![rng.random_range(0..CLIP_FRAMES) as f32],
            _ => (0..frames).map(|frame| (frame * stride) as f32).collect(),
        };
        let fps = if frames == 1 { CLIP_FPS as f32 } else { CLIP_FPS as f32 / stride as f32 };
        CaptionedClip { frames: render_frames(&spec, clips.canvas, &times), caption, fps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::datasets::synthetic::{Canvas, Split};

    #[test]
    fn a_clip_is_the_same_in_every_process_and_its_caption_fits() {
        let clips = SyntheticClips { seed: 3, split: Split::Train, canvas: Canvas::SMALL };
        for (frames, fps) in [(1, 8.0), (4, 2.0), (16, 8.0)] {
            let dataset = CaptionedSynthetic { clips, frames };
            for index in 0..20 {
                let clip = dataset.example(index);
                assert_eq!(clip, dataset.example(index));
                assert_eq!((clip.frames.count(), clip.fps), (frames, fps));
                assert!(!clip.caption.is_empty());
            }
        }
    }
}
