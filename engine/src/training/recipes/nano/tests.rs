use std::fs;
use std::path::Path;

use burn::tensor::Device;
use hummingbird_base::CancelToken;

use super::*;
use crate::model::ModelSource;
use crate::pipeline::denoise::schedule::{Schedule, ddim_timesteps};
use crate::training::recipe;
use crate::training::recipes::scorer::NetworkSettings as ScorerNetwork;
use crate::training::recipes::vae::NetworkSettings;
use crate::training::trainer::log::TrainEvent;
use crate::weights::{ModelFile, TinyDecoderFile, TinyDecoderSource};

#[test]
fn the_documented_recipe_is_the_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nano.toml");
    fs::write(&path, TOML).expect("writable");
    let documented: NanoRecipe = recipe::read(Some(&path), &[]).expect("it is a recipe");
    assert_eq!(documented, NanoRecipe::default());
    let changed = recipe::read::<NanoRecipe>(None, &["student.run.updates=7".to_owned()]).expect("it is a key");
    let mut wanted = NanoRecipe::default();
    wanted.student.run.updates = 7;
    assert_eq!(changed, wanted, "all other keys of the table stay Nano's");
}

#[test]
fn nothing_of_a_clip_can_be_read_where_sampling_begins() {
    let vae = NanoRecipe::default().autoencoder.network.config();
    let config = nano_config(&vae);
    let table = Schedule::latent_diffusion(config.diffusion.beta_ends());
    let alpha = f64::from(table.alphas_cumprod()[ddim_timesteps(20)[0]]);
    // A subject covers about ten latent pixels in each frame: together its values are that much easier to see than one.
    let values = (CLIP_FRAMES * 10 * vae.z_channels) as f64;
    let signal_to_noise = values * alpha / (1.0 - alpha);
    assert!(signal_to_noise < 0.5, "{signal_to_noise}: the network can read the motion and needs no text for it");
}

/// All stages in a few updates on small networks; only the U-Nets have Nano's width.
fn small(folder: &Path) -> NanoRecipe {
    let mut recipe = NanoRecipe { folder: Some(folder.to_owned()), width: 64, height: 64, ..NanoRecipe::default() };
    for vae in [&mut recipe.autoencoder, &mut recipe.decoder] {
        (vae.crop_width, vae.crop_height) = (32, 32);
        vae.network = NetworkSettings { ch: 8, ch_mult: vec![1, 1, 1, 1], z_channels: 4, ..NetworkSettings::default() };
        (vae.run.updates, vae.run.batch) = (2, 2);
    }
    recipe.teacher.clips = 2;
    recipe.teacher.phases.retain(|phase| [1, 8].contains(&phase.frames) && phase.motions.is_empty());
    recipe.teacher.phases.truncate(4);
    for phase in &mut recipe.teacher.phases {
        (phase.batch, phase.samples, phase.single_frames_every) = (2, 4, 0);
    }
    for scorer in [&mut recipe.image_scorer, &mut recipe.video_scorer] {
        let network =
            ScorerNetwork { side: 32, width: 16, layers: 1, text_width: 16, text_layers: 1, ..scorer.network };
        scorer.network = network;
        (scorer.run.updates, scorer.run.batch) = (2, 6);
    }
    recipe.video_scorer.data.frames = 4;
    (recipe.student.data.frames, recipe.turbo.data.frames) = (4, 4);
    for run in [&mut recipe.student.run, &mut recipe.turbo.run, &mut recipe.tiny_decoder.run] {
        (run.updates, run.batch) = (2, 1);
    }
    recipe.turbo.rank = 4;
    (recipe.tiny_decoder.encoded_frames, recipe.tiny_decoder.sampled_clips) = (4, 1);
    recipe
}

