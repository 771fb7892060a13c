//! The page of devices: what each is and can do, how fast it was, and which one computes.

use egui::{Button, Frame, Grid, Label, Margin, ProgressBar, RichText, ScrollArea, Ui, vec2};
use hummingbird_engine::bench::BenchRecord;
use hummingbird_engine::device::{
    Capabilities, CooperativeMatrices, DeviceChoice, DeviceKind, KernelSpeed, TrialOutcome, TriedKernel,
};
use hummingbird_engine::jobs::history::JobTime;
use hummingbird_engine::survey::{Survey, SurveyedDevice, Why};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::notices::notices_panel;
use super::theme;
use super::widgets::sentence;
use crate::device_report::{gflops, share_of_peak};
use crate::language::tr;
use crate::sentences::in_words;
use crate::units::{bytes, day};
use crate::window::commands::command::{Command, DeviceCommand};
use crate::window::state::State;
use crate::window::state::devices::Measuring;

/// Benches, and kinds of clips, that are shown of a device.
const MOST_ROWS: usize = 5;
/// Shares of a graphics device's time that are offered, in percent.
const SHARES: [u8; 4] = [100, 75, 50, 25];
/// The stage of a bench that says most about how long clips take.
const TELLING_STAGE: &str = "U-Net call";

/// The page itself.
pub fn page(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 680.0);
    ui.heading(tr!("devices-title"));
    let devices = &state.devices;
    if let Some(survey) = &devices.survey {
        let picked = survey.picked().map(|device| device.info.name.clone()).unwrap_or_default();
        let text = tr!("devices-picked", name = picked, why = why(survey));
        ui.add(Label::new(RichText::new(text).weak()).wrap());
        if let Some(memory) = survey.memory_bytes {
            ui.label(RichText::new(tr!("devices-computer-memory", size = bytes(memory))).weak());
        }
    }
    if devices.survey.iter().flat_map(|survey| &survey.devices).any(|device| device.info.kind != DeviceKind::Cpu) {
        share(ui, state, out);
    }
    battery(ui, state, out);
    notices_panel(ui, state, out);
    let height = scrolled_height(ui, 250.0);
    let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        if let Some(problem) = &devices.problem {
            ui.colored_label(ui.visuals().error_fg_color, sentence(problem));
        }
        match &devices.survey {
            Some(survey) => {
                for device in &survey.devices {
                    card(ui, state, device, out);
                }
            }
            None if devices.is_looking => {
                ui.label(RichText::new(tr!("devices-looking")).weak());
            }
            None => {}
        }
    });
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        let is_free = !devices.is_looking && devices.measuring.is_none();
        if ui.add_enabled(is_free, Button::new(tr!("devices-look-again"))).clicked() {
            push(out, DeviceCommand::Look);
        }
        let copy = ui.add_enabled(devices.survey.is_some(), Button::new(tr!("devices-copy-report")));
        if copy.on_hover_text(tr!("devices-copy-report-hint")).clicked() {
            push(out, DeviceCommand::CopyReport);
        }
        let is_auto = state.form.controls.asked.device == DeviceChoice::Auto;
        let auto = ui.add_enabled(!is_auto, Button::new(tr!("devices-automatic")));
        if auto.on_disabled_hover_text(tr!("devices-automatic-chosen")).clicked() {
            push(out, DeviceCommand::Use(DeviceChoice::Auto));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            buttons(ui, None, &tr!("devices-close"), out);
        });
    });
}

/// How much of a graphics device's time clips use.
fn share(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.label(tr!("devices-share")).on_hover_text(tr!("devices-share-hint"));
        for percent in SHARES {
            let choice =
                ui.selectable_label(state.view.gpu_share == percent, tr!("devices-share-of", percent = percent));
            if choice.on_hover_text(tr!("devices-share-hint")).clicked() {
                push(out, DeviceCommand::Share(percent));
            }
        }
    });
}

/// Whether clips and trainings wait while there is only the battery.
fn battery(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let mut waits = state.devices.power.waits_on_battery;
    if ui.checkbox(&mut waits, tr!("devices-battery")).on_hover_text(tr!("devices-battery-hint")).changed() {
        push(out, DeviceCommand::WaitOnBattery(waits));
    }
}

/// Why the device is picked that is.
fn why(survey: &Survey) -> String {
    match &survey.why {
        Why::Chosen(why) => in_words(why),
        Why::Failed(index) => {
            let name = survey.devices.get(*index).map(|device| device.info.name.clone()).unwrap_or_default();
            let other = survey.picked().map(|device| device.info.name.clone()).unwrap_or_default();
            tr!("devices-why-failed", name = name, other = other)
        }
    }
}

fn push(out: &mut Vec<Command>, command: DeviceCommand) {
    out.push(Command::Devices(command));
}

