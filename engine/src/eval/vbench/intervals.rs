//! How far numbers may be off because only some clips were made: the bootstrap.
//!
//! What is drawn again is a prompt with all of its clips, since clips of one prompt are alike. Where two sides have the same prompts they
//! are drawn together, so that easy and hard prompts do not blur the difference (Efron and Tibshirani 1993, chapters 8 and 13).

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// A number with its 95% interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// The number.
    pub value: f64,
    /// Lower end; the number itself where nothing is known of its clips.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// From what the number became in draws: 2.5% lie below the interval and as many above it.
    pub(super) fn of(value: f64, mut draws: Vec<f64>) -> Self {
        draws.retain(|draw| draw.is_finite());
        draws.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * draws.len().saturating_sub(1) as f64;
            draws.get(place.round() as usize).copied().unwrap_or(value)
        };
        Self { value, low: at(0.025), high: at(0.975) }
    }

    /// Whether zero lies outside of it.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// What a prompt adds to sum and weight.
pub(super) type Share = [f64; 2];

/// Draws of the values of two sides. `is_paired`: the shares of both are of the same prompts, in the same order.
pub(super) fn draws(sides: [&[Share]; 2], is_paired: bool, count: usize, seed: u64) -> [Vec<f64>; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = [Vec::with_capacity(count), Vec::with_capacity(count)];
    let mut numbers: Vec<usize> = Vec::new();
    for _ in 0..count {
        for side in [0, 1] {
            if side == 0 || !is_paired {
                let len = sides[side].len();
                numbers.clear();
                numbers.extend((0..len).map(|_| random.random_range(0..len)));
            }
            let [sum, weight] = numbers.iter().map(|&number| sides[side][number]).fold([0.0; 2], add);
            drawn[side].push(sum / weight);
        }
    }
    drawn
}

/// Both parts added.
pub(super) fn add(a: Share, b: Share) -> Share {
    [a[0] + b[0], a[1] + b[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_that_of_its_standard_error() {
        // 400 values, 0 and 1 in turn: a standard error of 0.5 / 20.
        let shares: Vec<Share> = (0..400).map(|it| [f64::from(it % 2), 1.0]).collect();
        let [first, _] = draws([&shares, &shares], true, 4000, 7);
        let interval = Interval::of(0.5, first);
        for (end, sign) in [(interval.low, -1.0), (interval.high, 1.0)] {
            assert!((end - (0.5 + sign * 1.96 * 0.025)).abs() < 0.005, "{interval:?}");
        }
    }

    #[test]
    fn pairs_are_drawn_together_and_seeds_repeat() {
        let first: Vec<Share> = (0..50).map(|it| [f64::from(it), 1.0]).collect();
        let second: Vec<Share> = first.iter().map(|share| [share[0] + 1.0, 1.0]).collect();
        let difference = |is_paired, seed| {
            let [a, b] = draws([&first, &second], is_paired, 500, seed);
            Interval::of(1.0, a.iter().zip(&b).map(|(a, b)| b - a).collect())
        };
        let paired = difference(true, 1);
        assert!(paired.low > 0.999 && paired.high < 1.001 && paired.excludes_zero(), "{paired:?}");
        let apart = difference(false, 1);
        assert!(apart.low < -3.0 && apart.high > 5.0 && !apart.excludes_zero(), "{apart:?}");
        assert_eq!(difference(false, 1), apart);
        assert_ne!(difference(false, 2), apart);
    }

    #[test]
    fn without_draws_a_number_stands_alone() {
        assert_eq!(Interval::of(0.3, Vec::new()), Interval { value: 0.3, low: 0.3, high: 0.3 });
        assert_eq!(Interval::of(0.3, vec![f64::NAN]), Interval { value: 0.3, low: 0.3, high: 0.3 });
    }
}
