//! The queue: any number of jobs, what can be done with each, pauses, and what is said of the end.

use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::error::{DeviceError, EngineError};
use hummingbird_engine::job::{Event, JobId};
use hummingbird_engine::jobs::grid::GridCell;
use hummingbird_engine::jobs::journal::{JobKey, Journal};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::settings::table;

use super::{Bench, apply, bench, outcome, ready, request, run, says, start, step};
use crate::when_done::WhenDone;
use crate::window::commands::command::{BatchCommand, Command, QueueCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::batch::Side;
use crate::window::state::clips::Keeping;
use crate::window::state::grids::{Grids, KeptGrid, KeptGrids};
use crate::window::state::library::{LibraryReport, LibraryStatus};
use crate::window::state::paused::JournalOrder;
use crate::window::state::queue::JobPlan;
use crate::window::state::view::{DialogKind, Remedy, SaveFile, SavedThing};
use crate::window::state::work::{NamedModel, ReadQueue};

/// Keys as a journal gives them, in order.
fn keys(count: usize) -> Vec<JobKey> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let opened = Journal::open(folder.path(), Arc::new(|| ())).expect("writable");
    (0..count).map(|_| opened.journal.add(&request("a", 1), &ModelSource::Embedded).key()).collect()
}

/// A window whose queue holds these prompts; their seeds count from 1.
pub fn with_queue(prompts: &[&str]) -> State {
    let mut state = ready();
    for ((prompt, seed), key) in prompts.iter().zip(1..).zip(keys(prompts.len())) {
        state.enqueue(request(prompt, seed), Some(key), JobPlan::default());
    }
    state
}

/// The engine takes the next job, under this number.
pub fn hand(state: &mut State, id: u64) -> String {
    let mut effects = Vec::new();
    state.feed_queue(&mut effects);
    let Some(Effect::Hand(job)) = effects.pop() else { panic!("nothing was handed over") };
    let prompt = job.request.clip.prompt.clone();
    state.on_handed(JobId(id), *job);
    start(state, id);
    prompt
}

fn end(state: &mut State, id: u64, prompt: &str) {
    state.on_event(Event::Done { job: JobId(id), outcome: Box::new(outcome(prompt, id)) });
}

pub fn prompts(state: &State) -> Vec<&str> {
    state.queue.jobs.iter().map(|job| job.request.clip.prompt.as_str()).collect()
}

pub fn nothing_is_handed(state: &mut State) -> bool {
    let mut effects = Vec::new();
    state.feed_queue(&mut effects);
    effects.is_empty()
}

fn queue_of(harness: &Harness<'_, Bench>) -> Vec<String> {
    prompts(&harness.state().shell.state).into_iter().map(str::to_owned).collect()
}

#[test]
fn any_number_of_jobs_waits_and_each_is_cancelled_at_once() {
    let mut state = ready();
    for seed in 0..5000 {
        state.enqueue(request("a boat", seed), None, JobPlan::default());
    }
    assert_eq!(hand(&mut state, 1), "a boat");
    assert!(nothing_is_handed(&mut state), "the engine has one at a time");
    let middle = state.queue.jobs[2500].id;
    assert!(apply(&mut state, [Command::Queue(QueueCommand::Do(middle, Action::RemoveJob))]).is_empty());
    assert_eq!((state.queue.jobs.len(), state.queue.index(middle)), (4998, None), "without asking the engine");
    state.view.focus = None;
    let mut harness = bench(state);
    assert!(says(&harness, "Queue (4998)") && says(&harness, "1. a boat") && !says(&harness, "4998. a boat"));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Backspace);
    harness.run_steps(3);
    assert!(queue_of(&harness).is_empty());
    assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1))]));
    harness.key_press_modifiers(Modifiers::ALT, Key::Z);
    harness.run_steps(3);
    assert_eq!(queue_of(&harness).len(), 4998, "all of them come back at once");
}

