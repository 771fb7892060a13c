//! The gate of the feed-forward layers.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_shaders::geglu::{Params, WORKGROUP, shader};
use hummingbird_shaders::parts::Width;

use super::{launch, new_tensor};

/// `value * gelu(gate)` for rows of `[value | gate]`: `[rows, 2 * channels] -> [rows, channels]`.
pub(crate) fn geglu(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    let [rows, doubled] = x.shape().dims();
    let channels = doubled / 2;
    let params = Params::new(rows as u32, channels as u32);
    let y = new_tensor(&x, Shape::new([rows, channels]), DType::F32);
    let kernel = shader(Width::of(channels as u32));
    launch(kernel, WORKGROUP, params.workgroups(), &[&x, &y], bytemuck::bytes_of(&params));
    y
}
