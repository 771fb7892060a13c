//! GPUs through wgpu: launches of the WGSL kernels.
//!
//! Products, GEGLU, the forward passes of attention and of both norms and the conversion to pixels have kernels; everything else,
//! and every other number format, takes the composed form. Tensors reach a kernel contiguous, each in a binding of its own, sizes in a
//! parameter buffer.

pub(super) mod adapter;
pub(super) mod attention;
pub(super) mod geglu;
pub(super) mod norm;

mod fma_chain;
pub(super) mod matrix_chain;
mod product;
mod software;

use std::ops::Range;

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{DType, Shape};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeDevice};
use cubecl::prelude::{CubeCount, CubeDim, ExecutionMode, KernelId};
use cubecl::server::{KernelArguments, MetadataBindingInfo};
use hummingbird_device::dry_run;
use hummingbird_device::throttle::{self, Work};
use hummingbird_shaders::Shader;
use hummingbird_shaders::latent_to_rgb8::{self, RgbMap};

use self::adapter::subgroups;
use super::attention::AttentionOptions;
use super::backend::KernelBackend;
use super::composed;
use super::conv::{ConvOptions, Nonlinearity};
use super::fma_chain::FmaChain;
use super::group_norm::GroupNormOptions;
use product::Ending;

/// A WGSL text as cubecl takes it.
struct WgslKernel(Shader);

impl KernelSource for WgslKernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.0.source())
    }

    /// The key of compiled pipelines: the file and all that its prelude says.
    fn id(&self) -> KernelId {
        // "Unchecked" leaves out counters in every loop, put there to end loops that do not end by themselves.
        KernelId::new::<Self>().info((self.0.stem, self.0.prelude.clone())).mode(ExecutionMode::Unchecked)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// Runs a kernel on `tensors`, bound in this order, with `params` behind them.
///
/// Parameters travel as what the runtime calls the kernel's info: it keeps them on the device and finds them again by value.
/// In a buffer of their own they would end what was handed to the device so far, for every kernel.
fn launch(shader: Shader, workgroup: u32, workgroups: [u32; 3], tensors: &[&CubeTensor], params: &[u8]) {
    let bytes = tensors.iter().map(|tensor| tensor.shape().num_elements() * tensor.dtype.size()).sum();
    launch_counted(shader, workgroup, workgroups, tensors, params, Work::streaming(bytes));
}

/// [`launch`] of a kernel whose lines of workgroups can run apart, in as many pieces as the submission throttle asks for. `piece`
/// gives workgroups and parameters for some of the lines; `work` is that of all.
fn launch_lines<P: bytemuck::Pod>(
    shader: &Shader,
    workgroup: u32,
    tensors: &[&CubeTensor],
    (lines, work): (u32, Work),
    piece: impl Fn(Range<u32>) -> ([u32; 3], P),
) {
    for part in throttle::pieces(&tensors[0].client, work, lines) {
        let share = f64::from(part.end - part.start) / f64::from(lines);
        let (workgroups, params) = piece(part);
        launch_counted(shader.clone(), workgroup, workgroups, tensors, bytemuck::bytes_of(&params), work.share(share));
    }
}

/// [`launch`] of a kernel with so much work.
fn launch_counted(
    shader: Shader,
    workgroup: u32,
    [x, y, z]: [u32; 3],
    tensors: &[&CubeTensor],
    params: &[u8],
    work: Work,
) {
    dry_run::computes_here();
    let client = &tensors[0].client;
    let words = params.chunks(8).map(|bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_ne_bytes(word)
    });
    let arguments = tensors
        .iter()
        .fold(KernelArguments::new(), |arguments, tensor| arguments.with_buffer(tensor.handle.clone().binding()))
        .with_info(MetadataBindingInfo::custom(words.collect()));
    let kernel = SourceKernel::new(WgslKernel(shader), CubeDim::new_1d(workgroup));
    client.launch(Box::new(kernel), CubeCount::Static(x, y, z), arguments);
    throttle::count(client, work);
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

    fn linear_rows(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        if !has_kernel(&[&x, &bias]) || !product::reads(&weight) {
            return composed::linear::<Self>(x, weight, Some(bias));
        }
        product::linear(x, weight, Ending::bias(Some(bias)))
    }

    fn linear_rows_gelu(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        if !has_kernel(&[&x, &bias]) || !product::reads(&weight) {
            return composed::activated::<Self>(composed::linear::<Self>(x, weight, Some(bias)), Nonlinearity::Gelu);
        }
        product::linear(x, weight, Ending { activation: Nonlinearity::Gelu, ..Ending::bias(Some(bias)) })
    }

    fn linear_rows_without_bias(x: CubeTensor, weight: CubeTensor) -> CubeTensor {
        if !has_kernel(&[&x]) || !product::reads(&weight) {
            return composed::linear::<Self>(x, weight, None);
        }
        product::linear(x, weight, Ending::bias(None))
    }

    fn linear_rows_add(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, residual: CubeTensor) -> CubeTensor {
        let columns = weight.shape()[0];
        if !has_kernel(&[&x, &bias, &residual]) || !product::reads(&weight) || !Ending::fits(columns) {
            return Self::float_add(residual, Self::linear_rows(x, weight, bias));
        }
        product::linear(x, weight, Ending { residual: Some(residual), ..Ending::bias(Some(bias)) })
    }

    fn linear_rows_geglu(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        let columns = weight.shape()[0] / 2;
        if !has_kernel(&[&x, &bias]) || !product::reads(&weight) || !Ending::fits(columns) {
            return Self::geglu_rows(Self::linear_rows(x, weight, bias));
        }
        product::linear(x, weight, Ending { gated: true, ..Ending::bias(Some(bias)) })
    }

    fn geglu_rows(x: CubeTensor) -> CubeTensor {
        if has_kernel(&[&x]) { geglu::geglu(x) } else { composed::geglu::<Self>(x) }
    }

    fn conv2d_channels_last(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, options: ConvOptions) -> CubeTensor {
        if !has_kernel(&[&x, &bias]) || !product::reads(&weight) {
            return composed::conv2d::<Self>(x, weight, bias, options);
        }
        product::conv2d(x, weight, Ending::bias(Some(bias)), options)
    }

    fn conv2d_channels_last_add(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        residual: CubeTensor,
        options: ConvOptions,
    ) -> CubeTensor {
        let columns = weight.shape()[0];
        if !has_kernel(&[&x, &bias, &residual]) || !product::reads(&weight) || !Ending::fits(columns) {
            let y = Self::conv2d_channels_last(x, weight, bias, options.without_activation());
            return composed::activated::<Self>(Self::float_add(residual, y), options.activation);
        }
        product::conv2d(x, weight, Ending { residual: Some(residual), ..Ending::bias(Some(bias)) }, options)
    }

    fn packed_weight(words: CubeTensor, shape: Shape) -> CubeTensor {
        product::packed_weight(words, shape)
    }

    fn wide_weight(weight: CubeTensor) -> CubeTensor {
        match product::words_of(&weight) {
            Some(words) => composed::packed_weight::<Self>(words, weight.shape()),
            None => composed::wide_weight::<Self>(weight),
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

    fn fma_chain(x: FloatTensor<Self>, chain: FmaChain) -> FloatTensor<Self> {
        if has_kernel(&[&x]) { fma_chain::launch(x, chain) } else { composed::fma_chain::<Self>(x, chain) }
    }
}
