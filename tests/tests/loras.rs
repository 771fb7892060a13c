//! LoRA files as trainers write them: how strong they are, how they name layers, what they hold besides products, and what is
//! refused. Every file changes one square layer of Nano by a known multiple of `up @ down`.

use std::path::PathBuf;
use std::sync::OnceLock;

use hummingbird_engine::nn::params::{Init, ParamSource};
use hummingbird_engine::weights::{Checkpoint, Lora, Merged, ModelFile};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

const LAYER: &str = "input_blocks.1.1.transformer_blocks.0.attn1.to_q";
const NORM: &str = "input_blocks.1.1.transformer_blocks.0.norm1";
const UNET: &str = "model.diffusion_model.";
const RANK: usize = 4;

fn nano() -> Checkpoint {
    let source = hummingbird_engine::model::ModelSource::Embedded;
    ModelFile::open(&source).expect("it is embedded").into_parts().0
}

/// Inputs and outputs of [`LAYER`].
fn width() -> usize {
    static WIDTH: OnceLock<usize> = OnceLock::new();
    let of_nano = || nano().tensor(&format!("{UNET}{LAYER}.weight")).expect("a layer of Nano").shape()[0];
    *WIDTH.get_or_init(of_nano)
}

/// A tensor of a LoRA file.
struct Part {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn part(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Part {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Part { name: name.into(), dtype: "F32", shape: shape.to_vec(), bytes }
}

fn factor(seed: usize) -> Vec<f32> {
    (0..RANK * width()).map(|index| ((index * 37 + seed) % 101) as f32 / 1000.0 - 0.05).collect()
}

/// The two factors under the names `layer + endings`.
fn pair(layer: &str, down: &str, up: &str) -> Vec<Part> {
    vec![
        part(format!("{layer}{down}"), &[RANK, width()], &factor(3)),
        part(format!("{layer}{up}"), &[width(), RANK], &factor(5)),
    ]
}

fn peft(prefix: &str, adapter: &str) -> Vec<Part> {
    pair(&format!("{prefix}{LAYER}"), &format!(".lora_A{adapter}.weight"), &format!(".lora_B{adapter}.weight"))
}

fn kohya(prefix: &str) -> Vec<Part> {
    pair(&format!("{prefix}{}", LAYER.replace('.', "_")), ".lora_down.weight", ".lora_up.weight")
}

struct Case {
    folder: TempDir,
    path: PathBuf,
    base: Checkpoint,
}

impl Case {
    fn new(parts: &[Part], metadata: Value) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut header = Map::new();
        let mut data = Vec::new();
        for Part { name, dtype, shape, bytes } in parts {
            let start = data.len();
            data.extend(bytes);
            header.insert(name.clone(), json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]}));
        }
        if metadata.is_object() {
            header.insert("__metadata__".to_owned(), metadata);
        }
        let header = Value::Object(header).to_string();
        let path = folder.path().join("lora.safetensors");
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
        std::fs::write(&path, file).expect("writable");
        Self { folder, path, base: nano() }
    }

    fn open(&self) -> Lora {
        Lora::open(&self.path, &self.base).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refused(&self) -> String {
        Lora::open(&self.path, &self.base).expect_err("it cannot be used").to_string()
    }

    /// What `strength` times the LoRA adds to a parameter of the U-Net.
    fn added(&self, name: &str, strength: f32) -> Vec<f32> {
        let name = format!("{UNET}{name}");
        let shape = self.base.tensor(&name).expect("a parameter of Nano").shape().to_vec();
        let loras = [(self.open(), strength)];
        let merged = Merged::new(&self.base, &loras).values(&name, &shape, Init::Zeros).expect("readable");
        let plain = self.base.values(&name, &shape, Init::Zeros).expect("readable");
        merged.iter().zip(plain).map(|(merged, plain)| merged - plain).collect()
    }

    /// The factor of `up @ down` in the merged weight.
    fn scale(&self) -> f32 {
        let (down, up) = (factor(3), factor(5));
        let product: Vec<f32> = (0..width() * width())
            .map(|at| (0..RANK).map(|r| up[at / width() * RANK + r] * down[r * width() + at % width()]).sum())
            .collect();
        let added = self.added(&format!("{LAYER}.weight"), 1.0);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        (dot(&added, &product) / dot(&product, &product)) as f32
    }
}

