//! Luma and chroma to RGB, as FFmpeg's swscale does it by default: each chroma sample serves the pixels that it covers,
//! without interpolation.
//!
//! Where a file does not say how its colours are stored, swscale takes BT.601 at limited range, whatever the size of the
//! picture; so does this. The matrices are those of ITU-T H.273, table 4.

use crate::error::{Trouble, VideoLack};

/// What a stream or a container says of its colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Colour {
    /// `MatrixCoefficients` of ITU-T H.273; 2 is the same as nothing.
    pub matrix: Option<u8>,
    /// Whether luma goes from 0 to 255 rather than from 16 to 235.
    pub is_full: Option<bool>,
}

impl Colour {
    /// What is said here, and where nothing is, there.
    pub(crate) fn or(self, other: Self) -> Self {
        let said = |matrix: Option<u8>| matrix.filter(|&matrix| matrix != 2);
        Self { matrix: said(self.matrix).or(said(other.matrix)), is_full: self.is_full.or(other.is_full) }
    }

    /// Luma's weights of red and blue.
    fn weights(self) -> Result<[f64; 2], Trouble> {
        match self.matrix.unwrap_or(2) {
            1 => Ok([0.2126, 0.0722]),
            2 | 5 | 6 => Ok([0.299, 0.114]),
            4 => Ok([0.30, 0.11]),
            7 => Ok([0.212, 0.087]),
            9 | 10 => Ok([0.2627, 0.0593]),
            code => Err(VideoLack::Matrix { code: u32::from(code) }.into()),
        }
    }
}

/// A decoded picture of 8 bits.
#[derive(Clone, Debug)]
pub(crate) struct Yuv {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Luma, then both chromas, each `[height, stride]`; without chroma the last two are empty.
    pub planes: [Vec<u8>; 3],
    /// Bytes of a row of luma and of chroma.
    pub strides: [usize; 2],
    /// Shifts from pixels to chroma samples, across and down.
    pub shifts: [u32; 2],
    /// What the stream says.
    pub colour: Colour,
}

/// Factors of a conversion, multiplied by 2^13.
struct Factors {
    luma: i32,
    red_of_v: i32,
    green_of_u: i32,
    green_of_v: i32,
    blue_of_u: i32,
    /// Luma of black.
    black: i32,
}

impl Factors {
    fn of(colour: Colour) -> Result<Self, Trouble> {
        let [red, blue] = colour.weights()?;
        let green = 1.0 - red - blue;
        let (luma, chroma, black) =
            if colour.is_full.unwrap_or(false) { (1.0, 1.0, 0) } else { (255.0 / 219.0, 255.0 / 224.0, 16) };
        let fixed = |factor: f64| (factor * 8192.0).round() as i32;
        Ok(Self {
            luma: fixed(luma),
            red_of_v: fixed(2.0 * (1.0 - red) * chroma),
            green_of_u: -fixed(2.0 * (1.0 - blue) * blue / green * chroma),
            green_of_v: -fixed(2.0 * (1.0 - red) * red / green * chroma),
            blue_of_u: fixed(2.0 * (1.0 - blue) * chroma),
            black,
        })
    }

    /// As swscale's vector code has it for pictures whose chroma is coarser than their luma: products of three more bits are cut
    /// down one by one, so that colours lie up to three levels below those of [`Factors::rounded`].
    fn cut(&self, y: i32, u: i32, v: i32) -> [u8; 3] {
        let part = |value: i32, factor: i32| (value * 8 * factor) >> 16;
        let y = part(y - self.black, self.luma);
        let clamp = |value: i32| value.clamp(0, 255) as u8;
        [
            clamp(y + part(v, self.red_of_v)),
            clamp(y + part(u, self.green_of_u) + part(v, self.green_of_v)),
            clamp(y + part(u, self.blue_of_u)),
        ]
    }

    /// To the nearest level, as swscale does it where it has no code for the whole conversion.
    fn rounded(&self, y: i32, u: i32, v: i32) -> [u8; 3] {
        let y = (y - self.black) * self.luma + (1 << 12);
        let clamp = |value: i32| (value >> 13).clamp(0, 255) as u8;
        [
            clamp(y + v * self.red_of_v),
            clamp(y + u * self.green_of_u + v * self.green_of_v),
            clamp(y + u * self.blue_of_u),
        ]
    }
}

