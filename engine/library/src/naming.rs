//! Names of kept clips, made of a pattern.

use std::time::SystemTime;

use chrono::{DateTime, Local};
use hummingbird_pipeline::clip_tokens::weights::plain_text;
use hummingbird_pipeline::video_out::{Provenance, is_device_name};

/// Date, words of the prompt, seed: in a list of files by name, clips stand in the order in which they were made.
pub const DEFAULT_PATTERN: &str = "{date}-{time}-{words}-{seed}";

/// Most characters of a name without its ending: many file systems take 255 bytes, and a character may have four.
const MOST_CHARS: usize = 60;
/// Most characters of the prompt's words.
const MOST_WORD_CHARS: usize = 36;

/// The name of a clip, without ending: `{date}` (2026-11-28), `{time}` (21-04-33), `{seed}`, `{model}`, `{words}` (of the prompt),
/// `{project}` and `{size}` (512x320) of the pattern are filled in, and what file systems refuse is left out.
pub fn file_stem(pattern: &str, provenance: &Provenance, project: &str, made: SystemTime) -> String {
    let made: DateTime<Local> = made.into();
    let parts = [
        ("{date}", made.format("%Y-%m-%d").to_string()),
        ("{time}", made.format("%H-%M-%S").to_string()),
        ("{seed}", provenance.whole("seed").to_string()),
        ("{model}", words_of(&provenance.model_name, MOST_WORD_CHARS)),
        ("{words}", words_of(&plain_text(provenance.text("prompt")), MOST_WORD_CHARS)),
        ("{project}", words_of(project, MOST_WORD_CHARS)),
        ("{size}", format!("{}x{}", provenance.whole("width"), provenance.whole("height"))),
    ];
    // One after the other from the left, so that a prompt with "{seed}" in it stays a prompt.
    let (mut stem, mut rest) = (String::new(), pattern);
    while let Some(place) = rest.find('{') {
        stem.push_str(&rest[..place]);
        rest = &rest[place..];
        match parts.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, text)) => {
                stem.push_str(text);
                rest = &rest[name.len()..];
            }
            None => {
                stem.push('{');
                rest = &rest[1..];
            }
        }
    }
    stem.push_str(rest);
    usable(&stem).unwrap_or_else(|| format!("clip-{}", provenance.whole("seed")))
}

/// The folder of a project within the folder of clips; `None` for a name without a usable letter.
pub fn project_folder(project: &str) -> Option<String> {
    usable(project.trim())
}

/// A name without what any system refuses; `None` where nothing is left.
fn usable(name: &str) -> Option<String> {
    let is_refused = |letter: char| letter.is_control() || "<>:\"/\\|?*".contains(letter);
    let plain: String = name.chars().map(|letter| if is_refused(letter) { '-' } else { letter }).collect();
    let short: String = plain.trim_matches([' ', '.', '-', '_']).chars().take(MOST_CHARS).collect();
    let short = short.trim_end_matches([' ', '.', '-', '_']);
    match short {
        "" => None,
        device if is_device_name(device) => Some(format!("clip-{device}")),
        name => Some(name.to_owned()),
    }
}

/// Letters and digits of a text as words joined by hyphens.
fn words_of(text: &str, most_chars: usize) -> String {
    let mut words = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let room = most_chars.saturating_sub(words.chars().count());
        if word.chars().count() >= room {
            // One word alone may be longer than all the room: languages without spaces.
            if words.is_empty() {
                words.extend(word.chars().take(room));
            }
            break;
        }
        if !words.is_empty() {
            words.push('-');
        }
        words.push_str(&word.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use hummingbird_pipeline::settings::value::Value;

    use super::*;

    fn provenance(prompt: &str) -> Provenance {
        let settings = [("prompt", Value::Text(prompt.into())), ("seed", Value::Whole(7)), ("width", Value::Whole(96))];
        Provenance {
            settings: settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            model_name: "Nano/α".to_owned(),
            ..Provenance::default()
        }
    }

    #[test]
    fn patterns_are_filled_in_and_names_are_usable() {
        let stem =
            |pattern: &str, prompt: &str| file_stem(pattern, &provenance(prompt), "My film", SystemTime::UNIX_EPOCH);
        assert_eq!(stem("{words}-{seed}", "A red ball, rising!"), "a-red-ball-rising-7");
        assert_eq!(stem("{project}_{model}_{size}", "x"), "my-film_nano-α_96x0");
        assert_eq!(stem("a/b\\c:{seed}", "x"), "a-b-c-7", "no pattern leaves the folder");
        assert_eq!(stem("../../{words}", "../etc"), "etc");
        assert_eq!(stem("{words}", "{seed} {date}"), "seed-date", "a prompt is no pattern");
        assert_eq!(stem("{words}", "a (red:1.4) ball"), "a-red-ball", "weights are no words");
        assert_eq!(stem("{words}", "?!"), "clip-7");
        assert_eq!(stem("{word} {", "x"), "{word} {");
        assert_eq!(stem("nul", "x"), "clip-nul", "Windows would write nowhere");
        assert_eq!(stem("", ""), "clip-7");
        let long = stem("{words}{words}{words}", &"ball ".repeat(100));
        assert!(long.chars().count() <= MOST_CHARS && long.starts_with("ball-ball"), "{long}");
        assert_eq!(stem("{words}", &"日本".repeat(60)).chars().count(), MOST_WORD_CHARS);
        let dated = stem(DEFAULT_PATTERN, "a boat");
        assert!(dated.ends_with("-a-boat-7") && dated.starts_with("19"), "{dated}");
    }

    #[test]
    fn projects_are_folders() {
        assert_eq!(project_folder(" My film "), Some("My film".to_owned()));
        assert_eq!(project_folder("../up"), Some("up".to_owned()));
        assert_eq!(project_folder(" .. "), None);
        assert_eq!(project_folder(""), None);
    }
}
