//! The library's page: what is kept, listed, selected, marked, removed and opened, by mouse, keys and names.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use hummingbird_engine::Folders;
use hummingbird_engine::job::{Event, JobId};
use hummingbird_engine::jobs::journal::Journal;
use hummingbird_engine::jobs::provenance::provenance_of;
use hummingbird_engine::library::{Bin, ClipId, Entry, Facets, Filter, LibrarySettings, Mark, Query, Removed, Sort};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::settings::table;

use super::{Bench, apply, bench, bench_of_size, finish, frames, outcome, ready, request, run, says, start};
use crate::window::commands::command::{Command, LibraryCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::{Keeping, Shown};
use crate::window::state::compare::CompareHow;
use crate::window::state::library::{KeptClip, LibraryOrder, LibraryReport, LibraryStatus, Pick};
use crate::window::tasks::{Report, Tasks};

type Harness = egui_kittest::Harness<'static, Bench>;

const PROMPTS: [&str; 4] = ["a red ball", "a blue boat", "a star", "a yellow fish moving left"];

/// A clip as the index knows it; the highest number is the newest.
fn kept(number: i64) -> KeptClip {
    let outcome = outcome(PROMPTS[number as usize % PROMPTS.len()], number as u64);
    let entry = Entry {
        id: ClipId(number),
        path: PathBuf::from(format!("/clips/{number}.mp4")),
        bytes: 12_345,
        sha256: format!("{number:064x}"),
        created_ms: 1_700_000_000_000 + number * 1000,
        provenance: provenance_of(&outcome),
        width: 96,
        height: 64,
        frames: 16,
        fps: 8,
        favourite: number % 3 == 0,
        tags: if number == 1 { vec!["sea".to_owned()] } else { Vec::new() },
        note: String::new(),
        project: String::new(),
        latent: Some(PathBuf::from("latent.safetensors")),
        duplicates: 0,
    };
    KeptClip { entry, is_of_demo: true }
}

fn report(state: &mut State, report: LibraryReport) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.on_library(report, &mut effects);
    effects
}

/// Answers what the state asks the library, as its threads do with `count` clips.
pub fn answer(state: &mut State, effects: Vec<Effect>, count: i64) -> Vec<Effect> {
    let mut left = Vec::new();
    let all: Vec<ClipId> = (1..=count).rev().map(ClipId).collect();
    for effect in effects {
        let told = match effect {
            Effect::Library(LibraryOrder::Find { ticket, query }) => {
                let matching = |id: &&ClipId| PROMPTS[id.0 as usize % PROMPTS.len()].contains(&query.search);
                let facets = Facets { models: vec![("Nano".to_owned(), count as u64)], ..Facets::default() };
                let ids = all.iter().filter(matching).copied().collect();
                LibraryReport::Found { ticket, ids, total: all.len(), facets }
            }
            Effect::Library(LibraryOrder::Entries(ids)) => {
                LibraryReport::Entries(ids.iter().map(|id| kept(id.0)).collect())
            }
            Effect::Library(LibraryOrder::Recent) => {
                LibraryReport::Recent(all.iter().take(24).map(|id| kept(id.0)).collect())
            }
            Effect::Library(LibraryOrder::Pictures(list)) => {
                list.iter().for_each(|(id, _)| state.library.on_picture(*id, Some(frames(4))));
                continue;
            }
            Effect::Library(LibraryOrder::Scan) => continue,
            other => {
                left.push(other);
                continue;
            }
        };
        let more = report(state, told);
        left.extend(answer(state, more, count));
    }
    left
}

/// A state with an open library of `count` clips.
fn with_library(count: i64) -> State {
    let mut state = ready();
    let opened = LibraryReport::Opened { settings: LibrarySettings::default(), aside: None };
    let effects = report(&mut state, opened);
    assert!(answer(&mut state, effects, count).is_empty());
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    answer(&mut state, effects, count);
    state
}

/// The same with its page shown, and all clips in sight.
pub fn with_library_page(count: i64) -> State {
    with_library_rows(count, count as usize)
}

/// The same with so many clips in sight.
pub fn with_library_rows(count: i64, in_sight: usize) -> State {
    let mut state = with_library(count);
    let effects = run(&mut state, Action::ShowLibrary);
    answer(&mut state, effects, count);
    state.library.visible = 0..in_sight;
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    answer(&mut state, effects, count);
    state
}

