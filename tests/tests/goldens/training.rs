//! The stages of training give what the reference computed, gradients and updates included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_engine::forward::{Output, OutputValues, StageFiles, TrainingStage, forward_training};
use hummingbird_engine::nn::adapter::{at_most, is_factor};
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamLoader, ParamSource, RegisteredParam};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::training::prune::params_of;
use hummingbird_engine::weights::{Checkpoint, ReferenceConfig, WeightPrecision, write_tensors};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::unet::{nano, tiny_07b, tiny_vc2};

/// The student of stage 1, which takes no guidance.
fn student() -> UNetConfig {
    UNetConfig { time_cond_proj_dim: None, ..tiny_07b() }
}

fn nano_student() -> UNetConfig {
    UNetConfig { time_cond_proj_dim: None, ..nano() }
}

fn nano_teacher() -> UNetConfig {
    UNetConfig { num_res_blocks: 2, middle_block: true, ..nano_student() }
}

/// A file of the parameters of these names, with the values of the rule.
fn rule_file(folder: &TempDir, name: &str, params: Vec<RegisteredParam>) -> Checkpoint {
    let path = folder.path().join(format!("{name}.safetensors"));
    let tensor = |param: RegisteredParam| {
        let RegisteredParam { name, shape, .. } = param;
        let values = RuleWeights.values(&name, &shape, Init::Zeros).expect("the rule has every name");
        NamedTensor { name, shape, values }
    };
    let tensors: Vec<NamedTensor> = params.into_iter().map(tensor).collect();
    write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("the folder is there");
    Checkpoint::open(&path).expect("it was written just now")
}

fn network(folder: &TempDir, name: &str, config: &UNetConfig) -> Checkpoint {
    rule_file(folder, name, params_of(config).expect("names need no file"))
}

fn branches(folder: &TempDir, config: &UNetConfig, rank: usize) -> Checkpoint {
    let ranks = at_most(rank);
    let loader = ParamLoader::names_only().with_adapters(&ranks);
    UNet::init(config, &loader.path(UNET_PREFIX)).expect("names need no file");
    let registry = loader.into_registry();
    let factors = registry.params().into_iter().filter(|param| is_factor(&param.name)).cloned();
    rule_file(folder, "lora", factors.collect())
}

fn data(case: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/training/{case}.{ending}"))
}

/// A limit as a share of the wanted tensor's largest magnitude (NOTES, "Tolerances"): f32 differs from f64 by a tenth of it, and the
/// smallest mistake that is known shows as several times as much.
fn limit(case: &str, name: &str) -> f32 {
    let is_second = case == "consistency_step";
    const BEFORE_GUIDANCE: [&str; 5] = ["x_t", "eps_student", "eps_cond", "eps_uncond", "w_embedding"];
    const TABLES: [&str; 5] = ["c_skip_start", "c_out_start", "c_skip", "c_out", "alpha_prev"];
    if name.starts_with("grad") {
        if is_second { 1e-3 } else { 1e-4 }
    } else if is_second && !BEFORE_GUIDANCE.contains(&name) && !TABLES.contains(&name) {
        1e-4
    } else {
        2e-5
    }
}

/// A stage on files of the rule's weights, with this configuration and these inputs.
struct Bench {
    folder: TempDir,
    checkpoint: Checkpoint,
    teacher: Checkpoint,
    lora: Option<Checkpoint>,
}

impl Bench {
    fn new(student: &UNetConfig, teacher: &UNetConfig, rank: Option<usize>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let checkpoint = network(&folder, "student", student);
        let teacher = network(&folder, "teacher", teacher);
        let lora = rank.map(|rank| branches(&folder, student, rank));
        Self { folder, checkpoint, teacher, lora }
    }

    fn run(&self, stage: TrainingStage, config: &ReferenceConfig, inputs: &Checkpoint, device: &Device) -> Vec<Output> {
        let files = StageFiles {
            checkpoint: &self.checkpoint,
            teacher: Some(&self.teacher),
            lora: self.lora.as_ref(),
            vae: None,
            config: (Path::new("config.json"), config),
            inputs: Some(inputs),
        };
        forward_training(stage, &files, device).expect("the case is whole")
    }
}

