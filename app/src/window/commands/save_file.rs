//! Saving the queue or the styles to a file of the user's choice.

use std::path::PathBuf;

use hummingbird_engine::jobs::styles::Styles;

use super::dialogs::{expand_home, no_dialog};
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::exports::videos_folder;
use crate::window::state::prompting::PromptingOrder;
use crate::window::state::view::{DialogKind, SaveFile, SavedThing};

impl State {
    /// Asks for a file to save to.
    pub fn ask_where_to_save(&mut self, what: SavedThing) {
        let folder = self.exports.preferences.folder.clone().or_else(videos_folder);
        let name = match what {
            SavedThing::Queue => "queue.json",
            SavedThing::Styles => Styles::FILE,
            SavedThing::DataPage => "clips.html",
            SavedThing::DataManifest => "clips.parquet",
        };
        let path = folder.unwrap_or_default().join(name).display().to_string();
        self.view.dialog = Some(DialogKind::SaveFile(SaveFile { what, path, replace: false, problem: None }));
    }

    /// The system's dialog for a place to save to has closed; as [`State::on_export_path`].
    pub fn on_save_path(&mut self, chosen: Option<PathBuf>, answered: bool) {
        self.view.choosing_file = false;
        let Some(DialogKind::SaveFile(save)) = &mut self.view.dialog else { return };
        let ending = save.what.ending();
        match chosen {
            // The dialog has asked about an existing file itself.
            Some(chosen) => {
                let chosen = if chosen.extension().is_some() { chosen } else { chosen.with_extension(ending) };
                (save.path, save.replace, save.problem) = (chosen.display().to_string(), true, None);
            }
            None if answered => {}
            None => save.problem = Some(no_dialog()),
        }
    }

    /// Saves to the file that the dialog names.
    pub fn save_file(&mut self, save: SaveFile, effects: &mut Vec<Effect>) {
        let typed = save.path.trim();
        let file = expand_home(typed);
        let problem = if typed.is_empty() || file.file_name().is_none() || file.is_dir() {
            tr!("notices-type-file")
        } else if file.exists() && !save.replace {
            tr!("notices-file-exists")
        } else {
            match save.what {
                SavedThing::Queue => effects.push(Effect::SaveQueue { path: file, queue: self.queue_file() }),
                SavedThing::Styles => {
                    effects.push(Effect::Prompting(PromptingOrder::WriteStyles(file, self.form.styles.clone())));
                    self.show_styles();
                }
                SavedThing::DataPage | SavedThing::DataManifest => self.save_data(save.what, file, effects),
            }
            return;
        };
        let replace = file.is_file();
        self.view.dialog = Some(DialogKind::SaveFile(SaveFile { replace, problem: Some(problem), ..save }));
    }
}
