//! Jobs that stand still: cancelled and failed ones, those of the last session, and what closing says of them.

use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::error::{DeviceError, EngineError};
use hummingbird_engine::job::{Event, JobId};
use hummingbird_engine::jobs::journal::{JobKey, JobNote, Journal, JournalEntry, Standing};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::Reuse;

use super::{apply, bench, card, finish, journaled, opened, ready, request, run, says, start, step};
use crate::window::commands::command::{Command, JobCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::paused::{Halt, JournalOrder};
use crate::window::state::queue::JobPlan;
use crate::window::state::view::{DialogKind, Remedy};

/// Keys as a journal gives them, in order.
fn keys<const N: usize>() -> [JobKey; N] {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let opened = Journal::open(folder.path(), Arc::new(|| ())).expect("writable");
    let keys = [(); N].map(|()| opened.journal.add(&request("a", 1), &ModelSource::Embedded).key());
    opened.journal.flush();
    keys
}

fn entry(key: JobKey, prompt: &str, steps_done: u32, standing: Standing) -> JournalEntry {
    let (request, model, note) = (request(prompt, 1), ModelSource::Embedded, JobNote::default());
    JournalEntry { key, request, model, standing, note, steps_done }
}

/// A window that finds the queue of the last session, with a job of each kind.
pub fn with_paused() -> State {
    let [first, second, third, fourth] = keys();
    let mut state = ready();
    let entries = vec![
        entry(first, "a red ball", 7, Standing::Queued),
        entry(second, "a blue boat", 0, Standing::Queued),
        entry(third, "a star", 3, Standing::Cancelled),
        entry(fourth, "a bird", 0, Standing::Failed("the GPU was lost".to_owned())),
    ];
    state.on_restored(entries, &[]);
    state
}

fn take_orders(state: &mut State) -> Vec<JournalOrder> {
    std::mem::take(&mut state.paused.orders)
}

/// Jobs that will run, in their order.
fn waiting(state: &State) -> Vec<JobKey> {
    let runs = state.queue.jobs.iter().filter(|job| !job.is_held && !state.queue.is_paused);
    runs.filter_map(|job| job.key).collect()
}

/// The jobs that are handed to the engine one after the other.
fn handed(state: &mut State) -> Vec<JobKey> {
    let mut effects = Vec::new();
    loop {
        let before = effects.len();
        state.feed_queue(&mut effects);
        if effects.len() == before {
            break;
        }
    }
    let key = |effect: &Effect| match effect {
        Effect::Hand(job) => job.key,
        _ => None,
    };
    effects.iter().filter_map(key).collect()
}

#[test]
fn a_cancelled_job_goes_on_after_its_last_step_or_begins_anew() {
    let [key] = keys();
    let mut state = ready();
    let cancel_at = |state: &mut State, job: u64, done: u32, before: u32| {
        state.on_submitted(JobId(job), request("a boat", 1));
        journaled(state, JobId(job), key, before);
        start(state, job);
        if done > 0 {
            step(state, job, done);
        }
        state.on_event(Event::Cancelled { job: JobId(job) });
    };
    cancel_at(&mut state, 1, 7, 0);
    let job = state.paused.get(key).expect("it stands still").clone();
    assert_eq!((job.steps_done, &job.halt, job.request.clip.prompt.as_str()), (7, &Halt::Cancelled, "a boat"));
    assert_eq!(take_orders(&mut state), [JournalOrder::Mark(Box::new(job))]);
    assert!(state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Resume(key))));
    apply(&mut state, [Command::Jobs(JobCommand::Resume(key))]);
    assert!(state.paused.jobs.is_empty());
    let orders = take_orders(&mut state);
    assert!(matches!(&orders[..], [JournalOrder::Queue(job)] if job.key == Some(key) && job.steps_done == 7));
    assert_eq!(handed(&mut state), [key]);
    // Stopped before its next step: what was done before still counts.
    cancel_at(&mut state, 2, 0, 7);
    assert_eq!(state.paused.get(key).map(|job| job.steps_done), Some(7));
    take_orders(&mut state);
    apply(&mut state, [Command::Jobs(JobCommand::StartAgain(key))]);
    assert!(
        matches!(take_orders(&mut state)[..], [JournalOrder::StartAgain(again), JournalOrder::Queue(_)] if again == key)
    );
    assert_eq!(handed(&mut state), [key]);
    cancel_at(&mut state, 3, 2, 0);
    apply(&mut state, [Command::Jobs(JobCommand::Drop(key))]);
    assert!(state.paused.jobs.is_empty() && take_orders(&mut state).contains(&JournalOrder::Forget(key)));
    assert!(apply(&mut state, [Command::Jobs(JobCommand::Resume(key))]).is_empty(), "it is gone");
}

