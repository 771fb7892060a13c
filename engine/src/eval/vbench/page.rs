//! A comparison as one HTML page: a table, and clips in pairs. A plain file that loads nothing but the clips beside it.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use hummingbird_base::files::{self, Action};

use super::bounded;
use super::compare::{Comparison, PairedClip};
use super::error::VbenchError;
use super::intervals::Interval;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0}\
th,td{padding:.25rem .8rem;text-align:right;border-bottom:1px solid #8884}\
th:first-child,td:first-child{text-align:left}\
.clear{font-weight:600}\
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.8rem;margin:0 0 2rem}\
.pair h3{grid-column:1/-1;margin:.5rem 0 0;font-size:1rem}\
.pair p{grid-column:1/-1;margin:0;opacity:.8}\
figure{margin:0}video,img{width:100%;background:#8882}";

/// Writes the page of a comparison with its first `most_pairs` clips. Relative paths in results are looked for from the current folder
/// and from the results' own, which `beside` names, first and second.
///
/// # Errors
/// What the system says.
pub fn write_page(
    comparison: &Comparison,
    beside: [&Path; 2],
    most_pairs: usize,
    path: &Path,
) -> Result<(), VbenchError> {
    let from = std::path::absolute(files::folder_of(path)).unwrap_or_default();
    let text = page(comparison, beside, most_pairs, &from);
    files::replace(path, text.as_bytes()).map_err(|source| bounded::io_error(Action::Write, path, source))
}

fn page(comparison: &Comparison, beside: [&Path; 2], most_pairs: usize, from: &Path) -> String {
    let Comparison { first, second, rows, only_one_has, draws, seed, pairs } = comparison;
    let (first, second) = (escaped(first), escaped(second));
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{first} and {second}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{first} and {second}</h1>\n<table><thead><tr><th></th><th>{first}</th><th></th>\
         <th>{second}</th><th></th><th>difference</th><th></th><th>clips</th></tr></thead><tbody>\n"
    );
    for row in rows {
        let clear = if row.difference.excludes_zero() { " class=\"clear\"" } else { "" };
        let cells: String = [row.first, row.second].iter().map(|it| cells(it, "")).collect();
        let [a, b] = row.clips;
        let clips = if a == b { a.to_string() } else { format!("{a} and {b}") };
        let (name, difference) = (escaped(&row.name), self::cells(&row.difference, clear));
        writeln!(text, "<tr><td>{name}</td>{cells}{difference}<td>{clips}</td></tr>").expect("a string takes all");
    }
    let shown = most_pairs.min(pairs.len());
    write!(
        text,
        "</tbody></table>\n<p>95% intervals of a bootstrap over prompts ({draws} draws, seed {seed}). A difference is bold where its \
         interval excludes 0."
    )
    .expect("a string takes all");
    if !only_one_has.is_empty() {
        write!(
            text,
            " Only one of the two has: {}; what is missing counts as 0 in the totals.",
            escaped(&only_one_has.join(", "))
        )
        .expect("a string takes all");
    }
    writeln!(text, "</p>\n<h2>Clips ({shown} of {})</h2>", pairs.len()).expect("a string takes all");
    for pair in pairs.iter().take(shown) {
        text.push_str(&of_pair(pair, beside, from));
    }
    text.push_str("</body></html>\n");
    text
}

fn cells(interval: &Interval, class: &str) -> String {
    let Interval { value, low, high } = interval;
    format!("<td{class}>{value:.4}</td><td>{low:.4} to {high:.4}</td>")
}

fn of_pair(pair: &PairedClip, beside: [&Path; 2], from: &Path) -> String {
    let name = escaped(&pair.name);
    let values = pair.values.iter().map(|(dimension, [a, b])| format!("{dimension} {a:.4} and {b:.4}"));
    let values = values.collect::<Vec<_>>().join(", ");
    let figures: String = [0, 1].map(|side| figure(&pair.paths[side], beside[side], from)).concat();
    format!("<section class=\"pair\"><h3>{name}</h3>{figures}<p>{values}</p></section>\n")
}

