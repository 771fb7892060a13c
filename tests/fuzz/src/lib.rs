//! What each fuzz target does with its input: the readers of foreign model files here, all other files in
//! `tests/src/hostile.rs`, where tests use it too.

use std::io::Cursor;
use std::sync::OnceLock;

use hummingbird_engine::weights::{Contents, FormatError, looks_like_torch, read_safetensors, read_torch};
use tempfile::TempDir;

#[path = "../../src/checkpoint_writer.rs"]
pub mod checkpoint_writer;
#[path = "../../src/hostile.rs"]
pub mod hostile;

/// Largest tensor that is read: a file may describe a tensor that is larger than itself, up to a limit of its own.
const MAX_READ_BYTES: u64 = 1 << 16;
/// Bytes that are read of all tensors together.
const MAX_READ_BYTES_IN_ALL: u64 = 1 << 20;

/// Opens a checkpoint of PyTorch and reads its tensors.
pub fn open_torch(bytes: &[u8]) {
    // What is not recognised must still be refused in an orderly way.
    looks_like_torch(&bytes[..bytes.len().min(64)]);
    read_tensors(bytes, read_torch(&mut Cursor::new(bytes)));
}

/// Opens a safetensors file and reads its tensors.
pub fn open_safetensors(bytes: &[u8]) {
    read_tensors(bytes, read_safetensors(&mut Cursor::new(bytes)).map(|(contents, _)| contents));
}

/// Reads a file of another kind, in a folder that all inputs of this process share.
pub fn open(kind: hostile::Kind, bytes: &[u8]) {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
    kind.read(folder.path(), bytes);
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