#[test]
fn the_step_that_is_named_is_one_at_which_the_feature_cache_can_go_on() {
    let [key] = keys();
    let mut state = ready();
    let mut reusing = request("a boat", 1);
    reusing.clip.reuse = Reuse::Light;
    state.on_submitted(JobId(1), reusing);
    journaled(&mut state, JobId(1), key, 0);
    start(&mut state, 1);
    step(&mut state, 1, 7);
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert_eq!(state.paused.get(key).map(|job| job.steps_done), Some(6));
}

#[test]
fn a_failed_job_can_be_tried_again_and_a_finished_one_leaves_the_journal() {
    let [key, second] = keys();
    let mut state = ready();
    state.on_submitted(JobId(1), request("a boat", 1));
    journaled(&mut state, JobId(1), key, 0);
    start(&mut state, 1);
    let lost = DeviceError::DeviceFailed { device: "GPU".to_owned(), detail: "lost".to_owned().into() };
    state.on_event(Event::Failed { job: JobId(1), error: EngineError::from(lost) });
    let job = state.paused.get(key).expect("it stands still");
    assert!(matches!(&job.halt, Halt::Failed(reason) if reason.contains("lost")), "{job:?}");
    assert!(matches!(job.standing(), Standing::Failed(_)));
    assert!(state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Resume(key))));
    take_orders(&mut state);
    state.on_submitted(JobId(2), request("b", 2));
    journaled(&mut state, JobId(2), second, 0);
    finish_kept(&mut state, 2);
    assert_eq!(take_orders(&mut state), [JournalOrder::Forget(second)]);
}

fn finish_kept(state: &mut State, job: u64) {
    start(state, job);
    state.on_event(Event::Done { job: JobId(job), outcome: Box::new(super::outcome("b", job)) });
}

#[test]
fn the_queue_of_the_last_session_is_paused_until_one_button_is_pressed() {
    let [first, second, third] = keys();
    let mut state = ready();
    let entries = vec![
        entry(first, "a red ball", 7, Standing::Queued),
        entry(second, "a blue boat", 0, Standing::Queued),
        entry(third, "a star", 3, Standing::Cancelled),
    ];
    state.on_restored(entries, &[Path::new("/x/1.json.bad").to_owned()]);
    assert!(!state.jobs.busy(), "nothing runs by itself");
    assert!(handed(&mut state).is_empty());
    let mut harness = bench(state);
    assert!(says(&harness, "2 unfinished clips (the first at step 7 of 20) of the last session: the queue is paused"));
    assert!(says(&harness, "1.json.bad") && says(&harness, "Queue (2)") && says(&harness, "Stopped (1)"));
    assert!(says(&harness, "At step 7 of 20, of the last session"));
    assert!(says(&harness, "At step 3 of 20, cancelled"));
    harness.get_all_by_label("Continue the queue").next().expect("there is a button").click();
    harness.run_steps(3);
    let state = &harness.state().shell.state;
    assert_eq!(waiting(state), [first, second], "the cancelled one stays");
    assert!(state.why_not(Action::ResumeQueue).is_some());
    assert!(!says(&harness, "the queue is paused"), "what is no longer so is no longer said");
    harness.get_by_label("Resume \"a star\"").click();
    harness.run_steps(3);
    assert_eq!(handed(&mut harness.state_mut().shell.state), [third, first, second], "it goes first");
}

#[test]
fn a_new_clip_is_made_while_the_queue_of_the_last_session_waits() {
    let [first, new] = keys();
    let mut state = ready();
    state.on_restored(vec![entry(first, "a red ball", 7, Standing::Queued)], &[]);
    state.enqueue(request("a boat", 3), Some(new), JobPlan::default());
    assert_eq!(handed(&mut state), [new]);
    run(&mut state, Action::ResumeQueue);
    assert_eq!(handed(&mut state), [first]);
}

