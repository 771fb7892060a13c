//! Views, features, maps and scores agree with the reference's.
//!
//! The goldens are what DOVER's own classes gave in f32 on a CPU, with small networks whose weights follow from their names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use burn::tensor::Device;
use hummingbird_device::DeviceChoice;
use hummingbird_formats::{FileError, safetensors_file};
use hummingbird_nn::params::{Init, ParamLoader, ParamSource, name_hash};

use super::config::{ConvNextConfig, ConvNextVersion, SwinConfig};
use super::*;

/// Of maps and features: sums in another order than the reference's.
const FEATURES: f32 = 2e-5;
/// Of scores before the logistic function.
const Z: f64 = 1e-4;

/// A tensor of a golden.
enum Values {
    Bytes(Vec<u8>),
    Wholes(Vec<usize>),
    Floats(Vec<f32>),
}

struct Golden {
    tensors: BTreeMap<String, Values>,
    json: serde_json::Value,
}

impl Golden {
    fn read(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/golden/data");
        let mut file = File::open(path.join(format!("{name}.safetensors"))).expect("the golden is there");
        let (contents, _) = safetensors_file::read(&mut file).expect("it is safetensors");
        let mut tensors = BTreeMap::new();
        for tensor in &contents.tensors {
            let bytes = tensor.read(&mut file).expect("it is whole");
            let values = match bytes.len() / tensor.shape().iter().product::<usize>() {
                1 => Values::Bytes(bytes),
                4 => Values::Floats(bytes.as_chunks().0.iter().map(|&it| f32::from_le_bytes(it)).collect()),
                _ => Values::Wholes(bytes.as_chunks().0.iter().map(|&it| i64::from_le_bytes(it) as usize).collect()),
            };
            tensors.insert(tensor.name().to_owned(), values);
        }
        let json = std::fs::read_to_string(path.join(format!("{name}.json"))).expect("the golden has a description");
        Self { tensors, json: serde_json::from_str(&json).expect("it is JSON") }
    }

    fn bytes(&self, name: &str) -> &[u8] {
        let Some(Values::Bytes(values)) = self.tensors.get(name) else { panic!("no bytes {name}") };
        values
    }

    fn wholes(&self, name: &str) -> &[usize] {
        let Some(Values::Wholes(values)) = self.tensors.get(name) else { panic!("no whole numbers {name}") };
        values
    }

    fn floats(&self, name: &str) -> &[f32] {
        let Some(Values::Floats(values)) = self.tensors.get(name) else { panic!("no floats {name}") };
        values
    }

    fn shape(&self) -> ClipShape {
        let [height, width] = [0, 1].map(|side| self.json["size"][side].as_u64().expect("it is a size") as usize);
        ClipShape { height, width, frames: self.wholes("shifts").len() / 2 }
    }

    /// The frames: each is the tile, rolled.
    fn frames(&self) -> impl Iterator<Item = Vec<u8>> {
        let ClipShape { height, width, .. } = self.shape();
        self.wholes("shifts").chunks_exact(2).map(move |shift| {
            let tile = self.bytes("tile");
            let mut frame = Vec::with_capacity(tile.len());
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let from = [(y + height - shift[0] % height) % height, (x + width - shift[1] % width) % width];
                frame.extend_from_slice(&tile[(from[0] * width + from[1]) * 3..][..3]);
            }
            frame
        })
    }

    fn offsets(&self) -> FragmentOffsets {
        FragmentOffsets { rows: self.wholes("offsets_h").to_vec(), columns: self.wholes("offsets_w").to_vec() }
    }

    fn indices(&self) -> FrameIndices {
        FrameIndices { technical: self.wholes("tech_indices").to_vec(), aesthetic: self.wholes("aes_indices").to_vec() }
    }

    fn views(&self, config: &ViewConfig, indices: &FrameIndices, offsets: Option<FragmentOffsets>) -> Views {
        let mut maker = ViewMaker::with(config, self.shape(), indices, offsets).expect("the clip has such views");
        self.frames().for_each(|frame| maker.push(&frame).expect("it has the size"));
        maker.finish().expect("all frames came")
    }

    fn z(&self, name: &str) -> Triple {
        let scores = &self.json[name];
        let z = |name: &str| scores[name].as_f64().expect("it is a score");
        Triple { technical: z("technical_z"), aesthetic: z("aesthetic_z"), overall: z("overall_z") }
    }
}

