//! Motion between two frames: a frame between them by AMT-S, optical flow by RAFT and by Farneback.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_judges::MotionError;
use hummingbird_judges::farneback::{Expanded, grey};
use hummingbird_judges::flow::{PREFIX, Raft};
use hummingbird_judges::interpolation::{Amt, AmtConfig};

use super::config::{read_json, unusable};
use super::inputs::{Inputs, InputsUnfit};
use super::named;
use super::outputs::Output;
use crate::jobs::error::EngineError;
use crate::jobs::events::CancelToken;
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource};
use crate::weights::Checkpoint;

/// Colours of a pixel.
const RGB: usize = 3;
/// Most rounds of RAFT.
const MAX_ROUNDS: usize = 1000;
/// A tensor of RAFT's, to tell how its names begin.
const RAFT_TENSOR: &str = "fnet.conv1.weight";

/// Pairs of frames with their height and width; whether there was a dimension of pairs.
struct Pairs {
    /// RGB in 0..255, or grey, pixel by pixel; one entry for each pair.
    frames: Vec<[Vec<f32>; 2]>,
    size: [usize; 2],
    is_batch: bool,
}

/// One side of all pairs: values and shape, with colours last.
struct Side {
    values: Vec<f32>,
    /// Frames, height and width.
    shape: [usize; 3],
    is_batch: bool,
}

fn side(inputs: &Inputs<'_>, name: &str, takes_grey: bool) -> Result<Side, EngineError> {
    let Some(tensor) = inputs.file.tensor(name) else { return Err(inputs.lacks(name)) };
    let shape = tensor.shape().to_vec();
    if tensor.is_empty() {
        return Err(inputs.unfit(InputsUnfit::Empty { name: name.to_owned() }));
    }
    let unfit = || {
        let wanted = if takes_grey { "height, width] or [height, width, 3" } else { "height, width, 3" };
        inputs.unfit(InputsUnfit::Shape { name: name.to_owned(), shape: shape.clone(), wanted: wanted.to_owned() })
    };
    let (sides, is_first) = match shape[..] {
        [.., height, width, RGB] if shape.len() >= 3 => ([height, width], false),
        [.., RGB, height, width] if shape.len() == 4 || !takes_grey => ([height, width], true),
        [.., height, width] if takes_grey && shape.len() <= 3 => {
            let frames = if shape.len() == 3 { shape[0] } else { 1 };
            let values = floats(inputs, name)?;
            return Ok(Side { values, shape: [frames, height, width], is_batch: shape.len() == 3 });
        }
        _ => return Err(unfit()),
    };
    let (frames, is_batch) = match shape.len() {
        3 => (1, false),
        4 => (shape[0], true),
        _ => return Err(unfit()),
    };
    let mut values = floats(inputs, name)?;
    if is_first {
        // [n, 3, h, w] -> [n, h, w, 3]
        let pixels = sides[0] * sides[1];
        let planes = values;
        values = (0..planes.len())
            .map(|at| planes[(at / RGB / pixels * RGB + at % RGB) * pixels + at / RGB % pixels])
            .collect();
    }
    Ok(Side { values, shape: [frames, sides[0], sides[1]], is_batch })
}

fn floats(inputs: &Inputs<'_>, name: &str) -> Result<Vec<f32>, EngineError> {
    let Some(tensor) = inputs.file.tensor(name) else { return Err(inputs.lacks(name)) };
    Ok(inputs.file.numbers(tensor)?.into_iter().map(|value| value as f32).collect())
}

fn pairs(inputs: &Inputs<'_>, takes_grey: bool) -> Result<Pairs, EngineError> {
    let (first, last) = (side(inputs, "first", takes_grey)?, side(inputs, "last", takes_grey)?);
    let is_same = first.shape == last.shape && first.values.len() == last.values.len();
    if !is_same {
        let wanted = first.shape.map(|side| side.to_string()).join(", ");
        let (name, shape) = ("last".to_owned(), last.shape.to_vec());
        return Err(inputs.unfit(InputsUnfit::Shape { name, shape, wanted }));
    }
    let [count, height, width] = first.shape;
    let length = first.values.len() / count;
    let both = first.values.chunks(length).zip(last.values.chunks(length));
    let frames = both.map(|(first, last)| [first.to_vec(), last.to_vec()]).collect();
    Ok(Pairs { frames, size: [height, width], is_batch: first.is_batch })
}

/// Frames of RGB as a network takes them, divided by `scale`.
fn tensor(values: &[f32], [height, width]: [usize; 2], scale: f32, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = values.iter().map(|value| value / scale).collect();
    Tensor::from_data(TensorData::new(values, [1, height, width, RGB]), device)
}

/// Results of all pairs behind each other, in the reference's order.
fn stacked(name: &str, results: Vec<Tensor<4>>) -> NamedTensor {
    // [n, h, w, c] -> [n, c, h, w]
    named(name, Tensor::cat(results, 0).permute([0, 3, 1, 2]))
}

fn motion_unfit(inputs: &Inputs<'_>, error: MotionError) -> EngineError {
    match error {
        MotionError::Frames(detail) => {
            EngineError::Inputs { path: inputs.file.path().to_owned(), detail: detail.into() }
        }
        _ => EngineError::Cancelled(hummingbird_base::Cancelled),
    }
}

/// The sizes of AMT that a configuration says, as JSON; without one those of AMT-S.
///
/// # Errors
/// `Config` when it cannot be read, or no such network can be.
pub fn amt_config(path: Option<&Path>) -> Result<AmtConfig, EngineError> {
    let Some(path) = path else { return Ok(AmtConfig::default()) };
    let config: AmtConfig = read_json(path)?;
    config.check().map_err(|error| unusable(path, error))?;
    Ok(config)
}