#[test]
fn jobs_run_in_their_order_and_the_line_counts_them() {
    let mut state = with_queue(&["a", "b", "c"]);
    assert_eq!(hand(&mut state, 1), "a");
    let mut harness = bench(state);
    assert!(says(&harness, "1 of 3") && !says(&harness, "done "), "nothing is known of their time");
    let state = &mut harness.state_mut().shell.state;
    step(state, 1, 0);
    step(state, 1, 20);
    end(state, 1, "a");
    assert_eq!(hand(state, 2), "b");
    harness.run_steps(3);
    assert!(says(&harness, "2 of 3, done at ") || says(&harness, "2 of 3, done in "));
    assert!(says(&harness, "About 6 s"), "what the first took");
    let state = &mut harness.state_mut().shell.state;
    end(state, 2, "b");
    assert_eq!(hand(state, 3), "c");
    end(state, 3, "c");
    assert!(nothing_is_handed(state) && state.queue.done == 3);
    state.enqueue(request("d", 4), None, JobPlan::default());
    assert_eq!(state.queue.done, 0, "another queue begins");
}

#[test]
fn the_list_is_used_by_keys_and_names_alone() {
    let mut harness = bench(with_queue(&["a", "b", "c"]));
    harness.get_by_label("2. b").focus();
    harness.run_steps(3);
    let press = |harness: &mut Harness<'_, Bench>, modifiers, key| {
        harness.key_press_modifiers(modifiers, key);
        harness.run_steps(3);
    };
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(queue_of(&harness), ["b", "a", "c"]);
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(queue_of(&harness), ["a", "c", "b"]);
    assert!(harness.state().shell.state.why_not(Action::MoveJobDown).is_some());
    press(&mut harness, Modifiers::COMMAND, Key::Delete);
    assert_eq!(queue_of(&harness), ["a", "c"]);
    press(&mut harness, Modifiers::ALT, Key::Z);
    assert_eq!(queue_of(&harness), ["a", "c", "b"]);
    press(&mut harness, Modifiers::ALT, Key::D);
    let effects = std::mem::take(&mut harness.state_mut().effects);
    let [Effect::Enqueue(jobs)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((jobs[0].0.clip.prompt.as_str(), jobs[0].1.after), ("b", harness.state().shell.state.queue.selected));
    // The same by the menu of a row.
    harness.get_by_label("Actions for \"a\"").click();
    harness.run_steps(3);
    harness.get_all_by_label("Remove from the queue").last().expect("the menu is open").click();
    harness.run_steps(3);
    assert_eq!(queue_of(&harness), ["c", "b"]);
    let orders = &harness.state().shell.state.paused.orders;
    assert!(matches!(orders.last(), Some(JournalOrder::Remove(job)) if job.request.clip.prompt == "a"), "{orders:?}");
}

