//! Model files of other programs, told by the names and shapes of their tensors, so that a person learns what the file is and not
//! only that it does not fit.

use hummingbird_base::message::{self, Message};
use thiserror::Error;

use super::checkpoint::Checkpoint;

/// What a file is that is for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("foreign-model")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum ForeignModel {
    #[error("an SD 1.x checkpoint")]
    Sd1,
    #[error("an SD 2.x checkpoint")]
    Sd2,
    #[error("an SDXL checkpoint")]
    Sdxl,
    #[error("an SD 3 checkpoint")]
    Sd3,
    #[error("a Stable Video Diffusion checkpoint")]
    Svd,
    #[error("a Stable Diffusion U-Net in the form of diffusers")]
    DiffusersUnet,
    #[error("a Flux model")]
    Flux,
    #[error("a Wan video model")]
    Wan,
    #[error("an LTX video model")]
    Ltx,
    #[error("a HunyuanVideo model")]
    Hunyuan,
    #[error("a CogVideoX model")]
    CogVideoX,
    #[error("a Mochi model")]
    Mochi,
    #[error("a motion module of AnimateDiff")]
    AnimateDiff,
    #[error("a ControlNet")]
    ControlNet,
    #[error("a T5 text encoder")]
    T5,
    #[error("a CLIP text encoder in the form of transformers")]
    ClipText,
    #[error("a CLIP picture encoder")]
    ClipVision,
    #[error("a language model")]
    LanguageModel,
    #[error("an upscaler of the ESRGAN kind")]
    Upscaler,
    #[error("an embedding (textual inversion)")]
    Embedding,
}

/// Names that only files of this kind have: all of a row must stand somewhere in the names. The first row that fits counts.
const MARKS: [(ForeignModel, &[&str]); 20] = [
    (ForeignModel::Hunyuan, &["double_blocks.", "individual_token_refiner."]),
    (ForeignModel::Flux, &["double_blocks.", "single_blocks."]),
    (ForeignModel::Sd3, &["joint_blocks.", "context_block."]),
    (ForeignModel::ControlNet, &["control_model."]),
    (ForeignModel::ControlNet, &["controlnet_cond_embedding."]),
    (ForeignModel::Sdxl, &["conditioner.embedders.1."]),
    (ForeignModel::Svd, &["input_blocks.", ".time_stack."]),
    (ForeignModel::AnimateDiff, &["motion_modules."]),
    (ForeignModel::Wan, &["patch_embedding.", ".cross_attn.norm_k.weight"]),
    (ForeignModel::Ltx, &["patchify_proj.", "adaln_single."]),
    (ForeignModel::CogVideoX, &["patch_embed.text_proj.", "transformer_blocks."]),
    (ForeignModel::Mochi, &["t5_y_embedder.", ".attn.qkv_x."]),
    (ForeignModel::T5, &["encoder.block.0.layer.0.SelfAttention.q.weight"]),
    (ForeignModel::ClipVision, &["vision_model.encoder.layers.0."]),
    (ForeignModel::LanguageModel, &["model.layers.0.self_attn.q_proj."]),
    (ForeignModel::LanguageModel, &["model.layers.0.mlp.gate_proj."]),
    (ForeignModel::Upscaler, &[".rdb1.conv1.weight"]),
    (ForeignModel::Upscaler, &[".RDB1.conv1.0.weight"]),
    (ForeignModel::Embedding, &["emb_params"]),
    (ForeignModel::Embedding, &["string_to_param"]),
];

/// What a file is, if it is one of the common ones that are not for this program. Only names and shapes are looked at.
pub fn foreign_model(file: &Checkpoint) -> Option<ForeignModel> {
    let names: Vec<(&str, &[usize])> =
        file.contents().tensors.iter().map(|tensor| (tensor.name(), tensor.shape())).collect();
    told_by(&names)
}

