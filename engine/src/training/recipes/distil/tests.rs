use std::cell::Cell;
use std::fs;
use std::path::Path;

use burn::tensor::Device;

use super::*;
use crate::model::ModelSource;
use crate::nn::params::Init;
use crate::training::recipe;
use crate::training::trainer::log::losses;
use crate::training::trainer::optimizer::StateBits;
use crate::training::trainer::{TrainPlace, latest_checkpoint, threads_of_a_step};

/// Nano as its own student, on two small frames.
fn recipe(folder: &Path) -> DistilRecipe {
    let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
    let output = folder.join("student.safetensors");
    let mut recipe = DistilRecipe { teacher: Some(nano), guidance: 4.0, output, ..DistilRecipe::default() };
    recipe.data = DataSettings { frames: 2, width: 64, height: 32, ..DataSettings::default() };
    recipe.optimizer.learning_rate = 1e-4;
    recipe.run =
        RunSettings { folder: folder.to_owned(), updates: 40, batch: 2, accumulate: 2, ..RunSettings::default() };
    recipe
}

/// Goes on until `steps` progress reports were made, or to the end.
fn train(run: &DistilRun, reports: usize) -> bool {
    train_on(run, &TrainPlaces::one(&Device::flex()), reports)
}

fn train_on(run: &DistilRun, places: &TrainPlaces, reports: usize) -> bool {
    let cancel = CancelToken::default();
    let seen = Cell::new(0);
    run.train_on(places, &cancel, &mut |event| {
        if matches!(&event, TrainEvent::Progress(progress) if progress.note.is_some()) {
            seen.set(seen.get() + 1);
            if seen.get() == reports {
                cancel.cancel();
            }
        }
    })
    .expect("the folder can be written")
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<DistilRecipe>(TOML).expect("it is a recipe"), DistilRecipe::default());
    assert_eq!(recipe::read::<DistilRecipe>(None, &[]).expect("all has defaults"), DistilRecipe::default());
}

#[test]
fn bits_are_a_number_or_a_text() {
    for (text, bits) in [("8", StateBits::Eight), ("\"8\"", StateBits::Eight), ("32", StateBits::Full)] {
        let recipe: DistilRecipe = recipe::read(None, &[format!("optimizer.bits={text}")]).expect("both are known");
        assert_eq!(recipe.optimizer.bits, bits);
    }
    let error = recipe::read::<DistilRecipe>(None, &["optimizer.bits=16".to_owned()]).expect_err("there is no such");
    assert!(error.to_string().contains("32 or 8"), "{error}");
}

#[test]
fn a_dry_run_says_what_a_run_holds_and_opens_the_clips() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recipe = recipe(folder.path());
    let estimate = |recipe: &DistilRecipe| {
        let run = recipe.clone().open().expect("all is right");
        run.dry_run(&Device::flex(), &mut |_| ()).map(|it| it.expect("this recipe has an estimate"))
    };
    let plain = estimate(&recipe).expect("all is there");
    let student = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let loader = ParamLoader::names_only();
    UNet::init(&student.description().config.unet, &loader.path(UNET_PREFIX)).expect("names need no file");
    let values: usize = loader.into_registry().params().iter().map(|param| param.shape.iter().product::<usize>()).sum();
    assert_eq!((plain.trained_bytes, plain.optimizer_bytes), (4 * values, 8 * values));
    assert_eq!(plain.gradient_bytes, 8 * values, "those of a micro-batch, and their sum");
    recipe.run.accumulate = 1;
    let plain = estimate(&recipe).expect("all is there");
    let threads = threads_of_a_step(4 * values).min(recipe.run.batch);
    assert_eq!(plain.gradient_bytes, threads * 4 * values, "those of each thread");
    assert!(plain.update_bytes > 16 * values && plain.update_flop > 0.0, "{plain:?}");
    recipe.optimizer.bits = StateBits::Eight;
    recipe.run.checkpoint_activations = false;
    let other = estimate(&recipe).expect("all is there");
    assert!(other.optimizer_bytes < 3 * values && other.activation_bytes > plain.activation_bytes, "{other:?}");
    // The operations of blocks that are computed again.
    assert!(other.update_flop < plain.update_flop);
    // Latents and captions of clips that come again, as many as there is room for.
    assert_eq!(other.kept_bytes, 0, "no drawn clip comes twice");
    recipe.clips = ClipSettings { drawn: 3, keep_mib: 1 };
    let clip = recipe.data.size().shape(&student.description().config).bytes(4);
    let kept = |recipe: &DistilRecipe| estimate(recipe).expect("all is there").kept_bytes;
    assert_eq!(kept(&recipe), 3 * clip);
    recipe.clips.drawn = 1 << 30;
    assert_eq!(kept(&recipe), (1 << 20) / clip * clip);
    // No more than a short run sees.
    recipe.run.updates = 1;
    assert_eq!(kept(&recipe), recipe.run.batch * clip);
    recipe.data.folder = Some(folder.path().join("no clips"));
    assert!(estimate(&recipe).expect_err("there are none").to_string().contains("no clips"));
}

