//! A batch: many jobs out of one form. Several prompts, several seeds, and a grid of two settings.

use std::path::Path;
use std::time::SystemTime;

use hummingbird_engine::jobs::grid::{GridCell, LONGEST_CAPTION, MOST_SIDE};
use hummingbird_engine::jobs::journal::JobNote;
use hummingbird_engine::jobs::queue_file::MOST_JOBS;
use hummingbird_engine::jobs::styles::Styles;
use hummingbird_engine::request::{GenerateRequest, RequestLimits};
use hummingbird_engine::settings::{Kind, Setting, Value, table};

use super::clips::short;
use super::controls::Controls;
use super::queue::JobPlan;
use crate::language::{setting_name, tr};

/// One side of a grid: a setting, and its values as typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// The setting; `None` for a grid of one row or column.
    pub setting: Option<&'static Setting>,
    /// Its values, with commas between them; of texts, one a line.
    pub values: String,
}

/// What is typed for a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Prompts, one a line; empty is that of the form.
    pub prompts: String,
    /// Whether every combination of the choices in braces is made, and not one of them.
    pub every_choice: bool,
    /// How many seeds, as typed; empty is one.
    pub seeds: String,
    /// Rows and columns.
    pub sides: [Side; 2],
}

/// The jobs of a batch.
pub type Jobs = Vec<(GenerateRequest, JobPlan)>;

impl Batch {
    /// The settings that a grid can have on a side.
    pub fn settings() -> impl Iterator<Item = &'static Setting> {
        hummingbird_engine::settings::in_order().into_iter().filter(|setting| **setting != table::PROMPT)
    }

    /// The jobs, with the other settings as they are in the form; `drawn` is the first seed where none is locked.
    ///
    /// # Errors
    /// What is wrong, for the user.
    pub fn jobs(
        &self,
        controls: &Controls,
        styles: &Styles,
        limits: &RequestLimits,
        wildcards: &Path,
        drawn: u64,
    ) -> Result<Jobs, String> {
        let prompts = self.prompts(controls)?;
        let seeds = match self.seeds.trim() {
            "" => 1,
            text => text
                .parse::<usize>()
                .ok()
                .filter(|seeds| *seeds > 0)
                .ok_or_else(|| tr!("state-batch-seeds", text = text))?,
        };
        let [rows, columns] = [self.sides[0].values()?, self.sides[1].values()?];
        let cells = rows.len().max(1) * columns.len().max(1);
        let count = prompts.len().checked_mul(seeds).and_then(|count| count.checked_mul(cells));
        let count = count.filter(|count| *count <= MOST_JOBS);
        let count = count.ok_or_else(|| tr!("state-batch-too-many", most = MOST_JOBS))?;
        let typed = controls.text(&table::SEED).trim().parse::<u64>().ok().filter(|_| controls.seed_locked);
        let first_seed = typed.unwrap_or(drawn);
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut grid = u64::try_from(time.as_millis()).unwrap_or_default();
        let mut jobs = Vec::with_capacity(count);
        for prompt in &prompts {
            for number in 0..seeds {
                let seed = first_seed.wrapping_add(number as u64);
                let mut of_seed = controls.clone();
                let styled = styles.applied(prompt, &controls.asked.negative);
                (of_seed.asked.prompt, of_seed.asked.negative) = (styled.prompt, styled.negative);
                of_seed.set_text(&table::SEED, seed.to_string());
                of_seed.seed_locked = true;
                grid += 1;
                for row in 0..rows.len().max(1) {
                    for column in 0..columns.len().max(1) {
                        let chosen = [rows.get(row), columns.get(column)];
                        let mut typed = of_seed.clone();
                        for (side, value) in self.sides.iter().zip(chosen) {
                            if let (Some(setting), Some(value)) = (side.setting, value) {
                                set(&mut typed, setting, value)?;
                            }
                        }
                        let captions: Vec<String> =
                            self.sides.iter().zip(chosen).filter_map(|(side, value)| side.caption(value?)).collect();
                        let request = typed.request(limits, wildcards).map_err(|(_, text)| {
                            let of_cell = self.sides.iter().zip(chosen).filter_map(|(side, value)| side.words(value?));
                            match of_cell.collect::<Vec<_>>().join(", ") {
                                cell if cell.is_empty() => text,
                                cell => format!("{cell}: {text}"),
                            }
                        })?;
                        let cell = (!captions.is_empty()).then(|| GridCell {
                            grid,
                            title: short(prompt, 60),
                            rows: self.sides[0].captions(&rows),
                            columns: self.sides[1].captions(&columns),
                            row,
                            column,
                        });
                        let seed = (seeds > 1).then(|| format!("seed {seed}"));
                        let parts: Vec<String> = captions.into_iter().chain(seed).collect();
                        let name = match parts.len() {
                            0 => String::new(),
                            _ => format!("{} · {}", parts.join(", "), short(&request.clip.prompt, 40)),
                        };
                        let note = JobNote { name, place: None, cell };
                        jobs.push((request, JobPlan { note, ..JobPlan::default() }));
                    }
                }
            }
        }
        Ok(jobs)
    }

    /// The prompts as they are typed.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.prompts.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    fn prompts(&self, controls: &Controls) -> Result<Vec<String>, String> {
        let lines: Vec<&str> = self.lines().collect();
        let lines = if lines.is_empty() { vec![controls.asked.prompt.as_str()] } else { lines };
        if !self.every_choice {
            return Ok(lines.into_iter().map(str::to_owned).collect());
        }
        let mut prompts = Vec::new();
        for line in lines {
            expand(line, &mut prompts)?;
        }
        Ok(prompts)
    }
}

