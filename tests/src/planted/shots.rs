//! Shots: what the synthetic dataset draws, on surfaces with grain as real footage has, seen by a camera that may move.

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::training::datasets::synthetic::scenes::background;
use hummingbird_engine::training::datasets::synthetic::{Canvas, ClipSpec, Motion, Split, render_frames};

use super::{Fault, Numbers};

/// Width of a clip in pixels.
pub const WIDTH: usize = 192;
/// Height of a clip in pixels.
pub const HEIGHT: usize = 128;
/// Pixels on each side that the camera does not see at rest.
const MARGIN: usize = 16;
/// What is drawn.
const CANVAS: Canvas = Canvas { width: WIDTH + 2 * MARGIN, height: HEIGHT + 2 * MARGIN };
/// Frames of a shot.
const FRAMES: usize = 24;
/// Number of the last frame of a whole clip of the dataset.
const LAST: f32 = 15.0;

/// How the camera moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Camera {
    /// It stands.
    Still,
    /// It goes so many pixels a frame, right and down, through the middle.
    Pan([f32; 2]),
    /// It is up to so many pixels away from its place, anew in every frame.
    Shake(f32),
    /// It moves along its axis and zooms against it: what is behind the subject grows by this factor a frame.
    DollyZoom(f32),
}

/// What lies between the scene and the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// Nothing.
    Clear,
    /// Noise of so many levels.
    Noise(f32),
    /// A blur over so many pixels to each side, three times.
    Blur(usize),
}

/// A shot.
#[derive(Clone, Debug)]
pub struct Shot {
    spec: ClipSpec,
    camera: Camera,
    look: Look,
    /// Whether the subject keeps its first pose.
    is_held: bool,
    seed: u64,
    index: u64,
}

impl Shot {
    /// Shot `index` of a seed with a fault; `number` counts the clips with the same one.
    pub fn new(seed: u64, index: u64, fault: Option<Fault>, number: u64) -> Self {
        let mut numbers = Numbers(seed ^ index.wrapping_mul(0x0073_686f_7473));
        let mut spec = ClipSpec::sample(seed, index, Split::Train);
        let mut sign = || if numbers.below(2) == 0 { 1.0 } else { -1.0_f32 };
        let signs = [sign(), sign(), sign()];
        let (camera, look, is_held) = match fault {
            Some(Fault::Static) => {
                (Camera::Still, if number.is_multiple_of(2) { Look::Clear } else { Look::Noise(1.5) }, true)
            }
            Some(Fault::DollyZoom) => {
                // The subject is in the middle and as large as it gets.
                (spec.start, spec.travel, spec.diameter) = ([0.5, 0.5], [0.0; 2], 0.6);
                (spec.growth, spec.turns, spec.hops) = (1.0, 0.0, 0.0);
                let growth = numbers.between(0.012, 0.025);
                (Camera::DollyZoom(1.0 + growth * signs[0]), Look::Clear, true)
            }
            Some(Fault::Shaken) => (Camera::Shake(numbers.between(4.0, 8.0)), Look::Clear, false),
            // A fixed camera needs a subject that moves; that of a moving one may hover.
            _ if number % 3 == 2 && spec.combination.motion != Motion::Hovering => (Camera::Still, Look::Clear, false),
            _ => {
                let pan = [numbers.between(0.4, 1.1) * signs[0], numbers.between(0.0, 0.6) * signs[1]];
                (Camera::Pan(pan), Look::Clear, false)
            }
        };
        let look = match fault {
            Some(Fault::Noisy) => Look::Noise(numbers.between(25.0, 45.0)),
            Some(Fault::Blurred) => Look::Blur(3 + numbers.below(3) as usize),
            _ => look,
        };
        Self { spec, camera, look, is_held, seed, index }
    }

    /// What may follow after a cut: another scene.
    pub fn after_cut(&self) -> Self {
        let is_other = |shot: &Self| shot.spec.combination.scene != self.spec.combination.scene;
        (1..)
            .map(|next| Self::new(self.seed, self.index + 1_000_000 * next, None, 0))
            .find(is_other)
            .unwrap_or(self.clone())
    }

