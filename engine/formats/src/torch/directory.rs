//! The end of a zip archive, read by ourselves before the archive is opened.
//!
//! What a zip says at its end decides how much memory its directory takes, and there may be several ends, of which readers
//! choose different ones. Here is one: the record at the very end of the file, with a directory that lies right before it
//! and is small. [`Trimmed`] then shows the `zip` crate a file in which there is nothing else to find.

use crate::fault::Fault;
use std::io::{self, Read, Seek, SeekFrom};

use crate::stored::FormatError;

/// Most members of an archive; each tensor has one.
pub(super) const MAX_MEMBERS: u64 = 1 << 16;
/// Most bytes of an archive's directory.
pub(super) const MAX_DIRECTORY_BYTES: u64 = 4 << 20;

const END_LEN: usize = 22;
const LOCATOR_LEN: usize = 20;
const END64_LEN: usize = 56;
/// Least bytes of a member's entry in the directory.
const ENTRY_LEN: u64 = 46;

/// A file that ends where its directory ends, followed by one end record.
pub(super) struct Trimmed<'a, F> {
    file: &'a mut F,
    /// Where the directory ends.
    end: u64,
    records: Vec<u8>,
    position: u64,
}

/// Finds the directory of the archive.
///
/// # Errors
/// `Damaged` when it is not where it belongs, too large, or the file could not be read.
pub(super) fn open<F: Read + Seek>(file: &mut F) -> Result<Trimmed<'_, F>, FormatError> {
    let damaged = |fault: Fault| FormatError::Damaged(fault.into());
    let length = file.seek(SeekFrom::End(0))?;
    let tail_len = length.min((END_LEN + LOCATOR_LEN + END64_LEN) as u64);
    file.seek(SeekFrom::Start(length - tail_len))?;
    // Zeros in front of a shorter file stand for records that it does not have.
    let mut tail = [0; END_LEN + LOCATOR_LEN + END64_LEN];
    let missing = tail.len() - tail_len as usize;
    file.read_exact(tail.get_mut(missing..).unwrap_or_default())?;
    let (end64, rest) = tail.split_at(END64_LEN);
    let (locator, end) = rest.split_at(LOCATOR_LEN);

    let mut end_fields = Fields(end);
    // Without a comment, which PyTorch never writes, the record is the last thing in the file.
    if end_fields.take(4) != signature(b"PK\x05\x06") || !end.ends_with(&[0, 0]) {
        return Err(damaged(Fault::ArchiveEndMissing));
    }
    let disks = [end_fields.take(2), end_fields.take(2)];
    let short = [end_fields.take(2), end_fields.take(2), end_fields.take(4), end_fields.take(4)];
    let sentinels = [0xffff, 0xffff, 0xffff_ffff, 0xffff_ffff];
    if disks != [0, 0] {
        return Err(damaged(Fault::ArchiveSplit));
    }
    let mut directory_end = length.saturating_sub(END_LEN as u64);
    let mut long = short;
    if locator.starts_with(b"PK\x06\x07") {
        directory_end = directory_end.saturating_sub((LOCATOR_LEN + END64_LEN) as u64);
        let mut locator = Fields(locator.get(4..).unwrap_or_default());
        let located = [locator.take(4), locator.take(8), locator.take(4)];
        let mut fields = Fields(end64);
        let head = [fields.take(4), fields.take(8)];
        fields.take(4); // Versions.
        let disks = [fields.take(4), fields.take(4)];
        if located != [0, directory_end, 1]
            || head != [signature(b"PK\x06\x06"), END64_LEN as u64 - 12]
            || disks != [0, 0]
        {
            return Err(damaged(Fault::ArchiveEnd));
        }
        long = [fields.take(8), fields.take(8), fields.take(8), fields.take(8)];
        let agree = |((&short, &sentinel), &long): ((&u64, &u64), &u64)| short == sentinel || short == long;
        if !short.iter().zip(&sentinels).zip(&long).all(agree) {
            return Err(damaged(Fault::ArchiveEnd));
        }
    }
    let [members_here, members, size, start] = long;
    if members > MAX_MEMBERS || size > MAX_DIRECTORY_BYTES {
        return Err(damaged(Fault::TooManyMembers { members, most: MAX_MEMBERS }));
    }
    if members_here != members || members * ENTRY_LEN > size || start.checked_add(size) != Some(directory_end) {
        return Err(damaged(Fault::ArchiveEnd));
    }
    Ok(Trimmed { file, end: directory_end, records: end_records(members, size, start), position: 0 })
}

fn signature(bytes: &[u8; 4]) -> u64 {
    u32::from_le_bytes(*bytes).into()
}

/// The end of an archive, as short as it can be.
fn end_records(members: u64, size: u64, start: u64) -> Vec<u8> {
    let mut records = Vec::with_capacity(END64_LEN + LOCATOR_LEN + END_LEN);
    let (mut short_members, mut short_start) = (members as u16, start as u32);
    if members >= 0xffff || start >= 0xffff_ffff {
        records.extend(b"PK\x06\x06");
        records.extend((END64_LEN as u64 - 12).to_le_bytes());
        records.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // Versions, disks.
        for value in [members, members, size, start] {
            records.extend(value.to_le_bytes());
        }
        records.extend(b"PK\x06\x07\0\0\0\0");
        records.extend((start + size).to_le_bytes());
        records.extend([1, 0, 0, 0]);
        (short_members, short_start) = (0xffff, 0xffff_ffff);
    }
    records.extend(b"PK\x05\x06\0\0\0\0");
    records.extend(short_members.to_le_bytes());
    records.extend(short_members.to_le_bytes());
    records.extend((size as u32).to_le_bytes());
    records.extend(short_start.to_le_bytes());
    records.extend([0, 0]);
    records
}

/// Little-endian numbers, one after the other; zeros behind the end.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take(&mut self, len: usize) -> u64 {
        let (field, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        field.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }
}

impl<F: Read + Seek> Read for Trimmed<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if let Some(left) = self.end.checked_sub(self.position).filter(|&left| left > 0) {
            self.file.seek(SeekFrom::Start(self.position))?;
            self.file.by_ref().take(left).read(buffer)?
        } else {
            let skipped = usize::try_from(self.position - self.end).unwrap_or(usize::MAX);
            let mut rest = self.records.get(skipped..).unwrap_or_default();
            rest.read(buffer)?
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl<F: Read + Seek> Seek for Trimmed<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => (self.end + self.records.len() as u64).checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
