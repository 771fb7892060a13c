//! One way to look at a clip, whatever it is: a video, an animated picture, a folder of pictures, or tensors.
//!
//! ```no_run
//! # use hummingbird_base::CancelToken;
//! # use hummingbird_data::clips::Clips;
//! # use hummingbird_data::manifest::Row;
//! # fn look(row: &Row, clips: &Clips<'_>) -> Result<(), hummingbird_data::clip::ClipError> {
//! let clip = clips.open(row, &CancelToken::default())?; // or ClipSource::open(path)?; a row's stretch alone is read
//! let shape = clip.shape(); // width, height, frames of the stretch, fps, codec
//! for picture in clip.frames()? {
//!     let picture = picture?; // width, height, rgb: u8 [height, width, 3]; one frame in memory at a time
//! }
//! let four = clip.at(&[0, 8, 16, 24])?; // some frames, by ascending numbers within the stretch
//! # Ok(())
//! # }
//! ```
//!
//! A `.safetensors` with `frames` u8 `[t, h, w, 3]` and `fps` in its metadata is a clip too (codec `raw`), read frame by frame from
//! where it lies.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_base::CancelToken;
use hummingbird_base::message::{self, Detail, Message};
use hummingbird_formats::stored::FormatError;
use hummingbird_formats::{Dtype, safetensors_file};
use hummingbird_video::{Clip, ClipKind, Codec, Frames, OpenOptions, Picture, VideoError};
use hummingbird_video::{MAX_FRAMES, MAX_PIXELS, MAX_SIDE};
use thiserror::Error;

use crate::objects::{LocalCopy, ObjectError};

/// Why a clip cannot be looked at. Every message names the file and says what to do.
#[derive(Debug, Error, Message)]
#[message("clip")]
#[non_exhaustive]
pub enum ClipError {
    /// A video or picture that cannot be read.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// An object that cannot be had.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// An object whose content cannot be looked at; the copy of this machine is not named.
    #[error("{detail}")]
    OfObject {
        /// What is wrong with it.
        detail: Detail,
    },
    /// A file of tensors that cannot be read.
    #[error("cannot read the clip {path:?}: {source}")]
    Read {
        /// The clip.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of tensors that is damaged or of another kind.
    #[error("{path:?} is no clip of tensors that can be read ({detail}): get it again, or leave it out")]
    Damaged {
        /// The clip.
        path: PathBuf,
        /// What is wrong.
        detail: Detail,
    },
    /// A file of tensors without the frames of a clip.
    #[error(
        "{path:?} holds no frames of a clip: it needs frames as u8 [t, h, w, 3], at most {MAX_FRAMES} frames of {MAX_SIDE} pixels a side"
    )]
    NoFrames {
        /// The clip.
        path: PathBuf,
    },
    /// A stretch beyond the clip's end.
    #[error("{path:?} has {frames} frames, but its row begins at frame {start_frame}: scan and cut it again")]
    NoStretch {
        /// The clip.
        path: PathBuf,
        /// Frames of the file.
        frames: u64,
        /// Where the row begins.
        start_frame: u64,
    },
}

impl ClipError {
    /// Whether it is about the store and not about one clip of it, so that the next one goes no better.
    pub(crate) fn is_about_all(&self) -> bool {
        matches!(self, Self::Object(error) if !error.is_about_one())
    }
}

/// A copy of an object, and what it is a copy of.
#[derive(Debug)]
struct Copied {
    local: Arc<LocalCopy>,
    address: String,
}

/// An error with the object's address in place of the copy's path, which is another one each time.
fn of_object(copied: Option<&Copied>, error: ClipError) -> ClipError {
    match (copied, error) {
        (None, error) | (Some(_), error @ (ClipError::Object(_) | ClipError::Video(VideoError::Cancelled { .. }))) => {
            error
        }
        (Some(Copied { local, address }), error) => {
            let path: &Path = local;
            let words = error.to_string().replace(&format!("{path:?}"), &format!("{address:?}"));
            ClipError::OfObject { detail: words.into() }
        }
    }
}

