//! Pictures read between their pixels: each window's pixels are gathered once, then mixed along rows and down columns.

use super::parts::in_parts;
use super::simd::{Fused, vectorised};
use crate::bilinear::{Outside, Windows};

/// Values of a task, about.
const TASK_VALUES: usize = 1 << 14;

/// Where windows lie along one axis: the first pixel, which may be outside, and how far behind it the place is.
fn first(place: f32, length: usize, windows: Windows) -> (isize, f32) {
    let steps = (windows.side() + 1) as f32;
    // What is far outside is outside.
    let place = place.clamp(-steps, length as f32 + steps);
    let whole = place.floor();
    (whole as isize - windows.radius as isize, place - whole)
}

/// `first * (1 - part) + second * part`
#[inline(always)]
fn mix<const FUSED: bool>(fused: Fused<FUSED>, first: &[f32], second: &[f32], part: f32, out: &mut [f32]) {
    for ((out, first), second) in out.iter_mut().zip(first).zip(second) {
        *out = fused.mul_add(*second, part, first * (1.0 - part));
    }
}

vectorised! {
    /// The windows around some places, the first of which has this number, of `pictures` with `count` places each.
    fn read(
        pictures: &[f32],
        shape: [usize; 4],
        places: &[[f32; 2]],
        start: usize,
        count: usize,
        windows: Windows,
        out: &mut [f32],
    ) { fused => {
        let [_, height, width, channels] = shape;
        let side = windows.side();
        let (steps, column) = (side + 1, (side + 1) * channels);
        // [side + 1, side + 1, channels] and [side, side + 1, channels], both down columns first.
        let mut found = vec![0.0; steps * column];
        let mut mixed = vec![0.0; side * column];
        for ((index, [x, y]), out) in places.iter().enumerate().zip(out.chunks_exact_mut(side * side * channels)) {
            let picture = (start + index) / count;
            let picture = &pictures[picture * height * width * channels..][..height * width * channels];
            let ((left, across), (top, down)) = (first(*x, width, windows), first(*y, height, windows));
            for (cell, found) in found.chunks_exact_mut(channels).enumerate() {
                let (x, y) = (left + (cell / steps).cast_signed(), top + (cell % steps).cast_signed());
                let pixel = match windows.outside {
                    Outside::Border => Some((clamped(x, width), clamped(y, height))),
                    Outside::Zeros => inside(x, width).zip(inside(y, height)),
                };
                match pixel {
                    Some((x, y)) => found.copy_from_slice(&picture[(y * width + x) * channels..][..channels]),
                    None => found.fill(0.0),
                }
            }
            mix(fused, &found[..side * column], &found[column..], across, &mut mixed);
            for (column, out) in mixed.chunks_exact(column).zip(out.chunks_exact_mut(side * channels)) {
                mix(fused, &column[..side * channels], &column[channels..], down, out);
            }
        }
    } }
}

/// `[n, count, side * side, channels]` of `pictures`, `[n, height, width, channels]`, and `places`, `[n, count, 2]`.
pub fn forward(pictures: &[f32], shape: [usize; 4], places: &[f32], windows: Windows) -> Vec<f32> {
    let [n, _, _, channels] = shape;
    let window = windows.side().pow(2) * channels;
    let places = places.as_chunks::<2>().0;
    if places.len() * window == 0 {
        return Vec::new();
    }
    let count = places.len() / n;
    let of_task = (TASK_VALUES / window).max(1);
    in_parts(places.len() * window, of_task * window, |task, out| {
        let start = task * of_task;
        read(pictures, shape, &places[start..][..out.len() / window], start, count, windows, out);
    })
}

fn inside(at: isize, length: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|&at| at < length)
}

fn clamped(at: isize, length: usize) -> usize {
    usize::try_from(at).unwrap_or(0).min(length - 1)
}
