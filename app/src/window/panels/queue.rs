//! The queue at the top of the right panel: how far it is, and its jobs with what can be done with each.

use egui::{Align, Button, Image, Label, Layout, Rect, Response, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};
use egui::{Role, WidgetInfo};

use super::icons::{self, Icon};
use super::textures::Textures;
use super::widgets::{duration, sentence, small_icon_button};
use crate::language::tr;
use crate::units::clock_text;
use crate::window::commands::command::{Command, QueueCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::queue::{QueuedJob, title};

/// Height of a job, in points.
const ROW_HEIGHT: f32 = 40.0;
/// Side of its picture.
const PICTURE: f32 = 34.0;
/// Width of its menu's button.
const MENU_WIDTH: f32 = 30.0;

/// What can be done with one job, in the order of its menu.
const ACTIONS: [Action; 5] =
    [Action::EditJob, Action::DuplicateJob, Action::MoveJobUp, Action::MoveJobDown, Action::RemoveJob];

/// The queue; nothing where no job waits or runs and it is not paused.
pub fn queue_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let queue = &state.queue;
    if queue.jobs.is_empty() && state.jobs.running.is_none() && !queue.is_paused {
        return;
    }
    heading(ui, state, out);
    let text = summary(state);
    if !text.is_empty() {
        ui.add(Label::new(RichText::new(text).small()).wrap());
    }
    if queue.is_paused || queue.held().next().is_some() {
        super::widgets::action_button(ui, state, Action::ResumeQueue, out);
    }
    if let Some(running) = &state.jobs.running {
        let note = running.queued.as_ref().map(|queued| queued.note.clone()).unwrap_or_default();
        running_row(ui, &title(&note, &running.request), textures);
    }
    if !queue.jobs.is_empty() {
        list(ui, state, textures, out);
    }
    ui.separator();
}

fn heading(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(tr!("queue-title", count = state.queue.jobs.len())).strong().size(15.0));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (action, icon) in [(Action::SkipJob, Icon::Last), (Action::PauseQueue, Icon::Pause)] {
                if state.why_not(action).is_none() {
                    small_icon_button(ui, icon, &action.row().label(), Command::Run(action), out);
                }
            }
            if !state.queue.removed.is_empty() {
                let undo = ui.small_button(tr!("queue-undo")).on_hover_text(Action::UndoQueue.hint(ui.ctx()));
                if undo.accessible_name(Action::UndoQueue.row().label()).clicked() {
                    out.push(Command::Run(Action::UndoQueue));
                }
            }
        });
    });
    if state.jobs.running.is_some() {
        let mut stops = state.queue.stops_after;
        let row = Action::StopAfter.row();
        let text = RichText::new(row.label()).small();
        if ui.checkbox(&mut stops, text).on_hover_text(Action::StopAfter.hint(ui.ctx())).changed() {
            out.push(Command::Run(Action::StopAfter));
        }
    }
}

/// "37 of 50, done at 14:20"
pub fn summary(state: &State) -> String {
    let (queue, held) = (&state.queue, state.queue.held().count());
    if queue.is_paused || held == queue.jobs.len() && held > 0 && state.jobs.running.is_none() {
        return tr!("queue-paused");
    }
    let total = queue.done + state.jobs.count() + queue.jobs.len() - held;
    let current = (queue.done + 1).min(total);
    match state.queue_secs() {
        _ if total < 2 => String::new(),
        Some(secs) => match clock_text(secs) {
            Some(clock) => tr!("queue-summary-at", current = current, total = total, clock = clock),
            None => tr!("queue-summary-in", current = current, total = total, time = duration(secs)),
        },
        None => tr!("queue-summary", current = current, total = total),
    }
}

fn running_row(ui: &mut Ui, title: &str, textures: &Textures) {
    ui.horizontal(|ui| {
        picture(ui, textures.live());
        ui.vertical(|ui| {
            ui.add(Label::new(RichText::new(title).small()).truncate());
            ui.label(RichText::new(tr!("queue-being-made")).small().weak());
        });
    });
}

fn picture(ui: &mut Ui, texture: Option<&egui::TextureHandle>) {
    let (rect, _) = ui.allocate_exact_size(vec2(PICTURE, PICTURE), Sense::hover());
    paint_picture(ui, rect, texture);
}

fn paint_picture(ui: &Ui, rect: Rect, texture: Option<&egui::TextureHandle>) {
    match texture {
        Some(texture) => {
            let size = texture.size_vec2();
            let size = size * (rect.width() / size.max_elem().max(1.0));
            Image::new((texture.id(), size))
                .corner_radius(3.0)
                .paint_at(ui, Rect::from_center_size(rect.center(), size));
        }
        None => icons::paint(
            ui.painter(),
            Icon::Film,
            Rect::from_center_size(rect.center(), vec2(20.0, 20.0)),
            ui.visuals().weak_text_color(),
        ),
    }
}

/// The jobs; only those in sight are drawn, so their number does not matter.
fn list(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    let height = (ui.available_height() * 0.45).max(ROW_HEIGHT * 2.0);
    let area = ScrollArea::vertical().id_salt("queue").max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, ROW_HEIGHT, state.queue.jobs.len(), |ui, range| {
        ui.set_max_width(ui.available_width() - 6.0);
        let (mut middles, mut dragged) = (Vec::new(), None);
        for (index, job) in state.queue.jobs.iter().enumerate().take(range.end).skip(range.start) {
            let response = row(ui, state, (index, job), textures, out);
            middles.push((index, response.rect));
            if response.dragged() || response.drag_stopped() {
                dragged = Some((index, job, response));
            }
        }
        if let Some((from, job, response)) = dragged {
            drag(ui, &middles, (from, job), &response, out);
        }
    });
}

