//! What a detector or captioner saw, from a file, and VBench's scores of it.
//!
//! Five dimensions need heavy networks that this program does not have. Any program may write what it saw:
//!
//! ```json
//! {"detector": "GRiT and Tag2Text", "videos": {"a red car-0.mp4": {"frames": [
//!     {"caption": "a red car on a road", "objects": [{"label": "car", "caption": "a red car", "box": [10, 20, 110, 80]}]}
//! ]}}}
//! ```
//!
//! `videos` is by file name; `frames` are those that were looked at, in order (VBench's scripts take 16 that are evenly spaced, and all
//! for `color`). Of a frame, `caption` is needed for `scene` and `objects` for the rest; of an object, `label` always, `box`
//! (left, top, right, bottom, in pixels) for `spatial_relationship`, `caption` for `color`. `dimensions`, a list beside `videos`,
//! says what the file is for, where it is not for all five. Other keys are ignored. Results say whose detections they are of.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bounded;
use super::dimensions::Dimension;
use super::error::{VbenchError, VbenchFault};
use super::results::{ClipResult, ClipValue};

/// Largest file that is read.
const MOST_BYTES: u64 = 1 << 30;
/// Boxes that overlap by more are less than right: part of their union that they share.
const MOST_OVERLAP: f64 = 0.1;
/// Words that are taken for colours.
const COLOURS: [&str; 12] =
    ["white", "red", "pink", "blue", "silver", "purple", "orange", "green", "gray", "yellow", "black", "grey"];

/// Left, top, right, bottom, in pixels.
pub type Box4 = [f64; 4];

/// A file of detections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detections {
    /// Who wrote it.
    #[serde(default)]
    pub detector: String,
    /// What it is for; empty: everything that is scored from detections.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// By the file name of the clip.
    pub videos: BTreeMap<String, SeenClip>,
}

/// What was seen of a clip.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenClip {
    /// The frames that were looked at.
    pub frames: Vec<SeenFrame>,
}

/// What was seen of a frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenFrame {
    /// The whole frame in words.
    #[serde(default)]
    pub caption: String,
    /// Things in it.
    #[serde(default)]
    pub objects: Vec<SeenObject>,
}

/// A thing that was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenObject {
    /// What it is, by the detector's classes.
    pub label: String,
    /// It in words.
    #[serde(default)]
    pub caption: String,
    /// Where it is.
    #[serde(default, rename = "box")]
    pub place: Option<Box4>,
}

/// What a suite asks of the clips of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// `object_class`.
    Object(String),
    /// `multiple_objects`.
    Objects(String, String),
    /// `color`.
    Colour {
        /// Its name.
        colour: String,
        /// The thing that has it.
        object: String,
    },
    /// `spatial_relationship`.
    Places {
        /// The things.
        objects: [String; 2],
        /// Where the first one is.
        relationship: String,
    },
    /// `scene`.
    Scene(String),
}

impl Asked {
    /// What a suite asks: `auxiliary` is its `auxiliary_info` of the dimension. `None` where it says too little, or the dimension is not
    /// scored from detections.
    pub fn of(dimension: Dimension, prompt: &str, auxiliary: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        match dimension {
            Dimension::ObjectClass => text(auxiliary, "object").map(Self::Object),
            Dimension::MultipleObjects => {
                let both = text(auxiliary, "object")?;
                let (first, second) = both.split_once(" and ")?;
                Some(Self::Objects(first.trim().to_owned(), second.trim().to_owned()))
            }
            Dimension::Color => {
                let colour = text(auxiliary, "color")?;
                // As VBench takes the thing out of the prompt, in this order.
                let object = prompt.replace("a ", "").replace("an ", "").replace(&colour, "").trim().to_owned();
                Some(Self::Colour { colour, object })
            }
            Dimension::SpatialRelationship => {
                let asked = auxiliary.get("spatial_relationship").unwrap_or(auxiliary);
                let objects = [text(asked, "object_a")?, text(asked, "object_b")?];
                Some(Self::Places { objects, relationship: text(asked, "relationship")? })
            }
            Dimension::Scene => {
                text(auxiliary.get("scene").filter(|it| it.is_object()).unwrap_or(auxiliary), "scene").map(Self::Scene)
            }
            _ => None,
        }
    }

