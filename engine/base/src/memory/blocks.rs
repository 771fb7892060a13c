//! Large blocks: each a mapping of its own from the system, in huge pages where there are such, kept for a while when it is
//! given back.
//!
//! A page that a program touches for the first time costs more than the arithmetic of a light operation on it, and the usual
//! allocators of systems return large blocks at once. A layer's output has the size of the one before, or of the one at the
//! same place a step earlier, so that a short list of free blocks serves nearly all of them.

use std::mem::size_of;
use std::sync::{Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;

/// Bytes before the part of a block that its user sees. Its user's part begins where a line of the cache does.
pub const HEADER: usize = 64;
/// Blocks that are kept at most.
const SLOTS: usize = 128;
/// A page, on most systems.
const SMALL_PAGE: usize = 4096;
/// A huge page of most processors.
const HUGE_PAGE: usize = 2 << 20;
/// A block serves smaller requests down to this part of its length less.
const SPARE: usize = 8;

const _: () = assert!(size_of::<Block>() <= HEADER && align_of::<Block>() <= HEADER);

/// One mapping.
#[derive(Debug)]
pub struct Block(MmapMut);

impl Block {
    /// A new block of zeros for `size` bytes of a user; `None` when the system has no memory left.
    pub fn map(size: usize) -> Option<Self> {
        let map = MmapMut::map_anon(length_for(size)?).ok()?;
        // Where the system knows no huge pages, small ones do.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Some(Self(map))
    }

    /// Bytes of the whole mapping.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Bytes that a user may have.
    pub fn capacity(&self) -> usize {
        self.length() - HEADER
    }

    /// Whether a request of `size` bytes should have this block: it fits, and little is left over.
    fn suits(&self, size: usize) -> bool {
        let capacity = self.capacity();
        size <= capacity && capacity - capacity / SPARE <= size
    }

    /// The user's part; the block itself lies before it until [`Block::take_back`].
    pub fn lend(mut self) -> *mut u8 {
        let start = self.0.as_mut_ptr();
        // SAFETY: the mapping begins at `start`, on a page, and is longer than the header, in which a block fits; nobody else
        // knows of the mapping, which stays as long as the block in it is not dropped.
        unsafe {
            start.cast::<Self>().write(self);
            start.add(HEADER)
        }
    }

    /// The block that was lent as `pointer`.
    ///
    /// # Safety
    /// `pointer` came from [`Block::lend`], and its user is done with it.
    pub unsafe fn take_back(pointer: *mut u8) -> Self {
        // SAFETY: `lend` wrote the block there, and its user knows only what lies behind it.
        unsafe { pointer.sub(HEADER).cast::<Self>().read() }
    }

    /// Whether the block that is lent as `pointer` serves `size` bytes as well as what it serves now.
    ///
    /// # Safety
    /// `pointer` came from [`Block::lend`] and is not taken back.
    pub unsafe fn still_suits(pointer: *mut u8, size: usize) -> bool {
        // SAFETY: `lend` wrote the block there, and it is only read.
        unsafe { (*pointer.sub(HEADER).cast::<Self>()).suits(size) }
    }
}

/// Length of the mapping for a request: sixteen lengths from one power of two to the next, and whole huge pages as soon as
/// they are no more than that.
fn length_for(size: usize) -> Option<usize> {
    let length = size.checked_add(HEADER)?;
    let step = (length.checked_next_power_of_two()? / 32).clamp(SMALL_PAGE, HUGE_PAGE);
    length.checked_next_multiple_of(step)
}

/// Blocks that nobody uses.
#[derive(Debug)]
pub struct Kept(Mutex<List>);

#[derive(Debug)]
struct List {
    slots: [Option<Free>; SLOTS],
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Free {
    block: Block,
    since: u64,
}

impl Kept {
    pub const fn new() -> Self {
        Self(Mutex::new(List { slots: [const { None }; SLOTS], bytes: 0, clock: 0 }))
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of all kept blocks.
    pub fn bytes(&self) -> usize {
        self.list().bytes
    }

    /// The block that fits `size` best, and among such the one that was used last: its memory may still be in a cache.
    pub fn take(&self, size: usize) -> Option<Block> {
        let list = &mut *self.list();
        let suiting = list.slots.iter().enumerate().filter_map(|(slot, free)| {
            let Free { block, since } = free.as_ref()?;
            block.suits(size).then_some((block.length(), u64::MAX - since, slot))
        });
        let (length, _, slot) = suiting.min()?;
        list.bytes -= length;
        list.slots[slot].take().map(|free| free.block)
    }

    /// Keeps a block, unless it alone is more than `room`.
    pub fn put(&self, block: Block, room: usize) {
        if block.length() > room {
            return;
        }
        self.shrink(room - block.length(), SLOTS - 1);
        let list = &mut *self.list();
        // Another thread may have put one there meanwhile; then this one is dropped after the lock.
        let Some(slot) = list.slots.iter_mut().find(|slot| slot.is_none()) else { return };
        list.clock += 1;
        list.bytes += block.length();
        *slot = Some(Free { block, since: list.clock });
    }

    /// Returns the blocks to the system that were not used for the longest time, until at most `room` bytes and `count`
    /// blocks are left; whether there were any.
    pub fn shrink(&self, room: usize, count: usize) -> bool {
        let mut any = false;
        while let Some(block) = self.oldest_beyond(room, count) {
            // Without the lock: unmapping takes its time.
            drop(block);
            any = true;
        }
        any
    }

    fn oldest_beyond(&self, room: usize, count: usize) -> Option<Block> {
        let list = &mut *self.list();
        if list.bytes <= room && list.slots.iter().flatten().count() <= count {
            return None;
        }
        let used = list.slots.iter_mut().filter(|slot| slot.is_some());
        let Free { block, .. } = used.min_by_key(|slot| slot.as_ref().map(|free| free.since))?.take()?;
        list.bytes -= block.length();
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_hardly_longer_than_requests() {
        for size in [1 << 20, (1 << 20) + 1, 5_000_000, 52_428_800, (1 << 26) - HEADER, 1_000_000_007] {
            let length = length_for(size).expect("a plain size");
            assert!(length >= size + HEADER && length.is_multiple_of(SMALL_PAGE), "{size}: {length}");
            assert!(length - size <= size / 16 + SMALL_PAGE, "{size}: {length}");
        }
        assert_eq!([usize::MAX, usize::MAX - HEADER, usize::MAX / 2 + 1].map(length_for), [None; 3]);
    }

    #[test]
    fn the_best_fit_is_taken_and_the_oldest_goes_first() {
        let kept = Kept::new();
        let sizes = [30, 32, 31, 32].map(|size| size << 20);
        let blocks = sizes.map(|size| Block::map(size).expect("there is memory"));
        let starts = blocks.each_ref().map(|block| block.0.as_ptr());
        let lengths = blocks.each_ref().map(Block::length);
        for block in blocks {
            kept.put(block, usize::MAX);
        }
        let taken = kept.take(sizes[2]).expect("one of this size is there");
        assert_eq!(taken.0.as_ptr(), starts[2]);
        let taken = kept.take(sizes[1]).expect("two of this size are there");
        assert_eq!(taken.0.as_ptr(), starts[3], "the one that was used last");
        assert!(kept.shrink(lengths[1], SLOTS));
        assert_eq!(kept.bytes(), lengths[1], "the first one went");
        assert!(kept.take(16 << 20).is_none(), "half of it would be wasted");
        assert!(kept.shrink(0, 0) && !kept.shrink(0, 0));
    }

    #[test]
    fn more_blocks_than_slots_push_the_oldest_out() {
        let kept = Kept::new();
        for _ in 0..SLOTS + 10 {
            kept.put(Block::map(1 << 20).expect("there is memory"), usize::MAX);
        }
        assert_eq!(kept.list().slots.iter().flatten().count(), SLOTS);
        kept.put(Block::map(64 << 20).expect("there is memory"), 32 << 20);
        assert!(kept.list().slots.iter().flatten().all(|free| free.block.length() < 64 << 20), "more than the room");
    }
}
