//! The data page in the window: ten thousand clips, keys alone, widgets, small windows. With real clips: `data`.

use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use hummingbird_engine::data::filter::Column;
use hummingbird_engine::data::manifest::Row;

use super::data::{data, opened, orders, row, states, with_page};
use super::{Bench, bench_of_size, models, press, ready, says};
use crate::window::commands::command::DataCommand;
use crate::window::state::State;
use crate::window::state::data_networks::{DataNetwork, KnownNetwork, StageChoice};
use crate::window::state::data_view::{ColumnLimits, arrange};
use crate::window::state::data_work::{DataOrder, DataReport};
use crate::window::state::models::{FileKind, Listing, ModelRow};
use crate::window::state::view::DialogKind;
use crate::window::state::work::OpenPurpose;

fn state<'a>(harness: &'a mut Harness<'_, Bench>) -> &'a mut State {
    &mut harness.state_mut().shell.state
}

/// Carries out what the window orders of filtering until nothing is left of it; gives the other orders.
fn follow(harness: &mut Harness<'_, Bench>) -> Vec<DataOrder> {
    let mut others = Vec::new();
    loop {
        let mut is_done = true;
        for order in orders(harness.state_mut().effects.drain(..).collect()) {
            let DataOrder::Arrange { ticket, rows, choice, listing, stages } = order else {
                others.push(order);
                continue;
            };
            let arranged = arrange(&rows, &choice, &listing, &stages);
            let arranged = DataReport::Arranged(ticket, Some(Box::new(arranged)));
            state(harness).on_data(arranged, &mut Vec::new());
            is_done = false;
        }
        harness.run_steps(3);
        if is_done {
            return others;
        }
    }
}

/// Tells the page what came of an order.
fn tell(harness: &mut Harness<'_, Bench>, report: DataReport) {
    let mut effects = Vec::new();
    state(harness).on_data(report, &mut effects);
    harness.state_mut().effects.extend(effects);
    harness.run_steps(2);
    follow(harness);
}

#[test]
fn ten_thousand_clips_cost_no_more_than_those_in_sight() {
    let mut page = ready();
    opened(&mut page, (0..10_000).map(row).collect());
    let mut harness = bench_of_size(page, [1200.0, 800.0]);
    follow(&mut harness);
    let count = |harness: &Harness<'_, Bench>| harness.query_all_by_label_contains(".mp4: a red ball").count();
    let laid_out = count(&harness);
    assert!(laid_out > 3 && laid_out < 14, "{laid_out} rows are laid out");
    assert_eq!(state(&mut harness).data.order().len(), 10_000);
    let first = Arc::as_ptr(&state(&mut harness).data.rows.all()[0]);
    let before = state(&mut harness).data.arrangements;
    harness.state_mut().effects.clear();
    // Frames in which nothing changes: no row is copied, nothing is sorted, nothing is ordered.
    harness.run_steps(30);
    let page = &state(&mut harness).data;
    assert_eq!((page.arrangements, Arc::as_ptr(&page.rows.all()[0])), (before, first));
    assert!(page.rows.all().iter().all(|row| Arc::strong_count(row) <= 2), "who orders nothing shares no rows");
    let ordered = orders(harness.state_mut().effects.drain(..).collect());
    assert!(ordered.iter().all(|order| !matches!(order, DataOrder::Arrange { .. })), "{}", ordered.len());
    // To the end and back: the rows in sight are others, and as many.
    press(&mut harness, Modifiers::NONE, Key::End);
    harness.run_steps(5);
    assert!(says(&harness, "a-09999.mp4") && count(&harness) < 16, "{}", count(&harness));
    assert_eq!(state(&mut harness).data.arrangements, before);
    // One change is one arrangement, whatever is under way.
    let dropped = (0..10_000).filter(|index| row(*index).vqa_overall < Some(50.0)).count();
    let mut choice = state(&mut harness).data.choice.clone();
    choice.set(Column::VqaOverall, ColumnLimits { min: Some(50.0), ..ColumnLimits::default() });
    harness.state_mut().shell.pending.push(data(DataCommand::Choose(choice)));
    harness.run_steps(5);
    follow(&mut harness);
    let page = &state(&mut harness).data;
    assert_eq!(page.arrangements, before + 1);
    assert_eq!(page.arranged.as_ref().map(|arranged| arranged.summary.dropped), Some(dropped));
}

