//! Enhance below the prompt: its buttons, the server's answer as a difference, and the dialog in which the server is set.

use egui::text::{LayoutJob, TextFormat};
use egui::{Button, Frame, Label, RichText, Stroke, TextEdit, TextStyle, Ui};
use hummingbird_engine::jobs::enhance::Enhanced;

use super::dialogs::{buttons, set_width};
use super::widgets::{action_button, duration, sentence};
use crate::language::tr;
use crate::window::commands::command::{Command, PromptingCommand, StyleCommand};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::difference::{Became, difference};
use crate::window::state::prompting::{Enhance, KeyPlace, ServerPage, Tried};

fn push(out: &mut Vec<Command>, command: PromptingCommand) {
    out.push(Command::Prompting(command));
}

/// Buttons for the prompt, and what they lead to.
pub fn helpers_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        if state.prompting.server.is_set() {
            action_button(ui, state, Action::Enhance, out);
        } else {
            short_button(ui, state, Action::SetServer, tr!("prompting-set-up"), out);
        }
        action_button(ui, state, Action::EditStyles, out);
        short_button(ui, state, Action::ShowPrompts, tr!("prompting-history-short"), out);
        if state.prompting.can_take_back() {
            short_button(ui, state, Action::UndoPrompt, tr!("prompting-undo"), out);
        }
    });
    styles_in_use(ui, state, out);
    match &state.prompting.enhance {
        Enhance::Idle => {}
        Enhance::Running { since_secs, .. } => running(ui, state, *since_secs, out),
        Enhance::Offer { sent, enhanced } => boxed(ui, |ui| offer(ui, state, sent, enhanced, out)),
        Enhance::Failed(problem) => boxed(ui, |ui| failed(ui, state, problem, out)),
    }
}

/// A button of an action with less words: there is room for few.
fn short_button(ui: &mut Ui, state: &State, action: Action, text: String, out: &mut Vec<Command>) {
    let reason = state.why_not(action);
    let button = ui.add_enabled(reason.is_none(), Button::new(text)).on_hover_text(action.hint(ui.ctx()));
    let button = button.on_disabled_hover_text(sentence(&reason.unwrap_or_default()));
    if button.accessible_name(action.row().label()).clicked() {
        out.push(Command::Run(action));
    }
}

/// The styles that are on, and the prompt that comes of them.
fn styles_in_use(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let names: Vec<&str> = state.form.styles.used().map(|style| style.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(tr!("prompting-styles")).small().weak());
        for name in names {
            let chip = Button::selectable(true, RichText::new(format!("{name} ×")).small()).corner_radius(10.0);
            let chip = ui.add(chip).on_hover_text(tr!("prompting-style-off", name = name));
            if chip.accessible_name(tr!("prompting-style-off", name = name)).clicked() {
                push(out, PromptingCommand::Styles(StyleCommand::Set(name.to_owned(), false)));
            }
        }
    });
    let styled = state.form.styled();
    if !styled.prompt.trim().is_empty() {
        let text = tr!("prompting-given", prompt = styled.prompt);
        ui.add(Label::new(RichText::new(text).small().weak()).wrap().selectable(true));
    }
    if !styled.negative.trim().is_empty() && styled.negative != state.form.controls.asked.negative {
        let text = tr!("prompting-given-negative", negative = styled.negative);
        ui.add(Label::new(RichText::new(text).small().weak()).wrap().selectable(true));
    }
}

fn boxed(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}

fn running(ui: &mut Ui, state: &State, since_secs: f64, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        // Drawn once a second: a wheel that turns would draw the whole window all the time.
        let elapsed = duration((state.view.now_secs - since_secs).max(0.0) as f32);
        let server = state.prompting.server.address.trim();
        ui.label(RichText::new(tr!("prompting-asking", server = server, elapsed = elapsed)).small());
        let cancel = ui.small_button(tr!("dialogs-cancel")).accessible_name(tr!("prompting-stop-asking"));
        if cancel.clicked() {
            push(out, PromptingCommand::StopAsking);
        }
    });
}

