//! Upper bounds of the numbers and texts in a description: several times what any model of this family has.
//!
//! A description comes with a file from anywhere. Without bounds, a number of blocks of four thousand million takes all memory
//! while the names of its layers are listed, and products of sizes overflow.

use hummingbird_nn::config::{TextConfig, TinyDecoderConfig, UNetConfig, VaeConfig};

use crate::description::{DiffusionConfig, ModelConfig, ModelDescription, Vocabulary};
use crate::limits::RequestLimits;
use crate::unfit::Implausible;

/// Most levels of a network: each halves the picture.
const MAX_LEVELS: usize = 8;
/// Most channels of any layer. The teacher has 1280, and feed-forwards eight times as many.
const MAX_CHANNELS: usize = 1 << 14;
/// Most residual blocks a level, and most factors of a level.
const MAX_BLOCKS: usize = 32;
/// Most blocks of the text encoder.
const MAX_TEXT_BLOCKS: usize = 256;
/// Most rows of a token table.
const MAX_TOKENS: usize = 1 << 20;
/// Most latent channels.
const MAX_LATENT_CHANNELS: usize = 256;
/// Largest side of an autoencoder's squares of pixels.
const MAX_PATCH: usize = 8;
/// Most steps: the timesteps of the schedule.
const MAX_STEPS: u32 = 1000;
/// Most frames of a clip.
const MAX_FRAMES: u32 = 4096;
/// Largest side of a clip.
const MAX_SIDE: u32 = 1 << 14;
/// Largest guidance, and most frames a second, as requests have them.
const MAX_GUIDANCE: f32 = 30.0;
const MAX_FPS: u32 = 60;
/// What a latent can be multiplied by, far around 0.18 of the reference.
const SCALES: std::ops::RangeInclusive<f32> = 1e-4..=1e4;
/// Longest name or licence, longest remark, most words and longest word, in bytes.
const MAX_NAME: usize = 1 << 10;
const MAX_REMARK: usize = 1 << 18;
const MAX_WORDS: usize = 1 << 14;
const MAX_WORD: usize = 1 << 8;

/// The first of these rules that does not hold.
fn first(rules: &[(bool, Implausible)]) -> Result<(), Implausible> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, what)) => Err(*what),
        None => Ok(()),
    }
}

fn up_to(number: usize, most: usize) -> bool {
    (1..=most).contains(&number)
}

impl ModelConfig {
    /// Whether the networks can be built and fit each other.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self) -> Result<(), Implausible> {
        let Self { text, unet, vae, diffusion } = self;
        check_text(text)?;
        check_unet(unet)?;
        check_vae(vae)?;
        check_diffusion(diffusion, vae)?;
        first(&[
            (text.width == unet.context_dim, Implausible::TextWidths),
            (vae.z_channels == unet.in_channels && vae.z_channels == unet.out_channels, Implausible::LatentChannels),
        ])
    }
}

fn check_text(text: &TextConfig) -> Result<(), Implausible> {
    let TextConfig { width, heads, layers, token_ids, vocab_size } = text;
    first(&[
        (up_to(*width, MAX_CHANNELS) && up_to(*heads, *width) && width.is_multiple_of(*heads), Implausible::TextHeads),
        (*layers <= MAX_TEXT_BLOCKS, Implausible::TextBlocks),
        (
            token_ids.as_ref().map_or(up_to(*vocab_size, MAX_TOKENS), |ids| ids.len() < MAX_TOKENS),
            Implausible::TokenTable,
        ),
    ])
}

/// Whether factors of levels are of a size that can be, and their products with `channels` too.
fn are_levels(factors: &[usize], channels: usize) -> bool {
    let fits = |&factor: &usize| factor.checked_mul(channels).is_some_and(|width| up_to(width, MAX_CHANNELS));
    up_to(factors.len(), MAX_LEVELS) && factors.iter().all(fits)
}

