//! The dialog with the prompts that were used: a search field, and rows that can be taken, kept as favourites and deleted.

use egui::{Button, Id, Key, Label, Modifiers, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::icons::{self, Icon};
use super::theme;
use super::widgets::small_icon_button;
use crate::language::tr;
use crate::window::commands::command::{Command, PromptingCommand};
use crate::window::state::State;
use crate::window::state::prompt_history::{PromptsPage, UsedPrompt};

/// Rows that are drawn; more are found by words.
const MOST_ROWS: usize = 200;

fn push(out: &mut Vec<Command>, command: PromptingCommand) {
    out.push(Command::Prompting(command));
}

/// The search field's id.
fn search_id() -> Id {
    Id::unique("prompt search")
}

/// Words, and the prompts that have them: Up and Down choose one, Enter takes it.
pub fn prompts(ui: &mut Ui, state: &State, page: &PromptsPage, out: &mut Vec<Command>) {
    set_width(ui, 620.0);
    ui.heading(tr!("prompting-history"));
    let found = state.prompting.history.found(&page.text);
    let last = found.len().saturating_sub(1);
    let at = page.at.min(last);
    // Elsewhere Enter presses a button, and the arrows go from one to the next.
    let is_field = ui.memory(|memory| memory.focused().is_none_or(|id| id == search_id()));
    let presses = |ui: &Ui, key| {
        if is_field { ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) } else { 0 }
    };
    let (down, up) = (presses(ui, Key::ArrowDown), presses(ui, Key::ArrowUp));
    let moved = (at + down).saturating_sub(up).min(last);
    if moved != at {
        push(out, PromptingCommand::PromptAt(moved));
    }
    if presses(ui, Key::Enter) > 0
        && let Some(used) = found.get(moved)
    {
        push(out, PromptingCommand::TakePrompt(used.typed()));
    }
    search(ui, state, page, out);
    ui.add_space(4.0);
    let height = scrolled_height(ui, 220.0).min(420.0);
    ScrollArea::vertical().id_salt("used prompts").max_height(height).min_scrolled_height(height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        if found.is_empty() {
            ui.label(RichText::new(tr!("prompting-none-found")).weak());
        }
        for (index, used) in found.iter().take(MOST_ROWS).enumerate() {
            row(ui, used, (index, moved, moved != at), out);
        }
        if found.len() > MOST_ROWS {
            ui.label(RichText::new(tr!("prompting-more-found", count = found.len() - MOST_ROWS)).weak());
        }
    });
    ui.label(RichText::new(tr!("prompting-history-keys")).small().weak());
    buttons(ui, None, &tr!("dialogs-close"), out);
}

fn search(ui: &mut Ui, state: &State, page: &PromptsPage, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        let mut text = page.text.clone();
        let field =
            TextEdit::singleline(&mut text).id(search_id()).desired_width((ui.available_width() - 200.0).max(120.0));
        let name = tr!("prompting-search");
        let field = ui.add(field.hint_text(&name)).accessible_name(name);
        if field.changed() {
            push(out, PromptingCommand::SearchPrompts(text));
        }
        if ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        let removed = !state.prompting.removed.is_empty();
        let undo = ui.add_enabled(removed, Button::new(tr!("prompting-undo")));
        if undo.on_hover_text(tr!("prompting-undo-delete")).accessible_name(tr!("prompting-undo-delete")).clicked() {
            push(out, PromptingCommand::UndoPrompts);
        }
        let some = state.prompting.history.prompts.iter().any(|used| !used.pinned);
        let clear = ui.add_enabled(some, Button::new(tr!("prompting-clear")));
        if clear.on_hover_text(tr!("prompting-clear.tooltip")).clicked() {
            push(out, PromptingCommand::ClearPrompts);
        }
    });
}

/// A prompt; `(index, chosen, follow)` say where it stands, which one is meant, and whether that one is to be scrolled to.
fn row(ui: &mut Ui, used: &UsedPrompt, (index, chosen, follow): (usize, usize, bool), out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let short: String = used.prompt.chars().take(60).collect();
            let delete = tr!("prompting-delete-prompt", prompt = short.as_str());
            let remove = Command::Prompting(PromptingCommand::RemovePrompt(used.typed()));
            small_icon_button(ui, Icon::Bin, &delete, remove, out);
            let name = match used.pinned {
                true => tr!("prompting-unpin", prompt = short.as_str()),
                false => tr!("prompting-pin", prompt = short.as_str()),
            };
            let button = Button::new("").min_size(vec2(22.0, 20.0)).selected(used.pinned);
            let pin = ui.add(button).on_hover_text(tr!("prompting-favourite")).accessible_name(name);
            let colour = if used.pinned { theme::accent(ui) } else { ui.visuals().weak_text_color() };
            icons::paint(ui.painter(), Icon::Star, pin.rect.shrink(5.0), colour);
            ui.ctx().accesskit_node_builder(pin.id, |node| node.set_toggled(used.pinned.into()));
            if pin.clicked() {
                push(out, PromptingCommand::PinPrompt(used.typed(), !used.pinned));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let button = Button::new(used.prompt.as_str())
                    .truncate()
                    .min_size(vec2(ui.available_width(), 0.0))
                    .frame_when_inactive(index == chosen)
                    .selected(index == chosen);
                let hint = match used.negative.is_empty() {
                    true => used.prompt.clone(),
                    false => format!("{}\n{}", used.prompt, tr!("prompting-not", negative = used.negative.as_str())),
                };
                let response = ui.add(button).on_hover_text(hint).accessible_name(&used.prompt);
                if index == chosen {
                    ui.ctx().accesskit_node_builder(search_id(), |node| {
                        node.set_active_descendant(response.id.accesskit_id());
                    });
                    if follow {
                        response.scroll_to_me(None);
                    }
                }
                if response.clicked() {
                    push(out, PromptingCommand::TakePrompt(used.typed()));
                }
            });
        });
    });
    if !used.negative.is_empty() {
        let text = tr!("prompting-not", negative = used.negative.as_str());
        ui.add(Label::new(RichText::new(text).small().weak()).truncate());
    }
}
