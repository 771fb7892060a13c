//! Memory that the CPU device's kernels take beside their inputs and outputs, for plans of a job's memory.

use super::cpu::{attention, matmul};

/// Bytes of packed weights that a matmul to `columns` of sums over `inner` values holds while it runs; `gated` for GEGLU.
pub fn packed_weight_bytes(inner: usize, columns: usize, gated: bool) -> usize {
    size_of::<f32>() * matmul::packed_values(inner, columns, gated)
}

/// Bytes that each thread takes while attention to so many keys of `heads * d` channels runs.
pub fn attention_bytes(keys: usize, heads: usize, d: usize) -> usize {
    size_of::<f32>() * attention::task_values(keys, heads, d)
}
