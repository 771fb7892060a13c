//! `hummingbird completions` and `hummingbird man`: what a shell and `man` want to know of the command line, made of the same
//! declarations and the same table of settings as the help pages.

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use hummingbird_engine::files;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::print;

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    print::bytes_as_they_are(&completions_of(args.shell))
}

fn completions_of(shell: Shell) -> Vec<u8> {
    let (mut command, mut script) = (Cli::command(), Vec::new());
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<()> {
    let pages = pages()?;
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("the folder {} cannot be made", print::value(&args.output.to_string_lossy())))?;
    for (name, page) in &pages {
        let path = args.output.join(name);
        files::replace(&path, page).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    print::line(&format!("{} pages in {}", pages.len(), print::value(&args.output.to_string_lossy())))
}

/// A page of section 1 for the program and each of its commands, with their names.
fn pages() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &mut pages)?;
    Ok(pages)
}

fn add_pages(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    // What is typed as "hummingbird models list" is hummingbird-models-list(1).
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).context("a page could not be made")?;
    pages.push((format!("{name}.1"), page));
    let mut listed = command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
    listed.try_for_each(|command| add_pages(command, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let script = String::from_utf8(completions_of(shell)).expect("text");
            for word in ["generate", "devices", "models", "guidance", "gpu-share"] {
                assert!(script.contains(word), "{shell} knows no {word}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_options() {
        let pages = pages().expect("they are only text");
        let page = |name: &str| {
            let found = pages.iter().find(|(page, _)| page == name);
            String::from_utf8(found.unwrap_or_else(|| panic!("{name} is missing")).1.clone()).expect("text")
        };
        assert!(page("hummingbird.1").contains("hummingbird\\-generate(1)"), "{}", page("hummingbird.1"));
        let generate = page("hummingbird-generate.1");
        assert!(generate.contains("guidance") && generate.contains(".TH hummingbird"), "{generate}");
        page("hummingbird-models-list.1");
        page("hummingbird-train-lora.1");
        assert!(pages.iter().all(|(name, _)| !name.contains("help")), "{:?}", pages.iter().map(|it| &it.0));
    }
}
