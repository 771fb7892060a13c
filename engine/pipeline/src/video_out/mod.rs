//! The last stage: finished [`Frames`] become a file that any player opens and that carries its own settings.
//!
//! Lives here: the formats, the clip's [`Provenance`] and its way into and out of every format, safe writing of files.
//! Does not live here: decoding of clips for show (the window has the frames), file dialogs, settings of a job.
//! `arrange.rs` trims, crops, scales and orders the frames, each `*_writer.rs` turns them into the bytes of one format and knows
//! nothing of files, `staging.rs` does the files. `fit.rs` finds settings for a largest size, `reel.rs` joins clips.
//! Start reading at [`export`], then `provenance.rs`, then `readback.rs`.

use std::borrow::Cow;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::handoff::Frames;

mod arrange;
mod error;
mod fault;
mod fit;
mod foreign;
mod gif_writer;
mod mp4_boxes;
mod mp4_writer;
mod names;
mod png_writer;
mod provenance;
mod readback;
mod reel;
mod staging;
mod webm_file;
mod webm_writer;
mod webp_writer;
mod yuv;

pub use arrange::{Arrangement, Crop, MAX_PLAYS, Order, Plays, Scale, Trim};
pub use error::ExportError;
use error::WriteError;
pub use fault::{ClipFault, EncoderFault};
pub use fit::{encoded_bytes, fit};
pub use foreign::{ForeignProgram, ForeignSettings, read_foreign};
pub use names::{check_file, free_name, is_device_name};
pub use provenance::Provenance;
pub use readback::read_provenance;
pub use reel::{Reel, ReelClip, join};

/// Most frames a second that [`export`] writes.
pub const MAX_FPS: u32 = 240;
/// Colours that a GIF may have.
pub const GIF_COLOURS: std::ops::RangeInclusive<u16> = 4..=256;

/// File format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Message)]
#[serde(rename_all = "lowercase")]
#[message("format")]
pub enum Format {
    /// H.264 in MP4, 4:2:0, BT.709 limited range, faststart.
    Mp4,
    /// GIF with one palette for the whole clip, looping for ever.
    Gif,
    /// Animated WebP, looping for ever.
    WebP,
    /// AV1 in WebM, 4:2:0, BT.709 limited range: the smallest files, and the slowest to write.
    WebM,
    /// Animated PNG, lossless, looping for ever.
    Apng,
    /// One PNG for each frame: `name_0001.png`, `name_0002.png` and so on.
    PngFrames,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

impl Format {
    /// Every format, in the order in which a file dialog should offer them.
    pub const ALL: [Self; 6] = [Self::Mp4, Self::Gif, Self::WebP, Self::WebM, Self::Apng, Self::PngFrames];

    /// The format that the ending of a file name asks for; upper and lower case are alike.
    ///
    /// # Errors
    /// [`ExportError::UnknownEnding`], which lists the known endings.
    pub fn from_path(path: &Path) -> Result<Self, ExportError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        Self::ALL
            .into_iter()
            .find(|format| ending.as_deref() == Some(format.ending()))
            .ok_or_else(|| ExportError::UnknownEnding { path: path.to_owned() })
    }

    /// Ending of the file name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::WebM => "webm",
            Self::Apng => "apng",
            Self::PngFrames => "png",
        }
    }

    /// Name for a menu or a message.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mp4 => "MP4 video",
            Self::Gif => "GIF",
            Self::WebP => "animated WebP",
            Self::WebM => "WebM video (AV1)",
            Self::Apng => "animated PNG",
            Self::PngFrames => "numbered PNG frames",
        }
    }

    /// Whether files of it say how often they play.
    pub fn counts_plays(self) -> bool {
        matches!(self, Self::Gif | Self::WebP | Self::Apng)
    }

    /// Whether [`Quality`] changes files of it.
    pub fn has_quality(self) -> bool {
        matches!(self, Self::Mp4 | Self::WebP | Self::WebM)
    }

    /// The sizes that the format can hold: smallest side, largest long side, largest short side, in pixels.
    fn size_limits(self) -> (usize, usize, usize) {
        match self {
            Self::Mp4 => (16, 3840, 2160),
            Self::Gif => (1, 65_535, 65_535),
            Self::WebP => (1, 16_383, 16_383),
            Self::WebM => (16, 7680, 4320),
            Self::Apng | Self::PngFrames => (1, 1 << 20, 1 << 20),
        }
    }
}

