//! Clips in stores: listed, and brought to this machine one at a time, with what is written beside them.
//!
//! They are looked at in a folder in which they lie as in the store, so that captions and tables find them as they find files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_base::{Action, CancelToken};
use tempfile::TempDir;

use super::ScanError;
use super::look::{Trouble, look};
use super::walk::has_ending_of_clip;
use crate::manifest::{self, Row};
use crate::objects::{ObjectAddress, ObjectError, ObjectInfo, Places};

/// Column with what the store calls the content, by which an unchanged object is known again.
const TAG: &str = "file_tag";
/// Column with the size.
const BYTES: &str = "file_bytes";
/// Most bytes of a caption, a table and a clip that are brought to this machine.
const MOST_CAPTION_BYTES: u64 = 1 << 20;
const MOST_TABLE_BYTES: u64 = 4 << 30;
const MOST_CLIP_BYTES: u64 = 1 << 40;

/// What stores hold.
pub(super) struct Objects<'a> {
    places: &'a Places,
    folder: TempDir,
    /// By address.
    listed: HashMap<String, ObjectInfo>,
    /// Addresses of clips, sorted.
    pub(super) clips: Vec<ObjectAddress>,
}

impl<'a> Objects<'a> {
    /// Lists what lies in or below the addresses; hidden names are left out.
    pub(super) fn list(
        fronts: &[ObjectAddress],
        places: &'a Places,
        cancel: &CancelToken,
    ) -> Result<Option<Self>, ScanError> {
        if fronts.is_empty() {
            return Ok(None);
        }
        let scratch = places.scratch();
        let made = tempfile::Builder::new().prefix(".hummingbird-scan-").tempdir_in(&scratch);
        let folder =
            made.map_err(|source| ObjectError::Io { action: Action::CreateInFolder, path: scratch, source })?;
        let mut listed = HashMap::new();
        for front in fronts {
            let name = front.key().trim_end_matches('/');
            let is_inside = |key: &str| {
                let rest = key.strip_prefix(name);
                name.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let found = places.store()?.list(front, cancel)?;
            let before = listed.len();
            listed.extend(
                found
                    .into_iter()
                    .filter(|it| is_inside(it.address.key()))
                    .filter(|it| !it.address.key()[name.len()..].split('/').any(|part| part.starts_with('.')))
                    .map(|it| (it.address.to_string(), it)),
            );
            if listed.len() == before {
                return Err(ObjectError::Missing { address: front.to_string() }.into());
            }
        }
        let mut clips: Vec<ObjectAddress> = listed.values().map(|it| it.address.clone()).collect();
        clips.retain(|address| has_ending_of_clip(Path::new(address.name())));
        clips.sort();
        Ok(Some(Self { places, folder, listed, clips }))
    }

    /// Where an object lies here while it is looked at.
    fn path(&self, address: &ObjectAddress) -> PathBuf {
        let parts = address.key().split('/').filter(|part| !part.is_empty());
        parts.fold(self.folder.path().join(address.bucket()), |path, part| path.join(part))
    }

    fn bring(&self, address: &ObjectAddress, most: u64, cancel: &CancelToken) -> Result<PathBuf, ObjectError> {
        let path = self.path(address);
        let folder = path.parent().unwrap_or(self.folder.path());
        let io = |source| ObjectError::Io { action: Action::MakeFolder, path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        self.places.store()?.fetch(address, &path, most, cancel)?;
        Ok(path)
    }

    /// Tables of captions, on this machine from here on.
    pub(super) fn tables(&self, cancel: &CancelToken) -> Result<Vec<PathBuf>, ScanError> {
        let is_table = |it: &&ObjectInfo| {
            let name = Path::new(it.address.name());
            manifest::is_manifest(name) && name.extension().is_none_or(|ending| ending != "json")
        };
        let mut tables: Vec<&ObjectInfo> = self.listed.values().filter(is_table).collect();
        tables.sort_by(|a, b| a.address.cmp(&b.address));
        tables.into_iter().map(|it| Ok(self.bring(&it.address, MOST_TABLE_BYTES, cancel)?)).collect()
    }

    /// Looks at a clip as at a file; `at` is shown where it and its captions lie meanwhile. A row of an earlier manifest is reused
    /// where the object is as it was, and nothing but its captions is brought here.
    pub(super) fn look<T>(
        &self,
        address: &ObjectAddress,
        earlier: Option<&Row>,
        cancel: &CancelToken,
        at: impl FnOnce(&Path, Result<(Row, bool), Trouble>) -> T,
    ) -> Result<T, ObjectError> {
        let (text, path) = (address.to_string(), self.path(address));
        let info = &self.listed[&text];
        let mut brought = Vec::new();
        for front in [text.strip_suffix(&ending(address)).unwrap_or(&text), &text] {
            for name in [".txt", ".caption", ".json"].map(|ending| format!("{front}{ending}")) {
                let Some(caption) = self.listed.get(&name).filter(|it| it.bytes <= MOST_CAPTION_BYTES) else {
                    continue;
                };
                brought.push(self.bring(&caption.address, MOST_CAPTION_BYTES, cancel)?);
            }
        }
        let is_same = |row: &&Row| {
            let tag = row.extra.get(TAG).and_then(|tag| tag.as_str());
            let bytes = row.extra.get(BYTES).and_then(|it| it.as_u64().or_else(|| it.as_str()?.parse().ok()));
            row.error.is_none()
                && !row.id.is_empty()
                && tag.is_some()
                && tag == info.tag.as_deref()
                && bytes == Some(info.bytes)
        };
        let looked = match earlier.filter(is_same) {
            Some(row) => Ok((row.clone(), true)),
            None => match self.bring(address, MOST_CLIP_BYTES, cancel) {
                Ok(path) => {
                    brought.push(path.clone());
                    look(&path, None, cancel).map(|(mut row, _)| {
                        row.extra.remove("file_changed_ms");
                        row.extra.insert(BYTES.to_owned(), info.bytes.into());
                        row.extra.extend(info.tag.as_deref().map(|tag| (TAG.to_owned(), tag.into())));
                        // Where it lay meanwhile says nothing.
                        row.error = row.error.map(|error| error.replace(&format!("{path:?}"), &format!("{text:?}")));
                        (row, false)
                    })
                }
                Err(error) if error.is_about_one() => Err(Trouble::Words(error.to_string())),
                Err(error) => return Err(error),
            },
        };
        let seen = at(&path, looked);
        for path in brought {
            if let Err(error) = fs::remove_file(&path) {
                log::warn!("{} could not be removed: {error}", path.display());
            }
        }
        Ok(seen)
    }
}

/// The ending of an object's name, with its dot.
fn ending(address: &ObjectAddress) -> String {
    let ending = Path::new(address.name()).extension().and_then(|ending| ending.to_str());
    ending.map(|ending| format!(".{ending}")).unwrap_or_default()
}