    /// The result of a clip; `None` where VBench leaves the clip out: without frames, and for `color` where no frame describes the thing
    /// with some colour.
    pub fn score(&self, frames: &[SeenFrame]) -> Option<ClipResult> {
        if frames.is_empty() {
            return None;
        }
        let share = |shows: &dyn Fn(&SeenFrame) -> bool| {
            let right = frames.iter().filter(|frame| shows(frame)).count();
            Some(ClipResult {
                success_frame_count: Some(right as u64),
                frame_count: Some(frames.len() as u64),
                ..ClipResult::of(ClipValue::Number(right as f64 / frames.len() as f64))
            })
        };
        match self {
            Self::Object(object) => share(&|frame| frame.holds(object)),
            Self::Objects(first, second) => share(&|frame| frame.holds(first) && frame.holds(second)),
            Self::Scene(scene) => share(&|frame| scene.split(' ').all(|word| frame.caption.contains(word))),
            Self::Colour { colour, object } => {
                let [right, coloured] = colour_frames(colour, object, frames);
                (coloured > 0).then(|| ClipResult::of(ClipValue::Number(right as f64 / coloured as f64)))
            }
            Self::Places { objects, relationship } => {
                let scores: Vec<f64> = frames.iter().map(|frame| place_score(objects, relationship, frame)).collect();
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                Some(ClipResult { frame_results: Some(scores), ..ClipResult::of(ClipValue::Number(mean)) })
            }
        }
    }
}

impl SeenFrame {
    fn holds(&self, label: &str) -> bool {
        self.objects.iter().any(|it| it.label == label)
    }
}

/// Frames that describe the thing with the right colour, and with any.
pub fn colour_frames(colour: &str, object: &str, frames: &[SeenFrame]) -> [usize; 2] {
    let of_object = |frame: &'_ SeenFrame, says: &dyn Fn(&str) -> bool| {
        frame.objects.iter().any(|it| it.label == object && says(&it.caption))
    };
    let right = frames.iter().filter(|frame| of_object(frame, &|caption| caption.contains(colour)));
    // Parts of words count too, as in VBench.
    let any = |caption: &str| COLOURS.iter().any(|colour| caption.contains(colour));
    [right.count(), frames.iter().filter(|frame| of_object(frame, &any)).count()]
}

/// The best pair of boxes of both things; also two boxes of one thing are a pair, and left and right are not told apart, as in VBench.
fn place_score(objects: &[String; 2], relationship: &str, frame: &SeenFrame) -> f64 {
    let places: Vec<Box4> =
        frame.objects.iter().filter(|it| objects.contains(&it.label)).filter_map(|it| it.place).collect();
    let pairs = places.iter().enumerate().flat_map(|(index, a)| places[index + 1..].iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| pair_score(relationship, a, b)).fold(0.0, f64::max)
}

fn pair_score(relationship: &str, a: &Box4, b: &Box4) -> f64 {
    let centre = |it: &Box4, axis: usize| (it[axis] + it[axis + 2]) / 2.0;
    let distances = [0, 1].map(|axis| (centre(b, axis) - centre(a, axis)).abs());
    let axis = match relationship {
        "on the right of" | "on the left of" => 0,
        "on the bottom of" | "on the top of" => 1,
        _ => return 0.0,
    };
    if distances[axis] <= distances[1 - axis] {
        return 0.0;
    }
    let common = |axis: usize| (a[axis + 2].min(b[axis + 2]) - a[axis].max(b[axis])).max(0.0);
    let area = |it: &Box4| (it[2] - it[0]) * (it[3] - it[1]);
    let shared = common(0) * common(1);
    let overlap = shared / (area(a) + area(b) - shared);
    if overlap < MOST_OVERLAP { 1.0 } else { MOST_OVERLAP / overlap }
}

impl Detections {
    /// Reads a file.
    ///
    /// # Errors
    /// [`VbenchError::Write`] where it cannot be read, [`VbenchError::File`] where it is not of the form above.
    pub fn read(path: &Path) -> Result<Self, VbenchError> {
        let bytes = bounded::read(path, MOST_BYTES)?;
        let unusable = |fault| VbenchError::File { path: path.to_owned(), fault };
        let json = |error: serde_json::Error| unusable(VbenchFault::Json { detail: bounded::brief(&error) });
        let detections: Self = serde_json::from_slice(&bytes).map_err(json)?;
        detections.check().map_err(unusable)?;
        Ok(detections)
    }

