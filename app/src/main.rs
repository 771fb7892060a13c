//! Hummingbird: turns a written prompt into a short video on your own machine.
//!
//! One binary: without arguments it opens the window (`window`), otherwise it runs a command (`cli`). What a headless run also
//! needs belongs in the engine.

mod cli;
mod provenance;
mod units;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

use clap::Parser;
use hummingbird_engine::memory::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    prefer_cpu_by_default();
    let cli = cli::Cli::parse();
    let result = match &cli.command {
        Some(command) => cli::run(command),
        None => open_window(&cli.window),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = cli::exit_code(&error);
            eprintln!("{}", cli::message(&error));
            ExitCode::from(code)
        }
    }
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

#[cfg(feature = "window")]
fn open_window(args: &cli::WindowArgs) -> anyhow::Result<()> {
    window::run(window::WindowOptions { model: args.model.as_deref().map(cli::model_source), device: args.device })
}

#[cfg(not(feature = "window"))]
fn open_window(_args: &cli::WindowArgs) -> anyhow::Result<()> {
    anyhow::bail!(
        "this build has no window. The command line works:\n\n    \
         hummingbird generate \"a red balloon rising over the ocean\" -o clip.mp4\n\n\
         `hummingbird --help` lists everything else."
    )
}
