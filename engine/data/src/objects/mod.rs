//! Objects in S3-like stores, wherever a file can be named: `s3://bucket/key`.
//!
//! Requests are signed by `rusty-s3` and sent by `ureq`. `address` reads what is typed, `settings` the usual variables of the
//! environment, `exchange` sends one request, `store` joins them: attempts, ranges, uploads in parts. `place` is a file or an object,
//! for those who do not care which. Begin with [`ObjectStore`] or [`Place`].

mod address;
mod error;
mod exchange;
mod place;
mod settings;
mod store;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
mod tests;

pub use address::ObjectAddress;
pub use error::{AddressFault, ObjectError, ObjectFault, StoreSettingsFault};
pub use place::{LocalCopy, Place, Places};
pub use settings::StoreSettings;
pub use store::{ObjectInfo, ObjectStore, StoreOptions};
