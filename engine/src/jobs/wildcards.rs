//! Wildcards of prompts: `{red|blue}` is one of these, `__birds__` one line of `birds.txt` in the user's folder of wildcards.
//!
//! What is chosen follows from the seed alone, so a seed and a template make the same prompt everywhere. Lists may hold wildcards
//! themselves. A backslash before `{`, `|`, `}` or `_` means the sign itself; braces without `|`, and those that do not match, are text.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Detail, Message};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use thiserror::Error;

use super::request::RawRequest;

/// Lists may name lists; one that names itself would never end.
const MOST_CHOICES: usize = 1000;
/// Longest prompt that is looked through for wildcards and that they may make, in bytes.
const MOST_BYTES: usize = 1 << 14;

/// Why a prompt with wildcards cannot be made.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("wildcard")]
#[non_exhaustive]
pub enum WildcardError {
    /// There is no such list.
    #[error(
        "there is no list for __{name}__: put one choice on each line of {path:?}, or write it without the underscores"
    )]
    NoList {
        /// What is between the underscores.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The list cannot be read.
    #[error("the list {path:?} cannot be read ({detail}): save it as plain text in UTF-8")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        detail: Detail,
    },
    /// The list has no choices.
    #[error("the list {path:?} is empty: put one choice on each line")]
    EmptyList {
        /// The file.
        path: PathBuf,
    },
    /// More choices than any prompt needs.
    #[error("the wildcards of this prompt do not end: see whether __{name}__ names itself")]
    Endless {
        /// The last list.
        name: String,
    },
}

impl RawRequest {
    /// This request with its wildcards chosen by its seed, which is drawn where there is none and wildcards are. `folder` holds the
    /// lists.
    ///
    /// # Errors
    /// [`WildcardError`] when a list is missing, empty or endless.
    pub fn choosing_wildcards(mut self, folder: &Path) -> Result<Self, WildcardError> {
        if !has_wildcards(&self.prompt) && !has_wildcards(&self.negative) {
            return Ok(self);
        }
        let seed = *self.seed.get_or_insert_with(|| self.noise.draw_seed());
        // A choice more in one of them changes nothing in the other.
        for (stream, text) in [&mut self.prompt, &mut self.negative].into_iter().enumerate() {
            if has_wildcards(text) {
                *text = choose(text, seed, stream as u64, folder)?;
            }
        }
        Ok(self)
    }
}

/// Whether a prompt holds anything that [`RawRequest::choosing_wildcards`] would change.
pub fn has_wildcards(prompt: &str) -> bool {
    if prompt.len() > MOST_BYTES {
        return false;
    }
    let mut rest = prompt;
    while let Some(at) = rest.find(SIGNS) {
        let from = &rest[at..];
        if escaped(from).is_some() || Choices::at_start_of(from).is_some() || list_name(from).is_some() {
            return true;
        }
        rest = &from[1..];
    }
    false
}

/// The wildcards of a prompt as they are written, in order, without those inside of others.
pub fn wildcards_of(prompt: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), prompt);
    if prompt.len() > MOST_BYTES {
        return found;
    }
    while let Some(at) = rest.find(SIGNS) {
        let from = &rest[at..];
        let after = Choices::at_start_of(from).map(|choices| choices.after).or(list_name(from).map(|(_, after)| after));
        rest = match after {
            Some(after) => {
                found.push(&from[..from.len() - after.len()]);
                after
            }
            None if escaped(from).is_some() => &from[2..],
            None => &from[1..],
        };
    }
    found
}

const SIGNS: [char; 3] = ['{', '_', '\\'];
const ESCAPED: [char; 4] = ['{', '|', '}', '_'];

/// A prompt in which everything is meant as it stands, as one that [`RawRequest::choosing_wildcards`] leaves so.
pub fn literal(prompt: &str) -> Cow<'_, str> {
    if !has_wildcards(prompt) {
        return Cow::Borrowed(prompt);
    }
    let mut text = String::new();
    for sign in prompt.chars() {
        if ESCAPED.contains(&sign) {
            text.push('\\');
        }
        text.push(sign);
    }
    Cow::Owned(text)
}

fn choose(template: &str, seed: u64, stream: u64, folder: &Path) -> Result<String, WildcardError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut chooser = Chooser { random, folder, choices: 0, prompt: String::new() };
    chooser.write(template, "")?;
    Ok(chooser.prompt)
}

