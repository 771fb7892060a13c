//! Panels under a test harness: keys, clicks, names for screen readers, and how often the window draws.

use std::time::Duration;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::job::{JobId, UsedDecoder};
use hummingbird_engine::pipeline::video_out::Format;
use hummingbird_engine::request::{DecoderKind, NoiseKind, Reuse};
use hummingbird_engine::settings::{SETTINGS, table};

use super::models::with_page;
use super::{Bench, bench, bench_of_size, finish, press, ready, request, says, start, step};
use crate::window::commands::command::{Command, FolderCommand};
use crate::window::commands::effect::Effect;
use crate::window::commands::table::TABLE;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::Shown;
use crate::window::state::queue::JobPlan;
use crate::window::state::view::{DialogKind, FirstStep, Level};

type Harness = egui_kittest::Harness<'static, Bench>;

fn state(harness: &Harness) -> &State {
    &harness.state().shell.state
}

#[test]
fn ctrl_enter_generates_what_was_typed_in_the_same_moment() {
    let mut harness = bench(ready());
    let prompt = harness.get_by_label("Prompt");
    assert!(prompt.is_focused(), "the cursor is in the prompt from the start");
    // Text and shortcut in one frame, as on a slow machine.
    prompt.type_text("a red ball");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    let effects = &harness.state().effects;
    assert!(matches!(&effects[..], [Effect::Submit(request)] if request.clip.prompt == "a red ball"), "{effects:?}");
    assert_eq!(state(&harness).form.controls.asked.prompt, "a red ball", "no line break comes into the prompt");
    assert!(harness.state().commands.contains(&Command::Run(Action::Generate)));
}

#[test]
fn what_is_typed_right_after_the_focus_key_is_kept() {
    let mut idle = ready();
    idle.view.focus = None;
    let mut harness = bench(idle);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.event(egui::Event::Text("a star".to_owned()));
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.prompt, "a star");
}

#[test]
fn enter_alone_is_a_line_break() {
    let mut harness = bench(ready());
    harness.get_by_label("Prompt").type_text("a");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(state(&harness).form.controls.asked.prompt, "a\n");
    assert!(harness.state().effects.is_empty());
}

#[test]
fn escape_leaves_the_prompt_and_only_then_cancels() {
    let mut harness = bench(busy());
    assert!(harness.get_by_label("Prompt").is_focused());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.get_by_label("Prompt").is_focused() && harness.state().effects.is_empty());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1))]));
    // A number field too, and text that was just typed is kept.
    let mut harness = bench(busy());
    harness.get_by_label("Prompt").type_text("a boat");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("Steps").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().effects.is_empty(), "{:?}", harness.state().effects);
    assert_eq!(state(&harness).form.controls.asked.prompt, "a boat");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1))]));
}

/// With the settings in sight that are usually folded away.
fn unfolded(mut state: State) -> State {
    state.view.advanced = true;
    state
}

/// A state with two clips in the history, the newer one shown, and a job that runs.
fn busy() -> State {
    let mut busy = ready();
    finish(&mut busy, 8, "a red ball");
    finish(&mut busy, 9, "a blue boat");
    busy.view.notices.clear();
    busy.on_submitted(JobId(1), request("a", 1));
    start(&mut busy, 1);
    let newest = busy.results.clips[0].id;
    busy.results.show(newest);
    busy.results.playback.playing = false;
    busy
}

#[test]
fn keys_over_an_open_menu_or_list_are_for_it_alone() {
    let menus = ["File", "Create", "Clip", "View", "Help"].map(|name| (Role::Button, name));
    let lists = ["Decoder", "Noise", "Cache", "Device", "Sampler"].map(|name| (Role::ComboBox, name));
    let open = |harness: &Harness| egui::Popup::is_any_open(&harness.ctx);
    for (role, name) in menus.into_iter().chain(lists) {
        let mut harness = bench_of_size(unfolded(busy()), [1000.0, 2200.0]);
        press(&mut harness, Modifiers::NONE, Key::Escape);
        let shown = state(&harness).results.shown;
        harness.get_by_role_and_label(role, name).click();
        harness.run_steps(3);
        assert!(open(&harness), "{name} does not open");
        for key in [Key::ArrowDown, Key::ArrowUp, Key::ArrowLeft, Key::ArrowRight, Key::Home, Key::End] {
            press(&mut harness, Modifiers::NONE, key);
        }
        let (view, frame) = (state(&harness).results.shown, state(&harness).results.playback.frame);
        assert!(view == shown && frame == 0, "{name}: an arrow moved the clip");
        assert!(open(&harness), "{name}: an arrow closed it");
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert!(!open(&harness), "{name}: Escape does not close it");
        assert!(harness.state().effects.is_empty(), "{name}: {:?}", harness.state().effects);
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1))]), "{name}: then it cancels");
    }
}

