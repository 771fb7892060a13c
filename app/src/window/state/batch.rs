//! A batch: many jobs out of one form. Several prompts, several seeds, and a grid of two settings.

use std::path::Path;
use std::time::SystemTime;

use hummingbird_engine::jobs::grid::{GridCell, LONGEST_CAPTION, MOST_SIDE};
use hummingbird_engine::jobs::journal::JobNote;
use hummingbird_engine::jobs::queue_file::MOST_JOBS;
use hummingbird_engine::request::{GenerateRequest, RequestLimits};
use hummingbird_engine::settings::{Kind, Setting, Value, table};

use super::clips::short;
use super::controls::Controls;
use super::queue::JobPlan;

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
                .ok_or_else(|| format!("\"{text}\" is not a number of seeds: type a whole number from 1"))?,
        };
        let [rows, columns] = [self.sides[0].values()?, self.sides[1].values()?];
        let cells = rows.len().max(1) * columns.len().max(1);
        let count = prompts.len().checked_mul(seeds).and_then(|count| count.checked_mul(cells));
        let count = count.filter(|count| *count <= MOST_JOBS);
        let count = count.ok_or_else(|| format!("that is more than {MOST_JOBS} clips: make several batches"))?;
        let typed = controls.text(&table::SEED).trim().parse::<u64>().ok().filter(|_| controls.seed_locked);
        let first_seed = typed.unwrap_or(drawn);
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut grid = u64::try_from(time.as_millis()).unwrap_or_default();
        let mut jobs = Vec::with_capacity(count);
        for prompt in &prompts {
            for number in 0..seeds {
                let seed = first_seed.wrapping_add(number as u64);
                let mut of_seed = controls.clone();
                of_seed.asked.prompt.clone_from(prompt);
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
                        let request = typed.request(limits, wildcards).map_err(|(_, text)| match captions.len() {
                            0 => text,
                            _ => format!("{}: {text}", captions.join(", ")),
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

    fn prompts(&self, controls: &Controls) -> Result<Vec<String>, String> {
        let lines: Vec<&str> = self.prompts.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
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
        let label = setting.label;
        match values.len() {
            0 => Err(format!("type the values of \"{label}\" with commas between them")),
            count if count > MOST_SIDE => Err(format!("\"{label}\" has {count} values and a grid at most {MOST_SIDE}")),
            _ => Ok(values),
        }
    }

    fn caption(&self, value: &str) -> Option<String> {
        let setting = self.setting?;
        Some(format!("{} {value}", setting.label).chars().take(LONGEST_CAPTION).collect())
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
            _ => return Err(format!("\"{typed}\" is no value of \"{}\": type on or off", setting.label)),
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
    Err(format!("\"{typed}\" is no value of \"{}\": type one of {names}", setting.label))
}

/// Every prompt that the choices in braces can make. A backslash before a sign means the sign itself, as in prompts everywhere.
fn expand(prompt: &str, prompts: &mut Vec<String>) -> Result<(), String> {
    let mut waiting = vec![(String::new(), prompt)];
    while let Some((mut head, rest)) = waiting.pop() {
        match choices(rest) {
            None => {
                head.push_str(rest);
                if prompts.len() >= MOST_JOBS {
                    return Err(format!("that is more than {MOST_JOBS} prompts: leave some choices out"));
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
            return Err(format!("that is more than {MOST_JOBS} prompts: leave some choices out"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::tests::card;

    fn controls() -> Controls {
        let mut controls = Controls::default();
        controls.asked.prompt = "a red ball".to_owned();
        controls.set_text(&table::SEED, "7".to_owned());
        controls.seed_locked = true;
        controls
    }

    fn jobs(batch: &Batch) -> Result<Jobs, String> {
        batch.jobs(&controls(), &card().limits, Path::new(""), 100)
    }

    fn side(setting: &'static Setting, values: &str) -> Side {
        Side { setting: Some(setting), values: values.to_owned() }
    }

    #[test]
    fn prompts_and_seeds_are_multiplied() {
        let batch = Batch { prompts: "a boat\n\n a star \n".into(), seeds: "3".into(), ..Batch::default() };
        let made = jobs(&batch).expect("valid");
        let found: Vec<(&str, u64)> = made.iter().map(|(it, _)| (it.clip.prompt.as_str(), it.clip.seed)).collect();
        assert_eq!(found, [("a boat", 7), ("a boat", 8), ("a boat", 9), ("a star", 7), ("a star", 8), ("a star", 9)]);
        assert_eq!(made[1].1.note.name, "seed 8 · a boat");
        assert!(made.iter().all(|(_, plan)| plan.note.cell.is_none()));
        let mut free = controls();
        free.seed_locked = false;
        let drawn = Batch::default().jobs(&free, &card().limits, Path::new(""), 100).expect("valid");
        assert_eq!((drawn.len(), drawn[0].0.clip.seed, drawn[0].1.note.name.as_str()), (1, 100, ""));
    }

    #[test]
    fn every_choice_in_braces_is_made_where_that_is_wanted() {
        let prompts = r"a {red|blue} {ball|boat} \{a|b\}".to_owned();
        let batch = Batch { prompts, every_choice: true, ..Batch::default() };
        let found: Vec<String> = jobs(&batch).expect("valid").into_iter().map(|(it, _)| it.clip.prompt).collect();
        assert_eq!(found, ["a red ball {a|b}", "a red boat {a|b}", "a blue ball {a|b}", "a blue boat {a|b}"]);
        let one = Batch { every_choice: false, ..batch };
        assert_eq!(jobs(&one).expect("valid").len(), 1);
        let many = Batch { prompts: "{a|b}".repeat(40), every_choice: true, ..Batch::default() };
        assert!(jobs(&many).expect_err("2^40").contains("more than"));
    }

    #[test]
    fn a_grid_has_a_cell_for_each_pair_of_values() {
        let sides = [side(&table::STEPS, "4, 8"), side(&table::SAMPLER, "turbo, ddim, Turbo")];
        let made = jobs(&Batch { sides, ..Batch::default() }).expect("valid");
        assert_eq!(made.len(), 6);
        let cell = |index: usize| made[index].1.note.cell.as_ref().expect("it is in a grid");
        assert_eq!((cell(4).row, cell(4).column), (1, 1));
        assert_eq!(
            (cell(0).rows.clone(), cell(0).columns.len()),
            (vec!["Steps 4".to_owned(), "Steps 8".to_owned()], 3)
        );
        assert!((0..6).all(|index| cell(index).is_beside(cell(0)) && cell(index).is_sound()));
        assert_eq!(made[5].0.clip.steps, 8);
        let seeds: Vec<u64> = made.iter().map(|(request, _)| request.clip.seed).collect();
        assert_eq!(seeds, [7; 6], "only the settings differ");
        let two =
            Batch { seeds: "2".into(), sides: [side(&table::GUIDANCE, "2,5"), Side::default()], ..Batch::default() };
        let made = jobs(&two).expect("valid");
        let grids: Vec<u64> = made.iter().filter_map(|(_, plan)| Some(plan.note.cell.as_ref()?.grid)).collect();
        assert!(grids[0] == grids[1] && grids[1] != grids[2], "a grid for each seed: {grids:?}");
    }

    #[test]
    fn what_cannot_be_made_is_told() {
        let grid = |rows: Side, columns: Side| Batch { sides: [rows, columns], ..Batch::default() };
        let cases = [
            (Batch { seeds: "-1".into(), ..Batch::default() }, "not a number of seeds"),
            (Batch { seeds: "0".into(), ..Batch::default() }, "not a number of seeds"),
            (Batch { seeds: "20000".into(), ..Batch::default() }, "more than 10000"),
            (grid(side(&table::STEPS, " , "), Side::default()), "type the values"),
            (grid(side(&table::STEPS, "4, 0"), Side::default()), "Steps 0: 0 steps"),
            (grid(side(&table::STEPS, "4, x"), Side::default()), "\"x\" is not a whole number"),
            (grid(side(&table::MERGE_TOKENS, "maybe"), Side::default()), "on or off"),
            (grid(side(&table::SAMPLER, "dice"), Side::default()), "turbo, ddim"),
            (grid(side(&table::STEPS, &"4,".repeat(40)), Side::default()), "at most 32"),
        ];
        for (batch, words) in cases {
            let error = jobs(&batch).expect_err(words);
            assert!(error.contains(words), "{words}: {error}");
        }
    }
}
