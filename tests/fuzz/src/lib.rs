//! What each fuzz target does with a file.

use std::io::Cursor;

#[path = "../../src/checkpoint_writer.rs"]
pub mod checkpoint_writer;

use hummingbird_formats::stored::{Contents, FormatError};
use hummingbird_formats::{safetensors_file, torch};

/// Largest tensor that is read: a file may describe a tensor that is larger than itself, up to a limit of its own.
const MAX_READ_BYTES: u64 = 1 << 16;
/// Bytes that are read of all tensors together.
const MAX_READ_BYTES_IN_ALL: u64 = 1 << 20;

/// Opens a checkpoint of PyTorch and reads its tensors.
pub fn open_torch(bytes: &[u8]) {
    // What is not recognised must still be refused in an orderly way.
    torch::looks_like_torch(&bytes[..bytes.len().min(64)]);
    read_tensors(bytes, torch::read(&mut Cursor::new(bytes)));
}

/// Opens a safetensors file and reads its tensors.
pub fn open_safetensors(bytes: &[u8]) {
    read_tensors(bytes, safetensors_file::read(&mut Cursor::new(bytes)).map(|(contents, _)| contents));
}

fn read_tensors(bytes: &[u8], contents: Result<Contents, FormatError>) {
    let contents = match contents {
        Ok(contents) => contents,
        Err(error) => {
            assert!(error.to_string().chars().count() < 1000, "a message of any length: {error}");
            return;
        }
    };
    let mut left = MAX_READ_BYTES_IN_ALL;
    for tensor in &contents.tensors {
        if tensor.byte_len() <= left.min(MAX_READ_BYTES) {
            left -= tensor.byte_len();
            let elements = tensor.read(&mut Cursor::new(bytes)).expect("the reader checked that it lies in the file");
            assert_eq!(elements.len() as u64, tensor.byte_len());
        }
    }
}
