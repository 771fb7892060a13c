//! VBench's networks behind the traits of `judges`: frames become the pictures that each network takes, and its outputs numbers.

use std::cell::RefCell;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::CancelToken;
use hummingbird_judges::flow::Raft;
use hummingbird_judges::interpolation::Amt;
use hummingbird_judges::measures::{appearance_style, cosine};
use hummingbird_judges::pictures::{
    Picture as Prepared, Rgb, batch, for_clip, for_clip_style, for_dino, for_musiq, for_umt, for_viclip,
};
use hummingbird_judges::{Aesthetics, ClipPictures, ClipTexts, Dino, FramesUnfit, Musiq, Umt, ViClip};
use hummingbird_video::Picture;
use rayon::prelude::*;

use super::judges::{ActionLogits, ClipText, FlowLengths, PictureFeatures, PictureScores, StyleScores};
use super::looks::LookError;
use crate::nn::params::values_of;
use crate::pipeline::clip_tokens::Tokenizer;

/// Colours of a pixel.
const RGB: usize = 3;

/// A network with where it runs and who may stop it.
#[derive(Clone, Debug)]
pub struct Placed<N> {
    /// The network.
    pub network: N,
    /// Its device.
    pub device: Device,
    /// Looked at between its blocks.
    pub cancel: CancelToken,
}

/// DINO.
pub type DinoJudge = Placed<Dino>;
/// CLIP's vision tower.
pub type ClipJudge = Placed<ClipPictures>;
/// CLIP's vision tower and LAION's layer behind it.
pub type AestheticJudge = Placed<(ClipPictures, Aesthetics)>;
/// MUSIQ.
pub type MusiqJudge = Placed<Musiq>;
/// RAFT.
pub type RaftJudge = Placed<Raft>;
/// AMT.
pub type AmtJudge = Placed<Amt>;
/// ViCLIP, with the ids that a text has.
pub type ViClipJudge = Placed<(ViClip, ViClipSizes)>;
/// UMT.
pub type UmtJudge = Placed<Umt>;

/// What ViCLIP takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViClipSizes {
    /// Side of its pictures.
    pub side: usize,
    /// Ids of a text.
    pub context: usize,
}

/// Both towers of CLIP, with the feature of the last style.
#[derive(Debug)]
pub struct StyleJudge {
    /// The vision tower.
    pub pictures: ClipJudge,
    /// The text tower.
    pub texts: ClipTexts,
    last: RefCell<(String, Vec<f32>)>,
}

impl StyleJudge {
    /// Of both towers.
    pub fn new(pictures: ClipJudge, texts: ClipTexts) -> Self {
        Self { pictures, texts, last: RefCell::default() }
    }
}

/// Frames as a network takes them.
fn prepared(pictures: &[&Picture], prepare: impl Fn(Rgb<'_>) -> Prepared + Sync) -> Result<Vec<Prepared>, FramesUnfit> {
    let of = |it: &&Picture| Ok(prepare(Rgb::new(&it.rgb, [it.height, it.width])?));
    pictures.par_iter().map(of).collect()
}

/// The rows of a matrix.
fn rows(features: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, width] = features.dims();
    values_of(features.into_data()).chunks(width.max(1)).map(<[f32]>::to_vec).collect()
}

impl PictureFeatures for DinoJudge {
    fn features(&self, pictures: &[&Picture]) -> Result<Vec<Vec<f32>>, LookError> {
        let side = self.network.picture();
        let pictures = batch(&prepared(pictures, |frame| for_dino(frame, side))?, &self.device);
        Ok(rows(self.network.forward(pictures, &self.cancel)?))
    }
}

impl PictureFeatures for ClipJudge {
    fn features(&self, pictures: &[&Picture]) -> Result<Vec<Vec<f32>>, LookError> {
        let side = self.network.picture();
        let pictures = batch(&prepared(pictures, |frame| for_clip(frame, side))?, &self.device);
        Ok(rows(self.network.forward(pictures, &self.cancel)?))
    }
}

