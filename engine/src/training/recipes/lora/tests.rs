use std::cell::Cell;
use std::fs;

use burn::tensor::{Tensor, TensorData};
use serde_json::Value;

use super::*;
use crate::handoff::Frames;
use crate::model::{ModelConfig, SamplerKind};
use crate::nn::adapter::{is_factor, layer_of};
use crate::nn::config::UNetConfig;
use crate::nn::hook::NoHook;
use crate::nn::params::{Init, NamedTensor, NoZeros, ParamLoader, ParamSource, values_of};
use crate::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNetInput};
use crate::pipeline::handoff::TextEmbedding;
use crate::training::datasets::synthetic::{Canvas, ClipSpec, Split, plain_caption, render_frames};
use crate::training::recipe;
use crate::training::trainer::latest_checkpoint;
use crate::training::trainer::log::losses;
use crate::weights::{Checkpoint, Lora, Merged, WeightPrecision, write_model};

const CANVAS: Canvas = Canvas { width: 64, height: 32 };

/// Writes a picture as PNG.
fn write_frame(path: &Path, frames: &Frames, index: usize) {
    let image = image::RgbImage::from_raw(CANVAS.width as u32, CANVAS.height as u32, frames.frame(index).to_vec());
    image.expect("a frame has its size").save(path).expect("writable");
}

/// Two clips of two pictures each, a single picture, and a file that is none, with captions.
fn clips(folder: &Path) -> PathBuf {
    let clips = folder.join("clips");
    fs::create_dir(&clips).expect("writable");
    for index in 0..2 {
        let spec = ClipSpec::sample(5, index, Split::Train);
        let frames = render_frames(&spec, CANVAS, &[0.0, 8.0]);
        let clip = clips.join(format!("clip{index}"));
        fs::create_dir(&clip).expect("writable");
        (0..2).for_each(|frame| write_frame(&clip.join(format!("{frame}.png")), &frames, frame));
        fs::write(clips.join(format!("clip{index}.txt")), plain_caption(spec.combination)).expect("writable");
    }
    let spec = ClipSpec::sample(5, 2, Split::Train);
    write_frame(&clips.join("still.png"), &render_frames(&spec, CANVAS, &[3.0]), 0);
    fs::write(clips.join("still.txt"), plain_caption(spec.combination)).expect("writable");
    fs::write(clips.join("broken.gif"), "GIF89a and then nothing").expect("writable");
    fs::write(clips.join("broken.txt"), "a red ball").expect("writable");
    clips
}

/// A few updates of Nano on two small frames.
fn recipe(folder: &Path) -> LoraRecipe {
    let mut recipe = LoraRecipe { rank: 4, alpha: 2.0, targets: Targets::All, ..LoraRecipe::default() };
    recipe.output = folder.join("lora.safetensors");
    recipe.data.folder = Some(folder.join("clips"));
    recipe.data.trigger = Some("in my style".to_owned());
    (recipe.data.frames, recipe.data.width, recipe.data.height) = (2, CANVAS.width, CANVAS.height);
    recipe.optimizer.learning_rate = 1e-3;
    recipe.run = RunSettings { folder: folder.to_owned(), updates: 40, batch: 2, ..recipe.run };
    recipe
}

/// Goes on until so many progress reports with a loss were made, or to the end; the notes on left out files.
fn train(run: &LoraRun, reports: usize) -> (bool, Vec<String>) {
    let cancel = CancelToken::default();
    let (seen, mut notes) = (Cell::new(0), Vec::new());
    let finished = run.train(&Device::flex(), &cancel, &mut |event| match event {
        TrainEvent::Progress(progress) if progress.note.is_some() => {
            seen.set(seen.get() + 1);
            if seen.get() == reports {
                cancel.cancel();
            }
        }
        TrainEvent::Dataset { note } => notes.push(note.to_string()),
        _ => {}
    });
    (finished.expect("the folder can be written"), notes)
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<LoraRecipe>(TOML).expect("it is a recipe"), LoraRecipe::default());
    assert_eq!(recipe::read::<LoraRecipe>(None, &[]).expect("all has defaults"), LoraRecipe::default());
    let set = ["data.folder=clips", "run.updates=7", "optimizer.bits=8"].map(str::to_owned);
    let recipe = recipe::read::<LoraRecipe>(None, &set).expect("all keys are known");
    assert_eq!((recipe.data.frames, recipe.run.checkpoint_secs, recipe.optimizer.clip_norm), (0, 60.0, 1.0));
}

