//! The index on disk: opened, brought to this version's schema, and set aside where it is damaged.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hummingbird_base::{Action, FileLock, files};
use rusqlite::{Connection, ErrorCode};

use crate::error::LibraryError;

/// Name of the index in the library's folder.
const INDEX: &str = "index.sqlite";
/// How long a write of another program is waited for.
const BUSY: Duration = Duration::from_secs(20);

/// What brings an index from each version to the next; the first one makes it. What is here never changes, what is new is added.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE clips (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        settings_key TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        provenance TEXT NOT NULL,
        model TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        frames INTEGER NOT NULL,
        fps INTEGER NOT NULL,
        prompt TEXT NOT NULL,
        negative TEXT NOT NULL
     );
     CREATE INDEX clips_created ON clips (created_ms DESC, id DESC);
     CREATE INDEX clips_sha256 ON clips (sha256);
     CREATE INDEX clips_settings ON clips (settings_key);
     CREATE INDEX clips_model ON clips (model);
     CREATE TABLE tags (
        clip INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (clip, tag)
     ) WITHOUT ROWID;
     CREATE INDEX tags_tag ON tags (tag);
     CREATE VIRTUAL TABLE words USING fts5 (
        prompt, negative, model, settings, added, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
     );",
    // What a person adds, beside what the file says.
    "ALTER TABLE clips ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE clips ADD COLUMN note TEXT NOT NULL DEFAULT '';
     ALTER TABLE clips ADD COLUMN project TEXT NOT NULL DEFAULT '';
     ALTER TABLE clips ADD COLUMN latent TEXT;
     CREATE INDEX clips_favourite ON clips (favourite) WHERE favourite <> 0;
     CREATE INDEX clips_project ON clips (project);",
];

/// An index that is open.
pub(crate) struct Opened {
    pub connection: Connection,
    pub path: PathBuf,
    /// It has just been made: what is in the files has to be read.
    pub is_new: bool,
    /// Where a damaged one lies now.
    pub aside: Option<PathBuf>,
}

/// Opens the index in a folder; one that is damaged is set aside, and a new one begun.
pub(crate) fn open(folder: &Path) -> Result<Opened, LibraryError> {
    std::fs::create_dir_all(folder).map_err(|error| LibraryError::io(Action::MakeFolder, folder, error))?;
    let lock = folder.join(".index.lock");
    // One program at a time makes, lifts or sets aside.
    let _held = FileLock::wait_at(&lock).map_err(|error| LibraryError::io(Action::Lock, &lock, error))?;
    let path = folder.join(INDEX);
    if !path.exists() {
        // What a lost index left beside it would be taken for a part of the new one.
        remove_beside(&path).map_err(|error| LibraryError::io(Action::Remove, &path, error))?;
    }
    match try_open(&path) {
        Ok((connection, is_new)) => Ok(Opened { connection, path, is_new, aside: None }),
        Err(Trouble::Newer { found }) => Err(LibraryError::Newer { path, found, known: MIGRATIONS.len() as u64 }),
        Err(Trouble::Other(error)) => Err(LibraryError::sql(&path, &error)),
        Err(Trouble::Damaged(reason)) => {
            let aside = set_aside(&path)?;
            log::warn!("the library's index was damaged ({reason}) and is now {}", aside.display());
            let again = try_open(&path);
            let (connection, is_new) = again.map_err(|trouble| match trouble {
                Trouble::Other(error) => LibraryError::sql(&path, &error),
                Trouble::Damaged(detail) => LibraryError::Index { path: path.clone(), detail },
                Trouble::Newer { found } => {
                    LibraryError::Newer { path: path.clone(), found, known: MIGRATIONS.len() as u64 }
                }
            })?;
            Ok(Opened { connection, path, is_new, aside: Some(aside) })
        }
    }
}

/// Why an index was not opened.
enum Trouble {
    Damaged(String),
    Newer { found: u64 },
    Other(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // What has no such table or column has another schema than its version says.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Other(error),
        }
    }
}

