//! The rules of ARCHITECTURE.md, held against the tree: one test a rule, and each shows first that it can fail.
//!
//! A rule is a function from a [`Tree`] (every file of the repository) to complaints, each of which says what to do.
//! `hold` breaks the tree on purpose, once for each bad example, and wants a complaint about that file; then it wants
//! none about the tree as it is.

#[path = "source_tree/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the rest serves documents.rs")]
mod source_tree;

use std::collections::BTreeSet;

use hummingbird_shaders::{Shader, shaders};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use source_tree::{Tree, app_paths, attributes, dependencies, engine_paths, hold, package_name};

/// Longest file, in lines.
const MAX_LINES: usize = 700;
/// Most bytes of golden data and snapshots.
const MAX_TEST_DATA_BYTES: u64 = 12 << 20;
/// Most bytes of the embedded model.
const MAX_NANO_BYTES: u64 = 16 << 20;
/// The stages of the data path.
const STAGES: [&str; 6] = ["clip_text", "clip_tokens", "denoise", "tiny_decoder", "vae", "video_out"];
/// The files of the pipeline that may know every stage.
const PIPELINE_HEADS: [&str; 7] = ["lib", "cost", "generate", "handoff", "networks", "progress", "settings"];

/// Complaints about files below `folder` that name a module of the engine below one of `targets`.
fn forbidden(tree: &Tree, folder: &str, targets: &[&str], advice: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]).filter(|(path, _)| path.starts_with(folder)) {
        for found in engine_paths(path, text) {
            // A glob of the whole crate hides what is used.
            let first = found.first().map(String::as_str);
            if first.is_some_and(|first| first == "*" || targets.contains(&first)) {
                complaints.push(format!("{path} names `{}`: {advice}", found.join("::")));
            }
        }
    }
    complaints
}

/// The crates of the workspace from the lowest floor up, each with those of ours that it may stand on. The compiler holds the
/// arrows; this table holds the manifests.
const FLOORS: [(&str, &[&str]); 20] = [
    ("hummingbird-shaders", &[]),
    ("hummingbird-message", &[]),
    ("hummingbird-base", &["message"]),
    ("hummingbird-chat", &["base"]),
    ("hummingbird-device", &["base"]),
    ("hummingbird-kernels", &["device", "shaders"]),
    ("hummingbird-formats", &["base"]),
    ("hummingbird-nn", &["base", "formats", "kernels"]),
    ("hummingbird-store", &["base"]),
    ("hummingbird-video", &["base"]),
    ("hummingbird-model", &["base", "formats", "kernels", "nn"]),
    ("hummingbird-pipeline", &["base", "formats", "kernels", "model", "nn"]),
    ("hummingbird-library", &["base", "pipeline", "video"]),
    ("hummingbird-judges", &["base", "device", "formats", "kernels", "nn"]),
    ("hummingbird-data", &["base", "chat", "formats", "judges", "nn", "pipeline", "video"]),
    (
        "hummingbird-engine",
        &[
            "base", "chat", "data", "device", "formats", "judges", "kernels", "library", "model", "nn", "pipeline",
            "shaders", "store", "video",
        ],
    ),
    ("hummingbird", &["engine"]),
    ("hummingbird-launcher", &[]),
    ("hummingbird-fuzz", &["engine"]),
    ("hummingbird-tests", &["engine", "shaders"]),
];

fn arrows(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.manifests() {
        let name = package_name(text);
        let Some((_, allowed)) = FLOORS.iter().find(|(floor, _)| Some(*floor) == name) else {
            complaints.push(format!("{path}: say in FLOORS of tests/tests/invariants.rs what {name:?} may stand on"));
            continue;
        };
        for dependency in dependencies(text) {
            let ours = dependency.name.strip_prefix("hummingbird-").or(dependency.name.strip_prefix("hummingbird"));
            if ours.is_some_and(|ours| !allowed.contains(&ours)) {
                complaints.push(format!(
                    "{path} depends on {}: lower floors know nothing of upper ones; move what is needed down",
                    dependency.name
                ));
            }
        }
    }
    complaints
}

