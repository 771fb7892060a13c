//! The prompt, the negative prompt, and the demo model's words as chips.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{CollapsingHeader, Galley, Id, RichText, Stroke, TextBuffer, TextEdit, TextStyle, Ui, UiBuilder, vec2};
use hummingbird_engine::request::SamplerKind;
use hummingbird_engine::settings::table;

use super::chips::chips;
use super::widgets::{action_button, messages};
use crate::language::{setting_help, setting_name, tr};
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::prompt_reading::{Mark, PromptReading};
use crate::window::state::view::FocusTarget;
use crate::window::state::words::{WordKind, words_in};

/// Below this height of the window, in points, the prompt has fewer rows.
const LOW: f32 = 420.0;

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
    let label = ui.label(RichText::new(setting_name(table::PROMPT.name, table::PROMPT.label)).strong().size(15.0));
    let mut prompt = state.form.controls.asked.prompt.clone();
    let mut layouter =
        |ui: &Ui, text: &dyn TextBuffer, width: f32| marked(ui, text.as_str(), &state.form.prompt, width);
    let edit = TextEdit::multiline(&mut prompt)
        .id(prompt_id())
        .desired_width(f32::INFINITY)
        .desired_rows(if ui.ctx().content_rect().height() < LOW { 2 } else { 4 })
        .layouter(&mut layouter)
        .hint_text(tr!("prompt-hint"));
    let response = ui.add(edit).labelled_by(label.id);
    if state.view.focus == Some(FocusTarget::Prompt) {
        response.request_focus();
        out.push(Command::FocusTaken);
    }
    if response.changed() {
        out.push(Command::SetPrompt(prompt));
    }
    reading_below(ui, &state.form.prompt);
    messages(ui, state, Place::of(&table::PROMPT));
}

/// Number of tokens, and the words that the model does not know.
fn reading_below(ui: &mut Ui, reading: &PromptReading) {
    let warning = ui.visuals().warn_fg_color;
    let small = |text: String| RichText::new(text).small();
    if let Some(text) = reading.text_below() {
        let text = small(text);
        ui.label(if reading.is_cut() { text.color(warning) } else { text.weak() });
    }
    let unknown = reading.unknown_words();
    if !unknown.is_empty() {
        let text = tr!("prompt-unknown", words = unknown.join(", "));
        ui.label(small(text).color(warning));
    }
}

/// The prompt with its marks: what is cut off is struck out, unknown words are underlined.
fn marked(ui: &Ui, text: &str, reading: &PromptReading, width: f32) -> Arc<Galley> {
    let visuals = ui.visuals();
    let font_id = TextStyle::Body.resolve(ui.style());
    let plain = TextFormat {
        line_height: Some(ui.fonts_mut(|fonts| fonts.row_height(&font_id)) + ui.spacing().extra_text_line_spacing),
        ..TextFormat::simple(font_id, visuals.widgets.inactive.text_color())
    };
    let mut job = LayoutJob { keep_trailing_whitespace: true, ..LayoutJob::default() };
    job.wrap.max_width = width;
    let mut done = 0;
    // A key that was just pressed is not read yet.
    let marks = if reading.text == text { reading.marks.as_slice() } else { &[] };
    for (place, mark) in marks {
        job.append(&text[done..place.start], 0.0, plain.clone());
        let format = match mark {
            Mark::CutOff => TextFormat {
                color: visuals.weak_text_color(),
                strikethrough: Stroke::new(1.0, visuals.weak_text_color()),
                ..plain.clone()
            },
            Mark::Unknown => TextFormat { underline: Stroke::new(1.5, visuals.warn_fg_color), ..plain.clone() },
        };
        job.append(&text[place.clone()], 0.0, format);
        done = place.end;
    }
    job.append(&text[done..], 0.0, plain);
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// The negative prompt, and a word where the sampler has no use for it.
pub fn negative_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let [name, help] = [
        setting_name(table::NEGATIVE.name, table::NEGATIVE.label),
        setting_help(table::NEGATIVE.name, table::NEGATIVE.help),
    ];
    let label = ui.label(name).on_hover_text(&help);
    let mut negative = state.form.controls.asked.negative.clone();
    let edit = TextEdit::multiline(&mut negative)
        .id(negative_id())
        .desired_width(f32::INFINITY)
        .desired_rows(2)
        .hint_text(help);
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
        let text = tr!("prompt-negative-ignored");
        ui.label(RichText::new(text).small().color(ui.visuals().warn_fg_color));
    }
}

/// The demo model's words. Models without a list of words have no such panel.
pub fn words_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let Some(vocabulary) = state.models.card().and_then(|card| card.vocabulary.as_ref()) else { return };
    let used = words_in(&state.form.controls.asked.prompt, vocabulary);
    // In a low window the settings are worth more than the words, which are one click away.
    let open = ui.ctx().content_rect().height() > 640.0;
    CollapsingHeader::new(tr!("prompt-words")).id_salt("words").default_open(open).show_unindented(ui, |ui| {
        ui.label(RichText::new(tr!("prompt-words-note")).small().weak());
        // Set out here: the height of the rows is taken from the style around them.
        let before = ui.spacing().clone();
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        ui.spacing_mut().button_padding = vec2(6.0, 1.0);
        ui.spacing_mut().interact_size.y = 20.0;
        for kind in WordKind::ALL {
            let group = Id::unique(("words", kind));
            // An id of its own: what is said below the prompt comes and goes, and must not take the keyboard away.
            ui.scope_builder(UiBuilder::new().scope_id(group), |ui| {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(kind.title()).small().weak());
                    let words = kind.words(vocabulary);
                    let marked = words.iter().map(|word| (word.as_str(), used.contains(&(kind, word.clone()))));
                    if let Some(word) = chips(ui, group, marked).map(|at| &words[at]) {
                        out.push(Command::UseWord(kind, word.clone()));
                    }
                });
            });
        }
        *ui.spacing_mut() = before;
        ui.horizontal(|ui| {
            action_button(ui, state, Action::Surprise, out);
            action_button(ui, state, Action::ShowModels, out);
        });
    });
}
