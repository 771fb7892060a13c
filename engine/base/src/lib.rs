//! What every floor stands on and nothing else knows better: the cancel token, progress, files that are written whole, what
//! is kept from one run to the next and in which folders, paths in JSON, and the program's memory, counted. Nothing here
//! knows tensors, models or jobs. Start with [`CancelToken`] and [`progress`].

mod cancel;
pub mod files;
pub mod folders;
pub mod json_path;
pub mod kept;
mod known_files;
mod lock;
pub mod memory;
pub mod message;
pub mod progress;

pub use cancel::{CancelToken, Cancelled};
pub use files::{Action, WriteError};
pub use folders::{Folders, NoFolders};
pub use known_files::KnownFiles;
pub use lock::FileLock;
pub use message::{Detail, Message};
pub use progress::{Progress, ProgressSink};
