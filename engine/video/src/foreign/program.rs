//! Where FFmpeg is, and how its version names things.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hummingbird_base::CancelToken;

use super::running::{Pieces, Running};

/// The environment variable that names another program than the `ffmpeg` of the search path.
pub(crate) const VARIABLE: &str = "HUMMINGBIRD_FFMPEG";

/// An FFmpeg that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    path: PathBuf,
    /// Major and minor number; `None` of builds between releases, which are taken for new.
    version: Option<[u32; 2]>,
}

impl Program {
    /// The user's. One that is installed while this program runs is found.
    pub(crate) fn of_user() -> Option<Self> {
        static FOUND: Mutex<Option<Program>> = Mutex::new(None);
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_none() {
            let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
            *found = Self::at(path.map_or_else(|| PathBuf::from("ffmpeg"), PathBuf::from));
        }
        found.clone()
    }

    /// The one of a path or of a name in the search path, if it says that it is FFmpeg.
    pub(crate) fn at(path: PathBuf) -> Option<Self> {
        let mut program = Self { path, version: None };
        let mut command = program.command();
        command.arg("-version");
        let mut running = Running::start(command, Pieces::AsTheyCome).ok()?;
        let mut said = Vec::new();
        while said.len() < 256 {
            match running.next(&CancelToken::default(), Duration::from_secs(10)).ok()? {
                Some(piece) => said.extend(piece),
                None => break,
            }
        }
        let said = String::from_utf8_lossy(&said).into_owned();
        let version = said.strip_prefix("ffmpeg version ")?;
        program.version = version_of(version);
        Some(program)
    }

    pub(super) fn command(&self) -> Command {
        #[cfg_attr(not(windows), expect(unused_mut, reason = "only Windows has windows of consoles"))]
        let mut command = Command::new(&self.path);
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            /// `CREATE_NO_WINDOW`: no console flashes up.
            const NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(NO_WINDOW);
        }
        command
    }

    /// Frames are neither doubled nor left out.
    pub(super) fn as_they_come(&self) -> [&'static str; 2] {
        [if self.is_before([5, 1]) { "-vsync" } else { "-fps_mode" }, "passthrough"]
    }

    /// Times are counted in the file's own unit.
    pub(super) fn in_own_times(&self) -> [&'static str; 2] {
        ["-enc_time_base", if self.is_before([6, 1]) { "-1" } else { "demux" }]
    }

    fn is_before(&self, version: [u32; 2]) -> bool {
        self.version.is_some_and(|own| own < version)
    }
}

/// Numbers of `5.1.9-0+deb12u1` or `n6.1`; nothing of `N-112233-g0123abc` or `2024-01-01-git`.
fn version_of(text: &str) -> Option<[u32; 2]> {
    let text = text.strip_prefix('n').unwrap_or(text);
    let (major, rest) = text.split_once('.').unwrap_or((text.split([' ', '-']).next()?, "0"));
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let version = [major.parse().ok()?, minor.parse().ok()?];
    // Dates are no versions.
    (version[0] < 1000).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        for (text, version) in [
            ("5.1.9-0+deb12u1 Copyright (c)", Some([5, 1])),
            ("4.4.2-0ubuntu0.22.04.1 Copyright", Some([4, 4])),
            ("n6.1 Copyright", Some([6, 1])),
            ("7 Copyright (c) 2000-2024 the FFmpeg developers", Some([7, 0])),
            ("8.0-full_build-www.gyan.dev Copyright", Some([8, 0])),
            ("N-112233-g0123abcdef Copyright", None),
            ("2024-01-01-git-e1c1dc8347-full_build Copyright", None),
            ("", None),
        ] {
            assert_eq!(version_of(text), version, "{text}");
        }
    }
}