#[test]
fn a_stopped_run_ends_like_one_that_was_left_alone() {
    let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let run = |folder: &Path| {
        let mut recipe = recipe(folder);
        recipe.prior = PriorSettings { weight: 0.5, clips: 3, prompts: vec!["a red ball rising".to_owned()] };
        recipe.optimizer.ema_decay = 0.9;
        recipe.run.accumulate = 2;
        recipe.open().expect("all is right")
    };
    for folder in [&whole, &parted] {
        clips(folder.path());
    }
    let (finished, notes) = train(&run(whole.path()), usize::MAX);
    assert!(finished);
    assert!(notes.len() == 1 && notes[0].contains("broken.gif"), "{notes:?}");
    assert!(!train(&run(parted.path()), 1).0, "it was stopped after 20 updates");
    // One of the clips that the model made is lost, one is of another recipe: they are made again.
    let prior = |folder: &Path, index: usize| folder.join(format!("prior/clip-{index:05}.safetensors"));
    fs::remove_file(prior(parted.path(), 0)).expect("it is there");
    fs::copy(prior(parted.path(), 1), prior(parted.path(), 2)).expect("it is there");
    assert!(train(&run(parted.path()), usize::MAX).0);
    let read = |path: &Path| fs::read(path).expect("readable");
    for index in 0..3 {
        assert!(read(&prior(whole.path(), index)) == read(&prior(parted.path(), index)), "clip {index} differs");
    }
    let checkpoint = |folder: &Path| latest_checkpoint(folder, "lora").expect("there is one");
    for name in ["weights.safetensors", "optimizer.safetensors"] {
        let [a, b] = [&whole, &parted].map(|folder| read(&checkpoint(folder.path()).join(name)));
        assert!(a == b, "{name} differs");
    }
    let [whole_losses, parted_losses] = [&whole, &parted].map(|folder| losses(folder.path(), "lora"));
    assert_eq!(whole_losses, parted_losses);
    assert_eq!(whole_losses.len(), 2);
}

fn noise<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let values = NoZeros.values(&format!("noise {seed}"), &[shape.iter().product()], Init::Zeros).expect("a rule");
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn prediction(unet: &UNet, config: &ModelConfig) -> Vec<f32> {
    let sizes = &config.unet;
    let conditions = Conditions {
        timestep: noise([1, sizes.model_channels], 1),
        fps: Some(noise([1, sizes.model_channels], 2)),
        guidance: sizes.time_cond_proj_dim.map(|width| noise([1, width], 3)),
        motion: None,
    };
    let text = TextEmbedding { tensor: noise([1, 5, sizes.context_dim], 4) };
    let input = UNetInput { latent: noise([1, sizes.in_channels, 3, 4, 8], 5), conditions, text };
    values_of(unet.forward(input, &NoHook).expect("nothing cancels").into_data())
}

fn largest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Factors that were trained, in both forms: read back as any LoRA is, they do what the branches did.
#[test]
fn written_loras_are_applied_whole_and_predict_what_the_branches_do() {
    let folder = tempfile::tempdir().expect("a folder");
    clips(folder.path());
    for (format, targets) in [
        (LoraNames::Kohya, Targets::All),
        (LoraNames::Peft, Targets::All),
        (LoraNames::Kohya, Targets::Attention),
        (LoraNames::Peft, Targets::Transformer),
    ] {
        let name = format!("{format:?}-{targets:?}");
        let place = folder.path().join(&name);
        fs::create_dir(&place).expect("writable");
        let mut recipe = recipe(folder.path());
        recipe.rank = 12; // More than the latent has channels: the first and the last convolution have less.
        (recipe.targets, recipe.output_format) = (targets, format);
        recipe.output = place.join("style.safetensors");
        recipe.run = RunSettings { folder: place.join("run"), updates: 2, ..recipe.run };
        let run = recipe.open().expect("all is right");
        assert!(train(&run, usize::MAX).0, "{name}");
        run.write(&Device::flex(), &mut |_| ()).expect("writable");

        let base = run.model.checkpoint();
        let lora = Lora::open(run.output(), base).expect("it is a LoRA");
        assert!(lora.left_out().is_empty(), "{name}: {:?} have no effect", lora.left_out());
        let factors = run.trainer(&Device::flex()).expect("there is a checkpoint").export_ema();
        let changed: HashSet<&str> = lora.weights().filter_map(|weight| weight.strip_suffix(".weight")).collect();
        let trained: HashSet<&str> = factors.iter().filter_map(|it| layer_of(&it.name)).collect();
        assert_eq!(changed, trained, "{name}");
        let shapes: HashSet<usize> = factors.iter().map(|it| it.shape.len()).collect();
        let wanted = if targets == Targets::All { HashSet::from([2, 4, 5]) } else { HashSet::from([2]) };
        assert!(shapes == wanted || targets == Targets::Transformer, "{name}: {shapes:?}");

        let config = &run.model.description().config;
        let unet = |source: &dyn ParamSource| {
            UNet::init(&config.unet, &ParamLoader::new(source, &Device::flex()).path(UNET_PREFIX)).expect("every name")
        };
        let with_branches = prediction(&run.trainer(&Device::flex()).expect("there is a checkpoint").ema, config);
        let plain = prediction(&unet(&run.model), config);
        let loras = [(lora, 1.0)];
        let merged = prediction(&unet(&Merged::new(&run.model, &loras)), config);
        let size = plain.iter().fold(0.0_f32, |size, value| size.max(value.abs()));
        let (off, effect) = (largest(&merged, &with_branches), largest(&merged, &plain));
        assert!(effect > 1e-3 * size, "{name}: the LoRA has no effect");
        // Rounding of sums in another order.
        assert!(off < 2e-5 * size && off < 1e-2 * effect, "{name}: {off} off, of {effect}");
    }
}

