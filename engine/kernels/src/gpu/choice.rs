//! Which kernel a device takes where several give the result: what was measured of it, else what is the fastest on most.

use cubecl::client::Client;
use hummingbird_device::{Capabilities, MATRICES, capabilities_of};
use hummingbird_shaders::matmul::{Format, Plan};

use super::adapter::has_halves;
use super::{adapter, software};

/// Kinds of work for which the choice is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Matmuls with weights of a format that may be rounded to 16 bits.
    Matmul {
        /// What is multiplied.
        kind: MatmulKind,
        /// Whether the result has enough tiles of the largest size to keep a device busy.
        large: bool,
    },
    /// Attention over long sequences that may be rounded to 16 bits.
    Attention,
}

/// What a matmul multiplies: weights that may be rounded have kernels of their own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatmulKind {
    /// Weights of 16 bits.
    F16,
    /// Weights of 8 bits in linear layers and convolutions of one pixel.
    Q8,
    /// Weights of 8 bits in convolutions of more pixels.
    Q8Patches,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Matmul { kind: MatmulKind::F16, large: true },
        Self::Matmul { kind: MatmulKind::F16, large: false },
        Self::Matmul { kind: MatmulKind::Q8, large: true },
        Self::Matmul { kind: MatmulKind::Q8, large: false },
        Self::Matmul { kind: MatmulKind::Q8Patches, large: true },
        Self::Matmul { kind: MatmulKind::Q8Patches, large: false },
        Self::Attention,
    ];

    /// That of a matmul with patches of so many pixels and a result of so many rows and, gates among them, columns; `None` for weights
    /// that are not rounded.
    fn of_matmul(format: Format, taps: u32, [rows, columns]: [u32; 2]) -> Option<Self> {
        let kind = match format {
            Format::F32 | Format::F16 => return None,
            Format::NativeF16 => MatmulKind::F16,
            Format::Q8 if taps == 1 => MatmulKind::Q8,
            Format::Q8 => MatmulKind::Q8Patches,
        };
        Some(Self::Matmul { kind, large: Plan::is_large(rows, columns) })
    }

    /// Its place among a device's choices.
    fn index(self) -> usize {
        Self::ALL.iter().position(|&workload| workload == self).expect("ALL has every workload")
    }

    /// Its name, in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Matmul { kind: MatmulKind::F16, large: true } => "matmul f16, large",
            Self::Matmul { kind: MatmulKind::F16, large: false } => "matmul f16, small",
            Self::Matmul { kind: MatmulKind::Q8, large: true } => "matmul q8, large",
            Self::Matmul { kind: MatmulKind::Q8, large: false } => "matmul q8, small",
            Self::Matmul { kind: MatmulKind::Q8Patches, large: true } => "convolution q8, large",
            Self::Matmul { kind: MatmulKind::Q8Patches, large: false } => "convolution q8, small",
            Self::Attention => "attention",
        }
    }
}

/// Kinds of kernels among which there is a choice, the one that is the fastest on most devices first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// Cooperative matrices, eight along a side of a tile.
    LargeMatrices = 1,
    /// Cooperative matrices, four along a side of a tile.
    SmallMatrices = 2,
    /// Cooperative matrices, in attention.
    Matrices = 3,
    /// Halves, two at once.
    Packed = 4,
    /// Numbers of 32 bits: right on every device.
    Plain = 5,
    /// Bytes, four at once.
    Dots = 6,
}

impl Candidate {
    const ALL: [Self; 6] =
        [Self::LargeMatrices, Self::SmallMatrices, Self::Matrices, Self::Dots, Self::Packed, Self::Plain];

    /// Those for a kind of work on a device with such capabilities.
    pub fn of(workload: Workload, can: &Capabilities) -> Vec<Self> {
        let has_matrices = can.cooperative_matrices.is_some();
        let is_there = |candidate: &Self| match (candidate, workload) {
            (Self::LargeMatrices, Workload::Matmul { large, .. }) => has_matrices && large,
            (Self::SmallMatrices, Workload::Matmul { .. }) | (Self::Matrices, Workload::Attention) => has_matrices,
            (Self::Dots, Workload::Matmul { kind, .. }) => kind == MatmulKind::Q8,
            (Self::Packed, Workload::Matmul { .. }) => can.f16,
            (Self::Plain, _) => true,
            _ => false,
        };
        Self::ALL.into_iter().filter(is_there).collect()
    }

    /// Its name, in files and reports.
    pub fn name(self, can: &Capabilities) -> String {
        let matrices = || match can.cooperative_matrices {
            Some(it) => format!("{MATRICES} of {0}x{0}, subgroups of {1}", it.side, it.lanes),
            None => MATRICES.to_owned(),
        };
        match self {
            Self::LargeMatrices => format!("{}, 8 across", matrices()),
            Self::SmallMatrices => format!("{}, 4 across", matrices()),
            Self::Matrices => matrices(),
            Self::Dots => "8-bit dot products".to_owned(),
            Self::Packed => "packed halves".to_owned(),
            Self::Plain => "f32".to_owned(),
        }
    }

    /// Whether it goes through cooperative matrices.
    pub fn has_matrices(self) -> bool {
        matches!(self, Self::LargeMatrices | Self::SmallMatrices | Self::Matrices)
    }
}

/// Has a device take a kind of kernel for a kind of work.
pub(crate) fn choose(can: &mut Capabilities, workload: Workload, candidate: Candidate) {
    can.choices.0[workload.index()] = candidate as u8;
}

/// What a device takes for a kind of work: what was chosen, else the first that it has.
///
/// Packed halves round sums too, and dot products round factors to 8 bits, so only a measurement chooses them.
pub(crate) fn chosen(can: &Capabilities, workload: Workload) -> Candidate {
    let offered = Candidate::of(workload, can);
    let number = can.choices.0[workload.index()];
    let measured = offered.iter().find(|&&candidate| candidate as u8 == number);
    let is_expected = |candidate: &&Candidate| !matches!(candidate, Candidate::Packed | Candidate::Dots);
    let expected = || offered.iter().find(is_expected);
    measured.or_else(expected).copied().unwrap_or(Candidate::Plain)
}

/// The kernel for a matmul of so many rows and columns, where gated both halves of them, with patches of `taps` pixels.
pub(super) fn matmul_plan(
    client: &Client,
    (format, taps): (Format, u32),
    [rows, columns]: [u32; 2],
    gated: bool,
) -> Plan {
    let lanes = software::lanes(client);
    let plain = Plan::new(rows, columns, gated, lanes);
    let columns = if gated { 2 * columns } else { columns };
    let workload = Workload::of_matmul(format, taps, [rows, columns]);
    let Some(workload) = workload.filter(|_| lanes.is_none()) else { return plain };
    let limits = &client.properties().hardware;
    let (invocations, memory) = (limits.max_units_per_cube, limits.max_shared_memory_size as u32);
    let cooperative = |across| {
        let matrices = adapter::cooperative_matrices(client)?;
        Plan::cooperative(rows, matrices, across, invocations, memory)
    };
    match chosen(&capabilities_of(client), workload) {
        Candidate::LargeMatrices => cooperative(8).or_else(|| cooperative(4)),
        Candidate::SmallMatrices => cooperative(4),
        Candidate::Dots => Plan::dots(rows, columns, taps),
        Candidate::Packed => Plan::packed(rows, columns).filter(|_| has_halves(client)),
        Candidate::Matrices | Candidate::Plain => None,
    }
    .unwrap_or(plain)
}
