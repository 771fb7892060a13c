//! Whether kernels are right, by small cases with a known result. What is wrong is wrong by more than rounding.

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_device::settle;
use hummingbird_shaders::attention::{Sizes, attention as reference_attention};

use super::{Q8_BLOCK, weight_of};
use crate::gpu::choice::{MatmulKind, Workload};
use crate::{AttentionOptions, Epilogue, attention, matmul};

/// Rows, inputs and columns of matmuls with few tiles and with many, the last with a long sum.
const MATMULS: [[usize; 3]; 3] = [[64, 36, 64], [1280, 36, 1280], [40, 2560, 64]];
/// How far attention may be off: inputs and weights of 11 bits.
const ATTENTION_TOLERANCE: f32 = 1e-2;

/// Whether the kernels that a device takes for a kind of work are right; `None` when the device fails.
pub(super) fn are_right(device: &Device, workload: Workload) -> Option<bool> {
    match workload {
        Workload::Matmul { kind, .. } => matmuls_are_right(device, kind != MatmulKind::F16),
        Workload::Attention => attention_is_right(device),
    }
}

/// Whole numbers, whose products and sums are exact in every number format of the kernels: in 8 bits too, of which each block of
/// neighbours has the largest number.
pub(super) fn matmuls_are_right(device: &Device, q8: bool) -> Option<bool> {
    let value = |index: usize, salt: usize| ((index * 7 + index / 11 * salt) % 5) as i8 - 2;
    for [rows, inputs, columns] in MATMULS {
        let values =
            |length: usize, salt| (0..length * inputs).map(move |index| value(index, salt)).collect::<Vec<_>>();
        let (mut x, weight) = (values(rows, 3), values(columns, 2));
        for (index, block) in x.chunks_exact_mut(inputs).flat_map(|row| row.chunks_mut(Q8_BLOCK)).enumerate() {
            let place = index % block.len();
            block[place] = if index % 3 == 0 { i8::MAX } else { -i8::MAX };
        }
        let wide = |values: &[i8]| values.iter().map(|&it| f32::from(it)).collect::<Vec<_>>();
        let x_there = Tensor::<2>::from_data(TensorData::new(wide(&x), [rows, inputs]), device);
        let weight_there = weight_of(&weight, [columns, inputs], q8, device);
        let product = matmul(x_there, weight_there, Epilogue::default());
        settle(device).ok()?;
        let actual = product.try_into_data().ok()?.try_to_vec::<f32>().ok()?;
        let is_right = x.chunks_exact(inputs).zip(actual.chunks_exact(columns)).all(|(x, sums)| {
            weight.chunks_exact(inputs).zip(sums).all(|(weight, &actual)| {
                let sum = x.iter().zip(weight).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum::<i32>();
                actual == sum as f32
            })
        });
        if !is_right {
            return Some(false);
        }
    }
    Some(true)
}

/// Scores that grow, in a head as wide as the models'.
pub(super) fn attention_is_right(device: &Device) -> Option<bool> {
    let sizes = Sizes { batch: 1, tokens_q: 70, tokens_k: 70, heads: 2, head_channels: 64 };
    let width = sizes.heads * sizes.head_channels;
    let values = |salt: usize, growth: f32| {
        let value = move |index: usize| ((index * 7919 * salt) % 1009) as f32 / 504.5 - 1.0;
        (0..sizes.tokens_q * width).map(move |index| value(index) * (1.0 + growth * (index / width) as f32))
    };
    let [q, k, v] = [values(1, 0.0), values(2, 0.1), values(3, 0.0)].map(Iterator::collect::<Vec<_>>);
    let there =
        |values: &[f32]| Tensor::<3>::from_data(TensorData::new(values.to_vec(), [1, sizes.tokens_q, width]), device);
    let options = AttentionOptions { rounded: true, ..AttentionOptions::new(sizes.heads) };
    let attended = attention(there(&q), there(&k), there(&v), options);
    settle(device).ok()?;
    let actual = attended.try_into_data().ok()?.try_to_vec::<f32>().ok()?;
    let expected = reference_attention(&q, &k, &v, sizes, |_, keys| keys);
    Some(actual.iter().zip(&expected).all(|(a, b)| (a - b).abs() < ATTENTION_TOLERANCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On any GPU, whatever kernels it takes.
    #[test]
    fn a_gpu_that_computes_well_is_trusted() {
        if let Some(device) = crate::tests::support::gpu() {
            for workload in Workload::ALL {
                assert_eq!(are_right(&device, workload), Some(true), "{}", workload.name());
            }
        }
    }
}
