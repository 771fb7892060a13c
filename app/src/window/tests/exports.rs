//! The export dialogs, the player's keys, and files of other programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::model::ForeignModel;
use hummingbird_engine::pipeline::video_out::{
    Crop, Existing, ForeignProgram, ForeignSettings, Format, Order, Plays, Quality, Scale, Trim,
};
use hummingbird_engine::settings::table;

use super::{Bench, apply, bench, bench_of_size, finish, ready, run, says};
use crate::window::commands::command::{Command, ExportCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::exports::{ManyKind, ManySource, Sample};
use crate::window::state::models::FileKind;
use crate::window::state::settings::{ExportPreferences, Settings};
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{Carried, ModelReport, SampleOrder, Saved};

type Harness = egui_kittest::Harness<'static, Bench>;

fn press(harness: &mut Harness, key: Key) {
    harness.key_press_modifiers(Modifiers::NONE, key);
    harness.run_steps(3);
}

fn state(harness: &Harness) -> &State {
    &harness.state().shell.state
}

/// A state with clips of these prompts; the last one is shown.
fn with_clips(prompts: &[&str]) -> State {
    let mut state = ready();
    for (number, prompt) in (1..).zip(prompts) {
        finish(&mut state, number, prompt);
    }
    if let Some(id) = state.results.clips.first().map(|clip| clip.id) {
        state.results.show(id);
    }
    state.results.playback.playing = false;
    state
}

/// The orders of samples among effects, and the numbers of those that were stopped.
fn samples(effects: Vec<Effect>) -> (Vec<SampleOrder>, Vec<u64>) {
    let (mut orders, mut stopped) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Sample(order) => orders.push(*order),
            Effect::StopSample(id) => stopped.push(id),
            other => panic!("{other:?}"),
        }
    }
    (orders, stopped)
}

fn followed(state: &mut State) -> (Vec<SampleOrder>, Vec<u64>) {
    let mut effects = Vec::new();
    state.follow_sample(&mut effects);
    samples(effects)
}

fn made(order: &SampleOrder, bytes: u64) -> Sample {
    let frames = Arc::new(Frames::new(48, 32, vec![90; 48 * 32 * 3 * 4]));
    Sample { settings: order.settings, frames, bytes, is_whole: false, clip: [16, 32, 48] }
}

#[test]
fn a_sample_follows_the_options_and_the_last_one_counts() {
    let mut state = with_clips(&["a red ball"]);
    run(&mut state, Action::ExportAs);
    let (first, stopped) = followed(&mut state);
    assert_eq!((first.len(), stopped.len(), first[0].settings.format), (1, 0, Format::Mp4));
    assert!(followed(&mut state).0.is_empty(), "one is enough");
    let options = ExportPreferences { format: Format::Gif, colours: 16, ..state.exports.preferences.clone() };
    let effects = apply(&mut state, [Command::Export(ExportCommand::Options(Box::new(options)))]);
    let (second, stopped) = samples(effects);
    assert_eq!((second[0].settings.format, second[0].settings.colours), (Format::Gif, 16));
    assert_eq!(stopped, [first[0].id], "what nobody waits for is stopped");
    // The answer to the first comes late.
    state.exports.sampling.end(first[0].id, Ok(made(&first[0], 1)));
    assert!(state.exports.sampling.shown().is_none());
    state.exports.sampling.end(second[0].id, Ok(made(&second[0], 4321)));
    assert_eq!(state.exports.sampling.shown().map(|sample| sample.bytes), Some(4321));
    let Some(DialogKind::Export { path, .. }) = &state.view.dialog else { panic!("{:?}", state.view.dialog) };
    assert!(path.ends_with(".gif"), "{path}");
    // Nothing is made for a dialog that is closed.
    apply(&mut state, [Command::CloseDialog]);
    assert!(followed(&mut state).0.is_empty() && state.exports.sampling.made.is_none());
}

