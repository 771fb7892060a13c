//! Where a clip goes: checked before anything is computed, and found a new place when it cannot be written after all.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::pipeline::clip_tokens::weights::plain_text;
use hummingbird_engine::pipeline::video_out::{
    self, Embed, Existing, ExportError, ExportReport, ExportSettings, Format, Provenance, export, fit, free_name,
    is_device_name, preflight,
};
use hummingbird_engine::request::GenerateRequest;

use super::export_args::ExportArgs;
use super::progress::{Display, Step};
use crate::sentences::in_words;

/// Longest name that is made from a prompt, in characters.
const LONGEST_SLUG: usize = 48;
/// And in bytes: with a number and an ending it fits every file system, encrypted ones that take 143 bytes too.
const LONGEST_SLUG_BYTES: usize = 120;
/// Name of a clip that could not be written under its own, which may be what was wrong.
const RESCUED: &str = "clip";

/// A place for a clip that was checked.
#[derive(Debug)]
pub struct Target {
    /// The file; for numbered frames their pattern.
    pub path: PathBuf,
    /// How it is written.
    pub settings: ExportSettings,
    /// What the path was made of, where the user gave none: it may be taken by another run before the clip is done.
    automatic: Option<String>,
    /// Most bytes of the file.
    limit: Option<u64>,
}

/// What the options say about the file.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// Where to; `None` makes a name from the prompt.
    pub path: Option<&'a Path>,
    /// Whether a file of that name is replaced.
    pub existing: Existing,
    /// Whether the file carries its settings.
    pub embed: Embed,
    /// How the file is made.
    pub export: &'a ExportArgs,
}

impl Target {
    /// Finds everything that would stop the export, before the clip is computed.
    ///
    /// # Errors
    /// [`ExportError`], with the option that helps.
    pub fn check(wishes: &Wishes<'_>, request: &GenerateRequest) -> anyhow::Result<Self> {
        let automatic = wishes.path.is_none().then(|| slug(&request.clip.prompt));
        let path = match (wishes.path, &automatic) {
            (Some(path), _) => path.to_owned(),
            (None, stem) => automatic_path(stem.as_deref().unwrap_or(RESCUED), wishes.existing),
        };
        let settings = ExportSettings {
            embed: wishes.embed,
            existing: wishes.existing,
            ..wishes.export.settings(Format::from_path(&path)?, request.clip.fps)
        };
        let clip = [request.clip.frames, request.clip.height, request.clip.width].map(|side| side as usize);
        preflight(clip, &settings, &path).map_err(with_option)?;
        Ok(Self { path, settings, automatic, limit: wishes.export.limit() })
    }

