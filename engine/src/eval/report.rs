//! The numbers of an evaluation, as a table for people and as JSON for machines.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::request::{Reuse, SamplerKind};
use crate::training::datasets::synthetic::{Colour, Combination, Motion, Scene, Subject};

/// What a clip must show and what is seen in it.
pub(super) type Pair = (Combination, Seen);

/// A share with its uncertainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Cases that are right.
    pub right: usize,
    /// All cases.
    pub of: usize,
    /// Their ratio, 0 to 1; 0 without cases.
    pub share: f64,
    /// Lower end of the 95% Wilson interval.
    pub low: f64,
    /// Upper end of the 95% Wilson interval.
    pub high: f64,
}

impl Share {
    /// `right` of `of` cases, with the score interval of Wilson (1927), which also holds near 0 and 1.
    pub fn new(right: usize, of: usize) -> Self {
        /// 97.5% quantile of the normal distribution.
        const Z: f64 = 1.959_963_984_540_054;
        if of == 0 {
            return Self { right, of, share: 0.0, low: 0.0, high: 1.0 };
        }
        let (count, share) = (of as f64, right as f64 / of as f64);
        let scale = 1.0 / (1.0 + Z * Z / count);
        let centre = (share + Z * Z / (2.0 * count)) * scale;
        let half = Z * scale * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        Self { right, of, share, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }
}

/// How one word of a measure fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordReport {
    /// The word.
    pub word: String,
    /// Clips of prompts with that word that show it.
    pub share: Share,
}

/// How one part of the prompts fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureReport {
    /// `colour`, `motion`, `scene`, `subject`, or `all` for clips that show all four.
    pub measure: String,
    /// The model's clips.
    pub share: Share,
    /// Freshly rendered clips of the same combinations: what a perfect model would get.
    pub ceiling: Share,
    /// Share of a blind guess.
    pub chance: f64,
    /// The same by word; empty for `all`.
    pub words: Vec<WordReport>,
}

/// Which motion was seen where another was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The words, for rows and columns.
    pub words: Vec<String>,
    /// `rows[asked][seen]`; a last column counts the clips in which none was found.
    pub rows: Vec<Vec<usize>>,
}

impl Confusion {
    pub(super) fn of_motions(pairs: &[Pair]) -> Self {
        let words: Vec<String> = Motion::ALL.iter().map(|it| it.name().to_owned()).collect();
        let mut rows = vec![vec![0; words.len() + 1]; words.len()];
        for (asked, seen) in pairs {
            rows[asked.motion.number()][seen.motion.unwrap_or(words.len())] += 1;
        }
        Self { words, rows }
    }
}

/// What the classifier of subjects learned from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassifierReport {
    /// Rendered crops.
    pub crops: usize,
    /// Seconds that rendering and training took.
    pub secs: f64,
}

/// The result of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalReport {
    /// Name of the model.
    pub model: String,
    /// SHA-256 of its file.
    pub model_sha256: String,
    /// Device that made the clips.
    pub device: String,
    /// The clips were drawn and went through the model's autoencoder: what the best denoiser would reach. Steps and guidance
    /// mean nothing then.
    #[serde(default)]
    pub autoencoder: bool,
    /// Prompts, one clip each.
    pub prompts: usize,
    /// Frames of a clip.
    pub frames: usize,
    /// Width of a clip in pixels.
    pub width: usize,
    /// Height of a clip in pixels.
    pub height: usize,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Sampling steps.
    pub steps: u32,
    /// Guidance scale.
    pub guidance: f32,
    /// What later steps take over from earlier ones.
    #[serde(default)]
    pub reuse: Reuse,
    /// Whether tokens were merged.
    #[serde(default)]
    pub merge_tokens: bool,
    /// Seed of prompts and noise.
    pub seed: u64,
    /// Colour, motion, scene, subject, all.
    pub measures: Vec<MeasureReport>,
    /// Motions in detail.
    pub motion_confusion: Confusion,
    /// The classifier of subjects.
    pub classifier: ClassifierReport,
    /// Seconds for one clip, made in batches.
    pub secs_per_clip: f64,
    /// Seconds of the whole evaluation.
    pub elapsed_secs: f64,
}

impl EvalReport {
    /// One measure by its name.
    pub fn measure(&self, name: &str) -> Option<&MeasureReport> {
        self.measures.iter().find(|it| it.measure == name)
    }
}

/// One kind of words: how to read it from a combination and from what was seen.
struct Kind {
    name: &'static str,
    words: Vec<&'static str>,
    asked: fn(&Combination) -> usize,
    seen: fn(&Seen) -> Option<usize>,
}