fn failed(ui: &mut Ui, state: &State, problem: &str, out: &mut Vec<Command>) {
    let text = RichText::new(sentence(problem)).small().color(ui.visuals().warn_fg_color);
    ui.add(Label::new(text).wrap());
    ui.horizontal_wrapped(|ui| {
        again(ui, state, out);
        let settings = ui.small_button(tr!("prompting-server-short")).on_hover_text(Action::SetServer.hint(ui.ctx()));
        if settings.accessible_name(tr!("prompting-change-server")).clicked() {
            out.push(Command::Run(Action::SetServer));
        }
        if ui.small_button(tr!("prompting-dismiss")).accessible_name(tr!("prompting-dismiss-enhance")).clicked() {
            push(out, PromptingCommand::Refuse);
        }
    });
}

fn again(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    let reason = state.why_not(Action::Enhance);
    let button = ui.add_enabled(reason.is_none(), Button::new(tr!("prompting-again")).small());
    let button = button.on_disabled_hover_text(sentence(&reason.unwrap_or_default()));
    if button.accessible_name(tr!("prompting-again-enhance")).clicked() {
        out.push(Command::Run(Action::Enhance));
    }
}

/// The answer against the prompt that was sent.
fn offer(ui: &mut Ui, state: &State, sent: &str, enhanced: &Enhanced, out: &mut Vec<Command>) {
    ui.label(RichText::new(tr!("prompting-offer", model = enhanced.model.as_str())).small().strong());
    let shown = ui.add(Label::new(painted(ui, sent, &enhanced.text)).wrap().selectable(false));
    // A screen reader does not see what is struck out.
    let said = tr!("prompting-offer-text", text = enhanced.text.as_str());
    ui.ctx().accesskit_node_builder(shown.id, |node| node.set_value(said));
    let warn = |ui: &mut Ui, text: String| {
        let text = RichText::new(text).small().color(ui.visuals().warn_fg_color);
        ui.add(Label::new(text).wrap());
    };
    if !enhanced.lost.is_empty() {
        warn(ui, tr!("prompting-lost", pieces = enhanced.lost.join(", ")));
    }
    if state.form.controls.asked.prompt.trim() != sent {
        warn(ui, tr!("prompting-changed"));
    }
    ui.horizontal_wrapped(|ui| {
        if ui.button(tr!("prompting-accept")).on_hover_text(tr!("prompting-accept.tooltip")).clicked() {
            push(out, PromptingCommand::Accept);
        }
        if ui.button(tr!("prompting-refuse")).on_hover_text(tr!("prompting-refuse.tooltip")).clicked() {
            push(out, PromptingCommand::Refuse);
        }
        again(ui, state, out);
    });
}

/// Both texts in one: what is new is underlined, what goes is struck out.
fn painted(ui: &Ui, old: &str, new: &str) -> LayoutJob {
    let visuals = ui.visuals();
    let plain = TextFormat::simple(TextStyle::Body.resolve(ui.style()), visuals.text_color());
    let added = super::theme::accent(ui);
    let mut job = LayoutJob::default();
    for (index, (became, words)) in difference(old, new).into_iter().enumerate() {
        if index > 0 {
            job.append(" ", 0.0, plain.clone());
        }
        let format = match became {
            Became::Same => plain.clone(),
            Became::Added => TextFormat { underline: Stroke::new(1.5, added), ..plain.clone() },
            Became::Removed => TextFormat {
                color: visuals.weak_text_color(),
                strikethrough: Stroke::new(1.0, visuals.weak_text_color()),
                ..plain.clone()
            },
        };
        job.append(&words, 0.0, format);
    }
    job
}

