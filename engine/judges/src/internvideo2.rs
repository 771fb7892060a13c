//! InternVideo2's vision tower, as its second stage uses it.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, Epilogue, attention, matmul};
use hummingbird_nn::cost::{Heads, MetaTensor, Tracer, Weight};
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::{LayerNorm, RmsNorm};
use hummingbird_nn::params::{Init, ParamPath};
use hummingbird_nn::recompute;

use crate::config::InternVideo2VisionConfig;
use crate::patches::{Patches, PatchesConfig};

/// Epsilon of the norms in the blocks.
const EPS: f64 = 1e-6;

/// The tower.
#[derive(Module, Debug)]
pub struct InternVideo2Vision {
    patch_embed: Patches,
    cls_token: Param<Tensor<3>>,
    pos_embed: Param<Tensor<3>>,
    blocks: Vec<Block>,
    clip_projector: Pooling,
    #[module(skip)]
    frames: usize,
    #[module(skip)]
    frames_of_file: usize,
}

impl InternVideo2Vision {
    /// The tower at `path`.
    pub fn init(config: &InternVideo2VisionConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let InternVideo2VisionConfig { img_size, patch_size, num_frames, orig_num_frames, embed_dim, depth, .. } =
            *config;
        let tokens = orig_num_frames * (img_size / patch_size).pow(2) + 1;
        let patches = PatchesConfig { width: embed_dim, patch: patch_size, is_temporal: true, is_biased: true };
        let embedding = Init::Normal { std: 0.02 };
        let blocks = (0..depth).map(|index| Block::init(config, &path.at("blocks").at(index)));
        Ok(Self {
            patch_embed: Patches::init(patches, &path.at("patch_embed.proj"))?,
            cls_token: path.param("cls_token", [1, 1, embed_dim], embedding)?,
            pos_embed: path.param("pos_embed", [1, tokens, embed_dim], embedding)?,
            blocks: blocks.collect::<Result<_, _>>()?,
            clip_projector: Pooling::init(config, &path.at("clip_projector"))?,
            frames: num_frames,
            frames_of_file: orig_num_frames,
        })
    }

