//! Styles: which are on, and what is done in their dialog. Every change can be undone there.

use std::path::{Path, PathBuf};

use hummingbird_engine::jobs::styles::{Style, Styles, StylesError, shipped};

use super::command::StyleCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::State;
use crate::window::state::prompting::PromptingOrder;
use crate::window::state::style_page::{StylesPage, keep_draft};
use crate::window::state::view::{DialogKind, Level, SavedThing};
use crate::window::state::work::OpenPurpose;

/// Most changes that can be undone.
const MOST_UNDO: usize = 50;

impl State {
    /// Opens the dialog of styles.
    pub(super) fn show_styles(&mut self) {
        self.view.dialog = Some(DialogKind::Styles(Box::new(StylesPage::of(&self.form.styles))));
    }

    /// Carries out what was done with styles.
    pub(super) fn on_style_command(&mut self, command: StyleCommand) {
        match command {
            StyleCommand::Set(name, on) => self.change_styles(|styles| {
                styles.on.retain(|it| *it != name);
                styles.on.extend(on.then_some(name));
            }),
            StyleCommand::Draft(draft) => {
                if let Some(page) = self.style_page() {
                    (page.draft, page.problem) = (draft, None);
                }
            }
            StyleCommand::Keep => drop(self.keep_style()),
            StyleCommand::Show(name) => {
                if self.keep_style() {
                    self.show_style(Some(&name));
                }
            }
            StyleCommand::New => {
                let style = Style { name: tr!("prompting-new-style"), ..Style::default() };
                self.add_style(style);
            }
            StyleCommand::Duplicate => {
                if let Some(style) = self.style_page().map(|page| page.draft.clone()) {
                    self.add_style(style);
                }
            }
            StyleCommand::Delete => self.delete_style(),
            StyleCommand::Undo => {
                if let Some(before) = self.prompting.styles_before.pop() {
                    self.set_styles(before);
                    let shown = self.style_page().and_then(|page| page.shown.clone());
                    self.show_style(shown.as_deref());
                }
            }
            StyleCommand::AddShipped => {
                if self.keep_style() {
                    self.change_styles(|styles| {
                        styles.add(shipped());
                    });
                }
            }
            StyleCommand::Import => {
                if self.keep_style() {
                    let (path, problem) = (String::new(), None);
                    self.view.dialog = Some(DialogKind::Open { purpose: OpenPurpose::Styles, path, problem });
                }
            }
            StyleCommand::Export => {
                if self.keep_style() {
                    self.ask_where_to_save(SavedThing::Styles);
                }
            }
        }
    }

    fn style_page(&mut self) -> Option<&mut StylesPage> {
        match &mut self.view.dialog {
            Some(DialogKind::Styles(page)) => Some(page),
            _ => None,
        }
    }

    /// Shows the style of this name, else the first.
    fn show_style(&mut self, name: Option<&str>) {
        let styles = &self.form.styles.styles;
        let style = styles.iter().find(|style| Some(style.name.as_str()) == name).or(styles.first()).cloned();
        if let Some(page) = self.style_page() {
            page.show(style.as_ref());
        }
    }

    /// Keeps what is typed of the style that is shown; whether it could be kept.
    pub fn keep_style(&mut self) -> bool {
        let mut styles = self.form.styles.clone();
        let Some(page) = self.style_page() else { return true };
        if let Err(problem) = keep_draft(&mut styles, page) {
            page.problem = Some(problem);
            return false;
        }
        if let Some(shown) = &mut page.shown {
            page.draft.name.trim().clone_into(shown);
        }
        self.change_styles(|all| *all = styles);
        true
    }

    fn add_style(&mut self, style: Style) {
        if !self.keep_style() {
            return;
        }
        let name = self.form.styles.free_name(&style.name);
        let named = Style { name: name.clone(), ..style };
        self.change_styles(|styles| styles.styles.push(named));
        self.show_style(Some(&name));
    }

    fn delete_style(&mut self) {
        let Some(name) = self.style_page().and_then(|page| page.shown.clone()) else { return };
        let place = self.form.styles.styles.iter().position(|style| style.name == name).unwrap_or(0);
        self.change_styles(|styles| {
            styles.styles.retain(|style| style.name != name);
            styles.on.retain(|on| *on != name);
        });
        let styles = &self.form.styles.styles;
        let next = styles.get(place).or(styles.last()).map(|style| style.name.clone());
        self.show_style(next.as_deref());
    }

    fn change_styles(&mut self, change: impl FnOnce(&mut Styles)) {
        let before = self.form.styles.clone();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.prompting.styles_before.push(before);
            let more = self.prompting.styles_before.len().saturating_sub(MOST_UNDO);
            self.prompting.styles_before.drain(..more);
            self.set_styles(after);
        }
    }

    /// The application keeps them when it sees that they are others.
    fn set_styles(&mut self, styles: Styles) {
        self.form.styles = styles;
        self.check_controls();
    }

    /// Switches all styles off: a prompt that comes with its styles must not get them twice.
    pub(super) fn styles_off(&mut self) {
        self.change_styles(|styles| styles.on.clear());
    }

    /// The styles were written with what another window had changed; `written` are those of this window that were.
    pub(super) fn on_styles_merged(&mut self, written: &Styles, merged: &Styles) {
        let styles = self.form.styles.clone().merged(written, merged);
        self.set_styles(styles);
    }

    /// A file of styles was read, or not.
    pub(super) fn on_styles_read(&mut self, path: &Path, read: Result<Vec<Style>, StylesError>) {
        match read {
            Ok(styles) => {
                self.view.asked_for = None;
                let mut added = 0;
                self.change_styles(|all| added = all.add(styles));
                self.view.notify(Level::Info, tr!("prompting-styles-added", count = added));
                if self.view.dialog.is_none() {
                    self.show_styles();
                }
            }
            Err(error) => {
                let text = in_words(&error);
                if !self.reopen_dialog(OpenPurpose::Styles, path, &text) {
                    self.view.notify(Level::Error, text);
                }
            }
        }
    }
}

/// A file of styles that was chosen, to be read.
pub(super) fn read_styles(path: PathBuf) -> Effect {
    Effect::Prompting(PromptingOrder::ReadStyles(path))
}
