//! Launch of `fma_chain.wgsl`.

use burn::backend::TensorMetadata;
use burn::tensor::DType;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_device::KernelSpeed;
use hummingbird_device::throttle::Work;
use hummingbird_shaders::fma_chain::{Params, VALUES, WORKGROUP, shader};

use super::super::fma_chain::FmaChain;
use super::{launch_counted, new_tensor};

/// `x` is f32 on wgpu, its values a multiple of [`VALUES`].
pub fn launch(x: CubeTensor, chain: FmaChain) -> CubeTensor {
    let x = into_contiguous(x);
    let FmaChain { scale, shift, turns } = chain;
    let params = Params { pairs: x.shape().num_elements() as u32 / VALUES, turns, scale, shift };
    let y = new_tensor(&x, x.shape(), DType::F32);
    let work = Work::new(chain.flop(x.shape().num_elements()), KernelSpeed::F32);
    launch_counted(shader(), WORKGROUP, params.workgroups(), &[&x, &y], bytemuck::bytes_of(&params), work);
    y
}
