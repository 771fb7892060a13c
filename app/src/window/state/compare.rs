//! Two clips of the library beside each other, in sync, and the settings in which they differ.

use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::library::ClipId;
use hummingbird_engine::pipeline::video_out::Provenance;

use super::library::KeptClip;
use super::playback::Playback;
use crate::language::{setting_name, tr};

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
        let mut known: Vec<&Fact> = one.iter().map(|(fact, _)| fact).collect();
        known.extend(other.iter().map(|(fact, _)| fact).filter(|fact| one.iter().all(|(known, _)| known != *fact)));
        let value = |facts: &[(Fact, String)], fact: &Fact| {
            facts.iter().find(|(known, _)| known == fact).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let pairs = known.into_iter().map(|fact| (fact, [value(&one, fact), value(&other, fact)]));
        pairs.filter(|(_, [one, other])| one != other).map(|(fact, values)| (fact.name(), values)).collect()
    }
}

/// Something that a clip was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fact {
    /// A setting, by its name in files.
    Setting(String),
    /// A LoRA, by its name.
    Lora(String),
    Model,
    ModelFile,
    Decoder,
    TinyDecoder,
    Device,
}

impl Fact {
    /// What it is called.
    fn name(&self) -> String {
        match self {
            Self::Setting(name) => {
                let setting = hummingbird_engine::settings::SETTINGS.iter().find(|setting| setting.name == name);
                setting.map_or_else(|| name.clone(), |setting| setting_name(setting.name, setting.label))
            }
            Self::Lora(name) => format!("LoRA {name}"),
            Self::Model => tr!("state-fact-model"),
            Self::ModelFile => tr!("state-fact-model-file"),
            Self::Decoder => tr!("state-fact-decoder"),
            Self::TinyDecoder => tr!("state-fact-tiny-decoder"),
            Self::Device => tr!("state-fact-device"),
        }
    }
}

/// All that a clip was made from.
fn facts(provenance: &Provenance) -> Vec<(Fact, String)> {
    let settings = provenance.settings.iter().map(|(name, value)| (Fact::Setting(name.clone()), value.to_string()));
    let loras = provenance.loras.iter().map(|(name, strength)| (Fact::Lora(name.clone()), strength.to_string()));
    let mut facts: Vec<(Fact, String)> = settings.chain(loras).collect();
    facts.push((Fact::Model, provenance.model_name.clone()));
    facts.push((Fact::ModelFile, provenance.model_sha256.chars().take(12).collect()));
    facts.push((Fact::Decoder, provenance.decoder.clone()));
    facts.push((Fact::TinyDecoder, provenance.tiny_decoder_name.clone()));
    facts.push((Fact::Device, provenance.device.clone()));
    facts
}
