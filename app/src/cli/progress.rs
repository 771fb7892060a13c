//! How far a command is, on standard error: a bar on a terminal, a line now and then in a log. Where it cannot be written the
//! command goes on without it.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::print::{self, bytes};

/// Seconds between two lines of the same stage in a log.
const LINE_SECS: u64 = 10;

/// Shows the progress of one command.
pub struct Display {
    shape: Shape,
    stage: String,
}

enum Shape {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
    Nothing,
}

/// How far a stage is.
pub struct Step<'a> {
    /// Name of the stage.
    pub stage: &'a str,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when there is nothing to count.
    pub total: u64,
    /// Seconds left, as far as known.
    pub eta_secs: Option<f64>,
    /// Anything else that is worth a look; often empty.
    pub detail: &'a str,
}

impl Display {
    /// A bar on a terminal, lines elsewhere, nothing when `quiet`.
    pub fn new(quiet: bool) -> Self {
        let shape = if quiet {
            Shape::Nothing
        } else if io::stderr().is_terminal() {
            Shape::Bar(ProgressBar::no_length())
        } else {
            Shape::Lines { last: None }
        };
        Self { shape, stage: String::new() }
    }

    /// Shows a step.
    pub fn show(&mut self, step: &Step<'_>) {
        let counted = if step.total == 0 { String::new() } else { format!("{}/{}", step.done, step.total) };
        self.draw(step.stage, step.done, step.total, &format!("{counted}{}", extras(step.eta_secs, step.detail)));
    }

    /// Shows bytes that travel or are read; a total of 0 is not known.
    pub fn show_bytes(&mut self, stage: &str, done: u64, total: u64, bytes_per_sec: f64, eta_secs: Option<f64>) {
        let of = if total == 0 { String::new() } else { format!(" of {}", bytes(total)) };
        let rate = if bytes_per_sec > 0.0 { format!("{}/s", bytes(bytes_per_sec as u64)) } else { String::new() };
        // An unknown end still shows that something comes.
        self.draw(stage, done, total.max(1), &format!("{}{of}{}", bytes(done), extras(eta_secs, &rate)));
    }

    fn draw(&mut self, stage: &str, done: u64, total: u64, text: &str) {
        let (stage, text) = (&*print::value(stage), &*print::value(text));
        let is_new = self.stage != stage;
        if is_new {
            self.stage = stage.to_owned();
        }
        match &mut self.shape {
            Shape::Nothing => {}
            Shape::Bar(bar) => {
                if is_new {
                    let template = match total {
                        0 => "{spinner} {msg}",
                        _ => "{spinner} {msg} [{bar:24}] {prefix}",
                    };
                    bar.set_style(
                        ProgressStyle::with_template(template).expect("the template is ours").progress_chars("=> "),
                    );
                    bar.set_message(self.stage.clone());
                    bar.enable_steady_tick(Duration::from_millis(120));
                }
                bar.set_length(total);
                bar.set_position(done.min(total));
                bar.set_prefix(text.to_owned());
            }
            Shape::Lines { last } => {
                let is_due = last.is_none_or(|last| last.elapsed().as_secs() >= LINE_SECS);
                if is_new || is_due {
                    *last = Some(Instant::now());
                    let gap = if text.is_empty() || text.starts_with(',') { "" } else { " " };
                    print::note(&format!("{}{gap}{text}", self.stage));
                }
            }
        }
    }

    /// A line that stays.
    pub fn note(&self, text: &str) {
        match &self.shape {
            Shape::Bar(bar) => bar.suspend(|| print::note(&print::value(text))),
            Shape::Lines { .. } => print::note(&print::value(text)),
            Shape::Nothing => {}
        }
    }

    /// A warning: it stays, and is shown even when nothing else is.
    pub fn warn(&self, text: &str) {
        let warning = format!("warning: {}", print::value(text));
        match &self.shape {
            Shape::Bar(bar) => bar.suspend(|| print::note(&warning)),
            Shape::Lines { .. } | Shape::Nothing => print::note(&warning),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.finish();
    }
}

fn extras(eta_secs: Option<f64>, detail: &str) -> String {
    let eta = eta_secs.map(|secs| format!(", {} left", duration(secs)));
    let detail = (!detail.is_empty()).then(|| format!(", {detail}"));
    format!("{}{}", eta.unwrap_or_default(), detail.unwrap_or_default())
}

/// Seconds as people read them: "8 s", "3 min 05 s", "2 h 10 min".
pub fn duration(secs: f64) -> String {
    // Rounded up, since a wait that is announced too short is the one that annoys.
    let secs = secs.max(0.0).ceil() as u64;
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up() {
        let cases = [(0.0, "0 s"), (7.2, "8 s"), (59.5, "1 min 00 s"), (185.0, "3 min 05 s"), (7800.0, "2 h 10 min")];
        for (secs, text) in cases {
            assert_eq!(duration(secs), text);
        }
    }
}
