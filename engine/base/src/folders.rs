//! Where the program keeps what it keeps: the one place that knows the folders of the user.
//!
//! Only the program's start asks for them ([`Folders::of_user`]) and hands them on; whatever is made of this library gives its
//! own ([`Folders::at`]), tests always.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};
use thiserror::Error;

use crate::message::{self, Message};

/// The environment variable that moves all folders into one.
pub const HOME_VARIABLE: &str = "HUMMINGBIRD_HOME";

/// A folder of this name beside the program holds all that it keeps: whoever carries the program on a stick takes that along.
pub const PORTABLE: &str = "portable";

/// The folders of one user. None needs to be there: each is made when something is written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Settings of the window.
    pub settings: PathBuf,
    /// What can be computed again: speeds of devices.
    pub cache: PathBuf,
    /// Models, and what is known of them.
    pub models: PathBuf,
    /// Final latents of the last clips.
    pub latents: PathBuf,
    /// Lists of words for prompts, written by the user.
    pub wildcards: PathBuf,
    /// Jobs that wait, run or were stopped.
    pub journal: PathBuf,
    /// What training writes unless it is told another place.
    pub runs: PathBuf,
    /// Finished clips, unless another folder is chosen for them.
    pub clips: PathBuf,
    /// The library's index, and what was noted about clips.
    pub library: PathBuf,
    /// Where deleted clips go; `None` is the system's trash.
    pub trash: Option<PathBuf>,
}

/// The system names no folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("folders")]
#[error("this system names no folder for your data: set HOME (or {HOME_VARIABLE}) and start again")]
pub struct NoFolders;

impl Folders {
    /// Those of the person who runs the program: all in the folder that `HUMMINGBIRD_HOME` names, else in the folder `portable` beside the
    /// program where there is one, else as the system has it.
    ///
    /// # Errors
    /// [`NoFolders`] where the system names none.
    pub fn of_user() -> Result<Self, NoFolders> {
        let program = std::env::current_exe().ok();
        let portable = || portable(program.as_deref()?);
        match home(std::env::var_os(HOME_VARIABLE).as_deref()).or_else(portable) {
            Some(home) => Ok(Self::at(home)),
            None => Self::of_system(&ProjectDirs::from("", "", "Hummingbird").ok_or(NoFolders)?),
        }
    }

    /// All in one folder.
    pub fn at(root: impl AsRef<Path>) -> Self {
        let within = |name: &str| root.as_ref().join(name);
        Self {
            settings: within("settings"),
            cache: within("cache"),
            models: within("models"),
            latents: within("latents"),
            wildcards: within("wildcards"),
            journal: within("journal"),
            runs: within("runs"),
            clips: within("clips"),
            library: within("library"),
            trash: Some(within("trash")),
        }
    }

    fn of_system(folders: &ProjectDirs) -> Result<Self, NoFolders> {
        Ok(Self {
            settings: folders.config_dir().to_owned(),
            cache: folders.cache_dir().to_owned(),
            models: folders.data_dir().join("models"),
            latents: folders.data_local_dir().join("latents"),
            wildcards: folders.data_dir().join("wildcards"),
            journal: folders.data_local_dir().join("journal"),
            // In the current folder, where whoever trains looks for it.
            runs: PathBuf::from("runs"),
            clips: videos(&UserDirs::new().ok_or(NoFolders)?).join("Hummingbird"),
            library: folders.data_local_dir().join("library"),
            trash: None,
        })
    }
}

/// The folder of the system for videos; many systems without a desktop name none.
fn videos(folders: &UserDirs) -> PathBuf {
    folders.video_dir().map_or_else(|| folders.home_dir().join("Videos"), Path::to_owned)
}

/// The folder that the variable names; an empty one names none.
fn home(variable: Option<&OsStr>) -> Option<PathBuf> {
    let home = Path::new(variable.filter(|home| !home.is_empty())?);
    // The current folder may change while the program runs.
    Some(std::path::absolute(home).unwrap_or_else(|_| home.to_owned()))
}

/// The folder beside a program that keeps everything, if it is there.
fn portable(program: &Path) -> Option<PathBuf> {
    // What a link leads to is where the program is.
    let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    Some(program.parent()?.join(PORTABLE)).filter(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_moves_all_folders() {
        let folders = Folders::at(home(Some(OsStr::new("/a/b"))).expect("it names a folder"));
        let Folders { settings, cache, models, latents, journal, wildcards, runs, clips, library, trash } = &folders;
        let trash = trash.as_ref().expect("nothing of such a user goes to the system's trash");
        for folder in [settings, cache, models, latents, journal, wildcards, runs, clips, library, trash] {
            assert!(folder.starts_with("/a/b"), "{folder:?}");
        }
        assert_eq!((home(None), home(Some(OsStr::new("")))), (None, None));
        assert!(home(Some(OsStr::new("here"))).is_some_and(|home| home.is_absolute()));
    }

    #[test]
    fn a_folder_beside_the_program_keeps_everything_where_it_is_there() {
        let stick = tempfile::tempdir().expect("there is room for a folder");
        let stick = stick.path().canonicalize().expect("it is there");
        let program = stick.join("hummingbird");
        std::fs::write(&program, "a program").expect("writable");
        assert_eq!(portable(&program), None);
        let folder = stick.join(PORTABLE);
        std::fs::write(&folder, "no folder").expect("writable");
        assert_eq!(portable(&program), None);
        std::fs::remove_file(&folder).expect("it is there");
        std::fs::create_dir(&folder).expect("writable");
        assert_eq!(portable(&program).as_deref(), Some(&*folder));
        assert_eq!(portable(Path::new("")), None);
    }
}
