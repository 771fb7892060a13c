//! An evaluation in the two forms of VBench's files: the suite, `<name>_full_info.json`, and what was found in the clip of each of its
//! prompts, `<name>_eval_results.json`. So the prompts, the seed and every single verdict of a model can be kept and held against
//! those of the next. The dimensions are the measures of [`MEASURES`].

use std::path::{Path, PathBuf};

use hummingbird_base::{Action, WriteError, files};
use serde_json::{Map, Value, json};

use super::EvalPrompt;
use super::measures::{Judgement, MEASURES};

/// A prompt and what its clip was found to show.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedPrompt {
    /// The prompt.
    pub prompt: EvalPrompt,
    /// What was asked for and seen.
    pub judgement: Judgement,
}

/// Paths of the two files of a suite of this name: of the prompts, and of the results.
pub fn suite_files(folder: &Path, name: &str) -> [PathBuf; 2] {
    ["full_info", "eval_results"].map(|kind| folder.join(format!("{name}_{kind}.json")))
}

/// Writes both files; their clips were made from `seed`.
///
/// # Errors
/// What the system says.
pub fn write_suite(judged: &[JudgedPrompt], seed: u64, folder: &Path, name: &str) -> Result<[PathBuf; 2], WriteError> {
    let paths = suite_files(folder, name);
    for (path, text) in paths.iter().zip([full_info(judged, seed), eval_results(judged)]) {
        let io = |source| WriteError::Io { action: Action::Write, path: path.clone(), source };
        files::replace(path, text.as_bytes()).map_err(io)?;
    }
    Ok(paths)
}

/// VBench's name of the only clip of a prompt.
fn clip_name(prompt: &str) -> String {
    format!("{prompt}-0.mp4")
}

/// A list of values, one a line, so that two versions can be compared by eye.
fn lines(values: impl Iterator<Item = Value>) -> String {
    format!("[\n{}\n]", values.map(|it| it.to_string()).collect::<Vec<_>>().join(",\n"))
}

fn full_info(judged: &[JudgedPrompt], seed: u64) -> String {
    let names: Vec<&str> = MEASURES.iter().map(|it| it.name).collect();
    let entry = |(number, JudgedPrompt { prompt, judgement }): (usize, &JudgedPrompt)| {
        let word = |(measure, &asked): (usize, &usize)| {
            (MEASURES[measure].name.to_owned(), json!({ "word": (MEASURES[measure].words)()[asked] }))
        };
        let words: Map<String, Value> = judgement.asked.iter().enumerate().map(word).collect();
        let clips = [clip_name(&prompt.text)];
        json!({
            "prompt_en": prompt.text, "dimension": names, "auxiliary_info": words, "video_list": clips, "seed": seed, "number": number,
        })
    };
    lines(judged.iter().enumerate().map(entry)) + "\n"
}

fn eval_results(judged: &[JudgedPrompt]) -> String {
    let dimension = |(index, measure): (usize, &super::measures::Measure)| {
        let words = (measure.words)();
        let right = judged.iter().filter(|it| it.judgement.is_right(index)).count();
        let clip = |JudgedPrompt { prompt, judgement }: &JudgedPrompt| {
            let seen = judgement.seen[index].map(|it| words[it]);
            let path = clip_name(&prompt.text);
            json!({ "video_path": path, "video_results": judgement.is_right(index), "asked": words[judgement.asked[index]], "seen": seen })
        };
        let share = right as f64 / judged.len().max(1) as f64;
        format!("{}: [{share}, {}]", json!(measure.name), lines(judged.iter().map(clip)))
    };
    format!("{{\n{}\n}}\n", MEASURES.iter().enumerate().map(dimension).collect::<Vec<_>>().join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::super::vbench::Suite;
    use super::*;
    use crate::training::datasets::synthetic::held_out_prompts;

    #[test]
    fn files_hold_every_prompt_and_verdict_in_the_form_of_vbench() {
        let folder = tempfile::tempdir().expect("a folder");
        let judged: Vec<JudgedPrompt> = (held_out_prompts(6, 1).into_iter().enumerate())
            .map(|(number, (combination, text))| {
                // The colour is right in every other clip, the scene always, and the rest is not found.
                let asked: Vec<usize> = MEASURES.iter().map(|it| (it.asked)(&combination)).collect();
                let seen = |(index, it): (usize, &usize)| match MEASURES[index].name {
                    "colour" => Some(if number % 2 == 0 { *it } else { usize::from(*it == 0) }),
                    "scene" => Some(*it),
                    _ => None,
                };
                let judgement = Judgement { seen: asked.iter().enumerate().map(seen).collect(), asked };
                JudgedPrompt { prompt: EvalPrompt { combination, text }, judgement }
            })
            .collect();
        let [suite, results] = write_suite(&judged, 7, folder.path(), "nano").expect("writable");
        assert!(suite.ends_with("nano_full_info.json") && results.ends_with("nano_eval_results.json"));

        let read = Suite::read(&suite).expect("VBench's form");
        assert_eq!(read.prompts.len(), 6);
        for (number, (entry, judged)) in read.prompts.iter().zip(&judged).enumerate() {
            assert_eq!(entry.prompt, judged.prompt.text);
            assert_eq!((&entry.entry["seed"], &entry.entry["number"]), (&json!(7), &json!(number)));
            let word = &entry.entry["auxiliary_info"]["subject"]["word"];
            assert_eq!(word, judged.prompt.combination.subject.name());
        }
        let text = std::fs::read(&results).expect("it was written");
        let results: Value = serde_json::from_slice(&text).expect("JSON");
        assert_eq!(results.as_object().map(Map::len), Some(MEASURES.len()));
        let share = |name: &str| results[name][0].as_f64();
        assert_eq!(["colour", "scene", "motion", "subject"].map(share), [0.5, 1.0, 0.0, 0.0].map(Some));
        let clip = &results["colour"][1][1];
        assert_eq!(
            (&clip["video_results"], &clip["video_path"]),
            (&json!(false), &json!(clip_name(&judged[1].prompt.text)))
        );
        assert_eq!(clip["asked"], judged[1].prompt.combination.colour.name());
        assert_ne!(clip["seen"], clip["asked"]);
        assert_eq!(results["motion"][1][0]["seen"], Value::Null);
    }
}
