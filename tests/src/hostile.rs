//! Files that anyone may have made, given to the program's own readers: what each fuzz target of `tests/fuzz` does with its
//! input, and the files that fuzzing starts from. `tests/tests/hostile_files.rs` does the same with few changes of each seed.
//!
//! A reader may refuse a file, in words of a bounded length. It may not panic, and it may not use more memory than the file
//! gives reason for: whoever runs a target limits that.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::jobs::plan::Planners;
use hummingbird_engine::model::{METADATA_KEY, ModelSource};
use hummingbird_engine::nn::params::{Init, ParamSource};
use hummingbird_engine::pipeline::video_out::{ExportSettings, Format, Provenance, export, read_provenance};
use hummingbird_engine::request::RawRequest;
use hummingbird_engine::settings::Value as Setting;
use hummingbird_engine::video::{self, OpenOptions};
use hummingbird_engine::weights::store::Store;
use hummingbird_engine::weights::{Checkpoint, Lora, Merged, ModelFile, summarise};
use serde_json::{Value, json};

/// Longest message, in characters.
const MAX_MESSAGE: usize = 2000;
/// Most bytes of tensors that a header may describe here: more of them would only be more zeros.
const MAX_TENSOR_BYTES: u64 = 1 << 20;
/// Largest weight whose change by a LoRA is computed.
const MAX_CHANGED: usize = 1 << 14;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The JSON by which a model describes itself, in a file without tensors.
    Description,
    /// The header of a LoRA in safetensors, whose tensors are zeros; behind a zero byte, the `adapter_config.json` beside it.
    Lora,
    /// A user's `catalogue.json`; behind a zero byte, the `index.json` beside it.
    Catalogue,
    /// An exported clip of any format.
    Clip,
    /// A clip or a picture of anyone, which is read frame by frame.
    Footage,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Description, Self::Lora, Self::Catalogue, Self::Clip, Self::Footage];

    /// Name of its fuzz target.
    pub fn target(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Lora => "lora",
            Self::Catalogue => "catalogue",
            Self::Clip => "clip",
            Self::Footage => "footage",
        }
    }

    /// Puts the input into an empty folder and reads it as the program would; `true` when it was taken.
    ///
    /// # Panics
    /// When a reader does, or a message is too long.
    pub fn read(self, folder: &Path, input: &[u8]) -> bool {
        match self {
            Self::Description => description(folder, input),
            Self::Lora => lora(folder, input),
            Self::Catalogue => catalogue(folder, input),
            Self::Clip => refused(read_provenance(&written(folder, "clip", input))).is_some(),
            Self::Footage => footage(folder, input),
        }
    }

    /// Good inputs, by name.
    ///
    /// # Panics
    /// When an example cannot be made.
    pub fn seeds(self) -> BTreeMap<String, Vec<u8>> {
        match self {
            Self::Description => descriptions(),
            Self::Lora => loras(),
            Self::Catalogue => catalogues(),
            Self::Clip | Self::Footage => clips(),
        }
    }
}

/// The result, unless it is a message; its length is checked.
fn refused<T>(result: Result<T, impl Display>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let message = error.to_string();
            assert!(message.chars().count() <= MAX_MESSAGE, "a message of any length: {message}");
            None
        }
    }
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder is writable");
    path
}

/// A safetensors file: the header, and as many zeros as it describes.
fn safetensors(header: &[u8], tensor_bytes: u64) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.resize(file.len() + tensor_bytes as usize, 0);
    file
}

/// What `models info`, the planner and a job's checks do with a model.
fn description(folder: &Path, input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let header = json!({"__metadata__": {METADATA_KEY: text}}).to_string();
    let path = written(folder, "model.safetensors", &safetensors(header.as_bytes(), 0));
    let Some(file) = refused(Checkpoint::open(&path)) else { return false };
    summarise(&file);
    let Some(model) = refused(ModelFile::of(file)) else { return false };
    let card = model.card();
    let Some(planners) = refused(Planners::new(&model)) else { return false };
    let raw = RawRequest { prompt: "a red ball".to_owned(), ..RawRequest::default() };
    let Some(request) = refused(raw.validate(&card.limits)) else { return false };
    let planner = planners.of(DeviceChoice::Cpu, DeviceKind::Cpu);
    planner.need(&request.clip, planner.fastest(&request.clip));
    true
}

