//! The operations of `kernels`, on the shapes that the networks of a model give them.

use burn::tensor::{Device, Distribution, Tensor};
use half::f16;

use super::images::Images;
use super::{Case, Kind, Prepared};
use crate::handoff::CONTEXT_TOKENS;
use crate::kernels::{
    Activation, AttentionOptions, ConvOptions, Epilogue, Mask, RgbMap, StoredWeight, attention, conv2d, group_norm,
    latent_to_rgb8, layer_norm, matmul, weight_on,
};
use crate::model::ModelConfig;
use crate::nn::cost::{Cost, Heads, MetaTensor, Target, Tracer, Weight};
use crate::nn::norm::{EPS_DEFAULT, EPS_TRANSFORMER_AND_VAE, with_silu};

/// Bytes of an f32.
const FLOAT: usize = 4;

/// The cases for a clip of `latent` frames in latent pixels, with weights in 16 bits where `rounded`.
pub fn cases<'a>(config: &ModelConfig, latent: Images, device: &'a Device, rounded: bool) -> Vec<Case<'a>> {
    let bench = Bench { device, rounded };
    let (unet, text, vae) = (&config.unet, &config.text, &config.vae);
    let width = |level: usize| unet.channel_mult[level] * unet.model_channels;
    let heads = |width: usize| width / unet.num_head_channels;
    let last = unet.channel_mult.len() - 1;
    let attended = (0..=last).rev().find(|level| unet.attention_resolutions.contains(&(1 << level))).unwrap_or(0);
    let (first, deep) = (width(0), width(attended));
    let (rows, deep_rows) = (latent.positions(), latent.halved(attended).positions());
    let (frames, pixels, frame) = (latent.count, latent.pixels(), Images { count: 1, ..latent });
    let scale = vae.downsampling();
    let picture = Images { count: 1, height: scale * latent.height, width: scale * latent.width };
    let decoder_top = vae.ch * vae.ch_mult.last().copied().unwrap_or(1);
    let below_top = vae.ch * vae.ch_mult.get(1).copied().unwrap_or(1);

    let mut cases = vec![
        bench.linear("linear, attention", rows, first, first),
        bench.geglu("linear and GEGLU", rows, first, 8 * first),
        bench.linear("linear, out of GEGLU", rows, 4 * first, first),
        bench.linear("linear, attention, deepest", deep_rows, deep, deep),
        bench.geglu("linear and GEGLU, deepest", deep_rows, deep, 8 * deep),
        bench.linear("linear, text", CONTEXT_TOKENS, text.width, 4 * text.width),
    ];
    for level in 0..=last {
        cases.push(bench.conv("conv 3x3", latent.halved(level), width(level), Size::Same));
    }
    if last > 0 {
        cases.push(bench.conv("conv 3x3, stride 2", latent, first, Size::Halved));
        cases.push(bench.conv("upsample and conv 3x3", latent.halved(1), width(1), Size::Doubled));
    }
    cases.extend([
        bench.temporal_conv(latent, first),
        bench.temporal_conv(latent.halved(last), width(last)),
        bench.conv("conv 3x3, decoder", picture, vae.ch, Size::Same),
        bench.conv("conv 3x3, decoder", picture.halved(1), below_top, Size::Same),
        bench.attention("attention, spatial", [frames, pixels, pixels, first], heads(first), Mask::None),
        bench.attention("attention, to the text", [1, rows, CONTEXT_TOKENS, first], heads(first), Mask::None),
        bench.attention_over_frames(latent, first, heads(first)),
        bench.attention("attention, text", [1, CONTEXT_TOKENS, CONTEXT_TOKENS, text.width], text.heads, Mask::Causal),
        bench.attention("attention, decoder", [1, pixels, pixels, decoder_top], 1, Mask::None),
        bench.group_norm("group norm + SiLU", [frames, pixels, first], unet.norm_groups, EPS_DEFAULT),
        bench.group_norm("group norm + SiLU, all frames", [1, rows, first], unet.norm_groups, EPS_DEFAULT),
        bench.group_norm(
            "group norm + SiLU, decoder",
            [1, picture.pixels(), vae.ch],
            vae.norm_groups,
            EPS_TRANSFORMER_AND_VAE,
        ),
        bench.layer_norm([frames, pixels, first]),
        bench.pixels(Images { height: picture.height, width: picture.width, ..frame }),
    ]);
    cases
}

