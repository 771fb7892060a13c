//! Prior preservation: clips that the model makes of class prompts before its training, kept as latents in the folder of the run.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::{CancelToken, Cancelled};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::model::{ModelDescription, SamplerKind};
use crate::nn::params::{NamedTensor, values_of};
use crate::training::TrainError;
use crate::training::recipe::RecipeError;
use crate::training::recipes::common::{create_folder, frozen};
use crate::training::recipes::encoders::Encoders;
use crate::training::recipes::samples::{Sampling, Wanted, latents};
use crate::training::recipes::settings::{DataSettings, ensure};
use crate::training::trainer::log::{TrainEvent, Watch, samples};
use crate::weights::{Checkpoint, ModelFile, WeightPrecision, write_tensors};

/// Most clips that a model makes.
const MOST_CLIPS: usize = 10_000;
/// Name of the latent in its file, and of what it is of in the header.
const LATENT: &str = "latent";
const MADE_OF: &str = "made_of";

/// The table `prior`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorSettings {
    /// Weight of their loss; without it there are none.
    pub weight: f32,
    /// How many.
    pub clips: usize,
    /// Their prompts: one after the other, from the first again where they are fewer than the clips.
    pub prompts: Vec<String>,
}

impl Default for PriorSettings {
    fn default() -> Self {
        Self { weight: 0.0, clips: 50, prompts: Vec::new() }
    }
}

impl PriorSettings {
    /// Whether the values can be right.
    ///
    /// # Errors
    /// The first that cannot.
    pub(super) fn check(&self) -> Result<(), RecipeError> {
        ensure("prior.weight", self.weight, self.weight.is_finite() && self.weight >= 0.0)?;
        ensure("prior.clips", self.clips, (1..=MOST_CLIPS).contains(&self.clips))?;
        if self.weight > 0.0 && self.prompts.is_empty() {
            return Err(RecipeError::Missing { key: "prior.prompts" });
        }
        Ok(())
    }
}

/// How a model samples unless told otherwise.
pub(super) fn own_sampling(description: &ModelDescription) -> Sampling {
    let limits = &description.limits;
    let steps = limits.default_steps as usize;
    Sampling { sampler: limits.sampler, steps, guidance: limits.default_guidance, fps: None }
}

/// The clips that a model is to make.
pub(super) struct PriorClips<'a> {
    /// The model.
    pub model: &'a ModelFile,
    /// How many, and of what.
    pub settings: &'a PriorSettings,
    /// Their size.
    pub data: &'a DataSettings,
    /// Folder of the run.
    pub folder: &'a Path,
    /// Seed of the run.
    pub seed: u64,
}

impl PriorClips<'_> {
    /// Makes those that are not there yet and reads all: latents with their prompts.
    ///
    /// # Errors
    /// When a file cannot be read or written; `Cancelled`.
    pub fn make(
        &self,
        encoders: &Encoders,
        device: &Device,
        cancel: &CancelToken,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<(Tensor<5>, String)>, TrainError> {
        let folder = self.folder.join("prior");
        create_folder(&folder)?;
        let description = self.model.description();
        let sampling = own_sampling(description);
        let mut network = None;
        let mut clips = Vec::with_capacity(self.settings.clips);
        for index in 0..self.settings.clips {
            let prompt = &self.settings.prompts[index % self.settings.prompts.len()];
            let path = folder.join(format!("clip-{index:05}.safetensors"));
            let made_of = self.made_of(prompt, index, sampling);
            watch(TrainEvent::Progress(samples("clips of the model", index as u64, self.settings.clips as u64)));
            let latent = match kept(&path, &made_of) {
                Some(latent) => Tensor::from_data(latent, device),
                None => {
                    cancel.check()?;
                    let teacher = match &network {
                        Some(teacher) => teacher,
                        None => network.insert(frozen(self.model, device)?),
                    };
                    let wanted = Wanted {
                        prompts: vec![prompt.as_str()],
                        frames: self.data.frames,
                        size: [self.data.height, self.data.width],
                        fps: description.limits.default_fps as f32,
                        seed: self.seed_of(index),
                    };
                    let made = latents(&teacher.unet, &description.config, encoders, &wanted, sampling, cancel);
                    let latent = made.map_err(|Cancelled| Cancelled)?;
                    write(&path, &made_of, &latent)?;
                    latent
                }
            };
            clips.push((latent, prompt.clone()));
        }
        Ok(clips)
    }

    fn seed_of(&self, index: usize) -> u64 {
        self.seed.rotate_left(24) ^ index as u64
    }

    /// All that a clip follows from, so that those of another recipe are not taken for its own.
    fn made_of(&self, prompt: &str, index: usize, sampling: Sampling) -> String {
        let DataSettings { frames, width, height, .. } = *self.data;
        let Sampling { sampler, steps, guidance, .. } = sampling;
        let sampler = if sampler == SamplerKind::Turbo { "turbo" } else { "ddim" };
        json!({
            "model": self.model.sha256(), "prompt": prompt, "seed": self.seed_of(index).to_string(),
            "frames": frames, "width": width, "height": height,
            "sampler": sampler, "steps": steps, "guidance": guidance,
        })
        .to_string()
    }
}

/// The latent in a file, if it is the one that is wanted. Anything else is made again.
fn kept(path: &Path, made_of: &str) -> Option<TensorData> {
    let file = path.is_file().then(|| Checkpoint::open(path).ok()).flatten()?;
    let tensor = file.tensor(LATENT).filter(|_| file.metadata(MADE_OF) == Some(made_of))?;
    let values = file.floats(tensor).ok().filter(|values| values.iter().all(|value| value.is_finite()))?;
    (tensor.shape().len() == 5).then(|| TensorData::new(values, tensor.shape().to_vec()))
}

fn write(path: &Path, made_of: &str, latent: &Tensor<5>) -> Result<(), TrainError> {
    let tensor = NamedTensor {
        name: LATENT.to_owned(),
        shape: latent.dims().to_vec(),
        values: values_of(latent.clone().into_data()),
    };
    Ok(write_tensors(path, &[(MADE_OF, made_of.to_owned())], &[tensor], WeightPrecision::F32)?)
}
