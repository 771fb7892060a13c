//! Engines of the demo model that keep what they keep in a folder of their own.

use std::ops::Deref;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::worker::{EngineHandle, EngineOptions};
use tempfile::TempDir;

/// An engine and its folder, which goes with it.
pub struct OwnEngine {
    engine: EngineHandle,
    _folder: TempDir,
}

impl OwnEngine {
    /// Starts one.
    ///
    /// # Panics
    /// Where there is no room for a folder.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = EngineOptions::at(folder.path());
        let engine = EngineHandle::start(&ModelSource::Embedded, options).expect("the model is embedded");
        Self { engine, _folder: folder }
    }
}

impl Deref for OwnEngine {
    type Target = EngineHandle;

    fn deref(&self) -> &EngineHandle {
        &self.engine
    }
}
