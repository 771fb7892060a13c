//! Which clips of the data page are listed and in which order, and what limits drop. [`arrange`] computes both, away from the window's
//! thread: it filters as `hummingbird data filter` does.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hummingbird_engine::data::caption::REQUEST_COLUMN;
use hummingbird_engine::data::filter::{Bound, Column, FilterOptions, FilterSummary, Limit, by_hand, filter};
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::data::motion::smoothness_gflop;
use hummingbird_engine::data::scan::{DUPLICATE, NEAR_DUPLICATE};
use hummingbird_engine::data::score::{MODEL_COLUMN, SIEVE_REASON, ScoreOptions, ScorePlan};
use serde::{Deserialize, Serialize};

use super::data_networks::KnownNetwork;
use super::data_rows::{Verdict, offered};
use super::data_work::DataStage;

/// Bars of a histogram.
pub const BARS: usize = 32;

/// What a column is held to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnLimits {
    /// At least this.
    pub min: Option<f64>,
    /// At most this.
    pub max: Option<f64>,
    /// Among the best share.
    pub best: Option<f64>,
}

/// How clips are chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Limits of columns.
    pub limits: BTreeMap<Column, ColumnLimits>,
    /// Reasons that drop nothing.
    pub ignored: BTreeSet<String>,
    /// Whether clips pass a limit on what is not known of them.
    pub keep_unknown: bool,
}

impl Choice {
    /// The same for the filter.
    pub fn options(&self) -> FilterOptions {
        let bounds = |limits: &ColumnLimits| {
            let ColumnLimits { min, max, best } = *limits;
            [min.map(Bound::Min), max.map(Bound::Max), best.map(Bound::Best)]
        };
        let limits = self.limits.iter().flat_map(|(column, limits)| {
            bounds(limits).into_iter().flatten().map(|bound| Limit { column: *column, bound })
        });
        FilterOptions {
            limits: limits.collect(),
            ignored: self.ignored.iter().cloned().collect(),
            keep_unknown: self.keep_unknown,
        }
    }

    /// Puts limits on a column, or takes them away.
    pub fn set(&mut self, column: Column, limits: ColumnLimits) {
        if limits == ColumnLimits::default() {
            self.limits.remove(&column);
        } else {
            self.limits.insert(column, limits);
        }
    }
}

/// What clips are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Name of the file.
    #[default]
    Name,
    /// Caption.
    Caption,
    /// Kept ones first, then by how many reasons there are.
    Reasons,
    /// A number.
    Column(Column),
}

/// Which clips are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// All of them.
    #[default]
    All,
    /// Those that are kept.
    Kept,
    /// Those that are dropped.
    Dropped,
    /// Those that cannot be read.
    Broken,
    /// Those for which a caption is offered.
    Offered,
    /// Those with this reason.
    Reason(String),
}

/// How clips are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In which order.
    pub sort: SortBy,
    /// The other way round.
    pub is_descending: bool,
    /// Which.
    pub listed: Listed,
    /// Words in caption or name.
    pub search: String,
}

/// How often the values of a column are.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The column.
    pub column: Column,
    /// The smallest value.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Rows whose value is in each of equal parts between them.
    pub bars: [u32; BARS],
}

/// What stages would work with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stages {
    /// The cheap network that scores.
    pub sieve: Option<KnownNetwork>,
    /// The large one.
    pub judge: Option<KnownNetwork>,
    /// The share of clips that the cheap one lets through.
    pub sieve_share: f64,
    /// Frames of each clip that are sent with its caption.
    pub frames: usize,
}

impl Stages {
    /// How scores are asked for: clips that are handed over are to be scored, whatever reasons they have that the user ignores.
    pub fn score_options(sieve_share: f64) -> ScoreOptions {
        ScoreOptions { sieve_share, all: true }
    }

    fn score_plan(&self, rows: &[Row]) -> ScorePlan {
        let [sieve, judge] = [&self.sieve, &self.judge].map(|known| known.as_ref().map(KnownNetwork::network));
        ScorePlan::of(rows, Self::score_options(self.sieve_share), sieve, judge)
    }
}

