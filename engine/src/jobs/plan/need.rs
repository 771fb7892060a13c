//! What a job needs, in numbers; the pipeline's planner makes them.

use serde::Serialize;

/// What one stage holds while it runs, in bytes of memory of the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StageNeed {
    /// Weights of all networks that are there, with what the program holds to find them.
    pub weights_bytes: usize,
    /// Weights beside them that are used where the system keeps their file; it can take that memory back at any time.
    pub mapped_bytes: usize,
    /// Tensors between layers, at the layer where they are most.
    pub activations_bytes: usize,
    /// What kernels take for themselves beside them.
    pub workspace_bytes: usize,
    /// Largest buffer of one tensor.
    pub largest_buffer_bytes: usize,
}

impl StageNeed {
    /// All that only the program can give back.
    pub fn held_bytes(&self) -> usize {
        self.weights_bytes + self.activations_bytes + self.workspace_bytes
    }

    /// What a stage needs that does one thing and then the other, with the same weights.
    pub fn or(self, other: Self) -> Self {
        let larger = if other.held_bytes() > self.held_bytes() { other } else { self };
        Self { largest_buffer_bytes: self.largest_buffer_bytes.max(other.largest_buffer_bytes), ..larger }
    }
}

/// What a job needs, stage by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobNeed {
    /// Tokens and text encoder.
    pub text: StageNeed,
    /// Sampling.
    pub denoise: StageNeed,
    /// Decoding.
    pub decode: StageNeed,
    /// Frames that are decoded at once.
    pub frames_at_once: usize,
    /// Tiles in which each of them is decoded: 1 is the whole frame.
    pub tiles: usize,
}

impl JobNeed {
    /// What the job holds at most.
    pub fn held_bytes(&self) -> usize {
        self.stages().iter().map(StageNeed::held_bytes).max().unwrap_or(0)
    }

    /// Weights that are used where their file lies.
    pub fn mapped_bytes(&self) -> usize {
        self.stages().iter().map(|stage| stage.mapped_bytes).max().unwrap_or(0)
    }

    /// The stages in the order in which they run.
    pub fn stages(&self) -> [StageNeed; 3] {
        [self.text, self.denoise, self.decode]
    }
}

/// What the stages of a job did hold at most, in bytes of memory of the processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobUse {
    /// Loading the model, tokens and text encoder.
    pub text_bytes: usize,
    /// Sampling.
    pub denoise_bytes: usize,
    /// Decoding.
    pub decode_bytes: usize,
}
