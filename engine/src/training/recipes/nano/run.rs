//! Goes through the stages and writes the model. May be killed at any time and started again.

use std::path::PathBuf;

use burn::tensor::Device;
use hummingbird_base::CancelToken;

use super::budget::Budget;
use super::{NanoRecipe, NanoStage};
use crate::model::{ModelProvenance, ModelSource};
use crate::nn::params::NamedTensor;
use crate::training::TrainError;
use crate::training::recipes::common::create_folder;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::newest_checkpoint;
use crate::weights::{ModelFile, WeightPrecision, write_model};

/// A run whose recipe was checked.
#[derive(Debug)]
pub struct NanoRun {
    recipe: NanoRecipe,
}

impl NanoRun {
    pub(super) fn new(recipe: NanoRecipe) -> Self {
        Self { recipe }
    }

    /// The recipe.
    pub fn recipe(&self) -> &NanoRecipe {
        &self.recipe
    }

    /// Trains the stages that are not finished, or until cancelled; `true` when `stages` are. Scorers whose scores have no weight are left
    /// out. With a `budget` (seconds) each is cut to
    /// its share of it when its turn comes; a run that was given one keeps it.
    ///
    /// # Errors
    /// When a file of an earlier stage is missing, the folder cannot be written, a checkpoint there does not fit, or a loss is not
    /// finite.
    pub fn train(
        &self,
        stages: &[NanoStage],
        budget: Option<f64>,
        device: &Device,
        cancel: &CancelToken,
        watch: &mut Watch<'_>,
    ) -> Result<bool, TrainError> {
        let mut budget = Budget::open(&self.recipe.folder(), budget)?;
        let stages: Vec<NanoStage> = stages.iter().copied().filter(|&stage| self.recipe.uses(stage)).collect();
        for (number, &stage) in stages.iter().enumerate() {
            watch(TrainEvent::Stage { name: stage.name(), number: number + 1, of: stages.len() });
            let recipe = match &mut budget {
                None => self.recipe.clone(),
                Some(budget) => match budget.cut(&self.recipe, stage, device, cancel) {
                    Err(TrainError::Cancelled(_)) => return Ok(false),
                    cut => cut?,
                },
            };
            let folder = recipe.folder().join(stage.name());
            let before = newest_checkpoint(&folder);
            let run = recipe.stage(stage, &folder)?;
            create_folder(&self.recipe.folder())?;
            if !run.train(device, cancel, watch)? {
                return Ok(false);
            }
            // A file that is written anew would be another one to those that name its hash.
            if newest_checkpoint(&folder) != before || !run.output().is_file() {
                run.write(device, watch)?;
            }
            if stage == NanoStage::Turbo {
                self.write_model(watch)?;
            }
        }
        Ok(true)
    }

    /// Writes the finished model, with 16 bits a weight.
    fn write_model(&self, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        let open = |stage| ModelFile::open(&ModelSource::File(self.recipe.file(stage)));
        let file = open(NanoStage::Turbo)?;
        let mut description = file.description().clone();
        description.name = "Nano".to_owned();
        let notes = |file: &ModelFile| file.description().provenance.notes.clone();
        description.provenance = ModelProvenance {
            command: "hummingbird train nano".to_owned(),
            seed: self.recipe.seed,
            notes: format!(
                "teacher: {}. Student: {}. Few steps: {}",
                notes(&open(NanoStage::Teacher)?),
                notes(&open(NanoStage::Student)?),
                notes(&file)
            ),
        };
        let checkpoint = file.checkpoint();
        let tensors: Result<Vec<NamedTensor>, TrainError> = checkpoint
            .contents()
            .tensors
            .iter()
            .map(|tensor| {
                let values = checkpoint.floats(tensor)?;
                Ok(NamedTensor { name: tensor.name().to_owned(), shape: tensor.shape().to_vec(), values })
            })
            .collect();
        let path: PathBuf = self.recipe.model_file();
        write_model(&path, &description, &tensors?, WeightPrecision::F16)?;
        watch(TrainEvent::Model { path });
        Ok(())
    }
}
