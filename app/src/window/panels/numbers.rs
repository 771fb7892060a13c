//! Number fields: what is typed stays as typed, is checked at once, and is also reached by slider and arrow keys.

use egui::{ComboBox, Id, Key, Modifiers, Response, RichText, Slider, TextEdit, Ui, vec2};
use hummingbird_engine::request::RequestLimits;
use hummingbird_engine::settings::{Default as Unsaid, Setting, table};

use super::icons::Icon;
use super::theme;
use super::widgets::{BUTTON_WIDTH, icon_button, icon_toggle, messages};
use crate::language::{setting_help, setting_name, tr};
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::{Place, default, range, size_choices, trimmed};
use crate::window::state::view::Level;

/// Width of the labels in front of the fields, in points.
const LABEL_WIDTH: f32 = 70.0;
/// Width of a number field, in points.
const FIELD_WIDTH: f32 = 58.0;

/// Height of a slider, which is what its handle is drawn by, in points.
pub const SLIDER_HEIGHT: f32 = 18.0;

/// A row with a label; `content` gets the label's id to name its widget by.
pub fn labelled(ui: &mut Ui, text: &str, tooltip: &str, content: impl FnOnce(&mut Ui, Id)) {
    ui.horizontal(|ui| {
        let label = ui
            .allocate_ui_with_layout(
                vec2(LABEL_WIDTH, ui.spacing().interact_size.y),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(LABEL_WIDTH);
                    ui.label(text).on_hover_text(tooltip)
                },
            )
            .inner;
        content(ui, label.id);
    });
}

/// Name and help of a setting, in the language of the window.
fn words_of(setting: &Setting) -> (String, String) {
    (setting_name(setting.name, setting.label), setting_help(setting.name, setting.help))
}

/// Label, slider and field.
pub fn slider_row(
    ui: &mut Ui,
    state: &State,
    limits: &RequestLimits,
    setting: &'static Setting,
    out: &mut Vec<Command>,
) {
    let (name, help) = words_of(setting);
    labelled(ui, &name, &help, |ui, label| {
        let (least, most, step) = range(setting, state.form.controls.sampler_used(limits), limits);
        let before = state.form.controls.number(setting, limits);
        let mut value = before;
        ui.spacing_mut().slider_width = (ui.available_width() - FIELD_WIDTH - ui.spacing().item_spacing.x).max(40.0);
        let slider = Slider::new(&mut value, least..=most).step_by(step).show_value(false);
        let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, SLIDER_HEIGHT);
        let response = ui.add(slider).on_hover_text(&help).accessible_name(tr!("window-slider", name = name.as_str()));
        ui.spacing_mut().interact_size.y = height;
        if response.changed() && (value - before).abs() > f64::EPSILON {
            out.push(Command::SetNumber(setting, trimmed(value)));
        }
        number_edit(ui, state, limits, setting, FIELD_WIDTH, out).labelled_by(label);
    });
    messages(ui, state, Place::of(setting));
}

/// Label and field.
pub fn field_row(
    ui: &mut Ui,
    state: &State,
    limits: &RequestLimits,
    setting: &'static Setting,
    out: &mut Vec<Command>,
) {
    let (name, help) = words_of(setting);
    labelled(ui, &name, &help, |ui, label| {
        let response = number_edit(ui, state, limits, setting, FIELD_WIDTH, out).labelled_by(label);
        response.on_hover_text(&help);
        let fps = state.form.controls.number(&table::FPS, limits);
        let frames = state.form.controls.number(&table::FRAMES, limits);
        if state.form.problems.is_empty() && fps > 0.0 {
            ui.label(RichText::new(tr!("window-seconds-long", seconds = format!("{:.1}", frames / fps))).weak());
        }
    });
    messages(ui, state, Place::of(setting));
}

/// The seed with its lock and its dice.
pub fn seed_row(ui: &mut Ui, state: &State, setting: &'static Setting, out: &mut Vec<Command>) {
    let Some(limits) = state.models.limits() else { return };
    let (name, help) = words_of(setting);
    labelled(ui, &name, &help, |ui, label| {
        let buttons = 2.0 * (BUTTON_WIDTH + ui.spacing().item_spacing.x);
        let width = ui.available_width() - buttons;
        number_edit(ui, state, limits, setting, width, out).labelled_by(label);
        let locked = state.form.controls.seed_locked;
        let icon = if locked { Icon::Locked } else { Icon::Unlocked };
        icon_toggle(ui, state, Action::ToggleSeedLock, icon, Some(locked), out);
        icon_button(ui, state, Action::RollSeed, Icon::Dice, out);
    });
    messages(ui, state, Place::of(setting));
}

/// Width and height, and a list of sizes that the model takes.
pub fn size_row(ui: &mut Ui, state: &State, limits: &RequestLimits, setting: &'static Setting, out: &mut Vec<Command>) {
    let (name, _) = words_of(setting);
    labelled(ui, &name, &tr!("window-width-height"), |ui, _| {
        number_edit(ui, state, limits, &table::WIDTH, FIELD_WIDTH, out).accessible_name(words_of(&table::WIDTH).1);
        ui.label("×");
        number_edit(ui, state, limits, &table::HEIGHT, FIELD_WIDTH, out).accessible_name(words_of(&table::HEIGHT).1);
        let current =
            (state.form.controls.number(&table::WIDTH, limits), state.form.controls.number(&table::HEIGHT, limits));
        let combo = ComboBox::from_id_salt("sizes").width(ui.available_width()).height(320.0);
        let combo = combo.selected_text(tr!("window-sizes"));
        let response = combo.show_ui(ui, |ui| {
            for (width, height) in size_choices(limits) {
                let own = (width, height) == (limits.default_width, limits.default_height);
                let text = if own {
                    tr!("window-size-of-model", width = width, height = height)
                } else {
                    format!("{width} × {height}")
                };
                let chosen = current == (f64::from(width), f64::from(height));
                if ui.selectable_label(chosen, text).clicked() {
                    out.push(Command::SetSize(width, height));
                }
            }
        });
        let hint = tr!("window-sizes.tooltip");
        response.response.on_hover_text(&hint).accessible_name(hint);
    });
    messages(ui, state, Place::of(setting));
}

fn number_edit(
    ui: &mut Ui,
    state: &State,
    limits: &RequestLimits,
    setting: &'static Setting,
    width: f32,
    out: &mut Vec<Command>,
) -> Response {
    let id = Id::unique(("number", setting.name));
    if ui.memory(|memory| memory.has_focus(id)) {
        for (key, steps) in [(Key::ArrowUp, 1), (Key::ArrowDown, -1), (Key::PageUp, 10), (Key::PageDown, -10)] {
            let presses = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
            out.extend((0..presses).map(|_| Command::Nudge(setting, steps)));
        }
    }
    let mut text = state.form.controls.text(setting).to_owned();
    let hint = match setting.default {
        Unsaid::Random => tr!("window-random"),
        _ => trimmed(default(setting, limits)),
    };
    let wrong = state.form.messages(Place::of(setting)).any(|(level, _)| level == Level::Error);
    let quiet = *setting == table::SEED && !state.form.controls.seed_locked;
    let colour = match (wrong, quiet) {
        (true, _) => Some(theme::level_colour(ui, Level::Error)),
        (false, true) => Some(ui.visuals().weak_text_color()),
        _ => None,
    };
    let edit = TextEdit::singleline(&mut text).id(id).hint_text(hint).desired_width(width);
    let response = ui.add(edit.text_color_opt(colour));
    if response.changed() {
        out.push(Command::SetNumber(setting, text));
    }
    response
}
