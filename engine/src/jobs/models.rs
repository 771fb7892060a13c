//! The three networks of one model, on one device, and the tiny decoder beside them.

use std::collections::HashSet;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};

use crate::jobs::error::{EngineError, ModelError};
use crate::jobs::events::UsedDecoder;
use crate::jobs::request::DecoderKind;
use crate::model::ModelConfig;
use crate::model::{LayoutName, Misshapen, TensorsUnfit};
use crate::nn::config::UNetConfig;
use crate::nn::params::{ParamLoader, ParamRegistry, RegisteredParam};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::networks::Networks;
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::pipeline::vae::{VAE_PREFIX, Vae, VaeDecoder};
use crate::weights::layout::known_unets;
use crate::weights::{Checkpoint, Lora, Merged, ModelFile, ReadAhead, TinyDecoderFile, TinyDecoderSource};

/// Names that errors list.
const LISTED: usize = 5;

/// The networks of a model file on a device, with what is known of where they came from.
#[derive(Debug)]
pub struct Models {
    /// The networks themselves.
    pub networks: Networks,
    /// Where the tiny decoder among them came from.
    light: Option<TinyDecoderOrigin>,
    registry: ParamRegistry,
    /// Weights that are used where their file lies should be there before the networks come to them.
    _ahead: Option<ReadAhead>,
}

/// Where a tiny decoder came from.
#[derive(Clone, Debug)]
pub struct TinyDecoderOrigin {
    /// Its file.
    pub source: TinyDecoderSource,
    /// What made a clip that it decodes.
    pub used: UsedDecoder,
    /// The file as it was opened.
    file: Arc<TinyDecoderFile>,
}

impl TinyDecoderOrigin {
    /// Whether the file at its place is still the one that was read.
    fn is_current(&self) -> bool {
        self.source == TinyDecoderSource::Embedded || self.file.checkpoint().lies_at_its_path()
    }
}

/// A tiny decoder with what is known of its file.
#[derive(Debug)]
pub struct Light {
    /// The network.
    pub decoder: TinyDecoder,
    /// Where it came from.
    pub origin: TinyDecoderOrigin,
}

impl Light {
    /// Puts the tiny decoder of `source` on `device`, for a model of these sizes.
    ///
    /// # Errors
    /// When it cannot be read, is something else, or does not fit the model.
    pub fn load(source: TinyDecoderSource, config: &ModelConfig, device: &Device) -> Result<Self, EngineError> {
        let file = TinyDecoderFile::open(&source)?;
        file.check(config)?;
        let loader = ParamLoader::new(file.checkpoint(), device);
        let decoder = TinyDecoder::init(file.config(), &loader.path(TINY_DECODER_PREFIX))?;
        let used = UsedDecoder::Tiny { name: file.name(), sha256: file.sha256() };
        Ok(Self { decoder, origin: TinyDecoderOrigin { source, used, file: Arc::new(file) } })
    }
}

impl Models {
    /// Puts the networks of `file`, changed by `loras`, on `device`.
    ///
    /// # Errors
    /// When the file's tensors are not those of its architecture: `LayoutUnfit` lists the first that are missing or
    /// unexpected.
    pub fn load(file: &ModelFile, loras: &[(Lora, f32)], device: &Device) -> Result<Self, EngineError> {
        let config = file.description().config.clone();
        check(&config, file.checkpoint())?;
        let ahead = file.checkpoint().read_ahead();
        let merged = Merged::new(file, loras);
        let loader = ParamLoader::new(&merged, device);
        let text = TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?;
        let unet = UNet::init(&config.unet, &loader.path(UNET_PREFIX))?;
        let vae = VaeDecoder::init(&config.vae, &loader.path(VAE_PREFIX))?;
        let registry = loader.into_registry();
        let networks = Networks { config, text: Some(text), unet, vae, light: None, device: device.clone() };
        Ok(Self { networks, light: None, registry, _ahead: ahead })
    }

    /// Puts the text encoder on the device again if it was dropped; `file` and `loras` are those of [`Models::load`].
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn load_text(&mut self, file: &ModelFile, loras: &[(Lora, f32)]) -> Result<(), EngineError> {
        let Networks { config, text, device, .. } = &mut self.networks;
        if text.is_none() {
            let merged = Merged::new(file, loras);
            let loader = ParamLoader::new(&merged, device);
            *text = Some(TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?);
        }
        Ok(())
    }

