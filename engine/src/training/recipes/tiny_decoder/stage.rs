//! Batches of a tiny decoder's training, its validation and its sample grids.

use std::path::Path;

use burn::tensor::Device;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::distillation_set::STREAM;
use super::{TinyDecoderRecipe, WeightSettings};
use crate::handoff::Frames;
use crate::nn::hook::NoHook;
use crate::pipeline::tiny_decoder::TinyDecoder;
use crate::training::TrainError;
use crate::training::datasets::distillation::DistillationSet;
use crate::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Frames in a row of a sample grid.
const GRID_COLUMNS: usize = 6;
/// Frames of a sample grid.
pub(super) const GRID_PICTURES: usize = 4 * GRID_COLUMNS;
/// Frames that are decoded at once.
const GROUP: usize = 16;

/// The tiny decoder's stage.
pub(super) struct TinyDecoderStage {
    recipe: TinyDecoderRecipe,
    objective: DecoderDistillation,
    set: DistillationSet,
    validation: DistillationSet,
    device: Device,
}

impl TinyDecoderStage {
    /// The stage of a recipe on `device`.
    pub fn new(recipe: &TinyDecoderRecipe, set: DistillationSet, validation: DistillationSet, device: &Device) -> Self {
        let WeightSettings { square, gradient, encoded } = recipe.weights;
        let objective = DecoderDistillation { weights: DistillationWeights { square, gradient, drawn: encoded } };
        Self { recipe: recipe.clone(), objective, set, validation, device: device.clone() }
    }

    /// What the model's own decoder makes of some latents, above what the tiny one does.
    fn sample_grid(&self, decoder: &TinyDecoder, path: &Path) -> Result<(), TrainError> {
        let [height, width] = self.validation.frame_size();
        let count = self.validation.count();
        let shown: Vec<usize> = (0..GRID_PICTURES).map(|index| index * (count - 1) / (GRID_PICTURES - 1)).collect();
        let made = decoder.decode_frames(&self.validation.latents(&shown, &self.device), &NoHook)?;
        let targets = Frames::new(width, height, self.validation.target_bytes().to_vec());
        let mut rows = Vec::new();
        for start in (0..shown.len()).step_by(GRID_COLUMNS) {
            let columns = start..start + GRID_COLUMNS;
            rows.push(columns.clone().map(|index| targets.frame(shown[index])).collect());
            rows.push(columns.map(|index| made.frame(index)).collect());
        }
        sample_grid::write(path, &rows, width, height)
    }
}

impl Stage for TinyDecoderStage {
    type Model = TinyDecoder;
    type Objective = DecoderDistillation;

    const NAME: &'static str = "light";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        self.recipe.run.phase("tiny decoder", position)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.recipe.optimizer.rate(position.step, self.recipe.run.updates)
    }

    fn objective(&self) -> &DecoderDistillation {
        &self.objective
    }

    fn batch(&mut self, _: &TinyDecoder, position: &TrainPosition) -> DecodedFrames {
        let &TrainPosition { seed, step, .. } = position;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ step.rotate_left(32));
        let frames: Vec<usize> = (0..self.recipe.run.batch).map(|_| rng.random_range(0..self.set.count())).collect();
        let device = self.device.clone().autodiff();
        DecodedFrames {
            latents: self.set.latents(&frames, &device),
            targets: self.set.targets(&frames, &device),
            drawn: self.set.drawn(&frames, &device),
        }
    }

    fn show(
        &mut self,
        moment: Moment,
        trainer: &Trainer<TinyDecoder>,
        watch: &mut Watch<'_>,
    ) -> Result<(), TrainError> {
        if moment == Moment::Checkpoint {
            let levels = distance(&trainer.ema, &self.validation, &self.device);
            watch(TrainEvent::Validation { levels });
            let path = self.recipe.run.folder.join(format!("light-{:06}.png", trainer.position.step));
            self.sample_grid(&trainer.ema, &path)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}

/// Mean distance of what `decoder` makes of the latents from the targets, in levels of 255.
fn distance(decoder: &TinyDecoder, set: &DistillationSet, device: &Device) -> f64 {
    let all: Vec<usize> = (0..set.count()).collect();
    let mut sum = 0;
    for frames in all.chunks(GROUP) {
        let made = decoder.decode_frames(&set.latents(frames, device), &NoHook).expect("nothing cancels");
        let targets = &set.target_bytes()[frames[0] * set.frame_bytes()..];
        sum += made.pixels().iter().zip(targets).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    sum as f64 / set.target_bytes().len() as f64
}
