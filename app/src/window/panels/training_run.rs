//! The right side of the training page: what a run is made of, the run under way with its curve and samples, and runs that can go on.

use egui::{Button, ComboBox, DragValue, Grid, Image, Label, ProgressBar, RichText, TextEdit, Ui, vec2};
use egui_plot::{Line, Plot, PlotPoints};
use hummingbird_engine::device::DeviceChoice;

use super::textures::Textures;
use super::theme;
use super::training::push;
use super::widgets::{duration, sentence};
use crate::language::tr;
use crate::units::bytes;
use crate::window::commands::command::{Command, TrainingCommand};
use crate::window::state::State;
use crate::window::state::loras::file_name;
use crate::window::state::training::{
    Estimate, MOST_FRAMES, Measured, RANKS, RunningTraining, TrainingRun, UPDATES, Wish,
};

/// Height of the loss curve, in points.
const CURVE_HEIGHT: f32 = 130.0;

/// The right side.
pub fn run_column(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    match &state.training.running {
        Some(running) => running_run(ui, running, out),
        None => {
            form(ui, state, out);
            estimate(ui, state, out);
            start(ui, state, out);
            if let Some(problem) = &state.training.problem {
                ui.add(Label::new(RichText::new(sentence(problem)).color(ui.visuals().error_fg_color)).wrap());
            }
            for run in &state.training.paused {
                paused_run(ui, run, out);
            }
            if let Some(finished) = &state.training.finished {
                let list = tr!("training-finished", file = file_name(&finished.path));
                ui.add(Label::new(RichText::new(list).strong()).wrap());
                if let Some(word) = &finished.run.plan.trigger {
                    ui.add(Label::new(tr!("training-finished-trigger", word = word.as_str())).wrap());
                }
            }
        }
    }
    if let Some(run) = state.training.shown() {
        progress_of(ui, run, textures);
    }
}

fn form(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let form = &state.training.form;
    // A grid does not know how wide it may become.
    let width = (ui.available_width() - 110.0).max(120.0);
    Grid::new("training").num_columns(2).spacing(vec2(12.0, 6.0)).show(ui, |ui| {
        let label = ui.label(tr!("training-name")).id;
        let mut name = form.name.clone();
        let hint = form.file_stem().unwrap_or_default();
        let field = TextEdit::singleline(&mut name).desired_width(width).hint_text(hint);
        if ui.add(field).on_hover_text(tr!("training-name.tooltip")).labelled_by(label).changed() {
            push(out, TrainingCommand::SetName(name));
        }
        ui.end_row();
        let label = ui.label(tr!("training-trigger")).id;
        let mut trigger = form.trigger.clone();
        let hint = tr!("training-trigger.tooltip");
        let field = TextEdit::singleline(&mut trigger).desired_width(width);
        if ui.add(field).on_hover_text(hint).labelled_by(label).changed() {
            push(out, TrainingCommand::SetTrigger(trigger));
        }
        ui.end_row();
        let number = |ui: &mut Ui, name: &str, hint: &str, field: DragValue<'_>| {
            let label = ui.label(name).id;
            let changed = ui.add(field).on_hover_text(hint).labelled_by(label).changed();
            ui.end_row();
            changed
        };
        let (mut rank, mut updates, mut frames) = (form.rank, form.updates, form.frames);
        let hint = tr!("training-rank.tooltip");
        if number(ui, &tr!("training-rank"), &hint, DragValue::new(&mut rank).range(RANKS)) {
            push(out, TrainingCommand::SetRank(rank));
        }
        let hint = tr!("training-updates.tooltip");
        if number(ui, &tr!("training-updates"), &hint, DragValue::new(&mut updates).range(UPDATES).speed(10.0)) {
            push(out, TrainingCommand::SetUpdates(updates));
        }
        let own = |value: f64| if value < 1.0 { tr!("training-frames-of-model") } else { value.to_string() };
        let field = DragValue::new(&mut frames).range(0..=MOST_FRAMES).speed(0.1);
        let field = field.custom_formatter(move |value, _| own(value));
        if number(ui, &tr!("training-frames"), &tr!("training-frames.tooltip"), field) {
            push(out, TrainingCommand::SetFrames(frames));
        }
        device_row(ui, state, width, out);
    });
    ui.add(Label::new(RichText::new(tr!("training-meanwhile")).small().weak()).wrap());
}

