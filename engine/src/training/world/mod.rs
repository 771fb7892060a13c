//! The drawn world of Nano: an endless labelled data set that the project renders itself (DESIGN section 6).
//! Here: the vocabulary, the clips that it spans, their renderer and captions, and measures that read a clip back.
//! Not here: datasets on disk, batches, networks, and the subject classifier (only its features are made here).
//! Everything is a pure function of a seed and an index, so a clip never needs to be stored.
//! Start with `vocabulary`, then `clip` (what happens), `render` (how it looks), `measure` (what a viewer sees).

pub mod captions;
pub mod clip;
pub mod crops;
pub mod degrade;
pub mod measure;
pub mod region;
pub mod render;
pub mod scenes;
pub mod shapes;
pub mod track;
pub mod vocabulary;

pub use captions::{all_words, caption, held_out_prompts, plain_caption, vocabulary_lists};
pub use clip::{CLIP_FPS, CLIP_FRAMES, ClipSpec, Split};
pub use crops::{CROP_FEATURES, CROP_SIDE, labelled_crops, subject_crop};
pub use measure::{Measured, measure, nearest_colour, nearest_scene, regions};
pub use region::Backdrop;
pub use render::{Canvas, FrameTimes, render, render_frames};
pub use track::Track;
pub use vocabulary::{Colour, Combination, Motion, Scene, Subject};
