//! The page of devices: on the state, in the window, and with the real bench.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use hummingbird_engine::Folders;
use hummingbird_engine::bench::BenchRecord;
use hummingbird_engine::device::{
    Capabilities, Chosen, CooperativeMatrices, DeviceChoice, DeviceError, DeviceInfo, DeviceKind, GpuMemory,
    KernelSpeed, Limits, SubgroupSizes, TrialOutcome, TriedKernel,
};
use hummingbird_engine::job::JobId;
use hummingbird_engine::jobs::history::JobTime;
use hummingbird_engine::survey::{Survey, SurveyedDevice, Why};

use super::{apply, bench_of_size, press, ready, request, run, says};
use crate::window::commands::command::{Command, DeviceCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::devices::{DeviceOrder, DeviceReport};
use crate::window::state::latest::Ticket;
use crate::window::state::view::DialogKind;
use crate::window::tasks::{Report, Tasks};

fn device(choice: &str, name: &str, kind: DeviceKind) -> SurveyedDevice {
    let is_cpu = kind == DeviceKind::Cpu;
    let limits = Limits {
        max_buffer_bytes: 16 << 30,
        max_binding_bytes: 4 << 30,
        max_workgroup_threads: 1024,
        max_workgroup_bytes: 48 << 10,
    };
    let mut can = Capabilities {
        cooperative_matrices: Some(CooperativeMatrices { side: 16, lanes: 32 }),
        subgroups: Some(SubgroupSizes { min: 32, max: 32 }),
        f16: true,
        limits,
        ..Capabilities::default()
    };
    can.speeds.set(KernelSpeed::F32, 1.9e13);
    can.speeds.set(KernelSpeed::Cooperative, 8.2e13);
    let info = DeviceInfo {
        choice: choice.to_owned(),
        name: name.to_owned(),
        kind,
        backend: if is_cpu { "none" } else { "Vulkan" }.to_owned(),
        driver: if is_cpu { "none needed" } else { "Mesa 26.1" }.to_owned(),
        max_buffer_bytes: if is_cpu { 0 } else { 4 << 30 },
        chosen_by_auto: kind == DeviceKind::Discrete,
        auto_place: None,
        key: Some(name.to_owned()),
        drawback: None,
        capabilities: (!is_cpu).then_some(can),
        memory: (!is_cpu).then_some(GpuMemory { budget_bytes: 15 << 30, used_bytes: 1 << 30 }),
        tried: Vec::new(),
    };
    let is_picked = info.chosen_by_auto;
    SurveyedDevice { info, failure: None, is_picked, key: Some(name.to_owned()), benches: Vec::new(), jobs: Vec::new() }
}

fn survey() -> Box<Survey> {
    let mut card = device("gpu:0", "Radeon RX 9070", DeviceKind::Discrete);
    let record = |at_secs, peak_gflops, is_steady| BenchRecord {
        at_secs,
        version: "0.9.0".to_owned(),
        model: "Nano".to_owned(),
        peak_gflops,
        peak_matrix_gflops: Some(4.0 * peak_gflops),
        is_steady,
        stages: vec![("U-Net call".to_owned(), 3.21)],
    };
    card.benches = vec![record(1_796_000_000, 19_400.0, true), record(1_795_000_000, 12_100.0, false)];
    let tried = |work: &str, kernel: &str, outcome, is_taken| TriedKernel {
        work: work.to_owned(),
        kernel: kernel.to_owned(),
        outcome,
        is_taken,
    };
    let speed = |teraflops: f64| TrialOutcome::FlopPerSec(1e12 * teraflops);
    card.info.tried = vec![
        tried("attention", "matrices of 16x16, subgroups of 32", TrialOutcome::Wrong, false),
        tried("attention", "f32", speed(9.6), true),
        tried("matmul f16, large", "matrices of 16x16, subgroups of 32, 8 across", speed(41.2), true),
        tried("matmul f16, large", "packed halves", speed(21.0), false),
    ];
    let model_sha256 = "5a".repeat(32);
    card.jobs = vec![JobTime { model_sha256, work_pixels: 98_304.0, step_secs: 0.02, rest_secs: 0.3 }];
    let mut chip = device("gpu:1", "Old graphics chip", DeviceKind::Integrated);
    let detail = "the driver at /home/anna/driver.so is too old".to_owned().into();
    chip.failure = Some(DeviceError::DeviceFailed { device: chip.info.name.clone(), detail });
    let cpu = device("cpu", "CPU (16 threads)", DeviceKind::Cpu);
    let why = Why::Chosen(Chosen::Best { devices: 3 });
    Box::new(Survey { devices: vec![card, chip, cpu], why, memory_bytes: Some(32 << 30) })
}

fn ticket(effects: &[Effect]) -> Ticket {
    match effects {
        [Effect::Devices(DeviceOrder::Look(ticket))] => *ticket,
        _ => panic!("{effects:?}"),
    }
}

/// A state with the page open and three devices on it: a graphics card, one that does not open, and the processor.
pub fn with_page() -> State {
    let mut state = ready();
    let ticket = ticket(&run(&mut state, Action::ShowDevices));
    report(&mut state, DeviceReport::Looked { ticket, survey: Ok(survey()) });
    state
}

/// The same while the graphics card is measured.
pub fn with_measuring() -> State {
    let mut state = with_page();
    apply(&mut state, [Command::Devices(DeviceCommand::Measure(DeviceChoice::Gpu(Some(0))))]);
    report(&mut state, DeviceReport::Progress { done: 12, total: 40, case: "U-Net call".to_owned() });
    state
}

fn report(state: &mut State, report: DeviceReport) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.on_device_report(report, &mut effects);
    effects
}

