//! Where the panels stand: three columns, two or one, by the room there is; and the strips by which columns are dragged and hidden.

use egui::accesskit::{Action as Request, Orientation};
use egui::{
    Button, CentralPanel, CursorIcon, EventFilter, Frame, Id, Key, Margin, Modifiers, Panel, Rect, Role, ScrollArea,
    Sense, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::guard::guarded;
use super::icons::{self, Icon};
use super::textures::Textures;
use super::theme::{self, PANEL_MARGIN};
use super::{controls, history, notices, preview, progress, transport};
use crate::language::tr;
use crate::window::commands::command::{Command, LayoutCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::broken::Part;
use crate::window::state::layout::{Columns, Layout, Page, Side};

/// Width of the strip between two columns, in points.
pub const STRIP_WIDTH: f32 = 14.0;
/// Height of the button in it, in points.
const BUTTON_HEIGHT: f32 = 24.0;
/// Points by which an arrow key moves a strip.
const STRIP_STEP: f32 = 16.0;
/// Below this height, in points, what stands around the clip scrolls with it.
const LOW: f32 = 420.0;
/// Width of the buttons across the window at most, in points.
const BAR_WIDTH: f32 = 520.0;
/// Height of what is below the clip, in points.
const BELOW_CLIP: f32 = 84.0;
/// Least height of the clip in such a window, in points.
const STAGE_HEIGHT: f32 = 210.0;
/// Least width that the rows below a clip are laid out for, in points.
const TRANSPORT_WIDTH: f32 = 298.0;

/// What room the window has.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many columns fit beside each other.
    pub columns: Columns,
    /// Whether the window is so low that fixed parts would leave nothing for the others.
    pub is_low: bool,
    width: f32,
}

impl Room {
    /// That of the window that is being drawn.
    pub fn of(ui: &Ui) -> Self {
        let size = ui.ctx().content_rect().size();
        Self { columns: Columns::of(size.x), is_low: size.y < LOW, width: size.x }
    }
}

/// Prompt, clip and history, as far as there is room.
pub fn workplace(ui: &mut Ui, state: &State, textures: &Textures, room: Room, out: &mut Vec<Command>) {
    let layout = &state.view.layout;
    match room.columns {
        Columns::One => {
            generate_bar(ui, state, out);
            page_tabs(ui, state, room, out);
            match state.view.page {
                Page::Create => center(ui, |ui| {
                    guarded(ui, state, Part::Controls, out, |ui, out| controls::controls_panel(ui, state, out));
                }),
                Page::History => center(ui, |ui| {
                    guarded(ui, state, Part::History, out, |ui, out| history::history_panel(ui, state, textures, out));
                }),
                Page::Clip => clip_column(ui, state, textures, room, out),
            }
        }
        Columns::Two | Columns::Three => {
            if layout.shows(Side::Controls) {
                let width = layout.width(Side::Controls, room.width);
                Panel::left("controls")
                    .exact_size(width)
                    .resizable(false)
                    .show_separator_line(false)
                    .frame(side_frame(ui))
                    .show(ui, |ui| left_column(ui, state, textures, room, out));
            } else {
                generate_bar(ui, state, out);
            }
            strip(ui, state, Side::Controls, room, out);
            if room.columns == Columns::Three {
                if layout.shows(Side::History) {
                    Panel::right("history")
                        .exact_size(layout.width(Side::History, room.width))
                        .resizable(false)
                        .show_separator_line(false)
                        .frame(side_frame(ui))
                        .show(ui, |ui| {
                            guarded(ui, state, Part::History, out, |ui, out| {
                                history::history_panel(ui, state, textures, out);
                            });
                        });
                }
                strip(ui, state, Side::History, room, out);
            }
            clip_column(ui, state, textures, room, out);
        }
    }
}

fn side_frame(ui: &Ui) -> Frame {
    Frame::side_top_panel(ui.style()).inner_margin(Margin::same(PANEL_MARGIN))
}

fn center(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(PANEL_MARGIN, 4));
    CentralPanel::no_frame().frame(frame).show(ui, content);
}

