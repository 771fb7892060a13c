//! Clips joined into one: the first one's size and frame rate, the others made to fit.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb};

use super::{ExportError, ExportNote, Frames, MAX_FPS};

/// Most bytes of frames of a reel.
const MAX_BYTES: usize = 4 << 30;

/// One clip of a reel.
#[derive(Clone, Copy, Debug)]
pub struct ReelClip<'a> {
    /// Its frames.
    pub frames: &'a Frames,
    /// Frames a second.
    pub fps: u32,
}

/// Clips in their order, as one.
#[derive(Clone, Debug)]
pub struct Reel {
    /// All frames.
    pub frames: Frames,
    /// Frames a second.
    pub fps: u32,
    /// What was changed of the clips.
    pub notes: Vec<ExportNote>,
}

/// Joins clips in their order. Size and frame rate are those of the first. Others are scaled until they fit, keep their shape, and
/// have black beside them where it differs; of another frame rate frames are shown again or left out, so that all last as long as
/// they did.
///
/// # Errors
/// [`ExportError::NoFrames`] without a frame, [`ExportError::Scale`] for more than 4 GiB of frames, and [`ExportError::Fps`].
pub fn join(clips: &[ReelClip<'_>]) -> Result<Reel, ExportError> {
    let first = clips.iter().find(|clip| clip.frames.count() > 0).ok_or(ExportError::NoFrames)?;
    let (width, height, fps) = (first.frames.width(), first.frames.height(), first.fps);
    let (mut pixels, mut notes) = (Vec::new(), Vec::new());
    for (number, clip) in (1..).zip(clips) {
        if !(1..=MAX_FPS).contains(&clip.fps) {
            return Err(ExportError::Fps { fps: clip.fps, max: MAX_FPS });
        }
        let frames = clip.frames;
        let is_other_size = (frames.width(), frames.height()) != (width, height);
        if is_other_size {
            notes.push(ExportNote::ScaledToFit {
                clip: number,
                width: frames.width(),
                height: frames.height(),
                reel_width: width,
                reel_height: height,
            });
        }
        if clip.fps != fps {
            notes.push(ExportNote::RateMatched { clip: number, fps: clip.fps, reel_fps: fps });
        }
        for index in shown(frames.count(), clip.fps, fps) {
            let frame = frames.frame(index);
            if pixels.len() + width * height * 3 > MAX_BYTES {
                return Err(ExportError::Scale { width, height, max: u32::from(u16::MAX) });
            }
            if is_other_size {
                pixels.extend(fitted(frame, [frames.width(), frames.height()], [width, height]));
            } else {
                pixels.extend_from_slice(frame);
            }
        }
    }
    Ok(Reel { frames: Frames::new(width, height, pixels), fps, notes })
}

/// Which of `count` frames at `from` a second are shown at `to` a second, for the same time.
fn shown(count: usize, from: u32, to: u32) -> impl Iterator<Item = usize> {
    let (from, to) = (from as usize, to as usize);
    let wanted = (count * to).div_ceil(from);
    (0..wanted).map(move |index| (index * from / to).min(count.saturating_sub(1)))
}

/// A frame in the middle of another size, as large as it fits.
fn fitted(frame: &[u8], [width, height]: [usize; 2], [wide, high]: [usize; 2]) -> Vec<u8> {
    let (mut to_width, mut to_height) = (wide, (wide * height / width).max(1));
    if to_height > high {
        (to_width, to_height) = ((high * width / height).max(1), high);
    }
    let black = vec![0; wide * high * 3];
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let whole = ImageBuffer::<Rgb<u8>, &[u8]>::from_raw(side(width), side(height), frame);
    let canvas = ImageBuffer::<Rgb<u8>, Vec<u8>>::from_raw(side(wide), side(high), black);
    // Both buffers have their sizes by construction.
    let (Some(whole), Some(mut canvas)) = (whole, canvas) else { return vec![0; wide * high * 3] };
    let scaled = imageops::resize(&whole, side(to_width), side(to_height), FilterType::Lanczos3);
    let (left, top) = ((wide - to_width) / 2, (high - to_height) / 2);
    imageops::replace(&mut canvas, &scaled, left as i64, top as i64);
    canvas.into_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: usize, height: usize, levels: &[u8]) -> Frames {
        Frames::new(width, height, levels.iter().flat_map(|&level| vec![level; width * height * 3]).collect())
    }

    #[test]
    fn clips_follow_each_other_in_the_size_of_the_first() {
        let (first, tall, same) = (flat(8, 4, &[10, 20]), flat(2, 4, &[200]), flat(8, 4, &[30]));
        let clip = |frames| ReelClip { frames, fps: 8 };
        let reel = join(&[clip(&first), clip(&tall), clip(&same)]).expect("they fit");
        assert_eq!((reel.frames.width(), reel.frames.height(), reel.fps), (8, 4, 8));
        let levels: Vec<u8> = reel.frames.iter().map(|frame| frame[3 * 4]).collect();
        assert_eq!(levels, [10, 20, 200, 30], "the middle of each frame");
        let fitted = reel.frames.frame(2);
        assert_eq!((fitted[0], fitted[3 * 3], fitted[3 * 5]), (0, 200, 0), "black beside a tall clip");
        let wanted = ExportNote::ScaledToFit { clip: 2, width: 2, height: 4, reel_width: 8, reel_height: 4 };
        assert_eq!(reel.notes, [wanted]);
    }

    #[test]
    fn clips_last_as_long_as_they_did() {
        let (slow, fast) = (flat(2, 2, &[0, 1, 2, 3]), flat(2, 2, &[10, 11, 12, 13, 14, 15]));
        let reel = join(&[ReelClip { frames: &slow, fps: 8 }, ReelClip { frames: &fast, fps: 24 }]).expect("they fit");
        let levels: Vec<u8> = reel.frames.iter().map(|frame| frame[0]).collect();
        assert_eq!(levels, [0, 1, 2, 3, 10, 13]);
        let reel = join(&[ReelClip { frames: &fast, fps: 24 }, ReelClip { frames: &slow, fps: 8 }]).expect("they fit");
        assert_eq!(reel.frames.count(), 6 + 12);
        assert_eq!(reel.notes, [ExportNote::RateMatched { clip: 2, fps: 8, reel_fps: 24 }]);
    }

    #[test]
    fn nothing_is_no_reel() {
        assert!(matches!(join(&[]), Err(ExportError::NoFrames)));
        let clip = flat(2, 2, &[1]);
        assert!(matches!(join(&[ReelClip { frames: &clip, fps: 0 }]), Err(ExportError::Fps { .. })));
    }
}