#[test]
fn the_page_shows_every_device_and_why_one_is_picked() {
    let mut harness = bench_of_size(ready(), [1100.0, 1400.0]);
    press(&mut harness, Modifiers::NONE, Key::F9);
    assert!(says(&harness, "Looking at the devices"));
    let ticket = ticket(&harness.state().effects);
    harness
        .state_mut()
        .shell
        .state
        .on_device_report(DeviceReport::Looked { ticket, survey: Ok(survey()) }, &mut vec![]);
    harness.run_steps(3);
    for text in [
        "Automatic takes Radeon RX 9070: it is the best of 3 device(s)",
        "32.0 GiB of memory",
        "16 × 16 · 32 lanes",
        "16.0 GiB · 4.0 GiB",
        "14.0 GiB of 15.0 GiB",
        "19.0 TFLOP/s (f32) · 82.0 TFLOP/s with cooperative matrices",
        "Attention: matrices of 16x16, subgroups of 32 gives wrong results and is off",
        "Attention: f32, 9.6 TFLOP/s, 49% of the peak",
        "Matmul f16, large: matrices of 16x16, subgroups of 32, 8 across, 41.2 TFLOP/s, 53% of the peak",
        "2026-11-30 · 19.4 TFLOP/s",
        "3.2 ms a step of Nano",
        "something else used the device",
        "Nano: 0.02 s a step, 0.30 s beside (0.10 megapixels a step)",
        "is too old",
        "Not measured yet",
    ] {
        assert!(says(&harness, text), "{text} is not shown");
    }
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().shell.state.view.dialog, None);
}

#[test]
fn an_answer_to_an_earlier_look_does_not_count() {
    let mut state = ready();
    let first = ticket(&run(&mut state, Action::ShowDevices));
    let second = ticket(&apply(&mut state, [Command::Devices(DeviceCommand::Look)]));
    report(&mut state, DeviceReport::Looked { ticket: first, survey: Ok(survey()) });
    assert!(state.devices.survey.is_none() && state.devices.is_looking);
    report(&mut state, DeviceReport::Looked { ticket: second, survey: Err("no driver answers".to_owned()) });
    assert!(!state.devices.is_looking);
    let harness = bench_of_size(state, [1100.0, 1400.0]);
    assert!(says(&harness, "No driver answers"));
}

#[test]
fn another_device_is_used_by_its_button_and_one_that_does_not_open_cannot_be() {
    let mut harness = bench_of_size(with_page(), [1100.0, 1400.0]);
    harness.get_by_label("Use this one CPU (16 threads)").click();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.form.controls.asked.device, DeviceChoice::Cpu);
    let used = harness.state().shell.state.used_device().map(|device| device.info.choice.clone());
    assert_eq!(used.as_deref(), Some("cpu"));
    harness.get_by_label("Use this one Old graphics chip").click();
    harness.get_by_label("Measure now Old graphics chip").click();
    harness.run_steps(3);
    let state = &harness.state().shell.state;
    assert_eq!((state.form.controls.asked.device, &state.devices.measuring), (DeviceChoice::Cpu, &None));
    harness.get_by_label("Choose automatically").click();
    harness.run_steps(3);
    assert_eq!(harness.state().shell.state.form.controls.asked.device, DeviceChoice::Auto);
}

