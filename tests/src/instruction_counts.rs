//! Instruction counts of today beside those of a baseline: the judgement of the speed gate (`examples/instructions`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many more instructions a case may take than the baseline says, in percent.
pub const LEEWAY_PERCENT: f64 = 10.0;

/// What a comparison found.
#[derive(Debug)]
pub struct Report {
    /// Both counts of every case, in Markdown.
    pub table: String,
    /// What is wrong; empty when nothing is.
    pub complaints: Vec<String>,
}

/// Compares the counts of all cases with their baseline.
pub fn compare(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Report {
    let mut table = String::from("| case | baseline, million | now | change |\n|---|---|---|---|");
    let mut complaints = Vec::new();
    let millions = |count: u64| count as f64 / 1e6;
    for (case, &count) in now {
        let Some(&known) = before.get(case) else {
            complaints.push(format!("FAILED {case}: it has no baseline"));
            continue;
        };
        let percent = 100.0 * (count as f64 / known.max(1) as f64 - 1.0);
        write!(table, "\n| {case} | {:.2} | {:.2} | {percent:+.1}% |", millions(known), millions(count))
            .expect("a String takes everything");
        if percent > LEEWAY_PERCENT {
            complaints.push(format!("FAILED {case}: {percent:.1}% more instructions, {LEEWAY_PERCENT}% are allowed"));
        } else if percent < -LEEWAY_PERCENT {
            // Not a failure, but as long as it stands so, as much may be lost again unseen.
            write!(table, " faster: make the baseline anew").expect("a String takes everything");
        }
    }
    complaints.extend(
        before.keys().filter(|case| !now.contains_key(*case)).map(|case| format!("FAILED {case}: it was not counted")),
    );
    Report { table, complaints }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
        of.iter().map(|&(case, count)| (case.to_owned(), count)).collect()
    }

    #[test]
    fn more_than_a_tenth_more_fails_and_so_does_a_case_that_only_one_side_has() {
        let before = counts(&[("a", 1_000_000), ("b", 2_000_000)]);
        let complaints = |now: &[(&str, u64)]| compare(&before, &counts(now)).complaints;
        for fine in [[1_000_000, 2_000_000], [1_100_000, 2_200_000], [1, 1]] {
            assert_eq!(complaints(&[("a", fine[0]), ("b", fine[1])]), Vec::<String>::new());
        }
        assert_eq!(
            complaints(&[("a", 1_100_001), ("b", 2_000_000)]),
            ["FAILED a: 10.0% more instructions, 10% are allowed"]
        );
        assert_eq!(complaints(&[("a", 1_000_000)]), ["FAILED b: it was not counted"]);
        let with_new = [("a", 1_000_000), ("b", 2_000_000), ("c", 3)];
        assert_eq!(complaints(&with_new), ["FAILED c: it has no baseline"]);
        let faster = compare(&before, &counts(&[("a", 500_000), ("b", 2_000_000)]));
        assert!(
            faster.table.contains("| a | 1.00 | 0.50 | -50.0% | faster: make the baseline anew"),
            "{}",
            faster.table
        );
    }
}
