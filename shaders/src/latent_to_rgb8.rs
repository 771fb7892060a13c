//! Pixels from values: `latent_to_rgb8.wgsl`, its parameters and its reference implementation.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::{Prelude, Shader, spread};

/// The kernel without its prelude.
const WGSL: &str = include_str!("../wgsl/latent_to_rgb8.wgsl");
/// Invocations of a workgroup, one for each word of four bytes.
pub const WORKGROUP: u32 = 256;
/// Channels that the parameters have room for.
pub const MAX_CHANNELS: usize = 16;

/// The kernel's parameters, laid out as the `Params` struct of the WGSL file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Bytes of the result: three times the pixels.
    pub bytes: u32,
    /// Channels of the input, at most [`MAX_CHANNELS`].
    pub channels: u32,
    /// Fills the row before `bias`.
    pub padding: [u32; 2],
    /// Added to red, green and blue.
    pub bias: [f32; 4],
    /// How much each channel adds to red, green and blue.
    pub factors: [[f32; 4]; MAX_CHANNELS],
}

impl Params {
    /// Names and byte offsets of the fields that the WGSL struct names.
    pub const LAYOUT: [(&str, usize); 4] = [
        ("bytes", offset_of!(Self, bytes)),
        ("channels", offset_of!(Self, channels)),
        ("bias", offset_of!(Self, bias)),
        ("factors", offset_of!(Self, factors)),
    ];

    /// Parameters for `pixels` pixels; `None` when the map has more than [`MAX_CHANNELS`] channels.
    pub fn new(pixels: u32, map: &RgbMap) -> Option<Self> {
        let row = |[red, green, blue]: [f32; 3]| [red, green, blue, 0.0];
        let mut factors = [[0.0; 4]; MAX_CHANNELS];
        for (to, from) in factors.get_mut(..map.channels())?.iter_mut().zip(&map.factors) {
            *to = row(*from);
        }
        let channels = map.channels() as u32;
        Some(Self { bytes: pixels * 3, channels, padding: [0; 2], bias: row(map.bias), factors })
    }

    /// Words of the result.
    pub fn words(&self) -> u32 {
        self.bytes.div_ceil(4)
    }

    /// Workgroups along the three axes; the kernel counts on along the second when the first is full.
    pub fn workgroups(&self) -> [u32; 3] {
        spread(self.words().div_ceil(WORKGROUP))
    }
}

/// The kernel.
pub fn shader() -> Shader {
    let prelude = Prelude(vec![("WORKGROUP", WORKGROUP), ("MAX_CHANNELS", MAX_CHANNELS as u32)]);
    Shader {
        stem: "latent_to_rgb8",
        wgsl: WGSL,
        extensions: &[],
        prelude,
        parts: Vec::new(),
        params: &Params::LAYOUT,
        params_bytes: size_of::<Params>(),
    }
}

/// An affine map from channels to red, green and blue in [-1, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct RgbMap {
    /// One row for each channel of the input: how much it adds to red, green and blue.
    pub factors: Vec<[f32; 3]>,
    /// Added to red, green and blue.
    pub bias: [f32; 3],
}

impl RgbMap {
    /// The map of decoded pictures: three channels, each its own colour.
    pub fn identity() -> Self {
        Self { factors: vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], bias: [0.0; 3] }
    }

    /// Channels of the input.
    pub fn channels(&self) -> usize {
        self.factors.len()
    }
}

/// The reference implementation: `values` of `[pixels, channels]` become `[pixels, 3]` bytes.
///
/// The identity must give the value itself, so products with a zero factor are left out: they would turn an infinity
/// of one channel into a NaN in the others.
///
/// # Panics
/// When `values` is not a whole number of pixels: a bug of the caller.
pub fn latent_to_rgb8(values: &[f32], map: &RgbMap) -> Vec<u8> {
    let pixels = values.chunks_exact(map.channels());
    assert!(pixels.remainder().is_empty(), "values are not whole pixels of {} channels", map.channels());
    let mut bytes = Vec::with_capacity(values.len() / map.channels() * 3);
    for pixel in pixels {
        for colour in 0..3 {
            let mut value = map.bias[colour];
            for (channel, factors) in pixel.iter().zip(&map.factors) {
                if factors[colour] != 0.0 {
                    value += factors[colour] * channel;
                }
            }
            let clamped = if value.is_nan() { -1.0 } else { value.clamp(-1.0, 1.0) };
            // The cast truncates, as the reference does.
            bytes.push(((clamped + 1.0) / 2.0 * 255.0) as u8);
        }
    }
    bytes
}

/// Bytes four to a word, the first in the low bits, zeros after the last.
pub fn pack_words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(4).map(|chunk| chunk.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))).collect()
}

/// The first `length` bytes of [`pack_words`].
pub fn unpack_words(words: &[u32], length: usize) -> Vec<u8> {
    let mut bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    bytes.truncate(length);
    bytes
}
