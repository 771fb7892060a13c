//! Layer norm: `layer_norm.wgsl` and its parameters. Its reference implementation is group norm's, with one position and one group.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::parts::{Subgroups, Sums, Width};
use crate::{Prelude, Shader, spread};

/// Loads that one invocation keeps in registers, at most.
const MAX_VALUES: u32 = 64;
/// Rows that a group of lanes does with one copy of gamma and beta, where there are rows enough.
const TURNS: u32 = 4;
/// Rows from which on there are enough.
const MANY_ROWS: u32 = 1 << 10;

/// How the kernel shares rows of some length among invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    width: Width,
    sums: Sums,
    /// Invocations of a row.
    lanes: u32,
    /// Loads of each.
    values: u32,
    workgroup: u32,
}

impl Plan {
    /// The plan for rows of `channels` on a device with such subgroups; `None` where the rows are too long for it.
    pub fn new(channels: u32, subgroups: Subgroups) -> Option<Self> {
        let width = Width::of(channels);
        let loads = channels / width as u32;
        let (sums, lanes, workgroup) = match subgroups {
            // A workgroup of one subgroup: the driver has nothing to change between.
            Subgroups::SoftwareOfEight => (Sums::Subgroup, 8, 8),
            Subgroups::AtLeast(size @ 8..) => (Sums::Subgroup, size.min(32), 64),
            // Each lane reads what all the others leave: few of them.
            _ => (Sums::Workgroup, if loads <= 64 { 4 } else { 16 }, 64),
        };
        let values = loads.div_ceil(lanes).max(1);
        (values <= MAX_VALUES).then_some(Self { width, sums, lanes, values, workgroup })
    }

    /// The kernel. Bindings: `x`, gamma, beta, result, parameters.
    pub fn shader(self) -> Shader {
        let constants = vec![
            self.width.constant(),
            self.sums.constant(),
            ("LANES", self.lanes),
            ("VALUES", self.values),
            ("WORKGROUP", self.workgroup),
        ];
        Shader {
            stem: "layer_norm",
            wgsl: include_str!("../wgsl/layer_norm.wgsl"),
            extensions: &[],
            prelude: Prelude(constants),
            parts: vec![self.width.part(), self.sums.part()],
            params: &Params::LAYOUT,
            params_bytes: size_of::<Params>(),
        }
    }

    /// Invocations of a workgroup.
    pub fn workgroup(self) -> u32 {
        self.workgroup
    }

    /// The parameters for `rows` rows of `channels`.
    pub fn params(self, rows: u32, channels: u32, eps: f32) -> Params {
        let turns = if rows >= MANY_ROWS { TURNS } else { 1 };
        Params { rows, row_values: channels / self.width as u32, turns, eps }
    }

    /// Workgroups along the three axes.
    pub fn workgroups(self, params: &Params) -> [u32; 3] {
        spread(params.rows.div_ceil(self.workgroup / self.lanes * params.turns))
    }
}

/// Each kind of plan, for rows of Nano, of the full models and of odd lengths.
pub(crate) fn variants() -> Vec<Shader> {
    const SUBGROUPS: [Subgroups; 3] = [Subgroups::Unknown, Subgroups::AtLeast(32), Subgroups::SoftwareOfEight];
    let plans = [7, 48, 320, 1024, 1280]
        .into_iter()
        .flat_map(|channels| SUBGROUPS.into_iter().filter_map(move |subgroups| Plan::new(channels, subgroups)));
    plans.map(Plan::shader).collect()
}

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Rows.
    pub rows: u32,
    /// Loads of a row.
    pub row_values: u32,
    /// Rows that one group of lanes does.
    pub turns: u32,
    /// Added to the variance.
    pub eps: f32,
}

impl Params {
    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 4] = [
        ("rows", offset_of!(Self, rows)),
        ("row_values", offset_of!(Self, row_values)),
        ("turns", offset_of!(Self, turns)),
        ("eps", offset_of!(Self, eps)),
    ];
}
