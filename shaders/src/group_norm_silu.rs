//! Group norm with optional SiLU: `group_norm_silu.wgsl`, its parameters and its CPU twin. Layer norm is the case of
//! one position and one group.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::{Prelude, Shader};

/// The kernel without its prelude.
const WGSL: &str = include_str!("../wgsl/group_norm_silu.wgsl");
/// Invocations of a workgroup: the most that every WebGPU device grants.
pub const WORKGROUP: u32 = 256;
/// Values of one workgroup: 64 for each invocation, so that sums stay short and large samples still fill a GPU.
const CHUNK_VALUES: u32 = 64 * WORKGROUP;

/// The passes of the kernel, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Sums of each chunk.
    Sums = 0,
    /// Sums of squared distances from the mean of each chunk.
    Squares = 1,
    /// The result.
    Normalise = 2,
}

impl Stage {
    /// All stages in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Sums, Self::Squares, Self::Normalise];

    /// The kernel of this stage.
    pub fn shader(self) -> Shader {
        let prelude = Prelude(vec![("STAGE", self as u32), ("WORKGROUP", WORKGROUP)]);
        Shader {
            stem: "group_norm_silu",
            wgsl: WGSL,
            prelude,
            parts: vec![],
            params: &Params::LAYOUT,
            params_bytes: size_of::<Params>(),
        }
    }
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
    /// Pieces into which the positions of a sample are cut, one workgroup each.
    pub chunks: u32,
    /// Positions of one piece; the last may be shorter.
    pub chunk_positions: u32,
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
        ("chunks", offset_of!(Self, chunks)),
        ("chunk_positions", offset_of!(Self, chunk_positions)),
        ("eps", offset_of!(Self, eps)),
        ("activation", offset_of!(Self, activation)),
    ];

    /// Parameters with the cut into chunks that suits the sizes; `activation` is one of the constants here.
    ///
    /// # Panics
    /// When the groups do not divide the channels: a bug of the caller.
    pub fn new([n, positions, channels]: [u32; 3], groups: u32, eps: f32, activation: u32) -> Self {
        assert!(groups > 0 && channels.is_multiple_of(groups), "{groups} groups do not divide {channels} channels");
        let chunk_positions = (CHUNK_VALUES / (channels / groups).max(1)).clamp(1, positions.max(1));
        Self {
            n,
            positions,
            channels,
            groups,
            chunks: positions.div_ceil(chunk_positions),
            chunk_positions,
            eps,
            activation,
        }
    }

    /// Workgroups along the three axes: group, chunk, sample.
    pub fn workgroups(&self) -> [u32; 3] {
        [self.groups, self.chunks, self.n]
    }

    /// Values of the buffer between the stages.
    pub fn partials(&self) -> u32 {
        2 * self.n * self.groups * self.chunks
    }
}

/// The CPU twin, in f64 inside: `x` of `[n, positions, channels]`, `gamma` and `beta` of `[channels]`, mean and biased
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
