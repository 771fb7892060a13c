//! Residual block, temporal convolutions, spatial and temporal transformer, and the level block that holds them.
//!
//! The parts are public so that each can be compared with the reference alone.

use burn::module::Module;
use burn::tensor::Tensor;

use hummingbird_formats::FileError;
use hummingbird_nn::chunked;
use hummingbird_nn::config::UNetConfig;
use hummingbird_nn::conv::{Conv, ConvConfig};
use hummingbird_nn::cost::{MetaTensor, Tracer};
use hummingbird_nn::dropout::{self, Site};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::linear::{Form, Linear, LinearConfig};
use hummingbird_nn::norm::{EPS_DEFAULT, EPS_TRANSFORMER_AND_VAE, GroupNorm, plain, with_silu};
use hummingbird_nn::params::ParamPath;
use hummingbird_nn::recompute::{self, Inputs};
use hummingbird_nn::transformer::{Context, MetaContext, TransformerBlock};

/// What all blocks of one forward pass share.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Clips.
    pub batch: usize,
    /// Frames of each clip.
    pub frames: usize,
    /// SiLU of the embedding, `[batch, 4 * model_channels]`.
    pub emb: Tensor<2>,
    /// Text of each clip, `[batch, 77, context_dim]`.
    pub text: Tensor<3>,
    /// Even height and width at which pixels look at the means of two by two of a frame's pixels instead of at each.
    pub merged: Option<[usize; 2]>,
    /// Whether temporal layers run. Without them each frame is a picture of its own.
    pub temporal: bool,
}

impl Clip {
    /// Clips, and frames of each.
    pub fn sizes(&self) -> [usize; 2] {
        [self.batch, self.frames]
    }

    /// Runs a block on this clip; in training, by way of the hook's tape if it has one.
    pub(super) fn run<M: Module + 'static, I: Inputs>(
        &self,
        hook: &dyn ForwardHook,
        block: &M,
        input: I,
        run: fn(&M, I, &Self) -> Tensor<4>,
    ) -> Tensor<4> {
        if hook.tape().is_none() && hook.dropout().is_none() {
            // The thread may wait within a part of a training pass and have taken this pass meanwhile.
            return dropout::within(None, || run(block, input, self));
        }
        let Self { batch, frames, emb, text, merged, temporal } = self.clone();
        recompute::block(hook, block, (input, (emb, text)), move |block, (input, (emb, text))| {
            run(block, input, &Self { batch, frames, emb, text, merged, temporal })
        })
    }
}

/// A [`Clip`] without values.
#[derive(Clone, Debug)]
pub struct MetaClip {
    /// Clips.
    pub batch: usize,
    /// Frames of each clip.
    pub frames: usize,
    /// `[batch, 4 * model_channels]`
    pub emb: MetaTensor,
    /// `[batch, 77, context_dim]`
    pub text: MetaTensor,
    /// As [`Clip::merged`].
    pub merged: Option<[usize; 2]>,
    /// As [`Clip::temporal`].
    pub temporal: bool,
}

/// What a [`LevelBlock`] holds.
#[derive(Clone, Copy)]
pub(super) struct LevelBlockConfig {
    pub inputs: usize,
    pub outputs: usize,
    pub attention: bool,
    pub up: bool,
}

/// One entry of the reference's `input_blocks` or `output_blocks`: what it has runs in the order of the fields.
#[derive(Module, Debug)]
pub(super) struct LevelBlock {
    res: Option<ResBlock>,
    spatial: Option<SpatialTransformer>,
    temporal: Option<TemporalTransformer>,
    down: Option<Conv>,
    up: Option<Conv>,
}

impl LevelBlock {
    pub fn init(config: &UNetConfig, block: LevelBlockConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let channels = block.outputs;
        let res = ResBlock::init(config, block.inputs, channels, &path.at(0))?;
        let (spatial, temporal) = if block.attention {
            let spatial = SpatialTransformer::init(config, channels, &path.at(1))?;
            (Some(spatial), Some(TemporalTransformer::init(config, channels, &path.at(2))?))
        } else {
            (None, None)
        };
        let up_index = if block.attention { 3 } else { 1 };
        let up = block.up.then(|| ConvConfig::double(channels).init(&path.at(up_index).at("conv"))).transpose()?;
        Ok(Self { res: Some(res), spatial, temporal, down: None, up })
    }

    pub fn downsample(channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let down = Some(ConvConfig::halve(channels).init(&path.at("0.op"))?);
        Ok(Self { res: None, spatial: None, temporal: None, down, up: None })
    }

