//! How far a command is, on standard error: a bar on a terminal, a line now and then in a log.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

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
        let is_new = self.stage != step.stage;
        if is_new {
            self.stage = step.stage.to_owned();
        }
        match &mut self.shape {
            Shape::Nothing => {}
            Shape::Bar(bar) => {
                if is_new {
                    let template = match step.total {
                        0 => "{spinner} {msg}",
                        _ => "{spinner} {msg} [{bar:24}] {pos}/{len}{prefix}",
                    };
                    bar.set_style(
                        ProgressStyle::with_template(template).expect("the template is ours").progress_chars("=> "),
                    );
                    bar.set_message(self.stage.clone());
                    bar.enable_steady_tick(Duration::from_millis(120));
                }
                bar.set_length(step.total);
                bar.set_position(step.done);
                bar.set_prefix(extras(step));
            }
            Shape::Lines { last } => {
                let is_due = last.is_none_or(|last| last.elapsed().as_secs() >= LINE_SECS);
                if is_new || is_due {
                    *last = Some(Instant::now());
                    let counted =
                        if step.total == 0 { String::new() } else { format!(" {}/{}", step.done, step.total) };
                    eprintln!("{}{counted}{}", step.stage, extras(step));
                }
            }
        }
    }

    /// A line that stays.
    pub fn note(&self, text: &str) {
        match &self.shape {
            Shape::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            Shape::Lines { .. } => eprintln!("{text}"),
            Shape::Nothing => {}
        }
    }

    /// A warning: it stays, and is shown even when nothing else is.
    pub fn warn(&self, text: &str) {
        match &self.shape {
            Shape::Bar(bar) => bar.suspend(|| eprintln!("warning: {text}")),
            Shape::Lines { .. } | Shape::Nothing => eprintln!("warning: {text}"),
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

fn extras(step: &Step<'_>) -> String {
    let eta = step.eta_secs.map(|secs| format!(", {} left", duration(secs)));
    let detail = (!step.detail.is_empty()).then(|| format!(", {}", step.detail));
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
