//! The library's page: search, filters and a grid of moving thumbnails. What is said about the selected clips: `library_details`.

use egui::{
    Align2, CollapsingHeader, ComboBox, EventFilter, FontId, Id, Key, Rect, RichText, Role, ScrollArea, Sense, Slider,
    Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use hummingbird_engine::library::{ClipId, Filter, Sort};

use super::icons::{self, Icon};
use super::textures::Textures;
use super::theme;
use super::widgets::{action_button, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::{Command, LibraryCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::short;
use crate::window::state::library::{KeptClip, LibraryStatus, Pick};
use crate::window::state::view::FocusTarget;

/// Below this height of the window, in points, the filters are folded away.
const LOW: f32 = 420.0;
/// Space between tiles, in points.
const GAP: f32 = 8.0;
/// Height of the words below a picture, in points.
const CAPTION: f32 = 36.0;
/// Width of a list of filters, in points.
const FILTER_WIDTH: f32 = 118.0;
/// The fastest that thumbnails move, in frames a second: a grid of them is a picture of many.
const MOST_FPS: f64 = 12.0;

/// Where words to search for are typed.
pub fn search_id() -> Id {
    Id::unique("library search")
}

fn tile_id(id: ClipId) -> Id {
    Id::unique(("library clip", id.0))
}

/// Which frame of a thumbnail of `count` frames is shown now, and in how many seconds the next one follows.
fn moving_frame(clip: &KeptClip, count: usize, now_secs: f64) -> (usize, f64) {
    let entry = &clip.entry;
    let duration_secs = f64::from(entry.frames.max(1)) / f64::from(entry.fps.clamp(1, 240));
    let rate = (count as f64 / duration_secs).clamp(0.5, MOST_FPS);
    let ticks = (now_secs * rate).floor();
    ((ticks as u64 % count.max(1) as u64) as usize, (ticks + 1.0) / rate - now_secs)
}

/// In how many seconds the next thumbnail in sight moves; `None` while none does.
pub fn next_tile_secs(state: &State) -> Option<f64> {
    let library = &state.library;
    if !library.is_shown || library.compare.is_some() || state.view.is_still() {
        return None;
    }
    let sight = library.ids.get(library.visible.clone()).unwrap_or_default();
    let moving = sight.iter().filter_map(|id| {
        let count = library.picture(*id)?.count();
        let (_, secs) = moving_frame(library.clip(*id)?, count, state.view.now_secs);
        (count > 1).then_some(secs.max(0.001))
    });
    moving.reduce(f64::min)
}

/// The page but for the details.
pub fn library_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    top_row(ui, state, out);
    if ui.ctx().content_rect().height() < LOW {
        // The clips are worth more room than what chooses among them.
        let header = CollapsingHeader::new(tr!("library-filters")).id_salt("filters");
        header.show_unindented(ui, |ui| filter_row(ui, state, out));
    } else {
        filter_row(ui, state, out);
    }
    ui.add_space(4.0);
    match &state.library.status {
        LibraryStatus::Failed(reason) => {
            ui.label(tr!("library-failed", reason = reason));
        }
        LibraryStatus::Closed => {
            ui.label(tr!("library-opening"));
        }
        LibraryStatus::Open if state.library.ids.is_empty() => empty(ui, state),
        LibraryStatus::Open => grid(ui, state, textures, out),
    }
}

fn push(out: &mut Vec<Command>, command: LibraryCommand) {
    out.push(Command::Library(command));
}

fn top_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let library = &state.library;
    ui.horizontal(|ui| {
        ui.heading(tr!("library-title"));
        let count = match (library.ids.len(), library.total) {
            (listed, total) if listed == total => tr!("library-count", count = total),
            (listed, total) => tr!("library-count-listed", listed = listed, count = total),
        };
        ui.label(RichText::new(count).weak());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button(tr!("library-back")).on_hover_text(Action::ShowLibrary.hint(ui.ctx())).clicked() {
                out.push(Command::Run(Action::ShowLibrary));
            }
            let mut text = library.query.search.clone();
            let field = TextEdit::singleline(&mut text).id(search_id()).hint_text(tr!("library-search-hint"));
            let width = (ui.available_width() - 8.0).clamp(80.0, 320.0);
            let response = ui.add(field.desired_width(width)).accessible_name(tr!("library-search"));
            if response.changed() {
                push(out, LibraryCommand::Search(text));
            }
            if state.view.focus == Some(FocusTarget::Search) {
                response.request_focus();
                out.push(Command::FocusTaken);
            }
        });
    });
}

