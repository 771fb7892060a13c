//! Pickles, in an archive with a few storages around them.
#![no_main]

use hummingbird_fuzz::checkpoint_writer::torch_zip;
use hummingbird_fuzz::open_torch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    open_torch(&torch_zip(bytes, &[("0", &[1; 64]), ("1", &[2; 192]), ("2", &[])]));
});
