//! Checkpoints of the reference as a user meets them: recognised, run, changed by LoRAs, converted, and refused with a
//! message where they do not fit.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_engine::error::{EngineError, ModelError};
use hummingbird_engine::forward::{ForwardStage, forward};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::jobs::models::{Models, check, params};
use hummingbird_engine::kernels::Narrowest;
use hummingbird_engine::model::{DiffusionConfig, ModelConfig};
use hummingbird_engine::nn::config::{TextConfig, UNetConfig, VaeConfig};
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamSource, RegisteredParam, values_of};
use hummingbird_engine::progress::{Progress, Silent};
use hummingbird_engine::weights::layout::{Layout, recognise};
use hummingbird_engine::weights::{
    Checkpoint, Conversion, Lora, Merged, ModelFile, Precisions, ReferenceConfig, Rounded, WeightPrecision, config_of,
    write_tensors,
};
use hummingbird_tests::checkpoint_writer::{Value, dict, module, parameter, pickle, tensor, torch_zip};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::rule::RuleWeights;
use tempfile::TempDir;

/// What a prediction may be off by: sums in another order.
const LIMIT: f32 = 1e-5;

/// The heads of the text encoder, which no tensor tells.
const CONFIG: &str = r#"{"text": {"heads": 2}}"#;

/// The network of the files in `data/formats`.
fn tiny() -> ModelConfig {
    ModelConfig {
        text: TextConfig { width: 32, heads: 2, layers: 1, token_ids: None, vocab_size: 300 },
        unet: UNetConfig {
            model_channels: 32,
            channel_mult: vec![1, 1],
            attention_resolutions: vec![1],
            num_head_channels: 16,
            context_dim: 32,
            ..UNetConfig::hummingbird_07b()
        },
        vae: VaeConfig { ch: 32, ch_mult: vec![1, 1], num_res_blocks: 1, ..VaeConfig::kl_f8() },
        diffusion: DiffusionConfig::default(),
    }
}

/// All tensors of the tiny model by the weight rule, those that inference does without too.
fn tensors() -> Vec<NamedTensor> {
    let mut config = tiny();
    config.text.layers += 1; // The last block, which never runs.
    let mut params = params(&config).expect("names need no file");
    let more = [
        ("cond_stage_model.model.text_projection", vec![32, 32]),
        ("cond_stage_model.model.logit_scale", vec![]),
        ("betas", vec![1000]),
    ];
    params.extend(more.map(|(name, shape)| RegisteredParam {
        name: name.into(),
        shape,
        narrowest: Narrowest::Q8,
        on_host: false,
    }));
    let value = |param: RegisteredParam| {
        let values = RuleWeights.values(&param.name, &param.shape, Init::Zeros).expect("the rule knows every name");
        NamedTensor { name: param.name, shape: param.shape, values }
    };
    params.into_iter().map(value).collect()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a plain state dict as safetensors.
    fn safetensors(&self, name: &str, tensors: &[NamedTensor]) -> PathBuf {
        let path = self.path(name);
        write_tensors(&path, &[], tensors, WeightPrecision::F32).expect("writable");
        path
    }

    /// Writes a state dict, or what `arrange` makes of it, as PyTorch does.
    fn torch(&self, name: &str, tensors: &[NamedTensor], arrange: impl Fn(&[NamedTensor]) -> Value) -> PathBuf {
        let bytes: Vec<(String, Vec<u8>)> = tensors
            .iter()
            .enumerate()
            .map(|(key, tensor)| (key.to_string(), tensor.values.iter().flat_map(|it| it.to_le_bytes()).collect()))
            .collect();
        let storages: Vec<(&str, &[u8])> = bytes.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice())).collect();
        let path = self.path(name);
        std::fs::write(&path, torch_zip(&pickle(&arrange(tensors)), &storages)).expect("writable");
        path
    }
}

