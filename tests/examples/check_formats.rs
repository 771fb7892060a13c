//! Checks the readers against complete checkpoints that PyTorch wrote:
//! `cargo run -p hummingbird-tests --example check_formats -- FOLDER_OF_FORMATS`
//!
//! Every tensor of every `.pt`, `.ckpt` and `.safetensors` in the folder is read and compared to the last bit: with the
//! weight rule, with `views_expected` for `views*`, and for `unet_lora*` the merged weights with `unet_lora_expected`. The
//! schedule's buffers follow no rule; they are in `../manifests/schedule_buffers.safetensors`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::{Write, stdout};
use std::path::Path;

use hummingbird_engine::weights::{Contents, Dtype, looks_like_torch, read_safetensors, read_torch};
use hummingbird_tests::checkpoint_files::{Tensors, converted, rule_bytes, tensors_of};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder of the checkpoints")?;
    let references = References::read(Path::new(&folder))?;
    let mut paths: Vec<_> = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    for path in paths {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_file = path.extension().is_some_and(|end| end == "pt" || end == "ckpt" || end == "safetensors");
        if !is_file || stem == "forward" || stem.ends_with("_expected") {
            continue;
        }
        let (contents, tensors) = read(&path)?;
        let checked = references.check(stem, &contents, &tensors).map_err(|error| format!("{stem}: {error}"))?;
        writeln!(
            stdout(),
            "{stem}: {:?}, {:?}, {checked}, {} foreign classes",
            contents.container,
            contents.arrangement,
            contents.foreign_classes.len()
        )?;
    }
    Ok(())
}

/// Opens a file as what its first bytes say.
fn read(path: &Path) -> Result<(Contents, Tensors)> {
    let bytes = fs::read(path)?;
    let mut file = File::open(path)?;
    let contents = if looks_like_torch(&bytes[..bytes.len().min(64)]) {
        read_torch(&mut file)
    } else {
        read_safetensors(&mut file).map(|(contents, _)| contents)
    };
    let contents = contents.map_err(|error| error.at(path))?;
    let tensors = tensors_of(&contents, &mut file)?;
    Ok((contents, tensors))
}

struct References {
    /// Names and shapes of the model in the files.
    manifest: BTreeMap<String, Vec<usize>>,
    schedule: Tensors,
    views: Tensors,
    lora: Tensors,
    lora_order: Vec<Value>,
}

