//! What files say about themselves is shown by the built program and obeyed by no terminal.

use std::fs;

use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::weights::{WeightPrecision, write_tensors};
use serde_json::Value;

use super::program::{Program, Run, tiny_model, tiny_model_described};

/// A title, a colour, a cleared screen in one character, a turned direction, and a line that looks like another.
const EVIL: &str = "Tiny\x1b]0;PWNED\x07\x1b[31m red\u{9b}2J\u{202e}\rlicence          free\nlicence          free";

/// Checks that nothing was written that a terminal would obey, and that the name was shown at all.
fn check_clean(name: &str, out: &Run, shown: &str) {
    let text = format!("{}{}", out.stdout, out.stderr);
    let obeyed =
        |letter: char| letter != '\n' && (letter.is_control() || matches!(letter, '\u{61c}' | '\u{202e}' | '\u{2066}'));
    if let Some(letter) = text.chars().find(|&letter| obeyed(letter)) {
        panic!("{name} wrote {letter:?} as it is:\n{text:?}");
    }
    assert!(!text.lines().any(|line| line.starts_with("licence          free")), "{name} was taken in:\n{text}");
    assert!(text.contains(shown), "{name}: {shown:?} is missing in\n{text}");
}

#[test]
fn names_and_licences_of_files_are_escaped_wherever_they_are_printed() {
    let program = Program::new();
    let evil = |description: &mut hummingbird_engine::model::ModelDescription| {
        description.name = EVIL.to_owned();
        description.licence = format!("MIT\x1b[2J{EVIL}");
        description.provenance.notes = EVIL.to_owned();
        description.provenance.command = EVIL.to_owned();
    };
    tiny_model_described(&program.path("evil.safetensors"), evil);
    let escaped = "Tiny\\u{1b}]0;PWNED\\u{7}\\u{1b}[31m red\\u{9b}2J\\u{202e}\\rlicence          free\\nlicence";
    let cases: [&[&str]; 4] = [
        &["models", "info", "evil.safetensors"],
        &["models", "convert", "evil.safetensors", "-o", "converted.safetensors"],
        &["bench", "-m", "evil.safetensors", "--device", "cpu", "--only", "linear, text"],
        &["bench", "-m", "evil.safetensors", "--device", "cpu", "--only", "linear, text", "--quiet"],
    ];
    for args in cases {
        let out = program.run(args);
        out.check(&args.join(" "), 0, "");
        check_clean(&args.join(" "), &out, escaped);
    }
    let info = program.run(&["models", "info", "evil.safetensors"]);
    assert_eq!(info.stdout.lines().filter(|line| line.starts_with("licence")).count(), 1, "{}", info.stdout);

    // As JSON the name is whole again for who reads it, and still nothing that a terminal obeys.
    let out = program.run(&["models", "info", "evil.safetensors", "--json"]);
    check_clean("info --json", &out, "PWNED");
    let read: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(read["name"], EVIL);
    let args = ["generate", "a ball", "-m", "evil.safetensors", "--steps", "1", "--frames", "1", "--size", "32x32"];
    let out = program.run(&[&args[..], &["--device", "cpu", "--json", "-o", "clip.gif"]].concat());
    out.check("generate", 0, "");
    check_clean("generate --json", &out, "PWNED");
    let read: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(read["model"], EVIL);
}

