//! The displacement between the polynomials of two frames: least squares over a box around each pixel, a few times over.

use rayon::prelude::*;

use super::Flow;
use super::expansion::{Coefficients, Expansion};

/// Side of the box, in pixels.
const WINDOW: usize = 15;
/// Pixels of the box to each side of its middle.
const REACH: usize = WINDOW / 2;
/// Rounds of a level.
const ITERATIONS: usize = 3;
/// What pixels count at the border, from it on.
const BORDER: [f32; 5] = [0.14, 0.14, 0.4472, 0.4472, 0.4472];
/// Added to the determinant, so that places without structure do not move.
const LEAST_DETERMINANT: f64 = 1e-3;
/// Rows that one thread solves behind each other, with running sums over columns.
const BAND: usize = 32;

/// A pixel's part of the normal equations: G11, G12, G22, h1 and h2 (Farneback 2003, equations 13 to 15).
type Equations = [f32; 5];

/// A better flow than `flow`, which is a guess.
pub(super) fn refined(from: &Expansion, to: &Expansion, mut flow: Flow) -> Flow {
    for _ in 0..ITERATIONS {
        let equations = equations(from, to, &flow);
        solve(&equations, &mut flow);
    }
    flow
}

/// What a pixel counts that is so far from both borders of a side.
fn weight(place: usize, length: usize) -> f32 {
    let near = |distance: usize| BORDER.get(distance).copied().unwrap_or(1.0);
    near(place) * near(length - 1 - place)
}

fn equations(from: &Expansion, to: &Expansion, flow: &Flow) -> Vec<Equations> {
    let [height, width] = flow.size;
    let mut equations = vec![[0.0; 5]; height * width];
    equations.par_chunks_mut(width).zip(flow.vectors.par_chunks(width)).enumerate().for_each(|(y, (row, vectors))| {
        let down = weight(y, height);
        for (x, ((equations, &vector), here)) in row.iter_mut().zip(vectors).zip(from.row(y)).enumerate() {
            let there = sampled(to, x as f32 + vector[0], y as f32 + vector[1]);
            *equations = pixel(here, there.as_ref(), vector, weight(x, width) * down);
        }
    });
    equations
}

/// The polynomial between four pixels; `None` outside.
fn sampled(expansion: &Expansion, x: f32, y: f32) -> Option<Coefficients> {
    let [height, width] = expansion.size();
    let (left, top) = (x.floor(), y.floor());
    let is_inside = left >= 0.0 && top >= 0.0 && left < width as f32 - 1.0 && top < height as f32 - 1.0;
    if !is_inside {
        return None;
    }
    let (across, down) = (x - left, y - top);
    let (left, top) = (left as usize, top as usize);
    let (above, below) = (&expansion.row(top)[left..][..2], &expansion.row(top + 1)[left..][..2]);
    let weights = [(1.0 - across) * (1.0 - down), across * (1.0 - down), (1.0 - across) * down, across * down];
    Some(std::array::from_fn(|it| {
        weights[0] * above[0][it] + weights[1] * above[1][it] + weights[2] * below[0][it] + weights[3] * below[1][it]
    }))
}

/// A pixel's equations, from its polynomials in both frames and the flow that is believed so far.
fn pixel(here: &Coefficients, there: Option<&Coefficients>, [dx, dy]: [f32; 2], weight: f32) -> Equations {
    let (other, yy, xx, xy) = match there {
        Some(there) => {
            ([there[0], there[1]], (here[2] + there[2]) * 0.5, (here[3] + there[3]) * 0.5, (here[4] + there[4]) * 0.25)
        }
        None => ([0.0; 2], here[2], here[3], here[4] * 0.5),
    };
    let y = (here[0] - other[0]) * 0.5 + yy * dy + xy * dx;
    let x = (here[1] - other[1]) * 0.5 + xy * dy + xx * dx;
    let [y, x, yy, xx, xy] = [y, x, yy, xx, xy].map(|it| it * weight);
    [yy * yy + xy * xy, (yy + xx) * xy, xx * xx + xy * xy, yy * y + xy * x, xy * y + xx * x]
}

/// Sums the equations over the box around each pixel, the border repeated outside, and solves them.
fn solve(equations: &[Equations], flow: &mut Flow) {
    let [height, width] = flow.size;
    let row = |y: isize| &equations[y.clamp(0, height as isize - 1) as usize * width..][..width];
    let add = |sums: &mut [[f64; 5]], row: &[Equations], sign: f64| {
        for (sum, equations) in sums.iter_mut().zip(row) {
            sum.iter_mut().zip(equations).for_each(|(sum, &it)| *sum += sign * f64::from(it));
        }
    };
    flow.vectors.par_chunks_mut(width * BAND).enumerate().for_each(|(band, vectors)| {
        let top = (band * BAND) as isize;
        let reach = REACH as isize;
        let mut columns = vec![[0.0_f64; 5]; width];
        (top - reach..=top + reach).for_each(|y| add(&mut columns, row(y), 1.0));
        for (y, vectors) in (top..).zip(vectors.chunks_mut(width)) {
            if y > top {
                add(&mut columns, row(y + reach), 1.0);
                add(&mut columns, row(y - reach - 1), -1.0);
            }
            solve_row(&columns, vectors);
        }
    });
}

fn solve_row(columns: &[[f64; 5]], vectors: &mut [[f32; 2]]) {
    let scale = 1.0 / (WINDOW * WINDOW) as f64;
    let reach = REACH as isize;
    let column = |x: isize| &columns[x.clamp(0, columns.len() as isize - 1) as usize];
    let mut sums = [0.0; 5];
    for x in -reach..=reach {
        sums.iter_mut().zip(column(x)).for_each(|(sum, it)| *sum += it);
    }
    for (x, vector) in (0_isize..).zip(vectors) {
        if x > 0 {
            let (new, old) = (column(x + reach), column(x - reach - 1));
            sums.iter_mut().zip(new.iter().zip(old)).for_each(|(sum, (new, old))| *sum += new - old);
        }
        let [g11, g12, g22, h1, h2] = sums.map(|sum| sum * scale);
        let inverse = 1.0 / (g11 * g22 - g12 * g12 + LEAST_DETERMINANT);
        *vector = [((g11 * h2 - g12 * h1) * inverse) as f32, ((g22 * h1 - g12 * h2) * inverse) as f32];
    }
}
