//! Kernels that are there before they are needed.
//!
//! A GPU's driver compiles each kernel when it is first launched, which makes the first step of a job take several times as
//! long as the others, without a word. So a job is first walked through with launches that only compile: every kernel that it
//! will need, ours and burn's, and no arithmetic.

use burn::tensor::Device;
use hummingbird_device::dry_run::DryRun;

use crate::jobs::events::{CancelToken, Cancelled, Stage, Warning};
use crate::pipeline::generate::{Economy, generate};
use crate::pipeline::handoff::{Frames, Latent};
use crate::pipeline::networks::Networks;
use crate::pipeline::progress::GenerateSink;
use crate::pipeline::settings::ClipSettings;
use hummingbird_base::ProgressSink;
use hummingbird_base::progress::Progress;

/// Steps that show all kernels of a sampling: the first, and one that uses the feature cache.
const STEPS: u32 = 2;
/// Text, sampling and decoding.
const PARTS: u32 = 3;

/// Whether kernels of this device are compiled when they are first launched.
pub fn compiles_kernels(device: &Device) -> bool {
    *device != Device::flex()
}

/// Compiles what `clip` needs; the text encoder must be there. `sink` hears of the parts that are done, and of how many
/// there are.
///
/// Every launch of this thread compiles and does nothing meanwhile, on whatever device; other threads compute as before.
///
/// # Errors
/// [`Cancelled`] when `cancel` was asked for.
pub fn prewarm(
    networks: &mut Networks,
    clip: &ClipSettings,
    economy: Economy,
    previews: bool,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(), Cancelled> {
    let clip = ClipSettings { steps: clip.steps.min(STEPS), ..clip.clone() };
    let economy = Economy { drops_text_encoder: false, ..economy };
    let _launches_do_nothing = DryRun::new();
    sink.progress(Stage::Compile.progress(0, PARTS));
    generate(networks, &clip, economy, None, cancel, &mut Walk { previews, sink })?;
    sink.progress(Stage::Compile.progress(PARTS, PARTS));
    Ok(())
}

/// Passes on how far a walk is; what it makes means nothing.
struct Walk<'a> {
    previews: bool,
    sink: &'a mut dyn ProgressSink,
}

impl ProgressSink for Walk<'_> {
    fn progress(&mut self, progress: Progress) {
        match (Stage::of(&progress), progress.done) {
            (Some(Stage::Denoise), 0) => self.sink.progress(Stage::Compile.progress(1, PARTS)),
            (Some(Stage::Decode), 0) => self.sink.progress(Stage::Compile.progress(2, PARTS)),
            _ => {}
        }
    }
}

impl GenerateSink for Walk<'_> {
    fn wants_previews(&self) -> bool {
        self.previews
    }

    fn preview(&mut self, _frames: Frames, _step: u32, _decoded_frames: u32) {}

    fn warn(&mut self, _warning: Warning) {}

    fn keep_step(&mut self, _done: u32, _latent: &Latent) {}

    fn keep_latent(&mut self, _latent: &Latent) {}
}
