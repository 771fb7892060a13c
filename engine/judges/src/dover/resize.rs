//! Bilinear resizing of frames of bytes, as torch does it on a CPU.

use crate::antialias::{Neighbours, triangle};

/// Colour channels of a frame.
pub const RGB: usize = 3;

/// `a * b + c` as one instruction gives it, which torch's sums are made of; it decides about the last digit, by which a byte is
/// rounded one way or the other. A product of two f32 is exact in f64.
fn fused(a: f32, b: f32, c: f32) -> f32 {
    (f64::from(a) * f64::from(b) + f64::from(c)) as f32
}

/// A resizing of frames of one size to squares.
#[derive(Clone, Debug)]
pub struct Resizing {
    rows: Vec<Neighbours>,
    columns: Vec<Neighbours>,
    width: usize,
}

impl Resizing {
    /// From frames of this height and width, at least one pixel each.
    pub fn new([height, width]: [usize; 2], side: usize) -> Self {
        Self { rows: triangle(height, side), columns: triangle(width, side), width }
    }

    /// The frame as a square, rounded half to even.
    ///
    /// # Shapes
    /// `[height, width, 3] -> [side, side, 3]`
    pub fn apply(&self, frame: &[u8]) -> Vec<u8> {
        // Along the rows first, as torch does: [height, side, 3] in f32. Only rows that are needed now are kept.
        let side = self.columns.len();
        let line_of = |row: usize| -> Vec<f32> {
            let row = &frame[row * self.width * RGB..][..self.width * RGB];
            let mut line = Vec::with_capacity(side * RGB);
            for Neighbours { first, weights } in &self.columns {
                for colour in 0..RGB {
                    let values = row[first * RGB + colour..].iter().step_by(RGB);
                    let add = |sum, (&weight, &value): (&f32, &u8)| fused(weight, f32::from(value), sum);
                    line.push(weights.iter().zip(values).fold(0.0, add));
                }
            }
            line
        };
        let mut kept: std::collections::VecDeque<Vec<f32>> = std::collections::VecDeque::new();
        let mut first_kept = 0;
        let mut square = Vec::with_capacity(self.rows.len() * side * RGB);
        for Neighbours { first, weights } in &self.rows {
            while first_kept < *first {
                kept.pop_front();
                first_kept += 1;
            }
            while kept.len() < weights.len() {
                kept.push_back(line_of(first_kept + kept.len()));
            }
            let mut sums = vec![0.0; side * RGB];
            for (&weight, line) in weights.iter().zip(&kept) {
                sums.iter_mut().zip(line).for_each(|(sum, &value)| *sum = fused(weight, value, *sum));
            }
            square.extend(sums.into_iter().map(|value| value.round_ties_even() as u8));
        }
        square
    }
}

/// Enlarging by a factor, corners not aligned, the result cut down to bytes: what the reference does with pictures that are
/// smaller than the fragments.
#[derive(Clone, Copy, Debug)]
pub struct Enlarging {
    /// Pixels of the source for each of the result.
    step: f32,
    size: [usize; 2],
}

impl Enlarging {
    /// Of frames of this height and width, by `1 / ratio`.
    pub fn new(size: [usize; 2], ratio: f64) -> Self {
        // The reference gives torch the factor, and torch divides by it again.
        Self { step: (1.0 / (1.0 / ratio)) as f32, size }
    }

    /// A pixel of the result.
    pub fn pixel(&self, frame: &[u8], [row, column]: [usize; 2]) -> [u8; RGB] {
        let [height, width] = self.size;
        let along = |index: usize, length: usize| {
            let place = (self.step * (index as f32 + 0.5) - 0.5).max(0.0);
            let first = (place as usize).min(length - 1);
            let second = (first + 1).min(length - 1);
            let weight = (place - first as f32).min(1.0);
            ([first, second], [1.0 - weight, weight])
        };
        let (rows, row_weights) = along(row, height);
        let (columns, column_weights) = along(column, width);
        std::array::from_fn(|colour| {
            let value = |row: usize, column: usize| f32::from(frame[(row * width + column) * RGB + colour]) / 255.0;
            let between =
                |[first, second]: [f32; 2], [of_first, of_second]: [f32; 2]| fused(first, of_first, second * of_second);
            let line = |row: usize| between(columns.map(|column| value(row, column)), column_weights);
            (between(rows.map(line), row_weights) * 255.0) as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        for (from, to) in [(7, 3), (3, 7), (20, 19), (1, 5), (5, 1), (320, 224)] {
            let frame = vec![201; from * (from + 1) * RGB];
            let square = Resizing::new([from, from + 1], to).apply(&frame);
            assert_eq!(square, vec![201; to * to * RGB], "{from} to {to}");
        }
    }

    #[test]
    fn enlarging_keeps_a_constant_within_the_cut() {
        let frame = vec![100; 4 * 4 * RGB];
        let enlarging = Enlarging::new([4, 4], 4.0 / 224.0);
        for place in [[0, 0], [223, 223], [17, 100]] {
            assert!(enlarging.pixel(&frame, place).iter().all(|value| (99..=100).contains(value)));
        }
    }
}
