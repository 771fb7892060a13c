//! Dropout (Srivastava et al. 2014): in training some values become zero, the others grow so that means stay.
//!
//! What is dropped follows from the pass's seed, the part of the pass and the place in it, not from a generator with a state: a
//! part that is computed again for its backward pass drops the same values, and a run that goes on draws what it would have drawn.
//! Passes carry it in their hook ([`ForwardHook::dropout`](crate::hook::ForwardHook::dropout)); layers ask [`apply`], which leaves
//! everything as it is outside of such a pass.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

/// Where values are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Before the second convolution of a residual block.
    ResBlock,
    /// Before the last three temporal convolutions of a residual block.
    TemporalConv,
    /// What an adapter of a linear layer or of a convolution over pixels adds.
    Adapter,
    /// What an adapter of a temporal convolution adds.
    TemporalAdapter,
}

/// Share of values that is dropped at each [`Site`], 0 to less than 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutRates {
    /// [`Site::ResBlock`]
    pub res_block: f32,
    /// [`Site::TemporalConv`]
    pub temporal_conv: f32,
    /// [`Site::Adapter`]
    pub adapter: f32,
    /// [`Site::TemporalAdapter`]
    pub temporal_adapter: f32,
}

impl DropoutRates {
    /// The reference's pruned students in stage 1.
    pub fn distillation() -> Self {
        Self { res_block: 0.1, temporal_conv: 0.1, ..Self::default() }
    }

    /// The reference's students in stage 2. Their adapters of 3-D convolutions drop nothing: the option is not passed on there.
    pub fn consistency() -> Self {
        Self { temporal_conv: 0.1, adapter: 0.1, ..Self::default() }
    }

    /// Whether values are dropped anywhere.
    pub fn any(&self) -> bool {
        let Self { res_block, temporal_conv, adapter, temporal_adapter } = *self;
        [res_block, temporal_conv, adapter, temporal_adapter].iter().any(|&rate| rate > 0.0)
    }

    /// The share at a place.
    pub fn of(&self, site: Site) -> f32 {
        match site {
            Site::ResBlock => self.res_block,
            Site::TemporalConv => self.temporal_conv,
            Site::Adapter => self.adapter,
            Site::TemporalAdapter => self.temporal_adapter,
        }
    }
}

/// What one forward pass drops.
#[derive(Debug)]
pub struct Dropout {
    rates: DropoutRates,
    seed: u64,
    parts: AtomicU64,
}

impl Dropout {
    /// Passes with the same seed drop the same values.
    pub fn new(rates: DropoutRates, seed: u64) -> Self {
        Self { rates, seed, parts: AtomicU64::new(0) }
    }

    /// What the next part of the pass draws. Parts must be asked for in the order of the pass.
    pub fn next_part(&self) -> Draws {
        let part = self.parts.fetch_add(1, Ordering::Relaxed);
        Draws { rates: self.rates, seed: mixed(self.seed ^ mixed(part)) }
    }

    /// The dropout of another pass of the same step.
    pub fn other_pass(&self) -> Self {
        Self::new(self.rates, mixed(!self.seed))
    }
}

/// What a part of a pass draws.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    rates: DropoutRates,
    seed: u64,
}

thread_local! {
    /// Draws of the part that this thread computes, and the places that have drawn already.
    static CURRENT: Cell<Option<(Draws, u64)>> = const { Cell::new(None) };
}

/// Runs a part of a pass, whose layers drop what `draws` says. It must ask for it on this thread.
pub fn within<T>(draws: Option<Draws>, run: impl FnOnce() -> T) -> T {
    /// Puts back what was there, also when `run` panics.
    struct Before(Option<(Draws, u64)>);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _before = Before(CURRENT.replace(draws.map(|draws| (draws, 0))));
    run()
}

/// Whether values are dropped here now.
pub fn is_active(site: Site) -> bool {
    CURRENT.get().is_some_and(|(draws, _)| draws.rates.of(site) > 0.0)
}

/// `x` with its share of values dropped; `x` itself outside of [`within`].
pub fn apply<const D: usize>(site: Site, x: Tensor<D>) -> Tensor<D> {
    let Some((draws, place)) = CURRENT.get() else { return x };
    CURRENT.set(Some((draws, place + 1)));
    let rate = draws.rates.of(site);
    if rate <= 0.0 {
        return x;
    }
    let shape = x.dims();
    let values = factors(mixed(draws.seed ^ mixed(!place)), rate, shape.iter().product());
    x.clone() * Tensor::from_data(TensorData::new(values, shape), &x.device())
}

/// 0 or `1 / (1 - rate)` for each value.
fn factors(seed: u64, rate: f32, count: usize) -> Vec<f32> {
    let kept = 1.0 / (1.0 - rate);
    let limit = (f64::from(rate) * 2f64.powi(32)) as u32;
    let mut factors = vec![0.0; count];
    const STRETCH: usize = 1 << 14;
    factors.par_chunks_mut(STRETCH).enumerate().for_each(|(stretch, factors)| {
        for (index, pair) in factors.chunks_mut(2).enumerate() {
            let bits = mixed(seed.wrapping_add((stretch * STRETCH / 2 + index) as u64).wrapping_mul(STEP));
            for (factor, half) in pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]) {
                *factor = if half < limit { 0.0 } else { kept };
            }
        }
    });
    factors
}

/// Step of SplitMix64 (Steele, Lea and Flood 2014).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of SplitMix64.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(STEP);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::params::values_of;

    const RATES: DropoutRates =
        DropoutRates { res_block: 0.1, temporal_conv: 0.5, adapter: 0.0, temporal_adapter: 0.25 };

    fn dropped(site: Site) -> Vec<f32> {
        values_of(apply(site, Tensor::<2>::ones([301, 333], &Device::flex())).into_data())
    }

    #[test]
    fn the_share_of_a_site_is_dropped_and_the_mean_stays() {
        let dropout = Dropout::new(RATES, 1);
        for (site, rate) in [(Site::ResBlock, 0.1), (Site::TemporalConv, 0.5), (Site::TemporalAdapter, 0.25)] {
            let values = within(Some(dropout.next_part()), || dropped(site));
            let zeros = values.iter().filter(|&&value| value == 0.0).count() as f64 / values.len() as f64;
            // A hundred thousand draws: a deviation of 0.0016 at most.
            assert!((zeros - rate).abs() < 0.01, "{site:?}: {zeros}");
            assert!(values.iter().all(|&value| value == 0.0 || (f64::from(value) * (1.0 - rate) - 1.0).abs() < 1e-6));
        }
        assert!(within(Some(dropout.next_part()), || dropped(Site::Adapter)).iter().all(|&value| value == 1.0));
        assert!(dropped(Site::TemporalConv).iter().all(|&value| value == 1.0), "nothing is dropped outside of a pass");
    }

    #[test]
    fn parts_computed_again_drop_the_same_and_all_others_something_else() {
        let part = Dropout::new(RATES, 1).next_part();
        let both = |draws| within(Some(draws), || [dropped(Site::TemporalConv), dropped(Site::TemporalConv)]);
        let [first, second] = both(part);
        assert_eq!(both(part), [first.clone(), second.clone()]);
        assert_ne!(first, second, "two places of a part");
        let again = Dropout::new(RATES, 1);
        assert_eq!(both(again.next_part())[0], first, "a pass with the same seed");
        assert_ne!(both(again.next_part())[0], first, "another part");
        assert_ne!(both(again.other_pass().next_part())[0], first, "another pass of the step");
        assert_ne!(both(Dropout::new(RATES, 2).next_part())[0], first, "another seed");
    }
}