fn entries(tensors: &[NamedTensor]) -> Vec<(&str, Value)> {
    let entry = |(key, it): (usize, &'_ NamedTensor)| tensor("FloatStorage", &key.to_string(), &it.shape);
    tensors.iter().enumerate().map(|(key, it)| (it.name.as_str(), entry((key, it)))).collect()
}

fn state_dict(tensors: &[NamedTensor]) -> Value {
    dict(entries(tensors))
}

/// The tensors as parameters of modules inside of modules, the form of AMD's files.
fn whole_module(tensors: &[NamedTensor]) -> Value {
    #[derive(Default)]
    struct Node {
        parameters: Vec<(String, Value)>,
        modules: BTreeMap<String, Node>,
    }
    fn value(node: Node, class: &str) -> Value {
        let parameters = node.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let modules: Vec<(String, Value)> =
            node.modules.into_iter().map(|(name, node)| (name, value(node, "torch.nn.modules.Module"))).collect();
        let modules = modules.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        module(class, parameters, Vec::new(), &[], modules)
    }
    let mut root = Node::default();
    for (name, tensor) in entries(tensors) {
        let mut node = &mut root;
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().expect("a name has a part");
        for part in parts {
            node = node.modules.entry(part.to_owned()).or_default();
        }
        node.parameters.push((last.to_owned(), parameter(tensor)));
    }
    value(root, "lvdm.models.ddpm3d.LatentDiffusion")
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats").join(name)
}

fn config(file: &Checkpoint) -> ModelConfig {
    let heads = ReferenceConfig::from_json(CONFIG).expect("valid");
    config_of(file, Some(&heads)).unwrap_or_else(|error| panic!("{error}"))
}

/// The largest difference between an output and a tensor of `golden`.
fn off_by(outputs: &[NamedTensor], name: &str, golden: &Checkpoint, expected: &str) -> f32 {
    let output = outputs.iter().find(|it| it.name == name).expect("the stage gives this tensor");
    let expected = golden.tensor(expected).unwrap_or_else(|| panic!("the golden lacks {expected}"));
    assert_eq!(output.shape, expected.shape(), "{name}");
    let expected = golden.floats(expected).expect("readable");
    output.values.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The golden results of the tiny model, its inputs under the names of the stages.
fn golden(folder: &Folder) -> (Checkpoint, Checkpoint) {
    let golden = Checkpoint::open(&data("forward.safetensors")).expect("a golden");
    let inputs = [("x", "x"), ("context", "context"), ("timesteps", "timesteps"), ("w_embedding", "w_embedding")];
    let inputs = inputs.into_iter().chain([("z", "vae_z"), ("tokens", "tokens")]).map(|(name, stored)| {
        let tensor = golden.tensor(stored).expect("the golden has its inputs");
        let values = golden.numbers(tensor).expect("readable").into_iter().map(|value| value as f32).collect();
        NamedTensor { name: name.into(), shape: tensor.shape().to_vec(), values }
    });
    let path = folder.safetensors("inputs.safetensors", &inputs.collect::<Vec<_>>());
    (golden, Checkpoint::open(&path).expect("just written"))
}

fn run(stage: ForwardStage, file: &Checkpoint, inputs: &Checkpoint, device: &Device) -> Vec<NamedTensor> {
    forward(stage, &config(file), file, inputs, device, &CancelToken::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn check_stages(file: &Checkpoint, inputs: &Checkpoint, golden: &Checkpoint, device: &Device) {
    for (stage, name, expected) in [
        (ForwardStage::UNet, "out", "out"),
        (ForwardStage::Text, "out", "text_out"),
        (ForwardStage::VaeDecode, "decoded", "vae_decoded"),
    ] {
        let off = off_by(&run(stage, file, inputs, device), name, golden, expected);
        assert!(off < LIMIT, "{stage:?} of {:?} on {device:?} is off by {off}", file.path());
    }
}

#[test]
fn every_form_is_recognised_and_computes_what_the_reference_does() {
    let folder = Folder::new();
    let (golden, inputs) = golden(&folder);
    let tensors = tensors();
    let nested = |tensors: &[NamedTensor]| dict(vec![("epoch", Value::Number(3)), ("state_dict", state_dict(tensors))]);
    let deep_speed = |tensors: &[NamedTensor]| {
        let names: Vec<String> = tensors.iter().map(|it| format!("_forward_module.{}", it.name)).collect();
        let values = entries(tensors).into_iter().map(|(_, value)| value);
        dict(vec![("module", dict(names.iter().map(String::as_str).zip(values).collect()))])
    };
    let files = [
        folder.safetensors("plain.safetensors", &tensors),
        folder.torch("plain.pt", &tensors, state_dict),
        folder.torch("nested.ckpt", &tensors, nested),
        folder.torch("deepspeed.pt", &tensors, deep_speed),
        folder.torch("module.pt", &tensors, whole_module),
    ];
    for path in &files {
        let file = Checkpoint::open(path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config(&file), tiny(), "{path:?}");
        check_stages(&file, &inputs, &golden, &cpu());
        let model = ModelFile::of(file).unwrap_or_else(|error| panic!("{error}"));
        check(&model.description().config, model.checkpoint()).unwrap_or_else(|error| panic!("{error}"));
    }
    if let Some(gpu) = gpu("a foreign model") {
        let file = Checkpoint::open(&files[4]).expect("opened before");
        check_stages(&file, &inputs, &golden, &gpu);
    }
}

#[test]
fn converted_layers_and_a_u_net_alone_are_read_under_their_usual_names() {
    let folder = Folder::new();
    let (golden, inputs) = golden(&folder);
    let prefix = "model.diffusion_model.";
    let mut alone: Vec<NamedTensor> = tensors().into_iter().filter(|it| it.name.starts_with(prefix)).collect();
    for it in &mut alone {
        it.name = it.name[prefix.len()..].to_owned();
        if let [outputs, inputs, 3, 1, 1] = *it.shape {
            it.shape = vec![outputs, inputs, 3, 1];
            it.name = it.name.replace(".weight", ".conv2d.weight");
        } else if it.name.contains(".temopral_conv.") && alone_bias(&it.name) {
            it.name = it.name.replace(".bias", ".conv2d.bias");
        }
    }
    let path = folder.torch("unet.pt", &alone, state_dict);
    let file = Checkpoint::open(&path).unwrap_or_else(|error| panic!("{error}"));
    let off = off_by(&run(ForwardStage::UNet, &file, &inputs, &cpu()), "out", &golden, "out");
    assert!(off < LIMIT, "off by {off}");
    let error = ModelFile::of(file).expect_err("a U-Net alone is no model").to_string();
    assert!(error.contains("--base") && error.contains("text encoder"), "{error}");
}

/// Whether the bias is that of a convolution: the last layer of its place, the norm being the first.
fn alone_bias(name: &str) -> bool {
    name.ends_with(".2.bias") || name.ends_with(".3.bias")
}

#[test]
fn what_does_not_fit_is_listed_with_the_nearest_layout() {
    let folder = Folder::new();
    let mut tensors = tensors();
    let lost = "model.diffusion_model.output_blocks.0.0.in_layers.2.weight";
    tensors.retain(|it| it.name != lost);
    tensors.push(NamedTensor { name: "model.diffusion_model.extra.weight".into(), shape: vec![1], values: vec![0.0] });
    let path = folder.safetensors("odd.safetensors", &tensors);
    let model = ModelFile::of(Checkpoint::open(&path).expect("it is whole")).expect("its networks are recognised");
    let error = check(&model.description().config, model.checkpoint()).expect_err("it does not fit");
    assert!(matches!(error, EngineError::Model(ModelError::LayoutUnfit { .. })), "{error}");
    let text = error.to_string();
    for words in ["1 tensors are missing", lost, "1 tensors are unexpected", "extra.weight"] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    assert!(Models::load(&model, &[], &cpu()).is_err());

    // Without the tensors that tell the sizes: what is there and what is not are named all the same.
    let key = "model.diffusion_model.input_blocks.0.0.weight";
    tensors.retain(|it| it.name != key);
    let path = folder.safetensors("headless.safetensors", &tensors);
    let text = ModelFile::of(Checkpoint::open(&path).expect("it is whole")).expect_err("no sizes").to_string();
    for words in [key, "tensors of the U-Net", "nearest known layout is Hummingbird 0.7B"] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }

    // A published network that lacks two tensors, in names only: the shapes are real, the values are one byte each.
    let sparse = folder.path("sparse.safetensors");
    write_names_of(&UNetConfig::hummingbird_09b(), &sparse, &["model.diffusion_model.out.2.bias"]);
    let file = Checkpoint::open(&sparse).unwrap_or_else(|error| panic!("{error}"));
    let Layout::Networks(networks) = recognise(&file) else { panic!("the U-Net is recognised") };
    assert_eq!(networks.known_name(), Some("Hummingbird 0.9B"));
    let config = ModelConfig { unet: networks.unet.expect("recognised"), ..tiny() };
    let text = check(&config, &file).expect_err("text encoder and more are missing").to_string();
    assert!(text.contains("Hummingbird 0.9B, the nearest known layout"), "{text}");
}

/// A file with the names and shapes of a U-Net and without its values: a hole of the right size, which takes no disk.
fn write_names_of(unet: &UNetConfig, path: &Path, without: &[&str]) {
    let mut end = 0;
    let mut header = serde_json::Map::new();
    let config = ModelConfig { unet: unet.clone(), ..tiny() };
    for param in params(&config).expect("names need no file") {
        if !param.name.starts_with("model.") || without.contains(&param.name.as_str()) {
            continue;
        }
        let start = end;
        end += 2 * param.shape.iter().product::<usize>();
        let info = serde_json::json!({"dtype": "F16", "shape": param.shape, "data_offsets": [start, end]});
        header.insert(param.name, info);
    }
    let json = serde_json::to_vec(&header).expect("it is JSON");
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend(&json);
    std::fs::write(path, &bytes).expect("writable");
    let file = std::fs::File::options().write(true).open(path).expect("just written");
    file.set_len((bytes.len() + end) as u64).expect("holes are free");
}

#[test]
fn the_list_of_t2v_turbo_goes_to_the_layers_that_the_reference_gave_it_to() {
    let folder = Folder::new();
    let base = Checkpoint::open(&folder.safetensors("base.safetensors", &tensors())).expect("just written");
    let lora = Lora::open(&data("unet_lora.pt"), &base).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lora.weights().count(), 137);
    let loras = [(lora, 1.0)];
    let merged = Merged::new(&base, &loras);
    let expected = Checkpoint::open(&data("unet_lora_expected.safetensors")).expect("a golden");
    let mut compared = 0;
    for tensor in &expected.contents().tensors {
        let Some(name) = tensor.name().strip_prefix("merged.") else { continue };
        let found = merged.values(name, tensor.shape(), Init::Zeros).unwrap_or_else(|error| panic!("{error}"));
        let expected = expected.floats(tensor).expect("readable");
        let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-6, "{name} is off by {off}");
        compared += 1;
    }
    assert_eq!(compared, 12);
    let output = forward(ForwardStage::UNet, &config(&base), &merged, &expected, &cpu(), &CancelToken::default());
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    for name in ["out_merged", "out_lora_unmerged"] {
        let off = off_by(&output, "out", &expected, name);
        assert!(off < LIMIT, "{name}: off by {off}");
    }
    assert!(off_by(&output, "out", &expected, "out_base") > 1.0, "the LoRA changed nothing");
}

#[test]
fn the_list_also_fits_a_teacher_that_takes_no_guidance() {
    let folder = Folder::new();
    let mut tensors = tensors();
    tensors.retain(|it| !it.name.contains("time_cond_proj"));
    let base = Checkpoint::open(&folder.safetensors("teacher.safetensors", &tensors)).expect("just written");
    let lora = Lora::open(&data("unet_lora.pt"), &base).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lora.left_out(), ["model.diffusion_model.time_cond_proj.weight"]);
    assert_eq!(lora.weights().count(), 136);
    // Of another model the list is refused, and so is half of it.
    let other: Vec<NamedTensor> = tensors.into_iter().filter(|it| !it.name.contains("output_blocks.0")).collect();
    let base = Checkpoint::open(&folder.safetensors("other.safetensors", &other)).expect("just written");
    let error = Lora::open(&data("unet_lora.pt"), &base).expect_err("it has fewer layers").to_string();
    assert!(error.contains("137 layers"), "{error}");
}

