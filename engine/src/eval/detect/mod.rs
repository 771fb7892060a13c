//! Reads a clip back as a viewer would: which scene, which colour, which motion. It knows nothing about how the clip came to be.
//!
//! `region` finds the subject, `track` follows it, `crops` brings it to one size for a classifier, `degrade` blurs clips as an
//! autoencoder does. Start with [`measure`].

mod crops;
mod degrade;
mod region;
mod track;

pub use crops::{CROP_FEATURES, CROP_SIDE, labelled_crops, subject_crop};
pub use region::{Backdrop, Region};
pub use track::Track;

use crate::handoff::Frames;
use crate::training::datasets::synthetic::render::Canvas;
use crate::training::datasets::synthetic::scenes::background;
use crate::training::datasets::synthetic::vocabulary::{Colour, Motion, Scene};
use region::find_region;

/// What a clip shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The nearest scene.
    pub scene: Scene,
    /// Mean distance of the clip's still part from that scene, in levels of 255.
    pub scene_distance: f32,
    /// Nearest named colour of the subject; none when there is no subject.
    pub colour: Option<Colour>,
    /// The subject's own colour as sRGB.
    pub rgb: Option<[u8; 3]>,
    /// What the subject does; none when it is missing in too many frames.
    pub motion: Option<Motion>,
    /// The numbers behind the motion.
    pub track: Option<Track>,
    /// Mean share of a frame that the subject covers.
    pub region_share: f32,
}

/// Measures a clip of any size and of at least one frame.
///
/// # Panics
/// When the clip has no frames: a bug of the caller.
pub fn measure(frames: &Frames) -> Measured {
    assert!(frames.count() > 0, "a clip without frames shows nothing");
    let (scene, scene_distance) = nearest_scene(frames);
    let regions = regions(frames, scene);
    let rgb = subject_rgb(frames, &regions);
    let track = Track::of(frames, &regions);
    let area: f32 = regions.iter().flatten().map(|it| it.area).sum();
    Measured {
        scene,
        scene_distance,
        colour: rgb.map(nearest_colour),
        rgb,
        motion: track.as_ref().map(Track::motion),
        track,
        region_share: area / (frames.count() * frames.width() * frames.height()) as f32,
    }
}

/// The subject's region in each frame before the given scene.
pub fn regions(frames: &Frames, scene: Scene) -> Vec<Option<Region>> {
    let backdrop = Backdrop::of(scene, canvas_of(frames));
    frames.iter().map(|frame| find_region(frame, &backdrop)).collect()
}

/// The scene nearest to the clip's still part, and its distance in levels of 255.
pub fn nearest_scene(frames: &Frames) -> (Scene, f32) {
    let still = median_over_time(frames);
    let distance = |&scene: &Scene| (scene, trimmed_distance(&still, &background(scene, canvas_of(frames))));
    let distances = Scene::ALL.iter().map(distance);
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there is more than one scene")
}

/// The named colour nearest to an sRGB colour, which may be a darker tone of it: blur mixes dark details into a subject.
pub fn nearest_colour(rgb: [u8; 3]) -> Colour {
    let rgb = rgb.map(f32::from);
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let distance = |colour: Colour| {
        let named = colour.rgb().map(f32::from);
        let tone = (dot(rgb, named) / dot(named, named)).clamp(DARKEST_TONE, 1.05);
        let off = [0, 1, 2].map(|channel| rgb[channel] - tone * named[channel]);
        dot(off, off)
    };
    let distances = Colour::ALL.iter().map(|&colour| (colour, distance(colour)));
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there is more than one colour").0
}

/// How dark a tone of a named colour still has its name.
const DARKEST_TONE: f32 = 0.65;

/// Share of the still picture's pixels that count for the scene: a subject that stays in place covers up to a fifth.
const SCENE_SHARE: f32 = 0.7;

fn canvas_of(frames: &Frames) -> Canvas {
    Canvas { width: frames.width(), height: frames.height() }
}

/// Each value's median over the frames: without the subject where it moves on.
fn median_over_time(frames: &Frames) -> Vec<u8> {
    let middle = frames.count() / 2;
    let mut column = vec![0; frames.count()];
    let median = |value: usize| {
        column.iter_mut().zip(frames.iter()).for_each(|(slot, frame)| *slot = frame[value]);
        *column.select_nth_unstable(middle).1
    };
    (0..frames.frame_bytes()).map(median).collect()
}

/// Mean distance of the pixels that fit best.
fn trimmed_distance(picture: &[u8], scene: &[u8]) -> f32 {
    let distance = |(a, b): (&[u8], &[u8])| {
        a.iter().zip(b).map(|(&a, &b)| (f32::from(a) - f32::from(b)).powi(2)).sum::<f32>().sqrt()
    };
    let mut distances: Vec<f32> = picture.chunks_exact(3).zip(scene.chunks_exact(3)).map(distance).collect();
    let kept = ((distances.len() as f32 * SCENE_SHARE) as usize).clamp(1, distances.len());
    distances.select_nth_unstable_by(kept - 1, f32::total_cmp);
    distances[..kept].iter().sum::<f32>() / kept as f32
}

