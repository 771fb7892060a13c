//! The list of clips on the data page: only rows in sight are laid out, whatever their number.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Color32, EventFilter, FontId, Id, Key, Modifiers, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use hummingbird_engine::data::filter::by_hand;
use hummingbird_engine::data::manifest::Row;

use super::data::push;
use super::data_words::{clip_name, facts, reasons_in_words};
use super::icons::{self, Icon};
use super::textures::Textures;
use super::theme;
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::clips::short;
use crate::window::state::data_rows::offered;

/// Height of a row and space below it, in points.
const HEIGHT: f32 = 80.0;
const GAP: f32 = 4.0;
/// Room for a picture, in points.
const PICTURE: [f32; 2] = [116.0, 72.0];
/// The fastest that pictures move, in frames a second.
const FPS: f64 = 4.0;

fn row_id(index: usize) -> Id {
    Id::unique(("data clip", index))
}

/// Where a caption is typed.
pub fn caption_id() -> Id {
    Id::unique("data caption")
}

/// Which frame of a picture of `count` frames is shown now, and in how many seconds the next one follows.
fn moving_frame(count: usize, now_secs: f64) -> (usize, f64) {
    let ticks = (now_secs * FPS).floor();
    ((ticks as u64 % count.max(1) as u64) as usize, (ticks + 1.0) / FPS - now_secs)
}

/// In how many seconds the next picture in sight moves; `None` while none does.
pub fn next_picture_secs(state: &State) -> Option<f64> {
    let data = &state.data;
    if !data.is_shown || state.view.is_still() {
        return None;
    }
    let moves = data.in_sight().iter().any(|row| data.pictures.get(*row).is_some_and(|picture| picture.count() > 1));
    moves.then(|| moving_frame(1, state.view.now_secs).1.max(0.001))
}

/// The list.
pub fn list(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let data = &state.data;
    let order = data.order();
    if order.is_empty() {
        let words = match (data.rows.all().is_empty(), data.work.is_some()) {
            (true, true) => tr!("data-looking"),
            (true, false) => tr!("data-no-clips"),
            (false, _) => tr!("library-none-like-this"),
        };
        ui.add_space(16.0);
        ui.vertical_centered(|ui| ui.label(RichText::new(words).weak()));
        return;
    }
    let width = ui.available_width() - 12.0;
    ScrollArea::vertical().id_salt("data list").auto_shrink(false).show_viewport(ui, |ui, viewport| {
        let step = HEIGHT + GAP;
        ui.set_height(order.len() as f32 * step);
        let origin = ui.min_rect().min;
        let rect = |place: usize| Rect::from_min_size(origin + vec2(0.0, place as f32 * step), vec2(width, HEIGHT));
        let first = ((viewport.top() / step).floor().max(0.0) as usize).min(order.len());
        let last = ((viewport.bottom() / step).ceil().max(0.0) as usize).min(order.len());
        if data.visible != (first..last) {
            push(out, DataCommand::See(first..last));
        }
        let cursor = data.cursor.and_then(|row| data.place(row));
        // The row with the keyboard is there also while it is out of sight: the keyboard would leave it.
        let outside = cursor.filter(|place| !(first..last).contains(place));
        for place in (first..last).chain(outside) {
            let Some(&index) = order.get(place) else { continue };
            if let Some(row) = data.rows.get(index) {
                clip_row(ui, state, (index, row), rect(place), textures, out);
            }
        }
        if data.follow_cursor {
            let place = cursor.unwrap_or(0);
            if let Some(&index) = order.get(place) {
                let id = if data.editing.is_some() { caption_id() } else { row_id(index) };
                ui.memory_mut(|memory| memory.request_focus(id));
                ui.scroll_to_rect(rect(place), None);
                if cursor.is_none() {
                    push(out, DataCommand::Cursor(index));
                } else {
                    push(out, DataCommand::CursorFollowed);
                }
            }
        }
        if let Some(place) = cursor.filter(|place| ui.memory(|memory| memory.has_focus(row_id(order[*place])))) {
            arrows(ui, order, place, (viewport.height() / step) as isize, out);
        }
    });
}

