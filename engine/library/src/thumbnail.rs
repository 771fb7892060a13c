//! Kept clips as frames again: whole for the player, small for the grid.

use std::path::Path;

use hummingbird_pipeline::handoff::Frames;
use hummingbird_video::{Clip, OpenOptions, Picture, VideoError, VideoLimit};
use image::{ImageBuffer, Rgb, imageops};

/// Most bytes of frames that a clip is read to: half an hour of small clips, and no film.
const MAX_BYTES: u64 = 4 << 30;

/// All frames of a clip.
///
/// # Errors
/// Files that cannot be read, and those of more than 4 GiB of frames.
pub fn all_frames(path: &Path) -> Result<Frames, VideoError> {
    read(path, usize::MAX, usize::MAX)
}

/// A small moving picture of a clip: at most `most_frames` of its frames, evenly spread, none longer than `longest` pixels.
///
/// # Errors
/// Files that cannot be read.
pub fn thumbnail(path: &Path, longest: usize, most_frames: usize) -> Result<Frames, VideoError> {
    read(path, longest.max(1), most_frames.max(1))
}

fn read(path: &Path, longest: usize, most_frames: usize) -> Result<Frames, VideoError> {
    let clip = Clip::open(path, OpenOptions::default())?;
    let info = clip.info();
    let count = usize::try_from(info.frames).unwrap_or(usize::MAX).max(1);
    let shown = count.min(most_frames);
    let bytes = (info.width as u64 * info.height as u64 * 3).saturating_mul(shown as u64);
    if longest == usize::MAX && bytes > MAX_BYTES {
        let limit = VideoLimit::Memory { bytes, max_bytes: MAX_BYTES };
        return Err(VideoError::TooLarge { path: path.to_owned(), limit });
    }
    let (mut pixels, mut size, mut taken) = (Vec::new(), [info.width, info.height], 0);
    for (index, frame) in clip.frames()?.enumerate() {
        // Of 16 frames out of 40 those are 0, 2, 5, 7 and so on.
        if taken >= shown || index < taken * count / shown {
            continue;
        }
        let picture = smaller(frame?.picture, longest);
        if taken == 0 {
            size = [picture.width, picture.height];
        }
        // A file of another program may change its size on the way: the rest of it is not shown.
        if [picture.width, picture.height] != size {
            break;
        }
        pixels.extend_from_slice(&picture.rgb);
        taken += 1;
    }
    Ok(Frames::new(size[0].max(1), size[1].max(1), pixels))
}

fn smaller(picture: Picture, longest: usize) -> Picture {
    let side = picture.width.max(picture.height);
    let scaled = |length: usize| u32::try_from((length * longest).checked_div(side).unwrap_or(0).max(1)).ok();
    let sizes = u32::try_from(picture.width).ok().zip(u32::try_from(picture.height).ok());
    if side > longest
        && let (Some((width, height)), Some(wide), Some(high)) = (sizes, scaled(picture.width), scaled(picture.height))
        && let Some(full) = ImageBuffer::<Rgb<u8>, &[u8]>::from_raw(width, height, &picture.rgb)
    {
        let small = imageops::thumbnail(&full, wide, high);
        return Picture { width: wide as usize, height: high as usize, rgb: small.into_raw() };
    }
    picture
}
