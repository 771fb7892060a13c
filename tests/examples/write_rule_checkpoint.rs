//! Writes a checkpoint of full size whose weights are those of the weight rule, as the goldens of full size want it:
//! `cargo run --release -p hummingbird-tests --example write_rule_checkpoint -- LAYOUT FILE [f16]`
//!
//! LAYOUT is `hummingbird-0.7b`, `hummingbird-0.9b` or `videocrafter2`, or one of the scorers `hpsv2`, `internvideo2` and `viclip`,
//! whose FILE is always safetensors. `f16` halves safetensors. A FILE that ends in `.safetensors` is a plain state dict,
//! any other is what PyTorch makes of a whole module: the form of AMD's files. The schedule's buffers are left out: no reader
//! uses them. The 0.7B takes 4.8 GB.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use hummingbird_engine::CancelToken;
use hummingbird_engine::jobs::models::params;
use hummingbird_engine::judges::config::{ClipConfig, InternVideo2Config, ViClipConfig};
use hummingbird_engine::judges::preprocess::Normalisation;
use hummingbird_engine::judges::{ImageScorer, VideoScorer};
use hummingbird_engine::kernels::Narrowest;
use hummingbird_engine::model::{DiffusionConfig, ModelConfig};
use hummingbird_engine::nn::config::{TextConfig, UNetConfig, VaeConfig};
use hummingbird_engine::nn::params::{Init, ParamLoader, ParamSource, RegisteredParam};
use hummingbird_engine::progress::Silent;
use hummingbird_engine::weights::{Entry, WeightPrecision, write_entries};
use hummingbird_tests::checkpoint_writer::{Value, module, parameter, pickle, tensor};
use hummingbird_tests::rule::RuleWeights;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: write_rule_checkpoint hummingbird-0.7b|hummingbird-0.9b|videocrafter2|hpsv2|internvideo2|viclip FILE [f16]";
    let mut args = std::env::args().skip(1);
    let (Some(layout), Some(path)) = (args.next(), args.next()) else { return Err(usage.into()) };
    let precision = match args.next().as_deref() {
        None => WeightPrecision::F32,
        Some("f16") => WeightPrecision::F16,
        Some(_) => return Err(usage.into()),
    };
    if let Some(params) = scorer(&layout)? {
        return write_safetensors(Path::new(&path), &params, precision);
    }
    let unet = match layout.as_str() {
        "hummingbird-0.7b" => UNetConfig::hummingbird_07b(),
        "hummingbird-0.9b" => UNetConfig::hummingbird_09b(),
        "videocrafter2" => UNetConfig::videocrafter2(),
        _ => return Err(usage.into()),
    };
    // All 24 blocks of the text encoder, as the reference has them, although the last one never runs.
    let text = TextConfig { layers: 24, ..TextConfig::vit_h_14() };
    let config = ModelConfig { text, unet, vae: VaeConfig::kl_f8(), diffusion: DiffusionConfig::default() };
    let mut params = params(&config)?;
    let more = [("text_projection", vec![1024, 1024]), ("logit_scale", vec![])];
    params.extend(more.map(|(name, shape)| RegisteredParam {
        name: format!("cond_stage_model.model.{name}"),
        shape,
        narrowest: Narrowest::Q8,
        on_host: false,
    }));
    let count: usize = params.iter().map(|param| param.shape.iter().product::<usize>()).sum();
    eprintln!("{} tensors, {count} values", params.len());
    if path.ends_with(".safetensors") {
        write_safetensors(Path::new(&path), &params, precision)
    } else {
        write_module(Path::new(&path), &params)
    }
}

/// The tensors of a scorer in the sizes in which it was published; `None` for other names.
fn scorer(name: &str) -> Result<Option<Vec<RegisteredParam>>, Box<dyn Error>> {
    let loader = ParamLoader::names_only();
    let root = loader.path("");
    match name {
        "hpsv2" => drop(ImageScorer::init(&ClipConfig::vit_h_14(), Normalisation::CLIP, &root)?),
        "internvideo2" => {
            drop(VideoScorer::internvideo2(&InternVideo2Config::stage_2_1b(), Normalisation::IMAGENET, &root)?);
        }
        "viclip" => drop(VideoScorer::viclip(&ViClipConfig::vit_l_14(), Normalisation::IMAGENET, &root)?),
        _ => return Ok(None),
    }
    Ok(Some(loader.into_registry().params().into_iter().cloned().collect()))
}

fn write_safetensors(
    path: &Path,
    params: &[RegisteredParam],
    precision: WeightPrecision,
) -> Result<(), Box<dyn Error>> {
    let entry = |param: &RegisteredParam| Entry { name: param.name.clone(), shape: param.shape.clone(), precision };
    let entries: Vec<Entry> = params.iter().map(entry).collect();
    let mut values = |entry: &Entry| Ok(RuleWeights.values(&entry.name, &entry.shape, Init::Zeros)?);
    Ok(write_entries(path, &[], &entries, &mut values, &CancelToken::default(), &mut Silent)?)
}

fn write_module(path: &Path, params: &[RegisteredParam]) -> Result<(), Box<dyn Error>> {
    let mut root = Node::default();
    for (key, param) in params.iter().enumerate() {
        root.insert(&param.name, key);
    }
    let prefix = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?));
    archive.start_file(format!("{prefix}/data.pkl"), options)?;
    archive.write_all(&pickle(&root.value("lvdm.models.ddpm3d.LatentDiffusion", params)))?;
    for (name, content) in [("byteorder", "little"), ("version", "3\n")] {
        archive.start_file(format!("{prefix}/{name}"), options)?;
        archive.write_all(content.as_bytes())?;
    }
    for (key, param) in params.iter().enumerate() {
        archive.start_file(format!("{prefix}/data/{key}"), options)?;
        let values = RuleWeights.values(&param.name, &param.shape, Init::Zeros)?;
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        archive.write_all(&bytes)?;
    }
    archive.finish()?.flush()?;
    Ok(())
}

/// A module: its own parameters by the index of their storage, and the modules inside.
#[derive(Default)]
struct Node {
    parameters: BTreeMap<String, usize>,
    modules: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, key: usize) {
        match name.split_once('.') {
            Some((first, rest)) => self.modules.entry(first.to_owned()).or_default().insert(rest, key),
            None => {
                self.parameters.insert(name.to_owned(), key);
            }
        }
    }

    fn value(&self, class: &str, params: &[RegisteredParam]) -> Value {
        let parameters = self.parameters.iter().map(|(name, &key)| {
            (name.as_str(), parameter(tensor("FloatStorage", &key.to_string(), &params[key].shape)))
        });
        let modules =
            self.modules.iter().map(|(name, node)| (name.as_str(), node.value("torch.nn.modules.Module", params)));
        module(class, parameters.collect(), Vec::new(), &[], modules.collect())
    }
}
