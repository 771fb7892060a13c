//! The number format of the factors of matmuls and convolutions on the CPU device.
//!
//! In mixed precision (Micikevicius et al. 2018) weights and sums stay f32 and only the factors of each product are rounded to bf16,
//! forward and backward. Processors that multiply pairs of bf16 do so at twice the speed of f32.

use std::cell::Cell;

use crate::cpu::matmul::{has_bf16, has_int8};

/// What factors are rounded to before they are multiplied. Sums are f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Factors {
    /// f32: nothing is rounded.
    #[default]
    F32,
    /// bf16, with 8 bits of mantissa. Attention, and matmuls of so few rows that packing their weight would take longer than the
    /// products, stay f32.
    Bf16,
    /// 8 bits with a scale for every 32 neighbours in the inner dimension, where the weight is stored in 8 bits; of other weights bf16, or
    /// f32 where the processor does not multiply that. Attention and matmuls of few rows stay f32 as with bf16.
    Int8,
}

impl Factors {
    /// Whether this machine's processor multiplies them.
    pub fn is_supported(self) -> bool {
        match self {
            Self::F32 => true,
            Self::Bf16 => has_bf16(),
            Self::Int8 => has_int8(),
        }
    }
}

thread_local! {
    static CURRENT: Cell<Factors> = const { Cell::new(Factors::F32) };
}

/// Runs `run`, whose matmuls and convolutions on the CPU device round their factors to `factors`. It must call them on this thread; a
/// task that rayon may run on a thread that waits within such a call has to say its own factors.
///
/// # Panics
/// When the processor does not multiply these factors ([`Factors::is_supported`]): a bug of the caller.
pub fn with_factors<T>(factors: Factors, run: impl FnOnce() -> T) -> T {
    /// Puts back what was there, also when `run` panics.
    struct Before(Factors);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    assert!(factors.is_supported(), "this processor does not multiply {factors:?}");
    let _before = Before(CURRENT.replace(factors));
    run()
}

/// What matmuls on this thread round their factors to now.
pub fn factors() -> Factors {
    CURRENT.get()
}
