//! The repository as text, and what its files say: the module paths that Rust sources name, dependencies of manifests.
//!
//! Here: reading, no rules (those are in `invariants.rs`). Rust is read by tokens, not parsed: enough for paths,
//! attributes and names of tests, and it does not mistake a comment or a string for code. Start at [`Tree`].

mod rust;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

pub use rust::{app_paths, attributes, engine_paths, tests_of};

/// Files above this size are data; their text is not read.
const MAX_TEXT_BYTES: u64 = 1 << 20;

#[derive(Clone)]
struct File {
    bytes: u64,
    text: Option<Arc<str>>,
}

/// Every file of the repository by its path from the root, with `/` between folders.
#[derive(Clone)]
pub struct Tree(BTreeMap<String, File>);

impl Tree {
    /// The tree that this test was built from, without build outputs.
    pub fn of_repository() -> &'static Self {
        static TREE: LazyLock<Tree> = LazyLock::new(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace");
            let ignored = fs::read_to_string(root.join(".gitignore")).expect("the root has a .gitignore");
            let mut files = BTreeMap::new();
            for entry in children(root) {
                let is_ignored = ignored.lines().any(|line| line.trim_end_matches('/') == format!("/{entry}"));
                if !is_ignored {
                    collect(root, &entry, &mut files);
                }
            }
            assert!(files.contains_key("Cargo.toml"), "{} is not the root of the workspace", root.display());
            Tree(files)
        });
        &TREE
    }

    /// The same tree with one file replaced or added.
    pub fn with(&self, path: &str, text: &str) -> Self {
        let mut files = self.0.clone();
        files.insert(path.to_owned(), File { bytes: text.len() as u64, text: Some(text.into()) });
        Self(files)
    }

    /// All paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Size of a file; 0 where there is none.
    pub fn bytes(&self, path: &str) -> u64 {
        self.0.get(path).map_or(0, |file| file.bytes)
    }

    /// Text of a file; empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.0.get(path).and_then(|file| file.text.as_deref()).unwrap_or_default()
    }

    /// Path and text of all files with one of these endings.
    pub fn texts(&self, endings: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let has_ending = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending));
        self.paths().filter(move |path| has_ending(path)).map(|path| (path, self.text(path)))
    }

    /// Path and text of every crate's manifest.
    pub fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts(&["toml"]).filter(|(path, _)| path.ends_with("/Cargo.toml"))
    }

    /// Whether `target`, seen from `folder`, is a file or a folder of the tree.
    pub fn has(&self, folder: &str, target: &str) -> bool {
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part != ".." {
                parts.push(part);
            } else if parts.pop().is_none() {
                return false;
            }
        }
        let path = parts.join("/");
        self.0.contains_key(&path) || self.paths().any(|file| file.starts_with(&format!("{path}/")))
    }
}

/// Names in a folder that can belong to the repository.
fn children(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| {
        let name = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).file_name();
        name.into_string().unwrap_or_else(|name| panic!("{name:?} is not a portable file name"))
    });
    names.filter(|name| (!name.starts_with('.') || name == ".ci") && name != "target").collect()
}

fn collect(root: &Path, path: &str, files: &mut BTreeMap<String, File>) {
    let place = root.join(path);
    if place.is_dir() {
        for name in children(&place) {
            collect(root, &format!("{path}/{name}"), files);
        }
        return;
    }
    // An editor may remove its temporary file between the listing and here; then it is not part of the tree.
    let Ok(metadata) = fs::metadata(&place) else { return };
    let bytes = metadata.len();
    let read = || fs::read(&place).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = (bytes <= MAX_TEXT_BYTES).then(read).flatten().map(Arc::from);
    files.insert(path.to_owned(), File { bytes, text });
}

/// The name in a manifest's `[package]`.
pub fn package_name(manifest: &str) -> Option<&str> {
    let package = manifest.split("[package]").nth(1)?;
    let line = package.lines().find(|line| line.starts_with("name"))?;
    line.split('"').nth(1)
}

/// One dependency of a manifest.
pub struct Dependency<'a> {
    /// The table that it stands in, such as `dev-dependencies`.
    pub section: &'a str,
    /// The crate's name in the registry.
    pub name: &'a str,
    /// What is said of it.
    pub text: String,
}

/// The dependencies of a manifest in all its tables.
pub fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found: Vec<Dependency<'_>> = Vec::new();
    let mut section = "";
    let mut is_table_of_one = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = header;
            is_table_of_one = false;
            if let Some((table, name)) = header.rsplit_once('.').filter(|(table, _)| table.ends_with("dependencies")) {
                (section, is_table_of_one) = (table, true);
                found.push(Dependency { section, name, text: String::new() });
            }
        } else if !section.ends_with("dependencies") || line.starts_with('#') {
        } else if let Some((key, _)) = line.split_once('=').filter(|(key, _)| !is_table_of_one && !key.contains('"')) {
            let name = key.trim().split('.').next().unwrap_or_default();
            found.push(Dependency { section, name, text: line.to_owned() });
        } else if let Some(last) = found.last_mut() {
            last.text.push_str(line);
        }
    }
    for dependency in &mut found {
        let line =
            manifest.lines().find(|line| line.trim().starts_with(dependency.name) && line.contains("package = "));
        let renamed = line.and_then(|line| line.split("package = \"").nth(1)).and_then(|rest| rest.split('"').next());
        dependency.name = renamed.unwrap_or(dependency.name);
    }
    found
}