#[test]
fn a_device_is_measured_with_progress_and_can_be_stopped() {
    let mut harness = bench_of_size(with_page(), [1100.0, 1400.0]);
    harness.get_by_label("Measure now Radeon RX 9070").click();
    harness.run_steps(3);
    let choice = DeviceChoice::Gpu(Some(0));
    assert!(matches!(&harness.state().effects[..], [Effect::Devices(DeviceOrder::Measure(asked))] if *asked == choice));
    assert!(says(&harness, "Opening the device"));
    let progress = DeviceReport::Progress { done: 12, total: 40, case: "layer norm".to_owned() };
    harness.state_mut().shell.state.on_device_report(progress, &mut Vec::new());
    harness.run_steps(3);
    assert!(says(&harness, "Measuring 12 of 40: layer norm"));
    harness.get_by_label("Measure now CPU (16 threads)").click();
    harness.run_steps(3);
    assert_eq!(harness.state().effects.len(), 1, "one at a time");
    harness.get_by_label("Stop measuring").click();
    harness.run_steps(3);
    assert!(matches!(harness.state().effects.last(), Some(Effect::Devices(DeviceOrder::Stop))));
    assert!(says(&harness, "Stopping"));
    let state = &mut harness.state_mut().shell.state;
    let effects = report(state, DeviceReport::Measured(Ok(false)));
    assert!(state.devices.measuring.is_none());
    assert!(matches!(&effects[..], [Effect::Devices(DeviceOrder::Look(_))]), "what was measured is shown: {effects:?}");
    assert!(state.view.notices.iter().any(|it| it.text.contains("Radeon RX 9070 was stopped")));
}

#[test]
fn nothing_is_measured_while_a_clip_is_made() {
    let mut state = with_page();
    state.on_submitted(JobId(1), request("a red ball", 1));
    let effects = apply(&mut state, [Command::Devices(DeviceCommand::Measure(DeviceChoice::Cpu))]);
    assert!(effects.is_empty() && state.devices.measuring.is_none(), "{effects:?}");
    assert!(state.why_not_bench().is_some_and(|why| why.contains("clip")));
}

#[test]
fn the_report_is_copied_without_paths_of_the_person() {
    let mut state = with_page();
    let effects = apply(&mut state, [Command::Devices(DeviceCommand::CopyReport)]);
    let [Effect::CopyText(text)] = &effects[..] else { panic!("{effects:?}") };
    for words in ["auto picks gpu:0 (Radeon RX 9070)", "Old graphics chip", "too old", "U-Net call 3.2 ms", "TFLOP/s"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
    assert!(!text.contains("anna"), "{text}");
}

/// The real bench on the processor, on its thread: it tells how far it is, ends by a stop, and its end leads to a new look.
#[test]
fn the_real_bench_runs_off_the_windows_thread_and_stops() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut tasks = Tasks::new(Some(Folders::at(folder.path())), Arc::new(|| ()));
    let mut state = ready();
    tasks.devices(DeviceOrder::Look(state.devices.ask()));
    let end = Instant::now() + Duration::from_secs(120);
    let mut waiting = VecDeque::new();
    let mut next = |tasks: &mut Tasks| loop {
        assert!(Instant::now() < end, "nothing is reported");
        waiting.extend(tasks.reports());
        match waiting.pop_front() {
            Some(Report::DeviceWork(report)) => break report,
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    report(&mut state, next(&mut tasks));
    state.view.dialog = Some(DialogKind::Devices);
    let effects = apply(&mut state, [Command::Devices(DeviceCommand::Measure(DeviceChoice::Cpu))]);
    let [Effect::Devices(order)] = &effects[..] else { panic!("{effects:?}") };
    tasks.devices(*order);
    let first = next(&mut tasks);
    assert!(matches!(first, DeviceReport::Progress { total, .. } if total > 10), "{first:?}");
    report(&mut state, first);
    assert!(state.devices.measuring.as_ref().is_some_and(|it| it.total > 10));
    tasks.devices(DeviceOrder::Stop);
    loop {
        let last = next(&mut tasks);
        let has_ended = matches!(last, DeviceReport::Measured(_));
        assert!(!has_ended || matches!(last, DeviceReport::Measured(Ok(false))), "{last:?}");
        report(&mut state, last);
        if has_ended {
            break;
        }
    }
    assert!(state.devices.measuring.is_none());
}

#[test]
fn the_share_of_a_graphics_device_is_chosen_on_the_page_and_kept() {
    let mut harness = bench_of_size(with_page(), [1100.0, 1400.0]);
    assert_eq!(harness.state().shell.state.view.gpu_share, 100);
    harness.get_by_label("50%").click();
    harness.run_steps(3);
    let state = &harness.state().shell.state;
    assert_eq!((state.view.gpu_share, state.settings().gpu_share), (50, 50));
}
