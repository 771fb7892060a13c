//! What stands in front of the window: the help page, questions, and the dialogs for paths.

use egui::{Button, Id, Label, Modal, RichText, ScrollArea, Sides, TextEdit, Ui, Vec2, vec2};
use hummingbird_engine::model::ModelSource;

use super::batch;
use super::devices;
use super::export;
use super::export_many;
use super::first_steps;
use super::guard::guarded;
use super::models;
use super::palette;
use super::textures::Textures;
use super::theme;
use super::training;
use super::widgets::sentence;
use crate::window::commands::command::{Command, TrainingCommand};
use crate::window::commands::table::{Group, KeyMap, Row, TABLE};
use crate::window::state::State;
use crate::window::state::broken::Part;
use crate::window::state::view::DialogKind;
use crate::window::state::work::OpenPurpose;

/// The dialog that is open, if any.
pub fn dialog(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let Some(kind) = &state.view.dialog else { return };
    let room = room(ui);
    let mut frame = egui::Frame::window(ui.style());
    if room.y < LOW {
        frame = frame.inner_margin(8);
    }
    let response = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        // What does not fit scrolls, as a whole: in a small window the buttons below are reached too.
        let area = ScrollArea::both().id_salt("dialog").max_width(room.x).max_height(room.y);
        area.min_scrolled_width(room.x).min_scrolled_height(room.y).show(ui, |ui| {
            guarded(ui, state, Part::Dialog, out, |ui, out| content(ui, state, textures, kind, out));
        });
    });
    // The click that closes an open list is not meant for the dialog.
    if response.backdrop_response.clicked() && !response.any_popup_open {
        out.push(Command::CloseDialog);
    }
}

/// Below this height of a dialog's room, in points, its margins are small.
const LOW: f32 = 360.0;

/// The largest size of what is in a dialog, in points.
fn room(ui: &Ui) -> Vec2 {
    let screen = ui.ctx().content_rect().size();
    // Margins, border, and a rim of what is behind.
    screen - if screen.y < LOW + 40.0 { vec2(26.0, 26.0) } else { vec2(48.0, 48.0) }
}

/// Gives a dialog a width in points, or what the window has.
pub fn set_width(ui: &mut Ui, width: f32) {
    ui.set_width(width.min(room(ui).x));
}

/// Height of the part of a dialog that scrolls, where `around` points stand above and below it.
pub fn scrolled_height(ui: &Ui, around: f32) -> f32 {
    (ui.ctx().content_rect().height() - around).max(140.0)
}

fn content(ui: &mut Ui, state: &State, textures: &Textures, kind: &DialogKind, out: &mut Vec<Command>) {
    match kind {
        DialogKind::Help => help(ui, out),
        DialogKind::FirstSteps(step) => first_steps::page(ui, state, textures, *step, out),
        DialogKind::Palette(palette) => palette::palette(ui, state, palette, out),
        DialogKind::Shortcuts(page) => palette::shortcuts(ui, state, page, out),
        DialogKind::Training => training::page(ui, state, textures, out),
        DialogKind::Models => models::page(ui, state, out),
        DialogKind::Devices => devices::page(ui, state, out),
        DialogKind::Licence(key) => models::licence(ui, state, key, out),
        DialogKind::Discard(key) => models::discard(ui, state, key, out),
        DialogKind::Close => close(ui, state, out),
        DialogKind::Closing { .. } => closing(ui, state, out),
        DialogKind::SafeStart => safe_start(ui, out),
        DialogKind::Batch => batch::batch(ui, state, out),
        DialogKind::WhenDone => batch::when_done(ui, state, out),
        DialogKind::SaveQueue { path, problem, .. } => batch::save_queue(ui, state, path, problem.as_deref(), out),
        DialogKind::SwitchModel(source) => switch_model(ui, source, out),
        DialogKind::Export { path, replace, problem, .. } => {
            export::page(ui, state, textures, (path, *replace, problem.as_deref()), out);
        }
        DialogKind::ExportMany(many) => export_many::page(ui, state, many, out),
        DialogKind::Open { purpose, path, problem } => open(ui, state, *purpose, path, problem.as_deref(), out),
    }
}

fn help(ui: &mut Ui, out: &mut Vec<Command>) {
    set_width(ui, 640.0);
    ui.heading("Help and shortcuts");
    ui.label(
        "Type what the clip should show and press Generate. The preview moves from the first step on. Every \
         finished clip is kept at once and stands in the library. Drop a file on the window: an exported clip to \
         load its settings, a model to open it, or a LoRA to add it.",
    );
    ui.add_space(6.0);
    let height = scrolled_height(ui, 220.0);
    let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    area.show(ui, |ui| {
        for group in Group::ALL {
            ui.add_space(6.0);
            ui.label(RichText::new(group.title()).strong().size(15.0));
            for row in TABLE.iter().filter(|row| row.group == group) {
                help_row(ui, row);
            }
        }
        ui.add_space(8.0);
        ui.label(
            RichText::new("In number fields, Up and Down change the number; an empty field means the model's default")
                .weak(),
        );
        let text = "F10 opens the menus, Alt with an underlined letter opens that one; arrows move inside";
        ui.label(RichText::new(text).weak());
    });
    ui.add_space(8.0);
    buttons(ui, None, "Close", out);
}

fn help_row(ui: &mut Ui, row: &Row) {
    let map = KeyMap::of_window(ui.ctx());
    let keys: Vec<String> = map.keys(row.action).iter().map(|(_, keys)| ui.ctx().format_shortcut(keys)).collect();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(170.0, 20.0), |ui| {
            ui.set_min_width(170.0);
            ui.label(RichText::new(keys.join(" or ")).monospace());
        });
        let text = format!("{}: {}", row.label().trim_end_matches('…'), row.tooltip());
        ui.add(Label::new(text).wrap());
    });
}