    /// What it shows.
    pub fn caption(&self) -> String {
        self.spec.caption()
    }

    /// Its frames.
    pub fn frames(&self) -> Frames {
        let mut numbers = Numbers(self.seed ^ self.index.wrapping_mul(0x6672_616d));
        let times: Vec<f32> =
            (0..FRAMES).map(|at| if self.is_held { 0.0 } else { at as f32 * LAST / (FRAMES - 1) as f32 }).collect();
        let plain = background(self.spec.combination.scene, CANVAS);
        let grain = grain(self.seed ^ self.index);
        let behind = with_grain(&plain, &grain);
        let mut pixels = Vec::with_capacity(FRAMES * WIDTH * HEIGHT * 3);
        for (at, time) in times.into_iter().enumerate() {
            let drawn = render_frames(&self.spec, CANVAS, &[time]);
            let pose = self.spec.pose((time / LAST).clamp(0.0, 1.0));
            let growth = pose.diameter / self.spec.diameter;
            let zoom = match self.camera {
                Camera::DollyZoom(growth) if growth > 1.0 => growth.powi(at as i32),
                Camera::DollyZoom(growth) => growth.powi(at as i32 - FRAMES as i32 + 1),
                _ => 1.0,
            };
            let world = composed(drawn.frame(0), (&plain, &behind), &grain, (pose.centre, pose.angle, growth), zoom);
            let away = match self.camera {
                Camera::Pan(step) => step.map(|step| step * (at as f32 - (FRAMES - 1) as f32 / 2.0)),
                Camera::Shake(far) => [0; 2].map(|_| numbers.between(-far, far)),
                Camera::Still | Camera::DollyZoom(_) => [0.0; 2],
            };
            let mut frame = seen(&world, away);
            match self.look {
                Look::Clear => {}
                Look::Noise(levels) => noise(&mut frame, levels, &mut numbers),
                Look::Blur(reach) => (0..3).for_each(|_| blur(&mut frame, reach)),
            }
            pixels.extend(frame.into_iter().map(|value| value.round().clamp(0.0, 255.0) as u8));
        }
        Frames::new(WIDTH, HEIGHT, pixels)
    }
}

/// Half the size.
pub(super) fn halved(frames: &Frames) -> Frames {
    let (width, height) = (frames.width() / 2, frames.height() / 2);
    let mut pixels = Vec::with_capacity(frames.count() * width * height * 3);
    for frame in frames.iter() {
        for (y, x, channel) in places(width, height).flat_map(|(y, x)| (0..3).map(move |channel| (y, x, channel))) {
            let sum: u32 = [(0, 0), (0, 1), (1, 0), (1, 1)]
                .map(|(down, right)| u32::from(frame[((2 * y + down) * frames.width() + 2 * x + right) * 3 + channel]))
                .iter()
                .sum();
            pixels.push(((sum + 2) / 4) as u8);
        }
    }
    Frames::new(width, height, pixels)
}

fn places(width: usize, height: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)))
}

/// Unevenness of the drawn size, about 20 levels to each side, of three sizes of spots.
fn grain(seed: u64) -> Vec<f32> {
    let mut sum = vec![0.0; CANVAS.width * CANVAS.height];
    for (step, levels) in [(5_usize, 14.0), (11, 12.0), (23, 10.0)] {
        let mut numbers = Numbers(seed ^ step as u64);
        let [across, down] = [CANVAS.width / step + 2, CANVAS.height / step + 2];
        let knots: Vec<f32> = (0..across * down).map(|_| numbers.between(-levels, levels)).collect();
        for ((y, x), value) in places(CANVAS.width, CANVAS.height).zip(&mut sum) {
            let (right, below) = ((x % step) as f32 / step as f32, (y % step) as f32 / step as f32);
            let knot = |down: usize, right: usize| knots[(y / step + down) * across + x / step + right];
            let row = |down: usize| knot(down, 0) * (1.0 - right) + knot(down, 1) * right;
            *value += row(0) * (1.0 - below) + row(1) * below;
        }
    }
    sum
}

