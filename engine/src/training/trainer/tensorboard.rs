//! Numbers of a run as TensorBoard reads them: an event file of length-prefixed protocol buffers, each part with a masked
//! CRC-32C (TensorFlow's `TFRecord`).
//!
//! The two messages that a scalar needs are encoded here: the crates that write such files bring a generator of protocol
//! buffers or are no longer kept.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hummingbird_base::{Action, WriteError};

use crate::training::TrainError;

/// Fields of `Event`, `Summary`, `Summary.Value` and `SessionLog`.
mod field {
    pub const WALL_TIME: u64 = 1;
    pub const STEP: u64 = 2;
    pub const FILE_VERSION: u64 = 3;
    pub const SUMMARY: u64 = 5;
    pub const SESSION_LOG: u64 = 7;
    pub const VALUE: u64 = 1;
    pub const TAG: u64 = 1;
    pub const SIMPLE_VALUE: u64 = 2;
    pub const STATUS: u64 = 1;
}

/// `SessionLog.SessionStatus.START`: what an earlier session wrote for this and later steps is void.
const START: u64 = 1;

/// An event file of one session.
pub struct EventFile {
    file: File,
    path: PathBuf,
}

impl EventFile {
    /// A new file in `folder`, which goes on after `step`.
    ///
    /// # Errors
    /// `Io` when it cannot be written.
    pub fn create(folder: &Path, step: u64) -> Result<Self, TrainError> {
        let now = now();
        // TensorBoard takes files whose names have this word, in the order of their names.
        let path = folder.join(format!("events.out.tfevents.{now:.6}.{step}"));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|source| WriteError::Io { action: Action::Create, path: path.clone(), source })?;
        let mut events = Self { file, path };
        events.write(now, 0, |event| bytes(event, field::FILE_VERSION, b"brain.Event:2"))?;
        events.write(now, step, |event| {
            let mut session = Vec::new();
            integer(&mut session, field::STATUS, START);
            bytes(event, field::SESSION_LOG, &session);
        })?;
        Ok(events)
    }

    /// Numbers of a step by their names.
    ///
    /// # Errors
    /// `Io` when they cannot be written.
    pub fn scalars(&mut self, step: u64, scalars: &[(&str, f64)]) -> Result<(), TrainError> {
        self.write(now(), step, |event| {
            let mut summary = Vec::new();
            for (tag, number) in scalars {
                let mut value = Vec::new();
                bytes(&mut value, field::TAG, tag.as_bytes());
                key(&mut value, field::SIMPLE_VALUE, 5);
                value.extend((*number as f32).to_le_bytes());
                bytes(&mut summary, field::VALUE, &value);
            }
            bytes(event, field::SUMMARY, &summary);
        })
    }

    fn write(&mut self, time: f64, step: u64, what: impl FnOnce(&mut Vec<u8>)) -> Result<(), TrainError> {
        let mut event = Vec::new();
        key(&mut event, field::WALL_TIME, 1);
        event.extend(time.to_le_bytes());
        integer(&mut event, field::STEP, step);
        what(&mut event);
        let written = self.file.write_all(&record(&event));
        written.map_err(|source: io::Error| {
            WriteError::Io { action: Action::Write, path: self.path.clone(), source }.into()
        })
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A record: length, its checksum, the bytes, their checksum.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), bytes, &checksum(bytes)].concat()
}

/// A CRC-32C that is rotated and shifted, since checksums of checksums are none.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Number and wire type of a field: 0 an integer, 1 eight bytes, 2 bytes with a length, 5 four bytes.
fn key(out: &mut Vec<u8>, number: u64, wire_type: u64) {
    varint(out, number << 3 | wire_type);
}

fn integer(out: &mut Vec<u8>, number: u64, value: u64) {
    key(out, number, 0);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, number: u64, value: &[u8]) {
    key(out, number, 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn records_are_those_of_tensorflow() {
        // Checksums from TensorBoard's own `masked_crc32c`.
        assert_eq!(record(b"hello"), b"\x05\0\0\0\0\0\0\0\xea\xb2\x04\x3ehello\xbb\x1f\x1c\x19");
        assert_eq!(checksum(&[0; 8]), [0x29, 0x03, 0x98, 0x07]);
    }

    #[test]
    fn an_event_file_holds_its_version_the_start_and_the_scalars() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut events = EventFile::create(folder.path(), 300).expect("writable");
        events.scalars(301, &[("loss", 0.5), ("learning rate", 1e-3)]).expect("writable");
        let all = fs::read(&events.path).expect("readable");
        let mut rest = &all[..];
        let mut found = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk::<8>() {
            let size = usize::try_from(u64::from_le_bytes(*length)).expect("small");
            assert_eq!(after[..4], checksum(length));
            let (event, after) = after[4..].split_at(size);
            assert_eq!(after[..4], checksum(event));
            found.push(event.to_vec());
            rest = &after[4..];
        }
        assert!(rest.is_empty() && found.len() == 3, "{} records", found.len());
        let holds = |event: &[u8], part: &[u8]| event.windows(part.len()).any(|window| window == part);
        assert!(holds(&found[0], b"brain.Event:2"));
        // The step 300 and a session that starts; step 301 and a value with its tag.
        assert!(found[1].ends_with(&[0x10, 0xac, 0x02, 0x3a, 0x02, 0x08, 0x01]), "{:?}", found[1]);
        let loss = [&[0x0a, 11, 0x0a, 4][..], b"loss", &[0x15], &0.5_f32.to_le_bytes()].concat();
        assert!(holds(&found[2], &[0x10, 0xad, 0x02]) && holds(&found[2], &loss), "{:?}", found[2]);
    }
}
