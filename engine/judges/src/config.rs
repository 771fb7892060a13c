//! Sizes of the scorers. Field names are those of the programs that they were published with.

use hummingbird_nn::clip_block::ClipBlockConfig;
use hummingbird_nn::gelu::Gelu;
use serde::{Deserialize, Serialize};

use crate::unfit::ScorerUnfit;

/// Largest size of anything: far above all networks that there are, and products of a few still fit into 64 bits.
const MOST: usize = 1 << 16;
/// Largest number of ids in a vocabulary.
const MOST_IDS: usize = 1 << 22;
/// Largest width of a feed-forward, in channels of its tokens.
const MOST_RATIO: f64 = 64.0;

/// HPSv2: an open_clip model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipConfig {
    /// Channels of the features.
    pub embed_dim: usize,
    /// Tower of pictures.
    pub vision_cfg: ClipVisionConfig,
    /// Tower of text.
    pub text_cfg: ClipTextConfig,
}

/// Vision transformer of open_clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipVisionConfig {
    /// Side of the square pictures that it takes, in pixels.
    pub image_size: usize,
    /// Blocks.
    pub layers: usize,
    /// Channels of a token.
    pub width: usize,
    /// Channels of an attention head.
    #[serde(default = "clip_head_width")]
    pub head_width: usize,
    /// Side of a patch, in pixels.
    pub patch_size: usize,
    /// Hidden values of a feed-forward for each channel.
    #[serde(default = "clip_mlp_ratio")]
    pub mlp_ratio: f64,
}

/// Text transformer of CLIP; all its blocks run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipTextConfig {
    /// Token ids of a text.
    pub context_length: usize,
    /// Rows of the token table.
    #[serde(default = "clip_vocabulary")]
    pub vocab_size: usize,
    /// Channels of a token.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Blocks.
    pub layers: usize,
}

/// InternVideo2, stage 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternVideo2Config {
    /// Channels of the features.
    pub embed_dim: usize,
    /// Tower of clips.
    pub vision: InternVideo2VisionConfig,
    /// Tower of text.
    pub text: BertConfig,
}

/// InternVideo2's vision transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternVideo2VisionConfig {
    /// Side of the square frames that it takes, in pixels.
    pub img_size: usize,
    /// Side of a patch, in pixels.
    pub patch_size: usize,
    /// Frames of a clip.
    pub num_frames: usize,
    /// Frames that the file's positional embedding is for; it is interpolated to [`Self::num_frames`].
    pub orig_num_frames: usize,
    /// Channels of a token.
    pub embed_dim: usize,
    /// Blocks.
    pub depth: usize,
    /// Attention heads of a block.
    pub num_heads: usize,
    /// Hidden values of a feed-forward for each channel.
    pub mlp_ratio: f64,
    /// Attention heads of the pooling at the end.
    pub attn_pool_num_heads: usize,
    /// Channels that come out of the pooling.
    pub clip_embed_dim: usize,
    /// In the feed-forwards. The published weights were run on GPUs through a fused one with [`Gelu::Tanh`]; the reference's plain
    /// code has [`Gelu::Erf`].
    #[serde(default)]
    pub gelu: Gelu,
}

/// BERT as InternVideo2 uses it: the layers before the first that looks at a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BertConfig {
    /// Rows of the token table.
    pub vocab_size: usize,
    /// Channels of a token.
    pub hidden_size: usize,
    /// Layers of the whole network.
    pub num_hidden_layers: usize,
    /// Attention heads.
    pub num_attention_heads: usize,
    /// Hidden values of a feed-forward.
    pub intermediate_size: usize,
    /// Rows of the table of positions: most token ids of a text.
    pub max_position_embeddings: usize,
    /// Layers that run.
    pub fusion_layer: usize,
    /// Rows of the table of token types, of which the first is used.
    #[serde(default = "bert_token_types")]
    pub type_vocab_size: usize,
}

/// ViCLIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViClipConfig {
    /// Channels of the features.
    pub embed_dim: usize,
    /// Tower of clips.
    pub vision: ViClipVisionConfig,
    /// Tower of text.
    pub text: ClipTextConfig,
}

/// ViCLIP's vision transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViClipVisionConfig {
    /// Side of the square frames that it takes, in pixels.
    pub input_resolution: usize,
    /// Side of a patch, in pixels.
    pub patch_size: usize,
    /// Channels of a token.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Frames of a clip.
    pub num_frames: usize,
}

fn clip_head_width() -> usize {
    64
}

fn clip_mlp_ratio() -> f64 {
    4.0
}

pub(crate) fn clip_vocabulary() -> usize {
    hummingbird_nn::config::CLIP_VOCABULARY
}

fn bert_token_types() -> usize {
    2
}

