//! A quadratic polynomial at each pixel of a picture, fitted to its neighbourhood under a Gaussian.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::pyramid::Plane;

/// Pixels of a neighbourhood to each side.
const REACH: usize = 5;
/// Of the Gaussian, in pixels.
const SIGMA: f64 = 1.2;

/// Coefficients of a pixel's polynomial: those of x, y (the other way round in memory: y first), y^2, x^2 and xy.
pub(super) type Coefficients = [f32; 5];

/// The polynomials of a picture.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    size: [usize; 2],
    coefficients: Vec<Coefficients>,
}

/// The Gaussian `g`, `x g` and `x^2 g` to one side, and what of the inverse of their moments is not zero.
struct Basis {
    g: [f32; REACH + 1],
    xg: [f32; REACH + 1],
    xxg: [f32; REACH + 1],
    /// Of x and y.
    first: f64,
    /// Of a constant with a square.
    mixed: f64,
    /// Of a square.
    square: f64,
    /// Of xy.
    cross: f64,
}

static BASIS: LazyLock<Basis> = LazyLock::new(|| {
    let whole: [f64; REACH + 1] =
        std::array::from_fn(|x| f64::from((-((x * x) as f64) / (2.0 * SIGMA * SIGMA)).exp() as f32));
    let sum = whole[0] + 2.0 * whole[1..].iter().sum::<f64>();
    let g: [f32; REACH + 1] = std::array::from_fn(|x| (whole[x] / sum) as f32);
    let xg = std::array::from_fn(|x| (x as f64 * f64::from(g[x])) as f32);
    let xxg = std::array::from_fn(|x| ((x * x) as f64 * f64::from(g[x])) as f32);
    // Moments of the window over both axes: of 1, x^2, x^4 and x^2 y^2.
    let one_axis = |power: i32| {
        let side: f64 = (1..=REACH).map(|x| f64::from(g[x]) * (x as f64).powi(power)).sum();
        if power == 0 { 2.0 * side + f64::from(g[0]) } else { 2.0 * side }
    };
    let (zeroth, second, fourth) = (one_axis(0), one_axis(2), one_axis(4));
    let (ones, squares, fourths, crossed) = (zeroth * zeroth, second * zeroth, fourth * zeroth, second * second);
    // The matrix of moments over 1, x^2 and y^2 is [[ones, s, s], [s, f, c], [s, c, f]]; its inverse's places (0, 1) and (1, 1)
    // follow from the sums and differences of the two squares.
    let sums = ones * (fourths + crossed) - 2.0 * squares * squares;
    let mixed = -squares / sums;
    let square = 0.5 * (ones / sums + 1.0 / (fourths - crossed));
    Basis { g, xg, xxg, first: 1.0 / squares, mixed, square, cross: 1.0 / crossed }
});

impl Expansion {
    pub fn new(plane: &Plane) -> Self {
        let [height, width] = plane.size;
        let basis = &*BASIS;
        let row = |y: usize| &plane.values[y * width..][..width];
        let mut coefficients = vec![[0.0; 5]; height * width];
        coefficients.par_chunks_mut(width).enumerate().for_each_init(
            // Sums of the columns with the Gaussian, with y and with y^2, and the border repeated to both sides.
            || vec![[0.0_f32; 3]; width + 2 * REACH],
            |sums, (y, coefficients)| {
                let inner = &mut sums[REACH..REACH + width];
                for (sum, &value) in inner.iter_mut().zip(row(y)) {
                    *sum = [value * basis.g[0], 0.0, 0.0];
                }
                for k in 1..=REACH {
                    let (above, below) = (row(y.saturating_sub(k)), row((y + k).min(height - 1)));
                    for ((sum, &above), &below) in inner.iter_mut().zip(above).zip(below) {
                        let both = above + below;
                        sum[0] += basis.g[k] * both;
                        sum[1] += basis.xg[k] * (below - above);
                        sum[2] += basis.xxg[k] * both;
                    }
                }
                let (first, last) = (sums[REACH], sums[REACH + width - 1]);
                sums[..REACH].fill(first);
                sums[REACH + width..].fill(last);
                for (window, coefficients) in sums.windows(2 * REACH + 1).zip(coefficients) {
                    *coefficients = basis.fitted(window);
                }
            },
        );
        Self { size: plane.size, coefficients }
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    pub fn row(&self, y: usize) -> &[Coefficients] {
        let width = self.size[1];
        &self.coefficients[y * width..][..width]
    }
}

impl Basis {
    /// The polynomial whose neighbourhood has these sums of columns.
    fn fitted(&self, window: &[[f32; 3]]) -> Coefficients {
        let middle = window[REACH];
        let g0 = f64::from(self.g[0]);
        let wide = middle.map(f64::from);
        let (mut one, mut y, mut yy) = (wide[0] * g0, wide[1] * g0, wide[2] * g0);
        let (mut x, mut xx, mut xy) = (0.0, 0.0, 0.0);
        for k in 1..=REACH {
            let (left, right) = (window[REACH - k], window[REACH + k]);
            let (g, xg, xxg) = (f64::from(self.g[k]), f64::from(self.xg[k]), f64::from(self.xxg[k]));
            let both = f64::from(right[0] + left[0]);
            one += both * g;
            xx += both * xxg;
            x += f64::from(right[0] - left[0]) * xg;
            y += f64::from(right[1] + left[1]) * g;
            xy += f64::from(right[1] - left[1]) * xg;
            yy += f64::from(right[2] + left[2]) * g;
        }
        [
            y * self.first,
            x * self.first,
            one * self.mixed + yy * self.square,
            one * self.mixed + xx * self.square,
            xy * self.cross,
        ]
        .map(|coefficient| coefficient as f32)
    }
}
