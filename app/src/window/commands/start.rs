//! How the window begins, and what comes to it from outside: later starts, and parts of it that fail.

use hummingbird_engine::device::DeviceChoice;

use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::broken::{BrokenPart, Part};
use crate::window::state::models::ModelStatus;
use crate::window::state::view::{Level, Remedy};
use crate::window::state::work::Handover;

impl State {
    /// A later start of the program was asked for this; it has ended, and this window does it.
    pub fn on_handed_over(&mut self, handover: Handover, effects: &mut Vec<Effect>) {
        let Handover { files, model, device } = handover;
        effects.push(Effect::ComeForward);
        if let Some(device) = device {
            self.form.controls.asked.device = device;
            self.check_controls();
        }
        if let Some(model) = model {
            self.open_model(model.into(), effects);
        }
        if !files.is_empty() {
            self.open_files(files, effects);
        }
    }

    /// Goes without a model and on the processor, until something else is chosen.
    pub fn start_safely(&mut self) {
        self.view.dialog = None;
        self.models.status = ModelStatus::Failed;
        self.form.controls.asked.device = DeviceChoice::Cpu;
        self.check_controls();
        let text = tr!("notices-started-safely");
        self.view.notify_with(Level::Warning, text, Some(Remedy::Run(Action::UseDemoModel)));
    }

    /// A part of the window failed: it is not shown, and everything else is.
    pub fn on_part_failed(&mut self, part: Part, report: String) {
        log::error!("{report}");
        self.view.broken.insert(part, BrokenPart { report, is_put_away: false });
    }
}
