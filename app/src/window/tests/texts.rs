//! How the window speaks: every text that is drawn and every row of the table follows the same few rules.
//!
//! Sentence case, no full stop after a single sentence, no colon after a label, an ellipsis as one sign and on every button
//! that opens a dialog, and the field's own terms.

use egui::Role;
use egui_kittest::kittest::NodeT;

use super::panels::states;
use super::{Bench, bench_of_size};
use crate::window::commands::table::TABLE;
use crate::window::panels::sentence;
use crate::window::state::action::Action;

/// Words of our own for what has a usual name, in lower case.
const ODD_TERMS: [&str; 12] = [
    "light decoder",
    "shelf",
    "takes over",
    "take over",
    "little another",
    "another clip",
    "the means of",
    "by chance",
    "model page",
    "dearest",
    "is got",
    "be got",
];

/// What is wrong with a text of the window.
fn fault_of(text: &str) -> Option<&'static str> {
    let text = text.trim();
    // The point of a numbered list ends no sentence.
    let ends = [". ", "? "].iter().flat_map(|end| text.match_indices(end));
    let sentences = ends.filter(|(at, _)| text[at + 2..].starts_with(char::is_uppercase)).count() + 1;
    let lower = text.to_lowercase();
    if text.contains("...") {
        Some("an ellipsis is one sign")
    } else if text.ends_with('.') && sentences == 1 {
        Some("a single sentence has no full stop")
    } else if !text.ends_with(['.', '…', '?']) && sentences > 1 {
        Some("several sentences end with a full stop")
    } else if text.ends_with(':') {
        Some("a label has no colon")
    } else if is_small(text) {
        Some("a text begins with a capital letter")
    } else if is_title_case(text) {
        Some("only the first word has a capital letter")
    } else if ODD_TERMS.iter().any(|term| lower.contains(term)) {
        Some("there is a usual term for this")
    } else {
        None
    }
}

/// Whether the first word is a word and small.
fn is_small(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_name = first.contains(['.', '/', '_']);
    !is_name && first.len() > 1 && first.starts_with(char::is_lowercase)
}

/// Whether every word of several has a capital letter, as in a headline.
fn is_title_case(text: &str) -> bool {
    let words = || text.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic));
    words().count() > 2 && words().all(|word| word.starts_with(char::is_uppercase))
}

#[test]
fn the_rules_find_what_they_forbid() {
    for text in [
        "Loading...",
        "The settings appear later.",
        "It stops. It goes on",
        "Read it here:",
        "saved",
        "Show The Models Folder",
        "Decoded by the light decoder",
        "Fresh noise gives another clip",
    ] {
        assert!(fault_of(text).is_some(), "{text:?} is overlooked");
    }
    for text in ["Loading…", "The settings appear later", "It stops. It goes on.", "a.gif was saved", "96 × 64", "Nano"]
    {
        assert_eq!(fault_of(text), None, "{text:?}");
    }
}

/// Texts that are not the window's: prompts, words of the vocabulary, names and sentences that the tests put into the state.
fn is_content(text: &str) -> bool {
    const OURS: [&str; 9] = [
        "a red ball",
        "a blue boat",
        "a star",
        "a yellow fish moving left",
        "a red balloon rising over the ocean",
        "a white boat at sunset",
        "ball",
        "moving left",
        "blue sky",
    ];
    let card = super::card();
    let vocabulary = card.vocabulary.as_ref().expect("the demo model has one");
    let words = [&vocabulary.colours, &vocabulary.subjects, &vocabulary.motions, &vocabulary.scenes];
    OURS.iter().any(|ours| text.starts_with(ours)) || words.iter().any(|words| words.iter().any(|word| word == text))
}

/// Every text of a window, with that of its tooltips left out: they are drawn only under the pointer.
fn texts(harness: &egui_kittest::Harness<'_, Bench>) -> Vec<String> {
    let nodes = harness.root().children_recursive().map(|node| node.accesskit_node());
    // Runs are the lines that a text was broken into.
    let texts = nodes
        .filter(|node| !node.is_hidden() && node.role() != Role::TextRun)
        .filter_map(|node| node.label().or_else(|| node.value()));
    texts.filter(|text| !text.trim().is_empty() && !is_content(text)).collect()
}

#[test]
fn every_text_that_is_drawn_follows_the_rules() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for (name, state) in states() {
        let harness = bench_of_size(state, [1100.0, 1400.0]);
        for text in texts(&harness) {
            seen += 1;
            faults.extend(fault_of(&text).map(|fault| format!("{name}: {text:?}: {fault}")));
        }
    }
    assert!(seen > 500, "only {seen} texts were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_action_follows_the_rules() {
    for row in TABLE {
        for text in [row.label(), row.tooltip()] {
            assert_eq!(fault_of(&text), None, "{:?}: {text:?}", row.action);
        }
        let asks_more = matches!(
            row.action,
            Action::Export
                | Action::ExportAs
                | Action::ExportAll
                | Action::JoinClips
                | Action::ShowModels
                | Action::ShowTraining
                | Action::ShowDevices
                | Action::OpenModel
                | Action::OpenClip
                | Action::AddLora
                | Action::AddBatch
                | Action::EditStyles
                | Action::ShowPrompts
                | Action::SetServer
                | Action::SaveQueue
                | Action::LoadQueue
                | Action::WhenDone
                | Action::DataFolder
                | Action::DataManifest
                | Action::CommandPalette
                | Action::EditShortcuts
                | Action::ShowFirstSteps
        );
        assert_eq!(
            row.label().ends_with('…'),
            asks_more,
            "{:?}: an ellipsis says that a dialog asks for more",
            row.action
        );
    }
}

