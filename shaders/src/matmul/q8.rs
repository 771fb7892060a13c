//! Weights in 8 bits as the kernels read them, and rows of activations quantized to them.

use half::f16;

use super::QUAD;

/// Neighbours in a row of an 8-bit weight that share a scale.
pub const BLOCK: usize = 32;

/// An 8-bit weight as the kernels read it: codes `[out, taps, in]`, four to a word, behind them the scales, halves, two to a
/// word. `codes` are `[out, in, taps]`, and `scales` are those of the blocks of [`BLOCK`] in each row of them.
///
/// # Panics
/// When the lengths do not fit: a bug of the caller, who asked [`holds_q8`].
pub fn pack_q8(codes: &[u8], scales: &[u8], [out, channels, taps]: [usize; 3]) -> Vec<u32> {
    let row = channels * taps;
    assert!(holds_q8([channels, taps]), "{channels} channels and {taps} places cannot be packed");
    assert_eq!(codes.len(), out * row, "codes are [out, in, taps]");
    assert_eq!(scales.len(), 2 * out * row.div_ceil(BLOCK), "every block has a scale");
    let mut words = Vec::with_capacity(codes.len() / 4 + scales.len().div_ceil(4));
    for row in codes.chunks_exact(row) {
        let in_order = (0..row.len()).map(|index| row[index % channels * taps + index / channels]).collect::<Vec<_>>();
        words.extend(in_order.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)));
    }
    words.extend(scales.chunks(4).map(|bytes| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_le_bytes(word)
    }));
    words.resize(q8_words([out, channels, taps]), 0);
    words
}

/// The values, `[out, in, taps]`, of the words of [`pack_q8`].
///
/// # Panics
/// When there are not as many words as these sizes ask for: a bug of the caller.
pub fn unpack_q8(words: &[u32], [out, channels, taps]: [usize; 3]) -> Vec<f32> {
    let row = channels * taps;
    let row_scales = row.div_ceil(BLOCK);
    assert_eq!(words.len(), q8_words([out, channels, taps]), "these are the words of [{out}, {channels}, {taps}]");
    let (codes, scales) = words.split_at(out * row / 4);
    let byte = |words: &[u32], index: usize| (words[index / 4] >> (8 * (index % 4))) as u8;
    let value = |index: usize| {
        let (of_row, number) = (index / row, index % row);
        let (channel, tap) = (number / taps, number % taps);
        let code = byte(codes, of_row * row + tap * channels + channel).cast_signed();
        let scale = of_row * row_scales + number / BLOCK;
        let scale = f16::from_le_bytes([byte(scales, 2 * scale), byte(scales, 2 * scale + 1)]);
        f32::from(code) * scale.to_f32()
    };
    (0..out * row).map(value).collect()
}

/// Words of an 8-bit weight of `[out, in, taps]`: at least as many as the kernels bind.
pub fn q8_words([out, channels, taps]: [usize; 3]) -> usize {
    let row = channels * taps;
    (out * row / 4 + (out * row.div_ceil(BLOCK)).div_ceil(2)).max(4)
}

/// Whether the kernels read 8-bit weights of so many channels and places of a patch: four neighbouring channels must lie in
/// two blocks at most.
pub fn holds_q8([channels, taps]: [usize; 2]) -> bool {
    channels.is_multiple_of(QUAD as usize) && channels > 0 && 3 * taps < BLOCK
}

/// Rows of `channels` values quantized to int8 and back, as the kernel of dot products takes them: symmetrically, each [`BLOCK`] of a row
/// with a scale of its own, of its largest magnitude.
pub fn fake_quantized(rows: &[f32], channels: usize) -> Vec<f32> {
    let blocks = rows.chunks(channels).flat_map(|row| row.chunks(BLOCK));
    blocks
        .flat_map(|block| {
            let largest = block.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let unit = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            block.iter().map(move |value| (value * unit).round_ties_even() * (largest / 127.0))
        })
        .collect()
}
