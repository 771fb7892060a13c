//! Clips and trainings that wait while the computer runs on its battery.

use hummingbird_engine::job::{Event, JobId};

use super::queue::{hand, nothing_is_handed, prompts, with_queue};
use super::{apply, bench_of_size, run, says, step, training};
use crate::window::commands::command::{Command, DeviceCommand, TrainingCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::devices::{DeviceOrder, DeviceReport};
use crate::window::state::settings::Settings;
use crate::window::state::view::Remedy;
use crate::window::state::work::{TrainingEnd, TrainingOrder, TrainingReport};

fn wait_on_battery(state: &mut State, waits: bool) -> Vec<Effect> {
    apply(state, [Command::Devices(DeviceCommand::WaitOnBattery(waits))])
}

fn power(state: &mut State, on_battery: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.on_device_report(DeviceReport::OnBattery(on_battery), &mut effects);
    effects
}

fn says_why(state: &State) -> bool {
    let resume = Some(Remedy::Run(Action::ResumeQueue));
    state.view.notices.iter().any(|it| it.remedy == resume && it.text.contains("battery"))
}

#[test]
fn the_queue_waits_inside_of_a_clip_and_goes_on_at_a_socket() {
    let mut state = with_queue(&["a", "b"]);
    hand(&mut state, 1);
    step(&mut state, 1, 4);
    assert!(power(&mut state, true).is_empty(), "nobody asked for it");
    let watched = wait_on_battery(&mut state, true);
    assert!(matches!(watched[..], [Effect::Devices(DeviceOrder::WatchPower(true))]), "{watched:?}");
    assert!(state.settings().waits_on_battery && State::new(state.settings()).devices.power.waits_on_battery);
    assert!(matches!(power(&mut state, true)[..], [Effect::Cancel(JobId(1))]));
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert!(nothing_is_handed(&mut state) && state.queue.gives_back && says_why(&state));
    assert_eq!((prompts(&state), state.queue.jobs[0].steps_done), (vec!["a", "b"], 4));
    assert!(power(&mut state, true).is_empty(), "it is told once");
    power(&mut state, false);
    assert!(!says_why(&state));
    assert_eq!(hand(&mut state, 2), "a");
}

#[test]
fn whoever_sets_it_going_on_the_battery_is_obeyed() {
    let mut state = with_queue(&["a"]);
    wait_on_battery(&mut state, true);
    power(&mut state, true);
    assert!(nothing_is_handed(&mut state));
    run(&mut state, Action::ResumeQueue);
    assert_eq!(hand(&mut state, 1), "a");
    // A queue that its user pauses stays so when there is a socket.
    run(&mut state, Action::PauseQueue);
    state.on_event(Event::Cancelled { job: JobId(1) });
    power(&mut state, false);
    assert!(state.queue.is_paused && nothing_is_handed(&mut state));
    run(&mut state, Action::ResumeQueue);
    // Without the setting it goes on at once, and what was under way to the window does not count.
    power(&mut state, true);
    assert!(nothing_is_handed(&mut state));
    wait_on_battery(&mut state, false);
    assert!(power(&mut state, true).is_empty());
    assert_eq!(hand(&mut state, 2), "a");
}

#[test]
fn jobs_of_the_last_session_wait_for_their_user_at_a_socket_too() {
    let mut state = with_queue(&["a"]);
    state.queue.jobs[0].is_held = true;
    wait_on_battery(&mut state, true);
    power(&mut state, true);
    power(&mut state, false);
    assert!(nothing_is_handed(&mut state) && !state.queue.is_paused);
}

#[test]
fn a_training_waits_and_goes_on_once_its_checkpoint_is_written() {
    let mut state = training::with_running();
    wait_on_battery(&mut state, true);
    assert_eq!(training::orders(&power(&mut state, true)), [TrainingOrder::Stop]);
    // There is a socket again before the checkpoint is written.
    assert!(training::orders(&power(&mut state, false)).is_empty());
    let paused = || TrainingReport::Ended(Ok(TrainingEnd::Paused));
    let resumed = training::orders(&training::report(&mut state, paused()));
    assert!(matches!(&resumed[..], [TrainingOrder::Resume { .. }]), "{resumed:?}");
    // And after it.
    power(&mut state, true);
    assert!(training::orders(&training::report(&mut state, paused())).is_empty());
    let resumed = training::orders(&power(&mut state, false));
    assert!(matches!(&resumed[..], [TrainingOrder::Resume { .. }]), "{resumed:?}");
    // One that its user stopped stays so.
    apply(&mut state, [Command::Training(TrainingCommand::Pause)]);
    power(&mut state, true);
    training::report(&mut state, paused());
    assert!(training::orders(&power(&mut state, false)).is_empty());
}

#[test]
fn the_page_of_devices_has_the_choice() {
    use egui_kittest::kittest::Queryable;

    let mut harness = bench_of_size(super::devices::with_page(), [1100.0, 1400.0]);
    let text = "Wait while the computer runs on its battery";
    assert!(says(&harness, text));
    harness.get_by_label(text).click();
    harness.run_steps(3);
    assert!(harness.state().shell.state.devices.power.waits_on_battery);
    let odd: Settings = serde_json::from_str("{}").expect("nothing is needed");
    assert!(!odd.waits_on_battery, "it is off until it is asked for");
}
