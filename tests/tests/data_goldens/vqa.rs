//! The stages `vqa-views` and `vqa` of `hummingbird forward` against DOVER's own classes in f32; weights follow the rule of all
//! goldens. Features, and views of other kinds, are compared in the crate of the networks.

use std::path::{Path, PathBuf};

use hummingbird_engine::CancelToken;
use hummingbird_engine::forward::{Output, OutputValues, VqaConfig, vqa, vqa_views};
use hummingbird_engine::judges::dover::config::{BackboneConfig, ConvNextConfig, ConvNextVersion, SwinConfig};
use hummingbird_engine::judges::dover::{Dover, DoverConfig};
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamLoader, ParamSource};
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::rule::RuleWeights;

/// Of maps: sums in another order than the reference's.
const MAP: f32 = 2e-5;

fn golden(name: &str) -> Checkpoint {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/data/{name}.safetensors"));
    Checkpoint::open(&path).expect("the golden is there")
}

fn numbers(file: &Checkpoint, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).unwrap_or_else(|| panic!("there is no {name}"));
    file.numbers(tensor).expect("it is whole")
}

/// A tensor as it is, for a file of inputs.
fn copied(file: &Checkpoint, name: &str) -> NamedTensor {
    let shape = file.tensor(name).unwrap_or_else(|| panic!("there is no {name}")).shape().to_vec();
    NamedTensor { name: name.to_owned(), shape, values: numbers(file, name).into_iter().map(|it| it as f32).collect() }
}

/// The frames of a case: its tile, rolled.
fn frames(file: &Checkpoint) -> NamedTensor {
    let &[height, width, colours] = file.tensor("tile").expect("there is a tile").shape() else { panic!("no picture") };
    let (tile, shifts) = (numbers(file, "tile"), numbers(file, "shifts"));
    let from = |at: usize, by: f64, length: usize| (at as i64 - by as i64).rem_euclid(length as i64) as usize;
    let mut values = Vec::new();
    for shift in shifts.chunks_exact(2) {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let at = from(y, shift[0], height) * width + from(x, shift[1], width);
            values.extend(tile[colours * at..][..colours].iter().map(|&value| value as f32));
        }
    }
    NamedTensor { name: "frames".to_owned(), shape: vec![shifts.len() / 2, height, width, colours], values }
}

fn written(tensors: &[NamedTensor]) -> Checkpoint {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("tensors.safetensors");
    write_tensors(&path, &[], tensors, WeightPrecision::F32).expect("the folder is writable");
    Checkpoint::open(&path).expect("it was just written")
}

/// The configuration of a case, as the program reads it.
fn config(name: &str, section: Option<&str>) -> VqaConfig {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/data/{name}.json"));
    let Some(section) = section else { return VqaConfig::read(&path).expect("it says the views") };
    let json = std::fs::read_to_string(path).expect("the golden has a description");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("config.json");
    std::fs::write(&path, json[section].to_string()).expect("the folder is writable");
    VqaConfig::read(&path).expect("it says the views")
}

/// A checkpoint of the small networks; the published ones hold tables of indices and unused layers beside them.
fn checkpoint(technical: BackboneConfig, aesthetic: ConvNextConfig, head_hidden: usize) -> Checkpoint {
    let loader = ParamLoader::names_only();
    let (aesthetic, views) = (BackboneConfig::ConvNext(aesthetic), config("vqa_tiny", Some("config")).views);
    let sizes = DoverConfig { technical, aesthetic, head_hidden, views };
    Dover::init(&sizes, &loader.path("")).expect("nothing is loaded");
    let registry = loader.into_registry();
    let rule = |name: &str, shape: &[usize]| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: RuleWeights.values(name, shape, Init::Zeros).expect("the rule has all"),
    };
    let mut tensors: Vec<NamedTensor> = registry.params().iter().map(|it| rule(&it.name, &it.shape)).collect();
    tensors.push(rule("technical_backbone.head.weight", &[10, 64]));
    tensors.push(rule("technical_backbone.layers.0.blocks.0.attn.relative_position_index", &[4, 4]));
    written(&tensors)
}

fn dover() -> Checkpoint {
    let swin = SwinConfig {
        embed_dim: 16,
        depths: [2; 4],
        heads: [1, 2, 4, 8],
        window: [4, 7, 7],
        frag_biases: [true, true, true, false],
    };
    let version = ConvNextVersion::Scaled;
    checkpoint(
        BackboneConfig::Swin(swin),
        ConvNextConfig { dims: [16, 32, 64, 128], depths: [2, 2, 3, 2], version },
        16,
    )
}

fn mobile() -> Checkpoint {
    let version = ConvNextVersion::Normalised;
    let network = ConvNextConfig { dims: [8, 16, 32, 64], depths: [2, 2, 3, 2], version };
    checkpoint(BackboneConfig::ConvNext(network.clone()), network, 8)
}