    /// Has the tiny decoder of `source` on the device from now on, or none; one that is there already stays, unless its file was
    /// written anew.
    ///
    /// # Errors
    /// As [`Light::load`]; then there is none.
    pub fn set_tiny_decoder(&mut self, source: Option<TinyDecoderSource>) -> Result<(), EngineError> {
        let there = self.light.as_ref().filter(|light| light.is_current()).map(|light| &light.source);
        if there == source.as_ref() && there.is_some() == self.light.is_some() {
            return Ok(());
        }
        (self.light, self.networks.light) = (None, None);
        if let Some(source) = source {
            let Light { decoder, origin } = Light::load(source, &self.networks.config, &self.networks.device)?;
            (self.light, self.networks.light) = (Some(origin), Some(decoder));
        }
        Ok(())
    }

    /// Where the tiny decoder came from that a request for this decoder gets.
    pub fn tiny_for(&self, kind: DecoderKind) -> Option<&TinyDecoderOrigin> {
        self.light.as_ref().filter(|_| kind == DecoderKind::Tiny)
    }

    /// Where the tiny decoder came from that is there.
    pub fn light(&self) -> Option<&TinyDecoderOrigin> {
        self.light.as_ref()
    }

    /// Gives the weights named in `changed` the values that they have in `file` under `loras`; all others stay on the device
    /// as they are. With the weights of the LoRAs that were there and of those that are, this is the same as loading anew.
    ///
    /// # Errors
    /// When a file cannot be read; the networks must be loaded anew then.
    pub fn change(
        self,
        file: &ModelFile,
        loras: &[(Lora, f32)],
        changed: &HashSet<String>,
    ) -> Result<Self, EngineError> {
        let merged = Merged::new(file, loras);
        let Networks { text, unet, vae, device, .. } = self.networks;
        let loader = ParamLoader::new(&merged, &device);
        let mut mapper = Changer { registry: &self.registry, loader: &loader, changed, failed: None };
        let text = text.map(|text| text.map(&mut mapper));
        let unet = unet.map(&mut mapper);
        let vae = vae.map(&mut mapper);
        match mapper.failed {
            Some(error) => Err(error),
            None => Ok(Self {
                networks: Networks {
                    text,
                    unet,
                    vae,
                    device: device.clone(),
                    config: self.networks.config,
                    light: self.networks.light,
                },
                ..self
            }),
        }
    }
}

/// Reads some parameters anew.
struct Changer<'a> {
    registry: &'a ParamRegistry,
    loader: &'a ParamLoader<'a>,
    changed: &'a HashSet<String>,
    failed: Option<EngineError>,
}

impl ModuleMapper for Changer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(registered) = self.registry.get(param.id).filter(|it| self.changed.contains(&it.name)) else {
            return param;
        };
        match self.loader.again(registered, param.val().dims()) {
            Ok(fresh) => fresh,
            Err(error) => {
                self.failed.get_or_insert(error.into());
                param
            }
        }
    }
}

/// Names and shapes of all parameters of a whole model, sorted by name; those of the encoder of the autoencoder are needed
/// for training only.
pub fn params(config: &ModelConfig) -> Result<Vec<RegisteredParam>, EngineError> {
    let loader = ParamLoader::names_only();
    TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?;
    UNet::init(&config.unet, &loader.path(UNET_PREFIX))?;
    Vae::init(&config.vae, &loader.path(VAE_PREFIX))?;
    Ok(loader.into_registry().params().into_iter().cloned().collect())
}

/// Whether a parameter belongs to the half of the autoencoder that generation does without.
pub fn is_encoder(name: &str) -> bool {
    [".encoder.", ".quant_conv."]
        .iter()
        .any(|part| name.strip_prefix(VAE_PREFIX).is_some_and(|rest| rest.starts_with(part)))
}

/// Checks that `file` has what the networks of `config` need, in the right shapes, and nothing inside of their names that
/// they do not know.
///
/// # Errors
/// `LayoutUnfit` with the first missing and unexpected names and the nearest known layout.
pub fn check(config: &ModelConfig, file: &Checkpoint) -> Result<(), EngineError> {
    let params = params(config)?;
    let mut missing = Vec::new();
    let mut misshapen = Vec::new();
    for param in params.iter().filter(|param| !is_encoder(&param.name)) {
        match file.tensor(&param.name) {
            None => missing.push(param.name.clone()),
            Some(tensor) if tensor.shape() != param.shape => {
                misshapen.push(Misshapen {
                    name: param.name.clone(),
                    found: tensor.shape().to_vec(),
                    needed: param.shape.clone(),
                });
            }
            Some(_) => {}
        }
    }
    let known: HashSet<&str> = params.iter().map(|param| param.name.as_str()).collect();
    let unexpected: Vec<String> = file
        .contents()
        .tensors
        .iter()
        .map(|tensor| tensor.name())
        .filter(|name| !known.contains(name) && is_inside(name) && !is_unused(name, config))
        .map(str::to_owned)
        .collect();
    if missing.is_empty() && misshapen.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    let mut details = Vec::new();
    if !missing.is_empty() {
        details.push(TensorsUnfit::Missing { count: missing.len(), first: first(missing) }.into());
    }
    if !misshapen.is_empty() {
        details.push(TensorsUnfit::Misshapen { count: misshapen.len(), first: first(misshapen) }.into());
    }
    if !unexpected.is_empty() {
        details.push(TensorsUnfit::Unexpected { count: unexpected.len(), first: first(unexpected) }.into());
    }
    Err(ModelError::LayoutUnfit { path: file.path().to_owned(), layout: nearest(file), details }.into())
}