/// Larger factors than two updates make, so that every layer counts.
#[test]
fn names_and_shapes_are_those_that_other_programs_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let UNetConfig { model_channels: width, in_channels: latent, .. } = nano.description().config.unet;
    let factor = |layer: &str, [outputs, inputs]: [usize; 2], rank: usize, kernel: &[usize]| {
        let ones = vec![1; kernel.len()];
        let tensor = |name: &str, shape: Vec<usize>| {
            let name = format!("{UNET_PREFIX}.{layer}.{name}.weight");
            let values = NoZeros.values(&name, &shape, Init::Zeros).expect("a rule");
            NamedTensor { name, shape, values }
        };
        [
            tensor("lora_down", [&[rank, inputs], kernel].concat()),
            tensor("lora_up", [&[outputs, rank], &ones[..]].concat()),
        ]
    };
    let factors: Vec<NamedTensor> = [
        factor("input_blocks.1.1.transformer_blocks.0.attn1.to_q", [width, width], 6, &[]),
        factor("input_blocks.0.0", [width, latent], 6, &[3, 3]),
        factor("input_blocks.1.0.temopral_conv.conv1.2", [width, width], 6, &[3, 1, 1]),
        factor("out.2", [latent, width], 3, &[3, 3]),
    ]
    .concat();
    assert!(factors.iter().all(|it| is_factor(&it.name)));
    let metadata = [("ss_seed", "7".to_owned())];
    let lora = NewLora { factors: &factors, rank: 6, alpha: 9.0, base: "Nano", metadata: &metadata };
    let mut changes = Vec::new();
    for format in [LoraNames::Kohya, LoraNames::Peft] {
        let place = folder.path().join(format!("{format:?}"));
        fs::create_dir(&place).expect("writable");
        let path = place.join("lora.safetensors");
        write_lora(&path, format, &lora).expect("writable");
        let file = Checkpoint::open(&path).expect("it is safetensors");
        assert_eq!(file.metadata("ss_seed"), Some("7"));
        let shape = |name: &str| file.tensor(name).unwrap_or_else(|| panic!("there is no {name}")).shape().to_vec();
        match format {
            LoraNames::Kohya => {
                let conv = "lora_unet_input_blocks_1_0_temopral_conv_conv1_2";
                assert_eq!(shape(&format!("{conv}.lora_down.weight")), [6, width, 3, 1, 1]);
                assert_eq!(shape(&format!("{conv}.lora_up.weight")), [width, 6, 1, 1, 1]);
                let alpha = |layer: &str| {
                    let tensor = file.tensor(&format!("{layer}.alpha")).expect("it has an alpha");
                    assert!(tensor.shape().is_empty());
                    file.floats(tensor).expect("readable")[0]
                };
                assert_eq!((alpha(conv), alpha("lora_unet_out_2")), (9.0, 4.5));
                assert_eq!(file.contents().tensors.len(), 12);
                assert_eq!(file.metadata("ss_network_dim"), Some("6"));
                assert_eq!(file.metadata("ss_network_alpha"), Some("9"));
                assert!(file.metadata("ss_network_args").is_some_and(|args| args.contains("conv_dim")));
            }
            LoraNames::Peft => {
                let linear = "base_model.model.input_blocks.1.1.transformer_blocks.0.attn1.to_q";
                assert_eq!(shape(&format!("{linear}.lora_A.weight")), [6, width]);
                assert_eq!(shape(&format!("{linear}.lora_B.weight")), [width, 6]);
                assert_eq!(shape("base_model.model.input_blocks.0.0.lora_A.weight"), [6, latent, 3, 3]);
                assert_eq!(shape("base_model.model.input_blocks.0.0.lora_B.weight"), [width, 6, 1, 1]);
                let text = fs::read_to_string(place.join("adapter_config.json")).expect("it is beside the file");
                let config: Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!((&config["r"], &config["lora_alpha"]), (&6.into(), &9.0.into()));
                assert_eq!(config["rank_pattern"], json!({"out.2": 3}));
                assert_eq!(config["alpha_pattern"], json!({"out.2": 4.5}));
                assert_eq!(config["target_modules"].as_array().map(Vec::len), Some(4));
                assert_eq!(file.contents().tensors.len(), 8);
            }
        }
        let opened = Lora::open(&path, nano.checkpoint()).expect("it is a LoRA");
        assert!(opened.left_out().is_empty(), "{:?}", opened.left_out());
        let loras = [(opened, 1.0)];
        let merged = Merged::new(&nano, &loras);
        for pair in factors.chunks(2) {
            let name = format!("{}.weight", layer_of(&pair[0].name).expect("it is a factor"));
            let shape = nano.checkpoint().tensor(&name).expect("it is Nano's").shape();
            let [before, after] =
                [&nano as &dyn ParamSource, &merged].map(|it| it.values(&name, shape, Init::Zeros).expect("readable"));
            let rank = pair[0].shape[0];
            let inputs = pair[0].values.len() / rank;
            let expected: Vec<f32> = (0..before.len())
                .map(|at| {
                    let (row, column) = (at / inputs, at % inputs);
                    let sum = (0..rank).map(|r| pair[1].values[row * rank + r] * pair[0].values[r * inputs + column]);
                    before[at] + 1.5 * sum.sum::<f32>()
                })
                .collect();
            assert!(largest(&after, &expected) < 1e-5, "{format:?}: {name}");
            changes.push(after);
        }
    }
    assert_eq!(changes[..4], changes[4..], "one LoRA in two forms");
    // A file that travels without its configuration keeps its strength.
    let alone = folder.path().join("alone.safetensors");
    fs::copy(folder.path().join("Peft/lora.safetensors"), &alone).expect("readable");
    let loras = [(Lora::open(&alone, nano.checkpoint()).expect("it is a LoRA"), 1.0)];
    let name = format!("{UNET_PREFIX}.out.2.weight");
    let shape = nano.checkpoint().tensor(&name).expect("it is Nano's").shape();
    let values = Merged::new(&nano, &loras).values(&name, shape, Init::Zeros).expect("readable");
    assert_eq!(values, changes[3]);
}

