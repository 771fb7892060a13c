//! Loops compiled for the vector units that the machine has, and an exponential that vectorises.

/// Defines a function whose body is compiled three times on x86-64, for AVX-512, for AVX2 with FMA and for the
/// baseline, and picks at run time. Elsewhere it is compiled once. `fused` inside the body is true where a fused
/// multiply-add is one instruction.
macro_rules! vectorised {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? { $fused:ident => $body:expr }) => {
        $(#[$attribute])*
        #[allow(
            clippy::too_many_arguments,
            clippy::allow_attributes,
            reason = "the macro serves kernels of any number of arguments"
        )]
        $visibility fn $name($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body<const FUSED: bool>($($arg: $ty),*) $(-> $ret)? {
                #[allow(unused_variables, clippy::allow_attributes, reason = "not every body multiplies and adds")]
                let $fused = $crate::cpu::simd::Fused::<FUSED>;
                $body
            }
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($arg: $ty),*) $(-> $ret)? {
                    body::<true>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) $(-> $ret)? {
                    body::<true>($($arg),*)
                }
                if $crate::cpu::simd::has_avx512() {
                    // SAFETY: the only demand of `avx512` is that the processor has its features, which was asked.
                    return unsafe { avx512($($arg),*) };
                }
                if $crate::cpu::simd::has_avx2() {
                    // SAFETY: the only demand of `avx2` is that the processor has its features, which was asked.
                    return unsafe { avx2($($arg),*) };
                }
            }
            body::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(super) use vectorised;

/// Whether the features of the widest compilation are there; the answer is cached by the standard library.
#[cfg(target_arch = "x86_64")]
pub fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && has_avx2()
}

/// Whether the features of the middle compilation are there.
#[cfg(target_arch = "x86_64")]
pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Arithmetic in the compilation at hand.
#[derive(Clone, Copy)]
pub struct Fused<const FUSED: bool>;

impl<const FUSED: bool> Fused<FUSED> {
    /// `a * b + c`, in one instruction where there is one; a library call would be slower than two.
    #[inline(always)]
    pub fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        if FUSED { a.mul_add(b, c) } else { a * b + c }
    }

    /// `e^x` within 2 units in the last place for x in [-87, 88]; beyond, the value at that bound. NaN stays NaN.
    ///
    /// Reduction by powers of two and the polynomial of Cephes' `expf`, without branches.
    #[inline(always)]
    pub fn exp(self, x: f32) -> f32 {
        /// 1.5 * 2^23: adding it leaves the rounded integer in the low bits.
        const ROUND: f32 = 12_582_912.0;
        // `max` before `min` would turn NaN into a bound; `clamp` keeps it.
        let x = x.clamp(-87.0, 88.0);
        let shifted = self.mul_add(x, std::f32::consts::LOG2_E, ROUND);
        let power = shifted - ROUND;
        let r = self.mul_add(power, -0.693_359_4, x);
        let r = self.mul_add(power, 2.121_944_4e-4, r);
        let mut p = self.mul_add(1.987_569_1e-4, r, 1.398_199_9e-3);
        p = self.mul_add(p, r, 8.333_452e-3);
        p = self.mul_add(p, r, 4.166_579_6e-2);
        p = self.mul_add(p, r, 1.666_666_5e-1);
        p = self.mul_add(p, r, 0.5);
        let value = self.mul_add(p, r * r, r) + 1.0;
        let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
        value * f32::from_bits(exponent << 23)
    }

    /// `x` times the normal distribution function: the exact GELU, within 3e-7 times `x`.
    #[inline(always)]
    pub fn gelu(self, x: f32) -> f32 {
        let (tail, _) = self.normal_tail(x);
        self.mul_add(-x.abs(), tail, x.max(0.0))
    }

    /// The derivative of [`Self::gelu`]: the normal distribution function plus `x` times its density.
    #[inline(always)]
    pub fn gelu_slope(self, x: f32) -> f32 {
        /// `1 / sqrt(2 pi)`
        const DENSITY: f32 = 0.398_942_3;
        let (tail, exponential) = self.normal_tail(x);
        let below = if x > 0.0 { 1.0 - tail } else { tail };
        self.mul_add(x * DENSITY, exponential, below)
    }

    /// The share of the normal distribution beyond `|x|` on one side, and `e^(-x^2 / 2)`. Abramowitz and Stegun (1964),
    /// 7.1.26, whose error is 1.5e-7 for the error function and half of it here.
    #[inline(always)]
    fn normal_tail(self, x: f32) -> (f32, f32) {
        let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let exponential = self.exp(-z * z);
        let t = 1.0 / self.mul_add(0.327_591_1, z, 1.0);
        let p = self.mul_add(1.061_405_4, t, -1.453_152);
        let p = self.mul_add(p, t, 1.421_413_7);
        let p = self.mul_add(p, t, -0.284_496_74);
        let p = self.mul_add(p, t, 0.254_829_6);
        (0.5 * p * t * exponential, exponential)
    }

    /// `1 / (1 + e^-x)`.
    #[inline(always)]
    pub fn sigmoid(self, x: f32) -> f32 {
        1.0 / (1.0 + self.exp(-x))
    }

    /// The hyperbolic tangent within 3 units in the last place: Cephes' `tanhf`, a polynomial near zero, where the quotient would lose
    /// places, and both without branches.
    #[inline(always)]
    pub fn tanh(self, x: f32) -> f32 {
        let square = x * x;
        let p = self.mul_add(-5.704_988_7e-3, square, 2.063_909e-2);
        let p = self.mul_add(p, square, -5.373_971_6e-2);
        let p = self.mul_add(p, square, 1.333_144_2e-1);
        let p = self.mul_add(p, square, -3.333_328e-1);
        let near = self.mul_add(p * square, x, x);
        let magnitude = x.abs();
        let far = (1.0 - 2.0 / (self.exp(2.0 * magnitude) + 1.0)).copysign(x);
        if magnitude < 0.625 { near } else { far }
    }
}