fn card(ui: &mut Ui, state: &State, device: &SurveyedDevice, out: &mut Vec<Command>) {
    let frame = Frame::group(ui.style()).inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        title(ui, state, device);
        if let Some(failure) = &device.failure {
            let text = RichText::new(sentence(&in_words(failure))).color(ui.visuals().error_fg_color);
            ui.add(Label::new(text).wrap());
        }
        if let Some(drawback) = &device.info.drawback {
            ui.add(Label::new(RichText::new(sentence(&in_words(drawback))).color(ui.visuals().warn_fg_color)).wrap());
        }
        facts(ui, state, device);
        ui.add_space(2.0);
        let measuring = state.devices.measuring.as_ref().filter(|it| device.choice() == Some(it.choice));
        match measuring {
            Some(measuring) => progress(ui, measuring, out),
            None => actions(ui, state, device, out),
        }
    });
}

fn title(ui: &mut Ui, state: &State, device: &SurveyedDevice) {
    let is_used = state.used_device().is_some_and(|used| used.info.choice == device.info.choice);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(&device.info.name).strong().size(15.0));
        if is_used {
            ui.label(RichText::new(tr!("devices-in-use")).color(theme::accent(ui)));
        }
        if device.is_picked {
            ui.label(RichText::new(tr!("devices-best")).weak());
        }
        if device.failure.is_some() {
            ui.label(RichText::new(tr!("devices-does-not-open")).color(ui.visuals().error_fg_color));
        }
    });
}

