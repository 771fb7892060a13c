//! 8-bit weights: blocks of 32 neighbours in a row of the weight share an f16 scale.
//!
//! A weight `[rows, ...]` is stored as I8 under its own name and in its own shape, and its scales as F16
//! `[rows, ceil(columns / 32)]` under the name with [`SCALE_SUFFIX`]; `columns` is the product of all sides but the first.
//! A value is `code * scale`, with codes in -127..=127 and the scale of a block its largest magnitude divided by 127.

use half::f16;

/// Ending of the name of a weight's scales.
pub const SCALE_SUFFIX: &str = ".scale";

/// Neighbours that share a scale.
pub const BLOCK: usize = 32;

/// Largest code.
pub const LARGEST: f32 = 127.0;

/// Whether a weight is worth quantising: matrices and convolutions, not biases, norms and other small vectors.
pub fn is_quantized(shape: &[usize]) -> bool {
    shape.len() >= 2 && shape[1..].iter().product::<usize>() >= BLOCK
}

/// Shape of the scales of a weight.
pub fn scale_shape(shape: &[usize]) -> [usize; 2] {
    let columns: usize = shape[1..].iter().product();
    [shape[0], columns.div_ceil(BLOCK)]
}

/// Codes and scales of a weight.
pub fn quantize(values: &[f32], shape: &[usize]) -> (Vec<i8>, Vec<f16>) {
    let columns: usize = shape[1..].iter().product();
    let mut codes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len().div_ceil(BLOCK));
    for block in values.chunks(columns.max(1)).flat_map(|row| row.chunks(BLOCK)) {
        let largest = block.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        // The rounded scale is the one that reading multiplies by.
        let scale = f16::from_f32(largest / LARGEST);
        let inverse = if scale > f16::ZERO { 1.0 / scale.to_f32() } else { 0.0 };
        codes.extend(block.iter().map(|value| (value * inverse).round().clamp(-LARGEST, LARGEST) as i8));
        scales.push(scale);
    }
    (codes, scales)
}

/// Whether codes and little-endian f16 scales are those of a weight of this shape.
pub fn fits(codes: &[u8], shape: &[usize], scales: &[u8]) -> bool {
    let Some((&rows, columns)) = shape.split_first() else { return false };
    let columns: usize = columns.iter().product();
    scales.len() == 2 * rows * columns.div_ceil(BLOCK) && codes.len() == rows * columns
}

/// The weight back from its codes and little-endian f16 scales; `None` when they do not fit each other.
pub fn dequantize(codes: &[u8], shape: &[usize], scales: &[u8]) -> Option<Vec<f32>> {
    if !fits(codes, shape, scales) {
        return None;
    }
    let columns: usize = shape[1..].iter().product();
    let mut values = Vec::with_capacity(codes.len());
    let mut scales = scales.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32());
    for block in codes.chunks(columns.max(1)).flat_map(|row| row.chunks(BLOCK)) {
        let scale = scales.next()?;
        values.extend(block.iter().map(|&code| f32::from(code.cast_signed()) * scale));
    }
    Some(values)
}

/// The values that come back from the codes.
pub fn rounded(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let (codes, scales) = quantize(values, shape);
    let columns: usize = shape[1..].iter().product();
    let blocks = codes.chunks(columns.max(1)).flat_map(|row| row.chunks(BLOCK));
    blocks
        .zip(scales)
        .flat_map(|(block, scale)| block.iter().map(move |&code| f32::from(code) * scale.to_f32()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_within_half_a_step() {
        // 70 columns: two whole blocks and a part of one in each row.
        let shape = [3, 7, 10];
        let values: Vec<f32> = (0..210).map(|index| ((index * 37 % 101) as f32 - 50.0) / 7.0).collect();
        let (codes, scales) = quantize(&values, &shape);
        assert_eq!(scales.len(), scale_shape(&shape).iter().product::<usize>());
        let codes: Vec<u8> = codes.into_iter().map(i8::cast_unsigned).collect();
        let scale_bytes: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        let back = dequantize(&codes, &shape, &scale_bytes).expect("they fit");
        for (index, (value, back)) in values.iter().zip(&back).enumerate() {
            let scale = scales[index / 70 * 3 + index % 70 / BLOCK].to_f32();
            // A rounded scale can leave the largest value just beyond the last code.
            assert!((value - back).abs() <= 0.5 * scale + value.abs() * 5e-4, "{index}: {value} became {back}");
        }
        assert!(back.iter().any(|value| *value != 0.0));
    }

    #[test]
    fn zeros_stay_zeros_and_what_does_not_fit_is_refused() {
        let (codes, scales) = quantize(&[0.0; 64], &[2, 32]);
        assert!(codes.iter().all(|&code| code == 0) && scales.iter().all(|&scale| scale == f16::ZERO));
        assert_eq!(dequantize(&[0; 64], &[2, 32], &[0; 3]), None);
        assert_eq!(dequantize(&[0; 63], &[2, 32], &[0; 4]), None);
        assert_eq!(dequantize(&[0; 4], &[], &[0; 4]), None);
    }
}
