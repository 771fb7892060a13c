//! Low-rank changes to weights (LoRA): `W + strength * scale * up @ down`.
//!
//! Three spellings are read. T2V-Turbo's `unet_lora.pt` is a list `[up, down, up, down, ...]` without names, in the order in
//! which the reference registers the layers of its U-Net. kohya's trainers write `lora_unet_..._lora_down.weight` with
//! `alpha` beside; peft writes `....lora_A.weight`. Layers may be linear (`up [out, r]`, `down [r, in]`) or convolutions
//! (`up [out, r, 1, ..]`, `down [r, in, k, ..]`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use burn::tensor::TensorData;
use gemm::Parallelism;
use serde::Deserialize;

use super::checkpoint::{Checkpoint, has_names};
use super::names::{TEXT, UNET};
use crate::error::ModelError;
use hummingbird_formats::FileError;
use hummingbird_formats::stored::StoredTensor;
use hummingbird_kernels::Q8Weight;
use hummingbird_nn::params::{Init, ParamSource};

/// Layers that the reference's LoRA changes, in the order of its list: components of names, first registered first.
const REGISTRATION_ORDER: [&str; 33] = [
    "time_embed",
    "fps_embedding",
    "time_cond_proj",
    "input_blocks",
    "init_attn",
    "middle_block",
    "output_blocks",
    "out",
    "in_layers",
    "emb_layers",
    "out_layers",
    "skip_connection",
    "temopral_conv",
    "conv1",
    "conv2",
    "conv3",
    "conv4",
    "proj_in",
    "transformer_blocks",
    "attn1",
    "to_q",
    "to_k",
    "to_v",
    "to_out",
    "ff",
    "net",
    "proj",
    "attn2",
    "proj_out",
    "op",
    "conv",
    "motion_cond_proj",
    "combine_proj",
];

/// The layer that a list may change although its base model lacks it: students have it, the teacher has not.
const GUIDANCE_LAYER: &str = "model.diffusion_model.time_cond_proj.weight";

/// A LoRA whose layers were found in a model.
#[derive(Debug)]
pub struct Lora {
    file: Checkpoint,
    /// By the name of the weight that they change.
    pairs: HashMap<String, Pair>,
    /// Layers that the model lacks.
    left_out: Vec<String>,
}

/// One changed layer.
#[derive(Clone, Debug)]
struct Pair {
    up: StoredTensor,
    down: StoredTensor,
    /// Factor of the file itself: alpha divided by the rank.
    scale: f32,
}

impl Lora {
    /// Opens a LoRA for the model in `base`.
    ///
    /// # Errors
    /// When the file is none, or changes layers that the model has not; the message names the first.
    pub fn open(path: &Path, base: &Checkpoint) -> Result<Self, ModelError> {
        let file = Checkpoint::open(path)?;
        if layers_of(&file).is_none() {
            let detail = "it holds no low-rank changes: choose a LoRA file".to_owned();
            return Err(ModelError::LoraUnfit { path: path.to_owned(), detail });
        }
        let found = if has_names(file.contents()) { named(&file, base) } else { listed(&file, base) };
        let (pairs, left_out) = found.map_err(|detail| ModelError::LoraUnfit { path: path.to_owned(), detail })?;
        Ok(Self { file, pairs, left_out })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether the file at its path is still the one that was read.
    pub fn is_current(&self) -> bool {
        self.file.lies_at_its_path()
    }

    /// Names of the weights that it changes.
    pub fn weights(&self) -> impl Iterator<Item = &str> {
        self.pairs.keys().map(String::as_str)
    }

    /// Layers of the file that the model lacks and that have no effect.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Whether it changes the weight `name`.
    fn changes(&self, name: &str) -> bool {
        self.pairs.contains_key(name)
    }

    /// Adds `strength` times the change of the weight `name` to its `values`; nothing where it changes nothing.
    fn add_to(&self, name: &str, values: &mut [f32], strength: f32) -> Result<(), FileError> {
        let Some(pair) = self.pairs.get(name) else { return Ok(()) };
        let [outputs, rank] = flat(&pair.up);
        let [_, inputs] = flat(&pair.down);
        let (up, down) = (self.file.floats(&pair.up)?, self.file.floats(&pair.down)?);
        if values.len() != outputs * inputs || rank == 0 {
            return Ok(()); // `Lora::open` has compared the sizes; a rank of zero changes nothing.
        }
        let factor = strength * pair.scale;
        // SAFETY: `values` is [outputs, inputs], `up` is [outputs, rank] and `down` is [rank, inputs], all row-major; the
        // length of `values` was compared above, and a read tensor has as many values as its shape says.
        unsafe {
            gemm::gemm(
                outputs,
                inputs,
                rank,
                values.as_mut_ptr(),
                1,
                inputs as isize,
                true,
                up.as_ptr(),
                1,
                rank as isize,
                down.as_ptr(),
                1,
                inputs as isize,
                1.0f32,
                factor,
                false,
                false,
                false,
                Parallelism::Rayon(0),
            );
        }
        Ok(())
    }
}

/// Weights with the changes of some LoRAs, each with its strength.
pub struct Merged<'a> {
    base: &'a dyn ParamSource,
    loras: &'a [(Lora, f32)],
}

