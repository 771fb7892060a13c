//! The list of LoRAs: what clips want of it, what fits, and how strengths are typed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::error::ModelError;
use hummingbird_engine::job::{Event, JobId};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;
use hummingbird_engine::weights::{WeightPrecision, write_tensors};

use super::models::carry_out;
use super::{apply, bench_of_size, card, clip_read, finish, opened, outcome, ready, request, run, says, start};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{ModelOrder, ModelReport, OpenPurpose};
use crate::window::tasks::Tasks;
use crate::window::tasks::engine_link::demo_sha256;
use hummingbird_engine::jobs::provenance::provenance_of;

fn lora(name: &str, strength: f32) -> LoraChoice {
    LoraChoice { path: Path::new("/loras").join(name), strength }
}

/// What a clip says that was made with these LoRAs.
fn clip(loras: &[(&str, f32)]) -> Provenance {
    let loras = loras.iter().map(|(name, strength)| ((*name).to_owned(), *strength)).collect();
    Provenance { loras, ..provenance_of(&outcome("a red ball", 7)) }
}

fn read(state: &mut State, loras: &[(&str, f32)]) {
    clip_read(state, "/clips/ball.mp4", Ok(Some(clip(loras))));
}

fn warnings(state: &State) -> Vec<&str> {
    state.view.notices.iter().filter(|it| it.level != Level::Info).map(|it| it.text.as_str()).collect()
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
    assert!(
        matches!(warnings(&state)[..], [text] if !text.contains("a.safetensors") && text.contains("b.safetensors"))
    );
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
    assert_eq!(state.form.controls.asked.loras, [lora("a.safetensors", 1.0)]);
}

#[test]
fn settings_of_a_clip_switch_other_loras_off_and_keep_them() {
    let mut state = ready();
    finish(&mut state, 1, "a star");
    let list = [lora("mine.safetensors", 0.8), lora("a.safetensors", 1.0)];
    state.form.controls.asked.loras = list.to_vec();
    read(&mut state, &[("a.safetensors", 0.35)]);
    assert_eq!(state.form.controls.asked.loras, [lora("a.safetensors", 0.35), lora("mine.safetensors", 0.0)]);
    assert_eq!(sent(&mut state), [lora("a.safetensors", 0.35)]);
    state.form.controls.asked.loras = list.to_vec();
    run(&mut state, Action::ReuseSettings);
    assert_eq!(state.form.controls.asked.loras, [lora("mine.safetensors", 0.0), lora("a.safetensors", 0.0)]);
}

#[test]
fn strengths_are_taken_as_typed_to_two_decimals() {
    let mut state = ready();
    state.add_lora(PathBuf::from("/loras/a.safetensors"));
    let mut harness = bench_of_size(state, [1000.0, 2200.0]);
    harness.get_by_label("Strength of a.safetensors as a number").click();
    harness.run_steps(4);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("0.37".to_owned()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_eq!(harness.state().shell.state.form.controls.asked.loras[0].strength, 0.37);
    harness.get_by_label("Strength of a.safetensors").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(4);
    let strength = harness.state().shell.state.form.controls.asked.loras[0].strength;
    assert!([0.4, 0.45].contains(&strength), "the slider keeps its steps: {strength}");
}

#[test]
fn the_offer_to_bring_a_lora_back_goes_once_it_is_back() {
    let mut state = ready();
    state.form.controls.asked.loras = vec![lora("a.safetensors", 0.35)];
    let before = state.form.controls.asked.loras.clone();
    apply(&mut state, [Command::RemoveLora(0)]);
    assert!(state.view.notices.iter().any(|it| it.remedy.is_some()));
    run(&mut state, Action::UndoRemove);
    assert!(state.form.controls.asked.loras == before && state.view.notices.iter().all(|it| it.remedy.is_none()));
}

/// Writes a LoRA for an image model, which fits no model of videos.
fn write_foreign(path: &Path) {
    let name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
    let tensor = |part: &str, shape: Vec<usize>| NamedTensor {
        name: format!("{name}.{part}.weight"),
        values: vec![0.0; shape.iter().product()],
        shape,
    };
    let tensors = [tensor("lora_up", vec![32, 4]), tensor("lora_down", vec![4, 32])];
    write_tensors(path, &[], &tensors, WeightPrecision::F32).expect("writable");
}

#[test]
fn a_lora_that_does_not_fit_is_told_at_once_and_marked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("sd15.safetensors");
    write_foreign(&path);
    let mut tasks = Tasks::new(None, Arc::new(|| ()));
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a ball".to_owned())]);
    let effects = apply(&mut state, [Command::DropFiles(vec![path.clone()])]);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(
        matches!(warnings(&state)[..], [text] if text.contains("sd15.safetensors does not fit the model \"Nano\"")),
        "{:?}",
        state.view.notices
    );
    assert!(state.view.notices.iter().all(|it| it.level != Level::Info), "no good news: {:?}", state.view.notices);
    assert!(state.form.loras.why_unfit(&path).is_some());
    assert!(state.form.messages(Place::Loras).any(|(level, text)| level == Level::Error && text.contains("sd15")));
    assert!(run(&mut state, Action::Generate).iter().all(|it| !matches!(it, Effect::Submit(_))));
    let mut harness = bench_of_size(state, [1000.0, 2200.0]);
    assert!(says(&harness, "Incompatible LoRA sd15.safetensors"));
    harness.get_by_label("Turn off sd15.safetensors").click();
    harness.run_steps(4);
    let state = &mut harness.state_mut().shell.state;
    assert!(warnings(state).iter().all(|text| !text.contains("fit")), "{:?}", state.view.notices);
    assert_eq!(state.form.problems, []);
    assert_eq!(sent(state), []);
    // A list out of an earlier session is looked at as soon as the model is open.
    let mut state = ready();
    state.form.controls.asked.loras = vec![LoraChoice { path: path.clone(), strength: 0.5 }];
    let mut effects = Vec::new();
    state.check_loras(&mut effects);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(state.form.loras.why_unfit(&path).is_some() && warnings(&state).len() == 1);
    // Another model: what was said about the first does not hold for it.
    opened(&mut state, ModelSource::File(PathBuf::from("/other.safetensors")), Ok(card()));
    let fitted = ModelReport::Fitted { model: state.models.source.clone(), unfit: Vec::new(), triggers: Vec::new() };
    state.on_models(fitted, &mut Vec::new());
    assert!(
        state.form.loras.why_unfit(&path).is_none() && warnings(&state).is_empty() && state.form.problems.is_empty()
    );
}