    fn check(&self) -> Result<(), VbenchFault> {
        for (clip, seen) in &self.videos {
            for (frame, it) in seen.frames.iter().enumerate() {
                let is_wrong = |it: &Box4| !it.iter().all(|it| it.is_finite()) || it[0] >= it[2] || it[1] >= it[3];
                if it.objects.iter().filter_map(|it| it.place.as_ref()).any(is_wrong) {
                    return Err(VbenchFault::Box { clip: clip.clone(), frame });
                }
            }
        }
        Ok(())
    }

    /// Whether the file is for a dimension.
    pub fn is_for(&self, dimension: Dimension) -> bool {
        dimension.is_detected()
            && (self.dimensions.is_empty() || self.dimensions.iter().any(|it| Dimension::of_key(it) == Some(dimension)))
    }

    /// Whose values they are, for results.
    pub fn judged_by(&self) -> String {
        let detector = if self.detector.is_empty() { "an unnamed detector" } else { &self.detector };
        format!("detections from a file, by {detector}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn suites_say_what_is_asked() {
        let red = Asked::of(Dimension::Color, "a red bicycle", &json!({"color": "red"}));
        assert_eq!(red, Some(Asked::Colour { colour: "red".to_owned(), object: "bicycle".to_owned() }));
        let both = Asked::of(Dimension::MultipleObjects, "a dog and a car", &json!({"object": "dog and car"}));
        assert_eq!(both, Some(Asked::Objects("dog".to_owned(), "car".to_owned())));
        let places =
            json!({"spatial_relationship": {"object_a": "a", "object_b": "b", "relationship": "on the top of"}});
        assert!(matches!(Asked::of(Dimension::SpatialRelationship, "", &places), Some(Asked::Places { .. })));
        let scene = Some(Asked::Scene("amusement park".to_owned()));
        assert_eq!(Asked::of(Dimension::Scene, "", &json!({"scene": {"scene": "amusement park"}})), scene);
        assert_eq!(Asked::of(Dimension::Scene, "", &json!({"scene": "amusement park"})), scene);
        for (dimension, auxiliary) in [
            (Dimension::Color, json!({})),
            (Dimension::MultipleObjects, json!({"object": "dog"})),
            (Dimension::Scene, json!({"scene": 7})),
            (Dimension::SubjectConsistency, json!({"object": "dog"})),
        ] {
            assert_eq!(Asked::of(dimension, "a prompt", &auxiliary), None, "{dimension}");
        }
    }

    #[test]
    fn every_word_of_a_scene_counts_and_clips_without_colours_are_left_out() {
        let frame = |caption: &str| SeenFrame { caption: caption.to_owned(), ..SeenFrame::default() };
        let frames = ["a park with an amusement ride", "a park", "amusement parks", ""].map(frame);
        let result = Asked::Scene("amusement park".to_owned()).score(&frames).expect("frames");
        assert_eq!((result.success_frame_count, result.frame_count), (Some(2), Some(4)));
        let object = SeenObject { label: "car".to_owned(), caption: "a fast car".to_owned(), ..SeenObject::default() };
        let colourless = [SeenFrame { objects: vec![object], ..SeenFrame::default() }];
        let asked = Asked::Colour { colour: "red".to_owned(), object: "car".to_owned() };
        assert_eq!(asked.score(&colourless), None);
        assert_eq!(Asked::Object("car".to_owned()).score(&[]), None, "nothing was looked at");
    }

    #[test]
    fn files_are_checked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("seen.json");
        let read = |value: &Value| {
            std::fs::write(&path, value.to_string()).expect("writable");
            Detections::read(&path).map_err(|error| error.to_string())
        };
        let of_box =
            |place: Value| json!({"videos": {"a.mp4": {"frames": [{"objects": [{"label": "x", "box": place}]}]}}});
        let seen = read(&of_box(json!([0, 0, 1, 1]))).expect("a whole file");
        assert!(seen.is_for(Dimension::Scene) && !seen.is_for(Dimension::DynamicDegree));
        assert!(seen.judged_by().contains("unnamed"));
        for place in [json!([0, 0, 0, 1]), json!([2, 0, 1, 1])] {
            assert!(read(&of_box(place)).is_err_and(|error| error.contains("box")));
        }
        assert!(read(&json!([])).is_err());
        assert!(read(&of_box(json!([0, 1]))).is_err());
        let only = read(&json!({"detector": "mine", "dimensions": ["scene"], "videos": {}, "more": 1})).expect("whole");
        assert!(only.is_for(Dimension::Scene) && !only.is_for(Dimension::Color));
    }
}