#[test]
fn ctrl_q_over_a_menu_closes_it_and_other_shortcuts_act() {
    let mut harness = bench(busy());
    let open = |harness: &mut Harness| {
        harness.get_by_role_and_label(Role::Button, "Clip").click();
        harness.run_steps(3);
        assert!(egui::Popup::is_any_open(&harness.ctx));
    };
    open(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    assert!(!egui::Popup::is_any_open(&harness.ctx) && harness.state().effects.is_empty());
    open(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::PageDown);
    assert!(!egui::Popup::is_any_open(&harness.ctx));
    assert_eq!(state(&harness).results.shown, Shown::Result(state(&harness).results.clips[1].id));
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    assert!(matches!(harness.state().effects[..], [Effect::Close]), "without a menu it quits");
}

#[test]
fn escape_in_a_list_of_a_dialog_leaves_the_dialog_and_in_a_dialog_the_job() {
    let mut harness = bench(busy());
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_role_and_label(Role::ComboBox, "Format").click();
    harness.run_steps(3);
    assert!(egui::Popup::is_any_open(&harness.ctx));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!egui::Popup::is_any_open(&harness.ctx) && says(&harness, "Export clip"), "the dialog stays");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!says(&harness, "Export clip") && harness.state().effects.is_empty(), "the job goes on");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1)), ..]));
}

#[test]
fn a_held_key_starts_one_job() {
    let mut harness = bench(ready());
    harness.get_by_label("Prompt").type_text("a");
    harness.run_steps(2);
    let mut event = |repeat| {
        let modifiers = Modifiers::COMMAND;
        harness.event_modifiers(
            egui::Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat, modifiers },
            modifiers,
        );
        harness.run_steps(2);
    };
    event(false);
    event(true);
    event(true);
    assert_eq!(harness.state().effects.len(), 1);
}

#[test]
fn space_plays_only_where_no_text_is_typed() {
    let mut shown = ready();
    finish(&mut shown, 1, "a");
    let mut harness = bench(shown);
    harness.get_by_label("Prompt").type_text(" ");
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(
        !state(&harness).results.playback.playing
            && !harness.state().commands.contains(&Command::Run(Action::PlayPause))
    );
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.get_by_label("Prompt").is_focused(), "Escape without a job leaves the prompt");
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(state(&harness).results.playback.playing);
    press(&mut harness, Modifiers::NONE, Key::Space);
    let frame = state(&harness).results.playback.frame;
    press(&mut harness, Modifiers::NONE, Key::Period);
    assert_eq!(state(&harness).results.playback.frame, (frame + 1) % 16);
    press(&mut harness, Modifiers::NONE, Key::End);
    assert_eq!(state(&harness).results.playback.frame, 15);
}

#[test]
fn the_decoder_is_chosen_from_a_list_and_shown_with_the_clip() {
    let mut shown = ready();
    finish(&mut shown, 1, "a star");
    shown.results.clips[0].outcome.decoder = UsedDecoder::Tiny { name: "TAESD".to_owned(), sha256: "ab".repeat(32) };
    // High enough that the row is in sight.
    let mut harness = bench_of_size(shown, [1000.0, 2200.0]);
    assert!(says(&harness, "tiny decoder (TAESD)"));
    let open = |harness: &mut Harness| {
        harness.get_by_role_and_label(Role::ComboBox, "Decoder").click();
        harness.run_steps(3);
    };
    open(&mut harness);
    harness.get_by_label("Tiny (TAESD)").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.decoder, DecoderKind::Tiny);
    open(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Full").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.decoder, DecoderKind::Full);
    // Without a tiny decoder it cannot be chosen.
    harness.state_mut().shell.state.on_tiny_decoder(false);
    open(&mut harness);
    let light = harness.get_by_label("Tiny (TAESD)");
    assert!(light.accesskit_node().is_disabled());
    light.click();
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.decoder, DecoderKind::Full);
}

