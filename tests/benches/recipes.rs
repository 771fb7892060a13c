//! Whole updates of the recipes `distil` and `turbo` at Nano's widths on the CPU device: the teacher's passes, the student's, in
//! `turbo` also decoder and scorers with their gradients, and AdamW. Clips are noise; nothing is read or encoded. `clips` is what keeping
//! latents spares in whole runs.
//!
//! `cargo bench --workspace --bench recipes [-- distil|turbo|clips [UPDATES]]`, and `peers/recipes.py` for the same in PyTorch. The first
//! update does not count.

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use hummingbird_engine::CancelToken;
use hummingbird_engine::judges::config::{
    ClipConfig, ClipTextConfig, ClipVisionConfig, ViClipConfig, ViClipVisionConfig,
};
use hummingbird_engine::memory::{Allocator, Meter};
use hummingbird_engine::model::DiffusionConfig;
use hummingbird_engine::nn::config::{UNetConfig, VaeConfig};
use hummingbird_engine::nn::dropout::DropoutRates;
use hummingbird_engine::nn::params::{NoZeros, ParamLoader};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::training::objectives::Objective;
use hummingbird_engine::training::objectives::consistency::{Consistency, ConsistencyClips, ConsistencySettings};
use hummingbird_engine::training::objectives::feedback::{Feedback, FeedbackClips, Looks, LossWeights};
use hummingbird_engine::training::objectives::guided_distillation::{GuidedClips, GuidedDistillation, Teacher};
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::recipes::clips::ClipSettings;
use hummingbird_engine::training::recipes::distil::DistilRecipe;
use hummingbird_engine::training::recipes::settings::{DataSettings, OptimizerSettings, RunSettings};
use hummingbird_engine::training::trainer::optimizer::StateBits;
use hummingbird_engine::training::trainer::{TrainPosition, Trainer};
use hummingbird_tests::students;
use hummingbird_tests::unet_input::noise;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Clips of an update, frames, height and width of their latents.
const CLIPS: usize = 2;
const FRAMES: usize = 8;
const LATENT: [usize; 2] = [8, 12];
/// Rank of the branches.
const RANK: usize = 8;
/// Width of the guidance embedding.
const EMBEDDING: usize = 256;
/// Frames of a clip that the scorer of pictures sees.
const PICTURES: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let which = args.next();
    let updates = args.next().map_or(Ok(5), |count| count.parse::<usize>())?;
    match which.as_deref() {
        Some("clips") => clips(updates as u64),
        Some("distil") => distil(updates),
        Some("turbo") => turbo(updates),
        _ => distil(updates).and_then(|()| turbo(updates)),
    }
}

/// Whole runs of the recipe `distil` on the embedded model and few drawn clips that come again and again, in turn without and with
/// their latents kept.
#[expect(clippy::print_stdout, reason = "this is what a bench is for")]
fn clips(updates: u64) -> Result<(), Box<dyn Error>> {
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/nano/nano.safetensors");
    let mut best = [f64::INFINITY; 2];
    for round in 0..3 {
        for (place, keep_mib) in [(0, 0), (1, 256)] {
            let folder = tempfile::tempdir()?;
            let plain = DistilRecipe::default();
            let recipe = DistilRecipe {
                teacher: Some(nano.into()),
                data: DataSettings { frames: 16, width: 96, height: 64, ..plain.data },
                clips: ClipSettings { drawn: 2, keep_mib },
                run: RunSettings {
                    folder: folder.path().to_owned(),
                    updates,
                    checkpoint_activations: false,
                    ..plain.run
                },
                ..plain
            };
            recipe.open()?.train(&Device::flex(), &CancelToken::default(), &mut |_| ())?;
            let secs = TrainPosition::newest(folder.path())?.map_or(0.0, |position| position.elapsed_secs);
            best[place] = best[place].min(secs / updates as f64);
            println!("round {round}, {keep_mib} MiB: {:.3} s an update", secs / updates as f64);
        }
    }
    println!("{:.3} and {:.3} s at best: {:.2} times as fast", best[0], best[1], best[0] / best[1]);
    Ok(())
}

/// The student's sizes, and those of its teacher.
fn sizes() -> [UNetConfig; 2] {
    let student = UNetConfig {
        model_channels: 48,
        num_head_channels: 16,
        context_dim: 64,
        channel_mult: vec![1, 2, 2],
        norm_groups: 8,
        time_cond_proj_dim: None,
        ..UNetConfig::hummingbird_07b()
    };
    let teacher = UNetConfig { num_res_blocks: 2, middle_block: true, ..student.clone() };
    [student, teacher]
}

