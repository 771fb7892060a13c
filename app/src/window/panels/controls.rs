//! The left panel: prompt, words, settings, and the Generate button that is always in sight.

use egui::{Button, CollapsingHeader, ComboBox, Frame, Margin, Panel, RichText, ScrollArea, Ui};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{ClipSettings, RequestLimits};
use hummingbird_engine::settings::{Choice, Kind, Other, Setting, Value, in_order, table};

use super::loras::loras_panel;
use super::menu::{at_work, is_at_work_in_the_bar};
use super::numbers::{field_row, seed_row, size_row, slider_row};
use super::prompt::{negative_panel, prompt_panel, words_panel};
use super::widgets::{action_button, messages, primary_button, sentence};
use crate::language::{setting_help, setting_name, tr};
use crate::sentences::in_words;
use crate::window::commands::command::{Command, QueueCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::{Place, range_text};
use crate::window::state::models::ModelStatus;
use crate::window::state::view::Level;

/// The Generate button at the lower end of a panel.
pub fn generate_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let pinned = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 10, bottom: 0 });
    Panel::bottom("generate").frame(pinned).show_separator_line(false).show(ui, |ui| generate_row(ui, state, out));
}

/// Width that the rows of the settings need, in points.
const ROW_WIDTH: f32 = 240.0;

/// Prompt, words and settings.
pub fn controls_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    // Where even the narrowest row does not fit, the rows scroll sideways too.
    let sideways = ui.available_width() - 6.0 < ROW_WIDTH;
    ScrollArea::new([sideways, true]).id_salt("controls").auto_shrink(false).show(ui, |ui| {
        // Room for the scroll bar, so that it never covers a field.
        let width = if sideways { ROW_WIDTH } else { ui.available_width() - 6.0 };
        ui.set_max_width(width);
        prompt_panel(ui, state, out);
        words_panel(ui, state, out);
        ui.add_space(8.0);
        settings_panel(ui, state, out);
    });
}

/// Settings of sampling and size.
pub fn settings_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(limits) = state.models.limits() else {
        let text = match &state.models.status {
            ModelStatus::Failed => tr!("settings-no-model"),
            _ => tr!("settings-opening-model"),
        };
        ui.label(RichText::new(text).weak());
        if matches!(state.models.status, ModelStatus::Failed) {
            ui.horizontal(|ui| {
                action_button(ui, state, Action::ShowModels, out);
                action_button(ui, state, Action::UseDemoModel, out);
            });
        }
        return;
    };
    if !is_at_work_in_the_bar(ui.ctx()) {
        ui.horizontal_wrapped(|ui| at_work(ui, state, out));
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new(tr!("settings-title")).strong().size(15.0));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let reset = ui.small_button(tr!("settings-reset")).on_hover_text(Action::ResetControls.hint(ui.ctx()));
            if reset.clicked() {
                out.push(Command::Run(Action::ResetControls));
            }
        });
    });
    let (first, later): (Vec<_>, Vec<_>) = in_order().into_iter().partition(|setting| setting.order < table::LATER);
    first.into_iter().for_each(|setting| setting_row(ui, state, limits, setting, out));
    device_row(ui, state, out);
    help_line(ui, &tr!("settings-device.tooltip"), None);
    ui.add_space(4.0);
    negative_panel(ui, state, out);
    ui.add_space(4.0);
    loras_panel(ui, state, out);
    ui.add_space(4.0);
    advanced(ui, state, limits, &later, out);
}

