//! MP4 with H.264: frames to YCbCr (`yuv.rs`), OpenH264 at a constant quantiser, box tree (`mp4_boxes.rs`).

use super::EncoderFault;
use std::io::Write;

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, QpRange, RateControlMode,
    VuiConfig,
};
use openh264::formats::YUVSlices;

use super::error::WriteError;
use super::mp4_boxes::{Sample, Tags, Track, header};
use super::yuv::Yuv420;
use super::{ExportSettings, FrameSource, Progress, Provenance, Quality};

/// OpenH264 raises smaller quantisers to this one (`GOM_MIN_QP_MODE` in its rate control).
const LEAST_QP: u8 = 12;
/// Six steps halve the precision (ITU-T H.264, section 8.5.9).
const QP_STEP: u8 = 6;
/// NAL unit types (ITU-T H.264, table 7-1).
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

/// Writes the clip as a whole MP4 file.
pub(super) fn write(
    out: &mut dyn Write,
    frames: &dyn FrameSource,
    settings: &ExportSettings,
    provenance: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    let (track, stream) = encode(frames, settings, progress)?;
    let tags = provenance.map(|provenance| Tags {
        comment: provenance.to_json(),
        creator: provenance.creator(),
        xmp: provenance.to_xmp(),
    });
    out.write_all(&too_large(header(&track, tags.as_ref()))?)?;
    out.write_all(&stream)?;
    Ok(())
}

/// Encodes the clip and gives its samples, each NAL unit with its length in front.
///
/// OpenH264's buffer is as large as the raw picture, which noise exceeds at a small quantiser: such a clip is encoded
/// again with a larger one, and its progress counts from zero again.
fn encode(
    frames: &dyn FrameSource,
    settings: &ExportSettings,
    progress: &mut Progress<'_>,
) -> Result<(Track, Vec<u8>), WriteError> {
    let mut qp = settings.quality.crf().max(LEAST_QP);
    loop {
        match encode_at(qp, frames, settings, progress) {
            Err(WriteError::Encoder(_)) if qp < Quality::WORST => qp = (qp + QP_STEP).min(Quality::WORST),
            result => return result,
        }
    }
}

fn encode_at(
    qp: u8,
    frames: &dyn FrameSource,
    settings: &ExportSettings,
    progress: &mut Progress<'_>,
) -> Result<(Track, Vec<u8>), WriteError> {
    progress(0)?;
    let mut encoder =
        Encoder::with_api_config(OpenH264API::from_source(), config(qp, frames.size(), settings)).map_err(refused)?;
    let (mut sps, mut pps) = (Vec::new(), Vec::new());
    let mut samples = Vec::new();
    let mut stream = Vec::new();
    let (mut width, mut height) = (0, 0);
    let [frame_width, frame_height] = frames.size();
    for (index, frame) in frames.frames().enumerate() {
        let picture = Yuv420::from_rgb(&frame, frame_width, frame_height);
        (width, height) = (picture.width, picture.height);
        let planes =
            YUVSlices::new((&picture.y, &picture.u, &picture.v), (width, height), (width, width / 2, width / 2));
        let encoded = encoder.encode(&planes).map_err(refused)?;
        let is_sync = encoded.frame_type() == FrameType::IDR;
        let start = stream.len();
        let layers = (0..encoded.num_layers()).filter_map(|index| encoded.layer(index));
        for layer in layers {
            for unit in (0..layer.nal_count()).filter_map(|index| layer.nal_unit(index)) {
                let unit = without_start_code(unit);
                // Parameter sets live in the header of the file; in the stream they would only be repeated.
                match unit.first().map(|first| first & 0x1f) {
                    None => {}
                    Some(NAL_SPS) => unit.clone_into(&mut sps),
                    Some(NAL_PPS) => unit.clone_into(&mut pps),
                    Some(_) => {
                        stream.extend(too_large(u32::try_from(unit.len()).ok())?.to_be_bytes());
                        stream.extend(unit);
                    }
                }
            }
        }
        if stream.len() == start {
            return Err(WriteError::Encoder(EncoderFault::Nothing { frame: index + 1 }.into()));
        }
        samples.push(Sample { bytes: too_large(u32::try_from(stream.len() - start).ok())?, is_sync });
        progress(index + 1)?;
    }
    if sps.len() < 4 || pps.is_empty() {
        return Err(WriteError::Encoder(EncoderFault::NoParameterSets.into()));
    }
    let side = |pixels| u16::try_from(pixels).expect("the size was checked against the format's limits");
    let track = Track { width: side(width), height: side(height), fps: settings.fps, sps, pps, samples };
    Ok((track, stream))
}

fn config(qp: u8, [width, height]: [usize; 2], settings: &ExportSettings) -> EncoderConfig {
    // Nothing binds this rate, since the quantiser is fixed; OpenH264 only checks it and derives the level from it.
    let bits = (width * height) as u64 * u64::from(settings.fps) * 4;
    let bitrate = u32::try_from(bits.clamp(100_000, 100_000_000)).expect("clamped");
    EncoderConfig::new()
        .complexity(Complexity::High)
        // Named after its use in calls; the one mode that keeps the quantiser within bounds and drops no frames.
        .rate_control_mode(RateControlMode::Bufferbased)
        .qp(QpRange::new(qp, qp))
        .bitrate(BitRate::from_bps(bitrate))
        .max_frame_rate(FrameRate::from_hz(settings.fps as f32))
        .skip_frames(false)
        // All three change the quantiser or drop blocks where little moves, which leaves ghosts in slow clips.
        .background_detection(false)
        .adaptive_quantization(false)
        .scene_change_detect(false)
        // A key frame each second makes scrubbing in a player smooth.
        .intra_frame_period(IntraFramePeriod::from_num_frames(settings.fps.max(8)))
        // One thread: the same clip gives the same bytes on every machine.
        .num_threads(1)
        .vui(VuiConfig::bt709())
}

fn without_start_code(unit: &[u8]) -> &[u8] {
    unit.strip_prefix(&[0, 0, 0, 1]).or_else(|| unit.strip_prefix(&[0, 0, 1])).unwrap_or(unit)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err calls")]
fn refused(error: openh264::Error) -> WriteError {
    WriteError::Encoder(error.to_string().into())
}

fn too_large<T>(value: Option<T>) -> Result<T, WriteError> {
    value.ok_or_else(|| WriteError::Encoder(EncoderFault::TooLarge.into()))
}
