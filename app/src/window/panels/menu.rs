//! The menu bar, made from the command table, and the name of the model.

use egui::{Align, Button, Layout, MenuBar, RichText, Ui};
use hummingbird_engine::model::ModelSource;

use super::models::percent;
use super::widgets::sentence;
use crate::window::commands::command::Command;
use crate::window::commands::table::{Group, TABLE};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::models::{Doing, ModelStatus};
use crate::window::state::settings::{Scaling, ThemeChoice};

/// The bar at the top.
pub fn menu_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    MenuBar::new().ui(ui, |ui| {
        for group in Group::ALL {
            ui.menu_button(group.title(), |ui| {
                ui.set_min_width(270.0);
                for row in TABLE.iter().filter(|row| row.group == group) {
                    item(ui, state, row.action, out);
                }
                if group == Group::View {
                    ui.separator();
                    view_choices(ui, state, out);
                }
            });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            model_name(ui, state);
            download(ui, state, out);
            training(ui, state, out);
        });
    });
}

fn item(ui: &mut Ui, state: &State, action: Action, out: &mut Vec<Command>) {
    let reason = state.why_not(action);
    let button = Button::new(action.row().label).shortcut_text(action.shortcut_text(ui.ctx()));
    let response = ui.add_enabled(reason.is_none(), button).on_hover_text(action.row().tooltip);
    let response = response.on_disabled_hover_text(sentence(reason.unwrap_or_default()));
    if response.clicked() {
        out.push(Command::Run(action));
        ui.close();
    }
}

fn view_choices(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    for theme in ThemeChoice::ALL {
        if ui.radio(state.view.theme == theme, theme.label()).clicked() {
            out.push(Command::SetTheme(theme));
        }
    }
    ui.separator();
    let mut still = state.view.reduced_motion;
    if ui.checkbox(&mut still, "Reduced motion").on_hover_text("Thumbnails stand still").changed() {
        out.push(Command::SetReducedMotion(still));
    }
    ui.separator();
    for (scaling, label) in [(Scaling::Smooth, "Smooth pixels"), (Scaling::Sharp, "Sharp pixels")] {
        if ui.radio(state.view.scaling == scaling, label).clicked() {
            out.push(Command::SetScaling(scaling));
        }
    }
}

/// What is being downloaded, while the manager is closed too.
fn download(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(task) = state.models.tasks.iter().find(|task| task.doing == Doing::Get) else { return };
    let title = state.models.row(&task.key).map_or(task.key.as_str(), |row| row.title.as_str());
    let percent = task.progress.as_ref().and_then(percent).map(|percent| format!(" ({percent}%)")).unwrap_or_default();
    let response = ui.small_button(format!("Downloading {title}{percent}"));
    if response.on_hover_text(Action::ShowModels.hint(ui.ctx())).clicked() {
        out.push(Command::Run(Action::ShowModels));
    }
}

/// What is being trained, while its page is closed too.
fn training(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(running) = &state.training.running else { return };
    let percent = running.progress.as_ref().and_then(percent).map(|percent| format!(" ({percent}%)"));
    let text = format!("Training {}{}", running.run.plan.name, percent.unwrap_or_default());
    if ui.small_button(text).on_hover_text(Action::ShowTraining.hint(ui.ctx())).clicked() {
        out.push(Command::Run(Action::ShowTraining));
    }
}

fn model_name(ui: &mut Ui, state: &State) {
    match &state.models.status {
        ModelStatus::Opening => {
            ui.label(RichText::new("Opening model…").weak());
        }
        ModelStatus::Failed => {
            ui.label(RichText::new("No model").color(ui.visuals().error_fg_color));
        }
        ModelStatus::Ready(card) => {
            let demo = if state.models.source == ModelSource::Embedded { " · demo model" } else { "" };
            ui.label(RichText::new(format!("{}{demo}", card.name)).strong()).on_hover_text(format!(
                "Licence: {}\nSHA-256: {}\nUp to {} frames, sides up to {} pixels",
                card.licence, card.sha256, card.limits.max_frames, card.limits.max_size
            ));
        }
    }
}
