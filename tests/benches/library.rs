//! A library of many clips: how long it takes to open it, to find something in it, to show a page of it, and to build its index anew.
//!
//! `cargo bench --workspace --bench library [-- CLIPS]`; 10,000 clips unless told otherwise, in a temporary folder.

use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::library::{ClipId, Library, LibrarySettings, Mark, NewClip, Query, keep, thumbnail};
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::settings::Value;
use hummingbird_engine::{CancelToken, Folders};

/// Clips of a page of the window's grid, and a page more above and below.
const PAGE: usize = 90;
/// How often each question is asked.
const TIMES: u32 = 20;

const COLOURS: [&str; 8] = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white"];
const SUBJECTS: [&str; 6] = ["ball", "boat", "balloon", "star", "fish", "rocket"];
const SCENES: [&str; 5] =
    ["over the ocean", "at sunset", "in a snowy field", "in the desert", "in the night sky with stars"];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let count: u64 =
        std::env::args().skip(1).find(|word| word != "--bench").map_or(Ok(10_000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let folders = Folders::at(folder.path());
    let mut library = Library::open(&folders)?;
    let started = Instant::now();
    for seed in 0..count {
        let (frames, provenance) = clip(seed);
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 30 * seed);
        let clip = NewClip { frames: &frames, provenance: &provenance, made, latent: None };
        let written = keep(&folders, &LibrarySettings::default(), &clip, &mut |_| ())?;
        let id = library.add(&written, &clip)?;
        if seed % 500 == 0 {
            library.mark(&[id], &Mark::AddTag("best".to_owned()))?;
        }
    }
    print(&format!("{count} clips kept, a clip:  {:8.2} ms", millis(started.elapsed()) / count as f64));
    drop(library);

    let started = Instant::now();
    let library = Library::open(&folders)?;
    let opened = started.elapsed();
    let all = library.find(&Query::default())?;
    library.entries(&all[..PAGE.min(all.len())])?;
    library.facets()?;
    print(&format!("open:                {:8.2} ms", millis(opened)));
    print(&format!("open, find all, first page, facets: {:8.2} ms", millis(started.elapsed())));

    let ask = |name: &str, question: &dyn Fn() -> Result<usize, Box<dyn Error>>| -> Result<(), Box<dyn Error>> {
        let started = Instant::now();
        let mut found = 0;
        for _ in 0..TIMES {
            found = question()?;
        }
        print(&format!("{name:20} {:8.2} ms ({found})", millis(started.elapsed()) / f64::from(TIMES)));
        Ok(())
    };
    let find = |change: &dyn Fn(&mut Query)| -> Result<usize, Box<dyn Error>> {
        let mut query = Query::default();
        change(&mut query);
        Ok(library.find(&query)?.len())
    };
    ask("all, newest first", &|| find(&|_| ()))?;
    ask("one letter", &|| find(&|query| query.search = "r".to_owned()))?;
    ask("two words", &|| find(&|query| query.search = "red boat".to_owned()))?;
    ask("a setting", &|| find(&|query| query.search = "seed 77".to_owned()))?;
    ask("a tag", &|| find(&|query| query.filter.tag = Some("best".to_owned())))?;
    ask("duplicates", &|| find(&|query| query.filter.duplicates = true))?;
    ask("facets", &|| Ok(library.facets()?.models.len()))?;
    let middle: Vec<ClipId> = all.iter().copied().skip(all.len() / 2).take(PAGE).collect();
    ask("a page", &|| Ok(library.entries(&middle)?.len()))?;
    let paths: Vec<_> = library.entries(&middle)?.into_iter().map(|entry| entry.path).collect();
    ask("thumbnails of it", &|| Ok(paths.iter().filter(|path| thumbnail(path, 192, 16).is_ok()).count()))?;

    let mut library = library;
    let started = Instant::now();
    library.scan(&CancelToken::default())?;
    print(&format!("scan, nothing new:   {:8.2} ms", millis(started.elapsed())));
    drop(library);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(folders.library.join(format!("index.sqlite{ending}"))).ok();
    }
    let started = Instant::now();
    let found = Library::open(&folders)?.scan(&CancelToken::default())?;
    print(&format!("built anew:          {:8.2} ms ({})", millis(started.elapsed()), found.added));
    Ok(())
}

/// A clip of 16 frames of 96x64, as Nano makes them.
fn clip(seed: u64) -> (Frames, Provenance) {
    let pick = |list: &[&'static str], divisor: u64| list[(seed / divisor) as usize % list.len()];
    let prompt = format!("a {} {} {}", pick(&COLOURS, 1), pick(&SUBJECTS, 8), pick(&SCENES, 48));
    let settings = [
        ("prompt", Value::Text(prompt)),
        ("negative", Value::Text(String::new())),
        ("steps", Value::Whole(4)),
        ("guidance", Value::Decimal(7.5)),
        ("seed", Value::Whole(seed - seed % 100 / 99)),
        ("frames", Value::Whole(16)),
        ("width", Value::Whole(96)),
        ("height", Value::Whole(64)),
        ("fps", Value::Whole(8)),
        ("sampler", Value::Text("turbo".to_owned())),
    ];
    let provenance = Provenance {
        app_version: "0.1.0".to_owned(),
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        model_name: "Nano".to_owned(),
        model_sha256: "5a".repeat(32),
        decoder: "full".to_owned(),
        device: "CPU".to_owned(),
        ..Provenance::default()
    };
    let pixels = (0..16 * 64 * 96 * 3_u64).map(|place| ((place / 96 + place / 1024 + seed * 5) % 256) as u8).collect();
    (Frames::new(96, 64, pixels), provenance)
}

fn millis(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

#[expect(clippy::print_stdout, reason = "this is what the bench is for")]
fn print(line: &str) {
    println!("{line}");
}
