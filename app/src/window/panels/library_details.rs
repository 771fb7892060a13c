//! What is said about the clips that are selected in the library, and what can be done with them.

use egui::{Button, DragValue, Image, Label, RichText, ScrollArea, TextEdit, Ui};
use hummingbird_engine::settings::SETTINGS;

use super::library::{selection_buttons, tag_chip};
use super::textures::Textures;
use super::widgets::action_button;
use crate::language::{setting_name, tr};
use crate::units::bytes;
use crate::window::commands::command::{Command, LibraryCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::library::{KeptClip, LibraryStatus};
use crate::window::state::loras::file_name;

/// Bytes of a gibibyte.
const GIB: f64 = (1_u64 << 30) as f64;

/// The right side of the library's page.
pub fn details_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    ScrollArea::vertical().id_salt("library details").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        match (state.library.selected.len(), state.library.single()) {
            (1, Some(clip)) => one(ui, state, clip, textures, out),
            (0, _) => none(ui, state, out),
            (count, _) => several(ui, state, count, out),
        }
    });
}

fn push(out: &mut Vec<Command>, command: LibraryCommand) {
    out.push(Command::Library(command));
}

fn one(ui: &mut Ui, state: &State, clip: &KeptClip, textures: &Textures, out: &mut Vec<Command>) {
    let entry = &clip.entry;
    if let Some(sheet) = textures.kept(entry.id) {
        let (texture, part) = sheet.frame(sheet.count() / 2);
        let size = sheet.size() * (ui.available_width() / sheet.size().x).min(180.0 / sheet.size().y);
        ui.add(Image::new((texture.id(), size)).uv(part).fit_to_exact_size(size).corner_radius(4.0))
            .accessible_name(tr!("library-details-clip"));
    }
    ui.add(Label::new(RichText::new(entry.provenance.text("prompt")).strong()).wrap().selectable(true));
    for action in [Action::OpenKept, Action::ReuseSettings, Action::OtherPrompt, Action::Variations] {
        action_button(ui, state, action, out);
    }
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::DecodeAgain, out);
        action_button(ui, state, Action::ShowInFolder, out);
    });
    selection_buttons(ui, state, out);
    ui.separator();
    tags(ui, state, &entry.tags, out);
    project(ui, state, &entry.project, out);
    note(ui, state, clip, out);
    ui.separator();
    facts(ui, clip);
}

fn tags(ui: &mut Ui, state: &State, tags: &[String], out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        for tag in tags {
            tag_chip(ui, tag, out);
        }
    });
    ui.horizontal(|ui| {
        let mut text = state.library.tag.clone();
        let field = TextEdit::singleline(&mut text).desired_width(130.0).hint_text(tr!("library-details-new-tag"));
        let response = ui.add(field).accessible_name(tr!("library-details-new-tag"));
        if response.changed() {
            push(out, LibraryCommand::SetTag(text));
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let can_add = !state.library.tag.trim().is_empty();
        if ui.add_enabled(can_add, Button::new(tr!("library-details-add-tag"))).clicked() || entered {
            push(out, LibraryCommand::AddTag);
        }
    });
}

fn project(ui: &mut Ui, state: &State, current: &str, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let label = ui.label(tr!("library-project")).id;
        let mut text = state.library.project.as_deref().unwrap_or(current).to_owned();
        let field =
            TextEdit::singleline(&mut text).desired_width(f32::INFINITY).hint_text(tr!("library-details-no-project"));
        let response = ui.add(field).labelled_by(label);
        if response.changed() {
            push(out, LibraryCommand::SetProject(text));
        }
        if response.lost_focus() {
            push(out, LibraryCommand::KeepProject);
        }
    });
}

fn note(ui: &mut Ui, state: &State, clip: &KeptClip, out: &mut Vec<Command>) {
    let typed = state.library.note.as_ref().filter(|(id, _)| *id == clip.entry.id).map(|(_, text)| text);
    let mut text = typed.unwrap_or(&clip.entry.note).clone();
    let field = TextEdit::multiline(&mut text)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .hint_text(tr!("library-details-note"));
    let response = ui.add(field).accessible_name(tr!("library-details-note"));
    if response.changed() {
        push(out, LibraryCommand::SetNote(text));
    }
    if response.lost_focus() {
        push(out, LibraryCommand::KeepNote);
    }
}

