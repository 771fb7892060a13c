//! Batches of a scorer's training, and how often it knows the word that tells a clip from others.

use std::marker::PhantomData;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::{ScorerKind, ScorerRecipe};
use crate::handoff::Frames;
use crate::nn::hook::NoHook;
use crate::nn::params::{ParamLoader, values_of};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::CaptionedClip;
use crate::training::datasets::synthetic::{
    CLIP_FRAMES, Canvas, ClipSpec, Combination, Contrast, Contrasts, Motion, Split, Subject, SyntheticClips,
    plain_caption, render_frames,
};
use crate::training::objectives::contrastive::{Captioned, CaptionedBatch, Contrastive, TwoTowers};
use crate::training::objectives::reconstruction::inexact_latents;
use crate::training::recipes::scorers::clip_tokens;
use crate::training::recipes::vae::VaeFile;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Clips of a validation.
const VALIDATED: u64 = 96;
/// Words that a clip of a validation is compared with, at most.
pub(super) const WORDS: usize = 12;
/// Keeps the random numbers of this stage apart from those of others.
const STREAM: u64 = 0x7363_6f72;

/// The stage of a scorer.
pub(super) struct ScorerStage<M> {
    recipe: ScorerRecipe,
    objective: Contrastive,
    clips: Source,
    autoencoder: Option<Vae>,
    device: Device,
    towers: PhantomData<M>,
}

/// Where clips come from.
enum Source {
    /// Groups of drawn clips.
    Drawn(Contrasts),
    /// Others, which stand in no groups.
    Others(Box<dyn Dataset<Example = CaptionedClip>>),
}

impl<M: TwoTowers> ScorerStage<M> {
    /// The stage of a recipe on `device`; `clips` are those of its data.
    ///
    /// # Errors
    /// When the autoencoder's file lacks a tensor.
    pub fn new(
        recipe: &ScorerRecipe,
        clips: Box<dyn Dataset<Example = CaptionedClip>>,
        autoencoder: Option<&VaeFile>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let data = &recipe.data;
        let canvas = Canvas { width: data.width, height: data.height };
        let by_kind = match recipe.kind {
            ScorerKind::Image => Contrast::Subjects,
            ScorerKind::Video => Contrast::Motions,
        };
        let clips = if data.folder.is_some() {
            Source::Others(clips)
        } else {
            let clips = SyntheticClips { seed: recipe.run.seed, split: Split::Train, canvas };
            Source::Drawn(Contrasts { clips, contrast: recipe.contrast.unwrap_or(by_kind) })
        };
        let vae = |file: &VaeFile| {
            let loader = ParamLoader::new(file.params(), device);
            Vae::init(file.config(), &loader.path(VAE_PREFIX))
        };
        Ok(Self {
            objective: Contrastive { temperature: recipe.temperature, device: device.clone().autodiff() },
            recipe: recipe.clone(),
            clips,
            autoencoder: autoencoder.map(vae).transpose()?,
            device: device.clone(),
            towers: PhantomData,
        })
    }

    /// How far the subjects of an update's drawn clips are from the middle. In one place what tells words from each other is the same in
    /// all clips of a word, and learned soon; from there it spreads. What stands still in the middle shows no motion.
    pub(super) fn spread(&self, step: u64) -> f32 {
        if self.recipe.kind == ScorerKind::Video {
            return 1.0;
        }
        let texts = self.recipe.text_updates();
        let until = self.recipe.gathered * self.recipe.run.updates.saturating_sub(texts) as f64;
        let seen = step.saturating_sub(texts) as f64;
        if until > 0.0 { (2.0 * seen / until - 1.0).clamp(0.0, 1.0) as f32 } else { 1.0 }
    }

    /// The drawn clips from the number `first` on.
    fn specs(&self, groups: &Contrasts, first: u64) -> Vec<ClipSpec> {
        (first..).flat_map(|index| groups.example(index)).take(self.recipe.run.batch).collect()
    }

    /// Clips with their captions from the number `first` on.
    pub(super) fn captioned(&self, first: u64, step: u64) -> Vec<(Frames, String)> {
        let groups = match &self.clips {
            Source::Others(clips) => {
                let example = |index| clips.example(index);
                let clips = (first..first + self.recipe.run.batch as u64).map(example);
                return clips.map(|clip| (clip.frames, clip.caption)).collect();
            }
            Source::Drawn(groups) => groups,
        };
        let spread = self.spread(step);
        let gathered = |spec: ClipSpec| if spread < 1.0 { spec.gathered(spread) } else { spec };
        let specs: Vec<ClipSpec> = self.specs(groups, first).into_iter().map(gathered).collect();
        let frames = self.recipe.data.frames;
        let draw = |spec: &ClipSpec| (drawn(spec, groups.clips.canvas, frames), spec.caption());
        specs.par_iter().map(draw).collect()
    }

    /// Captions of drawn clips, and others of the same clips: which words a caption has is learned before any clip is looked at.
    pub(super) fn captions(&self, groups: &Contrasts, first: u64) -> CaptionedBatch {
        let tokens = self.recipe.network.text_tokens;
        let captions = |specs: &[ClipSpec]| specs.iter().map(|spec| clip_tokens(&spec.caption(), tokens)).collect();
        let specs = self.specs(groups, first);
        let other = |spec: &ClipSpec| ClipSpec { caption_seed: spec.caption_seed ^ STREAM, ..*spec };
        let others: Vec<ClipSpec> = specs.iter().map(other).collect();
        CaptionedBatch { captioned: Captioned::Texts(captions(&others)), texts: captions(&specs) }
    }

