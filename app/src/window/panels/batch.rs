//! The dialogs of the queue: a batch, and the file that the queue is saved to.

use egui::{ComboBox, Grid, RichText, TextEdit, Ui, vec2};
use hummingbird_engine::settings::{Kind, Setting, table};

use super::dialogs::buttons;
use super::widgets::sentence;
use crate::language::{setting_name, tr};
use crate::when_done::WhenDone;
use crate::window::commands::command::{BatchCommand, Command};
use crate::window::state::State;
use crate::window::state::batch::{Batch, Side};

/// Many jobs out of the form.
pub fn batch(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    ui.heading(tr!("settings-batch-title"));
    ui.label(RichText::new(tr!("settings-batch-others")).weak());
    let batch = &state.queue.batch;
    let label = ui.label(tr!("settings-batch-prompts")).id;
    let mut text = batch.prompts.clone();
    let hint =
        if state.form.controls.asked.prompt.is_empty() { "a red ball" } else { &state.form.controls.asked.prompt };
    let field = TextEdit::multiline(&mut text).desired_rows(3).desired_width(f32::INFINITY).hint_text(hint);
    if ui.add(field).labelled_by(label).changed() {
        out.push(Command::Batch(BatchCommand::Prompts(text)));
    }
    let mut every = batch.every_choice;
    let field = ui.checkbox(&mut every, tr!("settings-batch-every"));
    if field.on_hover_text(tr!("settings-batch-every.tooltip")).changed() {
        out.push(Command::Batch(BatchCommand::EveryChoice(every)));
    }
    Grid::new("batch").num_columns(2).spacing(vec2(12.0, 8.0)).show(ui, |ui| {
        let label = ui.label(tr!("settings-batch-seeds")).id;
        let mut text = batch.seeds.clone();
        let field = ui.add(TextEdit::singleline(&mut text).desired_width(80.0).hint_text("1")).labelled_by(label);
        if field.on_hover_text(tr!("settings-batch-seeds.tooltip")).changed() {
            out.push(Command::Batch(BatchCommand::Seeds(text)));
        }
        ui.end_row();
        let names = [tr!("settings-batch-rows"), tr!("settings-batch-columns")];
        for (index, (name, side)) in names.into_iter().zip(&batch.sides).enumerate() {
            let label = ui.label(name).id;
            ui.horizontal(|ui| side_row(ui, (index, side), label, out));
            ui.end_row();
        }
    });
    match state.batch_jobs() {
        Ok(jobs) => {
            let count = jobs.len();
            let grid = jobs.iter().any(|(_, plan)| plan.note.cell.is_some());
            let text = if grid && count != 1 {
                tr!("settings-batch-joined", count = count)
            } else {
                tr!("settings-batch-clips", count = count)
            };
            ui.label(text);
            buttons(ui, Some(&tr!("settings-batch-add")), &tr!("settings-batch-cancel"), out);
        }
        Err(problem) => {
            ui.colored_label(ui.visuals().warn_fg_color, sentence(&problem));
            buttons(ui, None, &tr!("settings-batch-cancel"), out);
        }
    }
}

fn side_row(ui: &mut Ui, (index, side): (usize, &Side), label: egui::Id, out: &mut Vec<Command>) {
    let name_of = |setting: Option<&'static Setting>| {
        setting.map_or_else(|| tr!("settings-batch-none"), |setting| setting_name(setting.name, setting.label))
    };
    let combo = ComboBox::from_id_salt(("side", index)).selected_text(name_of(side.setting)).width(150.0);
    let response = combo.show_ui(ui, |ui| {
        let choices = std::iter::once(None).chain(Batch::settings().map(Some));
        for choice in choices {
            if ui.selectable_label(side.setting == choice, name_of(choice)).clicked() {
                out.push(Command::Batch(BatchCommand::Setting(index, choice)));
            }
        }
    });
    response.response.labelled_by(label);
    let Some(setting) = side.setting else { return };
    let mut text = side.values.clone();
    let field = match setting.kind {
        Kind::Text => TextEdit::multiline(&mut text).desired_rows(2),
        _ => TextEdit::singleline(&mut text),
    };
    let width = ui.available_width();
    let field = ui.add(field.desired_width(width).hint_text(example(setting)));
    let name = if index == 0 { tr!("settings-batch-rows.values") } else { tr!("settings-batch-columns.values") };
    if field.on_hover_text(tr!("settings-batch-values")).accessible_name(name).changed() {
        out.push(Command::Batch(BatchCommand::Values(index, text)));
    }
}

/// Values that a setting can have.
fn example(setting: &Setting) -> String {
    match &setting.kind {
        Kind::Choice { named, .. } => named.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", "),
        // As it is typed in every language.
        Kind::Flag(_) => "on, off".to_owned(),
        Kind::Text => tr!("settings-batch-texts"),
        _ if *setting == table::STEPS => "4, 8, 20".to_owned(),
        _ => tr!("settings-batch-numbers"),
    }
}

/// What happens when the queue is done.
pub fn when_done(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    ui.heading(tr!("settings-when-done-title"));
    let (chosen, command) = (state.queue.when_done, &state.queue.done_command);
    for what in WhenDone::ALL {
        let text = match what {
            WhenDone::Nothing => tr!("settings-when-done-nothing"),
            WhenDone::Sleep => tr!("settings-when-done-sleep"),
            WhenDone::Command => tr!("settings-when-done-command"),
        };
        if ui.radio(chosen == what, text).clicked() {
            out.push(Command::SetWhenDone(what, command.clone()));
        }
    }
    if chosen == WhenDone::Command {
        ui.horizontal(|ui| {
            let label = ui.label(tr!("settings-when-done-line")).id;
            let mut text = command.clone();
            let field = TextEdit::singleline(&mut text).desired_width(ui.available_width());
            if ui.add(field).labelled_by(label).changed() {
                out.push(Command::SetWhenDone(chosen, text));
            }
        });
    }
    ui.add_space(8.0);
    buttons(ui, None, &tr!("settings-when-done-close"), out);
}
