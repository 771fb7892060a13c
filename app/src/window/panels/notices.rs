//! Messages above the preview: each stays until it is put away, except good news.

use egui::{Button, Frame, Label, Margin, RichText, ScrollArea, Ui, vec2};

use super::icons::{self, Icon};
use super::theme;
use super::widgets::{action_button, sentence, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::{Command, FolderCommand, JobCommand, ModelCommand};
use crate::window::state::State;
use crate::window::state::loras::file_name;
use crate::window::state::view::{Level, Notice, Remedy};

/// All messages, the newest first. Many of them scroll, so that the preview keeps its place.
pub fn notices_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if state.view.notices.is_empty() {
        return;
    }
    ScrollArea::vertical().id_salt("notices").max_height(ui.available_height() * 0.4).auto_shrink([false, true]).show(
        ui,
        |ui| {
            for notice in state.view.notices.iter().rev() {
                banner(ui, state, notice, out);
            }
        },
    );
    ui.add_space(4.0);
}

fn banner(ui: &mut Ui, state: &State, notice: &Notice, out: &mut Vec<Command>) {
    let colour = theme::level_colour(ui, notice.level);
    let frame = Frame::new()
        .fill(ui.visuals().panel_fill)
        .stroke(egui::Stroke::new(1.0, colour))
        .corner_radius(8)
        .inner_margin(Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let icon = if notice.level == Level::Info { Icon::Info } else { Icon::Warning };
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), egui::Sense::hover());
            icons::paint(ui.painter(), icon, rect, colour);
            let buttons = match &notice.remedy {
                Some(Remedy::CopyPath(_)) => 260.0,
                Some(_) => 220.0,
                None => 34.0,
            };
            ui.scope(|ui| {
                ui.set_max_width((ui.available_width() - buttons).max(80.0));
                ui.add(Label::new(RichText::new(sentence(&notice.text))).wrap().selectable(true));
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                small_icon_button(ui, Icon::Close, &tr!("window-dismiss"), Command::Dismiss(notice.id), out);
                if let Some(remedy) = &notice.remedy {
                    remedy_button(ui, state, remedy, out);
                }
            });
        });
    });
}

fn remedy_button(ui: &mut Ui, state: &State, remedy: &Remedy, out: &mut Vec<Command>) {
    match remedy {
        Remedy::Run(action) => {
            action_button(ui, state, *action, out);
        }
        Remedy::OpenModel(path) => {
            let clicked = ui.button(tr!("window-open-as-model")).clicked();
            out.extend(clicked.then(|| Command::Models(ModelCommand::Use(path.clone()))));
        }
        Remedy::CompleteModel(path) => {
            let clicked = ui.button(tr!("models-complete")).on_hover_text(tr!("models-complete.tooltip")).clicked();
            out.extend(clicked.then(|| Command::Folders(FolderCommand::Complete(path.clone()))));
        }
        Remedy::SwitchLoraOff(path) => {
            let name = tr!("window-turn-lora-off.name", file = file_name(path));
            let button = ui.button(tr!("window-turn-lora-off")).on_hover_text(tr!("window-turn-lora-off.tooltip"));
            let button = button.accessible_name(name);
            out.extend(button.clicked().then(|| Command::SwitchLoraOff(path.clone())));
        }
        Remedy::Resume(key) => {
            let at_step = state.paused.get(*key).is_some_and(|job| job.steps_done > 0);
            let label = if at_step { tr!("queue-resume") } else { tr!("queue-try-again") };
            let clicked = ui.add_enabled(state.paused.get(*key).is_some(), Button::new(label)).clicked();
            out.extend(clicked.then_some(Command::Jobs(JobCommand::Resume(*key))));
        }
        Remedy::Decode { latent, request } => {
            let clicked = ui.button(tr!("window-decode-again")).clicked();
            out.extend(clicked.then(|| Command::DecodeLatent { latent: latent.clone(), request: request.clone() }));
        }
        Remedy::OpenPage(page) => {
            let clicked = ui.button(tr!("window-open-page")).on_hover_text(page.as_str()).clicked();
            out.extend(clicked.then(|| Command::OpenOutside(page.clone())));
        }
        Remedy::CopyPath(path) => {
            out.extend(ui.button(tr!("window-copy-path")).clicked().then(|| Command::CopyText(path.clone())));
            let folder = std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder
                && ui.button(tr!("window-show-in-folder")).on_hover_text(tr!("window-show-in-folder.tooltip")).clicked()
            {
                out.push(Command::OpenOutside(folder.display().to_string()));
            }
        }
    }
}