#[cfg(test)]
mod tests {
    vectorised! {
        fn exponentials(x: &[f32]) -> Vec<f32> { fused => x.iter().map(|&x| fused.exp(x)).collect() }
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let x = (-86_999..88_000).map(|i| i as f32 * 1e-3).collect::<Vec<_>>();
        for (x, e) in x.iter().zip(exponentials(&x)) {
            let exact = f64::from(*x).exp();
            let error = ((f64::from(e) - exact) / exact).abs();
            assert!(error < 2.0 * f64::from(f32::EPSILON), "exp({x}) is {e}, off by {error:e}");
        }
    }

    vectorised! {
        fn gelus(x: &[f32]) -> Vec<(f32, f32)> { fused => x.iter().map(|&x| (fused.gelu(x), fused.gelu_slope(x))).collect() }
    }

    /// The integral of the normal density from 0 by Simpson's rule, in f64.
    fn normal_distribution(x: f64) -> f64 {
        const STEPS: usize = 2000;
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = x / STEPS as f64;
        let inner = (1..STEPS).map(|i| if i % 2 == 1 { 4.0 } else { 2.0 } * density(i as f64 * step)).sum::<f64>();
        0.5 + step / 3.0 * (density(0.0) + inner + density(x))
    }

    #[test]
    fn gelu_and_its_slope_agree_with_the_integral() {
        let x = (-800..=800).map(|i| i as f32 * 1e-2).collect::<Vec<_>>();
        for (x, (gelu, slope)) in x.iter().zip(gelus(&x)) {
            let x = f64::from(*x);
            let distribution = normal_distribution(x);
            let error = (f64::from(gelu) - x * distribution).abs();
            assert!(error <= 3e-7 * x.abs(), "gelu({x}) is {gelu}, off by {error:e}");
            let exact = distribution + x * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            assert!((f64::from(slope) - exact).abs() < 5e-7, "slope at {x} is {slope} instead of {exact}");
        }
        assert!(gelus(&[f32::NAN])[0].0.is_nan());
    }

    vectorised! {
        fn gates(x: &[f32]) -> Vec<[f32; 2]> { fused => x.iter().map(|&x| [fused.sigmoid(x), fused.tanh(x)]).collect() }
    }

    #[test]
    fn gates_are_within_a_few_units_in_the_last_place() {
        let x = (-30_000..=30_000).map(|i| i as f32 * 1e-3).chain([1e-20, -1e-7, 80.0, -80.0, 1e9]).collect::<Vec<_>>();
        for (x, [sigmoid, tanh]) in x.iter().zip(gates(&x)) {
            let wide = f64::from(*x);
            for (name, value, exact) in [("sigmoid", sigmoid, 1.0 / (1.0 + (-wide).exp())), ("tanh", tanh, wide.tanh())]
            {
                let error = (f64::from(value) - exact).abs();
                assert!(
                    error <= 3.0 * f64::from(f32::EPSILON) * exact.abs(),
                    "{name}({x}) is {value}, off by {error:e}"
                );
            }
        }
        let [[sigmoid, tanh], [low, minus]] = [gates(&[f32::NAN])[0], gates(&[f32::NEG_INFINITY])[0]];
        assert!(sigmoid.is_nan() && tanh.is_nan() && low < 1e-37 && minus == -1.0, "{sigmoid} {tanh} {low} {minus}");
    }

    #[test]
    fn exp_of_the_unusual() {
        let e = exponentials(&[f32::NAN, f32::NEG_INFINITY, f32::INFINITY, -0.0]);
        assert!(e[0].is_nan() && e[1] < 1e-37 && e[2] > 1e38 && e[3] == 1.0, "{e:?}");
    }
}
