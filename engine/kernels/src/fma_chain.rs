//! Chains of multiply-adds: what a device computes when nothing but arithmetic is asked of it. `bench` measures its peak by
//! them; no network uses them.

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use hummingbird_shaders::fma_chain::{MAX_TURNS, TURN_LINKS, VALUES};

use super::backend::KernelBackend;

/// One chain for each value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FmaChain {
    /// What a value is multiplied with.
    pub scale: f32,
    /// What is added then.
    pub shift: f32,
    /// How often, in units of [`FmaChain::TURN_LINKS`]; at most [`FmaChain::MAX_TURNS`].
    pub turns: u32,
}

impl FmaChain {
    /// Multiply-adds of each value in one turn.
    pub const TURN_LINKS: u32 = TURN_LINKS;
    /// Most turns.
    pub const MAX_TURNS: u32 = MAX_TURNS;
    /// The number of values must be a multiple of this.
    pub const VALUES: usize = VALUES as usize;

    /// Operations on `values` values, two for each multiply-add.
    pub fn flop(&self, values: usize) -> f64 {
        2.0 * f64::from(self.turns) * f64::from(Self::TURN_LINKS) * values as f64
    }
}

/// Each value of `x` through `x * scale + shift`, again and again.
///
/// # Shapes
/// `[values]`, unchanged
///
/// # Panics
/// When the values are not a multiple of [`FmaChain::VALUES`] or the turns too many: a bug of the caller.
pub fn fma_chain(x: Tensor<1>, chain: FmaChain) -> Tensor<1> {
    let [values] = x.dims();
    assert!(values.is_multiple_of(FmaChain::VALUES), "{values} values are not a multiple of {}", FmaChain::VALUES);
    assert!(chain.turns <= FmaChain::MAX_TURNS, "{} turns are more than {}", chain.turns, FmaChain::MAX_TURNS);
    Tensor::from_dispatch(Dispatch::fma_chain(x.into_dispatch(), chain))
}
