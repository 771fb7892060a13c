use std::path::PathBuf;

use super::*;
use crate::training::trainer::Stage;

/// A stage on small clips with the autoencoder of a seed.
fn with_stage<T>(recipe: TeacherRecipe, check: impl FnOnce(&mut TeacherStage<'_>) -> T) -> T {
    let device = Device::flex();
    let start = SeededStart { seed: 1 };
    let network = crate::training::recipes::vae::NetworkSettings {
        ch: 8,
        ch_mult: vec![1, 1, 1, 1],
        z_channels: 4,
        ..Default::default()
    };
    let config = nano_config(&network.config());
    let vae = Vae::init(&config.vae, &ParamLoader::new(&start, &device).path(VAE_PREFIX)).expect("seeded");
    let clips = SyntheticClips { seed: 1, split: Split::Train, canvas: Canvas { width: 64, height: 64 } };
    check(&mut TeacherStage::new(recipe, &config, &vae, clips, &device, None, PathBuf::new()))
}

#[test]
fn a_phase_draws_no_timesteps_outside_of_its_range() {
    let recipe = TeacherRecipe::default();
    let first = recipe.phases[0].clone();
    with_stage(recipe, |stage| {
        for (range, lowest, highest) in [(Some([150, 800]), 150, 800), (Some([7, 8]), 7, 8), (None, 0, 1000)] {
            let phase =
                TeacherPhase { timesteps: range, timestep_exponent: even(), batch: 20, frames: 1, ..first.clone() };
            let drawn: Vec<usize> = (0..3).flat_map(|step| stage.draw(&phase, 1, step).timesteps).collect();
            assert!(drawn.iter().all(|it| (lowest..highest).contains(it)), "{range:?}: {drawn:?}");
            // One from each twentieth of the range, in each batch.
            let near =
                |it: Option<&usize>, end: usize| it.is_some_and(|it| it.abs_diff(end) <= (highest - lowest) / 20 + 1);
            assert!(near(drawn.iter().min(), lowest) && near(drawn.iter().max(), highest), "{range:?}: {drawn:?}");
        }
    });
}

#[test]
fn latent_pixels_of_the_subject_count_more() {
    let recipe = TeacherRecipe { subject: 3.0, ..TeacherRecipe::default() };
    let [single, clip] = [recipe.phases[0].clone(), recipe.phases[3].clone()];
    with_stage(recipe, |stage| {
        for (phase, frames) in [(single, 1), (clip, 8)] {
            let clips = stage.draw(&TeacherPhase { batch: 2, ..phase }, 1, 0);
            let [batch, of_clip, height, width, _] = clips.shape;
            assert_eq!((of_clip, clips.weights.len()), (frames, batch * frames * height * width));
            assert!(clips.weights.iter().all(|weight| (1.0..=4.0).contains(weight)));
            for frame in clips.weights.chunks_exact(height * width) {
                assert!(frame.iter().any(|weight| *weight > 1.5), "no subject in {frame:?}");
            }
        }
    });
}

#[test]
fn subjects_of_a_phase_without_spread_are_in_one_place() {
    let recipe = TeacherRecipe::default();
    let phase = TeacherPhase { batch: 60, spread: 0.0, ..recipe.phases[0].clone() };
    with_stage(recipe, |stage| {
        // Samples of which all latent pixels that the subject covers to a good part are near the middle column.
        let middle = |phase: &TeacherPhase| {
            let clips = stage.draw(phase, 1, 0);
            let [_, _, height, width, _] = clips.shape;
            let is_near = |at: usize| (at % width).abs_diff(width / 2) <= width / 4;
            let is_gathered =
                |frame: &&[f32]| frame.iter().enumerate().all(|(at, weight)| *weight < 1.5 || is_near(at));
            clips.weights.chunks_exact(height * width).filter(is_gathered).count()
        };
        assert_eq!(middle(&phase), 60);
        let anywhere = middle(&TeacherPhase { spread: 1.0, ..phase.clone() });
        assert!(anywhere < 55, "{anywhere} of 60 are near the middle");
    });
}

#[test]
fn phases_of_clips_are_mixed_with_single_frames() {
    let recipe = TeacherRecipe::default();
    let phase = TeacherPhase { batch: 2, single_frames_every: 3, ..recipe.phases[3].clone() };
    assert_eq!(phase.frames, 8);
    with_stage(TeacherRecipe { phases: vec![phase], clips: 3, ..recipe }, |stage| {
        let model = SeededStart { seed: 2 };
        let loader = ParamLoader::new(&model, &Device::flex());
        let network = crate::training::recipes::vae::NetworkSettings { z_channels: 4, ..Default::default() };
        let denoiser = Denoiser::init(&nano_config(&network.config()), &loader).expect("seeded");
        let frames: Vec<usize> = (0..7)
            .map(|step| {
                let position = crate::training::trainer::TrainPosition { step, ..Default::default() };
                stage.batch(&denoiser, &position).shape[1]
            })
            .collect();
        assert_eq!(frames, [1, 8, 8, 1, 8, 8, 1]);
    });
}
