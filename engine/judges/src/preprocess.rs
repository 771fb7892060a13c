//! Frames to the square pictures that a vision tower takes: range, resizing, letterbox or crop, normalisation.
//!
//! Resizing is torch's antialiased bicubic for tensors (torchvision's `resize`): a linear map along each axis, so that it is two
//! matmuls with known matrices and has its gradient from them.

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_kernels::{Epilogue, matmul};
use hummingbird_nn::cost::{MetaTensor, Tracer};
use serde::{Deserialize, Serialize};

use crate::unfit::{FramesUnfit, ScorerUnfit};

/// Colour channels of a frame.
const RGB: usize = 3;
/// Parameter of the cubic (Keys 1981): that of Pillow, and of torch where it antialiases.
const KEYS: f64 = -0.5;
/// Pixels of the source, or of the result where that is smaller, over which the cubic reaches to each side.
const REACH: f64 = 2.0;

/// How the colours of pictures in 0..1 are shifted and scaled: `(x - mean) / std`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Of red, green and blue.
    pub mean: [f32; RGB],
    /// Of red, green and blue.
    pub std: [f32; RGB],
}

impl Normalisation {
    /// CLIP's, which HPSv2 has.
    pub const CLIP: Self =
        Self { mean: [0.481_454_66, 0.457_827_5, 0.408_210_73], std: [0.268_629_54, 0.261_302_6, 0.275_777_1] };
    /// That of ImageNet, which InternVideo2 and ViCLIP have.
    pub const IMAGENET: Self = Self { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

    /// Whether it can be divided by.
    ///
    /// # Errors
    /// The first deviation that is not larger than 0.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        match self.std.into_iter().find(|std| !(std.is_finite() && *std > 0.0)) {
            Some(value) => Err(ScorerUnfit::Deviation { value }),
            None => Ok(()),
        }
    }

    /// # Shapes
    /// `[n, 3, height, width]`, unchanged
    pub fn apply(&self, pictures: Tensor<4>) -> Tensor<4> {
        let device = pictures.device().without_autodiff();
        let colours = |values: [f32; RGB]| Tensor::from_data(TensorData::new(values.to_vec(), [1, RGB, 1, 1]), &device);
        (pictures - colours(self.mean)) / colours(self.std)
    }
}

/// Frames as the decoder leaves them, in about -1..1, as pictures in 0..1; the gradient is zero where they are clamped.
///
/// # Shapes
/// `[n, 3, height, width]`, unchanged
pub fn unit_range(frames: Tensor<4>) -> Tensor<4> {
    (frames / 2.0 + 0.5).clamp(0.0, 1.0)
}

/// Cost of frames becoming normalised squares of these dimensions: range, clamp, resizing, normalisation.
pub(crate) fn cost_of_squares(tracer: &Tracer, frames: MetaTensor, squares: &[usize]) -> MetaTensor {
    let clamped = tracer.each_value(tracer.scaled(frames));
    let rows = tracer.gathered(clamped, squares);
    tracer.scaled(tracer.gathered(rows, squares))
}

/// How a frame of any size becomes a square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// The whole frame between black stripes (HPSv2's `ResizeMaxSize`).
    Letterbox,
    /// A square out of the frame, whose shorter side is the square's (`ResizeCropMinSize` of the reference).
    Crop,
}

/// The way of frames of one size to squares of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Squaring {
    framing: Framing,
    /// Height and width of a frame.
    from: [usize; 2],
    /// Height and width after resizing.
    resized: [usize; 2],
    side: usize,
}

impl Squaring {
    /// For frames of this height and width.
    ///
    /// # Errors
    /// Frames so narrow that nothing would be left of one side.
    pub fn new(framing: Framing, from: [usize; 2], side: usize) -> Result<Self, FramesUnfit> {
        let [height, width] = from;
        let narrow = || FramesUnfit::Narrow { width, height, side };
        let decisive = match framing {
            Framing::Letterbox => height.max(width),
            Framing::Crop => height.min(width),
        };
        if decisive == 0 {
            return Err(narrow());
        }
        let scale = side as f64 / decisive as f64;
        // Python's `round`: half to even.
        let resized = from.map(|length| (length as f64 * scale).round_ties_even() as usize);
        if resized.contains(&0) {
            return Err(narrow());
        }
        Ok(Self { framing, from, resized, side })
    }

    /// Height and width of frames after resizing.
    pub fn resized(&self) -> [usize; 2] {
        self.resized
    }