/// What a convolution does to the size of its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Same,
    /// By a stride of 2.
    Halved,
    /// By repeating every pixel first.
    Doubled,
}

/// Makes cases on one device.
struct Bench<'a> {
    device: &'a Device,
    /// Whether weights have 16 bits.
    rounded: bool,
}

impl<'a> Bench<'a> {
    fn noise<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), self.device)
    }

    fn weight<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        let mut values = self.noise(shape).into_data();
        if self.rounded {
            values = values.convert::<f16>();
        }
        weight_on(StoredWeight::Floats(values), shape, self.device)
    }

    /// What an operation costs; `trace` makes its inputs.
    fn cost(&self, trace: impl FnOnce(&Tracer) -> MetaTensor) -> Cost {
        Tracer::measure(Target::of(self.device), trace)
    }

    /// A weight as the runs have it, with a bias.
    fn meta_weight(&self, dims: &[usize]) -> Weight {
        Weight::sized(dims, if self.rounded { size_of::<f16>() } else { FLOAT }).with_f32_bias()
    }

    /// `operands` makes the operands and gives one run on them.
    fn case<R: FnMut() + 'a>(
        &self,
        name: &str,
        shape: String,
        cost: Cost,
        operands: impl FnOnce(Self) -> R + 'a,
    ) -> Case<'a> {
        let (flop, bytes) = (cost.flop.total(), cost.moved_bytes as u64);
        let bench = Self { device: self.device, rounded: self.rounded };
        let prepare = move || {
            let mut run = operands(bench);
            let run = move || {
                run();
                Ok(())
            };
            Ok(Prepared { flop, bytes, run: Box::new(run) })
        };
        Case { kind: Kind::Kernel, name: name.to_owned(), shape, prepare: Box::new(prepare) }
    }

    fn linear(&self, name: &str, rows: usize, inputs: usize, outputs: usize) -> Case<'a> {
        let shape = format!("[{rows}, {inputs}] to {outputs}");
        let weight = self.meta_weight(&[outputs, inputs]);
        let cost = self.cost(|tracer| tracer.matmul(tracer.tensor(&[rows, inputs]), &weight, None));
        self.case(name, shape, cost, move |it| {
            let (x, weight, bias) = (it.noise([rows, inputs]), it.weight([outputs, inputs]), it.noise([outputs]));
            move || _ = matmul(x.clone(), weight.clone(), Epilogue::bias(bias.clone()))
        })
    }

    fn conv(&self, name: &str, images: Images, channels: usize, size: Size) -> Case<'a> {
        let Images { count, height, width } = images;
        let shape = format!("[{count}, {height}, {width}, {channels}] to {channels}");
        let stride = if size == Size::Halved { 2 } else { 1 };
        let options = ConvOptions { upsample: size == Size::Doubled, stride, padding: [1; 4] };
        let weight = self.meta_weight(&[channels, channels, 3, 3]);
        let cost = self.cost(|tracer| tracer.conv2d(images.meta(tracer, channels), &weight, options, None));
        self.case(name, shape, cost, move |it| {
            let x = it.noise([count, height, width, channels]);
            let (weight, bias) = (it.weight([channels, channels, 3, 3]), it.noise([channels]));
            move || _ = conv2d(x.clone(), weight.clone(), options, Epilogue::bias(bias.clone()))
        })
    }

    fn temporal_conv(&self, images: Images, channels: usize) -> Case<'a> {
        let (frames, pixels) = (images.count, images.pixels());
        let shape = format!("[1, {frames}, {pixels}, {channels}] to {channels}");
        let options = ConvOptions { upsample: false, stride: 1, padding: [1, 1, 0, 0] };
        let weight = self.meta_weight(&[channels, channels, 3, 1]);
        let x = [1, frames, pixels, channels];
        let cost = self.cost(|tracer| tracer.conv2d(tracer.tensor(&x), &weight, options, None));
        self.case("conv, temporal", shape, cost, move |it| {
            let x = it.noise(x);
            let (weight, bias) = (it.weight([channels, channels, 3, 1]), it.noise([channels]));
            move || _ = conv2d(x.clone(), weight.clone(), options, Epilogue::bias(bias.clone()))
        })
    }

    fn attention(
        &self,
        name: &str,
        [sequences, queries, keys, width]: [usize; 4],
        heads: usize,
        mask: Mask,
    ) -> Case<'a> {
        let shape = format!("[{sequences}, {queries}, {width}] to {keys}, {heads} heads");
        let cost = self.cost(|tracer| {
            let [q, k, v] = [queries, keys, keys].map(|tokens| tracer.tensor(&[sequences, tokens, width]));
            tracer.attention(q, k, v, Heads { count: heads, pixels: 1 })
        });
        self.case(name, shape, cost, move |it| {
            let q = it.noise([sequences, queries, width]);
            let [k, v] = [(); 2].map(|()| it.noise([sequences, keys, width]));
            move || {
                _ = attention(
                    q.clone(),
                    k.clone(),
                    v.clone(),
                    AttentionOptions { mask, rounded: it.rounded, ..AttentionOptions::new(heads) },
                );
            }
        })
    }

    /// Of each pixel to itself in all frames, which lie `pixels` rows apart.
    fn attention_over_frames(&self, images: Images, width: usize, heads: usize) -> Case<'a> {
        let (frames, pixels) = (images.count, images.pixels());
        let shape = format!("[{pixels}, {frames}, {width}] to {frames}, {heads} heads");
        let cost = self.cost(|tracer| {
            let [q, k, v] = [(); 3].map(|()| tracer.tensor(&[1, frames * pixels, width]));
            tracer.attention(q, k, v, Heads { count: heads, pixels })
        });
        self.case("attention, temporal", shape, cost, move |it| {
            let [q, k, v] = [(); 3].map(|()| it.noise([1, frames * pixels, width]));
            let options = AttentionOptions { pixels, rounded: it.rounded, ..AttentionOptions::new(heads) };
            move || _ = attention(q.clone(), k.clone(), v.clone(), options)
        })
    }

    fn group_norm(&self, name: &str, shape: [usize; 3], groups: usize, eps: f64) -> Case<'a> {
        let [_, _, channels] = shape;
        let cost = self.cost(|tracer| tracer.norm(tracer.tensor(&shape), channels));
        self.case(name, format!("{shape:?}"), cost, move |it| {
            let (x, gamma, beta) = (it.noise(shape), it.noise([channels]), it.noise([channels]));
            move || _ = group_norm(x.clone(), gamma.clone(), beta.clone(), with_silu(groups, eps))
        })
    }

    fn layer_norm(&self, shape: [usize; 3]) -> Case<'a> {
        let [_, _, channels] = shape;
        let cost = self.cost(|tracer| tracer.norm(tracer.tensor(&shape), channels));
        self.case("layer norm", format!("{shape:?}"), cost, move |it| {
            let (x, gamma, beta) = (it.noise(shape), it.noise([channels]), it.noise([channels]));
            move || _ = layer_norm(x.clone(), gamma.clone(), beta.clone(), EPS_DEFAULT)
        })
    }

    /// A linear layer to `doubled` channels and the GEGLU behind it, which halves them.
    fn geglu(&self, name: &str, rows: usize, inputs: usize, doubled: usize) -> Case<'a> {
        let shape = format!("[{rows}, {inputs}] to {doubled}");
        let weight = self.meta_weight(&[doubled, inputs]);
        let cost = self.cost(|tracer| tracer.geglu(tracer.tensor(&[rows, inputs]), &weight));
        self.case(name, shape, cost, move |it| {
            let (x, weight, bias) = (it.noise([rows, inputs]), it.weight([doubled, inputs]), it.noise([doubled]));
            move || _ = matmul(x.clone(), weight.clone(), Epilogue::bias(bias.clone()).activation(Activation::Geglu))
        })
    }

    fn pixels(&self, images: Images) -> Case<'a> {
        let Images { count, height, width } = images;
        let shape = [count, height, width, 3];
        // Bytes come out, a quarter of the values' size.
        let moved = FLOAT * images.positions() * 3 + images.positions() * 3;
        let cost = Cost { moved_bytes: moved as f64, ..Cost::default() };
        self.case("pixels", format!("{shape:?}"), cost, move |it| {
            let x = it.noise(shape);
            move || _ = latent_to_rgb8(x.clone(), &RgbMap::identity())
        })
    }
}