/// What a device is and can do, and how fast it was.
fn facts(ui: &mut Ui, state: &State, device: &SurveyedDevice) {
    let info = &device.info;
    let mut rows = vec![(tr!("devices-kind"), kind(info.kind))];
    if info.kind != DeviceKind::Cpu {
        rows.push((tr!("devices-interface"), format!("{} ({})", sentence(&info.backend), info.choice)));
        rows.push((tr!("devices-driver"), info.driver.clone()));
    }
    if let Some(memory) = info.memory {
        let [free, all] = [memory.budget_bytes.saturating_sub(memory.used_bytes), memory.budget_bytes].map(bytes);
        rows.push((tr!("devices-memory"), tr!("devices-memory-free", free = free, all = all)));
    }
    if let Some(can) = &info.capabilities {
        rows.extend(capabilities(can));
    }
    let told = info.tried.iter().filter_map(|kernel| tried(kernel, device)).map(|text| sentence(&text));
    for (index, text) in told.enumerate() {
        let name = if index == 0 { tr!("devices-tried") } else { String::new() };
        rows.push((name, text));
    }
    if device.benches.is_empty() && device.failure.is_none() {
        rows.push((tr!("devices-measured-speed"), tr!("devices-never-measured")));
    }
    for (index, record) in device.benches.iter().take(MOST_ROWS).enumerate() {
        let name = if index == 0 { tr!("devices-measured-speed") } else { String::new() };
        rows.push((name, bench(record)));
    }
    for (index, time) in device.jobs.iter().take(MOST_ROWS).enumerate() {
        let name = if index == 0 { tr!("devices-clips") } else { String::new() };
        rows.push((name, job(state, time)));
    }
    Grid::new(("device", &info.choice)).num_columns(2).spacing(vec2(12.0, 4.0)).show(ui, |ui| {
        for (name, value) in rows {
            ui.label(RichText::new(name).weak());
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
}

fn kind(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::Discrete => tr!("devices-kind-card"),
        DeviceKind::Integrated => tr!("devices-kind-chip"),
        DeviceKind::Virtual => tr!("devices-kind-virtual"),
        DeviceKind::Other => tr!("devices-kind-other"),
        DeviceKind::Software => tr!("devices-kind-software"),
        DeviceKind::Cpu => tr!("devices-kind-cpu"),
    }
}

fn capabilities(can: &Capabilities) -> Vec<(String, String)> {
    let no = || tr!("devices-no");
    let limits = &can.limits;
    let memory = [limits.max_buffer_bytes, limits.max_binding_bytes].map(bytes).join(" · ");
    let mut rows = vec![
        (tr!("devices-largest-buffer"), memory),
        (tr!("devices-halves"), if can.f16 { tr!("devices-yes") } else { no() }),
        (tr!("devices-subgroups"), can.subgroups.map_or_else(no, |it| lanes(it.min, it.max))),
        (tr!("devices-matrices"), can.cooperative_matrices.map_or_else(no, matrices)),
    ];
    let speeds = speeds(can);
    if !speeds.is_empty() {
        rows.push((tr!("devices-kernels"), speeds));
    }
    rows
}

/// Lanes of a subgroup, or the fewest and the most.
fn lanes(min: u32, max: u32) -> String {
    let lanes = if min == max { max.to_string() } else { format!("{min}–{max}") };
    tr!("devices-lanes", lanes = lanes)
}

fn matrices(matrices: CooperativeMatrices) -> String {
    let CooperativeMatrices { side, lanes: of_subgroup } = matrices;
    format!("{side} × {side} · {}", lanes(of_subgroup, of_subgroup))
}

/// Measured speeds of kernels by what their weights are.
fn speeds(can: &Capabilities) -> String {
    let speed = |kernels: KernelSpeed| {
        let speed = gflops(can.speeds.of(kernels)? / 1e9);
        Some(match kernels {
            KernelSpeed::F32 => format!("{speed} (f32)"),
            KernelSpeed::F16 => format!("{speed} (f16)"),
            KernelSpeed::Q8 => format!("{speed} (q8)"),
            KernelSpeed::Cooperative => tr!("devices-with-matrices", speed = speed),
        })
    };
    KernelSpeed::ALL.into_iter().filter_map(speed).collect::<Vec<_>>().join(" · ")
}

/// A kernel that the device takes for a kind of work, or that is off; none of those that are only slower.
fn tried(kernel: &TriedKernel, device: &SurveyedDevice) -> Option<String> {
    let (work, name) = (kernel.work.as_str(), kernel.kernel.as_str());
    match kernel.outcome {
        TrialOutcome::Wrong => Some(tr!("devices-tried-wrong", work = work, kernel = name)),
        TrialOutcome::FlopPerSec(speed) if kernel.is_taken => {
            let speed = gflops(speed / 1e9);
            Some(match share_of_peak(kernel, device) {
                Some(share) => {
                    let percent = format!("{:.0}", 100.0 * share);
                    tr!("devices-tried-share", work = work, kernel = name, speed = speed, percent = percent)
                }
                None => tr!("devices-tried-taken", work = work, kernel = name, speed = speed),
            })
        }
        TrialOutcome::Right | TrialOutcome::FlopPerSec(_) => None,
    }
}

fn bench(record: &BenchRecord) -> String {
    let mut parts = vec![day(record.at_secs), gflops(record.peak_gflops)];
    parts.extend(record.peak_matrix_gflops.map(|peak| tr!("devices-with-matrices", speed = gflops(peak))));
    let stage = record.stages.iter().find(|(name, _)| name == TELLING_STAGE);
    let (model, milliseconds) = (record.model.clone(), stage.map(|(_, it)| format!("{it:.1}")));
    parts.extend(milliseconds.map(|it| tr!("devices-step", model = model, milliseconds = it)));
    if !record.is_steady {
        parts.push(tr!("devices-unsteady"));
    }
    parts.join(" · ")
}

fn job(state: &State, time: &JobTime) -> String {
    let card = state.models.card().filter(|card| card.sha256 == time.model_sha256);
    let model = card.map_or_else(|| time.model_sha256.chars().take(8).collect(), |card| card.name.clone());
    let [step, rest] = [time.step_secs, time.rest_secs].map(|secs| format!("{secs:.2}"));
    let megapixels = format!("{:.2}", time.work_pixels / 1e6);
    tr!("devices-clip-time", model = model, step = step, rest = rest, megapixels = megapixels)
}

fn progress(ui: &mut Ui, measuring: &Measuring, out: &mut Vec<Command>) {
    let Measuring { done, total, case, is_stopping, .. } = measuring;
    let text = match (is_stopping, total) {
        (true, _) => tr!("devices-stopping"),
        (false, 0) => tr!("devices-starting"),
        (false, _) => tr!("devices-measuring", done = *done, total = *total, case = case.as_str()),
    };
    ui.label(RichText::new(&text).weak());
    ui.horizontal(|ui| {
        let share = if *total == 0 { 0.0 } else { *done as f32 / *total as f32 };
        let bar = ProgressBar::new(share).desired_height(8.0).desired_width(240.0).fill(theme::accent(ui));
        ui.add(bar).accessible_name(text);
        if ui.add_enabled(!is_stopping, Button::new(tr!("devices-stop"))).clicked() {
            push(out, DeviceCommand::Stop);
        }
    });
}

fn actions(ui: &mut Ui, state: &State, device: &SurveyedDevice, out: &mut Vec<Command>) {
    let Some(choice) = device.choice() else { return };
    let name = device.info.name.as_str();
    let failed = device.failure.is_some().then(|| tr!("devices-does-not-open"));
    let chosen = (state.form.controls.asked.device == choice).then(|| tr!("devices-chosen"));
    let mut button = |ui: &mut Ui, text: String, why_not: Option<String>, command| {
        let response = ui.add_enabled(why_not.is_none(), Button::new(&text));
        let response = response.on_disabled_hover_text(sentence(&why_not.unwrap_or_default()));
        if response.accessible_name(format!("{text} {name}")).clicked() {
            push(out, command);
        }
    };
    ui.horizontal_wrapped(|ui| {
        button(ui, tr!("devices-use"), failed.clone().or(chosen), DeviceCommand::Use(choice));
        let why_not = failed.or_else(|| state.why_not_bench());
        button(ui, tr!("devices-measure"), why_not, DeviceCommand::Measure(choice));
    });
}
