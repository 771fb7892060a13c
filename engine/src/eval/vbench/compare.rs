//! Two results side by side: of two models, or of one with two settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::bounded;
use super::dimensions::Dimension;
use super::error::{VbenchError, VbenchFault};
use super::intervals::{Interval, Share, add, draws};
use super::results::{ClipResult, DimensionResult, EvalResults};
use super::totals::Totals;
use crate::eval::report::EvalReport;

/// Largest report of `eval nano`.
const MOST_REPORT_BYTES: u64 = 64 << 20;
/// Draws of a bootstrap.
pub(super) const DRAWS: usize = 2000;

/// One of the two.
#[derive(Clone, Debug)]
pub struct Side {
    /// The file.
    pub path: PathBuf,
    /// What it is called.
    pub label: String,
    /// What it holds.
    pub content: Compared,
}

/// What can be compared.
#[derive(Clone, Debug)]
pub enum Compared {
    /// Results of VBench.
    Vbench(EvalResults),
    /// A report of `eval nano --json`.
    Nano(Box<EvalReport>),
}

impl Side {
    /// Reads results of VBench (JSON or a zip), or a report of `eval nano --json`.
    ///
    /// # Errors
    /// [`VbenchError`] where the file cannot be read or is neither.
    pub fn read(path: &Path) -> Result<Self, VbenchError> {
        let named = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match EvalResults::read(path) {
            Ok(results) => Ok(Self { path: path.to_owned(), label: named(), content: Compared::Vbench(results) }),
            Err(VbenchError::File { fault: VbenchFault::NoResults, .. }) => {
                let bytes = bounded::read(path, MOST_REPORT_BYTES)?;
                let none = |_| VbenchError::File { path: path.to_owned(), fault: VbenchFault::NoReport };
                let report: EvalReport = serde_json::from_slice(&bytes).map_err(none)?;
                let label = format!("{} ({})", report.model, named());
                Ok(Self { path: path.to_owned(), label, content: Compared::Nano(Box::new(report)) })
            }
            Err(error) => Err(error),
        }
    }
}

/// Both sides, number by number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What the first is called.
    pub first: String,
    /// What the second is called.
    pub second: String,
    /// A row for each number that both have, then those of the totals.
    pub rows: Vec<ComparisonRow>,
    /// Dimensions that only one of the two has, which count as 0 in its totals.
    pub only_one_has: Vec<String>,
    /// Draws of the bootstrap.
    pub draws: usize,
    /// Its seed.
    pub seed: u64,
    /// Clips of the same name on both sides.
    #[serde(skip)]
    pub pairs: Vec<PairedClip>,
}

/// One number of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// Its name.
    pub name: String,
    /// Of the first.
    pub first: Interval,
    /// Of the second.
    pub second: Interval,
    /// Second less first.
    pub difference: Interval,
    /// Clips of both.
    pub clips: [usize; 2],
    /// Whether both have the same prompts, which are compared one by one.
    pub is_paired: bool,
}

/// Two clips of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedClip {
    /// Their name, without ending.
    pub name: String,
    /// Their files, first and second.
    pub paths: [String; 2],
    /// What both have.
    pub values: Vec<(Dimension, [f64; 2])>,
}

/// Compares two sides; the seed is that of the draws.
///
/// # Errors
/// [`VbenchError::NothingInCommon`].
pub fn compare(first: &Side, second: &Side, seed: u64) -> Result<Comparison, VbenchError> {
    let mut comparison = Comparison {
        first: first.label.clone(),
        second: second.label.clone(),
        rows: Vec::new(),
        only_one_has: Vec::new(),
        draws: DRAWS,
        seed,
        pairs: Vec::new(),
    };
    match (&first.content, &second.content) {
        (Compared::Vbench(a), Compared::Vbench(b)) => compare_vbench(&mut comparison, [a, b]),
        (Compared::Nano(a), Compared::Nano(b)) => compare_nano(&mut comparison, [a, b]),
        _ => {}
    }
    if comparison.rows.is_empty() {
        return Err(VbenchError::NothingInCommon { first: first.path.clone(), second: second.path.clone() });
    }
    Ok(comparison)
}

/// A number of both with its draws.
struct Drawn {
    values: [f64; 2],
    draws: [Vec<f64>; 2],
}

impl Drawn {
    fn of(values: [f64; 2], shares: [&[Share]; 2], is_paired: bool, seed: u64) -> Self {
        // Where a file lists no clips there is nothing to draw from.
        let is_listed = shares.iter().all(|shares| !shares.is_empty());
        let draws = if is_listed { draws(shares, is_paired, DRAWS, seed) } else { values.map(|it| vec![it; DRAWS]) };
        Self { values, draws }
    }

