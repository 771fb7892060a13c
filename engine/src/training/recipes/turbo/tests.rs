use std::fs;
use std::path::Path;

use burn::tensor::Device;

use super::*;
use crate::model::{ModelSource, Parameterization};
use crate::nn::params::NamedTensor;
use crate::training::recipe;
use crate::training::trainer::latest_checkpoint;
use crate::weights::{WeightPrecision, write_model};

/// A teacher that predicts noise, of the sizes of the embedded model: its weights but for what the parameterisation means.
fn teacher(folder: &Path) -> PathBuf {
    let path = folder.join("teacher.safetensors");
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let mut description = nano.description().clone();
    description.config.diffusion.parameterization = Parameterization::Eps;
    let tensors: Vec<NamedTensor> = nano
        .checkpoint()
        .contents()
        .tensors
        .iter()
        .map(|tensor| NamedTensor {
            name: tensor.name().to_owned(),
            shape: tensor.shape().to_vec(),
            values: nano.checkpoint().floats(tensor).expect("readable"),
        })
        .collect();
    write_model(&path, &description, &tensors, WeightPrecision::F16).expect("writable");
    path
}

/// Few updates on two small frames, without scorers.
fn recipe(folder: &Path) -> TurboRecipe {
    let path = teacher(folder);
    let mut recipe =
        TurboRecipe { teacher: Some(path.clone()), student: Some(path), rank: 4, ..TurboRecipe::default() };
    recipe.data = DataSettings { frames: 2, width: 64, height: 32, ..DataSettings::default() };
    recipe.output = folder.join("turbo.safetensors");
    recipe.optimizer.learning_rate = 1e-3;
    recipe.run = RunSettings { folder: folder.to_owned(), updates: 20, batch: 2, ..RunSettings::default() };
    recipe
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<TurboRecipe>(TOML).expect("it is a recipe"), TurboRecipe::default());
    assert_eq!(recipe::read::<TurboRecipe>(None, &[]).expect("all has defaults"), TurboRecipe::default());
}

#[test]
fn kept_latents_change_no_digit() {
    let weights = [0, 1].map(|keep_mib| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut recipe = recipe(folder.path());
        (recipe.clips, recipe.run.updates) = (ClipSettings { drawn: 3, keep_mib }, 4);
        let run = recipe.open().expect("all is right");
        assert!(run.train(&Device::flex(), &CancelToken::default(), &mut |_| ()).expect("the folder can be written"));
        let checkpoint = latest_checkpoint(folder.path(), "turbo").expect("there is one");
        fs::read(checkpoint.join("weights.safetensors")).expect("readable")
    });
    assert!(weights[0] == weights[1], "they differ");
}

#[test]
fn branches_are_trained_saved_alone_and_merged_into_a_model_of_few_steps() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = recipe(folder.path()).open().expect("all is right");
    let cancel = CancelToken::default();
    assert!(run.train(&Device::flex(), &cancel, &mut |_| ()).expect("the folder can be written"));
    let curve = fs::read_to_string(folder.path().join("turbo.csv")).expect("it was written");
    assert_eq!(curve.lines().count(), 2, "{curve}");
    assert!(curve.lines().next().is_some_and(|row| row.ends_with(",loss,distil")), "{curve}");
    let row: Vec<f64> =
        curve.lines().last().expect("a row").split(',').map(|it| it.parse().expect("a number")).collect();
    assert!(row.len() == 7 && (row[5] - 0.75 * row[6]).abs() < 2e-6, "the loss is its weighted part: {curve}");
    let checkpoint = latest_checkpoint(folder.path(), "turbo").expect("there is one");
    let bytes = fs::metadata(checkpoint.join("weights.safetensors")).expect("it is there").len();
    let whole = fs::metadata(run.teacher.checkpoint().path()).expect("it is there").len();
    assert!(bytes < whole / 4, "{bytes} bytes of branches beside {whole}");

    let path = folder.path().join("turbo.safetensors");
    run.write(&Device::flex(), &mut |_| ()).expect("writable");
    let turbo = ModelFile::open(&ModelSource::File(path)).expect("it is a model");
    let description = turbo.description();
    assert_eq!((description.limits.sampler, description.limits.default_steps), (SamplerKind::Turbo, 4));
    assert_eq!(description.config.unet.time_cond_proj_dim, Some(EMBEDDING));
    let changed = |name: &str| {
        let tensor = run.teacher.checkpoint().tensor(name).expect("it is there");
        let before = run.teacher.values(name, tensor.shape(), Init::Zeros).expect("it is there");
        before != turbo.values(name, tensor.shape(), Init::Zeros).expect("it is there")
    };
    assert!(changed("model.diffusion_model.out.2.weight"), "its branch is merged");
    assert!(!changed("model.diffusion_model.out.2.bias") && !changed("model.diffusion_model.out.0.weight"));
    assert!(!changed("first_stage_model.decoder.conv_out.weight"));
    let projection = turbo.checkpoint().tensor("model.diffusion_model.time_cond_proj.weight").expect("it is new");
    assert_eq!(projection.shape(), [run.config.model_channels, EMBEDDING]);

    // The branches belong to their student: beside another one they mean nothing.
    let mut other = recipe(folder.path());
    let student = folder.path().join("turbo.safetensors");
    other.student = Some(student);
    let run = other.open().expect("it is a student too");
    let error = run.train(&Device::flex(), &cancel, &mut |_| ()).expect_err("the folder has another's run");
    assert!(error.to_string().contains("choose another run.folder"), "{error}");
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    type Change = fn(&mut TurboRecipe);
    let cases: [(&str, Change); 9] = [
        ("teacher", |it| it.teacher = None),
        ("student", |it| it.student = None),
        ("rank", |it| it.rank = 0),
        ("guidance", |it| it.guidance = [5.0, 5.0]),
        ("steps", |it| it.steps = 0),
        ("consistency.ddim_steps", |it| it.consistency.ddim_steps = 7),
        ("weights.video", |it| it.weights.video = -1.0),
        ("image.frames", |it| it.image.frames = 0),
        ("do not go together", |it| {
            it.student = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors"));
        }),
    ];
    let right = recipe(folder.path());
    for (words, change) in cases {
        let mut recipe = right.clone();
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
    // Files of scorers are opened in dry runs, and when the run begins.
    let mut missing = right;
    missing.image.file = Some(folder.path().join("none.pt"));
    let run = missing.open().expect("the recipe is right");
    let error = run.dry_run(&Device::flex(), &mut |_| ()).expect_err("there is no such file");
    assert!(error.to_string().contains("none.pt"), "{error}");
    let error = run.train(&Device::flex(), &CancelToken::default(), &mut |_| ()).expect_err("there is no such file");
    assert!(error.to_string().contains("none.pt"), "{error}");
}
