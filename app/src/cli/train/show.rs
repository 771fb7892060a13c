//! Events of a training run on the terminal.

use std::path::Path;

use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};
use hummingbird_engine::training::trainer::log::{LEARNING_RATE, LOSS, TrainEvent};

use super::super::progress::{Display, Step};
use crate::sentences::detail_in_words;

/// What was shown of a run.
#[derive(Default)]
pub(super) struct Shown {
    meter: RateMeter,
    last: Option<(StageName, u64)>,
}

impl Shown {
    /// Shows an event; each stage is announced when it begins.
    pub fn show(&mut self, display: &mut Display, event: TrainEvent) {
        match event {
            TrainEvent::Progress(progress) => {
                let Progress { stage: StageName(name), done, total, .. } = progress;
                let total = total.unwrap_or(0);
                if self.last.is_none_or(|(stage, before)| stage != progress.stage || done < before) {
                    let from = if done > 0 { format!(", going on from {done}") } else { String::new() };
                    display.note(&format!("{name}: {total} samples{from}"));
                }
                self.last = Some((progress.stage, done));
                let Rate { per_sec, eta_secs } = self.meter.rate(&progress);
                let detail = match (progress.measured(LOSS), progress.measured(LEARNING_RATE)) {
                    (Some(loss), Some(rate)) => format!("loss {loss:.4}, {per_sec:.1} a second, rate {rate:.1e}"),
                    _ => String::new(),
                };
                display.show(&Step { stage: name, done, total, eta_secs, detail: &detail });
            }
            // Every so many of them progress is told.
            TrainEvent::Update { .. } => {}
            TrainEvent::Validation { levels } => {
                display.note(&format!("validation: {levels:.2} of 255 levels from the full decoder's frames"));
            }
            TrainEvent::Recognised { right, of } => {
                display.note(&format!("validation: knows the word of {right} of {of} clips that training never sees"));
            }
            TrainEvent::Stage { name, number, of } => display.note(&format!("stage {number} of {of}: {name}")),
            TrainEvent::Dataset { note } => display.warn(&detail_in_words(&note)),
            TrainEvent::Checkpoint { folder } => display.note(&said("checkpoint", &folder)),
            TrainEvent::SampleGrid { path } => display.note(&said("sample grid", &path)),
            TrainEvent::Model { path } => display.note(&said("model", &path)),
        }
    }
}

fn said(what: &str, path: &Path) -> String {
    format!("{what} written: {}", path.display())
}
