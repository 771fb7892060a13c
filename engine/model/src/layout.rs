//! Recognition: the sizes of the networks, read off the names and shapes of a file's tensors.
//!
//! Whatever the reference's code can build is recognised, at any width: widths, levels, transformers, conditions and the
//! number of heads all show in the tensors, except for the heads of the text transformer, which are taken to be 64 wide.

use std::collections::HashSet;

use super::bounds::is_tiny_decoder;
use super::checkpoint::Checkpoint;
use super::names::{TEXT, TINY_DECODER, UNET, VAE};
use hummingbird_nn::config::{INIT_ATTENTION_HEADS, TextConfig, TinyDecoderConfig, UNetConfig, VaeConfig};

/// Most blocks or levels that are looked for.
const MOST_BLOCKS: usize = 64;
/// Groups of all group norms of the reference.
const NORM_GROUPS: usize = 32;
/// Channels of one head of ViT-H-14.
const TEXT_HEAD: usize = 64;
/// Blocks of ViT-H-14, the last of which never runs.
const VIT_H_14_BLOCKS: usize = 24;

/// What a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// Networks of a text-to-video model; some may be missing.
    Networks(Box<Networks>),
    /// Low-rank changes to the weights of a model.
    Lora {
        /// Layers that it changes.
        layers: usize,
    },
    /// A tiny autoencoder in TAESD's layout, for previews and fast decodes.
    Tiny {
        /// The half that makes pictures.
        decoder: Option<TinyDecoderConfig>,
        /// The half that makes latents.
        encoder: bool,
    },
    /// Nothing that is known.
    Unknown,
}

/// The networks that a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Networks {
    /// U-Net.
    pub unet: Option<UNetConfig>,
    /// Autoencoder.
    pub vae: Option<VaeConfig>,
    /// Text encoder.
    pub text: Option<TextConfig>,
}

impl Networks {
    /// The name of the published network with this U-Net, whether or not it takes a guidance embedding.
    pub fn known_name(&self) -> Option<&'static str> {
        let unet = self.unet.as_ref()?;
        known_unets().into_iter().find(|(_, known)| same_but_for_conditions(unet, known)).map(|(name, _)| name)
    }
}

/// The published U-Nets.
pub fn known_unets() -> [(&'static str, UNetConfig); 3] {
    [
        ("Hummingbird 0.7B", UNetConfig::hummingbird_07b()),
        ("Hummingbird 0.9B", UNetConfig::hummingbird_09b()),
        ("VideoCrafter2", UNetConfig::videocrafter2()),
    ]
}

fn same_but_for_conditions(a: &UNetConfig, b: &UNetConfig) -> bool {
    let plain = |config: &UNetConfig| UNetConfig {
        time_cond_proj_dim: None,
        motion_cond_proj_dim: None,
        fps_cond: true,
        ..config.clone()
    };
    plain(a) == plain(b)
}

/// The published U-Net whose blocks a file names, where their sizes cannot be read.
pub fn nearest_by_names(file: &Checkpoint) -> &'static str {
    let has = |place: &str| {
        let prefix = format!("{UNET}{place}");
        file.contents().tensors.iter().any(|tensor| tensor.name().starts_with(&prefix))
    };
    let [(smallest, _), (with_middle, _), (teacher, _)] = known_unets();
    // One residual block a level makes eight input blocks, two make twelve.
    if has("input_blocks.8.") {
        teacher
    } else if has("middle_block.") {
        with_middle
    } else {
        smallest
    }
}

/// Recognises what a file is.
pub fn recognise(file: &Checkpoint) -> Layout {
    if let Some(layers) = super::lora::layers_of(file) {
        return Layout::Lora { layers };
    }
    let probe = Probe::new(file);
    let networks = Networks { unet: probe.unet(), vae: probe.vae(), text: probe.text() };
    if networks != Networks::default() {
        return Layout::Networks(Box::new(networks));
    }
    let decoder = probe.tiny_decoder();
    let first = |name: &str| file.tensor(name).is_some_and(|it| *it.shape() == [64, 3, 3, 3]);
    let encoder = first("0.weight") || first("encoder.0.weight") || first("encoder.layers.0.weight");
    if decoder.is_some() || encoder { Layout::Tiny { decoder, encoder } } else { Layout::Unknown }
}

/// Names and shapes of a file, and every place in the tree of names that something stands under.
struct Probe<'a> {
    file: &'a Checkpoint,
    places: HashSet<&'a str>,
}

impl<'a> Probe<'a> {
    fn new(file: &'a Checkpoint) -> Self {
        let places = file
            .contents()
            .tensors
            .iter()
            .flat_map(|tensor| {
                let name = tensor.name();
                name.match_indices('.').map(move |(end, _)| &name[..end])
            })
            .collect();
        Self { file, places }
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        self.file.tensor(name).map(|tensor| tensor.shape())
    }

    fn has(&self, name: &str) -> bool {
        self.file.tensor(name).is_some()
    }

    /// How many of `PLACE.0`, `PLACE.1`, ... there are in a row.
    fn count(&self, place: &str) -> usize {
        (0..MOST_BLOCKS).take_while(|index| self.places.contains(format!("{place}.{index}").as_str())).count()
    }

