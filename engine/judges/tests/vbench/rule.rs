//! The weights of all golden networks, from a tensor's name: SplitMix64, started at the hash of the name, gives numbers in -1..1.

use hummingbird_formats::FileError;
use hummingbird_nn::params::{Init, ParamSource, name_hash};

/// Gives every parameter the value that it had in the reference.
pub struct Rule;

impl ParamSource for Rule {
    fn values(&self, name: &str, shape: &[usize], _init: Init) -> Result<Vec<f32>, FileError> {
        let is_embedding = name.ends_with("token_embedding.weight") || name.ends_with("positional_embedding");
        let (offset, scale) = match shape {
            _ if is_embedding => (0.0, 0.02),
            [] => (1.0, 0.1),
            [_] if name.ends_with("bias") => (0.0, 0.02),
            [_] => (1.0, 0.1),
            [_, inputs @ ..] => (0.0, (3.0 / inputs.iter().product::<usize>() as f64).sqrt() as f32),
        };
        Ok(uniform(name).take(shape.iter().product()).map(|u| offset + scale * u).collect())
    }
}

/// Numbers in -1..1, exact in f32.
pub fn uniform(name: &str) -> impl Iterator<Item = f32> {
    let mut state = name_hash(name);
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        (z >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    })
}
