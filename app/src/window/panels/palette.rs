//! The command palette, and the page on which shortcuts are changed.

use egui::{Button, Id, Key, Label, Modifiers, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::widgets::sentence;
use crate::language::tr;
use crate::window::commands::command::{Command, PaletteCommand, ShortcutCommand};
use crate::window::commands::table::{Group, KeyMap, Row, matching, palette_rows};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::shortcuts::{Palette, ShortcutsPage};

/// Width of the keys of an action, in points.
const KEYS_WIDTH: f32 = 150.0;

/// Words, and the actions that they name: Up and Down choose one, Enter does it.
pub fn palette(ui: &mut Ui, state: &State, palette: &Palette, out: &mut Vec<Command>) {
    set_width(ui, 520.0);
    let push = |out: &mut Vec<Command>, command| out.push(Command::Palette(command));
    let rows = palette_rows(&palette.text);
    let last = rows.len().saturating_sub(1);
    let at = palette.at.min(last);
    let presses = |ui: &Ui, key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (down, up) = (presses(ui, Key::ArrowDown), presses(ui, Key::ArrowUp));
    let moved = (at + down).saturating_sub(up).min(last);
    if moved != at {
        push(out, PaletteCommand::At(moved));
    }
    if presses(ui, Key::Enter) > 0
        && let Some(row) = rows.get(moved).filter(|row| state.why_not(row.action).is_none())
    {
        push(out, PaletteCommand::Run(row.action));
    }
    let mut text = palette.text.clone();
    let field = TextEdit::singleline(&mut text).id(Id::unique("palette")).desired_width(f32::INFINITY);
    let field = ui.add(field.hint_text(tr!("palette-field"))).accessible_name(tr!("palette-field.name"));
    if field.changed() {
        push(out, PaletteCommand::Text(text));
    }
    if ui.memory(|memory| memory.focused().is_none()) {
        field.request_focus();
    }
    ui.add_space(4.0);
    let height = scrolled_height(ui, 150.0).min(420.0);
    ScrollArea::vertical().id_salt("palette rows").max_height(height).min_scrolled_height(height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        if rows.is_empty() {
            ui.label(RichText::new(tr!("palette-none")).weak());
        }
        for (index, row) in rows.iter().enumerate() {
            let reason = state.why_not(row.action);
            let button = Button::new(format!("{}: {}", row.group.title(), plain(row.action)))
                .shortcut_text(row.action.shortcut_text(ui.ctx()))
                .min_size(vec2(ui.available_width(), 0.0))
                .frame_when_inactive(index == moved)
                .selected(index == moved);
            let response = ui.add_enabled(reason.is_none(), button).on_hover_text(row.tooltip());
            let response = response.on_disabled_hover_text(sentence(&reason.unwrap_or_default()));
            if index == moved {
                ui.ctx()
                    .accesskit_node_builder(field.id, |node| node.set_active_descendant(response.id.accesskit_id()));
                if moved != at {
                    response.scroll_to_me(None);
                }
            }
            if response.clicked() {
                push(out, PaletteCommand::Run(row.action));
            }
        }
    });
    ui.label(RichText::new(tr!("palette-keys")).small().weak());
}

/// All actions with their keys, which can be changed.
pub fn shortcuts(ui: &mut Ui, state: &State, page: &ShortcutsPage, out: &mut Vec<Command>) {
    set_width(ui, 640.0);
    let push = |out: &mut Vec<Command>, command| out.push(Command::Shortcut(command));
    ui.heading(tr!("shortcuts-title"));
    ui.horizontal_wrapped(|ui| {
        let mut text = page.search.clone();
        let field = TextEdit::singleline(&mut text).id(Id::unique("shortcut search")).desired_width(220.0);
        let hint = tr!("shortcuts-search");
        let field = ui.add(field.hint_text(hint.clone())).accessible_name(hint);
        if field.changed() {
            push(out, ShortcutCommand::Search(text));
        }
        let changed = !state.view.shortcuts.keys.is_empty();
        let reset = ui.add_enabled(changed, Button::new(tr!("shortcuts-reset-all")));
        let reset = reset.on_hover_text(tr!("shortcuts-reset-all.tooltip"));
        if reset.clicked() {
            push(out, ShortcutCommand::ResetAll);
        }
    });
    said(ui, page, out);
    let height = scrolled_height(ui, 230.0);
    ScrollArea::vertical().id_salt("shortcut rows").max_height(height).min_scrolled_height(height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        let rows = matching(&page.search);
        for group in Group::ALL {
            let mut of_group = rows.iter().filter(|row| row.group == group).peekable();
            if of_group.peek().is_some() {
                ui.add_space(6.0);
                ui.label(RichText::new(group.title()).strong().size(15.0));
            }
            of_group.for_each(|row| shortcut_row(ui, state, page, row, out));
        }
        if rows.is_empty() {
            ui.label(RichText::new(tr!("palette-none")).weak());
        }
    });
    ui.add_space(8.0);
    buttons(ui, None, &tr!("window-close"), out);
}

