//! The built program and the names of files: bad ones are refused before anything is computed, and none is taken twice.

use std::fs;

use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::weights::{WeightPrecision, write_tensors};

use super::program::{Program, tiny_model};

const SMALL: [&str; 11] =
    ["generate", "a red ball", "-m", "tiny.safetensors", "--device", "cpu", "--steps", "2", "--frames", "2", "--force"];

fn program() -> Program {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    program
}

/// A name and its ending, so many bytes together.
fn of_length(bytes: usize, ending: &str) -> String {
    format!("{}{ending}", "x".repeat(bytes - ending.len()))
}

#[test]
fn bad_names_are_refused_before_a_clip_is_computed() {
    let program = program();
    fs::create_dir(program.path("folder.gif")).expect("writable");
    let before = program.files();
    let cases = [
        (of_length(256, ".gif"), "choose a shorter and simpler one"),
        (of_length(256, ".mp4"), "choose a shorter and simpler one"),
        // The numbers of frames make it too long.
        (of_length(252, ".png"), "choose a shorter and simpler one"),
        ("é".repeat(126) + ".gif", "choose a shorter and simpler one"),
        ("clip.gif/".to_owned(), "add a file name"),
        ("clip.gif/.".to_owned(), "add a file name"),
        ("folder.gif".to_owned(), "add a file name"),
        (String::new(), "--output"),
        (".gif".to_owned(), "choose a name that ends in"),
    ];
    for (name, words) in cases {
        let out = program.run(&[SMALL.as_slice(), &["-o", &name]].concat());
        out.check(&name, 2, words);
        assert!(!out.stderr.contains("computing"), "{name} was computed:\n{}", out.stderr);
    }
    assert_eq!(program.files(), before);
    let longest = of_length(255, ".gif");
    program.run(&[SMALL.as_slice(), &["--size", "32x32", "-o", &longest]].concat()).check("255 bytes", 0, "");
    assert!(program.path(&longest).is_file());
}

#[test]
fn bad_names_of_other_results_are_refused_before_they_are_computed() {
    let program = program();
    let ids: Vec<f32> = (0..77).map(|place| if place < 2 { 320.0 } else { 0.0 }).collect();
    let tokens = NamedTensor { name: "tokens".to_owned(), shape: vec![1, 77], values: ids };
    write_tensors(&program.path("tokens.safetensors"), &[], &[tokens], WeightPrecision::F32).expect("writable");
    fs::create_dir(program.path("folder.safetensors")).expect("writable");
    fs::write(program.path("file"), "mine").expect("writable");
    let before = program.files();
    let convert = ["models", "convert", "tiny.safetensors", "-o"];
    let forward = [
        "forward",
        "text",
        "--checkpoint",
        "tiny.safetensors",
        "--inputs",
        "tokens.safetensors",
        "--device",
        "cpu",
        "-o",
    ];
    let cases = [
        (of_length(256, ".safetensors"), 2, "choose a shorter and simpler one"),
        ("out.safetensors/".to_owned(), 2, "add a file name"),
        ("folder.safetensors".to_owned(), 2, "add a file name"),
        ("none/out.safetensors".to_owned(), 1, "the folder does not exist"),
        ("file/out.safetensors".to_owned(), 1, "not a folder"),
    ];
    for (name, code, words) in &cases {
        for args in [&convert[..], &forward] {
            let out = program.run(&[args, &[name]].concat());
            out.check(name, *code, words);
            for begun in ["computing", "converting"] {
                assert!(!out.stderr.contains(begun), "{name} was computed:\n{}", out.stderr);
            }
        }
    }
    for args in [&convert[..], &forward] {
        if cfg!(target_os = "linux") {
            // A folder that nobody, not even root, can write to.
            let out = program.run(&[args, &["/proc/out.safetensors"]].concat());
            out.check("an unwritable folder", 1, "/proc");
            assert!(!out.stderr.contains("comput") && !out.stderr.contains("converting"), "{}", out.stderr);
        }
    }
    let sheet = ["eval", "nano", "-m", "tiny.safetensors", "--device", "cpu", "--sheet"];
    let model_out = ["train", "nano", "--stage", "turbo", "--set", "folder=run", "--set"];
    let model_name = |name: String| format!("output={name}");
    let cases = [
        (&sheet[..], of_length(256, ".png"), 2, "choose a shorter and simpler one"),
        (&sheet, "sheet.png/".to_owned(), 2, "add a file name"),
        (&sheet, "none/sheet.png".to_owned(), 1, "the folder does not exist"),
        (&model_out, model_name(of_length(256, ".safetensors")), 2, "choose a shorter and simpler one"),
        // The tiny decoder is written beside the model, under a longer name.
        (&model_out, model_name(of_length(252, ".safetensors")), 2, "choose a shorter and simpler one"),
        (&model_out, model_name("out.safetensors/".to_owned()), 2, "add a file name"),
        (&model_out, model_name("none/out.safetensors".to_owned()), 1, "the folder does not exist"),
    ];
    for (args, name, code, words) in cases {
        let out = program.run(&[args, &[&name]].concat());
        out.check(&name, code, words);
        assert!(!out.stderr.contains("computing") && !out.stderr.contains("training in"), "{}", out.stderr);
    }
    assert_eq!(program.files(), before);
    program.run(&[&convert[..], &["tokens.safetensors"]].concat()).check("taken", 1, "--force replaces it");
}

#[test]
fn clips_named_after_prompts_never_get_the_name_of_a_device() {
    let program = program();
    for (prompt, name) in [("LPT9", "clip-lpt9.mp4"), ("com2!", "clip-com2.mp4"), ("nul", "clip-nul.mp4")] {
        let mut args = SMALL.to_vec();
        args[1] = prompt;
        args.extend(["--size", "32x32"]);
        let out = program.run(&args);
        out.check(prompt, 0, "");
        assert_eq!(out.stdout.trim(), name);
        assert!(program.path(name).is_file(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn runs_at_once_that_make_the_same_name_all_keep_their_clip() {
    let program = program();
    let args = [&SMALL[..6], &["--steps", "20", "--frames", "2", "--size", "96x64"]].concat();
    let mut running: Vec<_> = (0..3).map(|_| program.start(&args)).collect();
    // All have found the same name free before the first writes.
    running.iter_mut().for_each(|it| it.wait_for("sampling"));
    let mut names: Vec<String> = running
        .into_iter()
        .map(|it| {
            let out = it.end();
            out.check("one of three", 0, "");
            out.stdout.trim().to_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, ["a-red-ball-2.mp4", "a-red-ball-3.mp4", "a-red-ball.mp4"]);
    assert!(names.iter().all(|name| program.path(name).is_file()), "{:?}", program.files());
    let files = program.files();
    assert_eq!(files.len(), 4, "nothing else is left: {files:?}");
}
