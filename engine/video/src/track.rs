//! What a container says of its pictures: which codec, and where each coded frame lies.

use crate::error::VideoLack;
use crate::yuv::Colour;

/// A codec that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// H.264, 8 bits, 4:2:0, progressive.
    H264,
    /// HEVC, 8 bits, 4:2:0.
    Hevc,
    /// VP9, 8 bits.
    Vp9,
    /// AV1, 8 bits.
    Av1,
}

impl Codec {
    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Hevc => "HEVC",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
        }
    }
}

/// A coded frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Where it begins in the file.
    pub offset: u64,
    /// Its size.
    pub bytes: u64,
    /// When it is shown, in the track's unit.
    pub time: i64,
    /// For how long, in the track's unit; 0 where that is not said.
    pub duration: u32,
    /// Whether decoding can begin with it, as the container says.
    pub is_sync: bool,
}

/// How stored pictures are turned for show: `[a, b, c, d]`, each -1, 0 or 1. The pixel at x, y comes to a x + c y, b x + d y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn(pub [i8; 4]);

impl Turn {
    pub(crate) const NONE: Self = Self([1, 0, 0, 1]);

    /// By the first four numbers of a matrix; anything but quarter turns and mirrors is no turn, as for FFmpeg's players of raw frames.
    pub(crate) fn of_matrix(matrix: [i32; 4]) -> Self {
        let signs = matrix.map(|number| number.signum() as i8);
        match signs {
            [a, 0, 0, d] | [0, a, d, 0] if a != 0 && d != 0 => Self(signs),
            _ => Self::NONE,
        }
    }

    /// Whether width and height change places.
    pub(crate) fn is_transposed(self) -> bool {
        self.0[0] == 0
    }

    /// Turns `[height, width, 3]`.
    pub(crate) fn apply(self, width: usize, height: usize, rgb: Vec<u8>) -> (usize, usize, Vec<u8>) {
        if self == Self::NONE {
            return (width, height, rgb);
        }
        let [a, b, c, d] = self.0;
        let back = |sign: i8, at: usize, size: usize| if sign > 0 { at } else { size - 1 - at };
        let (new_width, new_height) = if self.is_transposed() { (height, width) } else { (width, height) };
        let mut turned = Vec::with_capacity(rgb.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (from_x, from_y) = if self.is_transposed() {
                    (back(b, y, width), back(c, x, height))
                } else {
                    (back(a, x, width), back(d, y, height))
                };
                let start = (from_y * width + from_x) * 3;
                turned.extend_from_slice(&rgb[start..start + 3]);
            }
        }
        (new_width, new_height, turned)
    }
}

/// The pictures of a container.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// Or that there is no decoder for it.
    pub codec: Result<Codec, VideoLack>,
    /// Name of its container for FFmpeg.
    pub container: &'static str,
    /// Parameter sets as the container keeps them (`avcC`, `hvcC`, `av1C`).
    pub config: Vec<u8>,
    /// Bytes that every sample begins with and that the container leaves out.
    pub prefix: Vec<u8>,
    /// Seconds of a unit of time.
    pub unit_secs: f64,
    /// In decoding order.
    pub samples: Vec<Sample>,
    /// In pixels, before turning, as the container says.
    pub size: [u32; 2],
    pub turn: Turn,
    /// What the container says of colours.
    pub colour: Colour,
    /// Times that are shown, as ranges from-to; empty: all.
    pub shown: Vec<[i64; 2]>,
    /// Frames a second as the container says, where it does.
    pub fps: Option<f64>,
    /// Whether the file ends before its last frame.
    pub is_cut_off: bool,
    /// Most pixels of a frame.
    pub max_pixels: u64,
}

impl Track {
    /// A short name of its codec, by what containers call it.
    pub(crate) fn codec_name(&self) -> &'static str {
        let name = match &self.codec {
            Ok(Codec::H264) => return "h264",
            Ok(Codec::Hevc) => return "hevc",
            Ok(Codec::Vp9) => return "vp9",
            Ok(Codec::Av1) => return "av1",
            Err(VideoLack::Codec { codec }) => codec.as_str(),
            Err(_) => "",
        };
        match name {
            "V_VP8" | "vp08" => "vp8",
            "V_PRORES" | "apch" | "apcn" | "apcs" | "apco" | "ap4h" | "ap4x" => "prores",
            "V_MPEG4/ISO/SP" | "V_MPEG4/ISO/ASP" | "V_MPEG4/ISO/AP" | "mp4v" => "mpeg4",
            "V_MPEG1" => "mpeg1",
            "V_MPEG2" => "mpeg2",
            "V_MJPEG" | "jpeg" | "mjpa" | "mjpb" => "mjpeg",
            "V_THEORA" => "theora",
            "V_FFV1" | "FFV1" => "ffv1",
            "AVdn" | "AVdh" => "dnxhd",
            _ => "other",
        }
    }

    /// Whether a frame of this time is shown.
    pub(crate) fn shows(&self, time: i64) -> bool {
        self.shown.is_empty() || self.shown.iter().any(|&[from, to]| (from..to).contains(&time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels by their number in the red channel.
    fn picture(numbers: &[u8]) -> Vec<u8> {
        numbers.iter().flat_map(|&number| [number, 0, 0]).collect()
    }

    #[test]
    fn quarter_turns_and_mirrors_move_pixels() {
        let one = 1 << 16;
        let cases: [([i32; 4], [usize; 2], [u8; 6]); 5] = [
            ([one, 0, 0, one], [3, 2], [1, 2, 3, 4, 5, 6]),
            // A quarter to the right, as phones write it.
            ([0, one, -one, 0], [2, 3], [4, 1, 5, 2, 6, 3]),
            ([-one, 0, 0, -one], [3, 2], [6, 5, 4, 3, 2, 1]),
            ([0, -one, one, 0], [2, 3], [3, 6, 2, 5, 1, 4]),
            ([-one, 0, 0, one], [3, 2], [3, 2, 1, 6, 5, 4]),
        ];
        for (matrix, size, pixels) in cases {
            let (width, height, rgb) = Turn::of_matrix(matrix).apply(3, 2, picture(&[1, 2, 3, 4, 5, 6]));
            assert_eq!(([width, height], rgb), (size, picture(&pixels)), "{matrix:?}");
        }
        assert_eq!(Turn::of_matrix([one, one, -one, one]), Turn::NONE, "an eighth is no turn");
    }
}
