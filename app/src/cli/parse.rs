//! Reads the command line, and helps where clap's own words would not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, Parser, error::Error};
use hummingbird_engine::request::Precision;

use super::args::Cli;
use super::print;

/// What was typed; a line that makes no sense, and `--help`, end the program with clap's exit code.
pub fn parse() -> Cli {
    let (line, files) = without_files(std::env::args_os().collect());
    let mut cli = Cli::try_parse_from(&line).unwrap_or_else(|error| {
        let error = shown(error, &line);
        // A reader that has gone needs no help.
        error.print().ok();
        std::process::exit(error.exit_code())
    });
    cli.window.files = files;
    cli
}

/// The line without the files that the window is to open, and those as absolute paths. A word is a file where it stands in the
/// place of a command, is none, and is there: so a mistyped command stays one.
fn without_files(line: Vec<OsString>) -> (Vec<OsString>, Vec<PathBuf>) {
    let commands = Cli::command();
    let (mut rest, mut files) = (Vec::with_capacity(line.len()), Vec::new());
    let mut words = line.into_iter();
    rest.extend(words.next());
    let mut after_options = false;
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if !after_options && text == "--" {
            after_options = true;
        } else if !after_options && text.starts_with('-') && text != "-" {
            let has_value = commands.get_arguments().any(|arg| is_option(arg, &text) && takes(arg));
            rest.push(word);
            rest.extend(has_value.then(|| words.next()).flatten());
        } else if (after_options || commands.find_subcommand(&*text).is_none()) && Path::new(&word).exists() {
            files.push(std::path::absolute(&word).unwrap_or_else(|_| PathBuf::from(&word)));
        } else {
            // A command with its arguments, or something that the parser will name.
            rest.push(word);
            rest.extend(words.by_ref());
        }
    }
    (rest, files)
}

/// A time such as `20m`, `2h`, `90s`, `1h30m` or `90`, in seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || format!("{text:?} is no time: write 20m, 2h, 90s or 1h30m");
    let mut rest = text.trim();
    let (mut sum, mut parts) = (0.0, 0);
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit = match rest[end..].chars().next() {
            None if parts == 0 => 1.0,
            Some('s') => 1.0,
            Some('m') => 60.0,
            Some('h') => 3600.0,
            _ => return Err(wrong()),
        };
        sum += number * unit;
        parts += 1;
        rest = rest[end..].get(1..).unwrap_or_default();
    }
    // Less is over before the first stage is measured, more than a year is a mistake.
    if (30.0..=3.2e7).contains(&sum) {
        Ok(sum)
    } else {
        Err(format!("{text:?} is too little or too much: 30s to 8760h"))
    }
}

/// The error as it is shown: with a tip that works, and of arguments that a terminal would obey only escapes.
fn shown(error: Error, line: &[OsString]) -> Error {
    let escaped: Vec<OsString> =
        line.iter().map(|it| print::value(&it.to_string_lossy()).into_owned().into()).collect();
    // Escapes change what an argument says and not what is wrong with it.
    match Cli::try_parse_from(&escaped) {
        Err(same) if same.kind() == error.kind() => with_working_tip(same, &escaped),
        _ => with_working_tip(error, line),
    }
}

/// Of a value that begins with a hyphen clap says to write it after `--`, which only helps where it belongs to no option.
fn with_working_tip(mut error: Error, line: &[OsString]) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return error };
    let tip = line.windows(2).find_map(|pair| {
        let [option, value] = [&pair[0], &pair[1]].map(|it| it.to_string_lossy());
        // Of a group of letters only the first unknown one is named.
        let is_it = value.starts_with(unknown.as_str()) && !value.starts_with("--") || *value == **unknown;
        (is_it && takes_value(&Cli::command(), &option))
            .then(|| format!("if '{value}' is the value of '{option}', write '{option}={value}'"))
    });
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Whether some command has this option and it takes a value.
fn takes_value(command: &Command, option: &str) -> bool {
    let is_it = |arg: &Arg| is_option(arg, option) && takes(arg);
    command.get_arguments().any(is_it) || command.get_subcommands().any(|inner| takes_value(inner, option))
}

