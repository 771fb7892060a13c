//! Folders beside the models folder, what fits, and models in parts: on the state, in the window, and with folders on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui_kittest::kittest::Queryable;
use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::model::{ModelSource, PartsOf};
use hummingbird_engine::weights::store::folders::{FolderState, FoundProgram, Program};
use hummingbird_engine::weights::store::{Presence, Store};

use super::models::{carry_out, here, with_page};
use super::{apply, bench_of_size, finish, ready, run, says};
use crate::window::commands::command::{Command, FolderCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::model_fit::Machine;
use crate::window::state::model_folders::{Completing, FolderRow, FoundModels, Part};
use crate::window::state::models::{FileKind, ModelRow};
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{ModelOrder, ModelReport, OpenPurpose};
use crate::window::tasks::Tasks;

const COMFY: &str = "/home/me/ComfyUI";

fn at(folder: &str, name: &str, kind: FileKind, parts: PartsOf) -> ModelRow {
    let path = Path::new(folder).join(name);
    ModelRow {
        key: path.display().to_string(),
        path: Some(path),
        folder: Some(folder.into()),
        presence: Presence::Unchecked,
        whole: Vec::new(),
        parts,
        ..here(name, kind)
    }
}

const UNET: PartsOf = PartsOf { unet: true, text_encoder: false, autoencoder: false };
const TEXT: PartsOf = PartsOf { unet: false, text_encoder: true, autoencoder: false };
const VAE: PartsOf = PartsOf { unet: false, text_encoder: false, autoencoder: true };
const WHOLE: PartsOf = PartsOf { unet: true, text_encoder: true, autoencoder: true };

/// The model manager with ComfyUI's folder on the list, one that is gone, and StabilityMatrix on offer.
pub fn with_folders() -> State {
    let mut state = with_page();
    let folders: [PathBuf; 2] = [COMFY.into(), "/media/usb".into()];
    folders.iter().for_each(|folder| assert!(state.models.others.kept.add(folder.clone())));
    let row = |path: &PathBuf, program, state, models| FolderRow {
        path: path.clone(),
        program,
        state,
        models,
        others: 12,
        is_cut: false,
    };
    let found = FoundModels {
        folders: vec![
            row(&folders[0], Some(Program::ComfyUi), FolderState::Here, 4),
            row(&folders[1], None, FolderState::Gone, 0),
        ],
        rows: vec![
            at(COMFY, "vc2.safetensors", FileKind::Model, WHOLE),
            at(COMFY, "unet.safetensors", FileKind::Part, UNET),
            at(COMFY, "clip_h.safetensors", FileKind::Part, TEXT),
            at(COMFY, "kl_f8.safetensors", FileKind::Part, VAE),
            at(COMFY, "style.safetensors", FileKind::Lora, PartsOf::default()),
        ],
        offers: vec![FoundProgram { program: Program::StabilityMatrix, root: "/home/me/StabilityMatrix".into() }],
    };
    let ticket = state.models.others.ask();
    state.on_models(ModelReport::Searched { ticket, found: Ok(found) }, &mut Vec::new());
    state
}

fn kept(effects: &[Effect]) -> Option<Vec<PathBuf>> {
    effects.iter().rev().find_map(|it| match it {
        Effect::KeepModelFolders(folders) => Some(folders.folders.clone()),
        _ => None,
    })
}

fn searches(effects: &[Effect]) -> usize {
    effects.iter().filter(|it| matches!(it, Effect::Models(ModelOrder::Search { .. }))).count()
}

#[test]
fn folders_of_other_programs_are_offered_used_and_taken_off_the_list() {
    let mut harness = bench_of_size(with_folders(), [1000.0, 1800.0]);
    assert!(says(&harness, "Found StabilityMatrix's models in /home/me/StabilityMatrix"));
    assert!(says(&harness, "4 files for this program, 12 for other programs"));
    assert!(says(&harness, "Not there now"), "a folder that is gone stays on the list");
    harness.get_by_label("LoRAs (1)");
    assert!(harness.query_by_label("Remove vc2.safetensors").is_none(), "files of other programs are never deleted");
    assert!(harness.query_by_label("Verify vc2.safetensors").is_none());
    harness.get_by_label("Use models of StabilityMatrix").click();
    harness.run_steps(4);
    assert!(!says(&harness, "Found StabilityMatrix's models"));
    let effects = &harness.state().effects;
    assert_eq!(kept(effects).map(|it| it.len()), Some(3));
    assert_eq!(searches(effects), 1);
    harness.get_by_label("Remove folder /home/me/ComfyUI from the list").click();
    harness.run_steps(4);
    assert!(!says(&harness, "vc2.safetensors"));
    let effects = &harness.state().effects;
    let left = kept(effects).expect("the list is kept");
    assert!(left.len() == 2 && !left.contains(&PathBuf::from(COMFY)), "{left:?}");
    let touches = |it: &&Effect| matches!(it, Effect::Models(ModelOrder::Remove { .. }));
    assert_eq!(effects.iter().filter(touches).count(), 0, "no file is deleted");
}

#[test]
fn an_offer_that_is_not_wanted_does_not_come_back() {
    let mut harness = bench_of_size(with_folders(), [1000.0, 1800.0]);
    harness.get_by_label("Do not use models of StabilityMatrix").click();
    harness.run_steps(4);
    assert!(!says(&harness, "Found StabilityMatrix's models"));
    let kept = &harness.state().shell.state.models.others.kept;
    assert_eq!(kept.refused, [PathBuf::from("/home/me/StabilityMatrix")]);
    let again = vec![FoundProgram { program: Program::StabilityMatrix, root: "/home/me/StabilityMatrix".into() }];
    assert_eq!(kept.offers(again), []);
}

#[test]
fn a_folder_is_added_by_its_path_and_the_manager_comes_back() {
    let mut harness = bench_of_size(with_page(), [1000.0, 900.0]);
    harness.get_by_label("Add folder…").click();
    harness.run_steps(4);
    assert!(says(&harness, "Add a folder with models"));
    let state = &mut harness.state_mut().shell.state;
    assert!(matches!(&state.view.dialog, Some(DialogKind::Open { purpose: OpenPurpose::ModelFolder, .. })));
    let effects = apply(state, [Command::SetPath("/data/models".to_owned()), Command::ConfirmDialog]);
    assert_eq!(state.view.dialog, Some(DialogKind::Models));
    assert_eq!((kept(&effects).map(|it| it.len()), searches(&effects)), (Some(1), 1));
    // Escape leads back too, and adds nothing.
    let effects = apply(state, [Command::Folders(FolderCommand::Ask), Command::CloseDialog]);
    assert_eq!((state.view.dialog.clone(), effects.len()), (Some(DialogKind::Models), 0));
    let effects = apply(state, [Command::Folders(FolderCommand::Add("/data/models".into()))]);
    assert!(effects.is_empty(), "the same folder twice is one entry");
}

#[test]
fn a_unet_is_completed_in_the_window_and_the_choice_is_remembered() {
    let mut harness = bench_of_size(with_folders(), [1000.0, 1800.0]);
    assert!(
        says(&harness, "A U-Net without text encoder and autoencoder") && says(&harness, "A text encoder, to complete")
    );
    assert!(harness.query_by_label("Use unet.safetensors").is_none());
    harness.get_by_label("Complete unet.safetensors").click();
    harness.run_steps(4);
    assert!(says(&harness, "remembered for this model"));
    harness.get_by_label("Choose the file: Text encoder").click();
    harness.run_steps(4);
    harness.get_by_label("clip_h.safetensors").click();
    harness.run_steps(4);
    let state = &mut harness.state_mut().shell.state;
    let unet = Path::new(COMFY).join("unet.safetensors");
    let clip = format!("{COMFY}/clip_h.safetensors");
    let chosen = Completing { model: unet.clone(), text_encoder: clip.clone(), autoencoder: String::new() };
    assert_eq!(state.view.dialog, Some(DialogKind::Complete(chosen)));
    let vae = format!("{COMFY}/kl_f8.safetensors");
    apply(state, [Command::Folders(FolderCommand::SetPart(Part::Autoencoder, vae.clone()))]);
    harness.run_steps(2);
    harness.get_by_label("Open the model").click();
    harness.run_steps(4);
    let effects = &harness.state().effects;
    let keeps = effects.iter().position(|it| matches!(it, Effect::KeepModelFolders(_)));
    let opens = effects
        .iter()
        .position(|it| matches!(it, Effect::OpenModel { source: ModelSource::File(path), .. } if *path == unet));
    assert!(keeps.is_some() && keeps < opens, "what completes it is known before it is opened");
    let state = &mut harness.state_mut().shell.state;
    let parts = state.models.others.kept.parts(&unet);
    assert_eq!((parts.text_encoder, parts.autoencoder), (Some(clip.into()), Some(vae.into())));
    run(state, Action::ShowModels);
    harness.run_steps(4);
    assert!(harness.query_by_label("Use unet.safetensors").is_some(), "it can be used from now on");
}

#[test]
fn a_dropped_unet_leads_to_the_files_that_complete_it() {
    let mut state = ready();
    let path = PathBuf::from("/a/unet.safetensors");
    let (model, kind) = (ModelSource::Embedded, Ok(FileKind::Part));
    let report = ModelReport::Inspected { path: path.clone(), only_lora: false, model, kind, unfit: None };
    state.on_models(report, &mut Vec::new());
    let completes = Some(Remedy::CompleteModel(path.clone()));
    assert!(state.view.notices.iter().any(|it| it.level == Level::Warning && it.remedy == completes));
    let mut harness = bench_of_size(state, [1000.0, 700.0]);
    harness.get_by_label("Complete…").click();
    harness.run_steps(4);
    let dialog = harness.state().shell.state.view.dialog.clone();
    assert!(matches!(dialog, Some(DialogKind::Complete(Completing { model, .. })) if model == path));
}

#[test]
fn the_manager_says_what_fits_who_judges_and_what_a_clip_takes() {
    let gib = 1_u64 << 30;
    let mut state = with_folders();
    let set = |state: &mut State, memory, free| {
        let listing = state.models.listing.as_mut().expect("it is listed");
        listing.machine = Machine { memory_bytes: memory, free_bytes: free };
    };
    set(&mut state, Some(23 * gib), Some(100 * gib));
    // A clip of a model that this device has made: its hash is known, and what it takes.
    finish(&mut state, 1, "a ball");
    let outcome = super::outcome("a ball", 1);
    state.queue.times.note(&outcome, outcome.request.clip.steps, 5.0);
    state.form.controls.asked.device = outcome.request.device;
    let row = &mut state.models.others.found.rows[0];
    (row.sha256, row.limits) = (Some(outcome.model_sha256.clone()), Some(super::card().limits));
    let mut harness = bench_of_size(state, [1000.0, 1800.0]);
    assert!(says(&harness, "Fits here (judged by 23.0 GiB of memory)"));
    assert!(says(&harness, "A clip takes about"));
    let state = &mut harness.state_mut().shell.state;
    assert_eq!(state.clip_secs(&state.models.others.found.rows[1]), None, "nothing was measured of others");
    set(state, Some(4 * gib), Some(gib));
    harness.run_steps(2);
    assert!(says(&harness, "Too large for this computer (judged by 4.0 GiB of memory)"));
    assert!(says(&harness, "Not enough room on the disk: 1.0 GiB are free"));
    let state = &mut harness.state_mut().shell.state;
    (state.form.controls.asked.device, state.form.best_device) = (DeviceChoice::Auto, DeviceKind::Discrete);
    harness.run_steps(2);
    assert!(says(&harness, "that of the graphics card is not known"));
    let state = &mut harness.state_mut().shell.state;
    set(state, None, None);
    harness.run_steps(2);
    assert!(!says(&harness, "judged by") && !says(&harness, "Not enough room"), "what is not known is not said");
}

#[test]
fn an_older_search_that_comes_later_is_passed_over() {
    let mut state = with_folders();
    let (older, newer) = (state.models.others.ask(), state.models.others.ask());
    let report = |ticket, found| ModelReport::Searched { ticket, found };
    state.on_models(report(newer, Ok(FoundModels::default())), &mut Vec::new());
    state.on_models(report(older, Err("too late".to_owned())), &mut Vec::new());
    assert!(state.models.others.found.rows.is_empty() && state.models.others.problem.is_none());
    assert!(!state.models.others.searching);
}

/// A file whose one tensor makes it a LoRA, and others that are for other programs.
#[test]
fn folders_on_the_disk_are_searched_by_a_task_and_left_as_they_are() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let comfy = home.path().join("ComfyUI/models");
    let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
    for folder in ["checkpoints", "vae", "loras"] {
        fs::create_dir_all(comfy.join(folder)).expect("writable");
    }
    fs::copy(&nano, comfy.join("checkpoints/nano-copy.safetensors")).expect("there is room");
    fs::write(comfy.join("vae/broken.safetensors"), "no weights").expect("writable");
    let before = names(home.path());
    let mut tasks = Tasks::new(None, Arc::new(|| ()));
    tasks.store = Some(Store::at(home.path().join("own")));
    tasks.program_places = vec![home.path().to_owned()];
    let mut state = ready();
    let effects = run(&mut state, Action::ShowModels);
    carry_out(&mut state, &mut tasks, &effects);
    let offers = state.models.others.found.offers.clone();
    assert_eq!(offers.iter().map(|it| it.program).collect::<Vec<_>>(), [Program::ComfyUi]);
    let add = Command::Folders(FolderCommand::Add(offers[0].root.clone()));
    let effects = apply(&mut state, [add]);
    carry_out(&mut state, &mut tasks, &effects);
    let found = &state.models.others.found;
    assert_eq!((found.folders.len(), found.folders[0].models, found.folders[0].others), (1, 1, 1), "{found:?}");
    assert!(found.offers.is_empty() && found.rows[0].limits.is_some(), "{found:?}");
    assert_eq!((found.rows[0].kind.clone(), found.rows[0].parts), (Some(Ok(FileKind::Model)), WHOLE));
    // The disk is pulled out: nothing is lost, and it is back when the disk is.
    fs::rename(home.path().join("ComfyUI"), home.path().join("away")).expect("it is ours");
    let effects = run(&mut state, Action::ShowModels);
    carry_out(&mut state, &mut tasks, &effects);
    assert_eq!(state.models.others.found.folders[0].state, FolderState::Gone);
    assert_eq!(state.models.others.kept.folders.len(), 1);
    fs::rename(home.path().join("away"), home.path().join("ComfyUI")).expect("it is ours");
    let effects = run(&mut state, Action::ShowModels);
    carry_out(&mut state, &mut tasks, &effects);
    assert_eq!(state.models.others.found.rows.len(), 1);
    let remove = Command::Folders(FolderCommand::Remove(home.path().join("ComfyUI")));
    let effects = apply(&mut state, [remove]);
    carry_out(&mut state, &mut tasks, &effects);
    assert!(state.models.others.found.folders.is_empty());
    assert_eq!(names(home.path()), before, "folders of other programs are as they were");
}

/// Everything below a folder, with sizes.
fn names(folder: &Path) -> Vec<(PathBuf, u64)> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push((path.clone(), fs::metadata(&path).expect("it is there").len())),
            }
        }
    }
    found.sort();
    found
}
