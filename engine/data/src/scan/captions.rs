//! What is written about clips: in files beside them, in tables, and inside of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Component, Path, PathBuf};

use hummingbird_pipeline::clip_tokens::weights::plain_text;
use hummingbird_pipeline::video_out::{read_foreign, read_provenance};
use serde_json::Value;

use super::{CAPTION_OF_CLIP, CAPTION_SOURCE};
use crate::captions::{one_line, read_text};
use crate::manifest::{self, ManifestError, Row};

/// Longest file of a caption beside a clip, in bytes; what is behind is no caption.
const MAX_CAPTION_BYTES: u64 = 1 << 20;
/// Names of the caption in a JSON file beside a clip.
const JSON_NAMES: [&str; 5] = ["text", "caption", "prompt", "title", "description"];

/// The caption beside a clip, on one line: in `NAME.txt`, `NAME.caption` or `NAME.json`.
pub(super) fn beside(clip: &Path) -> Option<String> {
    // A folder of pictures is captioned by its whole name, and a file by either.
    let stems = [clip.with_extension(""), clip.to_owned()];
    stems[usize::from(clip.is_dir())..].iter().find_map(|stem| {
        let of = |ending: &str| read_text(&with_ending(stem, ending), MAX_CAPTION_BYTES).ok();
        let text = of(".txt").or_else(|| of(".caption")).map(|text| one_line(&text));
        text.or_else(|| json_caption(&of(".json")?)).filter(|caption| !caption.is_empty())
    })
}

/// The prompt that a clip carries, on one line and without weights: of a clip that this program exported with its settings, or of a
/// file of another program whose form is known. Of a folder of pictures it is in each of them.
pub(super) fn inside(clip: &Path) -> Option<String> {
    let own = read_provenance(clip).ok().flatten().map(|own| own.text("prompt").to_owned());
    let prompt = own.filter(|prompt| !prompt.trim().is_empty()).or_else(|| Some(read_foreign(clip).ok()??.prompt))?;
    Some(one_line(&plain_text(&prompt))).filter(|prompt| !prompt.is_empty())
}

/// Whether a row's caption is the prompt inside of its clip.
pub(super) fn is_inside(row: &Row) -> bool {
    row.extra.get(CAPTION_SOURCE).and_then(Value::as_str) == Some(CAPTION_OF_CLIP)
}

fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn json_caption(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    JSON_NAMES.iter().find_map(|name| value.get(*name)?.as_str()).map(one_line)
}

/// The rows of all tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    rows: Vec<Row>,
    /// Rows by the files that they name.
    by_path: HashMap<PathBuf, usize>,
    /// Rows by the names of files alone, which is all that OpenVid's tables have; `None` where several rows have one.
    by_name: HashMap<String, Option<usize>>,
    used: Vec<bool>,
}

impl Tables {
    /// Adds a table; of two rows for a file the first one counts. Manifests of ours are not tables of captions.
    ///
    /// # Errors
    /// Tables that cannot be read; those that name no clips are left out.
    pub(super) fn add(&mut self, path: &Path) -> Result<(), ManifestError> {
        let rows = match manifest::read(path) {
            Err(ManifestError::NoPath { .. }) => return Ok(()),
            rows => rows?,
        };
        if rows.iter().any(|row| !row.id.is_empty()) {
            return Ok(());
        }
        let folder = manifest::folder_of(path);
        for row in rows.into_iter().filter(|row| !row.path.is_empty()) {
            // Windows writes the other stroke.
            let named = row.path.replace('\\', "/");
            let (file, index) = (plain(&folder.join(&named)), self.rows.len());
            if let Entry::Vacant(vacant) = self.by_path.entry(file) {
                vacant.insert(index);
                let name = named.rsplit('/').next().unwrap_or_default().to_owned();
                self.by_name.entry(name).and_modify(|row| *row = None).or_insert(Some(index));
                self.rows.push(row);
            }
        }
        self.used.resize(self.rows.len(), false);
        Ok(())
    }

    /// The number of the row of a file: by its path, or by its name where that is enough.
    pub(super) fn find(&self, file: &Path) -> Option<usize> {
        let by_name = || *self.by_name.get(file.file_name()?.to_str()?)?;
        self.by_path.get(&plain(file)).copied().or_else(by_name)
    }

    /// Puts what a table says of a clip into its row: caption, scores, and columns of others.
    pub(super) fn fill(&mut self, index: usize, row: &mut Row) {
        let (Some(from), Some(used)) = (self.rows.get(index), self.used.get_mut(index)) else { return };
        *used = true;
        let text = one_line(&from.text);
        if !text.is_empty() && (row.text.is_empty() || is_inside(row)) {
            row.text = text;
            row.extra.remove(CAPTION_SOURCE);
        }
        row.vqa_aesthetic = row.vqa_aesthetic.or(from.vqa_aesthetic);
        row.vqa_technical = row.vqa_technical.or(from.vqa_technical);
        row.vqa_overall = row.vqa_overall.or(from.vqa_overall);
        row.motion_smoothness = row.motion_smoothness.or(from.motion_smoothness);
        for (name, value) in &from.extra {
            row.extra.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// Rows for which no clip was found.
    pub(super) fn unused(&self) -> u64 {
        self.used.iter().filter(|used| !**used).count() as u64
    }
}

/// A path by which files are told apart without asking the system: absolute, without `.` and with `..` taken back.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
