//! Makes the golden files of `tests/data/golden` from the complete ones:
//! `cargo run -p hummingbird-tests --example copy_goldens -- FOLDERS_OF_COMPLETE_GOLDENS`
//!
//! Inputs and results stay whole, block outputs are sampled, single modules inside of blocks and what no test reads are
//! left out. Cases of training stay whole, with their configuration beside them. The same folders always give the same files.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};

use hummingbird_tests::golden::{SAMPLED_KEY, Sampling};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// What is kept of a complete golden file.
struct Case {
    name: &'static str,
    /// Values kept of each block's output.
    block_values: usize,
    /// Values kept of each other tensor.
    values: usize,
    /// Tensors that no test reads, by name or, from a dot on, by the end of their name.
    leave_out: &'static [&'static str],
    /// Tensors that are sampled like the outputs of blocks, by the end of their name.
    sampled: &'static [&'static str],
    /// Whether the file is kept as it is.
    is_whole: bool,
}

const ALL: usize = usize::MAX;
const SOME: usize = 512;

const fn case(name: &'static str) -> Case {
    Case { name, block_values: SOME, values: ALL, leave_out: &[], sampled: &[], is_whole: false }
}

/// A run of a sampler on a tiny network: what goes in is whole, the clean estimate of each step is a sample.
const fn trajectory(name: &'static str, leave_out: &'static [&'static str]) -> Case {
    Case { leave_out, sampled: &[".denoised", ".pred_x0"], ..case(name) }
}

const fn whole(name: &'static str) -> Case {
    Case { is_whole: true, ..case(name) }
}

/// Scores and their gradient: what goes in is whole, of large results there is a sample.
const fn reward(name: &'static str) -> Case {
    Case { block_values: 8192, sampled: &["pixels", "decoded", "grad_frames"], ..case(name) }
}

const TURBO_LEAVES: &[&str] = &[".timestep", ".input", ".model_output", ".latents", "w_embedding"];
const DDIM_LEAVES: &[&str] = &[".timestep", ".e_cond", ".e_uncond", ".noise", ".x_prev", "fps"];

const END_TO_END_LEAVES: &[&str] = &[".timestep", ".input", ".model_output", ".latents", "w_embedding", "decoded"];

const CASES: [Case; 21] = [
    Case { block_values: ALL, ..case("unet_nano") },
    case("unet_nano09"),
    case("unet_07b"),
    case("unet_07b_1f"),
    case("unet_07b_26f"),
    case("unet_07b_b2"),
    case("unet_07b_plain"),
    case("unet_07b_nofps"),
    case("unet_09b"),
    case("unet_vc2"),
    Case { leave_out: &["moments", "std", "scaled_latent"], ..case("vae_encode") },
    case("vae_decode_detail"),
    Case { values: 16_384, ..case("vae_decode_5f") }, // Whole latents, a sample of the 122,880 values of the frames.
    Case { leave_out: &["embedded", "out_if_layer_last"], ..case("text") },
    case("eps_sensitive"),
    trajectory("turbo_07b_1step", TURBO_LEAVES),
    trajectory("turbo_07b_4step", TURBO_LEAVES),
    trajectory("turbo_09b_4step", TURBO_LEAVES),
    trajectory("ddim_vc2_10step_eta0", DDIM_LEAVES),
    case("cpu_randn"),
    trajectory("e2e_07b_4step", END_TO_END_LEAVES),
];

/// Cases of training, some of them as they are: of the JSON beside them what the command and its comparison need.
const TRAINING_CASES: [Case; 7] = [
    whole("distil_step"),
    whole("distil_trace"),
    whole("consistency_step"),
    reward("reward_image"),
    reward("reward_latent"),
    reward("reward_video"),
    reward("reward_video_viclip"),
];
const LEFT_OUT_KEYS: [&str; 10] = [
    "tensors",
    "f32_vs_f64",
    "all_gradient_norms",
    "all_gradient_norms_f64_max_rel",
    "loss_rel_diff_f64",
    "student_manifest",
    "teacher_manifest",
    "lora_manifest",
    "manifest",
    "vae_manifest",
];

fn main() -> Result<(), Box<dyn Error>> {
    let from: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden");
    for (case, to) in CASES.iter().map(|case| (case, to.clone())).chain(training(&to)) {
        let file = format!("{}.safetensors", case.name);
        let complete = from.iter().map(|folder| folder.join(&file)).find(|path| path.is_file());
        let complete = complete.ok_or(format!("no folder that was named has {file}"))?;
        std::fs::create_dir_all(&to)?;
        let bytes = std::fs::read(&complete)?;
        let kept = if case.is_whole { bytes } else { reduced(case, &SafeTensors::deserialize(&bytes)?)? };
        std::fs::write(to.join(&file), kept)?;
        if TRAINING_CASES.iter().any(|it| it.name == case.name) {
            let mut json: BTreeMap<String, serde_json::Value> =
                serde_json::from_slice(&std::fs::read(complete.with_extension("json"))?)?;
            json.retain(|key, _| !LEFT_OUT_KEYS.contains(&key.as_str()));
            std::fs::write(to.join(format!("{}.json", case.name)), serde_json::to_string_pretty(&json)? + "\n")?;
        }
    }
    Ok(())
}

fn training(to: &Path) -> impl Iterator<Item = (&'static Case, PathBuf)> {
    TRAINING_CASES.iter().map(|case| (case, to.join("training")))
}

fn reduced(case: &Case, complete: &SafeTensors<'_>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut sampled = BTreeMap::new();
    let mut kept = Vec::new();
    for (name, view) in complete.tensors() {
        // The embeddings before they are summed, and the result once more, are shown by no block of ours.
        let unseen = ["act.out", "act.time_cond_proj", "act.time_embed", "act.fps_embedding"];
        if name.starts_with("detail.") || unseen.contains(&&*name) || ends_as(&name, case.leave_out) {
            continue;
        }
        let is_block = name.starts_with("act.") || ends_as(&name, case.sampled);
        let limit = if is_block { case.block_values } else { case.values };
        let (dtype, data) = narrowed(&view);
        let stride = stride(view.shape().iter().product(), limit);
        if stride == 1 {
            kept.push((name, dtype, view.shape().to_vec(), data));
        } else {
            let values: Vec<u8> = data.chunks_exact(4).step_by(stride).flatten().copied().collect();
            sampled.insert(name.clone(), Sampling { shape: view.shape().to_vec(), stride });
            kept.push((name, dtype, vec![values.len() / 4], values));
        }
    }
    let views: Vec<_> = kept
        .iter()
        .map(|(name, dtype, shape, data)| Ok((name, TensorView::new(*dtype, shape.clone(), data)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()?;
    let metadata = HashMap::from([(SAMPLED_KEY.to_owned(), serde_json::to_string(&sampled)?)]);
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// Whether `name` is one of `listed`, or ends with one that begins with a dot.
fn ends_as(name: &str, listed: &[&str]) -> bool {
    listed.iter().any(|&it| name == it || (it.starts_with('.') && name.ends_with(it)))
}

/// f64 as f32; everything else as it is.
fn narrowed(view: &TensorView<'_>) -> (Dtype, Vec<u8>) {
    if view.dtype() != Dtype::F64 {
        return (view.dtype(), view.data().to_vec());
    }
    let values = view.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32);
    (Dtype::F32, values.flat_map(f32::to_le_bytes).collect())
}

/// The smallest step that leaves at most `limit` of `length` values and shares no factor with `length`, so that the sample
/// meets all channels, frames, rows and columns.
fn stride(length: usize, limit: usize) -> usize {
    let divides_both = |stride: usize, factor| stride.is_multiple_of(factor) && length.is_multiple_of(factor);
    let shares_factor = |stride| (2..=stride).any(|factor| divides_both(stride, factor));
    let mut stride = length.div_ceil(limit).max(1);
    while shares_factor(stride) {
        stride += 1;
    }
    stride
}
