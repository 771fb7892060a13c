//! What a dry run of a recipe says that the run will hold, beside what the allocator counts while it runs on the CPU device. Tests
//! of one process would count each other's work, and kernels take memory for each thread, so this is one test, and its two parts are
//! processes of one thread.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use burn::tensor::{Device, Tensor};
use hummingbird_engine::CancelToken;
use hummingbird_engine::judges::config::{
    ClipConfig, ClipTextConfig, ClipVisionConfig, ViClipConfig, ViClipVisionConfig,
};
use hummingbird_engine::memory::{self, Allocator, Meter};
use hummingbird_engine::model::{ModelSource, Parameterization, SamplerKind};
use hummingbird_engine::nn::adapter::at_most;
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::cost::{Mode, Target, Tracer, Trained};
use hummingbird_engine::nn::dropout::DropoutRates;
use hummingbird_engine::nn::params::{NamedTensor, NoZeros, ParamLoader, ParamSource};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::training::objectives::ClipShape;
use hummingbird_engine::training::objectives::consistency::{Consistency, ConsistencyClips, ConsistencySettings};
use hummingbird_engine::training::objectives::feedback::{Feedback, FeedbackClips, LookCounts, Looks, LossWeights};
use hummingbird_engine::training::objectives::guided_distillation::Teacher;
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::recipes::distil::DistilRecipe;
use hummingbird_engine::training::recipes::estimate::Estimate;
use hummingbird_engine::training::recipes::lora::{LoraRecipe, PriorSettings};
use hummingbird_engine::training::recipes::nano::{NanoRecipe, NanoStage};
use hummingbird_engine::training::recipes::scorer::{NetworkSettings as ScorerNetwork, ScorerKind, ScorerRecipe};
use hummingbird_engine::training::recipes::settings::{DataSettings, OptimizerSettings, RunSettings};
use hummingbird_engine::training::recipes::tiny_decoder::TinyDecoderRecipe;
use hummingbird_engine::training::recipes::turbo::TurboRecipe;
use hummingbird_engine::training::recipes::vae::{NetworkSettings as VaeNetwork, VaeRecipe};
use hummingbird_engine::training::trainer::StepOptions;
use hummingbird_engine::training::trainer::log::TrainEvent;
use hummingbird_engine::training::trainer::optimizer::StateBits;
use hummingbird_engine::weights::{ModelFile, WeightPrecision, write_model};
use hummingbird_tests::students;
use hummingbird_tests::unet_input::noise;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const THIS: &str = "runs_hold_what_their_dry_runs_say";
const THREADS: &str = "RAYON_NUM_THREADS";
/// Names the part that a process checks.
const PART: &str = "HUMMINGBIRD_TEST_PART";
/// How far what is used may lie from what is estimated, in percent. The aim is 15; an estimate that counts all is nearer.
const LEEWAY_PERCENT: usize = 6;
/// The same for scorers: the backward passes of their two towers go side by side, in an order that no estimate follows.
const SCORER_LEEWAY_PERCENT: usize = 10;

/// What was estimated and used of each run.
#[derive(Default)]
struct Rows {
    text: String,
    wrong: usize,
}

impl Rows {
    fn add(&mut self, name: &str, estimated: usize, used: usize) {
        let leeway = if name.contains("scorer") { SCORER_LEEWAY_PERCENT } else { LEEWAY_PERCENT };
        let is_right = used * 100 >= estimated * (100 - leeway) && used * 100 <= estimated * (100 + leeway);
        self.wrong += usize::from(!is_right);
        let percent = 100.0 * used as f64 / estimated as f64;
        let [estimated, used] = [estimated, used].map(|bytes| bytes >> 10);
        writeln!(self.text, "{name}: {estimated} KiB estimated, {used} KiB used, {percent:.0}%").expect("text");
    }

