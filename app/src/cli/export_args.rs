//! Options of the file that a clip becomes: the same for `generate` and `export`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use hummingbird_engine::pipeline::video_out::{
    Crop, ExportError, ExportSettings, Format, GIF_COLOURS, GifDither, MAX_PLAYS, Order, Plays, Quality, Scale, Trim,
};

use super::args::{MemoryLimit, ReportArgs};
use crate::sentences::in_words;

/// `hummingbird export`.
#[derive(Args, Debug)]
pub struct ExportCommandArgs {
    /// Clips: MP4, WebM, GIF, WebP, PNG or folders of numbered pictures. Several are joined in this order: size and frame rate are
    /// those of the first, others are scaled to fit.
    #[arg(required = true, value_name = "CLIP")]
    pub clips: Vec<PathBuf>,
    /// Where to write the file; its extension chooses the format, as in `generate`.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Frames a second, 1 to 240. Default: those of the clip.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=240))]
    pub fps: Option<u32>,
    /// Overwrite an existing file.
    #[arg(short, long)]
    pub force: bool,
    /// Do not write prompt, seed and settings into the file.
    #[arg(long)]
    pub no_metadata: bool,
    /// How the file is made.
    #[command(flatten)]
    pub export: ExportArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What is done to the frames, and how they are encoded.
#[derive(Args, Clone, Debug, Default)]
pub struct ExportArgs {
    /// Write only these frames, counted from 1, for example 3-12.
    #[arg(long, value_name = "FIRST-LAST", help_heading = "Export")]
    pub trim: Option<TrimArg>,
    /// Write a part of each frame: a shape around the middle (1:1, 9:16), or WIDTHxHEIGHT+LEFT+TOP in pixels.
    #[arg(long, value_name = "PART", help_heading = "Export")]
    pub crop: Option<CropArg>,
    /// Scale the frames (Lanczos): WIDTHxHEIGHT, the longest side in pixels, or hundredths (200%).
    #[arg(long, value_name = "SIZE", help_heading = "Export")]
    pub scale: Option<ScaleArg>,
    /// Play forwards and then backwards.
    #[arg(long, help_heading = "Export")]
    pub ping_pong: bool,
    /// How often the clip plays, 1 to 20. GIF, WebP and APNG say it to the player and loop for ever without it; in other formats
    /// the frames are written as often.
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PLAYS)))]
    #[arg(help_heading = "Export")]
    pub plays: Option<u32>,
    /// Quality of MP4, WebP and WebM: 0 is best, 51 the smallest file.
    #[arg(long, value_name = "0-51", value_parser = quality, help_heading = "Export")]
    pub quality: Option<Quality>,
    /// Largest file, for example 8MiB: the best quality that fits is found, and the size in pixels reduced where none does.
    #[arg(long, value_name = "BYTES", help_heading = "Export")]
    pub max_size: Option<MemoryLimit>,
    /// Colours of a GIF, 4 to 256.
    #[arg(long, value_name = "N", help_heading = "Export")]
    #[arg(value_parser = clap::value_parser!(u16).range(i64::from(*GIF_COLOURS.start())..=i64::from(*GIF_COLOURS.end())))]
    pub gif_colours: Option<u16>,
    /// How a GIF shows colours that its palette lacks.
    #[arg(long, value_enum, help_heading = "Export")]
    pub gif_dither: Option<DitherArg>,
}

/// Frames as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrimArg(pub Trim);

/// A part of the picture as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CropArg(pub Crop);

/// A size as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleArg(pub Scale);

/// A dithering as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DitherArg {
    /// Nearest colour: smallest file, visible bands.
    None,
    /// A pattern that stands still.
    Ordered,
    /// Error diffusion: finest, largest file.
    Diffusion,
}

