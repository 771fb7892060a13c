//! What the window keeps from one session to the next. Reading and writing it: `tasks::settings_file`.

use std::path::PathBuf;

use hummingbird_engine::device::DeviceShare;
use hummingbird_engine::pipeline::video_out::{
    Arrangement, Crop, Embed, ExportSettings, Format, GIF_COLOURS, GifDither, Order, Plays, Quality, Scale,
};
use serde::{Deserialize, Serialize};

use super::controls::Controls;
use super::layout::Layout;
use crate::language::{LanguageChoice, tr};
use crate::when_done::WhenDone;

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Black, white, and little between.
    HighContrast,
}

impl ThemeChoice {
    /// All choices, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::HighContrast];

    /// Name in the menu.
    pub fn label(self) -> String {
        match self {
            Self::System => tr!("theme-system"),
            Self::Light => tr!("theme-light"),
            Self::Dark => tr!("theme-dark"),
            Self::HighContrast => tr!("theme-high-contrast"),
        }
    }
}

/// How clips smaller than the preview are enlarged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scaling {
    /// Every pixel a square.
    Sharp,
    /// Blended.
    #[default]
    Smooth,
}

/// Format and options of exports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportPreferences {
    /// File format.
    pub format: Format,
    /// Dithering of a GIF.
    pub dither: GifDither,
    /// Colours of a GIF.
    pub colours: u16,
    /// Quality of MP4, WebP and WebM.
    pub quality: Quality,
    /// Part of the picture.
    pub crop: Crop,
    /// Size of the picture.
    pub scale: Scale,
    /// Order of the frames.
    pub order: Order,
    /// How often it plays.
    pub plays: Plays,
    /// Most bytes of the file, in units of 100 kB; quality and size are reduced until it fits.
    pub limit: Option<u32>,
    /// Whether the file carries its settings.
    pub embed: Embed,
    /// Folder of the last export.
    pub folder: Option<PathBuf>,
    /// Options that were kept under a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<ExportPreset>,
}

/// Options of exports under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportPreset {
    /// The name.
    pub name: String,
    /// The options; of these folder and presets say nothing.
    pub options: ExportPreferences,
}

impl Default for ExportPreferences {
    fn default() -> Self {
        Self {
            format: Format::Mp4,
            dither: GifDither::default(),
            colours: *GIF_COLOURS.end(),
            quality: Quality::default(),
            crop: Crop::default(),
            scale: Scale::default(),
            order: Order::default(),
            plays: Plays::default(),
            limit: None,
            embed: Embed::default(),
            folder: None,
            presets: Vec::new(),
        }
    }
}

impl ExportPreferences {
    /// How files are written with these options.
    pub fn settings(&self, fps: u32) -> ExportSettings {
        let arrangement =
            Arrangement { trim: None, crop: self.crop, scale: self.scale, order: self.order, plays: self.plays };
        ExportSettings {
            dither: self.dither,
            colours: self.colours,
            quality: self.quality,
            embed: self.embed,
            arrangement,
            ..ExportSettings::new(self.format, fps)
        }
    }

    /// Most bytes of a file.
    pub fn limit_bytes(&self) -> Option<u64> {
        self.limit.map(|limit| u64::from(limit) * 100_000)
    }

    /// Adopts the options of others; folder and presets stay.
    pub fn take_options(&mut self, options: &Self) {
        let (folder, presets) = (self.folder.take(), std::mem::take(&mut self.presets));
        *self = Self { folder, presets, ..options.clone() };
    }

    /// Presets that are always there.
    pub fn built_in_presets() -> Vec<ExportPreset> {
        let preset = |name, options| ExportPreset { name, options };
        let plain = Self::default;
        vec![
            preset(tr!("state-preset-mp4"), plain()),
            preset(tr!("state-preset-chat"), Self { limit: Some(80), ..plain() }),
            preset(tr!("state-preset-square"), Self { crop: Crop::Shape(1, 1), ..plain() }),
            preset(tr!("state-preset-upright"), Self { crop: Crop::Shape(9, 16), ..plain() }),
            preset(
                tr!("state-preset-gif"),
                Self { format: Format::Gif, order: Order::PingPong, scale: Scale::Longest(480), ..plain() },
            ),
            preset(
                tr!("state-preset-smallest"),
                Self { format: Format::WebM, quality: Quality::new(32).unwrap_or_default(), ..plain() },
            ),
            preset(tr!("state-preset-lossless"), Self { format: Format::Apng, ..plain() }),
        ]
    }
}

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Inner size of the window in points at a scale of 100 percent.
    pub window_size: Option<[f32; 2]>,
    /// The language of the window.
    pub language: LanguageChoice,
    /// The colours.
    pub theme: ThemeChoice,
    /// How small clips are enlarged.
    pub scaling: Scaling,
    /// Whether clips loop.
    pub looping: bool,
    /// Whether clips turn round at their ends.
    pub ping_pong: bool,
    /// The controls.
    pub controls: Controls,
    /// The model's file; `None` is the embedded model.
    pub model: Option<PathBuf>,
    /// Format and options of exports.
    pub export: ExportPreferences,
    /// Width of a tile of the library's page, in points.
    pub library_tile: Option<f32>,
    /// Whether thumbnails stand still.
    pub reduced_motion: Option<bool>,
    /// What happens when the queue is done.
    pub when_done: WhenDone,
    /// The command that is run then, if it is one.
    pub done_command: String,
    /// The panels beside the clip.
    pub layout: Layout,
    /// Size of everything in the window, in percent.
    pub scale_percent: u16,
    /// Share of a graphics device's time that clips use, in percent.
    pub gpu_share: u8,
    /// Whether clips and trainings wait while the computer runs on its battery.
    pub waits_on_battery: bool,
    /// Whether the window covers the screen.
    pub full_screen: bool,
    /// Whether the settings for those who know them are unfolded.
    pub advanced: bool,
    /// Whether the first steps were shown.
    pub first_steps_seen: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window_size: None,
            language: LanguageChoice::default(),
            theme: ThemeChoice::default(),
            scaling: Scaling::default(),
            looping: true,
            ping_pong: false,
            controls: Controls::default(),
            model: None,
            export: ExportPreferences::default(),
            library_tile: None,
            reduced_motion: None,
            when_done: WhenDone::default(),
            done_command: String::new(),
            layout: Layout::default(),
            scale_percent: 100,
            gpu_share: DeviceShare::MOST,
            waits_on_battery: false,
            full_screen: false,
            advanced: false,
            first_steps_seen: false,
        }
    }
}
