//! Files are written under a temporary name beside their target and renamed when complete.
//!
//! A temporary file that is dropped deletes itself, so an error or a cancel leaves nothing behind; a crash leaves at most
//! a hidden `.hummingbird-*.part`, never a broken clip under the user's name.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{PathPersistError, TempPath};

use super::error::WriteError;
use super::names::{check_name, is_taken};
use super::{Existing, ExportError, Format};
use hummingbird_base::files::temporary_in;

/// A complete file under a temporary name.
pub(super) struct Staged {
    temporary: TempPath,
    target: PathBuf,
    bytes: u64,
}

/// Looks for what would stop the export, before any work is done, and gives the folder to write into.
///
/// `asked` is the path that the user chose: for numbered frames it is none of the targets.
pub(super) fn check_targets(targets: &[PathBuf], asked: &Path, existing: Existing) -> Result<PathBuf, ExportError> {
    check_name(asked)?;
    if asked.is_dir() {
        return Err(ExportError::IsFolder { path: asked.to_owned() });
    }
    let folder = match asked.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(ExportError::NotAFolder { folder: folder.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ExportError::FolderMissing { folder: folder.to_owned() });
        }
        Err(error) => return Err(ExportError::from_io("open the folder", folder, error)),
    }
    for target in targets {
        if is_taken(target)? && existing == Existing::Keep {
            return Err(ExportError::Exists { path: target.clone() });
        }
    }
    Ok(folder.to_owned())
}

/// Whether files can be made in `folder`: an empty one is, and is removed at once.
pub(super) fn probe(folder: &Path) -> Result<(), ExportError> {
    temporary_in(folder)
        .and_then(tempfile::NamedTempFile::close)
        .map_err(|error| ExportError::from_io("create a file in the folder", folder, error))
}

/// Writes one file under a temporary name in `folder` and waits until the disk has it.
pub(super) fn stage(
    folder: &Path,
    target: &Path,
    format: Format,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<Staged, ExportError> {
    let mut file =
        temporary_in(folder).map_err(|error| ExportError::from_io("create a file in the folder", folder, error))?;
    let mut buffered = BufWriter::new(file.as_file_mut());
    write(&mut buffered).and_then(|()| Ok(buffered.flush()?)).map_err(|error| error.at(format, target))?;
    drop(buffered);
    let failed = |error| ExportError::from_io("write the file", target, error);
    file.as_file().sync_all().map_err(failed)?;
    let bytes = file.as_file().metadata().map_err(failed)?.len();
    Ok(Staged { temporary: file.into_temp_path(), target: target.to_owned(), bytes })
}

/// Renames every staged file to its target and gives their size together.
///
/// When one rename fails, the new files of this call are taken back, so that no part of a numbered series stays alone;
/// files that replaced older ones stay, since the older ones are gone.
pub(super) fn commit(staged: Vec<Staged>, existing: Existing) -> Result<u64, ExportError> {
    let mut created = Vec::new();
    let mut bytes = 0;
    for Staged { temporary, target, bytes: file_bytes } in staged {
        let is_new = target.symlink_metadata().is_err();
        if let Err(error) = rename(temporary, &target, existing) {
            for path in created {
                // The rename's error is the one to report: a file that cannot be removed either has the same cause.
                drop(std::fs::remove_file(path));
            }
            return Err(error);
        }
        if is_new {
            created.push(target);
        }
        bytes += file_bytes;
    }
    Ok(bytes)
}

fn rename(temporary: TempPath, target: &Path, existing: Existing) -> Result<(), ExportError> {
    let failure = match existing {
        Existing::Replace => temporary.persist(target).err(),
        Existing::Keep => match temporary.persist_noclobber(target) {
            Ok(()) => None,
            Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ExportError::Exists { path: target.to_owned() });
            }
            // Some network file systems know no rename that refuses to replace, but every one makes a file that was not there:
            // the name is ours from then on, and what is renamed onto it replaces nothing of anybody else.
            Err(failure) => match File::create_new(target) {
                Ok(_) => failure.path.persist(target).inspect_err(|_| drop(std::fs::remove_file(target))).err(),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(ExportError::Exists { path: target.to_owned() });
                }
                Err(error) => Some(PathPersistError { error, path: failure.path }),
            },
        },
    };
    match failure {
        None => Ok(()),
        Some(failure) => Err(ExportError::from_io("rename the finished file", target, failure.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder was just made")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn text(folder: &Path, name: &str, content: &str) -> Result<Staged, ExportError> {
        stage(folder, &folder.join(name), Format::Gif, &mut |out| Ok(out.write_all(content.as_bytes())?))
    }

    #[test]
    fn an_error_in_the_middle_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for error in [WriteError::Io(io::ErrorKind::StorageFull.into()), WriteError::Cancelled] {
            let mut error = Some(error);
            let result = stage(folder.path(), &folder.path().join("clip.gif"), Format::Gif, &mut |out| {
                out.write_all(&[7; 100_000])?;
                Err(error.take().expect("called once"))
            });
            assert!(result.is_err());
            assert_eq!(names(folder.path()), Vec::<String>::new());
        }
    }

    #[test]
    fn a_series_is_renamed_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let staged = vec![text(folder.path(), "a", "1"), text(folder.path(), "b", "22")];
        std::fs::write(folder.path().join("b"), "theirs").expect("writable");
        let staged = staged.into_iter().collect::<Result<Vec<_>, _>>().expect("writable");
        let error = commit(staged, Existing::Keep).expect_err("b appeared meanwhile");
        assert!(matches!(error, ExportError::Exists { .. }), "{error}");
        assert_eq!(names(folder.path()), ["b"]);
        assert_eq!(std::fs::read_to_string(folder.path().join("b")).expect("readable"), "theirs");

        let staged = vec![text(folder.path(), "b", "333").expect("writable")];
        assert_eq!(commit(staged, Existing::Replace).expect("replacing is allowed"), 3);
        assert_eq!(std::fs::read_to_string(folder.path().join("b")).expect("readable"), "333");
    }

    #[test]
    fn bad_targets_are_found_before_any_work() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "x").expect("writable");
        let check = |path: &Path| check_targets(&[path.to_owned()], path, Existing::Keep);
        assert!(matches!(check(folder.path()), Err(ExportError::IsFolder { .. })));
        assert!(matches!(check(&folder.path().join("no/clip.gif")), Err(ExportError::FolderMissing { .. })));
        assert!(matches!(check(&file.join("clip.gif")), Err(ExportError::NotAFolder { .. })));
        assert!(matches!(check(&file.join("deep/clip.gif")), Err(ExportError::NotAFolder { .. })));
        assert!(matches!(check(&file), Err(ExportError::Exists { .. })));
        assert!(matches!(check(Path::new("")), Err(ExportError::IsFolder { .. })));
        assert_eq!(check(&folder.path().join("new.gif")).expect("free"), folder.path());
        assert!(check_targets(std::slice::from_ref(&file), &file, Existing::Replace).is_ok());
    }
}
