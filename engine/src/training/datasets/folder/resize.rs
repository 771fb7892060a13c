//! Pictures to the size of examples: resized to cover it, then cut around the centre.
//!
//! As torchvision's `Resize` (bilinear with antialiasing) and `CenterCrop` do it on pictures that are not narrower than the
//! size asks; the reference pads those with black, here they are enlarged further, so that no model learns black bars.

use hummingbird_judges::antialias::triangle;
use hummingbird_video::Picture;

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
    let columns = &triangle(picture.width, wide)[left..left + width];
    let rows = &triangle(picture.height, high)[top..top + height];
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
