//! `hummingbird train prune`: stage 1 of the paper begins with a student that is cut out of its teacher.

use std::path::{Path, PathBuf};

use hummingbird_base::{CancelToken, ProgressSink};
use serde::{Deserialize, Serialize};

use super::writing::{Values, raw, write_with_network, write_with_values};
use crate::model::{ModelDescription, ModelSource};
use crate::nn::config::UNetConfig;
use crate::nn::params::NamedTensor;
use crate::pipeline::denoise::unet::UNET_PREFIX;
use crate::training::TrainError;
use crate::training::prune::{BlockMap, Pruned, params_of};
use crate::training::recipe::RecipeError;
use crate::weights::{METADATA_KEY, ModelError, ModelFile, RawTensor, description_json, write_raw};

/// The recipe with its defaults and what each key means.
pub const TOML: &str = include_str!("prune.toml");

/// What is cut out of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PruneRecipe {
    /// The teacher's file.
    pub teacher: Option<PathBuf>,
    /// Residual blocks a level that stay.
    pub num_res_blocks: usize,
    /// Whether the middle block stays.
    pub middle_block: bool,
    /// Name of the student.
    pub name: String,
    /// Where the student is written.
    pub output: PathBuf,
}

impl Default for PruneRecipe {
    fn default() -> Self {
        Self {
            teacher: None,
            num_res_blocks: 1,
            middle_block: false,
            name: "Student".to_owned(),
            output: PathBuf::from("student.safetensors"),
        }
    }
}

/// Parameters of the U-Nets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Of the teacher.
    pub teacher: usize,
    /// Of the student, those that only few-step students have left out.
    pub student: usize,
    /// Bytes of the student's file, autoencoder and text encoder included.
    pub file_bytes: usize,
}

/// A student that is ready to be written.
#[derive(Debug)]
pub struct Cut {
    teacher: ModelFile,
    config: UNetConfig,
    map: BlockMap,
    name: String,
}

impl PruneRecipe {
    /// Opens the teacher and finds the student in it.
    ///
    /// # Errors
    /// When there is no teacher, or no such student in it.
    pub fn cut(&self) -> Result<Cut, TrainError> {
        let path = self.teacher.clone().ok_or(RecipeError::Missing { key: "teacher" })?;
        let teacher = ModelFile::open(&ModelSource::File(path.clone()))?;
        let whole = &teacher.description().config.unet;
        let config =
            UNetConfig { num_res_blocks: self.num_res_blocks, middle_block: self.middle_block, ..whole.clone() };
        let map = BlockMap::new(&config, whole).map_err(|unfit| TrainError::Prune { path, detail: unfit.into() })?;
        Ok(Cut { config, map, teacher, name: self.name.clone() })
    }
}

impl Cut {
    /// What there is to be written.
    ///
    /// # Errors
    /// When the teacher's file lacks a tensor.
    pub fn report(&self) -> Result<PruneReport, TrainError> {
        let parameters = |config: &UNetConfig| -> Result<usize, TrainError> {
            Ok(params_of(config)?.iter().map(|param| param.shape.iter().product::<usize>()).sum())
        };
        let student = self.pruned()?.copies();
        let of_unet = student.iter().filter(|(name, _)| name.starts_with(UNET_PREFIX));
        Ok(PruneReport {
            teacher: parameters(&self.teacher.description().config.unet)?,
            student: of_unet.map(|(_, tensor)| tensor.shape().iter().product::<usize>()).sum(),
            file_bytes: student.iter().map(|(name, tensor)| raw(name, tensor).byte_len()).sum(),
        })
    }