/// A row as networks that score take it: what only an earlier look of the cheap one dropped is not dropped yet.
pub fn to_score(row: &Row) -> Row {
    Row { keep: row.keep.filter(|keep| *keep), ..row.clone() }
}

/// What a stage has to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageCost {
    /// The stage.
    pub stage: DataStage,
    /// Clips.
    pub clips: usize,
    /// Frames of them.
    pub frames: u64,
    /// Work of networks, in TFLOP.
    pub tflop: f64,
}

/// Whether a stage has to look at a row. To score are also those that were scored: which of them the cheap network lets through is a share
/// of all.
pub fn is_open_to(stage: DataStage, row: &Row, stages: &Stages) -> bool {
    let is_twin = || row.reasons.iter().any(|it| [DUPLICATE, NEAR_DUPLICATE].contains(&it.as_str()));
    let is_open = match stage {
        DataStage::Motion => row.motion_px.is_none() && !is_twin() && by_hand(row) != Some(false),
        DataStage::Score => {
            let is_foreign = row.vqa_overall.is_some() && !row.extra.contains_key(MODEL_COLUMN);
            let is_sieved = !row.reasons.is_empty() && row.reasons.iter().all(|reason| reason == SIEVE_REASON);
            (row.keep != Some(false) || is_sieved) && !is_foreign
        }
        DataStage::Smoothness => {
            let can_be = smoothness_gflop(row).is_some();
            row.keep != Some(false) && row.motion_smoothness.is_none() && can_be && !is_twin()
        }
        DataStage::Sample | DataStage::Caption => {
            let is_written = row.text_original.is_some() || row.extra.contains_key(REQUEST_COLUMN);
            let has_words = !row.text.trim().is_empty() || stages.frames > 0;
            row.keep != Some(false) && has_words && !is_written && offered(row).is_none()
        }
        _ => row.keep != Some(false),
    };
    is_open && row.error.is_none()
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Arranged {
    /// What changes in rows.
    pub verdicts: Vec<Verdict>,
    /// Numbers of the rows that are listed, in order.
    pub order: Vec<usize>,
    /// What the filtering did.
    pub summary: FilterSummary,
    /// Columns with numbers.
    pub histograms: Vec<Histogram>,
    /// Rows that cannot be read.
    pub broken: usize,
    /// Rows for which a caption is offered.
    pub offered: usize,
    /// What stages have to look at.
    pub costs: Vec<StageCost>,
    /// What scoring has to do.
    pub score: ScorePlan,
}

/// Filters and sorts.
pub fn arrange(rows: &[Arc<Row>], choice: &Choice, listing: &Listing, stages: &Stages) -> Arranged {
    let mut filtered: Vec<Row> = rows.iter().map(|row| Row::clone(row)).collect();
    let summary = filter(&mut filtered, &choice.options());
    let histograms = Column::ALL.into_iter().filter_map(|column| histogram(&filtered, column)).collect();
    let mut order: Vec<usize> = (0..filtered.len()).filter(|index| is_listed(&filtered[*index], listing)).collect();
    sort(&mut order, &filtered, listing);
    let broken = filtered.iter().filter(|row| row.error.is_some()).count();
    let offers = filtered.iter().filter(|row| offered(row).is_some()).count();
    let open = |stage| filtered.iter().filter(move |row| is_open_to(stage, row, stages));
    let score = stages.score_plan(&open(DataStage::Score).map(to_score).collect::<Vec<Row>>());
    let counted = [DataStage::Motion, DataStage::Smoothness, DataStage::Caption, DataStage::Train].map(|stage| {
        let (clips, frames) = (open(stage).count(), open(stage).map(|row| row.frames).sum());
        let gflop: f64 = match stage {
            DataStage::Smoothness => open(stage).filter_map(smoothness_gflop).sum(),
            _ => 0.0,
        };
        StageCost { stage, clips, frames, tflop: gflop / 1000.0 }
    });
    let clips = usize::try_from(score.sieve_clips + score.judge_clips).unwrap_or(usize::MAX);
    let scoring = StageCost { stage: DataStage::Score, clips, frames: 0, tflop: score.tflop };
    let costs = counted.into_iter().chain([scoring]).collect();
    let changed = filtered
        .into_iter()
        .enumerate()
        .filter(|(at, row)| row.keep != rows[*at].keep || row.reasons != rows[*at].reasons);
    let verdicts = changed
        .map(|(at, row)| Verdict { row: at, of: Arc::clone(&rows[at]), keep: row.keep, reasons: row.reasons })
        .collect();
    Arranged { verdicts, order, summary, histograms, broken, offered: offers, costs, score }
}

fn is_listed(row: &Row, listing: &Listing) -> bool {
    let is_of_kind = match &listing.listed {
        Listed::All => true,
        Listed::Kept => row.keep == Some(true),
        Listed::Dropped => row.keep == Some(false),
        Listed::Broken => row.error.is_some(),
        Listed::Offered => offered(row).is_some(),
        Listed::Reason(reason) => row.reasons.contains(reason),
    };
    let words = listing.search.to_lowercase();
    is_of_kind
        && (words.trim().is_empty() || {
            let said = format!("{} {}", row.text, row.path).to_lowercase();
            words.split_whitespace().all(|word| said.contains(word))
        })
}

/// What is not known stands at the end, whichever way round; equals stand by name.
fn sort(order: &mut [usize], rows: &[Row], listing: &Listing) {
    let turned = |ordering: Ordering| if listing.is_descending { ordering.reverse() } else { ordering };
    let name =
        |a: usize, b: usize| (&rows[a].path, rows[a].start_frame, a).cmp(&(&rows[b].path, rows[b].start_frame, b));
    let known = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => turned(a.total_cmp(&b)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    order.sort_by(|&a, &b| {
        let ordering = match listing.sort {
            SortBy::Name => turned(name(a, b)),
            SortBy::Caption => {
                let empty = |at: usize| rows[at].text.is_empty();
                empty(a).cmp(&empty(b)).then_with(|| turned(rows[a].text.cmp(&rows[b].text)))
            }
            SortBy::Reasons => {
                let key = |at: usize| (rows[at].keep != Some(true), rows[at].reasons.len());
                turned(key(a).cmp(&key(b)))
            }
            SortBy::Column(column) => known(column.value(&rows[a]), column.value(&rows[b])),
        };
        ordering.then_with(|| name(a, b))
    });
}

fn histogram(rows: &[Row], column: Column) -> Option<Histogram> {
    let values = || rows.iter().filter_map(|row| column.value(row));
    let min = values().reduce(f64::min)?;
    let max = values().fold(min, f64::max);
    let mut bars = [0; BARS];
    let width = max - min;
    for value in values() {
        let part = if width > 0.0 { (value - min) / width * BARS as f64 } else { 0.0 };
        bars[(part as usize).min(BARS - 1)] += 1;
    }
    Some(Histogram { column, min, max, bars })
}

/// Limits as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptChoice {
    limits: Vec<KeptLimit>,
    ignored: Vec<String>,
    keep_unknown: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptLimit {
    column: String,
    min: Option<f64>,
    max: Option<f64>,
    best: Option<f64>,
}

impl From<&Choice> for KeptChoice {
    fn from(choice: &Choice) -> Self {
        let limit = |(column, limits): (&Column, &ColumnLimits)| {
            let ColumnLimits { min, max, best } = *limits;
            KeptLimit { column: column.name().to_owned(), min, max, best }
        };
        Self {
            limits: choice.limits.iter().map(limit).collect(),
            ignored: choice.ignored.iter().cloned().collect(),
            keep_unknown: choice.keep_unknown,
        }
    }
}

impl From<KeptChoice> for Choice {
    /// What the file has wrong is left out.
    fn from(kept: KeptChoice) -> Self {
        let mut choice =
            Self { ignored: kept.ignored.into_iter().collect(), keep_unknown: kept.keep_unknown, ..Self::default() };
        for KeptLimit { column, min, max, best } in kept.limits {
            if let Some(column) = Column::named(&column) {
                let number = |it: Option<f64>| it.filter(|it| it.is_finite());
                let best = best.filter(|share| *share > 0.0 && *share <= 1.0);
                choice.set(column, ColumnLimits { min: number(min), max: number(max), best });
            }
        }
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Arc<Row>> {
        let row = |path: &str, text: &str, overall: Option<f64>| {
            let (path, text) = (path.to_owned(), text.to_owned());
            Arc::new(Row { id: path.clone(), path, text, frames: 16, fps: 8.0, vqa_overall: overall, ..Row::default() })
        };
        vec![
            row("c", "a dog", Some(10.0)),
            row("a", "", None),
            row("b", "a Cat", Some(90.0)),
            row("d", "a cow", Some(50.0)),
        ]
    }

    #[test]
    fn every_order_is_total_and_what_is_not_known_comes_last() {
        let rows = rows();
        let order = |sort, is_descending| {
            arrange(
                &rows,
                &Choice::default(),
                &Listing { sort, is_descending, ..Listing::default() },
                &Stages::default(),
            )
            .order
        };
        assert_eq!((order(SortBy::Name, false), order(SortBy::Name, true)), (vec![1, 2, 0, 3], vec![3, 0, 2, 1]));
        let overall = SortBy::Column(Column::VqaOverall);
        assert_eq!((order(overall, false), order(overall, true)), (vec![0, 3, 2, 1], vec![2, 3, 0, 1]));
        assert_eq!((order(SortBy::Caption, false), order(SortBy::Caption, true)), (vec![2, 3, 0, 1], vec![0, 3, 2, 1]));
        assert_eq!(order(SortBy::Column(Column::Frames), true), [1, 2, 0, 3], "equals by name");
    }

    #[test]
    fn limits_are_those_of_the_command_and_only_changes_are_told() {
        let mut rows = rows();
        let mut choice = Choice::default();
        choice.set(Column::VqaOverall, ColumnLimits { min: Some(40.0), max: None, best: None });
        let listing = Listing { listed: Listed::Dropped, ..Listing::default() };
        let arranged = arrange(&rows, &choice, &listing, &Stages::default());
        assert_eq!((arranged.summary.kept, arranged.order.as_slice()), (2, &[1, 0][..]));
        assert_eq!(arranged.verdicts.len(), 4);
        let mut by_command: Vec<Row> = rows.iter().map(|row| Row::clone(row)).collect();
        filter(&mut by_command, &choice.options());
        for verdict in arranged.verdicts {
            let row = Arc::make_mut(&mut rows[verdict.row]);
            (row.keep, row.reasons) = (verdict.keep, verdict.reasons);
        }
        assert!(rows.iter().zip(&by_command).all(|(ours, theirs)| **ours == *theirs));
        assert!(arrange(&rows, &choice, &listing, &Stages::default()).verdicts.is_empty());
        let searched = Listing { search: " CAT".to_owned(), ..Listing::default() };
        assert_eq!(arrange(&rows, &choice, &searched, &Stages::default()).order, [2]);
        let reason = Listing { listed: Listed::Reason("vqa_overall < 40".to_owned()), ..Listing::default() };
        assert_eq!(arrange(&rows, &choice, &reason, &Stages::default()).order, [0]);
        let bars = arranged.histograms.iter().find(|it| it.column == Column::VqaOverall).expect("it has numbers");
        assert_eq!((bars.min, bars.max, bars.bars[0], bars.bars[16], bars.bars[31]), (10.0, 90.0, 1, 1, 1));
    }

    #[test]
    fn limits_come_back_as_they_were_kept() {
        let mut choice = Choice { keep_unknown: true, ..Choice::default() };
        choice.ignored.insert("static".to_owned());
        choice.set(Column::Jerk, ColumnLimits { max: Some(1.2), best: Some(0.8), ..ColumnLimits::default() });
        let kept = KeptChoice::from(&choice);
        assert_eq!(Choice::from(kept.clone()), choice);
        let odd = KeptLimit { column: "quality".to_owned(), best: Some(7.0), ..KeptLimit::default() };
        let worse = KeptLimit { column: "jerk".to_owned(), best: Some(7.0), ..KeptLimit::default() };
        let read = Choice::from(KeptChoice { limits: vec![odd, worse], ..kept });
        assert!(read.limits.is_empty());
    }
}
