//! The data page but for its side: what is open, what is under way, and which clips are listed in which order. The list: `data_list`.

use egui::{Button, ComboBox, Label, ProgressBar, RichText, TextEdit, Ui};
use hummingbird_engine::data::filter::Column;

use super::data_list;
use super::data_words::{listed_name, sort_name, stage_name};
use super::textures::Textures;
use super::theme;
use super::widgets::{action_button, duration, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, DataCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::DataWork;
use crate::window::state::data_view::{Listed, Listing, SortBy};
use crate::window::state::data_work::DataStage;
use crate::window::state::loras::file_name;

/// Width of a list of choices, in points.
const CHOICE_WIDTH: f32 = 130.0;
/// Below this width, in points, there is room for what is needed most.
const NARROW: f32 = 420.0;

/// The page but for its side.
pub fn data_panel(ui: &mut Ui, state: &State, textures: &Textures, out: &mut Vec<Command>) {
    top_row(ui, state, out);
    if let Some(problem) = &state.data.problem {
        ui.add(Label::new(RichText::new(sentence(problem)).color(ui.visuals().error_fg_color)).wrap());
    }
    if let Some(work) = &state.data.work {
        work_row(ui, work, out);
    }
    if state.data.is_opening {
        ui.label(RichText::new(tr!("data-opening")).weak());
    }
    if state.data.open.is_none() {
        nothing_open(ui, state, out);
        return;
    }
    listing_row(ui, state, out);
    ui.add_space(2.0);
    data_list::list(ui, state, textures, out);
}

/// A tooltip with the keys of an action, which may be others than usual.
fn hint(ui: &Ui, text: String, action: Action) -> String {
    match action.shortcut_text(ui.ctx()) {
        keys if keys.is_empty() => text,
        keys => format!("{text} ({keys})"),
    }
}

pub fn push(out: &mut Vec<Command>, command: DataCommand) {
    out.push(Command::Data(command));
}

fn top_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.heading(tr!("data-title"));
        if let Some(open) = &state.data.open {
            let source = open.source.display().to_string();
            ui.label(RichText::new(file_name(&open.source)).strong()).on_hover_text(source);
            if let Some(arranged) = &state.data.arranged {
                let summary = &arranged.summary;
                let words = tr!("data-count", kept = summary.kept, count = summary.rows);
                let words = match arranged.broken {
                    0 => words,
                    broken => format!("{words} · {}", tr!("data-count-broken", count = broken)),
                };
                ui.label(RichText::new(words).weak());
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::DataFolder, out);
        if state.data.open.is_none() || ui.max_rect().width() >= NARROW {
            action_button(ui, state, Action::DataManifest, out);
        }
        recent(ui, state, out);
        let undo = ui.add_enabled(state.data.rows.can_undo(), Button::new(tr!("data-undo")));
        if undo.on_hover_text(hint(ui, tr!("data-undo.tooltip"), Action::UndoDelete)).clicked() {
            out.push(Command::Run(Action::UndoDelete));
        }
        action_button(ui, state, Action::DataRedo, out);
        if ui.button(tr!("library-back")).on_hover_text(Action::ShowData.hint(ui.ctx())).clicked() {
            out.push(Command::Run(Action::ShowData));
        }
    });
}

fn recent(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let recent = state.data.recent.as_deref().unwrap_or_default();
    if recent.is_empty() {
        return;
    }
    let list = ComboBox::from_id_salt("recent data").width(90.0).selected_text(tr!("data-recent"));
    let list = list.show_ui(ui, |ui| {
        for data in recent {
            let path = data.source.display().to_string();
            if ui.selectable_label(false, file_name(&data.source)).on_hover_text(path).clicked() {
                push(out, DataCommand::Open(data.source.clone()));
            }
        }
    });
    list.response.accessible_name(tr!("data-recent"));
}

/// "Measuring motion, 120 of 1000 clips, about 4 min left", with a button that stops it.
fn work_row(ui: &mut Ui, work: &DataWork, out: &mut Vec<Command>) {
    let mut text = stage_name(work.stage);
    let mut fraction = 0.0;
    if let Some(rated) = &work.progress {
        if let Some(total) = rated.progress.total {
            text = tr!("data-progress", stage = text, done = rated.progress.done, count = total);
        }
        fraction = rated.progress.fraction().unwrap_or(0.0) as f32;
        if let Some(secs) = rated.rate.eta_secs {
            text = tr!("training-update-left", progress = text, time = duration(secs as f32));
        }
    }
    if work.is_stopping {
        text = tr!("data-stopping");
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(&text);
        if ui.add_enabled(!work.is_stopping, Button::new(tr!("data-stop"))).clicked() {
            push(out, DataCommand::Stop);
        }
    });
    let bar = ProgressBar::new(fraction).desired_height(6.0).fill(theme::accent(ui));
    ui.add(bar).accessible_name(text);
}

