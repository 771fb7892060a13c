//! WebM with AV1: frames to YCbCr (`yuv.rs`), rav1e at a constant quantiser, element tree (`webm_file.rs`).

use std::io::Write;

use rav1e::color::{
    ChromaSamplePosition, ColorDescription, ColorPrimaries, MatrixCoefficients, PixelRange, TransferCharacteristics,
};
use rav1e::prelude::{Config, Context, EncoderConfig, EncoderStatus, FrameType, Rational};

use super::error::WriteError;
use super::webm_file::{Track, file};
use super::yuv::Yuv420;
use super::{EncoderFault, ExportSettings, Frames, Progress, Provenance};

/// rav1e's speed, 0 to 10: at 8 a clip takes seconds without its assembler, and is a tenth larger than at 6.
const SPEED: u8 = 8;
/// Steps of AV1's quantiser index (0 to 255) for one of H.264's quantiser (0 to 51).
const QUANTIZER_STEP: usize = 5;
/// The smallest index that is not lossless coding, which rav1e does not do well.
const LEAST_QUANTIZER: usize = 4;
/// OBU types (AV1 specification, section 6.2.2).
const OBU_SEQUENCE_HEADER: u8 = 1;
const OBU_TEMPORAL_DELIMITER: u8 = 2;

/// Writes the clip as a whole WebM file.
pub(super) fn write(
    out: &mut dyn Write,
    frames: &Frames,
    settings: &ExportSettings,
    provenance: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    progress(0)?;
    let track = encode(frames, settings, progress)?;
    let tags: Vec<(&str, String)> = provenance
        .map(|provenance| vec![("COMMENT", provenance.to_json()), ("ENCODER", provenance.creator())])
        .unwrap_or_default();
    out.write_all(&file(&track, &tags))?;
    Ok(())
}

fn encode(frames: &Frames, settings: &ExportSettings, progress: &mut Progress<'_>) -> Result<Track, WriteError> {
    let (width, height) = (frames.width().next_multiple_of(2), frames.height().next_multiple_of(2));
    let mut context: Context<u8> = Config::new()
        .with_encoder_config(config(width, height, settings))
        // One thread: the same clip gives the same bytes on every machine, and what computes clips keeps its own.
        .with_threads(1)
        .new_context()
        .map_err(|error| WriteError::Encoder(error.to_string().into()))?;
    let mut track = Track {
        width,
        height,
        fps: settings.fps,
        config: context.container_sequence_header(),
        frames: Vec::with_capacity(frames.count()),
    };
    let mut pictures = frames.iter();
    loop {
        match pictures.next() {
            Some(rgb) => {
                let picture = Yuv420::from_rgb(rgb, frames.width(), frames.height());
                let mut frame = context.new_frame();
                let planes = [(&picture.y, width), (&picture.u, width / 2), (&picture.v, width / 2)];
                for (plane, (values, stride)) in frame.planes.iter_mut().zip(planes) {
                    plane.copy_from_raw_u8(values, stride, 1);
                }
                context.send_frame(frame).map_err(refused)?;
            }
            None => context.send_frame(None).map_err(refused)?,
        }
        loop {
            match context.receive_packet() {
                Ok(packet) => {
                    let data = without_delimiter(&packet.data);
                    if track.frames.is_empty() {
                        track.config.extend_from_slice(sequence_header(data));
                    }
                    track.frames.push((data.to_vec(), packet.frame_type == FrameType::KEY));
                    progress(track.frames.len())?;
                }
                Err(EncoderStatus::Encoded) => {}
                Err(EncoderStatus::NeedMoreData) => break,
                Err(EncoderStatus::LimitReached) => {
                    let written = track.frames.len();
                    return if written == frames.count() {
                        Ok(track)
                    } else {
                        Err(WriteError::Encoder(EncoderFault::Nothing { frame: written + 1 }.into()))
                    };
                }
                Err(other) => return Err(refused(other)),
            }
        }
    }
}

fn config(width: usize, height: usize, settings: &ExportSettings) -> EncoderConfig {
    EncoderConfig {
        width,
        height,
        time_base: Rational { num: 1, den: u64::from(settings.fps) },
        chroma_sample_position: ChromaSamplePosition::Vertical,
        pixel_range: PixelRange::Limited,
        color_description: Some(ColorDescription {
            color_primaries: ColorPrimaries::BT709,
            transfer_characteristics: TransferCharacteristics::BT709,
            matrix_coefficients: MatrixCoefficients::BT709,
        }),
        // A key frame each second makes scrubbing in a player smooth.
        min_key_frame_interval: u64::from(settings.fps.max(8)),
        max_key_frame_interval: u64::from(settings.fps.max(8)),
        // Frames in the order of show: each is one block of the file.
        low_latency: true,
        quantizer: (usize::from(settings.quality.crf()) * QUANTIZER_STEP).max(LEAST_QUANTIZER),
        ..EncoderConfig::with_speed_preset(SPEED)
    }
}

fn refused(status: EncoderStatus) -> WriteError {
    WriteError::Encoder(status.to_string().into())
}

/// A temporal unit as files of this kind hold it: the blocks say where it begins.
fn without_delimiter(unit: &[u8]) -> &[u8] {
    match first_obu(unit) {
        Some((OBU_TEMPORAL_DELIMITER, length)) => &unit[length..],
        _ => unit,
    }
}

/// The sequence header that a unit begins with, whole; nothing where it begins with something else.
fn sequence_header(unit: &[u8]) -> &[u8] {
    match first_obu(unit) {
        Some((OBU_SEQUENCE_HEADER, length)) => &unit[..length],
        _ => &[],
    }
}

/// Type and whole length of the first OBU, where it says its length (AV1 specification, section 5.3).
fn first_obu(unit: &[u8]) -> Option<(u8, usize)> {
    let &flags = unit.first()?;
    let (has_extension, has_size) = (flags & 4 != 0, flags & 2 != 0);
    let mut at = 1 + usize::from(has_extension);
    if !has_size {
        return None;
    }
    let mut size = 0_usize;
    for shift in (0..28).step_by(7) {
        let &byte = unit.get(at)?;
        at += 1;
        size |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let length = at.checked_add(size).filter(|&length| length <= unit.len())?;
            return Some((flags >> 3 & 0xf, length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_go_and_headers_are_found() {
        let unit = [0x12, 0, 0x0a, 3, 1, 2, 3, 0x32, 1, 9];
        let data = without_delimiter(&unit);
        assert_eq!(data, &unit[2..]);
        assert_eq!(sequence_header(data), [0x0a, 3, 1, 2, 3]);
        assert_eq!(sequence_header(&data[5..]), [] as [u8; 0]);
        for cut in 0..unit.len() {
            let _found = sequence_header(without_delimiter(&unit[..cut]));
        }
        // A size beyond the unit, and one that never ends.
        assert_eq!(first_obu(&[0x0a, 9, 1]), None);
        assert_eq!(first_obu(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