fn device_row(ui: &mut Ui, state: &State, width: f32, out: &mut Vec<Command>) {
    let chosen = state.training.form.device;
    let name = |device: DeviceChoice| match state.form.devices.iter().find(|(choice, _)| *choice == device) {
        Some((_, name)) => name.clone(),
        None if device == DeviceChoice::Cpu => "CPU".to_owned(),
        None => device.to_string(),
    };
    let label = ui.label(tr!("training-device")).id;
    let mut choices: Vec<DeviceChoice> = state.form.devices.iter().map(|(choice, _)| *choice).collect();
    for device in [DeviceChoice::Cpu, chosen] {
        if !choices.contains(&device) {
            choices.push(device);
        }
    }
    let combo = ComboBox::from_id_salt("training device").width(width).selected_text(name(chosen)).truncate();
    let combo = combo.show_ui(ui, |ui| {
        for device in choices {
            if ui.selectable_label(chosen == device, name(device)).clicked() {
                push(out, TrainingCommand::SetDevice(device));
            }
        }
    });
    combo.response.labelled_by(label);
    ui.end_row();
}

/// What time and memory a run takes, as far as it was measured.
fn estimate(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| match &state.training.estimate {
        Estimate::Measuring => {
            ui.label(RichText::new(tr!("training-measuring")).weak());
            if ui.button(tr!("training-stop-measuring")).clicked() {
                push(out, TrainingCommand::Pause);
            }
        }
        estimate => {
            let reason = state.why_not_measure();
            let button = ui.add_enabled(reason.is_none(), Button::new(tr!("training-measure")));
            let button = button.on_hover_text(tr!("training-measure.tooltip"));
            if button.on_disabled_hover_text(sentence(&reason.unwrap_or_default())).clicked() {
                push(out, TrainingCommand::Measure);
            }
            match estimate {
                Estimate::Known(measured) => {
                    ui.label(measured_text(*measured, state.training.form.updates));
                }
                Estimate::Failed(reason) => {
                    let text = RichText::new(sentence(reason)).color(ui.visuals().error_fg_color);
                    ui.add(Label::new(text).wrap());
                }
                _ => {}
            }
        }
    });
}

/// "About 12 min 3 s, 310 MiB of memory"
fn measured_text(measured: Measured, updates: u32) -> String {
    let secs = measured.update_secs * f64::from(updates);
    let time = duration(secs as f32);
    match measured.peak_bytes {
        Some(peak) => tr!("training-needs-memory", time = time, memory = bytes(peak)),
        None => tr!("training-needs", time = time),
    }
}

fn start(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let reason = state.why_not_train();
    let text = RichText::new(tr!("training-start")).color(theme::on_accent(ui)).strong();
    let button = Button::new(text).fill(theme::accent(ui)).min_size(vec2(ui.available_width(), 32.0));
    let response = ui.add_enabled(reason.is_none(), button).on_hover_text("Ctrl+Enter");
    if response.on_disabled_hover_text(sentence(reason.as_deref().unwrap_or_default())).clicked() {
        push(out, TrainingCommand::Start);
    }
    if let Some(reason) = reason {
        ui.label(RichText::new(sentence(&reason)).small().weak());
    }
}

