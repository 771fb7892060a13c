//! The two moments of one parameter, and its update.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::AdamWSettings;
use super::dynamic_map::{DynamicMap, SIGNED, UNSIGNED};
use crate::training::TrainError;
use crate::weights::{Checkpoint, Dtype, FileError, RawTensor};

/// Values that share a scale in 8 bits (bitsandbytes' block).
pub const BLOCK: usize = 256;
/// Parameters with fewer values keep their state in f32 (bitsandbytes' `min_8bit_size`): biases and norms are few, and what
/// rounding spares there is nothing.
pub const SMALLEST_IN_8_BITS: usize = 4096;
/// Values that one task updates, whole blocks.
const TASK: usize = 64 * BLOCK;

/// Number format of an optimiser's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Bits")]
pub enum StateBits {
    /// f32.
    #[default]
    #[serde(rename = "32")]
    Full,
    /// 8 bits with a scale for every [`BLOCK`] values, in parameters of at least [`SMALLEST_IN_8_BITS`].
    #[serde(rename = "8")]
    Eight,
}

/// Bits as a text or as a number, which `--set optimizer.bits=8` makes of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bits {
    Text(String),
    Number(i64),
}

impl TryFrom<Bits> for StateBits {
    type Error = &'static str;

    fn try_from(bits: Bits) -> Result<Self, Self::Error> {
        match bits {
            Bits::Number(32) => Ok(Self::Full),
            Bits::Number(8) => Ok(Self::Eight),
            Bits::Text(text) if text == "32" => Ok(Self::Full),
            Bits::Text(text) if text == "8" => Ok(Self::Eight),
            Bits::Text(_) | Bits::Number(_) => Err("the bits of the state are 32 or 8"),
        }
    }
}

/// What an update multiplies by, rounded once where PyTorch rounds.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    kept: f32,
    new_first: f32,
    beta_second: f32,
    new_second: f32,
    root_correction: f32,
    eps: f32,
    step: f32,
}

impl Rates {
    /// Those of update number `steps`, from 1 on.
    pub fn new(settings: &AdamWSettings, learning_rate: f64, steps: i64) -> Self {
        let [first, second] = settings.betas;
        let correction = |beta: f64| 1.0 - beta.powf(steps as f64);
        Self {
            kept: (1.0 - learning_rate * settings.weight_decay) as f32,
            new_first: (1.0 - first) as f32,
            beta_second: second as f32,
            new_second: (1.0 - second) as f32,
            root_correction: correction(second).sqrt() as f32,
            eps: settings.eps as f32,
            step: (learning_rate / correction(first)) as f32,
        }
    }

    /// The update of one value, in the order of operations of `torch.optim.AdamW`.
    #[inline(always)]
    fn update(&self, value: &mut f32, gradient: f32, first: &mut f32, second: &mut f32) {
        *first += self.new_first * (gradient - *first);
        *second = *second * self.beta_second + self.new_second * gradient * gradient;
        let root = second.sqrt() / self.root_correction + self.eps;
        *value = *value * self.kept - self.step * (*first / root);
    }
}

/// Numbers in 8 bits.
#[derive(Clone, Debug, PartialEq)]
struct Blocks {
    codes: Vec<u8>,
    /// The largest magnitude of each block.
    scales: Vec<f32>,
}

impl Blocks {
    fn zeros(count: usize, map: &DynamicMap) -> Self {
        Self { codes: vec![map.code(0.0); count], scales: vec![0.0; count.div_ceil(BLOCK)] }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Full { first: Vec<f32>, second: Vec<f32> },
    Eight { first: Blocks, second: Blocks },
}

/// What is kept of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    steps: i64,
    state: State,
}

impl Moments {
    /// Before the first update of so many values.
    pub fn new(count: usize, bits: StateBits) -> Self {
        let state = if bits == StateBits::Eight && count >= SMALLEST_IN_8_BITS {
            State::Eight { first: Blocks::zeros(count, &SIGNED), second: Blocks::zeros(count, &UNSIGNED) }
        } else {
            State::Full { first: vec![0.0; count], second: vec![0.0; count] }
        };
        Self { steps: 0, state }
    }

