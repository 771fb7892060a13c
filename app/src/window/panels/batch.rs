//! The dialogs of the queue: a batch, and the file that the queue is saved to.

use egui::{ComboBox, Grid, RichText, TextEdit, Ui, vec2};
use hummingbird_engine::settings::{Kind, Setting, table};

use super::dialogs::{buttons, path_field};
use super::widgets::sentence;
use crate::when_done::WhenDone;
use crate::window::commands::command::{BatchCommand, Command};
use crate::window::state::State;
use crate::window::state::batch::{Batch, Side};

/// Many jobs out of the form.
pub fn batch(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    ui.heading("Add a batch");
    ui.label(RichText::new("All other settings are those of the form").weak());
    let batch = &state.queue.batch;
    let label = ui.label("Prompts, one a line").id;
    let mut text = batch.prompts.clone();
    let hint =
        if state.form.controls.asked.prompt.is_empty() { "a red ball" } else { &state.form.controls.asked.prompt };
    let field = TextEdit::multiline(&mut text).desired_rows(3).desired_width(f32::INFINITY).hint_text(hint);
    if ui.add(field).labelled_by(label).changed() {
        out.push(Command::Batch(BatchCommand::Prompts(text)));
    }
    let mut every = batch.every_choice;
    let every_text = "Every combination of the choices in {a|b}";
    if ui.checkbox(&mut every, every_text).on_hover_text("Otherwise each clip takes one of them by its seed").changed()
    {
        out.push(Command::Batch(BatchCommand::EveryChoice(every)));
    }
    Grid::new("batch").num_columns(2).spacing(vec2(12.0, 8.0)).show(ui, |ui| {
        let label = ui.label("Seeds").id;
        let mut text = batch.seeds.clone();
        let field = ui.add(TextEdit::singleline(&mut text).desired_width(80.0).hint_text("1")).labelled_by(label);
        if field.on_hover_text("How many clips of each prompt, from the seed of the form on").changed() {
            out.push(Command::Batch(BatchCommand::Seeds(text)));
        }
        ui.end_row();
        for (index, (name, side)) in ["Rows of a grid", "Columns of a grid"].into_iter().zip(&batch.sides).enumerate() {
            let label = ui.label(name).id;
            ui.horizontal(|ui| side_row(ui, (index, name, side), label, out));
            ui.end_row();
        }
    });
    match state.batch_jobs() {
        Ok(jobs) => {
            let count = jobs.len();
            let grid = jobs.iter().any(|(_, plan)| plan.note.cell.is_some());
            let more = if grid { ", joined into one clip with captions when they are finished" } else { "" };
            let text = if count == 1 { "1 clip".to_owned() } else { format!("{count} clips{more}") };
            ui.label(text);
            buttons(ui, Some("Add to the queue"), "Cancel", out);
        }
        Err(problem) => {
            ui.colored_label(ui.visuals().warn_fg_color, sentence(&problem));
            buttons(ui, None, "Cancel", out);
        }
    }
}

fn side_row(ui: &mut Ui, (index, name, side): (usize, &str, &Side), label: egui::Id, out: &mut Vec<Command>) {
    let shown = side.setting.map_or("None", |setting| setting.label);
    let combo = ComboBox::from_id_salt(("side", index)).selected_text(shown).width(150.0);
    let response = combo.show_ui(ui, |ui| {
        let choices = std::iter::once(None).chain(Batch::settings().map(Some));
        for choice in choices {
            let text = choice.map_or("None", |setting| setting.label);
            if ui.selectable_label(side.setting == choice, text).clicked() {
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
    if field
        .on_hover_text("Commas stand between values")
        .accessible_name(format!("Values of {}", name.to_lowercase()))
        .changed()
    {
        out.push(Command::Batch(BatchCommand::Values(index, text)));
    }
}

/// Values that a setting can have.
fn example(setting: &Setting) -> String {
    match &setting.kind {
        Kind::Choice { named, .. } => named.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", "),
        Kind::Flag(_) => "on, off".to_owned(),
        Kind::Text => "One a line".to_owned(),
        _ if *setting == table::STEPS => "4, 8, 20".to_owned(),
        _ => "Commas between numbers".to_owned(),
    }
}

/// What happens when the queue is done.
pub fn when_done(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    ui.heading("When the queue is done");
    let (chosen, command) = (state.queue.when_done, &state.queue.done_command);
    for what in WhenDone::ALL {
        let text = match what {
            WhenDone::Nothing => "Nothing more",
            WhenDone::Sleep => "The computer sleeps",
            WhenDone::Command => "Run a command",
        };
        if ui.radio(chosen == what, text).clicked() {
            out.push(Command::SetWhenDone(what, command.clone()));
        }
    }
    if chosen == WhenDone::Command {
        ui.horizontal(|ui| {
            let label = ui.label("Command").id;
            let mut text = command.clone();
            let field = TextEdit::singleline(&mut text).desired_width(ui.available_width());
            if ui.add(field).labelled_by(label).changed() {
                out.push(Command::SetWhenDone(chosen, text));
            }
        });
    }
    ui.add_space(8.0);
    buttons(ui, None, "Close", out);
}

/// Where the queue is saved.
pub fn save_queue(ui: &mut Ui, state: &State, path: &str, problem: Option<&str>, out: &mut Vec<Command>) {
    ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    ui.heading("Save the queue");
    ui.label(RichText::new("The file can be loaded again, or run without a window: hummingbird queue run").weak());
    ui.horizontal(|ui| {
        let label = ui.label("File").id;
        path_field(ui, state, path, label, out);
    });
    if let Some(problem) = problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    buttons(ui, Some("Save"), "Cancel", out);
}
