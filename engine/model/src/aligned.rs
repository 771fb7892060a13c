//! Files inside of the program, where their numbers can be read in place.

/// Bytes that begin where a number of any format may begin; the linker puts plain ones anywhere, another place in every build.
#[repr(align(64))]
pub struct Aligned<B: ?Sized>(pub B);
