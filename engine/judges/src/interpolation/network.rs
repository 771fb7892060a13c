//! AMT-S.

use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::CancelToken;
use hummingbird_formats::FileError;
use hummingbird_nn::parallel::at_once;
use hummingbird_nn::params::ParamPath;
use serde::{Deserialize, Serialize};

use super::decoder::{Decoder, DecoderConfig, Sloped};
use super::update::Update;
use super::warp::{enlarged, shrunk, warped};
use crate::flow::convolution::{Convolution, Sizes};
use crate::flow::correlation::{Correlation, SCALES, coordinates};
use crate::flow::encoder::{Encoder, EncoderConfig, Norm};
use crate::flow::padding::Padding;
use crate::unfit::{FramesUnfit, MotionError, ScorerUnfit};

/// Colours of a pixel.
const RGB: usize = 3;
/// Both flows.
const FLOWS: usize = 4;
/// Channels of features that are correlated.
const FEATURES: usize = 84;
/// Sides are padded to multiples of it: that of the coarsest feature.
const MULTIPLE: usize = 16;
/// Pixels of a frame for one of the features that are correlated.
const SHRINKING: usize = 8;
/// The moment that is predicted, between 0 and 1.
const MIDDLE: f64 = 0.5;
/// Channels of a feature, pixels of a look-up and flows that a configuration may have at most.
const MOST_CHANNELS: usize = 1024;
const MOST_RADIUS: usize = 16;
const MOST_FLOWS: usize = 16;

/// Sizes of the network, by the reference's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AmtConfig {
    /// Pixels of a scale that a look-up sees to all sides.
    pub corr_radius: usize,
    /// Scales of the correlation.
    pub corr_lvls: usize,
    /// Pairs of flows that the last decoder makes.
    pub num_flows: usize,
    /// Channels of features at a half, a quarter, an eighth and a sixteenth.
    pub channels: [usize; 4],
    /// Channels of residual blocks with convolutions of their own.
    pub skip_channels: usize,
}

impl Default for AmtConfig {
    /// AMT-S as published.
    fn default() -> Self {
        Self { corr_radius: 3, corr_lvls: SCALES, num_flows: 3, channels: [20, 32, 44, 56], skip_channels: 20 }
    }
}

impl AmtConfig {
    /// Whether there is a network of these sizes.
    ///
    /// # Errors
    /// The first size that is out of bounds.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let size = |name: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            Err(ScorerUnfit::Size { name: name.to_owned(), value, most })
        };
        size("corr_radius", self.corr_radius, MOST_RADIUS)?;
        size("corr_lvls", self.corr_lvls, SCALES)?;
        size("num_flows", self.num_flows, MOST_FLOWS)?;
        for channels in self.channels {
            size("channels", channels, MOST_CHANNELS)?;
        }
        // A block of the decoders has at least twice as many channels as the narrowest feature.
        let narrowest = self.channels.into_iter().min().unwrap_or(1);
        size("skip_channels", self.skip_channels, 2 * narrowest - 1)
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct Amt {
    feat_encoder: Encoder,
    pyramid: Vec<[Sloped; 2]>,
    /// From the coarsest to the finest.
    decoders: Vec<Decoder>,
    updates: Vec<Update>,
    comb_block: (Sloped, Convolution),
    #[module(skip)]
    scales: usize,
    #[module(skip)]
    radius: usize,
    #[module(skip)]
    num_flows: usize,
}

/// The frame in the middle of two.
#[derive(Clone, Debug)]
pub struct Middle {
    /// `[1, padded height, padded width, 3]`, about 0..1, not clamped: sides are padded to multiples of 16, half of what is
    /// repeated, rounded down, above and to the left
    pub before_clamp: Tensor<4>,
    /// What the coarsest decoder says after its correction: both flows `[1, padded height / 8, padded width / 8, 4]`
    pub coarse_flows: Tensor<4>,
    /// and the feature of the middle, `[1, padded height / 8, padded width / 8, channels]`
    pub coarse_feature: Tensor<4>,
    padding: Padding,
}

impl Middle {
    /// The frame of the size of its neighbours, in 0..1.
    ///
    /// # Shapes
    /// `[1, height, width, 3]`
    pub fn frame(&self) -> Tensor<4> {
        self.padding.cut(self.before_clamp.clone()).clamp(0.0, 1.0)
    }

    /// The frame as bytes, cut down as the reference cuts.
    ///
    /// # Shapes
    /// bytes of `[height, width, 3]`
    pub fn bytes(&self) -> Vec<u8> {
        let values = hummingbird_nn::params::values_of((self.frame() * 255.0).into_data());
        values.into_iter().map(|value| value as u8).collect()
    }
}

/// A frame of RGB bytes as the network takes it.
///
/// # Shapes
/// bytes of `[height, width, 3] -> [1, height, width, 3]` in 0..1
///
/// # Panics
/// When there are not as many bytes as the sides say: a bug of the caller.
pub fn unit_frame(rgb: &[u8], [height, width]: [usize; 2], device: &Device) -> Tensor<4> {
    let values: Vec<f32> = rgb.iter().map(|&value| f32::from(value) / 255.0).collect();
    Tensor::from_data(TensorData::new(values, [1, height, width, RGB]), device)
}