fn filter_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let library = &state.library;
    let filter = &library.query.filter;
    let mut wanted = filter.clone();
    ui.horizontal_wrapped(|ui| {
        let sort = ComboBox::from_id_salt("sort").width(FILTER_WIDTH).selected_text(sort_name(library.query.sort));
        let response = sort.show_ui(ui, |ui| {
            for sort in Sort::ALL {
                if ui.selectable_label(library.query.sort == sort, sort_name(sort)).clicked() {
                    push(out, LibraryCommand::Sort(sort));
                }
            }
        });
        response.response.accessible_name(tr!("library-sort"));
        let facets = &library.facets;
        let sizes: Vec<((u32, u32), u64)> = facets.sizes.clone();
        let words = [tr!("library-model"), tr!("library-model.all")];
        choice(ui, "Model", words, &facets.models, Clone::clone, &mut wanted.model);
        let words = [tr!("library-size"), tr!("library-size.all")];
        choice(ui, "Size", words, &sizes, |(width, height)| format!("{width} × {height}"), &mut wanted.size);
        let words = [tr!("library-tag"), tr!("library-tag.all")];
        choice(ui, "Tag", words, &facets.tags, Clone::clone, &mut wanted.tag);
        let words = [tr!("library-project"), tr!("library-project.all")];
        choice(ui, "Project", words, &facets.projects, Clone::clone, &mut wanted.project);
        ui.checkbox(&mut wanted.favourites, tr!("library-favourites"));
        ui.checkbox(&mut wanted.duplicates, tr!("library-duplicates")).on_hover_text(tr!("library-duplicates.tooltip"));
        let is_plain = *filter == Filter::default() && library.query.search.is_empty();
        if !is_plain && ui.button(tr!("library-show-all")).clicked() {
            wanted = Filter::default();
            push(out, LibraryCommand::Search(String::new()));
        }
        let mut width = library.tile_width;
        let label = ui.label(tr!("library-tile-size")).id;
        let slider = Slider::new(&mut width, 90.0..=400.0).show_value(false);
        if ui.add(slider).labelled_by(label).changed() {
            push(out, LibraryCommand::TileWidth(width));
        }
    });
    if wanted != *filter {
        push(out, LibraryCommand::Filter(wanted));
    }
}

/// The name of an order of clips, in the language that was chosen.
fn sort_name(sort: Sort) -> String {
    match sort {
        Sort::Newest => tr!("library-sort-newest"),
        Sort::Oldest => tr!("library-sort-oldest"),
        Sort::Prompt => tr!("library-sort-prompt"),
        Sort::Largest => tr!("library-sort-largest"),
        Sort::Longest => tr!("library-sort-longest"),
    }
}

/// A list of what can be chosen, with the number of clips of each; not there where there is no choice. It has its salt, and
/// the words for itself and for no choice.
fn choice<T: Clone + PartialEq>(
    ui: &mut Ui,
    salt: &str,
    [name, all]: [String; 2],
    values: &[(T, u64)],
    text: impl Fn(&T) -> String,
    chosen: &mut Option<T>,
) {
    if values.len() < 2 && chosen.is_none() {
        return;
    }
    let shown = chosen.as_ref().map_or_else(|| all.clone(), &text);
    let list = ComboBox::from_id_salt(salt).width(FILTER_WIDTH).truncate().selected_text(shown);
    let response = list.show_ui(ui, |ui| {
        if ui.selectable_label(chosen.is_none(), all).clicked() {
            *chosen = None;
        }
        for (value, count) in values {
            if ui.selectable_label(chosen.as_ref() == Some(value), format!("{} ({count})", text(value))).clicked() {
                *chosen = Some(value.clone());
            }
        }
    });
    response.response.accessible_name(name);
}

fn empty(ui: &mut Ui, state: &State) {
    let text = if state.library.total == 0 { tr!("library-empty") } else { tr!("library-none-like-this") };
    ui.add_space(20.0);
    ui.vertical_centered(|ui| ui.label(RichText::new(text).weak()));
}

/// Where tiles are.
struct Layout {
    columns: usize,
    tile: egui::Vec2,
}

