//! Safetensors files, whole or, where the input begins with a brace, as a header that fits what follows it.
#![no_main]

use hummingbird_fuzz::open_safetensors;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if !bytes.starts_with(b"{") {
        return open_safetensors(bytes);
    }
    let header_len = bytes.iter().rposition(|&byte| byte == b'}').map_or(bytes.len(), |last| last + 1);
    let mut file = (header_len as u64).to_le_bytes().to_vec();
    file.extend(bytes);
    open_safetensors(&file);
});
