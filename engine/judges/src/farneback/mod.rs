//! Farneback's dense optical flow of two grey frames, with the parameters and the arithmetic of OpenCV's `calcOpticalFlowFarneback`
//! (pyramid of halves with 3 levels below the frame, box window of 15, 3 iterations, neighbourhoods of 5, sigma 1.2).
//!
//! Farneback 2003, "Two-Frame Motion Estimation Based on Polynomial Expansion". A frame goes this way: grey bytes -> `pyramid`
//! (blurred and resized) -> `expansion` (a quadratic polynomial at each pixel); `solve` finds the displacement between two frames'
//! polynomials, level by level. The expansions of a frame serve two pairs, so that a stream expands each frame once. It runs on
//! the processor's threads, whatever the device is.

mod expansion;
mod pyramid;
mod solve;

use expansion::Expansion;

/// Colours of a pixel.
const RGB: usize = 3;

/// Grey of RGB pixels, as OpenCV rounds it: 0.299, 0.587 and 0.114 in 15 bits.
///
/// # Shapes
/// bytes of `[height, width, 3] -> [height, width]`
pub fn grey(rgb: &[u8]) -> Vec<u8> {
    let weighted = |&[red, green, blue]: &[u8; RGB]| {
        let sum = 9798 * u32::from(red) + 19235 * u32::from(green) + 3735 * u32::from(blue);
        ((sum + (1 << 14)) >> 15) as u8
    };
    rgb.as_chunks::<RGB>().0.iter().map(weighted).collect()
}

/// A frame that is ready to be compared with another.
#[derive(Clone, Debug)]
pub struct Expanded {
    size: [usize; 2],
    /// The frame itself first, then ever smaller ones.
    levels: Vec<Expansion>,
}

/// Where the pixels of a frame are in the next, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Height and width.
    pub size: [usize; 2],
    /// Displacement to the right and down, pixel by pixel in rows.
    pub vectors: Vec<[f32; 2]>,
}

impl Expanded {
    /// Expands grey pixels of this height and width.
    ///
    /// # Panics
    /// When there is no pixel, or not as many as the sides say: a bug of the caller.
    pub fn new(grey: &[u8], size: [usize; 2]) -> Self {
        assert!(!grey.is_empty() && grey.len() == size[0] * size[1], "{} pixels for a frame of {size:?}", grey.len());
        let levels = pyramid::levels(grey, size).iter().map(Expansion::new).collect();
        Self { size, levels }
    }

    /// Height and width of the frame.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The flow from here to `next`.
    ///
    /// # Panics
    /// When the frames have different sizes: a bug of the caller.
    pub fn flow_to(&self, next: &Self) -> Flow {
        assert_eq!(self.size, next.size, "sizes of two frames");
        let mut flow: Option<Flow> = None;
        for (from, to) in self.levels.iter().zip(&next.levels).rev() {
            let start = match flow {
                None => Flow::zeros(from.size()),
                Some(coarse) => pyramid::finer(&coarse, from.size()),
            };
            flow = Some(solve::refined(from, to, start));
        }
        flow.unwrap_or_else(|| Flow::zeros(self.size))
    }
}

impl Flow {
    fn zeros(size: [usize; 2]) -> Self {
        Self { size, vectors: vec![[0.0; 2]; size[0] * size[1]] }
    }

    /// Mean length of the vectors, in pixels.
    pub fn mean_length(&self) -> f64 {
        let lengths = self.vectors.iter().map(|&[x, y]| f64::from(x).hypot(f64::from(y)));
        lengths.sum::<f64>() / self.vectors.len() as f64
    }
}

#[cfg(test)]
mod tests;
