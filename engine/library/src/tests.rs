//! The library on real files in folders of the tests' own.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hummingbird_base::{CancelToken, Folders};
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::settings::value::Value;
use hummingbird_pipeline::video_out::Provenance;

use super::*;

/// Ten seconds apart, so that their order is that of their seeds.
fn made(seed: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 10 * seed)
}

fn provenance(prompt: &str, seed: u64) -> Provenance {
    let settings = [
        ("prompt", Value::Text(prompt.into())),
        ("negative", Value::Text("blurry".into())),
        ("steps", Value::Whole(20)),
        ("guidance", Value::Decimal(4.5)),
        ("seed", Value::Whole(seed)),
        ("frames", Value::Whole(3)),
        ("width", Value::Whole(32)),
        ("height", Value::Whole(16)),
        ("fps", Value::Whole(8)),
        ("sampler", Value::Text("ddim".into())),
    ];
    Provenance {
        app_version: "0.1.0".into(),
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        model_name: "Nano".into(),
        model_sha256: "5a".repeat(32),
        decoder: "full".into(),
        device: "CPU".into(),
        ..Provenance::default()
    }
}

fn frames(seed: u64) -> Frames {
    let pixels = (0..3 * 16 * 32 * 3).map(|index| ((index as u64 / 7 + seed * 40) % 256) as u8).collect();
    Frames::new(32, 16, pixels)
}

struct Home {
    folder: tempfile::TempDir,
    folders: Folders,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        Self { folder, folders }
    }

    fn open(&self) -> Library {
        Library::open(&self.folders).expect("the folder is writable")
    }

    /// Keeps a clip as the window does.
    fn keep(&self, library: &mut Library, prompt: &str, seed: u64) -> (ClipId, std::path::PathBuf) {
        let (frames, provenance) = (frames(seed), provenance(prompt, seed));
        let clip = NewClip { frames: &frames, provenance: &provenance, made: made(seed), latent: None };
        let settings = LibrarySettings::read(&self.folders).expect("readable");
        let written = keep(&self.folders, &settings, &clip, &mut |_| ()).expect("there is room");
        assert!(written.failures.is_empty(), "{:?}", written.failures);
        (library.add(&written, &clip).expect("the index is writable"), written.path)
    }
}

fn found(library: &Library, change: impl FnOnce(&mut Query)) -> Vec<ClipId> {
    let mut query = Query::default();
    change(&mut query);
    library.find(&query).expect("readable")
}

fn search(library: &Library, text: &str) -> usize {
    found(library, |query| query.search = text.to_owned()).len()
}

#[test]
fn a_kept_clip_is_a_file_with_all_that_it_was_made_from() {
    let home = Home::new();
    let mut library = home.open();
    assert!(library.is_new());
    let (id, path) = home.keep(&mut library, "a red ball", 7);
    assert!(path.starts_with(home.folder.path().join("clips")), "{path:?}");
    assert!(path.file_name().is_some_and(|it| it.to_string_lossy().ends_with("a-red-ball-7.mp4")), "{path:?}");
    let entry = library.entries(&[id]).expect("readable").pop().expect("it is there");
    assert_eq!((entry.path.as_path(), &entry.provenance), (path.as_path(), &provenance("a red ball", 7)));
    assert_eq!((entry.width, entry.height, entry.frames, entry.fps), (32, 16, 3, 8));
    assert_eq!(entry.created_ms, 1_700_000_070_000);
    assert_eq!(entry.bytes, path.metadata().expect("it is there").len());
    // The pictures come back, and are near those that were made.
    let back = all_frames(&path).expect("it is a clip");
    assert_eq!((back.count(), back.width(), back.height()), (3, 32, 16));
    let small = thumbnail(&path, 8, 2).expect("it is a clip");
    assert_eq!((small.count(), small.width(), small.height()), (2, 8, 4));
    // The same name again.
    let (_, second) = home.keep(&mut library, "a red ball", 7);
    assert!(second != path && second.is_file(), "{second:?}");
}

