//! Clips of others, frame by frame: MP4 and MOV, WebM and MKV (H.264, HEVC, VP9, AV1), GIF, animated WebP and PNG, numbered
//! pictures in a folder, single pictures.
//!
//! [`Clip::open`] says what a file is and decodes its first frame; [`Clip::frames`] gives all frames in the order of show, one
//! at a time, as RGB. `mp4` and `matroska` find coded frames, `decoders` decode them, `yuv` makes colours of them, `animation`
//! and `picture` read the rest. What they cannot decode the user's own FFmpeg reads, where there is one (`foreign`). Nothing here knows training or models. Files are taken for hostile: `limits` says how much of
//! them is believed, and a decoder that panics fails a file, not the program.

mod animation;
mod decoders;
mod error;
mod foreign;
mod frames;
mod limits;
mod matroska;
mod mp4;
mod nal;
mod picture;
mod sequence;
mod source;
#[cfg(test)]
mod tests;
mod track;
mod yuv;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_base::CancelToken;

pub use error::{FfmpegFault, VideoError, VideoFault, VideoLack, VideoLimit};
pub use limits::{MAX_FRAMES, MAX_PIXELS, MAX_SIDE};
pub use picture::Picture;
pub use sequence::{is_picture_name, numbered};
pub use track::Codec;

use animation::{Animation, AnimationFrames};
use error::Trouble;
use foreign::{Asked, Foreign, ForeignFrames, Program};
use frames::TrackFrames;
use source::Source;
use track::Track;

/// What files do not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenOptions {
    /// Frames a second of pictures.
    pub picture_fps: f64,
    /// Most pixels of a frame, up to [`MAX_PIXELS`].
    pub max_pixels: u64,
}

impl Default for OpenOptions {
    /// 8 frames a second, as the clips that are made here have, of any size that is read.
    fn default() -> Self {
        Self { picture_fps: 8.0, max_pixels: MAX_PIXELS }
    }
}

/// What kind of clip it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipKind {
    /// A video in MP4 or MOV.
    Mp4(Codec),
    /// A video in WebM or MKV.
    Matroska(Codec),
    /// A video in one of those, read by the user's own FFmpeg, with a short name of its codec (`prores`, `vp8`).
    Ffmpeg(&'static str),
    /// An animated picture (GIF, WebP, PNG).
    Animation,
    /// Pictures that follow each other.
    Pictures,
    /// One picture.
    Picture,
}

/// What a clip is.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipInfo {
    /// What kind.
    pub kind: ClipKind,
    /// Width in pixels, as shown.
    pub width: usize,
    /// Height in pixels, as shown.
    pub height: usize,
    /// Frames that are shown.
    pub frames: u64,
    /// Frames a second, on average.
    pub fps: f64,
    /// Whether the file ends before its last frame.
    pub is_cut_off: bool,
}

/// A clip that can be read.
#[derive(Clone, Debug)]
pub struct Clip {
    path: PathBuf,
    info: ClipInfo,
    content: Content,
    max_pixels: u64,
}

#[derive(Clone, Debug)]
enum Content {
    /// A track and the times of the frames that are shown, ascending.
    Track(Arc<Track>, Arc<[i64]>),
    Animation(Arc<Animation>),
    Pictures(Arc<[PathBuf]>),
    Foreign(Arc<Foreign>),
}

/// A frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// When it is shown, in seconds from the first.
    pub secs: f64,
    /// What is shown.
    pub picture: Picture,
}

