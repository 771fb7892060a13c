//! Work for the prompt: asking the server, trying one, and the files in which its settings, the used prompts and styles are.

use std::io;
use std::thread::JoinHandle;

use hummingbird_engine::chat::{ChatClient, ChatError, ChatOptions, ServerSettings};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::jobs::enhance::{self, EnhanceError, Enhanced};
use hummingbird_engine::jobs::styles::{self, Styles};
use hummingbird_engine::model::Vocabulary;
use hummingbird_engine::{FileLock, Folders};

use super::settings_file::SmallFile;
use super::{Report, Tasks, joined};
use crate::language::tr;
use crate::sentences::{detail_in_words, error_in_words, in_words};
use crate::window::state::prompt_history::{HistoryChange, PromptHistory};
use crate::window::state::prompting::{KeptPrompting, PromptingOrder, PromptingReport};

/// What is kept for the prompt, with words on what could not be read.
pub fn load(folders: &Folders) -> (KeptPrompting, Vec<String>) {
    let mut warnings = Vec::new();
    let server = match ServerSettings::read(folders) {
        Ok(read) => {
            warnings
                .extend(read.damage.map(|damage| tr!("prompting-server-damaged", damage = detail_in_words(&damage))));
            read.value
        }
        Err(error) => {
            warnings.push(in_words(&error));
            ServerSettings::default()
        }
    };
    let (history, warning) = SmallFile::prompts(folders).load();
    warnings.extend(warning);
    let (styles, warning) = SmallFile::styles(folders).load();
    warnings.extend(warning);
    (KeptPrompting { server, history: history.sound(), styles: styles.sound() }, warnings)
}

impl Tasks {
    /// Does work for the prompt.
    pub fn prompting(&mut self, order: PromptingOrder) {
        let folders = self.folders.clone();
        match order {
            PromptingOrder::Ask { ticket, server, prompt, vocabulary } => {
                let cancel = CancelToken::default();
                if let Some(before) = self.asking.replace(cancel.clone()) {
                    before.cancel();
                }
                let broken = move |reason| report(PromptingReport::Asked { ticket, answer: Some(Err(reason)) });
                self.spawn("hummingbird-enhance", broken, move || {
                    let answer = match ask(&server, &prompt, vocabulary.as_ref(), &cancel) {
                        Err(EnhanceError::Chat(ChatError::Cancelled(_))) => None,
                        answer => Some(answer.map_err(|error| in_words(&error))),
                    };
                    report(PromptingReport::Asked { ticket, answer })
                });
            }
            PromptingOrder::StopAsking => {
                if let Some(asking) = self.asking.take() {
                    asking.cancel();
                }
            }
            PromptingOrder::Try { ticket, server } => {
                let broken = move |reason| report(PromptingReport::Tried { ticket, found: Err(reason) });
                self.spawn("hummingbird-try-server", broken, move || {
                    let found = try_server(&server).map_err(|error| in_words(&error));
                    report(PromptingReport::Tried { ticket, found })
                });
            }
            PromptingOrder::KeepServer(settings) => {
                let Some(folders) = folders else { return };
                let before = self.saving_server.take();
                self.saving_server = self.spawn("hummingbird-server", not_kept, move || {
                    // The last of several changes is the one that stays.
                    joined(before);
                    kept(settings.write(&folders).map_err(|error| in_words(&error)))
                });
            }
            PromptingOrder::KeepHistory(change) => {
                let Some(folders) = folders else { return };
                let before = self.keeping_prompts.take();
                self.keeping_prompts = self.spawn("hummingbird-prompts", not_kept, move || {
                    joined(before);
                    kept(change_history(&folders, &change).map_err(|error| error_in_words(&error)))
                });
            }
            PromptingOrder::KeepStyles { before, styles } => {
                let Some(folders) = folders else { return };
                let earlier = self.keeping_styles.take();
                self.keeping_styles = self.spawn("hummingbird-styles", not_kept, move || {
                    joined(earlier);
                    match keep_styles(&folders, &before, &styles) {
                        Ok(kept) if kept == styles => report(PromptingReport::Done),
                        Ok(merged) => report(PromptingReport::StylesMerged { styles, merged }),
                        Err(error) => not_kept(error_in_words(&error)),
                    }
                });
            }
            PromptingOrder::ReadStyles(path) => {
                let chosen = path.clone();
                let broken = move |reason: String| {
                    let (path, source) = (chosen.clone(), io::Error::other(reason));
                    report(PromptingReport::StylesRead(path.clone(), Err(styles::StylesError::Read { path, source })))
                };
                self.spawn("hummingbird-read-styles", broken, move || {
                    let read = styles::read(&path);
                    report(PromptingReport::StylesRead(path, read))
                });
            }
            PromptingOrder::WriteStyles(path, styles) => {
                let chosen = path.clone();
                let broken = move |reason: String| {
                    let (path, source) = (chosen.clone(), io::Error::other(reason));
                    let error = styles::StylesError::Write { path: path.clone(), source };
                    report(PromptingReport::StylesWritten(path, Err(error)))
                };
                self.spawn("hummingbird-write-styles", broken, move || {
                    let written = styles.write(&path);
                    report(PromptingReport::StylesWritten(path, written))
                });
            }
        }
    }

