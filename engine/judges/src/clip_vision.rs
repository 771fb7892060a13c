//! CLIP's vision tower, as open_clip has it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::params::ParamPath;

use crate::config::ClipVisionConfig;
use crate::tower::{Tower, TowerConfig};

/// The tower.
#[derive(Module, Debug)]
pub struct ClipVision {
    tower: Tower,
}

impl ClipVision {
    /// The tower at `path`, with features of `channels`.
    pub fn init(
        config: &ClipVisionConfig,
        gelu: Gelu,
        channels: usize,
        path: &ParamPath<'_>,
    ) -> Result<Self, FileError> {
        let ClipVisionConfig { image_size: side, layers, patch_size: patch, .. } = *config;
        let block = config.block(gelu);
        let tower = TowerConfig { side, patch, is_temporal: false, layers, block, channels };
        Ok(Self { tower: Tower::init(&tower, path)? })
    }

    /// The device that its weights are on.
    pub fn device(&self) -> Device {
        self.tower.class_embedding.val().device()
    }

    /// # Shapes
    /// `[n, 3, image size, image size] -> [n, channels]`, not normalised
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pixels: Tensor<4>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let patches = self.tower.conv1.forward(pixels);
        let [n, _, width] = patches.dims();
        let class = self.tower.class_embedding.val().reshape([1, 1, width]).expand([n, 1, width]);
        let positions = self.tower.positional_embedding.val().unsqueeze::<3>();
        self.tower.of_tokens(Tensor::cat(vec![class, patches], 1) + positions, hook)
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        let patches = self.tower.conv1.cost(tracer, pixels);
        let [n, count, width] = patches.dims();
        let tokens = tracer.gathered(patches, &[n, count + 1, width]);
        self.tower.cost_of_tokens(tracer, tracer.scaled(tokens))
    }
}