#[test]
fn a_job_is_dragged_to_its_place() {
    let mut harness = bench(with_queue(&["a", "b", "c", "d"]));
    let at = |harness: &Harness<'_, Bench>, name: &str| {
        harness.get_by_label(name).rect().left_center() + egui::vec2(60.0, 0.0)
    };
    let (from, to) = (at(&harness, "1. a"), at(&harness, "3. c") + egui::vec2(0.0, 8.0));
    harness.event(egui::Event::PointerMoved(from));
    harness.event(egui::Event::PointerButton {
        pos: from,
        button: egui::PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(2);
    for part in 1..=4 {
        harness.event(egui::Event::PointerMoved(from + (to - from) * (part as f32 / 4.0)));
        harness.run_steps(1);
    }
    harness.event(egui::Event::PointerButton {
        pos: to,
        button: egui::PointerButton::Primary,
        pressed: false,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(3);
    assert_eq!(queue_of(&harness), ["b", "c", "a", "d"]);
    let moved =
        harness.state().shell.state.paused.orders.iter().filter(|it| matches!(it, JournalOrder::Queue(_))).count();
    assert_eq!(moved, 3, "the journal knows the places of those that moved");
}

#[test]
fn an_edited_job_takes_the_settings_of_the_form_and_keeps_its_place() {
    let mut state = with_queue(&["a red ball", "a boat"]);
    let id = state.queue.jobs[0].id;
    state.queue.jobs[0].steps_done = 5;
    apply(&mut state, [Command::Queue(QueueCommand::Do(id, Action::EditJob))]);
    assert_eq!(
        (state.form.controls.asked.prompt.as_str(), state.form.controls.text(&table::SEED)),
        ("a red ball", "1")
    );
    let mut harness = bench(state);
    assert!(says(&harness, "Generate replaces \"a red ball\" in the queue") && says(&harness, "Being edited"));
    harness.state_mut().shell.pending.push(Command::SetPrompt("a blue ball".to_owned()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(3);
    assert!(harness.state().effects.is_empty(), "no second job: {:?}", harness.state().effects);
    assert_eq!(queue_of(&harness), ["a blue ball", "a boat"]);
    let state = &mut harness.state_mut().shell.state;
    assert_eq!((state.queue.jobs[0].id, state.queue.jobs[0].steps_done, state.queue.editing), (id, 0, None));
    let orders = std::mem::take(&mut state.paused.orders);
    assert!(matches!(orders[..], [JournalOrder::StartAgain(_), JournalOrder::Queue(_)]), "{orders:?}");
    assert!(matches!(run(state, Action::Generate)[..], [Effect::Submit(_)]), "and then a new one");
    apply(state, [Command::Queue(QueueCommand::Do(id, Action::EditJob)), Command::Queue(QueueCommand::StopEditing)]);
    assert!(matches!(run(state, Action::Generate)[..], [Effect::Submit(_)]));
}

#[test]
fn a_pause_inside_of_a_clip_keeps_its_steps_and_gives_memory_back() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    step(&mut state, 1, 7);
    let mut harness = bench(state);
    harness.get_by_label("Pause the queue").click();
    harness.run_steps(3);
    assert!(matches!(harness.state().effects[..], [Effect::Cancel(JobId(1))]));
    let state = &mut harness.state_mut().shell.state;
    assert!(!state.queue.gives_back, "it still computes");
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert!(state.queue.gives_back && state.paused.jobs.is_empty());
    assert_eq!((prompts(state), state.queue.jobs[0].steps_done), (vec!["a", "b"], 7));
    assert!(nothing_is_handed(state));
    harness.run_steps(3);
    assert!(says(&harness, "Paused") && says(&harness, "At step 7 of 20"));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    harness.run_steps(3);
    let state = &mut harness.state_mut().shell.state;
    assert_eq!(hand(state, 2), "a");
    assert_eq!(state.jobs.steps_before(JobId(2)), 7);
    end(state, 2, "a");
    assert!(!state.queue.times_changed, "half a job says nothing of a whole one");
}

#[test]
fn a_clip_that_is_finished_in_the_moment_of_the_pause_is_finished() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    run(&mut state, Action::PauseQueue);
    end(&mut state, 1, "a");
    assert_eq!((prompts(&state), state.results.clips.len()), (vec!["b"], 1));
    assert!(state.queue.gives_back && nothing_is_handed(&mut state));
    run(&mut state, Action::ResumeQueue);
    assert_eq!(hand(&mut state, 2), "b");
    // Whoever cancels what is being taken back wants it gone.
    run(&mut state, Action::PauseQueue);
    run(&mut state, Action::Cancel);
    state.on_event(Event::Cancelled { job: JobId(2) });
    assert_eq!((state.queue.jobs.len(), state.paused.jobs.len()), (0, 1));
}

#[test]
fn stop_after_this_one_and_skip() {
    let mut state = with_queue(&["a", "b", "c"]);
    hand(&mut state, 1);
    step(&mut state, 1, 4);
    assert!(matches!(run(&mut state, Action::SkipJob)[..], [Effect::Cancel(JobId(1))]));
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert_eq!((prompts(&state), state.queue.jobs[2].steps_done), (vec!["b", "c", "a"], 4));
    hand(&mut state, 2);
    run(&mut state, Action::StopAfter);
    end(&mut state, 2, "b");
    assert!(nothing_is_handed(&mut state) && state.queue.is_paused && state.queue.gives_back);
    run(&mut state, Action::ResumeQueue);
    assert_eq!(hand(&mut state, 3), "c");
    end(&mut state, 3, "c");
    assert_eq!(hand(&mut state, 4), "a");
    assert!(state.why_not(Action::SkipJob).is_some(), "no other waits");
}

#[test]
fn one_that_fails_does_not_stop_the_others_and_a_refusal_does() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    let lost = DeviceError::DeviceFailed { device: "GPU".to_owned(), detail: "lost".to_owned().into() };
    state.on_event(Event::Failed { job: JobId(1), error: EngineError::from(lost) });
    assert_eq!(state.paused.jobs.len(), 1);
    let mut effects = Vec::new();
    state.feed_queue(&mut effects);
    let Some(Effect::Hand(job)) = effects.pop() else { panic!("the next goes on") };
    state.on_not_handed(*job);
    assert!(nothing_is_handed(&mut state), "or it would be refused for ever");
    assert_eq!(prompts(&state), ["b"]);
    run(&mut state, Action::RetryFailed);
    assert_eq!(prompts(&state), ["a", "b"]);
    assert!(state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Run(Action::ResumeQueue))));
}