#[cfg(target_os = "linux")]
#[test]
fn models_in_the_models_folder_and_their_catalogue_are_escaped() {
    let program = Program::new();
    fs::create_dir_all(program.model("")).expect("writable");
    tiny_model_described(&program.model("own.safetensors"), |description| description.name = EVIL.to_owned());
    // The catalogue takes no control characters, but what turns the direction of writing.
    let turned = "PWNED\u{202e}\u{2066}gnp";
    let entry = |title: &str| {
        serde_json::json!({
            "id": "m", "title": title, "purpose": title, "repository": "me/m", "files": [{"path": "m.pt"}],
            "licence": {"name": title, "url": "https://example.org/licence"}
        })
    };
    let write = |catalogue: Value| fs::write(program.model("catalogue.json"), catalogue.to_string()).expect("writable");
    write(serde_json::json!({"models": [entry(turned)]}));
    let list = program.run(&["models", "list"]);
    list.check("models list", 0, "");
    check_clean("models list", &list, "PWNED\\u{202e}\\u{2066}gnp");
    let rows = list.stdout.lines().filter(|line| line.contains("PWNED")).count();
    assert_eq!(rows, 2, "one row for each of the two:\n{}", list.stdout);
    let get = program.run(&["models", "get", "m"]);
    get.check("models get", 2, "PWNED");
    check_clean("models get", &get, "PWNED\\u{202e}\\u{2066}gnp");
    write(serde_json::json!({"models": [{"id": "m", EVIL: 1}]}));
    let list = program.run(&["models", "list"]);
    list.check("a bad catalogue", 0, "warning: ");
    check_clean("a bad catalogue", &list, "unknown field");

    let name = "re\u{61c}d.safetensors";
    fs::write(program.model(name), "no model").expect("writable");
    for args in [&["models", "list"][..], &["models", "verify"], &["models", "remove", name, "--yes"]] {
        check_clean(&args.join(" "), &program.run(args), "re\\u{61c}d");
    }
    let out = program.run(&["models", "remove", "\x1b[31mred.safetensors", "--yes"]);
    out.check("a name that is none", 2, "[31mred.safetensors");
    check_clean("a name that is none", &out, "[31mred.safetensors");
}

#[test]
fn loras_tensors_and_errors_are_escaped() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    let tensor = |name: String, shape: [usize; 2]| NamedTensor {
        name,
        shape: shape.to_vec(),
        values: vec![0.5; shape.iter().product()],
    };
    let lora = |layer: &str| {
        [tensor(format!("{layer}.lora_up.weight"), [64, 2]), tensor(format!("{layer}.lora_down.weight"), [2, 64])]
    };
    let good = "lora_te_text_model_encoder_layers_0_self_attn_q_proj";
    let tensors = [lora(good), lora(&format!("lora_unet_{EVIL}"))].concat();
    write_tensors(&program.path("a\x1b[31mb.safetensors"), &[], &tensors, WeightPrecision::F32).expect("writable");
    let args = ["generate", "a ball", "-m", "tiny.safetensors", "--steps", "1", "--frames", "1", "--size", "32x32"];
    let out =
        program.run(&[&args[..], &["--device", "cpu", "--lora", "a\x1b[31mb.safetensors", "-o", "clip.gif"]].concat());
    check_clean("a LoRA", &out, "[31m");
    let args = ["models", "convert", "tiny.safetensors", "-o", "out.safetensors", "--lora", "a\x1b[31mb.safetensors"];
    check_clean("convert with a LoRA", &program.run(&args), "[31m");
    check_clean("info of a LoRA", &program.run(&["models", "info", "a\x1b[31mb.safetensors"]), "LoRA");
    // A tensor that no model has, a configuration, and arguments.
    let tensors = [tensor(EVIL.to_owned(), [2, 2])];
    write_tensors(&program.path("other.safetensors"), &[], &tensors, WeightPrecision::F32).expect("writable");
    check_clean("info of something else", &program.run(&["models", "info", "other.safetensors"]), "tensors");
    let out = program.run(&["generate", "a ball", "-m", "other.safetensors"]);
    out.check("something else", 1, "other.safetensors");
    check_clean("something else", &out, "other.safetensors");
    // TOML has the escapes of JSON.
    let evil = serde_json::to_string(EVIL).expect("a text");
    fs::write(program.path("nano.toml"), format!("[autoencoder]\n{evil} = 1\n")).expect("writable");
    let out = program.run(&["train", "nano", "nano.toml"]);
    out.check("a recipe", 2, "nano.toml");
    check_clean("a recipe", &out, "PWNED");
    for args in [&["generate", EVIL, EVIL][..], &["\x1b[31mpaint"], &["generate", "a ball", "--size", "\x1b[31m"]] {
        let out = program.run(args);
        assert_eq!(out.code, Some(2));
        check_clean("arguments", &out, "[31m");
    }
}
