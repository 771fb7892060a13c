//! HEVC by `rusty_h265`.

use rusty_h265::nal::unescape;
use rusty_h265::ps::parse_sps;
use rusty_h265::{Decoder, Error};

use super::{Decode, Decoded, Failure};
use crate::error::{Trouble, VideoLack};
use crate::limits::check_size;
use crate::nal::Config;
use crate::yuv::{Colour, Yuv};

/// Types of units (ITU-T H.265, table 7-1): pictures at which everything begins anew, and sequence parameter sets.
const IDR: std::ops::RangeInclusive<u8> = 19..=20;
const SEQUENCE_SET: u8 = 33;

pub(super) struct Hevc {
    decoder: Decoder,
    config: Config,
    colour: Colour,
    max_pixels: u64,
}

fn kind(unit: &[u8]) -> Option<u8> {
    unit.first().map(|first| first >> 1 & 0x3f)
}

impl Hevc {
    pub(super) fn new(config: &[u8], max_pixels: u64) -> Result<Self, Trouble> {
        let config = Config::of_hvcc(config).ok_or_else(|| Trouble::index("hvcC"))?;
        let sets = config.sets.clone();
        let mut hevc = Self { decoder: Decoder::new(), config, colour: Colour::default(), max_pixels };
        for set in &sets {
            match hevc.unit(set, None) {
                Ok(()) => {}
                Err(Failure::Trouble(trouble)) => return Err(trouble),
                Err(Failure::Refused(_)) => return Err(Trouble::index("hvcC")),
            }
        }
        Ok(hevc)
    }

    fn unit(&mut self, unit: &[u8], time: Option<i64>) -> Result<(), Failure> {
        if kind(unit) == Some(SEQUENCE_SET) {
            self.colour = look_at_set(unit, self.max_pixels)?;
        }
        self.decoder.push_nal(unit, time).map_err(failure)
    }

    fn take(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        loop {
            let frame = match self.decoder.next_frame() {
                Ok(frame) => frame,
                Err(Error::Again | Error::Eof) => return Ok(()),
                Err(error) => return Err(failure(error)),
            };
            if frame.bit_depth() != 8 {
                return Err(Trouble::from(VideoLack::Depth { bits: u32::from(frame.bit_depth()) }).into());
            }
            let mut all = Vec::new();
            frame.write_yuv(&mut all);
            let (width, height) = (frame.width, frame.height);
            let is_grey = frame.picture.chroma_format_idc == 0;
            let strides = [width, if is_grey { 0 } else { width.div_ceil(2) }];
            let luma = width * height;
            let chroma = strides[1] * height.div_ceil(2);
            if all.len() < luma + 2 * chroma {
                return Err(Trouble::index("planes").into());
            }
            let planes = [&all[..luma], &all[luma..luma + chroma], &all[luma + chroma..luma + 2 * chroma]];
            let planes = planes.map(<[u8]>::to_vec);
            let yuv = Yuv { width, height, planes, strides, shifts: [1, 1], colour: self.colour };
            // A picture without a time has lost its sample.
            decoded.extend(frame.pts.map(|time| (time, yuv)));
        }
    }
}

/// What a sequence parameter set says of colours, when the decoder takes its pictures.
fn look_at_set(unit: &[u8], max_pixels: u64) -> Result<Colour, Failure> {
    let payload = unit.get(2..).unwrap_or_default();
    let set = parse_sps(&unescape(payload).data).map_err(failure)?;
    check_size(set.width, set.height, max_pixels)?;
    let depth = set.bit_depth_luma.max(set.bit_depth_chroma);
    if depth != 8 {
        return Err(Trouble::from(VideoLack::Depth { bits: u32::from(depth) }).into());
    }
    if set.chroma_format_idc > 1 {
        return Err(Trouble::from(VideoLack::Chroma).into());
    }
    // The parser gives 0 where nothing is said, which would be RGB: that comes in 4:4:4 alone.
    let said = set.vui.filter(|vui| vui.matrix_coeffs != 0 || vui.video_full_range_flag);
    Ok(said.map_or_else(Colour::default, |vui| Colour {
        matrix: Some(vui.matrix_coeffs).filter(|&matrix| matrix != 0),
        is_full: Some(vui.video_full_range_flag),
    }))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Unsupported(detail) => Trouble::from(VideoLack::Other { detail }).into(),
        error => Failure::Refused(error.to_string()),
    }
}

impl Decode for Hevc {
    fn sample(&mut self, sample: &[u8], time: i64, decoded: &mut Decoded) -> Result<(), Failure> {
        let config = self.config.clone();
        for unit in config.units(sample) {
            let unit = unit?;
            self.unit(unit, Some(time))?;
        }
        self.take(decoded)
    }

    fn finish(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        self.decoder.flush();
        self.take(decoded)
    }

    fn begins_with(&self, sample: &[u8]) -> bool {
        self.config.units(sample).flatten().any(|unit| kind(unit).is_some_and(|kind| IDR.contains(&kind)))
    }
}
