//! A time for all stages: each is measured when its turn comes, and cut (or stretched) to its share.
//!
//! What was decided is kept in the folder of the run, so that one that goes on has the same length whatever the machine is busy with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_base::{Action, CancelToken, WriteError, files};
use serde::{Deserialize, Serialize};

use super::{NanoRecipe, NanoStage};
use crate::training::TrainError;
use crate::training::recipes::common::create_folder;
use crate::training::recipes::tiny_decoder::TinyDecoderRecipe;
use crate::training::trainer::TrainPosition;

/// Name of the file in the folder of a run.
const FILE: &str = "budget.json";
/// Folder of the updates that are measured.
const TIMING: &str = "timing";
/// Updates before the clock runs, and while it runs.
const WARM: u64 = 1;
const TIMED: u64 = 4;
/// What of a stage's share its updates get; the rest is loading, encoding, sample grids and files.
const FOR_UPDATES: f64 = 0.85;

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Decided {
    budget_secs: f64,
    /// How long each stage is, in lengths of the recipe.
    factors: BTreeMap<String, f64>,
}

/// The time of a run.
#[derive(Debug)]
pub(super) struct Budget {
    path: PathBuf,
    decided: Decided,
}

impl Budget {
    /// That of the run in `folder`; a run that has one keeps it.
    ///
    /// # Errors
    /// When the run there has another, or a file cannot be read.
    pub fn open(folder: &Path, secs: Option<f64>) -> Result<Option<Self>, TrainError> {
        let path = folder.join(FILE);
        let kept: Option<Decided> = match fs::read_to_string(&path) {
            Ok(text) => Some(
                serde_json::from_str(&text)
                    .map_err(|error| TrainError::CheckpointDamaged { path: path.clone(), detail: error.to_string() })?,
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(WriteError::Io { action: Action::Read, path, source }.into()),
        };
        let decided = match (kept, secs) {
            (None, None) => return Ok(None),
            (None, Some(budget_secs)) => Decided { budget_secs, factors: BTreeMap::new() },
            (Some(kept), Some(secs)) if kept.budget_secs != secs => {
                return Err(TrainError::OtherBudget { folder: folder.to_owned(), secs: kept.budget_secs });
            }
            (Some(kept), _) => kept,
        };
        Ok(Some(Self { path, decided }))
    }

    /// `recipe` with `stage` cut to its share of the time.
    ///
    /// # Errors
    /// When a stage cannot be run or a file cannot be written; `Cancelled`.
    pub fn cut(
        &mut self,
        recipe: &NanoRecipe,
        stage: NanoStage,
        device: &Device,
        cancel: &CancelToken,
    ) -> Result<NanoRecipe, TrainError> {
        if let Some(&factor) = self.decided.factors.get(stage.name()) {
            return Ok(recipe.scaled(stage, factor));
        }
        let whole = measured(recipe, stage, device, cancel)?;
        let factor = self.decided.budget_secs * stage.share() * FOR_UPDATES / whole.max(1e-3);
        self.decided.factors.insert(stage.name().to_owned(), factor);
        let json = serde_json::to_string_pretty(&self.decided).expect("plain numbers");
        create_folder(&recipe.folder())?;
        let io = |source| WriteError::Io { action: Action::Write, path: self.path.clone(), source };
        files::replace(&self.path, json.as_bytes()).map_err(io)?;
        Ok(recipe.scaled(stage, factor))
    }
}

/// Seconds that the updates of a stage would take.
fn measured(recipe: &NanoRecipe, stage: NanoStage, device: &Device, cancel: &CancelToken) -> Result<f64, TrainError> {
    if stage != NanoStage::Teacher {
        let secs = timed(recipe, stage, device, cancel, |updates| recipe.with_updates(stage, updates))?;
        return Ok(secs * recipe.updates(stage) as f64);
    }
    let mut whole = 0.0;
    for phase in &recipe.teacher.phases {
        let secs = timed(recipe, stage, device, cancel, |updates| {
            let mut recipe = recipe.clone();
            let mut phase = phase.clone();
            phase.samples = updates * phase.batch as u64;
            phase.single_frames_every = 0;
            recipe.teacher.phases = vec![phase];
            recipe
        })?;
        whole += secs * phase.samples as f64 / phase.batch as f64;
    }
    Ok(whole)
}

/// Seconds of an update.
fn timed(
    recipe: &NanoRecipe,
    stage: NanoStage,
    device: &Device,
    cancel: &CancelToken,
    with_updates: impl Fn(u64) -> NanoRecipe,
) -> Result<f64, TrainError> {
    let folder = recipe.folder().join(TIMING);
    let clear = || match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(TrainError::from(WriteError::Io { action: Action::Remove, path: folder.clone(), source: error }))
        }
        _ => Ok(()),
    };
    let mut elapsed = [0.0; 2];
    // Each from the start, since a phase that has ended is not made longer.
    for (place, updates) in elapsed.iter_mut().zip([WARM, WARM + TIMED]) {
        clear()?;
        let recipe = with_updates(updates);
        // What is only made at the start would take longer than the updates.
        let recipe = NanoRecipe { tiny_decoder: little(&recipe), ..recipe };
        if !recipe.stage(stage, &folder)?.train(device, cancel, &mut |_| ())? {
            return Err(TrainError::Cancelled(hummingbird_base::Cancelled));
        }
        *place = TrainPosition::newest(&folder)?.map_or(0.0, |position| position.elapsed_secs);
    }
    clear()?;
    Ok((elapsed[1] - elapsed[0]) / TIMED as f64)
}

/// A tiny decoder's recipe with a distillation set that is made at once.
fn little(recipe: &NanoRecipe) -> TinyDecoderRecipe {
    let mut recipe = recipe.tiny_decoder.clone();
    (recipe.encoded_frames, recipe.sampled_clips) = (16, 1);
    recipe
}
