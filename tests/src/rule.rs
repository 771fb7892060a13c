//! The weights of all golden networks: a rule from a tensor's name, so that no weights need to be stored.

use hummingbird_engine::error::FileError;
use hummingbird_engine::nn::params::{Init, ParamSource, name_hash};

/// Gives every parameter the value that it had when the reference computed the goldens.
///
/// SplitMix64, started at the hash of the full name in the reference's state dict, gives numbers `u` in -1..1. Embeddings
/// and biases are `0.02 u`, norm weights `1 + 0.1 u`, all other weights `u sqrt(3 / fan_in)`: variance stays about 1 through
/// the network, and no layer is zero, not even those that training starts at zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleWeights;

impl ParamSource for RuleWeights {
    fn values(&self, name: &str, shape: &[usize], _init: Init) -> Result<Vec<f32>, FileError> {
        let count = shape.iter().product();
        let is_embedding = name.ends_with("token_embedding.weight") || name.ends_with("positional_embedding");
        let (offset, scale) = match shape {
            _ if is_embedding => (0.0, 0.02),
            [] => (1.0, 0.1),
            [_] if name.ends_with("bias") => (0.0, 0.02),
            [_] => (1.0, 0.1),
            [_, inputs @ ..] => (0.0, (3.0 / inputs.iter().product::<usize>() as f64).sqrt() as f32),
        };
        // Each product and each sum is rounded once, as in the reference.
        Ok(uniform(name).take(count).map(|u| offset + scale * u).collect())
    }
}

/// SplitMix64 as numbers in -1..1, exact in f32.
pub fn uniform(name: &str) -> impl Iterator<Item = f32> + use<> {
    let mut state = name_hash(name);
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        (z >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One value of a full-size network, as the reference's own program of the rule printed it.
    struct Example {
        name: &'static str,
        shape: &'static [usize],
        index: usize,
        bits: u32,
    }

    const EXAMPLES: [Example; 4] = [
        Example {
            name: "model.diffusion_model.input_blocks.0.0.weight",
            shape: &[320, 4, 3, 3],
            index: 0,
            bits: 0x3dc0_5cd2,
        },
        Example { name: "model.diffusion_model.out.0.weight", shape: &[320], index: 7, bits: 0x3f7e_7d2f },
        Example { name: "model.diffusion_model.time_embed.0.bias", shape: &[1280], index: 1279, bits: 0x3c18_f44d },
        Example {
            name: "model.diffusion_model.input_blocks.1.0.temopral_conv.conv4.3.weight",
            shape: &[320, 320, 3, 1, 1],
            index: 3,
            bits: 0x3b5f_cdc3,
        },
    ];

    #[test]
    fn values_are_the_references_to_the_last_bit() {
        for Example { name, shape, index, bits } in EXAMPLES {
            let values = RuleWeights.values(name, shape, Init::Zeros).expect("the rule knows every name");
            assert_eq!(values[index].to_bits(), bits, "{name}[{index}]");
        }
    }
}