impl Layout {
    fn of(width: f32, wanted: f32) -> Self {
        let columns = ((width + GAP) / (wanted + GAP)).floor().max(1.0);
        // What is left over makes tiles wider.
        let wide = ((width + GAP) / columns - GAP).max(40.0);
        Self { columns: columns as usize, tile: vec2(wide, wide * 2.0 / 3.0 + CAPTION) }
    }

    fn rows(&self, count: usize) -> usize {
        count.div_ceil(self.columns)
    }

    fn rect(&self, index: usize, origin: egui::Pos2) -> Rect {
        let (row, column) = (index / self.columns, index % self.columns);
        let at = vec2(column as f32 * (self.tile.x + GAP), row as f32 * (self.tile.y + GAP));
        Rect::from_min_size(origin + at, self.tile)
    }
}

fn grid(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let library = &state.library;
    let layout = Layout::of(ui.available_width() - 14.0, library.tile_width);
    let count = library.ids.len();
    ScrollArea::vertical().id_salt("library grid").auto_shrink(false).show_viewport(ui, |ui, viewport| {
        let row_height = layout.tile.y + GAP;
        ui.set_height(layout.rows(count) as f32 * row_height);
        let origin = ui.min_rect().min;
        let first = ((viewport.top() / row_height).floor().max(0.0) as usize * layout.columns).min(count);
        let last = ((viewport.bottom() / row_height).ceil().max(0.0) as usize * layout.columns).min(count);
        if library.visible != (first..last) {
            push(out, LibraryCommand::See(first..last));
        }
        let cursor = library.cursor.and_then(|id| library.place(id));
        // The tile with the keyboard is there also while it is out of sight: the keyboard would leave it.
        let outside = cursor.filter(|place| !(first..last).contains(place));
        for index in (first..last).chain(outside) {
            tile(ui, state, index, layout.rect(index, origin), textures, out);
        }
        if library.follow_cursor {
            let place = cursor.unwrap_or(0);
            if let Some(id) = library.ids.get(place) {
                ui.memory_mut(|memory| memory.request_focus(tile_id(*id)));
                ui.scroll_to_rect(layout.rect(place, origin), None);
                if cursor.is_none() {
                    push(out, LibraryCommand::Pick(*id, Pick::Cursor));
                } else {
                    push(out, LibraryCommand::CursorFollowed);
                }
            }
        }
        let focused = (first..last)
            .chain(outside)
            .find(|index| library.ids.get(*index).is_some_and(|id| ui.memory(|memory| memory.has_focus(tile_id(*id)))));
        if let Some(index) = focused {
            arrows(ui, state, index, &layout, out);
        }
    });
}

/// The arrows move the keyboard from tile to tile; with Shift they select on the way.
fn arrows(ui: &Ui, state: &State, index: usize, layout: &Layout, out: &mut Vec<Command>) {
    let count = state.library.ids.len();
    let page = layout.columns * 3;
    let steps = [
        (Key::ArrowLeft, -1),
        (Key::ArrowRight, 1),
        (Key::ArrowUp, -layout.columns.cast_signed()),
        (Key::ArrowDown, layout.columns.cast_signed()),
        (Key::PageUp, -page.cast_signed()),
        (Key::PageDown, page.cast_signed()),
        (Key::Home, -count.cast_signed()),
        (Key::End, count.cast_signed()),
    ];
    let (by, shift) = ui.input(|input| {
        let pressed = steps.iter().map(|(key, by)| by * input.num_presses(*key).cast_signed());
        (pressed.sum::<isize>(), input.modifiers.shift)
    });
    if by == 0 {
        return;
    }
    let target = index.saturating_add_signed(by).min(count.saturating_sub(1));
    if let Some(id) = state.library.ids.get(target) {
        push(out, LibraryCommand::Pick(*id, if shift { Pick::Range } else { Pick::Cursor }));
    }
}

