//! Jobs that were stopped or have failed, below the queue: how each stands, and what sets it going again.

use egui::{Label, RichText, ScrollArea, Ui};

use super::icons::Icon;
use super::widgets::{sentence, small_icon_button};
use crate::window::commands::command::{Command, JobCommand};
use crate::window::state::State;
use crate::window::state::paused::{Halt, PausedJob};
use crate::window::state::queue::title;

/// All jobs that were stopped or have failed.
pub fn paused_panel(ui: &mut Ui, state: &State, out: &mut Vec<Command>) {
    if state.paused.jobs.is_empty() {
        return;
    }
    ui.label(RichText::new(format!("Stopped ({})", state.paused.jobs.len())).strong().size(15.0));
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
            let name = format!("Remove \"{prompt}\" from the stopped clips");
            small_icon_button(ui, Icon::Close, &name, Command::Jobs(JobCommand::Drop(job.key)), out);
        });
    });
    let text = sentence(&standing(job));
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
    ui.horizontal(|ui| {
        let at_step = job.steps_done > 0;
        let (label, hint) = match (at_step, &job.halt) {
            (true, _) => ("Resume", "Go on after the last finished step"),
            (false, Halt::Failed(_)) => ("Try again", "Make this clip from the beginning"),
            (false, _) => ("Start", "Make this clip now"),
        };
        let resume = ui.small_button(label).on_hover_text(hint).accessible_name(format!("{label} \"{prompt}\""));
        out.extend(resume.clicked().then_some(Command::Jobs(JobCommand::Resume(job.key))));
        if at_step {
            let again = ui.small_button("Start again").on_hover_text("Make this clip from the beginning");
            let again = again.accessible_name(format!("Start \"{prompt}\" again"));
            out.extend(again.clicked().then_some(Command::Jobs(JobCommand::StartAgain(job.key))));
        }
    });
}

fn standing(job: &PausedJob) -> String {
    let halt = match &job.halt {
        Halt::Cancelled => "cancelled".to_owned(),
        Halt::Failed(reason) => format!("failed: {reason}"),
    };
    match job.place() {
        Some(place) => format!("{place}, {halt}"),
        None => halt,
    }
}
