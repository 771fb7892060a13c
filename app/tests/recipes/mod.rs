//! Recipes of `hummingbird train` as a user runs them.

use std::fs;

use hummingbird_engine::training::remote::IS_BUILT;
use hummingbird_engine::training::trainer::log::losses;
use serde_json::Value;

use crate::program::{Program, tiny_model};

/// Overrides that make a run tiny.
const SMALL: [&str; 10] = [
    "--set",
    "data.frames=2",
    "--set",
    "data.width=64",
    "--set",
    "data.height=32",
    "--set",
    "run.updates=20",
    "--set",
    "teacher=teacher.safetensors",
];

fn program() -> Program {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("teacher.safetensors"));
    program
}

fn train<'a>(recipe: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", recipe], more].concat()
}

#[test]
fn printed_recipes_are_recipes_and_dry_runs_do_nothing() {
    let program = program();
    for recipe in ["prune", "distil", "turbo", "lora"] {
        let printed = program.run(&train(recipe, &["--print-recipe"]));
        printed.check(recipe, 0, "");
        assert!(printed.stdout.starts_with(&format!("# hummingbird train {recipe}")), "{}", printed.stdout);
        let file = format!("{recipe}.toml");
        fs::write(program.path(&file), &printed.stdout).expect("writable");
        // All that it lacks are the models, or the clips.
        let lacks = if recipe == "lora" { "data.folder" } else { "teacher" };
        program.run(&train(recipe, &[&file])).check(recipe, 2, &format!("the recipe does not say {lacks}"));
    }
    for (recipe, missing) in
        [("vae", None), ("scorer", None), ("nano", None), ("tiny-decoder", Some("the recipe does not say model"))]
    {
        let printed = program.run(&train(recipe, &["--print-recipe"]));
        printed.check(recipe, 0, "");
        assert!(printed.stdout.starts_with(&format!("# hummingbird train {recipe}")), "{}", printed.stdout);
        let file = format!("{recipe}.toml");
        fs::write(program.path(&file), &printed.stdout).expect("writable");
        let (code, words) = missing.map_or((0, "the recipe can be run"), |words| (2, words));
        let out = program.run(&train(recipe, &[&file, "--dry-run"]));
        assert!(out.code == Some(code) && (out.stdout + &out.stderr).contains(words), "{recipe}");
    }
    let before = fs::read_dir(program.path("")).expect("readable").count();
    program.run(&train("prune", &["--set", "teacher=teacher.safetensors", "--dry-run"])).check("prune", 0, "");
    let said = program.run(&train("distil", &[&SMALL[..], &["--dry-run"]].concat()));
    said.check("distil", 0, "");
    for words in ["optimiser's state", "together in an update", "TFLOP: at least", "the recipe can be run"] {
        assert!(said.stdout.contains(words), "{words:?} is missing in\n{}", said.stdout);
    }
    let numbers = program.run(&train("distil", &[&SMALL[..], &["--dry-run", "--json"]].concat()));
    let numbers: Value = serde_json::from_str(&numbers.stdout).expect("it is JSON");
    assert!(numbers["estimate"]["peak_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 10), "{numbers}");
    assert!(numbers["least_update_secs"].as_f64().is_some_and(|secs| secs > 0.0), "{numbers}");
    let said = program.run(&train("nano", &["--dry-run", "--json", "--device", "cpu"]));
    let said: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    let stages = said["stages"].as_array().expect("a list");
    let peak = |stage: &Value| stage["estimate"]["peak_bytes"].as_u64().expect("a number");
    let largest = stages.iter().max_by_key(|stage| peak(stage)).expect("there are stages");
    assert!(stages.len() == 8 && said["largest"] == largest["stage"], "{said}");
    let missing = ["--set", "data.folder=no clips", "--dry-run"];
    program.run(&train("distil", &[&SMALL[..], &missing].concat())).check("distil", 1, "no clips");
    assert_eq!(fs::read_dir(program.path("")).expect("readable").count(), before, "a dry run wrote something");
}

#[test]
fn recipes_that_are_wrong_say_where() {
    let program = program();
    fs::write(program.path("wrong.toml"), "guidance = 4.0\n[run]\nupdate = 3\n").expect("writable");
    let cases = [
        (train("distil", &["wrong.toml"]), 2, "line 3: unknown field `update`"),
        (train("distil", &["none.toml"]), 2, "cannot read the recipe \"none.toml\""),
        (train("distil", &["--set", "run.updates=many"]), 2, "--set \"run.updates=many\": invalid type"),
        (train("distil", &[&SMALL[..], &["--set", "data.width=100"]].concat()), 2, "data.width cannot be 100"),
        (train("prune", &["--set", "teacher=none.ckpt"]), 1, "none.ckpt"),
        (train("prune", &[&SMALL[8..], &["--set", "num_res_blocks=2"]].concat()), 1, "2 residual blocks a level"),
    ];
    for (args, code, words) in cases {
        program.run(&args).check(&args.join(" "), code, words);
    }
}

#[test]
fn a_student_is_cut_out_distilled_and_makes_a_clip() {
    let program = program();
    let cut = program.run(&train("prune", &[&SMALL[8..], &["--set", "output=cut.safetensors", "--json"]].concat()));
    cut.check("prune", 0, "parameters of the U-Net stay");
    let report: Value = serde_json::from_str(&cut.stdout).expect("JSON");
    assert_eq!((&report["path"], &report["teacher"]), (&"cut.safetensors".into(), &report["student"]));

    let distil = [&SMALL[..], &["--set", "student=cut.safetensors", "--set", "run.folder=run", "--json"]].concat();
    let out = program.run(&train("distil", &distil));
    out.check("distil", 0, "model written");
    let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!((&report["model"], &report["folder"]), (&"student.safetensors".into(), &"run".into()));
    assert_eq!(losses(&program.path("run"), "student").len(), 1);
    assert!(program.path("run/tensorboard/student").is_dir());
    // It is finished: the same command only writes the model again.
    program.run(&train("distil", &distil)).check("again", 0, "model written");
    let clip = ["generate", "a red ball", "-m", "student.safetensors", "--device", "cpu", "-o", "clip.gif"];
    let small = ["--steps", "2", "--frames", "2", "--size", "64x32"];
    program.run(&[&clip[..], &small].concat()).check("a clip of the student", 0, "");

    // Clips of a folder: one without a caption and one that is none are told and left out.
    fs::create_dir(program.path("clips")).expect("writable");
    for name in ["a.gif", "b.gif"] {
        fs::copy(program.path("clip.gif"), program.path("clips").join(name)).expect("writable");
    }
    fs::write(program.path("clips/a.txt"), "a red ball").expect("writable");
    fs::write(program.path("clips/c.mp4"), "no clip").expect("writable");
    let folder = ["--set", "data.folder=clips", "--set", "data.max_stride=1", "--set", "run.folder=own"];
    let out = program.run(&train("distil", &[&SMALL[..], &folder].concat()));
    out.check("distil on a folder", 0, "c.mp4");
    assert!(out.stderr.contains("b.gif"), "{}", out.stderr);
    fs::remove_file(program.path("clips/a.txt")).expect("it is there");
    let none = ["--set", "data.folder=clips", "--set", "run.folder=none"];
    program.run(&train("distil", &[&SMALL[..], &none].concat())).check("a folder without captions", 1, "clips");

    // The model may lie in the folder that the run makes.
    let place = ["--set", "run.folder=quick", "--set", "output=quick/turbo.safetensors"];
    let quick = [&place[..], &["--set", "student=student.safetensors", "--set", "rank=4"]].concat();
    let out = program.run(&train("turbo", &[&SMALL[..], &quick].concat()));
    out.check("turbo", 0, "model written");
    assert_eq!(out.stdout.trim(), "quick/turbo.safetensors");
    let quick =
        ["generate", "a red ball", "-m", "quick/turbo.safetensors", "--device", "cpu", "-o", "quick.gif", "--json"];
    let clip = program.run(&[&quick[..], &small[2..]].concat());
    clip.check("a clip of the quick student", 0, "");
    let clip: Value = serde_json::from_str(&clip.stdout).expect("JSON");
    assert_eq!((&clip["request"]["sampler"], &clip["request"]["steps"]), (&"turbo".into(), &4.into()));
}

/// Lends the CPU device; gives the process and the name of its device.
#[cfg(unix)]
fn lend(program: &Program) -> (crate::program::Running, String) {
    let mut server = program.start(&["train", "serve", "--device", "cpu", "--address", "127.0.0.1:0"]);
    let name = server.first_line();
    assert!(name.starts_with("remote:127.0.0.1:"), "{name:?}");
    (server, name)
}

/// Steps of a run's checkpoints, sorted.
#[cfg(unix)]
fn checkpoints(folder: &std::path::Path) -> Vec<u64> {
    let step = |name: String| name.strip_prefix("student-").and_then(|step| step.parse().ok());
    let entries = fs::read_dir(folder).expect("the run's folder");
    let mut steps: Vec<u64> =
        entries.filter_map(|entry| step(entry.expect("readable").file_name().to_string_lossy().into_owned())).collect();
    steps.sort_unstable();
    steps
}

/// The rows of a run's loss curve but their times: phase, step, samples, learning rate, loss.
#[cfg(unix)]
fn curve(program: &Program, folder: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(program.path(folder).join("student.csv")).expect("it was written");
    let row =
        |row: &str| row.split(',').enumerate().filter(|(column, _)| *column != 3).map(|(_, it)| it.into()).collect();
    text.lines().skip(1).map(row).collect()
}

/// A lent device that is killed in mid-run: the run stops with an error and a whole checkpoint, goes on with a device that is lent again,
/// and ends as a run that was left alone. Without that device it ends so too, but for rounding: kernels are composed on lent devices.
#[cfg(unix)]
#[test]
fn a_run_that_loses_a_lent_device_stops_with_an_error_and_goes_on() {
    let program = program();
    if !IS_BUILT {
        program.run(&["train", "serve"]).check("a build without them", 1, "it needs `--features remote`");
        return;
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let lent = program.run(&["train", "serve", "--device", "cpu", "--address", &address]);
    lent.check("a port that is taken", 1, "no device can be lent at 127.0.0.1");
    let run = |folder: &str, updates: u64, device: &str| -> Vec<String> {
        let (folder, updates) = (format!("run.folder={folder}"), format!("run.updates={updates}"));
        let more = ["run.batch=2", "optimizer.learning_rate=1e-4", "run.checkpoint_secs=0", &folder, &updates];
        let set = more.iter().flat_map(|set| ["--set", set]);
        let args = train("distil", &SMALL).into_iter().chain(set).chain(["--device", device]);
        args.map(str::to_owned).collect()
    };

    // It is killed long before its last update, however late this test is told of the first ones.
    let (server, name) = lend(&program);
    let args = run("shared", 1_000_000, &format!("cpu,{name}"));
    let mut running = program.start(&args.iter().map(String::as_str).collect::<Vec<_>>());
    running.wait_for("checkpoint written");
    running.wait_for("checkpoint written");
    server.kill();
    let out = running.end();
    out.check("a killed device", 1, &format!("the device {name} does not answer any more"));
    assert!(out.stderr.contains("start the same command again"), "{}", out.stderr);
    let &newest = checkpoints(&program.path("shared")).last().expect("there is a checkpoint");
    assert!(newest >= 2, "{newest}");
    let checkpoint = |folder: &str, step: u64| program.path(folder).join(format!("student-{step:08}"));
    fs::create_dir_all(checkpoint("alone", newest)).expect("writable");
    for entry in fs::read_dir(checkpoint("shared", newest)).expect("it is there") {
        let entry = entry.expect("readable");
        fs::copy(entry.path(), checkpoint("alone", newest).join(entry.file_name())).expect("writable");
    }

    // The rows of the curve come every twenty updates.
    let updates = (newest + 2).next_multiple_of(20);
    let (server, name) = lend(&program);
    let device = format!("cpu,{name}");
    let out = program.run(&run("shared", updates, &device));
    out.check("it goes on", 0, "model written");
    assert!(out.stderr.contains("going on from"), "{}", out.stderr);
    program.run(&run("undisturbed", updates, &device)).check("undisturbed", 0, "model written");
    server.kill();
    assert_eq!(curve(&program, "shared"), curve(&program, "undisturbed"));
    let weights = |folder: &str| fs::read(checkpoint(folder, updates).join("weights.safetensors")).expect("readable");
    assert!(weights("shared") == weights("undisturbed"), "the weights differ");

    let out = program.run(&run("alone", updates, "cpu"));
    out.check("without the lent device", 0, "model written");
    assert!(out.stderr.contains("going on from"), "{}", out.stderr);
    let [alone, shared] = ["alone", "shared"].map(|folder| -> f64 {
        let rows = curve(&program, folder);
        rows.last().and_then(|row| row[4].parse().ok()).expect("the last row has a loss")
    });
    assert!((alone - shared).abs() <= 1e-4 * shared, "{alone}, not {shared}");
}

#[test]
fn a_style_is_learned_from_a_folder_and_its_lora_changes_clips() {
    let program = program();
    let small = ["--steps", "2", "--frames", "2", "--size", "64x32", "--seed", "3", "--device", "cpu"];
    let clip = |name: &'static str, more: &[&'static str]| {
        let args = ["generate", "a red ball", "-m", "teacher.safetensors", "-o", name, "--json"];
        let run = program.run(&[&args[..], &small[..], more].concat());
        run.check(name, 0, "");
        run
    };
    clip("plain.gif", &[]);
    fs::create_dir(program.path("style")).expect("writable");
    fs::copy(program.path("plain.gif"), program.path("style/a.gif")).expect("writable");
    fs::write(program.path("style/b.mp4"), "no clip").expect("writable");
    fs::write(program.path("style/captions.csv"), "file_name,text\na.gif,a red ball\nb.mp4,a blue ball\n")
        .expect("writable");
    let folder = ["--set", "model=teacher.safetensors", "--set", "data.folder=style", "--set", "data.trigger=mystyle"];
    let sizes = ["--set", "optimizer.learning_rate=1e-2", "--set", "run.folder=run", "--set", "rank=4"];
    // The last convolution of the tiny model is zero: without a branch there, nothing could be learned.
    let all = ["--set", "targets=all"];
    let args = [&["train", "lora"], &folder[..], &SMALL[..8], &sizes, &all].concat();
    program.run(&[&args[..], &["--dry-run"]].concat()).check("a dry run", 0, "");
    assert!(!program.path("run").exists(), "a dry run wrote something");
    for (format, file) in [("kohya", "kohya.safetensors"), ("peft", "peft.safetensors")] {
        let (format, output) = (format!("output_format={format}"), format!("output={file}"));
        let out = program.run(&[&args[..], &["--set", &format, "--set", &output]].concat());
        // The second time it is finished, and only writes.
        out.check(file, 0, "b.mp4");
        assert_eq!(out.stdout.trim(), file);
    }
    assert!(program.path("adapter_config.json").is_file());
    assert!(program.path("run/lora.csv").is_file() && program.path("run/tensorboard/lora").is_dir());

    let frames = |name: &str| fs::read(program.path(name)).expect("it was written");
    let kohya = clip("kohya.gif", &["--no-metadata", "--lora", "kohya.safetensors"]);
    let peft = clip("peft.gif", &["--no-metadata", "--lora", "peft.safetensors"]);
    for run in [&kohya, &peft] {
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(report["warnings"], Value::Array(Vec::new()), "nothing of the file is left out");
    }
    clip("again.gif", &["--no-metadata"]);
    assert!(frames("kohya.gif") == frames("peft.gif"), "one LoRA in two forms");
    assert!(frames("kohya.gif") != frames("again.gif"), "it has no effect");
    let shown = program.run(&["models", "info", "kohya.safetensors"]);
    shown.check("info", 0, "");
    assert!(shown.stdout.contains("trigger word     mystyle"), "{}", shown.stdout);
}

#[test]
fn several_devices_share_a_run_and_wrong_ones_are_refused_before_anything_is_computed() {
    let program = program();
    let cases = [
        ("cpu,cuda", 2, "remote:ADDRESS:PORT"),
        ("cpu,", 2, "\"\" is not a device"),
        ("cpu,remote:localhost:7077", 2, "remote:ADDRESS:PORT"),
        ("remote:127.0.0.1:9", 1, "--device begins with a device of this machine"),
        ("cpu,remote:127.0.0.1:9", 1, if IS_BUILT { "`hummingbird train serve`" } else { "`--features remote`" }),
        // A clip for each.
        ("cpu,cpu", 2, "run.batch cannot be 1"),
    ];
    for (devices, code, words) in cases {
        program.run(&train("distil", &[&SMALL[..], &["--device", devices]].concat())).check(devices, code, words);
    }
    let two = ["--set", "run.batch=2", "--set", "run.folder=two", "--device", "cpu,cpu"];
    program.run(&train("distil", &[&SMALL[..], &two].concat())).check("two devices", 0, "CPU (");
    assert!(program.path("two/student.csv").is_file());
}
