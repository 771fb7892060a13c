//! `hummingbird queue run`: a queue file without a window, from the first job to the grid, with failures, kills and mistakes.

use std::fs;

use serde_json::{Value, json};

use crate::program::{Program, tiny_model};

/// A job of the tiny model.
fn job(prompt: &str, seed: u64, more: &Value) -> Value {
    let mut request =
        json!({"prompt": prompt, "seed": seed, "steps": 4, "frames": 2, "width": 32, "height": 32, "device": "cpu"});
    for (name, value) in more.as_object().expect("an object") {
        request[name] = value.clone();
    }
    json!({"request": request})
}

fn write(program: &Program, jobs: &[Value]) {
    let text = json!({"schema": 1, "jobs": jobs}).to_string();
    fs::write(program.path("night.json"), text).expect("writable");
}

fn events(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    let names = events.iter().map(|event| event["event"].as_str().expect("each has a name"));
    names.filter(|name| *name != "progress").collect()
}

#[test]
fn a_queue_becomes_clips_and_its_grid_one_more() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let cell = |column: u32| json!({"grid": 7, "rows": [], "columns": ["seed 1", "seed 2"], "column": column});
    let mut jobs = [1, 2].map(|seed| job("a red ball", seed, &json!({})));
    for (job, column) in jobs.iter_mut().zip(0..) {
        job["cell"] = cell(column);
    }
    let mut named = job("a {boat|boat}", 3, &json!({}));
    (named["output"], named["name"]) = ("more/boat.gif".into(), "the boat".into());
    write(&program, &[&jobs[..], &[named]].concat());
    let out = program.run(&["queue", "run", "night.json", "-m", "tiny.safetensors", "--json"]);
    out.check("queue run", 0, "clip 3 of 3: the boat");
    let events = events(&out.stdout);
    let expected = ["plan", "started", "done", "started", "done", "started", "done", "grid", "finished"];
    assert_eq!(names(&events), expected);
    assert!(events.iter().any(|it| it["event"] == "progress" && it["stage"] == "sampling" && it["total"] == 4));
    let done = events.iter().find(|it| it["event"] == "done").expect("a clip");
    assert_eq!((&done["result"]["seed"], &done["job"]), (&json!(1), &json!(1)));
    let files = ["night/1-a-red-ball.mp4", "night/2-a-red-ball.mp4", "night/more/boat.gif", "night/grid-7.mp4"];
    for file in files {
        assert!(program.path(file).is_file(), "{file}");
    }
    assert!(!program.path("night.json.run").exists(), "nothing is left of the run");
    // What generate makes of the same settings.
    let args =
        "generate|a red ball|-m|tiny.safetensors|--device|cpu|--steps|4|--frames|2|--size|32x32|--seed|1|-o|one.mp4";
    program.run(&args.split('|').collect::<Vec<_>>()).check("generate", 0, "");
    let [of_queue, alone] =
        ["night/1-a-red-ball.mp4", "one.mp4"].map(|it| fs::read(program.path(it)).expect("readable"));
    assert!(of_queue == alone, "the same bytes");
    // A second run of the same file would write over the clips.
    let again = program.run(&["queue", "run", "night.json", "-m", "tiny.safetensors"]);
    again.check("again", 1, "--force replaces it");
}

#[test]
fn one_that_fails_stops_no_other_and_is_tried_again() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let lost = json!({"loras": [{"path": "gone.safetensors", "strength": 1.0}]});
    write(&program, &[job("a boat", 1, &lost), job("a ball", 2, &json!({}))]);
    let run = || program.run(&["queue", "run", "night.json", "-m", "tiny.safetensors", "--json", "-q"]);
    let out = run();
    out.check("a LoRA is missing", 1, "1 clip has failed and 1 are done");
    let first = events(&out.stdout);
    assert_eq!(names(&first), ["plan", "started", "failed", "started", "done", "finished"]);
    let failed = first.iter().find(|it| it["event"] == "failed").expect("it is told");
    assert!(failed["error"].as_str().is_some_and(|it| it.contains("gone.safetensors")), "{failed}");
    assert!(failed["error_details"]["code"].is_string(), "{failed}");
    let out = run();
    assert_eq!(names(&events(&out.stdout)), ["plan", "started", "failed", "finished"], "only that one");
    assert_eq!(events(&out.stdout)[0]["done"], 1);
}