    /// Waits until what is kept for the prompt is written.
    pub fn finish_prompting(&mut self) {
        if let Some(asking) = self.asking.take() {
            asking.cancel();
        }
        let waiting: [Option<JoinHandle<()>>; 3] =
            [self.keeping_prompts.take(), self.keeping_styles.take(), self.saving_server.take()];
        waiting.into_iter().for_each(joined);
    }
}

fn report(report: PromptingReport) -> Report {
    Report::Prompting(report)
}

fn not_kept(reason: String) -> Report {
    report(PromptingReport::NotKept(reason))
}

fn kept(written: Result<(), String>) -> Report {
    match written {
        Ok(()) => report(PromptingReport::Done),
        Err(reason) => not_kept(reason),
    }
}

fn ask(
    server: &ServerSettings,
    prompt: &str,
    vocabulary: Option<&Vocabulary>,
    cancel: &CancelToken,
) -> Result<Enhanced, EnhanceError> {
    let client = ChatClient::new(server, ChatOptions::default())?;
    enhance::enhance(&client, prompt, vocabulary, cancel)
}

/// The model that a server would be asked for, and all that it lists.
fn try_server(server: &ServerSettings) -> Result<(String, Vec<String>), ChatError> {
    // Whoever tries it waits for it.
    let options =
        ChatOptions { answer_timeout: std::time::Duration::from_secs(15), retries: 0, ..ChatOptions::default() };
    let client = ChatClient::new(server, options)?;
    let models = client.models(&CancelToken::default())?;
    let model = match server.model.trim() {
        "" => models.first().cloned().ok_or_else(|| ChatError::NoModels { server: client.server() })?,
        named => named.to_owned(),
    };
    Ok((model, models))
}

/// Makes a change in the file of used prompts, which other windows change too.
fn change_history(folders: &Folders, change: &HistoryChange) -> io::Result<()> {
    let file = SmallFile::<PromptHistory>::prompts(folders);
    let _lock = FileLock::wait_at(&file.path().with_extension("lock"))?;
    let mut history = file.load().0.sound();
    history.change(change);
    file.save(&history)
}

/// Writes the styles, which other windows change too; what is in the file then. `before` is what this window last wrote or read.
fn keep_styles(folders: &Folders, before: &Styles, styles: &Styles) -> io::Result<Styles> {
    let file = SmallFile::<Styles>::styles(folders);
    let _lock = FileLock::wait_at(&file.path().with_extension("lock"))?;
    let merged =
        if file.path().exists() { styles.clone().merged(before, &file.load().0.sound()) } else { styles.clone() };
    file.save(&merged)?;
    Ok(merged)
}

