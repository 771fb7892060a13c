//! Which keys do what now: those of the table, with what the user changed.

use std::sync::Arc;

use egui::{Context, Id, Key, KeyboardShortcut, Modifiers};

use super::table::{Group, TABLE, When};
use crate::language::tr;
use crate::window::state::action::Action;
use crate::window::state::shortcuts::Shortcuts;

/// The keys of every action, in the order of [`TABLE`].
#[derive(Clone, Debug, PartialEq)]
pub struct KeyMap {
    keys: Vec<Vec<(When, KeyboardShortcut)>>,
}

impl KeyMap {
    /// The table's keys with these changes. A key that was given to an action is no longer that of another one.
    pub fn of(changed: &Shortcuts) -> Self {
        let mut taken: Vec<KeyboardShortcut> = Vec::new();
        let mut keys: Vec<Vec<(When, KeyboardShortcut)>> = vec![Vec::new(); TABLE.len()];
        for (row, keys) in TABLE.iter().zip(&mut keys) {
            for text in changed.of(row.action).unwrap_or_default() {
                match parsed(text).filter(|it| refusal(it).is_none() && !taken.contains(it)) {
                    Some(shortcut) => {
                        taken.push(shortcut);
                        keys.push((when_of(&shortcut, row.action), shortcut));
                    }
                    None => log::warn!("the shortcut {text:?} of {:?} is not used", row.action),
                }
            }
        }
        for (row, keys) in TABLE.iter().zip(&mut keys).filter(|(row, _)| changed.of(row.action).is_none()) {
            keys.extend(row.keys.iter().filter(|(_, shortcut)| !taken.contains(shortcut)));
        }
        Self { keys }
    }

    /// That of this window.
    pub fn of_window(ctx: &Context) -> Arc<Self> {
        let map = ctx.data(|data| data.get_temp(Self::id()));
        map.unwrap_or_else(|| Arc::new(Self::of(&Shortcuts::default())))
    }

    /// Makes it that of this window.
    pub fn install(self, ctx: &Context) {
        ctx.data_mut(|data| data.insert_temp(Self::id(), Arc::new(self)));
    }

    fn id() -> Id {
        Id::unique("key map")
    }

    /// The keys of an action; the first is shown.
    pub fn keys(&self, action: Action) -> &[(When, KeyboardShortcut)] {
        let at = TABLE.iter().position(|row| row.action == action);
        at.and_then(|at| self.keys.get(at)).map_or(&[], Vec::as_slice)
    }

    /// Every key with its action.
    pub fn all(&self) -> impl Iterator<Item = (Action, When, &KeyboardShortcut)> {
        let rows = TABLE.iter().zip(&self.keys);
        rows.flat_map(|(row, keys)| keys.iter().map(|(when, shortcut)| (row.action, *when, shortcut)))
    }

    /// Whose keys these are.
    pub fn owner(&self, shortcut: &KeyboardShortcut) -> Option<Action> {
        self.all().find(|(_, _, keys)| *keys == shortcut).map(|(action, ..)| action)
    }
}

impl Action {
    /// The first shortcut, as this system writes it; empty without one.
    pub fn shortcut_text(self, ctx: &Context) -> String {
        let map = KeyMap::of_window(ctx);
        map.keys(self).first().map(|(_, keys)| ctx.format_shortcut(keys)).unwrap_or_default()
    }

    /// Tooltip with the shortcut.
    pub fn hint(self, ctx: &Context) -> String {
        match self.shortcut_text(ctx) {
            keys if keys.is_empty() => self.row().tooltip(),
            keys => format!("{} ({keys})", self.row().tooltip()),
        }
    }
}

/// When keys that the user chose may act: a letter is first of all a letter, and keys that move the cursor or press buttons do
/// that.
fn when_of(shortcut: &KeyboardShortcut, action: Action) -> When {
    if let Some((when, _)) = action.row().keys.iter().find(|(_, own)| own == shortcut) {
        return *when;
    }
    let is_function_key = (Key::F1 as usize..=Key::F35 as usize).contains(&(shortcut.logical_key as usize));
    if shortcut.modifiers.command || shortcut.modifiers.ctrl || shortcut.modifiers.alt || is_function_key {
        return When::Always;
    }
    match shortcut.logical_key {
        Key::Space
        | Key::Enter
        | Key::Home
        | Key::End
        | Key::PageUp
        | Key::PageDown
        | Key::ArrowUp
        | Key::ArrowDown
        | Key::ArrowLeft
        | Key::ArrowRight => When::NoFocus,
        _ => When::NoText,
    }
}

/// Why keys cannot be a shortcut.
pub fn refusal(shortcut: &KeyboardShortcut) -> Option<String> {
    let bare = !shortcut.modifiers.any();
    let menu = |group: &Group| Some(shortcut.logical_key) == group.letter();
    match shortcut.logical_key {
        Key::Escape if bare => None,
        Key::Escape | Key::Tab => Some(tr!("reasons-key-escape-tab")),
        Key::F10 if bare => Some(tr!("reasons-key-f10")),
        _ if shortcut.modifiers == Modifiers::ALT && Group::ALL.iter().any(menu) => Some(tr!("reasons-key-menu")),
        _ => None,
    }
}

/// Keys as they are written in the file: `Ctrl+Shift+D`. `Ctrl` is Command on a Mac.
pub fn written(shortcut: &KeyboardShortcut) -> String {
    let KeyboardShortcut { modifiers, logical_key } = shortcut;
    let parts = [(modifiers.command || modifiers.ctrl, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")];
    let mut text: String = parts.iter().filter(|(held, _)| *held).map(|(_, name)| *name).collect();
    text.push_str(logical_key.name());
    text
}

/// The keys that [`written`] wrote.
pub fn parsed(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut rest = text.trim();
    loop {
        let found = [("Ctrl+", Modifiers::COMMAND), ("Alt+", Modifiers::ALT), ("Shift+", Modifiers::SHIFT)];
        match found.into_iter().find_map(|(name, held)| Some((rest.strip_prefix(name)?, held))) {
            Some((after, held)) => (rest, modifiers) = (after, modifiers.plus(held)),
            None => return Key::from_name(rest).map(|key| KeyboardShortcut::new(modifiers, key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for row in TABLE {
            for (when, keys) in row.keys {
                assert_eq!(parsed(&written(keys)), Some(*keys), "{keys:?}");
                assert_eq!(when_of(keys, row.action), *when);
            }
        }
        assert_eq!((parsed("Ctrl+"), parsed("Hyper+A"), parsed("")), (None, None, None));
    }

    #[test]
    fn a_key_that_was_given_away_is_no_longer_the_others() {
        let mut changed = Shortcuts::default();
        changed.set(Action::ShowModels, Some(vec!["Ctrl+E".to_owned(), "nonsense".to_owned(), "F10".to_owned()]));
        changed.set(Action::Quit, Some(Vec::new()));
        let map = KeyMap::of(&changed);
        let keys = parsed("Ctrl+E").expect("keys");
        assert_eq!(map.owner(&keys), Some(Action::ShowModels));
        assert!(map.keys(Action::ExportAs).is_empty() && map.keys(Action::Quit).is_empty());
        assert_eq!(map.keys(Action::ShowModels).len(), 1, "what are no keys, or reserved ones, is left out");
        assert_eq!(KeyMap::of(&Shortcuts::default()).owner(&keys), Some(Action::ExportAs));
    }
}