/// Opens a LoRA for the embedded model and computes the weights that it changes.
fn lora(folder: &Path, input: &[u8]) -> bool {
    static BASE: OnceLock<ModelFile> = OnceLock::new();
    let base = BASE.get_or_init(|| ModelFile::open(&ModelSource::Embedded).expect("it is embedded"));
    let (header, config) = parts(input);
    let adapter_config = folder.join("adapter_config.json");
    match config {
        Some(config) => fs::write(&adapter_config, config).expect("the folder is writable"),
        // There may be none.
        None => drop(fs::remove_file(&adapter_config)),
    }
    let path = written(folder, "lora.safetensors", &safetensors(header, described_bytes(header)));
    let Some(lora) = refused(Lora::open(&path, base.checkpoint())) else { return false };
    let changed: Vec<String> = lora.weights().map(str::to_owned).collect();
    let loras = [(lora, 1.0)];
    let merged = Merged::new(base, &loras);
    for name in changed {
        let shape = base.checkpoint().tensor(&name).expect("a LoRA changes weights of its model").shape().to_vec();
        if shape.iter().product::<usize>() <= MAX_CHANGED {
            refused(merged.values(&name, &shape, Init::Zeros));
        }
    }
    true
}

/// Where the tensors of a header end.
fn described_bytes(header: &[u8]) -> u64 {
    let Ok(Value::Object(tensors)) = serde_json::from_slice(header) else { return 0 };
    let ends = tensors.values().filter_map(|tensor| tensor["data_offsets"][1].as_u64());
    ends.max().unwrap_or(0).min(MAX_TENSOR_BYTES)
}

/// What is before the first zero byte, and what is behind it.
fn parts(input: &[u8]) -> (&[u8], Option<&[u8]>) {
    match input.iter().position(|&byte| byte == 0) {
        Some(zero) => (&input[..zero], Some(&input[zero + 1..])),
        None => (input, None),
    }
}

/// Lists a models folder.
fn catalogue(folder: &Path, input: &[u8]) -> bool {
    let (catalogue, index) = parts(input);
    written(folder, "catalogue.json", catalogue);
    written(folder, "index.json", index.unwrap_or(b"{}"));
    let store = Store::at(folder);
    store.list();
    let catalogue = store.catalogue();
    for entry in &catalogue.entries {
        entry.about_bytes();
        store.has_accepted(entry);
        refused(store.files(&entry.id));
    }
    refused(catalogue.problem.map_or(Ok(()), Err)).is_some()
}

/// Reads all frames of a clip that may be no larger than the examples are.
fn footage(folder: &Path, input: &[u8]) -> bool {
    let options = OpenOptions { max_pixels: 1 << 12, ..OpenOptions::default() };
    let Some(clip) = refused(video::Clip::open(&written(folder, "footage", input), options)) else { return false };
    let Some(frames) = refused(clip.frames()) else { return false };
    frames.map(refused).all(|frame| frame.is_some())
}

fn descriptions() -> BTreeMap<String, Vec<u8>> {
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let text = nano.checkpoint().metadata(METADATA_KEY).expect("it describes itself").to_owned();
    let mut short: Value = serde_json::from_str(&text).expect("JSON");
    short["vocabulary"] = Value::Null;
    [("nano", text), ("short", short.to_string())].map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
}