impl Clip {
    /// Looks at a file or a folder of pictures and decodes its first frame. What only the user's own FFmpeg can decode it
    /// decodes once to its end, to know its frames.
    ///
    /// # Errors
    /// Files that cannot be read, with what to do about it.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Self, VideoError> {
        Self::open_until(path, options, &CancelToken::default())
    }

    /// The same until it is cancelled; frames of the clip end with an error from then on, where FFmpeg is waited for.
    ///
    /// # Errors
    /// As [`Clip::open`], and [`VideoError::Cancelled`].
    pub fn open_until(path: &Path, options: OpenOptions, cancel: &CancelToken) -> Result<Self, VideoError> {
        Self::open_by(path, options, |track, lack| {
            let program = Program::of_user()?;
            Some(Asked { cancel: cancel.clone(), ..Asked::new(program, track, lack) })
        })
    }

    /// The same, with how FFmpeg is asked for what there is no decoder for; without an answer there is none.
    fn open_by(
        path: &Path,
        options: OpenOptions,
        ask: impl FnOnce(&Track, VideoLack) -> Option<Asked>,
    ) -> Result<Self, VideoError> {
        if path.is_dir() {
            let pictures = sequence::of_folder(path).map_err(|trouble| trouble.at(path))?;
            return Self::of_pictures(path, pictures, options);
        }
        let (kind, content) = look(path, options.max_pixels).map_err(|trouble| trouble.at(path))?;
        let track = match &content {
            Content::Track(track, _) => Some(Arc::clone(track)),
            _ => None,
        };
        match (Self::with(path, kind, content, options), track) {
            (Err(VideoError::Unsupported { lack, .. }), Some(track)) if lack.is_for_ffmpeg() => {
                let asked = ask(&track, lack.clone()).ok_or(Trouble::NoFfmpeg(lack));
                asked.and_then(|asked| Self::by_ffmpeg(path, &track, asked)).map_err(|trouble| trouble.at(path))
            }
            (clip, _) => clip,
        }
    }

    /// A clip whose pictures are decoded by FFmpeg.
    fn by_ffmpeg(path: &Path, track: &Track, asked: Asked) -> Result<Self, Trouble> {
        let max_pixels = asked.max_pixels;
        let foreign = Foreign::open(path, asked)?;
        let [width, height] = foreign.size();
        let info = ClipInfo {
            kind: ClipKind::Ffmpeg(track.codec_name()),
            width,
            height,
            frames: foreign.times().len() as u64,
            fps: track.fps.unwrap_or(foreign.fps()),
            is_cut_off: track.is_cut_off,
        };
        Ok(Self { path: path.to_owned(), info, content: Content::Foreign(Arc::new(foreign)), max_pixels })
    }

    /// Pictures that follow each other, under the name of `path`.
    ///
    /// # Errors
    /// As [`Clip::open`].
    pub fn of_pictures(path: &Path, pictures: Vec<PathBuf>, options: OpenOptions) -> Result<Self, VideoError> {
        if pictures.is_empty() {
            return Err(VideoError::Damaged { path: path.to_owned(), fault: VideoFault::NoFrame });
        }
        Self::with(path, ClipKind::Pictures, Content::Pictures(pictures.into()), options)
    }

    fn with(path: &Path, kind: ClipKind, content: Content, options: OpenOptions) -> Result<Self, VideoError> {
        let (frames, fps, is_cut_off) = match &content {
            Content::Track(track, times) => (times.len() as u64, track_fps(track, times), track.is_cut_off),
            Content::Animation(animation) => {
                let secs: f64 = animation.delays.iter().sum();
                (animation.delays.len() as u64, animation.delays.len() as f64 / secs, animation.is_cut_off)
            }
            Content::Pictures(pictures) => (pictures.len() as u64, options.picture_fps, false),
            Content::Foreign(foreign) => (foreign.times().len() as u64, foreign.fps(), false),
        };
        let info = ClipInfo { kind, width: 0, height: 0, frames, fps, is_cut_off };
        let mut clip = Self { path: path.to_owned(), info, content, max_pixels: options.max_pixels.min(MAX_PIXELS) };
        let Some(first) = clip.frames()?.next() else {
            return Err(VideoError::Damaged { path: path.to_owned(), fault: VideoFault::NoFrame });
        };
        let picture = first?.picture;
        (clip.info.width, clip.info.height) = (picture.width, picture.height);
        Ok(clip)
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is.
    pub fn info(&self) -> &ClipInfo {
        &self.info
    }

    /// All frames in the order of show. After an error there are no more.
    ///
    /// # Errors
    /// Files that have become unreadable.
    pub fn frames(&self) -> Result<Frames, VideoError> {
        self.frames_from(0)
    }

    /// The frames from number `first` on; where the file allows it, those before it are not decoded.
    ///
    /// # Errors
    /// As [`Clip::frames`].
    pub fn frames_from(&self, first: u64) -> Result<Frames, VideoError> {
        let first_index = usize::try_from(first).unwrap_or(usize::MAX);
        let mut frames = Frames { path: self.path.clone(), next: first_index, size: None, inner: Inner::Ended };
        let made = || {
            Ok(match &self.content {
                Content::Track(_, times) if first_index >= times.len() => Inner::Ended,
                Content::Track(track, times) => {
                    let from = times[first_index];
                    let inner = TrackFrames::new(&self.path, Arc::clone(track), from)?;
                    Inner::Track(Box::new(inner), times[0], track.unit_secs)
                }
                Content::Animation(animation) => {
                    frames.next = 0;
                    Inner::Animation(animation.frames(&self.path)?, Arc::clone(animation), 0.0, first_index)
                }
                Content::Pictures(pictures) => Inner::Pictures(Arc::clone(pictures), self.info.fps, self.max_pixels),
                Content::Foreign(foreign) if first_index >= foreign.times().len() => Inner::Ended,
                Content::Foreign(foreign) => Inner::Foreign(Box::new(foreign.frames(&self.path, first_index)?)),
            })
        };
        let inner = { made }().map_err(|trouble: Trouble| trouble.at(&self.path))?;
        frames.inner = inner;
        Ok(frames)
    }
}

