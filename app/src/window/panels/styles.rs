//! The dialog of styles: the list with what is on, the style that is shown, and what can be done with them.

use egui::{Button, Label, RichText, ScrollArea, TextEdit, Ui, vec2};
use hummingbird_engine::jobs::styles::{MOST_STYLES, Style};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::widgets::sentence;
use crate::language::tr;
use crate::window::commands::command::{Command, PromptingCommand, StyleCommand};
use crate::window::state::State;
use crate::window::state::style_page::{StyleProblem, StylesPage};

/// Below this width, in points, the list stands above the style.
const NARROW: f32 = 480.0;

fn push(out: &mut Vec<Command>, command: StyleCommand) {
    out.push(Command::Prompting(PromptingCommand::Styles(command)));
}

/// All styles.
pub fn styles(ui: &mut Ui, state: &State, page: &StylesPage, out: &mut Vec<Command>) {
    set_width(ui, 660.0);
    ui.heading(tr!("prompting-styles"));
    ui.add(Label::new(RichText::new(tr!("prompting-styles-about")).weak()).wrap());
    ui.add_space(4.0);
    let height = scrolled_height(ui, 320.0).min(300.0);
    if ui.available_width() < NARROW {
        list(ui, state, page, height.min(160.0), out);
        ui.separator();
        shown(ui, page, out);
    } else {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(230.0);
                list(ui, state, page, height, out);
            });
            ui.add_space(8.0);
            ui.vertical(|ui| shown(ui, page, out));
        });
    }
    ui.add_space(4.0);
    below(ui, state, page, out);
    let styled = state.form.styled();
    if !styled.prompt.trim().is_empty() && !state.form.styles.on.is_empty() {
        let text = tr!("prompting-given", prompt = styled.prompt);
        ui.add(Label::new(RichText::new(text).small().weak()).wrap());
    }
    ui.add_space(8.0);
    buttons(ui, None, &tr!("dialogs-close"), out);
}

fn list(ui: &mut Ui, state: &State, page: &StylesPage, height: f32, out: &mut Vec<Command>) {
    let styles = &state.form.styles;
    ScrollArea::vertical().id_salt("styles").max_height(height).min_scrolled_height(height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        if styles.styles.is_empty() {
            ui.label(RichText::new(tr!("prompting-no-styles")).weak());
        }
        for style in &styles.styles {
            let name = style.name.as_str();
            ui.horizontal(|ui| {
                let mut on = styles.on.contains(&style.name);
                let check = ui.checkbox(&mut on, "").accessible_name(tr!("prompting-style-use", name = name));
                if check.changed() {
                    push(out, StyleCommand::Set(name.to_owned(), on));
                }
                let is_shown = page.shown.as_deref() == Some(name);
                let button = Button::selectable(is_shown, name).truncate().min_size(vec2(ui.available_width(), 0.0));
                if ui.add(button).accessible_name(tr!("prompting-style-show", name = name)).clicked() && !is_shown {
                    push(out, StyleCommand::Show(name.to_owned()));
                }
            });
        }
    });
}

/// The style that is edited.
fn shown(ui: &mut Ui, page: &StylesPage, out: &mut Vec<Command>) {
    if page.shown.is_none() {
        return;
    }
    let mut draft = page.draft.clone();
    let mut left = false;
    let mut changed = false;
    let mut line = |ui: &mut Ui, name: String, text: &mut String, rows: usize, hint: &str| {
        let label = ui.label(&name);
        let edit = match rows {
            1 => TextEdit::singleline(text),
            _ => TextEdit::multiline(text).desired_rows(rows),
        };
        let edit = edit.id_salt(&name).desired_width(f32::INFINITY).hint_text(hint);
        let response = ui.add(edit).labelled_by(label.id);
        changed |= response.changed();
        left |= response.lost_focus();
    };
    let hint = tr!("prompting-style-prompt-hint");
    let Style { name, prompt, negative } = &mut draft;
    line(ui, tr!("prompting-style-name"), name, 1, "");
    line(ui, tr!("prompting-style-prompt"), prompt, 4, &hint);
    line(ui, tr!("prompting-style-negative"), negative, 2, "");
    if changed {
        push(out, StyleCommand::Draft(draft));
    }
    if left {
        push(out, StyleCommand::Keep);
    }
    if let Some(problem) = page.problem {
        let text = match problem {
            StyleProblem::NoName => tr!("prompting-style-no-name"),
            StyleProblem::Taken => tr!("prompting-style-taken"),
        };
        ui.label(RichText::new(sentence(&text)).color(ui.visuals().warn_fg_color));
    }
}

fn below(ui: &mut Ui, state: &State, page: &StylesPage, out: &mut Vec<Command>) {
    let is_shown = page.shown.is_some();
    let has_room = state.form.styles.styles.len() < MOST_STYLES;
    let can_undo = !state.prompting.styles_before.is_empty();
    let rows = [
        (tr!("prompting-style-new"), has_room, StyleCommand::New),
        (tr!("prompting-style-duplicate"), is_shown && has_room, StyleCommand::Duplicate),
        (tr!("prompting-style-delete"), is_shown, StyleCommand::Delete),
        (tr!("prompting-style-undo"), can_undo, StyleCommand::Undo),
        (tr!("prompting-style-import"), has_room, StyleCommand::Import),
        (tr!("prompting-style-export"), is_shown, StyleCommand::Export),
        (tr!("prompting-style-shipped"), has_room, StyleCommand::AddShipped),
    ];
    ui.horizontal_wrapped(|ui| {
        for (name, can, command) in rows {
            if ui.add_enabled(can, Button::new(name)).clicked() {
                push(out, command);
            }
        }
    });
}
