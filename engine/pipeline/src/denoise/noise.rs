//! The one source of random numbers of a generation.
//!
//! Noise is drawn on the CPU, with a stream of its own for the start latent and for each step. So a seed gives the same noise
//! on every device, and the noise of a step depends on nothing but the seed, the number of the step and the size of the
//! latent: a preview, a resumed job or another step count changes no other step's noise.
//!
//! Hummingbird's own noise comes from ChaCha8, keyed by the whole 64-bit seed. The other kind is that of the reference on
//! PyTorch's CPU generator, which has a single stream: first the start latent, then one draw after every step, the last
//! included, whether the sampler uses it or not. As all draws of a job have one length, a step's place in that stream is known.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::torch_generator::TorchGenerator;
use crate::settings::NoiseKind;

/// Which noise of a generation is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoiseStream {
    /// The latent that sampling starts from.
    Start,
    /// What is added after the step with this index, counted from 0.
    Step(usize),
}

impl NoiseStream {
    fn number(self) -> u64 {
        match self {
            Self::Start => 0,
            Self::Step(index) => 1 + index as u64,
        }
    }
}

/// Gaussian noise of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoiseSource {
    kind: NoiseKind,
    seed: u64,
}

impl NoiseSource {
    /// Hummingbird's own noise of `seed`.
    pub fn new(seed: u64) -> Self {
        Self::of_kind(NoiseKind::Own, seed)
    }

    /// The noise of `seed` from the generator of this kind.
    pub fn of_kind(kind: NoiseKind, seed: u64) -> Self {
        Self { kind, seed }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// `len` independent numbers of mean 0 and variance 1, the same on every call.
    ///
    /// Of Hummingbird's own noise, a longer draw begins with a shorter. Of PyTorch's, all draws before this one are taken to
    /// have the same length.
    pub fn gaussian(&self, stream: NoiseStream, len: usize) -> Vec<f32> {
        match self.kind {
            NoiseKind::Own => self.own(stream, len),
            NoiseKind::TorchCpu => {
                let mut generator = TorchGenerator::new(self.seed);
                (0..stream.number()).for_each(|_| generator.skip(len));
                generator.randn(len)
            }
        }
    }

    fn own(&self, stream: NoiseStream, len: usize) -> Vec<f32> {
        // The key is written out here instead of being derived by a library, so that a seed that was stored with a
        // clip still gives that clip after the library has changed.
        let mut key = *b"seed----hummingbird noise v1    ";
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        let mut random = ChaCha8Rng::from_seed(key);
        random.set_stream(stream.number());
        StandardNormal.sample_iter(random).take(len).collect()
    }

    /// A latent full of noise, `[batch, channels, frames, height, width]`, f32.
    pub fn latent(&self, stream: NoiseStream, shape: [usize; 5], device: &Device) -> Tensor<5> {
        let numbers = self.gaussian(stream, shape.iter().product());
        Tensor::from_data(TensorData::new(numbers, shape), (device, DType::F32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMS: [NoiseStream; 3] = [NoiseStream::Start, NoiseStream::Step(0), NoiseStream::Step(1)];

    /// A change of these numbers changes the clip of every stored seed.
    #[test]
    fn a_seed_keeps_its_noise() {
        let first = |seed, stream| NoiseSource::new(seed).gaussian(stream, 3);
        assert_eq!(first(0, NoiseStream::Start), [-0.5227191, 0.744_000_73, 0.604_783_83]);
        assert_eq!(first(u64::MAX, NoiseStream::Start), [0.986_524_7, 0.480_372_76, -0.320_573_72]);
        assert_eq!(first(42, NoiseStream::Step(3)), [0.3208695, -1.8930252, -0.13980906]);
    }

    #[test]
    fn noise_is_gaussian() {
        for seed in [0, 1, 1 << 63] {
            for stream in STREAMS {
                let noise = NoiseSource::new(seed).gaussian(stream, 100_000);
                let mean_of = |power: i32| {
                    noise.iter().map(|&value| f64::from(value).powi(power)).sum::<f64>() / noise.len() as f64
                };
                // Five standard errors each: sqrt(1, 2, 15, 96 / 100000).
                assert!(mean_of(1).abs() < 0.016, "mean {}", mean_of(1));
                assert!((mean_of(2) - 1.0).abs() < 0.023, "variance {}", mean_of(2));
                assert!(mean_of(3).abs() < 0.062, "third moment {}", mean_of(3));
                assert!((mean_of(4) - 3.0).abs() < 0.16, "fourth moment {}", mean_of(4));
            }
        }
    }

    #[test]
    fn seeds_and_streams_are_independent() {
        // Seeds that differ in one bit, also in the upper half, and neighbouring streams.
        let sources: Vec<Vec<f32>> = [0, 1, 1 << 32, 1 << 63]
            .into_iter()
            .flat_map(|seed| STREAMS.map(|stream| NoiseSource::new(seed).gaussian(stream, 20_000)))
            .collect();
        for (index, a) in sources.iter().enumerate() {
            for b in &sources[..index] {
                let correlation = a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>() / a.len() as f64;
                // Five standard errors of 1 / sqrt(20000).
                assert!(correlation.abs() < 0.036, "correlation {correlation}");
            }
        }
    }

    #[test]
    fn a_draw_does_not_depend_on_its_length_or_on_other_draws() {
        let source = NoiseSource::new(7);
        let long = source.gaussian(NoiseStream::Step(4), 1000);
        assert_eq!(source.gaussian(NoiseStream::Step(4), 10), long[..10]);
        source.gaussian(NoiseStream::Step(3), 500);
        assert_eq!(source.gaussian(NoiseStream::Step(4), 1000), long);
        assert!(source.gaussian(NoiseStream::Start, 0).is_empty());
    }

    #[test]
    fn torch_noise_is_one_stream_from_the_start_latent_on() {
        for len in [5, 16, 1000, 1536] {
            let source = NoiseSource::of_kind(NoiseKind::TorchCpu, 3);
            let mut generator = TorchGenerator::new(3);
            let draws: Vec<Vec<f32>> = (0..4).map(|_| generator.randn(len)).collect();
            // In any order, as after a device was lost.
            for step in [2, 0, 1] {
                assert_eq!(source.gaussian(NoiseStream::Step(step), len), draws[step + 1], "step {step} of {len}");
            }
            assert_eq!(source.gaussian(NoiseStream::Start, len), draws[0], "{len}");
        }
    }
}
