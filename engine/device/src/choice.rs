//! The choice of a device as a user names it, and what a device is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Capabilities, DeviceDrawback, GpuMemory, NotADevice};

/// A device as a user names it: `auto`, `cpu`, `gpu` or `gpu:N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The best adapter by type and limits; the CPU when there is none worth it.
    #[default]
    Auto,
    /// The CPU device, which needs no driver.
    Cpu,
    /// A GPU: the best one, or the one with this index in `hummingbird devices`.
    Gpu(Option<usize>),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(None) => f.write_str("gpu"),
            Self::Gpu(Some(index)) => write!(f, "gpu:{index}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = NotADevice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(None)),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(|index| Self::Gpu(Some(index)))
                .ok_or_else(|| NotADevice { text: text.to_owned() }),
        }
    }
}

/// What kind of device something is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A graphics card with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU inside a virtual machine.
    Virtual,
    /// A GPU whose driver does not say what it is.
    Other,
    /// A driver that computes on the processor: good for tests only.
    Software,
    /// The CPU device.
    Cpu,
}

/// One line of `hummingbird devices`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceInfo {
    /// How to ask for it: `cpu`, `gpu:0`, ...
    pub choice: String,
    /// Name of the adapter.
    pub name: String,
    /// What kind it is.
    pub kind: DeviceKind,
    /// Graphics interface: Vulkan, Metal, Dx12, Gl; `none` for the CPU.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
    /// Largest storage buffer in bytes; 0 for the CPU, which has no such limit.
    pub max_buffer_bytes: u64,
    /// Whether `auto` picks it.
    pub chosen_by_auto: bool,
    /// Its place in the order in which `auto` tries devices until one opens; `None` for one that it never takes.
    #[serde(skip)]
    pub auto_place: Option<usize>,
    /// What tells what is kept of it from that of other devices and drivers.
    #[serde(skip)]
    pub key: Option<String>,
    /// What speaks against it.
    pub drawback: Option<DeviceDrawback>,
    /// What a GPU can do, with the speeds that were measured if it was opened before; `None` for the CPU.
    pub capabilities: Option<Capabilities>,
    /// Its memory now, where its driver says so.
    pub memory: Option<GpuMemory>,
    /// Kernels that were tried when it was first opened, by kind of work.
    pub tried: Vec<TriedKernel>,
}

/// A kind of kernel at a kind of work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriedKernel {
    /// The work.
    pub work: String,
    /// The kernel.
    pub kernel: String,
    /// What came of it.
    pub outcome: TrialOutcome,
    /// Whether the device takes it: the fastest that is right.
    pub is_taken: bool,
}

impl TriedKernel {
    /// Whether it goes through cooperative matrices, whose peak is another one.
    pub fn has_matrices(&self) -> bool {
        self.kernel.starts_with(MATRICES)
    }
}

/// How names of kernels begin that go through cooperative matrices.
pub const MATRICES: &str = "matrices";

/// What came of trying a kernel on a device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    /// Its results are wrong.
    Wrong,
    /// They are right; how fast it is was not asked.
    Right,
    /// They are right, and it makes so many floating point operations each second.
    FlopPerSec(f64),
}

impl TrialOutcome {
    /// Operations each second: zero for a kernel that is wrong, `None` where nobody asked.
    pub fn flop_per_sec(self) -> Option<f64> {
        match self {
            Self::Wrong => Some(0.0),
            Self::Right => None,
            Self::FlopPerSec(flops) => Some(flops),
        }
    }

    /// As one number, in the file of speeds. No device makes a single operation each second, so that number is free.
    pub(crate) fn to_kept(self) -> f64 {
        match self {
            Self::Wrong => 0.0,
            Self::Right => 1.0,
            Self::FlopPerSec(flops) => flops,
        }
    }

    /// Of that number.
    pub(crate) fn of_kept(kept: f64) -> Self {
        match kept {
            0.0 => Self::Wrong,
            1.0 => Self::Right,
            flops => Self::FlopPerSec(flops),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for text in ["auto", "cpu", "gpu", "gpu:3"] {
            assert_eq!(text.parse::<DeviceChoice>().map(|choice| choice.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "GPU", "gpu:", "gpu:-1", "gpu:x", "cuda"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text:?} is not a device");
        }
    }
}
