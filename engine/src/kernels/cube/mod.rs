//! GPUs through wgpu: launches of the WGSL kernels.
//!
//! Group norm's forward pass and the conversion to pixels have kernels; everything else, and every other number format,
//! takes the composed form. Tensors reach a kernel contiguous, each in a binding of its own, sizes in a parameter buffer.

mod fma_chain;

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeDevice};
use cubecl::prelude::{CubeCount, CubeDim, KernelId};
use cubecl::server::KernelArguments;
use hummingbird_shaders::latent_to_rgb8::{self, RgbMap};
use hummingbird_shaders::{Shader, group_norm_silu};

use super::backend::KernelBackend;
use super::composed;
use super::fma_chain::FmaChain;
use super::group_norm::{Activation, GroupNormOptions};

/// A WGSL text as cubecl takes it.
struct WgslKernel(Shader);

impl KernelSource for WgslKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.0.source())
    }

    /// The key of compiled pipelines: the file and all that its prelude says.
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.0.stem, self.0.prelude.clone()))
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// Runs a kernel on `tensors`, bound in this order, with `params` behind them.
fn launch(shader: Shader, workgroup: u32, [x, y, z]: [u32; 3], tensors: &[&CubeTensor], params: &[u8]) {
    let client = &tensors[0].client;
    let arguments = tensors
        .iter()
        .fold(KernelArguments::new(), |arguments, tensor| arguments.with_buffer(tensor.handle.clone().binding()))
        .with_buffer(client.create_from_slice(params).binding());
    let kernel = SourceKernel::new(WgslKernel(shader), CubeDim::new_1d(workgroup));
    client.launch(Box::new(kernel), CubeCount::Static(x, y, z), arguments);
}

/// WGSL runs where wgpu does, and the kernels compute in f32.
fn has_kernel(tensors: &[&CubeTensor]) -> bool {
    tensors.iter().all(|tensor| {
        tensor.dtype == DType::F32 && matches!(tensor.device, CubeDevice::Wgpu(_)) && tensor.shape().num_elements() > 0
    })
}

fn new_tensor(like: &CubeTensor, shape: Shape, dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, dtype)
}

impl KernelBackend for CubeBackend {
    fn group_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> FloatTensor<Self> {
        if !has_kernel(&[&x, &gamma, &beta]) {
            return composed::group_norm::<Self>(x, gamma, beta, options);
        }
        let [x, gamma, beta] = [x, gamma, beta].map(into_contiguous);
        let activation = match options.activation {
            Activation::None => group_norm_silu::Params::NO_ACTIVATION,
            Activation::Silu => group_norm_silu::Params::SILU,
        };
        let shape = x.shape().dims::<3>().map(|size| size as u32);
        let params = group_norm_silu::Params::new(shape, options.groups as u32, options.eps as f32, activation);
        let partials = new_tensor(&x, Shape::new([params.partials() as usize]), DType::F32);
        let y = new_tensor(&x, x.shape(), DType::F32);
        for stage in group_norm_silu::Stage::ALL {
            launch(
                stage.shader(),
                group_norm_silu::WORKGROUP,
                params.workgroups(),
                &[&x, &gamma, &beta, &partials, &y],
                bytemuck::bytes_of(&params),
            );
        }
        y
    }

    fn latent_to_rgb8_words(x: FloatTensor<Self>, map: RgbMap) -> IntTensor<Self> {
        let pixels = x.shape().num_elements() / map.channels();
        match latent_to_rgb8::Params::new(pixels as u32, &map) {
            Some(params) if has_kernel(&[&x]) => {
                let x = into_contiguous(x);
                let words = new_tensor(&x, Shape::new([params.words() as usize]), DType::U32);
                launch(
                    latent_to_rgb8::shader(),
                    latent_to_rgb8::WORKGROUP,
                    params.workgroups(),
                    &[&x, &words],
                    bytemuck::bytes_of(&params),
                );
                words
            }
            _ => composed::latent_to_rgb8_words::<Self>(x, &map),
        }
    }

    fn fma_chain(x: FloatTensor<Self>, chain: FmaChain) -> FloatTensor<Self> {
        if has_kernel(&[&x]) { fma_chain::launch(x, chain) } else { composed::fma_chain::<Self>(x, chain) }
    }
}