/// The controls with the button below them, and where the history has no column of its own, that in their place.
fn left_column(ui: &mut Ui, state: &State, textures: &Textures, room: Room, out: &mut Vec<Command>) {
    if room.columns == Columns::Two {
        page_buttons(ui, state, room, out);
        if state.view.page == Page::History {
            guarded(ui, state, Part::Controls, out, |ui, out| controls::generate_panel(ui, state, out));
            guarded(ui, state, Part::History, out, |ui, out| history::history_panel(ui, state, textures, out));
            return;
        }
    }
    guarded(ui, state, Part::Controls, out, |ui, out| {
        controls::generate_panel(ui, state, out);
        controls::controls_panel(ui, state, out);
    });
}

/// The button that makes clips, across the window: where the controls are not in sight.
pub fn generate_bar(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(PANEL_MARGIN, 6));
    Panel::bottom("generate bar").frame(frame).show(ui, |ui| {
        ui.set_max_width(ui.available_width().min(BAR_WIDTH));
        guarded(ui, state, Part::Controls, out, |ui, out| controls::generate_row(ui, state, out));
    });
}

fn page_tabs(ui: &mut Ui, state: &State, room: Room, out: &mut Vec<Command>) {
    let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(PANEL_MARGIN, 2));
    Panel::top("pages").frame(frame).show(ui, |ui| page_buttons(ui, state, room, out));
}

fn page_buttons(ui: &mut Ui, state: &State, room: Room, out: &mut Vec<Command>) {
    let pages = room.columns.pages();
    // The player is beside the others in two columns.
    let shown = if pages.contains(&state.view.page) { state.view.page } else { Page::Create };
    ui.horizontal(|ui| {
        for page in pages {
            let tab = ui.selectable_label(shown == *page, page.label());
            ui.ctx().accesskit_node_builder(tab.id, |node| node.set_role(Role::Tab));
            if tab.clicked() {
                out.push(Command::Layout(LayoutCommand::Page(*page)));
            }
        }
    });
}

/// The clip with what stands above and below it.
fn clip_column(ui: &mut Ui, state: &State, textures: &Textures, room: Room, out: &mut Vec<Command>) {
    let stage = Frame::new().fill(theme::stage(ui)).inner_margin(Margin::same(PANEL_MARGIN));
    if room.is_low {
        CentralPanel::no_frame().frame(stage).show(ui, |ui| {
            let width = ui.available_width() - 8.0;
            let narrow = width < TRANSPORT_WIDTH;
            let height = (ui.available_height() - BELOW_CLIP).max(STAGE_HEIGHT);
            ScrollArea::new([narrow, true]).id_salt("clip column").auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(width);
                guarded(ui, state, Part::Stage, out, |ui, out| {
                    notices::notices_panel(ui, state, out);
                    progress::progress_panel(ui, state, out);
                    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
                    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                        preview::preview_panel(ui, state, textures, out);
                    });
                });
                guarded(ui, state, Part::Transport, out, |ui, out| {
                    if narrow {
                        ui.set_width(TRANSPORT_WIDTH);
                    }
                    transport::transport_panel(ui, state, out);
                });
            });
        });
        return;
    }
    Panel::bottom("transport").frame(side_frame(ui)).show(ui, |ui| {
        guarded(ui, state, Part::Transport, out, |ui, out| narrow_transport(ui, state, out));
    });
    CentralPanel::no_frame().frame(stage).show(ui, |ui| {
        guarded(ui, state, Part::Stage, out, |ui, out| {
            notices::notices_panel(ui, state, out);
            progress::progress_panel(ui, state, out);
            preview::preview_panel(ui, state, textures, out);
        });
    });
}

/// What stands below the clip; it scrolls sideways where it does not fit.
fn narrow_transport(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if ui.available_width() >= TRANSPORT_WIDTH {
        transport::transport_panel(ui, state, out);
        return;
    }
    ScrollArea::horizontal().id_salt("transport").auto_shrink([false, true]).show(ui, |ui| {
        ui.set_width(TRANSPORT_WIDTH);
        transport::transport_panel(ui, state, out);
    });
}

