//! The training page: on the state, in the window, and with the real recipe on a few drawn pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::Folders;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::progress::{Progress, Rate, Rated, StageName, Unit};
use hummingbird_engine::weights::{Checkpoint, Lora, ModelFile};

use super::{apply, bench_of_size, frames, opened, ready, run, says};
use crate::window::commands::command::{Command, TrainingCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::training::{
    ClipList, Estimate, Measured, RunEnd, TrainingClip, TrainingPlan, TrainingRun, Wish,
};
use crate::window::state::view::{DialogKind, Level};
use crate::window::state::work::{ModelOrder, OpenPurpose, TrainingEnd, TrainingOrder, TrainingReport};
use crate::window::tasks::{Report, Tasks};

fn clip(name: &str, what: &str, caption: &str) -> TrainingClip {
    TrainingClip {
        path: Path::new("/clips").join(name),
        what: what.to_owned(),
        caption: caption.to_owned(),
        saved: caption.to_owned(),
        picture: None,
    }
}

fn list() -> ClipList {
    ClipList {
        folder: PathBuf::from("/clips"),
        clips: vec![
            clip("boat.gif", "16 frames, 96 × 64", "a blue boat"),
            clip("sub/ball.png", "96 × 64", "a red ball"),
            clip("star.png", "96 × 64", ""),
        ],
        left_out: vec!["left out: \"/clips/short.gif\" has 3 frames, fewer than 16".to_owned()],
    }
}

fn train(command: TrainingCommand) -> Command {
    Command::Training(command)
}

pub fn orders(effects: &[Effect]) -> Vec<TrainingOrder> {
    effects.iter().filter_map(|it| if let Effect::Training(order) = it { Some(order.clone()) } else { None }).collect()
}

pub fn report(state: &mut State, report: TrainingReport) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.on_training(report, &mut effects);
    effects
}

/// A state with the page open and a folder of three clips, two of them with captions.
pub fn with_clips() -> State {
    let mut state = ready();
    run(&mut state, Action::ShowTraining);
    let looked = orders(&apply(&mut state, [Command::DropFiles(vec![PathBuf::from("/clips")])]));
    let [TrainingOrder::Look { ticket, frames: 16, .. }] = looked[..] else { panic!("{looked:?}") };
    report(&mut state, TrainingReport::Listed { ticket, clips: Ok(list()) });
    report(&mut state, TrainingReport::Picture { ticket, index: 0, picture: frames(1) });
    apply(&mut state, [train(TrainingCommand::SetTrigger("Zinc".to_owned()))]);
    state
}

fn progress(done: u64) -> Rated {
    let progress = Progress::new(StageName("lora"), Unit::Steps, done, Some(1000));
    Rated { progress, rate: Rate { per_sec: 2.0, eta_secs: Some(250.0) } }
}

/// The page with a run under way that has made 40 updates and shows samples.
pub fn with_running() -> State {
    let mut state = with_clips();
    let started = orders(&apply(&mut state, [Command::ConfirmDialog]));
    let [TrainingOrder::Start(plan)] = &started[..] else { panic!("{started:?}") };
    let plan = TrainingPlan { output: PathBuf::from("/models/clips.safetensors"), ..plan.clone() };
    let folder = PathBuf::from("/training/clips");
    let begun = TrainingReport::Begun { folder, plan: Box::new(plan), device: "CPU (2 threads)".to_owned() };
    report(&mut state, begun);
    let losses = (1..=40).map(|step| (step, 0.4 + 1.0 / step as f64)).collect();
    report(&mut state, TrainingReport::Updates { losses, progress: progress(40) });
    report(&mut state, TrainingReport::Grid(Arc::new(Frames::new(96, 256, frames(4).pixels().to_vec()))));
    state
}

/// The page with a run of an earlier session and one that has just ended.
pub fn with_ended() -> State {
    let mut state = with_running();
    report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Finished)));
    let plan = TrainingPlan { name: "Old films".to_owned(), updates: 500, ..TrainingPlan::default() };
    let folder = PathBuf::from("/training/Old films");
    report(&mut state, TrainingReport::Found(vec![TrainingRun { folder, plan, done: 120, ..TrainingRun::default() }]));
    let measured = Measured { update_secs: 0.5, peak_bytes: Some(310 << 20) };
    report(&mut state, TrainingReport::Measured(Ok(Some(measured))));
    state
}