impl<'a> Merged<'a> {
    /// The values of `base`, changed.
    pub fn new(base: &'a dyn ParamSource, loras: &'a [(Lora, f32)]) -> Self {
        Self { base, loras }
    }
}

impl ParamSource for Merged<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let mut values = self.base.values(name, shape, init)?;
        for (lora, strength) in self.loras {
            lora.add_to(name, &mut values, *strength)?;
        }
        Ok(values)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        if self.loras.iter().any(|(lora, _)| lora.changes(name)) {
            return Ok(TensorData::new(self.values(name, shape, init)?, shape.to_vec()));
        }
        self.base.stored(name, shape, init)
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        if self.loras.iter().any(|(lora, _)| lora.changes(name)) {
            return Ok(None);
        }
        self.base.q8(name, shape)
    }
}

/// How many layers the file changes if it is a LoRA.
pub(super) fn layers_of(file: &Checkpoint) -> Option<usize> {
    let tensors = &file.contents().tensors;
    if has_names(file.contents()) {
        let downs = tensors.iter().filter(|tensor| matches!(part_of(tensor.name()), Some((_, Part::Down)))).count();
        return (downs > 0).then_some(downs);
    }
    let is_pair = |pair: &[StoredTensor]| flat(&pair[0])[1] == flat(&pair[1])[0];
    let fits = !tensors.is_empty() && tensors.len().is_multiple_of(2) && tensors.chunks(2).all(is_pair);
    fits.then_some(tensors.len() / 2)
}

/// A tensor as a matrix: the first side, and all others together.
fn flat(tensor: &StoredTensor) -> [usize; 2] {
    match tensor.shape() {
        [] => [1, 1],
        [first, rest @ ..] => [*first, rest.iter().product()],
    }
}

type Pairs = (HashMap<String, Pair>, Vec<String>);

/// Pairs of a list without names, given to the layers in the order in which the reference registers them.
fn listed(file: &Checkpoint, base: &Checkpoint) -> Result<Pairs, String> {
    let mut layers: Vec<(&str, Option<&StoredTensor>)> = base
        .contents()
        .tensors
        .iter()
        .filter(|tensor| is_layer(tensor))
        .map(|tensor| (tensor.name(), Some(tensor)))
        .collect();
    let pairs = &file.contents().tensors;
    let without_guidance = layers.iter().all(|(name, _)| *name != GUIDANCE_LAYER);
    if without_guidance && pairs.len() == 2 * (layers.len() + 1) {
        layers.push((GUIDANCE_LAYER, None));
    }
    layers.sort_by_cached_key(|(name, _)| registration(name));
    if pairs.len() != 2 * layers.len() {
        return Err(format!(
            "it changes {} layers by their order, and this model has {}: choose the LoRA that was made for this model",
            pairs.len() / 2,
            layers.len()
        ));
    }
    let mut found = HashMap::with_capacity(layers.len());
    let mut left_out = Vec::new();
    for (pair, (name, weight)) in pairs.chunks(2).zip(layers) {
        let pair = Pair { up: pair[0].clone(), down: pair[1].clone(), scale: 1.0 };
        match weight {
            Some(weight) => {
                fits(&pair, weight)?;
                found.insert(name.to_owned(), pair);
            }
            None => left_out.push(name.to_owned()),
        }
    }
    Ok((found, left_out))
}

/// Linear layers and convolutions of the U-Net; the reference's LoRA leaves `Conv1d` out, which are the 3-D weights.
fn is_layer(tensor: &StoredTensor) -> bool {
    let sides = tensor.shape().len();
    tensor.name().starts_with(UNET) && tensor.name().ends_with(".weight") && (sides == 2 || sides >= 4)
}

/// Sorts names as the reference registers their layers, depth first.
fn registration(name: &str) -> Vec<usize> {
    let rank = |part: &str| match part.parse() {
        Ok(index) => index,
        Err(_) => REGISTRATION_ORDER.iter().position(|known| *known == part).unwrap_or(REGISTRATION_ORDER.len()),
    };
    name.strip_prefix(UNET).unwrap_or(name).split('.').map(rank).collect()
}

fn fits(pair: &Pair, weight: &StoredTensor) -> Result<(), String> {
    let ([outputs, up_rank], [down_rank, inputs]) = (flat(&pair.up), flat(&pair.down));
    if [outputs, inputs] == flat(weight) && up_rank == down_rank {
        return Ok(());
    }
    Err(format!(
        "its tensors {:?} and {:?} do not fit the weight {:?} of shape {:?}: choose the LoRA that was made for this model",
        pair.up.shape(),
        pair.down.shape(),
        weight.name(),
        weight.shape()
    ))
}

/// Which part of a pair a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Up,
    Down,
    Alpha,
}

