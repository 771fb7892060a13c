//! The scenes as colours over the unit square: smooth, still, and far from every colour that a subject may have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::render::Canvas;
use super::vocabulary::Scene;

type Rgb = [f32; 3];
type Drawn = HashMap<(Scene, Canvas), Arc<[u8]>>;

/// The scene without a subject, `[height, width, 3]` bytes. Drawn once for each canvas, then shared.
pub fn background(scene: Scene, canvas: Canvas) -> Arc<[u8]> {
    static DRAWN: OnceLock<Mutex<Drawn>> = OnceLock::new();
    let drawn = DRAWN.get_or_init(Mutex::default);
    // The map is never left half-written, so a thread that panicked elsewhere does no harm here.
    let mut drawn = drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Arc::clone(drawn.entry((scene, canvas)).or_insert_with(|| draw(scene, canvas)))
}

fn draw(scene: Scene, canvas: Canvas) -> Arc<[u8]> {
    const SAMPLES: usize = 4;
    let Canvas { width, height } = canvas;
    let aspect = width as f32 / height as f32;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in 0..height {
        for column in 0..width {
            let mut sum = [0.0; 3];
            for sample in 0..SAMPLES * SAMPLES {
                let offset = |i: usize| (i as f32 + 0.5) / SAMPLES as f32;
                let x = (column as f32 + offset(sample % SAMPLES)) / width as f32;
                let y = (row as f32 + offset(sample / SAMPLES)) / height as f32;
                let colour = colour_at(scene, x, y, aspect);
                (0..3).for_each(|channel| sum[channel] += colour[channel]);
            }
            pixels.extend(sum.map(|it| (it / (SAMPLES * SAMPLES) as f32).round() as u8));
        }
    }
    pixels.into()
}

/// Colour of a scene at `x`, `y` in 0 to 1 (y down); `aspect` is width over height and keeps circles round.
fn colour_at(scene: Scene, x: f32, y: f32, aspect: f32) -> Rgb {
    match scene {
        Scene::BlueSky => {
            let sky = mix([84.0, 150.0, 208.0], [150.0, 198.0, 224.0], y);
            CLOUDS.iter().fold(sky, |colour, &[cx, cy, rx, ry]| {
                let away = ((x - cx) / rx).hypot((y - cy) / ry);
                mix([186.0, 212.0, 226.0], colour, smooth(0.5, 1.1, away))
            })
        }
        Scene::NightSky => {
            let sky = mix([8.0, 10.0, 32.0], [30.0, 34.0, 74.0], y);
            STARS.iter().fold(sky, |colour, &[sx, sy]| {
                let away = ((x - sx) * aspect).hypot(y - sy);
                mix([196.0, 200.0, 214.0], colour, smooth(0.006, 0.026, away))
            })
        }
        Scene::Sunset => {
            if y > 0.72 {
                return mix([74.0, 44.0, 52.0], [34.0, 22.0, 36.0], (y - 0.72) / 0.28);
            }
            let sky = if y < 0.4 {
                mix([70.0, 50.0, 92.0], [172.0, 88.0, 92.0], y / 0.4)
            } else {
                mix([172.0, 88.0, 92.0], [222.0, 158.0, 112.0], (y - 0.4) / 0.32)
            };
            let away = ((x - 0.5) * aspect).hypot(y - 0.72);
            mix([250.0, 214.0, 150.0], sky, smooth(0.19, 0.22, away))
        }
        Scene::GreenMeadow => {
            let hill = 0.46 + 0.05 * (x * 4.6 + 0.6).sin();
            let sky = mix([168.0, 190.0, 196.0], [196.0, 208.0, 202.0], y / 0.5);
            let grass = mix([108.0, 132.0, 66.0], [66.0, 88.0, 42.0], (y - hill) / (1.0 - hill));
            mix(sky, grass, smooth(hill - 0.008, hill + 0.008, y))
        }
        Scene::SnowyField => {
            let far = 0.44 + 0.04 * (x * 5.2 + 2.2).sin();
            let near = 0.66 + 0.05 * (x * 3.6 + 0.4).sin();
            let sky = mix([122.0, 134.0, 154.0], [150.0, 162.0, 180.0], y / 0.45);
            let back = mix([196.0, 206.0, 220.0], [164.0, 178.0, 202.0], (y - far) / 0.26);
            let front = mix([196.0, 207.0, 221.0], [178.0, 191.0, 211.0], (y - near) / 0.34);
            let snow = mix(back, front, smooth(near - 0.008, near + 0.008, y));
            mix(sky, snow, smooth(far - 0.008, far + 0.008, y))
        }
        Scene::Ocean => {
            let sky = mix([150.0, 176.0, 186.0], [188.0, 202.0, 200.0], y / 0.36);
            let depth = ((y - 0.36) / 0.64).max(0.0);
            // Waves grow towards the viewer.
            let wave = 0.5 + 0.5 * ((depth + 0.12).ln() * 9.0 + 0.7 * (x * 9.0 + depth * 5.0).sin()).sin();
            let water = mix(mix([30.0, 104.0, 118.0], [8.0, 52.0, 72.0], depth), [58.0, 126.0, 134.0], 0.4 * wave);
            mix(sky, water, smooth(0.352, 0.368, y))
        }
        Scene::Desert => {
            let far = 0.5 + 0.07 * (x * 4.2 + 1.0).sin();
            let near = 0.7 + 0.09 * (x * 3.4 + 3.4).sin();
            let sky = mix([166.0, 178.0, 176.0], [208.0, 200.0, 176.0], y / 0.5);
            let back = mix([204.0, 168.0, 116.0], [178.0, 138.0, 92.0], (y - far) / 0.3);
            let front = mix([192.0, 150.0, 100.0], [150.0, 110.0, 72.0], (y - near) / 0.35);
            let sand = mix(back, front, smooth(near - 0.008, near + 0.008, y));
            mix(sky, sand, smooth(far - 0.008, far + 0.008, y))
        }
        Scene::PlainBlack => [6.0; 3],
        Scene::PlainGrey => [128.0; 3],
    }
}

