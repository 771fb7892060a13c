//! What pictures and clips of other programs say about how they were made: prompt, seed, steps and size, as a reference.
//!
//! `containers.rs` collects the texts that PNG, WebP and MP4 files carry, `exif.rs` those of an EXIF block, `texts.rs` understands them
//! (Automatic1111 and its forks, ComfyUI, WanGP). The files are hostile: every length is checked against what is left, texts and
//! their number are bounded, pictures are never decoded, and JSON is followed a bounded way. Start reading at [`read_foreign`].

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use hummingbird_base::Action;
use hummingbird_base::message::{self, Message};

use super::ExportError;

mod containers;
mod exif;
mod texts;

/// A program that writes its settings into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Message)]
#[message("program")]
#[non_exhaustive]
pub enum ForeignProgram {
    /// Stable Diffusion web UI (AUTOMATIC1111) and the many programs that write its form.
    #[error("Stable Diffusion web UI")]
    WebUi,
    /// ComfyUI.
    #[error("ComfyUI")]
    ComfyUi,
    /// WanGP.
    #[error("WanGP")]
    WanGp,
}

/// What a file of another program says. What it does not say is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignSettings {
    /// The program.
    pub program: ForeignProgram,
    /// Prompt.
    pub prompt: String,
    /// Negative prompt.
    pub negative: String,
    /// Seed.
    pub seed: Option<u64>,
    /// Sampling steps.
    pub steps: Option<u32>,
    /// Guidance scale.
    pub guidance: Option<f32>,
    /// Width and height in pixels.
    pub size: Option<[u32; 2]>,
    /// Frames.
    pub frames: Option<u32>,
    /// Name of the model.
    pub model: String,
}

impl ForeignSettings {
    fn of(program: ForeignProgram) -> Self {
        Self {
            program,
            prompt: String::new(),
            negative: String::new(),
            seed: None,
            steps: None,
            guidance: None,
            size: None,
            frames: None,
            model: String::new(),
        }
    }
}

/// The settings that a PNG, WebP or MP4 file of another program carries; `Ok(None)` for any other file, and for one that says
/// nothing that is understood. Damage ends the reading where it is met: what was found before counts.
///
/// # Errors
/// Those of the file system.
pub fn read_foreign(path: &Path) -> Result<Option<ForeignSettings>, ExportError> {
    let failed = |error| ExportError::from_io(Action::OpenFile, path, error);
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Ok(None);
    }
    Ok(texts::understand(&containers::texts(&mut BufReader::new(file))))
}

#[cfg(test)]
mod tests;
