//! What the pipeline found of what was planted.

use std::collections::BTreeMap;
use std::fmt;

use hummingbird_engine::data::manifest::Row;

use super::{Fault, Planted};

/// How many of a kind were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindVerdict {
    /// Planted.
    pub planted: usize,
    /// Found by the rule that is for them.
    pub found: usize,
    /// Those that were not, by name, with what was said of them.
    pub missed: Vec<String>,
}

/// What was found in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// By what the rules look for: `static`, `dolly_zoom`, `shake`, `duplicate`, `near_duplicate`, `cut`, `error`; and `vqa` for noisy and
    /// blurred clips, which only weights can judge: there, how many are dropped.
    pub kinds: BTreeMap<&'static str, KindVerdict>,
    /// Rows of clips without a planted fault, and of the shots of those with a cut: they should be kept.
    pub others: usize,
    /// Of these, dropped, by name with the reasons; where a clip is gone from the manifest, that too.
    pub dropped: Vec<String>,
    /// Of the clips without a cut, split.
    pub split: Vec<String>,
}

impl Verdict {
    /// The smallest share that was found of a kind that rules without weights look for.
    pub fn least_found(&self) -> f64 {
        let judged = self.kinds.iter().filter(|(kind, _)| **kind != "vqa").map(|(_, it)| it);
        judged.map(|it| it.found as f64 / it.planted.max(1) as f64).fold(1.0, f64::min)
    }

    fn judge_others(&mut self, name: &str, rows: &[&Row], is_twin: bool) {
        self.others += rows.len().max(1);
        if rows.is_empty() {
            self.dropped.push(format!("{name} is gone"));
        }
        let is_dropped = |row: &Row| {
            let is_reason = |reason: &String| !(is_twin && reason.contains("duplicate"));
            row.keep != Some(true) && (row.reasons.iter().any(is_reason) || row.reasons.is_empty())
        };
        self.dropped.extend(rows.iter().filter(|row| is_dropped(row)).map(|row| described(name, &[row])));
    }

    /// The share of the others that was dropped.
    pub fn others_dropped(&self) -> f64 {
        self.dropped.len() as f64 / self.others.max(1) as f64
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, KindVerdict { planted, found, missed }) in &self.kinds {
            writeln!(f, "{kind}: {found} of {planted}")?;
            missed.iter().try_for_each(|it| writeln!(f, "  missed {it}"))?;
        }
        writeln!(f, "others dropped: {} of {}", self.dropped.len(), self.others)?;
        self.dropped.iter().try_for_each(|it| writeln!(f, "  {it}"))?;
        writeln!(f, "others split: {}", self.split.len())?;
        self.split.iter().try_for_each(|it| writeln!(f, "  {it}"))
    }
}

/// Holds a filtered manifest, with `keep` and reasons, against what was planted. A duplicate is found when one of the two is marked
/// and the other kept; a cut when the clip is split there and nowhere else.
pub fn verdict(planted: &[Planted], rows: &[Row]) -> Verdict {
    let mut by_name: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_name.entry(row.path.rsplit('/').next().unwrap_or(&row.path)).or_default().push(row);
    }
    let of = |name: &str| by_name.get(name).map(Vec::as_slice).unwrap_or_default();
    let has = |name: &str, reason: &str| of(name).iter().any(|row| row.reasons.iter().any(|it| it == reason));
    let is_kept = |name: &str| of(name).iter().all(|row| row.keep == Some(true));
    let mut verdict = Verdict::default();
    let twins: Vec<&String> = planted.iter().filter_map(|it| it.twin.as_ref()).collect();
    for it in planted {
        let name = it.name.as_str();
        let (kind, is_found) = match it.fault {
            None => {
                // One of two that are the same has to go; which one is a matter of the rule.
                verdict.judge_others(name, of(name), twins.contains(&&it.name));
                if of(name).len() > 1 {
                    verdict.split.push(described(name, of(name)));
                }
                continue;
            }
            Some(Fault::Cut) => {
                let starts: Vec<u64> = of(name).iter().map(|row| row.start_frame).collect();
                verdict.judge_others(name, of(name), false);
                ("cut", starts == [0, it.cut.unwrap_or(0)])
            }
            Some(Fault::Static) => ("static", has(name, "static")),
            Some(Fault::DollyZoom) => ("dolly_zoom", has(name, "dolly_zoom")),
            Some(Fault::Shaken) => ("shake", has(name, "shake")),
            Some(Fault::Broken) => ("error", of(name).iter().any(|row| row.error.is_some())),
            Some(Fault::Noisy | Fault::Blurred) => ("vqa", !is_kept(name)),
            Some(Fault::Copied | Fault::Reencoded | Fault::Resized) => {
                let twin = it.twin.as_deref().unwrap_or_default();
                let (kind, marks) = match it.fault {
                    Some(Fault::Copied) => ("duplicate", "duplicate"),
                    _ => ("near_duplicate", "near_duplicate"),
                };
                (kind, has(name, marks) != has(twin, marks))
            }
        };
        let entry = verdict.kinds.entry(kind).or_default();
        entry.planted += 1;
        entry.found += usize::from(is_found);
        if !is_found {
            entry.missed.push(described(name, of(name)));
        }
    }
    verdict
}

fn described(name: &str, rows: &[&Row]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            let Row { start_frame, frames, motion_rel, dolly_share, jerk, reasons, error, .. } = row;
            format!("{start_frame}+{frames} rel {motion_rel:.5?} dolly {dolly_share:.2?} jerk {jerk:.2?} {reasons:?} {error:?}")
        })
        .collect();
    format!("{name}: {}", rows.join("; "))
}
