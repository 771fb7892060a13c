//! The tiny decoder: against plain loops, from files of every spelling, in the pipeline, and how near the demo model's comes
//! to its full decoder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::error::{EngineError, FileError, ModelError};
use hummingbird_engine::handoff::{Frames, Latent};
use hummingbird_engine::job::{CancelToken, Cancelled, UsedDecoder, Warning};
use hummingbird_engine::jobs::models::{Light, Models, TinyDecoderOrigin};
use hummingbird_engine::model::{ModelConfig, ModelSource, PreviewMap};
use hummingbird_engine::nn::config::{TinyDecoderConfig, VaeConfig};
use hummingbird_engine::nn::hook::{ForwardHook, NoHook};
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamLoader, ParamSource, values_of};
use hummingbird_engine::pipeline::generate::{Decoder, Economy, decode, generate};
use hummingbird_engine::pipeline::progress::GenerateSink;
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::pipeline::vae::{Decoding, Tiles, VAE_PREFIX, Vae, channels_last, images};
use hummingbird_engine::progress::{Progress, ProgressSink};
use hummingbird_engine::request::{DecoderKind, RawRequest};
use hummingbird_engine::training::datasets::synthetic::{CLIP_FRAMES, Canvas, ClipSpec, Split, render_frames};
use hummingbird_engine::weights::store::Store;
use hummingbird_engine::weights::{
    ModelFile, TinyDecoderFile, TinyDecoderPlaces, TinyDecoderSource, WeightPrecision, write_tensors,
};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::rule::RuleWeights;

/// Odd in every number.
fn odd() -> TinyDecoderConfig {
    TinyDecoderConfig { z_channels: 3, width: 5, blocks: vec![2, 1, 1] }
}

fn decoder(config: &TinyDecoderConfig, device: &Device) -> TinyDecoder {
    let loader = ParamLoader::new(&RuleWeights, device);
    TinyDecoder::init(config, &loader.path(TINY_DECODER_PREFIX)).expect("the rule has weights for every name")
}

/// Latents beyond the range of the clamp too.
fn latents(shape: [usize; 4]) -> Vec<f32> {
    (0..shape.iter().product::<usize>()).map(|index| 4.5 * (index as f32 * 0.7).sin()).collect()
}

/// An image, `[height][width][channels]`, in f64.
#[derive(Clone)]
struct Image {
    height: usize,
    width: usize,
    channels: usize,
    values: Vec<f64>,
}

impl Image {
    fn at(&self, row: isize, column: isize, channel: usize) -> f64 {
        if row < 0 || column < 0 || row >= self.height as isize || column >= self.width as isize {
            return 0.0;
        }
        self.values[(row as usize * self.width + column as usize) * self.channels + channel]
    }

    fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        self.values.iter_mut().for_each(|value| *value = change(*value));
        self
    }

    fn relu(self) -> Self {
        self.map(|value| value.max(0.0))
    }

    fn plus(mut self, other: &Self) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(value, more)| *value += more);
        self
    }

    fn doubled(&self) -> Self {
        let mut values = Vec::new();
        for row in 0..2 * self.height {
            for column in 0..2 * self.width {
                values
                    .extend((0..self.channels).map(|channel| self.at(row as isize / 2, column as isize / 2, channel)));
            }
        }
        Self { height: 2 * self.height, width: 2 * self.width, channels: self.channels, values }
    }

    /// A 3x3 convolution with zeros around, its parameters by the rule.
    fn conv(&self, place: &str, outputs: usize, biased: bool) -> Self {
        let values = |name: &str, shape: &[usize]| {
            let name = format!("{TINY_DECODER_PREFIX}.{place}.{name}");
            RuleWeights.values(&name, shape, Init::Zeros).expect("the rule knows every name")
        };
        let weight = values("weight", &[outputs, self.channels, 3, 3]);
        let bias = if biased { values("bias", &[outputs]) } else { vec![0.0; outputs] };
        let mut sums = Vec::new();
        for row in 0..self.height as isize {
            for column in 0..self.width as isize {
                for output in 0..outputs {
                    let mut sum = f64::from(bias[output]);
                    for input in 0..self.channels {
                        for (tap, weight) in weight[(output * self.channels + input) * 9..][..9].iter().enumerate() {
                            let [down, right] = [tap / 3, tap % 3].map(|step| step as isize - 1);
                            sum += f64::from(*weight) * self.at(row + down, column + right, input);
                        }
                    }
                    sums.push(sum);
                }
            }
        }
        Self { channels: outputs, values: sums, ..*self }
    }
}