#[test]
fn a_clip_that_fits_no_video_is_kept_as_pictures() {
    let home = Home::new();
    let (frames, provenance) = (Frames::new(8, 8, vec![9; 8 * 8 * 3 * 2]), provenance("tiny", 1));
    let clip = NewClip { frames: &frames, provenance: &provenance, made: made(1), latent: None };
    let written = keep(&home.folders, &LibrarySettings::default(), &clip, &mut |_| ()).expect("there is room");
    assert!(written.path.extension().is_some_and(|it| it == "apng"), "{:?}", written.path);
    assert_eq!(all_frames(&written.path).expect("it is a clip"), frames, "nothing is lost");
}

#[test]
fn a_folder_that_takes_nothing_costs_no_clip() {
    let home = Home::new();
    let blocked = home.folder.path().join("file");
    std::fs::write(&blocked, "no folder").expect("writable");
    let settings = LibrarySettings { folder: Some(blocked), project: "film".to_owned(), ..LibrarySettings::default() };
    let (frames, provenance) = (frames(1), provenance("a boat", 1));
    let clip = NewClip { frames: &frames, provenance: &provenance, made: made(1), latent: None };
    let mut begun = Vec::new();
    let written = keep(&home.folders, &settings, &clip, &mut |path| begun.push(path.to_owned()));
    let written = written.expect("another folder takes it");
    assert_eq!(begun.last(), Some(&written.path));
    assert!(written.path.starts_with(&home.folders.clips) && written.path.is_file(), "{:?}", written.path);
    assert_eq!((written.failures.len(), written.project.as_str()), (2, ""), "{:?}", written.failures);
    // Where the system's folder takes nothing either, it lies beside the index.
    std::fs::remove_dir_all(&home.folders.clips).expect("it is ours");
    std::fs::write(&home.folders.clips, "no folder").expect("writable");
    let written = keep(&home.folders, &settings, &clip, &mut |_| ()).expect("the last one takes it");
    assert!(written.path.starts_with(&home.folders.library), "{:?}", written.path);
    let mut library = home.open();
    assert_eq!(library.scan(&CancelToken::default()).expect("readable").added, 1, "and is found there");
}

#[test]
fn clips_are_found_by_words_settings_and_filters_in_any_order() {
    let home = Home::new();
    let mut library = home.open();
    let (ball, _) = home.keep(&mut library, "a red ball rising", 1);
    let (boat, _) = home.keep(&mut library, "a blue boat, zürich", 2);
    let (star, _) = home.keep(&mut library, "赤い星が回る", 3);
    assert_eq!(found(&library, |_| ()), [star, boat, ball], "newest first");
    assert_eq!(library.count().expect("readable"), 3);
    assert_eq!(found(&library, |query| query.sort = Sort::Oldest), [ball, boat, star]);
    assert_eq!(found(&library, |query| query.sort = Sort::Prompt), [boat, ball, star]);
    let cases = [
        ("red", 1),
        ("RED bal", 1),
        ("red boat", 0),
        ("Zurich", 1),
        ("星", 1),
        ("星が 赤い", 1),
        ("steps 20", 3),
        ("turbo", 0),
        ("blurry", 3),
        ("ddim steps", 3),
        ("nano", 3),
        ("\" OR 1=1 --", 0),
        ("'); DROP TABLE clips; --", 0),
        ("  ", 3),
    ];
    for (text, count) in cases {
        assert_eq!(search(&library, text), count, "{text:?}");
    }
    library.mark(&[boat, star], &Mark::Favourite(true)).expect("writable");
    library.mark(&[ball, boat], &Mark::AddTag("sea".into())).expect("writable");
    library.mark(&[star], &Mark::Note("for the opening titles".into())).expect("writable");
    library.mark(&[star], &Mark::Project("Film".into())).expect("writable");
    assert_eq!(found(&library, |query| query.filter.favourites = true), [star, boat]);
    assert_eq!(found(&library, |query| query.filter.tag = Some("sea".into())), [boat, ball]);
    assert_eq!(found(&library, |query| query.filter.project = Some("Film".into())), [star]);
    assert_eq!(found(&library, |query| query.filter.size = Some((32, 16))).len(), 3);
    assert_eq!(found(&library, |query| query.filter.model = Some("other".into())), []);
    assert_eq!(search(&library, "opening"), 1, "notes are searched too");
    assert_eq!(search(&library, "sea"), 2, "and tags");
    library.mark(&[ball], &Mark::RemoveTag("sea".into())).expect("writable");
    assert_eq!(search(&library, "sea"), 1);
    let facets = library.facets().expect("readable");
    assert_eq!(facets.models, [("Nano".to_owned(), 3)]);
    assert_eq!((facets.sizes, facets.tags), (vec![((32, 16), 3)], vec![("sea".to_owned(), 1)]));
    assert_eq!(facets.projects, [("Film".to_owned(), 1)]);
}

