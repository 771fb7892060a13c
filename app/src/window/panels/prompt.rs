//! The prompt, the negative prompt, and the demo model's words as chips.

use egui::{Button, CollapsingHeader, Id, RichText, TextEdit, Ui, vec2};
use hummingbird_engine::request::SamplerKind;
use hummingbird_engine::settings::table;

use super::widgets::{action_button, messages};
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::view::FocusTarget;
use crate::window::state::words::{WordKind, words_in};

/// The prompt's text field.
pub fn prompt_id() -> Id {
    Id::unique("prompt")
}

/// The negative prompt's text field.
pub fn negative_id() -> Id {
    Id::unique("negative prompt")
}

/// The prompt with its messages.
pub fn prompt_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let label = ui.label(RichText::new(table::PROMPT.label).strong().size(15.0));
    let mut prompt = state.form.controls.asked.prompt.clone();
    let edit = TextEdit::multiline(&mut prompt)
        .id(prompt_id())
        .desired_width(f32::INFINITY)
        .desired_rows(4)
        .hint_text(table::PROMPT.long_help.replace('"', ""));
    let response = ui.add(edit).labelled_by(label.id);
    if state.view.focus == Some(FocusTarget::Prompt) {
        response.request_focus();
        out.push(Command::FocusTaken);
    }
    if response.changed() {
        out.push(Command::SetPrompt(prompt));
    }
    messages(ui, state, Place::of(&table::PROMPT));
}

/// The negative prompt, and a word where the sampler has no use for it.
pub fn negative_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let label = ui.label(table::NEGATIVE.label).on_hover_text(table::NEGATIVE.help);
    let mut negative = state.form.controls.asked.negative.clone();
    let edit = TextEdit::multiline(&mut negative)
        .id(negative_id())
        .desired_width(f32::INFINITY)
        .desired_rows(2)
        .hint_text(table::NEGATIVE.help);
    let response = ui.add(edit).labelled_by(label.id);
    if state.view.focus == Some(FocusTarget::Negative) {
        response.request_focus();
        out.push(Command::FocusTaken);
    }
    if response.changed() {
        out.push(Command::SetNegative(negative));
    }
    let turbo =
        state.models.limits().is_some_and(|limits| state.form.controls.sampler_used(limits) == SamplerKind::Turbo);
    if turbo && !state.form.controls.asked.negative.trim().is_empty() {
        let text = "The Turbo sampler ignores the negative prompt; choose DDIM to use it";
        ui.label(RichText::new(text).small().color(ui.visuals().warn_fg_color));
    }
}

/// The demo model's words. Models without a list of words have no such panel.
pub fn words_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(vocabulary) = state.models.card().and_then(|card| card.vocabulary.as_ref()) else { return };
    let used = words_in(&state.form.controls.asked.prompt, vocabulary);
    // In a low window the settings are worth more than the words, which are one click away.
    let open = ui.ctx().content_rect().height() > 640.0;
    CollapsingHeader::new("Words the demo model knows").id_salt("words").default_open(open).show_unindented(
        ui,
        |ui| {
            let note = "The demo model draws one subject in one colour, with one motion, in one scene. Click words to build a \
                        prompt. Full models understand free text.";
            ui.label(RichText::new(note).small().weak());
            // Set out here: the height of the rows is taken from the style around them.
            let before = ui.spacing().clone();
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            ui.spacing_mut().button_padding = vec2(6.0, 1.0);
            ui.spacing_mut().interact_size.y = 20.0;
            for kind in WordKind::ALL {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(kind.title()).small().weak());
                    for word in kind.words(vocabulary) {
                        let chosen = used.contains(&(kind, word.clone()));
                        let chip = Button::selectable(chosen, RichText::new(word).small())
                            .corner_radius(10.0)
                            .frame_when_inactive(true);
                        if ui.add(chip).clicked() {
                            out.push(Command::UseWord(kind, word.clone()));
                        }
                    }
                });
            }
            *ui.spacing_mut() = before;
            ui.horizontal(|ui| {
                action_button(ui, state, Action::Surprise, out);
                action_button(ui, state, Action::ShowModels, out);
            });
        },
    );
}
