//! Drawn clips in groups that differ in one word alone: what tells that word from all others is all that is left to be learned.

use serde::{Deserialize, Serialize};

use super::clip::ClipSpec;
use super::dataset::SyntheticClips;
use super::vocabulary::{Combination, Motion, Subject};
use crate::training::datasets::Dataset;

/// The word in which the clips of a group differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contrast {
    /// The subject.
    Subjects,
    /// The motion.
    Motions,
}

/// Groups of clips of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contrasts {
    /// The clips; a group is built around each.
    pub clips: SyntheticClips,
    /// In what they differ.
    pub contrast: Contrast,
}

impl Dataset for Contrasts {
    /// One clip for each word that is in the dataset with these other words.
    type Example = Vec<ClipSpec>;

    fn count(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> Vec<ClipSpec> {
        let Self { clips, contrast } = *self;
        let first = clips.spec(index).combination;
        let others: Vec<Combination> = match contrast {
            Contrast::Subjects => Subject::ALL.iter().map(|&subject| Combination { subject, ..first }).collect(),
            Contrast::Motions => Motion::ALL.iter().map(|&motion| Combination { motion, ..first }).collect(),
        };
        let is_there = |it: &Combination| it.is_held_out() == first.is_held_out();
        // Numbers that no single clip of the seed has.
        let number =
            |place: usize| u64::MAX - (index * (Subject::ALL.len().max(Motion::ALL.len()) as u64) + place as u64);
        let spec = |(place, it)| ClipSpec::for_combination(it, clips.seed, number(place));
        others.into_iter().filter(is_there).enumerate().map(spec).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::training::datasets::synthetic::{Canvas, Split};

    #[test]
    fn a_group_differs_in_one_word_and_holds_nothing_that_is_held_out() {
        for (contrast, most) in [(Contrast::Subjects, 12), (Contrast::Motions, 9)] {
            let clips = SyntheticClips { seed: 5, split: Split::Train, canvas: Canvas::SMALL };
            let groups = Contrasts { clips, contrast };
            let mut whole = 0;
            for index in 0..200 {
                let group = groups.example(index);
                assert_eq!(group, groups.example(index));
                let all: HashSet<Combination> = group.iter().map(|spec| spec.combination).collect();
                assert!(all.len() == group.len() && group.len() <= most && !all.iter().any(|it| it.is_held_out()));
                assert!(all.contains(&clips.spec(index).combination));
                let rest: HashSet<(usize, usize)> = all
                    .iter()
                    .map(|it| {
                        let other = match contrast {
                            Contrast::Subjects => it.motion as usize,
                            Contrast::Motions => it.subject as usize,
                        };
                        (it.colour as usize * 9 + it.scene as usize, other)
                    })
                    .collect();
                assert_eq!(rest.len(), 1, "{group:?}");
                whole += usize::from(group.len() == most);
            }
            assert!(whole > 20, "{whole} of 200 groups are whole");
        }
    }
}
