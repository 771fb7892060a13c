//! torch's `interpolate` without antialiasing and without aligned corners, on planes of floats.

/// Between which pixels a value lies, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Bilinear: two pixels along each axis.
    Linear,
    /// Bicubic: four of them, by Keys' cubic.
    Cubic,
}

/// Parameter of the cubic (Keys 1981): that of torch where it does not antialias.
const KEYS: f32 = -0.75;

/// Places in the source and their weights, `taps` of them for each value of the result, along one axis.
pub(crate) struct Axis {
    taps: usize,
    places: Vec<usize>,
    weights: Vec<f32>,
}

impl Axis {
    /// From `from` values to `to` of them, by their ratio.
    pub fn new(filter: Filter, from: usize, to: usize) -> Self {
        Self::scaled(filter, from, to, from as f32 / to as f32)
    }

    /// The same with a step through the source that is not the ratio of the lengths.
    pub fn scaled(filter: Filter, from: usize, to: usize, step: f32) -> Self {
        let taps = match filter {
            Filter::Linear => 2,
            Filter::Cubic => 4,
        };
        let mut axis = Self { taps, places: Vec::with_capacity(to * taps), weights: Vec::with_capacity(to * taps) };
        let last = from as isize - 1;
        for index in 0..to {
            let place = step * (index as f32 + 0.5) - 0.5;
            let place = if filter == Filter::Linear { place.max(0.0) } else { place };
            let lower = (place.floor() as isize).min(last);
            let share = (place - lower as f32).clamp(0.0, 1.0);
            let mut add = |offset: isize, weight: f32| {
                axis.places.push((lower + offset).clamp(0, last) as usize);
                axis.weights.push(weight);
            };
            match filter {
                Filter::Linear => {
                    add(0, 1.0 - share);
                    add(1, share);
                }
                Filter::Cubic => {
                    add(-1, outer(share + 1.0));
                    add(0, inner(share));
                    add(1, inner(1.0 - share));
                    add(2, outer(1.0 - share + 1.0));
                }
            }
        }
        axis
    }

    fn of_each(&self) -> impl Iterator<Item = (&[usize], &[f32])> {
        self.places.chunks_exact(self.taps).zip(self.weights.chunks_exact(self.taps))
    }
}

/// The cubic up to a distance of one pixel.
fn inner(x: f32) -> f32 {
    ((KEYS + 2.0) * x - (KEYS + 3.0)) * x * x + 1.0
}

/// The cubic between one and two pixels.
fn outer(x: f32) -> f32 {
    ((KEYS * x - 5.0 * KEYS) * x + 8.0 * KEYS) * x - 4.0 * KEYS
}

/// Planes of another size.
///
/// # Shapes
/// `[planes, height, width] -> [planes, to height, to width]`
pub(crate) fn resize(planes: &[f32], [height, width]: [usize; 2], to: [usize; 2], filter: Filter) -> Vec<f32> {
    let axes = [Axis::new(filter, height, to[0]), Axis::new(filter, width, to[1])];
    resize_by(planes, [height, width], &axes)
}

/// [`resize`] with given axes, of rows and of columns.
pub(crate) fn resize_by(planes: &[f32], [height, width]: [usize; 2], [rows, columns]: &[Axis; 2]) -> Vec<f32> {
    let to_width = columns.places.len() / columns.taps;
    let mut resized = Vec::with_capacity(planes.len() / (height * width) * rows.places.len() / rows.taps * to_width);
    for plane in planes.chunks_exact(height * width) {
        // Along rows first, as torch does.
        let along = |row: &[f32]| -> Vec<f32> {
            let value = |(places, weights): (&[usize], &[f32])| {
                places.iter().zip(weights).map(|(&place, weight)| row[place] * weight).sum()
            };
            columns.of_each().map(value).collect()
        };
        let wide: Vec<Vec<f32>> = plane.chunks_exact(width).map(along).collect();
        for (places, weights) in rows.of_each() {
            resized.extend((0..to_width).map(|column| -> f32 {
                places.iter().zip(weights).map(|(&place, weight)| wide[place][column] * weight).sum()
            }));
        }
    }
    resized
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice as many values: weights of the cubic at a quarter and three quarters of a pixel, with a = -0.75.
    #[test]
    fn weights_are_those_of_the_filters() {
        let axis = Axis::new(Filter::Cubic, 8, 16);
        // Place 8 of the result is 3.75 in the source.
        assert_eq!(axis.places[4 * 8..4 * 9], [2, 3, 4, 5]);
        let expected = [-0.035_156_25, 0.261_718_75, 0.878_906_25, -0.105_468_75];
        assert!(axis.weights[4 * 8..4 * 9].iter().zip(expected).all(|(weight, it)| (weight - it).abs() < 1e-6));
        let axis = Axis::new(Filter::Linear, 8, 16);
        assert_eq!((&axis.places[..4], &axis.weights[..4]), (&[0, 1, 0, 1][..], &[1.0, 0.0, 0.75, 0.25][..]));
        assert_eq!((&axis.places[30..], &axis.weights[30..]), (&[7, 7][..], &[0.75, 0.25][..]));
    }

    #[test]
    fn nothing_changes_what_is_constant() {
        for (from, to) in [([7, 5], [3, 9]), ([1, 1], [4, 4]), ([20, 19], [19, 20])] {
            for filter in [Filter::Linear, Filter::Cubic] {
                let resized = resize(&vec![0.75; from[0] * from[1]], from, to, filter);
                assert_eq!(resized.len(), to[0] * to[1]);
                assert!(resized.iter().all(|value| (value - 0.75).abs() < 1e-6), "{filter:?} {from:?} {to:?}");
            }
        }
    }
}
