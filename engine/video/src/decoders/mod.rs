//! Decoders of other projects behind one trait. Sizes are held against the limits before a decoder sees them, and a decoder
//! that panics has failed at a frame, no more.

mod av1;
mod h264;
mod hevc;
mod vp9;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Trouble, VideoFault};
use crate::track::{Codec, Track};
use crate::yuv::Yuv;

/// Pictures with the times of their samples.
pub(crate) type Decoded = Vec<(i64, Yuv)>;

/// A decoder of one codec.
trait Decode: Send {
    /// Decodes a sample; pictures that are finished by it are added to `decoded`.
    fn sample(&mut self, sample: &[u8], time: i64, decoded: &mut Decoded) -> Result<(), Failure>;

    /// Adds the pictures that are still inside.
    fn finish(&mut self, decoded: &mut Decoded) -> Result<(), Failure>;

    /// Whether pictures come in the order of show rather than in that of their samples.
    fn is_in_order(&self) -> bool {
        true
    }

    /// Whether decoding can begin with a sample of which the container says so.
    fn begins_with(&self, _sample: &[u8]) -> bool {
        true
    }
}

/// Why a sample was not decoded.
enum Failure {
    Trouble(Trouble),
    /// What the decoder said.
    Refused(String),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// A decoder that counts the frames that it is given.
pub(crate) struct Decoder {
    decode: Box<dyn Decode>,
    frame: u64,
}

impl Decoder {
    /// For a track, from any of its frames where decoding can begin.
    pub(crate) fn new(track: &Track) -> Result<Self, Trouble> {
        let decode: Box<dyn Decode> = match track.codec.clone()? {
            Codec::H264 => Box::new(h264::H264::new(&track.config, track.max_pixels)?),
            Codec::Hevc => Box::new(hevc::Hevc::new(&track.config, track.max_pixels)?),
            Codec::Vp9 => Box::new(vp9::Vp9::new(track.max_pixels)),
            Codec::Av1 => Box::new(av1::Av1::new(&track.config, track.max_pixels)?),
        };
        Ok(Self { decode, frame: 0 })
    }

    /// See [`Decode::is_in_order`].
    pub(crate) fn is_in_order(&self) -> bool {
        self.decode.is_in_order()
    }

    /// See [`Decode::begins_with`].
    pub(crate) fn begins_with(&self, sample: &[u8]) -> bool {
        self.decode.begins_with(sample)
    }

    /// Decodes a sample, the `frame`th of the file.
    pub(crate) fn sample(
        &mut self,
        frame: u64,
        sample: &[u8],
        time: i64,
        decoded: &mut Decoded,
    ) -> Result<(), Trouble> {
        self.frame = frame;
        self.guarded(|decode| decode.sample(sample, time, decoded))
    }

    /// Ends the stream.
    pub(crate) fn finish(&mut self, decoded: &mut Decoded) -> Result<(), Trouble> {
        self.guarded(|decode| decode.finish(decoded))
    }

    fn guarded(&mut self, work: impl FnOnce(&mut dyn Decode) -> Result<(), Failure>) -> Result<(), Trouble> {
        let Self { decode, frame } = self;
        // After a panic the decoder is not used again: the frames of the file end there.
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut **decode)));
        match result {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Failure::Trouble(trouble))) => Err(trouble),
            Ok(Err(Failure::Refused(detail))) => {
                let detail = detail.chars().take(300).collect();
                Err(VideoFault::Frame { frame: *frame, detail }.into())
            }
            Err(_) => Err(VideoFault::Panicked { frame: *frame }.into()),
        }
    }
}
