//! Low-rank changes to weights (LoRA): `W + strength * scale * up @ down`.
//!
//! Several spellings are read. T2V-Turbo's `unet_lora.pt` is a list `[up, down, up, down, ...]` without names, in the order in
//! which the reference registers the layers of its U-Net. kohya's trainers write `lora_unet_..._lora_down.weight` with
//! `alpha` beside; peft writes `....lora_A.weight`, also with an adapter's name before the ending. Besides products of factors,
//! `.diff`, `.diff_b`, `.w_norm` and `.b_norm` are added to weights and biases, and whole weights and biases (peft's
//! `modules_to_save`) take their place. What is left is named ([`Lora::left_out`]). Layers may be linear (`up [out, r]`, `down [r, in]`) or convolutions
//! (`up [out, r, 1, ..]`, `down [r, in, k, ..]`).

mod spelling;
mod strength;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use burn::tensor::TensorData;
use gemm::Parallelism;

use self::spelling::{Part, Spelled, Spellings, spelled, whole};
use self::strength::Strength;
pub use self::written::{LoraNames, NewLora, write_lora};
use super::checkpoint::{Checkpoint, has_names};
use super::names::UNET;
use crate::error::ModelError;
use crate::unfit::LoraUnfit;
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
    /// By the name of the weight or bias that they change, in the order in which they are applied.
    changes: HashMap<String, Vec<Change>>,
    /// Layers that the model lacks, and tensors that are no part of a change.
    left_out: Vec<String>,
}

/// What happens to one parameter.
#[derive(Clone, Debug)]
enum Change {
    /// The product of two factors is added.
    Product(Pair),
    /// A tensor is added, multiplied by a factor of the file.
    Sum(StoredTensor, f32),
    /// A tensor takes the parameter's place; at half strength, half of the way.
    Replacement(StoredTensor),
}

