//! Group norm with optional SiLU: its three kernels `group_norm_moments.wgsl`, `group_norm_statistics.wgsl` and
//! `group_norm_silu.wgsl`, their parameters and their reference implementation. Layer norm is the case of one position and one group.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::parts::{Sums, Width};
use crate::{Prelude, Shader, spread};

/// Invocations of a workgroup of the kernels that see the positions.
pub const WORKGROUP: u32 = 64;
/// Invocations of the statistics' workgroup: through workgroup memory and in a subgroup.
const STATISTICS_WORKGROUPS: [u32; 2] = [64, SUBGROUP];
/// The least subgroup that [`Sums::Subgroup`] takes.
const SUBGROUP: u32 = 8;
/// Positions of one invocation: few of a small input, which would leave a GPU idle otherwise.
const PART_POSITIONS: [u32; 2] = [16, 32];
/// Loads of an input from which on it is large.
const LARGE_LOADS: u32 = 1 << 18;

/// The first kernel: moments of channels over parts of the positions. Bindings: `x`, moments, parameters.
pub fn moments(width: Width) -> Shader {
    let wgsl = include_str!("../wgsl/group_norm_moments.wgsl");
    shader("group_norm_moments", wgsl, vec![width.constant(), ("WORKGROUP", WORKGROUP)], width.part())
}

/// The second kernel: statistics of groups. Bindings: moments, statistics, parameters. In a subgroup it runs eight
/// invocations, which is for software drivers; GPUs have more to give to so long a sum.
pub fn statistics(sums: Sums) -> Shader {
    let wgsl = include_str!("../wgsl/group_norm_statistics.wgsl");
    let lanes = statistics_workgroup(sums);
    let constants = vec![sums.constant(), ("WORKGROUP", lanes), ("LANES", lanes)];
    shader("group_norm_statistics", wgsl, constants, sums.part())
}

/// Invocations of a workgroup of [`statistics`].
pub fn statistics_workgroup(sums: Sums) -> u32 {
    STATISTICS_WORKGROUPS[sums as usize]
}

/// The last kernel: the result. Bindings: `x`, gamma, beta, statistics, result, parameters.
pub fn normalise(width: Width) -> Shader {
    let wgsl = include_str!("../wgsl/group_norm_silu.wgsl");
    shader("group_norm_silu", wgsl, vec![width.constant(), ("WORKGROUP", WORKGROUP)], width.part())
}

fn shader(stem: &'static str, wgsl: &'static str, constants: Vec<(&'static str, u32)>, part: &'static str) -> Shader {
    Shader {
        stem,
        wgsl,
        extensions: &[],
        prelude: Prelude(constants),
        parts: vec![part],
        params: &Params::LAYOUT,
        params_bytes: size_of::<Params>(),
    }
}

/// Everything that devices may run.
pub(crate) fn variants() -> Vec<Shader> {
    let mut shaders = Width::ALL.map(moments).to_vec();
    shaders.extend(Sums::ALL.map(statistics));
    shaders.extend(Width::ALL.map(normalise));
    shaders
}

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Samples, each with statistics of its own.
    pub n: u32,
    /// Positions of one sample.
    pub positions: u32,
    /// Channels, the fastest axis.
    pub channels: u32,
    /// Groups; divides `channels`.
    pub groups: u32,
    /// Pieces into which the positions of a sample are cut.
    pub parts: u32,
    /// Positions of one piece; the last may be shorter.
    pub part_positions: u32,
    /// Added to the variance.
    pub eps: f32,
    /// [`Params::NO_ACTIVATION`] or [`Params::SILU`].
    pub activation: u32,
}

impl Params {
    /// The normalised value is the result.
    pub const NO_ACTIVATION: u32 = 0;
    /// `y * sigmoid(y)` follows.
    pub const SILU: u32 = 1;

    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 8] = [
        ("n", offset_of!(Self, n)),
        ("positions", offset_of!(Self, positions)),
        ("channels", offset_of!(Self, channels)),
        ("groups", offset_of!(Self, groups)),
        ("parts", offset_of!(Self, parts)),
        ("part_positions", offset_of!(Self, part_positions)),
        ("eps", offset_of!(Self, eps)),
        ("activation", offset_of!(Self, activation)),
    ];

    /// Parameters with the cut into parts that suits the sizes; `activation` is one of the constants here.
    ///
    /// # Panics
    /// When the groups do not divide the channels: a bug of the caller.
    pub fn new([n, positions, channels]: [u32; 3], groups: u32, eps: f32, activation: u32) -> Self {
        assert!(groups > 0 && channels.is_multiple_of(groups), "{groups} groups do not divide {channels} channels");
        let loads = n * positions * (channels / Width::of(channels) as u32);
        let part_positions = PART_POSITIONS[usize::from(loads >= LARGE_LOADS)];
        let parts = positions.div_ceil(part_positions);
        Self { n, positions, channels, groups, parts, part_positions, eps, activation }
    }

    /// Workgroups of [`moments`] and [`normalise`] along the three axes.
    pub fn workgroups(&self) -> [u32; 3] {
        let invocations = self.n * self.parts * (self.channels / Width::of(self.channels) as u32);
        spread(invocations.div_ceil(WORKGROUP))
    }

    /// Workgroups of [`statistics`] along the three axes: group, sample.
    pub fn statistics_workgroups(&self) -> [u32; 3] {
        [self.groups, self.n, 1]
    }

    /// Values of the buffer of moments.
    pub fn moments(&self) -> u32 {
        2 * self.n * self.parts * self.channels
    }

    /// Values of the buffer of statistics.
    pub fn statistics(&self) -> u32 {
        2 * self.n * self.channels
    }
}

/// The reference implementation, in f64 inside: `x` of `[n, positions, channels]`, `gamma` and `beta` of `[channels]`, mean and biased
/// variance over the positions and channels of each group.
///
/// # Panics
/// When the slices do not have these lengths: a bug of the caller.
pub fn group_norm_silu(x: &[f32], gamma: &[f32], beta: &[f32], params: &Params) -> Vec<f32> {
    let Params { n, positions, channels, groups, eps, activation, .. } = *params;
    let [n, positions, channels, groups] = [n, positions, channels, groups].map(|size| size as usize);
    assert_eq!(x.len(), n * positions * channels, "x is [n, positions, channels]");
    assert_eq!([gamma.len(), beta.len()], [channels; 2], "gamma and beta are [channels]");
    let group_channels = channels / groups;
    let count = (positions * group_channels) as f64;
    let mut y = vec![0.0; x.len()];
    for sample in 0..n {
        for group in 0..groups {
            let elements = (0..positions).flat_map(|position| {
                let first = (sample * positions + position) * channels + group * group_channels;
                first..first + group_channels
            });
            let mean = elements.clone().map(|i| f64::from(x[i])).sum::<f64>() / count;
            let variance = elements.clone().map(|i| (f64::from(x[i]) - mean).powi(2)).sum::<f64>() / count;
            let inverse_std = 1.0 / (variance + f64::from(eps)).sqrt();
            for i in elements {
                let channel = i % channels;
                let value =
                    (f64::from(x[i]) - mean) * inverse_std * f64::from(gamma[channel]) + f64::from(beta[channel]);
                let value = if activation == Params::SILU { value / (1.0 + (-value).exp()) } else { value };
                y[i] = value as f32;
            }
        }
    }
    y
}