/// What became of the keys that were pressed.
fn said(ui: &mut Ui, page: &ShortcutsPage, out: &mut Vec<Command>) {
    if let Some(problem) = &page.problem {
        ui.add(Label::new(RichText::new(problem).color(ui.visuals().warn_fg_color)).wrap());
    }
    let Some((action, keys, owner)) = &page.conflict else { return };
    let (wanted, theirs) = (plain(*action), plain(*owner));
    ui.horizontal_wrapped(|ui| {
        let belongs = tr!("shortcuts-belongs", keys = keys.as_str(), command = theirs.as_str());
        ui.label(RichText::new(belongs).color(ui.visuals().warn_fg_color));
        let name = tr!("shortcuts-take.name", keys = keys.as_str(), command = wanted);
        let take = ui.button(tr!("shortcuts-take")).accessible_name(name);
        out.extend(take.clicked().then_some(Command::Shortcut(ShortcutCommand::Take)));
        let name = tr!("shortcuts-keep.name", keys = keys.as_str(), command = theirs);
        let keep = ui.button(tr!("shortcuts-keep")).accessible_name(name);
        out.extend(keep.clicked().then_some(Command::Shortcut(ShortcutCommand::GiveUp)));
    });
}

/// The name of an action inside a sentence or a list.
fn plain(action: Action) -> String {
    action.row().label().trim_end_matches('…').to_owned()
}

fn shortcut_row(ui: &mut Ui, state: &State, page: &ShortcutsPage, row: &Row, out: &mut Vec<Command>) {
    let label = plain(row.action);
    ui.horizontal(|ui| {
        let is_changed = state.view.shortcuts.of(row.action).is_some();
        let recording = page.recording == Some(row.action);
        let keys: Vec<String> = KeyMap::of_window(ui.ctx())
            .keys(row.action)
            .iter()
            .map(|(_, keys)| ui.ctx().format_shortcut(keys))
            .collect();
        let all = keys.into_iter().reduce(|first, second| tr!("shortcuts-or", first = first, second = second));
        let text = match (recording, all) {
            (true, _) => tr!("shortcuts-press"),
            (false, None) => tr!("shortcuts-none"),
            (false, Some(keys)) => keys,
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if is_changed {
                let name = tr!("shortcuts-reset.name", command = label.as_str());
                let reset = ui.small_button(tr!("shortcuts-reset")).accessible_name(name);
                out.extend(reset.clicked().then_some(Command::Shortcut(ShortcutCommand::Reset(row.action))));
            }
            let name = tr!("shortcuts-change.name", command = label.as_str());
            let change = ui.small_button(tr!("shortcuts-change")).on_hover_text(tr!("shortcuts-change.tooltip"));
            let change = change.accessible_name(name);
            out.extend(change.clicked().then_some(Command::Shortcut(ShortcutCommand::Record(row.action))));
            let keys = RichText::new(text).monospace();
            let keys = if recording { keys.color(ui.visuals().warn_fg_color) } else { keys };
            ui.add_sized([KEYS_WIDTH.min(ui.available_width() * 0.6), 20.0], Label::new(keys).truncate());
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(Label::new(label).truncate()).on_hover_text(row.tooltip());
            });
        });
    });
}