impl ClipConfig {
    /// OpenCLIP ViT-H/14, on which HPSv2.1 stands.
    pub fn vit_h_14() -> Self {
        Self {
            embed_dim: 1024,
            vision_cfg: ClipVisionConfig {
                image_size: 224,
                layers: 32,
                width: 1280,
                head_width: 80,
                patch_size: 14,
                mlp_ratio: clip_mlp_ratio(),
            },
            text_cfg: ClipTextConfig {
                context_length: 77,
                vocab_size: clip_vocabulary(),
                width: 1024,
                heads: 16,
                layers: 24,
            },
        }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let ClipVisionConfig { image_size, layers, width, head_width, patch_size, mlp_ratio } = self.vision_cfg;
        sizes(&[
            ("embed_dim", self.embed_dim),
            ("vision_cfg.image_size", image_size),
            ("vision_cfg.layers", layers),
            ("vision_cfg.width", width),
            ("vision_cfg.head_width", head_width),
            ("vision_cfg.patch_size", patch_size),
        ])?;
        divides(("vision_cfg.head_width", head_width), ("vision_cfg.width", width))?;
        ratio("vision_cfg.mlp_ratio", mlp_ratio)?;
        patch(patch_size, image_size)?;
        self.text_cfg.check("text_cfg")
    }
}

impl ClipVisionConfig {
    /// Each of the blocks.
    pub(crate) fn block(&self, gelu: Gelu) -> ClipBlockConfig {
        ClipBlockConfig {
            width: self.width,
            heads: self.width / self.head_width,
            hidden: times(self.width, self.mlp_ratio),
            mask: hummingbird_kernels::Mask::None,
            gelu,
        }
    }
}

impl ClipTextConfig {
    pub(crate) fn check(&self, section: &str) -> Result<(), ScorerUnfit> {
        let Self { context_length, vocab_size, width, heads, layers } = *self;
        let name = |name: &str| format!("{section}.{name}");
        ids(&name("vocab_size"), vocab_size)?;
        let [context, channels, head_count] = ["context_length", "width", "heads"].map(name);
        sizes(&[(&context, context_length), (&channels, width), (&head_count, heads), (&name("layers"), layers)])?;
        divides((&head_count, heads), (&channels, width))
    }
}

impl InternVideo2Config {
    /// The 1B model whose weights were published, for clips of eight frames.
    pub fn stage_2_1b() -> Self {
        Self {
            embed_dim: 512,
            vision: InternVideo2VisionConfig {
                img_size: 224,
                patch_size: 14,
                num_frames: 8,
                orig_num_frames: 4,
                embed_dim: 1408,
                depth: 40,
                num_heads: 16,
                mlp_ratio: 48.0 / 11.0,
                attn_pool_num_heads: 16,
                clip_embed_dim: 768,
                gelu: Gelu::Tanh,
            },
            text: BertConfig {
                vocab_size: 30_522,
                hidden_size: 1024,
                num_hidden_layers: 24,
                num_attention_heads: 16,
                intermediate_size: 4096,
                max_position_embeddings: 512,
                fusion_layer: 19,
                type_vocab_size: bert_token_types(),
            },
        }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let InternVideo2VisionConfig {
            img_size,
            patch_size,
            num_frames,
            orig_num_frames,
            embed_dim,
            depth,
            num_heads,
            mlp_ratio,
            attn_pool_num_heads,
            clip_embed_dim,
            gelu: _,
        } = self.vision;
        sizes(&[
            ("embed_dim", self.embed_dim),
            ("vision.img_size", img_size),
            ("vision.patch_size", patch_size),
            ("vision.num_frames", num_frames),
            ("vision.orig_num_frames", orig_num_frames),
            ("vision.embed_dim", embed_dim),
            ("vision.depth", depth),
            ("vision.num_heads", num_heads),
            ("vision.attn_pool_num_heads", attn_pool_num_heads),
            ("vision.clip_embed_dim", clip_embed_dim),
        ])?;
        divides(("vision.num_heads", num_heads), ("vision.embed_dim", embed_dim))?;
        divides(("vision.attn_pool_num_heads", attn_pool_num_heads), ("vision.embed_dim", embed_dim))?;
        ratio("vision.mlp_ratio", mlp_ratio)?;
        patch(patch_size, img_size)?;
        self.text.check()
    }
}

impl InternVideo2VisionConfig {
    /// Hidden values of a feed-forward.
    pub(crate) fn hidden(&self) -> usize {
        times(self.embed_dim, self.mlp_ratio)
    }
}

impl BertConfig {
    fn check(&self) -> Result<(), ScorerUnfit> {
        let Self {
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            fusion_layer,
            type_vocab_size,
        } = *self;
        ids("text.vocab_size", vocab_size)?;
        sizes(&[
            ("text.hidden_size", hidden_size),
            ("text.num_hidden_layers", num_hidden_layers),
            ("text.num_attention_heads", num_attention_heads),
            ("text.intermediate_size", intermediate_size),
            ("text.max_position_embeddings", max_position_embeddings),
            ("text.fusion_layer", fusion_layer),
            ("text.type_vocab_size", type_vocab_size),
        ])?;
        divides(("text.num_attention_heads", num_attention_heads), ("text.hidden_size", hidden_size))?;
        if fusion_layer > num_hidden_layers {
            return Err(ScorerUnfit::FusionLayer { fusion_layer, layers: num_hidden_layers });
        }
        Ok(())
    }
}

