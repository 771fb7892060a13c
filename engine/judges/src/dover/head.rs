//! From features to a map of scores.

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_nn::params::ParamPath;

use super::stem::Projection;

/// Two convolutions of size 1.
#[derive(Module, Debug)]
pub struct Head {
    fc_hid: Projection,
    fc_last: Projection,
}

impl Head {
    /// The head at `path`.
    pub fn init(path: &ParamPath<'_>, channels: usize, hidden: usize) -> Result<Self, FileError> {
        Ok(Self {
            fc_hid: Projection::init(&path.at("fc_hid"), [hidden, channels], [1; 3])?,
            fc_last: Projection::init(&path.at("fc_last"), [1, hidden], [1; 3])?,
        })
    }

    /// # Shapes
    /// `[.., channels] -> [.., 1]`
    pub fn forward(&self, features: Tensor<5>) -> Tensor<5> {
        self.fc_last.forward(self.fc_hid.forward_gelu(features))
    }
}