#[test]
fn captions_are_kept_once_and_edits_are_undone() {
    let mut state = with_clips();
    let keep = |clip: &str, caption: &str| TrainingOrder::KeepCaption {
        clip: Path::new("/clips").join(clip),
        caption: caption.to_owned(),
    };
    let set = |index, text: &str| train(TrainingCommand::SetCaption(index, text.to_owned()));
    assert!(apply(&mut state, [set(2, "a s"), set(2, "a star")]).is_empty(), "not at every letter");
    let kept = apply(&mut state, [train(TrainingCommand::KeepCaptions), train(TrainingCommand::KeepCaptions)]);
    assert_eq!(orders(&kept), [keep("star.png", "a star")]);
    // What is being typed is kept when the page closes, too.
    assert_eq!(orders(&apply(&mut state, [set(0, "a boat"), Command::CloseDialog])), [keep("boat.gif", "a boat")]);
    assert_eq!(orders(&run(&mut state, Action::UndoCaption)), [keep("boat.gif", "a blue boat")]);
    assert_eq!(orders(&run(&mut state, Action::UndoCaption)), [keep("star.png", "")]);
    assert!(run(&mut state, Action::UndoCaption).is_empty() && state.why_not(Action::UndoCaption).is_some());
    let captions = |state: &State| {
        state.training.list().expect("it is there").clips.iter().map(|it| it.caption.clone()).collect::<Vec<_>>()
    };
    assert_eq!(captions(&state), ["a blue boat", "a red ball", ""]);
    // One that could not be written is written with the next.
    apply(&mut state, [set(1, "a ball"), train(TrainingCommand::KeepCaptions)]);
    let clip = PathBuf::from("/clips/sub/ball.png");
    report(&mut state, TrainingReport::NotKept { clip, reason: "the disk is full".to_owned() });
    assert!(state.view.notices.iter().any(|it| it.level == Level::Error && it.text.contains("the disk is full")));
    assert_eq!(orders(&apply(&mut state, [train(TrainingCommand::KeepCaptions)])), [keep("sub/ball.png", "a ball")]);
}

#[test]
fn a_training_begins_only_with_clips_captions_and_a_name() {
    let mut state = ready();
    run(&mut state, Action::ShowTraining);
    let start = |state: &mut State| orders(&apply(state, [train(TrainingCommand::Start)]));
    assert!(start(&mut state).is_empty() && state.why_not_train().is_some_and(|it| it.contains("folder")));
    let mut state = with_clips();
    let ticket = state.training.ask_for_clips();
    assert!(start(&mut state).is_empty() && state.why_not_train().is_some_and(|it| it.contains("read")));
    let bare = ClipList { clips: vec![clip("star.png", "96 × 64", "")], ..list() };
    report(&mut state, TrainingReport::Listed { ticket, clips: Ok(bare) });
    assert_eq!(state.why_not_train(), None, "the trigger word is a caption");
    apply(&mut state, [train(TrainingCommand::SetTrigger(" ".to_owned()))]);
    assert!(start(&mut state).is_empty() && state.why_not_train().is_some_and(|it| it.contains("caption")));
    let mut state = with_clips();
    opened(&mut state, ModelSource::File(PathBuf::from("/m.safetensors")), Ok(super::card()));
    apply(
        &mut state,
        [
            train(TrainingCommand::SetName("My/style".to_owned())),
            train(TrainingCommand::SetRank(0)),
            train(TrainingCommand::SetUpdates(250)),
        ],
    );
    let started = start(&mut state);
    let [TrainingOrder::Start(plan)] = &started[..] else { panic!("{started:?}") };
    assert_eq!((plan.name.as_str(), plan.rank, plan.updates, plan.frames), ("My-style", 1, 250, 0));
    assert_eq!((plan.model.as_deref(), plan.trigger.as_deref()), (Some(Path::new("/m.safetensors")), Some("Zinc")));
    assert_eq!(plan.clips, Path::new("/clips"));
    assert!(start(&mut state).is_empty(), "one at a time");
    // A clip that is being made would be measured too; it does not keep a training from beginning.
    let mut state = with_clips();
    state.on_submitted(hummingbird_engine::job::JobId(1), super::request("a red ball", 1));
    assert!(state.why_not_measure().is_some() && state.why_not_train().is_none());
}