#[test]
fn duplicates_have_the_same_settings_or_the_same_bytes() {
    let home = Home::new();
    let mut library = home.open();
    let (first, path) = home.keep(&mut library, "a red ball", 1);
    let (second, _) = home.keep(&mut library, "a red ball", 1);
    let (other, _) = home.keep(&mut library, "a red ball", 2);
    assert_eq!(library.duplicates(first).expect("readable"), [second]);
    assert_eq!(library.duplicates(other).expect("readable"), []);
    assert_eq!(found(&library, |query| query.filter.duplicates = true), [second, first]);
    let duplicates = |library: &Library, id| library.entries(&[id]).expect("readable").remove(0).duplicates;
    assert_eq!([first, second, other].map(|id| duplicates(&library, id)), [1, 1, 0]);
    // A copy that somebody made.
    std::fs::copy(&path, path.with_file_name("copy.mp4")).expect("writable");
    assert_eq!(library.scan(&CancelToken::default()).expect("readable").added, 1);
    assert_eq!(duplicates(&library, first), 2);
}

#[test]
fn a_lost_or_damaged_index_is_built_anew_with_all_marks() {
    let home = Home::new();
    let mut settings = LibrarySettings { project: "Film".to_owned(), ..LibrarySettings::default() };
    settings.write(&home.folders).expect("writable");
    let mut library = home.open();
    let (ball, ball_path) = home.keep(&mut library, "a red ball", 1);
    settings.project.clear();
    // The folder changes, and the clips of both are found.
    settings.folder = Some(home.folder.path().join("elsewhere"));
    settings.write(&home.folders).expect("writable");
    let (boat, boat_path) = home.keep(&mut library, "a blue boat", 2);
    assert!(boat_path.starts_with(home.folder.path().join("elsewhere")));
    settings.folder = None;
    settings.write(&home.folders).expect("writable");
    library.mark(&[ball], &Mark::Favourite(true)).expect("writable");
    library.mark(&[boat], &Mark::AddTag("sea".into())).expect("writable");
    library.mark(&[boat], &Mark::Note("wavy".into())).expect("writable");
    let before = library.entries(&[ball, boat]).expect("readable");
    drop(library);
    let index = home.folders.library.join("index.sqlite");
    for damage in [None, Some(b"nonsense".as_slice())] {
        match damage {
            None => std::fs::remove_file(&index).expect("it is there"),
            Some(bytes) => std::fs::write(&index, bytes).expect("writable"),
        }
        let mut library = home.open();
        assert!(library.is_new() && library.set_aside().is_some() == damage.is_some());
        assert_eq!(found(&library, |_| ()).len(), 0);
        let scanned = library.scan(&CancelToken::default()).expect("readable");
        assert_eq!(scanned, Scanned { added: 2, moved: 0, gone: 0 });
        let ids = found(&library, |query| query.sort = Sort::Prompt);
        let mut after = library.entries(&ids).expect("readable");
        after.reverse();
        for (before, after) in before.iter().zip(&mut after) {
            (after.id, after.created_ms) = (before.id, before.created_ms);
            let mut before = before.clone();
            before.tags.sort();
            assert_eq!(*after, before);
        }
        assert_eq!((after[0].project.as_str(), &after[0].path), ("Film", &ball_path), "a folder is a project");
        assert_eq!(library.scan(&CancelToken::default()).expect("readable"), Scanned::default(), "nothing is new");
    }
}

