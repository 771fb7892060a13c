//! The optimisers that a run can choose, behind one face, and how a model is handed to one without a copy.

use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::{AdamWConfig, ModuleOptimizer};
use burn::tensor::Tensor;
use hummingbird_base::{Action, files};

use super::checkpoint::io;
use super::optimizer::AdamW;
use super::settings::Update;
use crate::nn::params::ParamRegistry;
use crate::training::TrainError;

/// How a model's parameters are updated, with its state.
pub(super) enum Optimizer {
    PerParameter(Box<ModuleOptimizer>),
    Together(AdamW),
}

impl Optimizer {
    /// Before the first step.
    pub fn new(update: Update) -> Self {
        match update {
            Update::PerParameter { weight_decay, clip_norm } => {
                let clipping = burn::grad_clipping::GradientClippingConfig::Norm(clip_norm);
                let config = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(weight_decay);
                Self::PerParameter(Box::new(config.with_grad_clipping(Some(clipping)).init()))
            }
            Update::Together(settings) => Self::Together(AdamW::new(settings)),
        }
    }

    /// Name of the state's file in a checkpoint.
    fn file(&self) -> &'static str {
        match self {
            Self::PerParameter(_) => "optimizer.bpk",
            Self::Together(_) => "optimizer.safetensors",
        }
    }

    /// With the state that a checkpoint holds.
    pub fn load(self, checkpoint: &Path, registry: &ParamRegistry) -> Result<Self, TrainError> {
        let path = checkpoint.join(self.file());
        match self {
            Self::PerParameter(optimizer) => match optimizer.load(&path) {
                Ok(optimizer) => Ok(Self::PerParameter(Box::new(optimizer))),
                Err(error) => Err(TrainError::CheckpointUnreadable { path, detail: error.to_string() }),
            },
            Self::Together(mut optimizer) => {
                optimizer.load(&path, registry)?;
                Ok(Self::Together(optimizer))
            }
        }
    }

    /// Writes the state into a checkpoint.
    pub fn save(&self, checkpoint: &Path, registry: &ParamRegistry) -> Result<(), TrainError> {
        let path = checkpoint.join(self.file());
        let io = |source| io(Action::Write, &path, source);
        match self {
            Self::PerParameter(optimizer) => {
                optimizer.save(&path).map_err(|error| io(std::io::Error::other(error.to_string())))?;
                files::sync_file(&path).map_err(io)
            }
            Self::Together(optimizer) => optimizer.save(&path, registry),
        }
    }
}

/// Takes a module out of its place and leaves one without values there, so that its tensors have one owner and can be changed where
/// they are.
pub(super) fn taken<M: Module>(place: &mut M) -> M {
    struct Emptied;
    impl ModuleMapper for Emptied {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, shape, device) = (param.id, param.lazy_shape().dims::<D>(), param.lazy_device());
            Param::uninitialized(id, move |device, _| Tensor::zeros(shape, device), device, false, shape.into())
        }
    }
    let empty = place.clone().map(&mut Emptied);
    std::mem::replace(place, empty)
}