#[test]
fn a_finished_lora_is_in_the_list_and_its_word_is_told() {
    let mut state = with_running();
    report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Finished)));
    let loras = &state.form.controls.asked.loras;
    assert_eq!(
        loras.iter().map(|it| (it.path.as_path(), it.strength)).collect::<Vec<_>>(),
        [(Path::new("/models/clips.safetensors"), 1.0)]
    );
    assert!(state.view.notices.iter().any(|it| it.text.contains("\"Zinc\"")), "{:?}", state.view.notices);
    assert_eq!(state.form.loras.trigger(Path::new("/models/clips.safetensors")), Some("Zinc"));
    assert!(state.training.running.is_none() && state.training.paused.is_empty());
    // Where another model was opened meanwhile, it is looked at first.
    let mut state = with_running();
    opened(&mut state, ModelSource::File(PathBuf::from("/m.safetensors")), Ok(super::card()));
    let effects = report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Finished)));
    assert!(matches!(effects[..], [Effect::Models(_)]) && state.form.controls.asked.loras.is_empty(), "{effects:?}");
}

#[test]
fn runs_pause_go_on_finish_and_are_dismissed() {
    let mut state = with_running();
    let folder = || PathBuf::from("/training/clips");
    assert_eq!(orders(&apply(&mut state, [train(TrainingCommand::Pause)])), [TrainingOrder::Stop]);
    report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Paused)));
    assert!(state.training.running.is_none() && state.training.paused[0].done == 40);
    let resumed = orders(&apply(&mut state, [train(TrainingCommand::Resume(folder()))]));
    assert!(matches!(&resumed[..], [TrainingOrder::Resume { folder, .. }] if folder.ends_with("clips")), "{resumed:?}");
    // The updates after the last checkpoint are made again.
    report(&mut state, TrainingReport::Before((1..=20).map(|step| (step, 1.0)).collect()));
    report(&mut state, TrainingReport::Updates { losses: vec![(31, 0.5)], progress: progress(31) });
    let run = &state.training.running.as_ref().expect("it goes on").run;
    assert_eq!((run.losses.len(), run.done), (21, 31));
    // Finishing is stopping, and then writing.
    assert_eq!(orders(&apply(&mut state, [train(TrainingCommand::Finish)])), [TrainingOrder::Stop]);
    let written = orders(&report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Paused))));
    assert!(matches!(&written[..], [TrainingOrder::Finish { .. }]), "{written:?}");
    report(&mut state, TrainingReport::Writing);
    assert!(apply(&mut state, [train(TrainingCommand::Pause)]).is_empty(), "what is written is not stopped");
    report(&mut state, TrainingReport::Ended(Err("the disk is full".to_owned())));
    assert_eq!(state.training.paused.len(), 1, "it can be tried again");
    assert!(state.training.problem.as_ref().is_some_and(|it| it.contains("the disk is full")));
    let dismissed = orders(&apply(&mut state, [train(TrainingCommand::Dismiss(folder()))]));
    assert!(matches!(&dismissed[..], [TrainingOrder::Mark { end: RunEnd::Dismissed, .. }]), "{dismissed:?}");
    assert!(state.training.paused.is_empty());
}

