//! The arrows inside training and between training and evaluation.

#[path = "source_tree/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other rules of the tree are in invariants.rs")]
mod source_tree;

use source_tree::{Tree, engine_paths};

/// A room and what its files may not name: paths below the engine's root.
struct Room {
    folder: &'static str,
    may_not_name: &'static [&'static str],
    /// Exceptions to these.
    may_name: &'static [&'static str],
    advice: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        folder: "engine/src/training/datasets/",
        may_not_name: &["training", "pipeline", "nn", "kernels", "eval"],
        may_name: &["training::datasets"],
        advice: "a dataset hands out examples and knows no network, objective or trainer; let the recipe join them",
    },
    Room {
        folder: "engine/src/training/objectives/",
        may_not_name: &["training", "eval"],
        may_name: &["training::objectives", "training::TrainError"],
        advice: "an objective knows networks and its batch, not where examples come from; let the recipe join them",
    },
    Room {
        folder: "engine/src/training/trainer/",
        may_not_name: &["training", "pipeline", "eval"],
        may_name: &[
            "training::trainer",
            "training::objectives::Objective",
            "training::objectives::Batch",
            "training::TrainError",
        ],
        advice: "the trainer knows objectives and stages as traits only; move what is special into a recipe",
    },
    Room {
        folder: "engine/src/training/",
        may_not_name: &["eval", "bench", "jobs", "job", "worker", "error", "request", "latents", "forward"],
        may_name: &[],
        advice: "training stands on the pipeline and beside jobs; name what is below by its own floor",
    },
    Room {
        folder: "engine/src/eval/",
        may_not_name: &["training", "bench"],
        may_name: &["training::datasets"],
        advice: "evaluation uses the datasets of training and nothing else of it",
    },
];

fn complaints(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for room in ROOMS {
        // Tests of a room may bring what they need.
        let files =
            tree.texts(&["rs"]).filter(|(path, _)| path.starts_with(room.folder) && !path.ends_with("/tests.rs"));
        for (path, text) in files {
            let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for found in engine_paths(path, product) {
                let name = found.join("::");
                let is_below = |above: &&str| name == *above || name.starts_with(&format!("{above}::"));
                let is_glob = found.first().is_some_and(|first| first == "*");
                if is_glob || room.may_not_name.iter().any(is_below) && !room.may_name.iter().any(is_below) {
                    complaints.push(format!("{path} names `{name}`: {}", room.advice));
                }
            }
        }
    }
    complaints
}

#[test]
fn rooms_of_training_know_only_what_stands_below_them() {
    let tree = Tree::of_repository();
    let broken = [
        ("engine/src/training/datasets/folder.rs", "use crate::training::objectives::Batch;"),
        ("engine/src/training/datasets/encoded.rs", "use crate::pipeline::vae::Vae;"),
        ("engine/src/training/objectives/denoising.rs", "use super::super::datasets::Dataset;"),
        ("engine/src/training/trainer/fit.rs", "use crate::training::recipes::nano::plan::NanoPlan;"),
        ("engine/src/training/trainer/fit.rs", "use crate::training::objectives::denoising::Denoising;"),
        ("engine/src/training/recipes/nano/run.rs", "use crate::eval::evaluate;"),
        ("engine/src/training/device.rs", "use crate::error::EngineError;"),
        ("engine/src/eval/clips.rs", "use crate::training::{datasets::synthetic, trainer::Trainer};"),
    ];
    for (path, text) in broken {
        let found = complaints(&tree.with(path, text));
        assert!(found.iter().any(|it| it.contains(path)), "the rule overlooks this {path}: {text}");
    }
    let found = complaints(tree);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    // Rooms that moved would never complain.
    for room in ROOMS {
        assert!(tree.paths().any(|path| path.starts_with(room.folder)), "{} is empty", room.folder);
    }
}
