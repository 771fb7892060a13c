//! The built program for other programs: JSON that is valid whatever names are, and seeds that nobody rounds.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use serde_json::Value;

use super::program::{Program, tiny_model};

const SMALL: [&str; 13] = [
    "generate",
    "a red ball",
    "-m",
    "tiny.safetensors",
    "--device",
    "cpu",
    "--steps",
    "1",
    "--frames",
    "1",
    "--size",
    "32x32",
    "-o",
];

fn program() -> Program {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    program
}

fn with<'a>(args: &[&'a str], more: &[&'a [u8]]) -> Vec<&'a OsStr> {
    args.iter().map(|it| OsStr::new(*it)).chain(more.iter().map(|it| OsStr::from_bytes(it))).collect()
}

/// The bytes of a path as JSON has it.
fn bytes(path: &Value) -> Vec<u8> {
    let Some(object) = path.as_object() else { return path.as_str().expect("text").as_bytes().to_vec() };
    assert!(object["lossy"].as_str().expect("text").contains('\u{fffd}'), "it is marked: {path}");
    let hex = object["bytes_hex"].as_str().expect("text");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_give_valid_json_that_loses_nothing() {
    let program = program();
    let name = b"caf\xe9-\xff.gif";
    let out = program.run(&with(&SMALL, &[name, b"--json"]));
    out.check("a name in Latin-1", 0, "");
    let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(bytes(&result["paths"][0]), name);
    assert!(program.path("").join(OsStr::from_bytes(name)).is_file(), "{:?}", program.files());
    // Another program gets the name as it is.
    let out = program.command(&with(&SMALL, &[b"raw\xff.gif"])).output().expect("the program was built");
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(0), &b"raw\xff.gif\n"[..]));

    let convert = ["models", "convert", "tiny.safetensors", "--json", "-o"];
    let out = program.run(&with(&convert, &[b"m\xff.safetensors"]));
    out.check("convert", 0, "");
    let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(bytes(&result["path"]), b"m\xff.safetensors");

    // Folders of the user: the kept latent and the models folder lie in one.
    let home = program.path("").join(OsStr::from_bytes(b"home-\xfe"));
    let models = home.join("models");
    fs::create_dir_all(&models).expect("writable");
    fs::copy(program.path("tiny.safetensors"), models.join("own.safetensors")).expect("writable");
    let run = |args: &[&OsStr]| program.run_with(args, |command| _ = command.env("HUMMINGBIRD_HOME", &home));
    let out = run(&with(&SMALL, &[b"home.gif", b"--json"]));
    out.check("a home in another encoding", 0, "");
    let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let latent = OsString::from_vec(bytes(&result["latent"]));
    assert!(Path::new(&latent).is_file(), "{result}");
    let out = run(&with(&["models", "list", "--json"], &[]));
    out.check("models list", 0, "");
    let list: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let own = list.as_array().expect("a list").iter().find(|it| it["model"] == "own").expect("it is listed");
    assert!(Path::new(&OsString::from_vec(bytes(&own["path"]))).is_file(), "{own}");
    for args in [&["models", "list"][..], &["models", "verify"]] {
        run(&with(args, &[])).check(&args.join(" "), 0, "");
    }
}

#[test]
fn warnings_and_errors_have_codes_and_parameters_beside_their_text() {
    let program = program();
    let out = program.run(&[SMALL.as_slice(), &["fast.gif", "--fps", "60", "--json"]].concat());
    out.check("a GIF that cannot be so fast", 0, "");
    let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let (texts, details) = (&result["warnings"], result["warning_details"].as_array().expect("a list"));
    assert_eq!(texts.as_array().map(Vec::len), Some(details.len()), "{result}");
    let slowed = serde_json::json!({ "code": "export-note.gif-slowed", "parameters": { "fps": 60 } });
    let index = details.iter().position(|it| *it == slowed).unwrap_or_else(|| panic!("{result}"));
    assert!(texts[index].as_str().is_some_and(|text| text.contains("runs slower than 60")), "{result}");
    assert!(result.get("error_details").is_none(), "nothing failed: {result}");

    let home = program.path("home");
    let models = home.join("models");
    fs::create_dir_all(&models).expect("writable");
    fs::write(models.join("own.safetensors"), "no tensors at all").expect("writable");
    let args = ["models", "list", "--json"].map(OsStr::new);
    let out = program.run_with(&args, |command| _ = command.env("HUMMINGBIRD_HOME", &home));
    out.check("models list", 0, "");
    let list: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let own = list.as_array().expect("a list").iter().find(|it| it["model"] == "own").expect("it is listed");
    assert!(own["error"].as_str().is_some_and(|text| text.contains("begins as no known form")), "{own}");
    assert_eq!(own["error_details"]["code"], "file.foreign", "{own}");
    assert_eq!(own["error_details"]["parameters"]["detail"]["code"], "unfit.unknown-form", "{own}");
}

#[test]
fn drawn_seeds_are_exact_in_programs_that_keep_numbers_as_f64() {
    let program = program();
    for number in 0..3 {
        let name = format!("{number}.gif");
        let out = program.run(&[SMALL.as_slice(), &[&name, "--json"]].concat());
        out.check(&name, 0, "");
        let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
        let seed = result["seed"].as_u64().expect("a number");
        assert!(seed < 1 << 53, "JavaScript would read {} instead of {seed}", seed as f64);
        assert_eq!(result["request"]["seed"], seed);
    }
}

#[test]
fn a_seed_that_is_none_gets_advice_that_works() {
    let program = program();
    let cases: [&[&str]; 3] = [
        &["generate", "a red ball", "--seed"],
        &["eval", "nano", "--seed"],
        &["generate", "a red ball", "--steps", "3", "--seed"],
    ];
    for args in cases {
        for seed in ["-1", "random", "-x", "--seed", "1.5", "18446744073709551616", ""] {
            let out = program.run(&[args, &[seed]].concat());
            out.check(
                seed,
                2,
                "is not a seed: write a whole number from 0 to 18446744073709551615, or leave --seed out",
            );
            assert!(!out.stderr.contains("tip:") && !out.stderr.contains("-- -"), "{}", out.stderr);
        }
    }
    // And where a value with a hyphen could be meant, the tip is one that can be followed.
    let args = ["generate", "a red ball", "-m", "tiny.safetensors", "--device", "cpu", "--steps", "1", "--frames", "1"];
    let rest = ["--size", "32x32", "-o", "tip.gif"];
    let out = program.run(&[&args[..], &rest, &["--negative", "-blurry"]].concat());
    out.check("--negative", 2, "write '--negative=-blurry'");
    program.run(&[&args[..], &rest, &["--negative=-blurry"]].concat()).check("the tip", 0, "");
}