impl PictureScores for AestheticJudge {
    fn scores(&self, pictures: &[&Picture]) -> Result<Vec<f64>, LookError> {
        let (tower, layer) = &self.network;
        let side = tower.picture();
        let pictures = batch(&prepared(pictures, |frame| for_clip(frame, side))?, &self.device);
        let marks = layer.marks(tower.forward(pictures, &self.cancel)?);
        Ok(marks.into_iter().map(f64::from).collect())
    }
}

impl PictureScores for MusiqJudge {
    fn scores(&self, pictures: &[&Picture]) -> Result<Vec<f64>, LookError> {
        let of_picture = |picture: &Prepared| {
            let score = self.network.forward(&self.network.patches(picture), &self.cancel)?;
            Ok(values_of(score.into_data()).first().copied().map_or(f64::NAN, f64::from))
        };
        prepared(pictures, for_musiq)?.iter().map(of_picture).collect()
    }
}

impl StyleScores for StyleJudge {
    fn scores(&self, pictures: &[&Picture], words: &str) -> Result<Vec<f64>, LookError> {
        let Placed { network, device, cancel } = &self.pictures;
        let side = network.picture();
        let mut last = self.last.borrow_mut();
        if last.1.is_empty() || last.0 != words {
            let ids = Tokenizer::shared().encode(words).ids.to_vec();
            *last = (words.to_owned(), rows(self.texts.forward(&[ids])).swap_remove(0));
        }
        let pictures = batch(&prepared(pictures, |frame| for_clip_style(frame, side))?, device);
        let scale = self.texts.scale();
        let features = rows(network.forward(pictures, cancel)?);
        Ok(features.iter().map(|feature| appearance_style(feature, &last.1, scale)).collect())
    }
}

impl FlowLengths for RaftJudge {
    fn lengths(&self, first: &Picture, last: &Picture) -> Result<Vec<f32>, LookError> {
        let frame = |it: &Picture| -> Tensor<4> {
            let values: Vec<f32> = it.rgb.iter().map(|&value| f32::from(value)).collect();
            Tensor::from_data(TensorData::new(values, [1, it.height, it.width, RGB]), &self.device)
        };
        let flow = self.network.forward(frame(first), frame(last), Raft::ROUNDS, &self.cancel)?;
        let vectors = values_of(flow.fine.into_data());
        Ok(vectors.as_chunks::<2>().0.iter().map(|[right, down]| (right * right + down * down).sqrt()).collect())
    }
}

impl ClipText for ViClipJudge {
    fn similarity(&self, frames: &[&Picture], prompt: &str) -> Result<f64, LookError> {
        let (network, ViClipSizes { side, context }) = &self.network;
        let pictures = batch(&prepared(frames, |frame| for_viclip(frame, *side))?, &self.device);
        let clip = pictures.reshape([1, frames.len(), RGB, *side, *side]);
        let clip = rows(network.video_features(clip, &self.cancel)?);
        let text = rows(network.text_features(&[text_ids(prompt, *context)]));
        Ok(cosine(&clip[0], &text[0]))
    }
}

/// The ids of a text, cut to `context` with the end token as the last one, as ViCLIP's tokenizer does it.
fn text_ids(text: &str, context: usize) -> Vec<u32> {
    let mut ids = Tokenizer::shared().encode(text).ids.to_vec();
    let end = ids.iter().enumerate().max_by_key(|(index, id)| (**id, std::cmp::Reverse(*index)));
    if let Some((place, &end)) = end
        && place >= context
        && context > 0
    {
        ids[context - 1] = end;
    }
    ids.resize(context, 0);
    ids
}

impl ActionLogits for UmtJudge {
    fn logits(&self, frames: &[&Picture]) -> Result<Vec<f32>, LookError> {
        let side = self.network.picture();
        let pictures = batch(&prepared(frames, |frame| for_umt(frame, side))?, &self.device);
        let clip = pictures.reshape([1, frames.len(), RGB, side, side]);
        Ok(values_of(self.network.forward(clip, &self.cancel)?.into_data()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_with_their_end_token() {
        let short = text_ids("a boat", 32);
        assert_eq!((short.len(), &short[..5]), (32, &[49406, 320, 4440, 49407, 0][..]));
        let long = text_ids(&"a boat ".repeat(60), 32);
        assert_eq!((long[0], long[31]), (49406, 49407));
        assert!(long[1..31].iter().all(|id| [320, 4440].contains(id)));
    }
}
