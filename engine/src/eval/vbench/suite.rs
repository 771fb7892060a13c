//! A suite: prompts, and what is judged of the clips of each.
//!
//! `VBench_full_info.json` is a list of `{"prompt_en", "dimension": [..], "auxiliary_info": {dimension: {..}}}`; what else an entry
//! has is kept and written again. A text file has one prompt a line and is of the dimension that it is named after, as VBench's
//! `prompts_per_dimension/*.txt`; otherwise of all that need no more than a prompt.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::bounded;
use super::dimensions::Dimension;
use super::error::{VbenchError, VbenchFault};

/// Largest suite that is read: VBench's has a third of a million bytes.
const MOST_BYTES: u64 = 64 << 20;
const MOST_PROMPTS: usize = 100_000;
const MOST_PROMPT_BYTES: usize = 4096;

/// Prompts and what is judged of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suite {
    /// In the order of the file.
    pub prompts: Vec<SuitePrompt>,
}

/// One prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuitePrompt {
    /// What clips are made of and named after.
    pub prompt: String,
    /// What is judged; names that are not known are left out.
    pub dimensions: Vec<Dimension>,
    /// The file's entry with all of its keys.
    pub entry: Map<String, Value>,
}

impl SuitePrompt {
    /// What the suite says about a dimension, under `auxiliary_info`.
    pub fn auxiliary(&self, dimension: Dimension) -> Option<&Value> {
        self.entry.get("auxiliary_info")?.get(dimension.key())
    }

    /// A prompt of which nothing else is known.
    pub fn plain(prompt: &str, dimensions: Vec<Dimension>) -> Self {
        let names: Vec<Value> = dimensions.iter().map(|it| it.key().into()).collect();
        let entry = [("prompt_en", Value::from(prompt)), ("dimension", Value::from(names))];
        let entry = entry.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { prompt: prompt.to_owned(), dimensions, entry }
    }

    /// The entry with the clips that belong to it, as `<name>_full_info.json` has it.
    pub fn with_clips(&self, clips: &[String]) -> Value {
        let mut entry = self.entry.clone();
        entry.insert("video_list".to_owned(), clips.into());
        entry.into()
    }
}