#[cfg(test)]
#[path = "../../../../engine/chat/tests/server/mod.rs"]
#[expect(dead_code, reason = "the rest serves the client's own tests")]
mod server;

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::server::{ChatServer, Reply};
    use super::*;
    use crate::window::state::latest::Latest;
    use crate::window::state::prompting::Typed;

    /// Tasks of a user, and where their reports are told of.
    fn tasks(folders: Option<Folders>) -> (Tasks, Receiver<()>) {
        let (sender, woken) = channel();
        let sender = Mutex::new(sender);
        let wake = move || {
            sender.lock().expect("no test panics in it").send(()).ok();
        };
        (Tasks::new(folders, Arc::new(wake)), woken)
    }

    /// Does some work, and waits for what is reported next.
    fn done((tasks, woken): &mut (Tasks, Receiver<()>), order: PromptingOrder) -> PromptingReport {
        tasks.prompting(order);
        woken.recv_timeout(Duration::from_secs(60)).expect("a report");
        match tasks.reports().pop() {
            Some(Report::Prompting(report)) => report,
            _ => panic!("another report"),
        }
    }

    fn settings(server: &ChatServer) -> ServerSettings {
        ServerSettings { address: server.address(), ..ServerSettings::default() }
    }

    #[test]
    fn styles_of_two_windows_are_both_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = Folders::at(folder.path());
        let named = |names: &[&str]| {
            let style =
                |name: &&str| styles::Style { name: (*name).to_owned(), prompt: "x".to_owned(), ..Default::default() };
            Styles { styles: names.iter().map(style).collect(), on: Vec::new() }
        };
        let (mut one, mut other) = (tasks(Some(folders.clone())), tasks(Some(folders.clone())));
        let keep = |before: &[&str], styles: &[&str]| PromptingOrder::KeepStyles {
            before: named(before),
            styles: named(styles),
        };
        let first = done(&mut one, keep(&[], &["a", "b"]));
        assert!(matches!(first, PromptingReport::Done), "{first:?}");
        let second = done(&mut other, keep(&["a", "b"], &["a", "b", "c"]));
        assert!(matches!(second, PromptingReport::Done), "{second:?}");
        let third = done(&mut one, keep(&["a", "b"], &["b", "d"]));
        let PromptingReport::StylesMerged { merged, .. } = third else { panic!("{third:?}") };
        assert_eq!(merged, named(&["b", "d", "c"]));
        assert_eq!(load(&folders).0.styles, merged);
    }

    #[test]
    fn a_server_is_tried_asked_and_left() {
        let list = Reply::Json(200, r#"{"data": [{"id": "a"}, {"id": "b"}]}"#.to_owned());
        let replies = [list.clone(), list.clone(), Reply::says("A red boat at dusk."), list, Reply::Stall];
        let server = ChatServer::start(replies);
        let mut tasks = tasks(None);
        let mut latest = Latest::default();
        let ticket = latest.ask();
        let tried = done(&mut tasks, PromptingOrder::Try { ticket, server: settings(&server) });
        let PromptingReport::Tried { found: Ok(found), .. } = tried else { panic!("{tried:?}") };
        assert_eq!(found, ("a".to_owned(), vec!["a".to_owned(), "b".to_owned()]));
        let order =
            PromptingOrder::Ask { ticket, server: settings(&server), prompt: "a boat".to_owned(), vocabulary: None };
        let asked = done(&mut tasks, order.clone());
        let PromptingReport::Asked { answer: Some(Ok(enhanced)), .. } = asked else { panic!("{asked:?}") };
        assert_eq!(enhanced.text, "A red boat at dusk.");
        // A server that says nothing: the thread ends when it is stopped, and no sooner.
        tasks.0.prompting(order);
        server.wait_until_asked(5);
        let stopped = done(&mut tasks, PromptingOrder::StopAsking);
        assert!(matches!(stopped, PromptingReport::Asked { answer: None, .. }), "{stopped:?}");
    }

    #[test]
    fn settings_of_the_server_and_styles_are_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        let mut tasks = tasks(Some(folders.clone()));
        let server = ServerSettings { address: "http://a".to_owned(), ..ServerSettings::default() };
        assert!(matches!(done(&mut tasks, PromptingOrder::KeepServer(server.clone())), PromptingReport::Done));
        let used = HistoryChange::Use(Typed { prompt: "a boat".to_owned(), negative: String::new() });
        assert!(matches!(done(&mut tasks, PromptingOrder::KeepHistory(used)), PromptingReport::Done));
        let path = folder.path().join("styles.json");
        let written = done(&mut tasks, PromptingOrder::WriteStyles(path.clone(), Styles::default()));
        assert!(matches!(written, PromptingReport::StylesWritten(_, Ok(()))), "{written:?}");
        let read = done(&mut tasks, PromptingOrder::ReadStyles(path));
        assert!(matches!(&read, PromptingReport::StylesRead(_, Ok(read)) if *read == styles::shipped()), "{read:?}");
        tasks.0.finish_prompting();
        let (kept, warnings) = load(&folders);
        assert_eq!(
            (kept.server, kept.history.prompts.len(), kept.styles, warnings),
            (server, 1, Styles::default(), vec![])
        );
        std::fs::write(folders.settings.join("server.json"), r#"{"address": "http://b", "model": 3"#)
            .expect("writable");
        let (kept, warnings) = load(&folders);
        assert_eq!((kept.server.address.as_str(), warnings.len()), ("http://b", 1));
    }

    #[test]
    fn windows_side_by_side_keep_the_prompts_of_both() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        let used = |prompt: String| HistoryChange::Use(Typed { prompt, negative: String::new() });
        std::thread::scope(|scope| {
            for window in 0..4 {
                let (folders, used) = (&folders, &used);
                scope.spawn(move || {
                    for number in 0..10 {
                        change_history(folders, &used(format!("{window} {number}"))).expect("writable");
                    }
                });
            }
        });
        let (kept, warnings) = load(&folders);
        assert_eq!((kept.history.prompts.len(), warnings), (40, Vec::new()));
    }
}
