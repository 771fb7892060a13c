//! Whether files hover over the window, as far as the window can know.
//!
//! The windowing library says when files come and when they go, but not when their source vanishes, and some systems tell of
//! files only after they were dropped. Without a check the window would show for good that something can be dropped.

use egui::{Event, RawInput};

/// Tells drags that go on from those that have ended without a word.
#[derive(Debug, Default)]
pub struct HoverWatch {
    /// Files that hover as the windowing library counts them.
    files: usize,
    /// That drag has ended.
    ended: bool,
}

impl HoverWatch {
    /// Takes hovering files out of the input once their drag must have ended: a drag grabs pointer and keyboard, so whatever
    /// comes of these after it began came without it.
    pub fn check(&mut self, input: &mut RawInput) {
        let files = input.hovered_files.len();
        if files != self.files {
            (self.files, self.ended) = (files, false);
        } else if files > 0 {
            self.ended |= input.events.iter().any(is_of_a_person);
        }
        if self.ended {
            input.hovered_files.clear();
        }
    }
}

fn is_of_a_person(event: &Event) -> bool {
    matches!(
        event,
        Event::PointerMoved(_)
            | Event::PointerButton { .. }
            | Event::MouseWheel { .. }
            | Event::Touch { .. }
            | Event::Text(_)
            | Event::Key { pressed: true, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_ends_with_the_first_sign_of_a_person_until_files_come_anew() {
        let mut watch = HoverWatch::default();
        let mut shown = |files: usize, events: Vec<Event>| {
            let hovered_files = vec![egui::HoveredFile::default(); files];
            let mut input = RawInput { hovered_files, events, ..RawInput::default() };
            watch.check(&mut input);
            input.hovered_files.len()
        };
        let moved = || vec![Event::PointerMoved(egui::pos2(1.0, 2.0))];
        assert_eq!(shown(0, moved()), 0);
        assert_eq!(shown(1, moved()), 1, "this may be from before the drag");
        assert_eq!(shown(1, vec![Event::PointerGone, Event::WindowFocused(false)]), 1);
        assert_eq!(shown(2, Vec::new()), 2);
        assert_eq!(shown(2, moved()), 0, "nobody drags any more");
        assert_eq!(shown(2, Vec::new()), 0, "and it stays so");
        assert_eq!(shown(3, Vec::new()), 3, "another drag");
        assert_eq!(shown(0, moved()), 0, "it was dropped");
        assert_eq!(shown(3, Vec::new()), 3);
    }
}
