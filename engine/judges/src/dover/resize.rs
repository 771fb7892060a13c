//! Bilinear resizing of frames of bytes, as torch does it on a CPU.

/// Colour channels of a frame.
pub const RGB: usize = 3;

/// The weights of one pixel of the result along one axis: those of `weights.len()` neighbours from `first` on.
#[derive(Clone, Debug, PartialEq)]
struct Neighbours {
    first: usize,
    weights: Vec<f32>,
}

/// Antialiased resizing along one axis (`_upsample_bilinear2d_aa`): a triangle that is as wide as two pixels of the source, or of
/// the result where that is smaller. Weights are computed in f32, as there.
fn triangle(from: usize, to: usize) -> Vec<Neighbours> {
    let scale = from as f32 / to as f32;
    let support = scale.max(1.0);
    let inverse = if scale >= 1.0 { 1.0 / scale } else { 1.0 };
    let of = |index: usize| {
        let centre = scale * (index as f32 + 0.5);
        // Conversions cut towards zero; the larger bound is positive.
        let first = (centre - support + 0.5).max(0.0) as usize;
        let end = ((centre + support + 0.5) as usize).min(from);
        let weight = |place: usize| (1.0 - ((place as f32 - centre + 0.5) * inverse).abs()).max(0.0);
        let weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        Neighbours { first, weights: weights.into_iter().map(|weight| weight / sum).collect() }
    };
    (0..to).map(of).collect()
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
        let line = |row: usize| -> Vec<f32> {
            let row = &frame[row * self.width * RGB..][..self.width * RGB];
            let mut line = Vec::with_capacity(side * RGB);
            for Neighbours { first, weights } in &self.columns {
                for colour in 0..RGB {
                    let values = row[first * RGB + colour..].iter().step_by(RGB);
                    line.push(weights.iter().zip(values).map(|(weight, &value)| weight * f32::from(value)).sum());
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
                kept.push_back(line(first_kept + kept.len()));
            }
            for place in 0..side * RGB {
                let value: f32 = weights.iter().zip(&kept).map(|(weight, line)| weight * line[place]).sum();
                square.push(value.round_ties_even() as u8);
            }
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
            let line =
                |row: usize| value(row, columns[0]) * column_weights[0] + value(row, columns[1]) * column_weights[1];
            ((line(rows[0]) * row_weights[0] + line(rows[1]) * row_weights[1]) * 255.0) as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_a_constant_stays() {
        for (from, to) in [(7, 3), (3, 7), (20, 19), (1, 5), (5, 1), (320, 224)] {
            for neighbours in triangle(from, to) {
                assert!((neighbours.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
            let frame = vec![201; from * (from + 1) * RGB];
            let square = Resizing::new([from, from + 1], to).apply(&frame);
            assert_eq!(square, vec![201; to * to * RGB], "{from} to {to}");
        }
    }

    /// Halving: each pixel of the result sees four of the source, at distances of 0.25 and 0.75.
    #[test]
    fn halving_is_antialiased() {
        let weights = triangle(8, 4);
        assert_eq!(weights[1], Neighbours { first: 1, weights: vec![0.125, 0.375, 0.375, 0.125] });
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
