//! What the stages of a job hold, for comparison with its plan.

use crate::jobs::events::Stage;
use crate::memory::{JobUse, Meter};

/// Measures what each stage of a job holds at most.
pub struct StageMeter {
    live_before: usize,
    stage: Stage,
    meter: Meter,
    used: JobUse,
}

impl StageMeter {
    pub fn new(live_before: usize) -> Self {
        Self { live_before, stage: Stage::Device, meter: Meter::start(), used: JobUse::default() }
    }

    pub fn enter(&mut self, stage: Stage) {
        if stage != self.stage {
            self.note();
            self.stage = stage;
            self.meter.restart();
        }
    }

    fn note(&mut self) {
        let bytes = match self.stage {
            Stage::Device | Stage::Load | Stage::Text => &mut self.used.text_bytes,
            Stage::Denoise => &mut self.used.denoise_bytes,
            Stage::Decode => &mut self.used.decode_bytes,
            // Nothing is computed, and little held.
            Stage::Compile => return,
        };
        *bytes = (*bytes).max(self.meter.most_live().saturating_sub(self.live_before));
    }

    pub fn finish(&mut self) -> JobUse {
        self.note();
        self.used
    }
}
