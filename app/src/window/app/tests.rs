use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hummingbird_engine::device::DeviceChoice;

use super::*;

/// A window without a system around it, before anything was reported to it.
fn app() -> HummingbirdApp {
    let mut settings = Settings::default();
    settings.controls.asked.device = DeviceChoice::Cpu;
    HummingbirdApp::new(&Context::default(), &WindowOptions::default(), settings, None, None)
}

/// The reports of `count` openings, by their tickets.
fn openings(app: &mut HummingbirdApp, count: usize) -> Vec<Report> {
    let end = Instant::now() + Duration::from_secs(60);
    let mut reports = Vec::new();
    while reports.len() < count {
        assert!(Instant::now() < end, "only {} models were opened or refused", reports.len());
        reports.extend(app.tasks.reports().into_iter().filter(|it| matches!(it, Report::Model { .. })));
        std::thread::sleep(Duration::from_millis(5));
    }
    let place = |report: &Report| match report {
        Report::Model { source: ModelSource::File(path), .. } if path.ends_with("second.safetensors") => 1,
        Report::Model { source: ModelSource::File(_), .. } => 2,
        _ => 0,
    };
    reports.sort_by_key(place);
    reports
}

fn choose(app: &mut HummingbirdApp, path: &Path) {
    let mut effects = Vec::new();
    app.shell.state.open_model(ModelSource::File(path.to_owned()), &mut effects);
    for effect in effects {
        let Effect::OpenModel { source, ticket } = effect else { panic!("{effect:?}") };
        app.tasks.open_model(ticket, source);
    }
}

/// Nano as files of these names.
fn models(names: [&str; 2]) -> (tempfile::TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
    let paths = names.map(|name| folder.path().join(name));
    for path in &paths {
        std::fs::copy(&nano, path).expect("there is room for a copy of Nano");
    }
    (folder, paths)
}

#[test]
fn the_model_that_was_chosen_last_is_used_whichever_opens_first() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 2, 0], [2, 1, 0]] {
        let (_folder, [second, third]) = models(["second.safetensors", "third.safetensors"]);
        let mut app = app();
        choose(&mut app, &second);
        choose(&mut app, &third);
        let mut reports: Vec<Option<Report>> = openings(&mut app, 3).into_iter().map(Some).collect();
        for index in order {
            app.on_report(reports[index].take().expect("each comes once"), &mut Vec::new());
        }
        let models = &app.shell.state.models;
        assert_eq!(models.source, ModelSource::File(third), "in the order {order:?}");
        assert!(models.card().is_some() && models.chosen.is_none() && app.engine.is_some());
    }
}

#[test]
fn a_later_choice_that_fails_leaves_the_one_before() {
    let (folder, [second, _]) = models(["second.safetensors", "third.safetensors"]);
    let bad = folder.path().join("bad.safetensors");
    std::fs::write(&bad, "no weights").expect("writable");
    for order in [[0, 1, 2], [2, 1, 0]] {
        let mut app = app();
        choose(&mut app, &second);
        choose(&mut app, &bad);
        let mut reports: Vec<Option<Report>> = openings(&mut app, 3).into_iter().map(Some).collect();
        for index in order {
            app.on_report(reports[index].take().expect("each comes once"), &mut Vec::new());
        }
        let state = &app.shell.state;
        assert!(state.models.card().is_some() && app.engine.is_some(), "a model is in use, in the order {order:?}");
        let told = state.view.notices.iter().filter(|it| it.text.contains("bad.safetensors")).count();
        assert_eq!(told, 1, "{:?}", state.view.notices);
    }
}

#[test]
fn what_is_typed_without_a_pause_is_kept_within_two_seconds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folders = hummingbird_engine::Folders::at(folder.path());
    let options = WindowOptions { folders: Some(folders.clone()), ..WindowOptions::default() };
    let ctx = Context::default();
    let mut settings = Settings::default();
    settings.controls.asked.device = DeviceChoice::Cpu;
    let mut app = HummingbirdApp::new(&ctx, &options, settings, None, None);
    let mut typed = String::new();
    // A letter each tenth of a second, for as long as it may take.
    for tenths in 0..=20 {
        ctx.begin_pass(RawInput { time: Some(f64::from(tenths) / 10.0), ..RawInput::default() });
        typed.push('a');
        app.shell.state.apply(Command::SetPrompt(typed.clone()), &mut Vec::new());
        app.shell.state.apply(Command::SetNegative("blurred".to_owned()), &mut Vec::new());
        app.keep_settings(&ctx, true);
        ctx.end_pass().textures_delta.clear();
    }
    let end = Instant::now() + Duration::from_secs(20);
    let file = folders.settings.join("window.json");
    while !file.exists() {
        assert!(Instant::now() < end, "nothing was saved");
        std::thread::sleep(Duration::from_millis(5));
    }
    // As after a kill: what is in the file is all that there is.
    let saved: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("readable")).expect("it is whole");
    let prompt = saved["controls"]["prompt"].as_str().expect("a prompt");
    assert!(prompt.len() >= 10 && typed.starts_with(prompt), "{prompt}");
    assert_eq!(saved["controls"]["negative"], "blurred");
}
