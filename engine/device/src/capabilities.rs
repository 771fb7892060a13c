//! What a GPU can do, as one value: features and limits that its driver states, and speeds that were measured.

use serde::Serialize;

/// What a GPU can do. Kernels choose their code by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Capabilities {
    /// Its cooperative matrices, if it was opened with some and they were found to multiply correctly.
    pub cooperative_matrices: Option<CooperativeMatrices>,
    /// Its subgroups, if shaders may use their operations.
    pub subgroups: Option<SubgroupSizes>,
    /// Size of the subgroups of a driver that computes on the processor, where shaders may use their operations; such drivers
    /// have kernels of their own.
    pub software_lanes: Option<u32>,
    /// Whether shaders have a type of 16 bits for numbers.
    pub f16: bool,
    /// Sizes that its driver allows.
    pub limits: Limits,
    /// What was measured when it was first opened.
    pub speeds: Speeds,
    /// Which kernels were the fastest then.
    #[serde(skip)]
    pub choices: KernelChoices,
}

/// For kinds of work of which a device has several kernels, the number of the one that it takes; zero where none was chosen. What
/// the places and the numbers mean is the kernels' own matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KernelChoices(pub [u8; 8]);

/// Cooperative matrices: factors of 16 bits, sums of 32, spread over the lanes of one subgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CooperativeMatrices {
    /// Rows and columns.
    pub side: u32,
    /// Lanes of the subgroups for which kernels are built. A driver that may choose has been asked, once the device is open.
    pub lanes: u32,
}

/// Lanes of a subgroup, which may differ from kernel to kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SubgroupSizes {
    /// Fewest lanes.
    pub min: u32,
    /// Most lanes.
    pub max: u32,
}

/// Sizes that a driver allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Largest buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Largest part of a buffer that a shader can use, in bytes.
    pub max_binding_bytes: u64,
    /// Most threads of a workgroup.
    pub max_workgroup_threads: u32,
    /// Memory that the threads of a workgroup share, in bytes.
    pub max_workgroup_bytes: u32,
}

/// Which kernels a launch takes, as far as their speeds differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelSpeed {
    /// Kernels that compute in f32 with weights in f32, and everything that has no speed of its own.
    F32,
    /// The same with weights in f16.
    F16,
    /// The same with weights in 8 bits.
    Q8,
    /// Kernels that use cooperative matrices.
    Cooperative,
}

impl KernelSpeed {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q8, Self::Cooperative];
}

/// Measured speeds of matmul kernels in operations (FLOP) each second; `None` where none was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Speeds {
    /// Weights in f32.
    pub f32: Option<f64>,
    /// Weights in f16.
    pub f16: Option<f64>,
    /// Weights in 8 bits.
    pub q8: Option<f64>,
    /// Cooperative matrices.
    pub cooperative: Option<f64>,
}

impl Speeds {
    /// The speed of kernels that nobody measured; no slower device is supported.
    pub const UNKNOWN: f64 = 1e11;

    /// What was measured of some kernels.
    pub fn of(&self, kernels: KernelSpeed) -> Option<f64> {
        match kernels {
            KernelSpeed::F32 => self.f32,
            KernelSpeed::F16 => self.f16,
            KernelSpeed::Q8 => self.q8,
            KernelSpeed::Cooperative => self.cooperative,
        }
    }

    /// Keeps what was measured of some kernels.
    pub fn set(&mut self, kernels: KernelSpeed, flop_per_sec: f64) {
        let speed = match kernels {
            KernelSpeed::F32 => &mut self.f32,
            KernelSpeed::F16 => &mut self.f16,
            KernelSpeed::Q8 => &mut self.q8,
            KernelSpeed::Cooperative => &mut self.cooperative,
        };
        *speed = Some(flop_per_sec);
    }

    /// The speed to count with: of kernels that were not measured, that of f32; of a device that was not measured,
    /// [`Speeds::UNKNOWN`].
    pub fn expected(&self, kernels: KernelSpeed) -> f64 {
        self.of(kernels).or(self.f32).unwrap_or(Self::UNKNOWN)
    }
}
