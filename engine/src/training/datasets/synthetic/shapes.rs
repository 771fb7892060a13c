//! The subjects as signed distances in a frame of their own: centre at 0, radius about 1, x to the right, y down.

use super::vocabulary::Subject;

/// Signed distances of a point to the two layers of a subject, negative inside, in units of the subject's radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distances {
    /// What is filled with the named colour.
    pub body: f32,
    /// What is drawn over it in a darker tone (eyes, wheels, a string): at most about an eighth of the area.
    pub detail: f32,
}

type Point = [f32; 2];

/// The subject's distances at `point`. Subjects with a front look to the right.
pub fn distances(subject: Subject, [x, y]: [f32; 2]) -> Distances {
    let scale = scale(subject);
    let Distances { body, detail } = unscaled(subject, [x / scale, y / scale]);
    Distances { body: body * scale, detail: detail * scale }
}

/// Subjects of many small parts are drawn larger, so that all cover about the same part of the picture.
fn scale(subject: Subject) -> f32 {
    match subject {
        Subject::Ball | Subject::Square | Subject::Triangle | Subject::Star | Subject::Heart => 1.0,
        Subject::Balloon | Subject::Fish | Subject::Boat => 1.1,
        Subject::Bird | Subject::Car | Subject::Rocket | Subject::Flower => 1.16,
    }
}

fn unscaled(subject: Subject, point: Point) -> Distances {
    let [x, y] = point;
    let (body, detail) = match subject {
        // The stripe shows a turn, which a plain disc would hide.
        Subject::Ball => {
            let disc = circle(point, [0.0, 0.0], 0.98);
            (disc, disc.max(y.abs() - 0.11))
        }
        Subject::Square => (rectangle(point, [0.0, 0.0], [0.78, 0.78]), NOTHING),
        Subject::Triangle => (polygon(point, &[[0.0, -1.0], [0.95, 0.68], [-0.95, 0.68]]), NOTHING),
        Subject::Star => (polygon(point, &STAR), NOTHING),
        Subject::Heart => (heart(point), NOTHING),
        Subject::Balloon => {
            let skin = ellipse(point, [0.0, -0.3], [0.62, 0.7]);
            let knot = polygon(point, &[[0.0, 0.32], [0.17, 0.54], [-0.17, 0.54]]);
            let upper = segment(point, [0.0, 0.54], [0.1, 0.76], 0.05);
            (skin.min(knot), upper.min(segment(point, [0.1, 0.76], [-0.04, 1.0], 0.05)))
        }
        Subject::Boat => {
            let hull = polygon(point, &[[-1.0, 0.26], [1.0, 0.26], [0.62, 0.84], [-0.62, 0.84]]);
            let sail = polygon(point, &[[0.1, -1.0], [0.86, 0.1], [0.1, 0.1]]);
            let small_sail = polygon(point, &[[-0.1, -0.8], [-0.1, 0.1], [-0.72, 0.1]]);
            (hull.min(sail).min(small_sail), segment(point, [0.0, -1.0], [0.0, 0.26], 0.055))
        }
        Subject::Bird => {
            let trunk = ellipse(point, [-0.02, 0.3], [0.66, 0.38]);
            let head = circle(point, [0.6, -0.04], 0.3);
            let tail = polygon(point, &[[-0.4, 0.14], [-1.02, -0.04], [-0.92, 0.46], [-0.4, 0.46]]);
            let wing = polygon(point, &[[0.34, 0.14], [-0.36, 0.2], [-0.72, -0.8], [-0.26, -0.74]]);
            let beak = polygon(point, &[[0.84, -0.18], [1.14, 0.0], [0.84, 0.14]]);
            let eye = circle(point, [0.66, -0.1], 0.095);
            (trunk.min(head).min(tail).min(wing), beak.min(eye))
        }
        Subject::Fish => {
            let trunk = ellipse(point, [0.2, 0.0], [0.78, 0.52]);
            let tail = polygon(point, &[[-0.38, 0.0], [-1.0, -0.6], [-0.82, 0.0], [-1.0, 0.6]]);
            let fin = polygon(point, &[[-0.16, -0.4], [-0.2, -0.82], [0.46, -0.42]]);
            (trunk.min(tail).min(fin), circle(point, [0.6, -0.12], 0.12))
        }
        Subject::Car => {
            let chassis = rectangle(point, [0.0, 0.16], [0.92, 0.24]) - 0.06;
            let cabin = polygon(point, &[[-0.72, 0.0], [-0.46, -0.64], [0.28, -0.64], [0.62, 0.0]]);
            let wheels = circle(point, [-0.5, 0.46], 0.22).min(circle(point, [0.5, 0.46], 0.22));
            let window = polygon(point, &[[0.06, -0.12], [0.06, -0.44], [0.2, -0.44], [0.36, -0.12]]);
            (chassis.min(cabin), wheels.min(window))
        }
        Subject::Rocket => {
            let trunk = rectangle(point, [0.0, 0.05], [0.33, 0.4]);
            let nose = polygon(point, &[[0.0, -1.0], [0.33, -0.34], [-0.33, -0.34]]);
            let fins = polygon([x.abs(), y], &[[0.3, -0.1], [0.78, 0.34], [0.78, 0.7], [0.3, 0.45]]);
            let flame = polygon(point, &[[-0.25, 0.56], [0.25, 0.56], [0.0, 1.06]]);
            let nozzle = rectangle(point, [0.0, 0.51], [0.24, 0.06]);
            (trunk.min(nose).min(fins).min(flame), nozzle.min(circle(point, [0.0, -0.2], 0.15)))
        }
        Subject::Flower => {
            let petals = FLOWER_PETALS.iter().map(|&petal| circle(point, petal, 0.31)).fold(NOTHING, f32::min);
            let leaf = ellipse(point, [0.3, 0.72], [0.27, 0.13]);
            let stem = segment(point, [0.0, 0.3], [0.0, 1.0], 0.06);
            (petals.min(leaf), circle(point, FLOWER_CENTRE, 0.19).min(stem.max(-petals)))
        }
    };
    Distances { body, detail }
}