/// Endings of the names of parts, longest first where one ends in another.
const ENDINGS: [(&str, Part); 11] = [
    (".lora_down.weight", Part::Down),
    (".lora_up.weight", Part::Up),
    (".lora_A.default.weight", Part::Down),
    (".lora_B.default.weight", Part::Up),
    (".lora_A.weight", Part::Down),
    (".lora_B.weight", Part::Up),
    (".lora.down.weight", Part::Down),
    (".lora.up.weight", Part::Up),
    (".lora_linear_layer.down.weight", Part::Down),
    (".lora_linear_layer.up.weight", Part::Up),
    (".alpha", Part::Alpha),
];

/// Parts of methods that are more than a product of two factors.
const OTHER_METHODS: [&str; 6] = ["hada_w", "lokr_w", "lora_mid", "dora_scale", "lora_magnitude", "oft_"];

/// The layer and the part that a name means.
fn part_of(name: &str) -> Option<(&str, Part)> {
    ENDINGS.iter().find_map(|(ending, part)| Some((name.strip_suffix(ending)?, *part)))
}

/// Pairs by the names of kohya or peft.
fn named(file: &Checkpoint, base: &Checkpoint) -> Result<Pairs, String> {
    let mut parts: BTreeMap<&str, [Option<&StoredTensor>; 3]> = BTreeMap::new();
    for tensor in &file.contents().tensors {
        let name = tensor.name();
        if let Some(method) = OTHER_METHODS.iter().find(|method| name.contains(*method)) {
            return Err(format!("it uses another method than LoRA ({method}): only plain LoRA can be merged"));
        }
        let Some((layer, part)) = part_of(name) else { continue };
        parts.entry(layer).or_default()[part as usize] = Some(tensor);
    }
    let weights = spellings(base);
    let adapter = AdapterConfig::beside(file.path());
    let mut found = HashMap::with_capacity(parts.len());
    let mut unknown = Vec::new();
    for (layer, [up, down, alpha]) in parts {
        let (Some(up), Some(down)) = (up, down) else {
            if up.is_some() || down.is_some() {
                return Err(format!("the layer {layer:?} has only one of its two factors: get the file again"));
            }
            continue;
        };
        let Some(weight) = weights.get(spelling(layer).as_str()) else {
            unknown.push(layer);
            continue;
        };
        let [rank, _] = flat(down);
        let scale = match alpha {
            Some(alpha) => {
                let alpha = file.floats(alpha).map_err(|error| error.to_string())?;
                alpha.first().copied().unwrap_or(1.0) / rank.max(1) as f32
            }
            None => adapter.as_ref().map_or(1.0, |adapter| adapter.scale(rank)),
        };
        if !scale.is_finite() {
            return Err(format!("the layer {layer:?} has the factor {scale}: get the file again"));
        }
        let pair = Pair { up: up.clone(), down: down.clone(), scale };
        fits(&pair, weight)?;
        found.insert(weight.name().to_owned(), pair);
    }
    if let Some(first) = unknown.first() {
        return Err(format!(
            "{} of its layers are not in this model (first: {first:?}): choose the LoRA that was made for this model",
            unknown.len()
        ));
    }
    Ok((found, Vec::new()))
}

/// Weights of a model by the one spelling to which the names of LoRA files are brought.
fn spellings(base: &Checkpoint) -> HashMap<String, &StoredTensor> {
    let of = |tensor: &'_ StoredTensor| {
        let layer = tensor.name().strip_suffix(".weight")?;
        let key = match (layer.strip_prefix(UNET), layer.strip_prefix(TEXT)) {
            (Some(layer), _) => format!("unet_{layer}"),
            (_, Some(layer)) => format!("te_{layer}"),
            _ => return None,
        };
        Some(key.replace('.', "_"))
    };
    base.contents().tensors.iter().filter_map(|tensor| Some((of(tensor)?, tensor))).collect()
}

/// A layer's name in a LoRA file as `unet_...` or `te_...` with underscores.
fn spelling(layer: &str) -> String {
    let mut rest = layer;
    for prefix in ["base_model.model.", "base_model.", "lora_"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    for (prefix, network) in
        [(UNET, "unet_"), (TEXT, "te_"), ("diffusion_model.", "unet_"), ("unet.", "unet_"), ("text_encoder.", "te_")]
    {
        if let Some(layer) = rest.strip_prefix(prefix) {
            return format!("{network}{}", layer.replace('.', "_"));
        }
    }
    let rest = rest.replace('.', "_");
    if rest.starts_with("unet_") || rest.starts_with("te_") { rest } else { format!("unet_{rest}") }
}

/// What peft writes beside the weights.
#[derive(Debug, Deserialize)]
struct AdapterConfig {
    lora_alpha: Option<f32>,
    #[serde(default)]
    use_rslora: bool,
}

impl AdapterConfig {
    fn beside(path: &Path) -> Option<Self> {
        let path: PathBuf = path.with_file_name("adapter_config.json");
        let text = std::fs::read_to_string(&path).ok()?;
        match serde_json::from_str(&text) {
            Ok(config) => Some(config),
            Err(error) => {
                log::warn!("{path:?} is not used: {error}");
                None
            }
        }
    }

    fn scale(&self, rank: usize) -> f32 {
        let rank = rank.max(1) as f32;
        self.lora_alpha.map_or(1.0, |alpha| alpha / if self.use_rslora { rank.sqrt() } else { rank })
    }
}
