//! `hummingbird bench`: what kernels, blocks and stages cost on a device, beside its arithmetic peak.

use crate::sentences::{detail_in_words, in_words};
use anyhow::Context;
use hummingbird_engine::bench::{self, BenchHistory, BenchOptions, BenchRecord, Extent, Report, Subject};
use hummingbird_engine::device::{self, OpenDevice};
use hummingbird_engine::kernels::{KernelPath, set_kernel_path};
use hummingbird_engine::survey::key_of;
use hummingbird_engine::weights::ModelFile;

use super::args::BenchArgs;
use super::interrupt::Interrupt;
use super::progress::{Display, Step};
use super::{models, print};

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let subject = match Subject::layout(&args.model) {
        Some(subject) => subject,
        None => {
            let file = ModelFile::open(&models::source(&args.model))
                .map(|file| file.in_store(models::store()))
                .with_context(|| {
                    let layouts = Subject::layouts().collect::<Vec<_>>().join(", ");
                    format!("{:?} is neither nano nor a layout ({layouts}) nor a model file", args.model)
                })?;
            Subject::of_file(file)
        }
    };
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let interrupt = Interrupt::listen()?;
    if args.unfused {
        set_kernel_path(KernelPath::Unfused);
    }
    let extent = if args.full { Extent::Full } else { Extent::Short };
    let options = BenchOptions { extent, only: args.only.clone() };
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("{} on {} ({})", subject.name, opened.name, detail_in_words(&opened.reason)));
    let report = bench::run(&subject, &options, &opened, &interrupt.token, &mut |progress| {
        display.show(&Step {
            stage: "measuring",
            done: progress.done as u64,
            total: progress.total as u64,
            eta_secs: None,
            detail: progress.name,
        });
    })?;
    display.finish();
    // What only some kernels or burn's own operations took says little about the device.
    if args.only.is_empty() && !args.unfused {
        keep(&opened, &report);
    }
    if args.report.json { print::json(&report) } else { print::line(&table(&report)) }
}

/// Keeps what was found for the page of devices.
fn keep(opened: &OpenDevice, report: &Report) {
    let Ok(folders) = crate::folders() else { return };
    if let Err(error) = BenchHistory::keep(&folders, &key_of(opened), BenchRecord::of(report)) {
        print::note(&format!("the bench is not kept: {}", in_words(&error)));
    }
}

fn table(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .measurements
        .iter()
        .map(|it| {
            let counted = |text: String| if it.gflop > 0.0 { text } else { String::new() };
            let doubt = if it.is_steady { "" } else { "?" };
            vec![
                it.kind.label().to_owned(),
                it.name.clone(),
                it.shape.clone(),
                format!("{:.3}{doubt}", it.milliseconds),
                counted(format!("{:.1}", it.gflops)),
                counted(format!("{:.0}%{doubt}", 100.0 * it.share_of_peak)),
                format!("{:.1}", it.gigabytes_per_sec),
                print::bytes(it.bytes),
                it.device_bytes.map_or_else(String::new, print::bytes),
                it.longest_submission_ms.map_or_else(String::new, |it| format!("{it:.0}")),
            ]
        })
        .collect();
    let header = ["", "name", "shape", "ms", "GFLOP/s", "of peak", "GB/s", "operands", "memory", "longest submit, ms"];
    let Report { model, device, kernel_path, frames, width, height, peak_gflops, peak_matrix_gflops, .. } = report;
    let [model, device] = [model, device].map(|name| print::value(name));
    let mut text = format!(
        "{model}, {frames} frames of {width}x{height}, {kernel_path} kernels\n{device}: at most {peak_gflops:.0} GFLOP/s \
         (multiply-adds in registers, f32)"
    );
    if let Some(peak) = peak_matrix_gflops {
        text.push_str(&format!(", {peak:.0} GFLOP/s with cooperative matrices of 16 bits"));
    }
    text.push_str("\n\n");
    text.push_str(&print::table(&header, &rows));
    if let Some(doubts) = report.doubts() {
        text.push_str(&format!("\n\n{doubts}"));
    }
    text
}
