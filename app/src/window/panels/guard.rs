//! A panic in one part of the window leaves the others: the part goes dark, and says so.

use std::panic::{AssertUnwindSafe, catch_unwind};

use egui::{Label, RichText, Ui};

use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::broken::{Part, report, take_panic};

/// Draws a part of the window. One that has failed shows what can be done instead.
pub fn guarded(
    ui: &mut Ui,
    state: &State,
    part: Part,
    out: &mut Vec<Command>,
    draw: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    if let Some(broken) = state.view.broken.get(&part) {
        if !broken.is_put_away {
            failure(ui, part, &broken.report, out);
        }
        return;
    }
    let already = out.len();
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        assert!(state.view.fails != Some(part), "this part fails for a test at /home/somebody/secret.mp4");
        draw(ui, out);
    }));
    if let Err(panic) = drawn {
        // Half of what it asked for is worth nothing.
        out.truncate(already);
        out.push(Command::PartFailed(part, report(part, take_panic(), &*panic)));
    }
}

fn failure(ui: &mut Ui, part: Part, report: &str, out: &mut Vec<Command>) {
    let text = tr!("dialogs-broken", part = part.name());
    ui.add(Label::new(RichText::new(text).color(ui.visuals().error_fg_color)).wrap());
    ui.horizontal_wrapped(|ui| {
        let away = ui.button(tr!("dialogs-broken-away"));
        let away = away.accessible_name(tr!("dialogs-broken-away.name", part = part.name()));
        out.extend(away.clicked().then_some(Command::PutPartAway(part)));
        let again = ui.button(tr!("dialogs-broken-again"));
        let again = again.accessible_name(tr!("dialogs-broken-again.name", part = part.name()));
        out.extend(again.clicked().then_some(Command::TryPartAgain(part)));
        let copy = ui.button(tr!("dialogs-broken-copy"));
        let copy = copy.accessible_name(tr!("dialogs-broken-copy.name", part = part.name()));
        out.extend(copy.clicked().then(|| Command::CopyText(report.to_owned())));
    });
}
