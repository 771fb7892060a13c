//! The panels: each reads the state and pushes commands, and none of them changes anything.
//!
//! Controls stand on the left, the clip in the middle with its transport below, queue and history on the right, dialogs in
//! front; [`layout`] says what becomes of that where there is less room. Not here: what commands do (`apply`), look and colours
//! (`theme`). Start reading at [`show`].

mod batch;
mod chips;
mod compare;
mod controls;
mod data;
mod data_limits;
mod data_list;
mod data_side;
mod data_steps;
mod data_words;
mod devices;
mod dialogs;
mod enhance;
mod export;
mod export_many;
mod first_steps;
mod guard;
mod history;
pub mod icons;
mod layout;
mod library;
mod library_details;
mod loras;
mod menu;
mod model_folders;
mod models;
mod notices;
mod numbers;
mod palette;
mod paused;
mod preview;
mod progress;
mod prompt;
mod prompt_history;
mod queue;
mod styles;
pub mod textures;
pub mod theme;
mod training;
mod training_run;
mod transport;
mod widgets;

pub use library::search_id;
pub use menu::keys as menu_keys;
pub use prompt::{negative_id, prompt_id};
#[cfg(test)]
pub use widgets::sentence;

use egui::{Align2, CentralPanel, Color32, FontId, Frame, Id, LayerId, Margin, Order, Panel, Ui, vec2};

use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::broken::Part;
use crate::window::state::layout::Columns;
use guard::guarded;
use layout::Room;
use textures::Textures;
use theme::{DETAILS_WIDTH, PANEL_MARGIN};

/// Draws the whole window.
pub fn show(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let top = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(8, 4));
    if state.view.only_clip {
        let side = Frame::side_top_panel(ui.style()).inner_margin(Margin::same(PANEL_MARGIN));
        only_clip(ui, state, textures, side, out);
        finish(ui, state, textures, out);
        return;
    }
    Panel::top("menu")
        .frame(top)
        .show(ui, |ui| guarded(ui, state, Part::Menu, out, |ui, out| menu::menu_panel(ui, state, out)));
    let room = Room::of(ui);
    if state.data.is_shown {
        data_page(ui, state, textures, room, out);
    } else if state.library.is_shown {
        library_page(ui, state, textures, room, out);
    } else {
        layout::workplace(ui, state, textures, room, out);
    }
    finish(ui, state, textures, out);
}

/// The clip and its transport in place of everything else.
fn only_clip(ui: &mut Ui, state: &State, textures: &Textures, side: Frame, out: &mut Vec<Command>) {
    Panel::bottom("transport").frame(side).show(ui, |ui| {
        guarded(ui, state, Part::Transport, out, |ui, out| transport::transport_panel(ui, state, out));
    });
    CentralPanel::no_frame().frame(Frame::new().fill(Color32::BLACK)).show(ui, |ui| {
        guarded(ui, state, Part::Stage, out, |ui, out| preview::preview_panel(ui, state, textures, out));
    });
}

/// The library in place of everything but the menu.
fn library_page(ui: &mut Ui, state: &State, textures: &Textures, room: Room, out: &mut Vec<Command>) {
    layout::generate_bar(ui, state, out);
    let side = Frame::side_top_panel(ui.style()).inner_margin(Margin::same(PANEL_MARGIN));
    let width = ui.ctx().content_rect().width();
    // In a narrow window what is said about a clip stands below the clips, and only when one is chosen.
    let details = match room.columns {
        Columns::Three => Some(Panel::right("library details").exact_size(DETAILS_WIDTH)),
        Columns::Two => Some(Panel::right("library details").exact_size(DETAILS_WIDTH.min(width * 0.42))),
        Columns::One if state.library.selected.is_empty() && state.library.compare.is_none() => None,
        Columns::One => {
            let height = ui.available_height() * 0.45;
            Some(Panel::bottom("library details below").exact_size(height))
        }
    };
    if let Some(panel) = details {
        panel.resizable(false).frame(side).show(ui, |ui| {
            guarded(ui, state, Part::Library, out, |ui, out| match &state.library.compare {
                Some(compare) => compare::differences_panel(ui, compare),
                None => library_details::details_panel(ui, state, textures, out),
            });
        });
    }
    let stage = Frame::new().fill(theme::stage(ui)).inner_margin(Margin::same(PANEL_MARGIN));
    CentralPanel::no_frame().frame(stage).show(ui, |ui| {
        guarded(ui, state, Part::Library, out, |ui, out| {
            notices::notices_panel(ui, state, out);
            match &state.library.compare {
                Some(compare) => compare::compare_panel(ui, compare, textures, out),
                None => library::library_panel(ui, state, textures, out),
            }
        });
    });
}

/// In how many seconds a small picture in sight moves; `None` while none does.
pub fn next_tile_secs(state: &State) -> Option<f64> {
    if state.data.is_shown { data_list::next_picture_secs(state) } else { library::next_tile_secs(state) }
}

/// The data page in place of everything but the menu.
fn data_page(ui: &mut Ui, state: &State, textures: &Textures, room: Room, out: &mut Vec<Command>) {
    let side = Frame::side_top_panel(ui.style()).inner_margin(Margin::same(PANEL_MARGIN));
    let width = ui.ctx().content_rect().width();
    // In a narrow window what chooses among clips stands below them.
    let panel = match room.columns {
        Columns::Three => Panel::right("data side").exact_size(DETAILS_WIDTH + 20.0),
        Columns::Two => Panel::right("data side").exact_size(DETAILS_WIDTH.min(width * 0.42)),
        Columns::One => Panel::bottom("data side below").exact_size(ui.available_height() * 0.42),
    };
    if state.data.open.is_some() {
        panel.resizable(false).frame(side).show(ui, |ui| {
            guarded(ui, state, Part::Data, out, |ui, out| data_side::side_panel(ui, state, textures, out));
        });
    }
    let stage = Frame::new().fill(theme::stage(ui)).inner_margin(Margin::same(PANEL_MARGIN));
    CentralPanel::no_frame().frame(stage).show(ui, |ui| {
        guarded(ui, state, Part::Data, out, |ui, out| {
            notices::notices_panel(ui, state, out);
            data::data_panel(ui, state, textures, out);
        });
    });
}

/// What stands in front of everything.
fn finish(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    dialogs::dialog(ui, state, textures, out);
    if state.view.files_hover {
        drop_hint(ui);
    }
}

fn drop_hint(ui: &Ui) {
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let screen = ui.ctx().content_rect();
    painter.rect_filled(screen, 0.0, Color32::from_black_alpha(190));
    let width = (screen.width() - 80.0).max(100.0);
    let galley = painter.layout(tr!("window-drop-hint"), FontId::proportional(18.0), Color32::WHITE, width);
    let place = Align2::CENTER_CENTER.anchor_size(screen.center(), galley.size());
    // Opaque: what is below would be read together with it.
    painter.rect_filled(place.expand2(vec2(20.0, 14.0)), 8.0, Color32::BLACK);
    painter.galley(place.min, galley, Color32::WHITE);
}
