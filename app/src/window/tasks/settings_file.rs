//! The settings on disk, `window.json` in the user's folder for settings, and smaller files beside it.
//!
//! A damaged file is kept under another name, and what can be read of it is used; one of a newer version is left alone.

use crate::language::{self, tr};
use crate::sentences::{detail_in_words, error_in_words, in_words};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use hummingbird_engine::jobs::styles::Styles;
use hummingbird_engine::kept::{self, Kept, KeptError, Read};
use hummingbird_engine::message::Detail;
use hummingbird_engine::weights::store::folders::ModelFolders;
use hummingbird_engine::{Folders, NoFolders, files};

use crate::window::state::grids::KeptGrids;
use crate::window::state::prompt_history::PromptHistory;
use crate::window::state::settings::Settings;
use crate::window::state::shortcuts::Shortcuts;

/// The file in which the settings are kept.
pub struct SettingsFile(PathBuf);

impl Kept for Settings {}

impl SettingsFile {
    /// That of a user.
    pub fn of(folders: &Folders) -> Self {
        Self(folders.settings.join("window.json"))
    }

    /// The settings of the last session, or the defaults with a word on why.
    pub fn load(file: Option<&Self>) -> (Settings, Option<String>) {
        match file {
            Some(file) => file.read(),
            None => {
                let settings = Settings::default();
                language::choose(settings.language.language());
                (settings, Some(tr!("window-settings-not-kept", reason = in_words(&NoFolders))))
            }
        }
    }

    fn read(&self) -> (Settings, Option<String>) {
        let (settings, trouble) = read::<Settings>(&self.0);
        // Before the words on what is wrong, which are the first ones of the window.
        language::choose(settings.language.language());
        (settings, trouble.map(|it| it.in_words("window-settings-damaged")))
    }

    /// Writes the settings whole. A file of a newer version is left as it is, which was said when it was read.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        match kept::write(&self.0, settings) {
            Ok(_) | Err(KeptError::Newer { .. }) => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// A small file of the window's own under the same rules.
pub struct SmallFile<T> {
    path: PathBuf,
    /// The key of what is said of it when it is damaged.
    damaged: &'static str,
    kept: PhantomData<T>,
}

impl Kept for Shortcuts {}
impl Kept for KeptGrids {}

impl SmallFile<Shortcuts> {
    /// Shortcuts that the user changed: `shortcuts.json` beside the settings.
    pub fn shortcuts(folders: &Folders) -> Self {
        let path = folders.settings.join("shortcuts.json");
        Self { path, damaged: "window-shortcuts-damaged", kept: PhantomData }
    }
}

impl SmallFile<ModelFolders> {
    /// Folders with models, and files that complete models.
    pub fn model_folders(folders: &Folders) -> Self {
        Self { path: ModelFolders::file(folders), damaged: "models-list-damaged", kept: PhantomData }
    }
}

impl SmallFile<Styles> {
    /// The user's styles: `styles.json` beside the settings.
    pub fn styles(folders: &Folders) -> Self {
        Self { path: folders.settings.join(Styles::FILE), damaged: "prompting-styles-damaged", kept: PhantomData }
    }
}

impl Kept for PromptHistory {}

impl SmallFile<PromptHistory> {
    /// The prompts that were used: `prompts.json` beside the settings.
    pub fn prompts(folders: &Folders) -> Self {
        Self { path: folders.settings.join("prompts.json"), damaged: "prompting-prompts-damaged", kept: PhantomData }
    }
}

impl SmallFile<KeptGrids> {
    /// Grids that lack clips: `grids.json` beside the journal of the jobs that make those.
    pub fn grids(folders: &Folders) -> Self {
        let path = folders.journal.join("grids.json");
        Self { path, damaged: "devices-grids-damaged", kept: PhantomData }
    }
}

impl<T: Kept> SmallFile<T> {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says, with a word where it could not be read.
    pub fn load(&self) -> (T, Option<String>) {
        let (value, trouble) = read(&self.path);
        (value, trouble.map(|it| it.in_words(self.damaged)))
    }

