//! The dialog for several clips: the list with its order, where they go, and the options that all share.

use egui::{Button, Label, RichText, ScrollArea, Ui};

use super::dialogs::buttons;
use super::export::{options, replace_row};
use super::icons::Icon;
use super::widgets::{sentence, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::{Command, ExportCommand};
use crate::window::state::State;
use crate::window::state::exports::{ManyExport, ManyKind};

/// The dialog.
pub fn page(ui: &mut Ui, state: &State, many: &ManyExport, out: &mut Vec<Command>) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(760.0_f32.min(room.x - 60.0));
    let is_reel = many.kind == ManyKind::Reel;
    ui.heading(if is_reel { tr!("export-join-title") } else { tr!("export-all-title") });
    let text = if is_reel { tr!("export-join-text") } else { tr!("export-all-text") };
    ui.label(RichText::new(text).weak());
    ui.horizontal(|ui| {
        let label = ui.label(if is_reel { tr!("export-save-as") } else { tr!("export-folder") }).id;
        let mut path = many.path.clone();
        let field = egui::TextEdit::singleline(&mut path).id(egui::Id::unique("path")).desired_width(460.0);
        if ui.add(field).labelled_by(label).changed() {
            out.push(Command::SetPath(path));
        }
    });
    let height = (room.y - 270.0).clamp(120.0, 380.0);
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() * 0.42);
            ui.label(tr!("export-count", count = many.clips.len()));
            let area = ScrollArea::vertical().id_salt("clips").max_height(height).auto_shrink([false, true]);
            // Only rows in sight are drawn: a library has thousands of clips.
            area.show_rows(ui, 24.0, many.clips.len(), |ui, rows| {
                for index in rows {
                    clip_row(ui, many, index, out);
                }
            });
        });
        ui.add_space(12.0);
        ui.vertical(|ui| {
            let area = ScrollArea::vertical().id_salt("options").max_height(height).auto_shrink([false, true]);
            area.show(ui, |ui| options(ui, state, out));
        });
    });
    replace_row(ui, many.replace, out);
    if let Some(problem) = &many.problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    let confirm = if is_reel { tr!("export-join-confirm") } else { tr!("export-all-confirm") };
    buttons(ui, Some(&confirm), &tr!("export-cancel"), out);
}

fn clip_row(ui: &mut Ui, many: &ManyExport, index: usize, out: &mut Vec<Command>) {
    let Some(clip) = many.clips.get(index) else { return };
    let number = index + 1;
    ui.horizontal(|ui| {
        let last = many.clips.len() - 1;
        let mut moves = |ui: &mut Ui, (text, name): (String, String), enabled: bool, to: usize| {
            let button = ui.add_enabled(enabled, Button::new(text).small());
            if button.on_hover_text(name.as_str()).accessible_name(name).clicked() {
                out.push(Command::Export(ExportCommand::MoveClip(index, to)));
            }
        };
        if many.kind == ManyKind::Reel {
            let up = (tr!("export-move-up"), tr!("export-move-up.name", number = number));
            moves(ui, up, index > 0, index.saturating_sub(1));
            let down = (tr!("export-move-down"), tr!("export-move-down.name", number = number));
            moves(ui, down, index < last, index + 1);
        }
        let command = Command::Export(ExportCommand::RemoveClip(index));
        small_icon_button(ui, Icon::Close, &tr!("export-leave-out", number = number), command, out);
        ui.add(Label::new(format!("{number}. {}", clip.name)).truncate());
    });
}
