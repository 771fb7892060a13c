//! The types in which pipeline stages meet. No stage imports another stage; each takes one of these and gives the next.
//!
//! `prompt -> TokenIds -> TextEmbedding -> Latent -> Frames`. Shapes are documented here and nowhere else.

use burn::tensor::Tensor;
use hummingbird_kernels::Rgb8;

/// Positions of the CLIP text context: start token, up to 75 tokens of text, end token, padding.
pub const CONTEXT_TOKENS: usize = 77;

/// Token ids of one prompt, exactly as the reference tokenizer gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIds {
    /// Start token, text, end token, then zeros (the reference pads with 0, not with the end token).
    pub ids: [u32; CONTEXT_TOKENS],
    /// Text tokens that the prompt had before it was cut to the context (start and end token not counted).
    pub text_tokens: usize,
    /// The part of the cleaned prompt that was kept, when the prompt was too long.
    pub kept_text: Option<String>,
}

impl TokenIds {
    /// Whether the prompt was longer than the context and lost its end.
    pub fn is_truncated(&self) -> bool {
        self.text_tokens > CONTEXT_TOKENS - 2
    }
}

/// Text embedding, `[batch, 77, context_dim]`.
#[derive(Clone, Debug)]
pub struct TextEmbedding {
    /// `[batch, 77, context_dim]`, f32.
    pub tensor: Tensor<3>,
}

impl TextEmbedding {
    /// This embedding of one prompt with a weight for each position: `z_empty + w (z - z_empty)`, where `empty` is the embedding of the
    /// empty prompt. So 1 leaves a word as it is and 0 takes its meaning away (ComfyUI's rule for prompt weights).
    pub fn weighted(self, empty: &Self, weights: &[f32; CONTEXT_TOKENS]) -> Self {
        let empty = empty.tensor.clone();
        let weights = Tensor::<1>::from_floats(*weights, &empty.device()).reshape([1, CONTEXT_TOKENS, 1]);
        Self { tensor: empty.clone() + (self.tensor - empty) * weights }
    }
}

/// A clip in the latent space of the VAE, in the reference's order.
#[derive(Clone, Debug)]
pub struct Latent {
    /// `[batch, latent_channels, frames, height / 8, width / 8]`, f32, scaled to unit variance.
    pub tensor: Tensor<5>,
}

/// A finished clip: `frames x height x width x 3` bytes of sRGB, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    is_finite: bool,
}

impl Frames {
    /// Wraps `pixels` of shape `[frames, height, width, 3]`.
    ///
    /// # Panics
    /// When the length is not a whole number of frames of that size: a bug of the caller.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "frames of {width}x{height} have no pixels");
        assert_eq!(pixels.len() % (width * height * 3), 0, "pixels are not whole frames of {width}x{height}");
        Self { width, height, pixels, is_finite: true }
    }

    /// Frames that were decoded in parts, one after the other.
    ///
    /// # Panics
    /// As [`Frames::new`].
    pub fn of_parts(width: usize, height: usize, parts: &[Rgb8]) -> Self {
        let pixels = parts.iter().flat_map(|part| &part.bytes).copied().collect();
        Self { is_finite: parts.iter().all(|part| part.is_finite), ..Self::new(width, height, pixels) }
    }

    /// Whether the decoder gave numbers: where it did not, pixels are black.
    pub fn is_finite(&self) -> bool {
        self.is_finite
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Number of frames.
    pub fn count(&self) -> usize {
        self.pixels.len() / self.frame_bytes()
    }

    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> usize {
        self.width * self.height * 3
    }

    /// One frame, `[height, width, 3]`.
    ///
    /// # Panics
    /// When `index` is not below [`Frames::count`].
    pub fn frame(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.frame_bytes()..(index + 1) * self.frame_bytes()]
    }

    /// All frames in order, each `[height, width, 3]`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.frame_bytes())
    }

    /// All pixels, `[frames, height, width, 3]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_move_an_embedding_from_that_of_the_empty_prompt() {
        let device = burn::tensor::Device::flex();
        let embedding = |values: [f32; 2]| TextEmbedding {
            tensor: Tensor::<1>::from_floats(values, &device).reshape([1, 1, 2]).repeat_dim(1, CONTEXT_TOKENS),
        };
        let mut weights = [1.0; CONTEXT_TOKENS];
        weights[1..4].copy_from_slice(&[0.0, 2.0, 0.5]);
        let weighted = embedding([3.0, -1.0]).weighted(&embedding([1.0, 1.0]), &weights);
        let values = weighted.tensor.into_data().try_to_vec::<f32>().expect("it is f32");
        assert_eq!(values[..10], [3.0, -1.0, 1.0, 1.0, 5.0, -3.0, 2.0, 0.0, 3.0, -1.0]);
    }
}