/// The golden list under the names of another trainer.
fn named_lora(folder: &Folder, base: &Checkpoint, style: &str) -> PathBuf {
    let list = Checkpoint::open(&data("unet_lora.pt")).expect("a golden");
    let mut tensors = Vec::new();
    for (index, name) in list_order(base).into_iter().enumerate() {
        let layer = name.strip_prefix("model.diffusion_model.").and_then(|it| it.strip_suffix(".weight"));
        let layer = layer.expect("a layer of the U-Net");
        let of = |offset: usize| list.tensor(&(2 * index + offset).to_string()).expect("two for each layer");
        let (up, down) = (of(0), of(1));
        let values = |tensor| list.floats(tensor).expect("readable");
        let [rank, ..] = *down.shape() else { panic!("a factor has sides") };
        let mut add = |name: String, shape: &[usize], values: Vec<f32>| {
            tensors.push(NamedTensor { name, shape: shape.to_vec(), values });
        };
        if style == "kohya" {
            let layer = format!("lora_unet_{}", layer.replace('.', "_"));
            // Twice the rank as alpha, and half of the change, is the same change.
            let halved = values(up).into_iter().map(|value| 0.5 * value).collect();
            add(format!("{layer}.lora_up.weight"), up.shape(), halved);
            add(format!("{layer}.lora_down.weight"), down.shape(), values(down));
            add(format!("{layer}.alpha"), &[], vec![2.0 * rank as f32]);
        } else {
            add(format!("base_model.model.{layer}.lora_B.weight"), up.shape(), values(up));
            add(format!("base_model.model.{layer}.lora_A.weight"), down.shape(), values(down));
        }
    }
    folder.safetensors(&format!("{style}.safetensors"), &tensors)
}

