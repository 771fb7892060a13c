//! From Enter to the finished clip, as the window sees it: the embedded model at its default settings, with previews after
//! every step. The first job of a fresh engine also opens the device and loads the model; the later ones do not. Every other one of
//! those stands in a journal, as the window's jobs do: it should take no longer.
//!
//! `cargo bench --package hummingbird-tests --bench enter_to_clip [-- DEVICE [JOBS]]`

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use hummingbird_engine::job::{Event, Stage};
use hummingbird_engine::jobs::journal::{Journal, StepKeeper};
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::RawRequest;
use hummingbird_engine::worker::EngineHandle;
use hummingbird_tests::engine::OwnEngine;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const PROMPT: &str = "a red balloon rising over the ocean";

/// Seconds of one job.
struct Times {
    first_preview: f32,
    sampled: f32,
    finished: f32,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let device = words.next().unwrap_or_else(|| "cpu".to_owned()).parse()?;
    let jobs: usize = words.next().map_or(Ok(5), |count| count.parse())?;
    let started = Instant::now();
    let engine = OwnEngine::start();
    let opened = started.elapsed().as_secs_f32();
    let raw = RawRequest { prompt: PROMPT.to_owned(), seed: Some(1), device, ..RawRequest::default() };
    let request = raw.validate(&engine.model().limits)?;
    print(&format!(
        "{} steps, {} frames, {}x{}",
        request.clip.steps, request.clip.frames, request.clip.width, request.clip.height
    ));
    let folder = tempfile::tempdir()?;
    let journal = Journal::open(folder.path(), Arc::new(|| ()))?.journal;
    let cold = job(&engine, &request, None)?;
    print(&format!("engine started in {opened:.2} s"));
    show("first job", &cold);
    let (mut plain, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..jobs.max(1) {
        plain.push(job(&engine, &request, None)?);
        let keeper = journal.add(&request, &ModelSource::Embedded);
        let key = keeper.key();
        kept.push(job(&engine, &request, Some(keeper))?);
        journal.forget(key);
    }
    for (what, times) in [("later jobs", &mut plain), ("later jobs of a journal", &mut kept)] {
        times.sort_by(|a, b| a.finished.total_cmp(&b.finished));
        show(&format!("median of {} {what}", times.len()), &times[times.len() / 2]);
        show("fastest", &times[0]);
    }
    Ok(())
}

fn job(
    engine: &EngineHandle,
    request: &hummingbird_engine::request::GenerateRequest,
    keeper: Option<StepKeeper>,
) -> Result<Times, Box<dyn Error>> {
    let started = Instant::now();
    let (mut first_preview, mut sampled) = (None, 0.0);
    match keeper {
        Some(keeper) => engine.submit_kept(request.clone(), keeper)?,
        None => engine.submit(request.clone())?,
    };
    for event in engine.events() {
        let now = started.elapsed().as_secs_f32();
        match event {
            Event::PreviewReady { .. } => _ = first_preview.get_or_insert(now),
            Event::Progress { progress, .. } if progress.stage == Stage::Denoise => sampled = now,
            Event::Done { .. } => {
                let first_preview = first_preview.ok_or("the job sent no preview")?;
                return Ok(Times { first_preview, sampled, finished: now });
            }
            Event::Failed { error, .. } => return Err(error.into()),
            _ => {}
        }
    }
    Err("the engine stopped".into())
}

fn show(what: &str, times: &Times) {
    let Times { first_preview, sampled, finished } = times;
    print(&format!("{what}: first preview {first_preview:.2} s, last step {sampled:.2} s, finished {finished:.2} s"));
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn print(line: &str) {
    println!("{line}");
}