#[cfg(unix)]
#[test]
fn a_queue_that_is_killed_goes_on_and_gives_the_same_clips() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let larger = json!({"steps": 12, "frames": 8, "width": 64, "height": 64});
    // Without a seed: the one that was drawn stays.
    let mut drawn = job("a star", 0, &larger);
    drawn["request"].as_object_mut().expect("an object").remove("seed");
    let jobs = [job("a boat", 1, &larger), drawn];
    write(&program, &jobs);
    let args = ["queue", "run", "night.json", "-m", "tiny.safetensors", "--json", "-o"];
    let to = |folder| [&args[..], &[folder]].concat();
    let plan = || -> Value {
        let text = fs::read(program.path("night.json.run/plan.json")).expect("it is kept");
        serde_json::from_slice(&text).expect("it is whole")
    };
    let (mut kills, mut seeds) = (0_u64, Vec::new());
    loop {
        let mut running = program.start(&to("out"));
        running.first_line();
        std::thread::sleep(std::time::Duration::from_millis(150 + 90 * kills));
        running.kill();
        kills += 1;
        // Killed before all was decided, or after the last clip.
        if !program.path("night.json.run/plan.json").exists() || kills > 6 {
            break;
        }
        seeds.push(plan()["jobs"][1]["request"]["seed"].clone());
    }
    assert!(seeds.len() > 1 && seeds.iter().all(|seed| *seed == seeds[0]), "{seeds:?}");
    // Without a plan all was done: the folder around it goes after it.
    if program.path("night.json.run/plan.json").exists() {
        program.run(&to("out")).check("the last run", 0, "");
    }
    let clip = |path: &str| fs::read(program.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut jobs = jobs;
    jobs[1]["request"]["seed"] = seeds[0].clone();
    write(&program, &jobs);
    program.run(&to("alone")).check("undisturbed", 0, "");
    for name in ["1-a-boat.mp4", "2-a-star.mp4"] {
        assert!(
            clip(&format!("out/{name}")) == clip(&format!("alone/{name}")),
            "{name} is another after {kills} kills"
        );
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_steps_and_only_one_runs_a_file() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    write(&program, &[job("a boat", 1, &json!({"steps": 100, "frames": 64, "width": 128, "height": 128}))]);
    let args = ["queue", "run", "night.json", "-m", "tiny.safetensors"];
    let mut running = program.start(&args);
    running.wait_for("sampling");
    program.run(&args).check("a second run", 1, "is being run already");
    running.interrupt();
    running.end().check("Ctrl-C", 130, "run the same command again to go on");
    let folder = program.path("night.json.run/journal");
    assert!(folder.is_dir() && !program.path("night/1-a-boat.mp4").exists());
}

#[test]
fn mistakes_are_told_before_anything_is_made() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let good = job("a boat", 1, &json!({}));
    let mut outside = good.clone();
    outside["output"] = "../x.mp4".into();
    let mut unknown = good.clone();
    unknown["output"] = "x.avi".into();
    let mut other = good.clone();
    other["model"] = "gone.safetensors".into();
    let cases = [
        (vec![good.clone(), job("a boat", 2, &json!({"steps": 0}))], 2, "job 2 of \"night.json\": 0 steps"),
        (vec![good.clone(), job("", 2, &json!({}))], 2, "job 2"),
        (vec![outside], 1, "without .."),
        (vec![good.clone(), unknown], 2, "job 2"),
        (vec![good.clone(), other], 1, "gone.safetensors"),
        (vec![good, job("a __list__", 2, &json!({}))], 1, "there is no list for __list__"),
        (vec![], 1, "no jobs"),
    ];
    for (jobs, code, words) in cases {
        write(&program, &jobs);
        let out = program.run(&["queue", "run", "night.json", "-m", "tiny.safetensors"]);
        out.check(words, code, words);
        assert_eq!(out.stdout, "");
    }
    program.run(&["queue", "run", "gone.json"]).check("no file", 1, "gone.json");
}
