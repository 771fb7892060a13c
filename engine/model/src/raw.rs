//! Writing safetensors from bytes: the frame that every file of ours is written in.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use hummingbird_base::files::{Taken, WholeFile, folder_of};
use hummingbird_base::progress::{Progress, StageName, Unit};
use hummingbird_base::{Action, CancelToken, ProgressSink, WriteError};
use hummingbird_formats::stored::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::Serialize;

use crate::error::ModelError;

/// Writing the tensors of a model.
pub const WRITING: StageName = StageName("writing");

/// A tensor of a file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTensor {
    /// Name in the file.
    pub name: String,
    /// Number format.
    pub dtype: Dtype,
    /// Sides.
    pub shape: Vec<usize>,
}

impl RawTensor {
    /// Bytes of the elements.
    pub fn byte_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }
}

/// The header of a file. The library keeps texts in a table whose order differs from run to run; the same model has to give the same
/// bytes.
#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    tensors: &'a Metadata,
}

/// Writes a file under a temporary name in the folder of `path` and renames it: no half-written file is ever seen. `next` gives the
/// little-endian bytes of the tensors in their order, in pieces of any length, and `None` at the end.
///
/// # Errors
/// What `next` gives, `WrongLength` when its pieces are together not as long as the tensors, `Cancelled`, `DiskFull` before
/// anything is written, or `Io`.
pub fn write_raw(
    path: &Path,
    metadata: &[(&str, String)],
    tensors: &[RawTensor],
    next: &mut dyn FnMut() -> Result<Option<Vec<u8>>, ModelError>,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(), ModelError> {
    let io = |source| WriteError::Io { action: Action::Write, path: path.to_owned(), source };
    let mut end = 0;
    let mut infos = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let start = end;
        end += tensor.byte_len();
        let RawTensor { name, dtype, shape } = tensor.clone();
        infos.push((name, TensorInfo { dtype, shape, data_offsets: (start, end) }));
    }
    let tensors_of_header = Metadata::new(None, infos).map_err(|error| io(std::io::Error::other(error)))?;
    let metadata = metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let header = Header { metadata, tensors: &tensors_of_header };
    let mut header = serde_json::to_vec(&header).map_err(|error| io(error.into()))?;
    header.resize(header.len().next_multiple_of(8), b' '); // The data begin at a multiple of eight bytes.

    let needed = (8 + header.len() + end) as u64;
    let free = fs4::available_space(folder_of(path)).map_err(io)?;
    if free < needed {
        return Err(WriteError::DiskFull { path: path.to_owned(), needed_bytes: needed, free_bytes: free }.into());
    }
    let mut on_bytes = |done: u64| {
        sink.progress(Progress::new(WRITING, Unit::Bytes, done, Some(end as u64)));
        cancel.check()
    };
    let mut file = WholeFile::begin(path).map_err(io)?;
    {
        let mut out = BufWriter::with_capacity(1 << 20, &mut file);
        out.write_all(&(header.len() as u64).to_le_bytes()).map_err(io)?;
        out.write_all(&header).map_err(io)?;
        let mut done = 0;
        loop {
            on_bytes(done as u64)?;
            let Some(bytes) = next()? else { break };
            out.write_all(&bytes).map_err(io)?;
            done += bytes.len();
        }
        if done != end {
            let name = tensors.last().map(|tensor| tensor.name.clone()).unwrap_or_default();
            return Err(ModelError::WrongLength { name });
        }
        out.flush().map_err(io)?;
    }
    file.finish(Taken::Replace).map_err(io)?;
    Ok(())
}
