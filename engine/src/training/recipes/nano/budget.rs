//! A time for all stages: each is measured when its turn comes, and cut (or stretched) to its share. The teacher's phases are gone through
//! in their order where there is not time for all of each.
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
const FOR_UPDATES: f64 = 0.78;

/// Part of the time that is left which a phase of the teacher gets where all cannot be gone through: the first phases teach what the later
/// ones build on, and cut all alike none of them would teach anything.
const PHASE_PART: f64 = 0.4;
/// Part of a stage's updates over which the learning rate may rise.
const WARMUP_PART: u64 = 10;
/// Times that a clip of a cut stage comes at least, so that drawing and encoding do not take its time.
const REPEATS: u64 = 4;

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Decided {
    budget_secs: f64,
    /// How long each stage is: updates, or the samples of each phase.
    lengths: BTreeMap<String, Vec<u64>>,
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
            (None, Some(budget_secs)) => Decided { budget_secs, lengths: BTreeMap::new() },
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
        if let Some(lengths) = self.decided.lengths.get(stage.name()) {
            return Ok(shortened(recipe, stage, lengths));
        }
        let secs = self.decided.budget_secs * stage.share() * FOR_UPDATES;
        let lengths = if stage == NanoStage::Teacher {
            let per_sample = secs_per_sample(recipe, device, cancel)?;
            let phases: Vec<u64> = recipe.teacher.phases.iter().map(|phase| phase.samples).collect();
            phases_in(secs, &phases, &per_sample)
        } else {
            let per_update = timed(recipe, stage, device, cancel, |updates| recipe.with_updates(stage, updates))?;
            recipe.scaled(stage, secs / (per_update * recipe.updates(stage) as f64).max(1e-3)).lengths_of(stage)
        };
        self.decided.lengths.insert(stage.name().to_owned(), lengths.clone());
        let json = serde_json::to_string_pretty(&self.decided).expect("plain numbers");
        create_folder(&recipe.folder())?;
        let io = |source| WriteError::Io { action: Action::Write, path: self.path.clone(), source };
        files::replace(&self.path, json.as_bytes()).map_err(io)?;
        Ok(shortened(recipe, stage, &lengths))
    }
}

/// `recipe` with a stage of these lengths. One that is shorter than the recipe's warms up, and repeats its clips, accordingly.
fn shortened(recipe: &NanoRecipe, stage: NanoStage, lengths: &[u64]) -> NanoRecipe {
    let mut cut = recipe.with_lengths(stage, lengths);
    let updates = match stage {
        NanoStage::Teacher => cut.teacher.phases.iter().map(|phase| phase.samples / phase.batch.max(1) as u64).sum(),
        stage => cut.updates(stage),
    };
    cut.limit_warmup(stage, (updates / WARMUP_PART).max(1));
    if stage == NanoStage::Teacher {
        let samples = |is_single: bool| -> u64 {
            cut.teacher.phases.iter().filter(|it| (it.frames == 1) == is_single).map(|it| it.samples).sum()
        };
        let pool = |samples: u64, recipes: u64| (samples / REPEATS).clamp(1, recipes.max(1));
        (cut.teacher.single_frames, cut.teacher.clips) =
            (pool(samples(true), recipe.teacher.single_frames), pool(samples(false), recipe.teacher.clips));
    }
    cut
}

/// Samples of each phase in so many seconds: where there is time for all, every phase scaled by the same factor; otherwise each phase in
/// sequence gets [`PHASE_PART`] of the remaining time, at most its full length, and the last one all that remains.
fn phases_in(secs: f64, samples: &[u64], per_sample: &[f64]) -> Vec<u64> {
    let whole: f64 = samples.iter().zip(per_sample).map(|(&samples, secs)| samples as f64 * secs).sum();
    let factor = secs / whole.max(1e-3);
    let mut left = secs;
    let last = samples.len().saturating_sub(1);
    let phases = samples.iter().zip(per_sample).enumerate().map(|(number, (&samples, &per_sample))| {
        if factor >= 1.0 {
            return (samples as f64 * factor).round() as u64;
        }
        let share = if number == last { left } else { left * PHASE_PART };
        let taken = share.min(samples as f64 * per_sample);
        left -= taken;
        ((taken / per_sample.max(1e-9)).round() as u64).max(1)
    });
    phases.collect()
}

/// Seconds of a sample of each of the teacher's phases; those of the same size are measured once.
fn secs_per_sample(recipe: &NanoRecipe, device: &Device, cancel: &CancelToken) -> Result<Vec<f64>, TrainError> {
    let mut known: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut found = Vec::new();
    for phase in &recipe.teacher.phases {
        let size = (phase.frames, phase.batch);
        let secs = match known.get(&size) {
            Some(&secs) => secs,
            None => timed(recipe, NanoStage::Teacher, device, cancel, |updates| {
                let mut recipe = recipe.clone();
                let mut phase = phase.clone();
                phase.samples = updates * phase.batch as u64;
                phase.single_frames_every = 0;
                phase.motions = Vec::new();
                // Drawn and encoded in the update before the clock runs.
                (recipe.teacher.single_frames, recipe.teacher.clips) = (1, 1);
                recipe.teacher.phases = vec![phase];
                recipe
            })?,
        };
        known.insert(size, secs);
        found.push(secs / phase.batch as f64);
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_come_in_turn_where_not_all_can_be_gone_through() {
        let samples = [100, 100, 1000];
        // There is time for all, and for twice as much.
        assert_eq!(phases_in(1200.0, &samples, &[1.0; 3]), samples);
        assert_eq!(phases_in(2400.0, &samples, &[1.0; 3]), [200, 200, 2000]);
        // The first is whole, the second nearly, the last gets what is left: all the time and no more is used.
        assert_eq!(phases_in(300.0, &samples, &[1.0; 3]), [100, 80, 120]);
        assert_eq!(phases_in(10.0, &samples, &[0.5, 1.0, 2.0]), [8, 2, 2]);
        assert_eq!(phases_in(0.0, &samples, &[1.0; 3]), [1; 3]);
    }

    #[test]
    fn a_short_stage_warms_up_soon_and_repeats_its_clips() {
        let recipe = NanoRecipe::default();
        let cut = shortened(&recipe, NanoStage::Student, &[50]);
        assert_eq!((cut.student.run.updates, cut.student.optimizer.lr_warmup), (50, 5));
        let phases = recipe.teacher.phases.iter().map(|phase| 10 * phase.batch as u64).collect::<Vec<_>>();
        let cut = shortened(&recipe, NanoStage::Teacher, &phases);
        assert_eq!(cut.teacher.lr_warmup, phases.len() as u64);
        let of = |frames: fn(usize) -> bool| {
            let phases = cut.teacher.phases.iter().filter(|it| frames(it.frames));
            phases.map(|it| it.samples).sum::<u64>()
        };
        assert_eq!(cut.teacher.single_frames, of(|it| it == 1) / REPEATS);
        assert_eq!(cut.teacher.clips, of(|it| it > 1) / REPEATS);
        // One that is as long as the recipe's is the recipe's.
        let whole = shortened(&recipe, NanoStage::Teacher, &recipe.lengths_of(NanoStage::Teacher));
        assert_eq!(whole, recipe);
    }
}
