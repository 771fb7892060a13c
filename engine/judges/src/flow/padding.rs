//! Sides that are multiples of a number: edges repeated around a picture, the smaller half above and to the left.

use burn::tensor::{Int, Tensor};

/// What is repeated around pictures of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Padding {
    /// Height and width of a picture.
    size: [usize; 2],
    /// Rows above and columns to the left.
    before: [usize; 2],
    /// Height and width with what is repeated.
    padded: [usize; 2],
}

impl Padding {
    /// To multiples of `multiple`.
    pub fn to(multiple: usize, size: [usize; 2]) -> Self {
        let padded = size.map(|side| side.next_multiple_of(multiple));
        let before = [0, 1].map(|axis| (padded[axis] - size[axis]) / 2);
        Self { size, before, padded }
    }

    /// # Shapes
    /// `[n, height, width, channels] -> [n, padded height, padded width, channels]`
    pub fn apply(&self, pictures: Tensor<4>) -> Tensor<4> {
        [0, 1].into_iter().fold(pictures, |pictures, axis| {
            let (side, before, padded) = (self.size[axis], self.before[axis], self.padded[axis]);
            if side == padded {
                return pictures;
            }
            let places: Vec<i32> = (0..padded).map(|at| at.saturating_sub(before).min(side - 1) as i32).collect();
            let places = Tensor::<1, Int>::from_ints(places.as_slice(), &pictures.device());
            pictures.select(axis + 1, places)
        })
    }

    /// The pictures without what was repeated.
    ///
    /// # Shapes
    /// `[n, padded height, padded width, channels] -> [n, height, width, channels]`
    pub fn cut(&self, pictures: Tensor<4>) -> Tensor<4> {
        pictures.narrow(1, self.before[0], self.size[0]).narrow(2, self.before[1], self.size[1])
    }
}
