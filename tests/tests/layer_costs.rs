//! What layers say that they hold, beside what the allocator counts while they run on the CPU. Tests of one process would count
//! each other's work, and kernels take memory for each thread, so this is one test on one thread.

use std::cell::RefCell;

use burn::tensor::{Device, Distribution, Tensor};
use hummingbird_engine::judges::config::{
    BertConfig, ClipConfig, ClipTextConfig, ClipVisionConfig, InternVideo2Config, InternVideo2VisionConfig,
    ViClipConfig, ViClipVisionConfig,
};
use hummingbird_engine::judges::preprocess::Normalisation;
use hummingbird_engine::judges::{ImageScorer, VideoScorer};
use hummingbird_engine::memory::{Allocator, Meter};
use hummingbird_engine::model::ModelConfig;
use hummingbird_engine::nn::conv::ConvConfig;
use hummingbird_engine::nn::cost::{Cost, MetaTensor, Target, Tracer};
use hummingbird_engine::nn::gelu::Gelu;
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::linear::LinearConfig;
use hummingbird_engine::nn::norm::{EPS_DEFAULT, GroupNorm, LayerNorm, with_silu};
use hummingbird_engine::nn::params::{NoZeros, ParamLoader};
use hummingbird_engine::nn::transformer::{Context, MetaContext, TransformerBlock};
use hummingbird_engine::pipeline::denoise::unet::blocks::{
    Clip, MetaClip, ResBlock, SpatialTransformer, TemporalTransformer,
};
use hummingbird_engine::pipeline::vae::{AttnBlock, ResnetBlock};
use hummingbird_engine::weights::ModelFile;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const THIS: &str = "layers_hold_what_they_say";
const THREADS: &str = "RAYON_NUM_THREADS";
/// What a pass allocates beside its tensors: shapes, handles, sums of norms.
const BESIDE: usize = 96 << 10;

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
}

/// `bytes` are those of the inputs that are there before the pass and count in its cost.
fn check<const D: usize>(name: &str, inputs: &[usize], cost: Cost, pass: impl Fn() -> Tensor<D>) {
    // The first run starts threads and fills caches.
    drop(pass());
    let meter = Meter::start();
    drop(pass());
    let measured = meter.peak();
    let before: usize = inputs.iter().map(|values| values * size_of::<f32>()).sum();
    let counted = cost.peak_bytes + cost.workspace_bytes - before;
    assert!(measured <= counted + BESIDE, "{name}: {measured} bytes measured, {counted} counted");
    assert!(counted <= measured + measured / 10 + BESIDE, "{name}: {counted} bytes counted, {measured} measured");
}

/// Inputs of a pass, which its caller keeps, as the callers of these tests do.
struct Inputs<'a> {
    tracer: &'a Tracer,
    kept: RefCell<Vec<MetaTensor>>,
}

impl Inputs<'_> {
    fn tensor(&self, dims: &[usize]) -> MetaTensor {
        let input = self.tracer.tensor(dims);
        self.kept.borrow_mut().push(input.clone());
        input
    }
}

