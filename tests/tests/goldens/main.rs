//! Each network stage gives what the reference computed, on the CPU device and on a GPU.
//!
//! The goldens come from the public reference code (AMD-Hummingbird-T2V at ef9fe59) in f32 on a CPU, with tiny networks whose
//! weights follow a rule. `HUMMINGBIRD_GOLDENS=FOLDERS` compares with folders of complete goldens (separated like those of
//! `PATH`) instead of the reduced ones in `tests/data/golden`.

mod conditions;
mod end_to_end;
mod epsilons;
mod noise;
mod reuse;
mod text;
mod training;
mod trajectories;
mod unet;
mod vae;

use hummingbird_tests::compare::Tol;

/// Results of networks of this size, in f32 against the same in f64, are off by 2e-6 to 4e-6 in the reference itself, ours by
/// at most 6e-6 on both devices; blocks are off by at most 5e-7 times the root of their depth. The smallest mistake known,
/// one wrong epsilon, shows as 1.6e-5.
const TOL: Tol = Tol { atol: 1e-5, block_rms: 8e-7, why: "f32 sums in another order" };
