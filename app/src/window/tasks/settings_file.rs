//! The settings on disk: one JSON file in the platform's folder for settings.
//!
//! It is written under a temporary name and renamed; a file that cannot be read is set aside, never overwritten.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::window::state::settings::Settings;

/// The settings file, where the system has a folder for such files.
pub fn file() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "Hummingbird")?;
    Some(folders.config_dir().join("window.json"))
}

/// The settings of the last session, or the defaults with a word on why.
pub fn load() -> (Settings, Option<String>) {
    match file() {
        Some(path) => load_from(&path),
        None => (
            Settings::default(),
            Some("the system names no folder for settings (is HOME set?): they will not be kept".to_owned()),
        ),
    }
}

/// Reads one settings file. A file that makes no sense is renamed to `.bad` and the defaults are used.
pub fn load_from(path: &Path) -> (Settings, Option<String>) {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Settings::default(), None),
        Err(error) => {
            let warning = format!("the settings cannot be read, the defaults are used ({error}): {}", path.display());
            return (Settings::default(), Some(warning));
        }
    };
    match serde_json::from_slice(&text) {
        Ok(settings) => (settings, None),
        Err(error) => {
            let aside = path.with_extension("json.bad");
            let kept = match fs::rename(path, &aside) {
                Ok(()) => format!("the old file is kept as {}", aside.display()),
                Err(problem) => format!("the old file could not be set aside ({problem})"),
            };
            let warning = format!("the settings file is damaged, the defaults are used ({error}); {kept}");
            (Settings::default(), Some(warning))
        }
    }
}

/// Writes the settings to a temporary file beside `path` and renames it.
pub fn save_to(path: &Path, settings: &Settings) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the settings file has no folder"))?;
    fs::create_dir_all(folder)?;
    let mut text = serde_json::to_vec_pretty(settings).map_err(io::Error::other)?;
    text.push(b'\n');
    let mut staged = tempfile::NamedTempFile::new_in(folder)?;
    staged.write_all(&text)?;
    staged.as_file().sync_all()?;
    staged.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::pipeline::video_out::Format;

    use super::*;
    use crate::window::state::settings::ThemeChoice;

    #[test]
    fn settings_come_back_as_they_were() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/window.json");
        let mut settings = Settings { window_size: Some([900.0, 700.0]), looping: false, ..Settings::default() };
        settings.controls.prompt = "a red ball \"rising\"\n".to_owned();
        settings.export.format = Format::Gif;
        save_to(&path, &settings).expect("the folder is writable");
        save_to(&path, &settings).expect("an old file is replaced");
        assert_eq!(load_from(&path), (settings, None));
        let files = fs::read_dir(path.parent().expect("has one")).expect("readable").count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[test]
    fn a_missing_file_is_no_trouble_and_a_damaged_one_is_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("window.json");
        assert_eq!(load_from(&path), (Settings::default(), None));
        fs::write(&path, "{\"theme\": \"dar").expect("writable");
        let (settings, warning) = load_from(&path);
        assert_eq!(settings, Settings::default());
        let warning = warning.expect("the user is told");
        assert!(warning.contains("window.json.bad"), "{warning}");
        assert_eq!(fs::read_to_string(folder.path().join("window.json.bad")).expect("kept"), "{\"theme\": \"dar");
        assert!(!path.exists());
    }

    #[test]
    fn fields_of_other_versions_are_tolerated() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("window.json");
        fs::write(&path, r#"{"theme": "light", "from_the_future": {"a": 1}, "controls": {"prompt": "x"}}"#)
            .expect("writable");
        let (settings, warning) = load_from(&path);
        assert_eq!((settings.theme, settings.controls.prompt.as_str(), warning), (ThemeChoice::Light, "x", None));
    }
}
