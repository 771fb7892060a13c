//! Pictures of the window. They are compared loosely: graphics drivers round differently, and what a picture guards is
//! layout and colours, not pixels. `UPDATE_SNAPSHOTS=true` writes them anew.

use std::io::Write as _;

use egui::Theme;
use egui::epaint::text::{FallbackRequest, FontProvider as _};
use egui_kittest::{Harness, SnapshotOptions};
use egui_system_font_provider::SystemFontProvider;
use hummingbird_engine::job::JobId;
use hummingbird_engine::request::RequestError;
use hummingbird_engine::settings::table;

use super::models::with_page;
use super::training::with_running;
use super::{Bench, bench_of_scale, finish, ready, request, start, step};
use crate::language::LanguageChoice;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::layout::Page;
use crate::window::state::queue::JobPlan;
use crate::window::state::settings::ThemeChoice;
use crate::window::state::shortcuts::{Palette, ShortcutsPage};
use crate::window::state::view::{DialogKind, FirstStep, Level};

/// Draws `state` in a window of 880 points by `height`.
fn check(name: &str, state: State, theme: Theme, height: f32) {
    let theme = if theme == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    check_at(name, state, theme, [880.0, height], 1.0);
}

/// Draws `state` in a window of `size` pixels with `scale` pixels a point and compares it with the picture `name`; skipped, with a
/// word, where no graphics driver is installed.
fn check_at(name: &str, mut state: State, theme: ThemeChoice, size: [f32; 2], scale: f32) {
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
    state.view.theme = theme;
    state.view.focus = None;
    state.results.playback.looping = true;
    state.results.playback.seek(9);
    let mut harness: Harness<'_, Bench> = bench_of_scale(state, size, scale);
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

/// A page in a language. Fonts for Japanese and Chinese come from the system, as in the program; `sample` is a letter that needs one.
fn language(choice: LanguageChoice, sample: &str) {
    let tag = choice.language().tag();
    let name = format!("language_{tag}");
    if !sample.is_empty() && !has_font_for(sample, tag) {
        let line = format!("SKIPPED picture {name:?}: no font for it is installed\n");
        std::io::stderr().write_all(line.as_bytes()).expect("it is open");
        return;
    }
    // Words are those of the moment in which they are said.
    crate::language::choose(choice.language());
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.on_submitted(JobId(2), request("a blue boat at sunset", 2));
    start(&mut state, 2);
    step(&mut state, 2, 7);
    // No time of day in a picture.
    state.queue.done = 0;
    state.view.notify(Level::Error, crate::sentences::in_words(&RequestError::EmptyPrompt));
    state.view.language = choice;
    check_at(&name, state, ThemeChoice::Dark, [1000.0, 638.0], 1.0);
}

#[test]
fn language_english() {
    language(LanguageChoice::English, "");
}

#[test]
fn language_german() {
    language(LanguageChoice::German, "");
}

#[test]
fn language_spanish() {
    language(LanguageChoice::Spanish, "");
}

#[test]
fn language_japanese() {
    language(LanguageChoice::Japanese, "日");
}

#[test]
fn language_chinese() {
    language(LanguageChoice::Chinese, "简");
}

fn has_font_for(sample: &str, tag: &str) -> bool {
    let fonts = SystemFontProvider::new().with_locale(Some(tag));
    fonts.font_for(&FallbackRequest { cluster: sample, family: &egui::FontFamily::Proportional }).is_some()
}

#[test]
fn idle_light() {
    check("idle_light", ready(), Theme::Light, 580.0);
}

/// Draws a page that helps with the prompt.
fn check_prompting(page: &str, name: &str, theme: Theme) {
    let found = super::prompting::states().into_iter().find(|(it, _)| *it == page);
    check(name, found.expect("a state of this name").1, theme, 700.0);
}

#[test]
fn enhance_light() {
    check_prompting("offer", "enhance_light", Theme::Light);
}

#[test]
fn server_dark() {
    check_prompting("server that answers", "server_dark", Theme::Dark);
}

#[test]
fn prompts_dark() {
    check_prompting("prompts", "prompts_dark", Theme::Dark);
}

#[test]
fn styles_light() {
    check_prompting("styles", "styles_light", Theme::Light);
}

fn running() -> State {
    let mut state = ready();
    finish(&mut state, 1, "a red ball rising over the ocean");
    state.apply(Command::SetPrompt("a blue boat at sunset".to_owned()), &mut Vec::new());
    state.on_submitted(JobId(2), request("a blue boat at sunset", 2));
    state.enqueue(request("a yellow star spinning in the night sky with stars", 3), None, JobPlan::default());
    start(&mut state, 2);
    step(&mut state, 2, 7);
    state.apply(Command::Run(crate::window::state::action::Action::ShowLive), &mut Vec::new());
    state
}

#[test]
fn running_dark() {
    check("running_dark", running(), Theme::Dark, 700.0);
}

const SMALL: [f32; 2] = [640.0, 480.0];
const MEDIUM: [f32; 2] = [1280.0, 720.0];
const LARGE: [f32; 2] = [2560.0, 1440.0];

#[test]
fn small_idle() {
    check_at("small_idle", ready(), ThemeChoice::Dark, SMALL, 1.0);
}

#[test]
fn small_running() {
    check_at("small_running", running(), ThemeChoice::Light, SMALL, 1.0);
}

/// A page of a small window at a large scale.
fn check_page(name: &str, page: Page) {
    let mut state = running();
    state.view.page = page;
    check_at(name, state, ThemeChoice::Dark, SMALL, 2.0);
}

#[test]
fn small_200_create() {
    check_page("small_200_create", Page::Create);
}

#[test]
fn small_200_clip() {
    check_page("small_200_clip", Page::Clip);
}

#[test]
fn small_200_history() {
    check_page("small_200_history", Page::History);
}

#[test]
fn medium_running() {
    check_at("medium_running", running(), ThemeChoice::Dark, MEDIUM, 1.0);
}

#[test]
fn medium_200_running() {
    check_at("medium_200_running", running(), ThemeChoice::Light, MEDIUM, 2.0);
}

#[test]
fn medium_200_library() {
    let mut library = super::library::with_library_page(12);
    library.view.reduced_motion = Some(true);
    check_at("medium_200_library", library, ThemeChoice::Dark, MEDIUM, 2.0);
}

#[test]
fn high_contrast() {
    let mut state = running();
    state.view.advanced = true;
    state.apply(Command::SetNumber(&table::STEPS, "0".to_owned()), &mut Vec::new());
    check_at("contrast_running", state, ThemeChoice::HighContrast, MEDIUM, 1.0);
}

#[test]
fn large_windows() {
    let mut state = running();
    state.view.advanced = true;
    check_at("large_150_running", state, ThemeChoice::Dark, LARGE, 1.5);
}

/// A dialog over a window in which a job runs.
fn check_dialog(name: &str, dialog: DialogKind) {
    let mut state = running();
    state.view.dialog = Some(dialog);
    check_at(name, state, ThemeChoice::Dark, MEDIUM, 1.0);
}

#[test]
fn palette_dark() {
    check_dialog("palette_dark", DialogKind::Palette(Palette { text: "clip".to_owned(), at: 1 }));
}

#[test]
fn shortcuts_dark() {
    check_dialog("shortcuts_dark", DialogKind::Shortcuts(ShortcutsPage::default()));
}

#[test]
fn first_steps_dark() {
    check_dialog("first_steps_dark", DialogKind::FirstSteps(FirstStep::Demo));
}

#[test]
fn models_dark() {
    let mut state = with_page();
    state.get("half".to_owned(), false, &mut Vec::new());
    check("models_dark", state, Theme::Dark, 700.0);
}

#[test]
fn model_folders_light() {
    let mut state = super::model_folders::with_folders();
    // Room for what is below the models folder.
    state.models.listing.iter_mut().for_each(|listing| listing.rows.truncate(1));
    check("model_folders_light", state, Theme::Light, 900.0);
}

#[test]
fn library_dark() {
    let mut state = super::library::with_library_page(12);
    state.view.reduced_motion = Some(true);
    state.library.pick(hummingbird_engine::library::ClipId(9), crate::window::state::library::Pick::Only);
    check("library_dark", state, Theme::Dark, 700.0);
}

#[test]
fn devices_dark() {
    check("devices_dark", super::devices::with_measuring(), Theme::Dark, 700.0);
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
