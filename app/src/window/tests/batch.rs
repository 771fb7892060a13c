//! Batches and grids, and what jobs took.

use std::path::Path;
use std::sync::Arc;

use hummingbird_engine::Folders;
use hummingbird_engine::jobs::grid::GridCell;
use hummingbird_engine::jobs::history::StepTimes;
use hummingbird_engine::jobs::styles::Styles;
use hummingbird_engine::settings::{Setting, table};

use super::{card, outcome};
use crate::window::state::batch::{Batch, Jobs, Side};
use crate::window::state::controls::Controls;
use crate::window::state::grids::{Grids, MOST_GRIDS};
use crate::window::tasks::Tasks;

fn controls() -> Controls {
    let mut controls = Controls::default();
    controls.asked.prompt = "a red ball".to_owned();
    controls.set_text(&table::SEED, "7".to_owned());
    controls.seed_locked = true;
    controls
}

fn jobs(batch: &Batch) -> Result<Jobs, String> {
    batch.jobs(&controls(), &Styles::default(), &card().limits, Path::new(""), 100)
}

fn side(setting: &'static Setting, values: &str) -> Side {
    Side { setting: Some(setting), values: values.to_owned() }
}

#[test]
fn prompts_and_seeds_are_multiplied() {
    let batch = Batch { prompts: "a boat\n\n a star \n".into(), seeds: "3".into(), ..Batch::default() };
    let made = jobs(&batch).expect("valid");
    let found: Vec<(&str, u64)> = made.iter().map(|(it, _)| (it.clip.prompt.as_str(), it.clip.seed)).collect();
    assert_eq!(found, [("a boat", 7), ("a boat", 8), ("a boat", 9), ("a star", 7), ("a star", 8), ("a star", 9)]);
    assert_eq!(made[1].1.note.name, "seed 8 · a boat");
    assert!(made.iter().all(|(_, plan)| plan.note.cell.is_none()));
    let mut free = controls();
    free.seed_locked = false;
    let drawn = Batch::default().jobs(&free, &Styles::default(), &card().limits, Path::new(""), 100).expect("valid");
    assert_eq!((drawn.len(), drawn[0].0.clip.seed, drawn[0].1.note.name.as_str()), (1, 100, ""));
}

#[test]
fn every_choice_in_braces_is_made_where_that_is_wanted() {
    let prompts = r"a {red|blue} {ball|boat} \{a|b\}".to_owned();
    let batch = Batch { prompts, every_choice: true, ..Batch::default() };
    let found: Vec<String> = jobs(&batch).expect("valid").into_iter().map(|(it, _)| it.clip.prompt).collect();
    assert_eq!(found, ["a red ball {a|b}", "a red boat {a|b}", "a blue ball {a|b}", "a blue boat {a|b}"]);
    let one = Batch { every_choice: false, ..batch };
    assert_eq!(jobs(&one).expect("valid").len(), 1);
    let many = Batch { prompts: "{a|b}".repeat(40), every_choice: true, ..Batch::default() };
    assert!(jobs(&many).expect_err("2^40").contains("more than"));
}

#[test]
fn a_grid_has_a_cell_for_each_pair_of_values() {
    let sides = [side(&table::STEPS, "4, 8"), side(&table::SAMPLER, "turbo, ddim, Turbo")];
    let made = jobs(&Batch { sides, ..Batch::default() }).expect("valid");
    assert_eq!(made.len(), 6);
    let cell = |index: usize| made[index].1.note.cell.as_ref().expect("it is in a grid");
    assert_eq!((cell(4).row, cell(4).column), (1, 1));
    assert_eq!((cell(0).rows.clone(), cell(0).columns.len()), (vec!["Steps 4".to_owned(), "Steps 8".to_owned()], 3));
    assert!((0..6).all(|index| cell(index).is_beside(cell(0)) && cell(index).is_sound()));
    assert_eq!(made[5].0.clip.steps, 8);
    let seeds: Vec<u64> = made.iter().map(|(request, _)| request.clip.seed).collect();
    assert_eq!(seeds, [7; 6], "only the settings differ");
    let two = Batch { seeds: "2".into(), sides: [side(&table::GUIDANCE, "2,5"), Side::default()], ..Batch::default() };
    let made = jobs(&two).expect("valid");
    let grids: Vec<u64> = made.iter().filter_map(|(_, plan)| Some(plan.note.cell.as_ref()?.grid)).collect();
    assert!(grids[0] == grids[1] && grids[1] != grids[2], "a grid for each seed: {grids:?}");
}

#[test]
fn what_cannot_be_made_is_told() {
    let grid = |rows: Side, columns: Side| Batch { sides: [rows, columns], ..Batch::default() };
    let cases = [
        (Batch { seeds: "-1".into(), ..Batch::default() }, "not a number of seeds"),
        (Batch { seeds: "0".into(), ..Batch::default() }, "not a number of seeds"),
        (Batch { seeds: "20000".into(), ..Batch::default() }, "more than 10000"),
        (grid(side(&table::STEPS, " , "), Side::default()), "type the values"),
        (grid(side(&table::STEPS, "4, 0"), Side::default()), "Steps 0: 0 steps"),
        (grid(side(&table::STEPS, "4, x"), Side::default()), "\"x\" is not a whole number"),
        (grid(side(&table::MERGE_TOKENS, "maybe"), Side::default()), "on or off"),
        (grid(side(&table::SAMPLER, "dice"), Side::default()), "turbo, ddim"),
        (grid(side(&table::STEPS, &"4,".repeat(40)), Side::default()), "at most 32"),
    ];
    for (batch, words) in cases {
        let error = jobs(&batch).expect_err(words);
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn a_grid_is_ready_once_its_last_clip_is_there() {
    let mut grids = Grids::default();
    let cell = |grid, column| GridCell { grid, columns: vec!["a".into(), "b".into()], column, ..GridCell::default() };
    assert!(!grids.note(&cell(1, 0), &outcome("a", 1)) && !grids.note(&cell(2, 1), &outcome("b", 2)));
    assert!(!grids.note(&cell(1, 0), &outcome("a", 1)), "the same clip again");
    assert!(grids.note(&cell(1, 1), &outcome("a", 3)));
    assert_eq!((grids.ready.len(), grids.ready[0].clips.len(), grids.is_under_way()), (1, 2, true));
    grids.join();
    assert_eq!((grids.ready.len(), grids.ready[1].clips.len(), grids.is_under_way()), (2, 1, false));
    for grid in 0..3 * MOST_GRIDS as u64 {
        grids.note(&cell(grid + 10, 0), &outcome("a", grid));
    }
    let mut left = 0;
    while grids.is_under_way() {
        grids.join();
        left += 1;
    }
    assert_eq!(left, MOST_GRIDS);
}

#[test]
fn what_jobs_took_comes_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tasks = || Tasks::new(Some(Folders::at(folder.path())), Arc::new(|| ()));
    let mut first = tasks();
    assert_eq!(first.times(), StepTimes::default());
    let mut times = StepTimes::default();
    times.note(&outcome("a boat", 1), 20, 4.0);
    first.keep_times(times.clone());
    first.keeping_times.take().expect("it runs").join().expect("it does not panic");
    assert_eq!(tasks().times(), times);
}
