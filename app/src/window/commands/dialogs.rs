//! Files that come and go: file dialogs, the dialogs of our own with a path field, what is dropped, and exports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::jobs::queue_file;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{Existing, ExportSettings, Format};

use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::ResultId;
use crate::window::state::exports::with_ending;
use crate::window::state::loras::file_name;
use crate::window::state::view::{DialogKind, FirstStep, FocusTarget, Level, Remedy};
use crate::window::state::work::{ExportEnd, ExportOrder, OpenPurpose, Saved};
use hummingbird_engine::jobs::provenance::provenance_of;

/// Why a dialog of our own asks for a path.
pub fn no_dialog() -> String {
    tr!("notices-no-file-dialog")
}

impl State {
    /// Asks the system where to save the clip that is shown.
    pub fn choose_export_path(&mut self, effects: &mut Vec<Effect>) {
        let Some(result) = self.results.shown_clip() else { return };
        let chosen = self.exports.preferences.format;
        let formats = [chosen].into_iter().chain(Format::ALL.into_iter().filter(|it| *it != chosen)).collect();
        let suggested = self.exports.suggested_path(result);
        effects.push(Effect::ChooseExportPath { result: result.id, suggested, formats });
        self.view.choosing_file = true;
    }

    /// Asks in a dialog of our own how to save the clip that is shown.
    pub fn show_export_dialog(&mut self) {
        if let Some(result) = self.results.shown_clip() {
            let path = self.exports.suggested_path(result).display().to_string();
            self.view.dialog = Some(DialogKind::Export { result: result.id, path, replace: false, problem: None });
        }
    }

    /// Asks the system for a file.
    pub fn choose_file(&mut self, purpose: OpenPurpose, effects: &mut Vec<Effect>) {
        self.view.choosing_file = true;
        effects.push(Effect::ChooseFile(purpose));
    }

    /// Asks the system for the path that the open dialog wants. Our dialog stays behind the system's and takes its answer.
    pub fn browse(&mut self, effects: &mut Vec<Effect>) {
        if self.view.choosing_file {
            return;
        }
        match &self.view.dialog {
            Some(DialogKind::Export { result, path, .. }) => {
                let format = self.exports.preferences.format;
                let suggested = with_ending(Path::new(path.trim()), format);
                effects.push(Effect::ChooseExportPath { result: *result, suggested, formats: vec![format] });
                self.view.choosing_file = true;
            }
            Some(DialogKind::Open { purpose, .. }) => self.choose_file(*purpose, effects),
            Some(DialogKind::SaveFile(save)) => {
                effects.push(Effect::ChooseSavePath(save.what, expand_home(save.path.trim())));
                self.view.choosing_file = true;
            }
            _ => {}
        }
    }