/// Runs a case and compares all of its outputs.
fn check(
    case: &str,
    stage: TrainingStage,
    student: &UNetConfig,
    teacher: &UNetConfig,
    rank: Option<usize>,
    device: &Device,
) {
    let inputs = Checkpoint::open(&data(case, "safetensors")).expect("the golden is there");
    let config = ReferenceConfig::read(&data(case, "json")).expect("the golden is there");
    let outputs = Bench::new(student, teacher, rank).run(stage, &config, &inputs, device);
    compare(case, &config, &outputs);
}

fn compare(case: &str, config: &ReferenceConfig, outputs: &[Output]) {
    let golden = GoldenFile::read(&format!("training/{case}"));
    let names = |key: &str| -> BTreeSet<String> {
        let list = config.value(key).and_then(|list| list.as_array()).expect("the case lists its tensors");
        list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    let found: BTreeSet<String> = outputs.iter().map(|output| output.name.clone()).collect();
    assert_eq!(found, names("outputs"), "{case}");
    let mut complaints = Vec::new();
    let mut closest = (0.0_f32, String::new());
    for Output { name, shape, values } in outputs {
        let wanted = golden.get(name);
        assert_eq!(*shape, wanted.sampling.shape, "{case}: {name}");
        let values = match values {
            OutputValues::Floats(values) => values.clone(),
            OutputValues::Wholes(values) => {
                let wanted: Vec<i64> = wanted.values.iter().map(|&value| value as i64).collect();
                assert_eq!(*values, wanted, "{case}: {name}");
                continue;
            }
            OutputValues::Bytes(_) => panic!("{case}: {name} are bytes, which no stage of training makes"),
            OutputValues::Stored(_) => panic!("{case}: {name} was not computed"),
        };
        let largest = wanted.values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let limit = if name.starts_with("final.") { 2e-5 } else { limit(case, name) * largest };
        let off = |(found, wanted): (&f32, &f32)| {
            let off = (found - wanted).abs();
            if off.is_finite() { off } else { f32::INFINITY }
        };
        let off = values.iter().zip(&wanted.values).map(off).fold(0.0, f32::max);
        if off > limit {
            complaints.push(format!("{name} is off by {off:.1e}, limit {limit:.1e}, largest value {largest:.1e}"));
        }
        if off / limit > closest.0 {
            closest = (off / limit, name.clone());
        }
    }
    assert!(complaints.is_empty(), "{case}:\n{}", complaints.join("\n"));
    // Shown with --nocapture.
    eprintln!("{case}: {} is nearest to its limit, {:.0}% of it", closest.1, 100.0 * closest.0);
}

#[test]
fn a_distillation_step_on_the_cpu() {
    check("distil_step", TrainingStage::DistilStep, &student(), &tiny_vc2(), None, &cpu());
}

#[test]
fn twenty_distillation_updates_on_the_cpu() {
    check("distil_trace", TrainingStage::DistilTrace, &nano_student(), &nano_teacher(), None, &cpu());
}

#[test]
fn a_consistency_step_on_the_cpu() {
    check("consistency_step", TrainingStage::ConsistencyStep, &tiny_07b(), &tiny_vc2(), Some(8), &cpu());
}

#[test]
fn stages_of_training_on_the_gpu() {
    if let Some(gpu) = gpu("training::stages_of_training_on_the_gpu") {
        check("distil_step", TrainingStage::DistilStep, &student(), &tiny_vc2(), None, &gpu);
        check("distil_trace", TrainingStage::DistilTrace, &nano_student(), &nano_teacher(), None, &gpu);
        check("consistency_step", TrainingStage::ConsistencyStep, &tiny_07b(), &tiny_vc2(), Some(8), &gpu);
    }
}

/// The golden trace with other settings of its optimiser.
fn trace(bench: &Bench, change: impl FnOnce(&mut Value)) -> Vec<Output> {
    let inputs = Checkpoint::open(&data("distil_trace", "safetensors")).expect("the golden is there");
    let text = std::fs::read_to_string(data("distil_trace", "json")).expect("the golden is there");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut config["optimizer"]);
    let config = ReferenceConfig::from_json(&config.to_string()).expect("JSON");
    bench.run(TrainingStage::DistilTrace, &config, &inputs, &cpu())
}

fn floats<'a>(outputs: &'a [Output], name: &str) -> &'a [f32] {
    match outputs.iter().find(|output| output.name == name).map(|output| &output.values) {
        Some(OutputValues::Floats(values)) => values,
        other => panic!("{name} is {other:?}"),
    }
}

