//! The page.

use hummingbird_base::message::Detail;
use std::collections::BTreeMap;

use super::sheet::Group;
use super::{ReportOptions, histogram};
use crate::filter::{Column, FilterSummary};
use crate::manifest::Row;

/// Longest caption beside a picture, in characters.
const MOST_CAPTION: usize = 160;

const STYLE: &str = "\
:root{color-scheme:light dark;--kept:#2a78b5;--dropped:#c9553b;--limit:#777}\
body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:1200px;padding:0 1em}\
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}\
figure{display:inline-block;width:380px;max-width:100%;margin:0 12px 12px 0}\
svg{width:100%;font-size:11px;fill:currentColor}rect.kept{fill:var(--kept)}rect.dropped{fill:var(--dropped)}\
line.limit{stroke:var(--limit);stroke-dasharray:4 3}.key::before{content:'\\25A0 ';color:var(--kept)}\
.key.out::before{color:var(--dropped)}\
.sheet{display:flex;flex-wrap:wrap;gap:10px}.clip{width:384px;max-width:100%;font-size:12px;overflow-wrap:anywhere}\
.clip img{display:block;max-width:100%;background:#000}.clip .none{background:#8883;padding:2em 1em}\
.why{color:var(--dropped)}table{border-collapse:collapse}td,th{padding:2px 12px 2px 0;text-align:left;vertical-align:top}\
td{overflow-wrap:anywhere}td.n{text-align:right}";

/// Text of others for a page: nothing in it is markup, and what turns or hides text is written out.
pub(super) fn escaped(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => clean.push_str("&amp;"),
            '<' => clean.push_str("&lt;"),
            '>' => clean.push_str("&gt;"),
            '"' => clean.push_str("&quot;"),
            '\'' => clean.push_str("&#39;"),
            '\n' | '\t' => clean.push(' '),
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => {
                clean.extend(letter.escape_default());
            }
            letter if letter.is_control() => clean.extend(letter.escape_default()),
            letter => clean.push(letter),
        }
    }
    clean
}

pub(super) fn page(
    rows: &[Row],
    summary: &FilterSummary,
    groups: &[Group],
    pictures: &BTreeMap<usize, Result<String, Detail>>,
    options: ReportOptions,
) -> String {
    let FilterSummary { rows: count, kept, dropped, kept_secs, .. } = summary;
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Clips</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <style>{STYLE}</style></head><body>\n<h1>{kept} of {count} clips are kept</h1>\n\
         <p>{dropped} are dropped; what is kept lasts {kept_secs:.0} seconds. \
         <span class=\"key\">kept</span> <span class=\"key out\">dropped</span></p>\n"
    );
    reasons(&mut html, summary);
    html.push_str("<h2>Columns</h2>\n");
    html.push_str(&histogram::all(rows, summary));
    for group in groups.iter().filter(|group| group.rows > 0) {
        let name = match &group.reason {
            None => "Kept".to_owned(),
            Some(reason) => format!("Dropped: {}", escaped(reason)),
        };
        html.push_str(&format!("<h2>{name} ({} of {})</h2>\n<div class=\"sheet\">\n", group.shown.len(), group.rows));
        for index in &group.shown {
            clip(&mut html, &rows[*index], pictures.get(index));
        }
        html.push_str("</div>\n");
    }
    list(&mut html, rows, options.listed);
    html.push_str("</body></html>\n");
    html
}

fn reasons(html: &mut String, summary: &FilterSummary) {
    if summary.reasons.is_empty() {
        return;
    }
    html.push_str("<table><tr><th>reason</th><th>clips</th><th>for it alone</th></tr>\n");
    for reason in &summary.reasons {
        let ignored = if reason.ignored { " (ignored)" } else { "" };
        html.push_str(&format!(
            "<tr><td>{}{ignored}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            escaped(&reason.reason),
            reason.rows,
            reason.alone
        ));
    }
    html.push_str("</table>\n");
}

fn clip(html: &mut String, row: &Row, picture: Option<&Result<String, Detail>>) {
    html.push_str("<div class=\"clip\">");
    match picture {
        Some(Ok(data)) => html.push_str(&format!("<img loading=\"lazy\" alt=\"\" src=\"{data}\">")),
        Some(Err(said)) => html.push_str(&format!("<div class=\"none\">{}</div>", escaped(&said.to_string()))),
        None => {}
    }
    html.push_str(&format!("<b>{}</b>", escaped(&row.path)));
    if row.start_frame > 0 {
        html.push_str(&format!(" from frame {}", row.start_frame));
    }
    let scores = [Column::VqaOverall, Column::MotionSmoothness, Column::MotionRel, Column::Jerk];
    for column in scores {
        if let Some(value) = column.value(row) {
            html.push_str(&format!(" · {} {}", column.name(), histogram::number(value)));
        }
    }
    if !row.reasons.is_empty() {
        html.push_str(&format!("<div class=\"why\">{}</div>", escaped(&row.reasons.join("; "))));
    }
    if !row.text.is_empty() {
        let short: String = row.text.chars().take(MOST_CAPTION).collect();
        let more = if short.len() < row.text.len() { "…" } else { "" };
        html.push_str(&format!("<div>{}{more}</div>", escaped(&short)));
    }
    html.push_str("</div>\n");
}

fn list(html: &mut String, rows: &[Row], most: usize) {
    let dropped: Vec<&Row> = rows.iter().filter(|row| row.keep == Some(false)).collect();
    if dropped.is_empty() {
        return;
    }
    let shown = dropped.len().min(most);
    html.push_str(&format!(
        "<h2>Dropped clips</h2>\n<details><summary>{shown} of {}; the manifest has all of them</summary>\n<table>\n",
        dropped.len()
    ));
    for row in &dropped[..shown] {
        let why = row.error.iter().map(String::as_str).chain(row.reasons.iter().map(String::as_str));
        html.push_str(&format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
            escaped(&row.path),
            row.start_frame,
            escaped(&why.collect::<Vec<_>>().join("; "))
        ));
    }
    html.push_str("</table></details>\n");
}