    /// The main button of the open dialog.
    pub fn confirm(&mut self, effects: &mut Vec<Effect>) {
        match self.view.dialog.take() {
            Some(DialogKind::Close) => {
                self.view.close_agreed = true;
                if !self.close_after_training(effects) {
                    effects.push(Effect::Close);
                }
            }
            Some(DialogKind::FirstSteps(FirstStep::Device)) => {
                self.view.dialog = Some(DialogKind::FirstSteps(FirstStep::Demo));
            }
            Some(DialogKind::FirstSteps(FirstStep::Demo)) => {
                self.view.dialog = Some(DialogKind::FirstSteps(FirstStep::Models));
            }
            Some(DialogKind::SafeStart) => self.open_model_now(self.models.source.clone(), effects),
            Some(DialogKind::SwitchModel(source)) => self.open_model_now(source, effects),
            Some(DialogKind::Export { result, path, replace, .. }) => {
                if path.trim().is_empty() {
                    let problem = Some(tr!("notices-type-export-path"));
                    self.view.dialog = Some(DialogKind::Export { result, path, replace, problem });
                    return;
                }
                if let Some(folder) = folder_named(path.trim()) {
                    // A file of a hidden name (".mp4") is never what was meant.
                    let name = self.suggested_path(result).and_then(|path| path.file_name().map(PathBuf::from));
                    let problem = Some(tr!("notices-export-path-is-folder", path = path.trim()));
                    let path = folder.join(name.unwrap_or_default()).display().to_string();
                    self.view.dialog = Some(DialogKind::Export { result, path, replace, problem });
                    return;
                }
                let existing = if replace { Existing::Replace } else { Existing::Keep };
                let path = with_ending(&expand_home(path.trim()), self.exports.preferences.format);
                self.start_export(result, path, existing, effects);
            }
            Some(DialogKind::ExportMany(many)) => self.confirm_many(*many, effects),
            Some(DialogKind::Open { purpose, path, .. }) => {
                if path.trim().is_empty() {
                    let problem = Some(tr!("notices-type-open-path"));
                    self.view.dialog = Some(DialogKind::Open { purpose, path, problem });
                    return;
                }
                let is_diffusers =
                    |folder: PathBuf| purpose == OpenPurpose::Model && folder.join("model_index.json").is_file();
                let wants_folder = purpose.wants_folder() || folder_named(path.trim()).is_some_and(is_diffusers);
                if !wants_folder && folder_named(path.trim()).is_some() {
                    let problem = Some(tr!("notices-open-path-is-folder", path = path.trim()));
                    self.view.dialog = Some(DialogKind::Open { purpose, path, problem });
                    return;
                }
                self.open_for(purpose, expand_home(path.trim()), effects);
            }
            Some(DialogKind::Batch) => self.queue_batch(effects),
            Some(DialogKind::SaveFile(save)) => self.save_file(save, effects),
            Some(DialogKind::Server(page)) => self.save_server(*page, effects),
            Some(dialog @ DialogKind::Styles(_)) => {
                self.view.dialog = Some(dialog);
                if self.keep_style() {
                    self.view.dialog = None;
                }
            }
            Some(DialogKind::Licence(key)) => {
                self.view.dialog = Some(DialogKind::Models);
                self.get(key, true, effects);
            }
            Some(DialogKind::Complete(completing)) => self.complete_model(completing, effects),
            Some(DialogKind::Discard(key)) => {
                self.view.dialog = Some(DialogKind::Models);
                self.remove(key, effects);
            }
            Some(DialogKind::Models) => self.view.dialog = Some(DialogKind::Models),
            Some(DialogKind::Training) => {
                self.view.dialog = Some(DialogKind::Training);
                self.start_training(effects);
            }
            // Nothing to confirm: they stay.
            Some(
                dialog @ (DialogKind::Palette(_)
                | DialogKind::Shortcuts(_)
                | DialogKind::Prompts(_)
                | DialogKind::Devices),
            ) => {
                self.view.dialog = Some(dialog);
            }
            Some(DialogKind::FirstSteps(FirstStep::Models)) => self.view.focus = Some(FocusTarget::Prompt),
            Some(DialogKind::Help | DialogKind::Closing { .. } | DialogKind::WhenDone) | None => {}
        }
    }

    fn open_for(&mut self, purpose: OpenPurpose, path: PathBuf, effects: &mut Vec<Effect>) {
        self.view.asked_for = Some((purpose, path.clone()));
        match purpose {
            OpenPurpose::Model => self.open_model(ModelSource::File(path), effects),
            OpenPurpose::Lora => self.inspect(path, true, effects),
            OpenPurpose::Clip => self.read_clip(path, effects),
            OpenPurpose::Queue => effects.push(Effect::ReadQueue(path)),
            OpenPurpose::ModelFolder => self.add_model_folder(path, effects),
            OpenPurpose::Styles => effects.push(super::styles::read_styles(path)),
            OpenPurpose::TrainingClips => self.look_at_clips(&path, effects),
            OpenPurpose::DataFolder
            | OpenPurpose::DataManifest
            | OpenPurpose::DataNetwork(_)
            | OpenPurpose::DataTrain
            | OpenPurpose::DataShards => self.open_for_data(purpose, path, effects),
        }
    }

