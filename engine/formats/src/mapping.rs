//! Files mapped into memory, so that weights are used where the system keeps the file.
//!
//! Whoever changes a mapped file in place changes what is computed with, and where it was cut off the system raises `SIGBUS`,
//! which ends a program. Reading into memory of our own would take 3.6 to 6.4 times as long (docs/rejected.md) and the file's
//! size in memory, so files stay mapped and the signal is caught: zeros take the place of what is missing, the mapping
//! remembers that it was cut, and who uses it asks [`Mapped::is_cut`] before it believes a result. A fault outside of these
//! mappings goes to whoever handled the signal before. Windows refuses to cut off a file that is mapped. Hummingbird itself
//! writes models under another name and renames them, which leaves a mapped file as it was.

use std::fs::File;

use memmap2::Mmap;

/// Bytes of a mapped file.
#[derive(Clone, Debug)]
pub struct Mapped {
    bytes: bytes::Bytes,
    place: usize,
}

impl Mapped {
    /// All of them, without a copy.
    pub fn bytes(&self) -> &bytes::Bytes {
        &self.bytes
    }

    /// Whether bytes were touched that the file no longer has; they are zeros now.
    pub fn is_cut(&self) -> bool {
        faults::is_cut(self.place)
    }
}

/// The mapping, and its place in the list that the signal's handler looks at.
struct Owner {
    map: Mmap,
    place: usize,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        faults::forget(self.place);
    }
}

/// The bytes of `file` as they are on the disk, read when they are first touched; `None` where the system cannot map them, or
/// where very many files are mapped already.
pub fn map(file: &File) -> Option<Mapped> {
    // SAFETY: the map is only read, lives as long as the bytes that are made from it, and every pattern of bits is a valid
    // byte and a valid half. What remains is that others may cut the file off while it is open; see above.
    let map = unsafe { Mmap::map(file) }.ok()?;
    let place = faults::watch(map.as_ptr().addr(), map.len())?;
    let bytes = bytes::Bytes::from_owner(Owner { map, place });
    Some(Mapped { bytes, place })
}

#[cfg(unix)]
mod faults {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

    /// Most files that are mapped at the same time.
    const MOST: usize = 64;

    /// A range of addresses. A start of zero is a free place, a start of one a place that is being filled.
    struct Range {
        start: AtomicUsize,
        end: AtomicUsize,
        cut: AtomicBool,
    }

    static RANGES: [Range; MOST] =
        [const { Range { start: AtomicUsize::new(0), end: AtomicUsize::new(0), cut: AtomicBool::new(false) } }; MOST];
    static PAGE: AtomicUsize = AtomicUsize::new(0);
    /// Who handled the signal before; never freed, since a handler may read it at any time.
    static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(std::ptr::null_mut());

    /// Has faults in a range caught from now on; its place, or `None` where all are taken.
    pub(super) fn watch(start: usize, len: usize) -> Option<usize> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        if !*INSTALLED.get_or_init(install) {
            return None;
        }
        let is_free = |range: &Range| range.start.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        let place = RANGES.iter().position(is_free)?;
        let range = &RANGES[place];
        range.cut.store(false, Ordering::SeqCst);
        // While the end is still zero the range holds no address.
        range.start.store(start, Ordering::SeqCst);
        range.end.store(start + len, Ordering::SeqCst);
        Some(place)
    }

    pub(super) fn forget(place: usize) {
        RANGES[place].end.store(0, Ordering::SeqCst);
        RANGES[place].start.store(0, Ordering::SeqCst);
    }

    pub(super) fn is_cut(place: usize) -> bool {
        RANGES[place].cut.load(Ordering::SeqCst)
    }

    fn install() -> bool {
        // SAFETY: `sysconf` only reads, and a zeroed `sigaction` is a valid one that is filled by the first call. The handler
        // keeps to what is allowed in one.
        unsafe {
            let Ok(page) = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)) else { return false };
            if !page.is_power_of_two() {
                return false;
            }
            PAGE.store(page, Ordering::SeqCst);
            let mut before: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut before) != 0 {
                return false;
            }
            BEFORE.store(Box::into_raw(Box::new(before)), Ordering::SeqCst);
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_fault;
            let mut ours: libc::sigaction = std::mem::zeroed();
            ours.sa_sigaction = handler as libc::sighandler_t;
            ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut ours.sa_mask);
            libc::sigaction(libc::SIGBUS, &raw const ours, std::ptr::null_mut()) == 0
        }
    }

    /// Runs on the thread that touched the missing bytes: loads and stores of atomics and one `mmap`, nothing that locks or
    /// allocates.
    extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the system hands a valid `info` to a handler with SA_SIGINFO.
        let address = unsafe { (*info).si_addr() }.addr();
        for range in &RANGES {
            let (start, end) = (range.start.load(Ordering::SeqCst), range.end.load(Ordering::SeqCst));
            if start <= 1 || !(start..end).contains(&address) {
                continue;
            }
            let first = address & !(PAGE.load(Ordering::SeqCst) - 1);
            // SAFETY: from the page of the fault to the end lies our own mapping, which somebody reads at this moment and which
            // is therefore not unmapped; zeros take its place.
            let made = unsafe {
                libc::mmap(
                    std::ptr::without_provenance_mut(first),
                    end - first,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            if made != libc::MAP_FAILED {
                range.cut.store(true, Ordering::SeqCst);
                return;
            }
        }
        hand_on(signal, info, context);
    }

    /// Gives a fault that is not ours to whoever handled the signal before.
    fn hand_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let before = BEFORE.load(Ordering::SeqCst);
        // SAFETY: it was stored before this handler was installed, and is never freed or changed. A handler that was installed
        // with SA_SIGINFO takes three arguments, others take one; both are what their owner handed to the system.
        unsafe {
            let handler = (*before).sa_sigaction;
            if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
                // The instruction runs again and meets the system's own action.
                let mut default: libc::sigaction = std::mem::zeroed();
                default.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &raw const default, std::ptr::null_mut());
            } else if (*before).sa_flags & libc::SA_SIGINFO != 0 {
                type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
                std::mem::transmute::<libc::sighandler_t, Handler>(handler)(signal, info, context);
            } else {
                std::mem::transmute::<libc::sighandler_t, extern "C" fn(libc::c_int)>(handler)(signal);
            }
        }
    }
}

#[cfg(not(unix))]
mod faults {
    pub(super) fn watch(_start: usize, _len: usize) -> Option<usize> {
        Some(0)
    }

    pub(super) fn forget(_place: usize) {}

    pub(super) fn is_cut(_place: usize) -> bool {
        false
    }
}
