//! The left panel: prompt, words, settings, and the Generate button that is always in sight.

use crate::sentences::in_words;
use egui::{Button, ComboBox, Frame, Margin, Panel, RichText, ScrollArea, Ui};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{DecoderKind, NoiseKind, RequestError, RequestLimits, Reuse, SamplerKind};

use super::loras::loras_panel;
use super::numbers::{field_row, seed_row, size_row, slider_row};
use super::prompt::{negative_panel, prompt_panel, words_panel};
use super::widgets::{action_button, messages, primary_button, sentence};
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::{NumberField, Place};
use crate::window::state::models::ModelStatus;

/// The left panel.
pub fn controls_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let pinned = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 10, bottom: 0 });
    Panel::bottom("generate").frame(pinned).show_separator_line(false).show(ui, |ui| generate_row(ui, state, out));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        // Room for the scroll bar, so that it never covers a field.
        ui.set_max_width(ui.available_width() - 6.0);
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
            ModelStatus::Failed => "No model is open. Choose one under Models, or use the demo model.",
            _ => "The settings appear once the model is open",
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
    ui.horizontal(|ui| {
        ui.label(RichText::new("Settings").strong().size(15.0));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let reset = ui.small_button("Reset").on_hover_text(Action::ResetControls.hint(ui.ctx()));
            if reset.clicked() {
                out.push(Command::Run(Action::ResetControls));
            }
        });
    });
    slider_row(ui, state, limits, NumberField::Steps, "Steps", "More steps are slower and often better", out);
    slider_row(
        ui,
        state,
        limits,
        NumberField::Guidance,
        "Guidance",
        "How closely the clip follows the prompt; too much gives harsh colours",
        out,
    );
    seed_row(ui, state, out);
    slider_row(ui, state, limits, NumberField::Frames, "Frames", "Length of the clip in frames", out);
    field_row(ui, state, limits, NumberField::Fps, "Frames/s", "Frames per second, for playback and exports", out);
    size_row(ui, state, limits, out);
    sampler_row(ui, state, limits, out);
    decoder_row(ui, state, limits, out);
    device_row(ui, state, out);
    if let Some(need) = &state.form.memory_need {
        ui.label(RichText::new(need).weak()).on_hover_text("Peak memory while a clip with these settings is made");
    }
    ui.add_space(4.0);
    negative_panel(ui, state, out);
    ui.add_space(4.0);
    let tooltip = "Fresh noise in each DDIM step: 0 is deterministic, 1 is as in DDPM; Turbo ignores it";
    slider_row(ui, state, limits, NumberField::Eta, "Eta", tooltip, out);
    noise_row(ui, state, out);
    reuse_row(ui, state, limits, out);
    merge_row(ui, state, out);
    loras_panel(ui, state, out);
}

fn generate_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    // The field itself may be scrolled out of sight.
    if let Some((_, problem)) = state.form.problems.first() {
        let text = format!("Fix first: {problem}");
        ui.add(egui::Label::new(RichText::new(text).small().color(ui.visuals().error_fg_color)).wrap());
    }
    let gap = ui.spacing().item_spacing.x;
    let cancel_width = if state.jobs.busy() { 84.0 } else { 0.0 };
    ui.horizontal(|ui| {
        let width = ui.available_width() - if state.jobs.busy() { cancel_width + gap } else { 0.0 };
        primary_button(ui, state, Action::Generate, width, out);
        if state.jobs.busy() {
            let cancelling = state.jobs.running.as_ref().is_some_and(|running| running.cancelling);
            let text = if cancelling { "Stopping…" } else { Action::Cancel.row().label };
            let button = egui::Button::new(text).min_size(egui::vec2(cancel_width, 36.0));
            let response = ui.add_enabled(!cancelling, button).on_hover_text(Action::Cancel.hint(ui.ctx()));
            if response.clicked() {
                out.push(Command::Run(Action::Cancel));
            }
        }
    });
}

fn sampler_row(ui: &mut Ui, state: &State, limits: &RequestLimits, out: &mut Vec<Command>) {
    let name = |sampler| match sampler {
        SamplerKind::Turbo => "Turbo (few steps)",
        SamplerKind::Ddim => "DDIM",
    };
    let own = format!("{} (model default)", name(limits.sampler));
    let shown = state.form.controls.sampler.map_or_else(|| own.clone(), |sampler| name(sampler).to_owned());
    super::numbers::labelled(ui, "Sampler", "How noise is turned into a clip", |ui, label| {
        let combo = ComboBox::from_id_salt("sampler").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for (choice, text) in [
                (None, own.as_str()),
                (Some(SamplerKind::Turbo), name(SamplerKind::Turbo)),
                (Some(SamplerKind::Ddim), name(SamplerKind::Ddim)),
            ] {
                if ui.selectable_label(state.form.controls.sampler == choice, text).clicked() {
                    out.push(Command::SetSampler(choice));
                }
            }
        });
        response.response.labelled_by(label);
    });
}

