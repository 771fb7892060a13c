//! Chains of multiply-adds.

use hummingbird_shaders::fma_chain::fma_chain as reference;

use super::support::{Tol, devices, noise, tensor, values};
use crate::{FmaChain, fma_chain};

#[test]
fn chains_agree_with_the_reference_on_every_device() {
    // Each multiply-add may be rounded twice where it is not fused; the factor below one forgets old roundings.
    let tol = Tol { rtol: 2e-6, atol: 2e-6, why: "a few roundings of values below 2" };
    // One invocation, a workgroup that is not full, and more than a task of the CPU with whole and single registers.
    for count in [8, 1000, 3072 + 192 + 24] {
        let x = noise(count, 3);
        for turns in [0, 1, 5] {
            let chain = FmaChain { scale: 0.97, shift: 0.02, turns };
            let expected = reference(&x, chain.scale, chain.shift, turns * FmaChain::TURN_LINKS);
            for (name, device) in devices() {
                let y = values(fma_chain(tensor(&x, [count], &device), chain));
                tol.check(&format!("{name}: {count} values, {turns} turns"), &y, &expected);
            }
        }
    }
}
