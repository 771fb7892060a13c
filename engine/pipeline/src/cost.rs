//! What a clip costs, stage by stage, before anything is loaded: networks without values run the stages' `cost`.

use hummingbird_formats::FileError;
use hummingbird_model::ModelConfig;
use hummingbird_nn::cost::{Cost, Target, Tracer};
use hummingbird_nn::params::ParamLoader;

use crate::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::denoise::cost::Sampling;
use crate::denoise::unet::{UNET_PREFIX, UNet};
use crate::settings::ClipSettings;
use crate::vae::{Decoding, VAE_PREFIX, VaeDecoder};

/// The networks of a model, their parameters without values.
#[derive(Debug)]
pub struct MetaNetworks {
    config: ModelConfig,
    /// Text encoder.
    pub text: TextEncoder,
    /// U-Net.
    pub unet: UNet,
    /// Decoder of the VAE.
    pub vae: VaeDecoder,
}

/// What the stages of a clip cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipCost {
    /// Text encoder, one prompt.
    pub text: Cost,
    /// All steps.
    pub denoise: Cost,
    /// All frames.
    pub decode: Cost,
}

impl MetaNetworks {
    /// Those of these sizes.
    ///
    /// # Errors
    /// When the networks cannot be built.
    pub fn new(config: &ModelConfig) -> Result<Self, FileError> {
        let loader = ParamLoader::names_only();
        Ok(Self {
            config: config.clone(),
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
            vae: VaeDecoder::init(&config.vae, &loader.path(VAE_PREFIX))?,
        })
    }

    /// Sizes.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// What [`generate`](crate::generate::generate) costs.
    pub fn cost(&self, clip: &ClipSettings, decoding: Decoding, target: Target) -> ClipCost {
        let sampling = Sampling { unet: &self.unet, config: &self.config, clip, target };
        let unit = self.config.vae.downsampling();
        let latent = [clip.frames, clip.height / unit as u32, clip.width / unit as u32].map(|side| side as usize);
        ClipCost {
            text: Tracer::measure(target, |tracer| self.text.cost(tracer, 1)),
            denoise: sampling.cost(),
            decode: Tracer::measure(target, |tracer| self.vae.cost_of_clip(tracer, latent, decoding)),
        }
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_model::{ModelFile, ModelSource, Reuse, SamplerKind};
    use hummingbird_nn::config::{TextConfig, TinyDecoderConfig, VaeConfig};

    use super::*;
    use crate::denoise::steps_taken;
    use crate::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
    use crate::vae::Tiles;

    fn clip(steps: u32, sampler: SamplerKind, reuse: Reuse) -> ClipSettings {
        ClipSettings {
            prompt: "a red ball".to_owned(),
            steps,
            guidance: 7.5,
            frames: 16,
            width: 96,
            height: 64,
            sampler,
            reuse,
            ..ClipSettings::default()
        }
    }

    fn networks() -> MetaNetworks {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        MetaNetworks::new(&file.description().config).expect("nothing is loaded")
    }

    const WHOLE: Decoding = Decoding { frames: 4, tiles: Tiles::WHOLE };

    /// Counted by PyTorch's `FlopCounterMode` while the reference ran at 512x320.
    #[test]
    fn flop_of_text_and_decode_is_that_of_the_reference() {
        let loader = ParamLoader::names_only();
        let text = TextEncoder::init(&TextConfig::vit_h_14(), &loader.path(TEXT_PREFIX)).expect("nothing is loaded");
        let text = Tracer::measure(Target::gpu(), |tracer| text.cost(tracer, 1));
        assert_eq!(text.flop.total(), 45_127_233_536.0);
        let vae = VaeDecoder::init(&VaeConfig::kl_f8(), &loader.path(VAE_PREFIX)).expect("nothing is loaded");
        let frame = Tracer::measure(Target::gpu(), |tracer| vae.cost(tracer, tracer.tensor(&[1, 40, 64, 4])));
        assert_eq!(frame.flop.total(), 1_563_521_269_760.0);
        let taesd = TinyDecoderConfig::taesd();
        let tiny = TinyDecoder::init(&taesd, &loader.path(TINY_DECODER_PREFIX)).expect("nothing is loaded");
        let tiny = Tracer::measure(Target::gpu(), |tracer| tiny.cost(tracer, tracer.tensor(&[1, 40, 64, 4])));
        assert_eq!(tiny.flop.matmul + tiny.flop.attention, 0.0);
        assert!((15.0..21.0).contains(&(frame.flop.total() / tiny.flop.total())), "{:?}", tiny.flop);
    }

    #[test]
    fn a_clip_is_as_many_calls_as_its_steps_and_the_feature_cache_spares_its_share() {
        let networks = networks();
        for target in [Target::gpu(), Target { threads: 4, ..Target::host() }] {
            for sampler in [SamplerKind::Turbo, SamplerKind::Ddim] {
                let denoise = |steps, reuse| networks.cost(&clip(steps, sampler, reuse), WHOLE, target).denoise;
                let [one, six] = [1, 6].map(|steps| denoise(steps, Reuse::Off));
                // The turbo sampler takes other steps than it is asked for.
                let steps = steps_taken(sampler, 6);
                assert_eq!(six.flop.total(), steps as f64 * one.flop.total());
                assert_eq!(six.peak_bytes, one.peak_bytes);
                let plan = Reuse::Strong.plan().expect("it reuses");
                let wholes = (0..steps).filter(|&step| step == 0 || plan.runs_whole(step)).count() as f64;
                assert!(wholes > 1.0 && wholes < steps as f64, "the steps are of both kinds");
                let [first, all] = [1, 6].map(|steps| denoise(steps, Reuse::Strong));
                assert_eq!(first.flop, one.flop);
                let between = (all.flop.total() - wholes * one.flop.total()) / (steps as f64 - wholes);
                assert!(between > 0.0 && between < 0.75 * one.flop.total(), "{between} of {}", one.flop.total());
                assert!(all.peak_bytes > one.peak_bytes, "cached features are held while the next are made");
            }
        }
    }

    #[test]
    fn frames_and_tiles_are_all_decoded() {
        let networks = networks();
        let clip = clip(1, SamplerKind::Turbo, Reuse::Off);
        let decode = |frames, tiles, target| networks.cost(&clip, Decoding { frames, tiles }, target).decode;
        let gpu = Target::gpu();
        let one = decode(1, Tiles::WHOLE, gpu);
        for frames in [3, 4, 16] {
            let many = decode(frames, Tiles::WHOLE, gpu);
            assert_eq!(many.flop, one.flop, "{frames} at once");
            assert!(many.peak_bytes > one.peak_bytes);
        }
        let host = |threads| decode(4, Tiles::WHOLE, Target { threads, ..Target::host() });
        assert_eq!((host(3).flop, host(1).flop), (one.flop, one.flop));
        let tiled = decode(1, Tiles { rows: 2, columns: 2 }, gpu);
        assert!(tiled.peak_bytes < one.peak_bytes);
        let share = tiled.flop.total() / one.flop.total();
        assert!((1.5..8.0).contains(&share), "norms are gathered in passes of their own: {share}");
    }
}
