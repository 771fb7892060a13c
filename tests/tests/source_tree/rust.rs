//! Rust by tokens: paths into the engine, attributes, tests.

use std::collections::BTreeSet;

/// Identifiers, `::` and single signs, without comments, strings and characters.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let name_length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (length, is_token) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (block_comment_length(rest), false)
        } else if let Some(length) = string_length(rest).or_else(|| character_length(rest)) {
            (length, false)
        } else if name_length > 0 {
            (name_length, true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (token, after) = rest.split_at(length);
        if is_token {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// Length of the block comment that `rest` begins with; they nest.
fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return at + 2,
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of the string literal that `rest` begins with.
fn string_length(rest: &str) -> Option<usize> {
    let after_letters = rest.trim_start_matches(['b', 'c', 'r']);
    let letters = &rest[..rest.len() - after_letters.len()];
    let quoted = after_letters.trim_start_matches('#');
    let hashes = &after_letters[..after_letters.len() - quoted.len()];
    let body = quoted.strip_prefix('"')?;
    let before = rest.len() - body.len();
    match letters {
        "r" | "br" | "cr" => {
            let end = format!("\"{hashes}");
            Some(body.find(&end).map_or(rest.len(), |at| before + at + end.len()))
        }
        "" | "b" | "c" if hashes.is_empty() => {
            let mut is_escaped = false;
            let end = body.find(|c| {
                let ends = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                ends
            });
            Some(end.map_or(rest.len(), |at| before + at + 1))
        }
        _ => None,
    }
}

/// Length of the character literal that `rest` begins with; a lifetime is none.
fn character_length(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let first = body.chars().next()?;
    if first == '\\' {
        return body.get(2..)?.find('\'').map(|at| 3 + at + 1);
    }
    body[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// Every path into the engine that a file names, from the root of the engine's crate: `use` trees taken apart, `self` and
/// `super` resolved, inner modules counted.
pub fn engine_paths(file: &str, source: &str) -> BTreeSet<Vec<String>> {
    // A crate of a floor is a module of the engine's name for it: `engine/pipeline/src/vae.rs` is `pipeline::vae`.
    let (floor, inside) = match file.strip_prefix("engine/").and_then(|path| path.split_once("src/")) {
        Some((floor, inside)) => (floor.trim_end_matches('/'), inside.strip_suffix(".rs")),
        None => ("", None),
    };
    let root: Vec<&str> = Some(floor).filter(|floor| !floor.is_empty()).into_iter().collect();
    crate_paths(&root, inside, source)
}

/// Every path into the application's crate that a file of it names, as [`engine_paths`]; what other crates hold is passed over.
pub fn app_paths(file: &str, source: &str) -> BTreeSet<Vec<String>> {
    let inside = file.strip_prefix("app/src/").and_then(|path| path.strip_suffix(".rs"));
    let paths = crate_paths(&["crate"], inside, source).into_iter();
    paths.filter_map(|path| (path.first()? == "crate").then(|| path[1..].to_vec())).collect()
}

/// The paths that a file names into its own crate, which begin with `root`, and into those of the engine. `inside` is the file's
/// place in its crate.
fn crate_paths(root: &[&str], inside: Option<&str>, source: &str) -> BTreeSet<Vec<String>> {
    let home: Option<Vec<&str>> = inside.map(|path| {
        let is_head = |part: &&str| !matches!(*part, "mod" | "lib" | "main");
        root.iter().copied().chain(path.split('/').filter(is_head)).collect()
    });
    let tokens = tokens(source);
    let mut paths = BTreeSet::new();
    // One entry for each open brace: the module's name where a module opens.
    let mut inner: Vec<Option<&str>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_path = tokens.get(at + 1) == Some(&"::");
        let here = || home.iter().flatten().copied().chain(inner.iter().flatten().copied()).collect::<Vec<_>>();
        let base = match tokens[at] {
            "hummingbird_engine" if is_path => Some(Vec::new()),
            "crate" if is_path && home.is_some() => Some(root.to_vec()),
            floor if is_path && floor.starts_with("hummingbird_") => {
                floor.strip_prefix("hummingbird_").map(|floor| vec![floor])
            }
            "self" if is_path && home.is_some() => Some(here()),
            "super" if is_path && home.is_some() => {
                let mut above = here();
                above.pop();
                Some(above)
            }
            _ => None,
        };
        if let Some(base) = base {
            at = path_tree(&tokens, at + 2, base, &mut paths);
            continue;
        }
        match tokens[at] {
            "{" => inner.push((at >= 2 && tokens[at - 2] == "mod").then(|| tokens[at - 1])),
            "}" => {
                inner.pop();
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads the path or `use` tree at `at`, which goes on from `path`; returns where it ends.
fn path_tree<'a>(
    tokens: &[&'a str],
    mut at: usize,
    mut path: Vec<&'a str>,
    paths: &mut BTreeSet<Vec<String>>,
) -> usize {
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    // Commas, and anything that is no path, are passed over.
                    at = path_tree(tokens, at, path.clone(), paths).max(at + 1);
                }
                return at + 1;
            }
            Some(&"super") => {
                path.pop();
            }
            Some(&"self") => {}
            Some(&segment) if segment == "*" || segment.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                path.push(segment);
            }
            _ => return at,
        }
        at += 1;
        if tokens.get(at) == Some(&"::") && tokens.get(at + 1) != Some(&"<") {
            at += 1;
            continue;
        }
        if tokens.get(at) == Some(&"as") {
            at += 2;
        }
        paths.insert(path.into_iter().map(str::to_owned).collect());
        return at;
    }
}

/// The tokens of every attribute.
pub fn attributes(source: &str) -> Vec<Vec<&str>> {
    let tokens = tokens(source);
    let mut attributes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let opens = if tokens.get(at + 1) == Some(&"!") { at + 2 } else { at + 1 };
        if *token != "#" || tokens.get(opens) != Some(&"[") {
            continue;
        }
        let mut depth = 0;
        let inside = tokens[opens..].iter().copied().take_while(|token| {
            depth += i32::from(*token == "[") - i32::from(*token == "]");
            depth > 0
        });
        attributes.push(inside.collect());
    }
    attributes
}

/// Names of the functions with `#[test]`.
pub fn tests_of(source: &str) -> Vec<&str> {
    let tokens = tokens(source);
    let starts = tokens.windows(4).enumerate().filter(|(_, window)| *window == ["#", "[", "test", "]"]);
    let names = starts.filter_map(|(at, _)| {
        let function = tokens[at..].iter().position(|token| *token == "fn")?;
        tokens.get(at + function + 1).copied()
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_leave_out_comments_strings_and_characters() {
        let source = r##"a /* crate /* x */ y */ "crate::\" b" r#"c " d"# b'"' '\'' 'é' <'e> // f
            ::g"##;
        assert_eq!(tokens(source), ["a", "b", "<", "'", "e", ">", "::", "g"]);
    }

    #[test]
    fn paths_are_resolved_and_trees_taken_apart() {
        let found = |file, source| {
            engine_paths(file, source).into_iter().map(|path| path.join("::")).collect::<Vec<_>>().join(" ")
        };
        let vae = "engine/pipeline/src/vae.rs";
        assert_eq!(
            found(vae, "use super::{a::{B, C as D}, e, self};"),
            "pipeline pipeline::a::B pipeline::a::C pipeline::e"
        );
        assert_eq!(found(vae, "mod tests { use super::*; } use super::x;"), "pipeline::vae::* pipeline::x");
        assert_eq!(found(vae, "f(hummingbird_nn::g::<u8>(1), self::h as u8)"), "nn::g pipeline::vae::h");
        assert_eq!(found(vae, "use crate::denoise;"), "pipeline::denoise");
        assert_eq!(
            found("engine/src/jobs/plan/mod.rs", "use crate::pipeline::a; use super::b;"),
            "jobs::b pipeline::a"
        );
        assert_eq!(found("app/src/main.rs", "use hummingbird_engine::a; use crate::b;"), "a");
        assert_eq!(found("engine/src/lib.rs", "//! [`crate::a`]\npub use self::b::C;"), "b::C");
    }

    #[test]
    fn paths_of_the_application_are_its_own() {
        let found = |source| {
            let paths = app_paths("app/src/window/panels/mod.rs", source);
            paths.into_iter().map(|path| path.join("::")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            found("use super::state::{self, view::Level}; use crate::cli;"),
            "cli window::state window::state::view::Level"
        );
        assert_eq!(found("use hummingbird_engine::a; use self::theme;"), "window::panels::theme");
    }

    #[test]
    fn tests_and_attributes_are_found() {
        let source =
            "#[test]\n#[should_panic(expected = \"x\")]\nfn one() {}\n#![cfg(any(a, b))]\n// #[test] fn no() {}";
        assert_eq!(tests_of(source), ["one"]);
        assert_eq!(
            attributes(source),
            [
                vec!["[", "test"],
                vec!["[", "should_panic", "(", "expected", "=", ")"],
                vec!["[", "cfg", "(", "any", "(", "a", ",", "b", ")", ")"],
            ]
        );
    }
}
