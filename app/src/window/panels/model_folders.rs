//! Folders of the model manager beside the models folder: those of other programs that are offered, those on the list, and the dialog
//! in which a model is completed with files of its own.

use egui::{Button, CollapsingHeader, ComboBox, Label, RichText, TextEdit, Ui};
use hummingbird_engine::model::PartsOf;
use hummingbird_engine::weights::store::folders::{FolderState, FoundProgram};

use super::dialogs::{buttons, set_width};
use super::models::{card, model};
use super::widgets::sentence;
use crate::language::tr;
use crate::sentences::in_words;
use crate::units::{bytes, duration};
use crate::window::commands::command::{Command, FolderCommand};
use crate::window::state::State;
use crate::window::state::loras::file_name;
use crate::window::state::model_fit::{Fit, Judge};
use crate::window::state::model_folders::{Completing, FolderRow, Part};
use crate::window::state::models::{FileKind, ModelRow};

/// Offers, folders and what is in them.
pub fn folders(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let others = &state.models.others;
    for offer in &others.found.offers {
        card(ui, |ui| offered(ui, offer, out));
    }
    if let Some(problem) = &others.problem {
        ui.colored_label(ui.visuals().error_fg_color, sentence(problem));
    }
    if others.searching {
        ui.label(RichText::new(tr!("models-searching")).weak());
    }
    for folder in &others.found.folders {
        heading(ui, folder, out);
        let rows = others.found.rows.iter().filter(|row| row.folder.as_deref() == Some(folder.path.as_path()));
        // Folders of other programs hold LoRAs by the hundred.
        let (loras, models): (Vec<&ModelRow>, Vec<_>) = rows.partition(|row| row.kind == Some(Ok(FileKind::Lora)));
        for row in models {
            card(ui, |ui| model(ui, state, row, out));
        }
        if !loras.is_empty() {
            let title = tr!("models-folder-loras", count = loras.len());
            CollapsingHeader::new(title).id_salt(("loras", &folder.path)).show(ui, |ui| {
                for row in loras {
                    card(ui, |ui| model(ui, state, row, out));
                }
            });
        }
    }
}

/// The button with which a folder is named.
pub fn add_button(ui: &mut Ui, out: &mut Vec<Command>) {
    if ui.button(tr!("models-add-folder")).on_hover_text(tr!("models-add-folder.tooltip")).clicked() {
        out.push(Command::Folders(FolderCommand::Ask));
    }
}

fn offered(ui: &mut Ui, offer: &FoundProgram, out: &mut Vec<Command>) {
    let (program, folder) = (offer.program.name(), offer.root.display().to_string());
    ui.add(Label::new(tr!("models-offer", program = program, folder = folder)).wrap());
    ui.horizontal_wrapped(|ui| {
        let button = ui.button(tr!("models-offer-use")).on_hover_text(tr!("models-offer-use.tooltip"));
        if button.accessible_name(tr!("models-offer-use.name", program = program)).clicked() {
            out.push(Command::Folders(FolderCommand::Add(offer.root.clone())));
        }
        let button = ui.button(tr!("models-offer-refuse"));
        if button.accessible_name(tr!("models-offer-refuse.name", program = program)).clicked() {
            out.push(Command::Folders(FolderCommand::Refuse(offer.root.clone())));
        }
    });
}

fn heading(ui: &mut Ui, folder: &FolderRow, out: &mut Vec<Command>) {
    let path = folder.path.display().to_string();
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let name = folder.program.map_or(path.as_str(), |program| program.name());
        ui.label(RichText::new(name).strong()).on_hover_text(&path);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.button(tr!("models-folder-remove")).on_hover_text(tr!("models-folder-remove.tooltip"));
            if button.accessible_name(tr!("models-folder-remove.name", folder = path.as_str())).clicked() {
                out.push(Command::Folders(FolderCommand::Remove(folder.path.clone())));
            }
        });
    });
    let (text, is_well) = match &folder.state {
        FolderState::Here => (tr!("models-folder-holds", models = folder.models, others = folder.others), true),
        FolderState::Gone => (tr!("models-folder-gone"), false),
        FolderState::Unreadable(reason) => (tr!("models-folder-unreadable", reason = reason.as_str()), false),
    };
    let colour = if is_well { ui.visuals().weak_text_color() } else { ui.visuals().warn_fg_color };
    // A program's name does not say where it is.
    let place = if folder.program.is_some() { format!("{path} · ") } else { String::new() };
    ui.add(Label::new(RichText::new(format!("{place}{text}")).small().color(colour)).wrap());
    if folder.is_cut {
        ui.label(RichText::new(tr!("models-folder-cut")).small().weak());
    }
}