fn close(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading("Close Hummingbird?");
    let unsaved = state.results.unsaved();
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    if unsaved > 0 {
        ui.label(format!("{} not exported yet will be lost", count(unsaved, "clip", "clips")));
    }
    state.closing_words().into_iter().for_each(|words| drop(ui.label(words)));
    let Some(running) = &state.training.running else {
        ui.add_space(8.0);
        buttons(ui, Some("Close anyway"), "Keep working", out);
        return;
    };
    let name = &running.run.plan.name;
    ui.label(format!(
        "The training of {name} is under way: its checkpoint is kept, and it can go on at the next start"
    ));
    ui.add_space(4.0);
    if state.training.closing {
        ui.label(
            RichText::new("The window closes when the training has ended. Closing now loses a minute at most.").weak(),
        );
    } else if ui.button("Close when the training has ended").clicked() {
        out.push(Command::Training(TrainingCommand::CloseAfter));
    }
    ui.add_space(8.0);
    buttons(ui, Some("Stop training and close"), "Keep working", out);
}

/// What goes on next time; the window closes by itself.
fn closing(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading("Closing…");
    state.closing_words().into_iter().for_each(|words| drop(ui.label(words)));
    ui.add_space(8.0);
    buttons(ui, None, "Keep working", out);
}

fn safe_start(ui: &mut Ui, out: &mut Vec<Command>) {
    set_width(ui, 460.0);
    ui.heading("Start safely?");
    ui.label(
        "The last two windows ended without being closed. A safe start opens no model and computes on the processor.",
    );
    ui.label(RichText::new("Your clips, the queue and the text of the form are kept either way").weak());
    ui.add_space(8.0);
    buttons(ui, Some("Start as usual"), "Start safely", out);
}

fn switch_model(ui: &mut Ui, source: &ModelSource, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading("Switch models now?");
    let name = match source {
        ModelSource::Embedded => "the demo model".to_owned(),
        ModelSource::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    };
    ui.label(format!("Opening {name} pauses the clips that are being made"));
    ui.add_space(8.0);
    buttons(ui, Some("Pause clips and switch"), "Keep this model", out);
}

fn open(ui: &mut Ui, state: &State, purpose: OpenPurpose, path: &str, problem: Option<&str>, out: &mut Vec<Command>) {
    set_width(ui, 560.0);
    let (title, text) = match purpose {
        OpenPurpose::Model => {
            ("Open model", "A model file (.safetensors, .pt, .ckpt). You can also drop it on the window.")
        }
        OpenPurpose::Lora => ("Add LoRA", "A LoRA file. You can also drop it on the window."),
        OpenPurpose::TrainingClips => {
            ("Folder of clips", "A folder of clips and pictures. You can also drop it on the training page.")
        }
        OpenPurpose::Queue => ("Load a queue", "A queue that was saved (.json). You can also drop it on the window."),
        OpenPurpose::Clip => (
            "Load settings from a clip",
            "A clip or picture of this program, of Stable Diffusion web UI, ComfyUI or WanGP. You can also drop it on the window.",
        ),
    };
    ui.heading(title);
    ui.label(RichText::new(text).weak());
    ui.horizontal(|ui| {
        let label = ui.label("File").id;
        path_field(ui, state, path, label, out);
    });
    if let Some(problem) = problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    buttons(ui, Some("Open"), "Cancel", out);
}

/// A path with the button of the system's dialog.
pub fn path_field(ui: &mut Ui, state: &State, path: &str, label: Id, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        let width = ui.available_width().clamp(160.0, 460.0) - 100.0;
        path_row(ui, state, (path, width), label, out);
        // A field scrolls, and the end of a path says most: whatever does not fit stands below it whole.
        let font = egui::TextStyle::Body.resolve(ui.style());
        let text_width = ui.painter().layout_no_wrap(path.to_owned(), font, ui.visuals().text_color()).size().x;
        if text_width > width {
            ui.set_max_width(width + 100.0);
            ui.add(Label::new(RichText::new(path).small().weak()).wrap().selectable(true));
        }
    });
}

fn path_row(ui: &mut Ui, state: &State, (path, width): (&str, f32), label: Id, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let mut text = path.to_owned();
        let id = Id::unique("path");
        let response = ui.add(TextEdit::singleline(&mut text).id(id).desired_width(width)).labelled_by(label);
        if response.changed() {
            out.push(Command::SetPath(text));
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            out.push(Command::ConfirmDialog);
        } else if ui.memory(|memory| memory.focused().is_none()) {
            // Whoever opens the dialog by a key goes on by keys.
            response.request_focus();
        }
        let browse = ui.add_enabled(!state.view.choosing_file, Button::new("Browse…"));
        if browse.on_hover_text("Choose with the system's file dialog").clicked() {
            out.push(Command::Browse);
        }
    });
}

/// The buttons of a dialog: the safe one is where Escape leads, the other one does what the dialog is about.
pub fn buttons(ui: &mut Ui, confirm: Option<&str>, cancel: &str, out: &mut Vec<Command>) {
    Sides::new().show(
        ui,
        |_| {},
        |ui| {
            if let Some(confirm) = confirm {
                let text = RichText::new(confirm).color(theme::on_accent(ui)).strong();
                let button = ui.add(Button::new(text).fill(theme::accent(ui)));
                if button.on_hover_text("Ctrl+Enter").clicked() {
                    out.push(Command::ConfirmDialog);
                }
            }
            let response = ui.button(cancel).on_hover_text("Escape");
            if response.clicked() {
                out.push(Command::CloseDialog);
            }
            if ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
        },
    );
}