#[test]
fn arrows_point_from_app_to_engine_to_shaders() {
    hold(
        arrows,
        &[
            (
                "engine/Cargo.toml",
                "[package]\nname = \"hummingbird-engine\"\n[dependencies]\nhummingbird.workspace = true\n",
            ),
            (
                "engine/nn/Cargo.toml",
                "[package]\nname = \"hummingbird-nn\"\n[dependencies]\nhummingbird-model.workspace = true\n",
            ),
            (
                "shaders/Cargo.toml",
                "[package]\nname = \"hummingbird-shaders\"\n[dev-dependencies]\nhummingbird-engine = { path = \"../engine\" }\n",
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"hummingbird\"\n[dependencies.hummingbird-shaders]\nworkspace = true\n",
            ),
            ("extra/Cargo.toml", "[package]\nname = \"extra\"\n"),
        ],
    );
}

fn toolkit_names(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs", "toml"]) {
        if !path.starts_with("engine/") && !path.starts_with("shaders/") {
            continue;
        }
        for name in ["egui", "eframe", "winit"] {
            if text.contains(name) {
                complaints
                    .push(format!("{path} names {name}: what draws belongs in app/, what computes must not know it"));
            }
        }
    }
    complaints
}

#[test]
fn engine_never_names_the_window_toolkit() {
    hold(
        toolkit_names,
        &[
            ("engine/src/jobs/worker/mod.rs", "/// Wakes the egui context.\nfn wake() {}\n"),
            ("engine/Cargo.toml", "[dependencies]\neframe.workspace = true\n"),
        ],
    );
}

fn shader_dependencies(tree: &Tree) -> Vec<String> {
    let path = "shaders/Cargo.toml";
    let mut complaints = Vec::new();
    for dependency in dependencies(tree.text(path)) {
        let is_framework = ["burn", "cubecl", "wgpu", "tch"].iter().any(|name| dependency.name.starts_with(name));
        let is_naga_in_product = dependency.name == "naga" && dependency.section != "dev-dependencies";
        if is_framework || is_naga_in_product {
            complaints.push(format!(
                "{path} has {} in [{}]: launches belong in engine/kernels, naga in the tests",
                dependency.name, dependency.section
            ));
        }
    }
    complaints
}

#[test]
fn shaders_know_no_framework() {
    hold(
        shader_dependencies,
        &[
            ("shaders/Cargo.toml", "[dependencies]\nburn.workspace = true\n"),
            ("shaders/Cargo.toml", "[dev-dependencies]\nmine = { package = \"cubecl-wgpu\", version = \"1\" }\n"),
            ("shaders/Cargo.toml", "[dependencies]\nnaga.workspace = true\n"),
        ],
    );
}

/// The stage that a file belongs to.
fn stage_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("engine/pipeline/src/")?;
    let stage = inside.split('/').next()?.trim_end_matches(".rs");
    (!PIPELINE_HEADS.contains(&stage)).then_some(stage)
}

fn stage_imports(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in tree.texts(&["rs"]) {
        let Some(stage) = stage_of(path) else { continue };
        seen.insert(stage);
        for found in engine_paths(path, text) {
            let is_pipeline = found.first().is_some_and(|first| first == "pipeline" || first == "*");
            // Hand-off types and settings are what stages may share.
            let may = |second: &String| second == stage || ["handoff", "settings"].contains(&second.as_str());
            if is_pipeline && !found.get(1).is_some_and(may) {
                complaints.push(format!(
                    "{path} names `{}`: stages meet only in the types of handoff.rs; what two stages share goes to nn/",
                    found.join("::")
                ));
            }
        }
    }
    if seen != BTreeSet::from(STAGES) {
        complaints.push(format!("engine/pipeline holds {seen:?}: tell STAGES in tests/tests/invariants.rs and DESIGN"));
    }
    complaints
}

#[test]
fn stages_never_import_each_other() {
    hold(
        stage_imports,
        &[
            ("engine/pipeline/src/vae.rs", "use crate::denoise::schedule::Schedule;"),
            ("engine/pipeline/src/vae.rs", "use super::{clip_text};"),
            ("engine/pipeline/src/vae.rs", "use crate::{handoff, denoise::{self as path}};"),
            ("engine/pipeline/src/denoise/unet/mod.rs", "fn f() { super::super::vae::decode(); }"),
            ("engine/pipeline/src/denoise/mod.rs", "mod tests { mod deep { use super::super::super::generate; } }"),
            ("engine/pipeline/src/clip_tokens/mod.rs", "use crate::*;"),
        ],
    );
}