fn kinds() -> [Kind; 4] {
    [
        Kind {
            name: "colour",
            words: Colour::ALL.iter().map(|it| it.name()).collect(),
            asked: |it| it.colour.number(),
            seen: |it| it.colour,
        },
        Kind {
            name: "motion",
            words: Motion::ALL.iter().map(|it| it.name()).collect(),
            asked: |it| it.motion.number(),
            seen: |it| it.motion,
        },
        Kind {
            name: "scene",
            words: Scene::ALL.iter().map(|it| it.name()).collect(),
            asked: |it| it.scene.number(),
            seen: |it| it.scene,
        },
        Kind {
            name: "subject",
            words: Subject::ALL.iter().map(|it| it.name()).collect(),
            asked: |it| it.subject.number(),
            seen: |it| it.subject,
        },
    ]
}

/// Counts every measure of a model's clips and of rendered clips.
pub(super) fn measures(pairs: &[Pair], ceiling: &[Pair]) -> Vec<MeasureReport> {
    let kinds = kinds();
    let share = |pairs: &[Pair], is_right: &dyn Fn(&Pair) -> bool| {
        Share::new(pairs.iter().filter(|it| is_right(it)).count(), pairs.len())
    };
    let is_right = |kind: &Kind, (asked, seen): &Pair| (kind.seen)(seen) == Some((kind.asked)(asked));
    let mut reports: Vec<MeasureReport> = kinds
        .iter()
        .map(|kind| MeasureReport {
            measure: kind.name.to_owned(),
            share: share(pairs, &|it| is_right(kind, it)),
            ceiling: share(ceiling, &|it| is_right(kind, it)),
            chance: 1.0 / kind.words.len() as f64,
            words: (kind.words.iter().enumerate())
                .map(|(number, word)| {
                    let of_word: Vec<Pair> = pairs.iter().filter(|it| (kind.asked)(&it.0) == number).copied().collect();
                    WordReport { word: (*word).to_owned(), share: share(&of_word, &|it| is_right(kind, it)) }
                })
                .collect(),
        })
        .collect();
    let are_all_right = |it: &Pair| kinds.iter().all(|kind| is_right(kind, it));
    reports.push(MeasureReport {
        measure: "all".to_owned(),
        share: share(pairs, &are_all_right),
        ceiling: share(ceiling, &are_all_right),
        chance: 1.0 / Combination::COUNT as f64,
        words: Vec::new(),
    });
    reports
}

/// Columns before the word of a seen motion is cut.
const CONFUSION_COLUMN: usize = 7;

impl fmt::Display for EvalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sampler = match self.sampler {
            SamplerKind::Turbo => "Turbo",
            SamplerKind::Ddim => "DDIM",
        };
        let how = if self.autoencoder {
            "drawn clips through the autoencoder alone".to_owned()
        } else {
            let reuse = if self.reuse == Reuse::Off { String::new() } else { format!(", {} reuse", self.reuse) };
            let merged = if self.merge_tokens { ", tokens merged" } else { "" };
            format!("{sampler} with {} steps, guidance {}{reuse}{merged}", self.steps, self.guidance)
        };
        let Self { model, prompts, frames, width, height, seed, device, .. } = self;
        writeln!(
            f,
            "{model} on {prompts} held-out prompts: {frames} frames of {width}x{height}, {how}, seed {seed}, on {device}"
        )?;
        writeln!(f)?;
        writeln!(f, "{:<9}{:>9}{:>18}{:>10}{:>9}", "", "right", "95% interval", "ceiling", "chance")?;
        for it in &self.measures {
            writeln!(
                f,
                "{:<9}{:>8.1}%{:>18}{:>9.1}%{:>8.1}%",
                it.measure,
                100.0 * it.share.share,
                format!("{:.1} to {:.1}%", 100.0 * it.share.low, 100.0 * it.share.high),
                100.0 * it.ceiling.share,
                100.0 * it.chance
            )?;
        }
        writeln!(f)?;
        for it in self.measures.iter().filter(|it| !it.words.is_empty()) {
            let words: Vec<String> = (it.words.iter().filter(|it| it.share.of > 0))
                .map(|it| format!("{} {}/{}", it.word, it.share.right, it.share.of))
                .collect();
            writeln!(f, "{}: {}", it.measure, words.join(", "))?;
        }
        writeln!(f, "\nmotion asked for (rows) and seen (columns):")?;
        let cut = |word: &str| word.replace("moving ", "").chars().take(CONFUSION_COLUMN - 1).collect::<String>();
        write!(f, "{:<14}", "")?;
        for word in self.motion_confusion.words.iter().map(String::as_str).chain(["none"]) {
            write!(f, "{:>CONFUSION_COLUMN$}", cut(word))?;
        }
        writeln!(f)?;
        for (word, row) in self.motion_confusion.words.iter().zip(&self.motion_confusion.rows) {
            write!(f, "{word:<14}")?;
            for &count in row {
                let text = if count == 0 { ".".to_owned() } else { count.to_string() };
                write!(f, "{text:>CONFUSION_COLUMN$}")?;
            }
            writeln!(f)?;
        }
        write!(
            f,
            "\n{:.2} s a clip; subjects by a classifier of {} rendered crops ({:.0} s)",
            self.secs_per_clip, self.classifier.crops, self.classifier.secs
        )
    }
}
