//! Results in VBench's own form: `<name>_eval_results.json`, alone or in a zip as submissions are.
//!
//! `{"subject_consistency": [0.9685, [{"video_path": "..", "video_results": 0.97, ..}, ..]], ..}`. VBench's scripts take the first
//! element of every value of every object that they find, so nothing else may stand at the top. Keys of clips that are not known are
//! ignored, and ours are written beside VBench's.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::arithmetic::divisor;
use super::bounded;
use super::dimensions::{Dimension, Weighting};
use super::error::{VbenchError, VbenchFault};
use hummingbird_base::files::{self, Action};

/// Largest file of results: four thousand clips with scores of frames take some millions of bytes.
const MOST_BYTES: u64 = 256 << 20;
/// Most files of an archive that are looked at.
const MOST_FILES: usize = 1000;

/// The value of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClipValue {
    /// Of dimensions that say yes or no.
    Truth(bool),
    /// Of all others.
    Number(f64),
}

impl ClipValue {
    /// As a number.
    pub fn number(self) -> f64 {
        match self {
            Self::Truth(is_true) => f64::from(u8::from(is_true)),
            Self::Number(number) => number,
        }
    }
}

/// What is known of one clip.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClipResult {
    /// The clip's file.
    #[serde(default)]
    pub video_path: String,
    /// Its value; none where the clip could not be judged.
    #[serde(default, deserialize_with = "lenient")]
    pub video_results: Option<ClipValue>,
    /// Sum over pairs of frames, of dimensions that weigh by them.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub video_sim: Option<f64>,
    /// Pairs of frames.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub cnt_per_video: Option<u64>,
    /// Frames that show what is asked for.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub success_frame_count: Option<u64>,
    /// Frames that were looked at.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u64>,
    /// Scores of frames.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub frame_results: Option<Vec<f64>>,
    /// Where the value is not VBench's own: whose it is.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub judged_by: Option<String>,
    /// Why the clip could not be judged.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Other programs may have something else under a key of ours.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

impl ClipResult {
    /// Of a clip that has a value.
    pub fn of(value: ClipValue) -> Self {
        Self { video_results: Some(value), ..Self::default() }
    }

    /// What it adds to the sum and to the weight of its dimension; none of a clip that could not be judged. Files that lack the counts
    /// of frames weigh clips alike.
    pub fn share(&self, dimension: Dimension) -> Option<[f64; 2]> {
        let value = self.video_results?.number() / divisor(dimension);
        let counted = |sum: f64, count: usize| (count > 0).then_some([sum, count as f64]);
        let weighted = match dimension.weighting() {
            Weighting::Clips => None,
            Weighting::Pairs => self.video_sim.zip(self.cnt_per_video).map(|(sum, count)| [sum, count as f64]),
            Weighting::Frames => self.frame_count.map(|count| {
                let right = self.success_frame_count.map_or(value * count as f64, |right| right as f64);
                [right, count as f64]
            }),
            Weighting::FrameScores => {
                self.frame_results.as_ref().and_then(|scores| counted(scores.iter().sum(), scores.len()))
            }
        };
        Some(weighted.unwrap_or([value, 1.0]))
    }
}

/// What is known of one dimension.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DimensionResult {
    /// Its value, 0 to 1 or about that; none without a clip that could be judged.
    pub value: Option<f64>,
    /// Its clips, also those that could not be judged.
    pub clips: Vec<ClipResult>,
}

impl DimensionResult {
    /// Puts clips together.
    pub fn of(dimension: Dimension, clips: Vec<ClipResult>) -> Self {
        Self { value: value_of(clips.iter().filter_map(|clip| clip.share(dimension))), clips }
    }

    /// Clips that could not be judged.
    pub fn failed(&self) -> usize {
        self.clips.iter().filter(|clip| clip.error.is_some()).count()
    }
}

/// A dimension's value from what its clips add to sum and weight.
pub(super) fn value_of(shares: impl Iterator<Item = [f64; 2]>) -> Option<f64> {
    let [sum, weight] = shares.fold([0.0, 0.0], |[sum, weight], share| [sum + share[0], weight + share[1]]);
    (weight > 0.0).then(|| sum / weight)
}

/// Results of some dimensions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvalResults {
    /// By dimension.
    pub dimensions: BTreeMap<Dimension, DimensionResult>,
}

