//! The numbers of an evaluation, as a table for people and as JSON for machines.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::measures::{Judgement, MEASURES, Measure};
use super::steadiness::SteadinessReport;
use crate::request::{Precision, Reuse, SamplerKind};

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
    /// Name of a measure, or `all` for clips that show everything.
    pub measure: String,
    /// The model's clips.
    pub share: Share,
    /// Freshly rendered clips of the same combinations: what a perfect model would get.
    #[serde(rename = "ceiling")]
    pub upper_bound: Share,
    /// Share of a random guess.
    #[serde(rename = "chance")]
    pub random: f64,
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
    /// Of the measure with this name.
    pub(super) fn of(name: &str, judged: &[Judgement]) -> Self {
        let index = MEASURES.iter().position(|it| it.name == name).expect("the name is one of the table's");
        let words: Vec<String> = (MEASURES[index].words)().into_iter().map(str::to_owned).collect();
        let mut rows = vec![vec![0; words.len() + 1]; words.len()];
        for it in judged {
            rows[it.asked[index]][it.seen[index].unwrap_or(words.len())] += 1;
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
    /// The clips were rendered and went through the model's autoencoder: an upper bound for its denoiser. Steps and guidance mean
    /// nothing then.
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
    /// Features that later steps reuse from earlier ones.
    #[serde(default)]
    pub reuse: Reuse,
    /// What factors were rounded to on the CPU device.
    #[serde(default)]
    pub precision: Precision,
    /// Whether attention at full resolution used 2x2-pooled keys and values.
    #[serde(default)]
    pub merge_tokens: bool,
    /// Seed of prompts and noise.
    pub seed: u64,
    /// Every measure, and all together.
    pub measures: Vec<MeasureReport>,
    /// Motions in detail.
    pub motion_confusion: Confusion,
    /// Whether clips show one thing all the time, and are still where nothing moves.
    #[serde(default)]
    pub steadiness: SteadinessReport,
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

/// Counts every measure of a model's clips and of rendered clips.
pub(super) fn count(judged: &[Judgement], rendered: &[Judgement]) -> Vec<MeasureReport> {
    let share = |clips: &[Judgement], is_right: &dyn Fn(&Judgement) -> bool| {
        Share::new(clips.iter().filter(|it| is_right(it)).count(), clips.len())
    };
    let of_measure = |(index, measure): (usize, &Measure)| {
        let is_right = |it: &Judgement| it.is_right(index);
        let words = (measure.words)();
        let of_word = |(number, word): (usize, &&'static str)| {
            let asked: Vec<&Judgement> = judged.iter().filter(|it| it.asked[index] == number).collect();
            let right = asked.iter().filter(|it| is_right(it)).count();
            WordReport { word: (*word).to_owned(), share: Share::new(right, asked.len()) }
        };
        MeasureReport {
            measure: measure.name.to_owned(),
            share: share(judged, &is_right),
            upper_bound: share(rendered, &is_right),
            random: 1.0 / words.len() as f64,
            words: words.iter().enumerate().map(of_word).collect(),
        }
    };
    let mut reports: Vec<MeasureReport> = MEASURES.iter().enumerate().map(of_measure).collect();
    reports.push(MeasureReport {
        measure: ALL.to_owned(),
        share: share(judged, &Judgement::is_all_right),
        upper_bound: share(rendered, &Judgement::is_all_right),
        random: 1.0 / MEASURES.iter().map(|it| (it.words)().len()).product::<usize>() as f64,
        words: Vec::new(),
    });
    reports
}

/// The row of clips that show everything.
const ALL: &str = "all";

/// Columns before the word of a seen motion is cut.
const CONFUSION_COLUMN: usize = 7;

impl fmt::Display for EvalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sampler = match self.sampler {
            SamplerKind::Turbo => "Turbo",
            SamplerKind::Ddim => "DDIM",
        };
        let how = if self.autoencoder {
            "rendered clips through the autoencoder alone".to_owned()
        } else {
            let reuse = if self.reuse == Reuse::Off { String::new() } else { format!(", {} reuse", self.reuse) };
            let merged = if self.merge_tokens { ", 2x2-pooled keys and values" } else { "" };
            let precision = match self.precision {
                Precision::Exact => String::new(),
                precision => format!(", factors in {precision}"),
            };
            format!("{sampler} with {} steps, guidance {}{reuse}{merged}{precision}", self.steps, self.guidance)
        };
        let Self { model, prompts, frames, width, height, seed, device, .. } = self;
        writeln!(
            f,
            "{model} on {prompts} held-out prompts: {frames} frames of {width}x{height}, {how}, seed {seed}, on {device}"
        )?;
        writeln!(f)?;
        writeln!(f, "{:<9}{:>9}{:>18}{:>13}{:>9}", "", "right", "95% interval", "upper bound", "random")?;
        for it in &self.measures {
            writeln!(
                f,
                "{:<9}{:>8.1}%{:>18}{:>12.1}%{:>8.1}%",
                it.measure,
                100.0 * it.share.share,
                format!("{:.1} to {:.1}%", 100.0 * it.share.low, 100.0 * it.share.high),
                100.0 * it.upper_bound.share,
                100.0 * it.random
            )?;
        }
        writeln!(f)?;
        for it in self.measures.iter().filter(|it| !it.words.is_empty()) {
            let words: Vec<String> = (it.words.iter().filter(|it| it.share.of > 0))
                .map(|it| format!("{} {}/{}", it.word, it.share.right, it.share.of))
                .collect();
            writeln!(f, "{}: {}", it.measure, words.join(", "))?;
        }
        let SteadinessReport { one_subject, rendered_one_subject, flicker, rendered_flicker } = self.steadiness;
        writeln!(
            f,
            "\none subject in 14 of 16 frames: {:.1}% of the clips ({:.1}% of rendered ones)",
            100.0 * one_subject.share,
            100.0 * rendered_one_subject.share
        )?;
        writeln!(f, "flicker outside of the subject: {flicker:.2} of 255 levels (rendered: {rendered_flicker:.2})")?;
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
