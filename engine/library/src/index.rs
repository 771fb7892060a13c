//! The index: what is known of each clip, and what a person adds to it.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hummingbird_base::{Action, Folders};
use hummingbird_pipeline::video_out::Provenance;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::entry::{ClipId, Entry, hex, settings_key};
use crate::error::LibraryError;
use crate::keep::{NewClip, Written};
use crate::marks::{Marks, MarksFile};
use crate::schema;

/// The library of one user. Several may be open at the same time, also in several programs.
pub struct Library {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    pub(crate) folders: Folders,
    pub(crate) marks: MarksFile,
    is_new: bool,
    aside: Option<PathBuf>,
}

/// A change of what a person added to clips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Whether they are among the best.
    Favourite(bool),
    /// They get this tag.
    AddTag(String),
    /// They lose this tag.
    RemoveTag(String),
    /// What is written about them.
    Note(String),
    /// The project that they belong to; empty for none. Their files stay where they are.
    Project(String),
}

/// What there is to filter by, each with the number of its clips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Names of models.
    pub models: Vec<(String, u64)>,
    /// Widths and heights, in pixels.
    pub sizes: Vec<((u32, u32), u64)>,
    /// Tags.
    pub tags: Vec<(String, u64)>,
    /// Projects.
    pub projects: Vec<(String, u64)>,
}

/// A clip's file with all that goes into the index.
pub(crate) struct Record<'a> {
    /// Its number, where it had one.
    pub id: Option<ClipId>,
    pub path: &'a Path,
    pub bytes: u64,
    pub modified_ns: i64,
    pub sha256: String,
    pub created_ms: i64,
    pub provenance: &'a Provenance,
    pub marks: Marks,
    /// That of its folder.
    pub project: &'a str,
    pub latent: Option<&'a Path>,
}

/// Columns of an [`Entry`], in the order of [`entry_of`].
const COLUMNS: &str = "c.id, c.path, c.bytes, c.sha256, c.created_ms, c.provenance, c.width, c.height, c.frames, c.fps,
    c.favourite, c.note, c.project, c.latent, (SELECT count(*) FROM clips o WHERE o.id <> c.id
    AND (o.settings_key = c.settings_key OR o.sha256 = c.sha256))";

impl Library {
    /// Opens the library of a user. A new or damaged index is empty until it was [scanned](Self::scan).
    ///
    /// # Errors
    /// Where its folder cannot be written, or a newer program wrote the index.
    pub fn open(folders: &Folders) -> Result<Self, LibraryError> {
        let schema::Opened { connection, path, is_new, aside } = schema::open(&folders.library)?;
        let marks = MarksFile::of(&folders.library);
        Ok(Self { connection, path, folders: folders.clone(), marks, is_new, aside })
    }

    /// Whether the index was made just now, so that what is in the files has to be read.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where the index lies that was damaged.
    pub fn set_aside(&self) -> Option<&Path> {
        self.aside.as_deref()
    }

    /// Notes a clip that was just written.
    ///
    /// # Errors
    /// Where its file cannot be read or the index cannot be written; the next scan finds the clip.
    pub fn add(&mut self, written: &Written, clip: &NewClip<'_>) -> Result<ClipId, LibraryError> {
        let (bytes, modified_ns) = stamp(&written.path)?;
        let created_ms = milliseconds(clip.made);
        let record = Record {
            id: None,
            path: &written.path,
            bytes,
            modified_ns,
            sha256: sha256_of(&written.path)?,
            created_ms,
            provenance: clip.provenance,
            marks: Marks::default(),
            project: &written.project,
            latent: clip.latent,
        };
        self.write(|transaction| insert(transaction, &record))
    }

