//! The window: what a person types, watches and keeps.
//!
//! Four folders, and arrows in one direction: [`state`] is plain data and knows nothing of the others; [`commands`] are the one
//! writer of it; [`panels`] read it and push commands; [`tasks`] work for it on threads of their own. [`shell`] joins the first
//! three into a frame (commands are applied, then panels are drawn), [`app`] adds the engine and the tasks: what they report
//! goes through `commands` into the state, and what commands ask for comes out as effects; [`painter`] is the adapter that draws,
//! [`pace`] how often it does while a job runs. Not here: checks of a request, jobs, writing of clips (all in the engine), the
//! command line. Start reading at [`shell`], then [`state`].

mod app;
mod commands;
#[cfg(all(unix, not(target_os = "macos")))]
mod display;
mod hover;
mod pace;
mod painter;
mod panels;
mod shell;
mod state;
mod tasks;

#[cfg(test)]
mod tests;

use crate::sentences::error_in_words;
use crate::signals::on_request_to_end;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::anyhow;
use hummingbird_engine::Folders;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::model::ModelSource;
use winit::error::EventLoopError;
use winit::event_loop::EventLoop;
use winit::platform::run_on_demand::EventLoopExtRunOnDemand;

use self::pace::{Pace, Paced};
use self::painter::Painter;
use self::state::work::{HandedModel, Handover};
use self::tasks::instance::{self, Claim};
use self::tasks::session_file::{self, SessionFile};
use self::tasks::settings_file::SettingsFile;

#[cfg(all(unix, not(target_os = "macos")))]
pub use self::display::{DisplayChange, needed_change};

/// What the command line may say about the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Model to open; `None` takes the one of the last session, or the embedded one.
    pub model: Option<ModelSource>,
    /// Device to compute on; `None` keeps the choice of the last session.
    pub device: Option<DeviceChoice>,
    /// Files to open, each by what it is.
    pub files: Vec<PathBuf>,
    /// Whether a window that is open already stays as it is, and this is another one.
    pub new_window: bool,
    /// Whether nothing is opened before the user has said whether to start safely.
    pub offers_safe_start: bool,
    /// Where the window and its engine keep what they keep; `None` where the system names no folders.
    pub folders: Option<Folders>,
    /// Where other programs are looked for, to offer their models.
    pub program_places: Vec<PathBuf>,
}

