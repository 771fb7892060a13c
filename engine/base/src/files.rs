//! Files that appear whole or not at all: written under a temporary name in the same folder, brought to the disk, renamed,
//! and the folder brought to the disk too. A crash leaves at most a hidden `.hummingbird-*.part`, never half of a file.
//!
//! This is the only place that does so. Begin with [`replace`] (a few bytes), [`WholeFile`] (something to write into) or
//! [`Staged`] (several files that are renamed together).

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;

use crate::message::{self, Message};

/// What temporary names begin and end with.
const PREFIX: &str = ".hummingbird-";
const SUFFIX: &str = ".part";
/// Most names that are tried for a file that is set aside.
const MOST_ASIDE: u32 = 1000;

/// What was tried with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("action")]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum Action {
    #[error("read")]
    Read,
    #[error("write")]
    Write,
    #[error("create")]
    Create,
    #[error("open")]
    Open,
    #[error("find")]
    Find,
    #[error("lock")]
    Lock,
    #[error("rename")]
    Rename,
    #[error("remove")]
    Remove,
    #[error("replace")]
    Replace,
    #[error("restore")]
    Restore,
    #[error("make the folder")]
    MakeFolder,
    #[error("look for room in")]
    LookForRoom,
    #[error("open the folder")]
    OpenFolder,
    #[error("create a file in the folder")]
    CreateInFolder,
    #[error("open the file")]
    OpenFile,
    #[error("read the file")]
    ReadFile,
    #[error("write the file")]
    WriteFile,
    #[error("rename the finished file")]
    RenameFinished,
    #[error("look for a file of that name")]
    LookForName,
}

/// Why a file could not be read or written.
#[derive(Debug, Error, Message)]
#[message("write")]
#[non_exhaustive]
pub enum WriteError {
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Too little room for a file.
    #[error("{path:?} needs {needed_bytes} bytes and {free_bytes} are free there: make room or choose another folder")]
    DiskFull {
        /// The file to be written.
        path: PathBuf,
        /// Its size.
        needed_bytes: u64,
        /// Bytes that are free.
        free_bytes: u64,
    },
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The new file takes its place.
    Replace,
    /// It stays, and the new file is refused with [`ErrorKind::AlreadyExists`].
    Refuse,
}

/// A file that is being written under a temporary name, which goes when it is dropped.
#[derive(Debug)]
pub struct WholeFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

/// A complete file under a temporary name, on the disk; it goes when it is dropped before [`Staged::place`].
#[derive(Debug)]
pub struct Staged {
    temporary: TempPath,
    target: PathBuf,
    bytes: u64,
}

impl WholeFile {
    /// Begins a file that will be `target`.
    ///
    /// # Errors
    /// What the system says when the folder cannot be written.
    pub fn begin(target: impl Into<PathBuf>) -> io::Result<Self> {
        let target = target.into();
        Ok(Self { temporary: temporary_in(folder_of(&target))?, target })
    }

    /// Waits until the disk has what was written.
    ///
    /// # Errors
    /// What the system says.
    pub fn stage(self) -> io::Result<Staged> {
        let file = self.temporary.as_file();
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        Ok(Staged { temporary: self.temporary.into_temp_path(), target: self.target, bytes })
    }

    /// Gives the file its name, and says how long it is.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` where a file is there that is to stay.
    pub fn finish(self, taken: Taken) -> io::Result<u64> {
        self.stage()?.place(taken)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}

impl Staged {
    /// What it will be called.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file its name, and says how long it is.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` where a file is there that is to stay.
    pub fn place(self, taken: Taken) -> io::Result<u64> {
        let Self { temporary, target, bytes } = self;
        match taken {
            Taken::Replace => temporary.persist(&target).map_err(|failure| failure.error)?,
            Taken::Refuse => match temporary.persist_noclobber(&target) {
                Ok(()) => {}
                Err(failure) if failure.error.kind() == ErrorKind::AlreadyExists => return Err(failure.error),
                Err(failure) => claim_and_rename(failure.path, &target)?,
            },
        }
        sync_folder(folder_of(&target))?;
        Ok(bytes)
    }
}

/// For network file systems that know no rename that refuses to replace: every one makes a file that was not there, so the name is
/// ours from then on, and what is renamed onto it replaces nothing of anybody else.
fn claim_and_rename(temporary: tempfile::TempPath, target: &Path) -> io::Result<()> {
    File::create_new(target)?;
    let placed = temporary.persist(target).map_err(|failure| failure.error);
    placed.inspect_err(|_| drop(fs::remove_file(target)))
}

/// Writes a file of these bytes in place of what is there.
///
/// # Errors
/// What the system says.
pub fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::begin(target)?;
    file.write_all(bytes)?;
    file.finish(Taken::Replace).map(drop)
}