/// The layers of the golden list, found by its known first and last ones and checked by all shapes in between.
fn list_order(base: &Checkpoint) -> Vec<String> {
    let text = include_str!("../data/formats/unet_lora_order.txt");
    let names: Vec<String> = text.lines().map(|module| format!("model.diffusion_model.{module}.weight")).collect();
    assert!(names.iter().all(|name| base.tensor(name).is_some()));
    names
}

#[test]
fn names_of_kohya_and_peft_mean_the_same_layers() {
    let folder = Folder::new();
    let base = Checkpoint::open(&folder.safetensors("base.safetensors", &tensors())).expect("just written");
    let list = [(Lora::open(&data("unet_lora.pt"), &base).expect("a golden"), 1.0)];
    for style in ["kohya", "peft"] {
        let path = named_lora(&folder, &base, style);
        let named = [(Lora::open(&path, &base).unwrap_or_else(|error| panic!("{error}")), 1.0)];
        for name in list_order(&base) {
            let shape = base.tensor(&name).expect("a layer").shape();
            let of = |loras| Merged::new(&base, loras).values(&name, shape, Init::Zeros).expect("readable");
            let off = of(&list).iter().zip(of(&named)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-6, "{style}: {name} is off by {off}");
        }
    }
    // A LoRA of another model is refused by the name of the first layer that is not there.
    let stranger =
        NamedTensor { name: "lora_unet_nowhere.lora_up.weight".into(), shape: vec![2, 1], values: vec![0.0; 2] };
    let other =
        NamedTensor { name: "lora_unet_nowhere.lora_down.weight".into(), shape: vec![1, 2], ..stranger.clone() };
    let path = folder.safetensors("stranger.safetensors", &[stranger, other]);
    let error = Lora::open(&path, &base).expect_err("no such layer").to_string();
    assert!(error.contains("lora_unet_nowhere"), "{error}");
}