/// The weights of all goldens; `tests/src/rule.rs` says how they are made.
struct RuleWeights;

impl ParamSource for RuleWeights {
    fn values(&self, name: &str, shape: &[usize], _: Init) -> Result<Vec<f32>, FileError> {
        let (offset, scale) = match shape {
            [_] if name.ends_with("bias") => (0.0, 0.02),
            [_] => (1.0, 0.1),
            [_, inputs @ ..] => (0.0, (3.0 / inputs.iter().product::<usize>() as f64).sqrt() as f32),
            [] => (1.0, 0.1),
        };
        let mut state = name_hash(name);
        let uniform = std::iter::repeat_with(|| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
        });
        Ok(uniform.take(shape.iter().product()).map(|u| offset + scale * u).collect())
    }
}

/// Views of `vqa_tiny`.
fn tiny_views() -> ViewConfig {
    ViewConfig {
        clip_len: 16,
        num_clips: 2,
        interval: 2,
        fragments: 7,
        fsize: 8,
        aligned: 16,
        aes_size: 56,
        aes_frames: 16,
    }
}

fn tiny() -> DoverConfig {
    DoverConfig {
        technical: BackboneConfig::Swin(SwinConfig {
            embed_dim: 16,
            depths: [2; 4],
            heads: [1, 2, 4, 8],
            window: [4, 7, 7],
            frag_biases: [true, true, true, false],
        }),
        aesthetic: BackboneConfig::ConvNext(ConvNextConfig {
            dims: [16, 32, 64, 128],
            depths: [2, 2, 3, 2],
            version: ConvNextVersion::Scaled,
        }),
        head_hidden: 16,
        views: tiny_views(),
    }
}

fn tiny_mobile() -> DoverConfig {
    let network = BackboneConfig::ConvNext(ConvNextConfig {
        dims: [8, 16, 32, 64],
        depths: [2, 2, 3, 2],
        version: ConvNextVersion::Normalised,
    });
    DoverConfig { technical: network.clone(), aesthetic: network, head_hidden: 8, views: tiny_views() }
}

/// The first GPU, or a software driver in its place.
fn gpu(test: &str) -> Option<Device> {
    match hummingbird_kernels::calibration::open(DeviceChoice::Gpu(None), None) {
        Ok(opened) => Some(opened.device),
        Err(error) => {
            let is_required = std::env::var_os("HUMMINGBIRD_REQUIRE_GPU").is_some_and(|value| value == "1");
            assert!(!is_required, "{test}: no GPU, and HUMMINGBIRD_REQUIRE_GPU is 1: {error}");
            let line = format!("SKIPPED {test}: no GPU and no software driver: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written to");
            None
        }
    }
}

/// `[frames, side, side, 3] -> [3, frames, side, side]`
fn planes(view: &View) -> Vec<u8> {
    let plane = view.frames * view.side * view.side;
    (0..3 * plane).map(|place| view.pixels[place % plane * 3 + place / plane]).collect()
}

fn check_bytes(name: &str, found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "{name}: number of values");
    let off = found.iter().zip(expected).filter(|(found, expected)| found != expected).count();
    assert_eq!(off, 0, "{name}: {off} of {} bytes differ", found.len());
}

fn check_features(name: &str, found: Tensor<5>, expected: &[f32]) {
    // Channels last -> channels first.
    let found = values_of(found.permute([0, 4, 1, 2, 3]).into_data());
    assert_eq!(found.len(), expected.len(), "{name}: number of values");
    let apart = |(a, b): (&f32, &f32)| if (a - b).is_finite() { (a - b).abs() } else { f32::INFINITY };
    let difference = found.iter().zip(expected).map(apart).fold(0.0, f32::max);
    eprintln!("{name}: off by {difference:.1e}"); // Shown by `--nocapture`.
    assert!(difference <= FEATURES, "{name} is off by {difference:.1e}, limit {FEATURES:.1e}");
}