struct Chooser<'a> {
    random: ChaCha8Rng,
    folder: &'a Path,
    choices: usize,
    prompt: String,
}

impl Chooser<'_> {
    /// Adds `template` to the prompt; `list` is where it comes from.
    fn write(&mut self, template: &str, list: &str) -> Result<(), WildcardError> {
        let mut rest = template;
        while let Some(at) = rest.find(SIGNS) {
            let (before, from) = rest.split_at(at);
            self.prompt.push_str(before);
            rest = if let Some(sign) = escaped(from) {
                self.prompt.push(sign);
                &from[2..]
            } else if let Some(choices) = Choices::at_start_of(from) {
                let chosen = self.pick(choices.options.len(), list)?;
                self.write(choices.options[chosen], list)?;
                choices.after
            } else if let Some((name, after)) = list_name(from) {
                let lines = lines_of(name, self.folder)?;
                let chosen = self.pick(lines.len(), name)?;
                self.write(&lines[chosen], name)?;
                after
            } else {
                self.prompt.push_str(&from[..1]);
                &from[1..]
            };
        }
        self.prompt.push_str(rest);
        Ok(())
    }

    fn pick(&mut self, options: usize, list: &str) -> Result<usize, WildcardError> {
        self.choices += 1;
        if self.choices > MOST_CHOICES || self.prompt.len() > MOST_BYTES {
            return Err(WildcardError::Endless { name: list.to_owned() });
        }
        // The upper half of a product of 128 bits: 0 to `options - 1`, by arithmetic that no library changes.
        Ok(((u128::from(self.random.next_u64()) * options as u128) >> 64) as usize)
    }
}

/// `{a|b}`, and what comes after it.
struct Choices<'a> {
    options: Vec<&'a str>,
    after: &'a str,
}

impl<'a> Choices<'a> {
    fn at_start_of(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('{')?;
        let (mut depth, mut start, mut options, mut skip) = (0_usize, 0, Vec::new(), false);
        for (at, sign) in inner.char_indices() {
            if std::mem::take(&mut skip) {
                continue;
            }
            match sign {
                '\\' => skip = true,
                '{' => depth += 1,
                '|' if depth == 0 => {
                    options.push(&inner[start..at]);
                    start = at + 1;
                }
                '}' if depth > 0 => depth -= 1,
                '}' if options.is_empty() => return None,
                '}' => {
                    options.push(&inner[start..at]);
                    return Some(Self { options, after: &inner[at + 1..] });
                }
                _ => {}
            }
        }
        None
    }
}

/// The sign that a backslash stands before.
fn escaped(text: &str) -> Option<char> {
    text.strip_prefix('\\')?.chars().next().filter(|sign| ESCAPED.contains(sign))
}

/// The name in `__name__` and what comes after it: letters, digits, `-`, and `/` for folders in the folder; single underscores too.
fn list_name(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("__")?;
    let end = inner.find("__")?;
    let (name, after) = (&inner[..end], &inner[end + 2..]);
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|sign| sign.is_alphanumeric() || sign == '-' || sign == '_');
    name.split('/').all(is_part).then_some((name, after))
}