/// Micro-batches that are accumulated are the leading axis in its order, and a rate that falls to nothing ends the updates.
#[test]
fn accumulation_and_falling_rates_follow_the_contract() {
    let bench = Bench::new(&nano_student(), &nano_teacher(), None);
    let still = trace(&bench, |optimizer| optimizer["lr"] = json!(0.0));
    let pairs = trace(&bench, |optimizer| {
        optimizer["lr"] = json!(0.0);
        optimizer["steps"] = json!(10);
        optimizer["accumulate"] = json!(2);
    });
    let wanted = floats(&still, "losses").chunks_exact(2).map(|pair| f32::midpoint(pair[0], pair[1]));
    let found = floats(&pairs, "losses");
    assert!(
        found.len() == 10 && wanted.zip(found).all(|(wanted, found)| (wanted - found).abs() < 1e-5 * wanted),
        "{found:?}"
    );
    // The gradient of a mean is shorter than the mean of the gradients' lengths, and longer than half of the longer one.
    for (pair, norm) in floats(&still, "grad_norms").chunks_exact(2).zip(floats(&pairs, "grad_norms")) {
        assert!(*norm <= f32::midpoint(pair[0], pair[1]) && *norm > 0.0, "{norm} of {pair:?}");
    }
    let whole = trace(&bench, |_| ());
    let ended = trace(&bench, |optimizer| {
        optimizer["lr_step_size"] = json!(3);
        optimizer["lr_gamma"] = json!(0.0);
    });
    let (whole, ended) = (floats(&whole, "losses"), floats(&ended, "losses"));
    assert_eq!(whole[..4], ended[..4], "three updates at the full rate");
    assert!(whole[4..].iter().zip(&ended[4..]).all(|(whole, ended)| whole != ended), "no update after them");
}

/// A configuration of stage 1 or 2 with these networks.
fn config_of(student: &UNetConfig, teacher: &UNetConfig, grads: &[&str]) -> ReferenceConfig {
    let section = |unet: &UNetConfig| {
        json!({
            "target": if unet.middle_block { "openaimodel3d.UNetModel" } else { "openaimodel3d_t2v_jun_07B.UNetModel" },
            "params": {
                "in_channels": unet.in_channels, "out_channels": unet.out_channels, "model_channels": unet.model_channels,
                "num_res_blocks": unet.num_res_blocks, "num_head_channels": unet.num_head_channels,
                "context_dim": unet.context_dim, "channel_mult": unet.channel_mult, "fps_cond": unet.fps_cond,
                "attention_resolutions": unet.attention_resolutions, "time_cond_proj_dim": unet.time_cond_proj_dim,
            },
        })
    };
    let config = json!({
        "unet_config": section(student), "teacher_unet_config": section(teacher), "grads": grads,
        "guidance": 7.5, "base_scale": 0.6,
        "huber_c": 0.01, "fps": 12, "ddim_steps": 25, "timestep_scaling": 5.0, "sigma_data": 0.4,
    });
    ReferenceConfig::from_json(&config.to_string()).expect("JSON")
}

fn inputs(folder: &TempDir, context_dim: usize, latent: [usize; 5]) -> Checkpoint {
    let [batch, ..] = latent;
    let noise = |name: &str, shape: &[usize]| {
        // Not those of any weight, and with the deviation of a latent.
        let values =
            RuleWeights.values(name, &[shape.iter().product(), 1], Init::Zeros).expect("the rule has every name");
        NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values }
    };
    let row = |name: &str, values: &[f32]| NamedTensor {
        name: name.to_owned(),
        shape: vec![batch],
        values: values[..batch].to_vec(),
    };
    let tensors = [
        noise("x_start", &latent),
        noise("latents", &latent),
        noise("noise", &latent),
        noise("context", &[batch, 77, context_dim]),
        noise("uncond_context", &[1, 77, context_dim]),
        row("timesteps", &[600.0, 3.0]),
        row("fps", &[24.0, 7.0]),
        row("index", &[24.0, 0.0]),
        row("w", &[6.5, 14.0]),
    ];
    let path = folder.path().join("inputs.safetensors");
    write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("the folder is there");
    Checkpoint::open(&path).expect("it was written just now")
}