impl Amt {
    /// The network at `path`, the root of its file. Sizes are those that [`AmtConfig::check`] lets through.
    ///
    /// # Errors
    /// When the source lacks a tensor or has it in another shape.
    pub fn init(config: &AmtConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let AmtConfig { corr_radius: radius, corr_lvls: scales, num_flows, channels, skip_channels: side } = *config;
        let encoder = EncoderConfig { widths: [32, 64, 96], outputs: FEATURES, norm: Norm::Instance, is_narrow: true };
        let mut pyramid = Vec::with_capacity(channels.len());
        let mut inputs = RGB;
        for (level, width) in channels.into_iter().enumerate() {
            let path = path.at(format_args!("encoder.pyramid{}", level + 1));
            pyramid.push([Sloped::init(inputs, width, 2, &path.at(0))?, Sloped::init(width, width, 1, &path.at(1))?]);
            inputs = width;
        }
        let decoder = |level: usize| {
            let width = channels[level - 1];
            let config = match level {
                4 => DecoderConfig { inputs: 2 * width + 1, width: 2 * width, side, outputs: channels[2] + FLOWS },
                1 => DecoderConfig { inputs: 3 * width + FLOWS, width: 3 * width, side, outputs: 8 * num_flows },
                _ => {
                    let outputs = channels[level - 2] + FLOWS;
                    DecoderConfig { inputs: 3 * width + FLOWS, width: 3 * width, side, outputs }
                }
            };
            config.init(&path.at(format_args!("decoder{level}")))
        };
        let looked_up = 2 * scales * (2 * radius + 1).pow(2);
        let update = |level: usize| {
            let factor = 1 << (4 - level);
            Update::init(looked_up, channels[level - 2], factor, &path.at(format_args!("update{level}")))
        };
        let comb = path.at("comb_block");
        let colours = RGB * num_flows;
        Ok(Self {
            feat_encoder: encoder.init(&path.at("feat_encoder"))?,
            pyramid,
            decoders: (1..=4).rev().map(decoder).collect::<Result<_, _>>()?,
            updates: (2..=4).rev().map(update).collect::<Result<_, _>>()?,
            comb_block: (
                Sloped::init(colours, 2 * colours, 1, &comb)?,
                Sizes::square(2 * colours, RGB, 3).init(&comb.at(2))?,
            ),
            scales,
            radius,
            num_flows,
        })
    }

    /// The frame in the middle between two, which have RGB in 0..1.
    ///
    /// # Shapes
    /// both `[1, height, width, 3]`
    ///
    /// # Errors
    /// [`MotionError::Frames`] when the frames have different sizes, or a side has less than 128 pixels (of
    /// four scales) once it is padded;
    /// [`MotionError::Cancelled`] when `cancel` was asked for.
    pub fn forward(&self, first: Tensor<4>, last: Tensor<4>, cancel: &CancelToken) -> Result<Middle, MotionError> {
        let size = FramesUnfit::same_size(first.dims(), last.dims())?;
        // The coarsest scale needs two pixels to a side: with one the reference divides by zero.
        FramesUnfit::check_least(size, SHRINKING << self.scales, MULTIPLE)?;
        let padding = Padding::to(MULTIPLE, size);
        let both = Tensor::cat(vec![padding.apply(first), padding.apply(last)], 0);
        let mean = both.clone().mean().reshape([1, 1, 1, 1]);
        let both = both - mean.clone();
        let [one, other] = halves(self.feat_encoder.forward(both.clone()));
        let correlation = |(from, to)| Correlation::new(from, to, self.scales, self.radius);
        let correlations = both_at_once([(one.clone(), other.clone()), (other, one)], &mean.device(), correlation);
        cancel.check()?;
        // From the finest to the coarsest, of both frames behind each other.
        let mut features = Vec::with_capacity(self.pyramid.len());
        let mut x = both.clone();
        for [first, second] in &self.pyramid {
            x = second.forward(first.forward(x));
            features.push(x.clone());
        }
        let mut state: Option<(Tensor<4>, Tensor<4>)> = None;
        let mut coarse = None;
        for (level, update) in self.updates.iter().enumerate() {
            cancel.check()?;
            let [one, other] = halves(features[3 - level].clone());
            let (flows, feature) = self.decoded(level, state.take(), one, other);
            let small =
                if level == 0 { flows.clone() } else { shrunk(flows.clone(), 1 << level) / f64::from(1 << level) };
            let (more_feature, more_flows) =
                update.forward(feature.clone(), small.clone(), looked_up(&correlations, &small));
            let (flows, feature) = (flows + more_flows, feature + more_feature);
            coarse.get_or_insert_with(|| (flows.clone(), feature.clone()));
            state = Some((flows, feature));
        }
        cancel.check()?;
        let [one, other] = halves(features[0].clone());
        let Some((flows, feature)) = state else { unreachable!("there are three updates") };
        let [first, last] = halves(both);
        let before_clamp = self.combined(self.last(flows, feature, one, other), [first, last], &mean);
        let Some((coarse_flows, coarse_feature)) = coarse else { unreachable!("there are three updates") };
        Ok(Middle { before_clamp, coarse_flows, coarse_feature, padding })
    }