impl ExportArgs {
    /// The settings of a file of this format with these options.
    pub fn settings(&self, format: Format, fps: u32) -> ExportSettings {
        let mut settings = ExportSettings::new(format, fps);
        let arrangement = &mut settings.arrangement;
        arrangement.trim = self.trim.map(|it| it.0);
        arrangement.crop = self.crop.map(|it| it.0).unwrap_or_default();
        arrangement.scale = self.scale.map(|it| it.0).unwrap_or_default();
        arrangement.order = if self.ping_pong { Order::PingPong } else { Order::Forward };
        arrangement.plays = self.plays.map_or(Plays::Endless, Plays::Times);
        settings.quality = self.quality.unwrap_or_default();
        settings.colours = self.gif_colours.unwrap_or(settings.colours);
        settings.dither = match self.gif_dither {
            Some(DitherArg::None) => GifDither::None,
            Some(DitherArg::Ordered) => GifDither::Ordered,
            Some(DitherArg::Diffusion) => GifDither::FloydSteinberg,
            None => settings.dither,
        };
        settings
    }

    /// The largest file.
    pub fn limit(&self) -> Option<u64> {
        self.max_size.map(|bytes| bytes.0 as u64)
    }
}

fn quality(text: &str) -> Result<Quality, String> {
    let crf = text.parse().map_err(|_| format!("{text:?} is no quality: write 0 (best) to {}", Quality::WORST))?;
    Quality::new(crf).map_err(|error: ExportError| in_words(&error))
}

impl FromStr for TrimArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        match range {
            Some((first @ 1.., last)) if first <= last => Ok(Self(Trim { first: first - 1, last: last - 1 })),
            _ => Err(format!("{text:?} is no range of frames: write FIRST-LAST, counted from 1, for example 3-12")),
        }
    }
}

impl FromStr for CropArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = |text: &str, sign: [char; 2]| {
            let (first, second) = text.split_once(sign)?;
            Some((first.parse::<u32>().ok()?, second.parse::<u32>().ok()?))
        };
        let shape = || pair(text, [':', ':']).map(|(across, down)| Crop::Shape(across, down));
        let area = || {
            let (size, place) = text.split_once('+')?;
            let ((width, height), (left, top)) = (pair(size, ['x', 'X'])?, pair(place, ['+', '+'])?);
            Some(Crop::Area([left, top, width, height]))
        };
        let wrong = || format!("{text:?} is no part of a picture: write a shape such as 1:1, or WIDTHxHEIGHT+LEFT+TOP");
        shape().or_else(area).map(Self).ok_or_else(wrong)
    }
}

impl FromStr for ScaleArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent = || Some(Scale::Percent(text.strip_suffix('%')?.parse().ok()?));
        let size = || {
            let (width, height) = text.split_once(['x', 'X'])?;
            Some(Scale::Size(width.parse().ok()?, height.parse().ok()?))
        };
        let longest = || Some(Scale::Longest(text.parse().ok()?));
        let wrong =
            || format!("{text:?} is no size: write WIDTHxHEIGHT, the longest side in pixels, or for example 200%");
        percent().or_else(size).or_else(longest).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_parts_and_sizes_are_read() {
        assert_eq!("3-12".parse(), Ok(TrimArg(Trim { first: 2, last: 11 })));
        for text in ["", "3", "0-4", "5-4", "a-b", "-3-4", "3-"] {
            assert!(text.parse::<TrimArg>().is_err(), "{text:?}");
        }
        assert_eq!("9:16".parse(), Ok(CropArg(Crop::Shape(9, 16))));
        assert_eq!("64x48+8+0".parse(), Ok(CropArg(Crop::Area([8, 0, 64, 48]))));
        for text in ["", "square", "1:", "64x48", "64x48+8", "64x48+8+-1", ":"] {
            assert!(text.parse::<CropArg>().is_err(), "{text:?}");
        }
        let scales = [("640x360", Scale::Size(640, 360)), ("480", Scale::Longest(480)), ("50%", Scale::Percent(50))];
        for (text, scale) in scales {
            assert_eq!(text.parse(), Ok(ScaleArg(scale)));
        }
        for text in ["", "x", "50 %", "1e3", "-5", "640x"] {
            assert!(text.parse::<ScaleArg>().is_err(), "{text:?}");
        }
    }
}