    fn unet(&self) -> Option<UNetConfig> {
        let at = |name: &str| format!("{UNET}{name}");
        let &[model_channels, in_channels, 3, 3] = self.shape(&at("input_blocks.0.0.weight"))? else { return None };
        let out_channels = *self.shape(&at("out.2.weight"))?.first()?;
        let mut levels = vec![Level::default()];
        for index in 1..self.count(&at("input_blocks")) {
            let block = at(&format!("input_blocks.{index}"));
            if self.has(&format!("{block}.0.op.weight")) {
                levels.push(Level::default());
                continue;
            }
            let channels = *self.shape(&format!("{block}.0.in_layers.2.weight"))?.first()?;
            let level = levels.last_mut()?;
            level.blocks += 1;
            level.channels = channels;
            level.attention |= self.has(&format!("{block}.1.proj_in.weight"));
        }
        if model_channels == 0 || levels.iter().any(|level| level.channels == 0 || level.channels % model_channels != 0)
        {
            return None;
        }
        let num_res_blocks = levels.first()?.blocks;
        let context = (1..)
            .take(MOST_BLOCKS)
            .map(|index| self.shape(&at(&format!("input_blocks.{index}.1.transformer_blocks.0.attn2.to_k.weight"))));
        let &[_, context_dim] = context.flatten().next()? else { return None };
        // The first transformer has eight heads at any width, so that its width tells that of a head.
        let num_head_channels = self.shape(&at("init_attn.0.proj_in.weight"))?.first()? / INIT_ATTENTION_HEADS;
        let width = |name: &str| self.shape(&at(name)).and_then(|shape| shape.get(1)).copied();
        let factors = (0..levels.len()).rev().filter(|&level| levels[level].attention).map(|level| 1 << level);
        Some(UNetConfig {
            in_channels,
            out_channels,
            model_channels,
            channel_mult: levels.iter().map(|level| level.channels / model_channels).collect(),
            num_res_blocks,
            attention_resolutions: factors.collect(),
            num_head_channels: num_head_channels.max(1),
            context_dim,
            middle_block: self.has(&at("middle_block.0.in_layers.2.weight")),
            fps_cond: self.has(&at("fps_embedding.0.weight")),
            time_cond_proj_dim: width("time_cond_proj.weight"),
            motion_cond_proj_dim: width("motion_cond_proj.weight"),
            norm_groups: NORM_GROUPS,
        })
    }

    fn vae(&self) -> Option<VaeConfig> {
        let at = |name: &str| format!("{VAE}{name}");
        let &[ch] = self.shape(&at("decoder.norm_out.weight"))? else { return None };
        let z_channels = *self.shape(&at("decoder.conv_in.weight"))?.get(1)?;
        let levels = self.count(&at("decoder.up"));
        let channels = |level: usize| {
            self.shape(&at(&format!("decoder.up.{level}.block.0.conv2.weight")))
                .and_then(|shape| shape.first())
                .copied()
        };
        let channels: Vec<usize> = (0..levels).map(channels).collect::<Option<_>>()?;
        if ch == 0 || levels == 0 || channels.iter().any(|channels| channels % ch != 0) {
            return None;
        }
        Some(VaeConfig {
            ch,
            ch_mult: channels.iter().map(|channels| channels / ch).collect(),
            num_res_blocks: self.count(&at("decoder.up.0.block")).checked_sub(1)?,
            z_channels,
            norm_groups: NORM_GROUPS,
            patch: self.patch(&at("decoder.conv_out.weight"))?,
        })
    }

    /// Side of the squares of pixels that the last convolution gives: its outputs are their red, green and blue.
    fn patch(&self, name: &str) -> Option<usize> {
        let channels = *self.shape(name)?.first()?;
        let patch = (channels / 3).isqrt();
        (3 * patch * patch == channels && patch > 0).then_some(patch)
    }

    /// Walks along the sequence: a block, or an upsampling (which has no weights) with its convolution, or the last
    /// convolution.
    fn tiny_decoder(&self) -> Option<TinyDecoderConfig> {
        let at = |place: usize, name: &str| format!("{TINY_DECODER}{place}.{name}");
        let &[width, z_channels, 3, 3] = self.shape(&at(1, "weight"))? else { return None };
        let mut blocks = vec![0];
        let mut place = 3;
        for _ in 0..MOST_BLOCKS {
            if self.has(&at(place, "conv.0.weight")) {
                *blocks.last_mut()? += 1;
                place += 1;
            } else if self.has(&at(place, "weight")) {
                let config = TinyDecoderConfig { z_channels, width, blocks };
                return is_tiny_decoder(&config).then_some(config);
            } else if self.has(&at(place + 1, "weight")) {
                blocks.push(0);
                place += 2;
            } else {
                break;
            }
        }
        None
    }

    fn text(&self) -> Option<TextConfig> {
        let at = |name: &str| format!("{TEXT}{name}");
        let &[vocab_size, width] = self.shape(&at("token_embedding.weight"))? else { return None };
        let blocks = self.count(&at("transformer.resblocks"));
        // The last block never runs. A file from which it was taken out still has the other 23 of the full size.
        let complete = blocks + 1 != VIT_H_14_BLOCKS || width != TextConfig::vit_h_14().width;
        Some(TextConfig {
            width,
            heads: (width / TEXT_HEAD).max(1),
            layers: if complete { blocks.checked_sub(1)? } else { blocks },
            token_ids: None,
            vocab_size,
        })
    }
}

/// Blocks between two downsamplings.
#[derive(Default)]
struct Level {
    blocks: usize,
    channels: usize,
    attention: bool,
}