/// The settings that most clips leave alone.
fn advanced(ui: &mut Ui, state: &State, limits: &RequestLimits, later: &[&'static Setting], out: &mut Vec<Command>) {
    // Something wrong that cannot be seen cannot be put right.
    let wrong =
        later.iter().any(|setting| state.form.messages(Place::of(setting)).any(|(level, _)| level == Level::Error));
    let header =
        CollapsingHeader::new(tr!("settings-advanced")).id_salt("advanced").open(Some(state.view.advanced || wrong));
    let response = header.show_unindented(ui, |ui| {
        later.iter().for_each(|setting| setting_row(ui, state, limits, setting, out));
    });
    let hint = Action::ToggleAdvanced.hint(ui.ctx());
    if response.header_response.on_hover_text(hint).clicked() {
        out.push(Command::Run(Action::ToggleAdvanced));
    }
}

/// What a setting does, and what it takes.
fn help_line(ui: &mut Ui, help: &str, range: Option<String>) {
    let text = range.map_or_else(|| help.to_owned(), |range| format!("{help} ({range})"));
    ui.add(egui::Label::new(RichText::new(text).small().weak()).wrap());
    ui.add_space(2.0);
}

/// Generate, and Cancel while there is something to cancel.
pub fn generate_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    // The field itself may be scrolled out of sight.
    if let Some((_, problem)) = state.form.problems.first() {
        let text = tr!("settings-fix-first", problem = problem);
        ui.add(egui::Label::new(RichText::new(text).small().color(ui.visuals().error_fg_color)).wrap());
    }
    if let Some(job) = state.queue.editing.and_then(|id| state.queue.get(id)) {
        ui.horizontal(|ui| {
            let stop =
                ui.small_button(tr!("settings-stop-editing")).on_hover_text(tr!("settings-stop-editing.tooltip"));
            out.extend(stop.clicked().then_some(Command::Queue(QueueCommand::StopEditing)));
            let text = tr!("settings-replaces", clip = job.title());
            ui.add(egui::Label::new(RichText::new(text).small()).truncate());
        });
    }
    let needs: Vec<&str> =
        [&state.form.time_need, &state.form.memory_need].into_iter().flatten().map(String::as_str).collect();
    if !needs.is_empty() {
        let text = needs.join(" · ");
        let label = ui.add(egui::Label::new(RichText::new(&text).small().weak()).truncate());
        label.on_hover_text(format!("{text}\n{}", tr!("settings-needs")));
    }
    let gap = ui.spacing().item_spacing.x;
    let cancel_width = if state.jobs.busy() { 84.0 } else { 0.0 };
    ui.horizontal(|ui| {
        let width = ui.available_width() - if state.jobs.busy() { cancel_width + gap } else { 0.0 };
        primary_button(ui, state, Action::Generate, width, out);
        if state.jobs.busy() {
            let cancelling = state.jobs.running.as_ref().is_some_and(|running| running.cancelling);
            let text = if cancelling { tr!("settings-stopping") } else { Action::Cancel.row().label() };
            let button = egui::Button::new(text).min_size(egui::vec2(cancel_width, 36.0));
            let response = ui.add_enabled(!cancelling, button).on_hover_text(Action::Cancel.hint(ui.ctx()));
            if response.clicked() {
                out.push(Command::Run(Action::Cancel));
            }
        }
    });
}

/// The control of a setting, by what it can be.
fn setting_row(ui: &mut Ui, state: &State, limits: &RequestLimits, setting: &'static Setting, out: &mut Vec<Command>) {
    match &setting.kind {
        Kind::Seed => seed_row(ui, state, setting, out),
        Kind::Side if *setting == table::WIDTH => size_row(ui, state, limits, setting, out),
        Kind::Whole { .. } if *setting == table::FPS => field_row(ui, state, limits, setting, out),
        Kind::Whole { .. } | Kind::Decimal { .. } => slider_row(ui, state, limits, setting, out),
        Kind::Choice { named, other } => choice_row(ui, state, limits, (setting, named, other.as_ref()), out),
        Kind::Flag(words) => flag_row(ui, state, setting, words, out),
        // The prompts have panels of their own, and the height is beside the width.
        Kind::Text | Kind::Side => return,
    }
    let help =
        if *setting == table::WIDTH { tr!("settings-size.tooltip") } else { setting_help(setting.name, setting.help) };
    help_line(ui, &help, range_text(setting, state.form.controls.sampler_used(limits), limits));
}

