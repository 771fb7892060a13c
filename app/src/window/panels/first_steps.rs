//! The first steps, and what stands in place of a clip while there is none.

use egui::{Image, Label, ProgressBar, RichText, ScrollArea, Sense, Ui, vec2};
use hummingbird_engine::device::{DeviceChoice, DeviceKind};

use super::dialogs::set_width;
use super::icons::{self, Icon};
use super::progress::{fraction, stage_text};
use super::textures::Textures;
use super::theme;
use super::widgets::{action_button, sentence};
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
        FirstStep::Device => (1, "What computes"),
        FirstStep::Demo => (2, "The first clip"),
        FirstStep::Models => (3, "Full models"),
    };
    ui.label(RichText::new(format!("Step {number} of 3")).weak());
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
            FirstStep::Device => Some((FirstStep::Demo, "Next")),
            FirstStep::Demo => Some((FirstStep::Models, "Next")),
            FirstStep::Models => None,
        };
        if let Some((next, label)) = next {
            let text = RichText::new(label).color(theme::on_accent(ui)).strong();
            let button = ui.add(egui::Button::new(text).fill(theme::accent(ui))).on_hover_text("Ctrl+Enter");
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
            && ui.button("Back").clicked()
        {
            push(out, FirstStepsCommand::Show(before));
        }
        let close = ui.button(if next.is_some() { "Skip" } else { "Done" }).on_hover_text("Escape");
        if close.clicked() {
            out.push(Command::CloseDialog);
        }
        if next.is_none() && ui.memory(|memory| memory.focused().is_none()) {
            close.request_focus();
        }
    });
    ui.label(RichText::new("The Help menu shows these steps again").small().weak());
}

fn device(ui: &mut Ui, state: &State) {
    if state.form.devices.is_empty() {
        ui.label("Looking for devices…");
        return;
    }
    let text = match state.form.best_device {
        DeviceKind::Cpu | DeviceKind::Software => {
            "No graphics card was found that is faster than the processor. Clips are made on the processor: the demo \
             model takes seconds there, full models take many minutes."
        }
        DeviceKind::Integrated => "Clips are made on the graphics chip, which shares the memory of the processor",
        _ => "Clips are made on the graphics card",
    };
    ui.add(Label::new(text).wrap());
    for (choice, name) in &state.form.devices {
        ui.add(Label::new(RichText::new(format!("{}: {name}", kind_of(*choice))).weak()).wrap());
    }
    ui.add(Label::new("\"Device\" in the settings chooses another one").wrap());
}

fn kind_of(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Cpu => "Processor",
        DeviceChoice::Auto | DeviceChoice::Gpu(_) => "Graphics",
    }
}

fn demo(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let text = "A demo model comes with Hummingbird. It draws simple things from a few dozen words, in seconds.";
    ui.add(Label::new(text).wrap());
    if let Some(running) = &state.jobs.running {
        let text = running.progress.as_ref().map_or_else(|| "starting…".to_owned(), |it| stage_text(it, 0.0));
        let text = sentence(&text);
        ui.label(&text);
        let done = running.progress.as_ref().map_or(0.0, |progress| fraction(progress, 0.0));
        let bar = ProgressBar::new(done).desired_height(8.0).fill(theme::accent(ui));
        ui.add(bar).accessible_name(text);
    } else {
        let made = !state.results.clips.is_empty();
        let label = if made { "Make another one" } else { "Make a clip now" };
        let reason = state.why_not(Action::Generate);
        let button = ui.add_enabled(reason.is_none(), egui::Button::new(label));
        if button.on_disabled_hover_text(sentence(reason.unwrap_or_default())).clicked() {
            out.push(Command::FirstSteps(FirstStepsCommand::Demo));
        }
        if made {
            ui.add(Label::new("That was all: every clip is kept at once and stands in the library").wrap());
        }
    }
    if let Some((texture, [width, height])) = textures.preview().filter(|_| state.shown().is_some()) {
        let scale = (ui.available_width().min(288.0) / width as f32).min(192.0 / height as f32);
        let size = vec2(width as f32, height as f32) * scale;
        ui.add(Image::new((texture.id(), size)).fit_to_exact_size(size).corner_radius(4.0))
            .accessible_name("The clip that is being made");
    }
}

fn models(ui: &mut Ui) {
    for text in [
        "Full models understand free text and draw what you describe. They are free to download, under the licences of \
         their owners.",
        "The smallest has about 2.4 GB. It wants a graphics card with 6 GB or more; on a processor a clip takes many \
         minutes.",
        "The page of models says what each needs before anything is downloaded",
    ] {
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
            ui.label(RichText::new("Your clip appears here").heading());
            let [generate, palette] = [Action::Generate, Action::CommandPalette].map(|it| it.shortcut_text(ui.ctx()));
            let lines = [
                "1 · Write what it shows: a subject, what it does, and where".to_owned(),
                format!("2 · Press Generate, or {generate}"),
                "3 · Watch it take shape. It is kept by itself; Export gives you an MP4 or GIF.".to_owned(),
            ];
            for line in lines {
                ui.add(Label::new(RichText::new(line).weak()).wrap());
            }
            ui.add_space(6.0);
            for example in EXAMPLES {
                if ui.button(example).on_hover_text("Use this prompt").clicked() {
                    out.push(Command::UsePrompt(example.to_owned()));
                    out.push(Command::Run(Action::FocusPrompt));
                }
            }
            ui.add_space(6.0);
            action_button(ui, state, Action::ShowFirstSteps, out);
            if !palette.is_empty() {
                ui.add(Label::new(RichText::new(format!("{palette} finds every command")).small().weak()).wrap());
            }
            if !state.results.clips.is_empty() {
                ui.label(RichText::new("Finished clips are in the history").weak());
            }
        });
    });
}
