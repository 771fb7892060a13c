//! The command palette and the page on which shortcuts are changed.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{Bench, bench, bench_of_size, press, ready, says};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::commands::table::{TABLE, palette_rows};
use crate::window::state::action::Action;
use crate::window::state::shortcuts::Shortcuts;
use crate::window::state::view::DialogKind;

fn shortcuts<'a>(harness: &'a Harness<'_, Bench>) -> &'a Shortcuts {
    &harness.state().shell.state.view.shortcuts
}

fn kept(harness: &Harness<'_, Bench>) -> usize {
    harness.state().effects.iter().filter(|effect| matches!(effect, Effect::KeepShortcuts(_))).count()
}

#[test]
fn the_palette_finds_every_command_by_its_words() {
    for row in TABLE.iter().filter(|row| row.action != Action::CommandPalette) {
        let found = palette_rows(&row.label());
        assert!(found.iter().any(|it| it.action == row.action), "{:?}", row.action);
    }
    assert_eq!(palette_rows("").len(), TABLE.len() - 1);
    assert_eq!(palette_rows("reset sc").first().map(|row| row.action), Some(Action::ResetScale));
    assert!(palette_rows("no such command").is_empty());
}

#[test]
fn the_palette_runs_a_command_by_keys_alone() {
    let mut harness = bench(ready());
    press(&mut harness, Modifiers::COMMAND, Key::K);
    // For a screen reader the row that is chosen has the keyboard; the letters go to the field.
    assert_eq!(harness.ctx.memory(|memory| memory.focused()), Some(egui::Id::unique("palette")));
    harness.get_by_label("Command palette").type_text("panel");
    harness.run_steps(3);
    let rows = palette_rows("panel");
    assert!(rows.len() >= 2, "{}", rows.len());
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state().shell.state.view.dialog.is_none());
    let layout = &harness.state().shell.state.view.layout;
    assert_eq!(rows[1].action, Action::ToggleHistory);
    assert!(layout.controls_shown && !layout.history_shown);
}

#[test]
fn the_palette_runs_a_command_by_mouse_and_screen_reader() {
    let mut harness = bench(ready());
    for by_screen_reader in [false, true] {
        press(&mut harness, Modifiers::COMMAND, Key::K);
        harness.get_by_label("Command palette").type_text("models");
        harness.run_steps(3);
        let row = harness.get_by_label_contains("File: Models");
        if by_screen_reader {
            row.click_accesskit();
        } else {
            row.click();
        }
        harness.run_steps(3);
        assert_eq!(harness.state().shell.state.view.dialog, Some(DialogKind::Models));
        press(&mut harness, Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn what_cannot_be_done_now_is_listed_and_does_nothing() {
    let mut harness = bench(ready());
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command palette").type_text("export as");
    harness.run_steps(3);
    assert!(harness.get_by_label_contains("File: Export as").accesskit_node().is_disabled());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(matches!(harness.state().shell.state.view.dialog, Some(DialogKind::Palette(_))));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().shell.state.view.dialog.is_none());
}

#[test]
fn a_shortcut_is_changed_and_works_and_goes_back() {
    let mut harness = bench_of_size(ready(), [1000.0, 2600.0]);
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    harness.get_by_label("Change the shortcut of Models").click();
    harness.run_steps(3);
    assert!(says(&harness, "Press the new keys"));
    press(&mut harness, Modifiers::COMMAND | Modifiers::ALT, Key::Y);
    let keys = egui::KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::ALT, Key::Y);
    assert!(says(&harness, &harness.ctx.format_shortcut(&keys)), "the page says it");
    assert_eq!(kept(&harness), 1, "and it is kept");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    assert!(harness.state().shell.state.view.dialog.is_none(), "the old keys do nothing");
    press(&mut harness, Modifiers::COMMAND | Modifiers::ALT, Key::Y);
    assert_eq!(harness.state().shell.state.view.dialog, Some(DialogKind::Models));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    harness.get_by_label("Reset the shortcut of Models").click_accesskit();
    harness.run_steps(3);
    assert_eq!((shortcuts(&harness), kept(&harness)), (&Shortcuts::default(), 2));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::G);
    assert_eq!(harness.state().shell.state.view.dialog, Some(DialogKind::Models));
}

#[test]
fn keys_that_are_taken_are_named_and_can_be_taken_over() {
    let mut harness = bench_of_size(ready(), [1000.0, 2600.0]);
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    let record = |harness: &mut Harness<'_, Bench>| {
        harness.get_by_label("Change the shortcut of Models").click();
        harness.run_steps(3);
        press(harness, Modifiers::COMMAND, Key::E);
    };
    record(&mut harness);
    assert!(says(&harness, "Ctrl+E belongs to \"Export as\""));
    assert_eq!(shortcuts(&harness), &Shortcuts::default());
    harness.get_by_label("Keep Ctrl+E for Export as").click();
    harness.run_steps(3);
    assert_eq!((shortcuts(&harness), kept(&harness)), (&Shortcuts::default(), 0));
    record(&mut harness);
    harness.get_by_label("Use Ctrl+E for Models").click();
    harness.run_steps(3);
    assert_eq!(shortcuts(&harness).of(Action::ShowModels), Some(&["Ctrl+E".to_owned()][..]));
    assert_eq!(shortcuts(&harness).of(Action::ExportAs), Some(&[][..]));
    harness.get_by_label("Reset all").click();
    harness.run_steps(3);
    assert_eq!(shortcuts(&harness), &Shortcuts::default());
}

#[test]
fn escape_keeps_the_old_keys_and_reserved_ones_are_refused() {
    let mut harness = bench_of_size(ready(), [1000.0, 2600.0]);
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    let record = |harness: &mut Harness<'_, Bench>, modifiers, key| {
        harness.get_by_label("Change the shortcut of Models").click();
        harness.run_steps(3);
        press(harness, modifiers, key);
    };
    record(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(matches!(harness.state().shell.state.view.dialog, Some(DialogKind::Shortcuts(_))), "the page stays");
    assert!(!says(&harness, "Press the new keys"));
    for (modifiers, key) in [(Modifiers::NONE, Key::F10), (Modifiers::ALT, Key::F), (Modifiers::NONE, Key::Tab)] {
        record(&mut harness, modifiers, key);
        assert!(says(&harness, "cannot be used"), "{key:?}");
    }
    assert_eq!(shortcuts(&harness), &Shortcuts::default());
    assert!(!harness.state().commands.contains(&Command::ConfirmDialog));
}
