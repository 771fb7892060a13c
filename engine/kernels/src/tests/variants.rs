//! Every kernel that a GPU may be given, whatever this machine's adapter would choose: the portable ones that need
//! nothing beyond plain WGSL, and those of the adapter itself.

use burn::backend::tensor::{Device, FloatTensor};
use burn::backend::{Backend, read_sync};
use burn::tensor::TensorData;
use burn_cubecl::CubeBackend;
use hummingbird_shaders::attention::{Sizes, attention_and_lse};
use hummingbird_shaders::geglu::geglu as reference_geglu;
use hummingbird_shaders::group_norm_silu::{Params, group_norm_silu};
use hummingbird_shaders::parts::Subgroups;

use super::support::{Tol, cube_gpu, gpu, has_matrices, noise, set_speed};
use crate::gpu::{attention, geglu, norm};
use crate::{AttentionOptions, GroupNormOptions, Mask, NormActivation};

type Gpu = FloatTensor<CubeBackend>;

fn tensor_on<B: Backend>(values: &[f32], shape: &[usize], device: &Device<B>) -> FloatTensor<B> {
    B::float_from_data(TensorData::new(values.to_vec(), shape.to_vec()), device)
}

fn values_of<B: Backend>(tensor: FloatTensor<B>) -> Vec<f32> {
    let data = read_sync(B::float_into_data(tensor)).expect("the device is there");
    data.try_to_vec::<f32>().expect("the kernels compute in f32")
}

fn tensor(values: &[f32], shape: &[usize]) -> Gpu {
    tensor_on::<CubeBackend>(values, shape, &cube_gpu().expect("callers asked for it"))
}

fn values(tensor: Gpu) -> Vec<f32> {
    values_of::<CubeBackend>(tensor)
}

const fn sizes(batch: usize, tokens_q: usize, tokens_k: usize, heads: usize, head_channels: usize) -> Sizes {
    Sizes { batch, tokens_q, tokens_k, heads, head_channels }
}

/// Each tile and its edges: one token, more teams than sequences and the other way round, tiles that are not full along
/// queries, keys or channels, heads in one chunk and in several, with a last chunk that is not full.
const ATTENTION: [(Sizes, Mask); 19] = [
    (sizes(1, 1, 1, 1, 4), Mask::None),
    (sizes(3, 5, 1, 3, 4), Mask::None),
    (sizes(5, 6, 6, 1, 16), Mask::None),
    (sizes(7, 16, 16, 3, 16), Mask::None),
    (sizes(6, 17, 9, 2, 16), Mask::None),
    (sizes(3, 26, 26, 1, 16), Mask::None),
    (sizes(3, 16, 16, 3, 20), Mask::None),
    (sizes(3, 16, 16, 1, 64), Mask::None),
    (sizes(2, 31, 33, 3, 48), Mask::None),
    (sizes(2, 96, 96, 3, 16), Mask::None),
    (sizes(1, 130, 77, 4, 16), Mask::None),
    (sizes(2, 70, 77, 2, 28), Mask::None),
    (sizes(1, 65, 77, 2, 64), Mask::None),
    (sizes(1, 77, 77, 4, 16), Mask::Causal),
    (sizes(1, 77, 77, 2, 64), Mask::Causal),
    (sizes(3, 17, 17, 2, 20), Mask::Causal),
    (sizes(2, 40, 70, 1, 100), Mask::None),
    (sizes(1, 70, 70, 1, 512), Mask::None),
    (sizes(1, 9, 9, 2, 132), Mask::Causal),
];

/// For matrices of 8 and of 16, whose heads have 32 and 64 channels, in one chunk and in several, all edges as above.
const ROUNDED: [(Sizes, Mask); 9] = [
    (sizes(1, 32, 1, 1, 32), Mask::None),
    (sizes(6, 70, 77, 2, 32), Mask::None),
    (sizes(1, 77, 77, 3, 32), Mask::Causal),
    (sizes(3, 64, 33, 1, 64), Mask::None),
    (sizes(6, 130, 77, 2, 64), Mask::None),
    (sizes(1, 77, 77, 2, 64), Mask::Causal),
    (sizes(1, 70, 70, 2, 128), Mask::None),
    (sizes(1, 40, 70, 1, 256), Mask::Causal),
    (sizes(2, 70, 70, 1, 512), Mask::None),
];

