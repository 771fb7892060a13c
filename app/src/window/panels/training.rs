//! The training page: the folder of clips with their captions on the left, the run on the right (`training_run`).

use egui::{Button, Image, Label, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::dialogs::{buttons, set_width};
use super::notices::notices_panel;
use super::textures::Textures;
use super::training_run::run_column;
use super::widgets::{action_button, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, TrainingCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::training::{ClipList, Training, TrainingClip};

/// Height of a clip's row, in points.
const ROW_HEIGHT: f32 = 74.0;
/// Width of a clip's picture, in points.
const PICTURE_WIDTH: f32 = 92.0;
/// Width of the page at most, in points.
const PAGE_WIDTH: f32 = 1000.0;
/// Space between the columns, in points.
const COLUMN_GAP: f32 = 16.0;
/// Width of the window from which on the columns stand beside each other, in points.
const TWO_COLUMNS: f32 = 640.0;
/// What heading, margins and the buttons below take of the window's height.
const AROUND: f32 = 210.0;

/// The page itself.
pub fn page(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let screen = ui.ctx().content_rect();
    set_width(ui, PAGE_WIDTH);
    ui.heading(tr!("training-title"));
    let text = match state.models.card() {
        Some(card) => tr!("training-intro", model = card.name.as_str()),
        None => tr!("training-intro-without-model"),
    };
    ui.add(Label::new(RichText::new(text).weak()).wrap());
    let top = ui.cursor().top();
    notices_panel(ui, state, out);
    let height = (screen.height() - AROUND - (ui.cursor().top() - top)).max(160.0);
    if screen.width() < TWO_COLUMNS {
        clips_column(ui, state, textures, height, out);
        ui.separator();
        run_column(ui, state, textures, out);
    } else {
        columns(ui, state, textures, height, out);
    }
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        action_button(ui, state, Action::UndoCaption, out);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            buttons(ui, None, &tr!("window-close"), out);
        });
    });
}

/// Clips on the left, the run on the right.
fn columns(ui: &mut Ui, state: &State, textures: &Textures, height: f32, out: &mut Vec<Command>) {
    ui.columns(2, |columns| {
        // Not as columns are by themselves: they justify texts and buttons.
        let layout = egui::Layout::top_down(egui::Align::Min);
        if let [clips, run] = columns {
            clips.with_layout(layout, |ui| {
                ui.set_max_width(ui.available_width() - COLUMN_GAP);
                clips_column(ui, state, textures, height, out);
            });
            run.with_layout(layout, |ui| {
                let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false);
                area.show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - 8.0);
                    run_column(ui, state, textures, out);
                });
            });
        }
    });
}

/// A command of this page.
pub fn push(out: &mut Vec<Command>, command: TrainingCommand) {
    out.push(Command::Training(command));
}

fn clips_column(ui: &mut Ui, state: &State, textures: &Textures, height: f32, out: &mut Vec<Command>) {
    let top = ui.cursor().top();
    folder_row(ui, state, out);
    match &state.training.clips {
        _ if state.training.looking => {
            ui.label(RichText::new(tr!("training-reading")).weak());
        }
        None => {
            ui.add(Label::new(RichText::new(tr!("training-choose")).weak()).wrap());
        }
        Some(Err(problem)) => {
            ui.add(Label::new(RichText::new(sentence(problem)).color(ui.visuals().error_fg_color)).wrap());
        }
        Some(Ok(list)) => {
            summary(ui, state, list);
            let left = height - (ui.cursor().top() - top);
            clip_rows(ui, list, textures, left, out);
        }
    }
}

fn folder_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let label = ui.label(tr!("training-folder")).id;
        let mut text = state.training.form.folder.clone();
        let width = (ui.available_width() - 96.0).max(80.0);
        let response = ui.add(TextEdit::singleline(&mut text).desired_width(width)).labelled_by(label);
        if response.changed() {
            push(out, TrainingCommand::SetFolder(text));
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            push(out, TrainingCommand::Look);
        }
        let browse = ui.add_enabled(!state.view.choosing_file, Button::new(tr!("training-browse")));
        if browse.on_hover_text(tr!("training-browse.tooltip")).clicked() {
            push(out, TrainingCommand::Browse);
        }
    });
}

fn summary(ui: &mut Ui, state: &State, list: &ClipList) {
    let without = list.without_caption();
    let count = list.clips.len();
    let has_trigger = !state.training.form.trigger.trim().is_empty();
    ui.label(match (without, has_trigger) {
        (0, _) => tr!("training-count", count = count),
        (_, true) => tr!("training-count-trigger", count = count, without = without),
        (_, false) => tr!("training-count-left-out", count = count, without = without),
    });
    if !list.left_out.is_empty() {
        let title = tr!("training-left-out", count = list.left_out.len());
        let colour = ui.visuals().warn_fg_color;
        egui::CollapsingHeader::new(RichText::new(title).color(colour)).id_salt("left out").show(ui, |ui| {
            ScrollArea::vertical().id_salt("reasons").max_height(90.0).show(ui, |ui| {
                for reason in &list.left_out {
                    ui.add(Label::new(RichText::new(sentence(reason)).small()).wrap());
                }
            });
        });
    }
}

fn clip_rows(ui: &mut Ui, list: &ClipList, textures: &Textures, height: f32, out: &mut Vec<Command>) {
    let area = ScrollArea::vertical().id_salt("list").max_height(height).min_scrolled_height(height).auto_shrink(false);
    // Only what is in sight is drawn: folders have thousands of clips.
    area.show_rows(ui, ROW_HEIGHT, list.clips.len(), |ui, rows| {
        ui.set_max_width(ui.available_width() - 8.0);
        for index in rows {
            if let Some(clip) = list.clips.get(index) {
                ui.push_id(&clip.path, |ui| clip_row(ui, list, index, clip, textures, out));
            }
        }
    });
}

fn clip_row(
    ui: &mut Ui,
    list: &ClipList,
    index: usize,
    clip: &TrainingClip,
    textures: &Textures,
    out: &mut Vec<Command>,
) {
    let name = Training::clip_name(list, clip);
    ui.allocate_ui(vec2(ui.available_width(), ROW_HEIGHT), |ui| {
        ui.set_min_height(ROW_HEIGHT);
        ui.horizontal_top(|ui| {
            let room = vec2(PICTURE_WIDTH, ROW_HEIGHT - 8.0);
            ui.allocate_ui(room, |ui| {
                ui.set_min_size(room);
                if let Some(texture) = textures.training(&clip.path) {
                    let size = texture.size_vec2();
                    let size = size * (room.x / size.x).min(room.y / size.y);
                    ui.add(Image::new((texture.id(), size)).fit_to_exact_size(size).corner_radius(4.0))
                        .accessible_name(tr!("training-first-frame", clip = name.as_str()));
                }
            });
            ui.vertical(|ui| {
                let label = ui.add(Label::new(RichText::new(format!("{name} · {}", clip.what)).small()).truncate());
                let mut caption = clip.caption.clone();
                let field = TextEdit::multiline(&mut caption)
                    .desired_rows(2)
                    .desired_width(f32::INFINITY)
                    .hint_text(tr!("training-caption"));
                let response = ui.add(field).labelled_by(label.id);
                let response = response.accessible_name(tr!("training-caption.name", clip = name.as_str()));
                if response.changed() {
                    push(out, TrainingCommand::SetCaption(index, caption));
                }
                if response.lost_focus() {
                    push(out, TrainingCommand::KeepCaptions);
                }
            });
        });
    });
}
