//! What helps with the prompt: Enhance, the prompts that were used before, and what can be undone of both.

use std::path::PathBuf;

use hummingbird_engine::chat::{ApiKey, KeySource, ServerSettings};
use hummingbird_engine::jobs::enhance::Enhanced;
use hummingbird_engine::jobs::styles::{Style, Styles, StylesError};
use hummingbird_engine::model::Vocabulary;

use super::latest::{Latest, Ticket};
use super::prompt_history::{HistoryChange, PromptHistory, Removed, Walk};

/// Most prompts that can be brought back.
const MOST_UNDO: usize = 20;

/// Prompt and negative prompt, as they are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The prompt.
    pub prompt: String,
    /// The negative prompt.
    pub negative: String,
}

/// What helps with the prompt.
#[derive(Default)]
pub struct Prompting {
    /// The server that is asked.
    pub server: ServerSettings,
    /// What became of the last question.
    pub enhance: Enhance,
    /// Which question was asked last.
    pub asking: Latest,
    /// Which try of a server was started last.
    pub trying: Latest,
    /// The prompts that were used.
    pub history: PromptHistory,
    /// Where a walk through them is.
    pub walk: Option<Walk>,
    /// Changes of the history that its file does not have yet.
    pub changes: Vec<HistoryChange>,
    /// Prompts that were taken out of the history, the last at the end.
    pub removed: Vec<Removed>,
    /// Prompts that something else than typing replaced, the last at the end.
    undo: Vec<Typed>,
    /// Lists of styles as they were before a change, the last at the end.
    pub styles_before: Vec<Styles>,
}

/// What became of the last question to the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Enhance {
    /// Nothing was asked, or all was dealt with.
    #[default]
    Idle,
    /// The server is being asked.
    Running {
        /// The prompt that was sent.
        sent: String,
        /// When, in seconds of the window's clock.
        since_secs: f64,
    },
    /// There is an answer.
    Offer {
        /// The prompt that was sent.
        sent: String,
        /// What came.
        enhanced: Enhanced,
    },
    /// There is none.
    Failed(String),
}

impl Enhance {
    /// Whether the server is being asked.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

/// What is kept from one session to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptPrompting {
    /// The server that is asked.
    pub server: ServerSettings,
    /// The prompts that were used.
    pub history: PromptHistory,
    /// Words around prompts.
    pub styles: Styles,
}

impl Prompting {
    /// Notes a prompt before something else than typing replaces it.
    pub fn note(&mut self, before: Typed) {
        if self.undo.last() != Some(&before) {
            self.undo.push(before);
            let more = self.undo.len().saturating_sub(MOST_UNDO);
            self.undo.drain(..more);
        }
    }

    /// The prompt before the last replacement.
    pub fn take_back(&mut self) -> Option<Typed> {
        self.undo.pop()
    }

    /// Whether there is one.
    pub fn can_take_back(&self) -> bool {
        !self.undo.is_empty()
    }
}

/// Where a key is, as the dialog offers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyPlace {
    /// The server wants none.
    #[default]
    None,
    /// In a variable of the environment.
    Variable,
    /// In a file.
    File,
    /// Typed here.
    Typed,
}

impl KeyPlace {
    /// All places, in the order of the dialog.
    pub const ALL: [Self; 4] = [Self::None, Self::Variable, Self::File, Self::Typed];
}

/// The dialog in which the server is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerPage {
    /// The address as typed.
    pub address: String,
    /// The model as typed.
    pub model: String,
    /// Where the key is.
    pub place: KeyPlace,
    /// The variable or file as typed.
    pub source: String,
    /// The key as typed.
    pub key: ApiKey,
    /// What became of the last try.
    pub tried: Tried,
    /// What is wrong.
    pub problem: Option<String>,
}

/// What became of trying a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tried {
    /// It was not tried as it is typed.
    #[default]
    Not,
    /// It is being tried.
    Running,
    /// It answers.
    Answers {
        /// The model that would be asked.
        model: String,
        /// All that the server lists.
        models: Vec<String>,
    },
    /// It does not.
    Failed(String),
}