fn decoder_row(ui: &mut Ui, state: &State, limits: &RequestLimits, out: &mut Vec<Command>) {
    let name = |decoder| match decoder {
        DecoderKind::Full => "Full",
        DecoderKind::Light => "Tiny (TAESD)",
    };
    let tooltip = "What turns the sampled latent into frames. The tiny decoder (TAESD) takes a fraction of the time and comes \
                   close to the full one, which can decode the clip again later.";
    super::numbers::labelled(ui, "Decoder", tooltip, |ui, label| {
        let shown = name(state.form.controls.decoder);
        let combo = ComboBox::from_id_salt("decoder").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for decoder in [DecoderKind::Full, DecoderKind::Light] {
                let is_here = decoder == DecoderKind::Full || limits.light_decoder;
                let button = Button::selectable(state.form.controls.decoder == decoder, name(decoder));
                let choice = ui.add_enabled(is_here, button);
                if choice.on_disabled_hover_text(sentence(&in_words(&RequestError::NoLightDecoder))).clicked() {
                    out.push(Command::SetDecoder(decoder));
                }
            }
        });
        response.response.labelled_by(label).on_hover_text(tooltip);
    });
    messages(ui, state, Place::Decoder);
}

fn noise_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let name = |noise| match noise {
        NoiseKind::Own => "Hummingbird",
        NoiseKind::TorchCpu => "PyTorch (CPU)",
    };
    let tooltip = "Which random number generator makes the noise; PyTorch's gives the noise of the reference implementation on a CPU";
    super::numbers::labelled(ui, "Noise", tooltip, |ui, label| {
        let shown = name(state.form.controls.noise);
        let combo = ComboBox::from_id_salt("noise").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for noise in [NoiseKind::Own, NoiseKind::TorchCpu] {
                if ui.selectable_label(state.form.controls.noise == noise, name(noise)).clicked() {
                    out.push(Command::SetNoise(noise));
                }
            }
        });
        response.response.labelled_by(label);
    });
}

fn reuse_row(ui: &mut Ui, state: &State, limits: &RequestLimits, out: &mut Vec<Command>) {
    let name = |reuse: Reuse| match reuse {
        Reuse::Off => "Off".to_owned(),
        Reuse::Light => "Light (every second step)".to_owned(),
        Reuse::Strong => "Strong (two of three steps)".to_owned(),
        Reuse::Custom(plan) => format!("Every {} steps, depth {}", plan.interval, plan.depth),
    };
    let tooltip = "Feature cache (DeepCache): most steps reuse deep U-Net features of an earlier step. Faster, and gives a slightly different clip.";
    super::numbers::labelled(ui, "Cache", tooltip, |ui, label| {
        let chosen = state.form.controls.reuse;
        let own = name(limits.default_reuse);
        let own = format!("{} (model default)", own.split(" (").next().unwrap_or_default());
        let shown = chosen.map_or_else(|| own.clone(), name);
        let combo = ComboBox::from_id_salt("reuse").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            // One that is not in the list came with a clip.
            let other = chosen.filter(|chosen| !Reuse::NAMED.contains(chosen));
            let named = Reuse::NAMED.into_iter().chain(other).map(|reuse| (Some(reuse), name(reuse)));
            for (choice, text) in [(None, own)].into_iter().chain(named) {
                if ui.selectable_label(chosen == choice, text).clicked() {
                    out.push(Command::SetReuse(choice));
                }
            }
        });
        response.response.labelled_by(label);
    });
}

fn merge_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let tooltip = "Attention at full resolution uses 2x2-pooled keys and values: a little faster, mostly for large clips, with \
                   slightly different details";
    super::numbers::labelled(ui, "Tokens", tooltip, |ui, _| {
        let mut merge = state.form.controls.merge_tokens;
        if ui.checkbox(&mut merge, "Merge tokens").on_hover_text(tooltip).changed() {
            out.push(Command::SetMergeTokens(merge));
        }
    });
}

fn device_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let name = |device: DeviceChoice| match (device, state.form.devices.iter().find(|(choice, _)| *choice == device)) {
        (_, Some((_, name))) => name.clone(),
        (DeviceChoice::Auto, _) => "Automatic".to_owned(),
        (DeviceChoice::Cpu, _) => "CPU".to_owned(),
        (DeviceChoice::Gpu(None), _) => "Best GPU".to_owned(),
        (DeviceChoice::Gpu(Some(index)), _) => format!("GPU {index}"),
    };
    let mut choices = vec![DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu(None)];
    let listed = state.form.devices.iter().map(|(choice, _)| *choice);
    for device in listed.chain([state.form.controls.device]) {
        if !choices.contains(&device) {
            choices.push(device);
        }
    }
    super::numbers::labelled(ui, "Device", "Where the clip is computed", |ui, label| {
        let shown = name(state.form.controls.device);
        let combo = ComboBox::from_id_salt("device").width(ui.available_width()).selected_text(shown).truncate();
        let response = combo.show_ui(ui, |ui| {
            for device in choices {
                if ui.selectable_label(state.form.controls.device == device, name(device)).clicked() {
                    out.push(Command::SetDevice(device));
                }
            }
        });
        response.response.labelled_by(label);
    });
}
