//! A queue as a file of the user: jobs that another program, another machine or a later day runs.
//!
//! JSON with a version of its schema. Settings that a job leaves out are the model's own, so the file can be written by hand.
//! Whatever it says is checked before it is used, and it names no place outside of the folder that clips are written to.
//! Begin with [`QueueFile::read`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use hummingbird_base::Action;
use hummingbird_base::kept::{self, Kept, KeptError, Read};
use hummingbird_base::message::{self, Detail, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::grid::GridCell;
use super::request::{GenerateRequest, RawRequest};
use super::settings::SETTINGS;
use super::wildcards::literal;

/// The ending of such files.
pub const ENDING: &str = "json";
/// Most jobs of a file.
pub const MOST_JOBS: usize = 10_000;

/// The jobs of a queue, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueFile {
    /// The jobs.
    pub jobs: Vec<FileJob>,
}

impl Kept for QueueFile {}

/// One job of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileJob {
    /// Its name; empty where its prompt says enough.
    pub name: String,
    /// The model: a file, or a name; `None` is the model that comes with the program.
    pub model: Option<String>,
    /// Where its clip goes, within the folder of the clips; `None` makes a name of its place and its prompt.
    pub output: Option<PathBuf>,
    /// The cell of a grid that it makes.
    pub cell: Option<GridCell>,
    /// Its settings.
    pub request: RawRequest,
}

/// Why a file of a queue is not used.
#[derive(Debug, Error, Message)]
#[message("queue-file")]
#[non_exhaustive]
pub enum QueueFileError {
    /// It cannot be read or written, or is of a newer version.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// It is damaged. A queue of which jobs are missing is worse than none.
    #[error("{path:?} is no file of a queue, or a damaged one ({detail})")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: Detail,
    },
    /// It has no jobs.
    #[error("{path:?} holds no jobs")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It has too many jobs.
    #[error("{path:?} holds {jobs} jobs and at most {most} are taken: make several files of it")]
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many.
        jobs: usize,
        /// How many there may be.
        most: usize,
    },
    /// A job that writes to a place outside of the folder of the clips.
    #[error(
        "job {number} of {path:?} wants to write to {output:?}: name a file within the folder of the clips, without .."
    )]
    Outside {
        /// The file.
        path: PathBuf,
        /// Which job, from 1.
        number: usize,
        /// Where to.
        output: PathBuf,
    },
    /// Two jobs write to the same file.
    #[error("jobs {first} and {second} of {path:?} both write to {output:?}: choose two names")]
    SameOutput {
        /// The file.
        path: PathBuf,
        /// The first, from 1.
        first: usize,
        /// The second.
        second: usize,
        /// Where to.
        output: PathBuf,
    },
    /// A cell that is in no grid.
    #[error("the place of job {number} of {path:?} in its grid makes no sense")]
    Cell {
        /// The file.
        path: PathBuf,
        /// Which job, from 1.
        number: usize,
    },
}

impl QueueFile {
    /// Reads a file and checks all of it but the settings, for which a model is needed.
    ///
    /// # Errors
    /// [`QueueFileError`]
    pub fn read(path: &Path) -> Result<Self, QueueFileError> {
        // A file that is not there is no empty queue.
        fs::metadata(path).map_err(|source| KeptError::Io { action: Action::Read, path: path.to_owned(), source })?;
        let Read { value: file, damage }: Read<Self> = kept::read(path)?;
        if let Some(detail) = damage {
            return Err(QueueFileError::Damaged { path: path.to_owned(), detail });
        }
        file.check(path)?;
        Ok(file)
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// [`QueueFileError::Kept`]
    pub fn write(&self, path: &Path) -> Result<(), QueueFileError> {
        kept::write(path, self)?;
        Ok(())
    }

    fn check(&self, file: &Path) -> Result<(), QueueFileError> {
        let path = || file.to_owned();
        match self.jobs.len() {
            0 => return Err(QueueFileError::Empty { path: path() }),
            jobs if jobs > MOST_JOBS => {
                return Err(QueueFileError::TooMany { path: path(), jobs, most: MOST_JOBS });
            }
            _ => {}
        }
        let (mut outputs, mut grids) = (BTreeMap::new(), BTreeMap::<u64, &GridCell>::new());
        for (job, number) in self.jobs.iter().zip(1..) {
            if let Some(output) = &job.output {
                let is_within = output.components().all(|part| matches!(part, Component::Normal(_)));
                if !is_within || output.as_os_str().is_empty() {
                    return Err(QueueFileError::Outside { path: path(), number, output: output.clone() });
                }
                if let Some(first) = outputs.insert(output, number) {
                    let output = output.clone();
                    return Err(QueueFileError::SameOutput { path: path(), first, second: number, output });
                }
            }
            if let Some(cell) = &job.cell {
                let first = *grids.entry(cell.grid).or_insert(cell);
                if !cell.is_sound() || !cell.is_beside(first) {
                    return Err(QueueFileError::Cell { path: path(), number });
                }
            }
        }
        Ok(())
    }
}

/// A request that gives exactly this one again, whatever the defaults of a model are.
pub fn raw_of(request: &GenerateRequest) -> RawRequest {
    let mut raw = RawRequest { loras: request.loras.clone(), device: request.device, ..RawRequest::default() };
    for setting in SETTINGS {
        setting.ask(&mut raw, Some(setting.of_clip(&request.clip)));
    }
    // What its wildcards were is chosen already.
    for text in [&mut raw.prompt, &mut raw.negative] {
        *text = literal(text).into_owned();
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceChoice;
    use crate::jobs::request::{ClipSettings, LoraChoice};
    use crate::model::limits::{RequestLimits, Reuse, SamplerKind};

    fn limits() -> RequestLimits {
        RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: 16,
            max_frames: 64,
            default_width: 96,
            default_height: 64,
            size_multiple: 32,
            max_size: 512,
            default_fps: 8,
            default_reuse: Reuse::Off,
            tiny_decoder: true,
        }
    }

    fn request() -> GenerateRequest {
        let clip = ClipSettings {
            prompt: r"a {red|blue} __ball__ \ (big:1.2)".into(),
            steps: 7,
            guidance: 3.7,
            seed: u64::MAX,
            frames: 4,
            width: 64,
            height: 32,
            sampler: SamplerKind::Turbo,
            ..ClipSettings::default()
        };
        let loras = vec![LoraChoice { path: "/loras/a b.safetensors".into(), strength: 0.7 }];
        GenerateRequest { clip, loras, device: DeviceChoice::Cpu }
    }

    fn read(text: &str) -> Result<QueueFile, QueueFileError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("queue.json");
        fs::write(&path, text).expect("writable");
        QueueFile::read(&path)
    }

