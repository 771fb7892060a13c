//! The synthetic dataset: endless labelled clips that the project renders itself (DESIGN section 6).
//! Here: the vocabulary, the clips that it spans, their renderer and captions.
//! Not here: what reads a clip back (`eval::detect`), batches, networks.
//! Everything is a pure function of a seed and an index, so a clip never needs to be stored.
//! Start with `vocabulary`, then `clip` (what happens), `render` (how it looks).

pub mod captions;
pub mod clip;
pub mod contrasts;
pub mod dataset;
pub mod render;
pub mod scenes;
pub mod shapes;
#[cfg(test)]
mod tests;
pub mod vocabulary;

pub use captions::{all_words, caption, held_out_prompts, plain_caption, vocabulary_lists};
pub use clip::{CLIP_FPS, CLIP_FRAMES, ClipSpec, Split};
pub use contrasts::{Contrast, Contrasts};
pub use dataset::{SubjectCrop, SubjectCrops, SyntheticClips, SyntheticFrames};
pub use render::{Canvas, FrameTimes, render, render_frames, subject_shares};
pub use vocabulary::{Colour, Combination, Motion, Scene, Subject};