fn check_z(name: &str, found: Triple, expected: Triple) {
    for (kind, found, expected) in [
        ("technical", found.technical, expected.technical),
        ("aesthetic", found.aesthetic, expected.aesthetic),
        ("overall", found.overall, expected.overall),
    ] {
        assert!((found - expected).abs() <= Z, "{name}, {kind}: {found} instead of {expected}");
    }
}

/// Holds both networks of a case against its golden.
fn check_networks(config: &DoverConfig, prefix: &str, device: &Device) {
    let golden = Golden::read("vqa_tiny");
    let loader = ParamLoader::new(&RuleWeights, device);
    let dover = Dover::init(config, &loader.path("")).expect("the rule has every weight");
    let cancel = CancelToken::default();
    let indices = golden.indices();
    let views = golden.views(&config.views, &indices, Some(golden.offsets()));
    let Verdicts { technical, aesthetic } = dover.verdicts(&views, &cancel).expect("nobody cancels");
    if prefix.is_empty() {
        let first = technical.features.clone().narrow(0, 0, 1);
        check_features("technical_features", first, golden.floats("technical_features"));
        check_features("aesthetic_features", aesthetic.features.clone(), golden.floats("aesthetic_features"));
    }
    for (name, map) in [("technical_map", &technical.map), ("aesthetic_map", &aesthetic.map)] {
        let name = format!("{prefix}{name}");
        check_features(&name, map.clone(), golden.floats(&name));
    }
    let scores = Scores::of_raw(technical.raw, aesthetic.raw);
    check_z(prefix, scores.z, golden.z(&format!("{prefix}scores")));
    // The same frames with fragments from the middle of their cells.
    let views = golden.views(&config.views, &indices, None);
    let scores = dover.verdicts(&views, &cancel).expect("nobody cancels").scores();
    check_z(&format!("{prefix}mid"), scores.z, golden.z(&format!("{prefix}mid.scores")));
}

#[test]
fn views_are_the_references() {
    let golden = Golden::read("vqa_tiny");
    let views = golden.views(&tiny_views(), &golden.indices(), Some(golden.offsets()));
    check_bytes("fragments_u8", &planes(&views.technical), golden.bytes("fragments_u8"));
    check_bytes("aesthetic_view_u8", &planes(&views.aesthetic), golden.bytes("aesthetic_view_u8"));
}

/// The reference's random numbers are stored: with them instead of the middle, its frames are ours.
#[test]
fn frames_are_the_references_but_for_its_random_numbers() {
    let golden = Golden::read("vqa_tiny");
    let own = FrameIndices::of(&tiny_views(), golden.shape().frames);
    let moved = |own: &[usize], middle: usize, offsets: &[usize], run: usize| -> Vec<usize> {
        own.iter().enumerate().map(|(place, index)| index - middle + offsets[place / run]).collect()
    };
    // 70 frames: parts of 35 for 32 of them, and parts of 4 with 2 to choose from.
    assert_eq!(moved(&own.technical, 1, golden.wholes("tech_frame_offsets"), 16), golden.wholes("tech_indices"));
    assert_eq!(moved(&own.aesthetic, 1, golden.wholes("aes_frame_offsets"), 1), golden.wholes("aes_indices"));
}

#[test]
fn fragments_of_a_small_picture_are_the_references() {
    let golden = Golden::read("vqa_small_picture");
    let config = ViewConfig { clip_len: 4, num_clips: 1, aligned: 4, ..tiny_views() };
    let indices = FrameIndices { technical: vec![0, 1, 2, 3], aesthetic: Vec::new() };
    let views = golden.views(&config, &indices, Some(golden.offsets()));
    check_bytes("fragments_u8", &planes(&views.technical), golden.bytes("fragments_u8"));
}

#[test]
fn dover_on_the_cpu() {
    check_networks(&tiny(), "", &Device::flex());
}