impl Change {
    fn tensors(&self) -> impl Iterator<Item = &StoredTensor> {
        match self {
            Self::Product(Pair { up, down, .. }) => [Some(up), Some(down)],
            Self::Sum(tensor, _) | Self::Replacement(tensor) => [Some(tensor), None],
        }
        .into_iter()
        .flatten()
    }
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
            return Err(ModelError::LoraUnfit { path: path.to_owned(), detail: LoraUnfit::NoChanges.into() });
        }
        let found = if has_names(file.contents()) { named(&file, base) } else { listed(&file, base) };
        let unfit = |detail: LoraUnfit| ModelError::LoraUnfit { path: path.to_owned(), detail: detail.into() };
        let (changes, left_out) = found.map_err(unfit)?;
        // One value that is no number makes the whole clip black.
        for tensor in changes.values().flatten().flat_map(Change::tensors) {
            if file.floats(tensor)?.iter().any(|value| !value.is_finite()) {
                return Err(unfit(LoraUnfit::NotFinite { name: tensor.name().to_owned() }));
            }
        }
        Ok(Self { file, changes, left_out })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether the file at its path is still the one that was read.
    pub fn is_current(&self) -> bool {
        self.file.lies_at_its_path()
    }

    /// Names of the weights and biases that it changes.
    pub fn weights(&self) -> impl Iterator<Item = &str> {
        self.changes.keys().map(String::as_str)
    }

    /// Parts of the file that have no effect: layers that the model lacks, and tensors that are no change known here.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Whether it changes the weight `name`.
    fn changes(&self, name: &str) -> bool {
        self.changes.contains_key(name)
    }

    /// Adds `strength` times the changes of the parameter `name` to its `values`; `original` are those of the model.
    fn add_to(&self, name: &str, values: &mut [f32], original: &[f32], strength: f32) -> Result<(), FileError> {
        for change in self.changes.get(name).into_iter().flatten() {
            match change {
                Change::Product(pair) => self.add_product(pair, values, strength)?,
                Change::Sum(tensor, factor) => {
                    let factor = strength * factor;
                    values.iter_mut().zip(self.file.floats(tensor)?).for_each(|(value, more)| *value += factor * more);
                }
                Change::Replacement(tensor) => {
                    let new = self.file.floats(tensor)?;
                    let pairs = original.iter().zip(new);
                    values.iter_mut().zip(pairs).for_each(|(value, (old, new))| *value += strength * (new - old));
                }
            }
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(FileError::NotFinite { path: self.file.path().to_owned(), name: name.to_owned() });
        }
        Ok(())
    }

    /// Adds `strength` times the product of two factors.
    fn add_product(&self, pair: &Pair, values: &mut [f32], strength: f32) -> Result<(), FileError> {
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
        let loras = self.loras.iter().filter(|(lora, _)| lora.changes(name));
        let original = if loras.clone().next().is_some() { values.clone() } else { Vec::new() };
        for (lora, strength) in loras {
            lora.add_to(name, &mut values, &original, *strength)?;
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
        let is_layer = |name: &str| {
            let part = spelled(name).map(|it| it.part);
            matches!(part, Some(Part::Down | Part::WeightChange | Part::BiasChange))
        };
        let layers = tensors.iter().filter(|tensor| is_layer(tensor.name())).count();
        return (layers > 0).then_some(layers);
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

type Changes = (HashMap<String, Vec<Change>>, Vec<String>);

/// Pairs of a list without names, given to the layers in the order in which the reference registers them.
fn listed(file: &Checkpoint, base: &Checkpoint) -> Result<Changes, LoraUnfit> {
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
        return Err(LoraUnfit::OtherCount { changed: pairs.len() / 2, layers: layers.len() });
    }
    let mut found = HashMap::with_capacity(layers.len());
    let mut left_out = Vec::new();
    for (pair, (name, weight)) in pairs.chunks(2).zip(layers) {
        let pair = Pair { up: pair[0].clone(), down: pair[1].clone(), scale: 1.0 };
        match weight {
            Some(weight) => {
                fits(&pair, weight)?;
                found.insert(name.to_owned(), vec![Change::Product(pair)]);
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

fn fits(pair: &Pair, weight: &StoredTensor) -> Result<(), LoraUnfit> {
    let ([outputs, up_rank], [down_rank, inputs]) = (flat(&pair.up), flat(&pair.down));
    if [outputs, inputs] == flat(weight) && up_rank == down_rank {
        return Ok(());
    }
    Err(LoraUnfit::Shape {
        up: pair.up.shape().to_vec(),
        down: pair.down.shape().to_vec(),
        weight: weight.name().to_owned(),
        shape: weight.shape().to_vec(),
    })
}

/// Parts of methods that are more than a product of two factors.
const OTHER_METHODS: [&str; 6] = ["hada_w", "lokr_w", "lora_mid", "dora_scale", "lora_magnitude", "oft_"];

/// The parts of one layer's change, as the file spells it.
type Parts<'a> = BTreeMap<Part, &'a StoredTensor>;

/// Changes by the names of kohya, peft and ComfyUI.
fn named(file: &Checkpoint, base: &Checkpoint) -> Result<Changes, LoraUnfit> {
    let mut layers: BTreeMap<&str, Parts<'_>> = BTreeMap::new();
    let mut adapters = BTreeSet::new();
    let mut left_out = Vec::new();
    for tensor in &file.contents().tensors {
        let name = tensor.name();
        if let Some(method) = OTHER_METHODS.iter().find(|method| name.contains(*method)) {
            return Err(LoraUnfit::OtherMethod { method });
        }
        let Some(Spelled { layer, part, adapter }) = spelled(name).or_else(|| whole(name)) else {
            left_out.push(name.to_owned());
            continue;
        };
        adapters.extend(adapter);
        if layers.entry(layer).or_default().insert(part, tensor).is_some() && adapters.len() < 2 {
            return Err(LoraUnfit::TwoChanges { layer: layer.to_owned() });
        }
    }
    if adapters.len() > 1 {
        return Err(LoraUnfit::SeveralAdapters { names: adapters.into_iter().map(str::to_owned).collect() });
    }
    let parameters = Spellings::of(base);
    let strength = Strength::of(file)?;
    let mut found: HashMap<String, Vec<Change>> = HashMap::new();
    let mut unknown = Vec::new();
    for (layer, parts) in layers {
        let factor = match (parts.get(&Part::Up), parts.get(&Part::Down)) {
            (None, None) => None,
            (Some(&up), Some(&down)) => {
                let Some(weight) = parameters.weight(layer) else {
                    unknown.push(layer);
                    continue;
                };
                let scale = scale_of(file, layer, &parts, down, &strength)?;
                let pair = Pair { up: up.clone(), down: down.clone(), scale };
                fits(&pair, weight)?;
                let changes = found.entry(weight.name().to_owned()).or_default();
                if !changes.is_empty() {
                    return Err(LoraUnfit::ChangedTwice { weight: weight.name().to_owned() });
                }
                changes.push(Change::Product(pair));
                Some(scale)
            }
            _ => return Err(LoraUnfit::OneFactor { layer: layer.to_owned() }),
        };
        for (part, tensor) in parts {
            let (parameter, change) = match part {
                Part::Up | Part::Down | Part::Alpha => continue,
                Part::UpBias => (parameters.bias(layer), factor.map(|factor| Change::Sum(tensor.clone(), factor))),
                Part::WeightChange => (parameters.weight(layer), Some(Change::Sum(tensor.clone(), 1.0))),
                Part::BiasChange => (parameters.bias(layer), Some(Change::Sum(tensor.clone(), 1.0))),
                Part::Weight => (parameters.weight(layer), Some(Change::Replacement(tensor.clone()))),
                Part::Bias => (parameters.bias(layer), Some(Change::Replacement(tensor.clone()))),
            };
            match (parameter.filter(|parameter| parameter.shape() == tensor.shape()), change) {
                (Some(parameter), Some(change)) => {
                    found.entry(parameter.name().to_owned()).or_default().push(change);
                }
                _ => left_out.push(tensor.name().to_owned()),
            }
        }
    }
    if let Some(first) = unknown.first() {
        return Err(LoraUnfit::UnknownLayers { count: unknown.len(), first: (*first).to_owned() });
    }
    Ok((found, left_out))
}

/// The factor of a layer's product: alpha by rank, from the layer itself, the header, or the configuration beside the file.
fn scale_of(
    file: &Checkpoint,
    layer: &str,
    parts: &Parts<'_>,
    down: &StoredTensor,
    strength: &Strength,
) -> Result<f32, LoraUnfit> {
    let [rank, _] = flat(down);
    let scale = match parts.get(&Part::Alpha) {
        Some(alpha) => {
            let alpha = file.numbers(alpha)?;
            alpha.first().map_or(1.0, |&alpha| alpha as f32) / rank.max(1) as f32
        }
        None => {
            let has_kernel = down.shape().iter().skip(2).any(|&side| side > 1);
            strength.scale(layer, rank, has_kernel)?
        }
    };
    if !scale.is_finite() {
        return Err(LoraUnfit::Factor { layer: layer.to_owned(), scale });
    }
    Ok(scale)
}