/// A latent's file as the engine writes it, but for the values.
fn latent(folder: &Path, number: u64, seed: u64, prompt: &str, model: &str) -> std::path::PathBuf {
    let request = format!(
        r#"{{"prompt":"{prompt}","negative":"blurry","steps":20,"guidance":4.5,"seed":{seed},"frames":3,"width":32,
            "height":16,"fps":8,"sampler":"ddim","eta":0.0,"decoder":"full","device":"auto"}}"#
    );
    let metadata = serde_json::json!({"__metadata__": {"request": request, "model_sha256": model, "shape": "[1]"}});
    let header = metadata.to_string();
    let path = folder.join(format!("{number:020}-{seed:016x}.safetensors"));
    std::fs::create_dir_all(folder).expect("writable");
    std::fs::write(&path, [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()).expect("writable");
    path
}

#[test]
fn an_index_that_is_built_anew_finds_the_latents_again() {
    let home = Home::new();
    let mut library = home.open();
    home.keep(&mut library, "a red ball", 1);
    home.keep(&mut library, "a blue boat", 2);
    drop(library);
    let (model, folder) = ("5a".repeat(32), &home.folders.latents);
    latent(folder, 1, 1, "a red ball", &model);
    let newer = latent(folder, 2, 1, "a red ball", &model);
    latent(folder, 3, 1, "a red square", &model);
    latent(folder, 4, 1, "a red ball", "of another model");
    std::fs::write(folder.join("00000000000000000005-0000000000000002.safetensors"), "no latent").expect("writable");
    std::fs::remove_file(home.folders.library.join("index.sqlite")).expect("it is there");
    let mut library = home.open();
    assert_eq!(library.scan(&CancelToken::default()).expect("readable").added, 2);
    let ids = found(&library, |query| query.sort = Sort::Prompt);
    let entries = library.entries(&ids).expect("readable");
    assert_eq!(entries[0].latent, None, "no latent of it is there");
    assert_eq!(entries[1].latent.as_ref(), Some(&newer), "the newest of the same settings and the same model");
    std::fs::remove_file(&newer).expect("it is there");
    assert_eq!(library.entries(&ids).expect("readable")[1].latent, None, "one that is gone is not offered");
}

#[test]
fn files_that_others_move_change_and_delete_are_followed() {
    let home = Home::new();
    let mut library = home.open();
    let (ball, ball_path) = home.keep(&mut library, "a red ball", 1);
    let (boat, boat_path) = home.keep(&mut library, "a blue boat", 2);
    let (star, star_path) = home.keep(&mut library, "a star", 3);
    library.mark(&[boat], &Mark::Favourite(true)).expect("writable");
    std::fs::remove_file(&ball_path).expect("it is there");
    let moved = home.folders.clips.join("sea").join("boat.mp4");
    std::fs::create_dir_all(moved.parent().expect("a folder")).expect("writable");
    std::fs::rename(&boat_path, &moved).expect("writable");
    std::fs::write(home.folders.clips.join("notes.txt"), "mine").expect("writable");
    std::fs::write(home.folders.clips.join("damaged.mp4"), "mine").expect("writable");
    let scanned = library.scan(&CancelToken::default()).expect("readable");
    assert_eq!(scanned, Scanned { added: 0, moved: 1, gone: 1 });
    let entries = library.entries(&[ball, boat, star]).expect("readable");
    assert_eq!(entries.iter().map(|it| it.id).collect::<Vec<_>>(), [boat, star]);
    assert_eq!((&entries[0].path, entries[0].favourite), (&moved, true));
    assert_eq!(entries[1].path, star_path);
    // A folder that is not there now may come back.
    std::fs::rename(&home.folders.clips, home.folder.path().join("unplugged")).expect("writable");
    assert_eq!(library.scan(&CancelToken::default()).expect("readable"), Scanned::default());
    assert_eq!(found(&library, |_| ()), [star, boat]);
}

