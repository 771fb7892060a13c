//! A finished clip becomes a file at once.
//!
//! The form is MP4: every player, phone and chat opens it, and it carries prompt and settings. At [`KEPT_QUALITY`] its loss is hard
//! to find; what is exact to the last bit is the latent beside it, from which the clip can be decoded again. A clip of a size that
//! MP4 does not take is kept as animated PNG, which loses nothing.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hummingbird_base::{Action, Folders};
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::video_out::{
    ExportError, ExportSettings, Format, Provenance, Quality, export, free_name, preflight,
};

use crate::error::LibraryError;
use crate::naming::{file_stem, project_folder};
use crate::settings::{LibrarySettings, rescue_folder};

/// Loss that kept clips may have, like x264's CRF: less than exports have, since they are made again from kept clips.
pub const KEPT_QUALITY: u8 = 10;
/// Names that are tried where others take them at the same moment.
const MOST_TRIES: usize = 20;

/// A clip that was just finished.
#[derive(Clone, Copy, Debug)]
pub struct NewClip<'a> {
    /// Its frames.
    pub frames: &'a Frames,
    /// All that it was made from.
    pub provenance: &'a Provenance,
    /// When it was finished.
    pub made: SystemTime,
    /// Its final latent, if that was kept.
    pub latent: Option<&'a Path>,
}

/// A clip that was written.
#[derive(Debug)]
pub struct Written {
    /// Its file.
    pub path: PathBuf,
    /// The project that it belongs to; empty for none.
    pub project: String,
    /// Why it is in none of the folders that come first.
    pub failures: Vec<ExportError>,
}

/// Writes a clip into the user's folder for clips; where that fails into the one of the system, and in the end beside the index.
/// `starting` is told each file that is begun: one that is there later is whole.
///
/// # Errors
/// Where nothing could be written at all: the failure in the folder that was wanted.
pub fn keep(
    folders: &Folders,
    settings: &LibrarySettings,
    clip: &NewClip<'_>,
    starting: &mut dyn FnMut(&Path),
) -> Result<Written, LibraryError> {
    let wanted = settings.clips_folder(folders);
    let project = project_folder(&settings.project);
    let within = project.as_ref().map_or_else(|| wanted.clone(), |project| wanted.join(project));
    let mut places = vec![within, wanted, folders.clips.clone(), rescue_folder(folders)];
    places.dedup();
    let stem = file_stem(&settings.pattern, clip.provenance, &settings.project, clip.made);
    let mut failures = Vec::new();
    for (index, place) in places.iter().enumerate() {
        match write_into(place, &stem, clip, starting) {
            Ok(path) => {
                let project = project.filter(|_| index == 0).unwrap_or_default();
                return Ok(Written { path, project, failures });
            }
            Err(error) => failures.push(error),
        }
    }
    Err(failures.swap_remove(0).into())
}

fn write_into(
    folder: &Path,
    stem: &str,
    clip: &NewClip<'_>,
    starting: &mut dyn FnMut(&Path),
) -> Result<PathBuf, ExportError> {
    std::fs::create_dir_all(folder).map_err(|source| {
        let path = folder.to_owned();
        match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ExportError::NoPermission { path, source },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ExportError::DiskFull { path, source },
            _ => ExportError::Io { action: Action::MakeFolder, path, source },
        }
    })?;
    let fps = u32::try_from(clip.provenance.whole("fps")).unwrap_or(0).clamp(1, 240);
    let mut settings = ExportSettings::new(Format::Mp4, fps);
    settings.quality = Quality::new(KEPT_QUALITY)?;
    let size = [clip.frames.count(), clip.frames.height(), clip.frames.width()];
    for _ in 0..MOST_TRIES {
        let path = free_name(folder, stem, settings.format.ending());
        match preflight(size, &settings, &path) {
            Err(ExportError::Size { .. }) if settings.format == Format::Mp4 => {
                settings.format = Format::Apng;
                continue;
            }
            Err(ExportError::Exists { .. }) => continue,
            checked => checked?,
        }
        starting(&path);
        match export(clip.frames, &settings, clip.provenance, &path, &mut |_| ControlFlow::Continue(())) {
            // Another program was faster.
            Err(ExportError::Exists { .. }) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(path),
        }
    }
    Err(ExportError::Exists { path: folder.join(stem) })
}
