//! The built program, run as a person would: good input, bad input, Ctrl-C, and files that carry their settings.

mod changed;
mod checkpoints;
mod data_work;
mod enhance;
mod escapes;
#[cfg(unix)]
mod json;
mod model_folders;
#[cfg(target_os = "linux")]
mod models;
mod names;
mod program;
mod queue_run;
mod recipes;
mod rewards;
#[cfg(unix)]
mod starts;
#[cfg(unix)]
mod terminal;
mod training_stages;

use std::fs;
use std::io::Write as _;

use hummingbird_engine::model::{ModelFile, ModelSource};
use hummingbird_engine::pipeline::settings::value::Value as Setting;
use hummingbird_engine::pipeline::video_out::read_provenance;
use hummingbird_engine::training::trainer::log::losses;
use serde_json::Value;

use program::{Program, tiny_model};

#[test]
fn help_lists_every_command() {
    let program = Program::new();
    let help = program.run(&["--help"]);
    help.check("--help", 0, "");
    for command in
        ["generate", "enhance", "queue", "devices", "models", "forward", "train", "eval", "bench", "--version"]
    {
        assert!(help.stdout.contains(command), "{command} is missing in:\n{}", help.stdout);
    }
    let commands = [
        "generate",
        "enhance",
        "devices",
        "bench",
        "models list",
        "models info",
        "models convert",
        "models get",
        "models verify",
        "models remove",
        "queue run",
    ];
    for command in commands.into_iter().chain([
        "train nano",
        "eval nano",
        "eval vbench",
        "eval total",
        "eval sample",
        "eval compare",
    ]) {
        let args: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = program.run(&args);
        help.check(command, 0, "");
        assert!(help.stdout.contains("Usage: hummingbird"), "{command}:\n{}", help.stdout);
    }
    let version = program.run(&["--version"]);
    assert_eq!(version.stdout.trim(), format!("hummingbird {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn bad_input_says_what_to_do_and_leaves_nothing() {
    let program = Program::new();
    let model = program.path("tiny.safetensors");
    tiny_model(&model);
    let bytes = fs::read(&model).expect("just written");
    fs::write(program.path("cut.safetensors"), &bytes[..bytes.len() / 2]).expect("writable");
    fs::write(program.path("empty.safetensors"), "").expect("writable");
    fs::write(program.path("torch.ckpt"), b"PK\x03\x04 and so on").expect("writable");
    fs::write(program.path("taken.gif"), "mine").expect("writable");
    let before = program.files();

    let base = ["generate", "a red ball", "-m", "tiny.safetensors", "--device", "cpu", "-o", "clip.gif"];
    let with = |more: &[&'static str]| [base.as_slice(), more].concat();
    let other = |place: usize, value: &'static str| {
        let mut args = base.to_vec();
        args[place] = value;
        args
    };
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (other(1, ""), 2, "the prompt is empty: type what the clip should show"),
        (other(1, " \n"), 2, "the prompt is empty"),
        (with(&["--frames", "0"]), 2, "0 frames cannot be made: choose 1 to 64"),
        (with(&["--frames", "5000"]), 2, "5000 frames cannot be made: choose 1 to 64"),
        (with(&["--frames", "-1"]), 2, "--frames"),
        (with(&["--size", "100x70"]), 2, "the nearest size that does is 96x64"),
        (with(&["--size", "big"]), 2, "write WIDTHxHEIGHT"),
        (with(&["--steps", "0"]), 2, "0 steps cannot be sampled"),
        (with(&["--guidance", "-1"]), 2, "choose 0 to 30"),
        (with(&["--guidance", "NaN"]), 2, "choose 0 to 30"),
        (with(&["--fps", "61"]), 2, "choose 1 to 60"),
        (with(&["--sampler", "magic"]), 2, "turbo"),
        (with(&["--sampler", "turbo", "--steps", "51"]), 2, "51 steps cannot be sampled: choose 1 to 50"),
        (with(&["--noise", "white"]), 2, "torch-cpu"),
        (with(&["--eta", "-0.5"]), 2, "choose 0 (no fresh noise in a step) to 1"),
        (with(&["--eta", "1.5"]), 2, "choose 0 (no fresh noise in a step) to 1"),
        (with(&["--guidance-rescale", "1.5"]), 2, "choose 0 (off) to 1"),
        (with(&["--reuse", "1:1"]), 2, "write off, light, strong, or INTERVAL:DEPTH"),
        (with(&["--decoder", "light"]), 2, "choose the full decoder, or get TAESD"),
        (with(&["--decoder", "best"]), 2, "full, light"),
        (with(&["--eta", "NaN"]), 2, "choose 0 (no fresh noise in a step) to 1"),
        (other(5, "cuda"), 2, "write auto, cpu, gpu or gpu:N"),
        (other(5, "gpu:99"), 1, "there is no device \"gpu:99\""),
        (with(&["--sped", "9"]), 2, "--sped"),
        (other(3, "none.safetensors"), 1, "cannot open the model file \"none.safetensors\""),
        (other(3, "cut.safetensors"), 1, "is damaged"),
        (other(3, "empty.safetensors"), 1, "is damaged (it is empty): get it again"),
        (other(3, "torch.ckpt"), 1, "is damaged (the end of its archive is missing"),
        (other(7, "clip.avi"), 2, ".mp4, .gif, .webp, .webm, .apng or .png"),
        (other(7, "clip"), 2, ".mp4, .gif, .webp, .webm, .apng or .png"),
        (other(7, "none/clip.gif"), 1, "the folder does not exist"),
        (other(7, "taken.gif/clip.gif"), 1, "not a folder"),
        (other(7, "taken.gif"), 1, "--force replaces it"),
        (vec!["models", "info", "none.safetensors"], 1, "cannot open the model file"),
        (vec!["models", "get", "none"], 2, "there is no model \"none\" to get; there are: hummingbird-0.7b"),
        (vec!["models", "get", "taesd"], 2, "under MIT (https://huggingface.co/madebyollin/taesd)"),
        (vec!["models", "get", "taesd", "--endpoint", "nowhere"], 2, "\"nowhere\" is no address"),
        (vec!["models", "verify", "none.pt"], 1, "the models folder has no \"none.pt\""),
        (vec!["models", "verify", "../x.pt"], 2, "choose a plain file name"),
        (vec!["models", "remove", "none.pt", "--yes"], 1, "the models folder has no \"none.pt\""),
        (vec!["models", "remove", "/etc/passwd", "--yes"], 2, "choose a plain file name"),
        (vec!["eval", "nano", "-m", "tiny.safetensors", "--prompts", "0", "--device", "cpu"], 2, "choose 1 to"),
        (vec!["eval", "nano", "-m", "tiny.safetensors", "--sheet", "a.jpg"], 1, "ends in .png"),
        (vec!["eval", "nano", "-m", "tiny.safetensors", "--results", "none/nano"], 1, "none"),
        (vec!["eval", "nano", "-m", "tiny.safetensors", "--results", "."], 1, "beginning of a file's name"),
        (vec!["eval", "nano", "--autoencoder", "--steps", "3"], 2, "cannot be used with"),
        (vec!["eval", "vbench", ".", "-o", "out"], 2, "--suite"),
        (
            vec!["eval", "vbench", "none", "--custom", "-o", "out", "--dimensions", "scene"],
            2,
            "needs what a suite says",
        ),
        (
            vec![
                "eval",
                "vbench",
                "none",
                "--custom",
                "-o",
                "out",
                "--models",
                "none",
                "--dimensions",
                "dynamic_degree",
            ],
            2,
            "raft-things.pth",
        ),
        (vec!["eval", "vbench", "none", "--suite", "none.json", "-o", "out"], 1, "cannot read \"none.json\""),
        (vec!["eval", "total", "empty.safetensors"], 1, "not the JSON"),
        (vec!["eval", "sample", "--suite", "none.txt", "-o", "out"], 1, "cannot read \"none.txt\""),
        (vec!["eval", "compare", "none.json", "none.json"], 1, "cannot read \"none.json\""),
        (vec!["train", "nano", "none.toml"], 2, "cannot read the recipe \"none.toml\""),
        (vec!["train", "nano", "--stage", "teacher", "--set", "folder=none"], 1, "decoder.safetensors"),
        (vec!["train", "nano", "--budget", "soon"], 2, "is no time: write 20m"),
        (vec!["bench", "-m", "none"], 1, "is neither nano nor a layout (hummingbird-0.7b,"),
        (vec!["bench", "-m", "cut.safetensors"], 1, "is damaged"),
        (vec!["bench", "--device", "gpu:99"], 1, "there is no device \"gpu:99\""),
        (vec!["paint"], 2, "paint"),
    ];
    for (args, code, words) in cases {
        let name = args.join(" ");
        let out = program.run(&args);
        out.check(&name, code, words);
        assert_eq!(out.stdout, "", "{name} printed a result");
    }
    #[cfg(target_os = "linux")]
    {
        // A folder that nobody, not even root, can write to.
        let args = other(7, "/proc/clip.gif");
        program.run(&args).check("an unwritable folder", 1, "/proc");
    }
    assert_eq!(program.files(), before, "bad input left something behind");
    assert_eq!(fs::read_to_string(program.path("taken.gif")).expect("still there"), "mine");
}

#[test]
fn a_small_clip_carries_its_settings_and_repeats_exactly() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    let small = ["--steps", "2", "--frames", "2", "--size", "32x32", "--device", "cpu", "-m", "tiny.safetensors"];
    let args = |more: &[&'static str]| [&["generate", "A red ball!"], small.as_slice(), more].concat();

    let out = program.run(&args(&["--seed", "18446744073709551615", "-o", "one.gif", "--json"]));
    out.check("a gif", 0, "sampling");
    let result: Value = serde_json::from_str(&out.stdout).expect("standard output is JSON and nothing else");
    assert_eq!(result["seed"], u64::MAX);
    assert_eq!(result["paths"][0], "one.gif");
    assert_eq!(result["request"]["steps"], 2);
    let timings = &result["timings"];
    let secs = |value: &Value| value.as_f64().filter(|secs| *secs >= 0.0).unwrap_or_else(|| panic!("{timings}"));
    assert!(secs(&timings["total_secs"]) > secs(&timings["generate_secs"]), "{timings}");
    let stages = ["device_secs", "load_secs", "compile_secs", "text_secs", "denoise_secs", "decode_secs"];
    let of_stages: f64 = stages.iter().map(|stage| secs(&timings["stages"][stage])).sum();
    assert!((of_stages - secs(&timings["generate_secs"])).abs() < 1e-3, "every second belongs to a stage: {timings}");
    let steps: Vec<f64> = timings["stages"]["denoise_step_secs"].as_array().expect("a list").iter().map(secs).collect();
    assert!(steps.len() == 2 && steps.iter().all(|step| *step > 0.0), "{timings}");
    assert!(steps.iter().sum::<f64>() <= secs(&timings["stages"]["denoise_secs"]) + 1e-3, "{timings}");
    let outside = secs(&timings["open_secs"]) + secs(&timings["generate_secs"]) + secs(&timings["export_secs"]);
    assert!(outside <= secs(&timings["total_secs"]) + 1e-3, "{timings}");
    let read = read_provenance(&program.path("one.gif")).expect("a gif").expect("it carries its settings");
    assert_eq!((read.text("prompt"), read.whole("seed"), read.text("sampler")), ("A red ball!", u64::MAX, "ddim"));
    assert_eq!(["steps", "frames", "width", "height"].map(|name| read.whole(name)), [2, 2, 32, 32]);

    program.run(&args(&["--seed", "18446744073709551615", "-o", "two.gif"])).check("again", 0, "");
    let [one, two] = ["one.gif", "two.gif"].map(|name| fs::read(program.path(name)).expect("just written"));
    assert!(one == two, "the same seed gave another clip");
    program.run(&args(&["--seed", "4", "-o", "one.gif", "--force"])).check("--force", 0, "");
    assert!(fs::read(program.path("one.gif")).expect("replaced") != two, "another seed gave the same clip");

    // Other noise, and fresh noise in the steps, make other clips, and the files say so.
    let seeded = |more: &[&'static str]| args(&[&["--seed", "4", "--force"], more].concat());
    let pixels = |more: &[&'static str]| {
        program.run(&seeded(&[&["--no-metadata", "-o", "bare.gif"], more].concat())).check("a bare gif", 0, "");
        fs::read(program.path("bare.gif")).expect("just written")
    };
    let plain = pixels(&[]);
    for (more, noise, eta) in [(["--noise", "torch-cpu"], "torch-cpu", 0.0), (["--eta", "0.5"], "hummingbird", 0.5)] {
        assert!(pixels(&more) != plain, "{more:?} changed nothing");
        program.run(&seeded(&[more.as_slice(), &["-o", "other.gif"]].concat())).check(noise, 0, "");
        let read = read_provenance(&program.path("other.gif")).expect("a gif").expect("it carries its settings");
        assert_eq!((read.text("noise"), read.settings.get("eta")), (noise, Some(&Setting::Decimal(eta))));
    }
    assert!(pixels(&["--guidance-rescale", "0"]) == plain, "a rescale of 0 changed something");
    for (rescale, carried) in [("0.7", Some(&Setting::Decimal(0.7))), ("0", None)] {
        program.run(&seeded(&["--guidance-rescale", rescale, "-o", "other.gif"])).check(rescale, 0, "");
        let read = read_provenance(&program.path("other.gif")).expect("a gif").expect("it carries its settings");
        assert_eq!(read.settings.get("guidance_rescale"), carried);
    }
    for (option, words) in [("--eta", "eta has no effect"), ("--guidance-rescale", "guidance rescale has no effect")] {
        let out = program.run(&seeded(&["--sampler", "turbo", option, "0.5", "-o", "turbo.gif"]));
        out.check(option, 0, words);
    }
    let out = program.run(&args(&["--seed", "4294967300", "--noise", "torch-cpu", "-o", "long.gif"]));
    out.check("a seed of more than 32 bits", 0, "4 gives the same clip");

    program.run(&args(&["-o", "bare.webp", "--no-metadata"])).check("--no-metadata", 0, "");
    assert_eq!(read_provenance(&program.path("bare.webp")).expect("a webp"), None);

    let quiet = program.run(&args(&["-o", "f.png", "--quiet"]));
    quiet.check("frames", 0, "");
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("f_0001.png\nf_0002.png\n", ""));

    // Without a name: the prompt's words, and never over an older clip.
    for name in ["a-red-ball.mp4", "a-red-ball-2.mp4"] {
        let out = program.run(&args(&[]));
        out.check(name, 0, "");
        assert_eq!(out.stdout.trim(), name);
        assert!(program.path(name).is_file(), "{name}");
    }
}

#[test]
fn the_embedded_model_makes_a_clip() {
    let program = Program::new();
    let args = ["generate", "a red balloon rising over the ocean", "--steps", "2", "--frames", "2", "--device", "cpu"];
    let out = program.run(&args);
    out.check("the embedded model", 0, "");
    assert_eq!(out.stdout.trim(), "a-red-balloon-rising-over-the-ocean.mp4");
    let read = read_provenance(&program.path(out.stdout.trim())).expect("an mp4").expect("it carries its settings");
    assert_eq!((read.model_name.as_str(), read.decoder.as_str()), ("Nano", "full"));
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let reuse = nano.description().limits.default_reuse.to_string();
    assert_eq!(read.text("reuse"), reuse, "what the model does when nothing is said");

    // The second of two steps uses the feature cache of the first, unless every block runs in every step.
    let pixels = |reuse: &'static str| {
        let more = ["--seed", "5", "--force", "-o", "clip.gif", "--reuse", reuse];
        program.run(&[&args[..], &more, &["--no-metadata"]].concat()).check(reuse, 0, "");
        let bytes = fs::read(program.path("clip.gif")).expect("just written");
        program.run(&[&args[..], &more].concat()).check(reuse, 0, "");
        let read = read_provenance(&program.path("clip.gif")).expect("a gif").expect("it carries its settings");
        assert_eq!(read.text("reuse"), reuse);
        bytes
    };
    // Guidance adds contrast, which can be taken back.
    let guided = |more: &[&'static str]| {
        let all =
            ["--seed", "5", "--force", "--sampler", "ddim", "--guidance", "12", "--no-metadata", "-o", "guided.gif"];
        program.run(&[&args[..], &all, more].concat()).check("guided", 0, "");
        fs::read(program.path("guided.gif")).expect("just written")
    };
    assert!(guided(&["--guidance-rescale", "0.7"]) != guided(&[]), "the contrast is that of full guidance");

    let plain = pixels("off");
    assert!(pixels("light") != plain, "reuse changed nothing");
    assert!(pixels("2:20") == plain, "no network has more than twenty blocks to reuse below");
}

