//! Whose shapes are timed: a layout that is known by name, with random weights, or a model file.

use crate::error::FileError;
use crate::model::{ModelConfig, ModelDescription};
use crate::nn::config::UNetConfig;
use crate::nn::params::{Init, ParamSource};
use crate::request::RequestLimits;
use crate::weights::layout::Networks;
use crate::weights::{Dtype, ModelFile, SeededStart, StoredTensor, describe};

/// Name and sizes of a published network.
type Layout = (&'static str, fn() -> UNetConfig);

/// Layouts that need no file, by the names under which their models are got.
const LAYOUTS: [Layout; 3] = [
    ("hummingbird-0.7b", UNetConfig::hummingbird_07b),
    ("hummingbird-0.9b", UNetConfig::hummingbird_09b),
    ("videocrafter2", UNetConfig::videocrafter2),
];

/// Networks to be timed.
pub struct Subject {
    /// Name of the model.
    pub name: String,
    pub(super) config: ModelConfig,
    pub(super) limits: RequestLimits,
    pub(super) weights: Box<dyn ParamSource>,
    /// Whether most weights have 16 bits or less.
    pub(super) rounded: bool,
}

impl Subject {
    /// Names that [`Subject::layout`] knows.
    pub fn layouts() -> impl Iterator<Item = &'static str> {
        LAYOUTS.into_iter().map(|(name, _)| name)
    }

    /// A published layout with random weights: their values do not change the time.
    pub fn layout(name: &str) -> Option<Self> {
        let (_, unet) = LAYOUTS.into_iter().find(|(known, _)| *known == name)?;
        let ModelDescription { name, config, limits, .. } =
            describe(&Networks { unet: Some(unet()), ..Networks::default() });
        Some(Self {
            name: format!("{name}, random weights"),
            config,
            limits,
            weights: Box::new(RandomWeights),
            rounded: false,
        })
    }

    /// A model with its own weights, in the number format of its file.
    pub fn of_file(file: ModelFile) -> Self {
        let ModelDescription { name, config, limits, .. } = file.description().clone();
        let tensors = &file.checkpoint().contents().tensors;
        let fine = tensors.iter().filter(|tensor| tensor.dtype() == Dtype::F32).map(StoredTensor::len).sum::<usize>();
        let rounded = 2 * fine < tensors.iter().map(StoredTensor::len).sum();
        Self { name, config, limits, weights: Box::new(file), rounded }
    }
}

/// Random weights, none of them zero: memory that was never written is read faster than weights are.
#[derive(Clone, Copy, Debug)]
pub(super) struct RandomWeights;

impl ParamSource for RandomWeights {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let init = match init {
            Init::Zeros => Init::Uniform { fan_in: shape.iter().skip(1).product() },
            other => other,
        };
        SeededStart { seed: 0 }.values(name, shape, init)
    }
}
