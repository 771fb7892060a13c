//! Models that change while they are used, and weights that are no numbers: errors of the job that name the file.

use hummingbird_engine::model::ModelDescription;
use serde_json::Value;

use crate::program::{Program, tiny_model, tiny_model_described};

/// A clip that takes some seconds, of a model that the test can get at meanwhile.
#[cfg(unix)]
const LONG: [&str; 13] = [
    "generate",
    "a red ball",
    "-m",
    "f16.safetensors",
    "--steps",
    "40",
    "--frames",
    "32",
    "--size",
    "96x96",
    "--device",
    "cpu",
    "-oa.gif",
];

#[cfg(unix)]
#[test]
fn a_model_that_is_cut_off_while_it_is_used_fails_the_job_by_name() {
    let program = Program::new();
    let path = program.path("f16.safetensors");
    tiny_model(&path);
    let mut running = program.start(&LONG);
    running.wait_for("sampling");
    let file = std::fs::File::options().write(true).open(&path).expect("it was just written");
    file.set_len(4096).expect("it is ours");
    let run = running.end();
    run.check("cut off", 1, "f16.safetensors");
    assert!(run.stderr.contains("changed or cut off"), "{}", run.stderr);
    assert!(!program.files().contains(&"a.gif".to_owned()), "a clip of a broken model was kept");
}

#[cfg(unix)]
#[test]
fn a_model_that_is_written_over_while_it_is_used_is_told() {
    use std::os::unix::fs::FileExt as _;

    let program = Program::new();
    let path = program.path("f16.safetensors");
    tiny_model(&path);
    let mut running = program.start(&LONG);
    running.wait_for("sampling");
    let file = std::fs::File::options().read(true).write(true).open(&path).expect("it was just written");
    let mut last = [0];
    let at = file.metadata().expect("it is open").len() - 1;
    file.read_exact_at(&mut last, at).expect("it has a last byte");
    file.write_all_at(&last, at).expect("it is ours");
    let run = running.end();
    run.check("written over", 0, "was written to while it was used");
    assert!(program.files().contains(&"a.gif".to_owned()), "the clip is there, with a warning");
}

#[test]
fn weights_that_are_no_numbers_fail_the_job_by_name() {
    let program = Program::new();
    let path = program.path("nan.safetensors");
    for (name, what) in [
        ("model.diffusion_model.out.2.weight", "the latent after step 1 is not finite"),
        ("first_stage_model.decoder.conv_out.weight", "the decoded frames are not finite"),
    ] {
        tiny_model(&path);
        let mut bytes = std::fs::read(&path).expect("it was just written");
        let length = usize::try_from(u64::from_le_bytes(*bytes.first_chunk().expect("a header"))).expect("small");
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
        let start = header[name]["data_offsets"][0].as_u64().expect("it is there");
        assert_eq!(header[name]["dtype"], "F16");
        let at = 8 + length + usize::try_from(start).expect("small");
        bytes[at..at + 2].copy_from_slice(&[0, 0x7e]); // NaN as f16.
        std::fs::write(&path, bytes).expect("writable");
        let run = program.run(&[
            "generate",
            "a red ball",
            "-m",
            "nan.safetensors",
            "--steps",
            "4",
            "--device",
            "cpu",
            "-o",
            "a.gif",
        ]);
        run.check(what, 1, name);
        assert!(run.stderr.contains(what), "{}", run.stderr);
        assert!(!program.files().contains(&"a.gif".to_owned()), "a black clip was kept");
        for precision in ["f16", "f32"] {
            let convert = ["models", "convert", "nan.safetensors", "-o", "b.safetensors", "--precision", precision];
            program.run(&convert).check(precision, 1, name);
        }
    }
}

#[test]
fn numbers_of_a_description_that_cannot_be_are_refused_by_every_command() {
    let program = Program::new();
    type Change = (&'static str, fn(&mut ModelDescription));
    let changes: [Change; 5] = [
        ("layers", |it| it.config.text.layers = 4_000_000_000),
        ("num_res_blocks", |it| it.config.unet.num_res_blocks = 4_000_000_000),
        ("products", |it| it.config.unet.channel_mult = vec![usize::MAX / 2, 4]),
        ("default_width", |it| it.limits.default_width = 0),
        ("guidance", |it| it.limits.default_guidance = 1e30),
    ];
    for (name, change) in changes {
        tiny_model_described(&program.path("model.safetensors"), change);
        let info = program.run(&["models", "info", "model.safetensors"]);
        info.check(name, 0, "");
        assert!(info.stdout.contains("cannot be right"), "{name}: {}", info.stdout);
        let info = program.run(&["models", "info", "model.safetensors", "--json"]);
        info.check(name, 0, "");
        let info: Value = serde_json::from_str(&info.stdout).expect("JSON");
        assert_eq!(info["problem_details"]["code"], "file.damaged", "{name}: {info}");
        let code = info["problem_details"]["parameters"]["detail"]["code"].as_str();
        assert!(code.is_some_and(|code| code.starts_with("implausible.")), "{name}: {info}");
        for args in [
            &["bench", "-m", "model.safetensors"][..],
            &["generate", "a red ball", "-m", "model.safetensors", "--device", "cpu"],
        ] {
            program.run(args).check(name, 1, "cannot be right");
        }
    }
}