    /// Counts an update; gives its number.
    pub fn next_step(&mut self) -> i64 {
        self.steps += 1;
        self.steps
    }

    /// Updates all values.
    pub fn update(&mut self, values: &mut [f32], gradient: &[f32], rates: &Rates) {
        let tasks = values.par_chunks_mut(TASK).zip(gradient.par_chunks(TASK));
        match &mut self.state {
            State::Full { first, second } => {
                let moments = first.par_chunks_mut(TASK).zip(second.par_chunks_mut(TASK));
                tasks.zip(moments).for_each(|((values, gradient), (first, second))| {
                    for ((value, &gradient), (first, second)) in
                        values.iter_mut().zip(gradient).zip(first.iter_mut().zip(second))
                    {
                        rates.update(value, gradient, first, second);
                    }
                });
            }
            State::Eight { first, second } => {
                let blocks = TASK / BLOCK;
                let first = first.codes.par_chunks_mut(TASK).zip(first.scales.par_chunks_mut(blocks));
                let second = second.codes.par_chunks_mut(TASK).zip(second.scales.par_chunks_mut(blocks));
                tasks.zip(first.zip(second)).for_each(|((values, gradient), ((first, scales), (second, roots)))| {
                    let values = values.chunks_mut(BLOCK).zip(gradient.chunks(BLOCK));
                    let first = first.chunks_mut(BLOCK).zip(scales);
                    let second = second.chunks_mut(BLOCK).zip(roots);
                    for ((values, gradient), (first, second)) in values.zip(first.zip(second)) {
                        update_block(values, gradient, first, second, rates);
                    }
                });
            }
        }
    }

    /// Bytes of both moments of so many values.
    pub fn bytes_of(count: usize, bits: StateBits) -> usize {
        if bits == StateBits::Eight && count >= SMALLEST_IN_8_BITS {
            2 * (count + size_of::<f32>() * count.div_ceil(BLOCK))
        } else {
            2 * size_of::<f32>() * count
        }
    }

    /// Bytes of both moments.
    pub fn bytes(&self) -> usize {
        let blocks = |it: &Blocks| it.codes.len() + size_of_val(it.scales.as_slice());
        match &self.state {
            State::Full { first, second } => size_of_val(first.as_slice()) + size_of_val(second.as_slice()),
            State::Eight { first, second } => blocks(first) + blocks(second),
        }
    }
}

/// The update of one block: moments are read from 8 bits, and written back to them after the values have had them in full.
fn update_block(
    values: &mut [f32],
    gradient: &[f32],
    (first_codes, first_scale): (&mut [u8], &mut f32),
    (second_codes, second_scale): (&mut [u8], &mut f32),
    rates: &Rates,
) {
    let (mut first, mut second) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (index, (value, &gradient)) in values.iter_mut().zip(gradient).enumerate() {
        first[index] = SIGNED.value(first_codes[index]) * *first_scale;
        second[index] = UNSIGNED.value(second_codes[index]) * *second_scale;
        rates.update(value, gradient, &mut first[index], &mut second[index]);
    }
    let largest = |moments: &[f32]| moments.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    *first_scale = largest(&first);
    *second_scale = largest(&second);
    let share = |value: f32, scale: f32| if scale > 0.0 { value / scale } else { 0.0 };
    for (code, &value) in first_codes.iter_mut().zip(&first) {
        let nearest = SIGNED.code(share(value, *first_scale));
        // No direction is turned round: as in bitsandbytes a negative moment stays below zero.
        let is_turned = SIGNED.value(nearest).is_sign_negative() != value.is_sign_negative() && value != 0.0;
        *code = match is_turned {
            true if value > 0.0 => nearest + 1,
            true => nearest - 1,
            false => nearest,
        };
    }
    for (code, &value) in second_codes.iter_mut().zip(&second) {
        *code = UNSIGNED.code(share(value, *second_scale));
    }
}

