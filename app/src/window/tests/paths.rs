//! Paths that are typed: folders where a file is wanted, nothing at all, ends out of sight, and files that are something else.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::error::{EngineError, FileError};
use hummingbird_engine::model::ModelSource;

use super::{apply, bench, bench_of_size, finish, ready, run, says};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::view::DialogKind;
use crate::window::state::work::OpenPurpose;

fn exporting(path: &str) -> State {
    let mut state = ready();
    finish(&mut state, 1, "a red ball");
    run(&mut state, Action::ExportAs);
    apply(&mut state, [Command::SetPath(path.to_owned())]);
    state
}

#[test]
fn a_folder_as_the_name_of_a_clip_gets_a_file_name_and_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let existing = folder.path().display().to_string();
    for typed in ["clips/".to_owned(), existing, "..".to_owned()] {
        let mut state = exporting(&typed);
        assert!(apply(&mut state, [Command::ConfirmDialog]).is_empty(), "{typed} is no file");
        let Some(DialogKind::Export { path, problem: Some(problem), .. }) = &state.view.dialog else {
            panic!("{typed}: {:?}", state.view.dialog)
        };
        assert!(problem.contains(&typed) && problem.contains("is a folder"), "{problem}");
        assert_eq!(Path::new(path), Path::new(&typed).join("a-red-ball-1.mp4"));
        let effects = apply(&mut state, [Command::ConfirmDialog]);
        assert!(matches!(&effects[..], [Effect::Export(order)] if order.path.ends_with("a-red-ball-1.mp4")));
    }
}

#[test]
fn an_empty_path_says_what_to_do() {
    let mut harness = bench(exporting("  "));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(3);
    assert!(says(&harness, "Type where the clip should go, or press Browse"));
    let mut state = ready();
    let open = |path: &str| DialogKind::Open { purpose: OpenPurpose::Model, path: path.to_owned(), problem: None };
    state.view.dialog = Some(open(""));
    assert!(apply(&mut state, [Command::ConfirmDialog]).is_empty());
    assert!(
        matches!(&state.view.dialog, Some(DialogKind::Open { problem: Some(text), .. }) if text.contains("type the path"))
    );
    state.view.dialog = Some(open("models/"));
    assert!(apply(&mut state, [Command::ConfirmDialog]).is_empty());
    assert!(
        matches!(&state.view.dialog, Some(DialogKind::Open { problem: Some(text), path, .. }) if text.contains("models/ is a folder") && path == "models/")
    );
}

#[test]
fn a_path_that_does_not_fit_its_field_stands_below_it_whole() {
    let long = format!("/home/somebody/{}the-end-of-it.mp4", "a-long-name/".repeat(8));
    let labels = |path: &str| {
        let harness = bench_of_size(exporting(path), [700.0, 700.0]);
        harness.query_all_by_label(path).count()
    };
    assert_eq!((labels(&long), labels("/clips/a.mp4")), (1, 0));
}

#[test]
fn a_wrong_file_as_the_model_keeps_the_dialog_and_the_path() {
    let path = PathBuf::from("/clips/holiday.mp4");
    let wrong = || FileError::Foreign { path: path.clone(), detail: "it is a clip".to_owned().into() };
    let mut state = ready();
    let typed = DialogKind::Open { purpose: OpenPurpose::Model, path: path.display().to_string(), problem: None };
    state.view.dialog = Some(typed);
    let effects = apply(&mut state, [Command::ConfirmDialog]);
    let [Effect::OpenModel { source, ticket }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*source, ModelSource::File(path.clone()));
    state.on_model(*ticket, source.clone(), Err(EngineError::from(wrong())), &mut Vec::new());
    let mut harness = bench(state);
    assert!(says(&harness, "it is a clip"), "the reason stands in the dialog");
    let Some(DialogKind::Open { path: kept, .. }) = harness.state().shell.state.view.dialog.clone() else {
        panic!("the dialog is gone")
    };
    assert_eq!(kept, "/clips/holiday.mp4");
    assert!(harness.state().shell.state.models.card().is_some(), "the model that was in use stays");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.view.dialog, None);
    // What was not asked for by a dialog is told without one.
    let mut state = ready();
    let ticket = state.models.choose(ModelSource::File(path.clone()));
    state.on_model(ticket, ModelSource::File(path.clone()), Err(EngineError::from(wrong())), &mut Vec::new());
    assert!(state.view.dialog.is_none() && state.view.notices.iter().any(|it| it.text.contains("it is a clip")));
}

#[test]
fn a_file_without_settings_keeps_the_dialog_and_the_path() {
    for read in [Ok(None), Err("not readable".to_owned())] {
        let mut state = ready();
        let typed = DialogKind::Open { purpose: OpenPurpose::Clip, path: "/clips/a.mp4".to_owned(), problem: None };
        state.view.dialog = Some(typed);
        let effects = apply(&mut state, [Command::ConfirmDialog]);
        let [Effect::ReadClip { path, ticket }] = &effects[..] else { panic!("{effects:?}") };
        state.on_clip_read(*ticket, path, read);
        assert!(
            matches!(&state.view.dialog, Some(DialogKind::Open { path, problem: Some(_), .. }) if path == "/clips/a.mp4"),
            "{:?}",
            state.view.dialog
        );
    }
}
