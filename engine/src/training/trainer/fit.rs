//! The training loop: steps, checkpoints, sample grids and the loss curve of one stage.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use burn::module::Module;

use super::checkpoint::keep_newest;
use super::log::{LossCurve, StepNumbers, TrainEvent, Watch, samples};
use super::lost::{DeviceLost, Unread, said_in, settled};
use super::{TrainPosition, Trainer, latest_checkpoint};
use crate::training::TrainError;
use crate::training::objectives::Objective;
use hummingbird_base::CancelToken;

/// A part of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Name for people.
    pub name: &'static str,
    /// Samples in the phase.
    pub samples: u64,
}

/// When a stage shows how good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After a checkpoint.
    Checkpoint,
    /// Every [`FitOptions::grid_secs`].
    Interval,
    /// At the end of a phase.
    PhaseEnd,
}

/// What a recipe trains in one go: one model towards one objective, in phases.
pub trait Stage {
    /// What is trained.
    type Model: Module + Sync;
    /// Towards what.
    type Objective: Objective<Self::Model> + Sync;

    /// Name of checkpoints and of the loss curve.
    const NAME: &'static str;
    /// Whether the stage is a list of phases: then the position counts the finished ones.
    const HAS_PHASES: bool;

    /// The phase that is to be done at this position; `None` when nothing is left.
    fn phase(&self, position: &TrainPosition) -> Option<Phase>;

    /// The learning rate of the next step.
    fn learning_rate(&self, position: &TrainPosition) -> f64;

    /// The objective.
    fn objective(&self) -> &Self::Objective;

    /// The objectives of the devices beside the first, in their order: what an objective holds lives on one device.
    fn objectives_beside(&self) -> &[Self::Objective] {
        &[]
    }

    /// The batch of the next step: a pure function of the stage and the position.
    fn batch(
        &mut self,
        model: &Self::Model,
        position: &TrainPosition,
    ) -> <Self::Objective as Objective<Self::Model>>::Batch;

    /// Shows how good the averaged weights are: sample grids, validation.
    ///
    /// # Errors
    /// When something cannot be written.
    fn show(&mut self, moment: Moment, trainer: &Trainer<Self::Model>, watch: &mut Watch<'_>)
    -> Result<(), TrainError>;
}

/// How a stage is gone through.
pub struct FitOptions<'a> {
    /// Folder of checkpoints and curves.
    pub folder: &'a Path,
    /// Seconds between checkpoints.
    pub checkpoint_secs: f64,
    /// Seconds between sample grids.
    pub grid_secs: f64,
    /// Checkpoints that are kept, the newest ones; at least one.
    pub keep: usize,
    /// Percent of the time in which the run computes; it rests between updates for the others.
    pub time_share: u8,
    /// Stops the run with a checkpoint.
    pub cancel: &'a CancelToken,
}

