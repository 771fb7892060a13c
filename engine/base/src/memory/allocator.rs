//! The global allocator: the system's for small blocks, [`Block`]s for large ones, all of them counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

use super::blocks::{Block, HEADER, Kept};
use super::counter::Counter;

/// Blocks from this size on have mappings of their own.
const LEAST_LARGE: usize = 1 << 20;
/// What may be kept in any case, beside the share below: a clip of the embedded model stays within it.
const ALWAYS_KEPT: usize = 16 << 20;
/// Beyond what was in use at most, a part of that as large as this may be kept.
const KEPT_SHARE: usize = 16;

/// All state of the program's memory.
static STORE: Store = Store::new();

/// The allocator of a program that wants its memory counted and its large blocks fast:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: hummingbird_base::memory::Allocator = hummingbird_base::memory::Allocator;
/// ```
///
/// In programs without it everything works, and [`usage`] stays at zero.
#[derive(Clone, Copy, Debug)]
pub struct Allocator;

/// Bytes of memory of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// In use now.
    pub live: usize,
    /// In use at most since the program, or the innermost [`Meter`], started.
    pub peak: usize,
    /// Free, and kept for the next large blocks.
    pub kept: usize,
}

/// What the program uses now.
pub fn usage() -> Usage {
    Usage { live: STORE.counter.live(), peak: STORE.counter.peak(), kept: STORE.kept.bytes() }
}

/// Returns all kept blocks to the system: a job is done and no other waits.
pub fn trim() {
    STORE.kept.shrink(0, 0);
    STORE.counter.forget();
}

/// Measures what a piece of work holds at most, in the whole program. Meters may lie in one another; two on different threads
/// see each other's work and disturb each other's start.
#[derive(Debug)]
pub struct Meter {
    live: usize,
    peak_before: usize,
}

impl Meter {
    /// Starts to measure.
    pub fn start() -> Self {
        let peak_before = STORE.counter.restart_peak();
        Self { live: STORE.counter.live(), peak_before }
    }

    /// Starts anew.
    pub fn restart(&mut self) {
        self.peak_before = self.peak_before.max(STORE.counter.restart_peak());
        self.live = STORE.counter.live();
    }

    /// Bytes that were in use at most since the start.
    pub fn most_live(&self) -> usize {
        STORE.counter.peak()
    }

    /// Bytes that were in use at most since the start, less what was in use at the start.
    pub fn peak(&self) -> usize {
        STORE.counter.peak().saturating_sub(self.live)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        STORE.counter.resume_peak(self.peak_before);
    }
}

/// What an [`Allocator`] works on.
#[derive(Debug)]
struct Store {
    counter: Counter,
    kept: Kept,
    /// Whether the system's allocator knows what to expect.
    lesson_given: AtomicBool,
}

/// Whether such a block has a mapping of its own.
fn is_large(layout: Layout) -> bool {
    layout.size() >= LEAST_LARGE && layout.align() <= HEADER
}

impl Store {
    const fn new() -> Self {
        Self { counter: Counter::new(), kept: Kept::new(), lesson_given: AtomicBool::new(false) }
    }

    /// Bytes that may be kept while `live` are in use: with them the program is hardly larger than it was at its largest.
    fn room(&self) -> usize {
        let most = self.counter.most();
        (most + (most / KEPT_SHARE).max(ALWAYS_KEPT)).saturating_sub(self.counter.live())
    }

    fn large(&self, size: usize, content: Content) -> *mut u8 {
        self.counter.add(size);
        if !self.lesson_given.swap(true, Ordering::Relaxed) {
            teach_system();
        }
        if let Some(block) = self.kept.take(size) {
            let pointer = block.lend();
            if content == Content::Zeros {
                // SAFETY: the block has room for `size` bytes behind its header, and nobody else knows of it.
                unsafe { pointer.write_bytes(0, size) };
            }
            return pointer;
        }
        self.kept.shrink(self.room(), usize::MAX);
        let fresh = Block::map(size).or_else(|| self.kept.shrink(0, 0).then(|| Block::map(size))?);
        match fresh {
            Some(block) => block.lend(),
            None => {
                self.counter.remove(size);
                std::ptr::null_mut()
            }
        }
    }