#[test]
fn kept_latents_change_no_digit_and_a_run_goes_on_without_them() {
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    let run = |folder: &Path, keep_mib| {
        let mut recipe = recipe(folder);
        (recipe.clips, recipe.run.updates, recipe.run.batch) = (ClipSettings { drawn: 3, keep_mib }, 22, 1);
        (recipe.run.accumulate, recipe.run.checkpoint_activations) = (1, false);
        recipe.open().expect("all is right")
    };
    let [without, with, parted] = folders.each_ref().map(tempfile::TempDir::path);
    assert!(train(&run(without, 0), usize::MAX));
    assert!(train(&run(with, 1), usize::MAX));
    assert!(!train(&run(parted, 1), 1), "it was stopped after 20 updates");
    assert!(train(&run(parted, 1), usize::MAX));
    let weights = |folder: &Path| {
        let checkpoint = latest_checkpoint(folder, "student").expect("there is one");
        fs::read(checkpoint.join("weights.safetensors")).expect("readable")
    };
    for folder in [with, parted] {
        assert_eq!(losses(folder, "student"), losses(without, "student"));
        assert!(weights(folder) == weights(without), "{folder:?} differs");
    }
}

#[test]
fn a_stopped_run_ends_like_one_that_was_left_alone_and_its_student_is_a_model() {
    let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let run = |folder: &Path| recipe(folder).open().expect("all is right");
    assert!(train(&run(whole.path()), usize::MAX));
    assert!(!train(&run(parted.path()), 1), "it was stopped after 20 updates");
    // A device more changes no digit: each computes one of the two micro-batches.
    let place = |name: &str| TrainPlace { device: Device::flex(), name: name.to_owned() };
    let two = TrainPlaces { first: place("cpu"), others: vec![place("cpu too")] };
    assert!(train_on(&run(parted.path()), &two, usize::MAX));
    let three = TrainPlaces { first: place("cpu"), others: vec![place("cpu too"), place("one more")] };
    let error = run(parted.path()).train_on(&three, &CancelToken::default(), &mut |_| ()).expect_err("two clips");
    assert!(error.to_string().contains("run.batch"), "{error}");
    let read = |folder: &Path, name: &str| {
        let checkpoint = latest_checkpoint(folder, "student").expect("there is one");
        fs::read(checkpoint.join(name)).expect("readable")
    };
    for name in ["weights.safetensors", "optimizer.safetensors"] {
        assert!(read(whole.path(), name) == read(parted.path(), name), "{name} differs");
    }
    let [whole_losses, parted_losses] = [&whole, &parted].map(|folder| losses(folder.path(), "student"));
    assert_eq!(whole_losses, parted_losses);
    assert_eq!(whole_losses.len(), 2);

    let path = whole.path().join("student.safetensors");
    run(whole.path()).write(&Device::flex(), &mut |_| ()).expect("writable");
    let student = ModelFile::open(&ModelSource::File(path)).expect("it is a model");
    let teacher = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    assert!(student.description().provenance.notes.starts_with("40 updates, 80 clips"), "{student:?}");
    // It gives the guided prediction by itself.
    assert_eq!(student.description().limits.default_guidance, NO_GUIDANCE);
    assert_ne!(teacher.description().limits.default_guidance, NO_GUIDANCE);
    let values =
        |file: &ModelFile, name: &str, shape: &[usize]| file.values(name, shape, Init::Zeros).expect("it is there");
    for tensor in &teacher.checkpoint().contents().tensors {
        let [before, after] = [&teacher, &student].map(|file| values(file, tensor.name(), tensor.shape()));
        let is_trained = tensor.name().starts_with("model.diffusion_model.") && !tensor.name().contains("token");
        assert!(is_trained || before == after, "{} changed", tensor.name());
    }
    let name = "model.diffusion_model.out.2.weight";
    let shape = teacher.checkpoint().tensor(name).expect("it is there").shape().to_vec();
    assert_ne!(values(&student, name, &shape), values(&teacher, name, &shape));
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    type Change = fn(&mut DistilRecipe);
    let cases: [(&str, Change); 9] = [
        ("teacher", |it| it.teacher = None),
        ("data.width", |it| it.data.width = 100),
        ("data.height", |it| it.data.height = 0),
        ("data.frames", |it| it.data.frames = 3),
        ("run.batch", |it| it.run.batch = 0),
        ("run.accumulate", |it| it.run.accumulate = 3),
        ("optimizer.betas", |it| it.optimizer.betas[1] = 1.0),
        ("optimizer.learning_rate", |it| it.optimizer.learning_rate = f64::NAN),
        ("residual blocks", |it| it.num_res_blocks = 3),
    ];
    for (words, change) in cases {
        let mut recipe = recipe(folder.path());
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}