#[test]
fn words_build_the_prompt() {
    let mut harness = bench(ready());
    for word in ["orange", "fish", "moving left", "ocean", "red"] {
        harness.get_by_label(word).click();
        harness.run_steps(3);
    }
    assert_eq!(state(&harness).form.controls.asked.prompt, "a red fish moving left over the ocean");
}

#[test]
fn every_setting_has_a_control_by_its_label() {
    let harness = bench_of_size(unfolded(ready()), [1000.0, 2200.0]);
    for setting in SETTINGS {
        assert!(says(&harness, setting.label), "{setting:?} has no control");
    }
}

#[test]
fn noise_and_eta_are_set_by_their_names() {
    let mut harness = bench_of_size(unfolded(ready()), [1000.0, 2200.0]);
    harness.get_by_label("Eta").focus();
    press(&mut harness, Modifiers::NONE, Key::ArrowUp);
    assert_eq!(state(&harness).form.controls.text(&table::ETA), "0.05");
    harness.get_by_label("Noise").focus();
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("PyTorch (CPU)").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.noise, NoiseKind::TorchCpu);
}

#[test]
fn reuse_is_set_by_its_name() {
    let mut harness = bench_of_size(unfolded(ready()), [1000.0, 2200.0]);
    harness.get_by_label("Cache").focus();
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Strong (two of three steps)").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.asked.reuse, Some(Reuse::Strong));
}

#[test]
fn tokens_are_merged_by_a_box() {
    let mut harness = bench_of_size(unfolded(ready()), [1000.0, 2200.0]);
    harness.get_by_label("Merge tokens").click();
    harness.run_steps(3);
    assert!(state(&harness).form.controls.asked.merge_tokens);
    harness.get_by_label("Merge tokens").focus();
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(!state(&harness).form.controls.asked.merge_tokens);
}

#[test]
fn bad_numbers_are_told_below_the_field() {
    let mut harness = bench_of_size(unfolded(ready()), [1000.0, 2200.0]);
    harness.get_by_label("Frames").focus();
    harness.run_steps(2);
    harness.get_by_label("Frames").type_text("5000");
    harness.run_steps(3);
    assert_eq!(state(&harness).form.controls.text(&table::FRAMES), "5000");
    assert!(says(&harness, "5000 frames cannot be made: choose 1 to 64"));
    let generate = harness.get_by_label("Generate");
    assert!(generate.accesskit_node().is_disabled());
    for _ in 0..4 {
        harness.key_press(Key::Backspace);
    }
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::ArrowUp);
    assert_eq!(state(&harness).form.controls.text(&table::FRAMES), "17", "one more than the default");
    assert!(!says(&harness, "cannot be made"));
}

#[test]
fn the_help_page_shows_every_action() {
    let mut harness = bench_of_size(ready(), [1000.0, 3800.0]);
    press(&mut harness, Modifiers::NONE, Key::F1);
    for row in TABLE {
        assert!(says(&harness, &row.tooltip()), "{:?} is missing on the help page", row.action);
    }
    assert!(says(&harness, "Ctrl+Enter"));
    press(&mut harness, Modifiers::NONE, Key::F1);
    assert!(state(&harness).view.dialog.is_none());
}

#[test]
fn export_goes_by_keys_alone() {
    let mut shown = ready();
    finish(&mut shown, 1, "a red ball");
    shown.exports.preferences.format = Format::Gif;
    let mut harness = bench(shown);
    press(&mut harness, Modifiers::COMMAND, Key::E);
    assert!(says(&harness, "Export clip") && says(&harness, "GIF dithering"));
    let path = harness.get_by_label("Save as");
    assert!(path.is_focused(), "the path has the keyboard");
    path.type_text("x");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    let effects = &harness.state().effects;
    assert!(matches!(&effects[..], [Effect::Export(order)] if order.settings.format == Format::Gif), "{effects:?}");
    assert!(says(&harness, "Exporting"));
}

