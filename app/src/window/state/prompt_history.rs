//! The prompts that were used, as they were typed: with their wildcards and weights, without the words of styles.
//!
//! The library knows what its clips were made from; this knows what a person typed, whatever becomes of the clips. So a prompt is
//! here once, clips that are deleted take none away, and clearing the prompts takes no clip away.

use serde::{Deserialize, Serialize};

use super::prompting::Typed;

/// Most prompts that are kept beside the favourites.
const MOST_PROMPTS: usize = 500;
/// Most favourites.
const MOST_PINNED: usize = 200;
/// A longer prompt is not kept, in bytes.
const MOST_BYTES: usize = 1 << 14;

/// A prompt that was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsedPrompt {
    /// The prompt.
    pub prompt: String,
    /// The negative prompt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub negative: String,
    /// Whether it is a favourite.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

impl UsedPrompt {
    /// What was typed.
    pub fn typed(&self) -> Typed {
        Typed { prompt: self.prompt.clone(), negative: self.negative.clone() }
    }

    fn is(&self, typed: &Typed) -> bool {
        self.prompt == typed.prompt && self.negative == typed.negative
    }
}

/// All of them, the last used first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptHistory {
    /// The prompts.
    pub prompts: Vec<UsedPrompt>,
}

/// Prompts that were taken out, each with its place.
pub type Removed = Vec<(usize, UsedPrompt)>;

/// A change, as it is made in the window and in the file: another window may have changed that meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryChange {
    /// A prompt was used.
    Use(Typed),
    /// It is a favourite from now on, or no longer.
    Pin(Typed, bool),
    /// It goes.
    Remove(Typed),
    /// All go but the favourites.
    Clear,
    /// These come back.
    Restore(Removed),
}

impl PromptHistory {
    /// Makes a change; what it took out.
    pub fn change(&mut self, change: &HistoryChange) -> Removed {
        match change {
            HistoryChange::Use(typed) => {
                let used = Typed { prompt: typed.prompt.trim().to_owned(), negative: typed.negative.trim().to_owned() };
                if used.prompt.is_empty() || used.prompt.len() + used.negative.len() > MOST_BYTES {
                    return Vec::new();
                }
                let pinned = self.prompts.iter().any(|it| it.is(&used) && it.pinned);
                self.prompts.retain(|it| !it.is(&used));
                let Typed { prompt, negative } = used;
                self.prompts.insert(0, UsedPrompt { prompt, negative, pinned });
                self.bound();
                Vec::new()
            }
            HistoryChange::Pin(typed, pinned) => {
                self.prompts.iter_mut().filter(|it| it.is(typed)).for_each(|it| it.pinned = *pinned);
                self.bound();
                Vec::new()
            }
            HistoryChange::Remove(typed) => self.take_out(|it| it.is(typed)),
            HistoryChange::Clear => self.take_out(|it| !it.pinned),
            HistoryChange::Restore(removed) => {
                for (place, used) in removed {
                    if !self.prompts.iter().any(|it| it.is(&used.typed())) {
                        self.prompts.insert((*place).min(self.prompts.len()), used.clone());
                    }
                }
                self.bound();
                Vec::new()
            }
        }
    }

    fn take_out(&mut self, goes: impl Fn(&UsedPrompt) -> bool) -> Removed {
        let (gone, stays): (Removed, Removed) =
            std::mem::take(&mut self.prompts).into_iter().enumerate().partition(|(_, used)| goes(used));
        self.prompts = stays.into_iter().map(|(_, used)| used).collect();
        gone
    }

    fn bound(&mut self) {
        let mut room = [MOST_PROMPTS, MOST_PINNED];
        self.prompts.retain(|used| {
            let left = &mut room[usize::from(used.pinned)];
            let stays = *left > 0;
            *left = left.saturating_sub(1);
            stays
        });
    }

    /// The same without what no history may have: prompts twice, without end or empty.
    #[must_use]
    pub fn sound(self) -> Self {
        let mut seen = std::collections::HashSet::new();
        let is_sound = |used: &UsedPrompt| {
            let bytes = used.prompt.len() + used.negative.len();
            !used.prompt.trim().is_empty() && bytes <= MOST_BYTES
        };
        let mut prompts = self.prompts;
        prompts.retain(|used| is_sound(used) && seen.insert((used.prompt.clone(), used.negative.clone())));
        let mut sound = Self { prompts };
        sound.bound();
        sound
    }

    /// Those with all these words, favourites first, else the last used first.
    pub fn found(&self, words: &str) -> Vec<&UsedPrompt> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let has = |used: &&UsedPrompt| {
            let text = format!("{} {}", used.prompt, used.negative).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let mut found: Vec<&UsedPrompt> = self.prompts.iter().filter(has).collect();
        found.sort_by_key(|used| !used.pinned);
        found
    }
}

/// A walk through the history, from what was typed when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// What was typed.
    pub draft: Typed,
    /// The prompt that is shown.
    pub at: usize,
}