fn page(count: i64) -> Harness {
    // High enough that all that is said about a clip is in sight.
    let mut harness = bench_of_size(with_library_page(count), [1000.0, 1000.0]);
    settle(&mut harness, count);
    harness
}

/// Lets the window draw, and the library answer.
fn settle(harness: &mut Harness, count: i64) {
    for _ in 0..4 {
        harness.run_steps(2);
        let bench = harness.state_mut();
        let effects = std::mem::take(&mut bench.effects);
        bench.effects = answer(&mut bench.shell.state, effects, count);
    }
}

fn press(harness: &mut Harness, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn state(harness: &Harness) -> &State {
    &harness.state().shell.state
}

fn selected(harness: &Harness) -> Vec<i64> {
    state(harness).library.selection().iter().map(|id| id.0).collect()
}

fn orders(effects: &[Effect]) -> Vec<&LibraryOrder> {
    effects.iter().filter_map(|it| if let Effect::Library(order) = it { Some(order) } else { None }).collect()
}

#[test]
fn a_finished_clip_is_kept_at_once_and_closing_asks_nothing() {
    let mut state = with_library(0);
    finish(&mut state, 1, "a red ball");
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    let [LibraryOrder::Keep(order)] = orders(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(order.provenance.whole("seed"), 1);
    assert!(!state.close_loses(), "the window waits until it is written");
    let mut again = Vec::new();
    state.follow_library(&mut again);
    assert!(orders(&again).is_empty(), "each is kept once: {again:?}");
    let kept = Ok((Some(ClipId(1)), PathBuf::from("/clips/1.mp4")));
    report(&mut state, LibraryReport::Kept { result: order.result, kept, problems: Vec::new() });
    assert_eq!(state.results.clips[0].keeping, Keeping::Kept(Some(ClipId(1)), PathBuf::from("/clips/1.mp4")));
    let harness = bench(state);
    assert!(says(&harness, "Kept") && !says(&harness, "Not saved"));
}

#[test]
fn a_clip_that_could_be_kept_nowhere_is_told_and_not_lost_by_closing() {
    let mut state = with_library(0);
    finish(&mut state, 1, "a red ball");
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    let result = state.results.clips[0].id;
    let kept = Err("the disk is full".to_owned());
    report(&mut state, LibraryReport::Kept { result, kept, problems: vec!["no permission to write".to_owned()] });
    assert!(state.close_loses());
    let texts: Vec<&str> = state.view.notices.iter().map(|it| it.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.contains("the disk is full")), "{texts:?}");
    assert!(texts.contains(&"no permission to write"));
    assert!(says(&bench(state), "Not saved"));
}

#[test]
fn the_history_of_earlier_sessions_is_there_and_its_clips_open() {
    let mut harness = bench(with_library(3));
    settle(&mut harness, 3);
    assert!(says(&harness, "Show \"a yellow fish moving left\", seed 3"));
    harness.get_by_label("Show \"a star\", seed 2").click();
    harness.run_steps(3);
    let effects = std::mem::take(&mut harness.state_mut().effects);
    let [LibraryOrder::Load(clip)] = orders(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(clip.entry.id, ClipId(2));
    let loaded = LibraryReport::Loaded(Arc::clone(clip), Ok(frames(16)));
    report(&mut harness.state_mut().shell.state, loaded);
    harness.run_steps(3);
    let shown = state(&harness).results.shown_clip().expect("it is shown");
    assert_eq!((shown.outcome.request.clip.seed, shown.outcome.request.clip.prompt.as_str()), (2, "a star"));
    assert!(says(&harness, "Seed 2 · 20 steps"));
    let rows = state(&harness).history().len();
    assert_eq!(rows, 3, "no clip stands in the history twice");
    // By keys to the older one, which is not in memory.
    press(&mut harness, Modifiers::COMMAND, Key::PageDown);
    assert!(matches!(orders(&harness.state().effects)[..], [LibraryOrder::Load(clip)] if clip.entry.id == ClipId(1)));
    // A new clip stands above them.
    let state = &mut harness.state_mut().shell.state;
    finish(state, 9, "a red ball");
    assert!(
        matches!(state.history()[0], crate::window::state::HistoryRow::Result(clip) if clip.outcome.request.clip.seed == 9)
    );
}

#[test]
fn the_mouse_selects_one_several_and_a_range() {
    let mut harness = page(8);
    assert!(says(&harness, "8 clips"));
    let clip = |number: usize| format!("Clip \"{}\", seed {number}", PROMPTS[number % PROMPTS.len()]);
    let click = |harness: &mut Harness, number: usize, modifiers: Modifiers| {
        harness.get_by_label(&clip(number)).click_modifiers(modifiers);
        harness.run_steps(3);
    };
    click(&mut harness, 7, Modifiers::NONE);
    assert_eq!(selected(&harness), [7]);
    assert!(says(&harness, "96 × 64 pixels, 16 frames at 8 a second"), "what it was made from is said");
    click(&mut harness, 5, Modifiers::COMMAND);
    assert_eq!(selected(&harness), [7, 5]);
    assert!(says(&harness, "2 clips are selected"));
    click(&mut harness, 2, Modifiers::SHIFT);
    assert_eq!(selected(&harness), [5, 4, 3, 2]);
    click(&mut harness, 3, Modifiers::COMMAND);
    assert_eq!(selected(&harness), [5, 4, 2]);
    click(&mut harness, 8, Modifiers::NONE);
    assert_eq!(selected(&harness), [8]);
    let name = clip(8);
    let node = harness.get_by_label(&name);
    assert_eq!(node.accesskit_node().toggled(), Some(true.into()), "screen readers hear it");
}

#[test]
fn the_keyboard_walks_selects_and_opens() {
    let mut harness = page(12);
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(selected(&harness), [12], "the keyboard begins at the newest clip");
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(selected(&harness), [12], "arrows alone select nothing");
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(selected(&harness), [12, 10]);
    press(&mut harness, Modifiers::SHIFT, Key::ArrowRight);
    press(&mut harness, Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(selected(&harness), [10, 9, 8]);
    press(&mut harness, Modifiers::NONE, Key::End);
    assert_eq!(state(&harness).library.cursor, Some(ClipId(1)));
    press(&mut harness, Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&harness).len(), 12);
    harness.state_mut().effects.clear();
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let effects = &harness.state().effects;
    assert!(matches!(orders(effects)[..], [LibraryOrder::Load(clip)] if clip.entry.id == ClipId(1)), "{effects:?}");
    press(&mut harness, Modifiers::COMMAND, Key::B);
    assert!(!state(&harness).library.is_shown);
}

#[test]
fn what_is_typed_is_searched_for() {
    let mut harness = page(8);
    press(&mut harness, Modifiers::COMMAND, Key::F);
    assert!(harness.get_by_label("Search the library").is_focused());
    harness.get_by_label("Search the library").type_text("boat");
    settle(&mut harness, 8);
    assert_eq!(state(&harness).library.query.search, "boat");
    assert!(says(&harness, "2 of 8 clips"));
    harness.get_by_label("Show all").click();
    settle(&mut harness, 8);
    assert!(says(&harness, "8 clips") && state(&harness).library.query == Query::default());
    // Only the answer to the last question counts.
    let page = &mut harness.state_mut().shell.state;
    let old = page.library.finding.ask();
    let new = page.library.finding.ask();
    let found = |ticket, ids| LibraryReport::Found { ticket, ids, total: 8, facets: Facets::default() };
    report(page, found(new, vec![ClipId(4)]));
    report(page, found(old, vec![ClipId(1), ClipId(2)]));
    assert_eq!(page.library.ids, [ClipId(4)]);
}

#[test]
fn sort_and_filters_are_asked_of_the_index() {
    let mut state = with_library_page(4);
    let effects = apply(&mut state, [Command::Library(LibraryCommand::Sort(Sort::Largest))]);
    assert!(matches!(orders(&effects)[..], [LibraryOrder::Find { query, .. }] if query.sort == Sort::Largest));
    let filter = Filter { favourites: true, ..Filter::default() };
    let effects = apply(&mut state, [Command::Library(LibraryCommand::Filter(filter))]);
    assert!(matches!(orders(&effects)[..], [LibraryOrder::Find { query, .. }] if query.filter.favourites));
    let mut harness = page(4);
    harness.get_by_label("Duplicates").click();
    settle(&mut harness, 4);
    assert!(self::state(&harness).library.query.filter.duplicates);
}

#[test]
fn favourites_tags_and_notes_are_marked() {
    let mut harness = page(4);
    press(&mut harness, Modifiers::NONE, Key::Space);
    harness.state_mut().effects.clear();
    press(&mut harness, Modifiers::NONE, Key::F);
    let marked = |harness: &mut Harness| {
        let effects = std::mem::take(&mut harness.state_mut().effects);
        orders(&effects)
            .into_iter()
            .filter_map(
                |it| if let LibraryOrder::Mark(ids, mark) = it { Some((ids.clone(), mark.clone())) } else { None },
            )
            .collect::<Vec<_>>()
    };
    assert_eq!(marked(&mut harness), [(vec![ClipId(4)], Mark::Favourite(true))]);
    harness.get_by_label("New tag").focus();
    harness.run_steps(2);
    harness.get_by_label("New tag").type_text("sea");
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(marked(&mut harness), [(vec![ClipId(4)], Mark::AddTag("sea".to_owned()))]);
    harness.get_by_label("Note").focus();
    harness.run_steps(2);
    harness.get_by_label("Note").type_text("for later");
    harness.run_steps(2);
    assert_eq!(marked(&mut harness), [], "a note is not written at every letter");
    harness.get_by_label("New tag").focus();
    harness.run_steps(3);
    assert_eq!(marked(&mut harness), [(vec![ClipId(4)], Mark::Note("for later".to_owned()))]);
    // A tag goes by its button.
    harness.get_by_label("Clip \"a blue boat\", seed 1").click();
    harness.run_steps(3);
    harness.get_by_label("Remove the tag \"sea\"").click();
    harness.run_steps(3);
    assert_eq!(marked(&mut harness), [(vec![ClipId(1)], Mark::RemoveTag("sea".to_owned()))]);
}

#[test]
fn removed_clips_can_be_brought_back() {
    let mut harness = page(5);
    press(&mut harness, Modifiers::NONE, Key::Space);
    press(&mut harness, Modifiers::SHIFT, Key::ArrowRight);
    harness.state_mut().effects.clear();
    press(&mut harness, Modifiers::NONE, Key::Delete);
    let effects = std::mem::take(&mut harness.state_mut().effects);
    assert!(
        matches!(orders(&effects)[..], [LibraryOrder::Remove(ids)] if ids == &[ClipId(5), ClipId(4)]),
        "{effects:?}"
    );
    let removed: Vec<Removed> = [5, 4].map(|number| Removed { entry: kept(number).entry, bin: Bin::System }).to_vec();
    report(&mut harness.state_mut().shell.state, LibraryReport::Removed(removed.clone(), Vec::new()));
    harness.run_steps(2);
    assert!(says(&harness, "2 clips moved to the trash"));
    assert!(state(&harness).library.cursor == Some(ClipId(3)), "the keyboard goes to what follows");
    harness.state_mut().effects.clear();
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    let effects = &harness.state().effects;
    assert!(matches!(orders(effects)[..], [LibraryOrder::Restore(back)] if *back == removed), "{effects:?}");
    report(&mut harness.state_mut().shell.state, LibraryReport::Restored(2, Vec::new()));
    harness.run_steps(2);
    assert!(says(&harness, "2 clips are back"));
}

#[test]
fn a_clip_of_the_history_goes_to_the_trash_too() {
    let mut state = with_library(0);
    finish(&mut state, 1, "a red ball");
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    let id = state.results.clips[0].id;
    let kept_as = Ok((Some(ClipId(1)), PathBuf::from("/clips/1.mp4")));
    report(&mut state, LibraryReport::Kept { result: id, kept: kept_as, problems: Vec::new() });
    let effects = run(&mut state, Action::DeleteResult);
    assert!(matches!(orders(&effects)[..], [LibraryOrder::Remove(ids)] if ids == &[ClipId(1)]), "{effects:?}");
    let removed = vec![Removed { entry: kept(1).entry, bin: Bin::System }];
    report(&mut state, LibraryReport::Removed(removed.clone(), Vec::new()));
    assert!(state.results.clips.is_empty() && state.results.shown == Shown::Nothing);
    let effects = run(&mut state, Action::UndoDelete);
    assert!(matches!(orders(&effects)[..], [LibraryOrder::Restore(back)] if *back == removed), "{effects:?}");
}

#[test]
fn settings_of_a_kept_clip_are_used_and_varied() {
    let mut state = with_library_page(4);
    apply(&mut state, [Command::Library(LibraryCommand::Pick(ClipId(3), Pick::Only))]);
    let effects = run(&mut state, Action::Variations);
    let seeds: Vec<u64> = effects
        .iter()
        .map(|it| if let Effect::Submit(request) = it { request.clip.seed } else { panic!("{it:?}") })
        .collect();
    assert_eq!(seeds, [1, 2, 4, 5], "the seeds around");
    let effects = run(&mut state, Action::ShowInFolder);
    assert!(matches!(&effects[..], [Effect::OpenOutside(folder)] if folder == "/clips"), "{effects:?}");
    let effects = run(&mut state, Action::DecodeAgain);
    assert!(matches!(&effects[..], [Effect::DecodeAgain { request, .. }] if request.clip.seed == 3), "{effects:?}");
    assert!(state.view.notices.iter().any(|it| it.text.contains("the full decoder made it before")));
    run(&mut state, Action::ReuseSettings);
    assert!(!state.library.is_shown);
    let controls = &state.form.controls;
    assert_eq!((controls.asked.prompt.as_str(), controls.text(&table::SEED)), (PROMPTS[3], "3"));
    // The same seed with the cursor in the prompt.
    run(&mut state, Action::ShowLibrary);
    apply(&mut state, [Command::Library(LibraryCommand::Pick(ClipId(2), Pick::Only))]);
    run(&mut state, Action::OtherPrompt);
    assert!(state.form.controls.seed_locked && state.form.controls.text(&table::SEED) == "2");
    assert!(bench(state).get_by_label("Prompt").is_focused());
}

#[test]
fn two_clips_are_compared_in_step_with_what_differs() {
    let mut harness = page(6);
    harness.state_mut().shell.state.library.selected = [ClipId(5), ClipId(2)].into();
    harness.state_mut().effects.clear();
    harness.run_steps(2);
    harness.get_by_label("Compare two clips").click();
    harness.run_steps(3);
    let effects = std::mem::take(&mut harness.state_mut().effects);
    let asked: Vec<i64> = orders(&effects)
        .into_iter()
        .map(|it| if let LibraryOrder::Compare(clip) = it { clip.entry.id.0 } else { panic!("{it:?}") })
        .collect();
    assert_eq!(asked, [5, 2]);
    assert!(says(&harness, "Reading the clip") || !says(&harness, "Clip A"));
    for (number, count) in [(5, 16), (2, 4)] {
        let page = &mut harness.state_mut().shell.state;
        report(page, LibraryReport::Compared(ClipId(number), Ok(frames(count))));
    }
    harness.state_mut().shell.state.library.compare.as_mut().expect("it is shown").playback.seek(9);
    harness.run_steps(3);
    assert!(says(&harness, "Clip A, \"a blue boat\", seed 5") && says(&harness, "Clip B, \"a star\", seed 2"));
    let compare = state(&harness).library.compare.as_ref().expect("it is shown");
    assert_eq!([0, 1].map(|side| compare.frame(side).map(|(_, frame)| frame)), [Some(9), Some(3)]);
    let differences = compare.differences();
    let names: Vec<&str> = differences.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Prompt", "Seed"], "{differences:?}");
    harness.get_by_label("Wipe").click();
    harness.run_steps(3);
    harness.get_by_label("Play").click();
    harness.run_steps(3);
    let compare = state(&harness).library.compare.as_ref().expect("it is shown");
    assert!(compare.how == CompareHow::Wipe && compare.playback.playing);
    press(&mut harness, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::B);
    assert!(state(&harness).library.compare.is_none());
}

#[test]
fn verdicts_keep_throw_away_and_ask_for_more() {
    let mut state = with_library(0);
    finish(&mut state, 1, "a red ball");
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    let kept = Ok((Some(ClipId(1)), PathBuf::from("/clips/1.mp4")));
    let result = state.results.clips[0].id;
    report(&mut state, LibraryReport::Kept { result, kept, problems: Vec::new() });
    let effects = run(&mut state, Action::ToggleFavourite);
    assert!(
        matches!(orders(&effects)[..], [LibraryOrder::Mark(ids, Mark::Favourite(true))] if ids == &[ClipId(1)]),
        "{effects:?}"
    );
    let effects = run(&mut state, Action::OneMore);
    let [Effect::Submit(more)] = &effects[..] else { panic!("{effects:?}") };
    assert!(more.clip.prompt == "a red ball" && more.clip.seed != 1 && more.clip.steps == 20);
    assert_eq!(state.form.controls.asked.prompt, "", "the form stays as it is");
    let effects = run(&mut state, Action::ThrowAgain);
    assert!(
        matches!(&effects[..], [Effect::Submit(_), Effect::Library(LibraryOrder::Remove(ids))] if ids == &[ClipId(1)])
    );
}

#[test]
fn a_frame_goes_to_the_clipboard() {
    let mut state = ready();
    assert!(state.why_not(Action::CopyFrame).is_some());
    finish(&mut state, 1, "a red ball");
    state.results.playback.seek(5);
    let effects = run(&mut state, Action::CopyFrame);
    assert!(matches!(&effects[..], [Effect::CopyFrame(frames, 5)] if frames.count() == 16), "{effects:?}");
}

#[test]
fn memory_for_thumbnails_and_frames_is_bounded() {
    let mut state = with_library_page(600);
    let large = Arc::new(hummingbird_engine::handoff::Frames::new(160, 107, vec![7; 160 * 107 * 3 * 12]));
    state.library.visible = 0..30;
    for number in 1..=600 {
        state.library.on_picture(ClipId(number), Some(Arc::clone(&large)));
    }
    let bytes: usize = state.library.pictures().map(|(_, picture)| picture.pixels().len()).sum();
    assert!(bytes <= 96 << 20, "{bytes} bytes of thumbnails");
    assert!((571..=600).all(|number| state.library.picture(ClipId(number)).is_some()), "what is in sight stays");
    // Clips that the library has need not stay in memory.
    let huge = Arc::new(hummingbird_engine::handoff::Frames::new(1024, 1024, vec![0; 1024 * 1024 * 3 * 32]));
    for number in 1..=4 {
        let mut outcome = outcome("a red ball", number);
        outcome.frames = Arc::clone(&huge);
        let id = state.results.add(outcome);
        let clip = state.results.clips.iter_mut().find(|clip| clip.id == id).expect("it was added");
        clip.keeping = Keeping::Kept(Some(ClipId(1000 + number as i64)), PathBuf::from("x.mp4"));
    }
    assert_eq!(state.results.clips.len(), 2, "96 MiB each, and 256 MiB are kept");
}

#[test]
fn only_what_is_in_sight_moves_and_reduced_motion_stops_it() {
    let delay = |state: State| {
        let mut harness = bench(state);
        settle(&mut harness, 4);
        harness.run_steps(10);
        harness.output().viewport_output.values().next().map_or(Duration::MAX, |viewport| viewport.repaint_delay)
    };
    let mut moving = with_library_page(4);
    moving.view.notices.clear();
    assert!(delay(moving) <= Duration::from_millis(600), "4 frames in 2 seconds");
    let mut still = with_library_page(4);
    still.view.reduced_motion = Some(true);
    still.view.notices.clear();
    assert!(delay(still) > Duration::from_secs(60));
}

#[test]
fn a_large_library_is_drawn_by_what_is_in_sight() {
    let mut harness = bench_of_size(with_library_page(3), [1000.0, 700.0]);
    let state = &mut harness.state_mut().shell.state;
    let ids = (1..=10_000).rev().map(ClipId).collect();
    state.library.listed(ids, 10_000);
    state.library.visible = 0..0;
    for _ in 0..3 {
        harness.run_steps(2);
        let bench = harness.state_mut();
        let effects = std::mem::take(&mut bench.effects);
        for order in orders(&effects) {
            match order {
                LibraryOrder::Entries(ids) => {
                    assert!(ids.len() < 80, "{} clips were asked for", ids.len());
                    let clips = ids.iter().map(|id| kept(id.0)).collect();
                    report(&mut bench.shell.state, LibraryReport::Entries(clips));
                }
                LibraryOrder::Pictures(list) => assert!(list.len() < 80, "{} pictures were asked for", list.len()),
                _ => {}
            }
        }
    }
    let started = Instant::now();
    harness.run_steps(20);
    let picture = started.elapsed() / 20;
    assert!(picture < Duration::from_millis(100), "a picture of the window takes {picture:?}");
    assert!(says(&harness, "10000 clips"));
}

fn wait(tasks: &mut Tasks, state: &mut State, until: impl Fn(&State) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !until(state) {
        assert!(Instant::now() < end, "the library does not answer: {:?}", state.view.notices);
        let mut effects = Vec::new();
        for report in tasks.reports() {
            if let Report::Library(report) = report {
                state.on_library(report, &mut effects);
            }
        }
        state.follow_library(&mut effects);
        for effect in effects {
            if let Effect::Library(order) = effect {
                tasks.library(order, None);
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The process ends between the clip's file and the word to the journal: the job is done all the same.
#[test]
fn a_clip_that_is_a_file_is_not_made_again() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folders = Folders::at(home.path());
    let open = || Journal::open(&folders.journal, Arc::new(|| ())).expect("writable");
    let journal = open().journal;
    let mut state = ready();
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    tasks.open_library();
    wait(&mut tasks, &mut state, |state| state.library.status == LibraryStatus::Open);
    let key = journal.add(&request("a red ball", 1), &ModelSource::Embedded).key();
    finish(&mut state, 1, "a red ball");
    let clip = state.results.clips[0].id;
    state.paused.finished(clip, key);
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    for effect in effects {
        if let Effect::Library(order) = effect {
            tasks.library(order, Some(&journal));
        }
    }
    tasks.finish_library();
    drop((tasks, state, journal));
    assert_eq!(std::fs::read_dir(&folders.clips).expect("it is there").count(), 1);
    assert!(open().entries.is_empty());
}

#[test]
fn the_threads_keep_list_show_remove_and_restore_real_clips() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folders = Folders::at(home.path());
    let mut state = ready();
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    tasks.open_library();
    wait(&mut tasks, &mut state, |state| state.library.status == LibraryStatus::Open);
    for job in 1..=3 {
        finish(&mut state, job, PROMPTS[job as usize % PROMPTS.len()]);
    }
    wait(&mut tasks, &mut state, |state| state.results.clips.iter().all(|clip| clip.kept_id().is_some()));
    wait(&mut tasks, &mut state, |state| state.library.recent.len() == 3);
    // One more that is finished in the moment in which the window closes.
    finish(&mut state, 4, "a red ball");
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    for effect in effects {
        if let Effect::Library(order) = effect {
            tasks.library(order, None);
        }
    }
    tasks.finish_library();
    drop((tasks, state));
    assert_eq!(std::fs::read_dir(&folders.clips).expect("it is there").count(), 4);

    // The next session.
    let mut state = ready();
    let mut tasks = Tasks::new(Some(folders), Arc::new(|| ()));
    tasks.open_library();
    wait(&mut tasks, &mut state, |state| state.library.recent.len() == 4);
    assert_eq!(state.history().len(), 4);
    wait(&mut tasks, &mut state, |state| state.library.pictures().count() == 4);
    let newest = state.library.recent[0];
    let mut effects = apply(&mut state, [Command::Library(LibraryCommand::Open(newest))]);
    let Some(Effect::Library(order)) = effects.pop() else { panic!("nothing was ordered") };
    tasks.library(order, None);
    wait(&mut tasks, &mut state, |state| state.results.shown_clip().is_some());
    let clip = state.results.shown_clip().expect("it is shown");
    assert_eq!((clip.outcome.request.clip.seed, clip.outcome.frames.count()), (4, 16));
    assert_eq!(clip.outcome.request, request("a red ball", 4), "all settings come back");
    for effect in run(&mut state, Action::DeleteResult) {
        let Effect::Library(order) = effect else { panic!("{effect:?}") };
        tasks.library(order, None);
    }
    wait(&mut tasks, &mut state, |state| state.library.recent.len() == 3 && state.results.clips.is_empty());
    for effect in run(&mut state, Action::UndoDelete) {
        let Effect::Library(order) = effect else { panic!("{effect:?}") };
        tasks.library(order, None);
    }
    wait(&mut tasks, &mut state, |state| state.library.recent.first() == Some(&newest));
    tasks.finish_library();
}

#[test]
fn a_running_job_does_not_keep_the_library_from_opening() {
    let mut state = with_library(2);
    state.on_submitted(JobId(1), request("a star", 1));
    start(&mut state, 1);
    let effects = run(&mut state, Action::ShowLibrary);
    assert!(matches!(orders(&effects)[..], [LibraryOrder::Find { .. }]));
    state.on_event(Event::Done { job: JobId(1), outcome: Box::new(outcome("a star", 1)) });
    let mut effects = Vec::new();
    state.follow_library(&mut effects);
    assert!(orders(&effects).iter().any(|it| matches!(it, LibraryOrder::Keep(_))));
}