fn output<'a>(outputs: &'a [Output], name: &str) -> &'a Output {
    outputs.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn check_bytes(outputs: &[Output], name: &str, golden: &Checkpoint) {
    let found = output(outputs, name);
    let tensor = golden.tensor(name).unwrap_or_else(|| panic!("there is no {name}"));
    assert_eq!(found.shape, tensor.shape(), "shape of {name}");
    let OutputValues::Bytes(values) = &found.values else { panic!("{name} has no bytes") };
    assert!(*values == golden.raw(tensor).expect("it is whole"), "{name} is another");
}

fn check_floats(outputs: &[Output], name: &str, golden: &Checkpoint, prefix: &str, limit: f32) {
    let found = output(outputs, name);
    let name = format!("{prefix}{name}");
    let tensor = golden.tensor(&name).unwrap_or_else(|| panic!("there is no {name}"));
    assert_eq!(found.shape, tensor.shape(), "shape of {name}");
    let OutputValues::Floats(values) = &found.values else { panic!("{name} has no floats") };
    let apart = |(a, b): (&f32, f64)| if a.is_finite() { (f64::from(*a) - b).abs() as f32 } else { f32::INFINITY };
    let difference = values.iter().zip(numbers(golden, &name)).map(apart).fold(0.0, f32::max);
    assert!(difference <= limit, "{name} is off by {difference:.1e}, limit {limit:.0e}");
}

#[test]
fn views_are_the_references() {
    let golden = golden("vqa_tiny");
    let given = ["tech_indices", "aes_indices", "offsets_h", "offsets_w"].map(|name| copied(&golden, name));
    let inputs = written(&[vec![frames(&golden)], given.to_vec()].concat());
    let outputs = vqa_views(&config("vqa_tiny", Some("config")), &inputs, &cpu()).expect("there are such views");
    check_bytes(&outputs, "fragments_u8", &golden);
    check_bytes(&outputs, "aesthetic_view_u8", &golden);
}

/// Without indices all frames are taken where offsets are given.
#[test]
fn fragments_of_a_small_picture_are_the_references() {
    let golden = golden("vqa_small_picture");
    let given = ["offsets_h", "offsets_w"].map(|name| copied(&golden, name));
    let inputs = written(&[vec![frames(&golden)], given.to_vec()].concat());
    let outputs = vqa_views(&config("vqa_small_picture", None), &inputs, &cpu()).expect("there are such views");
    check_bytes(&outputs, "fragments_u8", &golden);
}

#[test]
fn maps_are_the_references_on_every_device() {
    let golden = golden("vqa_tiny");
    let inputs = written(&["fragments_u8", "aesthetic_view_u8"].map(|name| copied(&golden, name)));
    let devices = [Some(cpu()), gpu("vqa::maps_are_the_references_on_every_device")];
    for device in devices.into_iter().flatten() {
        for (weights, prefix) in [(dover(), ""), (mobile(), "mobile.")] {
            let config = config("vqa_tiny", Some("config"));
            let outputs = vqa(&config, &weights, &inputs, &device, &CancelToken::default()).expect("they fit");
            for name in ["technical_map", "aesthetic_map"] {
                check_floats(&outputs, name, &golden, prefix, MAP);
            }
            // A ten-thousandth of the deviation of aesthetic scores, the smaller one.
            check_floats(&outputs, "raw", &golden, prefix, 3.7e-6);
        }
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let golden = golden("vqa_tiny");
    let config = config("vqa_tiny", Some("config"));
    let cancel = CancelToken::default();
    let views = ["fragments_u8", "aesthetic_view_u8"].map(|name| copied(&golden, name));
    let of = |weights: &Checkpoint, views: &[NamedTensor]| {
        let error = vqa(&config, weights, &written(views), &cpu(), &cancel).expect_err("it does not fit");
        error.to_string()
    };
    let empty = written(&[copied(&golden, "raw")]);
    assert!(of(&empty, &views).contains("technical_backbone"));
    assert!(of(&mobile(), &views[..1]).contains("aesthetic_view_u8"));
    let narrow = NamedTensor { shape: vec![3, 32, 28, 112], ..views[0].clone() };
    assert!(of(&mobile(), &[narrow, views[1].clone()]).contains("[3, 32, 28, 112]"));
    let bright = NamedTensor { values: vec![256.0; views[0].values.len()], ..views[0].clone() };
    assert!(of(&mobile(), &[bright, views[1].clone()]).contains("256"));
    let far = NamedTensor { name: "tech_indices".to_owned(), shape: vec![16], values: vec![70.0; 16] };
    let error = vqa_views(&config, &written(&[frames(&golden), far]), &cpu()).expect_err("there are 70 frames");
    assert!(error.to_string().contains("tech_indices"), "{error}");
}
