//! Pillow's bicubic resizing of bytes (`Resample.c`): antialiased, along rows and then along columns, each rounded to bytes, with
//! weights in whole numbers.

use super::RGB;

/// Parameter of the cubic (Keys 1981).
const KEYS: f64 = -0.5;
/// Pixels over which the cubic reaches to each side, of the source or of the result, whichever are larger.
const REACH: f64 = 2.0;
/// Fraction bits of a weight: a sum of bytes keeps its sign in 32 bits.
const FRACTION_BITS: u32 = 32 - 8 - 2;

/// What a value of the result is made of.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// # Shapes
/// `[height, width, 3] -> [to height, to width, 3]`
pub(super) fn resize(pixels: &[u8], [height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> Vec<u8> {
    let wide = if to_width == width {
        pixels.to_vec()
    } else {
        let windows = windows(width, to_width);
        let rows = pixels.chunks_exact(width * RGB);
        rows.flat_map(|row| windows.iter().flat_map(|window| of_window(window, |place| &row[place * RGB..]))).collect()
    };
    if to_height == height {
        return wide;
    }
    let windows = windows(height, to_height);
    let mut resized = Vec::with_capacity(to_height * to_width * RGB);
    for window in &windows {
        for column in 0..to_width {
            resized.extend(of_window(window, |row| &wide[(row * to_width + column) * RGB..]));
        }
    }
    resized
}

/// One pixel of the result; `pixel` gives those of the source.
fn of_window<'a>(window: &Window, pixel: impl Fn(usize) -> &'a [u8]) -> [u8; RGB] {
    let mut sums = [1_i32 << (FRACTION_BITS - 1); RGB];
    for (nth, weight) in window.weights.iter().enumerate() {
        let pixel = pixel(window.first + nth);
        sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += weight * i32::from(value));
    }
    sums.map(|sum| (sum >> FRACTION_BITS).clamp(0, 255) as u8)
}

fn windows(from: usize, to: usize) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    // Where it gets smaller, the cubic is stretched over all that becomes one pixel.
    let stretch = scale.max(1.0);
    let reach = REACH * stretch;
    let window = |index: usize| {
        let centre = (index as f64 + 0.5) * scale;
        // Below zero both are cut to it, as the cast does.
        let first = (centre - reach + 0.5) as usize;
        let end = ((centre + reach + 0.5) as usize).min(from);
        let weights: Vec<f64> =
            (first..end).map(|place| cubic((place as f64 - centre + 0.5) * (1.0 / stretch))).collect();
        let sum: f64 = weights.iter().sum();
        let whole = |weight: &f64| {
            let weight = weight * (1.0 / sum) * f64::from(1_i32 << FRACTION_BITS);
            (weight + if weight < 0.0 { -0.5 } else { 0.5 }) as i32
        };
        Window { first, weights: weights.iter().map(whole).collect() }
    };
    (0..to).map(window).collect()
}

/// Keys' cubic convolution kernel.
fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        ((KEYS + 2.0) * x - (KEYS + 3.0)) * x * x + 1.0
    } else if x < REACH {
        (((x - 5.0) * x + 8.0) * x - 4.0) * KEYS
    } else {
        0.0
    }
}