/// A tensor of a state, and how its bytes are made.
type Part<'a> = (RawTensor, Box<dyn Fn() -> Vec<u8> + 'a>);

impl Moments {
    /// The tensors of which a file holds the state of the parameter `name`.
    pub fn parts<'a>(&'a self, name: &str) -> Vec<Part<'a>> {
        let floats = |moment: &str, values: &'a [f32]| -> Part<'a> {
            let tensor = RawTensor { name: format!("{name}.{moment}"), dtype: Dtype::F32, shape: vec![values.len()] };
            (tensor, Box::new(|| values.iter().flat_map(|value| value.to_le_bytes()).collect()))
        };
        let codes = |moment: &str, values: &'a [u8]| -> Part<'a> {
            let tensor = RawTensor { name: format!("{name}.{moment}"), dtype: Dtype::U8, shape: vec![values.len()] };
            (tensor, Box::new(|| values.to_vec()))
        };
        let steps = RawTensor { name: format!("{name}.{STEPS}"), dtype: Dtype::I64, shape: vec![1] };
        let steps: Part<'a> = (steps, Box::new(|| self.steps.to_le_bytes().to_vec()));
        let mut parts = vec![steps];
        match &self.state {
            State::Full { first, second } => parts.extend([floats(FIRST, first), floats(SECOND, second)]),
            State::Eight { first, second } => parts.extend([
                floats(FIRST_SCALES, &first.scales),
                floats(SECOND_SCALES, &second.scales),
                codes(FIRST, &first.codes),
                codes(SECOND, &second.codes),
            ]),
        }
        parts
    }

    /// The state of the parameter `name` with so many values, as a file holds it; `None` where it holds none.
    ///
    /// # Errors
    /// When a tensor is missing, of another size, or cannot be read.
    pub fn read(file: &Checkpoint, name: &str, count: usize) -> Result<Option<Self>, TrainError> {
        if file.tensor(&format!("{name}.{STEPS}")).is_none() {
            return Ok(None);
        }
        let tensor = |moment: &str, dtype: Option<Dtype>, length: usize| {
            let name = format!("{name}.{moment}");
            let Some(tensor) = file.tensor(&name) else {
                return Err(FileError::TensorMissing { path: file.path().to_owned(), name });
            };
            if tensor.shape() != [length] {
                let (found, expected) = (tensor.shape().to_vec(), vec![length]);
                return Err(FileError::TensorShape { path: file.path().to_owned(), name, found, expected });
            }
            if dtype.is_some_and(|dtype| dtype != tensor.dtype()) {
                let format = format!("{:?}", tensor.dtype());
                return Err(FileError::NumberFormat { path: file.path().to_owned(), name, format });
            }
            Ok(tensor)
        };
        let floats = |moment, length| file.floats(tensor(moment, Some(Dtype::F32), length)?);
        let is_full = tensor(FIRST, None, count)?.dtype() == Dtype::F32;
        let state = if is_full {
            State::Full { first: floats(FIRST, count)?, second: floats(SECOND, count)? }
        } else {
            let codes = |moment| file.raw(tensor(moment, Some(Dtype::U8), count)?);
            let blocks = count.div_ceil(BLOCK);
            State::Eight {
                first: Blocks { codes: codes(FIRST)?, scales: floats(FIRST_SCALES, blocks)? },
                second: Blocks { codes: codes(SECOND)?, scales: floats(SECOND_SCALES, blocks)? },
            }
        };
        let steps = file.numbers(tensor(STEPS, Some(Dtype::I64), 1)?)?.first().map_or(0, |&steps| steps as i64);
        Ok(Some(Self { steps, state }))
    }
}

/// Ends of the names under which a file holds a state.
const STEPS: &str = "steps";
const FIRST: &str = "first";
const SECOND: &str = "second";
const FIRST_SCALES: &str = "first_scales";
const SECOND_SCALES: &str = "second_scales";
