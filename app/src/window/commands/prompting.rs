//! Enhance: the question to the server, its answer, and the dialog in which the server is set; and prompts that come back.

use hummingbird_engine::chat::{ChatClient, ChatOptions};

use super::command::PromptingCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::prompting::{
    Enhance, KeptPrompting, PromptingOrder, PromptingReport, ServerPage, Tried, Typed,
};
use crate::window::state::view::{DialogKind, Level, Remedy};

impl State {
    /// Carries out what was done to help with the prompt.
    pub(super) fn on_prompting(&mut self, command: PromptingCommand, effects: &mut Vec<Effect>) {
        match command {
            PromptingCommand::StopAsking => {
                self.prompting.asking.ask();
                self.prompting.enhance = Enhance::Idle;
                effects.push(Effect::Prompting(PromptingOrder::StopAsking));
            }
            PromptingCommand::Accept => {
                let Enhance::Offer { enhanced, .. } = std::mem::take(&mut self.prompting.enhance) else { return };
                let negative = self.form.controls.asked.negative.clone();
                self.replace_typed(Typed { prompt: enhanced.text, negative });
            }
            PromptingCommand::Refuse => self.prompting.enhance = Enhance::Idle,
            PromptingCommand::Server(page) => {
                if let Some(DialogKind::Server(shown)) = &mut self.view.dialog {
                    // What was found out is about what was typed then.
                    self.prompting.trying.ask();
                    **shown = ServerPage { tried: Tried::Not, problem: None, ..*page };
                }
            }
            PromptingCommand::Try => self.try_server(effects),
            PromptingCommand::Styles(command) => self.on_style_command(command),
            other => self.on_prompt_history(other),
        }
    }

    /// Carries out an action that helps with the prompt.
    pub(super) fn run_prompting(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Enhance => self.ask_server(effects),
            Action::SetServer => {
                self.view.dialog = Some(DialogKind::Server(Box::new(ServerPage::of(&self.prompting.server))));
            }
            Action::UndoPrompt => {
                if let Some(before) = self.prompting.take_back() {
                    self.set_typed(before);
                }
            }
            Action::EditStyles => self.show_styles(),
            _ => self.run_prompt_history(action),
        }
    }

    /// Why an action that helps with the prompt cannot be done.
    pub(super) fn why_not_prompting(&self, action: Action) -> Option<String> {
        match action {
            Action::Enhance if !self.prompting.server.is_set() => Some(tr!("prompting-why-no-server")),
            Action::Enhance if self.prompting.enhance.is_running() => Some(tr!("prompting-why-running")),
            Action::Enhance => self.form.controls.asked.prompt.trim().is_empty().then(|| tr!("prompting-why-empty")),
            Action::UndoPrompt => (!self.prompting.can_take_back()).then(|| tr!("prompting-why-no-undo")),
            Action::ShowPrompts | Action::EarlierPrompt => {
                self.prompting.history.prompts.is_empty().then(|| tr!("prompting-why-no-history"))
            }
            Action::LaterPrompt => self.prompting.walk.is_none().then(|| tr!("prompting-why-no-later")),
            _ => None,
        }
    }

    /// Adopts what was kept.
    pub fn take_kept(&mut self, kept: KeptPrompting) {
        let KeptPrompting { server, history, styles } = kept;
        (self.prompting.server, self.prompting.history, self.form.styles) = (server, history, styles);
        self.check_controls();
    }

    /// What is typed now.
    pub fn typed(&self) -> Typed {
        let asked = &self.form.controls.asked;
        Typed { prompt: asked.prompt.clone(), negative: asked.negative.clone() }
    }

    /// Another prompt in the place of what is typed, which can be brought back.
    pub(super) fn replace_typed(&mut self, new: Typed) {
        let before = self.typed();
        if before != new {
            self.prompting.note(before);
            self.set_typed(new);
        }
    }

    pub(super) fn set_typed(&mut self, new: Typed) {
        self.form.controls.asked.negative = new.negative;
        self.set_prompt(new.prompt);
    }

    fn ask_server(&mut self, effects: &mut Vec<Effect>) {
        let sent = self.form.controls.asked.prompt.trim().to_owned();
        let ticket = self.prompting.asking.ask();
        self.prompting.enhance = Enhance::Running { sent: sent.clone(), since_secs: self.view.now_secs };
        let vocabulary = self.models.card().and_then(|card| card.vocabulary.clone());
        let server = self.prompting.server.clone();
        effects.push(Effect::Prompting(PromptingOrder::Ask { ticket, server, prompt: sent, vocabulary }));
    }

    fn try_server(&mut self, effects: &mut Vec<Effect>) {
        let Some(DialogKind::Server(page)) = &mut self.view.dialog else { return };
        let ticket = self.prompting.trying.ask();
        (page.tried, page.problem) = (Tried::Running, None);
        effects.push(Effect::Prompting(PromptingOrder::Try { ticket, server: page.settings() }));
    }

    /// The main button of the dialog of the server; it stays where something is wrong.
    pub(super) fn save_server(&mut self, page: ServerPage, effects: &mut Vec<Effect>) {
        let settings = page.settings();
        // Without an address Enhance is off, whatever else is typed.
        if settings.is_set()
            && let Err(error) = ChatClient::new(&settings, ChatOptions::default())
        {
            let problem = Some(in_words(&error));
            self.view.dialog = Some(DialogKind::Server(Box::new(ServerPage { problem, ..page })));
            return;
        }
        if settings != self.prompting.server {
            self.prompting.server = settings.clone();
            effects.push(Effect::Prompting(PromptingOrder::KeepServer(settings)));
        }
    }

    /// Writes down what came of work for the prompt.
    pub fn on_prompting_report(&mut self, report: PromptingReport) {
        match report {
            PromptingReport::Asked { ticket, answer } => {
                // An answer to a question that was given up is of no use.
                let Enhance::Running { sent, .. } = &self.prompting.enhance else { return };
                if self.prompting.asking.is_last(ticket) {
                    let sent = sent.clone();
                    self.prompting.enhance = match answer {
                        Some(Ok(enhanced)) => Enhance::Offer { sent, enhanced },
                        Some(Err(problem)) => Enhance::Failed(problem),
                        None => Enhance::Idle,
                    };
                }
            }
            PromptingReport::Tried { ticket, found } => {
                let is_last = self.prompting.trying.is_last(ticket);
                if let Some(DialogKind::Server(page)) = self.view.dialog.as_mut().filter(|_| is_last) {
                    page.tried = match found {
                        Ok((model, models)) => Tried::Answers { model, models },
                        Err(problem) => Tried::Failed(problem),
                    };
                }
            }
            PromptingReport::NotKept(problem) => {
                self.view.notify(Level::Warning, tr!("prompting-not-kept", problem = problem));
            }
            PromptingReport::StylesRead(path, read) => self.on_styles_read(&path, read),
            PromptingReport::StylesMerged { styles, merged } => self.on_styles_merged(&styles, &merged),
            PromptingReport::StylesWritten(path, Ok(())) => {
                let path = path.display().to_string();
                let text = tr!("prompting-styles-written", path = path.clone());
                self.view.notify_with(Level::Info, text, Some(Remedy::CopyPath(path)));
            }
            PromptingReport::StylesWritten(_, Err(error)) => self.view.notify(Level::Error, in_words(&error)),
            PromptingReport::Done => {}
        }
    }
}
