//! How much of a file is believed: nothing is made by what a header says beyond these.

use crate::error::{Trouble, VideoLimit};

/// Longest side of a frame in pixels.
pub const MAX_SIDE: u32 = 8192;
/// Most pixels of a frame: 8K, a little more.
pub const MAX_PIXELS: u64 = 8192 * 4352;
/// Most frames of a clip: ten hours at 100 a second.
pub const MAX_FRAMES: u64 = 3_600_000;
/// Largest frame before it is decoded, in bytes.
pub(crate) const MAX_SAMPLE_BYTES: u64 = 64 << 20;
/// Largest list of frames (`moov`, `moof`, a track's description), in bytes.
pub(crate) const MAX_INDEX_BYTES: u64 = 256 << 20;
/// Most parts (boxes, elements, chunks) of a file that are walked over.
pub(crate) const MAX_PARTS: u64 = 16_000_000;

/// Holds a size against the limits; `max_pixels` is [`MAX_PIXELS`] or less.
pub(crate) fn check_size(width: u32, height: u32, max_pixels: u64) -> Result<(), Trouble> {
    if width == 0 || height == 0 {
        return Err(Trouble::index("size"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > max_pixels {
        return Err(VideoLimit::Size { width, height, max_pixels }.into());
    }
    Ok(())
}

/// Holds a number of frames against the limit.
pub(crate) fn check_frames(count: u64) -> Result<(), Trouble> {
    if count > MAX_FRAMES { Err(VideoLimit::Frames { max: MAX_FRAMES }.into()) } else { Ok(()) }
}