    /// The last row and the last column at which a crop can begin; zeros for a letterbox.
    pub fn last_crop(&self) -> [usize; 2] {
        self.resized.map(|length| length.saturating_sub(self.side))
    }

    /// The crop at the middle.
    pub fn middle(&self) -> [usize; 2] {
        self.last_crop().map(|last| last / 2)
    }

    /// Squares of `pictures`; a crop begins at row `top` and column `left` of the resized pictures, the same for all of them.
    ///
    /// Where the reference resizes nothing, it crops and pads nothing either and fails for all but squares: here they are still
    /// cropped or padded.
    ///
    /// # Shapes
    /// `[n, 3, height, width] -> [n, 3, side, side]`
    ///
    /// # Errors
    /// A crop that reaches beyond the pictures.
    ///
    /// # Panics
    /// When the pictures are not those that this is for: a bug of the caller.
    pub fn apply(&self, pictures: Tensor<4>, [top, left]: [usize; 2]) -> Result<Tensor<4>, FramesUnfit> {
        let [_, _, height, width] = pictures.dims();
        assert_eq!([height, width], self.from, "size of the frames");
        let [most_top, most_left] = self.last_crop();
        if top > most_top || left > most_left {
            return Err(FramesUnfit::Crop { top, left, most_top, most_left });
        }
        let resized = resize(pictures, self.resized);
        Ok(match self.framing {
            Framing::Crop => resized.narrow(2, top, self.side).narrow(3, left, self.side),
            Framing::Letterbox => letterbox(resized, self.side),
        })
    }
}

/// Pictures between stripes of zeros: half of them, rounded down, above and to the left.
fn letterbox(pictures: Tensor<4>, side: usize) -> Tensor<4> {
    let [_, _, height, width] = pictures.dims();
    let stripes = |pictures: Tensor<4>, axis: usize, length: usize| {
        let around = side - length;
        if around == 0 {
            return pictures;
        }
        let zeros = |count: usize| {
            let mut shape = pictures.dims();
            shape[axis] = count;
            Tensor::zeros(shape, &pictures.device())
        };
        let before = around / 2;
        let parts = [zeros(before), pictures.clone(), zeros(around - before)];
        Tensor::cat(parts.into_iter().filter(|part| part.dims()[axis] > 0).collect(), axis)
    };
    stripes(stripes(pictures, 2, height), 3, width)
}

/// Antialiased bicubic resizing; values may leave the range of the pictures.
///
/// # Shapes
/// `[n, channels, height, width] -> [n, channels, resized height, resized width]`
pub fn resize(pictures: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [_, _, from_height, from_width] = pictures.dims();
    let device = pictures.device().without_autodiff();
    let along = |pictures: Tensor<4>, from: usize, to: usize| {
        if from == to { pictures } else { matmul(pictures, resizing(from, to, &device), Epilogue::default()) }
    };
    // Rows first, as torch does; the matmul is over the last axis.
    let rows = along(pictures, from_width, width);
    if from_height == height {
        return rows;
    }
    along(rows.swap_dims(2, 3), from_height, height).swap_dims(2, 3)
}

/// The matrix of a resizing along one axis, `[to, from]`.
fn resizing(from: usize, to: usize, device: &Device) -> Tensor<2> {
    let ratio = from as f64 / to as f64;
    // Where it gets smaller, the cubic is stretched over all that becomes one pixel.
    let stretch = ratio.max(1.0);
    let mut matrix = vec![0.0; to * from];
    for (index, row) in matrix.chunks_exact_mut(from).enumerate() {
        let centre = (index as f64 + 0.5) * ratio;
        let reach = REACH * stretch;
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).min(from);
        let weights: Vec<f64> = (first..end).map(|place| cubic((place as f64 + 0.5 - centre) / stretch)).collect();
        // Beyond the border there is nothing: what is inside counts for all.
        let sum: f64 = weights.iter().sum();
        row[first..end].iter_mut().zip(weights).for_each(|(place, weight)| *place = (weight / sum) as f32);
    }
    Tensor::from_data(TensorData::new(matrix, [to, from]), device)
}

