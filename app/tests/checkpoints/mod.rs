//! The built program on checkpoints: what they are, converted, changed by a LoRA, and run stage by stage.

use std::fs;

use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use serde_json::Value;

use super::program::{Program, tiny_model};

fn program() -> Program {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    program
}

fn tensor(name: &str, shape: &[usize], value: impl Fn(usize) -> f32) -> NamedTensor {
    let count = shape.iter().product();
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values: (0..count).map(value).collect() }
}

/// A LoRA in the spelling of kohya's trainers that changes one layer.
fn lora(program: &Program, name: &str) {
    // The last layer: an untrained one is zero and hides all that came before.
    let layer = "lora_unet_out_2";
    let tensors = [
        tensor(&format!("{layer}.lora_up.weight"), &[8, 2, 1, 1], |index| (index % 7) as f32 - 3.0),
        tensor(&format!("{layer}.lora_down.weight"), &[2, 16, 3, 3], |index| 0.1 * ((index % 5) as f32 - 2.0)),
        tensor(&format!("{layer}.alpha"), &[], |_| 2.0),
    ];
    write_tensors(&program.path(name), &[], &tensors, WeightPrecision::F32).expect("writable");
}

const SMALL: [&str; 11] =
    ["--steps", "2", "--frames", "2", "--size", "32x32", "--device", "cpu", "--seed", "3", "--no-metadata"];

fn clip(program: &Program, model: &str, more: &[&str], output: &str) -> Vec<u8> {
    let args = [&["generate", "a ball", "-m", model, "-o", output], SMALL.as_slice(), more].concat();
    program.run(&args).check(&args.join(" "), 0, "");
    fs::read(program.path(output)).expect("it was written")
}

#[test]
fn a_model_is_converted_and_gives_nearly_the_same_clip() {
    let program = program();
    let before = clip(&program, "tiny.safetensors", &[], "before.gif");
    // With 8 bits a third of the U-Net's values still take 16: 0.69 of the weights, and the header.
    for (precision, largest_share) in [("f32", 2.1), ("f16", 1.1), ("q8", 0.75)] {
        let output = format!("{precision}.safetensors");
        let args = ["models", "convert", "tiny.safetensors", "-o", &output, "--precision", precision, "--json"];
        let run = program.run(&args);
        run.check(precision, 0, "converting");
        let result: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let bytes = |name: &str| fs::metadata(program.path(name)).expect("it is there").len() as f64;
        let share = bytes(&output) / bytes("tiny.safetensors");
        assert!(share < largest_share, "{precision} takes {share} of the size");
        assert_eq!(result["precision"], precision);
        let after = clip(&program, &output, &[], &format!("{precision}.gif"));
        // The model is stored in 16 bits: these two lose nothing.
        assert_eq!(after == before, precision != "q8", "{precision}");
    }
    program.run(&["models", "convert", "tiny.safetensors", "-o", "f16.safetensors"]).check("taken", 1, "--force");
    program.run(&["models", "convert", "tiny.safetensors", "-o", "f16.pt"]).check("ending", 1, ".safetensors");
    let info = program.run(&["models", "info", "q8.safetensors"]);
    info.check("info", 0, "");
    for words in ["safetensors, state dict", "i8", "u-net", "converted from tiny.safetensors"] {
        assert!(info.stdout.contains(words), "{words:?} is missing in\n{}", info.stdout);
    }
}

#[test]
fn weights_are_used_where_they_lie_and_advice_on_memory_names_a_format_of_which_less_is_held() {
    let program = Program::new();
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/nano/nano.safetensors");
    let convert = |from: &str, to: &str, precision: &str| {
        program.run(&["models", "convert", from, "-o", to, "--precision", precision]).check(to, 0, "");
    };
    convert(nano, "q8.safetensors", "q8");
    let small = ["--steps", "1", "--frames", "1", "--size", "32x32", "--device", "cpu", "--force", "-o", "clip.gif"];
    let generate = |model: &str, limit: &str| {
        program.run(&[&["generate", "a red ball", "-m", model, "--memory-limit", limit], small.as_slice()].concat())
    };
    convert("q8.safetensors", "f16.safetensors", "f16");
    convert(nano, "f32.safetensors", "f32");
    for model in ["q8.safetensors", "f16.safetensors", "f32.safetensors"] {
        // Weights in memory of the program's own would take 7 MiB and more.
        generate(model, "5MiB").check(model, 0, "");
        let out = generate(model, "1KiB");
        out.check("a limit for nothing", 1, "");
        // The few weights that layers take in 16 bits at least are unpacked from 8. Of what is mapped already nothing is saved.
        let advised = out.stderr.contains("convert the model and its LoRAs to f16");
        assert_eq!(advised, model == "q8.safetensors", "{}", out.stderr);
    }
}

