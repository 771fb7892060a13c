//! Duplicates: clips of the same content, and clips that look the same.

use std::collections::HashMap;

use super::fingerprint::Fingerprint;
use super::look::{fingerprint_of, is_of_scan};
use super::near::Near;
use super::{DUPLICATE, DUPLICATE_OF, NEAR_DUPLICATE};
use crate::manifest::Row;

/// Largest difference of the lengths in seconds of like clips, as a share.
const MOST_LONGER: f64 = 0.1;

/// Marks what is there more than once. Of equal files the first one with a caption is kept, of like clips the one with most
/// pixels, by path where they have as many.
pub(super) fn mark(rows: &mut [Row], finds_near: bool) {
    for row in rows.iter_mut() {
        row.reasons.retain(|reason| !is_of_scan(reason));
        row.extra.remove(DUPLICATE_OF);
    }
    let mut kept: HashMap<&str, usize> = HashMap::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.error.is_none() && !row.id.is_empty()) {
        let first = kept.entry(&row.id).or_insert(index);
        if rows[*first].text.is_empty() && !row.text.is_empty() {
            *first = index;
        }
    }
    let mut duplicates: Vec<(usize, usize, &str)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match kept.get(row.id.as_str()) {
            Some(&first) if first != index && row.error.is_none() => duplicates.push((index, first, DUPLICATE)),
            _ => {}
        }
    }
    if finds_near {
        let candidates: Vec<usize> = kept.into_values().collect();
        duplicates.extend(like(rows, candidates).into_iter().map(|(index, first)| (index, first, NEAR_DUPLICATE)));
    }
    for (index, first, reason) in duplicates {
        let path = rows[first].path.clone();
        rows[index].reasons.push(reason.to_owned());
        rows[index].extra.insert(DUPLICATE_OF.to_owned(), path.into());
    }
}

/// Pairs of a clip and the kept one that it looks like.
fn like(rows: &[Row], mut candidates: Vec<usize>) -> Vec<(usize, usize)> {
    candidates.sort_by_key(|&index| {
        let row = &rows[index];
        (std::cmp::Reverse(u64::from(row.width) * u64::from(row.height)), &row.path, row.start_frame)
    });
    let (rows_of, prints): (Vec<usize>, Vec<Fingerprint>) =
        candidates.into_iter().filter_map(|index| Some((index, fingerprint_of(&rows[index])?))).unzip();
    let mut kept = Near::of(&prints);
    let mut pairs = Vec::new();
    for (number, print) in prints.iter().enumerate() {
        let index = rows_of[number];
        let mut first: Option<usize> = None;
        kept.each(print, |other| {
            let before = rows_of[other];
            let is_first = first.is_none_or(|first| rows[before].path < rows[first].path);
            if is_first && print.is_like(&prints[other]) && are_as_long(&rows[before], &rows[index]) {
                first = Some(before);
            }
        });
        match first {
            Some(first) => pairs.push((index, first)),
            None => kept.put(number, print),
        }
    }
    pairs
}

fn are_as_long(one: &Row, other: &Row) -> bool {
    let secs = |row: &Row| row.frames as f64 / if row.fps > 0.0 { row.fps } else { 1.0 };
    let (one, other) = (secs(one), secs(other));
    (one - other).abs() <= MOST_LONGER * one.max(other)
}