fn tile(ui: &mut Ui, state: &State, index: usize, rect: Rect, textures: &Textures, out: &mut Vec<Command>) {
    let library = &state.library;
    let Some(id) = library.ids.get(index).copied() else { return };
    let clip = library.clip(id);
    let is_selected = library.selected.contains(&id);
    let response = ui.interact(rect, tile_id(id), Sense::click());
    let prompt = clip.map_or("", |clip| clip.entry.provenance.text("prompt"));
    let seed = clip.map_or(0, |clip| clip.entry.provenance.whole("seed"));
    let name = tr!("library-clip", prompt = short(prompt, 60), seed = seed.to_string());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    if response.double_clicked() {
        push(out, LibraryCommand::Open(id));
    } else if response.clicked() {
        clicked(ui, id, response.has_focus(), out);
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    let visuals = ui.style().interact_selectable(&response, is_selected);
    let painter = ui.painter();
    painter.rect_filled(rect, 6.0, if is_selected { visuals.bg_fill } else { ui.visuals().panel_fill });
    let picture = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - CAPTION)).shrink(4.0);
    match (textures.kept(id), clip) {
        (Some(sheet), Some(clip)) => {
            let frame = if state.view.is_still() {
                sheet.count() / 2
            } else {
                moving_frame(clip, sheet.count(), state.view.now_secs).0
            };
            let (texture, part) = sheet.frame(frame);
            let size = sheet.size();
            let scale = (picture.width() / size.x).min(picture.height() / size.y);
            let place = Rect::from_center_size(picture.center(), size * scale);
            painter.image(texture.id(), place, part, egui::Color32::WHITE);
        }
        _ => {
            let icon = Rect::from_center_size(picture.center(), vec2(28.0, 22.0));
            icons::paint(painter, Icon::Film, icon, ui.visuals().weak_text_color());
        }
    }
    if response.has_focus() {
        painter.rect_stroke(rect, 6.0, Stroke::new(2.0, theme::accent(ui)), StrokeKind::Inside);
    }
    caption(ui, clip.map(|clip| &**clip), rect, prompt);
    if let Some(clip) = clip {
        response.on_hover_text(format!("{prompt}\n{}", clip.entry.path.display()));
    }
}

fn clicked(ui: &Ui, id: ClipId, has_focus: bool, out: &mut Vec<Command>) {
    let (space, enter, modifiers) =
        ui.input(|input| (input.key_pressed(Key::Space), input.key_pressed(Key::Enter), input.modifiers));
    if has_focus && enter {
        push(out, LibraryCommand::Open(id));
        return;
    }
    let how = match () {
        () if has_focus && space => Pick::Toggle,
        () if modifiers.shift => Pick::Range,
        () if modifiers.command => Pick::Toggle,
        () => Pick::Only,
    };
    push(out, LibraryCommand::Pick(id, how));
    ui.memory_mut(|memory| memory.request_focus(tile_id(id)));
}

fn caption(ui: &Ui, clip: Option<&KeptClip>, rect: Rect, prompt: &str) {
    let painter = ui.painter();
    let weak = ui.visuals().weak_text_color();
    let line = rect.width() - 12.0;
    // Seven points a letter, so that nothing is laid out that does not fit.
    let text = short(prompt, (line / 6.2).max(4.0) as usize);
    let at = pos2(rect.left() + 6.0, rect.bottom() - CAPTION + 1.0);
    painter.text(at, Align2::LEFT_TOP, text, FontId::proportional(12.0), ui.visuals().text_color());
    let Some(clip) = clip else { return };
    let entry = &clip.entry;
    let mut facts = format!("{} × {}", entry.width, entry.height);
    if entry.duplicates > 0 {
        facts += " · ";
        facts += &tr!("library-alike", count = entry.duplicates + 1);
    }
    painter.text(at + vec2(0.0, 16.0), Align2::LEFT_TOP, facts, FontId::proportional(11.0), weak);
    if entry.favourite {
        let corner = pos2(rect.right() - 14.0, rect.bottom() - 12.0);
        icons::paint(painter, Icon::Star, Rect::from_center_size(corner, vec2(14.0, 14.0)), theme::accent(ui));
    }
}

/// Buttons for the selection that stand on the page and in the details.
pub fn selection_buttons(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::ToggleFavourite, out);
        action_button(ui, state, Action::DeleteResult, out);
        if !state.library.removed.is_empty() {
            action_button(ui, state, Action::UndoDelete, out);
        }
    });
}

/// A tag with a button that takes it away.
pub fn tag_chip(ui: &mut Ui, tag: &str, out: &mut Vec<Command>) {
    ui.label(tag);
    let name = tr!("library-tag-remove", tag = tag);
    small_icon_button(ui, Icon::Close, &name, Command::Library(LibraryCommand::RemoveTag(tag.to_owned())), out);
}