fn stage_knowledge(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        let is_head = PIPELINE_HEADS.iter().any(|head| path == format!("engine/pipeline/src/{head}.rs"));
        // What runs one stage alone, or puts their networks on a device, has to name them; it joins nothing.
        let runs_apart = ["engine/src/forward/inference.rs", "engine/src/jobs/models.rs"].contains(&path);
        if !path.starts_with("engine/") || path.starts_with("engine/src/training/") || is_head || runs_apart {
            continue;
        }
        let known: BTreeSet<_> = engine_paths(path, text)
            .into_iter()
            .filter(|found| found.first().is_some_and(|first| first == "pipeline"))
            .filter_map(|found| found.get(1).cloned())
            .collect();
        let at_once = STAGES.iter().filter(|&&stage| stage != "video_out" && known.contains(stage)).count();
        if at_once >= 4 {
            complaints.push(format!("{path} knows every stage: call pipeline::generate, the one place that may"));
        }
    }
    complaints
}

#[test]
fn only_generate_knows_every_stage() {
    hold(
        stage_knowledge,
        &[(
            "engine/src/jobs/worker/mod.rs",
            "use crate::pipeline::{clip_tokens, clip_text::TextEncoder, vae::Vae};\nuse crate::pipeline::denoise;",
        )],
    );
}

fn upward_imports(tree: &Tree) -> Vec<String> {
    let advice = "jobs know nothing of what makes or measures models; take a parameter instead";
    forbidden(tree, "engine/src/jobs/", &["training", "eval", "bench"], advice)
}

#[test]
fn lower_layers_never_reach_up() {
    hold(
        upward_imports,
        &[
            ("engine/src/jobs/worker/mod.rs", "use crate::training::trainer;"),
            ("engine/src/jobs/plan/mod.rs", "use crate::bench::Subject;"),
        ],
    );
}

fn network_users(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        let is_product = ["engine/", "app/src/", "shaders/src/"].iter().any(|folder| path.starts_with(folder));
        // Tests may bring a server of their own.
        let rooms =
            ["engine/chat/src/", "engine/store/src/", "engine/data/src/objects/", "engine/src/training/remote.rs"];
        let may = rooms.iter().any(|room| path.starts_with(room));
        if !is_product || path.contains("/tests/") || may {
            continue;
        }
        for name in ["ureq", "std::net", "TcpStream", "UdpSocket", "burn::remote", "burn::server", "iroh"] {
            if text.contains(name) {
                complaints.push(format!(
                    "{path} names {name}: only the model store, the client of chat servers, objects in stores \
                     (`data/src/objects`) and training on lent devices (`training/remote.rs`) talk to the network, and only \
                     when they are told to"
                ));
            }
        }
    }
    complaints
}

#[test]
fn only_the_model_store_the_chat_client_objects_and_training_on_lent_devices_talk_to_the_network() {
    hold(
        network_users,
        &[
            ("app/src/window/news.rs", "fn news() { ureq::get(\"https://example.org\"); }"),
            ("engine/src/jobs/enhance.rs", "use ureq::Agent;\n"),
            ("engine/src/jobs/worker/mod.rs", "use std::net::TcpListener;\n"),
            ("engine/src/training/device.rs", "use burn::remote::RemoteHost;\n"),
            ("engine/data/src/work/shard.rs", "use ureq::Agent;\n"),
        ],
    );
}

fn training_users(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        // `forward` runs a step of training on given tensors, as it runs a step of sampling.
        let may = ["training/", "eval/", "forward/"].iter().any(|room| path.starts_with(&format!("engine/src/{room}")));
        // The window trains LoRAs, in one task.
        let may = may || path == "app/src/window/tasks/training.rs";
        let is_product = path.starts_with("engine/") || path.starts_with("app/src/window/");
        if !is_product || may {
            continue;
        }
        for found in engine_paths(path, text) {
            if found.first().is_some_and(|first| first == "training") {
                complaints.push(format!(
                    "{path} names `{}`: only evaluation, `forward`, the command line and the window's task `training` use training; move what generation needs too",
                    found.join("::")
                ));
            }
        }
    }
    complaints
}

