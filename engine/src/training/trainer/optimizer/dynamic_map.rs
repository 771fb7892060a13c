//! The 256 values of an 8-bit number of a moment: dynamic tree quantisation (Dettmers 2015), as in 8-bit optimisers (Dettmers et
//! al. 2021, bitsandbytes' `create_dynamic_map`).
//!
//! Values are spaced evenly inside of each power of ten from 1e-6 on, twice as many in each larger one, so that small ones keep a
//! relative precision; 0 and 1 are there too. A signed map has each of them with both signs, an unsigned one twice as many.

use std::sync::LazyLock;

/// Powers of ten.
const EXPONENTS: i32 = 7;

/// Values of a kind of moment, rising, and the borders between what is rounded to neighbours.
#[derive(Debug)]
pub struct DynamicMap {
    values: [f32; 256],
    borders: [f32; 255],
}

/// For first moments.
pub static SIGNED: LazyLock<DynamicMap> = LazyLock::new(|| DynamicMap::new(true));
/// For second moments, which are not negative.
pub static UNSIGNED: LazyLock<DynamicMap> = LazyLock::new(|| DynamicMap::new(false));

impl DynamicMap {
    fn new(signed: bool) -> Self {
        let mut all = vec![0.0, 1.0];
        for power in 0..EXPONENTS {
            let count = 1 << if signed { power } else { power + 1 };
            let scale = 10f64.powi(power + 1 - EXPONENTS);
            for index in 0..count {
                // The middle of each of `count` stretches between 0.1 and 1.
                let value = (scale * (0.1 + 0.9 * (f64::from(index) + 0.5) / f64::from(count))) as f32;
                all.push(value);
                if signed {
                    all.push(-value);
                }
            }
        }
        all.sort_by(f32::total_cmp);
        let values: [f32; 256] = all.try_into().expect("254 values between 0 and 1, and both of these");
        Self { values, borders: std::array::from_fn(|index| f32::midpoint(values[index], values[index + 1])) }
    }

    /// The value of a code.
    pub fn value(&self, code: u8) -> f32 {
        self.values[usize::from(code)]
    }

    /// The code of the value nearest to `x`, which is in -1..1.
    pub fn code(&self, x: f32) -> u8 {
        // Eight comparisons without a branch: the table has 256 values.
        let (mut low, mut half) = (0, 128);
        while half > 0 {
            low += if x > self.borders[low + half - 1] { half } else { 0 };
            half /= 2;
        }
        low as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_with_their_values_and_come_back() {
        for map in [&*SIGNED, &*UNSIGNED] {
            assert!(map.values.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", map.values);
            for code in 0..=255 {
                assert_eq!(map.code(map.value(code)), code);
            }
            let mut last = 0;
            for step in -1000..=1000 {
                let code = map.code(step as f32 / 1000.0);
                assert!(code >= last, "codes fall at {step}");
                last = code;
            }
            assert_eq!((map.code(1.0), map.value(255)), (255, 1.0));
        }
        assert_eq!(SIGNED.code(-1.0), 0);
        assert_eq!(UNSIGNED.code(0.0), 0);
    }

    /// Written down from the definition: stretches between 0.1 and 1 times a power of ten, one of 1e-6, two of 1e-5 and so on.
    #[test]
    fn the_maps_are_those_of_bitsandbytes() {
        let near = |found: f32, wanted: f32| assert!((found / wanted - 1.0).abs() < 1e-6, "{found}, not {wanted}");
        // 127 negative values, then 0.
        assert_eq!(SIGNED.value(127), 0.0);
        near(SIGNED.value(128), 0.55e-6);
        near(SIGNED.value(129), 0.325e-5);
        near(SIGNED.value(130), 0.775e-5);
        near(SIGNED.value(254), 0.1 + 0.9 * 63.5 / 64.0);
        near(SIGNED.value(0), -(0.1 + 0.9 * 63.5 / 64.0));
        assert_eq!(UNSIGNED.value(0), 0.0);
        near(UNSIGNED.value(1), 0.325e-6);
        near(UNSIGNED.value(2), 0.775e-6);
        near(UNSIGNED.value(254), 0.1 + 0.9 * 127.5 / 128.0);
    }

    #[test]
    fn the_nearest_value_is_taken() {
        for map in [&*SIGNED, &*UNSIGNED] {
            for step in 0..=4000 {
                let x = (step as f32 / 4000.0).powi(4);
                let found = (map.value(map.code(x)) - x).abs();
                let best = map.values.iter().map(|value| (value - x).abs()).fold(f32::INFINITY, f32::min);
                assert!(found <= best * (1.0 + 1e-6), "{x}: {found} away, and {best} was possible");
            }
        }
    }
}
