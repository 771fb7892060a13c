//! The words of the data page for columns, reasons, stages and what is known of a clip.

use hummingbird_engine::data::filter::{BY_HAND, Column, ERROR_REASON};
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::data::scan::{DUPLICATE, NEAR_DUPLICATE};
use hummingbird_engine::data::score::SIEVE_REASON;

use crate::language::tr;
use crate::units::duration;
use crate::window::state::data_view::{Listed, SortBy};
use crate::window::state::data_work::DataStage;

/// The name of a column.
pub fn column_name(column: Column) -> String {
    match column {
        Column::Frames => tr!("data-column-frames"),
        Column::Fps => tr!("data-column-fps"),
        Column::Seconds => tr!("data-column-seconds"),
        Column::Width => tr!("data-column-width"),
        Column::Height => tr!("data-column-height"),
        Column::VqaAesthetic => tr!("data-column-aesthetic"),
        Column::VqaTechnical => tr!("data-column-technical"),
        Column::VqaOverall => tr!("data-column-overall"),
        Column::MotionSmoothness => tr!("data-column-smoothness"),
        Column::MotionPx => tr!("data-column-motion-px"),
        Column::MotionRel => tr!("data-column-motion-rel"),
        Column::Zoom => tr!("data-column-zoom"),
        Column::DollyShare => tr!("data-column-dolly"),
        Column::Jerk => tr!("data-column-jerk"),
    }
}

/// What clips are sorted by.
pub fn sort_name(sort: SortBy) -> String {
    match sort {
        SortBy::Name => tr!("data-sort-name"),
        SortBy::Caption => tr!("data-sort-caption"),
        SortBy::Reasons => tr!("data-sort-reasons"),
        SortBy::Column(column) => column_name(column),
    }
}

/// Which clips are listed.
pub fn listed_name(listed: &Listed) -> String {
    match listed {
        Listed::All => tr!("data-list-all"),
        Listed::Kept => tr!("data-list-kept"),
        Listed::Dropped => tr!("data-list-dropped"),
        Listed::Broken => tr!("data-list-broken"),
        Listed::Offered => tr!("data-list-offered"),
        Listed::Reason(reason) => reason_in_words(reason),
    }
}

/// What is under way.
pub fn stage_name(stage: DataStage) -> String {
    match stage {
        DataStage::Scan => tr!("data-stage-scan"),
        DataStage::Motion => tr!("data-stage-motion"),
        DataStage::Score => tr!("data-stage-score"),
        DataStage::Smoothness => tr!("data-stage-smoothness"),
        DataStage::Sample => tr!("data-stage-sample"),
        DataStage::Caption => tr!("data-stage-caption"),
        DataStage::Train | DataStage::Shards | DataStage::Manifest => tr!("data-stage-export"),
        DataStage::Page => tr!("data-stage-page"),
    }
}

/// A number of a column, as short as it is useful.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || size == size.trunc() => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A reason as people say it. What another program wrote stays as it is.
pub fn reason_in_words(reason: &str) -> String {
    match reason {
        "static" => tr!("data-reason-static"),
        "dolly_zoom" => tr!("data-reason-dolly-zoom"),
        "shake" => tr!("data-reason-shake"),
        ERROR_REASON => tr!("data-reason-error"),
        BY_HAND => tr!("data-reason-by-hand"),
        DUPLICATE => tr!("data-reason-duplicate"),
        NEAR_DUPLICATE => tr!("data-reason-near-duplicate"),
        SIEVE_REASON => tr!("data-reason-sieve"),
        other => limit_in_words(other).unwrap_or_else(|| other.to_owned()),
    }
}

fn limit_in_words(reason: &str) -> Option<String> {
    let (name, rest) = reason.split_once(' ')?;
    let column = column_name(Column::named(name)?);
    let shown = |value: &str| value.parse().map_or_else(|_| value.to_owned(), number);
    if rest == "unknown" {
        Some(tr!("data-reason-unknown", column = column))
    } else if let Some(value) = rest.strip_prefix("< ") {
        Some(tr!("data-reason-below", column = column, value = shown(value)))
    } else if let Some(value) = rest.strip_prefix("> ") {
        Some(tr!("data-reason-above", column = column, value = shown(value)))
    } else {
        let share: f64 = rest.strip_prefix("not in best ")?.parse().ok()?;
        Some(tr!("data-reason-not-best", column = column, percent = number(share * 100.0)))
    }
}

/// All reasons of a row, in one line.
pub fn reasons_in_words(row: &Row) -> String {
    let reasons: Vec<String> =
        row.reasons.iter().filter(|reason| *reason != ERROR_REASON).map(|reason| reason_in_words(reason)).collect();
    reasons.join(" · ")
}

/// The name of a clip's file.
pub fn clip_name(row: &Row) -> &str {
    row.path.rsplit(['/', '\\']).next().unwrap_or(&row.path)
}

/// "3 s · 512 × 320 · Overall 62.1 · Jerk 0.4": what is known, the column by which clips are sorted first.
pub fn facts(row: &Row, sort: SortBy) -> String {
    let mut parts = Vec::new();
    let sorted = match sort {
        SortBy::Column(column) => Some(column),
        _ => None,
    };
    let scores = [Column::VqaOverall, Column::VqaTechnical, Column::VqaAesthetic, Column::MotionRel, Column::Jerk];
    if row.error.is_none() {
        parts.push(Column::Seconds.value(row).map_or_else(String::new, seconds));
        parts.push(format!("{} × {}", row.width, row.height));
    }
    for column in sorted.into_iter().chain(scores.into_iter().filter(|it| Some(*it) != sorted)) {
        if let Some(value) = column.value(row) {
            parts.push(format!("{} {}", column_name(column), number(value)));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// A clip's length: tenths of seconds where it is short.
pub fn seconds(secs: f64) -> String {
    if secs < 60.0 { tr!("data-seconds", secs = format!("{secs:.1}")) } else { duration(secs as f32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_become_words_and_foreign_ones_stay() {
        let cases = [
            ("static", "It stands still"),
            ("vqa_overall < 40", "Overall quality below 40"),
            ("jerk > 1.25", "Jerk above 1.25"),
            ("vqa_technical not in best 0.8", "Technical quality not in the best 80%"),
            ("zoom unknown", "Zoom not known"),
            ("no reason of ours", "no reason of ours"),
            ("height ! 3", "height ! 3"),
        ];
        for (reason, words) in cases {
            assert_eq!(reason_in_words(reason), words);
        }
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 512.0, 62.123, 0.4, 0.01234, 1.256].map(number);
        assert_eq!(texts, ["0", "512", "62.1", "0.4", "0.0123", "1.26"]);
    }
}
