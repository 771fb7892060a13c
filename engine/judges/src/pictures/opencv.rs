//! OpenCV's bilinear resizing of bytes (`INTER_LINEAR`), in whole numbers: weights of 11 bits along each axis.

use super::RGB;

/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 11;

/// The two places of the source that a value is made of, and their weights.
struct Tap {
    places: [usize; 2],
    weights: [i32; 2],
}

/// # Shapes
/// `[height, width, 3] -> [to height, to width, 3]`
pub(super) fn resize(pixels: &[u8], [height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> Vec<u8> {
    let columns = taps(width, to_width);
    let along = |row: &[u8]| -> Vec<i32> {
        let value = |tap: &Tap, colour: usize| -> i32 {
            let parts = tap.places.iter().zip(tap.weights);
            parts.map(|(place, weight)| i32::from(row[place * RGB + colour]) * weight).sum()
        };
        columns.iter().flat_map(|tap| (0..RGB).map(|colour| value(tap, colour)).collect::<Vec<_>>()).collect()
    };
    let wide: Vec<Vec<i32>> = pixels.chunks_exact(width * RGB).map(along).collect();
    let mut resized = Vec::with_capacity(to_height * to_width * RGB);
    for Tap { places: [upper, lower], weights } in taps(height, to_height) {
        let values = wide[upper].iter().zip(&wide[lower]);
        // The steps of its vector code, each of which cuts bits off.
        resized.extend(values.map(|(&upper, &lower)| {
            let part = |value: i32, weight: i32| ((value >> 4) * weight) >> 16;
            ((part(upper, weights[0]) + part(lower, weights[1]) + 2) >> 2).clamp(0, 255) as u8
        }));
    }
    resized
}

fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let one = f32::from(1_u16 << WEIGHT_BITS);
    let tap = |index: usize| {
        let place = ((index as f64 + 0.5) * scale - 0.5) as f32;
        let lower = place.floor();
        let (lower, share) = match lower {
            lower if lower < 0.0 => (0, 0.0),
            lower if lower as usize >= from - 1 => (from - 1, 0.0),
            lower => (lower as usize, place - lower),
        };
        let weights = [1.0 - share, share].map(|weight| (weight * one).round_ties_even() as i32);
        Tap { places: [lower, (lower + 1).min(from - 1)], weights }
    };
    (0..to).map(tap).collect()
}