/// TAESD's decoder as plain loops: `Sequential(Clamp, conv, ReLU, blocks, upsample, conv without bias, .., conv)`.
fn plain(config: &TinyDecoderConfig, latent: Image) -> Image {
    let mut x = latent.map(|value| (value / 3.0).tanh() * 3.0).conv("1", config.width, true).relu();
    let mut place = 3;
    for (level, &blocks) in config.blocks.iter().enumerate() {
        for _ in 0..blocks {
            let name = |layer: usize| format!("{place}.conv.{layer}");
            let h = x.conv(&name(0), config.width, true).relu().conv(&name(2), config.width, true).relu();
            x = h.conv(&name(4), config.width, true).plus(&x).relu();
            place += 1;
        }
        if level + 1 < config.blocks.len() {
            x = x.doubled().conv(&(place + 1).to_string(), config.width, false);
            place += 2;
        }
    }
    x.conv(&place.to_string(), 3, true)
}

fn check_against_plain_loops(config: &TinyDecoderConfig, [height, width]: [usize; 2], device: &Device) {
    let shape = [2, height, width, config.z_channels];
    let values = latents(shape);
    let tensor = Tensor::<4>::from_data(TensorData::new(values.clone(), shape), device);
    let decoder = decoder(config, device);
    let found = decoder.decode(tensor.clone(), &NoHook).expect("nothing cancels");
    let up = config.upsampling();
    assert_eq!(found.dims(), [2, up * height, up * width, 3]);
    let image = |values: &[f32]| Image {
        height,
        width,
        channels: config.z_channels,
        values: values.iter().copied().map(f64::from).collect(),
    };
    let expected: Vec<f64> =
        values.chunks(values.len() / 2).flat_map(|latent| plain(config, image(latent)).values).collect();
    let found = values_of(found.into_data());
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let off = found.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
    // Sums of some hundred products in f32, twenty layers deep.
    assert!(off < 2e-5 * largest, "{config:?} on {device:?} is off by {off:.1e} of {largest:.1}");

    // As a viewer sees it: 0..1 becomes 0..255, cut off at both ends. Where a value lies on the edge of a byte, either will do.
    let frames = decoder.decode_frames(&tensor, &NoHook).expect("nothing cancels");
    assert_eq!((frames.count(), frames.height(), frames.width()), (2, up * height, up * width));
    for (byte, value) in frames.pixels().iter().zip(&expected) {
        let level = (value * 255.0).clamp(0.0, 255.0);
        assert!((f64::from(*byte) - level.floor()).abs() <= f64::from(u8::from((level - level.round()).abs() < 0.01)));
    }
}

#[test]
fn it_computes_what_plain_loops_compute() {
    check_against_plain_loops(&odd(), [3, 5], &cpu());
    check_against_plain_loops(&TinyDecoderConfig { width: 7, blocks: vec![0, 1], ..odd() }, [1, 1], &cpu());
    check_against_plain_loops(&TinyDecoderConfig::taesd(), [2, 1], &cpu());
    if let Some(gpu) = gpu("tiny_decoder::it_computes_what_plain_loops_compute") {
        check_against_plain_loops(&odd(), [3, 5], &gpu);
    }
}

/// Writes the decoder's tensors under the names that `spell` makes of place and rest.
fn write(path: &Path, config: &TinyDecoderConfig, spell: impl Fn(usize, &str) -> String) {
    let loader = ParamLoader::new(&RuleWeights, &cpu());
    let network = TinyDecoder::init(config, &loader.path(TINY_DECODER_PREFIX)).expect("the rule has every name");
    let mut tensors = loader.into_registry().export(&network);
    for tensor in &mut tensors {
        let name = tensor.name.strip_prefix(TINY_DECODER_PREFIX).and_then(|rest| rest[1..].split_once('.'));
        let (place, rest) = name.expect("prefix, place, rest");
        tensor.name = spell(place.parse().expect("a number"), rest);
    }
    write_tensors(path, &[], &tensors, WeightPrecision::F32).expect("writable");
}

