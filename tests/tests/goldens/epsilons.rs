//! Single modules on inputs so small (standard deviation 0.001) that the epsilon of every norm shows: a wrong one moves the
//! result by 0.4 or more.

use burn::tensor::{Device, Tensor, activation};
use hummingbird_engine::nn::clip_block::{ClipBlock, ClipBlockConfig};
use hummingbird_engine::nn::config::INIT_ATTENTION_HEADS;
use hummingbird_engine::nn::norm::LayerNorm;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::nn::transformer::{Context, TransformerBlock};
use hummingbird_engine::pipeline::clip_text::TEXT_PREFIX;
use hummingbird_engine::pipeline::denoise::unet::blocks::{
    Clip, ResBlock, SpatialTransformer, TemporalConv, TemporalTransformer,
};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::pipeline::vae::{self, AttnBlock, ResnetBlock, VAE_PREFIX};
use hummingbird_tests::compare::{Comparison, Order, Tol};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

use super::{text, unet, vae as vae_golden};

/// Dividing by a small deviation magnifies the rounding of the mean; the smallest wrong epsilon shows as 0.4.
const TOL: Tol = Tol { atol: 1e-5, block_rms: 0.0, why: "f32 sums in another order" };

const PROOF: &str = "the rule has weights for every name";

/// Four-dimensional input of the golden, channels last.
fn images(golden: &GoldenFile, name: &str, device: &Device) -> Tensor<4> {
    golden.tensor::<4>(name, device).permute([0, 2, 3, 1])
}

fn check_unet(device: &Device) {
    let golden = GoldenFile::read("eps_sensitive");
    let comparison = Comparison::new(format!("eps_sensitive U-Net on {device:?}"), &golden, TOL);
    let add = |name: &str, found| comparison.add(&format!("out.{UNET_PREFIX}.{name}"), found, Order::ChannelsLast);
    let add_tokens = |name: &str, found: Tensor<3>| {
        comparison.add(&format!("out.{UNET_PREFIX}.{name}"), found, Order::Reference);
    };
    let config = unet::tiny_07b();
    let loader = ParamLoader::new(&RuleWeights, device);
    let root = loader.path(UNET_PREFIX);
    let level = root.at("input_blocks.1");

    let x = images(&golden, "x4", device);
    let emb = activation::silu(golden.tensor::<2>("emb", device));
    let context: Tensor<3> = golden.tensor("context", device);
    let [frames, _, _, channels] = x.dims();
    // The reference's modules took a text and an embedding for each frame: to us, clips of one frame.
    let clips =
        Clip { batch: frames, frames: 1, emb: emb.clone(), text: context.clone(), merged: None, temporal: true };
    let clip = Clip { batch: 1, frames, emb, text: context.clone(), merged: None, temporal: true };

    let res = ResBlock::init(&config, channels, channels, &level.at(0)).expect(PROOF);
    let res_per_frame = res.per_frame(x.clone(), &clips);
    let temporal = TemporalConv::init(&config, channels, &level.at("0.temopral_conv")).expect(PROOF);
    add("input_blocks.1.0", temporal.forward(res_per_frame, &clip));
    add("input_blocks.1.0.temopral_conv", temporal.forward(x.clone(), &clip));
    let spatial = SpatialTransformer::init(&config, channels, &level.at(1)).expect(PROOF);
    add("input_blocks.1.1", spatial.forward(x.clone(), &clips));
    let temporal = TemporalTransformer::init(&config, channels, &level.at(2)).expect(PROOF);
    add("input_blocks.1.2", temporal.forward(x.clone(), clip.sizes()));
    let init_attn =
        TemporalTransformer::init_first(&config, INIT_ATTENTION_HEADS, &root.at("init_attn.0")).expect(PROOF);
    add("init_attn.0", init_attn.forward(x.clone(), clip.sizes()));

    let heads = channels / config.num_head_channels;
    let tokens: Tensor<3> = golden.tensor("tok", device);
    let block = TransformerBlock::init(&level.at("1.transformer_blocks.0"), channels, config.context_dim, heads);
    let of_text = block.expect(PROOF).forward(tokens.clone(), &Context::Text { text: context, merged: None });
    add_tokens("input_blocks.1.1.transformer_blocks.0", of_text);
    let block = TransformerBlock::init(&level.at("2.transformer_blocks.0"), channels, channels, heads);
    add_tokens("input_blocks.1.2.transformer_blocks.0", block.expect(PROOF).forward(tokens, &Context::Frames(1)));

    add("out", UNet::init(&config, &root).expect(PROOF).head(x));
    comparison.finish(&[]);
}

fn check_vae(device: &Device) {
    let golden = GoldenFile::read("eps_sensitive");
    let comparison = Comparison::new(format!("eps_sensitive VAE on {device:?}"), &golden, TOL);
    let config = vae_golden::tiny();
    let loader = ParamLoader::new(&RuleWeights, device);
    let root = loader.path(VAE_PREFIX);
    let name = |name: &str| format!("out.{VAE_PREFIX}.{name}");

    let deep = images(&golden, "d4", device);
    let [_, _, _, channels] = deep.dims();
    let block = ResnetBlock::init(&config, channels, channels, &root.at("decoder.mid.block_1")).expect(PROOF);
    comparison.add(&name("decoder.mid.block_1"), block.forward(deep.clone()), Order::ChannelsLast);
    let attention = AttnBlock::init(&config, channels, &root.at("decoder.mid.attn_1")).expect(PROOF);
    comparison.add(&name("decoder.mid.attn_1"), attention.forward(deep.clone()), Order::ChannelsLast);

    // The goldens are the norm's output, ours has its SiLU in it.
    let silu = |x: f32| x / (1.0 + (-x).exp());
    for (path, x) in [("encoder.norm_out", deep), ("decoder.norm_out", images(&golden, "o4", device))] {
        let [_, _, _, channels] = x.dims();
        let norm = vae::norm(&config, channels, &root.at(path)).expect(PROOF);
        comparison.add_changed(&name(path), silu, norm.per_image(x), Order::ChannelsLast);
    }
    comparison.finish(&[]);
}

fn check_text(device: &Device) {
    let golden = GoldenFile::read("eps_sensitive");
    let comparison = Comparison::new(format!("eps_sensitive text on {device:?}"), &golden, TOL);
    let config = text::tiny();
    let loader = ParamLoader::new(&RuleWeights, device);
    let root = loader.path(TEXT_PREFIX);
    let name = |name: &str| format!("out.{TEXT_PREFIX}.{name}");

    let tokens: Tensor<3> = golden.tensor("tx", device);
    let sizes = ClipBlockConfig::text(config.width, config.heads);
    let block = ClipBlock::init(&sizes, &root.at("transformer.resblocks.0")).expect(PROOF);
    comparison.add(&name("transformer.resblocks.0"), block.forward(tokens.clone()), Order::Reference);
    let norm = LayerNorm::init(&root.at("ln_final"), config.width).expect(PROOF);
    comparison.add(&name("ln_final"), norm.forward(tokens), Order::Reference);
    comparison.finish(&[]);
}

#[test]
fn unet_modules_on_the_cpu() {
    check_unet(&cpu());
}

#[test]
fn vae_modules_on_the_cpu() {
    check_vae(&cpu());
}

#[test]
fn text_modules_on_the_cpu() {
    check_text(&cpu());
}

#[test]
fn all_modules_on_the_gpu() {
    if let Some(gpu) = gpu("epsilons::all_modules_on_the_gpu") {
        check_unet(&gpu);
        check_vae(&gpu);
        check_text(&gpu);
    }
}