#[test]
fn closing_asks_and_waits_for_the_checkpoint() {
    let closes = |effects: &[Effect]| effects.iter().any(|it| matches!(it, Effect::Close));
    let mut state = with_running();
    let effects = apply(&mut state, [Command::CloseRequested]);
    assert!(matches!(effects[..], [Effect::StayOpen]) && state.view.dialog == Some(DialogKind::Close));
    assert!(apply(&mut state, [Command::CloseDialog]).is_empty() && state.training.running.is_some());
    // Stop: the window closes once the checkpoint is there, and only then.
    let effects = apply(&mut state, [Command::CloseRequested, Command::ConfirmDialog]);
    assert!(!closes(&effects) && orders(&effects) == [TrainingOrder::Stop], "{effects:?}");
    assert!(closes(&report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Paused)))));
    assert!(apply(&mut state, [Command::CloseRequested]).is_empty(), "it was agreed to");
    // Whoever does not want to wait presses again.
    let mut state = with_running();
    apply(&mut state, [Command::CloseRequested, Command::ConfirmDialog]);
    assert!(apply(&mut state, [Command::CloseRequested]).is_empty());
    // Go on: it closes at the end, with the LoRA in the list.
    let mut state = with_running();
    let effects = apply(&mut state, [Command::CloseRequested, train(TrainingCommand::CloseAfter)]);
    assert!(orders(&effects).is_empty() && state.view.dialog.is_none());
    assert_eq!(state.training.running.as_ref().map(|it| it.wish), Some(Wish::Train));
    assert!(closes(&report(&mut state, TrainingReport::Ended(Ok(TrainingEnd::Finished)))));
    assert_eq!(state.settings().controls.asked.loras.len(), 1);
    // A failure keeps it open for whoever waits for the end.
    let mut state = with_running();
    apply(&mut state, [train(TrainingCommand::CloseAfter)]);
    assert!(!closes(&report(&mut state, TrainingReport::Ended(Err("a loss is not finite".to_owned())))));
}

#[test]
fn the_page_goes_by_keys_and_names() {
    let mut harness = bench_of_size(ready(), [1280.0, 720.0]);
    harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::T);
    harness.run_steps(6);
    assert!(says(&harness, "Train a LoRA") && says(&harness, "Choose a folder of clips"));
    harness.get_by_label("Browse…").click();
    harness.run_steps(6);
    let asked = |it: &Effect| matches!(it, Effect::ChooseFile(OpenPurpose::TrainingClips));
    assert!(harness.state().effects.iter().any(asked), "{:?}", harness.state().effects);
    harness.state_mut().shell.state = with_clips();
    harness.run_steps(6);
    assert!(says(&harness, "3 clips and pictures") && says(&harness, "1 left out"));
    harness.get_by_label("Caption of star.png").focus();
    harness.run_steps(2);
    harness.get_by_label("Caption of star.png").type_text("a star");
    harness.run_steps(2);
    harness.get_by_label("Trigger word").focus();
    harness.run_steps(3);
    let kept = TrainingOrder::KeepCaption { clip: PathBuf::from("/clips/star.png"), caption: "a star".to_owned() };
    assert!(orders(&harness.state().effects).contains(&kept), "{:?}", harness.state().effects);
    harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::U);
    harness.run_steps(3);
    let undone = TrainingOrder::KeepCaption { clip: PathBuf::from("/clips/star.png"), caption: String::new() };
    assert!(orders(&harness.state().effects).contains(&undone));
    harness.get_by_label("Start training").click();
    harness.run_steps(6);
    assert!(matches!(orders(&harness.state().effects).last(), Some(TrainingOrder::Start(_))));
    harness.state_mut().shell.state = with_running();
    harness.run_steps(6);
    assert!(says(&harness, "Update 40 of 1000 · loss 0.4250 · about 4 min 10 s left"));
    assert!(says(&harness, "Training clips (4%)"), "the bar at the top says it too");
    assert!(harness.query_by_label("Newest samples").is_some());
    assert!(says(&harness, "Loss curve, 0.4250 at update 40"));
    harness.get_by_label("Pause").click();
    harness.run_steps(6);
    assert_eq!(orders(&harness.state().effects).last(), Some(&TrainingOrder::Stop));
    harness.state_mut().shell.state = with_ended();
    harness.run_steps(6);
    assert!(says(&harness, "clips.safetensors is in the LoRAs of the settings") && says(&harness, "\"Zinc\""));
    assert!(says(&harness, "About 8 min 20 s, 310.0 MiB of memory"));
    harness.get_by_label("Resume Old films").click();
    harness.run_steps(6);
    let last = orders(&harness.state().effects).pop();
    assert!(matches!(&last, Some(TrainingOrder::Resume { folder, .. }) if folder.ends_with("Old films")), "{last:?}");
}

