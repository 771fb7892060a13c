use std::cell::Cell;
use std::fs;

use super::*;
use crate::training::recipe;
use crate::training::trainer::latest_checkpoint;
use crate::weights::{TinyDecoderFile, TinyDecoderSource};

/// Few updates on few frames of the embedded model.
fn small(folder: &Path) -> TinyDecoderRecipe {
    let model = folder.join("nano.safetensors");
    let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
    fs::copy(nano, &model).expect("writable");
    let mut recipe = TinyDecoderRecipe { model: Some(model), width: 4, ..TinyDecoderRecipe::default() };
    (recipe.encoded_frames, recipe.sampled_clips) = (3, 1);
    (recipe.data.width, recipe.data.height) = (64, 32);
    recipe.run = RunSettings { folder: folder.join("run"), updates: 40, batch: 4, ..recipe.run };
    recipe
}

fn train(recipe: TinyDecoderRecipe, stop_after_reports: usize) -> (TinyDecoderRun, bool, usize) {
    let run = recipe.open().expect("all is right");
    let cancel = CancelToken::default();
    let (reports, validations) = (Cell::new(0), Cell::new(0));
    let finished = run.train(&Device::flex(), &cancel, &mut |event| match event {
        TrainEvent::Progress(progress) if progress.note.is_some() => {
            reports.set(reports.get() + 1);
            if reports.get() == stop_after_reports {
                cancel.cancel();
            }
        }
        TrainEvent::Validation { levels } => {
            assert!(levels > 0.0 && levels < 255.0);
            validations.set(validations.get() + 1);
        }
        _ => {}
    });
    (run, finished.expect("the folder can be written"), validations.get())
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<TinyDecoderRecipe>(TOML).expect("it is a recipe"), TinyDecoderRecipe::default());
    assert_eq!(recipe::read::<TinyDecoderRecipe>(None, &[]).expect("all has defaults"), TinyDecoderRecipe::default());
}

#[test]
fn a_stopped_run_ends_like_one_that_was_left_alone_beside_its_model() {
    let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let (run, finished, validations) = train(small(whole.path()), usize::MAX);
    assert!(finished && validations > 0);
    assert!(!train(small(parted.path()), 1).1, "it was stopped after 20 updates");
    assert!(train(small(parted.path()), usize::MAX).1);
    let weights = |folder: &Path| {
        let checkpoint = latest_checkpoint(&folder.join("run"), "light").expect("there is one");
        fs::read(checkpoint.join("weights.safetensors")).expect("readable")
    };
    assert!(weights(whole.path()) == weights(parted.path()), "the weights differ");
    run.write(&Device::flex(), &mut |_| ()).expect("writable");
    let path = whole.path().join("nano.light.safetensors");
    assert_eq!(run.output(), path);
    let file = TinyDecoderFile::open(&TinyDecoderSource::File(path)).expect("it was written");
    file.check(&run.model.description().config).expect("it decodes the model's latents");
    let doublings = run.model.description().config.vae.downsampling().ilog2() as usize;
    assert_eq!(file.config().blocks, [vec![3; doublings - 1], vec![1, 1]].concat());
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    type Change = fn(&mut TinyDecoderRecipe);
    let cases: [(&str, Change); 7] = [
        ("model", |it| it.model = None),
        ("width", |it| it.width = 0),
        ("blocks", |it| it.blocks = Some(vec![1, 1])),
        ("encoded_frames", |it| it.encoded_frames = 0),
        ("sampled_clips", |it| it.sampled_clips = u64::MAX),
        ("data.frames", |it| it.data.frames = 2),
        ("weights.encoded", |it| it.weights.encoded = f64::INFINITY),
    ];
    for (words, change) in cases {
        let mut recipe = small(folder.path());
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}