/// How a GIF shows colours that its 256-colour palette lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GifDither {
    /// Nearest colour: smallest file, visible bands in smooth areas.
    None,
    /// An 8x8 pattern that stands still while the picture moves.
    Ordered,
    /// Floyd-Steinberg error diffusion: truest colours, grain that crawls a little in motion; largest file.
    #[default]
    FloydSteinberg,
}

/// Loss that MP4, WebP and WebM may take, like x264's CRF: 0 is best and largest, 51 worst and smallest. GIF and PNG ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Quality(u8);

impl Quality {
    /// Hard to tell from the original.
    pub const HIGH: Self = Self(18);
    /// The largest number, which stands for the smallest file.
    pub const WORST: u8 = 51;

    /// A quality of `0..=51`.
    ///
    /// # Errors
    /// [`ExportError::Quality`] above that.
    pub fn new(crf: u8) -> Result<Self, ExportError> {
        if crf <= Self::WORST { Ok(Self(crf)) } else { Err(ExportError::Quality { crf }) }
    }

    /// The number, `0..=51`.
    pub fn crf(self) -> u8 {
        self.0
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self::HIGH
    }
}

impl TryFrom<u8> for Quality {
    type Error = ExportError;

    fn try_from(crf: u8) -> Result<Self, ExportError> {
        Self::new(crf)
    }
}

impl From<Quality> for u8 {
    fn from(quality: Quality) -> Self {
        quality.0
    }
}

/// What is stored in the file beside the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Embed {
    /// Prompt, seed, model and all settings.
    #[default]
    Provenance,
    /// Nothing.
    Nothing,
}

/// What happens to a file that has the name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Existing {
    /// It stays, and the export is an error.
    #[default]
    Keep,
    /// It is replaced in one step once the new file is complete.
    Replace,
}

/// How a clip is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportSettings {
    /// File format; [`Format::from_path`] finds it for a name.
    pub format: Format,
    /// Frames a second, `1..=240`.
    pub fps: u32,
    /// Dithering of a GIF.
    pub dither: GifDither,
    /// Colours of a GIF, [`GIF_COLOURS`].
    #[serde(default = "all_colours")]
    pub colours: u16,
    /// Loss of MP4, WebP and WebM.
    pub quality: Quality,
    /// Whether the file carries its settings.
    pub embed: Embed,
    /// Whether an existing file may be replaced.
    pub existing: Existing,
    /// What is done to the frames before.
    #[serde(default)]
    pub arrangement: Arrangement,
}

fn all_colours() -> u16 {
    *GIF_COLOURS.end()
}

impl ExportSettings {
    /// What the file says of the clip.
    fn text<'a>(&self, provenance: &'a Provenance) -> Option<&'a Provenance> {
        (self.embed == Embed::Provenance).then_some(provenance)
    }

    /// The default settings of a format at `fps` frames a second.
    pub fn new(format: Format, fps: u32) -> Self {
        Self {
            format,
            fps,
            dither: GifDither::default(),
            colours: all_colours(),
            quality: Quality::default(),
            embed: Embed::default(),
            existing: Existing::default(),
            arrangement: Arrangement::default(),
        }
    }
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportProgress {
    /// Frames that are encoded.
    pub frames_done: usize,
    /// Frames of the clip.
    pub frames_total: usize,
}

/// Called before the first frame and after every frame; `Break` stops the export and leaves no file behind.
///
/// An encoder that has to start over with more loss (MP4 of pure noise) counts from zero again.
pub type OnProgress<'a> = dyn FnMut(ExportProgress) -> ControlFlow<()> + 'a;