#[test]
fn the_tiny_decoder_makes_a_clip_near_that_of_the_full_one_and_says_so() {
    let program = Program::new();
    let make = |name: &str, decoder: &[&'static str]| {
        let base = ["generate", "a red balloon rising over the ocean", "--steps", "4", "--frames", "2", "--seed", "3"];
        let out = program.run(&[&base[..], &["--device", "cpu", "--json", "-o", name], decoder].concat());
        out.check(name, 0, "");
        let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
        let first = result["paths"][0].as_str().expect("a path").to_owned();
        let read = read_provenance(&program.path(&first)).expect("a picture").expect("it carries its settings");
        (result, read, image::open(program.path(&first)).expect("a picture").into_rgb8())
    };
    let (result, read, full) = make("full.png", &[]);
    assert_eq!((result["decoder"].as_str(), result["request"]["decoder"].as_str()), (Some("full"), Some("full")));
    assert_eq!((read.decoder.as_str(), read.tiny_decoder_name.as_str()), ("full", ""));
    let (result, read, light) = make("light.png", &["--decoder", "light"]);
    assert_eq!((result["decoder"].as_str(), result["request"]["decoder"].as_str()), (Some("light"), Some("light")));
    assert_eq!((read.decoder.as_str(), read.tiny_decoder_name.as_str()), ("light", "Nano's light decoder"));
    assert_eq!(read.tiny_decoder_sha256.len(), 64);
    let sum: u64 = full.iter().zip(light.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let levels = sum as f64 / full.len() as f64;
    // Four steps make latents that the tiny decoder did not learn from; with random weights these are 100 levels.
    assert!(levels > 0.0 && levels < 18.0, "{levels} levels from the full decoder");

    // One beside a model belongs to it; one that does not fit is told, and the clip is made in full.
    tiny_model(&program.path("tiny.safetensors"));
    fs::write(program.path("tiny.light.safetensors"), "no weights").expect("writable");
    let args = ["generate", "a red ball", "-m", "tiny.safetensors", "--steps", "1", "--frames", "1", "--size", "32x32"];
    let out = program.run(&[&args[..], &["--device", "cpu", "--decoder", "light", "-o", "tiny.gif"]].concat());
    out.check("a broken tiny decoder", 0, "the tiny decoder cannot be used");
    for (model, words) in [("tiny.safetensors", "cannot be used: "), ("nano", "Nano's light decoder, 16 channels")] {
        let info = program.run(&["models", "info", model]);
        assert!(info.stdout.contains(words), "{model}:\n{}", info.stdout);
    }
    let read = read_provenance(&program.path("tiny.gif")).expect("a gif").expect("it carries its settings");
    assert_eq!(read.decoder, "full");
}

#[test]
fn lists_are_for_people_and_machines() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    let people = program.run(&["devices"]);
    people.check("devices", 0, "");
    assert!(people.stdout.contains("cpu") && people.stdout.contains("chosen by auto"), "{}", people.stdout);
    let devices: Value = serde_json::from_str(&program.run(&["devices", "--json"]).stdout).expect("JSON");
    let devices = devices.as_array().expect("a list");
    assert_eq!(devices.iter().filter(|it| it["chosen_by_auto"] == true).count(), 1, "{devices:?}");
    let cpu = devices.last().expect("the CPU is always there");
    assert_eq!(
        (&cpu["choice"], &cpu["failure"], &cpu["benches"]),
        (&"cpu".into(), &Value::Null, &Value::Array(vec![]))
    );
    let chosen = devices.iter().find(|it| it["chosen_by_auto"] == true).expect("one is chosen");
    let because = chosen["chosen_because"].as_str().expect("a reason");
    assert!(people.stdout.contains("auto picks ") && people.stdout.contains(because), "{}", people.stdout);

    let list = program.run(&["models", "list", "--json"]);
    list.check("models list", 0, "");
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list[0]["model"], "nano");
    let info = program.run(&["models", "info", "tiny.safetensors", "--json"]);
    info.check("models info", 0, "");
    let info: Value = serde_json::from_str(&info.stdout).expect("JSON");
    assert_eq!((info["name"].as_str(), info["sha256"].as_str().map(str::len)), (Some("Tiny"), Some(64)));
    assert_eq!(info["limits"]["size_multiple"], 32);
    let people = program.run(&["models", "info", "tiny.safetensors"]);
    assert!(people.stdout.contains("Tiny") && people.stdout.contains("multiples of 32"), "{}", people.stdout);
}

