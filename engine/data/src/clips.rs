//! Where the clips of a manifest are: files of this machine, or objects in stores, which are copied here for as long as somebody reads
//! them. Every stage opens the clips of its rows by [`Clips::open`].

use std::path::Path;

use hummingbird_base::CancelToken;

use crate::clip::{ClipError, ClipSource};
use crate::manifest::Row;
use crate::objects::{Place, Places};

/// The clips of a manifest.
#[derive(Clone, Debug)]
pub struct Clips<'a> {
    folder: Place,
    places: &'a Places,
}

impl<'a> Clips<'a> {
    /// Those of a manifest in `folder` of this machine.
    pub fn of(folder: &Path, places: &'a Places) -> Self {
        Self::at(Place::File(folder.to_owned()), places)
    }

    /// Those of a manifest in `folder`, wherever that is.
    pub fn at(folder: Place, places: &'a Places) -> Self {
        Self { folder, places }
    }

    /// Opens the stretch of a row. An object is copied to this machine first; the copy goes when nobody reads it any more, but for the
    /// last few: rows of one clip follow each other.
    ///
    /// # Errors
    /// Clips that cannot be read, objects that cannot be had, stretches that are not in them, and the owner's wish to stop.
    pub fn open(&self, row: &Row, cancel: &CancelToken) -> Result<ClipSource, ClipError> {
        match self.folder.of_row(row)? {
            Place::File(path) => ClipSource::open_until(&path, cancel)?.stretch(row.start_frame, row.frames),
            Place::Object(address) => {
                let copy = self.places.shared(&address, cancel)?;
                ClipSource::open_copy(copy, address.to_string(), cancel)?.stretch(row.start_frame, row.frames)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hummingbird_base::progress::Silent;

    use super::*;
    use crate::caption::journal_path;
    use crate::cut::{CutError, CutOptions, cut_manifest};
    use crate::export::test_clip;
    use crate::manifest;
    use crate::motion::{MotionColumnsError, MotionLimits, measure_manifest};
    use crate::objects::test_server::TestStore;
    use crate::objects::{ObjectStore, StoreOptions};
    use crate::score::tests::Brightness;
    use crate::score::{ScoreError, ScoreOptions, score_manifest};

    #[test]
    fn every_stage_reads_clips_of_a_store_and_fetches_each_once() {
        let server = TestStore::start();
        let (folder, scratch) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let path = |name: &str| folder.path().join(name);
        test_clip(&path("clip.mp4"), 20);
        let clip = fs::read(path("clip.mp4")).expect("it is there");
        for name in ["clips/a.mp4", "clips/b.mp4"] {
            server.held().objects.insert(name.to_owned(), clip.clone());
        }
        server.held().objects.insert("clips/broken.mp4".to_owned(), b"no video at all".to_vec());
        let row = |path: &str, start_frame: u64| {
            let id = format!("{path} {start_frame}");
            Row { id, path: path.to_owned(), start_frame, frames: 10, text: "a clip".to_owned(), ..Row::default() }
        };
        let rows = [
            row("s3://clips/a.mp4", 0),
            row("s3://clips/a.mp4", 10),
            row("s3://clips/b.mp4", 0),
            row("s3://clips/broken.mp4", 0),
            row("s3://clips/gone.mp4", 0),
            row("clip.mp4", 0),
        ];
        manifest::write(&path("in.jsonl"), &rows).expect("writable");
        let of_store =
            || Places::of_store_in(ObjectStore::new(server.settings(), StoreOptions::default()), scratch.path());
        let cancel = CancelToken::default();
        let judge = Brightness::new("large");
        let judges = (None::<&Brightness>, Some(&judge));
        // Outputs lie in another folder than the manifest: addresses stay as they are all the same.
        fs::create_dir(path("out")).expect("writable");
        type Stage<'a> = Box<dyn Fn(&Path, &Path, &Places) + 'a>;
        let stages: [(&str, Stage<'_>); 3] = [
            (
                "cut",
                Box::new(|from, to, places| {
                    cut_manifest(from, to, CutOptions::default(), places, &cancel, &mut Silent).expect("it works");
                }),
            ),
            (
                "motion",
                Box::new(|from, to, places| {
                    let limits = MotionLimits::default();
                    measure_manifest(from, to, limits, None, places, &mut Silent, &cancel).expect("it works");
                }),
            ),
            (
                "score",
                Box::new(|from, to, places| {
                    let options = ScoreOptions::default();
                    score_manifest(from, to, judges, options, places, &cancel, &mut Silent).expect("it works");
                }),
            ),
        ];
        for (name, stage) in &stages {
            let out = path(&format!("out/{name}.jsonl"));
            server.held().asked.clear();
            let places = of_store();
            stage(&path("in.jsonl"), &out, &places);
            let fetched =
                server.held().asked.iter().filter(|it| it.starts_with("GET") && it.contains("/a.mp4")).count();
            assert_eq!(fetched, 1, "{name}: two rows of one clip");
            drop(places);
            assert_eq!(fs::read_dir(scratch.path()).expect("readable").count(), 0, "{name}: copies have gone");
            let found = manifest::read(&out).expect("it was written");
            let paths: Vec<&str> = found.iter().map(|row| row.path.as_str()).collect();
            assert_eq!(paths[..5], rows.each_ref().map(|row| row.path.as_str())[..5], "{name}");
            for row in [&found[0], &found[1], &found[2], &found[5]] {
                assert!(row.error.is_none(), "{name}: {row:?}");
                assert_eq!(row.motion_px.is_some(), *name == "motion", "{name}");
                assert_eq!(row.vqa_overall.is_some(), *name == "score", "{name}");
            }
            for (row, address) in [(&found[3], "s3://clips/broken.mp4"), (&found[4], "s3://clips/gone.mp4")] {
                let error = row.error.as_deref().unwrap_or_default();
                assert!(error.contains(address) && !error.contains(".hummingbird-"), "{name}: {error:?}");
            }
            assert!(!journal_path(&out).exists());
        }
        // A store that nobody answers for is no fault of its clips: nothing is written.
        let mut settings = server.settings();
        settings.endpoint = Some("http://127.0.0.1:9".parse().expect("an address"));
        let options = StoreOptions {
            first_wait: std::time::Duration::from_millis(1),
            longest_wait: std::time::Duration::from_millis(1),
            ..StoreOptions::default()
        };
        let places = Places::of_store(ObjectStore::new(settings, options));
        let (from, none) = (path("in.jsonl"), path("out/none.jsonl"));
        let cut = cut_manifest(&from, &none, CutOptions::default(), &places, &cancel, &mut Silent);
        assert!(matches!(cut, Err(CutError::Clip(ClipError::Object(_)))), "{cut:?}");
        let motion = measure_manifest(&from, &none, MotionLimits::default(), None, &places, &mut Silent, &cancel);
        assert!(matches!(motion, Err(MotionColumnsError::Clips(_))), "{motion:?}");
        assert!(!none.exists());
        let score = score_manifest(&from, &none, judges, ScoreOptions::default(), &places, &cancel, &mut Silent);
        assert!(matches!(score, Err(ScoreError::Clip(ClipError::Object(_)))), "{score:?}");
        let scored = manifest::read(&none).expect("what is known so far is kept");
        assert!(scored.iter().all(|row| row.error.is_none()));
    }
}