fn try_open(path: &Path) -> Result<(Connection, bool), Trouble> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // With it readers never wait for a writer; what a crash of the system costs can be read again from the files.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let before = migrate(&mut connection, MIGRATIONS)?;
    if before > 0 {
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(Trouble::Damaged(found));
        }
    }
    connection.prepare("SELECT id, path, sha256, latent FROM clips")?;
    connection.prepare("SELECT clip, tag FROM tags")?;
    connection.prepare("SELECT rowid FROM words WHERE words MATCH 'x'")?;
    Ok((connection, before == 0))
}

/// Brings an index to the last of `steps`; the version that it had.
fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<u64, Trouble> {
    let version = |connection: &Connection| -> Result<u64, Trouble> {
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        u64::try_from(version).map_err(|_| Trouble::Damaged(format!("version {version}")))
    };
    let before = version(connection)?;
    if before > steps.len() as u64 {
        return Err(Trouble::Newer { found: before });
    }
    // One that is up to date is not written.
    if before == steps.len() as u64 {
        return Ok(before);
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in &steps[usize::try_from(before).unwrap_or(usize::MAX).min(steps.len())..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", steps.len() as i64)?;
    transaction.commit()?;
    Ok(before)
}

/// Takes a damaged index out of the way, with what SQLite keeps beside it.
fn set_aside(path: &Path) -> Result<PathBuf, LibraryError> {
    let failed = |error| LibraryError::io(Action::Rename, path, error);
    let aside = files::set_aside(path).map_err(failed)?;
    remove_beside(path).map_err(failed)?;
    Ok(aside)
}

/// Removes the files that SQLite keeps beside an index.
fn remove_beside(path: &Path) -> std::io::Result<()> {
    for ending in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_lifted_step_by_step_and_keeps_what_is_in_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(INDEX);
        let mut old = Connection::open(&path).expect("writable");
        assert!(matches!(migrate(&mut old, &MIGRATIONS[..1]), Ok(0)));
        let row = "INSERT INTO clips (path, bytes, modified_ns, sha256, settings_key, created_ms, provenance, model, width,
            height, frames, fps, prompt, negative) VALUES ('/a.mp4', 1, 2, 'aa', 'bb', 3, '{}', 'm', 4, 5, 6, 7, 'p', '')";
        old.execute(row, []).expect("the first schema takes it");
        drop(old);
        let opened = open(folder.path()).expect("it is lifted");
        assert!(!opened.is_new && opened.aside.is_none());
        let (path, favourite): (String, bool) = opened
            .connection
            .query_row("SELECT path, favourite FROM clips", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("it is still there");
        assert_eq!((path.as_str(), favourite), ("/a.mp4", false));
        let version: i64 = opened.connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a number");
        assert_eq!(version, MIGRATIONS.len() as i64);
    }

    #[test]
    fn an_index_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        drop(open(folder.path()).expect("writable"));
        let path = folder.path().join(INDEX);
        Connection::open(&path).and_then(|it| it.pragma_update(None, "user_version", 99)).expect("writable");
        let before = std::fs::read(&path).expect("it is there");
        assert!(matches!(open(folder.path()), Err(LibraryError::Newer { found: 99, .. })));
        assert_eq!(std::fs::read(&path).expect("it is there"), before);
    }

    #[test]
    fn damaged_indices_are_set_aside() {
        type Damage = fn(&[u8]) -> Vec<u8>;
        let damages: [Damage; 3] = [
            |bytes| bytes[..bytes.len() / 2].to_vec(),
            |bytes| [&bytes[..4096], &vec![0; bytes.len() - 4096][..]].concat(),
            |_| b"no index at all, but long enough to look at".to_vec(),
        ];
        for (number, damage) in damages.into_iter().enumerate() {
            let folder = tempfile::tempdir().expect("a temporary folder");
            drop(open(folder.path()).expect("writable"));
            let path = folder.path().join(INDEX);
            let bytes = damage(&std::fs::read(&path).expect("it is there"));
            std::fs::write(&path, &bytes).expect("writable");
            let opened = open(folder.path()).unwrap_or_else(|error| panic!("damage {number}: {error}"));
            let aside = opened.aside.expect("it was set aside");
            assert!(opened.is_new);
            assert!(std::fs::read(aside).expect("kept") == bytes, "damage {number} was written over");
        }
    }
}
