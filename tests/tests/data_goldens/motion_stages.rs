//! The stages of motion that `hummingbird forward` runs: names, shapes and orders of what comes in and out.

use burn::tensor::TensorData;
use hummingbird_engine::CancelToken;
use hummingbird_engine::error::{EngineError, FileError};
use hummingbird_engine::forward::{Output, OutputValues, farneback_flow, interpolate, raft_flow};
use hummingbird_engine::judges::interpolation::AmtConfig;
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamSource};
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;

use super::flow::Golden;

fn written(tensors: &[(&str, &[usize], Vec<f32>)]) -> Checkpoint {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("inputs.safetensors");
    let tensor = |(name, shape, values): &(&str, &[usize], Vec<f32>)| NamedTensor {
        name: (*name).to_owned(),
        shape: shape.to_vec(),
        values: values.clone(),
    };
    let tensors: Vec<NamedTensor> = tensors.iter().map(tensor).collect();
    write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("the folder is writable");
    Checkpoint::open(&path).expect("it was just written")
}

fn floats(outputs: &[Output], name: &str) -> (Vec<usize>, Vec<f32>) {
    let output = outputs.iter().find(|output| output.name == name).unwrap_or_else(|| panic!("there is no {name}"));
    match &output.values {
        OutputValues::Floats(values) => (output.shape.clone(), values.clone()),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn farneback_takes_one_pair_and_several() {
    let golden = Golden::open("motion_farneback_a");
    let grey: Vec<f32> = golden.numbers("gray").into_iter().map(|value| value as f32).collect();
    let expected = golden.numbers("flow");
    let (height, width) = (64, 96);
    let pixels = height * width;
    let check = |shape: &[usize], outputs: &[usize], range: std::ops::Range<usize>| {
        let inputs = written(&[
            ("first", shape, grey[range.start * pixels..range.end * pixels].to_vec()),
            ("last", shape, grey[(range.start + 1) * pixels..(range.end + 1) * pixels].to_vec()),
        ]);
        let found = farneback_flow(&inputs, &cpu(), &CancelToken::default()).expect("the frames fit");
        let (found_shape, values) = floats(&found, "flow");
        assert_eq!(found_shape, outputs);
        let expected = &expected[range.start * 2 * pixels..range.end * 2 * pixels];
        let worst = values.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(values.len() == expected.len() && worst <= 0.02, "off by {worst} px");
    };
    check(&[height, width], &[2, height, width], 1..2);
    check(&[3, height, width], &[3, 2, height, width], 0..3);
}

/// The rule's weights under the names of the published file.
struct Prefixed;

impl ParamSource for Prefixed {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        RuleWeights.values(name.strip_prefix("module.").expect("all names begin so"), shape, init)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        Ok(TensorData::new(self.values(name, shape, init)?, shape.to_vec()))
    }
}

/// Frames in bytes with colours last, and the same with colours first, are the same frames.
#[test]
fn raft_takes_both_orders_of_colours_and_both_beginnings_of_names() {
    let (height, width) = (66, 71);
    let value = |y: usize, x: usize, colour: usize| ((y * 7 + x * 13 + colour * 50) % 256) as f32;
    let pixels = |shift: usize| (0..height).flat_map(move |y| (0..width).map(move |x| (y, x + shift)));
    let last = |shift| pixels(shift).flat_map(|(y, x)| [0, 1, 2].map(|colour| value(y, x, colour))).collect();
    let first = |shift| (0..3).flat_map(|colour| pixels(shift).map(move |(y, x)| value(y, x, colour))).collect();
    let iterations = ("iterations", &[][..], vec![1.0]);
    let one = &[height, width, 3][..];
    let inputs = written(&[("first", one, last(0)), ("last", one, last(3)), iterations.clone()]);
    let cancel = CancelToken::default();
    let found = raft_flow(&RuleWeights, &|_| false, &inputs, &cpu(), &cancel).expect("the frames fit");
    let (shape, low) = floats(&found, "flow_low");
    assert_eq!(shape, [1, 2, 9, 9]);
    assert_eq!(floats(&found, "flow_up").0, [1, 2, 72, 72]);
    let several = &[1, 3, height, width][..];
    let inputs = written(&[("first", several, first(0)), ("last", several, first(3)), iterations]);
    let published = raft_flow(&Prefixed, &|name| name.starts_with("module."), &inputs, &cpu(), &cancel);
    assert_eq!(floats(&published.expect("the frames fit"), "flow_low").1, low);
}

#[test]
fn what_does_not_fit_is_refused() {
    let cancel = CancelToken::default();
    let frame = |height: usize, width: usize| vec![9.0; height * width * 3];
    let vfi = |inputs: &Checkpoint| interpolate(&AmtConfig::default(), &RuleWeights, inputs, &cpu(), &cancel);
    let refused = |inputs: &Checkpoint, words: &str| match vfi(inputs) {
        Err(error @ EngineError::Inputs { .. }) => {
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
        }
        other => panic!("{other:?}"),
    };
    let small = &[40, 200, 3][..];
    refused(&written(&[("first", small, frame(40, 200)), ("last", small, frame(40, 200))]), "too small");
    refused(&written(&[("first", small, frame(40, 200))]), "lacks the tensor \"last\"");
    let other = &[200, 40, 3][..];
    refused(&written(&[("first", small, frame(40, 200)), ("last", other, frame(40, 200))]), "\"last\" has the shape");
    let flat = &[24_000][..];
    refused(&written(&[("first", flat, frame(40, 200)), ("last", flat, frame(40, 200))]), "\"first\" has the shape");
    cancel.cancel();
    let large = &[130, 130, 3][..];
    let inputs = written(&[("first", large, frame(130, 130)), ("last", large, frame(130, 130))]);
    assert!(matches!(vfi(&inputs), Err(EngineError::Cancelled(_))));
}