#[test]
fn loras_add_up_and_leave_no_trace_when_they_are_switched_off() {
    let folder = Folder::new();
    let path = folder.safetensors("model.safetensors", &tensors());
    let file = ModelFile::of(Checkpoint::open(&path).expect("just written")).expect("a model");
    let open = |strength| (Lora::open(&data("unet_lora.pt"), file.checkpoint()).expect("a golden"), strength);
    let weights = |models: &Models| {
        // A layer that the LoRA changes, and a first one that has no LoRA in the reference.
        values_of(models.networks.unet.head(probe()).into_data())
    };
    let plain = Models::load(&file, &[], &cpu()).unwrap_or_else(|error| panic!("{error}"));
    let of_plain = weights(&plain);
    let whole = [open(1.0)];
    let halves = [open(0.25), open(0.75)];
    let touched: HashSet<String> = whole[0].0.weights().map(str::to_owned).collect();
    let loaded = weights(&Models::load(&file, &whole, &cpu()).expect("it fits"));
    assert_ne!(loaded, of_plain);
    let changed = plain.change(&file, &whole, &touched).expect("it fits");
    assert_eq!(weights(&changed), loaded, "switched on is not the same as loaded with it");
    let two = weights(&Models::load(&file, &halves, &cpu()).expect("it fits"));
    let off = two.iter().zip(&loaded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-5, "a quarter and three quarters are off by {off}");
    let back = changed.change(&file, &[], &touched).expect("it fits");
    assert_eq!(weights(&back), of_plain, "switched off left a trace");
}