#[test]
fn enter_in_the_path_field_confirms() {
    let mut shown = ready();
    finish(&mut shown, 1, "a red ball");
    let mut harness = bench(shown);
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_label("Save as").type_text("x");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(matches!(harness.state().effects[..], [Effect::Export(_)]), "{:?}", harness.state().effects);
}

#[test]
fn closing_with_unsaved_clips_asks_and_escape_goes_on() {
    let mut shown = ready();
    finish(&mut shown, 1, "a red ball");
    let mut harness = bench(shown);
    harness.state_mut().shell.pending.push(Command::CloseRequested);
    harness.run_steps(3);
    assert!(says(&harness, "1 clip not exported yet will be lost"));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(state(&harness).view.dialog.is_none() && !state(&harness).view.close_agreed);
}

#[test]
fn a_finished_clip_is_shown_and_older_ones_come_back() {
    let mut shown = ready();
    finish(&mut shown, 1, "a red ball");
    finish(&mut shown, 2, "a blue boat");
    let mut harness = bench(shown);
    assert!(says(&harness, "Seed 2 · 20 steps"));
    harness.get_by_label("Show \"a red ball\", seed 1").click();
    harness.run_steps(3);
    assert!(matches!(state(&harness).results.shown, Shown::Result(_)) && says(&harness, "Seed 1 · 20 steps"));
    harness.get_by_label("Delete \"a red ball\"").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).results.clips.len(), 1);
    harness.get_all_by_label("Undo delete").next().expect("the notice offers it").click();
    harness.run_steps(3);
    assert_eq!(state(&harness).results.clips.len(), 2);
}

/// States that cover every panel and dialog.
pub fn states() -> Vec<(&'static str, State)> {
    let mut running = ready();
    finish(&mut running, 1, "a red ball");
    running.on_submitted(JobId(2), request("a blue boat", 2));
    running.enqueue(request("a star", 3), None, JobPlan::default());
    start(&mut running, 2);
    step(&mut running, 2, 7);
    let mut shown = ready();
    finish(&mut shown, 1, "a red ball");
    shown.view.notify(Level::Error, "an error");
    let unfolded_form = unfolded(ready());
    let dialogs = [
        ("help", DialogKind::Help),
        ("palette", DialogKind::Palette(Default::default())),
        ("shortcuts", DialogKind::Shortcuts(Default::default())),
        ("first device", DialogKind::FirstSteps(FirstStep::Device)),
        ("first clip", DialogKind::FirstSteps(FirstStep::Demo)),
        ("first models", DialogKind::FirstSteps(FirstStep::Models)),
        ("close", DialogKind::Close),
        ("safe start", DialogKind::SafeStart),
        ("closing", DialogKind::Closing { since_secs: 1e9 }),
        (
            "export",
            DialogKind::Export {
                result: shown.results.clips[0].id,
                path: "x.gif".to_owned(),
                replace: true,
                problem: Some("no".to_owned()),
            },
        ),
        (
            "open",
            DialogKind::Open {
                purpose: crate::window::state::work::OpenPurpose::Model,
                path: String::new(),
                problem: None,
            },
        ),
    ];
    let mut loras = ready();
    loras.add_lora(std::path::PathBuf::from("style.safetensors"));
    let page = with_page();
    let mut licence = with_page();
    licence.view.dialog = Some(DialogKind::Licence("big".to_owned()));
    let mut discard = with_page();
    discard.view.dialog = Some(DialogKind::Discard("half".to_owned()));
    let mut working = with_page();
    working.get("half".to_owned(), false, &mut Vec::new());
    let mut states = vec![("idle", ready()), ("running", running), ("shown", shown), ("loras", loras)];
    states.push(("unfolded", unfolded_form));
    states.extend([("page", page), ("licence", licence), ("discard", discard), ("working", working)]);
    let mut completing = super::model_folders::with_folders();
    super::apply(&mut completing, [Command::Folders(FolderCommand::Complete("/a/unet.safetensors".into()))]);
    states.extend([("folders", super::model_folders::with_folders()), ("completing", completing)]);
    let mut library = super::library::with_library_page(6);
    library.library.selected = [hummingbird_engine::library::ClipId(5)].into();
    let mut several = super::library::with_library_page(6);
    several.library.selected = [2, 5].map(hummingbird_engine::library::ClipId).into();
    let mut compared = super::library::with_library_page(6);
    compared.library.selected = [2, 5].map(hummingbird_engine::library::ClipId).into();
    compared.apply(Command::Run(Action::CompareClips), &mut Vec::new());
    for id in [2, 5].map(hummingbird_engine::library::ClipId) {
        let frames = crate::window::state::library::LibraryReport::Compared(id, Ok(super::frames(16)));
        compared.on_library(frames, &mut Vec::new());
    }
    compared.library.compare.iter_mut().for_each(|compare| compare.playback.playing = false);
    let nothing = super::library::with_library_page(0);
    let unselected = super::library::with_library_page(3);
    states.extend([
        ("library", library),
        ("several", several),
        ("compared", compared),
        ("no clips", nothing),
        ("unselected", unselected),
    ]);
    states.extend(super::prompting::states());
    let mut closing = super::training::with_running();
    closing.view.dialog = Some(DialogKind::Close);
    let mut broken = ready();
    broken.on_part_failed(crate::window::state::broken::Part::Controls, "a report".to_owned());
    states.extend([("paused", super::paused::with_paused()), ("broken", broken)]);
    let training = super::training::with_clips();
    let [trained, running] = [super::training::with_ended(), super::training::with_running()];
    states.extend([("training", training), ("in training", running), ("trained", trained), ("closing", closing)]);
    let [devices, measuring] = [super::devices::with_page(), super::devices::with_measuring()];
    states.extend([("devices", devices), ("measured device", measuring)]);
    states.extend(super::exports::dialogs());
    states.extend(super::data::states());
    for (name, dialog) in dialogs {
        let mut state = ready();
        finish(&mut state, 1, "a red ball");
        state.exports.preferences.format = Format::Gif;
        state.view.dialog = Some(dialog);
        states.push((name, state));
    }
    states
}