/// Carries out orders and gives reports to the state until `done` holds.
fn carry_out(state: &mut State, tasks: &mut Tasks, effects: &[Effect], done: impl Fn(&State) -> bool) {
    let mut todo = orders(effects);
    let end = Instant::now() + Duration::from_secs(240);
    loop {
        todo.drain(..).for_each(|order| tasks.training(order));
        for report in tasks.reports() {
            let Report::Training(report) = report else { panic!("another report") };
            let mut effects = Vec::new();
            state.on_training(report, &mut effects);
            todo.extend(orders(&effects));
        }
        if todo.is_empty() && done(state) {
            return;
        }
        assert!(Instant::now() < end, "it takes too long: {:?}, {:?}", state.training.running, state.view.notices);
        thread::sleep(Duration::from_millis(5));
    }
}

/// Pictures of one colour each, three with captions, and a file that is none.
fn pictures(folder: &Path) {
    fs::create_dir_all(folder).expect("writable");
    for (name, colour) in
        [("red", [220, 40, 40]), ("green", [30, 160, 60]), ("blue", [40, 70, 210]), ("grey", [128; 3])]
    {
        let picture = image::RgbImage::from_fn(96, 64, |x, y| {
            let inside = (x as i32 - 48).abs() < 20 && (y as i32 - 32).abs() < 20;
            image::Rgb(if inside { colour } else { [240; 3] })
        });
        picture.save(folder.join(format!("{name}.png"))).expect("writable");
        if name != "grey" {
            fs::write(folder.join(format!("{name}.txt")), format!("a {name} square")).expect("writable");
        }
    }
    fs::write(folder.join("broken.gif"), "GIF89a and then nothing").expect("writable");
}

#[test]
fn a_lora_is_trained_paused_found_again_and_finished_by_the_real_recipe() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folders = Folders::at(home.path());
    let clips = home.path().join("clips");
    pictures(&clips);
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    let mut state = ready();
    run(&mut state, Action::ShowTraining);
    // A dropped file stands for its folder.
    let effects =
        apply(&mut state, [train(TrainingCommand::SetFrames(1)), Command::DropFiles(vec![clips.join("red.png")])]);
    let has_pictures =
        |state: &State| state.training.list().is_some_and(|list| list.clips.iter().all(|clip| clip.picture.is_some()));
    carry_out(&mut state, &mut tasks, &effects, has_pictures);
    let list = state.training.list().expect("it was read").clone();
    let names: Vec<String> =
        list.clips.iter().map(|it| it.path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["blue.png", "green.png", "grey.png", "red.png"]);
    assert_eq!((list.clips[3].caption.as_str(), list.without_caption(), list.left_out.len()), ("a red square", 1, 1));

    // A caption is written beside its picture before the window has gone.
    let effects = apply(
        &mut state,
        [
            train(TrainingCommand::SetCaption(2, "a grey square".to_owned())),
            train(TrainingCommand::SetTrigger("Zinc".to_owned())),
            train(TrainingCommand::SetName("squares".to_owned())),
            train(TrainingCommand::SetRank(4)),
            train(TrainingCommand::Measure),
        ],
    );
    carry_out(&mut state, &mut tasks, &effects, |state| state.training.estimate != Estimate::Measuring);
    tasks.finish_captions();
    assert_eq!(fs::read_to_string(clips.join("grey.txt")).expect("it was written"), "a grey square\n");
    let Estimate::Known(measured) = state.training.estimate else { panic!("{:?}", state.training.estimate) };
    assert!(measured.update_secs > 0.0 && measured.peak_bytes.is_some_and(|peak| peak > 1 << 20), "{measured:?}");
    assert_eq!(
        fs::read_dir(home.path().join("training")).map(Iterator::count).unwrap_or(0),
        0,
        "a trial leaves nothing"
    );

    // A long run is stopped after a few updates.
    let mut effects = apply(&mut state, [train(TrainingCommand::SetUpdates(100_000)), train(TrainingCommand::Start)]);
    for effect in &mut effects {
        if let Effect::Training(TrainingOrder::Start(plan)) = effect {
            plan.grid_secs = 1.0;
        }
    }
    let is_shown = |state: &State| {
        let run = state.training.running.as_ref().map(|running| &running.run);
        run.is_some_and(|run| run.losses.len() >= 3 && run.grid.is_some())
    };
    carry_out(&mut state, &mut tasks, &effects, is_shown);
    // Nobody else is offered a run that is under way.
    let found = |folders: &Folders| {
        let mut other = ready();
        let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
        tasks.training(TrainingOrder::Find);
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < end, "runs were not looked for");
            match tasks.reports().pop() {
                Some(Report::Training(report)) => {
                    other.on_training(report, &mut Vec::new());
                    return other;
                }
                _ => thread::sleep(Duration::from_millis(5)),
            }
        }
    };
    assert!(found(&folders).training.paused.is_empty());
    let effects = apply(&mut state, [train(TrainingCommand::Pause)]);
    carry_out(&mut state, &mut tasks, &effects, |state| state.training.running.is_none());
    let done = state.training.paused[0].done;
    assert!(done >= 3 && state.training.problem.is_none(), "{:?}", state.training.problem);

    // Another session finds it where it was, and has the LoRA as it is.
    let mut other = found(&folders);
    assert!(other.view.notices.iter().any(|it| it.text.contains("squares was interrupted")));
    let run = other.training.paused[0].clone();
    assert!(run.done == done && run.grid.is_some(), "{} of {done}", run.done);
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    let effects = apply(&mut other, [train(TrainingCommand::Resume(run.folder))]);
    let goes_on = |state: &State| state.training.running.as_ref().is_some_and(|running| running.run.done > done);
    carry_out(&mut other, &mut tasks, &effects, goes_on);
    let effects = apply(&mut other, [train(TrainingCommand::Finish)]);
    carry_out(&mut other, &mut tasks, &effects, |state| state.training.finished.is_some());
    let lora = folders.models.join("squares.safetensors");
    assert_eq!(
        other.form.controls.asked.loras.iter().map(|it| (&it.path, it.strength)).collect::<Vec<_>>(),
        [(&lora, 1.0)]
    );
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let written = Lora::open(&lora, nano.checkpoint()).expect("it is a LoRA of this model");
    assert!(written.left_out().is_empty());
    let file = Checkpoint::open(&lora).expect("it is safetensors");
    assert_eq!(file.metadata("modelspec.trigger_phrase"), Some("Zinc"));
    assert!(found(&folders).training.paused.is_empty(), "what is finished is not offered");
    // A later session reads the trigger word from the file.
    tasks.models(ModelOrder::FitLoras { model: ModelSource::Embedded, paths: vec![lora.clone()] });
    let mut later = ready();
    let end = Instant::now() + Duration::from_secs(60);
    while later.form.loras.trigger(&lora).is_none() {
        assert!(Instant::now() < end, "the file was not looked into");
        for report in tasks.reports() {
            let Report::Models(report) = report else { continue };
            later.on_models(report, &mut Vec::new());
        }
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(later.form.loras.trigger(&lora), Some("Zinc"));
}

