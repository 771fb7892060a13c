//! What the documents promise, held against the tree: commands, links, and the table of invariants.

#[path = "source_tree/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other rules of the tree are in invariants.rs")]
mod source_tree;

use hummingbird_engine::settings::reference::{BEGIN, END, markdown};
use source_tree::{Tree, hold, tests_of};

/// The two commands of the README.
const RUN_COMMAND: &str = "cargo run --release";
const TEST_COMMAND: &str = "cargo test --workspace";

fn command_differences(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for command in [RUN_COMMAND, TEST_COMMAND] {
        if !tree.text("README.md").lines().any(|line| line.trim() == command) {
            complaints.push(format!("README.md lacks the line `{command}`: its two commands are promises"));
        }
    }
    let lines: Vec<_> = tree.text(".ci/run").lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    let wanted = ["set -euo pipefail", "cargo fmt", "cargo clippy", TEST_COMMAND, "export HUMMINGBIRD_REQUIRE_GPU=1"];
    for start in wanted.into_iter().chain(["export HUMMINGBIRD_REQUIRE_FFMPEG=1"]) {
        if !lines.iter().any(|line| line.starts_with(start)) {
            complaints
                .push(format!(".ci/run has no line that begins with `{start}`: it checks what the README promises"));
        }
    }
    for line in lines {
        if line.contains("cargo test") && line != TEST_COMMAND {
            complaints.push(format!(".ci/run runs `{line}`: it must run exactly the README's `{TEST_COMMAND}`"));
        }
        if line.contains("train") {
            complaints.push(format!(".ci/run has `{line}`: it must train nothing"));
        }
    }
    complaints
}

#[test]
fn ci_runs_the_commands_of_the_readme() {
    let (ci, readme) = (Tree::of_repository().text(".ci/run"), Tree::of_repository().text("README.md"));
    hold(
        command_differences,
        &[
            ("README.md", &readme.replace(TEST_COMMAND, "cargo test")),
            ("README.md", &readme.replace(RUN_COMMAND, "cargo run")),
            (".ci/run", &ci.replace(TEST_COMMAND, "cargo test --workspace --exclude hummingbird")),
            (".ci/run", &ci.replace("pipefail", "")),
            (".ci/run", &ci.replace("REQUIRE_GPU=1", "REQUIRE_GPU=0")),
            (".ci/run", &format!("{ci}\ncargo run --release -- train nano\n")),
        ],
    );
}

fn unproven_invariants(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let map = tree.text("ARCHITECTURE.md");
    for quoted in map.split('`').skip(1).step_by(2) {
        if let Some((path, test)) = quoted.split_once("::").filter(|(path, _)| path.ends_with(".rs"))
            && !tests_of(tree.text(path)).contains(&test)
        {
            complaints.push(format!("ARCHITECTURE.md names `{quoted}`, but there is no such test: correct the name"));
        }
    }
    for file in ["tests/tests/invariants.rs", "tests/tests/documents.rs"] {
        for test in tests_of(tree.text(file)) {
            if !map.contains(&format!("`{file}::{test}`")) {
                complaints
                    .push(format!("ARCHITECTURE.md does not name the test `{test}`: say which invariant it holds"));
            }
        }
    }
    complaints
}

#[test]
fn architecture_names_the_test_of_every_invariant() {
    let map = Tree::of_repository().text("ARCHITECTURE.md");
    hold(
        unproven_invariants,
        &[
            ("ARCHITECTURE.md", &map.replace("no_test_is_ignored", "no_test_was_ignored")),
            ("ARCHITECTURE.md", &format!("{map}\n`engine/src/request.rs::cats_are_dogs`\n")),
            ("ARCHITECTURE.md", "Nothing holds.\n"),
        ],
    );
}

fn broken_links(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["md"]) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !tree.has(folder, target) {
                complaints
                    .push(format!("{path} links to {target}, which does not exist: add the file or correct the link"));
            }
        }
    }
    complaints
}

#[test]
fn links_of_documents_lead_to_files() {
    hold(
        broken_links,
        &[
            ("README.md", "See [the map](MAP.md#top)."),
            ("docs/new.md", "![window](images/nothing.png)"),
            ("docs/new.md", "[out](../../../etc/passwd)"),
        ],
    );
}

/// The README with the reference of the settings as the table has it; `None` without its place.
fn with_settings(readme: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}{END}{after}", markdown()))
}

fn stale_settings(tree: &Tree) -> Vec<String> {
    let readme = tree.text("README.md");
    match with_settings(readme) {
        None => vec![format!("README.md has no reference of the settings: put the lines `{BEGIN}` and `{END}` back")],
        Some(current) if current != *readme => vec![format!(
            "the settings in README.md are not those of the table: run `UPDATE_README=1 {TEST_COMMAND}` (or only its test \
             `documents`)"
        )],
        Some(_) => Vec::new(),
    }
}

#[test]
fn the_readme_has_every_setting_as_the_table_has_it() {
    let readme = Tree::of_repository().text("README.md");
    if std::env::var_os("UPDATE_README").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
        let current = with_settings(readme).expect("README.md has the lines around the settings");
        std::fs::write(path, current).expect("the source tree can be written");
        return;
    }
    hold(
        stale_settings,
        &[
            ("README.md", &readme.replace("`--eta`", "`--theta`")),
            ("README.md", &readme.replace(END, "")),
            ("README.md", &readme.replace("0 to 30", "0 to 31")),
        ],
    );
}