/// Those that are listed.
fn first<T>(mut all: Vec<T>) -> Vec<T> {
    all.truncate(LISTED);
    all
}

/// Whether a name is inside of one of the three networks; schedules, optimisers and averages beside them are ignored.
fn is_inside(name: &str) -> bool {
    [UNET_PREFIX, VAE_PREFIX, TEXT_PREFIX].iter().any(|prefix| name.starts_with(prefix))
}

/// Tensors of the reference's networks that inference does without, and the scales of our 8-bit weights.
fn is_unused(name: &str, config: &ModelConfig) -> bool {
    let last_block = format!("{TEXT_PREFIX}.transformer.resblocks.{}.", config.text.layers);
    let in_text = |rest: &str| name.strip_prefix(TEXT_PREFIX) == Some(rest);
    name.starts_with(&last_block)
        || [".text_projection", ".logit_scale", ".attn_mask"].into_iter().any(in_text)
        || name.strip_prefix(VAE_PREFIX).is_some_and(|rest| rest.starts_with(".loss."))
        || name.ends_with(".weight.scale")
        || name.ends_with("_weight.scale")
        || name.ends_with("_embedding.scale")
}

/// The published U-Net that shares the most tensors with the file.
fn nearest(file: &Checkpoint) -> LayoutName {
    let shared = |config: &UNetConfig| {
        let loader = ParamLoader::names_only();
        if UNet::init(config, &loader.path(UNET_PREFIX)).is_err() {
            return (0, 0);
        }
        let registry = loader.into_registry();
        let params = registry.params();
        let found = |param: &&&RegisteredParam| file.tensor(&param.name).is_some_and(|it| it.shape() == param.shape);
        (params.iter().filter(found).count(), params.len())
    };
    let best =
        known_unets().into_iter().map(|(name, config)| (shared(&config), name)).max_by_key(|((found, all), _)| {
            // Of two that share as many, the smaller one is nearer.
            (*found, usize::MAX - all)
        });
    match best {
        Some(((found, all), name)) if found > 0 => LayoutName::Nearest { name: name.to_owned(), found, all },
        _ => LayoutName::OwnSizes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::error::FileError;
    use crate::model::ModelSource;
    use crate::nn::params::{Init, ParamSource};

    #[test]
    fn the_embedded_model_fits_its_own_description() {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        check(&file.description().config, file.checkpoint()).expect("it fits");
    }

    #[test]
    fn full_size_networks_have_as_many_parameters_as_the_reference() {
        let count = |config: &UNetConfig| {
            let loader = ParamLoader::names_only();
            UNet::init(config, &loader.path(UNET_PREFIX)).expect("nothing is loaded");
            let registry = loader.into_registry();
            registry.params().iter().map(|param| param.shape.iter().product::<usize>()).sum::<usize>()
        };
        assert_eq!(count(&UNetConfig::hummingbird_07b()), 772_091_780);
        assert_eq!(count(&UNetConfig::hummingbird_09b()), 945_209_220);
        assert_eq!(count(&UNetConfig::videocrafter2()), 1_413_284_420);
    }

    #[test]
    fn what_a_source_lacks_is_named() {
        struct Nothing;
        impl ParamSource for Nothing {
            fn values(&self, name: &str, _: &[usize], _: Init) -> Result<Vec<f32>, FileError> {
                Err(FileError::TensorMissing { path: "nothing".into(), name: name.to_owned() })
            }
        }
        let loader = ParamLoader::new(&Nothing, &Device::flex());
        let error =
            UNet::init(&UNetConfig::hummingbird_07b(), &loader.path(UNET_PREFIX)).expect_err("nothing is there");
        assert!(error.to_string().contains(UNET_PREFIX), "{error}");
    }
}