/// The strip beside a column: dragging it (or Left and Right) sets the column's width, its button hides the column and brings it
/// back.
fn strip(ui: &mut Ui, state: &State, side: Side, room: Room, out: &mut Vec<Command>) {
    let panel = match side {
        Side::Controls => Panel::left("controls strip"),
        Side::History => Panel::right("history strip"),
    };
    let frame = Frame::new().fill(ui.visuals().panel_fill);
    panel.exact_size(STRIP_WIDTH).resizable(false).show_separator_line(false).frame(frame).show(ui, |ui| {
        let shown = state.view.layout.shows(side);
        if shown {
            drag_edge(ui, state, side, room, out);
        }
        let action = match side {
            Side::Controls => Action::ToggleControls,
            Side::History => Action::ToggleHistory,
        };
        let to_left = (side == Side::Controls) == shown;
        let name = match (side, shown) {
            (Side::Controls, true) => tr!("dialogs-panel-controls.hide"),
            (Side::Controls, false) => tr!("dialogs-panel-controls.show"),
            (Side::History, true) => tr!("dialogs-panel-history.hide"),
            (Side::History, false) => tr!("dialogs-panel-history.show"),
        };
        ui.spacing_mut().button_padding = vec2(0.0, 0.0);
        let button = Button::new("").min_size(vec2(STRIP_WIDTH, BUTTON_HEIGHT)).frame_when_inactive(false);
        let response = ui.add(button).on_hover_text(action.hint(ui.ctx())).accessible_name(name);
        let colour = ui.style().interact(&response).fg_stroke.color;
        let icon = if to_left { Icon::Previous } else { Icon::Next };
        icons::paint(ui.painter(), icon, Rect::from_center_size(response.rect.center(), vec2(10.0, 10.0)), colour);
        if response.clicked() {
            out.push(Command::Run(action));
        }
    });
}

fn drag_edge(ui: &Ui, state: &State, side: Side, room: Room, out: &mut Vec<Command>) {
    let rect = ui.max_rect();
    let id = Id::unique(("width of", side));
    // The button above is on top of it.
    let area = rect.with_min_y(rect.top() + BUTTON_HEIGHT + 2.0);
    let response = ui.interact(area, id, Sense::click_and_drag());
    let name = match side {
        Side::Controls => tr!("dialogs-panel-controls.width"),
        Side::History => tr!("dialogs-panel-history.width"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, &name));
    let (least, most) = Layout::range(side, room.width);
    let width = state.view.layout.width(side, room.width);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_orientation(Orientation::Vertical);
        node.set_numeric_value(f64::from(width));
        node.set_min_numeric_value(f64::from(least));
        node.set_max_numeric_value(f64::from(most));
        node.add_action(Request::Increment);
        node.add_action(Request::Decrement);
    });
    let mut wanted = width;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.drag_stopped()) {
        let moved = pointer.x - rect.center().x;
        wanted += if side == Side::Controls { moved } else { -moved };
    }
    let asked = |request| ui.input(|input| input.num_accesskit_action_requests(id, request)) as f32;
    wanted += STRIP_STEP * (asked(Request::Increment) - asked(Request::Decrement));
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let presses = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f32;
        let to_right = STRIP_STEP * (presses(Key::ArrowRight) - presses(Key::ArrowLeft));
        wanted += if side == Side::Controls { to_right } else { -to_right };
    }
    let wanted = wanted.clamp(least, most);
    if (wanted - width).abs() > 0.5 {
        out.push(Command::Layout(LayoutCommand::Width(side, wanted)));
    }
    let is_used = response.hovered() || response.dragged() || response.has_focus();
    if is_used {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let stroke =
        if is_used { egui::Stroke::new(2.0, theme::accent(ui)) } else { ui.visuals().widgets.noninteractive.bg_stroke };
    ui.painter().vline(rect.center().x, area.y_range(), stroke);
}
