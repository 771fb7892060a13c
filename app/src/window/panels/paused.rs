//! Jobs that were stopped or have failed, below the queue: how each stands, and what sets it going again.

use egui::{Label, RichText, ScrollArea, Ui};

use super::icons::Icon;
use super::widgets::{sentence, small_icon_button};
use crate::language::tr;
use crate::window::commands::command::{Command, JobCommand};
use crate::window::state::State;
use crate::window::state::paused::{Halt, PausedJob};
use crate::window::state::queue::title;

/// All jobs that were stopped or have failed.
pub fn paused_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if state.paused.jobs.is_empty() {
        return;
    }
    ui.label(RichText::new(tr!("queue-stopped", count = state.paused.jobs.len())).strong().size(15.0));
    let height = (ui.available_height() * 0.4).max(90.0);
    ScrollArea::vertical().id_salt("stopped").max_height(height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        for job in &state.paused.jobs {
            entry(ui, job, out);
        }
    });
    ui.separator();
}

fn entry(ui: &mut Ui, job: &PausedJob, out: &mut Vec<Command>) {
    let prompt = title(&job.note, &job.request);
    ui.horizontal(|ui| {
        let width = ui.available_width() - 30.0;
        ui.scope(|ui| {
            ui.set_max_width(width);
            ui.add(Label::new(RichText::new(&prompt).small()).truncate()).on_hover_text(&job.request.clip.prompt);
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = tr!("queue-drop", clip = prompt.as_str());
            small_icon_button(ui, Icon::Close, &name, Command::Jobs(JobCommand::Drop(job.key)), out);
        });
    });
    let text = sentence(&standing(job));
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
    ui.horizontal(|ui| {
        let at_step = job.steps_done > 0;
        let clip = prompt.as_str();
        let (label, hint, name) = match (at_step, &job.halt) {
            (true, _) => (tr!("queue-resume"), tr!("queue-resume.tooltip"), tr!("queue-resume.name", clip = clip)),
            (false, Halt::Failed(_)) => {
                (tr!("queue-try-again"), tr!("queue-try-again.tooltip"), tr!("queue-try-again.name", clip = clip))
            }
            (false, _) => (tr!("queue-start"), tr!("queue-start.tooltip"), tr!("queue-start.name", clip = clip)),
        };
        let resume = ui.small_button(label).on_hover_text(hint).accessible_name(name);
        out.extend(resume.clicked().then_some(Command::Jobs(JobCommand::Resume(job.key))));
        if at_step {
            let again = ui.small_button(tr!("queue-start-again")).on_hover_text(tr!("queue-start-again.tooltip"));
            let again = again.accessible_name(tr!("queue-start-again.name", clip = clip));
            out.extend(again.clicked().then_some(Command::Jobs(JobCommand::StartAgain(job.key))));
        }
    });
}

fn standing(job: &PausedJob) -> String {
    let halt = match &job.halt {
        Halt::Cancelled => tr!("queue-cancelled"),
        Halt::Failed(reason) => tr!("queue-failed", reason = reason.as_str()),
    };
    match job.place() {
        Some(place) => format!("{place}, {halt}"),
        None => halt,
    }
}