    /// What is known of some clips, in the order in which they are asked for; those that have gone are left out.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn entries(&self, ids: &[ClipId]) -> Result<Vec<Entry>, LibraryError> {
        let sql = |error| LibraryError::sql(&self.path, &error);
        let mut find =
            self.connection.prepare(&format!("SELECT {COLUMNS} FROM clips c WHERE c.id = ?1")).map_err(sql)?;
        let mut tags = self.connection.prepare("SELECT tag FROM tags WHERE clip = ?1 ORDER BY tag").map_err(sql)?;
        let mut entries = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(mut entry) = find.query_row([id.0], entry_of).optional().map_err(sql)? else { continue };
            let rows = tags.query_map([id.0], |row| row.get(0)).map_err(sql)?;
            entry.tags = rows.collect::<Result<_, _>>().map_err(sql)?;
            entry.latent.take_if(|latent| !latent.is_file());
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Other clips of the same settings or with the same bytes, the newest first.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn duplicates(&self, id: ClipId) -> Result<Vec<ClipId>, LibraryError> {
        let select = "SELECT o.id FROM clips c JOIN clips o ON o.id <> c.id AND (o.settings_key = c.settings_key
            OR o.sha256 = c.sha256) WHERE c.id = ?1 ORDER BY o.created_ms DESC, o.id DESC";
        let sql = |error| LibraryError::sql(&self.path, &error);
        let mut select = self.connection.prepare(select).map_err(sql)?;
        let rows = select.query_map([id.0], |row| row.get(0).map(ClipId)).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// What there is to filter by.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn facets(&self) -> Result<Facets, LibraryError> {
        let named = |select: &str| -> rusqlite::Result<Vec<(String, u64)>> {
            let mut select = self.connection.prepare(select)?;
            select.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?.collect()
        };
        let facets = || -> rusqlite::Result<Facets> {
            let sizes = "SELECT width, height, count(*) FROM clips GROUP BY width, height ORDER BY width * height";
            let mut sizes = self.connection.prepare(sizes)?;
            let sizes =
                sizes.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?.cast_unsigned())))?;
            Ok(Facets {
                models: named("SELECT model, count(*) FROM clips WHERE model <> '' GROUP BY model ORDER BY model")?,
                sizes: sizes.collect::<Result<_, _>>()?,
                tags: named("SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag")?,
                projects: named(
                    "SELECT project, count(*) FROM clips WHERE project <> '' GROUP BY project ORDER BY project",
                )?,
            })
        };
        facets().map_err(|error| LibraryError::sql(&self.path, &error))
    }

    /// Changes what was added to clips, in the index and in the file of marks.
    ///
    /// # Errors
    /// Where one of both cannot be written.
    pub fn mark(&mut self, ids: &[ClipId], mark: &Mark) -> Result<(), LibraryError> {
        let changed = self.write(|transaction| {
            let mut changed = Vec::new();
            for id in ids {
                if apply(transaction, *id, mark)? == 0 {
                    continue;
                }
                refresh_words(transaction, *id)?;
                changed.extend(marks_of(transaction, *id)?);
            }
            Ok(changed)
        })?;
        self.marks.change(changed.iter().map(|(sha256, marks)| (sha256.as_str(), marks.clone())))
    }

    /// Runs a change that others see whole or not at all.
    pub(crate) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LibraryError> {
        let sql = |error| LibraryError::sql(&self.path, &error);
        // At once, since a transaction that begins by reading cannot wait for another that writes.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        let done = change(&transaction).map_err(sql)?;
        transaction.commit().map_err(sql)?;
        Ok(done)
    }
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let provenance: String = row.get(5)?;
    Ok(Entry {
        id: ClipId(row.get(0)?),
        path: row.get::<_, String>(1)?.into(),
        bytes: row.get::<_, i64>(2)?.cast_unsigned(),
        sha256: row.get(3)?,
        created_ms: row.get(4)?,
        // Written by this program: what cannot be read any more is told by its file.
        provenance: Provenance::from_json(&provenance).ok().flatten().unwrap_or_default(),
        width: row.get(6)?,
        height: row.get(7)?,
        frames: row.get(8)?,
        fps: row.get(9)?,
        favourite: row.get(10)?,
        note: row.get(11)?,
        project: row.get(12)?,
        latent: row.get::<_, Option<String>>(13)?.map(PathBuf::from),
        duplicates: row.get(14)?,
        tags: Vec::new(),
    })
}

/// Writes a clip into the index; one whose path is there already takes its place and keeps its number.
pub(crate) fn insert(transaction: &Transaction<'_>, record: &Record<'_>) -> rusqlite::Result<ClipId> {
    let Record { id, path, bytes, modified_ns, sha256, created_ms, provenance, marks, project, latent } = record;
    let number = |name: &str| u32::try_from(provenance.whole(name)).unwrap_or(u32::MAX);
    let insert = "INSERT INTO clips (path, bytes, modified_ns, sha256, settings_key, created_ms, provenance, model, width,
        height, frames, fps, prompt, negative, favourite, note, project, latent, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
        ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, modified_ns =
        excluded.modified_ns, sha256 = excluded.sha256, settings_key = excluded.settings_key, provenance =
        excluded.provenance, model = excluded.model, width = excluded.width, height = excluded.height, frames =
        excluded.frames, fps = excluded.fps, prompt = excluded.prompt, negative = excluded.negative, latent =
        coalesce(excluded.latent, latent) RETURNING id";
    let id: i64 = transaction.query_row(
        insert,
        params![
            path.to_str(),
            bytes.cast_signed(),
            modified_ns,
            sha256,
            settings_key(provenance),
            created_ms,
            provenance.to_json(),
            provenance.model_name,
            number("width"),
            number("height"),
            number("frames"),
            number("fps"),
            provenance.text("prompt"),
            provenance.text("negative"),
            marks.favourite,
            marks.note,
            marks.project.as_deref().unwrap_or(project),
            latent.and_then(Path::to_str),
            id.map(|id| id.0),
        ],
        |row| row.get(0),
    )?;
    for tag in &marks.tags {
        transaction.execute("INSERT OR IGNORE INTO tags (clip, tag) VALUES (?1, ?2)", params![id, tag])?;
    }
    refresh_words(transaction, ClipId(id))?;
    Ok(ClipId(id))
}