#[test]
fn dover_mobile_on_the_cpu() {
    check_networks(&tiny_mobile(), "mobile.", &Device::flex());
}

#[test]
fn both_on_the_gpu() {
    if let Some(gpu) = gpu("dover::tests::both_on_the_gpu") {
        check_networks(&tiny(), "", &gpu);
        check_networks(&tiny_mobile(), "mobile.", &gpu);
    }
}

/// Why a clip has no scores.
#[derive(Debug, PartialEq)]
enum Why {
    Unfit(ClipUnfit),
    Cancelled,
    Source,
}

impl From<ClipUnfit> for Why {
    fn from(unfit: ClipUnfit) -> Self {
        Self::Unfit(unfit)
    }
}

impl From<Cancelled> for Why {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

#[test]
fn a_clip_is_read_as_far_as_it_is_looked_at() {
    let golden = Golden::read("vqa_tiny");
    let loader = ParamLoader::new(&RuleWeights, &Device::flex());
    let dover = Dover::init(&tiny_mobile(), &loader.path("")).expect("the rule has every weight");
    let shape = golden.shape();
    let cancel = CancelToken::default();
    let mut read = 0;
    let frames = golden.frames().map(|frame| {
        read += 1;
        Ok::<_, Why>(frame)
    });
    let scores = dover.score(shape, frames, &cancel).expect("it is a clip");
    let indices = FrameIndices::of(&tiny_views(), shape.frames);
    let last = indices.technical.iter().chain(&indices.aesthetic).max().expect("there are some");
    assert_eq!(read, last + 1, "frames that were read");
    let expected = dover.verdicts(&golden.views(&tiny_views(), &indices, None), &cancel).expect("nobody cancels");
    assert_eq!(scores, expected.scores());
    assert!([scores.technical, scores.aesthetic, scores.overall].iter().all(|score| (0.0..=100.0).contains(score)));

    let short = dover.score(shape, golden.frames().take(5).map(Ok::<_, Why>), &cancel);
    assert_eq!(short, Err(Why::Unfit(ClipUnfit::Ended { found: 5, expected: 70 })));
    let broken = dover.score(shape, [Err::<Vec<u8>, _>(Why::Source)], &cancel);
    assert_eq!(broken, Err(Why::Source));
    cancel.cancel();
    let cancelled = dover.score(shape, golden.frames().map(Ok::<_, Why>), &cancel);
    assert_eq!(cancelled, Err(Why::Cancelled));
}

/// Counted by torch: 56.2 and 10.7 million parameters, of which the mobile network's picture heads are never used.
#[test]
fn published_networks_have_their_numbers_of_parameters() {
    let count = |config: &DoverConfig| -> usize {
        let loader = ParamLoader::names_only();
        Dover::init(config, &loader.path("")).expect("nothing is loaded");
        let registry = loader.into_registry();
        registry.params().into_iter().map(|param| param.shape.iter().product::<usize>()).sum()
    };
    assert_eq!(count(&DoverConfig::published()), 56_218_302);
    assert_eq!(count(&DoverConfig::published_mobile()), 10_674_546 - 2 * 1000 * 385);
}

#[test]
fn networks_are_read_off_their_file() {
    for (config, window) in [(tiny(), Some([4, 7, 7])), (tiny_mobile(), None), (DoverConfig::published(), None)] {
        let loader = ParamLoader::names_only();
        Dover::init(&config, &loader.path("")).expect("nothing is loaded");
        let registry = loader.into_registry();
        let params = registry.params();
        let shapes = |name: &str| params.iter().find(|param| param.name == name).map(|param| param.shape.clone());
        let start = DoverConfig { views: config.views, ..DoverConfig::published() };
        assert_eq!(start.of_file(window, &shapes), Ok(config));
    }
    let error = DoverConfig::published().of_file(None, &|_: &str| None).expect_err("the file is empty");
    assert!(error.to_string().contains("technical_backbone"), "{error}");
    let error = DoverConfig::published().of_file(None, &|_: &str| Some(vec![1 << 40])).expect_err("it is hostile");
    assert!(error.to_string().contains("shape"), "{error}");
}
