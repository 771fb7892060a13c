//! Work in shards, on one machine or many: a plan gives each clip a shard, and whoever hands out numbers (Ray, Slurm, GNU parallel)
//! starts `hummingbird data work` for each.
//!
//! A shard is `00042.parquet` with what else its steps make (`00042.tar`) and `00042_stats.json`, which comes last and says that it is
//! finished. All are written in a folder beside and renamed: a process that is killed leaves nothing that counts, the same work
//! gives the same bytes, and a finished shard is not made again. `plan` divides, `step` is what is done with a shard's rows, `stages` are those that there are, `shard`
//! does it. Begin with [`run`].

mod error;
mod manifests;
mod plan;
mod shard;
mod stages;
mod step;
#[cfg(test)]
mod tests;

pub use error::WorkError;
pub use manifests::{read_manifests, write_manifest};
pub use plan::{MAX_SHARDS, Plan, divide};
pub(crate) use shard::hex;
pub use shard::{Counts, Outcome, ShardReport, run};
pub use stages::{caption_step, cut_step, file_hash, motion_step, score_step};
pub use step::{RowsStep, Shard, Step};
