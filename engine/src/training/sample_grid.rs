//! Sample grids: pictures by which a person judges a checkpoint.

use hummingbird_base::Action;
use std::path::Path;

use burn::tensor::Device;
use image::{Rgb, RgbImage, imageops};

use crate::handoff::Frames;
use crate::kernels::{RgbMap, latent_to_rgb8};
use crate::nn::hook::NoHook;
use crate::pipeline::vae::{Vae, images};
use crate::training::TrainError;
use hummingbird_base::WriteError;

/// Pixels between two pictures.
const GAP: u32 = 2;
/// Every picture is drawn this many times larger.
const ZOOM: u32 = 2;
/// Pictures in a row of reconstructions.
const COLUMNS: usize = 6;

/// Writes rows of pictures of one size as a PNG.
///
/// # Errors
/// `Io` when the file cannot be written.
pub fn write(path: &Path, rows: &[Vec<&[u8]>], width: usize, height: usize) -> Result<(), TrainError> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) as u32;
    let (cell_width, cell_height) = (width as u32 * ZOOM + GAP, height as u32 * ZOOM + GAP);
    let mut grid =
        RgbImage::from_pixel(columns * cell_width + GAP, rows.len() as u32 * cell_height + GAP, Rgb([40, 40, 40]));
    for (row, pictures) in rows.iter().enumerate() {
        for (column, picture) in pictures.iter().enumerate() {
            let image = RgbImage::from_raw(width as u32, height as u32, picture.to_vec())
                .expect("a frame has width x height pixels");
            let image =
                imageops::resize(&image, width as u32 * ZOOM, height as u32 * ZOOM, imageops::FilterType::Nearest);
            let x = i64::from(column as u32 * cell_width + GAP);
            let y = i64::from(row as u32 * cell_height + GAP);
            imageops::replace(&mut grid, &image, x, y);
        }
    }
    Ok(grid.save(path).map_err(|error| WriteError::Io {
        action: Action::Write,
        path: path.to_owned(),
        source: std::io::Error::other(error),
    })?)
}

/// Frames 0, 5, 10 and 15 of each clip in a row (fewer for shorter clips).
///
/// # Errors
/// As [`write()`].
pub fn clips(path: &Path, clips: &[Frames]) -> Result<(), TrainError> {
    let Some(first) = clips.first() else { return Ok(()) };
    let rows: Vec<Vec<&[u8]>> =
        clips.iter().map(|clip| (0..4).map(|part| clip.frame(part * (clip.count() - 1) / 3)).collect()).collect();
    write(path, &rows, first.width(), first.height())
}

/// Single frames of one size above what the autoencoder makes of them.
///
/// # Errors
/// As [`write()`].
pub fn reconstruction(vae: &Vae, frames: &[Frames], device: &Device, path: &Path) -> Result<(), TrainError> {
    let Some(first) = frames.first() else { return Ok(()) };
    let (width, height) = (first.width(), first.height());
    let posterior = vae.encode(images(frames, device), &NoHook).expect("nothing cancels");
    let decoded = vae.decode(posterior.mean, &NoHook).expect("nothing cancels");
    let decoded = Frames::new(width, height, latent_to_rgb8(decoded, &RgbMap::identity()).bytes);
    let mut rows = Vec::new();
    for start in (0..frames.len()).step_by(COLUMNS) {
        let columns = start..frames.len().min(start + COLUMNS);
        rows.push(columns.clone().map(|index| frames[index].frame(0)).collect());
        rows.push(columns.map(|index| decoded.frame(index)).collect());
    }
    write(path, &rows, width, height)
}
