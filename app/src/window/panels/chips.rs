//! A group of chips: small buttons of one kind that are one stop of the Tab key, with the arrow keys inside.

use egui::{Button, EventFilter, Id, Key, Modifiers, RichText, Sense, Ui};

/// Draws chips, each with its word and whether it is chosen, one after the other; which of them was used.
///
/// Tab comes to the one that had the keyboard last, else to the first that is chosen, else to the first. Arrows go on, in both
/// directions around the ends; Home and End go to them; Enter and Space use a chip.
pub fn chips<'a>(ui: &mut Ui, group: Id, words: impl IntoIterator<Item = (&'a str, bool)>) -> Option<usize> {
    let words: Vec<(&str, bool)> = words.into_iter().collect();
    let first_chosen = words.iter().position(|(_, chosen)| *chosen).unwrap_or(0);
    let stop: usize = ui.data(|data| data.get_temp(group)).filter(|at| *at < words.len()).unwrap_or(first_chosen);
    let (mut ids, mut used, mut focused) = (Vec::new(), None, None);
    for (index, (word, chosen)) in words.iter().enumerate() {
        let chip = Button::selectable(*chosen, RichText::new(*word).small())
            .corner_radius(10.0)
            .frame_when_inactive(true)
            // The others are reached by arrows, and by mouse and screen readers as any button.
            .sense(if index == stop { Sense::click() } else { Sense::CLICK });
        let response = ui.add(chip);
        if response.clicked() {
            used = Some(index);
            ui.data_mut(|data| data.insert_temp(group, index));
        }
        if response.has_focus() {
            focused = Some(index);
            let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        }
        ids.push(response.id);
    }
    let Some(focused) = focused else { return used };
    let count = words.len();
    let moves = [
        (Key::ArrowRight, (focused + 1) % count),
        (Key::ArrowDown, (focused + 1) % count),
        (Key::ArrowLeft, (focused + count - 1) % count),
        (Key::ArrowUp, (focused + count - 1) % count),
        (Key::Home, 0),
        (Key::End, count - 1),
    ];
    for (key, next) in moves {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            ui.data_mut(|data| data.insert_temp(group, next));
            ui.memory_mut(|memory| memory.request_focus(ids[next]));
            break;
        }
    }
    used
}
