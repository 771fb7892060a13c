//! What is counted: the kernels on shapes of the embedded model, and its networks once each.

use std::error::Error;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use hummingbird_engine::jobs::models::Models;
use hummingbird_engine::kernels::{
    Activation, AttentionOptions, ConvOptions, Epilogue, GroupNormOptions, Mask, NormActivation, RgbMap, StoredWeight,
    attention, conv2d, group_norm, latent_to_rgb8, layer_norm, matmul, weight_on,
};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::pipeline::clip_tokens::Tokenizer;
use hummingbird_engine::weights::ModelFile;
use hummingbird_tests::unet_input::unet_input;

/// Counts one run under a name.
type Count<'a> = &'a mut dyn FnMut(&str, &mut dyn FnMut());

/// Height and width of the embedded model's latents, and channels in the order of its first level's. Of its 16 frames there are
/// two: valgrind computes each fused multiplication and addition in a call, so large shapes take minutes.
const FRAMES: usize = 2;
const HEIGHT: usize = 8;
const WIDTH: usize = 12;
const CHANNELS: usize = 64;
const HEADS: usize = 4;
const TEXT_TOKENS: usize = 77;

/// Hands every case to `count`, on one thread: this one.
pub fn run(count: Count<'_>) -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    linear_layers(count);
    convolutions(count);
    attentions(count);
    norms_and_pixels(count);
    networks(count)
}

/// Numbers in [-1, 1) that are the same every time.
fn noise<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(data(shape), &Device::flex())
}

fn data<const D: usize>(shape: [usize; D]) -> TensorData {
    let mut state = 1_u32;
    let values = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    });
    TensorData::new(values.take(shape.iter().product()).collect::<Vec<_>>(), shape)
}

/// The same as weights of 16 bits.
fn halves<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    weight_on(StoredWeight::Floats(data(shape).convert::<f16>()), shape, &Device::flex())
}

fn linear_layers(count: Count<'_>) {
    let rows = FRAMES * HEIGHT * WIDTH;
    let (x, bias) = (noise([rows, CHANNELS]), noise([CHANNELS]));
    let square = [CHANNELS, CHANNELS];
    let (floats, rounded) = (noise(square), halves(square));
    count("linear, f32", &mut || drop(matmul(x.clone(), floats.clone(), Epilogue::bias(bias.clone()))));
    count("linear, f16", &mut || drop(matmul(x.clone(), rounded.clone(), Epilogue::bias(bias.clone()))));
    let (wide, wide_bias) = (noise([8 * CHANNELS, CHANNELS]), noise([8 * CHANNELS]));
    let with = |bias: &Tensor<1>, activation| Epilogue::bias(bias.clone()).activation(activation);
    count("linear and GEGLU", &mut || drop(matmul(x.clone(), wide.clone(), with(&wide_bias, Activation::Geglu))));
    let text = noise([TEXT_TOKENS, 2 * CHANNELS]);
    let (wide, wide_bias) = (noise([8 * CHANNELS, 2 * CHANNELS]), noise([8 * CHANNELS]));
    count("linear and GELU", &mut || drop(matmul(text.clone(), wide.clone(), with(&wide_bias, Activation::Gelu))));
}

fn convolutions(count: Count<'_>) {
    let same = ConvOptions { upsample: false, stride: 1, padding: [1; 4] };
    let (x, bias) = (noise([FRAMES, HEIGHT, WIDTH, CHANNELS]), noise([CHANNELS]));
    let (floats, rounded) = (noise([CHANNELS, CHANNELS, 3, 3]), halves([CHANNELS, CHANNELS, 3, 3]));
    let mut conv = |name: &str, weight: &Tensor<4>, options: ConvOptions| {
        count(name, &mut || drop(conv2d(x.clone(), weight.clone(), options, Epilogue::bias(bias.clone()))));
    };
    conv("convolution 3x3, f32", &floats, same);
    conv("convolution 3x3, f16", &rounded, same);
    conv("convolution 3x3, stride 2", &floats, ConvOptions { stride: 2, ..same });
    conv("upsample and convolution 3x3", &floats, ConvOptions { upsample: true, ..same });
    let (clip, temporal) = (noise([1, FRAMES, HEIGHT * WIDTH, CHANNELS]), noise([CHANNELS, CHANNELS, 3, 1]));
    let options = ConvOptions { padding: [1, 1, 0, 0], ..same };
    count("convolution over frames", &mut || {
        drop(conv2d(clip.clone(), temporal.clone(), options, Epilogue::bias(bias.clone())));
    });
}

fn attentions(count: Count<'_>) {
    let pixels = HEIGHT * WIDTH;
    let plain = AttentionOptions::new(HEADS);
    let mut attend = |name: &str, batch: usize, queries: usize, keys: usize, options: AttentionOptions| {
        let q = noise([batch, queries, CHANNELS]);
        let [k, v] = [(); 2].map(|()| noise([batch, keys, CHANNELS]));
        count(name, &mut || drop(attention(q.clone(), k.clone(), v.clone(), options)));
    };
    attend("attention, spatial", FRAMES, pixels, pixels, plain);
    attend("attention, to the text", 1, FRAMES * pixels, TEXT_TOKENS, plain);
    let temporal = AttentionOptions { pixels: 12, ..plain };
    attend("attention, temporal", 1, 16 * 12, 16 * 12, temporal);
    let causal = AttentionOptions { mask: Mask::Causal, ..plain };
    attend("attention, causal", 1, TEXT_TOKENS, TEXT_TOKENS, causal);
}

fn norms_and_pixels(count: Count<'_>) {
    let x = noise([FRAMES, HEIGHT * WIDTH, CHANNELS]);
    let (gamma, beta) = (noise([CHANNELS]), noise([CHANNELS]));
    let options = GroupNormOptions { groups: 32, eps: 1e-5, activation: NormActivation::Silu };
    count("group norm and SiLU", &mut || drop(group_norm(x.clone(), gamma.clone(), beta.clone(), options)));
    count("layer norm", &mut || drop(layer_norm(x.clone(), gamma.clone(), beta.clone(), 1e-5)));
    let pictures = noise([1, 8 * HEIGHT, 8 * WIDTH, 3]);
    count("pixels", &mut || drop(latent_to_rgb8(pictures.clone(), &RgbMap::identity())));
}

fn networks(count: Count<'_>) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let networks = Models::load(&ModelFile::open(&ModelSource::Embedded)?, &[], &device)?.networks;
    let mut result = Ok(());
    let tokens = [Tokenizer::shared().encode("a red balloon rising over the ocean")];
    count("text encoder of Nano", &mut || {
        result = networks.text().forward(&tokens, &NoHook).map(drop);
    });
    result?;
    device.seed(1);
    let mut result = Ok(());
    count("U-Net of Nano, one step", &mut || {
        let input = unet_input(&networks.config.unet, 1, [FRAMES, HEIGHT, WIDTH], &device);
        result = networks.unet.forward(input, &NoHook).map(drop);
    });
    result?;
    let mut result = Ok(());
    let latent = noise([1, HEIGHT, WIDTH, networks.config.vae.z_channels]);
    count("decoder of Nano, one frame", &mut || {
        result = networks.vae.decode(latent.clone(), &NoHook).map(drop);
    });
    Ok(result?)
}