#[test]
fn the_page_is_used_by_keys_alone() {
    let mut page = ready();
    opened(&mut page, (0..20).map(row).collect());
    let mut harness = bench_of_size(page, [1200.0, 800.0]);
    follow(&mut harness);
    assert!(says(&harness, "a-00000.mp4"));
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(state(&mut harness).data.cursor, Some(2));
    // Space drops, and once more keeps.
    press(&mut harness, Modifiers::NONE, Key::Space);
    follow(&mut harness);
    let keep =
        |harness: &mut Harness<'_, Bench>, row: usize| state(harness).data.rows.get(row).and_then(|row| row.keep);
    assert_eq!(keep(&mut harness, 2), Some(false));
    assert!(says(&harness, "Dropped, Dropped by hand"), "it is said why");
    press(&mut harness, Modifiers::NONE, Key::M);
    follow(&mut harness);
    assert_eq!(keep(&mut harness, 2), Some(true));
    // Enter opens the caption in its row; Escape leaves it as it was, Enter keeps it.
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.event(egui::Event::Text("!".to_owned()));
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(
        (state(&mut harness).data.editing.clone(), state(&mut harness).data.rows.all()[2].text.as_str()),
        (None, "a red ball 2")
    );
    press(&mut harness, Modifiers::NONE, Key::E);
    harness.event(egui::Event::Text("!".to_owned()));
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    follow(&mut harness);
    assert!(state(&mut harness).data.editing.is_none());
    assert_eq!(state(&mut harness).data.rows.all()[2].text, "a red ball 2!");
    // The row has the keyboard again.
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(state(&mut harness).data.cursor, Some(3));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    follow(&mut harness);
    assert_eq!(state(&mut harness).data.rows.all()[2].text, "a red ball 2");
    assert_eq!(state(&mut harness).data.cursor, Some(2), "where it was done");
    // Both keys that do again what was taken back.
    let mut redo = |modifiers, key| {
        press(&mut harness, modifiers, key);
        follow(&mut harness);
        state(&mut harness).data.rows.all()[2].text.clone()
    };
    assert_eq!(redo(Modifiers::COMMAND, Key::Y), "a red ball 2!");
    assert_eq!(redo(Modifiers::COMMAND, Key::Z), "a red ball 2");
    assert_eq!(redo(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z), "a red ball 2!");
    assert_eq!(redo(Modifiers::COMMAND, Key::Z), "a red ball 2");
    // Letters that play clips elsewhere do nothing here.
    press(&mut harness, Modifiers::NONE, Key::Delete);
    press(&mut harness, Modifiers::NONE, Key::F8);
    assert!(!state(&mut harness).data.is_shown);
}

#[test]
fn limits_and_lists_are_moved_by_their_widgets() {
    let mut harness = bench_of_size(with_page(), [1200.0, 1400.0]);
    follow(&mut harness);
    harness.get_by_label("Limits").click();
    harness.run_steps(3);
    assert!(says(&harness, "Overall quality from 0 to") && says(&harness, "It stands still (1)"));
    assert!(says(&harness, "Overall quality below 10 (1)"), "reasons are words with counts");
    // A reason that drops nothing.
    harness.get_by_label("Drop clips: It stands still").click();
    harness.run_steps(3);
    follow(&mut harness);
    assert_eq!(state(&mut harness).data.rows.all()[1].keep, Some(true));
    harness.get_by_label("It stands still (1)").click();
    harness.run_steps(3);
    follow(&mut harness);
    assert_eq!(state(&mut harness).data.order(), [1]);
    harness.get_by_label("Take all limits away").click();
    harness.run_steps(3);
    follow(&mut harness);
    assert!(state(&mut harness).data.choice.limits.is_empty());
    harness.get_by_label("Export").click();
    harness.run_steps(3);
    harness.get_by_label("Write a page…").click();
    harness.run_steps(3);
    assert!(matches!(state(&mut harness).view.dialog, Some(DialogKind::SaveFile(_))));
}

#[test]
fn the_page_fits_small_windows() {
    for (name, page) in states() {
        let mut harness = bench_of_size(page, [640.0, 480.0]);
        follow(&mut harness);
        let screen = harness.ctx.content_rect();
        for node in harness.root().children_recursive() {
            let label = node.accesskit_node().label().unwrap_or_default();
            let is_row = label.contains(".mp4: ");
            if is_row {
                assert!(node.rect().right() <= screen.right() + 0.5, "{name}: {label:?} is cut off");
            }
        }
    }
}

#[test]
fn what_is_taken_back_is_done_again_by_a_button() {
    let mut page = ready();
    opened(&mut page, (0..4).map(row).collect());
    let mut harness = bench_of_size(page, [1200.0, 800.0]);
    follow(&mut harness);
    assert!(harness.get_by_label("Redo").accesskit_node().is_disabled());
    press(&mut harness, Modifiers::NONE, Key::Space);
    follow(&mut harness);
    harness.get_by_label("Undo").click();
    harness.run_steps(3);
    follow(&mut harness);
    let keep = |harness: &mut Harness<'_, Bench>| state(harness).data.rows.all()[0].keep;
    assert_eq!(keep(&mut harness), Some(true));
    harness.get_by_label("Redo").click();
    harness.run_steps(3);
    follow(&mut harness);
    assert_eq!(keep(&mut harness), Some(false));
    // Something new ends it.
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Space);
    follow(&mut harness);
    assert!(harness.get_by_label("Redo").accesskit_node().is_disabled());
    press(&mut harness, Modifiers::COMMAND, Key::Y);
    follow(&mut harness);
    assert_eq!(keep(&mut harness), Some(true));
}

