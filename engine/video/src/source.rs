//! A file of which parts are read; no part is larger than the file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Trouble, VideoLimit};
use crate::limits::MAX_INDEX_BYTES;

/// An open file and its length.
#[derive(Debug)]
pub(crate) struct Source {
    file: io::BufReader<File>,
    len: u64,
    at: u64,
}

impl Source {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file: io::BufReader::with_capacity(1 << 16, file), len, at: 0 })
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Reads `bytes` at `offset`; what is beyond the end of the file is an error before memory is taken for it.
    pub(crate) fn read(&mut self, offset: u64, bytes: u64) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(bytes);
        let size = usize::try_from(bytes).ok().filter(|_| end.is_some_and(|end| end <= self.len));
        let mut content = vec![0; size.ok_or(io::ErrorKind::UnexpectedEof)?];
        self.fill(offset, &mut content)?;
        Ok(content)
    }

    /// Fills `into` from `offset`.
    pub(crate) fn fill(&mut self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        if offset != self.at {
            // Short ways stay inside the buffer.
            match i64::try_from(i128::from(offset) - i128::from(self.at)) {
                Ok(by) => self.file.seek_relative(by)?,
                Err(_) => drop(self.file.seek(SeekFrom::Start(offset))?),
            }
            self.at = offset;
        }
        let read = self.file.read_exact(into);
        if read.is_err() {
            // Where a read that failed has left the file is not said.
            self.at = self.file.stream_position()?;
        } else {
            self.at += into.len() as u64;
        }
        read
    }

    /// Reads a part that must be in memory as a whole.
    pub(crate) fn read_index(&mut self, part: &str, offset: u64, bytes: u64) -> Result<Vec<u8>, Trouble> {
        if bytes > MAX_INDEX_BYTES {
            return Err(VideoLimit::Index { part: part.to_owned(), bytes, max_bytes: MAX_INDEX_BYTES }.into());
        }
        Ok(self.read(offset, bytes)?)
    }
}

/// Numbers at the front of a slice, high byte first; the slice goes on behind them.
pub(crate) trait Take {
    fn take(&mut self, bytes: usize) -> Option<Self>
    where
        Self: Sized;
    fn number(&mut self, bytes: usize) -> Option<u64>;

    fn u8(&mut self) -> Option<u8> {
        self.number(1).map(|number| number as u8)
    }
    fn u16(&mut self) -> Option<u16> {
        self.number(2).map(|number| number as u16)
    }
    fn u32(&mut self) -> Option<u32> {
        self.number(4).map(|number| number as u32)
    }
    fn i32(&mut self) -> Option<i32> {
        self.u32().map(u32::cast_signed)
    }
    fn u64(&mut self) -> Option<u64> {
        self.number(8)
    }
}

impl Take for &[u8] {
    fn take(&mut self, bytes: usize) -> Option<Self> {
        let (front, rest) = self.split_at_checked(bytes)?;
        *self = rest;
        Some(front)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(Take::take(self, bytes)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }
}