/// A choice out of a list; what the model cannot do is there and cannot be chosen.
fn choice_row(
    ui: &mut Ui,
    state: &State,
    limits: &RequestLimits,
    (setting, named, other): (&'static Setting, &[Choice], Option<&Other>),
    out: &mut Vec<Command>,
) {
    let label_of = |value: &Value| {
        let name = value.to_string();
        match (named.iter().find(|choice| choice.name == name), other) {
            (Some(choice), _) => choice_name(setting, choice),
            (None, Some(other)) => other_name(setting, other, &name),
            (None, None) => name,
        }
    };
    let chosen = setting.asked(&state.form.controls.asked);
    let own = setting.default_of(limits).filter(|_| setting.is_by_model()).map(|value| {
        let label = label_of(&value);
        tr!("settings-model-default", choice = label.split(" (").next().unwrap_or_default())
    });
    let shown = chosen.as_ref().map(label_of).or_else(|| own.clone()).unwrap_or_default();
    let names = named.iter().map(|choice| Value::Text(choice.name.to_owned()));
    // One that is not in the list came with a clip.
    let foreign = chosen.clone().filter(|value| named.iter().all(|choice| choice.name != value.to_string()));
    let values = names.chain(foreign).map(|value| (label_of(&value), Some(value)));
    let choices: Vec<_> = own.map(|own| (own, None)).into_iter().chain(values).collect();
    let (name, help) = (setting_name(setting.name, setting.label), setting_help(setting.name, setting.help));
    super::numbers::labelled(ui, &name, &help, |ui, label| {
        let combo = ComboBox::from_id_salt(setting.name).width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for (text, value) in choices {
                let problem = value.as_ref().and_then(|value| problem_with(setting, value, limits));
                let button = ui.add_enabled(problem.is_none(), Button::selectable(chosen == value, text));
                if button.on_disabled_hover_text(sentence(&problem.unwrap_or_default())).clicked() {
                    out.push(Command::Choose(setting, value));
                }
            }
        });
        response.response.labelled_by(label).on_hover_text(help.as_str());
    });
    messages(ui, state, Place::of(setting));
}

/// The name of a choice, in the language that was chosen.
fn choice_name(setting: &Setting, choice: &Choice) -> String {
    setting_name(&format!("{}-{}", setting.name, choice.name), choice.label)
}

/// The name of a choice that is none of those with a name.
fn other_name(setting: &Setting, other: &Other, text: &str) -> String {
    match text.split_once(':') {
        Some((interval, depth)) if *setting == table::REUSE => {
            tr!("settings-reuse", interval = interval, depth = depth)
        }
        _ => (other.label)(text),
    }
}

/// Why a choice cannot be made with this model.
fn problem_with(setting: &'static Setting, value: &Value, limits: &RequestLimits) -> Option<String> {
    let mut clip = ClipSettings::default();
    setting.give(&mut clip, value);
    setting.check(&clip, limits).err().map(|error| in_words(&error))
}

fn flag_row(ui: &mut Ui, state: &State, setting: &'static Setting, words: &str, out: &mut Vec<Command>) {
    let (name, help) = (setting_name(setting.name, setting.label), setting_help(setting.name, setting.help));
    let words = setting_name(&format!("{}-words", setting.name), words);
    super::numbers::labelled(ui, &name, &help, |ui, _| {
        let mut on = setting.asked(&state.form.controls.asked) == Some(Value::Flag(true));
        if ui.checkbox(&mut on, words).on_hover_text(help.as_str()).changed() {
            out.push(Command::Choose(setting, Some(Value::Flag(on))));
        }
    });
    messages(ui, state, Place::of(setting));
}

/// What people call a device.
pub fn device_name(state: &State, device: DeviceChoice) -> String {
    match (device, state.form.devices.iter().find(|(choice, _)| *choice == device)) {
        (_, Some((_, name))) => name.clone(),
        (DeviceChoice::Auto, _) => tr!("settings-device-automatic"),
        (DeviceChoice::Cpu, _) => tr!("settings-device-cpu"),
        (DeviceChoice::Gpu(None), _) => tr!("settings-device-best-gpu"),
        (DeviceChoice::Gpu(Some(index)), _) => tr!("settings-device-gpu", index = index),
    }
}

fn device_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let name = |device: DeviceChoice| device_name(state, device);
    let mut choices = vec![DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu(None)];
    let listed = state.form.devices.iter().map(|(choice, _)| *choice);
    for device in listed.chain([state.form.controls.asked.device]) {
        if !choices.contains(&device) {
            choices.push(device);
        }
    }
    super::numbers::labelled(ui, &tr!("settings-device"), &tr!("settings-device.tooltip"), |ui, label| {
        let shown = name(state.form.controls.asked.device);
        let combo = ComboBox::from_id_salt("device").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for device in choices {
                if ui.selectable_label(state.form.controls.asked.device == device, name(device)).clicked() {
                    out.push(Command::SetDevice(device));
                }
            }
        });
        response.response.labelled_by(label);
    });
}
