//! Pictures of the window. They are compared loosely: graphics drivers round differently, and what a picture guards is
//! layout and colours, not pixels. `UPDATE_SNAPSHOTS=true` writes them anew.

use std::io::Write as _;

use egui::Theme;
use egui_kittest::{Harness, SnapshotOptions};
use hummingbird_engine::job::JobId;
use hummingbird_engine::settings::table;

use super::models::with_page;
use super::training::with_running;
use super::{Bench, bench_of_size, finish, ready, request, start, step};
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::settings::ThemeChoice;
use crate::window::state::view::Level;

/// Draws `state` in a window of `height` points and compares it with the picture `name`; skipped, with a word, where no graphics driver is installed.
fn check(name: &str, mut state: State, theme: Theme, height: f32) {
    if !has_driver() {
        assert!(
            std::env::var_os("HUMMINGBIRD_REQUIRE_GPU").is_none_or(|value| value != "1"),
            "no graphics driver is installed, and this run must not skip"
        );
        // Past the test harness, which shows nothing of tests that pass.
        let line = format!("SKIPPED picture {name:?}: no graphics driver is installed\n");
        std::io::stderr().write_all(line.as_bytes()).expect("it is open");
        return;
    }
    state.view.theme = if theme == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    state.view.focus = None;
    state.results.playback.looping = true;
    state.results.playback.seek(9);
    let mut harness: Harness<'_, Bench> = bench_of_size(state, [880.0, height]);
    harness.run_steps(4);
    let options = SnapshotOptions::new().threshold(1.5).max_failed_pixels(1500);
    harness.snapshot_options(name, &options);
}

fn has_driver() -> bool {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = instance.enumerate_adapters(wgpu::Backends::PRIMARY | wgpu::Backends::GL);
    let mut adapters = std::pin::pin!(adapters);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    // Native backends answer at once.
    matches!(adapters.as_mut().poll(&mut context), std::task::Poll::Ready(found) if !found.is_empty())
}

#[test]
fn idle_dark() {
    check("idle_dark", ready(), Theme::Dark, 700.0);
}

#[test]
fn idle_light() {
    check("idle_light", ready(), Theme::Light, 580.0);
}

#[test]
fn running_dark() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.apply(Command::SetPrompt("a blue boat at sunset".to_owned()), &mut Vec::new());
    state.on_submitted(JobId(2), request("a blue boat at sunset", 2));
    state.on_submitted(JobId(3), request("a yellow star spinning in the night sky with stars", 3));
    start(&mut state, 2);
    step(&mut state, 2, 7);
    state.apply(Command::Run(crate::window::state::action::Action::ShowLive), &mut Vec::new());
    check("running_dark", state, Theme::Dark, 700.0);
}

#[test]
fn models_dark() {
    let mut state = with_page();
    state.get("half".to_owned(), false, &mut Vec::new());
    check("models_dark", state, Theme::Dark, 700.0);
}

#[test]
fn library_dark() {
    let mut state = super::library::with_library_page(12);
    state.view.reduced_motion = true;
    state.library.pick(hummingbird_engine::library::ClipId(9), crate::window::state::library::Pick::Only);
    check("library_dark", state, Theme::Dark, 700.0);
}

#[test]
fn training_dark() {
    check("training_dark", with_running(), Theme::Dark, 700.0);
}

#[test]
fn errors_light() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.apply(Command::SetNumber(&table::STEPS, "0".to_owned()), &mut Vec::new());
    state.apply(Command::SetNumber(&table::GUIDANCE, "lots".to_owned()), &mut Vec::new());
    state.view.notify(Level::Warning, "computing on CPU: the GPU driver is too old");
    state.view.notify(Level::Error, "the clip was not saved: the disk is full: free some space or choose another disk");
    check("errors_light", state, Theme::Light, 580.0);
}

/// One of the export dialogs, or the clip alone.
fn check_export(name: &str, theme: Theme) {
    let state = super::exports::dialogs().into_iter().find(|(dialog, _)| *dialog == name).expect("it is there").1;
    check(&format!("export_{}", name.trim_start_matches("export ").replace(' ', "_")), state, theme, 640.0);
}

#[test]
fn export_all() {
    check_export("export all", Theme::Dark);
}

#[test]
fn export_reel() {
    check_export("reel", Theme::Dark);
}

#[test]
fn export_sample() {
    check_export("sample", Theme::Light);
}

#[test]
fn only_clip() {
    check_export("only clip", Theme::Dark);
}
