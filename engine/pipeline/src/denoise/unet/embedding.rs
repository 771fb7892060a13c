//! Embeddings of timestep, guidance scale and frame rate.

use burn::module::Module;
use burn::tensor::{Tensor, activation};

use hummingbird_formats::FileError;
use hummingbird_nn::config::UNetConfig;
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::params::ParamPath;

/// Conditions of each clip of a batch, already as sinusoids (`schedule.rs` makes them in f32 as the reference does).
#[derive(Clone, Debug)]
pub struct Conditions {
    /// `[cos | sin]` of the timestep, `[batch, model_channels]`.
    pub timestep: Tensor<2>,
    /// `[cos | sin]` of the frame rate, `[batch, model_channels]`; ignored by networks without that condition.
    pub fps: Option<Tensor<2>>,
    /// `[sin | cos]` of the guidance scale, `[batch, time_cond_proj_dim]`; ignored by networks without that condition.
    pub guidance: Option<Tensor<2>>,
    /// Motion embedding, `[batch, motion_cond_proj_dim]`; ignored by networks without that condition.
    pub motion: Option<Tensor<2>>,
}

/// `emb = MLP(t + W w) + MLP(fps)`, and with a motion embedding `emb = MLP(t + C [W w | M m]) + MLP(fps)`.
#[derive(Module, Debug)]
pub struct Embedding {
    time_embed: Mlp,
    fps_embedding: Option<Mlp>,
    time_cond_proj: Option<Linear>,
    motion: Option<MotionCondition>,
}

/// T2V-Turbo-v2's third condition.
#[derive(Module, Debug)]
struct MotionCondition {
    motion_cond_proj: Linear,
    combine_proj: Linear,
}

impl Embedding {
    pub(super) fn init(config: &UNetConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let channels = config.model_channels;
        let fps_embedding = config.fps_cond.then(|| Mlp::init(channels, &path.at("fps_embedding"))).transpose()?;
        let time_cond_proj = config
            .time_cond_proj_dim
            .map(|width| LinearConfig::new(width, channels).without_bias().init(&path.at("time_cond_proj")))
            .transpose()?;
        let motion = config
            .motion_cond_proj_dim
            .map(|width| {
                let linear = |inputs| LinearConfig::new(inputs, channels).without_bias();
                Ok::<_, FileError>(MotionCondition {
                    motion_cond_proj: linear(width).init(&path.at("motion_cond_proj"))?,
                    combine_proj: linear(2 * channels).init(&path.at("combine_proj"))?,
                })
            })
            .transpose()?;
        Ok(Self { time_embed: Mlp::init(channels, &path.at("time_embed"))?, fps_embedding, time_cond_proj, motion })
    }

    /// # Shapes
    /// `[batch, model_channels] -> [batch, 4 * model_channels]`
    pub(super) fn forward(&self, conditions: Conditions) -> Tensor<2> {
        let mut timestep = conditions.timestep;
        if let (Some(projection), Some(guidance)) = (&self.time_cond_proj, conditions.guidance) {
            let guidance = projection.forward(guidance);
            timestep = timestep
                + match (&self.motion, conditions.motion) {
                    (Some(condition), Some(motion)) => {
                        let motion = condition.motion_cond_proj.forward(motion);
                        condition.combine_proj.forward(Tensor::cat(vec![guidance, motion], 1))
                    }
                    _ => guidance,
                };
        }
        let emb = self.time_embed.forward(timestep);
        match (&self.fps_embedding, conditions.fps) {
            (Some(mlp), Some(fps)) => emb + mlp.forward(fps), // After the time MLP, as in the reference.
            _ => emb,
        }
    }
}

impl Embedding {
    /// Cost of [`Self::forward`] with all conditions that the network takes.
    pub(super) fn cost(&self, tracer: &Tracer, batch: usize) -> MetaTensor {
        let mut timestep = self.time_embed.cost_of_input(tracer, batch);
        if let Some(projection) = &self.time_cond_proj {
            let mut guidance = projection.cost(tracer, tracer.tensor(&[batch, projection.inputs()]));
            if let Some(condition) = &self.motion {
                let projection = &condition.motion_cond_proj;
                let motion = projection.cost(tracer, tracer.tensor(&[batch, projection.inputs()]));
                guidance = condition.combine_proj.cost(tracer, tracer.cat(guidance, motion));
            }
            timestep = tracer.both(timestep, guidance);
        }
        let emb = self.time_embed.cost(tracer, timestep);
        match &self.fps_embedding {
            Some(mlp) => {
                let fps = mlp.cost_of_input(tracer, batch);
                tracer.both(emb, mlp.cost(tracer, fps))
            }
            None => emb,
        }
    }
}

/// Linear, SiLU, linear: `channels -> 4 * channels`.
#[derive(Module, Debug)]
struct Mlp {
    first: Linear,
    last: Linear,
}

impl Mlp {
    fn init(channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(Self {
            first: LinearConfig::new(channels, 4 * channels).init(&path.at(0))?,
            last: LinearConfig::new(4 * channels, 4 * channels).init(&path.at(2))?,
        })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.last.forward(activation::silu(self.first.forward(x)))
    }

    /// What goes in.
    fn cost_of_input(&self, tracer: &Tracer, batch: usize) -> MetaTensor {
        tracer.tensor(&[batch, self.first.inputs()])
    }

    /// Cost of [`Self::forward`].
    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        self.last.cost(tracer, tracer.each_value(self.first.cost(tracer, x)))
    }
}
