//! Manifests wherever they lie.

use hummingbird_base::CancelToken;

use super::error::WorkError;
use super::shard::no_room;
use crate::manifest::{self, Row};
use crate::objects::{Place, Places};

/// The rows of manifests, one after the other, with their paths as a manifest in `folder` has them.
///
/// # Errors
/// Manifests that cannot be read.
pub fn read_manifests(
    manifests: &[Place],
    folder: &Place,
    places: &Places,
    cancel: &CancelToken,
) -> Result<Vec<Row>, WorkError> {
    let mut all = Vec::new();
    for place in manifests {
        cancel.check()?;
        let copy = places.local(place, cancel)?;
        let mut rows = manifest::read(&copy)?;
        let from = place.folder();
        if from != *folder {
            for row in &mut rows {
                row.path = from.of_row(row)?.text(folder);
            }
        }
        all.append(&mut rows);
    }
    Ok(all)
}

/// Writes a manifest: whole, or not at all. One on this machine is locked meanwhile.
///
/// # Errors
/// Places that cannot be written, and a manifest that another job holds.
pub fn write_manifest(place: &Place, rows: &[Row], places: &Places, cancel: &CancelToken) -> Result<(), WorkError> {
    let _lock = match place {
        Place::File(path) => Some(manifest::Lock::take(path)?),
        Place::Object(_) => None,
    };
    places.make(place, cancel, |path| manifest::write(path, rows).map_err(no_room))
}
