//! Sizes of DOVER and of its views, and whether there can be such a network.

use hummingbird_base::message::{self, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Frames that one step of a network's first layer takes.
pub const PATCH_FRAMES: usize = 2;
/// Side of a patch of the first layer, in pixels.
pub const PATCH_SIDE: usize = 4;
/// Side of the kernels of ConvNeXt's depthwise convolutions in height and width.
pub const CONVNEXT_SIDE: usize = 7;
/// Stages of either network, each of half the height and width of the one before.
pub const STAGES: usize = 4;
/// Frames, height and width of a window of the published Swin, in positions.
pub const PUBLISHED_WINDOW: [usize; 3] = [8, 7, 7];

/// Largest number of channels, blocks or heads.
const MOST: usize = 1 << 14;
/// Largest side of a view and largest number of its frames.
const MOST_OF_VIEW: usize = 1 << 12;
/// Largest number of positions in a window: its biases are a table with a row and a column for each.
const MOST_IN_WINDOW: usize = 1 << 12;

/// DOVER: two networks, and how a clip becomes what they see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoverConfig {
    /// Network of the technical view.
    pub technical: BackboneConfig,
    /// Network of the aesthetic view.
    pub aesthetic: BackboneConfig,
    /// Channels between the two layers of each head.
    pub head_hidden: usize,
    /// Views of a clip.
    pub views: ViewConfig,
}

/// A network that makes features of a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum BackboneConfig {
    /// Video Swin with two bias tables: DOVER's technical network.
    Swin(SwinConfig),
    /// ConvNeXt with kernels in time, the first or the second version: all other networks.
    ConvNext(ConvNextConfig),
}

/// Sizes of Swin-3D.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwinConfig {
    /// Channels of the first layer; each further one has twice as many.
    pub embed_dim: usize,
    /// Blocks of each layer.
    pub depths: [usize; STAGES],
    /// Attention heads of each layer.
    pub heads: [usize; STAGES],
    /// Frames, height and width of a window of attention, in positions.
    pub window: [usize; 3],
    /// Which layers have biases between fragments.
    pub frag_biases: [bool; STAGES],
}

/// Sizes of ConvNeXt-3D.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvNextConfig {
    /// Channels of each stage.
    pub dims: [usize; STAGES],
    /// Blocks of each stage.
    pub depths: [usize; STAGES],
    /// Which version of the network.
    pub version: ConvNextVersion,
}

/// What a block of ConvNeXt has beside its convolution and its two linear layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConvNextVersion {
    /// A factor for each channel of what it adds (Liu et al. 2022).
    #[serde(rename = "v1")]
    Scaled,
    /// Response normalisation (Woo et al. 2023).
    #[serde(rename = "v2")]
    Normalised,
}

/// How frames and pixels of a clip are chosen. Names are those of the golden cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewConfig {
    /// Frames of a run of the technical view.
    pub clip_len: usize,
    /// Runs of the technical view.
    pub num_clips: usize,
    /// Steps between neighbouring frames of a run.
    pub interval: usize,
    /// Fragments in each direction.
    pub fragments: usize,
    /// Side of a fragment, in pixels.
    pub fsize: usize,
    /// Neighbouring frames of the technical view whose fragments are cut at the same places.
    pub aligned: usize,
    /// Side of the aesthetic view, in pixels.
    pub aes_size: usize,
    /// Frames of the aesthetic view.
    pub aes_frames: usize,
}

/// Why there is no DOVER of such sizes.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("dover")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum DoverUnfit {
    #[error("{name} is {value}: it must be between 1 and {most}")]
    Size { name: String, value: usize, most: usize },
    #[error("{name} is {value}: it must divide {width} channels")]
    Division { name: String, value: usize, width: usize },
    #[error("aligned is {aligned}: it must divide clip_len, which is {clip_len}")]
    Alignment { aligned: usize, clip_len: usize },
    #[error("a view of {side} pixels is too small: {least} are needed")]
    Narrow { side: usize, least: usize },
    #[error("a window of {positions} positions is too large: {most} are possible")]
    Window { positions: usize, most: usize },
    #[error("the file is no DOVER: it lacks the tensor {name:?}")]
    Lacks { name: String },
    #[error("the tensor {name:?} has the shape {shape:?}: it is not one of DOVER")]
    Shape { name: String, shape: Vec<usize> },
}

impl Default for ViewConfig {
    /// That of the published models.
    fn default() -> Self {
        let (clip_len, fragments, fsize) = (32, 7, 32);
        Self { clip_len, num_clips: 3, interval: 2, fragments, fsize, aligned: 32, aes_size: 224, aes_frames: 32 }
    }
}

impl ViewConfig {
    /// Side of the technical view, in pixels.
    pub fn side(&self) -> usize {
        self.fragments * self.fsize
    }

    /// Frames of the technical view, all runs behind each other.
    pub fn technical_frames(&self) -> usize {
        self.num_clips * self.clip_len
    }

    /// Whether there can be such views.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), DoverUnfit> {
        let Self { clip_len, num_clips, interval, fragments, fsize, aligned, aes_size, aes_frames } = *self;
        let named = [
            ("clip_len", clip_len),
            ("num_clips", num_clips),
            ("interval", interval),
            ("fragments", fragments),
            ("fsize", fsize),
            ("aligned", aligned),
            ("aes_size", aes_size),
            ("aes_frames", aes_frames),
        ];
        named.iter().try_for_each(|&(name, value)| within(name, value, MOST_OF_VIEW))?;
        within("fragments * fsize", self.side(), MOST_OF_VIEW)?;
        within("num_clips * clip_len", self.technical_frames(), MOST_OF_VIEW)?;
        if !clip_len.is_multiple_of(aligned) {
            return Err(DoverUnfit::Alignment { aligned, clip_len });
        }
        Ok(())
    }
}

