//! The list of LoRAs: what clips want of it, what fits, and how strengths are typed.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;

use super::{apply, bench_of_size, finish, outcome, ready, run};
use crate::provenance::provenance_of;
use crate::window::apply::Effect;
use crate::window::command::{Action, Command};
use crate::window::state::{Level, State};

fn lora(name: &str, strength: f32) -> LoraChoice {
    LoraChoice { path: Path::new("/loras").join(name), strength }
}

/// What a clip says that was made with these LoRAs.
fn clip(loras: &[(&str, f32)]) -> Provenance {
    let loras = loras.iter().map(|(name, strength)| ((*name).to_owned(), *strength)).collect();
    Provenance { loras, ..provenance_of(&outcome("a red ball", 7)) }
}

fn read(state: &mut State, loras: &[(&str, f32)]) {
    state.on_clip_read(Path::new("/clips/ball.mp4"), Ok(Some(clip(loras))));
}

fn warnings(state: &State) -> Vec<&str> {
    state.notices.iter().filter(|it| it.level != Level::Info).map(|it| it.text.as_str()).collect()
}

fn sent(state: &mut State) -> Vec<LoraChoice> {
    match &run(state, Action::Generate)[..] {
        [Effect::Submit(request)] => request.loras.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lora_that_a_clip_wants_comes_in_at_its_strength_in_any_order() {
    let both = [("a.safetensors", 0.35), ("b.safetensors", -0.5)];
    let expected = [lora("a.safetensors", 0.35), lora("b.safetensors", -0.5)];
    let mut state = ready();
    read(&mut state, &both);
    assert!(matches!(warnings(&state)[..], [text] if text.contains("a.safetensors, b.safetensors")));
    state.add_lora(PathBuf::from("/loras/a.safetensors"));
    assert!(matches!(warnings(&state)[..], [text] if !text.contains("a.safetensors") && text.contains("b.safetensors")));
    state.add_lora(PathBuf::from("/loras/b.safetensors"));
    assert_eq!(warnings(&state), [""; 0], "nothing is missing any more");
    assert_eq!(sent(&mut state), expected);
    // The LoRAs first, as when all is dropped at once and the clip takes longer to read.
    let mut state = ready();
    ["b", "a"].iter().for_each(|name| state.add_lora(PathBuf::from(format!("/loras/{name}.safetensors"))));
    read(&mut state, &both);
    assert_eq!((warnings(&state).len(), sent(&mut state)), (0, expected.to_vec()));
    // Other settings since: a LoRA is what it is.
    let mut state = ready();
    finish(&mut state, 1, "a star");
    read(&mut state, &both);
    run(&mut state, Action::ReuseSettings);
    assert_eq!(warnings(&state), [""; 0]);
    state.add_lora(PathBuf::from("/loras/a.safetensors"));
    assert_eq!(state.controls.loras, [lora("a.safetensors", 1.0)]);
}

#[test]
fn settings_of_a_clip_switch_other_loras_off_and_keep_them() {
    let mut state = ready();
    finish(&mut state, 1, "a star");
    let list = [lora("mine.safetensors", 0.8), lora("a.safetensors", 1.0)];
    state.controls.loras = list.to_vec();
    read(&mut state, &[("a.safetensors", 0.35)]);
    assert_eq!(state.controls.loras, [lora("a.safetensors", 0.35), lora("mine.safetensors", 0.0)]);
    assert_eq!(sent(&mut state), [lora("a.safetensors", 0.35)]);
    state.controls.loras = list.to_vec();
    run(&mut state, Action::ReuseSettings);
    assert_eq!(state.controls.loras, [lora("mine.safetensors", 0.0), lora("a.safetensors", 0.0)]);
}

#[test]
fn strengths_are_taken_as_typed_to_two_decimals() {
    let mut state = ready();
    state.add_lora(PathBuf::from("/loras/a.safetensors"));
    let mut harness = bench_of_size(state, [1000.0, 1300.0]);
    harness.get_by_label("Strength of a.safetensors in figures").click();
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("0.37".to_owned()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_eq!(harness.state().shell.state.controls.loras[0].strength, 0.37);
    harness.get_by_label("Strength of a.safetensors").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(4);
    let strength = harness.state().shell.state.controls.loras[0].strength;
    assert!([0.4, 0.45].contains(&strength), "the slider keeps its steps: {strength}");
}

#[test]
fn the_offer_to_bring_a_lora_back_goes_once_it_is_back() {
    let mut state = ready();
    state.controls.loras = vec![lora("a.safetensors", 0.35)];
    let before = state.controls.loras.clone();
    apply(&mut state, [Command::RemoveLora(0)]);
    assert!(state.notices.iter().any(|it| it.remedy.is_some()));
    run(&mut state, Action::UndoRemove);
    assert!(state.controls.loras == before && state.notices.iter().all(|it| it.remedy.is_none()));
}
