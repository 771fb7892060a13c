//! The command table itself.

use std::collections::HashMap;

use super::ready;
use crate::window::commands::table::{Group, TABLE, When};
use crate::window::state::action::Action;

#[test]
fn every_action_has_one_row_and_a_key() {
    // Grows with the enum: a new action without a row fails to be looked up in the first menu that shows it.
    let mut seen = HashMap::new();
    for row in TABLE {
        assert!(seen.insert(row.action, row.label()).is_none(), "{:?} has two rows", row.action);
        assert!(!row.keys.is_empty(), "{:?} has no key", row.action);
        assert!(row.tooltip().len() > 10 && row.label().len() > 2, "{:?} is not described", row.action);
        assert!(Group::ALL.contains(&row.group));
    }
    let last = Action::Help as usize;
    assert_eq!(TABLE.len(), last + 1, "an action is missing in the table");
}

#[test]
fn no_two_actions_share_a_key() {
    let mut taken = HashMap::new();
    for row in TABLE {
        for (_, keys) in row.keys {
            let before = taken.insert((keys.modifiers, keys.logical_key), row.action);
            assert_eq!(before, None, "{keys:?} does two things");
        }
    }
}

#[test]
fn bare_letters_never_act_while_text_is_typed() {
    for row in TABLE {
        for (when, keys) in row.keys {
            let function_key = keys.logical_key.name().starts_with('F') || keys.logical_key == egui::Key::Escape;
            assert!(
                keys.modifiers.any() || function_key || *when != When::Always,
                "{:?} would swallow {:?} in a prompt",
                row.action,
                keys.logical_key
            );
        }
    }
}

#[test]
fn a_disabled_action_says_why() {
    let state = ready();
    for row in TABLE {
        if let Some(reason) = state.why_not(row.action) {
            assert!(reason.len() > 10, "{:?}: {reason}", row.action);
        }
    }
    assert!(state.why_not(Action::Generate).is_none());
    assert!(state.why_not(Action::Export).is_some());
}