/// What a file is.
fn look(path: &Path, max_pixels: u64) -> Result<(ClipKind, Content), Trouble> {
    // Opening a pipe would wait for someone to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Trouble::NotAClip);
    }
    let mut source = Source::open(path)?;
    let mut head = [0; 32];
    let head = &mut head[..source.len().min(32) as usize];
    source.fill(0, head)?;
    if mp4::is_mp4(head) || matroska::is_matroska(head) {
        let is_mp4 = mp4::is_mp4(head);
        let mut track = if is_mp4 { mp4::read(&mut source) } else { matroska::read(&mut source) }?;
        limits::check_size(track.size[0].max(1), track.size[1].max(1), max_pixels)?;
        track.max_pixels = max_pixels.min(MAX_PIXELS);
        let mut times: Vec<i64> =
            track.samples.iter().map(|sample| sample.time).filter(|&time| track.shows(time)).collect();
        times.sort_unstable();
        if times.is_empty() {
            return Err(VideoFault::NoFrame.into());
        }
        let kind = match track.codec {
            Ok(codec) if is_mp4 => ClipKind::Mp4(codec),
            Ok(codec) => ClipKind::Matroska(codec),
            Err(_) => ClipKind::Ffmpeg(track.codec_name()),
        };
        return Ok((kind, Content::Track(Arc::new(track), times.into())));
    }
    let Some(format) = picture::format(head) else { return Err(Trouble::NotAClip) };
    if format != image::ImageFormat::Jpeg {
        let animation = Animation::read(&mut source, format, max_pixels.min(MAX_PIXELS))?;
        // One that is cut off says so behind its frames.
        if animation.delays.len() > 1 || animation.is_cut_off {
            return Ok((ClipKind::Animation, Content::Animation(Arc::new(animation))));
        }
    }
    Ok((ClipKind::Picture, Content::Pictures(Arc::new([path.to_owned()]))))
}

/// Frames a second: what the container says, or as many as there are in the time that they take.
fn track_fps(track: &Track, times: &[i64]) -> f64 {
    if let Some(fps) = track.fps {
        return fps;
    }
    let durations: u64 = track.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    let (frames, units) = match (durations, times) {
        (0, [first, .., last]) => (times.len() - 1, last.abs_diff(*first)),
        (units, _) => (track.samples.len(), units),
    };
    let fps = frames as f64 / (units as f64 * track.unit_secs);
    if fps.is_finite() && fps > 0.0 { fps } else { 1.0 }
}

/// Frames of a clip, one after the other.
pub struct Frames {
    path: PathBuf,
    /// Number of the next frame.
    next: usize,
    size: Option<[usize; 2]>,
    inner: Inner,
}

enum Inner {
    /// With the time of the first frame and the seconds of a unit.
    Track(Box<TrackFrames>, i64, f64),
    /// With the time of the next frame, and how many are still to be left out.
    Animation(AnimationFrames, Arc<Animation>, f64, usize),
    /// With frames a second and most pixels of a frame.
    Pictures(Arc<[PathBuf]>, f64, u64),
    Foreign(Box<ForeignFrames>),
    Ended,
}

impl Frames {
    fn step(&mut self) -> Option<Result<Frame, Trouble>> {
        loop {
            let number = self.next;
            let (secs, picture) = match &mut self.inner {
                Inner::Track(frames, start, unit_secs) => match frames.next()? {
                    Ok((time, picture)) => (time.abs_diff(*start) as f64 * *unit_secs, Ok(picture)),
                    Err(trouble) => (0.0, Err(trouble)),
                },
                Inner::Animation(frames, animation, at, _) => {
                    let picture = frames.next()?;
                    let secs = *at;
                    *at += animation.delays.get(number).copied().unwrap_or_default();
                    (secs, picture)
                }
                Inner::Pictures(pictures, fps, max_pixels) => {
                    (number as f64 / *fps, picture::read(pictures.get(number)?, *max_pixels))
                }
                Inner::Foreign(frames) => match frames.next()? {
                    Ok((secs, picture)) => (secs, Ok(picture)),
                    Err(trouble) => (0.0, Err(trouble)),
                },
                Inner::Ended => return None,
            };
            self.next += 1;
            if let (Inner::Animation(.., left_out), Ok(_)) = (&self.inner, &picture)
                && number < *left_out
            {
                continue;
            }
            return Some(picture.and_then(|picture| {
                let size = [picture.width, picture.height];
                if *self.size.get_or_insert(size) != size {
                    return Err(VideoFault::SizeChanges { frame: number as u64 }.into());
                }
                Ok(Frame { secs, picture })
            }));
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, VideoError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.step()?;
        if frame.is_err() {
            self.inner = Inner::Ended;
        }
        Some(frame.map_err(|trouble| trouble.at(&self.path)))
    }
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("path", &self.path).field("next", &self.next).finish_non_exhaustive()
    }
}