    /// # Shapes
    /// `[b*f, h, w, inputs] -> [b*f, h', w', outputs]`
    pub fn forward(&self, mut x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        if let Some(res) = &self.res {
            x = res.forward(x, clip);
        }
        self.after_residual(x, clip)
    }

    /// [`LevelBlock::forward`] of the channels of `x` and `skip` behind each other.
    pub fn forward_with_skip(&self, (x, skip): (Tensor<4>, Tensor<4>), clip: &Clip) -> Tensor<4> {
        let x = match &self.res {
            Some(res) => res.forward_with_skip(x, skip, clip),
            None => Tensor::cat(vec![x, skip], 3),
        };
        self.after_residual(x, clip)
    }

    /// Cost of [`LevelBlock::forward`].
    pub fn cost(&self, tracer: &Tracer, mut x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        if let Some(res) = &self.res {
            x = res.cost(tracer, x, clip);
        }
        self.cost_after_residual(tracer, x, clip)
    }

    /// Cost of [`LevelBlock::forward_with_skip`].
    pub fn cost_with_skip(&self, tracer: &Tracer, x: MetaTensor, skip: MetaTensor, clip: &MetaClip) -> MetaTensor {
        let x = match &self.res {
            Some(res) => res.cost_with_skip(tracer, x, skip, clip),
            None => tracer.cat(x, skip),
        };
        self.cost_after_residual(tracer, x, clip)
    }

    fn cost_after_residual(&self, tracer: &Tracer, mut x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        if let Some(spatial) = &self.spatial {
            x = spatial.cost(tracer, x, clip);
        }
        if let Some(temporal) = self.temporal.as_ref().filter(|_| clip.temporal) {
            x = temporal.cost(tracer, x, [clip.batch, clip.frames]);
        }
        for conv in self.down.iter().chain(&self.up) {
            x = conv.cost(tracer, x);
        }
        x
    }

    fn after_residual(&self, mut x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        if let Some(spatial) = &self.spatial {
            x = spatial.forward(x, clip);
        }
        if let Some(temporal) = self.temporal.as_ref().filter(|_| clip.temporal) {
            x = temporal.forward(x, clip.sizes());
        }
        if let Some(down) = &self.down {
            x = down.forward(x);
        }
        if let Some(up) = &self.up {
            x = up.forward(x);
        }
        x
    }
}

/// Residual block with the embedding added in the middle and temporal convolutions at the end.
#[derive(Module, Debug)]
pub struct ResBlock {
    in_norm: GroupNorm,
    in_conv: Conv,
    emb_layer: Linear,
    out_norm: GroupNorm,
    out_conv: Conv,
    skip_connection: Option<Linear>,
    temporal: TemporalConv,
}

impl ResBlock {
    /// The block at `path`, from `inputs` to `outputs` channels.
    pub fn init(config: &UNetConfig, inputs: usize, outputs: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let norm = with_silu(config.norm_groups, EPS_DEFAULT);
        let skip_connection = (inputs != outputs)
            .then(|| LinearConfig::new(inputs, outputs).form(Form::Conv2d).init(&path.at("skip_connection")))
            .transpose()?;
        Ok(Self {
            in_norm: GroupNorm::init(&path.at("in_layers.0"), inputs, norm)?,
            in_conv: ConvConfig::same(inputs, outputs).init(&path.at("in_layers.2"))?,
            emb_layer: LinearConfig::new(4 * config.model_channels, outputs).init(&path.at("emb_layers.1"))?,
            out_norm: GroupNorm::init(&path.at("out_layers.0"), outputs, norm)?,
            out_conv: ConvConfig::same(outputs, outputs).zero().init(&path.at("out_layers.3"))?,
            skip_connection,
            temporal: TemporalConv::init(config, outputs, &path.at("temopral_conv"))?, // The reference's spelling.
        })
    }

    /// # Shapes
    /// `[b*f, h, w, inputs] -> [b*f, h, w, outputs]`
    pub fn forward(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        self.across_frames(self.per_frame(x, clip), clip)
    }

    /// [`ResBlock::forward`] of the channels of `x` and `skip` behind each other.
    pub fn forward_with_skip(&self, x: Tensor<4>, skip: Tensor<4>, clip: &Clip) -> Tensor<4> {
        self.across_frames(self.per_frame_with_skip(x, skip, clip, None), clip)
    }