fn told_by(tensors: &[(&str, &[usize])]) -> Option<ForeignModel> {
    let has = |part: &str| tensors.iter().any(|(name, _)| name.contains(part));
    let marked = MARKS.iter().find(|(_, marks)| marks.iter().all(|mark| has(mark))).map(|(kind, _)| *kind);
    // A U-Net of ours has layers in time; those of pictures have none.
    let is_of_pictures = |mark: &str| has(mark) && !has("temopral_conv.") && !has("temp_convs.") && !has("init_attn.");
    let of_context = || {
        let (_, shape) = tensors.iter().find(|(name, _)| name.ends_with("attn2.to_k.weight"))?;
        match shape {
            [_, 768] => Some(ForeignModel::Sd1),
            [_, 1024] => Some(ForeignModel::Sd2),
            [_, 2048] => Some(ForeignModel::Sdxl),
            _ => None,
        }
    };
    let unet = || {
        if is_of_pictures("input_blocks.") {
            of_context()
        } else if is_of_pictures("down_blocks.") && has("up_blocks.") && has("attn2.to_k.") {
            of_context().or(Some(ForeignModel::DiffusersUnet))
        } else {
            None
        }
    };
    let text = || has("text_model.encoder.layers.0.").then_some(ForeignModel::ClipText);
    marked.or_else(unet).or_else(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and shapes of a file's tensors, and what it is.
    type Case = (&'static [(&'static str, &'static [usize])], Option<ForeignModel>);

    #[test]
    fn files_are_named_for_what_they_are() {
        let cases: [Case; 14] = [
            (
                &[
                    ("cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight", &[3072, 768]),
                    ("model.diffusion_model.input_blocks.0.0.weight", &[320, 4, 3, 3]),
                    ("model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", &[320, 768]),
                ],
                Some(ForeignModel::Sd1),
            ),
            (
                &[
                    ("cond_stage_model.model.token_embedding.weight", &[49_408, 1024]),
                    ("model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", &[320, 1024]),
                ],
                Some(ForeignModel::Sd2),
            ),
            (
                &[
                    ("conditioner.embedders.1.model.ln_final.weight", &[1280]),
                    ("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", &[640, 2048]),
                ],
                Some(ForeignModel::Sdxl),
            ),
            (
                &[
                    ("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", &[320, 768]),
                    ("up_blocks.1.resnets.0.conv1.weight", &[640, 640, 3, 3]),
                ],
                Some(ForeignModel::Sd1),
            ),
            (
                &[("double_blocks.0.img_attn.qkv.weight", &[9216, 3072]), ("single_blocks.0.linear1.weight", &[1, 1])],
                Some(ForeignModel::Flux),
            ),
            (
                &[
                    ("double_blocks.0.img_attn_qkv.weight", &[1, 1]),
                    ("txt_in.individual_token_refiner.blocks.0.norm1.weight", &[1]),
                ],
                Some(ForeignModel::Hunyuan),
            ),
            (
                &[("patch_embedding.weight", &[1, 1]), ("blocks.0.cross_attn.norm_k.weight", &[1])],
                Some(ForeignModel::Wan),
            ),
            (&[("patchify_proj.weight", &[1]), ("adaln_single.linear.weight", &[1])], Some(ForeignModel::Ltx)),
            (&[("encoder.block.0.layer.0.SelfAttention.q.weight", &[1, 1])], Some(ForeignModel::T5)),
            (&[("text_model.encoder.layers.0.mlp.fc1.weight", &[1, 1])], Some(ForeignModel::ClipText)),
            (
                &[("down_blocks.0.motion_modules.0.temporal_transformer.norm.weight", &[1])],
                Some(ForeignModel::AnimateDiff),
            ),
            (&[("body.0.rdb1.conv1.weight", &[1, 1, 3, 3])], Some(ForeignModel::Upscaler)),
            // The U-Net of VideoCrafter has layers in time, and what is known nowhere is no guess.
            (
                &[
                    ("model.diffusion_model.input_blocks.1.0.temopral_conv.conv1.2.weight", &[1, 1, 3, 1, 1]),
                    ("model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", &[320, 1024]),
                ],
                None,
            ),
            (&[("weight", &[1]), ("layers.0.weight", &[2, 2])], None),
        ];
        for (tensors, wanted) in cases {
            assert_eq!(told_by(tensors), wanted, "{tensors:?}");
        }
        assert_eq!(told_by(&[]), None);
    }
}