#[test]
fn removals_end_with_the_window() {
    let mut state = with_queue(&["a", "b"]);
    let (id, key) = (state.queue.jobs[0].id, state.queue.jobs[0].key.expect("it has one"));
    state.remove_jobs(&[id], "gone".to_owned());
    state.paused.orders.clear();
    state.forget_removed();
    assert_eq!(state.paused.orders, [JournalOrder::Forget(key)]);
}

#[test]
fn the_names_of_the_queue_are_those_of_the_tree() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    let harness = bench(state);
    for name in ["Pause the queue", "Skip this clip", "Pause after this clip", "1. b", "Actions for \"b\""] {
        assert!(!harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
}

#[test]
fn the_end_is_told_once_and_acted_on_when_every_clip_is_kept() {
    let mut state = with_queue(&["a", "b"]);
    state.queue.when_done = WhenDone::Sleep;
    state.library.status = LibraryStatus::Open;
    hand(&mut state, 1);
    end(&mut state, 1, "a");
    assert_eq!(state.queue_ends(), None, "the next one waits");
    hand(&mut state, 2);
    end(&mut state, 2, "b");
    assert_eq!(state.queue_ends().as_deref(), Some("2 clips are finished"));
    assert_eq!((state.queue_ends(), state.acts_when_done()), (None, (None, None)), "the clips are no files yet");
    state.results.clips.iter_mut().for_each(|clip| clip.keeping = Keeping::Failed("no".into()));
    state.view.now_secs = 100.0;
    assert_eq!(state.acts_when_done(), (None, Some(130.0)));
    assert!(state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Run(Action::WhenDone))));
    state.view.now_secs = 129.0;
    assert_eq!(state.acts_when_done(), (None, Some(130.0)));
    state.view.now_secs = 131.0;
    assert_eq!(state.acts_when_done().0, Some((WhenDone::Sleep, String::new())));
    assert_eq!(state.acts_when_done(), (None, None), "once");
    // Whoever asks about it, or makes another clip, is there.
    for act in [
        |state: &mut State| drop(run(state, Action::WhenDone)),
        |state: &mut State| state.on_submitted(JobId(9), request("c", 9)),
    ] {
        state.queue.acts_at_secs = Some(140.0);
        act(&mut state);
        state.acts_when_done();
        assert_eq!(state.queue.acts_at_secs, None);
    }
}

#[test]
fn a_queue_that_is_paused_or_cancelled_has_not_ended() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    run(&mut state, Action::PauseQueue);
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert_eq!(state.queue_ends(), None);
    run(&mut state, Action::ResumeQueue);
    run(&mut state, Action::CancelAll);
    assert_eq!(state.queue_ends(), None, "it was emptied before anything was made of it again");
    state.enqueue(request("c", 3), None, JobPlan::default());
    hand(&mut state, 2);
    run(&mut state, Action::Cancel);
    state.on_event(Event::Cancelled { job: JobId(2) });
    assert_eq!(state.queue_ends(), None);
}

#[test]
fn a_batch_is_typed_and_queued_by_names() {
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a red ball".to_owned())]);
    let mut harness = bench(state);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::N);
    harness.run_steps(3);
    assert!(says(&harness, "Add a batch") && says(&harness, "1 clip"));
    for (name, text) in [("Prompts, one a line", "a boat\na star"), ("Seeds", "3")] {
        harness.get_by_label(name).focus();
        harness.run_steps(2);
        harness.get_by_label(name).type_text(text);
        harness.run_steps(2);
    }
    assert!(says(&harness, "6 clips"));
    let steps = BatchCommand::Setting(0, Some(&table::STEPS));
    harness
        .state_mut()
        .shell
        .pending
        .extend([Command::Batch(steps), Command::Batch(BatchCommand::Values(0, "4, 0".into()))]);
    harness.run_steps(3);
    assert!(says(&harness, "Steps 0: 0 steps") && harness.query_by_label("Add to the queue").is_none());
    harness.state_mut().shell.pending.push(Command::Batch(BatchCommand::Values(0, "4, 8".into())));
    harness.run_steps(3);
    assert!(says(&harness, "12 clips, joined into one clip with captions when they are finished"));
    harness.get_by_label("Add to the queue").click();
    harness.run_steps(3);
    let effects = std::mem::take(&mut harness.state_mut().effects);
    let [Effect::Enqueue(jobs)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(jobs.len(), 12);
    assert_eq!(harness.state().shell.state.view.dialog, None);
}

