//! Work on devices: looking at all of them, and measuring one by the bench of the command line.

use std::sync::Arc;

use hummingbird_engine::Folders;
use hummingbird_engine::bench::{self, BenchHistory, BenchOptions, BenchRecord, Subject};
use hummingbird_engine::device::{self, DeviceChoice, SpeedFile};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::survey::{Survey, key_of};
use hummingbird_engine::weights::ModelFile;

use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::window::state::devices::{DeviceOrder, DeviceReport};

impl Tasks {
    /// Starts work on devices, or stops it.
    pub fn devices(&mut self, order: DeviceOrder) {
        let folders = self.folders.clone();
        match order {
            DeviceOrder::Look(ticket) => {
                let broken = move |reason| Report::DeviceWork(DeviceReport::Looked { ticket, survey: Err(reason) });
                self.spawn("hummingbird-survey", broken, move || {
                    let survey = Ok(Box::new(Survey::take(folders.as_ref())));
                    Report::DeviceWork(DeviceReport::Looked { ticket, survey })
                });
            }
            DeviceOrder::Measure(choice) => {
                let cancel = CancelToken::default();
                self.bench_cancel = Some(cancel.clone());
                let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
                let tell = move |report| {
                    // Never waits: what comes next says more.
                    if sender.try_send(Report::DeviceWork(report)).is_ok() {
                        wake();
                    }
                };
                let broken = |reason| Report::DeviceWork(DeviceReport::Measured(Err(reason)));
                self.spawn("hummingbird-bench", broken, move || {
                    Report::DeviceWork(DeviceReport::Measured(measure(choice, folders.as_ref(), &cancel, &tell)))
                });
            }
            DeviceOrder::WatchPower(on) => self.watch_power(on),
            DeviceOrder::Stop => {
                if let Some(cancel) = &self.bench_cancel {
                    cancel.cancel();
                }
            }
        }
    }
}

/// Runs the bench of the demo model and keeps what it finds; whether it came to its end.
fn measure(
    choice: DeviceChoice,
    folders: Option<&Folders>,
    cancel: &CancelToken,
    tell: &dyn Fn(DeviceReport),
) -> Result<bool, String> {
    let file = ModelFile::open(&ModelSource::Embedded).map_err(|error| in_words(&error))?;
    let opened = device::open(choice, folders.map(SpeedFile::of).as_ref()).map_err(|error| in_words(&error))?;
    let outcome = bench::run(&Subject::of_file(file), &BenchOptions::default(), &opened, cancel, &mut |progress| {
        let (done, total, case) = (progress.done, progress.total, progress.name.to_owned());
        tell(DeviceReport::Progress { done, total, case });
    });
    let report = match outcome {
        Ok(report) => report,
        Err(EngineError::Cancelled(_)) => return Ok(false),
        Err(error) => return Err(in_words(&error)),
    };
    if let Some(folders) = folders {
        BenchHistory::keep(folders, &key_of(&opened), BenchRecord::of(&report)).map_err(|error| in_words(&error))?;
    }
    Ok(true)
}