    /// # Shapes
    /// `[clips, frames, 3, side, side] -> [clips, clip_embed_dim]`, what the reference calls pooled
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, pixels: Tensor<5>, hook: &dyn ForwardHook) -> Result<Tensor<2>, Cancelled> {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.patch_embed.forward(pixels.reshape([clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        // [clips * frames, patches, c] -> [clips, frames * patches, c]: frame by frame, as the reference.
        let patches = patches.reshape([clips, frames * count, width]);
        let class = self.cls_token.val().expand([clips, 1, width]);
        let mut x = Tensor::cat(vec![class, patches], 1) + self.positions();
        for (index, block) in self.blocks.iter().enumerate() {
            x = recompute::block(hook, block, x, Block::forward);
            hook.on_output(&format!("blocks.{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        Ok(self.clip_projector.forward(x))
    }

    /// Cost of [`Self::forward`] without gradients.
    pub fn cost(&self, tracer: &Tracer, pixels: MetaTensor) -> MetaTensor {
        let [clips, frames, colours, height, side] = pixels.dims();
        let patches = self.patch_embed.cost(tracer, pixels.reshape(&[clips * frames, colours, height, side]));
        let [_, count, width] = patches.dims();
        let tokens = tracer.gathered(patches, &[clips, frames * count + 1, width]);
        let again = |x, block: &Block| tracer.block([x], |tracer, [x]| block.cost(tracer, x));
        let x = self.blocks.iter().fold(tracer.each_value(tokens), again);
        self.clip_projector.cost(tracer, x)
    }

    /// The positional embedding for as many frames as clips have: linear between those of the file, the class token's kept.
    ///
    /// # Shapes
    /// `[1, frames * patches + 1, width]`
    fn positions(&self) -> Tensor<3> {
        let all = self.pos_embed.val();
        if self.frames == self.frames_of_file {
            return all;
        }
        let [_, tokens, width] = all.dims();
        let patches = (tokens - 1) / self.frames_of_file;
        let device = all.device().without_autodiff();
        let weights =
            TensorData::new(interpolation(self.frames_of_file, self.frames), [self.frames, self.frames_of_file]);
        let weights = Tensor::<2>::from_data(weights, &device);
        let of_frames = all.clone().narrow(1, 1, tokens - 1).reshape([self.frames_of_file, patches * width]);
        let of_frames = weights.matmul(of_frames).reshape([1, self.frames * patches, width]);
        Tensor::cat(vec![all.narrow(1, 0, 1), of_frames], 1)
    }
}

/// The matrix of torch's linear interpolation of `from` values to `to` (without aligned corners), `[to, from]`.
fn interpolation(from: usize, to: usize) -> Vec<f32> {
    let mut matrix = vec![0.0; from * to];
    for (index, row) in matrix.chunks_exact_mut(from).enumerate() {
        let place = ((index as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
        let lower = (place as usize).min(from - 1);
        let share = (place - lower as f64).min(1.0);
        row[lower] += (1.0 - share) as f32;
        row[(lower + 1).min(from - 1)] += share as f32;
    }
    matrix
}

/// `x += ls1 * attention(norm1 x)`; `x += ls2 * mlp(norm2 x)`.
#[derive(Module, Debug)]
struct Block {
    norm1: RmsNorm,
    qkv: Linear,
    q_norm: RmsNorm,
    k_norm: RmsNorm,
    proj: Linear,
    ls1: Param<Tensor<1>>,
    norm2: RmsNorm,
    fc1: Linear,
    fc2: Linear,
    ls2: Param<Tensor<1>>,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    gelu: Gelu,
}

impl Block {
    fn init(config: &InternVideo2VisionConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let (width, hidden) = (config.embed_dim, config.hidden());
        let norm = |name: &str| RmsNorm::init(&path.at(name), width, EPS);
        let gamma = |name: &str| path.at(name).param("gamma", [width], Init::Ones);
        let linear = |name: &str, inputs, outputs| LinearConfig::new(inputs, outputs).init(&path.at(name));
        Ok(Self {
            norm1: norm("norm1")?,
            qkv: LinearConfig::new(width, 3 * width).without_bias().init(&path.at("attn.qkv"))?,
            q_norm: norm("attn.q_norm")?,
            k_norm: norm("attn.k_norm")?,
            proj: linear("attn.proj", width, width)?,
            ls1: gamma("ls1")?,
            norm2: norm("norm2")?,
            fc1: linear("mlp.fc1", width, hidden)?,
            fc2: linear("mlp.fc2", hidden, width)?,
            ls2: gamma("ls2")?,
            heads: config.num_heads,
            gelu: config.gelu,
        })
    }

    /// # Shapes
    /// `[clips, tokens, width]`, unchanged
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let attended = self.proj.forward(self.attended(x.clone()));
        let x = x + attended * self.ls1.val().unsqueeze::<3>();
        let hidden = self.gelu.after(&self.fc1, self.norm2.forward(x.clone()));
        x + self.fc2.forward(hidden) * self.ls2.val().unsqueeze::<3>()
    }

    /// What attention makes of the first norm; the projection that it reads goes with it.
    fn attended(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, width] = x.dims();
        let projected = self.qkv.forward(self.norm1.forward(x));
        let part = |index: usize| projected.clone().narrow(2, index * width, width);
        // Both norms are over all heads together.
        let (query, key) = (self.q_norm.forward(part(0)), self.k_norm.forward(part(1)));
        let options = AttentionOptions { rounded: self.qkv.is_rounded(), ..AttentionOptions::new(self.heads) };
        attention(query, key, part(2), options)
    }

    /// Cost of [`Self::forward`].
    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let shape: [usize; 3] = x.dims();
        let projected = self.qkv.cost(tracer, self.norm1.cost(tracer, x.clone()));
        let query = self.q_norm.cost(tracer, projected.part(&shape));
        let key = self.k_norm.cost(tracer, projected.part(&shape));
        let heads = Heads { count: self.heads, pixels: 1 };
        let attended = tracer.attention(query, key, projected.part(&shape), heads);
        drop(projected);
        let attended = tracer.scaled(self.proj.cost(tracer, attended));
        let x = tracer.both(x, attended);
        let hidden = self.gelu.cost_after(tracer, &self.fc1, self.norm2.cost(tracer, x.clone()));
        let fed = tracer.scaled(self.fc2.cost(tracer, hidden));
        tracer.both(x, fed)
    }
}

/// All tokens of a clip become one vector: their mean asks all of them.
#[derive(Module, Debug)]
struct Pooling {
    norm1_q: LayerNorm,
    norm1_k: LayerNorm,
    norm1_v: LayerNorm,
    q: Biased,
    k: Biased,
    v: Biased,
    proj: Linear,
    #[module(skip)]
    heads: usize,
}

/// A linear layer whose bias has a name outside of it.
#[derive(Module, Debug)]
struct Biased {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Biased {
    fn init(name: &str, width: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let shape = [width, width];
        Ok(Self {
            weight: path.at(name).weight("weight", &shape, shape, Init::Uniform { fan_in: width })?,
            bias: path.param(&format!("{name}_bias"), [width], Init::Zeros)?,
        })
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        matmul(x, self.weight.val(), Epilogue::bias(self.bias.val()))
    }

    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        tracer.matmul(x, &Weight::of(&self.weight).with_bias(Some(&self.bias)), None)
    }
}

impl Pooling {
    fn init(config: &InternVideo2VisionConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let width = config.embed_dim;
        let attn = path.at("cross_attn");
        Ok(Self {
            norm1_q: LayerNorm::init(&path.at("norm1_q"), width)?,
            norm1_k: LayerNorm::init(&path.at("norm1_k"), width)?,
            norm1_v: LayerNorm::init(&path.at("norm1_v"), width)?,
            q: Biased::init("q", width, &attn)?,
            k: Biased::init("k", width, &attn)?,
            v: Biased::init("v", width, &attn)?,
            proj: LinearConfig::new(width, config.clip_embed_dim).init(&attn.at("proj"))?,
            heads: config.attn_pool_num_heads,
        })
    }

    /// # Shapes
    /// `[clips, tokens, width] -> [clips, clip_embed_dim]`
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let query = self.q.forward(self.norm1_q.forward(x.clone().mean_dim(1)));
        let key = self.k.forward(self.norm1_k.forward(x.clone()));
        let value = self.v.forward(self.norm1_v.forward(x));
        let options = AttentionOptions { rounded: self.proj.is_rounded(), ..AttentionOptions::new(self.heads) };
        self.proj.forward(attention(query, key, value, options)).squeeze_dim::<2>(1)
    }

    /// Cost of [`Self::forward`].
    fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        let [clips, _, width] = x.dims();
        let mean = tracer.mean(x.clone(), &[clips, 1, width]);
        let query = self.q.cost(tracer, self.norm1_q.cost(tracer, mean));
        let key = self.k.cost(tracer, self.norm1_k.cost(tracer, x.clone()));
        let value = self.v.cost(tracer, self.norm1_v.cost(tracer, x));
        let pooled = tracer.attention(query, key, value, Heads { count: self.heads, pixels: 1 });
        self.proj.cost(tracer, pooled.reshape(&[clips, width]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_between_frames_are_those_of_torch() {
        // torch.nn.functional.interpolate of [0, 1, 2, 3] to 8 values, mode "linear".
        let values = [0.0_f32, 1.0, 2.0, 3.0];
        let expected = [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0];
        let interpolated = |to: usize| {
            let matrix = interpolation(4, to);
            matrix.chunks_exact(4).map(|row| row.iter().zip(values).map(|(a, b)| a * b).sum()).collect::<Vec<f32>>()
        };
        assert_eq!(interpolated(8), expected);
        assert_eq!(interpolated(2), [0.5, 2.5]);
        assert_eq!(interpolated(4), values);
    }
}