/// Median of each channel over the inner pixels of the subject in all frames.
fn subject_rgb(frames: &Frames, regions: &[Option<Region>]) -> Option<[u8; 3]> {
    let mut channels = [const { Vec::new() }; 3];
    for (frame, region) in frames.iter().zip(regions) {
        for pixel in region.iter().flat_map(|it| it.core(frames.width())) {
            (0..3).for_each(|channel| channels[channel].push(frame[pixel * 3 + channel]));
        }
    }
    let middle = channels[0].len() / 2;
    (!channels[0].is_empty()).then(|| channels.map(|mut values| *values.select_nth_unstable(middle).1))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rayon::prelude::*;

    use super::degrade::degrade;
    use super::*;
    use crate::training::datasets::synthetic::clip::ClipSpec;
    use crate::training::datasets::synthetic::render::{FrameTimes, render};
    use crate::training::datasets::synthetic::vocabulary::{Combination, Subject};

    const CLIPS: usize = 270;

    /// Shares of colours, motions and scenes that are read back rightly from clips of `frames` frames.
    fn read_back(canvas: Canvas, frames: usize, blur: f32, noise: f32) -> [f32; 3] {
        let check = |clip: usize| {
            // A step without a common divisor with the count visits all words about equally often.
            let combination = Combination::from_index(clip * 7919 % Combination::COUNT);
            let drawn =
                render(&ClipSpec::for_combination(combination, 31, clip as u64), canvas, frames, FrameTimes::Spread);
            let seen = measure(&degrade(&drawn, blur, noise, &mut ChaCha8Rng::seed_from_u64(clip as u64)));
            let Combination { colour, motion, scene, .. } = combination;
            [seen.colour == Some(colour), seen.motion == Some(motion), seen.scene == scene]
        };
        let seen: Vec<[bool; 3]> = (0..CLIPS).into_par_iter().map(check).collect();
        [0, 1, 2].map(|kind| seen.iter().filter(|it| it[kind]).count() as f32 / CLIPS as f32)
    }

    #[test]
    fn fresh_clips_are_read_back_rightly() {
        for (canvas, frames) in [(Canvas::SMALL, 16), (Canvas::SMALL, 8), (Canvas { width: 128, height: 96 }, 16)] {
            let shares = read_back(canvas, frames, 0.0, 0.0);
            assert!(
                shares.iter().all(|&it| it >= 0.97),
                "colour, motion, scene of {frames} frames on {canvas:?}: {shares:?}"
            );
        }
    }

    #[test]
    fn blurred_and_noisy_clips_are_read_back_rightly() {
        let shares = read_back(Canvas::SMALL, 16, 1.0, 6.0);
        assert!(shares.iter().all(|&it| it >= 0.95), "colour, motion, scene: {shares:?}");
    }

    #[test]
    fn a_scene_alone_has_no_colour_and_no_motion() {
        for &scene in Scene::ALL {
            let still = background(scene, Canvas::SMALL);
            let clip = Frames::new(96, 64, still.repeat(16));
            let seen = measure(&degrade(&clip, 0.8, 4.0, &mut ChaCha8Rng::seed_from_u64(1)));
            assert_eq!((seen.scene, seen.colour, seen.motion), (scene, None, None));
            assert_eq!(seen.region_share, 0.0);
        }
    }

    #[test]
    fn a_clip_played_backwards_goes_the_other_way() {
        for (forth, back) in [
            (Motion::MovingLeft, Motion::MovingRight),
            (Motion::Rising, Motion::Falling),
            (Motion::Growing, Motion::Shrinking),
        ] {
            let combination =
                Combination { subject: Subject::Heart, colour: Colour::Pink, motion: forth, scene: Scene::Desert };
            let clip = render(&ClipSpec::for_combination(combination, 2, 2), Canvas::SMALL, 16, FrameTimes::Every);
            let backwards: Vec<u8> = (0..16).rev().flat_map(|index| clip.frame(index).to_vec()).collect();
            assert_eq!(measure(&clip).motion, Some(forth));
            assert_eq!(measure(&Frames::new(96, 64, backwards)).motion, Some(back));
        }
    }

    #[test]
    fn named_colours_and_their_darker_tones_keep_their_name() {
        for &colour in Colour::ALL {
            for tone in [1.0, 0.9, 0.75] {
                let rgb = colour.rgb().map(|it| (f32::from(it) * tone) as u8);
                assert_eq!(nearest_colour(rgb), colour, "{tone} of {colour}");
            }
        }
    }

    #[test]
    fn one_frame_has_a_colour_but_no_motion() {
        let combination = Combination::from_index(1000);
        let clip = render(&ClipSpec::for_combination(combination, 2, 2), Canvas::SMALL, 1, FrameTimes::From(5.0));
        let seen = measure(&clip);
        assert_eq!((seen.colour, seen.motion), (Some(combination.colour), None));
    }
}