impl EvalResults {
    /// Reads a file of results, or a zip of such files.
    ///
    /// # Errors
    /// [`VbenchError::Write`] where the file cannot be read, [`VbenchError::File`] where it holds no results.
    pub fn read(path: &Path) -> Result<Self, VbenchError> {
        let bytes = bounded::read(path, MOST_BYTES)?;
        let unusable = |fault| VbenchError::File { path: path.to_owned(), fault };
        let results = if bytes.starts_with(b"PK\x03\x04") {
            Self::of_zip(&bytes).map_err(unusable)?
        } else {
            Self::of_json(&bytes).map_err(unusable)?
        };
        if results.dimensions.is_empty() {
            return Err(unusable(VbenchFault::NoResults));
        }
        Ok(results)
    }

    /// Of the text of a file; empty where it is a JSON of another kind.
    pub(super) fn of_json(bytes: &[u8]) -> Result<Self, VbenchFault> {
        let json = |error: serde_json::Error| VbenchFault::Json { detail: bounded::brief(&error) };
        let value: Value = serde_json::from_slice(bytes).map_err(json)?;
        let mut results = Self::default();
        for (key, value) in value.as_object().into_iter().flatten() {
            let (Some(dimension), Some(parts)) = (Dimension::of_key(key), value.as_array()) else { continue };
            let clips = parts.get(1).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            // What is no clip's entry is not one.
            let clips = clips.iter().filter_map(|clip| ClipResult::deserialize(clip).ok()).collect();
            let result = DimensionResult { value: parts.first().and_then(Value::as_f64), clips };
            results.dimensions.insert(dimension, result);
        }
        Ok(results)
    }

    /// All results in a submission. Its files are stored or deflated; no more is read of any than of a file of its own.
    fn of_zip(bytes: &[u8]) -> Result<Self, VbenchFault> {
        let fault = |error: &dyn ToString| VbenchFault::Zip { detail: error.to_string().chars().take(200).collect() };
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(&error))?;
        let mut results = Self::default();
        for index in 0..archive.len().min(MOST_FILES) {
            let file = archive.by_index_raw(index).map_err(|error| fault(&error))?;
            let name = file.name().map_err(|error| fault(&error))?.into_owned();
            // As VBench's script, which skips what other programs put beside the files.
            let is_hidden = name.split('/').any(|part| part.starts_with('.') || part.starts_with("__"));
            if is_hidden || !name.ends_with(".json") {
                continue;
            }
            let mut text = Vec::new();
            let read = match file.compression() {
                zip::CompressionMethod::Stored => file.take(MOST_BYTES).read_to_end(&mut text),
                // The archive's reader is built without it.
                zip::CompressionMethod::DEFLATE => {
                    flate2::read::DeflateDecoder::new(file).take(MOST_BYTES).read_to_end(&mut text)
                }
                method => {
                    let detail = format!("{name} is compressed by {method}");
                    return Err(VbenchFault::Zip { detail });
                }
            };
            read.map_err(|error| fault(&error))?;
            results.dimensions.extend(Self::of_json(&text)?.dimensions);
        }
        Ok(results)
    }

    /// The values of dimensions.
    pub fn values(&self) -> BTreeMap<Dimension, f64> {
        self.dimensions.iter().filter_map(|(dimension, result)| Some((*dimension, result.value?))).collect()
    }

    /// As VBench's scripts read it. A dimension without a value is left out: for them every one has a number.
    pub fn to_json(&self) -> Value {
        let of_dimension = |(dimension, result): (&Dimension, &DimensionResult)| {
            let clips = serde_json::to_value(&result.clips).unwrap_or_default();
            Some((dimension.key().to_owned(), Value::Array(vec![result.value?.into(), clips])))
        };
        self.dimensions.iter().filter_map(of_dimension).collect::<Map<_, _>>().into()
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<(), VbenchError> {
        write_json(path, &self.to_json())
    }
}

