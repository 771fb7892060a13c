//! Checkpoints of PyTorch: zip archives (TorchScript programs among them, of which only the weights are read), and the streams of
//! pickles before 1.6. Other forms of file are elsewhere.
//!
//! A pickle is a program, and these readers run none: `pickle` turns opcodes into plain values and calls nothing, `classes`
//! lists the few names that mean something, `tensors` makes tensors of values, and `forms` finds those that are weights.
//! `archive` (with `directory`) and `legacy` find out where in the file the elements lie; they are not read here.
//!
//! Files are hostile. Nothing recurses, so depth costs no stack; all that grows is counted, and each count has a limit, a
//! constant beside the code that counts. At most 256 MiB are in use beyond the names that are returned, whatever the file
//! says: 16 MiB for the pickle, 32 for its values, 96 for their lists, 32 for what it remembers, the rest for the directory
//! of an archive and for the tensors. A tensor is read by who asks for it, and may be as large as
//! [`MAX_TENSOR_BYTES`](super::stored::MAX_TENSOR_BYTES) however short its file: views may repeat elements.
//!
//! Start at [`read`].

mod archive;
mod classes;
mod directory;
mod forms;
mod legacy;
mod pickle;
mod tensors;
#[cfg(test)]
mod tests;
mod value;

use crate::fault::Fault;
use std::io::{Read, Seek, SeekFrom};

use self::tensors::TensorReader;
use super::stored::{Arrangement, Container, Contents, FormatError, StoredTensor};

const ZIP_START: &[u8] = b"PK\x03\x04";

/// Whether a file that begins with `start`, its first 64 bytes or all that it has, may be a checkpoint of PyTorch. Of zip
/// archives only [`read`] can tell.
pub fn looks_like_torch(start: &[u8]) -> bool {
    start.starts_with(ZIP_START) || legacy::begins(start)
}

/// Finds the tensors of a checkpoint. Their elements are not read.
///
/// # Errors
/// `Damaged` when the file is not whole or contradicts itself, `Foreign` when it is no checkpoint or of a kind that is not
/// read, `Io` when the system could not read it.
pub fn read(file: &mut (impl Read + Seek)) -> Result<Contents, FormatError> {
    let mut start = Vec::with_capacity(64);
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(64).read_to_end(&mut start)?;
    if start.starts_with(ZIP_START) {
        let archive = archive::open(file)?;
        let (graph, _) = pickle::read(&archive.pickle, 0)?;
        let reader = TensorReader::new(&graph, &archive.storages);
        let found =
            if archive.is_script { forms::tensors_of_script(&graph, &reader) } else { forms::tensors(&graph, &reader) };
        contents(Container::TorchZip, &graph, found?)
    } else if legacy::begins(&start) {
        let head = legacy::head(file)?;
        let (graph, storages) = legacy::open(file, &head)?;
        let found = forms::tensors(&graph, &TensorReader::new(&graph, &storages))?;
        contents(Container::TorchStream, &graph, found)
    } else {
        Err(FormatError::Foreign(Fault::NotPyTorch.into()))
    }
}

fn contents(
    container: Container,
    graph: &value::Graph<'_>,
    (arrangement, tensors): (Arrangement, Vec<StoredTensor>),
) -> Result<Contents, FormatError> {
    Ok(Contents { container, arrangement, tensors, foreign_classes: forms::foreign_classes(graph)? })
}

/// A text from a file as messages show it: quoted, its start only. Its length is counted as it is shown, since an escape
/// takes several characters.
fn brief(text: &str) -> String {
    let mut shown = 0;
    let is_short = |it: &char| {
        shown += it.escape_debug().count();
        shown <= 80
    };
    let start: String = text.chars().take_while(is_short).collect();
    let dots = if start.len() < text.len() { "..." } else { "" };
    format!("{start:?}{dots}")
}
