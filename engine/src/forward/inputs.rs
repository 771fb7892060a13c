//! Tensors that come in, by name, and what can be wrong with them.

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::message::{self, Message};
use thiserror::Error;

use crate::jobs::error::EngineError;
use crate::weights::Checkpoint;

/// What is wrong with given tensors.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("inputs")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum InputsUnfit {
    #[error("it lacks the tensor {name:?}; it has {}", names.join(", "))]
    Lacks { name: String, names: Vec<String> },
    #[error("tensor {name:?} has the shape {shape:?}: {needed} sides are needed")]
    Dimensions { name: String, shape: Vec<usize>, needed: usize },
    #[error("tensor {name:?} is empty")]
    Empty { name: String },
    #[error("tensor {name:?} has the shape {shape:?}: [{wanted}] is needed")]
    Shape { name: String, shape: Vec<usize>, wanted: String },
    #[error("tensor {name:?} has {count} numbers for a batch of {batch}")]
    Count { name: String, count: usize, batch: usize },
    #[error("tensor \"tokens\" has rows of {length}: {needed} ids are needed")]
    RowLength { length: usize, needed: usize },
    #[error("the token id {id} is not in the table of {limit} tokens")]
    TokenId { id: f64, limit: usize },
    #[error("it lacks the tensor \"timesteps\"")]
    NoTimesteps,
    #[error("tensor {name:?} is {height} high and {width} wide: both must be multiples of {multiple}")]
    Sides { name: String, height: usize, width: usize, multiple: usize },
    #[error("it lacks the tensor {name:?}, which this step adds")]
    NoStepNoise { name: String },
    #[error("tensor \"frame_index\" names frame {index}: there are {frames}, counted from 0")]
    FrameIndex { index: f64, frames: usize },
    #[error("tensor \"tokens\" has rows of {length}: at most {most} ids can be taken")]
    RowTooLong { length: usize, most: usize },
    #[error("tensor \"attention_mask\" has a row that leaves no token")]
    NoTokens,
    #[error("tensor \"latents\" needs the autoencoder: add --vae")]
    NoAutoencoder,
    #[error("tensor {name:?} holds {value}: whole numbers from 0 to below {limit} are needed")]
    NotBelow { name: String, value: f64, limit: usize },
    #[error("it lacks the tensor \"uncond\", which guidance needs (--guidance 1 does without)")]
    NoUncond,
}

/// Input tensors by name.
pub(super) struct Inputs<'a> {
    pub file: &'a Checkpoint,
    pub device: &'a Device,
}

impl Inputs<'_> {
    pub fn unfit(&self, detail: InputsUnfit) -> EngineError {
        EngineError::Inputs { path: self.file.path().to_owned(), detail: detail.into() }
    }

    pub fn has(&self, name: &str) -> bool {
        self.file.tensor(name).is_some()
    }

    pub fn numbers<const D: usize>(&self, name: &str) -> Result<(Vec<f64>, [usize; D]), EngineError> {
        let Some(tensor) = self.file.tensor(name) else { return Err(self.lacks(name)) };
        let shape = <[usize; D]>::try_from(tensor.shape().to_vec())
            .map_err(|shape| self.unfit(InputsUnfit::Dimensions { name: name.to_owned(), shape, needed: D }))?;
        if tensor.is_empty() {
            return Err(self.unfit(InputsUnfit::Empty { name: name.to_owned() }));
        }
        Ok((self.file.numbers(tensor)?, shape))
    }

    pub fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>, EngineError> {
        let (numbers, shape) = self.numbers::<D>(name)?;
        let values: Vec<f32> = numbers.into_iter().map(|value| value as f32).collect();
        Ok(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// A tensor whose sides must be these, where some are given.
    pub fn sized<const D: usize>(&self, name: &str, sides: [Option<usize>; D]) -> Result<Tensor<D>, EngineError> {
        let tensor = self.tensor::<D>(name)?;
        let shape = tensor.dims();
        if shape.iter().zip(sides).all(|(&side, wanted)| wanted.is_none_or(|wanted| side == wanted)) {
            return Ok(tensor);
        }
        let wanted = sides.map(|side| side.map_or_else(|| "any".to_owned(), |side| side.to_string())).join(", ");
        Err(self.unfit(InputsUnfit::Shape { name: name.to_owned(), shape: shape.to_vec(), wanted }))
    }

    pub fn optional<const D: usize>(
        &self,
        name: &str,
        sides: [Option<usize>; D],
    ) -> Result<Option<Tensor<D>>, EngineError> {
        if self.has(name) { self.sized(name, sides).map(Some) } else { Ok(None) }
    }

    /// One number for each clip, given once or for each.
    pub fn per_clip(&self, name: &str, batch: usize) -> Result<Option<Vec<f32>>, EngineError> {
        if !self.has(name) {
            return Ok(None);
        }
        let (numbers, [count]) = self.numbers::<1>(name)?;
        if count != batch && count != 1 {
            return Err(self.unfit(InputsUnfit::Count { name: name.to_owned(), count, batch }));
        }
        Ok(Some((0..batch).map(|index| numbers[index % count] as f32).collect()))
    }

    /// One number for each clip, given once or for each.
    pub fn each_clip(&self, name: &str, batch: usize) -> Result<Vec<f64>, EngineError> {
        match self.per_clip(name, batch)? {
            Some(numbers) => Ok(numbers.into_iter().map(f64::from).collect()),
            None => Err(self.lacks(name)),
        }
    }

    /// Numbers of the tensor `name` as whole ones below `limit`.
    pub fn below(&self, name: &str, numbers: Vec<f64>, limit: usize) -> Result<Vec<usize>, EngineError> {
        let whole = |value: f64| {
            if value.fract() == 0.0 && (0.0..limit as f64).contains(&value) {
                return Ok(value as usize);
            }
            Err(self.unfit(InputsUnfit::NotBelow { name: name.to_owned(), value, limit }))
        };
        numbers.into_iter().map(whole).collect()
    }

    pub fn lacks(&self, name: &str) -> EngineError {
        let names = self.file.contents().tensors.iter().take(12).map(|tensor| format!("{:?}", tensor.name()));
        self.unfit(InputsUnfit::Lacks { name: name.to_owned(), names: names.collect() })
    }
}
