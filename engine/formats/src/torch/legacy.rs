//! PyTorch's files before 1.6: five pickles one after the other, then the storages.
//!
//! The pickles are a magic number, a version, facts about the machine, the object, and the keys of the storages in the
//! order in which those follow, each as a count of elements and the elements.

use crate::fault::{Fault, StorageFault};
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::pickle::{self, MAX_PICKLE_BYTES};
use super::tensors::StorageRef;
use super::value::{Graph, Node};
use super::{brief, tensors};
use crate::stored::FormatError;

/// What the first pickle says, little-endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// What the second says.
const VERSION: u64 = 1001;

/// Whether the bytes begin as such a file does.
pub(super) fn begins(start: &[u8]) -> bool {
    let head = start.get(..start.len().min(64)).unwrap_or_default();
    // A pickle of that age begins with its protocol; anything else is not worth the machine.
    let magic = head.starts_with(&[0x80]).then(|| pickle::read(head, 0).ok()).flatten();
    magic.is_some_and(|(graph, _)| is_magic(&graph))
}

fn is_magic(graph: &Graph<'_>) -> bool {
    matches!(*graph.node(graph.root), Node::LongNumber(span) if graph.span(span) == MAGIC)
}

/// The start of the file, as far as its pickles can reach.
///
/// # Errors
/// What the system said.
pub(super) fn head(file: &mut (impl Read + Seek)) -> Result<Vec<u8>, FormatError> {
    let length = file.seek(SeekFrom::End(0))?.min(MAX_PICKLE_BYTES);
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads the pickles in `head`; gives the object and where in the file each storage lies, by its key.
///
/// # Errors
/// `Damaged`, `Foreign`, or what the system said.
pub(super) fn open<'a>(
    file: &mut (impl Read + Seek),
    head: &'a [u8],
) -> Result<(Graph<'a>, HashMap<String, Range<u64>>), FormatError> {
    let damaged = |fault: Fault| FormatError::Damaged(fault.into());
    let (magic, position) = pickle::read(head, 0)?;
    if !is_magic(&magic) {
        return Err(damaged(Fault::NoMagic));
    }
    let (version, position) = pickle::read(head, position)?;
    if version.count(version.root) != Some(VERSION) {
        return Err(FormatError::Foreign(Fault::OldVersion.into()));
    }
    let (machine, position) = pickle::read(head, position)?;
    check_byte_order(&machine)?;
    let (graph, position) = pickle::read(head, position)?;
    let (keys, position) = pickle::read(head, position)?;
    let keys = keys.items(keys.root).map(|ids| ids.iter().map(|&id| keys.text(id)).collect::<Option<Vec<_>>>());
    let keys = keys.flatten().ok_or_else(|| damaged(Fault::StorageList))?;

    let declared = declared_storages(&graph)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut position = position as u64;
    let mut storages = HashMap::with_capacity(keys.len());
    for key in keys {
        let storage = declared.get(key).ok_or_else(|| of_storage(key, StorageFault::NotDescribed))?;
        file.seek(SeekFrom::Start(position))?;
        let mut count = [0; 8];
        file.read_exact(&mut count)?;
        if u64::from_le_bytes(count) != storage.count {
            return Err(of_storage(key, StorageFault::OtherSize));
        }
        let start = position + count.len() as u64;
        let end = storage.byte_len().and_then(|len| start.checked_add(len)).filter(|&end| end <= length);
        let end = end.ok_or_else(|| of_storage(key, StorageFault::LongerThanFile))?;
        if storages.insert(key.to_owned(), start..end).is_some() {
            return Err(of_storage(key, StorageFault::ListedTwice));
        }
        position = end;
    }
    Ok((graph, storages))
}

fn of_storage(key: &str, fault: StorageFault) -> FormatError {
    FormatError::Damaged(Fault::NamedStorage { key: brief(key), fault }.into())
}

fn check_byte_order(machine: &Graph<'_>) -> Result<(), FormatError> {
    let entries = machine.entries(machine.root).unwrap_or_default();
    let order = entries.iter().find(|(key, _)| machine.text(*key) == Some("little_endian"));
    match order.map(|&(_, value)| machine.node(value)) {
        Some(Node::Truth(true)) => Ok(()),
        Some(Node::Truth(false)) => Err(FormatError::Foreign(Fault::BigEndian.into())),
        _ => Err(FormatError::Damaged(Fault::NoByteOrder.into())),
    }
}

/// What the object says of each storage. Only this tells how many bytes an element has.
fn declared_storages<'g>(graph: &'g Graph<'_>) -> Result<HashMap<&'g str, StorageRef<'g>>, FormatError> {
    let mut declared: HashMap<&str, StorageRef<'_>> = HashMap::new();
    for node in &graph.nodes {
        let Node::Persistent(id) = *node else { continue };
        // Classes are persistent too in this format, with their source text.
        let Some(storage) = tensors::storage(graph, id)? else { continue };
        let first = declared.entry(storage.key).or_insert(storage);
        if (first.dtype, first.count) != (storage.dtype, storage.count) {
            return Err(of_storage(storage.key, StorageFault::TwoWays));
        }
    }
    Ok(declared)
}
