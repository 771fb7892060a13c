//! Pruning on a given teacher: every tensor of the student that has a source, bit by bit.

use super::StageFiles;
use super::config::StageConfig;
use super::outputs::{Output, OutputValues};
use crate::jobs::error::EngineError;
use crate::training::prune::{BlockMap, Pruned};

/// The student's tensors under their names.
pub(super) fn prune(files: &StageFiles<'_>, config: &StageConfig<'_>) -> Result<Vec<Output>, EngineError> {
    let student = config.unet("unet_config", files.checkpoint)?;
    let teacher = config.unet("teacher_unet_config", files.checkpoint)?;
    let map = BlockMap::new(&student, &teacher).map_err(|unfit| config.unusable(unfit.into()))?;
    let pruned = Pruned::new(&student, map, files.checkpoint)?;
    let copies = pruned.copies().into_iter().map(|(name, tensor)| Output {
        name,
        shape: tensor.shape().to_vec(),
        values: OutputValues::Stored(tensor.clone()),
    });
    Ok(copies.collect())
}