#[test]
fn a_clip_that_failed_for_a_lora_offers_to_switch_it_off_until_one_succeeds() {
    let mut state = ready();
    state.form.controls.asked.loras = vec![lora("a.safetensors", 0.5)];
    state.on_submitted(JobId(1), request("a ball", 1));
    start(&mut state, 1);
    let (path, detail) = (lora("a.safetensors", 0.5).path, "it is for another model".to_owned());
    state.on_event(Event::Failed {
        job: JobId(1),
        error: ModelError::LoraUnfit { path: path.clone(), detail: detail.into() }.into(),
    });
    let offer = Some(Remedy::SwitchLoraOff(path));
    assert!(state.view.notices.iter().any(|it| it.remedy == offer && it.text.contains("a.safetensors does not fit")));
    finish(&mut state, 2, "a star");
    assert!(state.view.notices.iter().all(|it| it.remedy != offer), "it has been overtaken");
}

#[test]
fn a_drop_closes_the_sheet_and_takes_the_first_of_several_clips() {
    let mut state = ready();
    let problem = None;
    state.view.dialog = Some(DialogKind::Open { purpose: OpenPurpose::Lora, path: String::new(), problem });
    let dropped = ["/b.mp4", "/l.pt", "/c.gif"].map(PathBuf::from).to_vec();
    let effects = apply(&mut state, [Command::DropFiles(dropped)]);
    assert_eq!(state.view.dialog, None);
    assert!(
        matches!(&effects[..], [Effect::ReadClip { path: clip, .. }, Effect::Models(ModelOrder::Inspect { .. })] if clip.ends_with("b.mp4")),
        "{effects:?}"
    );
    assert!(warnings(&state).iter().any(|text| text.contains("2 clips") && text.contains("b.mp4")));
    // A question asks for no file: a drop does not answer it.
    state.view.dialog = Some(DialogKind::Close);
    apply(&mut state, [Command::DropFiles(vec![PathBuf::from("/b.mp4")])]);
    assert_eq!(state.view.dialog, Some(DialogKind::Close));
}

#[test]
fn a_path_that_is_no_lora_comes_back_in_the_sheet() {
    let mut state = ready();
    let (path, problem) = ("/no/such.safetensors".to_owned(), None);
    state.view.dialog = Some(DialogKind::Open { purpose: OpenPurpose::Lora, path, problem });
    let effects = apply(&mut state, [Command::ConfirmDialog]);
    carry_out(&mut state, &mut Tasks::new(None, Arc::new(|| ())), &effects);
    let Some(DialogKind::Open { purpose: OpenPurpose::Lora, path, problem: Some(problem) }) = &state.view.dialog else {
        panic!("{:?}", state.view.dialog)
    };
    assert!(path == "/no/such.safetensors" && problem.contains("such.safetensors"), "{problem}");
}

#[test]
fn clips_say_which_loras_made_them() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball");
    state.results.clips[0].outcome.request.loras = vec![lora("style.safetensors", 0.35), lora("b.pt", -1.0)];
    let harness = bench_of_size(state, [1000.0, 2200.0]);
    let said = harness.query_all_by_label_contains("· LoRA style 0.35 · LoRA b -1").count();
    assert!(said >= 2, "below the clip and in the history: {said}");
}

#[test]
fn a_clip_of_the_demo_model_offers_the_demo_model() {
    let mut state = ready();
    let made = Provenance { model_sha256: demo_sha256().to_owned(), ..clip(&[]) };
    clip_read(&mut state, "a.mp4", Ok(Some(made)));
    let offers = |state: &State, action| state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Run(action)));
    assert!(demo_sha256().len() == 64 && offers(&state, Action::UseDemoModel));
    let other = Provenance { model_sha256: "77".repeat(32), ..clip(&[]) };
    clip_read(&mut state, "b.mp4", Ok(Some(other)));
    assert!(offers(&state, Action::OpenModel));
}
