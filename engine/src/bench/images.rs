//! Sizes of what the networks see.

use crate::nn::cost::{MetaTensor, Tracer};

/// A picture as the networks see it: images, height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images: frames of all clips.
    pub count: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Images {
    /// The images `levels` further down: half the height and width at each.
    pub fn halved(self, levels: usize) -> Self {
        Self { height: self.height.div_ceil(1 << levels), width: self.width.div_ceil(1 << levels), ..self }
    }

    /// Pixels of one image.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Pixels of all images.
    pub fn positions(self) -> usize {
        self.count * self.pixels()
    }

    /// Their activations of so many channels, without values.
    pub fn meta(self, tracer: &Tracer, channels: usize) -> MetaTensor {
        tracer.tensor(&[self.count, self.height, self.width, channels])
    }
}
