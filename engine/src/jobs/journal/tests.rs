use std::fs;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::*;
use crate::device::DeviceChoice;
use crate::jobs::request::ClipSettings;
use crate::pipeline::handoff::Latent;

fn request(seed: u64) -> GenerateRequest {
    let clip = ClipSettings {
        prompt: "a \"boat\"\n".into(),
        steps: 4,
        frames: 2,
        width: 32,
        height: 32,
        seed,
        ..Default::default()
    };
    GenerateRequest { clip, loras: Vec::new(), device: DeviceChoice::Cpu }
}

fn latent(request: &GenerateRequest, value: f32) -> KeptLatent {
    let tensor = Tensor::<5>::full([1, 4, 2, 4, 4], value, &Device::flex());
    KeptLatent::new(&Latent { tensor }, request.clone(), "ab".repeat(32))
}

fn open(folder: &Path) -> Opened {
    Journal::open(folder, Arc::new(|| ())).expect("the folder can be written")
}

/// The process of a journal is gone.
fn end(journal: Journal) {
    drop(journal);
}

#[test]
fn jobs_come_back_in_order_with_their_last_step() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Opened { journal, entries, set_aside } = open(folder.path());
    assert!(entries.is_empty() && set_aside.is_empty());
    let file = ModelSource::File("/models/big.safetensors".into());
    let [first, second, third] =
        [(1, &ModelSource::Embedded), (2, &file), (3, &file)].map(|(seed, model)| journal.add(&request(seed), model));
    for step in 1..=3 {
        second.keep(step, &latent(&request(2), step as f32));
    }
    assert_eq!(second.last(), Some((3, latent(&request(2), 3.0))), "written or not");
    assert_eq!(first.last(), None);
    journal.mark(third.key(), &request(3), &file, Standing::Failed("no memory".to_owned()), &JobNote::default());
    let fourth = journal.add(&request(4), &file);
    fourth.keep(1, &latent(&request(4), 1.0));
    journal.forget(fourth.key());
    let keys = [first.key(), second.key(), third.key()];
    drop((first, second, third, fourth));
    end(journal);

    let Opened { journal, entries, set_aside } = open(folder.path());
    let found: Vec<_> = entries.iter().map(|it| (it.key, it.request.clip.seed, &it.model, it.steps_done)).collect();
    assert_eq!(found, [(keys[0], 1, &ModelSource::Embedded, 0), (keys[1], 2, &file, 3), (keys[2], 3, &file, 0)]);
    assert_eq!(entries[0].request, request(1));
    assert_eq!(entries[2].standing, Standing::Failed("no memory".to_owned()));
    assert!(set_aside.is_empty());
    assert_eq!(journal.keeper(keys[1]).last(), Some((3, latent(&request(2), 3.0))));
    journal.start_again(keys[1]);
    assert_eq!(journal.keeper(keys[1]).last(), None);
    assert!(journal.add(&request(5), &file).key() > keys[2], "new ones stand behind");
    keys.into_iter().for_each(|key| journal.forget(key));
    end(journal);
    assert_eq!(open(folder.path()).entries.len(), 1);
}

#[test]
fn a_note_and_the_order_that_was_chosen_survive() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = open(folder.path()).journal;
    let keys = [1, 2, 3].map(|seed| journal.add(&request(seed), &ModelSource::Embedded).key());
    let cell = GridCell { grid: 7, title: "steps".into(), rows: vec!["4".into()], columns: vec![], row: 0, column: 0 };
    let note = JobNote { name: "the last first".into(), place: Some(keys[0].place() - 1), cell: Some(cell) };
    journal.mark(keys[2], &request(3), &ModelSource::Embedded, Standing::Queued, &note);
    end(journal);
    let entries = open(folder.path()).entries;
    assert_eq!(entries.iter().map(|it| it.key).collect::<Vec<_>>(), [keys[2], keys[0], keys[1]]);
    assert_eq!((&entries[0].note, &entries[1].note), (&note, &JobNote::default()));
}

#[test]
fn what_a_living_process_has_is_left_to_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = open(folder.path()).journal;
    one.add(&request(1), &ModelSource::Embedded);
    one.flush();
    let Opened { journal: two, entries, .. } = open(folder.path());
    assert!(entries.is_empty(), "the first one has it");
    two.add(&request(2), &ModelSource::Embedded);
    end(two);
    let Opened { journal: three, entries, .. } = open(folder.path());
    assert_eq!(entries.iter().map(|it| it.request.clip.seed).collect::<Vec<_>>(), [2], "the second is gone");
    end(one);
    end(three);
    let seeds: Vec<u64> = open(folder.path()).entries.iter().map(|it| it.request.clip.seed).collect();
    assert_eq!(seeds, [1, 2], "now both are");
}