impl References {
    fn read(folder: &Path) -> Result<Self> {
        let json = |name: &str| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(folder.join(name))?)?) };
        let tensors = |name: &str| -> Result<Tensors> { Ok(read(&folder.join(name))?.1) };
        let manifest = json("manifest.json")?;
        let entries = manifest["tensors"].as_array().ok_or("the manifest has no tensors")?;
        let entry = |entry: &Value| Some((entry["name"].as_str()?.to_owned(), sides(&entry["shape"])?));
        Ok(Self {
            manifest: entries.iter().map(entry).collect::<Option<_>>().ok_or("the manifest is no list of tensors")?,
            schedule: tensors("../manifests/schedule_buffers.safetensors")?,
            views: tensors("views_expected.safetensors")?,
            lora: tensors("unet_lora_expected.safetensors")?,
            lora_order: json("unet_lora_expected.json")?["order"].as_array().cloned().ok_or("no order")?,
        })
    }

    /// Compares all tensors of a file; says what was compared.
    fn check(&self, stem: &str, contents: &Contents, tensors: &Tensors) -> Result<String> {
        if stem.starts_with("views") {
            return self.check_views(tensors);
        }
        if stem.starts_with("unet_lora") {
            return self.check_lora(tensors);
        }
        let prefix = if stem.starts_with("unet_only") { "model.diffusion_model." } else { "" };
        let mut names = BTreeSet::new();
        for (name, (dtype, shape, bytes)) in tensors {
            // A replaced layer keeps its values; a 3x1x1 convolution became a 3x1 one inside of a module `conv2d`.
            let full = format!("{prefix}{name}").replace(".conv2d.", ".");
            let is_replaced = name.contains(".conv2d.");
            let wanted = self.manifest.get(&full).ok_or_else(|| format!("{name} is no tensor of the model"))?;
            let wanted = &wanted[..wanted.len() - usize::from(is_replaced && wanted.len() == 5)];
            if shape != wanted {
                return Err(format!("{name} has the shape {shape:?} and not {wanted:?}").into());
            }
            let expected = match self.schedule.get(&full) {
                Some((_, _, values)) => converted(values, *dtype),
                None => rule_bytes(&full, shape, *dtype),
            };
            if *bytes != expected {
                return Err(format!("{name} has other values than the rule gives").into());
            }
            names.insert(full);
        }
        let is_part = stem.contains("_few");
        let missing = self.manifest.keys().filter(|name| name.starts_with(prefix) && !names.contains(*name)).count();
        if names.len() != contents.tensors.len() || missing > 0 && !is_part {
            return Err(format!("{missing} tensors are missing").into());
        }
        Ok(format!("{} tensors by the rule", names.len()))
    }

    fn check_views(&self, tensors: &Tensors) -> Result<String> {
        if !tensors.keys().eq(self.views.keys()) {
            return Err("other names than expected".into());
        }
        for (name, (dtype, shape, bytes)) in tensors {
            let (wanted_dtype, wanted_shape, wanted) = &self.views[name];
            let wanted = if *dtype == Dtype::BF16 { converted(wanted, *dtype) } else { wanted.clone() };
            let same_dtype = match dtype {
                Dtype::BF16 => *wanted_dtype == Dtype::F32,
                Dtype::BOOL => *wanted_dtype == Dtype::U8,
                dtype => dtype == wanted_dtype,
            };
            if !same_dtype || shape != wanted_shape || *bytes != wanted {
                return Err(format!("{name} is not as expected").into());
            }
        }
        Ok(format!("{} views", tensors.len()))
    }

    fn check_lora(&self, tensors: &Tensors) -> Result<String> {
        let mut merged = 0;
        for entry in &self.lora_order {
            let factor = |side: &str| -> Result<(Vec<usize>, Vec<f32>)> {
                let index = entry[format!("index_{side}")].to_string();
                let (_, shape, bytes) = tensors.get(&index).ok_or("a factor is missing")?;
                if Some(shape) != sides(&entry[side]).as_ref() {
                    return Err(format!("factor {index} has another shape").into());
                }
                Ok((shape.clone(), floats(bytes)))
            };
            let ((up_shape, up), (down_shape, down)) = (factor("up")?, factor("down")?);
            let name = format!("model.diffusion_model.{}.weight", entry["module"].as_str().ok_or("no module")?);
            let Some((_, shape, expected)) = self.lora.get(&format!("merged.{name}")) else { continue };
            let rank = up_shape[1..].iter().product::<usize>();
            let inputs = down_shape[1..].iter().product::<usize>();
            let base = floats(&rule_bytes(&name, shape, Dtype::F32));
            for (index, (base, expected)) in base.iter().zip(floats(expected)).enumerate() {
                let (row, column) = (index / inputs, index % inputs);
                let product: f32 = (0..rank).map(|inner| up[row * rank + inner] * down[inner * inputs + column]).sum();
                // The order of a sum of at most 64 products moves the last bits.
                if (base + product - expected).abs() > 1e-6 {
                    return Err(format!("{name}[{index}] merges to {} and not {expected}", base + product).into());
                }
            }
            merged += 1;
        }
        if merged == 0 || tensors.len() != 2 * self.lora_order.len() {
            return Err("the factors and their order differ".into());
        }
        Ok(format!("{} factors, {merged} weights merged", tensors.len()))
    }
}

fn sides(shape: &Value) -> Option<Vec<usize>> {
    shape.as_array()?.iter().map(|side| usize::try_from(side.as_u64()?).ok()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}
