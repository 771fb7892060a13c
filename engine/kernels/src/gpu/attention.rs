//! Attention without scores in memory.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_device::throttle::Work;
use hummingbird_device::{KernelSpeed, capabilities_of};
use hummingbird_shaders::attention::{Params, Plan, Sizes};

use super::adapter::{cooperative_matrices, subgroups, useful_cooperative_matrices};
use super::choice::{Candidate, Workload, chosen};
use super::{has_kernel, launch_lines, new_tensor};
use crate::attention::{AttentionOptions, Mask};

/// Queries, keys and values, in this order.
pub(crate) type Inputs = [CubeTensor; 3];

/// The kernel for these inputs, or `None`: other number formats and heads whose channels four does not divide.
pub(crate) fn plan(inputs: &Inputs, options: AttentionOptions) -> Option<Plan> {
    let [q, k, v] = inputs;
    if !has_kernel(&[q, k, v]) {
        return None;
    }
    let has_matrices = || useful_cooperative_matrices(&q.client).is_some();
    let takes_matrices = || chosen(&capabilities_of(&q.client), Workload::Attention) == Candidate::Matrices;
    (options.rounded && has_matrices() && takes_matrices())
        .then(|| cooperative_plan(inputs, options))
        .flatten()
        .or_else(|| Plan::new(sizes(inputs, options), subgroups(&q.client), shared_bytes(q)))
}

/// The kernel that rounds its inputs to 16 bits, where the device has matrices for it.
pub(crate) fn cooperative_plan(inputs: &Inputs, options: AttentionOptions) -> Option<Plan> {
    let q = &inputs[0];
    Plan::cooperative(sizes(inputs, options), cooperative_matrices(&q.client)?, shared_bytes(q))
}

/// The kernel of devices of which nothing is known.
#[cfg(test)]
pub(crate) fn portable_plan(inputs: &Inputs, options: AttentionOptions) -> Option<Plan> {
    Plan::new(sizes(inputs, options), hummingbird_shaders::parts::Subgroups::Unknown, shared_bytes(&inputs[0]))
}

fn shared_bytes(tensor: &CubeTensor) -> u32 {
    u32::try_from(tensor.client.properties().hardware.max_shared_memory_size).unwrap_or(u32::MAX)
}

/// Sizes with each sequence counted alone.
fn sizes([q, k, _]: &Inputs, options: AttentionOptions) -> Sizes {
    let AttentionOptions { heads, pixels, .. } = options;
    let [batch, q_rows, width] = q.shape().dims();
    let [_, k_rows, _] = k.shape().dims();
    Sizes {
        batch: batch * pixels,
        tokens_q: q_rows / pixels,
        tokens_k: k_rows / pixels,
        heads,
        head_channels: width / heads,
    }
}

/// Output in the shape of the queries and log-sum-exp `[batch * pixels, heads, tokens_q]`.
pub(crate) fn attend(plan: Plan, inputs: Inputs, options: AttentionOptions) -> (CubeTensor, CubeTensor) {
    let sizes = sizes(&inputs, options);
    let [q, k, v] = inputs.map(into_contiguous);
    let mask = match options.mask {
        Mask::None => Params::NO_MASK,
        Mask::Causal => Params::CAUSAL,
    };
    let params = plan.params(sizes, options.pixels, mask);
    let out = new_tensor(&q, q.shape(), DType::F32);
    let lse = new_tensor(&q, Shape::new([sizes.batch, sizes.heads, sizes.tokens_q]), DType::F32);
    // Two matmuls with keys and values; a causal mask spares up to half of them.
    let flop = 4.0 * (q.shape().num_elements() * sizes.tokens_k) as f64;
    let kernels = if matches!(plan, Plan::Cooperative { .. }) { KernelSpeed::Cooperative } else { KernelSpeed::F32 };
    let lines = (plan.groups(&params), Work::new(flop, kernels));
    launch_lines(&plan.shader(), plan.workgroup(), &[&q, &k, &v, &out, &lse], lines, |groups| {
        let workgroups = plan.workgroups(groups.end - groups.start);
        (workgroups, Params { first_group: groups.start, ..params })
    });
    (out, lse)
}