    /// A file could not be opened. Where a dialog asked for it, the dialog comes back with the path and the reason, so that another
    /// path is one step away; whether it does.
    pub fn reopen_dialog(&mut self, purpose: OpenPurpose, path: &Path, reason: &str) -> bool {
        let asked = self.view.asked_for.take_if(|(asked, chosen)| *asked == purpose && *chosen == *path).is_some();
        let comes_back = asked && self.view.dialog.is_none();
        if comes_back {
            let (path, problem) = (path.display().to_string(), Some(reason.to_owned()));
            self.view.dialog = Some(DialogKind::Open { purpose, path, problem });
        }
        comes_back
    }

    /// The system's dialog for a place to save to has closed, with or without a path. `answered` is false when it closed
    /// faster than anybody can: then no dialog came up at all, and the one of our own with a path field is shown.
    pub fn on_export_path(
        &mut self,
        result: ResultId,
        path: Option<PathBuf>,
        answered: bool,
        effects: &mut Vec<Effect>,
    ) {
        self.view.choosing_file = false;
        let Some(suggested) = self.suggested_path(result) else { return };
        match (path, &mut self.view.dialog) {
            // The dialog has asked about an existing file itself.
            (Some(chosen), Some(DialogKind::Export { path, replace, problem, .. })) => {
                (*path, *replace, *problem) = (chosen.display().to_string(), true, None);
            }
            (Some(chosen), _) => {
                // The ending decides, where it is one of ours: that is what the user typed last.
                let format = Format::from_path(&chosen).unwrap_or(self.exports.preferences.format);
                self.exports.preferences.format = format;
                self.start_export(result, with_ending(&chosen, format), Existing::Replace, effects);
            }
            (None, _) if answered => {}
            (None, Some(DialogKind::Export { problem, .. })) => *problem = Some(no_dialog()),
            (None, Some(_)) => self.view.notify(Level::Warning, no_dialog()),
            (None, None) => {
                let (path, problem) = (suggested.display().to_string(), Some(no_dialog()));
                self.view.dialog = Some(DialogKind::Export { result, path, replace: false, problem });
            }
        }
    }

    /// The system's dialog for a file to open has closed; as [`State::on_export_path`].
    pub fn on_open_path(
        &mut self,
        purpose: OpenPurpose,
        path: Option<PathBuf>,
        answered: bool,
        effects: &mut Vec<Effect>,
    ) {
        self.view.choosing_file = false;
        match (path, &mut self.view.dialog) {
            (Some(chosen), _) => {
                if matches!(self.view.dialog, Some(DialogKind::Open { .. })) {
                    self.view.dialog = None;
                }
                self.open_for(purpose, chosen, effects);
            }
            (None, _) if answered => {}
            (None, Some(DialogKind::Open { problem, .. })) => *problem = Some(no_dialog()),
            (None, Some(_)) => self.view.notify(Level::Warning, no_dialog()),
            (None, None) => {
                let problem = Some(no_dialog());
                self.view.dialog = Some(DialogKind::Open { purpose, path: String::new(), problem });
            }
        }
    }

    /// Opens what was dropped; of clips only the first, since there is room for the settings of one.
    pub fn on_drop(&mut self, paths: Vec<PathBuf>, effects: &mut Vec<Effect>) {
        if self.view.dialog == Some(DialogKind::Training) {
            if let Some(first) = paths.first() {
                self.look_at_clips(first, effects);
            }
            return;
        }
        if self.data.is_shown && self.view.dialog.is_none() && self.drop_on_data(&paths, effects) {
            return;
        }
        self.open_files(paths, effects);
    }

