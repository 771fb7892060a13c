//! Models whose networks lie in several files: a U-Net with a text encoder and an autoencoder of its own, and folders of diffusers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_engine::jobs::models::{check, params};
use hummingbird_engine::model::{DiffusionConfig, ModelConfig, ModelParts, ModelSource, PartsOf};
use hummingbird_engine::nn::config::{TextConfig, UNetConfig, VaeConfig};
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamSource};
use hummingbird_engine::weights::{Checkpoint, ModelFile, WeightPrecision, write_tensors};
use hummingbird_tests::rule::RuleWeights;
use serde_json::json;

const UNET: &str = "model.diffusion_model.";
const VAE: &str = "first_stage_model.";
const TEXT: &str = "cond_stage_model.model.";

/// VideoCrafter2 at toy width: a middle block, two levels, attention in the finer one.
fn tiny() -> ModelConfig {
    ModelConfig {
        text: TextConfig { width: 64, heads: 1, layers: 2, token_ids: None, vocab_size: 300 },
        unet: UNetConfig {
            model_channels: 32,
            channel_mult: vec![1, 2],
            num_res_blocks: 2,
            attention_resolutions: vec![1],
            num_head_channels: 16,
            context_dim: 64,
            middle_block: true,
            fps_cond: true,
            time_cond_proj_dim: None,
            ..UNetConfig::videocrafter2()
        },
        vae: VaeConfig { ch: 32, ch_mult: vec![1, 2], num_res_blocks: 1, ..VaeConfig::kl_f8() },
        diffusion: DiffusionConfig::default(),
    }
}

/// All tensors of the tiny model by the weight rule, with the block of the text encoder that never runs.
fn tensors() -> Vec<NamedTensor> {
    let mut config = tiny();
    config.text.layers += 1;
    let of = |name: String, shape: Vec<usize>| {
        let values = RuleWeights.values(&name, &shape, Init::Zeros).expect("the rule knows every name");
        NamedTensor { name, shape, values }
    };
    params(&config).expect("names need no file").into_iter().map(|param| of(param.name, param.shape)).collect()
}

/// Those of a network, named as they are in files that hold it alone.
fn alone(prefix: &str) -> Vec<NamedTensor> {
    let of_network = tensors().into_iter().filter(|tensor| tensor.name.starts_with(prefix));
    of_network.map(|tensor| NamedTensor { name: tensor.name[prefix.len()..].to_owned(), ..tensor }).collect()
}

fn write(path: &Path, tensors: &[NamedTensor]) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("writable");
    write_tensors(path, &[], tensors, WeightPrecision::F32).expect("writable");
}

/// A file has what the tiny model needs, value for value.
fn is_the_tiny_model(file: &Checkpoint) {
    check(&tiny(), file).expect("every tensor is there under its name");
    for wanted in tensors() {
        let found = file.values(&wanted.name, &wanted.shape, Init::Zeros).expect("it is there");
        assert!(found == wanted.values, "{}", wanted.name);
    }
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        write(&files.path("unet.safetensors"), &alone(UNET));
        write(&files.path("text.safetensors"), &alone(TEXT));
        write(&files.path("vae.safetensors"), &alone(VAE));
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, text: Option<&str>, vae: Option<&str>) -> Result<ModelFile, String> {
        let parts =
            ModelParts { text_encoder: text.map(|name| self.path(name)), autoencoder: vae.map(|name| self.path(name)) };
        let source = ModelSource::File(self.path("unet.safetensors"));
        ModelFile::open_with(&source, &parts).map_err(|error| format!("{error}"))
    }
}

