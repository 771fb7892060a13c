//! What stands in front of the window: the help page, questions, and the dialogs for paths.

use egui::{Button, Id, Label, Modal, RichText, ScrollArea, Sides, TextEdit, Ui, Vec2, vec2};
use hummingbird_engine::model::ModelSource;

use super::batch;
use super::devices;
use super::enhance;
use super::export;
use super::export_many;
use super::first_steps;
use super::guard::guarded;
use super::model_folders;
use super::models;
use super::palette;
use super::prompt_history;
use super::styles;
use super::textures::Textures;
use super::theme;
use super::training;
use super::widgets::sentence;
use crate::language::tr;
use crate::window::commands::command::{Command, TrainingCommand};
use crate::window::commands::table::{Group, KeyMap, Row, TABLE};
use crate::window::state::State;
use crate::window::state::broken::Part;
use crate::window::state::loras::file_name;
use crate::window::state::view::{DialogKind, SaveFile, SavedThing};
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
        DialogKind::Complete(completing) => model_folders::complete(ui, state, completing, out),
        DialogKind::Close => close(ui, state, out),
        DialogKind::Closing { .. } => closing(ui, state, out),
        DialogKind::SafeStart => safe_start(ui, out),
        DialogKind::Batch => batch::batch(ui, state, out),
        DialogKind::WhenDone => batch::when_done(ui, state, out),
        DialogKind::Server(page) => enhance::server(ui, page, out),
        DialogKind::Prompts(page) => prompt_history::prompts(ui, state, page, out),
        DialogKind::Styles(page) => styles::styles(ui, state, page, out),
        DialogKind::SaveFile(save) => save_file(ui, state, save, out),
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
    ui.heading(tr!("dialogs-help-title"));
    ui.label(tr!("dialogs-help-text"));
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
        ui.label(RichText::new(tr!("dialogs-help-numbers")).weak());
        ui.label(RichText::new(tr!("dialogs-help-menus")).weak());
    });
    ui.add_space(8.0);
    buttons(ui, None, &tr!("dialogs-close"), out);
}

fn help_row(ui: &mut Ui, row: &Row) {
    let map = KeyMap::of_window(ui.ctx());
    let keys: Vec<String> = map.keys(row.action).iter().map(|(_, keys)| ui.ctx().format_shortcut(keys)).collect();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(170.0, 20.0), |ui| {
            ui.set_min_width(170.0);
            let keys = keys.into_iter().reduce(|all, keys| tr!("dialogs-keys", all = all, keys = keys));
            ui.label(RichText::new(keys.unwrap_or_default()).monospace());
        });
        let text = format!("{}: {}", row.label().trim_end_matches('…'), row.tooltip());
        ui.add(Label::new(text).wrap());
    });
}

fn close(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading(tr!("dialogs-quit-title"));
    let unsaved = state.results.unsaved();
    if unsaved > 0 {
        ui.label(tr!("dialogs-quit-unsaved", count = unsaved));
    }
    state.closing_words().into_iter().for_each(|words| drop(ui.label(words)));
    let Some(running) = &state.training.running else {
        ui.add_space(8.0);
        buttons(ui, Some(&tr!("dialogs-quit-confirm")), &tr!("dialogs-keep-working"), out);
        return;
    };
    ui.label(tr!("dialogs-quit-training", name = &running.run.plan.name));
    ui.add_space(4.0);
    if state.training.closing {
        ui.label(RichText::new(tr!("dialogs-quit-after-training-text")).weak());
    } else if ui.button(tr!("dialogs-quit-after-training")).clicked() {
        out.push(Command::Training(TrainingCommand::CloseAfter));
    }
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("dialogs-quit-stop-training")), &tr!("dialogs-keep-working"), out);
}

/// What goes on next time; the window closes by itself.
fn closing(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading(tr!("dialogs-closing"));
    state.closing_words().into_iter().for_each(|words| drop(ui.label(words)));
    ui.add_space(8.0);
    buttons(ui, None, &tr!("dialogs-keep-working"), out);
}

