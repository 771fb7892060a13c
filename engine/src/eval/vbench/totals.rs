//! Quality, semantics, and the total that leaderboards show.

use std::collections::BTreeMap;

use serde::Serialize;

use super::dimensions::Dimension;

/// How many times quality counts as much as semantics.
const QUALITY_WEIGHT: f64 = 4.0;

/// The three sums of VBench, 0 to 1 for usual clips; nothing is clamped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// The first seven dimensions.
    pub quality: f64,
    /// The other nine.
    pub semantic: f64,
    /// Both, quality four times.
    pub total: f64,
}

impl Totals {
    /// Of the values of dimensions; those that are missing count as 0 before they are scaled, as VBench's own script has it.
    pub fn of(values: &BTreeMap<Dimension, f64>) -> Self {
        let mean = |is_quality: bool| {
            let of_half = || Dimension::ALL.into_iter().filter(move |it| it.is_quality() == is_quality);
            let sum: f64 = of_half().map(|it| scaled(it, values.get(&it).copied().unwrap_or(0.0))).sum();
            sum / of_half().map(Dimension::weight).sum::<f64>()
        };
        let (quality, semantic) = (mean(true), mean(false));
        let total = (QUALITY_WEIGHT * quality + semantic) / (QUALITY_WEIGHT + 1.0);
        Self { quality, semantic, total }
    }
}

/// A dimension's value as it goes into the totals: between its ends, times its weight.
pub fn scaled(dimension: Dimension, value: f64) -> f64 {
    let [low, high] = dimension.range();
    (value - low) / (high - low) * dimension.weight()
}