fn with_grain(plain: &[u8], grain: &[f32]) -> Vec<f32> {
    plain.iter().enumerate().map(|(at, &value)| f32::from(value) + grain[at / 3]).collect()
}

/// The subject in front of the scene (without and with its grain), which is `zoom` times as large as it was drawn. The subject's grain
/// goes, turns and grows with it.
fn composed(
    drawn: &[u8],
    (plain, behind): (&[u8], &[f32]),
    grain: &[f32],
    (centre, angle, growth): ([f32; 2], f32, f32),
    zoom: f32,
) -> Vec<f32> {
    let Canvas { width, height } = CANVAS;
    let middle = [(width - 1) as f32 / 2.0, (height - 1) as f32 / 2.0];
    let centre = [centre[0] * width as f32, centre[1] * height as f32];
    let (sin, cos) = angle.sin_cos();
    let mut world = Vec::with_capacity(width * height * 3);
    for (y, x) in places(width, height) {
        let at = (y * width + x) * 3;
        if drawn[at..at + 3] == plain[at..at + 3] {
            let from = [(x as f32 - middle[0]) / zoom + middle[0], (y as f32 - middle[1]) / zoom + middle[1]];
            world.extend((0..3).map(|channel| sample(behind, 3, channel, from)));
        } else {
            let [right, down] = [(x as f32 - centre[0]) / growth, (y as f32 - centre[1]) / growth];
            let from = [right * cos + down * sin + middle[0], down * cos - right * sin + middle[1]];
            let grain = sample(grain, 1, 0, from);
            world.extend(drawn[at..at + 3].iter().map(|&value| f32::from(value) + grain));
        }
    }
    world
}

/// What the camera sees, `away` from the middle.
fn seen(world: &[f32], away: [f32; 2]) -> Vec<f32> {
    let from = |at: usize, away: f32| (at + MARGIN) as f32 + away;
    places(WIDTH, HEIGHT)
        .flat_map(|(y, x)| (0..3).map(move |channel| (y, x, channel)))
        .map(|(y, x, channel)| sample(world, 3, channel, [from(x, away[0]), from(y, away[1])]))
        .collect()
}

/// Between the pixels of what is as large as the canvas.
fn sample(values: &[f32], channels: usize, channel: usize, [x, y]: [f32; 2]) -> f32 {
    let Canvas { width, height } = CANVAS;
    let (x, y) = (x.clamp(0.0, (width - 1) as f32), y.clamp(0.0, (height - 1) as f32));
    let (left, top) = ((x as usize).min(width - 2), (y as usize).min(height - 2));
    let (right, below) = (x - left as f32, y - top as f32);
    let value = |down: usize, over: usize| values[((top + down) * width + left + over) * channels + channel];
    let row = |down: usize| value(down, 0) * (1.0 - right) + value(down, 1) * right;
    row(0) * (1.0 - below) + row(1) * below
}

/// Adds numbers whose spread is `levels`, nearly normal: twelve even ones together.
fn noise(frame: &mut [f32], levels: f32, numbers: &mut Numbers) {
    for value in frame {
        let sum: f32 = (0..12).map(|_| numbers.between(-0.5, 0.5)).sum();
        *value += sum * levels;
    }
}

/// The mean over `reach` pixels to each side, along both axes.
fn blur(frame: &mut [f32], reach: usize) {
    let strides = [(3, WIDTH, HEIGHT, WIDTH * 3), (WIDTH * 3, HEIGHT, WIDTH, 3)];
    for (stride, length, lines, step) in strides {
        for start in (0..lines).flat_map(|line| (0..3).map(move |channel| line * step + channel)) {
            let line: Vec<f32> = (0..length).map(|at| frame[start + at * stride]).collect();
            for at in 0..length {
                let part = &line[at.saturating_sub(reach)..(at + reach + 1).min(length)];
                frame[start + at * stride] = part.iter().sum::<f32>() / part.len() as f32;
            }
        }
    }
}
