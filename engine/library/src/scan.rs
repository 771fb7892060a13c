//! The index is brought to what the files say: clips that came, went or were moved by others, or all of them anew.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hummingbird_base::CancelToken;
use hummingbird_base::files::is_temporary;
use hummingbird_pipeline::video_out::{Format, Provenance, read_provenance};
use rusqlite::params;

use crate::entry::ClipId;
use crate::error::LibraryError;
use crate::index::{Library, Record, changed_ns, insert, remove, sha256_of};
use crate::latent::Latents;
use crate::naming::project_folder;
use crate::settings::LibrarySettings;

/// Folders within folders that are looked into.
const MOST_DEPTH: usize = 8;
/// Clips that are written into the index at once: others wait meanwhile.
const BATCH: usize = 64;
/// For so long after its last change somebody may still be writing a file.
const UNFINISHED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a scan found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Clips that the index lacked, or whose files have changed.
    pub added: usize,
    /// Clips whose files have other names or other folders now.
    pub moved: usize,
    /// Clips whose files are gone.
    pub gone: usize,
}

/// A file that the index does not have as it is.
struct Found {
    path: PathBuf,
    bytes: u64,
    modified_ns: i64,
    sha256: String,
    provenance: Provenance,
    project: String,
}

/// What the index knows of a file.
struct Known {
    id: ClipId,
    bytes: u64,
    modified_ns: i64,
    sha256: String,
}

impl Library {
    /// Looks through all folders of clips. Of folders that are not there now (a disk that is not plugged in) everything stays.
    ///
    /// # Errors
    /// Where the index or the file of marks cannot be read or written. Files that cannot be read are passed over.
    pub fn scan(&mut self, cancel: &CancelToken) -> Result<Scanned, LibraryError> {
        let settings = LibrarySettings::read(&self.folders)?;
        let roots: Vec<PathBuf> = settings.roots(&self.folders).into_iter().filter(|root| root.is_dir()).collect();
        let mut known = self.known()?;
        let mut files = Vec::new();
        for root in &roots {
            walk(root, root, 0, &mut files);
        }
        files.sort();
        files.dedup();
        let mut fresh = Vec::new();
        for (path, project) in files {
            let Ok(metadata) = path.metadata() else { continue };
            let (bytes, modified_ns) = (metadata.len(), changed_ns(&metadata));
            let same = |known: &Known| known.bytes == bytes && known.modified_ns == modified_ns;
            match known.get(&path) {
                Some(entry) if same(entry) => drop(known.remove(&path)),
                _ => fresh.push((path, project, bytes, modified_ns)),
            }
        }
        // What is left was changed or is gone; of folders that are not there it is unknown.
        let within = |path: &Path| roots.iter().any(|root| path.starts_with(root));
        let lost: Vec<(PathBuf, Known)> =
            known.into_iter().filter(|(path, _)| within(path) && path.symlink_metadata().is_err()).collect();
        let mut lost: HashMap<String, Vec<(PathBuf, Known)>> = lost.into_iter().fold(HashMap::new(), |mut all, it| {
            all.entry(it.1.sha256.clone()).or_insert_with(Vec::new).push(it);
            all
        });
        let mut scanned = Scanned::default();
        let marks = self.marks.read()?;
        let latents = if fresh.is_empty() { None } else { Some(Latents::of(&self.folders.latents)) };
        for batch in fresh.chunks(BATCH) {
            if cancel.is_cancelled() {
                return Ok(scanned);
            }
            let found: Vec<Found> = batch.iter().filter_map(read).collect();
            self.write(|transaction| {
                for file in &found {
                    if let Some((_, old)) = lost.get_mut(&file.sha256).and_then(Vec::pop) {
                        transaction.execute(
                            "UPDATE OR REPLACE clips SET path = ?2, modified_ns = ?3 WHERE id = ?1",
                            params![old.id.0, file.path.to_str(), file.modified_ns],
                        )?;
                        scanned.moved += 1;
                        continue;
                    }
                    insert(
                        transaction,
                        &Record {
                            id: None,
                            path: &file.path,
                            bytes: file.bytes,
                            modified_ns: file.modified_ns,
                            sha256: file.sha256.clone(),
                            // When the file was written, which is when the clip was made unless somebody copied it.
                            created_ms: file.modified_ns / 1_000_000,
                            provenance: &file.provenance,
                            marks: marks.clips.get(&file.sha256).cloned().unwrap_or_default(),
                            project: &file.project,
                            latent: latents.as_ref().and_then(|latents| latents.find(&file.provenance)),
                        },
                    )?;
                    scanned.added += 1;
                }
                Ok(())
            })?;
        }
        let gone: Vec<ClipId> = lost.into_values().flatten().map(|(_, known)| known.id).collect();
        scanned.gone = gone.len();
        self.write(|transaction| gone.iter().try_for_each(|id| remove(transaction, *id)))?;
        Ok(scanned)
    }

    fn known(&self) -> Result<HashMap<PathBuf, Known>, LibraryError> {
        let sql = |error| LibraryError::sql(&self.path, &error);
        let mut select =
            self.connection.prepare("SELECT path, id, bytes, modified_ns, sha256 FROM clips").map_err(sql)?;
        let rows = select.query_map([], |row| {
            let known = Known {
                id: ClipId(row.get(1)?),
                bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                modified_ns: row.get(3)?,
                sha256: row.get(4)?,
            };
            Ok((PathBuf::from(row.get::<_, String>(0)?), known))
        });
        rows.map_err(sql)?.collect::<Result<_, _>>().map_err(sql)
    }
}

/// The clips in a folder and in folders within it, each with the project that its folder means.
fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        // Hidden ones are unfinished or others'.
        if name.to_string_lossy().starts_with('.') {
            if is_temporary(&name) && is_left(&entry) {
                log::info!("{} was left unfinished by a program that ended, and is removed", path.display());
                std::fs::remove_file(&path).ok();
            }
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MOST_DEPTH => walk(root, &path, depth + 1, files),
            // Numbered frames are no clips by themselves.
            Ok(kind)
                if kind.is_file() && matches!(Format::from_path(&path), Ok(format) if format != Format::PngFrames) =>
            {
                let within = folder.strip_prefix(root).unwrap_or(Path::new(""));
                let first = within.iter().next().map(|name| name.to_string_lossy().into_owned());
                files.push((path, first.and_then(|name| project_folder(&name)).unwrap_or_default()));
            }
            _ => {}
        }
    }
}

/// Whether nobody can be writing an unfinished file any more.
fn is_left(entry: &std::fs::DirEntry) -> bool {
    let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
    changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > UNFINISHED)
}

/// Reads what the index needs of a file; `None` for clips of others and for what cannot be read.
fn read((path, project, bytes, modified_ns): &(PathBuf, String, u64, i64)) -> Option<Found> {
    path.to_str()?;
    let provenance = match read_provenance(path) {
        Ok(provenance) => provenance?,
        Err(error) => {
            log::info!("{} is not taken into the library: {error}", path.display());
            return None;
        }
    };
    Some(Found {
        path: path.clone(),
        bytes: *bytes,
        modified_ns: *modified_ns,
        sha256: sha256_of(path).ok()?,
        provenance,
        project: project.clone(),
    })
}
