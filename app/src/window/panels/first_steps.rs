//! The first steps, and what stands in place of a clip while there is none.

use egui::{Image, Label, ProgressBar, RichText, ScrollArea, Sense, Ui, vec2};
use hummingbird_engine::device::{DeviceChoice, DeviceKind};

use super::dialogs::set_width;
use super::icons::{self, Icon};
use super::progress::{fraction, stage_text};
use super::textures::Textures;
use super::theme;
use super::widgets::{action_button, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, FirstStepsCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::view::{FIRST_PROMPT, FirstStep};

/// Prompts for a window that shows nothing yet.
const EXAMPLES: [&str; 3] = [FIRST_PROMPT, "a yellow fish moving left in the blue sky", "a white boat at sunset"];

/// One of the three steps.
pub fn page(ui: &mut Ui, state: &State, textures: &Textures, step: FirstStep, out: &mut Vec<Command>) {
    set_width(ui, 480.0);
    let (number, title) = match step {
        FirstStep::Device => (1, tr!("dialogs-first-device")),
        FirstStep::Demo => (2, tr!("dialogs-first-demo")),
        FirstStep::Models => (3, tr!("dialogs-first-models")),
    };
    ui.label(RichText::new(tr!("dialogs-first-step", number = number)).weak());
    ui.heading(title);
    match step {
        FirstStep::Device => device(ui, state),
        FirstStep::Demo => demo(ui, state, textures, out),
        FirstStep::Models => models(ui),
    }
    ui.add_space(8.0);
    let push = |out: &mut Vec<Command>, command| out.push(Command::FirstSteps(command));
    ui.horizontal_wrapped(|ui| {
        let next = match step {
            FirstStep::Device => Some(FirstStep::Demo),
            FirstStep::Demo => Some(FirstStep::Models),
            FirstStep::Models => None,
        };
        if let Some(next) = next {
            let text = RichText::new(tr!("dialogs-first-next")).color(theme::on_accent(ui)).strong();
            let button =
                ui.add(egui::Button::new(text).fill(theme::accent(ui))).on_hover_text(tr!("dialogs-key-confirm"));
            if button.clicked() {
                push(out, FirstStepsCommand::Show(next));
            }
            if ui.memory(|memory| memory.focused().is_none()) {
                button.request_focus();
            }
        } else if ui
            .button(Action::ShowModels.row().label())
            .on_hover_text(Action::ShowModels.row().tooltip())
            .clicked()
        {
            push(out, FirstStepsCommand::Models);
        }
        let before = match step {
            FirstStep::Device => None,
            FirstStep::Demo => Some(FirstStep::Device),
            FirstStep::Models => Some(FirstStep::Demo),
        };
        if let Some(before) = before
            && ui.button(tr!("dialogs-first-back")).clicked()
        {
            push(out, FirstStepsCommand::Show(before));
        }
        let close = ui
            .button(if next.is_some() { tr!("dialogs-first-skip") } else { tr!("dialogs-first-done") })
            .on_hover_text(tr!("dialogs-key-cancel"));
        if close.clicked() {
            out.push(Command::CloseDialog);
        }
        if next.is_none() && ui.memory(|memory| memory.focused().is_none()) {
            close.request_focus();
        }
    });
    ui.label(RichText::new(tr!("dialogs-first-again")).small().weak());
}

fn device(ui: &mut Ui, state: &State) {
    if state.form.devices.is_empty() {
        ui.label(tr!("dialogs-first-looking"));
        return;
    }
    let text = match state.form.best_device {
        DeviceKind::Cpu | DeviceKind::Software => tr!("dialogs-first-on-cpu"),
        DeviceKind::Integrated => tr!("dialogs-first-on-chip"),
        _ => tr!("dialogs-first-on-card"),
    };
    ui.add(Label::new(text).wrap());
    for (choice, name) in &state.form.devices {
        ui.add(Label::new(RichText::new(device_line(*choice, name)).weak()).wrap());
    }
    ui.add(Label::new(tr!("dialogs-first-other-device")).wrap());
}

fn device_line(choice: DeviceChoice, name: &str) -> String {
    match choice {
        DeviceChoice::Cpu => tr!("dialogs-first-processor", name = name),
        DeviceChoice::Auto | DeviceChoice::Gpu(_) => tr!("dialogs-first-graphics", name = name),
    }
}

fn demo(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    ui.add(Label::new(tr!("dialogs-first-demo-text")).wrap());
    if let Some(running) = &state.jobs.running {
        let text = running.progress.as_ref().map_or_else(|| tr!("dialogs-first-starting"), |it| stage_text(it, 0.0));
        let text = sentence(&text);
        ui.label(&text);
        let done = running.progress.as_ref().map_or(0.0, |progress| fraction(progress, 0.0));
        let bar = ProgressBar::new(done).desired_height(8.0).fill(theme::accent(ui));
        ui.add(bar).accessible_name(text);
    } else {
        let made = !state.results.clips.is_empty();
        let label = if made { tr!("dialogs-first-make-another") } else { tr!("dialogs-first-make") };
        let reason = state.why_not(Action::Generate);
        let button = ui.add_enabled(reason.is_none(), egui::Button::new(label));
        if button.on_disabled_hover_text(sentence(&reason.unwrap_or_default())).clicked() {
            out.push(Command::FirstSteps(FirstStepsCommand::Demo));
        }
        if made {
            ui.add(Label::new(tr!("dialogs-first-made")).wrap());
        }
    }
    if let Some((texture, [width, height])) = textures.preview().filter(|_| state.shown().is_some()) {
        let scale = (ui.available_width().min(288.0) / width as f32).min(192.0 / height as f32);
        let size = vec2(width as f32, height as f32) * scale;
        ui.add(Image::new((texture.id(), size)).fit_to_exact_size(size).corner_radius(4.0))
            .accessible_name(tr!("dialogs-first-picture"));
    }
}

fn models(ui: &mut Ui) {
    for text in [tr!("dialogs-first-models-what"), tr!("dialogs-first-models-need"), tr!("dialogs-first-models-page")] {
        ui.add(Label::new(text).wrap());
    }
}

/// What stands where clips are shown while there is none: how one is made, and words to begin with.
pub fn invitation(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ScrollArea::vertical().id_salt("invitation").auto_shrink(false).show(ui, |ui| {
        let height = 300.0;
        ui.add_space(((ui.available_height() - height) / 2.0).max(0.0));
        ui.vertical_centered(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(52.0, 40.0), Sense::hover());
            icons::paint(ui.painter(), Icon::Film, rect, ui.visuals().weak_text_color());
            ui.label(RichText::new(tr!("dialogs-invitation")).heading());
            let [generate, palette] = [Action::Generate, Action::CommandPalette].map(|it| it.shortcut_text(ui.ctx()));
            let lines = [
                tr!("dialogs-invitation-write"),
                tr!("dialogs-invitation-generate", keys = generate),
                tr!("dialogs-invitation-watch"),
            ];
            for line in lines {
                ui.add(Label::new(RichText::new(line).weak()).wrap());
            }
            ui.add_space(6.0);
            for example in EXAMPLES {
                if ui.button(example).on_hover_text(tr!("dialogs-invitation-example")).clicked() {
                    out.push(Command::UsePrompt(example.to_owned()));
                    out.push(Command::Run(Action::FocusPrompt));
                }
            }
            ui.add_space(6.0);
            action_button(ui, state, Action::ShowFirstSteps, out);
            if !palette.is_empty() {
                let text = tr!("dialogs-invitation-palette", keys = palette);
                ui.add(Label::new(RichText::new(text).small().weak()).wrap());
            }
            if !state.results.clips.is_empty() {
                ui.label(RichText::new(tr!("dialogs-invitation-history")).weak());
            }
        });
    });
}
