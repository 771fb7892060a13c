//! Weights in a prompt: `(a red ball:1.3)` makes those words count more, `(fog:0.5)` less.
//!
//! The form is the one that AUTOMATIC1111's program made common, in its explicit part: parentheses that do not end in `:NUMBER)`
//! are text, and so are brackets. Weights inside of weights multiply. `\(` and `\)` are the signs themselves.

use std::ops::{Range, RangeInclusive};

/// Weights that a request may have; 1 changes nothing, 0 takes the words' meaning away.
pub const WEIGHTS: RangeInclusive<f32> = 0.0..=4.0;

/// A part of a prompt and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// The text, without the signs of the weight.
    pub text: String,
    /// 1 where nothing is said.
    pub weight: f32,
}

/// The parts of `prompt` in order, neighbours of one weight joined. A prompt without weights is one part; an empty one has none.
pub fn weighted_parts(prompt: &str) -> Vec<Weighted> {
    let mut parts: Vec<Weighted> = Vec::new();
    for (place, weight) in stretches(prompt) {
        match parts.last_mut() {
            Some(last) if last.weight == weight => last.text.push_str(&prompt[place]),
            _ => parts.push(Weighted { text: prompt[place].to_owned(), weight }),
        }
    }
    parts
}

/// Where in `prompt` there is text, as it is typed, and its weight.
pub(super) fn stretches(prompt: &str) -> Vec<(Range<usize>, f32)> {
    let groups = groups_of(prompt);
    let (mut stretches, mut weights, mut done) = (Vec::new(), vec![1.0], 0);
    for (at, edge) in edges(&groups, prompt) {
        let weight = weights.last().copied().unwrap_or(1.0);
        stretches.push((done..at, weight));
        done = match edge {
            Edge::Escape => at + 1,
            Edge::Open(factor) => {
                weights.push(weight * factor);
                at + 1
            }
            Edge::Close { end } => {
                weights.pop();
                end
            }
        };
    }
    stretches.push((done..prompt.len(), 1.0));
    stretches.retain(|(place, _)| !place.is_empty());
    stretches
}

/// The text of `prompt` as the tokenizer reads it: without weights.
pub fn plain_text(prompt: &str) -> String {
    weighted_parts(prompt).into_iter().map(|part| part.text).collect()
}

/// `(inside:weight)`, by the places of its signs.
struct Group {
    open: usize,
    colon: usize,
    end: usize,
    weight: f32,
}

/// Where something begins that is no text.
enum Edge {
    /// A backslash before a parenthesis.
    Escape,
    /// The parenthesis before a weight's words, and the weight.
    Open(f32),
    /// The colon after them, and the place after the closing parenthesis.
    Close { end: usize },
}

/// A number in a prompt is not longer than this, in bytes.
const LONGEST_NUMBER: usize = 16;

/// One pass, whatever is in the prompt: one of a million parentheses must not hold up the window.
fn groups_of(prompt: &str) -> Vec<Group> {
    let bytes = prompt.as_bytes();
    let (mut groups, mut open, mut at) = (Vec::new(), Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if is_escape(&bytes[at..]) => at += 1,
            b'(' => open.push(at),
            b')' => {
                if let Some(open) = open.pop() {
                    let from = at.saturating_sub(LONGEST_NUMBER).max(open + 1);
                    let colon = bytes[from..at].iter().rposition(|&byte| byte == b':').map(|place| from + place);
                    if let Some(colon) = colon
                        && let Some(weight) = number_of(prompt[colon + 1..at].trim())
                    {
                        groups.push(Group { open, colon, end: at + 1, weight });
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    groups
}

fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\\', b'(' | b')', ..])
}

/// What is no text, in order.
fn edges(groups: &[Group], prompt: &str) -> Vec<(usize, Edge)> {
    let escapes = (0..prompt.len()).filter(|&at| is_escape(&prompt.as_bytes()[at..])).map(|at| (at, Edge::Escape));
    let of_groups = groups
        .iter()
        .flat_map(|group| [(group.open, Edge::Open(group.weight)), (group.colon, Edge::Close { end: group.end })]);
    let mut edges: Vec<_> = escapes.chain(of_groups).collect();
    edges.sort_by_key(|(at, _)| *at);
    edges
}

/// Digits with at most one point, and nothing else that Rust calls a number.
fn number_of(text: &str) -> Option<f32> {
    text.chars().all(|sign| sign.is_ascii_digit() || sign == '.').then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(prompt: &str) -> Vec<(String, f32)> {
        weighted_parts(prompt).into_iter().map(|part| (part.text, part.weight)).collect()
    }

    #[track_caller]
    fn check(prompt: &str, expected: &[(&str, f32)]) {
        let expected: Vec<_> = expected.iter().map(|&(text, weight)| (text.to_owned(), weight)).collect();
        assert_eq!(parts(prompt), expected, "{prompt:?}");
    }

    #[test]
    fn weights_are_read_and_multiply() {
        check("a red ball", &[("a red ball", 1.0)]);
        check("a (red:1.5) ball", &[("a ", 1.0), ("red", 1.5), (" ball", 1.0)]);
        check("(a ball:2)", &[("a ball", 2.0)]);
        check("((red:2) ball: .5 )", &[("red", 1.0), (" ball", 0.5)]);
        check("(a (b:3) c:0.5)", &[("a ", 0.5), ("b", 1.5), (" c", 0.5)]);
        check("(a:1)(b:1.0) c", &[("ab c", 1.0)]);
        check("(12:30:2)", &[("12:30", 2.0)]);
        check("(:2)", &[]);
    }

    #[test]
    fn all_else_is_text() {
        for prompt in
            ["a (small) ball", "(a:b)", "(a:-1)", "(a:1e3)", "(a:inf)", "(a:)", "(a:1.2", "a:1.2)", "((", "))", "[a:2]"]
        {
            check(prompt, &[(prompt, 1.0)]);
        }
        check("", &[]);
        check("a (b (c:2)", &[("a (b ", 1.0), ("c", 2.0)]);
    }

    #[test]
    fn signs_can_be_meant_as_signs() {
        check(r"\(a:1.2\)", &[("(a:1.2)", 1.0)]);
        check(r"(\(a\):2)", &[("(a)", 2.0)]);
        check(r"a \ b \\ c\", &[(r"a \ b \\ c\", 1.0)]);
        assert_eq!(plain_text(r"a (\(red\):1.5) ball"), "a (red) ball");
    }

    #[test]
    fn absurd_prompts_take_no_time_and_no_stack() {
        let many = 300_000;
        for (before, after) in [("(", ""), ("", ")"), ("(", ")"), ("(", ":1.1)"), ("(a:1)", ""), ("\\", "")] {
            let prompt = format!("{}a{}", before.repeat(many), after.repeat(many));
            assert!(plain_text(&prompt).contains('a'), "{before}a{after}");
        }
    }
}