#[test]
fn the_header_says_what_the_lora_is_for_and_not_where_it_was_made() {
    let folder = tempfile::tempdir().expect("a folder");
    clips(folder.path());
    let mut recipe = recipe(folder.path());
    recipe.targets = Targets::Attention;
    recipe.run.updates = 1;
    let run = recipe.open().expect("all is right");
    assert!(train(&run, usize::MAX).0);
    let write = || {
        run.write(&Device::flex(), &mut |_| ()).expect("writable");
        fs::read(run.output()).expect("it is there")
    };
    assert!(write() == write(), "the same run writes the same bytes");
    let file = Checkpoint::open(run.output()).expect("it is safetensors");
    let own: Value = serde_json::from_str(file.metadata(LORA_METADATA_KEY).expect("it is there")).expect("JSON");
    assert_eq!((&own["trigger"], &own["updates"], &own["clips"]), (&"in my style".into(), &1.into(), &3.into()));
    assert_eq!(own["base_model"]["sha256"], run.model.sha256());
    assert_eq!(file.metadata("modelspec.trigger_phrase"), Some("in my style"));
    assert_eq!(file.metadata("ss_new_sd_model_hash"), Some(run.model.sha256()));
    let place = folder.path().to_string_lossy().into_owned();
    assert!(!own.to_string().contains(&place), "{own}");
}

