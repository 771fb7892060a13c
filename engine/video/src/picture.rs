//! Pictures in files of their own: PNG, JPEG, WebP, GIF.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage};

use crate::error::{Trouble, VideoFault};
use crate::limits::{MAX_SIDE, check_size};

/// A picture in 8-bit RGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// `[height, width, 3]`
    pub rgb: Vec<u8>,
}

impl Picture {
    /// What is transparent lies on black, as it does where nothing is under it.
    pub(crate) fn on_black(rgba: &RgbaImage) -> Self {
        let (width, height) = (rgba.width() as usize, rgba.height() as usize);
        let over = |colour: u8, alpha: u8| ((u32::from(colour) * u32::from(alpha) + 127) / 255) as u8;
        let pixels = rgba.as_raw().as_chunks::<4>().0;
        let rgb = pixels.iter().flat_map(|&[r, g, b, a]| [over(r, a), over(g, a), over(b, a)]).collect();
        Self { width, height, rgb }
    }
}

/// Memory that a decoder of pictures may take: a picture of the largest size in 16 bits and four channels, and as much again.
pub(crate) fn limits(max_pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(max_pixels * 8 * 2);
    limits
}

/// The format of a file that begins like this, if it is one of pictures.
pub(crate) fn format(head: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(head).ok()?;
    let is_read = matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif);
    is_read.then_some(format)
}

/// What a decoder of pictures said of a frame.
pub(crate) fn trouble(frame: u64, error: &ImageError) -> Trouble {
    match error {
        ImageError::IoError(error) => std::io::Error::new(error.kind(), error.to_string()).into(),
        error => VideoFault::Frame { frame, detail: error.to_string().chars().take(300).collect() }.into(),
    }
}

/// Runs a decoder, which must not take the program down with it.
pub(crate) fn guarded<T>(frame: u64, work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    // Whatever it leaves behind is not used again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(VideoFault::Panicked { frame }.into()))
}

/// Reads a picture, turned as its camera was held.
pub(crate) fn read(path: &Path, max_pixels: u64) -> Result<Picture, Trouble> {
    let reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    guarded(0, || {
        let mut reader = reader;
        reader.limits(limits(max_pixels));
        let mut decoder = reader.into_decoder().map_err(|error| trouble(0, &error))?;
        let (width, height) = decoder.dimensions();
        check_size(width, height, max_pixels)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder).map_err(|error| trouble(0, &error))?;
        image.apply_orientation(orientation);
        Ok(if image.color().has_alpha() {
            Picture::on_black(&image.into_rgba8())
        } else {
            let rgb = image.into_rgb8();
            Picture { width: rgb.width() as usize, height: rgb.height() as usize, rgb: rgb.into_raw() }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_lies_on_black() {
        let rgba = RgbaImage::from_raw(3, 1, vec![200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 128]);
        let picture = Picture::on_black(&rgba.expect("three pixels"));
        assert_eq!(picture.rgb, [200, 100, 50, 0, 0, 0, 100, 50, 25]);
    }
}
