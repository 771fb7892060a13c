//! See `hostile::Kind::Footage`.
#![no_main]

use hummingbird_fuzz::hostile::Kind;
use hummingbird_fuzz::open;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| open(Kind::Footage, bytes));