/// Each spelling of the pairs, for two layers of the embedded model, with and without what says their strength.
fn loras() -> BTreeMap<String, Vec<u8>> {
    const RANK: usize = 2;
    let base = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let layers: Vec<(&str, &[usize])> = base
        .checkpoint()
        .contents()
        .tensors
        .iter()
        .filter(|tensor| tensor.name().starts_with("model.diffusion_model.") && tensor.shape().len() == 2)
        .filter(|tensor| tensor.shape().iter().product::<usize>() <= MAX_CHANGED)
        .map(|tensor| (tensor.name(), tensor.shape()))
        .take(2)
        .collect();
    assert_eq!(layers.len(), 2, "the embedded model has linear layers");
    let header = |spelling: &dyn Fn(&str) -> [String; 3], alpha: bool| {
        let mut tensors = serde_json::Map::new();
        let mut end = 0;
        let mut add = |name: String, shape: &[usize]| {
            let bytes = 4 * shape.iter().product::<usize>();
            tensors.insert(name, json!({"dtype": "F32", "shape": shape, "data_offsets": [end, end + bytes]}));
            end += bytes;
        };
        for (name, shape) in &layers {
            let layer = name.strip_prefix("model.diffusion_model.").and_then(|name| name.strip_suffix(".weight"));
            let [down, up, of_alpha] = spelling(layer.expect("a weight of the U-Net"));
            add(down, &[RANK, shape[1]]);
            add(up, &[shape[0], RANK]);
            if alpha {
                add(of_alpha, &[]);
            }
        }
        tensors.insert("__metadata__".to_owned(), json!({"ss_network_alpha": "1.0", "lora_alpha": "2", "r": "2"}));
        Value::Object(tensors).to_string().into_bytes()
    };
    let kohya = |layer: &str| {
        let name = format!("lora_unet_{}", layer.replace('.', "_"));
        [format!("{name}.lora_down.weight"), format!("{name}.lora_up.weight"), format!("{name}.alpha")]
    };
    let peft = |layer: &str| {
        let name = format!("base_model.model.{layer}");
        [format!("{name}.lora_A.weight"), format!("{name}.lora_B.weight"), format!("{name}.alpha")]
    };
    let with_config = [&header(&peft, false)[..], b"\0{\"lora_alpha\": 4, \"r\": 2, \"use_rslora\": true}"].concat();
    [("kohya", header(&kohya, true)), ("peft", header(&peft, false)), ("peft_config", with_config)]
        .map(|(name, input)| (name.to_owned(), input))
        .into()
}

fn catalogues() -> BTreeMap<String, Vec<u8>> {
    let sha256 = "0".repeat(64);
    let own = json!({"models": [{
        "id": "m", "title": "Mine", "repository": "me/m", "revision": "main", "form": "f16", "about_memory_bytes": 1,
        "files": [{"path": "a/m.safetensors", "bytes": 5, "sha256": sha256}],
        "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
    }]});
    let index = json!({
        "files": {"m.safetensors": {"id": "m", "url": "u", "sha256": sha256, "bytes": 5, "got_secs": 1}},
        "hashes": {"m.safetensors": {"sha256": sha256, "bytes": 5, "modified": "1"}},
        "licences": {"m": {"licence": "Test-1.0", "url": "https://example.org/licence", "accepted_secs": 1}}
    });
    let change = json!({"models": [{"id": "m", "title": "Other"}]});
    let built_in = include_str!("../../assets/catalogue.json");
    [("own", format!("{own}\0{index}")), ("built_in", built_in.to_owned()), ("change", change.to_string())]
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .into()
}

/// A clip of two frames in every format.
fn clips() -> BTreeMap<String, Vec<u8>> {
    let settings = [
        ("prompt", Setting::Text("a \"blue\" fish \u{1f41f}".into())),
        ("seed", Setting::Whole(7)),
        ("fps", Setting::Whole(8)),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let provenance = Provenance { settings, ..Provenance::default() };
    let frames = Frames::new(16, 16, (0..2 * 16 * 16 * 3_u32).map(|index| (index % 251) as u8).collect());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = |format: Format| {
        let path = folder.path().join(format!("{format:?}")).with_extension(format.ending());
        let settings = ExportSettings::new(format, 8);
        let report = export(&frames, &settings, &provenance, &path, &mut |_| ControlFlow::Continue(()));
        let report = report.expect("an export into an empty folder");
        (format!("{format:?}").to_lowercase(), fs::read(&report.paths[0]).expect("just written"))
    };
    Format::ALL.map(clip).into()
}