#[test]
fn networks_say_how_they_can_be_had_and_steps_what_they_cost() {
    let mut page = ready();
    opened(&mut page, (0..20).map(|at| Row { vqa_overall: None, width: 320, height: 240, ..row(at) }).collect());
    let mut harness = bench_of_size(page, [1200.0, 1800.0]);
    follow(&mut harness);
    harness.get_by_label("Steps").click();
    harness.run_steps(3);
    assert!(says(&harness, "Looking for DOVER in the models folder"));
    let listing = |rows: Vec<ModelRow>| Listing { rows, ..Listing::default() };
    let list = |harness: &mut Harness<'_, Bench>, rows: Vec<ModelRow>| {
        let state = state(harness);
        let ticket = state.models.ask_for_listing();
        state.models.set_listing(ticket, Ok(listing(rows)));
        harness.run_steps(3);
    };
    list(&mut harness, Vec::new());
    for command in
        ["hummingbird models get dover-mobile", "hummingbird models get dover,", "hummingbird models get amt-s"]
    {
        assert!(says(&harness, command), "{command}");
    }
    assert!(says(&harness, "Get DOVER or DOVER-Mobile, or choose a file, first"));
    // The cheap one comes to the models folder: it is looked at, and what it costs stands there.
    let here = |key: &str, file: &str| ModelRow {
        path: Some(Path::new("/models").join(file)),
        ..models::here(key, FileKind::Unknown)
    };
    list(&mut harness, vec![here("dover-mobile", "DOVER-Mobile.pth")]);
    assert!(says(&harness, "DOVER-Mobile: DOVER-Mobile.pth in the models folder"));
    let look = follow(&mut harness).into_iter().find_map(|order| match order {
        DataOrder::LookAtNetwork { ticket, network: DataNetwork::Sieve, file } => Some((ticket, file)),
        _ => None,
    });
    let (ticket, file) = look.expect("it is looked at");
    assert_eq!(file, Path::new("/models/DOVER-Mobile.pth"));
    let known = |name: &str, gflop: f64| Ok(KnownNetwork { name: name.to_owned(), gflop });
    let report = DataReport::Known(ticket, DataNetwork::Sieve, known("dover-mobile", 105.0));
    tell(&mut harness, report);
    // 20 clips of 105 GFLOP.
    assert!(says(&harness, "DOVER-Mobile looks at 20 clips: 2.1 TFLOP"));
    // A file of the user's, for the other one.
    let mut effects = Vec::new();
    state(&mut harness).on_open_path(
        OpenPurpose::DataNetwork(DataNetwork::Judge),
        Some("/mine/big.safetensors".into()),
        true,
        &mut effects,
    );
    let look = orders(effects).into_iter().find_map(|order| match order {
        DataOrder::LookAtNetwork { ticket, network: DataNetwork::Judge, .. } => Some(ticket),
        _ => None,
    });
    let report = DataReport::Known(look.expect("it is looked at"), DataNetwork::Judge, known("dover", 672.0));
    tell(&mut harness, report);
    assert!(says(&harness, "DOVER: big.safetensors, which you chose"));
    // 20 * 0.105 + 16 * 0.672
    assert!(says(&harness, "DOVER-Mobile looks at 20 clips, then DOVER looks at 16 clips: 12.9 TFLOP"));
    harness.get_by_label("DOVER-Mobile first: cheap, for all clips").click();
    harness.run_steps(2);
    follow(&mut harness);
    assert!(says(&harness, "DOVER looks at 20 clips: 13.4 TFLOP") && !says(&harness, "in the models folder…"));
    harness.get_by_label("Use the file of DOVER in the models folder").click();
    harness.run_steps(2);
    follow(&mut harness);
    assert!(says(&harness, "hummingbird models get dover,"));
    // Captions with pictures, several at once; it is kept with the clips.
    harness.get_by_label("The model sees pictures").click();
    harness.run_steps(2);
    assert_eq!(state(&mut harness).data.stages.frames, StageChoice::FRAMES);
    assert!(says(&harness, "Captions at once"));
    let Ok(DataOrder::Save { kept, .. }) = state(&mut harness).data.save_order(None) else { panic!("it is saved") };
    assert_eq!((kept.stages.frames, kept.stages.sieves), (StageChoice::FRAMES, false));
}