#[test]
fn a_grid_is_joined_into_one_clip_of_the_history() {
    let mut state = ready();
    state.queue.batch.sides[1] = Side { setting: Some(&table::STEPS), values: "4, 8".to_owned() };
    apply(&mut state, [Command::SetPrompt("a red ball".to_owned())]);
    for (request, plan) in state.batch_jobs().expect("valid") {
        state.enqueue(request, None, plan);
    }
    for id in [1, 2] {
        assert!(state.queue.grids.ready.is_empty());
        hand(&mut state, id);
        end(&mut state, id, "a red ball");
    }
    let grid = state.queue.grids.ready.pop().expect("it is complete");
    let joined = hummingbird_engine::jobs::grid::compose(&grid.cell, &grid.clips).expect("it fits");
    assert!(joined.width() > 2 * 96 && joined.height() > 64);
    state.on_grid(grid, Ok(joined));
    assert_eq!(state.results.clips.len(), 3);
    assert!(state.results.shown_clip().is_some_and(|clip| clip.outcome.frames.width() > 2 * 96));
}

#[test]
fn a_grid_is_complete_although_the_program_was_started_anew_in_the_middle_of_it() {
    let mut state = ready();
    state.queue.batch.sides[1] = Side { setting: Some(&table::STEPS), values: "4, 8".to_owned() };
    apply(&mut state, [Command::SetPrompt("a red ball".to_owned())]);
    let jobs = state.batch_jobs().expect("valid");
    for (request, plan) in jobs.clone() {
        state.enqueue(request, None, plan);
    }
    hand(&mut state, 1);
    end(&mut state, 1, "a red ball");
    let result = state.results.clips[0].id;
    let kept = Ok((None, "/clips/first.mp4".into()));
    state.on_library(LibraryReport::Kept { result, kept, problems: Vec::new() }, &mut Vec::new());
    assert!(state.queue.grids.is_changed, "where the first clip is, is written down");
    let text = serde_json::to_string(&state.queue.grids.kept).expect("plain data");
    let mut next = ready();
    next.queue.grids.restore(serde_json::from_str(&text).expect("as written"));
    let [_, (request, plan)] = &jobs[..] else { panic!("{jobs:?}") };
    next.enqueue(request.clone(), None, plan.clone());
    hand(&mut next, 1);
    end(&mut next, 1, "a red ball");
    let grid = next.queue.grids.ready.pop().expect("it is complete");
    assert_eq!(grid.files.values().collect::<Vec<_>>(), [std::path::Path::new("/clips/first.mp4")]);
    assert!(next.queue.grids.is_changed && next.queue.grids.kept.grids.is_empty(), "and is not waited for any more");
}

#[test]
fn places_of_grids_that_make_no_sense_are_left_out() {
    let mut grids = Grids::default();
    let cell = GridCell { columns: vec!["a".into(), "b".into()], ..GridCell::default() };
    let files = vec![(0, 1, "a.mp4".into()), (7, 0, "b.mp4".into())];
    let odd = KeptGrid { cell: GridCell { row: 9, ..cell.clone() }, files: Vec::new() };
    grids.restore(KeptGrids { grids: vec![KeptGrid { cell, files }, odd] });
    assert_eq!((grids.kept.grids.len(), grids.kept.grids[0].files.len()), (1, 1));
}

#[test]
fn the_place_of_a_saved_queue_is_chosen_with_the_systems_dialog() {
    let mut harness = bench(with_queue(&["a"]));
    harness.state_mut().shell.pending.push(Command::Run(Action::SaveQueue));
    harness.run_steps(3);
    harness.get_by_label("Browse…").click();
    harness.run_steps(3);
    assert!(
        matches!(&harness.state().effects[..], [Effect::ChooseSavePath(SavedThing::Queue, path)] if path.ends_with("queue.json"))
    );
    let state = &mut harness.state_mut().shell.state;
    state.on_save_path(None, false);
    assert!(
        matches!(&state.view.dialog, Some(DialogKind::SaveFile(SaveFile { problem: Some(_), .. }))),
        "no dialog came up"
    );
    state.on_save_path(Some("/clips/mine".into()), true);
    let (what, path) = (SavedThing::Queue, "/clips/mine.json".to_owned());
    let chosen = DialogKind::SaveFile(SaveFile { what, path, replace: true, problem: None });
    assert_eq!((&state.view.dialog, state.view.choosing_file), (&Some(chosen), false));
}