#[test]
fn files_of_every_spelling_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = TinyDecoderConfig::taesd();
    let shape = [1, 2, 3, 4];
    let latent = Tensor::<4>::from_data(TensorData::new(latents(shape), shape), &cpu());
    let expected = decoder(&config, &cpu()).decode(latent.clone(), &NoHook).expect("nothing cancels").into_data();
    type Spelling = fn(usize, &str) -> String;
    let spellings: [(&str, Spelling); 4] = [
        ("taesd_decoder.safetensors", |place, rest| format!("{place}.{rest}")),
        ("both.safetensors", |place, rest| format!("decoder.{place}.{rest}")),
        ("diffusers.safetensors", |place, rest| format!("decoder.layers.{}.{rest}", place - 1)),
        ("ours.safetensors", |place, rest| format!("{TINY_DECODER_PREFIX}.{place}.{rest}")),
    ];
    for (name, spell) in spellings {
        let path = folder.path().join(name);
        write(&path, &config, spell);
        let file =
            TinyDecoderFile::open(&TinyDecoderSource::File(path)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((file.config(), file.name().as_str(), file.sha256().len()), (&config, "TAESD", 64), "{name}");
        let loader = ParamLoader::new(file.checkpoint(), &cpu());
        let network = TinyDecoder::init(file.config(), &loader.path(TINY_DECODER_PREFIX)).expect("all is there");
        let found = network.decode(latent.clone(), &NoHook).expect("nothing cancels").into_data();
        assert_eq!(found, expected, "{name}");
    }
    // Sizes are read off the tensors.
    let path = folder.path().join("odd.safetensors");
    write(&path, &odd(), |place, rest| format!("{place}.{rest}"));
    let file = TinyDecoderFile::open(&TinyDecoderSource::File(path)).expect("a tiny decoder");
    assert_eq!((file.config(), file.name().as_str()), (&odd(), "odd.safetensors"));
}

#[test]
fn files_that_do_not_fit_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.safetensors");
    let open = || TinyDecoderFile::open(&TinyDecoderSource::File(path.clone()));
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded").description().config.clone();
    let full = ModelConfig { vae: VaeConfig::kl_f8(), ..nano.clone() };
    let load = |config: &ModelConfig| Light::load(TinyDecoderSource::File(path.clone()), config, &cpu()).map(drop);

    write(&path, &TinyDecoderConfig::taesd(), |place, rest| format!("{place}.{rest}"));
    load(&full).expect("it is TAESD");
    let channels = format!("4 latent channels, not {}", nano.vae.z_channels);
    let error = load(&nano).expect_err("Nano has other latents");
    assert!(
        matches!(&error, EngineError::Model(ModelError::LayoutUnfit { .. }) if error.to_string().contains(&channels)),
        "{error}"
    );
    write(&path, &TinyDecoderConfig { blocks: vec![1, 1, 1], ..TinyDecoderConfig::taesd() }, |place, rest| {
        format!("{place}.{rest}")
    });
    let error = load(&full).expect_err("it doubles twice");
    assert!(
        matches!(&error, EngineError::Model(ModelError::LayoutUnfit { .. }) if error.to_string().contains("makes 4 pixels")),
        "{error}"
    );

    // One tensor of another shape, and one that is missing.
    let loader = ParamLoader::new(&RuleWeights, &cpu());
    let taesd = TinyDecoderConfig::taesd();
    let network = TinyDecoder::init(&taesd, &loader.path(TINY_DECODER_PREFIX)).expect("the rule has every name");
    let whole = loader.into_registry().export(&network);
    let changed = |change: &dyn Fn(&mut Vec<NamedTensor>)| {
        let mut tensors = whole.clone();
        change(&mut tensors);
        write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("writable");
        load(&full).expect_err("it was changed")
    };
    let name = format!("{TINY_DECODER_PREFIX}.7.weight");
    let error = changed(&|tensors| {
        let tensor = tensors.iter_mut().find(|it| it.name == name).expect("a convolution behind an upsampling");
        tensor.shape = vec![64, 64, 1, 9];
    });
    let expected = [64, 64, 3, 3];
    assert!(
        matches!(&error, EngineError::Model(ModelError::File(FileError::TensorShape { name: found, expected: shape, .. })) if *found == name && *shape == expected),
        "{error}"
    );
    let name = format!("{TINY_DECODER_PREFIX}.9.conv.2.bias");
    let error = changed(&|tensors| tensors.retain(|it| it.name != name));
    assert!(
        matches!(&error, EngineError::Model(ModelError::File(FileError::TensorMissing { name: found, .. })) if *found == name),
        "{error}"
    );
    // Without its last convolution nobody can tell where it ends.
    let last = format!("{TINY_DECODER_PREFIX}.19.");
    let error = changed(&|tensors| tensors.retain(|it| !it.name.starts_with(&last)));
    assert!(matches!(&error, EngineError::Model(ModelError::File(FileError::Foreign { .. }))), "{error}");
    fs::write(&path, b"GIF89a").expect("writable");
    assert!(matches!(open(), Err(ModelError::File(FileError::Foreign { .. }))));
    let whole_model = folder.path().join("absent.safetensors");
    assert!(matches!(
        TinyDecoderFile::open(&TinyDecoderSource::File(whole_model)),
        Err(ModelError::File(FileError::Open { .. }))
    ));
}

