//! The subject of a frame, centred and brought to one size: features for a classifier, and for seeing a turn.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::degrade::degrade;
use super::region::{Backdrop, Region, find_region};
use crate::training::datasets::synthetic::clip::{CLIP_FRAMES, ClipSpec, Split};
use crate::training::datasets::synthetic::render::{Canvas, render_frames};
use crate::training::datasets::synthetic::vocabulary::Subject;

/// Width and height of a crop.
pub const CROP_SIDE: usize = 24;

/// Length of a crop: two planes, `[2, 24, 24]`.
pub const CROP_FEATURES: usize = 2 * CROP_SIDE * CROP_SIDE;

/// Half the crop's width in root-mean-square radii of the region: a disc reaches to 71% of it, a rocket to nearly all.
const HALF_SIDE: f32 = 2.0;

/// Features of the subject in `frame` (`[height, width, 3]`) before `backdrop`: `[2, 24, 24]`, first the mask (0 to 1), then
/// the brightness inside it relative to the subject's own mean (-1 to 1, 0 outside). None when there is no subject.
///
/// Position, size and colour are taken out; the angle is not, since an upright rocket is not a fish.
pub fn subject_crop(frame: &[u8], backdrop: &Backdrop) -> Option<[f32; CROP_FEATURES]> {
    find_region(frame, backdrop).map(|region| crop_of(frame, &region, backdrop.width()))
}

/// As [`subject_crop`], for a region that is already known.
pub fn crop_of(frame: &[u8], region: &Region, width: usize) -> [f32; CROP_FEATURES] {
    let height = region.weights.len() / width;
    let mut brightness: Vec<f32> = frame.chunks_exact(3).map(luma).collect();
    let mean = brightness.iter().zip(&region.weights).map(|(value, inside)| value * inside).sum::<f32>() / region.area;
    for (value, inside) in brightness.iter_mut().zip(&region.weights) {
        *value = ((*value - mean) / mean.max(16.0)).clamp(-1.0, 1.0) * inside;
    }
    let mut features = [0.0; CROP_FEATURES];
    let (mask_plane, luma_plane) = features.split_at_mut(CROP_SIDE * CROP_SIDE);
    let step = 2.0 * HALF_SIDE * region.spread / CROP_SIDE as f32;
    for row in 0..CROP_SIDE {
        for column in 0..CROP_SIDE {
            let at = |cell: usize, centre: f32| centre + (cell as f32 + 0.5 - CROP_SIDE as f32 / 2.0) * step;
            let (x, y) = (at(column, region.centre[0]), at(row, region.centre[1]));
            let cell = row * CROP_SIDE + column;
            mask_plane[cell] = averaged(&region.weights, width, height, [x, y], step);
            luma_plane[cell] = averaged(&brightness, width, height, [x, y], step);
        }
    }
    features
}

/// Crops of `count` training clips with the subject that each shows, some of them blurred and noisy. A clip whose subject
/// cannot be found is left out. The same arguments give the same set.
pub fn labelled_crops(count: usize, seed: u64, canvas: Canvas) -> Vec<([f32; CROP_FEATURES], Subject)> {
    let crop = |index: u64| {
        let spec = ClipSpec::sample(seed, index, Split::Train);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // A stream of its own, apart from the one that made the clip.
        rng.set_stream(!index);
        let number = rng.random_range(0..CLIP_FRAMES) as f32;
        let (blur, noise) = (rng.random_range(-0.4f32..1.3).max(0.0), rng.random_range(-2.0f32..8.0).max(0.0));
        let frames = degrade(&render_frames(&spec, canvas, &[number]), blur, noise, &mut rng);
        let backdrop = Backdrop::of(spec.combination.scene, canvas);
        subject_crop(frames.frame(0), &backdrop).map(|features| (features, spec.combination.subject))
    };
    (0..count as u64).into_par_iter().filter_map(crop).collect()
}

/// Brightness of an sRGB pixel in 0 to 255, with the weights of BT.709.
fn luma(pixel: &[u8]) -> f32 {
    0.2126 * f32::from(pixel[0]) + 0.7152 * f32::from(pixel[1]) + 0.0722 * f32::from(pixel[2])
}

/// Mean of four bilinear samples in a square of `side` pixels around a point; 0 outside of the frame.
fn averaged(plane: &[f32], width: usize, height: usize, [x, y]: [f32; 2], side: f32) -> f32 {
    let quarter = side / 4.0;
    let offsets = [[-quarter, -quarter], [quarter, -quarter], [-quarter, quarter], [quarter, quarter]];
    offsets.iter().map(|[dx, dy]| bilinear(plane, width, height, x + dx, y + dy)).sum::<f32>() / 4.0
}

fn bilinear(plane: &[f32], width: usize, height: usize, x: f32, y: f32) -> f32 {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (right_share, low_share) = (x - 0.5 - left, y - 0.5 - top);
    let value = |column: f32, row: f32| {
        let inside = column >= 0.0 && row >= 0.0 && column < width as f32 && row < height as f32;
        if inside { plane[row as usize * width + column as usize] } else { 0.0 }
    };
    let upper = value(left, top) * (1.0 - right_share) + value(left + 1.0, top) * right_share;
    let lower = value(left, top + 1.0) * (1.0 - right_share) + value(left + 1.0, top + 1.0) * right_share;
    upper * (1.0 - low_share) + lower * low_share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_are_reproducible_and_hold_the_subject() {
        let set = labelled_crops(60, 21, Canvas::SMALL);
        assert!(set.len() >= 59, "a subject was not found in {} of 60 clips", 60 - set.len());
        assert_eq!(set, labelled_crops(60, 21, Canvas::SMALL));
        for (features, subject) in &set {
            let (mask, luma) = features.split_at(CROP_SIDE * CROP_SIDE);
            let share = mask.iter().sum::<f32>() / mask.len() as f32;
            assert!((0.15..0.75).contains(&share), "{subject} fills {share} of its crop");
            assert!(mask.iter().all(|it| (0.0..=1.0).contains(it)) && luma.iter().all(|it| (-1.0..=1.0).contains(it)));
        }
    }

    #[test]
    fn the_nearest_crop_mostly_shows_the_same_subject() {
        // No classifier, only nearest neighbours: shows that the features carry the subject.
        let known = labelled_crops(1200, 22, Canvas::SMALL);
        let asked = labelled_crops(120, 23, Canvas::SMALL);
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let right = asked.iter().filter(|(features, subject)| {
            let nearest = known.iter().min_by(|a, b| distance(&a.0, features).total_cmp(&distance(&b.0, features)));
            nearest.is_some_and(|it| it.1 == *subject)
        });
        let share = right.count() as f32 / asked.len() as f32;
        assert!(share > 0.85, "nearest neighbours name {share} of the subjects");
    }
}
