//! The style: a dark board that keeps a little of the scene's colour, the scene's contours in grey, the subject as a line in its
//! colour. Lengths are fractions of the height, so that one style fits every canvas.

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::training::datasets::synthetic::scenes::background;
use hummingbird_engine::training::datasets::synthetic::shapes::distances;
use hummingbird_engine::training::datasets::synthetic::{Canvas, ClipSpec, Subject};

/// Colour of the board, of grey lines, and how much of the scene's mean colour the board keeps.
const BOARD: [f32; 3] = [30.0, 36.0, 40.0];
const CHALK: [f32; 3] = [150.0, 154.0, 150.0];
const TINT: f32 = 0.12;
/// Half the width of a line, and what it is at least, in pixels.
const HALF_LINE: f32 = 0.018;
const LEAST_HALF_LINE: f32 = 0.8;
/// Change of colour over one height from which on there is a line.
const CONTOUR: f32 = 900.0;

/// Frames of a clip in the style, with the numbers of [`hummingbird_engine::training::datasets::synthetic::render_frames`].
pub fn outlined(spec: &ClipSpec, canvas: Canvas, frame_numbers: &[f32]) -> Frames {
    let board = board(spec, canvas);
    let mut pixels = Vec::with_capacity(board.len() * frame_numbers.len());
    for number in frame_numbers {
        let start = pixels.len();
        pixels.extend_from_slice(&board);
        draw_subject(&mut pixels[start..], canvas, spec, number / 15.0);
    }
    Frames::new(canvas.width, canvas.height, pixels)
}

fn mix(under: u8, over: f32, share: f32) -> u8 {
    (f32::from(under) + (over - f32::from(under)) * share + 0.5) as u8
}

/// The scene's contours on the board.
fn board(spec: &ClipSpec, canvas: Canvas) -> Vec<u8> {
    let Canvas { width, height } = canvas;
    let scene = background(spec.combination.scene, canvas);
    let mean = |channel: usize| {
        scene.iter().skip(channel).step_by(3).map(|&byte| f32::from(byte)).sum::<f32>() / (width * height) as f32
    };
    let ground: Vec<f32> = (0..3).map(|channel| BOARD[channel] + TINT * mean(channel)).collect();
    let at = |column: usize, row: usize, channel: usize| f32::from(scene[(row * width + column) * 3 + channel]);
    let mut pixels = Vec::with_capacity(scene.len());
    for row in 0..height {
        for column in 0..width {
            let (left, right) = (column.saturating_sub(1), (column + 1).min(width - 1));
            let (above, below) = (row.saturating_sub(1), (row + 1).min(height - 1));
            let change = (0..3).map(|channel| {
                let across = at(right, row, channel) - at(left, row, channel);
                let down = at(column, below, channel) - at(column, above, channel);
                across.hypot(down) / 2.0
            });
            let change = change.fold(0.0, f32::max) * height as f32;
            let share = ((change - CONTOUR) / CONTOUR).clamp(0.0, 1.0);
            pixels.extend((0..3).map(|channel| mix(ground[channel] as u8, CHALK[channel], share)));
        }
    }
    pixels
}

/// Draws the edges of body and details as lines.
fn draw_subject(frame: &mut [u8], canvas: Canvas, spec: &ClipSpec, time: f32) {
    let Canvas { width, height } = canvas;
    let pose = spec.pose(time.clamp(0.0, 1.0));
    let radius = pose.diameter / 2.0 * height as f32;
    let half = (HALF_LINE * height as f32).max(LEAST_HALF_LINE);
    let (sin, cos) = pose.angle.sin_cos();
    let subject = spec.combination.subject;
    let has_front = matches!(subject, Subject::Boat | Subject::Bird | Subject::Fish | Subject::Car);
    let mirror = if spec.faces_left && has_front { -1.0 } else { 1.0 };
    let colour = spec.combination.colour.rgb().map(f32::from);
    let (centre_x, centre_y) = (pose.centre[0] * width as f32, pose.centre[1] * height as f32);
    for row in 0..height {
        for column in 0..width {
            let dx = (column as f32 + 0.5 - centre_x) / radius;
            let dy = (row as f32 + 0.5 - centre_y) / radius;
            let it = distances(subject, [(dx * cos + dy * sin) * mirror, dy * cos - dx * sin]);
            let nearest = it.body.min(it.detail).abs().min(it.detail.abs()) * radius;
            let share = (half + 0.5 - nearest).clamp(0.0, 1.0);
            let pixel = &mut frame[(row * width + column) * 3..][..3];
            pixel.iter_mut().zip(&colour).for_each(|(value, &full)| *value = mix(*value, full, share));
        }
    }
}
