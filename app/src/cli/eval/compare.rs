//! `hummingbird eval compare`: two results compared.

use hummingbird_engine::eval::vbench::{self, Comparison, Interval, Side};
use hummingbird_engine::files::folder_of;
use hummingbird_engine::pipeline::video_out::Existing;

use super::args::EvalCompareArgs;
use crate::cli::{output, print};

pub(super) fn run(args: &EvalCompareArgs) -> anyhow::Result<()> {
    let [first, second] = [Side::read(&args.first)?, Side::read(&args.second)?];
    if let Some(page) = &args.page {
        output::check_file(page, Existing::Replace)?;
    }
    let comparison = vbench::compare(&first, &second, args.seed)?;
    if let Some(page) = &args.page {
        vbench::write_page(&comparison, [folder_of(&args.first), folder_of(&args.second)], args.pairs, page)?;
    }
    if args.json {
        print::json(&comparison)?;
    } else {
        print::line(&table(&comparison))?;
    }
    if let Some(page) = &args.page {
        print::note(&format!("page written: {}", print::value(&page.to_string_lossy())));
    }
    Ok(())
}

fn table(comparison: &Comparison) -> String {
    let Comparison { first, second, rows, only_one_has, draws, seed, .. } = comparison;
    let cell = |Interval { value, low, high }: &Interval| format!("{value:.4} ({low:.4} to {high:.4})");
    let of_row = |row: &vbench::ComparisonRow| {
        let sign = if row.difference.excludes_zero() { "*" } else { "" };
        let [a, b] = row.clips;
        let clips = if a == b { a.to_string() } else { format!("{a} and {b}") };
        let difference = format!("{}{sign}", cell(&row.difference));
        vec![row.name.clone(), cell(&row.first), cell(&row.second), difference, clips]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(of_row).collect();
    let header = ["", &*print::value(first), &*print::value(second), "difference", "clips"].map(str::to_owned);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut text = print::table(&header, &rows);
    text.push_str(&format!(
        "\n\n95% intervals in brackets: a bootstrap over prompts, {draws} draws, seed {seed}; * does not contain 0"
    ));
    if !only_one_has.is_empty() {
        text.push_str(&format!(
            "\nonly one of the two has {}; what is missing counts as 0 in the totals",
            only_one_has.join(", ")
        ));
    }
    text
}
