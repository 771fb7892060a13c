//! How long each network that looks at clips takes at its published size, on the CPU device, with the work that it is to one clip,
//! frame or pair of frames. The weights are the rule's, since time does not depend on them.
//!
//! `cargo bench --workspace --bench judges [-- NAME..]`; `peers/judges.py` does the same in PyTorch.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::judges::config::ViClipConfig;
use hummingbird_engine::judges::dover::{ClipShape, Dover, DoverConfig, ViewMaker};
use hummingbird_engine::judges::flow::Raft;
use hummingbird_engine::judges::interpolation::{Amt, AmtConfig};
use hummingbird_engine::judges::pictures::{Rgb, for_musiq};
use hummingbird_engine::judges::{
    ClipPictures, Dino, DinoConfig, Musiq, MusiqConfig, OpenAiClipConfig, Umt, UmtConfig, ViClip,
};
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::nn::params::{ParamLoader, ParamPath};
use hummingbird_tests::rule::RuleWeights;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Height and width of frames.
const FRAME: [usize; 2] = [320, 512];
/// Runs that count, after one that does not.
const RUNS: usize = 2;

type Outcome = Result<(), Box<dyn Error>>;
/// A name, the work in GFLOP (2 for a multiply-add, as torch counts it), and what builds the network and gives a run of it.
type Bench = (&'static str, f64, fn(&ParamPath<'_>, &Device) -> Result<Box<dyn Fn() -> Outcome>, Box<dyn Error>>);

const BENCHES: [Bench; 10] = [
    ("DOVER-Mobile, a clip", 105.0, |path, _| dover(&DoverConfig::published_mobile(), path)),
    ("DOVER, a clip", 672.0, |path, _| dover(&DoverConfig::published(), path)),
    ("AMT-S, a middle frame", 36.0, |path, device| {
        let network = Amt::init(&AmtConfig::default(), path)?;
        let [first, last] = frames(device, 1.0);
        Ok(Box::new(move || {
            network.forward(first.clone(), last.clone(), &CancelToken::default())?.frame().into_data();
            Ok(())
        }))
    }),
    ("RAFT, a pair", 390.0, |path, device| {
        let network = Raft::init(path)?;
        let [first, last] = frames(device, 255.0);
        Ok(Box::new(move || {
            let flow = network.forward(first.clone(), last.clone(), Raft::ROUNDS, &CancelToken::default())?;
            flow.fine.into_data();
            Ok(())
        }))
    }),
    ("DINO ViT-B/16, a frame", 56.0, |path, device| {
        let network = Dino::init(&DinoConfig::vit_b_16(), path)?;
        let picture = values([1, 3, 224, 358], 1.0, device);
        Ok(Box::new(move || {
            network.forward(picture.clone(), &CancelToken::default())?.into_data();
            Ok(())
        }))
    }),
    ("CLIP ViT-B/32, a frame", 8.8, |path, device| clip(&OpenAiClipConfig::vit_b_32(), path, device)),
    ("CLIP ViT-L/14, a frame", 162.0, |path, device| clip(&OpenAiClipConfig::vit_l_14(), path, device)),
    ("MUSIQ, a frame", 27.0, |path, _| {
        let network = Musiq::init(&MusiqConfig::spaq(), path)?;
        let patches = network.patches(&for_musiq(Rgb::new(&bytes(0), FRAME)?));
        Ok(Box::new(move || {
            network.forward(&patches, &CancelToken::default())?.into_data();
            Ok(())
        }))
    }),
    ("ViCLIP, 8 frames", 1653.0, |path, device| {
        let network = ViClip::init(&ViClipConfig::vit_l_14(), path)?;
        let clip = values([1, 8, 3, 224, 224], 1.0, device);
        Ok(Box::new(move || {
            network.video_features(clip.clone(), &CancelToken::default())?.into_data();
            Ok(())
        }))
    }),
    ("UMT ViT-L/16, 16 frames", 2866.0, |path, device| {
        let network = Umt::init(&UmtConfig::vit_l_16(), path)?;
        let clip = values([1, 16, 3, 224, 224], 1.0, device);
        Ok(Box::new(move || {
            network.forward(clip.clone(), &CancelToken::default())?.into_data();
            Ok(())
        }))
    }),
];

fn main() -> Outcome {
    // Cargo hands `--bench` to every bench.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let device = Device::flex();
    let loader = ParamLoader::new(&RuleWeights, &device);
    for (name, gflop, build) in BENCHES {
        if !wanted.is_empty() && !wanted.iter().any(|word| name.to_lowercase().contains(&word.to_lowercase())) {
            continue;
        }
        let run = build(&loader.path(""), &device)?;
        run()?;
        let mut best = f64::INFINITY;
        for _ in 0..RUNS {
            let started = Instant::now();
            run()?;
            best = best.min(started.elapsed().as_secs_f64());
        }
        writeln!(std::io::stdout(), "{name:<26} {best:8.3} s {:8.1} GFLOP/s", gflop / best)?;
    }
    Ok(())
}

/// A clip of 96 frames, from its views on.
fn dover(config: &DoverConfig, path: &ParamPath<'_>) -> Result<Box<dyn Fn() -> Outcome>, Box<dyn Error>> {
    let network = Dover::init(config, path)?;
    let [height, width] = FRAME;
    let shape = ClipShape { frames: 96, height, width };
    let mut maker = ViewMaker::new(network.views(), shape)?;
    for frame in 0..shape.frames {
        if !maker.is_complete() {
            maker.push(&bytes(frame))?;
        }
    }
    let views = maker.finish()?;
    Ok(Box::new(move || {
        network.verdicts(&views, &CancelToken::default())?;
        Ok(())
    }))
}

fn clip(
    config: &OpenAiClipConfig,
    path: &ParamPath<'_>,
    device: &Device,
) -> Result<Box<dyn Fn() -> Outcome>, Box<dyn Error>> {
    let network = ClipPictures::init(config, path)?;
    let picture = values([1, 3, 224, 224], 1.0, device);
    Ok(Box::new(move || {
        network.forward(picture.clone(), &CancelToken::default())?.into_data();
        Ok(())
    }))
}

/// Two frames of RGB up to `most`.
fn frames(device: &Device, most: f32) -> [Tensor<4>; 2] {
    [0, 1].map(|frame| {
        let values: Vec<f32> = bytes(frame).into_iter().map(|value| f32::from(value) / 255.0 * most).collect();
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([1, FRAME[0], FRAME[1], 3])
    })
}

/// A frame of waves that move.
fn bytes(frame: usize) -> Vec<u8> {
    let [height, width] = FRAME;
    let value = |index: usize| {
        let (x, y, channel) = (index / 3 % width, index / 3 / width, index % 3);
        (127.0 + 120.0 * ((x + 2 * frame) as f32 / 17.0 + y as f32 / 11.0 + channel as f32).sin()) as u8
    };
    (0..height * width * 3).map(value).collect()
}

/// Numbers between -1 and 1.
fn values<const D: usize>(shape: [usize; D], scale: f32, device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|index| scale * (index as f32 * 0.37).sin()).collect();
    Tensor::<1>::from_floats(values.as_slice(), device).reshape(shape)
}
