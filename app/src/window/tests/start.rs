//! How the window begins, what later starts hand over, and parts of it that fail.

use std::path::PathBuf;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::store::Release;
use semver::Version;

use super::{Bench, apply, bench, finish, ready, run, says};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::broken::Part;
use crate::window::state::models::ModelStatus;
use crate::window::state::settings::Settings;
use crate::window::state::view::DialogKind;
use crate::window::state::work::{HandedModel, Handover, ModelOrder};

type Harness = egui_kittest::Harness<'static, Bench>;

fn state(harness: &mut Harness) -> &mut State {
    &mut harness.state_mut().shell.state
}

#[test]
fn a_part_that_panics_leaves_the_others_and_can_be_put_away() {
    let parts = [Part::Menu, Part::Controls, Part::History, Part::Transport, Part::Stage];
    for part in parts {
        let mut shown = ready();
        finish(&mut shown, 1, "a red ball");
        shown.view.fails = Some(part);
        let mut harness = bench(shown);
        let name = part.name();
        assert!(says(&harness, &format!("{name} cannot be shown because of an internal error")), "{part:?}");
        let others = if part == Part::Controls { "Not saved" } else { "Prompt" };
        assert!(says(&harness, others), "{part:?} takes the others with it");
        // The report names version and part, and nothing of the person.
        harness.get_by_label(&format!("Copy report: {name}")).click();
        harness.run_steps(3);
        let copied = harness.state().effects.iter().find_map(|effect| match effect {
            Effect::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let report = copied.expect("it is copied");
        assert!(report.contains(env!("CARGO_PKG_VERSION")) && report.contains("fails for a test"), "{report}");
        assert!(!report.contains("somebody") && !report.contains("secret"), "{report}");
        harness.get_by_label(&format!("Go on without this: {name}")).click();
        harness.run_steps(3);
        assert!(!says(&harness, "internal error"), "{part:?} is put away");
        assert!(says(&harness, others));
    }
}

#[test]
fn a_part_that_failed_once_comes_back() {
    let mut failing = ready();
    failing.view.fails = Some(Part::Controls);
    let mut harness = bench(failing);
    assert!(!says(&harness, "Prompt"));
    state(&mut harness).view.fails = None;
    harness.get_by_label("Try again: The settings").click();
    harness.run_steps(3);
    assert!(says(&harness, "Prompt") && !says(&harness, "internal error"));
}

#[test]
fn a_dialog_that_fails_gives_the_keyboard_back() {
    let mut harness = bench(ready());
    state(&mut harness).view.fails = Some(Part::Dialog);
    harness.key_press(Key::F1);
    harness.run_steps(4);
    assert!(says(&harness, "This dialog cannot be shown"));
    harness.get_by_label("Go on without this: This dialog").click();
    harness.run_steps(3);
    assert_eq!(state(&mut harness).view.dialog, None);
    state(&mut harness).view.fails = None;
    harness.key_press(Key::F1);
    harness.run_steps(3);
    assert!(says(&harness, "Help and shortcuts") && !says(&harness, "internal error"), "the next one is whole");
}

/// A window before any model is open that asks whether to start safely.
fn asking() -> State {
    let mut settings = Settings { model: Some(PathBuf::from("/models/big.safetensors")), ..Settings::default() };
    settings.controls.asked.prompt = "a boat".to_owned();
    let mut state = State::new(settings);
    state.view.dialog = Some(DialogKind::SafeStart);
    state
}

#[test]
fn a_safe_start_opens_no_model_and_keeps_what_was_typed() {
    let mut harness = bench(asking());
    assert!(says(&harness, "The last two windows ended without being closed"));
    assert_eq!(state(&mut harness).settings().model, Some("/models/big.safetensors".into()), "nothing is decided yet");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.state().effects.is_empty(), "{:?}", harness.state().effects);
    let state = state(&mut harness);
    assert!(matches!(state.models.status, ModelStatus::Failed) && state.view.dialog.is_none());
    assert_eq!(state.form.controls.asked.device, DeviceChoice::Cpu);
    assert_eq!(state.form.controls.asked.prompt, "a boat");
    let effects = run(state, Action::UseDemoModel);
    assert!(matches!(&effects[..], [Effect::OpenModel { source: ModelSource::Embedded, .. }]), "one step to a model");
    // Or as always.
    let mut harness = bench(asking());
    harness.get_by_label("Start as usual").click();
    harness.run_steps(3);
    let effects = &harness.state().effects;
    assert!(
        matches!(&effects[..], [Effect::OpenModel { source: ModelSource::File(path), .. }] if path.ends_with("big.safetensors")),
        "{effects:?}"
    );
}

#[test]
fn a_later_start_opens_its_files_in_this_window() {
    let mut state = ready();
    // A page that would take a dropped folder for its own.
    state.view.dialog = Some(DialogKind::Training);
    let files = ["/x/a.mp4", "/x/style.safetensors"].map(PathBuf::from).to_vec();
    let handover = Handover { files, model: None, device: Some(DeviceChoice::Cpu) };
    let effects = apply(&mut state, [Command::HandedOver(handover)]);
    assert!(
        matches!(
            &effects[..],
            [Effect::ComeForward, Effect::ReadClip { path: clip, .. }, Effect::Models(ModelOrder::Inspect { path: lora, only_lora: false, .. })]
                if clip.ends_with("a.mp4") && lora.ends_with("style.safetensors")
        ),
        "{effects:?}"
    );
    assert_eq!(state.form.controls.asked.device, DeviceChoice::Cpu);
    let model = Some(HandedModel::File(PathBuf::from("/x/big.safetensors")));
    let effects = apply(&mut state, [Command::HandedOver(Handover { model, ..Handover::default() })]);
    assert!(matches!(&effects[..], [Effect::ComeForward, Effect::OpenModel { .. }]), "{effects:?}");
    let effects = apply(&mut state, [Command::HandedOver(Handover::default())]);
    assert!(matches!(&effects[..], [Effect::ComeForward]), "a start without files only shows the window");
}

#[test]
fn keys_do_not_act_behind_the_question() {
    let mut harness = bench(asking());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Q);
    harness.run_steps(3);
    assert!(harness.state().effects.is_empty());
}

#[test]
fn a_newer_version_is_told_only_when_it_is_asked_for() {
    let release = |version: [u64; 3]| Release {
        version: Version::new(version[0], version[1], version[2]),
        page: "https://example.org/releases".into(),
    };
    let mut shown = ready();
    assert!(run(&mut shown, Action::AskForNewerVersion).iter().any(|it| matches!(it, Effect::AskForNewerVersion)));
    assert!(shown.why_not(Action::AskForNewerVersion).is_some(), "once at a time");
    shown.on_newest_version(Ok(release([999, 0, 0])));
    assert!(shown.why_not(Action::AskForNewerVersion).is_none());
    let mut harness = bench(shown);
    assert!(says(&harness, "Version 999.0.0 is out"));
    harness.get_by_label("Open its page").click();
    harness.run_steps(3);
    let opened = harness
        .state()
        .effects
        .iter()
        .any(|it| matches!(it, Effect::OpenOutside(page) if page == "https://example.org/releases"));
    assert!(opened);
    state(&mut harness).on_newest_version(Ok(release([0, 0, 1])));
    state(&mut harness).on_newest_version(Err("nobody answers".into()));
    harness.run_steps(3);
    assert!(says(&harness, "This is the newest version") && says(&harness, "Nobody answers"));
}