impl ServerPage {
    /// The dialog as it opens.
    pub fn of(settings: &ServerSettings) -> Self {
        let (place, source, key) = match &settings.key {
            KeySource::None => (KeyPlace::None, String::new(), ApiKey::default()),
            KeySource::Variable(name) => (KeyPlace::Variable, name.clone(), ApiKey::default()),
            KeySource::File(path) => (KeyPlace::File, path.display().to_string(), ApiKey::default()),
            KeySource::Typed(key) => (KeyPlace::Typed, String::new(), key.clone()),
        };
        let ServerSettings { address, model, .. } = settings.clone();
        Self { address, model, place, source, key, tried: Tried::Not, problem: None }
    }

    /// The settings as they are typed.
    pub fn settings(&self) -> ServerSettings {
        let source = self.source.trim();
        let key = match self.place {
            KeyPlace::None => KeySource::None,
            KeyPlace::Variable => KeySource::Variable(source.to_owned()),
            KeyPlace::File => KeySource::File(PathBuf::from(source)),
            KeyPlace::Typed => KeySource::Typed(self.key.clone()),
        };
        ServerSettings { address: self.address.trim().to_owned(), model: self.model.trim().to_owned(), key }
    }
}

/// Work for the prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptingOrder {
    /// Ask the server to write out a prompt.
    Ask {
        /// What the answer brings back.
        ticket: Ticket,
        /// The server.
        server: ServerSettings,
        /// The prompt.
        prompt: String,
        /// The words of a demo model.
        vocabulary: Option<Vocabulary>,
    },
    /// Stop asking.
    StopAsking,
    /// See whether a server answers.
    Try {
        /// What the answer brings back.
        ticket: Ticket,
        /// The server.
        server: ServerSettings,
    },
    /// Keep the settings of the server.
    KeepServer(ServerSettings),
    /// Make a change in the file of used prompts.
    KeepHistory(HistoryChange),
    /// Keep the styles.
    KeepStyles {
        /// Those that this window kept or read last.
        before: Styles,
        /// Those that it has now.
        styles: Styles,
    },
    /// Read a file of styles.
    ReadStyles(PathBuf),
    /// Write the styles to a file.
    WriteStyles(PathBuf, Styles),
}

/// What came of it.
#[derive(Debug)]
pub enum PromptingReport {
    /// The server answered, or not; `None` where it was stopped.
    Asked {
        /// That of the order.
        ticket: Ticket,
        /// What it said, or why it did not.
        answer: Option<Result<Enhanced, String>>,
    },
    /// A server was tried.
    Tried {
        /// That of the order.
        ticket: Ticket,
        /// The model that would be asked and all that there are, or why there is no answer.
        found: Result<(String, Vec<String>), String>,
    },
    /// A file of the window could not be written.
    NotKept(String),
    /// A file of styles was read, or not.
    StylesRead(PathBuf, Result<Vec<Style>, StylesError>),
    /// The styles were kept together with what another window had changed.
    StylesMerged {
        /// Those of this window.
        styles: Styles,
        /// Those that were written.
        merged: Styles,
    },
    /// The styles were written, or not.
    StylesWritten(PathBuf, Result<(), StylesError>),
    /// All went well and nothing is to be said.
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_gives_back_the_settings_that_it_was_opened_with() {
        for key in [
            KeySource::None,
            KeySource::Variable("KEY".to_owned()),
            KeySource::File(PathBuf::from("a/key")),
            KeySource::Typed(ApiKey::new("sk")),
        ] {
            let settings = ServerSettings { address: "http://a".to_owned(), model: "m".to_owned(), key };
            assert_eq!(ServerPage::of(&settings).settings(), settings);
        }
    }

    #[test]
    fn replaced_prompts_come_back_in_order_and_are_bounded() {
        let typed = |prompt: &str| Typed { prompt: prompt.to_owned(), negative: String::new() };
        let mut prompting = Prompting::default();
        for number in 0..MOST_UNDO + 5 {
            prompting.note(typed(&number.to_string()));
            prompting.note(typed(&number.to_string()));
        }
        let mut back = Vec::new();
        while let Some(before) = prompting.take_back() {
            back.push(before.prompt);
        }
        assert_eq!((back.len(), back[0].as_str(), back[MOST_UNDO - 1].as_str()), (MOST_UNDO, "24", "5"));
    }
}