impl Walk {
    /// One step further back, or forward: what is shown then, and the walk, which ends where it began.
    pub fn step(
        walk: Option<Self>,
        back: bool,
        typed: &Typed,
        history: &PromptHistory,
    ) -> (Option<Self>, Option<Typed>) {
        let prompts = &history.prompts;
        match (walk, back) {
            (None, false) => (None, None),
            (None, true) => {
                // What is typed already is no step.
                let is_typed =
                    |used: &UsedPrompt| used.prompt == typed.prompt.trim() && used.negative == typed.negative.trim();
                let at = usize::from(prompts.first().is_some_and(is_typed));
                match prompts.get(at) {
                    Some(used) => (Some(Self { draft: typed.clone(), at }), Some(used.typed())),
                    None => (None, None),
                }
            }
            (Some(walk), true) => match prompts.get(walk.at + 1) {
                Some(used) => (Some(Self { at: walk.at + 1, ..walk }), Some(used.typed())),
                None => (Some(walk), None),
            },
            (Some(walk), false) => {
                let shown = walk.at.checked_sub(1).and_then(|at| Some((at, prompts.get(at)?)));
                match shown.filter(|(_, used)| !used.is(&walk.draft)) {
                    Some((at, used)) => (Some(Self { at, ..walk }), Some(used.typed())),
                    None => (None, Some(walk.draft)),
                }
            }
        }
    }
}

/// The dialog in which a prompt is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptsPage {
    /// Words that are looked for.
    pub text: String,
    /// The row that Enter takes.
    pub at: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(prompt: &str) -> Typed {
        Typed { prompt: prompt.to_owned(), negative: String::new() }
    }

    fn history(prompts: &[&str]) -> PromptHistory {
        let mut history = PromptHistory::default();
        prompts.iter().rev().for_each(|prompt| drop(history.change(&HistoryChange::Use(typed(prompt)))));
        history
    }

    fn names(history: &PromptHistory) -> Vec<&str> {
        history.prompts.iter().map(|used| used.prompt.as_str()).collect()
    }

    #[test]
    fn a_prompt_is_there_once_and_the_last_used_is_first() {
        let mut history = history(&["a", "b", "c"]);
        history.change(&HistoryChange::Use(typed(" c ")));
        history.change(&HistoryChange::Use(typed("  ")));
        history.change(&HistoryChange::Use(typed(&"x".repeat(MOST_BYTES + 1))));
        assert_eq!(names(&history), ["c", "a", "b"]);
        let other = Typed { negative: "blur".to_owned(), ..typed("c") };
        history.change(&HistoryChange::Use(other));
        assert_eq!(names(&history), ["c", "c", "a", "b"], "with another negative prompt it is another one");
    }

    #[test]
    fn favourites_outlive_the_bound_and_clearing() {
        let mut history = history(&["keep"]);
        history.change(&HistoryChange::Pin(typed("keep"), true));
        for number in 0..MOST_PROMPTS + 10 {
            history.change(&HistoryChange::Use(typed(&number.to_string())));
        }
        assert_eq!(history.prompts.len(), MOST_PROMPTS + 1);
        assert_eq!(history.found("").first().map(|used| used.prompt.as_str()), Some("keep"));
        let gone = history.change(&HistoryChange::Clear);
        assert_eq!((gone.len(), names(&history)), (MOST_PROMPTS, vec!["keep"]));
        history.change(&HistoryChange::Restore(gone));
        assert_eq!((history.prompts.len(), history.prompts[0].prompt.as_str()), (MOST_PROMPTS + 1, "509"));
    }

    #[test]
    fn what_was_removed_comes_back_to_its_place() {
        let mut history = history(&["a", "b", "c"]);
        let gone = history.change(&HistoryChange::Remove(typed("b")));
        assert_eq!(names(&history), ["a", "c"]);
        history.change(&HistoryChange::Restore(gone.clone()));
        history.change(&HistoryChange::Restore(gone));
        assert_eq!(names(&history), ["a", "b", "c"]);
    }

    #[test]
    fn words_are_found_in_both_prompts_in_any_order_and_case() {
        let mut history = history(&["a red boat", "a blue boat"]);
        history.change(&HistoryChange::Use(Typed { negative: "Fog".to_owned(), ..typed("a star") }));
        let found = |words: &str| history.found(words).len();
        assert_eq!([found("BOAT"), found("boat red"), found("fog"), found("boat star"), found("")], [2, 1, 1, 0, 3]);
    }

    #[test]
    fn a_walk_goes_back_and_returns_to_what_was_typed() {
        let history = history(&["a", "b"]);
        let draft = typed("draft");
        let mut walk = None;
        let mut shown = Vec::new();
        for back in [false, true, true, true, false, false, false] {
            let (next, text) = Walk::step(walk, back, &draft, &history);
            walk = next;
            shown.push(text.map(|typed| typed.prompt).unwrap_or_default());
        }
        assert_eq!((shown, walk), (["", "a", "b", "", "a", "draft", ""].map(str::to_owned).to_vec(), None));
        let (_, text) = Walk::step(None, true, &typed("a"), &history);
        assert_eq!(text, Some(typed("b")), "what stands there already is passed over");
        assert_eq!(Walk::step(None, true, &draft, &PromptHistory::default()), (None, None));
    }

    #[test]
    fn a_file_of_others_is_made_sound() {
        let used = |prompt: &str| UsedPrompt { prompt: prompt.to_owned(), ..UsedPrompt::default() };
        let prompts = vec![used("a"), used(" "), used("a"), used(&"x".repeat(MOST_BYTES + 1)), used("b")];
        assert_eq!(names(&PromptHistory { prompts }.sound()), ["a", "b"]);
        let many = (0..10_000).map(|number| used(&number.to_string())).collect();
        assert_eq!(PromptHistory { prompts: many }.sound().prompts.len(), MOST_PROMPTS);
    }
}