    /// Writes the clip; where the user chose no name and another run was faster, under the next free one.
    ///
    /// # Errors
    /// [`ExportError`]; `Cancelled` when the token says so.
    pub fn write(
        &mut self,
        frames: &Frames,
        provenance: &Provenance,
        cancel: &CancelToken,
        display: &mut Display,
    ) -> Result<ExportReport, ExportError> {
        let mut on_progress = |progress: hummingbird_engine::pipeline::video_out::ExportProgress| {
            display.show(&Step {
                stage: "writing the file",
                done: progress.frames_done as u64,
                total: progress.frames_total as u64,
                eta_secs: None,
                detail: "",
            });
            if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if let Some(limit) = self.limit {
            let mut on_frame =
                || if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            self.settings = fit(frames, &self.settings, provenance, limit, &mut on_frame)?;
        }
        loop {
            match (export(frames, &self.settings, provenance, &self.path, &mut on_progress), &self.automatic) {
                (Err(ExportError::Exists { .. }), Some(stem)) => {
                    self.path = automatic_path(stem, self.settings.existing);
                }
                (outcome, _) => return outcome,
            }
        }
    }

    /// Writes a clip that could not be written to its own place to the first of `folders` that takes it, under a short name.
    pub fn rescue(&self, frames: &Frames, provenance: &Provenance, folders: &[PathBuf]) -> Option<ExportReport> {
        let name = format!("{RESCUED}.{}", self.settings.format.ending());
        folders.iter().find_map(|folder| {
            let folder = tempfile::Builder::new().prefix("hummingbird-").tempdir_in(folder).ok()?;
            let path = folder.path().join(&name);
            let report = export(frames, &self.settings, provenance, &path, &mut |_| ControlFlow::Continue(())).ok()?;
            // Kept only with a whole clip in it.
            let kept = folder.keep();
            log::info!("a clip was rescued to {kept:?}");
            Some(report)
        })
    }
}

/// Where a clip is rescued to: the folder for temporary files, then the user's own.
pub fn rescue_folders() -> Vec<PathBuf> {
    let mut folders = vec![std::env::temp_dir()];
    folders.extend(directories::UserDirs::new().map(|user| user.home_dir().to_owned()));
    folders
}

/// Finds everything that would stop a result that is no clip from being written, before it is computed.
///
/// # Errors
/// [`ExportError`], with the option that helps.
pub fn check_file(path: &Path, existing: Existing) -> anyhow::Result<()> {
    video_out::check_file(path, existing).map_err(with_option)
}

/// The same for what a run of training writes, which may lie in the run's own folder before there is one.
///
/// # Errors
/// As [`check_file`].
pub fn check_of_run(path: &Path, folder: &Path) -> anyhow::Result<()> {
    let is_made_by_the_run = path.parent() == Some(folder) && !folder.exists();
    if is_made_by_the_run { Ok(()) } else { check_file(path, Existing::Replace) }
}

/// An error of an export with the option that helps.
pub fn with_option(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Exists { .. } => anyhow!("{} (--force replaces it)", in_words(&error)),
        error => error.into(),
    }
}

/// `name.mp4` in the current folder, or `name-2.mp4` and so on where that is taken and must stay.
fn automatic_path(stem: &str, existing: Existing) -> PathBuf {
    let ending = Format::Mp4.ending();
    match existing {
        Existing::Keep => free_name(Path::new(""), stem, ending),
        Existing::Replace => format!("{stem}.{ending}").into(),
    }
}

/// A file name that a prompt suggests: lower-case words joined by hyphens, in any script, whole words where they fit,
/// without weights.
pub fn slug(prompt: &str) -> String {
    let mut name = String::new();
    for word in plain_text(prompt).to_lowercase().split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()) {
        let longer = if name.is_empty() { word.to_owned() } else { format!("{name}-{word}") };
        if longer.len() > LONGEST_SLUG_BYTES || longer.chars().count() > LONGEST_SLUG {
            if name.is_empty() {
                name = shortened(word);
            }
            break;
        }
        name = longer;
    }
    if name.is_empty() || is_device_name(&name) {
        name = format!("{RESCUED}-{name}").trim_end_matches('-').to_owned();
    }
    name
}

