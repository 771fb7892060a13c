//! The engine's module of the same name, readers only.

#[path = "../../../engine/src/weights/safetensors_file.rs"]
pub mod safetensors_file;
#[path = "../../../engine/src/weights/stored.rs"]
pub mod stored;
#[path = "../../../engine/src/weights/torch/mod.rs"]
pub mod torch;
