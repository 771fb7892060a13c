//! Frames of a clip as the pictures that VBench's networks take: resized, cropped and normalised on the processor, as the programs
//! that those networks were published with do it.
//!
//! They do not agree: `torch` resamples floats without antialiasing, `pillow` and `opencv` resample bytes in whole numbers. The
//! differences are small and count (features move by up to 0.04), so that each network has a function of its own here. Not here:
//! the pictures of scorers, which have gradients (`preprocess`).

mod opencv;
mod pillow;
pub(crate) mod torch;

use burn::tensor::{Device, Tensor, TensorData};

use crate::preprocess::Normalisation;
use crate::unfit::FramesUnfit;

/// Colour channels of a pixel.
pub(crate) const RGB: usize = 3;
/// Most pixels of a picture's longer side for one of its shorter side: without a crop a picture grows with it.
const MOST_RATIO: usize = 32;
/// Largest side that a frame is resized to on its way to UMT, whose crops are seven eighths of it.
const UMT_RESIZED: f64 = 256.0 / 224.0;
/// Longest side of a picture whose quality MUSIQ judges.
const MUSIQ_LONGEST: usize = 512;

/// A frame: rows of pixels of three bytes, red, green and blue.
#[derive(Clone, Copy, Debug)]
pub struct Rgb<'a> {
    pixels: &'a [u8],
    height: usize,
    width: usize,
}

impl<'a> Rgb<'a> {
    /// A frame of this height and width.
    ///
    /// # Errors
    /// Frames without pixels, or more than 32 times as long as wide.
    ///
    /// # Panics
    /// When there are not three bytes for each pixel: a bug of the caller.
    pub fn new(pixels: &'a [u8], [height, width]: [usize; 2]) -> Result<Self, FramesUnfit> {
        let (shorter, longer) = (height.min(width), height.max(width));
        if shorter == 0 || longer / shorter > MOST_RATIO {
            return Err(FramesUnfit::Elongated { width, height, most: MOST_RATIO });
        }
        assert_eq!(pixels.len(), height * width * RGB, "three bytes for each pixel");
        Ok(Self { pixels, height, width })
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// One plane after the other, values 0..255.
    fn planes(&self) -> Picture {
        let plane = |colour: usize| self.pixels[colour..].iter().step_by(RGB).map(|&value| f32::from(value));
        Picture { values: (0..RGB).flat_map(plane).collect(), height: self.height, width: self.width }
    }

    /// Height and width after resizing the shorter side to `side` pixels; the other one is rounded down, as torchvision does.
    fn with_shorter_side(&self, side: usize) -> [usize; 2] {
        let shorter = self.height.min(self.width);
        [self.height, self.width].map(|length| side * length / shorter)
    }
}

/// A picture in floats, one plane of `[height, width]` for each colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    values: Vec<f32>,
    height: usize,
    width: usize,
}

impl Picture {
    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Red, then green, then blue, each row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn each(mut self, change: impl Fn(f32) -> f32) -> Self {
        self.values.iter_mut().for_each(|value| *value = change(*value));
        self
    }

    fn resized(self, filter: torch::Filter, to: [usize; 2]) -> Self {
        let from = self.size();
        if from == to {
            return self;
        }
        let values = torch::resize(&self.values, from, to, filter);
        Self { values, height: to[0], width: to[1] }
    }

    /// The square at the middle. Half a pixel is rounded to even, as Python does.
    fn cropped(&self, side: usize) -> Self {
        let [top, left] = middle([self.height, self.width], side);
        let plane = self.height * self.width;
        let rows =
            (0..RGB).flat_map(|colour| (top..top + side).map(move |row| colour * plane + row * self.width + left));
        let values = rows.flat_map(|begin| self.values[begin..begin + side].iter().copied()).collect();
        Self { values, height: side, width: side }
    }

    /// Values 0..255 as the networks take them.
    fn normalised(mut self, Normalisation { mean, std }: Normalisation) -> Self {
        let plane = self.height * self.width;
        for ((values, mean), std) in self.values.chunks_exact_mut(plane).zip(mean).zip(std) {
            values.iter_mut().for_each(|value| *value = (*value / 255.0 - mean) / std);
        }
        self
    }
}

/// Row and column at which a square at the middle begins.
fn middle(size: [usize; 2], side: usize) -> [usize; 2] {
    size.map(|length| ((length - side) as f64 / 2.0).round_ties_even() as usize)
}