impl Yuv {
    /// Whether the planes are as large as the sizes say.
    pub(crate) fn is_whole(&self) -> bool {
        let holds = |plane: &[u8], width: usize, height: usize, stride: usize| {
            stride >= width && plane.len() >= stride * height.saturating_sub(1) + width
        };
        let [across, down] = self.shifts;
        let chroma = [self.width.div_ceil(1 << across), self.height.div_ceil(1 << down)];
        let [y, u, v] = &self.planes;
        holds(y, self.width, self.height, self.strides[0])
            && (u.is_empty() && v.is_empty()
                || [u, v].iter().all(|plane| holds(plane, chroma[0], chroma[1], self.strides[1])))
    }

    /// The picture as `[height, width, 3]`; `container` says what the stream does not.
    ///
    /// # Errors
    /// Colours that are no luma and chroma.
    pub(crate) fn to_rgb(&self, container: Colour) -> Result<Vec<u8>, Trouble> {
        let factors = Factors::of(self.colour.or(container))?;
        let is_fine = self.planes[1].is_empty() || self.shifts[0] == 0;
        Ok(if is_fine {
            self.convert(|y, u, v| factors.rounded(y, u, v))
        } else {
            self.convert(|y, u, v| factors.cut(y, u, v))
        })
    }

    /// `pixel` makes a pixel of luma and of chromas around 0.
    fn convert(&self, pixel: impl Fn(i32, i32, i32) -> [u8; 3]) -> Vec<u8> {
        let [across, down] = self.shifts;
        let [y_plane, u_plane, v_plane] = &self.planes;
        let chroma_width = self.width.div_ceil(1 << across);
        let mut rgb = vec![0; self.width * self.height * 3];
        for (row, line) in rgb.chunks_exact_mut(self.width * 3).enumerate() {
            let pixels = line.as_chunks_mut::<3>().0;
            let lumas = &y_plane[row * self.strides[0]..][..self.width];
            if u_plane.is_empty() {
                pixels.iter_mut().zip(lumas).for_each(|(into, &y)| *into = pixel(i32::from(y), 0, 0));
                continue;
            }
            let start = (row >> down) * self.strides[1];
            let chromas = u_plane[start..start + chroma_width].iter().zip(&v_plane[start..start + chroma_width]);
            let step = 1 << across;
            for ((into, lumas), (&u, &v)) in pixels.chunks_mut(step).zip(lumas.chunks(step)).zip(chromas) {
                for (into, &y) in into.iter_mut().zip(lumas) {
                    *into = pixel(i32::from(y), i32::from(u) - 128, i32::from(v) - 128);
                }
            }
        }
        rgb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(y: u8, u: u8, v: u8, colour: Colour) -> Vec<u8> {
        let planes = [vec![y; 4], vec![u], vec![v]];
        let yuv = Yuv { width: 2, height: 2, planes, strides: [2, 1], shifts: [1, 1], colour };
        assert!(yuv.is_whole());
        yuv.to_rgb(Colour::default()).expect("a matrix that is known")
    }

    #[test]
    fn colour_bars_come_back_from_their_published_codes() {
        // 8-bit codes of 100% bars in BT.709, limited range; each channel is right to within the rounding of the codes.
        let colour = Colour { matrix: Some(1), is_full: Some(false) };
        for (yuv, rgb) in [
            ([235, 128, 128], [255, 255, 255]),
            ([16, 128, 128], [0, 0, 0]),
            ([63, 102, 240], [255, 0, 0]),
            ([173, 42, 26], [0, 255, 0]),
            ([32, 240, 118], [0, 0, 255]),
        ] {
            let got = grey(yuv[0], yuv[1], yuv[2], colour);
            for (&a, b) in got.iter().zip(rgb.iter().cycle()) {
                assert!(i32::from(a).abs_diff(*b) <= 2, "{yuv:?}: {got:?}");
            }
        }
    }

    #[test]
    fn what_is_not_said_is_bt601_of_limited_range() {
        let said = Colour { matrix: Some(6), is_full: Some(false) };
        assert_eq!(grey(81, 90, 240, Colour::default()), grey(81, 90, 240, said));
        assert_ne!(grey(81, 90, 240, Colour { matrix: Some(1), ..said }), grey(81, 90, 240, said));
        assert_eq!(grey(77, 128, 128, Colour { is_full: Some(true), ..said })[0], 77, "full range grey stays");
        assert_eq!(Colour { matrix: Some(2), is_full: None }.or(said), said, "2 says nothing");
    }

    #[test]
    fn other_matrices_are_refused() {
        for code in [0, 3, 8, 11, 255] {
            let colour = Colour { matrix: Some(code), is_full: None };
            assert!(colour.weights().is_err(), "{code}");
        }
    }
}