/// Networks of sizes that no golden has: a middle block, one or three residual blocks, portrait, one clip or two, ranks above the
/// widths. The loss changes along each gradient as the gradient says.
#[test]
fn gradients_at_other_sizes_agree_with_finite_differences() {
    let small = UNetConfig {
        middle_block: true,
        time_cond_proj_dim: None,
        model_channels: 64,
        num_head_channels: 32,
        context_dim: 20,
        channel_mult: vec![1, 1, 2],
        attention_resolutions: vec![1, 4],
        ..nano()
    };
    let large = UNetConfig { num_res_blocks: 3, ..small.clone() };
    let name = |place: &str| format!("{UNET_PREFIX}.{place}");
    let first = ["middle_block.1.transformer_blocks.0.ff.net.0.proj.weight", "input_blocks.1.0.emb_layers.1.weight"];
    let first = first.map(name);
    let layer = "output_blocks.4.0.temopral_conv.conv3.3";
    let second = [
        format!("{layer}.lora_up.weight"),
        format!("{layer}.lora_down.weight"),
        "time_cond_proj.lora_down.weight".to_owned(),
    ];
    let second = second.map(|place| name(&place));
    let with_guidance = UNetConfig { time_cond_proj_dim: Some(40), middle_block: false, ..small.clone() };
    let cases = [
        (TrainingStage::DistilStep, &small, None, &first[..], [1, 4, 2, 12, 8]),
        (TrainingStage::ConsistencyStep, &with_guidance, Some(96), &second[..2], [2, 4, 1, 4, 8]),
        (TrainingStage::ConsistencyStep, &with_guidance, Some(3), &second[2..], [1, 4, 3, 8, 4]),
    ];
    for (stage, student, rank, names, latent) in cases {
        let mut bench = Bench::new(student, &large, rank);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // In stage 2 the target moves with the student, without a gradient: it is not to be seen from the loss of a moved student.
        let config = config_of(student, &large, &names);
        let inputs = inputs(&bench.folder, student.context_dim, latent);
        let outputs = bench.run(stage, &config, &inputs, &cpu());
        let target = floats(&outputs, "target").to_vec();
        for name in names {
            let gradient = floats(&outputs, &format!("grad.{name}")).to_vec();
            let square: f64 = gradient.iter().map(|value| f64::from(*value).powi(2)).sum();
            assert!(square > 0.0, "{stage:?}: {name} has no gradient");
            // So far that the loss changes by 2e-3 of itself.
            let loss = f64::from(floats(&outputs, "loss")[0]);
            let step = 1e-3 * loss / square;
            let mut moved = |sign: f64| {
                bench.move_along(name, &gradient, sign * step);
                let outputs = bench.run(stage, &config, &inputs, &cpu());
                distance(stage, floats(&outputs, "prediction"), &target)
            };
            let (ahead, behind) = (moved(1.0), moved(-1.0));
            let slope = (ahead - behind) / (2.0 * step);
            assert!((slope / square - 1.0).abs() < 0.01, "{stage:?}: {name} has the slope {slope}, not {square}");
            bench.move_along(name, &gradient, 0.0);
        }
    }
}

/// The loss of a prediction, in f64.
fn distance(stage: TrainingStage, prediction: &[f32], target: &[f32]) -> f64 {
    let off = prediction.iter().zip(target).map(|(a, b)| f64::from(*a) - f64::from(*b));
    let of_one = |off: f64| match stage {
        TrainingStage::ConsistencyStep => (off * off + 1e-4).sqrt() - 1e-2,
        _ => off * off,
    };
    off.map(of_one).sum::<f64>() / target.len() as f64
}

impl Bench {
    /// Adds `step` times `direction` to the rule's values of a parameter.
    fn move_along(&mut self, name: &str, direction: &[f32], step: f64) {
        let is_branch = is_factor(name);
        let file = if is_branch { self.lora.as_ref().expect("branches have a file") } else { &self.checkpoint };
        let tensors: Vec<NamedTensor> = file
            .contents()
            .tensors
            .iter()
            .map(|tensor| {
                let mut values =
                    RuleWeights.values(tensor.name(), tensor.shape(), Init::Zeros).expect("the rule has every name");
                if tensor.name() == name {
                    values.iter_mut().zip(direction).for_each(|(value, way)| *value += (step * f64::from(*way)) as f32);
                }
                NamedTensor { name: tensor.name().to_owned(), shape: tensor.shape().to_vec(), values }
            })
            .collect();
        let path = self.folder.path().join("moved.safetensors");
        write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("the folder is there");
        let moved = Checkpoint::open(&path).expect("it was written just now");
        if is_branch {
            self.lora = Some(moved);
        } else {
            self.checkpoint = moved;
        }
    }
}