    /// Opens files by what they are; of clips only the first.
    pub fn open_files(&mut self, paths: Vec<PathBuf>, effects: &mut Vec<Effect>) {
        // The dialog asks for a file, and here is one.
        if matches!(self.view.dialog, Some(DialogKind::Open { .. })) {
            self.view.dialog = None;
        }
        let mut first: Option<PathBuf> = None;
        let mut clips = 0_usize;
        for path in paths {
            if Format::from_path(&path).is_ok() {
                clips += 1;
                if first.is_some() {
                    continue;
                }
                first = Some(path.clone());
            }
            self.open_file(path, effects);
        }
        if let Some(first) = first.filter(|_| clips > 1) {
            let text = tr!("notices-clips-dropped", count = clips, name = file_name(&first));
            self.view.notify(Level::Warning, text);
        }
    }

    /// Opens a file by what it is: a model or a LoRA, which is found out first, or a clip whose settings are wanted.
    fn open_file(&mut self, path: PathBuf, effects: &mut Vec<Effect>) {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if Format::from_path(&path).is_ok() {
            self.read_clip(path, effects);
        } else if ending.as_deref() == Some(queue_file::ENDING) {
            effects.push(Effect::ReadQueue(path));
        } else {
            // Weights, or a folder with those of each network.
            self.inspect(path, false, effects);
        }
    }

    fn start_export(&mut self, id: ResultId, path: PathBuf, existing: Existing, effects: &mut Vec<Effect>) {
        let Some(result) = self.results.get(id) else { return };
        let frames = Arc::clone(&result.outcome.frames);
        let provenance = provenance_of(&result.outcome);
        let settings = ExportSettings { existing, ..self.export_settings(result) };
        let clip = [frames.count(), frames.height(), frames.width()];
        let count =
            settings.arrangement.arranged_clip(clip, settings.format).map_or(frames.count(), |[count, ..]| count);
        let preferences = &mut self.exports.preferences;
        let limit = preferences.limit_bytes();
        preferences.folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
        let number = self.exports.start(Some(id), path.clone(), count);
        let order = ExportOrder { id: number, frames, settings, limit, provenance, path };
        effects.push(Effect::Export(Box::new(order)));
    }

    /// An export ended.
    pub fn on_export_done(&mut self, id: u64, ended: ExportEnd) {
        let Some(export) = self.exports.end(id) else { return };
        match ended {
            Ok(Some(Saved { paths, notes })) => {
                let path = paths.first().unwrap_or(&export.path).clone();
                if let Some(result) = export.result {
                    self.results.set_exported(result, &path);
                    self.paused.is_file(result);
                }
                let shown = path.display().to_string();
                let text = match paths.len() {
                    0 | 1 => tr!("notices-saved", path = &shown),
                    files => tr!("notices-saved-several", path = &shown, more = files - 1),
                };
                self.view.notify_with(Level::Info, text, Some(Remedy::CopyPath(shown)));
                for note in notes {
                    self.view.notify(Level::Warning, note);
                }
            }
            Ok(None) => self.view.notify(Level::Info, tr!("notices-export-cancelled")),
            Err(error) => {
                // The dialog comes back with the reason, so that another path is one step away.
                let known = export.result.filter(|result| self.results.get(*result).is_some());
                if let Some(result) = known.filter(|_| self.view.dialog.is_none()) {
                    let (path, problem) = (export.path.display().to_string(), Some(error));
                    self.view.dialog = Some(DialogKind::Export { result, path, replace: false, problem });
                } else {
                    let remedy = Some(Remedy::Run(Action::ExportAs));
                    self.view.notify_with(Level::Error, tr!("notices-clip-not-saved", error = error), remedy);
                }
            }
        }
    }
}

/// The folder that a path names where a file is wanted.
fn folder_named(typed: &str) -> Option<PathBuf> {
    let path = expand_home(typed);
    let is_folder = typed.ends_with(std::path::is_separator) || path.file_name().is_none() || path.is_dir();
    is_folder.then_some(path)
}

/// `~/` is what people type for their own folder.
pub fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), directories::UserDirs::new()) {
        (Some(rest), Some(folders)) => folders.home_dir().join(rest),
        _ => PathBuf::from(path),
    }
}
