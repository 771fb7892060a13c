//! Which clips are shown, and their small pictures.

use hummingbird_base::message::Detail;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hummingbird_base::CancelToken;
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{RgbImage, imageops};
use rayon::prelude::*;

use super::ReportOptions;
use crate::clip::ClipSource;
use crate::filter::FilterSummary;
use crate::manifest::Row;
use crate::objects::{Place, Places};
use crate::work::WorkError;

/// Box into which a frame is fitted, in pixels.
const FRAME: [u32; 2] = [128, 96];
/// Frames of a clip.
const FRAMES: u64 = 3;
const QUALITY: u8 = 70;

/// Clips that are shown together, as indices of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// `None` for what is kept, else the reason.
    pub(super) reason: Option<String>,
    /// Rows of that kind.
    pub(super) rows: usize,
    pub(super) shown: Vec<usize>,
}

/// Kept clips first, then a group for each reason, the most frequent first. Clips are taken at even distances, so that the whole
/// manifest is seen and the same ones are shown twice.
pub(super) fn choose(rows: &[Row], summary: &FilterSummary, options: ReportOptions) -> Vec<Group> {
    let mut left = options.most;
    let mut group = |reason: Option<String>, all: Vec<usize>, most: usize| {
        let count = all.len().min(most).min(left);
        left -= count;
        let shown = (0..count).map(|number| all[number * all.len() / count]).collect();
        Group { reason, rows: all.len(), shown }
    };
    let of = |is: &dyn Fn(&Row) -> bool| -> Vec<usize> {
        rows.iter().enumerate().filter(|(_, row)| is(row)).map(|(index, _)| index).collect()
    };
    let mut groups = vec![group(None, of(&|row| row.keep != Some(false)), options.kept)];
    for reason in summary.reasons.iter().filter(|reason| !reason.ignored) {
        let all = of(&|row: &Row| row.keep == Some(false) && row.reasons.contains(&reason.reason));
        groups.push(group(Some(reason.reason.clone()), all, options.per_reason));
    }
    groups
}

/// A strip of frames for each row that is shown, as the address of data in a page; where there is none, why.
pub(super) fn pictures(
    rows: &[Row],
    groups: &[Group],
    folder: &Place,
    places: &Places,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<BTreeMap<usize, Result<String, Detail>>, WorkError> {
    let mut shown: Vec<usize> = groups.iter().flat_map(|group| group.shown.iter().copied()).collect();
    shown.sort_unstable();
    shown.dedup();
    let total = shown.len() as u64;
    let mut pictures = BTreeMap::new();
    // A few at a time, so that whoever watches sees it go on.
    for some in shown.chunks(16) {
        cancel.check()?;
        let made: Vec<_> = some.par_iter().map(|&index| (index, strip(&rows[index], folder, places, cancel))).collect();
        pictures.extend(made);
        let done = pictures.len() as u64;
        progress.progress(Progress::new(StageName("report"), Unit::Clips, done, Some(total)));
    }
    cancel.check()?;
    Ok(pictures)
}

fn strip(row: &Row, folder: &Place, places: &Places, cancel: &CancelToken) -> Result<String, Detail> {
    if let Some(error) = &row.error {
        return Err(error.clone().into());
    }
    let place = folder.of_row(row).map_err(|error| Detail::from(error.to_string()))?;
    let path = places.local(&place, cancel).map_err(|error| Detail::from(error.to_string()))?;
    let clip = ClipSource::open(&path).and_then(|clip| clip.stretch(row.start_frame, row.frames));
    let clip = clip.map_err(|error| Detail::from(error.to_string()))?;
    let last = clip.shape().frames.saturating_sub(1);
    let mut numbers: Vec<u64> = (0..FRAMES).map(|number| last * number / (FRAMES - 1)).collect();
    numbers.dedup();
    let mut frames = Vec::new();
    for picture in clip.at(&numbers).map_err(|error| Detail::from(error.to_string()))? {
        let size = [picture.width, picture.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let [width, height] = fitted(size);
        let frame = RgbImage::from_raw(size[0], size[1], picture.rgb)
            .ok_or_else(|| Detail::from("a frame without pixels".to_owned()))?;
        frames.push(resize(&frame, width, height, FilterType::Triangle));
    }
    let width: u32 = frames.iter().map(RgbImage::width).sum();
    let height = frames.iter().map(RgbImage::height).max().unwrap_or(1);
    let mut strip = RgbImage::new(width.max(1), height);
    let mut x = 0;
    for frame in &frames {
        imageops::replace(&mut strip, frame, x, 0);
        x += i64::from(frame.width());
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&strip)
        .map_err(|error| Detail::from(error.to_string()))?;
    Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)))
}

/// The size of a frame in its box, with its shape kept and at least one pixel a side.
fn fitted([width, height]: [u32; 2]) -> [u32; 2] {
    let scale = f64::min(f64::from(FRAME[0]) / f64::from(width), f64::from(FRAME[1]) / f64::from(height)).min(1.0);
    [width, height].map(|side| ((f64::from(side) * scale).round() as u32).max(1))
}
