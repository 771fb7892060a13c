//! The menu bar and chips by keys alone.

use egui::{Event, Key, Modifiers, Popup, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{Bench, bench, bench_of_size, press, ready};
use crate::window::commands::command::Command;
use crate::window::commands::table::Group;
use crate::window::state::action::Action;

fn focused(harness: &Harness<'_, Bench>) -> Option<String> {
    let nodes = harness.root().children_recursive().map(|node| node.accesskit_node());
    nodes.into_iter().find(|node| node.is_focused()).and_then(|node| node.label())
}

/// Whether the row of a menu that begins so has the keyboard.
fn is_at(harness: &Harness<'_, Bench>, label: &str) -> bool {
    focused(harness).is_some_and(|focused| focused.starts_with(label))
}

#[test]
fn letters_of_menus_are_in_their_titles_and_differ() {
    for (index, group) in Group::ALL.into_iter().enumerate() {
        let letter = group.letter().expect("a letter");
        assert!(group.title().to_uppercase().contains(letter.name()), "{group:?}");
        assert!(Group::ALL[..index].iter().all(|other| other.letter() != group.letter()), "{group:?}");
    }
}

#[test]
fn alt_and_a_letter_open_every_menu_and_type_nothing() {
    for group in Group::ALL {
        let mut harness = bench(ready());
        // Both in one frame, as systems send them.
        let (key, modifiers) = (group.letter().expect("a letter"), Modifiers::ALT);
        let pressed = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        harness.input_mut().events.extend([pressed, Event::Text(key.name().to_lowercase())]);
        harness.run_steps(3);
        assert!(Popup::is_any_open(&harness.ctx), "{group:?}");
        assert_eq!(harness.state().shell.state.form.controls.asked.prompt, "", "{group:?}: the letter was typed");
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert!(!Popup::is_any_open(&harness.ctx), "{group:?}");
    }
}

#[test]
fn a_menu_is_walked_through_by_keys() {
    let mut harness = bench(ready());
    assert!(harness.get_by_label("Prompt").is_focused());
    press(&mut harness, Modifiers::NONE, Key::F10);
    harness.run_steps(3);
    assert!(is_at(&harness, "Models…"), "the first row that can be used");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert!(is_at(&harness, "Train a LoRA…"));
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    harness.run_steps(3);
    assert!(is_at(&harness, "Generate Ctrl"), "the next menu");
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("Keyboard shortcuts…").is_some(), "around to the last one");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.run_steps(2);
    assert!(harness.get_by_label("Prompt").is_focused(), "back to where it came from");
    press(&mut harness, Modifiers::ALT, Key::V);
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state().commands.contains(&Command::Run(Action::ToggleControls)), "Enter does the row");
    assert!(!Popup::is_any_open(&harness.ctx));
}

#[test]
fn the_bar_itself_is_walked_along() {
    let mut harness = bench(ready());
    harness.get_by_role_and_label(Role::Button, "File").focus();
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(focused(&harness).as_deref(), Some("Create"));
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(focused(&harness).as_deref(), Some("Help"));
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    harness.run_steps(3);
    assert!(Popup::is_any_open(&harness.ctx));
}

#[test]
fn a_dialog_is_not_left_by_the_keys_of_menus() {
    let mut harness = bench(ready());
    press(&mut harness, Modifiers::NONE, Key::F1);
    press(&mut harness, Modifiers::NONE, Key::F10);
    press(&mut harness, Modifiers::ALT, Key::F);
    assert!(!Popup::is_any_open(&harness.ctx));
}

#[test]
fn a_group_of_chips_is_one_stop_of_tab() {
    let mut harness = bench_of_size(ready(), [1000.0, 900.0]);
    harness.get_by_label("red").focus();
    harness.run_steps(3);
    assert_eq!(focused(&harness).as_deref(), Some("red"));
    for expected in ["orange", "yellow"] {
        press(&mut harness, Modifiers::NONE, Key::ArrowRight);
        assert_eq!(focused(&harness).as_deref(), Some(expected));
    }
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert!(harness.state().shell.state.form.controls.asked.prompt.contains("yellow"));
    press(&mut harness, Modifiers::NONE, Key::Home);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(focused(&harness).as_deref(), Some("white"), "around the end");
    press(&mut harness, Modifiers::NONE, Key::Tab);
    let next = focused(&harness).expect("something has the keyboard");
    let vocabulary = super::card().vocabulary.expect("the demo model has one");
    assert!(vocabulary.subjects.contains(&next), "Tab goes to the next group, not to {next:?}");
    press(&mut harness, Modifiers::SHIFT, Key::Tab);
    harness.run_steps(2);
    assert_eq!(focused(&harness).as_deref(), Some("white"), "and back to where it was");
}
