//! A process with a queue is killed again and again: what it had finished stays, and the rest goes on from its last step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::files;
use hummingbird_engine::job::Event;
use hummingbird_engine::jobs::journal::{Journal, JournalEntry, Opened, Standing};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::{GenerateRequest, RawRequest, Reuse, SamplerKind};
use hummingbird_engine::worker::{EngineHandle, EngineOptions};

/// Names the folder of the process that is killed.
const FOLDER: &str = "HUMMINGBIRD_TEST_JOURNAL";
/// The jobs of its queue.
const JOBS: u64 = 3;
/// Steps of each.
const STEPS: u32 = 20;
/// Kills that are tried at most; a machine that is too slow for this has other troubles.
const MOST_KILLS: u32 = 200;

fn engine(folder: &Path) -> EngineHandle {
    EngineHandle::start(&ModelSource::Embedded, EngineOptions::at(folder)).expect("the demo model is embedded")
}

fn request(engine: &EngineHandle, seed: u64) -> GenerateRequest {
    let reuse = if seed == 2 { Reuse::Light } else { Reuse::Off };
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(STEPS),
        frames: Some(8),
        seed: Some(seed),
        reuse: Some(reuse),
        sampler: (seed == 3).then_some(SamplerKind::Turbo),
        device: DeviceChoice::Cpu,
        ..RawRequest::default()
    };
    raw.validate(&engine.model().limits).expect("a plain request")
}

fn journal(folder: &Path) -> Opened {
    Journal::open(&folder.join("journal"), Arc::new(|| ())).expect("the folder can be written")
}

fn result(folder: &Path, seed: u64) -> PathBuf {
    folder.join(format!("{seed}.rgb"))
}

/// The process that is killed: asks for its jobs once, and goes on with what the journal holds.
fn child(folder: &Path) {
    let engine = engine(folder);
    let Opened { journal, entries, .. } = journal(folder);
    let mut jobs = BTreeMap::new();
    for JournalEntry { key, request, standing, .. } in entries {
        assert_eq!(standing, Standing::Queued);
        let job = engine.submit_kept(request.clone(), journal.keeper(key)).expect("there is room");
        jobs.insert(job, (key, request.clip.seed));
    }
    let asked = folder.join("asked");
    if !asked.exists() {
        for seed in 1..=JOBS {
            let request = request(&engine, seed);
            let keeper = journal.add(&request, &ModelSource::Embedded);
            let key = keeper.key();
            jobs.insert(engine.submit_kept(request, keeper).expect("there is room"), (key, seed));
        }
        journal.flush();
        files::replace(&asked, b"").expect("writable");
    }
    while !jobs.is_empty() {
        match engine.events().recv().expect("the engine lives") {
            Event::Done { job, outcome } => {
                let (key, seed) = jobs.remove(&job).expect("it was asked for");
                // First the clip, then the journal: killed in between, it is made once more.
                files::replace(&result(folder, seed), outcome.frames.pixels()).expect("writable");
                journal.forget(key);
            }
            Event::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    journal.flush();
    files::replace(&folder.join("all"), b"").expect("writable");
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this is a program"));
    command.args(["--exact", "kills_lose_nothing", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be started once more")
}

#[test]
fn kills_lose_nothing() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return child(Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let (mut kills, mut kills_in_between) = (0_u32, 0_u32);
    let mut kept: BTreeMap<u64, u32> = BTreeMap::new();
    let end = Instant::now() + Duration::from_secs(300);
    while !folder.join("all").exists() {
        assert!(kills < MOST_KILLS && Instant::now() < end, "it does not come to an end after {kills} kills");
        let mut process = start(folder);
        // From before the first write to well into the next job, in no order; longer each time, so that it ends.
        let millis = u64::from(kills * 7919 % 500) + 20 * u64::from(kills);
        let until = Instant::now() + Duration::from_millis(millis);
        while Instant::now() < until && process.try_wait().expect("it is ours").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        process.kill().ok();
        process.wait().expect("it has ended");
        kills += 1;
        if !folder.join("asked").exists() {
            // It was killed before it had asked for everything: it asks again, and what it had is not counted twice.
            fs::remove_dir_all(folder.join("journal")).ok();
            continue;
        }
        // Look at what is there as the next start would: nothing is damaged, nothing goes back, nothing is missing.
        let Opened { journal, entries, set_aside } = journal(folder);
        assert_eq!(set_aside, Vec::<PathBuf>::new(), "a half written file after {kills} kills");
        for seed in 1..=JOBS {
            let entry = entries.iter().find(|entry| entry.request.clip.seed == seed);
            let Some(entry) = entry else {
                assert!(result(folder, seed).exists(), "job {seed} is lost after {kills} kills");
                continue;
            };
            let before = kept.insert(seed, entry.steps_done).unwrap_or(0);
            assert!(entry.steps_done >= before, "job {seed} went from step {before} back to {}", entry.steps_done);
            kills_in_between += u32::from((1..STEPS).contains(&entry.steps_done) && entry.steps_done > before);
        }
        drop(journal);
    }
    assert!(kills_in_between > 0, "no job was killed between two steps: {kills} kills");
    let engine = engine(&folder.join("undisturbed"));
    for seed in 1..=JOBS {
        engine.submit(request(&engine, seed)).expect("there is room");
    }
    for seed in 1..=JOBS {
        let outcome = loop {
            match engine.events().recv().expect("the engine lives") {
                Event::Done { outcome, .. } => break outcome,
                Event::Failed { error, .. } => panic!("{error}"),
                _ => {}
            }
        };
        let made = fs::read(result(folder, seed)).expect("it is finished");
        assert!(made == outcome.frames.pixels(), "clip {seed} is another one after {kills} kills");
    }
}
