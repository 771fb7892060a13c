//! Crops of frames, on which autoencoders are trained.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Dataset;
use super::captioned::CaptionedClip;
use super::synthetic::dataset::CROP_STREAM;
use super::synthetic::{SubjectCrop, SubjectCrops};

/// Crops of drawn frames, which show their subjects, or of the first frames of other clips.
pub enum Crops {
    /// Of drawn frames.
    Drawn(SubjectCrops),
    /// Of other clips.
    Others {
        /// The clips; their frames are at least as large as a crop.
        clips: Box<dyn Dataset<Example = CaptionedClip>>,
        /// Width and height of a crop in pixels.
        size: [usize; 2],
        /// Seed of the places.
        seed: u64,
    },
}

impl Dataset for Crops {
    type Example = SubjectCrop;

    fn count(&self) -> Option<u64> {
        match self {
            Self::Drawn(crops) => crops.count(),
            Self::Others { clips, .. } => clips.count(),
        }
    }

    fn example(&self, index: u64) -> SubjectCrop {
        let (clips, [width, height], seed) = match self {
            Self::Drawn(crops) => return crops.example(index),
            Self::Others { clips, size, seed } => (clips, *size, seed),
        };
        let frames = clips.example(index).frames;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ CROP_STREAM ^ index.rotate_left(20));
        let left = rng.random_range(0..=frames.width().saturating_sub(width));
        let top = rng.random_range(0..=frames.height().saturating_sub(height));
        let rows = frames.frame(0).chunks_exact(frames.width() * 3).skip(top).take(height);
        let pixels = rows.flat_map(|row| &row[left * 3..(left + width) * 3]);
        SubjectCrop {
            pixels: pixels.map(|&byte| f32::from(byte) / 127.5 - 1.0).collect(),
            subject: vec![0.0; width * height],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::Frames;

    /// Each pixel says where it is.
    struct Places;

    impl Dataset for Places {
        type Example = CaptionedClip;

        fn count(&self) -> Option<u64> {
            None
        }

        fn example(&self, _: u64) -> CaptionedClip {
            let pixels = (0..12_u8).flat_map(|row| (0..20_u8).flat_map(move |column| [row, column, 0])).collect();
            CaptionedClip { frames: Frames::new(20, 12, pixels), caption: String::new(), fps: 8.0 }
        }
    }

    #[test]
    fn a_crop_is_a_part_of_the_frame_and_all_parts_are_drawn() {
        let crops = Crops::Others { clips: Box::new(Places), size: [8, 4], seed: 1 };
        let mut corners = std::collections::BTreeSet::new();
        for index in 0..2000 {
            let crop = crops.example(index);
            assert_eq!(crop, crops.example(index));
            let byte = |place: usize| ((crop.pixels[place] + 1.0) * 127.5).round() as usize;
            let (top, left) = (byte(0), byte(1));
            for (place, pixel) in crop.pixels.chunks_exact(3).enumerate() {
                let at = |value: f32| ((value + 1.0) * 127.5).round() as usize;
                assert_eq!([at(pixel[0]), at(pixel[1])], [top + place / 8, left + place % 8]);
            }
            corners.insert((top, left));
        }
        assert_eq!(corners.len(), 9 * 13);
    }
}
