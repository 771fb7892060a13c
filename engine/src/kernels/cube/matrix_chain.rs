//! Launch of `matrix_chain.wgsl`: what a device's matrix units compute when nothing else is asked of them. `bench` measures their peak
//! by it; no network uses it.

use burn::backend::DispatchDevice;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, Device, FloatDType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_shaders::matrix_chain::{Params, SUBGROUPS, flop, shader};

use super::adapter::matrices;
use super::{launch_counted, new_tensor};

/// More than any device keeps in flight.
const WORKGROUPS: u32 = 4096;

/// Hands a chain of so many turns to a device, and gives its operations; `None` for devices without matrices, and for those
/// whose kernels have no use for them.
pub fn matrix_chain(device: &Device, turns: u32) -> Option<f64> {
    let params = Params { turns, left: 0.5, right: 0.25 };
    if super::software::lanes(&client_of(device)?).is_some() {
        return None;
    }
    launch(device, params).map(|(_, flop)| flop)
}

fn client_of(device: &Device) -> Option<cubecl::client::Client> {
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
    Some(CubeBackend::float_zeros(Shape::new([1]), device, FloatDType::F32).client)
}

/// The sums, and operations of all.
fn launch(device: &Device, params: Params) -> Option<(CubeTensor, f64)> {
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
    let any = CubeBackend::float_zeros(Shape::new([1]), device, FloatDType::F32);
    let matrices = matrices(&any.client)?;
    let values = WORKGROUPS * SUBGROUPS * matrices.side * matrices.side;
    let y = new_tensor(&any, Shape::new([values as usize]), DType::F32);
    let flop = flop(&params, matrices, WORKGROUPS);
    let workgroup = SUBGROUPS * matrices.lanes;
    launch_counted(shader(matrices), workgroup, [WORKGROUPS, 1, 1], &[&y], bytemuck::bytes_of(&params), flop);
    Some((y, flop))
}

#[cfg(test)]
mod tests {
    use burn::backend::read_sync;
    use hummingbird_shaders::matrix_chain::matrix_chain as twin;

    use super::*;
    use crate::kernels::tests::support::{gpu, has_matrices};

    #[test]
    fn chains_of_matrices_meet_the_twin() {
        let Some(device) = gpu() else { return };
        let client = client_of(&device).expect("a GPU has a client");
        if !has_matrices(&client) {
            return;
        }
        for turns in [0, 1, 5] {
            let params = Params { turns, left: 0.5, right: -0.25 };
            let (y, _) = launch(&device, params).expect("it has matrices");
            let data = read_sync(CubeBackend::float_into_data(y)).expect("the device is there");
            let values = data.try_to_vec::<f32>().expect("sums are f32");
            let expected = twin(&params, matrices(&client).expect("it has them"));
            // All numbers are exact.
            assert!(values.iter().all(|&value| value == expected), "{turns} turns: {} for {expected}", values[0]);
        }
    }
}