/// Keys' cubic convolution kernel.
fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        ((KEYS + 2.0) * x - (KEYS + 3.0)) * x * x + 1.0
    } else if x < REACH {
        ((KEYS * x - 5.0 * KEYS) * x + 8.0 * KEYS) * x - 4.0 * KEYS
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hummingbird_nn::params::values_of;

    fn squaring(framing: Framing, from: [usize; 2], side: usize) -> Squaring {
        Squaring::new(framing, from, side).expect("the frames are wide enough")
    }

    #[test]
    fn sizes_after_resizing_are_the_references() {
        let letterbox = |from, side| squaring(Framing::Letterbox, from, side).resized();
        assert_eq!(letterbox([320, 512], 224), [140, 224]);
        assert_eq!(letterbox([512, 320], 224), [224, 140]);
        assert_eq!(letterbox([80, 128], 56), [35, 56]);
        // 2.5 and 3.5: half to even.
        assert_eq!((letterbox([5, 8], 4), letterbox([7, 8], 4)), ([2, 4], [4, 4]));
        assert_eq!(letterbox([224, 224], 224), [224, 224]);
        let crop = |from, side| squaring(Framing::Crop, from, side).resized();
        assert_eq!((crop([320, 512], 224), crop([512, 320], 224)), ([224, 358], [358, 224]));
        assert_eq!(squaring(Framing::Crop, [512, 320], 224).last_crop(), [134, 0]);
        assert_eq!(squaring(Framing::Crop, [512, 320], 224).middle(), [67, 0]);
    }

    #[test]
    fn frames_of_which_nothing_would_be_left_are_an_error() {
        let narrow = FramesUnfit::Narrow { width: 1000, height: 1, side: 224 };
        assert_eq!(Squaring::new(Framing::Letterbox, [1, 1000], 224), Err(narrow));
        assert!(Squaring::new(Framing::Letterbox, [0, 0], 224).is_err());
        assert!(Squaring::new(Framing::Crop, [0, 9], 224).is_err());
    }

    #[test]
    fn a_crop_beyond_the_frame_is_an_error() {
        let squaring = squaring(Framing::Crop, [8, 16], 4);
        let pictures = Tensor::zeros([1, 3, 8, 16], &Device::flex());
        let error = squaring.apply(pictures.clone(), [1, 0]).expect_err("there is one row only");
        assert_eq!(error, FramesUnfit::Crop { top: 1, left: 0, most_top: 0, most_left: 4 });
        assert_eq!(squaring.apply(pictures, [0, 4]).expect("it is inside").dims(), [1, 3, 4, 4]);
    }

    /// The rows of the matrix sum to 1, a constant stays one, and what need not be resized is the same.
    #[test]
    fn resizing_keeps_what_is_constant() {
        let device = Device::flex();
        for (from, to) in [(7, 3), (3, 7), (20, 19), (1, 5), (5, 1)] {
            let pictures = Tensor::<4>::ones([1, 2, from, from + 1], &device) * 0.75;
            let resized = resize(pictures, [to, to + 1]);
            assert_eq!(resized.dims(), [1, 2, to, to + 1]);
            assert!(values_of(resized.into_data()).iter().all(|value| (value - 0.75).abs() < 1e-6));
        }
    }

    /// Twice as many pixels: weights of Keys' cubic at a quarter and three quarters of a pixel, with a = -0.5.
    #[test]
    fn weights_are_those_of_the_cubic() {
        let matrix = values_of(resizing(8, 16, &Device::flex()).into_data());
        // The centre of pixel 8 of the result is 4.25: pixels 2 to 5 are 1.75, 0.75, 0.25 and 1.25 away.
        let expected = [0.0, 0.0, -0.023_437_5, 0.226_562_5, 0.867_187_5, -0.070_312_5, 0.0, 0.0];
        for (found, expected) in matrix[8 * 8..9 * 8].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }

    #[test]
    fn stripes_are_black_and_the_lower_one_is_the_wider() {
        let frames = Tensor::<4>::ones([1, 3, 1, 4], &Device::flex());
        let square = squaring(Framing::Letterbox, [1, 4], 4).apply(frames, [0, 0]).expect("a letterbox needs no crop");
        let rows: Vec<f32> = values_of(square.into_data()).chunks(4).take(4).map(|row| row[0]).collect();
        assert_eq!(rows, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn clamped_pixels_have_no_gradient() {
        let device = Device::flex().autodiff();
        let frames = Tensor::<4>::from_data([[[[-1.5_f32, -0.5, 0.5, 1.5]]]], &device).require_grad();
        let grads = unit_range(frames.clone()).sum().backward();
        let gradient = values_of(frames.grad(&grads).expect("it requires a gradient").into_data());
        assert_eq!(gradient, [0.0, 0.5, 0.5, 0.0]);
    }
}
