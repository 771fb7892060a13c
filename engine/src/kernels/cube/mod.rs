//! GPUs through wgpu: launches of the WGSL kernels.
//!
//! The forward passes of attention and of both norms and the conversion to pixels have kernels; everything else, and every
//! other number format, takes the composed form. Tensors reach a kernel contiguous, each in a binding of its own, sizes in a parameter buffer.

mod adapter;
pub(super) mod attention;
#[cfg(test)]
pub(super) mod geglu;
pub(super) mod norm;

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
use hummingbird_shaders::Shader;
use hummingbird_shaders::latent_to_rgb8::{self, RgbMap};

use self::adapter::subgroups;
use super::attention::AttentionOptions;
use super::backend::KernelBackend;
use super::composed;
use super::group_norm::GroupNormOptions;

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

/// The subgroups of the device on which `tensor` lives.
#[cfg(test)]
pub(super) fn subgroups_of(tensor: &CubeTensor) -> hummingbird_shaders::parts::Subgroups {
    subgroups(&tensor.client)
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
        let subgroups = subgroups(&x.client);
        norm::group_norm([x, gamma, beta], options, subgroups)
    }

    fn layer_norm_3d(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        let cut = if has_kernel(&[&x, &gamma, &beta]) { norm::layer_norm_cut(&x, subgroups(&x.client)) } else { None };
        match cut {
            Some(cut) => norm::layer_norm(cut, [x, gamma, beta], eps),
            None => composed::layer_norm::<Self>(x, gamma, beta, eps),
        }
    }

    fn attention_heads(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let inputs = [q, k, v];
        match attention::cut(&inputs, options) {
            Some(cut) => attention::attend(cut, inputs, options),
            None => {
                let [q, k, v] = inputs;
                composed::attention::<Self>(q, k, v, options)
            }
        }
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
}
