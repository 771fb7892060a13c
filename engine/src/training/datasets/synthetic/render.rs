//! Draws a clip: the still scene, and the subject over it with antialiased edges.

use serde::{Deserialize, Serialize};

use super::clip::{CLIP_FRAMES, ClipSpec, Pose};
use super::scenes::background;
use super::shapes::distances;
use super::vocabulary::Subject;
use crate::handoff::Frames;

/// Size of the picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Canvas {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

impl Canvas {
    /// A size at which every subject and motion can be told.
    pub const SMALL: Self = Self { width: 96, height: 64 };
}

/// Which moments of the clip the frames show. A frame's number is in units of 1/8 s; the whole clip has 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FrameTimes {
    /// Every frame from the first on.
    Every,
    /// Spread over the whole clip: 16 frames are all of them, 8 are every second one from the first on.
    Spread,
    /// Frames from this number on, one after the other.
    From(f32),
}

/// Draws `frame_count` frames of a clip, `[frame_count, height, width, 3]`.
pub fn render(spec: &ClipSpec, canvas: Canvas, frame_count: usize, times: FrameTimes) -> Frames {
    let (first, step) = match times {
        FrameTimes::Every => (0.0, 1.0),
        FrameTimes::Spread => (0.0, CLIP_FRAMES as f32 / frame_count.max(1) as f32),
        FrameTimes::From(first) => (first, 1.0),
    };
    let numbers: Vec<f32> = (0..frame_count).map(|index| first + step * index as f32).collect();
    render_frames(spec, canvas, &numbers)
}

/// Draws the frames with the given numbers (units of 1/8 s, fractions allowed, held at the ends of the clip).
pub fn render_frames(spec: &ClipSpec, canvas: Canvas, frame_numbers: &[f32]) -> Frames {
    let scene = background(spec.combination.scene, canvas);
    let mut pixels = Vec::with_capacity(scene.len() * frame_numbers.len());
    for number in frame_numbers {
        let start = pixels.len();
        pixels.extend_from_slice(&scene);
        let time = (number / (CLIP_FRAMES - 1) as f32).clamp(0.0, 1.0);
        draw_subject(&mut pixels[start..], canvas, spec, spec.pose(time));
    }
    Frames::new(canvas.width, canvas.height, pixels)
}

/// Share of each latent pixel that the subject covers, `[frame_numbers, height, width]` for latents of `height, width`.
pub fn subject_shares(spec: &ClipSpec, [height, width]: [usize; 2], frame_numbers: &[f32]) -> Vec<f32> {
    /// Pixels that are looked at along each side of a latent pixel.
    const SIDE: usize = 4;
    let canvas = Canvas { width: width * SIDE, height: height * SIDE };
    let scene = background(spec.combination.scene, canvas);
    let frames = render_frames(spec, canvas, frame_numbers);
    let mut shares = vec![0.0; frame_numbers.len() * height * width];
    for (frame, shares) in frames.iter().zip(shares.chunks_exact_mut(height * width)) {
        let pairs = frame.as_chunks::<3>().0.iter().zip(scene.as_chunks::<3>().0);
        for (index, _) in pairs.enumerate().filter(|(_, (pixel, behind))| pixel != behind) {
            let [row, column] = [index / canvas.width, index % canvas.width];
            shares[row / SIDE * width + column / SIDE] += 1.0 / (SIDE * SIDE) as f32;
        }
    }
    shares
}

/// Share of the named colour that details and the outline keep.
const DETAIL_TONE: f32 = 0.32;
const OUTLINE_TONE: f32 = 0.55;

/// Width of the darker outline, as a fraction of the canvas's height.
const OUTLINE: f32 = 0.011;

fn draw_subject(frame: &mut [u8], canvas: Canvas, spec: &ClipSpec, pose: Pose) {
    let Canvas { width, height } = canvas;
    let radius = pose.diameter / 2.0 * height as f32;
    let (centre_x, centre_y) = (pose.centre[0] * width as f32, pose.centre[1] * height as f32);
    let (sin, cos) = pose.angle.sin_cos();
    let mirror = if spec.faces_left && has_front(spec.combination.subject) { -1.0 } else { 1.0 };
    let outline = OUTLINE * height as f32;
    let colour = spec.combination.colour.rgb().map(f32::from);

    // No subject reaches further than 1.35 radii from its centre; one pixel more for the antialiasing.
    let reach = radius * 1.35 + 1.0;
    let columns = span(centre_x, reach, width);
    for row in span(centre_y, reach, height) {
        for column in columns.clone() {
            let dx = (column as f32 + 0.5 - centre_x) / radius;
            let dy = (row as f32 + 0.5 - centre_y) / radius;
            let point = [(dx * cos + dy * sin) * mirror, dy * cos - dx * sin];
            let it = distances(spec.combination.subject, point);
            let (body, detail) = (it.body * radius, it.detail * radius);
            let drawn = cover(body.min(detail));
            if drawn <= 0.0 {
                continue;
            }
            // Where a detail reaches out of the body there is no outline: it is dark already.
            let edge = cover(-(body + outline)) * (1.0 - cover(detail));
            let tone = 1.0 - (1.0 - OUTLINE_TONE) * edge;
            let tone = tone + (DETAIL_TONE - tone) * cover(detail);
            let pixel = &mut frame[(row * width + column) * 3..][..3];
            for (value, &full) in pixel.iter_mut().zip(&colour) {
                let under = f32::from(*value);
                *value = (under + (full * tone - under) * drawn + 0.5) as u8;
            }
        }
    }
}

