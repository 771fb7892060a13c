//! What a file holds, for people: form, architecture, tensors, number formats, parameters of each part.

use std::collections::BTreeMap;

use serde::Serialize;

use super::checkpoint::Checkpoint;
use super::foreign::foreign_model;
use super::layout::{Layout, recognise};
use super::names::{TEXT, TINY_DECODER, UNET, VAE};
use hummingbird_formats::stored::{Arrangement, Container};
use hummingbird_nn::config::{TextConfig, TinyDecoderConfig, UNetConfig, VaeConfig};

/// A file in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Kind of file.
    pub container: Container,
    /// How the tensors are arranged in it.
    pub arrangement: Arrangement,
    /// What it is, in words: a known layout, or what its parts are.
    pub layout: String,
    /// U-Net, where there is one.
    pub unet: Option<UNetConfig>,
    /// Autoencoder, where there is one.
    pub vae: Option<VaeConfig>,
    /// Text encoder, where there is one.
    pub text: Option<TextConfig>,
    /// Number of tensors.
    pub tensors: usize,
    /// Tensors of each number format.
    pub dtypes: BTreeMap<String, usize>,
    /// Values of each part.
    pub values: BTreeMap<&'static str, u64>,
    /// Classes and functions that the file names and that were not carried out.
    pub foreign_classes: Vec<String>,
    /// The words that a prompt should hold for a LoRA, where its file says them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
}

/// Where LoRAs say their trigger words (Stability AI's model metadata, which kohya's scripts write too).
const TRIGGER_KEY: &str = "modelspec.trigger_phrase";

/// Sums a file up.
pub fn summarise(file: &Checkpoint) -> Summary {
    let contents = file.contents();
    let mut dtypes = BTreeMap::new();
    let mut values = BTreeMap::new();
    for tensor in &contents.tensors {
        *dtypes.entry(format!("{:?}", tensor.dtype()).to_lowercase()).or_default() += 1;
        let parts = [(UNET, "u-net"), (VAE, "autoencoder"), (TEXT, "text encoder"), (TINY_DECODER, "tiny decoder")];
        let part =
            parts.into_iter().find(|(prefix, _)| tensor.name().starts_with(prefix)).map_or("other", |(_, it)| it);
        *values.entry(part).or_default() += tensor.len() as u64;
    }
    let recognised = recognise(file);
    let has_unet = matches!(&recognised, Layout::Networks(networks) if networks.unet.is_some());
    let is_known = has_unet || matches!(recognised, Layout::Lora { .. } | Layout::Tiny { .. });
    let layout = match foreign_model(file).filter(|_| !is_known) {
        Some(kind) => format!("{kind}: not for this program"),
        None => words(&recognised),
    };
    let networks = match recognised {
        Layout::Networks(networks) => *networks,
        _ => super::layout::Networks::default(),
    };
    Summary {
        container: contents.container,
        arrangement: contents.arrangement,
        layout,
        unet: networks.unet,
        vae: networks.vae,
        text: networks.text,
        tensors: contents.tensors.len(),
        dtypes,
        values,
        foreign_classes: contents.foreign_classes.clone(),
        trigger: file.metadata(TRIGGER_KEY).filter(|words| !words.is_empty()).map(str::to_owned),
    }
}

fn words(layout: &Layout) -> String {
    match layout {
        Layout::Networks(networks) => {
            let mut parts = Vec::new();
            if let Some(unet) = &networks.unet {
                let name = networks.known_name().unwrap_or("U-Net of another size");
                let guidance = if unet.time_cond_proj_dim.is_some() { ", with a guidance embedding" } else { "" };
                let motion = if unet.motion_cond_proj_dim.is_some() { ", with a motion embedding" } else { "" };
                parts.push(format!("{name}{guidance}{motion}"));
            }
            match (&networks.vae, &networks.text, networks.unet.is_some()) {
                (Some(_), Some(_), true) => {}
                (vae, text, unet) => {
                    let names = [(unet, "U-Net"), (vae.is_some(), "autoencoder"), (text.is_some(), "text encoder")];
                    let has: Vec<&str> = names.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect();
                    parts.push(format!("only {}", has.join(" and ")));
                }
            }
            parts.join("; ")
        }
        Layout::Lora { layers } => format!("LoRA that changes {layers} layers"),
        Layout::Tiny { decoder, encoder } => {
            let parts = match (decoder, encoder) {
                (Some(_), true) => "",
                (Some(_), false) => ", decoder",
                (None, _) => ", encoder",
            };
            let is_taesd = decoder.as_ref().is_none_or(|config| *config == TinyDecoderConfig::taesd());
            format!("{}{parts}", if is_taesd { "TAESD" } else { "TAESD's layout at another size" })
        }
        Layout::Unknown => "unknown".to_owned(),
    }
}