#[test]
fn removed_clips_come_back_as_they_were() {
    let home = Home::new();
    let mut library = home.open();
    let (ball, path) = home.keep(&mut library, "a red ball", 1);
    let (boat, _) = home.keep(&mut library, "a blue boat", 2);
    library.mark(&[ball], &Mark::AddTag("best".into())).expect("writable");
    let before = library.entries(&[ball]).expect("readable");
    let bytes = std::fs::read(&path).expect("it is there");
    let removed = library.remove(ball).expect("the trash takes it");
    assert!(matches!(&removed.bin, Bin::Folder(file) if file.is_file()), "{:?}", removed.bin);
    assert!(!path.exists() && found(&library, |_| ()) == [boat] && search(&library, "ball") == 0);
    assert!(matches!(library.remove(ball), Err(LibraryError::Gone)));
    let (_, later) = home.keep(&mut library, "another", 3);
    library.restore(&removed).expect("it is in the trash");
    assert_eq!(library.entries(&[ball]).expect("readable"), before);
    assert_eq!(std::fs::read(&path).expect("it is back"), bytes);
    assert_eq!((search(&library, "best ball"), later.is_file()), (1, true));
    // Twice the same name in the trash, and a name that was taken meanwhile.
    let again = library.remove(ball).expect("the trash takes it");
    std::fs::write(&path, "another clip").expect("writable");
    assert!(matches!(library.restore(&again), Err(LibraryError::NotRestored { .. })));
    assert_eq!(std::fs::read_to_string(&path).expect("it stays"), "another clip");
}

#[test]
fn several_programs_keep_mark_and_search_at_the_same_time() {
    let home = Home::new();
    drop(home.open());
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            let home = &home;
            scope.spawn(move || {
                // A connection of its own, as another program has.
                let mut library = home.open();
                for seed in 0..6 {
                    let (id, _) = home.keep(&mut library, "one of many", 10 * writer + seed);
                    library.mark(&[id], &Mark::AddTag(format!("by {writer}"))).expect("nobody is in the way");
                    found(&library, |query| query.search = "many".into());
                }
                library.scan(&CancelToken::default()).expect("readable");
            });
        }
    });
    let mut library = home.open();
    let all = found(&library, |_| ());
    assert_eq!(all.len(), 24);
    let mut paths: Vec<_> = library.entries(&all).expect("readable").into_iter().map(|it| it.path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 24, "each has a file of its own");
    for writer in 0..4 {
        assert_eq!(found(&library, |query| query.filter.tag = Some(format!("by {writer}"))).len(), 6);
    }
    // Nothing that one wrote into the file of marks was lost by another.
    std::fs::remove_file(home.folders.library.join("index.sqlite")).expect("it is there");
    drop(library);
    for ending in ["-wal", "-shm"] {
        std::fs::remove_file(home.folders.library.join(format!("index.sqlite{ending}"))).ok();
    }
    library = home.open();
    assert_eq!(library.scan(&CancelToken::default()).expect("readable").added, 24);
    assert_eq!(library.facets().expect("readable").tags.len(), 4);
}

#[test]
fn settings_are_kept_and_damage_costs_no_more_than_itself() {
    let home = Home::new();
    let first = LibrarySettings { folder: Some("/a".into()), ..LibrarySettings::default() };
    first.write(&home.folders).expect("writable");
    let second = LibrarySettings { folder: Some("/b".into()), latent_budget_bytes: 5, ..LibrarySettings::default() };
    second.write(&home.folders).expect("writable");
    let read = LibrarySettings::read(&home.folders).expect("readable");
    assert_eq!((read.folder.as_deref(), read.latent_budget_bytes), (Some(Path::new("/b")), 5));
    assert_eq!(read.earlier_folders, [Path::new("/a")], "clips are still there");
    let file = home.folders.library.join("settings.json");
    let text = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, &text[..text.len() - 30]).expect("writable");
    assert_eq!(LibrarySettings::read(&home.folders).expect("readable").folder.as_deref(), Some(Path::new("/b")));
}

#[test]
fn what_killed_programs_left_unfinished_goes_once_nobody_can_be_writing_it() {
    let home = Home::new();
    let mut library = home.open();
    let (_, clip) = home.keep(&mut library, "a red ball", 1);
    let folder = clip.parent().expect("it is in a folder");
    let [old, new, others] = [".hummingbird-a1.part", ".hummingbird-b2.part", ".other.part"].map(|it| folder.join(it));
    for path in [&old, &new, &others] {
        std::fs::write(path, "half of a clip").expect("writable");
    }
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    for path in [&old, &others] {
        let file = std::fs::File::options().write(true).open(path).expect("it is there");
        file.set_modified(two_days_ago).expect("it is ours");
    }
    library.scan(&CancelToken::default()).expect("readable");
    assert_eq!([&old, &new, &others, &clip].map(|path| path.exists()), [false, true, true, true]);
}