#[test]
fn a_lora_changes_the_clip_by_its_strength() {
    let program = program();
    lora(&program, "style.safetensors");
    let plain = clip(&program, "tiny.safetensors", &[], "plain.gif");
    let changed = clip(&program, "tiny.safetensors", &["--lora", "style.safetensors"], "changed.gif");
    assert!(plain != changed, "the LoRA changed nothing");
    let off = clip(&program, "tiny.safetensors", &["--lora", "style.safetensors=0"], "off.gif");
    assert!(plain == off, "a LoRA of strength 0 changed something");
    let halves = ["--lora", "style.safetensors=0.5", "--lora", "style.safetensors=0.5"];
    assert!(clip(&program, "tiny.safetensors", &halves, "halves.gif") == changed, "two halves are not a whole");
    let args = ["models", "convert", "tiny.safetensors", "-o", "merged.safetensors", "--precision", "f32"];
    program.run(&[&args[..], &["--lora", "style.safetensors"]].concat()).check("merge", 0, "style.safetensors");
    assert!(clip(&program, "merged.safetensors", &[], "merged.gif") == changed, "merging is not the same");

    let with =
        |lora: &'static str| [&["generate", "a ball", "-m", "tiny.safetensors", "--lora", lora], &SMALL[..]].concat();
    program.run(&with("style.safetensors=99")).check("too strong", 2, "choose -10 to 10");
    program.run(&with("none.safetensors")).check("missing", 1, "cannot open");
    program.run(&with("tiny.safetensors")).check("a model", 1, "choose a LoRA file");
    let info = program.run(&["models", "info", "style.safetensors"]);
    info.check("info of a LoRA", 0, "");
    assert!(info.stdout.contains("LoRA that changes 1 layers") && info.stdout.contains("--lora"), "{}", info.stdout);
}

#[test]
fn one_stage_runs_on_given_tensors() {
    let program = program();
    let mut ids = vec![49406.0, 320.0, 1481.0, 49407.0];
    ids.resize(77, 0.0);
    let tokens = tensor("tokens", &[1, 77], |index| ids[index]);
    write_tensors(&program.path("tokens.safetensors"), &[], &[tokens], WeightPrecision::F32).expect("writable");
    let forward = |stage: &'static str, inputs: &'static str, more: &[&'static str]| {
        let args = ["forward", stage, "--checkpoint", "tiny.safetensors", "--inputs", inputs, "-o", "out.safetensors"];
        program.run(&[&args[..], &["--device", "cpu"], more].concat())
    };
    forward("text", "tokens.safetensors", &[]).check("text", 0, "");
    let out = Checkpoint::open(&program.path("out.safetensors")).expect("it was written");
    assert_eq!(out.tensor("out").expect("the embedding").shape(), [1, 77, 64]);

    let noise = |index: usize| ((index * 37 % 101) as f32 - 50.0) / 40.0;
    let inputs = [
        tensor("latents", &[1, 8, 2, 8, 8], noise),
        tensor("context", &[1, 77, 64], noise),
        tensor("uncond", &[1, 77, 64], |index| noise(index + 5)),
        tensor("z", &[1, 8, 2, 8, 8], noise),
        tensor("image", &[1, 3, 32, 32], |index| noise(index).clamp(-1.0, 1.0)),
        tensor("step0.noise", &[1, 8, 2, 8, 8], noise),
        tensor("x", &[1, 8, 2, 8, 8], noise),
        tensor("timesteps", &[1], |_| 500.0),
    ];
    write_tensors(&program.path("in.safetensors"), &[], &inputs, WeightPrecision::F32).expect("writable");
    for (stage, more, names) in [
        ("unet", &[][..], &["out"][..]),
        ("vae-decode", &[], &["decoded"]),
        ("vae-encode", &[], &["mean", "logvar"]),
        ("sample", &["--sampler", "turbo", "--steps", "2"], &["step0.denoised", "step1.denoised", "result"]),
        (
            "sample",
            &["--sampler", "ddim", "--steps", "2", "--guidance", "3"],
            &["step0.x_prev", "step1.pred_x0", "result"],
        ),
    ] {
        let run = forward(stage, "in.safetensors", more);
        run.check(stage, 0, "");
        let out = Checkpoint::open(&program.path("out.safetensors")).expect("it was written");
        for name in names {
            assert!(out.tensor(name).is_some(), "{stage} lacks {name}:\n{}", run.stdout);
            assert!(run.stdout.contains(name), "{name} is not listed:\n{}", run.stdout);
        }
    }
    forward("text", "in.safetensors", &[]).check("no tokens", 1, "lacks the tensor \"tokens\"");
    let more = ["--sampler", "turbo", "--steps", "4"];
    forward("sample", "in.safetensors", &more).check("no noise", 1, "lacks the tensor \"step1.noise\"");
    fs::write(program.path("heads.yaml"), "unet_config:\n  params:\n    use_causal_attention: true\n")
        .expect("writable");
    forward("unet", "in.safetensors", &["--config", "heads.yaml"]).check("config", 1, "use_causal_attention");
}
