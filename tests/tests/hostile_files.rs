//! Files that anyone may have made are read without a panic and without much memory, whatever is changed in them. The fuzz
//! targets of `tests/fuzz` do the same for hours; here are a few seconds of it, the same ones every time.

use hummingbird_engine::memory::{Allocator, Meter};
use hummingbird_tests::hostile::Kind;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// What reading one small file may take in all.
const MAX_BYTES: usize = 64 << 20;
/// Changed files of each kind.
const CHANGES: usize = 600;

/// A xorshift generator: what is changed must be the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// What numbers and words of files are replaced by.
const NASTY: [&str; 14] = [
    "0",
    "1",
    "-1",
    "4000000000",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1e300",
    "1e-300",
    "0.5",
    "null",
    "[]",
    "{}",
    "\"\\u0000\\u001b[31m\"",
];

/// One file with one to four things changed in it.
fn changed(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            // A number of a text becomes another one.
            0..3 => {
                let is_digit = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'e');
                let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|start| at + start) else {
                    continue;
                };
                let end = start + bytes[start..].iter().position(|byte| !is_digit(byte)).unwrap_or(bytes.len() - start);
                bytes.splice(start..end, NASTY[dice.below(NASTY.len())].bytes());
            }
            3 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b']'][dice.below(8)],
            4 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + 1 + dice.below(40)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// One test, so that no other one's memory is counted.
#[test]
fn readers_take_or_refuse_whatever_is_in_a_file() {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let seeds = kind.seeds();
        for (name, seed) in &seeds {
            // The change of an entry that the catalogue lacks is refused.
            let is_taken = kind.read(folder.path(), seed);
            assert_eq!(is_taken, name != "change", "{kind:?}, {name}");
        }
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let (mut taken, seeds) = (0, seeds.values().collect::<Vec<_>>());
        for number in 0..CHANGES {
            let bytes = changed(seeds[number % seeds.len()], &mut dice);
            let kept = folder.path().join("last input");
            std::fs::write(&kept, &bytes).expect("writable");
            let meter = Meter::start();
            taken += usize::from(kind.read(folder.path(), &bytes));
            let peak = meter.peak();
            assert!(peak < MAX_BYTES, "{kind:?}, {number}: {peak} bytes for {}", String::from_utf8_lossy(&bytes));
        }
        // Otherwise the changes do not reach far.
        assert!(taken > 0 && taken < CHANGES, "{kind:?}: {taken} of {CHANGES} were taken");
    }
}