    /// Writes it whole. A file of a newer version is left as it is, which was said when it was read.
    pub fn save(&self, value: &T) -> io::Result<()> {
        match kept::write(&self.path, value) {
            Ok(_) | Err(KeptError::Newer { .. }) => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// Why a file was not read as it is.
enum Trouble {
    /// It is damaged, and was set aside or could not be.
    Damaged(Detail, io::Result<PathBuf>),
    /// It was not read at all.
    Unread(KeptError),
}

impl Trouble {
    /// What is said of it; `damaged` is the key for a damaged file of this kind.
    fn in_words(&self, damaged: &str) -> String {
        match self {
            Self::Damaged(damage, aside) => {
                let aside = match aside {
                    Ok(aside) => tr!("window-old-file", path = aside.display().to_string()),
                    Err(problem) => tr!("window-old-file-stays", problem = error_in_words(problem)),
                };
                tr!(damaged, damage = detail_in_words(damage), aside = aside)
            }
            Self::Unread(error) => tr!("window-defaults-used", reason = in_words(error)),
        }
    }
}

/// What a file says, or the defaults with why; a damaged one is set aside.
fn read<T: Kept>(path: &Path) -> (T, Option<Trouble>) {
    match kept::read(path) {
        Ok(Read { value, damage: None }) => (value, None),
        Ok(Read { value, damage: Some(damage) }) => (value, Some(Trouble::Damaged(damage, files::set_aside(path)))),
        Err(error) => (T::default(), Some(Trouble::Unread(error))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hummingbird_engine::pipeline::video_out::Format;
    use hummingbird_engine::settings::table;

    use super::*;
    use crate::window::state::settings::ThemeChoice;

    /// A settings file in a folder of its own with this content.
    fn with(content: Option<&str>) -> (tempfile::TempDir, SettingsFile) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = SettingsFile::of(&Folders::at(folder.path()));
        if let Some(content) = content {
            fs::create_dir_all(files::folder_of(&file.0)).expect("writable");
            fs::write(&file.0, content).expect("writable");
        }
        (folder, file)
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let (_folder, file) = with(None);
        let mut settings = Settings { window_size: Some([900.0, 700.0]), looping: false, ..Settings::default() };
        settings.controls.asked.prompt = "a red ball \"rising\"\n".to_owned();
        settings.export.format = Format::Gif;
        file.save(&settings).expect("the folder is writable");
        file.save(&settings).expect("an old file is replaced");
        assert_eq!(file.read(), (settings, None));
        let files = fs::read_dir(files::folder_of(&file.0)).expect("readable").count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[test]
    fn a_missing_file_is_no_trouble_and_a_damaged_one_is_kept() {
        let (_folder, file) = with(None);
        assert_eq!(file.read(), (Settings::default(), None));
        let damaged = r#"{"looping": false, "controls": {"prompt": "a red ball"}, "theme": "dar"#;
        let (_folder, file) = with(Some(damaged));
        let (settings, warning) = file.read();
        assert_eq!(
            (settings.looping, settings.controls.asked.prompt.as_str()),
            (false, "a red ball"),
            "what is whole is used"
        );
        let warning = warning.expect("the user is told");
        assert!(warning.contains("window.json.bad"), "{warning}");
        let aside = file.0.with_extension("json.bad");
        assert_eq!(fs::read_to_string(&aside).expect("kept"), damaged);
        assert!(!file.0.exists());
        // A second one does not take the place of the first.
        fs::write(&file.0, "{").expect("writable");
        assert!(file.read().1.is_some_and(|warning| warning.contains("window.json.bad-2")));
        assert_eq!(fs::read_to_string(aside).expect("kept"), damaged);
    }

    #[test]
    fn controls_are_kept_in_the_form_that_they_always_had() {
        let kept = r#"{"prompt": "a boat", "negative": "", "steps": "8", "guidance": "", "seed": "7", "seed_locked": true,
            "frames": "x", "width": "96", "height": "64", "fps": "", "sampler": "ddim", "eta": "0,5", "noise": "torch-cpu",
            "reuse": "light", "merge_tokens": true, "decoder": "light", "device": "cpu",
            "loras": [{"path": "a.safetensors", "strength": 0.5}]}"#;
        let (_folder, file) = with(Some(&format!(r#"{{"controls": {kept}}}"#)));
        let (settings, warning) = file.read();
        assert_eq!(warning, None);
        assert_eq!(settings.controls.text(&table::FRAMES), "x", "as typed");
        let written = serde_json::to_value(&settings.controls).expect("plain data");
        let kept: serde_json::Value = serde_json::from_str(kept).expect("JSON");
        for (name, value) in kept.as_object().expect("an object") {
            assert_eq!(&written[name], value, "{name}");
        }
        // A number where a text was is damage, as it was.
        let (_folder, file) = with(Some(r#"{"controls": {"steps": 5}, "theme": "light"}"#));
        let (settings, warning) = file.read();
        assert!(settings.theme == ThemeChoice::Light && warning.is_some(), "{warning:?}");
    }

    #[test]
    fn fields_of_other_versions_are_tolerated() {
        let (_folder, file) =
            with(Some(r#"{"theme": "light", "from_the_future": {"a": 1}, "controls": {"prompt": "x"}}"#));
        let (settings, warning) = file.read();
        assert_eq!((settings.theme, settings.controls.asked.prompt.as_str(), warning), (ThemeChoice::Light, "x", None));
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_as_it_is() {
        let newer = r#"{"schema": 2, "theme": ["light", 3]}"#;
        let (_folder, file) = with(Some(newer));
        let (settings, warning) = file.read();
        assert!(settings == Settings::default() && warning.is_some_and(|it| it.contains("newer version")));
        file.save(&settings).expect("nothing is wrong");
        assert_eq!(fs::read_to_string(&file.0).expect("it is there"), newer);
    }

    #[test]
    fn changed_shortcuts_come_back_and_a_damaged_file_of_them_is_set_aside() {
        use crate::window::state::action::Action;

        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = SmallFile::shortcuts(&Folders::at(folder.path()));
        assert_eq!(file.load(), (Shortcuts::default(), None));
        let mut shortcuts = Shortcuts::default();
        shortcuts.set(Action::Generate, Some(vec!["Ctrl+G".to_owned()]));
        shortcuts.keys.insert("FromTheFuture".to_owned(), vec!["F30".to_owned()]);
        file.save(&shortcuts).expect("writable");
        assert_eq!(file.load(), (shortcuts, None), "names that are not known here stay");
        fs::write(&file.path, r#"{"keys": {"Quit": ["Ctrl+W"], "Help": 3}}"#).expect("writable");
        let (read, warning) = file.load();
        assert_eq!(read.of(Action::Quit), Some(&["Ctrl+W".to_owned()][..]));
        assert!(warning.is_some_and(|it| it.contains("shortcuts.json.bad")));
    }
}
