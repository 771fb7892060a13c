//! Where the program keeps files, and who may ask: tests never touch the folders of the person who runs them.

#[path = "source_tree/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other rules of the tree are in invariants.rs")]
mod source_tree;

use source_tree::Tree;

/// What names the folders of the user, and the only files that may.
const ASKING: [&str; 5] = ["Folders::of_user", "ProjectDirs", "BaseDirs", "env::home_dir", "XDG_DATA_HOME"];
const MAY_ASK: [&str; 5] = [
    "engine/base/src/folders.rs",
    // The program's start: everything below it is given folders.
    "app/src/main.rs",
    // Set them for the program that they start, to its own.
    "app/tests/program/mod.rs",
    "tests/tests/failing_driver/mod.rs",
    "engine/library/tests/system_trash.rs",
];
/// What makes a file appear whole, and the only file that does so.
const WRITING: [&str; 6] =
    ["NamedTempFile", "temporary_in(", ".persist(", "persist_noclobber", "fs::rename(", "fs::write("];
const WRITES: &str = "engine/base/src/files.rs";

/// The part of a source that is compiled into the program, without comments.
fn of_program(text: &str) -> impl Iterator<Item = &str> {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..tests].lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("tests.rs") || path.contains("/benches/")
}

fn complaints(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]).filter(|(path, _)| *path != "tests/tests/kept_files.rs") {
        // Also in tests.
        if !MAY_ASK.contains(&path) {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for found in lines.flat_map(|line| ASKING.iter().filter(move |name| line.contains(*name))) {
                complaints.push(format!(
                    "{path} names `{found}`: take `Folders` from whoever calls; in tests, `Folders::at`"
                ));
            }
        }
        if path.starts_with("app/src/window/") && text.contains("crate::folders()") {
            complaints.push(format!("{path} asks for the folders of the user: take them from `WindowOptions`"));
        }
        let is_source = path.starts_with("engine/") || path.starts_with("app/");
        if is_source && !is_test(path) && path != WRITES {
            for found in of_program(text).flat_map(|line| WRITING.iter().filter(move |name| line.contains(*name))) {
                complaints
                    .push(format!("{path} names `{found}`: files are written whole by `hummingbird_base::files`"));
            }
        }
    }
    let program = "app/tests/program/mod.rs";
    if !tree.text(program).contains("\"HUMMINGBIRD_HOME\"") {
        complaints.push(format!(
            "{program} sets no HUMMINGBIRD_HOME: the tests of the program would write into the user's folders"
        ));
    }
    complaints
}

#[test]
fn tests_never_touch_the_folders_of_the_user_and_files_are_written_in_one_place() {
    let tree = Tree::of_repository();
    let bad = [
        ("tests/tests/new.rs", "fn f() { Store::of(&Folders::of_user().expect(\"home\")); }"),
        ("engine/src/new.rs", "let dirs = directories::ProjectDirs::from(\"\", \"\", \"Hummingbird\")?;"),
        ("app/src/window/new.rs", "let folders = crate::folders();"),
        ("engine/src/new.rs", "std::fs::write(&path, text)?;"),
        ("app/src/cli/new.rs", "fs::rename(&from, &to)?;"),
        ("app/tests/program/mod.rs", "command.env(\"HOME\", home);"),
    ];
    for (path, text) in bad {
        let found = complaints(&tree.with(path, text));
        assert!(found.iter().any(|it| it.contains(path)), "the rule overlooks {path}:\n{text}");
    }
    let found = complaints(tree);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
