//! Hostile checkpoints, written byte by byte: none may do more than fail. Whole checkpoints by PyTorch itself are read by
//! the system tests. `pickles` damages the object, `containers` what is around it.

mod containers;
mod pickles;
#[path = "../../../../../tests/src/checkpoint_writer.rs"]
mod writer;

use std::io::Cursor;

use super::super::stored::{Arrangement, Contents, FormatError};
use super::read;
use writer::{Value, module, parameter, pickle, torch_stream, torch_zip, view};

/// Longest message about any file.
const MAX_MESSAGE_CHARS: usize = 1000;

/// Reads a file and, if it can be opened, every tensor that is not large.
fn open(bytes: &[u8]) -> Result<Contents, FormatError> {
    let contents = read(&mut Cursor::new(bytes));
    if let Err(error) = &contents {
        assert!(error.to_string().chars().count() < MAX_MESSAGE_CHARS, "{error}");
    }
    for tensor in contents.iter().flat_map(|contents| &contents.tensors) {
        if tensor.byte_len() <= 1 << 20 {
            let elements = tensor.read(&mut Cursor::new(bytes)).expect("the tensor lies in the file");
            assert_eq!(elements.len() as u64, tensor.byte_len());
        }
    }
    contents
}

/// Reads a pickle in an archive beside a storage `0` of 64 bytes.
fn open_pickle(pickle: &[u8]) -> Result<Contents, FormatError> {
    open(&torch_zip(pickle, &[("0", &[1; 64])]))
}

fn open_value(value: &Value) -> Result<Contents, FormatError> {
    open_pickle(&pickle(value))
}

/// What is said of a file that cannot be read.
fn refusal(contents: Result<Contents, FormatError>) -> String {
    contents.expect_err("the file must be refused").to_string()
}

/// A tensor at the start of the storage `0`, which has 16 elements.
fn weight(shape: &[usize]) -> Value {
    let strides: Vec<usize> = (0..shape.len()).map(|side| shape.iter().skip(side + 1).product()).collect();
    view("FloatStorage", "0", 16, 0, shape, &strides)
}

/// A small model in its usual form.
fn small_model() -> Value {
    module(
        "models.Net",
        vec![("scale", parameter(weight(&[2, 3]))), ("bias", Value::Nothing)],
        vec![("seen", weight(&[4])), ("mask", weight(&[5]))],
        &["mask"],
        vec![
            ("first", module("torch.nn.Linear", vec![("weight", weight(&[1, 6]))], vec![], &[], vec![])),
            ("second", module("torch.nn.Identity", vec![], vec![], &[], vec![])),
            ("third", Value::Nothing),
        ],
    )
}

fn names(contents: &Contents) -> Vec<&str> {
    contents.tensors.iter().map(|tensor| tensor.name()).collect()
}

#[test]
fn the_small_model_itself_is_read() {
    let pickle = pickle(&small_model());
    let storage: Vec<u8> = (0..64).collect();
    for bytes in [torch_zip(&pickle, &[("0", &storage)]), torch_stream(&pickle, &[("0", 4, &storage)])] {
        let contents = open(&bytes).expect("the file is whole");
        assert_eq!(contents.arrangement, Arrangement::Module);
        assert_eq!(names(&contents), ["scale", "seen", "first.weight"]);
        assert_eq!(contents.foreign_classes, ["models.Net", "torch.nn.Identity", "torch.nn.Linear"]);
        let elements = contents.tensors[0].read(&mut Cursor::new(&bytes)).expect("it lies in the file");
        assert_eq!(elements, storage[..24]);
    }
}
