//! Launch of `matrix_chain.wgsl`: what a device's matrix units compute when nothing else is asked of them. `bench` measures their peak
//! by it; no network uses it.

use burn::backend::DispatchDevice;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, Device, FloatDType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_device::KernelSpeed;
use hummingbird_device::throttle::Work;
use hummingbird_shaders::matrix_chain::{Params, SUBGROUPS, flop, shader};
use hummingbird_shaders::parts::CooperativeMatrices;

use super::adapter::useful_cooperative_matrices;
use super::{launch_counted, new_tensor};

/// More than any device keeps in flight.
const WORKGROUPS: u32 = 4096;

/// Hands a chain of so many turns to a device, and gives its operations; `None` where matmuls do not use cooperative matrices.
pub fn matrix_chain(device: &Device, turns: u32) -> Option<f64> {
    let any = any_tensor(device)?;
    let matrices = useful_cooperative_matrices(&any.client)?;
    let params = Params { turns, left: 0.5, right: 0.25 };
    launch(&any, matrices, params);
    Some(flop(&params, matrices, WORKGROUPS))
}

/// A tensor of a GPU, for its client.
fn any_tensor(device: &Device) -> Option<CubeTensor> {
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
    Some(CubeBackend::float_zeros(Shape::new([1]), device, FloatDType::F32))
}

/// The sums.
fn launch(any: &CubeTensor, matrices: CooperativeMatrices, params: Params) -> CubeTensor {
    let values = WORKGROUPS * SUBGROUPS * matrices.side * matrices.side;
    let y = new_tensor(any, Shape::new([values as usize]), DType::F32);
    let workgroup = SUBGROUPS * matrices.lanes;
    let work = Work::new(flop(&params, matrices, WORKGROUPS), KernelSpeed::Cooperative);
    launch_counted(shader(matrices), workgroup, [WORKGROUPS, 1, 1], &[&y], bytemuck::bytes_of(&params), work);
    y
}

#[cfg(test)]
mod tests {
    use burn::backend::read_sync;
    use hummingbird_shaders::matrix_chain::matrix_chain as reference;

    use super::*;
    use crate::gpu::adapter::cooperative_matrices;
    use crate::tests::support::{gpu, has_matrices};

    #[test]
    fn chains_of_cooperative_matrices_agree_with_the_reference() {
        let Some(device) = gpu() else { return };
        let any = any_tensor(&device).expect("it is a GPU");
        if !has_matrices(&any.client) {
            return;
        }
        let matrices = cooperative_matrices(&any.client).expect("it has them");
        for turns in [0, 1, 5] {
            let params = Params { turns, left: 0.5, right: -0.25 };
            let y = launch(&any, matrices, params);
            let data = read_sync(CubeBackend::float_into_data(y)).expect("the device is there");
            let values = data.try_to_vec::<f32>().expect("sums are f32");
            let expected = reference(&params, matrices);
            // All numbers are exact.
            assert!(values.iter().all(|&value| value == expected), "{turns} turns: {} for {expected}", values[0]);
        }
    }
}