fn running_run(ui: &mut Ui, running: &RunningTraining, out: &mut Vec<Command>) {
    let plan = &running.run.plan;
    ui.label(RichText::new(tr!("window-training", name = plan.name.as_str())).strong().size(15.0));
    let device = running.device.clone().unwrap_or_else(|| tr!("training-opening-device"));
    let what = tr!("training-run", rank = plan.rank, updates = plan.updates, device = device);
    ui.add(Label::new(RichText::new(what).small().weak()).wrap());
    let text = progress_text(running);
    let done = running.run.done as f32 / plan.updates.max(1) as f32;
    ui.label(&text);
    let bar = ProgressBar::new(done.min(1.0)).desired_height(8.0).fill(theme::accent(ui));
    ui.add(bar).accessible_name(tr!("training-bar", name = plan.name.as_str(), progress = text));
    ui.horizontal(|ui| {
        let can_stop = running.wish == Wish::Train && !running.writing;
        let pause = ui.add_enabled(can_stop, Button::new(tr!("training-pause")));
        if pause.on_hover_text(tr!("training-pause.tooltip")).clicked() {
            push(out, TrainingCommand::Pause);
        }
        let finish = ui.add_enabled(can_stop, Button::new(tr!("training-finish-now")));
        if finish.on_hover_text(tr!("training-finish-now.tooltip")).clicked() {
            push(out, TrainingCommand::Finish);
        }
    });
}

/// "Update 120 of 1000, about 4 min 10 s left"
fn progress_text(running: &RunningTraining) -> String {
    if running.writing {
        return tr!("training-writing");
    }
    if running.wish != Wish::Train {
        return tr!("training-stopping");
    }
    let run = &running.run;
    let mut text = tr!("training-update", update = run.done, updates = run.plan.updates);
    if run.done == 0 && running.progress.is_none() {
        return tr!("training-preparing");
    }
    if let Some((_, loss)) = run.losses.last() {
        text = tr!("training-update-loss", progress = text, loss = format!("{loss:.4}"));
    }
    if let Some(secs) = running.progress.as_ref().and_then(|progress| progress.rate.eta_secs) {
        text = tr!("training-update-left", progress = text, time = duration(secs as f32));
    }
    text
}

fn paused_run(ui: &mut Ui, run: &TrainingRun, out: &mut Vec<Command>) {
    let name = run.plan.name.as_str();
    ui.separator();
    ui.label(tr!("training-paused", name = name, update = run.done, updates = run.plan.updates));
    ui.horizontal(|ui| {
        let folder = || run.folder.clone();
        let resume = ui.button(tr!("training-resume")).on_hover_text(tr!("training-resume.tooltip"));
        if resume.accessible_name(tr!("training-resume.name", name = name)).clicked() {
            push(out, TrainingCommand::Resume(folder()));
        }
        let finish = ui.button(tr!("training-finish-paused")).on_hover_text(tr!("training-finish-paused.tooltip"));
        if finish.accessible_name(tr!("training-finish-paused.name", name = name)).clicked() {
            push(out, TrainingCommand::FinishPaused(folder()));
        }
        let dismiss = ui.button(tr!("training-dismiss")).on_hover_text(tr!("training-dismiss.tooltip"));
        if dismiss.accessible_name(tr!("training-dismiss.name", name = name)).clicked() {
            push(out, TrainingCommand::Dismiss(folder()));
        }
    });
}

/// The loss curve and the newest samples of a run.
fn progress_of(ui: &mut Ui, run: &TrainingRun, textures: &Textures) {
    if run.losses.len() > 1 {
        ui.label(RichText::new(tr!("training-loss-by-update")).small().weak());
        let colour = theme::accent(ui);
        let plot = Plot::new("loss").height(CURVE_HEIGHT).allow_drag(false).allow_zoom(false).allow_scroll(false);
        let plot = plot.allow_boxed_zoom(false).allow_double_click_reset(false).include_y(0.0);
        let name = |(step, loss): &(u64, f64)| tr!("training-curve", loss = format!("{loss:.4}"), update = *step);
        let name = run.losses.last().map(name);
        let shown = plot.show(ui, |plot| {
            plot.line(Line::new(tr!("training-loss"), PlotPoints::from(run.curve())).color(colour).width(1.5));
        });
        shown.response.accessible_name(name.unwrap_or_default());
    }
    if let Some(texture) = textures.training(&run.folder) {
        ui.label(RichText::new(tr!("training-samples")).small().weak());
        let size = texture.size_vec2();
        let size = size * (ui.available_width() / size.x).min(1.0);
        ui.add(Image::new((texture.id(), size)).fit_to_exact_size(size).corner_radius(4.0))
            .accessible_name(tr!("training-samples.name"));
    }
}
