//! Functions that several WGSL files share: `parts/*.wgsl`, put between a file's constants and its text.

/// Channels that one load fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// One, where four does not divide the number of channels.
    One = 1,
    /// Four.
    Four = 4,
}

impl Width {
    /// Both.
    pub const ALL: [Self; 2] = [Self::One, Self::Four];

    /// The widest that divides `channels`.
    pub fn of(channels: u32) -> Self {
        if channels.is_multiple_of(4) { Self::Four } else { Self::One }
    }

    pub(crate) fn constant(self) -> (&'static str, u32) {
        ("WIDTH", self as u32)
    }

    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::One => include_str!("../parts/value_one.wgsl"),
            Self::Four => include_str!("../parts/value_four.wgsl"),
        }
    }
}

/// What kernels may take for granted of a device's subgroups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subgroups {
    /// Nothing.
    #[default]
    Unknown,
    /// Each has this many neighbouring invocations, or more of them.
    AtLeast(u32),
    /// Each is eight lanes of a vector unit, of a driver that computes on the processor. There a subgroup's word costs an
    /// instruction, registers are memory, and loads and barriers are expensive.
    SoftwareOfEight,
}

/// Cooperative matrices, which the lanes of a subgroup hold and multiply together: factors of 16 bits, sums of 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CooperativeMatrices {
    /// Rows and columns: 8 or 16.
    pub side: u32,
    /// Lanes of the subgroups that kernels are built for. Where a driver may choose, it is asked which size it took.
    pub lanes: u32,
}

impl CooperativeMatrices {
    /// Those of devices that are known to have them: software drivers with vectors of 256 and of 512 bits, Apple's GPUs, NVIDIA's,
    /// and Radeon GPUs with long subgroups.
    pub(crate) const ALL: [Self; 5] = [
        Self { side: 8, lanes: 8 },
        Self { side: 8, lanes: 16 },
        Self { side: 8, lanes: 32 },
        Self { side: 16, lanes: 32 },
        Self { side: 16, lanes: 64 },
    ];
    /// What shaders with them ask of the language.
    pub(crate) const EXTENSIONS: &[&str] = &["f16", "wgpu_cooperative_matrix"];

    /// Whether kernels can be built for them: an invocation of a matmul reads one or two blocks of four rows of either factor in a
    /// step, and has registers for no more; in attention a row of scores has eight or sixteen quads, for one lane at least each.
    pub fn are_for_kernels(self) -> bool {
        let Self { side, lanes } = self;
        [8, 16].contains(&side) && lanes.is_power_of_two() && side * side <= 8 * lanes && lanes <= 4 * side
    }

    /// So many times 16 matrices of each factor are in a step of a matmul: more where subgroups have more lanes than a smaller
    /// step has blocks for.
    pub(crate) fn parts_of_step(self) -> u32 {
        (4 * self.lanes / (self.side * self.side)).max(1)
    }

    /// Their types, and how numbers come to 16 bits for them.
    pub(crate) fn parts(self) -> [&'static str; 2] {
        let types = match self.side {
            8 => include_str!("../parts/cooperative_matrices_8.wgsl"),
            _ => include_str!("../parts/cooperative_matrices_16.wgsl"),
        };
        [types, include_str!("../parts/halves.wgsl")]
    }
}

/// How neighbouring invocations add up what each of them holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sums {
    /// Through workgroup memory: any device.
    Workgroup = 0,
    /// Inside a subgroup: devices with subgroups that hold all of them.
    Subgroup = 1,
}

impl Sums {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Workgroup, Self::Subgroup];

    pub(crate) fn constant(self) -> (&'static str, u32) {
        ("SUBGROUP_SUMS", self as u32)
    }

    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Workgroup => include_str!("../parts/sum_workgroup.wgsl"),
            Self::Subgroup => include_str!("../parts/sum_subgroup.wgsl"),
        }
    }
}