/// What a clip is.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipShape {
    /// Width in pixels, as shown.
    pub width: usize,
    /// Height in pixels, as shown.
    pub height: usize,
    /// Frames; of a row those of its stretch.
    pub frames: u64,
    /// Frames a second; 8 where nothing says how many.
    pub fps: f64,
    /// What its frames are coded with: `h264`, `hevc`, `vp9`, `av1`, `animation`, `pictures`, `picture`, `raw`; of
    /// clips that the user's own FFmpeg reads also `prores`, `vp8` and the like.
    pub codec: &'static str,
    /// Whether the file ends before its last frame.
    pub is_cut_off: bool,
}

/// A clip, or a stretch of one, that can be read any number of times. Opening decodes the first frame.
#[derive(Clone, Debug)]
pub struct ClipSource {
    path: PathBuf,
    shape: ClipShape,
    start: u64,
    content: Content,
    copied: Option<Arc<Copied>>,
}

#[derive(Clone, Debug)]
enum Content {
    Video(Clip),
    /// Where the frames begin in the file.
    Tensors(u64),
}

impl ClipSource {
    /// Opens a file or a folder of pictures.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn open(path: &Path) -> Result<Self, ClipError> {
        Self::open_until(path, &CancelToken::default())
    }

    /// The same until it is cancelled, of which only clips take note that the user's own FFmpeg reads: others are quick.
    ///
    /// # Errors
    /// As [`ClipSource::open`], and [`VideoError::Cancelled`].
    pub fn open_until(path: &Path, cancel: &CancelToken) -> Result<Self, ClipError> {
        if is_tensors(path) {
            return Self::tensors(path);
        }
        let clip = Clip::open_until(path, OpenOptions::default(), cancel)?;
        let info = clip.info();
        let codec = match info.kind {
            ClipKind::Mp4(codec) | ClipKind::Matroska(codec) => match codec {
                Codec::H264 => "h264",
                Codec::Hevc => "hevc",
                Codec::Vp9 => "vp9",
                Codec::Av1 => "av1",
            },
            ClipKind::Ffmpeg(codec) => codec,
            ClipKind::Animation => "animation",
            ClipKind::Pictures => "pictures",
            ClipKind::Picture => "picture",
        };
        let (width, height, frames) = (info.width, info.height, info.frames);
        let shape = ClipShape { width, height, frames, fps: info.fps, codec, is_cut_off: info.is_cut_off };
        Ok(Self { path: path.to_owned(), shape, start: 0, content: Content::Video(clip), copied: None })
    }

    /// Opens the copy of an object, which stays for as long as this or frames of it are there.
    ///
    /// # Errors
    /// As [`ClipSource::open_until`], with the object's address in place of the copy's path.
    pub(crate) fn open_copy(local: Arc<LocalCopy>, address: String, cancel: &CancelToken) -> Result<Self, ClipError> {
        let copied = Arc::new(Copied { local, address });
        let opened = Self::open_until(&copied.local, cancel).map_err(|error| of_object(Some(&copied), error))?;
        Ok(Self { copied: Some(copied), ..opened })
    }

    /// The stretch of `frames` frames from `start_frame` on, or up to the end where that is nearer or `frames` is 0.
    ///
    /// # Errors
    /// Stretches beyond the end.
    pub fn stretch(mut self, start_frame: u64, frames: u64) -> Result<Self, ClipError> {
        let left = self.shape.frames.saturating_sub(start_frame);
        if left == 0 {
            let error = ClipError::NoStretch { path: self.path, frames: self.shape.frames, start_frame };
            return Err(of_object(self.copied.as_deref(), error));
        }
        self.start += start_frame;
        self.shape.frames = if frames == 0 { left } else { frames.min(left) };
        Ok(self)
    }

    fn tensors(path: &Path) -> Result<Self, ClipError> {
        let owned = || path.to_owned();
        let fault = |error: FormatError| match error {
            FormatError::Damaged(detail) | FormatError::Foreign(detail) => ClipError::Damaged { path: owned(), detail },
            FormatError::Io(source) => ClipError::Read { path: owned(), source },
        };
        let is_file = std::fs::metadata(path).map_err(|error| fault(error.into()))?.is_file();
        if !is_file {
            return Err(ClipError::NoFrames { path: owned() });
        }
        let mut file = File::open(path).map_err(|error| fault(error.into()))?;
        let (contents, metadata) = safetensors_file::read(&mut file).map_err(fault)?;
        let tensor = contents.tensors.iter().find(|tensor| tensor.name() == "frames");
        let none = || ClipError::NoFrames { path: owned() };
        let tensor = tensor.filter(|tensor| tensor.dtype() == Dtype::U8).ok_or_else(none)?;
        let (&[frames, height, width, 3], Some(range)) = (tensor.shape(), tensor.range()) else { return Err(none()) };
        let is_too_large = width.max(height) > MAX_SIDE as usize
            || width as u64 * height as u64 > MAX_PIXELS
            || frames as u64 > MAX_FRAMES;
        if frames == 0 || width == 0 || height == 0 || is_too_large {
            return Err(none());
        }
        let fps = metadata.get("fps").and_then(|fps| fps.trim().parse().ok());
        let fps = fps.filter(|fps: &f64| fps.is_finite() && *fps > 0.0).unwrap_or(OpenOptions::default().picture_fps);
        let shape = ClipShape { width, height, frames: frames as u64, fps, codec: "raw", is_cut_off: false };
        Ok(Self { path: owned(), shape, start: 0, content: Content::Tensors(range.start), copied: None })
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is.
    pub fn shape(&self) -> &ClipShape {
        &self.shape
    }

    /// All frames in the order of show. After an error there are no more.
    ///
    /// # Errors
    /// Files that have become unreadable.
    pub fn frames(&self) -> Result<ClipFrames, ClipError> {
        self.frames_from(0)
    }

    /// The frames from number `first` of the stretch on; where the file allows it, those before it are not decoded.
    ///
    /// # Errors
    /// As [`ClipSource::frames`].
    pub fn frames_from(&self, first: u64) -> Result<ClipFrames, ClipError> {
        let left = self.shape.frames.saturating_sub(first);
        let number = self.start + first;
        let inner = match &self.content {
            _ if left == 0 => Inner::Ended,
            Content::Video(clip) => {
                let frames = clip.frames_from(number);
                Inner::Video(Box::new(frames.map_err(|error| of_object(self.copied.as_deref(), error.into()))?))
            }
            Content::Tensors(start) => {
                let opened = || {
                    let mut file = BufReader::new(File::open(&self.path)?);
                    file.seek(SeekFrom::Start(start + number * self.frame_bytes() as u64))?;
                    Ok(file)
                };
                let read = |source| ClipError::Read { path: self.path.clone(), source };
                Inner::Tensors(opened().map_err(|error| of_object(self.copied.as_deref(), read(error)))?)
            }
        };
        let size = [self.shape.width, self.shape.height];
        Ok(ClipFrames { path: self.path.clone(), size, left, inner, copied: self.copied.clone() })
    }

    /// The frames of these numbers within the stretch, which ascend. Frames between them are skipped where the file allows it.
    ///
    /// # Errors
    /// As [`ClipSource::frames`]; where the file ends before a frame, there are fewer.
    pub fn at(&self, numbers: &[u64]) -> Result<Vec<Picture>, ClipError> {
        /// Decoding so many frames is no slower than looking for a place to begin.
        const NEAR: u64 = 32;
        let mut pictures: Vec<Picture> = Vec::with_capacity(numbers.len());
        let mut frames: Option<(u64, ClipFrames)> = None;
        for &number in numbers {
            let near = frames.take().filter(|(next, _)| *next <= number && number - next < NEAR);
            let (mut next, mut inside) = match near {
                Some(near) => near,
                None => (number, self.frames_from(number)?),
            };
            let picture = loop {
                let picture = inside.next().transpose()?;
                next += 1;
                if picture.is_none() || next > number {
                    break picture;
                }
            };
            pictures.extend(picture);
            frames = Some((next, inside));
        }
        Ok(pictures)
    }

    fn frame_bytes(&self) -> usize {
        self.shape.width * self.shape.height * 3
    }
}