#[test]
fn every_widget_has_a_name_for_screen_readers() {
    for (name, state) in states() {
        let harness = bench_of_size(state, [1100.0, 1400.0]);
        let unnamed = harness.unnamed_widgets();
        assert!(unnamed.is_empty(), "{name}: {unnamed:#?}");
    }
}

#[test]
fn an_idle_window_sleeps_and_a_playing_one_draws_at_the_speed_of_the_clip() {
    let delay_in = |state: State, in_software: bool| {
        let mut harness = bench(state);
        harness.state_mut().shell.in_software = in_software;
        // Let the text cursor lose the keyboard: it blinks.
        press(&mut harness, Modifiers::NONE, Key::Escape);
        harness.run_steps(20);
        harness.output().viewport_output.values().next().map(|viewport| viewport.repaint_delay)
    };
    let delay = |state: State| delay_in(state, false);
    let mut shown = ready();
    finish(&mut shown, 1, "a");
    shown.view.notices.clear();
    let mut playing = ready();
    finish(&mut playing, 1, "a");
    playing.view.notices.clear();
    playing.results.playback.playing = true;
    assert!(delay(shown).is_some_and(|delay| delay > Duration::from_secs(60)));
    let wait = delay(playing).expect("there is a window");
    assert!(wait <= Duration::from_millis(125) && wait > Duration::ZERO, "8 frames a second: {wait:?}");
    // Where the processor draws the window and computes a job, pictures are spared; without a job they are not.
    let busy = || {
        let mut state = ready();
        finish(&mut state, 1, "a");
        state.view.notices.clear();
        state.results.playback.playing = true;
        state.on_submitted(JobId(2), request("b", 2));
        start(&mut state, 2);
        // A preview is shown and plays.
        step(&mut state, 2, 7);
        state.results.playback.playing = true;
        state
    };
    let spared = |state: State| delay_in(state, true).expect("there is a window");
    assert!(delay(busy()).is_some_and(|wait| wait <= Duration::from_millis(125)));
    assert!(spared(busy()) > Duration::from_millis(400), "{:?}", spared(busy()));
    let mut playing = ready();
    finish(&mut playing, 1, "a");
    playing.view.notices.clear();
    playing.results.playback.playing = true;
    assert!(spared(playing) <= Duration::from_millis(125));
}
