//! The window: what a person types, watches and keeps.
//!
//! Four folders, and arrows in one direction: [`state`] is plain data and knows nothing of the others; [`commands`] are the one
//! writer of it; [`panels`] read it and push commands; [`tasks`] work for it on threads of their own. [`shell`] joins the first
//! three into a frame (commands are applied, then panels are drawn), [`app`] adds the engine and the tasks: what they report
//! goes through `commands` into the state, and what commands ask for comes out as effects. Not here: checks of a request, jobs,
//! writing of clips (all in the engine), the command line. Start reading at [`shell`], then [`state`].

mod app;
mod commands;
mod hover;
mod panels;
mod shell;
mod state;
mod tasks;

#[cfg(test)]
mod tests;

use crate::sentences::error_in_words;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use hummingbird_engine::Folders;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::model::ModelSource;

use self::tasks::settings_file::SettingsFile;

/// What the command line may say about the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Model to open; `None` takes the one of the last session, or the embedded one.
    pub model: Option<ModelSource>,
    /// Device to compute on; `None` keeps the choice of the last session.
    pub device: Option<DeviceChoice>,
    /// Where the window and its engine keep what they keep; `None` where the system names no folders.
    pub folders: Option<Folders>,
}

/// Opens the window and returns when it was closed.
///
/// # Errors
/// When no window can be opened (no display, no graphics driver). The message shows the command line as the way out.
pub fn run(options: WindowOptions) -> anyhow::Result<()> {
    let settings_file = options.folders.as_ref().map(SettingsFile::of);
    let (settings, warning) = SettingsFile::load(settings_file.as_ref());
    let native = eframe::NativeOptions {
        viewport: app::viewport(&settings),
        renderer: eframe::Renderer::Wgpu,
        // The window's own files are in `settings`; eframe must not write a second store beside them.
        persist_window: false,
        // Noise on every pixel that nobody sees in flat colours, and the most expensive part of a frame on a software renderer.
        dithering: false,
        ..Default::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let opened_inside = Arc::clone(&opened);
    let start = move || {
        eframe::run_native(
            app::APP_ID,
            native,
            Box::new(move |creation| {
                opened_inside.store(true, Ordering::Relaxed);
                Ok(Box::new(app::HummingbirdApp::new(&creation.egui_ctx, &options, settings, warning)))
            }),
        )
    };
    // Some windowing libraries panic where a system library is missing. Before the window is up, that is a machine
    // without a usable display; afterwards it would be a bug of ours and must stay loud.
    match catch_unwind(AssertUnwindSafe(start)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(no_window(&error_in_words(&error))),
        Err(panic) if opened.load(Ordering::Relaxed) => resume_unwind(panic),
        Err(panic) => Err(no_window(&tasks::panic_text(panic.as_ref()))),
    }
}

fn no_window(reason: &str) -> anyhow::Error {
    // The windowing library puts the place in its own source before its words, which helps nobody here.
    let words =
        reason.rsplit_once(".rs:").and_then(|(_, tail)| tail.split_once(": ")).map_or(reason, |(_, words)| words);
    let reason = words.trim_end_matches(['.', ')']);
    anyhow!(
        "no window can be opened here ({reason}).\n\
         Hummingbird also works without one:\n\n    \
         hummingbird generate \"a red balloon rising over the ocean\" -o clip.mp4\n\n\
         `hummingbird --help` lists everything else. For the window, start it on a machine with a display and a \
         graphics driver (on Linux the package mesa-vulkan-drivers brings one that works on every machine)."
    )
}

#[cfg(test)]
#[test]
fn without_a_display_the_command_line_is_shown() {
    let text = no_window("os error at /a/b/mod.rs:765: neither DISPLAY nor WAYLAND_DISPLAY is set.").to_string();
    assert!(text.contains("(neither DISPLAY nor WAYLAND_DISPLAY is set)"), "{text}");
    assert!(text.contains("hummingbird generate \"a red balloon rising over the ocean\" -o clip.mp4"), "{text}");
    assert!(no_window("no adapter").to_string().contains("(no adapter)"));
}
