//! The command line: every command without a window.
//!
//! `args` says what can be typed (`clip_args` what comes of the table of settings, `export_args` what is said of the file), `parse` reads it, one file per command does it, `output` finds and checks where a clip goes,
//! `documents` are what shells and `man` read, `print` writes to the terminal, `progress` shows how far a command is, `interrupt` is Ctrl-C, `question` asks, `weights` finds networks that look at clips. Glue only: what a command computes belongs in the engine. Start at [`run`].

mod args;
mod bench;
mod clip_args;
mod convert;
mod data;
mod devices;
mod documents;
mod enhance;
mod eval;
mod export;
mod export_args;
mod failure;
mod folder_args;
mod forward;
mod forward_args;
mod generate;
mod info;
mod interrupt;
mod models;
mod output;
mod parse;
pub mod print;
mod progress;
mod question;
mod queue;
mod server_args;
mod stage_times;
mod train;
mod version;
mod weights;

pub use args::{Command, WindowArgs};
pub use failure::{Lines, exit_code, message};
#[cfg(feature = "window")]
pub use models::source as model_source;
pub use parse::parse;

/// Runs a command.
///
/// # Errors
/// Whatever stopped it, with what to do; [`exit_code`] gives the code for it.
pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Generate(args) => generate::run(args),
        Command::Enhance(args) => enhance::run(args),
        Command::Queue(args) => queue::run(args),
        Command::Export(args) => export::run(args),
        Command::Devices(args) => devices::run(args),
        Command::Models(args) => models::run(args),
        Command::Forward(args) => forward::run(args),
        Command::Train(args) => train::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Data(args) => data::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Version(args) => version::run(args),
        Command::Completions(args) => documents::completions(args),
        Command::Man(args) => documents::man(args),
    }
}
