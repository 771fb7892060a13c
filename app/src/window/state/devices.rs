//! The page of devices: what was found out about each device, and the measurement that is under way.

use std::path::PathBuf;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::survey::{Survey, SurveyedDevice};

use super::State;
use super::latest::{Latest, Ticket};

/// The devices of this machine, as their page shows them.
#[derive(Default)]
pub struct Devices {
    /// What was found out last.
    pub survey: Option<Box<Survey>>,
    /// Why nothing could be found out.
    pub problem: Option<String>,
    /// Whether the devices are being looked at.
    pub is_looking: bool,
    /// The measurement that is under way.
    pub measuring: Option<Measuring>,
    /// Where the computer's power comes from.
    pub power: Power,
    asked: Latest,
}

/// Where the computer's power comes from, and what waits for a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Power {
    /// Whether clips and trainings wait while the computer runs on its battery.
    pub waits_on_battery: bool,
    /// Whether it does.
    pub on_battery: bool,
    /// Whether the queue waits for that.
    pub queue_waits: bool,
    /// The folder of the training that waits for it.
    pub training_waits: Option<PathBuf>,
}

/// A measurement that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Measuring {
    /// The device.
    pub choice: DeviceChoice,
    /// Its name.
    pub name: String,
    /// Cases that are done.
    pub done: usize,
    /// Cases in all; 0 until it is known.
    pub total: usize,
    /// The case that runs now.
    pub case: String,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
}

/// Work on devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceOrder {
    /// Look at all of them.
    Look(Ticket),
    /// Run the bench on one.
    Measure(DeviceChoice),
    /// Stop the bench.
    Stop,
    /// Tell from now on whether the computer runs on its battery, or no longer.
    WatchPower(bool),
}

/// What work on devices has to say.
#[derive(Debug)]
pub enum DeviceReport {
    /// They were looked at, or could not be.
    Looked {
        /// The ticket of the order.
        ticket: Ticket,
        /// What was found.
        survey: Result<Box<Survey>, String>,
    },
    /// The bench goes on.
    Progress {
        /// Cases that are done.
        done: usize,
        /// Cases in all.
        total: usize,
        /// The case that runs now.
        case: String,
    },
    /// The computer runs on its battery from now on, or no longer.
    OnBattery(bool),
    /// The bench has ended: whether it was not stopped, or why it failed.
    Measured(Result<bool, String>),
}

impl Devices {
    /// Those of a window that opens.
    pub fn new(waits_on_battery: bool) -> Self {
        Self { power: Power { waits_on_battery, ..Power::default() }, ..Self::default() }
    }

    /// The devices are asked for anew.
    pub fn ask(&mut self) -> Ticket {
        self.is_looking = true;
        self.asked.ask()
    }

    /// What was found out; an answer to an earlier question does not count.
    pub fn answer(&mut self, ticket: Ticket, survey: Result<Box<Survey>, String>) {
        if !self.asked.is_last(ticket) {
            return;
        }
        self.is_looking = false;
        match survey {
            Ok(survey) => (self.survey, self.problem) = (Some(survey), None),
            Err(problem) => self.problem = Some(problem),
        }
    }
}

impl State {
    /// The device on which clips are computed, as far as the devices were looked at.
    pub fn used_device(&self) -> Option<&SurveyedDevice> {
        self.devices.survey.as_ref()?.device(self.form.controls.asked.device)
    }
}
