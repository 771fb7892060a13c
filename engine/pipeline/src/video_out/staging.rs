//! Files are written under a temporary name beside their target and renamed when complete.
//!
//! A temporary file that is dropped deletes itself, so an error or a cancel leaves nothing behind; a crash leaves at most
//! a hidden `.hummingbird-*.part`, never a broken clip under the user's name.

use hummingbird_base::Action;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::names::{check_name, is_taken};
use super::{Existing, ExportError, Format};
use hummingbird_base::files::{self, Staged, Taken, WholeFile};

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
        Err(error) => return Err(ExportError::from_io(Action::OpenFolder, folder, error)),
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
    files::probe(folder).map_err(|error| ExportError::from_io(Action::CreateInFolder, folder, error))
}

/// Writes one file under a temporary name in the folder of `target` and waits until the disk has it.
pub(super) fn stage(
    target: &Path,
    format: Format,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<Staged, ExportError> {
    let mut file = WholeFile::begin(target)
        .map_err(|error| ExportError::from_io(Action::CreateInFolder, files::folder_of(target), error))?;
    let mut buffered = BufWriter::new(&mut file);
    write(&mut buffered).and_then(|()| Ok(buffered.flush()?)).map_err(|error| error.at(format, target))?;
    drop(buffered);
    file.stage().map_err(|error| ExportError::from_io(Action::WriteFile, target, error))
}

/// Renames every staged file to its target and gives their size together.
///
/// When one rename fails, the new files of this call are taken back, so that no part of a numbered series stays alone;
/// files that replaced older ones stay, since the older ones are gone.
pub(super) fn commit(staged: Vec<Staged>, existing: Existing) -> Result<u64, ExportError> {
    let mut created = Vec::new();
    let mut bytes = 0;
    for staged in staged {
        let target = staged.target().to_owned();
        let is_new = target.symlink_metadata().is_err();
        match place(staged, &target, existing) {
            Ok(file_bytes) => bytes += file_bytes,
            Err(error) => {
                for path in created {
                    // The rename's error is the one to report: a file that cannot be removed either has the same cause.
                    drop(std::fs::remove_file(path));
                }
                return Err(error);
            }
        }
        if is_new {
            created.push(target);
        }
    }
    Ok(bytes)
}

fn place(staged: Staged, target: &Path, existing: Existing) -> Result<u64, ExportError> {
    let taken = match existing {
        Existing::Replace => Taken::Replace,
        Existing::Keep => Taken::Refuse,
    };
    staged.place(taken).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if taken == Taken::Refuse => ExportError::Exists { path: target.to_owned() },
        _ => ExportError::from_io(Action::RenameFinished, target, error),
    })
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
        stage(&folder.join(name), Format::Gif, &mut |out| Ok(out.write_all(content.as_bytes())?))
    }

    #[test]
    fn an_error_in_the_middle_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for error in [WriteError::Io(io::ErrorKind::StorageFull.into()), WriteError::Cancelled] {
            let mut error = Some(error);
            let result = stage(&folder.path().join("clip.gif"), Format::Gif, &mut |out| {
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
