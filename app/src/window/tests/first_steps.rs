//! The first steps, what stands in place of a clip, and what is said before a clip is made.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::job::{Event, JobId, JobProgress, Stage};
use hummingbird_engine::settings::{Kind, in_order, table};

use super::{bench, bench_of_size, outcome, press, ready, request, run, says, start};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::state::action::Action;
use crate::window::state::view::{DialogKind, FIRST_PROMPT, FirstStep};

#[test]
fn the_first_steps_are_walked_by_keys_alone() {
    let mut state = ready();
    state.on_devices(vec![(DeviceChoice::Cpu, "A processor".to_owned())], DeviceKind::Cpu);
    let mut harness = bench(state);
    press(&mut harness, Modifiers::SHIFT, Key::F1);
    assert!(says(&harness, "Step 1 of 3") && says(&harness, "A processor"));
    assert!(harness.get_by_label("Next").is_focused());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Make a clip now").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Space);
    let effects = &harness.state().effects;
    assert!(matches!(&effects[..], [Effect::Submit(it)] if it.clip.prompt == FIRST_PROMPT), "{effects:?}");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert!(says(&harness, "Step 3 of 3") && says(&harness, "licences"));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().shell.state.view.dialog.is_none());
    assert!(harness.get_by_label("Prompt").is_focused(), "and writing can begin");
    assert!(harness.state().shell.state.settings().first_steps_seen, "they come once");
}

#[test]
fn the_first_steps_show_the_clip_that_is_being_made_and_lead_to_the_models() {
    let mut state = ready();
    state.on_submitted(JobId(1), request(FIRST_PROMPT, 1));
    start(&mut state, 1);
    super::step(&mut state, 1, 7);
    state.view.dialog = Some(DialogKind::FirstSteps(FirstStep::Demo));
    let mut harness = bench(state);
    assert!(says(&harness, "Sampling: step 8 of 20") && says(&harness, "The clip that is being made"));
    harness.get_by_label("Next").click();
    harness.run_steps(3);
    // The one behind the dialog cannot be reached.
    harness.get_all_by_label("Models…").last().expect("it is there").click_accesskit();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.view.dialog, Some(DialogKind::Models));
}

#[test]
fn an_empty_window_teaches_how_a_clip_is_made() {
    let mut harness = bench(ready());
    for text in ["1 · Write", "2 · Press Generate", "3 · Watch", "Ctrl+Enter", "Ctrl+K"] {
        assert!(says(&harness, text), "{text}");
    }
    harness.get_by_label("a white boat at sunset").click();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.form.controls.asked.prompt, "a white boat at sunset");
    harness.get_by_label("First steps…").click();
    harness.run_steps(3);
    assert!(says(&harness, "Step 1 of 3"));
}

#[test]
fn advanced_settings_are_folded_away_and_come_by_mouse_key_and_mistake() {
    let advanced = [&table::ETA, &table::GUIDANCE_RESCALE, &table::NOISE, &table::REUSE, &table::MERGE_TOKENS];
    let mut harness = bench_of_size(ready(), [1000.0, 2200.0]);
    let seen = |harness: &egui_kittest::Harness<'_, super::Bench>| {
        advanced.iter().filter(|setting| says(harness, setting.label)).count()
    };
    assert_eq!(seen(&harness), 0);
    harness.get_by_label("Advanced").click();
    harness.run_steps(8);
    assert_eq!(seen(&harness), advanced.len());
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::A);
    harness.run_steps(8);
    assert_eq!(seen(&harness), 0);
    let wrong = Command::SetNumber(&table::ETA, "7".to_owned());
    harness.state_mut().shell.pending.push(wrong);
    harness.run_steps(8);
    assert_eq!(seen(&harness), advanced.len(), "what is wrong is shown");
}

#[test]
fn every_setting_has_a_line_of_help_and_its_range() {
    let mut state = ready();
    state.view.advanced = true;
    let harness = bench_of_size(state, [1000.0, 2200.0]);
    for setting in in_order() {
        // The prompts say it in their empty fields, the height stands beside the width.
        if !matches!(setting.kind, Kind::Text) && *setting != table::WIDTH && *setting != table::HEIGHT {
            assert!(says(&harness, setting.help), "{setting:?}");
        }
    }
    for range in
        ["1 to 100, the model's own 20", "0 to 30, the model's own 4", "(multiples of 32 from 32 to 512", "0 to 1"]
    {
        assert!(says(&harness, range), "{range}");
    }
}

#[test]
fn time_is_told_from_the_history_and_memory_and_excess_with_it() {
    let mut state = ready();
    assert_eq!(state.form.time_need.as_deref(), Some("Time is known after the first clip"));
    state.on_submitted(JobId(1), request("a red ball", 1));
    start(&mut state, 1);
    for done in [0, 10, 20] {
        let elapsed_secs = 1.0 + 0.25 * done as f32;
        let progress = JobProgress { stage: Stage::Denoise, done, total: 20, elapsed_secs, eta_secs: None };
        state.on_event(Event::Progress { job: JobId(1), progress });
    }
    state.on_event(Event::Done { job: JobId(1), outcome: Box::new(outcome("a red ball", 1)) });
    assert_eq!(state.form.time_need.as_deref(), Some("Takes about 6 s"), "20 steps of 0.25 s, and 1.2 s");
    state.apply(Command::SetNumber(&table::FRAMES, "32".to_owned()), &mut Vec::new());
    let mut harness = bench_of_size(state, [1000.0, 1400.0]);
    assert!(says(&harness, "Takes about 12 s"));
    assert!(says(&harness, "The model was made for 16 frames"));
    assert!(!harness.get_by_label("Generate").accesskit_node().is_disabled(), "it is a word, no refusal");
    assert!(harness.state().shell.state.queue.times_changed, "the history is to be written");
    harness.run_steps(3);
    run(&mut harness.state_mut().shell.state, Action::ResetControls);
    harness.run_steps(3);
    assert!(!says(&harness, "The model was made for"));
}
