//! Frames in ever smaller sizes, and flows in larger ones: OpenCV's Gaussian blur and bilinear resizing in f32.

use rayon::prelude::*;

use super::Flow;

/// Levels below the frame itself.
const LEVELS: u32 = 3;
/// No level is smaller on a side.
const SMALLEST: usize = 32;

/// A grey picture.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    /// Height and width.
    pub size: [usize; 2],
    pub values: Vec<f32>,
}

/// The frame blurred and resized for each level, the largest first.
pub(super) fn levels(grey: &[u8], size: [usize; 2]) -> Vec<Plane> {
    let frame = Plane { size, values: grey.iter().map(|&value| f32::from(value)).collect() };
    let shrinks = |level: &u32| size.iter().all(|&side| side as f64 / f64::from(1_u32 << level) >= SMALLEST as f64);
    let last = (1..=LEVELS).take_while(shrinks).last().unwrap_or(0);
    (0..=last)
        .map(|level| {
            let scale = f64::from(1_u32 << level);
            let sides = size.map(|side| (side as f64 / scale).round_ties_even() as usize);
            let sigma = (scale - 1.0) * 0.5;
            let taps = ((sigma * 5.0).round_ties_even() as usize | 1).max(3);
            resized(&blurred(&frame, &gaussian(taps, sigma)), sides)
        })
        .collect()
}

/// A flow of a level at the next finer one, of twice the size.
pub(super) fn finer(flow: &Flow, size: [usize; 2]) -> Flow {
    let values = |axis: usize| Plane { size: flow.size, values: flow.vectors.iter().map(|it| it[axis]).collect() };
    let [right, down] = [0, 1].map(|axis| resized(&values(axis), size).values);
    let vectors = right.into_iter().zip(down).map(|(right, down)| [right * 2.0, down * 2.0]).collect();
    Flow { size, vectors }
}

/// The right half of a Gaussian with its middle, of sum 1 in all; without a sigma OpenCV's own for three taps.
fn gaussian(taps: usize, sigma: f64) -> Vec<f32> {
    if sigma <= 0.0 {
        return vec![0.5, 0.25];
    }
    let half: Vec<f64> = (0..=taps / 2).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp()).collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    half.into_iter().map(|weight| (weight / sum) as f32).collect()
}

/// The place inside of `length` that a place outside is a mirror image of, the border not repeated.
fn mirrored(place: isize, length: usize) -> usize {
    let length = length as isize;
    if length == 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    let place = place.rem_euclid(period);
    place.min(period - place) as usize
}

/// Blurs rows, then columns.
fn blurred(plane: &Plane, half: &[f32]) -> Plane {
    let [height, width] = plane.size;
    let reach = half.len() - 1;
    let mut rows = vec![0.0_f32; plane.values.len()];
    rows.par_chunks_mut(width).zip(plane.values.par_chunks(width)).for_each(|(blurred, row)| {
        let outside = |place: isize| row[mirrored(place, width)];
        for (x, value) in blurred.iter_mut().enumerate() {
            let mut sum = half[0] * row[x];
            for (distance, weight) in half.iter().enumerate().skip(1) {
                let pair = if x >= reach && x + reach < width {
                    row[x - distance] + row[x + distance]
                } else {
                    outside(x as isize - distance as isize) + outside((x + distance) as isize)
                };
                sum += weight * pair;
            }
            *value = sum;
        }
    });
    let mut values = vec![0.0_f32; plane.values.len()];
    values.par_chunks_mut(width).enumerate().for_each(|(y, blurred)| {
        let row = |place: isize| &rows[mirrored(place, height) * width..][..width];
        for (value, above) in blurred.iter_mut().zip(row(y as isize)) {
            *value = half[0] * above;
        }
        for (distance, weight) in half.iter().enumerate().skip(1) {
            let (above, below) = (row(y as isize - distance as isize), row((y + distance) as isize));
            for ((value, above), below) in blurred.iter_mut().zip(above).zip(below) {
                *value += weight * (above + below);
            }
        }
    });
    Plane { size: plane.size, values }
}

/// For each place of a side: the two places that it lies between, and how far it is from the first to the second.
fn between(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let ratio = from as f64 / to as f64;
    (0..to)
        .map(|place| {
            let centre = ((place as f64 + 0.5) * ratio - 0.5) as f32;
            if centre < 0.0 {
                return (0, 0, 0.0);
            }
            let first = centre as usize;
            if first + 1 >= from { (from - 1, from - 1, 0.0) } else { (first, first + 1, centre - first as f32) }
        })
        .collect()
}

/// Bilinear resizing without antialiasing, corners not aligned.
fn resized(plane: &Plane, size: [usize; 2]) -> Plane {
    if plane.size == size {
        return plane.clone();
    }
    let [height, width] = size;
    let (lines, columns) = (between(plane.size[0], height), between(plane.size[1], width));
    let mut values = vec![0.0_f32; height * width];
    values.par_chunks_mut(width).zip(lines).for_each(|(row, (above, below, down))| {
        let line = |y: usize| &plane.values[y * plane.size[1]..][..plane.size[1]];
        let (above, below) = (line(above), line(below));
        for (value, &(left, right, across)) in row.iter_mut().zip(&columns) {
            let mixed = |line: &[f32]| line[left] * (1.0 - across) + line[right] * across;
            *value = mixed(above) * (1.0 - down) + mixed(below) * down;
        }
    });
    Plane { size, values }
}