#[test]
fn a_tiny_decoder_is_found_beside_its_model_or_among_the_models() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::at(folder.path().join("models"));
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded").description().config.clone();
    let full = ModelConfig { vae: VaeConfig::kl_f8(), ..nano.clone() };
    let model = ModelSource::File(folder.path().join("mine.safetensors"));
    let find = |source: &ModelSource, config: &ModelConfig| {
        TinyDecoderPlaces::of(source, config, Some(Arc::new(store.clone()))).find()
    };
    assert_eq!(find(&ModelSource::Embedded, &nano), Some(TinyDecoderSource::Embedded));
    assert_eq!((find(&model, &nano), find(&model, &full)), (None, None));
    fs::create_dir(store.folder()).expect("writable");
    for name in ["taesd_decoder.pth", "taesd_decoder.safetensors"] {
        let path = store.folder().join(name);
        fs::write(&path, "x").expect("writable");
        assert_eq!(find(&model, &full), Some(TinyDecoderSource::File(path)), "{name}");
        assert_eq!(find(&model, &nano), None, "TAESD is for one kind of latents");
    }
    let beside = folder.path().join("mine.light.safetensors");
    fs::write(&beside, "x").expect("writable");
    for config in [&nano, &full] {
        assert_eq!(find(&model, config), Some(TinyDecoderSource::File(beside.clone())));
    }
}

/// Keeps what a generation shows.
#[derive(Default)]
struct Shown {
    previews: Vec<(u32, u32, Frames)>,
    latent: Option<Latent>,
}

impl ProgressSink for Shown {
    fn progress(&mut self, _: Progress) {}
}

impl GenerateSink for Shown {
    fn wants_previews(&self) -> bool {
        true
    }
    fn preview(&mut self, frames: Frames, step: u32, decoded_frames: u32) {
        self.previews.push((step, decoded_frames, frames));
    }
    fn warn(&mut self, warning: Warning) {
        panic!("{warning}");
    }
    fn keep_step(&mut self, _: u32, _: &Latent) {}
    fn keep_latent(&mut self, latent: &Latent) {
        self.latent = Some(latent.clone());
    }
}

/// Mean distance in levels.
fn distance(a: &Frames, b: &Frames) -> f64 {
    assert_eq!((a.width(), a.height(), a.count()), (b.width(), b.height(), b.count()));
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels().len() as f64
}

#[test]
fn previews_and_the_fast_decode_use_it() {
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let mut models = Models::load(&file, &[], &cpu()).expect("it fits");
    let request = |decoder| {
        let raw = RawRequest {
            prompt: "a red ball rising over the ocean".into(),
            steps: Some(4),
            frames: Some(2),
            seed: Some(7),
            device: DeviceChoice::Cpu,
            decoder,
            ..RawRequest::default()
        };
        raw.validate(&file.card().limits).expect("a plain request")
    };
    let cancel = CancelToken::default();
    let decoding = Decoding { frames: 4, tiles: Tiles::WHOLE };
    let run = |models: &mut Models, decoder| {
        let (economy, mut shown) = (Economy { decoding, drops_text_encoder: false }, Shown::default());
        let frames = generate(&mut models.networks, &request(decoder).clip, economy, None, &cancel, &mut shown)
            .expect("nothing cancels");
        (frames, shown)
    };
    let (full, by_full) = run(&mut models, DecoderKind::Full);
    let (without, _) = run(&mut models, DecoderKind::Tiny);
    assert_eq!(without, full, "without a tiny decoder the full one decodes");

    models.set_tiny_decoder(Some(TinyDecoderSource::Embedded)).expect("it is embedded");
    let (also_full, by_tiny) = run(&mut models, DecoderKind::Full);
    assert_eq!(also_full, full, "the result is that of the full decoder");
    // Previews after all steps but the last show the same latents by another decoder.
    for step in 0..3 {
        let [(full_step, 0, full), (tiny_step, 0, light)] = [&by_full.previews[step], &by_tiny.previews[step]] else {
            panic!("a preview of sampling comes first")
        };
        assert_eq!((*full_step, *tiny_step), (step as u32 + 1, step as u32 + 1));
        assert!(full != light, "step {step}");
    }
    // Early guesses at the clip are no clips; later ones are nearer to what both decoders have learned.
    let apart = |step: usize| distance(&by_full.previews[step].2, &by_tiny.previews[step].2);
    assert!(apart(2) < apart(0), "{} and then {} levels", apart(0), apart(2));
    let (light, shown) = run(&mut models, DecoderKind::Tiny);
    assert!(light != full && distance(&light, &full) < NEAR_IN_FOUR_STEPS, "{} levels", distance(&light, &full));
    let Some(TinyDecoderOrigin { used: UsedDecoder::Tiny { name, .. }, .. }) = models.tiny_for(DecoderKind::Tiny)
    else {
        panic!("it has a name")
    };
    assert_eq!(name, "Nano's light decoder");
    // The latent is the same, so the full decoder makes the full clip of it.
    let latent = shown.latent.expect("it is kept");
    let with = Decoder { kind: DecoderKind::Full, decoding };
    let again = decode(&models.networks, &latent, with, &cancel, None, &mut Shown::default());
    assert_eq!(again.expect("nothing cancels"), full);

    // Without a tiny decoder, a model's own linear map shows the latents as small pictures.
    models.set_tiny_decoder(None).expect("nothing to load");
    let factors = vec![[0.1; 3]; models.networks.config.vae.z_channels];
    models.networks.config.diffusion.preview = Some(PreviewMap { factors, bias: [0.0; 3] });
    let (_, by_map) = run(&mut models, DecoderKind::Full);
    let (_, _, small) = &by_map.previews[0];
    let side = |pixels: usize| pixels / models.networks.config.vae.downsampling();
    assert_eq!((small.width(), small.height()), (side(full.width()), side(full.height())));
}