/// A run that never rests, in percent.
pub const ALL_TIME: u8 = 100;
/// A phase that ends after less has no sample grid of its own.
const LONG_PHASE: Duration = Duration::from_secs(120);
/// A run that rests looks so often whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Rests after an update that took so long.
fn rest(computed: Duration, options: &FitOptions<'_>) {
    let share = f64::from(options.time_share.clamp(1, ALL_TIME));
    let until = Instant::now() + computed.mul_f64((f64::from(ALL_TIME) - share) / share);
    while !options.cancel.is_cancelled() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// Trains to the end of the stage, or until cancelled; `true` when it is finished.
///
/// # Errors
/// When the folder cannot be written; `NotFinite` when a loss or a weight is not finite and `DeviceLost` when a device does not answer,
/// both with the last checkpoint as it was. After an error the trainer is of no use.
pub fn fit<S: Stage>(
    stage: &mut S,
    trainer: &mut Trainer<S::Model>,
    options: &FitOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<bool, TrainError> {
    let gone_through = catch_unwind(AssertUnwindSafe(|| go_through(stage, trainer, options, watch)));
    gone_through.unwrap_or_else(|panic| match said_in(&*panic) {
        Some(unread) => Err(device_lost(options.folder, trainer.position.step, unread.of(&trainer.device_name))),
        None => resume_unwind(panic),
    })
}

fn go_through<S: Stage>(
    stage: &mut S,
    trainer: &mut Trainer<S::Model>,
    options: &FitOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<bool, TrainError> {
    let mut curve = LossCurve::open(options.folder, S::NAME, trainer.position.step, stage.objective().parts())?;
    let (mut saved, mut shown) = (Instant::now(), Instant::now());
    let mut is_saved = latest_checkpoint(options.folder, S::NAME).is_some();
    let mut finished = true;
    while let Some(phase) = stage.phase(&trainer.position) {
        watch(TrainEvent::Progress(samples(phase.name, trainer.position.phase_samples, phase.samples)));
        curve.begin(phase.name, phase.samples);
        while trainer.position.phase_samples < phase.samples && !options.cancel.is_cancelled() {
            let started = Instant::now();
            let learning_rate = stage.learning_rate(&trainer.position);
            let batch = stage.batch(&trainer.model, &trainer.position);
            let loss = trainer
                .step_on_all(stage.objective(), stage.objectives_beside(), &batch, learning_rate)
                .map_err(|lost| device_lost(options.folder, trainer.position.step, lost))?;
            let computed = started.elapsed();
            trainer.position.elapsed_secs += computed.as_secs_f64();
            if !loss.is_finite() {
                return Err(not_finite(options.folder, trainer.position.step));
            }
            watch(TrainEvent::Update { step: trainer.position.step, loss });
            let numbers = StepNumbers { loss, parts: &trainer.loss_parts, learning_rate };
            curve.add(&mut trainer.position, numbers, watch)?;
            is_saved = false;
            if saved.elapsed().as_secs_f64() > options.checkpoint_secs {
                checkpoint(stage, trainer, options, watch)?;
                (is_saved, saved) = (true, Instant::now());
            }
            if shown.elapsed().as_secs_f64() > options.grid_secs {
                stage.show(Moment::Interval, trainer, watch)?;
                shown = Instant::now();
            }
            rest(computed, options);
        }
        if options.cancel.is_cancelled() {
            finished = stage.phase(&trainer.position).is_none();
            break;
        }
        if S::HAS_PHASES {
            let next =
                TrainPosition { phase: trainer.position.phase + 1, phase_samples: 0, ..trainer.position.clone() };
            // A grid takes as long as many updates: phases that are short have none, but for the last.
            if stage.phase(&next).is_none() || shown.elapsed() >= LONG_PHASE {
                stage.show(Moment::PhaseEnd, trainer, watch)?;
                shown = Instant::now();
            }
            trainer.position = next;
            checkpoint(stage, trainer, options, watch)?;
            is_saved = true;
        }
    }
    if !is_saved {
        checkpoint(stage, trainer, options, watch)?;
    }
    Ok(finished)
}

fn device_lost(folder: &Path, step: u64, DeviceLost { name, detail }: DeviceLost) -> TrainError {
    TrainError::DeviceLost { device: name, step, folder: folder.to_owned(), detail }
}

fn not_finite(folder: &Path, step: u64) -> TrainError {
    TrainError::NotFinite { step, folder: folder.to_owned() }
}

fn checkpoint<S: Stage>(
    stage: &mut S,
    trainer: &Trainer<S::Model>,
    options: &FitOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<(), TrainError> {
    // The reads of its weights may never end on a lost device.
    let lost = |unread: Unread| device_lost(options.folder, trainer.position.step, unread.of(&trainer.device_name));
    settled(&trainer.device).map_err(lost)?;
    if !trainer.is_finite() {
        return Err(not_finite(options.folder, trainer.position.step));
    }
    trainer.save(options.folder, S::NAME)?;
    keep_newest(options.folder, S::NAME, options.keep)?;
    watch(TrainEvent::Checkpoint { folder: options.folder.to_owned() });
    stage.show(Moment::Checkpoint, trainer, watch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_rests_for_others_and_not_when_it_is_to_stop() {
        let cancel = CancelToken::default();
        let options = |time_share| FitOptions {
            folder: Path::new("run"),
            checkpoint_secs: 0.0,
            grid_secs: 0.0,
            keep: 1,
            time_share,
            cancel: &cancel,
        };
        let rested = |time_share, computed| {
            let started = Instant::now();
            rest(computed, &options(time_share));
            started.elapsed()
        };
        assert!(rested(25, Duration::from_millis(40)) >= Duration::from_millis(120));
        assert!(rested(50, Duration::from_millis(70)) >= Duration::from_millis(70));
        // Neither of these may wait for as long as it would otherwise: days.
        let days = Duration::from_secs(1 << 20);
        rested(ALL_TIME, days);
        cancel.cancel();
        rested(1, days);
    }
}
