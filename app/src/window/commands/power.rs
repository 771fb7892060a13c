//! A computer that runs on its battery: clips and trainings wait for a socket, if the user wants that.

use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::devices::DeviceOrder;
use crate::window::state::training::Wish;
use crate::window::state::view::Level;

impl State {
    /// Has clips and trainings wait while the computer runs on its battery, or not.
    pub fn wait_on_battery(&mut self, waits: bool, effects: &mut Vec<Effect>) {
        let power = &mut self.devices.power;
        if power.waits_on_battery == waits {
            return;
        }
        power.waits_on_battery = waits;
        // Where the power comes from is told anew to whoever asks for it.
        let on_battery = std::mem::take(&mut power.on_battery);
        if on_battery && !waits {
            self.go_on_with_power(effects);
        }
        effects.push(Effect::Devices(DeviceOrder::WatchPower(waits)));
    }

    /// The computer runs on its battery from now on, or no longer.
    pub fn on_battery(&mut self, on_battery: bool, effects: &mut Vec<Effect>) {
        let power = &mut self.devices.power;
        // What was told before the user changed the setting does not count.
        if !power.waits_on_battery || power.on_battery == on_battery {
            return;
        }
        power.on_battery = on_battery;
        if on_battery {
            self.wait_for_power(effects);
        } else {
            self.go_on_with_power(effects);
        }
    }

    fn wait_for_power(&mut self, effects: &mut Vec<Effect>) {
        if !self.queue.is_paused {
            self.devices.power.queue_waits = true;
            let has_jobs = self.jobs.busy() || !self.queue.jobs.is_empty();
            self.pause_queue(effects);
            if has_jobs {
                self.say_paused();
            }
        }
        if let Some(running) = self.training.running.as_ref().filter(|running| running.wish == Wish::Train) {
            self.devices.power.training_waits = Some(running.run.folder.clone());
            self.stop_training(Wish::Pause, effects);
            self.view.notify(Level::Info, tr!("notices-training-waits-for-power"));
        }
    }

    fn go_on_with_power(&mut self, effects: &mut Vec<Effect>) {
        // A queue that the user paused, or set going on the battery, stays as it is.
        if std::mem::take(&mut self.devices.power.queue_waits) {
            (self.queue.is_paused, self.queue.gives_back) = (false, false);
            // Those of the last session go on only when the user says so.
            if self.queue.held().next().is_none() {
                self.withdraw_paused();
            }
        }
        self.training_goes_on(effects);
    }

    /// The training that waits for a socket goes on, where there is one; not before its checkpoint is written.
    pub(super) fn training_goes_on(&mut self, effects: &mut Vec<Effect>) {
        let power = &mut self.devices.power;
        if power.on_battery || self.training.running.is_some() {
            return;
        }
        if let Some(folder) = power.training_waits.take() {
            self.go_on(&folder, false, effects);
        }
    }
}
