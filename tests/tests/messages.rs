//! Errors and warnings carry codes and parameters, and only the application makes sentences of them.

#[path = "source_tree/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other rules of the tree are in invariants.rs")]
mod source_tree;

use source_tree::{Tree, hold};

/// Errors that are turned into others before anyone sees them.
const WITHOUT_CODES: [&str; 1] = ["FormatError"];

/// The lines of a file without those of its tests, which stand at its end.
fn product(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| *line != "mod tests {")
}

fn errors_without_codes(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]).filter(|(path, _)| path.starts_with("engine/") && !is_of_tests(path)) {
        let mut derives = Vec::new();
        for line in product(text) {
            if let Some(list) = line.strip_prefix("#[derive(").and_then(|line| line.strip_suffix(")]")) {
                derives = list.split(", ").collect();
            }
            let name = line.strip_prefix("pub enum ").or_else(|| line.strip_prefix("pub struct "));
            let Some(name) = name.map(|rest| rest.trim_end_matches([' ', '{', ';'])) else { continue };
            let is_error = derives.iter().any(|it| ["Error", "thiserror::Error"].contains(it));
            if is_error && !derives.contains(&"Message") && !WITHOUT_CODES.contains(&name) {
                complaints
                    .push(format!("{path}: {name} derives Error without Message: say its code by #[message(\"...\")]"));
            }
            derives.clear();
        }
    }
    complaints
}

#[test]
fn errors_of_the_engine_have_codes() {
    hold(
        errors_without_codes,
        &[
            ("engine/store/src/extra.rs", "#[derive(Debug, Error)]\n#[non_exhaustive]\npub enum ExtraError {\n"),
            ("engine/src/extra.rs", "#[derive(Debug, thiserror::Error)]\n#[error(\"x\")]\npub struct Extra;\n"),
        ],
    );
}

fn texts_as_errors(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        // What the derive says is said to the compiler.
        if !path.starts_with("engine/") || path.starts_with("engine/message/") || is_of_tests(path) {
            continue;
        }
        for line in product(text) {
            let result = line.split("Result<").skip(1).any(|inside| {
                let (mut depth, mut top) = (1, Vec::new());
                for letter in inside.chars() {
                    match letter {
                        '<' | '(' => depth += 1,
                        '>' | ')' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    top.push(if depth == 1 { letter } else { '_' });
                }
                top.into_iter().collect::<String>().ends_with(", String")
            });
            if result || line.contains("type Err = String") || line.contains("type Error = String") {
                complaints.push(format!("{path} gives a text as an error (`{}`): make it a Message", line.trim()));
            }
        }
    }
    complaints
}

#[test]
fn no_text_is_an_error_of_the_engine() {
    hold(
        texts_as_errors,
        &[
            ("engine/model/src/extra.rs", "fn check(map: &HashMap<String, u8>) -> Result<Vec<(u8, u8)>, String> {\n"),
            ("engine/device/src/extra.rs", "    type Err = String;\n"),
        ],
    );
}

fn words_elsewhere(tree: &Tree) -> Vec<String> {
    let spoken = ["error.to_string()", "warning.to_string()", "note.to_string()", "problem.to_string()"];
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        if !path.starts_with("app/src/") || path == "app/src/sentences.rs" || is_of_tests(path) {
            continue;
        }
        for line in product(text).filter(|line| spoken.iter().any(|it| line.contains(it))) {
            complaints.push(format!(
                "{path} makes the sentence of an error itself (`{}`): crate::sentences does it, in the user's language",
                line.trim()
            ));
        }
    }
    complaints
}

#[test]
fn the_application_makes_sentences_in_one_place() {
    hold(words_elsewhere, &[("app/src/window/commands/extra.rs", "        let text = error.to_string();\n")]);
}

fn is_of_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}
