//! Networks by which VBench judges clips, on frames as they are: each makes its own pictures of them.

use burn::tensor::Device;
use hummingbird_judges::pictures::{Rgb, middle_frames};
use hummingbird_judges::{ClipPictures, ClipTexts, Dino, FramesUnfit, Musiq, Umt, ViClip};

use super::inputs::{Inputs, InputsUnfit};
use super::judge_config::{JudgeConfig, JudgeNetwork};
use super::named;
use super::reward::{TokenLimits, frames_unfit, tokens};
use crate::jobs::error::EngineError;
use crate::jobs::events::{CancelToken, Cancelled};
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource};
use crate::weights::Checkpoint;

/// Colour channels of a pixel.
const RGB: usize = 3;
/// Frames that go through a network together.
const BATCH: usize = 8;

/// Judges what is in `inputs` by the network in `weights`.
///
/// # Errors
/// When a tensor is missing or of the wrong shape, on either side; [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn judge(
    config: &JudgeConfig,
    weights: &dyn ParamSource,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let loader = ParamLoader::new(weights, device);
    let root = loader.path("");
    Ok(vec![match &config.network {
        JudgeNetwork::Dino(sizes) => {
            let frames = Frames::read(&inputs, "frames")?;
            let network = Dino::init(sizes, &root)?;
            frames.in_batches(&inputs, "dino_features", |frames| network.features(frames, cancel))?
        }
        JudgeNetwork::ClipImage(sizes) => {
            let frames = Frames::read(&inputs, "frames")?;
            let network = ClipPictures::init(sizes, &root)?;
            frames.in_batches(&inputs, "clip_features", |frames| network.features(frames, cancel))?
        }
        JudgeNetwork::ClipText(sizes) => {
            let texts = tokens(&inputs, TokenLimits { rows: sizes.vocabulary, tokens: sizes.context })?;
            named("text_features", ClipTexts::init(sizes, &root)?.forward(&texts))
        }
        JudgeNetwork::Musiq(sizes) => {
            let (numbers, [height, width, colours]) = inputs.numbers::<3>("picture")?;
            let picture = Frames::of(&inputs, "picture", numbers, [1, height, width, colours])?;
            let network = Musiq::init(sizes, &root)?;
            let quality =
                |frames: &[Rgb<'_>]| frames.iter().map(|&frame| Ok(vec![network.quality(frame, cancel)?])).collect();
            picture.in_batches(&inputs, "score", quality)?
        }
        JudgeNetwork::ViClip(sizes) => {
            let frames = Frames::read(&inputs, "frames")?;
            let texts =
                tokens(&inputs, TokenLimits { rows: sizes.text.vocab_size, tokens: sizes.text.context_length })?;
            let network = ViClip::init(sizes, &root)?;
            let chosen = frames.with_numbers(&inputs, &middle_frames(frames.count, network.frames()))?;
            let feature = network.clip_feature(&chosen, cancel)?;
            let shape = vec![1, feature.len()];
            return Ok(vec![
                NamedTensor { name: "video_features".to_owned(), shape, values: feature },
                named("text_features", network.text_features(&texts)),
            ]);
        }
        JudgeNetwork::Umt(sizes) => {
            let side = Some(sizes.picture);
            let clips = inputs.sized::<5>("video", [None, Some(RGB), Some(sizes.frames), side, side])?;
            let network = Umt::init(sizes, &root)?;
            // [clips, 3, frames, side, side] -> [clips, frames, 3, side, side]
            named("logits", network.forward(clips.swap_dims(1, 2), cancel)?)
        }
    }])
}

/// Frames as bytes.
struct Frames {
    bytes: Vec<u8>,
    count: usize,
    size: [usize; 2],
}

impl Frames {
    fn read(inputs: &Inputs<'_>, name: &str) -> Result<Self, EngineError> {
        let (numbers, shape) = inputs.numbers::<4>(name)?;
        Self::of(inputs, name, numbers, shape)
    }

    fn of(inputs: &Inputs<'_>, name: &str, numbers: Vec<f64>, shape: [usize; 4]) -> Result<Self, EngineError> {
        let [count, height, width, colours] = shape;
        if colours != RGB {
            let wanted = "frames, height, width, 3".to_owned();
            return Err(inputs.unfit(InputsUnfit::Shape { name: name.to_owned(), shape: shape.to_vec(), wanted }));
        }
        let bytes = inputs.below(name, numbers, 1 << 8)?;
        Ok(Self { bytes: bytes.into_iter().map(|byte| byte as u8).collect(), count, size: [height, width] })
    }

    /// The frames with these numbers.
    fn with_numbers(&self, inputs: &Inputs<'_>, numbers: &[usize]) -> Result<Vec<Rgb<'_>>, EngineError> {
        let frame_bytes = self.size[0] * self.size[1] * RGB;
        let frame = |number: usize| &self.bytes[number * frame_bytes..(number + 1) * frame_bytes];
        let frames = numbers.iter().map(|&number| Rgb::new(frame(number), self.size));
        frames.collect::<Result<_, FramesUnfit>>().map_err(|error| frames_unfit(inputs, error))
    }

    /// What a network makes of each frame, a few at a time, as a tensor called `name`.
    fn in_batches(
        &self,
        inputs: &Inputs<'_>,
        name: &str,
        network: impl Fn(&[Rgb<'_>]) -> Result<Vec<Vec<f32>>, Cancelled>,
    ) -> Result<NamedTensor, EngineError> {
        let numbers: Vec<usize> = (0..self.count).collect();
        let mut rows = Vec::with_capacity(self.count);
        for numbers in numbers.chunks(BATCH) {
            rows.extend(network(&self.with_numbers(inputs, numbers)?)?);
        }
        let values = rows.concat();
        Ok(NamedTensor { name: name.to_owned(), shape: vec![self.count, values.len() / self.count], values })
    }
}
