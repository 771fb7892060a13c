//! A seeded start for training: every parameter from its own name, so that the order of building does not matter.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

use hummingbird_formats::FileError;
use hummingbird_nn::params::{Init, ParamSource, name_hash};

/// Gives each parameter the start that its layer asks for.
#[derive(Clone, Copy, Debug)]
pub struct SeededStart {
    /// The seed.
    pub seed: u64,
}

impl ParamSource for SeededStart {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let count = shape.iter().product();
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ name_hash(name));
        Ok(match init {
            Init::Zeros => vec![0.0; count],
            Init::Ones => vec![1.0; count],
            Init::Uniform { fan_in } => {
                let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
                let uniform = Uniform::new_inclusive(-bound, bound).expect("the bound is finite and positive");
                (0..count).map(|_| uniform.sample(&mut rng)).collect()
            }
            Init::Normal { std } => {
                (0..count).map(|_| std * Distribution::<f32>::sample(&StandardNormal, &mut rng)).collect()
            }
        })
    }
}