#[test]
fn a_folder_that_cannot_be_used_says_why_and_names_are_free() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folders = Folders::at(home.path());
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    let mut state = ready();
    run(&mut state, Action::ShowTraining);
    let none = home.path().join("none");
    let effects = apply(&mut state, [Command::DropFiles(vec![none])]);
    carry_out(&mut state, &mut tasks, &effects, |state| !state.training.looking);
    assert!(
        matches!(&state.training.clips, Some(Err(reason)) if reason.contains("none")),
        "{:?}",
        state.training.clips
    );
    // A model that is gone: the run fails with a word, and can be tried again under its name.
    fs::create_dir_all(&folders.models).expect("writable");
    fs::write(folders.models.join("gone.safetensors"), "taken").expect("writable");
    let clips = home.path().join("clips");
    pictures(&clips);
    let mut state = with_clips();
    let plan = TrainingPlan {
        name: "gone".to_owned(),
        model: Some(home.path().join("no-model.safetensors")),
        clips,
        rank: 4,
        updates: 1,
        frames: 1,
        ..TrainingPlan::default()
    };
    apply(&mut state, [train(TrainingCommand::Start)]);
    let effects = [Effect::Training(TrainingOrder::Start(plan))];
    carry_out(&mut state, &mut tasks, &effects, |state| state.training.running.is_none());
    assert!(state.training.problem.as_ref().is_some_and(|it| it.contains("no-model")), "{:?}", state.training.problem);
    assert_eq!(fs::read_dir(home.path().join("training")).map(Iterator::count).ok(), Some(0), "nothing is left of it");
    assert_eq!(fs::read_to_string(folders.models.join("gone.safetensors")).expect("it is there"), "taken");
}
