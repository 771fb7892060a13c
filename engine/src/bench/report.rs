//! What a bench found.

use serde::Serialize;

/// What was timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One operation of `kernels`.
    Kernel,
    /// A block of the U-Net.
    Block,
    /// A stage of the data path.
    Stage,
}

impl Kind {
    /// A short label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Block => "block",
            Self::Stage => "stage",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// What it is.
    pub kind: Kind,
    /// Name; with `shape` unique in a report.
    pub name: String,
    /// Shapes of what goes in, channels last.
    pub shape: String,
    /// Time of the fastest run.
    pub milliseconds: f64,
    /// Runs that counted.
    pub runs: u32,
    /// Operations of one run in 1e9: two for each multiply-add of products, convolutions and attention; 0 where there are none.
    pub gflop: f64,
    /// Operations a second in 1e9.
    pub gflops: f64,
    /// What the device reached at most just before and after, in 1e9 operations a second: through its cooperative matrices for
    /// kernels and stages with weights of 16 bits or less, where it has them, else in f32.
    pub peak_gflops: f64,
    /// `gflops` as a share of `peak_gflops`.
    pub share_of_peak: f64,
    /// Whether that share can be trusted: before and after the device was about as fast as it was at best in this bench, and the
    /// share is none of more than all. If not, something else used the device or its clock fell, and the time is too long too.
    pub is_steady: bool,
    /// The slower of the samples before and after, as a share of the best of the whole bench.
    pub least_share_of_best: f64,
    /// Bytes of operands, weights and result, each once, by the time.
    pub gigabytes_per_sec: f64,
    /// Those bytes.
    pub bytes: u64,
    /// Bytes that the case held at most on its device, operands included: on a GPU what its pools held afterwards, in whole
    /// pages; on the CPU as counted by [`crate::memory::Allocator`], where the program has it.
    pub device_bytes: Option<u64>,
    /// The longest that a GPU was kept busy by what it was handed at once, in one more run of a stage: a screen that it draws
    /// stands still for so long. None on the CPU and for other cases.
    pub longest_submission_ms: Option<f64>,
}

/// A whole bench.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Model whose shapes were timed.
    pub model: String,
    /// Device.
    pub device: String,
    /// `fused`, or `unfused` where burn's own operations ran.
    pub kernel_path: String,
    /// Frames of the clip.
    pub frames: u32,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Multiply-adds of the device in 1e9 operations a second, f32, two for each: the most of all samples.
    pub peak_gflops: f64,
    /// The same through cooperative matrices, factors of 16 bits and sums of 32, where matmuls use them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_matrix_gflops: Option<f64>,
    /// What was timed, in order.
    pub measurements: Vec<Measurement>,
}

impl Report {
    /// A sentence about the measurements whose shares cannot be trusted; `None` without any.
    pub fn doubts(&self) -> Option<String> {
        let doubtful = self.measurements.iter().filter(|it| !it.is_steady);
        let count = doubtful.clone().count();
        let least = doubtful.map(|it| it.least_share_of_best).fold(f64::INFINITY, f64::min);
        (count > 0).then(|| {
            format!(
                "The device was not steady beside {count} of {} measurements (down to {:.0}% of its best): something else used it, or \
                 its clock fell. Times marked ? may be too long, and their shares of the peak are wrong: measure again on a quiet machine.",
                self.measurements.len(),
                100.0 * least
            )
        })
    }
}