    /// Cost of [`ResBlock::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        self.cost_across_frames(tracer, self.cost_per_frame(tracer, x, clip), clip)
    }

    /// Cost of [`ResBlock::forward_with_skip`].
    pub fn cost_with_skip(&self, tracer: &Tracer, x: MetaTensor, skip: MetaTensor, clip: &MetaClip) -> MetaTensor {
        self.cost_across_frames(tracer, self.cost_per_frame_with_skip(tracer, x, skip, clip), clip)
    }

    fn across_frames(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        if clip.temporal { self.temporal.forward(x, clip) } else { x }
    }

    fn cost_across_frames(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        if clip.temporal { self.temporal.cost(tracer, x, clip) } else { x }
    }

    /// In so many parts of each clip, or in as many as the joined channels need.
    fn per_frame_with_skip(&self, x: Tensor<4>, skip: Tensor<4>, clip: &Clip, parts: Option<usize>) -> Tensor<4> {
        let [images, height, width, channels] = x.dims();
        let [_, _, _, skipped] = skip.dims();
        let parts = parts.unwrap_or_else(|| chunked::parts(images * height * width * (channels + skipped)));
        let emb = self.emb_layer.forward(clip.emb.clone());
        if parts == 1 {
            return self.shifted(Tensor::cat(vec![x, skip], 3), emb);
        }
        // A part has frames of one clip, and that one's embedding.
        let ranges = chunked::ranges(clip.frames, parts.div_ceil(clip.batch));
        let of_clip = |of: usize, [start, frames]: [usize; 2]| {
            let part = |x: &Tensor<4>| x.clone().narrow(0, of * clip.frames + start, frames);
            self.shifted(Tensor::cat(vec![part(&x), part(&skip)], 3), emb.clone().narrow(0, of, 1))
        };
        let done = (0..clip.batch).flat_map(|of| ranges.iter().map(move |&range| (of, range)));
        Tensor::cat(done.map(|(of, range)| of_clip(of, range)).collect(), 0)
    }

    fn cost_per_frame_with_skip(
        &self,
        tracer: &Tracer,
        x: MetaTensor,
        skip: MetaTensor,
        clip: &MetaClip,
    ) -> MetaTensor {
        let [images, height, width, channels] = x.dims();
        let parts = chunked::parts(images * height * width * (channels + skip.width()));
        let emb = self.emb_layer.cost(tracer, clip.emb.clone());
        if parts == 1 {
            return self.cost_shifted(tracer, tracer.cat(x, skip), emb);
        }
        let ranges = chunked::ranges(clip.frames, parts.div_ceil(clip.batch));
        let of_range = |&[_, frames]: &[usize; 2]| {
            let part = |x: &MetaTensor| x.part(&[frames, height, width, x.width()]);
            self.cost_shifted(tracer, tracer.cat(part(&x), part(&skip)), emb.part(&[1, emb.width()]))
        };
        tracer.joined((0..clip.batch).flat_map(|_| ranges.iter().map(of_range)).collect())
    }

    /// The block without its temporal convolutions: each frame alone.
    ///
    /// # Shapes
    /// `[b*f, h, w, inputs] -> [b*f, h, w, outputs]`
    pub fn per_frame(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        self.shifted(x, self.emb_layer.forward(clip.emb.clone()))
    }

    /// [`ResBlock::per_frame`] of frames whose clips' embeddings are projected, `[b, outputs]`.
    fn shifted(&self, x: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        let normed = self.in_norm.per_image(x.clone());
        let [batch, _] = emb.dims();
        let h = if batch == 1 {
            self.in_conv.forward_shifted(normed, emb.squeeze_dim(0)) // [1, c] -> [c]
        } else {
            let h = self.in_conv.forward(normed);
            let shape @ [images, height, width, channels] = h.dims();
            // [b*f, h, w, c] -> [b, f*h*w, c]: one embedding for all frames of a clip.
            let h = h.reshape([batch, images / batch * height * width, channels]) + emb.unsqueeze_dim::<3>(1);
            h.reshape(shape)
        };
        let skip = match &self.skip_connection {
            Some(projection) => projection.forward(x),
            None => x,
        };
        let normed = dropout::apply(Site::ResBlock, self.out_norm.per_image(h));
        self.out_conv.forward_add(normed, skip)
    }

    fn cost_per_frame(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        self.cost_shifted(tracer, x, self.emb_layer.cost(tracer, clip.emb.clone()))
    }

    fn cost_shifted(&self, tracer: &Tracer, x: MetaTensor, emb: MetaTensor) -> MetaTensor {
        let normed = self.in_norm.cost(tracer, x.clone());
        let mut h = self.in_conv.cost(tracer, normed);
        let [batch, _] = emb.dims();
        if batch > 1 {
            h = tracer.both(h, emb);
        }
        let skip = match &self.skip_connection {
            Some(projection) => projection.cost(tracer, x),
            None => x,
        };
        let normed = tracer.dropout(Site::ResBlock, self.out_norm.cost(tracer, h));
        self.out_conv.cost_add(tracer, normed, skip)
    }
}

