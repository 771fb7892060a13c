//! PyTorch's zip archive: one pickle, and a member for each storage.
//!
//! Nothing is unpacked. Members lie uncompressed in the file; what is handed out is where.

use crate::fault::{Fault, StorageFault};
use std::collections::HashMap;
use std::io::{BufReader, Read, Seek};
use std::ops::Range;

use zip::read::{ArchiveOffset, Config, ZipReadOptions};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::pickle::MAX_PICKLE_BYTES;
use super::{brief, directory};
use crate::stored::FormatError;

/// Most bytes of a storage's key: decimal numbers in all files that PyTorch writes.
const MAX_KEY_BYTES: usize = 64;

/// What an archive holds.
pub(super) struct Archive {
    /// Bytes of its pickle.
    pub(super) pickle: Vec<u8>,
    /// Where in the file each storage lies, by its key.
    pub(super) storages: HashMap<String, Range<u64>>,
    /// Whether it is a TorchScript program: its objects have tensors and modules as plain attributes.
    pub(super) is_script: bool,
}

/// Checks the archive and finds its members.
///
/// # Errors
/// `Damaged`, `Foreign`, or what the system said.
pub(super) fn open(file: &mut (impl Read + Seek)) -> Result<Archive, FormatError> {
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, BufReader::new(directory::open(file)?)).map_err(damaged)?;
    let (folder, is_script) = folder_of_pickle(&archive)?;
    // Wants every local header to say what the directory says, and members that share no byte with each other, with the
    // directory, or with a member that the directory hides.
    archive.validate_header_consistency().map_err(damaged)?;

    let mut storages = HashMap::new();
    let mut pickle = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(damaged)?;
        let Some(name) = entry.name_raw().strip_prefix(folder.as_bytes()) else { continue };
        let name = String::from_utf8_lossy(name).into_owned();
        let key = name.strip_prefix("data/");
        if key.is_none() && name != "data.pkl" && name != "byteorder" {
            continue;
        }
        let member = brief(&name);
        if entry.encrypted() {
            return Err(FormatError::Foreign(Fault::MemberEncrypted { member }.into()));
        }
        if entry.compression() != CompressionMethod::Stored {
            return Err(FormatError::Foreign(Fault::MemberCompressed { member }.into()));
        }
        let size = entry.size();
        if entry.compressed_size() != size {
            return Err(FormatError::Damaged(Fault::MemberSizes { member }.into()));
        }
        if let Some(key) = key {
            if !is_plain(key) {
                return Err(FormatError::Damaged(
                    Fault::NamedStorage { key: brief(key), fault: StorageFault::NoPlainName }.into(),
                ));
            }
            let member = archive.by_index_with_options(index, ZipReadOptions::new()).map_err(damaged)?;
            let range = member.data_start().and_then(|start| Some(start..start.checked_add(size)?));
            let range =
                range.ok_or_else(|| FormatError::Damaged(Fault::Storage { fault: StorageFault::Outside }.into()))?;
            storages.insert(key.to_owned(), range);
            continue;
        }
        let limit = if name == "byteorder" { 16 } else { MAX_PICKLE_BYTES };
        if size > limit {
            return Err(FormatError::Foreign(
                Fault::MemberTooLong { member: name, size_bytes: size, most_bytes: limit }.into(),
            ));
        }
        let mut content = Vec::with_capacity(size as usize);
        // Reads to the end, where the checksum is compared.
        archive
            .by_index_with_options(index, ZipReadOptions::new())
            .map_err(damaged)?
            .read_to_end(&mut content)
            .map_err(|error| {
                let (member, detail) = (name.clone(), brief(&error.to_string()));
                FormatError::Damaged(Fault::MemberUnreadable { member, detail }.into())
            })?;
        if name == "data.pkl" {
            pickle = content;
        } else if content.trim_ascii() != b"little" {
            return Err(FormatError::Foreign(Fault::BigEndian.into()));
        }
    }
    Ok(Archive { pickle, storages, is_script })
}

/// Whether a storage's key is one that PyTorch could have written.
pub(super) fn is_plain(key: &str) -> bool {
    (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The one folder of the archive that has a pickle, with the slash behind it, and whether a program lies there too.
fn folder_of_pickle<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<(String, bool), FormatError> {
    let folders = archive.file_names_raw().filter_map(|name| {
        let folder = std::str::from_utf8(name).ok()?.strip_suffix("data.pkl")?;
        (folder.len() > 1 && folder.find('/') == Some(folder.len() - 1)).then(|| folder.to_owned())
    });
    let folders: Vec<_> = folders.take(2).collect();
    let [folder] = &folders[..] else {
        let detail = match folders.len() {
            0 => Fault::NoPickle,
            _ => Fault::SeveralPickles,
        };
        return Err(FormatError::Foreign(detail.into()));
    };
    let is_of_script = |name: &[u8]| {
        let inside = name.strip_prefix(folder.as_bytes());
        inside.is_some_and(|inside| inside == b"constants.pkl" || inside.starts_with(b"code/"))
    };
    Ok((folder.clone(), archive.file_names_raw().any(is_of_script)))
}

fn damaged(error: ZipError) -> FormatError {
    match error {
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => FormatError::Io(error),
        error => FormatError::Damaged(Fault::ArchiveUnreadable { detail: brief(&error.to_string()) }.into()),
    }
}