/// An input of the last layers of the tiny U-Net.
fn probe() -> burn::tensor::Tensor<4> {
    let values: Vec<f32> = (0..4 * 4 * 32).map(|index| ((index * 37 % 101) as f32 - 50.0) / 25.0).collect();
    burn::tensor::Tensor::from_data(burn::tensor::TensorData::new(values, [1, 4, 4, 32]), &cpu())
}

#[test]
fn conversion_keeps_the_values_of_its_precision_and_leaves_nothing_when_stopped() {
    let folder = Folder::new();
    let source = folder.torch("module.pt", &tensors(), whole_module);
    let all = params(&tiny()).expect("names need no file");
    for precision in [WeightPrecision::F32, WeightPrecision::F16, WeightPrecision::Q8] {
        let conversion = Conversion::open(&source, None).unwrap_or_else(|error| panic!("{error}"));
        let output = folder.path("out.safetensors");
        conversion
            .write(&all, precision, &output, &CancelToken::default(), &mut Silent)
            .unwrap_or_else(|error| panic!("{error}"));
        let written = Checkpoint::open(&output).expect("just written");
        let names = all.iter().map(|param| (param.name.as_str(), param.shape.as_slice()));
        let rounded = Rounded::new(&conversion, Precisions::new(precision, names));
        for param in &all {
            let found =
                written.values(&param.name, &param.shape, Init::Zeros).unwrap_or_else(|error| panic!("{error}"));
            let expected = rounded.values(&param.name, &param.shape, Init::Zeros).expect("readable");
            assert_eq!(found, expected, "{} in {precision:?}", param.name);
        }
        let model = ModelFile::of(written).unwrap_or_else(|error| panic!("{error}"));
        check(&model.description().config, model.checkpoint()).unwrap_or_else(|error| panic!("{error}"));
        std::fs::remove_file(&output).expect("just written");
    }
    let conversion = Conversion::open(&source, None).expect("opened before");
    let before = std::fs::read_dir(folder.0.path()).expect("readable").count();
    let cancel = CancelToken::default();
    let mut half = |progress: Progress| {
        if progress.fraction().is_some_and(|share| share > 0.5) {
            cancel.cancel();
        }
    };
    let stopped = conversion.write(&all, WeightPrecision::F16, &folder.path("out.safetensors"), &cancel, &mut half);
    assert!(matches!(stopped, Err(ModelError::Cancelled(_))), "{stopped:?}");
    assert_eq!(std::fs::read_dir(folder.0.path()).expect("readable").count(), before, "something was left behind");
}

