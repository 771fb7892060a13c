use hummingbird_base::progress::Silent;

use super::histogram::Histogram;
use super::*;
use crate::export::test_clip;
use crate::filter::{Column, FilterOptions, Limit, filter};

fn rows(count: usize) -> Vec<Row> {
    (0..count)
        .map(|it| Row {
            id: format!("{it}"),
            path: format!("{it}.mp4"),
            frames: 16,
            fps: 8.0,
            vqa_overall: Some(it as f64 * 100.0 / count as f64),
            ..Row::default()
        })
        .collect()
}

fn made(rows: &[Row], summary: &FilterSummary, folder: &std::path::Path) -> String {
    let folder = Place::File(folder.to_owned());
    let options = ReportOptions::default();
    report(rows, summary, &folder, options, &Places::default(), &CancelToken::default(), &mut Silent).expect("a page")
}

#[test]
fn a_page_shows_clips_limits_and_reasons_and_needs_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows = rows(4);
    for row in &rows[..3] {
        test_clip(&folder.path().join(&row.path), 12);
    }
    rows[0].text = "<script>alert('&')</script>".to_owned();
    rows[3].path = "gone\n\u{202e}.mp4".to_owned();
    let options = FilterOptions { limits: vec![Limit::min("vqa_overall=30").expect("a limit")], ..Default::default() };
    let summary = filter(&mut rows, &options);
    let html = made(&rows, &summary, folder.path());
    assert!(html.contains("2 of 4 clips are kept"), "{html}");
    assert_eq!(html.matches("<img").count(), 3, "two are dropped, one is kept and there, one is gone");
    assert_eq!(html.matches("class=\"none\"").count(), 1);
    assert!(html.contains("Dropped: vqa_overall &lt; 30") && html.contains("vqa_overall &gt;= 30"));
    assert!(!html.contains("<script") && !html.contains('\u{202e}') && !html.contains("gone\n"));
    for outside in ["http://", "https://", "src=\"/", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html, made(&rows, &summary, folder.path()), "the same twice");
}

#[test]
fn ten_thousand_clips_are_a_page_that_opens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows = rows(10_000);
    for row in rows.iter_mut().step_by(3) {
        row.reasons = vec![format!("kind {}", row.id.len()), "static".to_owned()];
    }
    let options = FilterOptions { limits: vec![Limit::best("0.5").expect("a share")], ..Default::default() };
    let summary = filter(&mut rows, &options);
    let html = made(&rows, &summary, folder.path());
    let clips = html.matches("class=\"clip\"").count();
    assert!(clips > 48 && clips <= 240, "{clips}");
    assert!(html.len() < 2 << 20, "{} bytes", html.len());
}

#[test]
fn histograms_hold_every_row_once() {
    let mut rows = rows(100);
    rows.iter_mut().step_by(4).for_each(|row| row.keep = Some(false));
    let all = Histogram::of(&rows, Column::VqaOverall, 0.0, 99.0);
    assert_eq!((all.kept.iter().sum::<usize>(), all.dropped.iter().sum::<usize>()), (75, 25));
    let one = Histogram::of(&rows, Column::Fps, 8.0, 8.0);
    assert_eq!(one.kept.iter().filter(|&&bar| bar > 0).count(), 1);
    let svg = Histogram::of(&rows, Column::VqaOverall, f64::MIN, f64::MAX).svg(&[("a < b".to_owned(), 0.0)]);
    assert!(svg.contains("a &lt; b") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}