#[test]
fn a_unet_is_completed_with_a_text_encoder_and_an_autoencoder() {
    let files = Files::new();
    let parts_of = |name: &str| PartsOf::of(&Checkpoint::open(&files.path(name)).expect("it is whole"));
    assert_eq!(parts_of("unet.safetensors"), PartsOf { unet: true, ..PartsOf::default() });
    assert_eq!(parts_of("text.safetensors"), PartsOf { text_encoder: true, ..PartsOf::default() });
    assert_eq!(parts_of("vae.safetensors"), PartsOf { autoencoder: true, ..PartsOf::default() });
    let whole = files.open(Some("text.safetensors"), Some("vae.safetensors")).expect("nothing is missing");
    is_the_tiny_model(whole.checkpoint());
    // What the model is depends on all of its files, and only on them.
    let again = files.open(Some("text.safetensors"), Some("vae.safetensors")).expect("nothing is missing");
    assert_eq!((whole.sha256().len(), whole.sha256()), (64, again.sha256()));
    let mut other = alone(VAE);
    other[0].values[0] += 1.0;
    write(&files.path("other.safetensors"), &other);
    let other = files.open(Some("text.safetensors"), Some("other.safetensors")).expect("nothing is missing");
    assert_ne!(whole.sha256(), other.sha256());
    let bytes = |name: &str| fs::metadata(files.path(name)).expect("it is there").len();
    let sum = bytes("unet.safetensors") + bytes("text.safetensors") + bytes("vae.safetensors");
    assert_eq!(whole.checkpoint().all_bytes().expect("the files are there"), sum);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let files = Files::new();
    for (text, vae, words) in [
        (
            None,
            None,
            &["the U-Net alone, without the text encoder and the autoencoder", "--text-encoder FILE and --vae FILE"][..],
        ),
        (Some("text.safetensors"), None, &["without the autoencoder", "--vae FILE"]),
        (None, Some("vae.safetensors"), &["without the text encoder", "--text-encoder FILE"]),
        (Some("vae.safetensors"), Some("vae.safetensors"), &["vae.safetensors", "it does not hold the text encoder"]),
        (Some("text.safetensors"), Some("unet.safetensors"), &["it does not hold the autoencoder"]),
        (Some("none.safetensors"), None, &["none.safetensors"]),
    ] {
        let error = files.open(text, vae).expect_err("something is missing");
        for words in words {
            assert!(error.contains(words), "{words:?} is missing in\n{error}");
        }
    }
}

/// How `UNet3DConditionModel`, `AutoencoderKL` and `CLIPTextModel` call a tensor of ours; three tensors of some.
fn theirs(tensor: &NamedTensor) -> (&'static str, Vec<NamedTensor>) {
    let NamedTensor { name, shape, values } = tensor;
    let one = |name: String| vec![NamedTensor { name, shape: shape.clone(), values: values.clone() }];
    // A matrix without the axes of a convolution.
    let matrix = |name: String| vec![NamedTensor { name, shape: shape[..2].to_vec(), values: values.clone() }];
    if let Some(rest) = name.strip_prefix(TEXT) {
        let (renamed, joined) = text_name(rest);
        if !joined {
            return ("text_encoder", one(renamed));
        }
        let rows = shape[0] / 3;
        let third = |index: usize, part: &str| {
            let shape = [&[rows], &shape[1..]].concat();
            let values = values.chunks(values.len() / 3).nth(index).expect("three are there").to_vec();
            NamedTensor { name: renamed.replace("in_proj_", &format!("{part}_proj.")), shape, values }
        };
        return ("text_encoder", vec![third(0, "q"), third(1, "k"), third(2, "v")]);
    }
    if let Some(rest) = name.strip_prefix(VAE) {
        let renamed = vae_name(rest);
        let is_attention = renamed.contains("attentions.0.to_") && shape.len() == 4;
        return ("vae", if is_attention { matrix(renamed) } else { one(renamed) });
    }
    let rest = name.strip_prefix(UNET).expect("it belongs to one of the networks");
    let renamed = unet_name(rest);
    let is_first = renamed.starts_with("transformer_in.proj_") && shape.len() == 3;
    ("unet", if is_first { matrix(renamed) } else { one(renamed) })
}

fn text_name(name: &str) -> (String, bool) {
    let name = match name.split_once("transformer.resblocks.") {
        None => name
            .replace("token_embedding.weight", "embeddings.token_embedding.weight")
            .replace("positional_embedding", "embeddings.position_embedding.weight")
            .replace("ln_final", "final_layer_norm"),
        Some((_, rest)) => format!("encoder.layers.{rest}")
            .replace(".ln_1.", ".layer_norm1.")
            .replace(".ln_2.", ".layer_norm2.")
            .replace(".attn.", ".self_attn.")
            .replace(".mlp.c_fc.", ".mlp.fc1.")
            .replace(".mlp.c_proj.", ".mlp.fc2."),
    };
    (format!("text_model.{name}"), name.contains("in_proj_"))
}