    fn row(&self, name: &str, clips: [usize; 2], is_paired: bool) -> ComparisonRow {
        let [first, second] = [0, 1].map(|side| Interval::of(self.values[side], self.draws[side].clone()));
        let differences = self.draws[0].iter().zip(&self.draws[1]).map(|(a, b)| b - a).collect();
        let difference = Interval::of(self.values[1] - self.values[0], differences);
        ComparisonRow { name: name.to_owned(), first, second, difference, clips, is_paired }
    }
}

fn compare_vbench(comparison: &mut Comparison, sides: [&EvalResults; 2]) {
    let values = sides.map(EvalResults::values);
    let mut drawn: BTreeMap<Dimension, Drawn> = BTreeMap::new();
    let mut all_paired = true;
    for dimension in Dimension::ALL {
        let (Some(&a), Some(&b)) = (values[0].get(&dimension), values[1].get(&dimension)) else {
            if values.iter().any(|values| values.contains_key(&dimension)) {
                comparison.only_one_has.push(dimension.key().to_owned());
            }
            continue;
        };
        let results = sides.map(|side| &side.dimensions[&dimension]);
        let shares = results.map(|result| of_prompts(dimension, result));
        let is_paired = shares[0].keys().eq(shares[1].keys());
        all_paired &= is_paired;
        let listed: [Vec<Share>; 2] = shares.map(|shares| shares.into_values().collect());
        // Each dimension has draws of its own, whatever else is compared.
        let seed = comparison.seed ^ ((dimension as u64 + 1) << 32);
        let of_dimension = Drawn::of([a, b], [&listed[0], &listed[1]], is_paired, seed);
        let clips = results.map(|result| result.clips.iter().filter(|clip| clip.video_results.is_some()).count());
        comparison.rows.push(of_dimension.row(dimension.key(), clips, is_paired));
        drawn.insert(dimension, of_dimension);
    }
    if drawn.is_empty() {
        return;
    }
    let clips = sides.map(|side| side.dimensions.values().map(|result| result.clips.len()).sum());
    for row in of_totals(&values, &drawn, clips, all_paired) {
        comparison.rows.push(row);
    }
    comparison.pairs = pairs(sides);
}

/// One of the three totals.
type Part = fn(&Totals) -> f64;

/// The totals of both, of all that each has; what only one has does not vary.
fn of_totals(
    values: &[BTreeMap<Dimension, f64>; 2],
    drawn: &BTreeMap<Dimension, Drawn>,
    clips: [usize; 2],
    is_paired: bool,
) -> Vec<ComparisonRow> {
    let of_draw = |side: usize, draw: usize| {
        let mut at = values[side].clone();
        at.extend(drawn.iter().map(|(dimension, drawn)| (*dimension, drawn.draws[side][draw])));
        Totals::of(&at)
    };
    let totals = [0, 1].map(|side| (0..DRAWS).map(|draw| of_draw(side, draw)).collect::<Vec<Totals>>());
    let of_part = |(name, part): (&str, Part)| {
        let drawn = Drawn {
            values: [0, 1].map(|side| part(&Totals::of(&values[side]))),
            draws: [0, 1].map(|side| totals[side].iter().map(part).collect()),
        };
        drawn.row(name, clips, is_paired)
    };
    let parts: [(&str, Part); 3] =
        [("quality", |it| it.quality), ("semantic", |it| it.semantic), ("total", |it| it.total)];
    parts.into_iter().map(of_part).collect()
}

/// What each prompt adds to sum and weight, all of its clips together.
fn of_prompts(dimension: Dimension, result: &DimensionResult) -> BTreeMap<String, Share> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for clip in &result.clips {
        let Some(share) = clip.share(dimension) else { continue };
        let name = stem(&clip.video_path);
        let of_prompt = shares.entry(super::clips::prompt_of(&name).to_owned()).or_default();
        *of_prompt = add(*of_prompt, share);
    }
    shares
}

/// A file's name without folders and ending, of a path of any system.
pub(super) fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Clips of one name that both sides have.
fn pairs(sides: [&EvalResults; 2]) -> Vec<PairedClip> {
    let by_name = |side: &EvalResults| {
        let mut clips: BTreeMap<String, (String, BTreeMap<Dimension, f64>)> = BTreeMap::new();
        for (&dimension, result) in &side.dimensions {
            for ClipResult { video_path, video_results, .. } in &result.clips {
                let Some(value) = video_results else { continue };
                let clip = clips.entry(stem(video_path)).or_insert_with(|| (video_path.clone(), BTreeMap::new()));
                clip.1.insert(dimension, value.number());
            }
        }
        clips
    };
    let [first, mut second] = sides.map(by_name);
    let of_name = |(name, (path, values)): (String, (String, BTreeMap<Dimension, f64>))| {
        let (other_path, other) = second.remove(&name)?;
        let both =
            values.into_iter().filter_map(|(dimension, value)| Some((dimension, [value, *other.get(&dimension)?])));
        Some(PairedClip { name, paths: [path, other_path], values: both.collect() })
    };
    first.into_iter().filter_map(of_name).collect()
}

