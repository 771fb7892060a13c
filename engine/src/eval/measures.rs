//! The measures: what of a prompt is looked for in its clip, and how each is judged. A new one is a new row of [`MEASURES`].

use super::detect::Measured;
use crate::training::datasets::synthetic::{Colour, Combination, Motion, Scene, Subject};

/// What was found in a clip, from which all measures are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Scene, colour and motion, by rules.
    pub measured: Measured,
    /// Position of the subject in [`Subject::ALL`], by the classifier.
    pub subject: Option<usize>,
}

/// One measure: a kind of words of which each prompt asks for one.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name in reports.
    pub name: &'static str,
    /// Its words.
    pub words: fn() -> Vec<&'static str>,
    /// Position of the word that a prompt asks for.
    pub asked: fn(&Combination) -> usize,
    /// Position of the word that the clip shows; `None` when it shows none.
    pub seen: fn(&Evidence) -> Option<usize>,
    /// Least share of freshly rendered clips that must be judged rightly, for the measure to mean anything; `None` where a
    /// judge is not that good, and its share on rendered clips is only reported.
    pub least_rendered: Option<f64>,
}

/// Share of freshly rendered clips that measures by rules must judge rightly.
pub const LEAST_RENDERED: f64 = 0.97;

/// All measures, in the order of reports.
pub const MEASURES: &[Measure] = &[
    Measure {
        name: "colour",
        words: || Colour::ALL.iter().map(|it| it.name()).collect(),
        asked: |it| it.colour.number(),
        seen: |it| it.measured.colour.map(Colour::number),
        least_rendered: Some(LEAST_RENDERED),
    },
    Measure {
        name: "motion",
        words: || Motion::ALL.iter().map(|it| it.name()).collect(),
        asked: |it| it.motion.number(),
        seen: |it| it.measured.motion.map(Motion::number),
        least_rendered: Some(LEAST_RENDERED),
    },
    Measure {
        name: "scene",
        words: || Scene::ALL.iter().map(|it| it.name()).collect(),
        asked: |it| it.scene.number(),
        seen: |it| Some(it.measured.scene.number()),
        least_rendered: Some(LEAST_RENDERED),
    },
    Measure {
        name: "subject",
        words: || Subject::ALL.iter().map(|it| it.name()).collect(),
        asked: |it| it.subject.number(),
        seen: |it| it.subject,
        least_rendered: None,
    },
];

/// What a prompt asks for and what is seen in its clip, by measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Positions of the words asked for, in the order of [`MEASURES`].
    pub asked: Vec<usize>,
    /// Positions of the words seen, in the same order.
    pub seen: Vec<Option<usize>>,
}

impl Judgement {
    /// Judges one clip by all measures.
    pub fn of(combination: &Combination, evidence: &Evidence) -> Self {
        Self {
            asked: MEASURES.iter().map(|it| (it.asked)(combination)).collect(),
            seen: MEASURES.iter().map(|it| (it.seen)(evidence)).collect(),
        }
    }

    /// Whether the clip shows what the measure with this number asks for.
    pub fn is_right(&self, measure: usize) -> bool {
        self.seen[measure] == Some(self.asked[measure])
    }

    /// Whether the clip shows everything.
    pub fn is_all_right(&self) -> bool {
        (0..self.asked.len()).all(|measure| self.is_right(measure))
    }
}
