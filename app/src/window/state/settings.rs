//! What the window keeps from one session to the next. Reading and writing it: `tasks::settings_file`.

use std::path::PathBuf;

use hummingbird_engine::pipeline::video_out::{Embed, Format, GifDither};
use serde::{Deserialize, Serialize};

use super::controls::Controls;
use crate::when_done::WhenDone;

/// Light or dark.
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
}

impl ThemeChoice {
    /// All choices, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Name in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
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
    /// Whether the file carries its settings.
    pub embed: Embed,
    /// Folder of the last export.
    pub folder: Option<PathBuf>,
}

impl Default for ExportPreferences {
    fn default() -> Self {
        Self { format: Format::Mp4, dither: GifDither::default(), embed: Embed::default(), folder: None }
    }
}

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Inner size of the window in points.
    pub window_size: Option<[f32; 2]>,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// How small clips are enlarged.
    pub scaling: Scaling,
    /// Whether clips loop.
    pub looping: bool,
    /// The controls.
    pub controls: Controls,
    /// The model's file; `None` is the embedded model.
    pub model: Option<PathBuf>,
    /// Format and options of exports.
    pub export: ExportPreferences,
    /// Width of a tile of the library's page, in points.
    pub library_tile: Option<f32>,
    /// Whether thumbnails stand still.
    pub reduced_motion: bool,
    /// What happens when the queue is done.
    pub when_done: WhenDone,
    /// The command that is run then, if it is one.
    pub done_command: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window_size: None,
            theme: ThemeChoice::default(),
            scaling: Scaling::default(),
            looping: true,
            controls: Controls::default(),
            model: None,
            export: ExportPreferences::default(),
            library_tile: None,
            reduced_motion: false,
            when_done: WhenDone::default(),
            done_command: String::new(),
        }
    }
}
