//! A panic in one part of the window leaves the others: the part goes dark, and says so.

use std::panic::{AssertUnwindSafe, catch_unwind};

use egui::{Label, RichText, Ui};

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
    let text = format!("{} cannot be shown because of an internal error. Everything else goes on.", part.name());
    ui.add(Label::new(RichText::new(text).color(ui.visuals().error_fg_color)).wrap());
    ui.horizontal_wrapped(|ui| {
        let name = |label: &str| format!("{label}: {}", part.name());
        let away = ui.button("Go on without this").accessible_name(name("Go on without this"));
        out.extend(away.clicked().then_some(Command::PutPartAway(part)));
        let again = ui.button("Try again").accessible_name(name("Try again"));
        out.extend(again.clicked().then_some(Command::TryPartAgain(part)));
        let copy = ui.button("Copy report").accessible_name(name("Copy report"));
        out.extend(copy.clicked().then(|| Command::CopyText(report.to_owned())));
    });
}
