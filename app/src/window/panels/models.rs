//! The model manager: which models are here, which can be downloaded, and under which licence.

use crate::language::tr;
use crate::sentences::detail_in_words;
use egui::{Button, CollapsingHeader, Frame, Grid, Label, Link, Margin, ProgressBar, RichText, ScrollArea, Ui, vec2};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::progress::{Note, Rated};
use hummingbird_engine::weights::store::{CHECKING, Presence};

use super::dialogs::{buttons, scrolled_height, set_width};
use super::model_folders;
use super::notices::notices_panel;
use super::theme;
use super::widgets::{action_button, duration, sentence};
use crate::units::bytes;
use crate::window::commands::command::{Command, ModelCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::models::{Doing, FileKind, ModelRow, ModelTask};
use crate::window::state::view::Level;

/// The manager itself.
pub fn page(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    set_width(ui, 720.0);
    ui.heading(tr!("models-title"));
    ui.label(RichText::new(tr!("models-intro")).weak());
    notices_panel(ui, state, out);
    let height = scrolled_height(ui, 270.0);
    let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    area.show(ui, |ui| {
        // Room for the scroll bar, so that it never covers a button.
        ui.set_max_width(ui.available_width() - 8.0);
        nano(ui, state, out);
        match (&state.models.listing, &state.models.problem) {
            (_, Some(problem)) => {
                ui.colored_label(ui.visuals().error_fg_color, sentence(problem));
            }
            (Some(listing), None) => {
                if let Some(problem) = &listing.problem {
                    ui.colored_label(ui.visuals().warn_fg_color, sentence(problem));
                }
                let of_role = |is_judge: bool| listing.rows.iter().filter(move |row| row.is_judge == is_judge);
                for row in of_role(false) {
                    card(ui, |ui| model(ui, state, row, out));
                }
                if of_role(true).next().is_some() {
                    // They make no clips, so nobody looks for them first.
                    let judges = CollapsingHeader::new(tr!("models-judges")).id_salt("judges");
                    judges.show(ui, |ui| {
                        ui.add(Label::new(RichText::new(tr!("models-judges-about")).weak()).wrap());
                        for row in of_role(true) {
                            card(ui, |ui| model(ui, state, row, out));
                        }
                    });
                }
            }
            (None, None) => {
                ui.label(RichText::new(tr!("models-reading")).weak());
            }
        }
        model_folders::folders(ui, state, out);
    });
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::OpenModel, out);
        model_folders::add_button(ui, out);
        action_button(ui, state, Action::UndoRemove, out);
        if let Some(listing) = &state.models.listing {
            let folder = listing.folder.display().to_string();
            if ui.button(tr!("models-open-folder")).on_hover_text(&folder).clicked() {
                out.push(Command::OpenOutside(folder));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            buttons(ui, None, &tr!("models-close"), out);
        });
    });
}

/// The licence of a model and what else there is to know before it is downloaded.
pub fn licence(ui: &mut Ui, state: &State, key: &str, out: &mut Vec<Command>) {
    set_width(ui, 520.0);
    let (Some(listing), Some(row)) = (&state.models.listing, state.models.row(key)) else {
        ui.label(tr!("models-not-listed"));
        buttons(ui, None, &tr!("models-back"), out);
        return;
    };
    ui.heading(tr!("models-download-title", model = row.title.as_str()));
    ui.add(Label::new(sentence(&row.purpose)).wrap());
    ui.add_space(4.0);
    Grid::new("offer").num_columns(2).spacing(vec2(12.0, 6.0)).show(ui, |ui| {
        let mut fact = |name: String, text: String| {
            ui.label(RichText::new(name).weak());
            ui.add(Label::new(text).wrap());
            ui.end_row();
        };
        let size =
            row.bytes.map_or_else(|| tr!("models-size.unknown"), |size| tr!("models-size.about", size = bytes(size)));
        fact(tr!("models-size"), size);
        if let Some(source) = &row.source {
            fact(tr!("models-from"), source.clone());
        }
        fact(tr!("models-to"), listing.folder.display().to_string());
    });
    model_folders::fit(ui, state, row);
    let Some(licence) = &row.licence else { return };
    ui.add_space(6.0);
    ui.label(tr!("models-licence-of-weights", licence = licence.name.as_str()));
    address(ui, &licence.url, &licence.url, out);
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("models-accept")), &tr!("models-cancel"), out);
}