#[test]
fn it_can_be_cancelled_between_its_blocks() {
    struct Stops(std::sync::atomic::AtomicU32);
    impl ForwardHook for Stops {
        fn on_output(&self, _: &str, _: &Tensor<4>) -> Result<(), Cancelled> {
            let seen = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if seen < 3 { Ok(()) } else { Err(Cancelled) }
        }
    }
    let stops = Stops(0.into());
    let latent = Tensor::<4>::zeros([1, 2, 2, 3], &cpu());
    assert!(decoder(&odd(), &cpu()).decode(latent, &stops).is_err());
    assert_eq!(stops.0.into_inner(), 4, "nothing ran after it");
}

/// Levels of 255 that the tiny decoder may be off in a clip that it never saw. Its training reached 7.6 on average, sampled clips
/// among them (`docs/nano.md`), and 2.9 to 8.3 in the six drawn ones below; random weights are off by more than 50.
const NEAR: f64 = 9.0;
/// The same for a clip of four steps, whose latents are further from those that it learned from: 11.5 were measured.
const NEAR_IN_FOUR_STEPS: f64 = 18.0;

#[test]
fn the_demo_models_tiny_decoder_comes_near_its_full_one() {
    let device = cpu();
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let light = TinyDecoderFile::open(&TinyDecoderSource::Embedded).expect("it is embedded");
    let description = light.description().expect("it describes itself");
    assert_eq!(description.model_sha256, file.sha256(), "it was made for another model: train it again (docs/nano.md)");
    assert!(light.checkpoint().file_bytes().expect("it is embedded") < 500_000, "it is to stay small");

    let config = &file.description().config;
    let loader = ParamLoader::new(&file, &device);
    let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX)).expect("it fits");
    let decoder = Light::load(TinyDecoderSource::Embedded, config, &device).expect("it fits").decoder;
    let mut distances = Vec::new();
    for clip in 0..6 {
        let spec = ClipSpec::sample(2026, clip, Split::HeldOut);
        let frames: Vec<f32> = (0..CLIP_FRAMES).step_by(5).map(|frame| frame as f32).collect();
        let drawn = render_frames(&spec, Canvas::SMALL, &frames);
        let mean = vae.encode(images([&drawn], &device), &NoHook).expect("nothing cancels").mean;
        let latent = mean.permute([3, 0, 1, 2]).unsqueeze::<5>() * config.diffusion.scale_factor;
        let full = vae.decoder().decode_clip(latent.clone(), config.diffusion.scale_factor, &NoHook);
        let light = decoder.decode_frames(&channels_last(latent), &NoHook);
        distances.push(distance(&full.expect("nothing cancels"), &light.expect("nothing cancels")));
    }
    assert!(distances.iter().all(|it| *it < NEAR), "levels off, by clip: {distances:.1?}");
}
