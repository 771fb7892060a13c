//! From keys to commands: the shortcuts of the table, and those of an open dialog.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers, Popup};

use super::command::{Command, ShortcutCommand};
use super::keymap::{KeyMap, written};
use super::table::When;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::view::DialogKind;

/// Takes the shortcuts that were pressed out of the input and returns their commands. `was_typing` is whether a text field had
/// the keyboard at the end of the last frame: egui takes it away with Escape before anybody can ask.
pub fn pressed(ctx: &Context, state: &State, was_typing: bool) -> Vec<Command> {
    let mut commands = Vec::new();
    // An open menu or list uses Escape, Enter, the arrows and Space itself. Asked of egui's memory: `Context::any_popup_open`
    // knows only the popups that were drawn in this frame, and at this point none was.
    let popup_open = Popup::is_any_open(ctx);
    let map = KeyMap::of_window(ctx);
    if let Some(dialog) = &state.view.dialog {
        if let DialogKind::Shortcuts(page) = dialog
            && page.recording.is_some()
        {
            return recorded(ctx).map(Command::Shortcut).into_iter().collect();
        }
        let help_again = matches!(dialog, DialogKind::Help).then_some(KeyboardShortcut::new(Modifiers::NONE, Key::F1));
        let closing = [Some(KeyboardShortcut::new(Modifiers::NONE, Key::Escape)), help_again];
        if !popup_open && closing.iter().flatten().any(|keys| take(ctx, keys, Repeat::Ignored)) {
            commands.push(Command::CloseDialog);
        }
        if !popup_open && take(ctx, &KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter), Repeat::Ignored) {
            commands.push(Command::ConfirmDialog);
        }
        let mut undo_keys = map.keys(Action::UndoRemove).iter();
        if matches!(dialog, DialogKind::Models) && undo_keys.any(|(_, keys)| take(ctx, keys, Repeat::Ignored)) {
            commands.push(Command::Run(Action::UndoRemove));
        }
        let mut undo_keys = map.keys(Action::UndoCaption).iter();
        if matches!(dialog, DialogKind::Training) && undo_keys.any(|(_, keys)| take(ctx, keys, Repeat::Ignored)) {
            commands.push(Command::Run(Action::UndoCaption));
        }
        return commands;
    }
    let text_focused = ctx.text_edit_focused();
    let any_focused = ctx.memory(|memory| memory.focused().is_some());
    // What fills the screen is left by the key by which everything is left.
    if state.view.only_clip
        && !popup_open
        && take(ctx, &KeyboardShortcut::new(Modifiers::NONE, Key::Escape), Repeat::Ignored)
    {
        commands.push(Command::Run(Action::OnlyClip));
    }
    // Those with more keys held first: egui lets Ctrl+D match while Shift or Alt is held too.
    let mut keys: Vec<_> = map.all().collect();
    keys.sort_by_key(|(_, _, keys)| std::cmp::Reverse(u8::from(keys.modifiers.shift) + u8::from(keys.modifiers.alt)));
    for (action, when, keys) in keys {
        let allowed = match when {
            When::Always => !popup_open || keys.modifiers.any(),
            // On the data page no clip plays: bare keys are those of its rows.
            When::NoText if state.data.is_shown && !is_of_data(action) && !keys.modifiers.any() => false,
            When::NoText => !text_focused && !popup_open,
            When::NoFocus => !any_focused && !popup_open && !state.library.is_shown && !state.data.is_shown,
        };
        // In a text field, Escape takes the cursor out of it, which egui does; only the next one cancels.
        let leaves_field = action == Action::Cancel && (was_typing || state.why_not(action).is_some());
        let repeat = match action {
            Action::PreviousFrame
            | Action::NextFrame
            | Action::PreviousResult
            | Action::NextResult
            | Action::MoveJobUp
            | Action::MoveJobDown
            | Action::EarlierPrompt
            | Action::LaterPrompt => Repeat::Counts,
            _ => Repeat::Ignored,
        };
        if allowed && !leaves_field && take(ctx, keys, repeat) {
            if popup_open {
                // Whatever was asked for, the menu is in its way; of "quit" and "this menu away", the second is meant.
                Popup::close_all(ctx);
                if action == Action::Quit {
                    continue;
                }
            }
            // The keys by which many programs do again what was taken back: on the data page they do, where there is such a thing.
            let redoes = action == Action::UndoRemove && state.data.is_shown && state.data.rows.can_redo();
            commands.push(Command::Run(if redoes { Action::DataRedo } else { action }));
        }
    }
    commands
}

/// Whether an action is one of the data page.
fn is_of_data(action: Action) -> bool {
    matches!(
        action,
        Action::DataRedo
            | Action::DataMark
            | Action::DataEdit
            | Action::DataAccept
            | Action::DataRefuse
            | Action::DataAcceptAll
            | Action::DataRefuseAll
    )
}

/// The keys that an action is to get, once they are pressed; Escape leaves it as it was. Nothing else sees them.
fn recorded(ctx: &Context) -> Option<ShortcutCommand> {
    ctx.input_mut(|input| {
        let pressed = input.events.iter().find_map(|event| match event {
            Event::Key { key, pressed: true, repeat: false, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        });
        let (key, held) = pressed?;
        input.events.retain(|event| !matches!(event, Event::Key { .. } | Event::Text(_)));
        if key == Key::Escape && !held.any() {
            return Some(ShortcutCommand::GiveUp);
        }
        let parts = [
            (held.command || held.ctrl, Modifiers::COMMAND),
            (held.alt, Modifiers::ALT),
            (held.shift, Modifiers::SHIFT),
        ];
        let parts = parts.into_iter().filter(|(is_held, _)| *is_held);
        let modifiers = parts.fold(Modifiers::NONE, |all, (_, part)| all.plus(part));
        Some(ShortcutCommand::Recorded(written(&KeyboardShortcut::new(modifiers, key))))
    })
}

/// What a key that is held down does.
#[derive(Clone, Copy, PartialEq)]
enum Repeat {
    Counts,
    Ignored,
}

/// Takes a shortcut out of this frame's events; whether it was pressed.
fn take(ctx: &Context, shortcut: &KeyboardShortcut, repeat: Repeat) -> bool {
    let mut pressed = false;
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Key { key, pressed: true, repeat: repeated, modifiers, .. }
                if *key == shortcut.logical_key && modifiers.matches_logically(shortcut.modifiers) =>
            {
                pressed |= !repeated || repeat == Repeat::Counts;
                false
            }
            _ => true,
        });
        // Some systems send the letter of Alt and a letter too; it is not to be typed.
        if pressed && shortcut.modifiers.alt {
            input.events.retain(|event| !matches!(event, Event::Text(_)));
        }
    });
    pressed
}
