//! Below the clip: playback, the scrub slider, what the clip is, and its export.

use crate::sentences::in_words;
use egui::{Label, RichText, Slider, Ui};

use super::icons::Icon;
use super::numbers::SLIDER_HEIGHT;
use super::widgets::{BUTTON_WIDTH, action_button, duration, icon_button, icon_toggle};
use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::{ResultClip, Shown, decoder_text, loras_text};
use crate::window::state::settings::Scaling;

/// Width of "16 / 16", in points.
const COUNTER_WIDTH: f32 = 60.0;
/// Room for "0.25×", in points.
const SPEED_WIDTH: f32 = 56.0;

/// The panel below the clip.
pub fn transport_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let frames = state.shown_frames();
    ui.horizontal(|ui| {
        // In a narrow window the ends are still reached by keys and by the slider.
        let roomy = ui.available_width() > 440.0;
        if roomy {
            icon_button(ui, state, Action::FirstFrame, Icon::First, out);
        }
        icon_button(ui, state, Action::PreviousFrame, Icon::Previous, out);
        let icon = if state.results.playback.playing && frames > 1 { Icon::Pause } else { Icon::Play };
        icon_button(ui, state, Action::PlayPause, icon, out);
        icon_button(ui, state, Action::NextFrame, Icon::Next, out);
        if roomy {
            icon_button(ui, state, Action::LastFrame, Icon::Last, out);
        }
        scrub(ui, state, frames, out);
        if state.results.playback.speed() != 1.0 {
            let text = RichText::new(format!("{}×", state.results.playback.speed())).monospace();
            let hint = Action::NormalSpeed.hint(ui.ctx());
            if ui.add(Label::new(text).sense(egui::Sense::click())).on_hover_text(hint).clicked() {
                out.push(Command::Run(Action::NormalSpeed));
            }
        }
        icon_toggle(ui, state, Action::ToggleLoop, Icon::Loop, Some(state.results.playback.looping), out);
        let sharp = state.view.scaling == Scaling::Sharp;
        icon_toggle(ui, state, Action::ToggleScaling, Icon::Pixels, Some(sharp), out);
    });
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            action_button(ui, state, Action::ExportAs, out);
            action_button(ui, state, Action::Export, out);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let text = description(state);
                let label = Label::new(RichText::new(&text).small().weak()).truncate().selectable(true);
                ui.add(label).on_hover_text(text);
            });
        });
    });
}

fn scrub(ui: &mut Ui, state: &State, frames: usize, out: &mut Vec<Command>) {
    let mut frame = state.results.playback.frame.min(frames.saturating_sub(1));
    let before = frame;
    let text = if frames == 0 { "– / –".to_owned() } else { format!("{} / {frames}", frame + 1) };
    // The counter and two buttons follow.
    let speed_width = if state.results.playback.speed() == 1.0 { 0.0 } else { SPEED_WIDTH };
    let after = COUNTER_WIDTH + speed_width + 2.0 * BUTTON_WIDTH + 3.0 * ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = (ui.available_width() - after).max(40.0);
    let slider = Slider::new(&mut frame, 0..=frames.saturating_sub(1).max(1)).show_value(false);
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, SLIDER_HEIGHT);
    let response = ui.add_enabled(frames > 1, slider).accessible_name(tr!("player-frame"));
    ui.spacing_mut().interact_size.y = height;
    if state.results.playback.range.is_some() && frames > 1 {
        let (first, last) = state.results.playback.played(frames);
        let part = |frame: usize| frame as f32 / (frames - 1) as f32;
        let (left, width) = (response.rect.left(), response.rect.width());
        let played = (left + width * part(first))..=(left + width * part(last));
        let stroke = egui::Stroke::new(3.0, super::theme::accent(ui));
        ui.painter().hline(egui::Rangef::new(*played.start(), *played.end()), response.rect.bottom(), stroke);
    }
    if response.changed() && frame != before {
        out.push(Command::Seek(frame));
    }
    ui.add_sized([COUNTER_WIDTH, 20.0], Label::new(RichText::new(text).monospace()));
}

/// What is shown, in a line.
fn description(state: &State) -> String {
    match (state.results.shown, state.results.shown_clip(), &state.jobs.live) {
        (_, Some(result), _) => of_result(result),
        (Shown::Live, None, Some(live)) if live.decoded_frames > 0 => {
            tr!("player-decoded", done = live.decoded_frames, total = live.frames.count())
        }
        (Shown::Live, None, Some(live)) => tr!("player-preview", step = live.step),
        _ => String::new(),
    }
}

fn of_result(result: &ResultClip) -> String {
    let outcome = &result.outcome;
    let request = &outcome.request;
    let device = outcome.device_name.as_str();
    // Of a clip of an earlier session nobody knows any more how long it took.
    let device = if outcome.elapsed_secs > 0.0 {
        tr!("player-device-time", device = device, time = duration(outcome.elapsed_secs))
    } else {
        device.to_owned()
    };
    let text = tr!(
        "player-clip",
        seed = request.clip.seed.to_string(),
        // Far in front: in a narrow window the end of the line is cut off.
        loras = loras_text(request),
        decoder = decoder_text(&outcome.decoder),
        steps = request.clip.steps,
        guidance = request.clip.guidance.to_string(),
        width = request.clip.width,
        height = request.clip.height,
        frames = outcome.frames.count(),
        rate = request.clip.fps,
        device = device
    );
    let notes = outcome.warnings.iter().map(|warning| tr!("player-note", warning = in_words(warning)));
    std::iter::once(text).chain(notes).collect::<Vec<_>>().join(" · ")
}
