//! GPUs through wgpu: launches of the WGSL kernels.
//!
//! Matmuls, GEGLU, the forward passes of attention and of both norms and the conversion to pixels have kernels; everything else,
//! and every other number format, takes the composed form. Tensors reach a kernel contiguous, each in a binding of its own, sizes in a
//! parameter buffer.

pub(super) mod adapter;
pub(super) mod attention;
pub(super) mod choice;
pub(super) mod geglu;
pub(super) mod norm;

mod fma_chain;
mod matmul;
pub(super) mod matrix_chain;
mod software;

use std::ops::Range;

use burn::backend::TensorMetadata;
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
use super::conv::ConvOptions;
use super::epilogue::{Epilogue, EpilogueOn, after_bias};
use super::fma_chain::FmaChain;
use super::norm::GroupNormOptions;

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

/// [`launch`] of a kernel whose lines of workgroups can run apart, in as many launches as the submission throttle asks for. `piece` gives
/// workgroups and parameters for some of the lines; `work` is that of all.
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
        let plan =
            if has_kernel(&[&x, &gamma, &beta]) { norm::layer_norm_plan(&x, subgroups(&x.client)) } else { None };
        match plan {
            Some(plan) => norm::layer_norm(plan, [x, gamma, beta], eps),
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
        match attention::plan(&inputs, options) {
            Some(plan) => attention::attend(plan, inputs, options),
            None => {
                let [q, k, v] = inputs;
                composed::attention::<Self>(q, k, v, options)
            }
        }
    }

    fn matmul(x: CubeTensor, weight: CubeTensor, EpilogueOn(epilogue): EpilogueOn<Self>) -> CubeTensor {
        if matmul::takes(&x, &weight, &epilogue) {
            return matmul::linear(x, weight, epilogue);
        }
        if epilogue.is_bias_only() {
            return composed::matmul::<Self>(x, weight, epilogue);
        }
        // The matmul itself may have a kernel all the same.
        let (bias, rest) = epilogue.split_bias();
        after_bias::<Self>(Self::matmul(x, weight, EpilogueOn(Epilogue::bias(bias))), rest)
    }

    fn geglu(x: CubeTensor) -> CubeTensor {
        if has_kernel(&[&x]) { geglu::geglu(x) } else { composed::geglu::<Self>(x) }
    }

    fn conv2d_channels_last(
        x: CubeTensor,
        weight: CubeTensor,
        options: ConvOptions,
        EpilogueOn(epilogue): EpilogueOn<Self>,
    ) -> CubeTensor {
        if matmul::takes(&x, &weight, &epilogue) {
            return matmul::conv2d(x, weight, options, epilogue);
        }
        if epilogue.is_bias_only() {
            return composed::conv2d::<Self>(x, weight, options, epilogue);
        }
        let (bias, rest) = epilogue.split_bias();
        let bias = EpilogueOn(Epilogue::bias(bias));
        after_bias::<Self>(Self::conv2d_channels_last(x, weight, options, bias), rest)
    }

    fn packed_weight(words: CubeTensor, shape: Shape) -> CubeTensor {
        matmul::packed_weight(words, shape)
    }

    fn wide_weight(weight: CubeTensor) -> CubeTensor {
        match matmul::words_of(&weight) {
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
