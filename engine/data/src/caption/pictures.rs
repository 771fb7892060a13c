//! Frames of a clip as pictures for a model that sees: a few, evenly over the stretch, scaled down, as JPEG.

use std::path::Path;

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_chat::Picture;
use hummingbird_video::{Clip, OpenOptions, VideoError};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, thumbnail};
use image::{ExtendedColorType, ImageBuffer, Rgb};

use super::question::Look;
use crate::manifest::Row;

/// Quality of JPEG, up to 100: good enough to see what is there.
const QUALITY: u8 = 85;
/// Frames that are decoded rather than jumped over, to the next that is wanted.
const MOST_STEPS: u64 = 100;

/// Why there are no pictures.
#[derive(Debug)]
pub(super) enum NoPictures {
    Cancelled(Cancelled),
    /// And what to do.
    Why(String),
}

impl From<VideoError> for NoPictures {
    fn from(error: VideoError) -> Self {
        Self::Why(error.to_string())
    }
}

impl From<Cancelled> for NoPictures {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

/// The pictures of a row of a manifest in `folder`.
pub(super) fn of_row(row: &Row, folder: &Path, look: Look, cancel: &CancelToken) -> Result<Vec<Picture>, NoPictures> {
    if look.frames == 0 {
        return Ok(Vec::new());
    }
    cancel.check()?;
    let clip = Clip::open(&row.file(folder), OpenOptions::default())?;
    let there = clip.info().frames.saturating_sub(row.start_frame);
    let frames = if row.frames == 0 { there } else { row.frames.min(there) };
    let (mut pictures, mut next) = (Vec::new(), None);
    let mut reader = clip.frames_from(row.start_frame)?;
    for at in middles(frames, look.frames) {
        let wanted = row.start_frame + at;
        let from = next.unwrap_or(row.start_frame);
        if wanted - from > MOST_STEPS {
            reader = clip.frames_from(wanted)?;
        } else {
            for _ in from..wanted {
                cancel.check()?;
                reader.next().transpose()?;
            }
        }
        cancel.check()?;
        let Some(frame) = reader.next() else { break };
        let picture = frame?.picture;
        next = Some(wanted + 1);
        pictures.push(jpeg(picture.rgb, picture.width, picture.height, look.side)?);
    }
    if pictures.is_empty() {
        return Err(NoPictures::Why("the clip has no frame there".to_owned()));
    }
    Ok(pictures)
}

/// The middles of `count` equal parts of so many frames, none twice.
fn middles(frames: u64, count: usize) -> Vec<u64> {
    let count = (count as u64).min(frames);
    // In 128 bits, since a file may claim any number of frames.
    (0..count).map(|part| ((2 * u128::from(part) + 1) * u128::from(frames) / (2 * u128::from(count))) as u64).collect()
}

/// A frame `[height, width, 3]` as JPEG whose longer side is `side` at most.
fn jpeg(rgb: Vec<u8>, width: usize, height: usize, side: u32) -> Result<Picture, NoPictures> {
    let wrong = |detail: String| NoPictures::Why(format!("a frame cannot be made a picture: {detail}"));
    let [width, height] = [width, height].map(|it| u32::try_from(it).unwrap_or(u32::MAX));
    let frame = ImageBuffer::<Rgb<u8>, _>::from_raw(width, height, rgb);
    let mut frame = frame.ok_or_else(|| wrong(format!("{width}x{height}")))?;
    let longer = width.max(height);
    if longer > side {
        let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longer)).max(1) as u32;
        let (small_width, small_height) = (scaled(width), scaled(height));
        // The mean over each small pixel: no moiré, and fast on large frames.
        frame = match longer / side {
            0..2 => image::imageops::resize(&frame, small_width, small_height, FilterType::Triangle),
            _ => thumbnail(&frame, small_width, small_height),
        };
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(frame.as_raw(), frame.width(), frame.height(), ExtendedColorType::Rgb8)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Picture { kind: "image/jpeg", bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_evenly_and_none_twice() {
        assert_eq!(middles(16, 4), [2, 6, 10, 14]);
        assert_eq!(middles(3, 4), [0, 1, 2]);
        assert_eq!((middles(5, 1), middles(0, 3), middles(8, 0)), (vec![2], vec![], vec![]));
        let far = middles(u64::MAX, 2);
        assert!(far[0] < far[1] && far[1] < u64::MAX);
    }

    #[test]
    fn pictures_are_scaled_down_and_never_up() {
        let size = |width: usize, height: usize| {
            let picture = jpeg(vec![200; width * height * 3], width, height, 64).expect("a picture");
            let decoded = image::load_from_memory_with_format(&picture.bytes, image::ImageFormat::Jpeg);
            let decoded = decoded.expect("JPEG").to_rgb8();
            assert!(decoded.pixels().all(|pixel| pixel.0.iter().all(|value| value.abs_diff(200) <= 2)));
            decoded.dimensions()
        };
        assert_eq!((size(128, 64), size(100, 64), size(64, 640)), ((64, 32), (64, 40), (6, 64)));
        assert_eq!((size(4, 3), size(1, 1), size(2000, 1)), ((4, 3), (1, 1), (64, 1)));
        assert!(jpeg(vec![0; 5], 2, 2, 64).is_err());
    }
}
