//! Files of others, as far as they are believed.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use hummingbird_base::WriteError;
use hummingbird_base::files::Action;

use super::error::{VbenchError, VbenchFault};

/// Characters of a parser's complaint that are handed on.
const MOST_DETAIL: usize = 200;

/// The whole of a file that has at most `most_bytes`.
pub(super) fn read(path: &Path, most_bytes: u64) -> Result<Vec<u8>, VbenchError> {
    let failed = |source| io_error(Action::Read, path, source);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most_bytes {
        let bytes = std::fs::metadata(path).map_or(most_bytes + 1, |it| it.len());
        return Err(VbenchError::File { path: path.to_owned(), fault: VbenchFault::Large { bytes, most_bytes } });
    }
    Ok(bytes)
}

/// What the system said of a file.
pub(super) fn io_error(action: Action, path: &Path, source: io::Error) -> VbenchError {
    WriteError::Io { action, path: path.to_owned(), source }.into()
}

/// The beginning of what someone else says about a file.
pub(super) fn brief(detail: &impl ToString) -> String {
    detail.to_string().chars().take(MOST_DETAIL).collect()
}
