//! Writing safetensors tensor by tensor: the memory of one tensor is enough for a file of any size.

use crate::unfit::{ValueAdvice, WeightFormat};
use std::collections::HashSet;
use std::path::Path;

use half::f16;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use super::names::UNET;
use crate::description::{METADATA_KEY, ModelDescription};
use crate::error::ModelError;
use crate::raw::{RawTensor, write_raw};
use hummingbird_base::progress::Silent;
use hummingbird_base::{CancelToken, ProgressSink};
use hummingbird_formats::FileError;
use hummingbird_formats::quantized::{self, SCALE_SUFFIX};
use hummingbird_nn::params::{Init, NamedTensor, ParamSource};

/// Number format of the tensors of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightPrecision {
    /// 32 bits.
    F32,
    /// 16 bits, rounded to nearest.
    F16,
    /// Weights in 8 bits with a scale for every 32 of them, some in 16 ([`Precisions`]); vectors (biases, norms) in 32 bits.
    Q8,
}

impl WeightPrecision {
    /// Bytes of a tensor of this shape, its scales included.
    pub fn bytes(self, shape: &[usize]) -> usize {
        let values: usize = shape.iter().product();
        match self {
            Self::F16 => 2 * values,
            Self::Q8 if quantized::is_quantized(shape) => {
                values + 2 * quantized::scale_shape(shape).iter().product::<usize>()
            }
            Self::F32 | Self::Q8 => 4 * values,
        }
    }
}

/// The number format of each tensor of a model.
///
/// In a file of 8 bits the smallest weights of the U-Net stay in 16, as many as hold a third of its values. They are those of the
/// finest levels, at both ends of the network, through which every error reaches the picture, and of attention; so that a third
/// of the values takes away four fifths of the error (docs/measurements.md, "Roundings of the weights").
#[derive(Clone, Debug)]
pub struct Precisions {
    precision: WeightPrecision,
    in_halves: HashSet<String>,
}

impl Precisions {
    /// Those of a model whose tensors have these names and shapes, in a file of some precision.
    pub fn new<'a>(precision: WeightPrecision, tensors: impl Iterator<Item = (&'a str, &'a [usize])>) -> Self {
        const KEPT_SHARE: usize = 3;
        let mut in_halves = HashSet::new();
        if precision == WeightPrecision::Q8 {
            let of_unet = tensors.filter(|(name, shape)| name.starts_with(UNET) && quantized::is_quantized(shape));
            let mut sizes: Vec<(usize, &str)> = of_unet.map(|(name, shape)| (shape.iter().product(), name)).collect();
            sizes.sort_unstable();
            let mut left = sizes.iter().map(|(size, _)| size).sum::<usize>() / KEPT_SHARE;
            for (size, name) in sizes {
                let Some(rest) = left.checked_sub(size) else { break };
                left = rest;
                in_halves.insert(name.to_owned());
            }
        }
        Self { precision, in_halves }
    }

    /// That of one tensor.
    pub fn of(&self, name: &str, shape: &[usize]) -> WeightPrecision {
        match self.precision {
            // Biases and norms are small, and rounding them saves nothing.
            _ if shape.len() < 2 => WeightPrecision::F32,
            WeightPrecision::Q8 if self.in_halves.contains(name) => WeightPrecision::F16,
            WeightPrecision::Q8 if !quantized::is_quantized(shape) => WeightPrecision::F32,
            precision => precision,
        }
    }
}

/// A tensor to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name in the file.
    pub name: String,
    /// Sides.
    pub shape: Vec<usize>,
    /// Number format.
    pub precision: WeightPrecision,
}

impl Entry {
    /// What the entry is in the file: one tensor, or codes and scales.
    fn stored(&self) -> Vec<RawTensor> {
        let tensor = |name, dtype, shape| RawTensor { name, dtype, shape };
        let one = |dtype| vec![tensor(self.name.clone(), dtype, self.shape.clone())];
        match self.precision {
            WeightPrecision::F32 => one(Dtype::F32),
            WeightPrecision::F16 => one(Dtype::F16),
            WeightPrecision::Q8 if !quantized::is_quantized(&self.shape) => one(Dtype::F32),
            WeightPrecision::Q8 => vec![
                tensor(self.name.clone(), Dtype::I8, self.shape.clone()),
                tensor(
                    format!("{}{SCALE_SUFFIX}", self.name),
                    Dtype::F16,
                    quantized::scale_shape(&self.shape).to_vec(),
                ),
            ],
        }
    }

    /// Whether the number format can hold the values: a NaN or an infinity would make every clip black.
    fn check(&self, values: &[f32]) -> Result<(), ModelError> {
        // The largest scale of a block of 8-bit values is the largest f16.
        let (largest, format) = match self.precision {
            WeightPrecision::F32 => (f32::MAX, WeightFormat::Weights),
            WeightPrecision::F16 => (f16::MAX.to_f32(), WeightFormat::F16),
            WeightPrecision::Q8 if quantized::is_quantized(&self.shape) => {
                (quantized::LARGEST * f16::MAX.to_f32(), WeightFormat::Q8)
            }
            WeightPrecision::Q8 => (f32::MAX, WeightFormat::Weights),
        };
        let Some(&value) = values.iter().find(|value| value.is_nan() || value.abs() > largest) else { return Ok(()) };
        let advice = if value.is_finite() { ValueAdvice::UseF32 } else { ValueAdvice::GetAgain };
        Err(ModelError::Value { name: self.name.clone(), value, format, advice })
    }