impl Side {
    fn values(&self) -> Result<Vec<String>, String> {
        let Some(setting) = self.setting else { return Ok(Vec::new()) };
        let is_text = matches!(setting.kind, Kind::Text);
        let parts: Vec<&str> =
            if is_text { self.values.lines().collect() } else { self.values.split([',', '\n']).collect() };
        let values: Vec<String> =
            parts.into_iter().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
        let label = || setting_name(setting.name, setting.label);
        match values.len() {
            0 => Err(tr!("state-batch-no-values", setting = label())),
            count if count > MOST_SIDE => {
                Err(tr!("state-batch-many-values", setting = label(), count = count, most = MOST_SIDE))
            }
            _ => Ok(values),
        }
    }

    /// What stands beside a row or above a column: it is kept with the jobs, and so is English.
    fn caption(&self, value: &str) -> Option<String> {
        let setting = self.setting?;
        Some(format!("{} {value}", setting.label).chars().take(LONGEST_CAPTION).collect())
    }

    /// The same for the user.
    fn words(&self, value: &str) -> Option<String> {
        let setting = self.setting?;
        let label = setting_name(setting.name, setting.label);
        Some(format!("{label} {value}").chars().take(LONGEST_CAPTION).collect())
    }

    fn captions(&self, values: &[String]) -> Vec<String> {
        values.iter().filter_map(|value| self.caption(value)).collect()
    }
}

/// Puts a value that was typed into the controls.
fn set(controls: &mut Controls, setting: &'static Setting, typed: &str) -> Result<(), String> {
    let value = match &setting.kind {
        Kind::Seed | Kind::Whole { .. } | Kind::Side | Kind::Decimal { .. } => {
            controls.set_text(setting, typed.to_owned());
            return Ok(());
        }
        Kind::Text => Value::Text(typed.to_owned()),
        Kind::Flag(_) => match typed.to_lowercase().as_str() {
            "on" | "yes" | "true" => Value::Flag(true),
            "off" | "no" | "false" => Value::Flag(false),
            _ => {
                let label = setting_name(setting.name, setting.label);
                return Err(tr!("state-batch-no-flag", text = typed, setting = label));
            }
        },
        Kind::Choice { named, .. } => {
            let by_label = named.iter().find(|choice| choice.label.eq_ignore_ascii_case(typed));
            Value::Text(by_label.map_or_else(|| typed.to_owned(), |choice| choice.name.to_owned()))
        }
    };
    if setting.ask(&mut controls.asked, Some(value)) {
        return Ok(());
    }
    let names = match &setting.kind {
        Kind::Choice { named, .. } => named.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    let label = setting_name(setting.name, setting.label);
    Err(tr!("state-batch-no-choice", text = typed, setting = label, names = names))
}

/// Every prompt that the choices in braces can make. A backslash before a sign means the sign itself, as in prompts everywhere.
fn expand(prompt: &str, prompts: &mut Vec<String>) -> Result<(), String> {
    let mut waiting = vec![(String::new(), prompt)];
    while let Some((mut head, rest)) = waiting.pop() {
        match choices(rest) {
            None => {
                head.push_str(rest);
                if prompts.len() >= MOST_JOBS {
                    return Err(tr!("state-batch-many-prompts", most = MOST_JOBS));
                }
                prompts.push(head);
            }
            Some((before, inside, after)) => {
                // The last is taken first: the others come before it.
                for choice in inside.split('|').rev() {
                    waiting.push((format!("{head}{before}{}", choice.trim()), after));
                }
            }
        }
        if waiting.len() > MOST_JOBS {
            return Err(tr!("state-batch-many-prompts", most = MOST_JOBS));
        }
    }
    Ok(())
}

/// What is before, in and after the first braces with choices in them and no others inside.
fn choices(text: &str) -> Option<(&str, &str, &str)> {
    let is_escaped = |at: usize| at > 0 && text.as_bytes()[at - 1] == b'\\';
    let mut open = None;
    for (at, letter) in text.char_indices().filter(|(at, _)| !is_escaped(*at)) {
        match (letter, open) {
            ('{', _) => open = Some(at),
            ('}', Some(start)) if text[start..at].contains('|') => {
                return Some((&text[..start], &text[start + 1..at], &text[at + 1..]));
            }
            ('}', _) => open = None,
            _ => {}
        }
    }
    None
}