fn vae_name(name: &str) -> String {
    let name = name
        .replace(".nin_shortcut.", ".conv_shortcut.")
        .replace(".norm_out.", ".conv_norm_out.")
        .replace(".mid.block_1.", ".mid_block.resnets.0.")
        .replace(".mid.block_2.", ".mid_block.resnets.1.")
        .replace(".mid.attn_1.norm.", ".mid_block.attentions.0.group_norm.")
        .replace(".mid.attn_1.proj_out.", ".mid_block.attentions.0.to_out.0.")
        .replace(".mid.attn_1.", ".mid_block.attentions.0.to_")
        .replace(".downsample.", ".downsamplers.0.")
        .replace(".upsample.", ".upsamplers.0.")
        .replace(".block.", ".resnets.")
        .replace(".down.", ".down_blocks.");
    // Two levels, which the decoder counts from the coarsest on.
    name.replace(".up.0.", ".up_blocks.1.").replace(".up.1.", ".up_blocks.0.")
}

/// Two levels of two residual blocks on the way down and three on the way up.
fn unet_name(name: &str) -> String {
    let whole = [
        ("input_blocks.0.0.", "conv_in."),
        ("out.0.", "conv_norm_out."),
        ("out.2.", "conv_out."),
        ("time_embed.0.", "time_embedding.linear_1."),
        ("time_embed.2.", "time_embedding.linear_2."),
        ("fps_embedding.0.", "fps_embedding.linear_1."),
        ("fps_embedding.2.", "fps_embedding.linear_2."),
        ("init_attn.0.", "transformer_in."),
        ("input_blocks.3.0.op.", "down_blocks.0.downsamplers.0.conv."),
        ("output_blocks.2.1.conv.", "up_blocks.0.upsamplers.0.conv."),
        ("middle_block.1.", "mid_block.attentions.0."),
        ("middle_block.2.", "mid_block.temp_attentions.0."),
    ];
    if let Some((ours, theirs)) = whole.iter().find(|(ours, _)| name.starts_with(ours)) {
        return name.replacen(ours, theirs, 1);
    }
    let places = [
        ("input_blocks.1.", "down_blocks.0", 0),
        ("input_blocks.2.", "down_blocks.0", 1),
        ("input_blocks.4.", "down_blocks.1", 0),
        ("input_blocks.5.", "down_blocks.1", 1),
        ("output_blocks.0.", "up_blocks.0", 0),
        ("output_blocks.1.", "up_blocks.0", 1),
        ("output_blocks.2.", "up_blocks.0", 2),
        ("output_blocks.3.", "up_blocks.1", 0),
        ("output_blocks.4.", "up_blocks.1", 1),
        ("output_blocks.5.", "up_blocks.1", 2),
        ("middle_block.0.", "mid_block", 0),
        ("middle_block.3.", "mid_block", 1),
    ];
    let found = places.iter().find_map(|(ours, level, at)| Some((level, at, name.strip_prefix(ours)?)));
    let (level, at, rest) = found.unwrap_or_else(|| panic!("no place for {name}"));
    let rest = if *level == "mid_block" { format!("0.{rest}") } else { rest.to_owned() };
    match rest.split_once('.') {
        Some(("0", rest)) => match rest.strip_prefix("temopral_conv.") {
            Some(rest) => format!("{level}.temp_convs.{at}.{rest}"),
            None => format!("{level}.resnets.{at}.{rest}")
                .replace("in_layers.0", "norm1")
                .replace("in_layers.2", "conv1")
                .replace("emb_layers.1", "time_emb_proj")
                .replace("out_layers.0", "norm2")
                .replace("out_layers.3", "conv2")
                .replace("skip_connection", "conv_shortcut"),
        },
        Some(("1", rest)) => format!("{level}.attentions.{at}.{rest}"),
        Some(("2", rest)) => format!("{level}.temp_attentions.{at}.{rest}"),
        _ => panic!("no place for {name}"),
    }
}

