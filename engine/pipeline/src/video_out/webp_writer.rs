//! Animated WebP: each frame through libwebp, the container (RIFF, `VP8X`, `ANIM`, `ANMF`, XMP) written here.
//!
//! libwebp's own animation encoder merges equal frames; a clip must come back with the frames that it had.

use super::EncoderFault;
use std::io::Write;

use webp::{Encoder, WebPConfig};

use super::error::WriteError;
use super::{ExportSettings, Frames, Progress, Provenance, Quality};

/// Bits of the flags byte of `VP8X` (WebP container specification, "Extended file format").
const HAS_XMP: u8 = 1 << 2;
const HAS_ANIMATION: u8 = 1 << 1;
/// `ANMF` flag: the frame replaces what it covers instead of being blended over it.
const NO_BLENDING: u8 = 1 << 1;
/// Bytes of the RIFF header before the first chunk: `RIFF`, size, `WEBP`.
const RIFF_HEADER: usize = 12;

/// Writes the clip as a whole WebP file.
pub(super) fn write(
    out: &mut dyn Write,
    frames: &Frames,
    settings: &ExportSettings,
    provenance: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    progress(0)?;
    let side = |pixels| u32::try_from(pixels).expect("the size was checked against the format's limits");
    let (width, height) = (side(frames.width()), side(frames.height()));
    let config = config(settings.quality)?;
    let mut body = Vec::new();
    let mut flags = HAS_ANIMATION;
    if provenance.is_some() {
        flags |= HAS_XMP;
    }
    chunk(&mut body, b"VP8X", |out| {
        out.extend([flags, 0, 0, 0]);
        le24(out, width - 1);
        le24(out, height - 1);
    })?;
    // Background opaque black; 0 plays mean for ever.
    let [low, high] = u16::try_from(settings.arrangement.plays.count()).unwrap_or(0).to_le_bytes();
    chunk(&mut body, b"ANIM", |out| out.extend([0, 0, 0, 255, low, high]))?;
    for (index, frame) in frames.iter().enumerate() {
        let still = Encoder::from_rgb(frame, width, height).encode_advanced(&config).map_err(|error| {
            WriteError::Encoder(EncoderFault::Frame { frame: index + 1, detail: format!("{error:?}") }.into())
        })?;
        let picture = still
            .get(RIFF_HEADER..)
            .filter(|picture| picture.starts_with(b"VP8 ") || picture.starts_with(b"VP8L"))
            .ok_or_else(|| WriteError::Encoder(EncoderFault::NoPlainPicture { frame: index + 1 }.into()))?;
        chunk(&mut body, b"ANMF", |out| {
            le24(out, 0);
            le24(out, 0);
            le24(out, width - 1);
            le24(out, height - 1);
            le24(out, duration_millisecs(index, settings.fps));
            out.push(NO_BLENDING);
            out.extend(picture);
        })?;
        progress(index + 1)?;
    }
    if let Some(provenance) = provenance {
        chunk(&mut body, b"XMP ", |out| out.extend(provenance.to_xmp().into_bytes()))?;
    }
    out.write_all(b"RIFF")?;
    out.write_all(&length(body.len() + 4)?.to_le_bytes())?;
    out.write_all(b"WEBP")?;
    out.write_all(&body)?;
    Ok(())
}

fn config(quality: Quality) -> Result<WebPConfig, WriteError> {
    let mut config = WebPConfig::new().map_err(|()| WriteError::Encoder(EncoderFault::OtherVersion.into()))?;
    config.method = 4;
    if quality.crf() == 0 {
        config.lossless = 1;
        config.quality = 75.0; // effort, not loss
    } else {
        // 18 gives 92, 51 gives 78: of about the size and look of H.264 at that quantiser, checked by eye on small clips.
        config.quality = 100.0 - 100.0 * f32::from(quality.crf()) / f32::from(Quality::WORST) * 0.22;
        // Averages colour in linear light: saturated edges keep their brightness at half the colour resolution.
        config.use_sharp_yuv = 1;
    }
    Ok(config)
}

/// How long frame `index` is shown; the rounding never adds up.
fn duration_millisecs(index: usize, fps: u32) -> u32 {
    let start_of = |index: u64| index * 1000 / u64::from(fps);
    let index = index as u64;
    u32::try_from(start_of(index + 1) - start_of(index)).expect("at most 1000")
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
    out.extend(name);
    out.extend([0; 4]);
    let start = out.len();
    fill(out);
    let size = out.len() - start;
    out[start - 4..start].copy_from_slice(&length(size)?.to_le_bytes());
    if size % 2 == 1 {
        out.push(0);
    }
    Ok(())
}

fn le24(out: &mut Vec<u8>, value: u32) {
    out.extend(&value.to_le_bytes()[..3]);
}

fn length(bytes: usize) -> Result<u32, WriteError> {
    u32::try_from(bytes).map_err(|_| WriteError::Encoder(EncoderFault::TooLarge.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_add_up() {
        for fps in [1, 7, 8, 24, 60, 240] {
            let total: u32 = (0..fps as usize).map(|index| duration_millisecs(index, fps)).sum();
            assert_eq!(total, 1000, "{fps}");
        }
    }

    #[test]
    fn chunks_are_padded_but_count_only_their_content() {
        let mut out = Vec::new();
        chunk(&mut out, b"ABCD", |out| out.extend([1, 2, 3])).expect("small");
        assert_eq!(out, [b'A', b'B', b'C', b'D', 3, 0, 0, 0, 1, 2, 3, 0]);
    }
}