    /// Both flows and the feature of the middle that a decoder makes, of twice the size.
    fn decoded(
        &self,
        level: usize,
        before: Option<(Tensor<4>, Tensor<4>)>,
        one: Tensor<4>,
        other: Tensor<4>,
    ) -> (Tensor<4>, Tensor<4>) {
        let decoder = &self.decoders[level];
        let (made, added) = match before {
            None => {
                let [n, height, width, _] = one.dims();
                let moment = Tensor::full([n, height, width, 1], MIDDLE, &one.device());
                (decoder.forward(Tensor::cat(vec![one, other, moment], 3)), None)
            }
            Some((flows, feature)) => {
                let doubled = enlarged(flows.clone(), 2) * 2.0;
                (decoder.forward(fetched(flows, feature, one, other)), Some(doubled))
            }
        };
        let [.., channels] = made.dims();
        let flows = made.clone().narrow(3, 0, FLOWS);
        let flows = match added {
            None => flows,
            Some(added) => flows + added,
        };
        (flows, made.narrow(3, FLOWS, channels - FLOWS))
    }

    /// What the last decoder makes: all first flows, all second ones, masks and corrections.
    fn last(&self, flows: Tensor<4>, feature: Tensor<4>, one: Tensor<4>, other: Tensor<4>) -> Pairs {
        let count = self.num_flows;
        let doubled = enlarged(flows.clone(), 2) * 2.0;
        let made = self.decoders[3].forward(fetched(flows, feature, one, other));
        let flow = |side: usize, index: usize| {
            let change = made.clone().narrow(3, 2 * (side * count + index), 2);
            change + doubled.clone().narrow(3, 2 * side, 2)
        };
        (0..count)
            .map(|index| Pair {
                flows: [flow(0, index), flow(1, index)],
                mask: sigmoid(made.clone().narrow(3, 4 * count + index, 1)),
                correction: made.clone().narrow(3, 5 * count + RGB * index, RGB),
            })
            .collect()
    }

    /// The mean of what the pairs of flows fetch, and a correction.
    fn combined(&self, pairs: Pairs, [first, last]: [Tensor<4>; 2], mean: &Tensor<4>) -> Tensor<4> {
        let fetched = at_once(pairs, &mean.device(), |Pair { flows: [to_first, to_last], mask, correction }| {
            let (one, other) = (warped(first.clone(), to_first), warped(last.clone(), to_last));
            mask * (one - other.clone()) + other + mean.clone() + correction
        });
        let sum = fetched.iter().skip(1).fold(fetched[0].clone(), |sum, it| sum + it.clone());
        let (sloped, last) = &self.comb_block;
        sum / self.num_flows as f64 + last.forward(sloped.forward(Tensor::cat(fetched, 3)))
    }
}

/// A pair of flows, from the middle to both frames, what of the first frame counts, and what is added.
struct Pair {
    flows: [Tensor<4>; 2],
    mask: Tensor<4>,
    correction: Tensor<4>,
}

type Pairs = Vec<Pair>;

/// What belongs to the first and what to the second frame.
fn halves(both: Tensor<4>) -> [Tensor<4>; 2] {
    [both.clone().narrow(0, 0, 1), both.narrow(0, 1, 1)]
}

/// What a decoder sees: the feature of the middle, those of both frames where the flows lead, and the flows.
fn fetched(flows: Tensor<4>, feature: Tensor<4>, one: Tensor<4>, other: Tensor<4>) -> Tensor<4> {
    let [to_first, to_last] = [0, 2].map(|at| flows.clone().narrow(3, at, 2));
    let ways = [(one, to_first), (other, to_last)];
    let [one, other] = both_at_once(ways, &flows.device(), |(picture, flow)| warped(picture, flow));
    Tensor::cat(vec![feature, one, other, flows], 3)
}

/// Both correlations where the flows lead: motion is taken for even, so that the way between the frames is twice that from the middle.
fn looked_up(correlations: &[Correlation; 2], flows: &Tensor<4>) -> Tensor<4> {
    let [_, height, width, _] = flows.dims();
    let start = coordinates(height, width, &flows.device());
    let [to_first, to_last] = [0, 2].map(|at| flows.clone().narrow(3, at, 2));
    let ways = [(0, to_last * (1.0 / MIDDLE)), (1, to_first * (1.0 / (1.0 - MIDDLE)))];
    let found = both_at_once(ways, &flows.device(), |(from, way)| correlations[from].look_up(start.clone() + way));
    Tensor::cat(found.to_vec(), 3)
}

/// [`at_once`] of what belongs to the first and to the second frame.
fn both_at_once<I: Send, O: Send>(inputs: [I; 2], device: &Device, work: impl Fn(I) -> O + Send + Sync) -> [O; 2] {
    let made = at_once(inputs.into(), device, work);
    made.try_into().unwrap_or_else(|_| unreachable!("one for each input"))
}
