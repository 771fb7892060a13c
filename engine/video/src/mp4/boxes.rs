//! Boxes of ISO/IEC 14496-12, section 4.2: a size, four letters, a body.

use std::io;

use crate::source::{Source, Take};

/// A box of the file.
pub(super) struct FileBox {
    pub kind: [u8; 4],
    /// Where its body begins.
    pub body: u64,
    /// Where it ends; beyond the end of the file where that is cut off.
    pub end: u64,
}

impl FileBox {
    /// The box that begins at `at`; `None` where the file ends before its header does, or the header makes no sense.
    pub(super) fn at(source: &mut Source, at: u64) -> io::Result<Option<Self>> {
        let available = (source.len() - at).min(16);
        let header = source.read(at, available)?;
        let mut rest = &header[..];
        let (Some(size), Some(kind)) = (rest.u32(), rest.take(4)) else { return Ok(None) };
        let kind = [kind[0], kind[1], kind[2], kind[3]];
        let (body, size) = match size {
            0 => (at + 8, source.len() - at),
            1 => match rest.u64() {
                Some(size) if size >= 16 => (at + 16, size),
                _ => return Ok(None),
            },
            size => (at + 8, u64::from(size)),
        };
        if size < 8 {
            return Ok(None);
        }
        Ok(Some(Self { kind, body, end: at.saturating_add(size) }))
    }
}

/// A box within a box.
pub(super) struct Child<'a> {
    pub kind: [u8; 4],
    pub body: &'a [u8],
}

/// The boxes of a body, as far as they are whole; a last one that claims more than there is has what there is.
pub(super) fn children(body: &[u8]) -> impl Iterator<Item = Child<'_>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let all = rest;
        let size = rest.u32()?;
        let kind = rest.take(4)?;
        let kind = [kind[0], kind[1], kind[2], kind[3]];
        let (header, size) = match size {
            0 => (8, all.len()),
            1 => (16, usize::try_from(rest.u64()?).ok()?),
            size => (8, size as usize),
        };
        if size < header {
            return None;
        }
        let size = size.min(all.len());
        rest = &all[size..];
        Some(Child { kind, body: all.get(header..size)? })
    })
}

/// The first box along a path of kinds.
pub(super) fn find<'a>(body: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(body, |body, kind| children(body).find(|child| &&child.kind == kind).map(|child| child.body))
}