/// Whether to delete what has arrived of a model.
pub fn discard(ui: &mut Ui, state: &State, key: &str, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    let (title, here) = state.models.row(key).map_or((key, 0), |row| (row.title.as_str(), row.bytes_here));
    ui.heading(tr!("models-discard-title", model = title));
    ui.label(tr!("models-discard-about", size = bytes(here)));
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("models-discard-confirm")), &tr!("models-discard-keep"), out);
}

/// How far work is, in whole percent.
pub fn percent(rated: &Rated) -> Option<u64> {
    rated.progress.fraction().map(|fraction| (fraction * 100.0) as u64)
}

/// A frame around what is said of one model.
pub fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::group(ui.style()).inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}

fn nano(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    card(ui, |ui| {
        let in_use = state.models.source == ModelSource::Embedded;
        let presence = if in_use { tr!("models-in-use") } else { tr!("models-built-in") };
        title(ui, "Nano", &presence, Level::Info);
        ui.label(RichText::new(tr!("models-nano-about")).weak());
        if !in_use {
            action_button(ui, state, Action::UseDemoModel, out);
        }
    });
}

fn title(ui: &mut Ui, name: &str, presence: &str, level: Level) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong().size(15.0));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = RichText::new(sentence(presence));
            let text = if level == Level::Info { text.weak() } else { text.color(theme::level_colour(ui, level)) };
            ui.label(text);
        });
    });
}

/// A model with its buttons.
pub fn model(ui: &mut Ui, state: &State, row: &ModelRow, out: &mut Vec<Command>) {
    let (presence, level) = presence(state, row);
    title(ui, &row.title, &presence, level);
    let what = match &row.kind {
        Some(Ok(kind)) => model_folders::kind_words(row, *kind).unwrap_or_else(|| row.purpose.clone()),
        _ => row.purpose.clone(),
    };
    ui.add(Label::new(RichText::new(sentence(&what)).weak()).wrap());
    if let Some(Err(error)) = &row.kind {
        ui.add(Label::new(RichText::new(sentence(error)).small().color(ui.visuals().warn_fg_color)).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        if let Some(size) = row.bytes {
            let size = bytes(size);
            let is_here = row.path.is_some();
            ui.label(if is_here {
                tr!("models-on-disk", size = size)
            } else {
                tr!("models-about-on-disk", size = size)
            });
        }
        if let Some(memory) = row.memory_bytes {
            ui.label(format!("· {}", tr!("models-memory-for-weights", memory = bytes(memory))));
        }
        if let Some(licence) = &row.licence {
            ui.label(format!("· {}", tr!("models-licence")));
            address(ui, &licence.name, &licence.url, out);
        }
    });
    model_folders::fit(ui, state, row);
    ui.add_space(2.0);
    match state.models.task(&row.key) {
        Some(task) => working(ui, row, task, out),
        None => ui.horizontal(|ui| actions(ui, state, row, out)).inner,
    }
}

fn presence(state: &State, row: &ModelRow) -> (String, Level) {
    let text = match row.presence {
        _ if state.models.uses(row) => tr!("models-in-use"),
        _ if row.folder.is_some() => String::new(),
        Presence::Missing => tr!("models-not-downloaded"),
        Presence::Partial => match row.bytes.filter(|bytes| *bytes > 0) {
            // Not all of it is here, whatever an approximate size says.
            Some(bytes) => {
                tr!("models-percent-downloaded", percent = (row.bytes_here.saturating_mul(100) / bytes).min(99))
            }
            None => tr!("models-bytes-downloaded", size = bytes(row.bytes_here)),
        },
        Presence::Unchecked => tr!("models-downloaded"),
        Presence::Checked => tr!("models-verified"),
        Presence::Wrong => return (tr!("models-differs"), Level::Warning),
    };
    (text, Level::Info)
}

/// A button of a model; `.tooltip` and `.name` of its key say what it does and what screen readers call it.
struct Offer<'a> {
    key: &'static str,
    why_not: Option<&'a str>,
    command: Command,
}

fn offer(ui: &mut Ui, row: &ModelRow, Offer { key, why_not, command }: Offer<'_>, out: &mut Vec<Command>) {
    let response = ui.add_enabled(why_not.is_none(), Button::new(tr!(key)));
    let response = response.on_hover_text(tr!(&format!("{key}.tooltip")));
    let response = response.on_disabled_hover_text(sentence(why_not.unwrap_or_default()));
    if response.accessible_name(tr!(&format!("{key}.name"), model = row.title.as_str())).clicked() {
        out.push(command);
    }
}

