//! `extra_model_paths.yaml`, in which ComfyUI is told of more folders.
//!
//! Only what that file needs of YAML is read: sections, keys with a text behind them, and texts of several lines. Whatever else there is
//! is passed over. The file may say anything, so its size and the number of paths have bounds, and nothing but folders that are
//! there comes of it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::programs::COMFYUI_KINDS;

/// Name of the file in ComfyUI's folder.
const NAME: &str = "extra_model_paths.yaml";
/// No such file is larger.
const MOST_BYTES: u64 = 256 << 10;
/// Most folders that are taken from it.
const MOST_FOLDERS: usize = 64;

/// The folders that the file of this ComfyUI names.
pub(super) fn of(root: &Path) -> Vec<PathBuf> {
    let mut text = Vec::new();
    let read = File::open(root.join(NAME)).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut text));
    match read {
        Ok(_) if text.len() as u64 <= MOST_BYTES => folders(&String::from_utf8_lossy(&text), root),
        _ => Vec::new(),
    }
}

/// The folders that such a text names; relative ones are below `root`.
pub(super) fn folders(text: &str, root: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for section in sections(text) {
        let base = section.iter().find(|(key, _)| *key == "base_path").and_then(|(_, values)| values.first());
        let base = base.map_or_else(|| root.to_owned(), |base| root.join(base));
        let kinds = section.iter().filter(|(key, _)| COMFYUI_KINDS.contains(key));
        folders.extend(kinds.flat_map(|(_, values)| values.iter().map(|value| base.join(value))));
        folders.truncate(MOST_FOLDERS);
    }
    folders
}

/// Keys of a section with their lines.
type Section<'a> = Vec<(&'a str, Vec<&'a str>)>;

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    // How far the last key of a section is moved in.
    let mut key_indent = None;
    for line in text.lines() {
        let content = without_comment(line).trim_end();
        let words = content.trim_start();
        if words.is_empty() {
            continue;
        }
        let indent = content.len() - words.len();
        if indent == 0 {
            sections.push(Vec::new());
            key_indent = None;
            continue;
        }
        let Some(section) = sections.last_mut() else { continue };
        if key_indent.is_some_and(|key| indent > key) {
            // A further line of the last key's text, or an item of its list.
            if let Some((_, values)) = section.last_mut() {
                values.push(plain(words.strip_prefix("- ").unwrap_or(words)));
            }
            continue;
        }
        let Some((key, value)) = words.split_once(':') else { continue };
        key_indent = Some(indent);
        let value = value.trim();
        let is_of_lines = matches!(value, "" | "|" | "|-" | "|+" | ">" | ">-" | ">+");
        section.push((plain(key), if is_of_lines { Vec::new() } else { vec![plain(value)] }));
    }
    sections
}

/// A line without its comment, which begins it or follows a space.
fn without_comment(line: &str) -> &str {
    let comment = line.char_indices().find(|&(at, sign)| sign == '#' && (at == 0 || line[..at].ends_with([' ', '\t'])));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// A text without the quotes around it.
fn plain(text: &str) -> &str {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}
