//! The right panel: jobs that wait, and the newest clips.

use egui::{Button, Image, Label, RichText, ScrollArea, Sense, Ui, vec2};

use super::icons::Icon;
use super::paused::paused_panel;
use super::queue::queue_panel;
use super::textures::Textures;
use super::widgets::{action_button, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::{Command, LibraryCommand};
use crate::window::state::action::Action;
use crate::window::state::clips::{Keeping, ResultClip, Shown, decoder_text, loras_text, short};
use crate::window::state::library::{KeptClip, LibraryStatus};
use crate::window::state::{HistoryRow, State};

/// Below this height, in points, the queue leaves the history no room: all of the panel scrolls then.
const LOW: f32 = 320.0;

/// The right panel.
pub fn history_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let is_low = ui.available_height() < LOW;
    if !is_low {
        above(ui, state, textures, out);
    }
    ScrollArea::vertical().id_salt("history").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        if is_low {
            above(ui, state, textures, out);
        }
        clips(ui, state, textures, out);
    });
}

/// The queue, what stands still, and the heading of the history.
fn above(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    queue_panel(ui, state, textures, out);
    paused_panel(ui, state, out);
    ui.horizontal(|ui| {
        ui.label(RichText::new(tr!("library-history")).strong().size(15.0));
        if !state.results.deleted.is_empty() || !state.library.removed.is_empty() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let undo =
                    ui.small_button(tr!("library-history-undo")).on_hover_text(Action::UndoDelete.hint(ui.ctx()));
                if undo.accessible_name(Action::UndoDelete.row().label()).clicked() {
                    out.push(Command::Run(Action::UndoDelete));
                }
            });
        }
    });
}

/// The newest clips.
fn clips(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let rows = state.history();
    if rows.is_empty() {
        ui.label(RichText::new(tr!("library-history-empty")).weak().small());
        return;
    }
    for row in rows {
        match row {
            HistoryRow::Result(result) => entry(ui, state, result, textures, out),
            HistoryRow::Kept(clip) => kept_entry(ui, clip, textures, out),
        }
    }
    if state.library.status == LibraryStatus::Open {
        action_button(ui, state, Action::ShowLibrary, out);
    }
}

/// A clip of the library that is not in memory.
fn kept_entry(ui: &mut Ui, clip: &KeptClip, textures: &Textures, out: &mut Vec<Command>) {
    let entry = &clip.entry;
    let prompt = entry.provenance.text("prompt");
    let width = ui.available_width();
    let padding = 4.0;
    let button = match textures.kept(entry.id) {
        Some(sheet) => {
            let (texture, part) = sheet.frame(sheet.count() / 2);
            let size = sheet.size();
            let scale = ((width - 2.0 * padding) / size.x).min(width / size.y);
            let image = Image::new((texture.id(), size * scale)).uv(part).fit_to_exact_size(size * scale);
            Button::image(image.corner_radius(4.0))
        }
        None => Button::new(tr!("library-history-no-picture")),
    };
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(padding, padding);
        let name = show_name(prompt, entry.provenance.whole("seed"));
        let button = button.sense(Sense::click()).min_size(vec2(width, 0.0));
        if ui.add(button).on_hover_text(prompt).accessible_name(name).clicked() {
            out.push(Command::Library(LibraryCommand::Open(entry.id)));
        }
    });
    ui.horizontal(|ui| {
        let kept = ui.label(RichText::new(tr!("library-history-kept")).small().weak());
        kept.on_hover_text(entry.path.display().to_string());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = tr!("library-history-delete", prompt = short(prompt, 40));
            let command = Command::Library(LibraryCommand::Remove(entry.id));
            small_icon_button(ui, Icon::Bin, &name, command, out);
        });
    });
    ui.add(Label::new(RichText::new(short(prompt, 70)).small()).wrap());
    ui.add_space(8.0);
}

/// The name of the picture of a clip.
fn show_name(prompt: &str, seed: u64) -> String {
    tr!("library-history-show", prompt = short(prompt, 60), seed = seed.to_string())
}

fn entry(ui: &mut Ui, state: &State, result: &ResultClip, textures: &Textures, out: &mut Vec<Command>) {
    let shown = state.results.shown == Shown::Result(result.id);
    let request = &result.outcome.request;
    let width = ui.available_width();
    let name = show_name(&request.clip.prompt, request.clip.seed);
    let padding = 4.0;
    let picture = vec2(width - 2.0 * padding, width);
    let button = match textures.thumbnail(result.id) {
        Some(texture) => {
            let size = texture.size_vec2();
            let scale = (picture.x / size.x).min(picture.y / size.y);
            let image = Image::new((texture.id(), size * scale)).fit_to_exact_size(size * scale).corner_radius(4.0);
            Button::image(image)
        }
        None => Button::new(tr!("library-history-no-picture")),
    };
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(padding, padding);
        let button = button.selected(shown).sense(Sense::click()).min_size(vec2(width, 0.0));
        let response = ui.add(button).on_hover_text(&request.clip.prompt).accessible_name(name);
        if response.clicked() {
            out.push(Command::ShowResult(result.id));
        }
        if shown && response.gained_focus() {
            response.scroll_to_me(None);
        }
    });
    ui.horizontal(|ui| {
        let text = match (&result.exported, &result.keeping) {
            (Some(_), _) => tr!("library-history-saved"),
            (None, Keeping::Kept(..)) => tr!("library-history-kept"),
            (None, Keeping::UnderWay) => tr!("library-history-being-kept"),
            (None, Keeping::Wanted | Keeping::Failed(_)) => tr!("library-history-not-saved"),
        };
        let is_safe = result.file().is_some() || result.keeping == Keeping::UnderWay;
        let colour = if is_safe { ui.visuals().weak_text_color() } else { ui.visuals().warn_fg_color };
        let saved = ui.label(RichText::new(text).small().color(colour));
        if let Some(path) = result.file() {
            saved.on_hover_text(path.display().to_string());
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = tr!("library-history-delete", prompt = short(&request.clip.prompt, 40));
            small_icon_button(ui, Icon::Bin, &name, Command::Delete(result.id), out);
        });
    });
    let made = decoder_text(&result.outcome.decoder);
    let text = format!("{}{}{made}", short(&request.clip.prompt, 70), loras_text(request));
    ui.add(Label::new(RichText::new(text).small()).wrap());
    if shown {
        action_button(ui, state, Action::ReuseSettings, out);
        if result.outcome.latent_path.is_some() {
            action_button(ui, state, Action::DecodeAgain, out);
        }
    }
    ui.add_space(8.0);
}