fn actions(ui: &mut Ui, state: &State, row: &ModelRow, out: &mut Vec<Command>) {
    let key = || row.key.clone();
    let plain = |key, command| Offer { key, why_not: None, command: Command::Models(command) };
    match row.presence {
        Presence::Missing => offer(ui, row, plain("models-download", ModelCommand::Get(key())), out),
        Presence::Partial => {
            offer(ui, row, plain("models-resume", ModelCommand::Get(key())), out);
            offer(ui, row, plain("models-discard", ModelCommand::Remove(key())), out);
        }
        Presence::Unchecked | Presence::Checked | Presence::Wrong => {
            match (&row.kind, &row.path) {
                (Some(Ok(FileKind::Model | FileKind::Part)), Some(path))
                    if !state.models.uses(row) && state.models.is_usable(row) =>
                {
                    offer(ui, row, plain("models-use", ModelCommand::Use(path.clone())), out);
                }
                (Some(Ok(FileKind::Lora)), Some(path)) => {
                    let in_list = state.form.controls.asked.loras.iter().any(|lora| lora.path == *path);
                    let reason = tr!("models-already-in-list");
                    let why_not = in_list.then_some(reason.as_str());
                    let add = Offer { key: "models-add", why_not, command: Command::AddLora(path.clone()) };
                    offer(ui, row, add, out);
                }
                _ => {}
            }
            model_folders::complete_button(ui, row, out);
            // Files of other folders are used and left alone.
            if row.folder.is_some() {
                return;
            }
            offer(ui, row, plain("models-verify", ModelCommand::Check(key())), out);
            let why_not = state.why_not_remove(row);
            let remove = plain("models-remove", ModelCommand::Remove(key()));
            offer(ui, row, Offer { why_not: why_not.as_deref(), ..remove }, out);
        }
    }
}

fn working(ui: &mut Ui, row: &ModelRow, task: &ModelTask, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 100.0;
        let text = progress_text(task);
        let fraction = task.progress.as_ref().and_then(fraction).unwrap_or(0.0);
        // The bar moves by reports alone: an animation would keep the window drawing.
        let bar = ProgressBar::new(fraction).desired_width(width.max(120.0)).text(RichText::new(&text).small());
        ui.add(bar).accessible_name(format!("{}: {text}", row.title));
        if task.doing != Doing::Move {
            let text = if task.cancelling { tr!("models-stopping") } else { tr!("models-stop") };
            let response = ui.add_enabled(!task.cancelling, Button::new(text));
            let response = response.on_hover_text(tr!("models-stop.tooltip"));
            if response.accessible_name(tr!("models-stop.name", model = row.title.as_str())).clicked() {
                out.push(Command::Models(ModelCommand::Cancel(row.key.clone())));
            }
        }
    });
}

fn fraction(rated: &Rated) -> Option<f32> {
    rated.progress.fraction().map(|fraction| fraction as f32)
}

fn progress_text(task: &ModelTask) -> String {
    let is_check = task.doing == Doing::Check;
    if task.doing == Doing::Move {
        return tr!("models-moving");
    }
    let Some(Rated { progress, rate }) = &task.progress else {
        return if is_check { tr!("models-verifying") } else { tr!("models-downloading") };
    };
    if let Some(Note::Waiting { reason, secs, .. }) = &progress.note {
        let (reason, time) = (detail_in_words(reason), duration(*secs as f32));
        return sentence(&tr!("models-waiting", reason = reason, time = time));
    }
    let done = bytes(progress.done);
    let mut text = match (is_check || progress.stage == CHECKING, progress.total.map(bytes)) {
        (true, None) => tr!("models-verifying-bytes", done = done),
        (true, Some(total)) => tr!("models-verifying-of", done = done, total = total),
        (false, None) => tr!("models-downloading-bytes", done = done),
        (false, Some(total)) => tr!("models-downloading-of", done = done, total = total),
    };
    if rate.per_sec > 0.0 {
        text += &format!(" · {}", tr!("models-rate", size = bytes(rate.per_sec as u64)));
    }
    if let Some(secs) = rate.eta_secs {
        text += &format!(" · {}", tr!("models-time-left", time = duration(secs as f32)));
    }
    text
}

/// A link; the address shows when the pointer rests on it.
fn address(ui: &mut Ui, text: &str, url: &str, out: &mut Vec<Command>) {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if !is_web {
        ui.label(text).on_hover_text(url);
    } else if ui.add(Link::new(text)).on_hover_text(url).clicked() {
        out.push(Command::OpenOutside(url.to_owned()));
    }
}
