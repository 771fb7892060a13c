//! Stages of the data page with what they cost, and where kept clips go.

use egui::{Button, Label, RichText, Ui};

use super::data::{push, stage_button};
use super::widgets::{action_button, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data_work::DataStage;
use crate::window::state::loras::file_name;
use crate::window::state::view::SavedThing;
use crate::window::state::work::OpenPurpose;

fn about(ui: &mut Ui, text: impl Into<String>) {
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}

/// Stages, each with what it costs before it begins.
pub fn steps_tab(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    if let Some(open) = data.open.as_ref().filter(|open| open.is_folder) {
        ui.strong(tr!("data-scan-title"));
        about(ui, if open.is_scanned { tr!("data-scan-again.text") } else { tr!("data-scan-on.text") });
        let label = if open.is_scanned { tr!("data-scan-again") } else { tr!("data-scan-on") };
        stage_button(ui, state, DataStage::Scan, &label, out);
        ui.separator();
    }
    ui.strong(tr!("data-motion-title"));
    about(ui, tr!("data-motion-about"));
    let cost = data.cost(DataStage::Motion);
    if cost.clips > 0 {
        about(ui, tr!("data-cost-frames", count = cost.clips, frames = cost.frames));
    }
    stage_button(ui, state, DataStage::Motion, &tr!("data-motion"), out);
    ui.separator();
    score(ui, state, out);
    ui.separator();
    captions(ui, state, out);
}

fn score(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let judge = &state.data.judge;
    ui.strong(tr!("data-score-title"));
    about(ui, tr!("data-score-about"));
    ui.horizontal_wrapped(|ui| {
        if ui.button(tr!("data-choose-judge")).clicked() {
            push(out, DataCommand::Ask(OpenPurpose::DataJudge));
        }
        if let Some(path) = &judge.path {
            ui.label(file_name(path));
        }
    });
    match &judge.known {
        Some(Ok(known)) => {
            let tflop = format!("{:.1}", known.tflop);
            let (name, device) = (known.name.as_str(), known.device.as_str());
            about(ui, tr!("data-score-cost", name = name, count = known.clips, tflop = tflop, device = device));
        }
        Some(Err(problem)) => {
            let words = RichText::new(sentence(problem)).color(ui.visuals().error_fg_color);
            ui.add(Label::new(words).wrap());
        }
        None if judge.path.is_some() => about(ui, tr!("data-judge-reading")),
        None => {}
    }
    stage_button(ui, state, DataStage::Score, &tr!("data-score"), out);
}

fn captions(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    let cost = data.cost(DataStage::Caption);
    ui.strong(tr!("data-captions-title"));
    about(ui, tr!("data-captions-about"));
    match &data.samples {
        // What ten took is what is known of the others.
        Some(samples) if !samples.is_empty() => {
            let tokens: u64 = samples.iter().map(|sample| sample.tokens).sum();
            let tokens = tokens / samples.len() as u64 * cost.clips as u64;
            about(ui, tr!("data-captions-cost-tokens", count = cost.clips, tokens = tokens));
        }
        _ => about(ui, tr!("data-captions-cost", count = cost.clips)),
    }
    if !state.prompting.server.is_set() {
        action_button(ui, state, Action::SetServer, out);
    }
    stage_button(ui, state, DataStage::Sample, &tr!("data-captions-try"), out);
    if let Some(samples) = &data.samples {
        for sample in samples {
            ui.group(|ui| {
                ui.set_min_width(ui.available_width());
                ui.add(Label::new(RichText::new(&sample.before).small().weak()).wrap());
                match (&sample.after, &sample.why) {
                    (Some(after), _) => drop(ui.add(Label::new(RichText::new(after).small()).wrap())),
                    (None, Some(why)) => {
                        let words = RichText::new(sentence(why)).small().color(ui.visuals().warn_fg_color);
                        ui.add(Label::new(words).wrap());
                    }
                    (None, None) => {}
                }
            });
        }
        if ui.button(tr!("data-captions-hide")).clicked() {
            push(out, DataCommand::DropSamples);
        }
    }
    stage_button(ui, state, DataStage::Caption, &tr!("data-captions"), out);
}

/// Where kept clips go, and where the manifest is kept.
pub fn export_tab(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    let kept = data.cost(DataStage::Train);
    about(ui, tr!("data-export-about", count = kept.clips));
    let folder = |ui: &mut Ui, stage: DataStage, label: String, purpose: OpenPurpose, out: &mut Vec<Command>| {
        let reason = state.why_not_stage(stage);
        let button = ui.add_enabled(reason.is_none() && !state.view.choosing_file, Button::new(label));
        if button.on_disabled_hover_text(sentence(reason.as_deref().unwrap_or_default())).clicked() {
            push(out, DataCommand::Ask(purpose));
        }
    };
    ui.strong(tr!("data-train-title"));
    about(ui, tr!("data-train-about"));
    folder(ui, DataStage::Train, tr!("data-train"), OpenPurpose::DataTrain, out);
    if let Some(written) = &data.written {
        about(ui, tr!("data-written", count = written.clips, path = written.path.display().to_string()));
        if ui.button(tr!("data-train-on")).clicked() {
            push(out, DataCommand::TrainOn(written.path.clone()));
        }
    }
    ui.separator();
    ui.strong(tr!("data-shards-title"));
    about(ui, tr!("data-shards-about"));
    folder(ui, DataStage::Shards, tr!("data-shards"), OpenPurpose::DataShards, out);
    ui.separator();
    ui.strong(tr!("data-files-title"));
    for (stage, label, what) in [
        (DataStage::Page, tr!("data-write-page"), SavedThing::DataPage),
        (DataStage::Manifest, tr!("data-write-manifest"), SavedThing::DataManifest),
    ] {
        let reason = state.why_not_stage(stage);
        let button = ui.add_enabled(reason.is_none(), Button::new(label));
        if button.on_disabled_hover_text(sentence(reason.as_deref().unwrap_or_default())).clicked() {
            push(out, DataCommand::AskWhereToSave(what));
        }
    }
    if let Some(open) = &data.open {
        ui.separator();
        let at = open.at.display().to_string();
        about(ui, tr!("data-kept-at", path = at.as_str()));
        if ui.button(tr!("data-show-folder")).clicked() {
            out.push(Command::OpenOutside(at));
        }
    }
}