fn facts(ui: &mut Ui, clip: &KeptClip) {
    let entry = &clip.entry;
    let mut lines = vec![
        tr!(
            "library-details-picture",
            width = entry.width,
            height = entry.height,
            frames = entry.frames,
            fps = entry.fps
        ),
        tr!("library-details-model", name = &entry.provenance.model_name),
    ];
    let shown = ["prompt", "width", "height", "frames", "fps", "decoder"];
    for setting in SETTINGS.iter().filter(|setting| !shown.contains(&setting.name)) {
        if let Some(value) = entry.provenance.settings.get(setting.name).filter(|value| !value.to_string().is_empty()) {
            lines.push(format!("{} {value}", setting_name(setting.name, setting.label)));
        }
    }
    for (name, strength) in &entry.provenance.loras {
        lines.push(format!("LoRA {name} {strength}"));
    }
    if !entry.provenance.tiny_decoder_name.is_empty() {
        lines.push(tr!("library-details-tiny-decoder", name = &entry.provenance.tiny_decoder_name));
    }
    lines.push(tr!("library-details-device", device = &entry.provenance.device));
    if entry.duplicates > 0 {
        lines.push(tr!("library-details-duplicates", count = entry.duplicates + 1));
    }
    let size = bytes(entry.bytes);
    lines.push(format!("{}, {size}", file_name(&entry.path)));
    for line in lines {
        ui.add(Label::new(RichText::new(line).small()).wrap().selectable(true));
    }
}

fn several(ui: &mut Ui, state: &State, count: usize, out: &mut Vec<Command>) {
    ui.label(RichText::new(tr!("library-details-selected", count = count)).strong());
    if count == 2 {
        action_button(ui, state, Action::CompareClips, out);
    }
    selection_buttons(ui, state, out);
    ui.separator();
    let mut common: Option<Vec<String>> = None;
    for id in &state.library.selected {
        let tags = state.library.clip(*id).map(|clip| clip.entry.tags.clone()).unwrap_or_default();
        common = Some(match common {
            Some(before) => before.into_iter().filter(|tag| tags.contains(tag)).collect(),
            None => tags,
        });
        if common.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    tags(ui, state, &common.unwrap_or_default(), out);
    project(ui, state, "", out);
    ui.separator();
    if ui.button(tr!("library-details-select-none")).clicked() {
        push(out, LibraryCommand::SelectNone);
    }
}

fn none(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.add(Label::new(RichText::new(tr!("library-details-none")).weak()).wrap());
    if !state.library.removed.is_empty() {
        action_button(ui, state, Action::UndoDelete, out);
    }
    if state.library.status != LibraryStatus::Open {
        return;
    }
    ui.separator();
    ui.label(RichText::new(tr!("library-keeping")).strong());
    let mut settings = state.library.settings.clone();
    let mut folder = settings.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    let line = |ui: &mut Ui, name: String, hint: String, text: &mut String| {
        let label = ui.label(name).id;
        ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY).hint_text(hint)).labelled_by(label);
    };
    line(ui, tr!("library-keeping-folder"), tr!("library-keeping-folder.hint"), &mut folder);
    line(ui, tr!("library-project"), tr!("library-details-no-project"), &mut settings.project);
    line(ui, tr!("library-keeping-names"), "{date}-{time}-{words}-{seed}".to_owned(), &mut settings.pattern);
    ui.add(Label::new(RichText::new(tr!("library-keeping-filled-in")).small().weak()).wrap());
    settings.folder = Some(folder.trim()).filter(|folder| !folder.is_empty()).map(Into::into);
    ui.horizontal(|ui| {
        let label = ui.label(tr!("library-keeping-latents")).id;
        let mut gib = settings.latent_budget_bytes as f64 / GIB;
        let drag = DragValue::new(&mut gib).range(0.0..=1000.0).speed(0.1).max_decimals(1).suffix(" GiB");
        if ui.add(drag).labelled_by(label).changed() {
            settings.latent_budget_bytes = (gib * GIB) as u64;
        }
    });
    if settings != state.library.settings {
        push(out, LibraryCommand::EditSettings(settings));
    }
    if ui.button(tr!("library-keeping-confirm")).clicked() {
        push(out, LibraryCommand::KeepSettings);
    }
}
