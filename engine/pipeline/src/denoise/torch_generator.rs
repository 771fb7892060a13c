//! The Gaussian numbers of PyTorch's CPU generator: what `torch.manual_seed(seed)` followed by `torch.randn(shape)` gives.
//!
//! A draw of 16 numbers and more is the same to the last bit as that of PyTorch 2.15 on an x86-64 processor with AVX2, on
//! whatever processor this runs: it uses only additions, multiplications, fused multiply-adds and square roots, which round
//! alike everywhere. PyTorch itself gives other last bits on processors without AVX2. Shorter draws go through the system's
//! logarithm, sine and cosine in f64, whose last bit rarely survives the rounding to f32. Tested against draws of PyTorch.

use std::f64::consts::PI;

use rand_mt::Mt;

/// Numbers that are made together; a shorter draw is made one by one.
const BLOCK: usize = 16;

/// PyTorch's CPU generator after `torch.manual_seed`.
#[derive(Clone, Debug)]
pub struct TorchGenerator {
    words: Mt,
    /// The second number of the last pair that was made one by one, for the next draw of that kind.
    second: Option<f64>,
}

impl TorchGenerator {
    /// The generator at the start of its stream. Like PyTorch's, it uses the lower 32 bits of the seed alone.
    pub fn new(seed: u64) -> Self {
        Self { words: Mt::new(seed as u32), second: None }
    }

    /// The next draw, `torch.randn` of `len` numbers in row-major order. Its numbers depend on `len`.
    pub fn randn(&mut self, len: usize) -> Vec<f32> {
        if len < BLOCK {
            return (0..len).map(|_| self.normal() as f32).collect();
        }
        let mut numbers: Vec<f32> = (0..len).map(|_| self.uniform()).collect();
        let (blocks, rest) = numbers.as_chunks_mut::<BLOCK>();
        blocks.iter_mut().for_each(to_normal);
        if !rest.is_empty() {
            // The last 16 are drawn anew, those among them that were finished before too.
            let mut tail = [(); BLOCK].map(|()| self.uniform());
            to_normal(&mut tail);
            numbers[len - BLOCK..].copy_from_slice(&tail);
        }
        numbers
    }

    /// Goes past a draw of `len` numbers.
    pub fn skip(&mut self, len: usize) {
        if len < BLOCK {
            (0..len).for_each(|_| _ = self.normal());
        } else {
            let redrawn = if len.is_multiple_of(BLOCK) { 0 } else { BLOCK };
            (0..len + redrawn).for_each(|_| _ = self.words.next_u32());
        }
    }

    /// In `0..1`, from the lower 24 bits of a word.
    fn uniform(&mut self) -> f32 {
        (self.words.next_u32() & 0x00FF_FFFF) as f32 / (1 << 24) as f32
    }

    /// In `0..1`, from the lower 53 bits of two words, the upper one first.
    fn uniform_f64(&mut self) -> f64 {
        let [high, low] = [(); 2].map(|()| u64::from(self.words.next_u32()));
        ((high << 32 | low) & ((1 << 53) - 1)) as f64 / (1_u64 << 53) as f64
    }

    /// One number by the method of Box and Muller, which makes two.
    fn normal(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        let (turn, distance) = (self.uniform_f64(), self.uniform_f64());
        let radius = (-2.0 * (-distance).ln_1p()).sqrt();
        let angle = 2.0 * PI * turn;
        self.second = Some(radius * angle.sin());
        radius * angle.cos()
    }
}

/// Box and Muller's method on eight pairs: the first of pair `i` is at `i`, the second at `i + 8`.
fn to_normal(block: &mut [f32; BLOCK]) {
    let (firsts, seconds) = block.split_at_mut(BLOCK / 2);
    for (first, second) in firsts.iter_mut().zip(seconds) {
        // From 0..1 to what has a logarithm.
        let radius = (-2.0 * ln(1.0 - *first)).sqrt();
        let (sin, cos) = sin_cos((2.0 * PI) as f32 * *second);
        (*first, *second) = (radius * cos, radius * sin);
    }
}

// Logarithm, sine and cosine are those of the Cephes library (S. Moshier) in the order of operations of avx_mathfun
// (G. Garberoglio, after J. Pommier's sse_mathfun; zlib licence), which PyTorch uses. This is another program: one number at a
// time, for the arguments above only, with the fused multiply-adds that the compiler of PyTorch's packages makes of it.