/// The arrows move the keyboard from row to row.
fn arrows(ui: &Ui, order: &[usize], place: usize, page: isize, out: &mut Vec<Command>) {
    let count = order.len().cast_signed();
    let page = page.max(1);
    let steps = [
        (Key::ArrowUp, -1),
        (Key::ArrowDown, 1),
        (Key::PageUp, -page),
        (Key::PageDown, page),
        (Key::Home, -count),
        (Key::End, count),
    ];
    let by: isize = ui.input(|input| steps.iter().map(|(key, by)| by * input.num_presses(*key).cast_signed()).sum());
    if by != 0
        && let Some(&index) = order.get(place.saturating_add_signed(by).min(order.len() - 1))
    {
        push(out, DataCommand::Cursor(index));
    }
}

/// Whether a row is kept, as a person or the limits say.
pub fn is_kept(row: &Row) -> bool {
    row.error.is_none() && by_hand(row).or(row.keep).unwrap_or(true)
}

fn clip_row(
    ui: &mut Ui,
    state: &State,
    (index, row): (usize, &Row),
    rect: Rect,
    textures: &Textures,
    out: &mut Vec<Command>,
) {
    let is_current = state.data.cursor == Some(index);
    let response = ui.interact(rect, row_id(index), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_current, spoken(row)));
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    if response.clicked() {
        let (space, enter) = ui.input(|input| (input.key_pressed(Key::Space), input.key_pressed(Key::Enter)));
        match () {
            () if response.has_focus() && space => push(out, DataCommand::Mark(index)),
            () if response.has_focus() && enter => push(out, DataCommand::Edit(index)),
            () => push(out, DataCommand::Cursor(index)),
        }
    }
    if response.double_clicked() {
        push(out, DataCommand::Edit(index));
    }
    if response.gained_focus() && !is_current {
        push(out, DataCommand::Cursor(index));
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    let visuals = ui.style().interact_selectable(&response, is_current);
    let painter = ui.painter();
    painter.rect_filled(rect, 6.0, if is_current { visuals.bg_fill } else { ui.visuals().panel_fill });
    picture(ui, state, index, row, rect, textures);
    if response.has_focus() {
        painter.rect_stroke(rect, 6.0, Stroke::new(2.0, theme::accent(ui)), StrokeKind::Inside);
    }
    let words = Rect::from_min_max(pos2(rect.left() + PICTURE[0] + 10.0, rect.top() + 4.0), rect.max - vec2(8.0, 4.0));
    match &state.data.editing {
        Some((editing, text)) if *editing == index => caption_field(ui, text, words, row, out),
        _ => said(ui, state, row, words, is_current),
    }
}

/// What a screen reader says of a row.
fn spoken(row: &Row) -> String {
    let name = clip_name(row);
    let state = match (&row.error, is_kept(row)) {
        (Some(error), _) => error.clone(),
        (None, true) => tr!("data-kept"),
        (None, false) => format!("{}, {}", tr!("data-dropped"), reasons_in_words(row)),
    };
    tr!("data-clip", name = name, caption = short(&row.text, 80), state = state)
}

fn picture(ui: &Ui, state: &State, index: usize, row: &Row, rect: Rect, textures: &Textures) {
    let room = Rect::from_min_size(rect.min + vec2(4.0, 4.0), vec2(PICTURE[0] - 4.0, PICTURE[1]));
    let painter = ui.painter();
    let Some(sheet) = textures.data(index) else {
        let icon = Rect::from_center_size(room.center(), vec2(26.0, 20.0));
        let kind = if row.error.is_some() { Icon::Warning } else { Icon::Film };
        icons::paint(painter, kind, icon, ui.visuals().weak_text_color());
        return;
    };
    let count = sheet.count();
    let frame = if state.view.is_still() { count / 2 } else { moving_frame(count, state.view.now_secs).0 };
    let (texture, part) = sheet.frame(frame);
    let size = sheet.size();
    let scale = (room.width() / size.x).min(room.height() / size.y);
    let shade = if is_kept(row) { Color32::WHITE } else { Color32::from_gray(130) };
    painter.image(texture.id(), Rect::from_center_size(room.center(), size * scale), part, shade);
}