    #[test]
    fn a_queue_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/queue.json");
        let cell = GridCell { grid: 3, rows: vec!["4".into(), "8".into()], row: 1, ..GridCell::default() };
        let job = FileJob {
            name: "first \"one\"".into(),
            model: Some("vc2".into()),
            output: Some("clips/a.gif".into()),
            cell: Some(cell),
            request: raw_of(&request()),
        };
        let file = QueueFile { jobs: vec![job, FileJob { request: raw_of(&request()), ..FileJob::default() }] };
        file.write(&path).expect("writable");
        let read = QueueFile::read(&path).expect("as written");
        assert_eq!(read, file);
        let again = read.jobs[0].request.clone().choosing_wildcards(folder.path()).expect("nothing is chosen");
        assert_eq!(again.validate(&limits()).expect("it was checked"), request());
    }

    #[test]
    fn a_file_of_ones_own_says_only_what_matters() {
        let file = read(r#"{"jobs": [{"request": {"prompt": "a boat", "seed": 5}}]}"#).expect("a queue");
        let request = file.jobs[0].request.validate(&limits()).expect("valid");
        assert_eq!((request.clip.seed, request.clip.steps, request.device), (5, 20, DeviceChoice::Auto));
    }

    #[test]
    fn hostile_files_are_refused_with_the_reason() {
        let job = |text: &str| format!(r#"{{"jobs": [{{"request": {{"prompt": "a"}}, {text}}}]}}"#);
        let many = format!(r#"{{"jobs": [{}{{}}]}}"#, "{},".repeat(MOST_JOBS));
        let cases = [
            (String::new(), "damaged"),
            ("[1, 2]".into(), "damaged"),
            ("[".repeat(100_000), "damaged"),
            (r#"{"jobs": [{"request": {"prompt": "a", "seed": -1}}]}"#.into(), "damaged"),
            (r#"{"jobs": [{"request": {"prompt": "a"}}, {"requ"#.into(), "damaged"),
            (r#"{"schema": 9, "jobs": []}"#.into(), "newer version"),
            (r#"{"jobs": []}"#.into(), "no jobs"),
            (many, "10001 jobs"),
            (job(r#""output": "../../x.mp4""#), "without .."),
            (job(r#""output": "/etc/x.mp4""#), "without .."),
            (job(r#""output": """#), "without .."),
            (job(r#""cell": {"rows": ["a"], "row": 1}"#), "job 1"),
            (job(r#""cell": {"row": 18446744073709551615}"#), "job 1"),
            (r#"{"jobs": [{"output": "a.mp4"}, {}, {"output": "a.mp4"}]}"#.into(), "jobs 1 and 3"),
            (r#"{"jobs": [{"cell": {"rows": ["a"]}}, {"cell": {"rows": ["b"]}}]}"#.into(), "job 2"),
        ];
        for (text, words) in cases {
            let shown: String = text.chars().take(80).collect();
            let error = read(&text).expect_err(&shown).to_string();
            assert!(error.contains(words) && error.contains("queue.json"), "{shown}: {error}");
        }
        let error = QueueFile::read(Path::new("no/queue.json")).expect_err("it is not there").to_string();
        assert!(error.contains("no/queue.json"), "{error}");
    }
}