/// Whether a U-Net can be built.
pub(crate) fn check_unet(unet: &UNetConfig) -> Result<(), Implausible> {
    let UNetConfig {
        in_channels,
        out_channels,
        model_channels,
        channel_mult,
        num_res_blocks,
        attention_resolutions,
        num_head_channels,
        context_dim,
        middle_block: _,
        fps_cond: _,
        time_cond_proj_dim,
        motion_cond_proj_dim,
        norm_groups,
    } = unet;
    first(&[
        (
            up_to(*in_channels, MAX_LATENT_CHANNELS) && up_to(*out_channels, MAX_LATENT_CHANNELS),
            Implausible::UNetLatentChannels,
        ),
        (up_to(*norm_groups, MAX_CHANNELS), Implausible::UNetNorms),
        (up_to(*model_channels, MAX_CHANNELS) && model_channels.is_multiple_of(*norm_groups), Implausible::UNetWidth),
        (are_levels(channel_mult, *model_channels), Implausible::UNetLevels),
        (up_to(*num_res_blocks, MAX_BLOCKS), Implausible::ResidualBlocks),
        (
            attention_resolutions.len() <= MAX_BLOCKS
                && attention_resolutions.iter().all(|&factor| up_to(factor, 1 << MAX_LEVELS)),
            Implausible::AttentionLevels,
        ),
        (up_to(*num_head_channels, MAX_CHANNELS), Implausible::UNetHeads),
        (up_to(*context_dim, MAX_CHANNELS), Implausible::UNetTextWidth),
        (
            [time_cond_proj_dim, motion_cond_proj_dim].into_iter().flatten().all(|&width| up_to(width, MAX_CHANNELS)),
            Implausible::Embeddings,
        ),
    ])?;
    let mut widths = channel_mult.iter().map(|factor| factor * model_channels);
    first(&[(widths.all(|width| width.is_multiple_of(*num_head_channels)), Implausible::UNetHeads)])
}

/// Whether an autoencoder can be built.
///
/// # Errors
/// The first thing that does not fit.
pub fn check_vae(vae: &VaeConfig) -> Result<(), Implausible> {
    let VaeConfig { ch, ch_mult, num_res_blocks, z_channels, norm_groups, patch } = vae;
    first(&[
        (up_to(*norm_groups, MAX_CHANNELS), Implausible::VaeNorms),
        (up_to(*ch, MAX_CHANNELS) && ch.is_multiple_of(*norm_groups), Implausible::VaeWidth),
        (are_levels(ch_mult, *ch), Implausible::VaeLevels),
        (up_to(*num_res_blocks, MAX_BLOCKS), Implausible::ResidualBlocks),
        (up_to(*z_channels, MAX_LATENT_CHANNELS), Implausible::VaeLatentChannels),
        (up_to(*patch, MAX_PATCH), Implausible::VaePatch),
    ])
}

fn check_diffusion(diffusion: &DiffusionConfig, vae: &VaeConfig) -> Result<(), Implausible> {
    let DiffusionConfig { scale_factor, scale_b, preview, .. } = diffusion;
    let is_map = preview.as_ref().is_none_or(|map| {
        let mut numbers = map.factors.as_flattened().iter().chain(&map.bias);
        map.factors.len() == vae.z_channels && numbers.all(|number| number.is_finite())
    });
    first(&[
        (
            SCALES.contains(scale_factor) && diffusion.is_usable() && *scale_b > 0.0 && *scale_b <= 1.0,
            Implausible::NoiseSchedule,
        ),
        (is_map, Implausible::PreviewMap),
    ])
}

impl RequestLimits {
    /// Whether a request for the defaults can be made.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self) -> Result<(), Implausible> {
        let Self {
            sampler: _,
            default_steps,
            max_steps,
            default_guidance,
            default_frames,
            max_frames,
            default_width,
            default_height,
            size_multiple,
            max_size,
            default_fps,
            default_reuse: _,
            tiny_decoder: _,
        } = self;
        let within = |number: &u32, most: &u32| (1..=*most).contains(number);
        first(&[
            (within(max_steps, &MAX_STEPS) && within(default_steps, max_steps), Implausible::Steps),
            ((0.0..=MAX_GUIDANCE).contains(default_guidance), Implausible::Guidance),
            (within(max_frames, &MAX_FRAMES) && within(default_frames, max_frames), Implausible::Frames),
            (within(max_size, &MAX_SIDE) && within(size_multiple, max_size), Implausible::Sizes),
            (
                [default_width, default_height]
                    .into_iter()
                    .all(|side| within(side, max_size) && side.is_multiple_of((*size_multiple).max(1))),
                Implausible::DefaultSize,
            ),
            (within(default_fps, &MAX_FPS), Implausible::Fps),
        ])
    }
}

