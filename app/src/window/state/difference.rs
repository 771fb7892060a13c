//! What is new in a text and what is gone, word by word.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What became of some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// They stay.
    Same,
    /// They are new.
    Added,
    /// They go.
    Removed,
}

/// The words of both texts in order, neighbours of one fate together.
pub fn difference(old: &str, new: &str) -> Vec<(Became, String)> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_whitespace().collect(), new.split_whitespace().collect());
    let bare = |words: &[&str]| words.iter().map(|word| bare(word)).collect::<Vec<_>>();
    let mut parts = Vec::new();
    for change in capture_diff_slices(Algorithm::Myers, &bare(&old), &bare(&new)) {
        let (_, gone, came) = change.as_tag_tuple();
        let kept = matches!(change, DiffOp::Equal { .. });
        if !kept && !gone.is_empty() {
            parts.push((Became::Removed, old[gone].join(" ")));
        }
        if !came.is_empty() {
            parts.push((if kept { Became::Same } else { Became::Added }, new[came].join(" ")));
        }
    }
    parts
}

/// A word without what ends a sentence with it, and in small letters: words are compared so.
fn bare(word: &str) -> String {
    word.trim_end_matches([',', '.', ';', ':', '!']).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let sign = |became| match became {
            Became::Same => "",
            Became::Added => "+",
            Became::Removed => "-",
        };
        let parts = difference(old, new).into_iter().map(|(became, words)| format!("{}[{words}]", sign(became)));
        parts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_stay_come_and_go() {
        let cases = [
            ("a red boat", "A red boat drifts at dusk.", "[A red boat] +[drifts at dusk.]"),
            ("a red boat", "a blue boat", "[a] -[red] +[blue] [boat]"),
            ("a boat, red", "a boat", "[a boat] -[red]"),
            ("", "a boat", "+[a boat]"),
            ("a  boat", "a boat", "[a boat]"),
            ("", "", ""),
        ];
        for (old, new, expected) in cases {
            assert_eq!(shown(old, new), expected);
        }
    }
}