impl BackboneConfig {
    /// Channels of the features.
    pub fn features(&self) -> usize {
        match self {
            Self::Swin(swin) => swin.width(STAGES - 1),
            Self::ConvNext(convnext) => convnext.dims[STAGES - 1],
        }
    }

    fn check(&self, side: usize) -> Result<(), DoverUnfit> {
        match self {
            Self::Swin(swin) => swin.check(),
            Self::ConvNext(convnext) => convnext.check(side),
        }
    }
}

impl SwinConfig {
    /// Channels of a layer.
    pub fn width(&self, layer: usize) -> usize {
        self.embed_dim << layer
    }

    /// Rows of a table of biases: one for each difference of two positions in a window.
    pub fn bias_rows(&self) -> usize {
        self.window.iter().map(|side| 2 * side - 1).product()
    }

    fn check(&self) -> Result<(), DoverUnfit> {
        within("embed_dim", self.embed_dim, MOST)?;
        for (layer, (&depth, &heads)) in self.depths.iter().zip(&self.heads).enumerate() {
            within("depths", depth, MOST)?;
            within("heads", heads, MOST)?;
            let width = self.width(layer);
            if !width.is_multiple_of(heads) {
                return Err(DoverUnfit::Division { name: format!("heads[{layer}]"), value: heads, width });
            }
        }
        self.window.iter().try_for_each(|&side| within("window", side, MOST_IN_WINDOW))?;
        // Each side is below 2^13 here, so their product fits.
        let positions = self.window.iter().product();
        if positions > MOST_IN_WINDOW {
            return Err(DoverUnfit::Window { positions, most: MOST_IN_WINDOW });
        }
        Ok(())
    }
}

impl ConvNextConfig {
    fn check(&self, side: usize) -> Result<(), DoverUnfit> {
        self.dims.iter().try_for_each(|&dim| within("conv_dims", dim, MOST))?;
        self.depths.iter().try_for_each(|&depth| within("conv_depths", depth, MOST))?;
        // What is left of the side at the last stage: one position at least.
        let least = PATCH_SIDE << (STAGES - 1);
        if side < least {
            return Err(DoverUnfit::Narrow { side, least });
        }
        Ok(())
    }
}

impl DoverConfig {
    /// DOVER as it was published.
    pub fn published() -> Self {
        Self {
            technical: BackboneConfig::Swin(SwinConfig {
                embed_dim: 96,
                depths: [2, 2, 6, 2],
                heads: [3, 6, 12, 24],
                window: PUBLISHED_WINDOW,
                frag_biases: [true, true, true, false],
            }),
            aesthetic: BackboneConfig::ConvNext(ConvNextConfig {
                dims: [96, 192, 384, 768],
                depths: [3, 3, 9, 3],
                version: ConvNextVersion::Scaled,
            }),
            head_hidden: 64,
            views: ViewConfig::default(),
        }
    }

    /// DOVER-Mobile as it was published.
    pub fn published_mobile() -> Self {
        let network = BackboneConfig::ConvNext(ConvNextConfig {
            dims: [48, 96, 192, 384],
            depths: [2, 2, 6, 2],
            version: ConvNextVersion::Normalised,
        });
        Self { technical: network.clone(), aesthetic: network, head_hidden: 32, views: ViewConfig::default() }
    }

    /// Whether there can be such networks.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), DoverUnfit> {
        let views = &self.views;
        views.check()?;
        for (name, frames) in [("clip_len", views.clip_len), ("aes_frames", views.aes_frames)] {
            if frames < PATCH_FRAMES {
                return Err(DoverUnfit::Division { name: name.to_owned(), value: frames, width: PATCH_FRAMES });
            }
        }
        within("head_hidden", self.head_hidden, MOST)?;
        self.technical.check(views.side())?;
        self.aesthetic.check(views.aes_size)
    }
}

fn within(name: &str, value: usize, most: usize) -> Result<(), DoverUnfit> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(DoverUnfit::Size { name: name.to_owned(), value, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_sizes_are_possible() {
        DoverConfig::published().check().expect("it was published");
        DoverConfig::published_mobile().check().expect("it was published");
        assert_eq!(DoverConfig::published().technical.features(), 768);
    }

    #[test]
    fn sizes_that_cannot_be_are_named() {
        let error = |change: fn(&mut DoverConfig)| {
            let mut config = DoverConfig::published();
            change(&mut config);
            config.check().expect_err("it cannot be").to_string()
        };
        let swin = |change: fn(&mut SwinConfig)| {
            let mut config = DoverConfig::published();
            let BackboneConfig::Swin(swin) = &mut config.technical else { panic!("it is a Swin") };
            change(swin);
            config.check().expect_err("it cannot be").to_string()
        };
        assert!(error(|it| it.views.fsize = 0).contains("fsize"));
        assert!(error(|it| it.views.aligned = 5).contains("aligned"));
        assert!(error(|it| it.views.aes_size = 31).contains("31"));
        assert!(error(|it| it.views.aes_frames = 1).contains("aes_frames"));
        assert!(error(|it| it.views.num_clips = usize::MAX).contains("num_clips"));
        assert!(error(|it| it.head_hidden = 1 << 20).contains("head_hidden"));
        assert!(swin(|it| it.heads[2] = 5).contains("heads[2]"));
        assert!(swin(|it| it.window = [64, 65, 1]).contains("4160"));
        assert!(swin(|it| it.depths[0] = 0).contains("depths"));
    }
}
