//! What is new in a text and what is gone, word by word.

/// Longest text that is compared, in words; of longer ones all is old and all is new.
const MOST_WORDS: usize = 1000;

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
    let mut parts: Vec<(Became, Vec<&str>)> = Vec::new();
    let mut push = |became, word| match parts.last_mut() {
        Some((last, words)) if *last == became => words.push(word),
        _ => parts.push((became, vec![word])),
    };
    if old.len() > MOST_WORDS || new.len() > MOST_WORDS {
        old.iter().for_each(|word| push(Became::Removed, *word));
        new.iter().for_each(|word| push(Became::Added, *word));
    } else {
        // How many words the ends from here on have in common.
        let mut common = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i][j] = match same(old[i], new[j]) {
                    true => common[i + 1][j + 1] + 1,
                    false => common[i + 1][j].max(common[i][j + 1]),
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            if i < old.len() && j < new.len() && same(old[i], new[j]) {
                push(Became::Same, new[j]);
                (i, j) = (i + 1, j + 1);
            } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
                push(Became::Removed, old[i]);
                i += 1;
            } else {
                push(Became::Added, new[j]);
                j += 1;
            }
        }
    }
    parts.into_iter().map(|(became, words)| (became, words.join(" "))).collect()
}

/// Whether two words are the same, whatever begins or ends a sentence with them.
fn same(one: &str, other: &str) -> bool {
    let bare = |word: &str| word.trim_end_matches([',', '.', ';', ':', '!']).to_lowercase();
    one == other || bare(one) == bare(other)
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
        let long = "a ".repeat(MOST_WORDS + 1);
        assert_eq!(difference(&long, "b").len(), 2);
    }
}