/// A distance that nothing reaches.
const NOTHING: f32 = 1e3;

/// Five points on the unit circle, five notches at 0.45 of it.
const STAR: [Point; 10] = [
    [0.0, -1.0],
    [0.264_5, -0.364_1],
    [0.951_1, -0.309],
    [0.428, 0.139_1],
    [0.587_8, 0.809],
    [0.0, 0.45],
    [-0.587_8, 0.809],
    [-0.428, 0.139_1],
    [-0.951_1, -0.309],
    [-0.264_5, -0.364_1],
];

/// Middle of the flower's head.
const FLOWER_CENTRE: Point = [0.0, -0.26];

/// Centres of five petals, 0.45 away from the middle of the head.
const FLOWER_PETALS: [Point; 5] = [[0.0, -0.71], [0.428, -0.399], [0.265, 0.104], [-0.265, 0.104], [-0.428, -0.399]];

fn circle([x, y]: Point, [cx, cy]: Point, radius: f32) -> f32 {
    (x - cx).hypot(y - cy) - radius
}

fn rectangle([x, y]: Point, [cx, cy]: Point, [half_width, half_height]: [f32; 2]) -> f32 {
    let (dx, dy) = ((x - cx).abs() - half_width, (y - cy).abs() - half_height);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0)
}

/// First-order distance (value over gradient length): exact on the outline, where the antialiasing looks.
fn ellipse([x, y]: Point, [cx, cy]: Point, [rx, ry]: [f32; 2]) -> f32 {
    let (x, y) = (x - cx, y - cy);
    let norm = (x / rx).hypot(y / ry);
    let slope = (x / (rx * rx)).hypot(y / (ry * ry));
    if slope < 1e-6 { -rx.min(ry) } else { norm * (norm - 1.0) / slope }
}