/// Whether an argument is this option.
fn is_option(arg: &Arg, option: &str) -> bool {
    let long = arg.get_long().is_some_and(|long| option.strip_prefix("--") == Some(long));
    let short = arg.get_short().is_some_and(|short| option.strip_prefix('-') == Some(short.to_string().as_str()));
    long || short
}

fn takes(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// A seed as it is typed.
///
/// # Errors
/// What to write instead, for other programs take -1 for a random one.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is not a seed: write a whole number from 0 to {}, or leave --seed out", u64::MAX)
    })
}

/// What factors are rounded to.
pub(super) fn precision(text: &str) -> Result<Precision, String> {
    let found = Precision::ALL.into_iter().find(|it| it.to_string() == text);
    found.ok_or_else(|| "choose exact, bf16 or int8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_all_numbers_of_64_bits() {
        for (text, number) in [("0", 0), ("42", 42), ("18446744073709551615", u64::MAX)] {
            assert_eq!(seed(text), Ok(number));
        }
        for text in ["", "-1", "random", "1.5", "1e3", "18446744073709551616", "0x10"] {
            assert!(seed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn files_are_told_from_commands_and_from_words_that_are_neither() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clip = folder.path().join("a clip.mp4");
        std::fs::write(&clip, "x").expect("writable");
        let clip = clip.to_str().expect("a plain name");
        let of = |words: &[&str]| {
            let line = std::iter::once("hummingbird").chain(words.iter().copied()).map(OsString::from).collect();
            let (rest, files) = without_files(line);
            let rest: Vec<String> = rest[1..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
            (rest, files.len())
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(&[clip, clip]), (words(&[]), 2));
        assert_eq!(of(&["-m", clip, "--new-window", clip]), (words(&["-m", clip, "--new-window"]), 1));
        assert_eq!(of(&["--device=cpu", "--", clip]), (words(&["--device=cpu"]), 1));
        assert_eq!(of(&["generate", clip]), (words(&["generate", clip]), 0));
        assert_eq!(of(&["generte", clip]), (words(&["generte", clip]), 0));
        assert_eq!(of(&["/no/such.mp4"]), (words(&["/no/such.mp4"]), 0));
        assert!(Cli::try_parse_from(["hummingbird", "/no/such.mp4"]).is_err(), "the parser names it");
    }

    #[test]
    fn a_value_with_a_hyphen_gets_a_tip_that_works() {
        let cases = [
            (&["generate", "a ball", "--negative", "-blurry"][..], "'--negative=-blurry'"),
            (&["generate", "a ball", "-o", "-clip.gif"], "'-o=-clip.gif'"),
            (&["models", "convert", "a.pt", "-o", "b.safetensors", "--name", "-mine"], "'--name=-mine'"),
            (&["generate", "a ball", "-m", "--fast"], "'-m=--fast'"),
        ];
        for (args, tip) in cases {
            let line: Vec<OsString> = std::iter::once(&"hummingbird").chain(args).map(OsString::from).collect();
            let error = with_working_tip(Cli::try_parse_from(&line).expect_err("a hyphen is no value"), &line);
            assert!(error.to_string().contains(tip), "{args:?}: {error}");
            let works = [&args[..args.len() - 2], &[tip.trim_matches('\'')]].concat();
            let line = std::iter::once("hummingbird").chain(works.iter().copied());
            assert!(Cli::try_parse_from(line).is_ok(), "the tip does not work: {works:?}");
        }
        let line: Vec<OsString> = ["hummingbird", "generate", "a ball", "--sped", "9"].map(OsString::from).into();
        let error = with_working_tip(Cli::try_parse_from(&line).expect_err("no such option"), &line);
        assert!(error.to_string().contains("--sped") && !error.to_string().contains("if '"), "{error}");
    }
}
