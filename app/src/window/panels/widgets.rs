//! Buttons that know their command, and other small pieces that several panels share.

use egui::{Button, Response, RichText, Ui, vec2};

use super::icons::{self, Icon};
use super::theme;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::view::Level;

/// Width of a button with a picture, in points.
pub const BUTTON_WIDTH: f32 = 30.0;

/// A button with the action's name, tooltip and shortcut.
pub fn action_button(ui: &mut Ui, state: &State, action: Action, out: &mut Vec<Command>) -> Response {
    finish(ui, state, action, Button::new(action.row().label()), out)
}

/// The one button that the eye should find first.
pub fn primary_button(ui: &mut Ui, state: &State, action: Action, width: f32, out: &mut Vec<Command>) -> Response {
    let text = RichText::new(action.row().label()).color(theme::on_accent(ui)).strong().size(16.0);
    let button = Button::new(text).fill(theme::accent(ui)).min_size(vec2(width, 36.0));
    finish(ui, state, action, button, out)
}

/// A button with a picture; its name for screen readers is the action's.
pub fn icon_button(ui: &mut Ui, state: &State, action: Action, icon: Icon, out: &mut Vec<Command>) -> Response {
    icon_toggle(ui, state, action, icon, None, out)
}

/// As [`icon_button`], and shown pressed while `on` is `Some(true)`.
pub fn icon_toggle(
    ui: &mut Ui,
    state: &State,
    action: Action,
    icon: Icon,
    on: Option<bool>,
    out: &mut Vec<Command>,
) -> Response {
    let button = Button::new("").min_size(vec2(BUTTON_WIDTH, 28.0)).selected(on == Some(true));
    let response = finish(ui, state, action, button, out).accessible_name(action.row().label());
    if let Some(on) = on {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_toggled(on.into()));
    }
    let visuals = ui.style().interact(&response);
    let colour = match (response.enabled(), on) {
        (false, _) => ui.visuals().weak_text_color().gamma_multiply(0.6),
        (true, Some(true)) => ui.visuals().selection.stroke.color,
        _ => visuals.fg_stroke.color,
    };
    icons::paint(ui.painter(), icon, response.rect.shrink(7.0), colour);
    response
}

/// A small button with a picture that pushes `command`; `name` is its tooltip and its name for screen readers.
pub fn small_icon_button(ui: &mut Ui, icon: Icon, name: &str, command: Command, out: &mut Vec<Command>) -> Response {
    let button = Button::new("").min_size(vec2(22.0, 22.0)).frame_when_inactive(false);
    let response = ui.add(button).on_hover_text(name).accessible_name(name);
    let colour = ui.style().interact(&response).fg_stroke.color;
    icons::paint(ui.painter(), icon, egui::Rect::from_center_size(response.rect.center(), vec2(11.0, 11.0)), colour);
    if response.clicked() {
        out.push(command);
    }
    response
}

/// Everything that is to be said at a place of the window, each line with its grade in colour and in words.
pub fn messages(ui: &mut Ui, state: &State, place: Place) {
    for (level, text) in state.form.messages(place) {
        let colour = theme::level_colour(ui, level);
        ui.horizontal_top(|ui| {
            let icon = if level == Level::Info { Icon::Info } else { Icon::Warning };
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), egui::Sense::hover());
            icons::paint(ui.painter(), icon, rect, colour);
            ui.add(egui::Label::new(RichText::new(sentence(text)).small().color(colour)).wrap());
        });
    }
}

/// A text that begins a line, with a capital letter. Errors and notices are parts of sentences where they are made ("the disk is
/// full"); a first word that may be a name of a file stays as it is.
pub fn sentence(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',', ';']);
    let is_word = !first.is_empty() && first.chars().all(|letter| letter.is_lowercase() || letter == '\'');
    let mut letters = text.chars();
    match letters.next().filter(|_| is_word) {
        Some(letter) => letter.to_uppercase().chain(letters).collect(),
        None => text.to_owned(),
    }
}

pub use crate::units::duration;

fn finish(ui: &mut Ui, state: &State, action: Action, button: Button<'_>, out: &mut Vec<Command>) -> Response {
    let reason = state.why_not(action);
    let hint = action.hint(ui.ctx());
    let response = ui.add_enabled(reason.is_none(), button).on_hover_text(&hint);
    let response = response.on_disabled_hover_text(format!("{hint}: {}", reason.unwrap_or_default()));
    if response.clicked() {
        out.push(Command::Run(action));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{duration, sentence};

    #[test]
    fn sentences_begin_with_a_capital_and_names_of_files_stay() {
        let cases = [
            ("the disk is full", "The disk is full"),
            ("saved: /clips/a.gif", "Saved: /clips/a.gif"),
            ("a.safetensors does not fit", "a.safetensors does not fit"),
            ("\"a red ball\" was cancelled", "\"a red ball\" was cancelled"),
            ("T2V-Turbo was restored", "T2V-Turbo was restored"),
            ("état", "État"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text), expected);
        }
    }

    #[test]
    fn durations_read_well() {
        for (secs, text) in [(0.2, "0 s"), (59.4, "59 s"), (200.0, "3 min 20 s"), (3900.0, "1 h 5 min"), (-1.0, "0 s")]
        {
            assert_eq!(duration(secs), text);
        }
    }
}