#[test]
fn training_serves_evaluation_forward_the_command_line_and_one_task_of_the_window() {
    hold(
        training_users,
        &[
            ("engine/src/jobs/plan/mod.rs", "use crate::training::datasets::synthetic::vocabulary_lists;"),
            ("engine/src/jobs/events.rs", "use super::super::training;"),
            ("app/src/window/words.rs", "use hummingbird_engine::{model, training::datasets::synthetic};"),
            ("app/src/window/tasks/models.rs", "use hummingbird_engine::training::recipes::lora::LoraRecipe;"),
            ("app/src/window/state/training.rs", "use hummingbird_engine::training::recipes::lora::LoraRecipe;"),
        ],
    );
}

/// The parts of the window, each with those that it may import. Only `app.rs` knows all of them.
const WINDOW: [(&str, &[&str]); 5] = [
    ("state", &[]),
    ("commands", &["state"]),
    ("panels", &["state", "commands::command", "commands::table"]),
    ("tasks", &["state"]),
    ("shell.rs", &["state", "commands", "panels"]),
];

fn window_arrows(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts(&["rs"]) {
        let Some(inside) = path.strip_prefix("app/src/window/") else { continue };
        let part = inside.split('/').next().unwrap_or_default();
        let may = WINDOW.iter().find(|(name, _)| *name == part).map(|(_, may)| *may);
        for found in app_paths(path, text) {
            let name = found.join("::");
            let allowed = match found.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["cli" | "*", ..] => false,
                ["window"] | ["window", "*"] => may.is_none(),
                ["window", of, ref rest @ ..] => may.is_none_or(|may| {
                    let second = rest.first().map(|rest| format!("{of}::{rest}"));
                    of == part || may.iter().any(|it| *it == of || Some(*it) == second.as_deref())
                }),
                _ => true,
            };
            if !allowed {
                complaints.push(format!(
                    "{path} names `{name}`: state <- commands <- panels, state <- tasks, and nothing of the command line; \
                     move what is shared down"
                ));
            }
        }
        if part == "panels" && text.contains("&mut State") {
            complaints.push(format!("{path} takes the state to change it: push a command instead"));
        }
    }
    complaints
}

#[test]
fn arrows_inside_the_window_point_to_its_state() {
    hold(
        window_arrows,
        &[
            ("app/src/window/state/form.rs", "use crate::window::commands::command::Command;"),
            ("app/src/window/state/view.rs", "use super::super::panels::theme;"),
            ("app/src/window/commands/apply.rs", "use crate::window::tasks::Tasks;"),
            ("app/src/window/commands/apply.rs", "use crate::window::{panels, state::State};"),
            ("app/src/window/panels/menu.rs", "use crate::window::tasks::engine_link::EngineLink;"),
            ("app/src/window/panels/menu.rs", "use crate::window::commands::apply;"),
            ("app/src/window/panels/menu.rs", "fn f(state: &mut State) {}"),
            ("app/src/window/tasks/models.rs", "use super::super::commands::effect::Effect;"),
            ("app/src/window/tasks/models.rs", "use crate::window::*;"),
            ("app/src/window/shell.rs", "use super::tasks::Tasks;"),
            ("app/src/window/app.rs", "fn f() { crate::cli::print::line(\"\"); }"),
        ],
    );
}

fn long_files(tree: &Tree) -> Vec<String> {
    let is_script = |path: &&str| tree.text(path).starts_with("#!");
    let scripts = tree.paths().filter(is_script);
    let sources = tree.texts(&["rs", "wgsl", "toml", "sh"]).map(|(path, _)| path);
    let files: BTreeSet<_> = sources.chain(scripts).collect();
    let lines = files.into_iter().map(|path| (path, tree.text(path).lines().count()));
    let long = lines.filter(|(_, lines)| *lines > MAX_LINES);
    long.map(|(path, lines)| {
        format!("{path} has {lines} lines: split it on a dependency boundary (at most {MAX_LINES})")
    })
    .collect()
}

#[test]
fn no_file_is_longer_than_700_lines() {
    let long = "\n".repeat(MAX_LINES + 1);
    hold(
        long_files,
        &[("engine/src/new.rs", &long), ("shaders/wgsl/new.wgsl", &long), (".ci/run", &format!("#!{long}"))],
    );
}