fn cost(pass: impl FnOnce(&Tracer, &Inputs<'_>) -> MetaTensor) -> Cost {
    Tracer::measure(Target { threads: 1, ..Target::host() }, |tracer| {
        let inputs = Inputs { tracer, kept: RefCell::default() };
        pass(tracer, &inputs)
    })
}

/// Sizes of the embedded model.
fn config() -> ModelConfig {
    ModelFile::open(&hummingbird_engine::model::ModelSource::Embedded)
        .expect("it is embedded")
        .description()
        .config
        .clone()
}

#[test]
fn layers_hold_what_they_say() {
    if std::env::var_os(THREADS).is_none_or(|threads| threads != "1") {
        // The number of threads is fixed when a program first asks for it.
        let mut again = std::process::Command::new(std::env::current_exe().expect("this program has a path"));
        let out = again.args(["--exact", THIS]).env(THREADS, "1").output().expect("it starts as it did");
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    layers();
    blocks();
    scorers();
}

/// Vision towers of the scorers, small ones of clips and pictures that are large beside them.
fn scorers() {
    let device = Device::flex();
    let loader = ParamLoader::new(&NoZeros, &device);
    let text = ClipTextConfig { context_length: 4, vocab_size: 8, width: 8, heads: 2, layers: 1 };
    let config = ClipConfig {
        embed_dim: 16,
        vision_cfg: ClipVisionConfig {
            image_size: 64,
            layers: 2,
            width: 128,
            head_width: 64,
            patch_size: 4,
            mlp_ratio: 3.0,
        },
        text_cfg: text.clone(),
    };
    let scorer = ImageScorer::init(&config, Normalisation::CLIP, &loader.path("image")).expect("it has every name");
    let pixels = random([4, 3, 64, 64]);
    let expected = cost(|tracer, _| scorer.cost(tracer, 4));
    check("tower of pictures", &[], expected, || {
        scorer.image_features(pixels.clone() + 0.5, &NoHook).expect("nothing ends the pass")
    });

    let clips = random([2, 4, 3, 32, 32]);
    let config = ViClipConfig {
        embed_dim: 16,
        vision: ViClipVisionConfig {
            input_resolution: 32,
            patch_size: 2,
            width: 128,
            layers: 2,
            heads: 2,
            num_frames: 4,
        },
        text,
    };
    let scorer = VideoScorer::viclip(&config, Normalisation::IMAGENET, &loader.path("viclip"));
    let scorer = scorer.expect("it has every name");
    let expected = cost(|tracer, _| scorer.cost(tracer, 2));
    check("ViCLIP", &[], expected, || features(&scorer, &clips));

    let bert = BertConfig {
        vocab_size: 8,
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 8,
        max_position_embeddings: 8,
        fusion_layer: 1,
        type_vocab_size: 2,
    };
    for gelu in [Gelu::Erf, Gelu::Tanh] {
        let vision = InternVideo2VisionConfig {
            img_size: 32,
            patch_size: 2,
            num_frames: 4,
            orig_num_frames: 4,
            embed_dim: 128,
            depth: 2,
            num_heads: 2,
            mlp_ratio: 4.0,
            attn_pool_num_heads: 2,
            clip_embed_dim: 16,
            gelu,
        };
        let config = InternVideo2Config { embed_dim: 16, vision, text: bert.clone() };
        let scorer = VideoScorer::internvideo2(&config, Normalisation::IMAGENET, &loader.path("internvideo2"));
        let scorer = scorer.expect("it has every name");
        let expected = cost(|tracer, _| scorer.cost(tracer, 2));
        check("InternVideo2", &[], expected, || features(&scorer, &clips));
    }
}

/// Features of clips that nobody else holds.
fn features(scorer: &VideoScorer, clips: &Tensor<5>) -> Tensor<2> {
    scorer.video_features(clips.clone() + 0.5, &NoHook).expect("nothing ends the pass").features
}

fn layers() {
    let device = Device::flex();
    let loader = ParamLoader::new(&NoZeros, &device);
    let path = |name: &str| loader.path(name);
    let (rows, channels) = (8192, 64);
    let values = rows * channels;

    let linear = LinearConfig::new(channels, 256).init(&path("linear")).expect("the source has every name");
    let x = random([1, rows, channels]);
    let expected = cost(|tracer, inputs| linear.cost(tracer, inputs.tensor(&x.dims())));
    check("linear", &[values], expected, || linear.forward(x.clone()));
    let expected = cost(|tracer, inputs| linear.cost_geglu(tracer, inputs.tensor(&x.dims())));
    check("linear with GEGLU", &[values], expected, || linear.forward_geglu(x.clone()));

    let norm = LayerNorm::init(&path("norm"), channels).expect("the source has every name");
    let expected = cost(|tracer, inputs| norm.cost(tracer, inputs.tensor(&x.dims())));
    check("layer norm", &[values], expected, || norm.forward(x.clone()));

    let images = random([8, 32, 32, channels]);
    let norm = GroupNorm::init(&path("group"), channels, with_silu(8, EPS_DEFAULT)).expect("the source has every name");
    let expected = cost(|tracer, inputs| norm.cost(tracer, inputs.tensor(&images.dims())));
    check("group norm", &[values], expected, || norm.per_image(images.clone()));

    for (name, config) in [
        ("convolution", ConvConfig::same(channels, 96)),
        ("convolution with stride 2", ConvConfig::halve(channels)),
        ("convolution after upsampling", ConvConfig::double(channels)),
        ("convolution over frames", ConvConfig::temporal(channels)),
    ] {
        let conv = config.init(&path(name)).expect("the source has every name");
        let expected = cost(|tracer, inputs| conv.cost(tracer, inputs.tensor(&images.dims())));
        check(name, &[values], expected, || conv.forward(images.clone()));
    }

    let block = TransformerBlock::init(&path("transformer"), channels, 48, 4).expect("the source has every name");
    let (tokens, text) = (random([8, 1024, channels]), random([1, 77, 48]));
    for merged in [None, Some([32, 32])] {
        let expected = cost(|tracer, inputs| {
            let context = MetaContext::Text { text: inputs.tensor(&text.dims()), merged };
            block.cost(tracer, inputs.tensor(&tokens.dims()), &context)
        });
        let context = Context::Text { text: text.clone(), merged };
        let name = format!("transformer block, pooled {merged:?}");
        check(&name, &[values, 77 * 48], expected, || block.forward(tokens.clone(), &context));
    }
}

fn blocks() {
    let config = config();
    let (unet, vae) = (&config.unet, &config.vae);
    let device = Device::flex();
    let loader = ParamLoader::new(&NoZeros, &device);
    let channels = unet.model_channels;
    let [batch, frames, height, width] = [1, 8, 32, 32];
    let shape = [frames, height, width, channels];
    let values: usize = shape.iter().product();
    let x = random(shape);
    let (emb, text) = (random([batch, 4 * channels]), random([batch, 77, unet.context_dim]));
    let others = 4 * channels + 77 * unet.context_dim;
    let meta_clip = |inputs: &Inputs<'_>, merged| MetaClip {
        batch,
        frames,
        emb: inputs.tensor(&emb.dims()),
        text: inputs.tensor(&text.dims()),
        merged,
        temporal: true,
    };
    let clip = |merged| Clip { batch, frames, emb: emb.clone(), text: text.clone(), merged, temporal: true };

    let block = ResBlock::init(unet, channels, 2 * channels, &loader.path("res")).expect("the source has every name");
    let expected = cost(|tracer, inputs| block.cost(tracer, inputs.tensor(&shape), &meta_clip(inputs, None)));
    check("residual block", &[values, others], expected, || block.forward(x.clone(), &clip(None)));

    let skip = random(shape);
    let joined = ResBlock::init(unet, 2 * channels, channels, &loader.path("joined"));
    let joined = joined.expect("the source has every name");
    let expected = cost(|tracer, inputs| {
        joined.cost_with_skip(tracer, inputs.tensor(&shape), inputs.tensor(&shape), &meta_clip(inputs, None))
    });
    check("residual block with skip", &[2 * values, others], expected, || {
        joined.forward_with_skip(x.clone(), skip.clone(), &clip(None))
    });

    let spatial = SpatialTransformer::init(unet, channels, &loader.path("spatial")).expect("the source has every name");
    for merged in [None, Some([height, width])] {
        let expected = cost(|tracer, inputs| spatial.cost(tracer, inputs.tensor(&shape), &meta_clip(inputs, merged)));
        let name = format!("spatial transformer, pooled {merged:?}");
        check(&name, &[values, others], expected, || spatial.forward(x.clone(), &clip(merged)));
    }

    let temporal = TemporalTransformer::init(unet, channels, &loader.path("temporal"));
    let temporal = temporal.expect("the source has every name");
    let expected = cost(|tracer, inputs| temporal.cost(tracer, inputs.tensor(&shape), [batch, frames]));
    check("temporal transformer", &[values], expected, || temporal.forward(x.clone(), [batch, frames]));

    let image = random([1, 64, 64, vae.ch]);
    let values = 64 * 64 * vae.ch;
    let block = ResnetBlock::init(vae, vae.ch, 2 * vae.ch, &loader.path("vae")).expect("the source has every name");
    let expected = cost(|tracer, inputs| block.cost(tracer, inputs.tensor(&image.dims())));
    check("residual block of the VAE", &[values], expected, || block.forward(image.clone()));
    let block = AttnBlock::init(vae, vae.ch, &loader.path("attention")).expect("the source has every name");
    let expected = cost(|tracer, inputs| block.cost(tracer, inputs.tensor(&image.dims())));
    check("attention of the VAE", &[values], expected, || block.forward(image.clone()));
}