impl ViClipConfig {
    /// The L/14 model whose weights were published, for clips of eight frames.
    pub fn vit_l_14() -> Self {
        Self {
            embed_dim: 768,
            vision: ViClipVisionConfig {
                input_resolution: 224,
                patch_size: 14,
                width: 1024,
                layers: 24,
                heads: 16,
                num_frames: 8,
            },
            text: ClipTextConfig {
                context_length: 32,
                vocab_size: clip_vocabulary(),
                width: 768,
                heads: 12,
                layers: 12,
            },
        }
    }

    /// Whether such a network can be.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn check(&self) -> Result<(), ScorerUnfit> {
        let ViClipVisionConfig { input_resolution, patch_size, width, layers, heads, num_frames } = self.vision;
        sizes(&[
            ("embed_dim", self.embed_dim),
            ("vision.input_resolution", input_resolution),
            ("vision.patch_size", patch_size),
            ("vision.width", width),
            ("vision.layers", layers),
            ("vision.heads", heads),
            ("vision.num_frames", num_frames),
        ])?;
        divides(("vision.heads", heads), ("vision.width", width))?;
        patch(patch_size, input_resolution)?;
        self.text.check("text")
    }
}

impl ViClipVisionConfig {
    /// Each of the blocks.
    pub(crate) fn block(&self) -> ClipBlockConfig {
        ClipBlockConfig {
            width: self.width,
            heads: self.heads,
            hidden: 4 * self.width,
            mask: hummingbird_kernels::Mask::None,
            gelu: Gelu::Quick,
        }
    }
}

/// `int(width * ratio)` of the references.
fn times(width: usize, ratio: f64) -> usize {
    (width as f64 * ratio) as usize
}

pub(crate) fn sizes(named: &[(&str, usize)]) -> Result<(), ScorerUnfit> {
    named.iter().try_for_each(|&(name, value)| within(name, value, MOST))
}

pub(crate) fn ids(name: &str, value: usize) -> Result<(), ScorerUnfit> {
    within(name, value, MOST_IDS)
}

pub(crate) fn within(name: &str, value: usize, most: usize) -> Result<(), ScorerUnfit> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(ScorerUnfit::Size { name: name.to_owned(), value, most })
}

pub(crate) fn divides((name, value): (&str, usize), (of, width): (&str, usize)) -> Result<(), ScorerUnfit> {
    if width.is_multiple_of(value) {
        return Ok(());
    }
    Err(ScorerUnfit::Division { name: name.to_owned(), value, of: of.to_owned(), width })
}

pub(crate) fn ratio(name: &str, value: f64) -> Result<(), ScorerUnfit> {
    if value > 0.0 && value <= MOST_RATIO {
        return Ok(());
    }
    Err(ScorerUnfit::Ratio { name: name.to_owned(), value, most: MOST_RATIO })
}

pub(crate) fn patch(patch: usize, side: usize) -> Result<(), ScorerUnfit> {
    if patch <= side { Ok(()) } else { Err(ScorerUnfit::Patch { patch, side }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_sizes_are_possible() {
        ClipConfig::vit_h_14().check().expect("it was published");
        InternVideo2Config::stage_2_1b().check().expect("it was published");
        ViClipConfig::vit_l_14().check().expect("it was published");
        assert_eq!(InternVideo2Config::stage_2_1b().vision.hidden(), 6144);
        assert_eq!(ClipConfig::vit_h_14().vision_cfg.block(Gelu::Erf).heads, 16);
    }

    #[test]
    fn sizes_that_cannot_be_are_named() {
        let clip = |change: fn(&mut ClipConfig)| {
            let mut config = ClipConfig::vit_h_14();
            change(&mut config);
            config.check().expect_err("it cannot be").to_string()
        };
        assert!(clip(|it| it.vision_cfg.layers = 0).contains("vision_cfg.layers"));
        assert!(clip(|it| it.vision_cfg.head_width = 79).contains("vision_cfg.head_width"));
        assert!(clip(|it| it.vision_cfg.patch_size = 225).contains("225"));
        assert!(clip(|it| it.vision_cfg.mlp_ratio = f64::NAN).contains("vision_cfg.mlp_ratio"));
        assert!(clip(|it| it.text_cfg.heads = usize::MAX).contains("text_cfg.heads"));
        let mut video = InternVideo2Config::stage_2_1b();
        video.text.fusion_layer = 25;
        assert!(video.check().expect_err("it cannot be").to_string().contains("25"));
        let mut video = ViClipConfig::vit_l_14();
        video.text.width = 769;
        assert!(video.check().expect_err("it cannot be").to_string().contains("text.heads"));
    }
}
