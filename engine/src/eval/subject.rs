//! A small convolutional classifier of what moves, trained on rendered crops in a few seconds of CPU time.

use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData, activation};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::detect::{CROP_FEATURES, CROP_SIDE, labelled_crops};
use super::report::ClassifierReport;
use crate::job::{CancelToken, Cancelled};
use crate::nn::conv::{Conv, ConvConfig};
use crate::nn::linear::{Linear, LinearConfig};
use crate::nn::params::{ParamLoader, values_of};
use crate::training::datasets::synthetic::{Canvas, Subject};
use crate::weights::SeededStart;

/// Features of a subject in one frame, `[2, 24, 24]`.
pub(super) type Crop = [f32; CROP_FEATURES];

/// Planes of a crop: mask and brightness.
const PLANES: usize = 2;
/// Channels after the first and after the second convolution.
const CHANNELS: [usize; 2] = [8, 16];
/// Width of the layer before the last.
const HIDDEN: usize = 64;
/// Side of a picture after two poolings.
const POOLED_SIDE: usize = CROP_SIDE / 4;
/// Times that the training set is gone through.
const EPOCHS: usize = 5;
/// Crops of one optimiser step.
const BATCH: usize = 64;
/// Learning rate at the start; falls to 0 along a cosine.
const LEARNING_RATE: f64 = 3e-3;

/// Names the subject of a clip from the crops of its frames.
#[derive(Debug)]
pub struct SubjectClassifier {
    net: Net,
    report: ClassifierReport,
}

impl SubjectClassifier {
    /// Trains on `crops` rendered crops, always on the CPU device, so that one seed gives one classifier.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn train(
        crops: usize,
        seed: u64,
        canvas: Canvas,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Self, Cancelled> {
        let started = Instant::now();
        let device = Device::flex().autodiff();
        let mut set = labelled_crops(crops, seed, canvas);
        let crops = set.len();
        let start = SeededStart { seed };
        let mut net = Net::init(&ParamLoader::new(&start, &device));
        let mut optimizer = AdamWConfig::new().with_weight_decay(0.01).init();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let steps = EPOCHS * crops.div_ceil(BATCH);
        let mut step = 0;
        for _ in 0..EPOCHS {
            set.shuffle(&mut rng);
            for batch in set.chunks(BATCH) {
                cancel.check()?;
                let logits = net.forward(images(batch.iter().map(|it| &it.0), &device));
                let loss = cross_entropy(logits, batch.iter().map(|it| it.1), &device);
                let cosine = 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos());
                let grads = GradientsParams::from_grads(loss.backward(), &net);
                net = optimizer.step(LEARNING_RATE * cosine, net, grads);
                step += 1;
                on_share(step as f64 / steps as f64);
            }
        }
        let report = ClassifierReport { crops, secs: started.elapsed().as_secs_f64() };
        Ok(Self { net: net.valid(), report })
    }

    /// What it learned from.
    pub fn report(&self) -> &ClassifierReport {
        &self.report
    }

    /// Position in [`Subject::ALL`] of the subject that the crops of one clip show most likely, by the sum of their
    /// log-probabilities; none without crops.
    pub(super) fn subject(&self, crops: &[Crop]) -> Option<usize> {
        if crops.is_empty() {
            return None;
        }
        let logits = self.net.forward(images(crops.iter(), &Device::flex()));
        let sums = values_of(activation::log_softmax(logits, 1).sum_dim(0).into_data());
        let (best, _) = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(best)
    }
}

impl SubjectClassifier {
    /// The most likely subject of each crop by itself, as positions in [`Subject::ALL`].
    pub(super) fn subjects(&self, crops: &[Crop]) -> Vec<usize> {
        if crops.is_empty() {
            return Vec::new();
        }
        let logits = values_of(self.net.forward(images(crops.iter(), &Device::flex())).into_data());
        let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or_default();
        logits.chunks_exact(Subject::ALL.len()).map(best).collect()
    }
}

/// Two convolutions with pooling, two linear layers.
#[derive(Module, Debug)]
struct Net {
    near: Conv,
    far: Conv,
    hidden: Linear,
    out: Linear,
}

impl Net {
    fn init(loader: &ParamLoader<'_>) -> Self {
        let [near, far] = CHANNELS;
        let path = loader.path("");
        let known = "a seeded start has every parameter";
        let pooled = POOLED_SIDE * POOLED_SIDE * far;
        Self {
            near: ConvConfig::same(PLANES, near).init(&path.at("near")).expect(known),
            far: ConvConfig::same(near, far).init(&path.at("far")).expect(known),
            hidden: LinearConfig::new(pooled, HIDDEN).init(&path.at("hidden")).expect(known),
            out: LinearConfig::new(HIDDEN, Subject::ALL.len()).init(&path.at("out")).expect(known),
        }
    }

    /// # Shapes
    /// `[crops, 24, 24, 2] -> [crops, 12]` logits
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = pooled(activation::relu(self.near.forward(x)));
        let x = pooled(activation::relu(self.far.forward(x)));
        let [crops, height, width, channels] = x.dims();
        let x = x.reshape([crops, height * width * channels]);
        self.out.forward(activation::relu(self.hidden.forward(x)))
    }
}

/// The largest value of each 2x2 square.
///
/// # Shapes
/// `[images, height, width, channels] -> [images, height / 2, width / 2, channels]`
fn pooled(x: Tensor<4>) -> Tensor<4> {
    let [images, height, width, channels] = x.dims();
    x.reshape([images, height / 2, 2, width / 2, 2, channels]).max_dim(4).max_dim(2).reshape([
        images,
        height / 2,
        width / 2,
        channels,
    ])
}

/// Crops as a batch of channels-last images.
fn images<'a>(crops: impl Iterator<Item = &'a Crop>, device: &Device) -> Tensor<4> {
    let planes: Vec<f32> = crops.flatten().copied().collect();
    let count = planes.len() / CROP_FEATURES;
    // [n, planes, h, w] -> [n, h, w, planes]
    Tensor::<4>::from_data(TensorData::new(planes, [count, PLANES, CROP_SIDE, CROP_SIDE]), device).permute([0, 2, 3, 1])
}

/// Mean negative log-probability of the right subjects.
fn cross_entropy(logits: Tensor<2>, subjects: impl Iterator<Item = Subject>, device: &Device) -> Tensor<1> {
    let [crops, classes] = logits.dims();
    let mut right = vec![0.0_f32; crops * classes];
    for (crop, subject) in subjects.enumerate() {
        right[crop * classes + subject.number()] = -1.0 / crops as f32;
    }
    let right = Tensor::<2>::from_data(TensorData::new(right, [crops, classes]), device);
    (activation::log_softmax(logits, 1) * right).sum()
}