#[test]
fn few_step_students_and_models_in_8_bits_learn_too() {
    let folder = tempfile::tempdir().expect("a folder");
    clips(folder.path());
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let mut description = nano.description().clone();
    description.config.unet.time_cond_proj_dim = Some(32);
    description.limits.sampler = SamplerKind::Turbo;
    (description.limits.default_steps, description.limits.max_steps) = (4, 50);
    let tensor = |name: &str, shape: &[usize], values: Vec<f32>| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values,
    };
    let name = format!("{UNET_PREFIX}.time_cond_proj.weight");
    let mut tensors: Vec<NamedTensor> = nano
        .checkpoint()
        .contents()
        .tensors
        .iter()
        .filter(|it| it.name() != name)
        .map(|it| tensor(it.name(), it.shape(), nano.checkpoint().floats(it).expect("readable")))
        .collect();
    let shape = [description.config.unet.model_channels, 32];
    tensors.push(tensor(&name, &shape, NoZeros.values(&name, &shape, Init::Zeros).expect("a rule")));
    let path = folder.path().join("quick.safetensors");
    write_model(&path, &description, &tensors, WeightPrecision::Q8).expect("writable");

    let mut recipe = recipe(folder.path());
    recipe.model = Some(path);
    recipe.prior = PriorSettings { weight: 1.0, clips: 1, prompts: vec!["a red ball".to_owned()] };
    recipe.run.updates = 3;
    recipe.run.grid_secs = 0.0;
    let run = recipe.open().expect("all is right");
    assert!(train(&run, usize::MAX).0);
    assert!(folder.path().join("lora-000001.png").is_file(), "a grid after the first update");
    run.write(&Device::flex(), &mut |_| ()).expect("writable");
    let lora = Lora::open(run.output(), run.model.checkpoint()).expect("it is a LoRA");
    assert!(lora.left_out().is_empty() && lora.weights().any(|weight| weight == name));
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    clips(folder.path());
    type Change = fn(&mut LoraRecipe);
    let cases: [(&str, Change); 10] = [
        ("data.folder", |it| it.data.folder = None),
        ("clips-of-nobody", |it| it.data.folder = Some("clips-of-nobody".into())),
        ("none.safetensors", |it| it.model = Some("none.safetensors".into())),
        ("rank", |it| it.rank = 0),
        ("alpha", |it| it.alpha = 0.0),
        ("drop_captions", |it| it.drop_captions = 1.5),
        ("data.width", |it| it.data.width = 100),
        ("prior.prompts", |it| it.prior.weight = 1.0),
        ("prior.weight", |it| it.prior.weight = f32::NAN),
        ("prior.clips", |it| it.prior.clips = 0),
    ];
    for (words, change) in cases {
        let mut recipe = recipe(folder.path());
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
    // A model's own sizes where none are set.
    let mut recipe = recipe(folder.path());
    (recipe.data.frames, recipe.data.width, recipe.data.height) = (0, 0, 0);
    let run = recipe.open().expect("all is right");
    let DataSettings { frames, width, height, .. } = run.recipe.data;
    let limits = &run.model.description().limits;
    let [own_width, own_height] = [limits.default_width, limits.default_height].map(|it| it as usize);
    assert_eq!((frames, width, height), (16, own_width, own_height));
    assert_eq!(run.clips.clips(), 1, "clips of two frames are too short, the picture is used");
}

#[test]
fn a_second_run_on_a_folder_encodes_nothing_again_and_learns_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    clips(folder.path());
    let run = |name: &str, cache_mib: u64| {
        let mut recipe = recipe(folder.path());
        recipe.output = folder.path().join(name).with_extension("safetensors");
        recipe.run = RunSettings { folder: folder.path().join(name), updates: 3, ..recipe.run };
        recipe.data.cache_mib = cache_mib;
        let run = recipe.open().expect("it can be run");
        assert!(train(&run, usize::MAX).0);
        run.write(&Device::flex(), &mut |_| ()).expect("writable");
        fs::read(run.output()).expect("written")
    };
    let entries = || {
        let parts = fs::read_dir(folder.path().join("clips/.hummingbird-cache"))?;
        let names = parts.map(|part| fs::read_dir(part?.path())?.map(|entry| Ok(entry?.path())).collect());
        let names: std::io::Result<Vec<Vec<PathBuf>>> = names.collect();
        names.map(|names| names.concat())
    };
    let plain = run("plain", 0);
    assert!(entries().is_err(), "nothing is kept that is not wanted");
    let first = run("first", 64);
    let kept = entries().expect("it is kept");
    assert!(kept.len() >= 4, "clips and captions: {kept:?}");
    let before = fs::read(&kept[0]).expect("readable");
    fs::write(&kept[0], &before[..before.len() / 2]).expect("writable");
    let second = run("second", 64);
    assert_eq!(entries().expect("still there").len(), kept.len());
    assert!(fs::read(&kept[0]).expect("readable") == before, "what was damaged is whole again");
    // The header names the recipe; what was learned lies at the end.
    let tail = |file: &[u8]| file[file.len() - 4096..].to_vec();
    assert!(tail(&first) == tail(&plain) && tail(&second) == tail(&plain));
}
