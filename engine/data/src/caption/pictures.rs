//! Frames of a clip as pictures for a model that sees: a few, evenly over the stretch, scaled down, as JPEG.

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_chat::Picture;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize, thumbnail};
use image::{ExtendedColorType, ImageBuffer, Rgb};

use super::question::Look;
use crate::clip::ClipError;
use crate::clips::Clips;
use crate::manifest::Row;

/// Quality of JPEG, up to 100: good enough to see what is there.
const QUALITY: u8 = 85;

/// Why there are no pictures.
#[derive(Debug)]
pub(super) enum NoPictures {
    Cancelled(Cancelled),
    /// And what to do.
    Why(String),
}

impl From<ClipError> for NoPictures {
    fn from(error: ClipError) -> Self {
        Self::Why(error.to_string())
    }
}

impl From<Cancelled> for NoPictures {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

/// The pictures of a row.
pub(super) fn of_row(
    row: &Row,
    clips: &Clips<'_>,
    look: Look,
    cancel: &CancelToken,
) -> Result<Vec<Picture>, NoPictures> {
    if look.frames == 0 {
        return Ok(Vec::new());
    }
    cancel.check()?;
    let clip = clips.open(row, cancel)?;
    let frames = clip.at(&middles(clip.shape().frames, look.frames))?;
    cancel.check()?;
    let pictures: Result<Vec<Picture>, NoPictures> =
        frames.into_iter().map(|frame| jpeg(frame.rgb, frame.width, frame.height, look.side)).collect();
    match pictures {
        Ok(pictures) if pictures.is_empty() => Err(NoPictures::Why("the clip has no frame there".to_owned())),
        pictures => pictures,
    }
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
            0..2 => resize(&frame, small_width, small_height, FilterType::Triangle),
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