/// Takes a clip out of the index.
pub(crate) fn remove(transaction: &Transaction<'_>, id: ClipId) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM words WHERE rowid = ?1", [id.0])?;
    transaction.execute("DELETE FROM clips WHERE id = ?1", [id.0])?;
    Ok(())
}

fn apply(transaction: &Transaction<'_>, id: ClipId, mark: &Mark) -> rusqlite::Result<usize> {
    match mark {
        Mark::Favourite(on) => transaction.execute("UPDATE clips SET favourite = ?2 WHERE id = ?1", params![id.0, on]),
        Mark::AddTag(tag) => transaction.execute(
            "INSERT OR IGNORE INTO tags (clip, tag) SELECT id, ?2 FROM clips WHERE id = ?1",
            params![id.0, tag.trim()],
        ),
        Mark::RemoveTag(tag) => {
            transaction.execute("DELETE FROM tags WHERE clip = ?1 AND tag = ?2", params![id.0, tag])
        }
        Mark::Note(note) => transaction.execute("UPDATE clips SET note = ?2 WHERE id = ?1", params![id.0, note]),
        Mark::Project(project) => {
            transaction.execute("UPDATE clips SET project = ?2 WHERE id = ?1", params![id.0, project.trim()])
        }
    }
}

/// What was added to a clip, with the hash by which the file of marks knows it.
fn marks_of(transaction: &Transaction<'_>, id: ClipId) -> rusqlite::Result<Option<(String, Marks)>> {
    let select = "SELECT sha256, favourite, note, project FROM clips WHERE id = ?1";
    let found = transaction.query_row(select, [id.0], |row| {
        let project: String = row.get(3)?;
        let marks = Marks { favourite: row.get(1)?, note: row.get(2)?, project: Some(project), ..Marks::default() };
        Ok((row.get(0)?, marks))
    });
    let Some((sha256, mut marks)) = found.optional()? else { return Ok(None) };
    let mut tags = transaction.prepare("SELECT tag FROM tags WHERE clip = ?1 ORDER BY tag")?;
    marks.tags = tags.query_map([id.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some((sha256, marks)))
}

/// Writes the words by which a clip is found.
fn refresh_words(transaction: &Transaction<'_>, id: ClipId) -> rusqlite::Result<()> {
    let select = "SELECT prompt, negative, model, provenance, note || ' ' || project FROM clips WHERE id = ?1";
    let row = transaction.query_row(select, [id.0], |row| {
        let texts: [String; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        Ok(texts)
    });
    let [prompt, negative, model, provenance, mut added] = row?;
    let mut tags = transaction.prepare("SELECT tag FROM tags WHERE clip = ?1")?;
    for tag in tags.query_map([id.0], |row| row.get::<_, String>(0))? {
        added.push(' ');
        added.push_str(&tag?);
    }
    let settings = Provenance::from_json(&provenance).ok().flatten().map(|it| settings_text(&it)).unwrap_or_default();
    transaction.execute("DELETE FROM words WHERE rowid = ?1", [id.0])?;
    transaction.execute(
        "INSERT INTO words (rowid, prompt, negative, model, settings, added) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id.0, prompt, negative, model, settings, added],
    )?;
    Ok(())
}

/// The settings as words: "steps 20 sampler ddim".
fn settings_text(provenance: &Provenance) -> String {
    let texts = provenance.settings.iter().filter(|(name, _)| name != "prompt" && name != "negative");
    let mut text: String = texts.map(|(name, value)| format!("{name} {value} ")).collect();
    for (lora, strength) in &provenance.loras {
        text += &format!("lora {lora} {strength} ");
    }
    text + &provenance.device
}

/// Size and time of change of a file.
pub(crate) fn stamp(path: &Path) -> Result<(u64, i64), LibraryError> {
    let metadata = path.metadata().map_err(|error| LibraryError::io(Action::Read, path, error))?;
    if path.to_str().is_none() {
        return Err(LibraryError::NotUnicode { path: path.to_owned() });
    }
    Ok((metadata.len(), changed_ns(&metadata)))
}

pub(crate) fn changed_ns(metadata: &std::fs::Metadata) -> i64 {
    let changed = metadata.modified().unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(changed.as_nanos()).unwrap_or(i64::MAX)
}

pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    i64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// SHA-256 of a file, lower-case hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String, LibraryError> {
    use sha2::Digest as _;
    use std::io::Read as _;
    let failed = |error| LibraryError::io(Action::Read, path, error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let (mut hasher, mut block) = (sha2::Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut block).map_err(failed)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(&block[..read]),
        }
    }
}