    /// The bytes of [`Entry::stored`], one after the other.
    fn encode(&self, values: &[f32]) -> Vec<u8> {
        let halves = |values: &[f16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        match self.precision {
            WeightPrecision::Q8 if quantized::is_quantized(&self.shape) => {
                let (codes, scales) = quantized::quantize(values, &self.shape);
                let mut bytes: Vec<u8> = codes.into_iter().map(i8::cast_unsigned).collect();
                bytes.extend(halves(&scales));
                bytes
            }
            WeightPrecision::F16 => halves(&values.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>()),
            WeightPrecision::F32 | WeightPrecision::Q8 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    fn byte_len(&self) -> usize {
        self.stored().iter().map(RawTensor::byte_len).sum()
    }
}

/// How the values of the entries are come by, in the order of the file.
pub type Values<'a> = dyn FnMut(&Entry) -> Result<Vec<f32>, ModelError> + 'a;

/// Writes a file under a temporary name in the folder of `path` and renames it: no half-written file is ever seen.
///
/// # Errors
/// What `values` gives, `Cancelled`, `DiskFull` before anything is written, or `Io`.
pub fn write_entries(
    path: &Path,
    metadata: &[(&str, String)],
    entries: &[Entry],
    values: &mut Values<'_>,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(), ModelError> {
    let tensors: Vec<RawTensor> = entries.iter().flat_map(Entry::stored).collect();
    let mut entries = entries.iter();
    let mut next = || {
        let Some(entry) = entries.next() else { return Ok(None) };
        let values = values(entry)?;
        entry.check(&values)?;
        let bytes = entry.encode(&values);
        if bytes.len() != entry.byte_len() {
            return Err(ModelError::WrongLength { name: entry.name.clone() });
        }
        Ok(Some(bytes))
    };
    write_raw(path, metadata, &tensors, &mut next, cancel, sink)
}

/// Weights as a file of some precision would hold them.
pub struct Rounded<'a> {
    source: &'a dyn ParamSource,
    precisions: Precisions,
}

impl<'a> Rounded<'a> {
    /// The values of `source`, rounded.
    pub fn new(source: &'a dyn ParamSource, precisions: Precisions) -> Self {
        Self { source, precisions }
    }
}

impl ParamSource for Rounded<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let values = self.source.values(name, shape, init)?;
        Ok(match self.precisions.of(name, shape) {
            WeightPrecision::F32 => values,
            WeightPrecision::F16 => values.into_iter().map(|value| f16::from_f32(value).to_f32()).collect(),
            WeightPrecision::Q8 => quantized::rounded(&values, shape),
        })
    }
}

/// Writes a model; see [`write_tensors`].
///
/// # Errors
/// As [`write_entries`].
pub fn write_model(
    path: &Path,
    description: &ModelDescription,
    tensors: &[NamedTensor],
    precision: WeightPrecision,
) -> Result<(), ModelError> {
    write_tensors(path, &[(METADATA_KEY, description_json(description))], tensors, precision)
}

/// A description as it stands in the metadata of a model file.
pub fn description_json(description: &ModelDescription) -> String {
    serde_json::to_string(description).expect("a description has only string keys")
}

/// Writes named tensors and metadata under a temporary name in the folder of `path` and renames it.
///
/// # Errors
/// As [`write_entries`].
pub fn write_tensors(
    path: &Path,
    metadata: &[(&str, String)],
    tensors: &[NamedTensor],
    precision: WeightPrecision,
) -> Result<(), ModelError> {
    let entries: Vec<Entry> = tensors
        .iter()
        .map(|tensor| Entry { name: tensor.name.clone(), shape: tensor.shape.clone(), precision })
        .collect();
    let mut tensors = tensors.iter();
    let mut values = |_: &Entry| Ok(tensors.next().map(|tensor| tensor.values.clone()).unwrap_or_default());
    write_entries(path, metadata, &entries, &mut values, &CancelToken::default(), &mut Silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_8_bits_the_smallest_third_of_a_u_net_stays_in_16() {
        let unet = |name: &str| format!("{UNET}{name}.weight");
        let names = [unet("large"), unet("small"), unet("middle"), unet("norm"), "other.weight".to_owned()];
        let shapes: [&[usize]; 5] = [&[100, 64], &[20, 32], &[40, 3, 32], &[64], &[8, 32]];
        let of = |precision| {
            let tensors = names.iter().map(String::as_str).zip(shapes);
            let precisions = Precisions::new(precision, tensors.clone());
            tensors.map(|(name, shape)| precisions.of(name, shape)).collect::<Vec<_>>()
        };
        use WeightPrecision::{F16, F32, Q8};
        // 640 of 10880 values and 3840 more would be too many; a second network has no say.
        assert_eq!(of(Q8), [Q8, F16, Q8, F32, Q8]);
        assert_eq!(of(F16), [F16, F16, F16, F32, F16]);
        assert_eq!(of(F32), [F32; 5]);
    }
}
