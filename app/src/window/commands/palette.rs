//! What is done in the command palette and on the page of shortcuts: both show the table of actions, and change nothing else.

use super::command::{PaletteCommand, ShortcutCommand};
use super::effect::Effect;
use super::keymap::{KeyMap, parsed, refusal};
use super::table::TABLE;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::shortcuts::{Palette, ShortcutsPage};
use crate::window::state::view::DialogKind;

impl State {
    /// Opens the palette.
    pub(super) fn show_palette(&mut self) {
        self.view.dialog = Some(DialogKind::Palette(Palette::default()));
    }

    /// Opens the page of shortcuts.
    pub(super) fn show_shortcuts(&mut self) {
        self.view.dialog = Some(DialogKind::Shortcuts(ShortcutsPage::default()));
    }

    /// Carries out what was done in the palette.
    pub(super) fn on_palette_command(&mut self, command: PaletteCommand, effects: &mut Vec<Effect>) {
        let Some(DialogKind::Palette(palette)) = &mut self.view.dialog else { return };
        match command {
            PaletteCommand::Text(text) => *palette = Palette { text, at: 0 },
            PaletteCommand::At(at) => palette.at = at,
            PaletteCommand::Run(action) => {
                self.view.dialog = None;
                self.run(action, effects);
            }
        }
    }

    /// Carries out what was done on the page of shortcuts.
    pub(super) fn on_shortcut_command(&mut self, command: ShortcutCommand, effects: &mut Vec<Effect>) {
        let Some(DialogKind::Shortcuts(page)) = &mut self.view.dialog else { return };
        let shortcuts = &mut self.view.shortcuts;
        let before = shortcuts.clone();
        match command {
            ShortcutCommand::Search(text) => page.search = text,
            ShortcutCommand::Record(action) => {
                (page.recording, page.conflict, page.problem) = (Some(action), None, None);
            }
            ShortcutCommand::GiveUp => (page.recording, page.conflict) = (None, None),
            ShortcutCommand::Recorded(text) => {
                let Some(action) = page.recording.take() else { return };
                let Some(keys) = parsed(&text) else { return };
                match (refusal(&keys), KeyMap::of(shortcuts).owner(&keys)) {
                    (Some(reason), _) => {
                        page.problem = Some(tr!("notices-keys-refused", keys = text, reason = reason));
                    }
                    (None, Some(owner)) if owner != action => page.conflict = Some((action, text, owner)),
                    _ => shortcuts.set(action, Some(vec![text])),
                }
            }
            ShortcutCommand::Take => {
                let Some((action, text, owner)) = page.conflict.take() else { return };
                let keys = parsed(&text);
                let map = KeyMap::of(shortcuts);
                let left = map.keys(owner).iter().filter(|(_, own)| Some(*own) != keys);
                let left = left.map(|(_, own)| super::keymap::written(own)).collect();
                shortcuts.set(owner, Some(left));
                shortcuts.set(action, Some(vec![text]));
            }
            ShortcutCommand::Reset(action) => {
                shortcuts.set(action, None);
                // Its own keys come back from whoever took them.
                for row in TABLE.iter().filter(|row| row.action != action) {
                    let Some(keys) = shortcuts.of(row.action) else { continue };
                    let is_own = |text: &String| {
                        parsed(text).is_some_and(|keys| action.row().keys.iter().any(|(_, own)| *own == keys))
                    };
                    let left: Vec<String> = keys.iter().filter(|text| !is_own(text)).cloned().collect();
                    if left.len() < keys.len() {
                        shortcuts.set(row.action, Some(left));
                    }
                }
            }
            ShortcutCommand::ResetAll => {
                // Names of another version's actions stay.
                TABLE.iter().for_each(|row| shortcuts.set(row.action, None));
                page.conflict = None;
            }
        }
        if *shortcuts != before {
            effects.push(Effect::KeepShortcuts(shortcuts.clone()));
        }
    }
}
