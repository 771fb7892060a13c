//! Patches of a picture at three scales.
//!
//! The reference fills the patches of the smaller scales up to a fixed number and masks what it added. Nothing that is masked is
//! seen by another token, so that there are no such patches here.

use burn::tensor::{Device, Tensor, TensorData};

use crate::pictures::torch::{Filter, resize};
use crate::pictures::{Picture, RGB};

/// Longest side that a scale may ask for, in pixels.
pub(super) const MOST_SIDE: usize = 4096;

/// Where a patch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Row of the table of positions.
    pub position: usize,
    /// Scale, the smallest first.
    pub scale: usize,
}

/// The patches of one picture.
#[derive(Clone, Debug)]
pub struct MusiqPatches {
    /// Where they lie.
    pub places: Vec<Place>,
    /// `[patches, side, side, 3]`, values -1..1, zeros around the picture.
    values: Vec<f32>,
    side: usize,
}

impl MusiqPatches {
    /// Of a picture with values 0..1.
    pub(super) fn of(picture: &Picture, longer_sides: [usize; 2], side: usize, grid: usize) -> Self {
        let size = picture.size();
        let values: Vec<f32> = picture.values().iter().map(|value| (value - 0.5) * 2.0).collect();
        let mut patches = Self { places: Vec::new(), values: Vec::new(), side };
        for (scale, longer) in longer_sides.into_iter().enumerate() {
            let ratio = longer as f64 / size[0].max(size[1]) as f64;
            // Python's `round`: half to even.
            let to = size.map(|length| ((length as f64 * ratio).round_ties_even() as usize).max(1));
            let resized = if to == size { values.clone() } else { resize(&values, size, to, Filter::Cubic) };
            patches.add(&resized, to, scale, grid);
        }
        patches.add(&values, size, longer_sides.len(), grid);
        patches
    }

    /// Patches of a scale, row by row. What is missing to whole ones is zero: half of it, rounded down, above and to the left.
    fn add(&mut self, planes: &[f32], [height, width]: [usize; 2], scale: usize, grid: usize) {
        let side = self.side;
        let [rows, columns] = [height, width].map(|length| length.div_ceil(side));
        let [top, left] = [(rows, height), (columns, width)].map(|(count, length)| (count * side - length) / 2);
        for row in 0..rows {
            for column in 0..columns {
                let position = nearest(row, rows, grid) * grid + nearest(column, columns, grid);
                self.places.push(Place { position, scale });
                for y in row * side..(row + 1) * side {
                    for x in column * side..(column + 1) * side {
                        let inside = y.checked_sub(top).zip(x.checked_sub(left));
                        let place = inside.filter(|&(y, x)| y < height && x < width).map(|(y, x)| y * width + x);
                        let value = |colour: usize| place.map_or(0.0, |place| planes[colour * height * width + place]);
                        self.values.extend((0..RGB).map(value));
                    }
                }
            }
        }
    }

    /// # Shapes
    /// `[patches, side, side, 3]`
    pub(super) fn tensor(&self, device: &Device) -> Tensor<4> {
        let shape = [self.places.len(), self.side, self.side, RGB];
        Tensor::from_data(TensorData::new(self.values.clone(), shape), device)
    }

    /// Mean of each patch, padding included.
    pub fn means(&self) -> Vec<f64> {
        let of = |patch: &[f32]| patch.iter().map(|&value| f64::from(value)).sum::<f64>() / patch.len() as f64;
        self.values.chunks_exact(self.side * self.side * RGB).map(of).collect()
    }
}

/// torch's nearest neighbour: the place of a table of `grid` for the `index`-th of `count`.
fn nearest(index: usize, count: usize, grid: usize) -> usize {
    let step = grid as f32 / count as f32;
    ((index as f32 * step) as usize).min(grid - 1)
}