fn nothing_open(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.add_space(16.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(520.0);
        ui.add(Label::new(tr!("data-about")).wrap());
        ui.add(Label::new(RichText::new(tr!("data-about-kept")).weak()).wrap());
        for data in state.data.recent.as_deref().unwrap_or_default() {
            let path = data.source.display().to_string();
            if ui.link(path).clicked() {
                push(out, DataCommand::Open(data.source.clone()));
            }
        }
    });
}

fn listing_row(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let listing = &state.data.listing;
    let mut wanted = listing.clone();
    ui.horizontal_wrapped(|ui| {
        which(ui, state, &mut wanted);
        sort(ui, state, &mut wanted);
        let turn = if listing.is_descending { tr!("data-descending") } else { tr!("data-ascending") };
        if ui.button(turn).on_hover_text(tr!("data-turn")).clicked() {
            wanted.is_descending = !listing.is_descending;
        }
        let width = ui.available_width().clamp(80.0, 220.0);
        let field = TextEdit::singleline(&mut wanted.search).desired_width(width).hint_text(tr!("data-search-hint"));
        ui.add(field).accessible_name(tr!("data-search"));
    });
    if wanted != *listing {
        push(out, DataCommand::List(wanted));
    }
}

fn choice_width(ui: &Ui) -> f32 {
    if ui.max_rect().width() < NARROW { 100.0 } else { CHOICE_WIDTH }
}

fn which(ui: &mut Ui, state: &State, wanted: &mut Listing) {
    let mut choices: Vec<(Listed, Option<usize>)> = vec![(Listed::All, None)];
    if let Some(arranged) = &state.data.arranged {
        let summary = &arranged.summary;
        choices = vec![
            (Listed::All, Some(summary.rows)),
            (Listed::Kept, Some(summary.kept)),
            (Listed::Dropped, Some(summary.dropped)),
            (Listed::Broken, Some(arranged.broken)),
            (Listed::Offered, Some(arranged.offered)),
        ];
        choices.retain(|(listed, count)| *count != Some(0) || *listed == wanted.listed || *listed == Listed::All);
        let reasons = summary.reasons.iter().map(|it| (Listed::Reason(it.reason.clone()), Some(it.rows)));
        choices.extend(reasons);
    }
    let list = ComboBox::from_id_salt("which clips").width(choice_width(ui)).truncate();
    let list = list.selected_text(listed_name(&wanted.listed)).show_ui(ui, |ui| {
        for (listed, count) in choices {
            let name = listed_name(&listed);
            let name = count.map_or_else(|| name.clone(), |count| format!("{name} ({count})"));
            if ui.selectable_label(listed == wanted.listed, name).clicked() {
                wanted.listed = listed;
            }
        }
    });
    list.response.accessible_name(tr!("data-which"));
}

fn sort(ui: &mut Ui, state: &State, wanted: &mut Listing) {
    let list = ComboBox::from_id_salt("sort clips").width(choice_width(ui)).truncate();
    let list = list.selected_text(sort_name(wanted.sort)).show_ui(ui, |ui| {
        let columns = state.data.columns().map(SortBy::Column);
        for sort in [SortBy::Name, SortBy::Caption, SortBy::Reasons].into_iter().chain(columns) {
            if ui.selectable_label(sort == wanted.sort, sort_name(sort)).clicked() && sort != wanted.sort {
                // Of scores the best come first.
                let is_better_high = |column: Column| column.is_better_high();
                wanted.is_descending = matches!(sort, SortBy::Column(column) if is_better_high(column));
                wanted.sort = sort;
            }
        }
    });
    list.response.accessible_name(tr!("data-sort"));
}

/// A button that begins a stage, with what it costs beside and why it cannot begin.
pub fn stage_button(ui: &mut Ui, state: &State, stage: DataStage, label: &str, out: &mut Vec<Command>) {
    let reason = state.why_not_stage(stage);
    let button = ui.add_enabled(reason.is_none(), Button::new(label));
    if button.on_disabled_hover_text(sentence(reason.as_deref().unwrap_or_default())).clicked() {
        push(out, DataCommand::Start(stage));
    }
    if let Some(reason) = reason {
        ui.add(Label::new(RichText::new(sentence(&reason)).small().weak()).wrap());
    }
}