#[test]
fn a_queue_is_saved_and_loaded_and_clips_of_other_models_wait_for_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("queue.json");
    let mut state = with_queue(&["a", "b {c|d}"]);
    state.queue.jobs[0].note.name = "the first".to_owned();
    state.queue.jobs[1].model = ModelSource::File("/models/big.safetensors".into());
    run(&mut state, Action::SaveQueue);
    apply(&mut state, [Command::SetPath(path.display().to_string())]);
    let effects = apply(&mut state, [Command::ConfirmDialog]);
    let [Effect::SaveQueue { path: chosen, queue }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((chosen, queue.jobs.len()), (&path, 2));
    queue.write(&path).expect("writable");
    // A file that is there is replaced only after a question.
    run(&mut state, Action::SaveQueue);
    apply(&mut state, [Command::SetPath(path.display().to_string())]);
    assert!(apply(&mut state, [Command::ConfirmDialog]).is_empty());
    assert!(matches!(&state.view.dialog, Some(DialogKind::SaveFile(SaveFile { replace: true, problem: Some(_), .. }))));
    assert_eq!(apply(&mut state, [Command::ConfirmDialog]).len(), 1);
    let file = hummingbird_engine::jobs::queue_file::QueueFile::read(&path).expect("as written");
    let mut other = ready();
    let mut effects = Vec::new();
    let big = ModelSource::File("/models/big.safetensors".into());
    let limits = other.models.limits().expect("a model is open").clone();
    let named = |named: Option<&str>, source: &ModelSource, limits: Result<_, String>| NamedModel {
        named: named.map(str::to_owned),
        source: source.clone(),
        limits,
    };
    let models = vec![
        named(None, &ModelSource::Embedded, Ok(limits.clone())),
        named(Some("/models/big.safetensors"), &big, Ok(limits)),
    ];
    other.on_queue_read(&path, Ok(ReadQueue { file: file.clone(), models: models.clone() }), &mut effects);
    let [Effect::Enqueue(jobs)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((&jobs[0].0, jobs[0].1.note.name.as_str(), jobs.len()), (&request("a", 1), "the first", 2));
    assert!(other.view.notices.iter().any(|it| it.text.contains("1 clip waits for its model")));
    for (request, plan) in jobs.clone() {
        other.enqueue(request, None, plan);
    }
    assert_eq!(other.queue.jobs[1].model, big);
    assert_eq!(hand(&mut other, 1), "a");
    end(&mut other, 1, "a");
    let mut next = Vec::new();
    other.feed_queue(&mut next);
    assert!(next.is_empty() && other.queue.jobs.len() == 1, "it waits for its model");
    assert!(says(&bench(other), "Waits for its model"));
    // A model that cannot be opened is told of, and the others are queued.
    let mut third = ready();
    let gone = vec![models[0].clone(), named(Some("/models/big.safetensors"), &big, Err("it is gone".to_owned()))];
    let mut effects = Vec::new();
    third.on_queue_read(&path, Ok(ReadQueue { file, models: gone }), &mut effects);
    assert!(matches!(&effects[..], [Effect::Enqueue(jobs)] if jobs.len() == 1), "{effects:?}");
    assert!(third.view.notices.iter().any(|it| it.text == "job 2 was not queued: it is gone"));
    third.on_queue_read(&path, Err("it is damaged".to_owned()), &mut effects);
    assert!(third.view.notices.iter().any(|it| it.text == "it is damaged"));
}

#[test]
fn long_names_leave_the_panel_its_width() {
    let prompt = "a very long name of a clip that no row can show";
    let harness = bench(with_queue(&[prompt; 4]));
    let rows = [1, 2, 3, 4].map(|number| harness.get_by_label(&format!("{number}. {prompt}")).rect());
    assert!(rows.iter().all(|row| row.right() <= 1000.0 && row.width() == rows[0].width()), "{rows:?}");
}