/// The choices of a list: its lines, without empty ones and those that begin with `#`.
fn lines_of(name: &str, folder: &Path) -> Result<Vec<String>, WildcardError> {
    let path = folder.join(format!("{name}.txt"));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(WildcardError::NoList { name: name.to_owned(), path });
        }
        Err(error) => return Err(WildcardError::Unreadable { path, detail: error.to_string().into() }),
    };
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    if lines.is_empty() { Err(WildcardError::EmptyList { path }) } else { Ok(lines) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn folder(lists: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("there is room");
        for (name, text) in lists {
            let path = folder.path().join(format!("{name}.txt"));
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("there is room");
            hummingbird_base::files::replace(&path, text.as_bytes()).expect("there is room");
        }
        folder
    }

    fn made(template: &str, folder: &Path) -> HashSet<String> {
        (0..64).map(|seed| choose(template, seed, 0, folder).expect("it ends")).collect()
    }

    fn set(texts: &[&str]) -> HashSet<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn wildcards_are_named_as_they_are_written() {
        let cases: [(&str, &[&str]); 4] = [
            ("a {red|{dark|light} blue} __birds/small__ over {it}", &["{red|{dark|light} blue}", "__birds/small__"]),
            (r"\{a|b\} and \__c__ and {d|e}", &["{d|e}"]),
            ("({red|blue}:1.2) boat", &["{red|blue}"]),
            ("none _ { } __", &[]),
        ];
        for (prompt, found) in cases {
            assert_eq!(wildcards_of(prompt), found, "{prompt}");
        }
    }

    #[test]
    fn every_choice_comes_up() {
        let folder = folder(&[("birds", "\u{feff}# of the garden\nwren\n\n  robin \n"), ("a/b-c", "{x|y}__birds__")]);
        let folder = folder.path();
        assert_eq!(made("a {red|blue} ball", folder), set(&["a red ball", "a blue ball"]));
        assert_eq!(made("{|very }old", folder), set(&["old", "very old"]));
        assert_eq!(made("{a{b|c}|d}", folder), set(&["ab", "ac", "d"]));
        assert_eq!(made("a __birds__!", folder), set(&["a wren!", "a robin!"]));
        assert_eq!(made("__a/b-c__", folder), set(&["xwren", "xrobin", "ywren", "yrobin"]));
    }

    #[test]
    fn all_else_is_text() {
        let folder = folder(&[]);
        for prompt in [
            "a {small} ball",
            "{a",
            "a|b}",
            "{}",
            "__",
            "____",
            "__a b__",
            "__../a__",
            "snake_case",
            r"a \ b",
            "{a{b|c}",
        ] {
            let is_literal = made(prompt, folder.path()) == set(&[prompt]);
            assert!(is_literal || prompt == "{a{b|c}", "{prompt}");
            assert_eq!(has_wildcards(prompt), !is_literal, "{prompt}");
        }
        assert_eq!(made(r"\{a|b\}", folder.path()), set(&["{a|b}"]));
        assert_eq!(made(r"{a\|b|a\|b}", folder.path()), set(&["a|b"]));
    }

    #[test]
    fn a_prompt_can_be_meant_as_it_stands() {
        for prompt in ["a ball", "{a|b}", "__a__ and {b|{c|d}}", "a_b {c}"] {
            let raw = RawRequest { prompt: literal(prompt).into_owned(), seed: Some(1), ..RawRequest::default() };
            assert_eq!(raw.choosing_wildcards(Path::new("none")).expect("there are none").prompt, prompt);
        }
    }

    #[test]
    fn lists_that_cannot_be_used_are_named() {
        let folder = folder(&[("empty", "# nothing\n"), ("self", "a __self__"), ("twice", "__twice__ __twice__")]);
        let error = |template: &str| choose(template, 1, 0, folder.path()).expect_err("it cannot be used");
        assert!(matches!(error("__none__"), WildcardError::NoList { name, .. } if name == "none"));
        assert!(matches!(error("__empty__"), WildcardError::EmptyList { .. }));
        for name in ["self", "twice"] {
            assert_eq!(error(&format!("__{name}__")), WildcardError::Endless { name: name.to_owned() });
        }
        fs::create_dir(folder.path().join("folder.txt")).expect("there is room");
        assert!(matches!(error("__folder__"), WildcardError::Unreadable { .. }));
    }

    #[test]
    fn a_seed_makes_the_prompt_that_it_always_made() {
        let raw = RawRequest {
            prompt: "a {red|green|blue|white} {ball|boat|star} {1|2|3|4|5|6|7|8}".into(),
            negative: "{a|b|c|d|e|f|g|h}".into(),
            seed: Some(7),
            ..RawRequest::default()
        };
        let chosen = raw.clone().choosing_wildcards(Path::new("none")).expect("no lists are needed");
        assert_eq!((chosen.prompt.as_str(), chosen.negative.as_str()), ("a red ball 6", "h"));
        let again = RawRequest { prompt: "{x|y}".into(), ..raw.clone() }.choosing_wildcards(Path::new("none"));
        assert_eq!(again.expect("no lists are needed").negative, chosen.negative, "each has choices of its own");
        let drawn =
            RawRequest { seed: None, ..raw }.choosing_wildcards(Path::new("none")).expect("no lists are needed");
        assert!(drawn.seed.is_some(), "the seed that chose is the clip's");
        let plain = RawRequest { prompt: "a ball".into(), ..RawRequest::default() };
        assert_eq!(plain.clone().choosing_wildcards(Path::new("none")), Ok(plain), "nothing is drawn for nothing");
    }
}