fn teacher(config: &UNetConfig, device: &Device) -> Result<Teacher, Box<dyn Error>> {
    let loader = ParamLoader::new(&NoZeros, device);
    Ok(Teacher { unet: UNet::init(config, &loader.path(UNET_PREFIX))?, channels: config.model_channels })
}

fn latents(device: &Device) -> Tensor<5> {
    let [height, width] = LATENT;
    noise([CLIPS, 4, FRAMES, height, width], device)
}

fn distil(updates: usize) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let [student, of_teacher] = sizes();
    let teacher = teacher(&of_teacher, &device)?;
    let objective = GuidedDistillation::new(teacher, student.model_channels, 12.0, &DiffusionConfig::default());
    let mut trainer = students::student(&student, OptimizerSettings::default().trainer(), None, &device)?;
    trainer.dropout = DropoutRates::distillation();
    let text: Tensor<3> = noise([CLIPS, 77, student.context_dim], &device);
    let batch = GuidedClips {
        clean: latents(&device),
        noise: latents(&device),
        timesteps: vec![500; CLIPS],
        empty: text.clone().narrow(0, 0, 1),
        text,
        fps: vec![8.0; CLIPS],
    };
    time("distil", &mut trainer, &objective, &batch, updates);
    Ok(())
}

fn turbo(updates: usize) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let [student, of_teacher] = sizes();
    let student = UNetConfig { time_cond_proj_dim: Some(EMBEDDING), ..student };
    let vae = VaeConfig { ch: 32, ..VaeConfig::kl_f8() };
    let loader = ParamLoader::new(&NoZeros, &device);
    let judges = students::judges(&vae, &image_scorer(), &video_scorer(), &loader)?;
    let consistency = Consistency::new(
        teacher(&of_teacher, &device)?,
        student.model_channels,
        EMBEDDING,
        ConsistencySettings::default(),
        DiffusionConfig::default().beta_ends(),
    );
    let objective = Feedback::new(consistency, judges, LossWeights::default());
    // PyTorch alone has no 8-bit state.
    let settings = OptimizerSettings { bits: StateBits::Full, ..OptimizerSettings::consistency() }.trainer();
    let mut trainer = students::student(&student, settings, Some(RANK), &device)?;
    trainer.dropout = DropoutRates::consistency();
    let text: Tensor<3> = noise([CLIPS, 77, student.context_dim], &device);
    let looks = |count: usize| Looks {
        frames: vec![(0..count).collect(); CLIPS],
        texts: noise([CLIPS, 64], &device),
        crop: [0, 0],
    };
    let batch = FeedbackClips {
        clips: ConsistencyClips {
            clean: latents(&device),
            noise: latents(&device),
            index: vec![25; CLIPS],
            guidance: vec![7.5; CLIPS],
            empty: text.clone().narrow(0, 0, 1),
            text,
            embedding: None,
        },
        image: Some(looks(PICTURES)),
        video: Some(looks(FRAMES)),
    };
    time("turbo", &mut trainer, &objective, &batch, updates);
    Ok(())
}

fn text_tower() -> ClipTextConfig {
    ClipTextConfig { context_length: 4, vocab_size: 8, width: 8, heads: 2, layers: 1 }
}

fn image_scorer() -> ClipConfig {
    let vision_cfg =
        ClipVisionConfig { image_size: 64, layers: 4, width: 128, head_width: 32, patch_size: 8, mlp_ratio: 4.0 };
    ClipConfig { embed_dim: 64, vision_cfg, text_cfg: text_tower() }
}

fn video_scorer() -> ViClipConfig {
    let vision =
        ViClipVisionConfig { input_resolution: 64, patch_size: 8, width: 128, layers: 4, heads: 4, num_frames: FRAMES };
    ViClipConfig { embed_dim: 64, vision, text: text_tower() }
}

#[expect(clippy::print_stdout, reason = "this is what a bench is for")]
fn time<O: Objective<UNet>>(name: &str, trainer: &mut Trainer<UNet>, objective: &O, batch: &O::Batch, updates: usize) {
    let mut best = f64::INFINITY;
    for update in 0..=updates {
        let meter = Meter::start();
        let started = Instant::now();
        let loss = trainer.step(objective, batch, 1e-5);
        let secs = started.elapsed().as_secs_f64();
        if update > 0 {
            best = best.min(secs);
        }
        println!("{name}, update {update}: {secs:.3} s, loss {loss:.4}, {} MiB at most", meter.peak() >> 20);
    }
    println!("{name}: {best:.3} s at best, {:.3} updates a second", 1.0 / best);
}