/// The beginning of a word that is too long for a name.
fn shortened(word: &str) -> String {
    let ends = word.char_indices().map(|(start, letter)| start + letter.len_utf8());
    let end = ends.take(LONGEST_SLUG).take_while(|&end| end <= LONGEST_SLUG_BYTES).last().unwrap_or(0);
    word[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::device::DeviceChoice;

    use super::*;

    fn request(frames: u32) -> GenerateRequest {
        GenerateRequest {
            clip: hummingbird_engine::request::ClipSettings {
                prompt: "a red ball".into(),
                frames,
                width: 16,
                height: 16,
                ..Default::default()
            },
            loras: Vec::new(),
            device: DeviceChoice::Cpu,
        }
    }

    fn check(path: &Path, existing: Existing) -> anyhow::Result<Target> {
        let export = &ExportArgs::default();
        Target::check(&Wishes { path: Some(path), existing, embed: Embed::Provenance, export }, &request(2))
    }

    #[test]
    fn names_come_from_prompts() {
        let long = "a very long story about a hummingbird that flew over the ocean and back again";
        let cases = [
            ("A red balloon, rising over the ocean!", "a-red-balloon-rising-over-the-ocean"),
            (long, "a-very-long-story-about-a-hummingbird-that-flew"),
            ("../../etc/passwd", "etc-passwd"),
            ("a (red:1.4) ball", "a-red-ball"),
            ("ein Kolibri über Köln", "ein-kolibri-über-köln"),
            ("...", "clip"),
            ("con", "clip-con"),
            ("COM2", "clip-com2"),
            ("lpt9!", "clip-lpt9"),
            ("com¹", "clip-com¹"),
            ("a con", "a-con"),
        ];
        for (prompt, name) in cases {
            assert_eq!(slug(prompt), name, "{prompt}");
        }
        assert_eq!(slug(&"x".repeat(300)).len(), LONGEST_SLUG);
        assert_eq!(slug(&"蜂".repeat(300)).len(), LONGEST_SLUG_BYTES);
        assert_eq!(slug(&"蜂鳥 ".repeat(100)).len(), 16 * 7 - 1, "whole words, at most 48 characters");
    }

    #[test]
    fn bad_targets_are_found_before_the_clip_is_computed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let taken = folder.path().join("taken.gif");
        std::fs::write(&taken, "mine").expect("writable");
        let cases = [
            (folder.path().join("clip.avi"), ".mp4, .gif"),
            (folder.path().join("no/clip.gif"), "the folder does not exist"),
            (folder.path().to_owned(), "choose a name that ends in"),
            (taken.clone(), "--force replaces it"),
            (taken.join("clip.gif"), "a file, not a folder"),
            (folder.path().join("clip.gif/"), "add a file name"),
            (folder.path().join(format!("{}.gif", "x".repeat(252))), "choose a shorter and simpler one"),
            // What is added to the names of frames counts too.
            (folder.path().join(format!("{}.png", "x".repeat(247))), "choose a shorter and simpler one"),
        ];
        for (path, words) in cases {
            let error = check(&path, Existing::Keep).expect_err(words);
            assert!(error.to_string().contains(words), "{path:?}: {error}");
        }
        assert!(check(&taken, Existing::Replace).is_ok());
        assert_eq!(std::fs::read_to_string(&taken).expect("still there"), "mine");
    }

    #[test]
    fn numbered_frames_in_the_way_are_found_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("clip_0002.png"), "mine").expect("writable");
        let error = check(&folder.path().join("clip.png"), Existing::Keep).expect_err("frame 2 is in the way");
        assert!(error.to_string().contains("clip_0002.png"), "{error}");
    }

    #[test]
    fn a_clip_that_cannot_be_written_is_saved_elsewhere() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let wanted = folder.path().join("gone");
        std::fs::create_dir(&wanted).expect("writable");
        let mut target = check(&wanted.join(format!("{}.apng", "long".repeat(60))), Existing::Keep).expect("free");
        std::fs::remove_dir(&wanted).expect("empty");
        let frames = Frames::new(16, 16, vec![7; 2 * 16 * 16 * 3]);
        let provenance = Provenance::default();
        let written = target.write(&frames, &provenance, &CancelToken::default(), &mut Display::new(true));
        assert!(matches!(written, Err(ExportError::FolderMissing { .. })), "{written:?}");
        let folders = [wanted, elsewhere.path().to_owned()];
        let report = target.rescue(&frames, &provenance, &folders).expect("the second folder takes it");
        let [path] = report.paths.as_slice() else { panic!("one file: {report:?}") };
        assert!(path.starts_with(elsewhere.path()) && path.is_file() && path.ends_with("clip.apng"), "{path:?}");
    }

    #[test]
    fn a_stopped_export_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut target = check(&folder.path().join("clip.gif"), Existing::Keep).expect("free");
        let cancel = CancelToken::default();
        cancel.cancel();
        let frames = Frames::new(16, 16, vec![7; 2 * 16 * 16 * 3]);
        let written = target.write(&frames, &Provenance::default(), &cancel, &mut Display::new(true));
        assert!(matches!(written, Err(ExportError::Cancelled)), "{written:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    }
}
