//! Chains of multiply-adds, by which a device's arithmetic peak is measured: `fma_chain.wgsl`, its parameters and its CPU
//! reference implementation.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::{Prelude, Shader, spread};

/// The kernel without its prelude.
const WGSL: &str = include_str!("../wgsl/fma_chain.wgsl");
/// Invocations of a workgroup: the most that every WebGPU device grants.
pub const WORKGROUP: u32 = 256;
/// Multiply-adds of each value in one turn of the loop, so that the loop itself costs little.
pub const TURN_LINKS: u32 = 16;
/// Most turns of the loop: some drivers stop longer ones silently.
pub const MAX_TURNS: u32 = 65_535;
/// Values that one invocation holds.
pub const VALUES: u32 = 8;

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Pairs of vectors of four values, one for each invocation.
    pub pairs: u32,
    /// Turns of the loop, at most [`MAX_TURNS`], of [`TURN_LINKS`] multiply-adds of each value.
    pub turns: u32,
    /// What a value is multiplied with.
    pub scale: f32,
    /// What is added then.
    pub shift: f32,
}

impl Params {
    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 4] = [
        ("pairs", offset_of!(Self, pairs)),
        ("turns", offset_of!(Self, turns)),
        ("scale", offset_of!(Self, scale)),
        ("shift", offset_of!(Self, shift)),
    ];

    /// Workgroups along the three axes; the kernel counts on along the second when the first is full.
    pub fn workgroups(&self) -> [u32; 3] {
        spread(self.pairs.div_ceil(WORKGROUP))
    }
}

/// The kernel.
pub fn shader() -> Shader {
    let prelude = Prelude(vec![("WORKGROUP", WORKGROUP), ("TURN_LINKS", TURN_LINKS)]);
    Shader {
        stem: "fma_chain",
        parts: vec![],
        wgsl: WGSL,
        extensions: &[],
        prelude,
        params: &Params::LAYOUT,
        params_bytes: size_of::<Params>(),
    }
}

/// The reference implementation: each value `links` times through `x * scale + shift`, rounded once each time.
pub fn fma_chain(x: &[f32], scale: f32, shift: f32, links: u32) -> Vec<f32> {
    x.iter().map(|&x| (0..links).fold(x, |x, _| x.mul_add(scale, shift))).collect()
}
