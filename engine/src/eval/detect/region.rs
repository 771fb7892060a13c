//! Finds the subject in a frame as the pixels that are not the scene's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use crate::training::datasets::synthetic::render::Canvas;
use crate::training::datasets::synthetic::scenes::background;
use crate::training::datasets::synthetic::vocabulary::Scene;

/// The subject's pixels in one frame of `width x height`.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// How surely a pixel belongs to the subject, 0 to 1, `[height, width]`. Between the two lies a soft edge, so that a pixel
    /// at the limit of what counts cannot make the region jump from frame to frame.
    pub weights: Vec<f32>,
    /// Sum of the weights: the subject's area in pixels.
    pub area: f32,
    /// Centre of mass in pixels (x, y); the middle of the first pixel is (0.5, 0.5).
    pub centre: [f32; 2],
    /// Root mean square distance of the region from its centre, in pixels.
    pub spread: f32,
}

/// Pixels must differ by this much from the scene (Euclidean, of 255 levels on each of three channels): well above what a
/// VAE's errors reach in smooth scenes, well below the distance of any named colour from any scene.
const LEAST_DIFFERENCE: f32 = 34.0;

/// And by this share of the strongest difference in the frame, so that blurred edges do not widen a vivid subject.
const LEAST_SHARE: f32 = 0.28;

/// Pixels within which the scene's own colours are forgiven.
const SCENE_REACH: usize = 2;

/// A region smaller than this share of the frame is taken for an artefact.
const LEAST_AREA: f32 = 0.0025;

/// Parts belong together when they are not further apart than the frame's height over this (a sail and its hull, a rocket and
/// its flame).
const HEIGHT_OVER_GAP: usize = 12;

/// A group of parts that is smaller than this share of the largest group is taken for an artefact.
const GROUP_SHARE: f32 = 0.4;

/// What is behind the subject: for every pixel the range of colours that the scene has near it. The range forgives a blurred
/// or slightly displaced edge of the scene, such as a star or the rim of the sun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backdrop {
    width: usize,
    low: Vec<u8>,
    high: Vec<u8>,
}

type Made = HashMap<(Scene, Canvas), Arc<Backdrop>>;

impl Backdrop {
    /// The backdrop of a picture `[height, width, 3]` without a subject.
    ///
    /// # Panics
    /// When the picture is not whole rows of `width` pixels: a bug of the caller.
    pub fn new(picture: &[u8], width: usize) -> Self {
        assert!(width > 0 && picture.len().is_multiple_of(width * 3), "a picture is not whole rows of {width} pixels");
        let low = slid(picture, width, SCENE_REACH, u8::min);
        let high = slid(picture, width, SCENE_REACH, u8::max);
        Self { width, low, high }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The backdrop of a scene on a canvas. Made once for each canvas, then shared.
    pub fn of(scene: Scene, canvas: Canvas) -> Arc<Self> {
        static MADE: OnceLock<Mutex<Made>> = OnceLock::new();
        let made = MADE.get_or_init(Mutex::default);
        // The map is never left half-written, so a thread that panicked elsewhere does no harm here.
        let mut made = made.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let make = || Arc::new(Self::new(&background(scene, canvas), canvas.width));
        Arc::clone(made.entry((scene, canvas)).or_insert_with(make))
    }
}

/// The subject in `frame` (`[height, width, 3]`) before `backdrop`; none when nothing differs enough.
///
/// # Panics
/// When the two differ in size: a bug of the caller.
pub fn find_region(frame: &[u8], backdrop: &Backdrop) -> Option<Region> {
    assert_eq!(frame.len(), backdrop.low.len(), "a frame and its backdrop have different sizes");
    let (width, height) = (backdrop.width, frame.len() / (backdrop.width * 3));
    let difference = difference(frame, backdrop);
    let mut sorted = difference.clone();
    // The 1% that differs most leaves out single bad pixels and still lies inside the smallest subject.
    let place = sorted.len() * 99 / 100;
    let (_, &mut strongest, _) = sorted.select_nth_unstable_by(place, f32::total_cmp);
    let threshold = LEAST_DIFFERENCE.max(LEAST_SHARE * strongest);
    let different: Vec<bool> = difference.iter().map(|&it| it > threshold).collect();

    let groups = groups(&different, width);
    let largest = groups.iter().map(Vec::len).max()?;
    let mut weights = vec![0.0; width * height];
    let kept = groups.iter().filter(|group| group.len() as f32 >= GROUP_SHARE * largest as f32);
    kept.flatten().for_each(|&pixel| weights[pixel] = (difference[pixel] / threshold - 1.0).min(1.0));
    let region = Region::of(weights, width);
    (region.area >= LEAST_AREA * (width * height) as f32).then_some(region)
}

impl Region {
    fn of(weights: Vec<f32>, width: usize) -> Self {
        let points = || {
            let place = |pixel: usize| [(pixel % width) as f32 + 0.5, (pixel / width) as f32 + 0.5];
            weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0).map(move |(pixel, &it)| (place(pixel), it))
        };
        let area: f32 = points().map(|(_, weight)| weight).sum();
        let whole = area.max(f32::EPSILON);
        let centre =
            points().fold([0.0; 2], |sum, ([x, y], weight)| [sum[0] + x * weight / whole, sum[1] + y * weight / whole]);
        let square = |([x, y], weight): ([f32; 2], f32)| ((x - centre[0]).powi(2) + (y - centre[1]).powi(2)) * weight;
        let spread = (points().map(square).sum::<f32>() / whole).sqrt();
        Self { area, centre, spread, weights }
    }