/// What the user should know about an export that went well.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("export-note")]
#[non_exhaustive]
pub enum ExportNote {
    /// The format takes even sizes only: the last column or row of pixels was repeated.
    #[error("video needs even sizes: the edge was repeated to make {width}x{height}")]
    PaddedToEven {
        /// Width of the file in pixels.
        width: usize,
        /// Height of the file in pixels.
        height: usize,
    },
    /// A GIF cannot show a frame for less than a fiftieth of a second: it runs slower than asked.
    #[error("a GIF shows at most 50 frames a second: this one runs slower than {fps}")]
    GifSlowed {
        /// Frames a second asked for.
        fps: u32,
    },
    /// A clip of a reel has another size: it was scaled to fit, with black beside it where its shape differs.
    #[error("clip {clip} is {width}x{height} and was scaled to fit {reel_width}x{reel_height}")]
    ScaledToFit {
        /// Number of the clip in the reel, from 1.
        clip: usize,
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
        /// Width of the reel in pixels.
        reel_width: usize,
        /// Height of the reel in pixels.
        reel_height: usize,
    },
    /// A clip of a reel has another frame rate: frames are shown again or left out, so that it lasts as long as before.
    #[error("clip {clip} has {fps} frames a second: frames were repeated or left out for {reel_fps}")]
    RateMatched {
        /// Number of the clip in the reel, from 1.
        clip: usize,
        /// Its frames a second.
        fps: u32,
        /// Those of the reel.
        reel_fps: u32,
    },
    /// Numbered frames of an earlier and longer clip still lie behind the new ones.
    #[error("frames of an earlier, longer clip were left in place, from {path:?} on")]
    OlderFramesFollow {
        /// The first of them.
        path: PathBuf,
    },
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportReport {
    /// The files, in the order of the frames.
    pub paths: Vec<PathBuf>,
    /// Their size together.
    pub bytes: u64,
    /// What the user should know.
    pub notes: Vec<ExportNote>,
}

/// Writes `frames` to `path`: under a temporary name in the same folder first, renamed when complete.
///
/// For [`Format::PngFrames`], `path` is the pattern: `clip.png` gives `clip_0001.png` and so on.
///
/// # Errors
/// [`ExportError`]; whatever it is, no half-written file is left and an existing file is as it was.
pub fn export(
    frames: &Frames,
    settings: &ExportSettings,
    provenance: &Provenance,
    path: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportReport, ExportError> {
    let (paths, _) = targets([frames.count(), frames.height(), frames.width()], settings, path)?;
    let arranged = settings.arrangement.apply(frames, settings.format)?;
    let frames = arranged.as_ref();
    let text = settings.text(provenance);
    let mut progress = |frames_done| match on_progress(ExportProgress { frames_done, frames_total: frames.count() }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(WriteError::Cancelled),
    };
    let mut staged = Vec::with_capacity(paths.len());
    if settings.format == Format::PngFrames {
        for (index, (frame, path)) in frames.iter().zip(&paths).enumerate() {
            staged.push(staging::stage(path, settings.format, &mut |out| {
                if index == 0 {
                    progress(0)?;
                }
                png_writer::write_still(out, frames, frame, text)?;
                progress(index + 1)
            })?);
        }
    } else {
        staged.push(staging::stage(path, settings.format, &mut |out| {
            write_whole(out, frames, settings, text, &mut progress)
        })?);
    }
    let bytes = staging::commit(staged, settings.existing)?;
    Ok(ExportReport { paths, bytes, notes: notes(frames, settings, path) })
}

/// Frames of one size that come one after the other, any number of times, so that not all are in memory at once.
pub trait FrameSource {
    /// Width and height in pixels.
    fn size(&self) -> [usize; 2];

    /// How many there are.
    fn count(&self) -> usize;

    /// All of them in their order, RGB bytes of `[height, width, 3]`. The encoder may begin anew.
    fn frames(&self) -> Box<dyn Iterator<Item = Cow<'_, [u8]>> + '_>;
}

impl FrameSource for Frames {
    fn size(&self) -> [usize; 2] {
        [self.width(), self.height()]
    }

    fn count(&self) -> usize {
        Self::count(self)
    }

    fn frames(&self) -> Box<dyn Iterator<Item = Cow<'_, [u8]>> + '_> {
        Box::new(self.iter().map(Cow::Borrowed))
    }
}

/// Writes frames as they come into an MP4 file, without provenance, in place of one that is there; its bytes are those of [`export`]. In memory
/// are one frame and what is encoded. The file's size in bytes.
///
/// `on_progress` is asked once more after the last frame: a source that broke off says `Break` there.
///
/// # Errors
/// As [`export`].
pub fn export_mp4(
    source: &dyn FrameSource,
    fps: u32,
    path: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<u64, ExportError> {
    let (embed, existing) = (Embed::Nothing, Existing::Replace);
    let settings = ExportSettings { embed, existing, ..ExportSettings::new(Format::Mp4, fps) };
    let ([width, height], frames_total) = (source.size(), source.count());
    targets([frames_total, height, width], &settings, path)?;
    let mut progress = |frames_done| match on_progress(ExportProgress { frames_done, frames_total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(WriteError::Cancelled),
    };
    let staged = staging::stage(path, Format::Mp4, &mut |out| {
        mp4_writer::write(out, source, &settings, None, &mut progress)?;
        progress(frames_total)
    })?;
    staging::commit(vec![staged], existing)
}

/// Writes arranged frames as the bytes of one file.
fn write_whole(
    out: &mut dyn Write,
    frames: &Frames,
    settings: &ExportSettings,
    text: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    match settings.format {
        Format::Mp4 => mp4_writer::write(out, frames, settings, text, progress),
        Format::Gif => gif_writer::write(out, frames, settings, text, progress),
        Format::WebP => webp_writer::write(out, frames, settings, text, progress),
        Format::WebM => webm_writer::write(out, frames, settings, text, progress),
        Format::Apng | Format::PngFrames => png_writer::write_animation(out, frames, settings, text, progress),
    }
}

fn notes(frames: &Frames, settings: &ExportSettings, path: &Path) -> Vec<ExportNote> {
    let mut notes = Vec::new();
    match settings.format {
        Format::Mp4 | Format::WebM => {
            let (width, height) = (frames.width().next_multiple_of(2), frames.height().next_multiple_of(2));
            if (width, height) != (frames.width(), frames.height()) {
                notes.push(ExportNote::PaddedToEven { width, height });
            }
        }
        Format::Gif if settings.fps > gif_writer::MAX_FPS => notes.push(ExportNote::GifSlowed { fps: settings.fps }),
        Format::PngFrames => {
            let next = png_writer::frame_path(path, frames.count() + 1, frames.count());
            if next.exists() {
                notes.push(ExportNote::OlderFramesFollow { path: next });
            }
        }
        Format::Gif | Format::WebP | Format::Apng => {}
    }
    notes
}

/// Looks for everything that would stop the export of a clip of `[frames, height, width]`, before the clip is computed: the
/// settings, the format's limits, files that have the name already, and whether the folder can be written to.
///
/// # Errors
/// The error that [`export`] would end with.
pub fn preflight(clip: [usize; 3], settings: &ExportSettings, path: &Path) -> Result<(), ExportError> {
    let (_, folder) = targets(clip, settings, path)?;
    staging::probe(&folder)
}

/// The files of an export and their folder.
fn targets(clip: [usize; 3], settings: &ExportSettings, path: &Path) -> Result<(Vec<PathBuf>, PathBuf), ExportError> {
    let clip = checked(clip, settings)?;
    let [count, _, _] = clip;
    let paths = match settings.format {
        Format::PngFrames => png_writer::frame_paths(path, count),
        _ => vec![path.to_owned()],
    };
    let folder = staging::check_targets(&paths, path, settings.existing)?;
    Ok((paths, folder))
}

/// Frames, height and width of what is written of a clip, if the format takes it.
fn checked(clip: [usize; 3], settings: &ExportSettings) -> Result<[usize; 3], ExportError> {
    let arranged = settings.arrangement.arranged_clip(clip, settings.format)?;
    let [_, height, width] = arranged;
    if settings.format == Format::Gif && !GIF_COLOURS.contains(&settings.colours) {
        let (least, most) = (*GIF_COLOURS.start(), *GIF_COLOURS.end());
        return Err(ExportError::Colours { colours: settings.colours, least, most });
    }
    if !(1..=MAX_FPS).contains(&settings.fps) {
        return Err(ExportError::Fps { fps: settings.fps, max: MAX_FPS });
    }
    let (smallest, largest_long, largest_short) = settings.format.size_limits();
    let (short, long) = (width.min(height), width.max(height));
    if short < smallest || long > largest_long || short > largest_short {
        return Err(ExportError::Size {
            format: settings.format,
            width,
            height,
            smallest,
            largest_long,
            largest_short,
        });
    }
    Ok(arranged)
}

/// What a writer calls with the number of finished frames; its error ends the writing.
type Progress<'a> = dyn FnMut(usize) -> Result<(), WriteError> + 'a;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_choose_the_format() {
        let cases = [
            ("a.mp4", Format::Mp4),
            ("dir.x/A.GIF", Format::Gif),
            ("c.WebP", Format::WebP),
            ("c.webm", Format::WebM),
            ("c.apng", Format::Apng),
            ("c.d.png", Format::PngFrames),
        ];
        for (name, format) in cases {
            assert_eq!(Format::from_path(Path::new(name)).expect(name), format, "{name}");
        }
        for name in ["clip", "clip.avi", "mp4", ".mp4", ""] {
            let message = Format::from_path(Path::new(name)).expect_err(name).to_string();
            for format in Format::ALL {
                assert!(message.contains(&format!(".{}", format.ending())), "{name}: {message}");
            }
        }
    }

    #[test]
    fn settings_survive_json_and_bad_quality_does_not() {
        let settings = ExportSettings { dither: GifDither::Ordered, ..ExportSettings::new(Format::WebP, 12) };
        let json = serde_json::to_string(&settings).expect("plain data");
        assert_eq!(serde_json::from_str::<ExportSettings>(&json).expect("just written"), settings);
        assert!(serde_json::from_str::<Quality>("52").is_err());
    }
}
