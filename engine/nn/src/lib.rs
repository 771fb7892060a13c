//! Layers that the stages share, and what they are configured by.
//!
//! Each layer has its sizes, its parameters' names, its forward pass and what that costs ([`cost`]) in one file.
//! Everything here works on channels-last activations: images are `[batch * frames, height, width, channels]`, tokens are
//! `[batch, tokens, channels]`; both are the same memory. Parameters carry the reference's names ([`params`]); sizes come
//! from [`config`]. Stages (text encoder, U-Net, VAE) live in `pipeline/`. Start reading at [`params::ParamPath`].

pub mod adapter;
pub mod attention;
pub mod chunked;
pub mod clip_block;
pub mod config;
pub mod conv;
pub mod cost;
pub mod dropout;
pub mod gelu;
pub mod hook;
pub mod linear;
pub mod norm;
pub mod parallel;
pub mod params;
pub mod recompute;
pub mod transformer;
