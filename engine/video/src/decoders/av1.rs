//! AV1 by `re_rav1d`.

use re_rav1d::dav1d::pixel::{MatrixCoefficients, YUVRange};
use re_rav1d::dav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent, Settings};

use super::{Decode, Decoded, Failure};
use crate::error::{Trouble, VideoLack};
use crate::yuv::{Colour, Yuv};

pub(super) struct Av1 {
    decoder: Decoder,
    /// The sequence header of the container, until it was sent.
    header: Vec<u8>,
}

impl Av1 {
    /// `config` is `av1C` (AV1 codec ISO media file format binding, section 2.3).
    pub(super) fn new(config: &[u8], max_pixels: u64) -> Result<Self, Trouble> {
        if let Some(&flags) = config.get(2).filter(|&flags| flags & 0x40 != 0) {
            return Err(VideoLack::Depth { bits: if flags & 0x20 != 0 { 12 } else { 10 } }.into());
        }
        let mut settings = Settings::new();
        // One thread, so that a picture comes back with its sample and nothing outlives a panic.
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_frame_size_limit(u32::try_from(max_pixels).unwrap_or(u32::MAX));
        let decoder =
            Decoder::with_settings(&settings).map_err(|error| VideoLack::Other { detail: error.to_string() })?;
        Ok(Self { decoder, header: config.get(4..).unwrap_or_default().to_vec() })
    }

    /// Adds the pictures that are ready.
    fn take(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        loop {
            match self.decoder.get_picture() {
                Ok(picture) => {
                    let yuv = planes(&picture)?;
                    decoded.extend(picture.timestamp().map(|time| (time, yuv)));
                }
                Err(Error::Again) => return Ok(()),
                Err(error) => return Err(failure(error)),
            }
        }
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::UnsupportedBitstream => Trouble::from(VideoLack::Other { detail: error.to_string() }).into(),
        error => Failure::Refused(error.to_string()),
    }
}

fn planes(picture: &Picture) -> Result<Yuv, Failure> {
    if picture.bit_depth() != 8 {
        let bits = u32::try_from(picture.bit_depth()).unwrap_or_default();
        return Err(Trouble::from(VideoLack::Depth { bits }).into());
    }
    let layout = picture.pixel_layout();
    let shifts = match layout {
        PixelLayout::I400 | PixelLayout::I420 => [1, 1],
        PixelLayout::I422 => [1, 0],
        PixelLayout::I444 => [0, 0],
    };
    let plane = |component| picture.plane(component).to_vec();
    let chroma = |component| if layout == PixelLayout::I400 { Vec::new() } else { plane(component) };
    let chroma_stride = if layout == PixelLayout::I400 { 0 } else { picture.stride(PlanarImageComponent::U) as usize };
    Ok(Yuv {
        width: picture.width() as usize,
        height: picture.height() as usize,
        planes: [plane(PlanarImageComponent::Y), chroma(PlanarImageComponent::U), chroma(PlanarImageComponent::V)],
        strides: [picture.stride(PlanarImageComponent::Y) as usize, chroma_stride],
        shifts,
        colour: Colour {
            matrix: Some(matrix_code(picture.matrix_coefficients())),
            is_full: (picture.color_range() == YUVRange::Full).then_some(true),
        },
    })
}

/// The code of ITU-T H.273.
fn matrix_code(matrix: MatrixCoefficients) -> u8 {
    match matrix {
        MatrixCoefficients::Identity => 0,
        MatrixCoefficients::BT709 => 1,
        MatrixCoefficients::BT470M => 4,
        MatrixCoefficients::BT470BG => 5,
        MatrixCoefficients::ST170M => 6,
        MatrixCoefficients::ST240M => 7,
        MatrixCoefficients::YCgCo => 8,
        MatrixCoefficients::BT2020NonConstantLuminance => 9,
        MatrixCoefficients::BT2020ConstantLuminance => 10,
        MatrixCoefficients::ST2085 => 11,
        MatrixCoefficients::ChromaticityDerivedNonConstantLuminance => 12,
        MatrixCoefficients::ChromaticityDerivedConstantLuminance => 13,
        MatrixCoefficients::ICtCp => 14,
        _ => 2,
    }
}

impl Decode for Av1 {
    fn sample(&mut self, sample: &[u8], time: i64, decoded: &mut Decoded) -> Result<(), Failure> {
        let mut data = std::mem::take(&mut self.header);
        data.extend_from_slice(sample);
        if data.is_empty() {
            return Ok(());
        }
        let mut sent = self.decoder.send_data(data, None, Some(time), None);
        loop {
            match sent {
                Ok(()) => return self.take(decoded),
                // What is ready has to be taken before it takes more.
                Err(Error::Again) => {
                    let before = decoded.len();
                    self.take(decoded)?;
                    sent = self.decoder.send_pending_data();
                    if matches!(sent, Err(Error::Again)) && decoded.len() == before {
                        return Err(Trouble::index("OBU").into());
                    }
                }
                Err(error) => return Err(failure(error)),
            }
        }
    }

    fn finish(&mut self, decoded: &mut Decoded) -> Result<(), Failure> {
        self.take(decoded)
    }
}
