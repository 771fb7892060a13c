//! What the window's own work on one picture costs: commands, panels and shapes, without the graphics driver.
//!
//! ```sh
//! HUMMINGBIRD_FRAMES=2000 cargo test --release -p hummingbird frames -- --nocapture
//! ```
//!
//! prints the median and the 95th percentile of so many pictures, each with 60 of them in a second of the window's clock. Without the
//! variable a few pictures are drawn, so that the cases stay as they are.

use std::io::Write as _;
use std::time::{Duration, Instant};

use egui::{Event, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, vec2};

use super::library::{answer, with_library_rows};
use super::{finish, ready, request, start, step};
use crate::window::commands::effect::Effect;
use crate::window::shell::Shell;
use crate::window::state::State;
use crate::window::state::queue::JobPlan;
use crate::window::state::settings::Settings;
use hummingbird_engine::job::JobId;

const PICTURES: &str = "HUMMINGBIRD_FRAMES";
const SIZE: [f32; 2] = [1280.0, 800.0];
const CLIPS: i64 = 10_000;
/// Clips in sight before the first picture.
const IN_SIGHT: usize = 40;
/// Pictures that are drawn before the first one counts: fonts and textures are made in them.
const FIRST: usize = 20;
/// Points that the wheel turns in a picture, while the library is scrolled.
const SCROLLED: f32 = 60.0;

/// What a picture took.
struct Took {
    work: Duration,
    /// Whether shapes came of it.
    drew: bool,
}

/// Draws `count` pictures and says what each took. `answered` is what the library's threads would do.
fn draw(state: State, count: usize, scrolls: bool, answered: &dyn Fn(&mut State, Vec<Effect>)) -> Vec<Took> {
    let context = egui::Context::default();
    let mut shell = Shell::new(Settings::default());
    shell.state = state;
    let middle = Pos2::new(SIZE[0] * 0.35, SIZE[1] * 0.5);
    let mut took = Vec::with_capacity(count);
    for number in 0..count + FIRST {
        let mut events = vec![Event::PointerMoved(middle)];
        if scrolls {
            let delta = vec2(0.0, -SCROLLED);
            let (unit, phase, source) = (MouseWheelUnit::Point, egui::TouchPhase::Move, MouseWheelSource::Unknown);
            events.push(Event::MouseWheel { unit, delta, phase, source, modifiers: egui::Modifiers::NONE });
        }
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, SIZE.into()));
        let input = RawInput { screen_rect, time: Some(number as f64 / 60.0), events, ..RawInput::default() };
        let mut effects = Vec::new();
        let began = Instant::now();
        let mut output = context.run_ui(input, |ui| {
            shell.logic(ui.ctx(), &mut effects);
            shell.ui(ui);
        });
        let shapes = context.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let work = began.elapsed();
        // There is no driver that takes them.
        output.textures_delta.clear();
        if number >= FIRST {
            took.push(Took { work, drew: !shapes.is_empty() });
        }
        answered(&mut shell.state, effects);
    }
    took
}

fn running() -> State {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.on_submitted(JobId(2), request("a blue boat at sunset", 2));
    state.enqueue(request("a yellow star", 3), None, JobPlan::default());
    start(&mut state, 2);
    step(&mut state, 2, 7);
    state.results.playback.playing = true;
    state
}

fn playing() -> State {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.results.playback.playing = true;
    state
}

#[test]
fn frames_are_drawn_idle_playing_running_and_in_a_large_library() {
    let asked = std::env::var(PICTURES).ok().and_then(|count| count.parse().ok());
    let count = asked.unwrap_or(5);
    let nothing: &dyn Fn(&mut State, Vec<Effect>) = &|_, _| ();
    let library: &dyn Fn(&mut State, Vec<Effect>) = &|state, effects| drop(answer(state, effects, CLIPS));
    let cases = [
        ("idle", ready(), false, nothing),
        ("playing", playing(), false, nothing),
        ("a job runs", running(), false, nothing),
        ("a library of 10,000, still", with_library_rows(CLIPS, IN_SIGHT), false, library),
        ("a library of 10,000, scrolled", with_library_rows(CLIPS, IN_SIGHT), true, library),
    ];
    for (name, state, scrolls, answered) in cases {
        let mut took = draw(state, count, scrolls, answered);
        assert!(took.iter().all(|it| it.drew), "{name}: a picture is empty");
        if asked.is_some() {
            took.sort_by_key(|it| it.work);
            let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize].work.as_secs_f64() * 1000.0;
            // Past the test harness, which shows nothing of tests that pass.
            let line = format!("{name:32} median {:7.3} ms, p95 {:7.3} ms\n", at(0.5), at(0.95));
            std::io::stderr().write_all(line.as_bytes()).expect("it is open");
        }
    }
}