#[test]
fn all_stages_make_a_model_that_samples_in_four_steps_and_a_finished_run_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let train = |stages: &[NanoStage]| {
        let mut begun = Vec::new();
        let run = small(folder.path()).open().expect("all is right");
        let cancel = CancelToken::default();
        let finished = run.train(stages, None, &Device::flex(), &cancel, &mut |event| {
            if let TrainEvent::Stage { name, .. } = event {
                begun.push(name);
            }
        });
        assert!(finished.expect("all stages can be run"));
        begun
    };
    // Parted, as a run that was stopped.
    train(&NanoStage::ALL[..3]);
    assert_eq!(train(&NanoStage::ALL), NanoStage::ALL.map(NanoStage::name));

    let path = folder.path().join("nano.safetensors");
    let nano = ModelFile::open(&ModelSource::File(path.clone())).expect("it is a model");
    let teacher = ModelFile::open(&ModelSource::File(folder.path().join("teacher.safetensors"))).expect("it is one");
    let of = |file: &ModelFile| file.description().clone();
    assert_eq!((of(&nano).limits.sampler, of(&nano).limits.default_steps), (SamplerKind::Turbo, 4));
    assert_eq!((of(&teacher).limits.sampler, of(&teacher).limits.default_steps), (SamplerKind::Ddim, 50));
    let unet = |file: &ModelFile| of(file).config.unet;
    assert_eq!((unet(&teacher).num_res_blocks, unet(&teacher).middle_block), (2, true));
    assert_eq!((unet(&nano).num_res_blocks, unet(&nano).middle_block), (1, false));
    assert_eq!(of(&nano).name, "Nano");
    assert_eq!((of(&nano).limits.default_width, of(&nano).limits.default_height), (64, 64));
    assert!(of(&nano).vocabulary.is_some());
    let notes = of(&nano).provenance.notes;
    assert!(notes.contains("teacher: 8 updates") && notes.contains("Few steps: 2 updates"), "{notes}");
    let tiny = TinyDecoderSource::File(crate::weights::tiny_decoder_path(&path));
    TinyDecoderFile::open(&tiny).expect("it was written").check(&of(&nano).config).expect("it fits");

    let before: Vec<Vec<u8>> =
        NanoStage::ALL.map(|stage| fs::read(small(folder.path()).file(stage)).expect("it")).into();
    train(&NanoStage::ALL);
    for (stage, before) in NanoStage::ALL.into_iter().zip(before) {
        assert!(fs::read(small(folder.path()).file(stage)).expect("it is there") == before, "{stage:?} changed");
    }
}

#[test]
fn scores_without_weight_ask_for_no_scorer() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recipe = small(folder.path());
    recipe.turbo.weights.image = 0.0;
    let without_one = recipe.clone().open().expect("all is right").dry_run(&NanoStage::ALL, &Device::flex());
    recipe.turbo.weights.video = 0.0;
    let run = recipe.open().expect("all is right");
    let without = run.dry_run(&NanoStage::ALL, &Device::flex()).expect("sizes are known");
    assert_eq!((without.len(), without_one.expect("sizes are known").len()), (6, 7));
    assert!(
        run.train(&NanoStage::ALL, None, &Device::flex(), &CancelToken::default(), &mut |_| ()).expect("it can be run")
    );
    assert!(folder.path().join("nano.safetensors").is_file());
    assert!(!folder.path().join("image_scorer.safetensors").exists() && !folder.path().join("video_scorer").exists());
}

