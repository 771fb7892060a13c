//! The model manager: which models are here, which can be downloaded, and under which licence.

use crate::sentences::{detail_in_words, in_words};
use egui::{Button, Frame, Grid, Label, Link, Margin, ProgressBar, RichText, ScrollArea, Ui, vec2};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::progress::{Note, Rated};
use hummingbird_engine::weights::store::{CHECKING, Presence};

use super::dialogs::{buttons, scrolled_height, set_width};
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
    ui.heading("Models");
    ui.label(
        RichText::new(
            "Nano, the demo model, knows a few dozen words. Full models understand free text: download one here, under the \
             licence of its owner, or drop a model file on the window.",
        )
        .weak(),
    );
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
                for row in &listing.rows {
                    card(ui, |ui| model(ui, state, row, out));
                }
            }
            (None, None) => {
                ui.label(RichText::new("Reading the models folder…").weak());
            }
        }
    });
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        action_button(ui, state, Action::OpenModel, out);
        action_button(ui, state, Action::UndoRemove, out);
        if let Some(listing) = &state.models.listing {
            let folder = listing.folder.display().to_string();
            if ui.button("Open models folder").on_hover_text(&folder).clicked() {
                out.push(Command::OpenOutside(folder));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| buttons(ui, None, "Close", out));
    });
}

/// The licence of a model and what else there is to know before it is downloaded.
pub fn licence(ui: &mut Ui, state: &State, key: &str, out: &mut Vec<Command>) {
    set_width(ui, 520.0);
    let (Some(listing), Some(row)) = (&state.models.listing, state.models.row(key)) else {
        ui.label("This model is no longer listed");
        buttons(ui, None, "Back", out);
        return;
    };
    ui.heading(format!("Download {}?", row.title));
    ui.add(Label::new(sentence(&row.purpose)).wrap());
    ui.add_space(4.0);
    Grid::new("offer").num_columns(2).spacing(vec2(12.0, 6.0)).show(ui, |ui| {
        let mut fact = |name: &str, text: String| {
            ui.label(RichText::new(name).weak());
            ui.add(Label::new(text).wrap());
            ui.end_row();
        };
        fact("Size", row.bytes.map_or_else(|| "Unknown".to_owned(), |size| format!("About {}", bytes(size))));
        if let Some(repository) = &row.repository {
            fact("From", format!("{}/{repository}", listing.endpoint.trim_end_matches('/')));
        }
        fact("To", listing.folder.display().to_string());
    });
    let Some(licence) = &row.licence else { return };
    ui.add_space(6.0);
    ui.label(format!("The weights belong to their owners, under the licence {}. Please read it first.", licence.name));
    address(ui, &licence.url, &licence.url, out);
    ui.add_space(8.0);
    buttons(ui, Some("Accept licence and download"), "Cancel", out);
}

/// Whether to delete what has arrived of a model.
pub fn discard(ui: &mut Ui, state: &State, key: &str, out: &mut Vec<Command>) {
    set_width(ui, 420.0);
    let (title, here) = state.models.row(key).map_or((key, 0), |row| (row.title.as_str(), row.bytes_here));
    ui.heading(format!("Discard the download of {title}?"));
    ui.label(format!("{} were downloaded so far and would be deleted", bytes(here)));
    ui.add_space(8.0);
    buttons(ui, Some("Discard"), "Keep", out);
}

/// How far work is, in whole percent.
pub fn percent(rated: &Rated) -> Option<u64> {
    rated.progress.fraction().map(|fraction| (fraction * 100.0) as u64)
}

fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::group(ui.style()).inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}

