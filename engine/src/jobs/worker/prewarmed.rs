//! Which kernels the open device has compiled.

use std::collections::BTreeSet;

use super::watch::Watch;
use crate::jobs::error::EngineError;
use crate::jobs::events::CancelToken;
use crate::jobs::models::Models;
use crate::pipeline::generate::Economy;

/// The kinds of jobs for which a device has compiled everything.
#[derive(Default)]
pub(super) struct Prewarmed {
    #[cfg(feature = "gpu")]
    kinds: Vec<gpu::Kind>,
}

#[cfg(not(feature = "gpu"))]
impl Prewarmed {
    /// The CPU device compiles nothing.
    pub fn compile(
        &mut self,
        _models: &mut Models,
        _changed: BTreeSet<String>,
        _economy: Economy,
        _watch: &mut Watch,
        _cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        Ok(())
    }
}

#[cfg(feature = "gpu")]
impl Prewarmed {
    /// Has the kernels of a job compiled, unless a job like it was there before; the CPU device compiles none. `changed` are the
    /// weights that LoRAs have changed.
    pub fn compile(
        &mut self,
        models: &mut Models,
        changed: BTreeSet<String>,
        economy: Economy,
        watch: &mut Watch,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        let kind = gpu::Kind::of(watch, models, changed, economy);
        if gpu::compiles_kernels(&models.networks.device) && !self.kinds.contains(&kind) {
            gpu::compile(models, economy, watch, cancel)?;
            self.kinds.push(kind);
        }
        Ok(())
    }
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::{BTreeSet, CancelToken, Economy, EngineError, Models, Watch};
    use crate::jobs::events::UsedDecoder;
    use crate::jobs::prewarm::prewarm;
    use crate::jobs::request::ClipSettings;
    use crate::pipeline::vae::Decoding;

    pub use crate::jobs::prewarm::compiles_kernels;

    /// What decides which kernels a job needs, beside its model and device.
    #[derive(PartialEq)]
    pub struct Kind {
        /// The settings, without those on which no kernel depends.
        clip: ClipSettings,
        decoding: Decoding,
        previews: bool,
        /// Weights that LoRAs change are there in f32, whatever number format the others have.
        changed: BTreeSet<String>,
        /// The tiny decoder, which makes previews where it is there.
        light: Option<UsedDecoder>,
    }

    impl Kind {
        pub fn of(watch: &Watch, models: &Models, changed: BTreeSet<String>, economy: Economy) -> Self {
            let clip = ClipSettings {
                prompt: String::new(),
                negative: String::new(),
                seed: 0,
                fps: 0,
                steps: 0,
                ..watch.request.clip.clone()
            };
            Self {
                clip,
                decoding: economy.decoding,
                previews: watch.previews_wanted(),
                changed,
                light: models.light().map(|light| light.used.clone()),
            }
        }
    }

    pub fn compile(
        models: &mut Models,
        economy: Economy,
        watch: &mut Watch,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        let (clip, previews) = (watch.request.clip.clone(), watch.previews_wanted());
        prewarm(&mut models.networks, &clip, economy, previews, cancel, watch)?;
        Ok(())
    }
}
