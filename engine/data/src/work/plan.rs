//! Which clip belongs to which shard.

use std::collections::BTreeMap;

use hummingbird_base::CancelToken;
use serde_json::Value;

use super::error::WorkError;
use crate::manifest::{self, Row};
use crate::objects::{Place, Places};

/// Most shards of a plan.
pub const MAX_SHARDS: u64 = 1_000_000;
/// The column with the shard.
const COLUMN: &str = "shard";

/// Gives every row a shard, from 0: rows stay in their order, stretches of one file that follow each other stay together, and shards
/// have about equally many frames.
///
/// # Errors
/// [`WorkError::Shards`].
pub fn divide(rows: &mut [Row], shards: u64) -> Result<(), WorkError> {
    if !(1..=MAX_SHARDS).contains(&shards) {
        return Err(WorkError::Shards { shards, most: MAX_SHARDS });
    }
    // A clip costs something even when nobody knows its length.
    let weight = |row: &Row| u128::from(row.frames.max(1));
    let total: u128 = rows.iter().map(weight).sum();
    let mut before = 0_u128;
    for group in rows.chunk_by_mut(|a, b| a.path == b.path) {
        let own: u128 = group.iter().map(weight).sum();
        // The shard in which the middle of the group lies.
        let shard = ((2 * before + own) * u128::from(shards) / (2 * total)).min(u128::from(shards - 1));
        let shard = u64::try_from(shard).unwrap_or(shards - 1);
        before += own;
        for row in group {
            row.extra.insert(COLUMN.to_owned(), shard.into());
        }
    }
    Ok(())
}

/// A plan that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The folder that its paths are relative to.
    pub folder: Place,
    /// Number of shards: one more than the largest in the plan.
    pub shards: u64,
    rows: BTreeMap<u64, Vec<Row>>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// Manifests that cannot be read or are no plan.
    pub fn read(place: &Place, places: &Places, cancel: &CancelToken) -> Result<Self, WorkError> {
        let copy = places.local(place, cancel)?;
        Self::of_rows(manifest::read(&copy)?, place)
    }

    /// A plan of divided rows that lie, or would lie, in a manifest at `place`.
    ///
    /// # Errors
    /// [`WorkError::NoPlan`] where a row has no shard.
    pub fn of_rows(rows: Vec<Row>, place: &Place) -> Result<Self, WorkError> {
        let mut by_shard: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
        for mut row in rows {
            // CSV has no kinds.
            let shard = row.extra.remove(COLUMN).and_then(|value| match value {
                Value::String(text) => text.trim().parse().ok(),
                value => value.as_u64(),
            });
            let shard = shard.filter(|&shard| shard < MAX_SHARDS);
            let shard = shard.ok_or_else(|| WorkError::NoPlan { path: place.to_string().into() })?;
            by_shard.entry(shard).or_default().push(row);
        }
        let shards = by_shard.last_key_value().map_or(0, |(last, _)| last + 1);
        Ok(Self { folder: place.folder(), shards, rows: by_shard })
    }

    /// The rows of a shard; none where it is empty.
    ///
    /// # Errors
    /// [`WorkError::NoShard`].
    pub fn rows(&self, shard: u64) -> Result<Vec<Row>, WorkError> {
        if shard >= self.shards {
            return Err(WorkError::NoShard { shard, last: self.shards.saturating_sub(1) });
        }
        Ok(self.rows.get(&shard).cloned().unwrap_or_default())
    }
}
