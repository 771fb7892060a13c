//! The file of a row.

use std::path::{Path, PathBuf};

use hummingbird_base::CancelToken;
use hummingbird_base::message::Detail;
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::video_out::{self, Embed, Existing, ExportSettings, Format, MAX_FPS, Provenance};
use std::ops::ControlFlow;

use crate::clip::ClipSource;
use crate::manifest::Row;

/// Most bytes of raw frames that are written anew: their encoder needs all of them at once.
const MOST_RAW_BYTES: u64 = 2 << 30;

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

fn encode(source: &ClipSource, target: &Path, cancel: &CancelToken) -> Result<(), Detail> {
    let shape = source.shape();
    let raw_bytes = shape.frames.saturating_mul((shape.width * shape.height * 3) as u64);
    if raw_bytes > MOST_RAW_BYTES {
        let most = MOST_RAW_BYTES / ((shape.width * shape.height * 3) as u64).max(1);
        let frames = shape.frames;
        let said =
            format!("its {frames} frames are too many to be written anew: cut it into stretches of at most {most}");
        return Err(said.into());
    }
    let mut pixels = Vec::with_capacity(usize::try_from(raw_bytes).unwrap_or_default());
    let (width, height) = (shape.width, shape.height);
    for picture in source.frames().map_err(|error| Detail::from(error.to_string()))? {
        cancel.check().map_err(|error| Detail::from(error.to_string()))?;
        let picture = picture.map_err(|error| Detail::from(error.to_string()))?;
        if (picture.width, picture.height) != (width, height) {
            return Err("its frames have several sizes".to_owned().into());
        }
        pixels.extend_from_slice(&picture.rgb);
    }
    let fps = (shape.fps.round().clamp(1.0, f64::from(MAX_FPS))) as u32;
    let mut settings = ExportSettings::new(Format::Mp4, fps);
    (settings.embed, settings.existing) = (Embed::Nothing, Existing::Replace);
    let mut look = |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let frames = Frames::new(width, height, pixels);
    video_out::export(&frames, &settings, &Provenance::default(), target, &mut look)
        .map(drop)
        .map_err(|error| Detail::from(error.to_string()))
}
