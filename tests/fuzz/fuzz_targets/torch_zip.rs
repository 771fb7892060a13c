//! Zip archives. A second form of input, after a first byte of 1, is taken apart into members and packed, so that the
//! fuzzer gets past the directory and the checksum: `name length, name, content length, content` in bytes, again and again.
#![no_main]

use hummingbird_fuzz::checkpoint_writer::zip;
use hummingbird_fuzz::open_torch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((1, description)) => open_torch(&packed(description)),
        _ => open_torch(bytes),
    }
});

fn packed(mut description: &[u8]) -> Vec<u8> {
    let mut members = Vec::new();
    while let Some((&len, rest)) = description.split_first() {
        let (name, rest) = rest.split_at(rest.len().min(len.into()));
        let (len, rest) = rest.split_at(rest.len().min(2));
        let len = len.iter().rev().fold(0, |len, &byte| len << 8 | usize::from(byte));
        let (content, rest) = rest.split_at(rest.len().min(len));
        members.push((String::from_utf8_lossy(name).into_owned(), content));
        description = rest;
    }
    zip(&members.iter().map(|(name, content)| (name.as_str(), *content)).collect::<Vec<_>>())
}