fn nano(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    card(ui, |ui| {
        let in_use = state.models.source == ModelSource::Embedded;
        title(ui, "Nano", if in_use { "in use" } else { "built in" }, Level::Info);
        ui.label(RichText::new("The demo model: small, fast on any machine, knows a few dozen words").weak());
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

fn model(ui: &mut Ui, state: &State, row: &ModelRow, out: &mut Vec<Command>) {
    let (presence, level) = presence(state, row);
    title(ui, &row.title, &presence, level);
    let foreign = match row.kind {
        Some(Ok(FileKind::Foreign(kind))) => format!("Your own file: {}, not for this program", in_words(&kind)),
        _ => String::new(),
    };
    let what = match &row.kind {
        Some(Ok(FileKind::Foreign(_))) if row.licence.is_none() => foreign.as_str(),
        Some(Ok(FileKind::Lora)) if row.licence.is_none() => "Your own file: a LoRA",
        Some(Ok(FileKind::Model)) if row.licence.is_none() => "Your own file: a model",
        Some(Ok(FileKind::Part)) if row.licence.is_none() => "Your own file: part of a model",
        _ => &row.purpose,
    };
    ui.add(Label::new(RichText::new(sentence(what)).weak()).wrap());
    if let Some(Err(error)) = &row.kind {
        ui.add(Label::new(RichText::new(sentence(error)).small().color(ui.visuals().warn_fg_color)).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        if let Some(size) = row.bytes {
            let about = if row.path.is_none() { "About " } else { "" };
            ui.label(format!("{about}{} on disk", bytes(size)));
        }
        if let Some(memory) = row.memory_bytes {
            ui.label(format!("· about {} of memory for weights", bytes(memory)));
        }
        if let Some(licence) = &row.licence {
            ui.label("· licence");
            address(ui, &licence.name, &licence.url, out);
        }
    });
    ui.add_space(2.0);
    match state.models.task(&row.key) {
        Some(task) => working(ui, row, task, out),
        None => ui.horizontal(|ui| actions(ui, state, row, out)).inner,
    }
}

fn presence(state: &State, row: &ModelRow) -> (String, Level) {
    match row.presence {
        _ if state.models.uses(row) => ("in use".to_owned(), Level::Info),
        Presence::Missing => ("not downloaded".to_owned(), Level::Info),
        Presence::Partial => match row.bytes.filter(|bytes| *bytes > 0) {
            // Not all of it is here, whatever an approximate size says.
            Some(bytes) => {
                (format!("{}% downloaded", (row.bytes_here.saturating_mul(100) / bytes).min(99)), Level::Info)
            }
            None => (format!("{} downloaded", bytes(row.bytes_here)), Level::Info),
        },
        Presence::Unchecked => ("downloaded".to_owned(), Level::Info),
        Presence::Checked => ("downloaded, verified".to_owned(), Level::Info),
        Presence::Wrong => ("differs from the release; remove it and download it again".to_owned(), Level::Warning),
    }
}

fn actions(ui: &mut Ui, state: &State, row: &ModelRow, out: &mut Vec<Command>) {
    let mut button = |ui: &mut Ui, text: &str, hint: &str, why_not: Option<&str>, command: Command| {
        let response = ui.add_enabled(why_not.is_none(), Button::new(text)).on_hover_text(hint);
        let response = response.on_disabled_hover_text(sentence(why_not.unwrap_or_default()));
        if response.accessible_name(format!("{} {}", text.trim_end_matches('…'), row.title)).clicked() {
            out.push(command);
        }
    };
    let key = || row.key.clone();
    match row.presence {
        Presence::Missing => {
            let hint = "Read the licence, then download";
            button(ui, "Download…", hint, None, Command::Models(ModelCommand::Get(key())));
        }
        Presence::Partial => {
            let hint = "Continue the download where it stopped";
            button(ui, "Resume", hint, None, Command::Models(ModelCommand::Get(key())));
            let hint = "Delete what was downloaded so far";
            button(ui, "Discard…", hint, None, Command::Models(ModelCommand::Remove(key())));
        }
        Presence::Unchecked | Presence::Checked | Presence::Wrong => {
            match (&row.kind, &row.path) {
                (Some(Ok(FileKind::Model)), Some(path)) if !state.models.uses(row) => {
                    let command = Command::Models(ModelCommand::Use(path.clone()));
                    button(ui, "Use", "Make clips with this model", None, command);
                }
                (Some(Ok(FileKind::Lora)), Some(path)) => {
                    let hint = "Add it to the LoRAs in the settings";
                    let in_list = state.form.controls.asked.loras.iter().any(|lora| lora.path == *path);
                    let why_not = in_list.then_some("it is already in the list");
                    button(ui, "Add", hint, why_not, Command::AddLora(path.clone()));
                }
                _ => {}
            }
            let hint = "Read the whole file and compare it with the release";
            button(ui, "Verify", hint, None, Command::Models(ModelCommand::Check(key())));
            let hint = "Remove it from the models folder; can be undone until the window closes";
            let why_not = state.why_not_remove(row);
            button(ui, "Remove", hint, why_not.as_deref(), Command::Models(ModelCommand::Remove(key())));
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
            let text = if task.cancelling { "Stopping…" } else { "Cancel" };
            let response = ui.add_enabled(!task.cancelling, Button::new(text));
            let response = response.on_hover_text("Stop and keep what was downloaded");
            if response.accessible_name(format!("Cancel {}", row.title)).clicked() {
                out.push(Command::Models(ModelCommand::Cancel(row.key.clone())));
            }
        }
    });
}

fn fraction(rated: &Rated) -> Option<f32> {
    rated.progress.fraction().map(|fraction| fraction as f32)
}

fn progress_text(task: &ModelTask) -> String {
    let doing = match task.doing {
        Doing::Get => "Downloading",
        Doing::Check => "Verifying",
        Doing::Move => return "Moving files".to_owned(),
    };
    let Some(Rated { progress, rate }) = &task.progress else { return format!("{doing}…") };
    if let Some(Note::Waiting { reason, secs, .. }) = &progress.note {
        return sentence(&format!("{}; trying again in {}", detail_in_words(reason), duration(*secs as f32)));
    }
    let doing = if progress.stage == CHECKING { "Verifying" } else { doing };
    let mut text = format!("{doing} {}", bytes(progress.done));
    if let Some(total) = progress.total {
        text += &format!(" of {}", bytes(total));
    }
    if rate.per_sec > 0.0 {
        text += &format!(" · {}/s", bytes(rate.per_sec as u64));
    }
    if let Some(secs) = rate.eta_secs {
        text += &format!(" · {} left", duration(secs as f32));
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