/// Whether a name is that of a clip of tensors.
pub fn is_tensors(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"))
}

/// Frames of a clip, one after the other.
#[derive(Debug)]
pub struct ClipFrames {
    path: PathBuf,
    size: [usize; 2],
    left: u64,
    inner: Inner,
    /// It is read until here, after the clip may have gone.
    copied: Option<Arc<Copied>>,
}

#[derive(Debug)]
enum Inner {
    Video(Box<Frames>),
    Tensors(BufReader<File>),
    Ended,
}

impl Iterator for ClipFrames {
    type Item = Result<Picture, ClipError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let [width, height] = self.size;
        let frame = match &mut self.inner {
            Inner::Video(frames) => frames.next()?.map(|frame| frame.picture).map_err(ClipError::Video),
            Inner::Tensors(file) => {
                let mut rgb = vec![0; width * height * 3];
                let read = file.read_exact(&mut rgb);
                let picture = read.map(|()| Picture { width, height, rgb });
                picture.map_err(|source| ClipError::Read { path: self.path.clone(), source })
            }
            Inner::Ended => return None,
        };
        if frame.is_err() {
            self.inner = Inner::Ended;
        }
        Some(frame.map_err(|error| of_object(self.copied.as_deref(), error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::Clips;
    use crate::manifest::Row;
    use crate::objects::Places;
    use crate::samples;

    /// A clip of tensors, each frame of one value.
    fn tensors(path: &Path, shape: [usize; 4], metadata: &str) {
        let [frames, height, width, channels] = shape;
        let bytes = (0..frames).flat_map(|frame| vec![frame as u8; height * width * channels]).collect::<Vec<_>>();
        samples::tensors(path, shape, metadata, &bytes);
    }

    #[test]
    fn tensors_are_a_clip_with_stretches() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.safetensors");
        tensors(&path, [10, 4, 6, 3], r#"{"fps":"12.5"}"#);
        let clip = ClipSource::open(&path).expect("a clip");
        let shape = ClipShape { width: 6, height: 4, frames: 10, fps: 12.5, codec: "raw", is_cut_off: false };
        assert_eq!(clip.shape(), &shape);
        let row = Row { path: "a.safetensors".into(), start_frame: 3, frames: 4, ..Row::default() };
        let places = Places::default();
        let stretch = Clips::of(folder.path(), &places).open(&row, &CancelToken::default()).expect("a stretch");
        let firsts = |pictures: Vec<Picture>| pictures.iter().map(|picture| picture.rgb[0]).collect::<Vec<_>>();
        let all: Result<Vec<Picture>, ClipError> = stretch.frames().expect("readable").collect();
        assert_eq!(firsts(all.expect("whole")), [3, 4, 5, 6]);
        assert_eq!(firsts(stretch.at(&[0, 2, 2, 3]).expect("whole")), [3, 5, 5, 6]);
        assert_eq!(firsts(stretch.at(&[3, 4]).expect("whole")), [6], "there is no fifth");
        assert_eq!(clip.clone().stretch(8, 0).expect("the rest").shape().frames, 2);
        assert!(matches!(clip.stretch(10, 1), Err(ClipError::NoStretch { frames: 10, start_frame: 10, .. })));
    }

    #[test]
    fn tensors_of_other_things_are_no_clip() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.safetensors");
        for shape in [[0, 4, 4, 3], [1, 4, 4, 4], [1, 0, 4, 3], [1, 1, 9000, 3]] {
            tensors(&path, shape, "{}");
            assert!(matches!(ClipSource::open(&path), Err(ClipError::NoFrames { .. })), "{shape:?}");
        }
        for bytes in [&b""[..], b"\0\0\0\0\0\0\0\0", b"not tensors at all"] {
            std::fs::write(&path, bytes).expect("writable");
            let error = ClipSource::open(&path).expect_err("no clip");
            assert!(matches!(error, ClipError::Damaged { .. } | ClipError::Read { .. }), "{error}");
        }
    }
}
