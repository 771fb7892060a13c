//! Options of a clip's settings, made of the engine's table of settings.

use crate::sentences::detail_in_words;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use hummingbird_engine::settings::{Default as Unsaid, Field as _, Kind, RawRequest, Setting, Value, in_order, table};

/// The settings as they were typed.
#[derive(Clone, Debug)]
pub struct ClipArgs(pub RawRequest);

/// The settings of many clips, as they were typed: all but prompt and seed, which each clip has of its own.
#[derive(Clone, Debug)]
pub struct SettingsArgs(pub RawRequest);

/// A size in pixels as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    width: u32,
    height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sides = text.split_once(['x', 'X']);
        let parsed = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let (width, height) =
            parsed.ok_or_else(|| format!("{text:?} is not a size: write WIDTHxHEIGHT, for example 96x64"))?;
        Ok(Self { width, height })
    }
}

/// The options of settings; width and height are one.
fn with_options(command: Command, settings: impl Iterator<Item = &'static Setting>) -> Command {
    settings.filter(|setting| **setting != table::HEIGHT).fold(command, |command, setting| command.arg(arg(setting)))
}

/// What was typed of settings.
fn asked(matches: &ArgMatches, settings: impl Iterator<Item = &'static Setting>) -> RawRequest {
    let mut raw = RawRequest::default();
    for setting in settings {
        setting.ask(&mut raw, typed(setting, matches));
    }
    raw
}

/// The settings that many clips share.
fn shared() -> impl Iterator<Item = &'static Setting> {
    in_order().into_iter().filter(|setting| **setting != table::PROMPT && **setting != table::SEED)
}

impl Args for SettingsArgs {
    fn augment_args(command: Command) -> Command {
        with_options(command, shared())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(asked(matches, shared())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ClipArgs {
    fn augment_args(command: Command) -> Command {
        with_options(command, in_order().into_iter())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ClipArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(asked(matches, in_order().into_iter())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The option of a setting; the prompt stands without one.
fn arg(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.name).value_name(setting.value_name).help(setting.full_help());
    if *setting == table::PROMPT {
        return arg.required(true);
    }
    if *setting == table::WIDTH {
        return arg.long(setting.option).value_name("WxH").value_parser(value_parser!(Size));
    }
    let arg = arg.long(setting.option);
    let arg = match &setting.kind {
        Kind::Text => arg,
        Kind::Seed => arg.allow_hyphen_values(true).value_parser(super::parse::seed),
        Kind::Whole { .. } | Kind::Side => arg.allow_negative_numbers(true).value_parser(value_parser!(u32)),
        Kind::Decimal { .. } => arg.allow_negative_numbers(true).value_parser(value_parser!(f32)),
        Kind::Flag(_) => return arg.action(ArgAction::SetTrue),
        Kind::Choice { other: Some(other), .. } => {
            let parse = other.parse;
            arg.value_parser(move |text: &str| {
                parse(text).map(|value| value.to_string()).map_err(|error| detail_in_words(&error))
            })
        }
        Kind::Choice { named, other: None } => {
            let values = named.iter().map(|choice| PossibleValue::new(choice.name).help(choice.help));
            arg.value_parser(PossibleValuesParser::new(values))
        }
    };
    match (&setting.kind, &setting.default) {
        // A text and a choice say what they are by default; of numbers the help does.
        (Kind::Text, Unsaid::Fixed(_)) => arg.default_value(""),
        (Kind::Choice { named, .. }, Unsaid::Fixed(value)) => {
            let default = named.iter().find(|choice| choice.name == value().to_string());
            arg.default_value(default.map(|choice| choice.name))
        }
        _ => arg,
    }
}

/// What was typed of a setting.
fn typed(setting: &'static Setting, matches: &ArgMatches) -> Option<Value> {
    if setting.kind.is_side() {
        let size = matches.get_one::<Size>(setting.place().name)?;
        return Some(if *setting == table::WIDTH { size.width } else { size.height }.to_value());
    }
    match setting.kind {
        Kind::Text | Kind::Choice { .. } => matches.get_one::<String>(setting.name).map(|text| text.to_value()),
        Kind::Seed => matches.get_one::<u64>(setting.name).map(|seed| seed.to_value()),
        Kind::Whole { .. } | Kind::Side => matches.get_one::<u32>(setting.name).map(|number| number.to_value()),
        Kind::Decimal { .. } => matches.get_one::<f32>(setting.name).map(|number| number.to_value()),
        Kind::Flag(_) => Some(matches.get_flag(setting.name).to_value()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        clip: ClipArgs,
    }

    fn read(more: &[&str]) -> RawRequest {
        let line = ["generate", "a ball"].into_iter().chain(more.iter().copied());
        Line::try_parse_from(line).unwrap_or_else(|error| panic!("{more:?}: {error}")).clip.0
    }

    #[test]
    fn sizes_are_two_numbers() {
        assert_eq!("96x64".parse(), Ok(Size { width: 96, height: 64 }));
        assert_eq!("512X320".parse(), Ok(Size { width: 512, height: 320 }));
        for text in ["", "96", "x", "96x", "96x64x3", "96*64", "-96x64", "9.5x64"] {
            assert!(text.parse::<Size>().is_err(), "{text:?}");
        }
        let raw = read(&["--size", "96x64"]);
        assert_eq!((raw.width, raw.height), (Some(96), Some(64)));
    }

    #[test]
    fn nothing_typed_is_nothing_asked() {
        assert_eq!(read(&[]), RawRequest { prompt: "a ball".to_owned(), ..RawRequest::default() });
    }

    #[test]
    fn every_row_has_an_option_that_reaches_the_request() {
        for setting in in_order().into_iter().filter(|it| **it != table::PROMPT && !it.kind.is_side()) {
            let option = format!("--{}", setting.option);
            let values: Vec<String> = match &setting.kind {
                Kind::Text => vec!["blur".to_owned()],
                Kind::Seed => vec![u64::MAX.to_string()],
                Kind::Whole { .. } | Kind::Side => vec!["7".to_owned()],
                Kind::Decimal { .. } => vec!["0.25".to_owned(), "-1.5".to_owned()],
                Kind::Flag(_) => Vec::new(),
                Kind::Choice { named, .. } => named.iter().map(|choice| choice.name.to_owned()).collect(),
            };
            for value in &values {
                let asked = setting.asked(&read(&[&option, value])).map(|value| value.to_string());
                assert_eq!(asked.as_ref(), Some(value), "{option}");
            }
            if values.is_empty() {
                assert_eq!(setting.asked(&read(&[&option])), Some(Value::Flag(true)), "{option}");
            }
        }
    }
}
