//! Conversion: a model in any form becomes a file in ours, tensor by tensor.

use crate::unfit::{Implausible, Unfit};
use std::collections::HashMap;
use std::path::Path;

use super::checkpoint::Checkpoint;
use super::describe::describe;
use super::file::ModelFile;
use super::layout::{Layout, Networks, recognise};
use super::lora::{Lora, Merged};
use super::writer::{Entry, Precisions, WeightPrecision, description_json, write_entries};
use crate::description::{METADATA_KEY, ModelDescription};
use crate::error::ModelError;
use hummingbird_base::{CancelToken, ProgressSink};
use hummingbird_formats::FileError;
use hummingbird_nn::params::{Init, ParamSource, RegisteredParam};

/// A model that is about to be written.
#[derive(Debug)]
pub struct Conversion {
    /// Where tensors are looked for, the first that has one wins.
    files: Vec<Checkpoint>,
    description: ModelDescription,
    loras: Vec<(Lora, f32)>,
}

impl Conversion {
    /// The model in `file`. Networks that it lacks are taken from `base`, which must be a whole model.
    ///
    /// # Errors
    /// When a file cannot be read, or the two together are no whole model.
    pub fn open(file: &Path, base: Option<&Path>) -> Result<Self, ModelError> {
        let file = Checkpoint::open(file)?;
        let Some(base) = base else {
            let (file, description) = ModelFile::of(file)?.into_parts();
            return Ok(Self { files: vec![file], description, loras: Vec::new() });
        };
        let (base, base_description) = ModelFile::of(Checkpoint::open(base)?)?.into_parts();
        let Layout::Networks(networks) = recognise(&file) else {
            let detail = Unfit::NoNetworks.into();
            return Err(FileError::Foreign { path: file.path().to_owned(), detail }.into());
        };
        let of_base = &base_description.config;
        let description = describe(&Networks {
            unet: networks.unet.or_else(|| Some(of_base.unet.clone())),
            vae: networks.vae.or_else(|| Some(of_base.vae.clone())),
            text: networks.text.or_else(|| Some(of_base.text.clone())),
        });
        let foreign = |unfit: Implausible| FileError::Foreign { path: file.path().to_owned(), detail: unfit.into() };
        description.config.check().map_err(foreign)?;
        Ok(Self { files: vec![file, base], description, loras: Vec::new() })
    }

    /// Merges a LoRA into the weights.
    ///
    /// # Errors
    /// When it does not fit the model.
    pub fn add_lora(&mut self, path: &Path, strength: f32) -> Result<(), ModelError> {
        let lora = Lora::open(path, &self.files[0])?;
        self.loras.push((lora, strength));
        Ok(())
    }

    /// LoRAs that are merged, with their strengths.
    pub fn loras(&self) -> &[(Lora, f32)] {
        &self.loras
    }

    /// What the new file will say of itself.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// The same, to be changed.
    pub fn description_mut(&mut self) -> &mut ModelDescription {
        &mut self.description
    }

    /// The files that tensors come from.
    pub fn files(&self) -> &[Checkpoint] {
        &self.files
    }

    /// Writes those of `params` that the files have.
    ///
    /// # Errors
    /// When a file cannot be read or written, the disk is full, or `cancel` was asked for; nothing is left behind then.
    pub fn write(
        &self,
        params: &[RegisteredParam],
        precision: WeightPrecision,
        output: &Path,
        cancel: &CancelToken,
        sink: &mut dyn ProgressSink,
    ) -> Result<(), ModelError> {
        let is_there = |param: &&RegisteredParam| self.files.iter().any(|file| file.tensor(&param.name).is_some());
        let params: Vec<&RegisteredParam> = params.iter().filter(is_there).collect();
        let precisions =
            Precisions::new(precision, params.iter().map(|param| (param.name.as_str(), param.shape.as_slice())));
        let mut entries: Vec<Entry> = params
            .iter()
            .map(|RegisteredParam { name, shape, .. }| Entry {
                name: name.clone(),
                shape: shape.clone(),
                precision: precisions.of(name, shape),
            })
            .collect();
        // Formats in falling size, so that all are aligned; inside of one, the order of the source is the fastest to read.
        let places: HashMap<&str, (usize, usize)> = self
            .files
            .iter()
            .enumerate()
            .flat_map(|(file, checkpoint)| {
                let tensors = checkpoint.contents().tensors.iter().enumerate();
                tensors.map(move |(index, tensor)| (tensor.name(), (file, index)))
            })
            .collect();
        entries.sort_by_cached_key(|entry| (entry.precision as usize, places.get(entry.name.as_str()).copied()));
        let merged = Merged::new(self, &self.loras);
        let mut values = |entry: &Entry| Ok(merged.values(&entry.name, &entry.shape, Init::Zeros)?);
        write_entries(
            output,
            &[(METADATA_KEY, description_json(&self.description))],
            &entries,
            &mut values,
            cancel,
            sink,
        )
    }
}

impl ParamSource for Conversion {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let file = self.files.iter().find(|file| file.tensor(name).is_some()).unwrap_or(&self.files[0]);
        file.values(name, shape, init)
    }
}
