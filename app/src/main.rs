//! Hummingbird: turns a written prompt into a short video on your own machine.
//!
//! One binary: without arguments it opens the window (`window`), otherwise it runs a command (`cli`). What a headless run also
//! needs belongs in the engine.

mod cli;
mod device_report;
#[cfg(feature = "window")]
mod language;
mod sentences;
mod signals;
mod system;
mod units;
#[cfg(feature = "window")]
mod when_done;
#[cfg(feature = "window")]
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use hummingbird_engine::device::SpeedFile;
use hummingbird_engine::folders::HOME_VARIABLE;
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::{Folders, NoFolders};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    prefer_cpu_by_default();
    let cli = cli::parse();
    let result = match &cli.command {
        Some(command) => cli::run(command),
        None => open_window(&cli.window).map_err(|error| cli::Lines(format!("{error:#}")).into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = cli::exit_code(&error);
            cli::print::note(&cli::message(&error));
            ExitCode::from(code)
        }
    }
}

/// The folders of the person who runs the program. Nothing else asks for them: what is below is told.
fn folders() -> Result<Folders, NoFolders> {
    Folders::of_user()
}

/// Where models of other programs are looked for: the user's own folder, or the one that all folders of this program are in.
fn program_places() -> Vec<PathBuf> {
    let moved = std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()).map(PathBuf::from);
    moved.or_else(std::env::home_dir).into_iter().collect()
}

/// Where measured speeds of devices are kept; `None` for a user without folders.
fn speeds() -> Option<SpeedFile> {
    folders().ok().as_ref().map(SpeedFile::of)
}

/// burn restores an optimiser's state by way of its default device, which is a GPU even where there is no driver: a resumed
/// training would end there. Every device that computes is chosen explicitly, so the default may as well be the CPU.
fn prefer_cpu_by_default() {
    const VARIABLE: &str = "BURN_DEVICE";
    if std::env::var_os(VARIABLE).is_none() {
        // SAFETY: this is the first thing that the process does; no other thread is there to read the environment.
        unsafe { std::env::set_var(VARIABLE, "flex") };
    }
}

/// Leaves a display that is named and not there for one that answers. Other systems have one display.
#[cfg(all(feature = "window", unix, not(target_os = "macos")))]
fn choose_display() {
    let (name, value) = match window::needed_change() {
        None => return,
        Some(window::DisplayChange::UseX) => ("WAYLAND_DISPLAY", None),
        Some(window::DisplayChange::UseWayland(name)) => ("WAYLAND_DISPLAY", Some(name)),
    };
    log::warn!("the display that the environment names does not answer; another one is used");
    match value {
        // SAFETY: no other thread was started yet to read the environment.
        Some(value) => unsafe { std::env::set_var(name, value) },
        // SAFETY: as above.
        None => unsafe { std::env::remove_var(name) },
    }
}

#[cfg(feature = "window")]
fn open_window(args: &cli::WindowArgs) -> anyhow::Result<()> {
    #[cfg(all(unix, not(target_os = "macos")))]
    choose_display();
    window::run(window::WindowOptions {
        model: args.model.as_deref().map(cli::model_source),
        device: args.device,
        files: args.files.clone(),
        new_window: args.new_window,
        offers_safe_start: false,
        folders: folders().ok(),
        program_places: program_places(),
    })
}

#[cfg(not(feature = "window"))]
fn open_window(_args: &cli::WindowArgs) -> anyhow::Result<()> {
    anyhow::bail!(
        "this build has no window. The command line works:\n\n    \
         hummingbird generate \"a red balloon rising over the ocean\" -o clip.mp4\n\n\
         `hummingbird --help` lists everything else."
    )
}
