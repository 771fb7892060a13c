//! Streams of pickles. What does not begin as one is put behind the pickles that all have in common.
#![no_main]

use hummingbird_fuzz::checkpoint_writer::{Value, torch_stream};
use hummingbird_fuzz::open_torch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"\x80\x02\x8a\x0a") {
        return open_torch(bytes);
    }
    // Without an object the writer ends with an empty list of keys, which is cut off with it.
    let empty = hummingbird_fuzz::checkpoint_writer::pickle(&Value::List(Vec::new()));
    let mut file = torch_stream(&[], &[]);
    file.truncate(file.len() - empty.len());
    file.extend(bytes);
    open_torch(&file);
});
