//! What every floor stands on and nothing else knows better: the cancel token, files that are written whole, paths in
//! JSON, and the program's memory, counted. Nothing here knows tensors, models or jobs. Start with [`CancelToken`].

mod cancel;
pub mod files;
pub mod json_path;
pub mod memory;

pub use cancel::{CancelToken, Cancelled};
pub use files::WriteError;
