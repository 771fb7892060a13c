//! The page of devices: looking at them, choosing one, measuring one, and the report.

use hummingbird_engine::device::DeviceChoice;

use super::command::{Command, DeviceCommand};
use super::effect::Effect;
use crate::device_report;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::broken::without_paths;
use crate::window::state::devices::{DeviceOrder, DeviceReport, Measuring};
use crate::window::state::view::{DialogKind, Level, share_in_range};

impl State {
    /// Opens the page of devices, and looks at them as they are now.
    pub fn show_devices(&mut self, effects: &mut Vec<Effect>) {
        self.view.dialog = Some(DialogKind::Devices);
        self.look_at_devices(effects);
    }

    /// What opens devices would be in the way of what measures one.
    fn look_at_devices(&mut self, effects: &mut Vec<Effect>) {
        if self.devices.measuring.is_none() {
            effects.push(Effect::Devices(DeviceOrder::Look(self.devices.ask())));
        }
    }

    /// Something that was done on the page of devices.
    pub fn on_device_command(&mut self, command: DeviceCommand, effects: &mut Vec<Effect>) {
        match command {
            DeviceCommand::Look => self.look_at_devices(effects),
            DeviceCommand::Use(choice) => {
                self.form.controls.asked.device = choice;
                self.check_controls();
            }
            DeviceCommand::Measure(choice) => {
                if self.why_not_bench().is_none() {
                    self.measure(choice, effects);
                }
            }
            DeviceCommand::Stop => {
                if let Some(measuring) = &mut self.devices.measuring {
                    measuring.is_stopping = true;
                    effects.push(Effect::Devices(DeviceOrder::Stop));
                }
            }
            DeviceCommand::Share(percent) => self.view.gpu_share = share_in_range(percent),
            DeviceCommand::WaitOnBattery(waits) => self.wait_on_battery(waits, effects),
            DeviceCommand::CopyReport => {
                if let Some(survey) = &self.devices.survey {
                    let text = without_paths(&device_report::text(survey));
                    self.apply(Command::CopyText(text), effects);
                }
            }
        }
    }

    fn measure(&mut self, choice: DeviceChoice, effects: &mut Vec<Effect>) {
        let device = self.devices.survey.as_ref().and_then(|survey| survey.device(choice));
        let Some(name) = device.map(|device| device.info.name.clone()) else { return };
        let case = String::new();
        self.devices.measuring = Some(Measuring { choice, name, done: 0, total: 0, case, is_stopping: false });
        effects.push(Effect::Devices(DeviceOrder::Measure(choice)));
    }

    /// Why no device can be measured now.
    pub fn why_not_bench(&self) -> Option<String> {
        if self.devices.measuring.is_some() {
            return Some(tr!("devices-busy-measuring"));
        }
        // Whatever else computes would make the device look slower than it is.
        if self.jobs.busy() {
            return Some(tr!("devices-busy-clip"));
        }
        self.training.running.is_some().then(|| tr!("devices-busy-training"))
    }

    /// What work on devices reports.
    pub fn on_device_report(&mut self, report: DeviceReport, effects: &mut Vec<Effect>) {
        match report {
            DeviceReport::Looked { ticket, survey } => self.devices.answer(ticket, survey),
            DeviceReport::Progress { done, total, case } => {
                if let Some(measuring) = &mut self.devices.measuring {
                    (measuring.done, measuring.total, measuring.case) = (done, total, case);
                }
            }
            DeviceReport::OnBattery(on_battery) => self.on_battery(on_battery, effects),
            DeviceReport::Measured(ended) => {
                let name = self.devices.measuring.take().map(|measuring| measuring.name).unwrap_or_default();
                match ended {
                    Ok(true) => self.view.notify(Level::Info, tr!("devices-measured", name = name)),
                    Ok(false) => self.view.notify(Level::Info, tr!("devices-stopped", name = name)),
                    Err(error) => {
                        self.view.notify(Level::Error, tr!("devices-not-measured", name = name, error = error));
                    }
                }
                self.look_at_devices(effects);
            }
        }
    }
}