#[test]
fn a_bench_is_a_table_for_people_and_json_for_machines() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    let few = ["--only", "linear", "--only", "layer norm", "--only", "U-Net call"];
    let bench = |more: &[&'static str]| program.run(&[&["bench"], few.as_slice(), more].concat());
    let check = |name: &str, json: &str| {
        let report: Value = serde_json::from_str(json).expect("standard output is JSON and nothing else");
        assert!(report["peak_gflops"].as_f64().is_some_and(|peak| peak > 0.0), "{name}: {report}");
        let lines = report["measurements"].as_array().expect("a list").clone();
        for kind in ["kernel", "stage"] {
            assert!(lines.iter().any(|it| it["kind"] == kind), "{name} has no {kind}: {report}");
        }
        for line in &lines {
            let number = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("{name}: {key} of {line}"));
            assert!(number("milliseconds") > 0.0 && number("bytes") > 0.0 && number("runs") >= 1.0, "{name}: {line}");
            let off = number("share_of_peak") * number("peak_gflops") - number("gflops");
            assert!(off.abs() <= 1e-6 * number("gflops"), "{name}: {line} of {report}");
            assert!(
                line["is_steady"] == false || number("share_of_peak") <= 1.02,
                "an impossible share is trusted: {line}"
            );
            assert_eq!(number("share_of_peak") > 0.0, line["name"] != "layer norm", "{name}: {line}");
            assert!(number("device_bytes") > 0.0, "{name}: {line}");
        }
        report
    };
    let out = bench(&["-m", "tiny.safetensors", "--device", "cpu", "--json"]);
    out.check("a file", 0, "measuring");
    let report = check("a file", &out.stdout);
    assert_eq!(
        (&report["model"], &report["frames"], &report["kernel_path"]),
        (&"Tiny".into(), &16.into(), &"fused".into())
    );
    let unfused = bench(&["-m", "tiny.safetensors", "--device", "cpu", "--json", "--unfused", "--quiet"]);
    unfused.check("--unfused", 0, "");
    assert_eq!((&check("--unfused", &unfused.stdout)["kernel_path"], unfused.stderr.as_str()), (&"unfused".into(), ""));

    let layout = ["bench", "-m", "hummingbird-0.7b", "--device", "cpu", "--only", "linear, text", "--json"];
    let out = program.run(&layout);
    out.check("a layout", 0, "random weights");
    let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!((&report["frames"], &report["width"], &report["height"]), (&4.into(), &512.into(), &320.into()));
    assert_eq!(report["measurements"][0]["shape"], "[77, 1024] to 4096");

    let people = bench(&["-m", "tiny.safetensors", "--device", "cpu", "-q"]);
    people.check("for people", 0, "");
    for words in ["GFLOP/s", "of peak", "layer norm", "U-Net call", "at most"] {
        assert!(people.stdout.contains(words), "{words} is missing in\n{}", people.stdout);
    }

    let devices: Value = serde_json::from_str(&program.run(&["devices", "--json"]).stdout).expect("JSON");
    if devices.as_array().is_some_and(|devices| devices.len() > 1) {
        let out =
            program.run(&["bench", "--device", "gpu", "--only", "linear, text", "--only", "stage text", "--json"]);
        out.check("a GPU", 0, "measuring");
        let report = check("a GPU", &out.stdout);
        assert!(report["measurements"][0]["device_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{report}");
    } else {
        let required = std::env::var("HUMMINGBIRD_REQUIRE_GPU").is_ok_and(|value| value == "1");
        assert!(!required, "HUMMINGBIRD_REQUIRE_GPU is 1 and no GPU was found: install a driver, software ones count");
        // Past the test harness, which shows nothing of tests that pass.
        std::io::stderr().write_all(b"SKIPPED bench on a GPU: no GPU adapter on this machine\n").expect("it is open");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_cpu_works_without_any_graphics_driver() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let devices = program.run(&["devices", "--json"]);
    let devices: Value = serde_json::from_str(&devices.stdout).expect("JSON");
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "only the CPU is left: {devices}");
    let small = ["--steps", "1", "--frames", "1", "--size", "32x32", "-m", "tiny.safetensors", "-o", "clip.gif"];
    for device in ["auto", "cpu"] {
        let args = [&["generate", "a red ball", "--force", "--device", device], small.as_slice()].concat();
        program.run(&args).check(device, 0, "computing on CPU");
    }
    let args = [&["generate", "a red ball", "--force", "--device", "gpu"], small.as_slice()].concat();
    program.run(&args).check("gpu", 1, "there is no device \"gpu\"");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_command_line_is_shown() {
    let program = Program::new();
    let out = program.run::<&str>(&[]);
    out.check("no display", 1, "hummingbird generate");
    assert_eq!(out.stderr.matches("error:").count(), 1, "said once:\n{}", out.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_generation_at_once_and_leaves_nothing() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    let before = program.files();
    let args =
        ["generate", "a red ball", "-m", "tiny.safetensors", "--device", "cpu", "--steps", "100", "-o", "clip.gif"];
    let mut running = program.start(&[&args[..], &["--frames", "64", "--size", "128x128"]].concat());
    running.wait_for("sampling");
    let asked = std::time::Instant::now();
    running.interrupt();
    let out = running.end();
    out.check("Ctrl-C", 130, "cancelled");
    assert!(asked.elapsed().as_secs() < 20, "it took {:?} to stop", asked.elapsed());
    assert_eq!((out.stdout.as_str(), program.files()), ("", before));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_bench_and_prints_no_result() {
    let program = Program::new();
    let mut running = program.start(&["bench", "--device", "cpu", "--json"]);
    running.wait_for("measuring");
    running.interrupt();
    let out = running.end();
    out.check("Ctrl-C", 130, "cancelled");
    assert_eq!(out.stdout, "");
}

#[cfg(unix)]
#[test]
fn a_clip_whose_folder_vanished_is_saved_elsewhere() {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    fs::create_dir(program.path("out")).expect("writable");
    let args =
        ["generate", "a red ball", "-m", "tiny.safetensors", "--device", "cpu", "--steps", "4", "-o", "out/clip.gif"];
    let mut running = program.start(&[&args[..], &["--frames", "8", "--size", "64x64", "--json"]].concat());
    running.wait_for("sampling");
    fs::remove_dir(program.path("out")).expect("empty: nothing is written before the clip is whole");
    let out = running.end();
    out.check("a vanished folder", 1, "the clip was not lost, it was saved here");
    let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let saved = result["paths"][0].as_str().expect("a path");
    assert!(saved.ends_with("clip.gif") && std::path::Path::new(saved).is_file(), "{saved}");
}

#[cfg(unix)]
#[test]
fn training_stops_with_a_checkpoint_and_goes_on_from_it() {
    use std::time::{Duration, Instant};

    // No driver: a checkpoint that is read by way of a GPU would end the program here.
    let program = Program::new().without_drivers();
    let args = [
        "train",
        "vae",
        "--set",
        "run.updates=500000",
        "--set",
        "run.batch=2",
        "--set",
        "crop_width=32",
        "--set",
        "crop_height=32",
        "--set",
        "run.checkpoint_secs=1e9",
        "--set",
        "run.keep=1",
        "--set",
        "run.folder=run",
        "--set",
        "run.seed=7",
    ];
    let less_memory = ["--set", "run.accumulate=2", "--set", "run.checkpoint_activations=true"];
    let rows = || losses(&program.path("run"), "vae").len();
    let mut last_step = 0;
    for (words, more) in [("autoencoder: 1000000 samples", &[][..]), ("going on from", &less_memory)] {
        let before = rows();
        let mut running = program.start(&[&args[..], more].concat());
        running.wait_for(words);
        // A row of the loss curve stands for twenty steps.
        let until = Instant::now() + Duration::from_secs(300);
        while rows() == before {
            assert!(Instant::now() < until, "no steps are made");
            std::thread::sleep(Duration::from_millis(20));
        }
        running.interrupt();
        running.end().check("a stopped training", 130, "the same command goes on from it");
        let entries = fs::read_dir(program.path("run")).expect("the folder of the run");
        let folders = entries.map(|it| it.expect("readable").path()).filter(|it| it.join("position.json").is_file());
        let folders: Vec<_> = folders.collect();
        assert_eq!(folders.len(), 1, "the older checkpoint is removed: {folders:?}");
        let position = fs::read_to_string(folders[0].join("position.json")).expect("a position");
        let position: Value = serde_json::from_str(&position).expect("JSON");
        let step = position["step"].as_u64().expect("a number");
        assert!(step >= last_step + 20, "step {step} after {last_step}");
        last_step = step;
    }
}

#[cfg(unix)]
#[test]
fn a_killed_training_ends_with_the_same_model_as_one_that_was_left_alone() {
    // A checkpoint after every step, so that the kill comes between two of them.
    let mut recipe = String::from("folder = \"run\"\nseed = 9\nwidth = 64\nheight = 64\n");
    let run = |table: &str, updates: u32, batch: u32| {
        format!("[{table}.run]\nupdates = {updates}\nbatch = {batch}\ncheckpoint_secs = 0.0\n")
    };
    let network = "network.ch = 8\nnetwork.ch_mult = [1, 1, 1, 1]\nnetwork.z_channels = 4\n";
    for table in ["autoencoder", "decoder"] {
        recipe += &format!("[{table}]\ncrop_width = 32\ncrop_height = 32\n{network}{}", run(table, 2, 2));
    }
    let phase = |frames: u32, samples: u32| {
        let rate = "learning_rate = 0.001\nfinal_learning_rate = 0.0005";
        format!("[[teacher.phases]]\nframes = {frames}\nsamples = {samples}\nbatch = 2\n{rate}\n")
    };
    recipe += "[teacher]\nclips = 3\nrun.checkpoint_secs = 0.0\n";
    recipe += &(phase(1, 4) + &phase(2, 8));
    for table in ["image_scorer", "video_scorer"] {
        let network = "network.side = 32\nnetwork.width = 16\nnetwork.layers = 1\nnetwork.text_width = 16\n";
        recipe += &format!("[{table}]\n{network}{}", run(table, 2, 6));
    }
    for table in ["student", "turbo"] {
        let frames = if table == "student" { 2 } else { 8 };
        recipe += &format!("[{table}]\ndata.frames = {frames}\n{}", run(table, 2, 1));
    }
    recipe +=
        &format!("[tiny_decoder]\nwidth = 4\nencoded_frames = 2\nsampled_clips = 1\n{}", run("tiny_decoder", 2, 2));
    let args = ["train", "nano", "nano.toml", "--device", "cpu"];
    let model = |kill: bool| {
        let program = Program::new().without_drivers();
        fs::write(program.path("nano.toml"), &recipe).expect("writable");
        if kill {
            let mut running = program.start(&args);
            running.wait_for("teacher on clips");
            running.wait_for("checkpoint written");
            running.kill();
        }
        let out = program.run(&args);
        out.check("a training", 0, "done in");
        let goes_on = out.stderr.contains("teacher on clips: 8 samples, going on from");
        assert_eq!(goes_on, kill, "{}", out.stderr);
        ["nano.safetensors", "nano.light.safetensors"]
            .map(|name| fs::read(program.path("run").join(name)).expect("the finished model"))
    };
    assert!(model(true) == model(false), "the models differ");
}