#[test]
fn damaged_files_are_set_aside_and_cost_no_more_than_they_held() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = open(folder.path()).journal;
    let keepers = [1, 2, 3].map(|seed| journal.add(&request(seed), &ModelSource::Embedded));
    keepers.iter().zip(1..).for_each(|(keeper, seed)| keeper.keep(2, &latent(&request(seed), 0.5)));
    journal.flush();
    let session = fs::read_dir(folder.path()).expect("readable").filter_map(Result::ok).find(|it| it.path().is_dir());
    let session = session.expect("it is there").path();
    let file = |index: usize, ending: &str| session.join(format!("{}.{ending}", keepers[index].key()));
    fs::write(file(0, "json"), "nonsense").expect("writable");
    fs::write(file(1, "safetensors"), "nonsense").expect("writable");
    // Of a file that is cut off what can be read is used.
    let whole = fs::read_to_string(file(2, "json")).expect("readable");
    fs::write(file(2, "json"), whole.trim_end().trim_end_matches('}')).expect("writable");
    // A process that was killed while it wrote.
    fs::write(session.join(".hummingbird-abc.part"), "half").expect("writable");
    drop(keepers);
    end(journal);
    let Opened { entries, set_aside, journal } = open(folder.path());
    let found: Vec<_> = entries.iter().map(|it| (it.request.clip.seed, it.steps_done)).collect();
    assert_eq!(found, [(2, 0), (3, 2)]);
    assert_eq!(set_aside.len(), 3, "{set_aside:?}");
    let is_nonsense = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text == "nonsense");
    assert_eq!(set_aside.iter().filter(|path| is_nonsense(path)).count(), 2);
    end(journal);
    assert!(!session.exists(), "a folder that was taken over is gone");
    let again = open(folder.path());
    assert_eq!((again.entries.len(), again.set_aside.len()), (2, 0));
}

#[test]
fn a_job_whose_clip_is_a_file_does_not_come_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = |seed: u64| folder.path().join(format!("{seed}.mp4"));
    let Opened { journal, .. } = open(&folder.path().join("journal"));
    for seed in 1..=5 {
        let keeper = journal.add(&request(seed), &ModelSource::Embedded);
        keeper.keep(4, &latent(&request(seed), 0.5));
        match seed {
            // Killed after the file, before it, and before a file was begun.
            1 => keeper.clip_goes_to(Some(&clip(1))),
            2 => keeper.clip_goes_to(Some(&clip(2))),
            3 => {}
            // Another name was taken, and no folder took it although the first name is there by now.
            4 => [Some(clip(1)), None].into_iter().for_each(|path| keeper.clip_goes_to(path.as_deref())),
            _ => {
                journal.forget(keeper.key());
                keeper.clip_goes_to(Some(&clip(5)));
            }
        }
    }
    fs::write(clip(1), "a clip").expect("writable");
    end(journal);
    let Opened { journal, entries, set_aside } = open(&folder.path().join("journal"));
    assert_eq!(
        entries.iter().map(|it| (it.request.clip.seed, it.steps_done)).collect::<Vec<_>>(),
        [(2, 4), (3, 4), (4, 4)]
    );
    assert!(set_aside.is_empty());
    end(journal);
    // Another clip gets the name that the second was killed before.
    fs::write(clip(2), "another clip").expect("writable");
    let Opened { journal, entries, .. } = open(&folder.path().join("journal"));
    assert_eq!(entries.len(), 3, "none is lost");
    end(journal);
    let left = fs::read_dir(folder.path().join("journal")).expect("readable").count();
    assert!(left <= 2, "{left} things are left");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("writable");
    assert!(Journal::open(&file.join("journal"), Arc::new(|| ())).is_err());
    // One that vanishes while the program runs is told once there was something to write.
    let journal = open(&folder.path().join("journal")).journal;
    fs::remove_dir_all(folder.path().join("journal")).expect("removable");
    fs::write(folder.path().join("journal"), "x").expect("writable");
    journal.add(&request(1), &ModelSource::Embedded);
    journal.flush();
    assert!(journal.trouble().is_some() && journal.trouble().is_none(), "once");
}
