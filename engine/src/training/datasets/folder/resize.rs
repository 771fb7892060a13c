//! Pictures to the size of examples: resized to cover it, then cut around the centre.
//!
//! As torchvision's `Resize` (bilinear with antialiasing) and `CenterCrop` do it on pictures that are not narrower than the
//! size asks; the reference pads those with black, here they are enlarged further, so that no model learns black bars.

use hummingbird_video::Picture;

/// Weights of the pixels that make one pixel.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// Bilinear with antialiasing (torch `upsample_bilinear2d_aa`): a triangle as wide as the larger of a source and a target pixel.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    (0..to)
        .map(|index| {
            let centre = scale * (index as f64 + 0.5);
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from).max(first + 1);
            let weight = |at: usize| (1.0 - ((at as f64 - centre + 0.5) / reach).abs()).max(0.0);
            let weights: Vec<f64> = (first..end).map(weight).collect();
            let sum: f64 = weights.iter().sum();
            Taps { first, weights: weights.iter().map(|weight| (weight / sum) as f32).collect() }
        })
        .collect()
}

/// Size after resizing, and where the cut begins: `(width, height, left, top)`.
fn placed(from: [usize; 2], to: [usize; 2]) -> (usize, usize, usize, usize) {
    let [from_width, from_height] = from;
    let [to_width, to_height] = to;
    let (width, height) = if to_width * from_height > to_height * from_width {
        (to_width, (to_width * from_height / from_width).max(to_height))
    } else {
        ((to_height * from_width / from_height).max(to_width), to_height)
    };
    // Half a pixel goes to the even neighbour, as Python rounds.
    let half = |spare: usize| if spare % 4 == 3 { spare / 2 + 1 } else { spare / 2 };
    (width, height, half(width - to_width), half(height - to_height))
}

/// The middle of a picture at another size, `[height, width, 3]`.
pub(super) fn fit(picture: &Picture, width: usize, height: usize) -> Vec<u8> {
    let (wide, high, left, top) = placed([picture.width, picture.height], [width, height]);
    let columns = &taps(picture.width, wide)[left..left + width];
    let rows = &taps(picture.height, high)[top..top + height];
    let first_row = rows.iter().map(|row| row.first).min().unwrap_or_default();
    let end_row = rows.iter().map(|row| row.first + row.weights.len()).max().unwrap_or_default();
    // [rows that are needed, width, 3]
    let mut across = Vec::with_capacity((end_row - first_row) * width * 3);
    for row in first_row..end_row {
        let line = picture.rgb[row * picture.width * 3..(row + 1) * picture.width * 3].as_chunks::<3>().0;
        for column in columns {
            let mut sum = [0.0_f32; 3];
            for (pixel, weight) in line[column.first..].iter().zip(&column.weights) {
                for (sum, &value) in sum.iter_mut().zip(pixel) {
                    *sum += weight * f32::from(value);
                }
            }
            across.extend(sum);
        }
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    let mut sums = vec![0.0_f32; width * 3];
    for row in rows {
        sums.fill(0.0);
        for (line, weight) in across.chunks_exact(width * 3).skip(row.first - first_row).zip(&row.weights) {
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += weight * value;
            }
        }
        // The cast saturates; weights that sum up to 1 keep values within 0 to 255.
        pixels.extend(sums.iter().map(|sum| sum.round_ties_even() as u8));
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row of a picture in grey.
    fn row(values: &[u8]) -> Picture {
        let rgb = values.iter().flat_map(|&value| [value; 3]).collect();
        Picture { width: values.len(), height: 1, rgb }
    }

    #[test]
    fn weights_are_those_of_torch() {
        // Of 0, 10, 20 and so on, as torch.nn.functional.interpolate(mode="bilinear", antialias=True) has them.
        let values = |from: usize, to: usize| -> Vec<f32> {
            let of = |taps: &Taps| {
                let values = taps.weights.iter().enumerate();
                values.map(|(at, weight)| weight * 10.0 * (taps.first + at) as f32).sum()
            };
            taps(from, to).iter().map(of).collect()
        };
        // By hand for half the size: weights 1/8, 3/8, 3/8, 1/8 where all of them lie inside.
        let halved = values(6, 3);
        let inside = 10.0 / 8.0 + 20.0 * 3.0 / 8.0 + 30.0 * 3.0 / 8.0 + 40.0 / 8.0;
        assert!((halved[1] - inside).abs() < 1e-5, "{halved:?}");
        // At the edge what lies outside is left out: 3/8, 3/8, 1/8 of 7/8.
        let edge = (10.0 * 3.0 / 8.0 + 20.0 / 8.0) / (7.0 / 8.0);
        assert!((halved[0] - edge).abs() < 1e-5, "{halved:?}");
        // Enlarged, it is plain interpolation.
        assert_eq!(values(2, 4), [0.0, 2.5, 7.5, 10.0]);
        assert_eq!(values(3, 3), [0.0, 10.0, 20.0]);
    }

    #[test]
    fn pictures_cover_the_size_and_lose_their_edges_evenly() {
        // 640x360 to 512x320: 568x320, of which 28 are cut off on either side.
        assert_eq!(placed([640, 360], [512, 320]), (568, 320, 28, 0));
        assert_eq!(placed([320, 320], [512, 320]), (512, 512, 0, 96), "no black bars");
        assert_eq!(placed([90, 160], [512, 320]), (512, 910, 0, 295));
        assert_eq!(placed([512, 320], [512, 320]), (512, 320, 0, 0));
        // 2.5 becomes 2, 1.5 becomes 2.
        assert_eq!((placed([25, 10], [20, 10]).2, placed([23, 10], [20, 10]).2), (2, 2));
    }

    #[test]
    fn a_cut_is_the_middle_of_the_whole() {
        let picture = row(&[0, 50, 100, 150, 200]);
        assert_eq!(fit(&picture, 1, 1), [100; 3]);
        assert_eq!(fit(&picture, 3, 1), row(&[50, 100, 150]).rgb);
        assert_eq!(fit(&row(&[7]), 4, 6), vec![7; 72]);
    }
}
