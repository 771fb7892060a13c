//! Cost of sampling: the steps of `mod.rs` without values, feature cache and key/value downsampling included.

use hummingbird_model::ModelConfig;
use hummingbird_nn::cost::{Cost, MetaTensor, Target, Tracer};

use super::unet::{MetaBlocks, MetaPrediction, UNet};
use super::{Predictions, steps_taken};
use crate::handoff::CONTEXT_TOKENS;
use crate::settings::ClipSettings;

/// What is sampled.
#[derive(Clone, Copy, Debug)]
pub struct Sampling<'a> {
    /// The network; its parameters need no values.
    pub unet: &'a UNet,
    /// Its sizes.
    pub config: &'a ModelConfig,
    /// Settings.
    pub clip: &'a ClipSettings,
    /// Where it runs.
    pub target: Target,
}

/// Which of the feature cache's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// All blocks; features of an earlier step, if there are any, are held until the new ones are there.
    Whole,
    /// The last blocks, on features of an earlier step.
    Between,
}

impl Sampling<'_> {
    /// The cost of all steps of one clip: FLOP and bytes of all, memory of the step that takes most.
    pub fn cost(self) -> Cost {
        let steps = steps_taken(self.clip.sampler, self.clip.steps as usize);
        let plan = self.clip.reuse.plan();
        let wholes = (0..steps).filter(|&step| step == 0 || plan.is_none_or(|plan| plan.runs_whole(step))).count();
        let later = wholes.saturating_sub(1);
        let (first, features) = self.step(Step::Whole, None);
        if plan.is_none() {
            return first.times(steps);
        }
        let mut cost = first;
        for (step, count) in [(Step::Whole, later), (Step::Between, steps.saturating_sub(wholes))] {
            if count > 0 {
                cost = cost.then(self.step(step, features).0.times(count));
            }
        }
        cost
    }

    fn latent(&self) -> [usize; 5] {
        let unit = self.config.vae.downsampling();
        let [frames, height, width] = [self.clip.frames, self.clip.height, self.clip.width].map(|side| side as usize);
        [1, self.config.unet.in_channels, frames, height / unit, width / unit]
    }

    /// Cost of `predict` in `mod.rs` where each prediction has features of this shape, and the shape of what it leaves.
    fn step(&self, step: Step, dims: Option<[usize; 4]>) -> (Cost, Option<[usize; 4]>) {
        let Self { unet, config, clip, target } = *self;
        let latent = self.latent();
        let predictions = Predictions::of(clip.sampler, clip.guidance, latent.iter().product());
        let is_one_batch = predictions == Predictions::Together && target.threads == 1;
        let lanes = if predictions == Predictions::One || is_one_batch { 1 } else { 2 };
        let batch = if is_one_batch { 2 } else { 1 };
        let tracer = Tracer::new(target);
        let tracer = &tracer;
        let plan = clip.reuse.plan();
        let mut features: Vec<Option<MetaTensor>> = (0..lanes).map(|_| dims.map(|dims| tracer.tensor(&dims))).collect();
        let blocks = |feature: &Option<MetaTensor>| match plan {
            None => MetaBlocks::All,
            Some(plan) => match step {
                Step::Whole => MetaBlocks::AllAndKeep { depth: plan.depth as usize },
                Step::Between => MetaBlocks::Last { depth: plan.depth as usize, deep: feature.clone() },
            },
        };
        let text = |_| tracer.tensor(&[batch, CONTEXT_TOKENS, config.unet.context_dim]);
        let texts: Vec<_> = (0..lanes).map(text).collect();
        let latent = tracer.tensor(&latent);
        let stem = unet.cost_of_begin(tracer, latent.clone()).pooling_kv(clip.merge_tokens);
        let keep = |feature: &mut Option<MetaTensor>, prediction: MetaPrediction| {
            if prediction.deep.is_some() {
                *feature = prediction.deep;
            }
            prediction.output
        };
        if predictions == Predictions::Together && !is_one_batch {
            let calls = features.iter().zip(texts);
            let made = tracer
                .parallel(calls, |(feature, text)| unet.cost_of_go_on(tracer, stem.clone(), text, blocks(feature)));
            for (feature, prediction) in features.iter_mut().zip(made) {
                drop(keep(feature, prediction));
            }
        } else {
            let mut stem = Some(if is_one_batch { stem.twice(tracer) } else { stem });
            let mut outputs = Vec::new();
            for (lane, feature) in features.iter_mut().enumerate() {
                let stem = if lane + 1 == lanes { stem.take() } else { stem.clone() };
                if let Some(stem) = stem {
                    let prediction = unet.cost_of_go_on(tracer, stem, texts[lane].clone(), blocks(feature));
                    outputs.push(keep(feature, prediction));
                }
            }
        }
        // The sampler's step takes the latent together with the prediction.
        drop(latent);
        (tracer.cost(), features.first().and_then(Option::as_ref).map(MetaTensor::dims))
    }
}
