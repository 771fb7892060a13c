//! Tests of the window without a system around it: commands on the state, panels under a test harness, pictures of them.

mod batch;
mod commands;
mod data;
mod data_stages;
mod data_window;
mod devices;
mod exports;
mod first_steps;
mod flow;
mod frames;
mod keyboard;
mod layout;
mod library;
mod loras;
mod model_folders;
mod models;
mod panels;
mod paths;
mod paused;
mod power;
mod prompting;
mod queue;
mod screens;
mod shortcuts;
mod snapshots;
mod start;
mod texts;
mod training;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{GlyphBitmap, GlyphRasterizer, RasterizedGlyph};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::error::EngineError;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{Event, JobId, JobProgress, Outcome, Preview, Stage, UsedDecoder};
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::memory::{JobNeed, JobUse};
use hummingbird_engine::model::{ModelCard, ModelSource, Vocabulary};
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::{GenerateRequest, RequestLimits, Reuse, SamplerKind};

use crate::language::Language;
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::shell::Shell;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::models::OpenedModel;
use crate::window::state::settings::Settings;
use crate::window::state::work::{Carried, CarriedSettings};
use crate::window::tasks::engine_link::demo_sha256;

fn card() -> ModelCard {
    let list = |words: &str| words.split(',').map(str::to_owned).collect();
    ModelCard {
        name: "Nano".to_owned(),
        licence: "MIT".to_owned(),
        limits: RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: 16,
            max_frames: 64,
            default_width: 96,
            default_height: 64,
            size_multiple: 32,
            max_size: 512,
            default_fps: 8,
            default_reuse: Reuse::Off,
            tiny_decoder: true,
        },
        vocabulary: Some(Vocabulary {
            colours: list("red,orange,yellow,green,blue,purple,pink,white"),
            subjects: list("ball,square,triangle,star,heart,balloon,boat,bird,fish,car,rocket,flower"),
            motions: list("moving left,moving right,rising,falling,bouncing,spinning,growing,shrinking,hovering"),
            scenes: list(
                "blue sky,night sky with stars,sunset,green meadow,snowy field,ocean,desert,plain black,plain grey",
            ),
        }),
        known_ids: None,
        sha256: "5a".repeat(32),
    }
}

fn request(prompt: &str, seed: u64) -> GenerateRequest {
    GenerateRequest {
        clip: hummingbird_engine::request::ClipSettings {
            prompt: prompt.to_owned(),
            steps: 20,
            guidance: 4.0,
            seed,
            frames: 16,
            width: 96,
            height: 64,
            ..Default::default()
        },
        loras: Vec::new(),
        device: DeviceChoice::Auto,
    }
}

/// A ball that rises over a sea: every frame differs.
fn frames(count: usize) -> Arc<Frames> {
    let (width, height) = (96, 64);
    let mut pixels = Vec::with_capacity(count * width * height * 3);
    for frame in 0..count {
        let centre = 56.0 - 48.0 * frame as f32 / count as f32;
        for y in 0..height {
            for x in 0..width {
                let ball = (x as f32 - 48.0).hypot(y as f32 - centre) < 12.0;
                let colour = match (ball, y > 44) {
                    (true, _) => [214, 48, 44],
                    (false, true) => [34, 92, 158],
                    (false, false) => [150, 200, 238],
                };
                pixels.extend(colour);
            }
        }
    }
    Arc::new(Frames::new(width, height, pixels))
}

fn outcome(prompt: &str, seed: u64) -> Outcome {
    Outcome {
        frames: frames(16),
        request: request(prompt, seed),
        model_name: "Nano".to_owned(),
        model_sha256: "5a".repeat(32),
        decoder: UsedDecoder::Full,
        device_name: "CPU".to_owned(),
        memory_need: JobNeed::default(),
        memory_use: JobUse::default(),
        latent_path: Some(PathBuf::from("latent.safetensors")),
        elapsed_secs: 6.2,
        first_preview_secs: Some(0.4),
        warnings: Vec::new(),
    }
}

/// Chooses a model, and has it opened or not.
fn opened(state: &mut State, source: ModelSource, card: Result<ModelCard, EngineError>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let ticket = state.models.choose(source.clone());
    state.on_model(ticket, source, card.map(|card| OpenedModel { card, planners: None }), &mut effects);
    effects
}

/// Asks for a clip's settings, and has them read or not.
fn clip_read(state: &mut State, path: &str, read: Result<Option<Provenance>, String>) {
    let ticket = state.form.reading.ask();
    let read = read.map(|read| {
        read.map(|provenance| {
            let is_of_demo = provenance.model_sha256 == demo_sha256();
            Carried::Ours(CarriedSettings { is_of_demo, provenance })
        })
    });
    state.on_clip_read(ticket, Path::new(path), read);
}

