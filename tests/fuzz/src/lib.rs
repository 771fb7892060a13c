//! The readers of foreign model files, without the engine around them: they know only each other, so that a fuzz target
//! builds in seconds. Here is what they take from the engine, and what each target does with a file.

use std::io::Cursor;

#[path = "../../src/checkpoint_writer.rs"]
pub mod checkpoint_writer;

/// What the engine makes of an error, as far as the readers know it.
pub mod error {
    use std::path::PathBuf;

    /// See the engine.
    #[derive(Debug)]
    pub enum EngineError {
        /// See the engine.
        ModelDamaged {
            /// See the engine.
            path: PathBuf,
            /// See the engine.
            detail: String,
        },
        /// See the engine.
        ModelForeign {
            /// See the engine.
            path: PathBuf,
            /// See the engine.
            detail: String,
        },
        /// See the engine.
        ModelOpen {
            /// See the engine.
            path: PathBuf,
            /// See the engine.
            source: std::io::Error,
        },
    }
}

pub mod weights;

use weights::stored::{Contents, FormatError};

/// Largest tensor that is read: a file may describe a tensor that is larger than itself, up to a limit of its own.
const MAX_READ_BYTES: u64 = 1 << 16;
/// Bytes that are read of all tensors together.
const MAX_READ_BYTES_IN_ALL: u64 = 1 << 20;

/// Opens a checkpoint of PyTorch and reads its tensors.
pub fn open_torch(bytes: &[u8]) {
    // What is not recognised must still be refused in an orderly way.
    weights::torch::looks_like_torch(&bytes[..bytes.len().min(64)]);
    read_tensors(bytes, weights::torch::read(&mut Cursor::new(bytes)));
}

/// Opens a safetensors file and reads its tensors.
pub fn open_safetensors(bytes: &[u8]) {
    read_tensors(bytes, weights::safetensors_file::read(&mut Cursor::new(bytes)).map(|(contents, _)| contents));
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
