//! The first steps: which device computes, a clip at once, and where full models are.

use super::command::FirstStepsCommand;
use super::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::view::{DialogKind, FIRST_PROMPT, FirstStep};

impl State {
    /// Shows the first steps from the first one on.
    pub fn show_first_steps(&mut self) {
        self.view.first_steps_seen = true;
        self.view.dialog = Some(DialogKind::FirstSteps(FirstStep::Device));
    }

    /// Carries out what was done in the first steps.
    pub(super) fn on_first_steps(&mut self, command: FirstStepsCommand, effects: &mut Vec<Effect>) {
        match command {
            FirstStepsCommand::Show(step) => self.view.dialog = Some(DialogKind::FirstSteps(step)),
            FirstStepsCommand::Demo => {
                if self.form.controls.asked.prompt.trim().is_empty() {
                    self.set_prompt(FIRST_PROMPT.to_owned());
                }
                self.run(Action::Generate, effects);
            }
            FirstStepsCommand::Models => {
                self.view.dialog = None;
                self.run(Action::ShowModels, effects);
            }
        }
    }
}