/// Writes JSON as VBench does, indented.
pub(super) fn write_json(path: &Path, value: &Value) -> Result<(), VbenchError> {
    let mut text =
        serde_json::to_vec_pretty(value).map_err(|error| bounded::io_error(Action::Write, path, error.into()))?;
    text.push(b'\n');
    files::replace(path, &text).map_err(|source| bounded::io_error(Action::Write, path, source))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &str = r#"{
        "subject_consistency": [0.9, [{"video_path": "a-0.mp4", "video_results": 0.8, "video_sim": 0.8, "cnt_per_video": 1},
            {"video_path": "a-1.mp4", "video_results": 0.95, "video_sim": 1.9, "cnt_per_video": 2}]],
        "dynamic degree": [0.5, [{"video_path": "a-0.mp4", "video_results": true, "frame_results": "none"}, 7]],
        "imaging_quality": [0.7, []],
        "novelty": [1.0, []],
        "scene": null
    }"#;

    #[test]
    fn results_are_read_whatever_else_they_hold() {
        let results = EvalResults::of_json(TEXT.as_bytes()).expect("results");
        let keys: Vec<Dimension> = results.dimensions.keys().copied().collect();
        assert_eq!(keys, [Dimension::SubjectConsistency, Dimension::DynamicDegree, Dimension::ImagingQuality]);
        let subject = &results.dimensions[&Dimension::SubjectConsistency];
        let again = DimensionResult::of(Dimension::SubjectConsistency, subject.clips.clone());
        assert!((again.value.expect("two clips") - 0.9).abs() < 1e-12, "2.7 of 3 pairs");
        let dynamic = &results.dimensions[&Dimension::DynamicDegree].clips;
        assert_eq!(dynamic.len(), 1, "a number is no clip");
        assert_eq!(
            (dynamic[0].video_results, dynamic[0].frame_results.is_none()),
            (Some(ClipValue::Truth(true)), true)
        );
        let written = serde_json::to_vec(&results.to_json()).expect("JSON");
        assert_eq!(EvalResults::of_json(&written).expect("results"), results);
    }

    #[test]
    fn clips_that_could_not_be_judged_do_not_count() {
        let broken = ClipResult { error: Some("it is empty".to_owned()), ..ClipResult::default() };
        let right = ClipResult::of(ClipValue::Truth(true));
        let result = DimensionResult::of(Dimension::HumanAction, vec![broken.clone(), right]);
        assert_eq!((result.value, result.failed()), (Some(1.0), 1));
        let nothing = DimensionResult::of(Dimension::HumanAction, vec![broken]);
        assert_eq!(nothing.value, None);
        let results = EvalResults { dimensions: [(Dimension::HumanAction, nothing)].into() };
        assert_eq!(results.to_json(), serde_json::json!({}));
        let quality = [25.0, 75.0].map(|score| ClipResult::of(ClipValue::Number(score)));
        assert_eq!(DimensionResult::of(Dimension::ImagingQuality, quality.into()).value, Some(0.5));
    }

    #[test]
    fn submissions_are_read_stored_and_deflated() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // An archive as Python writes it: a file in a folder, deflated, and one of another system beside it.
        let path = folder.path().join("submission.zip");
        std::fs::write(&path, deflated("run/results_eval_results.json", TEXT.as_bytes(), 8)).expect("writable");
        assert_eq!(EvalResults::read(&path).expect("results").dimensions.len(), 3);
        std::fs::write(&path, deflated("__MACOSX/a.json", TEXT.as_bytes(), 8)).expect("writable");
        assert!(EvalResults::read(&path).is_err(), "nothing but hidden files");
        std::fs::write(&path, deflated("a.json", TEXT.as_bytes(), 12)).expect("writable");
        let error = EvalResults::read(&path).expect_err("another method").to_string();
        assert!(error.contains("a.json is compressed"), "{error}");
        std::fs::write(&path, b"PK\x03\x04").expect("writable");
        assert!(EvalResults::read(&path).is_err());
        std::fs::write(&path, "[]").expect("writable");
        assert!(EvalResults::read(&path).expect_err("a list").to_string().contains("no results"));
    }

    /// A zip of one file, by hand: the reader is built without a compressor.
    fn deflated(name: &str, text: &[u8], method: u16) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).expect("memory");
        let packed = encoder.finish().expect("memory");
        let mut crc = flate2::Crc::new();
        crc.update(text);
        let sizes = |file: &mut Vec<u8>| {
            file.extend(0_u16.to_le_bytes());
            file.extend(method.to_le_bytes());
            file.extend([0; 4]);
            file.extend(crc.sum().to_le_bytes());
            file.extend((packed.len() as u32).to_le_bytes());
            file.extend((text.len() as u32).to_le_bytes());
            file.extend((name.len() as u16).to_le_bytes());
            file.extend(0_u16.to_le_bytes());
        };
        let mut file = b"PK\x03\x04\x14\0".to_vec();
        sizes(&mut file);
        file.extend(name.as_bytes());
        file.extend(&packed);
        let directory = file.len() as u32;
        file.extend(b"PK\x01\x02\x14\0\x14\0");
        sizes(&mut file);
        file.extend([0; 14]);
        file.extend(name.as_bytes());
        let directory_bytes = file.len() as u32 - directory;
        file.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        file.extend(directory_bytes.to_le_bytes());
        file.extend(directory.to_le_bytes());
        file.extend([0; 2]);
        file
    }
}