/// A text that ends with an ellipsis where it has no room.
fn cut(ui: &Ui, text: &str, size: f32, colour: Color32, width: f32, rows: usize) -> Arc<egui::Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(FontId::proportional(size), colour));
    job.wrap = TextWrapping { max_width: width, max_rows: rows, ..TextWrapping::default() };
    ui.painter().layout_job(job)
}

/// Caption, facts, and why it is dropped.
fn said(ui: &Ui, state: &State, row: &Row, room: Rect, is_current: bool) {
    let visuals = ui.visuals();
    let plain = if is_current { visuals.strong_text_color() } else { visuals.text_color() };
    let weak = if is_current { plain } else { visuals.weak_text_color() };
    let painter = ui.painter().with_clip_rect(room.intersect(ui.clip_rect()));
    let caption = match (&row.error, row.text.is_empty()) {
        (Some(_), _) => clip_name(row).to_owned(),
        (None, true) => tr!("data-no-caption"),
        (None, false) => short(&row.text, 400),
    };
    let colour = if row.error.is_none() && row.text.is_empty() { weak } else { plain };
    let galley = cut(ui, &caption, 13.0, colour, room.width(), 2);
    painter.galley(room.min, galley, colour);
    let mut facts = facts(row, state.data.listing.sort);
    if row.error.is_none() {
        // Names are long, and what is known is worth more where there is little room.
        facts = format!("{facts} · {}", clip_name(row));
    }
    painter.galley(room.min + vec2(0.0, 37.0), cut(ui, &facts, 11.0, weak, room.width(), 1), weak);
    let (words, colour) = match (&row.error, is_kept(row)) {
        (Some(error), _) => (error.clone(), visuals.error_fg_color),
        (None, true) if offered(row).is_some() => (tr!("data-offer-waits"), theme::accent(ui)),
        (None, true) if by_hand(row) == Some(true) => (tr!("data-kept-by-hand"), weak),
        (None, true) => (String::new(), weak),
        (None, false) => match reasons_in_words(row) {
            reasons if reasons.is_empty() => (tr!("data-dropped"), visuals.warn_fg_color),
            reasons => (reasons, visuals.warn_fg_color),
        },
    };
    let colour = if is_current { plain } else { colour };
    painter.galley(room.min + vec2(0.0, 54.0), cut(ui, &words, 11.5, colour, room.width(), 1), colour);
}

/// A caption that is being typed: Enter keeps it, Escape leaves it.
fn caption_field(ui: &mut Ui, text: &str, room: Rect, row: &Row, out: &mut Vec<Command>) {
    let has_focus = ui.memory(|memory| memory.has_focus(caption_id()));
    let enter = ui.input_mut(|input| has_focus && input.consume_key(Modifiers::NONE, Key::Enter));
    let mut typed = text.to_owned();
    let mut inner = ui.new_child(UiBuilder::new().max_rect(room));
    let field = TextEdit::multiline(&mut typed).id(caption_id()).desired_rows(3).desired_width(room.width() - 8.0);
    let response = inner.add(field).accessible_name(tr!("data-caption-of", name = clip_name(row)));
    if response.changed() {
        push(out, DataCommand::SetText(typed.replace(['\n', '\r'], " ")));
    }
    if enter {
        push(out, DataCommand::KeepText);
    } else if response.lost_focus() {
        // egui takes the keyboard away with Escape before anybody can ask for the key.
        let gives_up = ui.input(|input| input.key_pressed(Key::Escape));
        push(out, if gives_up { DataCommand::LeaveText } else { DataCommand::KeepText });
    }
}
