//! Stages of the data page with what they cost, and where kept clips go.

use egui::{Button, DragValue, Label, RichText, Ui};
use hummingbird_engine::data::caption::{MOST_FRAMES, MOST_PARALLEL};

use super::controls::device_name;
use super::data::{push, stage_button};
use super::widgets::{action_button, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data_networks::{DataNetwork, StageChoice};
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
    smoothness(ui, state, out);
    ui.separator();
    captions(ui, state, out);
}

/// A network: which file it is, or how it can be had; the file of the models folder unless another one is chosen.
fn network_file(ui: &mut Ui, state: &State, network: DataNetwork, out: &mut Vec<Command>) {
    let (file, name) = (state.data.networks.file(network), network.title());
    match (&file.chosen, &file.found) {
        (Some(chosen), _) => about(ui, tr!("data-network-chosen", name = name, file = file_name(chosen))),
        (None, Some(found)) => about(ui, tr!("data-network-found", name = name, file = file_name(found))),
        (None, None) if state.models.listing.is_none() => about(ui, tr!("data-network-searching", name = name)),
        (None, None) => {
            about(
                ui,
                tr!("data-network-missing", name = name, command = format!("hummingbird models get {}", network.key())),
            );
        }
    }
    match &file.known {
        Some(Err(problem)) => {
            let words = RichText::new(sentence(problem)).color(ui.visuals().error_fg_color);
            ui.add(Label::new(words).wrap());
        }
        // Any file can be chosen: that another network does the work is said.
        Some(Ok(known)) if known.name != network.key() => about(ui, tr!("data-network-is", name = known.name.as_str())),
        None if file.path().is_some() => about(ui, tr!("data-network-reading")),
        _ => {}
    }
    ui.horizontal_wrapped(|ui| {
        if file.path().is_none() {
            action_button(ui, state, Action::ShowModels, out);
        }
        let choose = ui.add_enabled(!state.view.choosing_file, Button::new(tr!("data-choose-network")));
        if choose.accessible_name(tr!("data-choose-network.name", name = name)).clicked() {
            push(out, DataCommand::Ask(OpenPurpose::DataNetwork(network)));
        }
        if file.chosen.is_some() {
            let back = ui.button(tr!("data-network-back")).accessible_name(tr!("data-network-back.name", name = name));
            if back.clicked() {
                push(out, DataCommand::UseFound(network));
            }
        }
    });
}

/// The cheap network first, the large one for what is left.
fn score(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    ui.strong(tr!("data-score-title"));
    about(ui, tr!("data-score-about"));
    let mut stages = data.stages;
    ui.checkbox(&mut stages.sieves, tr!("data-score-sieve", name = DataNetwork::Sieve.title()));
    if stages.sieves {
        network_file(ui, state, DataNetwork::Sieve, out);
    }
    ui.checkbox(&mut stages.judges, tr!("data-score-judge", name = DataNetwork::Judge.title()));
    if stages.judges {
        network_file(ui, state, DataNetwork::Judge, out);
    }
    if stages.sieves && stages.judges {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(tr!("data-sieve-share"));
            let mut percent = (stages.sieve_share * 100.0).round();
            let drag = DragValue::new(&mut percent).range(1.0..=100.0).max_decimals(0).suffix("%");
            if ui.add(drag).labelled_by(label.id).on_hover_text(tr!("data-sieve-share.tooltip")).changed() {
                stages.sieve_share = percent / 100.0;
            }
        });
    }
    choose(state, stages, out);
    if let Some(words) = score_cost(state) {
        about(ui, words);
    }
    stage_button(ui, state, DataStage::Score, &tr!("data-score"), out);
}

/// "DOVER-Mobile looks at 1000 clips, then DOVER at 800: 642.6 TFLOP on the CPU".
fn score_cost(state: &State) -> Option<String> {
    let data = &state.data;
    let plan = &data.arranged.as_ref()?.score;
    let look = |network: DataNetwork, clips: u64| {
        let known = data.networks.file(network).usable().filter(|_| clips > 0)?;
        let name = if known.name == network.key() { network.title() } else { known.name.as_str() };
        Some(tr!("data-score-looks", name = name, count = clips))
    };
    let looks = [look(DataNetwork::Sieve, plan.sieve_clips), look(DataNetwork::Judge, plan.judge_clips)];
    let what = match looks {
        [Some(first), Some(second)] => tr!("data-score-both", first = first, second = second),
        [one, other] => one.or(other)?,
    };
    Some(with_work(state, &what, plan.tflop))
}

/// What is done, with the work of it and where.
fn with_work(state: &State, what: &str, tflop: f64) -> String {
    let device = device_name(state, state.form.controls.asked.device);
    tr!("data-work-cost", what = what, tflop = format!("{tflop:.1}"), device = device)
}

/// How smooth motion is, of what is left when the cheap steps have found their reasons.
fn smoothness(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.strong(tr!("data-smoothness-title"));
    about(ui, tr!("data-smoothness-about"));
    network_file(ui, state, DataNetwork::Smoothness, out);
    let cost = state.data.cost(DataStage::Smoothness);
    if cost.clips > 0 {
        about(ui, with_work(state, &tr!("data-cost-frames", count = cost.clips, frames = cost.frames), cost.tflop));
    }
    stage_button(ui, state, DataStage::Smoothness, &tr!("data-smoothness"), out);
}

fn choose(state: &State, stages: StageChoice, out: &mut Vec<Command>) {
    if stages != state.data.stages {
        push(out, DataCommand::ChooseStages(stages));
    }
}

/// Whether frames are sent with captions, and how many questions are asked at once.
fn asking(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let mut stages = state.data.stages;
    let mut sees = stages.frames > 0;
    if ui.checkbox(&mut sees, tr!("data-captions-see")).on_hover_text(tr!("data-captions-see.tooltip")).changed() {
        stages.frames = if sees { StageChoice::FRAMES } else { 0 };
    }
    let number = |ui: &mut Ui, label: String, hint: String, value: &mut usize, most: usize| {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(label).id;
            ui.add(DragValue::new(value).range(1..=most).speed(0.1)).labelled_by(label).on_hover_text(hint);
        });
    };
    if stages.frames > 0 {
        let (label, hint) = (tr!("data-captions-frames"), tr!("data-captions-frames.tooltip"));
        number(ui, label, hint, &mut stages.frames, MOST_FRAMES);
    }
    let (label, hint) = (tr!("data-captions-parallel"), tr!("data-captions-parallel.tooltip"));
    number(ui, label, hint, &mut stages.parallel, MOST_PARALLEL);
    choose(state, stages, out);
}

fn captions(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let data = &state.data;
    let cost = data.cost(DataStage::Caption);
    ui.strong(tr!("data-captions-title"));
    about(ui, tr!("data-captions-about"));
    asking(ui, state, out);
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