/// Whether a model fits here, who judges, and what a clip of it takes.
pub fn fit(ui: &mut Ui, state: &State, row: &ModelRow) {
    let mut lines = Vec::new();
    if let Some((fit, judge, memory)) = state.memory_fit(row) {
        let memory = bytes(memory);
        let judged = match judge {
            Judge::Memory => tr!("models-judged-memory", memory = memory),
            Judge::MemoryBesideCard => tr!("models-judged-beside-card", memory = memory),
        };
        let text = match fit {
            Fit::Fits => tr!("models-fits", judged = judged),
            Fit::Tight => tr!("models-fits-tightly", judged = judged),
            Fit::TooLarge => tr!("models-too-large", judged = judged),
        };
        lines.push((text, fit));
    }
    if let Some((fit, free)) = state.disk_fit(row) {
        let free = bytes(free);
        match fit {
            Fit::Fits => {}
            Fit::Tight => lines.push((tr!("models-disk-tight", free = free), fit)),
            Fit::TooLarge => lines.push((tr!("models-disk-full", free = free), fit)),
        }
    }
    if let Some(secs) = state.clip_secs(row) {
        lines.push((tr!("models-clip-takes", time = duration(secs)), Fit::Fits));
    }
    for (text, fit) in lines {
        let colour = if fit == Fit::Fits { ui.visuals().weak_text_color() } else { ui.visuals().warn_fg_color };
        ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
    }
}

/// The button with which the missing networks of a model are named.
pub fn complete_button(ui: &mut Ui, row: &ModelRow, out: &mut Vec<Command>) {
    let Some(path) = row.path.as_ref().filter(|_| row.parts.unet && !row.parts.is_whole()) else { return };
    let button = ui.button(tr!("models-complete")).on_hover_text(tr!("models-complete.tooltip"));
    if button.accessible_name(tr!("models-complete.name", model = row.title.as_str())).clicked() {
        out.push(Command::Folders(FolderCommand::Complete(path.clone())));
    }
}

/// The dialog in which a model is completed.
pub fn complete(ui: &mut Ui, state: &State, completing: &Completing, out: &mut Vec<Command>) {
    set_width(ui, 560.0);
    ui.heading(tr!("models-complete-title", model = file_name(&completing.model)));
    ui.add(Label::new(RichText::new(tr!("models-complete-about")).weak()).wrap());
    ui.add_space(4.0);
    part(ui, state, Part::TextEncoder, &completing.text_encoder, out);
    part(ui, state, Part::Autoencoder, &completing.autoencoder, out);
    ui.add_space(8.0);
    let (confirm, cancel) = (tr!("models-complete-confirm"), tr!("models-complete-cancel"));
    buttons(ui, Some(&confirm), &cancel, out);
}

fn part(ui: &mut Ui, state: &State, part: Part, path: &str, out: &mut Vec<Command>) {
    let name = match part {
        Part::TextEncoder => tr!("models-text-encoder"),
        Part::Autoencoder => tr!("models-autoencoder"),
    };
    let label = ui.label(name.as_str()).id;
    ui.horizontal(|ui| {
        let mut text = path.to_owned();
        let width = (ui.available_width() - 130.0).max(120.0);
        let field = TextEdit::singleline(&mut text).desired_width(width).hint_text(tr!("models-part-own"));
        if ui.add(field).labelled_by(label).changed() {
            out.push(Command::Folders(FolderCommand::SetPart(part, text)));
        }
        let here = state.models.listing.iter().flat_map(|listing| &listing.rows);
        let rows = here.chain(&state.models.others.found.rows).filter(|row| part.is_in(row));
        let known: Vec<(&str, &std::path::Path)> =
            rows.filter_map(|row| Some((row.title.as_str(), row.path.as_deref()?))).collect();
        let list = ComboBox::from_id_salt(("part", name.as_str())).selected_text(tr!("models-part-choose"));
        let response = ui.add_enabled_ui(!known.is_empty(), |ui| {
            list.show_ui(ui, |ui| {
                for (title, known) in known {
                    let known = known.display().to_string();
                    if ui.add(Button::selectable(known == path, title)).on_hover_text(&known).clicked() {
                        out.push(Command::Folders(FolderCommand::SetPart(part, known)));
                    }
                }
            })
        });
        response.inner.response.accessible_name(tr!("models-part-choose.name", part = name.as_str()));
    });
}

/// What a file that holds a part of a model is.
fn part_words(parts: PartsOf) -> String {
    match (parts.unet, parts.text_encoder, parts.autoencoder) {
        (true, false, false) => tr!("models-unet-without-both"),
        (true, false, true) => tr!("models-unet-without-text"),
        (true, true, _) => tr!("models-unet-without-vae"),
        (false, true, true) => tr!("models-alone-both"),
        (false, true, false) => tr!("models-alone-text"),
        (false, false, _) => tr!("models-alone-vae"),
    }
}

/// What a file that is here is, where its purpose does not say it.
pub fn kind_words(row: &ModelRow, kind: FileKind) -> Option<String> {
    // What the catalogue lists has a purpose there.
    let is_own = row.licence.is_none();
    match kind {
        FileKind::Part => Some(part_words(row.parts)),
        FileKind::Model if row.folder.is_some() => Some(tr!("models-kind-model")),
        FileKind::Lora if row.folder.is_some() => Some(tr!("models-kind-lora")),
        FileKind::Previews if row.folder.is_some() => Some(tr!("models-kind-previews")),
        FileKind::Model if is_own => Some(tr!("models-own-model")),
        FileKind::Lora if is_own => Some(tr!("models-own-lora")),
        FileKind::Foreign(kind) if is_own => Some(tr!("models-own-foreign", kind = in_words(&kind))),
        _ => None,
    }
}
