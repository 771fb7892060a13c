//! RAFT and AMT-S against the reference's classes in f32; weights follow the rule of all goldens.
//!
//! Limits are those of the goldens' notes, about ten times the reference's difference from itself in f64.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::CancelToken;
use hummingbird_engine::data::motion::smoothness_of;
use hummingbird_engine::judges::flow::Raft;
use hummingbird_engine::judges::interpolation::{Amt, AmtConfig, Middle, unit_frame};
use hummingbird_engine::judges::{FramesUnfit, MotionError};
use hummingbird_engine::nn::params::{ParamLoader, values_of};
use hummingbird_engine::weights::Checkpoint;
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::rule::RuleWeights;

pub struct Golden(Checkpoint);

impl Golden {
    pub fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/data/{name}.safetensors"));
        Self(Checkpoint::open(&path).expect("the golden is there"))
    }

    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let tensor = self.0.tensor(name).unwrap_or_else(|| panic!("there is no {name}"));
        self.0.numbers(tensor).expect("it is whole")
    }

    /// The tile, moved by so many pixels.
    fn frame(&self, shift: &[f64]) -> (Vec<u8>, [usize; 2]) {
        let &[height, width, 3] = self.0.tensor("tile").expect("there is a tile").shape() else { panic!("no tile") };
        let tile = self.numbers("tile");
        let from = |at: usize, by: f64, length: usize| (at as i64 - by as i64).rem_euclid(length as i64) as usize;
        let mut frame = Vec::with_capacity(height * width * 3);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let at = from(y, shift[0], height) * width + from(x, shift[1], width);
            frame.extend(tile[3 * at..][..3].iter().map(|&value| value as u8));
        }
        (frame, [height, width])
    }

    /// Holds a result with channels last against a tensor with channels first.
    fn check(&self, name: &str, found: Tensor<4>, limit: f64) {
        let found = found.permute([0, 3, 1, 2]);
        let tensor = self.0.tensor(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!(found.dims().as_slice(), tensor.shape(), "shape of {name}");
        let found = values_of(found.into_data());
        let apart = |(a, b): (&f32, f64)| {
            let apart = (f64::from(*a) - b).abs();
            if apart.is_finite() { apart } else { f64::INFINITY }
        };
        let worst = found.iter().zip(self.numbers(name)).map(apart).fold(0.0, f64::max);
        eprintln!("{name} is off by {worst:.1e}, limit {limit:.0e}"); // Shown by `--nocapture`.
        assert!(worst <= limit, "{name} is off by {worst:.1e}, limit {limit:.0e}");
    }
}

fn raft(device: &Device) {
    let golden = Golden::open("motion_flow_full");
    let loader = ParamLoader::new(&RuleWeights, device);
    let network = Raft::init(&loader.path("")).expect("the rule has all");
    let shift = golden.numbers("shift");
    let frame = |shift: &[f64]| {
        let (frame, [height, width]) = golden.frame(shift);
        let values: Vec<f32> = frame.into_iter().map(f32::from).collect();
        Tensor::<4>::from_data(TensorData::new(values, [1, height, width, 3]), device)
    };
    let flow = network.forward(frame(&[0.0, 0.0]), frame(&shift), 4, &CancelToken::default());
    let flow = flow.expect("the frames fit");
    golden.check("flow_low", flow.coarse, 2e-5);
    golden.check("flow_up", flow.fine, 1e-4);
}

#[test]
fn raft_on_the_cpu() {
    raft(&cpu());
}

#[test]
fn raft_on_the_gpu() {
    if let Some(device) = gpu("raft_on_the_gpu") {
        raft(&device);
    }
}

fn amt(device: &Device) -> Amt {
    let loader = ParamLoader::new(&RuleWeights, device);
    Amt::init(&AmtConfig::default(), &loader.path("")).expect("the rule has all")
}

fn middles(golden: &Golden, device: &Device) -> Vec<Middle> {
    let network = amt(device);
    let shifts = golden.numbers("shifts");
    let frames: Vec<Tensor<4>> = shifts
        .chunks(4)
        .map(|pair| {
            let (frame, size) = golden.frame(&pair[..2]);
            unit_frame(&frame, size, device)
        })
        .collect();
    let middle = |pair: &[Tensor<4>]| network.forward(pair[0].clone(), pair[1].clone(), &CancelToken::default());
    frames.windows(2).map(|pair| middle(pair).expect("the frames fit")).collect()
}

fn interpolation(device: &Device) {
    let golden = Golden::open("motion_vfi_full");
    let middles = middles(&golden, device);
    let first = middles[0].clone();
    golden.check("detail.flow0_4", first.coarse_flows.clone().narrow(3, 0, 2), 2e-5);
    golden.check("detail.flow1_4", first.coarse_flows.narrow(3, 2, 2), 2e-5);
    golden.check("detail.feature_3", first.coarse_feature, 2e-5);
    golden.check("detail.before_clamp_0", first.before_clamp, 2e-4);
    let expected = golden.numbers("middle_u8");
    let found: Vec<u8> = middles.iter().flat_map(Middle::bytes).collect();
    assert_eq!(found.len(), expected.len());
    let steps = |(&found, &expected): (&u8, &f64)| (f64::from(found) - expected).abs() as usize;
    let (most, others) = found
        .iter()
        .zip(&expected)
        .map(steps)
        .fold((0, 0), |(most, others), apart| (most.max(apart), others + usize::from(apart > 0)));
    eprintln!("{others} of {} bytes are other ones", found.len());
    assert!(most <= 1 && others * 1000 <= found.len(), "{others} bytes are off, by up to {most} steps");
}

#[test]
fn interpolation_on_the_cpu() {
    interpolation(&cpu());
}

#[test]
fn interpolation_on_the_gpu() {
    if let Some(device) = gpu("interpolation_on_the_gpu") {
        interpolation(&device);
    }
}

#[test]
fn the_smoothness_of_frames_is_that_of_vbench() {
    let golden = Golden::open("motion_vfi_full");
    let device = cpu();
    let network = amt(&device);
    let shifts = golden.numbers("shifts");
    let frames = shifts.chunks(2).map(|shift| Ok::<_, MotionError>(golden.frame(shift)));
    let score = smoothness_of(frames, &network, &device, &CancelToken::default()).expect("the frames fit");
    let score = score.expect("there are five frames");
    assert!((score - 0.528_562_544_689_164_7).abs() <= 1e-6, "{score}");
    let two = shifts.chunks(2).take(2).map(|shift| Ok::<_, MotionError>(golden.frame(shift)));
    assert_eq!(smoothness_of(two, &network, &device, &CancelToken::default()), Ok(None));
}

/// The reference gives no numbers there.
#[test]
fn frames_too_small_to_interpolate_are_refused() {
    let device = cpu();
    let network = amt(&device);
    let forward = |size: [usize; 2], other: [usize; 2]| {
        let [first, last] = [size, other].map(|size| unit_frame(&vec![7; size[0] * size[1] * 3], size, &device));
        network.forward(first, last, &CancelToken::default()).err()
    };
    let small = |height, width| Some(MotionError::Frames(FramesUnfit::Small { width, height, least: 113 }));
    assert_eq!(forward([112, 200], [112, 200]), small(112, 200));
    assert_eq!(forward([200, 4], [200, 4]), small(200, 4));
    assert!(matches!(forward([128, 128], [128, 144]), Some(MotionError::Frames(FramesUnfit::Sizes { .. }))));
    assert!(forward([113, 128], [113, 128]).is_none());
}