#[test]
fn every_attention_kernel_agrees_with_the_reference() {
    if gpu().is_none() {
        return;
    }
    let any = tensor(&[0.0], &[1]);
    let tol = Tol { rtol: 1e-5, atol: 5e-6, why: "scores up to 20 carry 2e-6, which the exponential makes relative" };
    for (sizes @ Sizes { batch, tokens_q, tokens_k, heads, head_channels }, mask) in ATTENTION {
        let width = heads * head_channels;
        let salts = [(tokens_q, 1), (tokens_k, 2), (tokens_k, 3)];
        let [q, k, v] = salts.map(|(tokens, salt)| noise(batch * tokens * width, salt));
        let q = q.into_iter().map(|value| 2.0 * value).collect::<Vec<_>>();
        let (out, lse) = match mask {
            Mask::None => attention_and_lse(&q, &k, &v, sizes, |_, keys| keys),
            Mask::Causal => attention_and_lse(&q, &k, &v, sizes, |query, keys| keys.min(query + 1)),
        };
        let together = |pixels| {
            let shape = |tokens: usize| [batch / pixels, tokens * pixels, width];
            let input = |x: &[f32], tokens| tensor(&interleaved(x, pixels, tokens, width), &shape(tokens));
            [input(&q, tokens_q), input(&k, tokens_k), input(&v, tokens_k)]
        };
        for pixels in [1, if batch % 3 == 0 { 3 } else { batch }] {
            let options = AttentionOptions { mask, pixels, ..AttentionOptions::new(heads) };
            let own = attention::plan(&together(pixels), options);
            assert!(own.is_some(), "{sizes:?}: four divides the channels of a head");
            let expected = interleaved(&out, pixels, tokens_q, width);
            // In one launch, and as on a device so slow that every operation takes several launches.
            let portable = attention::portable_plan(&together(pixels), options);
            let plans = [(portable, 1e12), (own, 1e12), (own, 1e6)].into_iter();
            for (plan, speed) in plans.filter_map(|(plan, speed)| Some((plan?, speed))) {
                set_speed(&any.client, speed);
                let (actual, actual_lse) = attention::attend(plan, together(pixels), options);
                set_speed(&any.client, 1e12);
                let label = format!("{sizes:?} {pixels} interleaved {mask:?} {plan:?}");
                tol.check(&label, &values(actual), &expected);
                tol.check(&format!("{label} log-sum-exp"), &values(actual_lse), &lse);
            }
        }
    }
}

#[test]
fn rounded_attention_agrees_with_the_reference() {
    if gpu().is_none() {
        return;
    }
    let any = tensor(&[0.0], &[1]);
    if !has_matrices(&any.client) {
        return;
    }
    let tol = Tol { rtol: 0.0, atol: 4e-3, why: "inputs and weights of 11 bits, scores up to 20" };
    for (sizes @ Sizes { batch, tokens_q, tokens_k, heads, head_channels }, mask) in ROUNDED {
        let width = heads * head_channels;
        // Keys that grow make scores outgrow those before them, again and again.
        for growth in [0.0, 8.0 / tokens_k as f32] {
            let salts = [(tokens_q, 1), (tokens_k, 2), (tokens_k, 3)];
            let [q, mut k, v] = salts.map(|(tokens, salt)| noise(batch * tokens * width, salt));
            let rows = k.chunks_exact_mut(width).enumerate();
            rows.for_each(|(row, values)| {
                let factor = 1.0 + growth * (row % tokens_k) as f32;
                values.iter_mut().for_each(|value| *value *= factor);
            });
            let (out, lse) = match mask {
                Mask::None => attention_and_lse(&q, &k, &v, sizes, |_, keys| keys),
                Mask::Causal => attention_and_lse(&q, &k, &v, sizes, |query, keys| keys.min(query + 1)),
            };
            for pixels in [1, if batch % 3 == 0 { 3 } else { batch }] {
                let options = AttentionOptions { mask, pixels, rounded: true, ..AttentionOptions::new(heads) };
                let shape = |tokens: usize| [batch / pixels, tokens * pixels, width];
                let input = |x: &[f32], tokens| tensor(&interleaved(x, pixels, tokens, width), &shape(tokens));
                let inputs = || [input(&q, tokens_q), input(&k, tokens_k), input(&v, tokens_k)];
                let Some(plan) = attention::cooperative_plan(&inputs(), options) else { continue };
                // In one launch, and as on a device so slow that every operation takes several launches.
                for speed in [1e12, 1e6] {
                    set_speed(&any.client, speed);
                    let (actual, actual_lse) = attention::attend(plan, inputs(), options);
                    set_speed(&any.client, 1e12);
                    let label = format!("{sizes:?} {pixels} interleaved {mask:?} growing by {growth}: {plan:?}");
                    tol.check(&label, &values(actual), &interleaved(&out, pixels, tokens_q, width));
                    tol.check(&format!("{label} log-sum-exp"), &values(actual_lse), &lse);
                }
            }
        }
    }
}

