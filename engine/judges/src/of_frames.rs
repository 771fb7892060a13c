//! What VBench's networks make of frames as they are: pictures on the processor, then one pass.
//!
//! All frames of a call have one size and are on the device together, so that callers hand over a few at a time.

use burn::tensor::{Device, Tensor};
use hummingbird_base::Cancelled;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::params::values_of;

use crate::clip::{Aesthetics, ClipPictures};
use crate::dino::Dino;
use crate::musiq::Musiq;
use crate::pictures::{Picture, RGB, Rgb, batch, for_clip, for_clip_style, for_dino, for_musiq, for_umt, for_viclip};
use crate::umt::Umt;
use crate::viclip::ViClip;

impl Dino {
    /// A feature of each frame, not normalised.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When frames have different sizes: a bug of the caller.
    pub fn features(&self, frames: &[Rgb<'_>], hook: &dyn ForwardHook) -> Result<Vec<Vec<f32>>, Cancelled> {
        let pictures = of_frames(frames, &self.device(), |frame| for_dino(frame, self.picture()));
        pictures.map_or(Ok(Vec::new()), |pictures| Ok(rows(self.forward(pictures, hook)?)))
    }
}

impl ClipPictures {
    /// A feature of each frame, not normalised.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When frames have different sizes: a bug of the caller.
    pub fn features(&self, frames: &[Rgb<'_>], hook: &dyn ForwardHook) -> Result<Vec<Vec<f32>>, Cancelled> {
        let pictures = of_frames(frames, &self.device(), |frame| for_clip(frame, self.picture()));
        pictures.map_or(Ok(Vec::new()), |pictures| Ok(rows(self.forward(pictures, hook)?)))
    }

    /// The same of pictures as a style is judged by.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When frames have different sizes: a bug of the caller.
    pub fn style_features(&self, frames: &[Rgb<'_>], hook: &dyn ForwardHook) -> Result<Vec<Vec<f32>>, Cancelled> {
        let pictures = of_frames(frames, &self.device(), |frame| for_clip_style(frame, self.picture()));
        pictures.map_or(Ok(Vec::new()), |pictures| Ok(rows(self.forward(pictures, hook)?)))
    }

    /// LAION's marks of each frame, where 1 is the best.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When frames have different sizes: a bug of the caller.
    pub fn marks(
        &self,
        frames: &[Rgb<'_>],
        aesthetics: &Aesthetics,
        hook: &dyn ForwardHook,
    ) -> Result<Vec<f32>, Cancelled> {
        let pictures = of_frames(frames, &self.device(), |frame| for_clip(frame, self.picture()));
        pictures.map_or(Ok(Vec::new()), |pictures| Ok(aesthetics.marks(self.forward(pictures, hook)?)))
    }
}

impl Musiq {
    /// The quality of a frame: 0..100 by the published network.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn quality(&self, frame: Rgb<'_>, hook: &dyn ForwardHook) -> Result<f32, Cancelled> {
        let score = self.forward(&self.patches(&for_musiq(frame)), hook)?;
        Ok(rows(score).concat().first().copied().unwrap_or(f32::NAN))
    }
}

impl ViClip {
    /// The feature of a clip, not normalised, of the frames that [`pictures::middle_frames`](crate::pictures::middle_frames) names.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When there are not [`Self::frames`] of one size: a bug of the caller.
    pub fn clip_feature(&self, frames: &[Rgb<'_>], hook: &dyn ForwardHook) -> Result<Vec<f32>, Cancelled> {
        let (side, device) = (self.picture(), self.device());
        let pictures: Vec<Picture> = frames.iter().map(|&frame| for_viclip(frame, side)).collect();
        assert_eq!(pictures.len(), self.frames(), "frames of a clip");
        let clip = batch(&pictures, &device).reshape([1, pictures.len(), RGB, side, side]);
        Ok(rows(self.video_features(clip, hook)?).concat())
    }
}

impl Umt {
    /// A number for each class, before the sigmoid, of the frames that
    /// [`pictures::middle_frames`](crate::pictures::middle_frames) names.
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    ///
    /// # Panics
    /// When there are not [`Self::frames`] of one size: a bug of the caller.
    pub fn logits(&self, frames: &[Rgb<'_>], hook: &dyn ForwardHook) -> Result<Vec<f32>, Cancelled> {
        let (side, device) = (self.picture(), self.device());
        let pictures: Vec<Picture> = frames.iter().map(|&frame| for_umt(frame, side)).collect();
        assert_eq!(pictures.len(), self.frames(), "frames of a clip");
        let clip = batch(&pictures, &device).reshape([1, pictures.len(), RGB, side, side]);
        Ok(rows(self.forward(clip, hook)?).concat())
    }
}

/// Pictures of frames; `None` without any.
fn of_frames(frames: &[Rgb<'_>], device: &Device, picture: impl Fn(Rgb<'_>) -> Picture) -> Option<Tensor<4>> {
    let pictures: Vec<Picture> = frames.iter().map(|&frame| picture(frame)).collect();
    (!pictures.is_empty()).then(|| batch(&pictures, device))
}

fn rows(features: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, channels] = features.dims();
    values_of(features.into_data()).chunks_exact(channels).map(<[f32]>::to_vec).collect()
}
