//! Histograms as SVG.

use std::fmt::Write as _;

use crate::filter::{Column, FilterSummary};
use crate::manifest::Row;

/// Bars of a histogram.
const BARS: usize = 40;
/// Size of the drawing in units of its own.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 120.0;

/// How many kept and dropped rows lie in each bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) kept: Vec<usize>,
    pub(super) dropped: Vec<usize>,
}

impl Histogram {
    pub(super) fn of(rows: &[Row], column: Column, min: f64, max: f64) -> Self {
        let mut this = Self { min, max, kept: vec![0; BARS], dropped: vec![0; BARS] };
        for row in rows {
            if let Some(value) = column.value(row) {
                let bar = (this.place(value) * BARS as f64) as usize;
                let bars = if row.keep == Some(false) { &mut this.dropped } else { &mut this.kept };
                bars[bar.min(BARS - 1)] += 1;
            }
        }
        this
    }

    /// Where a value lies from left to right, 0 to 1.
    fn place(&self, value: f64) -> f64 {
        // Halves, so that the width of all numbers there are is none that f64 cannot say.
        let width = self.max / 2.0 - self.min / 2.0;
        if width > 0.0 { ((value / 2.0 - self.min / 2.0) / width).clamp(0.0, 1.0) } else { 0.5 }
    }

    pub(super) fn svg(&self, limits: &[(String, f64)]) -> String {
        let highest = self.kept.iter().zip(&self.dropped).map(|(a, b)| a + b).max().unwrap_or(0).max(1) as f64;
        let width = WIDTH / BARS as f64;
        let mut svg = format!(r#"<svg viewBox="-4 -14 {} {}" role="img">"#, WIDTH + 8.0, HEIGHT + 32.0);
        for (bar, (&kept, &dropped)) in self.kept.iter().zip(&self.dropped).enumerate() {
            let x = bar as f64 * width;
            let (kept_height, dropped_height) = (kept as f64 / highest * HEIGHT, dropped as f64 / highest * HEIGHT);
            for (class, height, top) in [
                ("kept", kept_height, HEIGHT - kept_height),
                ("dropped", dropped_height, HEIGHT - kept_height - dropped_height),
            ] {
                if height > 0.0 {
                    write!(
                        svg,
                        r#"<rect class="{class}" x="{x:.1}" y="{top:.1}" width="{:.1}" height="{height:.1}"/>"#,
                        width - 1.0
                    )
                    .expect("a string takes all writes");
                }
            }
        }
        for (words, at) in limits {
            let x = self.place(*at) * WIDTH;
            let anchor = if x > WIDTH / 2.0 { "end" } else { "start" };
            svg.push_str(&format!(
                r#"<line class="limit" x1="{x:.1}" y1="-2" x2="{x:.1}" y2="{HEIGHT}"/><text class="limit" x="{x:.1}" y="-4" text-anchor="{anchor}">{}</text>"#,
                super::page::escaped(words)
            ));
        }
        svg.push_str(&format!(
            r#"<text x="0" y="{y}">{}</text><text x="{WIDTH}" y="{y}" text-anchor="end">{}</text></svg>"#,
            number(self.min),
            number(self.max),
            y = HEIGHT + 14.0
        ));
        svg
    }
}

/// A number as short as it can be read.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The histograms of all columns that say something, the limited ones first.
pub(super) fn all(rows: &[Row], summary: &FilterSummary) -> String {
    let mut columns: Vec<_> = summary
        .columns
        .iter()
        .filter_map(|numbers| {
            let limits: Vec<(String, f64)> = summary
                .limits
                .iter()
                .filter(|limit| limit.column == numbers.column)
                .filter_map(|limit| Some((limit.limit.clone(), limit.at?)))
                .collect();
            Some((Column::named(numbers.column)?, numbers, limits))
        })
        .collect();
    columns.sort_by_key(|(column, _, limits)| (limits.is_empty(), *column));
    let mut html = String::new();
    for (column, numbers, limits) in columns {
        let at = limits.iter().map(|(_, at)| *at);
        let (min, max) = at.fold((numbers.min, numbers.max), |(min, max), at| (min.min(at), max.max(at)));
        html.push_str(&format!(
            "<figure><figcaption><b>{}</b> {} clips, median {}</figcaption>{}</figure>\n",
            numbers.column,
            numbers.rows,
            number(numbers.median),
            Histogram::of(rows, column, min, max).svg(&limits)
        ));
    }
    html
}
