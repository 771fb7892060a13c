//! Batches of stage 2 and samples of its student.

use std::path::PathBuf;

use hummingbird_judges::{FramesUnfit, VideoScorer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::TurboRecipe;
use crate::model::{ModelConfig, SamplerKind};
use crate::pipeline::denoise::unet::UNet;
use crate::training::TrainError;
use crate::training::objectives::consistency::ConsistencyClips;
use crate::training::objectives::feedback::{Feedback, FeedbackClips, LookCounts, Looks};
use crate::training::recipe::RecipeError;
use crate::training::recipes::clips::EncodedClips;
use crate::training::recipes::encoders::normal;
use crate::training::recipes::samples::{Sampling, samples};
use crate::training::recipes::scorers::{VideoTokens, image_texts, video_texts};
use crate::training::recipes::settings::{DataSettings, OptimizerSettings};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// How the scorers look at clips.
pub(super) struct Scorers {
    /// Frames for the scorer of pictures.
    image_frames: usize,
    tokens: Option<VideoTokens>,
    /// Last top and left of the crop that the scorer of clips sees.
    last_crop: [usize; 2],
    /// Frames that it sees.
    video_frames: usize,
}

impl Scorers {
    /// Those that look at clips of `data`.
    ///
    /// # Errors
    /// When a clip is too short or too narrow for its scorer.
    pub fn new(
        video: Option<&VideoScorer>,
        tokens: Option<VideoTokens>,
        data: &DataSettings,
        image_frames: usize,
    ) -> Result<Self, TrainError> {
        let frame = [data.height, data.width];
        let narrow = |_: FramesUnfit| RecipeError::Value { key: "data.width", value: data.width.to_string() };
        let mut scorers = Self { image_frames, tokens, last_crop: [0, 0], video_frames: 0 };
        if let Some(video) = video {
            scorers.video_frames = video.frames();
            scorers.last_crop = video.squaring(frame).map_err(narrow)?.last_crop();
            if data.frames < scorers.video_frames {
                return Err(RecipeError::Value { key: "data.frames", value: data.frames.to_string() }.into());
            }
        }
        Ok(scorers)
    }

    /// Frames of each clip that they see.
    pub fn looks(&self) -> LookCounts {
        LookCounts { image: self.image_frames, video: self.video_frames }
    }

    /// Frames that the scorer of pictures sees: drawn with replacement.
    fn pictures(&self, frames: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        (0..self.image_frames).map(|_| rng.random_range(0..frames)).collect()
    }

    /// Frames that the scorer of clips sees: as far apart as fit, from a random start within the first step.
    fn clip(&self, frames: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let skip = frames / self.video_frames;
        let start = rng.random_range(0..skip);
        (0..self.video_frames).map(|index| start + skip * index).collect()
    }
}

/// Stage 2.
pub(super) struct TurboStage {
    config: ModelConfig,
    objective: Feedback,
    beside: Vec<Feedback>,
    scorers: Scorers,
    clips: EncodedClips,
    optimizer: OptimizerSettings,
    guidance: [f32; 2],
    ddim_steps: usize,
    fps: f32,
    grid_steps: usize,
    grid_guidance: f32,
    batch: usize,
    updates: u64,
    folder: PathBuf,
}

impl TurboStage {
    /// The stage of a recipe for students of `config`.
    pub fn new(
        recipe: &TurboRecipe,
        config: ModelConfig,
        objective: Feedback,
        scorers: Scorers,
        clips: EncodedClips,
    ) -> Self {
        let run = &recipe.run;
        Self {
            config,
            objective,
            beside: Vec::new(),
            scorers,
            clips,
            optimizer: recipe.optimizer,
            guidance: recipe.guidance,
            ddim_steps: recipe.consistency.ddim_steps,
            fps: recipe.consistency.fps,
            grid_steps: recipe.steps as usize,
            grid_guidance: recipe.default_guidance,
            batch: run.batch,
            updates: run.updates,
            folder: run.folder.clone(),
        }
    }

    /// The same, with the objectives of the devices beside the first.
    pub fn beside(self, beside: Vec<Feedback>) -> Self {
        Self { beside, ..self }
    }
}

impl Stage for TurboStage {
    type Model = UNet;
    type Objective = Feedback;

    const NAME: &'static str = "turbo";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let phase = Phase { name: "consistency distillation", samples: self.updates * self.batch as u64 };
        (position.samples < phase.samples).then_some(phase)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.optimizer.rate(position.step, self.updates)
    }

    fn objective(&self) -> &Feedback {
        &self.objective
    }

    fn objectives_beside(&self) -> &[Feedback] {
        &self.beside
    }

    fn batch(&mut self, _: &UNet, position: &TrainPosition) -> FeedbackClips {
        let mut rng = ChaCha8Rng::seed_from_u64(position.seed.rotate_left(17) ^ position.step);
        let clips = self.clips.encoded((0..self.batch as u64).map(|slot| position.samples + slot));
        let captions: Vec<&str> = clips.iter().map(|clip| clip.caption.as_str()).collect();
        let clean = self.clips.latents(&clips, &mut rng);
        let noise = normal(&mut rng, clean.dims(), &clean.device());
        let index = (0..self.batch).map(|_| rng.random_range(0..self.ddim_steps)).collect();
        let [from, to] = self.guidance;
        let guidance = (0..self.batch).map(|_| rng.random_range(from..to)).collect();
        let [_, _, count, ..] = clean.dims();
        let judges = self.objective.judges();
        let image = judges.image.as_ref().map(|scorer| Looks {
            frames: (0..self.batch).map(|_| self.scorers.pictures(count, &mut rng)).collect(),
            texts: image_texts(scorer, &captions),
            crop: [0, 0],
        });
        let video = judges.video.as_ref().zip(self.scorers.tokens.as_ref()).map(|(scorer, tokens)| Looks {
            frames: (0..self.batch).map(|_| self.scorers.clip(count, &mut rng)).collect(),
            texts: video_texts(scorer, tokens, &captions),
            crop: self.scorers.last_crop.map(|last| rng.random_range(0..=last)),
        });
        let clips = ConsistencyClips {
            clean,
            noise,
            index,
            guidance,
            text: EncodedClips::texts(&clips),
            empty: self.clips.encoders().texts([""]),
            embedding: None,
        };
        FeedbackClips { clips, image, video }
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<UNet>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if moment == Moment::Interval {
            let path = self.folder.join(format!("turbo-{:06}.png", trainer.position.step));
            let sampling = Sampling {
                sampler: SamplerKind::Turbo,
                steps: self.grid_steps,
                guidance: self.grid_guidance,
                fps: Some(self.fps),
            };
            let clips = samples(&trainer.ema, &self.config, self.clips.encoders(), self.clips.clips(), sampling);
            sample_grid::clips(&path, &clips)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}
