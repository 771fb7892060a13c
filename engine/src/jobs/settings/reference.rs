//! The README's reference of the settings, made of the table.

use super::{Default, Kind, Most, Setting, in_order, table};

/// The line above the reference in the README.
pub const BEGIN: &str = "<!-- settings: written by the program, see tests/tests/documents.rs -->";
/// The line below it.
pub const END: &str = "<!-- end of settings -->";

/// The reference as a table in Markdown.
pub fn markdown() -> String {
    let rows = in_order().into_iter().filter(|setting| **setting != table::HEIGHT).map(row);
    let head = "| option | values | default | what it does |\n|---|---|---|---|\n".to_owned();
    rows.fold(head, |text, row| text + &row)
}

fn row(setting: &'static Setting) -> String {
    let option = if *setting == table::PROMPT { "`PROMPT`".to_owned() } else { format!("`--{}`", setting.option) };
    let default = match &setting.default {
        Default::Needed => "none, it must be given".to_owned(),
        Default::Random => "random".to_owned(),
        Default::Model(_) => "the model's own".to_owned(),
        Default::Fixed(value) => match (&setting.kind, value().to_string()) {
            (Kind::Flag(_), _) => "off".to_owned(),
            (_, text) if text.is_empty() => "empty".to_owned(),
            (_, text) => format!("`{text}`"),
        },
    };
    format!("| {option} | {} | {default} | {} |\n", values(setting), setting.full_help().replace('|', "\\|"))
}

fn values(setting: &Setting) -> String {
    match &setting.kind {
        Kind::Text => "text".to_owned(),
        Kind::Seed => "whole number of 64 bits".to_owned(),
        Kind::Whole { least, most: Most::Fixed(most) } => format!("{least} to {most}"),
        Kind::Whole { least, most: Most::Model(_) } => format!("{least} to the model's limit"),
        Kind::Side => "WIDTHxHEIGHT, multiples of the model's step".to_owned(),
        Kind::Decimal { least, most, .. } => format!("{least} to {most}"),
        Kind::Flag(_) => "on with the option".to_owned(),
        Kind::Choice { named, other } => {
            let names = named.iter().map(|choice| choice.name).chain(other.iter().map(|other| other.form));
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        }
    }
}