impl Suite {
    /// Reads a suite, JSON or one prompt a line.
    ///
    /// # Errors
    /// [`VbenchError::Write`] where the file cannot be read, [`VbenchError::File`] where it is none.
    pub fn read(path: &Path) -> Result<Self, VbenchError> {
        let bytes = bounded::read(path, MOST_BYTES)?;
        let unusable = |fault| VbenchError::File { path: path.to_owned(), fault };
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable(VbenchFault::NotText))?;
        let text = text.trim_start_matches('\u{feff}');
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt")) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let dimensions = match Dimension::of_key(&stem) {
                Some(dimension) => vec![dimension],
                None => Dimension::ALL.into_iter().filter(|it| it.is_custom()).collect(),
            };
            return Self::of_lines(text, &dimensions).map_err(unusable);
        }
        Self::of_json(text).map_err(unusable)
    }

    fn of_lines(text: &str, dimensions: &[Dimension]) -> Result<Self, VbenchFault> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let prompts: Vec<SuitePrompt> = lines.map(|line| SuitePrompt::plain(line, dimensions.to_vec())).collect();
        Self { prompts }.checked()
    }

    fn of_json(text: &str) -> Result<Self, VbenchFault> {
        let json = |error: serde_json::Error| VbenchFault::Json { detail: bounded::brief(&error) };
        let entries: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(json)?;
        let of_entry = |(number, mut entry): (usize, Map<String, Value>)| {
            let Some(Value::String(prompt)) = entry.get("prompt_en") else {
                return Err(VbenchFault::Json { detail: format!("entry {number} has no prompt_en") });
            };
            let prompt = prompt.clone();
            let names = entry.get("dimension").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let known = names.iter().filter_map(|name| Dimension::of_key(name.as_str()?));
            let mut dimensions: Vec<Dimension> = known.collect();
            dimensions.sort_unstable();
            dimensions.dedup();
            // Those of another run.
            entry.remove("video_list");
            Ok(SuitePrompt { prompt, dimensions, entry })
        };
        let prompts = (1..).zip(entries).map(of_entry).collect::<Result<_, _>>()?;
        Self { prompts }.checked()
    }

    fn checked(self) -> Result<Self, VbenchFault> {
        if self.prompts.is_empty() {
            return Err(VbenchFault::NoPrompt);
        }
        if self.prompts.len() > MOST_PROMPTS {
            return Err(VbenchFault::Prompts { most: MOST_PROMPTS });
        }
        let is_unusable = |it: &SuitePrompt| {
            it.prompt.is_empty() || it.prompt.len() > MOST_PROMPT_BYTES || it.prompt.contains(char::is_control)
        };
        match self.prompts.iter().position(is_unusable) {
            Some(index) => Err(VbenchFault::Prompt { number: index + 1, most_bytes: MOST_PROMPT_BYTES }),
            None => Ok(self),
        }
    }

    /// The prompts without repetitions, each with all that is judged of it: one prompt may stand in a suite several times.
    pub fn distinct(&self) -> Vec<(&str, Vec<Dimension>)> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut distinct: Vec<(&str, Vec<Dimension>)> = Vec::new();
        for it in &self.prompts {
            let place = *places.entry(&it.prompt).or_insert_with(|| {
                distinct.push((&it.prompt, Vec::new()));
                distinct.len() - 1
            });
            distinct[place].1.extend(&it.dimensions);
        }
        for (_, dimensions) in &mut distinct {
            dimensions.sort_unstable();
            dimensions.dedup();
        }
        distinct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Suite, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        Suite::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn suites_are_read_with_what_they_say_more_and_written_again() {
        let text = r#"[
            {"prompt_en": "a red car", "dimension": ["color", "novelty"], "auxiliary_info": {"color": {"color": "red"}}, "prompt_zh": "x"},
            {"prompt_en": "a boat", "dimension": ["temporal_flickering", "motion_smoothness"], "video_list": ["old.mp4"]},
            {"prompt_en": "a boat", "dimension": ["scene"]}
        ]"#;
        let suite = read("VBench_full_info.json", text).expect("a suite");
        assert_eq!(suite.prompts[0].dimensions, [Dimension::Color]);
        assert_eq!(suite.prompts[0].auxiliary(Dimension::Color), Some(&serde_json::json!({"color": "red"})));
        let written = suite.prompts[0].with_clips(&["a red car-0.mp4".to_owned()]);
        assert_eq!(written["prompt_zh"], "x");
        assert_eq!(written["dimension"], serde_json::json!(["color", "novelty"]));
        assert_eq!(written["video_list"], serde_json::json!(["a red car-0.mp4"]));
        assert_eq!(suite.prompts[1].with_clips(&[])["video_list"], serde_json::json!([]));
        let boat = ("a boat", vec![Dimension::TemporalFlickering, Dimension::MotionSmoothness, Dimension::Scene]);
        assert_eq!(suite.distinct(), [("a red car", vec![Dimension::Color]), boat]);
    }

    #[test]
    fn text_files_are_of_the_dimension_of_their_name() {
        let suite = read("temporal_flickering.txt", "\u{feff}a still lake\r\n\r\n  a clock \n").expect("prompts");
        let prompts: Vec<&str> = suite.prompts.iter().map(|it| &*it.prompt).collect();
        assert_eq!(prompts, ["a still lake", "a clock"]);
        assert_eq!(suite.prompts[0].dimensions, [Dimension::TemporalFlickering]);
        assert_eq!(read("mine.txt", "a clock").expect("prompts").prompts[0].dimensions.len(), 10);
    }

    #[test]
    fn what_is_no_suite_says_why() {
        let cases = [
            ("a.json", "", "not the JSON"),
            ("a.json", "{}", "not the JSON"),
            ("a.json", "[]", "no prompt"),
            ("a.json", r#"[{"dimension": []}]"#, "entry 1 has no prompt_en"),
            ("a.json", r#"[{"prompt_en": ""}]"#, "prompt 1"),
            ("a.txt", "\n \n", "no prompt"),
            ("a.txt", "one\nt\u{7}wo", "prompt 2"),
        ];
        for (name, text, words) in cases {
            let error = read(name, text).expect_err(text);
            assert!(error.contains(words), "{text:?}: {error}");
        }
        assert!(Suite::read(Path::new("/nowhere/suite.json")).is_err());
    }
}