/// Opens the window and returns when it was closed.
///
/// # Errors
/// When no window can be opened (no display, no graphics driver). The message shows the command line as the way out.
pub fn run(mut options: WindowOptions) -> anyhow::Result<()> {
    let claim = match &options.folders {
        Some(folders) if !options.new_window => Some(instance::claim(folders, &options.handover())),
        _ => None,
    };
    if matches!(claim, Some(Claim::HandedOver)) {
        return Ok(());
    }
    // Only the first window says how it ended: of several, one is always open.
    let is_first = matches!(claim, Some(Claim::First(_)));
    let session = options.folders.as_ref().filter(|_| is_first).map(SessionFile::of);
    let crashes = session.as_ref().map_or(0, SessionFile::begin);
    options.offers_safe_start = crashes >= session_file::CRASHES;
    note_panics();
    let settings_file = options.folders.as_ref().map(SettingsFile::of);
    let (mut settings, warning) = SettingsFile::load(settings_file.as_ref());
    if options.offers_safe_start {
        settings.window_size = None;
    }
    let painter = Painter::of(options.folders.as_ref());
    let native = eframe::NativeOptions {
        viewport: app::viewport(&settings),
        wgpu_options: painter.configuration(),
        renderer: eframe::Renderer::Wgpu,
        // The window's own files are in `settings`; eframe must not write a second store beside them.
        persist_window: false,
        // Noise on every pixel that nobody sees in flat colours, and the most expensive part of a frame on a software renderer.
        dithering: false,
        ..Default::default()
    };
    let context = close_when_asked(session.clone());
    let (opened, pace) = (Arc::new(AtomicBool::new(false)), Arc::new(Pace::default()));
    let (opened_inside, of_app, of_window) = (Arc::clone(&opened), Arc::clone(&pace), Arc::clone(&context));
    let (of_end, refusal) = (Arc::clone(&context), painter.clone());
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        opened_inside.store(true, Ordering::Relaxed);
        _ = of_window.set(creation.egui_ctx.clone());
        let drawn_by = creation.wgpu_render_state.as_ref().map(|state| state.adapter.get_info().device_type);
        let pace = (drawn_by == Some(wgpu::DeviceType::Cpu)).then_some(of_app);
        let mut app = app::HummingbirdApp::new(&creation.egui_ctx, &options, settings, warning, pace);
        app.is_drawn_by(painter);
        match claim {
            Some(Claim::First(instance)) => app.listen_for_starts(instance),
            Some(Claim::Alone) => app.is_second(),
            Some(Claim::HandedOver) | None => {}
        }
        Ok(Box::new(app))
    });
    let start = move || -> Result<(), String> {
        let in_words = |error: EventLoopError| error_in_words(&error);
        let mut events = EventLoop::<eframe::UserEvent>::with_user_event().build().map_err(in_words)?;
        let mut window = Paced::new(eframe::create_native(app::APP_ID, native, create, &events), pace, context);
        events.run_app_on_demand(&mut window).map_err(in_words)
    };
    // Some windowing libraries panic where a system library is missing. Before the window is up, that is a machine
    // without a usable display; afterwards it would be a bug of ours and must stay loud.
    match catch_unwind(AssertUnwindSafe(start)) {
        Ok(Ok(())) if opened.load(Ordering::Relaxed) && was_closed(&of_end) => {
            session.iter().for_each(SessionFile::end);
            Ok(())
        }
        Ok(ended) => {
            // A machine without a display is no crash.
            session.iter().filter(|_| !opened.load(Ordering::Relaxed)).for_each(SessionFile::end);
            let reason = ended.err().or_else(|| refusal.refusal());
            Err(no_window(reason.as_deref().unwrap_or("the system or its graphics driver took the window away")))
        }
        Err(panic) if opened.load(Ordering::Relaxed) => resume_unwind(panic),
        Err(panic) => {
            session.iter().for_each(SessionFile::end);
            Err(no_window(&tasks::panic_text(panic.as_ref())))
        }
    }
}

impl WindowOptions {
    /// What another process has to know to do what this one was asked for.
    fn handover(&self) -> Handover {
        let model = self.model.clone().map(|model| match model {
            ModelSource::Embedded => HandedModel::Demo,
            ModelSource::File(path) => HandedModel::File(std::path::absolute(&path).unwrap_or(path)),
        });
        Handover { files: self.files.clone(), model, device: self.device }
    }
}

/// Has the window closed when the system or a terminal asks the program to end, as at the end of a session: that is no crash. The
/// window's context is to be put into what is given back.
fn close_when_asked(session: Option<SessionFile>) -> Arc<OnceLock<egui::Context>> {
    let context = Arc::new(OnceLock::<egui::Context>::new());
    let of_window = Arc::clone(&context);
    let mut asked = false;
    let listening = on_request_to_end(move || {
        // First of all, since the system may not wait for the window.
        session.iter().for_each(SessionFile::end);
        match of_window.get() {
            Some(context) if !asked => {
                context.send_viewport_cmd(egui::ViewportCommand::Close);
                context.request_repaint();
            }
            _ => std::process::exit(130),
        }
        asked = true;
    });
    if let Err(error) = listening {
        log::warn!("requests to end are not heard: {error}");
    }
    context
}

/// Has panics noted for the reports of parts that fail; they are told as before.
fn note_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        state::broken::note_panic(info);
        before(info);
    }));
}

/// Whether the window ended because it was closed. eframe tells an error of its painter only to the log, and ends.
fn was_closed(window: &OnceLock<egui::Context>) -> bool {
    // Quitting there closes no window.
    let quits = cfg!(target_os = "macos");
    quits || window.get().is_some_and(|context| context.input(|input| input.viewport().close_requested()))
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
