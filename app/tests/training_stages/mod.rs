//! The built program's stages of training: what goes in and out of files, and what it says of files that do not fit.

use std::fs;

use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::params::{Init, NamedTensor, NoZeros, ParamSource};
use hummingbird_engine::training::prune::params_of;
use hummingbird_engine::weights::{Checkpoint, Dtype, WeightPrecision, write_tensors};
use serde_json::{Value, json};

use super::program::Program;

/// Two levels of 32 channels, with a middle block and two blocks a level.
fn teacher() -> UNetConfig {
    UNetConfig {
        model_channels: 32,
        num_head_channels: 16,
        context_dim: 24,
        channel_mult: vec![1, 2],
        attention_resolutions: vec![1],
        ..UNetConfig::videocrafter2()
    }
}

fn student() -> UNetConfig {
    UNetConfig { num_res_blocks: 1, middle_block: false, ..teacher() }
}

fn section(class: &str, config: &UNetConfig) -> Value {
    let params = json!({
        "in_channels": 4, "out_channels": 4, "model_channels": config.model_channels, "fps_cond": true,
        "num_res_blocks": config.num_res_blocks, "num_head_channels": config.num_head_channels,
        "context_dim": config.context_dim, "channel_mult": config.channel_mult, "use_linear": true,
        "attention_resolutions": config.attention_resolutions,
    });
    json!({ "target": format!("lvdm.modules.networks.{class}.UNetModel"), "params": params })
}

fn config() -> Value {
    json!({
        "unet_config": section("openaimodel3d_t2v_jun_07B", &student()),
        "teacher_unet_config": section("openaimodel3d", &teacher()),
        "guidance": 12.0,
        "base_scale": 0.7,
        "grads": ["model.diffusion_model.out.2.bias"],
        "note": "keys that no stage knows are passed over",
    })
}

fn network(program: &Program, name: &str, config: &UNetConfig, precision: WeightPrecision) {
    let tensor = |name: &str, shape: &[usize]| {
        let values = NoZeros.values(name, shape, Init::Zeros).expect("a rule");
        NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values }
    };
    let params = params_of(config).expect("names need no file");
    let mut tensors: Vec<NamedTensor> = params.iter().map(|param| tensor(&param.name, &param.shape)).collect();
    tensors.push(tensor("first_stage_model.post_quant_conv.bias", &[4]));
    write_tensors(&program.path(name), &[], &tensors, precision).expect("writable");
}

fn program() -> Program {
    let program = Program::new();
    network(&program, "teacher.safetensors", &teacher(), WeightPrecision::F16);
    network(&program, "student.safetensors", &student(), WeightPrecision::F32);
    write_config(&program, &config());
    program
}

fn write_config(program: &Program, config: &Value) {
    fs::write(program.path("config.json"), config.to_string()).expect("writable");
}

fn noise(name: &str, shape: &[usize]) -> NamedTensor {
    let values = NoZeros.values(name, &[shape.iter().product()], Init::Zeros).expect("a rule");
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values }
}

fn write_inputs(program: &Program, latent: &[usize], timesteps: [f32; 2]) {
    let row =
        |name: &str, values: [f32; 2]| NamedTensor { name: name.to_owned(), shape: vec![2], values: values.to_vec() };
    let tensors = [
        noise("x_start", latent),
        noise("noise", latent),
        noise("context", &[2, 77, 24]),
        noise("uncond_context", &[1, 77, 24]),
        row("timesteps", timesteps),
        row("fps", [8.0, 24.0]),
    ];
    write_tensors(&program.path("in.safetensors"), &[], &tensors, WeightPrecision::F32).expect("writable");
}

const DISTIL: [&str; 12] = [
    "forward",
    "distil-step",
    "--checkpoint",
    "student.safetensors",
    "--teacher",
    "teacher.safetensors",
    "--config",
    "config.json",
    "--device",
    "cpu",
    "-o",
    "out.safetensors",
];

