//! Group norm and layer norm.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_shaders::parts::{Subgroups, Sums, Width};
use hummingbird_shaders::{group_norm_silu, layer_norm};

use super::{launch, new_tensor};
use crate::norm::{GroupNormOptions, NormActivation};

/// What is normalised, gamma and beta, in this order.
pub(crate) type Inputs = [CubeTensor; 3];

/// Group norm of `x`, `[n, positions, channels]`, on a device with such subgroups.
pub(crate) fn group_norm(inputs: Inputs, options: GroupNormOptions, subgroups: Subgroups) -> CubeTensor {
    let [x, gamma, beta] = inputs.map(into_contiguous);
    let activation = match options.activation {
        NormActivation::None => group_norm_silu::Params::NO_ACTIVATION,
        NormActivation::Silu => group_norm_silu::Params::SILU,
    };
    let shape @ [_, _, channels] = x.shape().dims::<3>().map(|size| size as u32);
    let params = group_norm_silu::Params::new(shape, options.groups as u32, options.eps as f32, activation);
    let bytes = bytemuck::bytes_of(&params);
    let width = Width::of(channels);
    let sums = if subgroups == Subgroups::SoftwareOfEight { Sums::Subgroup } else { Sums::Workgroup };
    let moments = new_tensor(&x, Shape::new([params.moments() as usize]), DType::F32);
    let statistics = new_tensor(&x, Shape::new([params.statistics() as usize]), DType::F32);
    let y = new_tensor(&x, x.shape(), DType::F32);

    let workgroup = group_norm_silu::WORKGROUP;
    launch(group_norm_silu::moments(width), workgroup, params.workgroups(), &[&x, &moments], bytes);
    let groups = params.statistics_workgroups();
    let lanes = group_norm_silu::statistics_workgroup(sums);
    launch(group_norm_silu::statistics(sums), lanes, groups, &[&moments, &statistics], bytes);
    let tensors = [&x, &gamma, &beta, &statistics, &y];
    launch(group_norm_silu::normalise(width), workgroup, params.workgroups(), &tensors, bytes);
    y
}

/// The layer norm kernel for rows of `x`, `[n, tokens, channels]`; `None` for rows too long for it.
pub(crate) fn layer_norm_plan(x: &CubeTensor, subgroups: Subgroups) -> Option<layer_norm::Plan> {
    let [_, _, channels] = x.shape().dims::<3>();
    layer_norm::Plan::new(channels as u32, subgroups)
}

/// Layer norm of `x`, `[n, tokens, channels]`.
pub(crate) fn layer_norm(plan: layer_norm::Plan, inputs: Inputs, eps: f64) -> CubeTensor {
    let [x, gamma, beta] = inputs.map(into_contiguous);
    let [n, tokens, channels] = x.shape().dims::<3>().map(|size| size as u32);
    let params = plan.params(n * tokens, channels, eps as f32);
    let y = new_tensor(&x, x.shape(), DType::F32);
    launch(
        plan.shader(),
        plan.workgroup(),
        plan.workgroups(&params),
        &[&x, &gamma, &beta, &y],
        bytemuck::bytes_of(&params),
    );
    y
}