/// Four times norm, SiLU, convolution over three frames; plus identity. The only place where frames have an order.
#[derive(Module, Debug)]
pub struct TemporalConv {
    norms: Vec<GroupNorm>,
    convs: Vec<Conv>,
}

impl TemporalConv {
    /// The convolutions at `path`.
    pub fn init(config: &UNetConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let mut norms = Vec::new();
        let mut convs = Vec::new();
        for index in 1..=4 {
            let path = path.at(format!("conv{index}"));
            let conv = ConvConfig::temporal(channels);
            // Dropout stands before the convolution in all but the first; the last one starts at zero.
            let (position, conv) = if index == 1 { (2, conv) } else { (3, conv) };
            let conv = if index == 4 { conv.zero() } else { conv };
            norms.push(GroupNorm::init(&path.at(0), channels, with_silu(config.norm_groups, EPS_DEFAULT))?);
            convs.push(conv.init(&path.at(position))?);
        }
        Ok(Self { norms, convs })
    }

    /// # Shapes
    /// `[b*f, h, w, channels]`, unchanged
    pub fn forward(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        let shape @ [_, height, width, channels] = x.dims();
        // [b*f, h, w, c] -> [b, f, h*w, c]: the convolutions run over frames.
        let frames = [clip.batch, clip.frames, height * width, channels];
        let mut h = x.clone();
        let mut residual = Some(x.reshape(frames));
        let last = self.convs.len().saturating_sub(1);
        for (index, (norm, conv)) in self.norms.iter().zip(&self.convs).enumerate() {
            let mut normed = norm.per_clip(h, clip.batch).reshape(frames);
            if index > 0 {
                normed = dropout::apply(Site::TemporalConv, normed);
            }
            let convolved = match residual.take_if(|_| index == last) {
                Some(residual) => conv.forward_add(normed, residual),
                None => conv.forward(normed),
            };
            h = convolved.reshape(shape);
        }
        h
    }
}

impl TemporalConv {
    /// Cost of [`TemporalConv::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        let shape @ [_, height, width, channels] = x.dims();
        let frames = [clip.batch, clip.frames, height * width, channels];
        let mut h = x.clone();
        let mut residual = Some(x.reshape(&frames));
        let last = self.convs.len().saturating_sub(1);
        for (index, (norm, conv)) in self.norms.iter().zip(&self.convs).enumerate() {
            let mut normed = norm.cost(tracer, h).reshape(&frames);
            if index > 0 {
                normed = tracer.dropout(Site::TemporalConv, normed);
            }
            let convolved = match residual.take_if(|_| index == last) {
                Some(residual) => conv.cost_add(tracer, normed, residual),
                None => conv.cost(tracer, normed),
            };
            h = convolved.reshape(&shape);
        }
        h
    }
}

/// Attention of each frame's pixels to each other and to the text.
#[derive(Module, Debug)]
pub struct SpatialTransformer {
    norm: GroupNorm,
    proj_in: Linear,
    block: TransformerBlock,
    proj_out: Linear,
}

impl SpatialTransformer {
    /// The transformer at `path`.
    pub fn init(config: &UNetConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let heads = channels / config.num_head_channels;
        Ok(Self {
            norm: GroupNorm::init(&path.at("norm"), channels, plain(config.norm_groups, EPS_TRANSFORMER_AND_VAE))?,
            proj_in: LinearConfig::new(channels, channels).init(&path.at("proj_in"))?,
            block: TransformerBlock::init(&path.at("transformer_blocks.0"), channels, config.context_dim, heads)?,
            proj_out: LinearConfig::new(channels, channels).zero().init(&path.at("proj_out"))?,
        })
    }

    /// # Shapes
    /// `[b*f, h, w, channels]`, unchanged
    pub fn forward(&self, x: Tensor<4>, clip: &Clip) -> Tensor<4> {
        let shape @ [images, height, width, channels] = x.dims();
        let tokens = self.norm.per_image(x.clone()).reshape([images, height * width, channels]);
        let merged = clip.merged.filter(|&size| size == [height, width]);
        let context = Context::Text { text: clip.text.clone(), merged };
        let tokens = self.block.forward(self.proj_in.forward(tokens), &context);
        let residual = x.reshape([images, height * width, channels]);
        self.proj_out.forward_add(tokens, residual).reshape(shape)
    }

