//! Frames of a whole file, from the tables of `stbl` (ISO/IEC 14496-12, sections 8.6 and 8.7).

use super::boxes::find;
use crate::error::{Trouble, VideoFault, VideoLack};
use crate::limits::check_frames;
use crate::source::Take;
use crate::track::Sample;

/// The tables, as they lie in the file.
pub(super) struct Tables<'a> {
    /// Size of every frame, or 0.
    size: u32,
    count: u32,
    sizes: &'a [u8],
    /// Offsets of chunks, of 4 or 8 bytes.
    chunks: &'a [u8],
    chunk_bytes: usize,
    /// First chunk, frames a chunk, description.
    runs: &'a [u8],
    /// Frames, duration.
    durations: &'a [u8],
    /// Frames, from decoding to show.
    delays: &'a [u8],
    /// Numbers of frames where decoding can begin; all without the table.
    syncs: Option<&'a [u8]>,
}

/// The entries of a table: what follows its version and count, as many whole ones as there are and are said to be.
fn entries<'a>(stbl: &'a [u8], kind: &[u8; 4], entry_bytes: usize) -> Option<&'a [u8]> {
    let mut body = find(stbl, &[kind])?;
    body.u32()?;
    let count = usize::try_from(body.u32()?).ok()?;
    Some(&body[..count.min(body.len() / entry_bytes) * entry_bytes])
}

impl<'a> Tables<'a> {
    /// # Errors
    /// Tables that are missing; a file in parts has them, empty.
    pub(super) fn of(stbl: &'a [u8]) -> Result<Self, Trouble> {
        if find(stbl, &[b"stz2"]).is_some() {
            return Err(VideoLack::Other { detail: "stz2".to_owned() }.into());
        }
        let missing = |part: &'static str| move || Trouble::index(part);
        let mut stsz = find(stbl, &[b"stsz"]).ok_or_else(missing("stsz"))?;
        let sizes = (|| {
            stsz.u32()?;
            Some((stsz.u32()?, stsz.u32()?))
        })();
        let (size, count) = sizes.ok_or_else(missing("stsz"))?;
        let (chunks, chunk_bytes) = match entries(stbl, b"stco", 4) {
            Some(chunks) => (chunks, 4),
            None => (entries(stbl, b"co64", 8).ok_or_else(missing("stco"))?, 8),
        };
        Ok(Self {
            size,
            count,
            sizes: stsz,
            chunks,
            chunk_bytes,
            runs: entries(stbl, b"stsc", 12).ok_or_else(missing("stsc"))?,
            durations: entries(stbl, b"stts", 8).ok_or_else(missing("stts"))?,
            delays: entries(stbl, b"ctts", 8).unwrap_or_default(),
            syncs: entries(stbl, b"stss", 4),
        })
    }

    /// The frames in decoding order, in a file of so many bytes.
    pub(super) fn samples(mut self, file_bytes: u64) -> Result<Vec<Sample>, Trouble> {
        check_frames(u64::from(self.count))?;
        if self.size == 0 && self.sizes.len() / 4 < self.count as usize {
            return Err(VideoFault::CutOff.into());
        }
        // Frames of one size need no table, but a byte each.
        if self.size != 0 && u64::from(self.count) > file_bytes {
            return Err(Trouble::index("stsz"));
        }
        let mut samples = Vec::new();
        let (mut chunk, mut time) = (0_u64, 0_i64);
        let (mut left_in_chunk, mut offset) = (0_u32, 0_u64);
        let mut per_chunk = 0;
        let (mut duration, mut delay) = (Run::default(), Run::default());
        let mut next_sync = self.syncs.as_mut().and_then(Take::u32);
        for number in 1..=self.count {
            while left_in_chunk == 0 {
                chunk += 1;
                offset = self.chunks.number(self.chunk_bytes).ok_or_else(|| Trouble::index("stco"))?;
                // The run that begins with this chunk, if one does.
                let mut peek = self.runs;
                if peek.u32().is_some_and(|first| u64::from(first) <= chunk) {
                    self.runs.take(4);
                    per_chunk = self.runs.u32().unwrap_or_default();
                    self.runs.take(4);
                }
                left_in_chunk = per_chunk;
            }
            left_in_chunk -= 1;
            let bytes = match self.size {
                0 => self.sizes.u32().unwrap_or_default(),
                size => size,
            };
            let lasts = duration.next(&mut self.durations);
            let is_sync = match next_sync {
                _ if self.syncs.is_none() => true,
                Some(sync) if sync == number => {
                    next_sync = self.syncs.as_mut().and_then(Take::u32);
                    true
                }
                _ => false,
            };
            samples.push(Sample {
                offset,
                bytes: u64::from(bytes),
                // Negative delays are written in files of either version.
                time: time + i64::from(delay.next(&mut self.delays).cast_signed()),
                duration: lasts,
                is_sync,
            });
            offset = offset.saturating_add(u64::from(bytes));
            time += i64::from(lasts);
        }
        Ok(samples)
    }
}

/// Values of a table of runs (how many, value), the last one kept.
#[derive(Default)]
struct Run {
    left: u32,
    value: u32,
}

impl Run {
    fn next(&mut self, table: &mut &[u8]) -> u32 {
        while self.left == 0 {
            let (Some(count), Some(value)) = (table.u32(), table.u32()) else { return self.value };
            (self.left, self.value) = (count, value);
        }
        self.left -= 1;
        self.value
    }
}
