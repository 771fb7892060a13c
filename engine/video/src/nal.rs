//! NAL units of H.264 and HEVC as MP4 and Matroska keep them: lengths before them, parameter sets apart.

use crate::error::{Trouble, VideoLack};
use crate::limits::check_size;
use crate::source::Take;
use crate::yuv::Colour;

/// Parameter sets and the number of bytes of a length.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub length_bytes: usize,
    pub sets: Vec<Vec<u8>>,
}

impl Config {
    /// Of `avcC` (ISO/IEC 14496-15, section 5.3.3).
    pub(crate) fn of_avcc(mut config: &[u8]) -> Option<Self> {
        config.take(4)?;
        let length_bytes = usize::from(config.u8()? & 3) + 1;
        let mut sets = Vec::new();
        for mask in [0x1f, 0xff] {
            for _ in 0..config.u8()? & mask {
                let bytes = usize::from(config.u16()?);
                sets.push(config.take(bytes)?.to_vec());
            }
        }
        Some(Self { length_bytes, sets })
    }

    /// Of `hvcC` (ISO/IEC 14496-15, section 8.3.3).
    pub(crate) fn of_hvcc(mut config: &[u8]) -> Option<Self> {
        config.take(21)?;
        let length_bytes = usize::from(config.u8()? & 3) + 1;
        let mut sets = Vec::new();
        for _ in 0..config.u8()? {
            config.u8()?;
            for _ in 0..config.u16()? {
                let bytes = usize::from(config.u16()?);
                sets.push(config.take(bytes)?.to_vec());
            }
        }
        Some(Self { length_bytes, sets })
    }

    /// The units of a sample. A last one that claims more than there is ends the sample with an error.
    pub(crate) fn units<'a>(&self, sample: &'a [u8]) -> impl Iterator<Item = Result<&'a [u8], Trouble>> {
        let length_bytes = self.length_bytes;
        let mut rest = sample;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let bytes = rest.number(length_bytes).and_then(|bytes| usize::try_from(bytes).ok());
            let unit = bytes.and_then(|bytes| rest.take(bytes));
            if unit.is_none() {
                rest = &[];
            }
            Some(unit.ok_or_else(|| Trouble::index("NAL unit")))
        })
    }
}

/// Bits from the highest of the first byte on, without the bytes that only keep start codes apart.
pub(crate) struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    /// Of a unit's payload.
    pub(crate) fn of(payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(payload.len());
        let mut zeros = 0;
        for &byte in payload {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            bytes.push(byte);
        }
        Self { bytes, at: 0 }
    }

    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    /// An Exp-Golomb number (ITU-T H.264, section 9.1).
    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.bits(zeros)?)
    }

    fn signed_golomb(&mut self) -> Option<i64> {
        let number = i64::from(self.golomb()?);
        Some(if number % 2 == 1 { (number + 1) / 2 } else { -number / 2 })
    }
}

/// What matters of a sequence parameter set of H.264 (ITU-T H.264, sections 7.3.2.1.1 and E.1.1).
#[derive(Debug, PartialEq, Eq)]
struct H264Set {
    chroma: u32,
    depth: u32,
    width: u64,
    height: u64,
    is_interlaced: bool,
    colour: Colour,
}

/// What a sequence parameter set says of colours, when the decoder takes its pictures.
///
/// # Errors
/// Pictures that are too large, and those that the decoder does not take.
pub(crate) fn h264_colour(unit: &[u8], max_pixels: u64) -> Result<Colour, Trouble> {
    let set = read_h264_set(unit).ok_or_else(|| Trouble::index("sequence parameter set"))?;
    if set.depth != 8 {
        return Err(VideoLack::Depth { bits: set.depth }.into());
    }
    if set.chroma != 1 {
        return Err(VideoLack::Chroma.into());
    }
    if set.is_interlaced {
        return Err(VideoLack::Interlaced.into());
    }
    let side = |pixels: u64| u32::try_from(pixels).unwrap_or(u32::MAX);
    check_size(side(set.width), side(set.height), max_pixels)?;
    Ok(set.colour)
}

fn read_h264_set(unit: &[u8]) -> Option<H264Set> {
    let mut bits = Bits::of(unit.get(1..)?);
    let profile = bits.bits(8)?;
    bits.bits(16)?;
    bits.golomb()?;
    let (mut chroma, mut depth) = (1, 8);
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
        chroma = bits.golomb()?;
        if chroma == 3 {
            bits.flag()?;
        }
        depth = 8 + bits.golomb()?.max(bits.golomb()?);
        bits.flag()?;
        if bits.flag()? {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.flag()? {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.flag()?;
            bits.signed_golomb()?;
            bits.signed_golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.signed_golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.flag()?;
    let width = 16 * (u64::from(bits.golomb()?) + 1);
    let units = 16 * (u64::from(bits.golomb()?) + 1);
    let frames_only = bits.flag()?;
    // With fields allowed, `x264 --fake-interlaced` still codes whole frames; what it does not code is refused by the decoder.
    let adaptive_fields = !frames_only && bits.flag()?;
    bits.flag()?;
    if bits.flag()? {
        for _ in 0..4 {
            bits.golomb()?;
        }
    }
    let colour = if bits.flag()? { read_colour(&mut bits)? } else { Colour::default() };
    let height = if frames_only { units } else { 2 * units };
    Some(H264Set { chroma, depth, width, height, is_interlaced: adaptive_fields, colour })
}

fn skip_scaling_list(bits: &mut Bits, size: u32) -> Option<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// The part of the video usability information that says how colours are stored.
fn read_colour(bits: &mut Bits) -> Option<Colour> {
    // The aspect ratio.
    if bits.flag()? && bits.bits(8)? == 255 {
        bits.bits(32)?;
    }
    // Overscan.
    if bits.flag()? {
        bits.flag()?;
    }
    let mut colour = Colour::default();
    if bits.flag()? {
        bits.bits(3)?;
        colour.is_full = Some(bits.flag()?);
        if bits.flag()? {
            bits.bits(16)?;
            colour.matrix = Some(bits.bits(8)? as u8);
        }
    }
    Some(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_numbers_are_those_of_the_table() {
        // 1, 010, 011, 00100, 00101 (ITU-T H.264, table 9-1).
        let mut bits = Bits::of(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!([(); 5].map(|()| bits.golomb()), [0, 1, 2, 3, 4].map(Some));
        let mut bits = Bits::of(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!([(); 5].map(|()| bits.signed_golomb()), [0, 1, -1, 2, -2].map(Some));
        assert_eq!(Bits::of(&[0; 8]).golomb(), None, "it never ends");
    }

    #[test]
    fn bytes_that_keep_start_codes_apart_are_left_out() {
        assert_eq!(Bits::of(&[0, 0, 3, 1, 0, 0, 3, 0, 3]).bytes, [0, 0, 1, 0, 0, 0, 3]);
    }
}
