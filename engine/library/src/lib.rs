//! The library: every finished clip as a file that the user can see, and an index by which it is found again.
//!
//! [`keep`] writes a finished clip at once, [`Library`] is the index (SQLite) with marks, queries, removal with undo and a scan
//! that builds it anew from the files. What a person added to a clip (favourite, tags, note, project) is also in `marks.json`, so
//! that an index which is lost costs nothing. [`thumbnail`] makes small moving pictures of kept clips. Not here: what the window
//! shows of it, and latents (the engine's `jobs::latents`, within the budget of [`LibrarySettings`]). Begin with [`keep`].

mod entry;
mod error;
mod index;
mod keep;
mod latent;
mod marks;
mod naming;
mod query;
mod removal;
mod scan;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
mod thumbnail;

pub use entry::{ClipId, Entry};
pub use error::LibraryError;
pub use index::{Facets, Library, Mark};
pub use keep::{KEPT_QUALITY, NewClip, Written, keep};
pub use naming::{DEFAULT_PATTERN, file_stem, project_folder};
pub use query::{Filter, Query, Sort};
pub use removal::{Bin, Removed};
pub use scan::Scanned;
pub use settings::{DEFAULT_LATENT_BUDGET_BYTES, LibrarySettings};
pub use thumbnail::{all_frames, thumbnail};
