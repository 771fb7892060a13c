//! `hummingbird export`: clips become a file of another format, length or size; several become one.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::bail;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::library::all_frames;
use hummingbird_engine::pipeline::video_out::{
    self, Embed, Existing, ExportProgress, Format, Provenance, ReelClip, fit, join, preflight, read_provenance,
};
use hummingbird_engine::video::{Clip, OpenOptions};
use serde::Serialize;

use super::export_args::ExportCommandArgs;
use super::interrupt::Interrupt;
use super::output::with_option;
use super::print;
use super::progress::{Display, Step};
use crate::sentences::in_words;

/// What `--json` prints.
#[derive(Serialize)]
struct Result<'a> {
    paths: Vec<JsonPath<'a>>,
    bytes: u64,
    frames: usize,
    width: usize,
    height: usize,
    fps: u32,
    warnings: &'a [String],
}

pub(super) fn run(args: &ExportCommandArgs) -> anyhow::Result<()> {
    let target = args.output.as_path();
    let format = Format::from_path(target)?;
    let mut display = Display::new(args.report.quiet);
    let interrupt = Interrupt::listen()?;
    let mut clips = Vec::new();
    for (number, path) in args.clips.iter().enumerate() {
        let (done, total) = (number as u64, args.clips.len() as u64);
        display.show(&Step { stage: "reading clips", done, total, eta_secs: None, detail: "" });
        if interrupt.token.is_cancelled() {
            bail!(hummingbird_engine::job::Cancelled);
        }
        clips.push(read(path)?);
    }
    let mut warnings: Vec<String> = Vec::new();
    let (frames, own_fps, provenance) = match clips.as_slice() {
        // One clip keeps its settings; those of a reel would say something that is true of a part.
        [(frames, fps)] => (frames.clone(), *fps, carried(&args.clips[0])),
        several => {
            let clips: Vec<ReelClip<'_>> = several.iter().map(|(frames, fps)| ReelClip { frames, fps: *fps }).collect();
            let reel = join(&clips)?;
            warnings.extend(reel.notes.iter().map(|note| in_words(note)));
            (reel.frames, reel.fps, None)
        }
    };
    let mut settings = args.export.settings(format, args.fps.unwrap_or(own_fps));
    settings.existing = if args.force { Existing::Replace } else { Existing::Keep };
    settings.embed = if args.no_metadata || provenance.is_none() { Embed::Nothing } else { Embed::Provenance };
    let provenance = provenance.unwrap_or_default();
    let clip = [frames.count(), frames.height(), frames.width()];
    preflight(clip, &settings, target).map_err(with_option)?;
    if let Some(limit) = args.export.limit() {
        let mut on_frame = || stop(&interrupt.token);
        settings = fit(&frames, &settings, &provenance, limit, &mut on_frame)?;
    }
    let mut on_progress = |progress: ExportProgress| {
        let (done, total) = (progress.frames_done as u64, progress.frames_total as u64);
        display.show(&Step { stage: "writing the file", done, total, eta_secs: None, detail: "" });
        stop(&interrupt.token)
    };
    let report = video_out::export(&frames, &settings, &provenance, target, &mut on_progress)?;
    display.finish();
    warnings.extend(report.notes.iter().map(|note| in_words(note)));
    for warning in &warnings {
        display.warn(warning);
    }
    let [count, height, width] = settings.arrangement.arranged_clip(clip, format)?;
    if args.report.json {
        return print::json(&Result {
            paths: report.paths.iter().map(|path| JsonPath(path)).collect(),
            bytes: report.bytes,
            frames: count,
            width,
            height,
            fps: settings.fps,
            warnings: &warnings,
        });
    }
    display.note(&format!("{count} frames of {width}x{height}, {}", print::bytes(report.bytes)));
    report.paths.iter().try_for_each(|path| print::path(path))
}

fn stop(token: &CancelToken) -> ControlFlow<()> {
    if token.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Frames and frame rate of a clip.
fn read(path: &Path) -> anyhow::Result<(Frames, u32)> {
    let fps = Clip::open(path, OpenOptions::default())?.info().fps;
    let fps = fps.round().clamp(1.0, f64::from(video_out::MAX_FPS)) as u32;
    Ok((all_frames(path)?, fps))
}

/// The settings that a clip carries, if it is one of ours.
fn carried(path: &Path) -> Option<Provenance> {
    read_provenance(path).ok().flatten()
}
