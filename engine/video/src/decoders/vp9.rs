//! VP9 by `rusty_vp9`.

use rusty_vp9::{BitReader, Error, Vp9Decoder, parse_uncompressed_header};

use super::{Decode, Decoded, Failure};
use crate::error::{Trouble, VideoLack};
use crate::limits::check_size;
use crate::yuv::{Colour, Yuv};

pub(super) struct Vp9 {
    decoder: Vp9Decoder,
    colour: Colour,
    max_pixels: u64,
}

impl Vp9 {
    pub(super) fn new(max_pixels: u64) -> Self {
        Self { decoder: Vp9Decoder::new(), colour: Colour::default(), max_pixels }
    }

    /// Holds the header of a coded frame against the limits, and keeps what it says of colours.
    fn look_at(&mut self, frame: &[u8]) -> Result<(), Failure> {
        // Sizes that a frame inherits from earlier frames were held against the limits there.
        let header = parse_uncompressed_header(&mut BitReader::new(frame), &[(16, 16); 8]).map_err(failure)?;
        if header.show_existing_frame {
            return Ok(());
        }
        check_size(header.width, header.height, self.max_pixels)?;
        if header.key_frame {
            if header.bit_depth != 8 {
                return Err(Trouble::from(VideoLack::Depth { bits: header.bit_depth }).into());
            }
            // Bit 36 of the frame (VP9 bitstream specification, section 6.2), which the parser reads over.
            let is_full = frame.get(4).is_some_and(|byte| byte & 0x10 != 0);
            // `color_space` to `MatrixCoefficients`.
            let matrix = match header.color_space {
                1 => Some(5),
                2 => Some(1),
                3 => Some(6),
                4 => Some(7),
                5 => Some(9),
                7 => Some(0),
                _ => None,
            };
            self.colour = Colour { matrix, is_full: is_full.then_some(true) };
        }
        Ok(())
    }

    fn take(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        // As many frames as a superframe can hold, hidden ones said by `Again`.
        for _ in 0..=8 {
            match self.decoder.next_frame() {
                Ok(frame) => {
                    let Ok([y, u, v]) = <[Vec<u8>; 3]>::try_from(frame.planes) else {
                        return Err(Trouble::index("planes").into());
                    };
                    let yuv = Yuv {
                        width: frame.width as usize,
                        height: frame.height as usize,
                        planes: [y, u, v],
                        strides: [frame.strides[0], frame.strides[1]],
                        shifts: [frame.subsampling_x, frame.subsampling_y],
                        colour: self.colour,
                    };
                    decoded.extend(frame.pts.map(|time| (time, yuv)));
                }
                Err(Error::Again) => {}
                Err(Error::Eof) => break,
                Err(error) => return Err(failure(error)),
            }
        }
        Ok(())
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Unsupported(detail) => Trouble::from(VideoLack::Other { detail }).into(),
        error => Failure::Refused(error.to_string()),
    }
}

/// The coded frames of a superframe (VP9 bitstream specification, annex B); one that is none is its own.
fn parts(sample: &[u8]) -> Vec<&[u8]> {
    let whole = vec![sample];
    let Some(&marker) = sample.last().filter(|&&marker| marker & 0xe0 == 0xc0) else { return whole };
    let count = usize::from(marker & 7) + 1;
    let bytes = usize::from(marker >> 3 & 3) + 1;
    let Some(index) = sample.len().checked_sub(2 + bytes * count).map(|at| &sample[at..]) else { return whole };
    if index[0] != marker {
        return whole;
    }
    let mut at = 0_usize;
    let mut parts = Vec::new();
    for size in index[1..].chunks_exact(bytes).take(count) {
        let size = size.iter().rev().fold(0, |size, &byte| size << 8 | usize::from(byte));
        let end = at.saturating_add(size);
        parts.extend(sample.get(at..end));
        at = end;
    }
    if parts.is_empty() { whole } else { parts }
}

impl Decode for Vp9 {
    fn sample(&mut self, sample: &[u8], time: i64, decoded: &mut Decoded) -> Result<(), Failure> {
        for part in parts(sample).into_iter().filter(|part| !part.is_empty()) {
            self.look_at(part)?;
        }
        self.decoder.push(sample, Some(time)).map_err(failure)?;
        self.take(decoded)
    }

    fn finish(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        self.decoder.flush();
        self.take(decoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superframes_are_split_by_their_index() {
        // Two frames of 2 and 3 bytes, sizes of one byte.
        assert_eq!(parts(&[1, 2, 3, 4, 5, 0xc1, 2, 3, 0xc1]), [&[1, 2][..], &[3, 4, 5]]);
        for single in [&[1, 2, 3][..], &[0xc1], &[9, 0xc1, 2, 3, 0xc2], &[]] {
            assert_eq!(parts(single), [single]);
        }
        // Sizes beyond the end leave out what is not there.
        assert_eq!(parts(&[1, 2, 0xc1, 1, 200, 0xc1]), [&[1][..]]);
    }
}