    /// Cost of [`SpatialTransformer::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor, clip: &MetaClip) -> MetaTensor {
        let shape @ [images, height, width, channels] = x.dims();
        let rows = [images, height * width, channels];
        let tokens = self.norm.cost(tracer, x.clone()).reshape(&rows);
        let merged = clip.merged.filter(|&size| size == [height, width]);
        let context = MetaContext::Text { text: clip.text.clone(), merged };
        let tokens = self.block.cost(tracer, self.proj_in.cost(tracer, tokens), &context);
        self.proj_out.cost_add(tracer, tokens, x.reshape(&rows)).reshape(&shape)
    }
}

/// Attention of each pixel to itself in all frames; twice, since the second attention sees no text here.
#[derive(Module, Debug)]
pub struct TemporalTransformer {
    norm: GroupNorm,
    proj_in: Linear,
    block: TransformerBlock,
    proj_out: Linear,
}

impl TemporalTransformer {
    /// The transformer at `path`.
    pub fn init(config: &UNetConfig, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Self::with(config, [channels, channels], Form::Matrix, path)
    }

    /// The one after the first convolution: `heads` heads of `num_head_channels`, whatever the width around it.
    pub fn init_first(config: &UNetConfig, heads: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Self::with(config, [config.model_channels, heads * config.num_head_channels], Form::Conv1d, path)
    }

    fn with(
        config: &UNetConfig,
        [channels, inner]: [usize; 2],
        form: Form,
        path: &ParamPath<'_>,
    ) -> Result<Self, FileError> {
        let heads = inner / config.num_head_channels;
        Ok(Self {
            norm: GroupNorm::init(&path.at("norm"), channels, plain(config.norm_groups, EPS_TRANSFORMER_AND_VAE))?,
            proj_in: LinearConfig::new(channels, inner).form(form).init(&path.at("proj_in"))?,
            block: TransformerBlock::init(&path.at("transformer_blocks.0"), inner, inner, heads)?,
            proj_out: LinearConfig::new(inner, channels).form(form).zero().init(&path.at("proj_out"))?,
        })
    }

    /// For `batch` clips of `frames` frames.
    ///
    /// # Shapes
    /// `[b*f, h, w, channels]`, unchanged
    pub fn forward(&self, x: Tensor<4>, [batch, frames]: [usize; 2]) -> Tensor<4> {
        let shape @ [_, height, width, channels] = x.dims();
        let normed = self.norm.per_clip(x.clone(), batch);
        // [b*f, h, w, c] -> [b, f*h*w, c]: a pixel's frames are `height * width` rows apart, and attention reads them there.
        let rows = [batch, frames * height * width, channels];
        let tokens = self.proj_in.forward(normed.reshape(rows));
        let tokens = self.block.forward(tokens, &Context::Frames(height * width));
        self.proj_out.forward_add(tokens, x.reshape(rows)).reshape(shape)
    }

    /// Cost of [`TemporalTransformer::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor, [batch, frames]: [usize; 2]) -> MetaTensor {
        let shape @ [_, height, width, channels] = x.dims();
        let rows = [batch, frames * height * width, channels];
        let normed = self.norm.cost(tracer, x.clone()).reshape(&rows);
        let tokens = self.block.cost(tracer, self.proj_in.cost(tracer, normed), &MetaContext::Frames(height * width));
        self.proj_out.cost_add(tracer, tokens, x.reshape(&rows)).reshape(&shape)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;
    use hummingbird_model::ModelFile;
    use hummingbird_model::ModelSource;
    use hummingbird_nn::params::{NoZeros, ParamLoader, values_of};

    #[test]
    fn a_residual_block_in_parts_is_the_same() {
        let device = Device::flex();
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let config = &file.description().config.unet;
        let base = config.model_channels;
        let loader = ParamLoader::new(&NoZeros, &device);
        let block = ResBlock::init(config, 3 * base, base, &loader.path("block")).expect("the source has every name");
        let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let clip = Clip {
            batch: 2,
            frames: 5,
            emb: random([1, 1, 2, 4 * base]).reshape([2, 4 * base]),
            text: Tensor::zeros([2, 1, 1], &device),
            merged: None,
            temporal: true,
        };
        let (x, skip) = (random([10, 6, 4, 2 * base]), random([10, 6, 4, base]));
        let forward =
            |parts| values_of(block.per_frame_with_skip(x.clone(), skip.clone(), &clip, Some(parts)).into_data());
        let whole = forward(1);
        for parts in [2, 4, 6, 10] {
            let parted = forward(parts);
            let largest = whole.iter().zip(&parted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(parted.len() == whole.len() && largest < 1e-5, "{parts} parts differ by {largest}");
        }
    }
}
