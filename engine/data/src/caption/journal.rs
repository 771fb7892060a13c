//! The journal beside the output, `OUT.captions.journal`: a line of JSON for each answer, written when it came. A run that was killed,
//! stopped or came to its budget goes on with it; who wants to know what wrote a caption finds it there.
//!
//! A line that was cut off, or that is no answer, is as if it were not there.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::question::{Hash, read, written};

/// Longest line that is read, in bytes.
const MOST_LINE_BYTES: u64 = 1 << 18;
/// Time between two times that the disk is asked to keep what was written: a killed program loses nothing, a machine without power
/// so much.
const SYNC: Duration = Duration::from_secs(1);

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A caption.
    Rewritten {
        /// The new one.
        text: String,
        /// The model that wrote it.
        model: String,
    },
    /// An answer that is no caption, and why.
    Refused(String),
    /// No answer, and why.
    Failed(String),
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Hash of the question.
    request: String,
    /// The first clip that it was about.
    #[serde(default)]
    id: String,
    #[serde(default)]
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default)]
    text_original: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// Tokens of question and answer.
    #[serde(default)]
    tokens: u64,
}

/// What is noted of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub hash: &'a Hash,
    pub id: &'a str,
    pub path: &'a str,
    pub before: &'a str,
    pub outcome: &'a Outcome,
    pub tokens: u64,
}

/// The journal of an output. Its owner holds the lock of the output.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    last_sync: Instant,
    /// What came of the questions of earlier runs; failures are not among them.
    pub answers: HashMap<Hash, Outcome>,
    /// Tokens that they took.
    pub tokens: u64,
    /// Most tokens that one took.
    pub most_tokens: u64,
}

/// Where the journal of an output is.
pub fn path_of(out: &Path) -> PathBuf {
    out.with_added_extension("captions.journal")
}

impl Journal {
    /// Opens the journal at `path`, or begins one.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut journal = Self {
            file: file.try_clone()?,
            last_sync: Instant::now(),
            answers: HashMap::new(),
            tokens: 0,
            most_tokens: 0,
        };
        journal.read(BufReader::new(&mut file))?;
        // What a killed program began stays a line of its own.
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                journal.file.write_all(b"\n")?;
            }
        }
        Ok(journal)
    }

    fn read(&mut self, mut reader: BufReader<&mut File>) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.by_ref().take(MOST_LINE_BYTES).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            if line.last() == Some(&b'\n') {
                self.take(&line);
            } else if read as u64 == MOST_LINE_BYTES {
                reader.skip_until(b'\n')?;
            }
        }
    }

    fn take(&mut self, line: &[u8]) {
        let Ok(line) = serde_json::from_slice::<Line>(line) else { return };
        let Some(hash) = read(&line.request) else { return };
        self.tokens = self.tokens.saturating_add(line.tokens);
        self.most_tokens = self.most_tokens.max(line.tokens);
        let outcome = match line {
            Line { refused: Some(why), .. } => Outcome::Refused(why),
            Line { text: Some(text), model: Some(model), text_original, .. } => {
                // Somebody may have written into it.
                match super::accepted(&text_original, &text) {
                    Ok(text) => Outcome::Rewritten { text, model },
                    Err(_) => return,
                }
            }
            _ => return,
        };
        self.answers.insert(hash, outcome);
    }

    /// Notes what came of a question.
    ///
    /// # Errors
    /// What the system says.
    pub fn note(&mut self, entry: Entry<'_>) -> io::Result<()> {
        let Entry { hash, id, path, before, outcome, tokens } = entry;
        let mut line = Line {
            request: written(hash),
            id: id.to_owned(),
            path: path.to_owned(),
            text: None,
            text_original: before.to_owned(),
            model: None,
            refused: None,
            failed: None,
            tokens,
        };
        match outcome.clone() {
            Outcome::Rewritten { text, model } => (line.text, line.model) = (Some(text), Some(model)),
            Outcome::Refused(why) => line.refused = Some(why),
            Outcome::Failed(why) => line.failed = Some(why),
        }
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        // At once, so that no other line can come between.
        self.file.write_all(&bytes)?;
        if self.last_sync.elapsed() >= SYNC {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&mut self) -> io::Result<()> {
        self.last_sync = Instant::now();
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> Outcome {
        Outcome::Rewritten { text: text.to_owned(), model: "m".to_owned() }
    }

    fn note(journal: &mut Journal, hash: &Hash, outcome: &Outcome) {
        let entry = Entry { hash, id: "i", path: "a\nb.mp4", before: "dog", outcome, tokens: 7 };
        journal.note(entry).expect("writable");
    }

    #[test]
    fn answers_outlive_a_program_that_is_killed_while_it_writes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = path_of(&folder.path().join("out.csv"));
        assert!(path.ends_with("out.csv.captions.journal"));
        let (one, two) = (rewritten("A dog runs on a beach."), Outcome::Refused("it is empty".to_owned()));
        let mut journal = Journal::open(&path).expect("writable");
        note(&mut journal, &[1; 32], &one);
        note(&mut journal, &[2; 32], &two);
        note(&mut journal, &[3; 32], &Outcome::Failed("it is too slow".to_owned()));
        note(&mut journal, &[4; 32], &one);
        drop(journal);
        // Cut off anywhere in the last line, then gone on with.
        let whole = std::fs::read(&path).expect("it is there");
        let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("four lines") + 1;
        for end in last..whole.len() {
            std::fs::write(&path, &whole[..end]).expect("writable");
            let mut journal = Journal::open(&path).expect("readable");
            assert_eq!((journal.answers.len(), journal.tokens, journal.most_tokens), (2, 21, 7), "cut at {end}");
            note(&mut journal, &[5; 32], &one);
            drop(journal);
            let journal = Journal::open(&path).expect("readable");
            assert_eq!(journal.answers.get(&[1; 32]), Some(&one));
            assert_eq!(journal.answers.get(&[2; 32]), Some(&two));
            assert_eq!(journal.answers.get(&[5; 32]), Some(&one), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_answer_is_passed_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal");
        let hash = written(&[1; 32]);
        let line = |hash: &str, text: &str| {
            format!("{{\"request\":\"{hash}\",\"text\":\"{text}\",\"model\":\"m\",\"tokens\":1}}\n")
        };
        let long = "x".repeat(MOST_LINE_BYTES as usize + 10);
        let mut bytes = [
            line("12", "A dog runs."),
            line(&hash, "Sure, here is a caption: a dog."),
            line(&hash, &long),
            "\n[]\nnull\n{\"request\":1}\n".to_owned(),
            line(&hash, "A dog runs."),
        ]
        .concat()
        .into_bytes();
        bytes.splice(0..0, *b"\xff\xfe\n");
        std::fs::write(&path, bytes).expect("writable");
        let journal = Journal::open(&path).expect("readable");
        assert_eq!(journal.answers, HashMap::from([([1; 32], rewritten("A dog runs."))]));
    }
}