fn compare_nano(comparison: &mut Comparison, sides: [&EvalReport; 2]) {
    for (index, measure) in (0_u64..).zip(&sides[0].measures) {
        let Some(other) = sides[1].measure(&measure.measure) else { continue };
        let shares = [measure.share, other.share];
        let outcomes =
            shares.map(|share| (0..share.of).map(|it| [f64::from(u8::from(it < share.right)), 1.0]).collect());
        let [first, second]: [Vec<Share>; 2] = outcomes;
        let seed = comparison.seed ^ ((index + 1) << 32);
        // A report does not say which clips are right, so they cannot be compared one by one.
        let drawn = Drawn::of(shares.map(|share| share.share), [&first, &second], false, seed);
        comparison.rows.push(drawn.row(&measure.measure, shares.map(|share| share.of), false));
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::ClipValue;
    use super::*;

    fn results(dimension: Dimension, clips: &[(&str, f64)]) -> EvalResults {
        let of_clip = |(path, value): &(&str, f64)| ClipResult {
            video_path: (*path).to_owned(),
            ..ClipResult::of(ClipValue::Number(*value))
        };
        let clips = clips.iter().map(of_clip).collect();
        EvalResults { dimensions: [(dimension, DimensionResult::of(dimension, clips))].into() }
    }

    fn side(label: &str, content: EvalResults) -> Side {
        Side { path: label.into(), label: label.to_owned(), content: Compared::Vbench(content) }
    }

    #[test]
    fn clips_of_the_same_prompts_are_compared_one_by_one() {
        let names: Vec<String> = (0..40).map(|it| format!("prompt {}-{}.mp4", it / 5, it % 5)).collect();
        let of = |shift: f64| {
            let clips: Vec<(&str, f64)> =
                names.iter().zip(0..40).map(|(name, it)| (&**name, f64::from(it) / 100.0 + shift)).collect();
            results(Dimension::AestheticQuality, &clips)
        };
        let comparison = compare(&side("a", of(0.0)), &side("b", of(0.1)), 3).expect("they have a dimension in common");
        let row = &comparison.rows[0];
        assert!(row.is_paired && row.clips == [40, 40], "{row:?}");
        assert!((row.first.value - 0.195).abs() < 1e-12 && row.first.low < 0.17 && row.first.high > 0.22, "{row:?}");
        assert!((row.difference.low - 0.1).abs() < 1e-9 && (row.difference.high - 0.1).abs() < 1e-9, "{row:?}");
        let names: Vec<&str> = comparison.rows.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["aesthetic_quality", "quality", "semantic", "total"]);
        let quality = &comparison.rows[1].difference;
        assert!((quality.value - 0.1 / 6.5).abs() < 1e-9 && quality.excludes_zero(), "{quality:?}");
        assert_eq!((comparison.pairs.len(), &*comparison.pairs[7].name), (40, "prompt 1-2"));
        let again = compare(&side("a", of(0.0)), &side("b", of(0.1)), 3).expect("as before");
        assert_eq!(again, comparison, "a seed repeats");
    }

    #[test]
    fn other_prompts_are_drawn_apart_and_what_one_lacks_is_said() {
        let mut first = results(Dimension::AestheticQuality, &[("a-0.mp4", 0.2), ("b-0.mp4", 0.4)]);
        let second = results(Dimension::AestheticQuality, &[("/clips/c-0.mp4", 0.3), ("C:\\clips\\b-0.mp4", 0.5)]);
        let only = DimensionResult { value: Some(0.5), clips: Vec::new() };
        first.dimensions.insert(Dimension::Scene, only);
        let comparison = compare(&side("a", first), &side("b", second), 0).expect("one dimension in common");
        assert!(!comparison.rows[0].is_paired);
        assert_eq!(comparison.only_one_has, ["scene"]);
        assert_eq!(comparison.pairs.len(), 1, "b-0 alone");
        assert_eq!(comparison.pairs[0].values, [(Dimension::AestheticQuality, [0.4, 0.5])]);
    }

    #[test]
    fn numbers_without_clips_and_nothing_in_common() {
        let value = |value| DimensionResult { value: Some(value), clips: Vec::new() };
        let of = |it| EvalResults { dimensions: [(Dimension::Scene, value(it))].into() };
        let comparison = compare(&side("a", of(0.3)), &side("b", of(0.5)), 0).expect("a number each");
        let difference = comparison.rows[0].difference;
        assert!((difference.low - 0.2).abs() < 1e-12 && (difference.high - 0.2).abs() < 1e-12, "{difference:?}");
        let other = results(Dimension::Color, &[("a-0.mp4", 1.0)]);
        assert!(matches!(compare(&side("a", of(0.3)), &side("b", other), 0), Err(VbenchError::NothingInCommon { .. })));
    }
}
