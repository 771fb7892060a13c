//! Checkpoints: folders `NAME-STEP` with weights, their average, the optimiser's state and the position of the run.

use hummingbird_base::Action;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::training::TrainError;
use hummingbird_base::WriteError;

/// Where a training stage stands; saved with every checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainPosition {
    /// Optimiser steps since the start.
    pub step: u64,
    /// Phase of the plan.
    pub phase: usize,
    /// Samples seen in that phase.
    pub phase_samples: u64,
    /// Samples seen since the start.
    pub samples: u64,
    /// Seconds of computing since the start, over all sessions.
    pub elapsed_secs: f64,
    /// Seed of the run.
    pub seed: u64,
    /// What the loss curve has gathered since its last row.
    #[serde(default)]
    pub unlogged: Unlogged,
    /// Where the first weights came from, when not from the seed.
    #[serde(default)]
    pub origin: Option<String>,
}

/// Losses of the steps since the last row of the loss curve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlogged {
    /// Their sum, as the bits of an f64: a run that goes on writes the same row to the last digit.
    sum_bits: u64,
    /// Their number.
    pub steps: u64,
    /// The sums of their parts, in the same form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    part_bits: Vec<u64>,
}

impl Unlogged {
    /// Adds the loss of a step, and its parts.
    pub fn add(&mut self, loss: f64, parts: &[f64]) {
        let add = |bits: &mut u64, value: f64| *bits = (f64::from_bits(*bits) + value).to_bits();
        add(&mut self.sum_bits, loss);
        // Steps of a run that knew no parts count as zeros.
        self.part_bits.resize(parts.len(), 0);
        self.part_bits.iter_mut().zip(parts).for_each(|(bits, &part)| add(bits, part));
        self.steps += 1;
    }

    /// The mean of the losses and those of their parts; none are left.
    pub fn take_means(&mut self) -> (f64, Vec<f64>) {
        let Self { sum_bits, steps, part_bits } = std::mem::take(self);
        let mean = |bits: u64| f64::from_bits(bits) / steps as f64;
        (mean(sum_bits), part_bits.into_iter().map(mean).collect())
    }
}

impl TrainPosition {
    /// That of the newest checkpoint of any name in a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest(folder: &Path) -> Result<Option<Self>, TrainError> {
        newest_checkpoint(folder).map(|checkpoint| Self::read(&checkpoint)).transpose()
    }

    /// That of a checkpoint.
    pub(super) fn read(checkpoint: &Path) -> Result<Self, TrainError> {
        let path = checkpoint.join("position.json");
        let text = fs::read_to_string(&path).map_err(|source| io(Action::Read, &path, source))?;
        serde_json::from_str(&text).map_err(|error| TrainError::CheckpointDamaged { path, detail: error.to_string() })
    }
}

/// The newest checkpoint of any name in a folder in which one thing is trained.
pub fn newest_checkpoint(folder: &Path) -> Option<PathBuf> {
    let is_checkpoint = |path: &PathBuf| path.join("position.json").is_file() && number(path).is_some();
    let folders = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter(is_checkpoint).max_by_key(|path| number(path))
}

/// The step of a checkpoint, by its name.
fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.rsplit_once('-')?.1.parse().ok()
}

/// Complete checkpoints of `name`, oldest first.
pub(super) fn checkpoints(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            let step = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            step.is_some_and(|step| step.len() == 8 && step.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .collect();
    found.sort();
    found
}

/// The newest complete checkpoint of `name`.
pub fn latest_checkpoint(folder: &Path, name: &str) -> Option<PathBuf> {
    checkpoints(folder, name).pop()
}

/// Removes all checkpoints of `name` but the newest `keep`, at least one.
///
/// # Errors
/// `Io` when one cannot be removed.
pub(super) fn keep_newest(folder: &Path, name: &str, keep: usize) -> Result<(), TrainError> {
    let mut all = checkpoints(folder, name);
    all.truncate(all.len().saturating_sub(keep.max(1)));
    for old in all {
        fs::remove_dir_all(&old).map_err(|source| io(Action::Remove, &old, source))?;
    }
    Ok(())
}

pub(super) fn io(action: Action, path: &Path, source: std::io::Error) -> TrainError {
    WriteError::Io { action, path: path.to_owned(), source }.into()
}