/// The dialog in which the server is set.
pub fn server(ui: &mut Ui, page: &ServerPage, out: &mut Vec<Command>) {
    set_width(ui, 520.0);
    ui.heading(tr!("prompting-server"));
    ui.add(Label::new(RichText::new(tr!("prompting-server-about")).weak()).wrap());
    ui.add_space(4.0);
    let mut typed = page.clone();
    let mut changed = false;
    let address = field(ui, &tr!("prompting-address"), &mut typed.address, "http://127.0.0.1:11434", false);
    changed |= address.changed();
    if ui.memory(|memory| memory.focused().is_none()) {
        address.request_focus();
    }
    let hint = tr!("prompting-model-hint");
    changed |= field(ui, &tr!("prompting-model"), &mut typed.model, &hint, false).changed();
    ui.label(tr!("prompting-key"));
    ui.horizontal_wrapped(|ui| {
        for place in KeyPlace::ALL {
            changed |= ui.radio_value(&mut typed.place, place, place_name(place)).changed();
        }
    });
    match typed.place {
        KeyPlace::None => {}
        KeyPlace::Variable => {
            changed |= field(ui, &tr!("prompting-key-variable"), &mut typed.source, "OPENAI_API_KEY", false).changed();
        }
        KeyPlace::File => changed |= field(ui, &tr!("prompting-key-file"), &mut typed.source, "", false).changed(),
        KeyPlace::Typed => {
            let mut key = typed.key.reveal().to_owned();
            if field(ui, &tr!("prompting-key-typed"), &mut key, "", true).changed() {
                typed.key = hummingbird_engine::chat::ApiKey::new(key);
                changed = true;
            }
            ui.label(RichText::new(tr!("prompting-key-readable")).small().weak());
        }
    }
    if changed {
        push(out, PromptingCommand::Server(Box::new(typed)));
    }
    ui.add_space(4.0);
    tried(ui, page, out);
    if let Some(problem) = &page.problem {
        ui.add(Label::new(RichText::new(sentence(problem)).color(ui.visuals().warn_fg_color)).wrap());
    }
    ui.add_space(8.0);
    buttons(ui, Some(&tr!("prompting-save")), &tr!("dialogs-cancel"), out);
}

fn place_name(place: KeyPlace) -> String {
    match place {
        KeyPlace::None => tr!("prompting-key-none"),
        KeyPlace::Variable => tr!("prompting-key-in-variable"),
        KeyPlace::File => tr!("prompting-key-in-file"),
        KeyPlace::Typed => tr!("prompting-key-here"),
    }
}

/// A line of text with its name before it.
fn field(ui: &mut Ui, name: &str, text: &mut String, hint: &str, secret: bool) -> egui::Response {
    ui.horizontal(|ui| {
        let label = ui.add_sized([90.0, 20.0], Label::new(name).truncate());
        let field = TextEdit::singleline(text).id_salt(name).desired_width(ui.available_width()).password(secret);
        ui.add(field.hint_text(hint)).labelled_by(label.id)
    })
    .inner
}

fn tried(ui: &mut Ui, page: &ServerPage, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        let can = !page.address.trim().is_empty() && page.tried != Tried::Running;
        let button = ui.add_enabled(can, Button::new(tr!("prompting-try"))).on_hover_text(tr!("prompting-try.tooltip"));
        if button.clicked() {
            push(out, PromptingCommand::Try);
        }
        match &page.tried {
            Tried::Not => {}
            Tried::Running => {
                ui.label(tr!("prompting-trying"));
            }
            Tried::Answers { model, models } => {
                let text = tr!("prompting-answers", model = model.as_str(), count = models.len());
                ui.add(Label::new(text).wrap());
            }
            Tried::Failed(problem) => {
                ui.add(Label::new(RichText::new(sentence(problem)).color(ui.visuals().warn_fg_color)).wrap());
            }
        }
    });
    let Tried::Answers { models, .. } = &page.tried else { return };
    // A click is quicker than typing a name.
    ui.horizontal_wrapped(|ui| {
        for name in models.iter().take(12) {
            let chosen = page.model.trim() == name;
            let chip = Button::selectable(chosen, RichText::new(name).small()).frame_when_inactive(true);
            if ui.add(chip).accessible_name(tr!("prompting-use-model", name = name.as_str())).clicked() {
                push(out, PromptingCommand::Server(Box::new(ServerPage { model: name.clone(), ..page.clone() })));
            }
        }
    });
}
