//! The whole data path on tiny networks: from a prompt to the bytes of the frames, against the reference's own run. On the CPU
//! only: the software GPU takes minutes for it, and each network is compared there by itself.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::forward::{ForwardStage, SampleSettings, forward};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::model::{DiffusionConfig, ModelConfig};
use hummingbird_engine::nn::config::VaeConfig;
use hummingbird_engine::nn::params::{NamedTensor, ParamLoader};
use hummingbird_engine::pipeline::clip_tokens::Tokenizer;
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use hummingbird_engine::request::SamplerKind;
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;

use super::text;
use super::unet::tiny_07b;

const PROMPT: &str = "A cute happy Corgi playing in park, sunset, animated style.";

fn golden() -> Checkpoint {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden/e2e_07b_4step.safetensors");
    Checkpoint::open(&path).unwrap_or_else(|error| panic!("{error}"))
}

fn config() -> ModelConfig {
    ModelConfig {
        text: text::tiny(),
        unet: tiny_07b(),
        vae: VaeConfig { ch: 32, ..VaeConfig::kl_f8() },
        diffusion: DiffusionConfig::default(),
    }
}

/// Runs a stage on tensors that stand under other names in the golden.
fn run(stage: ForwardStage, inputs: &[NamedTensor], device: &Device) -> Vec<NamedTensor> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("inputs.safetensors");
    write_tensors(&path, &[], inputs, WeightPrecision::F32).expect("writable");
    let inputs = Checkpoint::open(&path).expect("just written");
    forward(stage, &config(), &RuleWeights, &inputs, device, &CancelToken::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn check(device: &Device) {
    let golden = golden();
    let numbers = |name: &str| {
        let tensor = golden.tensor(name).unwrap_or_else(|| panic!("the golden lacks {name}"));
        (golden.numbers(tensor).expect("readable"), tensor.shape().to_vec())
    };
    let named = |name: &str, stored: &str| {
        let (values, shape) = numbers(stored);
        NamedTensor { name: name.into(), shape, values: values.into_iter().map(|value| value as f32).collect() }
    };

    let ids = Tokenizer::shared().encode(PROMPT).ids;
    assert_eq!(numbers("tokens").0, ids.map(f64::from), "the tokens");
    let tokens = named("tokens", "tokens");
    let context = run(ForwardStage::Text, &[tokens], device).pop().expect("one tensor");

    let settings = SampleSettings { sampler: SamplerKind::Turbo, steps: 4, guidance: 7.5, eta: 0.0, use_scale: false };
    let mut inputs = vec![named("latents", "latents"), NamedTensor { name: "context".into(), ..context }];
    inputs.extend((0..4).map(|step| format!("step{step}.noise")).map(|name| named(&name, &name)));
    let outputs = run(ForwardStage::Sample(settings), &inputs, device);
    let result = outputs.into_iter().find(|it| it.name == "result").expect("the last latent");

    let loader = ParamLoader::new(&RuleWeights, device);
    let vae = VaeDecoder::init(&config().vae, &loader.path(VAE_PREFIX)).expect("the rule knows every name");
    let latent = Tensor::<5>::from_data(TensorData::new(result.values, result.shape), device);
    let frames =
        vae.decode_clip(latent, config().diffusion.scale_factor, &CancelToken::default()).expect("not stopped");

    let (expected, shape) = numbers("frames_uint8");
    assert_eq!(shape, [frames.count(), frames.height(), frames.width(), 3]);
    let off: Vec<f64> = frames.pixels().iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).collect();
    let worst = off.iter().copied().fold(0.0, f64::max);
    let differing = off.iter().filter(|&&off| off > 0.0).count();
    // Values are cut off, not rounded, so that one that is nearly whole falls to either side.
    assert!(worst <= 1.0, "a byte of the frames is off by {worst} on {device:?}");
    assert!(differing * 1000 < off.len(), "{differing} of {} bytes are off by one on {device:?}", off.len());
}

#[test]
fn a_prompt_becomes_the_frames_of_the_reference_on_the_cpu() {
    check(&cpu());
}