/// Shows where a job that is dragged would go, and moves it there once it is let go of.
fn drag(
    ui: &Ui,
    rows: &[(usize, Rect)],
    (from, job): (usize, &QueuedJob),
    response: &Response,
    out: &mut Vec<Command>,
) {
    let Some(pointer) = response.interact_pointer_pos() else { return };
    let below = rows.iter().find(|(_, rect)| pointer.y < rect.center().y);
    let Some((before, line)) = below
        .map(|(index, rect)| (*index, rect.top()))
        .or_else(|| rows.last().map(|(index, rect)| (index + 1, rect.bottom())))
    else {
        return;
    };
    if response.drag_stopped() {
        let to = if before > from { before - 1 } else { before };
        out.push(Command::Queue(QueueCommand::Move(job.id, to)));
    } else {
        ui.painter().hline(response.rect.x_range(), line, ui.visuals().selection.stroke);
    }
}

fn row(
    ui: &mut Ui,
    state: &State,
    (index, job): (usize, &QueuedJob),
    textures: &Textures,
    out: &mut Vec<Command>,
) -> Response {
    let (title, selected) = (job.title(), state.queue.selected == Some(job.id));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let response = ui.interact(rect, row_id(ui, job), Sense::click_and_drag());
    let response = response.on_hover_text(format!("{title}\n{}", job.request.clip.prompt));
    let name = format!("{}. {title}", index + 1);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    if response.clicked() || response.gained_focus() || response.drag_started() {
        out.push(Command::Queue(QueueCommand::Select(job.id)));
    }
    if response.has_focus() {
        // The arrows go from job to job here, and with Alt they move one: not the keyboard to the next widget.
        let arrows = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        go_on(ui, state, index, &response, out);
    }
    let visuals = ui.style().interact_selectable(&response, selected);
    if selected || response.hovered() || response.has_focus() {
        ui.painter().rect(rect, 4.0, visuals.weak_bg_fill, visuals.bg_stroke, egui::StrokeKind::Inside);
    }
    // Each part has its place in the row, and none can make the row wider.
    let inside = rect.shrink(3.0);
    let (image, rest) = inside.split_left_right_at_x(inside.left() + PICTURE);
    let (text, menu) = rest.split_left_right_at_x(rest.right() - MENU_WIDTH);
    paint_picture(ui, image, textures.queued(job.id));
    let part = |rect, layout| UiBuilder::new().max_rect(rect).layout(layout);
    let mut ui_of_text = ui.new_child(part(text.shrink2(vec2(6.0, 0.0)), Layout::top_down(Align::Min)));
    let name = RichText::new(&title).small().color(visuals.text_color());
    ui_of_text.add(Label::new(name).truncate().selectable(false));
    let words = RichText::new(sentence(&standing(state, job))).small().weak();
    ui_of_text.add(Label::new(words).truncate().selectable(false));
    let mut ui_of_menu = ui.new_child(part(menu, Layout::right_to_left(Align::Center)));
    let button = egui::containers::menu::MenuButton::from_button(Button::new("…").small());
    let (button, _) = button.ui(&mut ui_of_menu, |ui| {
        for action in ACTIONS {
            if ui.button(action.row().label()).on_hover_text(action.row().tooltip()).clicked() {
                out.push(Command::Queue(QueueCommand::Do(job.id, action)));
                ui.close();
            }
        }
    });
    let name = tr!("queue-actions", clip = title);
    button.on_hover_text(tr!("queue-actions.tooltip")).accessible_name(name);
    response
}

/// Moves the keyboard to the job above or below, if an arrow asks for it.
fn go_on(ui: &Ui, state: &State, index: usize, response: &Response, out: &mut Vec<Command>) {
    let pressed =
        |key| ui.input_mut(|input| input.modifiers.is_none() && input.consume_key(egui::Modifiers::NONE, key));
    let (to, by) = match (pressed(egui::Key::ArrowUp), pressed(egui::Key::ArrowDown)) {
        (true, _) => (index.checked_sub(1), -ROW_HEIGHT),
        (_, true) => (index.checked_add(1), ROW_HEIGHT),
        _ => return,
    };
    if let Some(job) = to.and_then(|to| state.queue.jobs.get(to)) {
        ui.memory_mut(|memory| memory.request_focus(row_id(ui, job)));
        ui.scroll_to_rect(response.rect.translate(vec2(0.0, by)), None);
        out.push(Command::Queue(QueueCommand::Select(job.id)));
    }
}

fn row_id(ui: &Ui, job: &QueuedJob) -> egui::Id {
    ui.scope_id().with(("job", job.id.0))
}

/// How a job stands, and what it will take.
fn standing(state: &State, job: &QueuedJob) -> String {
    let editing = (state.queue.editing == Some(job.id)).then(|| tr!("queue-being-edited"));
    let place = job.progress_words();
    let waits = if job.model != state.models.source {
        Some(tr!("queue-waits-for-model"))
    } else if job.is_held {
        Some(tr!("queue-of-last-session"))
    } else {
        job.secs.map(|secs| tr!("queue-about", time = duration(secs.max(1.0))))
    };
    let parts: Vec<String> = [editing, place, waits].into_iter().flatten().collect();
    if parts.is_empty() { tr!("queue-waits") } else { parts.join(", ") }
}
