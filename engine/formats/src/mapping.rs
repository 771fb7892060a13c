//! Files mapped into memory, so that weights are used where the system keeps the file.

use std::fs::File;

use memmap2::Mmap;

/// The bytes of `file` as they are on the disk, read when they are first touched; `None` where the system cannot map them.
///
/// Whoever changes the file in place changes these bytes, and whoever cuts it off ends the program when the missing part is
/// touched. Hummingbird itself never does either: it writes models under another name and renames them, which leaves a mapped
/// file as it was.
pub fn map(file: &File) -> Option<bytes::Bytes> {
    // SAFETY: the map is only read, lives as long as the bytes that are made from it, and every pattern of bits is a valid
    // byte and a valid half. What remains is that others must not cut the file off while it is open; see above.
    let map = unsafe { Mmap::map(file) }.ok()?;
    Some(bytes::Bytes::from_owner(map))
}
