//! Where other programs keep their models. Their folders are read and never changed.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::extra_paths;

/// A program that keeps models of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// ComfyUI.
    ComfyUi,
    /// StabilityMatrix, whose folder serves several programs.
    StabilityMatrix,
    /// Stable Diffusion web UI, or Forge.
    WebUi,
}

/// A program that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProgram {
    /// The program.
    pub program: Program,
    /// Its folder.
    pub root: PathBuf,
}

/// Folders of models, as ComfyUI calls them; `extra_model_paths.yaml` has the same names.
pub(super) const COMFYUI_KINDS: [&str; 7] =
    ["checkpoints", "diffusion_models", "unet", "vae", "text_encoders", "clip", "loras"];
/// Folders of models under `models` of the web UI and of Forge.
const WEB_UI_FOLDERS: [&str; 5] = ["Stable-diffusion", "Lora", "VAE", "text_encoder", "LyCORIS"];
/// Folders of models under `Models` of StabilityMatrix, by their names of today and before.
const MATRIX_FOLDERS: [&str; 8] =
    ["StableDiffusion", "DiffusionModels", "Unet", "VAE", "TextEncoders", "CLIP", "Lora", "LyCORIS"];

/// Where such programs are by default, below the folder of the user or beside this program's.
const PLACES: [&str; 19] = [
    "ComfyUI",
    "comfyui",
    "comfy/ComfyUI",
    "ComfyUI_windows_portable/ComfyUI",
    "Documents/ComfyUI",
    "StabilityMatrix",
    "StabilityMatrix/Data",
    "Documents/StabilityMatrix",
    ".config/StabilityMatrix",
    ".local/share/StabilityMatrix",
    "AppData/Roaming/StabilityMatrix",
    "Library/Application Support/StabilityMatrix",
    "stable-diffusion-webui",
    "Documents/stable-diffusion-webui",
    "stable-diffusion-webui-forge",
    "stable-diffusion-webui-reForge",
    "sd-webui-forge-classic",
    "forge",
    "webui",
];

impl Program {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ComfyUi => "ComfyUI",
            Self::StabilityMatrix => "StabilityMatrix",
            Self::WebUi => "Stable Diffusion web UI",
        }
    }

    /// The program whose folder this is, by the folders in it.
    pub fn at(root: &Path) -> Option<Self> {
        let has = |folder: &str| root.join(folder).is_dir();
        if has("models/Stable-diffusion") {
            Some(Self::WebUi)
        } else if has("Data/Models/StableDiffusion") || has("Models/StableDiffusion") {
            Some(Self::StabilityMatrix)
        } else if has("models/checkpoints") && COMFYUI_KINDS.iter().skip(1).any(|kind| has(&format!("models/{kind}"))) {
            Some(Self::ComfyUi)
        } else {
            None
        }
    }

    /// The folders of `root` in which it keeps what this program can use, those that are there.
    pub fn folders(self, root: &Path) -> Vec<PathBuf> {
        let within = |place: &str, names: &[&str]| names.iter().map(|name| root.join(place).join(name)).collect();
        let mut folders: Vec<PathBuf> = match self {
            Self::ComfyUi => within("models", &COMFYUI_KINDS),
            Self::WebUi => within("models", &WEB_UI_FOLDERS),
            Self::StabilityMatrix => {
                ["Data/Models", "Models"].iter().flat_map(|place| within(place, &MATRIX_FOLDERS)).collect()
            }
        };
        if self == Self::ComfyUi {
            folders.extend(extra_paths::of(root));
        }
        folders.retain(|folder| folder.is_dir());
        folders
    }
}

/// Looks for other programs in these folders and in the places below them where they are by default, each once.
pub fn find_programs(places: &[PathBuf]) -> Vec<FoundProgram> {
    let below = |place: &PathBuf| PLACES.iter().map(|name| place.join(name)).collect::<Vec<_>>();
    let roots = places.iter().flat_map(|place| std::iter::once(place.clone()).chain(below(place)));
    let mut found: Vec<FoundProgram> = Vec::new();
    let mut seen = Vec::new();
    for root in roots {
        let Some(program) = Program::at(&root) else { continue };
        // One folder may have two names: by a link, or where capitals do not count.
        let Ok(real) = root.canonicalize() else { continue };
        // `StabilityMatrix` and its `Data` are one program.
        let is_inside = seen.iter().any(|it: &PathBuf| real.starts_with(it));
        if !is_inside && root.to_str().is_some() {
            seen.push(real);
            found.push(FoundProgram { program, root });
        }
    }
    found
}
