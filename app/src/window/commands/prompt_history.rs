//! The prompts that were used: taking one, favourites, taking some out and bringing them back, and the walk through them.

use super::command::PromptingCommand;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::prompt_history::{HistoryChange, PromptsPage, Walk};
use crate::window::state::prompting::Typed;
use crate::window::state::view::{DialogKind, FocusTarget, Level};

impl State {
    /// Notes the prompt that is typed as one that was used.
    pub(super) fn note_used_prompt(&mut self) {
        self.prompting.walk = None;
        self.change_history(HistoryChange::Use(self.typed()));
    }

    /// Notes the prompts of the batch that is typed, so that the first of them is the newest.
    pub(super) fn note_used_prompts(&mut self) {
        let prompts: Vec<String> = self.queue.batch.lines().map(str::to_owned).collect();
        if prompts.is_empty() {
            return self.note_used_prompt();
        }
        self.prompting.walk = None;
        let negative = self.typed().negative;
        for prompt in prompts.into_iter().rev() {
            self.change_history(HistoryChange::Use(Typed { prompt, negative: negative.clone() }));
        }
    }

    fn change_history(&mut self, change: HistoryChange) {
        let gone = self.prompting.history.change(&change);
        if !gone.is_empty() {
            self.prompting.removed.push(gone);
        }
        self.prompting.changes.push(change);
    }

    /// Carries out what was done in the list of prompts.
    pub(super) fn on_prompt_history(&mut self, command: PromptingCommand) {
        // Places of the list are others once it changes.
        self.prompting.walk = None;
        match command {
            PromptingCommand::SearchPrompts(text) => {
                self.view.dialog = Some(DialogKind::Prompts(PromptsPage { text, at: 0 }));
            }
            PromptingCommand::PromptAt(at) => {
                if let Some(DialogKind::Prompts(page)) = &mut self.view.dialog {
                    page.at = at;
                }
            }
            PromptingCommand::TakePrompt(typed) => {
                self.view.dialog = None;
                self.replace_typed(typed);
                self.view.focus = Some(FocusTarget::Prompt);
            }
            PromptingCommand::PinPrompt(typed, pinned) => {
                self.change_history(HistoryChange::Pin(typed, pinned));
            }
            PromptingCommand::RemovePrompt(typed) => self.change_history(HistoryChange::Remove(typed)),
            PromptingCommand::ClearPrompts => {
                self.change_history(HistoryChange::Clear);
                self.view.notify(Level::Info, tr!("prompting-history-cleared"));
            }
            PromptingCommand::UndoPrompts => {
                if let Some(removed) = self.prompting.removed.pop() {
                    self.change_history(HistoryChange::Restore(removed));
                }
            }
            _ => {}
        }
    }

    /// Carries out an action on the prompts that were used.
    pub(super) fn run_prompt_history(&mut self, action: Action) {
        let back = match action {
            Action::ShowPrompts => {
                self.view.dialog = Some(DialogKind::Prompts(PromptsPage::default()));
                return;
            }
            Action::EarlierPrompt => true,
            Action::LaterPrompt => false,
            _ => return,
        };
        let (typed, walk) = (self.typed(), self.prompting.walk.take());
        let (walk, shown) = Walk::step(walk, back, &typed, &self.prompting.history);
        if let Some(shown) = shown {
            self.set_typed(shown);
        }
        self.prompting.walk = walk;
    }
}
