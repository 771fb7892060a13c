use std::collections::HashMap;
use std::fs;

use super::*;
use crate::model::ModelSource;
use crate::nn::params::Init;
use crate::training::recipe;
use crate::training::trainer::latest_checkpoint;
use crate::training::trainer::log::losses;
use crate::weights::ModelFile;

fn nano() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors")
}

/// Few updates of a small autoencoder on small crops.
fn small(folder: &Path) -> VaeRecipe {
    let mut recipe = VaeRecipe { crop_width: 32, crop_height: 32, ..VaeRecipe::default() };
    recipe.network = NetworkSettings { ch: 8, ch_mult: vec![1, 1, 1], z_channels: 4, ..NetworkSettings::default() };
    recipe.output = folder.join("vae.safetensors");
    recipe.run = RunSettings { folder: folder.join("run"), updates: 40, batch: 2, ..recipe.run };
    recipe
}

fn train(recipe: VaeRecipe, stop_after_reports: usize) -> (VaeRun, bool) {
    let run = recipe.open().expect("all is right");
    let cancel = CancelToken::default();
    let mut reports = 0;
    let finished = run.train(&Device::flex(), &cancel, &mut |event| {
        if matches!(&event, TrainEvent::Progress(progress) if progress.note.is_some()) {
            reports += 1;
            if reports == stop_after_reports {
                cancel.cancel();
            }
        }
    });
    (run, finished.expect("the folder can be written"))
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<VaeRecipe>(TOML).expect("it is a recipe"), VaeRecipe::default());
    assert_eq!(recipe::read::<VaeRecipe>(None, &[]).expect("all has defaults"), VaeRecipe::default());
}

#[test]
fn a_stopped_run_ends_like_one_that_was_left_alone_and_its_file_begins_another() {
    let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let (run, finished) = train(small(whole.path()), usize::MAX);
    assert!(finished);
    assert!(!train(small(parted.path()), 1).1, "it was stopped after 20 updates");
    assert!(train(small(parted.path()), usize::MAX).1);
    let read = |folder: &Path, name: &str| {
        let checkpoint = latest_checkpoint(&folder.join("run"), "vae").expect("there is one");
        fs::read(checkpoint.join(name)).expect("readable")
    };
    for name in ["weights.safetensors", "optimizer.safetensors"] {
        assert!(read(whole.path(), name) == read(parted.path(), name), "{name} differs");
    }
    let losses = losses(&whole.path().join("run"), "vae");
    assert!(losses.len() == 2 && losses[1].1 < losses[0].1, "{losses:?}");

    run.write(&Device::flex(), &mut |_| ()).expect("writable");
    let file = VaeFile::open(run.output()).expect("it was written");
    assert_eq!((file.config(), file.model().is_some()), (&small(whole.path()).network.config(), false));
    let more = VaeRecipe { model: Some(run.output().to_owned()), decoder_only: true, ..small(parted.path()) };
    more.open().expect("it goes on from it");
    // Where the sizes in the file are changed, it is refused.
    let bytes = fs::read(run.output()).expect("readable");
    let text = String::from_utf8_lossy(&bytes[..2000]).into_owned();
    let place = text.find("\\\"ch\\\":8").expect("its description says it") + 8;
    let mut bytes = bytes;
    bytes[place - 1] = b'9';
    let other = whole.path().join("other.safetensors");
    fs::write(&other, bytes).expect("writable");
    assert!(VaeFile::open(&other).is_err());
}

#[test]
fn training_the_decoder_only_leaves_the_latents_where_they_are_and_gives_a_whole_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = VaeRecipe {
        model: Some(nano()),
        decoder_only: true,
        latent_noise: 0.3,
        run: RunSettings { updates: 2, ..small(folder.path()).run },
        ..small(folder.path())
    };
    let (run, _) = train(recipe, usize::MAX);
    run.write(&Device::flex(), &mut |_| ()).expect("writable");
    let [before, after] =
        [nano(), run.output().to_owned()].map(|path| ModelFile::open(&ModelSource::File(path)).expect("it is a model"));
    let tensors = |file: &ModelFile| -> HashMap<String, Vec<f32>> {
        let tensors = &file.checkpoint().contents().tensors;
        let values = |name: &str, shape: &[usize]| file.values(name, shape, Init::Zeros).expect("it is there");
        tensors.iter().map(|it| (it.name().to_owned(), values(it.name(), it.shape()))).collect()
    };
    let (before, after) = (tensors(&before), tensors(&after));
    assert_eq!(before.len(), after.len());
    for (name, values) in before {
        let is_decoder = name.contains(".decoder.") || name.contains(".post_quant_conv.");
        assert_eq!(values != after[&name], is_decoder, "{name}");
    }
}

#[test]
fn folders_of_pictures_are_cropped_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).expect("writable");
    for (name, shade) in [("a", 30_u8), ("b", 200)] {
        let picture = image::RgbImage::from_fn(80, 64, |x, y| image::Rgb([shade, (x * 3) as u8, (y * 3) as u8]));
        picture.save(pictures.join(format!("{name}.png"))).expect("writable");
        fs::write(pictures.join(format!("{name}.txt")), "a picture").expect("writable");
    }
    let mut recipe = small(folder.path());
    recipe.data = DataSettings { folder: Some(pictures), frames: 1, width: 64, height: 48, ..recipe.data };
    recipe.run.updates = 2;
    let (run, finished) = train(recipe, usize::MAX);
    assert!(finished);
    run.write(&Device::flex(), &mut |_| ()).expect("writable");
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    type Change = fn(&mut VaeRecipe);
    let cases: [(&str, Change); 10] = [
        ("crop_width", |it| it.crop_width = 100),
        ("crop_height", |it| it.crop_height = 256),
        ("latent_noise", |it| it.latent_noise = 0.5),
        ("latent_noise", |it| it.latent_noise = f32::NAN),
        ("decoder_only", |it| it.decoder_only = true),
        ("network.ch", |it| it.network.ch = 12),
        ("network.ch_mult", |it| it.network.ch_mult = Vec::new()),
        ("network.patch", |it| it.network.patch = 3),
        ("weights.kl", |it| it.weights.kl = -1.0),
        ("data.frames", |it| it.data.frames = 2),
    ];
    for (words, change) in cases {
        let mut recipe = VaeRecipe::default();
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}