    /// Pixels whose eight neighbours are all in the region: no edge, no antialiasing. The whole region when there are none.
    pub fn core(&self, width: usize) -> Vec<usize> {
        let height = self.weights.len() / width;
        let inside = |x: usize, y: usize| self.weights[y * width + x] > 0.0;
        let mut core = Vec::new();
        for y in 1..height.saturating_sub(1) {
            for x in 1..width.saturating_sub(1) {
                if (y - 1..=y + 1).all(|row| (x - 1..=x + 1).all(|column| inside(column, row))) {
                    core.push(y * width + x);
                }
            }
        }
        if core.is_empty() {
            core.extend(self.weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0).map(|(pixel, _)| pixel));
        }
        core
    }
}

/// How far each pixel of the frame, averaged over 3x3 pixels against noise, lies outside of its range (Euclidean).
fn difference(frame: &[u8], backdrop: &Backdrop) -> Vec<f32> {
    let Backdrop { width, low, high } = backdrop;
    let (width, height) = (*width, frame.len() / (width * 3));
    let mut lengths = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = y.saturating_sub(1)..(y + 2).min(height);
        for x in 0..width {
            let columns = x.saturating_sub(1)..(x + 2).min(width);
            let count = (rows.len() * columns.len()) as f32;
            let mut sum = [0u32; 3];
            for row in rows.clone() {
                for seen in frame[(row * width + columns.start) * 3..(row * width + columns.end) * 3].chunks_exact(3) {
                    (0..3).for_each(|channel| sum[channel] += u32::from(seen[channel]));
                }
            }
            let outside = (0..3).map(|channel| {
                let place = (y * width + x) * 3 + channel;
                let mean = sum[channel] as f32 / count;
                (f32::from(low[place]) - mean).max(mean - f32::from(high[place])).max(0.0).powi(2)
            });
            lengths.push(outside.sum::<f32>().sqrt());
        }
    }
    lengths
}

/// The least or greatest value of each channel within `reach` pixels, first along rows, then along columns.
fn slid(pixels: &[u8], width: usize, reach: usize, choose: fn(u8, u8) -> u8) -> Vec<u8> {
    let height = pixels.len() / (width * 3);
    let along = |values: &[u8], size: usize, stride: usize| -> Vec<u8> {
        let at = |place: usize| {
            let (index, line) = (place / stride % size, place - place / stride % size * stride);
            let near = index.saturating_sub(reach)..(index + reach + 1).min(size);
            near.map(|index| values[line + index * stride]).fold(values[place], choose)
        };
        (0..values.len()).map(at).collect()
    };
    along(&along(pixels, width, 3), height, width * 3)
}

/// The pixels of a mask in groups that are far apart.
fn groups(mask: &[bool], width: usize) -> Vec<Vec<usize>> {
    let height = mask.len() / width;
    let gap = (height / HEIGHT_OVER_GAP).max(1);
    let mut seen = vec![false; mask.len()];
    let mut groups = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut group = vec![start];
        let mut next = 0;
        while next < group.len() {
            let (x, y) = (group[next] % width, group[next] / width);
            next += 1;
            for row in y.saturating_sub(gap)..(y + gap + 1).min(height) {
                for column in x.saturating_sub(gap)..(x + gap + 1).min(width) {
                    let pixel = row * width + column;
                    if mask[pixel] && !seen[pixel] {
                        seen[pixel] = true;
                        group.push(pixel);
                    }
                }
            }
        }
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 40;

    /// Grey 40x30 with white boxes given as (x, y, width, height).
    fn boxes(boxes: &[(usize, usize, usize, usize)]) -> Vec<u8> {
        let mut frame = vec![100; WIDTH * 30 * 3];
        for &(x, y, width, height) in boxes {
            for row in y..y + height {
                frame[(row * WIDTH + x) * 3..(row * WIDTH + x + width) * 3].fill(250);
            }
        }
        frame
    }

    fn found(given: &[(usize, usize, usize, usize)]) -> Option<Region> {
        find_region(&boxes(given), &Backdrop::new(&boxes(&[]), WIDTH))
    }

    #[test]
    fn a_box_is_found_where_it_is() {
        let region = found(&[(10, 8, 8, 8)]).expect("the box is plain to see");
        assert!((region.centre[0] - 14.0).abs() < 0.1 && (region.centre[1] - 12.0).abs() < 0.1, "{:?}", region.centre);
        assert!((55.0..=100.0).contains(&region.area), "{}", region.area);
        assert!(region.core(WIDTH).len() >= 36);
    }

    #[test]
    fn nothing_and_specks_are_no_region() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[(5, 5, 1, 1)]), None);
    }

    #[test]
    fn near_parts_count_and_small_ones_far_away_do_not() {
        let two = found(&[(4, 8, 8, 8), (14, 8, 8, 8)]).expect("two boxes");
        assert!((two.centre[0] - 13.0).abs() < 0.2, "{:?}", two.centre);
        let one = found(&[(4, 8, 10, 10), (30, 8, 3, 3)]).expect("a box");
        assert!((one.centre[0] - 9.0).abs() < 0.2, "{:?}", one.centre);
    }

    #[test]
    fn a_displaced_edge_of_the_scene_is_no_subject() {
        let scene = Backdrop::new(&boxes(&[(0, 15, 40, 15)]), WIDTH);
        assert_eq!(find_region(&boxes(&[(0, 14, 40, 16)]), &scene), None);
        assert!(find_region(&boxes(&[(0, 15, 40, 15), (10, 3, 8, 8)]), &scene).is_some());
    }
}
