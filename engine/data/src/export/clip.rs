//! The file of a row.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hummingbird_base::CancelToken;
use hummingbird_base::message::Detail;
use hummingbird_pipeline::video_out::{self, FrameSource, MAX_FPS};

use crate::clip::ClipSource;
use crate::manifest::Row;

/// Which files can be taken as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// MP4.
    Mp4,
    /// Whatever training reads, which is all but tensors.
    Video,
}

/// A clip as a file of its own.
#[derive(Debug)]
pub(super) enum ClipFile {
    /// The row is the whole file.
    Whole(PathBuf),
    /// It was written anew.
    Made(PathBuf),
}

/// The file of a row whose clip lies at `path`; a stretch, or what is not of the form that is wanted, is encoded into `made`, H.264 in
/// MP4. What stands in the way is said in words for the row.
pub(super) fn file_of(
    row: &Row,
    path: &Path,
    wanted: Wanted,
    made: &Path,
    cancel: &CancelToken,
) -> Result<ClipFile, Detail> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let is_mp4 = ["mp4", "m4v", "mov"].iter().any(|mp4| ending == *mp4);
    let is_fit = match wanted {
        Wanted::Mp4 => is_mp4,
        Wanted::Video => path.is_file() && ending != "safetensors",
    };
    let source = ClipSource::open(path).map_err(|error| Detail::from(error.to_string()))?;
    let all = source.shape().frames;
    let is_whole = row.start_frame == 0 && (row.frames == 0 || row.frames >= all);
    if is_whole && is_fit {
        return Ok(ClipFile::Whole(path.to_owned()));
    }
    let source = source.stretch(row.start_frame, row.frames).map_err(|error| Detail::from(error.to_string()))?;
    encode(&source, made, cancel)?;
    Ok(ClipFile::Made(made.to_owned()))
}

/// Frames of a clip for the encoder, one at a time; what broke off is noted.
struct Source<'a> {
    clip: &'a ClipSource,
    broken: RefCell<Option<Detail>>,
}

impl FrameSource for Source<'_> {
    fn size(&self) -> [usize; 2] {
        let shape = self.clip.shape();
        [shape.width, shape.height]
    }

    fn count(&self) -> usize {
        usize::try_from(self.clip.shape().frames).unwrap_or(usize::MAX)
    }

    fn frames(&self) -> Box<dyn Iterator<Item = Cow<'_, [u8]>> + '_> {
        let note = |said: Detail| {
            self.broken.replace(Some(said));
        };
        let frames = match self.clip.frames() {
            Ok(frames) => frames,
            Err(error) => {
                note(error.to_string().into());
                return Box::new(std::iter::empty());
            }
        };
        let size = self.size();
        Box::new(frames.map_while(move |picture| match picture {
            Ok(picture) if [picture.width, picture.height] == size => Some(Cow::Owned(picture.rgb)),
            Ok(_) => {
                note("its frames have several sizes".to_owned().into());
                None
            }
            Err(error) => {
                note(error.to_string().into());
                None
            }
        }))
    }
}

pub(super) fn encode(clip: &ClipSource, target: &Path, cancel: &CancelToken) -> Result<(), Detail> {
    let fps = (clip.shape().fps.round().clamp(1.0, f64::from(MAX_FPS))) as u32;
    let source = Source { clip, broken: RefCell::default() };
    let mut look = |_| match cancel.is_cancelled() || source.broken.borrow().is_some() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let written = video_out::export_mp4(&source, fps, target, &mut look);
    match source.broken.take() {
        Some(said) => Err(said),
        None => written.map(drop).map_err(|error| Detail::from(error.to_string())),
    }
}
