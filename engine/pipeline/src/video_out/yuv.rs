//! RGB to 4:2:0 YCbCr for video: BT.709 matrix, limited range (ITU-R BT.709-6, section 3), chroma sited left as H.264
//! takes it where the stream says nothing (ITU-T H.264, figure E-1, type 0).

/// Luma weights of red and blue (ITU-R BT.709-6, item 3.2).
const RED_WEIGHT: f32 = 0.2126;
const BLUE_WEIGHT: f32 = 0.0722;
const GREEN_WEIGHT: f32 = 1.0 - RED_WEIGHT - BLUE_WEIGHT;

/// One picture in three planes with even sides.
pub(super) struct Yuv420 {
    /// Width in pixels, even.
    pub width: usize,
    /// Height in pixels, even.
    pub height: usize,
    /// `[height, width]`, 16 to 235.
    pub y: Vec<u8>,
    /// `[height / 2, width / 2]`, 16 to 240.
    pub u: Vec<u8>,
    /// `[height / 2, width / 2]`, 16 to 240.
    pub v: Vec<u8>,
}

impl Yuv420 {
    /// Converts `rgb`, `[rgb_height, rgb_width, 3]`. A missing last column or row repeats the edge.
    pub(super) fn from_rgb(rgb: &[u8], rgb_width: usize, rgb_height: usize) -> Self {
        let (width, height) = (rgb_width.next_multiple_of(2), rgb_height.next_multiple_of(2));
        let pixel = |x: usize, y: usize| {
            let start = (y.min(rgb_height - 1) * rgb_width + x.min(rgb_width - 1)) * 3;
            [f32::from(rgb[start]), f32::from(rgb[start + 1]), f32::from(rgb[start + 2])]
        };
        let mut luma = Vec::with_capacity(width * height);
        for y in 0..height {
            luma.extend((0..width).map(|x| quantize(16.0 + 219.0 / 255.0 * luma_of(pixel(x, y)))));
        }
        let mut u = Vec::with_capacity(width * height / 4);
        let mut v = Vec::with_capacity(width * height / 4);
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                // The sample stands on the even column, between the two rows: weights 1 2 1 across, 1 1 down.
                let mut mean = [0.0_f32; 3];
                for (column, weight) in [(x.saturating_sub(1), 0.125), (x, 0.25), (x + 1, 0.125)] {
                    for row in [y, y + 1] {
                        for (sum, value) in mean.iter_mut().zip(pixel(column, row)) {
                            *sum += weight * value;
                        }
                    }
                }
                let [red, _, blue] = mean;
                let luma = luma_of(mean);
                u.push(quantize(128.0 + 224.0 / 255.0 * (blue - luma) / (2.0 * (1.0 - BLUE_WEIGHT))));
                v.push(quantize(128.0 + 224.0 / 255.0 * (red - luma) / (2.0 * (1.0 - RED_WEIGHT))));
            }
        }
        Self { width, height, y: luma, u, v }
    }
}

fn luma_of([red, green, blue]: [f32; 3]) -> f32 {
    RED_WEIGHT * red + GREEN_WEIGHT * green + BLUE_WEIGHT * blue
}

/// Rounds; the float-to-integer cast saturates and the input is within 16 to 240 by construction.
fn quantize(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_bars_have_the_published_codes() {
        // 8-bit BT.709 codes of 100% colour bars, rounded from the equations of the recommendation.
        let cases = [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
            ([255, 255, 0], [219, 16, 138]),
            ([0, 255, 255], [188, 154, 16]),
            ([255, 0, 255], [78, 214, 230]),
        ];
        for (rgb, expected) in cases {
            let yuv = Yuv420::from_rgb(&rgb.repeat(4), 2, 2);
            assert_eq!([yuv.y[3], yuv.u[0], yuv.v[0]], expected, "{rgb:?}");
        }
    }

    #[test]
    fn odd_sizes_repeat_the_edge() {
        // [[black, white, black]]: one row becomes two, three columns become four.
        let yuv = Yuv420::from_rgb(&[0, 0, 0, 255, 255, 255, 0, 0, 0], 3, 1);
        assert_eq!((yuv.width, yuv.height), (4, 2));
        assert_eq!(yuv.y, [16, 235, 16, 16, 16, 235, 16, 16]);
        assert_eq!((yuv.u.len(), yuv.v.len()), (2, 2));
    }

    #[test]
    fn chroma_is_averaged_around_the_even_column() {
        // Columns black, blue, blue, blue: sample 0 sees one half blue of weight 1/4, sample 1 sees blue only.
        let row = [0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255];
        let yuv = Yuv420::from_rgb(&row.repeat(2), 4, 2);
        assert_eq!(yuv.u, [156, 240]);
    }
}