    /// What `request` gives of the system's allocator, after a second try without kept blocks.
    fn small(&self, size: usize, request: impl Fn() -> *mut u8) -> *mut u8 {
        let mut pointer = request();
        if pointer.is_null() && self.kept.shrink(0, 0) {
            pointer = request();
        }
        if !pointer.is_null() {
            self.counter.add(size);
        }
        pointer
    }

    /// # Safety
    /// That of [`GlobalAlloc::alloc`].
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return self.large(layout.size(), Content::Any);
        }
        // SAFETY: the caller keeps to the trait's contract.
        self.small(layout.size(), || unsafe { System.alloc(layout) })
    }

    /// # Safety
    /// That of [`GlobalAlloc::alloc_zeroed`].
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return self.large(layout.size(), Content::Zeros);
        }
        // SAFETY: the caller keeps to the trait's contract.
        self.small(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    /// # Safety
    /// That of [`GlobalAlloc::dealloc`].
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.counter.remove(layout.size());
        if is_large(layout) {
            // SAFETY: a large layout was served by `large`, which lends blocks; the caller is done with it.
            let block = unsafe { Block::take_back(pointer) };
            self.kept.put(block, self.room());
        } else {
            // SAFETY: other layouts were served by the system, and the caller keeps to the trait's contract.
            unsafe { System.dealloc(pointer, layout) };
        }
    }

    /// # Safety
    /// That of [`GlobalAlloc::realloc`].
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller warrants that the new size does not overflow with this alignment, which is one already.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (is_large(layout), is_large(new_layout)) {
            (false, false) => {
                // SAFETY: the block is the system's, and the caller keeps to the trait's contract.
                let moved = self.small(new_size, || unsafe { System.realloc(pointer, layout, new_size) });
                if !moved.is_null() {
                    self.counter.remove(layout.size());
                }
                moved
            }
            // SAFETY: a large layout was served by `large`, and its block is lent to the caller.
            (true, true) if unsafe { Block::still_suits(pointer, new_size) } => {
                self.counter.remove(layout.size());
                self.counter.add(new_size);
                pointer
            }
            _ => {
                // SAFETY: the new size is not 0, as the caller warrants.
                let moved = unsafe { self.alloc(new_layout) };
                if !moved.is_null() {
                    // SAFETY: both blocks hold at least as many bytes and are two blocks; the old one is the caller's to give
                    // back, and it came from here with this layout.
                    unsafe {
                        moved.copy_from_nonoverlapping(pointer, layout.size().min(new_size));
                        self.dealloc(pointer, layout);
                    }
                }
                moved
            }
        }
    }
}

/// The GNU C library returns the free end of its heap to the system as soon as it is longer than 128 KiB, and maps every block
/// of that size anew, until it has seen a larger block come back: from then on it keeps twice as much as that block. Large
/// blocks do not reach it here, so that it would never learn; a clip of the embedded model met five times as many fresh pages.
fn teach_system() {
    let lesson = Layout::new::<[u8; 4 * LEAST_LARGE]>();
    // SAFETY: the layout is not empty; what was got with it is given back with it, and not used.
    unsafe {
        // The compiler would leave out what is not used.
        let pointer = std::hint::black_box(System.alloc(lesson));
        if !pointer.is_null() {
            System.dealloc(pointer, lesson);
        }
    }
}

/// What must be in a new block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Any,
    Zeros,
}