fn segment([x, y]: Point, [ax, ay]: Point, [bx, by]: Point, half_width: f32) -> f32 {
    let (px, py, dx, dy) = (x - ax, y - ay, bx - ax, by - ay);
    let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (px - along * dx).hypot(py - along * dy) - half_width
}

/// Exact distance to a closed polygon, after Inigo Quilez, "2D distance functions".
fn polygon([x, y]: Point, corners: &[Point]) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    let mut previous = corners[corners.len() - 1];
    for &corner in corners {
        let (ex, ey) = (previous[0] - corner[0], previous[1] - corner[1]);
        let (wx, wy) = (x - corner[0], y - corner[1]);
        let along = ((wx * ex + wy * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0);
        let (bx, by) = (wx - ex * along, wy - ey * along);
        nearest = nearest.min(bx * bx + by * by);
        if (corner[1] > y) != (previous[1] > y) && wx < ex * wy / ey {
            inside = !inside;
        }
        previous = corner;
    }
    if inside { -nearest.sqrt() } else { nearest.sqrt() }
}

/// Exact distance to a heart, after Inigo Quilez, "2D distance functions", point down and scaled to the unit circle.
fn heart([x, y]: Point) -> f32 {
    const SCALE: f32 = 1.62;
    let (x, y) = (x.abs() / SCALE, (0.86 - y) / SCALE);
    let square = |v: f32| v * v;
    let distance = if x + y > 1.0 {
        (square(x - 0.25) + square(y - 0.75)).sqrt() - std::f32::consts::SQRT_2 / 4.0
    } else {
        let half = 0.5 * (x + y).max(0.0);
        let near = (square(x) + square(y - 1.0)).min(square(x - half) + square(y - half));
        near.sqrt() * (x - y).signum()
    };
    distance * SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of a fine grid over [-1.4, 1.4] squared: body and detail together, detail alone, and outside the circle that
    /// the renderer draws.
    fn shares(subject: Subject) -> (f32, f32, f32) {
        let side = 220;
        let (mut drawn, mut dark, mut far) = (0, 0, 0);
        for row in 0..side {
            for column in 0..side {
                let at = |i: i32| (i as f32 + 0.5) / side as f32 * 2.8 - 1.4;
                let point = [at(column), at(row)];
                let it = distances(subject, point);
                drawn += usize::from(it.body.min(it.detail) < 0.0);
                dark += usize::from(it.detail < 0.0);
                far += usize::from(it.body.min(it.detail) < 0.0 && point[0].hypot(point[1]) > 1.35);
            }
        }
        let unit = (side * side) as f32 / 7.84;
        (drawn as f32 / unit, dark as f32 / drawn as f32, far as f32 / unit)
    }

    #[test]
    fn subjects_fill_their_circle_and_keep_details_small() {
        for &subject in Subject::ALL {
            let (area, dark, far) = shares(subject);
            assert!(area > 1.0, "{subject} covers only {area} of 4 square radii");
            assert!(dark < 0.21, "{subject}: {dark} of the area is dark");
            assert!(far < 0.01, "{subject} leaves its circle by {far}");
        }
    }

    #[test]
    fn distances_are_distances() {
        // No step between neighbours may exceed the way between them, or edges would look ragged.
        for &subject in Subject::ALL {
            let mut near_edges = 0;
            for step in 0..400 {
                let angle = step as f32 * 0.1;
                let radius = step as f32 / 400.0 * 1.3;
                let (x, y) = (radius * angle.cos(), radius * angle.sin());
                let here = distances(subject, [x, y]);
                if here.body.abs() >= 0.1 {
                    continue;
                }
                near_edges += 1;
                for there in [[x + 0.001, y], [x, y + 0.001]] {
                    let way = (here.body - distances(subject, there).body).abs();
                    assert!(way < 0.0015, "{subject} at {x}, {y}");
                }
            }
            assert!(near_edges >= 20, "{subject}: {near_edges} points near an edge were looked at");
        }
    }
}