fn invalid_wgsl(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let listed = shaders();
    for (path, text) in tree.texts(&["wgsl"]) {
        if path.starts_with("shaders/parts/") {
            if !listed.iter().any(|shader| shader.parts.contains(&text)) {
                complaints.push(format!("{path} is a part of no listed shader"));
            }
            continue;
        }
        let stem = path.strip_prefix("shaders/wgsl/").and_then(|name| name.strip_suffix(".wgsl"));
        let variants: Vec<_> = listed.iter().filter(|shader| Some(shader.stem) == stem).collect();
        if variants.is_empty() {
            complaints.push(format!(
                "{path} is in no list: put it into shaders/wgsl and into hummingbird_shaders::shaders()"
            ));
        }
        for shader in variants {
            let prelude = Shader { wgsl: "", ..shader.clone() }.source();
            let source = format!("{prelude}{text}");
            let problem = match naga::front::wgsl::parse_str(&source) {
                Err(error) => Some(error.emit_to_string(&source)),
                Ok(module) => Validator::new(ValidationFlags::all(), Capabilities::all())
                    .validate(&module)
                    .err()
                    .map(|error| error.emit_to_string(&source)),
            };
            complaints
                .extend(problem.map(|problem| format!("{path} under {:?} is not WGSL: {problem}", shader.prelude)));
        }
    }
    complaints
}

#[test]
fn every_wgsl_file_is_listed_and_valid() {
    hold(
        invalid_wgsl,
        &[
            ("shaders/wgsl/unlisted.wgsl", "fn main() {}"),
            ("shaders/parts/unlisted.wgsl", "fn part() {}"),
            ("engine/kernels/src/group_norm_silu.wgsl", "fn main() {}"),
            ("shaders/wgsl/group_norm_silu.wgsl", "fn main( {"),
            ("shaders/wgsl/latent_to_rgb8.wgsl", "fn main() -> u32 { return 1.5; }"),
        ],
    );
    assert!(shaders().len() >= 2, "the list of shaders is empty");
}

fn doubled_crates(tree: &Tree) -> Vec<String> {
    let lock = tree.text("Cargo.lock");
    let shared =
        ["wgpu", "wgpu-core", "wgpu-hal", "naga", "egui", "egui-wgpu", "burn-backend", "burn-tensor", "cubecl-core"];
    let mut complaints = Vec::new();
    for name in shared {
        let count = lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
        if count != 1 {
            complaints.push(format!(
                "Cargo.lock has {count} versions of {name}: burn, cubecl and egui must agree on one; choose versions that do"
            ));
        }
    }
    complaints
}

#[test]
fn one_wgpu_serves_the_whole_tree() {
    let lock = Tree::of_repository().text("Cargo.lock");
    hold(
        doubled_crates,
        &[
            ("Cargo.lock", &format!("{lock}\n[[package]]\nname = \"wgpu\"\nversion = \"29.0.0\"\n")),
            ("Cargo.lock", &lock.replace("\nname = \"naga\"\n", "\nname = \"nagger\"\n")),
        ],
    );
}

fn loose_versions(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let pinned = ["burn", "cubecl", "wgpu", "naga", "egui", "eframe", "tch"];
    let root = ("Cargo.toml", tree.text("Cargo.toml"));
    for (path, text) in tree.manifests().chain([root]) {
        for dependency in dependencies(text) {
            let is_exact = if path == "Cargo.toml" {
                dependency.text.contains("version = \"=") || dependency.text.contains("= \"=")
            } else {
                dependency.text.contains("workspace = true")
            };
            if pinned.iter().any(|name| dependency.name.starts_with(name)) && !is_exact {
                complaints.push(format!(
                    "{path}: {} is not pinned: write `version = \"=..\"` in the workspace and `workspace = true` in the crate",
                    dependency.name
                ));
            }
            if dependency.text.contains("git =") {
                complaints.push(format!("{path}: {} comes from git: use a published version", dependency.name));
            }
        }
    }
    complaints
}