/// Natural logarithm of a normal number above 0.
fn ln(x: f32) -> f32 {
    const FACTORS: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    // ln 2 in two parts, of which the upper has few digits.
    const LN_2_UPPER: f32 = 0.693_359_4;
    const LN_2_LOWER: f32 = -2.121_944_4e-4;
    // x = mantissa * 2^exponent with the mantissa from sqrt(1/2) to sqrt(2).
    let exponent = (x.to_bits() >> 23) as i32 - 126;
    let mantissa = f32::from_bits(x.to_bits() & 0x007F_FFFF | 0.5_f32.to_bits());
    let (exponent, above_1) = if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        (exponent - 1, (mantissa - 1.0) + mantissa)
    } else {
        (exponent, mantissa - 1.0)
    };
    let exponent = exponent as f32;
    let square = above_1 * above_1;
    let sum = polynomial(&FACTORS, above_1) * above_1;
    let rest = sum.mul_add(square, exponent * LN_2_LOWER) - square * 0.5;
    (above_1 + rest) + exponent * LN_2_UPPER
}

/// Sine and cosine of an angle from 0 to 2 pi.
fn sin_cos(angle: f32) -> (f32, f32) {
    const SIN_FACTORS: [f32; 3] = [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1];
    const COS_FACTORS: [f32; 3] = [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2];
    /// Pi / 4 in three parts, of which the first two have few digits.
    const EIGHTH_TURN: [f32; 3] = [0.785_156_25, 2.418_756_5e-4, 3.774_895e-8];
    // The nearest even multiple of an eighth of a turn, and the angle from there.
    let eighths = ((angle * (4.0 / PI) as f32) as u32 + 1) & !1;
    let from_there = EIGHTH_TURN.iter().fold(angle, |angle, part| angle - eighths as f32 * part);
    let square = from_there * from_there;
    let cos = (polynomial(&COS_FACTORS, square) * square).mul_add(square, -(square * 0.5)) + 1.0;
    let sin = (polynomial(&SIN_FACTORS, square) * square).mul_add(from_there, from_there);
    match eighths % 8 {
        0 => (sin, cos),
        2 => (cos, -sin),
        4 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// The polynomial with these factors, that of the highest power first.
fn polynomial(factors: &[f32], x: f32) -> f32 {
    factors.iter().copied().reduce(|sum, factor| sum.mul_add(x, factor)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipping_a_draw_is_drawing_it_unseen() {
        for (skipped, drawn) in [(3, 4), (4, 16), (15, 5), (16, 16), (23, 7), (32, 40), (1000, 23)] {
            let (mut skipping, mut drawing) = (TorchGenerator::new(5), TorchGenerator::new(5));
            skipping.skip(skipped);
            drawing.randn(skipped);
            assert_eq!(skipping.randn(drawn), drawing.randn(drawn), "{skipped} then {drawn}");
        }
    }

    #[test]
    fn the_upper_half_of_a_seed_is_not_used() {
        let draw = |seed| TorchGenerator::new(seed).randn(16);
        assert_eq!(draw(7), draw(7 + (1 << 32)));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn every_uniform_number_has_a_finite_normal_number() {
        // The ends of 0..1, and neighbours of the borders between the pieces of the polynomials.
        let step = 1.0 / (1 << 24) as f32;
        let eighths = (0..8).map(|eighth| eighth as f32 / 8.0);
        let values: Vec<f32> = eighths
            .flat_map(|value| [value - step, value, value + step])
            .chain([1.0 - step, 1.0 - std::f32::consts::FRAC_1_SQRT_2])
            .filter(|value| (0.0..1.0).contains(value))
            .collect();
        for &first in &values {
            for &second in &values {
                let mut block = [0.0; BLOCK];
                (block[0], block[8]) = (first, second);
                to_normal(&mut block);
                let (radius, angle) = ((-2.0 * (1.0 - f64::from(first)).ln()).sqrt(), 2.0 * PI * f64::from(second));
                for (found, expected) in [(block[0], radius * angle.cos()), (block[8], radius * angle.sin())] {
                    // Of a radius of at most 5.8, with an angle that was rounded to f32.
                    assert!((f64::from(found) - expected).abs() < 4e-6, "{first} {second}: {found}, not {expected}");
                }
            }
        }
    }
}
