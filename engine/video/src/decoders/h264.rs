//! H.264 by `rusty_h264`.

use rusty_h264::{DecodeError, Decoder};

use super::{Decode, Decoded, Failure};
use crate::error::{Trouble, VideoLack};
use crate::nal::{Config, h264_colour};
use crate::yuv::{Colour, Yuv};

/// Types of units (ITU-T H.264, table 7-1).
const IDR: u8 = 5;
const SEQUENCE_SET: u8 = 7;

pub(super) struct H264 {
    decoder: Decoder,
    config: Config,
    colour: Colour,
    max_pixels: u64,
    /// A sample with start codes; kept for its memory.
    stream: Vec<u8>,
}

impl H264 {
    pub(super) fn new(config: &[u8], max_pixels: u64) -> Result<Self, Trouble> {
        let config = Config::of_avcc(config).ok_or_else(|| Trouble::index("avcC"))?;
        let mut stream = Vec::new();
        let mut colour = Colour::default();
        for set in &config.sets {
            colour = add(&mut stream, set, max_pixels)?.unwrap_or(colour);
        }
        Ok(Self { decoder: Decoder::new(), config, colour, max_pixels, stream })
    }
}

/// Adds a unit behind a start code; what it says of colours, if it is a sequence parameter set.
fn add(stream: &mut Vec<u8>, unit: &[u8], max_pixels: u64) -> Result<Option<Colour>, Trouble> {
    let is_set = unit.first().is_some_and(|first| first & 0x1f == SEQUENCE_SET);
    let colour = if is_set { Some(h264_colour(unit, max_pixels)?) } else { None };
    stream.extend_from_slice(&[0, 0, 0, 1]);
    stream.extend_from_slice(unit);
    Ok(colour)
}

impl Decode for H264 {
    fn sample(&mut self, sample: &[u8], time: i64, decoded: &mut Decoded) -> Result<(), Failure> {
        // Before the first sample the parameter sets of the container are waiting there.
        for unit in self.config.units(sample) {
            let unit = unit?;
            self.colour = add(&mut self.stream, unit, self.max_pixels)?.unwrap_or(self.colour);
        }
        let frame = self.decoder.decode(&self.stream);
        self.stream.clear();
        match frame {
            Ok(frame) => {
                decoded.extend(frame.map(|frame| {
                    let yuv = Yuv {
                        width: frame.width,
                        height: frame.height,
                        planes: [frame.y, frame.u, frame.v],
                        strides: [frame.width, frame.width / 2],
                        shifts: [1, 1],
                        colour: self.colour,
                    };
                    (time, yuv)
                }));
                Ok(())
            }
            Err(DecodeError::Unsupported(what)) if what.contains("interlace") || what.contains("MBAFF") => {
                Err(Trouble::from(VideoLack::Interlaced).into())
            }
            Err(DecodeError::Unsupported(what)) => {
                Err(Trouble::from(VideoLack::Other { detail: what.to_owned() }).into())
            }
            Err(error) => Err(Failure::Refused(error.to_string())),
        }
    }

    fn finish(&mut self, _decoded: &mut Decoded) -> Result<(), Failure> {
        Ok(())
    }

    fn is_in_order(&self) -> bool {
        false
    }

    /// Containers also mark pictures from which on it is right only after a while.
    fn begins_with(&self, sample: &[u8]) -> bool {
        self.config.units(sample).flatten().any(|unit| unit.first().is_some_and(|first| first & 0x1f == IDR))
    }
}