// SAFETY: every block comes from the system's allocator or is a mapping that nobody else has; which of the two depends on size
// and alignment alone, so that a block goes back where it came from; nothing here unwinds.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the contract is the same.
        unsafe { STORE.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the contract is the same.
        unsafe { STORE.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the contract is the same.
        unsafe { STORE.dealloc(pointer, layout) };
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the contract is the same.
        unsafe { STORE.realloc(pointer, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const MIB: usize = 1 << 20;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 4).expect("a plain size")
    }

    /// A block of a store, as its user has it.
    struct Held<'a> {
        store: &'a Store,
        pointer: *mut u8,
        layout: Layout,
    }

    // SAFETY: a block belongs to whoever holds it, and the store serves all threads.
    unsafe impl Send for Held<'_> {}

    impl<'a> Held<'a> {
        fn new(store: &'a Store, layout: Layout) -> Self {
            // SAFETY: no layout of these tests is empty.
            Self { store, pointer: unsafe { store.alloc(layout) }, layout }.there()
        }

        fn zeroed(store: &'a Store, layout: Layout) -> Self {
            // SAFETY: no layout of these tests is empty.
            Self { store, pointer: unsafe { store.alloc_zeroed(layout) }, layout }.there()
        }

        fn there(self) -> Self {
            assert!(!self.pointer.is_null(), "memory for {:?}", self.layout);
            assert!(self.pointer.addr().is_multiple_of(self.layout.align()), "alignment of {:?}", self.layout);
            self
        }

        fn resize(&mut self, size: usize) {
            // SAFETY: the block came from this store with this layout; sizes of these tests are neither 0 nor too large.
            self.pointer = unsafe { self.store.realloc(self.pointer, self.layout, size) };
            self.layout = Layout::from_size_align(size, self.layout.align()).expect("a plain size");
            assert!(!self.pointer.is_null(), "memory for {:?}", self.layout);
        }

        fn bytes(&mut self) -> &mut [u8] {
            // SAFETY: the block has that many bytes, they were all written before they are read, and nobody else has them.
            unsafe { std::slice::from_raw_parts_mut(self.pointer, self.layout.size()) }
        }

        /// Writes bytes that depend on their place and on `key`.
        fn mark(&mut self, key: usize) {
            // SAFETY: the block has that many bytes.
            unsafe { self.pointer.write_bytes(0, self.layout.size()) };
            self.bytes().iter_mut().enumerate().for_each(|(index, byte)| *byte = mark(key, index));
        }

        fn has_mark(&mut self, key: usize, length: usize) -> bool {
            self.bytes()[..length].iter().enumerate().all(|(index, byte)| *byte == mark(key, index))
        }
    }

    impl Drop for Held<'_> {
        fn drop(&mut self) {
            // SAFETY: the block came from this store with this layout, and goes with its holder.
            unsafe { self.store.dealloc(self.pointer, self.layout) };
        }
    }

    fn mark(key: usize, index: usize) -> u8 {
        (key.wrapping_mul(31) ^ index ^ (index >> 8)) as u8
    }

    #[test]
    fn a_large_block_serves_the_next_request_of_about_its_size() {
        let store = Store::new();
        let first = Held::new(&store, layout(5 * MIB)).pointer;
        assert_eq!(Held::new(&store, layout(5 * MIB - MIB / 4)).pointer, first, "a little smaller");
        assert_ne!(Held::new(&store, layout(2 * MIB)).pointer, first, "much smaller: it would be wasted");
        assert_ne!(Held::new(&store, layout(6 * MIB)).pointer, first, "it does not fit");
        assert!(store.kept.bytes() > 12 * MIB, "all three are kept");
    }

    #[test]
    fn zeros_are_zeros_also_in_a_used_block() {
        let store = Store::new();
        for size in [LEAST_LARGE - 1, LEAST_LARGE, 3 * MIB] {
            let mut dirty = Held::new(&store, layout(size));
            dirty.bytes().fill(0xa5);
            let place = dirty.pointer;
            drop(dirty);
            let mut clean = Held::zeroed(&store, layout(size));
            assert!(size < LEAST_LARGE || clean.pointer == place, "it is the same block");
            assert!(clean.bytes().iter().all(|byte| *byte == 0), "{size} bytes");
        }
    }

    #[test]
    fn what_is_kept_never_makes_the_program_much_larger_than_it_was() {
        let store = Store::new();
        for round in 0..40_usize {
            let blocks: Vec<_> =
                (0..6).map(|index| Held::new(&store, layout((1 + (round * 7 + index * 5) % 23) * 4 * MIB))).collect();
            let held: usize = blocks.iter().map(|block| block.layout.size()).sum();
            assert_eq!(store.counter.live(), held);
            // A mapping is at most a sixteenth and a page longer than what was asked for.
            let most = store.counter.most();
            let allowed = most + (most / KEPT_SHARE).max(ALWAYS_KEPT);
            assert!(held + store.kept.bytes() <= allowed + allowed / 8, "round {round}");
        }
        assert_eq!(store.counter.live(), 0);
        assert!(store.kept.bytes() > 0);
        assert!(store.kept.shrink(0, 0));
        assert_eq!(store.kept.bytes(), 0);
    }

    #[test]
    fn blocks_keep_their_bytes_when_they_change_their_size() {
        let store = Store::new();
        let sizes = [100, MIB / 2, 2 * MIB, 2 * MIB - 1000, 9 * MIB, 3 * MIB, 5000, 4 * MIB, 10];
        for align in [1, 64, 4096] {
            let mut block = Held::new(&store, Layout::from_size_align(sizes[0], align).expect("a plain size"));
            for pair in sizes.windows(2) {
                block.mark(pair[1]);
                block.resize(pair[1]);
                assert!(block.has_mark(pair[1], pair[0].min(pair[1])), "from {} to {}", pair[0], pair[1]);
            }
        }
        assert_eq!(store.counter.live(), 0);
        assert!(store.counter.peak() >= 12 * MIB, "two blocks at the same time: {}", store.counter.peak());
    }

    #[test]
    fn blocks_of_odd_alignment_are_the_systems() {
        let store = Store::new();
        drop(Held::new(&store, Layout::from_size_align(3 * MIB, 1 << 16).expect("a plain size")));
        assert_eq!(store.kept.bytes(), 0);
        assert!(Held::new(&store, layout(3 * MIB)).pointer.addr().is_multiple_of(HEADER), "a line of the cache");
    }

    #[test]
    fn a_request_that_nobody_can_serve_gives_back_what_is_kept_and_fails() {
        let store = Store::new();
        drop(Held::new(&store, layout(8 * MIB)));
        assert!(store.kept.bytes() >= 8 * MIB);
        for size in [isize::MAX as usize - 4096, isize::MAX as usize / 2] {
            // SAFETY: the layout is not empty.
            assert!(unsafe { store.alloc(layout(size)) }.is_null());
        }
        assert_eq!((store.kept.bytes(), store.counter.live()), (0, 0));
    }

    /// Threads hand blocks of all sizes to one another; each must arrive as it was sent, and nobody else may have it.
    #[test]
    fn threads_pass_blocks_around_and_none_is_lent_twice() {
        const THREADS: usize = 4;
        const ROUNDS: usize = 60;
        let store = Store::new();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel()).unzip();
        std::thread::scope(|scope| {
            for (thread, inbox) in receivers.into_iter().enumerate() {
                let next = senders[(thread + 1) % THREADS].clone();
                let store = &store;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        let key = thread * ROUNDS + round;
                        let size = [3000, MIB - 1, MIB, 2 * MIB, 2 * MIB + 77, 5 * MIB][(key * 5) % 6] + round;
                        let mut block = Held::new(store, layout(size));
                        block.mark(key);
                        if round % 4 == 3 {
                            block.resize(size + size / 3);
                            assert!(block.has_mark(key, size), "resized by {thread} in {round}");
                            block.mark(key);
                        }
                        next.send((key, block)).expect("the neighbour receives as often as this one sends");
                        let (key, mut block): (usize, Held<'_>) = inbox.recv().expect("the neighbour sends as often");
                        let length = block.layout.size();
                        assert!(block.has_mark(key, length), "received by {thread} in {round}");
                    }
                });
            }
        });
        drop(senders);
        assert_eq!(store.counter.live(), 0);
    }
}
