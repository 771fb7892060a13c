//! Settings for a file that must not be larger than so many bytes: encoded in memory, measured, tried again.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::error::WriteError;
use super::{ExportError, ExportSettings, Format, Frames, GifDither, Provenance, Quality, Scale, checked, write_whole};

/// Sizes in hundredths that are tried when no quality is enough.
const PERCENTS: [u32; 7] = [80, 65, 50, 40, 30, 20, 12];
/// The worst quality that still looks like the clip: a smaller picture looks better than less.
const WORST_CRF: u8 = 42;
/// Fewest colours of a GIF that still look like the clip.
const FEWEST_COLOURS: u16 = 32;

/// Bytes that a file of this clip would have, and nothing is written.
///
/// # Errors
/// As [`super::export`], but for the file system's; `on_frame` stops it as the progress of an export does.
pub fn encoded_bytes(
    frames: &Frames,
    settings: &ExportSettings,
    provenance: &Provenance,
    on_frame: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<u64, ExportError> {
    checked([frames.count(), frames.height(), frames.width()], settings)?;
    let arranged = settings.arrangement.apply(frames, settings.format)?;
    let mut progress = |_| match on_frame() {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(WriteError::Cancelled),
    };
    let mut counter = Counter(0);
    // Numbered frames together are as large as their animation, but for their headers.
    write_whole(&mut counter, &arranged, settings, settings.text(provenance), &mut progress)
        .map_err(|error| error.at(settings.format, Path::new("")))?;
    Ok(counter.0)
}

/// These settings with the best quality at which the file has at most `limit` bytes. MP4, WebP and WebM lose quality first, a GIF
/// dithering and colours; where that is not enough, and in lossless formats, the picture becomes smaller.
///
/// # Errors
/// [`ExportError::CannotFit`], and as [`encoded_bytes`].
pub fn fit(
    frames: &Frames,
    settings: &ExportSettings,
    provenance: &Provenance,
    limit: u64,
    on_frame: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<ExportSettings, ExportError> {
    let mut smallest = u64::MAX;
    let mut fits = |settings: &ExportSettings| {
        let bytes = encoded_bytes(frames, settings, provenance, on_frame)?;
        smallest = smallest.min(bytes);
        Ok::<_, ExportError>(bytes <= limit)
    };
    if fits(settings)? {
        return Ok(*settings);
    }
    let mut worst = *settings;
    match settings.format {
        Format::Mp4 | Format::WebP | Format::WebM => {
            let worst_crf = WORST_CRF.max(settings.quality.crf());
            worst.quality = Quality::new(worst_crf)?;
            if fits(&worst)? {
                return best_quality(settings, worst_crf, &mut fits);
            }
        }
        Format::Gif => {
            worst.dither = GifDither::Ordered;
            while worst.colours > FEWEST_COLOURS {
                worst.colours = (worst.colours / 2).max(FEWEST_COLOURS);
                if fits(&worst)? {
                    return Ok(worst);
                }
            }
            worst.colours = settings.colours.min(128);
        }
        Format::Apng | Format::PngFrames => {}
    }
    let [_, height, width] = checked([frames.count(), frames.height(), frames.width()], settings)?;
    for percent in PERCENTS {
        let side = |pixels: usize| u32::try_from((pixels * percent as usize / 100).max(16)).unwrap_or(u32::MAX);
        let mut smaller = worst;
        smaller.arrangement.scale = Scale::Size(side(width), side(height));
        if fits(&smaller)? {
            return best_quality(
                &ExportSettings { quality: settings.quality, ..smaller },
                worst.quality.crf(),
                &mut fits,
            );
        }
    }
    Err(ExportError::CannotFit { format: settings.format, smallest, limit })
}

/// The best quality that fits, given that `worst_crf` does; files shrink as the number grows.
fn best_quality(
    settings: &ExportSettings,
    worst_crf: u8,
    fits: &mut impl FnMut(&ExportSettings) -> Result<bool, ExportError>,
) -> Result<ExportSettings, ExportError> {
    let (mut best, mut fitting) = (settings.quality.crf(), worst_crf);
    if !settings.format.has_quality() {
        return Ok(*settings);
    }
    while best < fitting {
        let middle = best.midpoint(fitting);
        if fits(&ExportSettings { quality: Quality::new(middle)?, ..*settings })? {
            fitting = middle;
        } else {
            best = middle + 1;
        }
    }
    Ok(ExportSettings { quality: Quality::new(fitting)?, ..*settings })
}

/// Takes all bytes and keeps their number.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
