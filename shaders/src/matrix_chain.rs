//! Chains of products of cooperative matrices, by which the peak of a device's matrix units is measured: `matrix_chain.wgsl`, its
//! parameters and its reference implementation.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::parts::CooperativeMatrices;
use crate::{Prelude, Shader};

/// Subgroups of a workgroup.
pub const SUBGROUPS: u32 = 4;
/// Products of a subgroup in one turn of the loop.
pub const TURN_PRODUCTS: u32 = 8;

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Turns of the loop, at most [`crate::fma_chain::MAX_TURNS`].
    pub turns: u32,
    /// All values of the one matrix.
    pub left: f32,
    /// All values of the other.
    pub right: f32,
}

impl Params {
    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 3] =
        [("turns", offset_of!(Self, turns)), ("left", offset_of!(Self, left)), ("right", offset_of!(Self, right))];
}

/// The kernel. Bindings: a matrix of sums for each subgroup, parameters; one workgroup after the other along the first axis.
pub fn shader(matrices: CooperativeMatrices) -> Shader {
    let CooperativeMatrices { side, lanes } = matrices;
    Shader {
        stem: "matrix_chain",
        wgsl: include_str!("../wgsl/matrix_chain.wgsl"),
        extensions: CooperativeMatrices::EXTENSIONS,
        prelude: Prelude(vec![("SIDE", side), ("LANES", lanes), ("WORKGROUP", SUBGROUPS * lanes)]),
        parts: matrices.parts().to_vec(),
        params: &Params::LAYOUT,
        params_bytes: size_of::<Params>(),
    }
}

/// The reference implementation: what every value of every sum is.
pub fn matrix_chain(params: &Params, matrices: CooperativeMatrices) -> f32 {
    let starts: u32 = (0..TURN_PRODUCTS).sum();
    let products = f64::from(TURN_PRODUCTS) * f64::from(params.turns) * f64::from(matrices.side);
    (f64::from(starts) + products * f64::from(params.left) * f64::from(params.right)) as f32
}

/// Operations of so many workgroups, two for each multiply-add.
pub fn flop(params: &Params, matrices: CooperativeMatrices, workgroups: u32) -> f64 {
    let products = f64::from(workgroups * SUBGROUPS) * f64::from(params.turns) * f64::from(TURN_PRODUCTS);
    products * 2.0 * f64::from(matrices.side).powi(3)
}