    /// Some of the clips as a decoder makes them of latents that are not exact.
    fn decoded(&self, pixels: &mut [f32], shape: [usize; 4], rng: &mut ChaCha8Rng) {
        let Some(vae) = &self.autoencoder else { return };
        let [clips, frames, height, width] = shape;
        let size = frames * height * width * 3;
        let chosen: Vec<usize> = (0..clips).filter(|_| rng.random_bool(self.recipe.decoded)).collect();
        for clip in chosen {
            let place = &mut pixels[clip * size..(clip + 1) * size];
            let planes =
                Tensor::<4>::from_data(TensorData::new(place.to_vec(), [frames, 3, height, width]), &self.device);
            let share = self.recipe.latent_noise * rng.random::<f32>();
            let noise =
                |shape: [usize; 4]| (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect();
            let latents = inexact_latents(vae, planes.permute([0, 2, 3, 1]), vec![share; frames], noise);
            let decoded = vae.decode(latents, &NoHook).expect("nothing cancels").permute([0, 3, 1, 2]);
            place.copy_from_slice(&values_of(decoded.into_data()));
        }
    }

    fn values_of_clips(&self, clips: &[(Frames, String)]) -> (Vec<f32>, [usize; 4]) {
        let data = &self.recipe.data;
        let mut frames = Vec::with_capacity(clips.len() * data.frames * data.height * data.width * 3);
        clips.iter().for_each(|(clip, _)| frames.extend(planes(clip)));
        (frames, [clips.len(), data.frames, data.height, data.width])
    }

    /// Of drawn clips that training never sees, those whose own word is nearest among all that it could be.
    fn recognised(&self, scorer: &M, groups: &Contrasts) -> usize {
        let objective = Contrastive { temperature: self.recipe.temperature, device: self.device.clone() };
        let words: Vec<Combination> = (0..VALIDATED).map(|index| held_out(groups, index).combination).collect();
        let right = |index: u64| {
            let own = words[index as usize];
            let others: Vec<Combination> = match groups.contrast {
                Contrast::Subjects => Subject::ALL.iter().map(|&subject| Combination { subject, ..own }).collect(),
                Contrast::Motions => Motion::ALL.iter().map(|&motion| Combination { motion, ..own }).collect(),
            };
            let clip = drawn(&held_out(groups, index), groups.clips.canvas, self.recipe.data.frames);
            let (frames, shape) = self.values_of_clips(&[(clip, String::new())]);
            let tokens = self.recipe.network.text_tokens;
            let texts = others.iter().map(|it| clip_tokens(&plain_caption(*it), tokens)).collect();
            let batch = CaptionedBatch { captioned: Captioned::Frames { frames, shape }, texts };
            let cosines = values_of(objective.cosines(scorer, &batch, &NoHook).into_data());
            let nearest = (0..cosines.len()).max_by(|&a, &b| cosines[a].total_cmp(&cosines[b]));
            nearest.is_some_and(|nearest| others[nearest] == own)
        };
        (0..VALIDATED).filter(|&index| right(index)).count()
    }
}

/// A drawn clip of a combination that training never sees.
fn held_out(groups: &Contrasts, index: u64) -> ClipSpec {
    ClipSpec::sample(groups.clips.seed ^ STREAM, index, Split::HeldOut)
}

/// A frame somewhere in a clip, or frames spread over it.
fn drawn(spec: &ClipSpec, canvas: Canvas, frames: usize) -> Frames {
    let mut rng = ChaCha8Rng::seed_from_u64(spec.caption_seed ^ STREAM);
    let stride = CLIP_FRAMES / frames.clamp(1, CLIP_FRAMES);
    let times: Vec<f32> = match frames {
        1 => vec![rng.random_range(0.0..(CLIP_FRAMES - 1) as f32)],
        _ => (0..frames).map(|frame| (frame * stride) as f32).collect(),
    };
    render_frames(spec, canvas, &times)
}

/// `[frames, 3, height, width]` in -1..1
fn planes(frames: &Frames) -> impl Iterator<Item = f32> {
    let planes = (0..frames.count()).flat_map(|frame| (0..3).map(move |colour| (frame, colour)));
    planes.flat_map(|(frame, colour)| {
        frames.frame(frame).iter().skip(colour).step_by(3).map(|&byte| f32::from(byte) / 127.5 - 1.0)
    })
}

impl<M: TwoTowers> Stage for ScorerStage<M> {
    type Model = M;
    type Objective = Contrastive;

    const NAME: &'static str = "scorer";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let name = match self.recipe.kind {
            ScorerKind::Image => "scorer of pictures",
            ScorerKind::Video => "scorer of clips",
        };
        self.recipe.run.phase(name, position)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.recipe.optimizer.rate(position.step, self.recipe.run.updates)
    }

    fn objective(&self) -> &Contrastive {
        &self.objective
    }

    fn batch(&mut self, _: &M, position: &TrainPosition) -> CaptionedBatch {
        if let Source::Drawn(groups) = &self.clips
            && position.step < self.recipe.text_updates()
        {
            return self.captions(groups, position.samples);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(position.seed.rotate_left(17) ^ STREAM ^ position.step.rotate_left(32));
        let clips = self.captioned(position.samples, position.step);
        let (mut frames, shape) = self.values_of_clips(&clips);
        self.decoded(&mut frames, shape, &mut rng);
        let tokens = self.recipe.network.text_tokens;
        let texts = clips.iter().map(|(_, caption)| clip_tokens(caption, tokens)).collect();
        CaptionedBatch { captioned: Captioned::Frames { frames, shape }, texts }
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<M>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if let (Moment::Checkpoint, Source::Drawn(groups)) = (moment, &self.clips) {
            let right = self.recognised(&trainer.ema, groups);
            watch(TrainEvent::Recognised { right, of: VALIDATED as usize });
        }
        Ok(())
    }
}