/// The string literals of a source, without comments; a line that goes on after a backslash is joined.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let here = &rest[at..];
        if here.starts_with("//") {
            rest = here.find('\n').map_or("", |end| &here[end..]);
        } else if let Some(inside) = here.strip_prefix('"') {
            let mut escaped = false;
            let end = inside.find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            let Some(end) = end else { break };
            let parts = inside[..end].split("\\\n");
            let text: Vec<&str> =
                parts.enumerate().map(|(i, part)| if i > 0 { part.trim_start() } else { part }).collect();
            found.push(text.concat());
            rest = &inside[end + 1..];
        } else if let Some(after) = here.strip_prefix("'\"'") {
            rest = after;
        } else {
            rest = &here[1..];
        }
    }
    found
}

#[test]
fn literals_are_found_and_joined() {
    let source = "a(\"one \\\n   two\"); // \"no\"\nb('\"', \"a \\\"b\\\" c\"); 'x' / 2";
    assert_eq!(literals(source), ["one two", "a \\\"b\\\" c"]);
}

/// All that is drawn comes from a message file: in this test those put marks around it.
#[test]
fn every_text_that_is_drawn_is_in_a_message_file() {
    crate::language::mark_texts();
    let (mut faults, mut seen) = (std::collections::BTreeSet::new(), 0);
    for (name, state) in states() {
        let harness = bench_of_size(state, [1100.0, 1400.0]);
        for text in texts(&harness) {
            seen += 1;
            if !text.contains(['‹', '›']) && !is_name(&text) {
                faults.insert(format!("{name}: {text:?}"));
            }
        }
    }
    assert!(seen > 500, "only {seen} texts were found");
    assert!(faults.is_empty(), "{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Whether a text is a name, which is the same in all languages.
fn is_name(text: &str) -> bool {
    // What the tests put into the state: models, clips, a problem.
    const OURS: [&str; 18] = [
        "Nano",
        "Big 1.0",
        "Half",
        "Test-1.0",
        "Text to video",
        "An error",
        "CPU (",
        "/models",
        "/media",
        "Radeon",
        "Mesa",
        "Old graphics chip",
        "Vulkan (",
        "It is cut off",
        "Your own file",
        "Nothing is there",
        "The key is empty",
        "The answer is not used",
    ];
    const UNITS: [&str; 3] = ["GiB", "MiB", "KiB"];
    let is_key = |key: &str| matches!(key, "Ctrl" | "Shift" | "Alt") || egui::Key::from_name(key).is_some();
    let is_file = [".gif", ".png", ".mp4", ".safetensors", ".pt"].iter().any(|ending| text.contains(ending));
    let clip = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == ' ');
    let mut words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.chars().count() > 2);
    is_file
        || words.all(|word| UNITS.contains(&word))
        || text.split('+').all(is_key)
        || text.contains("://")
        || OURS.iter().any(|ours| text.starts_with(ours))
        || ["ComfyUI", "a-", "a red ball", "a blue boat", "a bird", "a star"].iter().any(|name| clip.starts_with(name))
}

/// The texts of the English message files follow the rules, also those that are not drawn in a test (tooltips, notices, reasons).
#[test]
fn message_files_follow_the_rules() {
    let mut texts = 0;
    for (file, text) in crate::language::Language::English.files() {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((_, value)) = line.split_once(" = ") else { continue };
            let odd = ODD_TERMS.iter().find(|term| value.to_lowercase().contains(**term));
            assert_eq!(odd, None, "{file}.ftl: there is a usual term for this in {value:?}");
            if value.contains(' ') {
                texts += 1;
                // Fragments get their capital letter where they are shown.
                assert_eq!(fault_of(&sentence(value.trim())), None, "{file}.ftl: {value:?}");
            }
        }
    }
    assert!(texts > 400, "only {texts} texts were found");
}

/// What is still in the sources follows the rules too.
#[test]
fn sources_of_the_window_follow_the_rules() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/window");
    let mut folders = vec![root];
    let mut texts = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are here") {
            let path = entry.expect("the sources are readable").path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| path.file_name().is_some_and(|name| name != "tests")));
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("sources are text");
            for (index, line) in source.to_lowercase().lines().enumerate() {
                let odd = ODD_TERMS.iter().find(|term| line.contains(**term));
                assert_eq!(odd, None, "{}:{}: there is a usual term for this", path.display(), index + 1);
            }
            // What is shown has several words; the tests of a file stand at its end.
            let product = source.split("#[cfg(test)]").next().unwrap_or_default();
            for text in literals(product).into_iter().filter(|text| text.trim().contains(' ')) {
                texts += 1;
                // Fragments get their capital letter where they are shown.
                assert_eq!(fault_of(&sentence(text.trim())), None, "{}: {text:?}", path.display());
            }
        }
    }
    assert!(texts > 20, "only {texts} texts were found");
}