/// Sequences of `tokens` rows of `width`, each group of `pixels` of them laid token by token beside each other.
fn interleaved(x: &[f32], pixels: usize, tokens: usize, width: usize) -> Vec<f32> {
    let groups = x.chunks_exact(pixels * tokens * width);
    let row = |group: &[f32], row: usize| {
        let start = (row % pixels * tokens + row / pixels) * width;
        group[start..start + width].to_vec()
    };
    groups.flat_map(|group| (0..tokens * pixels).flat_map(move |i| row(group, i))).collect()
}

#[test]
fn every_norm_kernel_agrees_with_the_reference() {
    if gpu().is_none() {
        return;
    }
    let tol = Tol { rtol: 2e-6, atol: 4e-6, why: "f32 rounding of values near 3; sums are good to 1e-7" };
    let own = crate::gpu::subgroups_of(&tensor(&[0.0], &[1]));
    // Rows and channels: one value, one load, short and long rows, a last load that is not full, lanes without a load.
    for (rows, channels) in [(1, 1), (3, 4), (5, 7), (9, 48), (2, 320), (1030, 64), (3, 1280), (2, 2048), (1, 4099)] {
        let x = noise(rows * channels, 1).into_iter().map(|v| 2.0 * v + 0.3).collect::<Vec<_>>();
        let (gamma, beta) = (noise(channels, 2), noise(channels, 3));
        let params = Params::new([rows as u32, 1, channels as u32], 1, 1e-5, Params::NO_ACTIVATION);
        let expected = group_norm_silu(&x, &gamma, &beta, &params);
        let inputs = || [tensor(&x, &[1, rows, channels]), tensor(&gamma, &[channels]), tensor(&beta, &[channels])];
        for subgroups in [Subgroups::Unknown, own] {
            let Some(plan) = norm::layer_norm_plan(&inputs()[0], subgroups) else {
                assert!(channels > 4000, "no kernel for rows of {channels} and {subgroups:?}");
                continue;
            };
            tol.check(
                &format!("layer norm {rows}x{channels} {plan:?}"),
                &values(norm::layer_norm(plan, inputs(), 1e-5)),
                &expected,
            );
        }
    }
    // One part and several, a last part that is not full, large inputs; widths of a load; groups of odd numbers.
    for (shape @ [n, positions, channels], groups) in [
        ([1, 1, 1], 1),
        ([2, 16, 12], 4),
        ([3, 17, 10], 5),
        ([2, 100, 48], 8),
        ([1, 9000, 128], 32),
        ([2, 33, 2560], 32),
    ] {
        let x = noise(n * positions * channels, 1).into_iter().map(|v| 2.0 * v + 0.3).collect::<Vec<_>>();
        let (gamma, beta) = (noise(channels, 2), noise(channels, 3));
        let params = Params::new(shape.map(|size| size as u32), groups as u32, 1e-5, Params::SILU);
        let expected = group_norm_silu(&x, &gamma, &beta, &params);
        let options = GroupNormOptions { groups, eps: 1e-5, activation: NormActivation::Silu };
        for subgroups in [Subgroups::Unknown, own] {
            let inputs = [tensor(&x, &shape), tensor(&gamma, &[channels]), tensor(&beta, &[channels])];
            let actual = values(norm::group_norm(inputs, options, subgroups));
            tol.check(&format!("group norm {shape:?} {groups} groups {subgroups:?}"), &actual, &expected);
        }
    }
}

#[test]
fn geglu_agrees_with_the_reference() {
    if gpu().is_none() {
        return;
    }
    let tol =
        Tol { rtol: 1e-5, atol: 1e-30, why: "exponents down to -29 carry 2e-6, which the exponential makes relative" };
    for (rows, channels) in [(1, 1), (3, 4), (5, 7), (70, 192), (9, 1280)] {
        // Gates up to 7.5: far into both tails.
        let x = noise(rows * 2 * channels, 1).into_iter().map(|v| 7.5 * v).collect::<Vec<_>>();
        let actual = values(geglu::geglu(tensor(&x, &[rows, 2 * channels])));
        tol.check(&format!("{rows}x{channels}"), &actual, &reference_geglu(&x, channels));
    }
    let odd = [1.0, 1.0, 1.0, f32::NAN, 3.0, f32::NAN, f32::INFINITY, 0.0, -f32::INFINITY, 2.0];
    let [a, b, c, d, e] = values(geglu::geglu(tensor(&odd, &[1, 10]))).try_into().expect("five values");
    let gelu_of_two = 1.954_499_7;
    assert!(a.is_nan() && b == f32::INFINITY && c == 0.0 && d.is_nan(), "{:?}", [a, b, c, d, e]);
    assert!((e - 3.0 * gelu_of_two).abs() < 1e-5, "{e}");
}