#[test]
fn presets_set_everything_and_ones_own_are_kept() {
    let mut state = with_clips(&["a red ball"]);
    run(&mut state, Action::ExportAs);
    let names: Vec<String> = ExportPreferences::built_in_presets().into_iter().map(|preset| preset.name).collect();
    let place = |name: &str| names.iter().position(|it| it.starts_with(name)).expect(name);
    let take = |state: &mut State, index| apply(state, [Command::Export(ExportCommand::UsePreset(index))]);
    take(&mut state, place("Chat app"));
    assert_eq!(state.exports.preferences.limit_bytes(), Some(8_000_000));
    take(&mut state, place("Square"));
    assert_eq!((state.exports.preferences.crop, state.exports.preferences.limit), (Crop::Shape(1, 1), None));
    take(&mut state, place("Looping GIF"));
    assert_eq!((state.exports.preferences.format, state.exports.preferences.order), (Format::Gif, Order::PingPong));
    apply(
        &mut state,
        [
            Command::Export(ExportCommand::SetPresetName("  mine ".to_owned())),
            Command::Export(ExportCommand::KeepPreset),
        ],
    );
    take(&mut state, 0);
    assert_eq!(state.exports.preferences.format, Format::Mp4);
    // As after a restart.
    let json = serde_json::to_string(&state.settings()).expect("plain data");
    let settings: Settings = serde_json::from_str(&json).expect("just written");
    assert_eq!(settings.export.presets.len(), 1);
    state.exports.preferences = settings.export;
    take(&mut state, names.len());
    assert_eq!((state.exports.preferences.format, state.exports.preferences.order), (Format::Gif, Order::PingPong));
    apply(
        &mut state,
        [Command::Export(ExportCommand::RemovePreset(0)), Command::Export(ExportCommand::RemovePreset(7))],
    );
    assert!(state.exports.preferences.presets.is_empty());
    // Settings of an earlier version say nothing of all this.
    let old: Settings =
        serde_json::from_str(r#"{"export": {"format": "gif", "dither": "ordered"}}"#).expect("it reads");
    assert_eq!((old.export.format, old.export.colours, old.export.quality), (Format::Gif, 256, Quality::HIGH));
}

#[test]
fn the_range_of_the_player_is_what_is_written() {
    let mut state = with_clips(&["a red ball"]);
    state.results.playback.seek(3);
    run(&mut state, Action::SetIn);
    state.results.playback.seek(9);
    run(&mut state, Action::SetOut);
    run(&mut state, Action::ExportAs);
    let (orders, _) = followed(&mut state);
    assert_eq!(orders[0].settings.arrangement.trim, Some(Trim { first: 3, last: 9 }));
    let options = ExportPreferences {
        scale: Scale::Percent(200),
        order: Order::PingPong,
        plays: Plays::Times(2),
        limit: Some(5),
        ..state.exports.preferences.clone()
    };
    apply(&mut state, [Command::Export(ExportCommand::Options(Box::new(options)))]);
    let effects = apply(&mut state, [Command::SetPath("/clips/x".to_owned()), Command::ConfirmDialog]);
    let [Effect::Export(order)] = &effects[..] else { panic!("{effects:?}") };
    let arrangement = order.settings.arrangement;
    assert_eq!(arrangement.trim, Some(Trim { first: 3, last: 9 }));
    assert_eq!(
        (arrangement.scale, arrangement.order, order.limit),
        (Scale::Percent(200), Order::PingPong, Some(500_000))
    );
    // 7 frames, 5 back, twice.
    assert_eq!(state.exports.running[0].frames_total, 24);
    run(&mut state, Action::ClearRange);
    run(&mut state, Action::ExportAs);
    assert_eq!(followed(&mut state).0[0].settings.arrangement.trim, None);
}

#[test]
fn all_clips_are_written_and_joined_in_the_order_that_is_set() {
    let mut state = with_clips(&["a red ball", "a blue boat", "a star"]);
    run(&mut state, Action::ExportAll);
    let Some(DialogKind::ExportMany(many)) = &state.view.dialog else { panic!("{:?}", state.view.dialog) };
    assert_eq!((many.kind, many.clips.len()), (ManyKind::Folder, 3));
    let effects = apply(&mut state, [Command::SetPath("/no/such/folder".to_owned()), Command::ConfirmDialog]);
    assert!(effects.is_empty(), "{effects:?}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().display().to_string();
    let effects = apply(&mut state, [Command::SetPath(path), Command::SetReplace(true), Command::ConfirmDialog]);
    let [Effect::ExportMany(order)] = &effects[..] else { panic!("{effects:?}") };
    let names: Vec<&str> = order.clips.iter().map(|clip| clip.name.as_str()).collect();
    assert_eq!(names, ["a-red-ball-1", "a-blue-boat-2", "a-star-3"], "oldest first");
    assert!(order.clips.iter().all(|clip| matches!(clip.source, ManySource::Frames(_, 8))));
    assert_eq!((order.settings.existing, order.path.as_path()), (Existing::Replace, folder.path()));
    let saved = Saved { paths: vec![folder.path().join("a.mp4"); 3], notes: Vec::new() };
    state.on_export_done(order.id, Ok(Some(saved)));
    let told = state.view.notices.last().expect("it is told");
    assert!(told.text.contains("2 more files") && matches!(told.remedy, Some(Remedy::CopyPath(_))), "{told:?}");

    run(&mut state, Action::JoinClips);
    let reel = folder.path().join("reel.webm").display().to_string();
    let effects = apply(
        &mut state,
        [
            Command::Export(ExportCommand::MoveClip(2, 0)),
            Command::Export(ExportCommand::MoveClip(0, 9)),
            Command::Export(ExportCommand::RemoveClip(1)),
            Command::Export(ExportCommand::RemoveClip(9)),
            Command::SetPath(reel),
            Command::ConfirmDialog,
        ],
    );
    let [Effect::ExportMany(order)] = &effects[..] else { panic!("{effects:?}") };
    let names: Vec<&str> = order.clips.iter().map(|clip| clip.name.as_str()).collect();
    assert_eq!((names.as_slice(), order.kind), (["a-star-3", "a-blue-boat-2"].as_slice(), ManyKind::Reel));
    assert_eq!(order.settings.format, Format::WebM, "the ending decides");
}

#[test]
fn the_dialog_works_by_names() {
    let mut shown = with_clips(&["a red ball"]);
    shown.exports.preferences.format = Format::Gif;
    let mut harness: Harness = bench_of_size(shown, [880.0, 580.0]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    let effects = std::mem::take(&mut harness.state_mut().samples);
    let (orders, _) = samples(effects);
    assert_eq!(orders.len(), 1, "a sample is asked for, once");
    assert!(says(&harness, "Measuring…"));
    harness.state_mut().shell.state.exports.sampling.end(orders[0].id, Ok(made(&orders[0], 123_456)));
    harness.run_steps(3);
    assert!(says(&harness, "About 120.6 KiB"));
    for label in ["Format", "Part", "Size", "Order", "GIF colours", "Largest file", "Picture of the file"] {
        assert!(harness.query_all_by_label(label).next().is_some(), "{label}");
    }
    harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Part").click();
    harness.run_steps(3);
    harness.get_by_label("Square 1:1").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).exports.preferences.crop, Crop::Shape(1, 1));
    press(&mut harness, Key::Escape);
    assert!(state(&harness).view.dialog.is_none());
}

#[test]
fn keys_play_step_mark_and_zoom() {
    let mut shown = with_clips(&["a red ball"]);
    shown.view.focus = None;
    shown.results.playback.seek(5);
    let mut harness: Harness = bench(shown);
    press(&mut harness, Key::I);
    press(&mut harness, Key::Period);
    press(&mut harness, Key::Period);
    press(&mut harness, Key::O);
    let playback = |harness: &Harness| state(harness).results.playback.clone();
    assert_eq!(playback(&harness).range, Some((5, 7)));
    press(&mut harness, Key::J);
    assert!(playback(&harness).playing && playback(&harness).backwards);
    press(&mut harness, Key::J);
    assert_eq!(playback(&harness).speed(), 2.0);
    press(&mut harness, Key::K);
    assert!(!playback(&harness).playing);
    press(&mut harness, Key::L);
    assert!(playback(&harness).playing && !playback(&harness).backwards);
    press(&mut harness, Key::K);
    press(&mut harness, Key::CloseBracket);
    assert_eq!(playback(&harness).speed(), 2.0);
    assert!(says(&harness, "2×"));
    press(&mut harness, Key::Backslash);
    press(&mut harness, Key::B);
    press(&mut harness, Key::R);
    assert_eq!((playback(&harness).ping_pong, playback(&harness).looping), (true, false));
    press(&mut harness, Key::U);
    assert_eq!(playback(&harness).range, None);
    press(&mut harness, Key::Equals);
    press(&mut harness, Key::Plus);
    assert!(state(&harness).view.zoom > 2.0);
    press(&mut harness, Key::Minus);
    press(&mut harness, Key::Num0);
    assert_eq!(state(&harness).view.zoom, 1.0);
    harness.state_mut().effects.clear();
    press(&mut harness, Key::Z);
    assert!(state(&harness).view.only_clip && !says(&harness, "Generate"));
    press(&mut harness, Key::Escape);
    assert!(!state(&harness).view.only_clip && says(&harness, "Generate"));
    let effects = &harness.state().effects;
    assert!(matches!(effects[..], [Effect::FullScreen(true), Effect::FullScreen(false)]), "{effects:?}");
}

#[test]
fn zooming_never_leaves_the_clip() {
    let mut view = ready().view;
    view.zoom_by(4.0);
    view.move_by([9.0, -9.0]);
    assert_eq!(view.middle, [1.0 - 0.125, 0.125]);
    view.zoom_by(1e9);
    assert_eq!(view.zoom, 16.0);
    view.zoom_by(0.0);
    assert_eq!((view.zoom, view.middle), (1.0, [0.5, 0.5]));
}

/// The dialogs with everything that they can show, and the clip alone.
pub fn dialogs() -> Vec<(&'static str, State)> {
    let with = |action: Action| {
        let mut state = with_clips(&["a red ball", "a blue boat", "a star"]);
        state.results.playback.range = Some((2, 9));
        state.exports.preferences.folder = Some(PathBuf::from("/clips"));
        state.exports.preferences.limit = Some(80);
        run(&mut state, action);
        state
    };
    let mut export = with(Action::ExportAs);
    let (orders, _) = followed(&mut export);
    for order in orders {
        let sample = made(&order, 123_456);
        export.exports.sampling.end(order.id, Ok(sample));
    }
    let mut only = with(Action::OnlyClip);
    only.results.playback.change_speed(1);
    vec![
        ("export all", with(Action::ExportAll)),
        ("reel", with(Action::JoinClips)),
        ("sample", export),
        ("only clip", only),
    ]
}

#[test]
fn the_dialog_fits_the_smallest_window() {
    for (name, state) in dialogs() {
        let harness: Harness = bench_of_size(state, [860.0, 560.0]);
        for label in ["Export", "Export all", "Join", "Cancel"] {
            for node in harness.query_all_by_label(label) {
                let place = node.rect();
                let seen =
                    place.left() >= 0.0 && place.top() >= 0.0 && place.right() <= 860.0 && place.bottom() <= 560.0;
                assert!(seen, "{name}: {label} is at {place:?}");
            }
        }
    }
}

fn foreign() -> ForeignSettings {
    ForeignSettings {
        program: ForeignProgram::ComfyUi,
        prompt: "a boat at night".to_owned(),
        negative: "rain".to_owned(),
        seed: Some(42),
        steps: Some(30),
        guidance: None,
        size: Some([128, 96]),
        frames: None,
        model: "v1-5.safetensors".to_owned(),
    }
}

fn read(state: &mut State, foreign: ForeignSettings) {
    let ticket = state.form.reading.ask();
    state.on_clip_read(ticket, Path::new("/pictures/boat.png"), Ok(Some(Carried::Foreign(foreign))));
}

#[test]
fn a_picture_of_another_program_is_a_reference() {
    let mut state = ready();
    read(&mut state, foreign());
    let controls = &state.form.controls;
    assert_eq!((controls.asked.prompt.as_str(), controls.asked.negative.as_str()), ("a boat at night", "rain"));
    assert!(controls.seed_locked);
    let effects = run(&mut state, Action::Generate);
    let [Effect::Submit(request)] = &effects[..] else { panic!("{effects:?}") };
    let clip = &request.clip;
    assert_eq!((clip.seed, clip.steps, clip.width, clip.height), (42, 30, 128, 96));
    let told = &state.view.notices.last().expect("it is told").text;
    assert!(told.contains("ComfyUI") && told.contains("v1-5.safetensors"), "{told}");
    // What this model does not take is said, and what was there stays.
    read(&mut state, ForeignSettings { size: Some([832, 481]), steps: Some(5000), ..foreign() });
    let told = &state.view.notices.last().expect("it is told").text;
    assert!(told.contains("832x481") && told.contains("5000 steps"), "{told}");
    assert_eq!(state.form.controls.text(&table::WIDTH), "128");
    assert!(state.form.problems.is_empty());
}

#[test]
fn a_model_of_another_program_is_named() {
    let mut state = ready();
    let report = ModelReport::Inspected {
        path: PathBuf::from("/models/dreamshaper.safetensors"),
        only_lora: false,
        model: state.models.source.clone(),
        kind: Ok(FileKind::Foreign(ForeignModel::Sd1)),
        unfit: None,
    };
    state.on_models(report, &mut Vec::new());
    let told = state.view.notices.last().expect("it is told");
    assert_eq!(told.text, "dreamshaper.safetensors is an SD 1.x checkpoint: not for this program");
    assert_eq!(told.level, Level::Warning);
}