#[test]
fn framework_versions_are_pinned_and_published() {
    hold(
        loose_versions,
        &[
            ("Cargo.toml", "[workspace.dependencies]\nwgpu = { version = \"30.0.1\", default-features = false }\n"),
            ("Cargo.toml", "[workspace.dependencies]\negui_kittest = \"0.37\"\n"),
            (
                "app/Cargo.toml",
                "[package]\nname = \"hummingbird\"\n[target.'cfg(unix)'.dependencies]\neframe = \"=0.36.0\"\n",
            ),
            ("Cargo.toml", "[workspace.dependencies]\ngif = { git = \"https://example.org/gif\" }\n"),
        ],
    );
}

fn private_lints(tree: &Tree) -> Vec<String> {
    let own = tree.manifests().filter(|(_, text)| !text.contains("[lints]\nworkspace = true\n"));
    own.map(|(path, _)| format!("{path} lacks `[lints] workspace = true`: the one lint table is in Cargo.toml"))
        .collect()
}

#[test]
fn every_crate_uses_the_one_lint_table() {
    hold(
        private_lints,
        &[("engine/Cargo.toml", "[package]\nname = \"hummingbird-engine\"\n[lints.rust]\nunused = \"allow\"\n")],
    );
}

fn silent_folders(tree: &Tree) -> Vec<String> {
    let heads = tree.texts(&["rs"]).filter(|(path, _)| path.ends_with("/mod.rs") || path.ends_with("/lib.rs"));
    let silent = heads.filter(|(_, text)| !text.starts_with("//!"));
    silent
        .map(|(path, _)| {
            format!("{path} does not begin with `//!`: say what lives here, what does not, where to start")
        })
        .collect()
}

#[test]
fn every_module_folder_says_what_it_holds() {
    hold(silent_folders, &[("engine/nn/src/lib.rs", "pub mod conv;\n")]);
}

fn ignored_tests(tree: &Tree) -> Vec<String> {
    let ignores = |text: &str| attributes(text).iter().any(|attribute| attribute.contains(&"ignore"));
    let files = tree.texts(&["rs"]).filter(|(_, text)| ignores(text));
    files
        .map(|(path, _)| {
            format!("{path} ignores a test: make it pass, or let it skip loudly where a device is missing")
        })
        .collect()
}

#[test]
fn no_test_is_ignored() {
    hold(
        ignored_tests,
        &[
            ("engine/src/new.rs", "#[test]\n#[ignore]\nfn slow() {}\n"),
            ("tests/tests/new.rs", "#[test]\n#[ignore = \"takes long\"]\nfn slow() {}\n"),
            ("app/src/new.rs", "#[cfg_attr(not(feature = \"gpu\"), ignore)]\nfn slow() {}\n"),
        ],
    );
}

fn large_data(tree: &Tree) -> Vec<String> {
    let is_data = |path: &str| path.starts_with("tests/data/") || path.contains("/snapshots/");
    let mut sizes: Vec<_> = tree.paths().filter(|path| is_data(path)).map(|path| (tree.bytes(path), path)).collect();
    sizes.sort_unstable();
    let total: u64 = sizes.iter().map(|(bytes, _)| bytes).sum();
    let mut complaints = Vec::new();
    if let Some((bytes, path)) = sizes.last().filter(|_| total > MAX_TEST_DATA_BYTES) {
        complaints.push(format!(
            "test data has {total} bytes (at most {MAX_TEST_DATA_BYTES}): begin with {path}, {bytes} bytes"
        ));
    }
    let models = tree.paths().filter(|path| path.starts_with("assets/") && tree.bytes(path) > MAX_NANO_BYTES);
    complaints.extend(
        models.map(|path| format!("{path} is larger than {MAX_NANO_BYTES} bytes: store it as f16, or make it smaller")),
    );
    complaints
}

#[test]
fn test_data_and_embedded_model_stay_small() {
    let data = "x".repeat(usize::try_from(MAX_TEST_DATA_BYTES).expect("12 MiB fit"));
    let model = "x".repeat(usize::try_from(MAX_NANO_BYTES).expect("16 MiB fit") + 1);
    hold(
        large_data,
        &[
            ("tests/data/new.safetensors", &data),
            ("app/tests/snapshots/window.png", &data),
            ("assets/nano/nano.safetensors", &model),
        ],
    );
}
