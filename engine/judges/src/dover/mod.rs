//! DOVER and DOVER-Mobile (Wu et al. 2023): how good a clip looks, without a prompt.
//!
//! A clip becomes two views (`views`, with `sampling` and `resize`): fragments at the original resolution, which show noise, blur
//! and shaking, and whole frames as small squares, which show composition and colour. Each has a network (`swin` with `windows`,
//! or `convnext`; both begin with `stem`) and a `head`, whose maps become [`Scores`] (`scores`). `config` holds the sizes.
//! Start with [`Dover::score`]. Not here: decoding of clips.

pub mod config;
mod convnext;
mod fitting;
mod head;
mod resize;
mod sampling;
mod scores;
mod stem;
mod swin;
mod views;
mod windows;

use burn::module::Module;
use burn::tensor::Tensor;
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_formats::FileError;
use hummingbird_nn::params::{ParamPath, values_of};

use self::config::{BackboneConfig, ViewConfig};
pub use self::config::{DoverConfig, DoverUnfit};
use self::convnext::ConvNext;
use self::head::Head;
pub use self::sampling::FrameIndices;
pub use self::scores::{Scores, Triple};
use self::swin::Swin;
use self::views::ViewFrames;
pub use self::views::{ClipShape, ClipUnfit, FragmentOffsets, View, ViewMaker, Views};

/// The networks. Their tensors have the names of the published files.
#[derive(Module, Debug)]
pub struct Dover {
    technical_backbone: Backbone,
    technical_head: Head,
    aesthetic_backbone: Backbone,
    aesthetic_head: Head,
    #[module(skip)]
    views: ViewConfig,
}

#[derive(Module, Debug)]
enum Backbone {
    Swin(Swin),
    ConvNext(ConvNext),
}

impl Backbone {
    fn init(config: &BackboneConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        Ok(match config {
            BackboneConfig::Swin(config) => Self::Swin(Swin::init(config, path)?),
            BackboneConfig::ConvNext(config) => Self::ConvNext(ConvNext::init(config, path)?),
        })
    }

    fn forward(&self, frames: ViewFrames<'_>, cancel: &CancelToken) -> Result<Tensor<5>, Cancelled> {
        match self {
            Self::Swin(network) => network.forward(frames, cancel),
            Self::ConvNext(network) => network.forward(frames, cancel),
        }
    }
}

/// What one network says of its view.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// `[runs, frames / 2, rows, columns, channels]`
    pub features: Tensor<5>,
    /// `[runs, frames / 2, rows, columns, 1]`
    pub map: Tensor<5>,
    /// The mean of the map.
    pub raw: f64,
}

/// What both networks say.
#[derive(Clone, Debug)]
pub struct Verdicts {
    /// Of the fragments, run by run.
    pub technical: Verdict,
    /// Of the small frames, which are one run.
    pub aesthetic: Verdict,
}

impl Verdicts {
    /// The scores.
    pub fn scores(&self) -> Scores {
        Scores::of_raw(self.technical.raw, self.aesthetic.raw)
    }
}

impl Dover {
    /// The networks at `path`, the root of their file. Sizes are those that [`DoverConfig::check`] lets through.
    pub fn init(config: &DoverConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let DoverConfig { technical, aesthetic, head_hidden, views } = config;
        let head = |name: &str, network: &BackboneConfig| Head::init(&path.at(name), network.features(), *head_hidden);
        Ok(Self {
            technical_backbone: Backbone::init(technical, &path.at("technical_backbone"))?,
            technical_head: head("technical_head", technical)?,
            aesthetic_backbone: Backbone::init(aesthetic, &path.at("aesthetic_backbone"))?,
            aesthetic_head: head("aesthetic_head", aesthetic)?,
            views: *views,
        })
    }

    /// What a clip is looked at as.
    pub fn views(&self) -> &ViewConfig {
        &self.views
    }

    /// Scores of a clip whose frames come one after the other, `[height, width, 3]` each: the views keep what they take of a frame
    /// and nothing else, and after the last frame that they take no further one is asked for.
    ///
    /// # Errors
    /// A clip without frames or pixels; a frame of another size; too few frames; whatever `frames` gives; [`Cancelled`] when
    /// `cancel` was asked for.
    pub fn score<F, E>(
        &self,
        shape: ClipShape,
        frames: impl IntoIterator<Item = Result<F, E>>,
        cancel: &CancelToken,
    ) -> Result<Scores, E>
    where
        F: AsRef<[u8]>,
        E: From<ClipUnfit> + From<Cancelled>,
    {
        let mut maker = ViewMaker::new(&self.views, shape)?;
        let mut frames = frames.into_iter();
        while !maker.is_complete() {
            cancel.check()?;
            let Some(frame) = frames.next() else { break };
            maker.push(frame?.as_ref())?;
        }
        Ok(self.verdicts(&maker.finish()?, cancel)?.scores())
    }

    /// What the networks say of views.
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was asked for.
    ///
    /// # Panics
    /// When a view has not a single run: a bug of the caller.
    pub fn verdicts(&self, views: &Views, cancel: &CancelToken) -> Result<Verdicts, Cancelled> {
        let Views { technical, aesthetic } = views;
        let verdict = |network: &Backbone, head: &Head, view: &View, frames: usize| {
            // One run after the other: results are the same, and memory that of one.
            let runs = view.parts(frames).map(|frames| network.forward(frames, cancel));
            let features = Tensor::cat(runs.collect::<Result<Vec<_>, _>>()?, 0);
            let map = head.forward(features.clone());
            let values = values_of(map.to_data());
            let raw = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
            Ok::<_, Cancelled>(Verdict { features, map, raw })
        };
        Ok(Verdicts {
            technical: verdict(&self.technical_backbone, &self.technical_head, technical, self.views.clip_len)?,
            aesthetic: verdict(&self.aesthetic_backbone, &self.aesthetic_head, aesthetic, aesthetic.frames)?,
        })
    }
}

#[cfg(test)]
mod tests;
