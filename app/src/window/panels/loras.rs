//! The LoRAs: changes to the model's weights, each with its strength.

use egui::{DragValue, Label, RichText, Slider, SliderClamping, Ui};

use super::icons::Icon;
use super::numbers::SLIDER_HEIGHT;
use super::theme;
use super::widgets::{action_button, messages, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::loras::file_name;
use crate::window::state::view::Level;

/// Largest strength of the sliders, to both sides.
const MOST_STRENGTH: f32 = 2.0;
/// Least difference of strengths that are typed.
const TYPED_STEP: f32 = 0.01;
/// Step of the sliders.
const STEP: f32 = 0.05;
/// Width of the number beside a slider, in points.
const NUMBER_WIDTH: f32 = 62.0;

/// The list, and the button that adds to it.
pub fn loras_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.add_space(4.0);
    for (index, lora) in state.form.controls.asked.loras.iter().enumerate() {
        let name = file_name(&lora.path);
        ui.push_id(("lora", index), |ui| {
            ui.horizontal(|ui| {
                ui.scope(|ui| {
                    ui.set_max_width((ui.available_width() - 30.0).max(60.0));
                    let unfit = state.form.loras.why_unfit(&lora.path);
                    let title = if unfit.is_some() {
                        tr!("settings-lora-incompatible", name = &name)
                    } else {
                        tr!("settings-lora", name = &name)
                    };
                    let text = RichText::new(title);
                    let text = if lora.strength == 0.0 { text.weak() } else { text };
                    let text = if unfit.is_some() { text.color(theme::level_colour(ui, Level::Warning)) } else { text };
                    let path = lora.path.display().to_string();
                    let hint = match unfit {
                        Some(unfit) => format!("{path}\n{}", tr!("settings-lora-unfit", reason = unfit)),
                        None => path,
                    };
                    ui.add(Label::new(text).truncate()).on_hover_text(hint);
                });
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let remove = tr!("settings-lora-remove", name = &name);
                    small_icon_button(ui, Icon::Close, &remove, Command::RemoveLora(index), out);
                });
            });
            if let Some(word) = state.form.loras.trigger(&lora.path) {
                let text = RichText::new(tr!("settings-lora-trigger", word = word)).small().weak();
                ui.add(Label::new(text).truncate()).on_hover_text(tr!("settings-lora-trigger.tooltip"));
            }
            strength_row(ui, index, &name, lora.strength, out);
        });
    }
    messages(ui, state, Place::Loras);
    action_button(ui, state, Action::AddLora, out);
}

fn strength_row(ui: &mut Ui, index: usize, name: &str, strength: f32, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let mut value = strength;
        ui.spacing_mut().slider_width = (ui.available_width() - NUMBER_WIDTH).max(40.0);
        ui.spacing_mut().interact_size.y = SLIDER_HEIGHT;
        // A strength out of an exported clip stays as it is until it is touched.
        let slider = Slider::new(&mut value, -MOST_STRENGTH..=MOST_STRENGTH)
            .step_by(f64::from(STEP))
            .show_value(false)
            .clamping(SliderClamping::Edits);
        let hint = tr!("settings-lora-strength.tooltip");
        let strength_name = tr!("settings-lora-strength", name = name);
        let moved = ui.add(slider).on_hover_text(hint.as_str()).accessible_name(strength_name);
        let number = DragValue::new(&mut value)
            .range(-MOST_STRENGTH..=MOST_STRENGTH)
            .clamp_existing_to_range(false)
            .speed(STEP)
            .fixed_decimals(2);
        let number_name = tr!("settings-lora-strength.number", name = name);
        let typed = ui.add(number).on_hover_text(hint).accessible_name(number_name);
        // Figures are taken as they are typed: a clip may have been made with any of them.
        let step = if typed.changed() { TYPED_STEP } else { STEP };
        if (moved.changed() || typed.changed()) && (value - strength).abs() > f32::EPSILON {
            out.push(Command::SetLoraStrength(index, rounded(value, step)));
        }
    });
}

/// The nearest multiple of `step`, as the decimal number that a person would type.
fn rounded(value: f32, step: f32) -> f32 {
    let per_one = (1.0 / step).round();
    (value * per_one).round() / per_one
}