/// Share of a pixel that lies inside, from the signed distance of its centre in pixels.
fn cover(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

/// Pixels within `reach` of `centre` on an axis of `size` pixels.
fn span(centre: f32, reach: f32, size: usize) -> std::ops::Range<usize> {
    let first = (centre - reach).floor().max(0.0) as usize;
    let end = ((centre + reach).ceil().max(0.0) as usize).min(size);
    first.min(end)..end
}

/// Whether left and right differ so that the way it looks should follow the way it goes.
fn has_front(subject: Subject) -> bool {
    matches!(subject, Subject::Boat | Subject::Bird | Subject::Fish | Subject::Car)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::clip::Split;
    use super::*;

    #[test]
    fn half_the_frames_are_every_second_frame() {
        let spec = ClipSpec::sample(11, 3, Split::Train);
        let all = render(&spec, Canvas::SMALL, 16, FrameTimes::Every);
        let half = render(&spec, Canvas::SMALL, 8, FrameTimes::Spread);
        assert_eq!((all.count(), half.count()), (16, 8));
        for index in 0..8 {
            assert_eq!(half.frame(index), all.frame(2 * index));
        }
        let one = render(&spec, Canvas::SMALL, 1, FrameTimes::From(9.0));
        assert_eq!(one.frame(0), all.frame(9));
        assert_eq!(all, render(&spec, Canvas::SMALL, 16, FrameTimes::Spread));
    }

    #[test]
    fn every_canvas_shows_the_subject() {
        for canvas in [Canvas::SMALL, Canvas { width: 128, height: 96 }, Canvas { width: 33, height: 57 }] {
            for index in 0..40 {
                let spec = ClipSpec::sample(12, index, Split::Train);
                let scene = background(spec.combination.scene, canvas);
                for frame in render(&spec, canvas, 4, FrameTimes::Spread).iter() {
                    let changed = frame.chunks_exact(3).zip(scene.chunks_exact(3)).filter(|(a, b)| a != b).count();
                    let share = changed as f32 / (canvas.width * canvas.height) as f32;
                    assert!(share > 0.01 && share < 0.4, "{share} of the picture is the subject in {spec:?}");
                }
            }
        }
    }

    #[test]
    fn shares_of_latent_pixels_are_where_the_subject_is() {
        for index in 0..20 {
            let spec = ClipSpec::sample(14, index, Split::Train);
            let shares = subject_shares(&spec, [8, 12], &[0.0, 15.0]);
            assert_eq!(shares.len(), 2 * 8 * 12);
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
            for (time, shares) in [0.0, 1.0].into_iter().zip(shares.chunks_exact(8 * 12)) {
                let covered: f32 = shares.iter().sum();
                let middle = |axis: fn(usize) -> usize| {
                    let moment: f32 =
                        shares.iter().enumerate().map(|(at, share)| (axis(at) as f32 + 0.5) * share).sum();
                    moment / covered
                };
                let [x, y] = spec.pose(time).centre;
                let (right, down) = ((middle(|at| at % 12) - x * 12.0).abs(), (middle(|at| at / 12) - y * 8.0).abs());
                // A balloon has its string, and what leaves the picture is not counted.
                assert!(covered > 1.0 && right < 1.0 && down < 1.2, "{covered} {right} {down} in {spec:?}");
            }
        }
    }

    #[test]
    fn a_clip_draws_in_milliseconds() {
        let specs: Vec<ClipSpec> = (0..60).map(|index| ClipSpec::sample(13, index, Split::Train)).collect();
        specs.iter().for_each(|spec| drop(render(spec, Canvas::SMALL, 1, FrameTimes::Every)));
        // The quickest of five rounds, since other work may share the machine; ten times the target leaves room for debug
        // builds and slow machines.
        let round = |_| {
            let start = Instant::now();
            specs.iter().for_each(|spec| drop(render(spec, Canvas::SMALL, 16, FrameTimes::Every)));
            start.elapsed().as_secs_f64() * 1e3 / specs.len() as f64
        };
        let milliseconds = (0..5).map(round).fold(f64::MAX, f64::min);
        assert!(milliseconds < 50.0, "a clip takes {milliseconds:.1} ms");
    }
}