impl ModelDescription {
    /// Whether every number and text of the description is of a size that can be, and the networks fit each other.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self) -> Result<(), Implausible> {
        let Self { format_version: _, name, licence, tokenizer, config, limits, vocabulary, provenance } = self;
        let are_words = vocabulary.as_ref().is_none_or(|Vocabulary { colours, subjects, motions, scenes }| {
            let lists = [colours, subjects, motions, scenes];
            lists.iter().all(|list| list.len() <= MAX_WORDS && list.iter().all(|word| word.len() <= MAX_WORD))
        });
        first(&[
            ([name, licence, tokenizer].into_iter().all(|text| text.len() <= MAX_NAME), Implausible::Name),
            (are_words, Implausible::Vocabulary),
            (provenance.command.len() + provenance.notes.len() <= MAX_REMARK, Implausible::Remarks),
        ])?;
        config.check()?;
        limits.check()?;
        // Sizes of clips must be those that the networks take.
        let unit = config.vae.downsampling() * config.unet.latent_multiple();
        first(&[((limits.size_multiple as usize).is_multiple_of(unit), Implausible::SizeMultiple)])
    }
}

/// Whether a tiny decoder can be built.
pub(crate) fn is_tiny_decoder(config: &TinyDecoderConfig) -> bool {
    let TinyDecoderConfig { z_channels, width, blocks } = config;
    up_to(*z_channels, MAX_LATENT_CHANNELS)
        && up_to(*width, MAX_CHANNELS)
        && up_to(blocks.len(), MAX_LEVELS)
        && blocks.iter().all(|&blocks| blocks <= MAX_BLOCKS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::description::{METADATA_KEY, ModelSource};
    use crate::file::ModelFile;

    fn nano() -> Value {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        serde_json::from_str(file.checkpoint().metadata(METADATA_KEY).expect("it describes itself")).expect("JSON")
    }

    /// Every number of a description, as the way to it.
    fn numbers(value: &Value, way: &str, found: &mut Vec<String>) {
        match value {
            Value::Number(_) => found.push(way.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| numbers(item, &format!("{way}/{index}"), found));
            }
            Value::Object(entries) => {
                entries.iter().for_each(|(key, entry)| numbers(entry, &format!("{way}/{key}"), found));
            }
            _ => {}
        }
    }

    #[test]
    fn every_number_of_a_description_has_an_upper_bound() {
        let description = nano();
        let mut ways = Vec::new();
        numbers(&description, "", &mut ways);
        // Ids of tokens are looked up and not counted; the seed of the training is a remark.
        ways.retain(|way| !way.contains("token_ids") && !way.ends_with("/seed") && !way.ends_with("/format_version"));
        assert!(ways.len() > 30, "{ways:?}");
        for way in ways {
            for number in [json!(4_000_000_000u64), json!(u32::MAX), json!(usize::MAX), json!(1e38)] {
                let mut changed = description.clone();
                *changed.pointer_mut(&way).expect("it is there") = number.clone();
                let Ok(parsed) = serde_json::from_value::<ModelDescription>(changed) else { continue };
                assert!(parsed.check().is_err(), "{way} may be {number}");
            }
        }
    }

    #[test]
    fn zeros_of_sizes_are_refused_in_words() {
        let description = nano();
        for way in [
            "/limits/default_width",
            "/limits/default_height",
            "/limits/size_multiple",
            "/limits/max_frames",
            "/limits/default_fps",
            "/limits/max_steps",
            "/config/text/heads",
            "/config/unet/num_res_blocks",
            "/config/unet/norm_groups",
            "/config/unet/num_head_channels",
            "/config/vae/z_channels",
            "/config/vae/ch_mult/0",
        ] {
            let mut changed = description.clone();
            *changed.pointer_mut(way).expect("it is there") = json!(0);
            let parsed: ModelDescription = serde_json::from_value(changed).expect("numbers");
            let error = parsed.check().expect_err(way).to_string();
            assert!(error.ends_with("cannot be right"), "{error}");
        }
    }

    #[test]
    fn long_texts_are_refused() {
        for way in ["/name", "/licence", "/provenance/notes", "/vocabulary/colours/0"] {
            let mut changed = nano();
            *changed.pointer_mut(way).expect("it is there") = json!("x".repeat(1 << 20));
            let parsed: ModelDescription = serde_json::from_value(changed).expect("texts");
            assert!(parsed.check().is_err(), "{way}");
        }
    }
}