    /// The student's network.
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// Name of the student.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The student's weights in the teacher's file.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn pruned(&self) -> Result<Pruned<'_>, TrainError> {
        Ok(Pruned::new(&self.config, self.map.clone(), self.teacher.checkpoint())?)
    }

    /// Writes the student with everything else that the teacher's file holds.
    ///
    /// # Errors
    /// When a file cannot be read or written; `Cancelled`.
    pub fn write(&self, path: &Path, cancel: &CancelToken, sink: &mut dyn ProgressSink) -> Result<(), TrainError> {
        let mut description = student_description(&self.teacher, &self.config);
        description.name.clone_from(&self.name);
        description.provenance.command = "hummingbird train prune".to_owned();
        description.provenance.notes = format!(
            "cut out of {:?} with the SHA-256 {}, not trained since",
            self.teacher.description().name,
            self.teacher.sha256()
        );
        let pruned = self.pruned()?;
        let copies = pruned.copies();
        let tensors: Vec<RawTensor> = copies.iter().map(|(name, tensor)| raw(name, tensor)).collect();
        let mut copies = copies.into_iter();
        let mut next = || {
            let Some((_, tensor)) = copies.next() else { return Ok(None) };
            Ok::<_, ModelError>(Some(self.teacher.checkpoint().raw(tensor)?))
        };
        let metadata = [(METADATA_KEY, description_json(&description))];
        Ok(write_raw(path, &metadata, &tensors, &mut next, cancel, sink)?)
    }
}

/// The description of a model like `base` with another U-Net.
pub fn student_description(base: &ModelFile, student: &UNetConfig) -> ModelDescription {
    let mut description = base.description().clone();
    description.config.unet = student.clone();
    description
}

/// Writes a model whose U-Net is `unet`, in f32, and whose other networks are those of `base`, bit by bit.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write_student(
    path: &Path,
    base: &ModelFile,
    description: &ModelDescription,
    unet: Vec<NamedTensor>,
) -> Result<(), TrainError> {
    write_with_network(path, base, description, UNET_PREFIX, unet)
}

/// [`write_student`] of a U-Net with tensors of these names and shapes, whose values are asked for one after the other: no more than one
/// of them is in memory.
///
/// # Errors
/// As [`write_student`], and what `values` returns.
pub fn write_student_of(
    path: &Path,
    base: &ModelFile,
    description: &ModelDescription,
    unet: &[(String, Vec<usize>)],
    values: &mut Values<'_>,
) -> Result<(), TrainError> {
    write_with_values(path, base, description, UNET_PREFIX, unet, values)
}

#[cfg(test)]
mod tests {
    use hummingbird_base::progress::Silent;

    use super::*;
    use crate::nn::params::{Init, ParamSource};
    use crate::training::recipe;

    #[test]
    fn the_documented_recipe_is_the_default() {
        assert_eq!(toml::from_str::<PruneRecipe>(TOML).expect("it is a recipe"), PruneRecipe::default());
        assert_eq!(recipe::read::<PruneRecipe>(None, &[]).expect("all has defaults"), PruneRecipe::default());
    }

    #[test]
    fn a_teacher_that_is_its_own_student_is_written_bit_by_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let [teacher, student] = ["teacher.safetensors", "student.safetensors"].map(|name| folder.path().join(name));
        let embedded = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
        std::fs::copy(nano, &teacher).expect("writable");
        let recipe = PruneRecipe { teacher: Some(teacher), ..PruneRecipe::default() };
        let cut = recipe.cut().expect("Nano has one block a level");
        let report = cut.report().expect("all is there");
        let tensors = &embedded.checkpoint().contents().tensors;
        let of_unet = tensors.iter().filter(|it| it.name().starts_with(UNET_PREFIX));
        let values: usize = of_unet.map(|it| it.shape().iter().product::<usize>()).sum();
        assert_eq!((report.teacher, report.student), (values, values));
        cut.write(&student, &CancelToken::default(), &mut Silent).expect("writable");
        let written = ModelFile::open(&ModelSource::File(student)).expect("it is a model");
        assert_eq!(written.description().name, "Student");
        assert_eq!(written.description().config, embedded.description().config);
        for tensor in &embedded.checkpoint().contents().tensors {
            let values =
                |file: &ModelFile| file.values(tensor.name(), tensor.shape(), Init::Zeros).expect("it is there");
            assert_eq!(values(&written), values(&embedded), "{}", tensor.name());
        }
        let more = PruneRecipe { num_res_blocks: 2, ..recipe };
        let error = more.cut().expect_err("it has no more").to_string();
        assert!(error.contains("2 residual blocks") && error.contains("teacher.safetensors"), "{error}");
        let none = PruneRecipe::default().cut().expect_err("no teacher").to_string();
        assert!(none.contains("teacher"), "{none}");
    }
}