/// Pictures of one size, behind each other.
///
/// # Shapes
/// `[n, 3, height, width]`
///
/// # Panics
/// Without pictures, or when they have different sizes: a bug of the caller.
pub fn batch(pictures: &[Picture], device: &Device) -> Tensor<4> {
    let [height, width] = pictures[0].size();
    assert!(pictures.iter().all(|picture| picture.size() == [height, width]), "pictures have one size");
    let values: Vec<f32> = pictures.iter().flat_map(|picture| picture.values.iter().copied()).collect();
    Tensor::from_data(TensorData::new(values, [pictures.len(), RGB, height, width]), device)
}

/// For DINO: the shorter side gets `side` pixels (bilinear, without antialiasing), nothing is cut off.
pub fn for_dino(frame: Rgb<'_>, side: usize) -> Picture {
    frame.planes().resized(torch::Filter::Linear, frame.with_shorter_side(side)).normalised(Normalisation::IMAGENET)
}

/// For CLIP where VBench looks at frames: bicubic without antialiasing in floats, and the square at the middle.
pub fn for_clip(frame: Rgb<'_>, side: usize) -> Picture {
    frame
        .planes()
        .resized(torch::Filter::Cubic, frame.with_shorter_side(side))
        .cropped(side)
        .normalised(Normalisation::CLIP)
}

/// For ViCLIP: as [`for_clip`], but resized values become bytes again.
pub fn for_viclip(frame: Rgb<'_>, side: usize) -> Picture {
    frame
        .planes()
        .resized(torch::Filter::Cubic, frame.with_shorter_side(side))
        .each(|value| value.round_ties_even().clamp(0.0, 255.0))
        .cropped(side)
        .normalised(Normalisation::CLIP)
}

/// For CLIP where VBench judges a style: Pillow's bicubic, which antialiases and rounds to bytes.
pub fn for_clip_style(frame: Rgb<'_>, side: usize) -> Picture {
    let [height, width] = frame.with_shorter_side(side);
    let pixels = pillow::resize(frame.pixels, frame.size(), [height, width]);
    Rgb { pixels: &pixels, height, width }.planes().cropped(side).normalised(Normalisation::CLIP)
}

/// For MUSIQ: at most 512 pixels long (bilinear, without antialiasing), values 0..1.
pub fn for_musiq(frame: Rgb<'_>) -> Picture {
    let longer = frame.height.max(frame.width);
    // Python multiplies with the rounded ratio and rounds down.
    let scale = MUSIQ_LONGEST as f64 / longer as f64;
    let to = match longer > MUSIQ_LONGEST {
        true => frame.size().map(|length| ((scale * length as f64) as usize).max(1)),
        false => frame.size(),
    };
    frame.planes().resized(torch::Filter::Linear, to).each(|value| value / 255.0)
}

/// For UMT: the shorter side gets eight sevenths of `side` pixels (OpenCV's bilinear, on bytes), and the square at the middle.
pub fn for_umt(frame: Rgb<'_>, side: usize) -> Picture {
    let shorter = frame.height.min(frame.width);
    let resized = (UMT_RESIZED * side as f64).round() as usize;
    let pixels;
    let frame = if shorter == resized {
        frame
    } else {
        let [height, width] = frame.with_shorter_side(resized);
        pixels = opencv::resize(frame.pixels, frame.size(), [height, width]);
        Rgb { pixels: &pixels, height, width }
    };
    frame.planes().cropped(side).normalised(Normalisation::IMAGENET)
}

/// The frames that ViCLIP and UMT look at: the middles of `wanted` parts of a clip (of as many as it has frames, where those are
/// fewer), the last one again until there are enough.
pub fn middle_frames(frames: usize, wanted: usize) -> Vec<usize> {
    let parts = frames.min(wanted);
    // numpy's `linspace`, as whole numbers.
    let border = |index: usize| (index as f64 * (frames as f64 / parts as f64)) as usize;
    let border = |index: usize| if index == parts { frames } else { border(index) };
    let chosen = (0..parts).map(|index| (border(index) + border(index + 1) - 1) / 2);
    let mut chosen: Vec<usize> = chosen.collect();
    let last = chosen.last().copied().unwrap_or_default();
    chosen.resize(wanted, last);
    chosen
}

#[cfg(test)]
mod tests;