#[test]
fn a_student_is_cut_out_of_its_teacher_bit_by_bit() {
    let program = program();
    let prune =
        ["forward", "prune", "--checkpoint", "teacher.safetensors", "--config", "config.json", "--device", "cpu"];
    let prune = [prune.as_slice(), &["-o", "student16.safetensors"]].concat();
    program.run(&prune).check("prune", 0, "");
    let of = |name: &str| Checkpoint::open(&program.path(name)).expect("it is there");
    let (student_file, teacher_file) = (of("student16.safetensors"), of("teacher.safetensors"));
    let names = params_of(&student()).expect("names need no file");
    assert_eq!(student_file.contents().tensors.len(), names.len() + 1, "the autoencoder comes along");
    for (name, source) in [
        (
            "model.diffusion_model.input_blocks.3.0.in_layers.2.weight",
            "model.diffusion_model.input_blocks.4.0.in_layers.2.weight",
        ),
        (
            "model.diffusion_model.output_blocks.3.2.proj_in.weight",
            "model.diffusion_model.output_blocks.5.2.proj_in.weight",
        ),
        (
            "model.diffusion_model.output_blocks.0.0.out_layers.0.bias",
            "model.diffusion_model.output_blocks.1.0.out_layers.0.bias",
        ),
        ("first_stage_model.post_quant_conv.bias", "first_stage_model.post_quant_conv.bias"),
    ] {
        let [found, wanted] = [(&student_file, name), (&teacher_file, source)].map(|(file, name)| {
            let tensor = file.tensor(name).unwrap_or_else(|| panic!("{name} is missing"));
            (tensor.dtype(), tensor.shape().to_vec(), file.raw(tensor).expect("readable"))
        });
        assert!(found == wanted, "{name} is not {source}");
        assert_eq!(found.0, Dtype::F16, "16 bits stay 16 bits");
    }
    // The student can be run at once.
    write_inputs(&program, &[2, 4, 2, 4, 6], [0.0, 999.0]);
    let mut step = DISTIL;
    step[3] = "student16.safetensors";
    program.run(&[step.as_slice(), &["--inputs", "in.safetensors"]].concat()).check("a step", 0, "");
    let out = of("out.safetensors");
    for name in ["x_noisy", "target", "prediction", "loss", "grad_norm", "grad.model.diffusion_model.out.2.bias"] {
        let tensor = out.tensor(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(out.floats(tensor).expect("numbers").iter().any(|&value| value != 0.0), "{name} is zero");
    }
}

#[test]
fn what_does_not_fit_is_named_and_nothing_is_written() {
    let program = program();
    let inputs = ["--inputs", "in.safetensors"];
    let latent = [2, 4, 2, 4, 6];
    let fails = |what: &str, words: &str| {
        let run = program.run(&[DISTIL.as_slice(), &inputs].concat());
        run.check(what, 1, words);
        assert!(!program.path("out.safetensors").exists(), "{what}: something was written");
    };
    write_inputs(&program, &latent, [0.0, 1000.0]);
    fails("a timestep too large", "\"timesteps\" holds 1000");
    write_inputs(&program, &latent, [0.0, 3.5]);
    fails("a timestep between two", "\"timesteps\" holds 3.5");
    write_inputs(&program, &[2, 4, 2, 4, 5], [0.0, 1.0]);
    fails("an odd width", "multiples of 2");
    write_inputs(&program, &[2, 3, 2, 4, 6], [0.0, 1.0]);
    fails("three channels", "\"x_start\"");
    write_inputs(&program, &latent, [0.0, 1.0]);
    let with = |key: &str, value: Value| {
        let mut config = config();
        config[key] = value;
        write_config(&program, &config);
    };
    with("grads", json!(["model.diffusion_model.out.9.bias"]));
    fails("a gradient of nothing", "out.9.bias");
    with("grads", json!("all"));
    fails("gradients that are no list", "grads is \"all\"");
    with("guidance", json!("strong"));
    fails("a word for a number", "guidance is \"strong\"");
    with("base_scale", json!(0));
    fails("a scale of nothing", "base_scale is 0");
    with("teacher_unet_config", section("openaimodel3d", &UNetConfig { context_dim: 32, ..teacher() }));
    fails("another text", "context_dim");
    let mut lacking = config();
    lacking.as_object_mut().expect("an object").remove("guidance");
    write_config(&program, &lacking);
    fails("no guidance", "lacks guidance");
    let trace = |optimizer: Value, words: &str| {
        with("optimizer", optimizer);
        let mut trace = DISTIL;
        trace[1] = "distil-trace";
        program.run(&[trace.as_slice(), &inputs].concat()).check(words, 1, words);
    };
    trace(json!({"steps": 1, "weight_deacy": 0.1}), "weight_deacy");
    trace(json!({"steps": 0}), "optimizer.betas");
    write_config(&program, &config());
    let without_teacher = [&DISTIL[..4], &DISTIL[6..], &inputs].concat();
    program.run(&without_teacher).check("no teacher", 1, "--teacher");
    program.run(&DISTIL).check("no inputs", 1, "--inputs");
    let mut consistency = DISTIL;
    consistency[1] = "consistency-step";
    program.run(&[consistency.as_slice(), &inputs].concat()).check("no guidance embedding", 1, "time_cond_proj_dim");
}