#[test]
fn converted_models_compute_the_same_on_the_gpu_as_on_the_cpu() {
    let Some(gpu) = gpu("a converted model") else { return };
    let folder = Folder::new();
    let (_, inputs) = golden(&folder);
    let source = folder.torch("module.pt", &tensors(), whole_module);
    let conversion = Conversion::open(&source, None).unwrap_or_else(|error| panic!("{error}"));
    let all = params(&tiny()).expect("names need no file");
    // f16 and 8 bits stay what they are on both devices, so that only the order of sums differs.
    for precision in [WeightPrecision::F16, WeightPrecision::Q8] {
        let path = folder.path("out.safetensors");
        conversion
            .write(&all, precision, &path, &CancelToken::default(), &mut Silent)
            .unwrap_or_else(|error| panic!("{error}"));
        let file = Checkpoint::open(&path).expect("just written");
        for stage in [ForwardStage::UNet, ForwardStage::Text, ForwardStage::VaeDecode] {
            let (of_cpu, of_gpu) = (run(stage, &file, &inputs, &cpu()), run(stage, &file, &inputs, &gpu));
            for (expected, found) in of_cpu.iter().zip(&of_gpu) {
                let off = expected.values.iter().zip(&found.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < 2.0 * LIMIT, "{:?} of {stage:?} in {precision:?} is off by {off}", found.name);
            }
        }
    }
}

#[test]
fn networks_from_two_files_become_one_model() {
    let folder = Folder::new();
    let tensors = tensors();
    let whole = folder.safetensors("whole.safetensors", &tensors);
    let unet: Vec<NamedTensor> = tensors.iter().filter(|it| it.name.starts_with("model.")).cloned().collect();
    let alone = folder.torch("unet.pt", &unet, state_dict);
    let joined = Conversion::open(&alone, Some(&whole)).unwrap_or_else(|error| panic!("{error}"));
    let output = folder.path("joined.safetensors");
    let all = params(&joined.description().config).expect("names need no file");
    joined
        .write(&all, WeightPrecision::F32, &output, &CancelToken::default(), &mut Silent)
        .unwrap_or_else(|error| panic!("{error}"));
    let model = ModelFile::of(Checkpoint::open(&output).expect("just written")).expect("a whole model");
    Models::load(&model, &[], &cpu()).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_wrappers_put_into_names_is_taken_out() {
    let folder = Folder::new();
    let plain = Checkpoint::open(&folder.safetensors("plain.safetensors", &tensors())).expect("just written");
    let names =
        |file: &Checkpoint| file.contents().tensors.iter().map(|it| it.name().to_owned()).collect::<HashSet<_>>();
    let renamings: [fn(&str) -> String; 4] = [
        |name| format!("_orig_mod.{name}"),
        |name| format!("module._orig_mod.{name}"),
        |name| name.replace("model.diffusion_model.", "model.diffusion_model._orig_mod."),
        |name| name.replace("model.diffusion_model.", "model.module.diffusion_model."),
    ];
    for renamed in renamings {
        let wrapped = tensors().into_iter().map(|it| NamedTensor { name: renamed(&it.name), ..it });
        let path = folder.safetensors("wrapped.safetensors", &wrapped.collect::<Vec<_>>());
        let file = Checkpoint::open(&path).expect("just written");
        assert_eq!(names(&file), names(&plain));
        assert_eq!(recognise(&file), recognise(&plain));
    }
    // The U-Net alone, from a wrapper around it.
    let unet = tensors().into_iter().filter_map(|it| {
        let name = format!("_orig_mod.{}", it.name.strip_prefix("model.diffusion_model.")?);
        Some(NamedTensor { name, ..it })
    });
    let path = folder.safetensors("unet.safetensors", &unet.collect::<Vec<_>>());
    let file = Checkpoint::open(&path).expect("just written");
    assert!(matches!(recognise(&file), Layout::Networks(networks) if networks.unet.is_some()));
}