/// The tiny model as a folder of diffusers, the text encoder in two files with an index.
fn diffusers(folder: &Path) {
    let mut networks = BTreeMap::<&str, Vec<NamedTensor>>::new();
    for (network, tensors) in tensors().iter().map(theirs) {
        networks.entry(network).or_default().extend(tensors);
    }
    fs::create_dir_all(folder).expect("writable");
    fs::write(folder.join("model_index.json"), r#"{"_class_name": "TextToVideoSDPipeline"}"#).expect("writable");
    for (network, tensors) in networks {
        let folder = folder.join(network);
        if network != "text_encoder" {
            write(&folder.join("diffusion_pytorch_model.safetensors"), &tensors);
            continue;
        }
        // Query, key and value of a layer are together, as nearly always.
        let is_first = |tensor: &NamedTensor| !tensor.name.contains(".k_proj.") && !tensor.name.contains(".v_proj.");
        let middle = (tensors.len() / 2..).find(|at| is_first(&tensors[*at])).expect("there is one");
        let halves = tensors.split_at(middle);
        let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        let mut map = BTreeMap::new();
        for (name, half) in names.iter().zip([halves.0, halves.1]) {
            write(&folder.join(name), half);
            map.extend(half.iter().map(|tensor| (tensor.name.clone(), *name)));
        }
        let index = json!({"metadata": {"total_size": 1}, "weight_map": map});
        fs::write(folder.join("model.safetensors.index.json"), index.to_string()).expect("writable");
    }
}

#[test]
fn a_folder_of_diffusers_is_the_model_that_it_was_made_of() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    diffusers(folder.path());
    let file = ModelFile::open(&ModelSource::File(folder.path().to_owned())).expect("its networks are known");
    let config = &file.description().config;
    assert_eq!((&config.unet, &config.vae), (&tiny().unet, &tiny().vae));
    is_the_tiny_model(file.checkpoint());
    assert!(file.checkpoint().files().count() == 4 && file.sha256().len() == 64);
    assert!(file.checkpoint().length().is_some_and(|length| !length.has_changed()));
    assert!(file.checkpoint().check_unchanged().expect("nothing changed"));
    let vae = folder.path().join("vae/diffusion_pytorch_model.safetensors");
    let bytes = fs::metadata(&vae).expect("it is there").len();
    fs::File::options().write(true).open(&vae).expect("it is ours").set_len(bytes - 4).expect("it is ours");
    assert!(file.checkpoint().check_unchanged().is_err(), "one of its files was cut off");
}

#[test]
fn folders_that_are_not_whole_say_what_is_missing() {
    let opened = |change: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        diffusers(folder.path());
        change(folder.path());
        let opened = ModelFile::open(&ModelSource::File(folder.path().to_owned()));
        opened.map(drop).map_err(|error| error.to_string())
    };
    let index = |text: &str| {
        let text = text.to_owned();
        move |folder: &Path| {
            fs::write(folder.join("text_encoder/model.safetensors.index.json"), &text).expect("writable");
        }
    };
    assert_eq!(opened(&|_| ()), Ok(()));
    let without = |name: &'static str| move |folder: &Path| fs::remove_dir_all(folder.join(name)).expect("it is there");
    for (change, words) in [
        (&without("vae") as &dyn Fn(&Path), "without the autoencoder"),
        (&without("text_encoder"), "without the text encoder"),
        (&|folder: &Path| fs::remove_file(folder.join("model_index.json")).expect("it is there"), "it is a folder"),
        (
            &|folder: &Path| {
                ["unet", "vae", "text_encoder"]
                    .iter()
                    .for_each(|it| fs::remove_dir_all(folder.join(it)).expect("there"));
            },
            "a folder of diffusers without weights",
        ),
        (
            &|folder: &Path| {
                fs::remove_file(folder.join("text_encoder/model-00002-of-00002.safetensors")).expect("it is there");
            },
            "model-00002-of-00002.safetensors",
        ),
        (&index(r#"{"weight_map": {"a": "../../secret.safetensors"}}"#), "is no name of a file beside it"),
        (&index(r#"{"weight_map": {"a": "/etc/passwd"}}"#), "is no name of a file beside it"),
        (&index(r#"{"weight_map": 5}"#), "the index of its files"),
        (&index("{"), "the index of its files"),
    ] {
        let error = opened(change).expect_err("something is missing");
        assert!(error.contains(words), "{words:?} is missing in\n{error}");
    }
}
