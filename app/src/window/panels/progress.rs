//! What is being done, how far it is, how long it will take: the running job and the exports.

use egui::{ProgressBar, RichText, Ui};
use hummingbird_engine::job::{JobProgress, Stage};

use super::icons::Icon;
use super::theme;
use super::widgets::{duration, sentence, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::Command;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::{Shown, short};
use crate::window::state::jobs::{Preparing, RunningJob};

/// Bars of the running job and of the exports.
pub fn progress_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if let Some(running) = &state.jobs.running {
        job_bar(ui, state, running, out);
    } else if let Some(next) = state.jobs.waiting.first() {
        let text = tr!("player-about-to-start", clip = short(&next.request.clip.prompt, 60));
        ui.label(RichText::new(text).weak());
    }
    if state.jobs.running.is_none()
        && let Some(Preparing { progress: Some(progress), .. }) = &state.jobs.preparing
    {
        ui.label(RichText::new(tr!("player-preparing", stage = stage_text(progress, 0.0))).weak());
    }
    for export in &state.exports.running {
        let name = export.path.file_name().unwrap_or_default().to_string_lossy();
        let text = if export.cancelling {
            tr!("player-export-stopping", file = name)
        } else if export.result.is_none() {
            let clip = (export.frames_done + 1).min(export.frames_total);
            tr!("player-export-clips", file = name, clip = clip, clips = export.frames_total)
        } else {
            tr!("player-export-frames", file = name, frame = export.frames_done, frames = export.frames_total)
        };
        let done = export.frames_done as f32 / export.frames_total.max(1) as f32;
        let stop = (tr!("player-cancel-export"), Command::CancelExport(export.id));
        bar(ui, done, &text, Some(stop).filter(|_| !export.cancelling), out);
    }
}

fn job_bar(ui: &mut Ui, state: &State, running: &RunningJob, out: &mut Vec<Command>) {
    let since_secs = (state.view.now_secs - running.heard_secs).max(0.0) as f32;
    let mut text = match (&running.progress, running.cancelling) {
        (_, true) => tr!("player-stopping"),
        (None, _) => tr!("player-starting"),
        (Some(progress), _) => sentence(&stage_text(progress, since_secs)),
    };
    if state.results.shown != Shown::Live {
        text = tr!("player-progress-of", clip = short(&running.request.clip.prompt, 32), progress = text);
    }
    let done = running.progress.as_ref().map_or(0.0, |progress| fraction(progress, since_secs));
    let stop = (tr!("player-cancel-clip"), Command::CancelJob(running.id.0));
    bar(ui, done, &text, Some(stop).filter(|_| !running.cancelling), out);
    ui.horizontal(|ui| {
        ui.label(RichText::new(&running.device).small().weak());
        if state.results.shown != Shown::Live && state.jobs.live.is_some() {
            let watch =
                ui.link(RichText::new(tr!("player-watch")).small()).on_hover_text(Action::ShowLive.hint(ui.ctx()));
            if watch.clicked() {
                out.push(Command::Run(Action::ShowLive));
            }
        }
    });
}

fn bar(ui: &mut Ui, done: f32, text: &str, stop: Option<(String, Command)>, out: &mut Vec<Command>) {
    ui.label(RichText::new(text));
    ui.horizontal(|ui| {
        let width = ui.available_width() - 34.0;
        let bar = ProgressBar::new(done).desired_width(width).desired_height(8.0).fill(theme::accent(ui));
        ui.add(bar).accessible_name(text);
        if let Some((name, command)) = stop {
            small_icon_button(ui, Icon::Close, &name, command, out);
        }
    });
}

/// What the engine is busy with, inside a sentence.
fn stage_name(stage: Stage) -> String {
    match stage {
        Stage::Device => tr!("player-stage-device"),
        Stage::Load => tr!("player-stage-load"),
        Stage::Compile => tr!("player-stage-compile"),
        Stage::Text => tr!("player-stage-text"),
        Stage::Denoise => tr!("player-stage-denoise"),
        Stage::Decode => tr!("player-stage-decode"),
    }
}

/// "sampling: step 7 of 20, about 4 s left"
pub fn stage_text(progress: &JobProgress, since_secs: f32) -> String {
    let mut text = stage_name(progress.stage);
    if progress.total > 1 {
        // The unit that is being worked on, not the last finished one.
        let (current, total) = ((progress.done + 1).min(progress.total), progress.total);
        text = match progress.stage {
            Stage::Denoise => tr!("player-stage-step", stage = text, current = current, total = total),
            Stage::Decode => tr!("player-stage-frame", stage = text, current = current, total = total),
            _ => tr!("player-stage-part", stage = text, current = current, total = total),
        };
    }
    if let Some(eta_secs) = progress.eta_secs {
        let time = duration((eta_secs - since_secs).max(1.0));
        text = tr!("player-stage-left", progress = text, time = time);
    }
    text
}

/// Part of the whole job that is done, 0 to 1.
pub fn fraction(progress: &JobProgress, since_secs: f32) -> f32 {
    let of_stage = progress.done as f32 / progress.total.max(1) as f32;
    match progress.eta_secs {
        Some(eta_secs) => {
            let elapsed_secs = progress.elapsed_secs + since_secs;
            let left_secs = (eta_secs - since_secs).max(0.0);
            (elapsed_secs / (elapsed_secs + left_secs).max(0.001)).min(0.99)
        }
        // Nothing to estimate from yet: the stages before sampling are short.
        None => match progress.stage {
            Stage::Device | Stage::Load | Stage::Compile | Stage::Text => 0.02,
            Stage::Denoise => 0.02 + 0.7 * of_stage,
            Stage::Decode => 0.72 + 0.27 * of_stage,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_well_and_never_jumps_over_the_end() {
        let at = |stage, done, total, eta_secs| JobProgress { stage, done, total, elapsed_secs: 6.0, eta_secs };
        assert_eq!(stage_text(&at(Stage::Denoise, 6, 20, Some(4.4)), 0.0), "sampling: step 7 of 20, about 4 s left");
        assert_eq!(stage_text(&at(Stage::Decode, 16, 16, None), 0.0), "decoding: frame 16 of 16");
        assert_eq!(stage_text(&at(Stage::Load, 0, 1, None), 3.0), "loading the model");
        assert_eq!(fraction(&at(Stage::Denoise, 6, 20, Some(6.0)), 0.0), 0.5);
        assert_eq!(fraction(&at(Stage::Denoise, 6, 20, Some(6.0)), 600.0), 0.99);
        assert!(fraction(&at(Stage::Decode, 0, 0, None), 0.0) < 1.0);
    }
}
