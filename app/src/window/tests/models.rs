//! The model manager, dropped weights and the list of LoRAs: on the state, in the window, and with a store on the disk.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::model::{ModelSource, PartsOf};
use hummingbird_engine::progress::{Note, Progress, Rate, Rated, Unit};
use hummingbird_engine::weights::store::{GETTING, Licence, Presence, Store, StoreOptions};

use super::{apply, bench_of_size, ready, run, says};
use crate::window::commands::command::{Command, ModelCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::data_work::DataOrder;
use crate::window::state::model_fit::Machine;
use crate::window::state::models::{Doing, FileKind, Listing, ModelRow, ModelTask};
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{ModelEnd, ModelOrder, ModelReport, OpenPurpose};
use crate::window::tasks::{Report, Tasks};

fn missing(key: &str) -> ModelRow {
    ModelRow {
        key: key.to_owned(),
        title: "Big 1.0".to_owned(),
        purpose: "text to video".to_owned(),
        source: Some("https://hub.example/me/big".to_owned()),
        is_judge: false,
        licence: Some(Licence { name: "Test-1.0".to_owned(), url: "https://example.org/licence".to_owned() }),
        is_accepted: false,
        bytes: Some(4 << 30),
        bytes_here: 0,
        memory_bytes: Some(4 << 30),
        presence: Presence::Missing,
        path: None,
        whole: Vec::new(),
        kind: None,
        parts: PartsOf::default(),
        sha256: None,
        limits: None,
        folder: None,
    }
}

/// A file that is here as a whole.
pub fn here(name: &str, kind: FileKind) -> ModelRow {
    ModelRow {
        key: name.to_owned(),
        title: name.to_owned(),
        purpose: "Your own file".to_owned(),
        source: None,
        is_judge: false,
        licence: None,
        presence: Presence::Checked,
        bytes_here: 4 << 30,
        path: Some(Path::new("/models").join(name)),
        whole: vec![name.to_owned()],
        kind: Some(Ok(kind)),
        ..missing(name)
    }
}

/// A state with the model manager open and three models in it: missing, a part, whole.
pub fn with_page() -> State {
    let mut state = ready();
    run(&mut state, Action::ShowModels);
    let part = ModelRow {
        title: "Half".to_owned(),
        presence: Presence::Partial,
        bytes_here: 1 << 30,
        is_accepted: true,
        ..missing("half")
    };
    let broken = ModelRow { kind: Some(Err("it is cut off".to_owned())), ..here("cut.pt", FileKind::Unknown) };
    let rows = vec![
        missing("big"),
        part,
        here("own.safetensors", FileKind::Model),
        here("style.safetensors", FileKind::Lora),
        ModelRow { presence: Presence::Wrong, ..broken },
    ];
    let listing = Listing { folder: PathBuf::from("/models"), rows, machine: Machine::default(), problem: None };
    let ticket = state.models.ask_for_listing();
    state.on_models(ModelReport::Listed { ticket, listing: Ok(listing) }, &mut Vec::new());
    state
}

fn orders(effects: &[Effect]) -> Vec<ModelOrder> {
    effects.iter().filter_map(|it| if let Effect::Models(order) = it { Some(order.clone()) } else { None }).collect()
}

fn ended(state: &mut State, key: &str, end: Result<ModelEnd, String>) -> Vec<ModelOrder> {
    let mut effects = Vec::new();
    state.on_models(ModelReport::Ended { key: key.to_owned(), ended: end }, &mut effects);
    orders(&effects)
}

#[test]
fn a_licence_is_shown_before_a_download_and_accepted_for_it_alone() {
    let mut state = ready();
    assert!(matches!(
        orders(&run(&mut state, Action::ShowModels))[..],
        [ModelOrder::List(_), ModelOrder::Search { .. }]
    ));
    let mut state = with_page();
    let get = |key: &str| Command::Models(ModelCommand::Get(key.to_owned()));
    assert!(apply(&mut state, [get("big")]).is_empty(), "nothing is got before the licence was seen");
    assert_eq!(state.view.dialog, Some(DialogKind::Licence("big".to_owned())));
    assert!(apply(&mut state, [Command::CloseDialog]).is_empty());
    assert_eq!(state.view.dialog, Some(DialogKind::Models), "a no leads back to the manager");
    let effects = apply(&mut state, [get("big"), Command::ConfirmDialog]);
    assert_eq!(orders(&effects), [ModelOrder::Get { key: "big".to_owned(), is_accepted: true }]);
    assert!(apply(&mut state, [get("big"), Command::ConfirmDialog]).is_empty(), "one download of a model at a time");
    // A part goes on at once: its licence was accepted.
    let effects = apply(&mut state, [get("half")]);
    assert_eq!(orders(&effects), [ModelOrder::Get { key: "half".to_owned(), is_accepted: false }]);
    let effects = apply(&mut state, [Command::Models(ModelCommand::Cancel("half".to_owned()))]);
    assert_eq!(orders(&effects), [ModelOrder::Cancel { key: "half".to_owned() }]);
    assert!(state.models.task("half").is_some_and(|task| task.cancelling));
    assert!(matches!(ended(&mut state, "half", Ok(ModelEnd::Cancelled))[..], [ModelOrder::List(_)]));
    assert!(state.models.task("half").is_none() && state.models.task("big").is_some());
    ended(&mut state, "big", Err("the disk is full".to_owned()));
    assert!(state.view.notices.iter().any(|it| it.level == Level::Error && it.text == "Big 1.0: the disk is full"));
}

#[test]
fn removals_are_undone_and_a_part_is_asked_about() {
    let mut state = with_page();
    let remove = |key: &str| Command::Models(ModelCommand::Remove(key.to_owned()));
    let own = "own.safetensors".to_owned();
    assert_eq!(
        orders(&apply(&mut state, [remove(&own)])),
        [ModelOrder::Remove { key: own.clone(), names: vec![own.clone()] }]
    );
    ended(&mut state, &own, Ok(ModelEnd::Removed(vec![own.clone()])));
    assert!(state.models.keeps_removed_files);
    assert_eq!(
        orders(&run(&mut state, Action::UndoRemove)),
        [ModelOrder::Restore { key: own.clone(), names: vec![own.clone()] }]
    );
    ended(&mut state, &own, Ok(ModelEnd::Restored));
    assert!(state.why_not(Action::UndoRemove).is_some());
    assert!(apply(&mut state, [remove("half")]).is_empty());
    assert_eq!(state.view.dialog, Some(DialogKind::Discard("half".to_owned())));
    let effects = apply(&mut state, [Command::ConfirmDialog]);
    assert_eq!(orders(&effects), [ModelOrder::Remove { key: "half".to_owned(), names: Vec::new() }]);
    ended(&mut state, "half", Ok(ModelEnd::Removed(Vec::new())));
    assert!(state.why_not(Action::UndoRemove).is_some(), "what was deleted for good is not offered");
    // The model in use stays.
    state.models.source = ModelSource::File(PathBuf::from("/models/own.safetensors"));
    assert!(apply(&mut state, [remove(&own)]).is_empty());
}

#[test]
fn dropped_weights_are_told_apart() {
    let mut state = ready();
    let drop = |name: &str| Command::DropFiles(vec![PathBuf::from(name)]);
    for name in ["/a.PT", "/a.pth", "/a.ckpt", "/a.bin", "/a.safetensors"] {
        let expected =
            ModelOrder::Inspect { path: PathBuf::from(name), only_lora: false, model: ModelSource::Embedded };
        assert_eq!(orders(&apply(&mut state, [drop(name)])), [expected]);
    }
    let inspected = |state: &mut State, only_lora, kind| {
        let mut effects = Vec::new();
        let report = ModelReport::Inspected {
            path: PathBuf::from("/a.pt"),
            only_lora,
            model: ModelSource::Embedded,
            kind,
            unfit: None,
        };
        state.on_models(report, &mut effects);
        effects
    };
    let effects = inspected(&mut state, false, Ok(FileKind::Model));
    assert!(
        matches!(&effects[..], [Effect::OpenModel { source: ModelSource::File(path), .. }] if path == Path::new("/a.pt"))
    );
    for (kind, part) in [
        (Ok(FileKind::Previews), "TAESD"),
        (Ok(FileKind::Part), "only part of a model"),
        (Ok(FileKind::Unknown), "neither"),
        (Err("a.pt is damaged".to_owned()), "damaged"),
    ] {
        assert!(inspected(&mut state, false, kind).is_empty());
        assert!(state.view.notices.iter().any(|it| it.level != Level::Info && it.text.contains(part)), "{part}");
    }
    // Whoever adds a LoRA must not get another model by it.
    assert!(inspected(&mut state, true, Ok(FileKind::Model)).is_empty());
    let opens = Some(Remedy::OpenModel(PathBuf::from("/a.pt")));
    assert!(state.view.notices.iter().any(|it| it.text.contains("not a LoRA") && it.remedy == opens), "that very file");
    let mut effects = Vec::new();
    state.on_open_path(OpenPurpose::Lora, Some(PathBuf::from("/l.pt")), true, &mut effects);
    let model = ModelSource::Embedded;
    assert_eq!(orders(&effects), [ModelOrder::Inspect { path: PathBuf::from("/l.pt"), only_lora: true, model }]);
}

/// Started with a folder, or with one dropped anywhere, which is no model in parts.
#[test]
fn a_folder_that_is_no_model_is_one_of_clips() {
    let (mut state, folder) = (ready(), tempfile::tempdir().expect("a folder"));
    let report = |path: &Path| ModelReport::Inspected {
        path: path.to_owned(),
        only_lora: false,
        model: ModelSource::Embedded,
        kind: Err("it holds no weights".to_owned()),
        unfit: None,
    };
    let mut effects = Vec::new();
    state.on_models(report(&folder.path().join("gone")), &mut effects);
    assert!(effects.is_empty() && !state.data.is_shown && state.view.notices.len() == 1);
    state.on_models(report(folder.path()), &mut effects);
    assert!(state.data.is_shown && state.view.notices.len() == 1);
    let opens =
        |effect: &Effect| matches!(effect, Effect::Data(DataOrder::Open { source, .. }) if source == folder.path());
    assert!(effects.iter().any(opens), "{effects:?}");
}

#[test]
fn loras_go_into_requests_and_come_back_after_a_removal() {
    let mut state = ready();
    let lora = PathBuf::from("/loras/style.safetensors");
    let report = || ModelReport::Inspected {
        path: PathBuf::from("/loras/style.safetensors"),
        only_lora: false,
        model: ModelSource::Embedded,
        kind: Ok(FileKind::Lora),
        unfit: None,
    };
    state.on_models(report(), &mut Vec::new());
    state.on_models(report(), &mut Vec::new());
    assert_eq!(state.form.controls.asked.loras.len(), 1, "the same file twice is one entry");
    apply(&mut state, [Command::SetPrompt("a ball".to_owned()), Command::SetLoraStrength(0, 0.75)]);
    let sent = |state: &mut State| match &run(state, Action::Generate)[..] {
        [Effect::Submit(request)] => request.loras.iter().map(|it| (it.path.clone(), it.strength)).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(&mut state), [(lora.clone(), 0.75)]);
    let kept = serde_json::to_string(&state.settings()).expect("settings are plain data");
    let kept: crate::window::state::settings::Settings = serde_json::from_str(&kept).expect("they come back");
    assert_eq!(kept.controls.asked.loras, state.form.controls.asked.loras);
    apply(&mut state, [Command::SetLoraStrength(0, 0.0)]);
    assert_eq!(sent(&mut state), [], "0 switches it off");
    apply(&mut state, [Command::RemoveLora(0), Command::RemoveLora(7)]);
    assert!(state.form.controls.asked.loras.is_empty());
    run(&mut state, Action::UndoRemove);
    assert_eq!(state.form.controls.asked.loras[0].path, lora);
    apply(&mut state, [Command::SetLoraStrength(0, 99.0)]);
    assert!(state.form.messages(Place::Loras).any(|(level, _)| level == Level::Error));
    assert!(run(&mut state, Action::Generate).is_empty());
}

#[test]
fn judges_are_a_group_of_their_own() {
    let mut state = with_page();
    let judge = ModelRow { title: "DOVER".to_owned(), is_judge: true, ..missing("dover") };
    state.models.listing.as_mut().expect("it was listed").rows.insert(0, judge);
    state.view.dialog = Some(DialogKind::Models);
    let mut harness = bench_of_size(state, [1000.0, 1200.0]);
    harness.run_steps(6);
    assert!(says(&harness, "Judges") && !says(&harness, "DOVER"), "they make no clips");
    harness.get_by_label("Judges").click();
    harness.run_steps(12);
    assert!(says(&harness, "DOVER") && says(&harness, "They look at clips"));
    harness.get_by_label("Download DOVER").click();
    harness.run_steps(6);
    assert!(says(&harness, "Test-1.0"), "their licence comes first too");
}

#[test]
fn the_page_goes_by_keys_and_names() {
    let mut state = with_page();
    let page = (state.models.listing.take(), state.view.dialog.take());
    let mut harness = bench_of_size(state, [1000.0, 1200.0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    harness.run_steps(6);
    assert!(says(&harness, "Reading the models folder"));
    harness.state_mut().shell.state.models.listing = page.0;
    harness.run_steps(6);
    assert!(says(&harness, "25% downloaded") && says(&harness, "Differs from the release"));
    // A dialog finds its place in its second frame: a click before that would miss.
    harness.get_by_label("Download Big 1.0").click();
    harness.run_steps(6);
    assert!(says(&harness, "Test-1.0") && says(&harness, "https://hub.example/me/big") && says(&harness, "/models"));
    harness.get_by_label("Accept licence and download").click();
    harness.run_steps(6);
    let progress = Progress::new(GETTING, Unit::Bytes, 1 << 30, Some(4 << 30)).noting(Note::About("big.pt".to_owned()));
    let progress = Rated { progress, rate: Rate { per_sec: 8_388_608.0, eta_secs: Some(384.0) } };
    let report = ModelReport::Progress { key: "big".to_owned(), progress };
    harness.state_mut().shell.state.on_models(report, &mut Vec::new());
    harness.run_steps(6);
    assert!(says(&harness, "Downloading 1.0 GiB of 4.0 GiB · 8.0 MiB/s · 6 min 24 s left"));
    assert!(says(&harness, "Downloading Big 1.0 (25%)"), "the bar at the top says it too");
    harness.get_by_label("Cancel Big 1.0").click();
    harness.run_steps(6);
    let done = orders(&harness.state().effects);
    assert!(done.contains(&ModelOrder::Get { key: "big".to_owned(), is_accepted: true }), "{done:?}");
    assert!(done.contains(&ModelOrder::Cancel { key: "big".to_owned() }), "{done:?}");
    harness.get_by_label("Add style.safetensors").click();
    harness.run_steps(6);
    let added = |it: &ModelOrder| matches!(it, ModelOrder::Inspect { path, .. } if path.ends_with("style.safetensors"));
    assert!(orders(&harness.state().effects).iter().any(added), "whether it fits is looked at first");
    harness.get_by_label("Use own.safetensors").click();
    harness.run_steps(6);
    assert!(
        harness.state().effects.iter().any(|it| matches!(it, Effect::OpenModel { source: ModelSource::File(_), .. }))
    );
    assert!(harness.state().shell.state.view.dialog.is_none());
}

/// A hub that sends `body` for everything.
fn hub(body: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                request.push(byte[0]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    format!("http://{address}")
}

/// Carries out orders until nothing is left to do.
pub fn carry_out(state: &mut State, tasks: &mut Tasks, effects: &[Effect]) {
    let mut open = 0;
    let mut todo = orders(effects);
    let end = Instant::now() + Duration::from_secs(30);
    while open > 0 || !todo.is_empty() {
        assert!(Instant::now() < end, "the store did not answer");
        open += todo.len();
        todo.drain(..).for_each(|order| tasks.models(order));
        for report in tasks.reports() {
            let Report::Models(report) = report else { panic!("another report") };
            open -= usize::from(!matches!(report, ModelReport::Progress { .. }));
            let mut effects = Vec::new();
            state.on_models(report, &mut effects);
            todo.extend(orders(&effects));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_model_is_got_checked_removed_and_brought_back_on_the_disk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json = serde_json::json!({"models": [{
        "id": "m", "title": "Mine", "repository": "me/m", "files": [{"path": "m.bin"}],
        "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
    }]});
    fs::write(folder.path().join("catalogue.json"), json.to_string()).expect("writable");
    let mut tasks = Tasks::new(None, Arc::new(|| ()));
    let options = StoreOptions { endpoint: Some(hub(b"\x80some weights")), ..StoreOptions::default() };
    tasks.store = Some(Store::at(folder.path()).with(options));
    let mut state = ready();
    let effects = run(&mut state, Action::ShowModels);
    carry_out(&mut state, &mut tasks, &effects);
    assert_eq!(state.models.row("m").map(|row| row.presence), Some(Presence::Missing));
    let effects = apply(&mut state, [Command::Models(ModelCommand::Get("m".to_owned())), Command::ConfirmDialog]);
    assert_eq!(
        state.models.tasks,
        [ModelTask { key: "m".to_owned(), doing: Doing::Get, progress: None, cancelling: false }]
    );
    carry_out(&mut state, &mut tasks, &effects);
    let file = folder.path().join("m.bin");
    assert_eq!(fs::read(&file).expect("it has arrived"), b"\x80some weights");
    let row = state.models.row("m").expect("it is listed");
    assert!(row.is_accepted && row.presence == Presence::Checked && matches!(row.kind, Some(Err(_))), "{row:?}");
    let effects = apply(&mut state, [Command::Models(ModelCommand::Check("m".to_owned()))]);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(
        state.view.notices.iter().any(|it| it.text == "Mine: it is unchanged since it was downloaded"),
        "{:?}",
        state.view.notices
    );
    let effects = apply(&mut state, [Command::Models(ModelCommand::Remove("m".to_owned()))]);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(!file.exists() && state.models.row("m").is_some_and(|row| row.presence == Presence::Missing));
    let effects = run(&mut state, Action::UndoRemove);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(file.exists() && state.models.row("m").is_some_and(|row| row.presence == Presence::Checked));
    let effects = apply(&mut state, [Command::Models(ModelCommand::Remove("m".to_owned()))]);
    carry_out(&mut state, &mut tasks, &effects);
    tasks.empty_removed();
    let effects = run(&mut state, Action::UndoRemove);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(!file.exists() && state.view.notices.iter().any(|it| it.level == Level::Error));
    // A dropped file that is no model is told as such.
    fs::write(folder.path().join("x.pt"), "no weights").expect("writable");
    let effects = apply(&mut state, [Command::DropFiles(vec![folder.path().join("x.pt")])]);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(state.view.notices.iter().any(|it| it.level == Level::Error && it.text.contains("x.pt")));
}

#[test]
fn an_older_listing_that_comes_later_is_passed_over() {
    let mut state = with_page();
    let listing = state.models.listing.clone().expect("it is listed");
    let (older, newer) = (state.models.ask_for_listing(), state.models.ask_for_listing());
    let report = |ticket, rows: Vec<ModelRow>| {
        let listing = Ok(Listing { rows, ..listing.clone() });
        ModelReport::Listed { ticket, listing }
    };
    state.on_models(report(newer, Vec::new()), &mut Vec::new());
    state.on_models(report(older, listing.rows.clone()), &mut Vec::new());
    assert_eq!(state.models.listing.as_ref().map(|it| it.rows.len()), Some(0));
}

#[test]
fn a_lora_that_was_compared_with_another_model_is_compared_again() {
    let mut state = ready();
    let path = PathBuf::from("/loras/style.safetensors");
    let report = |model| ModelReport::Inspected {
        path: PathBuf::from("/loras/style.safetensors"),
        only_lora: true,
        model,
        kind: Ok(FileKind::Lora),
        unfit: Some("it is for another model".to_owned()),
    };
    let mut effects = Vec::new();
    let before = ModelSource::File(PathBuf::from("/models/before.safetensors"));
    state.on_models(report(before), &mut effects);
    let again = ModelOrder::Inspect { path: path.clone(), only_lora: true, model: ModelSource::Embedded };
    assert_eq!((orders(&effects), state.form.controls.asked.loras.len()), (vec![again], 0));
    state.on_models(report(ModelSource::Embedded), &mut Vec::new());
    assert!(state.form.loras.why_unfit(&path).is_some());
}

#[test]
fn the_model_in_use_can_be_chosen_again_while_another_opens() {
    let mut state = ready();
    assert!(state.why_not(Action::UseDemoModel).is_some());
    let other = ModelSource::File(PathBuf::from("/models/own.safetensors"));
    state.open_model(other.clone(), &mut Vec::new());
    let effects = run(&mut state, Action::UseDemoModel);
    assert!(matches!(&effects[..], [Effect::OpenModel { source: ModelSource::Embedded, .. }]), "{effects:?}");
    // A model that is being opened is as good as in use: it cannot be removed.
    let mut state = with_page();
    state.open_model(other, &mut Vec::new());
    let row = state.models.row("own.safetensors").expect("it is listed").clone();
    assert!(state.why_not_remove(&row).is_some());
}

#[test]
fn a_full_channel_never_stops_the_window() {
    let mut tasks = Tasks::new(None, Arc::new(|| ()));
    let mut state = ready();
    let fill = |tasks: &Tasks| {
        while tasks.sender.try_send(Report::ExportProgress { id: 1, frames_done: 1 }).is_ok() {}
    };
    fill(&tasks);
    let folder = tempfile::tempdir().expect("a temporary folder");
    tasks.store = Some(Store::at(folder.path()));
    let effects = run(&mut state, Action::ShowModels);
    orders(&effects).into_iter().for_each(|order| tasks.models(order));
    tasks.models(ModelOrder::Check { key: "m".to_owned() });
    tasks.models(ModelOrder::Cancel { key: "m".to_owned() });
    tasks.cancel_export(1);
    // The reports that wait for room come once the window looks.
    let end = Instant::now() + Duration::from_secs(30);
    let (mut listed, mut ended) = (false, false);
    while !(listed && ended) {
        assert!(Instant::now() < end, "a report was lost");
        for report in tasks.reports() {
            listed |= matches!(report, Report::Models(ModelReport::Listed { .. }));
            ended |= matches!(report, Report::Models(ModelReport::Ended { .. }));
        }
        thread::sleep(Duration::from_millis(5));
    }
}