    /// The same of a recipe's run; where it is wrong, with all of the estimate.
    fn add_run(&mut self, name: &str, estimate: &Estimate, estimated: usize, used: usize) {
        let before = self.wrong;
        self.add(name, estimated, used);
        if self.wrong > before {
            writeln!(self.text, "    {estimate:?}").expect("text");
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;
/// Notes what some runs hold.
type Check = fn(&mut Rows) -> Outcome;

/// What is checked, in parts that take about as long as each other.
const PARTS: [&[Check]; 2] = [&[turbos, styles, autoencoders], &[distils, feedback, scorers, tiny_decoders, nano]];

#[test]
fn runs_hold_what_their_dry_runs_say() -> Outcome {
    if let Some(part) = std::env::var_os(PART) {
        let part: usize = part.to_string_lossy().parse()?;
        let mut rows = Rows::default();
        PARTS[part].iter().try_for_each(|check| check(&mut rows))?;
        assert!(rows.wrong == 0, "{} are wrong:\n{}", rows.wrong, rows.text);
        return Ok(());
    }
    let start = |part: usize| {
        let mut again = std::process::Command::new(std::env::current_exe()?);
        // The number of threads is fixed when a program first asks for it.
        again.args(["--exact", THIS]).env(THREADS, "1").env(PART, part.to_string());
        again.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let parts = (0..PARTS.len()).map(start).collect::<Result<Vec<_>, _>>()?;
    let ended = parts.into_iter().map(Child::wait_with_output).collect::<Result<Vec<_>, _>>()?;
    for out in ended {
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && said.contains("1 passed"), "{said}");
    }
    Ok(())
}

/// Frames of a clip.
const FRAMES: usize = 8;
/// Rank of branches.
const RANK: usize = 8;

/// What is changed of a recipe: batch, micro-batches, recomputed blocks, bits, average, whether sample grids are made.
#[derive(Clone, Copy)]
struct Case {
    batch: usize,
    accumulate: usize,
    recompute: bool,
    bits: StateBits,
    ema_decay: f64,
    grids: bool,
}

const PLAIN: Case =
    Case { batch: 1, accumulate: 1, recompute: false, bits: StateBits::Full, ema_decay: 0.0, grids: false };

/// Which of the recipes a case is for.
const DISTIL: bool = true;
const TURBO: bool = false;

const CASES: [(&str, bool, Case); 10] = [
    ("one clip", DISTIL, PLAIN),
    ("four clips", DISTIL, Case { batch: 4, ..PLAIN }),
    ("four clips in two parts", DISTIL, Case { batch: 4, accumulate: 2, ..PLAIN }),
    ("blocks again, two clips", DISTIL, Case { batch: 2, recompute: true, ..PLAIN }),
    ("8 bits", DISTIL, Case { bits: StateBits::Eight, ..PLAIN }),
    ("an average", DISTIL, Case { ema_decay: 0.99, ..PLAIN }),
    ("one clip", TURBO, PLAIN),
    ("four clips in two parts", TURBO, Case { batch: 4, accumulate: 2, ..PLAIN }),
    ("blocks again", TURBO, Case { recompute: true, ..PLAIN }),
    ("blocks again, with grids", TURBO, Case { recompute: true, grids: true, ..PLAIN }),
];

fn run_settings(case: Case, folder: &Path) -> RunSettings {
    let Case { batch, accumulate, recompute, grids, .. } = case;
    let (folder, plain) = (folder.to_owned(), RunSettings::default());
    let grid_secs = if grids { 0.0 } else { plain.grid_secs };
    RunSettings { folder, updates: 2, batch, accumulate, checkpoint_activations: recompute, grid_secs, ..plain }
}

fn distils(rows: &mut Rows) -> Outcome {
    recipes(rows, DISTIL)
}

fn turbos(rows: &mut Rows) -> Outcome {
    recipes(rows, TURBO)
}

/// Runs of a recipe on networks of the embedded model's size, with checkpoints.
fn recipes(rows: &mut Rows, which: bool) -> Outcome {
    let kept = tempfile::tempdir()?;
    let teacher = eps_teacher(kept.path())?;
    for (name, is_distil, case) in CASES.into_iter().filter(|&(_, is_distil, _)| is_distil == which) {
        let folder = tempfile::tempdir()?;
        let run = run_settings(case, folder.path());
        let changed =
            |settings: OptimizerSettings| OptimizerSettings { bits: case.bits, ema_decay: case.ema_decay, ..settings };
        let [width, height] = small_frames()?;
        let size = |data: &DataSettings| DataSettings { frames: FRAMES, width, height, ..data.clone() };
        let file = Some(teacher.clone());
        if is_distil {
            let recipe = DistilRecipe { teacher: file, run, ..DistilRecipe::default() };
            let (data, optimizer) = (size(&recipe.data), changed(recipe.optimizer));
            check(rows, &format!("distil, {name}"), &DistilRecipe { data, optimizer, ..recipe }.open()?, case)?;
        } else {
            let recipe = TurboRecipe { teacher: file.clone(), student: file, rank: 8, run, ..TurboRecipe::default() };
            let (data, optimizer) = (size(&recipe.data), changed(recipe.optimizer));
            check(rows, &format!("turbo, {name}"), &TurboRecipe { data, optimizer, ..recipe }.open()?, case)?;
        }
    }
    Ok(())
}

/// Style adaptation of the embedded model by two clips, without and with clips of its own.
fn styles(rows: &mut Rows) -> Outcome {
    let kept = tempfile::tempdir()?;
    let [width, height] = small_frames()?;
    for name in ["a", "b"] {
        let clip = kept.path().join(name);
        std::fs::create_dir(&clip)?;
        std::fs::write(clip.with_extension("txt"), "a red ball")?;
        for frame in 0..FRAMES {
            let pixel = |x, y| image::Rgb([(x + y) as u8, (frame * 30) as u8, 90]);
            let picture = image::RgbImage::from_fn(width as u32, height as u32, pixel);
            picture.save(clip.join(format!("{frame:04}.png")))?;
        }
    }
    let prior = PriorSettings { weight: 1.0, clips: 2, prompts: vec!["a blue ball".to_owned()] };
    let cases = [
        ("one clip", PLAIN, PriorSettings::default()),
        ("two clips in two parts", Case { batch: 2, accumulate: 2, ..PLAIN }, PriorSettings::default()),
        ("blocks again, with the prior", Case { recompute: true, ..PLAIN }, prior),
    ];
    for (name, case, prior) in cases {
        let folder = tempfile::tempdir()?;
        let recipe = LoraRecipe { run: run_settings(case, folder.path()), prior, ..LoraRecipe::default() };
        let data = DataSettings {
            folder: Some(kept.path().to_owned()),
            frames: FRAMES,
            max_stride: 1,
            width,
            height,
            ..recipe.data.clone()
        };
        check(rows, &format!("lora, {name}"), &LoraRecipe { data, ..recipe }.open()?, case)?;
    }
    Ok(())
}

fn check(rows: &mut Rows, name: &str, run: &impl RecipeRun, case: Case) -> Outcome {
    let device = Device::flex();
    let estimate = run.dry_run(&device, &mut |_| ())?.ok_or("these recipes say what they hold")?;
    let without = estimate.batch_bytes.max(estimate.update_bytes).max(estimate.checkpoint_bytes);
    assert!(estimate.update_flop > 1e9 && estimate.peak_bytes >= without, "{estimate:?}");
    if rows.text.is_empty() {
        // The first run fills tables that stay.
        run.train(&device, &CancelToken::default(), &mut |_| ())?;
        std::fs::remove_dir_all(run.folder())?;
    }
    let before = memory::usage().live;
    let mut meter = Meter::start();
    let (mut most, mut grid) = (0, 0);
    // A grid is drawn after an update, and holds less than that where the network is small.
    run.train(&device, &CancelToken::default(), &mut |event| match event {
        TrainEvent::Update { .. } => {
            most = most.max(meter.most_live());
            meter.restart();
        }
        TrainEvent::SampleGrid { .. } => grid = grid.max(meter.most_live().saturating_sub(before)),
        _ => {}
    })?;
    let used = most.max(meter.most_live()).saturating_sub(before);
    rows.add_run(name, &estimate, if case.grids { estimate.peak_bytes } else { without }, used);
    if case.grids {
        rows.add_run(&format!("{name}, the grid alone"), &estimate, estimate.grid_bytes, grid);
    }
    Ok(())
}

/// Autoencoders of several sizes, and a decoder alone.
fn autoencoders(rows: &mut Rows) -> Outcome {
    let kept = tempfile::tempdir()?;
    let nano = kept.path().join("nano.safetensors");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/nano/nano.safetensors"), &nano)?;
    let own = VaeNetwork::default();
    let plain = VaeNetwork { ch: 16, ch_mult: vec![1, 2, 2, 2], patch: 1, z_channels: 4, ..VaeNetwork::default() };
    let decoder = VaeRecipe { model: Some(nano), decoder_only: true, latent_noise: 0.2, ..VaeRecipe::default() };
    let with = |network: &VaeNetwork| VaeRecipe { network: network.clone(), ..VaeRecipe::default() };
    let cases = [
        ("two crops", with(&own), Case { batch: 2, ema_decay: 0.99, ..PLAIN }),
        ("four crops in two parts", with(&plain), Case { batch: 4, accumulate: 2, ..PLAIN }),
        ("blocks again", with(&plain), Case { batch: 4, recompute: true, ..PLAIN }),
        ("decoder alone, 8 bits", decoder, Case { batch: 2, bits: StateBits::Eight, ..PLAIN }),
        ("grids", with(&own), Case { grids: true, ..PLAIN }),
    ];
    for (name, recipe, case) in cases {
        let folder = tempfile::tempdir()?;
        let optimizer = OptimizerSettings { bits: case.bits, ema_decay: case.ema_decay, ..recipe.optimizer };
        let recipe = VaeRecipe { crop_width: 64, crop_height: 64, optimizer, ..recipe };
        let recipe = VaeRecipe { run: run_settings(case, folder.path()), ..recipe };
        check(rows, &format!("vae, {name}"), &recipe.open()?, case)?;
    }
    Ok(())
}

/// Scorers of pictures and of clips.
fn scorers(rows: &mut Rows) -> Outcome {
    let data = |frames: usize| DataSettings { frames, width: 96, height: 64, ..DataSettings::default() };
    // Small patches: there is more to hold.
    let network = ScorerNetwork { patch: 8, ..ScorerNetwork::default() };
    let video = ScorerNetwork { side: 32, ..network };
    let cases = [
        ("pictures", ScorerRecipe { data: data(1), network, ..ScorerRecipe::default() }, Case { batch: 8, ..PLAIN }),
        (
            "pictures, blocks again",
            ScorerRecipe { data: data(1), network, ..ScorerRecipe::default() },
            Case { batch: 16, recompute: true, ema_decay: 0.99, ..PLAIN },
        ),
        (
            "clips",
            ScorerRecipe { kind: ScorerKind::Video, data: data(4), network: video, ..ScorerRecipe::default() },
            Case { batch: 9, ..PLAIN },
        ),
    ];
    for (name, recipe, case) in cases {
        let folder = tempfile::tempdir()?;
        let optimizer = OptimizerSettings { ema_decay: case.ema_decay, ..recipe.optimizer };
        let recipe = ScorerRecipe { run: run_settings(case, folder.path()), optimizer, ..recipe };
        check(rows, &format!("scorer of {name}"), &recipe.open()?, case)?;
    }
    Ok(())
}

/// Tiny decoders of the embedded model.
fn tiny_decoders(rows: &mut Rows) -> Outcome {
    let kept = tempfile::tempdir()?;
    let nano = kept.path().join("nano.safetensors");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/nano/nano.safetensors"), &nano)?;
    let cases = [
        ("narrow", 16, 96, PLAIN),
        ("wide", 48, 32, Case { batch: 8, ema_decay: 0.99, ..PLAIN }),
        ("wide, in parts and again", 48, 32, Case { batch: 8, accumulate: 2, recompute: true, ..PLAIN }),
    ];
    for (name, width, encoded_frames, case) in cases {
        let folder = tempfile::tempdir()?;
        let recipe = TinyDecoderRecipe {
            model: Some(nano.clone()),
            output: Some(folder.path().join("tiny.safetensors")),
            width,
            encoded_frames,
            sampled_clips: 1,
            ..TinyDecoderRecipe::default()
        };
        let optimizer = OptimizerSettings { ema_decay: case.ema_decay, ..recipe.optimizer };
        let [width, height] = small_frames()?;
        let data = DataSettings { width, height, ..recipe.data };
        let recipe = TinyDecoderRecipe { run: run_settings(case, folder.path()), optimizer, data, ..recipe };
        check(rows, &format!("tiny decoder, {name}"), &recipe.open()?, case)?;
    }
    Ok(())
}

/// All stages of Nano's recipe, whose estimates are made before any of their files is there.
fn nano(rows: &mut Rows) -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut recipe =
        NanoRecipe { folder: Some(folder.path().to_owned()), width: 128, height: 64, ..NanoRecipe::default() };
    for vae in [&mut recipe.autoencoder, &mut recipe.decoder] {
        (vae.run.updates, vae.run.batch, vae.crop_width, vae.crop_height) = (2, 4, 64, 64);
    }
    recipe.teacher.phases.retain(|phase| phase.motions.is_empty());
    for phase in &mut recipe.teacher.phases {
        (phase.batch, phase.samples) = if phase.frames == 1 { (16, 32) } else { (2, 4) };
        phase.single_frames_every = 0;
    }
    for (run, batch) in [
        (&mut recipe.student.run, 1),
        (&mut recipe.image_scorer.run, 12),
        (&mut recipe.video_scorer.run, 9),
        (&mut recipe.turbo.run, 1),
        (&mut recipe.tiny_decoder.run, 8),
    ] {
        (run.updates, run.batch) = (2, batch);
    }
    (recipe.tiny_decoder.encoded_frames, recipe.tiny_decoder.sampled_clips) = (32, 1);
    let (run, device) = (recipe.open()?, Device::flex());
    let estimates = run.dry_run(&NanoStage::ALL, &device)?;
    assert_eq!(estimates.len(), NanoStage::ALL.len(), "each stage says what it holds");
    for (stage, estimate) in estimates {
        let meter = Meter::start();
        run.train(&[stage], None, &device, &CancelToken::default(), &mut |_| ())?;
        let used = meter.peak();
        let without = estimate.batch_bytes.max(estimate.update_bytes).max(estimate.checkpoint_bytes);
        rows.add_run(&format!("nano, {}", stage.name()), &estimate, without, used);
    }
    Ok(())
}

/// Width and height of frames whose latents of the embedded model are 12x8.
fn small_frames() -> Result<[usize; 2], Box<dyn std::error::Error>> {
    let downsampling = ModelFile::open(&ModelSource::Embedded)?.description().config.vae.downsampling();
    Ok([12, 8].map(|side| side * downsampling))
}

/// The embedded model as one that predicts noise, and that guidance is computed for.
fn eps_teacher(folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let path = folder.join("teacher.safetensors");
    let nano = ModelFile::open(&ModelSource::Embedded)?;
    let mut description = nano.description().clone();
    description.config.diffusion.parameterization = Parameterization::Eps;
    description.config.unet.time_cond_proj_dim = None;
    description.limits.sampler = SamplerKind::Ddim;
    let mut tensors = Vec::new();
    let tensors_of = |name: &str| !name.contains("time_cond_proj");
    for tensor in nano.checkpoint().contents().tensors.iter().filter(|it| tensors_of(it.name())) {
        let (name, shape) = (tensor.name().to_owned(), tensor.shape().to_vec());
        tensors.push(NamedTensor { name, shape, values: nano.checkpoint().floats(tensor)? });
    }
    write_model(&path, &description, &tensors, WeightPrecision::F16)?;
    Ok(path)
}

/// Small scorers behind the embedded model's decoder.
fn feedback(rows: &mut Rows) -> Outcome {
    let file = ModelFile::open(&ModelSource::Embedded)?;
    let config = &file.description().config;
    let unet = UNetConfig { time_cond_proj_dim: Some(32), ..config.unet.clone() };
    let device = Device::flex();
    let ranks = at_most(RANK);
    let (frames, latent) = (8, [8, 12]);
    let shape =
        ClipShape { latent: [1, unet.in_channels, frames, latent[0], latent[1]], text: [1, 77, unet.context_dim] };
    let looks = LookCounts { image: 3, video: 4 };
    let objective = |source: Option<&dyn ParamSource>| -> Result<Feedback, Box<dyn std::error::Error>> {
        let loader = match source {
            Some(source) => ParamLoader::new(source, &device),
            None => ParamLoader::names_only(),
        };
        let teacher = Teacher {
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
            channels: config.unet.model_channels,
        };
        let settings = ConsistencySettings::default();
        let consistency = Consistency::new(teacher, unet.model_channels, 32, settings, (0.00085, 0.012));
        let judges = students::judges(&config.vae, &image_config(), &video_config(), &loader)?;
        Ok(Feedback::new(consistency, judges, LossWeights::default()))
    };
    let real = objective(Some(&NoZeros))?;
    let meta = objective(None)?;
    let loader = ParamLoader::names_only().with_adapters(&ranks);
    let student = UNet::init(&unet, &loader.path(UNET_PREFIX))?;
    let dropout = DropoutRates::consistency();
    for (name, clips, recompute) in [("one clip", 1, false), ("two clips", 2, false), ("blocks again", 2, true)] {
        let settings = OptimizerSettings::consistency().trainer();
        let mut trainer = students::student(&unet, settings, Some(RANK), &device)?;
        trainer.options = StepOptions { checkpoint_activations: recompute, ..StepOptions::default() };
        trainer.dropout = dropout;
        let shape = shape.of(clips);
        let batch = batch(&shape, looks, &device);
        let mut used = 0;
        for _ in 0..2 {
            let meter = Meter::start();
            trainer.step(&real, &batch, 1e-4);
            used = meter.peak();
        }
        let mode = Mode { trained: Some(Trained::Branches), recompute, dropout };
        let target = Target { threads: 1, ..Target::host() };
        let cost = Tracer::measure(target, |tracer| meta.cost(tracer, &student, &shape, looks, mode));
        rows.add(&format!("feedback, {name}"), cost.peak_bytes + cost.workspace_bytes, used);
        assert_eq!(trainer.loss_parts.len(), 3, "distillation and two scores");
    }
    Ok(())
}

fn batch(shape: &ClipShape, looks: LookCounts, device: &Device) -> FeedbackClips {
    let [clips, _, frames, ..] = shape.latent;
    let text: Tensor<3> = noise(shape.text, device);
    let of = |count: usize, channels: usize| Looks {
        frames: vec![(0..count).map(|frame| frame % frames).collect(); clips],
        texts: noise([clips, channels], device),
        crop: [0, 0],
    };
    let LookCounts { image, video } = looks;
    FeedbackClips {
        clips: ConsistencyClips {
            clean: noise(shape.latent, device),
            noise: noise(shape.latent, device),
            index: vec![20; clips],
            guidance: vec![7.0; clips],
            empty: text.clone().narrow(0, 0, 1),
            text,
            embedding: None,
        },
        image: Some(of(image, 16)),
        video: Some(of(video, 16)),
    }
}

fn text_config() -> ClipTextConfig {
    ClipTextConfig { context_length: 4, vocab_size: 8, width: 8, heads: 2, layers: 1 }
}

fn image_config() -> ClipConfig {
    let vision_cfg =
        ClipVisionConfig { image_size: 64, layers: 4, width: 128, head_width: 64, patch_size: 4, mlp_ratio: 4.0 };
    ClipConfig { embed_dim: 16, vision_cfg, text_cfg: text_config() }
}

fn video_config() -> ViClipConfig {
    let vision =
        ViClipVisionConfig { input_resolution: 64, patch_size: 8, width: 128, layers: 4, heads: 2, num_frames: 4 };
    ViClipConfig { embed_dim: 16, vision, text: text_config() }
}
