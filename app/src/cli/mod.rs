//! The command line: every command without a window.
//!
//! `args` says what can be typed, one file per command does it, `output` finds and checks where a clip goes, `progress` shows
//! how far a command is, `interrupt` is Ctrl-C, `question` asks. Glue only: what a command computes belongs in the engine. Start at [`run`].

mod args;
mod bench;
mod convert;
mod devices;
mod eval;
mod failure;
mod forward;
mod generate;
mod info;
mod interrupt;
mod models;
mod output;
pub mod print;
mod progress;
mod question;
mod train;

pub use args::{Cli, Command, WindowArgs};
pub use failure::{exit_code, message};
#[cfg(feature = "window")]
pub use models::source as model_source;

/// Runs a command.
///
/// # Errors
/// Whatever stopped it, with what to do; [`exit_code`] gives the code for it.
pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Generate(args) => generate::run(args),
        Command::Devices(args) => devices::run(args),
        Command::Models(args) => models::run(args),
        Command::Forward(args) => forward::run(args),
        Command::Train(args) => train::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Bench(args) => bench::run(args),
    }
}