#[test]
fn a_teacher_goes_on_from_another_of_its_sizes() {
    let folder = tempfile::tempdir().expect("a folder");
    let train = |recipe: &NanoRecipe, stages: &[NanoStage]| {
        let run = recipe.clone().open().expect("all is right");
        run.train(stages, None, &Device::flex(), &CancelToken::default(), &mut |_| ())
    };
    let first = small(folder.path());
    assert!(train(&first, &NanoStage::ALL[..3]).expect("it can be run"));

    let mut second = NanoRecipe { folder: Some(folder.path().join("second")), ..first.clone() };
    fs::create_dir(second.folder()).expect("writable");
    fs::copy(first.file(NanoStage::Decoder), second.file(NanoStage::Decoder)).expect("it was written");
    second.teacher.model = Some(first.file(NanoStage::Teacher));
    second.teacher.phases.truncate(1);
    // At a rate of zero everything stays as it begins.
    (second.teacher.phases[0].learning_rate, second.teacher.phases[0].final_learning_rate) = (0.0, 0.0);
    assert!(train(&second, &[NanoStage::Teacher]).expect("it can be run"));
    let values = |recipe: &NanoRecipe| {
        let file = ModelFile::open(&ModelSource::File(recipe.file(NanoStage::Teacher))).expect("it is a model");
        let checkpoint = file.checkpoint();
        let floats = |tensor| checkpoint.floats(tensor).expect("readable");
        checkpoint.contents().tensors.iter().map(|it| (it.name().to_owned(), floats(it))).collect::<Vec<_>>()
    };
    assert!(values(&first) == values(&second), "the second did not begin where the first had ended");

    let mut other = NanoRecipe { folder: Some(folder.path().join("other")), ..second };
    fs::create_dir(other.folder()).expect("writable");
    fs::copy(first.file(NanoStage::Decoder), other.file(NanoStage::Decoder)).expect("it was written");
    other.teacher.num_res_blocks = 3;
    let error = train(&other, &[NanoStage::Teacher]).expect_err("it has other layers").to_string();
    assert!(error.contains("teacher.safetensors"), "{error}");
}

#[test]
fn a_budget_cuts_each_stage_and_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recipe = small(folder.path());
    recipe.autoencoder.run.updates = 1_000_000;
    recipe.teacher.phases[0].samples = 1_000_000;
    let run = recipe.clone().open().expect("all is right");
    let cancel = CancelToken::default();
    let train = |secs| run.train(&NanoStage::ALL[..1], secs, &Device::flex(), &cancel, &mut |_| ());
    // A quarter of it is the autoencoder's.
    assert!(train(Some(8.0)).expect("it can be run"));
    let kept = fs::read_to_string(folder.path().join("budget.json")).expect("it was written");
    assert!(kept.contains("\"autoencoder\""), "{kept}");
    assert!(!folder.path().join("timing").exists());
    let steps = crate::training::trainer::TrainPosition::newest(&folder.path().join("autoencoder"));
    let steps = steps.expect("readable").expect("there is one").step;
    assert!((1..1_000_000).contains(&steps), "{steps}");
    assert!(train(None).expect("it goes on with the budget that it has"));
    // The teacher's phases are measured one by one.
    assert!(run.train(&NanoStage::ALL[1..3], None, &Device::flex(), &cancel, &mut |_| ()).expect("it can be run"));
    let kept: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("budget.json")).expect("readable")).expect("JSON");
    let samples = kept["lengths"]["teacher"][0].as_u64().expect("it was measured");
    assert!((1..100_000).contains(&samples), "{kept}");
    let error = train(Some(9.0)).expect_err("it has another").to_string();
    assert!(error.contains("was given 8 seconds"), "{error}");
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    type Change = fn(&mut NanoRecipe);
    let cases: [(&str, Change); 9] = [
        ("width cannot be 100", |it| it.width = 100),
        ("height cannot be 0", |it| it.height = 0),
        ("run.batch", |it| it.student.run.batch = 0),
        ("optimizer.learning_rate", |it| it.turbo.optimizer.learning_rate = f64::NAN),
        ("phases.frames", |it| it.teacher.phases[0].frames = 5),
        ("phases.spread cannot be 1.5", |it| it.teacher.phases[0].spread = 1.5),
        ("phases.spread cannot be 0.5", |it| it.teacher.phases[3].spread = 0.5),
        ("phases.timesteps", |it| it.teacher.phases[0].timesteps = Some([5, 5])),
        ("empty_prompt", |it| it.teacher.empty_prompt = 1.5),
    ];
    for (words, change) in cases {
        let mut recipe = NanoRecipe::default();
        change(&mut recipe);
        let error = recipe.open().expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}
