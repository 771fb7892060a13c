//! Commands about folders beside the models folder, and about files that complete a model. Nothing here deletes a file.

use std::path::PathBuf;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::store::folders::PartFiles;

use super::command::FolderCommand;
use super::dialogs::expand_home;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::model_folders::Completing;
use crate::window::state::view::{DialogKind, Level};
use crate::window::state::work::{ModelOrder, OpenPurpose};

impl State {
    /// Carries out a command about folders of models.
    pub fn on_folder_command(&mut self, command: FolderCommand, effects: &mut Vec<Effect>) {
        match command {
            FolderCommand::Ask => {
                let (purpose, path, problem) = (OpenPurpose::ModelFolder, String::new(), None);
                self.view.dialog = Some(DialogKind::Open { purpose, path, problem });
            }
            FolderCommand::Add(folder) => self.add_model_folder(folder, effects),
            FolderCommand::Remove(folder) => {
                self.models.others.forget(&folder);
                self.keep_folders(effects);
                self.search_folders(effects);
            }
            FolderCommand::Refuse(folder) => {
                self.models.others.found.offers.retain(|offer| offer.root != folder);
                self.models.others.kept.refuse(folder);
                self.keep_folders(effects);
            }
            FolderCommand::Complete(model) => {
                let shown = |path: Option<PathBuf>| path.map_or_else(String::new, |path| path.display().to_string());
                let parts = self.models.others.kept.parts(&model);
                let (text_encoder, autoencoder) = (shown(parts.text_encoder), shown(parts.autoencoder));
                self.view.dialog = Some(DialogKind::Complete(Completing { model, text_encoder, autoencoder }));
                // The files to choose from.
                if self.models.listing.is_none() {
                    self.list_models(effects);
                    self.search_folders(effects);
                }
            }
            FolderCommand::SetPart(part, path) => {
                if let Some(DialogKind::Complete(completing)) = &mut self.view.dialog {
                    *completing.path_mut(part) = path;
                }
            }
        }
    }

    /// Takes a folder into the list and searches it.
    pub fn add_model_folder(&mut self, folder: PathBuf, effects: &mut Vec<Effect>) {
        self.view.dialog = Some(DialogKind::Models);
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        self.models.others.found.offers.retain(|offer| offer.root != folder);
        if self.models.others.kept.add(folder.clone()) {
            self.keep_folders(effects);
            self.search_folders(effects);
        } else if !self.models.others.kept.folders.contains(&folder) {
            self.view.notify(Level::Warning, tr!("models-folder-not-kept", folder = folder.display().to_string()));
        }
    }

    /// The model is opened with the files that were chosen, which are remembered for it.
    pub fn complete_model(&mut self, completing: Completing, effects: &mut Vec<Effect>) {
        let Completing { model, text_encoder, autoencoder } = completing;
        let path = |text: &str| (!text.trim().is_empty()).then(|| expand_home(text.trim()));
        let parts = PartFiles { text_encoder: path(&text_encoder), autoencoder: path(&autoencoder) };
        self.models.others.kept.set_parts(&model, parts);
        self.keep_folders(effects);
        self.open_model(ModelSource::File(model), effects);
    }

    /// Searches the folders for models.
    pub fn search_folders(&mut self, effects: &mut Vec<Effect>) {
        let folders = self.models.others.kept.clone();
        effects.push(Effect::Models(ModelOrder::Search { ticket: self.models.others.ask(), folders }));
    }

    fn keep_folders(&self, effects: &mut Vec<Effect>) {
        effects.push(Effect::KeepModelFolders(self.models.others.kept.clone()));
    }
}
