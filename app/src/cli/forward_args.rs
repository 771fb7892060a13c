//! What `hummingbird forward` can be told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::Precision;

use super::args::{LoraArg, PrecisionArg, ReportArgs, SamplerArg};

/// `hummingbird forward`.
#[derive(Args, Debug)]
pub struct ForwardArgs {
    /// Stage. Its input and output tensors: text: tokens -> out; unet: x, timesteps, context, fps, w_embedding, motion_cond -> out;
    /// vae-decode, light-decode: z -> decoded; vae-encode: image -> mean, logvar; sample: latents, context, uncond, w_embedding, fps,
    /// step0.noise, ... -> result, step0.denoised or step0.x_prev, ...; reward-image: frames (or latents, frame_index), tokens ->
    /// scores, loss, grad_frames (or grad_latents), ...; reward-video: frames, crop, tokens, attention_mask -> the same. Networks that
    /// look at frames: dino: frames -> dino_features; clip-image: frames -> clip_features; clip-text: tokens -> text_features; musiq:
    /// picture -> score; viclip: frames, tokens -> video_features, text_features; umt: video -> logits; vfi: first, last ->
    /// before_clamp, middle_u8; flow: first, last, iterations -> flow_low, flow_up; farneback: first, last -> flow; vqa-views: frames,
    /// tech_indices, aes_indices, offsets_h, offsets_w -> fragments_u8, aesthetic_view_u8; vqa: fragments_u8, aesthetic_view_u8 ->
    /// technical_map, aesthetic_map, raw, ... Stages of training: distil-step, distil-trace: x_start, noise, timesteps, context,
    /// uncond_context, fps -> loss or losses, ...; consistency-step: latents, noise, index, w, context, uncond_context -> loss, ...;
    /// prune: nothing -> the student's tensors.
    pub stage: StageArg,
    /// Checkpoint in any known format; it only needs the network of the stage. Only farneback has none.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Stages of training: checkpoint of the teacher.
    #[arg(long, value_name = "FILE")]
    pub teacher: Option<PathBuf>,
    /// reward-image: checkpoint of the autoencoder by which latents are decoded.
    #[arg(long, value_name = "FILE")]
    pub vae: Option<PathBuf>,
    /// Configuration of the reference implementation, YAML or JSON, for what the tensors do not show: heads, schedule. Stages of
    /// training need it: unet_config, teacher_unet_config, guidance, base_scale, optimizer, huber_c, grads and others; those of
    /// rewards too, as JSON: kind, clip_config or model, mean, std, reward_scale; those of networks that look at frames need the sizes, as
    /// JSON; those of vqa take window, clip_len, num_clips, interval, fragments, fsize, aligned, aes_size, aes_frames.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Input tensors; only prune has none.
    #[arg(long, value_name = "IN.safetensors")]
    pub inputs: Option<PathBuf>,
    /// Where to write the output tensors.
    #[arg(short, long, value_name = "OUT.safetensors")]
    pub output: PathBuf,
    /// LoRA to apply, with its strength after an equals sign. Repeat it for several LoRAs.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// Device to compute on: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Round the weights to this number format and compute in f32. Default: use the weights in the number format of the
    /// checkpoint, as `generate` does.
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// What the CPU device rounds the factors of matmuls and convolutions to: exact, bf16 or int8 (for weights of 8 bits).
    #[arg(long, default_value = "exact", value_parser = crate::cli::parse::precision)]
    pub factors: Precision,
    /// sample: the sampler.
    #[arg(long, value_enum, default_value_t = SamplerArg::Turbo)]
    pub sampler: SamplerArg,
    /// sample: steps.
    #[arg(long, default_value_t = 4, allow_negative_numbers = true)]
    pub steps: usize,
    /// sample: guidance.
    #[arg(long, default_value_t = 7.5, allow_negative_numbers = true)]
    pub guidance: f32,
    /// sample: noise that DDIM adds, 0 to 1.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub eta: f64,
    /// sample: apply the reference's `scale_arr` (DDIM).
    #[arg(long)]
    pub use_scale: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// A stage as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StageArg {
    /// Token ids to a text embedding.
    Text,
    /// One prediction of the U-Net.
    Unet,
    /// Latents to images.
    VaeDecode,
    /// Latents to images by a tiny decoder (TAESD).
    #[value(name = "light-decode")]
    TinyDecode,
    /// Images to latents.
    VaeEncode,
    /// All sampling steps.
    Sample,
    /// Scores of pictures or decoded latents against their prompt, with the gradient.
    RewardImage,
    /// Scores of clips against their prompt, with the gradient.
    RewardVideo,
    /// Features of frames by DINO.
    Dino,
    /// Features of frames by CLIP.
    ClipImage,
    /// Features of token ids by CLIP.
    ClipText,
    /// Quality of a picture by MUSIQ.
    Musiq,
    /// Features of a clip and of token ids by ViCLIP.
    #[value(name = "viclip")]
    ViClip,
    /// Actions of a clip by UMT.
    Umt,
    /// Views of a clip, as DOVER sees it.
    VqaViews,
    /// How good a clip looks to DOVER, by its views.
    Vqa,
    /// The frame between two, by AMT-S.
    Vfi,
    /// Optical flow between two frames, by RAFT.
    Flow,
    /// Optical flow between two frames, by Farneback; it has no weights.
    Farneback,
    /// One step of stage 1 of the paper's recipe, with gradients.
    DistilStep,
    /// Some updates of stage 1.
    DistilTrace,
    /// One step of stage 2, with gradients; --lora is what is trained.
    ConsistencyStep,
    /// The student in the weights of its teacher, which is --checkpoint.
    Prune,
}

impl StageArg {
    /// What progress calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Unet => "unet",
            Self::VaeDecode => "vae-decode",
            Self::TinyDecode => "light-decode",
            Self::VaeEncode => "vae-encode",
            Self::Sample => "sample",
            Self::RewardImage => "reward-image",
            Self::RewardVideo => "reward-video",
            Self::Dino => "dino",
            Self::ClipImage => "clip-image",
            Self::ClipText => "clip-text",
            Self::Musiq => "musiq",
            Self::ViClip => "viclip",
            Self::Umt => "umt",
            Self::VqaViews => "vqa-views",
            Self::Vqa => "vqa",
            Self::Vfi => "vfi",
            Self::Flow => "flow",
            Self::Farneback => "farneback",
            Self::DistilStep => "distil-step",
            Self::DistilTrace => "distil-trace",
            Self::ConsistencyStep => "consistency-step",
            Self::Prune => "prune",
        }
    }
}