/// AMT-S of a file.
///
/// # Errors
/// Files that cannot be read, or hold another network.
pub fn amt(path: &Path, device: &Device) -> Result<Amt, EngineError> {
    let file = Checkpoint::open(path)?;
    Ok(Amt::init(&AmtConfig::default(), &ParamLoader::new(&file, device).path(""))?)
}

/// The frame in the middle of `first` and `last` (RGB in 0..255, `[h, w, 3]`, or `[n, h, w, 3]` for several pairs) by AMT:
/// `before_clamp [n, 3, H, W]` of the padded size, and `middle_u8` like the inputs; for a look inside `flow0_4`, `flow1_4` and `feature_3`.
///
/// # Errors
/// When a tensor is missing or does not fit, on either side; [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn interpolate(
    config: &AmtConfig,
    weights: &dyn ParamSource,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<Output>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let Pairs { frames, size, is_batch } = pairs(&inputs, false)?;
    let loader = ParamLoader::new(weights, device);
    let network = Amt::init(config, &loader.path(""))?;
    let mut bytes = Vec::new();
    let [mut before_clamp, mut to_first, mut to_last, mut features] = [const { Vec::new() }; 4];
    let count = frames.len();
    for [first, last] in frames {
        let [first, last] = [first, last].map(|frame| tensor(&frame, size, 255.0, device));
        let middle = network.forward(first, last, cancel).map_err(|error| motion_unfit(&inputs, error))?;
        bytes.extend(middle.bytes());
        before_clamp.push(middle.before_clamp);
        to_first.push(middle.coarse_flows.clone().narrow(3, 0, 2));
        to_last.push(middle.coarse_flows.narrow(3, 2, 2));
        features.push(middle.coarse_feature);
    }
    let mut shape = vec![size[0], size[1], RGB];
    if is_batch {
        shape.insert(0, count);
    }
    Ok(vec![
        stacked("before_clamp", before_clamp).into(),
        Output::bytes("middle_u8", shape, bytes),
        stacked("flow0_4", to_first).into(),
        stacked("flow1_4", to_last).into(),
        stacked("feature_3", features).into(),
    ])
}

/// The flow from `first` to `last` (as for [`interpolate`]) by RAFT, after `iterations` rounds (a number; 20 where it is missing):
/// `flow_low [n, 2, H / 8, W / 8]` and `flow_up [n, 2, H, W]` of the padded size.
///
/// # Errors
/// As [`interpolate`].
pub fn raft_flow(
    weights: &dyn ParamSource,
    has: &dyn Fn(&str) -> bool,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<Output>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let Pairs { frames, size, .. } = pairs(&inputs, false)?;
    let rounds = match inputs.file.tensor("iterations") {
        None => Raft::ROUNDS,
        Some(tensor) => {
            let numbers = inputs.file.numbers(tensor)?;
            let numbers = inputs.below("iterations", numbers, MAX_ROUNDS + 1)?;
            let one = |numbers: &[usize]| <[usize; 1]>::try_from(numbers);
            let [rounds] = one(&numbers).map_err(|_| {
                inputs.unfit(InputsUnfit::Count { name: "iterations".to_owned(), count: numbers.len(), batch: 1 })
            })?;
            rounds
        }
    };
    let loader = ParamLoader::new(weights, device);
    let network = Raft::init(&loader.path(raft_prefix(has)))?;
    let [mut low, mut up] = [const { Vec::new() }; 2];
    for [first, last] in frames {
        let [first, last] = [first, last].map(|frame| tensor(&frame, size, 1.0, device));
        let flow = network.forward(first, last, rounds, cancel).map_err(|error| motion_unfit(&inputs, error))?;
        low.push(flow.coarse);
        up.push(flow.fine);
    }
    Ok(vec![stacked("flow_low", low).into(), stacked("flow_up", up).into()])
}

/// What names of RAFT begin with in a file.
pub fn raft_prefix(has: &dyn Fn(&str) -> bool) -> &'static str {
    if has(&format!("{PREFIX}.{RAFT_TENSOR}")) { PREFIX } else { "" }
}

/// Farneback's flow from `first` to `last` (grey or RGB in 0..255, `[h, w]` or `[h, w, 3]`, or several of them): `flow [2, h, w]`.
///
/// # Errors
/// As [`interpolate`].
pub fn farneback_flow(inputs: &Checkpoint, device: &Device, cancel: &CancelToken) -> Result<Vec<Output>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let Pairs { frames, size, is_batch } = pairs(&inputs, true)?;
    let pixels = size[0] * size[1];
    let count = frames.len();
    let mut values = Vec::with_capacity(count * 2 * pixels);
    for pair in frames {
        cancel.check()?;
        let [first, last] = pair.map(|frame| {
            let bytes: Vec<u8> = frame.into_iter().map(|value| value.round_ties_even() as u8).collect();
            Expanded::new(&if bytes.len() == pixels { bytes } else { grey(&bytes) }, size)
        });
        let flow = first.flow_to(&last);
        for axis in 0..2 {
            values.extend(flow.vectors.iter().map(|vector| vector[axis]));
        }
    }
    let mut shape = vec![2, size[0], size[1]];
    if is_batch {
        shape.insert(0, count);
    }
    Ok(vec![NamedTensor { name: "flow".to_owned(), shape, values }.into()])
}