/// Centre and radii of the clouds, as fractions of width and height.
const CLOUDS: [[f32; 4]; 5] = [
    [0.2, 0.27, 0.15, 0.1],
    [0.29, 0.23, 0.12, 0.13],
    [0.37, 0.28, 0.11, 0.08],
    [0.74, 0.64, 0.16, 0.1],
    [0.83, 0.6, 0.12, 0.12],
];

/// Centres of the stars, as fractions of width and height.
const STARS: [[f32; 2]; 18] = [
    [0.06, 0.12],
    [0.17, 0.42],
    [0.24, 0.08],
    [0.31, 0.27],
    [0.4, 0.6],
    [0.45, 0.13],
    [0.52, 0.36],
    [0.59, 0.82],
    [0.63, 0.09],
    [0.7, 0.5],
    [0.76, 0.24],
    [0.84, 0.7],
    [0.9, 0.14],
    [0.95, 0.43],
    [0.1, 0.72],
    [0.27, 0.88],
    [0.93, 0.91],
    [0.21, 0.62],
];

fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

/// 0 below `low`, 1 above `high`, smooth between.
fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::Colour;
    use super::*;

    #[test]
    fn no_subject_can_hide_in_a_scene() {
        let canvas = Canvas { width: 96, height: 64 };
        for &scene in Scene::ALL {
            let pixels = background(scene, canvas);
            for &colour in Colour::ALL {
                let near = pixels.chunks_exact(3).filter(|pixel| distance(pixel, &colour.rgb()) < 70.0).count();
                assert!(near * 100 < 96 * 64, "{colour} is too close to {near} pixels of the {scene}");
            }
        }
    }

    #[test]
    fn scenes_differ_from_each_other() {
        let canvas = Canvas { width: 128, height: 96 };
        for &one in Scene::ALL {
            for &other in Scene::ALL.iter().filter(|&&it| it > one) {
                let (a, b) = (background(one, canvas), background(other, canvas));
                let mean =
                    a.chunks_exact(3).zip(b.chunks_exact(3)).map(|(a, b)| distance(a, b)).sum::<f32>() / (128.0 * 96.0);
                assert!(mean > 30.0, "{one} and {other} differ by {mean} only");
            }
        }
    }

    fn distance(a: &[u8], b: &[u8]) -> f32 {
        a.iter().zip(b).map(|(&a, &b)| (f32::from(a) - f32::from(b)).powi(2)).sum::<f32>().sqrt()
    }
}