#[test]
fn the_keys_of_the_queue_and_the_names_of_its_buttons() {
    let [first, second, third] = keys();
    let mut state = ready();
    let entries = vec![
        entry(first, "a red ball", 7, Standing::Queued),
        entry(second, "a star", 0, Standing::Failed("no".into())),
        entry(third, "a bird", 4, Standing::Cancelled),
    ];
    state.on_restored(entries, &[]);
    let mut harness = bench(state);
    for name in ["Resume \"a bird\"", "Start \"a bird\" again", "Try again \"a star\""] {
        assert!(!harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
    harness.get_by_label("Remove \"a bird\" from the stopped clips").click();
    harness.run_steps(3);
    assert!(!says(&harness, "Resume"));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    harness.run_steps(3);
    assert_eq!(waiting(&harness.state().shell.state), [first], "and nothing new was begun");
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::H);
    harness.run_steps(3);
    assert_eq!(waiting(&harness.state().shell.state), [second, first], "what failed is tried again");
    assert!(harness.state().effects.is_empty());
}

#[test]
fn jobs_of_another_model_wait_for_it() {
    let [first, second] = keys();
    let mut state = ready();
    state.on_submitted(JobId(1), request("a", 1));
    journaled(&mut state, JobId(1), first, 0);
    state.on_submitted(JobId(2), request("b", 2));
    journaled(&mut state, JobId(2), second, 0);
    start(&mut state, 1);
    step(&mut state, 1, 4);
    let other = ModelSource::File("/models/big.safetensors".into());
    opened(&mut state, other, Ok(card()));
    assert!(!state.jobs.busy());
    let standing: Vec<_> = state.queue.jobs.iter().map(|job| (job.key, job.steps_done)).collect();
    assert_eq!(standing, [(Some(first), 4), (Some(second), 0)]);
    assert!(handed(&mut state).is_empty());
    run(&mut state, Action::PauseQueue);
    run(&mut state, Action::ResumeQueue);
    assert!(state.view.notices.iter().any(|it| it.remedy == Some(Remedy::Run(Action::UseDemoModel))));
    opened(&mut state, ModelSource::Embedded, Ok(card()));
    assert_eq!(handed(&mut state), [first, second]);
}

#[test]
fn closing_with_jobs_asks_nothing_and_says_what_goes_on() {
    let [first, second] = keys();
    let mut state = ready();
    state.on_submitted(JobId(1), request("a red ball", 1));
    journaled(&mut state, JobId(1), first, 0);
    state.on_submitted(JobId(2), request("b", 2));
    journaled(&mut state, JobId(2), second, 0);
    start(&mut state, 1);
    step(&mut state, 1, 7);
    let mut harness = bench(state);
    harness.state_mut().shell.pending.push(Command::CloseRequested);
    harness.run_steps(3);
    assert!(matches!(harness.state().effects[..], [Effect::StayOpen]));
    assert!(says(&harness, "2 unfinished clips stay in the queue: at the next start they can go on"));
    assert!(says(&harness, "\"a red ball\" goes on after step 7 of 20"));
    harness.run_steps(120);
    assert!(harness.state().effects.iter().any(|it| matches!(it, Effect::Close)), "it closes by itself");
    assert!(harness.state().shell.state.view.close_agreed);

    // A clip that is finished in the very moment is not lost either.
    let mut state = ready();
    state.on_submitted(JobId(1), request("a red ball", 1));
    journaled(&mut state, JobId(1), first, 0);
    let mut harness = bench(state);
    harness.state_mut().shell.pending.push(Command::CloseRequested);
    harness.run_steps(2);
    finish_kept(&mut harness.state_mut().shell.state, 1);
    harness.run_steps(120);
    assert_eq!(harness.state().shell.state.view.dialog, Some(DialogKind::Close));
    assert!(!harness.state().effects.iter().any(|it| matches!(it, Effect::Close)));

    // Whoever wants to stay stays; an export is waited for.
    let mut state = ready();
    finish(&mut state, 1, "a");
    let id = state.results.clips[0].id;
    let mut effects = Vec::new();
    state.on_export_path(id, Some("/clips/a.gif".into()), true, &mut effects);
    state.results.set_exported(id, Path::new("/clips/before.gif"));
    let mut harness = bench(state);
    harness.state_mut().shell.pending.push(Command::CloseRequested);
    harness.run_steps(200);
    assert!(says(&harness, "1 export is finished first"));
    assert!(!harness.state().effects.iter().any(|it| matches!(it, Effect::Close)));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.view.dialog, None);
    harness.state_mut().shell.pending.push(Command::CloseRequested);
    harness.run_steps(3);
    let number = harness.state().shell.state.exports.running[0].id;
    harness.state_mut().shell.state.on_export_done(number, Ok(None));
    harness.run_steps(200);
    assert!(harness.state().effects.iter().any(|it| matches!(it, Effect::Close)));
}

#[test]
fn an_idle_window_closes_at_once() {
    let mut state = ready();
    assert!(apply(&mut state, [Command::CloseRequested]).is_empty());
    assert_ne!(state.view.dialog, Some(DialogKind::Close));
}