fn figure(path: &str, beside: &Path, from: &Path) -> String {
    let address = escaped(&address(&found(Path::new(path), beside), from));
    let ending = Path::new(path).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let element = match &*ending {
        "gif" | "webp" | "apng" | "png" => format!("<img src=\"{address}\" alt=\"\" loading=\"lazy\">"),
        // No browser shows it.
        "safetensors" => format!("<a href=\"{address}\">{}</a>", escaped(path)),
        _ => format!("<video src=\"{address}\" controls loop muted preload=\"metadata\"></video>"),
    };
    format!("<figure>{element}</figure>")
}

/// Where a clip lies: as results say, from the current folder or from the results' own.
fn found(path: &Path, beside: &Path) -> PathBuf {
    let from_results = beside.join(path);
    let is_there = |it: &Path| it.is_file();
    let found = if !is_there(path) && is_there(&from_results) { from_results } else { path.to_owned() };
    std::path::absolute(&found).unwrap_or(found)
}

/// The address of a file, relative to a folder where both lie on one volume.
fn address(path: &Path, from: &Path) -> String {
    let (to, base): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), from.components().collect());
    let common = to.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let encode = |parts: &[Component<'_>]| {
        let parts = parts.iter().filter(|it| !matches!(it, Component::RootDir));
        parts.map(|it| encoded(&it.as_os_str().to_string_lossy())).collect::<Vec<_>>().join("/")
    };
    if common == 0 {
        return format!("file:///{}", encode(&to));
    }
    format!("{}{}", "../".repeat(base.len() - common), encode(&to[common..]))
}

/// A part of an address: what is neither a letter, a digit nor one of a few signs is escaped.
fn encoded(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(byte.into()),
            _ => write!(text, "%{byte:02X}").expect("a string takes all"),
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::super::compare::ComparisonRow;
    use super::super::dimensions::Dimension;
    use super::*;

    #[test]
    fn pages_show_pairs_and_escape_what_comes_from_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clip = folder.path().join("a & b-0.mp4");
        std::fs::write(&clip, "").expect("writable");
        let interval = Interval { value: 0.5, low: 0.4, high: 0.6 };
        let row = ComparisonRow {
            name: "total".to_owned(),
            first: interval,
            second: interval,
            difference: interval,
            clips: [5, 4],
            is_paired: true,
        };
        let pair = PairedClip {
            name: "a & b-0".to_owned(),
            paths: ["a & b-0.mp4".to_owned(), "/else/<x>.gif".to_owned()],
            values: vec![(Dimension::Scene, [0.25, 1.0])],
        };
        let comparison = Comparison {
            first: "<script>".to_owned(),
            second: "b".to_owned(),
            rows: vec![row],
            only_one_has: vec!["scene".to_owned()],
            draws: 10,
            seed: 0,
            pairs: vec![pair.clone(), pair],
        };
        let page_path = folder.path().join("page.html");
        write_page(&comparison, [folder.path(), folder.path()], 1, &page_path).expect("writable");
        let text = std::fs::read_to_string(&page_path).expect("readable");
        assert!(!text.contains("<script>") && text.contains("&lt;script&gt;"));
        assert!(text.contains("<video src=\"a%20%26%20b-0.mp4\""), "beside the page: {text}");
        assert!(text.contains("%3Cx%3E.gif\" alt"), "{text}");
        assert!(text.contains("Clips (1 of 2)") && text.contains("scene 0.2500 and 1.0000"));
        assert!(text.contains("class=\"clear\">0.5000") && text.contains("5 and 4"));
        for outside in ["http:", "https:", "//cdn"] {
            assert!(!text.contains(outside), "{outside}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn addresses_are_relative_to_the_page() {
        let cases = [
            ("/a/b/c.mp4", "/a/b", "c.mp4"),
            ("/a/b/c d.mp4", "/a/e/f", "../../b/c%20d.mp4"),
            ("/a/ü.mp4", "/", "a/%C3%BC.mp4"),
        ];
        for (path, from, relative) in cases {
            assert_eq!(address(Path::new(path), Path::new(from)), relative);
        }
    }
}
