//! Chains of multiply-adds in the widest registers of the processor, on all threads.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::fma_chain::FmaChain;

/// Registers that go through the chain at once: enough to keep two units of a latency of four or five cycles busy, and few
/// enough to leave some of sixteen registers for the factors.
const REGISTERS: usize = 12;
/// Values of a task: whole groups of registers of every width.
const TASK: usize = 16 * 16 * REGISTERS;

/// [`super::super::fma_chain()`] in place.
pub fn forward(values: &mut [f32], chain: FmaChain) {
    let arch = Arch::new();
    values.par_chunks_mut(TASK).for_each(|values| arch.dispatch(Task { values, chain }));
}

struct Task<'a> {
    values: &'a mut [f32],
    chain: FmaChain,
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let FmaChain { scale, shift, turns } = self.chain;
        let links = turns * FmaChain::TURN_LINKS;
        let (vectors, rest) = S::as_mut_simd_f32s(self.values);
        let (groups, single) = vectors.as_chunks_mut::<REGISTERS>();
        let (scales, shifts) = (simd.splat_f32s(scale), simd.splat_f32s(shift));
        for group in groups {
            let mut registers = *group;
            for _ in 0..links {
                for register in &mut registers {
                    *register = simd.mul_add_f32s(*register, scales, shifts);
                }
            }
            *group = registers;
        }
        for vector in single {
            for _ in 0..links {
                *vector = simd.mul_add_f32s(*vector, scales, shifts);
            }
        }
        for value in rest {
            for _ in 0..links {
                *value = value.mul_add(scale, shift);
            }
        }
    }
}
