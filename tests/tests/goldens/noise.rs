//! The noise that the reference draws from PyTorch's CPU generator.

use burn::tensor::{Device, TensorData};
use hummingbird_engine::pipeline::denoise::noise::{NoiseSource, NoiseStream};
use hummingbird_engine::pipeline::denoise::torch_generator::TorchGenerator;
use hummingbird_engine::request::NoiseKind;
use hummingbird_tests::golden::GoldenFile;

/// The latent of a clip of 16 frames and 320x512 pixels.
const FULL_LATENT: [usize; 5] = [1, 4, 16, 40, 64];

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn draws_are_those_of_pytorch_to_the_last_bit() {
    let golden = GoldenFile::read("cpu_randn");
    let check = |name: &str, found: &[f32]| assert!(bits(found) == bits(&golden.get(name).values), "{name}");
    for seed in [0, 1, 42, 123_456] {
        for len in [5, 16, 23] {
            check(&format!("seed{seed}.first_{len}"), &TorchGenerator::new(seed).randn(len));
        }
        let mut generator = TorchGenerator::new(seed);
        let len = golden.get(&format!("seed{seed}.latent_a")).values.len();
        check(&format!("seed{seed}.latent_a"), &generator.randn(len));
        check(&format!("seed{seed}.latent_b"), &generator.randn(len));
    }
    let mut generator = TorchGenerator::new(0);
    let [first, second] = [(); 2].map(|()| generator.randn(FULL_LATENT.iter().product()));
    check("seed0.full_16f_head", &first[..256]);
    check("seed0.full_16f_tail", &first[first.len() - 256..]);
    check("seed0.full_16f_second_head", &second[..256]);
}

#[test]
fn a_job_draws_its_start_latent_first_and_then_the_noise_of_its_steps() {
    let golden = GoldenFile::read("cpu_randn");
    for seed in [0, 1, 42, 123_456] {
        let source = NoiseSource::of_kind(NoiseKind::TorchCpu, seed);
        // The step before the start: each knows its place by itself.
        for (stream, name) in [(NoiseStream::Step(0), "latent_b"), (NoiseStream::Start, "latent_a")] {
            let golden = golden.get(&format!("seed{seed}.{name}"));
            let shape: [usize; 5] = golden.sampling.shape.clone().try_into().expect("a latent");
            let latent = source.latent(stream, shape, &Device::flex()).into_data();
            assert_eq!(latent, TensorData::new(golden.values.clone(), shape), "{name} of seed {seed}");
        }
    }
}
