//! Which display the window opens on, where the environment names one that is not there.
//!
//! The windowing library takes Wayland whenever `WAYLAND_DISPLAY` is set and then tries nothing else; after a failure it cannot be
//! asked again in the same process. So whether somebody listens is found out before.

use std::ffi::{OsStr, OsString};

/// A change of the environment that makes the window open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisplayChange {
    /// Wayland is named and not there; X is.
    UseX,
    /// X is named, or nothing, and is not there; this Wayland display is.
    UseWayland(OsString),
}

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Displays {
    /// `WAYLAND_DISPLAY`.
    pub wayland: Option<OsString>,
    /// `DISPLAY`.
    pub x: Option<OsString>,
}

/// The name that a Wayland display usually has.
const USUAL_WAYLAND: &str = "wayland-0";

/// What must change, given who answers.
pub fn change(
    displays: &Displays,
    wayland_answers: impl Fn(&OsStr) -> bool,
    x_answers: impl Fn(&OsStr) -> bool,
) -> Option<DisplayChange> {
    let named = |name: &Option<OsString>| name.clone().filter(|name| !name.is_empty());
    let (wayland, x) = (named(&displays.wayland), named(&displays.x));
    if wayland.as_deref().is_some_and(&wayland_answers) {
        return None;
    }
    let x_is_there = x.as_deref().is_some_and(&x_answers);
    let usual = || wayland_answers(OsStr::new(USUAL_WAYLAND)).then(|| DisplayChange::UseWayland(USUAL_WAYLAND.into()));
    match (wayland.is_some(), x_is_there) {
        (true, true) => Some(DisplayChange::UseX),
        (false, true) => None,
        // Neither: with another Wayland display there would be a window.
        (_, false) => usual(),
    }
}

/// What must change on this machine.
pub fn needed_change() -> Option<DisplayChange> {
    use std::os::unix::net::UnixStream;
    use std::path::Path;

    // A socket that was handed to us is open already.
    if std::env::var_os("WAYLAND_SOCKET").is_some() {
        return None;
    }
    let wayland_answers = |name: &OsStr| {
        let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
        let path = Path::new(&folder).join(name);
        path.is_absolute() && UnixStream::connect(path).is_ok()
    };
    let displays = Displays { wayland: std::env::var_os("WAYLAND_DISPLAY"), x: std::env::var_os("DISPLAY") };
    change(&displays, wayland_answers, x_answers)
}

/// Whether somebody listens at `:0` or `:0.0`; displays of other machines are taken at their word.
fn x_answers(name: &OsStr) -> bool {
    use std::os::unix::net::UnixStream;

    let name = name.to_string_lossy();
    let Some(local) = name.strip_prefix("unix:").or(name.strip_prefix(':')) else { return true };
    let number = local.split('.').next().unwrap_or_default();
    let path = format!("/tmp/.X11-unix/X{number}");
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::SocketAddr;
        let hidden = SocketAddr::from_abstract_name(path.as_bytes());
        if hidden.and_then(|address| UnixStream::connect_addr(&address)).is_ok() {
            return true;
        }
    }
    UnixStream::connect(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_that_leads_nowhere_is_left_for_one_that_answers() {
        let usual = Some(DisplayChange::UseWayland("wayland-0".into()));
        let cases = [
            // Wayland, X, those that answer, and what changes.
            (Some("wayland-9"), Some(":0"), &[":0"][..], Some(DisplayChange::UseX)),
            (Some("wayland-0"), Some(":0"), &["wayland-0", ":0"], None),
            (Some("wayland-0"), Some(":9"), &["wayland-0"], None),
            (Some("wayland-0"), None, &["wayland-0"], None),
            (None, Some(":0"), &[":0", "wayland-0"], None),
            (Some(""), Some(":0"), &[":0", "wayland-0"], None),
            (None, Some(":9"), &["wayland-0"], usual.clone()),
            (Some("wayland-9"), Some(":9"), &["wayland-0"], usual.clone()),
            (None, None, &["wayland-0"], usual),
            (Some("wayland-9"), None, &[], None),
            (Some("wayland-9"), Some(":9"), &[], None),
            (None, None, &[], None),
        ];
        for (wayland, x, answering, expected) in cases {
            let displays = Displays { wayland: wayland.map(OsString::from), x: x.map(OsString::from) };
            let answers = |name: &OsStr| answering.iter().any(|it| name == *it);
            assert_eq!(change(&displays, answers, answers), expected, "{displays:?} with {answering:?}");
        }
    }
}
