//! The command palette, and the page on which shortcuts are changed.

use egui::{Button, Id, Key, Label, Modifiers, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::widgets::sentence;
use crate::window::commands::command::{Command, PaletteCommand, ShortcutCommand};
use crate::window::commands::table::{Group, KeyMap, Row, matching, palette_rows};
use crate::window::state::State;
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
    let field = ui.add(field.hint_text("Type what you want to do")).accessible_name("Command palette");
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
            ui.label(RichText::new("No command has these words").weak());
        }
        for (index, row) in rows.iter().enumerate() {
            let reason = state.why_not(row.action);
            let label = row.label().trim_end_matches('…');
            let button = Button::new(format!("{}: {label}", row.group.title()))
                .shortcut_text(row.action.shortcut_text(ui.ctx()))
                .min_size(vec2(ui.available_width(), 0.0))
                .frame_when_inactive(index == moved)
                .selected(index == moved);
            let response = ui.add_enabled(reason.is_none(), button).on_hover_text(row.tooltip());
            let response = response.on_disabled_hover_text(sentence(reason.unwrap_or_default()));
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
    ui.label(RichText::new("Up and Down choose, Enter runs the command, Escape closes").small().weak());
}

/// All actions with their keys, which can be changed.
pub fn shortcuts(ui: &mut Ui, state: &State, page: &ShortcutsPage, out: &mut Vec<Command>) {
    set_width(ui, 640.0);
    let push = |out: &mut Vec<Command>, command| out.push(Command::Shortcut(command));
    ui.heading("Keyboard shortcuts");
    ui.horizontal_wrapped(|ui| {
        let mut text = page.search.clone();
        let field = TextEdit::singleline(&mut text).id(Id::unique("shortcut search")).desired_width(220.0);
        let field = ui.add(field.hint_text("Search commands")).accessible_name("Search commands");
        if field.changed() {
            push(out, ShortcutCommand::Search(text));
        }
        let changed = !state.view.shortcuts.keys.is_empty();
        let reset =
            ui.add_enabled(changed, Button::new("Reset all")).on_hover_text("Give every command its default keys");
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
            ui.label(RichText::new("No command has these words").weak());
        }
    });
    ui.add_space(8.0);
    buttons(ui, None, "Close", out);
}

/// What became of the keys that were pressed.
fn said(ui: &mut Ui, page: &ShortcutsPage, out: &mut Vec<Command>) {
    if let Some(problem) = &page.problem {
        ui.add(Label::new(RichText::new(problem).color(ui.visuals().warn_fg_color)).wrap());
    }
    let Some((action, keys, owner)) = &page.conflict else { return };
    let plain = |label: &'static str| label.trim_end_matches('…');
    let (wanted, theirs) = (plain(action.row().label()), plain(owner.row().label()));
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("{keys} belongs to \"{theirs}\"")).color(ui.visuals().warn_fg_color));
        let take = ui.button("Use it here").accessible_name(format!("Use {keys} for {wanted}"));
        out.extend(take.clicked().then_some(Command::Shortcut(ShortcutCommand::Take)));
        let keep = ui.button("Keep it there").accessible_name(format!("Keep {keys} for {theirs}"));
        out.extend(keep.clicked().then_some(Command::Shortcut(ShortcutCommand::GiveUp)));
    });
}

fn shortcut_row(ui: &mut Ui, state: &State, page: &ShortcutsPage, row: &Row, out: &mut Vec<Command>) {
    let label = row.label().trim_end_matches('…');
    ui.horizontal(|ui| {
        let is_changed = state.view.shortcuts.of(row.action).is_some();
        let recording = page.recording == Some(row.action);
        let keys: Vec<String> = KeyMap::of_window(ui.ctx())
            .keys(row.action)
            .iter()
            .map(|(_, keys)| ui.ctx().format_shortcut(keys))
            .collect();
        let text = match (recording, keys.is_empty()) {
            (true, _) => "Press the new keys".to_owned(),
            (false, true) => "No keys".to_owned(),
            (false, false) => keys.join(" or "),
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if is_changed {
                let reset = ui.small_button("Reset").accessible_name(format!("Reset the shortcut of {label}"));
                out.extend(reset.clicked().then_some(Command::Shortcut(ShortcutCommand::Reset(row.action))));
            }
            let name = format!("Change the shortcut of {label}");
            let change = ui.small_button("Change").on_hover_text("Press the keys that it gets").accessible_name(name);
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