fn safe_start(ui: &mut Ui, out: &mut Vec<Command>) {
    set_width(ui, 460.0);
    ui.heading(tr!("dialogs-safe-title"));
    ui.label(tr!("dialogs-safe-text"));
    ui.label(RichText::new(tr!("dialogs-safe-kept")).weak());
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("dialogs-safe-usual")), &tr!("dialogs-safe-confirm"), out);
}

fn switch_model(ui: &mut Ui, source: &ModelSource, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    ui.heading(tr!("dialogs-switch-title"));
    ui.label(match source {
        ModelSource::Embedded => tr!("dialogs-switch-demo"),
        ModelSource::File(path) => tr!("dialogs-switch", name = file_name(path)),
    });
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("dialogs-switch-confirm")), &tr!("dialogs-switch-keep"), out);
}

fn open(ui: &mut Ui, state: &State, purpose: OpenPurpose, path: &str, problem: Option<&str>, out: &mut Vec<Command>) {
    set_width(ui, 560.0);
    let (title, text) = match purpose {
        OpenPurpose::ModelFolder => (tr!("models-add-folder-title"), tr!("models-add-folder-about")),
        OpenPurpose::Model => (tr!("dialogs-open-model"), tr!("dialogs-open-model.text")),
        OpenPurpose::Lora => (tr!("dialogs-open-lora"), tr!("dialogs-open-lora.text")),
        OpenPurpose::TrainingClips => (tr!("dialogs-open-training"), tr!("dialogs-open-training.text")),
        OpenPurpose::Queue => (tr!("dialogs-open-queue"), tr!("dialogs-open-queue.text")),
        OpenPurpose::Styles => (tr!("prompting-import-styles"), tr!("prompting-import-styles.text")),
        OpenPurpose::Clip => (tr!("dialogs-open-clip"), tr!("dialogs-open-clip.text")),
        OpenPurpose::DataFolder => (tr!("data-open-folder"), tr!("data-open-folder.text")),
        OpenPurpose::DataManifest => (tr!("data-open-manifest"), tr!("data-open-manifest.text")),
        OpenPurpose::DataNetwork(network) => {
            let name = network.title();
            (tr!("data-open-network", name = name), tr!("data-open-network.text", name = name))
        }
        OpenPurpose::DataTrain => (tr!("data-open-train"), tr!("data-open-train.text")),
        OpenPurpose::DataShards => (tr!("data-open-shards"), tr!("data-open-shards.text")),
    };
    ui.heading(title);
    ui.add(Label::new(RichText::new(text).weak()).wrap());
    ui.horizontal(|ui| {
        let label = ui.label(tr!("dialogs-file")).id;
        path_field(ui, state, path, label, out);
    });
    if let Some(problem) = problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("dialogs-open")), &tr!("dialogs-cancel"), out);
}

/// Where to save the queue or the styles.
fn save_file(ui: &mut Ui, state: &State, save: &SaveFile, out: &mut Vec<Command>) {
    set_width(ui, 520.0);
    let (title, about) = match save.what {
        SavedThing::Queue => (tr!("settings-save-queue-title"), Some(tr!("settings-save-queue-text"))),
        SavedThing::Styles => (tr!("prompting-export-styles"), None),
        SavedThing::DataPage => (tr!("data-save-page"), Some(tr!("data-save-page.text"))),
        SavedThing::DataManifest => (tr!("data-save-manifest"), Some(tr!("data-save-manifest.text"))),
    };
    ui.heading(title);
    if let Some(about) = about {
        ui.label(RichText::new(about).weak());
    }
    ui.horizontal(|ui| {
        let label = ui.label(tr!("dialogs-file")).id;
        path_field(ui, state, &save.path, label, out);
    });
    if let Some(problem) = &save.problem {
        ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
    }
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("prompting-save")), &tr!("dialogs-cancel"), out);
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
        let browse = ui.add_enabled(!state.view.choosing_file, Button::new(tr!("dialogs-browse")));
        if browse.on_hover_text(tr!("dialogs-browse.tooltip")).clicked() {
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
                if button.on_hover_text(tr!("dialogs-key-confirm")).clicked() {
                    out.push(Command::ConfirmDialog);
                }
            }
            let response = ui.button(cancel).on_hover_text(tr!("dialogs-key-cancel"));
            if response.clicked() {
                out.push(Command::CloseDialog);
            }
            if ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
        },
    );
}
