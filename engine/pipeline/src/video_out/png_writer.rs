//! Animated PNG and numbered PNG frames: lossless, sRGB, settings in an `iTXt` chunk.

use std::io::Write;
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType, Compression, EncodingError, SrgbRenderingIntent};

use super::error::WriteError;
use super::{ExportSettings, Frames, Progress, Provenance};

/// Keyword of the text chunk.
pub(super) const KEYWORD: &str = "hummingbird";

/// Path of frame `number` (counted from 1) of `count`: `clip.png` gives `clip_0001.png`.
pub(super) fn frame_path(pattern: &Path, number: usize, count: usize) -> PathBuf {
    let digits = count.to_string().len().max(4);
    let mut name = pattern.file_stem().unwrap_or_default().to_owned();
    name.push(format!("_{number:0digits$}.png"));
    pattern.with_file_name(name)
}

/// Paths of all frames.
pub(super) fn frame_paths(pattern: &Path, count: usize) -> Vec<PathBuf> {
    (1..=count).map(|number| frame_path(pattern, number, count)).collect()
}

/// Writes one frame, `[height, width, 3]`, as a PNG file.
pub(super) fn write_still(
    out: &mut dyn Write,
    frames: &Frames,
    frame: &[u8],
    provenance: Option<&Provenance>,
) -> Result<(), WriteError> {
    let mut writer = encoder(out, frames, provenance)?.write_header().map_err(refused)?;
    writer.write_image_data(frame).map_err(refused)?;
    writer.finish().map_err(refused)
}

/// Writes the clip as an animated PNG.
pub(super) fn write_animation(
    out: &mut dyn Write,
    frames: &Frames,
    settings: &ExportSettings,
    provenance: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    progress(0)?;
    let mut encoder = encoder(out, frames, provenance)?;
    let count = u32::try_from(frames.count()).expect("a clip of 4 billion frames does not fit into memory");
    // 0 plays mean for ever.
    encoder.set_animated(count, settings.arrangement.plays.count()).map_err(refused)?;
    let fps = u16::try_from(settings.fps).expect("the frame rate was checked");
    encoder.set_frame_delay(1, fps).map_err(refused)?;
    let mut writer = encoder.write_header().map_err(refused)?;
    for (index, frame) in frames.iter().enumerate() {
        writer.write_image_data(frame).map_err(refused)?;
        progress(index + 1)?;
    }
    writer.finish().map_err(refused)
}

fn encoder<'a>(
    out: &'a mut dyn Write,
    frames: &Frames,
    provenance: Option<&Provenance>,
) -> Result<png::Encoder<'a, &'a mut dyn Write>, WriteError> {
    let side = |pixels| u32::try_from(pixels).expect("the size was checked against the format's limits");
    let mut encoder = png::Encoder::new(out, side(frames.width()), side(frames.height()));
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    if let Some(provenance) = provenance {
        encoder.add_itxt_chunk("Software".into(), provenance.creator()).map_err(refused)?;
        encoder.add_itxt_chunk(KEYWORD.into(), provenance.to_json()).map_err(refused)?;
    }
    Ok(encoder)
}

fn refused(error: EncodingError) -> WriteError {
    match error {
        EncodingError::IoError(error) => WriteError::Io(error),
        other => WriteError::Encoder(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_so_that_they_sort() {
        let names = |pattern: &str, number, count| frame_path(Path::new(pattern), number, count);
        assert_eq!(names("dir/a.b.png", 1, 16), Path::new("dir/a.b_0001.png"));
        assert_eq!(names("clip.png", 12_345, 20_000), Path::new("clip_12345.png"));
        assert_eq!(names("clip.png", 7, 20_000), Path::new("clip_00007.png"));
    }
}