/// A state with an open model.
fn ready() -> State {
    let mut state = State::new(Settings::default());
    opened(&mut state, ModelSource::Embedded, Ok(card()));
    state.results.playback.playing = false;
    state
}

/// Applies commands and returns the effects.
fn apply(state: &mut State, commands: impl IntoIterator<Item = Command>) -> Vec<Effect> {
    let mut effects = Vec::new();
    commands.into_iter().for_each(|command| state.apply(command, &mut effects));
    effects
}

fn run(state: &mut State, action: Action) -> Vec<Effect> {
    apply(state, [Command::Run(action)])
}

/// Takes a job to its end, and its clip into the history.
fn finish(state: &mut State, job: u64, prompt: &str) {
    state.on_submitted(JobId(job), request(prompt, job));
    start(state, job);
    state.on_event(Event::Done { job: JobId(job), outcome: Box::new(outcome(prompt, job)) });
    state.results.playback.playing = false;
}

/// A job that the engine has stands in the journal, with so many steps done.
fn journaled(state: &mut State, job: JobId, key: JobKey, steps_done: u32) {
    let waiting = state.jobs.waiting.iter_mut().find(|waiting| waiting.id == job).expect("it waits");
    waiting.kept = Some((key, steps_done));
}

fn start(state: &mut State, job: u64) {
    state.on_event(Event::Started {
        job: JobId(job),
        device: "CPU (2 threads)".to_owned(),
        reason: "no GPU was found".to_owned().into(),
    });
}

/// Sampling step `done` of 20, with its preview.
fn step(state: &mut State, job: u64, done: u32) {
    let progress =
        JobProgress { stage: Stage::Denoise, done, total: 20, elapsed_secs: 0.3 * done as f32, eta_secs: Some(4.0) };
    state.on_event(Event::Progress { job: JobId(job), progress });
    state.on_preview(Preview { job: JobId(job), frames: frames(16), step: done, decoded_frames: 0 });
    state.results.playback.playing = false;
}

/// A window under test, with everything that it asked for.
struct Bench {
    shell: Shell,
    effects: Vec<Effect>,
    /// Those about the sample of the export dialog, which follow from its being open.
    samples: Vec<Effect>,
    /// Every command, in order.
    commands: Vec<Command>,
}

fn bench(state: State) -> Harness<'static, Bench> {
    bench_of_size(state, [1000.0, 700.0])
}

fn bench_of_size(state: State, size: [f32; 2]) -> Harness<'static, Bench> {
    bench_of_scale(state, size, 1.0)
}

/// A window of `size` pixels on a screen where a point has `scale` of them.
fn bench_of_scale(state: State, size: [f32; 2], scale: f32) -> Harness<'static, Bench> {
    let mut shell = Shell::new(Settings::default());
    shell.state = state;
    let bench = Bench { shell, effects: Vec::new(), samples: Vec::new(), commands: Vec::new() };
    let frame = |ui: &mut egui::Ui, bench: &mut Bench| {
        ui.ctx().add_glyph_rasterizer(letters_of_languages());
        bench.commands.extend(bench.shell.pending.iter().cloned());
        let mut effects = Vec::new();
        bench.shell.logic(ui.ctx(), &mut effects);
        let is_of_sample = |effect: &Effect| matches!(effect, Effect::Sample(_) | Effect::StopSample(_));
        let (samples, others): (Vec<_>, Vec<_>) = effects.into_iter().partition(is_of_sample);
        bench.samples.extend(samples);
        bench.effects.extend(others);
        bench.shell.ui(ui);
    };
    let mut harness = Harness::builder()
        .with_size(egui::Vec2::from(size) / scale)
        .with_pixels_per_point(scale)
        .with_os(egui::os::OperatingSystem::Nix)
        .build_ui_state(frame, bench);
    harness.run_steps(3);
    harness
}

/// Empty squares for the letters in which languages call themselves in the View menu: fonts for those are the system's. All other
/// letters must be in the window's own fonts.
fn letters_of_languages() -> GlyphRasterizer {
    let letters: String = Language::ALL.into_iter().map(Language::own_name).collect();
    GlyphRasterizer::new("letters of languages", move |request| {
        letters.contains(request.cluster).then(|| RasterizedGlyph {
            bitmap: GlyphBitmap {
                image: egui::ColorImage::filled([1, 1], egui::Color32::TRANSPARENT),
                offset_px: egui::Vec2::ZERO,
                is_color: false,
            },
            advance_px: request.font_size_px,
        })
    })
}

/// Presses a key, and lets the window follow.
fn press(harness: &mut Harness<'_, Bench>, modifiers: egui::Modifiers, key: egui::Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

/// Whether a text stands anywhere in the window.
fn says(harness: &Harness<'_, Bench>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}
