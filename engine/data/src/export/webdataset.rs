//! WebDataset shards: `00000.tar` with `<key>.mp4`, `<key>.txt` and `<key>.json`, as video2dataset writes them. The Parquet file beside it
//! is the shard's own, with the columns that video2dataset has: `key`, `status`, `error_message`, `url`, `caption`.

use hummingbird_base::message::Detail;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write as _};

use hummingbird_base::Action;
use hummingbird_base::files::{Taken, WholeFile};
use hummingbird_base::progress::{Progress, StageName, Unit};
use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::clip::{self, ClipFile, Wanted};
use crate::manifest::Row;
use crate::work::{Shard, Step, WorkError};

/// The step `export`: writes the kept clips of a shard into its tar.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebDataset;

impl Step for WebDataset {
    fn name(&self) -> &'static str {
        "export"
    }

    fn settings(&self) -> String {
        "webdataset".to_owned()
    }

    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        let path = shard.file("tar");
        let failed = |action| WorkError::io(action, &path);
        let file = WholeFile::begin(&path).map_err(failed(Action::Create))?;
        let mut tar = Builder::new(BufWriter::with_capacity(1 << 20, file));
        let mut rows = std::mem::take(&mut shard.rows);
        let total = rows.len() as u64;
        for (index, row) in rows.iter_mut().enumerate() {
            shard.cancel.check()?;
            let key = format!("{}{index:04}", shard.stem());
            let failure = match (&row.error, row.keep) {
                (Some(error), _) => Some(("failed", error.clone())),
                (None, Some(false)) => Some(("dropped", row.reasons.join("; "))),
                (None, _) => match append(&mut tar, shard, row, &key) {
                    Ok(Ok(())) => None,
                    Ok(Err(said)) => {
                        shard.cancel.check()?;
                        row.error = Some(said.to_string());
                        Some(("failed", said.to_string()))
                    }
                    Err(source) => return Err(source),
                },
            };
            describe(row, &key, failure);
            let progress = Progress::new(StageName("export"), Unit::Clips, index as u64 + 1, Some(total));
            shard.progress.progress(progress);
        }
        shard.rows = rows;
        let whole = tar.into_inner().and_then(|tar| tar.into_inner().map_err(io::IntoInnerError::into_error));
        let whole = whole.map_err(failed(Action::Write))?;
        whole.finish(Taken::Replace).map_err(failed(Action::RenameFinished))?;
        Ok(())
    }
}

/// Adds a clip; what is wrong with the clip alone is given back as words, and nothing of it is in the tar.
fn append(
    tar: &mut Builder<BufWriter<WholeFile>>,
    shard: &Shard<'_>,
    row: &Row,
    key: &str,
) -> Result<Result<(), Detail>, WorkError> {
    let copy = match shard.clip(row) {
        Ok(copy) => copy,
        Err(error) if error.is_about_one() => return Ok(Err(error.to_string().into())),
        Err(error) => return Err(error),
    };
    let made = shard.scratch().join("clip.mp4");
    let clip = match clip::file_of(row, &copy, Wanted::Mp4, &made, shard.cancel) {
        Ok(ClipFile::Whole(path) | ClipFile::Made(path)) => path,
        Err(said) => return Ok(Err(said)),
    };
    let opened = File::open(&clip).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error.to_string().into())),
    };
    let write = |tar: &mut Builder<BufWriter<WholeFile>>| {
        // In the order of their endings, as webdataset's writer has them.
        let meta = described(row, key)?;
        add(tar, &format!("{key}.json"), meta.len() as u64, &mut meta.as_slice())?;
        // A file that grows or shrinks meanwhile fails here, before its header lies about it.
        add(tar, &format!("{key}.mp4"), bytes, &mut Exactly { inner: file, left: bytes })?;
        add(tar, &format!("{key}.txt"), row.text.len() as u64, &mut row.text.as_bytes())
    };
    write(tar).map(Ok).map_err(WorkError::io(Action::Write, &clip))
}

fn add(tar: &mut Builder<BufWriter<WholeFile>>, name: &str, bytes: u64, content: &mut dyn Read) -> io::Result<()> {
    // No times, users or rights of this machine: the same clips are the same bytes.
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o444);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, name, content)
}

/// A file of a length that is known: one that is shorter by now is an error.
struct Exactly {
    inner: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.inner.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the clip became shorter while it was read"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// The columns that video2dataset has.
fn describe(row: &mut Row, key: &str, failure: Option<(&str, String)>) {
    let (status, message) = match failure {
        None => ("success", Value::Null),
        Some((status, message)) => (status, message.into()),
    };
    let columns = [
        ("key", key.into()),
        ("status", status.into()),
        ("error_message", message),
        ("url", row.path.as_str().into()),
        ("caption", row.text.as_str().into()),
    ];
    for (name, value) in columns {
        row.extra.insert(name.to_owned(), value);
    }
}

/// What stands in `<key>.json`: all columns that have a value, indented by four as Python does it.
fn described(row: &Row, key: &str) -> io::Result<Vec<u8>> {
    let mut row = row.clone();
    describe(&mut row, key, None);
    let mut value = serde_json::to_value(&row)?;
    if let Value::Object(fields) = &mut value {
        fields.retain(|name, value| name == "error_message" || !value.is_null());
        fields.remove("path");
        fields.remove("keep");
        if fields.get("reasons") == Some(&json!([])) {
            fields.remove("reasons");
        }
    }
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    ")))?;
    text.flush()?;
    Ok(text)
}
