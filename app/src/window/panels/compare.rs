//! Two clips in sync, side by side or one over the other, and what differs between them.

use egui::{Color32, Grid, Label, Rect, RichText, Role, ScrollArea, Sense, Slider, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::textures::Textures;
use crate::language::tr;
use crate::window::commands::command::{Command, LibraryCommand};
use crate::window::state::action::Action;
use crate::window::state::clips::short;
use crate::window::state::compare::{Compare, CompareHow};

/// Height of what is above the pictures, in points.
const SPACE_BELOW: f32 = 40.0;

/// Width of a column of what differs, in points.
const COLUMN: f32 = 74.0;

fn push(out: &mut Vec<Command>, command: LibraryCommand) {
    out.push(Command::Library(command));
}

/// The pictures.
pub fn compare_panel(ui: &mut Ui, compare: &Compare, textures: &Textures, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.heading(tr!("library-compare"));
        for how in [CompareHow::SideBySide, CompareHow::Wipe] {
            let label = match how {
                CompareHow::SideBySide => tr!("library-compare-side-by-side"),
                CompareHow::Wipe => tr!("library-compare-wipe"),
            };
            if ui.radio(compare.how == how, label).clicked() {
                push(out, LibraryCommand::CompareHow(how));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button(tr!("library-compare-back")).on_hover_text(Action::CompareClips.hint(ui.ctx())).clicked() {
                out.push(Command::Run(Action::CompareClips));
            }
        });
    });
    transport(ui, compare, out);
    let space = ui.available_rect_before_wrap();
    match compare.how {
        CompareHow::SideBySide => {
            let half = vec2((space.width() - 8.0) / 2.0, space.height());
            for side in 0..2 {
                let at = space.min + vec2(side as f32 * (half.x + 8.0), 0.0);
                picture(ui, compare, side, Rect::from_min_size(at, half), textures, 0.0..=1.0);
            }
        }
        CompareHow::Wipe => {
            let room = Rect::from_min_size(space.min, space.size() - vec2(0.0, SPACE_BELOW));
            let shown = picture(ui, compare, 0, room, textures, 0.0..=compare.wipe);
            picture(ui, compare, 1, room, textures, compare.wipe..=1.0);
            if let Some(shown) = shown {
                let x = egui::lerp(shown.left()..=shown.right(), compare.wipe);
                ui.painter().vline(x, shown.y_range(), Stroke::new(2.0, Color32::WHITE));
            }
            ui.scope_builder(
                egui::UiBuilder::new().max_rect(Rect::from_min_max(pos2(space.left(), room.bottom()), space.max)),
                |ui| {
                    let mut wipe = compare.wipe;
                    ui.spacing_mut().slider_width = (ui.available_width() - 90.0).max(60.0);
                    ui.horizontal(|ui| {
                        let label = ui.label(tr!("library-compare-wipe")).id;
                        let slider = Slider::new(&mut wipe, 0.0..=1.0).show_value(false);
                        if ui.add(slider).labelled_by(label).changed() {
                            push(out, LibraryCommand::Wipe(wipe));
                        }
                    });
                },
            );
        }
    }
}

fn transport(ui: &mut Ui, compare: &Compare, out: &mut Vec<Command>) {
    let count = compare.count();
    ui.horizontal(|ui| {
        let label = if compare.playback.playing { tr!("library-compare-pause") } else { tr!("library-compare-play") };
        if ui.add_enabled(count > 1, egui::Button::new(label)).clicked() {
            push(out, LibraryCommand::ComparePlay);
        }
        let mut frame = compare.playback.frame + 1;
        let slider = Slider::new(&mut frame, 1..=count.max(1)).show_value(true);
        ui.spacing_mut().slider_width = (ui.available_width() - 80.0).max(60.0);
        if ui.add_enabled(count > 1, slider).accessible_name(tr!("library-compare-frame")).changed() {
            push(out, LibraryCommand::CompareSeek(frame - 1));
        }
    });
}

/// Draws a part of a clip as large as it fits; where the whole would be.
fn picture(
    ui: &mut Ui,
    compare: &Compare,
    side: usize,
    room: Rect,
    textures: &Textures,
    part: std::ops::RangeInclusive<f32>,
) -> Option<Rect> {
    let clip = &compare.sides.get(side)?.clip.entry;
    let name = tr!(
        "library-compare-clip",
        side = *["A", "B"].get(side)?,
        prompt = short(clip.provenance.text("prompt"), 40),
        seed = clip.provenance.whole("seed").to_string()
    );
    let Some(texture) = textures.compared(side) else {
        let text = compare.sides[side].problem.clone().unwrap_or_else(|| tr!("library-compare-reading"));
        let colour = ui.visuals().weak_text_color();
        ui.painter().text(room.center(), egui::Align2::CENTER_CENTER, text, egui::FontId::proportional(14.0), colour);
        return None;
    };
    let size = texture.size_vec2();
    let scale = (room.width() / size.x).min(room.height() / size.y);
    let whole = Rect::from_center_size(room.center(), size * scale);
    let at = |share: f32| egui::lerp(whole.left()..=whole.right(), share);
    let shown = Rect::from_min_max(pos2(at(*part.start()), whole.top()), pos2(at(*part.end()), whole.bottom()));
    let uv = Rect::from_min_max(pos2(*part.start(), 0.0), pos2(*part.end(), 1.0));
    let response = ui.interact(shown, ui.scope_id().with(("compared", side)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    ui.painter().image(texture.id(), shown, uv, Color32::WHITE);
    Some(whole)
}

/// What differs.
pub fn differences_panel(ui: &mut Ui, compare: &Compare) {
    ui.label(RichText::new(tr!("library-differences")).strong());
    let differences = compare.differences();
    if differences.is_empty() {
        ui.label(tr!("library-differences-none"));
        return;
    }
    ScrollArea::vertical().id_salt("differences").auto_shrink(false).show(ui, |ui| {
        Grid::new("differences grid").num_columns(3).min_col_width(COLUMN).max_col_width(COLUMN).striped(true).show(
            ui,
            |ui| {
                for heading in [tr!("library-differences-setting"), "A".to_owned(), "B".to_owned()] {
                    ui.label(RichText::new(heading).small().weak());
                }
                ui.end_row();
                for (name, values) in differences {
                    ui.add(Label::new(RichText::new(name).small()).wrap());
                    for value in values {
                        let value = if value.is_empty() { "–".to_owned() } else { short(&value, 60) };
                        ui.add(Label::new(RichText::new(value).small()).wrap().selectable(true));
                    }
                    ui.end_row();
                }
            },
        );
    });
}