/// Gives a file or folder that is complete its final name, in place of a file that has it.
///
/// # Errors
/// What the system says.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(folder_of(to))?;
    if folder_of(from) != folder_of(to) {
        sync_folder(folder_of(from))?;
    }
    Ok(())
}

/// Renames a file that cannot be used to `NAME.bad`, or to `NAME.bad-2` and so on: nothing is ever replaced.
///
/// # Errors
/// What the system says.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    for number in 1..=MOST_ASIDE {
        let ending = if number == 1 { "bad".to_owned() } else { format!("bad-{number}") };
        let aside = path.with_added_extension(ending);
        // The name is taken first, so that two programs cannot choose the same one.
        match File::create_new(&aside) {
            Ok(_) => {
                rename(path, &aside).inspect_err(|_| drop(fs::remove_file(&aside)))?;
                return Ok(aside);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "too many damaged files lie beside it"))
}

/// Brings what another library wrote into a file to the disk.
///
/// # Errors
/// What the system says.
pub fn sync_file(path: &Path) -> io::Result<()> {
    // Windows brings only files to the disk that are open for writing.
    File::options().read(true).write(true).open(path)?.sync_all()
}

/// Brings the names in a folder to the disk.
///
/// # Errors
/// What the system says, unless it only says that it knows no such thing.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows brings names to the disk by itself, and opens no folder as a file.
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder may be writable and not readable; some network file systems bring no folder to the disk.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// Whether files can be made in `folder`: an empty one is, and is removed at once.
///
/// # Errors
/// What the system says when the folder cannot be written.
pub fn probe(folder: &Path) -> io::Result<()> {
    temporary_in(folder)?.close()
}

/// Whether a name is one that an unfinished file of ours has.
pub fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// The folder in which a file is or will be; the current one where the path is a plain name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// An empty file under a temporary name in `folder`, removed when dropped. Once renamed it has the permissions that the
/// user's umask gives to every other file (temporary files are private by default).
///
/// # Errors
/// What the system says when the folder cannot be written.
pub fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_rename_refuses_to_replace_the_name_is_claimed_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let temporary = |content: &str| {
            let mut file = temporary_in(folder.path()).expect("writable");
            file.write_all(content.as_bytes()).expect("writable");
            file.into_temp_path()
        };
        let target = folder.path().join("clip");
        claim_and_rename(temporary("ours"), &target).expect("the name is free");
        let late = temporary("late");
        let kind = claim_and_rename(late, &target).expect_err("the name is taken").kind();
        assert_eq!(kind, ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&target).expect("readable"), "ours");
        fs::remove_file(&target).expect("it is there");
        let gone = temporary("gone");
        fs::remove_file(&gone).expect("it is there");
        assert!(claim_and_rename(gone, &target).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0, "a claim without a file is taken back");
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.json");
        let mut half = WholeFile::begin(&path).expect("writable");
        half.write_all(b"half").expect("writable");
        assert!(is_temporary(OsStr::new(&names(folder.path())[0])), "nothing has the final name yet");
        drop(half);
        assert_eq!(names(folder.path()), Vec::<String>::new(), "what is dropped leaves nothing");

        replace(&path, b"one").expect("writable");
        replace(&path, b"two").expect("an old file is replaced");
        assert_eq!(fs::read(&path).expect("it is there"), b"two");

        let mut other = WholeFile::begin(&path).expect("writable");
        other.write_all(b"three").expect("writable");
        let error = other.finish(Taken::Refuse).expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).expect("it is there").as_slice(), names(folder.path()).len()), (&b"two"[..], 1));

        let mut new = WholeFile::begin(folder.path().join("b")).expect("writable");
        new.write_all(b"12345").expect("writable");
        assert_eq!(new.finish(Taken::Refuse).expect("the name is free"), 5);
    }

    #[cfg(unix)]
    #[test]
    fn files_have_the_permissions_of_every_other_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [ours, plain] = ["ours", "plain"].map(|name| folder.path().join(name));
        replace(&ours, b"x").expect("writable");
        fs::write(&plain, b"x").expect("writable");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn what_is_set_aside_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("index.json");
        for (content, name) in [("1", "index.json.bad"), ("2", "index.json.bad-2"), ("3", "index.json.bad-3")] {
            fs::write(&path, content).expect("writable");
            assert_eq!(set_aside(&path).expect("writable"), folder.path().join(name));
            assert_eq!(fs::read_to_string(folder.path().join(name)).expect("kept"), content);
        }
        assert!(set_aside(&path).is_err(), "there is nothing to be set aside");
        assert_eq!(names(folder.path()).len(), 3, "and no empty file is left for it");
    }
}
