//! A row of a manifest: one clip, or a stretch of one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a clip. What a stage has not looked at yet is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Hash of the file's content, and of the stretch where the row is not the whole file. Empty where the file cannot be read.
    pub id: String,
    /// The file, relative to the manifest's folder where it lies below it. What is not UTF-8 in a name is escaped.
    pub path: String,
    /// First frame of the stretch.
    pub start_frame: u64,
    /// Frames of the stretch.
    pub frames: u64,
    /// Frames a second.
    pub fps: f64,
    /// Width in pixels, as shown.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
    /// What the file's frames are coded with.
    pub codec: String,
    /// The caption.
    pub text: String,
    /// The caption before it was rewritten.
    pub text_original: Option<String>,
    /// Aesthetic quality, 0 to 100.
    pub vqa_aesthetic: Option<f64>,
    /// Technical quality, 0 to 100.
    pub vqa_technical: Option<f64>,
    /// Both together, 0 to 100.
    pub vqa_overall: Option<f64>,
    /// How well every second frame follows from its neighbours, 0 to 1.
    pub motion_smoothness: Option<f64>,
    /// Mean length of the flow between frames, in pixels.
    pub motion_px: Option<f64>,
    /// The same as a share of the frame's diagonal.
    pub motion_rel: Option<f64>,
    /// Mean zoom a frame.
    pub zoom: Option<f64>,
    /// Share of the pairs of frames that look like a dolly zoom.
    pub dolly_share: Option<f64>,
    /// How much the camera's movement changes from frame to frame, as a multiple of the movement.
    pub jerk: Option<f64>,
    /// Why it is dropped; empty where nothing speaks against it.
    pub reasons: Vec<String>,
    /// Whether it is kept; `None` before filtering.
    pub keep: Option<bool>,
    /// Why it could not be read or looked at.
    pub error: Option<String>,
    /// Columns that are not ours, by name: read, kept and written again.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}
