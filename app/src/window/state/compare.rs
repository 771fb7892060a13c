//! Two clips of the library beside each other, in sync, and the settings in which they differ.

use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::library::ClipId;
use hummingbird_engine::pipeline::video_out::Provenance;

use super::library::KeptClip;
use super::playback::Playback;

/// How two clips are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompareHow {
    /// One beside the other.
    #[default]
    SideBySide,
    /// One over the other, up to a line that can be moved.
    Wipe,
}

/// One of the two clips.
#[derive(Clone, Debug)]
pub struct Side {
    /// The clip.
    pub clip: Arc<KeptClip>,
    /// Its frames, once they were read.
    pub frames: Option<Arc<Frames>>,
    /// Why they cannot be read.
    pub problem: Option<String>,
}

/// Two clips that are compared.
#[derive(Clone, Debug)]
pub struct Compare {
    /// The clips.
    pub sides: [Side; 2],
    /// How they are shown.
    pub how: CompareHow,
    /// Where the line of the wipe is, `0..=1`.
    pub wipe: f32,
    /// Which frame, of both.
    pub playback: Playback,
}

impl Compare {
    /// Two clips whose frames are still to be read.
    pub fn of(clips: [Arc<KeptClip>; 2]) -> Self {
        let sides = clips.map(|clip| Side { clip, frames: None, problem: None });
        Self { sides, how: CompareHow::default(), wipe: 0.5, playback: Playback::new(true) }
    }

    /// The frames of a clip were read, or not.
    pub fn on_frames(&mut self, id: ClipId, frames: &Result<Arc<Frames>, String>) {
        for side in self.sides.iter_mut().filter(|side| side.clip.entry.id == id) {
            match frames {
                Ok(frames) => side.frames = Some(Arc::clone(frames)),
                Err(problem) => side.problem = Some(problem.clone()),
            }
        }
    }

    /// Frames of the longer one.
    pub fn count(&self) -> usize {
        self.sides.iter().filter_map(|side| Some(side.frames.as_ref()?.count())).max().unwrap_or(0)
    }

    /// Frames a second: those of the first clip.
    pub fn fps(&self) -> u32 {
        self.sides[0].clip.entry.fps
    }

    /// The frame of a side that is shown; a shorter clip stands at its last one until the longer one begins again.
    pub fn frame(&self, side: usize) -> Option<(&Arc<Frames>, usize)> {
        let frames = self.sides.get(side)?.frames.as_ref().filter(|frames| frames.count() > 0)?;
        Some((frames, self.playback.frame.min(frames.count() - 1)))
    }

    /// What differs: a name, and both values.
    pub fn differences(&self) -> Vec<(String, [String; 2])> {
        let [one, other] = [0, 1].map(|side| facts(&self.sides[side].clip.entry.provenance));
        let mut names: Vec<&String> = one.iter().map(|(name, _)| name).collect();
        names.extend(other.iter().map(|(name, _)| name).filter(|name| one.iter().all(|(known, _)| known != *name)));
        let value = |facts: &[(String, String)], name: &str| {
            facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let pairs = names.into_iter().map(|name| (name.clone(), [value(&one, name), value(&other, name)]));
        pairs.filter(|(_, [one, other])| one != other).collect()
    }
}

/// All that a clip was made from, by names.
fn facts(provenance: &Provenance) -> Vec<(String, String)> {
    let label = |name: &str| {
        let setting = hummingbird_engine::settings::SETTINGS.iter().find(|setting| setting.name == name);
        setting.map_or_else(|| name.to_owned(), |setting| setting.label.to_owned())
    };
    let mut facts: Vec<(String, String)> =
        provenance.settings.iter().map(|(name, value)| (label(name), value.to_string())).collect();
    for (lora, strength) in &provenance.loras {
        facts.push((format!("LoRA {lora}"), strength.to_string()));
    }
    facts.push(("Model".to_owned(), provenance.model_name.clone()));
    facts.push(("Model file".to_owned(), provenance.model_sha256.chars().take(12).collect()));
    facts.push(("Decoder of the pictures".to_owned(), provenance.decoder.clone()));
    facts.push(("Tiny decoder".to_owned(), provenance.tiny_decoder_name.clone()));
    facts.push(("Device".to_owned(), provenance.device.clone()));
    facts
}