fn check(what: &str, parts: &[Part], metadata: Value, expected: f32) {
    let scale = Case::new(parts, metadata).scale();
    assert!((scale - expected).abs() < 1e-3 * expected, "{what}: {scale}, not {expected}");
}

#[test]
fn strength_that_stands_in_the_header_counts() {
    let diffusers = json!({"unet.r": RANK, "unet.lora_alpha": 8, "unet.target_modules": ["to_q"]}).to_string();
    check("diffusers", &peft("unet.", ""), json!({"lora_adapter_metadata": diffusers}), 2.0);
    let rslora = json!({"unet.r": RANK, "unet.lora_alpha": 8, "unet.use_rslora": true}).to_string();
    check("rslora", &peft("unet.", ""), json!({"lora_adapter_metadata": rslora}), 4.0);
    let pattern = json!({"unet.r": 9, "unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 12}}).to_string();
    check("alpha_pattern", &peft("unet.", ""), json!({"lora_adapter_metadata": pattern}), 3.0);
    let of_text = json!({"text_encoder.r": 4, "text_encoder.lora_alpha": 8}).to_string();
    check("another network", &peft("unet.", ""), json!({"lora_adapter_metadata": of_text}), 1.0);
    check("plain", &peft("diffusion_model.", ""), json!({"lora_alpha": "8", "r": "4"}), 2.0);
    check("kohya", &kohya("lora_unet_"), json!({"ss_network_dim": "4", "ss_network_alpha": "8.0"}), 2.0);
    check("kohya's None", &kohya("lora_unet_"), json!({"ss_network_alpha": "None"}), 1.0);
    let mut with_alpha = kohya("lora_unet_");
    with_alpha.push(part(format!("lora_unet_{}.alpha", LAYER.replace('.', "_")), &[], &[2.0]));
    check("the layer's own first", &with_alpha, json!({"ss_network_alpha": "8.0"}), 0.5);
}

#[test]
fn a_configuration_beside_the_file_counts_with_or_without_a_byte_order_mark() {
    for mark in ["", "\u{feff}"] {
        let case = Case::new(&peft("base_model.model.", ""), Value::Null);
        let config = format!("{mark}{}", json!({"peft_type": "LORA", "r": RANK, "lora_alpha": 8}));
        std::fs::write(case.folder.path().join("adapter_config.json"), config).expect("writable");
        let scale = case.scale();
        assert!((scale - 2.0).abs() < 1e-3, "{mark:?}: {scale}");
    }
    let case = Case::new(&peft("base_model.model.", ""), Value::Null);
    std::fs::write(case.folder.path().join("adapter_config.json"), "{").expect("writable");
    assert!(case.refused().contains("adapter_config.json"));
}

#[test]
fn adapters_and_wrappers_in_names_change_nothing() {
    for adapter in [".default", ".default_0", ".mystyle"] {
        check(adapter, &peft("base_model.model.", adapter), Value::Null, 1.0);
    }
    for prefix in
        ["module.", "base_model.model._orig_mod.", "_orig_mod.diffusion_model.", "model.module.diffusion_model."]
    {
        check(prefix, &peft(prefix, ""), Value::Null, 1.0);
    }
    check("lora_unet__orig_mod_", &kohya("lora_unet__orig_mod_"), Value::Null, 1.0);
    let two = [peft("base_model.model.", ".a"), peft("base_model.model.", ".b")].into_iter().flatten();
    let error = Case::new(&two.collect::<Vec<_>>(), Value::Null).refused();
    assert!(error.contains("\"a\", \"b\""), "{error}");
    let twice = [kohya("lora_unet_"), peft("diffusion_model.", "")].into_iter().flatten();
    let error = Case::new(&twice.collect::<Vec<_>>(), Value::Null).refused();
    assert!(error.contains("twice"), "{error}");
}

#[test]
fn norms_differences_and_whole_layers_are_applied_and_the_rest_is_named() {
    let close = |found: Vec<f32>, expected: f32, what: &str| {
        assert!(found.iter().all(|value| (value - expected).abs() < 1e-3), "{what}: {found:?}");
    };
    let half = vec![0.5; width()];
    for (prefix, weight, bias) in [
        (format!("diffusion_model.{NORM}"), "diff", "diff_b"),
        (format!("lora_unet_{}", NORM.replace('.', "_")), "w_norm", "b_norm"),
    ] {
        let mut parts = kohya("lora_unet_");
        parts.push(part(format!("{prefix}.{weight}"), &[width()], &half));
        parts.push(part(format!("{prefix}.{bias}"), &[width()], &half));
        let case = Case::new(&parts, Value::Null);
        close(case.added(&format!("{NORM}.weight"), 0.5), 0.25, weight);
        close(case.added(&format!("{NORM}.bias"), 1.0), 0.5, bias);
        assert!(case.open().left_out().is_empty());
    }
    // A whole layer takes the place of the model's; at strength 0.5, half of the way.
    let base = nano();
    let name = format!("{UNET}{NORM}.weight");
    let old = base.values(&name, &[width()], Init::Zeros).expect("readable");
    let new: Vec<f32> = old.iter().map(|value| value + 0.5).collect();
    for name in [".weight", ".modules_to_save.weight", ".modules_to_save.default.weight"] {
        let mut parts = peft("base_model.model.", "");
        parts.push(part(format!("base_model.model.{NORM}{name}"), &[width()], &new));
        let case = Case::new(&parts, Value::Null);
        close(case.added(&format!("{NORM}.weight"), 0.5), 0.25, name);
        assert!((case.scale() - 1.0).abs() < 1e-3);
    }
    // A bias that the layer has not, a layer of another size, and something unknown are named.
    let mut parts = peft("base_model.model.", "");
    let unused = [format!("base_model.model.{LAYER}.bias"), format!("diffusion_model.{NORM}.diff"), "odd".to_owned()];
    parts.push(part(&unused[0], &[width()], &half));
    parts.push(part(&unused[1], &[2], &[0.5; 2]));
    parts.push(part(&unused[2], &[1], &[0.5]));
    let case = Case::new(&parts, Value::Null);
    let lora = case.open();
    for name in &unused {
        assert!(lora.left_out().contains(name), "{name} is not among {:?}", lora.left_out());
    }
    assert_eq!(lora.weights().count(), 1);
}

#[test]
fn values_that_are_no_numbers_are_refused_by_name() {
    for value in [f32::NAN, f32::INFINITY] {
        let mut parts = peft("unet.", "");
        parts[0].bytes[..4].copy_from_slice(&value.to_le_bytes());
        let error = Case::new(&parts, Value::Null).refused();
        assert!(error.contains(&parts[0].name) && error.contains("NaN"), "{error}");
    }
    // Factors that are numbers, and whose product is none.
    let mut parts = peft("unet.", "");
    for part in &mut parts {
        part.bytes = f32::MAX.to_le_bytes().repeat(RANK * width());
    }
    let case = Case::new(&parts, Value::Null);
    let loras = [(case.open(), 1.0)];
    let name = format!("{UNET}{LAYER}.weight");
    let merged = Merged::new(&case.base, &loras).values(&name, &[width(), width()], Init::Zeros);
    let error = merged.expect_err("it overflows").to_string();
    assert!(error.contains(&name), "{error}");
}

#[test]
fn fp8_is_read_and_whole_numbers_are_called_unsupported() {
    // 1.5 in E4M3 and E5M2, and a half.
    for (dtype, [one_and_a_half, half]) in [("F8_E4M3", [0x3c, 0x30]), ("F8_E5M2", [0x3e, 0x38])] {
        let mut parts = peft("unet.", "");
        for (part, byte) in parts.iter_mut().zip([one_and_a_half, half]) {
            (part.dtype, part.bytes) = (dtype, vec![byte; RANK * width()]);
        }
        let case = Case::new(&parts, Value::Null);
        let added = case.added(&format!("{LAYER}.weight"), 1.0);
        assert!(added.iter().all(|value| (value - 3.0).abs() < 1e-3), "{dtype}: {added:?}");
    }
    for dtype in ["I8", "U8", "F8_E8M0"] {
        let mut parts = peft("unet.", "");
        for part in &mut parts {
            (part.dtype, part.bytes) = (dtype, vec![1; RANK * width()]);
        }
        let error = Case::new(&parts, Value::Null).refused();
        assert!(error.contains("not supported") && !error.contains("damaged"), "{dtype}: {error}");
    }
    // Alpha as a whole number is a number like any other.
    let mut parts = kohya("lora_unet_");
    let alpha = format!("lora_unet_{}.alpha", LAYER.replace('.', "_"));
    parts.push(Part { name: alpha, dtype: "I64", shape: vec![], bytes: 2i64.to_le_bytes().to_vec() });
    check("alpha in I64", &parts, Value::Null, 0.5);
}
