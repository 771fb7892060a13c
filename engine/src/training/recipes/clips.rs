//! Clips as `distil` and `turbo` train on them: latents and embedded captions, kept where a clip comes again.

use std::collections::HashMap;
use std::rc::Rc;

use burn::tensor::Tensor;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::encoders::Encoders;
use super::estimate::ClipSize;
use super::settings::{DataSettings, RunSettings, ensure};
use crate::model::ModelConfig;
use crate::pipeline::vae::Posterior;
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::{Again, CaptionedClip};
use crate::training::recipe::RecipeError;
use crate::training::trainer::log::Watch;

/// The table `clips`: which come again, and what is kept of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipSettings {
    /// Different clips that the program draws; 0: no clip comes twice.
    pub drawn: u64,
    /// MiB of latents and embedded captions that are kept.
    pub keep_mib: usize,
}

impl Default for ClipSettings {
    fn default() -> Self {
        Self { drawn: 0, keep_mib: 256 }
    }
}

/// Most that can be asked for.
const MOST_MIB: usize = 1 << 20;
/// Bytes of an f32.
const F32: usize = size_of::<f32>();

impl ClipSettings {
    /// Whether the numbers can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        ensure("clips.drawn", self.drawn, self.drawn < 1 << 40)?;
        ensure("clips.keep_mib", self.keep_mib, self.keep_mib <= MOST_MIB)
    }

    /// The clips of `data`; what of a folder is left out is told.
    ///
    /// # Errors
    /// When there is no clip in the folder that can be used.
    pub fn clips(
        &self,
        data: &DataSettings,
        seed: u64,
        watch: &mut Watch<'_>,
    ) -> Result<Box<dyn Dataset<Example = CaptionedClip>>, TrainError> {
        let clips = data.clips(seed, watch)?;
        if data.folder.is_some() || self.drawn == 0 {
            return Ok(clips);
        }
        Ok(Box::new(Again { clips, count: self.drawn }))
    }

    /// Bytes that a run keeps at its end where so many clips come again.
    pub fn kept_bytes(&self, recurring: u64, run: &RunSettings, size: &ClipSize, config: &ModelConfig) -> usize {
        let each = size.shape(config).bytes(F32);
        let room = (self.keep_mib << 20) / each.max(1);
        let seen = run.updates.saturating_mul(run.batch as u64).min(recurring);
        each * usize::try_from(seen).unwrap_or(usize::MAX).min(room)
    }
}

/// A clip without noise.
#[derive(Debug)]
pub(super) struct EncodedClip {
    posterior: Posterior,
    /// What it shows.
    pub caption: String,
    /// The same embedded, `[1, 77, context_dim]`.
    pub text: Tensor<3>,
    /// Frames a second.
    pub fps: f32,
}

impl EncodedClip {
    fn bytes(&self) -> usize {
        let values = 2 * self.posterior.mean.shape().num_elements() + self.text.shape().num_elements();
        F32 * values
    }
}

/// Clips of a dataset by way of encoders.
pub(super) struct EncodedClips {
    clips: Box<dyn Dataset<Example = CaptionedClip>>,
    encoders: Encoders,
    room: usize,
    kept: HashMap<u64, Rc<EncodedClip>>,
}

impl EncodedClips {
    /// Those of `clips`.
    pub fn new(settings: ClipSettings, clips: Box<dyn Dataset<Example = CaptionedClip>>, encoders: Encoders) -> Self {
        Self { clips, encoders, room: settings.keep_mib << 20, kept: HashMap::new() }
    }

    /// The encoders.
    pub fn encoders(&self) -> &Encoders {
        &self.encoders
    }

    /// The clips.
    pub fn clips(&self) -> &dyn Dataset<Example = CaptionedClip> {
        self.clips.as_ref()
    }

    /// Some clips. One that comes again is drawn or read, and encoded, once, as long as there is room for it.
    pub fn encoded(&mut self, indices: impl Iterator<Item = u64>) -> Vec<Rc<EncodedClip>> {
        indices.map(|index| self.one(index)).collect()
    }

    fn one(&mut self, index: u64) -> Rc<EncodedClip> {
        let sameness = self.clips.sameness(index);
        if let Some(kept) = sameness.and_then(|sameness| self.kept.get(&sameness)) {
            return Rc::clone(kept);
        }
        let CaptionedClip { frames, caption, fps } = self.clips.example(index);
        let posterior = self.encoders.posterior(&frames);
        let text = self.encoders.texts([caption.as_str()]);
        let clip = Rc::new(EncodedClip { posterior, caption, text, fps });
        if let (Some(sameness), Some(room)) = (sameness, self.room.checked_sub(clip.bytes())) {
            self.room = room;
            self.kept.insert(sameness, Rc::clone(&clip));
        }
        clip
    }

    /// Samples of the posteriors of clips of the same size and length, scaled: `[clips, channels, frames, height, width]`.
    pub fn latents(&self, clips: &[Rc<EncodedClip>], rng: &mut impl Rng) -> Tensor<5> {
        Tensor::cat(clips.iter().map(|clip| self.encoders.sample(&clip.posterior, rng)).collect(), 0)
    }

    /// Embedded captions of clips, `[clips, 77, context_dim]`.
    pub fn texts(clips: &[Rc<EncodedClip>]) -> Tensor<3> {
        Tensor::cat(clips.iter().map(|clip| clip.text.clone()).collect(), 0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::handoff::Frames;
    use crate::model::ModelSource;
    use crate::nn::params::values_of;
    use crate::weights::ModelFile;

    /// Counts how often a clip is made.
    struct Counted(Rc<Cell<usize>>);

    impl Dataset for Counted {
        type Example = CaptionedClip;

        fn count(&self) -> Option<u64> {
            None
        }

        fn example(&self, index: u64) -> CaptionedClip {
            self.0.set(self.0.get() + 1);
            let pixels = (0..3 * 32 * 32 * 3).map(|place| (place as u64 * (index + 3)) as u8).collect();
            CaptionedClip { frames: Frames::new(32, 32, pixels), caption: format!("clip {index}"), fps: 8.0 }
        }
    }

    #[test]
    fn clips_that_come_again_are_made_once_as_long_as_there_is_room() {
        let model = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let latents = |again: bool, keep_mib: usize| {
            let made = Rc::new(Cell::new(0));
            let clips = Box::new(Counted(Rc::clone(&made)));
            let clips: Box<dyn Dataset<Example = CaptionedClip>> =
                if again { Box::new(Again { clips, count: 2 }) } else { clips };
            let encoders = Encoders::load(&model, &Device::flex()).expect("it holds both");
            let mut clips = EncodedClips::new(ClipSettings { drawn: 0, keep_mib }, clips, encoders);
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let batches: Vec<Vec<f32>> = [0..2_u64, 2..4, 4..6]
                .map(|indices| {
                    let some = clips.encoded(indices);
                    let mut values = values_of(clips.latents(&some, &mut rng).into_data());
                    values.extend(values_of(EncodedClips::texts(&some).into_data()));
                    values
                })
                .into();
            (made.get(), batches)
        };
        let (made, kept) = latents(true, 1);
        let (made_again, plain) = latents(true, 0);
        assert_eq!((made, made_again), (2, 6));
        assert!(kept == plain && kept[0] != kept[1], "noise is drawn anew, all else is the same");
        assert_eq!(latents(false, 1).0, 6, "no clip comes again");
    }
}
