//! The gate of the feed-forward layers: `geglu.wgsl`, its parameters and its reference implementation.

use std::f64::consts::SQRT_2;
use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::parts::Width;
use crate::{Prelude, Shader, spread};

/// Invocations of a workgroup.
pub const WORKGROUP: u32 = 64;

/// The kernel. Bindings: `x`, result, parameters.
pub fn shader(width: Width) -> Shader {
    Shader {
        stem: "geglu",
        wgsl: include_str!("../wgsl/geglu.wgsl"),
        extensions: &[],
        prelude: Prelude(vec![width.constant(), ("WORKGROUP", WORKGROUP)]),
        parts: vec![width.part()],
        params: &Params::LAYOUT,
        params_bytes: size_of::<Params>(),
    }
}

/// Everything that devices may run.
pub(crate) fn variants() -> Vec<Shader> {
    Width::ALL.map(shader).to_vec()
}

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Loads of all results.
    pub values: u32,
    /// Loads of a row of results.
    pub row_values: u32,
}

impl Params {
    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 2] =
        [("values", offset_of!(Self, values)), ("row_values", offset_of!(Self, row_values))];

    /// The parameters for `rows` results of `channels` channels.
    pub fn new(rows: u32, channels: u32) -> Self {
        let row_values = channels / Width::of(channels) as u32;
        Self { values: rows * row_values, row_values }
    }

    /// Workgroups along the three axes.
    pub fn workgroups(&self) -> [u32; 3] {
        spread(self.values.div_ceil(WORKGROUP))
    }
}

/// The reference implementation, in f64 inside: `value * gelu(gate)` with the exact GELU (Hendrycks and Gimpel 2016) for rows of
/// `[value | gate]`, each of `channels`.
pub fn geglu(x: &[f32], channels: usize) -> Vec<f32> {
    let rows = x.chunks_exact(2 * channels);
    rows.flat_map(|row| {
        let (values, gates) = row.split_at(channels);
        values.iter().zip(gates).map(|(value, gate)| {
            let gate = f64::from(*gate);
            (f64::from(*value) * gate * 0.5 * complementary_error(-gate / SQRT_2)) as f32
        })
    })
    .collect()
}

/// `1 - erf(x)`: a power series near zero, a continued fraction elsewhere (Abramowitz and Stegun 7.1.6 and 7.1.14).
fn complementary_error(x: f64) -> f64 {
    let squared = x * x;
    if x.abs() < 2.5 {
        let mut term = x;
        let mut sum = x;
        for n in 1..80 {
            term *= 2.0 * squared / f64::from(2 * n + 1);
            sum += term;
        }
        return 1.0 - std::f64::consts::FRAC_2_SQRT_PI * (-squared).exp() * sum;
    }
    let z = x.abs();
    let fraction = (1..=80).rev().fold(z, |tail, n| z + f64::from(n) / 2.0 / tail);
    let tail = (-squared).exp() / (fraction * std::f64::consts::PI.sqrt());
    if x > 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::complementary_error;

    /// Values of a table (Abramowitz and Stegun, table 7.1, and its complement).
    #[test]
    fn complementary_error_meets_its_table() {
        let table = [
            (0.0, 1.0),
            (0.5, 0.479_500_122_186_953_5),
            (1.0, 0.157_299_207_050_285_13),
            (2.0, 0.004_677_734_981_047_266),
            (3.0, 2.209_049_699_858_544e-5),
            (5.0, 1.537_459_794_428_034_8e-12),
            (-1.0, 1.842_700_792_949_715),
            (-3.0, 1.999_977_909_503_001_4),
        ];
        for (x, expected) in table {
            let actual = complementary_error(x);
            assert!((actual - expected).abs() <= 1e-9 * expected, "{x}: {actual}, not {expected}");
        }
    }
}
